/* SPDX-License-Identifier: ISC */
/*
 * Takes the place of engine/subject.c in heel-shell, which has no name service: looks up
 * local users and groups in their files. These answer for the name service only where
 * nsswitch.conf(5) asks them first, and only by what they have: what is not in them may
 * be elsewhere. Whatever is not quite as usual is no answer, and the session is handed
 * over to a program that asks the name service.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "subject.h"
#include "text.h"

/* Of a larger file the name service may have a better way to find something. */
#define FILE_SIZE_MAX ((size_t)256 * 1024)

enum passwd_field {
	PASSWD_NAME,
	PASSWD_PASSWORD,
	PASSWD_UID,
	PASSWD_GID,
	PASSWD_COMMENT,
	PASSWD_HOME,
	PASSWD_SHELL,
	PASSWD_FIELDS,
};

enum group_field {
	GROUP_NAME,
	GROUP_PASSWORD,
	GROUP_GID,
	GROUP_MEMBERS,
	GROUP_FIELDS,
};

#define FIELDS_MAX PASSWD_FIELDS

/* The whole text of a file of the system, or NULL. */
static char *read_file(struct heel_arena *arena, const char *path)
{
	HEEL_CLOSE int fd =
		openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	char *text;
	size_t size;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size < 0 ||
	    (size_t)st.st_size > FILE_SIZE_MAX)
		return NULL;
	size = (size_t)st.st_size;
	text = heel_alloc(arena, size + 1, 1);
	if (!text || read(fd, text, size) != (ssize_t)size || memchr(text, '\0', size))
		return NULL;
	return text;
}

/* True if a database is looked up in its file, and what is found there counts. */
static bool asks_file_first(struct heel_arena *arena, const char *database)
{
	const char *text = read_file(arena, "/etc/nsswitch.conf");
	const size_t length = strlen(database);

	for (const char *line = text; line && *line; line += strcspn(line, "\n")) {
		line += line[0] == '\n';
		line += strspn(line, " \t");
		if (strncmp(line, database, length) != 0 || line[length] != ':')
			continue;
		line += length + 1;
		line += strspn(line, " \t");
		if (strncmp(line, "files", 5) != 0)
			return false;
		/* An action in [ ] may have it go on all the same. */
		line += 5;
		return line[0] == '\0' || line[0] == '\n' ||
		       ((line[0] == ' ' || line[0] == '\t') &&
			line[strspn(line, " \t")] != '[');
	}
	return false;
}

/* Takes the line at text apart, which loses its ":". False if it is not so many fields.
 */
static bool split(char *line, char **fields, size_t n)
{
	if (!((line[0] >= 'a' && line[0] <= 'z') || (line[0] >= 'A' && line[0] <= 'Z') ||
	      (line[0] >= '0' && line[0] <= '9') || line[0] == '_'))
		return false; /* a comment, or what NIS adds */
	for (size_t i = 0; i < n; i++) {
		fields[i] = strsep(&line, ":");
		if (!fields[i])
			return false;
	}
	return !line;
}

/*
 * The first line of a file of which a field is as wanted. NULL if there is none, or if
 * something before it is not such a line.
 */
static char **find_line(struct heel_arena *arena, const char *path, size_t n,
			size_t field, const char *wanted)
{
	char *text = read_file(arena, path);
	char **fields = heel_alloc(arena, FIELDS_MAX, sizeof(*fields));

	while (text && fields && *text) {
		char *line = strsep(&text, "\n");

		if (!split(line, fields, n))
			return NULL;
		if (strcmp(fields[field], wanted) == 0)
			return fields;
	}
	return NULL;
}

static bool take_id(const char *text, uint32_t *ret)
{
	uint64_t id;

	/* The last one stands for none. */
	if (heel_parse_number(text, UINT32_MAX - 1, &id) < 0)
		return false;
	*ret = (uint32_t)id;
	return true;
}

/* An arena of its own, as what asks has none. */
static int find_group(const char *name, const char *user, struct heel_group *ret)
{
	struct heel_arena arena = {0};
	char **fields = NULL;
	bool found;

	if (asks_file_first(&arena, "group"))
		fields = find_line(&arena, "/etc/group", GROUP_FIELDS, GROUP_NAME, name);
	found = fields && take_id(fields[GROUP_GID], &ret->gid);
	if (found)
		ret->lists_user = heel_is_in_list(fields[GROUP_MEMBERS], ',', user);
	heel_arena_free(&arena);
	return found ? 0 : -ENOENT;
}

static const char *name_group(struct heel_arena *arena, gid_t gid)
{
	const char *number = heel_format(arena, "%u", (unsigned int)gid);
	char **fields = NULL;

	if (number && asks_file_first(arena, "group"))
		fields = find_line(arena, "/etc/group", GROUP_FIELDS, GROUP_GID, number);
	return fields ? fields[GROUP_NAME] : NULL;
}

int heel_subject_by_uid(struct heel_arena *arena, uid_t uid, const char *service,
			enum heel_groups groups, struct heel_subject *ret,
			struct heel_report *report)
{
	const char *number = heel_format(arena, "%u", (unsigned int)uid);
	struct heel_subject subject = {
		.service = service,
		.uid = uid,
		.find_group = find_group,
		.name_group = name_group,
	};
	char **fields = NULL;

	if (number && groups == HEEL_GROUPS_OF_PROCESS &&
	    asks_file_first(arena, "passwd"))
		fields = find_line(arena, "/etc/passwd", PASSWD_FIELDS, PASSWD_UID,
				   number);
	if (!fields || !take_id(fields[PASSWD_GID], &subject.gid) ||
	    heel_take_groups(arena, &subject) < 0)
		return heel_fail(report, ENOENT, (struct heel_origin){0},
				 "uid %u is not found in the file of local users",
				 (unsigned int)uid);
	subject.user = fields[PASSWD_NAME];
	subject.home = fields[PASSWD_HOME];
	subject.shell = fields[PASSWD_SHELL];
	*ret = subject;
	return 0;
}
