/* SPDX-License-Identifier: ISC */
/* What the system call filter of a policy denies. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "family.h"
#include "filter.h"
#include "syscalls.h"
#include "text.h"

/* Beside the type of a socket stand flags; the kernel's SOCK_TYPE_MASK. */
#define TYPE_MASK 0xfU
/* The arguments of socket(2). */
#define FAMILY	  0
#define TYPE	  1
#define PROTOCOL  2

struct maker {
	struct heel_arena *arena;
	const struct heel_policy *policy;
	struct heel_filter *filter;
	struct heel_report *report;
	/* Of the rules that are being added. */
	const char *reason;
	struct heel_origin from;
	const char *word; /* of syscalls.deny */
	/* Bits of the marks of calls that have rules: most calls have one rule. */
	uint64_t seen[16];
};

/* --- Rules of one call -------------------------------------------------------------- */

static bool same_condition(const struct heel_condition *a, const struct heel_condition *b)
{
	return a->argument == b->argument && a->compare == b->compare &&
	       a->mask == b->mask && a->value == b->value && a->values == b->values &&
	       a->n_values == b->n_values;
}

static bool same_denial(const struct heel_denial *a, const struct heel_denial *b)
{
	if (a->n_conditions != b->n_conditions)
		return false;
	for (size_t i = 0; i < a->n_conditions; i++)
		if (!same_condition(&a->conditions[i], &b->conditions[i]))
			return false;
	return true;
}

/* Two comparisons of which never both hold; of those that cannot be told, they may. */
static bool exclude_each_other(const struct heel_condition *a,
			       const struct heel_condition *b)
{
	if (a->argument != b->argument)
		return false;
	if (a->compare == HEEL_MASKED && b->compare == HEEL_MASKED)
		return (a->value ^ b->value) & a->mask & b->mask;
	/* A condition of the whole value, and a list that it is not to be in. */
	if (a->compare == HEEL_NONE_OF && b->compare == HEEL_MASKED)
		return exclude_each_other(b, a);
	if (a->compare != HEEL_MASKED || b->compare != HEEL_NONE_OF ||
	    a->mask != HEEL_ALL_BITS)
		return false;
	for (size_t i = 0; i < b->n_values; i++)
		if (b->values[i] == a->value)
			return true;
	return false;
}

static bool can_both_hold(const struct heel_denial *a, const struct heel_denial *b)
{
	for (size_t i = 0; i < a->n_conditions; i++)
		for (size_t j = 0; j < b->n_conditions; j++)
			if (exclude_each_other(&a->conditions[i], &b->conditions[j]))
				return false;
	return true;
}

static void remove_rule(struct heel_filter *filter, size_t i)
{
	filter->n--;
	memmove(&filter->rules[i], &filter->rules[i + 1],
		(filter->n - i) * sizeof(*filter->rules));
}

/*
 * libseccomp says nothing when two rules of a call contradict each other, and
 * takes one of them. Here the first that has no conditions stands for all of its call; of
 * rules with conditions, two that can both hold must agree. *ret: the rule is to be
 * added.
 */
static int settle(struct maker *maker, const struct heel_denial *denial, uint32_t mark,
		  bool *ret)
{
	struct heel_filter *filter = maker->filter;

	*ret = true;
	/* Backwards, as rules are taken out. */
	for (size_t i = filter->n; i-- > 0;) {
		const struct heel_denial *other = &filter->rules[i].denial;

		if (filter->rules[i].mark != mark ||
		    strcmp(other->call, denial->call) != 0)
			continue;
		if (other->n_conditions == 0 || same_denial(other, denial)) {
			*ret = false;
			return 0;
		}
		if (denial->n_conditions == 0)
			remove_rule(filter, i);
		else if (other->error != denial->error && can_both_hold(other, denial))
			return heel_fail(
				maker->report, EINVAL, maker->from,
				"two rules of the filter contradict each other on \"%s\"",
				denial->call);
	}
	return 0;
}

static bool is_needed(const struct heel_policy *policy, const char *call)
{
	for (size_t i = 0; i < policy->syscalls_needed.n; i++)
		if (strcmp(policy->syscalls_needed.v[i].text, call) == 0)
			return true;
	return false;
}

