# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2034 # state is from tests/lib.sh
# A directory server of the world's own, slapd on loopback, and nslcd, by which the name service
# asks it. Both are those of the machine, or of packages that scripts/check has unpacked in
# HEEL_TEST_PACKAGES, as installing them starts them and edits /etc/nsswitch.conf. There is no
# nscd: nothing of /run is in this world.

packages=${HEEL_TEST_PACKAGES:-/nonexistent}
PATH=$PATH:$packages/usr/sbin:$packages/usr/bin
base=dc=example,dc=org
manager=(-x -D "cn=admin,$base" -w secret -H ldap://127.0.0.1:3890)

# make_directory: the server's and nslcd's settings, and the name service that asks them.
make_directory() {
	local library

	need slapd slapadd ldapmodify nslcd getent
	library=$(find_first 'libslapi-*.so.*' "$packages"/usr/lib)
	unpacked=(env "LD_LIBRARY_PATH=${library%/*}")
	mkdir -p "$state/slapd" /run/nslcd
	write_slapd_conf
	write_nslcd_conf
	install_name_service
	sed -i -E 's/^(passwd|group|shadow|initgroups):.*/\1: files ldap/' /etc/nsswitch.conf
}

# find_first PATTERN DIRECTORY...
find_first() { find "${@:2}" -name "$1" 2>/dev/null | head -n 1; }

write_slapd_conf() {
	local schemas modules

	schemas=$(dirname "$(find_first nis.schema "$packages"/etc/ldap /etc/ldap /etc/openldap)")
	modules=$(dirname "$(find_first back_mdb.la "$packages"/usr/lib /usr/lib/ldap)")
	{
		printf 'include %s\n' "$schemas"/{core,cosine,nis}.schema
		[ "$modules" = . ] || printf '%s\n' "modulepath $modules" 'moduleload back_mdb'
		cat <<-END
			loglevel 0
			database mdb
			directory $state/slapd
			suffix $base
			rootdn cn=admin,$base
			rootpw secret
		END
	} >"$state/slapd.conf"
}

# As short as nslcd takes them. Its own defaults wait for an answer without end.
write_nslcd_conf() {
	cat >/etc/nslcd.conf <<-END
		uid nobody
		gid nogroup
		uri ldap://127.0.0.1:3890/
		base $base
		bind_timelimit 1
		timelimit 1
		reconnect_sleeptime 1
		reconnect_retrytime 1
	END
	chmod 600 /etc/nslcd.conf
	chown nobody /run/nslcd
}

# The C library looks for what nsswitch.conf names where it is itself.
install_name_service() {
	local module place

	place=$(awk '/libc\.so/ { print $NF; exit }' /proc/self/maps)
	place=$(dirname "$(realpath "$place")")
	[ ! -e "$place/libnss_ldap.so.2" ] || return 0
	module=$(find_first libnss_ldap.so.2 "$packages")
	[ -n "$module" ] || no_world 'needs libnss_ldap.so.2'
	overlay "$place" || no_world "no overlay on $place"
	cp "$module" "$place"
}

# --- The daemons -------------------------------------------------------------------------

start_slapd() {
	"${unpacked[@]}" slapd -d 0 -f "$state/slapd.conf" \
		-h ldap://127.0.0.1:3890/ 2>"$state/slapd.err" &
	slapd=$!
	await connects 3890 || no_world "no slapd: $(cat "$state/slapd.err")"
}

start_nslcd() {
	"${unpacked[@]}" nslcd -n &
	nslcd=$!
	await test -S /run/nslcd/socket || no_world 'no nslcd'
}

# stop PID [SIGNAL]
stop() {
	kill -"${2:-TERM}" "$1"
	wait "$1" 2>/dev/null
}

# --- What is in the directory ------------------------------------------------------------

# fill_directory: from standard input, in place of what is there; while no slapd runs.
fill_directory() {
	"${unpacked[@]}" slapadd -q -f "$state/slapd.conf" || no_world 'no directory'
}

entry_of_base() {
	printf '%s\n' "dn: $base" 'objectClass: dcObject' 'objectClass: organization' \
		'dc: example' 'o: example' ''
}

# entry_of_user NAME UID GID SHELL
entry_of_user() {
	printf '%s\n' "dn: uid=$1,$base" 'objectClass: account' 'objectClass: posixAccount' \
		"uid: $1" "cn: $1" "uidNumber: $2" "gidNumber: $3" "homeDirectory: /home/$1" \
		"loginShell: $4" ''
}

# entry_of_group NAME GID MEMBER...
entry_of_group() {
	printf '%s\n' "dn: cn=$1,$base" 'objectClass: posixGroup' "cn: $1" "gidNumber: $2"
	shift 2
	[ $# -eq 0 ] || printf 'memberUid: %s\n' "$@"
	echo
}

# change_group add|delete GROUP MEMBER...
change_group() {
	{
		printf '%s\n' "dn: cn=$2,$base" 'changetype: modify' "$1: memberUid"
		printf 'memberUid: %s\n' "${@:3}"
	} | "${unpacked[@]}" ldapmodify -c "${manager[@]}" >"$state/ldapmodify" 2>&1 ||
		say "$(cat "$state/ldapmodify")"
}
