/* SPDX-License-Identifier: ISC */
/*
 * session SERVICE USER: opens and closes a PAM session, and prints the microseconds that
 * it takes. What a process loads once, at pam_start(3), does not count.
 */
#include <err.h>
#include <security/pam_appl.h>
#include <stdio.h>

#include "clock.h"

/* Nobody answers questions here. */
static int refuse(int n, const struct pam_message **messages,
		  struct pam_response **responses, void *data)
{
	(void)n, (void)messages, (void)responses, (void)data;
	return PAM_CONV_ERR;
}

int main(int argc, char **argv)
{
	const struct pam_conv conversation = {.conv = refuse};
	pam_handle_t *pam = NULL;
	double begin, end;

	if (argc != 3)
		errx(2, "usage: session SERVICE USER");
	if (pam_start(argv[1], argv[2], &conversation, &pam) != PAM_SUCCESS)
		errx(1, "pam_start");
	begin = bench_now();
	if (pam_open_session(pam, 0) != PAM_SUCCESS ||
	    pam_close_session(pam, 0) != PAM_SUCCESS)
		errx(1, "no session for %s by %s", argv[2], argv[1]);
	end = bench_now();
	(void)pam_end(pam, PAM_SUCCESS); /* nothing is left to do */
	printf("%.3f\n", end - begin);
	return 0;
}
