/* SPDX-License-Identifier: ISC */
/*
 * Rulesets of the running kernel: every right of its Landlock is tried outside a domain,
 * where the act must succeed, inside one without the right, and inside one with it; and
 * what becomes of paths that are files, links, missing, or cannot be opened.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "access.h"
#include "apply.h"
#include "compile.h"
#include "family.h"
#include "kernel.h"
#include "ruleset.h"
#include "test.h"

TEST_LIVE_PROGRAM

/* A child's exit status when it could not be confined; no errno is as large. */
#define NOT_CONFINED 250

static struct heel_arena arena;
static struct heel_report report;
static struct heel_kernel kernel;
static struct heel_subject subject;
static struct heel_policy policy;
static struct heel_path paths[4];
static const struct heel_plan *plan;

static const char *dir;
static struct sockaddr_in tcp, udp; /* a listening and a bound socket */
static struct sockaddr_un abstract;
static socklen_t abstract_length;

static struct heel_grant grants[HEEL_ARRAY_SIZE(paths)] = {
	{0, {"p.conf", 1}},
	{0, {"p.conf", 2}},
	{0, {"p.conf", 3}},
	{0, {"p.conf", 4}},
};

/* --- The policy that a test wants --- */

static void grant(const char *path, uint64_t access)
{
	size_t n = policy.n_paths++;

	ck_assert_uint_lt(n, HEEL_ARRAY_SIZE(paths));
	paths[n] = (struct heel_path){
		.path = path, .access = access, .grants = &grants[n], .n_grants = 1};
}

/* Nothing is granted; scopes are off, so that each act is denied for one reason only. */
static void clear_policy(void)
{
	policy = (struct heel_policy){
		.profile = "p",
		.shell = "/bin/sh",
		.paths = paths,
		.families = HEEL_FAMILY(AF_UNIX) | HEEL_FAMILY(AF_INET),
		.no_new_privs = true,
		.minimum_abi = HEEL_ABI_OLDEST,
	};
}

static void allow_all_ports(void)
{
	for (enum heel_port_kind kind = 0; kind < HEEL_PORT_KINDS; kind++)
		policy.ports[kind].any = true;
}

static void compile(void)
{
	ck_assert_int_eq(heel_compile(&arena, &policy, &kernel, &plan, &report), 0);
}

/* Makes the policy's ruleset, which a test that expects an error never gets. */
static int build(int *ret_fd, size_t *ret_rules)
{
	int rc = heel_compile(&arena, &policy, &kernel, &plan, &report);

	return rc < 0 ? rc
		      : heel_build_ruleset(&arena, plan, &subject, ret_fd, ret_rules,
					   &report);
}

static void confine(void)
{
	size_t rules;
	int fd;

	if (build(&fd, &rules) < 0 || heel_apply(plan, fd, &report) < 0)
		_exit(NOT_CONFINED);
	(void)close(fd); /* nothing was written through it */
}

/* --- Acts --- */

static const char *in_dir(const char *name)
{
	return test_format("%s/%s", dir, name);
}

static int error_of(int result)
{
	return result < 0 ? errno : 0;
}

static int try_open(const char *path, int flags)
{
	HEEL_CLOSE int fd = open(path, flags | O_CLOEXEC);

	return error_of(fd);
}

static int read_file(void)
{
	return try_open(in_dir("file"), O_RDONLY);
}

static int read_dir(void)
{
	return try_open(dir, O_RDONLY | O_DIRECTORY);
}

static int write_file(void)
{
	return try_open(in_dir("file"), O_WRONLY);
}

static int append_file(void)
{
	return try_open(in_dir("file"), O_WRONLY | O_APPEND);
}

static int truncate_file(void)
{
	return error_of(truncate(in_dir("file"), 0));
}

static int make_reg(void)
{
	return error_of(mknod(in_dir("made"), S_IFREG | 0600, 0));
}

static int link_file(void)
{
	return error_of(link(in_dir("file"), in_dir("made")));
}

static int make_dir(void)
{
	return error_of(mkdir(in_dir("made"), 0700));
}

static int make_sym(void)
{
	return error_of(symlink("file", in_dir("made")));
}

static int make_fifo(void)
{
	return error_of(mkfifo(in_dir("made"), 0600));
}

static int make_sock(void)
{
	return error_of(mknod(in_dir("made"), S_IFSOCK | 0600, 0));
}

static int make_char(void)
{
	return error_of(mknod(in_dir("made"), S_IFCHR | 0600, makedev(1, 3)));
}

static int make_block(void)
{
	return error_of(mknod(in_dir("made"), S_IFBLK | 0600, makedev(7, 0)));
}

static int remove_file(void)
{
	return error_of(unlink(in_dir("file")));
}

static int remove_dir(void)
{
	return error_of(rmdir(in_dir("empty")));
}

static int rename_across(void)
{
	return error_of(rename(in_dir("sub/file"), in_dir("made")));
}

