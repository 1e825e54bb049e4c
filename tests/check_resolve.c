/* SPDX-License-Identifier: ISC */
/*
 * From profiles to the policy of one subject: inheritance, the merge rules,
 * tokens, the union of grants, and where each of them came from.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "access.h"
#include "family.h"
#include "resolve.h"
#include "test.h"

/* What a proxy sets, as values_of() shows it. */
#define PROXY_VARIABLES(proxy)                                                           \
	"set=http_proxy=" proxy ",https_proxy=" proxy ",ftp_proxy=" proxy                \
	",all_proxy=" proxy ",HTTP_PROXY=" proxy ",HTTPS_PROXY=" proxy                   \
	",FTP_PROXY=" proxy ",ALL_PROXY=" proxy

static struct heel_arena arena;
static struct heel_report report;
static const char *etc;
static const char *share;

static const struct heel_settings settings = {
	.minimum_abi = 5,
	.minimum_abi_from = {"heel.conf", 2},
	.warn_unsupported = true,
	.shell = "/bin/sh",
	.shell_from = {"heel.conf", 3},
	.file = "heel.conf",
};

static const struct heel_subject anna = {
	.service = "sshd",
	.user = "anna",
	.uid = 1001,
	.gid = 2000,
	.group = "students",
	.home = "/home/anna",
};

static const struct heel_origin assigned = {"heel.conf", 9};

static void setup(void)
{
	arena = (struct heel_arena){0};
	report = (struct heel_report){0};
	etc = test_tmpdir();
	share = test_tmpdir();
}

static void teardown(void)
{
	heel_report_free(&report);
	heel_arena_free(&arena);
}

static const char *first_error(void)
{
	const struct heel_problem *problem = heel_first_error(&report);

	return problem ? problem->text : "(no error)";
}

/*
 * Writes the profiles of one text: each begins with a line "== NAME". "share/"
 * stands before the name of a shipped one, "users.d/" before a user's.
 */
static void write_profiles(const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n") + 1;
		const char *name = test_format("%.*s", (int)length - 4, text + 3);
		bool shipped = strncmp(name, "share/", 6) == 0;
		const char *next = strstr(text, "\n== ");
		size_t size = next ? (size_t)(next + 1 - text) : strlen(text);

		ck_assert_msg(strncmp(text, "== ", 3) == 0, "%s", text);
		if (shipped)
			name += 6;
		name = test_format("%s%s.conf", strchr(name, '/') ? "" : "profiles.d/",
				   name);
		(void)test_write_file(
			shipped ? share : etc, name,
			test_format("%.*s", (int)(size - length), text + length));
		text += size;
	}
}

static int resolve_for(const struct heel_subject *subject, enum heel_folder folder,
		       const char *name, const struct heel_policy **ret)
{
	struct heel_store *store = NULL;
	int rc;

	ck_assert_msg(heel_store_open(&arena, etc, share, HEEL_TRUST_CALLER, &store,
				      &report) == 0,
		      "%s", first_error());
	rc = heel_resolve(&arena, store, &settings, subject, folder, name, assigned, ret,
			  &report);
	heel_store_close(store);
	return rc;
}

/* The policy of profile "x", after the profiles were written. */
static const struct heel_policy *resolve(const char *profiles)
{
	const struct heel_policy *policy = NULL;

	write_profiles(profiles);
	ck_assert_msg(resolve_for(&anna, HEEL_FOLDER_PROFILES, "x", &policy) == 0,
		      "%s\n%s", profiles, first_error());
	ck_assert_uint_eq(report.n, 0);
	return policy;
}

/* A policy as text: what differs from that of an empty profile, in a fixed order. */

static const char *add(const char *text, const char *more)
{
	return test_format("%s%s%s", text, *text && *more ? " " : "", more);
}

/* "base:3" for line 3 of profiles.d/base.conf. */
static const char *place(struct heel_origin at)
{
	const char *file = at.file ? strrchr(at.file, '/') : NULL;

	if (!file)
		return test_format("%s:%u", at.file ? at.file : "-", at.line);
	return test_format("%.*s:%u", (int)strcspn(file + 1, "."), file + 1, at.line);
}

static const char *rights(uint64_t access)
{
	static const struct {
		uint64_t access;
		const char *name;
	} names[] = {
		{HEEL_GRANT_READ, "r"},	  {HEEL_GRANT_EXECUTE, "x"},
		{HEEL_GRANT_WRITE, "w"},  {HEEL_GRANT_WRITE | HEEL_GRANT_EXECUTE, "wx"},
		{HEEL_GRANT_DEVICE, "d"}, {HEEL_FS_RESOLVE_UNIX, "u"},
	};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(names); i++)
		if (names[i].access == access)
			return names[i].name;
	return test_format("0x%llx", (unsigned long long)access);
}

static const char *paths_of(const struct heel_policy *policy)
{
	const char *text = "";

	for (size_t i = 0; i < policy->n_paths; i++) {
		const struct heel_path *path = &policy->paths[i];
		const char *one = test_format("%s%s%s=%s", path->optional ? "-" : "",
					      path->make ? "+" : "", path->path,
					      rights(path->access));

		for (size_t j = 0; j < path->n_grants; j++)
			one = test_format("%s@%s", one, place(path->grants[j].from));
		text = add(text, one);
	}
	return text;
}

static const char *ports_of(const struct heel_policy *policy)
{
	const char *text = "";

	for (enum heel_port_kind kind = 0; kind < HEEL_PORT_KINDS; kind++) {
		const struct heel_ports *ports = &policy->ports[kind];
		const char *one = test_format("%s=%s", heel_port_kind_name(kind),
					      ports->any ? "any" : "");

		for (size_t i = 0; i < ports->n; i++) {
			const struct heel_port_range *range = &ports->ranges[i];

			one = test_format("%s%s%u", one, i || ports->any ? "," : "",
					  range->low);
			if (range->high != range->low)
				one = test_format("%s-%u", one, range->high);
		}
		if (ports->written)
			text = add(text, one);
		else
			ck_assert(!ports->any && ports->n == 0);
	}
	return text;
}

static const char *values_of(const char *name, const struct heel_values *values)
{
	const char *text = "";

	for (size_t i = 0; i < values->n; i++)
		text = test_format("%s%s%s", text, i ? "," : "", values->v[i].text);
	return values->written ? test_format("%s=%s", name, text) : "";
}

static const char *limits_of(const struct heel_policy *policy)
{
	const char *text = "";

	for (size_t i = 0; i < HEEL_LIMITS; i++) {
		const struct heel_limit_value *limit = &policy->limits[i];

		if (limit->set)
			text = add(text, test_format("%s=%llu/%llu", heel_limit(i)->name,
						     (unsigned long long)limit->soft,
						     (unsigned long long)limit->hard));
	}
	return text;
}

static const char *restrictions_of(const struct heel_policy *policy)
{
	const char *text = "";

	for (size_t i = 0; i < HEEL_RESTRICTIONS; i++) {
		const struct heel_restriction_state *state = &policy->restrictions[i];

		if (state->written)
			text = add(text,
				   test_format("%s%s@%s", state->on ? "on:" : "off:",
					       heel_restriction(i)->name,
					       place(state->from)));
		else
			ck_assert_int_eq(state->on, heel_restriction(i)->on_by_default);
	}
	return text;
}

static const char *scope_of(const struct heel_policy *policy)
{
	if (!policy->scope_written) {
		ck_assert_uint_eq(policy->scope, 3);
		return "";
	}
	return test_format("scope=%u", (unsigned int)policy->scope);
}

static const char *families_of(const struct heel_policy *policy)
{
	if (!policy->families_from.file) {
		ck_assert_uint_eq(policy->families, HEEL_FAMILY(AF_UNIX));
		return "";
	}
	return test_format("families=0x%llx", (unsigned long long)policy->families);
}

/* Each with what runs, word by word. */
static const char *commands_of(const struct heel_policy *policy)
{
	const char *text = "";

	for (size_t i = 0; i < policy->n_commands; i++) {
		const struct heel_command *command = &policy->commands[i];

		text = test_format("%s%s%s@%s", text, i ? "," : "", command->match_text,
				   place(command->from));
		for (size_t j = 0; j < command->run.n; j++)
			text = test_format("%s<%s>", text, command->run.v[j].text);
		if (command->run.n > 0)
			ck_assert_str_eq(command->program, command->run.v[0].text);
	}
	return policy->limits_commands ? test_format("commands=%s", text) : "";
}

static const char *describe(const struct heel_policy *policy)
{
	const char *text = paths_of(policy);
	struct heel_values allow, deny;

	ck_assert_int_eq(
		heel_expand_promises(&arena, policy, &anna, &allow, &deny, &report), 0);
	text = add(text, families_of(policy));
	text = add(text, ports_of(policy));
	text = add(text, scope_of(policy));
	text = add(text, restrictions_of(policy));
	text = add(text, values_of("deny", &policy->syscalls_deny));
	text = add(text, limits_of(policy));
	text = add(text, commands_of(policy));
	text = add(text, values_of("keep", &policy->environment_keep));
	text = add(text, values_of("set", &policy->environment_set));
	text = add(text, values_of("unset", &policy->environment_unset));
	text = add(text, values_of("allow", &allow));
	text = add(text, values_of("deny", &deny));
	if (policy->has_umask)
		text = add(text, test_format("umask=%03o", policy->umask));
	if (strcmp(policy->shell, "/bin/sh") != 0)
		text = add(text, test_format("shell=%s", policy->shell));
	if (policy->description)
		text = add(text, test_format("description=%s", policy->description));
	return policy->no_new_privs ? text : add(text, "no_new_privs=false");
}

