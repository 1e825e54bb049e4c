/* SPDX-License-Identifier: ISC */
/*
 * `heel check --system`: accounts. Groups that amount to root, homes that others can
 * read, login shells, and /etc/shells.
 */
#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system.h"
#include "text.h"

/* --- Groups --- */

static const struct {
	const char *group;
	const char *reason;
} root_groups[] = {
	{"root", "root's files are open to it"},
	{"sudo", "polkit and sudo let it act as root"},
	{"wheel", "polkit and sudo let it act as root"},
	{"docker", "the daemon mounts and runs anything as root for it"},
	{"lxd", "the daemon gives it root of the host"},
	{"incus-admin", "the daemon gives it root of the host"},
	{"microk8s", "it may run anything as root in a container"},
	{"libvirt", "the daemon opens every file as root for it"},
	{"disk", "it may read and write the file systems below the files"},
	{"kmem", "it may read the kernel's memory"},
	{"shadow", "it may read everybody's password hashes"},
	{"staff", "it may put programs into /usr/local, which root runs"},
};

static bool is_member(const struct heel_person *person, gid_t gid)
{
	for (size_t i = 0; i < person->subject.n_groups; i++)
		if (person->subject.groups[i] == gid)
			return true;
	return person->subject.gid == gid;
}

static void check_groups(struct heel_system *system)
{
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(root_groups); i++) {
		/* cppcheck-suppress getgrnamCalled ; there is one thread */
		const struct group *group = getgrnam(root_groups[i].group);
		struct heel_names names = {0};
		const char *start;
		struct heel_origin at = {"/etc/group", 0};

		for (size_t j = 0; group && j < system->n_people; j++)
			if (is_member(&system->people[j], group->gr_gid))
				heel_add_name(system, &names,
					      system->people[j].subject.user);
		if (names.n == 0)
			continue;
		start = HEEL_NEED(
			heel_format(system->arena, "%s:", root_groups[i].group));
		at.line = heel_line_that_begins(system, at.file, start);
		heel_system_warn(
			system, at,
			"group \"%s\" amounts to root, as %s: no profile holds %s; take them out of it",
			root_groups[i].group, root_groups[i].reason,
			heel_names_text(system, &names));
	}
}

/* --- Homes --- */

static void check_homes(struct heel_system *system, mode_t bits, const char *what)
{
	struct heel_names names = {0};
	const char *first = NULL;

	for (size_t i = 0; i < system->n_people; i++) {
		const struct heel_subject *subject = &system->people[i].subject;
		struct stat st;

		if (!subject->home || subject->home[0] != '/' ||
		    heel_is_of_system(subject->uid) || lstat(subject->home, &st) < 0 ||
		    !S_ISDIR(st.st_mode) || st.st_uid != subject->uid ||
		    !(st.st_mode & bits))
			continue;
		if (!first)
			first = subject->home;
		heel_add_name(system, &names, subject->user);
	}
	if (first)
		heel_system_warn(
			system, (struct heel_origin){first, 0},
			"others can %s the home of %s: chmod 700 it (each, where there are more)",
			what, heel_names_text(system, &names));
}

/* --- Shells --- */

static const char heel_shell[] = HEEL_BINDIR "/heel-shell";

/* Those who have heel-shell as login shell, or those who have not. */
static struct heel_names names_by_shell(const struct heel_system *system, bool by_shell)
{
	struct heel_names names = {0};

	for (size_t i = 0; i < system->n_people; i++)
		if (system->people[i].by_shell == by_shell)
			heel_add_name(system, &names, system->people[i].subject.user);
	return names;
}

/* Those whom nothing confines: neither the module, wherever, nor heel-shell. */
static void check_reached(struct heel_system *system)
{
	struct heel_names names;

	if (system->has_module || system->n_services > 0)
		return; /* said with each service */
	names = names_by_shell(system, false);
	if (names.n > 0)
		heel_check_fail(
			system->check, (struct heel_origin){"/etc/passwd", 0},
			"no PAM stack has pam_heel, and heel-shell is not the login shell of %s: nothing confines them; use one of the two",
			heel_names_text(system, &names));
}

static void check_shells(struct heel_system *system)
{
	struct heel_names names = {0};
	struct heel_origin at = {"/etc/shells", 0};

	at.line = heel_line_that_begins(system, at.file, heel_shell);
	if (at.line == 0)
		return;
	names = names_by_shell(system, true);
	if (names.n > 0)
		heel_system_warn(
			system, at,
			"lists heel-shell, so chsh lets %s change it, and su -s passes it by: take this line away",
			heel_names_text(system, &names));
}

/* A login shell that does not exist, or is not installed for everybody, lets nobody in.
 */
static void check_shell_runs(struct heel_system *system)
{
	struct heel_names names;

	if (access(heel_shell, X_OK) == 0)
		return;
	names = names_by_shell(system, true);
	if (names.n > 0)
		heel_check_fail(
			system->check, (struct heel_origin){heel_shell, 0},
			"is not there to be run, and is the login shell of %s, who "
			"cannot log in: install it",
			heel_names_text(system, &names));
}

void heel_check_users(struct heel_system *system)
{
	check_groups(system);
	check_homes(system, S_IWOTH, "write to");
	check_homes(system, S_IROTH | S_IXOTH, "look into");
	check_reached(system);
	check_shells(system);
	check_shell_runs(system);
}
