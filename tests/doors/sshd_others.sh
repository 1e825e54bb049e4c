# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2034 # state is from tests/lib.sh, by from sshd_refusals.sh
# shellcheck disable=SC2016 # what stands in single quotes is for the session's shell
# shellcheck disable=SC2317 # the functions are called by their names in the table
# Other modules that open a session in the same stack: their line, and a function that succeeds
# if a login of alice shows what they did.

others='
	other_limits     required  pam_limits.so
	other_env        required  pam_env.so
	other_motd       optional  pam_motd.so noupdate motd=/etc/motd
	other_mkhomedir  required  pam_mkhomedir.so
	other_loginuid   required  pam_loginuid.so
	other_namespace  required  pam_namespace.so
'

prepare_others() {
	echo 'alice hard memlock 48' >/etc/security/limits.conf
	echo 'FROM_PAM_ENV=so' >/etc/environment
	echo 'so says the day' >/etc/motd
	echo '/var/tmp /srv/instances/ user root' >/etc/security/namespace.conf
	rm -f /etc/security/limits.d/* /etc/security/namespace.d/*
	mkdir -m 000 /srv/instances
	echo so >/etc/skel/skeleton
}

# asked COMMAND: with a password, for a home may hold no key.
asked() { by password alice@127.0.0.1 "$1" </dev/null; }

other_limits() { [ "$(asked 'ulimit -Hl')" = 48 ]; }
other_env() { [ "$(asked 'echo $FROM_PAM_ENV')" = so ]; }
other_loginuid() { [ "$(asked 'cat /proc/self/loginuid')" = 50001 ]; }

other_motd() {
	echo exit | by password -tt alice@127.0.0.1 | grep 'so says the day'
}

other_mkhomedir() {
	local made

	mv /home/alice /home/away
	[ "$(asked 'cat ~/skeleton')" = so ]
	made=$?
	rm -rf /home/alice
	mv /home/away /home/alice
	return $made
}

# What is written there is in a directory of the user's own.
other_namespace() {
	rm -f /var/tmp/private
	find /srv/instances -name private -delete
	[ "$(asked 'echo >/var/tmp/private && echo so')" = so ] && [ ! -e /var/tmp/private ] &&
		[ -n "$(find /srv/instances -name private)" ]
}
