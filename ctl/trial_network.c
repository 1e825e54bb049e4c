/* SPDX-License-Identifier: ISC */
/* Ways out by sockets; all of them lead to the target on loopback. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "trial.h"

#define UNUSED_FD HEEL_UNUSED int fd
#define MPTCP	  262
#define STREAM	  SOCK_STREAM

static struct sockaddr_in loopback(uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return address;
}

static int connect_by(int protocol, uint16_t port)
{
	const struct sockaddr_in address = loopback(port);
	HEEL_CLOSE int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, protocol);

	if (port == 0)
		return HEEL_TRY_CANNOT;
	if (fd < 0)
		return -errno;
	return connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0
		       ? -errno
		       : 0;
}

static int connect_tcp(const struct heel_targets *targets, UNUSED_FD)
{
	return connect_by(0, targets->tcp);
}

static int connect_mptcp(const struct heel_targets *targets, UNUSED_FD)
{
	return connect_by(MPTCP, targets->tcp);
}

static int bind_tcp(const struct heel_targets *targets, UNUSED_FD)
{
	const struct sockaddr_in address = loopback(targets->free);
	HEEL_CLOSE int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (made < 0)
		return -errno;
	return bind(made, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno
										  : 0;
}

/* The kernel chooses a port, as the socket has none. */
static int listen_only(HEEL_UNUSED const struct heel_targets *targets, UNUSED_FD)
{
	HEEL_CLOSE int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return made < 0 || listen(made, 1) < 0 ? -errno : 0;
}

static int send_by(int type, int flags, uint16_t port)
{
	const struct sockaddr_in address = loopback(port);
	HEEL_CLOSE int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (port == 0)
		return HEEL_TRY_CANNOT;
	if (fd < 0)
		return -errno;
	return sendto(fd, "x", 1, flags | MSG_NOSIGNAL, (const struct sockaddr *)&address,
		      sizeof(address)) < 0
		       ? -errno
		       : 0;
}

static int send_udp(const struct heel_targets *targets, UNUSED_FD)
{
	return send_by(SOCK_DGRAM, 0, targets->udp);
}

static int send_fast(const struct heel_targets *targets, UNUSED_FD)
{
	return send_by(SOCK_STREAM, MSG_FASTOPEN, targets->tcp);
}

