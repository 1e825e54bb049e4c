/* SPDX-License-Identifier: ISC */
/*
 * `heel cache`: works out beforehand what sessions would work out each by itself, and
 * lays it beside the policy; see engine/cache.h. What it writes follows from the policy
 * files, so `heel check` can tell whether it is of these.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache.h"
#include "ctl.h"
#include "load.h"
#include "profile.h"
#include "recall.h"
#include "resolve.h"

/* A service that has no file has no needs, and there is none of this name. */
#define NO_SERVICE ".none"

/* A file of the cache, as it is to be. */
struct bundle {
	enum heel_folder folder; /* of the profile; HEEL_FOLDER_TOP: of heel.conf */
	const char *name;
	const char *base; /* of the file: heel_cache_name() */
	char *bytes;
	size_t length;
	struct bundle *next;
};

struct cacher {
	struct heel_arena *arena;
	struct heel_store *store;
	const struct heel_settings *settings;
	const struct heel_kernel *kernel;
	struct heel_report *report;
	struct bundle *bundles;
	/* Of the bundle that is being made: its records, as they are to be found again.
	 */
	FILE *stream;
	char *bytes;
	size_t length;
};

static void free_bytes(char **bytes)
{
	free(*bytes);
}

/* --- Bytes -------------------------------------------------------------------------- */

/* Ends the program when memory is out: what is written to is memory. */
static void put(FILE *stream, const void *bytes, size_t length)
{
	if (length > 0 && fwrite(bytes, length, 1, stream) != 1)
		heel_out_of_memory();
}

static void put_number(FILE *stream, size_t number)
{
	const uint32_t written = (uint32_t)number;

	put(stream, &written, sizeof(written));
}

static void put_text(FILE *stream, const char *text)
{
	put_number(stream, strlen(text));
	put(stream, text, strlen(text) + 1);
}

static void put_values(FILE *stream, const struct heel_schema *schema,
		       const struct heel_values *all)
{
	size_t n = 0;

	for (size_t i = 0; i < schema->n; i++)
		n += all[i].written;
	put_number(stream, n);
	for (size_t i = 0; i < schema->n; i++) {
		const struct heel_values *values = &all[i];

		if (!values->written)
			continue;
		put_number(stream, i);
		put_number(stream, values->from.line);
		put_number(stream, values->n);
		for (size_t j = 0; j < values->n; j++) {
			put_number(stream, values->v[j].from.line);
			if (values->v[j].text) {
				put_text(stream, values->v[j].text);
				continue;
			}
			put_number(stream, HEEL_CACHE_ENTRY);
			put_values(stream, schema->keys[i].entry, values->v[j].fields);
		}
	}
}

/* Code begins where it can be read: at a multiple of the size of its parts. */
static void put_programs(FILE *stream, const struct heel_program *programs, size_t n)
{
	static const char padding[_Alignof(struct sock_filter)];

	put_number(stream, n);
	for (size_t i = 0; i < n; i++) {
		const size_t over = (strlen(programs[i].title) + 1) % sizeof(padding);

		put_number(stream, programs[i].arch);
		put_number(stream, programs[i].logged);
		put_number(stream, programs[i].n);
		put_text(stream, programs[i].title);
		put(stream, padding, over == 0 ? 0 : sizeof(padding) - over);
		put(stream, programs[i].code, programs[i].n * sizeof(*programs[i].code));
	}
}

static void put_padded(FILE *stream, const char *bytes, size_t length)
{
	static const char padding[HEEL_CACHE_STEP];

	put(stream, bytes, length);
	put(stream, padding, heel_cache_padded(length) - length);
}

/* --- Bundles ------------------------------------------------------------------------ */

static void begin_bundle(struct cacher *cacher)
{
	cacher->stream = HEEL_NEED(open_memstream(&cacher->bytes, &cacher->length));
	put(cacher->stream, &(struct heel_cache_head){0}, sizeof(struct heel_cache_head));
}

static void end_bundle(struct cacher *cacher, enum heel_folder folder, const char *name)
{
	struct bundle *bundle = HEEL_NEED(heel_alloc(cacher->arena, 1, sizeof(*bundle)));
	struct heel_cache_head head = {HEEL_CACHE_MAGIC, heel_cache_build(), 0, 0};

	if (fclose(cacher->stream) != 0)
		heel_out_of_memory();
	head.length = cacher->length - sizeof(head);
	head.sum = heel_cache_sum(cacher->bytes + sizeof(head), head.length);
	memcpy(cacher->bytes, &head, sizeof(head));
	bundle->folder = folder;
	bundle->name = name;
	bundle->base = HEEL_NEED(heel_cache_name(cacher->arena, folder, name));
	bundle->bytes = HEEL_NEED(heel_alloc(cacher->arena, cacher->length, 1));
	bundle->length = cacher->length;
	bundle->next = cacher->bundles;
	memcpy(bundle->bytes, cacher->bytes, cacher->length);
	free(cacher->bytes);
	cacher->bundles = bundle;
}

