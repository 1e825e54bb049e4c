/* SPDX-License-Identifier: ISC */
/* `heel check`: finds every problem of the policy files and prints them like a compiler.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access.h"
#include "ctl.h"
#include "profile.h"
#include "resolve.h"
#include "textfile.h"

/* The id of the made-up user. */
#define EXAMPLE_UID    54321

/* The Landlock that promises are tried on where the kernel has none. */
#define EXAMPLE_ABI    7

/* A source line longer than this is not worth showing whole. */
#define SHOWN_LINE_MAX 200

void heel_check_fail(struct heel_check *check, struct heel_origin at, const char *fmt,
		     ...)
{
	HEEL_UNUSED int rc; /* the report has it */
	const char *text;
	va_list args;

	va_start(args, fmt);
	text = HEEL_NEED(heel_vformat(&check->arena, fmt, args));
	va_end(args);
	rc = heel_fail(&check->report, 0, at, "%s", text);
}

/* --- One file --- */

static int find_no_group(const char *name, const char *user, struct heel_group *ret)
{
	(void)name;
	(void)user;
	(void)ret;
	return -ENOENT;
}

struct heel_subject heel_example_subject(struct heel_arena *arena, const char *name)
{
	struct heel_subject subject = {
		.service = HEEL_SERVICE_SHELL,
		.user = name,
		.uid = EXAMPLE_UID,
		.gid = EXAMPLE_UID,
		.group = name,
		.find_group = find_no_group,
	};

	subject.home = HEEL_NEED(heel_format(arena, "/home/%s", name));
	return subject;
}

/* The user whose file this is, or the made-up one. */
static struct heel_subject subject_for(struct heel_check *check, enum heel_folder folder,
				       const struct heel_listed *listed)
{
	struct heel_report ignored = {0};
	struct heel_subject subject;
	int rc;

	if (folder != HEEL_FOLDER_USERS)
		return heel_example_subject(&check->arena, HEEL_EXAMPLE_USER);
	rc = heel_subject_by_name(&check->arena, listed->name, HEEL_SERVICE_SHELL,
				  HEEL_GROUPS_OF_DATABASE, &subject, &ignored);
	heel_report_free(&ignored);
	if (rc == -ENOENT)
		heel_warn(&check->report, (struct heel_origin){listed->file, 0},
			  "there is no user \"%s\": this file is never used",
			  listed->name);
	/* A name service that does not answer is no problem of the policy. */
	return rc < 0 ? heel_example_subject(&check->arena, listed->name) : subject;
}

/* A promise of the profile: what must be allowed, or must be denied. */
static void check_promise(struct heel_check *check, const struct heel_plan *plan,
			  const struct heel_value *promise, bool allowed)
{
	size_t length = strcspn(promise->text, " ");
	const char *verb = HEEL_NEED(heel_strndup(&check->arena, promise->text, length));
	const char *target = promise->text + length;
	const struct heel_location *location = NULL;
	struct heel_question question;
	struct heel_decision decision;
	const char *why;

	target += strspn(target, " ");
	if (!heel_ask(&check->arena, verb, target, &question, &why)) {
		heel_check_fail(check, promise->from,
				"\"%s\" is no promise that can be checked: %s",
				promise->text, why);
		return;
	}
	if (question.verb != HEEL_VERB_CONNECT && question.verb != HEEL_VERB_BIND)
		location = heel_locate(&check->arena, question.target,
				       question.verb == HEEL_VERB_EXECUTE);
	decision = heel_decide(&check->arena, plan, NULL, &question, location);
	if (decision.allowed != allowed)
		heel_check_fail(check, promise->from,
				"profile \"%s\" breaks a promise: \"%s\" must be %s and "
				"is %s (%s)",
				plan->policy->profile, promise->text,
				allowed ? "allowed" : "denied",
				allowed ? "denied" : "allowed", decision.reason);
}

