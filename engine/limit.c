/* SPDX-License-Identifier: ISC */
/* The table of resource limits. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>

#include "limit.h"
#include "text.h"

static const struct heel_limit limits[HEEL_LIMITS] = {
	{"as", RLIMIT_AS, HEEL_UNIT_BYTES, UINT64_C(16) << 20},
	{"core", RLIMIT_CORE, HEEL_UNIT_BYTES, 0},
	{"cpu", RLIMIT_CPU, HEEL_UNIT_SECONDS, 0},
	{"data", RLIMIT_DATA, HEEL_UNIT_BYTES, UINT64_C(1) << 20},
	{"fsize", RLIMIT_FSIZE, HEEL_UNIT_BYTES, 0},
	{"locks", RLIMIT_LOCKS, HEEL_UNIT_COUNT, 0},
	{"memlock", RLIMIT_MEMLOCK, HEEL_UNIT_BYTES, 0},
	{"msgqueue", RLIMIT_MSGQUEUE, HEEL_UNIT_BYTES, 0},
	{"nice", RLIMIT_NICE, HEEL_UNIT_COUNT, 0},
	{"nofile", RLIMIT_NOFILE, HEEL_UNIT_COUNT, 0},
	{"nproc", RLIMIT_NPROC, HEEL_UNIT_COUNT, 0},
	{"rss", RLIMIT_RSS, HEEL_UNIT_BYTES, 0},
	{"rtprio", RLIMIT_RTPRIO, HEEL_UNIT_COUNT, 0},
	{"rttime", RLIMIT_RTTIME, HEEL_UNIT_MICROSECONDS, 0},
	{"sigpending", RLIMIT_SIGPENDING, HEEL_UNIT_COUNT, 0},
	{"stack", RLIMIT_STACK, HEEL_UNIT_BYTES, UINT64_C(256) << 10},
};

/* A unit that may follow the number, and what it multiplies by. */
static const struct {
	enum heel_unit unit;
	char suffix;
	uint64_t factor;
} suffixes[] = {
	{HEEL_UNIT_BYTES, 'K', UINT64_C(1) << 10},
	{HEEL_UNIT_BYTES, 'M', UINT64_C(1) << 20},
	{HEEL_UNIT_BYTES, 'G', UINT64_C(1) << 30},
	{HEEL_UNIT_SECONDS, 's', 1},
	{HEEL_UNIT_SECONDS, 'm', 60},
	{HEEL_UNIT_SECONDS, 'h', 3600},
	{HEEL_UNIT_MICROSECONDS, 's', 1000000},
	{HEEL_UNIT_MICROSECONDS, 'm', 60 * UINT64_C(1000000)},
	{HEEL_UNIT_MICROSECONDS, 'h', 3600 * UINT64_C(1000000)},
};

_Static_assert(RLIM_INFINITY == HEEL_LIMIT_INFINITY, "rlim_t is 64 bits wide");

const struct heel_limit *heel_limit(size_t i)
{
	return &limits[i];
}

/* The factor of the unit that text ends in, or 0 if it ends in none of this limit's. */
static uint64_t factor_of(const struct heel_limit *limit, char last)
{
	for (size_t i = 0; i < HEEL_ARRAY_SIZE(suffixes); i++)
		if (suffixes[i].unit == limit->unit && suffixes[i].suffix == last)
			return suffixes[i].factor;
	return 0;
}

int heel_parse_limit(const struct heel_limit *limit, const char *text, uint64_t *ret)
{
	size_t length = strlen(text);
	size_t n_digits = strspn(text, "0123456789");
	uint64_t factor, value;
	char digits[24];
	int rc;

	if (strcmp(text, "infinity") == 0) {
		*ret = HEEL_LIMIT_INFINITY;
		return 0;
	}
	if (length == 0)
		return -EINVAL;
	factor = factor_of(limit, text[length - 1]);
	if (length >= sizeof(digits)) /* no number that fits has so many digits */
		return text[0] != '0' && n_digits + (factor != 0) == length ? -ERANGE
									    : -EINVAL;
	memcpy(digits, text, length + 1);
	if (factor != 0)
		digits[length - 1] = '\0';
	rc = heel_parse_number(digits, HEEL_LIMIT_INFINITY - 1, &value);
	if (rc < 0)
		return rc;
	if (factor != 0 && (__builtin_mul_overflow(value, factor, &value) ||
			    value == HEEL_LIMIT_INFINITY))
		return -ERANGE;
	*ret = value;
	return 0;
}
