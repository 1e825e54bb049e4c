/* SPDX-License-Identifier: ISC */
/* The `heel` command: finds the subcommand, reads its options, prints its help. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "text.h"

/* What a command takes is a set of these. */
enum takes {
	OPTION_CONFIG = 1,
	OPTION_JSON = 2,
	OPTION_STRICT = 4,
	OPTION_SYSTEM = 8,
	OPTION_PROFILE = 16,
	OPTION_SERVICE = 32,
	OPTION_AS = 64,
	OPTION_CHDIR = 128,
	OPTION_ENV = 256,
	OPTION_HELP = 512,
	OPTION_VERSION = 1024,
	OPTION_FILTER = 2048,
	OPTION_OUTDATED = 4096,
};

static const struct {
	enum takes bit;
	const char *name;
	const char *argument; /* NULL: takes none */
	const char *help;     /* NULL: not to be advertised yet */
} options[] = {
	{OPTION_PROFILE, "profile", "NAME",
	 "take this profile, whatever heel.conf assigns"},
	{OPTION_AS, "as", "USER",
	 "as that user, with what is assigned to USER (root only)"},
	{OPTION_SERVICE, "service", "NAME",
	 "the PAM service that the session comes through [heel-shell]"},
	{OPTION_CHDIR, "chdir", "DIR", "change to DIR once confined"},
	{OPTION_ENV, "env", "NAME=VALUE",
	 "set a variable for the command; may be repeated"},
	{OPTION_FILTER, "filter", NULL,
	 "show the system call filter: its rules and its instructions"},
	{OPTION_OUTDATED, "outdated", NULL,
	 "only sessions that would be given another policy now"},
	{OPTION_STRICT, "strict", NULL, "exit with 1 also when there are only warnings"},
	{OPTION_SYSTEM, "system", NULL, "also what on this host leads around the policy"},
	{OPTION_CONFIG, "config", "DIR",
	 "read the policy from DIR, not from " HEEL_CONFDIR},
	{OPTION_JSON, "json", NULL, "print one JSON object"},
	{OPTION_HELP, "help", NULL, "print this help and exit"},
	{OPTION_VERSION, "version", NULL, "print the version and exit"},
};

#define OPTIONS	       HEEL_ARRAY_SIZE(options)
#define OPTIONS_ALWAYS ((unsigned int)OPTION_HELP | OPTION_VERSION)
#define OPTIONS_COMMON (OPTIONS_ALWAYS | OPTION_CONFIG | OPTION_JSON)

struct command {
	const char *name;
	const char *usage;
	const char *summary;
	const char *help;
	unsigned int options;
	bool operands_end_options; /* the first operand begins somebody else's command */
	size_t least, most;	   /* operands */
	int (*run)(const struct heel_arguments *arguments);
};

