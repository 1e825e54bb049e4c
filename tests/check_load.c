/* SPDX-License-Identifier: ISC */
/*
 * From text to values: every trap of libconfig as this program meets it, what a
 * schema takes and refuses, and the line that each value came from.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "load.h"
#include "scan.h"
#include "test.h"

#define FILE_NAME "x.conf"

static struct heel_arena arena;
static struct heel_report report;

static void setup(void)
{
	arena = (struct heel_arena){0};
	report = (struct heel_report){0};
}

static void teardown(void)
{
	heel_report_free(&report);
	heel_arena_free(&arena);
}

/* A schema with each shape that a key can have. */

enum key {
	TEXT,
	NUMBER,
	BOOL,
	LIST,
	NUMBERS,
	PAIR,
	SOME,
	ENTRIES,
	MIXED,
	INNER,
	OTHER,
	ODD,
	KEYS,
};

enum entry_key {
	ENTRY_NAME,
	ENTRY_WORDS,
	ENTRY_KEYS,
};

/* Refuses "bad", so that it shows which values are judged, and where. */
static int check_odd(const struct heel_key *key, const struct heel_value *value,
		     struct heel_report *to)
{
	if (strcmp(value->text, "bad") != 0)
		return 0;
	return heel_fail(to, ERANGE, value->from, "%s is odd", key->name);
}

static const struct heel_key entry_keys[ENTRY_KEYS] = {
	[ENTRY_NAME] = {"name", HEEL_KIND_TEXT, 1, 1, NULL, NULL},
	[ENTRY_WORDS] = {"words", HEEL_KIND_TEXT, 0, 0, NULL, NULL},
};
static const struct heel_schema entry_schema = {"an entry", entry_keys, ENTRY_KEYS};

static const struct heel_key keys[KEYS] = {
	[TEXT] = {"text", HEEL_KIND_TEXT, 1, 1, NULL, NULL},
	[NUMBER] = {"number", HEEL_KIND_NUMBER, 1, 1, NULL, NULL},
	[BOOL] = {"flag", HEEL_KIND_BOOL, 1, 1, NULL, NULL},
	[LIST] = {"list", HEEL_KIND_TEXT, 0, 0, NULL, NULL},
	[NUMBERS] = {"ports", HEEL_KIND_TEXT | HEEL_KIND_NUMBER, 0, 0, NULL, NULL},
	[PAIR] = {"pair", HEEL_KIND_TEXT | HEEL_KIND_NUMBER, 1, 2, NULL, NULL},
	[SOME] = {"some", HEEL_KIND_TEXT, 1, 0, NULL, NULL},
	[ENTRIES] = {"entries", HEEL_KIND_ENTRY, 0, 0, NULL, &entry_schema},
	[MIXED] = {"mixed", HEEL_KIND_ENTRY | HEEL_KIND_TEXT, 0, 0, NULL, &entry_schema},
	[INNER] = {"group.inner", HEEL_KIND_TEXT, 0, 0, NULL, NULL},
	[OTHER] = {"group.other", HEEL_KIND_TEXT, 0, 0, NULL, NULL},
	[ODD] = {"odd", HEEL_KIND_TEXT, 0, 0, check_odd, NULL},
};
static const struct heel_schema schema = {"a test", keys, KEYS};

static int load_bytes(const char *text, size_t length, struct heel_values **ret)
{
	return heel_load(&arena, &schema, FILE_NAME, text, length, ret, &report);
}

static int load(const char *text, struct heel_values **ret)
{
	return load_bytes(text, strlen(text), ret);
}

static void assert_problem(size_t i, const char *part, unsigned int line,
			   const char *context)
{
	const struct heel_problem *problem;

	ck_assert_msg(i < report.n, "%s\nonly %zu errors", context, report.n);
	problem = &report.problems[i];
	ck_assert_msg(strstr(problem->text, part), "%s\n%s", context, problem->text);
	ck_assert_msg(problem->at.line == line, "%s\n%s\nat line %u, not %u", context,
		      problem->text, problem->at.line, line);
	ck_assert_pstr_eq(problem->at.file, FILE_NAME);
	ck_assert_int_eq(problem->severity, HEEL_ERROR);
}

