/* SPDX-License-Identifier: ISC */
/* A profile's file: every key, every form of its values, and what is refused where. */
#include <errno.h>
#include <string.h>

#include "profile.h"
#include "test.h"

#define FILE_NAME "profiles.d/x.conf"

static struct heel_arena arena;
static struct heel_report report;
static struct heel_profile profile;

static void setup(void)
{
	arena = (struct heel_arena){0};
	report = (struct heel_report){0};
	profile = (struct heel_profile){0};
}

static void teardown(void)
{
	heel_report_free(&report);
	heel_arena_free(&arena);
}

static int load(const char *text)
{
	return heel_profile_load(&arena, "x", FILE_NAME, text, strlen(text), &profile,
				 &report);
}

static void assert_loads(const char *text)
{
	ck_assert_msg(load(text) == 0, "%s\n%s", text,
		      report.n ? report.problems[0].text : "");
	ck_assert_uint_eq(report.n, 0);
}

static void assert_refused(const char *text, int rc, const char *part, unsigned int line)
{
	int got = load(text);
	const struct heel_problem *problem = heel_first_error(&report);

	ck_assert_msg(got == rc, "%s\n%d", text, got);
	ck_assert_msg(strstr(problem->text, part), "%s\n%s", text, problem->text);
	ck_assert_msg(problem->at.line == line, "%s\nline %u", text, problem->at.line);
	ck_assert_pstr_eq(problem->at.file, FILE_NAME);
	ck_assert_ptr_null(profile.keys); /* nothing was handed out */
}

/* The example of SPEC section 4. */
static const char example[] =
	"version     = 1;                            // optional\n"
	"description = \"Students: own home, compilers, the web through the proxy\";\n"
	"inherit     = [ \"base\", \"toolchain\" ];\n"
	"filesystem = {\n"
	"  read    = [ \"/srv/course\" ];\n"
	"  execute = [ \"-/opt\", \"${home}\" ];\n"
	"  write   = [ \"${home}\", \"/tmp\" ];\n"
	"  device  = [ \"/dev/null\", \"/dev/pts\" ];\n"
	"  rules   = ( { path = \"/srv/drop\"; access = [ \"make_reg\", \"write_file\" "
	"]; } );\n"
	"};\n"
	"network = {\n"
	"  tcp_connect  = ( 22, 443, \"8000-8010\" );\n"
	"  tcp_bind     = [ ];\n"
	"  udp_connect  = \"any\";\n"
	"  udp_bind     = [ ];\n"
	"  unix_connect = [ \"/run/nscd\", \"-/run/dbus\" ];\n"
	"};\n"
	"scope        = [ \"signal\", \"abstract_unix_socket\" ];\n"
	"permit       = [ \"debug\" ];\n"
	"limits       = { nproc = 200; as = \"4G\"; nofile = [ 1024, 4096 ]; };\n"
	"environment  = { keep = [ \"EDITOR\" ]; set = [ \"TMPDIR=${home}/tmp\" ]; unset "
	"= [ \"SSH_AUTH_SOCK\" ]; };\n"
	"umask        = \"077\";\n"
	"shell        = \"/bin/bash\";\n"
	"commands     = ( { match = \"rsync *\"; run = \"/usr/bin/rrsync -ro "
	"/srv/mirror\"; }, \"/usr/bin/uptime\" );\n"
	"no_new_privs = true;\n"
	"reset        = [ \"network\", \"filesystem.write\" ];\n"
	"expect       = { allow = [ \"execute /usr/bin/gcc\" ]; deny = [ \"read "
	"/home/other\", \"connect 25\" ]; };\n";

START_TEST(example_of_the_manual_is_read)
{
	const struct heel_values *rule, *unwritten;

	assert_loads(example);
	ck_assert_str_eq(profile.name, "x");
	ck_assert_str_eq(profile.file, FILE_NAME);
	ck_assert_uint_eq(profile.keys[HEEL_KEY_INHERIT].n, 2);
	ck_assert_str_eq(profile.keys[HEEL_KEY_EXECUTE].v[0].text, "-/opt");
	ck_assert_uint_eq(profile.keys[HEEL_KEY_EXECUTE].v[0].from.line, 6);
	rule = profile.keys[HEEL_KEY_RULES].v[0].fields;
	ck_assert_str_eq(heel_text(&rule[HEEL_RULE_PATH]), "/srv/drop");
	ck_assert_str_eq(rule[HEEL_RULE_ACCESS].v[1].text, "write_file");
	rule = profile.keys[HEEL_KEY_COMMANDS].v[0].fields;
	ck_assert_str_eq(heel_text(&rule[HEEL_COMMAND_MATCH]), "rsync *");
	ck_assert_str_eq(profile.keys[HEEL_KEY_COMMANDS].v[1].text, "/usr/bin/uptime");
	ck_assert(profile.keys[HEEL_KEY_TCP_BIND].written);
	ck_assert_uint_eq(profile.keys[HEEL_KEY_TCP_BIND].n, 0);
	unwritten = &profile.keys[HEEL_KEY_FAMILIES];
	ck_assert(!unwritten->written);
}
END_TEST

START_TEST(empty_profile_is_a_profile)
{
	assert_loads("");
	for (size_t i = 0; i < HEEL_PROFILE_KEYS; i++)
		ck_assert(!profile.keys[i].written);
}
END_TEST

