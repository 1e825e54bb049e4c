/* SPDX-License-Identifier: ISC */
/* From profiles to the policy of one subject. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "access.h"
#include "family.h"
#include "resolve.h"
#include "text.h"
#include "token.h"

/* So many times may a profile inherit from one that inherits. */
#define DEPTH_MAX 8

/* How a key of a child and of its parents become one. */
enum merge {
	MERGE_NONE,	   /* belongs to its file alone */
	MERGE_ADD,	   /* lists add up */
	MERGE_NEAREST,	   /* the nearest file that wrote it wins */
	MERGE_RESTRICTION, /* each name by itself */
};

/* The nearest file that permits, or restricts, something; both are kept, for reset. */
struct word {
	bool written;
	struct heel_origin from;
	unsigned int distance; /* to that file */
};

struct named {
	struct word permit, restrict_;
};

/* A profile with its parents merged in; each is made once, however often it is inherited.
 */
struct merged {
	struct merged *next;
	const char *name;
	enum heel_folder folder;
	unsigned int height; /* of the tree of its parents; 0 if it has none */
	struct heel_values *keys;
	unsigned int distance[HEEL_PROFILE_KEYS]; /* to the file whose value counts */
	struct named named[HEEL_RESTRICTIONS];
};

/* The profiles that are being resolved, from the one at hand up. */
struct chain {
	const struct chain *child;
	const char *name;
	enum heel_folder folder;
	unsigned int depth;
};

struct resolver {
	struct heel_arena *arena;
	struct heel_store *store;
	struct merged *done;
	struct heel_report *report;
};

static enum merge merge_of(enum heel_profile_key key)
{
	if (key >= HEEL_KEY_LIMITS && key < HEEL_KEY_KEEP)
		return MERGE_NEAREST;
	switch ((int)key) {
	case HEEL_KEY_VERSION:
	case HEEL_KEY_INHERIT:
	case HEEL_KEY_RESET:
		return MERGE_NONE;
	case HEEL_KEY_DESCRIPTION:
	case HEEL_KEY_FAMILIES:
	case HEEL_KEY_PROXY:
	case HEEL_KEY_SCOPE:
	case HEEL_KEY_UMASK:
	case HEEL_KEY_SHELL:
	case HEEL_KEY_COMMANDS:
	case HEEL_KEY_NO_NEW_PRIVS:
		return MERGE_NEAREST;
	case HEEL_KEY_PERMIT:
	case HEEL_KEY_RESTRICT:
		return MERGE_RESTRICTION;
	default:
		return MERGE_ADD;
	}
}

static bool has_value(const struct heel_values *values, const struct heel_value *value)
{
	for (size_t i = 0; i < values->n; i++) {
		const struct heel_value *other = &values->v[i];

		if (other->from.line == value->from.line &&
		    other->from.file == value->from.file && other->text == value->text &&
		    other->fields == value->fields)
			return true;
	}
	return false;
}

/*
 * Adds the values of source to target, except those that came there already by
 * another way of inheritance. The array is copied: source and target
 * may share theirs with other profiles.
 */
static int append(struct resolver *resolver, struct heel_values *target,
		  const struct heel_values *source)
{
	struct heel_value *v;
	size_t n;

	if (!source->written)
		return 0;
	v = heel_alloc(resolver->arena, target->n + source->n, sizeof(*v));
	if (!v)
		return heel_fail_memory(resolver->report);
	if (target->n > 0)
		memcpy(v, target->v, target->n * sizeof(*v));
	n = target->n;
	for (size_t i = 0; i < source->n; i++)
		if (!has_value(target, &source->v[i]))
			v[n++] = source->v[i];
	*target = (struct heel_values){true, source->from, v, n};
	return 0;
}

static void take_word(struct word *target, const struct word *source)
{
	if (source->written && (!target->written || source->distance < target->distance))
		*target = *source;
}

/* A file's own words about the restrictions. */
static void name_restrictions(struct merged *target, const struct heel_values *values,
			      bool on)
{
	for (size_t i = 0; i < values->n; i++) {
		int index = heel_restriction_by_name(values->v[i].text);
		const struct word own = {true, values->v[i].from, 0};

		if (index >= 0)
			take_word(on ? &target->named[index].restrict_
				     : &target->named[index].permit,
				  &own);
	}
}