START_TEST(empty_profile_has_the_defaults)
{
	const struct heel_policy *policy = resolve("== x\n");

	ck_assert_str_eq(describe(policy), "");
	ck_assert_str_eq(policy->profile, "x");
	ck_assert(!policy->unconfined);
	ck_assert_str_eq(place(policy->assigned), "heel.conf:9");
	ck_assert_uint_eq(policy->scope,
			  HEEL_SCOPE_SIGNAL | HEEL_SCOPE_ABSTRACT_UNIX_SOCKET);
	ck_assert(!policy->scope_written);
	ck_assert(policy->no_new_privs);
	ck_assert(!policy->has_umask);
	ck_assert_str_eq(policy->shell, "/bin/sh");
	ck_assert_str_eq(place(policy->shell_from), "heel.conf:3");
	ck_assert_int_eq(policy->minimum_abi, 5);
	ck_assert_str_eq(place(policy->minimum_abi_from), "heel.conf:2");
	ck_assert(policy->warn_unsupported);
}
END_TEST

START_TEST(unconfined_has_nothing_but_the_shell_of_heel_conf)
{
	const struct heel_policy *policy;

	ck_assert_int_eq(
		heel_resolve_unconfined(&arena, &settings, assigned, &policy, &report),
		0);
	ck_assert(policy->unconfined);
	ck_assert_str_eq(policy->profile, "unconfined");
	ck_assert_str_eq(policy->shell, "/bin/sh");
	ck_assert_str_eq(place(policy->assigned), "heel.conf:9");
	ck_assert(!policy->no_new_privs);
	ck_assert_uint_eq(policy->n_paths, 0);
}
END_TEST

/* What one profile says. */
static const struct {
	const char *profiles;
	const char *policy;
} rows[] = {
	/* the lists of filesystem */
	{"== x\nfilesystem = { read = \"/a\"; execute = \"/b\"; write = \"/c\";\n"
	 "device = \"/d\"; };\nnetwork = { unix_connect = \"/e\"; };\n",
	 "/a=r@x:1 /b=x@x:1 /c=w@x:1 /d=d@x:2 /e=u@x:3"},
	{"== x\nfilesystem = { rules = ( { path = \"/a\"; access = [ \"make_reg\",\n"
	 "\"execute\" ] },\n{ path = \"-/b\"; access = \"ioctl_dev\" } ); };\n",
	 "/a=0x101@x:1 -/b=0x8000@x:3"},
	{"== x\nfilesystem = { read = [\n\"/a\",\n\"/b\" ]; };\n", "/a=r@x:2 /b=r@x:3"},
	/* one path in several lists: the union, with every place */
	{"== x\nfilesystem = { read = \"/a\";\nexecute = \"/a\"; };\n", "/a=x@x:1@x:2"},
	{"== x\nfilesystem = { read = \"/a\";\nexecute = \"/a\";\nwrite = \"/a\";\n"
	 "rules = ( { path = \"/a\"; access = \"execute\" } ); };\n",
	 "/a=wx@x:1@x:2@x:3@x:4"},
	{"== x\nfilesystem = { read = [ \"/a\",\n\"/a\" ]; };\n", "/a=r@x:1@x:2"},
	{"== x\nfilesystem = { read = [ \"/a\",\n\"/a/\",\n\"//a/.\" ]; };\n",
	 "/a=r@x:1@x:2@x:3"},
	{"== x\nfilesystem = { read = [ \"~\",\n\"${home}\",\n\"/home/${user}/\" ]; };\n",
	 "/home/anna=r@x:1@x:2@x:3"},
	/* a wider and a narrower path are two rules */
	{"== x\nfilesystem = { write = \"/a\"; read = \"/a/b\"; };\n",
	 "/a/b=r@x:1 /a=w@x:1"},
	/* required beats optional, in either order; made stays made */
	{"== x\nfilesystem = { read = \"-/a\"; };\n", "-/a=r@x:1"},
	{"== x\nfilesystem = { read = \"-/a\"; write = \"/a\"; };\n", "/a=w@x:1@x:1"},
	{"== x\nfilesystem = { read = \"/a\"; write = \"-/a\"; };\n", "/a=w@x:1@x:1"},
	{"== x\nfilesystem = { read = \"-/a\"; write = \"-/a\"; };\n", "-/a=w@x:1@x:1"},
	{"== x\nfilesystem = { read = \"+/a\"; write = \"/a\"; };\n", "+/a=w@x:1@x:1"},
	{"== x\nfilesystem = { read = \"-/a\"; write = \"+/a\"; };\n", "+/a=w@x:1@x:1"},
	{"== x\nfilesystem = { write = \"+~/tmp\"; };\n", "+/home/anna/tmp=w@x:1"},
	/* tokens */
	{"== x\nfilesystem = { read = \"/srv/${group}/${user}/${uid}.${gid}\"; };\n",
	 "/srv/students/anna/1001.2000=r@x:1"},
	{"== x\nenvironment = { set = [ \"T=${home}/t\", \"U=${user}\" ]; };\n",
	 "set=T=/home/anna/t,U=anna"},
	{"== x\nexpect = { allow = [ \"read ~\", \"read ~/x\", \"read ~x\", \"read /~\" ]; };",
	 "allow=read /home/anna,read /home/anna/x,read ~x,read /~"},
	{"== x\nexpect = { allow = \"write ${home}\"; deny = [ \"read /home/${uid}\" ]; };",
	 "allow=write /home/anna deny=read /home/1001"},
	/* ports */
	{"== x\nnetwork = { tcp_connect = ( 22, 443, \"8000-8010\" ); };\n",
	 "tcp_connect=22,443,8000-8010"},
	{"== x\nnetwork = { tcp_bind = 0; udp_connect = [ 53, 53 ]; };\n",
	 "tcp_bind=0 udp_connect=53,53"},
	{"== x\nnetwork = { udp_bind = \"0-65535\"; tcp_bind = \"65535\"; };\n",
	 "tcp_bind=65535 udp_bind=any"},
	{"== x\nnetwork = { tcp_connect = \"any\"; udp_connect = ( 53, \"any\" ); };\n",
	 "tcp_connect=any udp_connect=any,53"},
	{"== x\nnetwork = { tcp_connect = [ ]; udp_bind = ( ); };\n",
	 "tcp_connect= udp_bind="},
	/* commands */
	{"== x\ncommands = ( );\n", "commands="},
	{"== x\ncommands = \"/bin/a b\";\n", "commands=/bin/a b@x:1"},
	{"== x\ncommands = ( { match = \"a *\";\nrun = \"/b '${user} $*' $*\"; },\n\"/c\" "
	 ");\n",
	 "commands=a *@x:1</b><anna $*><$*>,/c@x:3"},
	{"== x\ncommands = { match = \"a\"; run = \"${home}/b x${uid}\"; };\n",
	 "commands=a@x:1</home/anna/b><x1001>"},
	{"== x\ninherit = \"p\";\n== p\ncommands = \"/a\";\n", "commands=/a@p:1"},
	{"== x\ninherit = \"p\"; commands = \"/b\";\n== p\ncommands = \"/a\";\n",
	 "commands=/b@x:1"},
	{"== x\ninherit = \"p\"; commands = [ ];\n== p\ncommands = \"/a\";\n",
	 "commands="},
	{"== x\ninherit = [ \"p\", \"q\" ];\n== p\ncommands = \"/a\";\n== q\ncommands = "
	 "\"/b\";\n",
	 "commands=/b@q:1"},
	{"== x\ninherit = \"p\"; reset = \"commands\";\n== p\ncommands = \"/a\";\n", ""},
	/* scope */
	{"== x\nscope = \"abstract_unix_socket\";\n", "scope=1"},
	{"== x\nscope = [ \"signal\" ];\n", "scope=2"},
	{"== x\nscope = [ \"signal\", \"abstract_unix_socket\", \"signal\" ];\n",
	 "scope=3"},
	{"== x\nscope = [ ];\n", "scope=0"},
	/* restrictions */
	{"== x\npermit = [ \"debug\",\n\"perf\" ];\n", "off:debug@x:1 off:perf@x:2"},
	{"== x\npermit = \"metadata\";\n", "off:metadata@x:1"},
	{"== x\npermit = [ ];\n", ""},
	{"== x\nrestrict = [ \"metadata\",\n\"debug\" ]; permit = \"perf\";\n",
	 "on:debug@x:2 off:perf@x:2 on:metadata@x:1"},
	/* system calls */
	{"== x\nsyscalls = { deny = [ \"@clock\", \"mincore\" ]; };\n",
	 "deny=@clock,mincore"},
	/* families and proxies */
	{"== x\nnetwork = { families = [ \"unix\", \"inet\", \"inet6\" ]; };\n",
	 "families=0x406"},
	{"== x\nnetwork = { families = [ ]; };\n", "families=0x0"},
	{"== x\nnetwork = { proxy = \"http://p:3128\"; tcp_connect = 22; };\n",
	 "tcp_connect=22,3128 " PROXY_VARIABLES("http://p:3128")},
	{"== x\nnetwork = { proxy = \"http://p:3128\"; };\n"
	 "environment = { set = \"http_proxy=mine\"; };\n",
	 "tcp_connect=3128 " PROXY_VARIABLES("http://p:3128") ",http_proxy=mine"},
	/* limits */
	{"== x\nlimits = { nproc = 200; as = \"4G\"; nofile = [ 1024, 4096 ]; };\n",
	 "as=4294967296/4294967296 nofile=1024/4096 nproc=200/200"},
	{"== x\nlimits = { cpu = ( \"1m\", \"infinity\" ); core = 0; rttime = \"2s\"; };",
	 "core=0/0 cpu=60/18446744073709551615 rttime=2000000/2000000"},
	/* single values */
	{"== x\numask = \"077\";\n", "umask=077"},
	{"== x\numask = \"0027\";\n", "umask=027"},
	{"== x\numask = \"2\";\n", "umask=002"},
	{"== x\numask = \"000\";\n", "umask=000"},
	{"== x\nshell = \"/bin/bash\"; description = \"D\"; no_new_privs = false;\n",
	 "shell=/bin/bash description=D no_new_privs=false"},
	{"== x\nno_new_privs = true;\n", ""},
	{"== x\nenvironment = { keep = [ \"A\", \"B*\" ]; unset = \"C\"; };\n",
	 "keep=A,B* unset=C"},
};

