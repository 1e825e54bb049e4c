/* SPDX-License-Identifier: ISC */
/*
 * pam_heel.so: confines the session that a PAM service opens. Runs as root in somebody
 * else's process, so it is thin: what is decided is decided by the engine.
 *
 *	account		is there a policy, and could a session by it begin here?
 *	session		confines the calling process by it, and so all that comes of it
 *	setcred		with "defer": the first call is remembered; the second one, which
 *			sshd makes in the user's child, confines that instead
 *
 * Each session that it confines is recorded, for "heel sessions".
 *
 * Whatever fails is a refused session: an error that no caller takes for success, one
 * sentence for the user, all of it in the system log. Nothing is kept in static
 * variables: there may be several handles, and pam_end() may unload the module.
 */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

#include "../shell/tell.h"
#include "answer.h"
#include "apply.h"
#include "caller.h"
#include "digest.h"
#include "options.h"
#include "register.h"
#include "text.h"

#define LOCAL_USERS "/etc/passwd"
/* Under which PAM keeps what one call leaves to the next. */
#define STATE_NAME  "pam_heel"

/* What one call of a handle leaves to the next; each change is a new one. */
struct state {
	pid_t first; /* the process in which setcred was called first */
	/* The one whose session is to be confined by a later call; 0: none. */
	pid_t session;
	char *config; /* as the line that opened the session has it, or NULL */
};

/* One call of the module. */
struct call {
	pam_handle_t *pamh;
	int flags;
	int log;
	struct heel_options options;
	struct heel_session session;
	enum heel_step step;
};

/* --- What one call leaves to the next ------------------------------------------- */

static void free_state(pam_handle_t *pamh, void *data, int status)
{
	struct state *state = data;

	(void)pamh;
	(void)status;
	free(state->config);
	free(state);
}

static const struct state *recall(pam_handle_t *pamh)
{
	const void *data = NULL;

	return pam_get_data(pamh, STATE_NAME, &data) == PAM_SUCCESS ? data : NULL;
}

/* Keeps a copy. A child that is forked later has its own. */
static int remember(pam_handle_t *pamh, pid_t first, pid_t session, const char *config)
{
	struct state *state = calloc(1, sizeof(*state));

	if (!state)
		return -ENOMEM;
	*state = (struct state){first, session, config ? strdup(config) : NULL};
	if ((config && !state->config) ||
	    pam_set_data(pamh, STATE_NAME, state, free_state) != PAM_SUCCESS) {
		free_state(pamh, state, 0);
		return -ENOMEM;
	}
	return 0;
}

/* --- The beginning and the end of a call ---------------------------------------- */

static const char *item(pam_handle_t *pamh, int type)
{
	const void *text = NULL;

	if (pam_get_item(pamh, type, &text) != PAM_SUCCESS || !text)
		return "";
	return text;
}

/* The log is opened here: once the process is confined it may not be reachable. */
static int begin(struct call *call, int argc, const char **argv)
{
	const char *wrong;

	call->session.subject.uid = (uid_t)-1;
	call->session.subject.user = item(call->pamh, PAM_USER);
	call->session.subject.service = item(call->pamh, PAM_SERVICE);
	call->log = heel_log_open();
	call->step = HEEL_STEP_POLICY;
	if (heel_parse_options(argc, argv, &call->options, &wrong))
		return 0;
	return heel_fail(&call->session.report, EINVAL, (struct heel_origin){0},
			 "pam_heel.so does not know the argument \"%s\"", wrong);
}

/* PAM's flags are bits of an unsigned int, and its functions take an int. */
static bool has_flag(int flags, unsigned int flag)
{
	return (unsigned int)flags & flag;
}

static int end(struct call *call, int rc)
{
	heel_session_end(&call->session);
	heel_close_fd(&call->log);
	return heel_pam_answer(rc);
}

static bool is_service(const struct call *call, const char *name)
{
	return strcmp(call->session.subject.service, name) == 0;
}

static bool is_sudo(const struct call *call)
{
	return is_service(call, "sudo") || is_service(call, "sudo-i");
}

