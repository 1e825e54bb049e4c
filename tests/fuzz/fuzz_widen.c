/* SPDX-License-Identifier: ISC */
/*
 * A line more in "restrict" or "syscalls.deny" never widens, and neither does taking away
 * a grant. From the bytes of an input, three profiles are made, of which the first
 * inherits from the others; then one of them gets such a change, and what the plan then
 * allows must have been allowed before.
 *
 * Not looked at, since they replace what a parent says instead of adding to it: taking
 * away "proxy", a limit, or the whole of "families", "scope" and "inherit"; and "reset"
 * of such keys.
 */
#include <string.h>
#include <sys/socket.h>

#include "access.h"
#include "family.h"
#include "fuzz.h"
#include "syscalls.h"

/* --- What profiles are made of ------------------------------------------------------ */

static const char *const paths[] = {
	"/",	      "/a",	  "/a/b",   "/a/b/c",	   "-/a/b",    "/a/./c//d",
	"${home}",    "~/x",	  "+~/tmp", "/usr",	   "/usr/bin", "/dev/pts",
	"-/dev/null", "/${user}", "/srv",   "/srv/${gid}",
};

static const char *const ports[] = {
	"any",	  "0",	       "22",	    "80",	  "443",     "0-10",
	"1-1023", "8000-8010", "8005-9000", "1024-65535", "0-65535", "65535",
};

/* Those of which something depends come often. */
static const char *const families[] = {
	"unix",	 "inet",  "inet6", "netlink",	"packet", "smc", "unix", "inet",
	"inet6", "vsock", "alg",   "bluetooth", "mctp",	  "xdp", "x25",	 "key",
};

static const char *const scopes[] = {"signal", "abstract_unix_socket"};

static const char *const denied[] = {
	"@obsolete",   "@debug",      "@mount",	     "@clock",	   "@keyring",
	"@network-io", "@privileged", "@setuid",     "@raw-io",	   "@resources",
	"@ipc",	       "@process",    "listen",	     "setsockopt", "sendto",
	"socket",      "socketpair",  "ioctl",	     "clone",	   "clone3",
	"chmod",       "fchmodat2",   "prlimit64",   "mknodat",	   "openat2",
	"mincore",     "kill",	      "personality", "setuid",	   "chroot",
};

/* The first RESETS_OF_GRANTS of these keys only ever grant. */
#define RESETS_OF_GRANTS 12
static const char *const resets[] = {
	"filesystem",
	"filesystem.read",
	"filesystem.execute",
	"filesystem.write",
	"filesystem.device",
	"filesystem.rules",
	"network.tcp_connect",
	"network.tcp_bind",
	"network.udp_connect",
	"network.udp_bind",
	"network.unix_connect",
	"permit",
	"network.families",
	"scope",
	"restrict",
	"syscalls",
	"limits",
	"no_new_privs",
};

static const char *const parents[] = {"a", "b"};

static const char *restrictions[HEEL_RESTRICTIONS];

#define VALUES(array) array, HEEL_ARRAY_SIZE(array)

/* What makes a list of such values allow less. */
enum narrows { NOTHING, LESS, MORE, MORE_IF_WRITTEN };

/* In an order in which the keys of a group stand together. */
static const struct {
	const char *group, *key;
	const char *const *values;
	size_t n;
	enum narrows by;
	size_t n_more; /* so many of the values may be added; 0: all */
} lists[] = {
	{"filesystem", "read", VALUES(paths), LESS, 0},
	{"filesystem", "execute", VALUES(paths), LESS, 0},
	{"filesystem", "write", VALUES(paths), LESS, 0},
	{"filesystem", "device", VALUES(paths), LESS, 0},
	{"network", "unix_connect", VALUES(paths), LESS, 0},
	{"network", "tcp_connect", VALUES(ports), LESS, 0},
	{"network", "tcp_bind", VALUES(ports), LESS, 0},
	{"network", "udp_connect", VALUES(ports), LESS, 0},
	{"network", "udp_bind", VALUES(ports), LESS, 0},
	{"network", "families", VALUES(families), LESS, 0},
	{NULL, "scope", VALUES(scopes), MORE_IF_WRITTEN, 0},
	{NULL, "permit", VALUES(restrictions), LESS, 0},
	{NULL, "restrict", VALUES(restrictions), MORE, 0},
	{"syscalls", "deny", VALUES(denied), MORE, 0},
	{NULL, "reset", VALUES(resets), MORE, RESETS_OF_GRANTS},
	{NULL, "inherit", VALUES(parents), NOTHING, 0},
};

