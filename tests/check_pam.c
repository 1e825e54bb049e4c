/* SPDX-License-Identifier: ISC */
/*
 * pam_heel.so as it was built, called by PAM from stacks of our own: who gets in, what is
 * confined and when, what is answered and what is said, and that no failure, not even
 * want of memory, lets somebody go on without a domain.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <security/pam_appl.h>
#include <security/pam_modules.h>

#include "access.h"
#include "kernel.h"
#include "test.h"

TEST_LIVE_PROGRAM

/* LeakSanitizer cannot be had in a domain, and ASan has an allocator of its own. */
#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER 1
#endif
#endif

static const char *module; /* its path */
static const char *user;   /* whose sessions these are; never root */
static uid_t user_id;
static const char *policy; /* the policy directory */
static const char *stacks; /* PAM's directory */
static const char *files;  /* what sessions may, or may not, read */

/* --- A policy, and stacks --- */

/* What the module itself reads when it is called once more in the domain. */
#define SYSTEM_PATHS "\"/usr\", \"/etc\", \"/proc\", \"-/lib\", \"-/lib64\", \"-/run\""

static const char heel_conf[] = "version = 1;\n"
				"assign = ( { user = \"*\"; profile = \"work\"; } );\n";

static void write_conf(const char *text)
{
	(void)test_write_file(policy, "heel.conf", text);
}

static void write_work(const char *more)
{
	(void)test_write_file(policy, "profiles.d/work.conf",
			      test_format("filesystem = { read = [ " SYSTEM_PATHS
					  ", \"%s\", "
					  "\"%s/inside\" ]; };\n%s",
					  policy, files, more));
}

/* Written by default: what may be installed here must not matter. */
static void write_service(const char *service, const char *text)
{
	(void)test_write_file(policy, test_format("services.d/%s.conf", service), text);
}

static const char *config(void)
{
	return test_format("config=%s", policy);
}

/* Of the lines only setcred's may be without the policy's place. */
static void write_lines(const char *service, const char *auth, const char *others)
{
	(void)test_write_file(stacks, service,
			      test_format("auth optional %s %s\n"
					  "auth required pam_permit.so\n"
					  "account requisite %s %s\n"
					  "session requisite %s %s\n",
					  module, auth, module, others, module, others));
}

static void write_stack(const char *service, const char *arguments)
{
	const char *all = test_format("%s %s", config(), arguments);

	write_lines(service, all, all);
}

static void setup(void)
{
	policy = test_tmpdir();
	stacks = test_tmpdir();
	files = test_tmpdir();
	(void)test_write_file(files, "inside/file", "");
	(void)test_write_file(files, "outside/file", "");
	(void)test_write_file(files, "service/file", "");
	write_conf(heel_conf);
	write_work("");
}

/* --- Conversations and handles --- */

static char told[8192];
static unsigned int messages;
static int message_style;
static int conversation_answer;
static void (*in_conversation)(void);

static int converse(int n, const struct pam_message **message, struct pam_response **ret,
		    void *data)
{
	(void)data;
	for (int i = 0; i < n; i++) {
		const size_t length = strlen(told);

		(void)snprintf(told + length, sizeof(told) - length, "%s\n",
			       message[i]->msg);
		message_style = message[i]->msg_style;
		messages++;
	}
	if (in_conversation)
		in_conversation();
	*ret = calloc((size_t)n, sizeof(**ret));
	return *ret ? conversation_answer : PAM_BUF_ERR;
}

static const struct pam_conv conversation = {.conv = converse};

static pam_handle_t *start_with(const struct pam_conv *conv, const char *service,
				const char *name)
{
	pam_handle_t *handle = NULL;
	int rc = pam_start_confdir(service, name, conv, stacks, &handle);

	ck_assert_int_eq(rc, PAM_SUCCESS);
	return handle;
}

static pam_handle_t *start(const char *service, const char *name)
{
	return start_with(&conversation, service, name);
}

/* A handle of a service whose stack has these arguments, and whose file is empty. */
static pam_handle_t *start_stack(const char *service, const char *arguments)
{
	write_stack(service, arguments);
	write_service(service, "");
	return start(service, user);
}

static void end(pam_handle_t *handle)
{
	ck_assert_int_eq(pam_end(handle, PAM_SUCCESS), PAM_SUCCESS);
}

/* --- Is it confined? --- */

enum state {
	CONFINED = 50, /* unlike what a process that was ended gives */
	FREE,
	ODD,
	REFUSED = 100, /* and PAM's answer */
};

static int try_open(const char *name)
{
	HEEL_CLOSE int fd =
		open(test_format("%s/%s/file", files, name), O_RDONLY | O_CLOEXEC);

	return fd < 0 ? errno : 0;
}

static enum state state(void)
{
	const int error = try_open("outside");

	if (try_open("inside") != 0)
		return ODD;
	if (error == 0)
		return FREE;
	return error == EACCES && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
			       prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 2
		       ? CONFINED
		       : ODD;
}

static int state_after(int rc)
{
	return rc == PAM_SUCCESS ? (int)state() : REFUSED + rc;
}

