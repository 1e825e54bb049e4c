/* SPDX-License-Identifier: ISC */
/*
 * `heel diff`: what differs in heel.conf itself, who gets another profile by it, and what
 * services' files add.
 */
#include <pwd.h>
#include <string.h>

#include "diff.h"
#include "profile.h"
#include "resolve.h"

/* --- Which kernels, which services --- */

/* What heel.conf says by itself, as far as a policy has it. */
static struct heel_policy of_settings(const struct heel_settings *settings)
{
	return (struct heel_policy){
		.minimum_abi = settings->minimum_abi,
		.minimum_abi_from = settings->minimum_abi_from,
		.warn_unsupported = settings->warn_unsupported,
	};
}

static struct heel_origin origin_of_services(const struct heel_settings *settings)
{
	return settings->services.written ? settings->services.from
					  : (struct heel_origin){settings->file, 0};
}

/* Sessions of a service that is not confined are refused. */
static void compare_service(const struct heel_diff *diff, struct heel_changes *changes,
			    const char *name)
{
	bool gained = heel_confines_service(diff->new.settings, name);
	struct heel_origin old = origin_of_services(diff->old.settings);
	struct heel_origin new = origin_of_services(diff->new.settings);

	if (gained != heel_confines_service(diff->old.settings, name))
		heel_add_change(changes, gained, "services", name,
				gained ? heel_line_of(new, old) : heel_line_of(old, new));
}

static void compare_services(const struct heel_diff *diff, struct heel_changes *changes)
{
	const struct heel_directory *directories[] = {&diff->old, &diff->new};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(directories); i++) {
		const struct heel_directory *directory = directories[i];
		const struct heel_values *services = &directory->settings->services;

		/* Those of the default have a file each. */
		for (size_t j = 0; j < directory->n_files[HEEL_FOLDER_SERVICES]; j++)
			compare_service(diff, changes,
					directory->files[HEEL_FOLDER_SERVICES][j].name);
		for (size_t j = 0; j < services->n; j++)
			compare_service(diff, changes, services->v[j].text);
	}
}

/* --- Assignments --- */

static const char *values_text(struct heel_arena *arena, const struct heel_values *values)
{
	const char *text = "";

	for (size_t i = 0; i < values->n; i++)
		text = HEEL_NEED(heel_format(arena, "%s%s%s", text, i == 0 ? "" : ", ",
					     values->v[i].text));
	return text;
}

static const char *entry_text(struct heel_arena *arena,
			      const struct heel_assignment *entry)
{
	const struct heel_schema *schema = heel_assign_schema();
	const char *text = "";

	for (size_t i = 0; i < schema->n; i++)
		if (entry->keys[i].written)
			text = HEEL_NEED(
				heel_format(arena, "%s%s%s = %s", text,
					    text[0] ? "; " : "", schema->keys[i].name,
					    values_text(arena, &entry->keys[i])));
	return text;
}

/* An entry, and its number in the other file. */
struct entry {
	const char *text;
	struct heel_origin from;
	size_t other;  /* NONE: it is not there */
	size_t length; /* the longest row of entries in the same order that ends here */
	uint64_t weight;
	size_t before; /* the one before it in that row, or NONE */
	bool stays;
};

#define NONE SIZE_MAX

static struct entry *entries_of(struct heel_arena *arena,
				const struct heel_settings *settings)
{
	struct entry *entries =
		HEEL_NEED(heel_alloc(arena, settings->n_assign, sizeof(*entries)));

	for (size_t i = 0; i < settings->n_assign; i++)
		entries[i] = (struct entry){
			.text = entry_text(arena, &settings->assign[i]),
			.from = settings->assign[i].from,
			.other = NONE,
			.before = NONE,
		};
	return entries;
}

static void find_pairs(struct entry *old, size_t n_old, struct entry *new, size_t n_new)
{
	for (size_t i = 0; i < n_old; i++)
		for (size_t j = 0; j < n_new && old[i].other == NONE; j++)
			if (new[j].other == NONE &&
			    strcmp(old[i].text, new[j].text) == 0) {
				old[i].other = j;
				new[j].other = i;
			}
}

