/* SPDX-License-Identifier: ISC */
/*
 * The scan before libconfig: what is refused, with which words and at which
 * line; what passes; and that libconfig reads what passes as it is written.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/scan_oracle.h"
#include "report.h"
#include "scan.h"
#include "test.h"

/* Each way to write a thing that a policy may use. */
static const char policy[] =
	"version     = 1;                            // optional\n"
	"description = \"Students: own home, \\\"compilers\\\", the web\";\n"
	"inherit     = [ \"base\", \"toolchain\" ];\n"
	"\n"
	"/* @include \"base.conf\"\n"
	"@include \"base.conf\" */\n"
	"filesystem = {\n"
	"  read    = [ \"/srv/course\" ];    # read files, it's \"quoted\"\n"
	"  execute = [ \"-/opt\", \"${home}\" ],\n"
	"  rules   = ( { path = \"/srv/drop\"; access = [ \"make_reg\" ]; },\n"
	"              { path : \"/srv/other\" access : ( \"refer\" ) } );\n"
	"};\n"
	"network = {\n"
	"  tcp_connect  = ( 22, 443, \"8000-8010\", 0x1F90, -1, +2, ( ), [ ], { } );\n"
	"  tcp_bind     = [ ];\r\n"
	"  proxy        = \"http://127.0.0.1:3128\"; // @obsolete\n"
	"}\n"
	"\f\n"
	"syscalls     = { deny = [ \"@obsolete\", \"min/*core\" ]; };\n"
	"limits       = { nproc = 200; as = \"4G\"; nofile = [ 1024, 4096 ]; };\n"
	"umask        = \"077\"\n"
	"no_new_privs = TRUE; reset=[true,False];\n"
	"expect = {}\n";

#define TWENTY(text)                                                                     \
	text text text text text text text text text text text text text text text text  \
		text text text text

