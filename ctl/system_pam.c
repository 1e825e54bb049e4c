/* SPDX-License-Identifier: ISC */
/*
 * `heel check --system`: PAM's stacks. Is pam_heel in each that starts sessions for users
 * who are to be confined, and can nothing lead past it?
 */
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <string.h>
#include <unistd.h>

#include "../pam_module/options.h"
#include "system.h"
#include "textfile.h"

#define MODULE "pam_heel.so"

/* --- Services --- */

/* Services that are known to start something as the user. */
static const struct door {
	const char *service;
	const char *what;
	bool login_shell; /* heel-shell is started there */
} doors[] = {
	{"sshd", "logins, sftp and forwarding by ssh", false},
	{"login", "logins at a terminal", true},
	{"remote", "logins by telnet", true},
	{"su", "su", true},
	{"su-l", "su -l", true},
	{"sudo", "what sudo runs", false},
	{"sudo-i", "shells of sudo -i", true},
	{"runuser", "what runuser runs", false},
	{"runuser-l", "shells of runuser -l", true},
	{"cron", "users' cron jobs", false},
	{"crond", "users' cron jobs", false},
	{"atd", "users' at jobs", false},
	{"systemd-user", "systemd's user manager and all its units", false},
	{"xrdp-sesman", "remote desktops", false},
	{"cockpit", "shells and bridges of the web console", false},
	{"gdm-password", "desktops", false},
	{"gdm-autologin", "desktops without a password", false},
	{"gdm-fingerprint", "desktops", false},
	{"gdm-smartcard", "desktops", false},
	{"lightdm", "desktops", false},
	{"lightdm-autologin", "desktops without a password", false},
	{"sddm", "desktops", false},
	{"sddm-autologin", "desktops without a password", false},
	{"lxdm", "desktops", false},
	{"xdm", "desktops", false},
	{"kde", "desktops", false},
	{"greetd", "desktops", false},
	{"vsftpd", "files by ftp", false},
	{"proftpd", "files by ftp", false},
	{"pure-ftpd", "files by ftp", false},
	{"ftp", "files by ftp", false},
	{"samba", "files by SMB", false},
	{"rlogin", "logins by rlogin", true},
	{"rsh", "commands by rsh", false},
	{"rexec", "commands by rexec", false},
	{"slurm", "jobs of the batch system", false},
	{"jupyterhub", "notebooks", false},
	{"rstudio", "sessions of RStudio", false},
	{"other", "sessions of every service without a file of its own", false},
};

static const struct door *find_door(const char *service)
{
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(doors); i++)
		if (strcmp(doors[i].service, service) == 0)
			return &doors[i];
	return NULL;
}

/* Those that runuser and "other" leave out: nobody asks them. */
static bool asks_account(const char *service)
{
	return strcmp(service, "runuser") != 0 && strcmp(service, "runuser-l") != 0 &&
	       strcmp(service, "other") != 0;
}

/* Reads a stack; what is wrong with it is a finding. false: there is nothing to see. */
static bool read_stack(struct heel_system *system, const char *service,
		       enum heel_pam_type type, struct heel_pam_stack *ret)
{
	int rc = heel_pam_read(system->arena, &heel_pam_system, service, type, ret);

	if (rc == -ENOMEM)
		heel_out_of_memory();
	system->hidden |= rc == -EACCES;
	if (rc == 0 && ret->why)
		heel_system_warn(
			system, ret->broken,
			"%s: PAM refuses everybody there; correct the name or take the line away",
			ret->why);
	return rc == 0 && !ret->why;
}

static bool is_module(const struct heel_pam_line *line)
{
	return line->asked && strcmp(heel_pam_module_name(line), MODULE) == 0;
}

/* The number of pam_heel's first line, or of lines if there is none. */
static size_t find_module(const struct heel_pam_stack *stack)
{
	size_t i = 0;

	while (i < stack->n && !is_module(&stack->lines[i]))
		i++;
	return i;
}

const struct heel_pam_line *heel_session_line(const struct heel_system *system,
					      const char *service)
{
	struct heel_pam_stack stack = {0};
	size_t i;

	if (heel_pam_read(system->arena, &heel_pam_system, service, HEEL_PAM_SESSION,
			  &stack) < 0)
		return NULL;
	i = find_module(&stack);
	return i < stack.n ? &stack.lines[i] : NULL;
}