static int link_across(void)
{
	return error_of(link(in_dir("sub/file"), in_dir("made")));
}

static int execute(void)
{
	(void)execl("/usr/bin/true", "true", (char *)NULL); /* returns only on failure */
	return errno;
}

static int device_ioctl(void)
{
	HEEL_CLOSE int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	int bits;

	return fd < 0 ? errno : error_of(ioctl(fd, RNDGETENTCNT, &bits));
}

static int connect_to(int family, int type, const void *address, socklen_t length)
{
	HEEL_CLOSE int fd = socket(family, type | SOCK_CLOEXEC, 0);

	return fd < 0 ? errno : error_of(connect(fd, address, length));
}

/* The port is taken by the runner's socket, which shares it. */
static int bind_port(int type, uint16_t port)
{
	HEEL_CLOSE int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	const struct sockaddr_in address = {.sin_family = AF_INET,
					    .sin_port = htons(port),
					    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const int one = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) < 0)
		return errno;
	return error_of(bind(fd, (const struct sockaddr *)&address, sizeof(address)));
}

static int bind_tcp(void)
{
	return bind_port(SOCK_STREAM, ntohs(tcp.sin_port));
}

static int connect_tcp(void)
{
	return connect_to(AF_INET, SOCK_STREAM, &tcp, sizeof(tcp));
}

static int bind_udp(void)
{
	return bind_port(SOCK_DGRAM, ntohs(udp.sin_port));
}

static int connect_udp(void)
{
	return connect_to(AF_INET, SOCK_DGRAM, &udp, sizeof(udp));
}

static int connect_abstract(void)
{
	return connect_to(AF_UNIX, SOCK_STREAM, &abstract, abstract_length);
}

static int connect_path(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/listening", dir);
	return connect_to(AF_UNIX, SOCK_STREAM, &address, sizeof(address));
}

static int signal_parent(void)
{
	return error_of(kill(getppid(), 0));
}

typedef int attempt(void);

#define DIR_ITSELF NULL

