/* SPDX-License-Identifier: ISC */
/* The façade. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "assign.h"
#include "heel.h"
#include "resolve.h"
#include "ruleset.h"

struct heel {
	struct heel_arena arena;
	struct heel_store *store;
	struct heel_settings settings;
	bool cached; /* what was worked out beforehand is used */
};

void heel_close(struct heel *heel)
{
	if (!heel)
		return;
	heel_store_close(heel->store);
	heel_arena_free(&heel->arena);
	free(heel);
}

static int load_settings(struct heel *heel, struct heel_report *report)
{
	struct heel_text_file file;
	struct heel_values *values;
	int rc = heel_store_read(heel->store, HEEL_FOLDER_TOP, "heel", &file, report);

	if (rc == -ENOENT)
		return heel_fail(report, ENOENT,
				 (struct heel_origin){heel_store_name(heel->store), 0},
				 "there is no heel.conf here");
	if (rc < 0)
		return rc;
	if (heel->cached)
		heel_store_load_cache(heel->store, HEEL_FOLDER_TOP, "heel");
	if (heel_store_values(heel->store, &heel->arena, heel_settings_schema(), &file,
			      &values))
		return heel_settings_take(&heel->arena, file.file, values,
					  &heel->settings, report);
	return heel_settings_load(&heel->arena, file.file, file.text, file.length,
				  &heel->settings, report);
}

static int open_heel(const char *confdir, enum heel_trust trust, bool cached,
		     struct heel **ret, struct heel_report *report)
{
	struct heel *heel = calloc(1, sizeof(*heel));
	int rc;

	if (!heel)
		return heel_fail_memory(report);
	heel->cached = cached;
	rc = heel_store_open(&heel->arena, confdir ? confdir : HEEL_CONFDIR,
			     HEEL_SHAREDIR, trust, &heel->store, report);
	if (rc == 0)
		rc = load_settings(heel, report);
	if (rc < 0) {
		heel_close(heel);
		return rc;
	}
	*ret = heel;
	return 0;
}

int heel_open(const char *confdir, enum heel_trust trust, struct heel **ret,
	      struct heel_report *report)
{
	return open_heel(confdir, trust, false, ret, report);
}

int heel_open_for_session(const char *confdir, enum heel_trust trust, struct heel **ret,
			  struct heel_report *report)
{
	return open_heel(confdir, trust, true, ret, report);
}

struct heel_arena *heel_arena_of(struct heel *heel)
{
	return &heel->arena;
}

struct heel_store *heel_store_of(struct heel *heel)
{
	return heel->store;
}

const struct heel_settings *heel_settings_of(const struct heel *heel)
{
	return &heel->settings;
}

/* True if the user has a profile of their own in users.d; a bad one is an error. */
static int has_own_profile(struct heel *heel, const struct heel_subject *subject,
			   bool *ret, struct heel_report *report)
{
	struct heel_text_file file;
	int rc = heel_store_read(heel->store, HEEL_FOLDER_USERS, subject->user, &file,
				 report);

	if (rc < 0 && rc != -ENOENT)
		return rc;
	*ret = rc == 0;
	return 0;
}

/*
 * A domain sticks to the process that it is set in, so only services with a process for
 * each session may be confined; through another one nobody comes who would have to be.
 */
static int check_service(const struct heel *heel, const struct heel_subject *subject,
			 struct heel_report *report)
{
	const struct heel_settings *settings = &heel->settings;

	if (subject->door == HEEL_DOOR_SHELL ||
	    heel_confines_service(settings, subject->service))
		return 0;
	return heel_fail(report, EACCES,
			 settings->services.written
				 ? settings->services.from
				 : (struct heel_origin){settings->file, 0},
			 "service \"%s\" is none of those that heel confines "
			 "(\"services\"), and user \"%s\" is to be confined",
			 subject->service, subject->user);
}

