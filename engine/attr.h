/* SPDX-License-Identifier: ISC */
/* Attributes and cleanup helpers; no knowledge of policies. */
#pragma once

#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#define HEEL_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define HEEL_MUST_CHECK		__attribute__((warn_unused_result))
#define HEEL_UNUSED		__attribute__((unused))
#define HEEL_ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* A large array that is written before it is read: not zeroed as all others are. */
#ifdef __has_attribute
#if __has_attribute(uninitialized)
#define HEEL_UNINITIALISED __attribute__((uninitialized))
#endif
#endif
#ifndef HEEL_UNINITIALISED
#define HEEL_UNINITIALISED
#endif

/* The GNU library has it. */
#ifndef TEMP_FAILURE_RETRY
#define TEMP_FAILURE_RETRY(expression)                                                   \
	({                                                                               \
		long retried_;                                                           \
		do                                                                       \
			retried_ = (long)(expression);                                   \
		while (retried_ == -1 && errno == EINTR);                                \
		retried_;                                                                \
	})
#endif

/* A resource of setrlimit(2) as that takes it: in the GNU library, of a type of its own.
 */
#ifdef __GLIBC__
#define HEEL_RESOURCE(resource) ((__rlimit_resource_t)(resource))
#else
#define HEEL_RESOURCE(resource) (resource)
#endif

/* Closes the descriptor held by the variable when it goes out of scope. */
#define HEEL_CLOSE     __attribute__((cleanup(heel_close_fd)))

/* Likewise a directory stream. */
#define HEEL_CLOSE_DIR __attribute__((cleanup(heel_close_dir)))

/* Hands a descriptor on: the variable forgets it, so cleanup leaves it open. */
#define HEEL_TAKE_FD(fd)                                                                 \
	({                                                                               \
		int taken_ = (fd);                                                       \
		(fd) = -1;                                                               \
		taken_;                                                                  \
	})

static inline void heel_close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd); /* nothing was written through it */
}

static inline void heel_close_dir(DIR **directory)
{
	if (*directory)
		(void)closedir(*directory); /* it was only read */
}
