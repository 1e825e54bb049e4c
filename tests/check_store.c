/* SPDX-License-Identifier: ISC */
/*
 * The policy directory: which file is read, and which is not trusted. An
 * ordinary user's tests work on directories that are their own, under
 * HEEL_TRUST_CALLER; what needs a foreign owner is for root.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "store.h"
#include "test.h"

#define SOMEBODY 64001 /* ids that no account has */
#define ANOTHER	 64002

static struct heel_arena arena;
static struct heel_report report;
static const char *base; /* holds etc and share */
static const char *etc;
static const char *share;

static void setup(void)
{
	arena = (struct heel_arena){0};
	report = (struct heel_report){0};
	base = test_tmpdir();
	etc = test_format("%s/etc", base);
	share = test_format("%s/share", base);
	(void)test_write_file(etc, "heel.conf", "version = 1;\n");
	(void)test_write_file(etc, "users.d/anna.conf", "# anna\n");
	(void)test_write_file(etc, "profiles.d/student.conf", "# student\n");
	(void)test_write_file(etc, "services.d/sshd.conf", "# sshd\n");
	(void)test_write_file(share, "heel.conf", "# shipped\n");
	(void)test_write_file(share, "users.d/bert.conf", "# shipped bert\n");
	(void)test_write_file(share, "profiles.d/student.conf", "# shipped student\n");
	(void)test_write_file(share, "profiles.d/base.conf", "# shipped base\n");
	(void)test_write_file(share, "services.d/cron.conf", "# shipped cron\n");
}

/* LeakSanitizer cannot look into a process that changed its identity. */
static void teardown(void)
{
	if (getuid() == 0) {
		ck_assert_int_eq(seteuid(0), 0);
		ck_assert_int_eq(setegid(0), 0);
		ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1), 0);
	}
	heel_report_free(&report);
	heel_arena_free(&arena);
}

static enum heel_trust trust(void)
{
	return geteuid() == 0 ? HEEL_TRUST_ROOT : HEEL_TRUST_CALLER;
}

static const char *first_error(void)
{
	const struct heel_problem *problem = heel_first_error(&report);

	return problem ? problem->text : "(no error)";
}

static struct heel_store *open_store(void)
{
	struct heel_store *store = NULL;

	ck_assert_msg(heel_store_open(&arena, etc, share, trust(), &store, &report) == 0,
		      "%s", first_error());
	return store;
}

/* What reading one file through a store of its own gives. */
static int read_one(enum heel_trust whose, enum heel_folder folder, const char *name,
		    struct heel_text_file *ret)
{
	struct heel_store *store = NULL;
	int rc = heel_store_open(&arena, etc, share, whose, &store, &report);

	if (rc < 0)
		return rc;
	rc = heel_store_read(store, folder, name, ret, &report);
	heel_store_close(store);
	return rc;
}

static int read_student(void)
{
	struct heel_text_file file = {0};
	int rc = read_one(trust(), HEEL_FOLDER_PROFILES, "student", &file);

	if (rc == 0)
		ck_assert_str_eq(file.text, "# student\n");
	else
		ck_assert_ptr_null(file.text);
	return rc;
}

static void assert_refused(int rc, int expected, const char *part, const char *file)
{
	const struct heel_problem *problem = heel_first_error(&report);

	ck_assert_msg(rc == expected, "%d: %s", rc, first_error());
	ck_assert_ptr_nonnull(problem);
	ck_assert_msg(strstr(problem->text, part), "%s", problem->text);
	ck_assert_pstr_eq(problem->at.file, file);
	ck_assert_uint_eq(report.n, 1);
}

/* Which file. */

static const struct {
	enum heel_folder folder;
	const char *name;
	const char *file; /* below base; NULL: there is none */
	const char *text;
	bool shipped;
} files[] = {
	{HEEL_FOLDER_TOP, "heel", "etc/heel.conf", "version = 1;\n", false},
	{HEEL_FOLDER_USERS, "anna", "etc/users.d/anna.conf", "# anna\n", false},
	{HEEL_FOLDER_SERVICES, "sshd", "etc/services.d/sshd.conf", "# sshd\n", false},
	/* the administrator's before the shipped one */
	{HEEL_FOLDER_PROFILES, "student", "etc/profiles.d/student.conf", "# student\n",
	 false},
	{HEEL_FOLDER_PROFILES, "base", "share/profiles.d/base.conf", "# shipped base\n",
	 true},
	{HEEL_FOLDER_SERVICES, "cron", "share/services.d/cron.conf", "# shipped cron\n",
	 true},
	/* a user's profile is never shipped */
	{HEEL_FOLDER_USERS, "bert", NULL, NULL, false},
	{HEEL_FOLDER_PROFILES, "nothing", NULL, NULL, false},
	{HEEL_FOLDER_PROFILES, "anna", NULL, NULL, false},
	{HEEL_FOLDER_PROFILES, "Student", NULL, NULL, false},
	{HEEL_FOLDER_PROFILES, "student.conf", NULL, NULL, false},
	/* files that are there under names that only users can have */
	{HEEL_FOLDER_PROFILES, "a b", NULL, NULL, false},
	{HEEL_FOLDER_PROFILES, "@user", NULL, NULL, false},
	{HEEL_FOLDER_USERS, "a@b", "etc/users.d/a@b.conf", "# a@b\n", false},
	/* names that lead elsewhere */
	{HEEL_FOLDER_PROFILES, "../heel", NULL, NULL, false},
	{HEEL_FOLDER_USERS, "../profiles.d/student", NULL, NULL, false},
	{HEEL_FOLDER_USERS, "./anna", NULL, NULL, false},
	{HEEL_FOLDER_USERS, "sub/anna", NULL, NULL, false},
	{HEEL_FOLDER_USERS, "sub/../anna", NULL, NULL, false},
	{HEEL_FOLDER_USERS, ".hidden", NULL, NULL, false},
	{HEEL_FOLDER_USERS, "", NULL, NULL, false},
	{HEEL_FOLDER_USERS, ".", NULL, NULL, false},
	{HEEL_FOLDER_USERS, "..", NULL, NULL, false},
};