static void add_service(struct heel_system *system, const char *name)
{
	bool has_module = heel_session_line(system, name) != NULL;

	for (size_t i = 0; i < system->n_services; i++)
		if (strcmp(system->services[i], name) == 0)
			return;
	if (!has_module && !find_door(name) &&
	    !heel_confines_service(system->check->settings, name))
		return;
	/* What is only included is seen with those that include it. */
	if (strncmp(name, "common-", strlen("common-")) == 0)
		return;
	system->has_module |= has_module;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers */
	system->services =
		HEEL_NEED(heel_grow(system->arena, system->services, system->n_services,
				    sizeof(*system->services)));
	system->services[system->n_services++] =
		HEEL_NEED(heel_strdup(system->arena, name));
}

void heel_find_services(struct heel_system *system)
{
	for (size_t i = 0; heel_pam_system.directories[i]; i++) {
		HEEL_CLOSE_DIR DIR *directory = opendir(heel_pam_system.directories[i]);
		const struct dirent *entry;

		while (directory && (entry = readdir(directory)))
			if (!strpbrk(entry->d_name, ".~")) /* no service, a backup */
				add_service(system, entry->d_name);
	}
}

/* --- No line --- */

static const char *advice_for(const struct heel_system *system, const char *service)
{
	if (strcmp(service, "other") != 0 &&
	    heel_confines_service(system->check->settings, service))
		return "put \"session requisite pam_heel.so\" behind its last session line";
	return "heel does not confine this service: put \"session requisite pam_heel.so\" "
	       "there to refuse them, or turn the service off";
}

/* Whom heel-shell confines there in the place of the module. */
static bool is_left_to_shell(const struct heel_system *system, const struct door *door,
			     const struct heel_person *person)
{
	return person->by_shell && (!system->has_module || (door && door->login_shell));
}

static void report_missing(struct heel_system *system, const char *service)
{
	const struct door *door = find_door(service);
	const struct heel_origin at = {
		heel_pam_file(system->arena, &heel_pam_system, service), 0};
	struct heel_names open = {0}, by_shell = {0};

	for (size_t i = 0; i < system->n_people; i++) {
		const struct heel_person *person = &system->people[i];
		const char *profile;

		if (heel_is_concerned(system, person, service, &profile))
			heel_add_name(system,
				      is_left_to_shell(system, door, person) ? &by_shell
									     : &open,
				      person->subject.user);
	}
	if (open.n > 0 || by_shell.n == 0)
		heel_check_fail(
			system->check, at,
			"%s: not confined here, as pam_heel is not in the session "
			"stack, for %s: %s",
			door ? door->what : "sessions of this service",
			heel_names_text(system, &open), advice_for(system, service));
	else if (system->has_module)
		heel_system_warn(
			system, at,
			"%s: pam_heel is not in the session stack, and only heel-shell confines %s: %s",
			door ? door->what : "sessions",
			heel_names_text(system, &by_shell), advice_for(system, service));
}

/* --- The line itself --- */

/* Where PAM looks for modules: where its own are. */
static bool is_in_module_directory(const char *module)
{
	static const char *const patterns[] = {
		"/lib/security/%s",	      "/lib64/security/%s",
		"/lib/*/security/%s",	      "/usr/lib/security/%s",
		"/usr/lib64/security/%s",     "/usr/lib/*/security/%s",
		"/usr/local/lib/security/%s",
	};
	bool found = false;

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(patterns) && !found; i++) {
		char pattern[300];
		glob_t paths = {0};
		const char *name = strchr(patterns[i], '%');

		(void)snprintf(pattern, sizeof(pattern), "%.*s%s",
			       (int)(name - patterns[i]), patterns[i], module);
		found = glob(pattern, GLOB_NOSORT, NULL, &paths) == 0;
		globfree(&paths);
	}
	return found;
}

static void check_module_file(struct heel_system *system,
			      const struct heel_pam_line *line)
{
	bool found = line->module[0] == '/' ? access(line->module, F_OK) == 0
					    : is_in_module_directory(line->module);

	if (!found)
		heel_check_fail(system->check, line->at,
				"there is no module %s: %s; install it, or correct the "
				"name",
				line->module,
				line->quiet
					? "with \"-\" in front, PAM leaves the line out "
					  "and confines nobody"
					: "PAM refuses everybody at this line");
	else if (line->quiet)
		heel_system_warn(
			system, line->at,
			"with \"-\" in front, nobody is confined once the module is gone: take the \"-\" away");
}

static void check_arguments(struct heel_system *system, const struct heel_pam_line *line,
			    struct heel_options *ret)
{
	const char *wrong;

	if (!heel_parse_options((int)line->n_arguments, line->arguments, ret, &wrong)) {
		*ret = (struct heel_options){0};
		heel_check_fail(
			system->check, line->at,
			"pam_heel knows no argument \"%s\", and refuses everybody at this line: correct it",
			wrong);
	} else if (ret->config && system->check->installed &&
		   strcmp(ret->config, HEEL_CONFDIR) != 0) {
		heel_system_warn(
			system, line->at,
			"its policy is in %s, which was not looked at: run heel check --config %s as well",
			ret->config, ret->config);
	}
}

