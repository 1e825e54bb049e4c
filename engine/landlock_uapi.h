/* SPDX-License-Identifier: ISC */
/*
 * The kernel's Landlock interface up to ABI 10, under our own names: the
 * headers of supported systems stop at ABI 2. Values are those of
 * include/uapi/linux/landlock.h; the numbers of the three system calls are the
 * same on every architecture.
 */
#pragma once

#include <stdint.h>

#define HEEL_SYS_LANDLOCK_CREATE_RULESET 444
#define HEEL_SYS_LANDLOCK_ADD_RULE	 445
#define HEEL_SYS_LANDLOCK_RESTRICT_SELF	 446

#define HEEL_LANDLOCK_CREATE_VERSION	 (1U << 0)
#define HEEL_LANDLOCK_CREATE_ERRATA	 (1U << 1)

#define HEEL_LANDLOCK_RULE_PATH_BENEATH	 1
#define HEEL_LANDLOCK_RULE_NET_PORT	 2

/* Denials stay logged after the session's first exec (ABI 7). */
#define HEEL_LANDLOCK_LOG_NEW_EXEC_ON	 (1U << 1)

/* Never more than this many domains can be nested (E2BIG). */
#define HEEL_LANDLOCK_MAX_LAYERS	 16

#define HEEL_FS_EXECUTE			 (UINT64_C(1) << 0)
#define HEEL_FS_WRITE_FILE		 (UINT64_C(1) << 1)
#define HEEL_FS_READ_FILE		 (UINT64_C(1) << 2)
#define HEEL_FS_READ_DIR		 (UINT64_C(1) << 3)
#define HEEL_FS_REMOVE_DIR		 (UINT64_C(1) << 4)
#define HEEL_FS_REMOVE_FILE		 (UINT64_C(1) << 5)
#define HEEL_FS_MAKE_CHAR		 (UINT64_C(1) << 6)
#define HEEL_FS_MAKE_DIR		 (UINT64_C(1) << 7)
#define HEEL_FS_MAKE_REG		 (UINT64_C(1) << 8)
#define HEEL_FS_MAKE_SOCK		 (UINT64_C(1) << 9)
#define HEEL_FS_MAKE_FIFO		 (UINT64_C(1) << 10)
#define HEEL_FS_MAKE_BLOCK		 (UINT64_C(1) << 11)
#define HEEL_FS_MAKE_SYM		 (UINT64_C(1) << 12)
#define HEEL_FS_REFER			 (UINT64_C(1) << 13)
#define HEEL_FS_TRUNCATE		 (UINT64_C(1) << 14)
#define HEEL_FS_IOCTL_DEV		 (UINT64_C(1) << 15)
#define HEEL_FS_RESOLVE_UNIX		 (UINT64_C(1) << 16)

#define HEEL_NET_BIND_TCP		 (UINT64_C(1) << 0)
#define HEEL_NET_CONNECT_TCP		 (UINT64_C(1) << 1)
#define HEEL_NET_BIND_UDP		 (UINT64_C(1) << 2)
#define HEEL_NET_CONNECT_UDP		 (UINT64_C(1) << 3) /* connect and send */

#define HEEL_SCOPE_ABSTRACT_UNIX_SOCKET	 (UINT64_C(1) << 0)
#define HEEL_SCOPE_SIGNAL		 (UINT64_C(1) << 1)

/*
 * The kernel takes any size from 8 on, as long as what lies beyond its own
 * struct is zero; so the whole struct may always be passed.
 */
struct heel_landlock_ruleset_attr {
	uint64_t handled_access_fs;
	uint64_t handled_access_net;
	uint64_t scoped;
	uint64_t quiet_access_fs;
	uint64_t quiet_access_net;
	uint64_t quiet_scoped;
};

struct heel_landlock_path_beneath {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((packed));

struct heel_landlock_net_port {
	uint64_t allowed_access;
	uint64_t port; /* host byte order */
};
