/* SPDX-License-Identifier: ISC */
/*
 * The environment of a session. Each line of an input is something of the profile's
 * "environment", by its first letter k(eep), u(nset) or s(et), or else a variable that
 * the session begins with. The profile is loaded as any: what it may set is a part of
 * this.
 */
#include <fnmatch.h>
#include <string.h>

#include "environ.h"
#include "fuzz.h"

#define LINES_MAX 256

/* By hand, from what the C library removes for set-uid programs. */
static const char *const never[] = {
	"LD_*",	       "MALLOC_*",    "GCONV_PATH",	  "GETCONF_DIR", "GLIBC_TUNABLES",
	"HOSTALIASES", "LOCALDOMAIN", "LOCPATH",	  "NIS_PATH",	 "NLSPATH",
	"RES_OPTIONS", "TZDIR",	      "RESOLV_HOST_CONF",
};

/* By hand, from the manual page. */
static const char *const kept[] = {
	"TERM",
	"LANG",
	"LANGUAGE",
	"LC_*",
	"TZ",
	"HOME",
	"USER",
	"LOGNAME",
	"PATH",
	"MAIL",
	"DISPLAY",
	"XAUTHORITY",
	"WAYLAND_DISPLAY",
	"COLORTERM",
	"XDG_*",
	"SSH_*",
	"DBUS_SESSION_BUS_ADDRESS",
	"HEEL_PROFILE",
};

struct input {
	const char *environment[LINES_MAX + 1];
	size_t n;
	char *keep[LINES_MAX], *unset[LINES_MAX], *set[LINES_MAX];
	size_t n_keep, n_unset, n_set;
};

/* --- The profile -------------------------------------------------------------------- */

/* A string as libconfig wants it. */
static void write_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void write_list(FILE *out, const char *key, char *const *values, size_t n)
{
	fprintf(out, "%s = ( ", key);
	for (size_t i = 0; i < n; i++) {
		fputs(i > 0 ? ", " : "", out);
		write_string(out, values[i]);
	}
	fputs(" );\n", out);
}

static void write_profile(const struct input *input)
{
	static const char settings[] =
		"version = 1; assign = ( { user = \"*\"; profile = \"p\"; } );\n";
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	fputs("environment = {\n", out);
	write_list(out, "keep", input->keep, input->n_keep);
	write_list(out, "unset", input->unset, input->n_unset);
	write_list(out, "set", input->set, input->n_set);
	fputs("};\n", out);
	fclose(out);
	fuzz_clear_files();
	fuzz_add_file("heel.conf", settings, strlen(settings));
	fuzz_add_file("profiles.d/p.conf", text, size);
	free(text);
}

/* --- What is true of the result ----------------------------------------------------- */

static size_t name_length(const char *variable)
{
	return strcspn(variable, "=");
}

static bool same_name(const char *a, const char *b)
{
	return name_length(a) == name_length(b) && strncmp(a, b, name_length(a)) == 0;
}

static bool matches_one(const char *const *patterns, size_t n, const char *variable)
{
	char *name = strndup(variable, name_length(variable));
	bool found = false;

	if (!name)
		abort();
	for (size_t i = 0; i < n; i++)
		found = found || fnmatch(patterns[i], name, 0) == 0;
	free(name);
	return found;
}

static bool is_unset(const struct input *input, const char *variable)
{
	return matches_one((const char *const *)input->unset, input->n_unset, variable);
}

static bool is_kept(const struct input *input, const char *variable)
{
	return strchr(variable, '=') &&
	       !matches_one(never, HEEL_ARRAY_SIZE(never), variable) &&
	       !is_unset(input, variable) &&
	       (matches_one(kept, HEEL_ARRAY_SIZE(kept), variable) ||
		matches_one((const char *const *)input->keep, input->n_keep, variable));
}

static const char *last_of(const char *const *variables, size_t n, const char *variable)
{
	while (n > 0)
		if (strchr(variables[--n], '=') && same_name(variables[n], variable))
			return variables[n];
	return NULL;
}

static const char *const identity[] = {
	"HOME=/home/anna", "USER=anna", "LOGNAME=anna", "SHELL=/bin/sh", "HEEL_PROFILE=p",
};

/* What the variable of that name has to be, or NULL: "set", the user, what was there. */
static const char *expected(const struct input *input, const char *variable)
{
	const char *found =
		last_of((const char *const *)input->set, input->n_set, variable);

	if (!found && !is_unset(input, variable))
		found = last_of(identity, HEEL_ARRAY_SIZE(identity), variable);
	if (!found && is_kept(input, variable))
		found = last_of(input->environment, input->n, variable);
	return found;
}

/* Of what has tokens, only that it is there. */
static void judge_variable(const struct input *input, const char *variable)
{
	const char *wanted = expected(input, variable);

	FUZZ_CHECK(strchr(variable, '='), "%s", variable);
	FUZZ_CHECK(!matches_one(never, HEEL_ARRAY_SIZE(never), variable), "%s", variable);
	FUZZ_CHECK(wanted, "%s", variable);
	FUZZ_CHECK(strstr(wanted, "${") || strcmp(wanted, variable) == 0, "%s, not %s",
		   variable, wanted);
}

static void judge_presence(const struct input *input, const char *const *result, size_t n,
			   const char *variable)
{
	if (strchr(variable, '=') && expected(input, variable))
		FUZZ_CHECK(last_of(result, n, variable), "%s", variable);
}

static void judge(const struct input *input, const char *const *result)
{
	size_t n = 0;

	for (; result[n]; n++) {
		judge_variable(input, result[n]);
		FUZZ_CHECK(!last_of(result, n, result[n]), "%s twice", result[n]);
	}
	for (size_t i = 0; i < input->n; i++)
		judge_presence(input, result, n, input->environment[i]);
	for (size_t i = 0; i < input->n_set; i++)
		judge_presence(input, result, n, input->set[i]);
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(identity); i++)
		judge_presence(input, result, n, identity[i]);
}

static void add_line(struct input *input, char *line)
{
	switch (line[0]) {
	case 'k':
		input->keep[input->n_keep++] = line + 1;
		break;
	case 'u':
		input->unset[input->n_unset++] = line + 1;
		break;
	case 's':
		input->set[input->n_set++] = line + 1;
		break;
	default:
		input->environment[input->n++] = line;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fuzz_world world = {.abi = 7, .door = HEEL_DOOR_SHELL};
	struct input input = {0};
	char *text = calloc(1, size + 1);
	char *rest = text;
	const struct heel_policy *policy;
	struct fuzz_plan plan;
	char **result;

	if (!text)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	for (size_t i = 0; rest && i < LINES_MAX; i++)
		add_line(&input, strsep(&rest, "\n"));
	write_profile(&input);
	policy = fuzz_make_policy(&world, &plan);
	if (policy) {
		int rc =
			heel_environment(heel_arena_of(plan.heel), policy, fuzz_subject(),
					 input.environment, &result, &plan.report);

		FUZZ_CHECK(rc == 0, "%d", rc);
		judge(&input, (const char *const *)result);
	} else {
		fuzz_judge_plan(&plan);
	}
	fuzz_free_plan(&plan);
	fuzz_clear_files();
	free(text);
	return 0;
}