#define LISTS	   HEEL_ARRAY_SIZE(lists)
#define LENGTH_MAX ((size_t)8)
#define RULES_MAX  3
#define FILES	   3

/* From the smallest on. */
static const char *const sizes[] = {"16777216", "67108864", "4294967296", "infinity"};
static const char *const limits[] = {"as", "core", "data", "nofile", "nproc", "stack"};

struct list {
	bool written;
	size_t n;
	unsigned char v[LENGTH_MAX + 1];
};

struct rule {
	unsigned char path;
	uint32_t access; /* bits by the order of the table of rights */
};

struct profile {
	struct list lists[LISTS];
	struct rule rules[RULES_MAX];
	size_t n_rules;
	unsigned char
		limits[HEEL_ARRAY_SIZE(limits)]; /* 0: not written; else 1 + which */
	unsigned char no_new_privs;		 /* 0: not written, 1: off, 2: on */
};

static const char *const names[FILES] = {"p", "a", "b"};

/* --- Bytes to profiles -------------------------------------------------------------- */

struct bytes {
	const uint8_t *data;
	size_t n;
};

/* A number below the limit; 0 when there are no more bytes. */
static size_t take(struct bytes *bytes, size_t limit)
{
	if (bytes->n == 0)
		return 0;
	bytes->n--;
	return *bytes->data++ % limit;
}

static void take_list(struct bytes *bytes, size_t which, struct list *ret)
{
	size_t n = take(bytes, LENGTH_MAX * 2);

	/* Half of the lists are not there, and every eighth is empty. */
	if (n == 0 || n > LENGTH_MAX)
		return;
	ret->written = true;
	for (n--; ret->n < n;)
		ret->v[ret->n++] = (unsigned char)take(bytes, lists[which].n);
}

static void take_profile(struct bytes *bytes, struct profile *ret)
{
	for (size_t i = 0; i < LISTS; i++)
		take_list(bytes, i, &ret->lists[i]);
	ret->n_rules = take(bytes, RULES_MAX + 1);
	for (size_t i = 0; i < ret->n_rules; i++)
		ret->rules[i] = (struct rule){
			(unsigned char)take(bytes, HEEL_ARRAY_SIZE(paths)),
			(uint32_t)(1 + take(bytes, 256) + (take(bytes, 256) << 8) +
				   (take(bytes, 2) << 16)),
		};
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(limits); i++)
		ret->limits[i] = (unsigned char)take(bytes, 1 + HEEL_ARRAY_SIZE(sizes));
	ret->no_new_privs = (unsigned char)take(bytes, 3);
}

/* Only the first has parents of both names, and there is no cycle. */
static bool may_inherit(size_t file, size_t parent)
{
	return parent + 1 > file;
}

static void write_list(FILE *out, const struct list *list, size_t which, size_t file)
{
	bool is_inherit = strcmp(lists[which].key, "inherit") == 0;
	const char *comma = "";

	fprintf(out, "%s = (", lists[which].key);
	for (size_t i = 0; i < list->n; i++)
		if (!is_inherit || may_inherit(file, list->v[i])) {
			fprintf(out, "%s \"%s\"", comma, lists[which].values[list->v[i]]);
			comma = ",";
		}
	fprintf(out, " );\n");
}

