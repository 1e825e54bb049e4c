/* SPDX-License-Identifier: ISC */
/* A profile, or what a PAM service needs, as one file says it. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "access.h"
#include "environ.h"
#include "family.h"
#include "load.h"
#include "profile.h"
#include "restriction.h"
#include "syscalls.h"
#include "text.h"
#include "token.h"
#include "words.h"

static int bad_value(const struct heel_key *key, const struct heel_value *value,
		     struct heel_report *report, const char *wanted)
{
	return heel_fail(report, EINVAL, value->from, "\"%s\" takes %s, not \"%s\"",
			 key->name, wanted, value->text);
}

static int check_version(const struct heel_key *key, const struct heel_value *value,
			 struct heel_report *report)
{
	return strcmp(value->text, "1") == 0 ? 0 : bad_value(key, value, report, "1");
}

static int check_plain_text(const struct heel_key *key, const struct heel_value *value,
			    struct heel_report *report)
{
	return heel_has_control(value->text)
		       ? bad_value(key, value, report, "text without control characters")
		       : 0;
}

static int check_profile_name(const struct heel_key *key, const struct heel_value *value,
			      struct heel_report *report)
{
	return heel_is_profile_name(value->text)
		       ? 0
		       : bad_value(key, value, report, "names of profiles");
}

static int check_path(const struct heel_key *key, const struct heel_value *value,
		      struct heel_report *report)
{
	(void)key;
	return heel_check_rule_path(value->text, value->from, report);
}

static int unknown_name(const struct heel_value *value, const char *what,
			const struct heel_suggestion *suggestion,
			struct heel_report *report)
{
	char buffer[80];

	return heel_fail(report, EINVAL, value->from, "unknown %s \"%s\"%s", what,
			 value->text,
			 heel_did_you_mean(suggestion, buffer, sizeof(buffer)));
}

static int check_right(const struct heel_key *key, const struct heel_value *value,
		       struct heel_report *report)
{
	struct heel_suggestion suggestion = {.name = value->text};
	const struct heel_right *rights;
	size_t n;

	(void)key;
	if (heel_right_by_name(HEEL_CLASS_FS, value->text))
		return 0;
	rights = heel_rights(&n);
	for (size_t i = 0; i < n; i++)
		if (rights[i].class == HEEL_CLASS_FS)
			heel_suggest(&suggestion, rights[i].name);
	return unknown_name(value, "access right", &suggestion, report);
}

static int check_scope(const struct heel_key *key, const struct heel_value *value,
		       struct heel_report *report)
{
	return heel_right_by_name(HEEL_CLASS_SCOPE, value->text)
		       ? 0
		       : bad_value(key, value, report,
				   "\"signal\" and \"abstract_unix_socket\"");
}

static int check_port(const struct heel_key *key, const struct heel_value *value,
		      struct heel_report *report)
{
	uint64_t low, high;

	if (strcmp(value->text, "any") == 0 ||
	    heel_parse_range(value->text, UINT16_MAX, &low, &high) == 0)
		return 0;
	if (strpbrk(value->text, ".:/"))
		return heel_fail(
			report, EINVAL, value->from,
			"\"%s\" takes ports, not \"%s\": Landlock knows ports, not "
			"addresses; a host firewall limits hosts",
			key->name, value->text);
	return bad_value(key, value, report,
			 "ports (0 to 65535), ranges such as \"8000-8010\", or \"any\"");
}

static int check_restriction(const struct heel_key *key, const struct heel_value *value,
			     struct heel_report *report)
{
	struct heel_suggestion suggestion = {.name = value->text};

	(void)key;
	if (heel_restriction_by_name(value->text) >= 0)
		return 0;
	for (size_t i = 0; i < HEEL_RESTRICTIONS; i++)
		heel_suggest(&suggestion, heel_restriction(i)->name);
	return unknown_name(value, "restriction", &suggestion, report);
}

static int check_family(const struct heel_key *key, const struct heel_value *value,
			struct heel_report *report)
{
	struct heel_suggestion suggestion = {.name = value->text};
	const struct heel_family *families;
	size_t n;

	(void)key;
	if (heel_family_by_name(value->text) >= 0)
		return 0;
	families = heel_families(&n);
	for (size_t i = 0; i < n; i++)
		heel_suggest(&suggestion, families[i].name);
	return unknown_name(value, "socket family", &suggestion, report);
}

static int check_proxy(const struct heel_key *key, const struct heel_value *value,
		       struct heel_report *report)
{
	uint16_t port;

	if (heel_parse_proxy(value->text, &port) == 0)
		return 0;
	if (strchr(value->text, '@'))
		return heel_fail(
			report, EINVAL, value->from,
			"\"%s\" holds a name or password, and the policy is readable by everyone",
			key->name);
	return bad_value(key, value, report,
			 "an address with a port, such as \"http://127.0.0.1:3128\"");
}

static int suggest_call(const char *call, void *context)
{
	heel_suggest(context, call);
	return 0;
}

/* The groups and the calls in them: these are the names that people know. */
static void suggest_calls(struct heel_suggestion *suggestion, struct heel_arena *arena)
{
	const struct heel_syscall_group *groups;
	size_t n;

	groups = heel_syscall_groups(&n);
	for (size_t i = 0; i < n; i++) {
		/* Want of memory costs a suggestion only. */
		HEEL_UNUSED int rc = heel_visit_syscalls(arena, groups[i].name,
							 suggest_call, suggestion);

		heel_suggest(suggestion, groups[i].name);
	}
}

