/* SPDX-License-Identifier: ISC */
/* What `heel check` warns about: policies that are valid and probably not what was meant.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "assign.h"
#include "ctl.h"
#include "settings.h"
#include "text.h"

/* So many accounts are named before the rest is only counted. */
#define NAMES_SHOWN 4

/* --- Assignments: one entry --- */

static bool is_unconfined(const struct heel_assignment *entry)
{
	return strcmp(entry->profile, HEEL_PROFILE_UNCONFINED) == 0;
}

static bool is_own(const struct heel_assignment *entry)
{
	return strcmp(entry->profile, HEEL_PROFILE_OWN) == 0;
}

static bool has_text(const struct heel_values *values, const char *text)
{
	for (size_t i = 0; i < values->n; i++)
		if (strcmp(values->v[i].text, text) == 0)
			return true;
	return false;
}

static bool is_listed(const struct heel_listed *listed, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(listed[i].name, name) == 0)
			return true;
	return false;
}

/* The key does not limit the entry: not written, or every user or service. */
static bool is_open(const struct heel_assignment *entry, enum heel_assign_key key)
{
	bool pattern = key == HEEL_ASSIGN_USER || key == HEEL_ASSIGN_SERVICE;

	return !entry->keys[key].written || (pattern && has_text(&entry->keys[key], "*"));
}

static bool is_for_everyone(const struct heel_assignment *entry)
{
	return is_open(entry, HEEL_ASSIGN_USER) && is_open(entry, HEEL_ASSIGN_GROUP) &&
	       is_open(entry, HEEL_ASSIGN_UID) && is_open(entry, HEEL_ASSIGN_SERVICE);
}

static bool same_values(const struct heel_values *a, const struct heel_values *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->v[i].text, b->v[i].text) != 0)
			return false;
	return true;
}

/* Whoever matches a also matches b, services aside; as far as it can be told. */
static bool covers_users(const struct heel_assignment *b, const struct heel_assignment *a)
{
	static const enum heel_assign_key keys[] = {HEEL_ASSIGN_USER, HEEL_ASSIGN_GROUP,
						    HEEL_ASSIGN_UID};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(keys); i++)
		if (!is_open(b, keys[i]) &&
		    !same_values(&b->keys[keys[i]], &a->keys[keys[i]]))
			return false;
	return true;
}

/* --- Assignments: all of them --- */

static void check_profile_exists(struct heel_check *check,
				 const struct heel_assignment *entry)
{
	struct heel_suggestion suggestion = {.name = entry->profile};
	char buffer[300];

	if (is_unconfined(entry) || is_own(entry) ||
	    is_listed(check->profiles, check->n_profiles, entry->profile))
		return;
	for (size_t i = 0; i < check->n_profiles; i++)
		heel_suggest(&suggestion, check->profiles[i].name);
	heel_suggest(&suggestion, HEEL_PROFILE_UNCONFINED);
	heel_suggest(&suggestion, HEEL_PROFILE_OWN);
	heel_check_fail(check, entry->keys[HEEL_ASSIGN_PROFILE].v[0].from,
			"there is no profile \"%s\"%s", entry->profile,
			heel_did_you_mean(&suggestion, buffer, sizeof(buffer)));
}

/* The plan of the entry's profile; NULL if it has none, such as "unconfined". */
static const struct heel_plan *plan_of(const struct heel_check *check,
				       const struct heel_assignment *entry)
{
	for (size_t i = 0; i < check->n_profiles; i++)
		if (strcmp(check->profiles[i].name, entry->profile) == 0)
			return check->plans[i];
	return NULL;
}

/* What the later entry grants and the earlier one does not, or NULL. */
static const char *gain(struct heel_check *check, const struct heel_assignment *earlier,
			const struct heel_assignment *later)
{
	const struct heel_plan *strict = plan_of(check, earlier);
	const struct heel_plan *other = plan_of(check, later);

	if (is_unconfined(earlier) || is_own(earlier) || is_own(later))
		return NULL;
	if (is_unconfined(later))
		return "everything: it is \"unconfined\"";
	return strict && other
		       ? heel_first_gain(&check->arena, strict->policy, other->policy)
		       : NULL;
}

static void warn_unreachable(struct heel_check *check)
{
	const struct heel_settings *settings = check->settings;

	for (size_t i = 0; i + 1 < settings->n_assign; i++) {
		if (!is_for_everyone(&settings->assign[i]) ||
		    is_own(&settings->assign[i]))
			continue;
		heel_warn(&check->report, settings->assign[i + 1].from,
			  "never reached: line %u matches everyone already",
			  settings->assign[i].from.line);
		return;
	}
}

