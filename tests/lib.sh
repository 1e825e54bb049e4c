# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# For the tests that need root, and scripts/demo: a world of their own, in which heel is
# installed where it was configured to be, with users, homes, a system log and a loopback
# network, and of which nothing is left when it ends; and TAP.
#
#	. "$top_srcdir/tests/lib.sh"
#	enter_world "$@"		# starts the script again, inside
#	check 'a thing is so' test -e /thing
#	finish

# shellcheck disable=SC2153,SC2154 # the variables of read_makefile
set -u
umask 022

# Whoever started this may ignore signals, as a shell does for what it runs in the background. A
# shell cannot undo that, and its keyboard would then stop nothing.
if [[ $0 = *.test && ${HEEL_SIGNALS:-} != default ]]; then
	HEEL_SIGNALS=default exec env --default-signal=HUP,INT,QUIT,PIPE,TERM,TSTP bash "$0" "$@"
fi

top_srcdir=$(cd "${top_srcdir:-$(dirname "${BASH_SOURCE[0]}")/..}" && pwd) || exit 99
top_builddir=$(cd "${top_builddir:-${HEEL_BUILD:-$top_srcdir/_build}}" 2>/dev/null && pwd) ||
	top_builddir=
export top_srcdir top_builddir

# Everything that only these tests write; a tmpfs of the world.
state=/run/heel-test

# --- TAP ---------------------------------------------------------------------------------

tests=0
failures=0

say() { printf '%s\n' "$*" | sed 's/^/# /'; }

# skip_all REASON: the script cannot run here.
skip_all() {
	if [ "${HEEL_TEST_MUST_RUN:-0}" = 1 ]; then
		printf '1..1\nnot ok 1 - runs at all # %s\n' "$1"
		exit 1
	fi
	printf '1..0 # SKIP %s\n' "$1"
	exit 0
}

# result NAME STATUS: one line of the outcome.
result() {
	tests=$((tests + 1))
	if [ "$2" -eq 0 ]; then
		printf 'ok %d - %s\n' "$tests" "$1"
	else
		failures=$((failures + 1))
		printf 'not ok %d - %s\n' "$tests" "$1"
	fi
	return "$2"
}

# check NAME COMMAND...: succeeds.
check() {
	local name=$1 output
	shift
	if output=$("$@" 2>&1); then
		result "$name" 0
	else
		result "$name" 1
		say "failed: $*"
		[ -z "$output" ] || say "$output"
		[ -z "${shown:-}" ] || say "$shown"
		return 1
	fi
}

# equal NAME WANTED GOT
equal() {
	if [ "$2" = "$3" ]; then
		result "$1" 0
		return
	fi
	result "$1" 1
	say "wanted: $2"
	say "got:    $3"
	[ -z "${shown:-}" ] || say "$shown"
	return 1
}

# skip NAME REASON: one test cannot run here.
skip() {
	tests=$((tests + 1))
	if [ "${HEEL_TEST_MUST_RUN:-0}" = 1 ]; then
		failures=$((failures + 1))
		printf 'not ok %d - %s # must run, but: %s\n' "$tests" "$1" "$2"
	else
		printf 'ok %d - %s # SKIP %s\n' "$tests" "$1" "$2"
	fi
}

finish() {
	printf '1..%d\n' "$tests"
	[ "$failures" -eq 0 ]
	exit
}

# --- The world ---------------------------------------------------------------------------

# need COMMAND...: what the script is made of.
need() {
	local command
	for command; do
		command -v "$command" >/dev/null || no_world "needs $command"
	done
}

# Where the world cannot be made; scripts/demo has its own.
no_world() { skip_all "$1"; }

# enter_world ARGUMENT...: replaces the script by itself in namespaces of its own. All
# that runs in there ends with it, since its first process is the init of its pid namespace.
enter_world() {
	local spaces=(--mount --propagation private --net --uts --ipc --pid --fork
		--kill-child --mount-proc)

	if [ "${HEEL_WORLD:-}" = inside ]; then
		make_world
		return
	fi
	[ "$(id -u)" -eq 0 ] || no_world 'needs root'
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	export PATH LC_ALL=C
	need unshare mount ip setpriv make python3
	[ -n "$top_builddir" ] || no_world 'nothing is built'
	unshare "${spaces[@]}" true 2>/dev/null ||
		no_world 'this machine lets root make no namespaces'
	read_makefile || no_world 'nothing is configured'
	export HEEL_WORLD=inside
	exec unshare "${spaces[@]}" bash "${HEEL_SCRIPT:-$0}" "$@"
}

