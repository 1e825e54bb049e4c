# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034
# For the other scripts: which Debian packages are needed, and getting those that are missing.

build_packages=(
	gcc make libc6-dev pkg-config # the compiler and what it works with
	autoconf automake libtool     # configure
	libconfig-dev libjansson-dev libpam0g-dev libseccomp-dev musl-dev # what heel links with
	check                         # what its tests link with
)

test_packages=(
	clang libclang-rt-14-dev           # the second compiler and its sanitizers
	bash binutils file python3 strace  # what the tests are made of
	iproute2 mount passwd procps util-linux
	openssh-server openssh-client      # the doors
	expect git less man-db tmux vim    # what people do in a session
	cron g++ gdb make nano netbase perl rsync screen sudo
	cmake curl golang-go nodejs rustc unzip zip # the rest of tests/programs.test
	nftables tinyproxy-bin             # tests/proxy.test
	borgbackup xauth                   # tests/special.test; rsync and git are above
	valgrind                           # tests/load.test
	at dbus-bin dbus-daemon            # tests/escapes.test
	ansible-core                       # tests/guides.test; the rest is above
	debhelper dpkg-dev lintian rpm     # tests/package.test
)
# Any Java will do; not all of them come as a package.
command -v javac >/dev/null || test_packages+=(default-jdk-headless)

# For tests/ldap.test, which only needs their files: installed, they add users, start daemons and
# edit /etc/nsswitch.conf.
unpacked_packages=(
	slapd ldap-utils nslcd libnss-ldapd
)

lint_packages=(
	clang-format clang-tidy cppcheck mandoc shellcheck universal-ctags
)

# What bench/run compares with, where Debian has it.
bench_packages=(
	bubblewrap firejail lshell minijail nsjail rush
)

demo_packages=(
	openssh-server openssh-client expect
	iproute2 mount passwd procps util-linux
	git less man-db tmux vim
)

# install_packages NAME...: installs what dpkg does not have, as root; otherwise says what to do.
install_packages() {
	local name missing=()

	if ! command -v dpkg-query >/dev/null; then
		echo "==> not Debian: taking these to be there: $*"
		return
	fi
	for name in "$@"; do
		case $(dpkg-query -W -f='${db:Status-Abbrev}' "$name" 2>/dev/null) in
		ii*) ;;
		*) missing+=("$name") ;;
		esac
	done
	if [ ${#missing[@]} -eq 0 ]; then
		return
	fi
	if [ "$(id -u)" -ne 0 ]; then
		echo "Packages are missing. As root: apt-get install ${missing[*]}" >&2
		return 1
	fi
	echo "==> apt-get install ${missing[*]}"
	apt-get -qq update </dev/null &&
		DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
			install "${missing[@]}" </dev/null
}

# unpack_packages DIRECTORY NAME...: the files of these packages and of what they need, below the
# directory, but for packages that are installed; once.
unpack_packages() (
	dir=$1
	if [ -e "$dir/complete" ] || ! command -v apt-get >/dev/null; then
		exit 0
	fi
	echo "==> unpacking ${*:2} in $dir"
	rm -rf "$dir" && mkdir -p "$dir" && cd "$dir" && apt-get -qq update </dev/null &&
		apt-get -qq --no-install-recommends --simulate install "${@:2}" >wanted || exit
	sed -n 's/^Inst \([^ ]*\) .*/\1/p' wanted | while read -r name; do
		apt-get -qq -o APT::Sandbox::User=root download "$name" </dev/null &&
			dpkg -x "$name"_*.deb . || exit
	done && touch complete
)
