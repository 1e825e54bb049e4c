/* SPDX-License-Identifier: ISC */
/* Looks for texts that pass heel_scan() and that libconfig reads otherwise. */
#include <string.h>

#include "fuzz.h"
#include "scan_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1);

	if (!text)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	FUZZ_CHECK(oracle(text, size) != ORACLE_BROKEN, "%s", text);
	free(text);
	return 0;
}
