/* SPDX-License-Identifier: ISC */
/*
 * `heel check --system`: sshd's settings. What they come to, sshd itself is asked, for
 * each user, as only it knows what its Match blocks mean; the files say on which line.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "family.h"
#include "system.h"
#include "textfile.h"

#define SSHD_CONFIG "/etc/ssh/sshd_config"

/* From this ABI on, sockets of others can be kept from a session. */
#define ABI_UNIX    9

/* More users are not asked for one by one, but one for each profile. */
#define ASKED_MAX   32

/* sshd says no more than that, in so many seconds. */
#define ANSWER_SIZE 65536
#define PATIENCE    10

/* --- Asking sshd --- */

static const char *find_sshd(void)
{
	static const char *const paths[] = {"/usr/sbin/sshd", "/usr/local/sbin/sshd"};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(paths); i++)
		if (access(paths[i], X_OK) == 0)
			return paths[i];
	return NULL;
}

static _Noreturn void become_sshd(const char *sshd, const char *who, int out)
{
	char *const arguments[] = {(char *)(uintptr_t)sshd, (char *)(uintptr_t) "-T",
				   (char *)(uintptr_t) "-C", (char *)(uintptr_t)who,
				   NULL};
	char *const environment[] = {NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
	    dup2(out, STDERR_FILENO) >= 0)
		(void)execve(sshd, arguments, environment);
	_exit(HEEL_EXIT_NOT_FOUND);
}

/* Reads to the end, or until the buffer is full or patience is. */
static size_t read_answer(int fd, char *buffer, size_t size)
{
	time_t end = time(NULL) + PATIENCE;
	size_t length = 0;

	while (length < size && time(NULL) < end) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (poll(&ready, 1, 1000) <= 0)
			continue;
		n = read(fd, buffer + length, size - length);
		if (n <= 0)
			break;
		length += (size_t)n;
	}
	return length;
}

/* What sshd prints of its settings; false if it does not like them: then, why not. */
static bool ask_sshd(const struct heel_system *system, const char *sshd, const char *user,
		     char **ret)
{
	const char *who = HEEL_NEED(heel_format(
		system->arena, "user=%s,host=localhost,addr=127.0.0.1", user));
	char *buffer = HEEL_NEED(heel_alloc(system->arena, ANSWER_SIZE + 1, 1));
	int pipe_ends[2], status = 0;
	pid_t pid;

	*ret = buffer;
	if (pipe2(pipe_ends, O_CLOEXEC) < 0)
		return false;
	pid = fork();
	if (pid == 0)
		become_sshd(sshd, who, pipe_ends[1]);
	(void)close(pipe_ends[1]);
	if (pid > 0) {
		buffer[read_answer(pipe_ends[0], buffer, ANSWER_SIZE)] = '\0';
		(void)kill(pid, SIGKILL); /* it has said all, or hangs */
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	(void)close(pipe_ends[0]);
	return strstr(buffer, "usepam ") != NULL;
}

/* The rest of the line that begins with the keyword; NULL if there is none. */
static const char *setting(const struct heel_system *system, const char *answer,
			   const char *keyword)
{
	size_t length = strlen(keyword);

	for (const char *line = answer; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, keyword, length) == 0 && line[length] == ' ')
			return HEEL_NEED(heel_strndup(system->arena, line + length + 1,
						      strcspn(line + length + 1, "\n")));
	}
	return NULL;
}

/* --- Finding the line --- */

struct search {
	const struct heel_system *system;
	const char *keyword;
	const char *value; /* what its words must come to; NULL: anything */
	bool global;	   /* only ahead of a Match line */
	struct heel_origin found;
	const char *found_value;
	bool unreadable;
};

static void search_file(struct search *search, const char *file, unsigned int depth);

static void search_included(struct search *search, const char *pattern,
			    unsigned int depth)
{
	const char *path = pattern[0] == '/'
				   ? pattern
				   : HEEL_NEED(heel_format(search->system->arena,
							   "/etc/ssh/%s", pattern));
	glob_t paths = {0};

	if (glob(path, 0, NULL, &paths) == 0)
		for (size_t i = 0; i < paths.gl_pathc && !search->found.file; i++)
			search_file(search,
				    HEEL_NEED(heel_strdup(search->system->arena,
							  paths.gl_pathv[i])),
				    depth + 1);
	globfree(&paths);
}

/* The words of a line, with single blanks between them. */
static const char *join_words(const struct heel_system *system, char *text)
{
	const char *joined = "", *word;

	text += strspn(text, " \t=");
	while ((word = heel_next_word(&text)))
		joined = HEEL_NEED(heel_format(system->arena, "%s%s%s", joined,
					       *joined ? " " : "", word));
	return joined;
}