/* Keys that hold values: "group { key" or "key", and one value as it is written. */
static const struct {
	enum heel_profile_key key;
	const char *group, *name;
	const char *value;
	const char *text; /* as it is kept */
} keys[] = {
	{HEEL_KEY_VERSION, NULL, "version", "1", "1"},
	{HEEL_KEY_VERSION, NULL, "version", "\"1\"", "1"},
	{HEEL_KEY_DESCRIPTION, NULL, "description", "\"Own home\"", "Own home"},
	{HEEL_KEY_INHERIT, NULL, "inherit", "\"base\"", "base"},
	{HEEL_KEY_READ, "filesystem", "read", "\"/srv\"", "/srv"},
	{HEEL_KEY_EXECUTE, "filesystem", "execute", "\"-/opt\"", "-/opt"},
	{HEEL_KEY_WRITE, "filesystem", "write", "\"+${home}/x\"", "+${home}/x"},
	{HEEL_KEY_DEVICE, "filesystem", "device", "\"/dev/null\"", "/dev/null"},
	{HEEL_KEY_TCP_CONNECT, "network", "tcp_connect", "443", "443"},
	{HEEL_KEY_TCP_CONNECT, "network", "tcp_connect", "\"8000-8010\"", "8000-8010"},
	{HEEL_KEY_TCP_BIND, "network", "tcp_bind", "0", "0"},
	{HEEL_KEY_TCP_BIND, "network", "tcp_bind", "65535", "65535"},
	{HEEL_KEY_UDP_CONNECT, "network", "udp_connect", "\"any\"", "any"},
	{HEEL_KEY_UDP_BIND, "network", "udp_bind", "\"0-65535\"", "0-65535"},
	{HEEL_KEY_UNIX_CONNECT, "network", "unix_connect", "\"-/run/x\"", "-/run/x"},
	{HEEL_KEY_SCOPE, NULL, "scope", "\"signal\"", "signal"},
	{HEEL_KEY_SCOPE, NULL, "scope", "\"abstract_unix_socket\"",
	 "abstract_unix_socket"},
	{HEEL_KEY_PERMIT, NULL, "permit", "\"debug\"", "debug"},
	{HEEL_KEY_LIMITS + 0, "limits", "as", "\"4G\"", "4G"},
	{HEEL_KEY_FAMILIES, "network", "families", "\"netlink\"", "netlink"},
	{HEEL_KEY_PROXY, "network", "proxy", "\"http://proxy.example:8080\"",
	 "http://proxy.example:8080"},
	{HEEL_KEY_RESTRICT, NULL, "restrict", "\"metadata\"", "metadata"},
	{HEEL_KEY_SYSCALLS_DENY, "syscalls", "deny", "\"@clock\"", "@clock"},
	{HEEL_KEY_LIMITS + 1, "limits", "core", "0", "0"},
	{HEEL_KEY_LIMITS + 2, "limits", "cpu", "\"10m\"", "10m"},
	{HEEL_KEY_LIMITS + 3, "limits", "data", "\"512M\"", "512M"},
	{HEEL_KEY_LIMITS + 4, "limits", "fsize", "\"1024K\"", "1024K"},
	{HEEL_KEY_LIMITS + 5, "limits", "locks", "10", "10"},
	{HEEL_KEY_LIMITS + 6, "limits", "memlock", "65536", "65536"},
	{HEEL_KEY_LIMITS + 7, "limits", "msgqueue", "819200", "819200"},
	{HEEL_KEY_LIMITS + 8, "limits", "nice", "20", "20"},
	{HEEL_KEY_LIMITS + 9, "limits", "nofile", "1024", "1024"},
	{HEEL_KEY_LIMITS + 10, "limits", "nproc", "\"infinity\"", "infinity"},
	{HEEL_KEY_LIMITS + 11, "limits", "rss", "\"1G\"", "1G"},
	{HEEL_KEY_LIMITS + 12, "limits", "rtprio", "0", "0"},
	{HEEL_KEY_LIMITS + 13, "limits", "rttime", "\"1s\"", "1s"},
	{HEEL_KEY_LIMITS + 14, "limits", "sigpending", "100", "100"},
	{HEEL_KEY_LIMITS + 15, "limits", "stack", "\"8M\"", "8M"},
	{HEEL_KEY_KEEP, "environment", "keep", "\"GIT_*\"", "GIT_*"},
	{HEEL_KEY_SET, "environment", "set", "\"A_1=${user} =x\"", "A_1=${user} =x"},
	{HEEL_KEY_SET, "environment", "set", "\"_=\"", "_="},
	{HEEL_KEY_UNSET, "environment", "unset", "\"SSH_*\"", "SSH_*"},
	{HEEL_KEY_UMASK, NULL, "umask", "\"0077\"", "0077"},
	{HEEL_KEY_UMASK, NULL, "umask", "\"7\"", "7"},
	{HEEL_KEY_SHELL, NULL, "shell", "\"/bin/bash\"", "/bin/bash"},
	{HEEL_KEY_NO_NEW_PRIVS, NULL, "no_new_privs", "false", "false"},
	{HEEL_KEY_RESET, NULL, "reset", "\"network\"", "network"},
	{HEEL_KEY_RESET, NULL, "reset", "\"filesystem.write\"", "filesystem.write"},
	{HEEL_KEY_RESET, NULL, "reset", "\"limits\"", "limits"},
	{HEEL_KEY_RESET, NULL, "reset", "\"scope\"", "scope"},
	{HEEL_KEY_EXPECT_ALLOW, "expect", "allow", "\"execute /bin/ls\"",
	 "execute /bin/ls"},
	{HEEL_KEY_EXPECT_DENY, "expect", "deny", "\"bind 80\"", "bind 80"},
	{HEEL_KEY_EXPECT_DENY, "expect", "deny", "\"write ${home}/.ssh\"",
	 "write ${home}/.ssh"},
};

static const struct {
	const char *before, *after;
} brackets[] = {
	{"", ""},
	{"[ ", " ]"},
	{"( ", " )"},
};