static int check_promises(struct heel_check *check, const struct heel_plan *plan,
			  const struct heel_subject *subject)
{
	struct heel_values allow, deny;
	int rc = heel_expand_promises(&check->arena, plan->policy, subject, &allow, &deny,
				      &check->report);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < allow.n; i++)
		check_promise(check, plan, &allow.v[i], true);
	for (size_t i = 0; i < deny.n; i++)
		check_promise(check, plan, &deny.v[i], false);
	return 0;
}

/* Everyone is free to have such a file, but it is not what the name means. */
static void check_name(struct heel_check *check, enum heel_folder folder,
		       const struct heel_listed *listed)
{
	if (folder == HEEL_FOLDER_PROFILES &&
	    strcmp(listed->name, HEEL_PROFILE_UNCONFINED) == 0)
		heel_check_fail(check, (struct heel_origin){listed->file, 0},
				"is never used: \"%s\" is built in",
				HEEL_PROFILE_UNCONFINED);
}

/* As far as the file can be read; what is wrong in it is said elsewhere. */
static void check_parents(struct heel_check *check, enum heel_folder folder,
			  const struct heel_listed *listed)
{
	struct heel_report ignored = {0};
	struct heel_text_file file;
	struct heel_profile profile;
	int rc = heel_store_read(check->store, folder, listed->name, &file, &ignored);

	if (rc == 0)
		rc = heel_profile_load(&check->arena, listed->name, listed->file,
				       file.text, file.length, &profile, &ignored);
	heel_report_free(&ignored);
	if (rc < 0)
		return;
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): errors are < 0 */
	for (size_t i = 0; i < profile.keys[HEEL_KEY_INHERIT].n; i++) {
		const struct heel_value *parent = &profile.keys[HEEL_KEY_INHERIT].v[i];

		if (strcmp(parent->text, HEEL_PROFILE_UNCONFINED) == 0)
			heel_check_fail(check, parent->from,
					"\"%s\" is built in, and nothing to inherit",
					parent->text);
	}
}

static bool has_unsupported(const struct heel_plan *plan, const char *text)
{
	for (size_t i = 0; i < plan->n_unsupported; i++)
		if (strcmp(plan->unsupported[i].text, text) == 0)
			return true;
	return false;
}

/*
 * A profile with commands is for heel-shell, which, where pam_heel confines the session,
 * runs inside of it and reads the policy there.
 */
static void check_policy_in_session(struct heel_check *check,
				    const struct heel_plan *plan)
{
	const struct heel_policy *policy = plan->policy;
	const struct heel_question question = {.verb = HEEL_VERB_READ,
					       .target = HEEL_CONFDIR};
	const struct heel_location *location;

	if (!policy->limits_commands)
		return;
	location = heel_locate(&check->arena, question.target, false);
	if (!heel_decide(&check->arena, plan, NULL, &question, location).allowed)
		heel_warn(
			&check->report, policy->commands_from,
			"where pam_heel confines a session, heel-shell may not read the "
			"policy in it, and starts nothing: grant read on \"-%s\", as "
			"base does",
			HEEL_CONFDIR);
}

/* What the profile asks for and sshd, which lives in the same domain, cannot do without.
 */
static void check_door(struct heel_check *check, enum heel_folder folder,
		       const struct heel_listed *listed, const struct heel_plan *plan)
{
	struct heel_subject subject = subject_for(check, folder, listed);
	const char *then =
		check->settings->warn_unsupported ? "lack something" : "are refused";
	struct heel_report ignored = {0}; /* what is wrong with the service's file */
	const struct heel_policy *policy;
	const struct heel_plan *other;

	subject.service = "sshd";
	subject.door = HEEL_DOOR_SESSION;
	if (!heel_confines_service(check->settings, subject.service) ||
	    heel_resolve(&check->arena, check->store, check->settings, &subject, folder,
			 listed->name, (struct heel_origin){listed->file, 0}, &policy,
			 &ignored) < 0 ||
	    heel_compile(&check->arena, policy, &check->kernel, &other, &ignored) < 0) {
		heel_report_free(&ignored);
		return;
	}
	heel_report_free(&ignored);
	for (size_t i = 0; i < other->n_unsupported; i++)
		if (other->unsupported[i].written &&
		    !has_unsupported(plan, other->unsupported[i].text))
			heel_warn(&check->report, other->unsupported[i].from,
				  "sessions through sshd %s, unless pam_heel defers: %s",
				  then, other->unsupported[i].text);
	check_policy_in_session(check, other);
}