static int check_syscall(const struct heel_key *key, const struct heel_value *value,
			 struct heel_report *report)
{
	struct heel_suggestion suggestion = {.name = value->text};
	bool group = value->text[0] == '@';

	(void)key;
	if (group ? heel_syscall_group(value->text) != NULL
		  : heel_is_syscall(value->text))
		return 0;
	/* The report's memory: what is suggested must live until it has been said. */
	suggest_calls(&suggestion, &report->arena);
	return unknown_name(value, group ? "group of system calls" : "system call",
			    &suggestion, report);
}

static int check_limit(const struct heel_key *key, const struct heel_value *value,
		       struct heel_report *report)
{
	static const char *const wanted[] = {
		[HEEL_UNIT_COUNT] = "a number or \"infinity\"",
		[HEEL_UNIT_BYTES] =
			"a number of bytes, also with K, M or G, or \"infinity\"",
		[HEEL_UNIT_SECONDS] =
			"a number of seconds, also with s, m or h, or \"infinity\"",
		[HEEL_UNIT_MICROSECONDS] =
			"microseconds, or a time with s, m or h, or \"infinity\"",
	};
	const struct heel_limit *limit = heel_limit(0);
	uint64_t number;
	int rc;

	for (size_t i = 1; strcmp(limit->name, strchr(key->name, '.') + 1) != 0; i++)
		limit = heel_limit(i);
	rc = heel_parse_limit(limit, value->text, &number);
	if (rc == 0 && number < limit->least)
		return heel_fail(
			report, EINVAL, value->from,
			"\"%s\" is below %llu, with which no program would start",
			key->name, (unsigned long long)limit->least);
	if (rc == 0)
		return 0;
	if (rc == -ERANGE)
		return heel_fail(report, EINVAL, value->from,
				 "%s is more than \"%s\" can hold: for no limit, write "
				 "\"infinity\"",
				 value->text, key->name);
	return bad_value(key, value, report, wanted[limit->unit]);
}

/* A name or a pattern of names of environment variables. */
static int check_variable_pattern(const struct heel_key *key,
				  const struct heel_value *value,
				  struct heel_report *report)
{
	if (value->text[0] && !strchr(value->text, '=') && !heel_has_control(value->text))
		return 0;
	return bad_value(key, value, report,
			 "names of environment variables, or patterns");
}

static bool is_variable_name(const char *text, size_t length)
{
	if (length == 0 || isdigit((unsigned char)text[0]))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '_')
			return false;
	return true;
}

static int check_variable(const struct heel_key *key, const struct heel_value *value,
			  struct heel_report *report)
{
	const char *equals = strchr(value->text, '=');

	if (!equals || !is_variable_name(value->text, (size_t)(equals - value->text)) ||
	    heel_has_control(value->text))
		return bad_value(key, value, report, "settings of the form NAME=VALUE");
	if (heel_is_loader_variable(value->text))
		return heel_fail(report, EINVAL, value->from,
				 "\"%.*s\" steers the loader and is never set",
				 (int)(equals - value->text), value->text);
	return heel_check_tokens(value->text, value->from, report);
}

static int check_umask(const struct heel_key *key, const struct heel_value *value,
		       struct heel_report *report)
{
	mode_t mode;

	return heel_parse_mode(value->text, &mode) == 0
		       ? 0
		       : bad_value(key, value, report, "an octal mode such as \"077\"");
}

static int check_program(const struct heel_key *key, const struct heel_value *value,
			 struct heel_report *report)
{
	return heel_is_program_path(value->text)
		       ? 0
		       : bad_value(key, value, report, "the absolute path of a program");
}

static int check_reset(const struct heel_key *key, const struct heel_value *value,
		       struct heel_report *report);

