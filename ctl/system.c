/* SPDX-License-Identifier: ISC */
/*
 * `heel check --system`: what on this host leads around the policy. Finds out who is to
 * be confined, and lets each part look at its matter. Reads root's files, and nothing of
 * a user's but what stat(2) says.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "system.h"
#include "text.h"
#include "textfile.h"

/* So many people are named before the rest is only counted. */
#define NAMES_SHOWN 3

/* --- Findings --- */

void heel_add_name(const struct heel_system *system, struct heel_names *names,
		   const char *name)
{
	if (names->n++ >= NAMES_SHOWN)
		return;
	names->text = HEEL_NEED(heel_format(system->arena, "%s%s%s",
					    names->n > 1 ? names->text : "",
					    names->n > 1 ? ", " : "", name));
}

const char *heel_names_text(const struct heel_system *system,
			    const struct heel_names *names)
{
	if (names->n == 0)
		return "whoever is assigned a profile";
	if (names->n <= NAMES_SHOWN)
		return names->text;
	return HEEL_NEED(heel_format(system->arena, "%s and %zu more", names->text,
				     names->n - NAMES_SHOWN));
}

unsigned int heel_line_that_begins(const struct heel_system *system, const char *file,
				   const char *text)
{
	struct heel_lines lines = {0};
	const char *whole;

	if (heel_read_text(system->arena, file, &whole) < 0 ||
	    heel_split_lines(system->arena, whole, false, &lines) < 0)
		return 0;
	for (size_t i = 0; i < lines.n; i++)
		if (strncmp(lines.v[i].text, text, strlen(text)) == 0)
			return lines.v[i].number;
	return 0;
}

/* --- Who is to be confined --- */

bool heel_is_concerned(const struct heel_system *system, const struct heel_person *person,
		       const char *service, const char **ret_profile)
{
	struct heel_subject subject = person->subject;
	struct heel_origin from;
	enum heel_verdict verdict;

	subject.service = service;
	verdict = heel_judge_session(system->check, &subject, &from, ret_profile);
	/* Of accounts that nobody logs in to, heel.conf may well say nothing. */
	return verdict == HEEL_VERDICT_CONFINED ||
	       (verdict == HEEL_VERDICT_REFUSED && !heel_is_of_system(subject.uid));
}

static bool takes_service(const struct heel_values *services, const char *service)
{
	for (size_t i = 0; i < services->n; i++)
		if (heel_matches(services->v[i].text, service))
			return true;
	return !services->written;
}

/* Nobody passes an entry for every user. */
static bool ends_here(const struct heel_assignment *entry)
{
	const struct heel_values *users = &entry->keys[HEEL_ASSIGN_USER];
	bool every = !users->written;

	for (size_t i = 0; i < users->n; i++)
		every |= strcmp(users->v[i].text, "*") == 0;
	return every && !entry->keys[HEEL_ASSIGN_GROUP].written &&
	       !entry->keys[HEEL_ASSIGN_UID].written &&
	       strcmp(entry->profile, HEEL_PROFILE_OWN) != 0;
}

bool heel_may_confine(const struct heel_system *system, const char *service)
{
	const struct heel_settings *settings = system->check->settings;

	for (size_t i = 0; i < settings->n_assign; i++) {
		const struct heel_assignment *entry = &settings->assign[i];

		if (!takes_service(&entry->keys[HEEL_ASSIGN_SERVICE], service))
			continue;
		if (strcmp(entry->profile, HEEL_PROFILE_OWN) == 0 &&
		    system->check->n_users == 0)
			continue;
		if (strcmp(entry->profile, HEEL_PROFILE_UNCONFINED) != 0)
			return true;
		if (ends_here(entry))
			return false;
	}
	return false;
}

static bool is_concerned_anywhere(const struct heel_system *system,
				  const struct heel_person *person)
{
	const char *profile;

	for (size_t i = 0; i < system->n_services; i++)
		if (heel_is_concerned(system, person, system->services[i], &profile))
			return true;
	return heel_is_concerned(system, person, HEEL_SERVICE_SHELL, &profile);
}

static bool is_known(const struct heel_system *system, const char *name)
{
	for (size_t i = 0; i < system->n_people; i++)
		if (strcmp(system->people[i].subject.user, name) == 0)
			return true;
	return false;
}