static const struct command commands[] = {
	{
		.name = "status",
		.usage = "[OPTION]...",
		.summary = "what this kernel can enforce, tried out",
		.help = "Says what Landlock of this kernel can do, and tries it in a "
			"domain of its\n"
			"own: each act must work outside and fail inside.\n",
		.options = OPTIONS_ALWAYS | OPTION_JSON | OPTION_CONFIG,
		.run = heel_command_status,
	},
	{
		.name = "check",
		.usage = "[OPTION]...",
		.summary = "errors and bad advice in the policy files",
		.help = "Reads heel.conf and every file of users.d, profiles.d and "
			"services.d, also\n"
			"the shipped ones, and prints all that is wrong or unwise as "
			"FILE:LINE: error:\n"
			"TEXT or FILE:LINE: warning: TEXT. What profiles expect is tried as in "
			"heel can.\n"
			"With --system, also PAM's stacks, sshd's settings, accounts, "
			"processes and the\n"
			"kernel's switches; best as root.\n",
		.options = OPTIONS_COMMON | OPTION_STRICT | OPTION_SYSTEM,
		.run = heel_command_check,
	},
	{
		.name = "show",
		.usage = "[OPTION]... USER | --profile NAME [USER]",
		.summary = "the policy of a session, each line with its source",
		.help = "Shows what a session of USER may do, each line with the file "
			"and line that\n"
			"it comes from, and what this kernel cannot enforce of it. With "
			"--profile,\n"
			"what that profile means for you, or for USER.\n",
		.options =
			OPTIONS_COMMON | OPTION_PROFILE | OPTION_SERVICE | OPTION_FILTER,
		.most = 1,
		.run = heel_command_show,
	},
	{
		.name = "can",
		.usage = "[OPTION]... USER read|write|execute|connect|bind TARGET",
		.summary = "may USER do that? yes or no, and the line that decides",
		.help = "Answers yes (exit code 0) or no (1) for a session of USER, and "
			"names the\n"
			"line of the policy that decides. TARGET is an absolute path, or "
			"for\n"
			"connect and bind a TCP port. File permissions apply in "
			"addition.\n",
		.options = OPTIONS_COMMON | OPTION_SERVICE,
		.least = 3,
		.most = 3,
		.run = heel_command_can,
	},
	{
		.name = "run",
		.usage = "[OPTION]... [--] COMMAND [ARGUMENT]...",
		.summary = "run a command confined, before anything is assigned",
		.help = "Runs COMMAND confined as your own sessions are, or by the "
			"profile given,\n"
			"or (as root) as another user with what is assigned to that "
			"user. The exit\n"
			"code is that of COMMAND; 125 if heel refused before anything "
			"was started,\n"
			"126 if COMMAND cannot be executed, 127 if it is not there.\n",
		.options = OPTIONS_ALWAYS | OPTION_CONFIG | OPTION_PROFILE | OPTION_AS |
			   OPTION_SERVICE | OPTION_CHDIR | OPTION_ENV,
		.operands_end_options = true,
		.least = 1,
		.most = SIZE_MAX,
		.run = heel_command_run,
	},
	{
		.name = "selftest",
		.usage = "[OPTION]...",
		.summary = "try the known ways out of a session",
		.help = "Does, as you and in children confined as a session of yours, what "
			"users do to\n"
			"get out of one. Says of each whether it was stopped, and by which "
			"line. Each\n"
			"must work unconfined first. Harmless: it touches nothing but its "
			"own files and\n"
			"processes, and loopback. The exit code is 1 if something is not "
			"stopped although\n"
			"the profile claims it.\n",
		.options = OPTIONS_COMMON | OPTION_PROFILE,
		.run = heel_command_selftest,
	},
	{
		.name = "diff",
		.usage = "[OPTION]... OLDDIR NEWDIR [USER]...",
		.summary = "what sessions gain and lose by another policy",
		.help = "Compares two policy directories: heel.conf, who gets another "
			"profile by it,\n"
			"and each profile; or, with USERs, what their sessions may do. "
			"A line with + is\n"
			"what sessions may do more, one with - what they may do no "
			"longer. The exit code\n"
			"is 1 if there is a difference, or if a directory cannot be "
			"loaded.\n",
		.options = OPTIONS_ALWAYS | OPTION_JSON | OPTION_SERVICE,
		.least = 2,
		.most = SIZE_MAX,
		.run = heel_command_diff,
	},
	{
		.name = "sessions",
		.usage = "[OPTION]...",
		.summary = "the confined sessions of this host",
		.help = "Lists the sessions that pam_heel has confined and that last: "
			"the process that\n"
			"opened each, user, service, profile, since when, and whether it "
			"is outdated:\n"
			"such a session would be given another policy now, or none. With "
			"--config, by\n"
			"the policy in DIR. For root only.\n",
		.options = OPTIONS_COMMON | OPTION_OUTDATED,
		.run = heel_command_sessions,
	},
	{
		.name = "cache",
		.usage = "[OPTION]...",
		.summary =
			"work out beforehand what sessions need, so that they start faster",
		.help = "Writes what follows from the policy files into cache.d beside "
			"them. A session\n"
			"takes from there what was worked out of the very files that it "
			"reads, and works\n"
			"out the rest: after a change it starts as before, only slower, "
			"until this is run\n"
			"again.\n",
		.options = OPTIONS_COMMON,
		.run = heel_command_cache,
	},
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	struct heel_suggestion suggestion = {.name = name};
	char buffer[64];

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(commands); i++)
		heel_suggest(&suggestion, commands[i].name);
	return heel_usage_error("unknown command \"%s\"%s", name,
				heel_did_you_mean(&suggestion, buffer, sizeof(buffer)));
}

/* --- Help --- */

static void print_options(unsigned int taken)
{
	(void)fputs("\nOptions:\n", stdout);
	for (size_t i = 0; i < OPTIONS; i++) {
		char left[40];

		if (!(taken & options[i].bit) || !options[i].help)
			continue;
		(void)snprintf(left, sizeof(left), "%s--%s%s%s",
			       options[i].bit == OPTION_HELP	  ? "-h, "
			       : options[i].bit == OPTION_VERSION ? "-V, "
								  : "    ",
			       options[i].name, options[i].argument ? " " : "",
			       options[i].argument ? options[i].argument : "");
		(void)printf("  %-22s  %s\n", left, options[i].help);
	}
}

