/* SPDX-License-Identifier: ISC */
/* From the text of a policy file to values. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libconfig.h>

#include "load.h"
#include "scan.h"
#include "text.h"

/*
 * libconfig 1.5 does not check its allocations. What a parse can need at most
 * is asked for beforehand: by measurement 122 bytes for each byte of text that passes
 * the scan, and its copy of the text.
 */
#define PARSE_BYTES_PER_BYTE 160
#define PARSE_BYTES_AT_LEAST ((size_t)128 * 1024)

#define LONGEST_KEY	     128

struct loader {
	struct heel_arena *arena;
	const struct heel_schema *schema;
	const char *file;
	struct heel_report *report;
};

/*
 * libconfig gives a string in a list the line of what follows it; so scalars
 * carry their true line in the place that libconfig has for its users.
 */
static struct heel_origin origin_of(const struct loader *loader,
				    const config_setting_t *setting)
{
	const unsigned int *line = config_setting_get_hook(setting);

	return (struct heel_origin){loader->file,
				    line ? *line : config_setting_source_line(setting)};
}

/* Gives each scalar below a setting its line; both are in the order of the text. */
static void set_lines(const config_setting_t *setting, const struct heel_lines *lines,
		      size_t *next)
{
	for (int i = 0; i < config_setting_length(setting); i++) {
		config_setting_t *child =
			config_setting_get_elem(setting, (unsigned int)i);

		if (config_setting_is_aggregate(child))
			set_lines(child, lines, next);
		else if (*next < lines->n)
			config_setting_set_hook(child, &lines->v[(*next)++]);
	}
}

static const struct heel_key *find_key(const struct heel_schema *schema, const char *name,
				       size_t *ret_index)
{
	for (size_t i = 0; i < schema->n; i++) {
		if (strcmp(schema->keys[i].name, name) == 0) {
			*ret_index = i;
			return &schema->keys[i];
		}
	}
	return NULL;
}

/* True if the name is that of a group: some key's name goes on after "name.". */
static bool is_group(const struct heel_schema *schema, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < schema->n; i++)
		if (strncmp(schema->keys[i].name, name, length) == 0 &&
		    schema->keys[i].name[length] == '.')
			return true;
	return false;
}

/* The candidate's next component after the prefix ("" or "group."), if it has the prefix.
 */
static bool component_after(const char *candidate, const char *prefix, char *buffer,
			    size_t size)
{
	size_t skip = strlen(prefix);
	size_t length;

	if (strncmp(candidate, prefix, skip) != 0)
		return false;
	length = strcspn(candidate + skip, ".");
	if (length >= size)
		return false;
	memcpy(buffer, candidate + skip, length);
	buffer[length] = '\0';
	return true;
}

/* Names the group to which a key of exactly this name belongs, if there is one. */
static const char *home_of(const struct heel_schema *schema, const char *name)
{
	for (size_t i = 0; i < schema->n; i++) {
		const char *dot = strrchr(schema->keys[i].name, '.');

		if (strcmp(dot ? dot + 1 : schema->keys[i].name, name) == 0)
			return schema->keys[i].name;
	}
	return NULL;
}

static int unknown_key(const struct loader *loader, const config_setting_t *setting,
		       const char *prefix, const char *name)
{
	struct heel_suggestion suggestion = {.name = name};
	char components[64][LONGEST_KEY];
	const char *home = home_of(loader->schema, name);
	char buffer[2 * LONGEST_KEY];

	for (size_t i = 0; i < loader->schema->n && i < HEEL_ARRAY_SIZE(components); i++)
		if (component_after(loader->schema->keys[i].name, prefix, components[i],
				    sizeof(components[i])))
			heel_suggest(&suggestion, components[i]);
	if (home) /* the very name is meant more likely than a similar one */
		suggestion.best = home;
	return heel_fail(loader->report, EINVAL, origin_of(loader, setting),
			 "unknown key \"%s%s\" in %s%s", prefix, name,
			 loader->schema->what,
			 heel_did_you_mean(&suggestion, buffer, sizeof(buffer)));
}

static const char *kinds_wanted(const struct heel_key *key)
{
	if (key->kinds & HEEL_KIND_BOOL)
		return "true or false";
	if (key->kinds == HEEL_KIND_ENTRY)
		return "an entry { ... }";
	if (key->kinds & HEEL_KIND_ENTRY)
		return "a string or an entry { ... }";
	if (key->kinds == HEEL_KIND_NUMBER)
		return "a number";
	return key->kinds & HEEL_KIND_NUMBER ? "a number or a string"
					     : "a string in \"\"";
}