# Where heel was configured to be, and its sources; asked once, for make takes its time.
read_makefile() {
	local name value

	while IFS='=' read -r name value; do
		export "$name=$value"
	done < <(make -s --no-print-directory -C "$top_builddir" -f Makefile -f - print <<-'END'
		print: ; @printf '%s\n' \
			'HEEL_SOURCES=$(abs_top_srcdir)' \
			'HEEL_PREFIX=$(prefix)' \
			'HEEL_BINDIR=$(bindir)' \
			'HEEL_LIBEXECDIR=$(pkglibexecdir)' \
			'HEEL_CONFDIR=$(confdir)' \
			'HEEL_SHAREDIR=$(datadir)/heel' \
			'HEEL_SECUREDIR=$(securedir)' \
			'HEEL_RUNDIR=$(rundir)' \
			'HEEL_MANDIR=$(mandir)'
	END
	)
	[ -n "${HEEL_MANDIR:-}" ]
}

make_world() {
	unset DESTDIR MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
	unset HOME USER LOGNAME SHELL MAIL TMPDIR SSH_AUTH_SOCK BASH_ENV ENV
	cd / || exit 99
	exec </dev/null
	ip link set lo up || no_world 'no loopback network'
	mount -t tmpfs -o mode=755 tmpfs /run || no_world 'no tmpfs'
	mkdir -p "$state" /run/sshd /run/lock
	: >/run/utmp
	make_dev || no_world 'no devices of its own'
	overlay /etc || no_world 'no overlay on /etc'
	own_directory /home 755
	own_directory /root 700
	own_directory /srv 755
	own_directory /tmp 1777
	own_directory /var/tmp 1777
	own_directory /var/log 755
	: >/var/log/wtmp
	: >/var/log/lastlog
	install_heel
	# What is not the world's own is not to be written to, by any mistake.
	mount -o remount,bind,ro / || no_world 'the root directory cannot be kept from writing'
	make_users
	make_pam
	start_log
}

# is_below PATH DIRECTORY
is_below() { [ "$1" = "$2" ] || [ "${1#"${2%/}/"}" != "$1" ]; }

# Where the caller's devices are, it could make one for all; so these are made anew.
make_dev() {
	mount -t tmpfs -o mode=755 tmpfs /dev || return
	mknod -m 666 /dev/null c 1 3 &&
		mknod -m 666 /dev/zero c 1 5 &&
		mknod -m 666 /dev/full c 1 7 &&
		mknod -m 666 /dev/random c 1 8 &&
		mknod -m 666 /dev/urandom c 1 9 &&
		mknod -m 666 /dev/tty c 5 0 &&
		mknod -m 666 /dev/ptmx c 5 2 &&
		mkdir /dev/pts /dev/shm &&
		mount -t devpts -o mode=620,gid=5,ptmxmode=000 devpts /dev/pts &&
		mount -t tmpfs -o mode=1777 tmpfs /dev/shm || return
	ln -s /proc/self/fd /dev/fd
	ln -s /proc/self/fd/0 /dev/stdin
	ln -s /proc/self/fd/1 /dev/stdout
	ln -s /proc/self/fd/2 /dev/stderr
}

overlaid=()