static void write_rules(FILE *out, const struct profile *profile)
{
	const struct heel_right *rights;
	size_t n;

	rights = heel_rights(&n);
	fprintf(out, "rules = (\n");
	for (size_t i = 0; i < profile->n_rules; i++) {
		const struct rule *rule = &profile->rules[i];
		const char *comma = "";

		fprintf(out, "%s{ path = \"%s\"; access = [", i > 0 ? "," : "",
			paths[rule->path]);
		for (size_t j = 0; j < n && rights[j].class == HEEL_CLASS_FS; j++)
			if (rule->access & (UINT32_C(1) << j)) {
				fprintf(out, "%s \"%s\"", comma, rights[j].name);
				comma = ",";
			}
		fprintf(out, " ]; }\n");
	}
	fprintf(out, ");\n");
}

static void write_profile(FILE *out, const struct profile *profile, size_t file)
{
	const char *group = NULL;

	for (size_t i = 0; i < LISTS; i++) {
		if (group && lists[i].group != group &&
		    (!lists[i].group || strcmp(lists[i].group, group) != 0)) {
			fprintf(out, "};\n");
			group = NULL;
		}
		if (lists[i].group && !group) {
			group = lists[i].group;
			fprintf(out, "%s = {\n", group);
			if (i == 0)
				write_rules(out, profile);
		}
		if (profile->lists[i].written)
			write_list(out, &profile->lists[i], i, file);
	}
	fprintf(out, "limits = {\n");
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(limits); i++)
		if (profile->limits[i] > 0)
			fprintf(out, "%s = \"%s\";\n", limits[i],
				sizes[profile->limits[i] - 1]);
	fprintf(out, "};\n");
	if (profile->no_new_privs > 0)
		fprintf(out, "no_new_privs = %s;\n",
			profile->no_new_privs == 2 ? "true" : "false");
}

static const char settings[] =
	"version = 1; assign = ( { user = \"*\"; profile = \"p\"; } );\n";

/* Some of what sshd needs, and what can collide with the lists above. */
static const char service[] =
	"filesystem = { device = [ \"/dev/pts\", \"/dev/ptmx\" ]; };\n"
	"syscalls = {\n"
	"  needed = [ \"chroot\", \"chown\", \"fchmodat\", \"chmod\", \"setuid\" ];\n"
	"  needed_by_child = [ \"chroot\", \"setuid\", \"prctl\" ];\n"
	"};\n";

static void make_plan(const struct profile *profiles, const struct fuzz_world *world,
		      struct fuzz_plan *ret)
{
	fuzz_clear_files();
	fuzz_add_file("heel.conf", settings, strlen(settings));
	fuzz_add_file("services.d/sshd.conf", service, strlen(service));
	for (size_t i = 0; i < FILES; i++) {
		char name[40];
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		if (!out)
			abort();
		write_profile(out, &profiles[i], i);
		fclose(out);
		snprintf(name, sizeof(name), "profiles.d/%s.conf", names[i]);
		fuzz_add_file(name, text, size);
		free(text);
	}
	fuzz_make_plan(world, ret);
}

/* --- Changes that never widen ------------------------------------------------------- */

static bool remove_from(struct list *list, size_t i)
{
	if (i >= list->n)
		return false;
	memmove(&list->v[i], &list->v[i + 1], list->n - i - 1);
	list->n--;
	return true;
}

static bool narrow_list(struct bytes *bytes, struct profile *profile, size_t which)
{
	struct list *list = &profile->lists[which];
	size_t n = lists[which].n_more ? lists[which].n_more : lists[which].n;

	switch (lists[which].by) {
	case LESS:
		return remove_from(list, take(bytes, LENGTH_MAX));
	case MORE_IF_WRITTEN:
		if (!list->written)
			return false;
		break;
	case MORE:
		break;
	case NOTHING:
		return false;
	}
	list->written = true;
	list->v[list->n++] = (unsigned char)take(bytes, n);
	return true;
}

static bool narrow_rules(struct bytes *bytes, struct profile *profile)
{
	size_t i = take(bytes, RULES_MAX);
	uint32_t right = UINT32_C(1) << take(bytes, 17);

	if (i >= profile->n_rules)
		return false;
	if (profile->rules[i].access & ~right & 0x1ffff) {
		profile->rules[i].access &= ~right;
		return true;
	}
	profile->rules[i] = profile->rules[--profile->n_rules];
	return true;
}