static void inherit_restrictions(struct merged *target, const struct merged *parent)
{
	for (size_t i = 0; i < HEEL_RESTRICTIONS; i++) {
		struct named inherited = parent->named[i];

		inherited.permit.distance++;
		inherited.restrict_.distance++;
		take_word(&target->named[i].permit, &inherited.permit);
		take_word(&target->named[i].restrict_, &inherited.restrict_);
	}
}

/* The nearest file wins, however many others inherit from one farther off. */
static void take_nearest(struct merged *target, enum heel_profile_key key,
			 const struct heel_values *value, unsigned int distance)
{
	if (target->keys[key].written && target->distance[key] < distance)
		return;
	target->keys[key] = *value;
	target->distance[key] = distance;
}

/* Adds a file's own keys, or, with parent, those that came together there. */
static int merge(struct resolver *resolver, struct merged *target,
		 const struct heel_values *source, const struct merged *parent)
{
	for (enum heel_profile_key key = 0; key < HEEL_PROFILE_KEYS; key++) {
		int rc = 0;

		if (merge_of(key) == MERGE_ADD)
			rc = append(resolver, &target->keys[key], &source[key]);
		else if (merge_of(key) == MERGE_NEAREST && source[key].written)
			take_nearest(target, key, &source[key],
				     parent ? parent->distance[key] + 1 : 0);
		if (rc < 0)
			return rc;
	}
	if (parent) {
		inherit_restrictions(target, parent);
	} else {
		name_restrictions(target, &source[HEEL_KEY_PERMIT], false);
		name_restrictions(target, &source[HEEL_KEY_RESTRICT], true);
	}
	return 0;
}

/* Forgets what the parents permit, or what they restrict. */
static void reset_restrictions(struct merged *target, bool on)
{
	for (size_t i = 0; i < HEEL_RESTRICTIONS; i++)
		*(on ? &target->named[i].restrict_ : &target->named[i].permit) =
			(struct word){0};
}

/* Forgets what the parents said under the keys and groups that the file resets. */
static void reset(struct merged *target, const struct heel_values *names)
{
	const struct heel_schema *schema = heel_profile_schema();

	for (size_t i = 0; i < names->n; i++) {
		const char *name = names->v[i].text;
		size_t length = strlen(name);

		for (size_t key = 0; key < schema->n; key++) {
			const char *full = schema->keys[key].name;

			if (strncmp(full, name, length) != 0 ||
			    (full[length] != '\0' && full[length] != '.'))
				continue;
			target->keys[key] = (struct heel_values){0};
			if (key == HEEL_KEY_PERMIT || key == HEEL_KEY_RESTRICT)
				reset_restrictions(target, key == HEEL_KEY_RESTRICT);
		}
	}
}

static int no_such_profile(struct resolver *resolver, enum heel_folder folder,
			   const char *name, struct heel_origin at)
{
	struct heel_suggestion suggestion = {.name = name};
	struct heel_report ignored = {0};
	struct heel_listed *listed;
	char buffer[300];
	size_t n;

	/* A list that cannot be had costs the suggestion only. */
	if (heel_store_list(resolver->store, folder, &listed, &n, &ignored) == 0)
		for (size_t i = 0; i < n; i++)
			heel_suggest(&suggestion, listed[i].name);
	heel_report_free(&ignored);
	return heel_fail(resolver->report, ENOENT, at, "there is no profile \"%s\"%s",
			 name, heel_did_you_mean(&suggestion, buffer, sizeof(buffer)));
}

static int load_profile(struct resolver *resolver, enum heel_folder folder,
			const char *name, struct heel_origin at, struct heel_profile *ret)
{
	struct heel_text_file file;
	struct heel_values *keys;
	int rc = heel_store_read(resolver->store, folder, name, &file, resolver->report);

	if (rc == -ENOENT)
		return no_such_profile(resolver, folder, name, at);
	if (rc < 0)
		return rc;
	if (heel_store_values(resolver->store, resolver->arena, heel_profile_schema(),
			      &file, &keys)) {
		*ret = (struct heel_profile){name, file.file, keys};
		return 0;
	}
	return heel_profile_load(resolver->arena, name, file.file, file.text, file.length,
				 ret, resolver->report);
}

static int check_depth(const struct resolver *resolver, unsigned int depth,
		       struct heel_origin at)
{
	if (depth > DEPTH_MAX)
		return heel_fail(resolver->report, ELOOP, at,
				 "files inherit from each other more than %d deep",
				 DEPTH_MAX);
	return 0;
}

