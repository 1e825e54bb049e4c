/* SPDX-License-Identifier: ISC */
/* Small questions about text: numbers, similar names, safe characters. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "attr.h"

/*
 * The only way from text to a number. Takes decimal digits, nothing else: no
 * sign, no blank, no leading zero before another digit. Returns 0, -EINVAL if
 * the text is no such number, or -ERANGE if it is larger than max. *ret is
 * written only on success.
 */
HEEL_MUST_CHECK int heel_parse_number(const char *text, uint64_t max, uint64_t *ret);

/*
 * Like heel_parse_number() for "N" or "LOW-HIGH". Returns -EINVAL also when
 * LOW is above HIGH.
 */
HEEL_MUST_CHECK int heel_parse_range(const char *text, uint64_t max, uint64_t *ret_low,
				     uint64_t *ret_high);

/*
 * Looks for the known name that was probably meant. Set name, offer every
 * candidate, then read best: NULL when none is close enough.
 */
struct heel_suggestion {
	const char *name;
	const char *best;
	size_t distance;
};

void heel_suggest(struct heel_suggestion *suggestion, const char *candidate);

/*
 * The end of an "unknown name" message: `; did you mean "best"?`, or "" when
 * nothing is close. buffer is what is returned, or "".
 */
const char *heel_did_you_mean(const struct heel_suggestion *suggestion, char *buffer,
			      size_t size);

/*
 * True if a shell pattern (*, ?, [..]) matches the text, by bytes: not by the locale that
 * the calling program, or whoever started it, may have set.
 */
bool heel_matches(const char *pattern, const char *text);

/* A number for a text (FNV-1a): where it differs the texts do, which is soon seen. */
uint32_t heel_mark(const char *text);

/* That of the empty text, and of one that goes on by a character. */
#define HEEL_MARK_START 2166136261U
static inline uint32_t heel_mark_on(uint32_t mark, char c)
{
	return (mark ^ (unsigned char)c) * 16777619U;
}

/* True if the name is one of a list's, which may be NULL; none is empty. */
HEEL_MUST_CHECK bool heel_is_in_list(const char *list, char separator, const char *name);

/* True if the text holds a byte below 0x20 or 0x7f. */
bool heel_has_control(const char *text);

/* True for a profile's name: [A-Za-z0-9][A-Za-z0-9_.-]*, at most 200 bytes. */
bool heel_is_profile_name(const char *name);

/* The length of the text up to the next "/". */
size_t heel_component(const char *path);

/* True if a name of that length is one that a directory has in a plain path. */
bool heel_is_component(const char *text, size_t length);

/*
 * True if path is normalised: absolute, no empty, "." or ".." component, no
 * slash at its end (but "/" itself is).
 */
bool heel_is_normal_path(const char *path);

/* True if some component of the path is "..". */
bool heel_has_dot_dot(const char *path);

/* True for what can be the absolute path of a program: normalised, without tokens. */
bool heel_is_program_path(const char *path);

/*
 * The only way from text to a file mode: one to three octal digits, or four that begin
 * with 0. Returns 0 or -EINVAL.
 */
HEEL_MUST_CHECK int heel_parse_mode(const char *text, mode_t *ret);

/*
 * The port of a proxy's address: http, https, socks4, socks4a, socks5 or socks5h, "://",
 * a host's name, IPv4 address or IPv6 address in brackets, ":" and a port, and perhaps
 * "/". Returns 0 or -EINVAL; no port is one, and so are a user and a password.
 */
HEEL_MUST_CHECK int heel_parse_proxy(const char *text, uint16_t *ret_port);

/*
 * Makes an absolute path normalised, in place: drops empty and "." components
 * and a slash at the end. ".." is left as it is.
 */
void heel_normalise_path(char *path);

/*
 * True if path is the directory itself or lies below it. Both are normalised;
 * this is a question about text, not about the file system.
 */
bool heel_path_is_below(const char *path, const char *directory);
