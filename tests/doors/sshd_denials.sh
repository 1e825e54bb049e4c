# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2030,SC2031,SC2034 # state is from lib.sh
# shellcheck disable=SC2016 # what stands in single quotes is for the session's shell
# shellcheck disable=SC2317 # the functions are called by their names in the table
# What alice is refused in sshd and bob is not: a function each, which succeeds where that is
# so. They run as the features do.

# Where somebody listens whom alice's profile does not let her reach; and a port of which it
# does not let her take connections.
unreachable=8081 unbindable=8091

# ssh, which also says that a forwarding failed.
telling=("${ssh[@]/#LogLevel=ERROR/LogLevel=INFO}")

denials='
	denial_command               a command reads what is not granted
	denial_terminal              so does a shell on a terminal
	denial_sftp_server           an external sftp-server
	denial_internal_sftp         internal-sftp
	denial_chrooted              internal-sftp in a ChrootDirectory
	denial_scp                   scp -s
	denial_forced                ForceCommand
	denial_rc                    ~/.ssh/rc
	denial_stdio_forward         -W, to a port that is not listed
	denial_forward               -L, likewise
	denial_socks                 -D, likewise
	denial_remote_forward        -R, from a port that is not listed
	denial_shared                a further session over a connection
'

# only_bob PATTERN COMMAND...: he can; alice cannot, and is told so.
only_bob() {
	local pattern=$1

	shift
	if ! as bob "$@"; then
		echo 'bob cannot'
		return 1
	fi
	if as alice "$@" >"$work/refused" 2>&1; then
		echo 'alice can'
		return 1
	fi
	cat "$work/refused"
	grep -qiE -e "$pattern" "$work/refused"
}

# as USER COMMAND...
as() (
	who=$1 at=$1@127.0.0.1
	shift
	"$@"
)

read_by_command() { on "$at" cat /srv/data/file; }
read_on_terminal() { on -tt "$at" cat /srv/data/file; }
read_by_force() { on_port "$forced" "$at" true; }

# read_by_sftp PORT FILE
read_by_sftp() {
	rm -f "$work/copy"
	timeout 30 sftp "${ssh_options[@]}" -P "$1" -b - "$at" <<<"get $2 $work/copy" &&
		grep -q public "$work/copy"
}

read_by_scp() {
	timeout 30 scp -s "${ssh_options[@]}" -P "$port" "$at:/srv/data/file" "$work/copy"
}

# The user's own file runs in the session, before what was asked for.
read_by_rc() {
	echo 'cat /srv/data/file' >"/home/$who/.ssh/rc"
	on "$at" true >"$work/rc" 2>&1
	rm "/home/$who/.ssh/rc"
	cat "$work/rc"
	grep -q public "$work/rc"
}

connect_from_there() { [ "$(timeout 20 "${telling[@]}" -W "127.0.0.1:$unreachable" "$at")" = hello ]; }

# listens_or_ends PORT: what was started in the background listens there, or has ended.
listens_or_ends() { connects "$1" || ! kill -0 "$background"; }

connect_by_forward() {
	behind "${telling[@]}" -N -L "3005:127.0.0.1:$unreachable" "$at"
	await listens_or_ends 3005
	answers 3005
}

connect_by_socks() {
	behind "${telling[@]}" -N -D 3006 "$at"
	await listens_or_ends 3006
	socks_answers 3006 "$unreachable"
}

closed() { ! connects "$1"; }

bind_there() {
	await closed "$unbindable"
	behind "${ssh[@]}" -N -o ExitOnForwardFailure=yes \
		-R "$unbindable:127.0.0.1:$reachable" "$at"
	await listens_or_ends "$unbindable"
	answers "$unbindable"
}

read_over_shared() {
	behind "${ssh[@]}" -M -S "$work/$who" -N "$at"
	await test -S "$work/$who"
	on -S "$work/$who" "$at" cat /srv/data/file
}

display_there() {
	DISPLAY=127.0.0.1:77 timeout 20 "${telling[@]}" -Y "$at" 'echo "<$DISPLAY>"' >"$work/display"
	cat "$work/display"
	grep -q '<localhost:' "$work/display"
}

denial_command() { only_bob 'permission denied' read_by_command; }
denial_terminal() { only_bob 'permission denied' read_on_terminal; }
denial_sftp_server() { only_bob 'permission denied' read_by_sftp "$port" /srv/data/file; }
denial_internal_sftp() { only_bob 'permission denied' read_by_sftp "$internal" /srv/data/file; }
denial_chrooted() { only_bob 'permission denied' read_by_sftp "$chrooted" /file; }
denial_scp() { only_bob 'permission denied' read_by_scp; }
denial_forced() { only_bob 'permission denied' read_by_force; }
denial_rc() { only_bob 'permission denied' read_by_rc; }
denial_stdio_forward() { only_bob 'open failed: connect failed' connect_from_there; }
denial_forward() { only_bob 'open failed: connect failed' connect_by_forward; }
denial_socks() { only_bob 'open failed: connect failed' connect_by_socks; }
denial_remote_forward() { only_bob 'port forwarding failed' bind_there; }
denial_shared() { only_bob 'permission denied' read_over_shared; }
denial_x11() { only_bob 'X11 forwarding request failed' display_there; }