/* Traps of libconfig 1.5, each of which it takes in silence, or dies of. */

static const struct {
	const char *text;
	const char *part;
	unsigned int line;
} traps[] = {
	/* exit(2) where a directory is included, or a file cannot be read */
	{"@include \".\"\n", "@include is refused", 1},
	{"text = \"a\";\n\n  @include \"/proc/self/mem\"\n", "@include is refused", 3},
	{"group = {\n\t@include \"x\"\n};\n", "@include is refused", 2},
	/* an include without an end is ignored by libconfig */
	{"\n@include \"x\n", "@include is refused", 2},
	{"@include\n", "@include is refused", 1},
	/* wrap-around */
	{"ports = 4294967318;\n", "does not fit", 1}, /* would be 22 */
	{"ports = [ 1,\n2147483648 ];\n", "does not fit", 2},
	{"\nnumber = -2147483649;\n", "does not fit", 2},
	{"number = 0x100000000;\n", "does not fit", 1},
	{"number = 99999999999999999999;\n", "does not fit", 1},
	{"number = 5000000000L;\n", "leave out the L", 1},
	{"number = 4L;\n", "leave out the L", 1},
	{"text = 0755;\n", "\"0755\"", 1}, /* decimal to libconfig */
	{"number = 1.0;\n", "fraction", 1},
	/* the rest of the file swallowed */
	{"text = \"a\";\n/* list = \"b\";\n", "never closed", 2},
	{"text = \"a\";\n\nlist = \"b;\n", "not closed on its line", 3},
	{"list = [ \"a\n\" ];\n", "not closed on its line", 1},
	/* joined or shortened strings */
	{"list = [ \"/a\",\n\"/b\"\n\"/c\" ];\n", "a comma is missing after \"/b\"", 2},
	{"text = \"a\" \"b\";\n", "two strings in a row", 1},
	{"text = \"a\\x00b\";\n", "\\x escapes are refused", 1},
	{"text = \"a\\qb\";\n", "unknown escape \\q", 1},
	/* "syntax error" */
	{"list = [ \"a\", ];\n", "a comma too many before ']'", 1},
	{"entries = (\n{ name = \"a\"; },\n);\n", "a comma too many before ')'", 2},
	{"entries = (\n{ name = \"a\"; }\n{ name = \"b\"; } );\n",
	 "a comma is missing after }", 2},
	{"ports = [ 1,\n\"2-3\" ];\n", "use ( ) instead", 2},
	{"text = a;\n", "must be in double quotes", 1},
	{"flag = yes;\n", "write true", 1},
	{"flag = off;\n", "write false", 1},
	{"group = {\ninner = \"a\";\n", "never closed", 1},
	{"text \"a\";\n", "'=' is missing", 1},
	{"text\n", "has no value", 1},
	{"group.inner = \"a\";\n", "is no name", 1},
};

START_TEST(trap_of_libconfig_is_an_error_at_its_line)
{
	struct heel_values *values = NULL;
	const char *text = traps[_i].text;

	ck_assert_msg(load(text, &values) == -EINVAL, "%s", text);
	assert_problem(0, traps[_i].part, traps[_i].line, text);
	ck_assert_ptr_null(values);
}
END_TEST

/* A duplicate is what libconfig itself has to find. */

static const struct {
	const char *text;
	unsigned int line;
} duplicates[] = {
	{"text = \"a\";\n\ntext = \"b\";\n", 3},
	{"text = \"a\";\n\ntext\n=\n\"b\";\n", 3},
	{"group = { inner = \"a\"; };\ngroup = { };\n", 2},
	{"group = {\ninner = \"a\";\nother = \"b\";\ninner = \"c\";\n};\n", 4},
	{"entries = ( {\nname = \"a\";\n name = \"b\"; } );\n", 3},
};