/*
 * A denial that a service's own processes cannot live with: of a call that they need,
 * whatever its arguments, or, before they have become the user, for all ids but the
 * user's. Denials of bits, which no service sets, they can.
 */
static bool must_be_left_out(const struct heel_policy *policy,
			     const struct heel_denial *denial)
{
	bool of_ids = denial->n_conditions == 1 &&
		      denial->conditions[0].compare == HEEL_NONE_OF;

	return (denial->n_conditions == 0 ||
		(of_ids && policy->door == HEEL_DOOR_SESSION)) &&
	       is_needed(policy, denial->call);
}

static int append(struct maker *maker, struct heel_filter_rule **rules, size_t *n,
		  const struct heel_denial *denial, uint32_t mark)
{
	struct heel_filter_rule *grown =
		heel_grow(maker->arena, *rules, *n, sizeof(*grown));

	if (!grown)
		return heel_fail_memory(maker->report);
	grown[(*n)++] =
		(struct heel_filter_rule){*denial, maker->reason, maker->from, mark};
	*rules = grown;
	return 0;
}

static int add(struct maker *maker, const struct heel_denial *denial)
{
	struct heel_filter *filter = maker->filter;
	const uint32_t mark = heel_mark(denial->call);
	uint64_t *seen = &maker->seen[mark / 64 % HEEL_ARRAY_SIZE(maker->seen)];
	bool wanted = true;
	int rc = 0;

	if (must_be_left_out(maker->policy, denial))
		return append(maker, &filter->left_out, &filter->n_left_out, denial,
			      mark);
	if (*seen >> mark % 64 & 1)
		rc = settle(maker, denial, mark, &wanted);
	*seen |= UINT64_C(1) << mark % 64;
	return rc < 0 || !wanted
		       ? rc
		       : append(maker, &filter->rules, &filter->n, denial, mark);
}

static int add_all(struct maker *maker, const struct heel_denial *denials, size_t n)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = add(maker, &denials[i]);
	return rc;
}

/* A copy in the arena, as what the rules hold must live as long as they do. */
static int add_none_of(struct maker *maker, const char *call, unsigned int argument,
		       int error, const uint32_t *values, size_t n)
{
	uint32_t *copy = heel_alloc(maker->arena, n, sizeof(*copy));
	const struct heel_denial denial = {
		call, error, 1, {{argument, HEEL_NONE_OF, 0, 0, copy, n}}};

	if (!copy)
		return heel_fail_memory(maker->report);
	if (n > 0)
		memcpy(copy, values, n * sizeof(*copy));
	return add(maker, &denial);
}

/* --- Named restrictions ------------------------------------------------------------- */

static bool is_on(const struct heel_policy *policy, enum heel_restriction_id id)
{
	return policy->restrictions[id].on;
}

/* What changes how a program sees the machine, and not what it can do to others. */
static int add_personality(struct maker *maker)
{
	const uint32_t uname26 = 0x20000, linux32 = 0x8, no_randomize = 0x40000;
	const uint32_t harmless[] = {
		0xffffffff, /* asks for the present one */
		0,
		linux32,
		uname26,
		linux32 | uname26,
		/* For debuggers: so many of these are allowed as stand before them. */
		no_randomize,
		no_randomize | linux32,
		no_randomize | uname26,
		no_randomize | linux32 | uname26,
	};
	const size_t of_debuggers = 4;
	size_t n = HEEL_ARRAY_SIZE(harmless);

	if (is_on(maker->policy, HEEL_RESTRICT_DEBUG))
		n -= of_debuggers;
	return add_none_of(maker, "personality", 0, EPERM, harmless, n);
}