# overlay DIRECTORY: what is written below it from now on is the world's. Other file
# systems that are mounted below it stay what they are.
overlay() {
	local dir=$1 base=$state/overlay${#overlaid[@]} one mounted=()

	for one in "${overlaid[@]}"; do
		! is_below "$dir" "$one" || return 0
	done
	mapfile -t mounted < <(mounts_below "$dir")
	mkdir -p "$base"/{lower,upper,work}
	mount --rbind "$dir" "$base/lower" &&
		chown --reference="$dir" "$base/upper" &&
		chmod --reference="$dir" "$base/upper" &&
		mount -t overlay overlay -o \
			"lowerdir=$base/lower,upperdir=$base/upper,workdir=$base/work" "$dir" ||
		return
	for one in "${mounted[@]}"; do
		mount --rbind "$base/lower${one#"$dir"}" "$one" || return
	done
	overlaid+=("$dir")
}

# mounts_below DIRECTORY: the uppermost mount points below it.
mounts_below() {
	local point last=

	cut -d' ' -f5 /proc/self/mountinfo | sort -u | while read -r point; do
		point=$(printf '%b' "$point")
		if [ "$point" != "$1" ] && is_below "$point" "$1" &&
			! { [ -n "$last" ] && is_below "$point" "$last"; }; then
			last=$point
			printf '%s\n' "$point"
		fi
	done
}

# own_directory DIRECTORY MODE: an empty one; or, where the sources, the build or heel are
# below it, one that is written to apart.
own_directory() {
	local ours

	[ -d "$1" ] || return 0
	for ours in "$top_srcdir" "$HEEL_SOURCES" "$top_builddir" "$HEEL_PREFIX"; do
		is_below "$ours" "$1" || continue
		overlay "$1" || no_world "no overlay on $1"
		return 0
	done
	mount -t tmpfs -o "mode=$2" tmpfs "$1" || no_world "no tmpfs on $1"
}

# The nearest directory above that exists.
existing() {
	local path=$1

	while [ ! -d "$path" ]; do
		path=$(dirname "$path")
	done
	printf '%s\n' "$path"
}

# open_up DIRECTORY: makes every directory above it one that policy may lie in and that
# users can pass, for it may be somebody's working directory.
open_up() {
	local path='' part parts

	IFS=/ read -ra parts <<<"${1#/}"
	for part in "${parts[@]}"; do
		path=$path/$part
		[ -d "$path" ] || return 0
		if [ "$(stat -c %u "$path")" -eq 0 ] &&
			[ -n "$(find "$path" -maxdepth 0 -perm -001 \
				'(' -perm -1000 -o ! -perm /022 ')')" ]; then
			continue
		fi
		overlay "$path" || no_world "no overlay on $path"
		chown 0:0 "$path"
		chmod go-w,a+x "$path"
	done
}

install_heel() {
	local place dir

	overlay "$top_builddir" || no_world 'no overlay on the build directory'
	for place in "$HEEL_PREFIX" "$HEEL_BINDIR" "$HEEL_LIBEXECDIR" "$HEEL_CONFDIR" \
		"$HEEL_SHAREDIR" "$HEEL_SECUREDIR" "$HEEL_MANDIR"; do
		dir=$(existing "$place")
		[ "$dir" != / ] || no_world "make $HEEL_PREFIX first"
		open_up "$place"
		overlay "$dir" || no_world "no overlay on $dir"
	done
	if ! make -C "$top_builddir" install >"$state/install" 2>&1; then
		say "$(tail -20 "$state/install")"
		HEEL_TEST_MUST_RUN=1
		no_world 'heel cannot be installed'
	fi
	empty_policy
	PATH=$HEEL_BINDIR:$PATH
}

# empty_policy: the directories of the administrator's policy, without a file.
empty_policy() {
	rm -rf "${HEEL_CONFDIR:?}"
	mkdir -p "$HEEL_CONFDIR"/{profiles.d,users.d,services.d}
}

# --- Users -------------------------------------------------------------------------------

# add_user NAME UID SHELL: with a home, a group of its own, and in the group "students".
add_user() {
	printf '%s:x:%d:%d:%s:/home/%s:%s\n' "$1" "$2" "$2" "$1" "$1" "$3" >>/etc/passwd
	printf '%s:*:19000:0:99999:7:::\n' "$1" >>/etc/shadow
	printf '%s:x:%d:\n' "$1" "$2" >>/etc/group
	sed -i "/^students:/s/\$/,$1/; s/:,/:/" /etc/group
	install -d -m 755 -o "$1" -g "$1" "/home/$1"
}

# alice is the one who is confined; what she is refused must be possible for bob.
make_users() {
	sed -i '/^\(alice\|bob\|students\):/d' /etc/passwd /etc/shadow /etc/group
	printf 'students:x:50100:\n' >>/etc/group
	add_user alice 50001 "$HEEL_BINDIR/heel-shell"
	add_user bob 50002 "$HEEL_BINDIR/heel-shell"
	rm -f /etc/nologin
}

# The host's own stacks may start all sorts of things.
make_pam() {
	local service

	for service in sshd su su-l runuser runuser-l; do
		cat >"/etc/pam.d/$service" <<-'END'
			auth     sufficient pam_rootok.so
			auth     required   pam_deny.so
			account  required   pam_permit.so
			password required   pam_deny.so
			session  required   pam_permit.so
		END
	done
}

# --- Policy ------------------------------------------------------------------------------

# policy [FILE]: stdin becomes heel.conf, or the file of that name below the policy directory.
policy() { cat >"$HEEL_CONFDIR/${1:-heel.conf}"; }

# --- The system log ----------------------------------------------------------------------

# Collects what is sent to /dev/log, a line for each message. 200 may wait for it, fewer than
# one socket can have under way: with the kernel's 10, a busy machine loses lines.
start_log() {
	echo 200 >/proc/sys/net/unix/max_dgram_qlen || no_world 'the log cannot be given room'
	python3 - "$state/log" <<-'END' &
		import os, socket, sys
		log = open(sys.argv[1], "ab", buffering=0)
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind("/dev/log")
		os.chmod("/dev/log", 0o666)
		while True:
		    log.write(s.recv(65536) + b"\n")
	END
	log_daemon=$!
	export log_daemon
	await test -w /dev/log || no_world 'no system log'
}

# forget_log: forget what was logged so far.
forget_log() { : >"$state/log"; }

# logged PATTERN: an extended regular expression that a message matches, soon.
logged() {
	await grep -qE -e "$1" "$state/log" || {
		cat "$state/log"
		return 1
	}
}

# await COMMAND...: repeats it until it succeeds, for twenty seconds at most.
await() {
	local end=$((SECONDS + 20))

	until "$@" 2>/dev/null; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.02
	done
}
