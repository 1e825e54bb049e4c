/* SPDX-License-Identifier: ISC */
/* `heel diff`: what sessions gain and lose from one policy directory to another. */
#include <errno.h>
#include <string.h>

#include "diff.h"
#include "resolve.h"

struct heel_changes *heel_new_difference(struct heel_diff *diff, const char *title)
{
	struct heel_difference *difference =
		HEEL_NEED(heel_alloc(&diff->arena, 1, sizeof(*difference)));

	difference->title = title;
	difference->changes.arena = &diff->arena;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	diff->differences = HEEL_NEED(heel_grow(&diff->arena, diff->differences, diff->n,
						sizeof(*diff->differences)));
	diff->differences[diff->n++] = difference;
	return &difference->changes;
}

/* --- The directories --- */

static int open_directory(struct heel_diff *diff, struct heel_directory *directory)
{
	const struct heel_arguments as_given = {.config = directory->name};
	int rc = heel_open(directory->name, heel_trust_of(&as_given), &directory->heel,
			   &diff->report);

	if (rc < 0)
		return rc;
	directory->settings = heel_settings_of(directory->heel);
	for (enum heel_folder folder = HEEL_FOLDER_USERS;
	     rc == 0 && folder < HEEL_FOLDERS; folder++)
		rc = heel_store_list(heel_store_of(directory->heel), folder,
				     &directory->files[folder],
				     &directory->n_files[folder], &diff->report);
	return rc;
}

/* Number i of the files of a folder; NULL behind the last one. */
static const struct heel_listed *file_at(const struct heel_directory *directory,
					 enum heel_folder folder, size_t i)
{
	return i < directory->n_files[folder] ? &directory->files[folder][i] : NULL;
}

int heel_visit_files(struct heel_diff *diff, enum heel_folder folder,
		     heel_visit_file *visit)
{
	const struct heel_listed *old = file_at(&diff->old, folder, 0);
	const struct heel_listed *new = file_at(&diff->new, folder, 0);
	size_t i = 0, j = 0;
	int rc = 0;

	while (rc == 0 && (old || new)) {
		int order = !old ? 1 : !new ? -1 : strcmp(old->name, new->name);

		rc = visit(diff, order <= 0 ? old->name : new->name,
			   order <= 0 ? old : NULL, order >= 0 ? new : NULL);
		i += order <= 0;
		j += order >= 0;
		old = file_at(&diff->old, folder, i);
		new = file_at(&diff->new, folder, j);
	}
	return rc;
}

/* --- Profile by profile --- */

static int resolve_profile(struct heel_diff *diff, struct heel_directory *directory,
			   enum heel_folder folder, const struct heel_listed *listed,
			   const struct heel_policy **ret)
{
	struct heel_subject subject = heel_example_subject(
		&diff->arena,
		folder == HEEL_FOLDER_USERS ? listed->name : HEEL_EXAMPLE_USER);

	subject.service = diff->service;
	if (strcmp(diff->service, HEEL_SERVICE_SHELL) != 0)
		subject.door = HEEL_DOOR_SESSION;
	return heel_resolve(&diff->arena, heel_store_of(directory->heel),
			    directory->settings, &subject, folder, listed->name,
			    (struct heel_origin){listed->file, 0}, ret, &diff->report);
}

static int compare_profiles(struct heel_diff *diff, enum heel_folder folder,
			    const char *title, const struct heel_listed *old,
			    const struct heel_listed *new)
{
	struct heel_changes *changes = heel_new_difference(diff, title);
	const struct heel_policy *before, *after;
	int rc;

	if (!old || !new) {
		const struct heel_listed *only = old ? old : new;

		/* It must be a good one all the same. */
		rc = resolve_profile(diff, old ? &diff->old : &diff->new, folder, only,
				     &after);
		heel_add_change(changes, new != NULL, "profile", only->name,
				(struct heel_origin){only->file, 0});
		return rc;
	}
	rc = resolve_profile(diff, &diff->old, folder, old, &before);
	if (rc == 0)
		rc = resolve_profile(diff, &diff->new, folder, new, &after);
	if (rc == 0)
		heel_compare(before, after, HEEL_PART_GRANTS | HEEL_PART_MANNERS,
			     changes);
	return rc;
}

static int compare_shared(struct heel_diff *diff, const char *name,
			  const struct heel_listed *old, const struct heel_listed *new)
{
	return compare_profiles(
		diff, HEEL_FOLDER_PROFILES,
		HEEL_NEED(heel_format(&diff->arena, "profile \"%s\"", name)), old, new);
}

static int compare_own(struct heel_diff *diff, const char *name,
		       const struct heel_listed *old, const struct heel_listed *new)
{
	return compare_profiles(
		diff, HEEL_FOLDER_USERS,
		HEEL_NEED(heel_format(&diff->arena, "profile \"@%s\"", name)), old, new);
}

static int compare_directories(struct heel_diff *diff)
{
	int rc = heel_diff_settings(diff);

	if (rc == 0)
		rc = heel_visit_files(diff, HEEL_FOLDER_PROFILES, compare_shared);
	if (rc == 0)
		rc = heel_visit_files(diff, HEEL_FOLDER_USERS, compare_own);
	return rc;
}

/* --- User by user --- */

/* Returns 0 also if the session would be refused: *ret is NULL then. */
static int policy_of(struct heel_diff *diff, struct heel_directory *directory,
		     const struct heel_subject *subject, const struct heel_policy **ret)
{
	int rc = heel_policy_of_subject(directory->heel, subject, ret, &diff->report);

	if (rc == 0)
		rc = heel_check_commands(*ret, subject, &diff->report);
	if (rc != -EACCES)
		return rc;
	*ret = NULL;
	return 0;
}

