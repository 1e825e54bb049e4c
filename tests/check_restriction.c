/* SPDX-License-Identifier: ISC */
/* The table of named restrictions: SPEC's names and defaults. */
#include <string.h>

#include "attr.h"
#include "restriction.h"
#include "test.h"

static const struct {
	const char *name;
	bool on;
} expected[] = {
	{"debug", true},	   {"perf", true},
	{"namespaces", true},	   {"mount", true},
	{"io_uring", true},	   {"kernel", true},
	{"clock", true},	   {"keyring", true},
	{"personality", true},	   {"tty_injection", true},
	{"other_processes", true}, {"device_nodes", true},
	{"foreign_abi", true},	   {"unknown_syscalls", true},
	{"raw_network", true},	   {"setuid_bits", false},
	{"metadata", false},	   {"wx_memory", false},
	{"fileless_exec", false},  {"sysv_ipc", false},
	{"realtime", false},	   {"setid_calls", false},
};

_Static_assert(HEEL_ARRAY_SIZE(expected) == HEEL_RESTRICTIONS, "all of SPEC section 5");

START_TEST(restriction_has_its_place_name_and_default)
{
	const struct heel_restriction *restriction = heel_restriction((size_t)_i);

	ck_assert_str_eq(restriction->name, expected[_i].name);
	ck_assert_int_eq(restriction->on_by_default, expected[_i].on);
	ck_assert_int_eq(heel_restriction_by_name(expected[_i].name), _i);
}
END_TEST

START_TEST(restriction_says_what_it_stops_in_one_line)
{
	const char *stops = heel_restriction((size_t)_i)->stops;

	ck_assert_uint_gt(strlen(stops), 0);
	ck_assert_ptr_null(strchr(stops, '\n'));
}
END_TEST

static const char *const unknown[] = {"", "Debug", "debug ", "ptrace", "raw_net"};

START_TEST(other_names_are_unknown)
{
	ck_assert_int_eq(heel_restriction_by_name(unknown[_i]), -1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("restriction");
	TCase *tcase = tcase_create("restriction");

	tcase_add_loop_test(tcase, restriction_has_its_place_name_and_default, 0,
			    HEEL_RESTRICTIONS);
	tcase_add_loop_test(tcase, restriction_says_what_it_stops_in_one_line, 0,
			    HEEL_RESTRICTIONS);
	tcase_add_loop_test(tcase, other_names_are_unknown, 0, HEEL_ARRAY_SIZE(unknown));
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
