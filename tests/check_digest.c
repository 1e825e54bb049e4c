/* SPDX-License-Identifier: ISC */
/* Policies that say the same have one digest, and whatever a session is given changes it.
 */
#include <string.h>

#include "digest.h"
#include "test.h"

/* --- A policy with something in each of its values --- */

static struct heel_path paths[] = {
	{.path = "/usr", .access = 1},
	{.path = "/home/alice", .access = 7, .optional = true},
};
static struct heel_port_range ranges[] = {{.low = 22, .high = 22},
					  {.low = 80, .high = 90}};
static struct heel_value values[] = {{.text = "a"}, {.text = "b"}};
static struct heel_command commands[] = {
	{.match_text = "uptime"},
	{.match_text = "rsync *", .run_text = "/usr/bin/rrsync"},
};

static struct heel_policy example(void)
{
	const struct heel_values two = {.v = values, .n = 2};
	struct heel_policy policy = {
		.profile = "student",
		.service = "sshd",
		.door = HEEL_DOOR_SESSION,
		.shell = "/bin/sh",
		.paths = paths,
		.n_paths = 2,
		.families = 6,
		.proxy = "http://proxy:3128",
		.scope = 1,
		.syscalls_deny = two,
		.syscalls_needed = two,
		.uid = 1000,
		.gid = 1000,
		.limits_commands = true,
		.commands = commands,
		.n_commands = 2,
		.no_new_privs = true,
		.has_umask = true,
		.umask = 022,
		.environment_keep = two,
		.environment_set = two,
		.environment_unset = two,
	};

	policy.ports[HEEL_TCP_CONNECT] = (struct heel_ports){.ranges = ranges, .n = 2};
	policy.limits[3] = (struct heel_limit_value){.set = true, .soft = 1, .hard = 2};
	policy.restrictions[2].on = true;
	return policy;
}

/* --- What changes it --- */

static struct heel_value other_values[] = {{.text = "a"}, {.text = "c"}};
static const struct heel_values other = {.v = other_values, .n = 2};
static struct heel_command other_commands[2];
static struct heel_path other_paths[2];
static struct heel_port_range other_ranges[2];

static void to_paths(struct heel_policy *policy)
{
	memcpy(other_paths, paths, sizeof(paths));
	policy->paths = other_paths;
}

static void to_ranges(struct heel_policy *policy)
{
	memcpy(other_ranges, ranges, sizeof(ranges));
	policy->ports[HEEL_TCP_CONNECT].ranges = other_ranges;
}

static void to_commands(struct heel_policy *policy)
{
	memcpy(other_commands, commands, sizeof(commands));
	policy->commands = other_commands;
}

#define CHANGE(name, act)                                                                \
	static void name(struct heel_policy *policy)                                     \
	{                                                                                \
		act;                                                                     \
	}

CHANGE(door, policy->door = HEEL_DOOR_CHILD)
CHANGE(unconfined, policy->unconfined = true)
CHANGE(shell, policy->shell = "/bin/bash")
CHANGE(path, to_paths(policy); policy->paths[0].path = "/usr/bin")
CHANGE(path_access, to_paths(policy); policy->paths[0].access = 3)
CHANGE(path_optional, to_paths(policy); policy->paths[0].optional = true)
CHANGE(path_make, to_paths(policy); policy->paths[0].make = true)
CHANGE(path_fewer, policy->n_paths = 1)
CHANGE(access_swapped, to_paths(policy); policy->paths[0].access = 7;
       policy->paths[1].access = 1)
CHANGE(port_low, to_ranges(policy); policy->ports[HEEL_TCP_CONNECT].ranges[1].low = 81)
CHANGE(port_high, to_ranges(policy); policy->ports[HEEL_TCP_CONNECT].ranges[1].high = 91)
CHANGE(port_fewer, policy->ports[HEEL_TCP_CONNECT].n = 1)
CHANGE(port_any, policy->ports[HEEL_TCP_BIND].any = true)
CHANGE(port_kind, policy->ports[HEEL_UDP_BIND] = policy->ports[HEEL_TCP_CONNECT];
       policy->ports[HEEL_TCP_CONNECT] = (struct heel_ports){0})
CHANGE(families, policy->families = 2)
CHANGE(proxy, policy->proxy = NULL)
CHANGE(scope, policy->scope = 3)
CHANGE(restriction_off, policy->restrictions[2].on = false)
CHANGE(restriction_other, policy->restrictions[2].on = false;
       policy->restrictions[3].on = true)
