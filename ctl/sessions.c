/* SPDX-License-Identifier: ISC */
/*
 * `heel sessions`: the confined sessions of this host, from the records that pam_heel
 * writes, and which of them would be given another policy now.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"
#include "digest.h"
#include "record.h"
#include "register.h"

/* What a session of that user through that service would be given now. */
struct present {
	char *profile;
	uint64_t digest;
	char *refused; /* why there would be none, or NULL */
};

struct row {
	const struct heel_record *record;
	const char *outdated; /* why, or NULL */
};

/* --- Is it outdated? --- */

static enum heel_door door_of(const struct heel_record *record)
{
	return record->deferred ? HEEL_DOOR_CHILD : HEEL_DOOR_SESSION;
}

/* The same steps as pam_heel's, short of confining anything. */
static int find_present(struct heel_arena *arena, const char *config,
			const struct heel_record *record, struct heel **ret_heel,
			const struct heel_policy **ret, struct heel_report *report)
{
	const struct heel_plan *plan;
	struct heel_subject subject;
	struct heel_kernel kernel;
	int rc = heel_subject_by_name(arena, record->user, record->service,
				      HEEL_GROUPS_OF_DATABASE, &subject, report);

	if (rc < 0)
		return rc;
	subject.door = door_of(record);
	rc = heel_open(config, HEEL_TRUST_ROOT, ret_heel, report);
	if (rc != 0)
		return rc;
	rc = heel_policy_of_subject(*ret_heel, &subject, ret, report);
	if (rc != 0 || (*ret)->unconfined)
		return rc;
	rc = heel_check_commands(*ret, &subject, report);
	if (rc < 0)
		return rc;
	heel_kernel_query(&kernel);
	rc = heel_compile(arena, *ret, &kernel, &plan, report);
	return rc < 0 ? rc : heel_admit(plan, report);
}

static const char *problem_text(struct heel_arena *arena,
				const struct heel_problem *problem)
{
	if (!problem->at.file)
		return problem->text;
	return HEEL_NEED(heel_format(
		arena, "%s: %s", heel_origin_text(arena, problem->at), problem->text));
}

static struct present look_up(struct heel_arena *arena, const char *config,
			      const struct heel_record *record)
{
	const struct heel_policy *policy = NULL;
	struct heel_report report = {0};
	struct heel_arena own = {0};
	struct present present = {0};
	struct heel *heel = NULL;

	if (find_present(&own, config, record, &heel, &policy, &report) != 0) {
		present.refused = HEEL_NEED(heel_strdup(
			arena, problem_text(&own, heel_first_error(&report))));
	} else {
		present.profile = HEEL_NEED(heel_strdup(arena, policy->profile));
		present.digest = heel_policy_digest(policy);
	}
	heel_close(heel);
	heel_arena_free(&own);
	heel_report_free(&report);
	return present;
}

static const char *compare(struct heel_arena *arena, const struct heel_record *record,
			   const struct present *present)
{
	if (present->refused)
		return HEEL_NEED(
			heel_format(arena, "would be refused now: %s", present->refused));
	if (strcmp(present->profile, HEEL_PROFILE_UNCONFINED) == 0)
		return "would not be confined now";
	if (strcmp(present->profile, record->profile) != 0)
		return HEEL_NEED(heel_format(arena, "would be given \"%s\" now",
					     present->profile));
	return present->digest == record->digest ? NULL : "its policy has changed since";
}

/* By user, so that those who would be given the same stand together. */
static int compare_records(const void *one, const void *other)
{
	const struct heel_record *a = one, *b = other;
	int order = strcmp(a->user, b->user);

	if (order == 0)
		order = strcmp(a->service, b->service);
	if (order == 0)
		order = strcmp(a->config, b->config);
	if (order == 0 && a->deferred != b->deferred)
		order = a->deferred < b->deferred ? -1 : 1;
	if (order == 0)
		order = a->pid < b->pid ? -1 : a->pid > b->pid;
	return order;
}

static bool are_alike(const struct heel_record *a, const struct heel_record *b)
{
	return strcmp(a->user, b->user) == 0 && strcmp(a->service, b->service) == 0 &&
	       strcmp(a->config, b->config) == 0 && a->deferred == b->deferred;
}

static struct row *judge(struct heel_arena *arena, const struct heel_arguments *arguments,
			 struct heel_record *records, size_t n)
{
	struct row *rows = HEEL_NEED(heel_alloc(arena, n + 1, sizeof(*rows)));
	struct present present = {0};