static const struct {
	const char *text;
	const char *message; /* a part of the first error */
	unsigned int line;
	size_t errors; /* 0 stands for 1 */
} refused[] = {
	/* bytes */
	{"a = 1;\n\xef\xbb\xbf", "byte 0xef is not ASCII", 2, 0},
	{"\xef\xbb\xbf"
	 "a = 1;\n",
	 "byte order mark", 1, 0},
	{"a = 1;\n\x1b[2J\n", "control character (byte 0x1b)", 2, 0},
	{"a = \"\x01\";\n", "control character (byte 0x01)", 1, 0},
	{"\n# \x7f\n", "control character (byte 0x7f)", 2, 0},
	{"a = 1;\vb = 2;\n", "control character (byte 0x0b)", 1, 0},
	{"# shown as a line\ra = 1;\n", "carriage return inside a line", 1, 0},
	{"a = 1;\r", "carriage return inside a line", 1, 0},
	{"a\xc3\xa4 = 1;\n", "byte 0xc3 is not ASCII", 1, 0},
	{"a = f\xc3\xbcr;\n", "byte 0xc3 is not ASCII", 1, 0},
	{"a\xc2\xa0= 1;\n", "no-break space", 1, 0},
	{"a =\n\xe2\x80\x9c/bin/sh\xe2\x80\x9d;\n", "typographic quotation mark", 2, 0},
	/* what libconfig would open */
	{"@include \"/etc/passwd\"\na = 1;\n", "@include is refused", 1, 0},
	{"a = 1;\n \t@include\t\"x\"\n", "@include is refused", 2, 0},
	{"a = {\n@include \"x\"\n};\nb = 0755;\n", "@include is refused", 2, 2},
	{"a = @obsolete;\n", "@obsolete must be in double quotes", 1, 0},
	{"@ = 1;\n", "@ is no name", 1, 0},
	{"/*\n*/ @include \".\"\n", "@include is refused", 2, 0},
	/* comments and strings without end */
	{"a = 1;\n/* b = 2;\n", "this comment is never closed", 2, 0},
	{"a = 1; /*/", "this comment is never closed", 1, 0},
	{"a = 1; // end", "the file ends inside a comment", 1, 0},
	{"a = 1;\n# end", "the file ends inside a comment", 2, 0},
	{"\na = \"b;\nc = \"d\";\n", "this string is not closed on its line", 2, 0},
	{"a = \"b\nc\";\n", "this string is not closed on its line", 1, 0},
	{"a = \"b\\\n\";\n", "this string is not closed on its line", 1, 0},
	{"a = \"b\\\r\n\";\n", "this string is not closed on its line", 1, 0},
	{"a = \"", "this string is not closed on its line", 1, 0},
	{"a = \"\\", "this string is not closed on its line", 1, 0},
	{"a = \"\\\"", "this string is not closed on its line", 1, 0},
	{"a = \"b\r\n", "this string is not closed on its line", 1, 0},
	/* escapes */
	{"a = \"b\\x00c\";\n", "\\x escapes are refused", 1, 0},
	{"a = \"\\X41\";\n", "\\X escapes are refused", 1, 0},
	{"a = \"\\x\";\n", "\\x escapes are refused", 1, 0},
	{"a = \"C:\\dir\\a\";\n", "unknown escape \\d", 1, 2},
	{"a = \"\\\xc3\xa4\";\n", "unknown escape \\?", 1, 0},
	{"a = \"\\\t\";\n", "unknown escape \\?", 1, 0},
	/* strings that would be joined */
	{"a = [ \"/b\"\n\"/c\" ];\n", "a comma is missing after \"/b\"", 1, 0},
	{"a = ( \"/b\" /* , */ \"/c\", 1 );\n", "would join", 1, 0},
	{"a = \"/b\" \"/c\";\n", "two strings in a row", 1, 0},
	{"a = \"/b\"\"/c\";\n", "two strings in a row", 1, 0},
	{"a = \"/b\"\n\"/c\";\n", "two strings in a row", 2, 0},
	{"a = 1\n\"c\" = 2;\n", "names have no quotes", 2, 0},
	/* integers */
	{"umask = 0755;\n", "write it as a string, \"0755\"", 1, 0},
	{"a = [ 1,\n00 ];\n", "must not begin with 0", 2, 0},
	{"a = -01;\n", "must not begin with 0", 1, 0},
	{"a = 2147483648;\n", "2147483648 does not fit", 1, 0},
	{"a = -2147483649;\n", "-2147483649 does not fit", 1, 0},
	{"a = +4294967296;\n", "+4294967296 does not fit", 1, 0},
	{"a = 99999999999999999999;\n", "does not fit", 1, 0},
	{"a = 0x80000000;\n", "0x80000000 does not fit", 1, 0},
	{"a = 0X00ffffffff;\n", "does not fit", 1, 0},
	{"a = 0x100000000;\n", "does not fit", 1, 0},
	{"a = 1L;\n", "leave out the L", 1, 0},
	{"a = 5000000000LL;\n", "leave out the L", 1, 0},
	{"a = 0x1L;\n", "leave out the L", 1, 0},
	{"a = 1LLL;\n", "1LLL must be in double quotes", 1, 0},
	{"a = 1.5;\n", "1.5 is a fraction", 1, 0},
	{"a = .5;\n", "is a fraction", 1, 0},
	{"a = -1.;\n", "is a fraction", 1, 0},
	{"a = 1e3;\n", "is a fraction", 1, 0},
	{"a = 1.5e-3;\n", "is a fraction", 1, 0},
	{"a = .;\n", ". must be in double quotes", 1, 0},
	{"a = 1e;\n", "1e must be in double quotes", 1, 0},
	{"a = 0x;\n", "0x must be in double quotes", 1, 0},
	{"a = -0x10;\n", "-0x10 must be in double quotes", 1, 0},
	{"a = -;\n", "- must be in double quotes", 1, 0},
	{"a = 8000-8010;\n", "8000-8010 must be in double quotes", 1, 0},
	{"a=1b=2;\n", "1b=2 must be in double quotes", 1, 0},
	{"a = 0755;\nb = 3;\nc = 1L;\nd = \"\\q\";\n", "begin with 0", 1, 3},
	/* words without quotes */
	{"shell = /bin/bash;\n", "/bin/bash must be in double quotes: \"/bin/bash\"", 1,
	 0},
	{"shell = bash;\nb = 08;\n", "bash must be in double quotes", 1, 2},
	{"a = ${home}/bin;\n", "${home}/bin must be in double quotes", 1, 0},
	{"a = ( ~/bin, -/opt );\n", "~/bin must be in double quotes", 1, 2},
	{"proxy = http://127.0.0.1:3128/;\n", "http://127.0.0.1:3128/ must", 1, 0},
	{"a = [ A=b/c#\n];\n", "'A' inside the '[' of line 1", 1, 0},
	{"a = b/* \n*/; c = d// ;\n", "b must be in double quotes", 1, 2},
	{"no_new_privs = yes;\n", "write true", 1, 0},
	{"no_new_privs = On;\n", "write true", 1, 0},
	{"no_new_privs = no;\n", "write false", 1, 0},
	{"no_new_privs = off;\n", "write false", 1, 0},
	{"a = '/bin/my sh';\n", "'/bin/my sh': use double quotes", 1, 0},
	{"a = 'b;\nc = 1;\n", "'b: use double quotes", 1, 0},
	{"a = \\n;\n", "\\n must be in double quotes", 1, 0},
	{"a = aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeee;\n", "dddddddddd... must", 1,
	 0},
	/* commas */
	{"a = ( 1, 2, );\n", "a comma too many before ')'", 1, 0},
	{"a = [\n\"b\",\n\n];\n", "a comma too many before ']'", 2, 0},
	{"a = ( , 1 );\n", "there is no value before it", 1, 0},
	{"a = ( , );\n", "there is no value before it", 1, 0},
	{"a = [ 1,,2 ];\n", "there is no value before it", 1, 0},
	{"a = [ 1,,];\n", "there is no value before it", 1, 0},
	{"a = ( 1 2 );\n", "a comma is missing after 1", 1, 0},
	{"a = ( { b = 1; }\n{ b = 2; } );\n", "a comma is missing after }", 1, 0},
	{"a = ( 1 2 3, 4 true );\nb = [ 1, ];\n", "a comma is missing after 1", 1, 4},
	{"a = [ 1; 2 ];\n", "';' inside the '[' of line 1", 1, 0},
	/* [ ] */
	{"a = [ 1, \"b\", true ];\n", "\"b\" is of another type", 1, 0},
	{"a = [ true,\n1 ];\n", "1 is of another type", 2, 0},
	{"a = [ { b = 1; }, { b = 2; } ];\n", "'{' inside the '[' of line 1", 1, 0},
	{"a = [ 1, [ 2 ], ( ) ];\n", "'[' inside the '[' of line 1", 1, 0},
	/* brackets */
	{"a = (\n1 ];\n", "']' cannot close the '(' of line 1", 2, 0},
	{"\na = {\nb = [ 1 };\n", "'}' cannot close the '[' of line 3", 3, 0},
	{"a = { b = 1; )\n", "')' cannot close the '{' of line 1", 1, 0},
	{"a = 1;\n};\n", "'}' closes nothing", 2, 0},
	{"a = 1;\n\nb = {\nc = [ 1 ];\n", "this '{' is never closed", 3, 0},
	{"a = (\n1,\n", "this '(' is never closed", 1, 0},
	{"a = (", "this '(' is never closed", 1, 0},
	{"a = [ 1", "this '[' is never closed", 1, 0},
	{"a = [ \"b\"\nc = 1;\n", "'c' inside the '[' of line 1: a comma or ']'", 2, 0},
	{"a = [ \"b\",\nc = 1;\n", "'c' inside the '[' of line 1: a comma or ']'", 2, 0},
	{"a = (\n\"b\";\n", "';' inside the '(' of line 1: a comma or ')'", 2, 0},
	{"a = ( 1, ;\n", "';' inside the '('", 1, 0},
	{"a = ( \"b\" = 1 );\n", "'=' inside the '('", 1, 0},
	{"a = ( 1, ];\n", "']' cannot close", 1, 0},
	/* settings */
	{"a\n;\n", "a has no value: write a = VALUE;", 1, 0},
	{"a\n", "a has no value", 1, 0},
	{"a = ;\n", "a has no value", 1, 0},
	{"a = , b = 08;\n", "a has no value", 1, 2},
	{"a =", "a has no value", 1, 0},
	{"a = { b }; c = 08;\n", "b has no value", 1, 2},
	{"a = { b = };\n", "b has no value", 1, 0},
	{"a =\nb = 1;\n", "a has no value", 1, 0},
	{"a\nb = 1;\n", "a has no value", 1, 0},
	{"a \"b\";\nc = 08;\n", "'=' is missing after a", 1, 2},
	{"a { b = 1; }\n", "'=' is missing after a", 1, 0},
	{"a http://b:1/;\n", "'=' is missing after a", 1, 0},
	{"a b;\n", "'=' is missing after a", 1, 0},
	{"a == 1;\n", "'=' too many", 1, 0},
	{"a := 1;\n", "'=' too many", 1, 0},
	{"a = 1 = 2;\n", "'=' has no name before it", 1, 0},
	{"= 1;\n", "'=' has no name before it", 1, 0},
	{"{ a = 1; }\n", "'{' has no name before it", 1, 0},
	{"a = 1;;\n", "a ';' too many", 1, 0},
	{"; a = 1,;\n", "a ';' too many", 1, 2},
	{"_a = 1;\n", "_a is no name", 1, 0},
	{"2fa = true;\n", "2fa is no name", 1, 0},
	{"filesystem.read = [ ];\n", "filesystem.read is no name", 1, 0},
	{"5 = 1;\n", "5 is no name", 1, 0},
	{"true = 1;\n", "true is no name", 1, 0},
	{"_a;\n", "_a is no name", 1, 0},
	{"\"a\" = 1;\n", "names have no quotes", 1, 0},
	{"a = 1 2;\n", "2 follows a value", 1, 0},
	{"a = \"b\" -c;\n", "-c follows a value", 1, 0},
	{"a = true false;\n", "false follows a value", 1, 0},
	{"*/\n", "*/ is no name", 1, 0},
	/* the cap */
	{TWENTY("x = 08;\n"), "begin with 0", 1, 20},
	{TWENTY("x = 08;\n") "x = 08;\n", "begin with 0", 1, 21},
	{"a = \"" TWENTY("\\q") "\\q\";\n", "unknown escape", 1, 21},
	{TWENTY("\x01") "\x01", "control character", 1, 21},
};

