/* SPDX-License-Identifier: ISC */
/* Numbers and ranges, suggestions, names, paths: small questions about text. */
#include <errno.h>
#include <string.h>

#include "test.h"
#include "text.h"

#define UNTOUCHED UINT64_C(0x5555)

static const struct {
	const char *text;
	uint64_t max;
	int rc;
	uint64_t value;
} numbers[] = {
	{"0", 0, 0, 0},
	{"7", 9, 0, 7},
	{"65535", UINT16_MAX, 0, 65535},
	{"65536", UINT16_MAX, -ERANGE, 0},
	{"4294967295", UINT32_MAX, 0, UINT32_MAX},
	{"4294967296", UINT32_MAX, -ERANGE, 0},
	{"18446744073709551615", UINT64_MAX, 0, UINT64_MAX},
	{"18446744073709551616", UINT64_MAX, -ERANGE, 0},
	{"18446744073709551620", UINT64_MAX, -ERANGE, 0},
	{"99999999999999999999999999999999", UINT64_MAX, -ERANGE, 0},
	{"", 9, -EINVAL, 0},
	{"-1", 9, -EINVAL, 0},
	{"+1", 9, -EINVAL, 0},
	{" 1", 9, -EINVAL, 0},
	{"1 ", 9, -EINVAL, 0},
	{"1\n", 9, -EINVAL, 0},
	{"0x1", 9, -EINVAL, 0},
	{"1e1", 99, -EINVAL, 0},
	{"1.0", 9, -EINVAL, 0},
	{"00", 9, -EINVAL, 0},
	{"01", 9, -EINVAL, 0},
	{"0755", 9999, -EINVAL, 0},
	{"99999999999999999999999999999999x", UINT64_MAX, -EINVAL, 0},
	{"\xd9\xa1", 9, -EINVAL, 0}, /* a digit of another script */
};

START_TEST(number_is_plain_decimal_digits_up_to_the_maximum)
{
	uint64_t value = UNTOUCHED;

	ck_assert_msg(heel_parse_number(numbers[_i].text, numbers[_i].max, &value) ==
			      numbers[_i].rc,
		      "%s", numbers[_i].text);
	ck_assert_uint_eq(value, numbers[_i].rc == 0 ? numbers[_i].value : UNTOUCHED);
}
END_TEST

static const struct {
	const char *text;
	int rc;
	uint64_t low, high;
} ranges[] = {
	{"0", 0, 0, 0},
	{"22", 0, 22, 22},
	{"1-999", 0, 1, 999},
	{"0-65535", 0, 0, 65535},
	{"7-7", 0, 7, 7},
	{"65536", -ERANGE, 0, 0},
	{"1-65536", -ERANGE, 0, 0},
	{"65536-65537", -ERANGE, 0, 0},
	{"2-1", -EINVAL, 0, 0},
	{"", -EINVAL, 0, 0},
	{"-", -EINVAL, 0, 0},
	{"-1", -EINVAL, 0, 0},
	{"1-", -EINVAL, 0, 0},
	{"1--2", -EINVAL, 0, 0},
	{"1-2-3", -EINVAL, 0, 0},
	{"1 - 2", -EINVAL, 0, 0},
	{"1-02", -EINVAL, 0, 0},
	{"01-2", -EINVAL, 0, 0},
	{"any", -EINVAL, 0, 0},
};

START_TEST(range_is_one_number_or_two_in_order)
{
	uint64_t low = UNTOUCHED, high = UNTOUCHED;

	ck_assert_msg(heel_parse_range(ranges[_i].text, UINT16_MAX, &low, &high) ==
			      ranges[_i].rc,
		      "%s", ranges[_i].text);
	ck_assert_uint_eq(low, ranges[_i].rc == 0 ? ranges[_i].low : UNTOUCHED);
	ck_assert_uint_eq(high, ranges[_i].rc == 0 ? ranges[_i].high : UNTOUCHED);
}
END_TEST

static const struct {
	const char *name;
	const char *best; /* of the names below */
} near_misses[] = {
	{"filesytem", "filesystem"},
	{"filesystem", "filesystem"},
	{"filessystem", "filesystem"},
	{"fliesystem", "filesystem"},
	{"FileSystem", "filesystem"},
	{"fliesytem", "filesystem"},
	{"raed", "read"},
	{"reads", "read"},
	{"rea", "read"},
	{"reset", "reset"},
	{"a", "as"},
	{"filesyst", "filesystem"},
	{"filesys", NULL},
	{"rad_x", NULL},
	{"x", NULL},
	{"", NULL},
	{"something_else", NULL},
	{"filesystemfilesystemfilesystemfilesystemfilesystem", NULL},
};