START_TEST(key_takes_one_value_alone_and_in_both_brackets)
{
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(brackets); i++) {
		const char *group = keys[_i].group;
		const char *text = test_format("%s%s%s = %s%s%s;%s", group ? group : "",
					       group ? " = {\n" : "\n", keys[_i].name,
					       brackets[i].before, keys[_i].value,
					       brackets[i].after, group ? " };" : "");
		const struct heel_values *values;

		assert_loads(text);
		values = &profile.keys[keys[_i].key];
		ck_assert_msg(values->written && values->n == 1, "%s", text);
		ck_assert_str_eq(values->v[0].text, keys[_i].text);
		ck_assert_uint_eq(values->v[0].from.line, 2);
	}
}
END_TEST

START_TEST(every_key_of_the_schema_has_a_row_or_is_a_rule_or_a_command)
{
	const struct heel_schema *schema = heel_profile_schema();

	ck_assert_uint_eq(schema->n, HEEL_PROFILE_KEYS);
	for (size_t i = 0; i < schema->n; i++) {
		bool found = i == HEEL_KEY_RULES || i == HEEL_KEY_COMMANDS;

		for (size_t row = 0; row < HEEL_ARRAY_SIZE(keys); row++) {
			const char *name = keys[row].name;

			if (keys[row].group)
				name = test_format("%s.%s", keys[row].group, name);
			if ((size_t)keys[row].key != i)
				continue;
			ck_assert_str_eq(schema->keys[i].name, name);
			found = true;
		}
		ck_assert_msg(found, "%s", schema->keys[i].name);
	}
}
END_TEST

static const char *const accepted[] = {
	"filesystem = { };",
	"filesystem = { read = [ ]; write = ( ); rules = ( ); };",
	"filesystem = { read = [ \"/\" ]; };",
	"filesystem = { read = \"~\"; write = \"-~/x\"; execute = \"+~/y\"; };",
	"filesystem = { rules = { path = \"/a\"; access = \"refer\" }; };",
	"filesystem = { rules = ( { path = [ \"-/a\" ]; access = ( \"execute\", "
	"\"write_file\", \"read_file\", \"read_dir\", \"remove_dir\", \"remove_file\", "
	"\"make_char\", \"make_dir\", \"make_reg\", \"make_sock\", \"make_fifo\", "
	"\"make_block\", \"make_sym\", \"refer\", \"truncate\", \"ioctl_dev\", "
	"\"resolve_unix\" ) } ); };",
	"inherit = [ ];",
	"description = \"\";",
	"description = \"\xc3\xa4\";",
	"network = { tcp_connect = ( 22, \"any\" ); tcp_bind = [ \"1-2\", \"4\" ]; };",
	"scope = [ ];",
	"permit = [ ];",
	"permit = [ \"debug\", \"metadata\" ];",
	"limits = { nofile = [ 1, 1 ]; nproc = ( 1, \"infinity\" ); };",
	"limits = { nofile = ( \"infinity\", \"infinity\" ); as = [ \"1G\", \"1G\" ]; };",
	"umask = \"0\"; no_new_privs = FALSE;",
	"environment = { keep = [ ]; set = ( ); unset = [ ]; };",
	"environment = { set = \"A=\xc3\xa4 $x $(y)\"; };",
	"restrict = [ ];",
	"restrict = [ \"metadata\", \"wx_memory\" ]; permit = \"debug\";",
	"syscalls = { deny = ( ); };",
	"syscalls = { deny = [ \"@obsolete\", \"mincore\" ]; };",
	"syscalls = { deny = [ \"setxattrat\", \"listns\", \"socketcall\" ]; };",
	"network = { families = [ ]; };",
	"network = { families = [ \"unix\", \"inet\", \"vsock\", \"xdp\" ]; };",
	"network = { proxy = \"http://127.0.0.1:3128\"; };",
	"network = { proxy = \"socks5h://[::1]:1080/\"; };",
	"reset = [ ];",
	"reset = [ \"network.families\", \"restrict\", \"environment\", \"expect\" ];",
	"expect = { allow = [ ]; deny = ( ); };",
	"expect = { allow = [ \"read ~\", \"connect 443\" ]; };",
	"commands = ( );",
	"commands = \"/usr/bin/uptime\";",
	"commands = [ \"/usr/bin/uptime\", \"/usr/bin/git-upload-pack *\" ];",
	"commands = { match = \"a\"; run = \"/bin/x\"; };",
	"commands = ( { match = \"r *\"; run = \"/bin/r -o '/a b'\"; }, \"/bin/x\" );",
	"commands = { match = \"a *\"; run = \"${home}/bin/x $* ${user}\"; };",
};

START_TEST(value_is_accepted)
{
	assert_loads(accepted[_i]);
}
END_TEST

