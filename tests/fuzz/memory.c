/* SPDX-License-Identifier: ISC */
/*
 * Takes the place of engine/store.c in programs that are linked with it: policy files
 * that are only in memory, each in a block of just its size, so that reading on shows.
 */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "text.h"

#define FILES_MAX 16

static const char *const folders[HEEL_FOLDERS] = {
	[HEEL_FOLDER_TOP] = "",
	[HEEL_FOLDER_USERS] = "users.d/",
	[HEEL_FOLDER_PROFILES] = "profiles.d/",
	[HEEL_FOLDER_SERVICES] = "services.d/",
};

static struct {
	char file[300];
	char *text;
	size_t length;
} files[FILES_MAX];

static size_t n_files;

struct heel_store {
	struct heel_arena *arena;
};

void fuzz_clear_files(void)
{
	while (n_files > 0)
		free(files[--n_files].text);
}

static size_t find_file(const char *file)
{
	for (size_t i = 0; i < n_files; i++)
		if (strcmp(files[i].file, file) == 0)
			return i;
	return FILES_MAX;
}

void fuzz_add_file(const char *name, const char *text, size_t length)
{
	char file[sizeof(files[0].file)];
	int n = snprintf(file, sizeof(file), FUZZ_CONFDIR "/%s", name);

	if (n < 0 || (size_t)n >= sizeof(file) || n_files == FILES_MAX ||
	    length > HEEL_FILE_SIZE_MAX || find_file(file) < FILES_MAX)
		return;
	files[n_files].text = malloc(length > 0 ? length : 1);
	if (!files[n_files].text)
		abort();
	if (length > 0)
		memcpy(files[n_files].text, text, length);
	files[n_files].length = length;
	memcpy(files[n_files++].file, file, sizeof(file));
}

long fuzz_count_lines(const char *file)
{
	size_t found = find_file(file);
	long lines = 1;

	if (found == FILES_MAX)
		return -1;
	for (size_t i = 0; i < files[found].length; i++)
		lines += files[found].text[i] == '\n';
	return lines;
}

int heel_store_open(struct heel_arena *arena, HEEL_UNUSED const char *confdir,
		    HEEL_UNUSED const char *sharedir, HEEL_UNUSED enum heel_trust trust,
		    struct heel_store **ret, struct heel_report *report)
{
	struct heel_store *store = heel_alloc(arena, 1, sizeof(*store));

	if (!store)
		return heel_fail_memory(report);
	store->arena = arena;
	*ret = store;
	return 0;
}

void heel_store_close(HEEL_UNUSED struct heel_store *store)
{
}

const char *heel_store_name(HEEL_UNUSED const struct heel_store *store)
{
	return FUZZ_CONFDIR;
}

int heel_store_read(struct heel_store *store, enum heel_folder folder, const char *name,
		    struct heel_text_file *ret, struct heel_report *report)
{
	char *file = heel_format(store->arena, FUZZ_CONFDIR "/%s%s.conf", folders[folder],
				 name);
	size_t found;

	if (!file)
		return heel_fail_memory(report);
	found = find_file(file);
	if (found == FILES_MAX || strchr(name, '/'))
		return -ENOENT;
	*ret = (struct heel_text_file){file, files[found].text, files[found].length,
				       false, true};
	return 0;
}

/* For a suggestion only: of the names nothing else is asked here. */
int heel_store_list(struct heel_store *store, enum heel_folder folder,
		    struct heel_listed **ret, size_t *ret_n, struct heel_report *report)
{
	struct heel_listed *listed = heel_alloc(store->arena, FILES_MAX, sizeof(*listed));
	size_t n = 0;

	if (!listed)
		return heel_fail_memory(report);
	for (size_t i = 0; i < n_files; i++) {
		const char *name = files[i].file + strlen(FUZZ_CONFDIR "/");
		size_t length = strlen(folders[folder]);

		if (strncmp(name, folders[folder], length) != 0)
			continue;
		name += length;
		listed[n].file = files[i].file;
		listed[n++].name = heel_strndup(store->arena, name, strcspn(name, "."));
	}
	*ret = listed;
	*ret_n = n;
	return 0;
}

/* There is none. */
void heel_store_load_cache(HEEL_UNUSED struct heel_store *store,
			   HEEL_UNUSED enum heel_folder folder,
			   HEEL_UNUSED const char *name)
{
}

bool heel_store_values(HEEL_UNUSED const struct heel_store *store,
		       HEEL_UNUSED struct heel_arena *arena,
		       HEEL_UNUSED const struct heel_schema *schema,
		       HEEL_UNUSED const struct heel_text_file *file,
		       HEEL_UNUSED struct heel_values **ret)
{
	return false;
}

const struct heel_cache *heel_store_cache(HEEL_UNUSED const struct heel_store *store)
{
	static const struct heel_cache none;

	return &none;
}