START_TEST(name_and_folder_tell_the_file)
{
	struct heel_text_file file = {0};
	int rc;

	(void)test_write_file(etc, "users.d/.hidden.conf", "# hidden\n");
	(void)test_write_file(etc, "users.d/.conf", "# no name\n");
	(void)test_write_file(etc, "users.d/sub/anna.conf", "# below\n");
	(void)test_write_file(etc, "users.d/a@b.conf", "# a@b\n");
	(void)test_write_file(etc, "profiles.d/a b.conf", "# a b\n");
	(void)test_write_file(etc, "profiles.d/@user.conf", "# @user\n");
	rc = read_one(trust(), files[_i].folder, files[_i].name, &file);
	ck_assert_uint_eq(report.n, 0);
	if (!files[_i].file) {
		ck_assert_int_eq(rc, -ENOENT);
		ck_assert_ptr_null(file.text);
		return;
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_str_eq(file.file, test_format("%s/%s", base, files[_i].file));
	ck_assert_str_eq(file.text, files[_i].text);
	ck_assert_uint_eq(file.length, strlen(files[_i].text));
	ck_assert_int_eq(file.shipped, files[_i].shipped);
	ck_assert(file.readable);
}
END_TEST

START_TEST(shipped_heel_conf_is_not_taken)
{
	struct heel_text_file file;

	ck_assert_int_eq(unlink(test_format("%s/heel.conf", etc)), 0);
	ck_assert_int_eq(read_one(trust(), HEEL_FOLDER_TOP, "heel", &file), -ENOENT);
	ck_assert_uint_eq(report.n, 0);
}
END_TEST

START_TEST(path_is_the_name_of_no_file)
{
	struct heel_text_file file;

	ck_assert_int_eq(read_one(trust(), HEEL_FOLDER_PROFILES,
				  test_format("%s/profiles.d/student", etc), &file),
			 -ENOENT);
	ck_assert_uint_eq(report.n, 0);
}
END_TEST

START_TEST(name_too_long_for_a_file_is_that_of_no_file)
{
	char name[300];
	struct heel_text_file file;

	memset(name, 'a', sizeof(name));
	name[250] = '\0';
	(void)test_write_file(etc, test_format("users.d/%s.conf", name), "# long\n");
	ck_assert_int_eq(read_one(trust(), HEEL_FOLDER_USERS, name, &file), 0);
	name[250] = 'a';
	name[251] = '\0';
	ck_assert_int_eq(read_one(trust(), HEEL_FOLDER_USERS, name, &file), -ENOENT);
	name[251] = 'a';
	name[299] = '\0';
	ck_assert_int_eq(read_one(trust(), HEEL_FOLDER_USERS, name, &file), -ENOENT);
	ck_assert_uint_eq(report.n, 0);
}
END_TEST

START_TEST(folders_and_the_shipped_directory_may_be_missing)
{
	struct heel_text_file file;

	etc = test_tmpdir();
	share = test_format("%s/nothing", base);
	ck_assert_int_eq(read_one(trust(), HEEL_FOLDER_TOP, "heel", &file), -ENOENT);
	ck_assert_int_eq(read_one(trust(), HEEL_FOLDER_PROFILES, "base", &file), -ENOENT);
	ck_assert_int_eq(read_one(trust(), HEEL_FOLDER_USERS, "anna", &file), -ENOENT);
	ck_assert_uint_eq(report.n, 0);
}
END_TEST

START_TEST(file_with_nul_bytes_and_no_line_break_is_read_whole)
{
	const char *path = test_write_file(etc, "profiles.d/nul.conf", "");
	struct heel_text_file file;
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	ck_assert_int_eq((int)write(fd, "a\0b", 3), 3);
	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(read_one(trust(), HEEL_FOLDER_PROFILES, "nul", &file), 0);
	ck_assert_uint_eq(file.length, 3);
	ck_assert_mem_eq(file.text, "a\0b", 4);
}
END_TEST

/* The directory's own name. */

static const struct {
	const char *before, *after; /* of base */
	const char *name;	    /* after base, as the store calls it */
} spellings[] = {
	{"", "/etc", "/etc"},		{"", "/etc/", "/etc"},	{"", "/etc///", "/etc"},
	{"//", "/./etc/.", "/./etc/."}, {"", "//etc", "//etc"},
};

START_TEST(directory_may_be_spelt_in_any_way)
{
	struct heel_store *store = NULL;
	const char *name =
		test_format("%s%s%s", spellings[_i].before, base, spellings[_i].after);
	struct heel_text_file file;

	ck_assert_msg(heel_store_open(&arena, name, share, trust(), &store, &report) == 0,
		      "%s", first_error());
	ck_assert_str_eq(
		heel_store_name(store),
		test_format("%s%s%s", spellings[_i].before, base, spellings[_i].name));
	ck_assert_int_eq(
		heel_store_read(store, HEEL_FOLDER_USERS, "anna", &file, &report), 0);
	ck_assert_str_eq(file.file,
			 test_format("%s/users.d/anna.conf", heel_store_name(store)));
	heel_store_close(store);
}
END_TEST

START_TEST(relative_directory_is_below_the_current_one)
{
	static const char *const names[] = {"etc", "./etc", "etc/", "././/etc"};

	ck_assert_int_eq(chdir(base), 0);
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(names); i++) {
		etc = names[i];
		ck_assert_msg(read_student() == 0, "%s", first_error());
	}
	ck_assert_int_eq(chdir("etc"), 0);
	etc = ".";
	ck_assert_int_eq(read_student(), 0);
}
END_TEST

