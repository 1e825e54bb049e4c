# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2034 # state is from tests/lib.sh, shown for it
# Attempts of alice to log in that must come to nothing: with a key, a password, or from the
# keyboard; for a command, for nothing at all (-N), for a forwarding, over a shared connection.

marker=/home/alice/ran

# The password comes from here.
make_askpass() {
	printf '#!/bin/sh\necho secret\n' >"$state/askpass"
	chmod 755 "$state/askpass"
	export SSH_ASKPASS=$state/askpass SSH_ASKPASS_REQUIRE=force
}

# ssh, which may ask.
prompted=(ssh "${ssh_options[@]/#BatchMode=yes/BatchMode=no}")

# port_of WAY
port_of() {
	case $1 in
	key) echo "$port" ;;
	password) echo "$password" ;;
	keyboard) echo "$keyboard" ;;
	esac
}

# by WAY ARGUMENT...: ssh, authenticated that way.
by() { timeout -k 5 20 "${prompted[@]}" -p "$(port_of "$1")" "${@:2}"; }

# attempt NAME WAY ARGUMENT...: in the background; its outcome is kept.
attempt() {
	local base=$state/attempts/$1

	{
		by "${@:2}" >"$base.out" 2>"$base.err" </dev/null
		echo $? >"$base.status"
	} &
	attempts+=($!)
}

make_attempts() {
	local way at=alice@127.0.0.1 command="touch $marker; echo ran"

	attempts=()
	rm -rf "$state/attempts" "$marker"
	mkdir "$state/attempts"
	for way in key password keyboard; do
		attempt "$way-command" "$way" "$at" "$command"
		attempt "$way-N" "$way" -N "$at"
		attempt "$way-forward" "$way" -W 127.0.0.1:8080 "$at"
	done
	attempt terminal key -tt "$at" "$command"
	attempt shared key -M -S "$state/attempts/master" "$at" "$command"
	attempt sftp key -s "$at" sftp
	wait "${attempts[@]}"
}

# Every attempt ended by itself, without success, without a word of what it was for.
all_failed() {
	local status failed=0

	for status in "$state"/attempts/*.status; do
		[ "$(cat "$status")" = 255 ] && [ ! -s "${status%.status}.out" ] && continue
		failed=1
		echo "${status##*/}: $(cat "$status"): $(cat "${status%.status}.out")"
	done
	[ ! -e "$marker" ] && [ "$failed" = 0 ]
}

# gets_in WAY
gets_in() { [ "$(by "$1" alice@127.0.0.1 echo ran 2>"$state/err" </dev/null)" = ran ]; }

# is_confined WAY
is_confined() { by "$1" alice@127.0.0.1 grep -q 'Seccomp:.*2' /proc/self/status </dev/null; }

# refused NAME LOGGED: no attempt succeeds, and the log says why.
refused() {
	forget_log
	make_attempts
	shown=$(tail -n 3 "$state"/attempts/*.err; cat "$state/log")
	check "$1: refused, however alice comes" all_failed
	check "$1: the log says why" logged "session refused: user=alice .*service=sshd: .*$2"
	shown=
}