static int check_cycle(const struct resolver *resolver, const struct chain *link,
		       struct heel_origin at)
{
	for (const struct chain *child = link->child; child; child = child->child)
		if (child->folder == link->folder && strcmp(child->name, link->name) == 0)
			return heel_fail(resolver->report, ELOOP, at,
					 "%s \"%s\" inherits from itself",
					 link->folder == HEEL_FOLDER_SERVICES ? "service"
									      : "profile",
					 link->name);
	return 0;
}

static int resolve_profile(struct resolver *resolver, const struct chain *link,
			   struct heel_origin at, const struct merged **ret);

static int merge_parents(struct resolver *resolver, const struct chain *link,
			 const struct heel_values *inherit, struct merged *target)
{
	for (size_t i = 0; i < inherit->n; i++) {
		struct chain parent = {link, inherit->v[i].text, HEEL_FOLDER_PROFILES,
				       link->depth + 1};
		const struct merged *merged;
		int rc = resolve_profile(resolver, &parent, inherit->v[i].from, &merged);

		if (rc == 0)
			rc = merge(resolver, target, merged->keys, merged);
		if (rc < 0)
			return rc;
		if (target->height <= merged->height)
			target->height = merged->height + 1;
	}
	return 0;
}

static const struct merged *find_done(const struct resolver *resolver,
				      const struct chain *link)
{
	for (const struct merged *done = resolver->done; done; done = done->next)
		if (done->folder == link->folder && strcmp(done->name, link->name) == 0)
			return done;
	return NULL;
}

/* A profile's keys with everything inherited: parents in order, then the file itself. */
static int resolve_profile(struct resolver *resolver, const struct chain *link,
			   struct heel_origin at, const struct merged **ret)
{
	const struct merged *known = find_done(resolver, link);
	struct heel_profile profile;
	struct merged *merged;
	int rc;

	/* One that is known may have been read by a shorter way than this. */
	rc = check_depth(resolver, link->depth + (known ? known->height : 0), at);
	if (rc == 0)
		rc = check_cycle(resolver, link, at);
	if (rc < 0)
		return rc;
	if (known) {
		*ret = known;
		return 0;
	}
	rc = load_profile(resolver, link->folder, link->name, at, &profile);
	if (rc < 0)
		return rc;
	merged = heel_alloc(resolver->arena, 1, sizeof(*merged));
	if (merged)
		merged->keys = heel_alloc(resolver->arena, HEEL_PROFILE_KEYS,
					  sizeof(*merged->keys));
	if (!merged || !merged->keys)
		return heel_fail_memory(resolver->report);
	/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): errors are < 0 */
	rc = merge_parents(resolver, link, &profile.keys[HEEL_KEY_INHERIT], merged);
	if (rc < 0)
		return rc;
	reset(merged, &profile.keys[HEEL_KEY_RESET]);
	rc = merge(resolver, merged, profile.keys, NULL);
	if (rc < 0)
		return rc;
	merged->name = link->name;
	merged->folder = link->folder;
	merged->next = resolver->done;
	resolver->done = merged;
	*ret = merged;
	return 0;
}

/* --- What a service needs ------------------------------------------------------- */

static int merge_service(struct resolver *resolver, const struct chain *link,
			 struct heel_origin at, struct heel_values *target);

static int merge_services(struct resolver *resolver, const struct chain *link,
			  const struct heel_values *inherit, struct heel_values *target)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < inherit->n; i++) {
		struct chain parent = {link, inherit->v[i].text, HEEL_FOLDER_SERVICES,
				       link->depth + 1};

		rc = merge_service(resolver, &parent, inherit->v[i].from, target);
		/* Another error than of the first file, whose absence is none. */
		if (rc == -ENOENT)
			rc = heel_fail(resolver->report, EINVAL, inherit->v[i].from,
				       "there is no file \"%s.conf\" in services.d",
				       parent.name);
	}
	return rc;
}

/* Adds a service's file to the target; all its keys are lists. -ENOENT: not said. */
static int merge_service(struct resolver *resolver, const struct chain *link,
			 struct heel_origin at, struct heel_values *target)
{
	struct heel_text_file file;
	struct heel_values *keys;
	int rc = check_depth(resolver, link->depth, at);

