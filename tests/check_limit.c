/* SPDX-License-Identifier: ISC */
/* Resource limits: the names of setrlimit(2), units, and values that do not fit. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "limit.h"
#include "test.h"

#define UNTOUCHED UINT64_C(0x5555)

static const struct {
	const char *name;
	int resource;
} expected[] = {
	{"as", RLIMIT_AS},
	{"core", RLIMIT_CORE},
	{"cpu", RLIMIT_CPU},
	{"data", RLIMIT_DATA},
	{"fsize", RLIMIT_FSIZE},
	{"locks", RLIMIT_LOCKS},
	{"memlock", RLIMIT_MEMLOCK},
	{"msgqueue", RLIMIT_MSGQUEUE},
	{"nice", RLIMIT_NICE},
	{"nofile", RLIMIT_NOFILE},
	{"nproc", RLIMIT_NPROC},
	{"rss", RLIMIT_RSS},
	{"rtprio", RLIMIT_RTPRIO},
	{"rttime", RLIMIT_RTTIME},
	{"sigpending", RLIMIT_SIGPENDING},
	{"stack", RLIMIT_STACK},
};

_Static_assert(HEEL_ARRAY_SIZE(expected) == HEEL_LIMITS, "every limit of the kernel");
_Static_assert(HEEL_LIMITS == RLIM_NLIMITS, "every limit of the kernel");

START_TEST(limit_has_its_place_name_and_resource)
{
	ck_assert_str_eq(heel_limit((size_t)_i)->name, expected[_i].name);
	ck_assert_int_eq(heel_limit((size_t)_i)->resource, expected[_i].resource);
}
END_TEST

static const struct {
	const char *name;
	const char *text;
	int rc;
	uint64_t value;
} values[] = {
	{"nproc", "0", 0, 0},
	{"nproc", "200", 0, 200},
	{"nproc", "infinity", 0, UINT64_MAX},
	{"nproc", "18446744073709551614", 0, UINT64_MAX - 1},
	/* sizes */
	{"as", "4096", 0, 4096},
	{"as", "1K", 0, 1024},
	{"as", "3M", 0, UINT64_C(3) << 20},
	{"as", "4G", 0, UINT64_C(4) << 30},
	{"core", "0K", 0, 0},
	{"data", "17179869183G", 0, UINT64_C(17179869183) << 30},
	{"stack", "18014398509481983K", 0, UINT64_C(18014398509481983) << 10},
	/* times */
	{"cpu", "90", 0, 90},
	{"cpu", "90s", 0, 90},
	{"cpu", "10m", 0, 600},
	{"cpu", "2h", 0, 7200},
	{"rttime", "250", 0, 250},
	{"rttime", "1s", 0, 1000000},
	{"rttime", "2m", 0, 120000000},
	{"rttime", "1h", 0, UINT64_C(3600000000)},
	/* never the value that means "infinity", and never wrapped around */
	{"nproc", "18446744073709551615", -ERANGE, 0},
	{"nproc", "18446744073709551616", -ERANGE, 0},
	{"nproc", "100000000000000000000000000000000", -ERANGE, 0},
	{"as", "17179869184G", -ERANGE, 0},
	{"as", "18014398509481984K", -ERANGE, 0},
	{"as", "17592186044416M", -ERANGE, 0},
	{"as", "100000000000000000000000000000000G", -ERANGE, 0},
	{"cpu", "5124095576030432h", -ERANGE, 0},
	{"rttime", "18446744073710s", -ERANGE, 0},
	{"rttime", "5124095577h", -ERANGE, 0},
	/* other units, other forms */
	{"nproc", "2K", -EINVAL, 0},
	{"nofile", "2s", -EINVAL, 0},
	{"as", "4g", -EINVAL, 0},
	{"as", "4T", -EINVAL, 0},
	{"as", "4GB", -EINVAL, 0},
	{"as", "4KK", -EINVAL, 0},
	{"as", "4 G", -EINVAL, 0},
	{"as", "1.5G", -EINVAL, 0},
	{"as", "4s", -EINVAL, 0},
	{"as", "G", -EINVAL, 0},
	{"cpu", "10M", -EINVAL, 0},
	{"cpu", "1d", -EINVAL, 0},
	{"rttime", "1K", -EINVAL, 0},
	{"nproc", "", -EINVAL, 0},
	{"nproc", "-1", -EINVAL, 0},
	{"nproc", "0200", -EINVAL, 0},
	{"nproc", "0x10", -EINVAL, 0},
	{"nproc", "unlimited", -EINVAL, 0},
	{"nproc", "Infinity", -EINVAL, 0},
	{"nproc", "infinityK", -EINVAL, 0},
	/* the same of what is too long for a number */
	{"nproc", "100000000000000000000000000000000G", -EINVAL, 0},
	{"as", "100000000000000000000000000000000.", -EINVAL, 0},
	{"as", "000000000000000000000000000000001", -EINVAL, 0},
	{"as", "GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG", -EINVAL, 0},
};

static const struct heel_limit *limit_by_name(const char *name)
{
	for (size_t i = 0; i < HEEL_LIMITS; i++)
		if (strcmp(heel_limit(i)->name, name) == 0)
			return heel_limit(i);
	ck_abort_msg("%s", name);
	return NULL;
}

START_TEST(value_is_a_number_with_a_unit_of_the_limit)
{
	uint64_t value = UNTOUCHED;
	int rc =
		heel_parse_limit(limit_by_name(values[_i].name), values[_i].text, &value);

	ck_assert_msg(rc == values[_i].rc, "%s %s: %d", values[_i].name, values[_i].text,
		      rc);
	ck_assert_uint_eq(value, rc == 0 ? values[_i].value : UNTOUCHED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("limit");
	TCase *tcase = tcase_create("limit");

	tcase_add_loop_test(tcase, limit_has_its_place_name_and_resource, 0, HEEL_LIMITS);
	tcase_add_loop_test(tcase, value_is_a_number_with_a_unit_of_the_limit, 0,
			    HEEL_ARRAY_SIZE(values));
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