static const struct {
	const char *text;
	const char *part;
	unsigned int line;
} refused[] = {
	/* unknown keys */
	{"\nfilesytem = { };",
	 "unknown key \"filesytem\" in a profile; did you mean \"filesystem\"?", 2},
	{"filesystem = {\nwirte = [ ]; };",
	 "unknown key \"filesystem.wirte\" in a profile; did you mean \"write\"?", 2},
	{"write = [ \"/tmp\" ];", "did you mean \"filesystem.write\"?", 1},
	{"nproc = 10;", "did you mean \"limits.nproc\"?", 1},
	{"set = \"A=b\";", "did you mean \"environment.set\"?", 1},
	{"limits = { nprocs = 10; };", "did you mean \"nproc\"?", 1},
	{"network = { tcp_conect = 1; };", "did you mean \"tcp_connect\"?", 1},
	{"environment = { \nkep = \"A\"; };", "did you mean \"keep\"?", 2},
	{"umsak = \"077\";", "did you mean \"umask\"?", 1},
	{"no-new-privs = true;", "did you mean \"no_new_privs\"?", 1},
	{"assign = ( );", "unknown key \"assign\" in a profile", 1},
	{"minimum_abi = 4;", "unknown key \"minimum_abi\"", 1},
	{"filesystem = { rules = ( { path = \"/a\";\nacces = [ \"refer\" ]; } ); };",
	 "unknown key \"acces\" in a rule; did you mean \"access\"?", 2},
	/* groups */
	{"filesystem = [ \"/a\" ];", "\"filesystem\" is a group", 1},
	{"limits = 10;", "\"limits\" is a group", 1},
	{"expect = ( );", "\"expect\" is a group", 1},
	{"read = { };", "did you mean \"filesystem.read\"?", 1},
	/* duplicates */
	{"umask = \"077\";\numask = \"022\";", "duplicate setting name", 2},
	{"network = { };\n\nnetwork = { };", "duplicate setting name", 3},
	/* version, description, inherit */
	{"version = 2;", "\"version\" takes 1, not \"2\"", 1},
	{"version = [ ];", "exactly one value", 1},
	{"version = true;", "a number or a string", 1},
	{"description = 1;", "a string", 1},
	{"description = \"a\\nb\";", "text without control characters", 1},
	{"description = [ \"a\", \"b\" ];", "exactly one value", 1},
	{"inherit = [ \"base\",\n\"../x\" ];", "names of profiles, not \"../x\"", 2},
	{"inherit = \"\";", "names of profiles", 1},
	{"inherit = \"@user\";", "names of profiles", 1},
	{"inherit = 1;", "a string", 1},
	{"inherit = { };", "a string", 1},
	/* paths, in each list and at the line of the value */
	{"filesystem = { read = [ \"/a\",\n\"srv\" ]; };", "\"srv\" is not absolute", 2},
	{"filesystem = { execute = [ \"/a\",\n\"/a/../b\" ]; };", "\"..\"", 2},
	{"filesystem = { write = [ \"/a\",\n\"~bert\" ]; };", "only the user's own home",
	 2},
	{"filesystem = { device = [ \"/a\",\n\"/dev/${tty}\" ]; };",
	 "unknown token \"${tty}\"", 2},
	{"network = { unix_connect = [ \"/a\",\n\"@x\" ]; };", "is not absolute", 2},
	{"filesystem = { read = \"\"; };", "is not absolute", 1},
	{"filesystem = { read = \"/a\\n\"; };", "control character", 1},
	{"filesystem = { read = 1; };", "values that are a string", 1},
	{"filesystem = { read = ( true ); };", "values that are a string", 1},
	{"filesystem = { read = ( { path = \"/a\"; } ); };", "values that are a string",
	 1},
	{"filesystem = { read = [ \"/a\"\n\"/b\" ]; };", "a comma is missing", 1},
	/* rules */
	{"filesystem = { rules = [ \"/a\" ]; };", "an entry { ... }", 1},
	{"filesystem = { rules = (\n{ path = \"/a\"; } ); };",
	 "needs both \"path\" and \"access\"", 2},
	{"filesystem = { rules = ( { path = \"/a\"; access = \"refer\"; },\n"
	 "{ access = \"refer\"; } ); };",
	 "needs both \"path\" and \"access\"", 2},
	{"filesystem = { rules = ( { } ); };", "needs both \"path\" and \"access\"", 1},
	{"filesystem = { rules = ( { path = \"/a\"; access = [ ]; } ); };",
	 "\"access\" takes at least 1 value", 1},
	{"filesystem = { rules = ( { path = [ \"/a\", \"/b\" ]; access = \"refer\"; } "
	 "); };",
	 "\"path\" takes exactly one value", 1},
	{"filesystem = { rules = ( { path = \"a\"; access = \"refer\"; } ); };",
	 "is not absolute", 1},
	{"filesystem = { rules = ( { path = \"/a\"; access = ( \"refer\",\n\"reed_file\" "
	 "); } ); };",
	 "unknown access right \"reed_file\"; did you mean \"read_file\"?", 2},
	{"filesystem = { rules = ( { path = \"/a\"; access = \"write\"; } ); };",
	 "unknown access right \"write\"", 1},
	{"filesystem = { rules = ( { path = \"/a\"; access = \"connect_tcp\"; } ); };",
	 "unknown access right \"connect_tcp\"", 1},
	{"filesystem = { rules = ( { path = \"/a\"; access = 1; } ); };", "a string", 1},
	/* ports */
	{"network = { tcp_connect = 65536; };", "ports (0 to 65535)", 1},
	{"network = { tcp_connect = ( 22,\n-1 ); };", "not \"-1\"", 2},
	{"network = { tcp_bind = \"8010-8000\"; };", "not \"8010-8000\"", 1},
	{"network = { tcp_bind = \"1-65536\"; };", "ports (0 to 65535)", 1},
	{"network = { tcp_bind = \"080\"; };", "ports (0 to 65535)", 1},
	{"network = { udp_connect = \"ANY\"; };", "or \"any\", not \"ANY\"", 1},
	{"network = { udp_bind = \"\"; };", "ports (0 to 65535)", 1},
	{"network = { udp_bind = \"http\"; };", "ports (0 to 65535)", 1},
	{"network = { tcp_connect = \"22,443\"; };", "ports (0 to 65535)", 1},
	{"network = { tcp_connect = [ 22,\n\"8000-8010\" ]; };", "use ( )", 2},
	{"network = { tcp_connect = true; };", "a number or a string", 1},
	{"network = { tcp_connect = 4294967318; };", "does not fit", 1},
	/* addresses */
	{"network = { tcp_connect = \"127.0.0.1:22\"; };",
	 "Landlock knows ports, not addresses", 1},
	{"network = { tcp_connect = ( 22,\n\"localhost:80\" ); };", "not addresses", 2},
	{"network = { tcp_bind = \"[::1]:22\"; };", "not addresses", 1},
	{"network = { udp_connect = \"::1\"; };", "not addresses", 1},
	{"network = { udp_bind = \"10.0.0.0/8\"; };", "not addresses", 1},
	{"network = { tcp_connect = \"https://example.org\"; };", "not addresses", 1},
	/* scope and restrictions */
	{"scope = [ \"signal\",\n\"signals\" ];", "not \"signals\"", 2},
	{"scope = \"\";", "\"signal\" and \"abstract_unix_socket\"", 1},
	{"scope = \"connect_tcp\";", "\"signal\" and \"abstract_unix_socket\"", 1},
	{"scope = true;", "a string", 1},
	{"permit = [ \"debug\",\n\"debgu\" ];",
	 "unknown restriction \"debgu\"; did you mean \"debug\"?", 2},
	{"permit = \"ptrace\";", "unknown restriction \"ptrace\"", 1},
	{"permit = 1;", "a string", 1},
	{"permit = \"debug\";\nrestrict = \"debug\";", "debug", 2},
	{"restrict = [ \"wx_memory\",\n\"wx_memori\" ];", "did you mean \"wx_memory\"?",
	 2},
	/* system calls */
	{"syscalls = { deny = [ \"mincore\",\n\"mincor\" ]; };",
	 "unknown system call \"mincor\"", 2},
	{"syscalls = { deny = \"memfd_creat\"; };", "did you mean \"memfd_create\"?", 1},
	{"syscalls = { deny = \"@obsolet\"; };",
	 "unknown group of system calls \"@obsolet\"; did you mean \"@obsolete\"?", 1},
	{"syscalls = { deny = \"@known\"; };", "unknown group of system calls", 1},
	{"syscalls = { deny = \"\"; };", "unknown system call", 1},
	{"syscalls = { deny = 17; };", "a string", 1},
	/* families and proxies */
	{"network = { families = [ \"unix\",\n\"inet4\" ]; };",
	 "unknown socket family \"inet4\"; did you mean \"inet\"?", 2},
	{"network = { families = \"AF_INET\"; };", "unknown socket family", 1},
	{"network = {\nproxy = \"http://proxy\"; };", "an address with a port", 2},
	{"network = { proxy = \"http://me:secret@proxy:80\"; };", "readable by everyone",
	 1},
	{"network = { proxy = [ \"http://a:1\", \"http://b:1\" ]; };",
	 "takes exactly one value", 1},
	/* limits */
	{"limits = {\nnproc = \"2K\"; };", "a number or \"infinity\", not \"2K\"", 2},
	{"limits = { as = 1000; };", "below 16777216, with which no program", 1},
	{"limits = { stack = \"255K\"; };", "below 262144, with which no program", 1},
	{"limits = { as = \"4g\"; };", "with K, M or G, or \"infinity\", not \"4g\"", 1},
	{"limits = { cpu = \"1d\"; };", "with s, m or h, or \"infinity\", not \"1d\"", 1},
	{"limits = { rttime = \"1K\"; };", "microseconds", 1},
	{"limits = { nproc = -1; };", "not \"-1\"", 1},
	{"limits = { as = \"17179869184G\"; };", "is more than \"limits.as\" can hold",
	 1},
	{"limits = { as = \"18446744073709551615\"; };", "write \"infinity\"", 1},
	{"limits = { as = 4294967296; };", "does not fit", 1},
	{"limits = { as = 4G; };", "must be in double quotes", 1},
	{"limits = { nofile = [ ]; };", "\"limits.nofile\" takes 1 to 2 values", 1},
	{"limits = { nofile = [ 1, 2, 3 ]; };", "\"limits.nofile\" takes 1 to 2 values",
	 1},
	{"limits = {\nnofile = [ 2,\n1 ]; };", "write [ soft, hard ]", 2},
	{"limits = { nofile = ( \"infinity\", 1 ); };", "write [ soft, hard ]", 1},
	{"limits = { cpu = [ \"2m\", \"100s\" ]; };", "write [ soft, hard ]", 1},
	{"limits = { nofile = true; };", "a number or a string", 1},
	{"limits = { nofile = ( 1,\n\"x\" ); };", "not \"x\"", 2},
	/* environment */
	{"environment = { set = [ \"A=b\",\n\"TMPDIR\" ]; };", "the form NAME=VALUE", 2},
	{"environment = { set = \"=b\"; };", "the form NAME=VALUE", 1},
	{"environment = { set = \"1A=b\"; };", "the form NAME=VALUE", 1},
	{"environment = { set = \"A B=c\"; };", "the form NAME=VALUE", 1},
	{"environment = { set = \"A-B=c\"; };", "the form NAME=VALUE", 1},
	{"environment = { set = \"${user}=c\"; };", "the form NAME=VALUE", 1},
	{"environment = { set = \"A=b\\nC=d\"; };", "the form NAME=VALUE", 1},
	{"environment = { set = \"A=${hme}\"; };", "unknown token \"${hme}\"", 1},
	{"environment = { set = ( \"A=b\",\n\"LD_PRELOAD=/x\" ); };",
	 "\"LD_PRELOAD\" steers the loader and is never set", 2},
	{"environment = { set = \"LOCPATH=/x\"; };", "is never set", 1},
	{"environment = { set = \"GLIBC_TUNABLES=\"; };", "is never set", 1},
	{"environment = { set = 1; };", "a string", 1},
	{"environment = { keep = \"A=b\"; };", "names of environment variables", 1},
	{"environment = { keep = \"\"; };", "names of environment variables", 1},
	{"environment = { unset = [ \"A\",\n\"B\\t\" ]; };",
	 "names of environment variables", 2},
	{"environment = { unset = true; };", "a string", 1},
	/* umask, shell, no_new_privs */
	{"umask = 77;", "\"umask\" takes a string", 1},
	{"umask = 077;", "\"077\"", 1},
	{"umask = \"\";", "an octal mode such as \"077\"", 1},
	{"umask = \"8\";", "an octal mode", 1},
	{"umask = \"00077\";", "an octal mode", 1},
	{"umask = \"1777\";", "an octal mode", 1},
	{"umask = \"0o77\";", "an octal mode", 1},
	{"umask = \"-77\";", "an octal mode", 1},
	{"umask = \"u=rwx\";", "an octal mode", 1},
	{"umask = [ \"077\", \"022\" ];", "exactly one value", 1},
	{"shell = \"bash\";", "the absolute path of a program, not \"bash\"", 1},
	{"shell = \"/\";", "the absolute path of a program", 1},
	{"shell = \"/bin//sh\";", "the absolute path of a program", 1},
	{"shell = \"${home}/sh\";", "the absolute path of a program", 1},
	{"shell = [ ];", "exactly one value", 1},
	{"no_new_privs = 1;", "takes true or false", 1},
	{"no_new_privs = \"false\";", "takes true or false", 1},
	{"no_new_privs = yes;", "write true", 1},
	{"no_new_privs = [ true, false ];", "exactly one value", 1},
	/* reset */
	{"reset = [ \"network\",\n\"netwrok\" ];",
	 "names of keys and groups, not \"netwrok\"", 2},
	{"reset = \"\";", "names of keys and groups", 1},
	{"reset = \"filesystem.\";", "names of keys and groups", 1},
	{"reset = \"write\";", "names of keys and groups", 1},
	{"reset = \"filesystem.writ\";", "did you mean \"filesystem.write\"?", 1},
	{"reset = \"file\";", "names of keys and groups", 1},
	{"reset = true;", "a string", 1},
	/* expect */
	{"expect = { allow = [ \"read /a\",\n\"raed /a\" ]; };", "\"VERB TARGET\"", 2},
	{"expect = { deny = \"/a\"; };", "\"VERB TARGET\"", 1},
	{"expect = { deny = \"read\"; };", "\"VERB TARGET\"", 1},
	{"expect = { deny = \"read \"; };", "\"VERB TARGET\"", 1},
	{"expect = { deny = \"read ${hm}\"; };", "unknown token", 1},
	{"expect = { deny = 25; };", "a string", 1},
	/* libconfig's own traps, once more through this door */
	{"@include \"base.conf\"\n", "@include is refused", 1},
	{"umask = \"077\";\n/* shell = \"/bin/sh\";", "never closed", 2},
	{"umask = \"077\";\n\nshell = \"/bin/sh;\n", "not closed on its line", 3},
	/* commands */
	{"commands = 1;", "values that are a string or an entry", 1},
	{"\ncommands = \"uptime\";", "begins with the absolute path of a program", 2},
	{"commands = \"/bin/../x\";", "begins with the absolute path of a program", 1},
	{"commands = \"/bin/x?\";", "begins with the absolute path of a program", 1},
	{"commands = \"'/bin/x'\";", "begins with the absolute path of a program", 1},
	{"commands = \"/\";", "begins with the absolute path of a program", 1},
	{"commands = \"*\";", "begins with the absolute path of a program", 1},
	{"commands = \"\";", "there is no word in it", 1},
	{"commands = (\"/a\",\n\"/bin/x | y\");", "\"|\" at position 8 would be acted on",
	 2},
	{"commands = \"/bin/x ${home}\";", "\"$\" at position 8 would be acted on", 1},
	{"commands = \"/bin/x 'y\";", "the quote at position 8 is not closed", 1},
	{"commands = \"/bin/x [y\";", "the \"[\" at position 8 is not closed", 1},
	{"commands = { match = \"a\"; };", "needs both \"match\" and \"run\"", 1},
	{"commands = { run = \"/a\"; };", "needs both \"match\" and \"run\"", 1},
	{"commands = { };", "needs both \"match\" and \"run\"", 1},
	{"commands = { match = \"a\"; run = \"/a\"; umask = 1; };", "unknown key", 1},
	{"commands = { match = \"a\"; run = [ \"/a\", \"b\" ]; };", "exactly one value",
	 1},
	{"commands = { match = \"a\"; run = \"b\"; };", "absolute path of a program, not",
	 1},
	{"commands = { match = \"a *\"; run = \"$* b\"; };",
	 "absolute path of a program, not", 1},
	{"commands = { match = \"a\"; run = \"${user}/b\"; };",
	 "absolute path of a program, not", 1},
	{"commands = { match = \"a\"; run = \"/b/../c\"; };",
	 "absolute path of a program, not", 1},
	{"commands = { match = \"a\"; run = \"/b ${nobody}\"; };", "unknown token", 1},
	{"commands = { match = \"a\"; run = \"/b $HOME\"; };", "\"$\" at position 4", 1},
	{"commands = { match = \"a\"; run = \"/b > /c\"; };", "\">\" at position 4", 1},
	{"commands = { match = \"a\"; run = \"/b $*\"; };", "and there is none", 1},
	{"commands = { match = \"a * b\"; run = \"/b $*\"; };", "and there is none", 1},
	{"commands = { match = \"a '*'\"; run = \"/b $*\"; };", "and there is none", 1},
	{"commands = { match = \"a *\"; run = \"/b $* $*\"; };",
	 "may stand in \"run\" once", 1},
	{"commands = { match = \"a *\"; run = \"/b x$*\"; };", "\"$\" at position 5", 1},
};