START_TEST(missing_directory_is_an_error)
{
	etc = test_format("%s/nothing", base);
	assert_refused(read_student(), -ENOENT, "there is no such policy directory", etc);
}
END_TEST

START_TEST(file_in_place_of_the_directory_is_an_error)
{
	etc = test_format("%s/heel.conf", etc);
	assert_refused(read_student(), -ENOTDIR, "is not a directory", etc);
}
END_TEST

START_TEST(file_in_place_of_a_parent_is_an_error)
{
	etc = test_format("%s/heel.conf/etc", etc);
	assert_refused(read_student(), -ENOTDIR, "is not a directory", etc);
}
END_TEST

START_TEST(dot_dot_in_the_directory_leads_to_where_it_is)
{
	static const char *const names[] = {"profiles.d/..", "profiles.d/../../etc",
					    "../etc/../share/../etc", "users.d/../"};
	const char *top = etc;

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(names); i++) {
		etc = test_format("%s/%s", top, names[i]);
		ck_assert_msg(read_student() == 0, "%s: %s", etc, first_error());
	}
	etc = test_format("%s/nothing/..", top);
	ck_assert_int_eq(read_student(), -ENOENT);
	ck_assert_ptr_nonnull(strstr(first_error(), "there is no such policy directory"));
}
END_TEST

/* Modes. What is writable by others is theirs, whoever owns it. */

static const struct {
	const char *what; /* below base */
	mode_t mode;
	bool trusted;
} modes[] = {
	{"etc/profiles.d/student.conf", 0644, true},
	{"etc/profiles.d/student.conf", 0444, true},
	{"etc/profiles.d/student.conf", 0755, true},
	{"etc/profiles.d/student.conf", 04755, true},
	{"etc/profiles.d/student.conf", 0640, true},
	{"etc/profiles.d/student.conf", 0600, true},
	{"etc/profiles.d/student.conf", 0664, false},
	{"etc/profiles.d/student.conf", 0620, false},
	{"etc/profiles.d/student.conf", 0646, false},
	{"etc/profiles.d/student.conf", 0602, false},
	{"etc/profiles.d/student.conf", 0666, false},
	{"etc/profiles.d/student.conf", 01666, false},
	{"etc/profiles.d", 0700, true},
	{"etc/profiles.d", 0711, true},
	{"etc/profiles.d", 0775, false},
	{"etc/profiles.d", 0757, false},
	{"etc/profiles.d", 0777, false},
	{"etc/profiles.d", 02775, false},
	{"etc", 0750, true},
	{"etc", 0775, false},
	{"etc", 0757, false},
	{"etc", 0777, false},
	{".", 0700, true},
	{".", 0775, false},
	{".", 0702, false},
	{".", 0777, false},
};

START_TEST(what_group_or_others_can_write_is_not_trusted)
{
	const char *path = test_format("%s/%s", base, modes[_i].what);
	const char *blamed = strcmp(modes[_i].what, ".") == 0 ? base : path;
	int rc;

	ck_assert_int_eq(read_student(), 0);
	ck_assert_int_eq(chmod(path, modes[_i].mode), 0);
	rc = read_student();
	ck_assert_int_eq(chmod(path, 0755), 0);
	if (modes[_i].trusted) {
		ck_assert_msg(rc == 0, "%s %o: %s", modes[_i].what, modes[_i].mode,
			      first_error());
		return;
	}
	ck_assert_msg(rc == -EPERM, "%s %o: %d", modes[_i].what, modes[_i].mode, rc);
	ck_assert_msg(strstr(first_error(), "is not trusted: "), "%s", first_error());
	ck_assert_msg(strstr(first_error(), modes[_i].mode & 02
						    ? "writable by others"
						    : "writable by its group"),
		      "%s", first_error());
	if (!strstr(blamed, ".conf"))
		ck_assert_msg(strstr(first_error(), blamed), "%s", first_error());
}
END_TEST

