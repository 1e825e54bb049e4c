/* SPDX-License-Identifier: ISC */
/* Asks the running kernel what it can do, and tries whether it does. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "access.h"
#include "kernel.h"

#define SELFTEST_MILLISECONDS 5000

static long create_ruleset(const struct heel_landlock_ruleset_attr *attr, size_t size,
			   unsigned int flags)
{
	return syscall(HEEL_SYS_LANDLOCK_CREATE_RULESET, attr, size, flags);
}

/* A filter action that can be asked about is one that can be used. */
static bool has_seccomp(void)
{
	const unsigned int action = SECCOMP_RET_ERRNO;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/* Asks for what is set; a kernel that has no such call takes none of the arguments. */
static bool has_mdwe(void)
{
	return prctl(HEEL_PR_GET_MDWE, 0, 0, 0, 0) >= 0;
}

void heel_kernel_query(struct heel_kernel *ret)
{
	struct heel_kernel kernel = {0};
	struct utsname name;
	long answer;

	if (uname(&name) == 0)
		(void)snprintf(kernel.release, sizeof(kernel.release), "%.64s",
			       name.release);
	/* By asking, never by release: distributions bring rights to older kernels. */
	answer = create_ruleset(NULL, 0, HEEL_LANDLOCK_CREATE_VERSION);
	if (answer > 0)
		kernel.abi = (int)answer;
	else
		kernel.landlock_error = answer < 0 ? errno : ENOSYS;
	answer = kernel.abi >= 7 ? create_ruleset(NULL, 0, HEEL_LANDLOCK_CREATE_ERRATA)
				 : 0;
	kernel.errata = answer > 0 ? (unsigned int)answer : 0;
	kernel.seccomp = has_seccomp();
	kernel.mdwe = has_mdwe();
	*ret = kernel;
}

/* Nests domains until the kernel allows no more, and exits with their number. */
__attribute__((noreturn)) static void nest_domains(int ruleset)
{
	int n = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		while (n < HEEL_LANDLOCK_MAX_LAYERS &&
		       syscall(HEEL_SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0)
			n++;
	_exit(n);
}

unsigned int heel_count_layers(void)
{
	const struct heel_landlock_ruleset_attr attr = {.handled_access_fs =
								HEEL_FS_MAKE_BLOCK};
	HEEL_CLOSE int ruleset = -1;
	int status;
	long pid;

	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) <= 0)
		return 0;
	ruleset = (int)create_ruleset(&attr, sizeof(attr.handled_access_fs), 0);
	if (ruleset < 0)
		return 0;
	/* Without a signal when it ends: the caller may have a handler for its children.
	 */
	pid = syscall(SYS_clone, 0UL, NULL, NULL, NULL, 0UL);
	if (pid == 0)
		nest_domains(ruleset);
	if (pid < 0 || TEMP_FAILURE_RETRY(waitpid((pid_t)pid, &status, __WALL)) != pid ||
	    !WIFEXITED(status))
		return 0;
	return HEEL_LANDLOCK_MAX_LAYERS - (unsigned int)WEXITSTATUS(status);
}

/* What the acts below work on, made before there is a domain. */
struct stage {
	pid_t outside; /* a process that stays outside */
	struct sockaddr_in
		closed_tcp;	/* bound and never listening: connecting is refused */
	struct sockaddr_in udp; /* a datagram socket */
	struct sockaddr_un abstract; /* a listening abstract socket */
	socklen_t abstract_length;
};

/* Each act returns 0 or the errno of what it tried. */
typedef int act(const struct stage *stage);

static int try_open(const char *path, int flags)
{
	HEEL_CLOSE int fd = open(path, flags | O_CLOEXEC);

	return fd < 0 ? errno : 0;
}

static int read_inside(const struct stage *stage)
{
	(void)stage;
	return try_open("/usr", O_RDONLY | O_DIRECTORY);
}

static int read_outside(const struct stage *stage)
{
	(void)stage;
	return try_open("/", O_RDONLY | O_DIRECTORY);
}

static int write_outside(const struct stage *stage)
{
	(void)stage;
	return try_open("/dev/zero", O_WRONLY);
}

/* A device without terminal settings answers ENOTTY; the domain answers before it. */
static int device_ioctl(const struct stage *stage)
{
	HEEL_CLOSE int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct winsize size;

	(void)stage;
	if (fd < 0)
		return errno;
	return ioctl(fd, TIOCGWINSZ, &size) < 0 ? errno : 0;
}