START_TEST(fault_is_an_error_at_its_line)
{
	assert_refused(refused[_i].text, -EINVAL, refused[_i].part, refused[_i].line);
}
END_TEST

START_TEST(all_faults_of_a_file_are_reported)
{
	ck_assert_int_lt(load("filesystem = { read = [ \"a\",\n\"b\" ]; };\n"
			      "umask = \"9\";\n"
			      "commands = [ \"x\" ];\n"
			      "network = { tcp_connect = 70000; };\n"),
			 0);
	ck_assert_uint_eq(report.n, 5);
	for (unsigned int i = 0; i < 5; i++)
		ck_assert_uint_eq(report.problems[i].at.line, i + 1);
}
END_TEST

/* --- What a service needs --- */

#define SERVICE_FILE "services.d/x.conf"

static int load_service(const char *text, struct heel_values **ret)
{
	return heel_service_load(&arena, SERVICE_FILE, text, strlen(text), ret, &report);
}

/* Every key, twice: a single value, and a list. */
static const struct {
	enum heel_service_key key;
	const char *before, *one, *other, *after;
	bool list;
} service_keys[] = {
	{HEEL_SERVICE_VERSION, "version = ", "1", NULL, ";", false},
	{HEEL_SERVICE_DESCRIPTION, "description = ", "\"d\"", NULL, ";", false},
	{HEEL_SERVICE_INHERIT, "inherit = ", "\"a\"", "\"b-2.c\"", ";", true},
	{HEEL_SERVICE_READ, "filesystem = { read = ", "\"/a\"", "\"-~/b\"", "; };", true},
	{HEEL_SERVICE_EXECUTE, "filesystem = { execute = ", "\"/a\"", "\"-/b\"", "; };",
	 true},
	{HEEL_SERVICE_WRITE, "filesystem = { write = ", "\"/a\"", "\"+/b/${user}\"",
	 "; };", true},
	{HEEL_SERVICE_DEVICE, "filesystem = { device = ", "\"/a\"", "\"-/b\"", "; };",
	 true},
	{HEEL_SERVICE_UNIX_CONNECT, "network = { unix_connect = ", "\"/a\"", "\"-/b\"",
	 "; };", true},
	{HEEL_SERVICE_CALLS, "syscalls = { needed = ", "\"chown\"", "\"setuid\"", "; };",
	 true},
	{HEEL_SERVICE_CALLS_OF_CHILD, "syscalls = { needed_by_child = ", "\"chroot\"",
	 "\"setuid\"", "; };", true},
};

