# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2034 # state is from tests/lib.sh, shown for it
# shellcheck disable=SC2016 # what stands in single quotes is for the session's shell
# shellcheck disable=SC2317 # the functions are called by their names in the table
# What sshd can do for a user: a function each, which succeeds where it works. They run at the
# same time, each in a process and in a directory $work of its own, for the user $who, who logs
# in as $at.

# The ports of the sshd under test; see sshd_lines.
internal=2231 chrooted=2232 forced=2233 password=2234 keyboard=2235

# Where the user may listen and connect, and where somebody listens.
bindable=8090 reachable=8080

# The lines of sshd's configuration that the features need.
sshd_lines() {
	local port

	for port in $internal $chrooted $forced $password $keyboard; do
		echo "ListenAddress 127.0.0.1:$port"
	done
	cat <<-END
		PermitRootLogin yes
		X11Forwarding yes
		RekeyLimit 1M
		StreamLocalBindUnlink yes
		Match LocalPort $internal
			ForceCommand internal-sftp
		Match LocalPort $chrooted
			ChrootDirectory /srv/chroot/%u
			ForceCommand internal-sftp
		Match LocalPort $forced
			ForceCommand echo "forced \$SSH_ORIGINAL_COMMAND"; cat /srv/data/file
		Match LocalPort $password
			AuthenticationMethods password
			PasswordAuthentication yes
		Match LocalPort $keyboard
			AuthenticationMethods keyboard-interactive
			KbdInteractiveAuthentication yes
	END
}

# What the features find on the disk.
make_feature_files() {
	local user

	for user in alice bob; do
		install -d "/srv/chroot/$user"
		install -d -o "$user" -g "$user" "/srv/chroot/$user/own"
		echo public >"/srv/chroot/$user/file"
	done
	# Says when it runs and when it goes on, and starts no process that could be stopped. It
	# sleeps in pieces, as a signal that comes just before a sleep is handled behind it.
	tee /home/alice/job >/home/bob/job <<-'END'
		import os, signal, time
		signal.signal(signal.SIGCONT, lambda *_: os.write(1, b"continued\n"))
		signal.signal(signal.SIGINT, lambda *_: os._exit(os.write(1, b"interrupted\n")))
		os.write(1, b"going\n")
		for _ in range(600):
		    time.sleep(0.1)
	END
	head -c 3M /dev/urandom >"$state/data"
}

features='
	feature_command              a command, its output, its input and its status
	feature_terminal             a login shell on a terminal, with job control
	feature_window               a new size of the window reaches the session
	feature_scp_old              scp -O, to and from
	feature_scp_new              scp -s, to and from
	feature_sftp_server          an external sftp-server
	feature_internal_sftp        internal-sftp
	feature_chrooted             internal-sftp in a ChrootDirectory
	feature_forced               ForceCommand
	feature_forward              -L, with -N, which stays up
	feature_remote_forward       -R
	feature_socks                -D
	feature_forward_socket       -L of a UNIX socket
	feature_remote_socket        -R of a UNIX socket
	feature_agent                the agent is forwarded
	feature_x11                  X11: a display and its cookie
	feature_multiplex            several sessions over one connection
	feature_rekey_client         new keys in between, asked for by the client
	feature_rekey_server         new keys in between, asked for by the server
	feature_disconnect           a connection that breaks leaves no process
	feature_together             two connections at once
'