static void refuse(struct call *call, int rc)
{
	heel_log_refusal(call->log, HEEL_LOG_MODULE, &call->session);
	/* sudo always asks for silence, and says itself what was answered; not if it
	 * ends. */
	if (has_flag(call->flags, PAM_SILENT) && !is_sudo(call))
		return;
	/* It may have nobody to tell. */
	(void)pam_error(call->pamh,
			"heel: your session is not started because %s; please tell your "
			"administrator.",
			heel_reason(call->step, rc));
}

static void note(const struct call *call, int severity, const char *text)
{
	struct heel_line line;

	if (severity == LOG_DEBUG && !call->options.debug)
		return;
	heel_begin(&line, HEEL_LOG_MODULE, severity);
	heel_add(&line, text);
	heel_add(&line, ":");
	heel_add_subject(&line, &call->session.subject);
	(void)heel_log_send(call->log, &line);
}

/* --- The policy of the session -------------------------------------------------- */

static int find_subject(struct call *call, enum heel_door door)
{
	struct heel_session *session = &call->session;
	int rc;

	call->step = HEEL_STEP_ACCOUNT;
	rc = heel_subject_by_name(&session->arena, session->subject.user,
				  session->subject.service, HEEL_GROUPS_OF_DATABASE,
				  &session->subject, &session->report);
	session->subject.door = door;
	return rc;
}

static int open_policy(struct call *call)
{
	/* A process that is not root's confines nobody but its own user. */
	const enum heel_trust trust = call->options.config && geteuid() != 0
					      ? HEEL_TRUST_CALLER
					      : HEEL_TRUST_ROOT;

	call->step = HEEL_STEP_POLICY;
	return heel_open_for_session(call->options.config, trust, &call->session.heel,
				     &call->session.report);
}

static int find_policy(struct call *call)
{
	struct heel_session *session = &call->session;
	int rc;

	call->step = HEEL_STEP_PROFILE;
	rc = heel_policy_of_subject(session->heel, &session->subject, &session->policy,
				    &session->report);
	if (rc < 0)
		return rc;
	call->step = HEEL_STEP_DOOR;
	return heel_check_commands(session->policy, &session->subject, &session->report);
}

static int make_plan(struct call *call)
{
	struct heel_session *session = &call->session;
	struct heel_kernel kernel;

	call->step = HEEL_STEP_PREPARE;
	heel_kernel_query(&kernel);
	return heel_compile(&session->arena, session->policy, &kernel, &session->plan,
			    &session->report);
}

/* May it be carried out? heel_confine() asks the same. */
static int admit(struct call *call)
{
	call->step = HEEL_STEP_CONFINE;
	return heel_admit(call->session.plan, &call->session.report);
}

/* --- Who gets in without a policy ----------------------------------------------- */

static void close_file(FILE **file)
{
	if (*file)
		(void)fclose(*file); /* it was only read */
}

/* True if the user is one of this host's own, whom no directory server can invent. */
static bool is_local(const struct heel_subject *subject)
{
	__attribute__((cleanup(close_file))) FILE *file = fopen(LOCAL_USERS, "re");
	struct passwd entry, *found;
	char buffer[4096];

	if (!file)
		return false;
	while (fgetpwent_r(file, &entry, buffer, sizeof(buffer), &found) == 0)
		if (strcmp(entry.pw_name, subject->user) == 0)
			return entry.pw_uid == subject->uid;
	return false;
}

/*
 * True for what is wrong with the policy itself: it is missing, not trusted or does not
 * parse. Not for what it says about a user (-EACCES), nor for want of memory or
 * descriptors, which whoever starts su can bring about.
 */
static bool is_unloadable(enum heel_step step, int rc)
{
	static const int errors[] = {ENOENT, EPERM, EINVAL, ELOOP, ENOTDIR, EFBIG};

	if (step != HEEL_STEP_POLICY && step != HEEL_STEP_PROFILE)
		return false;
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(errors); i++)
		if (rc == -errors[i])
			return true;
	return false;
}

/* True if the user is one who is let in all the same, so that somebody can mend it. */
static bool is_rescued(struct call *call, int rc)
{
	const struct heel_subject *subject = &call->session.subject;
	const enum heel_step step = call->step;

	if (call->options.strict_root || !is_unloadable(step, rc))
		return false;
	if (subject->uid == (uid_t)-1 && find_subject(call, subject->door) < 0)
		return false;
	call->step = step;
	if (subject->uid == 0)
		return true;
	return heel_is_in_list(call->options.rescue, ',', subject->user) &&
	       is_local(subject);
}

