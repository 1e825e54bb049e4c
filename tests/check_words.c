/* SPDX-License-Identifier: ISC */
/* Words without a shell: what a shell would act on is refused, the rest is as it says. */
#include <errno.h>
#include <string.h>

#include "test.h"
#include "words.h"

static struct heel_arena arena;
static struct heel_report report;

static const struct heel_origin nowhere = {NULL, 0};

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

/* The words, each in <>; what takes any number has a + behind it. */
static const char *show(const struct heel_words *words)
{
	const char *shown = "";

	for (size_t i = 0; i < words->n; i++)
		shown = test_format("%s<%s>%s", shown, words->v[i].text,
				    words->v[i].rest ? "+" : "");
	return shown;
}

static struct heel_words split(enum heel_words_kind kind, const char *text)
{
	struct heel_words words = {0};
	int rc = heel_split(&arena, kind, text, nowhere, &words, &report);

	ck_assert_msg(rc == 0, "%s: %d %s", text, rc,
		      rc < 0 ? heel_first_error(&report)->text : "");
	return words;
}

/* --- What is taken --------------------------------------------------------------- */

static const struct {
	enum heel_words_kind kind;
	const char *text, *words;
} taken[] = {
	{HEEL_WORDS_REQUEST, "uptime", "<uptime>"},
	{HEEL_WORDS_REQUEST, "  a   b  ", "<a><b>"},
	{HEEL_WORDS_REQUEST, "a 'b c' d", "<a><b c><d>"},
	{HEEL_WORDS_REQUEST, "a \"b c\" d", "<a><b c><d>"},
	{HEEL_WORDS_REQUEST, "a b\\ c", "<a><b c>"},
	{HEEL_WORDS_REQUEST, "a'b'\"c\"\\d", "<abcd>"},
	{HEEL_WORDS_REQUEST, "a ''", "<a><>"},
	{HEEL_WORDS_REQUEST, "a \"\" b", "<a><><b>"},
	{HEEL_WORDS_REQUEST, "''", "<>"},
	{HEEL_WORDS_REQUEST, "a '\"' \"'\"", "<a><\"><'>"},
	{HEEL_WORDS_REQUEST, "a 'b'\\''c'", "<a><b'c>"},
	{HEEL_WORDS_REQUEST, "a \"\\\" \\\\ \\$ \\`\"", "<a><\" \\ $ `>"},
	/* Within double quotes a backslash before anything else is one. */
	{HEEL_WORDS_REQUEST, "a \"\\a\\n\\ \"", "<a><\\a\\n\\ >"},
	{HEEL_WORDS_REQUEST, "a '\\'", "<a><\\>"},
	{HEEL_WORDS_REQUEST, "a \\\\", "<a><\\>"},
	{HEEL_WORDS_REQUEST, "a ';&|<>()$`*?[]{}~#!^ '", "<a><;&|<>()$`*?[]{}~#!^ >"},
	{HEEL_WORDS_REQUEST,
	 "a \\;\\&\\|\\<\\>\\(\\)\\$\\`\\*\\?\\[\\]\\{\\}\\~\\#\\!\\^",
	 "<a><;&|<>()$`*?[]{}~#!^>"},
	{HEEL_WORDS_REQUEST, "a \";&|<>()*?[]{}~#^\"", "<a><;&|<>()*?[]{}~#^>"},
	{HEEL_WORDS_REQUEST, "a B=c --d=e %1 f%", "<a><B=c><--d=e><%1><f%>"},
	{HEEL_WORDS_REQUEST, "/a=b c", "</a=b><c>"},
	{HEEL_WORDS_REQUEST, "1a=b", "<1a=b>"},
	{HEEL_WORDS_REQUEST, "a-b=c", "<a-b=c>"},
	{HEEL_WORDS_REQUEST, "a\\=b", "<a=b>"},
	{HEEL_WORDS_REQUEST, "a%b@c:d,e+f_g.h/i-j", "<a%b@c:d,e+f_g.h/i-j>"},
	{HEEL_WORDS_REQUEST, "a \303\244\377", "<a><\303\244\377>"},
	/* What clients send. */
	{HEEL_WORDS_REQUEST, "scp -t -- /srv/a", "<scp><-t><--></srv/a>"},
	{HEEL_WORDS_REQUEST, "git-upload-pack '/srv/git/it'\\''s.git'",
	 "<git-upload-pack></srv/git/it's.git>"},
	{HEEL_WORDS_REQUEST, "rsync --server --sender -vlogDtpre.iLsfxCIvu . a\\ b",
	 "<rsync><--server><--sender><-vlogDtpre.iLsfxCIvu><.><a b>"},
	{HEEL_WORDS_REQUEST, "borg serve --umask=077 --restrict-to-path /b",
	 "<borg><serve><--umask=077><--restrict-to-path></b>"},
	/* Of a profile. */
	{HEEL_WORDS_MATCH, "rsync *", "<rsync><*>+"},
	{HEEL_WORDS_MATCH, "*", "<*>+"},
	{HEEL_WORDS_MATCH, "a '*'", "<a><\\*>"},
	{HEEL_WORDS_MATCH, "a \\*", "<a><\\*>"},
	{HEEL_WORDS_MATCH, "a *b ?[!c-e]*", "<a><*b><?[!c-e]*>"},
	{HEEL_WORDS_MATCH, "a '[x]' [']'] \"?\"", "<a><\\[\\x\\]><[\\]]><\\?>"},
	{HEEL_WORDS_MATCH, "a []x] [!]x] ['[']", "<a><[]x]><[!]x]><[\\[]>"},
	{HEEL_WORDS_MATCH, "a ';'", "<a><\\;>"},
	{HEEL_WORDS_MATCH, "a ''", "<a><>"},
	{HEEL_WORDS_RUN, "/a -ro '/b c'", "</a><-ro></b c>"},
	{HEEL_WORDS_RUN, "/a $* b", "</a><$*>+<b>"},
	{HEEL_WORDS_RUN, "/a $*", "</a><$*>+"},
	{HEEL_WORDS_RUN, "/a '$*' \\$\\*", "</a><$*><$*>"},
	{HEEL_WORDS_RUN, "/a ${home}/x \"${user} y\"", "</a><${home}/x><${user} y>"},
	{HEEL_WORDS_RUN, "${home}/bin/a x${uid}y", "<${home}/bin/a><x${uid}y>"},
};