static bool narrow_limit(struct bytes *bytes, struct profile *profile)
{
	unsigned char *limit =
		&profile->limits[take(bytes, HEEL_ARRAY_SIZE(profile->limits))];

	if (*limit <= 1)
		return false;
	--*limit;
	return true;
}

static bool narrow(struct bytes *bytes, struct profile *profiles)
{
	struct profile *profile = &profiles[take(bytes, FILES)];
	size_t what = take(bytes, LISTS + 3);

	if (what < LISTS)
		return narrow_list(bytes, profile, what);
	if (what == LISTS)
		return narrow_rules(bytes, profile);
	if (what == LISTS + 1)
		return narrow_limit(bytes, profile);
	if (profile->no_new_privs != 1)
		return false;
	profile->no_new_privs = 2;
	return true;
}

/* --- What a plan allows ------------------------------------------------------------- */

static bool is_below(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return strcmp(directory, "/") == 0 ||
	       (strncmp(path, directory, length) == 0 &&
		(path[length] == '/' || path[length] == '\0'));
}

/* Every rule above a path adds to it. */
static uint64_t access_to(const struct heel_plan *plan, const char *path)
{
	uint64_t access = ~plan->attr.handled_access_fs;

	for (size_t i = 0; i < plan->n_paths; i++)
		if (is_below(path, plan->paths[i].path->path))
			access |= plan->paths[i].access;
	return access;
}

/* What is allowed below a path that no rule is for is allowed at the next rule above. */
static void compare_paths(const struct heel_plan *before, const struct heel_plan *after)
{
	for (size_t i = 0; i < after->n_paths; i++) {
		const char *path = after->paths[i].path->path;
		uint64_t more = access_to(after, path) & ~access_to(before, path);

		FUZZ_CHECK(more == 0, "%s: %#llx", path, (unsigned long long)more);
	}
	FUZZ_CHECK((before->attr.handled_access_fs & ~after->attr.handled_access_fs) == 0,
		   "%#llx", (unsigned long long)after->attr.handled_access_fs);
}

static uint64_t access_of_port(const struct heel_plan *plan, uint32_t port)
{
	uint64_t access = ~plan->attr.handled_access_net;

	for (size_t i = 0; i < plan->n_ports; i++)
		if (plan->ports[i].range->low <= port &&
		    port <= plan->ports[i].range->high)
			access |= plan->ports[i].access;
	return access;
}

static void compare_port(const struct heel_plan *before, const struct heel_plan *after,
			 uint32_t port)
{
	uint64_t more = access_of_port(after, port) & ~access_of_port(before, port);

	FUZZ_CHECK(more == 0, "port %u: %#llx", port, (unsigned long long)more);
}

/* Only at the ends of a range something changes. */
static void compare_ports(const struct heel_plan *before, const struct heel_plan *after)
{
	const struct heel_plan *const plans[] = {before, after};

	compare_port(before, after, 0);
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(plans); i++)
		for (size_t j = 0; j < plans[i]->n_ports; j++) {
			const struct heel_port_range *range = plans[i]->ports[j].range;

			compare_port(before, after, range->low);
			compare_port(before, after, range->high + UINT32_C(1));
		}
}

static void compare_rest(const struct heel_plan *before, const struct heel_plan *after)
{
	const struct heel_limit_value *old = before->policy->limits;
	const struct heel_limit_value *new = after->policy->limits;

	FUZZ_CHECK((before->attr.scoped & ~after->attr.scoped) == 0, "%#llx",
		   (unsigned long long)after->attr.scoped);
	FUZZ_CHECK((after->policy->families & ~before->policy->families) == 0, "%#llx",
		   (unsigned long long)after->policy->families);
	FUZZ_CHECK(after->restrict_flags == before->restrict_flags, "%#x",
		   after->restrict_flags);
	FUZZ_CHECK(after->wx_memory || !before->wx_memory, "wx_memory");
	FUZZ_CHECK(after->policy->no_new_privs || !before->policy->no_new_privs,
		   "no_new_privs");
	for (size_t i = 0; i < HEEL_LIMITS; i++)
		if (old[i].set)
			FUZZ_CHECK(new[i].set &&new[i].soft <=
					   old[i].soft &&new[i].hard <= old[i].hard,
				   "limit %s", heel_limit(i)->name);
}

