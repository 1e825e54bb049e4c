# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2034 # what is from tests/lib.sh, and for tests/package.test
# shellcheck disable=SC2317 # functions are called through check
# A world without heel in which packages can be built and installed: instead of being made
# read-only, /usr and /var are the world's own, on top of this machine's.

export DEBIAN_FRONTEND=noninteractive DEBIAN_PRIORITY=critical

# In the place of those of tests/lib.sh.
install_heel() {
	local dir

	for dir in /usr /var "$top_builddir"; do
		overlay "$dir" || no_world "no overlay on $dir"
	done
	for dir in /etc/pam.d /usr/bin /usr/lib /usr/share /var/lib/dpkg /var/lib/pam; do
		[ "$(stat -f -c %T "$dir" 2>&1)" = overlayfs ] || no_world "$dir is apart, or missing"
	done
	! dpkg-query -W heel >/dev/null 2>&1 || no_world 'this machine has a package of heel'
	! grep -rq pam_heel /etc/pam.d || no_world "this machine's stacks have the module"
	rm -rf /etc/heel /usr/share/heel /usr/share/doc/heel
}
make_pam() { :; }

# --- Building ----------------------------------------------------------------------------

build=$state/build
version=$(sed -n '1s/.*(\(.*\)).*/\1/p' "$top_srcdir/debian/changelog")
architecture=$(dpkg --print-architecture 2>/dev/null)
debs=("$build"/{heel,libpam-heel}_"${version}_$architecture.deb")
rpms=("$build"/rpm/{heel,pam_heel}.rpm)

# as_nobody DIRECTORY COMMAND...: there, by an ordinary user, whose home is $build.
as_nobody() {
	(cd "$1" && exec setpriv --reuid=65534 --regid=65534 --clear-groups \
		env -i PATH="$PATH" LC_ALL=C HOME="$build" TMPDIR="$build" "${@:2}")
}

# The archive as "make dist" makes it, and what a checkout has of it.
make_release() {
	mkdir -p "$build" && make -C "$top_builddir" dist >"$state/dist" 2>&1 &&
		cp "$top_builddir/heel-$version.tar.gz" "$build" &&
		tar -C "$build" -xf "$build/heel-$version.tar.gz" || return
	(cd "$build/heel-$version" && rm -rf configure aclocal.m4 build-aux config.h.in \
		Makefile.in m4/l*.m4)
	chown -R 65534:65534 "$build"
}

build_debian() {
	as_nobody "$build/heel-$version" dpkg-buildpackage -us -uc -Pnocheck -j"$(nproc)"
}

build_rpm() {
	as_nobody "$build" rpmbuild -tb --nodeps --without check \
		--define "_topdir $build/rpm" --define '_rpmdir %{_topdir}' \
		--define '_rpmfilename %%{NAME}.rpm' "heel-$version.tar.gz"
}

# What only one of the two has is left out: its own documents, and pam-auth-update.
files_of_debian() {
	local deb

	for deb in "${debs[@]}"; do
		dpkg-deb -c "$deb" | awk '$1 ~ /^-/ { print substr($6, 2) }'
	done | sed 's|/usr/lib/[^/]*/security|SECURITY|; s|\.gz$||' | sort |
		grep -vE '/(changelog|changelog\.Debian|copyright|README\.Debian)$|/lintian/|/pam-configs/'
}

files_of_rpm() {
	rpm -qlvp "${rpms[@]}" | awk '$1 ~ /^-/ { print $NF }' |
		sed 's|/usr/lib64/security|SECURITY|; s|\.gz$||' | sort |
		grep -vE '/NEWS\.md$|/licenses/|/\.build-id/'
}

# Which version of Debian's policy is old, or unknown, depends on the lintian.
lintian_hints() {
	as_nobody "$build" lintian "heel_${version}_$architecture.changes" 2>&1 |
		grep -vE '^(N|I): |-standards-version'
}