static void log_rescue(const struct call *call)
{
	struct heel_line line;

	heel_begin(&line, HEEL_LOG_MODULE, LOG_ALERT);
	heel_add(&line, "the policy cannot be loaded; NOT CONFINED to mend it:");
	heel_add_subject(&line, &call->session.subject);
	heel_add(&line, ": ");
	heel_add_problem(&line, heel_first_error(&call->session.report));
	(void)heel_log_send(call->log, &line);
}

/* --- account -------------------------------------------------------------------- */

/* While heel.conf cannot be read, the services are those that it need not name. */
static bool is_for_us(const struct call *call)
{
	static const struct heel_settings unknown = {0};
	const struct heel *heel = call->session.heel;

	return heel_confines_service(heel ? heel_settings_of(heel) : &unknown,
				     call->session.subject.service);
}

/*
 * What can be known before the session: not whether paths are there, as the rest of the
 * stack may make them; nor, in sshd, whether its child will be confined, which can carry
 * more than sshd itself. In sudo the user is here the one who asks, not the target.
 */
static int check_account(struct call *call)
{
	const enum heel_door door =
		is_service(call, "sshd") ? HEEL_DOOR_CHILD : HEEL_DOOR_SESSION;
	int rc = open_policy(call);

	if (!is_for_us(call) || (rc == 0 && is_sudo(call)))
		return 0;
	if (rc == 0)
		rc = find_subject(call, door);
	if (rc == 0)
		rc = find_policy(call);
	if (rc < 0 || call->session.policy->unconfined)
		return rc;
	rc = make_plan(call);
	return rc < 0 ? rc : admit(call);
}

PAM_EXTERN int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc,
				const char **argv)
{
	struct call call = {.pamh = pamh, .flags = flags};
	int rc = begin(&call, argc, argv);

	if (rc == 0) {
		rc = check_account(&call);
		if (rc < 0 && is_rescued(&call, rc)) {
			log_rescue(&call);
			rc = 0;
		}
	}
	if (rc < 0)
		refuse(&call, rc);
	else
		note(&call, LOG_DEBUG, "the account may have a session");
	return end(&call, rc);
}

/* --- session -------------------------------------------------------------------- */

static int put_variable(struct call *call, const char *text)
{
	if (pam_putenv(call->pamh, text) == PAM_SUCCESS)
		return 0;
	return heel_fail(&call->session.report, ENOMEM, (struct heel_origin){0},
			 "PAM does not take the variable \"%s\"", text);
}

/* What the profile sets. Others are the service's, and not PAM's to take away. */
static int put_environment(struct call *call)
{
	struct heel_session *session = &call->session;
	const struct heel_values *set = &session->policy->environment_set;
	const char *profile =
		heel_format(&session->arena, "HEEL_PROFILE=%s", session->policy->profile);
	int rc = profile ? put_variable(call, profile)
			 : heel_fail_memory(&session->report);

	call->step = HEEL_STEP_PREPARE;
	for (size_t i = 0; rc == 0 && i < set->n; i++)
		rc = put_variable(call, set->v[i].text);
	return rc;
}

/* The process that opened the session: also where its child is confined instead. */
static pid_t opener(const struct call *call)
{
	const struct state *state = recall(call->pamh);

	return state && state->session != 0 ? state->session : getpid();
}

static int keep_record(const struct call *call, int *ret, struct heel_report *report)
{
	__attribute__((cleanup(heel_register_close))) struct heel_register records = {-1,
										      0};
	const struct heel_session *session = &call->session;
	const pid_t pid = opener(call);
	struct heel_record record = {
		.pid = (uint64_t)pid,
		.since = (uint64_t)time(NULL),
		.uid = session->subject.uid,
		.deferred = session->policy->door == HEEL_DOOR_CHILD,
		.digest = heel_policy_digest(session->policy),
		.user = session->subject.user,
		.service = session->subject.service,
		.profile = session->policy->profile,
		.config = call->options.config ? call->options.config : "",
	};
	int rc = heel_register_open(HEEL_RUNDIR, true, &records, report);

	if (rc < 0)
		return rc;
	heel_register_sweep(&records);
	rc = heel_process_start(pid, &record.start);
	if (rc < 0)
		return heel_fail(report, -rc, (struct heel_origin){0},
				 "when the session's process began cannot be found out "
				 "in /proc: %s",
				 strerror(-rc));
	return heel_register_keep(&records, &record, ret, report);
}

