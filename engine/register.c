/* SPDX-License-Identifier: ISC */
/* Where the records of sessions are kept while these last. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "register.h"
#include "text.h"

/* ".PID", while it is written. */
#define NAME_SIZE   16

/* What the kernel's tmpfs says is the size of a directory: so much for each name. */
#define TMPFS_EMPTY 40
#define TMPFS_NAME  20

/* The state, and the beginning, of a process are these words behind its name. */
#define WORD_STATE  0
#define WORD_START  19

/* --- The directory -------------------------------------------------------------------
 */

static int open_directory(const char *path)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/* The one above may be for others, too; each is root's, as what it is made in is. */
static int make_directory(const char *rundir, const char *path)
{
	if (mkdir(rundir, 0755) < 0 && errno != EEXIST)
		return -errno;
	return mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

/* Only a tmpfs tells how many names there are; /run is one. */
static bool is_time(const struct stat *st)
{
	off_t names = (st->st_size - TMPFS_EMPTY) / TMPFS_NAME;

	return names > 0 && names % HEEL_REGISTER_SWEEP == 0;
}

int heel_register_open(const char *rundir, bool make, struct heel_register *ret,
		       struct heel_report *report)
{
	HEEL_CLOSE int fd = -1;
	char path[PATH_MAX];
	struct stat st;

	if (snprintf(path, sizeof(path), "%s/" HEEL_REGISTER, rundir) >=
	    (int)sizeof(path))
		return heel_fail(report, ENAMETOOLONG, (struct heel_origin){0},
				 "the directory for records of sessions has too long a "
				 "name");
	fd = open_directory(path);
	if (fd == -ENOENT && make) {
		fd = make_directory(rundir, path);
		if (fd == 0)
			fd = open_directory(path);
	}
	if (fd < 0)
		return heel_fail(report, -fd, (struct heel_origin){path, 0},
				 "cannot be opened: %s", strerror(-fd));
	if (fstat(fd, &st) < 0)
		return heel_fail(report, errno, (struct heel_origin){path, 0},
				 "cannot be looked at: %s", strerror(errno));
	if (st.st_uid != geteuid() || (st.st_mode & 022))
		return heel_fail(report, EPERM, (struct heel_origin){path, 0},
				 "is not to be trusted: it belongs to uid %u, and has "
				 "the mode %04o",
				 st.st_uid, st.st_mode & 07777);
	*ret = (struct heel_register){HEEL_TAKE_FD(fd), is_time(&st)};
	return 0;
}

void heel_register_close(struct heel_register *records)
{
	heel_close_fd(&records->fd);
	records->fd = -1;
}

/* --- Keeping one ---------------------------------------------------------------------
 */

static void name_record(uint64_t pid, const char *before, char ret[static NAME_SIZE])
{
	(void)snprintf(ret, NAME_SIZE, "%s%u", before, (unsigned int)pid);
}

/*
 * The signal for a file that grows beyond the limit of the process, which may be its
 * user's, would end it.
 */
static int check_limit(size_t length)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) < 0)
		return -errno;
	return limit.rlim_cur < length ? -EFBIG : 0;
}

static int write_record(int fd, const char *text, size_t length)
{
	ssize_t n = write(fd, text, length);

	if (n < 0)
		return -errno;
	return (size_t)n < length ? -ENOSPC : 0;
}

/* Under another name first: nobody is to find half of it. */
static int keep(int directory, uint64_t pid, const char *text, size_t length, int *ret)
{
	HEEL_CLOSE int fd = -1;
	char new[NAME_SIZE], name[NAME_SIZE];
	int rc = check_limit(length);

	if (rc < 0)
		return rc;
	name_record(pid, ".", new);
	name_record(pid, "", name);
	/* Nobody else writes one of that process. Nothing that may be there is waited
	 * for. */
	fd = openat(directory, new,
		    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
			    O_CLOEXEC,
		    0600);
	if (fd < 0)
		return -errno;
	rc = write_record(fd, text, length);
	if (rc == 0 && renameat(directory, new, directory, name) < 0)
		rc = -errno;
	if (rc < 0) {
		(void)unlinkat(directory, new, 0); /* else it is taken away later */
		return rc;
	}
	*ret = HEEL_TAKE_FD(fd);
	return 0;
}

int heel_register_keep(const struct heel_register *records,
		       const struct heel_record *record, int *ret,
		       struct heel_report *report)
{
	char text[HEEL_RECORD_SIZE];
	int length = heel_record_print(record, text);
	int rc = length < 0 ? length
			    : keep(records->fd, record->pid, text, (size_t)length, ret);

	if (rc < 0)
		return heel_fail(report, -rc, (struct heel_origin){0},
				 "no record of the session can be written: %s",
				 strerror(-rc));
	return 0;
}

void heel_register_void(int record)
{
	if (record >= 0 && ftruncate(record, 0) < 0) {
		/* Then it counts until the process ends, which was to be confined. */
	}
}

void heel_register_drop(const struct heel_register *records, pid_t pid)
{
	char name[NAME_SIZE];

	name_record((uint64_t)pid, "", name);
	(void)unlinkat(records->fd, name, 0); /* else it is taken away later */
}

/* --- Reading them --------------------------------------------------------------------
 */

/* Word number n of a text that single blanks divide, or NULL. */
static char *find_word(char *text, size_t n)
{
	char *word = text;

	for (size_t i = 0; i < n && word; i++) {
		word = strchr(word, ' ');
		word = word ? word + 1 : NULL;
	}
	if (word)
		word[strcspn(word, " \n")] = '\0';
	return word;
}