START_TEST(shipped_files_are_judged_like_the_others)
{
	struct heel_text_file file;
	const char *path = test_format("%s/profiles.d/base.conf", share);

	ck_assert_int_eq(chmod(path, 0664), 0);
	assert_refused(read_one(trust(), HEEL_FOLDER_PROFILES, "base", &file), -EPERM,
		       "writable by its group", path);
}
END_TEST

START_TEST(file_that_is_not_trusted_does_not_give_way_to_a_shipped_one)
{
	const char *path = test_format("%s/profiles.d/student.conf", etc);

	ck_assert_int_eq(chmod(path, 0666), 0);
	assert_refused(read_student(), -EPERM, "is writable by others", path);
}
END_TEST

static const struct {
	const char *what;
	mode_t mode;
	bool readable;
} readable[] = {
	{"etc/profiles.d/student.conf", 0644, true},
	{"etc/profiles.d/student.conf", 0604, true},
	{"etc/profiles.d/student.conf", 0640, false},
	{"etc/profiles.d", 0711, true},
	{"etc/profiles.d", 0750, false},
	{"etc/profiles.d", 0744, false},
};

START_TEST(file_says_whether_everyone_can_read_it)
{
	struct heel_text_file file;
	const char *path = test_format("%s/%s", base, readable[_i].what);

	ck_assert_int_eq(chmod(path, readable[_i].mode), 0);
	ck_assert_int_eq(read_one(trust(), HEEL_FOLDER_PROFILES, "student", &file), 0);
	ck_assert_msg(file.readable == readable[_i].readable, "%s %o", readable[_i].what,
		      readable[_i].mode);
}
END_TEST

/* Links. */

static const struct {
	const char *what;   /* is replaced by a link, below base */
	const char *target; /* NULL: what was there, under another name */
	int rc;
	const char *part;
} links[] = {
	{"etc", NULL, 0, NULL},
	{"etc", "%s/share/../nothing", -ELOOP, "whose text is not a plain path"},
	{"etc", "/nonexistent/nothing", -ENOENT, "there is no such policy directory"},
	{"etc/profiles.d", NULL, -ELOOP, "is a symbolic link"},
	{"etc/profiles.d", "/nonexistent/nothing", -ELOOP, "is a symbolic link"},
	{"etc/profiles.d", "users.d", -ELOOP, "is a symbolic link"},
	{"etc/profiles.d", "../share/profiles.d", -ELOOP, "is a symbolic link"},
	{"etc/profiles.d", "profiles.d", -ELOOP, "symbolic link"},
	{"etc/profiles.d/student.conf", NULL, -ELOOP, "is a symbolic link"},
	{"etc/profiles.d/student.conf", "/nonexistent/nothing", -ELOOP,
	 "is a symbolic link"},
	{"etc/profiles.d/student.conf", "../../share/profiles.d/student.conf", -ELOOP,
	 "is a symbolic link"},
	{"etc/profiles.d/student.conf", "/dev/null", -ELOOP, "is a symbolic link"},
};

START_TEST(only_the_whole_directory_may_be_a_link)
{
	const char *path = test_format("%s/%s", base, links[_i].what);
	const char *old = test_format("%s.old", path);
	const char *target = links[_i].target;
	int rc;

	if (!target)
		target = old;
	else if (strncmp(target, "%s", 2) == 0)
		target = test_format("%s%s", base, target + 2);
	ck_assert_int_eq(rename(path, old), 0);
	ck_assert_int_eq(symlink(target, path), 0);
	rc = read_student();
	ck_assert_msg(rc == links[_i].rc, "%s -> %s: %d %s", links[_i].what, target, rc,
		      first_error());
	if (rc < 0)
		ck_assert_msg(strstr(first_error(), links[_i].part), "%s", first_error());
}
END_TEST

START_TEST(directory_can_be_replaced_at_one_stroke)
{
	const char *link = test_format("%s/policy", base);
	struct heel_text_file file;

	ck_assert_int_eq(symlink("etc", link), 0);
	etc = link;
	ck_assert_int_eq(read_one(trust(), HEEL_FOLDER_PROFILES, "student", &file), 0);
	/* the name that the administrator gave stands in origins */
	ck_assert_str_eq(file.file, test_format("%s/profiles.d/student.conf", link));
	ck_assert_str_eq(file.text, "# student\n");
	ck_assert_int_eq(symlink("share", test_format("%s/new", base)), 0);
	ck_assert_int_eq(rename(test_format("%s/new", base), link), 0);
	ck_assert_int_eq(read_one(trust(), HEEL_FOLDER_PROFILES, "student", &file), 0);
	ck_assert_str_eq(file.text, "# shipped student\n");
}
END_TEST

START_TEST(open_directory_stays_the_same_when_the_link_moves)
{
	const char *link = test_format("%s/policy", base);
	struct heel_text_file file;
	struct heel_store *store;

	ck_assert_int_eq(symlink("etc", link), 0);
	etc = link;
	store = open_store();
	ck_assert_int_eq(unlink(link), 0);
	ck_assert_int_eq(symlink("share", link), 0);
	ck_assert_int_eq(heel_store_read(store, HEEL_FOLDER_TOP, "heel", &file, &report),
			 0);
	ck_assert_str_eq(file.text, "version = 1;\n");
	heel_store_close(store);
}
END_TEST