/* A refusal must count, and so must a module that cannot be loaded. */
static bool is_weak(const struct heel_pam_line *line)
{
	static const int refusals[] = {HEEL_PAM_PERM_DENIED, HEEL_PAM_SYSTEM_ERR,
				       HEEL_PAM_OPEN_ERR, HEEL_PAM_MODULE_UNKNOWN};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(refusals); i++) {
		int action = line->actions[refusals[i]];

		if (action != HEEL_PAM_BAD && action != HEEL_PAM_DIE)
			return true;
	}
	return false;
}

static void check_session_control(struct heel_system *system,
				  const struct heel_pam_stack *stack, size_t module)
{
	const struct heel_pam_line *line = &stack->lines[module];

	if (is_weak(line))
		heel_check_fail(
			system->check, line->at,
			"with \"%s\", a session that pam_heel refuses begins all the same: write \"requisite\"",
			line->control);
	for (size_t i = 0; i < module; i++)
		if (heel_pam_leads_past(stack, i, module, false))
			heel_check_fail(
				system->check, stack->lines[i].at,
				"\"%s\" leads past pam_heel, and the session is not confined: take it away, or write \"required\"",
				stack->lines[i].control);
	for (size_t i = module + 1; i < stack->n; i++)
		if (is_module(&stack->lines[i]))
			heel_system_warn(
				system, stack->lines[i].at,
				"pam_heel is in this stack already (%s): each is a domain of its own; take one of them away",
				heel_origin_text(system->arena, line->at));
}

/* Modules that do not work in the domain. */
static const struct {
	const char *module;
	const char *argument; /* NULL: with any */
	const char *what;
} outside[] = {
	{"pam_mkhomedir.so", NULL, "fails"},
	{"pam_loginuid.so", NULL, "fails"},
	{"pam_namespace.so", NULL, "fails"},
	{"pam_exec.so", NULL, "fails"},
	/* It refuses the session, or lifts what the profile limits. */
	{"pam_limits.so", NULL, "fails where the profile does not grant /etc/security"},
	{"pam_selinux.so", "open", "does not change the context"},
};

static void check_order(struct heel_system *system, const struct heel_pam_stack *stack,
			size_t module)
{
	for (size_t i = module + 1; i < stack->n; i++)
		for (size_t j = 0; j < HEEL_ARRAY_SIZE(outside); j++)
			if (stack->lines[i].asked &&
			    strcmp(heel_pam_module_name(&stack->lines[i]),
				   outside[j].module) == 0 &&
			    (!outside[j].argument ||
			     heel_pam_has_argument(&stack->lines[i],
						   outside[j].argument)))
				heel_system_warn(
					system, stack->lines[i].at,
					"behind pam_heel (%s), %s is in the domain and %s: put pam_heel behind it",
					heel_origin_text(system->arena,
							 stack->lines[module].at),
					outside[j].module, outside[j].what);
}

/* --- Its other lines --- */

static void check_account(struct heel_system *system, const char *service,
			  const struct heel_options *options)
{
	struct heel_pam_stack stack = {0};
	struct heel_options own;
	size_t module;

	if (!asks_account(service) ||
	    !read_stack(system, service, HEEL_PAM_ACCOUNT, &stack))
		return;
	module = find_module(&stack);
	if (module == stack.n) {
		heel_system_warn(
			system,
			(struct heel_origin){
				heel_pam_file(system->arena, &heel_pam_system, service),
				0},
			"pam_heel is not in the account stack, so who is to be refused hears it late: put \"account requisite pam_heel.so\" behind its last account line");
		return;
	}
	check_module_file(system, &stack.lines[module]);
	check_arguments(system, &stack.lines[module], &own);
	if (is_weak(&stack.lines[module]))
		heel_system_warn(
			system, stack.lines[module].at,
			"with \"%s\" this line refuses nobody: write \"requisite\"",
			stack.lines[module].control);
	for (size_t i = 0; i < module; i++)
		if (heel_pam_leads_past(&stack, i, module, true))
			heel_system_warn(
				system, stack.lines[i].at,
				"\"%s\" leads past pam_heel's account line, which then refuses nobody: put that line in front",
				stack.lines[i].control);
	if (strcmp(own.config ? own.config : "",
		   options->config ? options->config : "") != 0)
		heel_system_warn(
			system, stack.lines[module].at,
			"\"config\" is not that of the session line: give the same one here");
}