static int wrong_kind(const struct loader *loader, const config_setting_t *setting,
		      const struct heel_key *key)
{
	return heel_fail(loader->report, EINVAL, origin_of(loader, setting),
			 "\"%s\" takes %s%s", key->name,
			 key->max == 1 ? "" : "values that are ", kinds_wanted(key));
}

static int load_group(const struct loader *loader, const config_setting_t *group,
		      const char *prefix, struct heel_values *values);

/* A scalar's value as text, if it is of a kind that the key takes. */
static int load_scalar(const struct loader *loader, const config_setting_t *setting,
		       const struct heel_key *key, const char **ret)
{
	const char *text = NULL;

	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_STRING:
		if (!(key->kinds & HEEL_KIND_TEXT))
			return wrong_kind(loader, setting, key);
		text = heel_strdup(loader->arena, config_setting_get_string(setting));
		break;
	case CONFIG_TYPE_INT:
		if (!(key->kinds & HEEL_KIND_NUMBER))
			return wrong_kind(loader, setting, key);
		text = heel_format(loader->arena, "%d", config_setting_get_int(setting));
		break;
	case CONFIG_TYPE_BOOL:
		if (!(key->kinds & HEEL_KIND_BOOL))
			return wrong_kind(loader, setting, key);
		text = config_setting_get_bool(setting) ? "true" : "false";
		break;
	default:
		return wrong_kind(loader, setting, key);
	}
	if (!text)
		return heel_fail_memory(loader->report);
	*ret = text;
	return 0;
}

static int load_entry(const struct loader *loader, const config_setting_t *setting,
		      const struct heel_key *key, struct heel_value *value)
{
	struct loader inner = *loader;

	if (!(key->kinds & HEEL_KIND_ENTRY))
		return wrong_kind(loader, setting, key);
	inner.schema = key->entry;
	value->fields = heel_alloc(loader->arena, key->entry->n, sizeof(*value->fields));
	if (!value->fields)
		return heel_fail_memory(loader->report);
	return load_group(&inner, setting, "", value->fields);
}

static int load_value(const struct loader *loader, const config_setting_t *setting,
		      const struct heel_key *key, struct heel_values *values)
{
	struct heel_value value = {.from = origin_of(loader, setting)};
	struct heel_value *v;
	int rc = config_setting_type(setting) == CONFIG_TYPE_GROUP
			 ? load_entry(loader, setting, key, &value)
			 : load_scalar(loader, setting, key, &value.text);

	if (rc == 0 && key->check)
		rc = key->check(key, &value, loader->report);
	if (rc < 0)
		return rc;
	v = heel_grow(loader->arena, values->v, values->n, sizeof(*v));
	if (!v)
		return heel_fail_memory(loader->report);
	v[values->n++] = value;
	values->v = v;
	return 0;
}

static int check_number_of_values(const struct loader *loader, const struct heel_key *key,
				  const struct heel_values *values)
{
	if (values->n >= key->min && (key->max == 0 || values->n <= key->max))
		return 0;
	if (key->max == 1)
		return heel_fail(loader->report, EINVAL, values->from,
				 "\"%s\" takes exactly one value", key->name);
	if (key->max == 0)
		return heel_fail(loader->report, EINVAL, values->from,
				 "\"%s\" takes at least %zu value%s", key->name, key->min,
				 key->min == 1 ? "" : "s");
	return heel_fail(loader->report, EINVAL, values->from,
			 "\"%s\" takes %zu to %zu values, not %zu", key->name, key->min,
			 key->max, values->n);
}

/* One value, or each of a list; goes on after a bad one so that all are reported. */
static int load_values(const struct loader *loader, const config_setting_t *setting,
		       const struct heel_key *key, struct heel_values *values)
{
	int type = config_setting_type(setting);
	int result = 0;

	values->written = true;
	values->from = origin_of(loader, setting);
	if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST)
		return load_value(loader, setting, key, values);
	for (int i = 0; i < config_setting_length(setting); i++) {
		const config_setting_t *element =
			config_setting_get_elem(setting, (unsigned int)i);
		int rc = load_value(loader, element, key, values);

		if (rc < 0)
			result = rc;
	}
	return result < 0 ? result : check_number_of_values(loader, key, values);
}