START_TEST(profile_becomes_a_policy)
{
	ck_assert_str_eq(describe(resolve(rows[_i].profiles)), rows[_i].policy);
}
END_TEST

/* Inheritance. */
static const struct {
	const char *profiles;
	const char *policy;
} families[] = {
	/* lists add up: parents in order, then the file itself */
	{"== x\ninherit = \"p\";\nfilesystem = { read = \"/x\"; };\n"
	 "== p\nfilesystem = { read = \"/p\"; };\n",
	 "/p=r@p:1 /x=r@x:2"},
	{"== x\nfilesystem = { read = \"/x\"; };\ninherit = [ \"p\", \"q\" ];\n"
	 "== p\nfilesystem = { read = \"/p\"; };\n== q\nfilesystem = { read = \"/q\"; };\n",
	 "/p=r@p:1 /q=r@q:1 /x=r@x:1"},
	{"== x\ninherit = [ \"q\", \"p\" ];\n"
	 "== p\nfilesystem = { read = \"/p\"; };\n== q\nfilesystem = { read = \"/q\"; };\n",
	 "/q=r@q:1 /p=r@p:1"},
	{"== x\ninherit = \"p\";\n== p\ninherit = \"q\";\nfilesystem = { read = \"/p\"; };\n"
	 "== q\nfilesystem = { read = \"/q\"; };\n",
	 "/q=r@q:1 /p=r@p:2"},
	{"== x\ninherit = \"p\"; network = { tcp_connect = 22; };\n"
	 "== p\nnetwork = { tcp_connect = ( 443, 22 ); };\n",
	 "tcp_connect=443,22,22"},
	{"== x\ninherit = \"p\"; environment = { keep = \"A\"; set = \"A=2\"; unset = \"U\"; "
	 "};\n== p\nenvironment = { keep = \"B\"; set = \"A=1\"; unset = \"V\"; };\n",
	 "keep=B,A set=A=1,A=2 unset=V,U"},
	{"== x\ninherit = \"p\"; expect = { allow = \"read /x\"; };\n"
	 "== p\nexpect = { allow = \"read /p\"; deny = \"read /q\"; };\n",
	 "allow=read /p,read /x deny=read /q"},
	/* the union across files, with every place */
	{"== x\ninherit = \"p\";\nfilesystem = { write = \"/a\"; };\n"
	 "== p\n\nfilesystem = { execute = \"/a\"; };\n",
	 "/a=wx@p:2@x:2"},
	{"== x\ninherit = \"p\";\nfilesystem = { read = \"/a\"; };\n"
	 "== p\nfilesystem = { read = \"-/a\"; };\n",
	 "/a=r@p:1@x:2"},
	{"== x\ninherit = \"p\";\nfilesystem = { read = \"-/a\"; };\n"
	 "== p\nfilesystem = { read = \"/a\"; };\n",
	 "/a=r@p:1@x:2"},
	{"== x\ninherit = \"p\";\nfilesystem = { rules = ( { path = \"/a\"; access = "
	 "\"refer\" } ); };\n== p\nfilesystem = { rules = ( { path = \"/a\"; access = "
	 "\"execute\" } ); };\n",
	 "/a=0x2001@p:1@x:2"},
	/* "any" and a list together are "any" */
	{"== x\ninherit = \"p\"; network = { tcp_connect = 22; };\n"
	 "== p\nnetwork = { tcp_connect = \"any\"; };\n",
	 "tcp_connect=any,22"},
	/* an empty list takes nothing away */
	{"== x\ninherit = \"p\"; network = { tcp_connect = [ ]; };\n"
	 "filesystem = { read = [ ]; };\n"
	 "== p\nnetwork = { tcp_connect = 22; }; filesystem = { read = \"/p\"; };\n",
	 "/p=r@p:1 tcp_connect=22"},
	/* scope replaces; an empty one, too */
	{"== x\ninherit = \"p\"; scope = \"signal\";\n== p\nscope = "
	 "\"abstract_unix_socket\";\n",
	 "scope=2"},
	{"== x\ninherit = \"p\"; scope = [ ];\n== p\nscope = \"signal\";\n", "scope=0"},
	{"== x\ninherit = \"p\";\n== p\nscope = \"signal\";\n", "scope=2"},
	{"== x\ninherit = \"p\";\n== p\nscope = [ ];\n", "scope=0"},
	{"== x\ninherit = [ \"p\", \"q\" ];\n== p\nscope = \"signal\";\n== q\nscope = "
	 "\"abstract_unix_socket\";\n",
	 "scope=1"},
	/* single values: the nearest */
	{"== x\ninherit = \"p\"; umask = \"022\"; shell = \"/x\"; description = \"x\"; "
	 "no_new_privs = true;\n"
	 "== p\numask = \"077\"; shell = \"/p\"; description = \"p\"; no_new_privs = "
	 "false;\n",
	 "umask=022 shell=/x description=x"},
	{"== x\ninherit = \"p\";\n"
	 "== p\numask = \"077\"; shell = \"/p\"; description = \"p\"; no_new_privs = "
	 "false;\n",
	 "umask=077 shell=/p description=p no_new_privs=false"},
	{"== x\ninherit = \"p\";\n== p\ninherit = \"q\"; umask = \"022\";\n"
	 "== q\numask = \"077\"; shell = \"/q\";\n",
	 "umask=022 shell=/q"},
	/* between parents the later that says something */
	{"== x\ninherit = [ \"p\", \"q\" ];\n== p\numask = \"022\";\n== q\numask = "
	 "\"077\";\n",
	 "umask=077"},
	{"== x\ninherit = [ \"q\", \"p\" ];\n== p\numask = \"022\";\n== q\numask = "
	 "\"077\";\n",
	 "umask=022"},
	{"== x\ninherit = [ \"p\", \"q\" ];\n== p\numask = \"022\";\n== q\n",
	 "umask=022"},
	/* a grandparent is farther off than a parent, by whatever way it comes again */
	{"== x\ninherit = [ \"p\", \"q\" ];\n== p\ninherit = \"g\"; umask = \"077\"; scope = "
	 "\"signal\";\nlimits = { nproc = 1; };\n== q\ninherit = \"g\";\n"
	 "== g\numask = \"0\"; scope = [ ]; limits = { nproc = 2; core = 0; };\n",
	 "scope=2 core=0/0 nproc=1/1 umask=077"},
	{"== x\ninherit = [ \"q\", \"p\" ];\n== p\ninherit = \"g\"; umask = \"077\";\n"
	 "== q\ninherit = \"g\";\n== g\numask = \"0\";\n",
	 "umask=077"},
	{"== x\ninherit = [ \"p\", \"q\" ];\n== p\ninherit = \"g\";\n== q\ninherit = "
	 "\"h\";\n== g\numask = \"022\";\n== h\numask = \"077\";\n",
	 "umask=077"},
	{"== x\ninherit = [ \"p\", \"g\" ];\n== p\ninherit = \"g\"; umask = \"077\";\n"
	 "== g\numask = \"0\";\n",
	 "umask=000"}, /* a parent as well, and the later */
	{"== x\ninherit = [ \"p\", \"q\" ];\n== p\ninherit = \"g\"; reset = \"umask\";\n"
	 "== q\ninherit = \"g\";\n== g\numask = \"022\";\n",
	 "umask=022"},
	/* limits one by one, soft and hard together */
	{"== x\ninherit = \"p\"; limits = { nproc = 10; };\n"
	 "== p\nlimits = { nproc = [ 20, 30 ]; nofile = [ 1, 2 ]; };\n",
	 "nofile=1/2 nproc=10/10"},
	{"== x\ninherit = [ \"p\", \"q\" ];\n== p\nlimits = { nproc = 1; core = 0; };\n"
	 "== q\nlimits = { nproc = 2; };\n",
	 "core=0/0 nproc=2/2"},
	/* the nearest file that names a restriction wins, between parents restrict */
	{"== x\ninherit = \"p\"; permit = \"debug\";\n== p\nrestrict = \"debug\";\n",
	 "off:debug@x:1"},
	{"== x\ninherit = \"p\"; restrict = \"debug\";\n== p\npermit = \"debug\";\n",
	 "on:debug@x:1"},
	{"== x\ninherit = [ \"p\", \"q\" ];\n== p\npermit = \"perf\";\n"
	 "== q\nrestrict = \"perf\";\n",
	 "on:perf@q:1"},
	{"== x\ninherit = [ \"q\", \"p\" ];\n== p\npermit = \"perf\";\n"
	 "== q\nrestrict = \"perf\";\n",
	 "on:perf@q:1"},
	{"== x\ninherit = \"p\";\n== p\ninherit = \"g\"; permit = \"perf\";\n"
	 "== g\nrestrict = \"perf\";\n",
	 "off:perf@p:1"},
	{"== x\ninherit = [ \"p\", \"q\" ];\n== p\ninherit = \"g\"; permit = "
	 "\"perf\";\n== q\ninherit = \"g\";\n== g\nrestrict = \"perf\";\n",
	 "off:perf@p:1"},
	{"== x\ninherit = [ \"p\", \"q\" ];\n== p\ninherit = \"g\";\n"
	 "== g\npermit = \"perf\";\n== q\ninherit = \"h\";\n== h\nrestrict = "
	 "\"perf\";\n",
	 "on:perf@h:1"},
	{"== x\ninherit = \"p\"; reset = \"restrict\";\n== p\nrestrict = [ \"perf\", "
	 "\"metadata\" ]; permit = \"debug\";\n",
	 "off:debug@p:1"},
	/* what lies behind what is reset counts again */
	{"== x\ninherit = \"p\"; reset = \"permit\";\n== p\ninherit = \"g\"; permit = "
	 "\"metadata\";\n== g\nrestrict = \"metadata\";\n",
	 "on:metadata@g:1"},
	{"== x\ninherit = \"p\"; reset = \"restrict\";\n== p\ninherit = \"g\"; restrict = "
	 "\"perf\";\n== g\npermit = \"perf\";\n",
	 "off:perf@g:1"},
	{"== x\ninherit = \"p\"; reset = \"permit\"; permit = \"clock\";\n"
	 "== p\nrestrict = \"metadata\"; permit = \"debug\";\n",
	 "off:clock@x:1 on:metadata@p:1"},
	/* denied by any of them */
	{"== x\ninherit = [ \"p\", \"q\" ];\n== p\nsyscalls = { deny = \"@clock\"; };\n"
	 "== q\nsyscalls = { deny = \"mincore\"; };\n",
	 "deny=@clock,mincore"},
	{"== x\ninherit = \"p\"; reset = \"syscalls\";\n"
	 "== p\nsyscalls = { deny = \"@clock\"; };\n",
	 ""},
	/* families are replaced, proxies too */
	{"== x\ninherit = \"p\"; network = { families = \"unix\"; };\n"
	 "== p\nnetwork = { families = [ \"inet\", \"unix\" ]; };\n",
	 "families=0x2"},
	{"== x\ninherit = \"p\"; network = { proxy = \"http://x:1\"; };\n"
	 "== p\nnetwork = { proxy = \"http://p:2\"; };\n",
	 "tcp_connect=1 " PROXY_VARIABLES("http://x:1")},
	{"== x\ninherit = \"p\"; reset = \"network.proxy\";\n"
	 "== p\nnetwork = { proxy = \"http://p:2\"; };\n",
	 ""},
	/* permitted by any of them */
	{"== x\ninherit = [ \"p\", \"q\" ]; permit = \"debug\";\n== p\npermit = "
	 "\"perf\";\n== q\npermit = \"clock\";\n",
	 "off:debug@x:1 off:perf@p:1 off:clock@q:1"},
	{"== x\ninherit = \"p\";\npermit = \"debug\";\n== p\npermit = \"debug\";\n",
	 "off:debug@x:2"},
	{"== x\ninherit = \"p\";\npermit = [ ];\n== p\npermit = \"debug\";\n",
	 "off:debug@p:1"},
	/* a diamond brings the grandparent once */
	{"== x\ninherit = [ \"p\", \"q\" ];\n== p\ninherit = \"g\";\n== q\ninherit = "
	 "\"g\";\n== g\nfilesystem = { read = \"/g\"; rules = ( { path = \"/h\"; access = "
	 "\"refer\" } ); };\nnetwork = { tcp_connect = 22; }; environment = { keep = "
	 "\"A\"; };\npermit = \"debug\"; expect = { deny = \"read /g\"; };\n",
	 "/g=r@g:1 /h=0x2000@g:1 tcp_connect=22 off:debug@g:3 keep=A deny=read /g"},
	{"== x\ninherit = [ \"p\", \"g\" ];\n== p\ninherit = \"g\";\n"
	 "== g\nfilesystem = { read = [ \"/g\",\n\"/h\" ]; };\n",
	 "/g=r@g:1 /h=r@g:2"},
	{"== x\ninherit = [ \"g\", \"g\", \"g\" ];\n== g\nfilesystem = { read = \"/g\"; "
	 "};\n",
	 "/g=r@g:1"},
	/* two parents that say the same are two places */
	{"== x\ninherit = [ \"p\", \"q\" ];\n== p\nfilesystem = { read = \"/a\"; };\n"
	 "== q\nfilesystem = { read = \"/a\"; };\n",
	 "/a=r@p:1@q:1"},
	/* what is a file's own is not inherited */
	{"== x\ninherit = \"p\";\n== p\nversion = 1; inherit = [ ]; reset = \"network\";\n",
	 ""},
	/* tokens of a parent are the subject's */
	{"== x\ninherit = \"p\";\n== p\nfilesystem = { write = \"~\"; };\n",
	 "/home/anna=w@p:1"},
	/* reset of a key */
	{"== x\ninherit = \"p\"; reset = \"filesystem.read\";\n"
	 "== p\nfilesystem = { read = \"/p\"; write = \"/q\"; };\n",
	 "/q=w@p:1"},
	{"== x\ninherit = \"p\"; reset = \"filesystem.read\"; filesystem = { read = \"/x\"; "
	 "};\n== p\nfilesystem = { read = \"/p\"; write = \"/q\"; };\n",
	 "/x=r@x:1 /q=w@p:1"},
	{"== x\nfilesystem = { read = \"/x\"; }; reset = [ \"filesystem.read\" ];\n",
	 "/x=r@x:1"},
	/* reset of a group */
	{"== x\ninherit = \"p\"; reset = \"filesystem\";\nfilesystem = { read = \"/x\"; };\n"
	 "== p\nfilesystem = { read = \"/p\"; write = \"/q\"; rules = ( { path = \"/r\"; "
	 "access = \"refer\" } ); }; umask = \"077\";\n",
	 "/x=r@x:2 umask=077"},
	{"== x\ninherit = \"p\"; reset = [ \"network\", \"environment\", \"expect\", "
	 "\"limits\" ];\n== p\nnetwork = { tcp_connect = 22; udp_bind = \"any\"; "
	 "unix_connect = \"/u\"; };\nenvironment = { keep = \"A\"; set = \"A=1\"; unset = "
	 "\"B\"; };\nexpect = { allow = \"read /a\"; deny = \"read /b\"; };\n"
	 "limits = { nproc = 1; locks = 2; };\n",
	 ""},
	{"== x\ninherit = \"p\"; reset = \"limits.nproc\";\n"
	 "== p\nlimits = { nproc = 1; locks = 2; };\n",
	 "locks=2/2"},
	/* what is reset has its default again */
	{"== x\ninherit = \"p\"; reset = [ \"scope\", \"umask\", \"shell\", \"description\", "
	 "\"no_new_privs\", \"permit\" ];\n== p\nscope = [ ]; umask = \"0\"; shell = "
	 "\"/p\"; description = \"p\"; no_new_privs = false; permit = \"debug\";\n",
	 ""},
	/* a prefix of a name is no group */
	{"== x\ninherit = \"p\"; reset = \"filesystem.read\";\n== p\nnetwork = { "
	 "tcp_connect = 1; }; umask = \"0\";\n",
	 "tcp_connect=1 umask=000"},
	/* a reset holds for the parents of that file, not for its brothers */
	{"== x\ninherit = [ \"p\", \"q\" ];\n== p\nfilesystem = { read = \"/p\"; };\n"
	 "== q\ninherit = \"g\"; reset = \"filesystem\";\n"
	 "== g\nfilesystem = { read = \"/g\"; };\n",
	 "/p=r@p:1"},
	{"== x\ninherit = [ \"q\", \"g\" ];\n== q\ninherit = \"g\"; reset = "
	 "\"filesystem\";\n== g\nfilesystem = { read = \"/g\"; };\n",
	 "/g=r@g:1"},
	{"== x\ninherit = \"p\"; reset = \"filesystem\";\n== p\ninherit = \"q\";\n"
	 "filesystem = { read = \"/p\"; };\n== q\nfilesystem = { read = \"/q\"; };\n",
	 ""},
	/* the administrator's profile takes the place of the shipped one, whole */
	{"== x\ninherit = \"base\";\n== base\numask = \"077\";\n== share/base\n"
	 "filesystem = { read = \"/usr\"; };\n",
	 "umask=077"},
	{"== x\ninherit = [ \"p\", \"base\" ];\n== p\ninherit = \"base\";\n"
	 "== share/base\nfilesystem = { read = \"/usr\"; };\n",
	 "/usr=r@base:1"},
	{"== share/x\ninherit = \"base\";\n== base\nfilesystem = { read = \"/a\"; };\n",
	 "/a=r@base:1"},
};