	if (n > 0)
		qsort(records, n, sizeof(*records), compare_records);
	for (size_t i = 0; i < n; i++) {
		const struct heel_record *record = &records[i];
		const char *config = arguments->config	 ? arguments->config
				     : record->config[0] ? record->config
							 : NULL;

		if (i == 0 || !are_alike(record, record - 1))
			present = look_up(arena, config, record);
		rows[i] = (struct row){record, compare(arena, record, &present)};
	}
	return rows;
}

/* --- Output --- */

static bool is_shown(const struct heel_arguments *arguments, const struct row *row)
{
	return row->outdated || !arguments->outdated;
}

static const char *time_text(struct heel_arena *arena, uint64_t since)
{
	time_t seconds = (time_t)since;
	char text[32] = "";
	struct tm tm;

	if (!localtime_r(&seconds, &tm) ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M", &tm) == 0)
		return "?";
	return HEEL_NEED(heel_strdup(arena, text));
}

static const char *pid_text(struct heel_arena *arena, const struct heel_record *record)
{
	return HEEL_NEED(heel_format(arena, "%u", (unsigned int)record->pid));
}

static const char *why_text(struct heel_arena *arena, const struct row *row)
{
	if (!row->outdated)
		return "";
	return HEEL_NEED(heel_format(arena, "outdated: %s", row->outdated));
}

/* Without headings: the first word of each line is for scripts. */
static void print_text(struct heel_arena *arena, const struct heel_arguments *arguments,
		       const struct row *rows, size_t n)
{
	struct heel_table table = {0};

	for (size_t i = 0; i < n; i++) {
		const struct heel_record *record = rows[i].record;
		const char *const cells[HEEL_COLUMNS] = {
			pid_text(arena, record),
			record->user,
			record->service,
			record->profile,
			time_text(arena, record->since),
			why_text(arena, &rows[i]),
		};

		if (is_shown(arguments, &rows[i]))
			heel_add_cells(&table, HEEL_STYLE_PLAIN, cells, HEEL_COLUMNS);
	}
	heel_print_table(stdout, &table);
}

static void print_json(const struct heel_arguments *arguments, const struct row *rows,
		       size_t n)
{
	json_t *object = heel_json_object();
	json_t *list = heel_json_array();

	for (size_t i = 0; i < n; i++) {
		const struct heel_record *record = rows[i].record;
		json_t *item;

		if (!is_shown(arguments, &rows[i]))
			continue;
		item = heel_json_object();
		heel_json_set(item, "user", heel_json_text(record->user));
		heel_json_set(item, "uid", json_integer((json_int_t)record->uid));
		heel_json_set(item, "service", heel_json_text(record->service));
		heel_json_set(item, "pid", json_integer((json_int_t)record->pid));
		heel_json_set(item, "profile", heel_json_text(record->profile));
		heel_json_set(item, "since", json_integer((json_int_t)record->since));
		heel_json_set(item, "outdated", json_boolean(rows[i].outdated != NULL));
		heel_json_set(item, "reason", heel_json_text(rows[i].outdated));
		heel_json_append(list, item);
	}
	heel_json_set(object, "sessions", list);
	heel_json_print(object);
}

/* Before the first session there is no directory, and nothing to list. */
static int read_records(struct heel_arena *arena, struct heel_record **ret, size_t *ret_n,
			struct heel_report *report)
{
	struct heel_register records = {.fd = -1};
	struct heel_report missing = {0};
	int rc = heel_register_open(HEEL_RUNDIR, false, &records, &missing);

	if (rc < 0 && rc != -ENOENT) {
		const struct heel_problem *problem = heel_first_error(&missing);

		rc = heel_fail(report, -rc, problem->at, "%s", problem->text);
	} else if (rc == 0) {
		rc = heel_register_list(&records, arena, ret, ret_n, report);
	} else {
		rc = 0;
	}
	heel_report_free(&missing);
	heel_register_close(&records);
	return rc;
}

int heel_command_sessions(const struct heel_arguments *arguments)
{
	struct heel_arena arena = {0};
	struct heel_report report = {0};
	struct heel_record *records = NULL;
	size_t n = 0;
	int rc;

	if (geteuid() != 0) {
		(void)fputs("heel: only root may know of all sessions\n", stderr);
		return HEEL_EXIT_FOUND;
	}
	rc = read_records(&arena, &records, &n, &report);
	heel_print_report(stderr, &report);
	if (rc == 0) {
		const struct row *rows = judge(&arena, arguments, records, n);

		if (arguments->json)
			print_json(arguments, rows, n);
		else
			print_text(&arena, arguments, rows, n);
	}
	heel_report_free(&report);
	heel_arena_free(&arena);
	return rc < 0 ? HEEL_EXIT_FOUND : HEEL_EXIT_DONE;
}