START_TEST(duplicate_name_is_an_error_at_the_second)
{
	struct heel_values *values = NULL;

	ck_assert_int_eq(load(duplicates[_i].text, &values), -EINVAL);
	ck_assert_uint_eq(report.n, 1);
	assert_problem(0, "duplicate setting name", duplicates[_i].line,
		       duplicates[_i].text);
}
END_TEST

START_TEST(nul_byte_is_an_error_at_its_line)
{
	static const char text[] = "text = \"a\";\n# \0\nlist = \"b\";\n";
	struct heel_values *values = NULL;

	ck_assert_int_eq(load_bytes(text, sizeof(text) - 1, &values), -EINVAL);
	assert_problem(0, "a NUL byte", 2, text);
}
END_TEST

static const char *const harmless[] = {
	"text = \"@include \\\"x\\\"\";\n",
	"text = \"http://a/*b*/#c\";\n",
	"# @include \"x\"\ntext = \"a\";\n",
	"// @include \"x\"\ntext = \"a\";\n",
	"/*\n@include \".\"\n*/ text = \"a\";\n",
	"text = \"/* \";\n",
	"text = \"0755 5000000000L 1.5\"; # 0755 5000000000L 1.5\n",
	"text = \"\xc3\xa4\xe2\x80\x9c\"; # \xc3\xa4\n",
	"text = \"a\"; # no line break at the end",
	"text = \"a\" // no line break at the end",
	"text = \"a\"",
	"text = \"a\";\r\nlist = [ \"b\" ];\r\n",
	"text : \"a\", list : \"b\"",
	"text = \"\";",
};

START_TEST(what_stands_in_strings_and_comments_is_harmless)
{
	struct heel_values *values;
	const char *text = harmless[_i];

	ck_assert_msg(load(text, &values) == 0, "%s\n%s", text,
		      report.n ? report.problems[0].text : "");
	ck_assert_uint_eq(values[TEXT].n, 1);
	ck_assert_uint_eq(report.n, 0);
}
END_TEST

START_TEST(string_is_read_as_it_is_written)
{
	struct heel_values *values;

	ck_assert_int_eq(
		load("list = ( \"\\\"@include \\\\ /* # \\t\", \"\xc3\xa4\" );\n",
		     &values),
		0);
	ck_assert_str_eq(values[LIST].v[0].text, "\"@include \\ /* # \t");
	ck_assert_str_eq(values[LIST].v[1].text, "\xc3\xa4");
}
END_TEST

static const char *const empty[] = {
	"", "\n", "# nothing", "/* nothing */", "group = { };\n",
};

START_TEST(empty_file_leaves_every_key_unwritten)
{
	struct heel_values *values;

	ck_assert_int_eq(load(empty[_i], &values), 0);
	for (size_t i = 0; i < KEYS; i++) {
		ck_assert(!values[i].written);
		ck_assert_uint_eq(values[i].n, 0);
	}
	ck_assert_ptr_null(heel_text(&values[TEXT]));
}
END_TEST

/* ASan sees it if more than the text is read. */
START_TEST(text_needs_no_nul_at_its_end)
{
	static const char text[] = "list = [ \"a\",\n\"b\" ]; # end";
	struct heel_values *values;
	char *copy = malloc(sizeof(text) - 1);

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, sizeof(text) - 1);
	ck_assert_int_eq(load_bytes(copy, sizeof(text) - 1, &values), 0);
	free(copy);
	ck_assert_str_eq(values[LIST].v[1].text, "b");
}
END_TEST

/* The limits of a file. */

/* Writes a unit, with i in the place of its "#". */
static void put_unit(FILE *file, const char *unit, size_t i)
{
	size_t length = strcspn(unit, "#");

	(void)fprintf(file, "%.*s", (int)length, unit);
	if (unit[length])
		(void)fprintf(file, "%zu%s", i, unit + length + 1);
}

static char *repeat(const char *before, const char *unit, size_t n, const char *after)
{
	char *text = NULL;
	size_t length;
	FILE *file = open_memstream(&text, &length);

	ck_assert_ptr_nonnull(file);
	(void)fputs(before, file);
	for (size_t i = 0; i < n; i++)
		put_unit(file, unit, i);
	(void)fputs(after, file);
	ck_assert_int_eq(fclose(file), 0);
	return text;
}