/* To one's own ids programs may change; -1 stands for the present one. */
static int add_setid_calls(struct maker *maker)
{
	static const struct {
		const char *call;
		unsigned int arguments;
		bool group;
	} calls[] = {
		{"setuid", 1, false},	 {"setuid32", 1, false},
		{"setreuid", 2, false},	 {"setreuid32", 2, false},
		{"setresuid", 3, false}, {"setresuid32", 3, false},
		{"setfsuid", 1, false},	 {"setfsuid32", 1, false},
		{"setgid", 1, true},	 {"setgid32", 1, true},
		{"setregid", 2, true},	 {"setregid32", 2, true},
		{"setresgid", 3, true},	 {"setresgid32", 3, true},
		{"setfsgid", 1, true},	 {"setfsgid32", 1, true},
	};
	static const struct heel_denial set_groups[] = {
		{"setgroups", EPERM, 0, {{0}}},
		{"setgroups32", EPERM, 0, {{0}}},
	};
	int rc = add_all(maker, set_groups, HEEL_ARRAY_SIZE(set_groups));

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(calls); i++) {
		const uint32_t own[] = {
			calls[i].group ? maker->policy->gid : maker->policy->uid,
			UINT32_MAX,
		};

		for (unsigned int j = 0; rc == 0 && j < calls[i].arguments; j++)
			rc = add_none_of(maker, calls[i].call, j, EPERM, own,
					 HEEL_ARRAY_SIZE(own));
	}
	return rc;
}

static int add_restriction(struct maker *maker, enum heel_restriction_id id)
{
	const struct heel_restriction *restriction = heel_restriction(id);

	if (!is_on(maker->policy, id))
		return 0;
	maker->reason = restriction->name;
	maker->from = maker->policy->restrictions[id].from;
	if (id == HEEL_RESTRICT_PERSONALITY)
		return add_personality(maker);
	if (id == HEEL_RESTRICT_SETID_CALLS)
		return add_setid_calls(maker);
	return add_all(maker, restriction->denials, restriction->n_denials);
}

/* --- Network ------------------------------------------------------------------------ */

static bool has_family(const struct heel_policy *policy, int number)
{
	return policy->families & HEEL_FAMILY(number);
}

bool heel_has_inet(const struct heel_policy *policy)
{
	return has_family(policy, AF_INET) || has_family(policy, AF_INET6);
}

static bool grants_no_port(const struct heel_policy *policy, enum heel_port_kind kind)
{
	return !policy->ports[kind].any && policy->ports[kind].n == 0;
}

/* Sockets that may neither connect nor be bound are for nothing but slipping past. */
static bool has_no_tcp(const struct heel_policy *policy)
{
	return grants_no_port(policy, HEEL_TCP_CONNECT) &&
	       grants_no_port(policy, HEEL_TCP_BIND);
}

static bool has_no_udp(const struct heel_policy *policy)
{
	return grants_no_port(policy, HEEL_UDP_CONNECT) &&
	       grants_no_port(policy, HEEL_UDP_BIND);
}

bool heel_makes_no_socket_for(const struct heel_policy *policy, enum heel_port_kind kind)
{
	bool tcp = kind == HEEL_TCP_CONNECT || kind == HEEL_TCP_BIND;

	return !heel_has_inet(policy) || (tcp ? has_no_tcp(policy) : has_no_udp(policy));
}

static bool limits_tcp(const struct heel_policy *policy)
{
	return !policy->ports[HEEL_TCP_CONNECT].any || !policy->ports[HEEL_TCP_BIND].any;
}

static bool limits_udp(const struct heel_policy *policy)
{
	return !policy->ports[HEEL_UDP_CONNECT].any || !policy->ports[HEEL_UDP_BIND].any;
}

bool heel_leaves_tcp_gaps(const struct heel_policy *policy)
{
	return heel_has_inet(policy) && limits_tcp(policy) &&
	       !is_on(policy, HEEL_RESTRICT_RAW_NETWORK);
}

static bool grants_port_zero(const struct heel_ports *ports)
{
	if (ports->any)
		return true;
	for (size_t i = 0; i < ports->n; i++)
		if (ports->ranges[i].low == 0)
			return true;
	return false;
}

/* A socket that is not bound gets a port from listen(2), and no rule is asked. */
static bool could_listen(const struct heel_policy *policy)
{
	return heel_has_inet(policy) && !has_no_tcp(policy) &&
	       !grants_port_zero(&policy->ports[HEEL_TCP_BIND]);
}

/* Something else than a TCP socket that connects may be listened on. */
static bool needs_listen(const struct heel_policy *policy)
{
	const uint64_t others =
		policy->families & ~(HEEL_FAMILY(AF_INET) | HEEL_FAMILY(AF_INET6) |
				     HEEL_FAMILY(AF_NETLINK) | HEEL_FAMILY(AF_PACKET));

	return others != 0 || !grants_no_port(policy, HEEL_TCP_BIND);
}