/* The connection is made when something is sent; the rule has to be asked before. */
static int connect_later(const struct heel_targets *targets, UNUSED_FD)
{
	const struct sockaddr_in address = loopback(targets->tcp);
	HEEL_CLOSE int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int on = 1;

	if (targets->tcp == 0)
		return HEEL_TRY_CANNOT;
	if (made < 0 ||
	    setsockopt(made, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof(on)) < 0 ||
	    connect(made, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return send(made, "x", 1, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* The name of an abstract socket begins with a null byte. */
static int connect_unix(const char *name, size_t length)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	HEEL_CLOSE int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (length > sizeof(address.sun_path))
		return HEEL_TRY_CANNOT;
	memcpy(address.sun_path, name, length);
	length += offsetof(struct sockaddr_un, sun_path);
	return connect(fd, (struct sockaddr *)&address, (socklen_t)length) < 0 ? -errno
									       : 0;
}

static int connect_abstract(const struct heel_targets *targets, UNUSED_FD)
{
	char name[sizeof(targets->directory) + 1] = {0};

	memcpy(name + 1, targets->directory, sizeof(targets->directory));
	return connect_unix(name, 1 + strlen(targets->directory));
}

static int connect_path(const struct heel_targets *targets, UNUSED_FD)
{
	char path[sizeof(targets->directory) + 8];

	(void)heel_aim_path(targets, HEEL_AIM_SOCKET, path, sizeof(path));
	return connect_unix(path, strlen(path) + 1);
}

static int make_socket(int family, int type)
{
	HEEL_CLOSE int fd = socket(family, type | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : 0;
}

static int make_netlink(HEEL_UNUSED const struct heel_targets *targets, UNUSED_FD)
{
	return make_socket(AF_NETLINK, SOCK_RAW);
}

/* The kernel looks at the lower half of the family alone; so must a filter. */
static int make_netlink_disguised(HEEL_UNUSED const struct heel_targets *targets,
				  UNUSED_FD)
{
	return syscall(SYS_socket, AF_NETLINK | 1L << 32, SOCK_RAW | SOCK_CLOEXEC, 0) < 0
		       ? -errno
		       : 0;
}

static int make_packet(HEEL_UNUSED const struct heel_targets *targets, UNUSED_FD)
{
	return make_socket(AF_PACKET, SOCK_RAW);
}

static int make_raw(HEEL_UNUSED const struct heel_targets *targets, UNUSED_FD)
{
	HEEL_CLOSE int made = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);

	return made < 0 ? -errno : 0;
}

/* Of a pair of datagram sockets one can be connected elsewhere. */
static int make_pair(HEEL_UNUSED const struct heel_targets *targets, UNUSED_FD)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) < 0 ? -errno : 0;
}

static const struct heel_escape escapes[] = {
	{"X05a", "connect to a TCP port", NULL, connect_tcp,
	 .calls = {{"socket", {AF_INET, STREAM}}, {"connect", {0}}},
	 .barriers = HEEL_BAR_CONNECT},
	{"X05b", "bind to a TCP port", NULL, bind_tcp,
	 .calls = {{"socket", {AF_INET, STREAM}}, {"bind", {0}}},
	 .barriers = HEEL_BAR_BIND},
	{"E48", "connect to an abstract socket outside", NULL, connect_abstract,
	 .calls = {{"socket", {AF_UNIX, STREAM}}, {"connect", {0}}},
	 .barriers = HEEL_BAR_ABSTRACT},
	{"E49", "connect to a socket file outside", NULL, connect_path,
	 .calls = {{"socket", {AF_UNIX, STREAM}}, {"connect", {0}}},
	 .right = HEEL_FS_RESOLVE_UNIX, .aim = HEEL_AIM_SOCKET},
	{"E50", "send by UDP", NULL, send_udp,
	 .calls = {{"socket", {AF_INET, SOCK_DGRAM}}, {"sendto", {0}}},
	 .barriers = HEEL_BAR_UDP},
	{"E51", "connect by MPTCP", NULL, connect_mptcp,
	 .calls = {{"socket", {AF_INET, STREAM, MPTCP}}, {"connect", {0}}},
	 .restriction = "raw_network"},
	{"E52", "send by TCP Fast Open", NULL, send_fast,
	 .calls = {{"socket", {AF_INET, STREAM}}, {"sendto", {0, 0, 0, MSG_FASTOPEN}}},
	 .restriction = "raw_network"},
	{"X01", "connect by TCP, later", NULL, connect_later,
	 .calls = {{"socket", {AF_INET, STREAM}}, {"connect", {0}}},
	 .barriers = HEEL_BAR_CONNECT},
	{"E53", "listen without a port", NULL, listen_only,
	 .calls = {{"socket", {AF_INET, STREAM}}, {"listen", {0}}}},
	{"E54a", "make a netlink socket", NULL, make_netlink,
	 .calls = {{"socket", {AF_NETLINK, SOCK_RAW}}}},
	{"E59b", "make a netlink socket, with high bits set", NULL,
	 make_netlink_disguised, .calls = {{"socket", {AF_NETLINK, SOCK_RAW}}}},
	{"E54b", "make a packet socket", NULL, make_packet,
	 .calls = {{"socket", {AF_PACKET, SOCK_RAW}}}, .restriction = "raw_network"},
	{"E54c", "make a raw socket", NULL, make_raw,
	 .calls = {{"socket", {AF_INET, SOCK_RAW, IPPROTO_ICMP}}},
	 .restriction = "raw_network"},
	{"X29", "make a pair of datagram sockets", NULL, make_pair,
	 .calls = {{"socketpair", {AF_UNIX, SOCK_DGRAM}}}},
};

const struct heel_escapes heel_network_escapes = {escapes, HEEL_ARRAY_SIZE(escapes)};
