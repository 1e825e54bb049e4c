/* SPDX-License-Identifier: ISC */
/* Looks for texts that pass heel_scan() and that libconfig reads otherwise. By libFuzzer.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "scan_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1);
	enum oracle_verdict verdict;

	if (!text)
		return 0;
	memcpy(text, data, size);
	verdict = oracle(text, size);
	free(text);
	if (verdict == ORACLE_BROKEN)
		abort();
	return 0;
}
