/* SPDX-License-Identifier: ISC */
/* The table of Landlock's access rights and scopes. */
#include <string.h>

#include "access.h"
#include "attr.h"

static const struct heel_right rights[] = {
	{"execute", HEEL_CLASS_FS, HEEL_FS_EXECUTE, 1},
	{"write_file", HEEL_CLASS_FS, HEEL_FS_WRITE_FILE, 1},
	{"read_file", HEEL_CLASS_FS, HEEL_FS_READ_FILE, 1},
	{"read_dir", HEEL_CLASS_FS, HEEL_FS_READ_DIR, 1},
	{"remove_dir", HEEL_CLASS_FS, HEEL_FS_REMOVE_DIR, 1},
	{"remove_file", HEEL_CLASS_FS, HEEL_FS_REMOVE_FILE, 1},
	{"make_char", HEEL_CLASS_FS, HEEL_FS_MAKE_CHAR, 1},
	{"make_dir", HEEL_CLASS_FS, HEEL_FS_MAKE_DIR, 1},
	{"make_reg", HEEL_CLASS_FS, HEEL_FS_MAKE_REG, 1},
	{"make_sock", HEEL_CLASS_FS, HEEL_FS_MAKE_SOCK, 1},
	{"make_fifo", HEEL_CLASS_FS, HEEL_FS_MAKE_FIFO, 1},
	{"make_block", HEEL_CLASS_FS, HEEL_FS_MAKE_BLOCK, 1},
	{"make_sym", HEEL_CLASS_FS, HEEL_FS_MAKE_SYM, 1},
	{"refer", HEEL_CLASS_FS, HEEL_FS_REFER, 2},
	{"truncate", HEEL_CLASS_FS, HEEL_FS_TRUNCATE, 3},
	{"ioctl_dev", HEEL_CLASS_FS, HEEL_FS_IOCTL_DEV, 5},
	{"resolve_unix", HEEL_CLASS_FS, HEEL_FS_RESOLVE_UNIX, 9},
	{"bind_tcp", HEEL_CLASS_NET, HEEL_NET_BIND_TCP, 4},
	{"connect_tcp", HEEL_CLASS_NET, HEEL_NET_CONNECT_TCP, 4},
	{"bind_udp", HEEL_CLASS_NET, HEEL_NET_BIND_UDP, 10},
	{"connect_send_udp", HEEL_CLASS_NET, HEEL_NET_CONNECT_UDP, 10},
	{"abstract_unix_socket", HEEL_CLASS_SCOPE, HEEL_SCOPE_ABSTRACT_UNIX_SOCKET, 6},
	{"signal", HEEL_CLASS_SCOPE, HEEL_SCOPE_SIGNAL, 6},
};

const struct heel_right *heel_rights(size_t *ret_n)
{
	*ret_n = HEEL_ARRAY_SIZE(rights);
	return rights;
}

const struct heel_right *heel_right_by_name(enum heel_class class, const char *name)
{
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(rights); i++)
		if (rights[i].class == class && strcmp(rights[i].name, name) == 0)
			return &rights[i];
	return NULL;
}

uint64_t heel_rights_of_abi(enum heel_class class, int abi)
{
	uint64_t known = 0;

	for (size_t i = 0; i < HEEL_ARRAY_SIZE(rights); i++)
		if (rights[i].class == class && rights[i].abi <= abi)
			known |= rights[i].bit;
	return known;
}