static const struct {
	const char *before, *unit, *after;
	size_t n;
	const char *part; /* NULL: this loads */
	unsigned int line;
} sizes[] = {
	{"list = [ \"a\"", ", \"#\"", " ];\n", 16383, NULL, 0},
	{"list = [ \"a\"", ",\n\"#\"", " ];\n", 16384, "more than 16384 values", 16385},
	{"", "k# = 1;\n", "", 513, "more than 512 settings in one group", 513},
	{"list = ", "( ", "", 17, "more than 16 brackets are open", 1},
	{"list = ", "(\n", "", 5000, "more than 16 brackets are open", 17},
	{"text = ", "{ a = ", "", 5000, "more than 16 brackets are open", 1},
	{"#", " 23456789", "\n", 116507, NULL, 0},
	{"#", " 23456789", "\n", 200000, "the most is 1048576", 0},
};

START_TEST(file_has_limits_of_size_number_and_depth)
{
	struct heel_values *values = NULL;
	char *text =
		repeat(sizes[_i].before, sizes[_i].unit, sizes[_i].n, sizes[_i].after);
	int rc = load(text, &values);

	if (sizes[_i].part) {
		ck_assert_int_eq(rc, -EINVAL);
		assert_problem(0, sizes[_i].part, sizes[_i].line, sizes[_i].before);
	} else {
		ck_assert_msg(rc == 0, "%s",
			      report.n ? report.problems[0].text : "no problem");
	}
	free(text);
}
END_TEST

START_TEST(file_of_exactly_the_largest_size_loads)
{
	static const char start[] = "text = \"a\";";
	struct heel_values *values;
	char *text = malloc(HEEL_SCAN_MAX_LENGTH + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, ' ', HEEL_SCAN_MAX_LENGTH + 1);
	memcpy(text, start, sizeof(start) - 1); /* NOLINT: blanks follow */
	ck_assert_int_eq(load_bytes(text, HEEL_SCAN_MAX_LENGTH, &values), 0);
	ck_assert_str_eq(heel_text(&values[TEXT]), "a");
	ck_assert_int_eq(load_bytes(text, HEEL_SCAN_MAX_LENGTH + 1, &values), -EINVAL);
	assert_problem(0, "the most is 1048576", 0, "one byte more");
	free(text);
}
END_TEST

#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER 1
#endif
#endif

#ifndef ADDRESS_SANITIZER
/* libconfig does not look whether it got memory: it must not be asked then. */
START_TEST(lack_of_memory_is_an_error_before_libconfig_is_asked)
{
	struct heel_values *values = NULL;
	char *text = repeat("list = [ \"a\"", ", \"#1234567890123\"", 16000, " ];\n");
	FILE *statm = fopen("/proc/self/statm", "re");
	struct rlimit limit = {0};
	char pages[32];
	int rc;

	ck_assert_ptr_nonnull(statm);
	ck_assert_ptr_nonnull(fgets(pages, sizeof(pages), statm));
	ck_assert_int_eq(fclose(statm), 0);
	/* what there is already, and less than the parse may need */
	limit.rlim_cur = strtoul(pages, NULL, 10) * (rlim_t)sysconf(_SC_PAGESIZE);
	limit.rlim_cur += (rlim_t)16 << 20;
	limit.rlim_max = limit.rlim_cur;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
	rc = load(text, &values);
	free(text);
	ck_assert_int_eq(rc, -ENOMEM);
	ck_assert_str_eq(heel_first_error(&report)->text, "out of memory");
}
END_TEST
#endif

/* What keys take. */

