/* SPDX-License-Identifier: ISC */
/* Command lines without a shell. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "text.h"
#include "words.h"

/*
 * What some shell acts on, wherever it stands unquoted, and within double quotes. More
 * than POSIX has: what is refused here costs a pair of quotes, what is not may be taken
 * for something else by whoever reads a log or writes a wrapper.
 */
static const char acting[] = ";&|<>()$`*?[]{}~#!^";
static const char acting_in_quotes[] = "$`!";

/* What a backslash takes the meaning from within double quotes. */
static const char escaped_in_quotes[] = "$`\"\\";

/* What makes a pattern of a match. */
static const char patterns[] = "*?[]!^";

struct splitter {
	struct heel_arena *arena;
	enum heel_words_kind kind;
	const char *text;
	const char *at; /* what is read next */
	struct heel_origin from;
	char *out;	     /* what is written next; has room for twice the text */
	char *word;	     /* the one that has begun, or NULL */
	const char *bracket; /* the "[" that is open in it, or NULL */
	const char *set;     /* what is written behind that */
	bool quoted;	     /* something in it is */
	struct heel_word *v;
	size_t n;
	struct heel_report *report;
};

static size_t position(const struct splitter *splitter, const char *c)
{
	return (size_t)(c - splitter->text) + 1;
}

static int refuse_character(const struct splitter *splitter, const char *c)
{
	return heel_fail(splitter->report, EINVAL, splitter->from,
			 "the character \"%c\" at position %zu would be acted on by a "
			 "shell",
			 *c, position(splitter, c));
}

static int refuse_open(const struct splitter *splitter, const char *what, const char *c)
{
	return heel_fail(splitter->report, EINVAL, splitter->from,
			 "the %s at position %zu is not closed", what,
			 position(splitter, c));
}

static void begin_word(struct splitter *splitter)
{
	if (splitter->word)
		return;
	splitter->word = splitter->out;
	splitter->bracket = NULL;
	splitter->quoted = false;
}

/* What is quoted in a match stands for itself. */
static void put_literal(struct splitter *splitter, char c)
{
	begin_word(splitter);
	splitter->quoted = true;
	if (splitter->kind == HEEL_WORDS_MATCH)
		*splitter->out++ = '\\';
	*splitter->out++ = c;
}

/* A "]" that comes first belongs to the set, also behind "!". */
static bool closes_set(const struct splitter *splitter)
{
	const char *first = splitter->set;

	if (first < splitter->out && (*first == '!' || *first == '^'))
		first++;
	return splitter->out > first;
}

static void put_plain(struct splitter *splitter)
{
	const char c = *splitter->at;
	bool closes = c == ']' && splitter->bracket && closes_set(splitter);

	begin_word(splitter);
	*splitter->out++ = c;
	if (closes) {
		splitter->bracket = NULL;
	} else if (c == '[') {
		splitter->bracket = splitter->at;
		splitter->set = splitter->out;
	}
	splitter->at++;
}

/* True for a word that is exactly "*", or "$*". */
static bool is_rest(const struct splitter *splitter)
{
	static const char *const rests[] = {
		[HEEL_WORDS_REQUEST] = "",
		[HEEL_WORDS_MATCH] = "*",
		[HEEL_WORDS_RUN] = "$*",
	};

	return !splitter->quoted && strcmp(splitter->word, rests[splitter->kind]) == 0;
}

static int end_word(struct splitter *splitter)
{
	struct heel_word *v;

	if (!splitter->word)
		return 0;
	if (splitter->bracket)
		return refuse_open(splitter, "\"[\"", splitter->bracket);
	if (splitter->n >= HEEL_WORDS_MAX)
		return heel_fail(splitter->report, E2BIG, splitter->from,
				 "there are more than %d words", HEEL_WORDS_MAX);
	v = heel_grow(splitter->arena, splitter->v, splitter->n, sizeof(*v));
	if (!v)
		return heel_fail_memory(splitter->report);
	*splitter->out++ = '\0';
	v[splitter->n++] = (struct heel_word){splitter->word, is_rest(splitter)};
	splitter->v = v;
	splitter->word = NULL;
	return 0;
}

/* --- Quotes ---------------------------------------------------------------------- */

static int read_single(struct splitter *splitter)
{
	const char *open = splitter->at++;
	const char *close = strchr(splitter->at, '\'');

	if (!close)
		return refuse_open(splitter, "quote", open);
	begin_word(splitter);
	splitter->quoted = true;
	while (splitter->at < close)
		put_literal(splitter, *splitter->at++);
	splitter->at++;
	return 0;
}

