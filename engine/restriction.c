/* SPDX-License-Identifier: ISC */
/* The table of named restrictions. */
#include <string.h>

#include "restriction.h"

static const struct heel_restriction restrictions[HEEL_RESTRICTIONS] = {
	{"debug", true, "tracing and reading other processes"},
	{"perf", true, "perf_event_open"},
	{"namespaces", true, "new namespaces and entering others"},
	{"mount", true, "mounting, pivot_root and chroot"},
	{"io_uring", true, "io_uring"},
	{"kernel", true, "modules, bpf, kexec, reboot, swap and other kernel interfaces"},
	{"clock", true, "setting clocks"},
	{"keyring", true, "kernel keyrings"},
	{"personality", true, "unusual execution domains"},
	{"tty_injection", true, "typing into another terminal"},
	{"other_processes", true,
	 "setting limits of other processes, moving their memory"},
	{"device_nodes", true, "making device nodes"},
	{"foreign_abi", true, "system calls of other ABIs"},
	{"unknown_syscalls", true, "system calls newer than heel knows"},
	{"raw_network", true, "raw sockets and protocols that slip past the TCP rules"},
	{"setuid_bits", false, "set-uid and set-gid bits on files"},
	{"metadata", false, "changing modes, owners, times and attributes of files"},
	{"wx_memory", false, "memory that is writable and executable"},
	{"fileless_exec", false, "running programs that are not files"},
	{"sysv_ipc", false, "System V IPC"},
	{"realtime", false, "real-time scheduling"},
	{"setid_calls", false, "changing user and group ids"},
};

const struct heel_restriction *heel_restriction(size_t i)
{
	return &restrictions[i];
}

int heel_restriction_by_name(const char *name)
{
	for (int i = 0; i < HEEL_RESTRICTIONS; i++)
		if (strcmp(restrictions[i].name, name) == 0)
			return i;
	return -1;
}