START_TEST(suggestion_is_the_closest_name_that_is_close)
{
	static const char *const known[] = {
		"filesystem",
		"read",
		"reset",
		"as",
		"one_name_that_is_longer_than_any_that_heel_knows",
	};
	struct heel_suggestion suggestion = {.name = near_misses[_i].name};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(known); i++)
		heel_suggest(&suggestion, known[i]);
	if (near_misses[_i].best)
		ck_assert_pstr_eq(suggestion.best, near_misses[_i].best);
	else
		ck_assert_ptr_null(suggestion.best);
}
END_TEST

START_TEST(first_of_equally_close_names_is_suggested)
{
	struct heel_suggestion suggestion = {.name = "bind_tcq"};

	heel_suggest(&suggestion, "bind_tcp");
	heel_suggest(&suggestion, "bind_tcr");
	ck_assert_str_eq(suggestion.best, "bind_tcp");
}
END_TEST

START_TEST(suggestion_ends_a_message_or_is_empty)
{
	struct heel_suggestion none = {.name = "x"};
	struct heel_suggestion some = {.name = "x", .best = "read"};
	char buffer[32] = "";
	char small[8] = "";

	ck_assert_str_eq(heel_did_you_mean(&none, buffer, sizeof(buffer)), "");
	ck_assert_str_eq(heel_did_you_mean(&some, buffer, sizeof(buffer)),
			 "; did you mean \"read\"?");
	ck_assert_str_eq(heel_did_you_mean(&some, small, sizeof(small)), "; did y");
}
END_TEST

START_TEST(every_control_character_is_found)
{
	for (unsigned int c = 1; c < 256; c++) {
		const char text[] = {'a', (char)c, 'b', '\0'};

		ck_assert_int_eq(heel_has_control(text), c < 0x20 || c == 0x7f);
	}
	ck_assert(!heel_has_control(""));
	ck_assert(heel_has_control("last\n"));
}
END_TEST

static const struct {
	const char *name;
	bool good;
} profile_names[] = {
	{"base", true},	  {"a", true},
	{"0", true},	  {"Students-2024_b.c", true},
	{"a..b", true},	  {"unconfined", true},
	{"", false},	  {".", false},
	{"..", false},	  {".hidden", false},
	{"-a", false},	  {"_a", false},
	{"a/b", false},	  {"../base", false},
	{"a b", false},	  {"a\n", false},
	{"@user", false}, {"a*", false},
	{"a@b", false},	  {"\xc3\xa4", false},
	{"a\xc3", false},
};

START_TEST(profile_name_is_letters_digits_and_three_marks)
{
	ck_assert_msg(heel_is_profile_name(profile_names[_i].name) ==
			      profile_names[_i].good,
		      "%s", profile_names[_i].name);
}
END_TEST

START_TEST(profile_name_fits_a_file_name)
{
	char name[202];

	memset(name, 'a', sizeof(name));
	name[200] = '\0';
	ck_assert(heel_is_profile_name(name));
	name[200] = 'a';
	name[201] = '\0';
	ck_assert(!heel_is_profile_name(name));
}
END_TEST

static const struct {
	const char *path;
	bool normal;
	const char *normalised;
} paths[] = {
	{"/", true, "/"},
	{"/a", true, "/a"},
	{"/a/b", true, "/a/b"},
	{"/...", true, "/..."},
	{"/.a/..b/c.", true, "/.a/..b/c."},
	{"/a/", false, "/a"},
	{"//", false, "/"},
	{"//a", false, "/a"},
	{"/a//b", false, "/a/b"},
	{"/./a", false, "/a"},
	{"/a/.", false, "/a"},
	{"/.", false, "/"},
	{"/a/./b/.//", false, "/a/b"},
	/* what ".." means depends on links: it stays */
	{"/..", false, "/.."},
	{"/a/../b", false, "/a/../b"},
	{"/a/./..", false, "/a/.."},
};

START_TEST(normal_path_has_no_empty_or_dot_component)
{
	char copy[32];

	ck_assert_int_eq(heel_is_normal_path(paths[_i].path), paths[_i].normal);
	ck_assert_uint_lt(strlen(paths[_i].path), sizeof(copy));
	memcpy(copy, paths[_i].path, strlen(paths[_i].path) + 1);
	heel_normalise_path(copy);
	ck_assert_str_eq(copy, paths[_i].normalised);
}
END_TEST

static const struct {
	const char *path;
	bool has;
} dots[] = {
	{"..", true},	 {"/..", true},	   {"../a", true},    {"/a/../b", true},
	{"/a/..", true}, {"/../..", true}, {"/..a/..", true}, {"", false},
	{"/", false},	 {".", false},	   {"/.", false},     {"/...", false},
	{"/a..", false}, {"/..a", false},  {"/a../b", false}, {"/a/..b/c", false},
};