/* FNV-1a, of 32 bits so that sums do not wrap. */
static uint32_t hash(const char *text)
{
	uint32_t value = 2166136261U;

	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 16777619U;
	return value;
}

static bool is_longer(const struct entry *a, const struct entry *b)
{
	return a->length != b->length ? a->length > b->length : a->weight > b->weight;
}

/*
 * Marks the longest row of entries that are in the same order in both files; the others
 * have moved. Of rows as long, the weight chooses, which is the same in both directions.
 */
static void find_row(struct entry *old, size_t n)
{
	size_t best = NONE;

	for (size_t i = 0; i < n; i++) {
		if (old[i].other == NONE)
			continue;
		for (size_t j = 0; j < i; j++)
			if (old[j].other != NONE && old[j].other < old[i].other &&
			    (old[i].before == NONE ||
			     is_longer(&old[j], &old[old[i].before])))
				old[i].before = j;
		old[i].length = 1;
		old[i].weight = hash(old[i].text);
		if (old[i].before != NONE) {
			old[i].length += old[old[i].before].length;
			old[i].weight += old[old[i].before].weight;
		}
		if (best == NONE || is_longer(&old[i], &old[best]))
			best = i;
	}
	for (; best != NONE; best = old[best].before)
		old[best].stays = true;
}

static void compare_assignments(const struct heel_diff *diff,
				struct heel_changes *changes)
{
	struct heel_arena *arena = changes->arena;
	size_t n_old = diff->old.settings->n_assign, n_new = diff->new.settings->n_assign;
	struct entry *old = entries_of(arena, diff->old.settings);
	struct entry *new = entries_of(arena, diff->new.settings);

	find_pairs(old, n_old, new, n_new);
	find_row(old, n_old);
	for (size_t i = 0; i < n_old; i++)
		if (!old[i].stays)
			heel_add_change(changes, false,
					old[i].other == NONE ? "assign" : "assign, moved",
					old[i].text, old[i].from);
	for (size_t i = 0; i < n_new; i++)
		if (new[i].other == NONE || !old[new[i].other].stays)
			heel_add_change(changes, true,
					new[i].other == NONE ? "assign" : "assign, moved",
					new[i].text, new[i].from);
}

/* --- Who gets another profile --- */

struct names {
	const char **v;
	size_t n;
};

static void add_name(struct heel_arena *arena, struct names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->v[i], name) == 0)
			return;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	names->v = HEEL_NEED(heel_grow(arena, names->v, names->n, sizeof(*names->v)));
	names->v[names->n++] = HEEL_NEED(heel_strdup(arena, name));
}

/* A directory server may list nobody, and still know those that the policy names. */
static void add_named(struct heel_arena *arena, const struct heel_directory *directory,
		      struct names *names)
{
	const struct heel_settings *settings = directory->settings;

	for (size_t i = 0; i < settings->n_assign; i++) {
		const struct heel_values *users =
			&settings->assign[i].keys[HEEL_ASSIGN_USER];

		for (size_t j = 0; j < users->n; j++)
			if (!strpbrk(users->v[j].text, "*?[\\"))
				add_name(arena, names, users->v[j].text);
	}
	for (size_t i = 0; i < directory->n_files[HEEL_FOLDER_USERS]; i++)
		add_name(arena, names, directory->files[HEEL_FOLDER_USERS][i].name);
}

static struct names all_names(struct heel_diff *diff)
{
	struct names names = {0};
	const struct passwd *entry;

	setpwent();
	/* cppcheck-suppress getpwentCalled ; there is one thread */
	while ((entry = getpwent()))
		add_name(&diff->arena, &names, entry->pw_name);
	endpwent();
	add_named(&diff->arena, &diff->old, &names);
	add_named(&diff->arena, &diff->new, &names);
	return names;
}

/* What becomes of a user, in a word. */
static const char *fate_of(struct heel_diff *diff, const struct heel_directory *directory,
			   const struct heel_subject *subject,
			   struct heel_origin *ret_from)
{
	const struct heel_check check = {
		.settings = directory->settings,
		.users = directory->files[HEEL_FOLDER_USERS],
		.n_users = directory->n_files[HEEL_FOLDER_USERS],
	};
	const char *profile;

