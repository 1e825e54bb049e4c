# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2030,SC2031,SC2034 # state is from lib.sh
# shellcheck disable=SC2016 # what stands in single quotes is for the session's shell
# shellcheck disable=SC2317 # the functions are called by their names in the tables
# What the profiles for one purpose are for and what they refuse: functions for the tables of
# tests/special.test, as in sshd_features.sh and sshd_denials.sh.

# --- What all of them share --------------------------------------------------------------

# on_this PORT COMMAND...: the same at another port of sshd's.
on_this() (
	port=$1
	ssh=(ssh "${ssh_options[@]}" -p "$port")
	telling=("${ssh[@]/#LogLevel=ERROR/LogLevel=INFO}")
	shift
	"$@"
)

unlisted='not one of those that your account may run'
prohibited='open failed: (administratively prohibited|connect failed)'

run_command() { timeout -k 5 30 "${telling[@]}" "$at" cat /srv/data/file; }
log_in() { on -tt "$at" <<<exit; }

# The user's own file runs in the session, and leaves a trace.
run_rc() {
	rm -f "/tmp/rc-$who"
	echo ": >/tmp/rc-$who" >"/home/$who/.ssh/rc"
	on "$at" true
	rm "/home/$who/.ssh/rc"
	test -e "/tmp/rc-$who"
}

read_own_file() { read_by_sftp "$internal" "/home/$who/own"; }

# write_by_sftp PORT PATH
write_by_sftp() {
	timeout 30 sftp "${ssh_options[@]}" -P "$1" -b - "$at" <<<"put $state/small $2"
}

# Somebody else's socket, which everybody may connect to.
connect_to_socket() {
	behind "${telling[@]}" -N -L "$work/$who.socket:/run/served" "$at"
	await test -S "$work/$who.socket" || return
	[ "$(timeout 5 python3 -c "$ask_socket" "$work/$who.socket")" = hello ]
}

denial_command() { only_bob "$unlisted" run_command; }
denial_login() { only_bob 'This account is for .* only' log_in; }
denial_rc() { only_bob "$unlisted" run_rc; }
# Of what serves sftp, sshd does not pass on what it says.
denial_sftp_server() { only_bob 'connection closed' read_by_sftp "$port" /srv/data/file; }
denial_internal_sftp() { only_bob 'permission denied' read_by_sftp "$internal" /srv/data/file; }
denial_keys() { only_bob 'permission denied' write_by_sftp "$internal" .ssh/written; }
denial_stdio_forward() { only_bob "$prohibited" connect_from_there; }
denial_forward() { only_bob "$prohibited" connect_by_forward; }
denial_socks() { only_bob "$prohibited" connect_by_socks; }
closed_socket() { only_bob "$prohibited" on_this "$closed" connect_to_socket; }
closed_stdio() { only_bob "$prohibited" on_this "$closed" connect_from_there; }
closed_forward() { only_bob "$prohibited" on_this "$closed" connect_by_forward; }
closed_socks() { only_bob "$prohibited" on_this "$closed" connect_by_socks; }
closed_remote() { only_bob 'port forwarding failed' on_this "$closed" bind_there; }
closed_x11() { only_bob 'X11 forwarding request failed' on_this "$closed" display_there; }
closed_command() { only_bob "$unlisted" on_this "$closed" run_command; }
closed_terminal() { only_bob 'PTY allocation request failed' on_this "$closed" log_in; }

# --- sftp-only ---------------------------------------------------------------------------

feature_closed() { transfer "$closed" "/home/$who"; }
copy_by_command() { copy_both_ways -O; }
set_user_id() {
	timeout 30 sftp "${ssh_options[@]}" -P "$1" -b - "$at" <<-END &&
		put $state/small bits.$1
		chmod 4755 bits.$1
	END
		test -u "/home/$who/bits.$1"
}
serve_by_options() { on "$at" /usr/lib/openssh/sftp-server -Q requests; }
denial_home_of_another() { only_bob 'permission denied' read_by_sftp "$port" /srv/data/file; }
denial_scp() { only_bob "$unlisted" copy_by_command; }
denial_bits() { only_bob 'permission denied|not permitted|failure' set_user_id "$port"; }
denial_options() { only_bob "$unlisted" serve_by_options; }

# --- rsync-only --------------------------------------------------------------------------

# sync ARGUMENT...: rsync, with this ssh.
sync() { timeout -k 5 60 rsync -e "${ssh[*]}" "$@"; }

# A directory of the user's, in the place that the profile has for it: of bob's, a home.
make_things() {
	mkdir -p "$work/things/deep" && echo one >"$work/things/one" &&
		echo two >"$work/things/deep/two" && ln -s one "$work/things/link"
}

