/* SPDX-License-Identifier: ISC */
/* PAM's stacks as PAM reads them: the lines of one kind of a service, includes resolved.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "pam_stack.h"
#include "text.h"
#include "textfile.h"

/* PAM follows no more includes within each other. */
#define DEPTH_MAX 16
/* No stack has so many lines; one that includes itself over and over does. */
#define LINES_MAX 4096
#define FILES_MAX 512

static const char *const system_directories[] = {
	"/etc/pam.d",
	"/usr/lib/pam.d",
	"/usr/etc/pam.d",
	NULL,
};

const struct heel_pam_place heel_pam_system = {system_directories};

static const char *const types[HEEL_PAM_TYPES] = {
	[HEEL_PAM_AUTH] = "auth",
	[HEEL_PAM_ACCOUNT] = "account",
	[HEEL_PAM_PASSWORD] = "password",
	[HEEL_PAM_SESSION] = "session",
};

static const char *const answers[HEEL_PAM_ANSWERS] = {
	"success",
	"open_err",
	"symbol_err",
	"service_err",
	"system_err",
	"buf_err",
	"perm_denied",
	"auth_err",
	"cred_insufficient",
	"authinfo_unavail",
	"user_unknown",
	"maxtries",
	"new_authtok_reqd",
	"acct_expired",
	"session_err",
	"cred_unavail",
	"cred_expired",
	"cred_err",
	"no_module_data",
	"conv_err",
	"authtok_err",
	"authtok_recover_err",
	"authtok_lock_busy",
	"authtok_disable_aging",
	"try_again",
	"ignore",
	"abort",
	"authtok_expired",
	"module_unknown",
	"bad_item",
	"conv_again",
	"incomplete",
};

static const struct {
	const char *name;
	int action;
} actions[] = {
	{"ignore", HEEL_PAM_IGNORE}, {"ok", HEEL_PAM_OK},   {"done", HEEL_PAM_DONE},
	{"bad", HEEL_PAM_BAD},	     {"die", HEEL_PAM_DIE}, {"reset", HEEL_PAM_RESET},
};

/* The short controls, written out as pam.conf(5) has them. */
static const struct {
	const char *name;
	const char *meaning;
} controls[] = {
	{"required", "success=ok new_authtok_reqd=ok ignore=ignore default=bad"},
	{"requisite", "success=ok new_authtok_reqd=ok ignore=ignore default=die"},
	{"sufficient", "success=done new_authtok_reqd=done default=ignore"},
	{"optional", "success=ok new_authtok_reqd=ok default=ignore"},
};

/* --- One line --- */

/* Like heel_next_word(), but what stands in "[]" is one word, without them. */
static char *next_token(char **cursor)
{
	char *token = *cursor + strspn(*cursor, " \t");
	char *out = token, *in = token + 1;

	if (*token != '[')
		return heel_next_word(cursor);
	for (; *in && *in != ']'; in++) {
		if (in[0] == '\\' && in[1] == ']')
			in++;
		*out++ = *in;
	}
	*cursor = *in ? in + 1 : in;
	*out = '\0';
	return token;
}

/* An unknown action is a fault in PAM, which then refuses. */
static int action_of(const char *text)
{
	uint64_t jump;

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(actions); i++)
		if (strcasecmp(text, actions[i].name) == 0)
			return actions[i].action;
	if (heel_parse_number(text, LINES_MAX, &jump) == 0 && jump > 0)
		return (int)jump;
	return HEEL_PAM_BAD;
}

static void read_actions(char *text, int ret[static HEEL_PAM_ANSWERS])
{
	bool written[HEEL_PAM_ANSWERS] = {0};
	int otherwise = HEEL_PAM_BAD;
	char *word;

	while ((word = heel_next_word(&text))) {
		char *value = strchr(word, '=');

		if (!value)
			continue;
		*value++ = '\0';
		if (strcasecmp(word, "default") == 0)
			otherwise = action_of(value);
		for (size_t i = 0; i < HEEL_PAM_ANSWERS; i++)
			if (strcasecmp(word, answers[i]) == 0) {
				ret[i] = action_of(value);
				written[i] = true;
			}
	}
	for (size_t i = 0; i < HEEL_PAM_ANSWERS; i++)
		if (!written[i])
			ret[i] = otherwise;
}

static int read_control(struct heel_arena *arena, struct heel_pam_line *line)
{
	const char *meaning = line->control;
	char *text;

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(controls); i++)
		if (strcasecmp(meaning, controls[i].name) == 0)
			meaning = controls[i].meaning;
	text = heel_strdup(arena, meaning);
	if (!text)
		return -ENOMEM;
	read_actions(text, line->actions);
	return 0;
}

static int read_arguments(struct heel_arena *arena, char *rest,
			  struct heel_pam_line *line)
{
	char *argument;