/* The name of the program stands first, and may hold anything. */
int heel_process_start(pid_t pid, uint64_t *ret)
{
	HEEL_CLOSE int fd = -1;
	char path[32], text[1024], *words;
	const char *start;
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	n = read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return n < 0 ? -errno : -ESRCH;
	text[n] = '\0';
	words = strrchr(text, ')');
	if (!words || words[1] != ' ')
		return -EINVAL;
	words += 2;
	if (strchr("ZXx", words[WORD_STATE]))
		return -ESRCH;
	start = find_word(words, WORD_START);
	return start ? heel_parse_number(start, UINT64_MAX, ret) : -EINVAL;
}

/* *ret stays NULL for a file that is no record by its kind or size. */
static int read_text(int directory, const char *name, struct heel_arena *arena,
		     const char **ret)
{
	HEEL_CLOSE int fd =
		openat(directory, name,
		       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	char *text;
	ssize_t n;

	if (fd < 0)
		return errno == ELOOP ? 0 : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    st.st_size >= HEEL_RECORD_SIZE)
		return 0;
	text = heel_alloc(arena, HEEL_RECORD_SIZE, 1);
	if (!text)
		return -ENOMEM;
	n = read(fd, text, HEEL_RECORD_SIZE - 1);
	if (n < 0)
		return -errno;
	if (memchr(text, '\0', (size_t)n))
		return 0;
	*ret = text;
	return 0;
}

struct list {
	struct heel_arena *arena;
	struct heel_record *v;
	size_t n;
	struct heel_report *report;
};

static int add(struct list *list, const struct heel_record *record)
{
	struct heel_record *v =
		heel_grow(list->arena, list->v, list->n, sizeof(*list->v));

	if (!v)
		return -ENOMEM;
	v[list->n++] = *record;
	list->v = v;
	return 0;
}

/* The process is there: is the record of it, or of another that had its number? */
static int look_at_record(struct list *list, int directory, const char *name,
			  uint64_t pid, uint64_t start)
{
	struct heel_record record = {0};
	const char *text = NULL;
	int rc = read_text(directory, name, list->arena, &text);

	if (rc == -ENOENT || (text && !*text)) /* gone, or made void */
		return 0;
	if (rc == 0)
		rc = text ? heel_record_parse(list->arena, text, &record) : -EINVAL;
	if (rc == -EINVAL || (rc == 0 && record.pid != pid)) {
		heel_warn(list->report, (struct heel_origin){0},
			  "\"%s\" among the records of sessions is none", name);
		return 0;
	}
	if (rc < 0)
		return rc;
	if (record.start == start)
		return add(list, &record);
	(void)unlinkat(directory, name, 0); /* else the next one finds it */
	return 0;
}

/*
 * Nothing is locked, as a login must not wait for anyone. What is taken away is of a
 * number that no process had a moment ago: for a new record to be lost, it would have to
 * be given, and a login to be made, between two calls.
 */
static int look_at(struct list *list, int directory, const char *name)
{
	const bool being_written = name[0] == '.';
	uint64_t pid, start = 0;
	int rc;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	if (heel_parse_number(name + being_written, INT32_MAX, &pid) < 0 || pid == 0) {
		heel_warn(list->report, (struct heel_origin){0},
			  "\"%s\" among the records of sessions is none", name);
		return 0;
	}
	rc = heel_process_start((pid_t)pid, &start);
	if (rc == -ESRCH) {
		(void)unlinkat(directory, name, 0); /* else the next one finds it */
		return 0;
	}
	if (rc < 0 || being_written)
		return rc;
	return look_at_record(list, directory, name, pid, start);
}

static DIR *open_stream(int directory)
{
	HEEL_CLOSE int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);

	if (stream)
		(void)HEEL_TAKE_FD(fd); /* the stream's */
	return stream;
}

/* Without /proc every process looks as if it had ended. */
static int look_at_all(struct list *list, int directory)
{
	HEEL_CLOSE_DIR DIR *stream = NULL;
	const struct dirent *entry;
	uint64_t start;
	int rc = heel_process_start(getpid(), &start);

	if (rc < 0)
		return rc == -ESRCH ? -ENOENT : rc;
	stream = open_stream(directory);
	if (!stream)
		return -errno;
	for (errno = 0; rc == 0 && (entry = readdir(stream)); errno = 0)
		rc = look_at(list, directory, entry->d_name);
	return rc < 0 ? rc : -errno;
}

int heel_register_list(const struct heel_register *records, struct heel_arena *arena,
		       struct heel_record **ret, size_t *ret_n,
		       struct heel_report *report)
{
	struct list list = {.arena = arena, .report = report};
	int rc = look_at_all(&list, records->fd);

	if (rc < 0)
		return heel_fail(report, -rc, (struct heel_origin){0},
				 "the records of sessions cannot be read: %s",
				 strerror(-rc));
	*ret = list.v;
	*ret_n = list.n;
	return 0;
}

void heel_register_sweep(const struct heel_register *records)
{
	struct heel_arena arena = {0};
	struct heel_report report = {0};
	struct heel_record *rest;
	size_t n;

	if (!records->sweep)
		return;
	if (heel_register_list(records, &arena, &rest, &n, &report) < 0) {
		/* What cannot be read or taken away is in nobody's way. */
	}
	heel_report_free(&report);
	heel_arena_free(&arena);
}
