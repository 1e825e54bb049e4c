/* SPDX-License-Identifier: ISC */
/*
 * caller_session [OPTION...] USER COMMAND: opens a PAM session in a process of its own,
 * runs the command in it with bash(1) as the user, closes it, and ends with the command's
 * status.
 *
 *	-s SERVICE	the name of the service; "login" otherwise
 *	-p USER		opens and closes a session of this user before
 *	-t		runs a second thread
 *	-l		has a socket that listens
 *	-m		in the order of systemd's service manager: the process that has
 *			opened the session becomes the command, and a child that has
 *			become the user closes it
 *
 * Status 120 and a line "CALL: CODE TEXT" on stderr: a call of PAM failed; 121: something
 * else.
 */
#include <err.h>
#include <grp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PAM_FAILED = 120,
	OTHER_FAILED = 121,
};

static const char *command;

static int converse(int n, const struct pam_message **messages,
		    struct pam_response **responses, void *data)
{
	(void)messages;
	(void)data;
	*responses = calloc((size_t)n, sizeof(**responses));
	return *responses ? PAM_SUCCESS : PAM_BUF_ERR;
}

static const struct pam_conv conversation = {.conv = converse};

/* Ends the program when a call of PAM has failed. */
static void must(pam_handle_t *pam, const char *call, int code)
{
	if (code == PAM_SUCCESS)
		return;
	fprintf(stderr, "%s: %d %s\n", call, code, pam_strerror(pam, code));
	exit(PAM_FAILED);
}

static pam_handle_t *begin(const char *service, const char *user)
{
	pam_handle_t *pam = NULL;

	must(NULL, "pam_start", pam_start(service, user, &conversation, &pam));
	must(pam, "pam_acct_mgmt", pam_acct_mgmt(pam, 0));
	must(pam, "pam_setcred", pam_setcred(pam, PAM_ESTABLISH_CRED));
	must(pam, "pam_open_session", pam_open_session(pam, 0));
	return pam;
}

static void end(pam_handle_t *pam)
{
	must(pam, "pam_close_session", pam_close_session(pam, 0));
	must(pam, "pam_setcred", pam_setcred(pam, PAM_DELETE_CRED));
	must(pam, "pam_end", pam_end(pam, PAM_SUCCESS));
}

static void become(const struct passwd *user, bool with_groups)
{
	if ((with_groups ? initgroups(user->pw_name, user->pw_gid) : setgroups(0, NULL)) <
		    0 ||
	    setresgid(user->pw_gid, user->pw_gid, user->pw_gid) < 0 ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid) < 0)
		err(OTHER_FAILED, "cannot become %s", user->pw_name);
}

/* The process becomes the command, in the session's environment. */
_Noreturn static void execute(char **environment)
{
	execle("/bin/bash", "bash", "-c", command, (char *)NULL, environment);
	err(OTHER_FAILED, "/bin/bash");
}

/* The command's status, or 128 and the signal that has ended it. */
static int wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) < 0)
		err(OTHER_FAILED, "waitpid");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run(pam_handle_t *pam, const struct passwd *user)
{
	pid_t pid = fork();

	if (pid < 0)
		err(OTHER_FAILED, "fork");
	if (pid == 0) {
		become(user, true);
		execute(pam_getenvlist(pam));
	}
	return wait_for(pid);
}

/* --- systemd's order ----------------------------------------------------------- */

/* (sd-pam): as the user, waits for its parent's death and ends the session. */
_Noreturn static void close_later(pam_handle_t *pam, const struct passwd *user,
				  pid_t parent, int ready)
{
	sigset_t term;
	int code, received;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	become(user, false);
	if (prctl(PR_SET_NAME, "(sd-pam)") < 0 || prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
		err(OTHER_FAILED, "prctl");
	if (write(ready, "", 1) != 1)
		err(OTHER_FAILED, "write");
	while (getppid() == parent && sigwait(&term, &received) == 0)
		;
	code = pam_setcred(pam, PAM_DELETE_CRED | PAM_SILENT);
	if (code == PAM_SUCCESS)
		code = pam_close_session(pam, PAM_SILENT);
	if (code != PAM_SUCCESS)
		fprintf(stderr, "(sd-pam): %d %s\n", code, pam_strerror(pam, code));
	pam_end(pam, code | PAM_DATA_SILENT);
	_exit(code == PAM_SUCCESS ? 0 : PAM_FAILED);
}

/* The service's own process. */
_Noreturn static void serve(const char *service, const struct passwd *user)
{
	pam_handle_t *pam = begin(service, user->pw_name);
	char **environment = pam_getenvlist(pam);
	pid_t parent = getpid(), pid;
	sigset_t term;
	int ready[2];
	char byte;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	if (pipe(ready) < 0 || sigprocmask(SIG_BLOCK, &term, NULL) < 0 ||
	    (pid = fork()) < 0)
		err(OTHER_FAILED, "fork");
	if (pid == 0)
		close_later(pam, user, parent, ready[1]);
	if (sigprocmask(SIG_UNBLOCK, &term, NULL) < 0 || close(ready[1]) < 0 ||
	    read(ready[0], &byte, 1) != 1 || close(ready[0]) < 0)
		errx(OTHER_FAILED, "no (sd-pam)");
	become(user, true);
	execute(environment);
}

/* The manager: waits for the service and for what it leaves behind. */
static int manage(const char *service, const struct passwd *user)
{
	int status, result;
	pid_t pid;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 || (pid = fork()) < 0)
		err(OTHER_FAILED, "fork");
	if (pid == 0)
		serve(service, user);
	result = wait_for(pid);
	while ((pid = wait(&status)) > 0)
		if (status != 0) {
			fprintf(stderr, "(sd-pam) ended with %#x\n",
				(unsigned int)status);
			result = OTHER_FAILED;
		}
	return result;
}

/* --- What a caller must not be ------------------------------------------------- */

static void *idle(void *data)
{
	(void)data;
	pause();
	return NULL;
}

static void start_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, idle, NULL) != 0)
		errx(OTHER_FAILED, "no thread");
}

static void start_listening(void)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, 1) < 0)
		err(OTHER_FAILED, "no socket");
}

int main(int argc, char **argv)
{
	const char *service = "login", *before = NULL;
	const struct passwd *user;
	pam_handle_t *pam;
	bool manager = false;
	int option, status;

	while ((option = getopt(argc, argv, "s:p:tlm")) != -1)
		switch (option) {
		case 's':
			service = optarg;
			break;
		case 'p':
			before = optarg;
			break;
		case 't':
			start_thread();
			break;
		case 'l':
			start_listening();
			break;
		case 'm':
			manager = true;
			break;
		default:
			return OTHER_FAILED;
		}
	if (argc - optind != 2 || !(user = getpwnam(argv[optind])))
		errx(OTHER_FAILED, "no user");
	command = argv[optind + 1];
	if (manager)
		return manage(service, user);
	if (before) {
		end(begin(service, before));
		user = getpwnam(argv[optind]);
	}
	pam = begin(service, argv[optind]);
	status = run(pam, user);
	end(pam);
	return status;
}
