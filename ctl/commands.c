/* SPDX-License-Identifier: ISC */
/* Which of a profile's commands take what others were meant for; for `heel check`. */
#include <string.h>

#include "ctl.h"
#include "text.h"

/* Whatever the word b matches, the word a does too; as far as it can be told. */
static bool word_covers(const char *a, const char *b)
{
	return strcmp(a, b) == 0 || strcmp(a, "*") == 0 ||
	       (!strpbrk(b, "*?[\\") && heel_matches(a, b));
}

static const char *name_of(const struct heel_command *command)
{
	return strrchr(command->program, '/') + 1;
}

/*
 * The same for the first words. A command that runs as it stands is asked for by the path
 * of its program and by its name.
 */
static bool first_covers(const struct heel_command *a, const struct heel_command *b)
{
	const char *first = a->match.v[0].text, *other = b->match.v[0].text;

	if (a->run_text && b->run_text)
		return word_covers(first, other);
	if (a->run_text)
		return heel_matches(first, b->program) && heel_matches(first, name_of(b));
	if (b->run_text)
		return strcmp(other, a->program) == 0 || strcmp(other, name_of(a)) == 0;
	return strcmp(a->program, b->program) == 0;
}

static bool covers(const struct heel_command *a, const struct heel_command *b)
{
	const size_t fixed = heel_count_fixed(&a->match);
	const size_t others = heel_count_fixed(&b->match);

	if (heel_takes_rest(a) ? others < fixed : heel_takes_rest(b) || others != fixed)
		return false;
	if (fixed > 0 && !first_covers(a, b))
		return false;
	for (size_t i = 1; i < fixed; i++)
		if (!word_covers(a->match.v[i].text, b->match.v[i].text))
			return false;
	return true;
}

bool heel_takes_rest(const struct heel_command *command)
{
	return heel_count_fixed(&command->match) < command->match.n;
}

bool heel_ends_options(const struct heel_command *command)
{
	for (size_t i = 1; i < command->match.n; i++)
		if (strcmp(command->match.v[i].text, "--") == 0)
			return true;
	return false;
}

const struct heel_command *heel_hidden_by(const struct heel_policy *policy, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (covers(&policy->commands[i], &policy->commands[index]))
			return &policy->commands[i];
	return NULL;
}
