/* SPDX-License-Identifier: ISC */
/* The arguments of a line in a PAM stack. */
#include <string.h>

#include "options.h"

/* What follows "NAME=", if it is there and not empty; else NULL. */
static const char *value_of(const char *argument, const char *name)
{
	size_t length = strlen(name);

	if (strncmp(argument, name, length) != 0 || argument[length] != '=' ||
	    argument[length + 1] == '\0')
		return NULL;
	return argument + length + 1;
}

static bool parse(const char *argument, struct heel_options *options)
{
	const char *config = value_of(argument, "config");
	const char *rescue = value_of(argument, "rescue");

	if (config && config[0] == '/')
		options->config = config;
	else if (rescue)
		options->rescue = rescue;
	else if (strcmp(argument, "strict_root") == 0)
		options->strict_root = true;
	else if (strcmp(argument, "defer") == 0)
		options->defer = true;
	else if (strcmp(argument, "debug") == 0)
		options->debug = true;
	else
		return false;
	return true;
}

bool heel_parse_options(int argc, const char **argv, struct heel_options *ret,
			const char **ret_wrong)
{
	struct heel_options options = {0};

	for (int i = 0; i < argc; i++)
		if (!parse(argv[i], &options)) {
			*ret_wrong = argv[i];
			return false;
		}
	*ret = options;
	return true;
}
