/* SPDX-License-Identifier: ISC */
/*
 * `heel check --system`: the kernel's own switches. They hold for processes outside of
 * heel's filters too, and where a profile lifts a restriction.
 */
#include <string.h>

#include "restriction.h"
#include "system.h"
#include "text.h"
#include "textfile.h"

static bool permits_io_uring(const struct heel_policy *policy)
{
	return !policy->unconfined && !policy->restrictions[HEEL_RESTRICT_IO_URING].on;
}

static bool shows_processes(const struct heel_policy *policy)
{
	for (size_t i = 0; !policy->unconfined && i < policy->n_paths; i++)
		if (heel_path_is_below("/proc", policy->paths[i].path))
			return true;
	return false;
}

static const struct {
	const char *name; /* of sysctl */
	const char *file;
	uint64_t good_from, good_to;
	heel_plan_test *unless; /* NULL: whatever is assigned */
	const char *text;
} switches[] = {
	{"dev.tty.legacy_tiocsti", "/proc/sys/dev/tty/legacy_tiocsti", 0, 0, NULL,
	 "a process outside of heel's filter can type into the terminal that it shares, as after root's \"su - USER\""},
	{"kernel.io_uring_disabled", "/proc/sys/kernel/io_uring_disabled", 1, 2,
	 permits_io_uring,
	 "io_uring passes system call filters, and no profile here needs it"},
	{"fs.protected_symlinks", "/proc/sys/fs/protected_symlinks", 1, 1, NULL,
	 "others' programs follow links that users lay in /tmp"},
	{"fs.protected_hardlinks", "/proc/sys/fs/protected_hardlinks", 1, 1, NULL,
	 "users can link to files of others, and sessions refuse files with two names"},
};

static void check_switch(struct heel_system *system, size_t i)
{
	const char *text;
	char *rest;
	uint64_t value;

	if (heel_read_proc(system->arena, switches[i].file, &text) < 0)
		return; /* this kernel is older than the switch, or does not have it */
	rest = HEEL_NEED(heel_strdup(system->arena, text));
	text = heel_next_word(&rest);
	if (!text || heel_parse_number(text, UINT32_MAX, &value) < 0)
		return;
	if ((value >= switches[i].good_from && value <= switches[i].good_to) ||
	    (switches[i].unless && heel_some_policy(system, switches[i].unless)))
		return;
	heel_system_warn(system, (struct heel_origin){switches[i].file, 0},
			 "%s: set %s = %llu in /etc/sysctl.d", switches[i].text,
			 switches[i].name, (unsigned long long)switches[i].good_to);
}

/* The options of the uppermost mount on /proc. */
static const char *proc_options(const struct heel_system *system)
{
	struct heel_lines lines = {0};
	const char *text, *options = "";

	if (heel_read_proc(system->arena, "/proc/self/mounts", &text) < 0 ||
	    heel_split_lines(system->arena, text, false, &lines) < 0)
		return "";
	for (size_t i = 0; i < lines.n; i++) {
		char *rest = lines.v[i].text;
		const char *point;

		(void)heel_next_word(&rest); /* the device */
		point = heel_next_word(&rest);
		if (!point || strcmp(point, "/proc") != 0)
			continue;
		(void)heel_next_word(&rest); /* the type */
		options = rest;
	}
	return options;
}

static void check_proc(struct heel_system *system)
{
	const char *hidden = strstr(proc_options(system), "hidepid=");

	if (!heel_some_policy(system, shows_processes))
		return;
	if (hidden && strncmp(hidden, "hidepid=0", strlen("hidepid=0")) != 0 &&
	    strncmp(hidden, "hidepid=off", strlen("hidepid=off")) != 0)
		return;
	heel_system_warn(
		system, (struct heel_origin){"/proc", 0},
		"profiles here grant /proc, which shows everybody's processes and their arguments: mount it with hidepid=invisible");
}

void heel_check_kernel(struct heel_system *system)
{
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(switches); i++)
		check_switch(system, i);
	check_proc(system);
}