/*
 * Lists the session while this process is still free to. Nothing is confined by it, so no
 * failure keeps anybody out. Returns the record's file, or -1.
 */
static int list_session(const struct call *call)
{
	struct heel_report report = {0};
	struct heel_line line;
	int record = -1;

	if (geteuid() == 0 && keep_record(call, &record, &report) < 0) {
		heel_begin(&line, HEEL_LOG_MODULE, LOG_WARNING);
		heel_add(&line, "session not listed:");
		heel_add_subject(&line, &call->session.subject);
		heel_add(&line, ": ");
		heel_add_problem(&line, heel_first_error(&report));
		(void)heel_log_send(call->log, &line);
	}
	heel_report_free(&report);
	return record;
}

/*
 * Confines this process, for good, and puts the variables of the same policy beside it:
 * in sshd's child that is another one than the session call saw, if it was replaced
 * meanwhile. What can be known is asked before: a process that was confined in part may
 * go on with something else.
 */
static int confine(struct call *call)
{
	struct heel_session *session = &call->session;
	HEEL_CLOSE int record = -1;
	int rc = put_environment(call);

	if (rc < 0)
		return rc;
	call->step = HEEL_STEP_CONFINE;
	rc = heel_judge_caller(session->subject.uid, &session->report);
	if (rc < 0)
		return rc;
	session->layers = heel_count_layers() + 1;
	if (session->layers > HEEL_LANDLOCK_MAX_LAYERS)
		return heel_fail_layers(&session->report);
	rc = heel_mark_caller(session->subject.uid, &session->report);
	if (rc < 0)
		return rc;
	record = list_session(call);
	rc = heel_confine(session->heel, session->plan, &session->subject,
			  &session->rules, &session->report);
	if (rc < 0)
		heel_register_void(record);
	return rc;
}

/*
 * True if the user's child will be confined instead of this process: by the second
 * setcred, which sshd calls in it. That is certain only if this module saw the first one,
 * here. A login of root has no such child for its forwarding.
 */
static bool can_defer(const struct call *call)
{
	const struct state *state = recall(call->pamh);

	return call->options.defer && is_service(call, "sshd") &&
	       call->session.subject.uid != 0 && state && state->first == getpid();
}

static int defer(struct call *call)
{
	struct heel_session *session = &call->session;
	int rc = admit(call);

	if (rc == 0)
		rc = heel_judge_caller(session->subject.uid, &session->report);
	if (rc < 0)
		return rc;
	if (remember(call->pamh, getpid(), getpid(), call->options.config) < 0)
		return heel_fail_memory(&session->report);
	/* Without a line of the child's own after this one, nothing was confined. */
	note(call, LOG_INFO, "session to be confined in its child");
	return 0;
}

/* Nothing can make this process unconfined again. */
static int check_unconfined(struct call *call)
{
	struct heel_session *session = &call->session;

	if (!heel_is_confined_for_other(session->subject.uid))
		return 0;
	call->step = HEEL_STEP_CONFINE;
	return heel_fail(&session->report, EPERM, session->policy->assigned,
			 "the calling process has been confined for another user, and "
			 "\"%s\" is to be unconfined",
			 session->subject.user);
}

static int open_session(struct call *call)
{
	struct heel_session *session = &call->session;
	int rc = find_subject(call, HEEL_DOOR_SESSION);

	if (rc == 0 && can_defer(call))
		session->subject.door = HEEL_DOOR_CHILD;
	if (rc == 0)
		rc = open_policy(call);
	if (rc == 0)
		rc = find_policy(call);
	if (rc < 0)
		return rc;
	if (session->policy->unconfined) {
		rc = check_unconfined(call);
	} else {
		rc = make_plan(call);
		if (rc < 0)
			return rc;
		if (session->policy->door == HEEL_DOOR_CHILD)
			return defer(call);
		rc = confine(call);
	}
	if (rc == 0)
		heel_log_start(call->log, HEEL_LOG_MODULE, session);
	return rc;
}