	if (rc == 0)
		rc = check_cycle(resolver, link, at);
	if (rc == 0)
		rc = heel_store_read(resolver->store, link->folder, link->name, &file,
				     resolver->report);
	if (rc == 0 && !heel_store_values(resolver->store, resolver->arena,
					  heel_service_schema(), &file, &keys))
		rc = heel_service_load(resolver->arena, file.file, file.text, file.length,
				       &keys, resolver->report);
	if (rc < 0)
		return rc;
	/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): errors are < 0 */
	rc = merge_services(resolver, link, &keys[HEEL_SERVICE_INHERIT], target);
	for (size_t i = 0; rc == 0 && i < HEEL_SERVICE_KEYS; i++)
		rc = append(resolver, &target[i], &keys[i]);
	return rc;
}

/* Of a service without a file nothing is known that it would need. */
int heel_resolve_service(struct heel_arena *arena, struct heel_store *store,
			 const char *service, const struct heel_values **ret,
			 struct heel_report *report)
{
	struct resolver resolver = {arena, store, NULL, report};
	struct chain link = {NULL, service, HEEL_FOLDER_SERVICES, 0};
	struct heel_values *keys = heel_alloc(arena, HEEL_SERVICE_KEYS, sizeof(*keys));
	int rc;

	if (!keys)
		return heel_fail_memory(report);
	rc = merge_service(&resolver, &link, (struct heel_origin){0}, keys);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	*ret = keys;
	return 0;
}

/* --- The policy ----------------------------------------------------------------- */

/* What building a policy needs besides the merged keys. */
struct builder {
	struct heel_arena *arena;
	const struct heel_subject *subject;
	const struct heel_values *keys;
	const struct heel_values *service; /* HEEL_SERVICE_KEYS of them */
	bool adds_service;		   /* what is being added is the service's */
	uint32_t *path_at; /* hash table: number of a path in the policy, plus one */
	size_t path_slots; /* a power of two, more than there are paths */
	const struct named *named; /* HEEL_RESTRICTIONS of them */
	struct heel_policy *policy;
	struct heel_report *report;
};

/* The slot of a path: it has the path's number, or 0 if the path is new. */
static uint32_t *path_slot(const struct builder *builder, const char *path)
{
	const uint32_t mark = heel_mark(path);

	for (size_t at = mark;; at++) {
		uint32_t *slot = &builder->path_at[at & (builder->path_slots - 1)];

		if (*slot == 0 ||
		    strcmp(builder->policy->paths[*slot - 1].path, path) == 0)
			return slot;
	}
}

/* The path of the policy that is written, new or not. NULL without memory. */
static struct heel_path *find_path(struct builder *builder,
				   const struct heel_rule_path *written)
{
	struct heel_policy *policy = builder->policy;
	uint32_t *slot = path_slot(builder, written->path);
	struct heel_path *paths;

	if (*slot != 0)
		return &policy->paths[*slot - 1];
	paths = heel_grow(builder->arena, policy->paths, policy->n_paths, sizeof(*paths));
	if (!paths)
		return NULL;
	policy->paths = paths;
	paths[policy->n_paths] = (struct heel_path){.path = written->path,
						    .optional = true,
						    .of_service = builder->adds_service};
	*slot = (uint32_t)(policy->n_paths + 1);
	return &paths[policy->n_paths++];
}

/* Adds a grant; several of one path are one rule with the union of their rights. */
static int add_grant(struct builder *builder, const char *text, uint64_t access,
		     struct heel_origin from)
{
	struct heel_rule_path written = {0};
	struct heel_path *path;
	struct heel_grant *grants;
	int rc = heel_expand_rule_path(builder->arena, text, builder->subject, from,
				       &written, builder->report);

	if (rc < 0)
		return rc;
	path = find_path(builder, &written);
	if (!path)
		return heel_fail_memory(builder->report);
	grants = heel_grow(builder->arena, path->grants, path->n_grants, sizeof(*grants));
	if (!grants)
		return heel_fail_memory(builder->report);
	grants[path->n_grants++] = (struct heel_grant){access, from};
	path->grants = grants;
	path->access |= access;
	/* One line that does not say "-" is enough to require the path. */
	path->optional = path->optional && written.optional;
	path->make = path->make || written.make;
	path->uses_home = path->uses_home || written.uses_home;
	return 0;
}

static int add_list(struct builder *builder, const struct heel_values *values,
		    uint64_t access)
{
	for (size_t i = 0; i < values->n; i++) {
		int rc = add_grant(builder, values->v[i].text, access, values->v[i].from);

		if (rc < 0)
			return rc;
	}
	return 0;
}

