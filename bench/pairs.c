/* SPDX-License-Identifier: ISC */
/*
 * pairs [-o] [-n ROUNDS] FILE: times commands against the first of them, in rounds in
 * which each has a turn, in an order of the round's own: what else the machine does, and
 * what the one before leaves behind, meets all of them alike.
 *
 * A line of the file is USER, NAME, PROGRAM and its arguments, with tabs in between. The
 * command runs as the user, in their home, with all their groups and little environment.
 * With -o it is not the time from fork(2) to the end that counts, but the number that the
 * command prints.
 *
 * For each it prints, with tabs in between: NAME, the number of rounds; median and
 * quartiles of the microseconds; median and quartiles of the ratio to the first one of
 * the same round; the median of the difference to it; minor page faults and the largest
 * resident set in KiB. A command that fails in the round before the first is left out:
 * "NAME failed STATUS".
 */
#include <err.h>
#include <fcntl.h>
#include <grp.h>
#include <math.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

enum {
	MOST_ROWS = 32,
	MOST_WORDS = 64,
	MOST_GROUPS = 1024,
};

struct row {
	const char *name;
	char *words[MOST_WORDS];
	char *environment[5];
	uid_t uid;
	gid_t gid, groups[MOST_GROUPS];
	int n_groups;
	int failed; /* its status */
	double *time, *faults, *memory;
};

struct run {
	struct row *rows;
	size_t n_rows, rounds;
	bool output; /* what counts is what it prints */
};

static void *allocate(size_t n, size_t size)
{
	void *memory = calloc(n, size);

	if (!memory)
		err(1, "calloc");
	return memory;
}

static char *join(const char *key, const char *value)
{
	char *text;

	if (asprintf(&text, "%s%s", key, value) < 0)
		err(1, "asprintf");
	return text;
}

/* --- The file ------------------------------------------------------------------ */

static void read_user(struct row *row, const char *name)
{
	/* cppcheck-suppress getpwnamCalled; there is one thread */
	const struct passwd *user = getpwnam(name);

	if (!user)
		errx(1, "no user %s", name);
	row->uid = user->pw_uid;
	row->gid = user->pw_gid;
	row->n_groups = MOST_GROUPS;
	if (getgrouplist(name, user->pw_gid, row->groups, &row->n_groups) < 0)
		errx(1, "%s is in too many groups", name);
	row->environment[0] = join("PATH=", "/usr/local/bin:/usr/bin:/bin");
	row->environment[1] = join("HOME=", user->pw_dir);
	row->environment[2] = join("USER=", name);
	row->environment[3] = join("LOGNAME=", name);
}

static void read_row(struct row *row, char *line, size_t rounds)
{
	char *rest = line, *user = strsep(&rest, "\t"), *word;
	size_t n = 0;

	row->name = strsep(&rest, "\t");
	while ((word = strsep(&rest, "\t")) != NULL) {
		if (n + 1 >= MOST_WORDS)
			errx(1, "%s: too many words", row->name);
		row->words[n++] = word;
	}
	if (n == 0)
		errx(1, "a row without a command");
	read_user(row, user);
	/* One more than is kept. */
	row->time = allocate(rounds + 1, sizeof(double));
	row->faults = allocate(rounds + 1, sizeof(double));
	row->memory = allocate(rounds + 1, sizeof(double));
}

static void read_rows(struct run *run, const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (!file)
		err(1, "%s", path);
	run->rows = allocate(MOST_ROWS, sizeof(*run->rows));
	/* Each line stays: the row is made of it. */
	while (getline(&line, &size, file) > 0) {
		if (run->n_rows == MOST_ROWS)
			errx(1, "%s: too many rows", path);
		line[strcspn(line, "\n")] = '\0';
		read_row(&run->rows[run->n_rows++], line, run->rounds);
		line = NULL;
		size = 0;
	}
	(void)fclose(file); /* only read */
	if (run->n_rows == 0)
		errx(1, "%s: no rows", path);
}

/* --- One turn ------------------------------------------------------------------ */

static void become(const struct row *row)
{
	if (setgroups((size_t)row->n_groups, row->groups) < 0 ||
	    setresgid(row->gid, row->gid, row->gid) < 0 ||
	    setresuid(row->uid, row->uid, row->uid) < 0 ||
	    chdir(strchr(row->environment[1], '=') + 1) < 0)
		_exit(124);
}

_Noreturn static void execute(struct row *row, int out)
{
	int null = open("/dev/null", O_RDWR);

	become(row);
	if (null < 0 || dup2(null, 0) < 0 || dup2(out < 0 ? null : out, 1) < 0 ||
	    dup2(null, 2) < 0)
		_exit(124);
	if (null > 2)
		close(null);
	execve(row->words[0], row->words, row->environment);
	_exit(127);
}