START_TEST(link_in_a_parent_is_followed)
{
	ck_assert_int_eq(symlink(".", test_format("%s/here", base)), 0);
	etc = test_format("%s/here/here/etc", base);
	ck_assert_msg(read_student() == 0, "%s", first_error());
}
END_TEST

START_TEST(link_to_itself_is_an_error)
{
	etc = test_format("%s/loop", base);
	ck_assert_int_eq(symlink("loop", etc), 0);
	assert_refused(read_student(), -ELOOP, "too many symbolic links", etc);
}
END_TEST

/* Other kinds of files. A test that hangs here is ended by Check. */

static void put_fifo(const char *path)
{
	ck_assert_int_eq(mkfifo(path, 0644), 0);
}

static void put_directory(const char *path)
{
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void put_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(close(fd), 0);
}

static const struct {
	const char *what; /* is replaced */
	void (*put)(const char *path);
	int rc;
	const char *part;
} kinds[] = {
	{"etc/profiles.d/student.conf", put_fifo, -EPERM, "is not a regular file"},
	{"etc/profiles.d/student.conf", put_directory, -EPERM, "is not a regular file"},
	{"etc/profiles.d", put_fifo, -ENOTDIR, "is not a directory"},
	{"etc/profiles.d", put_file, -ENOTDIR, "is not a directory"},
	{"etc", put_fifo, -ENOTDIR, "is not a directory"},
	{"share", put_fifo, -ENOTDIR, "is not a directory"},
	{"share", put_file, -ENOTDIR, "is not a directory"},
};

START_TEST(other_kind_of_file_in_its_place_is_an_error)
{
	const char *path = test_format("%s/%s", base, kinds[_i].what);

	ck_assert_int_eq(rename(path, test_format("%s.old", path)), 0);
	kinds[_i].put(path);
	assert_refused(read_student(), kinds[_i].rc, kinds[_i].part, path);
}
END_TEST

/* Size. */

static const struct {
	off_t size;
	int rc;
} sizes[] = {
	{0, 0},
	{HEEL_FILE_SIZE_MAX, 0},
	{HEEL_FILE_SIZE_MAX + 1, -EFBIG},
	{(off_t)1 << 40, -EFBIG},
};

START_TEST(file_has_at_most_1_mib)
{
	const char *path = test_write_file(etc, "profiles.d/large.conf", "");
	struct heel_text_file file = {0};
	int rc;

	ck_assert_int_eq(truncate(path, sizes[_i].size), 0);
	rc = read_one(trust(), HEEL_FOLDER_PROFILES, "large", &file);
	if (sizes[_i].rc < 0) {
		assert_refused(rc, sizes[_i].rc, "is larger than 1 MiB", path);
		return;
	}
	ck_assert_int_eq(rc, 0);
	ck_assert_uint_eq(file.length, (size_t)sizes[_i].size);
}
END_TEST

static bool has_become_shorter;

/* In the library's place: a file that ends before what fstat(2) said. */
ssize_t read(int fd, void *buffer, size_t size)
{
	return has_become_shorter ? 0 : syscall(SYS_read, fd, buffer, size);
}

START_TEST(file_that_becomes_shorter_is_not_half_a_policy)
{
	const char *path = test_format("%s/etc/profiles.d/student.conf", base);

	has_become_shorter = true;
	assert_refused(read_student(), -EIO, "became shorter while it was read", path);
}
END_TEST

/* Owners. */

static void become_somebody(void)
{
	ck_assert_int_eq(setegid(SOMEBODY), 0);
	ck_assert_int_eq(seteuid(SOMEBODY), 0);
}

START_TEST(user_trusts_their_own_directory_only_where_they_say_so)
{
	struct heel_text_file file;

	if (geteuid() == 0) {
		static const char *const owned[] = {
			"",
			"/etc",
			"/etc/heel.conf",
			"/etc/profiles.d",
			"/etc/profiles.d/student.conf",
			"/share",
		};

		for (size_t i = 0; i < HEEL_ARRAY_SIZE(owned); i++)
			ck_assert_int_eq(chown(test_format("%s%s", base, owned[i]),
					       SOMEBODY, SOMEBODY),
					 0);
		ck_assert_int_eq(setegid(SOMEBODY), 0);
		ck_assert_int_eq(seteuid(SOMEBODY), 0);
	}
	ck_assert_msg(
		read_one(HEEL_TRUST_CALLER, HEEL_FOLDER_PROFILES, "student", &file) == 0,
		"%s", first_error());
	/* what is root's goes with what is the user's */
	ck_assert_int_eq(read_one(HEEL_TRUST_CALLER, HEEL_FOLDER_USERS, "anna", &file),
			 0);
	ck_assert_int_eq(read_one(HEEL_TRUST_CALLER, HEEL_FOLDER_PROFILES, "base", &file),
			 0);
	assert_refused(
		read_one(HEEL_TRUST_ROOT, HEEL_FOLDER_PROFILES, "student", &file), -EPERM,
		test_format("belongs to uid %u, not to root", (unsigned int)geteuid()),
		etc);
}
END_TEST