static bool is_there(struct cacher *cacher, enum heel_cache_kind kind, const char *of,
		     size_t length)
{
	struct heel_cache_reader found;
	struct heel_cache cache;

	if (fflush(cacher->stream) != 0)
		heel_out_of_memory();
	cache = (struct heel_cache){cacher->bytes + sizeof(struct heel_cache_head),
				    cacher->length - sizeof(struct heel_cache_head)};
	return heel_cache_find(&cache, kind, of, length, &found);
}

static void add_record(struct cacher *cacher, enum heel_cache_kind kind, const char *of,
		       size_t length, const char *result, size_t result_length)
{
	const struct heel_cache_record record = {(uint32_t)kind, (uint32_t)length,
						 (uint32_t)result_length, 0};

	put(cacher->stream, &record, sizeof(record));
	put_padded(cacher->stream, of, length);
	put_padded(cacher->stream, result, result_length);
}

static const struct heel_schema *schema_of(enum heel_folder folder)
{
	if (folder == HEEL_FOLDER_TOP)
		return heel_settings_schema();
	return folder == HEEL_FOLDER_SERVICES ? heel_service_schema()
					      : heel_profile_schema();
}

/* A text that was read, if it is not there yet. It has been loaded once already. */
static int add_text(struct cacher *cacher, const struct heel_read *read)
{
	const struct heel_schema *schema = schema_of(read->folder);
	const struct heel_text_file *file = &read->file;
	__attribute__((cleanup(free_bytes))) char *bytes = NULL;
	struct heel_values *values;
	size_t length;
	FILE *stream;
	int rc;

	if (is_there(cacher, HEEL_CACHE_VALUES, file->text, file->length))
		return 0;
	rc = heel_load(cacher->arena, schema, file->file, file->text, file->length,
		       &values, cacher->report);
	if (rc < 0)
		return rc;
	stream = HEEL_NEED(open_memstream(&bytes, &length));
	put_number(stream, schema->n);
	put_values(stream, schema, values);
	if (fclose(stream) != 0)
		heel_out_of_memory();
	add_record(cacher, HEEL_CACHE_VALUES, file->text, file->length, bytes, length);
	return 0;
}

static int add_texts(struct cacher *cacher, const struct heel_read *before)
{
	int rc = 0;

	for (const struct heel_read *read = heel_store_reads(cacher->store);
	     rc == 0 && read != before; read = read->next)
		rc = add_text(cacher, read);
	return rc;
}

/* Those that follow from who the user is are of use to nobody else. */
static void add_programs(struct cacher *cacher, const struct heel_plan *plan)
{
	__attribute__((cleanup(free_bytes))) char *bytes = NULL;
	size_t key_length, length;
	const char *key;
	FILE *stream;

	if (plan->policy->restrictions[HEEL_RESTRICT_SETID_CALLS].on)
		return;
	key = HEEL_NEED(heel_filter_key(cacher->arena, &plan->filter, &key_length));
	if (is_there(cacher, HEEL_CACHE_PROGRAMS, key, key_length))
		return;
	stream = HEEL_NEED(open_memstream(&bytes, &length));
	put_programs(stream, plan->programs, plan->n_programs);
	if (fclose(stream) != 0)
		heel_out_of_memory();
	add_record(cacher, HEEL_CACHE_PROGRAMS, key, key_length, bytes, length);
}

/* --- What sessions could need ------------------------------------------------------- */

static int add_door(struct cacher *cacher, enum heel_folder folder, const char *name,
		    enum heel_door door, const char *service)
{
	struct heel_subject subject = heel_example_subject(
		cacher->arena, folder == HEEL_FOLDER_USERS ? name : HEEL_EXAMPLE_USER);
	const struct heel_policy *policy;
	const struct heel_plan *plan;
	int rc;

	subject.door = door;
	subject.service = service;
	rc = heel_resolve(cacher->arena, cacher->store, cacher->settings, &subject,
			  folder, name, (struct heel_origin){0}, &policy, cacher->report);
	if (rc == 0)
		rc = heel_compile(cacher->arena, policy, cacher->kernel, &plan,
				  cacher->report);
	if (rc == 0)
		add_programs(cacher, plan);
	return rc;
}