/*
 * A membership that vanishes while its group still resolves cannot be seen, so
 * an entry with a group must never be what keeps somebody from more.
 */
static void warn_about_groups(struct heel_check *check)
{
	const struct heel_settings *settings = check->settings;
	const struct heel_assignment *last = &settings->assign[settings->n_assign - 1];

	if (last->keys[HEEL_ASSIGN_GROUP].written)
		heel_warn(&check->report, last->from,
			  "the last entry depends on a group: who is in none of these "
			  "groups is refused; let the last entry be the strictest, for "
			  "user \"*\"");
	if (!is_for_everyone(last) && !is_unconfined(last))
		return;
	for (size_t i = 0; i + 1 < settings->n_assign; i++) {
		const struct heel_assignment *entry = &settings->assign[i];
		const char *more = entry->keys[HEEL_ASSIGN_GROUP].written
					   ? gain(check, entry, last)
					   : NULL;

		if (!more)
			continue;
		heel_warn(&check->report, last->from,
			  "who drops out of the group of line %u gets more here: %s; "
			  "use groups to widen, and let the last entry be the strictest",
			  entry->from.line, more);
		return;
	}
}

/* An entry for one service, and behind it a weaker one for the same users. */
static void warn_about_services(struct heel_check *check)
{
	const struct heel_settings *settings = check->settings;

	for (size_t i = 0; i < settings->n_assign; i++) {
		const struct heel_assignment *entry = &settings->assign[i];

		for (size_t j = i + 1; j < settings->n_assign; j++) {
			const struct heel_assignment *next = &settings->assign[j];
			const char *more;

			if (is_open(entry, HEEL_ASSIGN_SERVICE))
				break;
			if (is_own(next) || !covers_users(next, entry))
				continue;
			more = gain(check, entry, next);
			if (more)
				heel_warn(&check->report, next->from,
					  "who is confined by line %u for one service "
					  "gets more here through others: %s",
					  entry->from.line, more);
			if (is_open(next, HEEL_ASSIGN_SERVICE) || more)
				break;
		}
	}
}

/* A group that does not resolve refuses everybody whom its entry could concern. */
static void warn_about_unknown_groups(struct heel_check *check)
{
	const struct heel_settings *settings = check->settings;

	for (size_t i = 0; i < settings->n_assign; i++) {
		const struct heel_values *groups =
			&settings->assign[i].keys[HEEL_ASSIGN_GROUP];

		for (size_t j = 0; j < groups->n; j++) {
			/* cppcheck-suppress getgrnamCalled ; there is one thread */
			if (!getgrnam(groups->v[j].text))
				heel_warn(
					&check->report, groups->v[j].from,
					"group \"%s\" does not resolve here: who is in no other group of this entry, and reaches it, is refused",
					groups->v[j].text);
		}
	}
}

/* --- System accounts --- */

struct account {
	const char *name;
	uid_t uid;
};

struct accounts {
	struct account *v;
	size_t n;
};

static int by_uid(const void *a, const void *b)
{
	const struct account *left = a, *right = b;

	return left->uid < right->uid ? -1 : left->uid > right->uid;
}

bool heel_is_of_system(uid_t uid)
{
	return uid <= 999 || (uid >= 61184 && uid <= 65534);
}

/* Root and the accounts of the system, root first. */
static struct accounts system_accounts(struct heel_arena *arena)
{
	struct accounts accounts = {0};
	const struct passwd *entry;

	setpwent();
	/* cppcheck-suppress getpwentCalled ; there is one thread */
	while ((entry = getpwent())) {
		struct account *v;

		if (!heel_is_of_system(entry->pw_uid))
			continue;
		v = HEEL_NEED(heel_grow(arena, accounts.v, accounts.n, sizeof(*v)));
		v[accounts.n].name = HEEL_NEED(heel_strdup(arena, entry->pw_name));
		v[accounts.n++].uid = entry->pw_uid;
		accounts.v = v;
	}
	endpwent();
	if (accounts.n > 1)
		qsort(accounts.v, accounts.n, sizeof(*accounts.v), by_uid);
	return accounts;
}

