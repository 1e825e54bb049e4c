# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2034 # state is from tests/lib.sh, shown for others
# shellcheck disable=SC2119,SC2120 # arguments are given by the tests
# The doors of this machine that are no network service: each runs a command as somebody.

terminal=$top_srcdir/tests/doors/terminal
crontabs=/var/spool/cron/crontabs

# All of them; su-pty is "su --pty", the rest is called as PAM knows it.
doors=(su su-l su-pty runuser runuser-l login sudo sudo-i cron)
services=(su su-l runuser runuser-l login sudo sudo-i cron)

# What is started in front of each: as somebody else, or within something.
within=()

# open_doors: makes them work in this world.
open_doors() {
	local dir

	need su runuser login sudo sudoreplay cron chpasswd chage usermod pgrep cc
	[ -e "$module" ] || no_world 'the module is not installed'
	for dir in /var/spool/cron /var/lib/sudo; do
		mount -t tmpfs -o mode=755 tmpfs "$dir" || no_world "no $dir"
	done
	overlay /usr/sbin || no_world 'no overlay on /usr/sbin'
	make_mailer
	compile session -D_GNU_SOURCE -lpam -lpthread
	compile layers
	install -d -m 1730 -g crontab "$crontabs"
	rm -f /etc/cron.d/*
	: >/etc/crontab
	echo 'FAIL_DELAY 0' >/etc/default/su
	write_sudoers
}

# compile NAME [OPTION...]: a program of the tests' own.
compile() {
	cc -Wall -o "$state/$1" "$top_srcdir/tests/doors/caller_$1.c" "${@:2}" ||
		no_world "caller_$1.c cannot be compiled"
}

# What cron gives a job's output to.
make_mailer() {
	rm -f /usr/sbin/sendmail
	printf '#!/bin/sh\ncat >/tmp/mail\n' >/usr/sbin/sendmail
	chmod 755 /usr/sbin/sendmail
}

# Becomes a program that has been left a listening socket.
listening=(python3 -c 'import os, socket, sys
s = socket.create_server(("127.0.0.1", 0))
s.set_inheritable(True)
os.execvp(sys.argv[1], sys.argv[1:])')

# write_sudoers [LINE...]
write_sudoers() {
	printf '%s\n' 'Defaults env_reset, !lecture, !mail_badpass' "$@" \
		'root ALL = (ALL:ALL) NOPASSWD: ALL' \
		'admin ALL = (ALL:ALL) NOPASSWD: ALL' \
		'bob ALL = (ALL:ALL) NOPASSWD: ALL' >/etc/sudoers
	chmod 440 /etc/sudoers
}

service() { echo "${1/#su-pty/su}"; }

# through DOOR USER COMMAND: sets status, out and err. The command's input is the function's,
# but for login and cron. Where these two do not start it, the status is "none".
through() {
	local run=("${within[@]}")

	case $1 in
	su) run+=(su "$2" -c "$3") ;;
	su-l) run+=(su - "$2" -c "$3") ;;
	su-pty) run+=(su --pty "$2" -c "$3") ;;
	runuser) run+=(runuser -u "$2" -- bash -c "$3") ;;
	runuser-l) run+=(runuser -l "$2" -c "$3") ;;
	sudo) run+=(sudo -u "$2" bash -c "$3") ;;
	sudo-i) # which lets a shell of its own look at each word
		write_job "$3"
		run+=(sudo -i -u "$2" bash "$job.sh")
		;;
	login | cron)
		write_job "$3"
		"through_$1" "$2"
		read_job
		return
		;;
	esac
	timeout -k 5 30 "${run[@]}" >"$state/out" 2>"$state/err"
	status=$?
	read_results
}

# read_results [TEXT]
read_results() {
	out=$(tr -d '\r\0' <"$state/out")
	err=$(tr -d '\r\0' <"$state/err")
	shown="status $status
stdout: $out
stderr: $err${1:+
$1}"
}

# --- login and cron ----------------------------------------------------------------------

# What a user types, or has in a crontab, and where it leaves what the command has printed.
job=/tmp/job
job_line="bash $job.sh >$job.out 2>$job.err; echo \$? >$job.status"

write_job() {
	rm -f "$job".*
	printf '%s\n' "$1" >"$job.sh"
}

read_job() {
	status=none
	cat "$job.out" >"$state/out" 2>/dev/null
	cat "$job.err" >"$state/err" 2>/dev/null
	[ ! -e "$job.status" ] || status=$(cat "$job.status")
	read_results "also: $also"
}

through_login() {
	also=$(timeout -k 5 30 "$terminal" "
		< [\$#] \$
		> $job_line; exit\\r
		." "${within[@]}" login -f "$1" 2>&1)
}

through_cron() {
	write_crontab "$1" "$job_line"
	run_cron 1
	rm -f "$crontabs/$1"
}

# write_crontab USER COMMAND: a job that cron starts when it starts itself.
write_crontab() {
	printf 'SHELL=/bin/bash\nMAILTO=""\n@reboot %s\n' "$2" >"$crontabs/$1"
	chown "$1:crontab" "$crontabs/$1"
	chmod 600 "$crontabs/$1"
}

# run_cron NUMBER: until so many jobs have ended, or were not begun.
run_cron() {
	local cron seen

	rm -f /run/crond.reboot
	seen=$(jobs_seen)
	"${within[@]}" cron -f 2>"$state/cron" &
	cron=$!
	await jobs_begun $((seen + $1))
	await without_children "$cron"
	kill "$cron"
	wait "$cron" 2>/dev/null
	also=$(cat "$state/cron")
}

# The processes that cron has made for jobs; each has something to tell the log.
jobs_seen() { grep -aoE 'CRON\[[0-9]+\]' "$state/log" | sort -u | wc -l; }
jobs_begun() { [ "$(jobs_seen)" -ge "$1" ]; }
without_children() { ! pgrep -P "$1" >/dev/null; }

# --- A terminal --------------------------------------------------------------------------

# interactive DOOR USER: the words that start a shell of the user's on this terminal.
interactive() {
	case $1 in
	su) words=(su "$2") ;;
	su-l) words=(su - "$2") ;;
	su-pty) words=(su --pty - "$2") ;;
	runuser) words=(runuser -u "$2" -- bash) ;;
	runuser-l) words=(runuser -l "$2") ;;
	sudo) words=(sudo -u "$2" bash) ;;
	sudo-i) words=(sudo -i -u "$2") ;;
	login) words=(login -f "$2") ;;
	esac
	words=("${within[@]}" "${words[@]}")
}