/* Returns the profile's plan, or NULL if there is none. */
static const struct heel_plan *check_profile(struct heel_check *check,
					     enum heel_folder folder,
					     const struct heel_listed *listed)
{
	const struct heel_subject subject = subject_for(check, folder, listed);
	const struct heel_policy *policy;
	const struct heel_plan *plan;
	int rc;

	check_name(check, folder, listed);
	check_parents(check, folder, listed);
	rc = heel_resolve(&check->arena, check->store, check->settings, &subject, folder,
			  listed->name, (struct heel_origin){listed->file, 0}, &policy,
			  &check->report);
	if (rc == 0)
		rc = heel_compile(&check->arena, policy, &check->kernel, &plan,
				  &check->report);
	if (rc == 0)
		rc = check_promises(check, plan, &subject);
	if (rc != 0)
		return NULL;
	heel_advise_on_policy(check, listed->file, plan);
	check_door(check, folder, listed, plan);
	return plan;
}

/* --- Who can read it --- */

static void warn_unreadable(struct heel_check *check, const char *file)
{
	heel_warn(&check->report, (struct heel_origin){file, 0},
		  "is not readable by everyone: heel-shell reads the policy as its user");
}

static void check_file_readable(struct heel_check *check, enum heel_folder folder,
				const char *name)
{
	struct heel_report ignored = {0}; /* said when the file is loaded */
	struct heel_text_file file;
	struct stat st;

	if (heel_store_read(check->store, folder, name, &file, &ignored) == 0 &&
	    !file.readable && stat(file.file, &st) == 0 && !(st.st_mode & S_IROTH))
		warn_unreadable(check, file.file);
	heel_report_free(&ignored);
}

static void check_directory_readable(struct heel_check *check, const char *folder)
{
	const char *path = HEEL_NEED(heel_format(&check->arena, "%s%s",
						 heel_store_name(check->store), folder));
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode) && !(st.st_mode & S_IXOTH))
		warn_unreadable(check, path);
}

/* A user's own policy, tried out with --config, is for nobody else. */
static void check_readable(struct heel_check *check)
{
	check_directory_readable(check, "");
	check_directory_readable(check, "/users.d");
	check_directory_readable(check, "/profiles.d");
	check_file_readable(check, HEEL_FOLDER_TOP, "heel");
	for (size_t i = 0; i < check->n_profiles; i++)
		check_file_readable(check, HEEL_FOLDER_PROFILES, check->profiles[i].name);
	for (size_t i = 0; i < check->n_users; i++)
		check_file_readable(check, HEEL_FOLDER_USERS, check->users[i].name);
}

/* --- All files --- */

/* Lists a folder; one that cannot be listed is a problem, and as good as empty. */
static void list(struct heel_check *check, enum heel_folder folder,
		 struct heel_listed **ret, size_t *ret_n)
{
	if (heel_store_list(check->store, folder, ret, ret_n, &check->report) < 0)
		*ret_n = 0;
}

/* What heel.conf would say if it said nothing. */
static const struct heel_settings default_settings = {
	.minimum_abi = HEEL_ABI_OLDEST,
	.shell = "/bin/sh",
	.file = "heel.conf",
};

/*
 * Opens the policy directory. If only heel.conf is broken, the profiles are
 * still worth checking, so that all errors are seen at once. Returns whether there is
 * anything to check.
 */