START_TEST(dot_dot_is_a_component_of_its_own)
{
	ck_assert_msg(heel_has_dot_dot(dots[_i].path) == dots[_i].has, "%s",
		      dots[_i].path);
}
END_TEST

static const struct {
	const char *path;
	bool good;
} programs[] = {
	{"/bin/sh", true},    {"/a", true},
	{"/opt/a b", true},   {"/opt/$x", true},
	{"", false},	      {"/", false},
	{"sh", false},	      {"./sh", false},
	{"/bin/", false},     {"/bin//sh", false},
	{"/bin/./sh", false}, {"/../bin/sh", false},
	{"/bin/sh\n", false}, {"/bin/${user}", false},
};

START_TEST(program_is_a_normal_path_without_tokens)
{
	ck_assert_msg(heel_is_program_path(programs[_i].path) == programs[_i].good, "%s",
		      programs[_i].path);
}
END_TEST

static const struct {
	const char *text;
	int rc;
	mode_t mode;
} file_modes[] = {
	{"0", 0, 0},	       {"7", 0, 7},	     {"22", 0, 022},
	{"077", 0, 077},       {"777", 0, 0777},     {"0022", 0, 022},
	{"000", 0, 0},	       {"0777", 0, 0777},    {"", -EINVAL, 0},
	{"8", -EINVAL, 0},     {"09", -EINVAL, 0},   {"1777", -EINVAL, 0},
	{"00022", -EINVAL, 0}, {"-22", -EINVAL, 0},  {"+22", -EINVAL, 0},
	{" 22", -EINVAL, 0},   {"22 ", -EINVAL, 0},  {"0x7", -EINVAL, 0},
	{"0o7", -EINVAL, 0},   {"u=rw", -EINVAL, 0},
};

START_TEST(mode_is_up_to_three_octal_digits)
{
	mode_t mode = 05555;

	ck_assert_msg(heel_parse_mode(file_modes[_i].text, &mode) == file_modes[_i].rc,
		      "%s", file_modes[_i].text);
	ck_assert_uint_eq(mode, file_modes[_i].rc == 0 ? file_modes[_i].mode : 05555);
}
END_TEST

START_TEST(relative_path_is_not_normal)
{
	ck_assert(!heel_is_normal_path(""));
	ck_assert(!heel_is_normal_path("a"));
	ck_assert(!heel_is_normal_path("./a"));
	ck_assert(!heel_is_normal_path("~"));
}
END_TEST

static const struct {
	const char *path, *directory;
	bool below;
} below[] = {
	{"/usr", "/usr", true},
	{"/usr/bin", "/usr", true},
	{"/usr2", "/usr", false},
	{"/us", "/usr", false},
	{"/", "/usr", false},
	{"/usr", "/", true},
	{"/", "/", true},
	{"/home/ann", "/home/anna", false},
	{"/home/anna", "/home/ann", false},
};

START_TEST(path_lies_below_by_whole_components)
{
	ck_assert_msg(heel_path_is_below(below[_i].path, below[_i].directory) ==
			      below[_i].below,
		      "%s %s", below[_i].path, below[_i].directory);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("text");
	TCase *tcase = tcase_create("text");

	tcase_add_loop_test(tcase, number_is_plain_decimal_digits_up_to_the_maximum, 0,
			    HEEL_ARRAY_SIZE(numbers));
	tcase_add_loop_test(tcase, range_is_one_number_or_two_in_order, 0,
			    HEEL_ARRAY_SIZE(ranges));
	tcase_add_loop_test(tcase, suggestion_is_the_closest_name_that_is_close, 0,
			    HEEL_ARRAY_SIZE(near_misses));
	tcase_add_test(tcase, first_of_equally_close_names_is_suggested);
	tcase_add_test(tcase, suggestion_ends_a_message_or_is_empty);
	tcase_add_test(tcase, every_control_character_is_found);
	tcase_add_loop_test(tcase, profile_name_is_letters_digits_and_three_marks, 0,
			    HEEL_ARRAY_SIZE(profile_names));
	tcase_add_test(tcase, profile_name_fits_a_file_name);
	tcase_add_loop_test(tcase, normal_path_has_no_empty_or_dot_component, 0,
			    HEEL_ARRAY_SIZE(paths));
	tcase_add_test(tcase, relative_path_is_not_normal);
	tcase_add_loop_test(tcase, dot_dot_is_a_component_of_its_own, 0,
			    HEEL_ARRAY_SIZE(dots));
	tcase_add_loop_test(tcase, program_is_a_normal_path_without_tokens, 0,
			    HEEL_ARRAY_SIZE(programs));
	tcase_add_loop_test(tcase, mode_is_up_to_three_octal_digits, 0,
			    HEEL_ARRAY_SIZE(file_modes));
	tcase_add_loop_test(tcase, path_lies_below_by_whole_components, 0,
			    HEEL_ARRAY_SIZE(below));
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