static int add_rules(struct builder *builder, const struct heel_values *rules)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct heel_values *fields = rules->v[i].fields;
		const struct heel_values *names = &fields[HEEL_RULE_ACCESS];
		uint64_t access = 0;
		int rc;

		for (size_t j = 0; j < names->n; j++)
			access |=
				heel_right_by_name(HEEL_CLASS_FS, names->v[j].text)->bit;
		rc = add_grant(builder, heel_text(&fields[HEEL_RULE_PATH]), access,
			       rules->v[i].from);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static const struct {
	enum heel_profile_key key;
	enum heel_service_key of_service;
	uint64_t access;
} path_lists[] = {
	{HEEL_KEY_READ, HEEL_SERVICE_READ, HEEL_GRANT_READ},
	{HEEL_KEY_EXECUTE, HEEL_SERVICE_EXECUTE, HEEL_GRANT_EXECUTE},
	{HEEL_KEY_WRITE, HEEL_SERVICE_WRITE, HEEL_GRANT_WRITE},
	{HEEL_KEY_DEVICE, HEEL_SERVICE_DEVICE, HEEL_GRANT_DEVICE},
	{HEEL_KEY_UNIX_CONNECT, HEEL_SERVICE_UNIX_CONNECT, HEEL_FS_RESOLVE_UNIX},
};

static int make_path_slots(struct builder *builder)
{
	size_t n =
		builder->keys[HEEL_KEY_RULES].n + builder->service[HEEL_SERVICE_RULES].n;

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(path_lists); i++)
		n += builder->keys[path_lists[i].key].n +
		     builder->service[path_lists[i].of_service].n;
	builder->path_slots = 64;
	while (builder->path_slots < 2 * n)
		builder->path_slots *= 2;
	builder->path_at = heel_alloc(builder->arena, builder->path_slots,
				      sizeof(*builder->path_at));
	return builder->path_at ? 0 : heel_fail_memory(builder->report);
}

static int build_paths(struct builder *builder)
{
	const size_t lists = HEEL_ARRAY_SIZE(path_lists);
	int rc = make_path_slots(builder);

	for (size_t i = 0; rc == 0 && i < lists; i++)
		rc = add_list(builder, &builder->keys[path_lists[i].key],
			      path_lists[i].access);
	if (rc == 0)
		rc = add_rules(builder, &builder->keys[HEEL_KEY_RULES]);
	/* The user's child is confined where the service has no more to do as root. */
	if (rc < 0 || builder->subject->door != HEEL_DOOR_SESSION)
		return rc;
	builder->adds_service = true;
	for (size_t i = 0; rc == 0 && i < lists; i++)
		rc = add_list(builder, &builder->service[path_lists[i].of_service],
			      path_lists[i].access);
	return rc < 0 ? rc : add_rules(builder, &builder->service[HEEL_SERVICE_RULES]);
}

static const enum heel_profile_key port_keys[HEEL_PORT_KINDS] = {
	[HEEL_TCP_CONNECT] = HEEL_KEY_TCP_CONNECT,
	[HEEL_TCP_BIND] = HEEL_KEY_TCP_BIND,
	[HEEL_UDP_CONNECT] = HEEL_KEY_UDP_CONNECT,
	[HEEL_UDP_BIND] = HEEL_KEY_UDP_BIND,
};

static int build_ports(struct builder *builder, enum heel_port_kind kind)
{
	const struct heel_values *values = &builder->keys[port_keys[kind]];
	struct heel_ports *ports = &builder->policy->ports[kind];

	ports->written = values->written;
	ports->from = values->from;
	/* One more, for the port of a proxy. */
	ports->ranges = heel_alloc(builder->arena, values->n + 1, sizeof(*ports->ranges));
	if (!ports->ranges)
		return heel_fail_memory(builder->report);
	for (size_t i = 0; i < values->n; i++) {
		const struct heel_value *value = &values->v[i];
		uint64_t low, high;

		if (strcmp(value->text, "any") == 0 ||
		    strcmp(value->text, "0-65535") == 0) {
			ports->any = true;
			ports->from = value->from;
		} else if (heel_parse_range(value->text, UINT16_MAX, &low, &high) == 0) {
			ports->ranges[ports->n++] = (struct heel_port_range){
				(uint16_t)low, (uint16_t)high, value->from};
		}
	}
	return 0;
}