static int check_expect(const struct heel_key *key, const struct heel_value *value,
			struct heel_report *report)
{
	static const char *const verbs[] = {"read ", "write ", "execute ", "connect ",
					    "bind "};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(verbs); i++) {
		size_t length = strlen(verbs[i]);

		if (strncmp(value->text, verbs[i], length) == 0 && value->text[length])
			return heel_check_tokens(value->text, value->from, report);
	}
	return bad_value(key, value, report,
			 "\"VERB TARGET\" with read, write, execute, connect or bind");
}

/* A plain string, or an entry. What is made of it here is for the report only. */
static int check_command(const struct heel_key *key, const struct heel_value *value,
			 struct heel_report *report)
{
	const char *match = value->text, *run = NULL;
	struct heel_command command;
	int rc = 0;

	if (value->fields) {
		match = heel_text(&value->fields[HEEL_COMMAND_MATCH]);
		run = heel_text(&value->fields[HEEL_COMMAND_RUN]);
		if (!match || !run)
			return heel_fail(report, EINVAL, value->from,
					 "an entry of \"%s\" needs both \"match\" and "
					 "\"run\"",
					 key->name);
		rc = heel_check_tokens(run, value->from, report);
	}
	if (rc < 0)
		return rc;
	return heel_make_command(&report->arena, match, run, value->from, &command,
				 report);
}

static const struct heel_key rule_keys[HEEL_RULE_KEYS] = {
	[HEEL_RULE_PATH] = {"path", HEEL_KIND_TEXT, 1, 1, check_path, NULL},
	[HEEL_RULE_ACCESS] = {"access", HEEL_KIND_TEXT, 1, 0, check_right, NULL},
};

static const struct heel_schema rule_schema = {"a rule", rule_keys, HEEL_RULE_KEYS};

static const struct heel_key command_keys[HEEL_COMMAND_KEYS] = {
	[HEEL_COMMAND_MATCH] = {"match", HEEL_KIND_TEXT, 1, 1, NULL, NULL},
	[HEEL_COMMAND_RUN] = {"run", HEEL_KIND_TEXT, 1, 1, NULL, NULL},
};

static const struct heel_schema command_schema = {"an entry of \"commands\"",
						  command_keys, HEEL_COMMAND_KEYS};

#define TEXT   HEEL_KIND_TEXT
#define NUMBER (HEEL_KIND_TEXT | HEEL_KIND_NUMBER)
#define LIST   0, 0
#define ONE    1, 1
#define LIMIT(name)                                                                      \
	{                                                                                \
		"limits." name, NUMBER, 1, 2, check_limit, NULL                          \
	}