/* needs is all that allows the act, beneath that path. */
static const struct {
	const char *name;
	enum heel_class class;
	uint64_t right;
	uint64_t needs;
	const char *beneath;
	int denied;
	attempt *act;
	enum heel_port_kind kind;
	bool root;
} acts[] = {
	{"read a file", HEEL_CLASS_FS, HEEL_FS_READ_FILE, HEEL_FS_READ_FILE, DIR_ITSELF,
	 EACCES, read_file, 0, false},
	{"list a directory", HEEL_CLASS_FS, HEEL_FS_READ_DIR, HEEL_FS_READ_DIR,
	 DIR_ITSELF, EACCES, read_dir, 0, false},
	{"write a file", HEEL_CLASS_FS, HEEL_FS_WRITE_FILE, HEEL_FS_WRITE_FILE,
	 DIR_ITSELF, EACCES, write_file, 0, false},
	{"append to a file", HEEL_CLASS_FS, HEEL_FS_WRITE_FILE, HEEL_FS_WRITE_FILE,
	 DIR_ITSELF, EACCES, append_file, 0, false},
	{"truncate a file", HEEL_CLASS_FS, HEEL_FS_TRUNCATE, HEEL_FS_TRUNCATE, DIR_ITSELF,
	 EACCES, truncate_file, 0, false},
	{"make a file", HEEL_CLASS_FS, HEEL_FS_MAKE_REG, HEEL_FS_MAKE_REG, DIR_ITSELF,
	 EACCES, make_reg, 0, false},
	{"link a file", HEEL_CLASS_FS, HEEL_FS_MAKE_REG, HEEL_FS_MAKE_REG, DIR_ITSELF,
	 EACCES, link_file, 0, false},
	{"make a directory", HEEL_CLASS_FS, HEEL_FS_MAKE_DIR, HEEL_FS_MAKE_DIR,
	 DIR_ITSELF, EACCES, make_dir, 0, false},
	{"make a symbolic link", HEEL_CLASS_FS, HEEL_FS_MAKE_SYM, HEEL_FS_MAKE_SYM,
	 DIR_ITSELF, EACCES, make_sym, 0, false},
	{"make a FIFO", HEEL_CLASS_FS, HEEL_FS_MAKE_FIFO, HEEL_FS_MAKE_FIFO, DIR_ITSELF,
	 EACCES, make_fifo, 0, false},
	{"make a socket", HEEL_CLASS_FS, HEEL_FS_MAKE_SOCK, HEEL_FS_MAKE_SOCK, DIR_ITSELF,
	 EACCES, make_sock, 0, false},
	{"make a character device", HEEL_CLASS_FS, HEEL_FS_MAKE_CHAR, HEEL_FS_MAKE_CHAR,
	 DIR_ITSELF, EACCES, make_char, 0, true},
	{"make a block device", HEEL_CLASS_FS, HEEL_FS_MAKE_BLOCK, HEEL_FS_MAKE_BLOCK,
	 DIR_ITSELF, EACCES, make_block, 0, true},
	{"remove a file", HEEL_CLASS_FS, HEEL_FS_REMOVE_FILE, HEEL_FS_REMOVE_FILE,
	 DIR_ITSELF, EACCES, remove_file, 0, false},
	{"remove a directory", HEEL_CLASS_FS, HEEL_FS_REMOVE_DIR, HEEL_FS_REMOVE_DIR,
	 DIR_ITSELF, EACCES, remove_dir, 0, false},
	{"rename across directories", HEEL_CLASS_FS, HEEL_FS_REFER,
	 HEEL_FS_REFER | HEEL_FS_REMOVE_FILE | HEEL_FS_MAKE_REG, DIR_ITSELF, EXDEV,
	 rename_across, 0, false},
	{"link across directories", HEEL_CLASS_FS, HEEL_FS_REFER,
	 HEEL_FS_REFER | HEEL_FS_MAKE_REG, DIR_ITSELF, EXDEV, link_across, 0, false},
	{"execute a program", HEEL_CLASS_FS, HEEL_FS_EXECUTE,
	 HEEL_FS_EXECUTE | HEEL_FS_READ_FILE, "/", EACCES, execute, 0, false},
	{"control a device", HEEL_CLASS_FS, HEEL_FS_IOCTL_DEV,
	 HEEL_FS_IOCTL_DEV | HEEL_FS_READ_FILE, "/dev", EACCES, device_ioctl, 0, false},
	{"connect to a UNIX socket", HEEL_CLASS_FS, HEEL_FS_RESOLVE_UNIX,
	 HEEL_FS_RESOLVE_UNIX, DIR_ITSELF, EACCES, connect_path, 0, false},
	{"bind a TCP port", HEEL_CLASS_NET, HEEL_NET_BIND_TCP, 0, NULL, EACCES, bind_tcp,
	 HEEL_TCP_BIND, false},
	{"connect to a TCP port", HEEL_CLASS_NET, HEEL_NET_CONNECT_TCP, 0, NULL, EACCES,
	 connect_tcp, HEEL_TCP_CONNECT, false},
	{"bind a UDP port", HEEL_CLASS_NET, HEEL_NET_BIND_UDP, 0, NULL, EACCES, bind_udp,
	 HEEL_UDP_BIND, false},
	{"connect to a UDP port", HEEL_CLASS_NET, HEEL_NET_CONNECT_UDP, 0, NULL, EACCES,
	 connect_udp, HEEL_UDP_CONNECT, false},
	{"signal a process outside", HEEL_CLASS_SCOPE, HEEL_SCOPE_SIGNAL, 0, NULL, EPERM,
	 signal_parent, 0, false},
	{"connect to an abstract socket outside", HEEL_CLASS_SCOPE,
	 HEEL_SCOPE_ABSTRACT_UNIX_SOCKET, 0, NULL, EPERM, connect_abstract, 0, false},
};

/* --- What the acts work on --- */

static void bind_loopback(int type, struct sockaddr_in *ret)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	socklen_t length = sizeof(*ret);
	const int one = 1;

	*ret = (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)), 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)ret, sizeof(*ret)), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)ret, &length), 0);
	if (type == SOCK_STREAM)
		ck_assert_int_eq(listen(fd, 8), 0);
}

static void bind_unix(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* An address of the family alone: the kernel chooses an abstract name. */
	abstract_length = sizeof(abstract);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(sa_family_t)),
			 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&abstract, &abstract_length),
			 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	ck_assert_int_lt(
		snprintf(address.sun_path, sizeof(address.sun_path), "%s/listening", dir),
		(int)sizeof(address.sun_path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
}

/* Makes a directory anew, so that no act finds what another has left. */
static void new_dir(void)
{
	dir = test_tmpdir();
	(void)test_write_file(dir, "file", "text");
	(void)test_write_file(dir, "sub/file", "text");
	ck_assert_int_eq(mkdir(in_dir("empty"), 0755), 0);
	bind_unix();
}

static void setup(void)
{
	arena = (struct heel_arena){0};
	report = (struct heel_report){0};
	heel_kernel_query(&kernel);
	subject = (struct heel_subject){
		.user = "self",
		.uid = geteuid(),
		.gid = getegid(),
		.home = "/nonexistent/home",
	};
	bind_loopback(SOCK_STREAM, &tcp);
	bind_loopback(SOCK_DGRAM, &udp);
	new_dir();
	clear_policy();
}

static void teardown(void)
{
	heel_report_free(&report);
	heel_arena_free(&arena);
}

/* Does the act in a child, under the policy if it shall be confined; gives its errno. */
static int try_act(attempt *act, bool confined)
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		if (confined)
			confine();
		_exit(act());
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_ne(WEXITSTATUS(status), NOT_CONFINED);
	return WEXITSTATUS(status);
}