/* Looks somebody up. -ENOENT: there is nobody of that name. */
static int find_person(const struct heel_system *system, const char *name,
		       struct heel_person *ret)
{
	struct heel_report ignored = {0}; /* who is not there has no session */
	int rc = heel_subject_by_name(system->arena, name, HEEL_SERVICE_SHELL,
				      HEEL_GROUPS_OF_DATABASE, &ret->subject, &ignored);

	heel_report_free(&ignored);
	if (rc == 0)
		ret->by_shell =
			strcmp(ret->subject.shell, HEEL_BINDIR "/heel-shell") == 0;
	return rc;
}

static void add_person(struct heel_system *system, const struct heel_person *person)
{
	if (!is_concerned_anywhere(system, person))
		return;
	system->people = HEEL_NEED(heel_grow(system->arena, system->people,
					     system->n_people, sizeof(*person)));
	system->people[system->n_people++] = *person;
}

/* Those that the password database lists. */
static void add_listed(struct heel_system *system)
{
	const struct passwd *entry;

	setpwent();
	/* cppcheck-suppress getpwentCalled ; there is one thread */
	while ((entry = getpwent())) {
		struct heel_person person = {0};

		if (find_person(system, entry->pw_name, &person) == 0)
			add_person(system, &person);
	}
	endpwent();
}

/* A directory server may list nobody, and still know them. Returns whether it does. */
static bool add_named(struct heel_system *system, const char *name)
{
	struct heel_person person = {0};
	int rc = find_person(system, name, &person);

	if (rc == 0 && !is_known(system, person.subject.user))
		add_person(system, &person);
	return rc != -ENOENT;
}

static void add_named_users(struct heel_system *system, const struct heel_values *users)
{
	for (size_t i = 0; i < users->n; i++) {
		const struct heel_value *user = &users->v[i];

		if (!strpbrk(user->text, "*?[\\") && !add_named(system, user->text))
			heel_system_warn(
				system, user->from,
				"there is no user \"%s\" here: this name means nobody; correct it or take it away",
				user->text);
	}
}

static void add_members(struct heel_system *system, const struct heel_values *groups)
{
	for (size_t i = 0; i < groups->n; i++) {
		/* cppcheck-suppress getgrnamCalled ; there is one thread */
		const struct group *group = getgrnam(groups->v[i].text);

		for (char **member = group ? group->gr_mem : NULL; member && *member;
		     member++)
			(void)add_named(system, *member); /* a member may be gone */
	}
}

static void find_people(struct heel_system *system)
{
	const struct heel_settings *settings = system->check->settings;

	add_listed(system);
	for (size_t i = 0; i < settings->n_assign; i++) {
		add_named_users(system, &settings->assign[i].keys[HEEL_ASSIGN_USER]);
		add_members(system, &settings->assign[i].keys[HEEL_ASSIGN_GROUP]);
	}
	for (size_t i = 0; i < system->check->n_users; i++)
		/* That there is no such user, check says without --system. */
		(void)add_named(system, system->check->users[i].name);
}

/* --- What they get --- */

const struct heel_plan *heel_assigned_plan(const struct heel_system *system,
					   const char *profile)
{
	const struct heel_check *check = system->check;

	for (size_t i = 0; profile && i < check->n_profiles; i++)
		if (strcmp(check->profiles[i].name, profile) == 0)
			return check->plans[i];
	return NULL;
}

bool heel_some_policy(const struct heel_system *system, heel_plan_test *test)
{
	const struct heel_settings *settings = system->check->settings;

	for (size_t i = 0; i < settings->n_assign; i++) {
		const struct heel_plan *plan =
			heel_assigned_plan(system, settings->assign[i].profile);

		if (plan && test(plan->policy))
			return true;
	}
	return false;
}

void heel_check_system(struct heel_check *check)
{
	struct heel_system system = {.check = check, .arena = &check->arena};

	heel_find_services(&system);
	if (check->settings->n_assign > 0)
		find_people(&system);
	heel_check_pam(&system);
	if (system.n_people > 0 || heel_may_confine(&system, HEEL_SERVICE_SHELL)) {
		heel_check_sshd(&system);
		heel_check_users(&system);
		heel_check_live(&system);
		heel_check_kernel(&system);
	}
	if (system.hidden)
		heel_system_warn(
			&system, (struct heel_origin){0},
			"some of what matters is for root to read, and was not looked at: run heel check --system as root");
}