static const struct heel_key profile_keys[HEEL_PROFILE_KEYS] = {
	[HEEL_KEY_VERSION] = {"version", NUMBER, ONE, check_version, NULL},
	[HEEL_KEY_DESCRIPTION] = {"description", TEXT, ONE, check_plain_text, NULL},
	[HEEL_KEY_INHERIT] = {"inherit", TEXT, LIST, check_profile_name, NULL},
	[HEEL_KEY_READ] = {"filesystem.read", TEXT, LIST, check_path, NULL},
	[HEEL_KEY_EXECUTE] = {"filesystem.execute", TEXT, LIST, check_path, NULL},
	[HEEL_KEY_WRITE] = {"filesystem.write", TEXT, LIST, check_path, NULL},
	[HEEL_KEY_DEVICE] = {"filesystem.device", TEXT, LIST, check_path, NULL},
	[HEEL_KEY_RULES] = {"filesystem.rules", HEEL_KIND_ENTRY, LIST, NULL,
			    &rule_schema},
	[HEEL_KEY_FAMILIES] = {"network.families", TEXT, LIST, check_family, NULL},
	[HEEL_KEY_TCP_CONNECT] = {"network.tcp_connect", NUMBER, LIST, check_port, NULL},
	[HEEL_KEY_TCP_BIND] = {"network.tcp_bind", NUMBER, LIST, check_port, NULL},
	[HEEL_KEY_UDP_CONNECT] = {"network.udp_connect", NUMBER, LIST, check_port, NULL},
	[HEEL_KEY_UDP_BIND] = {"network.udp_bind", NUMBER, LIST, check_port, NULL},
	[HEEL_KEY_UNIX_CONNECT] = {"network.unix_connect", TEXT, LIST, check_path, NULL},
	[HEEL_KEY_PROXY] = {"network.proxy", TEXT, ONE, check_proxy, NULL},
	[HEEL_KEY_SCOPE] = {"scope", TEXT, LIST, check_scope, NULL},
	[HEEL_KEY_PERMIT] = {"permit", TEXT, LIST, check_restriction, NULL},
	[HEEL_KEY_RESTRICT] = {"restrict", TEXT, LIST, check_restriction, NULL},
	[HEEL_KEY_SYSCALLS_DENY] = {"syscalls.deny", TEXT, LIST, check_syscall, NULL},
	[HEEL_KEY_LIMITS + 0] = LIMIT("as"),
	[HEEL_KEY_LIMITS + 1] = LIMIT("core"),
	[HEEL_KEY_LIMITS + 2] = LIMIT("cpu"),
	[HEEL_KEY_LIMITS + 3] = LIMIT("data"),
	[HEEL_KEY_LIMITS + 4] = LIMIT("fsize"),
	[HEEL_KEY_LIMITS + 5] = LIMIT("locks"),
	[HEEL_KEY_LIMITS + 6] = LIMIT("memlock"),
	[HEEL_KEY_LIMITS + 7] = LIMIT("msgqueue"),
	[HEEL_KEY_LIMITS + 8] = LIMIT("nice"),
	[HEEL_KEY_LIMITS + 9] = LIMIT("nofile"),
	[HEEL_KEY_LIMITS + 10] = LIMIT("nproc"),
	[HEEL_KEY_LIMITS + 11] = LIMIT("rss"),
	[HEEL_KEY_LIMITS + 12] = LIMIT("rtprio"),
	[HEEL_KEY_LIMITS + 13] = LIMIT("rttime"),
	[HEEL_KEY_LIMITS + 14] = LIMIT("sigpending"),
	[HEEL_KEY_LIMITS + 15] = LIMIT("stack"),
	[HEEL_KEY_KEEP] = {"environment.keep", TEXT, LIST, check_variable_pattern, NULL},
	[HEEL_KEY_SET] = {"environment.set", TEXT, LIST, check_variable, NULL},
	[HEEL_KEY_UNSET] = {"environment.unset", TEXT, LIST, check_variable_pattern,
			    NULL},
	[HEEL_KEY_UMASK] = {"umask", TEXT, ONE, check_umask, NULL},
	[HEEL_KEY_SHELL] = {"shell", TEXT, ONE, check_program, NULL},
	[HEEL_KEY_COMMANDS] = {"commands", TEXT | HEEL_KIND_ENTRY, LIST, check_command,
			       &command_schema},
	[HEEL_KEY_NO_NEW_PRIVS] = {"no_new_privs", HEEL_KIND_BOOL, ONE, NULL, NULL},
	[HEEL_KEY_RESET] = {"reset", TEXT, LIST, check_reset, NULL},
	[HEEL_KEY_EXPECT_ALLOW] = {"expect.allow", TEXT, LIST, check_expect, NULL},
	[HEEL_KEY_EXPECT_DENY] = {"expect.deny", TEXT, LIST, check_expect, NULL},
};

static const struct heel_schema profile_schema = {"a profile", profile_keys,
						  HEEL_PROFILE_KEYS};

const struct heel_schema *heel_profile_schema(void)
{
	return &profile_schema;
}

/* The name of a key, or of a group of keys. */
static int check_reset(const struct heel_key *key, const struct heel_value *value,
		       struct heel_report *report)
{
	struct heel_suggestion suggestion = {.name = value->text};
	size_t length = strlen(value->text);
	char groups[HEEL_PROFILE_KEYS][32];
	char buffer[80];

	(void)key;
	for (size_t i = 0; i < HEEL_PROFILE_KEYS; i++) {
		const char *name = profile_keys[i].name;

		if (length > 0 && strncmp(name, value->text, length) == 0 &&
		    (name[length] == '\0' || name[length] == '.'))
			return 0;
		(void)snprintf(groups[i], sizeof(groups[i]), "%.*s",
			       (int)strcspn(name, "."), name); /* for a suggestion only */
		heel_suggest(&suggestion, name);
		heel_suggest(&suggestion, groups[i]);
	}
	return heel_fail(report, EINVAL, value->from,
			 "\"reset\" takes names of keys and groups, not \"%s\"%s",
			 value->text,
			 heel_did_you_mean(&suggestion, buffer, sizeof(buffer)));
}

/* A soft limit above the hard one would be refused by the kernel at every login. */
static int check_limit_order(const struct heel_values *values, size_t limit,
			     struct heel_report *report)
{
	uint64_t soft, hard;

	if (values->n < 2 ||
	    heel_parse_limit(heel_limit(limit), values->v[0].text, &soft) < 0 ||
	    heel_parse_limit(heel_limit(limit), values->v[1].text, &hard) < 0 ||
	    soft <= hard)
		return 0;
	return heel_fail(
		report, EINVAL, values->from,
		"the soft limit of \"%s\" is above the hard one: write [ soft, hard ]",
		heel_limit(limit)->name);
}

