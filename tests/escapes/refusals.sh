# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154 # state is from tests/lib.sh
# shellcheck disable=SC2317,SC2016 # the functions are called by their names
# Sessions that must not be started: what a user, or a mistake, has done to a path of the policy,
# to its files, or to what it asks for. Each is tried before, when it is whole: the control.

profile=$HEEL_CONFDIR/profiles.d/escapes.conf

# also LINE: one more line in the profile's "filesystem".
also() { sed -i "s|^filesystem = {|&\n  $1|" "$profile"; }

E28_link_whole() {
	also 'rules = ( { path = "${home}/work"; access = [ "read_file", "read_dir" ]; } );'
	as alice mkdir /home/alice/work
}
E28_link_break() { as alice rmdir /home/alice/work && as alice ln -s / /home/alice/work; }
E28_link_mend() { rm -rf /home/alice/work; }

E28_above_whole() {
	also 'rules = ( { path = "${home}/up/srv"; access = [ "read_file", "read_dir" ]; } );'
	as alice mkdir -p /home/alice/up/srv
}
E28_above_break() { as alice rm -r /home/alice/up && as alice ln -s / /home/alice/up; }
E28_above_mend() { rm -rf /home/alice/up; }

E28_hardlink_whole() {
	also 'rules = ( { path = "${home}/file"; access = "read_file"; } );'
	as alice touch /home/alice/file
}
E28_hardlink_break() { as alice ln /home/alice/file /home/alice/file2; }
E28_hardlink_mend() { rm -f /home/alice/file /home/alice/file2; }

E29_fifo_whole() {
	also 'rules = ( { path = "${home}/pipes"; access = [ "read_file", "read_dir", "make_reg" ]; } );'
	as alice mkdir -p /home/alice/pipes
}
# A FIFO that nobody writes to must not hold up a login; whether it starts is another matter.
E29_fifo_try() {
	local begin=$SECONDS

	starts "$1"
	[ $((SECONDS - begin)) -gt 20 ]
}
E29_fifo_break() { as alice rmdir /home/alice/pipes && as alice mkfifo /home/alice/pipes; }
E29_fifo_mend() { rm -rf /home/alice/pipes; }

E30_made_whole() {
	also 'rules = ( { path = "+${home}/made/here"; access = [ "read_file", "read_dir" ]; } );'
	as alice mkdir /home/alice/made
}
E30_made_break() {
	as alice rm -r /home/alice/made && as alice ln -s /srv/real /home/alice/made
}
E30_made_mend() {
	rm -rf /home/alice/made
	! rmdir /srv/real/here 2>/dev/null || record "$1" alice E30/made "done"
}

E31_writable_whole() { :; }
E31_writable_break() { chmod 666 "$profile"; }
E31_owned_whole() { :; }
E31_owned_break() { chown alice "$profile"; }
E31_linked_whole() { :; }
E31_linked_break() { mv "$profile" /home/alice/p && ln -s /home/alice/p "$profile"; }
E31_linked_mend() { rm -f /home/alice/p; }
E31_broken_whole() { :; }
E31_broken_break() { echo 'filesystem = {' >>"$profile"; }

E32_group_whole() { :; }
E32_group_break() { sed -i 's/"students"/"vanished"/' "$HEEL_CONFDIR/heel.conf"; }

E65_abi_whole() { :; }
E65_abi_break() { sed -i '1i minimum_abi = 99;' "$HEEL_CONFDIR/heel.conf"; }

refusals='
	E28_link E28_above E28_hardlink E29_fifo E30_made E31_writable E31_owned E31_linked
	E31_broken E32_group E65_abi
'

# starts DOOR: a session of alice's does.
starts() {
	session "$1" alice 'echo ran'
	cat "$state/err"
	grep -qx ran <(tr -d '\r' <"$state/out")
}

# try_refusals DOOR
try_refusals() {
	local name id try

	for name in $refusals; do
		id=${name/_//}
		try=starts
		! command -v "${name}_try" >/dev/null || try=${name}_try
		"${name}_whole"
		tried "$1" control "$id" starts "$1"
		"${name}_break"
		tried "$1" alice "$id" "$try" "$1"
		! command -v "${name}_mend" >/dev/null || "${name}_mend" "$1"
		reset_policy
	done
}