static const struct {
	const char *text;
	const char *why;
} accepted[] = {
	{"", "an empty file"},
	{"\n\t \f\r\n", "blanks"},
	{"# one\n// two\n/* three */", "comments"},
	{"/**//***//* * / ** */\n", "stars in comments"},
	{"/* \" */ a /* = */ = /* 1 */ 1 # ;\n", "comments anywhere"},
	{"a/**/=1/**/b=2//\n", "a comment ends a word"},
	{"# /* \"\na = \"# // /* @include\"; // */\n", "marks in strings and comments"},
	{"/*\n@include \"x\"\n*/ # @include \"x\"\n", "@include in comments"},
	{"a = \"\xc3\xa4\"; # \xc3\xa4 \xe2\x80\x9c\n", "UTF-8 in strings and comments"},
	{"a = \"\\n\\r\\t\\f\\\\\\\"\";\n", "all escapes"},
	{"a = \"\\\\\"; b = \"\\\"\";\n", "escapes at the end of a string"},
	{"a = \"\"; b = [ \"\" ];\n", "empty strings"},
	{"a = \"tab\there\";\n", "a tab in a string"},
	{"a = 2147483647; b = -2147483648; c = 0x7FFFFFFF; d = 0X0000000000a;\n",
	 "limits"},
	{"a = 0; b = -0; c = +0; d = 0x0; e = +1;\n", "zero and signs"},
	{"a = tRUE; b = FaLsE;\n", "booleans in any case"},
	{"a-1_* = 1; * = 2; truex = 3; true-1 = 4;\n", "libconfig's names"},
	{"a = 1 b = 2, c = 3; d : 4\n", "separators"},
	{"a=\"b\"c=[]d=()e={}f=\"g\"\n", "nothing between tokens"},
	{"a = ( 1, \"b\", true, ( ), [ 1, 0x2 ], { c = 1 } );\n", "a list of all types"},
	{"a = { }; b = [ ]; c = ( );\n", "empty brackets"},
	{"a = 1;\r\nb = \"c\";\r\n", "CR LF"},
	{"a = 1", "no line break at the end"},
	{policy, "a whole policy"},
};