/* Runs the act in a child; gives what it returned, or 1 if the process was ended. */
static int in_child(int (*act)(pam_handle_t *handle), pam_handle_t *handle)
{
	pid_t child = fork();
	int status;

	ck_assert_int_ge(child, 0);
	if (child == 0)
		_exit(act(handle));
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_msg(WIFEXITED(status), "signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

static int look(pam_handle_t *handle)
{
	(void)handle;
	return (int)state();
}

static int open_session(pam_handle_t *handle)
{
	return state_after(pam_open_session(handle, 0));
}

static void assert_answer(int rc, int expected)
{
	ck_assert_msg(rc == expected, "%s, not %s; %s", pam_strerror(NULL, rc),
		      pam_strerror(NULL, expected), told);
}

/* Only root confines sessions of others. */
static bool cannot_confine_root(const char *what)
{
	if (geteuid() == 0)
		return false;
	(void)fprintf(stderr, "# SKIP %s: it needs root\n", what);
	return true;
}

/* --- Who gets in --- */

#define REASON		"heel: your session is not started because "
#define OUT_OF_ORDER	"the policy of this system is not in order"
#define UNKNOWN_USER	"your account is not known here"
#define NO_PROFILE	"no profile can be assigned to your account"
#define CANNOT		"this system cannot enforce your profile"
#define OTHER_DOOR	"your account may run certain commands only, and not in this way"
#define MISSING		"something that your profile needs is missing"

#define ASSIGN(entries) "version = 1;\nassign = ( " entries " );\n"
#define UNCONFINED	ASSIGN("{ user = \"*\"; profile = \"unconfined\"; }")
#define BROKEN		"version = 1;\nassign = ( {\n"
#define NOBODY		"version = 1;\n"
#define UNRESOLVED                                                                       \
	ASSIGN("{ group = \"heel-no-such-group\"; profile = \"unconfined\"; },"          \
	       "{ user = \"*\"; profile = \"work\"; }")
#define NO_FILE "network = { unix_connect = \"/heel-no-such-file\"; };\n"

/* Names: NULL is PAM's NULL, "USER" the user, "LONG" 4096 letters. */
static const struct {
	const char *what;
	const char *service;
	const char *name;
	const char *conf;      /* NULL: all are "work" */
	const char *work;      /* of the profile; NULL: it can be enforced */
	const char *needs;     /* services.d; NULL: an empty file */
	const char *arguments; /* NULL: the policy's place only */
	int account, session;
	const char *reason; /* in the last message; NULL: nothing was said */
} visits[] = {
	{"user of a profile", "su", "USER", NULL, NULL, NULL, NULL, PAM_SUCCESS,
	 PAM_SUCCESS, NULL},
	{"all arguments", "su", "USER", NULL, NULL, NULL,
	 "debug defer strict_root rescue=x", PAM_SUCCESS, PAM_SUCCESS, NULL},
	{"no directory", "su", "USER", NULL, NULL, NULL, "config=/heel-no-such-dir",
	 PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, OUT_OF_ORDER},
	{"empty heel.conf", "su", "USER", "", NULL, NULL, NULL, PAM_SYSTEM_ERR,
	 PAM_SYSTEM_ERR, OUT_OF_ORDER},
	{"syntax error", "su", "USER", BROKEN, NULL, NULL, NULL, PAM_SYSTEM_ERR,
	 PAM_SYSTEM_ERR, OUT_OF_ORDER},
	{"syntax error in the profile", "su", "USER", NULL, "umask = 9;\n", NULL, NULL,
	 PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, OUT_OF_ORDER},
	{"no such profile", "su", "USER", ASSIGN("{ user = \"*\"; profile = \"x\"; }"),
	 NULL, NULL, NULL, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, OUT_OF_ORDER},
	{"error in the service's file", "su", "USER", NULL, NULL, "x = 1;\n", NULL,
	 PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, OUT_OF_ORDER},
	{"unknown argument", "su", "USER", NULL, NULL, NULL, "nodefer", PAM_SYSTEM_ERR,
	 PAM_SYSTEM_ERR, OUT_OF_ORDER},
	{"relative directory", "su", "USER", NULL, NULL, NULL, "config=etc/heel",
	 PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, OUT_OF_ORDER},
	{"no assignment", "su", "USER", NOBODY, NULL, NULL, NULL, PAM_PERM_DENIED,
	 PAM_PERM_DENIED, NO_PROFILE},
	{"group that does not resolve", "su", "USER", UNRESOLVED, NULL, NULL, NULL,
	 PAM_PERM_DENIED, PAM_PERM_DENIED, NO_PROFILE},
	{"unknown user", "su", "heel-no-such-user", NULL, NULL, NULL, NULL,
	 PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, UNKNOWN_USER},
	{"NULL user", "su", NULL, NULL, NULL, NULL, NULL, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR,
	 UNKNOWN_USER},
	{"empty user", "su", "", NULL, NULL, NULL, NULL, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR,
	 UNKNOWN_USER},
	{"long user", "su", "LONG", NULL, NULL, NULL, NULL, PAM_SYSTEM_ERR,
	 PAM_SYSTEM_ERR, UNKNOWN_USER},
	{"path as user", "su", "../../etc/passwd", NULL, NULL, NULL, NULL, PAM_SYSTEM_ERR,
	 PAM_SYSTEM_ERR, UNKNOWN_USER},
	{"control characters as user", "su", "a\n<86>sshd[1]: \x1b[2J", NULL, NULL, NULL,
	 NULL, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, UNKNOWN_USER},
	/* what the kernel lacks is known before the session; what is missing is not */
	{"kernel too old", "su", "USER",
	 "version = 1;\nminimum_abi = 999;\n"
	 "assign = ( { user = \"*\"; profile = \"work\"; } );\n",
	 NULL, NULL, NULL, PAM_SYSTEM_ERR, PAM_SYSTEM_ERR, CANNOT},
	{"missing path", "su", "USER", NULL, NO_FILE, NULL, NULL, PAM_SUCCESS,
	 PAM_SYSTEM_ERR, MISSING},
	{"path that the service misses", "su", "USER", NULL, NULL, NO_FILE, NULL,
	 PAM_SUCCESS, PAM_SYSTEM_ERR, MISSING},
	/* no restriction at all, and nothing that could be in the way of it */
	{"unconfined", "su", "USER", UNCONFINED, NULL, NULL, NULL, PAM_SUCCESS,
	 PAM_SUCCESS, NULL},
	{"unconfined, nothing else in order", "su", "USER",
	 "version = 1;\nminimum_abi = 99;\n"
	 "assign = ( { user = \"*\"; profile = \"unconfined\"; } );\n",
	 "umask = 9;\n", "x = 1;\n", NULL, PAM_SUCCESS, PAM_SUCCESS, NULL},
	/* commands, which take another login shell than the one who runs this has */
	{"commands", "su", "USER", NULL, "commands = ( );\n", NULL, NULL, PAM_PERM_DENIED,
	 PAM_PERM_DENIED, OTHER_DOOR},
	{"commands, in a service without a login shell", "cron", "USER", NULL,
	 "commands = \"/bin/true\";\n", NULL, NULL, PAM_PERM_DENIED, PAM_PERM_DENIED,
	 OTHER_DOOR},
	/* services */
	{"service that is none of ours", "gdm", "USER", NULL, NULL, NULL, NULL,
	 PAM_SUCCESS, PAM_PERM_DENIED, NO_PROFILE},
	{"the same, unconfined", "gdm", "USER", UNCONFINED, NULL, NULL, NULL, PAM_SUCCESS,
	 PAM_SUCCESS, NULL},
	{"the same, syntax error", "gdm", "USER", BROKEN, NULL, NULL, NULL, PAM_SUCCESS,
	 PAM_SYSTEM_ERR, OUT_OF_ORDER},
	{"the same, no assignment", "gdm", "USER", NOBODY, NULL, NULL, NULL, PAM_SUCCESS,
	 PAM_PERM_DENIED, NO_PROFILE},
	{"the same, unknown user", "gdm", "heel-no-such-user", NULL, NULL, NULL, NULL,
	 PAM_SUCCESS, PAM_SYSTEM_ERR, UNKNOWN_USER},
	{"the same, NULL user", "gdm", NULL, NULL, NULL, NULL, NULL, PAM_SUCCESS,
	 PAM_SYSTEM_ERR, UNKNOWN_USER},
	{"listed service", "gdm", "USER",
	 "version = 1;\nservices = [ \"gd?\" ];\n"
	 "assign = ( { user = \"*\"; profile = \"work\"; } );\n",
	 NULL, NULL, NULL, PAM_SUCCESS, PAM_SUCCESS, NULL},
	{"service that is not listed", "su", "USER",
	 "version = 1;\nservices = [ \"gdm\" ];\n"
	 "assign = ( { user = \"*\"; profile = \"work\"; } );\n",
	 NULL, NULL, NULL, PAM_SUCCESS, PAM_PERM_DENIED, NO_PROFILE},
	{"no services", "su", "USER",
	 "version = 1;\nservices = [ ];\n"
	 "assign = ( { user = \"*\"; profile = \"work\"; } );\n",
	 NULL, NULL, NULL, PAM_SUCCESS, PAM_PERM_DENIED, NO_PROFILE},
	{"service of an assignment", "su", "USER",
	 ASSIGN("{ user = \"*\"; service = \"login\"; profile = \"unconfined\"; },"
		"{ service = \"su\"; profile = \"work\"; }"),
	 NULL, NULL, NULL, PAM_SUCCESS, PAM_SUCCESS, NULL},
	/* to libpam all names of services are small */
	{"service in capitals", "SU", "USER", NULL, NULL, NULL, NULL, PAM_SUCCESS,
	 PAM_SUCCESS, NULL},
	{"long service", "LONG", "USER", NULL, NULL, NULL, NULL, PAM_SUCCESS,
	 PAM_PERM_DENIED, NO_PROFILE},
	{"long service, unconfined", "LONG", "USER", UNCONFINED, NULL, NULL, NULL,
	 PAM_SUCCESS, PAM_SUCCESS, NULL},
};

static const char *name_of(const char *name)
{
	static char letters[4096 + 1];

	if (!name || strcmp(name, "USER") == 0)
		return name ? user : NULL;
	if (strcmp(name, "LONG") != 0)
		return name;
	memset(letters, 'a', sizeof(letters) - 1);
	return letters;
}

static void prepare_visit(int i)
{
	const char *arguments = visits[i].arguments ? visits[i].arguments : "";
	const char *file =
		strcmp(visits[i].service, "SU") == 0 ? "su" : visits[i].service;

	if (visits[i].conf)
		write_conf(visits[i].conf);
	if (visits[i].work)
		write_work(visits[i].work);
	write_service(file, visits[i].needs ? visits[i].needs : "");
	/* For want of a file of its own a service has this one. */
	write_stack(strcmp(file, "LONG") == 0 ? "other" : file, arguments);
}

static void assert_told(const char *reason)
{
	if (!reason) {
		ck_assert_str_eq(told, "");
		return;
	}
	ck_assert_uint_eq(messages, 1);
	ck_assert_int_eq(message_style, PAM_ERROR_MSG);
	ck_assert_str_eq(told, test_format(REASON "%s; please tell your administrator.\n",
					   reason));
	/* where the fault is, is the administrator's business */
	ck_assert_ptr_null(strchr(told, '/'));
	ck_assert_ptr_null(strstr(told, ".conf"));
	told[0] = '\0';
	messages = 0;
}

static void assert_visit(int i, int rc, int expected)
{
	ck_assert_msg(rc == expected, "%s: %s, not %s; %s", visits[i].what,
		      pam_strerror(NULL, rc), pam_strerror(NULL, expected), told);
	assert_told(rc == PAM_SUCCESS ? NULL : visits[i].reason);
}

START_TEST(visitor_gets_in_or_is_told_why_not)
{
	const char *conf = visits[_i].conf ? visits[_i].conf : "";
	const bool confined =
		visits[_i].session == PAM_SUCCESS && strstr(conf, UNCONFINED) == NULL &&
		strstr(conf, "{ user = \"*\"; profile = \"unconfined\"; }") == NULL;
	pam_handle_t *handle;

	prepare_visit(_i);
	handle = start(name_of(visits[_i].service), name_of(visits[_i].name));
	ck_assert_int_eq(state(), FREE);
	assert_visit(_i, pam_acct_mgmt(handle, 0), visits[_i].account);
	ck_assert_int_eq(state(), FREE); /* account never confines */
	assert_visit(_i, pam_open_session(handle, 0), visits[_i].session);
	ck_assert_msg(state() == (confined ? CONFINED : FREE), "%s: %d", visits[_i].what,
		      (int)state());
	/* For want of an open session this is libpam's own answer. */
	if (visits[_i].session == PAM_SUCCESS)
		assert_answer(pam_close_session(handle, 0), PAM_SUCCESS);
	end(handle);
}
END_TEST

START_TEST(silence_is_kept)
{
	pam_handle_t *handle;

	prepare_visit(_i);
	handle = start(name_of(visits[_i].service), name_of(visits[_i].name));
	(void)pam_acct_mgmt(handle, PAM_SILENT);
	(void)pam_open_session(handle, PAM_SILENT);
	ck_assert_uint_eq(messages, 0);
	end(handle);
}
END_TEST

/* In sudo the account is of the one who asks, whose policy is no matter. */
static const struct {
	const char *name;
	const char *conf;
	const char *work;
	int account;
} askers[] = {
	{"USER", NULL, NULL, PAM_SUCCESS},
	{"USER", NOBODY, NULL, PAM_SUCCESS},
	{"USER", UNRESOLVED, NULL, PAM_SUCCESS},
	{"USER", NULL, "umask = 9;\n", PAM_SUCCESS},
	{"heel-no-such-user", NULL, NULL, PAM_SUCCESS},
	{NULL, NULL, NULL, PAM_SUCCESS},
	{"USER", BROKEN, NULL, PAM_SYSTEM_ERR},
	{"USER", "", NULL, PAM_SYSTEM_ERR},
	{NULL, BROKEN, NULL, PAM_SYSTEM_ERR},
};

START_TEST(account_of_sudo_asks_only_whether_there_is_a_policy)
{
	static const char *const services[] = {"sudo", "sudo-i"};

	if (askers[_i].conf)
		write_conf(askers[_i].conf);
	if (askers[_i].work)
		write_work(askers[_i].work);
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(services); i++) {
		pam_handle_t *handle;

		write_stack(services[i], "");
		write_service(services[i], "");
		handle = start(services[i], name_of(askers[_i].name));
		assert_answer(pam_acct_mgmt(handle, 0), askers[_i].account);
		end(handle);
	}
}
END_TEST

/* By hand, from SPEC section 7. */
static const char *const services[] = {
	"sshd",	  "login",	  "su",		 "su-l",    "sudo",
	"sudo-i", "runuser",	  "runuser-l",	 "cron",    "crond",
	"atd",	  "systemd-user", "xrdp-sesman", "cockpit", "remote",
};

START_TEST(session_of_each_service_is_confined)
{
	pam_handle_t *handle = start_stack(services[_i], "");

	assert_answer(pam_acct_mgmt(handle, 0), PAM_SUCCESS);
	ck_assert_int_eq(state(), FREE);
	assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
	ck_assert_int_eq(state(), CONFINED);
	end(handle);
}
END_TEST

START_TEST(policy_that_others_can_write_is_none)
{
	pam_handle_t *handle = start_stack("su", "");

	assert_answer(pam_acct_mgmt(handle, 0), PAM_SUCCESS);
	ck_assert_int_eq(chmod(policy, 0757), 0);
	assert_answer(pam_acct_mgmt(handle, 0), PAM_PERM_DENIED);
	assert_told(OUT_OF_ORDER);
	assert_answer(pam_open_session(handle, 0), PAM_PERM_DENIED);
	ck_assert_int_eq(state(), FREE);
	end(handle);
}
END_TEST

/* What a caller may have put there instead of somebody to talk to. */
static const struct pam_conv no_conversation = {.conv = NULL};

START_TEST(user_who_cannot_be_told_is_refused_all_the_same)
{
	pam_handle_t *handle;

	write_conf(NOBODY);
	write_stack("su", "");
	handle = start_with(&no_conversation, "su", user);
	assert_answer(pam_acct_mgmt(handle, 0), PAM_PERM_DENIED);
	assert_answer(pam_open_session(handle, 0), PAM_PERM_DENIED);
	end(handle);
	conversation_answer = PAM_CONV_ERR;
	handle = start("su", user);
	assert_answer(pam_open_session(handle, 0), PAM_PERM_DENIED);
	ck_assert_uint_eq(messages, 1);
	end(handle);
}
END_TEST

/* --- The session --- */

static bool is_in_status(const char *line)
{
	char text[256];
	FILE *file = fopen("/proc/self/status", "re");
	bool found = false;

	ck_assert_ptr_nonnull(file);
	while (fgets(text, sizeof(text), file))
		found = found || strcmp(text, line) == 0;
	ck_assert_int_eq(fclose(file), 0);
	return found;
}

START_TEST(session_has_all_that_its_profile_says)
{
	pam_handle_t *handle;

	write_work("umask = \"027\";\nenvironment = { set = [ \"GREETING=hello\", "
		   "\"WHO=${user}/${uid}\" ]; unset = \"EDITOR\"; };\n");
	handle = start_stack("su", "");
	assert_answer(pam_putenv(handle, "EDITOR=ed"), PAM_SUCCESS);
	assert_answer(pam_acct_mgmt(handle, 0), PAM_SUCCESS);
	ck_assert_ptr_null(pam_getenv(handle, "HEEL_PROFILE"));
	ck_assert_int_eq(try_open("outside"), 0);
	ck_assert(is_in_status("NoNewPrivs:\t0\n"));
	assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
	ck_assert_int_eq(try_open("outside"), EACCES);
	ck_assert_int_eq(try_open("inside"), 0);
	ck_assert(is_in_status("NoNewPrivs:\t1\n"));
	ck_assert(is_in_status("Seccomp:\t2\n"));
	ck_assert_uint_eq(umask(0), 027);
	ck_assert_uint_eq(heel_count_layers(), 1);
	ck_assert_pstr_eq(pam_getenv(handle, "HEEL_PROFILE"), "work");
	ck_assert_pstr_eq(pam_getenv(handle, "GREETING"), "hello");
	ck_assert_pstr_eq(pam_getenv(handle, "WHO"),
			  test_format("%s/%u", user, (unsigned int)user_id));
	ck_assert_pstr_eq(pam_getenv(handle, "EDITOR"), "ed"); /* the service's own */
	assert_answer(pam_close_session(handle, 0), PAM_SUCCESS);
	ck_assert_int_eq(state(), CONFINED); /* a domain has no end */
	end(handle);
}
END_TEST

START_TEST(unconfined_session_has_nothing_of_it)
{
	pam_handle_t *handle = start_stack("su", "");

	write_conf(UNCONFINED);
	assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
	ck_assert_int_eq(state(), FREE);
	ck_assert_int_eq(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
	ck_assert_ptr_null(pam_getenv(handle, "HEEL_PROFILE"));
	end(handle);
}
END_TEST

START_TEST(child_of_the_caller_is_confined_with_it)
{
	pam_handle_t *handle = start_stack("su", "");

	assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
	ck_assert_int_eq(in_child(look, handle), CONFINED);
	end(handle);
}
END_TEST

START_TEST(sessions_nest_until_the_kernel_allows_no_more)
{
	pam_handle_t *handle = start_stack("su", "");
	size_t before;

	assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
	before = test_count_descriptors();
	for (unsigned int i = 2; i <= HEEL_LANDLOCK_MAX_LAYERS; i++) {
		assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
		ck_assert_uint_eq(heel_count_layers(), i);
		ck_assert_int_eq(state(), CONFINED);
	}
	ck_assert_str_eq(told, "");
	assert_answer(pam_open_session(handle, 0), PAM_SYSTEM_ERR);
	assert_told("too many restricted sessions are nested");
	ck_assert_int_eq(state(), CONFINED);
	ck_assert_uint_eq(test_count_descriptors(), before);
	end(handle);
}
END_TEST

START_TEST(handles_do_not_know_of_each_other)
{
	pam_handle_t *one = start_stack("su", "");
	pam_handle_t *other = start_stack("login", "");

	assert_answer(pam_acct_mgmt(one, 0), PAM_SUCCESS);
	write_conf(NOBODY);
	assert_answer(pam_acct_mgmt(other, 0), PAM_PERM_DENIED);
	write_conf(heel_conf);
	assert_answer(pam_open_session(other, 0), PAM_SUCCESS);
	ck_assert_ptr_null(pam_getenv(one, "HEEL_PROFILE"));
	assert_answer(pam_open_session(one, 0), PAM_SUCCESS);
	ck_assert_uint_eq(heel_count_layers(), 2);
	end(other);
	assert_answer(pam_close_session(one, 0), PAM_SUCCESS);
	end(one);
}
END_TEST

static pam_handle_t *inner;
static int inner_state;

static void open_inner(void)
{
	in_conversation = NULL;
	inner_state = open_session(inner);
}

START_TEST(handle_within_the_conversation_of_another_works)
{
	pam_handle_t *outer = start_stack("login", "config=/heel-no-such-dir");

	inner = start_stack("su", "");
	in_conversation = open_inner;
	assert_answer(pam_open_session(outer, 0), PAM_SYSTEM_ERR);
	ck_assert_int_eq(inner_state, CONFINED);
	ck_assert_int_eq(state(), CONFINED);
	end(inner);
	end(outer);
}
END_TEST

/* --- Callers that cannot be confined --- */

START_TEST(process_is_confined_for_one_user_only)
{
	pam_handle_t *handle = start_stack("su", "strict_root");
	pam_handle_t *other = start("su", "root");

	if (cannot_confine_root("process of two users"))
		return;
	assert_answer(pam_acct_mgmt(other, 0), PAM_SUCCESS);
	assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
	end(handle);
	assert_answer(pam_open_session(other, 0), PAM_PERM_DENIED);
	assert_told("your profile cannot be enforced");
	ck_assert_uint_eq(heel_count_layers(), 1);
	/* a process of its own is another matter */
	ck_assert_int_eq(in_child(open_session, other), CONFINED);
	end(other);
}
END_TEST

static void *wait_for_end(void *lock)
{
	(void)pthread_mutex_lock(lock);	  /* of a default mutex: cannot fail */
	(void)pthread_mutex_unlock(lock); /* likewise */
	return NULL;
}

/* The second service would be ended for its failure, were it not for the others. */
static const char *const shared[] = {"su", "sshd", "login"};

START_TEST(caller_with_threads_is_refused_and_goes_on)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pam_handle_t *handle = start_stack(shared[_i], "");
	pthread_t thread;

	(void)pthread_mutex_lock(&lock); /* cannot fail */
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_end, &lock), 0);
	assert_answer(pam_acct_mgmt(handle, 0), PAM_SUCCESS);
	assert_answer(pam_open_session(handle, 0), PAM_PERM_DENIED);
	assert_told("your profile cannot be enforced");
	ck_assert_int_eq(state(), FREE);
	(void)pthread_mutex_unlock(&lock); /* cannot fail */
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
	ck_assert_int_eq(state(), CONFINED);
	end(handle);
}
END_TEST