# run_features TITLE TABLE: its rows, a few at a time, as $who.
run_features() {
	local title=$1 mode=${1//[^a-z]/-} table=$2 feature name running=0 pids=()

	while read -r feature name; do
		[ -n "$feature" ] || continue
		run_feature "$mode" "$feature" </dev/null &
		pids+=($!)
		running=$((running + 1))
		[ "$running" -lt 6 ] || wait_for_one
	done <<<"$table"
	wait "${pids[@]}" # each ends by itself, however busy the machine is
	while read -r feature name; do
		[ -n "$feature" ] || continue
		shown=$(tail -40 "$state/$mode.$feature/log" 2>&1)
		check "$title: $name" test "$(cat "$state/$mode.$feature/status")" = 0
	done <<<"$table"
	shown=
}

wait_for_one() {
	wait -n
	running=$((running - 1))
}

# run_feature MODE FEATURE
run_feature() {
	local work=$state/$1.$2 at=$who@127.0.0.1

	mkdir -p "$work"
	"$2" >"$work/log" 2>&1
	echo $? >"$work/status.new"
	mv "$work/status.new" "$work/status"
}

# on ARGUMENT...: ssh, which does not hang.
on() { timeout -k 5 30 "${ssh[@]}" "$@"; }

# on_port PORT ARGUMENT...: likewise, on another port of the same sshd.
on_port() { timeout -k 5 30 ssh "${ssh_options[@]}" -p "$@"; }

# through PORT: reads what one has to say who listens there, or behind it.
through() {
	exec 3<>"/dev/tcp/127.0.0.1/$1" || return
	timeout 5 cat <&3
	exec 3>&-
}

# answers PORT: what listens on $reachable is behind it.
answers() { [ "$(through "$1")" = hello ]; } 2>/dev/null

# behind COMMAND...: runs it in the background, for as long as this feature takes.
behind() {
	"$@" &
	background=$!
	# ssh can sleep through the signal that would end it in order.
	trap 'kill -9 "$background" 2>/dev/null; wait "$background"' EXIT
}

feature_command() {
	local out

	out=$(echo input | on -o StdinNull=no "$at" 'cat; id -un; exit 7')
	[ "$?: $out" = "7: input
$who" ]
}

feature_terminal() {
	timeout -k 5 60 "$terminal" "
		> PS1=ready\\\\>\\r
		< ready>
		> echo \$0; tty; python3 ~/job\\r
		< -bash
		< /dev/pts/[0-9]+
		< going
		> \\x1a
		< Stopped
		< ready>
		> fg\\r
		< continued
		> \\x03
		< interrupted
		< ready>
		> exit 5\\r
		.
	" "${ssh[@]}" -tt "$at"
	[ $? -eq 5 ]
}

resized() {
	stty -F "$(cat "$work/tty")" rows 44 columns 98
	stty -F "$(cat "$work/tty")" rows 44 columns 99
	sleep 0.2
	grep -q '44 99' "$work/screen"
}

# The local terminal is resized from outside when the session is ready for it.
feature_window() {
	timeout -k 5 60 "$terminal" '
		< 44 99
		> x\r
		.
	' sh -c 'tty >"$0"; exec "$@"' "$work/tty" "${ssh[@]}" -tt "$at" \
		'trap "stty size" WINCH; echo ready; until read -t 0.1 x; do :; done' \
		>"$work/screen" &
	await grep -q ready "$work/screen" && await resized && wait $!
}

# copy_both_ways OPTION
copy_both_ways() {
	local options=("$1" "${ssh_options[@]}" -P "$port") there=/home/$who/scp$1

	timeout 30 scp "${options[@]}" "$state/data" "$at:$there" &&
		timeout 30 scp "${options[@]}" "$at:$there" "$work/data" &&
		cmp "$state/data" "$work/data" && rm "$there"
}

feature_scp_old() { copy_both_ways -O; }
feature_scp_new() { copy_both_ways -s; }

# transfer PORT DIRECTORY: by sftp, into it and back.
transfer() {
	timeout 30 sftp "${ssh_options[@]}" -P "$1" -b - "$at" <<-END &&
		cd $2
		mkdir sftp.$1
		put $state/data sftp.$1/new
		rename sftp.$1/new sftp.$1/data
		get sftp.$1/data $work/data
		rm sftp.$1/data
		rmdir sftp.$1
		ls
	END
		cmp "$state/data" "$work/data"
}

feature_sftp_server() { transfer "$port" "/home/$who"; }
feature_internal_sftp() { transfer "$internal" "/home/$who"; }
feature_chrooted() { transfer "$chrooted" /own; }

feature_forced() {
	on_port "$forced" "$at" asked for | grep -qx 'forced asked for'
}

feature_forward() {
	behind "${ssh[@]}" -N -L "3001:127.0.0.1:$reachable" "$at"
	await answers 3001 && answers 3001 && kill -0 "$background"
}

feature_remote_forward() {
	behind "${ssh[@]}" -N -o ExitOnForwardFailure=yes \
		-R "$bindable:127.0.0.1:$reachable" "$at"
	await answers "$bindable" && answers "$bindable" && kill -0 "$background"
}

# socks PORT THROUGH: asks the proxy on PORT (SOCKS4) for THROUGH of 127.0.0.1, and reads.
socks() {
	exec 3<>"/dev/tcp/127.0.0.1/$1" || return
	printf '\4\1%b\177\0\0\1\0' "$(printf '\\x%02x\\x%02x' $(($2 / 256)) $(($2 % 256)))" >&3
	timeout 5 tail -c +9 <&3
	exec 3>&-
}

socks_answers() { [ "$(socks "$@")" = hello ]; } 2>/dev/null

feature_socks() {
	behind "${ssh[@]}" -N -D 3003 "$at"
	await socks_answers 3003 "$reachable"
}

# listen_at SOCKET: says hello there, once it is asked to.
listen_at() {
	python3 -c '
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
s.listen()
while True:
    s.accept()[0].send(b"hello\n")
' "$1"
}

ask_socket='import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
print(s.recv(9).decode().strip())'

feature_forward_socket() {
	listen_at "/home/$who/served" &
	listener=$!
	behind "${ssh[@]}" -N -L "$work/socket:/home/$who/served" "$at"
	trap 'rm "/home/$who/served"; kill -9 "$listener" "$background"; wait' EXIT
	await test -S "/home/$who/served" -a -S "$work/socket" &&
		[ "$(timeout 5 python3 -c "$ask_socket" "$work/socket")" = hello ]
}

feature_remote_socket() {
	behind listen_at "$work/served"
	await test -S "$work/served" || return
	[ "$(on -o ExitOnForwardFailure=yes -R "/home/$who/remote:$work/served" "$at" \
		"python3 -c '$ask_socket' ~/remote")" = hello ]
}

feature_agent() {
	local wanted

	eval "$(ssh-agent)"
	trap 'kill "$SSH_AGENT_PID"' EXIT
	export SSH_AUTH_SOCK
	wanted=$(ssh-keygen -l -f "$state/key.pub")
	ssh-add "$state/key" && [ "$(on -A "$at" 'ssh-add -l')" = "$wanted" ]
}

# The display is never asked for anything.
feature_x11() {
	DISPLAY=127.0.0.1:77 on -Y "$at" 'echo "$DISPLAY"; xauth list' >"$work/cookie" &&
		cat "$work/cookie" &&
		grep -qE '^localhost:1[0-9]\.0$' "$work/cookie" &&
		grep -qE 'unix:1[0-9] +MIT-MAGIC-COOKIE-1 ' "$work/cookie"
}

feature_multiplex() {
	behind "${ssh[@]}" -M -S "$work/master" -N "$at"
	await test -S "$work/master" || return
	[ "$(on -S "$work/master" "$at" id -un)" = "$who" ] &&
		[ "$(on -S "$work/master" -tt "$at" id -un | tr -d '\r')" = "$who" ] &&
		on -S "$work/master" -O exit "$at"
}

# exchange ARGUMENT...: much data to and fro; the keys change meanwhile.
exchange() {
	on -v -o StdinNull=no "$@" "$at" cat <"$state/data" >"$work/data" 2>"$work/debug" &&
		cmp "$state/data" "$work/data" &&
		[ "$(grep -c 'SSH2_MSG_NEWKEYS received' "$work/debug")" -gt 2 ]
}

feature_rekey_client() { exchange -o RekeyLimit=512K; }
feature_rekey_server() { exchange; }

# processes_of FILE: the two of sshd and the session's, as it has told.
processes_of() {
	local shell child

	read -r shell child <"$1" &&
		echo "$shell $child $(sed -n 's/^PPid:\t//p' "/proc/$child/status")"
}

any_runs() {
	local pid

	for pid; do
		[ ! -e "/proc/$pid" ] || return 0
	done
	return 1
}

none_runs() { ! any_runs "$@"; }

feature_disconnect() {
	local pids

	"${ssh[@]}" -tt "$at" 'echo $$ $PPID; while :; do sleep 1000; done' >"$work/pids" &
	await grep -qE '[0-9]+ [0-9]+' "$work/pids" || return
	tr -d '\r' <"$work/pids" >"$work/pids.clean"
	pids=$(processes_of "$work/pids.clean")
	kill -9 $!
	echo "$pids"
	# shellcheck disable=SC2086 # words
	await none_runs $pids
}

feature_together() {
	rm -f "/home/$who/meet"
	on "$at" 'mkfifo ~/meet; cat ~/meet' >"$work/met" &
	on "$at" 'until [ -p ~/meet ]; do sleep 0.1; done; echo met >~/meet' && wait $! &&
		grep -q met "$work/met"
}