/*
 * Programs differ in which of these they look at, and in which case. A proxy for all
 * kinds comes last with those that know a variable for each.
 */
static const char *const proxy_variables[] = {
	"http_proxy", "https_proxy", "ftp_proxy", "all_proxy",
	"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY",
};

/* The variables come before those that the profile sets, which may change them again. */
static int set_proxy_variables(struct builder *builder, const struct heel_value *proxy)
{
	struct heel_values *set = &builder->policy->environment_set;
	const size_t n = HEEL_ARRAY_SIZE(proxy_variables);
	struct heel_value *v = heel_alloc(builder->arena, n + set->n, sizeof(*v));

	if (!v)
		return heel_fail_memory(builder->report);
	for (size_t i = 0; i < n; i++) {
		v[i].text = heel_format(builder->arena, "%s=%s", proxy_variables[i],
					proxy->text);
		v[i].from = proxy->from;
		if (!v[i].text)
			return heel_fail_memory(builder->report);
	}
	if (set->n > 0)
		memcpy(v + n, set->v, set->n * sizeof(*v));
	*set = (struct heel_values){true, set->written ? set->from : proxy->from, v,
				    n + set->n};
	return 0;
}

static int build_proxy(struct builder *builder)
{
	struct heel_ports *ports = &builder->policy->ports[HEEL_TCP_CONNECT];
	const struct heel_values *values = &builder->keys[HEEL_KEY_PROXY];
	uint16_t port;

	/* It was judged when the file was loaded. */
	if (values->n == 0 || heel_parse_proxy(values->v[0].text, &port) < 0)
		return 0;
	builder->policy->proxy = values->v[0].text;
	builder->policy->proxy_from = values->v[0].from;
	ports->ranges[ports->n++] =
		(struct heel_port_range){port, port, values->v[0].from};
	if (!ports->written) {
		ports->written = true;
		ports->from = values->v[0].from;
	}
	return set_proxy_variables(builder, &values->v[0]);
}

static void build_scope(const struct builder *builder)
{
	const struct heel_values *values = &builder->keys[HEEL_KEY_SCOPE];
	struct heel_policy *policy = builder->policy;

	policy->scope_written = values->written;
	policy->scope_from = values->from;
	if (!values->written)
		policy->scope = HEEL_SCOPE_SIGNAL | HEEL_SCOPE_ABSTRACT_UNIX_SOCKET;
	for (size_t i = 0; i < values->n; i++)
		policy->scope |=
			heel_right_by_name(HEEL_CLASS_SCOPE, values->v[i].text)->bit;
}

/* The nearest file that names a restriction wins; of two as near, restrict wins. */
static struct heel_restriction_state decide_restriction(const struct named *named,
							bool by_default)
{
	const struct word *permit = &named->permit, *restrict_ = &named->restrict_;

	if (!permit->written && !restrict_->written)
		return (struct heel_restriction_state){by_default, false, {0}};
	if (restrict_->written &&
	    (!permit->written || restrict_->distance <= permit->distance))
		return (struct heel_restriction_state){true, true, restrict_->from};
	return (struct heel_restriction_state){false, true, permit->from};
}

static void build_restrictions(const struct builder *builder)
{
	for (size_t i = 0; i < HEEL_RESTRICTIONS; i++)
		builder->policy->restrictions[i] = decide_restriction(
			&builder->named[i], heel_restriction(i)->on_by_default);
}

/* What socket(2) may make; written, it replaces the default. */
static void build_families(const struct builder *builder)
{
	const struct heel_values *values = &builder->keys[HEEL_KEY_FAMILIES];
	struct heel_policy *policy = builder->policy;

	policy->families_from = values->from;
	if (!values->written)
		policy->families = HEEL_FAMILY(AF_UNIX);
	for (size_t i = 0; i < values->n; i++)
		policy->families |= HEEL_FAMILY(heel_family_by_name(values->v[i].text));
}

static void build_limits(const struct builder *builder)
{
	for (size_t i = 0; i < HEEL_LIMITS; i++) {
		const struct heel_values *values = &builder->keys[HEEL_KEY_LIMITS + i];
		struct heel_limit_value *limit = &builder->policy->limits[i];

		/* Both values were judged when the file was loaded. */
		if (values->n == 0 ||
		    heel_parse_limit(heel_limit(i), values->v[0].text, &limit->soft) <
			    0 ||
		    heel_parse_limit(heel_limit(i), values->v[values->n - 1].text,
				     &limit->hard) < 0)
			continue;
		limit->set = true;
		limit->from = values->from;
	}
}