static int bind_tcp(const struct stage *stage)
{
	HEEL_CLOSE int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in any = stage->closed_tcp;

	any.sin_port = 0;
	if (fd < 0)
		return errno;
	return bind(fd, (const struct sockaddr *)&any, sizeof(any)) < 0 ? errno : 0;
}

static int connect_tcp(const struct stage *stage)
{
	HEEL_CLOSE int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	return connect(fd, (const struct sockaddr *)&stage->closed_tcp,
		       sizeof(stage->closed_tcp)) < 0
		       ? errno
		       : 0;
}

static int fast_open(const struct stage *stage)
{
	HEEL_CLOSE int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	return sendto(fd, "", 1, MSG_FASTOPEN | MSG_NOSIGNAL,
		      (const struct sockaddr *)&stage->closed_tcp,
		      sizeof(stage->closed_tcp)) < 0
		       ? errno
		       : 0;
}

static int send_udp(const struct stage *stage)
{
	HEEL_CLOSE int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	return sendto(fd, "", 1, MSG_NOSIGNAL, (const struct sockaddr *)&stage->udp,
		      sizeof(stage->udp)) < 0
		       ? errno
		       : 0;
}

/* A parent in another process namespace has no number here; 0 would be one's own group.
 */
static int signal_outside(const struct stage *stage)
{
	if (stage->outside <= 0)
		return ESRCH;
	return kill(stage->outside, 0) < 0 ? errno : 0;
}

static int connect_abstract(const struct stage *stage)
{
	HEEL_CLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno;
	return connect(fd, (const struct sockaddr *)&stage->abstract,
		       stage->abstract_length) < 0
		       ? errno
		       : 0;
}

/*
 * outside is what the act gives where nothing restricts it: ports that nobody listens
 * on, a device without terminal settings. denied is the errno that the domain must
 * give; 0: the act must go on working.
 */
static const struct {
	const char *name;
	int abi;
	bool known_gap;
	int outside;
	int denied;
	act *act;
} trials[HEEL_TRIALS] = {
	{"reading inside the rules goes on", 1, false, 0, 0, read_inside},
	{"reading outside the rules", 1, false, 0, EACCES, read_outside},
	{"writing outside the rules", 1, false, 0, EACCES, write_outside},
	{"binding a TCP port", 4, false, 0, EACCES, bind_tcp},
	{"connecting to a TCP port", 4, false, ECONNREFUSED, EACCES, connect_tcp},
	{"control calls on devices", 5, false, ENOTTY, EACCES, device_ioctl},
	{"signalling a process outside", 6, false, 0, EPERM, signal_outside},
	{"connecting to an abstract UNIX socket outside", 6, false, 0, EPERM,
	 connect_abstract},
	{"sending UDP datagrams", 10, false, 0, EACCES, send_udp},
	{"connecting by TCP Fast Open", 4, true, ECONNREFUSED, EACCES, fast_open},
};

static int bind_loopback(int type, struct sockaddr_in *ret)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	*ret = address;
	if (fd < 0)
		return -1;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&address, &length) == 0)
		*ret = address;
	return fd; /* stays open, so that nobody else gets the port */
}

/*
 * Runs in the child, which is about to end: descriptors stay open. What cannot be made
 * here shows as an act that fails already before the domain.
 */
static void set_stage(struct stage *stage)
{
	int fd;

	(void)bind_loopback(SOCK_STREAM, &stage->closed_tcp);
	(void)bind_loopback(SOCK_DGRAM, &stage->udp);
	stage->abstract.sun_family = AF_UNIX;
	stage->abstract_length = sizeof(stage->abstract);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* An address of the family alone: the kernel chooses an abstract name. */
	if (fd >= 0 &&
	    bind(fd, (const struct sockaddr *)&stage->abstract, sizeof(sa_family_t)) ==
		    0 &&
	    listen(fd, 4) == 0)
		(void)getsockname(fd, (struct sockaddr *)&stage->abstract,
				  &stage->abstract_length);
}

static int add_rule(int ruleset, const char *path, uint64_t access)
{
	HEEL_CLOSE int fd = open(path, O_PATH | O_CLOEXEC);
	const struct heel_landlock_path_beneath attr = {access, fd};

	if (fd < 0 || syscall(HEEL_SYS_LANDLOCK_ADD_RULE, ruleset,
			      HEEL_LANDLOCK_RULE_PATH_BENEATH, &attr, 0) != 0)
		return -1;
	return 0;
}