static struct heel_report report;

static void setup(void)
{
	report = (struct heel_report){0};
}

static void teardown(void)
{
	heel_report_free(&report);
}

START_TEST(fault_is_refused_at_its_line)
{
	const char *text = refused[_i].text;
	const struct heel_problem *first;

	ck_assert_int_eq(heel_scan("x.conf", text, strlen(text), &report), -EINVAL);
	first = heel_first_error(&report);
	ck_assert_msg(strstr(first->text, refused[_i].message), "%s\n%s", text,
		      first->text);
	ck_assert_str_eq(first->at.file, "x.conf");
	ck_assert_msg(first->at.line == refused[_i].line, "%s\nline %u", text,
		      first->at.line);
	ck_assert_msg(report.n == (refused[_i].errors ? refused[_i].errors : 1),
		      "%s\n%zu errors; the last: %s", text, report.n,
		      report.problems[report.n - 1].text);
}
END_TEST

START_TEST(sound_text_passes_and_is_read_as_written)
{
	const char *text = accepted[_i].text;

	if (heel_scan("x.conf", text, strlen(text), &report) < 0)
		ck_abort_msg("%s: line %u: %s", accepted[_i].why,
			     heel_first_error(&report)->at.line,
			     heel_first_error(&report)->text);
	ck_assert_msg(oracle(text, strlen(text)) == ORACLE_READ, "%s", accepted[_i].why);
}
END_TEST

