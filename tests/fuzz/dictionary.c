/* SPDX-License-Identifier: ISC */
/*
 * The words of policy files, for libFuzzer, from the tables that the engine reads. With
 * "--print" it writes what tests/fuzz/heel.dict has to be; without, it tests that it is.
 */
#include <string.h>

#include "access.h"
#include "attr.h"
#include "family.h"
#include "fuzz.h"
#include "limit.h"
#include "profile.h"
#include "restriction.h"
#include "syscalls.h"

/* What stands in no table that can be seen from here. */
static const char *const others[] = {
	"minimum_abi",
	"on_unsupported",
	"services",
	"assign",
	"user",
	"group",
	"uid",
	"service",
	"profile",
	"path",
	"access",
	"refuse",
	"warn",
	"unconfined",
	"@user",
	"true",
	"false",
	"any",
	"infinity",
	"${user}",
	"${uid}",
	"${group}",
	"${gid}",
	"${home}",
	"~/",
	" = ",
	" = [ ",
	" ];",
	" = ( ",
	" );",
	" = { ",
	" };",
	"/*",
	"*/",
	"//",
	"@include",
	"0x",
	"2147483648",
	"0-65535",
	"\\\"",
	"\\n",
	"\\x00",
	"http://",
	"socks5h://",
	"read ",
	"connect ",
	"--- heel.conf\n",
	"--- profiles.d/a.conf\n",
	"--- services.d/sshd.conf\n",
	"--- users.d/anna.conf\n",
};

static void print_word(FILE *out, const char *word)
{
	fputc('"', out);
	for (; *word; word++)
		if (*word == '"' || *word == '\\' || *word == '\n')
			fprintf(out, "\\x%02x", (unsigned char)*word);
		else
			fputc(*word, out);
	fputs("\"\n", out);
}

/* A key with its group is two words. */
static void print_schema(FILE *out, const struct heel_schema *schema)
{
	const char *group = "";

	for (size_t i = 0; i < schema->n; i++) {
		const char *name = schema->keys[i].name;
		const char *leaf = strchr(name, '.');
		size_t length = strcspn(name, ".");

		if (leaf && (strncmp(group, name, length) != 0 || group[length] != '.'))
			fprintf(out, "\"%.*s\"\n", (int)length, name);
		group = name;
		print_word(out, leaf ? leaf + 1 : name);
	}
}

static void print_tables(FILE *out)
{
	const struct heel_syscall_group *groups;
	const struct heel_family *families;
	const struct heel_right *rights;
	size_t n;

	for (size_t i = 0; i < HEEL_RESTRICTIONS; i++)
		print_word(out, heel_restriction(i)->name);
	rights = heel_rights(&n);
	for (size_t i = 0; i < n; i++)
		print_word(out, rights[i].name);
	families = heel_families(&n);
	for (size_t i = 0; i < n; i++)
		print_word(out, families[i].name);
	groups = heel_syscall_groups(&n);
	for (size_t i = 0; i < n; i++)
		print_word(out, groups[i].name);
}

static void print_dictionary(FILE *out)
{
	fprintf(out, "# Words of policy files, by \"tests/fuzz/dictionary --print\".\n");
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(others); i++)
		print_word(out, others[i]);
	print_schema(out, heel_profile_schema());
	print_schema(out, heel_service_schema());
	print_tables(out);
}

static bool is_up_to_date(const char *wanted)
{
	const char *top = getenv("top_srcdir");
	char *path, *found;
	FILE *file;
	size_t n;

	if (asprintf(&path, "%s/tests/fuzz/heel.dict", top ? top : ".") < 0)
		abort();
	file = fopen(path, "re");
	free(path);
	found = calloc(1, strlen(wanted) + 2);
	if (!file || !found)
		abort();
	n = fread(found, 1, strlen(wanted) + 1, file);
	fclose(file);
	n = n == strlen(wanted) && strcmp(found, wanted) == 0;
	free(found);
	return n;
}

int main(int argc, char **argv)
{
	char *wanted = NULL;
	size_t size;
	FILE *out;
	bool good;

	if (argc > 1 && strcmp(argv[1], "--print") == 0) {
		print_dictionary(stdout);
		return 0;
	}
	out = open_memstream(&wanted, &size);
	if (!out)
		abort();
	print_dictionary(out);
	fclose(out);
	good = is_up_to_date(wanted);
	free(wanted);
	printf("1..1\n%sok 1 - tests/fuzz/heel.dict has every word of the tables\n",
	       good ? "" : "not ");
	return good ? 0 : 1;
}