START_TEST(caller_that_listens_is_refused_and_goes_on)
{
	pam_handle_t *handle = start_stack(shared[_i], "");
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	assert_answer(pam_open_session(handle, 0), PAM_PERM_DENIED);
	assert_told("your profile cannot be enforced");
	ck_assert_int_eq(state(), FREE);
	ck_assert_int_eq(close(fd), 0);
	assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
	ck_assert_int_eq(state(), CONFINED);
	end(handle);
}
END_TEST

/* Some callers go on after a failure: they are ended. */
static const struct {
	const char *service;
	bool ends;
} endings[] = {
	{"sshd", true},	 {"sudo", true},    {"sudo-i", true},	     {"su", false},
	{"su-l", false}, {"login", false},  {"cron", false},	     {"runuser", false},
	{"atd", false},	 {"remote", false}, {"systemd-user", false},
};

START_TEST(failing_session_ends_the_process_of_those_that_would_go_on)
{
	const int refused = endings[_i].ends ? 1 : REFUSED + PAM_SYSTEM_ERR;
	const int denied = endings[_i].ends ? 1 : REFUSED + PAM_PERM_DENIED;
	pam_handle_t *handle = start_stack(endings[_i].service, "");

	ck_assert_int_eq(in_child(open_session, handle), CONFINED); /* the control */
	write_conf(BROKEN);
	ck_assert_int_eq(in_child(open_session, handle), refused);
	write_conf(NOBODY);
	ck_assert_int_eq(in_child(open_session, handle), denied);
	write_conf(heel_conf);
	write_work(NO_FILE);
	ck_assert_int_eq(in_child(open_session, handle), refused);
	/* account says no, and nothing more */
	write_conf(NOBODY);
	if (strncmp(endings[_i].service, "sudo", 4) != 0)
		assert_answer(pam_acct_mgmt(handle, 0), PAM_PERM_DENIED);
	end(handle);
}
END_TEST