START_TEST(nul_byte_is_refused_wherever_it_stands)
{
	static const char text[] = "a = \"b\";\n# c\n";

	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		char copy[sizeof(text)];

		memcpy(copy, text, sizeof(text));
		copy[i] = '\0';
		ck_assert_int_eq(heel_scan("x.conf", copy, sizeof(text) - 1, &report),
				 -EINVAL);
		ck_assert_ptr_nonnull(strstr(report.problems[i].text, "NUL byte"));
	}
}
END_TEST

START_TEST(every_beginning_of_a_policy_is_refused_or_read_as_written)
{
	size_t passed = 0;

	for (size_t n = 0; n < sizeof(policy); n++) {
		char *text = strndup(policy, n);

		ck_assert_int_ne(oracle(text, n), ORACLE_BROKEN);
		passed += oracle(text, n) == ORACLE_READ;
		free(text);
	}
	ck_assert_uint_ge(passed, 20);
}
END_TEST

START_TEST(messages_hold_no_bytes_that_harm_a_terminal)
{
	static const char text[] = "a = [ \"\xc2\x9b\" \"b\" ];\n\xc2\x9b = 1;\n";

	ck_assert_int_eq(heel_scan("x.conf", text, sizeof(text) - 1, &report), -EINVAL);
	for (size_t i = 0; i < report.n; i++)
		for (const char *c = report.problems[i].text; *c; c++)
			ck_assert_msg(*c >= ' ' && *c <= '~', "%s",
				      report.problems[i].text);
}
END_TEST

START_TEST(lack_of_memory_is_told_from_a_fault)
{
	report.out_of_memory = true; /* as heel_fail() leaves it */
	ck_assert_int_eq(heel_scan("x.conf", "a = 08;\n", 8, &report), -ENOMEM);
}
END_TEST

/* Limits: one text that uses a limit up, and one that goes one beyond. */

static const struct {
	const char *before;
	const char *unit; /* %zu is its number */
	const char *after;
	size_t limit;
	const char *message;
} limits[] = {
	{"", "k%zu=0;", "\n", HEEL_SCAN_MAX_SETTINGS,
	 "more than 512 settings in one group"},
	{"a={", "k%zu=0;", "}\n", HEEL_SCAN_MAX_SETTINGS, "more than 512 settings"},
	{"a=[0", ",%zu", "];\n", HEEL_SCAN_MAX_ELEMENTS - 1,
	 "more than 16384 values in one list"},
	{"a=(0", ",(%zu)", ");\n", HEEL_SCAN_MAX_ELEMENTS - 1, "more than 16384 values"},
	{"a=(0", ",{a=%zu}", ");\n", HEEL_SCAN_MAX_ELEMENTS - 1,
	 "more than 16384 values"},
	{"a=", "(", "", HEEL_SCAN_MAX_DEPTH, "more than 16 brackets are open"},
	{"a=", "{a=", "", HEEL_SCAN_MAX_DEPTH, "more than 16 brackets are open"},
	{"a=\"", ".", "\";", HEEL_SCAN_MAX_LENGTH - 5, "the most is 1048576"},
};

static char *repeat(size_t row, size_t n, size_t *length)
{
	char *text = NULL;
	FILE *file = open_memstream(&text, length);

	fputs(limits[row].before, file);
	for (size_t i = 0; i < n; i++) {
		const char *number = strstr(limits[row].unit, "%zu");

		if (number)
			fprintf(file, "%.*s%zu%s", (int)(number - limits[row].unit),
				limits[row].unit, i, number + 3);
		else
			fputs(limits[row].unit, file);
	}
	fputs(limits[row].after, file);
	fclose(file);
	return text;
}