/* All doors that a session with this profile may come through. */
static int add_profile(struct cacher *cacher, enum heel_folder folder, const char *name)
{
	const struct heel_read *before = heel_store_reads(cacher->store);
	struct heel_listed *services;
	size_t n;
	int rc = heel_store_list(cacher->store, HEEL_FOLDER_SERVICES, &services, &n,
				 cacher->report);

	if (rc < 0)
		return rc;
	begin_bundle(cacher);
	rc = add_door(cacher, folder, name, HEEL_DOOR_SHELL, HEEL_SERVICE_SHELL);
	if (rc == 0)
		rc = add_door(cacher, folder, name, HEEL_DOOR_CHILD, "sshd");
	if (rc == 0)
		rc = add_door(cacher, folder, name, HEEL_DOOR_SESSION, NO_SERVICE);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add_door(cacher, folder, name, HEEL_DOOR_SESSION, services[i].name);
	if (rc == 0)
		rc = add_texts(cacher, before);
	end_bundle(cacher, folder, name);
	return rc;
}

static int add_settings(struct cacher *cacher)
{
	struct heel_text_file file;
	int rc = heel_store_read(cacher->store, HEEL_FOLDER_TOP, "heel", &file,
				 cacher->report);

	begin_bundle(cacher);
	if (rc == 0)
		rc = add_text(cacher, heel_store_reads(cacher->store));
	end_bundle(cacher, HEEL_FOLDER_TOP, "heel");
	return rc;
}

static bool has_bundle(const struct cacher *cacher, const char *name)
{
	for (const struct bundle *bundle = cacher->bundles; bundle; bundle = bundle->next)
		if (strcmp(bundle->base, name) == 0)
			return true;
	return false;
}

static int add_own_profiles(struct cacher *cacher)
{
	struct heel_listed *users;
	size_t n;
	int rc = heel_store_list(cacher->store, HEEL_FOLDER_USERS, &users, &n,
				 cacher->report);

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add_profile(cacher, HEEL_FOLDER_USERS, users[i].name);
	return rc;
}

/* heel.conf, and each profile that it assigns. */
static int add_all(struct cacher *cacher)
{
	const struct heel_settings *settings = cacher->settings;
	bool own = false;
	int rc = add_settings(cacher);

	for (size_t i = 0; rc == 0 && i < settings->n_assign; i++) {
		const char *name = settings->assign[i].profile;

		if (strcmp(name, HEEL_PROFILE_OWN) == 0)
			own = true;
		else if (strcmp(name, HEEL_PROFILE_UNCONFINED) != 0 &&
			 !has_bundle(cacher,
				     HEEL_NEED(heel_cache_name(
					     cacher->arena, HEEL_FOLDER_PROFILES, name))))
			rc = add_profile(cacher, HEEL_FOLDER_PROFILES, name);
	}
	return rc == 0 && own ? add_own_profiles(cacher) : rc;
}

/* --- Files -------------------------------------------------------------------------- */

static int fail(struct cacher *cacher, const char *name, const char *what)
{
	const int err = errno;
	struct heel_origin at = {0};

	at.file = HEEL_NEED(heel_format(cacher->arena, "%s/cache.d%s%s",
					heel_store_name(cacher->store),
					name[0] ? "/" : "", name));
	return heel_fail(cacher->report, err, at, "cannot be %s: %s", what,
			 strerror(err));
}

static int open_folder(struct cacher *cacher)
{
	HEEL_CLOSE int top =
		open(heel_store_name(cacher->store), O_PATH | O_DIRECTORY | O_CLOEXEC);
	HEEL_CLOSE int fd = -1;
	struct stat st;

	if (top < 0)
		return fail(cacher, "", "made");
	if (mkdirat(top, "cache.d", 0755) < 0 && errno != EEXIST)
		return fail(cacher, "", "made");
	fd = openat(top, "cache.d", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(cacher, "", "opened");
	/* What is not the caller's alone no session would trust. */
	if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH))) {
		errno = EPERM;
		return fail(cacher, "", "trusted");
	}
	return HEEL_TAKE_FD(fd);
}

static bool write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(fd, bytes, length);

		if (n < 0 && errno != EINTR)
			return false;
		bytes += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* A session sees the old file or the new one. Everyone reads it, as all policy. */
static int write_bundle(struct cacher *cacher, int folder, const struct bundle *bundle)
{
	const char *temporary =
		HEEL_NEED(HEEL_CONCAT(cacher->arena, ".new-", bundle->base));
	HEEL_CLOSE int fd = -1;

	(void)unlinkat(folder, temporary, 0); /* what an earlier one may have left */
	fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return fail(cacher, bundle->base, "written");
	if (fchmod(fd, 0644) < 0 || !write_all(fd, bundle->bytes, bundle->length) ||
	    renameat(folder, temporary, folder, bundle->base) < 0) {
		int rc = fail(cacher, bundle->base, "written");

		(void)unlinkat(folder, temporary, 0);
		return rc;
	}
	return 0;
}