/* --- Every right --- */

static uint64_t all_of(enum heel_class class)
{
	return heel_rights_of_abi(class, kernel.abi);
}

static const char *beneath(size_t i)
{
	return acts[i].beneath ? acts[i].beneath : dir;
}

/* Everything but the right of that act. */
static void grant_all_but(size_t i)
{
	clear_policy();
	allow_all_ports();
	if (acts[i].class == HEEL_CLASS_FS)
		grant(beneath(i), all_of(HEEL_CLASS_FS) & ~acts[i].right);
	else
		grant("/", all_of(HEEL_CLASS_FS));
	if (acts[i].class == HEEL_CLASS_NET)
		policy.ports[acts[i].kind].any = false;
	if (acts[i].class == HEEL_CLASS_SCOPE)
		policy.scope = acts[i].right;
}

/* Nothing but what that act needs. */
static void grant_only(size_t i)
{
	static struct heel_port_range range;
	const struct sockaddr_in *address =
		acts[i].kind == HEEL_TCP_BIND || acts[i].kind == HEEL_TCP_CONNECT ? &tcp
										  : &udp;

	clear_policy();
	if (acts[i].needs)
		grant(beneath(i), acts[i].needs);
	policy.scope = all_of(HEEL_CLASS_SCOPE);
	if (acts[i].class == HEEL_CLASS_SCOPE)
		policy.scope &= ~acts[i].right;
	if (acts[i].class != HEEL_CLASS_NET)
		return;
	range.low = range.high = ntohs(address->sin_port);
	policy.ports[acts[i].kind].ranges = &range;
	policy.ports[acts[i].kind].n = 1;
}

/* True if the act can be tried: the kernel has the right, and outside it succeeds. */
static bool can_be_tried(size_t i)
{
	int outside;

	if (!(all_of(acts[i].class) & acts[i].right)) {
		(void)fprintf(stderr, "# SKIP %s: this kernel does not have it\n",
			      acts[i].name);
		return false;
	}
	if (acts[i].root && geteuid() != 0) {
		(void)fprintf(stderr, "# SKIP %s: that needs root\n", acts[i].name);
		return false;
	}
	outside = try_act(acts[i].act, false);
	if (acts[i].root && outside == EPERM) {
		(void)fprintf(stderr, "# SKIP %s: root may not do it here\n",
			      acts[i].name);
		return false;
	}
	ck_assert_msg(outside == 0, "%s outside: %s", acts[i].name, strerror(outside));
	new_dir();
	return true;
}

START_TEST(right_is_enforced)
{
	const size_t i = (size_t)_i;
	int result;

	if (!can_be_tried(i))
		return;
	grant_all_but(i);
	result = try_act(acts[i].act, true);
	ck_assert_msg(result == acts[i].denied, "%s without the right: %s", acts[i].name,
		      strerror(result));
	grant_only(i);
	result = try_act(acts[i].act, true);
	ck_assert_msg(result == 0, "%s with the right: %s", acts[i].name,
		      strerror(result));
}
END_TEST

START_TEST(nothing_is_allowed_by_default)
{
	const size_t i = (size_t)_i;
	int result;

	if (!can_be_tried(i))
		return;
	policy.scope = all_of(HEEL_CLASS_SCOPE);
	result = try_act(acts[i].act, true);
	ck_assert_msg(result == EACCES || result == EPERM, "%s: %s", acts[i].name,
		      strerror(result));
}
END_TEST

START_TEST(every_right_is_tried)
{
	const struct heel_right *rights;
	size_t n;

	rights = heel_rights(&n);
	for (size_t i = 0; i < n; i++) {
		bool found = false;

		for (size_t j = 0; j < HEEL_ARRAY_SIZE(acts); j++)
			found = found || (acts[j].class == rights[i].class &&
					  acts[j].right == rights[i].bit);
		ck_assert_msg(found, "%s", rights[i].name);
	}
}
END_TEST

/* --- Ports --- */

static uint16_t tried_port;

static int bind_tried_port(void)
{
	return bind_port(SOCK_STREAM, tried_port);
}

/* Nobody listens there: refused by the network means allowed by the domain. */
static int connect_tried_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(tried_port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int result = connect_to(AF_INET, SOCK_STREAM, &address, sizeof(address));

	return result == ECONNREFUSED ? 0 : result;
}

static struct heel_port_range listed[] = {
	{40001, 40003, {"p.conf", 5}},
	{40010, 40010, {"p.conf", 6}},
};

static struct heel_port_range chosen[] = {{0, 0, {"p.conf", 7}}};

static struct heel_port_range every[] = {{0, 65535, {"p.conf", 8}}};