	while ((argument = next_token(&rest))) {
		/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
		line->arguments = heel_grow(arena, line->arguments, line->n_arguments,
					    sizeof(*line->arguments));
		if (!line->arguments)
			return -ENOMEM;
		line->arguments[line->n_arguments++] = argument;
	}
	return 0;
}

/* --- Conditions --- */

/* Arguments of pam_succeed_if that are no part of its condition. */
static const char *const condition_flags[] = {
	"debug", "use_uid", "quiet", "quiet_fail", "quiet_success", "audit",
};

static bool is_condition_flag(const char *argument)
{
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(condition_flags); i++)
		if (strcmp(argument, condition_flags[i]) == 0)
			return true;
	return false;
}

/*
 * pam_succeed_if with "service in LIST" or "service notin LIST" gives each service always
 * the same answer: so it is one action, whatever the answer. With more than that it is a
 * module like others.
 */
static void settle_condition(struct heel_pam_line *line, const char *service)
{
	const char *words[3];
	size_t n = 0;
	bool holds;
	int action;

	if (strcmp(heel_pam_module_name(line), "pam_succeed_if.so") != 0)
		return;
	for (size_t i = 0; i < line->n_arguments; i++) {
		if (is_condition_flag(line->arguments[i]))
			continue;
		if (n == HEEL_ARRAY_SIZE(words))
			return;
		words[n++] = line->arguments[i];
	}
	if (n != HEEL_ARRAY_SIZE(words) || strcmp(words[0], "service") != 0)
		return;
	holds = heel_is_in_list(words[2], ':', service);
	if (strcmp(words[1], "notin") == 0)
		holds = !holds;
	else if (strcmp(words[1], "in") != 0)
		return;
	action = line->actions[holds ? HEEL_PAM_SUCCESS : HEEL_PAM_AUTH_ERR];
	for (size_t i = 0; i < HEEL_PAM_ANSWERS; i++)
		line->actions[i] = action;
	line->settled = true;
}

/* --- Stacks --- */

/* What is common to all files of one stack. */
struct reading {
	struct heel_arena *arena;
	const struct heel_pam_place *place;
	enum heel_pam_type type;
	const char *service;
	unsigned int files; /* that were read so far */
	struct heel_pam_stack stack;
};

const char *heel_pam_file(struct heel_arena *arena, const struct heel_pam_place *place,
			  const char *service)
{
	if (service[0] == '/')
		return service;
	for (size_t i = 0; place->directories[i]; i++) {
		const char *file =
			heel_format(arena, "%s/%s", place->directories[i], service);

		if (file && access(file, F_OK) == 0)
			return file;
	}
	return NULL;
}

static void break_stack(struct reading *reading, struct heel_origin at, const char *why)
{
	if (reading->stack.why)
		return;
	reading->stack.broken = at;
	reading->stack.why = why;
}

static int read_file(struct reading *reading, const char *file, unsigned int level,
		     unsigned int depth);

static int follow(struct reading *reading, struct heel_origin at, const char *name,
		  unsigned int level, unsigned int depth)
{
	const char *file =
		name ? heel_pam_file(reading->arena, reading->place, name) : NULL;
	int rc;

	if (reading->stack.why)
		return 0; /* PAM gives up, too */
	if (depth >= DEPTH_MAX || reading->files++ >= FILES_MAX) {
		break_stack(reading, at, "includes within each other without end");
		return 0;
	}
	rc = file ? read_file(reading, file, level, depth + 1) : -ENOENT;
	if (rc < 0 && rc != -ENOMEM) {
		break_stack(reading, at, "includes a file that cannot be read");
		return 0;
	}
	return rc;
}

static int push(struct reading *reading, const struct heel_pam_line *line)
{
	struct heel_pam_stack *stack = &reading->stack;

	if (stack->n >= LINES_MAX) {
		break_stack(reading, line->at, "makes a stack of too many lines");
		return 0;
	}
	stack->lines =
		heel_grow(reading->arena, stack->lines, stack->n, sizeof(*stack->lines));
	if (!stack->lines)
		return -ENOMEM;
	stack->lines[stack->n++] = *line;
	return 0;
}

static int add_line(struct reading *reading, struct heel_pam_line *line, char *rest)
{
	line->module = next_token(&rest);
	if (!line->module)
		line->module = "";
	if (read_control(reading->arena, line) < 0 ||
	    read_arguments(reading->arena, rest, line) < 0)
		return -ENOMEM;
	settle_condition(line, reading->service);
	return push(reading, line);
}

/* The line itself stands in the outer stack, where jumps count it. */
static int enter_substack(struct reading *reading, struct heel_pam_line *line,
			  const char *name, unsigned int depth)
{
	line->module = "";
	if (push(reading, line) < 0)
		return -ENOMEM;
	return follow(reading, line->at, name, line->level + 1, depth);
}

