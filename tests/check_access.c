/* SPDX-License-Identifier: ISC */
/* The table of access rights: names, bits, the ABI of each, and what the lists grant. */
#include <string.h>

#include "access.h"
#include "attr.h"
#include "test.h"

/* As SPEC and the kernel's documentation name them; nothing of the engine's own table. */
static const struct {
	const char *name;
	enum heel_class class;
	unsigned int bit;
	int abi;
} expected[] = {
	{"execute", HEEL_CLASS_FS, 0, 1},
	{"write_file", HEEL_CLASS_FS, 1, 1},
	{"read_file", HEEL_CLASS_FS, 2, 1},
	{"read_dir", HEEL_CLASS_FS, 3, 1},
	{"remove_dir", HEEL_CLASS_FS, 4, 1},
	{"remove_file", HEEL_CLASS_FS, 5, 1},
	{"make_char", HEEL_CLASS_FS, 6, 1},
	{"make_dir", HEEL_CLASS_FS, 7, 1},
	{"make_reg", HEEL_CLASS_FS, 8, 1},
	{"make_sock", HEEL_CLASS_FS, 9, 1},
	{"make_fifo", HEEL_CLASS_FS, 10, 1},
	{"make_block", HEEL_CLASS_FS, 11, 1},
	{"make_sym", HEEL_CLASS_FS, 12, 1},
	{"refer", HEEL_CLASS_FS, 13, 2},
	{"truncate", HEEL_CLASS_FS, 14, 3},
	{"ioctl_dev", HEEL_CLASS_FS, 15, 5},
	{"resolve_unix", HEEL_CLASS_FS, 16, 9},
	{"bind_tcp", HEEL_CLASS_NET, 0, 4},
	{"connect_tcp", HEEL_CLASS_NET, 1, 4},
	{"bind_udp", HEEL_CLASS_NET, 2, 10},
	{"connect_send_udp", HEEL_CLASS_NET, 3, 10},
	{"abstract_unix_socket", HEEL_CLASS_SCOPE, 0, 6},
	{"signal", HEEL_CLASS_SCOPE, 1, 6},
};

START_TEST(right_has_the_kernels_name_bit_and_abi)
{
	const struct heel_right *right =
		heel_right_by_name(expected[_i].class, expected[_i].name);

	ck_assert_ptr_nonnull(right);
	ck_assert_str_eq(right->name, expected[_i].name);
	ck_assert_int_eq(right->class, expected[_i].class);
	ck_assert_uint_eq(right->bit, UINT64_C(1) << expected[_i].bit);
	ck_assert_int_eq(right->abi, expected[_i].abi);
}
END_TEST

START_TEST(table_holds_every_right_in_order_and_no_other)
{
	size_t n;
	const struct heel_right *rights = heel_rights(&n);

	ck_assert_uint_eq(n, HEEL_ARRAY_SIZE(expected));
	for (size_t i = 0; i < n; i++)
		ck_assert_str_eq(rights[i].name, expected[i].name);
}
END_TEST

static const struct {
	enum heel_class class;
	const char *name;
} unknown[] = {
	{HEEL_CLASS_FS, ""},	       {HEEL_CLASS_FS, "EXECUTE"},
	{HEEL_CLASS_FS, "read"},       {HEEL_CLASS_FS, "execute "},
	{HEEL_CLASS_FS, "signal"},     {HEEL_CLASS_FS, "bind_tcp"},
	{HEEL_CLASS_NET, "execute"},   {HEEL_CLASS_SCOPE, "connect_tcp"},
	{HEEL_CLASS_SCOPE, "signals"}, {HEEL_CLASS_NET, "tcp_connect"},
};

START_TEST(name_of_another_class_or_of_none_is_unknown)
{
	ck_assert_ptr_null(heel_right_by_name(unknown[_i].class, unknown[_i].name));
}
END_TEST

static const struct {
	int abi;
	uint64_t fs, net, scope;
} abis[] = {
	{0, 0, 0, 0},
	{1, 0x1fff, 0, 0},
	{2, 0x3fff, 0, 0},
	{3, 0x7fff, 0, 0},
	{4, 0x7fff, 3, 0},
	{5, 0xffff, 3, 0},
	{6, 0xffff, 3, 3},
	{7, 0xffff, 3, 3},
	{8, 0xffff, 3, 3},
	{9, 0x1ffff, 3, 3},
	{10, 0x1ffff, 15, 3},
	{11, 0x1ffff, 15, 3}, /* newer than heel: what heel knows, no more */
	{1000, 0x1ffff, 15, 3},
};

START_TEST(abi_has_the_rights_that_the_kernel_knew_by_then)
{
	ck_assert_uint_eq(heel_rights_of_abi(HEEL_CLASS_FS, abis[_i].abi), abis[_i].fs);
	ck_assert_uint_eq(heel_rights_of_abi(HEEL_CLASS_NET, abis[_i].abi), abis[_i].net);
	ck_assert_uint_eq(heel_rights_of_abi(HEEL_CLASS_SCOPE, abis[_i].abi),
			  abis[_i].scope);
}
END_TEST

static const struct {
	const char *list;
	uint64_t grant;
	const char *rights;
} grants[] = {
	{"read", HEEL_GRANT_READ, "read_file read_dir"},
	{"execute", HEEL_GRANT_EXECUTE, "execute read_file read_dir"},
	{"write", HEEL_GRANT_WRITE,
	 "write_file read_file read_dir remove_dir remove_file make_dir make_reg "
	 "make_sock "
	 "make_fifo make_sym refer truncate"},
	{"device", HEEL_GRANT_DEVICE, "write_file read_file read_dir ioctl_dev"},
	{"(a file)", HEEL_FS_OF_FILE,
	 "execute write_file read_file truncate ioctl_dev resolve_unix"},
};

START_TEST(list_grants_its_rights_and_no_other)
{
	size_t n;
	const struct heel_right *rights = heel_rights(&n);
	const char *names = test_format(" %s ", grants[_i].rights);

	for (size_t i = 0; i < n; i++) {
		const char *name = test_format(" %s ", rights[i].name);

		if (rights[i].class == HEEL_CLASS_FS)
			ck_assert_msg(!(grants[_i].grant & rights[i].bit) ==
					      !strstr(names, name),
				      "%s:%s", grants[_i].list, name);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("access");
	TCase *tcase = tcase_create("access");

	tcase_add_loop_test(tcase, right_has_the_kernels_name_bit_and_abi, 0,
			    HEEL_ARRAY_SIZE(expected));
	tcase_add_test(tcase, table_holds_every_right_in_order_and_no_other);
	tcase_add_loop_test(tcase, name_of_another_class_or_of_none_is_unknown, 0,
			    HEEL_ARRAY_SIZE(unknown));
	tcase_add_loop_test(tcase, abi_has_the_rights_that_the_kernel_knew_by_then, 0,
			    HEEL_ARRAY_SIZE(abis));
	tcase_add_loop_test(tcase, list_grants_its_rights_and_no_other, 0,
			    HEEL_ARRAY_SIZE(grants));
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