START_TEST(text_becomes_words)
{
	struct heel_words words = split(taken[_i].kind, taken[_i].text);

	ck_assert_str_eq(show(&words), taken[_i].words);
}
END_TEST

/* --- What is refused ------------------------------------------------------------- */

#define ACTS(c, position)                                                                \
	"the character \"" c "\" at position " position " would be acted on by a shell"
#define CONTROL(code, position)                                                          \
	"the control character 0x" code " stands at position " position

static const struct {
	enum heel_words_kind kind;
	const char *text, *why;
} refused[] = {
	{HEEL_WORDS_REQUEST, "scp x; id", ACTS(";", "6")},
	{HEEL_WORDS_REQUEST, "scp x;id", ACTS(";", "6")},
	{HEEL_WORDS_REQUEST, "a&", ACTS("&", "2")},
	{HEEL_WORDS_REQUEST, "a && b", ACTS("&", "3")},
	{HEEL_WORDS_REQUEST, "a || b", ACTS("|", "3")},
	{HEEL_WORDS_REQUEST, "a|b", ACTS("|", "2")},
	{HEEL_WORDS_REQUEST, "a <b", ACTS("<", "3")},
	{HEEL_WORDS_REQUEST, "a >b", ACTS(">", "3")},
	{HEEL_WORDS_REQUEST, "a 2>&1", ACTS(">", "4")},
	{HEEL_WORDS_REQUEST, "a <<<b", ACTS("<", "3")},
	{HEEL_WORDS_REQUEST, "a <(b)", ACTS("<", "3")},
	{HEEL_WORDS_REQUEST, "(a)", ACTS("(", "1")},
	{HEEL_WORDS_REQUEST, "a)", ACTS(")", "2")},
	{HEEL_WORDS_REQUEST, "a()", ACTS("(", "2")},
	{HEEL_WORDS_REQUEST, "a $b", ACTS("$", "3")},
	{HEEL_WORDS_REQUEST, "a ${b}", ACTS("$", "3")},
	{HEEL_WORDS_REQUEST, "a ${home}", ACTS("$", "3")},
	{HEEL_WORDS_REQUEST, "a $*", ACTS("$", "3")},
	{HEEL_WORDS_REQUEST, "a $(b)", ACTS("$", "3")},
	{HEEL_WORDS_REQUEST, "a $'b'", ACTS("$", "3")},
	{HEEL_WORDS_REQUEST, "a $", ACTS("$", "3")},
	{HEEL_WORDS_REQUEST, "a `b`", ACTS("`", "3")},
	{HEEL_WORDS_REQUEST, "a *", ACTS("*", "3")},
	{HEEL_WORDS_REQUEST, "a b?", ACTS("?", "4")},
	{HEEL_WORDS_REQUEST, "a [b]", ACTS("[", "3")},
	{HEEL_WORDS_REQUEST, "a b]", ACTS("]", "4")},
	{HEEL_WORDS_REQUEST, "a {b,c}", ACTS("{", "3")},
	{HEEL_WORDS_REQUEST, "a b}", ACTS("}", "4")},
	{HEEL_WORDS_REQUEST, "a ~", ACTS("~", "3")},
	{HEEL_WORDS_REQUEST, "a ~b/c", ACTS("~", "3")},
	{HEEL_WORDS_REQUEST, "a b=~", ACTS("~", "5")},
	{HEEL_WORDS_REQUEST, "a #b", ACTS("#", "3")},
	{HEEL_WORDS_REQUEST, "a b#", ACTS("#", "4")},
	{HEEL_WORDS_REQUEST, "! a", ACTS("!", "1")},
	{HEEL_WORDS_REQUEST, "a !!", ACTS("!", "3")},
	{HEEL_WORDS_REQUEST, "^a^b", ACTS("^", "1")},
	{HEEL_WORDS_REQUEST, "a ^b", ACTS("^", "3")},
	{HEEL_WORDS_REQUEST, "A=b c", ACTS("=", "2")},
	{HEEL_WORDS_REQUEST, "LD_PRELOAD=/x rsync", ACTS("=", "11")},
	{HEEL_WORDS_REQUEST, "A=", ACTS("=", "2")},
	{HEEL_WORDS_REQUEST, "  A='b' c", ACTS("=", "4")},
	{HEEL_WORDS_REQUEST, "_a1+=b c", ACTS("=", "5")},
	{HEEL_WORDS_REQUEST, "'A'=b c", ACTS("=", "4")},
	{HEEL_WORDS_REQUEST, "=a", ACTS("=", "1")},
	{HEEL_WORDS_REQUEST, "a =b", ACTS("=", "3")},
	{HEEL_WORDS_REQUEST, "%1", ACTS("%", "1")},
	{HEEL_WORDS_REQUEST, "a \"$b\"", ACTS("$", "4")},
	{HEEL_WORDS_REQUEST, "a \"$(b)\"", ACTS("$", "4")},
	{HEEL_WORDS_REQUEST, "a \"`b`\"", ACTS("`", "4")},
	{HEEL_WORDS_REQUEST, "a \"!b\"", ACTS("!", "4")},
	{HEEL_WORDS_REQUEST, "a \"\\!b\"", ACTS("!", "5")},
	{HEEL_WORDS_REQUEST, "a \"\\\\$b\"", ACTS("$", "6")},
	{HEEL_WORDS_REQUEST, "a \\\\;b", ACTS(";", "5")},
	{HEEL_WORDS_REQUEST, "a 'b';c", ACTS(";", "6")},
	{HEEL_WORDS_REQUEST, "a '\\';c'", ACTS(";", "6")},
	{HEEL_WORDS_REQUEST, "a\nid", CONTROL("0a", "2")},
	{HEEL_WORDS_REQUEST, "a 'b\nid'", CONTROL("0a", "5")},
	{HEEL_WORDS_REQUEST, "a \\\nid", CONTROL("0a", "4")},
	{HEEL_WORDS_REQUEST, "a \"\n\"", CONTROL("0a", "4")},
	{HEEL_WORDS_REQUEST, "a\n", CONTROL("0a", "2")},
	{HEEL_WORDS_REQUEST, "a\rid", CONTROL("0d", "2")},
	{HEEL_WORDS_REQUEST, "a\tb", CONTROL("09", "2")},
	{HEEL_WORDS_REQUEST, "a\vb", CONTROL("0b", "2")},
	{HEEL_WORDS_REQUEST, "a\fb", CONTROL("0c", "2")},
	{HEEL_WORDS_REQUEST, "a \033[2J", CONTROL("1b", "3")},
	{HEEL_WORDS_REQUEST, "a \001", CONTROL("01", "3")},
	{HEEL_WORDS_REQUEST, "a \177", CONTROL("7f", "3")},
	/* One is enough, wherever it stands. */
	{HEEL_WORDS_REQUEST, "a ; b\n", CONTROL("0a", "6")},
	{HEEL_WORDS_REQUEST, "a 'b", "the quote at position 3 is not closed"},
	{HEEL_WORDS_REQUEST, "a \"b", "the quote at position 3 is not closed"},
	{HEEL_WORDS_REQUEST, "a \"b\\\"", "the quote at position 3 is not closed"},
	{HEEL_WORDS_REQUEST, "a 'b\"", "the quote at position 3 is not closed"},
	{HEEL_WORDS_REQUEST, "'", "the quote at position 1 is not closed"},
	{HEEL_WORDS_REQUEST, "a b'", "the quote at position 4 is not closed"},
	{HEEL_WORDS_REQUEST, "a \"\\", "the quote at position 3 is not closed"},
	{HEEL_WORDS_REQUEST, "a b\\",
	 "the backslash at position 4 stands before nothing"},
	{HEEL_WORDS_REQUEST, "\\", "the backslash at position 1 stands before nothing"},
	{HEEL_WORDS_REQUEST, "", "there is no word in it"},
	{HEEL_WORDS_REQUEST, "   ", "there is no word in it"},
	{HEEL_WORDS_MATCH, "", "there is no word in it"},
	{HEEL_WORDS_MATCH, "a | b", ACTS("|", "3")},
	{HEEL_WORDS_MATCH, "a $*", ACTS("$", "3")},
	{HEEL_WORDS_MATCH, "a ${home}", ACTS("$", "3")},
	{HEEL_WORDS_MATCH, "A=b", ACTS("=", "2")},
	{HEEL_WORDS_MATCH, "a [b", "the \"[\" at position 3 is not closed"},
	{HEEL_WORDS_MATCH, "a [b c]", "the \"[\" at position 3 is not closed"},
	{HEEL_WORDS_MATCH, "a []", "the \"[\" at position 3 is not closed"},
	{HEEL_WORDS_MATCH, "a [!]", "the \"[\" at position 3 is not closed"},
	{HEEL_WORDS_MATCH, "a ['']", "the \"[\" at position 3 is not closed"},
	{HEEL_WORDS_MATCH, "a [!'']", "the \"[\" at position 3 is not closed"},
	{HEEL_WORDS_MATCH, "a [[:alpha:]]", ACTS("[", "4")},
	{HEEL_WORDS_MATCH, "a [[:alpha:] b]", ACTS("[", "4")},
	{HEEL_WORDS_MATCH, "a [']'", "the \"[\" at position 3 is not closed"},
	{HEEL_WORDS_MATCH, "a\tb", CONTROL("09", "2")},
	{HEEL_WORDS_RUN, "/a > /b", ACTS(">", "4")},
	{HEEL_WORDS_RUN, "/a x$*", ACTS("$", "5")},
	{HEEL_WORDS_RUN, "/a $*x", ACTS("$", "4")},
	{HEEL_WORDS_RUN, "/a \"$*\"", ACTS("$", "5")},
	{HEEL_WORDS_RUN, "/a $@", ACTS("$", "4")},
	{HEEL_WORDS_RUN, "/a *", ACTS("*", "4")},
	{HEEL_WORDS_RUN, "/a ~/x", ACTS("~", "4")},
	{HEEL_WORDS_RUN, "/a ${home", ACTS("$", "4")},
};