static const struct {
	const char *text;
	enum key key;
	const char *values; /* joined by blanks */
} taken[] = {
	{"text = \"a\";", TEXT, "a"},
	{"text = [ \"a\" ];", TEXT, "a"},
	{"text = ( \"a\" );", TEXT, "a"},
	{"number = 7;", NUMBER, "7"},
	{"number = [ 7 ];", NUMBER, "7"},
	{"number = ( -2147483648 );", NUMBER, "-2147483648"},
	{"number = 2147483647;", NUMBER, "2147483647"},
	{"number = 0x10;", NUMBER, "16"},
	{"number = +7;", NUMBER, "7"},
	{"flag = true;", BOOL, "true"},
	{"flag = FALSE;", BOOL, "false"},
	{"flag = [ True ];", BOOL, "true"},
	{"list = \"a\";", LIST, "a"},
	{"list = [ \"a\", \"b\" ];", LIST, "a b"},
	{"list = ( \"a\", \"b\", \"a\" );", LIST, "a b a"},
	{"list = [ ];", LIST, ""},
	{"list = ( );", LIST, ""},
	{"ports = 22;", NUMBERS, "22"},
	{"ports = [ 22, 443 ];", NUMBERS, "22 443"},
	{"ports = ( 22, \"443\", \"8000-8010\" );", NUMBERS, "22 443 8000-8010"},
	{"ports = [ \"22\", \"any\" ];", NUMBERS, "22 any"},
	{"pair = 1;", PAIR, "1"},
	{"pair = [ 1, 2 ];", PAIR, "1 2"},
	{"some = \"a\";", SOME, "a"},
	{"group = { inner = \"a\"; other = ( \"b\" ) };", INNER, "a"},
	{"group : { inner : [ \"a\" ], other : \"b\" }", OTHER, "b"},
	{"odd = ( \"a\", \"b\" );", ODD, "a b"},
};

START_TEST(single_value_and_both_brackets_are_lists)
{
	struct heel_values *values;
	const char *joined = "";
	const struct heel_values *got;

	ck_assert_msg(load(taken[_i].text, &values) == 0, "%s: %s", taken[_i].text,
		      report.n ? report.problems[0].text : "");
	got = &values[taken[_i].key];
	ck_assert(got->written);
	for (size_t i = 0; i < got->n; i++)
		joined = test_format("%s%s%s", joined, i ? " " : "", got->v[i].text);
	ck_assert_str_eq(joined, taken[_i].values);
}
END_TEST