/* ranges NULL: "any"; or a list. */
static const struct {
	enum heel_port_kind kind;
	struct heel_port_range *ranges;
	size_t n;
	uint16_t port;
	bool allowed;
} port_cases[] = {
	{HEEL_TCP_CONNECT, listed, 2, 40000, false},
	{HEEL_TCP_CONNECT, listed, 2, 40001, true},
	{HEEL_TCP_CONNECT, listed, 2, 40002, true},
	{HEEL_TCP_CONNECT, listed, 2, 40003, true},
	{HEEL_TCP_CONNECT, listed, 2, 40004, false},
	{HEEL_TCP_CONNECT, listed, 2, 40009, false},
	{HEEL_TCP_CONNECT, listed, 2, 40010, true},
	{HEEL_TCP_CONNECT, listed, 2, 40011, false},
	{HEEL_TCP_CONNECT, listed, 0, 40001, false},
	{HEEL_TCP_CONNECT, NULL, 0, 40000, true},
	{HEEL_TCP_CONNECT, every, 1, 65535, true},
	{HEEL_TCP_CONNECT, every, 1, 40000, true},
	{HEEL_TCP_BIND, listed, 2, 40001, true},
	{HEEL_TCP_BIND, listed, 2, 40004, false},
	{HEEL_TCP_BIND, listed, 2, 0, false},
	{HEEL_TCP_BIND, chosen, 1, 0, true},
	{HEEL_TCP_BIND, chosen, 1, 40001, false},
	{HEEL_TCP_BIND, NULL, 0, 0, true},
	{HEEL_TCP_BIND, NULL, 0, 40001, true},
};

START_TEST(ports_are_those_that_are_listed)
{
	const enum heel_port_kind kind = port_cases[_i].kind;
	attempt *act = kind == HEEL_TCP_BIND ? bind_tried_port : connect_tried_port;

	tried_port = port_cases[_i].port;
	ck_assert_int_eq(try_act(act, false), 0);
	/* Without any port at all there would be no sockets. */
	allow_all_ports();
	policy.ports[kind].any = port_cases[_i].ranges == NULL;
	policy.ports[kind].ranges = port_cases[_i].ranges;
	policy.ports[kind].n = port_cases[_i].n;
	ck_assert_int_eq(try_act(act, true), port_cases[_i].allowed ? 0 : EACCES);
}
END_TEST

/* Two ranges that overlap are 14 ports; those of another kind are others. */
START_TEST(every_kind_of_ports_has_its_own_rules)
{
	struct heel_port_range overlapping[] = {
		{40001, 40010, {"p.conf", 9}},
		{40005, 40014, {"p.conf", 10}},
	};
	size_t rules;
	int fd;

	policy.ports[HEEL_TCP_CONNECT].ranges = overlapping;
	policy.ports[HEEL_TCP_CONNECT].n = 2;
	ck_assert_int_eq(build(&fd, &rules), 0);
	ck_assert_uint_eq(rules, 14);
	policy.ports[HEEL_TCP_BIND].ranges = overlapping;
	policy.ports[HEEL_TCP_BIND].n = 2;
	ck_assert_int_eq(build(&fd, &rules), 0);
	ck_assert_uint_eq(rules, 28);
	tried_port = 40012;
	ck_assert_int_eq(try_act(connect_tried_port, true), 0);
	ck_assert_int_eq(try_act(bind_tried_port, true), 0);
}
END_TEST

/* --- Paths that are no directories --- */

static int rewrite_file(void)
{
	return try_open(in_dir("file"), O_WRONLY | O_TRUNC);
}

static int read_neighbour(void)
{
	return try_open(in_dir("sub/file"), O_RDONLY);
}

START_TEST(rule_for_a_file_is_for_that_file)
{
	ck_assert_int_eq(try_act(read_neighbour, false), 0);
	grant(in_dir("file"), HEEL_GRANT_WRITE | HEEL_FS_EXECUTE);
	ck_assert_int_eq(try_act(rewrite_file, true), 0);
	ck_assert_int_eq(try_act(read_file, true), 0);
	ck_assert_int_eq(try_act(remove_file, true), EACCES);
	ck_assert_int_eq(try_act(read_dir, true), EACCES);
	ck_assert_int_eq(try_act(read_neighbour, true), EACCES);
	ck_assert_int_eq(try_act(remove_file, false), 0);
}
END_TEST

static int open_null(void)
{
	return try_open("/dev/null", O_RDWR);
}

START_TEST(device_is_granted_by_itself_or_with_its_directory)
{
	ck_assert_int_eq(try_act(open_null, false), 0);
	ck_assert_int_eq(try_act(open_null, true), EACCES);
	grant("/dev/null", HEEL_GRANT_DEVICE);
	ck_assert_int_eq(try_act(open_null, true), 0);
	ck_assert_int_eq(try_act(device_ioctl, true), EACCES);
	clear_policy();
	grant("/dev", HEEL_GRANT_DEVICE);
	ck_assert_int_eq(try_act(open_null, true), 0);
	ck_assert_int_eq(try_act(device_ioctl, true), 0);
}
END_TEST

