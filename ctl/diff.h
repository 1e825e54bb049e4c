/* SPDX-License-Identifier: ISC */
/* What the files of `heel diff` share: two policy directories, and what differs. */
#pragma once

#include "compare.h"

/* One of the two directories. */
struct heel_directory {
	const char *name;
	struct heel *heel; /* NULL: not opened */
	const struct heel_settings *settings;
	struct heel_listed *files[HEEL_FOLDERS];
	size_t n_files[HEEL_FOLDERS];
};

/* What differs in one profile, file or session. */
struct heel_difference {
	const char *title;
	struct heel_changes changes;
};

struct heel_diff {
	struct heel_arena arena;
	struct heel_report report;
	const char *service; /* that sessions come through */
	struct heel_directory old, new;
	struct heel_difference **differences;
	size_t n;
};

/* Begins a new difference, which is shown if something is added to it. */
struct heel_changes *heel_new_difference(struct heel_diff *diff, const char *title);

/*
 * Calls visit for every name of a folder that one of the directories has, in order, with
 * the file of each, or NULL. Stops at, and returns, the first result that is not 0.
 */
typedef int heel_visit_file(struct heel_diff *diff, const char *name,
			    const struct heel_listed *old, const struct heel_listed *new);
HEEL_MUST_CHECK int heel_visit_files(struct heel_diff *diff, enum heel_folder folder,
				     heel_visit_file *visit);

/* Compares what heel.conf itself says, who gets another profile, the services' files. */
HEEL_MUST_CHECK int heel_diff_settings(struct heel_diff *diff);
