/* SPDX-License-Identifier: ISC */
/* The clock of everything that is timed here. */
#pragma once

#include <time.h>

/* Microseconds, of which only differences mean something. */
static inline double bench_now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec * 1e6 + (double)at.tv_nsec / 1e3;
}