/* What a rule for an object of each kind may carry; none of them holds up anything. */
static const struct {
	mode_t type;
	const char *name;
	size_t rules; /* with all rights, and with those of directories alone */
	size_t rules_of_directories;
} objects[] = {
	{S_IFREG, "file", 1, 0},
	{S_IFDIR, "empty", 1, 1},
	{S_IFIFO, "made", 1, 0},
	{S_IFSOCK, "made", 1, 0},
};

START_TEST(object_has_the_rights_of_its_kind)
{
	const char *path = in_dir(objects[_i].name);
	size_t rules;
	int fd;

	if (strcmp(objects[_i].name, "made") == 0)
		ck_assert_int_eq(mknod(path, objects[_i].type | 0600, 0), 0);
	grant(path, all_of(HEEL_CLASS_FS));
	ck_assert_int_eq(build(&fd, &rules), 0);
	ck_assert_uint_eq(rules, objects[_i].rules);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	clear_policy();
	grant(path, HEEL_FS_READ_DIR | HEEL_FS_MAKE_REG);
	ck_assert_int_eq(build(&fd, &rules), 0);
	ck_assert_uint_eq(rules, objects[_i].rules_of_directories);
	ck_assert_uint_eq(report.n, 0);
}
END_TEST

/* --- Paths that cannot be opened --- */

/* Builds what must fail, leaving nothing open, with an error that has this place. */
static void assert_fails(int rc, unsigned int line, const char *text)
{
	size_t before = test_count_descriptors();
	size_t rules = 99;
	int fd = -99;

	ck_assert_int_eq(build(&fd, &rules), rc);
	ck_assert_int_eq(fd, -99);
	ck_assert_uint_eq(rules, 99);
	ck_assert_uint_eq(test_count_descriptors(), before);
	ck_assert_ptr_nonnull(heel_first_error(&report));
	ck_assert_uint_eq(heel_first_error(&report)->at.line, line);
	if (line)
		ck_assert_str_eq(heel_first_error(&report)->at.file, "p.conf");
	ck_assert_msg(strstr(heel_first_error(&report)->text, text) != NULL, "%s",
		      heel_first_error(&report)->text);
}

static void make_bad_paths(void)
{
	ck_assert_int_eq(symlink("/etc", in_dir("etc")), 0);
	ck_assert_int_eq(link(in_dir("file"), in_dir("hard")), 0);
}

static const struct {
	const char *name;
	int rc;
	const char *text;
} bad_paths[] = {
	{"nothing", -ENOENT, "/nothing: No such file"},
	{"nothing/file", -ENOENT, "/nothing/file: No such file"},
	{"sub/file/x", -ENOTDIR, "/sub/file is not a directory"},
	{"etc", -ELOOP, "/etc is a symbolic link"},
	{"etc/passwd", -ELOOP, "/etc is a symbolic link"},
	{"hard", -EMLINK, "/hard has other hard links"},
};

START_TEST(required_path_is_required)
{
	make_bad_paths();
	grant(in_dir("empty"), HEEL_GRANT_READ);
	grant(in_dir(bad_paths[_i].name), HEEL_GRANT_READ);
	assert_fails(bad_paths[_i].rc, 2, bad_paths[_i].text);
	ck_assert_uint_eq(heel_count(&report, HEEL_ERROR), 1);
}
END_TEST

START_TEST(optional_path_is_left_out_and_noted)
{
	size_t rules;
	int fd;

	make_bad_paths();
	grant(in_dir(bad_paths[_i].name), HEEL_GRANT_READ);
	paths[0].optional = true;
	grant(in_dir("empty"), HEEL_GRANT_READ);
	ck_assert_int_eq(build(&fd, &rules), 0);
	ck_assert_uint_eq(rules, 1);
	ck_assert_uint_eq(report.n, 1);
	ck_assert_int_eq(report.problems[0].severity, HEEL_NOTE);
	if (bad_paths[_i].rc == -ENOENT) { /* in few words: the path alone */
		ck_assert_uint_eq(report.problems[0].at.line, 0);
		ck_assert_ptr_nonnull(
			strstr(report.problems[0].text, in_dir(bad_paths[_i].name)));
		return;
	}
	ck_assert_uint_eq(report.problems[0].at.line, 1);
	ck_assert_ptr_nonnull(strstr(report.problems[0].text, bad_paths[_i].text));
}
END_TEST

START_TEST(every_missing_path_is_reported)
{
	grant(in_dir("one"), HEEL_GRANT_READ);
	grant(in_dir("empty"), HEEL_GRANT_READ);
	grant(in_dir("two"), HEEL_GRANT_READ);
	assert_fails(-ENOENT, 1, "/one");
	ck_assert_uint_eq(heel_count(&report, HEEL_ERROR), 2);
	ck_assert_uint_eq(report.problems[1].at.line, 3);
}
END_TEST