START_TEST(limit_can_be_used_up_but_not_passed)
{
	size_t row = (size_t)_i;
	size_t length;
	char *text = repeat(row, limits[row].limit, &length);

	/* The rows about depth stay open, which is another fault. */
	if (heel_scan("x.conf", text, length, &report) < 0)
		ck_assert_ptr_null(
			strstr(heel_first_error(&report)->text, limits[row].message));
	else
		ck_assert_int_eq(oracle(text, length), ORACLE_READ);
	free(text);
	heel_report_free(&report);
	text = repeat(row, limits[row].limit + 1, &length);
	ck_assert_int_eq(heel_scan("x.conf", text, length, &report), -EINVAL);
	ck_assert_ptr_nonnull(
		strstr(heel_first_error(&report)->text, limits[row].message));
	free(text);
}
END_TEST

/* Random texts. */

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * UINT64_C(2685821657736338717) >> 16;
}

static size_t below(uint64_t *state, size_t n)
{
	return (size_t)(next_random(state) % n);
}

#define ONE_OF(state, table) ((table)[below(state, HEEL_ARRAY_SIZE(table))])

static const char *const blanks[] = {
	"",
	" ",
	"\n",
	"\t",
	"\r\n",
	"\f",
	" ",
	"\n",
	"/* * */",
	"/**/",
	"# c\n",
	"// @include \"x\"\n",
	"/*\n@include \"x\"*/",
};

static const char *const scalars[][5] = {
	{"0", "-1", "2147483647", "0x7f", "+12"},
	{"true", "FALSE", "True", "false", "tRuE"},
	{"\"\"", "\"/a\"", "\"\\\\\"", "\"\\\"#\"", "\"// /* @include\\n\""},
};

static const char *const pieces[] = {
	"a",
	"b",
	"=",
	":",
	"=",
	";",
	",",
	"{",
	"}",
	"(",
	")",
	"[",
	"]",
	"a = ",
	"b=",
	" ",
	"\n",
	"\t",
	"\r",
	"\f",
	"\r\n",
	"0",
	"1",
	"08",
	"-1",
	"+",
	"-",
	".",
	"1.5",
	"e1",
	"1e1",
	"L",
	"1L",
	"0x",
	"0x1f",
	"x",
	"#",
	"//",
	"/*",
	"*/",
	"/",
	"*",
	"\\",
	"\"",
	"\"",
	"\"s\"",
	"\"\"",
	"'",
	"\\n",
	"\\x4",
	"\\q",
	"true",
	"FALSE",
	"yes",
	"0x80000000",
	"2147483648",
	"-2147483648",
	"@",
	"@include \"x\"",
	"\n@include \"x\"\n",
	"\xc3\xa4",
	"\xef\xbb\xbf",
	"\x01",
	"\v",
	"a=1;",
	"b=[1,2];",
	"c={d=1}",
	"/* x */",
	"# x\n",
	"\"a\" \"b\"",
	"_",
	"$",
	"a.b",
};

static void make_value(uint64_t *state, FILE *file, unsigned int depth);

static void blank(uint64_t *state, FILE *file)
{
	fputs(ONE_OF(state, blanks), file);
}

static void make_settings(uint64_t *state, FILE *file, unsigned int depth)
{
	size_t n = below(state, 5);

	for (size_t i = 0; i < n; i++) {
		blank(state, file);
		fprintf(file, "k%zu", i);
		blank(state, file);
		fputc("=:"[below(state, 2)], file);
		blank(state, file);
		make_value(state, file, depth + 1);
		blank(state, file);
		fputc(";,\n "[below(state, 4)], file);
	}
	blank(state, file);
}

static void make_list(uint64_t *state, FILE *file, unsigned int depth, bool array)
{
	const char *const *kind = ONE_OF(state, scalars);
	size_t n = below(state, 5);

	fputc(array ? '[' : '(', file);
	for (size_t i = 0; i < n; i++) {
		fputs(i > 0 ? "," : "", file);
		blank(state, file);
		if (array)
			fputs(kind[below(state, 5)], file);
		else
			make_value(state, file, depth + 1);
		blank(state, file);
	}
	fputc(array ? ']' : ')', file);
}