START_TEST(directory_of_root_is_trusted_by_everyone)
{
	struct heel_text_file file;

	etc = "/etc";
	share = "/nonexistent";
	ck_assert_int_eq(read_one(HEEL_TRUST_ROOT, HEEL_FOLDER_USERS, "nobody", &file),
			 -ENOENT);
	ck_assert_int_eq(read_one(HEEL_TRUST_CALLER, HEEL_FOLDER_USERS, "nobody", &file),
			 -ENOENT);
	ck_assert_uint_eq(report.n, 0);
}
END_TEST

/* For root: something belongs to somebody else. */
static const struct {
	const char *what; /* below base */
	bool caller;	  /* who asks is SOMEBODY, and trusts themselves */
	uid_t owner;
	int rc;
} owners[] = {
	{"etc/profiles.d/student.conf", false, SOMEBODY, -EPERM},
	{"etc/profiles.d", false, SOMEBODY, -EPERM},
	{"etc", false, SOMEBODY, -EPERM},
	{".", false, SOMEBODY, -EPERM},
	{"share/profiles.d", false, SOMEBODY, 0}, /* not looked at */
	{"share", false, SOMEBODY, -EPERM},
	{"etc/profiles.d/student.conf", true, SOMEBODY, 0},
	{"etc/profiles.d", true, SOMEBODY, 0},
	{"etc", true, SOMEBODY, 0},
	{".", true, SOMEBODY, 0},
	{"etc/profiles.d/student.conf", true, ANOTHER, -EPERM},
	{"etc/profiles.d", true, ANOTHER, -EPERM},
	{"etc", true, ANOTHER, -EPERM},
	{".", true, ANOTHER, -EPERM},
};

START_TEST(what_belongs_to_somebody_else_is_not_trusted)
{
	struct heel_text_file file;
	int rc;

	ck_assert_int_eq(
		chown(test_format("%s/%s", base, owners[_i].what), owners[_i].owner, 0),
		0);
	if (owners[_i].caller)
		become_somebody();
	rc = read_one(owners[_i].caller ? HEEL_TRUST_CALLER : HEEL_TRUST_ROOT,
		      HEEL_FOLDER_PROFILES, "student", &file);
	ck_assert_msg(rc == owners[_i].rc, "%s: %d %s", owners[_i].what, rc,
		      first_error());
	if (rc < 0)
		ck_assert_msg(strstr(first_error(),
				     test_format("belongs to uid %u, not to root",
						 (unsigned int)owners[_i].owner)),
			      "%s", first_error());
}
END_TEST

START_TEST(group_of_a_file_does_not_matter_while_it_cannot_write)
{
	ck_assert_int_eq(
		chown(test_format("%s/profiles.d/student.conf", etc), 0, SOMEBODY), 0);
	ck_assert_int_eq(chown(etc, 0, SOMEBODY), 0);
	ck_assert_int_eq(read_student(), 0);
}
END_TEST

static const struct {
	mode_t mode;
	uid_t owner;
	int rc;
} sticky[] = {
	{01777, 0, 0},
	{01775, 0, 0},
	{0777, 0, -EPERM},
	{01777, SOMEBODY, -EPERM},
	{01755, SOMEBODY, -EPERM},
};

START_TEST(sticky_parent_counts_as_not_writable_if_it_is_roots)
{
	int rc;

	ck_assert_int_eq(chown(base, sticky[_i].owner, 0), 0);
	ck_assert_int_eq(chmod(base, sticky[_i].mode), 0);
	rc = read_student();
	ck_assert_msg(rc == sticky[_i].rc, "%o: %d %s", sticky[_i].mode, rc,
		      first_error());
}
END_TEST

static const struct {
	bool caller;
	uid_t owner;
	int rc;
} link_owners[] = {
	{false, 0, 0},	     {false, SOMEBODY, -ELOOP}, {true, 0, 0},
	{true, SOMEBODY, 0}, {true, ANOTHER, -ELOOP},
};

/* In a sticky directory anyone can make a link to a directory of root's. */
START_TEST(link_to_the_directory_must_be_roots_or_the_callers)
{
	const char *link = test_format("%s/policy", base);
	struct heel_text_file file;
	int rc;

	ck_assert_int_eq(chmod(base, 01777), 0);
	ck_assert_int_eq(symlink("etc", link), 0);
	ck_assert_int_eq(lchown(link, link_owners[_i].owner, 0), 0);
	etc = link;
	if (link_owners[_i].caller)
		become_somebody();
	rc = read_one(link_owners[_i].caller ? HEEL_TRUST_CALLER : HEEL_TRUST_ROOT,
		      HEEL_FOLDER_PROFILES, "student", &file);
	ck_assert_msg(rc == link_owners[_i].rc, "%d %s", rc, first_error());
	if (rc < 0)
		ck_assert_msg(strstr(first_error(), "does not belong to root"), "%s",
			      first_error());
}
END_TEST

START_TEST(file_that_the_caller_cannot_read_is_an_error)
{
	const char *path = test_format("%s/profiles.d/student.conf", etc);
	struct heel_text_file file;

	ck_assert_int_eq(chmod(path, 0), 0);
	if (geteuid() == 0)
		become_somebody();
	assert_refused(
		read_one(HEEL_TRUST_CALLER, HEEL_FOLDER_PROFILES, "student", &file), -EIO,
		"cannot be opened: Permission denied", path);
}
END_TEST