bool heel_leaves_listen(const struct heel_policy *policy)
{
	return could_listen(policy) && needs_listen(policy);
}

/*
 * Of UNIX sockets there are always pairs, with which programs talk to their children. But
 * one of datagrams leads out again: it can be connected, bound, and sent from to others.
 * (To SOCK_RAW the kernel gives datagrams.) allowed has room for one more.
 */
static int add_pairs(struct maker *maker, uint32_t *allowed, size_t n)
{
	static const struct heel_denial datagrams[] = {
		{"socketpair",
		 EAFNOSUPPORT,
		 1,
		 {{TYPE, HEEL_MASKED, TYPE_MASK, SOCK_DGRAM, NULL, 0}}},
		{"socketpair",
		 EAFNOSUPPORT,
		 1,
		 {{TYPE, HEEL_MASKED, TYPE_MASK, SOCK_RAW, NULL, 0}}},
	};
	int rc = 0;

	if (!has_family(maker->policy, AF_UNIX)) {
		allowed[n++] = AF_UNIX;
		rc = add_all(maker, datagrams, HEEL_ARRAY_SIZE(datagrams));
	}
	return rc < 0 ? rc
		      : add_none_of(maker, "socketpair", FAMILY, EAFNOSUPPORT, allowed,
				    n);
}

static int add_families(struct maker *maker)
{
	static const struct heel_denial none = {"socket", EAFNOSUPPORT, 0, {{0}}};
	/* Behind its pointer nobody sees which family is meant. */
	static const struct heel_denial of_i386 = {"socketcall", EAFNOSUPPORT, 0, {{0}}};
	uint32_t allowed[64 + 1];
	size_t n = 0;
	int rc;

	maker->reason = "network.families";
	maker->from = maker->policy->families_from;
	for (uint32_t number = 0; number < 64; number++)
		if (maker->policy->families & HEEL_FAMILY(number))
			allowed[n++] = number;
	rc = add(maker, &of_i386);
	if (rc == 0)
		rc = n == 0 ? add(maker, &none)
			    : add_none_of(maker, "socket", FAMILY, EAFNOSUPPORT, allowed,
					  n);
	return rc < 0 ? rc : add_pairs(maker, allowed, n);
}

/* Denies sockets of a family and type. */
static int add_type(struct maker *maker, uint32_t family, uint32_t type, int error)
{
	const struct heel_denial denial = {
		"socket",
		error,
		2,
		{
			{FAMILY, HEEL_MASKED, HEEL_ALL_BITS, family, NULL, 0},
			{TYPE, HEEL_MASKED, TYPE_MASK, type, NULL, 0},
		},
	};

	return add(maker, &denial);
}

/* Of them, denies those with a protocol above the last. */
static int add_protocols(struct maker *maker, uint32_t family, uint32_t type,
			 uint32_t last)
{
	const struct heel_denial denial = {
		"socket",
		EPROTONOSUPPORT,
		3,
		{
			{FAMILY, HEEL_MASKED, HEEL_ALL_BITS, family, NULL, 0},
			{TYPE, HEEL_MASKED, TYPE_MASK, type, NULL, 0},
			{PROTOCOL, HEEL_ABOVE, 0, last, NULL, 0},
		},
	};

	return add(maker, &denial);
}

/*
 * The ports say that there is no TCP, or no UDP: then there are no such sockets, on any
 * kernel. (Other protocols of these types are gone with them: MPTCP, UDP-Lite, ICMP
 * echo.)
 */
static int add_port_denials(struct maker *maker, uint32_t family)
{
	const struct heel_policy *policy = maker->policy;
	int rc = 0;

	if (has_no_tcp(policy)) {
		maker->reason = "network.tcp_connect";
		maker->from = policy->ports[HEEL_TCP_CONNECT].from;
		rc = add_type(maker, family, SOCK_STREAM, EPERM);
	}
	if (rc == 0 && has_no_udp(policy)) {
		maker->reason = "network.udp_connect";
		maker->from = policy->ports[HEEL_UDP_CONNECT].from;
		rc = add_type(maker, family, SOCK_DGRAM, EPERM);
	}
	return rc;
}

