/* SPDX-License-Identifier: ISC */
/* A number that tells whether two policies say the same: FNV-1a of their values. */
#include <string.h>

#include "digest.h"

#define FNV_BASIS 0xcbf29ce484222325ULL
#define FNV_PRIME 0x100000001b3ULL

static void add_bytes(uint64_t *digest, const void *bytes, size_t n)
{
	const unsigned char *byte = bytes;

	for (size_t i = 0; i < n; i++)
		*digest = (*digest ^ byte[i]) * FNV_PRIME;
}

static void add_number(uint64_t *digest, uint64_t number)
{
	add_bytes(digest, &number, sizeof(number));
}

/* With its end, so that two texts are not taken for one; NULL is unlike any text. */
static void add_text(uint64_t *digest, const char *text)
{
	if (text)
		add_bytes(digest, text, strlen(text) + 1);
	else
		add_number(digest, UINT64_MAX);
}

/* What stands in a list whose order is the order in which it counts. */
static void add_list(uint64_t *digest, const struct heel_values *values)
{
	add_number(digest, values->n);
	for (size_t i = 0; i < values->n; i++)
		add_text(digest, values->v[i].text);
}

/* Of the others each member gets a digest of its own; the sum knows no order. */
static void add_set(uint64_t *digest, const struct heel_values *values)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < values->n; i++) {
		uint64_t member = FNV_BASIS;

		add_text(&member, values->v[i].text);
		sum += member;
	}
	add_number(digest, values->n);
	add_number(digest, sum);
}

static void add_paths(uint64_t *digest, const struct heel_policy *policy)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < policy->n_paths; i++) {
		const struct heel_path *path = &policy->paths[i];
		uint64_t member = FNV_BASIS;

		add_text(&member, path->path);
		add_number(&member, path->access);
		add_number(&member, path->optional);
		add_number(&member, path->make);
		sum += member;
	}
	add_number(digest, policy->n_paths);
	add_number(digest, sum);
}

static void add_ports(uint64_t *digest, const struct heel_ports *ports)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < ports->n; i++) {
		uint64_t member = FNV_BASIS;

		add_number(&member, ports->ranges[i].low);
		add_number(&member, ports->ranges[i].high);
		sum += member;
	}
	add_number(digest, ports->any);
	add_number(digest, ports->n);
	add_number(digest, sum);
}

/* By name: their numbers are those of one version. */
static void add_restrictions(uint64_t *digest, const struct heel_policy *policy)
{
	for (size_t i = 0; i < HEEL_RESTRICTIONS; i++)
		if (policy->restrictions[i].on)
			add_text(digest, heel_restriction(i)->name);
	add_text(digest, NULL);
}

static void add_limits(uint64_t *digest, const struct heel_policy *policy)
{
	for (size_t i = 0; i < HEEL_LIMITS; i++) {
		if (!policy->limits[i].set)
			continue;
		add_text(digest, heel_limit(i)->name);
		add_number(digest, policy->limits[i].soft);
		add_number(digest, policy->limits[i].hard);
	}
	add_text(digest, NULL);
}

/* The first that is asked for counts, so the order does. */
static void add_commands(uint64_t *digest, const struct heel_policy *policy)
{
	add_number(digest, policy->limits_commands);
	add_number(digest, policy->n_commands);
	for (size_t i = 0; i < policy->n_commands; i++) {
		add_text(digest, policy->commands[i].match_text);
		add_text(digest, policy->commands[i].run_text);
	}
}

static void add_network(uint64_t *digest, const struct heel_policy *policy)
{
	for (size_t i = 0; i < HEEL_PORT_KINDS; i++)
		add_ports(digest, &policy->ports[i]);
	add_number(digest, policy->families);
	add_text(digest, policy->proxy);
}

/* What is set comes in an order; which names are kept or not is asked of all patterns. */
static void add_environment(uint64_t *digest, const struct heel_policy *policy)
{
	add_set(digest, &policy->environment_keep);
	add_list(digest, &policy->environment_set);
	add_set(digest, &policy->environment_unset);
}

uint64_t heel_policy_digest(const struct heel_policy *policy)
{
	uint64_t digest = FNV_BASIS;

	add_number(&digest, policy->door);
	add_number(&digest, policy->unconfined);
	add_number(&digest, policy->uid);
	add_number(&digest, policy->gid);
	add_text(&digest, policy->shell);
	add_paths(&digest, policy);
	add_network(&digest, policy);
	add_number(&digest, policy->scope);
	add_restrictions(&digest, policy);
	add_set(&digest, &policy->syscalls_deny);
	add_set(&digest, &policy->syscalls_needed);
	add_commands(&digest, policy);
	add_number(&digest, policy->no_new_privs);
	add_number(&digest, policy->has_umask);
	add_number(&digest, policy->has_umask ? policy->umask : 0);
	add_limits(&digest, policy);
	add_environment(&digest, policy);
	return digest;
}