/* --- auth --- */

START_TEST(module_authenticates_nobody)
{
	pam_handle_t *handle;

	(void)test_write_file(stacks, "su",
			      test_format("auth sufficient %s %s\n", module, config()));
	handle = start("su", user);
	ck_assert_int_ne(pam_authenticate(handle, 0), PAM_SUCCESS);
	end(handle);
	(void)test_write_file(stacks, "su",
			      test_format("auth required %s %s\n", module, config()));
	handle = start("su", user);
	ck_assert_int_ne(pam_authenticate(handle, 0), PAM_SUCCESS);
	end(handle);
	/* the control: with one that does */
	handle = start_stack("su", "");
	assert_answer(pam_authenticate(handle, 0), PAM_SUCCESS);
	end(handle);
}
END_TEST

typedef int service_function(pam_handle_t *handle, int flags, int argc,
			     const char **argv);

/* A function of the module, to be called without a stack. */
static service_function *function_of(void *library, const char *name)
{
	service_function *function = NULL;
	void *symbol = dlsym(library, name);

	ck_assert_msg(symbol != NULL, "%s", name);
	memcpy(&function, &symbol, sizeof(function));
	return function;
}

START_TEST(module_answers_for_itself)
{
	void *library = dlopen(module, RTLD_NOW);
	const char *argv[] = {config(), "strict_root"};
	pam_handle_t *handle = start_stack("su", "");

	ck_assert_ptr_nonnull(library);
	ck_assert_int_eq(function_of(library, "pam_sm_authenticate")(handle, 0, 2, argv),
			 PAM_IGNORE);
	ck_assert_int_eq(function_of(library, "pam_sm_close_session")(handle, 0, 2, argv),
			 PAM_SUCCESS);
	ck_assert_int_eq(function_of(library, "pam_sm_acct_mgmt")(handle, 0, 2, argv),
			 PAM_SUCCESS);
	/* A handle without a service has none that could be confined. */
	assert_answer(pam_set_item(handle, PAM_SERVICE, ""), PAM_SUCCESS);
	ck_assert_int_eq(function_of(library, "pam_sm_acct_mgmt")(handle, 0, 2, argv),
			 PAM_SUCCESS);
	ck_assert_int_eq(function_of(library, "pam_sm_open_session")(handle, 0, 2, argv),
			 PAM_PERM_DENIED);
	ck_assert_int_eq(state(), FREE);
	end(handle);
}
END_TEST

/* --- What the service needs --- */

static const char *service_rules(void)
{
	return test_format("filesystem = { read = \"%s/service\"; };\n", files);
}

START_TEST(session_has_what_the_service_needs)
{
	pam_handle_t *handle = start_stack("su", "");

	write_service("su", service_rules());
	assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
	ck_assert_int_eq(state(), CONFINED);
	ck_assert_int_eq(try_open("service"), 0);
	end(handle);
}
END_TEST

START_TEST(session_has_nothing_of_what_another_service_needs)
{
	pam_handle_t *handle = start_stack("su", "");

	write_service("login", service_rules());
	ck_assert_int_eq(try_open("service"), 0);
	assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
	ck_assert_int_eq(try_open("service"), EACCES);
	end(handle);
}
END_TEST

