/* SPDX-License-Identifier: ISC */
/* The arguments of a line in a PAM stack: an input is one a line. */
#include <string.h>

#include "../../pam_module/options.h"
#include "fuzz.h"
#include "text.h"

#define ARGUMENTS_MAX 64

static bool has_value(const char *argument, const char *name)
{
	size_t length = strlen(name);

	return strncmp(argument, name, length) == 0 && argument[length] != '\0';
}

/* What the manual page lists, and nothing else. */
static bool is_known(const char *argument)
{
	return has_value(argument, "config=/") || strcmp(argument, "config=/") == 0 ||
	       has_value(argument, "rescue=") || strcmp(argument, "strict_root") == 0 ||
	       strcmp(argument, "defer") == 0 || strcmp(argument, "debug") == 0;
}

/* The argument of that name which counts, the last one; or NULL. */
static const char *last_of(const char **argv, int argc, const char *name)
{
	while (argc > 0)
		if (strncmp(argv[--argc], name, strlen(name)) == 0)
			return argv[argc];
	return NULL;
}

static void judge_value(const char **argv, int argc, const char *name, const char *value)
{
	const char *argument = last_of(argv, argc, name);

	FUZZ_CHECK(value ? argument && value == argument + strlen(name) : !argument, "%s",
		   value ? value : "nothing");
}

/* The name is one of the list if the list, in commas, holds it in commas. */
static void judge_list(const char *list, const char *name)
{
	char *listed, *wanted;
	bool found;

	if (asprintf(&listed, ",%s,", list) < 0 || asprintf(&wanted, ",%s,", name) < 0)
		abort();
	found = name[0] && !strchr(name, ',') && strstr(listed, wanted);
	FUZZ_CHECK(heel_is_in_list(list, ',', name) == found, "\"%s\" of \"%s\"", name,
		   list);
	free(listed);
	free(wanted);
}

static void judge(const char **argv, int argc)
{
	struct heel_options options = {.config = "untouched"};
	const char *wrong = NULL;
	int first_wrong = 0;

	while (first_wrong < argc && is_known(argv[first_wrong]))
		first_wrong++;
	if (!heel_parse_options(argc, argv, &options, &wrong)) {
		FUZZ_CHECK(first_wrong < argc && wrong == argv[first_wrong], "\"%s\"",
			   wrong);
		FUZZ_CHECK(strcmp(options.config, "untouched") == 0, "%s",
			   options.config);
		return;
	}
	FUZZ_CHECK(first_wrong == argc, "\"%s\"", argv[first_wrong]);
	judge_value(argv, argc, "config=", options.config);
	judge_value(argv, argc, "rescue=", options.rescue);
	FUZZ_CHECK(options.strict_root == (last_of(argv, argc, "strict_root") != NULL),
		   "strict_root");
	FUZZ_CHECK(options.defer == (last_of(argv, argc, "defer") != NULL), "defer");
	FUZZ_CHECK(options.debug == (last_of(argv, argc, "debug") != NULL), "debug");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *argv[ARGUMENTS_MAX];
	char *text = calloc(1, size + 1);
	char *rest = text;
	int argc = 0;

	if (!text)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	while (rest && argc < ARGUMENTS_MAX)
		argv[argc++] = strsep(&rest, "\n");
	judge(argv, argc);
	for (int i = 1; i < argc; i++)
		judge_list(argv[0], argv[i]);
	FUZZ_CHECK(!heel_is_in_list(NULL, ',', argv[0]), "%s", argv[0]);
	free(text);
	return 0;
}