/* --- What the filters answer -------------------------------------------------------- */

#define PROBES_MAX    24
#define ARGUMENTS_MAX 4

/* Arguments of one call that the conditions of some denial tell apart. */
struct probes {
	uint64_t v[ARGUMENTS_MAX][PROBES_MAX];
	size_t n[ARGUMENTS_MAX];
};

static void add_probe(struct probes *probes, unsigned int argument, uint64_t value)
{
	size_t *n = &probes->n[argument];

	for (size_t i = 0; i < *n; i++)
		if (probes->v[argument][i] == value)
			return;
	if (*n < PROBES_MAX)
		probes->v[argument][(*n)++] = value;
}

static void add_condition(struct probes *probes, const struct heel_condition *condition)
{
	const unsigned int argument = condition->argument;
	const uint64_t value = condition->value;

	for (size_t i = 0; i < condition->n_values && i < PROBES_MAX / 2; i++)
		add_probe(probes, argument, condition->values[i]);
	if (condition->compare == HEEL_NONE_OF) {
		add_probe(probes, argument, 46);
		return;
	}
	add_probe(probes, argument, value);
	add_probe(probes, argument, value + 1);
	add_probe(probes, argument, value | UINT64_C(1) << 32);
	if (condition->compare == HEEL_MASKED)
		add_probe(probes, argument, value | (uint32_t)~condition->mask);
}

static void add_rules(struct probes *probes, const struct heel_plan *plan,
		      const char *call)
{
	for (size_t i = 0; i < plan->filter.n; i++) {
		const struct heel_denial *denial = &plan->filter.rules[i].denial;

		if (strcmp(denial->call, call) != 0)
			continue;
		for (size_t j = 0; j < denial->n_conditions; j++)
			add_condition(probes, &denial->conditions[j]);
	}
}

/*
 * Where there are no sockets of TCP, the ways in which they could slip past the ports
 * need no denial: these calls then have nothing to work on.
 */
static bool is_moot(const struct heel_plan *plan, uint32_t arch, int number)
{
	static const char *const calls[] = {"listen", "setsockopt", "sendto", "sendmsg",
					    "sendmmsg"};
	const int own = arch == heel_arch_token(HEEL_ARCH_NATIVE) ? HEEL_ARCH_NATIVE
								  : HEEL_ARCH_I386;
	const int make = heel_syscall_number((enum heel_arch)own, "socket");
	const uint64_t inet[6] = {AF_INET, SOCK_STREAM},
		       inet6[6] = {AF_INET6, SOCK_STREAM};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(calls); i++)
		if (heel_syscall_number((enum heel_arch)own, calls[i]) == number)
			return fuzz_answer(plan, arch, make, inet) != 0 &&
			       fuzz_answer(plan, arch, make, inet6) != 0;
	return false;
}

static void compare_call(const struct heel_plan *before, const struct heel_plan *after,
			 uint32_t arch, int number, const uint64_t *args)
{
	if (fuzz_answer(after, arch, number, args) != 0 ||
	    fuzz_answer(before, arch, number, args) == 0 || is_moot(after, arch, number))
		return;
	FUZZ_CHECK(false, "call %d of %#x with %#llx %#llx %#llx %#llx is allowed now",
		   number, arch, (unsigned long long)args[0], (unsigned long long)args[1],
		   (unsigned long long)args[2], (unsigned long long)args[3]);
}