static void make_value(uint64_t *state, FILE *file, unsigned int depth)
{
	switch (below(state, depth < 6 ? 6 : 3)) {
	case 3:
		fputc('{', file);
		make_settings(state, file, depth);
		fputc('}', file);
		break;
	case 4:
		make_list(state, file, depth, false);
		break;
	case 5:
		make_list(state, file, depth, true);
		break;
	default:
		fputs(ONE_OF(state, ONE_OF(state, scalars)), file);
	}
}

static char *make_sound(uint64_t *state, size_t *length)
{
	char *text = NULL;
	FILE *file = open_memstream(&text, length);

	make_settings(state, file, 0);
	fclose(file);
	return text;
}

static char *make_soup(uint64_t *state, size_t *length)
{
	size_t n = 1 + below(state, 10);
	char *text = NULL;
	FILE *file = open_memstream(&text, length);

	while (n-- > 0)
		fputs(ONE_OF(state, pieces), file);
	fclose(file);
	return text;
}

/* Replaces some bytes at a random place by a piece or by bytes from elsewhere in the
 * text. */
static char *mutate(uint64_t *state, char *text, size_t *length)
{
	size_t at = below(state, *length + 1);
	size_t gone =
		below(state, 3) == 0 ? below(state, *length - at + 1) : below(state, 3);
	size_t from = below(state, *length + 1);
	size_t n = below(state, 20);
	char *result = NULL;
	size_t result_length;
	FILE *file = open_memstream(&result, &result_length);

	fwrite(text, 1, at, file);
	if (below(state, 4) == 0)
		fwrite(text + from, 1, n < *length - from ? n : *length - from, file);
	else if (below(state, 4) != 0)
		fputs(ONE_OF(state, pieces), file);
	if (gone < *length - at)
		fwrite(text + at + gone, 1, *length - at - gone, file);
	fclose(file);
	free(text);
	*length = result_length;
	return result;
}

static char *make_mutant(uint64_t *state, size_t *length)
{
	size_t n = 1 + below(state, 3);
	char *text;

	if (below(state, 4) == 0) {
		text = strdup(policy);
		*length = strlen(policy);
	} else {
		text = make_sound(state, length);
	}
	while (n-- > 0)
		text = mutate(state, text, length);
	return text;
}

static const struct {
	char *(*make)(uint64_t *state, size_t *length);
	size_t least_read; /* per cent, so that the test cannot become empty unseen */
} generators[] = {
	{make_sound, 100},
	{make_soup, 1},
	{make_mutant, 10},
};

/* HEEL_SCAN_CASES=N in the environment makes it longer, HEEL_SCAN_SEED=N different. */
static size_t from_environment(const char *name, size_t otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 10) : otherwise;
}

START_TEST(random_text_is_refused_or_read_as_written)
{
	size_t n = from_environment("HEEL_SCAN_CASES", 3000);
	size_t seed = from_environment("HEEL_SCAN_SEED", 1);
	size_t verdicts[ORACLE_BROKEN + 1] = {0};

	for (size_t i = 0; i < n; i++) {
		uint64_t state = (seed + i + 1) * UINT64_C(0x9e3779b97f4a7c15);
		size_t length;
		char *text = generators[_i].make(&state, &length);
		enum oracle_verdict verdict = oracle(text, length);

		ck_assert_msg(verdict != ORACLE_BROKEN, "case %zu", i);
		verdicts[verdict]++;
		free(text);
	}
	ck_assert_uint_ge(verdicts[ORACLE_READ] * 100, generators[_i].least_read * n);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scan");
	TCase *tcase = tcase_create("scan");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 0);
	tcase_add_loop_test(tcase, fault_is_refused_at_its_line, 0,
			    HEEL_ARRAY_SIZE(refused));
	tcase_add_loop_test(tcase, sound_text_passes_and_is_read_as_written, 0,
			    HEEL_ARRAY_SIZE(accepted));
	tcase_add_test(tcase, nul_byte_is_refused_wherever_it_stands);
	tcase_add_test(tcase, every_beginning_of_a_policy_is_refused_or_read_as_written);
	tcase_add_test(tcase, messages_hold_no_bytes_that_harm_a_terminal);
	tcase_add_test(tcase, lack_of_memory_is_told_from_a_fault);
	tcase_add_loop_test(tcase, limit_can_be_used_up_but_not_passed, 0,
			    HEEL_ARRAY_SIZE(limits));
	tcase_add_loop_test(tcase, random_text_is_refused_or_read_as_written, 0,
			    HEEL_ARRAY_SIZE(generators));
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
