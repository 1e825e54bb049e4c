/* SPDX-License-Identifier: ISC */
/*
 * probe ... UID: what is possible in a session that is to be confined by the profile of
 * tests/faults.test. Prints "confined", or "UNCONFINED:" and what was possible.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static uid_t user;

static bool may_gain_privileges(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
}

static bool has_no_filter(void)
{
	return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != SECCOMP_MODE_FILTER;
}

static bool reads_canary(void)
{
	return open("/srv/heel-canary", O_RDONLY) >= 0;
}

static bool writes_elsewhere(void)
{
	return open("/var/tmp", O_TMPFILE | O_WRONLY, 0600) >= 0;
}

/* Port 25 is not granted, and nobody listens there. */
static bool connects(void)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(25),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0)
		return false; /* the family is closed */
	return connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ||
	       errno != EACCES;
}

/* Of a process outside, and closed by a scope. */
static bool reaches_abstract_socket(void)
{
	static const char name[] = "\0heel-faults";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const socklen_t size = offsetof(struct sockaddr_un, sun_path) + sizeof(name) - 1;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(address.sun_path, name, sizeof(name) - 1);
	return connect(fd, (const struct sockaddr *)&address, size) == 0;
}

/* EPERM: the family is open, and asks for a capability. */
static bool makes_packet_socket(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0) >= 0 || errno != EAFNOSUPPORT;
}

static bool changes_personality(void)
{
	return personality(ADDR_COMPAT_LAYOUT) != -1;
}

static bool has_descriptors(void)
{
	for (int fd = STDERR_FILENO + 1; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return true;
	return false;
}

static bool is_somebody_else(void)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid, groups[64];
	int n = getgroups(64, groups);

	if (getresuid(&ruid, &euid, &suid) < 0 || getresgid(&rgid, &egid, &sgid) < 0 ||
	    n < 0)
		return true;
	for (int i = 0; i < n; i++)
		if (groups[i] == 0)
			return true;
	return ruid != user || euid != user || suid != user || rgid != user ||
	       egid != user || sgid != user || (uid_t)setfsuid((uid_t)-1) != user ||
	       (gid_t)setfsgid((gid_t)-1) != user;
}

static bool has_other_umask(void)
{
	return umask(077) != 077;
}

static bool has_other_limits(void)
{
	struct rlimit core, nproc;

	return getrlimit(RLIMIT_CORE, &core) < 0 || core.rlim_cur != 0 ||
	       getrlimit(RLIMIT_NPROC, &nproc) < 0 || nproc.rlim_cur > 500;
}

/* The first is a loader's, which heel-shell drops; the second is not kept. */
static bool has_other_environment(void)
{
	return getenv("LD_BIND_NOT") || getenv("FAULTS_NOT_KEPT") ||
	       !getenv("HEEL_PROFILE");
}

static const struct {
	const char *name;
	bool (*is_possible)(void);
} acts[] = {
	{"descriptors", has_descriptors}, /* before there are the probe's own */
	{"no_new_privs", may_gain_privileges},
	{"filter", has_no_filter},
	{"canary", reads_canary},
	{"write", writes_elsewhere},
	{"connect", connects},
	{"scope", reaches_abstract_socket},
	{"family", makes_packet_socket},
	{"personality", changes_personality},
	{"ids", is_somebody_else},
	{"umask", has_other_umask},
	{"limits", has_other_limits},
	{"environment", has_other_environment},
};

int main(int argc, char **argv)
{
	bool possible = false;

	user = (uid_t)strtoul(argv[argc - 1], NULL, 10);
	for (size_t i = 0; i < sizeof(acts) / sizeof(*acts); i++) {
		if (!acts[i].is_possible())
			continue;
		printf("%s %s", possible ? "" : "UNCONFINED:", acts[i].name);
		possible = true;
	}
	puts(possible ? "" : "confined");
	return EXIT_SUCCESS;
}