# What an upgrade brings: packages that differ from the first in each kind of file.
next_version() {
	local deb dir

	for deb in "${debs[@]}"; do
		dir=$state/next/$(basename "$deb" .deb)
		mkdir -p "$state/next" && dpkg-deb -R "$deb" "$dir" &&
			sed -i "s/\(^Version: \|heel (= \)$version/&.1/" "$dir/DEBIAN/control" || return
	done
	echo '# next' | tee -a "$state"/next/heel_*/etc/heel/heel.conf \
		"$state"/next/heel_*/usr/share/heel/profiles.d/student.conf >/dev/null
	sed -i 's/service in .*/&:next/' "$state"/next/libpam-heel_*/usr/share/pam-configs/heel
	for dir in "$state"/next/*/; do
		dpkg-deb -b --root-owner-group "$dir" >/dev/null && rm -rf "$dir" || return
	done
}

# Debian 12's rpm would rather not install, and has an option for that.
install_rpm=(rpm)
! rpm --force-debian --version >/dev/null 2>&1 || install_rpm+=(--force-debian)

# --- What there is -----------------------------------------------------------------------

# What the world has that this machine has not, and the other way round; but for what dpkg, man
# and debconf remember, and the logs. (The machine itself may change meanwhile.)
list_files() {
	local i dir type path lower

	for i in "${!overlaid[@]}"; do
		dir=${overlaid[i]} lower=$state/overlay$i/lower
		[[ $dir =~ ^/(etc|usr|var)$ ]] || continue
		find "$state/overlay$i/upper" -mindepth 1 -printf '%y %P\n' |
			while read -r type path; do
				[ "$type" = c ] && echo "gone: $dir/$path" && continue
				[ -e "$lower/$path" ] || [ -L "$lower/$path" ] || echo "$dir/$path"
			done
	done | grep -vE '^/var/(lib/dpkg|log|cache/(man|debconf|ldconfig))/' | sort
	compgen -G '/run/heel*'
}

sum_settings() {
	find /etc/pam.d /etc/shells /etc/passwd /etc/ssh -type f -exec sha256sum {} + | sort -k2
}
sum_policy() {
	find /etc/heel -type f ! -name '*.dpkg-dist' -exec sha256sum {} + | sort -k2
}

# line_of FILE: the number of the last one that names the module and is no comment.
line_of() { grep -n '^[^#]*pam_heel\.so' "$1" | tail -n 1 | cut -d: -f1; }

# The commands that README.Debian gives for what pam-auth-update leaves out.
commands_of_readme() {
	sed -n '/^    for service in/,/^    done/p' /usr/share/doc/heel/README.Debian
}

# written_last N FILE: the modules of the last lines that pam-auth-update has written there.
written_last() {
	sed '/^# end of pam-auth-update config/,$d' "$2" | tail -n "$1" |
		grep -oE '[a-z_]+\.so' | xargs
}

# --- Sessions ----------------------------------------------------------------------------

# over DOOR USER COMMAND: sets status and out.
over() {
	case $1 in
	su) out=$(su "$2" -c "$3" 2>&1) ;;
	su-l) out=$(su - "$2" -c "$3" 2>&1) ;;
	sudo) out=$(sudo -u "$2" sh -c "$3" 2>&1) ;;
	sudo-i) out=$(sudo -i -u "$2" sh -c "$3" 2>&1) ;;
	ssh) out=$(timeout -k 5 60 "${ssh[@]}" "$2@127.0.0.1" "$3" 2>&1 </dev/null) ;;
	esac
	status=$?
}

look='id; umask; ulimit -a; grep -E "^(NoNewPrivs|Seccomp|Cap...):" /proc/self/status'
look+='; cat /proc/self/limits /srv/data/file; env | sort'

# What can be seen of each user's session through each door, but for what differs every time.
sessions() {
	local door user

	for door in su su-l sudo sudo-i ssh; do
		for user in alice bob; do
			over "$door" "$user" "$look"
			printf '%s %s: %s\n%s\n' "$door" "$user" "$status" "$out"
		done
	done | grep -vE '^(SSH_(CLIENT|CONNECTION)|XDG_SESSION_ID|_)='
}

# confinement DOOR USER: the status, no_new_privs, and the seccomp mode.
confinement() {
	over "$1" "$2" 'grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status'
	echo "$status: $(awk '{ print $2 }' <<<"$out" | xargs)"
}

# confined DOOR: alice is, and bob is not.
confined() {
	equal "$1: alice is confined" '0: 1 2' "$(confinement "$1" alice)"
	over "$1" alice 'cat /srv/data/file'
	check "$1: and cannot read what her profile does not grant" \
		grep -q 'Permission denied' <<<"$out"
	equal "$1: bob is not" '0: 0 0' "$(confinement "$1" bob)"
	over "$1" bob 'cat /srv/data/file'
	equal "$1: and can" public "$out"
}

# The policy that is tried: of everybody, alice alone is to be confined.
assign_alice() {
	sed -i 's/^assign = (/&\n  { user = "alice"; profile = "student"; },/' /etc/heel/heel.conf
}