START_TEST(folder_that_the_caller_cannot_enter_is_an_error)
{
	const char *path = test_format("%s/profiles.d", etc);
	struct heel_text_file file;
	int rc;

	ck_assert_int_eq(chmod(path, 0), 0);
	if (geteuid() == 0)
		become_somebody();
	rc = read_one(HEEL_TRUST_CALLER, HEEL_FOLDER_PROFILES, "student", &file);
	if (geteuid() != SOMEBODY)
		ck_assert_int_eq(chmod(path, 0755), 0); /* so that it can be removed */
	ck_assert_int_eq(rc, -EIO);
	ck_assert_msg(strstr(first_error(), "Permission denied"), "%s", first_error());
}
END_TEST

/* Lists. */

static const char *listing(enum heel_folder folder)
{
	struct heel_store *store = open_store();
	struct heel_listed *listed;
	const char *names = "";
	size_t n;

	ck_assert_msg(heel_store_list(store, folder, &listed, &n, &report) == 0, "%s",
		      first_error());
	for (size_t i = 0; i < n; i++)
		names = test_format("%s%s%s%s", names, i ? " " : "", listed[i].name,
				    listed[i].shipped ? "+" : "");
	heel_store_close(store);
	return names;
}

START_TEST(list_is_sorted_and_names_each_profile_once)
{
	(void)test_write_file(etc, "profiles.d/zoo.conf", "");
	(void)test_write_file(etc, "profiles.d/Alpha.conf", "");
	(void)test_write_file(etc, "profiles.d/.hidden.conf", "");
	ck_assert_str_eq(listing(HEEL_FOLDER_PROFILES), "Alpha base+ student zoo");
	ck_assert_str_eq(listing(HEEL_FOLDER_SERVICES), "cron+ sshd");
	ck_assert_str_eq(listing(HEEL_FOLDER_USERS), "anna");
	ck_assert_uint_eq(report.n, 0);
}
END_TEST

START_TEST(listed_file_is_the_one_that_would_be_read)
{
	struct heel_store *store = open_store();
	struct heel_listed *listed;
	struct heel_text_file file;
	size_t n;

	ck_assert_int_eq(
		heel_store_list(store, HEEL_FOLDER_PROFILES, &listed, &n, &report), 0);
	ck_assert_uint_eq(n, 2);
	for (size_t i = 0; i < n; i++) {
		ck_assert_int_eq(heel_store_read(store, HEEL_FOLDER_PROFILES,
						 listed[i].name, &file, &report),
				 0);
		ck_assert_str_eq(file.file, listed[i].file);
		ck_assert_int_eq(file.shipped, listed[i].shipped);
	}
	heel_store_close(store);
}
END_TEST

static const struct {
	const char *file;
	const char *part; /* NULL: no warning */
} odd_names[] = {
	{"profiles.d/student.conf.bak", "does not end in .conf"},
	{"profiles.d/student", "does not end in .conf"},
	{"profiles.d/student.CONF", "does not end in .conf"},
	{"profiles.d/student.conf~", "does not end in .conf"},
	{"profiles.d/-x.conf", "its name is none that a profile can have"},
	{"profiles.d/a b.conf", "its name is none that a profile can have"},
	{"profiles.d/@user.conf", "its name is none that a profile can have"},
	{"users.d/anna.bak", "does not end in .conf"},
	{"users.d/a@example.org.conf", NULL},
};

START_TEST(file_that_is_never_read_is_warned_about)
{
	const char *path = test_write_file(etc, odd_names[_i].file, "");

	(void)listing(HEEL_FOLDER_PROFILES);
	(void)listing(HEEL_FOLDER_USERS);
	ck_assert_uint_eq(report.n, odd_names[_i].part ? 1 : 0);
	if (!odd_names[_i].part)
		return;
	ck_assert_int_eq(report.problems[0].severity, HEEL_WARNING);
	ck_assert_str_eq(report.problems[0].at.file, path);
	ck_assert_ptr_nonnull(strstr(report.problems[0].text, "is never read"));
	ck_assert_ptr_nonnull(strstr(report.problems[0].text, odd_names[_i].part));
}
END_TEST

START_TEST(list_of_a_missing_folder_is_empty)
{
	etc = test_tmpdir();
	share = test_format("%s/nothing", base);
	ck_assert_str_eq(listing(HEEL_FOLDER_PROFILES), "");
	ck_assert_str_eq(listing(HEEL_FOLDER_USERS), "");
	ck_assert_uint_eq(report.n, 0);
}
END_TEST

START_TEST(list_of_a_folder_that_is_not_trusted_is_an_error)
{
	struct heel_store *store;
	struct heel_listed *listed;
	size_t n;

	ck_assert_int_eq(chmod(test_format("%s/profiles.d", etc), 0777), 0);
	store = open_store();
	ck_assert_int_eq(
		heel_store_list(store, HEEL_FOLDER_PROFILES, &listed, &n, &report),
		-EPERM);
	heel_store_close(store);
}
END_TEST

/* Closing. */

static size_t count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	size_t n = 0;

	ck_assert_ptr_nonnull(directory);
	while (readdir(directory))
		n++;
	ck_assert_int_eq(closedir(directory), 0);
	return n;
}

