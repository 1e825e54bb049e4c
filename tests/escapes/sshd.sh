# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2034 # state is from tests/lib.sh
# shellcheck disable=SC2317 # the functions are called by their names
# The ways out that are asked of sshd, not of what it starts: a function each, for $who, in the
# directory $work of its own. It succeeds if $who has got out.

# Beside the port of key logins, one sshd of several lines and one without PAM.
internal=2231 without_pam=2240

is_proof() { grep -q ^canary "$1" 2>/dev/null; }

# reach COMMAND...: repeats it until it succeeds, or ssh has given up.
reach() {
	local end=$((SECONDS + 10))

	until "$@"; do
		kill -0 "$background" 2>/dev/null && [ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.02
	done
}

behind() {
	"$@" &
	background=$!
	trap 'kill -9 "$background" 2>/dev/null; wait "$background" 2>/dev/null' EXIT
}

E01a_internal() {
	timeout 20 sftp "${ssh_options[@]}" -P "$internal" -b - "$at" \
		<<<"get /srv/heel-canary $work/canary"
	is_proof "$work/canary"
}

E01b_external() {
	timeout 20 sftp "${ssh_options[@]}" -P "$port" -b - "$at" \
		<<<"get /srv/heel-canary $work/canary"
	is_proof "$work/canary"
}

E02_stdio() { [ "$(timeout 20 "${ssh[@]}" -W 127.0.0.1:8081 "$at")" = hello ]; }

E02_local() {
	behind "${ssh[@]}" -o LogLevel=INFO -N -L "$work/forward:127.0.0.1:8081" "$at"
	reach test -S "$work/forward" && greeted "$work/forward"
}

# greeted SOCKET: what it says, through a UNIX socket.
greeted() {
	[ "$(timeout 5 python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
print(s.recv(99).decode().strip())' "$1")" != "" ]
}

E03_socket() {
	behind "${ssh[@]}" -o LogLevel=INFO -N -L "$work/forward:/tmp/escapes/$who/socket" "$at"
	reach test -S "$work/forward" && greeted "$work/forward"
}

E04_remote() {
	timeout 20 "${ssh[@]}" -o ExitOnForwardFailure=yes -R 8091:127.0.0.1:8080 "$at" true
}

E05_tun() {
	local unit

	unit=$(tun_of "$who")
	behind "${ssh[@]}" -N -o ExitOnForwardFailure=yes -w "any:$unit" "$at"
	reach is_attached "tun$unit"
}

# is_attached DEVICE: it is up, and a process is at its other end.
is_attached() { ip -o link show "$1" | grep -q LOWER_UP; }

# loaded: the library has been, since, and could read.
loaded() {
	is_proof "/tmp/escapes/loaded-$who"
	local was=$?

	rm -f "/tmp/escapes/loaded-$who"
	return $was
}

library=/tmp/escapes/preload.so

E08_environment_file() {
	echo "LD_PRELOAD=$library" >"/home/$who/.ssh/environment"
	timeout 20 "${ssh[@]}" "$at" true
	rm "/home/$who/.ssh/environment"
	loaded
}

E08_authorized_keys() {
	sed -i "s|^|environment=\"LD_PRELOAD=$library\" |" "/home/$who/.ssh/authorized_keys"
	timeout 20 "${ssh[@]}" "$at" true
	let_in "$who"
	loaded
}

E08_accept_env() {
	timeout 20 "${ssh[@]}" -o "SetEnv=LD_PRELOAD=$library" "$at" true
	loaded
}

E08_pam_environment() {
	echo "LD_PRELOAD DEFAULT=$library" >"/home/$who/.pam_environment"
	timeout 20 "${ssh[@]}" "$at" true
	rm "/home/$who/.pam_environment"
	loaded
}

E08_locale() {
	timeout 20 "${ssh[@]}" -o "SetEnv=LD_AUDIT=$library" "$at" true
	loaded
}

E09_rc() {
	echo "cat /srv/heel-canary" >"/home/$who/.ssh/rc"
	timeout 20 "${ssh[@]}" "$at" true >"$work/rc"
	rm "/home/$who/.ssh/rc"
	is_proof "$work/rc"
}

E09_bashrc() {
	echo "cat /srv/heel-canary" >"/home/$who/.bashrc"
	timeout 20 "${ssh[@]}" "$at" true >"$work/rc"
	rm "/home/$who/.bashrc"
	is_proof "$work/rc"
}

E06_without_pam() {
	timeout 20 ssh "${ssh_options[@]}" -p "$without_pam" "$at" cat /srv/heel-canary >"$work/out"
	is_proof "$work/out"
}

E23_words() {
	timeout 20 "${ssh[@]}" "$at" 'scp x; cat /srv/heel-canary' >"$work/out"
	is_proof "$work/out"
}

E23_subsystem() {
	timeout 20 "${ssh[@]}" "$at" '/usr/lib/openssh/sftp-server; cat /srv/heel-canary' \
		>"$work/out" </dev/null
	is_proof "$work/out"
}

# These can be tried at the same time; those leave something in the home, or look for it.
sshd_ways='
	E01a_internal E01b_external E02_stdio E02_local E03_socket E04_remote E05_tun
	E06_without_pam
'
sshd_ways_alone='
	E08_environment_file E08_authorized_keys E08_accept_env
	E08_pam_environment E08_locale E09_rc E09_bashrc E23_words E23_subsystem
'
