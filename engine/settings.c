/* SPDX-License-Identifier: ISC */
/* heel.conf: its keys and what they mean. */
#include <errno.h>
#include <string.h>

#include "access.h"
#include "attr.h"
#include "load.h"
#include "settings.h"
#include "text.h"

#define DEFAULT_SHELL "/bin/sh"

enum settings_key {
	KEY_VERSION,
	KEY_MINIMUM_ABI,
	KEY_ON_UNSUPPORTED,
	KEY_SERVICES,
	KEY_SHELL,
	KEY_ASSIGN,
	SETTINGS_KEYS,
};

/* An unclosed "[" would match only itself, which nobody can have meant. */
static bool is_pattern(const char *text)
{
	const char *open = strchr(text, '[');

	return text[0] && !heel_has_control(text) && (!open || strchr(open + 1, ']'));
}

static int check_pattern(const struct heel_key *key, const struct heel_value *value,
			 struct heel_report *report)
{
	if (is_pattern(value->text))
		return 0;
	return heel_fail(report, EINVAL, value->from,
			 "\"%s\" takes names and patterns, not \"%s\"", key->name,
			 heel_has_control(value->text) ? "a control character"
						       : value->text);
}

static int check_uid(const struct heel_key *key, const struct heel_value *value,
		     struct heel_report *report)
{
	uint64_t low, high;

	if (heel_parse_range(value->text, UINT32_MAX, &low, &high) == 0)
		return 0;
	return heel_fail(report, EINVAL, value->from,
			 "\"%s\" takes numbers and ranges such as \"1-999\", not \"%s\"",
			 key->name, value->text);
}

static int check_profile(const struct heel_key *key, const struct heel_value *value,
			 struct heel_report *report)
{
	if (strcmp(value->text, HEEL_PROFILE_OWN) == 0 ||
	    heel_is_profile_name(value->text))
		return 0;
	return heel_fail(
		report, EINVAL, value->from,
		"\"%s\" takes the name of a profile (letters, digits, and \"_\", \".\", "
		"\"-\" after the first) or \"" HEEL_PROFILE_OWN "\", not \"%s\"",
		key->name, value->text);
}

static int check_version(const struct heel_key *key, const struct heel_value *value,
			 struct heel_report *report)
{
	if (strcmp(value->text, "1") == 0)
		return 0;
	return heel_fail(report, EINVAL, value->from,
			 "\"%s\" is 1; this heel knows no other", key->name);
}

static int check_abi(const struct heel_key *key, const struct heel_value *value,
		     struct heel_report *report)
{
	uint64_t abi;

	if (heel_parse_number(value->text, 1000, &abi) == 0 && abi >= HEEL_ABI_OLDEST)
		return 0;
	return heel_fail(report, EINVAL, value->from,
			 "\"%s\" is a number from %d on, not %s", key->name,
			 HEEL_ABI_OLDEST, value->text);
}

static int check_on_unsupported(const struct heel_key *key,
				const struct heel_value *value,
				struct heel_report *report)
{
	if (strcmp(value->text, "refuse") == 0 || strcmp(value->text, "warn") == 0)
		return 0;
	return heel_fail(report, EINVAL, value->from,
			 "\"%s\" is \"refuse\" or \"warn\", not \"%s\"", key->name,
			 value->text);
}

static int check_shell(const struct heel_key *key, const struct heel_value *value,
		       struct heel_report *report)
{
	if (heel_is_program_path(value->text))
		return 0;
	return heel_fail(report, EINVAL, value->from,
			 "\"%s\" takes the absolute path of a program, not \"%s\"",
			 key->name, value->text);
}

static const struct heel_key assign_keys[HEEL_ASSIGN_KEYS] = {
	[HEEL_ASSIGN_USER] = {"user", HEEL_KIND_TEXT, 1, 0, check_pattern, NULL},
	[HEEL_ASSIGN_GROUP] = {"group", HEEL_KIND_TEXT, 1, 0, check_pattern, NULL},
	[HEEL_ASSIGN_UID] = {"uid", HEEL_KIND_TEXT | HEEL_KIND_NUMBER, 1, 0, check_uid,
			     NULL},
	[HEEL_ASSIGN_SERVICE] = {"service", HEEL_KIND_TEXT, 1, 0, check_pattern, NULL},
	[HEEL_ASSIGN_PROFILE] = {"profile", HEEL_KIND_TEXT, 1, 1, check_profile, NULL},
};

static const struct heel_schema assign_schema = {"an assignment", assign_keys,
						 HEEL_ASSIGN_KEYS};

const struct heel_schema *heel_assign_schema(void)
{
	return &assign_schema;
}