START_TEST(closed_store_leaves_no_descriptor_behind)
{
	size_t before = count_descriptors();
	struct heel_text_file file;

	ck_assert_int_eq(read_student(), 0);
	(void)listing(HEEL_FOLDER_PROFILES);
	ck_assert_int_eq(chmod(test_format("%s/profiles.d", etc), 0777), 0);
	ck_assert_int_eq(read_student(), -EPERM);
	ck_assert_int_eq(chmod(etc, 0777), 0);
	ck_assert_int_eq(read_one(trust(), HEEL_FOLDER_TOP, "heel", &file), -EPERM);
	ck_assert_uint_eq(count_descriptors(), before);
}
END_TEST

START_TEST(nothing_can_be_closed)
{
	heel_store_close(NULL);
}
END_TEST

static TCase *for_root(void)
{
	TCase *tcase = tcase_create("for_root");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, what_belongs_to_somebody_else_is_not_trusted, 0,
			    HEEL_ARRAY_SIZE(owners));
	tcase_add_test(tcase, group_of_a_file_does_not_matter_while_it_cannot_write);
	tcase_add_loop_test(tcase, sticky_parent_counts_as_not_writable_if_it_is_roots, 0,
			    HEEL_ARRAY_SIZE(sticky));
	tcase_add_loop_test(tcase, link_to_the_directory_must_be_roots_or_the_callers, 0,
			    HEEL_ARRAY_SIZE(link_owners));
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("store");
	TCase *tcase = tcase_create("store");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, name_and_folder_tell_the_file, 0,
			    HEEL_ARRAY_SIZE(files));
	tcase_add_test(tcase, shipped_heel_conf_is_not_taken);
	tcase_add_test(tcase, path_is_the_name_of_no_file);
	tcase_add_test(tcase, name_too_long_for_a_file_is_that_of_no_file);
	tcase_add_test(tcase, folders_and_the_shipped_directory_may_be_missing);
	tcase_add_test(tcase, file_with_nul_bytes_and_no_line_break_is_read_whole);
	tcase_add_loop_test(tcase, directory_may_be_spelt_in_any_way, 0,
			    HEEL_ARRAY_SIZE(spellings));
	tcase_add_test(tcase, relative_directory_is_below_the_current_one);
	tcase_add_test(tcase, missing_directory_is_an_error);
	tcase_add_test(tcase, file_in_place_of_the_directory_is_an_error);
	tcase_add_test(tcase, file_in_place_of_a_parent_is_an_error);
	tcase_add_test(tcase, dot_dot_in_the_directory_leads_to_where_it_is);
	tcase_add_loop_test(tcase, what_group_or_others_can_write_is_not_trusted, 0,
			    HEEL_ARRAY_SIZE(modes));
	tcase_add_test(tcase, shipped_files_are_judged_like_the_others);
	tcase_add_test(tcase,
		       file_that_is_not_trusted_does_not_give_way_to_a_shipped_one);
	tcase_add_loop_test(tcase, file_says_whether_everyone_can_read_it, 0,
			    HEEL_ARRAY_SIZE(readable));
	tcase_add_loop_test(tcase, only_the_whole_directory_may_be_a_link, 0,
			    HEEL_ARRAY_SIZE(links));
	tcase_add_test(tcase, directory_can_be_replaced_at_one_stroke);
	tcase_add_test(tcase, open_directory_stays_the_same_when_the_link_moves);
	tcase_add_test(tcase, link_in_a_parent_is_followed);
	tcase_add_test(tcase, link_to_itself_is_an_error);
	tcase_add_loop_test(tcase, other_kind_of_file_in_its_place_is_an_error, 0,
			    HEEL_ARRAY_SIZE(kinds));
	tcase_add_test(tcase, file_that_becomes_shorter_is_not_half_a_policy);
	tcase_add_loop_test(tcase, file_has_at_most_1_mib, 0, HEEL_ARRAY_SIZE(sizes));
	tcase_add_test(tcase, user_trusts_their_own_directory_only_where_they_say_so);
	tcase_add_test(tcase, directory_of_root_is_trusted_by_everyone);
	tcase_add_test(tcase, file_that_the_caller_cannot_read_is_an_error);
	tcase_add_test(tcase, folder_that_the_caller_cannot_enter_is_an_error);
	tcase_add_test(tcase, list_is_sorted_and_names_each_profile_once);
	tcase_add_test(tcase, listed_file_is_the_one_that_would_be_read);
	tcase_add_loop_test(tcase, file_that_is_never_read_is_warned_about, 0,
			    HEEL_ARRAY_SIZE(odd_names));
	tcase_add_test(tcase, list_of_a_missing_folder_is_empty);
	tcase_add_test(tcase, list_of_a_folder_that_is_not_trusted_is_an_error);
	tcase_add_test(tcase, closed_store_leaves_no_descriptor_behind);
	tcase_add_test(tcase, nothing_can_be_closed);
	suite_add_tcase(suite, tcase);
	if (geteuid() == 0)
		suite_add_tcase(suite, for_root());
	else
		(void)fprintf(stderr, "# SKIP other owners: they need root\n");
	return test_run(suite);
}