enum heel_verdict heel_judge_session(const struct heel_check *check,
				     const struct heel_subject *subject,
				     struct heel_origin *ret_from,
				     const char **ret_profile)
{
	const struct heel_settings *settings = check->settings;
	struct heel_report ignored = {0};
	enum heel_verdict verdict = HEEL_VERDICT_REFUSED;
	size_t index = 0;

	*ret_profile = NULL;
	*ret_from = (struct heel_origin){settings->file, 0};
	for (size_t start = 0; verdict == HEEL_VERDICT_REFUSED; start = index + 1) {
		const struct heel_assignment *entry;

		if (heel_assign(settings, subject, start, &index, &ignored) < 0)
			break;
		entry = &settings->assign[index];
		if (is_own(entry) &&
		    !is_listed(check->users, check->n_users, subject->user))
			continue;
		*ret_from = entry->from;
		*ret_profile = entry->profile;
		verdict = is_unconfined(entry) ? HEEL_VERDICT_UNCONFINED
					       : HEEL_VERDICT_CONFINED;
	}
	heel_report_free(&ignored);
	return verdict;
}

/*
 * What becomes of an account: by heel-shell, or by the first service that an entry names
 * and that leaves it not unconfined.
 */
static enum heel_verdict judge_account(struct heel_check *check, const char *name,
				       struct heel_origin *ret_from)
{
	const struct heel_settings *settings = check->settings;
	struct heel_report ignored = {0};
	struct heel_subject subject;
	enum heel_verdict verdict;
	const char *profile;
	int rc = heel_subject_by_name(&check->arena, name, HEEL_SERVICE_SHELL,
				      HEEL_GROUPS_OF_DATABASE, &subject, &ignored);

	heel_report_free(&ignored);
	if (rc < 0)
		return HEEL_VERDICT_UNCONFINED; /* nothing can be said about it */
	verdict = heel_judge_session(check, &subject, ret_from, &profile);
	for (size_t i = 0; i < settings->n_assign; i++) {
		const struct heel_values *services =
			&settings->assign[i].keys[HEEL_ASSIGN_SERVICE];

		for (size_t j = 0; j < services->n && verdict == HEEL_VERDICT_UNCONFINED;
		     j++) {
			subject.service = services->v[j].text;
			verdict = heel_judge_session(check, &subject, ret_from, &profile);
		}
	}
	return verdict;
}

static void warn_about_accounts(struct heel_check *check)
{
	static const char *const what[HEEL_VERDICTS] = {
		[HEEL_VERDICT_CONFINED] = "confined",
		[HEEL_VERDICT_REFUSED] = "refused, as no entry matches them",
	};
	struct accounts accounts = system_accounts(&check->arena);
	const char *names[HEEL_VERDICTS] = {"", "", ""};
	struct heel_origin from[HEEL_VERDICTS] = {0};
	size_t n[HEEL_VERDICTS] = {0};

	for (size_t i = 0; i < accounts.n; i++) {
		struct heel_origin at = {0};
		enum heel_verdict verdict = judge_account(check, accounts.v[i].name, &at);

		if (n[verdict]++ == 0)
			from[verdict] = at;
		if (n[verdict] <= NAMES_SHOWN)
			names[verdict] = HEEL_NEED(heel_format(
				&check->arena, "%s%s%s", names[verdict],
				n[verdict] > 1 ? ", " : "", accounts.v[i].name));
	}
	for (enum heel_verdict verdict = HEEL_VERDICT_CONFINED; verdict < HEEL_VERDICTS;
	     verdict++) {
		if (n[verdict] > NAMES_SHOWN)
			names[verdict] = HEEL_NEED(
				heel_format(&check->arena, "%s and %zu more",
					    names[verdict], n[verdict] - NAMES_SHOWN));
		if (n[verdict] > 0)
			heel_warn(&check->report, from[verdict],
				  "system accounts would be %s: %s; begin with { uid = ( "
				  "0, \"1-999\", \"61184-65534\" ); profile = "
				  "\"unconfined\"; }",
				  what[verdict], names[verdict]);
	}
}

/* Of the profiles that sessions get; one that is only inherited needs no shell. */
static void check_shells(struct heel_check *check)
{
	const struct heel_settings *settings = check->settings;

	for (size_t i = 0; i < check->n_profiles; i++) {
		bool assigned = false;

		for (size_t j = 0; j < settings->n_assign && !assigned; j++)
			assigned = strcmp(settings->assign[j].profile,
					  check->profiles[i].name) == 0;
		if (assigned && check->plans[i])
			heel_advise_on_shell(check, check->profiles[i].file,
					     check->plans[i]);
	}
}