/* Every combination of the arguments. */
static void compare_probes(const struct heel_plan *before, const struct heel_plan *after,
			   uint32_t arch, int number, const struct probes *probes)
{
	size_t at[ARGUMENTS_MAX] = {0};
	size_t i;

	do {
		uint64_t args[6] = {0};

		for (i = 0; i < ARGUMENTS_MAX; i++)
			args[i] = probes->v[i][at[i]];
		compare_call(before, after, arch, number, args);
		for (i = 0; i < ARGUMENTS_MAX && ++at[i] == probes->n[i]; i++)
			at[i] = 0;
	} while (i < ARGUMENTS_MAX);
}

/* Calls that some denial has conditions for; others are compared by their number. */
static void compare_call_of(const struct heel_plan *before, const struct heel_plan *after,
			    const char *call)
{
	struct probes probes = {0};

	for (unsigned int i = 0; i < ARGUMENTS_MAX; i++)
		add_probe(&probes, i, 0);
	add_rules(&probes, before, call);
	add_rules(&probes, after, call);
	for (enum heel_arch arch = 0; arch < HEEL_ARCHES; arch++) {
		int number = heel_syscall_number(arch, call);

		if (number >= 0)
			compare_probes(before, after, heel_arch_token(arch), number,
				       &probes);
	}
}

static bool is_first(const struct heel_filter *filter, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(filter->rules[j].denial.call, filter->rules[i].denial.call) ==
		    0)
			return false;
	return true;
}

static void compare_filters(const struct heel_plan *before, const struct heel_plan *after)
{
	static const uint64_t none[6] = {0};
	static const uint64_t all[6] = {UINT64_MAX, UINT64_MAX, UINT64_MAX,
					UINT64_MAX, UINT64_MAX, UINT64_MAX};
	const uint32_t x32 = HEEL_X32_NUMBERS;
	const uint32_t others = 0xc00000b7; /* AUDIT_ARCH_AARCH64: no call is its own */

	/* Only what was denied can be allowed now. */
	for (size_t i = 0; i < before->filter.n; i++)
		if (is_first(&before->filter, i))
			compare_call_of(before, after,
					before->filter.rules[i].denial.call);
	for (int number = -1; number < 700; number++) {
		for (enum heel_arch arch = 0; arch < HEEL_ARCHES; arch++) {
			const uint32_t token = heel_arch_token(arch);

			compare_call(before, after, token, number, none);
			compare_call(before, after, token, number, all);
		}
		compare_call(before, after, heel_arch_token(HEEL_ARCH_NATIVE),
			     (int)(x32 + (uint32_t)number), none);
		compare_call(before, after, others, number, none);
	}
}

static void compare(const struct fuzz_plan *before, const struct fuzz_plan *after)
{
	fuzz_judge_plan(after);
	/* A plan that there is no more allows nothing. */
	if (!after->plan)
		return;
	compare_paths(before->plan, after->plan);
	compare_ports(before->plan, after->plan);
	compare_rest(before->plan, after->plan);
	compare_filters(before->plan, after->plan);
}

#define CHANGES_MAX 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile profiles[FILES] = {0}, changed[FILES];
	struct bytes bytes = {data, size};
	const struct fuzz_world world = {
		.abi = HEEL_ABI_OLDEST +
		       (int)take(&bytes, HEEL_ABI_NEWEST - HEEL_ABI_OLDEST + 1),
		.door = (enum heel_door)take(&bytes, HEEL_DOOR_CHILD + 1),
		.mdwe = take(&bytes, 2) == 1,
	};
	struct fuzz_plan before, after;

	for (size_t i = 0; i < HEEL_RESTRICTIONS; i++)
		restrictions[i] = heel_restriction(i)->name;
	for (size_t i = 0; i < FILES; i++)
		take_profile(&bytes, &profiles[i]);
	make_plan(profiles, &world, &before);
	fuzz_judge_plan(&before);
	for (size_t i = 0; before.plan && bytes.n > 0 && i < CHANGES_MAX; i++) {
		memcpy(changed, profiles, sizeof(changed));
		if (!narrow(&bytes, changed))
			continue;
		make_plan(changed, &world, &after);
		compare(&before, &after);
		fuzz_free_plan(&after);
	}
	fuzz_free_plan(&before);
	fuzz_clear_files();
	return 0;
}