static bool open_policy(const struct heel_arguments *arguments, struct heel_check *check,
			struct heel **ret_heel)
{
	enum heel_trust trust = heel_trust_of(arguments);
	struct heel_report ignored = {0}; /* heel_open() has said it */
	int rc = heel_open(arguments->config, trust, ret_heel, &check->report);

	check->installed = arguments->config == NULL;
	if (rc == 0) {
		check->store = heel_store_of(*ret_heel);
		check->settings = heel_settings_of(*ret_heel);
		return true;
	}
	*ret_heel = NULL;
	check->settings = &default_settings;
	rc = heel_store_open(&check->arena,
			     arguments->config ? arguments->config : HEEL_CONFDIR,
			     HEEL_SHAREDIR, trust, &check->store, &ignored);
	heel_report_free(&ignored);
	return rc == 0;
}

/* Profiles are for sessions if they are assigned; those of users always are. */
static void check_own(struct heel_check *check, const struct heel_listed *listed)
{
	const struct heel_plan *plan = check_profile(check, HEEL_FOLDER_USERS, listed);

	if (plan)
		heel_advise_on_shell(check, listed->file, plan);
}

static void check_services(struct heel_check *check)
{
	struct heel_listed *listed;
	const struct heel_values *needs;

	list(check, HEEL_FOLDER_SERVICES, &listed, &check->n_services);
	for (size_t i = 0; i < check->n_services; i++) {
		/* The report has it. */
		HEEL_UNUSED int rc =
			heel_resolve_service(&check->arena, check->store, listed[i].name,
					     &needs, &check->report);
	}
}

static void check_policy(const struct heel_arguments *arguments, struct heel_check *check,
			 bool has_settings)
{
	list(check, HEEL_FOLDER_PROFILES, &check->profiles, &check->n_profiles);
	list(check, HEEL_FOLDER_USERS, &check->users, &check->n_users);
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	check->plans = HEEL_NEED(
		heel_alloc(&check->arena, check->n_profiles, sizeof(*check->plans)));
	for (size_t i = 0; i < check->n_profiles; i++)
		check->plans[i] =
			check_profile(check, HEEL_FOLDER_PROFILES, &check->profiles[i]);
	for (size_t i = 0; i < check->n_users; i++)
		check_own(check, &check->users[i]);
	check_services(check);
	if (has_settings) {
		heel_advise_on_settings(check);
		heel_advise_on_assignments(check);
		heel_check_cache(check);
	}
	if (heel_trust_of(arguments) == HEEL_TRUST_ROOT)
		check_readable(check);
}

/* --- The answer --- */

/* By file, then by line; what concerns no file comes first. */
static int by_place(const void *a, const void *b)
{
	const struct heel_problem *left = a, *right = b;
	int order = strcmp(left->at.file ? left->at.file : "",
			   right->at.file ? right->at.file : "");

	if (order == 0 && left->at.line != right->at.line)
		order = left->at.line < right->at.line ? -1 : 1;
	if (order == 0 && left->severity != right->severity)
		order = left->severity < right->severity ? -1 : 1;
	return order != 0 ? order : strcmp(left->text, right->text);
}

/*
 * Sorts the problems and leaves out notes and what was said twice: a parent's
 * problem is found again with each profile that inherits it.
 */
static void tidy(struct heel_report *report)
{
	size_t n = 0;

	if (report->n > 1)
		qsort(report->problems, report->n, sizeof(*report->problems), by_place);
	for (size_t i = 0; i < report->n; i++) {
		if (report->problems[i].severity == HEEL_NOTE ||
		    (n > 0 &&
		     by_place(&report->problems[i], &report->problems[n - 1]) == 0))
			continue;
		report->problems[n++] = report->problems[i];
	}
	report->n = n;
}

/* The text of the file that the problems at hand are in. */
struct source {
	struct heel_arena arena;
	const char *file;
	const char *text;
};

static void read_source(struct source *source, const char *file)
{
	heel_arena_free(&source->arena);
	source->file = file;
	if (heel_read_text(&source->arena, file, &source->text) < 0)
		source->text = NULL;
}