feature_rsync() {
	make_things && sync -a "$work/things/" "$at:things/" &&
		sync -a "$at:things/" "$work/back/" && diff -r "$work/things" "$work/back" &&
		rm "$work/things/one" && sync -an --delete "$work/things/" "$at:things/" &&
		test -e "/home/$who/rsync/things/one" &&
		sync -a --delete "$work/things/" "$at:things/" &&
		test ! -e "/home/$who/rsync/things/one" -a -e "/home/$who/rsync/things/deep/two" &&
		sync -azR --partial --inplace "$work/./things/deep" "$at:" &&
		cmp "/home/$who/rsync/things/deep/two" "$work/things/deep/two"
}

# By the example in the profile's comment.
feature_mirror() {
	sync -a "$at:" "$work/mirror/" && grep -q mirrored "$work/mirror/file" &&
		! sync "$state/small" "$at:new"
}

pull_outside() { sync "$at:/srv/data/file" "$work/$who.file"; }
pull_upwards() { sync "$at:../../srv/data/file" "$work/$who.file"; }
pull_by_link() {
	ln -sfn /srv/data "/home/$who/link"
	mkdir -p "/home/$who/rsync"
	ln -sfn /srv/data "/home/$who/rsync/link"
	sync -L "$at:link/file" "$work/$who.file"
}
push_upwards() {
	sync "$state/small" "$at:../$who/.ssh/pushed" && test -e "/home/$who/.ssh/pushed"
}
push_and_log() {
	sync "-M--log-file=/tmp/log-$who" "$state/small" "$at:small" && test -e "/tmp/log-$who"
}
run_in_path() {
	sync --rsync-path="touch /tmp/path-$who; rsync" "$state/small" "$at:small"
	test -e "/tmp/path-$who"
}
run_as_shell() {
	rm -f /tmp/ran
	on "$at" 'rsync -e /srv/bin/mark x:y /tmp/x'
	test -e /tmp/ran
}
remove_sources() {
	mkdir -p "/home/$who/rsync"
	sync --remove-source-files "$at:/srv/open/$who" "$work/$who.taken" && test ! -e "/srv/open/$who"
}

denial_pull() { only_bob 'rrsync|rsync error' pull_outside; }
denial_upwards() { only_bob 'rrsync error' pull_upwards; }
denial_link() { only_bob 'rrsync error' pull_by_link; }
denial_push() { only_bob 'rrsync error' push_upwards; }
denial_log() { only_bob 'rrsync error|failed to open log-file' push_and_log; }
denial_path() { only_bob 'would be acted on by a shell' run_in_path; }
denial_shell() { only_bob 'rrsync error' run_as_shell; }
denial_sources() { only_bob 'rrsync|rsync error' remove_sources; }

# --- borg-only ---------------------------------------------------------------------------

# borg_to REPOSITORY COMMAND ARGUMENT...: with this ssh, unless $rsh is another.
borg_to() {
	BORG_RSH=${rsh:-${ssh[*]}} BORG_BASE_DIR=$work BORG_REPO=ssh://$at:$port$1 \
		BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes \
		BORG_RELOCATED_REPO_ACCESS_IS_OK=yes timeout -k 5 60 borg "${@:2}"
}

feature_borg() {
	make_things && borg_to /./borg/one init -e none &&
		(cd "$work" && borg_to /./borg/one create ::first things) &&
		mkdir "$work/out" && (cd "$work/out" && borg_to /./borg/one extract ::first) &&
		diff -r "$work/things" "$work/out/things" &&
		test -e "/home/$who/borg/one/config"
}

# By the example in the profile's comment. borg keeps such a list of a repository then.
feature_append_only() {
	make_things && borg_to /./borg/two init -e none &&
		(cd "$work" && borg_to /./borg/two create ::first things) &&
		test -s "/home/$who/borg/two/transactions"
}

borg_elsewhere() { rm -rf "/srv/open/borg-$who" && borg_to "/srv/open/borg-$who" init -e none; }

# borg serve, and what it may reach, as the client wants it.
borg_widened() {
	local rsh=$work/rsh

	printf '#!/bin/bash\nexec %s "$3" "borg serve --restrict-to-path /"\n' \
		"${ssh[*]}" >"$work/rsh"
	chmod 755 "$work/rsh"
	borg_to "/srv/open/wide-$who" init -e none
}
borg_by_shell() {
	borg_to "/srv/open/shell-$who" init -e none --remote-path "sh -c 'exec borg serve' x"
}
borg_command() { on "$at" borg --version; }

denial_borg_elsewhere() { only_bob 'path not allowed' borg_elsewhere; }
denial_borg_widened() { only_bob 'path not allowed' borg_widened; }
# borg does not wait for what ssh has to say.
denial_borg_by_shell() { only_bob "$unlisted|connection closed by remote host" borg_by_shell; }
denial_borg_command() { only_bob "$unlisted" borg_command; }

# --- git-only ----------------------------------------------------------------------------

# git, with this ssh, and nobody's settings.
git_there() {
	GIT_SSH_COMMAND="${ssh[*]}" GIT_CONFIG_GLOBAL=$state/gitconfig HOME=$work \
		timeout -k 5 60 git "$@"
}

