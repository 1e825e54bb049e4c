# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# The PAM stacks of the doors, with the module in them or without.

# Where the module has been installed in this world.
module=${HEEL_SECUREDIR:-}/pam_heel.so

# What stands in the stacks of every door. The tests change these and write the stacks anew.
heel_arguments=      # of the module
session_lines=       # ahead of the module's own session line

# write_stack SERVICE: shaped as Debian's, with the module where its manual puts it.
write_stack() {
	cat >"/etc/pam.d/$1" <<-END
		auth     optional   $module $heel_arguments
		auth     sufficient pam_rootok.so
		auth     [success=1 default=ignore] pam_unix.so nullok
		auth     requisite  pam_deny.so
		auth     required   pam_permit.so
		account  required   pam_unix.so
		account  requisite  $module $heel_arguments
		password required   pam_unix.so
		session  required   pam_unix.so
		$session_lines
		session  requisite  $module $heel_arguments
	END
}

# write_plain_stack SERVICE: the same without the module, to compare with.
write_plain_stack() {
	write_stack "$1"
	sed -i '/pam_heel\.so/d' "/etc/pam.d/$1"
}