static int remove_others(struct cacher *cacher, int folder)
{
	HEEL_CLOSE_DIR DIR *directory = NULL;
	HEEL_CLOSE int copy = fcntl(folder, F_DUPFD_CLOEXEC, 0);
	const struct dirent *entry;

	directory = copy < 0 ? NULL : fdopendir(copy);
	if (!directory)
		return fail(cacher, "", "listed");
	(void)HEEL_TAKE_FD(copy); /* the stream has it */
	while ((entry = readdir(directory))) {
		const char *name = entry->d_name;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		    has_bundle(cacher, name))
			continue;
		if (unlinkat(folder, name, 0) < 0)
			return fail(cacher, name, "removed");
	}
	return 0;
}

static int write_bundles(struct cacher *cacher)
{
	HEEL_CLOSE int folder = open_folder(cacher);
	int rc = folder < 0 ? folder : 0;

	for (const struct bundle *bundle = cacher->bundles; rc == 0 && bundle;
	     bundle = bundle->next)
		rc = write_bundle(cacher, folder, bundle);
	return rc < 0 ? rc : remove_others(cacher, folder);
}

static void print_done(const struct cacher *cacher,
		       const struct heel_arguments *arguments)
{
	const char *folder = HEEL_NEED(
		HEEL_CONCAT(cacher->arena, heel_store_name(cacher->store), "/cache.d"));
	json_t *object = heel_json_object();
	size_t n = 0, bytes = 0;

	for (const struct bundle *bundle = cacher->bundles; bundle;
	     bundle = bundle->next) {
		n++;
		bytes += bundle->length;
	}
	heel_json_set(object, "directory", heel_json_text(folder));
	heel_json_set(object, "files", json_integer((json_int_t)n));
	heel_json_set(object, "bytes", json_integer((json_int_t)bytes));
	if (arguments->json) {
		heel_json_print(object);
		return;
	}
	json_decref(object);
	heel_say(stdout, "%s: %zu file%s, %zu KiB", folder, n, n == 1 ? "" : "s",
		 (bytes + 1023) / 1024);
}

int heel_command_cache(const struct heel_arguments *arguments)
{
	struct heel_arena arena = {0};
	struct heel_report report = {0};
	struct cacher cacher = {.arena = &arena, .report = &report};
	struct heel_kernel kernel;
	struct heel *heel = NULL;
	int rc = heel_open(arguments->config, heel_trust_of(arguments), &heel, &report);

	if (rc == 0) {
		heel_kernel_query(&kernel);
		cacher.kernel = &kernel;
		cacher.store = heel_store_of(heel);
		cacher.settings = heel_settings_of(heel);
		rc = add_all(&cacher);
	}
	if (rc == 0)
		rc = write_bundles(&cacher);
	if (report.out_of_memory)
		heel_out_of_memory();
	if (rc < 0)
		heel_print_report(stderr, &report);
	else
		print_done(&cacher, arguments);
	heel_close(heel);
	heel_arena_free(&arena);
	heel_report_free(&report);
	return rc < 0 ? HEEL_EXIT_FOUND : HEEL_EXIT_DONE;
}

/* --- For `heel check` --------------------------------------------------------------- */

/* True if a session, be it heel-shell as its user, would find this very file. */
static bool is_current(struct heel_check *check, const struct bundle *bundle,
		       const char *folder)
{
	const char *path =
		HEEL_NEED(heel_format(&check->arena, "%s/%s", folder, bundle->base));
	const struct heel_cache cache =
		heel_store_read_cache(check->store, bundle->folder, bundle->name);
	const size_t head = sizeof(struct heel_cache_head);
	struct stat st;

	return cache.bytes && cache.length == bundle->length - head &&
	       memcmp(cache.bytes, bundle->bytes + head, cache.length) == 0 &&
	       stat(path, &st) == 0 && (st.st_mode & S_IROTH);
}

void heel_check_cache(struct heel_check *check)
{
	struct heel_report ignored = {0}; /* what is wrong with the policy is said */
	struct cacher cacher = {.arena = &check->arena,
				.store = check->store,
				.settings = check->settings,
				.kernel = &check->kernel,
				.report = &ignored};
	const char *folder = HEEL_NEED(
		HEEL_CONCAT(&check->arena, heel_store_name(check->store), "/cache.d"));
	struct stat st;

	if (lstat(folder, &st) < 0)
		return; /* nobody asked for one */
	if (add_all(&cacher) == 0)
		for (const struct bundle *bundle = cacher.bundles; bundle;
		     bundle = bundle->next) {
			if (is_current(check, bundle, folder))
				continue;
			heel_warn(&check->report, (struct heel_origin){folder, 0},
				  "is of no use to sessions, as it is not of these files "
				  "(\"%s\"): \"heel cache\" makes it anew",
				  bundle->base);
			break;
		}
	heel_report_free(&ignored);
}