static bool is_token(const struct splitter *splitter, const char *c)
{
	return splitter->kind == HEEL_WORDS_RUN && c[0] == '$' && c[1] == '{' &&
	       strchr(c, '}');
}

static int read_double(struct splitter *splitter)
{
	const char *open = splitter->at++;

	begin_word(splitter);
	splitter->quoted = true;
	while (*splitter->at != '"') {
		const char *c = splitter->at;

		if (!*c)
			return refuse_open(splitter, "quote", open);
		if (strchr(acting_in_quotes, *c) && !is_token(splitter, c))
			return refuse_character(splitter, c);
		if (*c == '\\' && c[1] && strchr(escaped_in_quotes, c[1]))
			c++;
		put_literal(splitter, *c);
		splitter->at = c + 1;
	}
	splitter->at++;
	return 0;
}

static int read_escaped(struct splitter *splitter)
{
	if (!splitter->at[1])
		return heel_fail(splitter->report, EINVAL, splitter->from,
				 "the backslash at position %zu stands before nothing",
				 position(splitter, splitter->at));
	put_literal(splitter, splitter->at[1]);
	splitter->at += 2;
	return 0;
}

/* --- What stands unquoted -------------------------------------------------------- */

/* True for NAME, and for NAME+ (of NAME+=). */
static bool is_assigned(const char *word, const char *end)
{
	if (end > word && end[-1] == '+')
		end--;
	if (isdigit((unsigned char)*word))
		return false;
	for (; word < end; word++)
		if (!isalnum((unsigned char)*word) && *word != '_')
			return false;
	return true;
}

/* What is acted on only where it stands: NAME=VALUE and %JOB first, =PROGRAM anywhere. */
static bool acts_here(const struct splitter *splitter, char c)
{
	if (c == '=' && !splitter->word)
		return true;
	if (splitter->n > 0)
		return false;
	return c == '%' ? !splitter->word
			: c == '=' && is_assigned(splitter->word, splitter->out);
}

/* How many characters from here on a profile may write, though a shell acts on them. */
static size_t allowed(const struct splitter *splitter)
{
	const char *c = splitter->at;

	/* [[:alpha:]] is not for a profile: a locale would say which these are. */
	if (splitter->kind == HEEL_WORDS_MATCH)
		return strchr(patterns, *c) != NULL && !(*c == '[' && splitter->bracket);
	if (is_token(splitter, c))
		return strcspn(c, "}") + 1;
	if (splitter->kind == HEEL_WORDS_RUN && !splitter->word && c[0] == '$' &&
	    c[1] == '*' && (c[2] == ' ' || c[2] == '\0'))
		return 2;
	return 0;
}

static int read_plain(struct splitter *splitter)
{
	size_t n = 1;

	if (acts_here(splitter, *splitter->at))
		return refuse_character(splitter, splitter->at);
	if (strchr(acting, *splitter->at))
		n = allowed(splitter);
	if (n == 0)
		return refuse_character(splitter, splitter->at);
	for (; n > 0; n--)
		put_plain(splitter);
	return 0;
}

static int read_next(struct splitter *splitter)
{
	switch (*splitter->at) {
	case ' ':
		splitter->at++;
		return end_word(splitter);
	case '\'':
		return read_single(splitter);
	case '"':
		return read_double(splitter);
	case '\\':
		return read_escaped(splitter);
	default:
		return read_plain(splitter);
	}
}