static int read_line(struct reading *reading, struct heel_origin at, char *text,
		     unsigned int level, unsigned int depth)
{
	struct heel_pam_line line = {.at = at, .level = level};
	const char *type = heel_next_word(&text);

	if (!type)
		return 0;
	if (strcasecmp(type, "@include") == 0)
		return follow(reading, at, heel_next_word(&text), level, depth);
	line.quiet = type[0] == '-';
	if (strcasecmp(type + line.quiet, types[reading->type]) != 0)
		return 0;
	line.control = next_token(&text);
	if (!line.control)
		line.control = "";
	if (strcasecmp(line.control, "include") == 0)
		return follow(reading, at, heel_next_word(&text), level, depth);
	if (strcasecmp(line.control, "substack") == 0)
		return enter_substack(reading, &line, heel_next_word(&text), depth);
	return add_line(reading, &line, text);
}

/* NOLINTNEXTLINE(misc-no-recursion): to DEPTH_MAX */
static int read_file(struct reading *reading, const char *file, unsigned int level,
		     unsigned int depth)
{
	struct heel_lines lines;
	const char *text;
	int rc = heel_read_text(reading->arena, file, &text);

	if (rc == 0)
		rc = heel_split_lines(reading->arena, text, true, &lines);
	for (size_t i = 0; rc == 0 && i < lines.n; i++)
		rc = read_line(reading, (struct heel_origin){file, lines.v[i].number},
			       lines.v[i].text, level, depth);
	return rc;
}

/* --- Where PAM goes --- */

/*
 * The line that is asked next where line number from skips so many: a substack counts as
 * one. A jump out of a substack ends at its end.
 */
static size_t target(const struct heel_pam_stack *stack, size_t from, int jump)
{
	const unsigned int level = stack->lines[from].level;
	size_t i = from + 1;

	for (; i < stack->n && stack->lines[i].level >= level; i++)
		if (stack->lines[i].level == level && jump-- == 0)
			break;
	return i;
}

/* The first line behind the substack, or the stack, that this line is in. */
static size_t end_of(const struct heel_pam_stack *stack, size_t from)
{
	size_t i = from + 1;

	while (i < stack->n && stack->lines[i].level >= stack->lines[from].level)
		i++;
	return i;
}

/* An action takes PAM to a line, or behind the last one. */
static void reach(struct heel_pam_stack *stack, size_t from, int action)
{
	size_t to = from + 1;

	if (action > 0)
		to = target(stack, from, action);
	else if (action == HEEL_PAM_DONE || action == HEEL_PAM_DIE)
		to = end_of(stack, from);
	if (to < stack->n)
		stack->lines[to].asked = true;
}

/* No line leads backwards; one that begins a substack has no answers, and leads into it.
 */
static void find_asked(struct heel_pam_stack *stack)
{
	if (stack->n > 0)
		stack->lines[0].asked = true;
	for (size_t i = 0; i < stack->n; i++) {
		if (!stack->lines[i].asked)
			continue;
		if (!stack->lines[i].settled)
			reach(stack, i, HEEL_PAM_OK);
		for (size_t j = 0; j < HEEL_PAM_ANSWERS; j++)
			reach(stack, i, stack->lines[i].actions[j]);
	}
}

int heel_pam_read(struct heel_arena *arena, const struct heel_pam_place *place,
		  const char *service, enum heel_pam_type type,
		  struct heel_pam_stack *ret)
{
	struct reading reading = {
		.arena = arena, .place = place, .type = type, .service = service};
	const char *file = heel_pam_file(arena, place, service);
	int rc = file ? read_file(&reading, file, 0, 0) : -ENOENT;

	if (rc < 0)
		return rc;
	find_asked(&reading.stack);
	*ret = reading.stack;
	return 0;
}

/* --- Questions --- */

bool heel_pam_leads_past(const struct heel_pam_stack *stack, size_t from, size_t to,
			 bool only_success)
{
	const struct heel_pam_line *line = &stack->lines[from];
	size_t n = only_success ? 1 : HEEL_PAM_ANSWERS;

	if (!line->asked || end_of(stack, from) <= to)
		return false;
	for (size_t i = 0; i < n; i++) {
		int action = line->actions[i];

		if (action == HEEL_PAM_DONE ||
		    (action > 0 && target(stack, from, action) > to))
			return true;
	}
	return false;
}

const char *heel_pam_module_name(const struct heel_pam_line *line)
{
	const char *slash = strrchr(line->module, '/');

	return slash ? slash + 1 : line->module;
}

bool heel_pam_has_argument(const struct heel_pam_line *line, const char *argument)
{
	for (size_t i = 0; i < line->n_arguments; i++)
		if (strcmp(line->arguments[i], argument) == 0)
			return true;
	return false;
}