static int load_member(const struct loader *loader, const config_setting_t *member,
		       const char *prefix, struct heel_values *values)
{
	const char *name = config_setting_name(member);
	const struct heel_key *key;
	char *full = heel_format(loader->arena, "%s%s", prefix, name);
	char *inner_prefix = heel_format(loader->arena, "%s%s.", prefix, name);
	size_t index;

	if (!full || !inner_prefix)
		return heel_fail_memory(loader->report);
	key = find_key(loader->schema, full, &index);
	if (key)
		return load_values(loader, member, key, &values[index]);
	if (!is_group(loader->schema, full))
		return unknown_key(loader, member, prefix, name);
	if (config_setting_type(member) != CONFIG_TYPE_GROUP)
		return heel_fail(loader->report, EINVAL, origin_of(loader, member),
				 "\"%s\" is a group: write %s = { ... };", full, name);
	return load_group(loader, member, inner_prefix, values);
}

/* Walks every member, so that nothing in a file can go unread. */
static int load_group(const struct loader *loader, const config_setting_t *group,
		      const char *prefix, struct heel_values *values)
{
	int result = 0;

	for (int i = 0; i < config_setting_length(group); i++) {
		const config_setting_t *member =
			config_setting_get_elem(group, (unsigned int)i);
		int rc = load_member(loader, member, prefix, values);

		if (rc < 0)
			result = rc;
	}
	return result;
}

static void destroy_config(config_t *config)
{
	config_destroy(config);
}

/* Fails now if the parse could run out of memory, which libconfig would not notice. */
static int check_memory(size_t length, struct heel_report *report)
{
	size_t bytes;
	void *probe;

	if (__builtin_mul_overflow(length, PARSE_BYTES_PER_BYTE, &bytes) ||
	    __builtin_add_overflow(bytes, PARSE_BYTES_AT_LEAST, &bytes))
		return heel_fail_memory(report);
	probe = malloc(bytes);
	if (!probe)
		return heel_fail_memory(report);
	/* Keeps the compiler from dropping an allocation that nothing uses. */
	__asm__ volatile("" : : "r"(probe) : "memory");
	free(probe);
	return 0;
}

/* A copy with a newline at its end: libconfig takes no comment on a line without one. */
static char *copy_text(struct heel_arena *arena, const char *text, size_t length,
		       size_t *ret_length)
{
	char *copy;

	copy = heel_alloc(arena, length + 2, 1);
	if (!copy)
		return NULL;
	memcpy(copy, text, length);
	*ret_length = length;
	if (length > 0 && length < HEEL_SCAN_MAX_LENGTH && text[length - 1] != '\n')
		copy[(*ret_length)++] = '\n';
	return copy;
}

/* The scan, and then libconfig on the very same bytes. */
static int parse(const struct loader *loader, const char *text, size_t length,
		 config_t *config)
{
	struct heel_lines lines;
	size_t next = 0;
	int rc = heel_scan_lines(loader->arena, loader->file, text, length, &lines,
				 loader->report);

	if (rc == 0)
		rc = check_memory(length, loader->report);
	if (rc < 0)
		return rc;
	if (config_read_string(config, text) != CONFIG_TRUE) {
		int line = config_error_line(config);

		return heel_fail(loader->report, EINVAL,
				 (struct heel_origin){loader->file,
						      line > 0 ? (unsigned int)line : 0},
				 "%s", config_error_text(config));
	}
	set_lines(config_root_setting(config), &lines, &next);
	return 0;
}

int heel_load(struct heel_arena *arena, const struct heel_schema *schema,
	      const char *file, const char *text, size_t length, struct heel_values **ret,
	      struct heel_report *report)
{
	const struct loader loader = {arena, schema, file, report};
	__attribute__((cleanup(destroy_config))) config_t config;
	struct heel_values *values;
	size_t copied;
	char *copy;
	int rc;

	config_init(&config);
	copy = copy_text(arena, text, length, &copied);
	values = heel_alloc(arena, schema->n, sizeof(*values));
	if (!copy || !values)
		return heel_fail_memory(report);
	rc = parse(&loader, copy, copied, &config);
	if (rc == 0)
		rc = load_group(&loader, config_root_setting(&config), "", values);
	if (rc == 0)
		*ret = values;
	return rc;
}