static void print_help(const struct command *command)
{
	(void)printf("Usage: heel %s %s\n\n%s", command->name, command->usage,
		     command->help);
	print_options(command->options & ~(unsigned int)OPTION_VERSION);
}

static void print_overview(FILE *stream)
{
	(void)fputs("Usage: heel [OPTION]... COMMAND [ARGUMENT]...\n\n"
		    "Checks, explains and tries out the policies that confine login "
		    "sessions.\n\nCommands:\n",
		    stream);
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(commands); i++)
		(void)fprintf(stream, "  %-10s%s\n", commands[i].name,
			      commands[i].summary);
	if (stream == stdout)
		print_options(OPTIONS_COMMON);
	(void)fputs("\nExit codes: 0 done, or yes; 1 something was found, or no; 2 wrong "
		    "usage.\n'heel COMMAND --help' says more about a command; see also "
		    "heel(8), heel.conf(5).\n",
		    stream);
}

/* --- Options --- */

/* What getopt_long() returns for an option is its index, from here on. */
#define INDEX_BASE 256

static void make_table(unsigned int taken, struct option *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < OPTIONS; i++)
		if (taken & options[i].bit)
			ret[n++] = (struct option){
				.name = options[i].name,
				.has_arg = options[i].argument ? required_argument
							       : no_argument,
				.val = INDEX_BASE + (int)i,
			};
	ret[n] = (struct option){0};
}

static int unknown_option(unsigned int taken, const char *word, int letter)
{
	struct heel_suggestion suggestion = {.name = word + strspn(word, "-")};

	if (letter != 0)
		return heel_usage_error("unknown option \"-%c\"", letter);
	for (size_t i = 0; i < OPTIONS; i++)
		if (taken & options[i].bit)
			heel_suggest(&suggestion, options[i].name);
	if (!suggestion.best)
		return heel_usage_error("unknown option \"%s\"", word);
	return heel_usage_error("unknown option \"%s\"; did you mean \"--%s\"?", word,
				suggestion.best);
}

/* getopt_long() answered c = '?' or ':' for the word. */
static int bad_option(unsigned int taken, int c, const char *word)
{
	if (c == ':')
		return heel_usage_error("option \"%s\" needs an argument", word);
	if (optopt >= INDEX_BASE)
		return heel_usage_error("option \"--%s\" takes no argument",
					options[optopt - INDEX_BASE].name);
	return unknown_option(taken, word, optopt);
}

static void take_option(struct heel_arguments *arguments, enum takes bit,
			const char *value)
{
	switch (bit) {
	case OPTION_CONFIG:
		arguments->config = value;
		break;
	case OPTION_PROFILE:
		arguments->profile = value;
		break;
	case OPTION_SERVICE:
		arguments->service = value;
		break;
	case OPTION_AS:
		arguments->as = value;
		break;
	case OPTION_CHDIR:
		arguments->chdir = value;
		break;
	case OPTION_ENV:
		arguments->environment[arguments->n_environment++] = value;
		break;
	case OPTION_JSON:
		arguments->json = true;
		break;
	case OPTION_STRICT:
		arguments->strict = true;
		break;
	case OPTION_FILTER:
		arguments->filter = true;
		break;
	case OPTION_OUTDATED:
		arguments->outdated = true;
		break;
	case OPTION_SYSTEM:
		arguments->system = true;
		break;
	case OPTION_HELP:
	case OPTION_VERSION:
		break;
	}
}

/* Prints what --help and --version ask for; false for another option. */
static bool answer(enum takes bit, const struct command *command)
{
	if (bit == OPTION_VERSION)
		(void)puts(PACKAGE_NAME " " PACKAGE_VERSION);
	else if (bit == OPTION_HELP && command)
		print_help(command);
	else if (bit == OPTION_HELP)
		print_overview(stdout);
	else
		return false;
	return true;
}

/* parse() has done all there was to do. */
#define ANSWERED (-1)

/*
 * Takes the options in argv[1..]; operands may stand between them, or with
 * operands_end end them. Returns 0, ANSWERED, or an exit code. Afterwards optind
 * is the first word that was not looked at.
 */