/* Returns false at the end of what is to be searched. */
static bool search_line(struct search *search, struct heel_origin at, char *text,
			unsigned int depth)
{
	size_t length = strcspn(text, " \t=");
	char *rest = text + length;
	const char *value;

	if (length == strlen("match") && strncasecmp(text, "match", length) == 0)
		return !search->global;
	if (length == strlen("include") && strncasecmp(text, "include", length) == 0) {
		const char *pattern;

		while ((pattern = heel_next_word(&rest)) && !search->found.file)
			search_included(search, pattern, depth);
		return true;
	}
	if (length != strlen(search->keyword) ||
	    strncasecmp(text, search->keyword, length) != 0)
		return true;
	value = join_words(search->system, rest);
	if (search->value && strcasecmp(value, search->value) != 0)
		return true;
	search->found = at;
	search->found_value = value;
	return false;
}

/* NOLINTNEXTLINE(misc-no-recursion): sshd takes includes no deeper either */
static void search_file(struct search *search, const char *file, unsigned int depth)
{
	struct heel_lines lines = {0};
	const char *text;
	int rc = depth > 16 ? -ELOOP : heel_read_text(search->system->arena, file, &text);

	search->unreadable |= rc == -EACCES;
	if (rc < 0 || heel_split_lines(search->system->arena, text, false, &lines) < 0)
		return;
	for (size_t i = 0; i < lines.n && !search->found.file; i++)
		if (!search_line(search, (struct heel_origin){file, lines.v[i].number},
				 lines.v[i].text, depth))
			return;
}

/* The line that sets it so; the file as a whole where that is the default. */
static struct heel_origin line_of(const struct heel_system *system, const char *keyword,
				  const char *value)
{
	struct search search = {.system = system, .keyword = keyword, .value = value};

	search_file(&search, SSHD_CONFIG, 0);
	return search.found.file ? search.found : (struct heel_origin){SSHD_CONFIG, 0};
}

/* --- What is asked of the settings --- */

/* How a user is confined in what sshd serves. */
struct cover {
	bool by_module;
	bool by_shell;
	bool meant_module; /* pam_heel is in sshd's stack */
	bool unix_open;	   /* no rule stops UNIX sockets */
	bool forwards;	   /* DisableForwarding is off */
};

static bool is_no(const char *value)
{
	return strcasecmp(value, "no") == 0;
}
static bool is_yes(const char *value)
{
	return strcasecmp(value, "yes") == 0;
}

static bool skips_pam(const struct cover *cover, const char *value)
{
	return is_no(value) && (cover->meant_module || !cover->by_shell);
}

static bool takes_variables(const struct cover *cover, const char *value)
{
	(void)cover;
	return !is_no(value);
}

static bool is_for_shell(const struct cover *cover)
{
	return cover->by_shell && !cover->by_module;
}

static bool is_internal(const struct cover *cover, const char *value)
{
	return is_for_shell(cover) && strstr(value, "internal-sftp");
}

static bool forwards_tcp(const struct cover *cover, const char *value)
{
	return is_for_shell(cover) && cover->forwards && !is_no(value);
}

static bool forwards_others(const struct cover *cover, const char *value)
{
	return is_for_shell(cover) && is_yes(value);
}

static bool forwards_sockets(const struct cover *cover, const char *value)
{
	return cover->forwards && !is_no(value) &&
	       (is_for_shell(cover) || (cover->by_module && cover->unix_open));
}

static bool opens_tunnels(const struct cover *cover, const char *value)
{
	(void)cover;
	return !is_no(value);
}

static const struct rule {
	const char *keyword;
	bool (*is_wrong)(const struct cover *cover, const char *value);
	enum heel_severity severity;
	const char *text;
} rules[] = {
	{"usepam", skips_pam, HEEL_ERROR,
	 "UsePAM no: pam_heel is not asked, and nothing confines what sshd serves: write \"UsePAM yes\""},
	{"permituserenvironment", takes_variables, HEEL_WARNING,
	 "PermitUserEnvironment takes variables from ~/.ssh/environment: write \"PermitUserEnvironment no\""},
	{"subsystem sftp", is_internal, HEEL_ERROR,
	 "internal-sftp starts no shell, so heel-shell does not confine it: write \"Subsystem sftp /usr/lib/openssh/sftp-server\""},
	{"forcecommand", is_internal, HEEL_ERROR,
	 "internal-sftp starts no shell, so heel-shell does not confine it: force sftp-server"},
	{"allowtcpforwarding", forwards_tcp, HEEL_ERROR,
	 "sshd forwards TCP itself, and heel-shell does not confine it: write \"AllowTcpForwarding no\""},
	{"allowstreamlocalforwarding", forwards_sockets, HEEL_ERROR,
	 "sshd forwards to UNIX sockets, which no rule of the session stops here: write \"AllowStreamLocalForwarding no\""},
	{"allowagentforwarding", forwards_others, HEEL_WARNING,
	 "sshd makes agents' sockets itself, and heel-shell does not confine it: write \"AllowAgentForwarding no\""},
	{"x11forwarding", forwards_others, HEEL_WARNING,
	 "sshd forwards X11 itself, and heel-shell does not confine it: write \"X11Forwarding no\""},
	{"permittunnel", opens_tunnels, HEEL_WARNING,
	 "tunnels carry packets past the ports of every profile: write \"PermitTunnel no\""},
};