START_TEST(text_is_refused)
{
	struct heel_words words = {0};

	ck_assert_int_eq(heel_split(&arena, refused[_i].kind, refused[_i].text, nowhere,
				    &words, &report),
			 -EINVAL);
	ck_assert_str_eq(heel_first_error(&report)->text, refused[_i].why);
	ck_assert_uint_eq(report.n, 1);
	ck_assert_ptr_null(words.v);
}
END_TEST

/* Each byte by itself, behind a word: taken as it is, or refused. */
START_TEST(every_byte_is_taken_as_it_is_or_refused)
{
	const char text[] = {'a', ' ', (char)_i, 'b', '\0'};
	struct heel_words words = {0};
	int rc = heel_split(&arena, HEEL_WORDS_REQUEST, text, nowhere, &words, &report);

	if (_i < 0x20 || _i == 0x7f || strchr(";&|<>()$`*?[]{}~#!^='\"", _i)) {
		ck_assert_int_eq(rc, -EINVAL);
		return;
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(words.n, 2);
	ck_assert_str_eq(words.v[1].text, _i == ' ' || _i == '\\' ? "b" : text + 2);
}
END_TEST

/* --- Bounds ---------------------------------------------------------------------- */

/* A word of so many bytes. */
static char *text_of(size_t length)
{
	char *text = heel_alloc(&arena, length + 1, 1);

	ck_assert_ptr_nonnull(text);
	memset(text, 'a', length);
	return text;
}

START_TEST(text_may_be_so_long_and_no_longer)
{
	struct heel_words words = split(HEEL_WORDS_REQUEST, text_of(HEEL_WORDS_TEXT_MAX));

	ck_assert_uint_eq(words.n, 1);
	ck_assert_uint_eq(strlen(words.v[0].text), HEEL_WORDS_TEXT_MAX);
	ck_assert_int_eq(heel_split(&arena, HEEL_WORDS_REQUEST,
				    text_of(HEEL_WORDS_TEXT_MAX + 1), nowhere, &words,
				    &report),
			 -E2BIG);
	ck_assert_str_eq(heel_first_error(&report)->text,
			 "it is longer than 65536 bytes");
}
END_TEST

START_TEST(quoted_pattern_of_full_length_fits)
{
	char *text = text_of(HEEL_WORDS_TEXT_MAX);
	struct heel_words words;

	text[0] = text[HEEL_WORDS_TEXT_MAX - 1] = '\'';
	words = split(HEEL_WORDS_MATCH, text);
	ck_assert_uint_eq(strlen(words.v[0].text), (size_t)2 * (HEEL_WORDS_TEXT_MAX - 2));
}
END_TEST

START_TEST(there_may_be_so_many_words_and_no_more)
{
	const size_t most = HEEL_WORDS_MAX;
	char *text = text_of(2 * most + 1);
	struct heel_words words;

	for (size_t i = 1; i < 2 * most; i += 2)
		text[i] = ' ';
	ck_assert_int_eq(
		heel_split(&arena, HEEL_WORDS_REQUEST, text, nowhere, &words, &report),
		-E2BIG);
	ck_assert_str_eq(heel_first_error(&report)->text,
			 "there are more than 1024 words");
	text[2 * most - 1] = '\0';
	words = split(HEEL_WORDS_REQUEST, text);
	ck_assert_uint_eq(words.n, most);
}
END_TEST

/* --- Matching -------------------------------------------------------------------- */

static const struct {
	const char *match, *request;
	bool matches;
} matched[] = {
	{"uptime", "uptime", true},
	{"uptime", "'up'time", true},
	{"uptime", "uptimes", false},
	{"uptime", "/usr/bin/uptime", false},
	{"uptime", "uptime -p", false},
	{"uptime", "uptime ''", false},
	{"uptime", "'uptime '", false},
	{"rsync *", "rsync", true},
	{"rsync *", "rsync --server -e x / ''", true},
	{"rsync *", "rsyncd --server", false},
	{"rsync *", "'rsync --server'", false},
	{"rsync --server *", "rsync", false},
	{"rsync --server *", "rsync --sender --server", false},
	{"a * c", "a b c", true},
	{"a * c", "a '' c", true},
	{"a * c", "a b b c", false},
	{"a * c", "a c", false},
	{"a b*", "a b", true},
	{"a b*", "a bcd", true},
	{"a b*", "a b c", false},
	{"a '*'", "a b", false},
	{"a '*'", "a '*'", true},
	{"a \\?", "a b", false},
	{"a '\\'", "a '\\'", true},
	{"a [b-d]", "a c", true},
	{"a [!b-d]", "a c", false},
	{"a [b'-'d]", "a c", false},
	{"a [b'-'d]", "a -", true},
	{"a ['!'b]", "a '!'", true},
	{"a ['!'b]", "a c", false},
	{"a [']']", "a ']'", true},
	{"a [']']", "a '\\'", false},
	{"a []x]", "a ']'", true},
	{"a [!]x]", "a ']'", false},
	{"a '[b]'", "a b", false},
	{"a ?", "a ''", false},
	{"a ''", "a ''", true},
	{"a ''", "a b", false},
	{"a /srv/*", "a /srv/../etc", true},
	{"a .*", "a .b", true},
	{"a *", "a .b", true},
	{"a \303\244", "a \303\244", true},
	{"*", "anything at all", true},
};

START_TEST(request_matches_word_by_word)
{
	struct heel_words match = split(HEEL_WORDS_MATCH, matched[_i].match);
	struct heel_words request = split(HEEL_WORDS_REQUEST, matched[_i].request);

	ck_assert_msg(heel_words_match(&match, &request) == matched[_i].matches, "%s: %s",
		      matched[_i].match, matched[_i].request);
}
END_TEST

/* --- Commands -------------------------------------------------------------------- */

static struct heel_command command_of(const char *match, const char *run)
{
	struct heel_command command = {.match = split(HEEL_WORDS_MATCH, match)};

	if (run)
		command.run = split(HEEL_WORDS_RUN, run);
	command.program = (run ? command.run : command.match).v[0].text;
	return command;
}

/* run NULL: a plain string. words NULL: it is not asked for. */
static const struct {
	const char *match, *run, *request, *words;
} asked[] = {
	{"/usr/bin/uptime", NULL, "/usr/bin/uptime", "</usr/bin/uptime>"},
	{"/usr/bin/uptime", NULL, "uptime", "</usr/bin/uptime>"},
	{"/usr/bin/uptime", NULL, "bin/uptime", NULL},
	{"/usr/bin/uptime", NULL, "./uptime", NULL},
	{"/usr/bin/uptime", NULL, "/bin/uptime", NULL},
	{"/usr/bin/uptime", NULL, "uptime -p", NULL},
	{"/usr/bin/uptime", NULL, "''", NULL},
	{"/usr/bin/uptime", NULL, "/", NULL},
	{"/usr/bin/git *.git", NULL, "git a.git", "</usr/bin/git><a.git>"},
	{"/usr/bin/git *.git", NULL, "git '-c x.git'", "</usr/bin/git><-c x.git>"},
	{"/usr/bin/git *.git", NULL, "git -c x.git", NULL},
	{"/usr/bin/a *", NULL, "a 'b c' '' ';'", "</usr/bin/a><b c><><;>"},
	{"/usr/bin/a *", NULL, "a '$*' '${home}'", "</usr/bin/a><$*><${home}>"},
	{"rsync *", "/usr/bin/rrsync -ro /srv", "rsync --server -e 'sh -c id' . /",
	 "</usr/bin/rrsync><-ro></srv>"},
	{"rsync *", "/usr/bin/rrsync -ro /srv", "/usr/bin/rsync", NULL},
	{"a b *", "/x 1 $* 2", "a b", "</x><1><2>"},
	{"a b *", "/x 1 $* 2", "a b c 'd e' ''", "</x><1><c><d e><><2>"},
	{"a b *", "/x 1 $* 2", "a b '$*'", "</x><1><$*><2>"},
	{"a *", "/x '$*'", "a b", "</x><$*>"},
	{"*", "/x $*", "a b", "</x><a><b>"},
	{"a * c", "/x", "a b c", "</x>"},
};

START_TEST(command_gets_what_its_run_says)
{
	struct heel_command command = command_of(asked[_i].match, asked[_i].run);
	struct heel_words request = split(HEEL_WORDS_REQUEST, asked[_i].request);
	const char *shown = "";
	char **words;

	ck_assert_msg(heel_is_asked_for(&command, &request) == (asked[_i].words != NULL),
		      "%s: %s", asked[_i].match, asked[_i].request);
	if (!asked[_i].words)
		return;
	words = heel_command_words(&arena, &command, &request);
	ck_assert_ptr_nonnull(words);
	for (; *words; words++)
		shown = test_format("%s<%s>", shown, *words);
	ck_assert_str_eq(shown, asked[_i].words);
}
END_TEST

static Suite *suite(void)
{
	Suite *result = suite_create("words");
	TCase *cases = tcase_create("words");

	tcase_add_checked_fixture(cases, setup, teardown);
	tcase_add_loop_test(cases, text_becomes_words, 0, HEEL_ARRAY_SIZE(taken));
	tcase_add_loop_test(cases, text_is_refused, 0, HEEL_ARRAY_SIZE(refused));
	tcase_add_loop_test(cases, every_byte_is_taken_as_it_is_or_refused, 1, 256);
	tcase_add_test(cases, text_may_be_so_long_and_no_longer);
	tcase_add_test(cases, quoted_pattern_of_full_length_fits);
	tcase_add_test(cases, there_may_be_so_many_words_and_no_more);
	tcase_add_loop_test(cases, request_matches_word_by_word, 0,
			    HEEL_ARRAY_SIZE(matched));
	tcase_add_loop_test(cases, command_gets_what_its_run_says, 0,
			    HEEL_ARRAY_SIZE(asked));
	suite_add_tcase(result, cases);
	return result;
}

int main(void)
{
	return test_run(suite());
}