	(void)heel_judge_session(&check, subject, ret_from, &profile);
	if (!profile)
		return "refused";
	if (strcmp(profile, HEEL_PROFILE_OWN) == 0)
		return HEEL_NEED(heel_format(&diff->arena, "@%s", subject->user));
	return profile;
}

static void compare_fates(struct heel_diff *diff, struct heel_changes *changes,
			  const char *name)
{
	const struct heel_arguments arguments = {.service = diff->service};
	struct heel_report ignored = {0}; /* who is not there has no session */
	struct heel_subject subject;
	int rc = heel_find_subject(&arguments, name, &diff->arena, &subject, &ignored);
	struct heel_origin before_from, after_from;
	const char *before, *after;

	heel_report_free(&ignored);
	if (rc < 0)
		return;
	before = fate_of(diff, &diff->old, &subject, &before_from);
	after = fate_of(diff, &diff->new, &subject, &after_from);
	if (strcmp(before, after) == 0)
		return;
	heel_add_change(changes, false, subject.user, before, before_from);
	heel_add_change(changes, true, subject.user, after, after_from);
}

/* --- What services add --- */

/* A rule, or a value as it stands. */
static const char *need_text(struct heel_arena *arena, const struct heel_value *value)
{
	if (!value->fields)
		return value->text;
	return HEEL_NEED(
		heel_format(arena, "%s: %s", heel_text(&value->fields[HEEL_RULE_PATH]),
			    values_text(arena, &value->fields[HEEL_RULE_ACCESS])));
}

static bool has_need(struct heel_arena *arena, const struct heel_values *values,
		     const char *text)
{
	for (size_t i = 0; i < values->n; i++)
		if (strcmp(need_text(arena, &values->v[i]), text) == 0)
			return true;
	return false;
}

/* In one direction: what more has and less has not. */
static void compare_needs(struct heel_changes *changes, bool gained,
			  const struct heel_values *less, const struct heel_values *more)
{
	const struct heel_schema *schema = heel_service_schema();

	for (size_t i = HEEL_SERVICE_READ; i < schema->n; i++)
		for (size_t j = 0; j < more[i].n; j++) {
			const char *text = need_text(changes->arena, &more[i].v[j]);

			if (!has_need(changes->arena, &less[i], text))
				heel_add_change(changes, gained, schema->keys[i].name,
						text, more[i].v[j].from);
		}
}

static int needs_of(struct heel_diff *diff, const struct heel_directory *directory,
		    const char *name, const struct heel_values **ret)
{
	return heel_resolve_service(&diff->arena, heel_store_of(directory->heel), name,
				    ret, &diff->report);
}

static int compare_file(struct heel_diff *diff, const char *name,
			const struct heel_listed *old, const struct heel_listed *new)
{
	const struct heel_values *before, *after;
	struct heel_changes *changes = heel_new_difference(
		diff, HEEL_NEED(heel_format(&diff->arena, "service \"%s\"", name)));
	int rc = needs_of(diff, &diff->old, name, &before);

	(void)old, (void)new; /* nothing is needed where there is no file */
	if (rc == 0)
		rc = needs_of(diff, &diff->new, name, &after);
	if (rc != 0)
		return rc;
	compare_needs(changes, false, after, before);
	compare_needs(changes, true, before, after);
	return 0;
}

int heel_diff_settings(struct heel_diff *diff)
{
	const struct heel_policy old = of_settings(diff->old.settings);
	const struct heel_policy new = of_settings(diff->new.settings);
	struct heel_changes *changes = heel_new_difference(diff, "heel.conf");
	struct names names;

	heel_compare(&old, &new, HEEL_PART_KERNELS, changes);
	compare_services(diff, changes);
	compare_assignments(diff, changes);
	changes = heel_new_difference(diff, "users (who gets another profile)");
	names = all_names(diff);
	for (size_t i = 0; i < names.n; i++)
		compare_fates(diff, changes, names.v[i]);
	return heel_visit_files(diff, HEEL_FOLDER_SERVICES, compare_file);
}