static const struct heel_key settings_keys[SETTINGS_KEYS] = {
	[KEY_VERSION] = {"version", HEEL_KIND_NUMBER | HEEL_KIND_TEXT, 1, 1,
			 check_version, NULL},
	[KEY_MINIMUM_ABI] = {"minimum_abi", HEEL_KIND_NUMBER | HEEL_KIND_TEXT, 1, 1,
			     check_abi, NULL},
	[KEY_ON_UNSUPPORTED] = {"on_unsupported", HEEL_KIND_TEXT, 1, 1,
				check_on_unsupported, NULL},
	[KEY_SERVICES] = {"services", HEEL_KIND_TEXT, 0, 0, check_pattern, NULL},
	[KEY_SHELL] = {"shell", HEEL_KIND_TEXT, 1, 1, check_shell, NULL},
	[KEY_ASSIGN] = {"assign", HEEL_KIND_ENTRY, 0, 0, NULL, &assign_schema},
};

static const struct heel_schema settings_schema = {"heel.conf", settings_keys,
						   SETTINGS_KEYS};

/* An entry without a condition would be a typing error with wide effect. */
static int check_assignment(const struct heel_value *entry, struct heel_report *report)
{
	const struct heel_values *keys = entry->fields;

	if (keys[HEEL_ASSIGN_PROFILE].n == 0)
		return heel_fail(report, EINVAL, entry->from,
				 "this assignment has no \"profile\"");
	for (size_t i = 0; i < HEEL_ASSIGN_KEYS; i++)
		if (i != HEEL_ASSIGN_PROFILE && keys[i].written)
			return 0;
	return heel_fail(
		report, EINVAL, entry->from,
		"this assignment says for nobody; for everyone, write user = \"*\"");
}

static int take_assignments(struct heel_arena *arena, const struct heel_values *values,
			    struct heel_settings *settings, struct heel_report *report)
{
	int result = 0;

	settings->assign = heel_alloc(arena, values->n, sizeof(*settings->assign));
	if (!settings->assign)
		return heel_fail_memory(report);
	for (size_t i = 0; i < values->n; i++) {
		const struct heel_value *entry = &values->v[i];
		int rc = check_assignment(entry, report);

		if (rc < 0)
			result = rc;
		settings->assign[i] = (struct heel_assignment){
			.keys = entry->fields,
			.profile = heel_text(&entry->fields[HEEL_ASSIGN_PROFILE]),
			.from = entry->from,
		};
	}
	settings->n_assign = values->n;
	return result;
}

/* Their callers open a session in a process that serves no other. */
static const char *const default_services[] = {
	"sshd",	  "login",	  "su",		 "su-l",    "sudo",
	"sudo-i", "runuser",	  "runuser-l",	 "cron",    "crond",
	"atd",	  "systemd-user", "xrdp-sesman", "cockpit", "remote",
};

bool heel_confines_service(const struct heel_settings *settings, const char *service)
{
	if (!settings->services.written) {
		for (size_t i = 0; i < HEEL_ARRAY_SIZE(default_services); i++)
			if (strcmp(default_services[i], service) == 0)
				return true;
		return false;
	}
	for (size_t i = 0; i < settings->services.n; i++)
		if (heel_matches(settings->services.v[i].text, service))
			return true;
	return false;
}

static struct heel_origin origin_or_file(const struct heel_values *values,
					 const char *file)
{
	return values->written ? values->from : (struct heel_origin){file, 0};
}

const struct heel_schema *heel_settings_schema(void)
{
	return &settings_schema;
}

int heel_settings_load(struct heel_arena *arena, const char *file, const char *text,
		       size_t length, struct heel_settings *ret,
		       struct heel_report *report)
{
	struct heel_values *values;
	int rc = heel_load(arena, &settings_schema, file, text, length, &values, report);

	return rc < 0 ? rc : heel_settings_take(arena, file, values, ret, report);
}

int heel_settings_take(struct heel_arena *arena, const char *file,
		       const struct heel_values *values, struct heel_settings *ret,
		       struct heel_report *report)
{
	struct heel_settings settings = {.minimum_abi = HEEL_ABI_OLDEST, .file = file};
	const char *on_unsupported, *shell;
	uint64_t abi;
	int rc;

	rc = take_assignments(arena, &values[KEY_ASSIGN], &settings, report);
	if (!values[KEY_VERSION].written)
		rc = heel_fail(report, EINVAL, (struct heel_origin){file, 0},
			       "\"version = 1;\" is missing");
	if (rc < 0)
		return rc;
	if (values[KEY_MINIMUM_ABI].written &&
	    heel_parse_number(heel_text(&values[KEY_MINIMUM_ABI]), 1000, &abi) == 0)
		settings.minimum_abi = (int)abi;
	settings.minimum_abi_from = origin_or_file(&values[KEY_MINIMUM_ABI], file);
	on_unsupported = heel_text(&values[KEY_ON_UNSUPPORTED]);
	settings.warn_unsupported = on_unsupported && strcmp(on_unsupported, "warn") == 0;
	settings.services = values[KEY_SERVICES];
	shell = heel_text(&values[KEY_SHELL]);
	settings.shell = shell ? shell : DEFAULT_SHELL;
	settings.shell_from = origin_or_file(&values[KEY_SHELL], file);
	*ret = settings;
	return 0;
}