static const struct {
	const char *text;
	int rc;
	const char *part;
	unsigned int line;
} refused[] = {
	/* wrong types */
	{"text = 1;", -EINVAL, "\"text\" takes a string in \"\"", 1},
	{"text = true;", -EINVAL, "\"text\" takes a string", 1},
	{"text = { };", -EINVAL, "\"text\" takes a string", 1},
	{"text = ( ( \"a\" ) );", -EINVAL, "\"text\" takes a string", 1},
	{"text = ( { } );", -EINVAL, "\"text\" takes a string", 1},
	{"number = \"7\";", -EINVAL, "\"number\" takes a number", 1},
	{"number = false;", -EINVAL, "\"number\" takes a number", 1},
	{"flag = 1;", -EINVAL, "\"flag\" takes true or false", 1},
	{"flag = \"true\";", -EINVAL, "\"flag\" takes true or false", 1},
	{"list = [ 1 ];", -EINVAL, "\"list\" takes values that are a string", 1},
	{"list = (\n\"a\",\ntrue,\n\"b\" );", -EINVAL, "\"list\" takes values", 3},
	{"list = ( [ \"a\" ] );", -EINVAL, "\"list\" takes values", 1},
	{"list = { a = \"b\"; };", -EINVAL, "\"list\" takes values", 1},
	{"ports = true;", -EINVAL, "values that are a number or a string", 1},
	{"ports = ( 22,\n( 443 ) );", -EINVAL, "a number or a string", 2},
	{"entries = \"a\";", -EINVAL, "values that are an entry { ... }", 1},
	{"entries = ( { },\n\"a\" );", -EINVAL, "an entry { ... }", 2},
	{"entries = ( ( ) );", -EINVAL, "an entry { ... }", 1},
	{"mixed = ( \"a\",\n1 );", -EINVAL, "a string or an entry { ... }", 2},
	{"group = \"a\";", -EINVAL, "\"group\" is a group: write group = { ... };", 1},
	{"group = ( { inner = \"a\"; } );", -EINVAL, "\"group\" is a group", 1},
	{"group = { inner = { }; };", -EINVAL, "\"group.inner\" takes values", 1},
	/* wrong counts */
	{"text = [ ];", -EINVAL, "\"text\" takes exactly one value", 1},
	{"\ntext = [ \"a\",\n\"b\" ];", -EINVAL, "\"text\" takes exactly one value", 2},
	{"flag = ( );", -EINVAL, "exactly one value", 1},
	{"pair = [ ];", -EINVAL, "\"pair\" takes 1 to 2 values, not 0", 1},
	{"pair = [ 1, 2, 3 ];", -EINVAL, "\"pair\" takes 1 to 2 values, not 3", 1},
	{"some = [ ];", -EINVAL, "\"some\" takes at least 1 value", 1},
	/* unknown keys */
	{"\nlst = \"a\";", -EINVAL,
	 "unknown key \"lst\" in a test; did you mean \"list\"?", 2},
	{"Text = \"a\";", -EINVAL, "did you mean \"text\"?", 1},
	{"gruop = { };", -EINVAL, "did you mean \"group\"?", 1},
	{"group = {\n\niner = \"a\"; };", -EINVAL,
	 "unknown key \"group.iner\" in a test; did you mean \"inner\"?", 3},
	{"group = { text = \"a\"; };", -EINVAL, "did you mean \"text\"?", 1},
	{"inner = \"a\";", -EINVAL, "did you mean \"group.inner\"?", 1},
	{"other = \"a\";", -EINVAL, "did you mean \"group.other\"?", 1},
	{"entries = ( { name = \"a\";\nnam = \"b\"; } );", -EINVAL,
	 "unknown key \"nam\" in an entry; did you mean \"name\"?", 2},
	{"entries = ( { text = \"a\"; } );", -EINVAL, "unknown key \"text\" in an entry",
	 1},
	{"* = 1;", -EINVAL, "unknown key \"*\"", 1},
	/* a value that the key's own check refuses */
	{"odd = [ \"a\",\n\"bad\" ];", -ERANGE, "odd is odd", 2},
	{"odd = \"bad\";", -ERANGE, "odd is odd", 1},
	/* an entry's own keys */
	{"entries = (\n{ name = \"a\"; },\n{ name = [ ]; } );", -EINVAL,
	 "\"name\" takes exactly one value", 3},
	{"entries = { name = 1; };", -EINVAL, "\"name\" takes a string", 1},
};

START_TEST(what_a_schema_does_not_allow_is_an_error_at_its_line)
{
	struct heel_values *values = NULL;
	const char *text = refused[_i].text;
	int rc = load(text, &values);

	ck_assert_msg(rc == refused[_i].rc, "%s: %d", text, rc);
	assert_problem(0, refused[_i].part, refused[_i].line, text);
	ck_assert_uint_eq(report.n, 1);
	ck_assert_ptr_null(values);
}
END_TEST

START_TEST(unlike_name_gets_no_suggestion)
{
	struct heel_values *values;

	ck_assert_int_eq(load("quite_another = 1;", &values), -EINVAL);
	ck_assert_str_eq(report.problems[0].text,
			 "unknown key \"quite_another\" in a test");
}
END_TEST

START_TEST(exact_name_of_another_group_is_suggested_before_a_similar_one)
{
	static const struct heel_key some_keys[] = {
		{"reset", HEEL_KIND_TEXT, 0, 0, NULL, NULL},
		{"environment.set", HEEL_KIND_TEXT, 0, 0, NULL, NULL},
	};
	static const struct heel_schema some = {"a test", some_keys, 2};
	struct heel_values *values;

	ck_assert_int_eq(
		heel_load(&arena, &some, FILE_NAME, "set = 1;", 8, &values, &report),
		-EINVAL);
	assert_problem(0, "did you mean \"environment.set\"?", 1, "set");
}
END_TEST

