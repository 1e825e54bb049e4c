/* SPDX-License-Identifier: ISC */
/* The environment of a confined session. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "environ.h"
#include "text.h"

/* What every session keeps; SPEC's list. */
static const char *const kept_patterns[] = {
	"TERM",
	"LANG",
	"LANGUAGE",
	"LC_*",
	"TZ",
	"HOME",
	"USER",
	"LOGNAME",
	"PATH",
	"MAIL",
	"DISPLAY",
	"XAUTHORITY",
	"SSH_*",
	"COLORTERM",
	"WAYLAND_DISPLAY",
	"XDG_*",
	"DBUS_SESSION_BUS_ADDRESS",
	"HEEL_PROFILE",
};

/*
 * What steers the loader, or makes the C library read or write files of the
 * user's choice before a program's main(): the list that the GNU C library
 * removes for set-uid programs (sysdeps/generic/unsecvars.h), and everything
 * that begins like the loader's own.
 */
static const char *const loader_patterns[] = {
	"LD_*",		  "GCONV_PATH",		"GETCONF_DIR",
	"GLIBC_TUNABLES", "HOSTALIASES",	"LOCALDOMAIN",
	"LOCPATH",	  "MALLOC_*",		"NIS_PATH",
	"NLSPATH",	  "RESOLV_HOST_CONF",	"RES_OPTIONS",
	"TZDIR",	  "LIBC_FATAL_STDERR_",
};

static bool matches_any(const char *const *patterns, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (heel_matches(patterns[i], name))
			return true;
	return false;
}

static bool matches_values(const struct heel_values *values, const char *name)
{
	for (size_t i = 0; i < values->n; i++)
		if (heel_matches(values->v[i].text, name))
			return true;
	return false;
}

bool heel_is_loader_variable(const char *text)
{
	char name[64];
	size_t length = strcspn(text, "=");

	/* The patterns need no more than the beginning of a long name. */
	if (length >= sizeof(name))
		length = sizeof(name) - 1;
	memcpy(name, text, length);
	name[length] = '\0';
	return matches_any(loader_patterns, HEEL_ARRAY_SIZE(loader_patterns), name);
}

/* Nobody has so many; and each is compared with all before it. */
#define VARIABLES_MAX 4096

struct builder {
	struct heel_arena *arena;
	char **v;
	size_t n;
};

/* Sets a variable from NAME=VALUE, replacing an earlier one of that name. */
static int set(struct builder *builder, char *text)
{
	size_t length = strcspn(text, "=") + 1;
	char **v;

	if (!text[length - 1])
		return 0; /* no "=": nothing that a program could read */
	for (size_t i = 0; i < builder->n; i++) {
		if (strncmp(builder->v[i], text, length) == 0) {
			builder->v[i] = text;
			return 0;
		}
	}
	if (builder->n >= VARIABLES_MAX)
		return -E2BIG;
	v = heel_grow(builder->arena, builder->v, builder->n, sizeof(*v));
	if (!v)
		return -ENOMEM;
	v[builder->n++] = text;
	builder->v = v;
	return 0;
}

static bool is_kept(const struct heel_policy *policy, const char *name)
{
	if (heel_is_loader_variable(name) ||
	    matches_values(&policy->environment_unset, name))
		return false;
	return matches_any(kept_patterns, HEEL_ARRAY_SIZE(kept_patterns), name) ||
	       matches_values(&policy->environment_keep, name);
}

static int keep(struct builder *builder, const struct heel_policy *policy,
		const char *const *environment)
{
	for (size_t i = 0; environment[i]; i++) {
		char *name = heel_strndup(builder->arena, environment[i],
					  strcspn(environment[i], "="));
		char *text = heel_strdup(builder->arena, environment[i]);

		int rc = name && text ? 0 : -ENOMEM;

		if (rc == 0 && is_kept(policy, name))
			rc = set(builder, text);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int set_value(struct builder *builder, const struct heel_policy *policy,
		     const char *name, const char *value)
{
	char *text;

	if (matches_values(&policy->environment_unset, name))
		return 0;
	text = heel_format(builder->arena, "%s=%s", name, value);
	return text ? set(builder, text) : -ENOMEM;
}

/* Who the user is comes from the password database, whatever the environment said. */
static int set_identity(struct builder *builder, const struct heel_policy *policy,
			const struct heel_subject *subject)
{
	const struct {
		const char *name, *value;
	} identity[] = {
		{"HOME", subject->home},	   {"USER", subject->user},
		{"LOGNAME", subject->user},	   {"SHELL", policy->shell},
		{"HEEL_PROFILE", policy->profile},
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < HEEL_ARRAY_SIZE(identity); i++)
		rc = set_value(builder, policy, identity[i].name, identity[i].value);
	return rc;
}

static int set_policy_values(struct builder *builder, const struct heel_policy *policy)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < policy->environment_set.n; i++) {
		char *text =
			heel_strdup(builder->arena, policy->environment_set.v[i].text);

		rc = text ? set(builder, text) : -ENOMEM;
	}
	return rc;
}

int heel_environment(struct heel_arena *arena, const struct heel_policy *policy,
		     const struct heel_subject *subject, const char *const *environment,
		     char ***ret, struct heel_report *report)
{
	struct builder builder = {.arena = arena};
	int rc = keep(&builder, policy, environment);
	char **v;

	if (rc == 0)
		rc = set_identity(&builder, policy, subject);
	if (rc == 0)
		rc = set_policy_values(&builder, policy);
	if (rc == -E2BIG)
		return heel_fail(report, E2BIG, (struct heel_origin){0},
				 "the environment has more than %d variables to keep",
				 VARIABLES_MAX);
	v = rc < 0 ? NULL : heel_grow(arena, builder.v, builder.n, sizeof(*v));
	if (!v)
		return heel_fail_memory(report);
	v[builder.n] = NULL;
	*ret = v;
	return 0;
}
