/* SPDX-License-Identifier: ISC */
/*
 * caller [-d] SERVICE USER PROBE: opens a PAM session, and becomes the probe as the user.
 *The calls of PAM are between the marks of trace.h.
 *
 *	-d	in sshd's order: a child, which makes the second call of setcred and does
 *		not look at its answer, becomes the probe
 *
 * Status 120: a call of PAM was refused; "disorder:" tells what of the process is not as
 * it was before, but for limits and umask, of which "changed:" tells. Status 121:
 *something else.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "trace.h"

#define REFUSED	     120
#define OTHER_FAILED 121
#define GROUPS_MOST  64
#define LIMITS	     16
#define FD_MOST	     256

/* What a service's process has for its own, and finds again after a refusal. */
struct state {
	int fsuid, fsgid;
	uid_t ids[6];
	int n_groups;
	gid_t groups[GROUPS_MOST];
	ino_t directory;
	bool open[FD_MOST];
	mode_t mask;
	struct rlimit limits[LIMITS];
};

/* --- The marks ------------------------------------------------------------------ */

/* To memory.so, if it is there. */
static void arm(bool on)
{
	void *symbol = dlsym(RTLD_DEFAULT, "faults_arm");
	void (*function)(int);

	if (!symbol)
		return;
	memcpy(&function, &symbol, sizeof(function));
	function(on);
}

static void begin_part(void)
{
	arm(true);
	(void)prctl(MARK, 1);
}

static void end_part(void)
{
	(void)prctl(MARK, 0);
	arm(false);
}

/* Of libaudit: libpam then writes no records of its own, as on a kernel without audit. */
int audit_open(void);
int audit_open(void)
{
	errno = EPROTONOSUPPORT;
	return -1;
}

/* --- The process ---------------------------------------------------------------- */

/* The module's mark of a process that is confined, or would have been. */
static bool is_mark(int fd)
{
	char link[32], path[64];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	return strncmp(path, "/memfd:heel:", 12) == 0;
}

static void look(struct state *ret)
{
	struct stat directory;

	memset(ret, 0, sizeof(*ret));
	ret->fsuid = setfsuid((uid_t)-1);
	ret->fsgid = setfsgid((gid_t)-1);
	ret->n_groups = getgroups(GROUPS_MOST, ret->groups);
	if (ret->n_groups < 0 || stat(".", &directory) < 0 ||
	    getresuid(&ret->ids[0], &ret->ids[1], &ret->ids[2]) < 0 ||
	    getresgid(&ret->ids[3], &ret->ids[4], &ret->ids[5]) < 0)
		err(OTHER_FAILED, "cannot look at this process");
	ret->directory = directory.st_ino;
	for (int fd = STDERR_FILENO + 1; fd < FD_MOST; fd++)
		ret->open[fd] = fcntl(fd, F_GETFD) >= 0;
	ret->mask = umask(0);
	(void)umask(ret->mask);
	for (int i = 0; i < LIMITS; i++)
		(void)getrlimit((__rlimit_resource_t)i, &ret->limits[i]);
}

static void compare(const struct state *before)
{
	struct state now;
	bool leaked = false;

	look(&now);
	for (int fd = STDERR_FILENO + 1; fd < FD_MOST; fd++)
		if (now.open[fd] != before->open[fd] && !is_mark(fd)) {
			leaked = true;
			printf("%d ", fd);
		}
	if (now.fsuid != before->fsuid || now.fsgid != before->fsgid ||
	    now.n_groups != before->n_groups ||
	    memcmp(now.groups, before->groups, sizeof(now.groups)) != 0)
		printf("disorder: fsuid %d, fsgid %d, %d groups\n", now.fsuid, now.fsgid,
		       now.n_groups);
	if (memcmp(now.ids, before->ids, sizeof(now.ids)) != 0)
		puts("disorder: ids");
	if (now.directory != before->directory)
		puts("disorder: directory");
	if (leaked)
		puts("disorder: descriptors");
	/* Once it is confined, the process is of no use for anybody else. */
	if ((now.mask != before->mask ||
	     memcmp(now.limits, before->limits, sizeof(now.limits)) != 0) &&
	    prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 0)
		puts("changed: limits or umask");
}

/* --- The session ---------------------------------------------------------------- */

static int converse(int n, const struct pam_message **messages,
		    struct pam_response **responses, void *data)
{
	(void)data;
	for (int i = 0; i < n; i++)
		(void)dprintf(STDERR_FILENO, "%s\n", messages[i]->msg);
	*responses = calloc((size_t)n, sizeof(**responses));
	return *responses ? PAM_SUCCESS : PAM_BUF_ERR;
}

static const struct pam_conv conversation = {.conv = converse};

/* As sshd does it: the answer of setcred is not what the session hangs on. */
static int open_session(pam_handle_t *pam)
{
	int code;

	begin_part();
	code = pam_acct_mgmt(pam, 0);
	if (code == PAM_SUCCESS) {
		(void)pam_setcred(pam, PAM_ESTABLISH_CRED);
		code = pam_open_session(pam, 0);
	}
	end_part();
	return code;
}

_Noreturn static void become(pam_handle_t *pam, const struct passwd *user,
			     const char *probe)
{
	char **environment = pam_getenvlist(pam), uid[16];

	(void)snprintf(uid, sizeof(uid), "%u", user->pw_uid);
	if (initgroups(user->pw_name, user->pw_gid) < 0 ||
	    setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0)
		err(OTHER_FAILED, "cannot become %s", user->pw_name);
	execle(probe, "probe", uid, (char *)NULL, environment);
	err(OTHER_FAILED, "%s", probe);
}

_Noreturn static void run_child(pam_handle_t *pam, const struct passwd *user,
				const char *probe)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		err(OTHER_FAILED, "fork");
	if (pid == 0) {
		begin_part();
		(void)pam_setcred(pam, PAM_REINITIALIZE_CRED);
		end_part();
		become(pam, user, probe);
	}
	if (waitpid(pid, &status, 0) < 0)
		err(OTHER_FAILED, "waitpid");
	exit(WIFEXITED(status) ? WEXITSTATUS(status) : OTHER_FAILED);
}

int main(int argc, char **argv)
{
	bool child = argc > 1 && strcmp(argv[1], "-d") == 0;
	pam_handle_t *pam = NULL;
	struct passwd user, *found;
	struct state before;
	char buffer[1024];

	argv += child;
	if (argc - child != 4)
		errx(OTHER_FAILED, "SERVICE USER PROBE");
	if (getpwnam_r(argv[2], &user, buffer, sizeof(buffer), &found) != 0 || !found)
		errx(OTHER_FAILED, "no user");
	if (pam_start(argv[1], argv[2], &conversation, &pam) != PAM_SUCCESS)
		errx(OTHER_FAILED, "pam_start");
	/* libpam's own lines; that descriptor stays open. */
	openlog("caller", LOG_NDELAY, LOG_AUTHPRIV);
	look(&before);
	if (open_session(pam) != PAM_SUCCESS) {
		compare(&before);
		puts("refused");
		return REFUSED;
	}
	if (child)
		run_child(pam, &user, argv[3]);
	become(pam, &user, argv[3]);
}