void heel_advise_on_assignments(struct heel_check *check)
{
	const struct heel_settings *settings = check->settings;

	for (size_t i = 0; i < settings->n_assign; i++)
		check_profile_exists(check, &settings->assign[i]);
	check_shells(check);
	if (settings->n_assign == 0) {
		heel_warn(&check->report, (struct heel_origin){settings->file, 0},
			  "nobody is assigned anything: every session is refused");
		return;
	}
	warn_unreachable(check);
	warn_about_groups(check);
	warn_about_services(check);
	/* On the machine where a policy is only reviewed, its groups need not be. */
	if (check->installed)
		warn_about_unknown_groups(check);
	warn_about_accounts(check);
}

/* --- Settings --- */

static void judge_kernel(struct heel_check *check)
{
	const struct heel_settings *settings = check->settings;
	struct heel_origin at = settings->minimum_abi_from;

	if (!at.file)
		at = (struct heel_origin){settings->file, 0};
	if (check->has_landlock && check->kernel.abi < settings->minimum_abi)
		heel_warn(&check->report, at,
			  "sessions are refused on this kernel: it has Landlock ABI %d, "
			  "below the required %d",
			  check->kernel.abi, settings->minimum_abi);
	/* A policy may well be reviewed where it could not be enforced. */
	if (!check->has_landlock && check->installed)
		heel_warn(&check->report, at,
			  "sessions are refused on this kernel: it has no Landlock");
	if (!check->kernel.seccomp)
		heel_check_fail(
			check, (struct heel_origin){settings->file, 0},
			"sessions are refused on this kernel: it has no system call filters (CONFIG_SECCOMP_FILTER)");
}

static bool is_pattern(const char *text)
{
	return strpbrk(text, "*?[\\") != NULL;
}

/* A service of which nothing is known gets its own processes confined like the user's. */
static void warn_about_file(struct heel_check *check, const struct heel_value *service)
{
	struct heel_report ignored = {0}; /* said where all files are looked at */
	struct heel_text_file file;

	if (!is_pattern(service->text) &&
	    heel_store_read(check->store, HEEL_FOLDER_SERVICES, service->text, &file,
			    &ignored) == -ENOENT)
		heel_warn(&check->report, service->from,
			  "service \"%s\" has no file in services.d: what its own "
			  "processes need, once confined, each profile must grant",
			  service->text);
	heel_report_free(&ignored);
}

/* Nobody who is confined comes through a service that may not be. */
static void warn_about_service(struct heel_check *check, const char *profile,
			       const struct heel_value *service)
{
	if (is_pattern(service->text) || strcmp(service->text, HEEL_SERVICE_SHELL) == 0 ||
	    strcmp(profile, HEEL_PROFILE_UNCONFINED) == 0 ||
	    heel_confines_service(check->settings, service->text))
		return;
	heel_warn(&check->report, service->from,
		  "service \"%s\" is none of those that heel confines (\"services\"): "
		  "sessions that this entry is for are refused",
		  service->text);
}

void heel_advise_on_settings(struct heel_check *check)
{
	const struct heel_settings *settings = check->settings;

	judge_kernel(check);
	for (size_t i = 0; i < settings->services.n; i++)
		warn_about_file(check, &settings->services.v[i]);
	for (size_t i = 0; i < settings->n_assign; i++) {
		const struct heel_assignment *assignment = &settings->assign[i];
		const struct heel_values *services =
			&assignment->keys[HEEL_ASSIGN_SERVICE];

		for (size_t j = 0; j < services->n; j++)
			warn_about_service(check, assignment->profile, &services->v[j]);
	}
}

/* --- One policy --- */

static bool is_from(struct heel_origin origin, const char *file)
{
	return origin.file && strcmp(origin.file, file) == 0;
}

/* A path of the policy, in an array sorted by name. */
struct sorted {
	const struct heel_path *path;
};

static int by_path(const void *a, const void *b)
{
	const struct sorted *left = a, *right = b;

	return strcmp(left->path->path, right->path->path);
}

/* The links in the paths do not lead the inner one out of the outer one. */
static bool stays_within(struct heel_arena *arena, const struct heel_path *inner,
			 const struct heel_path *outer)
{
	return heel_path_is_below(heel_locate(arena, inner->path, false)->path,
				  heel_locate(arena, outer->path, false)->path);
}

/*
 * The wider grant makes the other one needless. Of two files, one may well say again
 * what the other says, so that it does not depend on it; less is what no one means.
 */