START_TEST(parents_and_the_file_itself_become_one)
{
	ck_assert_str_eq(describe(resolve(families[_i].profiles)), families[_i].policy);
}
END_TEST

/* Where values come from. */
START_TEST(single_values_know_their_place)
{
	const struct heel_policy *policy =
		resolve("== x\ninherit = \"p\";\n\numask = \"077\";\nlimits = {\n"
			"nproc = 1; };\n"
			"== p\nshell = \"/p\";\nno_new_privs = false;\nscope = [\n"
			"\"signal\" ];\nnetwork = {\ntcp_connect = (\n22,\n\"any\" );\n"
			"tcp_bind = [ ];\nudp_bind = [ 1,\n2 ]; };\n");

	ck_assert_str_eq(place(policy->umask_from), "x:3");
	ck_assert_str_eq(place(policy->limits[10].from), "x:5");
	ck_assert_str_eq(place(policy->shell_from), "p:1");
	ck_assert_str_eq(place(policy->no_new_privs_from), "p:2");
	ck_assert_str_eq(place(policy->scope_from), "p:3");
	ck_assert_str_eq(place(policy->ports[HEEL_TCP_CONNECT].from), "p:8");
	ck_assert_str_eq(place(policy->ports[HEEL_TCP_CONNECT].ranges[0].from), "p:7");
	ck_assert_str_eq(place(policy->ports[HEEL_TCP_BIND].from), "p:9");
	ck_assert_str_eq(place(policy->ports[HEEL_UDP_BIND].ranges[0].from), "p:10");
	ck_assert_str_eq(place(policy->ports[HEEL_UDP_BIND].ranges[1].from), "p:11");
}
END_TEST

