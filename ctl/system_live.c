/* SPDX-License-Identifier: ISC */
/*
 * `heel check --system`: what runs, or will be started, outside of any session of heel's:
 * processes, user managers and their units, jobs.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system.h"
#include "text.h"
#include "textfile.h"

static const struct heel_person *find_person(const struct heel_system *system, uid_t uid)
{
	for (size_t i = 0; i < system->n_people; i++)
		if (system->people[i].subject.uid == uid)
			return &system->people[i];
	return NULL;
}

static const struct heel_person *find_person_named(const struct heel_system *system,
						   const char *name)
{
	for (size_t i = 0; i < system->n_people; i++)
		if (strcmp(system->people[i].subject.user, name) == 0)
			return &system->people[i];
	return NULL;
}

/* --- Processes --- */

/* What /proc/PID/status says. */
struct process {
	const char *name;
	uint64_t uid;
	uint64_t seccomp;
	bool dead;
};

/* Fields are "NAME:\tVALUE", and of the ids the first is the real one. */
static bool read_process(struct heel_arena *arena, const char *pid, struct process *ret)
{
	const char *file = HEEL_NEED(heel_format(arena, "/proc/%s/status", pid)), *text;
	struct process process = {.name = "", .seccomp = UINT64_MAX, .uid = UINT64_MAX};
	struct heel_lines lines = {0};

	if (heel_read_proc(arena, file, &text) < 0)
		return false; /* it has ended */
	if (heel_split_lines(arena, text, false, &lines) < 0)
		heel_out_of_memory();
	for (size_t i = 0; i < lines.n; i++) {
		char *rest = lines.v[i].text;
		const char *field = HEEL_NEED(heel_next_word(&rest));
		const char *value = heel_next_word(&rest);
		uint64_t number = UINT64_MAX;

		if (!value)
			continue;
		if (heel_parse_number(value, UINT32_MAX, &number) < 0)
			number = UINT64_MAX;
		if (strcmp(field, "Name:") == 0)
			process.name = value;
		else if (strcmp(field, "State:") == 0)
			process.dead = *value == 'Z' || *value == 'X';
		else if (strcmp(field, "Uid:") == 0)
			process.uid = number;
		else if (strcmp(field, "Seccomp:") == 0)
			process.seccomp = number;
	}
	*ret = process;
	return process.uid != UINT64_MAX;
}

/*
 * Nobody can ask the kernel whether a process is in a Landlock domain. But every session
 * of heel's has a system call filter, and a process without one is in none.
 */
static void check_processes(struct heel_system *system)
{
	HEEL_CLOSE_DIR DIR *directory = opendir("/proc");
	struct heel_names processes = {0};
	const struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		struct heel_arena arena = {0};
		const struct heel_person *person;
		struct process process;

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		if (read_process(&arena, entry->d_name, &process) && !process.dead &&
		    process.seccomp == 0 &&
		    (person = find_person(system, (uid_t)process.uid)))
			heel_add_name(
				system, &processes,
				HEEL_NEED(heel_format(system->arena, "%s (%s of %s)",
						      entry->d_name, process.name,
						      person->subject.user)));
		heel_arena_free(&arena);
	}
	if (processes.n > 0)
		heel_system_warn(
			system, (struct heel_origin){0},
			"processes outside of any session of heel's, as no system call filter is on them: %s; end them",
			heel_names_text(system, &processes));
}

/* --- User managers --- */

static bool is_directory(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void check_lingering(struct heel_system *system)
{
	static const char folder[] = "/var/lib/systemd/linger";
	HEEL_CLOSE_DIR DIR *directory = opendir(folder);
	const struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		const char *file = HEEL_NEED(
			heel_format(system->arena, "%s/%s", folder, entry->d_name));

		if (find_person_named(system, entry->d_name))
			heel_check_fail(
				system->check, (struct heel_origin){file, 0},
				"systemd runs units of %s all the time, and pam_heel is not in the stack of systemd-user: loginctl disable-linger %s, or put it there",
				entry->d_name, entry->d_name);
	}
}

static void check_units(struct heel_system *system)
{
	static const char *const folders[] = {".config/systemd/user",
					      ".local/share/systemd/user"};

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(folders); i++) {
		struct heel_names names = {0};
		const char *first = NULL;

		for (size_t j = 0; j < system->n_people; j++) {
			const struct heel_subject *subject = &system->people[j].subject;
			const char *path = HEEL_NEED(heel_format(
				system->arena, "%s/%s", subject->home, folders[i]));

			if (!is_directory(path))
				continue;
			first = first ? first : path;
			heel_add_name(system, &names, subject->user);
		}
		if (first)
			heel_system_warn(
				system, (struct heel_origin){first, 0},
				"units of %s would run not confined, as pam_heel is not in the stack of systemd-user: put it there, or take the units away",
				heel_names_text(system, &names));
	}
}

/* --- Jobs --- */

static const struct spool {
	const char *directory;
	const char *services[3]; /* whoever runs what is in it; NULL ends them */
	const char *what;
	const char *advice;
} spools[] = {
	{"/var/spool/cron/crontabs", {"cron", "crond"}, "the crontab", "crontab -r -u"},
	{"/var/spool/cron", {"crond", "cron"}, "the crontab", "crontab -r -u"},
	{"/var/spool/cron/atjobs", {"atd"}, "a job of at", "atrm the jobs of"},
	{"/var/spool/at", {"atd"}, "a job of at", "atrm the jobs of"},
};

static bool is_covered(const struct heel_system *system, const struct spool *spool)
{
	for (size_t i = 0; spool->services[i]; i++)
		if (heel_session_line(system, spool->services[i]))
			return true;
	return false;
}

/* Whose job it is: crontabs are named after their user, and all belong to theirs. */
static const struct heel_person *owner_of(const struct heel_system *system, int fd,
					  const char *name)
{
	const struct heel_person *person = find_person_named(system, name);
	struct stat st;

	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	return person ? person : find_person(system, st.st_uid);
}

static void check_spool(struct heel_system *system, const struct spool *spool)
{
	HEEL_CLOSE_DIR DIR *directory = opendir(spool->directory);
	const struct dirent *entry;

	system->hidden |= !directory && errno == EACCES;
	while (directory && (entry = readdir(directory))) {
		const struct heel_person *person =
			owner_of(system, dirfd(directory), entry->d_name);
		const char *file = HEEL_NEED(heel_format(
			system->arena, "%s/%s", spool->directory, entry->d_name));

		if (person)
			heel_check_fail(
				system->check, (struct heel_origin){file, 0},
				"%s of %s runs not confined, as pam_heel is not in the stack of %s: put it there, or %s %s",
				spool->what, person->subject.user, spool->services[0],
				spool->advice, person->subject.user);
	}
}

void heel_check_live(struct heel_system *system)
{
	check_processes(system);
	if (!heel_session_line(system, "systemd-user")) {
		check_lingering(system);
		check_units(system);
	}
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(spools); i++)
		if (!is_covered(system, &spools[i]))
			check_spool(system, &spools[i]);
}