/* The number that the command has printed; NAN if none. */
static double printed(int fd)
{
	char text[64] = "", *end;
	size_t used = 0;
	ssize_t n;
	double value;

	while (used < sizeof(text) - 1 &&
	       (n = read(fd, text + used, sizeof(text) - 1 - used)) > 0)
		used += (size_t)n;
	value = strtod(text, &end);
	return end == text ? NAN : value;
}

/* Runs it once and keeps what is measured under the number; returns its status. */
static int turn(struct run *run, struct row *row, size_t at)
{
	int pipes[2] = {-1, -1}, status;
	struct rusage usage;
	double begin;
	pid_t pid;

	if (run->output && pipe2(pipes, O_CLOEXEC) < 0)
		err(1, "pipe");
	begin = bench_now();
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0)
		execute(row, pipes[1]);
	if (run->output) {
		close(pipes[1]);
		row->time[at] = printed(pipes[0]);
		close(pipes[0]);
	}
	if (wait4(pid, &status, 0, &usage) < 0)
		err(1, "wait4");
	if (!run->output)
		row->time[at] = bench_now() - begin;
	row->faults[at] = (double)usage.ru_minflt;
	row->memory[at] = (double)usage.ru_maxrss;
	if (status == 0 && isnan(row->time[at]))
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* An order for a round, the same in each run of the program. */
static void shuffle(size_t *order, size_t n)
{
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	for (size_t i = n - 1; i > 0; i--) {
		size_t other = (size_t)lrand48() % (i + 1), kept = order[i];

		order[i] = order[other];
		order[other] = kept;
	}
}

static void measure(struct run *run)
{
	size_t order[MOST_ROWS];

	for (size_t i = 0; i < run->n_rows; i++)
		run->rows[i].failed = turn(run, &run->rows[i], 0);
	if (run->rows[0].failed)
		errx(1, "%s fails: status %d", run->rows[0].name, run->rows[0].failed);
	for (size_t at = 0; at < run->rounds; at++) {
		shuffle(order, run->n_rows);
		for (size_t i = 0; i < run->n_rows; i++) {
			struct row *row = &run->rows[order[i]];

			if (row->failed)
				continue;
			/* Does not count: what the one before leaves behind meets this.
			 */
			(void)turn(run, &run->rows[0], run->rounds);
			if (turn(run, row, at) != 0)
				errx(1, "%s fails in round %zu", row->name, at);
		}
	}
}

/* --- What comes of it ---------------------------------------------------------- */

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

struct spread {
	double quartile[3]; /* the second is the median */
};

/* Sorts the values. */
static struct spread spread_of(double *values, size_t n)
{
	struct spread spread;

	qsort(values, n, sizeof(*values), compare);
	for (size_t i = 0; i < 3; i++)
		spread.quartile[i] = values[(n - 1) * (i + 1) / 4];
	return spread;
}

static void print_spread(struct spread spread)
{
	printf("\t%.4g\t%.4g\t%.4g", spread.quartile[1], spread.quartile[0],
	       spread.quartile[2]);
}

static void print_row(const struct run *run, const struct row *row)
{
	size_t n = run->rounds;
	double *ratios = allocate(n, sizeof(double)),
	       *added = allocate(n, sizeof(double));
	double *times = allocate(n, sizeof(double));

	for (size_t i = 0; i < n; i++) {
		ratios[i] = row->time[i] / run->rows[0].time[i];
		added[i] = row->time[i] - run->rows[0].time[i];
		times[i] = row->time[i]; /* in its order, for the rows that follow */
	}
	printf("%s\t%zu", row->name, n);
	print_spread(spread_of(times, n));
	print_spread(spread_of(ratios, n));
	printf("\t%.4g\t%.0f\t%.0f\n", spread_of(added, n).quartile[1],
	       spread_of(row->faults, n).quartile[1],
	       spread_of(row->memory, n).quartile[1]);
	free(times);
	free(added);
	free(ratios);
}

int main(int argc, char **argv)
{
	struct run run = {.rounds = 100};
	int option;

	while ((option = getopt(argc, argv, "on:")) != -1)
		if (option == 'o')
			run.output = true;
		else if (option == 'n')
			run.rounds = strtoul(optarg, NULL, 10);
		else
			return 2;
	if (argc - optind != 1 || run.rounds == 0)
		errx(2, "usage: pairs [-o] [-n ROUNDS] FILE");
	read_rows(&run, argv[optind]);
	measure(&run);
	for (size_t i = 0; i < run.n_rows; i++)
		if (run.rows[i].failed)
			printf("%s\tfailed\t%d\n", run.rows[i].name, run.rows[i].failed);
		else
			print_row(&run, &run.rows[i]);
	return 0;
}