START_TEST(every_problem_of_a_file_is_reported)
{
	static const char text[] = "text = 1;\n"
				   "lst = \"a\";\n"
				   "list = ( 1,\n"
				   "true );\n"
				   "group = { other = 1; iner = 1; };\n"
				   "flag = true;\n";
	static const unsigned int lines[] = {1, 2, 3, 4, 5, 5};
	struct heel_values *values = NULL;

	ck_assert_int_lt(load(text, &values), 0);
	ck_assert_ptr_null(values);
	ck_assert_uint_eq(report.n, HEEL_ARRAY_SIZE(lines));
	for (size_t i = 0; i < report.n; i++)
		assert_problem(i, "", lines[i], text);
}
END_TEST

/* Entries. */

START_TEST(entry_has_values_of_its_own)
{
	struct heel_values *values;
	const struct heel_values *entries;

	ck_assert_int_eq(load("entries = (\n"
			      "  { name = \"a\"; words = [ \"x\", \"y\" ]; },\n"
			      "  { },\n"
			      "  { words = \"z\" }\n"
			      ");\n",
			      &values),
			 0);
	entries = &values[ENTRIES];
	ck_assert_uint_eq(entries->n, 3);
	ck_assert_ptr_null(entries->v[0].text);
	ck_assert_str_eq(heel_text(&entries->v[0].fields[ENTRY_NAME]), "a");
	ck_assert_str_eq(entries->v[0].fields[ENTRY_WORDS].v[1].text, "y");
	ck_assert(!entries->v[1].fields[ENTRY_NAME].written);
	ck_assert_str_eq(entries->v[2].fields[ENTRY_WORDS].v[0].text, "z");
}
END_TEST

START_TEST(single_entry_is_a_list_of_one)
{
	struct heel_values *values;

	ck_assert_int_eq(load("entries = { name = \"a\"; };\n"
			      "mixed = ( \"b\", { name = \"c\"; } );\n",
			      &values),
			 0);
	ck_assert_uint_eq(values[ENTRIES].n, 1);
	ck_assert_str_eq(heel_text(&values[ENTRIES].v[0].fields[ENTRY_NAME]), "a");
	ck_assert_str_eq(values[MIXED].v[0].text, "b");
	ck_assert_str_eq(heel_text(&values[MIXED].v[1].fields[ENTRY_NAME]), "c");
}
END_TEST

/* Where values come from. Each value's text is the line that it stands on. */

static const char *const lined[] = {
	"list = [ \"1\",\n\"2\",\n\"3\"\n];\n",
	"list = (\n\"2\"\n,\n\"4\"\n);\n",
	"list\n=\n[\n\"4\",\n\n\"6\" ];\n",
	"list = [\n# a\n\"3\", // b\n/* c\n*/ \"5\", \"5\",\n\n\"7\" ];\n",
	"list = \"1\";\nodd = \"2\";\nsome =\n\"4\"\n;\n",
	"ports = (\n2,\n\"3\"\n,\n5\n);\npair = [\n8,\n9 ];\n",
	"\r\nlist = [ \"2\",\r\n\"3\" ];\r\n",
	"entries = (\n{ name = \"2\"; },\n{\nname =\n\"5\";\nwords = [\n\"7\" ] }\n);\n",
	"entries = (\n{ words = [ \"2\",\n\"3\" ]\n}\n, { name = \"5\" } );\nlist = \"6\";\n",
	"group = {\ninner = [ \"2\",\n\"3\" ];\nother = \"4\"; };\nlist = \"5\";\n",
	"mixed = (\n\"2\",\n{ name = \"3\"; },\n\"4\" );\n",
	"flag = true;\nlist = (\n); entries = ( ); some = [ \"3\"\n]; odd = \"4\";\n",
	"mixed = ( { }, { words = ( )\n}, \"2\",\n\"3\" ); list = \"3\";\n",
};

static void assert_lines(const struct heel_values *values, size_t n, size_t *count)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < values[i].n; j++) {
			const struct heel_value *value = &values[i].v[j];

			if (value->fields) {
				assert_lines(value->fields, ENTRY_KEYS, count);
				continue;
			}
			if (strcmp(value->text, "true") == 0)
				continue;
			ck_assert_str_eq(value->text,
					 test_format("%u", value->from.line));
			ck_assert_str_eq(value->from.file, FILE_NAME);
			++*count;
		}
	}
}