# make_repository USER PATH: with a hook that does what it may, and what alice's may not.
make_repository() {
	git init -q --bare "$2" &&
		cat >"$2/hooks/post-receive" <<-'END' &&
			#!/bin/bash
			id -un >ran
			echo hook >/tmp/hook-$(id -un)
			exec 3<>/dev/tcp/127.0.0.1/8080 && cat <&3
			cat /srv/data/file
			true
		END
		chmod 755 "$2/hooks/post-receive" && chown -R "$1:" "$2"
}

push_to() {
	rm -rf "$work/$who.new"
	git_there init -q "$work/$who.new" && cd "$work/$who.new" && date +%s%N >file &&
		git_there add file && git_there commit -qm first &&
		git_there push -qf "ssh://$at:$port$1" HEAD:refs/heads/main
}

feature_git() {
	local url=ssh://$at:$port/~/git/one.git

	(push_to /~/git/one.git) && git_there clone -q -b main "$at:git/one.git" "$work/clone" &&
		cmp "$work/clone/file" "$work/$who.new/file" && cd "$work/clone" &&
		echo more >file && git_there commit -qam more && git_there push -q &&
		cd "$work/$who.new" && git_there fetch -q "$url" main &&
		[ "$(git_there log -1 --format=%s FETCH_HEAD)" = more ] &&
		[ "$(cat "/home/$who/git/one.git/ran")" = "$who" ]
}
feature_git_version() {
	GIT_TRACE_PACKET=1 git_there -c protocol.version=2 ls-remote "ssh://$at:$port/~/git/two.git" \
		2>&1 | grep 'version 2'
}

# What the hook says: connected, and what is outside.
push_with_hook() {
	rm -f "/tmp/hook-$who"
	(push_to /~/git/two.git) 2>"$work/$who.told" || return
	cat "$work/$who.told"
	grep -q 'hello' "$work/$who.told" && grep -q 'public' "$work/$who.told" &&
		test -e "/tmp/hook-$who"
}
clone_outside() {
	git_there clone -q "ssh://$at:$port/srv/open/$who.git" "$work/$who.outside"
}
push_outside() { (push_to "/srv/open/$who.git"); }
run_as_pack() {
	rm -f /tmp/ran
	git_there ls-remote --upload-pack=/srv/bin/mark "ssh://$at:$port/~/git/two.git"
	test -e /tmp/ran
}
git_traced() {
	rm -f "/tmp/trace-$who"
	GIT_SSH_COMMAND="${ssh[*]} -o SetEnv=GIT_TRACE=/tmp/trace-$who" GIT_SSH_VARIANT=ssh \
		timeout 60 git ls-remote "ssh://$at:$port/~/git/two.git" &&
		if [ ! -e "/tmp/trace-$who" ]; then
			echo 'no trace'
			return 1
		fi
}
archive() {
	git_there archive --remote="ssh://$at:$port/~/git/two.git" main >"$work/$who.tar"
}

denial_git_hook() {
	only_bob 'hook-alice: Permission denied' push_with_hook &&
		grep -q '/srv/data/file: Permission denied' "$work/alice.told" &&
		grep -q 'Address family not supported' "$work/alice.told"
}
denial_git_clone() { only_bob 'not appear to be a git repository|denied' clone_outside; }
denial_git_push() { only_bob 'not appear to be a git repository|denied' push_outside; }
denial_git_pack() { only_bob "$unlisted" run_as_pack; }
denial_git_environment() { only_bob 'no trace' git_traced; }
denial_git_archive() { only_bob "$unlisted" archive; }

# --- jump --------------------------------------------------------------------------------

# jump HOST [ARGUMENT...]: to bob there, who is not confined.
jump() {
	timeout -k 5 60 ssh -F "$state/jump" -J "$at:$port" "${@:2}" "bob@$1" id -un
}
banner() {
	timeout 20 "${telling[@]}" -W "127.0.0.1:$other" "$at" >"$work/banner" </dev/null
	grep -qa '^SSH-2.0-' "$work/banner"
}

feature_jump() { [ "$(jump 127.0.0.1)" = bob ]; }
feature_jump_name() { [ "$(jump localhost)" = bob ]; }
feature_banner() { banner; }
feature_barred_jump() { [ "$(on_this "$barred" jump 127.0.0.1)" = bob ]; }

jump_elsewhere() { jump 127.0.0.1 -p "$closed"; }
bind_socket() {
	behind "${telling[@]}" -N -o ExitOnForwardFailure=yes \
		-R "/srv/open/remote-$who:/run/served" "$at"
	await eval "test -S /srv/open/remote-$who || ! kill -0 $background"
	test -S "/srv/open/remote-$who"
}

denial_jump() { only_bob 'stdio forwarding failed' jump_elsewhere; }
denial_socket() { only_bob 'remote port forwarding failed' bind_socket; }
barred_sftp() { only_bob 'open failed|closed' read_by_sftp "$barred" /srv/data/file; }
barred_command() { only_bob 'open failed' on_this "$barred" run_command; }
barred_socket() { only_bob "$prohibited" on_this "$barred" connect_to_socket; }
barred_forward() { only_bob "$prohibited" on_this "$barred" connect_from_there; }