/* Handles all that the kernel claims, and grants what two of the acts need. */
static int enter_domain(int abi)
{
	const struct heel_landlock_ruleset_attr attr = {
		.handled_access_fs = heel_rights_of_abi(HEEL_CLASS_FS, abi),
		.handled_access_net = heel_rights_of_abi(HEEL_CLASS_NET, abi),
		.scoped = heel_rights_of_abi(HEEL_CLASS_SCOPE, abi),
	};
	int ruleset = (int)create_ruleset(&attr, sizeof(attr), 0);

	if (ruleset < 0 || add_rule(ruleset, "/usr", HEEL_GRANT_READ) < 0 ||
	    add_rule(ruleset, "/dev/null", HEEL_FS_READ_FILE | HEEL_FS_WRITE_FILE) < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return syscall(HEEL_SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0 ? 0 : -1;
}

/* An act that fails by itself proves nothing, unless the domain answers before it can. */
static enum heel_trial_result judge(size_t i, int abi, int before, int inside)
{
	const int denied = trials[i].denied;

	if (trials[i].abi > abi)
		return HEEL_TRIAL_NOT_HERE;
	if (inside == denied && before != EACCES && before != EPERM)
		return HEEL_TRIAL_ENFORCED;
	return before == trials[i].outside ? HEEL_TRIAL_NOT_ENFORCED
					   : HEEL_TRIAL_IMPOSSIBLE;
}

/* The child's whole life: every act before, the domain, every act again, and the answer.
 */
static void run_child(int abi, int answer_fd)
{
	enum heel_trial_result results[HEEL_TRIALS];
	struct stage stage = {.outside = getppid()};
	int before[HEEL_TRIALS];
	ssize_t written;

	set_stage(&stage);
	for (size_t i = 0; i < HEEL_TRIALS; i++)
		before[i] = trials[i].act(&stage);
	if (enter_domain(abi) < 0)
		_exit(EXIT_FAILURE);
	for (size_t i = 0; i < HEEL_TRIALS; i++)
		results[i] = judge(i, abi, before[i], trials[i].act(&stage));
	written = write(answer_fd, results, sizeof(results));
	_exit(written == (ssize_t)sizeof(results) ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* True if the whole answer came in time. It is one write of less than PIPE_BUF bytes. */
static bool read_answer(int fd, enum heel_trial_result results[static HEEL_TRIALS])
{
	const ssize_t size = (ssize_t)(HEEL_TRIALS * sizeof(*results));
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	int ready;

	do
		ready = poll(&poll_fd, 1, SELFTEST_MILLISECONDS);
	while (ready < 0 && errno == EINTR);
	return ready == 1 && read(fd, results, (size_t)size) == size;
}

static int run_trials(int abi, enum heel_trial_result results[static HEEL_TRIALS],
		      struct heel_report *report)
{
	HEEL_CLOSE int reading = -1;
	HEEL_CLOSE int writing = -1;
	const struct heel_origin nowhere = {0};
	bool answered;
	int ends[2];
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return heel_fail(report, errno, nowhere, "no pipe for the self-test: %s",
				 strerror(errno));
	reading = ends[0];
	writing = ends[1];
	child = fork();
	if (child < 0)
		return heel_fail(report, errno, nowhere,
				 "no process for the self-test: %s", strerror(errno));
	if (child == 0)
		run_child(abi, writing);
	heel_close_fd(&writing);
	writing = -1;
	answered = read_answer(reading, results);
	(void)kill(child, SIGKILL); /* has ended, or has had its time */
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	if (!answered)
		return heel_fail(
			report, EIO, nowhere,
			"the self-test's domain could not be entered or did not answer");
	return 0;
}

int heel_kernel_selftest(const struct heel_kernel *kernel,
			 struct heel_trial ret[static HEEL_TRIALS],
			 struct heel_report *report)
{
	enum heel_trial_result results[HEEL_TRIALS] = {0};
	int rc;

	if (kernel->abi == 0)
		return heel_fail(report, kernel->landlock_error, (struct heel_origin){0},
				 "there is no Landlock to test");
	rc = run_trials(kernel->abi, results, report);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < HEEL_TRIALS; i++) {
		ret[i] = (struct heel_trial){trials[i].name, trials[i].abi,
					     trials[i].known_gap, results[i]};
		if (results[i] == HEEL_TRIAL_NOT_ENFORCED && !trials[i].known_gap)
			rc = heel_fail(report, EIO, (struct heel_origin){0},
				       "the kernel claims Landlock ABI %d and does not "
				       "enforce: %s",
				       kernel->abi, trials[i].name);
	}
	return rc;
}
