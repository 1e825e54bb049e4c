# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2034 # state is from tests/lib.sh, ssh from sshd.sh
# What alice's sessions can do: rows of a name, the programs that are needed, and a command.

# Where users can read it, too: the sources may be in a directory of root's alone.
launch=$state/launch
install -m 755 "$top_srcdir/tests/doors/launch" "$launch"
terminal=$top_srcdir/tests/doors/terminal
search=/usr/local/bin:/usr/bin:/bin
variables=(-e TERM=xterm -e LANG=C.UTF-8 -e "PATH=$search")

# Capabilities that who logs in has already, as "+net_raw,+perfmon".
powers=

# as_user USER PROGRAM COMMAND: from the user's home; sets status, out and err.
as_user() {
	local login=("$launch" -u "$1")

	[ -z "$powers" ] || login=(setpriv --reuid="$1" --regid="$1" --init-groups
		--inh-caps="$powers" --ambient-caps="$powers" "$launch")
	timeout -k 5 120 "${login[@]}" "${variables[@]}" \
		-e "HOME=/home/$1" -e "USER=$1" -e "LOGNAME=$1" "$2" -c "cd && { $3
}" >"$state/out" 2>"$state/err" </dev/null
	status=$?
	out=$(tr -d '\0' <"$state/out")
	err=$(tr -d '\0' <"$state/err")
	shown="status $status
stdout: $out
stderr: $err"
}

outside() { as_user alice /bin/bash "$1"; }
inside() { as_user alice "$HEEL_BINDIR/heel-shell" "$1"; }

# with NAME PROGRAM...: true if they are there; else a skip. A program is one word, or
# a path.
with() {
	local name=$1 program

	shift
	for program; do
		PATH=$search command -v "$program" >/dev/null && continue
		skip "$name" "there is no $program"
		return 1
	done
}

# gives NAME "PROGRAM..." WANTED COMMAND: what it prints inside; it succeeds.
gives() {
	# shellcheck disable=SC2086 # words
	with "$1" $2 || return 0
	inside "$4"
	equal "$1" "0: $3" "$status: $out"
}

# allowed NAME "PROGRAM..." COMMAND: it succeeds inside.
allowed() {
	# shellcheck disable=SC2086 # words
	with "$1" $2 || return 0
	inside "$3"
	check "$1" test "$status" -eq 0
}

# denied NAME "PROGRAM..." COMMAND [PATTERN]: it succeeds outside, as the same user; inside
# it fails and says so. What it makes outside is removed in between by the command itself.
denied() {
	# shellcheck disable=SC2086 # words
	with "$1" $2 || return 0
	outside "$3"
	if [ "$status" -ne 0 ]; then
		check "$1: the same succeeds outside" false
		return
	fi
	inside "$3"
	check "$1" fails "${4:-permission denied}"
}

fails() {
	[ "$status" -gt 0 ] && [ "$status" -lt 124 ] && grep -qiE -e "$1" "$state/err"
}

# held NAME "PROGRAM..." DIALOGUE: with a login shell inside, on a terminal, through sshd.
held() {
	# shellcheck disable=SC2086 # words
	with "$1" $2 || return 0
	shown=$(timeout -k 5 120 "$terminal" "
		> PS1=ready\\\\>\\r
		< ready>
		$3
		> exit 0\\r
		." "${ssh[@]}" -tt alice@127.0.0.1 2>&1 | tr -d '\0'
		exit "${PIPESTATUS[0]}")
	check "$1" test $? -eq 0
}