/* --- Confining the user's child instead --- */

/* As sshd does, up to the point where it forks. */
static pam_handle_t *open_deferred(const char *arguments)
{
	pam_handle_t *handle = start_stack("sshd", arguments);

	assert_answer(pam_setcred(handle, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
	return handle;
}

static int set_credentials(pam_handle_t *handle)
{
	return state_after(pam_setcred(handle, PAM_REINITIALIZE_CRED));
}

static int set_credentials_again(pam_handle_t *handle)
{
	const int first = set_credentials(handle);

	return first == set_credentials(handle) && heel_count_layers() == 1 ? first : ODD;
}

static int delete_credentials(pam_handle_t *handle)
{
	return state_after(pam_setcred(handle, PAM_DELETE_CRED));
}

static int read_service_file(pam_handle_t *handle)
{
	return set_credentials(handle) == CONFINED ? try_open("service") : ODD;
}

static int fork_once_more(pam_handle_t *handle)
{
	return in_child(set_credentials, handle);
}

START_TEST(deferred_session_confines_the_child_and_not_its_parent)
{
	pam_handle_t *handle = open_deferred("defer");

	ck_assert_int_eq(state(), FREE);
	ck_assert_int_eq(in_child(set_credentials, handle), CONFINED);
	ck_assert_int_eq(state(), FREE);
	ck_assert_int_eq(in_child(set_credentials_again, handle), CONFINED);
	ck_assert_int_eq(in_child(fork_once_more, handle), CONFINED);
	assert_answer(pam_close_session(handle, 0), PAM_SUCCESS);
	assert_answer(pam_setcred(handle, PAM_DELETE_CRED), PAM_SUCCESS);
	ck_assert_int_eq(state(), FREE);
	ck_assert_str_eq(told, "");
	end(handle);
}
END_TEST

static bool has_variable(pam_handle_t *handle, const char *name, const char *value)
{
	const char *found = pam_getenv(handle, name);

	return found ? value && strcmp(found, value) == 0 : !value;
}

static int has_new_variables(pam_handle_t *handle)
{
	return set_credentials(handle) == CONFINED &&
			       has_variable(handle, "HEEL_PROFILE", "work") &&
			       has_variable(handle, "OLD", NULL) &&
			       has_variable(handle, "NEW", "1")
		       ? CONFINED
		       : ODD;
}

/* Never the variables of one policy with the rules of another. */
START_TEST(child_has_the_variables_of_the_policy_that_confines_it)
{
	pam_handle_t *handle;

	write_work("environment = { set = \"OLD=1\"; };\n");
	handle = open_deferred("defer");
	write_work("environment = { set = \"NEW=1\"; };\n");
	ck_assert_int_eq(in_child(has_new_variables, handle), CONFINED);
	end(handle);
}
END_TEST

START_TEST(nothing_is_deferred_where_nobody_asked_for_it)
{
	pam_handle_t *handle = open_deferred("");

	ck_assert_int_eq(state(), CONFINED);
	ck_assert_int_eq(in_child(set_credentials_again, handle), CONFINED);
	end(handle);
}
END_TEST

START_TEST(child_has_nothing_of_what_the_service_needs)
{
	pam_handle_t *handle = open_deferred("defer");

	write_service("sshd", service_rules());
	ck_assert_int_eq(try_open("service"), 0);
	ck_assert_int_eq(in_child(read_service_file, handle), EACCES);
	end(handle);
}
END_TEST

START_TEST(deleting_credentials_confines_nobody)
{
	pam_handle_t *handle = open_deferred("defer");

	ck_assert_int_eq(in_child(delete_credentials, handle), FREE);
	assert_answer(pam_setcred(handle, PAM_DELETE_CRED), PAM_SUCCESS);
	ck_assert_int_eq(state(), FREE);
	/* and is no first call that something could be deferred by */
	end(handle);
	handle = start("sshd", user);
	assert_answer(pam_setcred(handle, PAM_DELETE_CRED), PAM_SUCCESS);
	assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
	ck_assert_int_eq(state(), CONFINED);
	end(handle);
}
END_TEST

/* The stack of auth need not say where the policy is. */
START_TEST(child_is_confined_by_the_policy_of_the_session)
{
	pam_handle_t *handle;

	write_lines("sshd", "defer", test_format("%s defer", config()));
	write_service("sshd", "");
	handle = start("sshd", user);
	assert_answer(pam_setcred(handle, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
	ck_assert_int_eq(state(), FREE);
	ck_assert_int_eq(in_child(set_credentials, handle), CONFINED);
	end(handle);
}
END_TEST

static const int credential_flags[] = {
	0, PAM_ESTABLISH_CRED, PAM_REINITIALIZE_CRED, PAM_REFRESH_CRED, PAM_SILENT,
};

START_TEST(second_call_in_the_same_process_confines_that)
{
	pam_handle_t *handle = open_deferred("defer");

	write_service("sshd", service_rules());
	ck_assert_int_eq(state(), FREE);
	assert_answer(pam_setcred(handle, credential_flags[_i]), PAM_SUCCESS);
	ck_assert_int_eq(state(), CONFINED);
	/* as the session call would have */
	ck_assert_int_eq(try_open("service"), 0);
	assert_answer(pam_setcred(handle, credential_flags[_i]), PAM_SUCCESS);
	ck_assert_uint_eq(heel_count_layers(), 1);
	end(handle);
}
END_TEST

START_TEST(session_is_not_deferred_without_a_first_call)
{
	pam_handle_t *handle = start_stack("sshd", "defer");

	assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
	ck_assert_int_eq(state(), CONFINED);
	assert_answer(pam_setcred(handle, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_answer(pam_setcred(handle, PAM_REINITIALIZE_CRED), PAM_SUCCESS);
	ck_assert_uint_eq(heel_count_layers(), 1);
	end(handle);
}
END_TEST

START_TEST(session_is_not_deferred_if_the_first_call_was_elsewhere)
{
	pam_handle_t *handle = start_stack("sshd", "defer");

	assert_answer(pam_setcred(handle, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	ck_assert_int_eq(in_child(open_session, handle), CONFINED);
	ck_assert_int_eq(state(), FREE);
	assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
	ck_assert_int_eq(state(), FREE); /* the control */
	end(handle);
}
END_TEST

static const char *const not_deferring[] = {"su", "login", "cron", "sudo", "remote"};

START_TEST(session_of_another_service_is_not_deferred)
{
	pam_handle_t *handle = start_stack(not_deferring[_i], "defer");

	assert_answer(pam_setcred(handle, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
	ck_assert_int_eq(state(), CONFINED);
	end(handle);
}
END_TEST

START_TEST(session_of_root_is_not_deferred)
{
	pam_handle_t *handle;

	if (cannot_confine_root("session of root"))
		return;
	write_stack("sshd", "defer");
	write_service("sshd", "");
	handle = start("sshd", "root");
	assert_answer(pam_setcred(handle, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
	ck_assert_int_eq(state(), CONFINED);
	end(handle);
}
END_TEST

START_TEST(unconfined_session_has_nothing_to_be_deferred)
{
	pam_handle_t *handle;

	write_conf(UNCONFINED);
	handle = open_deferred("defer");
	ck_assert_int_eq(in_child(set_credentials, handle), FREE);
	end(handle);
}
END_TEST

/* sshd goes on whatever setcred answers. */
START_TEST(child_that_cannot_be_confined_is_ended)
{
	pam_handle_t *handle = open_deferred("defer");

	ck_assert_int_eq(in_child(set_credentials, handle), CONFINED);
	write_conf(BROKEN);
	ck_assert_int_eq(in_child(set_credentials, handle), 1);
	write_conf(NOBODY);
	ck_assert_int_eq(in_child(set_credentials, handle), 1);
	write_conf(heel_conf);
	write_work(NO_FILE);
	ck_assert_int_eq(in_child(set_credentials, handle), 1);
	write_work("");
	ck_assert_int_eq(chmod(policy, 0757), 0);
	ck_assert_int_eq(in_child(set_credentials, handle), 1);
	ck_assert_int_eq(chmod(policy, 0755), 0);
	ck_assert_int_eq(in_child(set_credentials, handle), CONFINED);
	ck_assert_int_eq(state(), FREE);
	end(handle);
}
END_TEST

/* For whom a rescue is, they get in by the session's call, and not by this one. */
START_TEST(rescue_is_none_for_a_child)
{
	pam_handle_t *handle = open_deferred(test_format("defer rescue=%s", user));

	write_conf(BROKEN);
	ck_assert_int_eq(in_child(set_credentials, handle), 1);
	end(handle);
}
END_TEST

START_TEST(session_that_could_not_be_confined_is_not_deferred)
{
	pam_handle_t *handle = start_stack("sshd", "defer");
	int fd;

	assert_answer(pam_setcred(handle, PAM_ESTABLISH_CRED), PAM_SUCCESS);
	ck_assert_int_eq(in_child(open_session, handle), CONFINED); /* another process */
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	assert_answer(pam_open_session(handle, 0), PAM_PERM_DENIED);
	ck_assert_int_eq(state(), FREE);
	end(handle);
}
END_TEST

static int begin_as_sshd(pam_handle_t *handle)
{
	if (pam_setcred(handle, PAM_ESTABLISH_CRED) != PAM_SUCCESS)
		return ODD;
	return open_session(handle);
}

/* Nobody waits for the child to find out what is known before. */
START_TEST(session_that_the_kernel_cannot_confine_is_not_deferred)
{
	pam_handle_t *handle = start_stack("sshd", "defer");

	ck_assert_int_eq(in_child(begin_as_sshd, handle), FREE); /* the control */
	write_conf("version = 1;\nminimum_abi = 999;\n"
		   "assign = ( { user = \"*\"; profile = \"work\"; } );\n");
	ck_assert_int_eq(in_child(begin_as_sshd, handle), 1);
	end(handle);
}
END_TEST

START_TEST(wrong_argument_of_setcred_defers_nothing)
{
	pam_handle_t *handle;

	write_lines("sshd", test_format("%s defre", config()),
		    test_format("%s defer", config()));
	write_service("sshd", "");
	handle = start("sshd", user);
	(void)pam_setcred(handle, PAM_ESTABLISH_CRED); /* the stack's own answer */
	assert_told(OUT_OF_ORDER);
	assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
	ck_assert_int_eq(state(), CONFINED);
	end(handle);
}
END_TEST

/* --- Rescue --- */

#define TOO_OLD                                                                          \
	"version = 1;\nminimum_abi = 999;\n"                                             \
	"assign = ( { user = \"*\"; profile = \"work\"; } );\n"

/* "RESCUE" stands for "rescue=" and the user's name. */
static const struct {
	const char *what;
	const char *name;
	const char *conf, *work, *needs;
	const char *arguments;
	int account, session;
} rescues[] = {
	/* root, when the policy cannot be loaded */
	{"root, no directory", "root", NULL, NULL, NULL, "config=/heel-no-such-dir",
	 PAM_SUCCESS, PAM_SUCCESS},
	{"root, syntax error", "root", BROKEN, NULL, NULL, "", PAM_SUCCESS, PAM_SUCCESS},
	{"root, empty heel.conf", "root", "", NULL, NULL, "", PAM_SUCCESS, PAM_SUCCESS},
	{"root, profile", "root", NULL, "umask = 9;\n", NULL, "", PAM_SUCCESS,
	 PAM_SUCCESS},
	{"root, no such profile", "root", ASSIGN("{ user = \"*\"; profile = \"x\"; }"),
	 NULL, NULL, "", PAM_SUCCESS, PAM_SUCCESS},
	{"root, service's file", "root", NULL, NULL, "x = 1;\n", "", PAM_SUCCESS,
	 PAM_SUCCESS},
	{"root, strict", "root", BROKEN, NULL, NULL, "strict_root", PAM_SYSTEM_ERR,
	 PAM_SYSTEM_ERR},
	{"root, strict, profile", "root", NULL, "umask = 9;\n", NULL, "strict_root",
	 PAM_SYSTEM_ERR, PAM_SYSTEM_ERR},
	{"root, strict, no directory", "root", NULL, NULL, NULL,
	 "config=/heel-no-such-dir strict_root", PAM_SYSTEM_ERR, PAM_SYSTEM_ERR},
	/* what a policy says is no fault of it */
	{"root, no assignment", "root", NOBODY, NULL, NULL, "", PAM_PERM_DENIED,
	 PAM_PERM_DENIED},
	{"root, group", "root", UNRESOLVED, NULL, NULL, "", PAM_PERM_DENIED,
	 PAM_PERM_DENIED},
	{"root, old kernel", "root", TOO_OLD, NULL, NULL, "", PAM_SYSTEM_ERR,
	 PAM_SYSTEM_ERR},
	{"root, missing path", "root", NULL, NO_FILE, NULL, "", PAM_SUCCESS,
	 PAM_SYSTEM_ERR},
	{"root, no home that can be granted", "root", NULL,
	 "network = { unix_connect = \"~/x\"; };\n", NULL, "", PAM_PERM_DENIED,
	 PAM_PERM_DENIED},
	/* those who are named */
	{"named, no directory", "USER", NULL, NULL, NULL,
	 "config=/heel-no-such-dir RESCUE", PAM_SUCCESS, PAM_SUCCESS},
	{"named, syntax error", "USER", BROKEN, NULL, NULL, "RESCUE", PAM_SUCCESS,
	 PAM_SUCCESS},
	{"named, profile", "USER", NULL, "umask = 9;\n", NULL, "RESCUE", PAM_SUCCESS,
	 PAM_SUCCESS},
	{"named, service's file", "USER", NULL, NULL, "x = 1;\n", "RESCUE", PAM_SUCCESS,
	 PAM_SUCCESS},
	{"named among others", "USER", BROKEN, NULL, NULL, "RESCUE,root", PAM_SUCCESS,
	 PAM_SUCCESS},
	{"named, strict", "USER", BROKEN, NULL, NULL, "strict_root RESCUE",
	 PAM_SYSTEM_ERR, PAM_SYSTEM_ERR},
	{"named, no assignment", "USER", NOBODY, NULL, NULL, "RESCUE", PAM_PERM_DENIED,
	 PAM_PERM_DENIED},
	{"named, group", "USER", UNRESOLVED, NULL, NULL, "RESCUE", PAM_PERM_DENIED,
	 PAM_PERM_DENIED},
	{"named, old kernel", "USER", TOO_OLD, NULL, NULL, "RESCUE", PAM_SYSTEM_ERR,
	 PAM_SYSTEM_ERR},
	{"named, missing path", "USER", NULL, NO_FILE, NULL, "RESCUE", PAM_SUCCESS,
	 PAM_SYSTEM_ERR},
	/* and nobody else */
	{"not named", "USER", BROKEN, NULL, NULL, "", PAM_SYSTEM_ERR, PAM_SYSTEM_ERR},
	{"others named", "USER", BROKEN, NULL, NULL, "rescue=root,x", PAM_SYSTEM_ERR,
	 PAM_SYSTEM_ERR},
	{"beginning of a name", "USER", BROKEN, NULL, NULL, "RESCUEx", PAM_SYSTEM_ERR,
	 PAM_SYSTEM_ERR},
	{"stranger who is named", "heel-no-such-user", BROKEN, NULL, NULL,
	 "rescue=heel-no-such-user", PAM_SYSTEM_ERR, PAM_SYSTEM_ERR},
	{"nobody", NULL, BROKEN, NULL, NULL, "rescue=,", PAM_SYSTEM_ERR, PAM_SYSTEM_ERR},
	/* while all is in order it means nothing */
	{"root, in order", "root", NULL, NULL, NULL, "", PAM_SUCCESS, PAM_SUCCESS},
	{"named, in order", "USER", NULL, NULL, NULL, "RESCUE", PAM_SUCCESS, PAM_SUCCESS},
};

/* The arguments with what stands for the rescue written out. */
static const char *rescue_arguments(const char *text)
{
	const char *place = strstr(text, "RESCUE");

	if (!place)
		return text;
	return test_format("%.*srescue=%s%s", (int)(place - text), text, user,
			   place + strlen("RESCUE"));
}

/* True for a user of this host's own file, whatever else there is. */
static bool is_local(const char *name)
{
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd entry = {0}, *found;
	char buffer[4096];
	bool local = false;

	ck_assert_ptr_nonnull(file);
	while (!local && fgetpwent_r(file, &entry, buffer, sizeof(buffer), &found) == 0)
		local = strcmp(entry.pw_name, name) == 0;
	ck_assert_int_eq(fclose(file), 0);
	return local;
}

START_TEST(policy_that_cannot_be_loaded_locks_nobody_out_who_could_mend_it)
{
	const bool broken = rescues[_i].conf || rescues[_i].work || rescues[_i].needs ||
			    strstr(rescues[_i].arguments, "config=");
	const char *name = name_of(rescues[_i].name);
	pam_handle_t *handle;

	if (!broken && strcmp(name, "root") == 0 &&
	    cannot_confine_root("session of root"))
		return;
	if (!is_local(user)) {
		(void)fprintf(stderr, "# SKIP rescue: %s is not in /etc/passwd\n", user);
		return;
	}
	if (rescues[_i].conf)
		write_conf(rescues[_i].conf);
	if (rescues[_i].work)
		write_work(rescues[_i].work);
	write_service("su", rescues[_i].needs ? rescues[_i].needs : "");
	write_stack("su", rescue_arguments(rescues[_i].arguments));
	handle = start("su", name);
	ck_assert_msg(pam_acct_mgmt(handle, 0) == rescues[_i].account, "%s: account; %s",
		      rescues[_i].what, told);
	ck_assert_msg(pam_open_session(handle, 0) == rescues[_i].session,
		      "%s: session; %s", rescues[_i].what, told);
	ck_assert_msg(state() == (broken ? FREE : CONFINED), "%s: %d", rescues[_i].what,
		      (int)state());
	end(handle);
}
END_TEST

START_TEST(policy_that_others_can_write_locks_root_out_only_if_strict)
{
	pam_handle_t *handle;

	write_stack("su", "");
	write_stack("login", "strict_root");
	ck_assert_int_eq(chmod(policy, 0757), 0);
	handle = start("su", "root");
	assert_answer(pam_acct_mgmt(handle, 0), PAM_SUCCESS);
	assert_answer(pam_open_session(handle, 0), PAM_SUCCESS);
	end(handle);
	handle = start("login", "root");
	assert_answer(pam_acct_mgmt(handle, 0), PAM_PERM_DENIED);
	assert_answer(pam_open_session(handle, 0), PAM_PERM_DENIED);
	end(handle);
	ck_assert_int_eq(state(), FREE);
}
END_TEST

/* That this process cannot be confined is no fault of the policy either. */
START_TEST(rescue_is_none_from_the_callers_own_fault)
{
	pam_handle_t *handle;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	write_stack("su", "");
	write_stack("gdm", "");
	write_service("su", "");
	handle = start("su", "root");
	assert_answer(pam_open_session(handle, 0), PAM_PERM_DENIED);
	end(handle);
	handle = start("gdm", "root");
	assert_answer(pam_open_session(handle, 0), PAM_PERM_DENIED);
	end(handle);
}
END_TEST

/* Nor is a limit that whoever calls su has set. */
START_TEST(rescue_is_none_for_want_of_descriptors)
{
	pam_handle_t *handle;
	struct rlimit limit;
	rlim_t least = 3;
	int rc = PAM_SYSTEM_ERR;
	int refused = 0;

	write_stack("su", rescue_arguments("RESCUE"));
	write_service("su", "");
	handle = start("su", user);
	while (fcntl((int)least, F_GETFD) >= 0)
		least++;
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	for (limit.rlim_cur = least; rc != PAM_SUCCESS; limit.rlim_cur++) {
		ck_assert_int_lt(refused++, 64);
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
		rc = pam_open_session(handle, 0);
	}
	ck_assert_int_gt(refused, 2);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(state(), CONFINED);
	end(handle);
}
END_TEST

/* What somebody hands to sudo must not keep it from ending. */
START_TEST(sudo_is_ended_however_it_looks)
{
	pam_handle_t *handle = start_stack("sudo", "");
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(in_child(open_session, handle), 1);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(in_child(open_session, handle), CONFINED);
	end(handle);
}
END_TEST

/* --- Again and again --- */

#define TIMES 100

START_TEST(calls_leave_no_descriptor_behind)
{
	size_t before = 0;

	write_stack("su", "");
	write_service("su", "");
	for (unsigned int i = 0; i < TIMES; i++) {
		pam_handle_t *handle = start("su", user);

		write_conf(i % 2 ? NOBODY : heel_conf);
		assert_answer(pam_setcred(handle, PAM_ESTABLISH_CRED), PAM_SUCCESS);
		assert_answer(pam_acct_mgmt(handle, PAM_SILENT),
			      i % 2 ? PAM_PERM_DENIED : PAM_SUCCESS);
		if (i % 2)
			assert_answer(pam_open_session(handle, PAM_SILENT),
				      PAM_PERM_DENIED);
		end(handle);
		/* What others keep open, such as PAM, they have by now. */
		if (i == 1)
			before = test_count_descriptors();
	}
	ck_assert_uint_eq(test_count_descriptors(), before);
	ck_assert_int_eq(state(), FREE);
}
END_TEST

START_TEST(deferring_leaves_no_descriptor_behind)
{
	size_t before = 0;

	for (unsigned int i = 0; i < TIMES; i++) {
		pam_handle_t *handle = open_deferred("defer");

		end(handle);
		if (i == 0)
			before = test_count_descriptors();
	}
	ck_assert_uint_eq(test_count_descriptors(), before);
	ck_assert_int_eq(state(), FREE);
}
END_TEST

START_TEST(module_can_be_loaded_again_and_again)
{
	const size_t before = test_count_descriptors();
	void *function = NULL;

	for (unsigned int i = 0; i < TIMES; i++) {
		void *library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
		void *found;

		ck_assert_msg(library != NULL, "%s", dlerror());
		found = dlsym(library, "pam_sm_open_session");
		ck_assert_ptr_nonnull(found);
		/* Never unloaded, it never moves. */
		ck_assert(!function || found == function);
		function = found;
		ck_assert_int_eq(dlclose(library), 0);
	}
	ck_assert_uint_eq(test_count_descriptors(), before);
	ck_assert_ptr_nonnull(dlopen(module, RTLD_NOW | RTLD_NOLOAD));
}
END_TEST

/* --- Want of memory --- */

#ifndef ADDRESS_SANITIZER

/* Which of the module's allocations fails; those of the libraries are their business. */
static struct {
	uintptr_t from, to; /* the module's code */
	unsigned int left;  /* until the one that fails; 0: none does */
	bool failed;
} injection;

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *memory, size_t size);

static bool must_fail(uintptr_t caller)
{
	if (injection.left == 0 || caller < injection.from || caller >= injection.to)
		return false;
	if (--injection.left > 0)
		return false;
	injection.failed = true;
	errno = ENOMEM;
	return true;
}

#define CALLER ((uintptr_t)__builtin_return_address(0))

void *malloc(size_t size)
{
	return must_fail(CALLER) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return must_fail(CALLER) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *memory, size_t size)
{
	return must_fail(CALLER) ? NULL : __libc_realloc(memory, size);
}

static int find_module(struct dl_phdr_info *info, size_t size, void *context)
{
	(void)size;
	(void)context;
	if (!strstr(info->dlpi_name, "pam_heel.so"))
		return 0;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];

		if (header->p_type != PT_LOAD || !(header->p_flags & PF_X))
			continue;
		injection.from = info->dlpi_addr + header->p_vaddr;
		injection.to = injection.from + header->p_memsz;
	}
	return 1;
}

/* Each returns what a process in which nothing failed returns. */
static int only_account(pam_handle_t *handle)
{
	return pam_acct_mgmt(handle, PAM_SILENT) == PAM_SUCCESS ? CONFINED : REFUSED;
}

static int only_session(pam_handle_t *handle)
{
	return state_after(pam_open_session(handle, PAM_SILENT));
}

static int told_session(pam_handle_t *handle)
{
	write_conf(NOBODY);
	return pam_open_session(handle, 0) == PAM_PERM_DENIED ? CONFINED : REFUSED;
}

/* What the end of sshd's session is, however many of its steps were answered. */
static int whole_session(pam_handle_t *handle)
{
	(void)pam_setcred(handle, PAM_ESTABLISH_CRED | PAM_SILENT);
	if (pam_open_session(handle, PAM_SILENT) != PAM_SUCCESS)
		return REFUSED;
	if (state() == CONFINED)
		return CONFINED;
	/* sshd does not look at the answer. */
	(void)pam_setcred(handle, PAM_REINITIALIZE_CRED | PAM_SILENT);
	return (int)state();
}

static int child_session(pam_handle_t *handle)
{
	/* Its parent has opened the session; here, nothing was injected yet. */
	(void)pam_setcred(handle, PAM_REINITIALIZE_CRED | PAM_SILENT);
	return (int)state();
}

#define FAILED 0x80 /* an allocation did */

static int (*injected)(pam_handle_t *handle);
static unsigned int nth;

static int inject(pam_handle_t *handle)
{
	const size_t before = test_count_descriptors();
	int result;

	injection.left = nth;
	result = injected(handle);
	injection.left = 0;
	if (result >= REFUSED)
		/* One more at most: the mark. */
		result = test_count_descriptors() <= before + 1 ? REFUSED : ODD;
	return result | (injection.failed ? FAILED : 0);
}

static const struct {
	const char *service, *arguments;
	int (*act)(pam_handle_t *handle);
	bool deferred;
} wants[] = {
	{"su", "debug", only_account, false},
	{"sudo", "", only_account, false},
	{"su", "debug", only_session, false},
	{"sshd", "", only_session, false},
	{"su", "", told_session, false},
	{"sshd", "defer debug", whole_session, false},
	{"sshd", "", whole_session, false},
	{"sshd", "defer debug", child_session, true},
};

START_TEST(want_of_memory_lets_nobody_go_free)
{
	pam_handle_t *handle;
	int result = 0;

	ck_assert_ptr_nonnull(dlopen(module, RTLD_NOW));
	ck_assert_int_eq(dl_iterate_phdr(find_module, NULL), 1);
	if (wants[_i].deferred)
		handle = open_deferred(wants[_i].arguments);
	else
		handle = start_stack(wants[_i].service, wants[_i].arguments);
	injected = wants[_i].act;
	for (nth = 1;; nth++) {
		write_conf(heel_conf);
		result = in_child(inject, handle);
		if (result == CONFINED)
			break; /* there are no more allocations */
		ck_assert_msg(result == 1 || result == (REFUSED | FAILED) ||
				      result == (CONFINED | FAILED),
			      "allocation %u: %d", nth, result);
	}
	ck_assert_uint_gt(nth, 5);
	end(handle);
}
END_TEST

#endif

static void add_all(TCase *tcase)
{
	tcase_add_loop_test(tcase, visitor_gets_in_or_is_told_why_not, 0,
			    HEEL_ARRAY_SIZE(visits));
	tcase_add_loop_test(tcase, silence_is_kept, 0, HEEL_ARRAY_SIZE(visits));
	tcase_add_loop_test(tcase, account_of_sudo_asks_only_whether_there_is_a_policy, 0,
			    HEEL_ARRAY_SIZE(askers));
	tcase_add_loop_test(tcase, session_of_each_service_is_confined, 0,
			    HEEL_ARRAY_SIZE(services));
	tcase_add_test(tcase, policy_that_others_can_write_is_none);
	tcase_add_test(tcase, user_who_cannot_be_told_is_refused_all_the_same);
	tcase_add_test(tcase, session_has_all_that_its_profile_says);
	tcase_add_test(tcase, unconfined_session_has_nothing_of_it);
	tcase_add_test(tcase, child_of_the_caller_is_confined_with_it);
	tcase_add_test(tcase, sessions_nest_until_the_kernel_allows_no_more);
	tcase_add_test(tcase, handles_do_not_know_of_each_other);
	tcase_add_test(tcase, handle_within_the_conversation_of_another_works);
	tcase_add_test(tcase, process_is_confined_for_one_user_only);
	tcase_add_loop_test(tcase, caller_with_threads_is_refused_and_goes_on, 0,
			    HEEL_ARRAY_SIZE(shared));
	tcase_add_loop_test(tcase, caller_that_listens_is_refused_and_goes_on, 0,
			    HEEL_ARRAY_SIZE(shared));
	tcase_add_loop_test(tcase,
			    failing_session_ends_the_process_of_those_that_would_go_on, 0,
			    HEEL_ARRAY_SIZE(endings));
	tcase_add_test(tcase, module_authenticates_nobody);
	tcase_add_test(tcase, module_answers_for_itself);
	tcase_add_test(tcase, session_has_what_the_service_needs);
	tcase_add_test(tcase, session_has_nothing_of_what_another_service_needs);
}

static void add_deferred(TCase *tcase)
{
	tcase_add_test(tcase, deferred_session_confines_the_child_and_not_its_parent);
	tcase_add_test(tcase, child_has_the_variables_of_the_policy_that_confines_it);
	tcase_add_test(tcase, nothing_is_deferred_where_nobody_asked_for_it);
	tcase_add_test(tcase, child_has_nothing_of_what_the_service_needs);
	tcase_add_test(tcase, deleting_credentials_confines_nobody);
	tcase_add_test(tcase, child_is_confined_by_the_policy_of_the_session);
	tcase_add_loop_test(tcase, second_call_in_the_same_process_confines_that, 0,
			    HEEL_ARRAY_SIZE(credential_flags));
	tcase_add_test(tcase, session_is_not_deferred_without_a_first_call);
	tcase_add_test(tcase, session_is_not_deferred_if_the_first_call_was_elsewhere);
	tcase_add_loop_test(tcase, session_of_another_service_is_not_deferred, 0,
			    HEEL_ARRAY_SIZE(not_deferring));
	tcase_add_test(tcase, session_of_root_is_not_deferred);
	tcase_add_test(tcase, unconfined_session_has_nothing_to_be_deferred);
	tcase_add_test(tcase, child_that_cannot_be_confined_is_ended);
	tcase_add_test(tcase, rescue_is_none_for_a_child);
	tcase_add_test(tcase, session_that_could_not_be_confined_is_not_deferred);
	tcase_add_test(tcase, session_that_the_kernel_cannot_confine_is_not_deferred);
	tcase_add_test(tcase, wrong_argument_of_setcred_defers_nothing);
}

static void add_others(TCase *tcase)
{
	tcase_add_loop_test(
		tcase, policy_that_cannot_be_loaded_locks_nobody_out_who_could_mend_it, 0,
		HEEL_ARRAY_SIZE(rescues));
	tcase_add_test(tcase, policy_that_others_can_write_locks_root_out_only_if_strict);
	tcase_add_test(tcase, rescue_is_none_from_the_callers_own_fault);
	tcase_add_test(tcase, rescue_is_none_for_want_of_descriptors);
	tcase_add_test(tcase, sudo_is_ended_however_it_looks);
	tcase_add_test(tcase, calls_leave_no_descriptor_behind);
	tcase_add_test(tcase, deferring_leaves_no_descriptor_behind);
	tcase_add_test(tcase, module_can_be_loaded_again_and_again);
}

/*
 * Sessions of the calling user, or, in root's processes, of somebody else, as they are in
 * a service. NULL: there is nobody.
 */
static const struct passwd *find_user(void)
{
	static struct passwd entry;
	static char buffer[4096];
	struct passwd *found = NULL;
	int error =
		getuid() == 0
			? getpwnam_r("nobody", &entry, buffer, sizeof(buffer), &found)
			: getpwuid_r(getuid(), &entry, buffer, sizeof(buffer), &found);

	return error == 0 && found && found->pw_uid != 0 ? found : NULL;
}

/* Absolute, as PAM would look for it elsewhere; NULL: it was not built. */
static const char *find_module_file(void)
{
	const char *top = getenv("top_builddir");
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/.libs/pam_heel.so", top ? top : ".");
	return realpath(path, NULL);
}

int main(void)
{
	Suite *suite = suite_create("pam");
	TCase *tcase = tcase_create("pam");
	const struct passwd *entry;
	struct heel_kernel kernel;

	heel_kernel_query(&kernel);
	if (kernel.abi < HEEL_ABI_OLDEST)
		return test_skip_all("this kernel has no Landlock that heel can use");
	if (test_hide_run() < 0)
		return test_skip_all("root can be given no /run of its own here");
	entry = find_user();
	if (!entry)
		return test_skip_all("the calling user is not in the password database");
	user = entry->pw_name;
	user_id = entry->pw_uid;
	module = find_module_file();
	if (!module) {
		(void)fprintf(stderr, "no .libs/pam_heel.so in $top_builddir\n");
		return EXIT_FAILURE;
	}
	tcase_add_checked_fixture(tcase, setup, NULL);
	add_all(tcase);
	add_deferred(tcase);
	add_others(tcase);
	suite_add_tcase(suite, tcase);
#ifndef ADDRESS_SANITIZER
	tcase = tcase_create("memory");
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, want_of_memory_lets_nobody_go_free, 0,
			    HEEL_ARRAY_SIZE(wants));
	suite_add_tcase(suite, tcase);
#endif
	return test_run(suite);
}