START_TEST(grant_keeps_its_own_rights_and_home_is_remembered)
{
	const struct heel_policy *policy =
		resolve("== x\nfilesystem = { read = [ \"/home/anna\", \"/srv\" ];\n"
			"write = \"~\";\nexecute = \"/opt/${user}\"; };\n");

	ck_assert_uint_eq(policy->n_paths, 3);
	ck_assert(policy->paths[0].uses_home);
	ck_assert_uint_eq(policy->paths[0].n_grants, 2);
	ck_assert_uint_eq(policy->paths[0].grants[0].access, HEEL_GRANT_READ);
	ck_assert_uint_eq(policy->paths[0].grants[1].access, HEEL_GRANT_WRITE);
	ck_assert_uint_eq(policy->paths[0].access, HEEL_GRANT_WRITE);
	ck_assert(!policy->paths[1].uses_home);
	ck_assert(!policy->paths[2].uses_home);
}
END_TEST

START_TEST(write_never_gives_execute_or_device_nodes)
{
	const struct heel_policy *policy = resolve(
		"== x\nfilesystem = { read = \"/a\"; write = \"/a\"; device = \"/a\"; };\n");

	ck_assert_uint_eq(policy->paths[0].access &
				  (HEEL_FS_EXECUTE | HEEL_FS_MAKE_CHAR |
				   HEEL_FS_MAKE_BLOCK | HEEL_FS_RESOLVE_UNIX),
			  0);
}
END_TEST

/* users.d */

START_TEST(users_file_inherits_from_profiles_even_of_its_own_name)
{
	const struct heel_policy *policy = NULL;

	write_profiles("== users.d/anna\ninherit = \"anna\"; umask = \"077\";\n"
		       "== anna\nfilesystem = { read = \"/p\"; };\n");
	ck_assert_msg(resolve_for(&anna, HEEL_FOLDER_USERS, "anna", &policy) == 0, "%s",
		      first_error());
	ck_assert_str_eq(describe(policy), "/p=r@anna:1 umask=077");
	ck_assert_str_eq(policy->profile, "anna");
}
END_TEST

/* What is refused. */
static const struct {
	const char *profiles;
	int rc;
	const char *part;
	const char *place;
} refused[] = {
	/* no such profile */
	{"== y\n", -ENOENT, "there is no profile \"x\"", "heel.conf:9"},
	{"== xy\n", -ENOENT, "there is no profile \"x\"", "heel.conf:9"},
	{"== x\ninherit = [ \"base\",\n\"toolchian\" ];\n== base\n== toolchain\n",
	 -ENOENT, "there is no profile \"toolchian\"; did you mean \"toolchain\"?",
	 "x:2"},
	{"== x\ninherit = \"p\";\n== p\n\ninherit = \"bsae\";\n== share/base\n", -ENOENT,
	 "did you mean \"base\"?", "p:2"},
	{"== x\ninherit = \"anna\";\n== users.d/anna\n", -ENOENT,
	 "there is no profile \"anna\"", "x:1"},
	{"== x\ninherit = \"unconfined\";\n", -ENOENT, "there is no profile", "x:1"},
	/* cycles */
	{"== x\ninherit = \"x\";\n", -ELOOP, "profile \"x\" inherits from itself", "x:1"},
	{"== x\ninherit = \"p\";\n== p\n\ninherit = \"x\";\n", -ELOOP,
	 "profile \"x\" inherits from itself", "p:2"},
	{"== x\ninherit = \"p\";\n== p\ninherit = \"q\";\n== q\ninherit = [ \"r\",\n\"p\" "
	 "];\n== r\n",
	 -ELOOP, "profile \"p\" inherits from itself", "q:2"},
	{"== x\ninherit = [ \"p\", \"q\" ];\n== p\n== q\ninherit = [ \"p\", \"q\" ];\n",
	 -ELOOP, "profile \"q\" inherits from itself", "q:1"},
	/* what is wrong in a parent is said of the parent */
	{"== x\ninherit = \"p\";\n== p\n\n\numask = \"9\";\n", -EINVAL, "an octal mode",
	 "p:3"},
	{"== x\ninherit = \"p\";\n== p\n\ncommands = \"x\";\n", -EINVAL,
	 "the absolute path of a program", "p:2"},
	{"== x\ninherit = \"p\";\n== p\n/*", -EINVAL, "never closed", "p:1"},
	/* a profile that replaces a shipped one and does not load */
	{"== x\numsak = \"0\";\n== share/x\n", -EINVAL, "did you mean \"umask\"?", "x:1"},
};

START_TEST(fault_is_an_error_at_its_place)
{
	const struct heel_policy *policy = NULL;
	int rc;

	write_profiles(refused[_i].profiles);
	rc = resolve_for(&anna, HEEL_FOLDER_PROFILES, "x", &policy);
	ck_assert_msg(rc == refused[_i].rc, "%s\n%d %s", refused[_i].profiles, rc,
		      first_error());
	ck_assert_ptr_null(policy);
	ck_assert_uint_eq(report.n, 1);
	ck_assert_msg(strstr(first_error(), refused[_i].part), "%s\n%s",
		      refused[_i].profiles, first_error());
	ck_assert_str_eq(place(report.problems[0].at), refused[_i].place);
}
END_TEST

START_TEST(parent_that_is_not_trusted_is_an_error)
{
	const struct heel_policy *policy;
	const char *path = test_write_file(etc, "profiles.d/p.conf", "");

	write_profiles("== x\ninherit = \"p\";\n");
	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_int_eq(resolve_for(&anna, HEEL_FOLDER_PROFILES, "x", &policy), -EPERM);
	ck_assert_str_eq(report.problems[0].at.file, path);
}
END_TEST

/* Depth. d0 inherits from d1, d1 from d2, and so on; x from whatever a row says. */
static const struct {
	const char *inherit;
	unsigned int n; /* d0 ... dn */
	bool refused;
} depths[] = {
	{"\"d0\"", 0, false},
	{"\"d0\"", 6, false},
	{"\"d0\"", 7, false}, /* eight deep */
	{"\"d0\"", 8, true},
	{"\"d0\"", 20, true},
	{"\"d1\"", 8, false},
	/* whatever was read before by a shorter way */
	{"[ \"d8\", \"d4\", \"d0\" ]", 8, true},
	{"[ \"d0\", \"d4\", \"d8\" ]", 8, true},
	{"[ \"d7\", \"d4\", \"d0\" ]", 7, false},
	{"[ \"d1\", \"d0\" ]", 8, true},
	{"[ \"d8\", \"d7\", \"d6\", \"d5\", \"d4\", \"d3\", \"d2\", \"d1\" ]", 8, false},
};

START_TEST(inheritance_is_at_most_eight_deep)
{
	const struct heel_policy *policy = NULL;
	unsigned int n = depths[_i].n;
	int rc;

	write_profiles(test_format("== x\ninherit = %s;\n", depths[_i].inherit));
	for (unsigned int i = 0; i < n; i++)
		write_profiles(test_format("== d%u\ninherit = \"d%u\";\n", i, i + 1));
	write_profiles(test_format("== d%u\numask = \"077\";\n", n));
	rc = resolve_for(&anna, HEEL_FOLDER_PROFILES, "x", &policy);
	if (depths[_i].refused) {
		ck_assert_msg(rc == -ELOOP, "%s %u: %d", depths[_i].inherit, n, rc);
		ck_assert_ptr_nonnull(strstr(first_error(), "more than 8 deep"));
	} else {
		ck_assert_msg(rc == 0, "%s %u: %s", depths[_i].inherit, n, first_error());
		ck_assert_str_eq(describe(policy), "umask=077");
	}
}
END_TEST