/* "read ~/x" is "read ${home}/x", as in a list of paths. */
static const char *without_tilde(struct heel_arena *arena, const char *text)
{
	const char *target = strchr(text, ' ');

	if (!target || target[1] != '~' || (target[2] && target[2] != '/'))
		return text;
	return heel_format(arena, "%.*s${home}%s", (int)(target + 1 - text), text,
			   target + 2);
}

static int build_expanded(struct builder *builder, const struct heel_values *written,
			  bool tildes, struct heel_values *ret)
{
	struct heel_values values = *written;

	values.v = heel_alloc(builder->arena, values.n, sizeof(*values.v));
	if (!values.v)
		return heel_fail_memory(builder->report);
	for (size_t i = 0; i < values.n; i++) {
		const struct heel_value *value = &written->v[i];
		const char *text =
			tildes ? without_tilde(builder->arena, value->text) : value->text;
		int rc;

		if (!text)
			return heel_fail_memory(builder->report);
		rc = heel_expand(builder->arena, text, builder->subject, value->from,
				 &values.v[i].text, builder->report);
		if (rc < 0)
			return rc;
		values.v[i].from = value->from;
	}
	*ret = values;
	return 0;
}

/* Tokens are expanded within words, so no value of theirs can add one. */
static int expand_run(struct builder *builder, struct heel_command *command)
{
	struct heel_word *v;

	if (!command->run_text)
		return 0;
	v = heel_alloc(builder->arena, command->run.n, sizeof(*v));
	if (!v)
		return heel_fail_memory(builder->report);
	for (size_t i = 0; i < command->run.n; i++) {
		int rc = heel_expand(builder->arena, command->run.v[i].text,
				     builder->subject, command->from, &v[i].text,
				     builder->report);

		if (rc < 0)
			return rc;
		v[i].rest = command->run.v[i].rest;
	}
	command->run.v = v;
	command->program = v[0].text;
	return heel_expand(builder->arena, command->run_text, builder->subject,
			   command->from, &command->run_text, builder->report);
}

static int build_commands(struct builder *builder)
{
	const struct heel_values *values = &builder->keys[HEEL_KEY_COMMANDS];
	struct heel_policy *policy = builder->policy;
	int rc = 0;

	policy->limits_commands = values->written;
	policy->commands_from = values->from;
	policy->commands =
		heel_alloc(builder->arena, values->n, sizeof(*policy->commands));
	if (!policy->commands)
		return heel_fail_memory(builder->report);
	for (size_t i = 0; rc == 0 && i < values->n; i++) {
		const struct heel_value *value = &values->v[i];
		const struct heel_values *fields = value->fields;

		rc = heel_make_command(
			builder->arena,
			fields ? heel_text(&fields[HEEL_COMMAND_MATCH]) : value->text,
			fields ? heel_text(&fields[HEEL_COMMAND_RUN]) : NULL, value->from,
			&policy->commands[i], builder->report);
		if (rc == 0)
			rc = expand_run(builder, &policy->commands[i]);
	}
	policy->n_commands = values->n;
	return rc;
}

static void build_single_values(const struct builder *builder,
				const struct heel_settings *settings)
{
	const struct heel_values *keys = builder->keys;
	struct heel_policy *policy = builder->policy;
	const char *shell = heel_text(&keys[HEEL_KEY_SHELL]);
	const char *mask = heel_text(&keys[HEEL_KEY_UMASK]);
	const char *no_new_privs = heel_text(&keys[HEEL_KEY_NO_NEW_PRIVS]);

	policy->description = heel_text(&keys[HEEL_KEY_DESCRIPTION]);
	policy->shell = shell ? shell : settings->shell;
	policy->shell_from = shell ? keys[HEEL_KEY_SHELL].from : settings->shell_from;
	policy->no_new_privs = !no_new_privs || strcmp(no_new_privs, "true") == 0;
	policy->no_new_privs_from = keys[HEEL_KEY_NO_NEW_PRIVS].from;
	policy->has_umask = mask && heel_parse_mode(mask, &policy->umask) == 0;
	policy->umask_from = keys[HEEL_KEY_UMASK].from;
	policy->syscalls_deny = keys[HEEL_KEY_SYSCALLS_DENY];
	policy->syscalls_needed = builder->service[policy->door == HEEL_DOOR_CHILD
							   ? HEEL_SERVICE_CALLS_OF_CHILD
							   : HEEL_SERVICE_CALLS];
	policy->uid = builder->subject->uid;
	policy->gid = builder->subject->gid;
	policy->environment_keep = keys[HEEL_KEY_KEEP];
	policy->environment_unset = keys[HEEL_KEY_UNSET];
	policy->expect_allow = keys[HEEL_KEY_EXPECT_ALLOW];
	policy->expect_deny = keys[HEEL_KEY_EXPECT_DENY];
	policy->minimum_abi = settings->minimum_abi;
	policy->minimum_abi_from = settings->minimum_abi_from;
	policy->warn_unsupported = settings->warn_unsupported;
}

