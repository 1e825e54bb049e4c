/* SPDX-License-Identifier: ISC */
/*
 * The table of Landlock's access rights and scopes: name, bit, and the ABI
 * that brought it. Parser, compiler, output and tests read this one table.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "landlock_uapi.h"

/* The newest ABI that heel knows; newer rights are reported, not used. */
#define HEEL_ABI_NEWEST 10
/* The oldest ABI that heel serves (Linux 6.7): the first one with TCP rights. */
#define HEEL_ABI_OLDEST 4

enum heel_class {
	HEEL_CLASS_FS,
	HEEL_CLASS_NET,
	HEEL_CLASS_SCOPE,
	HEEL_CLASSES,
};

struct heel_right {
	const char *name; /* the kernel's name in lower case */
	enum heel_class class;
	uint64_t bit;
	int abi;
};

/* Every right of every class, by class and then by bit. */
const struct heel_right *heel_rights(size_t *ret_n);

/* The right of that class and name, or NULL. */
const struct heel_right *heel_right_by_name(enum heel_class class, const char *name);

/* All rights of the class that both heel and a kernel of that ABI know. */
uint64_t heel_rights_of_abi(enum heel_class class, int abi);

/* The rights that a file which is not a directory can carry; others make a rule EINVAL.
 */
#define HEEL_FS_OF_FILE                                                                  \
	(HEEL_FS_EXECUTE | HEEL_FS_WRITE_FILE | HEEL_FS_READ_FILE | HEEL_FS_TRUNCATE |   \
	 HEEL_FS_IOCTL_DEV | HEEL_FS_RESOLVE_UNIX)

/* What the lists of a profile's "filesystem" grant. */
#define HEEL_GRANT_READ	   (HEEL_FS_READ_FILE | HEEL_FS_READ_DIR)
#define HEEL_GRANT_EXECUTE (HEEL_GRANT_READ | HEEL_FS_EXECUTE)
#define HEEL_GRANT_WRITE                                                                 \
	(HEEL_GRANT_READ | HEEL_FS_WRITE_FILE | HEEL_FS_TRUNCATE | HEEL_FS_MAKE_REG |    \
	 HEEL_FS_MAKE_DIR | HEEL_FS_MAKE_SYM | HEEL_FS_MAKE_FIFO | HEEL_FS_MAKE_SOCK |   \
	 HEEL_FS_REMOVE_FILE | HEEL_FS_REMOVE_DIR | HEEL_FS_REFER)
#define HEEL_GRANT_DEVICE                                                                \
	(HEEL_FS_READ_FILE | HEEL_FS_READ_DIR | HEEL_FS_WRITE_FILE | HEEL_FS_IOCTL_DEV)