START_TEST(service_key_takes_what_the_manual_says)
{
	const char *before = service_keys[_i].before, *after = service_keys[_i].after;
	const enum heel_service_key key = service_keys[_i].key;
	struct heel_values *values = NULL;
	const char *both;

	ck_assert_int_eq(
		load_service(test_format("%s%s%s", before, service_keys[_i].one, after),
			     &values),
		0);
	for (size_t i = 0; i < HEEL_SERVICE_KEYS; i++)
		ck_assert_int_eq(values[i].written, i == key);
	ck_assert_uint_eq(values[key].n, 1);
	ck_assert_str_eq(values[key].from.file, SERVICE_FILE);
	ck_assert_uint_eq(values[key].v[0].from.line, 1);
	if (!service_keys[_i].list)
		return;
	both = test_format("%s[ %s,\n%s ]%s", before, service_keys[_i].one,
			   service_keys[_i].other, after);
	ck_assert_int_eq(load_service(both, &values), 0);
	ck_assert_uint_eq(values[key].n, 2);
	ck_assert_uint_eq(values[key].v[1].from.line, 2);
}
END_TEST

START_TEST(every_key_of_a_service_has_a_row_or_is_a_rule)
{
	const struct heel_schema *schema = heel_service_schema();

	ck_assert_uint_eq(schema->n, HEEL_SERVICE_KEYS);
	ck_assert_uint_eq(HEEL_ARRAY_SIZE(service_keys) + 1, HEEL_SERVICE_KEYS);
	for (size_t i = 0; i < schema->n; i++) {
		bool found = i == HEEL_SERVICE_RULES;

		ck_assert_ptr_nonnull(schema->keys[i].name);
		for (size_t j = 0; j < HEEL_ARRAY_SIZE(service_keys); j++)
			found = found || service_keys[j].key == i;
		ck_assert_msg(found, "%s", schema->keys[i].name);
	}
}
END_TEST