static int check_contradiction(const struct heel_values *keys, struct heel_report *report)
{
	const struct heel_values *permit = &keys[HEEL_KEY_PERMIT];
	const struct heel_values *restrict_ = &keys[HEEL_KEY_RESTRICT];

	for (size_t i = 0; i < permit->n; i++)
		for (size_t j = 0; j < restrict_->n; j++)
			if (strcmp(permit->v[i].text, restrict_->v[j].text) == 0)
				return heel_fail(
					report, EINVAL, restrict_->v[j].from,
					"\"%s\" is both permitted and restricted here",
					permit->v[i].text);
	return 0;
}

/* A rule entry has both a path and rights. */
static int check_rules(const struct heel_values *rules, struct heel_report *report)
{
	for (size_t i = 0; i < rules->n; i++) {
		const struct heel_values *fields = rules->v[i].fields;

		if (fields[HEEL_RULE_PATH].n == 0 || fields[HEEL_RULE_ACCESS].n == 0)
			return heel_fail(report, EINVAL, rules->v[i].from,
					 "a rule needs both \"path\" and \"access\"");
	}
	return 0;
}

static int check_service_name(const struct heel_key *key, const struct heel_value *value,
			      struct heel_report *report)
{
	return heel_is_profile_name(value->text)
		       ? 0
		       : bad_value(key, value, report, "names of services' files");
}

/* Names only: what a service needs is known call by call. */
static int check_call(const struct heel_key *key, const struct heel_value *value,
		      struct heel_report *report)
{
	return value->text[0] == '@'
		       ? bad_value(key, value, report, "names of system calls")
		       : check_syscall(key, value, report);
}

static const struct heel_key service_keys[HEEL_SERVICE_KEYS] = {
	[HEEL_SERVICE_VERSION] = {"version", NUMBER, ONE, check_version, NULL},
	[HEEL_SERVICE_DESCRIPTION] = {"description", TEXT, ONE, check_plain_text, NULL},
	[HEEL_SERVICE_INHERIT] = {"inherit", TEXT, LIST, check_service_name, NULL},
	[HEEL_SERVICE_READ] = {"filesystem.read", TEXT, LIST, check_path, NULL},
	[HEEL_SERVICE_EXECUTE] = {"filesystem.execute", TEXT, LIST, check_path, NULL},
	[HEEL_SERVICE_WRITE] = {"filesystem.write", TEXT, LIST, check_path, NULL},
	[HEEL_SERVICE_DEVICE] = {"filesystem.device", TEXT, LIST, check_path, NULL},
	[HEEL_SERVICE_RULES] = {"filesystem.rules", HEEL_KIND_ENTRY, LIST, NULL,
				&rule_schema},
	[HEEL_SERVICE_UNIX_CONNECT] = {"network.unix_connect", TEXT, LIST, check_path,
				       NULL},
	[HEEL_SERVICE_CALLS] = {"syscalls.needed", TEXT, LIST, check_call, NULL},
	[HEEL_SERVICE_CALLS_OF_CHILD] = {"syscalls.needed_by_child", TEXT, LIST,
					 check_call, NULL},
};

static const struct heel_schema service_schema = {"a service's file", service_keys,
						  HEEL_SERVICE_KEYS};

const struct heel_schema *heel_service_schema(void)
{
	return &service_schema;
}

int heel_service_load(struct heel_arena *arena, const char *file, const char *text,
		      size_t length, struct heel_values **ret, struct heel_report *report)
{
	struct heel_values *keys;
	int rc = heel_load(arena, &service_schema, file, text, length, &keys, report);

	if (rc == 0)
		rc = check_rules(&keys[HEEL_SERVICE_RULES], report);
	if (rc == 0)
		*ret = keys;
	return rc;
}

int heel_profile_load(struct heel_arena *arena, const char *name, const char *file,
		      const char *text, size_t length, struct heel_profile *ret,
		      struct heel_report *report)
{
	struct heel_values *keys;
	int rc = heel_load(arena, &profile_schema, file, text, length, &keys, report);

	for (size_t i = 0; rc == 0 && i < HEEL_LIMITS; i++)
		rc = check_limit_order(&keys[HEEL_KEY_LIMITS + i], i, report);
	if (rc == 0)
		rc = check_contradiction(keys, report);
	if (rc == 0)
		rc = check_rules(&keys[HEEL_KEY_RULES], report);
	if (rc == 0)
		*ret = (struct heel_profile){name, file, keys};
	return rc;
}