/*
 * What slips past Landlock, which judges sockets of TCP and UDP alone: other protocols of
 * the same types (MPTCP is 262, SMC 256, SCTP 132, UDP-Lite 136, L2TP 115), and types
 * that only other protocols have. ICMP echo (1, and 58 of IPv6) is none of these.
 */
static int add_protocol_denials(struct maker *maker, uint32_t family)
{
	static const uint32_t types[] = {SOCK_RDM, SOCK_SEQPACKET, SOCK_DCCP};
	const struct heel_policy *policy = maker->policy;
	int rc = 0;

	if (limits_tcp(policy) && !has_no_tcp(policy))
		rc = add_protocols(maker, family, SOCK_STREAM, IPPROTO_TCP);
	if (rc == 0 && limits_udp(policy) && !has_no_udp(policy))
		rc = add_protocols(maker, family, SOCK_DGRAM, IPPROTO_ICMPV6);
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(types) && rc == 0 && limits_tcp(policy);
	     i++)
		rc = add_type(maker, family, types[i], EPROTONOSUPPORT);
	return rc;
}

/* SOCK_PACKET of inet is an old name for a socket of the packet family. */
static int add_packet_sockets(struct maker *maker)
{
	static const struct heel_denial family = {
		"socket",
		EPERM,
		1,
		{{FAMILY, HEEL_MASKED, HEEL_ALL_BITS, AF_PACKET, NULL, 0}},
	};
	const struct heel_policy *policy = maker->policy;
	bool raw = is_on(policy, HEEL_RESTRICT_RAW_NETWORK);
	int rc = 0;

	if (raw && has_family(policy, AF_PACKET))
		rc = add(maker, &family);
	if (rc == 0 && has_family(policy, AF_INET) &&
	    (raw || !has_family(policy, AF_PACKET)))
		rc = add_type(maker, AF_INET, SOCK_PACKET,
			      has_family(policy, AF_PACKET) ? EPERM : EAFNOSUPPORT);
	return rc;
}

/* Ways to send by TCP, or to make SMC of it, that ask no rule for the port. */
static int add_tcp_gaps(struct maker *maker)
{
	static const struct heel_denial fast_open[] = {
		{"sendto",
		 EOPNOTSUPP,
		 1,
		 {{3, HEEL_MASKED, MSG_FASTOPEN, MSG_FASTOPEN, NULL, 0}}},
		{"sendmsg",
		 EOPNOTSUPP,
		 1,
		 {{2, HEEL_MASKED, MSG_FASTOPEN, MSG_FASTOPEN, NULL, 0}}},
		{"sendmmsg",
		 EOPNOTSUPP,
		 1,
		 {{3, HEEL_MASKED, MSG_FASTOPEN, MSG_FASTOPEN, NULL, 0}}},
	};
	static const struct heel_denial upper_layer = {
		"setsockopt",
		ENOPROTOOPT,
		2,
		{
			{1, HEEL_MASKED, HEEL_ALL_BITS, IPPROTO_TCP, NULL, 0},
			{2, HEEL_MASKED, HEEL_ALL_BITS, TCP_ULP, NULL, 0},
		},
	};
	static const struct heel_denial smc = {
		"socket",
		EPROTONOSUPPORT,
		1,
		{{FAMILY, HEEL_MASKED, HEEL_ALL_BITS, AF_SMC, NULL, 0}},
	};
	const struct heel_policy *policy = maker->policy;
	int rc = 0;

	if (has_family(policy, AF_SMC) && limits_tcp(policy))
		rc = add(maker, &smc);
	if (rc < 0 || !heel_has_inet(policy) || has_no_tcp(policy) || !limits_tcp(policy))
		return rc;
	rc = add(maker, &upper_layer);
	if (rc == 0 && !policy->ports[HEEL_TCP_CONNECT].any)
		rc = add_all(maker, fast_open, HEEL_ARRAY_SIZE(fast_open));
	return rc;
}