static void check_defer(struct heel_system *system, const char *service,
			const struct heel_pam_line *session)
{
	struct heel_pam_stack stack = {0};
	size_t module;

	if (strcmp(service, "sshd") != 0) {
		heel_system_warn(
			system, session->at,
			"\"defer\" has no effect on services other than sshd: take it away");
		return;
	}
	if (!read_stack(system, service, HEEL_PAM_AUTH, &stack))
		return;
	module = find_module(&stack);
	if (module == stack.n)
		heel_system_warn(
			system, session->at,
			"\"defer\" has no effect without \"auth optional pam_heel.so\" as the first auth line: put it there");
	else if (module > 0)
		heel_check_fail(
			system->check, stack.lines[module].at,
			"is not the first auth line: with \"defer\", a session may begin not confined; put it in front of %s",
			heel_origin_text(system->arena, stack.lines[0].at));
}

static void check_user_environment(struct heel_system *system, const char *service)
{
	static const enum heel_pam_type kinds[] = {HEEL_PAM_AUTH, HEEL_PAM_SESSION};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(kinds); i++) {
		struct heel_pam_stack stack = {0};

		if (!read_stack(system, service, kinds[i], &stack))
			continue;
		for (size_t j = 0; j < stack.n; j++)
			if (strcmp(heel_pam_module_name(&stack.lines[j]), "pam_env.so") ==
				    0 &&
			    heel_pam_has_argument(&stack.lines[j], "user_readenv=1"))
				heel_system_warn(
					system, stack.lines[j].at,
					"user_readenv=1 takes variables from ~/.pam_environment, ahead of the confinement: take it away");
	}
}

/* --- sudo --- */

static void check_sudoers_file(struct heel_system *system, const char *file)
{
	struct heel_lines lines = {0};
	const char *text;
	int rc = heel_read_text(system->arena, file, &text);

	system->hidden |= rc == -EACCES;
	if (rc < 0 || heel_split_lines(system->arena, text, true, &lines) < 0)
		return;
	for (size_t i = 0; i < lines.n; i++)
		if (strncmp(lines.v[i].text, "Defaults", strlen("Defaults")) == 0 &&
		    strstr(lines.v[i].text, "!pam_session"))
			heel_check_fail(
				system->check,
				(struct heel_origin){file, lines.v[i].number},
				"with !pam_session, sudo opens no session, and what it runs as others is not confined: take it away");
}

static void check_sudoers(struct heel_system *system)
{
	glob_t paths = {0};
	int rc = glob("/etc/sudoers.d/*", 0, NULL, &paths);

	check_sudoers_file(system, "/etc/sudoers");
	system->hidden |= rc == GLOB_ABORTED ||
			  (rc == GLOB_NOMATCH && access("/etc/sudoers.d", F_OK) == 0 &&
			   access("/etc/sudoers.d", R_OK) != 0);
	for (size_t i = 0; rc == 0 && i < paths.gl_pathc; i++) {
		const char *name = strrchr(paths.gl_pathv[i], '/') + 1;

		/* sudo leaves out what an editor or a package manager has put aside. */
		if (!strchr(name, '.') && name[strlen(name) - 1] != '~')
			check_sudoers_file(
				system,
				HEEL_NEED(heel_strdup(system->arena, paths.gl_pathv[i])));
	}
	globfree(&paths);
}

/* --- All services --- */

/* Some session of the service is to be confined. */
static bool concerns_somebody(const struct heel_system *system, const char *service)
{
	const char *profile;

	for (size_t i = 0; i < system->n_people; i++)
		if (heel_is_concerned(system, &system->people[i], service, &profile))
			return true;
	return heel_may_confine(system, service);
}

static void check_service(struct heel_system *system, const char *service)
{
	struct heel_options options = {0};
	struct heel_pam_stack stack = {0};
	bool concerns = concerns_somebody(system, service);
	size_t module;

	if (!read_stack(system, service, HEEL_PAM_SESSION, &stack))
		return;
	module = find_module(&stack);
	if (concerns)
		check_user_environment(system, service);
	if (concerns && module == stack.n)
		report_missing(system, service);
	if (module == stack.n)
		return;
	check_module_file(system, &stack.lines[module]);
	check_arguments(system, &stack.lines[module], &options);
	check_session_control(system, &stack, module);
	if (!options.defer)
		check_order(system, &stack, module);
	else
		check_defer(system, service, &stack.lines[module]);
	check_account(system, service, &options);
}

void heel_check_pam(struct heel_system *system)
{
	for (size_t i = 0; i < system->n_services; i++)
		check_service(system, system->services[i]);
	if (heel_session_line(system, "sudo") || heel_session_line(system, "sudo-i"))
		check_sudoers(system);
}