CHANGE(syscalls_deny, policy->syscalls_deny = other)
CHANGE(syscalls_needed, policy->syscalls_needed = other)
CHANGE(uid, policy->uid = 1001)
CHANGE(gid, policy->gid = 1001)
CHANGE(limits_commands, policy->limits_commands = false)
CHANGE(match, to_commands(policy); policy->commands[0].match_text = "w")
CHANGE(run, to_commands(policy); policy->commands[0].run_text = "")
CHANGE(commands_order, to_commands(policy); policy->commands[0] = commands[1];
       policy->commands[1] = commands[0])
CHANGE(commands_fewer, policy->n_commands = 1)
CHANGE(no_new_privs, policy->no_new_privs = false)
CHANGE(no_umask, policy->has_umask = false)
CHANGE(mask, policy->umask = 077)
CHANGE(limit_soft, policy->limits[3].soft = 2)
CHANGE(limit_hard, policy->limits[3].hard = 3)
CHANGE(limit_unset, policy->limits[3].set = false)
CHANGE(limit_other, policy->limits[4] = policy->limits[3]; policy->limits[3].set = false)
CHANGE(keep, policy->environment_keep = other)
CHANGE(set, policy->environment_set = other)
CHANGE(set_order, (void)policy; values[0].text = "b"; values[1].text = "a")
CHANGE(unset, policy->environment_unset = other)

static void (*const changes[])(struct heel_policy *policy) = {
	door,
	unconfined,
	shell,
	path,
	path_access,
	path_optional,
	path_make,
	path_fewer,
	access_swapped,
	port_low,
	port_high,
	port_fewer,
	port_any,
	port_kind,
	families,
	proxy,
	scope,
	restriction_off,
	restriction_other,
	syscalls_deny,
	syscalls_needed,
	uid,
	gid,
	limits_commands,
	match,
	run,
	commands_order,
	commands_fewer,
	no_new_privs,
	no_umask,
	mask,
	limit_soft,
	limit_hard,
	limit_unset,
	limit_other,
	keep,
	set,
	set_order,
	unset,
};

/* No two of them, nor the example itself, have one digest. */
START_TEST(each_change_gives_another_digest)
{
	uint64_t digests[HEEL_ARRAY_SIZE(changes) + 1];
	struct heel_policy policy = example();
	size_t n = 0;

	digests[n++] = heel_policy_digest(&policy);
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(changes); i++) {
		uint64_t digest;

		values[0].text = "a";
		values[1].text = "b";
		policy = example();
		changes[i](&policy);
		digest = heel_policy_digest(&policy);
		for (size_t j = 0; j < n; j++)
			ck_assert_msg(digest != digests[j], "change %zu is like %zu", i,
				      j);
		digests[n++] = digest;
	}
}
END_TEST

/* --- What does not --- */

static const struct heel_origin elsewhere = {"/etc/heel/heel.conf", 7};

CHANGE(origins, policy->assigned = elsewhere; policy->shell_from = elsewhere;
       policy->families_from = elsewhere; policy->limits[3].from = elsewhere;
       policy->restrictions[2].from = elsewhere)
CHANGE(names, policy->profile = "exam"; policy->service = "su";
       policy->description = "an exam")
CHANGE(written, policy->scope_written = true; policy->restrictions[2].written = true;
       policy->ports[HEEL_UDP_BIND].written = true)
CHANGE(expect, policy->expect_allow = other; policy->expect_deny = other)
CHANGE(admission, policy->minimum_abi = 6; policy->warn_unsupported = true)
CHANGE(paths_order, to_paths(policy); policy->paths[0] = paths[1];
       policy->paths[1] = paths[0])
CHANGE(ports_order, to_ranges(policy); other_ranges[0] = ranges[1];
       other_ranges[1] = ranges[0])
CHANGE(keep_order, other_values[0].text = "b"; other_values[1].text = "a";
       policy->environment_keep = other; policy->environment_unset = other;
       policy->syscalls_deny = other; policy->syscalls_needed = other)

static void (*const others[])(struct heel_policy *policy) = {
	origins, names, written, expect, admission, paths_order, ports_order, keep_order,
};

START_TEST(what_no_session_is_given_does_not_count)
{
	struct heel_policy policy = example();
	uint64_t digest = heel_policy_digest(&policy);

	others[_i](&policy);
	ck_assert_uint_eq(heel_policy_digest(&policy), digest);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("digest");
	TCase *tcase = tcase_create("digest");

	tcase_add_test(tcase, each_change_gives_another_digest);
	tcase_add_loop_test(tcase, what_no_session_is_given_does_not_count, 0,
			    HEEL_ARRAY_SIZE(others));
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