START_TEST(many_ways_to_a_parent_take_no_time)
{
	const struct heel_policy *policy;

	/* 5^7 ways from x to d7 */
	write_profiles("== x\ninherit = [ \"d0\", \"d0\", \"d0\", \"d0\", \"d0\" ];\n");
	for (unsigned int i = 0; i < 7; i++)
		write_profiles(
			test_format("== d%u\ninherit = [ \"d%u\", \"d%u\", \"d%u\", "
				    "\"d%u\", \"d%u\" ];\n",
				    i, i + 1, i + 1, i + 1, i + 1, i + 1));
	write_profiles("== d7\nfilesystem = { read = \"/a\"; };\n");
	ck_assert_int_eq(resolve_for(&anna, HEEL_FOLDER_PROFILES, "x", &policy), 0);
	ck_assert_str_eq(describe(policy), "/a=r@d7:1");
}
END_TEST

/* --- What a service needs --- */

/* The policy of profile "x" in a session of sshd that is confined through a door. */
static int resolve_through(enum heel_door door, const char *files,
			   const struct heel_policy **ret)
{
	struct heel_subject subject = anna;

	subject.door = door;
	write_profiles(files);
	return resolve_for(&subject, HEEL_FOLDER_PROFILES, "x", ret);
}

/* Paths and needed calls; "*" stands before a path that only the service asks for. */
static const char *needs_of(const struct heel_policy *policy)
{
	const char *text = "";

	for (size_t i = 0; i < policy->n_paths; i++) {
		const struct heel_path *path = &policy->paths[i];
		const char *one =
			test_format("%s%s%s%s=%s", path->of_service ? "*" : "",
				    path->optional ? "-" : "", path->make ? "+" : "",
				    path->path, rights(path->access));

		for (size_t j = 0; j < path->n_grants; j++)
			one = test_format("%s@%s", one, place(path->grants[j].from));
		text = add(text, one);
	}
	return add(text, values_of("needed", &policy->syscalls_needed));
}

#define SESSION HEEL_DOOR_SESSION
#define CHILD	HEEL_DOOR_CHILD
#define SHELL	HEEL_DOOR_SHELL

static const struct {
	enum heel_door door;
	const char *files;
	const char *needs;
} services[] = {
	/* every key, with its place */
	{SESSION,
	 "== x\n== services.d/sshd\nversion = 1; description = \"d\";\n"
	 "filesystem = { read = \"/a\"; execute = \"/b\"; write = \"/c\";\n"
	 "device = \"-/d\"; rules = ( { path = \"/e\";\naccess = \"execute\"; } ); };\n"
	 "network = { unix_connect = \"/f\"; };\nsyscalls = { needed = \"chown\"; };\n",
	 "*/a=r@sshd:2 */b=x@sshd:2 */c=w@sshd:2 *-/d=d@sshd:3 */f=u@sshd:5 "
	 "*/e=0x1@sshd:3 needed=chown"},
	/* tokens, and what is to be made */
	{SESSION,
	 "== x\n== services.d/sshd\nfilesystem = { write = [ \"+~/x\", "
	 "\"/s/${user}\" ]; };\n",
	 "*+/home/anna/x=w@sshd:1 */s/anna=w@sshd:1"},
	/* one path of both: the union, with the places of both, and not the service's */
	{SESSION,
	 "== x\nfilesystem = { read = \"/a\"; };\n"
	 "== services.d/sshd\n\nfilesystem = { write = [ \"/a\", \"/b\" ]; };\n",
	 "/a=w@x:1@sshd:2 */b=w@sshd:2"},
	{SESSION,
	 "== x\nfilesystem = { execute = \"/a\"; };\n"
	 "== services.d/sshd\nfilesystem = { write = \"/a\"; };\n",
	 "/a=wx@x:1@sshd:1"},
	/* required by one is required */
	{SESSION,
	 "== x\nfilesystem = { read = \"-/a\"; };\n"
	 "== services.d/sshd\nfilesystem = { read = \"/a\"; };\n",
	 "/a=r@x:1@sshd:1"},
	{SESSION,
	 "== x\nfilesystem = { read = \"/a\"; };\n"
	 "== services.d/sshd\nfilesystem = { read = \"-/a\"; };\n",
	 "/a=r@x:1@sshd:1"},
	{SESSION,
	 "== x\nfilesystem = { read = \"-/a\"; };\n"
	 "== services.d/sshd\nfilesystem = { read = \"-/a\"; };\n",
	 "-/a=r@x:1@sshd:1"},
	/* a profile's reset is no matter of the service */
	{SESSION,
	 "== x\nreset = \"filesystem\";\n"
	 "== services.d/sshd\nfilesystem = { read = \"/a\"; };\n",
	 "*/a=r@sshd:1"},
	/* inheritance: parents first */
	{SESSION,
	 "== x\n== services.d/sshd\ninherit = \"common\";\n"
	 "filesystem = { read = \"/a\"; }; syscalls = { needed = \"chown\"; };\n"
	 "== services.d/common\nfilesystem = { read = \"/b\"; };\n"
	 "syscalls = { needed = [ \"setuid\", \"chown\" ]; };\n",
	 "*/b=r@common:1 */a=r@sshd:2 needed=setuid,chown,chown"},
	{SESSION,
	 "== x\n== services.d/sshd\ninherit = \"common\";\n"
	 "filesystem = { write = \"/a\"; };\n"
	 "== services.d/common\n\nfilesystem = { read = \"/a\"; };\n",
	 "*/a=w@common:2@sshd:2"},
	/* the administrator's file takes the place of the shipped one, whole */
	{SESSION, "== x\n== share/services.d/sshd\nfilesystem = { read = \"/a\"; };\n",
	 "*/a=r@sshd:1"},
	{SESSION,
	 "== x\n== share/services.d/sshd\nfilesystem = { read = \"/a\"; };\n"
	 "== services.d/sshd\n",
	 ""},
	{SESSION,
	 "== x\n== share/services.d/sshd\ninherit = \"common\";\n"
	 "== services.d/common\nfilesystem = { read = \"/a\"; };\n",
	 "*/a=r@common:1"},
	/* no file, no rules; that of another service is no matter */
	{SESSION, "== x\nfilesystem = { read = \"/a\"; };\n", "/a=r@x:1"},
	{SESSION, "== x\n== services.d/login\nfilesystem = { read = \"/a\"; };\n", ""},
	{SESSION, "== x\n== services.d/ssh\nunknown = 1;\n", ""},
	/* profiles.d is another folder */
	{SESSION, "== x\n== sshd\nfilesystem = { read = \"/a\"; };\n", ""},
	/* the child is the user's alone: no paths, and calls of its own */
	{CHILD,
	 "== x\nfilesystem = { read = \"/b\"; };\n== services.d/sshd\n"
	 "filesystem = { read = [ \"/a\", \"/b\" ]; };\n"
	 "syscalls = { needed = \"chown\"; needed_by_child = [ \"chroot\", \"setuid\" ]; "
	 "};\n",
	 "/b=r@x:1 needed=chroot,setuid"},
	{SESSION,
	 "== x\n== services.d/sshd\nsyscalls = { needed_by_child = \"chroot\"; };\n", ""},
	{CHILD,
	 "== x\n== services.d/sshd\ninherit = \"common\";\n== services.d/common\n"
	 "syscalls = { needed_by_child = \"chroot\"; };\n",
	 "needed=chroot"},
	/* heel-shell is no service */
	{SHELL,
	 "== x\n== services.d/sshd\nfilesystem = { read = \"/a\"; };\n"
	 "syscalls = { needed = \"chown\"; needed_by_child = \"chroot\"; };\n",
	 ""},
	{SHELL, "== x\n== services.d/sshd\nunknown = 1;\n", ""},
};

START_TEST(service_adds_what_it_needs)
{
	const struct heel_policy *policy = NULL;

	ck_assert_msg(resolve_through(services[_i].door, services[_i].files, &policy) ==
			      0,
		      "%s\n%s", services[_i].files, first_error());
	ck_assert_uint_eq(report.n, 0);
	ck_assert_str_eq(needs_of(policy), services[_i].needs);
	ck_assert_int_eq(policy->door, services[_i].door);
	ck_assert_str_eq(policy->service, "sshd");
}
END_TEST