static void add_session(struct heel_changes *changes, bool gained, const char *what,
			const struct heel_policy *policy)
{
	heel_add_change(changes, gained, what, policy->profile, policy->assigned);
}

static void compare_sessions(struct heel_changes *changes, const struct heel_policy *old,
			     const struct heel_policy *new)
{
	if (!old && !new)
		return;
	if (!old || !new) {
		add_session(changes, new != NULL, "a session", new ? new : old);
		return;
	}
	if (strcmp(old->profile, new->profile) != 0) {
		add_session(changes, false, "profile", old);
		add_session(changes, true, "profile", new);
	}
	heel_compare(old, new, HEEL_PART_ALL, changes);
}

static int compare_user(struct heel_diff *diff, const char *user)
{
	const struct heel_arguments arguments = {.service = diff->service};
	struct heel_changes *changes;
	struct heel_subject subject;
	const struct heel_policy *old, *new;
	int rc = heel_find_subject(&arguments, user, &diff->arena, &subject,
				   &diff->report);

	if (rc == 0)
		rc = policy_of(diff, &diff->old, &subject, &old);
	if (rc == 0)
		rc = policy_of(diff, &diff->new, &subject, &new);
	if (rc != 0)
		return rc;
	changes = heel_new_difference(
		diff, HEEL_NEED(heel_format(&diff->arena, "user %s", subject.user)));
	compare_sessions(changes, old, new);
	return 0;
}

/* --- The answer --- */

static size_t count(const struct heel_diff *diff, bool gained)
{
	size_t n = 0;

	for (size_t i = 0; i < diff->n; i++)
		for (size_t j = 0; j < diff->differences[i]->changes.n; j++)
			n += diff->differences[i]->changes.v[j].gained == gained;
	return n;
}

static void add_row(struct heel_table *table, const struct heel_change *change)
{
	struct heel_arena arena = {0};

	heel_add_styled_row(
		table, change->gained ? HEEL_STYLE_GOOD : HEEL_STYLE_BAD,
		HEEL_NEED(heel_format(&arena, "%c %s", change->gained ? '+' : '-',
				      change->what)),
		change->object, heel_origin_text(&arena, change->from));
	heel_arena_free(&arena);
}

static void print_text(const struct heel_diff *diff)
{
	for (size_t i = 0; i < diff->n; i++) {
		const struct heel_changes *changes = &diff->differences[i]->changes;
		struct heel_table table = {0};

		if (changes->n == 0)
			continue;
		heel_put_styled(stdout, HEEL_STYLE_HEADING, diff->differences[i]->title);
		(void)fputc('\n', stdout);
		for (size_t j = 0; j < changes->n; j++)
			add_row(&table, &changes->v[j]);
		heel_print_table(stdout, &table);
		(void)fputc('\n', stdout);
	}
	if (count(diff, true) + count(diff, false) == 0)
		heel_say(stdout, "no differences");
	else
		heel_say(stdout, "%zu gained, %zu lost", count(diff, true),
			 count(diff, false));
}

static void append_changes(json_t *list, const struct heel_difference *difference)
{
	struct heel_arena arena = {0};

	for (size_t i = 0; i < difference->changes.n; i++) {
		const struct heel_change *change = &difference->changes.v[i];
		json_t *item = heel_json_object();

		heel_json_set(item, "in", heel_json_text(difference->title));
		heel_json_set(item, "gained", json_boolean(change->gained));
		heel_json_set(item, "what", heel_json_text(change->what));
		heel_json_set(item, "object", heel_json_text(change->object));
		heel_json_set(item, "source",
			      heel_json_text(heel_origin_text(&arena, change->from)));
		heel_json_append(list, item);
	}
	heel_arena_free(&arena);
}

static void print_json(const struct heel_diff *diff, bool failed)
{
	json_t *object = heel_json_object();
	json_t *list = heel_json_array();

	heel_json_set(object, "old", heel_json_text(diff->old.name));
	heel_json_set(object, "new", heel_json_text(diff->new.name));
	if (failed) {
		json_decref(list);
		heel_json_set(object, "refused",
			      heel_json_text(heel_first_error(&diff->report)->text));
	} else {
		for (size_t i = 0; i < diff->n; i++)
			append_changes(list, diff->differences[i]);
		heel_json_set(object, "changes", list);
	}
	heel_json_print(object);
}

int heel_command_diff(const struct heel_arguments *arguments)
{
	struct heel_diff diff = {
		.service = arguments->service ? arguments->service : HEEL_SERVICE_SHELL,
		.old.name = arguments->operands[0],
		.new.name = arguments->operands[1],
	};
	bool found;
	int rc = open_directory(&diff, &diff.old);

	if (rc == 0)
		rc = open_directory(&diff, &diff.new);
	if (rc == 0 && arguments->n_operands == 2)
		rc = compare_directories(&diff);
	for (size_t i = 2; rc == 0 && i < arguments->n_operands; i++)
		rc = compare_user(&diff, arguments->operands[i]);
	heel_print_report(stderr, &diff.report);
	if (arguments->json)
		print_json(&diff, rc < 0);
	else if (rc == 0)
		print_text(&diff);
	found = rc < 0 || count(&diff, true) + count(&diff, false) > 0;
	heel_close(diff.old.heel);
	heel_close(diff.new.heel);
	heel_arena_free(&diff.arena);
	heel_report_free(&diff.report);
	return found ? HEEL_EXIT_FOUND : HEEL_EXIT_DONE;
}