/*
 * sudo runs the command if another module has failed before with PAM_SESSION_ERR, and
 * sshd keeps the connection open. So the process ends here: sudo's always, which is a
 * user's own and may look otherwise by what that user hands to it; sshd's unless it is
 * known to serve somebody else.
 */
static void end_process(const struct call *call)
{
	if (is_sudo(call) || (is_service(call, "sshd") && !heel_is_shared_process()))
		_exit(EXIT_FAILURE);
}

PAM_EXTERN int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc,
				   const char **argv)
{
	struct call call = {.pamh = pamh, .flags = flags};
	int rc = begin(&call, argc, argv);

	if (rc == 0) {
		rc = open_session(&call);
		if (rc < 0 && is_rescued(&call, rc)) {
			log_rescue(&call);
			rc = 0;
		}
	}
	if (rc < 0) {
		refuse(&call, rc);
		end_process(&call);
	}
	return end(&call, rc);
}

/* Where the child was confined, this process can still take the record away. */
static void drop_record(void)
{
	__attribute__((cleanup(heel_register_close))) struct heel_register records = {-1,
										      0};
	struct heel_report report = {0};

	if (heel_register_open(HEEL_RUNDIR, false, &records, &report) == 0)
		heel_register_drop(&records, getpid());
	heel_report_free(&report);
}

/* A domain has no end but the process's. */
PAM_EXTERN int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc,
				    const char **argv)
{
	const struct state *state = recall(pamh);

	if (state && state->session == getpid())
		drop_record();
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_SUCCESS;
}

/* --- auth ----------------------------------------------------------------------- */

/* Stands in the stack for setcred only: it must never be what lets somebody in. */
PAM_EXTERN int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc,
				   const char **argv)
{
	(void)pamh;
	(void)flags;
	(void)argc;
	(void)argv;
	return PAM_IGNORE;
}

/*
 * Confines what was deferred: the child, where the service has no more to do as root; or,
 * if this is still the process that opened the session, that one as it would have been.
 */
static int confine_deferred(struct call *call, const struct state *state)
{
	const bool child = state->session != getpid();
	int rc;

	call->options.config = state->config;
	rc = find_subject(call, child ? HEEL_DOOR_CHILD : HEEL_DOOR_SESSION);
	if (rc == 0)
		rc = open_policy(call);
	if (rc == 0)
		rc = find_policy(call);
	if (rc == 0 && !call->session.policy->unconfined)
		rc = make_plan(call);
	if (rc == 0 && !call->session.policy->unconfined)
		rc = confine(call);
	if (rc == 0 && remember(call->pamh, state->first, 0, NULL) < 0)
		rc = heel_fail_memory(&call->session.report);
	if (rc == 0)
		heel_log_start(call->log, HEEL_LOG_MODULE, &call->session);
	return rc;
}

static int set_credentials(struct call *call, int argc, const char **argv)
{
	const struct state *state = recall(call->pamh);
	int rc = begin(call, argc, argv);

	if (rc == 0 && !state) {
		/* Without it nothing is deferred. */
		(void)remember(call->pamh, getpid(), 0, NULL);
		note(call, LOG_DEBUG, "the first setcred is remembered");
		return 0;
	}
	if (rc == 0 && state->session != 0)
		rc = confine_deferred(call, state);
	return rc;
}

PAM_EXTERN int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct call call = {.pamh = pamh, .flags = flags, .log = -1};
	int rc;

	if (has_flag(flags, PAM_DELETE_CRED))
		return PAM_SUCCESS;
	rc = set_credentials(&call, argc, argv);
	if (rc < 0) {
		const struct state *state = recall(pamh);

		refuse(&call, rc);
		/* sshd goes on whatever this call answers; the session must not. */
		if (state && state->session != 0)
			_exit(EXIT_FAILURE);
	}
	return end(&call, rc);
}