START_TEST(path_without_rights_here_is_required_all_the_same)
{
	size_t rules;
	int fd;

	if (all_of(HEEL_CLASS_FS) & HEEL_FS_RESOLVE_UNIX) {
		(void)fprintf(stderr, "# SKIP this kernel has every right\n");
		return;
	}
	grant(in_dir("file"), HEEL_FS_RESOLVE_UNIX);
	ck_assert_int_eq(build(&fd, &rules), 0);
	ck_assert_uint_eq(rules, 0);
	grant(in_dir("nothing"), HEEL_FS_RESOLVE_UNIX);
	ck_assert_int_eq(build(&fd, &rules), -ENOENT);
}
END_TEST

START_TEST(path_is_made_if_asked_for)
{
	struct stat st;
	size_t rules;
	int fd;

	grant(in_dir("made"), HEEL_GRANT_WRITE);
	paths[0].make = true;
	ck_assert_int_eq(build(&fd, &rules), 0);
	ck_assert_uint_eq(rules, 1);
	ck_assert_int_eq(lstat(in_dir("made"), &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFDIR | 0700);
	ck_assert_uint_eq(report.n, 0);
}
END_TEST

START_TEST(path_is_not_made_for_a_look)
{
	struct heel_opened *opened;
	struct heel_walk *walk;
	struct stat st;

	grant(in_dir("made"), HEEL_GRANT_WRITE);
	paths[0].make = true;
	grant(in_dir("file"), HEEL_GRANT_WRITE);
	compile();
	ck_assert_int_eq(heel_walk_begin(&subject, &walk, &report), 0);
	ck_assert_int_eq(heel_open_paths(&arena, plan, false, walk, &opened, &report), 0);
	ck_assert(opened[0].left_out);
	ck_assert_ptr_eq(opened[0].rule, &plan->paths[0]);
	ck_assert(!opened[1].left_out);
	ck_assert_ptr_eq(opened[1].rule, &plan->paths[1]);
	ck_assert_uint_eq(opened[1].access,
			  HEEL_FS_READ_FILE | HEEL_FS_WRITE_FILE | HEEL_FS_TRUNCATE);
	ck_assert_str_eq(opened[1].place.path, in_dir("file"));
	ck_assert_int_eq(heel_walk_end(walk, &report), 0);
	ck_assert_int_eq(lstat(in_dir("made"), &st), -1);
	ck_assert_uint_eq(heel_count(&report, HEEL_NOTE), 1);
}
END_TEST

static const struct {
	const char *home; /* NULL: one that is missing */
	bool optional;
	int rc;
} homes[] = {
	{"/etc", false, -EPERM},	 {"/etc", true, -EPERM}, {"/", true, -EPERM},
	{"relative", true, -EINVAL},	 {NULL, true, 0},	 {NULL, false, -ENOENT},
	{"/etc/passwd", true, -ENOTDIR},
};

START_TEST(path_in_a_bad_home_is_refused_even_if_optional)
{
	const char *home = homes[_i].home;
	size_t rules;
	int fd;

	subject.home = home ? home : in_dir("nothing");
	grant(home ? in_dir("file") : in_dir("nothing/x"), HEEL_GRANT_READ);
	paths[0].uses_home = true;
	paths[0].optional = homes[_i].optional;
	if (homes[_i].rc < 0)
		assert_fails(homes[_i].rc, 1, home ? "home directory" : "nothing");
	else
		ck_assert_int_eq(build(&fd, &rules), 0);
}
END_TEST

START_TEST(home_that_no_path_uses_is_not_judged)
{
	size_t rules;
	int fd;

	subject.home = "/etc";
	grant(in_dir("file"), HEEL_GRANT_READ);
	ck_assert_int_eq(build(&fd, &rules), 0);
	ck_assert_uint_eq(rules, 1);
}
END_TEST

/* --- Kernels and processes that have not enough --- */

/* Builds a plan that was changed after it was compiled. */
static int build_changed(struct heel_plan *changed)
{
	size_t rules;
	int fd = -1;
	int rc = heel_build_ruleset(&arena, changed, &subject, &fd, &rules, &report);

	if (rc < 0)
		ck_assert_int_eq(fd, -1);
	return rc;
}

START_TEST(ruleset_that_the_kernel_does_not_take_is_an_error)
{
	struct heel_plan changed;
	size_t before = test_count_descriptors();

	compile();
	changed = *plan;
	changed.attr.handled_access_fs |= UINT64_C(1) << 63;
	ck_assert_int_eq(build_changed(&changed), -EINVAL);
	ck_assert_ptr_nonnull(strstr(heel_first_error(&report)->text, "ruleset"));
	changed = *plan;
	changed.attr = (struct heel_landlock_ruleset_attr){0};
	ck_assert_int_eq(build_changed(&changed), -ENOMSG);
	ck_assert_uint_eq(test_count_descriptors(), before);
}
END_TEST

START_TEST(rule_that_the_kernel_does_not_take_is_an_error)
{
	struct heel_plan changed;
	size_t before = test_count_descriptors();

	grant(in_dir("empty"), HEEL_GRANT_READ);
	policy.ports[HEEL_TCP_BIND].ranges = listed;
	policy.ports[HEEL_TCP_BIND].n = 1;
	compile();
	changed = *plan;
	changed.attr.handled_access_fs = HEEL_FS_EXECUTE;
	ck_assert_int_eq(build_changed(&changed), -EINVAL);
	ck_assert_uint_eq(heel_first_error(&report)->at.line, 1);
	ck_assert_ptr_nonnull(strstr(heel_first_error(&report)->text, "/empty"));
	heel_report_free(&report);
	changed = *plan;
	changed.attr.handled_access_net = HEEL_NET_CONNECT_TCP;
	ck_assert_int_eq(build_changed(&changed), -EINVAL);
	ck_assert_uint_eq(heel_first_error(&report)->at.line, 5);
	ck_assert_ptr_nonnull(strstr(heel_first_error(&report)->text, "40001"));
	ck_assert_uint_eq(test_count_descriptors(), before);
}
END_TEST

START_TEST(want_of_descriptors_is_an_error)
{
	size_t before = test_count_descriptors(), failed = 0;
	struct rlimit limit;
	int rc = -1;

	grant(in_dir("sub/file"), HEEL_GRANT_READ);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	for (limit.rlim_cur = 0; rc < 0; limit.rlim_cur++) {
		size_t rules;
		int fd;

		heel_report_free(&report);
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
		rc = build(&fd, &rules);
		if (rc < 0) {
			failed++;
			ck_assert_int_eq(rc, -EMFILE);
			ck_assert_ptr_nonnull(heel_first_error(&report));
			ck_assert_uint_eq(test_count_descriptors(), before);
		}
	}
	/* The ruleset, and every component of the path. */
	ck_assert_uint_gt(failed, 5);
}
END_TEST

START_TEST(want_of_descriptors_leaves_out_no_optional_path)
{
	struct rlimit limit;
	size_t rules;
	int fd;

	grant(in_dir("sub/file"), HEEL_GRANT_READ);
	paths[0].optional = true;
	compile();
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 0;
	while (fcntl((int)limit.rlim_cur, F_GETFD) >= 0)
		limit.rlim_cur++;
	limit.rlim_cur++; /* for the ruleset alone */
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(heel_build_ruleset(&arena, plan, &subject, &fd, &rules, &report),
			 -EMFILE);
	ck_assert_uint_eq(heel_count(&report, HEEL_NOTE), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ruleset");
	TCase *tcase = tcase_create("ruleset");

	heel_kernel_query(&kernel);
	if (kernel.abi < HEEL_ABI_OLDEST)
		return test_skip_all("this kernel has no Landlock that heel can use");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, right_is_enforced, 0, HEEL_ARRAY_SIZE(acts));
	tcase_add_loop_test(tcase, nothing_is_allowed_by_default, 0,
			    HEEL_ARRAY_SIZE(acts));
	tcase_add_test(tcase, every_right_is_tried);
	tcase_add_loop_test(tcase, ports_are_those_that_are_listed, 0,
			    HEEL_ARRAY_SIZE(port_cases));
	tcase_add_test(tcase, every_kind_of_ports_has_its_own_rules);
	tcase_add_test(tcase, rule_for_a_file_is_for_that_file);
	tcase_add_test(tcase, device_is_granted_by_itself_or_with_its_directory);
	tcase_add_loop_test(tcase, object_has_the_rights_of_its_kind, 0,
			    HEEL_ARRAY_SIZE(objects));
	tcase_add_loop_test(tcase, required_path_is_required, 0,
			    HEEL_ARRAY_SIZE(bad_paths));
	tcase_add_loop_test(tcase, optional_path_is_left_out_and_noted, 0,
			    HEEL_ARRAY_SIZE(bad_paths));
	tcase_add_test(tcase, every_missing_path_is_reported);
	tcase_add_test(tcase, path_without_rights_here_is_required_all_the_same);
	tcase_add_test(tcase, path_is_made_if_asked_for);
	tcase_add_test(tcase, path_is_not_made_for_a_look);
	tcase_add_loop_test(tcase, path_in_a_bad_home_is_refused_even_if_optional, 0,
			    HEEL_ARRAY_SIZE(homes));
	tcase_add_test(tcase, home_that_no_path_uses_is_not_judged);
	tcase_add_test(tcase, ruleset_that_the_kernel_does_not_take_is_an_error);
	tcase_add_test(tcase, rule_that_the_kernel_does_not_take_is_an_error);
	tcase_add_test(tcase, want_of_descriptors_is_an_error);
	tcase_add_test(tcase, want_of_descriptors_leaves_out_no_optional_path);
	suite_add_tcase(suite, tcase);
	return test_run(suite);
}