static int build(struct builder *builder, const struct heel_settings *settings)
{
	struct heel_policy *policy = builder->policy;
	int rc = build_paths(builder);

	for (enum heel_port_kind kind = 0; rc == 0 && kind < HEEL_PORT_KINDS; kind++)
		rc = build_ports(builder, kind);
	if (rc == 0)
		rc = build_expanded(builder, &builder->keys[HEEL_KEY_SET], false,
				    &policy->environment_set);
	if (rc == 0)
		rc = build_proxy(builder);
	if (rc == 0)
		rc = build_commands(builder);
	build_families(builder);
	build_scope(builder);
	build_restrictions(builder);
	build_limits(builder);
	build_single_values(builder, settings);
	return rc;
}

/* heel-shell is no service, and leaves no process of its own beside the session. */
static int resolve_needs(struct heel_arena *arena, struct heel_store *store,
			 const struct heel_subject *subject,
			 const struct heel_values **ret, struct heel_report *report)
{
	static const struct heel_values nothing[HEEL_SERVICE_KEYS];

	*ret = nothing;
	if (subject->door == HEEL_DOOR_SHELL)
		return 0;
	return heel_resolve_service(arena, store, subject->service, ret, report);
}

int heel_resolve(struct heel_arena *arena, struct heel_store *store,
		 const struct heel_settings *settings, const struct heel_subject *subject,
		 enum heel_folder folder, const char *name, struct heel_origin assigned,
		 const struct heel_policy **ret, struct heel_report *report)
{
	struct resolver resolver = {arena, store, NULL, report};
	struct chain link = {NULL, name, folder, 0};
	struct builder builder = {.arena = arena, .subject = subject, .report = report};
	const struct merged *merged;
	int rc = resolve_profile(&resolver, &link, assigned, &merged);

	if (rc == 0)
		rc = resolve_needs(arena, store, subject, &builder.service, report);
	if (rc < 0)
		return rc;
	builder.keys = merged->keys;
	builder.named = merged->named;
	builder.policy = heel_alloc(arena, 1, sizeof(*builder.policy));
	if (!builder.policy)
		return heel_fail_memory(report);
	builder.policy->profile = heel_strdup(arena, name);
	if (!builder.policy->profile)
		return heel_fail_memory(report);
	builder.policy->cache = heel_store_cache(store);
	builder.policy->assigned = assigned;
	builder.policy->service = subject->service;
	builder.policy->door = subject->door;
	rc = build(&builder, settings);
	if (rc == 0)
		*ret = builder.policy;
	return rc;
}

int heel_expand_promises(struct heel_arena *arena, const struct heel_policy *policy,
			 const struct heel_subject *subject,
			 struct heel_values *ret_allow, struct heel_values *ret_deny,
			 struct heel_report *report)
{
	struct builder builder = {.arena = arena, .subject = subject, .report = report};
	int rc = build_expanded(&builder, &policy->expect_allow, true, ret_allow);

	return rc < 0 ? rc
		      : build_expanded(&builder, &policy->expect_deny, true, ret_deny);
}

int heel_resolve_unconfined(struct heel_arena *arena,
			    const struct heel_settings *settings,
			    struct heel_origin assigned, const struct heel_policy **ret,
			    struct heel_report *report)
{
	struct heel_policy *policy = heel_alloc(arena, 1, sizeof(*policy));

	if (!policy)
		return heel_fail_memory(report);
	policy->profile = HEEL_PROFILE_UNCONFINED;
	policy->unconfined = true;
	policy->assigned = assigned;
	policy->shell = settings->shell;
	policy->shell_from = settings->shell_from;
	*ret = policy;
	return 0;
}