static bool is_idle(const struct heel_grant *grant, const struct heel_grant *wider)
{
	return (grant->access & ~wider->access) == 0 &&
	       (is_from(grant->from, wider->from.file) || grant->access != wider->access);
}

static void compare_grants(struct heel_check *check, const char *file,
			   const struct heel_path *inner, const struct heel_path *outer)
{
	for (size_t i = 0; i < inner->n_grants; i++) {
		const struct heel_grant *grant = &inner->grants[i];

		for (size_t j = 0; j < outer->n_grants; j++) {
			const struct heel_grant *wider = &outer->grants[j];

			if (!is_from(grant->from, file) || !is_idle(grant, wider) ||
			    !stays_within(&check->arena, inner, outer))
				continue;
			heel_warn(&check->report, grant->from,
				  "%s has no effect here: %s grants at least as much "
				  "on all of %s, and nothing can be taken away below it",
				  inner->path,
				  heel_origin_text(&check->arena, wider->from),
				  outer->path);
			break;
		}
	}
}

/* Looks for a path's ancestors among the sorted paths. */
static void compare_with_ancestors(struct heel_check *check, const char *file,
				   const struct sorted *sorted, size_t n,
				   const struct heel_path *inner)
{
	char *text = HEEL_NEED(heel_strdup(&check->arena, inner->path));

	while (text[1]) {
		char *slash = strrchr(text, '/');
		const struct heel_path key = {.path = text};
		const struct sorted wanted = {&key};
		const struct sorted *found;

		slash[slash == text ? 1 : 0] = '\0';
		found = bsearch(&wanted, sorted, n, sizeof(*sorted), by_path);
		if (found)
			compare_grants(check, file, inner, found->path);
	}
}

/* A path below one that grants the same already; often it was meant as an exception. */
static void warn_about_narrower_paths(struct heel_check *check, const char *file,
				      const struct heel_policy *policy)
{
	struct sorted *sorted =
		HEEL_NEED(heel_alloc(&check->arena, policy->n_paths, sizeof(*sorted)));

	for (size_t i = 0; i < policy->n_paths; i++)
		sorted[i].path = &policy->paths[i];
	if (policy->n_paths > 1)
		qsort(sorted, policy->n_paths, sizeof(*sorted), by_path);
	for (size_t i = 0; i < policy->n_paths; i++)
		if (!policy->paths[i].make) /* has an effect of its own */
			compare_with_ancestors(check, file, sorted, policy->n_paths,
					       &policy->paths[i]);
}

/* The first line that grants a port, or NULL. */
static const struct heel_origin *first_port(const struct heel_policy *policy)
{
	for (enum heel_port_kind kind = 0; kind < HEEL_PORT_KINDS; kind++) {
		if (policy->ports[kind].any)
			return &policy->ports[kind].from;
		if (policy->ports[kind].n > 0)
			return &policy->ports[kind].ranges[0].from;
	}
	return NULL;
}

static void warn_if_permitted(struct heel_check *check, const char *file,
			      const struct heel_policy *policy,
			      enum heel_restriction_id id, const char *lost)
{
	const struct heel_restriction_state *state = &policy->restrictions[id];

	if (!state->on && is_from(state->from, file))
		heel_warn(&check->report, state->from, "permits \"%s\": %s",
			  heel_restriction(id)->name, lost);
}

/* Lines about the network that other lines make idle, or go around. */
static void warn_about_network(struct heel_check *check, const char *file,
			       const struct heel_policy *policy)
{
	const struct heel_origin *port = first_port(policy);

	if (port && is_from(*port, file) && !heel_has_inet(policy))
		heel_warn(
			&check->report, *port,
			"has no effect: \"families\" has neither \"inet\" nor \"inet6\", and without it stands \"unix\" alone");
	warn_if_permitted(
		check, file, policy, HEEL_RESTRICT_IO_URING,
		"what io_uring does passes the families and the restrictions of this profile");
	if (heel_leaves_tcp_gaps(policy))
		warn_if_permitted(
			check, file, policy, HEEL_RESTRICT_RAW_NETWORK,
			"the TCP ports of this profile are passed by MPTCP, SCTP and Fast Open");
}

