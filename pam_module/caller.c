/* SPDX-License-Identifier: ISC */
/* The process that the module is called in. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "caller.h"
#include "text.h"

/* Newer than the headers of supported systems. */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif

/* What /proc shows before the name that was given, and behind it. */
#define MARK_SHOWN  "/memfd:"
#define MARK_FORMAT "heel:%d:%u"
#define MARK_SIZE   64

struct finding {
	unsigned int threads;
	bool listens;
	bool marked;	 /* for some user */
	bool marked_own; /* for the one at hand */
};

static int count_threads(unsigned int *ret)
{
	HEEL_CLOSE_DIR DIR *directory = opendir("/proc/self/task");
	const struct dirent *entry;

	if (!directory)
		return -errno;
	*ret = 0;
	for (errno = 0; (entry = readdir(directory)); errno = 0)
		*ret += entry->d_name[0] != '.';
	return -errno;
}

static bool is_listening(int fd)
{
	socklen_t size = sizeof(int);
	int accepts = 0;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) == 0 && accepts;
}

/* The name of a mark of this process, for that user. */
static void name_mark(uid_t uid, char ret[static MARK_SIZE])
{
	(void)snprintf(ret, MARK_SIZE, MARK_FORMAT, (int)getpid(), (unsigned int)uid);
}

/* A mark that was inherited from the process that made this one has another pid. */
static void look_for_mark(int directory, const char *fd, const char *own,
			  struct finding *finding)
{
	const size_t shown = strlen(MARK_SHOWN);
	const size_t head = (size_t)(strrchr(own, ':') - own) + 1;
	char text[MARK_SIZE + 32];
	ssize_t length = readlinkat(directory, fd, text, sizeof(text) - 1);

	if (length < 0)
		return;
	text[length] = '\0';
	if (strncmp(text, MARK_SHOWN, shown) != 0 ||
	    strncmp(text + shown, own, head) != 0)
		return;
	text[shown + strcspn(text + shown, " ")] = '\0'; /* " (deleted)" */
	if (strcmp(text + shown, own) == 0)
		finding->marked_own = true;
	else
		finding->marked = true;
}

static int look_at_descriptors(uid_t uid, struct finding *finding)
{
	HEEL_CLOSE_DIR DIR *directory = opendir("/proc/self/fd");
	const struct dirent *entry;
	char own[MARK_SIZE];
	uint64_t fd;

	if (!directory)
		return -errno;
	name_mark(uid, own);
	for (errno = 0; (entry = readdir(directory)); errno = 0) {
		if (heel_parse_number(entry->d_name, INT32_MAX, &fd) < 0)
			continue;
		finding->listens = finding->listens || is_listening((int)fd);
		look_for_mark(dirfd(directory), entry->d_name, own, finding);
	}
	return -errno;
}

static int look(uid_t uid, struct finding *ret)
{
	int rc = count_threads(&ret->threads);

	return rc < 0 ? rc : look_at_descriptors(uid, ret);
}

int heel_judge_caller(uid_t uid, struct heel_report *report)
{
	const struct heel_origin nowhere = {0};
	struct finding finding = {0};
	int rc = look(uid, &finding);

	if (rc < 0)
		return heel_fail(report, -rc, nowhere,
				 "what the calling process is cannot be found out in "
				 "/proc: %s",
				 strerror(-rc));
	if (finding.threads != 1)
		return heel_fail(report, EPERM, nowhere,
				 "the calling process has %u threads, of which only one "
				 "would be confined",
				 finding.threads);
	if (finding.listens)
		return heel_fail(report, EPERM, nowhere,
				 "the calling process has a listening socket, and so "
				 "serves others as well");
	if (finding.marked)
		return heel_fail(report, EPERM, nowhere,
				 "the calling process has been confined for another "
				 "user before");
	return 0;
}

int heel_mark_caller(uid_t uid, struct heel_report *report)
{
	struct finding finding = {0};
	char name[MARK_SIZE];
	int fd;

	if (look_at_descriptors(uid, &finding) == 0 && finding.marked_own)
		return 0;
	name_mark(uid, name);
	fd = memfd_create(name, MFD_CLOEXEC | MFD_NOEXEC_SEAL);
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC); /* before Linux 6.3 */
	if (fd >= 0)
		return 0;
	/* The filter of an outer session: whoever comes here is confined by that. */
	if (errno == EPERM && prctl(PR_GET_SECCOMP, 0, 0, 0, 0) > 0)
		return 0;
	return heel_fail(report, errno, (struct heel_origin){0},
			 "the calling process cannot be marked as confined: %s",
			 strerror(errno));
}

bool heel_is_shared_process(void)
{
	struct finding finding = {0};

	return look(0, &finding) == 0 && (finding.threads > 1 || finding.listens);
}

bool heel_is_confined_for_other(uid_t uid)
{
	struct finding finding = {0};

	return look_at_descriptors(uid, &finding) == 0 && finding.marked;
}