START_TEST(empty_file_of_a_service_needs_nothing)
{
	struct heel_values *values = NULL;

	ck_assert_int_eq(load_service("", &values), 0);
	for (size_t i = 0; i < HEEL_SERVICE_KEYS; i++)
		ck_assert(!values[i].written);
}
END_TEST

START_TEST(rule_of_a_service_has_a_path_and_rights)
{
	struct heel_values *values = NULL;
	const struct heel_values *fields;

	ck_assert_int_eq(
		load_service("filesystem = { rules = (\n{ path = \"/a\"; access = "
			     "[ \"read_file\", \"make_reg\" ]; } ); };",
			     &values),
		0);
	ck_assert_uint_eq(values[HEEL_SERVICE_RULES].n, 1);
	ck_assert_uint_eq(values[HEEL_SERVICE_RULES].v[0].from.line, 2);
	fields = values[HEEL_SERVICE_RULES].v[0].fields;
	ck_assert_str_eq(heel_text(&fields[HEEL_RULE_PATH]), "/a");
	ck_assert_uint_eq(fields[HEEL_RULE_ACCESS].n, 2);
}
END_TEST

static const struct {
	const char *text;
	const char *part;
	unsigned int line;
} refused_services[] = {
	{"version = 2;", "\"version\" takes 1", 1},
	{"description = [ \"a\", \"b\" ];", "exactly one value", 1},
	{"description = \"a\\n\";", "control characters", 1},
	{"\ninherit = \"../x\";", "names of services' files, not \"../x\"", 2},
	{"inherit = \"\";", "names of services' files", 1},
	{"inherit = \".x\";", "names of services' files", 1},
	{"filesystem = { read = \"a\"; };", "\"a\"", 1},
	{"filesystem = { read = \"/${hm}\"; };", "unknown token", 1},
	{"filesystem = { rules = ( { path = \"/a\"; } ); };",
	 "both \"path\" and \"access\"", 1},
	{"filesystem = { rules =\n( { access = \"execute\"; } ); };",
	 "both \"path\" and \"access\"", 2},
	{"filesystem = { rules = ( { path = \"/a\"; access = \"exec\"; } ); };",
	 "unknown access right \"exec\"", 1},
	/* names, and no groups of them */
	{"syscalls = { needed = \"@mount\"; };",
	 "takes names of system calls, not \"@mount\"", 1},
	{"syscalls = { needed = [ \"chown\",\n\"@setid\" ]; };",
	 "takes names of system calls, not \"@setid\"", 2},
	{"syscalls = { needed_by_child = \"@mount\"; };",
	 "takes names of system calls, not \"@mount\"", 1},
	{"syscalls = { needed = \"@\"; };", "takes names of system calls", 1},
	{"syscalls = { needed = \"chowm\"; };", "did you mean \"chown\"?", 1},
	{"syscalls = { needed_by_child = \"chrot\"; };", "did you mean \"chroot\"?", 1},
	{"syscalls = { needed = \"\"; };", "unknown system call", 1},
	{"syscalls = { needed = 1; };", "a string", 1},
	/* a file of services.d only adds: nothing that limits, or belongs to profiles */
	{"syscalls = { deny = \"chown\"; };", "unknown key \"syscalls.deny\"", 1},
	{"permit = \"debug\";", "unknown key \"permit\"", 1},
	{"restrict = \"debug\";", "unknown key \"restrict\"", 1},
	{"reset = \"filesystem\";", "unknown key \"reset\"", 1},
	{"limits = { core = 0; };", "unknown key \"limits", 1},
	{"umask = \"077\";", "unknown key \"umask\"", 1},
	{"no_new_privs = false;", "unknown key \"no_new_privs\"", 1},
	{"environment = { set = \"A=b\"; };", "unknown key \"environment", 1},
	{"network = { tcp_connect = 22; };", "unknown key \"network.tcp_connect\"", 1},
	{"network = { families = \"inet\"; };", "unknown key \"network.families\"", 1},
	{"expect = { allow = \"read /a\"; };", "unknown key \"expect", 1},
	/* near misses */
	{"inherits = \"common\";", "did you mean \"inherit\"?", 1},
	{"\nsyscalls = { need = \"chown\"; };", "did you mean \"needed\"?", 2},
	{"filesystem = { raed = \"/a\"; };", "did you mean \"read\"?", 1},
	{"network = { unix_conect = \"/a\"; };", "did you mean \"unix_connect\"?", 1},
	{"@include \"common.conf\"\n", "@include is refused", 1},
};