int heel_policy_of_subject(struct heel *heel, const struct heel_subject *subject,
			   const struct heel_policy **ret, struct heel_report *report)
{
	size_t index;

	for (size_t start = 0;; start = index + 1) {
		const struct heel_assignment *assignment;
		enum heel_folder folder = HEEL_FOLDER_PROFILES;
		const char *name;
		bool own = false;
		int rc = heel_assign(&heel->settings, subject, start, &index, report);

		if (rc < 0)
			return rc;
		assignment = &heel->settings.assign[index];
		name = assignment->profile;
		if (strcmp(name, HEEL_PROFILE_UNCONFINED) == 0)
			return heel_resolve_unconfined(&heel->arena, &heel->settings,
						       assignment->from, ret, report);
		if (strcmp(name, HEEL_PROFILE_OWN) == 0) {
			rc = has_own_profile(heel, subject, &own, report);
			if (rc < 0)
				return rc;
			if (!own)
				continue;
			folder = HEEL_FOLDER_USERS;
			name = subject->user;
		}
		rc = check_service(heel, subject, report);
		if (rc == 0 && heel->cached)
			heel_store_load_cache(heel->store, folder, name);
		return rc < 0 ? rc
			      : heel_resolve(&heel->arena, heel->store, &heel->settings,
					     subject, folder, name, assignment->from, ret,
					     report);
	}
}

/* What these start for a user is the login shell; other services start what they like. */
static bool starts_login_shell(const char *service)
{
	static const char *const services[] = {
		"sshd", "login", "su", "su-l", "sudo-i", "runuser", "runuser-l", "remote",
	};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(services); i++)
		if (strcmp(services[i], service) == 0)
			return true;
	return false;
}

/* The name is compared, not the file: the shell may be a path that is the user's. */
int heel_check_commands(const struct heel_policy *policy,
			const struct heel_subject *subject, struct heel_report *report)
{
	static const char heel_shell[] = HEEL_BINDIR "/heel-shell";
	const char *shell = subject->shell ? subject->shell : "";

	if (!policy->limits_commands || subject->door == HEEL_DOOR_SHELL)
		return 0;
	if (strcmp(shell, heel_shell) != 0)
		return heel_fail(
			report, EACCES, policy->commands_from,
			"\"commands\" needs %s as login shell, and that of \"%s\" "
			"is \"%s\"",
			heel_shell, subject->user, shell);
	if (starts_login_shell(subject->service))
		return 0;
	return heel_fail(report, EACCES, policy->commands_from,
			 "service \"%s\" does not start the login shell, which alone "
			 "keeps to \"commands\"",
			 subject->service);
}

int heel_policy_of_profile(struct heel *heel, const char *profile,
			   const struct heel_subject *subject,
			   const struct heel_policy **ret, struct heel_report *report)
{
	enum heel_folder folder =
		profile[0] == '@' ? HEEL_FOLDER_USERS : HEEL_FOLDER_PROFILES;
	const char *name = profile[0] == '@' ? profile + 1 : profile;
	struct heel_text_file file;
	int rc;

	if (strcmp(profile, HEEL_PROFILE_UNCONFINED) == 0)
		return heel_resolve_unconfined(&heel->arena, &heel->settings,
					       (struct heel_origin){0}, ret, report);
	/* Read here for its name only: the place that a named profile comes from. */
	rc = heel_store_read(heel->store, folder, name, &file, report);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	return heel_resolve(&heel->arena, heel->store, &heel->settings, subject, folder,
			    name, (struct heel_origin){rc == 0 ? file.file : NULL, 0},
			    ret, report);
}

int heel_confine(struct heel *heel, const struct heel_plan *plan,
		 const struct heel_subject *subject, size_t *ret_rules,
		 struct heel_report *report)
{
	HEEL_CLOSE int ruleset = -1;
	size_t rules = 0;
	int rc = heel_admit(plan, report);

	if (rc == 0)
		rc = heel_build_ruleset(&heel->arena, plan, subject, &ruleset, &rules,
					report);
	if (rc == 0)
		rc = heel_apply(plan, ruleset, report);
	if (rc == 0)
		*ret_rules = rules;
	return rc;
}