/* Of a group, what this machine lacks is meant for others. */
static void warn_about_absent_calls(struct heel_check *check, const char *file,
				    const struct heel_policy *policy)
{
	bool i386 = !policy->restrictions[HEEL_RESTRICT_FOREIGN_ABI].on;

	for (size_t i = 0; i < policy->syscalls_deny.n; i++) {
		const struct heel_value *value = &policy->syscalls_deny.v[i];

		if (!is_from(value->from, file) || value->text[0] == '@' ||
		    heel_syscall_number(HEEL_ARCH_NATIVE, value->text) >= 0 ||
		    (i386 && heel_syscall_number(HEEL_ARCH_I386, value->text) >= 0))
			continue;
		heel_warn(
			&check->report, value->from,
			"has no effect: this machine has no system call \"%s\"; another one may do its work here",
			value->text);
	}
}

/* Of commands, what nobody can ask for, or can steer more than it seems. */
static void warn_about_commands(struct heel_check *check, const char *file,
				const struct heel_policy *policy)
{
	if (!policy->limits_commands || !is_from(policy->commands_from, file))
		return;
	if (!policy->description)
		heel_warn(&check->report, policy->commands_from,
			  "an interactive login is refused with the profile's "
			  "\"description\", and there is none");
	for (size_t i = 0; i < policy->n_commands; i++) {
		const struct heel_command *command = &policy->commands[i];
		const struct heel_command *earlier = heel_hidden_by(policy, i);

		if (earlier)
			heel_warn(&check->report, command->from,
				  "is never reached: %s takes all that it matches",
				  heel_origin_text(&check->arena, earlier->from));
		if (!command->run_text && heel_takes_rest(command) &&
		    !heel_ends_options(command))
			heel_warn(
				&check->report, command->from,
				"\"*\" takes every option of the program, also one that "
				"starts another program or writes a file; with \"run\" "
				"the options are yours");
	}
}

void heel_advise_on_policy(struct heel_check *check, const char *file,
			   const struct heel_plan *plan)
{
	const struct heel_policy *policy = plan->policy;

	if (!policy->no_new_privs && is_from(policy->no_new_privs_from, file))
		heel_warn(&check->report, policy->no_new_privs_from,
			  "without no_new_privs this is no boundary against somebody who "
			  "may become root; heel-shell and heel run refuse it");
	/* Of a kernel without Landlock there is nothing more to say. */
	for (size_t i = 0; check->has_landlock && i < plan->n_unsupported; i++)
		if (plan->unsupported[i].written &&
		    is_from(plan->unsupported[i].from, file))
			heel_warn(&check->report, plan->unsupported[i].from,
				  policy->warn_unsupported
					  ? "not enforced on this kernel: %s"
					  : "sessions are refused on this kernel: %s",
				  plan->unsupported[i].text);
	warn_about_network(check, file, policy);
	warn_about_commands(check, file, policy);
	warn_about_absent_calls(check, file, policy);
	warn_about_narrower_paths(check, file, policy);
}

/* Adds a warning, at that line or else at the file, if the program could not be run. */
static void warn_if_not_executable(struct heel_check *check, const char *file,
				   const struct heel_plan *plan, const char *program,
				   struct heel_origin from, const char *what)
{
	const struct heel_question question = {HEEL_VERB_EXECUTE, program, 0};
	struct heel_decision decision =
		heel_decide(&check->arena, plan, NULL, &question,
			    heel_locate(&check->arena, program, true));

	if (!decision.allowed)
		heel_warn(&check->report,
			  is_from(from, file) ? from : (struct heel_origin){file, 0},
			  "%s cannot be executed: %s", what, decision.reason);
}

/* On the machine where a policy is only reviewed, its programs need not be. */
static void warn_if_missing(struct heel_check *check, const char *file,
			    const struct heel_command *command)
{
	struct stat st;

	if (check->installed && !command->per_user && stat(command->program, &st) < 0)
		heel_warn(&check->report,
			  is_from(command->from, file) ? command->from
						       : (struct heel_origin){file, 0},
			  "the program of this command is not there: %s: %s",
			  command->program, strerror(errno));
}

void heel_advise_on_shell(struct heel_check *check, const char *file,
			  const struct heel_plan *plan)
{
	const struct heel_policy *policy = plan->policy;

	if (!policy->limits_commands)
		warn_if_not_executable(check, file, plan, policy->shell,
				       policy->shell_from,
				       "no session can begin: its own shell");
	for (size_t i = 0; i < policy->n_commands; i++) {
		warn_if_not_executable(check, file, plan, policy->commands[i].program,
				       policy->commands[i].from,
				       "the program of this command");
		warn_if_missing(check, file, &policy->commands[i]);
	}
}
