/* SPDX-License-Identifier: ISC */
/*
 * From the text of policy files to a plan. The first line of an input says for which
 * kernel and door: a letter each for the ABI, the door, and whether there is MDWE. Then
 * come files, each after a line such as "--- profiles.d/p.conf"; what stands before the
 * first of these is the profile "p", which everybody is assigned unless there is a
 * heel.conf.
 */
#include <string.h>

#include "access.h"
#include "fuzz.h"

#define SEPARATOR "--- "

static const char default_settings[] =
	"version = 1; assign = ( { user = \"*\"; profile = \"p\"; } );\n";

/* A letter of the first line; 0 beyond its end. */
static unsigned int letter(const char *text, size_t i)
{
	for (size_t j = 0; j <= i; j++)
		if (text[j] == '\n' || text[j] == '\0')
			return 0;
	return (unsigned char)text[i];
}

static struct fuzz_world read_world(const char *text)
{
	const unsigned int abis = HEEL_ABI_NEWEST - HEEL_ABI_OLDEST + 1;

	return (struct fuzz_world){
		.abi = HEEL_ABI_OLDEST + (int)(letter(text, 0) % abis),
		.door = (enum heel_door)(letter(text, 1) % (HEEL_DOOR_CHILD + 1)),
		.mdwe = letter(text, 2) % 2,
	};
}

/* The line after the one that begins at text, or NULL at the end. */
static const char *next_line(const char *text, const char *end)
{
	const char *newline = memchr(text, '\n', (size_t)(end - text));

	return newline ? newline + 1 : NULL;
}

static bool is_separator(const char *line, const char *end)
{
	const size_t length = strlen(SEPARATOR);

	return (size_t)(end - line) > length && memcmp(line, SEPARATOR, length) == 0;
}

/* Where the next file begins, or the end. */
static const char *find_separator(const char *text, const char *end)
{
	const char *line = text;

	while (line && !is_separator(line, end))
		line = next_line(line, end);
	return line ? line : end;
}

static void add_files(const char *text, const char *end)
{
	char name[201];
	const char *next = find_separator(text, end);

	if (next > text)
		fuzz_add_file("profiles.d/p.conf", text, (size_t)(next - text));
	while (next < end) {
		const char *line = next + strlen(SEPARATOR);
		size_t length;

		text = next_line(line, end);
		if (!text)
			text = end;
		length = strcspn(line, "\n");
		snprintf(name, sizeof(name), "%.*s", (int)(length < 200 ? length : 200),
			 line);
		next = find_separator(text, end);
		fuzz_add_file(name, text, (size_t)(next - text));
	}
	fuzz_add_file("heel.conf", default_settings, strlen(default_settings));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1);
	struct fuzz_plan plan, again;
	struct fuzz_world world;
	const char *files;
	char *first, *second;

	if (!text)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	world = read_world(text);
	files = next_line(text, text + size);
	fuzz_clear_files();
	add_files(files ? files : text + size, text + size);
	fuzz_make_plan(&world, &plan);
	fuzz_judge_plan(&plan);
	first = fuzz_describe_plan(&plan);
	fuzz_make_plan(&world, &again);
	second = fuzz_describe_plan(&again);
	FUZZ_CHECK(strcmp(first, second) == 0, "\n%s\n%s", first, second);
	free(first);
	free(second);
	fuzz_free_plan(&plan);
	fuzz_free_plan(&again);
	fuzz_clear_files();
	free(text);
	return 0;
}