START_TEST(fault_of_a_service_is_an_error_at_its_line)
{
	const char *text = refused_services[_i].text;
	struct heel_values *values = NULL;
	const struct heel_problem *problem;

	ck_assert_msg(load_service(text, &values) == -EINVAL, "%s", text);
	problem = heel_first_error(&report);
	ck_assert_msg(strstr(problem->text, refused_services[_i].part), "%s\n%s", text,
		      problem->text);
	ck_assert_msg(problem->at.line == refused_services[_i].line, "%s\nline %u", text,
		      problem->at.line);
	ck_assert_pstr_eq(problem->at.file, SERVICE_FILE);
	ck_assert_ptr_null(values); /* nothing was handed out */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("profile");
	TCase *tcase = tcase_create("profile");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, example_of_the_manual_is_read);
	tcase_add_test(tcase, empty_profile_is_a_profile);
	tcase_add_loop_test(tcase, key_takes_one_value_alone_and_in_both_brackets, 0,
			    HEEL_ARRAY_SIZE(keys));
	tcase_add_test(tcase,
		       every_key_of_the_schema_has_a_row_or_is_a_rule_or_a_command);
	tcase_add_loop_test(tcase, value_is_accepted, 0, HEEL_ARRAY_SIZE(accepted));
	tcase_add_loop_test(tcase, fault_is_an_error_at_its_line, 0,
			    HEEL_ARRAY_SIZE(refused));
	tcase_add_test(tcase, all_faults_of_a_file_are_reported);
	tcase_add_loop_test(tcase, service_key_takes_what_the_manual_says, 0,
			    HEEL_ARRAY_SIZE(service_keys));
	tcase_add_test(tcase, every_key_of_a_service_has_a_row_or_is_a_rule);
	tcase_add_test(tcase, empty_file_of_a_service_needs_nothing);
	tcase_add_test(tcase, rule_of_a_service_has_a_path_and_rights);
	tcase_add_loop_test(tcase, fault_of_a_service_is_an_error_at_its_line, 0,
			    HEEL_ARRAY_SIZE(refused_services));
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