START_TEST(value_knows_the_line_that_it_stands_on)
{
	struct heel_values *values;
	size_t count = 0;

	ck_assert_msg(load(lined[_i], &values) == 0, "%s\n%s", lined[_i],
		      report.n ? report.problems[0].text : "");
	assert_lines(values, KEYS, &count);
	ck_assert_uint_ge(count, 2);
}
END_TEST

START_TEST(key_and_entry_know_the_line_that_they_begin_on)
{
	struct heel_values *values;

	ck_assert_int_eq(load("\n"
			      "entries = (\n"
			      "  { name = \"a\"; },\n"
			      "  {\n"
			      "    name = \"b\";\n"
			      "    words = [\n"
			      "      \"c\"\n"
			      "    ];\n"
			      "  }\n"
			      ");\n"
			      "list = [\n"
			      "];\n"
			      "group = {\n"
			      "  inner = [\n"
			      "    \"d\" ];\n"
			      "};\n",
			      &values),
			 0);
	ck_assert_uint_eq(values[ENTRIES].from.line, 2);
	ck_assert_uint_eq(values[ENTRIES].v[0].from.line, 3);
	ck_assert_uint_eq(values[ENTRIES].v[1].from.line, 4);
	ck_assert_uint_eq(values[ENTRIES].v[1].fields[ENTRY_WORDS].from.line, 6);
	ck_assert_uint_eq(values[LIST].from.line, 11);
	ck_assert_uint_eq(values[INNER].from.line, 14);
	ck_assert_str_eq(values[INNER].from.file, FILE_NAME);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("load");
	TCase *tcase = tcase_create("load");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, trap_of_libconfig_is_an_error_at_its_line, 0,
			    HEEL_ARRAY_SIZE(traps));
	tcase_add_loop_test(tcase, duplicate_name_is_an_error_at_the_second, 0,
			    HEEL_ARRAY_SIZE(duplicates));
	tcase_add_test(tcase, nul_byte_is_an_error_at_its_line);
	tcase_add_loop_test(tcase, what_stands_in_strings_and_comments_is_harmless, 0,
			    HEEL_ARRAY_SIZE(harmless));
	tcase_add_test(tcase, string_is_read_as_it_is_written);
	tcase_add_loop_test(tcase, empty_file_leaves_every_key_unwritten, 0,
			    HEEL_ARRAY_SIZE(empty));
	tcase_add_test(tcase, text_needs_no_nul_at_its_end);
	tcase_add_loop_test(tcase, file_has_limits_of_size_number_and_depth, 0,
			    HEEL_ARRAY_SIZE(sizes));
	tcase_add_test(tcase, file_of_exactly_the_largest_size_loads);
#ifndef ADDRESS_SANITIZER
	tcase_add_test(tcase, lack_of_memory_is_an_error_before_libconfig_is_asked);
#endif
	tcase_add_loop_test(tcase, single_value_and_both_brackets_are_lists, 0,
			    HEEL_ARRAY_SIZE(taken));
	tcase_add_loop_test(tcase, what_a_schema_does_not_allow_is_an_error_at_its_line,
			    0, HEEL_ARRAY_SIZE(refused));
	tcase_add_test(tcase, unlike_name_gets_no_suggestion);
	tcase_add_test(tcase,
		       exact_name_of_another_group_is_suggested_before_a_similar_one);
	tcase_add_test(tcase, every_problem_of_a_file_is_reported);
	tcase_add_test(tcase, entry_has_values_of_its_own);
	tcase_add_test(tcase, single_entry_is_a_list_of_one);
	tcase_add_loop_test(tcase, value_knows_the_line_that_it_stands_on, 0,
			    HEEL_ARRAY_SIZE(lined));
	tcase_add_test(tcase, key_and_entry_know_the_line_that_they_begin_on);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