/* Whom a rule concerns, and which line. */
struct match {
	struct heel_names names;
	struct heel_origin at;
};

static bool leaves_unix_open(const struct heel_system *system, const char *profile)
{
	const struct heel_plan *plan = heel_assigned_plan(system, profile);

	return system->check->kernel.abi < ABI_UNIX &&
	       (!plan || (plan->policy->families & HEEL_FAMILY(AF_UNIX)) != 0);
}

/* A subsystem's keyword has its name in it, on the line a word of the value. */
static struct heel_origin place(const struct heel_system *system, const char *keyword,
				const char *value)
{
	const char *blank = strchr(keyword, ' ');

	if (!blank)
		return line_of(system, keyword, value);
	return line_of(system,
		       HEEL_NEED(heel_strndup(system->arena, keyword,
					      (size_t)(blank - keyword))),
		       HEEL_NEED(heel_format(system->arena, "%s %s", blank + 1, value)));
}

/* meant: pam_heel is in sshd's stack. */
static void judge_user(const struct heel_system *system, const struct heel_person *person,
		       const char *profile, bool meant, const char *answer,
		       struct match matches[static HEEL_ARRAY_SIZE(rules)])
{
	const char *pam = setting(system, answer, "usepam");
	const char *disabled = setting(system, answer, "disableforwarding");
	const struct cover cover = {
		.by_module = meant && pam && is_yes(pam),
		.by_shell = person->by_shell,
		.meant_module = meant,
		.unix_open = leaves_unix_open(system, profile),
		.forwards = !disabled || is_no(disabled),
	};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(rules); i++) {
		const char *value = setting(system, answer, rules[i].keyword);

		if (!value || !rules[i].is_wrong(&cover, value))
			continue;
		if (matches[i].names.n == 0)
			matches[i].at = place(system, rules[i].keyword, value);
		heel_add_name(system, &matches[i].names, person->subject.user);
	}
}

static void report(struct heel_system *system, const struct rule *rule,
		   const struct match *match)
{
	const char *names = heel_names_text(system, &match->names);

	if (rule->severity == HEEL_ERROR)
		heel_check_fail(system->check, match->at, "%s (for %s)", rule->text,
				names);
	else
		heel_system_warn(system, match->at, "%s (for %s)", rule->text, names);
}

/* --- Whom to ask for --- */

/* One of many who are confined alike: only the first is asked for. */
static bool is_like_another(const struct heel_system *system, size_t person,
			    const char *profile)
{
	const struct heel_person *people = system->people;

	for (size_t i = 0; i < person; i++) {
		const char *other;

		if (people[i].by_shell == people[person].by_shell &&
		    heel_is_concerned(system, &people[i], "sshd", &other) && profile &&
		    other && strcmp(profile, other) == 0)
			return true;
	}
	return false;
}

static void ask_for_users(struct heel_system *system, const char *sshd)
{
	struct match matches[HEEL_ARRAY_SIZE(rules)] = {0};
	bool meant = heel_session_line(system, "sshd") != NULL;
	size_t asked = 0;

	for (size_t i = 0; i < system->n_people && asked < ASKED_MAX; i++) {
		const struct heel_person *person = &system->people[i];
		const char *profile;
		char *answer;

		if (!heel_is_concerned(system, person, "sshd", &profile) ||
		    (system->n_people > ASKED_MAX && is_like_another(system, i, profile)))
			continue;
		if (!ask_sshd(system, sshd, person->subject.user, &answer)) {
			answer[strcspn(answer, "\r\n")] = '\0';
			heel_system_warn(
				system, (struct heel_origin){SSHD_CONFIG, 0},
				"its settings were not looked at, as sshd -T says \"%s\": correct that, and check again",
				answer);
			return;
		}
		judge_user(system, person, profile, meant, answer, matches);
		asked++;
	}
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(rules); i++)
		if (matches[i].names.n > 0)
			report(system, &rules[i], &matches[i]);
}

/* Without root, or without users that are known, what the files say for everybody. */
static void read_files(struct heel_system *system)
{
	const struct cover cover = {.meant_module = true};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(rules); i++) {
		struct search search = {
			.system = system, .keyword = rules[i].keyword, .global = true};

		search_file(&search, SSHD_CONFIG, 0);
		system->hidden |= search.unreadable;
		if (search.found.file && rules[i].is_wrong(&cover, search.found_value))
			report(system, &rules[i], &(struct match){.at = search.found});
	}
}

void heel_check_sshd(struct heel_system *system)
{
	const char *sshd = find_sshd();

	if (!sshd || access(SSHD_CONFIG, F_OK) < 0)
		return;
	if (geteuid() == 0 && system->n_people > 0) {
		ask_for_users(system, sshd);
		return;
	}
	system->hidden |= geteuid() != 0;
	read_files(system);
}