/* Shows the line that a problem is about; without it the place must do. */
static void print_source_line(struct source *source, const struct heel_problem *problem)
{
	const char *line;
	char *shown;
	size_t length;

	if (!problem->at.file || problem->at.line == 0)
		return;
	if (!source->file || strcmp(source->file, problem->at.file) != 0)
		read_source(source, problem->at.file);
	line = source->text;
	for (unsigned int i = 1; line && i < problem->at.line; i++) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	if (!line)
		return;
	line += strspn(line, " \t");
	length = strcspn(line, "\r\n");
	shown = HEEL_NEED(heel_strndup(
		&source->arena, line, length > SHOWN_LINE_MAX ? SHOWN_LINE_MAX : length));
	for (char *tab = strchr(shown, '\t'); tab; tab = strchr(tab, '\t'))
		*tab = ' '; /* not an escape, as it would be shown */
	heel_say(stdout, "    %s%s", shown, length > SHOWN_LINE_MAX ? "..." : "");
}

static void print_summary(const struct heel_check *check, size_t errors, size_t warnings)
{
	size_t files = check->n_profiles + check->n_users + check->n_services + 1;
	const char *host = check->system ? " and this host" : "";

	if (errors + warnings == 0)
		(void)printf("%zu file%s%s, no problems\n", files, files == 1 ? "" : "s",
			     host);
	else
		(void)printf("%zu file%s%s: %zu error%s, %zu warning%s\n", files,
			     files == 1 ? "" : "s", host, errors, errors == 1 ? "" : "s",
			     warnings, warnings == 1 ? "" : "s");
}

static void print_text(const struct heel_check *check, size_t errors, size_t warnings)
{
	const struct heel_report *report = &check->report;
	struct source source = {0};

	for (size_t i = 0; i < report->n; i++) {
		heel_print_problem(stdout, &report->problems[i]);
		print_source_line(&source, &report->problems[i]);
	}
	heel_arena_free(&source.arena);
	print_summary(check, errors, warnings);
}

static void print_json(const struct heel_report *report)
{
	json_t *problems = heel_json_array();
	json_t *object = heel_json_object();

	for (size_t i = 0; i < report->n; i++) {
		const struct heel_problem *problem = &report->problems[i];
		json_t *item = heel_json_object();

		heel_json_set(item, "file", heel_json_text(problem->at.file));
		heel_json_set(item, "line", json_integer(problem->at.line));
		heel_json_set(item, "severity",
			      heel_json_text(heel_severity_name(problem->severity)));
		heel_json_set(item, "text", heel_json_text(problem->text));
		heel_json_append(problems, item);
	}
	heel_json_set(object, "problems", problems);
	heel_json_print(object);
}

int heel_command_check(const struct heel_arguments *arguments)
{
	struct heel_check check = {0};
	struct heel *heel = NULL;
	size_t errors, warnings;

	check.system = arguments->system;
	heel_kernel_query(&check.kernel);
	check.has_landlock = check.kernel.abi > 0;
	if (!check.has_landlock)
		check.kernel.abi = EXAMPLE_ABI;
	if (open_policy(arguments, &check, &heel))
		check_policy(arguments, &check, heel != NULL);
	if (check.system)
		heel_check_system(&check);
	if (check.report.out_of_memory)
		heel_out_of_memory();
	tidy(&check.report);
	errors = heel_count(&check.report, HEEL_ERROR);
	warnings = heel_count(&check.report, HEEL_WARNING);
	if (arguments->json)
		print_json(&check.report);
	else
		print_text(&check, errors, warnings);
	if (!heel)
		heel_store_close(check.store);
	heel_close(heel);
	heel_arena_free(&check.arena);
	heel_report_free(&check.report);
	return errors > 0 || (arguments->strict && warnings > 0) ? HEEL_EXIT_FOUND
								 : HEEL_EXIT_DONE;
}
