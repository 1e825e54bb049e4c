/* SPDX-License-Identifier: ISC */
/* The kinds of ports: a profile's key, and the right of Landlock that it is about. */
#include "landlock_uapi.h"
#include "policy.h"

static const struct {
	const char *name;
	uint64_t right;
} kinds[HEEL_PORT_KINDS] = {
	[HEEL_TCP_CONNECT] = {"tcp_connect", HEEL_NET_CONNECT_TCP},
	[HEEL_TCP_BIND] = {"tcp_bind", HEEL_NET_BIND_TCP},
	[HEEL_UDP_CONNECT] = {"udp_connect", HEEL_NET_CONNECT_UDP},
	[HEEL_UDP_BIND] = {"udp_bind", HEEL_NET_BIND_UDP},
};

const char *heel_port_kind_name(enum heel_port_kind kind)
{
	return kinds[kind].name;
}

uint64_t heel_port_kind_right(enum heel_port_kind kind)
{
	return kinds[kind].right;
}