static int parse(unsigned int taken, const struct command *command, bool operands_end,
		 int argc, char **argv, struct heel_arguments *arguments)
{
	/* '-' gives operands as option 1 wherever they stand, also with POSIXLY_CORRECT.
	 */
	const char *letters = operands_end ? "+:hV" : "-:hV";
	struct option table[OPTIONS + 1];
	int c;

	make_table(taken, table);
	optind = 0; /* start anew, with these letters */
	opterr = 0;
	while ((c = getopt_long(argc, argv, letters, table, NULL)) != -1) {
		enum takes bit;

		if (c == 1) {
			arguments->operands[arguments->n_operands++] = optarg;
			continue;
		}
		if (c == '?' || c == ':')
			return bad_option(taken, c, argv[optind - 1]);
		bit = c == 'h'	 ? OPTION_HELP
		      : c == 'V' ? OPTION_VERSION
				 : options[c - INDEX_BASE].bit;
		if (answer(bit, command))
			return ANSWERED;
		take_option(arguments, bit, optarg);
	}
	return 0;
}

static int check_operands(const struct command *command,
			  const struct heel_arguments *arguments)
{
	if (arguments->n_operands < command->least)
		return heel_usage_error("%s: usage: heel %s %s",
					command->least == 1 ? "a command is missing"
							    : "arguments are missing",
					command->name, command->usage);
	if (arguments->n_operands > command->most)
		return heel_usage_error("heel %s: unexpected argument \"%s\"",
					command->name,
					arguments->operands[command->most]);
	if (arguments->config && !arguments->config[0])
		return heel_usage_error("--config needs the name of a directory");
	if (arguments->config && !(command->options & OPTION_CONFIG))
		return heel_usage_error("heel %s does not take --config", command->name);
	if (arguments->json && !(command->options & OPTION_JSON))
		return heel_usage_error("heel %s does not take --json", command->name);
	return 0;
}

static int run_command(int argc, char **argv, struct heel_arguments *arguments)
{
	const struct command *command = find_command(argv[0]);
	int rc;

	if (!command)
		return unknown_command(argv[0]);
	rc = parse(command->options, command, command->operands_end_options, argc, argv,
		   arguments);
	if (rc != 0)
		return rc == ANSWERED ? HEEL_EXIT_DONE : rc;
	while (optind < argc)
		arguments->operands[arguments->n_operands++] = argv[optind++];
	rc = check_operands(command, arguments);
	return rc != 0 ? rc : command->run(arguments);
}

static int run_main(int argc, char **argv, struct heel_arguments *arguments)
{
	int rc = parse(OPTIONS_COMMON, NULL, true, argc, argv, arguments);

	if (rc != 0)
		return rc == ANSWERED ? HEEL_EXIT_DONE : rc;
	if (optind >= argc) {
		print_overview(stderr);
		return HEEL_EXIT_USAGE;
	}
	return run_command(argc - optind, argv + optind, arguments);
}

/* --- The process --- */

/*
 * Puts something on the standard descriptors that are closed, so that no policy
 * file is opened there. Returns whether standard output was closed, or -errno.
 */
static int fill_standard_descriptors(void)
{
	bool closed = fcntl(STDOUT_FILENO, F_GETFD) < 0;
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd < 0)
			return -errno;
	} while (fd <= STDERR_FILENO);
	(void)close(fd); /* nothing was written */
	return closed;
}

/* The exit code, once it is known whether all output arrived. */
static int finish(int status, bool closed)
{
	if (!ferror(stdout) && fflush(stdout) == 0 && !closed)
		return status;
	(void)fprintf(stderr, "heel: write error: %s\n",
		      strerror(closed ? EBADF : errno));
	return status == HEEL_EXIT_DONE ? HEEL_EXIT_FOUND : status;
}

int main(int argc, char **argv)
{
	struct heel_arguments arguments = {0};
	size_t words = (size_t)argc + 1;
	int closed = fill_standard_descriptors();
	int status;

	if (closed < 0) {
		heel_say(stderr, "heel: /dev/null cannot be opened: %s",
			 strerror(-closed));
		return HEEL_EXIT_REFUSED;
	}
	arguments.operands = calloc(words, sizeof(*arguments.operands));
	arguments.environment = calloc(words, sizeof(*arguments.environment));
	if (!arguments.operands || !arguments.environment) {
		/* Not the status 1, which would be the command's if this was to run one.
		 */
		(void)fputs("heel: out of memory\n", stderr);
		return HEEL_EXIT_REFUSED;
	}
	status = run_main(argc, argv, &arguments);
	free(arguments.operands);
	free(arguments.environment);
	return finish(status, closed);
}