static int add_raw_network(struct maker *maker)
{
	static const int inet[] = {AF_INET, AF_INET6};
	int rc;

	maker->reason = heel_restriction(HEEL_RESTRICT_RAW_NETWORK)->name;
	maker->from = maker->policy->restrictions[HEEL_RESTRICT_RAW_NETWORK].from;
	rc = add_packet_sockets(maker);
	if (rc < 0 || !is_on(maker->policy, HEEL_RESTRICT_RAW_NETWORK))
		return rc;
	for (size_t i = 0; rc == 0 && i < HEEL_ARRAY_SIZE(inet); i++) {
		if (!has_family(maker->policy, inet[i]))
			continue;
		rc = add_type(maker, (uint32_t)inet[i], SOCK_RAW, EPERM);
		if (rc == 0)
			rc = add_protocol_denials(maker, (uint32_t)inet[i]);
	}
	return rc < 0 ? rc : add_tcp_gaps(maker);
}

static int add_ports(struct maker *maker)
{
	static const struct heel_denial listen = {"listen", EPERM, 0, {{0}}};
	int rc = 0;

	if (has_family(maker->policy, AF_INET))
		rc = add_port_denials(maker, AF_INET);
	if (rc == 0 && has_family(maker->policy, AF_INET6))
		rc = add_port_denials(maker, AF_INET6);
	if (rc < 0 || !could_listen(maker->policy) || needs_listen(maker->policy))
		return rc;
	maker->reason = "network.tcp_bind";
	maker->from = maker->policy->ports[HEEL_TCP_BIND].from;
	return add(maker, &listen);
}

/* --- syscalls.deny ------------------------------------------------------------------ */

/* What heel itself, or any program as it starts, calls: without it none would. */
static const char *const needed[] = {
	"execve",     "exit",  "exit_group", "rt_sigreturn", "read",
	"pread64",    "write", "openat",     "close",	     "fstat",
	"newfstatat", "mmap",  "mprotect",   "munmap",	     "arch_prctl",
};

static int deny_call(const char *call, void *context)
{
	struct maker *maker = context;
	const struct heel_denial denial = {call, heel_error_of_call(call), 0, {{0}}};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(needed); i++)
		if (strcmp(needed[i], call) == 0)
			return heel_fail(
				maker->report, EINVAL, maker->from,
				"\"%s\" denies %s, without which no session could begin",
				maker->word, call);
	return add(maker, &denial);
}

static int add_denied_calls(struct maker *maker)
{
	const struct heel_values *denied = &maker->policy->syscalls_deny;

	for (size_t i = 0; i < denied->n; i++) {
		int rc;

		maker->word = denied->v[i].text;
		maker->from = denied->v[i].from;
		maker->reason = maker->word[0] == '@'
					? heel_format(maker->arena, "syscalls.deny %s",
						      maker->word)
					: "syscalls.deny";
		if (!maker->reason)
			return heel_fail_memory(maker->report);
		rc = heel_visit_syscalls(maker->arena, maker->word, deny_call, maker);
		if (rc == -ENOMEM)
			return heel_fail_memory(maker->report);
		if (rc < 0)
			return rc;
	}
	return 0;
}

const struct heel_filter_rule *heel_filter_denies(const struct heel_filter *filter,
						  const char *call)
{
	for (size_t i = 0; i < filter->n; i++)
		if (filter->rules[i].denial.n_conditions == 0 &&
		    strcmp(filter->rules[i].denial.call, call) == 0)
			return &filter->rules[i];
	return NULL;
}

int heel_make_filter(struct heel_arena *arena, const struct heel_policy *policy,
		     struct heel_filter *ret, struct heel_report *report)
{
	struct heel_filter filter = {0};
	struct maker maker = {
		.arena = arena, .policy = policy, .filter = &filter, .report = report};
	int rc = 0;

	/* Of two rules for a call without conditions the first one gives the error. */
	for (size_t i = 0; rc == 0 && i < HEEL_RESTRICTIONS; i++)
		rc = add_restriction(&maker, (enum heel_restriction_id)i);
	if (rc == 0)
		rc = add_families(&maker);
	if (rc == 0)
		rc = add_ports(&maker);
	if (rc == 0)
		rc = add_raw_network(&maker);
	if (rc == 0)
		rc = add_denied_calls(&maker);
	if (rc < 0)
		return rc;
	filter.i386 = !is_on(policy, HEEL_RESTRICT_FOREIGN_ABI) &&
		      heel_arch_token(HEEL_ARCH_I386) != 0;
	filter.unknown = !is_on(policy, HEEL_RESTRICT_UNKNOWN_SYSCALLS);
	*ret = filter;
	return 0;
}