/* No newline, no escape sequence for whoever reads the log, and no tab. */
static int check_text(const struct splitter *splitter)
{
	size_t length = strnlen(splitter->text, HEEL_WORDS_TEXT_MAX + 1);

	if (length > HEEL_WORDS_TEXT_MAX)
		return heel_fail(splitter->report, E2BIG, splitter->from,
				 "it is longer than %d bytes", HEEL_WORDS_TEXT_MAX);
	for (const char *c = splitter->text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return heel_fail(splitter->report, EINVAL, splitter->from,
					 "the control character 0x%02x stands at "
					 "position %zu",
					 (unsigned int)(unsigned char)*c,
					 position(splitter, c));
	return 0;
}

int heel_split(struct heel_arena *arena, enum heel_words_kind kind, const char *text,
	       struct heel_origin at, struct heel_words *ret, struct heel_report *report)
{
	struct splitter splitter = {.arena = arena,
				    .kind = kind,
				    .text = text,
				    .at = text,
				    .from = at,
				    .report = report};
	int rc = check_text(&splitter);

	if (rc < 0)
		return rc;
	splitter.out = heel_alloc(arena, 2 * strlen(text) + 1, 1);
	if (!splitter.out)
		return heel_fail_memory(report);
	while (rc == 0 && *splitter.at)
		rc = read_next(&splitter);
	if (rc == 0)
		rc = end_word(&splitter);
	if (rc == 0 && splitter.n == 0)
		rc = heel_fail(report, EINVAL, at, "there is no word in it");
	if (rc == 0)
		*ret = (struct heel_words){splitter.v, splitter.n};
	return rc;
}

/* --- Commands -------------------------------------------------------------------- */

size_t heel_count_fixed(const struct heel_words *match)
{
	return match->n > 0 && match->v[match->n - 1].rest ? match->n - 1 : match->n;
}

/* Programs are not searched for, and the name is no pattern: what runs is certain. */
static int check_plain_program(const struct heel_command *command, struct heel_origin at,
			       struct heel_report *report)
{
	if (heel_is_normal_path(command->program) && command->program[1] &&
	    !strpbrk(command->program, "\\*?["))
		return 0;
	return heel_fail(report, EINVAL, at,
			 "a command without \"run\" begins with the absolute path of a "
			 "program, without quotes and patterns");
}

static int check_run(const struct heel_command *command, struct heel_origin at,
		     struct heel_report *report)
{
	const char *path = command->program;
	size_t rests = 0;

	if (strncmp(path, "${home}/", strlen("${home}/")) == 0)
		path += strlen("${home}");
	if (!heel_is_normal_path(path) || !path[1])
		return heel_fail(report, EINVAL, at,
				 "\"run\" begins with the absolute path of a program, "
				 "not \"%s\"",
				 command->program);
	for (size_t i = 0; i < command->run.n; i++)
		rests += command->run.v[i].rest;
	if (rests > 1)
		return heel_fail(report, EINVAL, at, "\"$*\" may stand in \"run\" once");
	if (rests == 1 && heel_count_fixed(&command->match) == command->match.n)
		return heel_fail(report, EINVAL, at,
				 "\"$*\" stands for what a last word \"*\" of \"match\" "
				 "takes, and there is none");
	return 0;
}

int heel_make_command(struct heel_arena *arena, const char *match, const char *run,
		      struct heel_origin at, struct heel_command *ret,
		      struct heel_report *report)
{
	struct heel_command command = {.match_text = match, .run_text = run, .from = at};
	int rc = heel_split(arena, HEEL_WORDS_MATCH, match, at, &command.match, report);

	if (rc == 0 && run)
		rc = heel_split(arena, HEEL_WORDS_RUN, run, at, &command.run, report);
	if (rc < 0)
		return rc;
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): errors are < 0 */
	command.program = (run ? command.run : command.match).v[0].text;
	command.per_user = strstr(command.program, "${");
	rc = run ? check_run(&command, at, report)
		 : check_plain_program(&command, at, report);
	if (rc == 0)
		*ret = command;
	return rc;
}

static bool match_from(const struct heel_words *match, const struct heel_words *request,
		       size_t first)
{
	size_t fixed = heel_count_fixed(match);

	if (request->n < fixed || (fixed == match->n && request->n > fixed))
		return false;
	for (size_t i = first; i < fixed; i++)
		if (!heel_matches(match->v[i].text, request->v[i].text))
			return false;
	return true;
}

bool heel_words_match(const struct heel_words *match, const struct heel_words *request)
{
	return match_from(match, request, 0);
}

bool heel_is_asked_for(const struct heel_command *command,
		       const struct heel_words *request)
{
	const char *name;

	if (command->run.n > 0)
		return heel_words_match(&command->match, request);
	name = request->v[0].text;
	if (strcmp(name, command->program) != 0 &&
	    strcmp(name, strrchr(command->program, '/') + 1) != 0)
		return false;
	return match_from(&command->match, request, 1);
}

char **heel_command_words(struct heel_arena *arena, const struct heel_command *command,
			  const struct heel_words *request)
{
	const size_t rest = heel_count_fixed(&command->match);
	const struct heel_words *run = &command->run;
	char **words = heel_alloc(arena, run->n + request->n + 2, sizeof(*words));
	size_t n = 0;

	if (!words)
		return NULL;
	words[n++] = heel_strdup(arena, command->program);
	for (size_t i = 1; i < run->n; i++) {
		if (!run->v[i].rest)
			words[n++] = heel_strdup(arena, run->v[i].text);
		for (size_t j = rest; run->v[i].rest && j < request->n; j++)
			words[n++] = heel_strdup(arena, request->v[j].text);
	}
	for (size_t i = 1; run->n == 0 && i < request->n; i++)
		words[n++] = heel_strdup(arena, request->v[i].text);
	for (size_t i = 0; i < n; i++)
		if (!words[i])
			return NULL;
	return words;
}