static const struct {
	const char *files;
	int rc;
	const char *part;
	const char *place;
} refused_services[] = {
	{"== x\n== services.d/sshd\ninherit = [ \"common\",\n\"comon\" ];\n"
	 "== services.d/common\n",
	 -EINVAL, "there is no file \"comon.conf\" in services.d", "sshd:2"},
	{"== x\n== services.d/sshd\ninherit = \"p\";\n== services.d/p\n\n"
	 "inherit = \"q\";\n",
	 -EINVAL, "there is no file \"q.conf\" in services.d", "p:2"},
	/* those of profiles.d are none */
	{"== x\n== p\n== services.d/sshd\ninherit = \"p\";\n", -EINVAL,
	 "there is no file \"p.conf\" in services.d", "sshd:1"},
	{"== x\n== services.d/sshd\ninherit = \"sshd\";\n", -ELOOP,
	 "\"sshd\" inherits from itself", "sshd:1"},
	{"== x\n== services.d/sshd\ninherit = \"p\";\n== services.d/p\n\n"
	 "inherit = \"sshd\";\n",
	 -ELOOP, "\"sshd\" inherits from itself", "p:2"},
	{"== x\n== services.d/sshd\ninherit = \"p\";\n== services.d/p\n"
	 "inherit = \"q\";\n== services.d/q\ninherit = \"p\";\n",
	 -ELOOP, "\"p\" inherits from itself", "q:1"},
	/* what is wrong in the file, or in a parent */
	{"== x\n== services.d/sshd\nfilesystem = { raed = \"/a\"; };\n", -EINVAL,
	 "did you mean \"read\"?", "sshd:1"},
	{"== x\n== services.d/sshd\ninherit = \"p\";\n== services.d/p\n\n"
	 "syscalls = { need = \"chown\"; };\n",
	 -EINVAL, "did you mean \"needed\"?", "p:2"},
	{"== x\n== services.d/sshd\nsyscalls = { needed = \"@mount\"; };\n", -EINVAL,
	 "takes names of system calls, not \"@mount\"", "sshd:1"},
	{"== x\n== services.d/sshd\nfilesystem = { read = \"/a/${hm}\"; };\n", -EINVAL,
	 "unknown token", "sshd:1"},
	{"== x\n== services.d/sshd\n\n/*", -EINVAL, "never closed", "sshd:2"},
	/* one that replaces a shipped file and does not load */
	{"== x\n== services.d/sshd\nread = \"/a\";\n== share/services.d/sshd\n", -EINVAL,
	 "unknown key \"read\"", "sshd:1"},
};

/* Through every door in which the service has processes of its own. */
START_TEST(fault_of_a_service_is_an_error_at_its_place)
{
	for (enum heel_door door = HEEL_DOOR_SESSION; door <= HEEL_DOOR_CHILD; door++) {
		const struct heel_policy *policy = NULL;
		int rc = resolve_through(door, refused_services[_i].files, &policy);

		ck_assert_msg(rc == refused_services[_i].rc, "%s\n%d %s",
			      refused_services[_i].files, rc, first_error());
		ck_assert_ptr_null(policy);
		ck_assert_uint_eq(report.n, 1);
		ck_assert_msg(strstr(first_error(), refused_services[_i].part), "%s\n%s",
			      refused_services[_i].files, first_error());
		ck_assert_str_eq(place(report.problems[0].at),
				 refused_services[_i].place);
		heel_report_free(&report);
		report = (struct heel_report){0};
	}
}
END_TEST

START_TEST(services_inherit_at_most_eight_deep)
{
	for (unsigned int n = 7; n <= 8; n++) {
		const struct heel_policy *policy = NULL;
		int rc;

		write_profiles("== services.d/sshd\ninherit = \"d0\";\n");
		for (unsigned int i = 0; i < n; i++)
			write_profiles(test_format(
				"== services.d/d%u\ninherit = \"d%u\";\n", i, i + 1));
		write_profiles(test_format(
			"== services.d/d%u\nfilesystem = { read = \"/a\"; };\n", n));
		rc = resolve_through(HEEL_DOOR_SESSION, "== x\n", &policy);
		if (n == 7) {
			ck_assert_msg(rc == 0, "%s", first_error());
			ck_assert_str_eq(needs_of(policy), "*/a=r@d7:1");
		} else {
			ck_assert_int_eq(rc, -ELOOP);
			ck_assert_ptr_nonnull(strstr(first_error(), "more than 8 deep"));
			ck_assert_str_eq(place(report.problems[0].at), "d7:1");
		}
	}
}
END_TEST

START_TEST(service_file_that_is_not_trusted_is_an_error)
{
	const struct heel_policy *policy;
	const char *path = test_write_file(etc, "services.d/sshd.conf", "");

	ck_assert_int_eq(chmod(path, 0666), 0);
	ck_assert_int_eq(resolve_through(HEEL_DOOR_SESSION, "== x\n", &policy), -EPERM);
	ck_assert_str_eq(report.problems[0].at.file, path);
}
END_TEST

/* Names that no file can have lead to none. */
static const char *const odd_services[] = {
	"",    ".",	"..", "../profiles.d/x", "/etc/passwd",
	"a/b", "sshd/", " ",  "sshd.conf/",
};

START_TEST(odd_name_of_a_service_leads_nowhere)
{
	const struct heel_policy *policy = NULL;
	struct heel_subject subject = anna;

	subject.door = HEEL_DOOR_SESSION;
	subject.service = odd_services[_i];
	write_profiles("== x\n== services.d/sshd\nunknown = 1;\n");
	ck_assert_msg(resolve_for(&subject, HEEL_FOLDER_PROFILES, "x", &policy) == 0,
		      "%s", first_error());
	ck_assert_str_eq(needs_of(policy), "");
}
END_TEST

/* Subjects whose values cannot be used safely. */
static const struct {
	const char *profile;
	const char *user, *group, *home;
	const char *place; /* NULL: this resolves */
} subjects[] = {
	{"filesystem = { write = \"~\"; };", "anna", "g", "/", "x:1"},
	{"filesystem = { write = \"~\"; };", "anna", "g", "/bin", "x:1"},
	{"filesystem = { write = \"~/x\"; };", "anna", "g", "/home", "x:1"},
	{"filesystem = { write = \"~/x\"; };", "anna", "g", "//", "x:1"},
	{"filesystem = { write = \"~/x\"; };", "anna", "g", "home/anna", "x:1"},
	{"filesystem = { write = \"~/x\"; };", "anna", "g", "/home/anna/../..", "x:1"},
	{"filesystem = { write = \"~/x\"; };", "anna", "g", "", "x:1"},
	{"filesystem = { write = \"~/x\"; };", "anna", "g", "/usr/bin", "x:1"},
	{"\nfilesystem = { write = [ \"/tmp\",\n\"-~/x\" ]; };", "anna", "g", "/etc/x",
	 "x:3"},
	{"filesystem = { write = \"+${home}/x\"; };", "anna", "g", "/home/an\nna", "x:1"},
	{"filesystem = { read = \"/srv/${user}\"; };", "", "g", "/home/a", "x:1"},
	{"filesystem = { read = \"/srv/${user}\"; };", "..", "g", "/home/a", "x:1"},
	{"filesystem = { read = \"/srv/${user}\"; };", "a/../..", "g", "/home/a", "x:1"},
	{"filesystem = { read = \"/srv/${user}\"; };", "a\n", "g", "/home/a", "x:1"},
	{"filesystem = { read = \"/srv/${group}\"; };", "anna", NULL, "/home/a", "x:1"},
	{"filesystem = { read = \"/srv/${group}\"; };", "anna", ".", "/home/a", "x:1"},
	{"filesystem = { rules = (\n{ path = \"~\"; access = \"refer\" } ); };", "anna",
	 "g", "/", "x:2"},
	{"network = { unix_connect = \"~/s\"; };", "anna", "g", "/", "x:1"},
	{"environment = { set = [ \"A=b\",\n\"T=${home}\" ]; };", "anna", "g", "/",
	 "x:2"},
	{"expect = { allow = \"read ${home}\"; };", "anna", "g", "/", "x:1"},
	{"expect = { deny = \"read /srv/${group}\"; };", "anna", NULL, "/home/a", "x:1"},
	/* a value that nothing uses does not matter */
	{"filesystem = { read = \"/srv/${uid}\"; };", "", NULL, "/", NULL},
};

START_TEST(hostile_value_refuses_the_session_and_never_widens)
{
	const struct heel_policy *policy = NULL;
	struct heel_subject subject = anna;
	struct heel_values allow, deny;
	int rc;

	subject.user = subjects[_i].user;
	subject.group = subjects[_i].group;
	subject.home = subjects[_i].home;
	write_profiles(test_format("== x\n%s\n", subjects[_i].profile));
	rc = resolve_for(&subject, HEEL_FOLDER_PROFILES, "x", &policy);
	ck_assert((rc == 0) == (policy != NULL));
	if (rc == 0)
		rc = heel_expand_promises(&arena, policy, &subject, &allow, &deny,
					  &report);
	if (!subjects[_i].place) {
		ck_assert_msg(rc == 0, "%s", first_error());
		return;
	}
	ck_assert_msg(rc == -EACCES, "%s", subjects[_i].profile);
	ck_assert_str_eq(place(report.problems[0].at), subjects[_i].place);
}
END_TEST

/* Properties of the merge, on random profiles. */

static uint32_t random_state = 20240229;

static unsigned int below(unsigned int n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % n;
}

static const char *const random_lines[] = {
	"filesystem = { read = [ \"/a\", \"-/b\" ]; execute = \"/c\"; };\n",
	"filesystem = { write = [ \"-/a\", \"~\" ]; read = \"/c\"; };\n",
	"filesystem = { rules = ( { path = \"+/d\"; access = \"refer\" } ); };\n",
	"network = { tcp_connect = ( 22, \"80-90\" ); udp_bind = [ ]; };\n",
	"network = { tcp_connect = \"any\"; unix_connect = \"/b\"; };\n",
	"network = { tcp_bind = 0; tcp_connect = [ ]; };\n",
	"scope = \"signal\";\n",
	"scope = [ ];\n",
	"commands = ( { match = \"a *\"; run = \"/b ${user} $*\"; }, \"/c\" );\n",
	"permit = [ \"debug\", \"perf\" ];\n",
	"permit = \"clock\";\n",
	"restrict = [ \"metadata\", \"mount\" ];\n",
	"syscalls = { deny = \"mincore\"; };\n",
	"limits = { nproc = 10; as = \"1G\"; };\n",
	"limits = { nproc = [ 1, 2 ]; };\n",
	"environment = { keep = [ \"A\", \"B\" ]; unset = \"C\"; };\n",
	"environment = { set = [ \"A=1\", \"B=${user}\" ]; };\n",
	"umask = \"077\";\n",
	"umask = \"022\";\n",
	"shell = \"/bin/bash\";\n",
	"no_new_privs = false;\n",
	"expect = { allow = \"read /a\"; };\n",
	"reset = \"filesystem\";\n",
	"reset = [ \"network.tcp_connect\", \"scope\", \"limits\" ];\n",
	"network = { families = \"inet\"; proxy = \"http://p:3128\"; };\n",
	"reset = \"permit\";\n",
};

