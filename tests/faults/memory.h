/* SPDX-License-Identifier: ISC */
/* What memory.so and who counts with it share: the contents of a file. */
#pragma once

#include <stdbool.h>

#define ALLOCATIONS_VARIABLE "FAULTS_ALLOCATIONS"

struct allocations {
	bool armed;	  /* allocations are counted */
	bool rest;	  /* all that follow fail as well */
	bool failed;	  /* one did */
	unsigned int nth; /* the one that fails, from 1 on */
	unsigned int n;	  /* so many were there */
	char of[32];	  /* in whose name this is, or "" */
	char caller[64];  /* whose it was: the file name of a library or program */
};