/* A profile's text with some of the lines, each group at most once. */
static const char *random_text(void)
{
	const char *text = "";

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(random_lines); i++) {
		const char *line = random_lines[i];
		const char *name = test_format("%.*s = ", (int)strcspn(line, " "), line);

		if (below(3) == 0 && !strstr(text, name))
			text = test_format("%s%s", text, line);
	}
	return text;
}

/* A random parent, "p" or "q", as a value of inherit; sometimes one that inherits. */
static void write_random_parents(void)
{
	write_profiles(test_format("== g\n%s", random_text()));
	write_profiles(test_format("== p\n%s%s", below(2) ? "inherit = \"g\";\n" : "",
				   random_text()));
	write_profiles(test_format("== q\n%s%s", below(2) ? "inherit = \"g\";\n" : "",
				   random_text()));
}

static const struct heel_policy *resolve_with(const char *inherit, const char *rest)
{
	return resolve(test_format("== x\ninherit = %s;\n%s", inherit, rest));
}

static void forget(void)
{
	heel_report_free(&report);
	heel_arena_free(&arena);
}

START_TEST(inheriting_a_parent_twice_is_inheriting_it_once)
{
	for (unsigned int i = 0; i < 200; i++) {
		const char *own = random_text();
		const char *once, *twice, *both, *again;

		write_random_parents();
		once = describe(resolve_with("\"p\"", own));
		twice = describe(resolve_with("[ \"p\", \"p\" ]", own));
		ck_assert_str_eq(once, twice);
		both = describe(resolve_with("[ \"p\", \"q\" ]", own));
		again = describe(resolve_with("[ \"p\", \"q\", \"q\" ]", own));
		ck_assert_str_eq(both, again);
		forget();
	}
}
END_TEST

START_TEST(parent_without_words_changes_nothing)
{
	for (unsigned int i = 0; i < 100; i++) {
		const char *own = random_text();

		write_random_parents();
		write_profiles("== empty\n# nothing\n");
		ck_assert_str_eq(
			describe(resolve_with("[ \"p\", \"q\" ]", own)),
			describe(resolve_with("[ \"p\", \"empty\", \"q\" ]", own)));
		forget();
	}
}
END_TEST

static uint64_t access_to(const struct heel_policy *policy, const char *path)
{
	for (size_t i = 0; i < policy->n_paths; i++)
		if (strcmp(policy->paths[i].path, path) == 0)
			return policy->paths[i].access;
	return 0;
}

static bool grants_port(const struct heel_ports *ports, unsigned int port)
{
	for (size_t i = 0; i < ports->n; i++)
		if (ports->ranges[i].low <= port && port <= ports->ranges[i].high)
			return true;
	return ports->any;
}

static void assert_no_less(const struct heel_policy *less, const struct heel_policy *more)
{
	for (size_t i = 0; i < less->n_paths; i++)
		ck_assert_uint_eq(
			less->paths[i].access & ~access_to(more, less->paths[i].path), 0);
	for (unsigned int kind = 0; kind < HEEL_PORT_KINDS; kind++)
		for (unsigned int port = 0; port < 100; port++)
			ck_assert(!grants_port(&less->ports[kind], port) ||
				  grants_port(&more->ports[kind], port));
	for (size_t i = 0; i < HEEL_RESTRICTIONS; i++)
		ck_assert(less->restrictions[i].on || !more->restrictions[i].on);
}

static const struct {
	const char *group, *key, *value;
} additions[] = {
	{"filesystem", "read", "\"/a\""},	{"filesystem", "write", "\"-/b\""},
	{"filesystem", "execute", "\"/new\""},	{"filesystem", "device", "\"~\""},
	{"network", "tcp_connect", "\"1-99\""}, {"network", "tcp_bind", "\"any\""},
	{"network", "unix_connect", "\"/a\""},	{"network", "udp_bind", "53"},
};

/* A grant of one's own that is added is there, and what was granted before stays. */
START_TEST(adding_a_grant_never_removes_one)
{
	for (unsigned int i = 0; i < 300; i++) {
		const char *reset = below(3) == 0 ? "reset = \"limits\";\n" : "";
		const struct heel_policy *without, *with;
		const char *addition, *both;
		unsigned int row = below(HEEL_ARRAY_SIZE(additions));

		addition = test_format("%s = { %s = %s; };\n", additions[row].group,
				       additions[row].key, additions[row].value);
		write_random_parents();
		without = resolve_with("[ \"p\", \"q\" ]", reset);
		both = test_format("%s%s", reset, addition);
		with = resolve_with("[ \"p\", \"q\" ]", both);
		assert_no_less(without, with);
		/* likewise in a parent of its own, in any place */
		write_profiles(test_format("== more\n%s", addition));
		assert_no_less(without,
			       resolve_with("[ \"more\", \"p\", \"q\" ]", reset));
		assert_no_less(without,
			       resolve_with("[ \"p\", \"more\", \"q\" ]", reset));
		assert_no_less(without,
			       resolve_with("[ \"p\", \"q\", \"more\" ]", reset));
		forget();
	}
}
END_TEST

/* A profile that uses the limits of a file up must not hold up a login. */
START_TEST(profile_of_the_largest_size_is_resolved_in_time)
{
	const struct heel_policy *policy;
	const char *list = "";

	for (unsigned int i = 0; i < 40; i++) {
		const char *part = "";

		for (unsigned int j = 0; j < 100; j++)
			part = test_format("%s%s\"/%u/%u\"", part, i + j ? "," : "", i,
					   j);
		list = test_format("%s%s", list, part);
	}
	policy = resolve(test_format("== x\ninherit = [ \"p\", \"q\" ];\n"
				     "== p\nfilesystem = { read = [ %s ]; };\n"
				     "== q\nfilesystem = { write = [ %s ]; };\n",
				     list, list));
	ck_assert_uint_eq(policy->n_paths, 4000);
	ck_assert_uint_eq(policy->paths[3999].access, HEEL_GRANT_WRITE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("resolve");
	TCase *tcase = tcase_create("resolve");
	TCase *properties = tcase_create("properties");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, empty_profile_has_the_defaults);
	tcase_add_test(tcase, unconfined_has_nothing_but_the_shell_of_heel_conf);
	tcase_add_loop_test(tcase, profile_becomes_a_policy, 0, HEEL_ARRAY_SIZE(rows));
	tcase_add_loop_test(tcase, parents_and_the_file_itself_become_one, 0,
			    HEEL_ARRAY_SIZE(families));
	tcase_add_test(tcase, single_values_know_their_place);
	tcase_add_test(tcase, grant_keeps_its_own_rights_and_home_is_remembered);
	tcase_add_test(tcase, write_never_gives_execute_or_device_nodes);
	tcase_add_test(tcase, users_file_inherits_from_profiles_even_of_its_own_name);
	tcase_add_loop_test(tcase, fault_is_an_error_at_its_place, 0,
			    HEEL_ARRAY_SIZE(refused));
	tcase_add_test(tcase, parent_that_is_not_trusted_is_an_error);
	tcase_add_loop_test(tcase, inheritance_is_at_most_eight_deep, 0,
			    HEEL_ARRAY_SIZE(depths));
	tcase_add_test(tcase, many_ways_to_a_parent_take_no_time);
	tcase_add_loop_test(tcase, service_adds_what_it_needs, 0,
			    HEEL_ARRAY_SIZE(services));
	tcase_add_loop_test(tcase, fault_of_a_service_is_an_error_at_its_place, 0,
			    HEEL_ARRAY_SIZE(refused_services));
	tcase_add_test(tcase, services_inherit_at_most_eight_deep);
	tcase_add_test(tcase, service_file_that_is_not_trusted_is_an_error);
	tcase_add_loop_test(tcase, odd_name_of_a_service_leads_nowhere, 0,
			    HEEL_ARRAY_SIZE(odd_services));
	tcase_add_loop_test(tcase, hostile_value_refuses_the_session_and_never_widens, 0,
			    HEEL_ARRAY_SIZE(subjects));
	tcase_add_test(tcase, profile_of_the_largest_size_is_resolved_in_time);
	suite_add_tcase(suite, tcase);

	tcase_add_checked_fixture(properties, setup, teardown);
	tcase_set_timeout(properties, 60);
	tcase_add_test(properties, inheriting_a_parent_twice_is_inheriting_it_once);
	tcase_add_test(properties, parent_without_words_changes_nothing);
	tcase_add_test(properties, adding_a_grant_never_removes_one);
	suite_add_tcase(suite, properties);
	return test_run(suite);
}
