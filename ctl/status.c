/* SPDX-License-Identifier: ISC */
/* `heel status`: what this kernel can enforce, tried out. */
#include <errno.h>
#include <string.h>

#include "access.h"
#include "ctl.h"

static const char *const results[] = {
	[HEEL_TRIAL_ENFORCED] = "enforced",
	[HEEL_TRIAL_NOT_ENFORCED] = "not enforced",
	[HEEL_TRIAL_NOT_HERE] = "not in this kernel",
	[HEEL_TRIAL_IMPOSSIBLE] = "could not be tried",
};

static enum heel_style style_of(const struct heel_trial *trial)
{
	switch (trial->result) {
	case HEEL_TRIAL_ENFORCED:
		return HEEL_STYLE_GOOD;
	case HEEL_TRIAL_NOT_ENFORCED:
		return trial->known_gap ? HEEL_STYLE_WARNING : HEEL_STYLE_BAD;
	case HEEL_TRIAL_NOT_HERE:
	case HEEL_TRIAL_IMPOSSIBLE:
		return HEEL_STYLE_WARNING;
	}
	return HEEL_STYLE_PLAIN;
}

struct status {
	struct heel_kernel kernel;
	struct heel_trial trials[HEEL_TRIALS];
	bool tried;	  /* the self-test could be run at all */
	bool enforceable; /* a session can be confined here */
};

static bool is_missing(const struct heel_right *right, const struct heel_kernel *kernel)
{
	return right->abi > kernel->abi;
}

/* --- Text --- */

static const char *landlock_text(struct heel_arena *arena,
				 const struct heel_kernel *kernel)
{
	if (kernel->abi > HEEL_ABI_NEWEST)
		return HEEL_NEED(heel_format(
			arena, "ABI %d (heel knows up to %d and leaves the rest unused)",
			kernel->abi, HEEL_ABI_NEWEST));
	if (kernel->abi >= HEEL_ABI_OLDEST)
		return HEEL_NEED(heel_format(arena, "ABI %d", kernel->abi));
	if (kernel->abi > 0)
		return HEEL_NEED(heel_format(arena,
					     "ABI %d, too old: heel needs %d (Linux 6.7)",
					     kernel->abi, HEEL_ABI_OLDEST));
	if (kernel->landlock_error == EOPNOTSUPP)
		return "built in but not enabled: boot with landlock in the lsm= list, "
		       "such as lsm=landlock,lockdown,yama,integrity,apparmor,bpf";
	if (kernel->landlock_error == ENOSYS)
		return "not built into this kernel (CONFIG_SECURITY_LANDLOCK)";
	return HEEL_NEED(
		heel_format(arena, "not usable: %s", strerror(kernel->landlock_error)));
}

static const char *errata_text(struct heel_arena *arena, unsigned int errata)
{
	const char *text = "";

	for (int i = 0; i < 32; i++)
		if (errata & 1U << i)
			text = HEEL_NEED(heel_format(arena, "%s%s%d", text,
						     text[0] ? ", " : "", i + 1));
	return text[0] ? text : "none that the kernel tells";
}

static void print_kernel(const struct status *status)
{
	struct heel_arena arena = {0};
	struct heel_table table = {0};
	const struct heel_kernel *kernel = &status->kernel;

	heel_add_row(&table, "kernel", kernel->release, "");
	heel_add_row(&table, "Landlock", landlock_text(&arena, kernel), "");
	if (kernel->abi > 0)
		heel_add_row(&table, "errata fixed", errata_text(&arena, kernel->errata),
			     "");
	heel_add_row(&table, "seccomp",
		     kernel->seccomp ? "filters can be installed"
				     : "no filters: heel needs CONFIG_SECCOMP_FILTER",
		     "");
	heel_print_table(stdout, &table);
	heel_arena_free(&arena);
}

static void print_missing(const struct heel_kernel *kernel)
{
	struct heel_table table = {0};
	const struct heel_right *rights;
	size_t n;

	rights = heel_rights(&n);
	for (size_t i = 0; i < n; i++) {
		char abi[32];

		if (!is_missing(&rights[i], kernel))
			continue;
		(void)snprintf(abi, sizeof(abi), "Landlock ABI %d", rights[i].abi);
		heel_add_row(&table, rights[i].name, abi, "");
	}
	if (!kernel->mdwe)
		heel_add_row(&table, "wx_memory", "Linux 6.3", "");
	if (table.n > 0)
		(void)fputs("\nCannot be restricted here, and what brings it:\n", stdout);
	heel_print_table(stdout, &table);
}

static void print_trials(const struct status *status)
{
	size_t width = 0;

	if (!status->tried)
		return;
	for (size_t i = 0; i < HEEL_TRIALS; i++)
		if (strlen(status->trials[i].name) > width)
			width = strlen(status->trials[i].name);
	(void)fputs("\nTried in a domain of its own:\n", stdout);
	for (size_t i = 0; i < HEEL_TRIALS; i++) {
		const struct heel_trial *trial = &status->trials[i];

		(void)fprintf(stdout, "  %-*s  ", (int)width, trial->name);
		heel_put_styled(stdout, style_of(trial), results[trial->result]);
		(void)fputs(trial->known_gap && trial->result == HEEL_TRIAL_NOT_ENFORCED
				    ? ", a known gap: the system call filter closes it\n"
				    : "\n",
			    stdout);
	}
}

static void print_text(const struct status *status)
{
	print_kernel(status);
	print_trials(status);
	print_missing(&status->kernel);
	(void)fputc('\n', stdout);
	if (status->enforceable)
		heel_put_styled(stdout, HEEL_STYLE_GOOD,
				"Sessions can be confined on this kernel.");
	else
		heel_put_styled(stdout, HEEL_STYLE_BAD,
				"Sessions cannot be confined on this kernel: heel would "
				"refuse them.");
	(void)fputc('\n', stdout);
}

/* --- JSON --- */

static json_t *json_errata(unsigned int errata)
{
	json_t *list = heel_json_array();

	for (int i = 0; i < 32; i++)
		if (errata & 1U << i)
			heel_json_append(list, json_integer(i + 1));
	return list;
}

static void set_missing(json_t *object, const struct heel_kernel *kernel)
{
	json_t *missing = heel_json_array();
	json_t *since = heel_json_object();
	const struct heel_right *rights;
	size_t n;

	rights = heel_rights(&n);
	for (size_t i = 0; i < n; i++) {
		if (!is_missing(&rights[i], kernel))
			continue;
		heel_json_append(missing, heel_json_text(rights[i].name));
		heel_json_set(since, rights[i].name, json_integer(rights[i].abi));
	}
	if (!kernel->seccomp)
		heel_json_append(missing, heel_json_text("seccomp"));
	if (!kernel->mdwe)
		heel_json_append(missing, heel_json_text("wx_memory"));
	heel_json_set(object, "missing", missing);
	heel_json_set(object, "missing_since_abi", since);
}

static json_t *json_trials(const struct status *status)
{
	json_t *list = heel_json_array();

	for (size_t i = 0; status->tried && i < HEEL_TRIALS; i++) {
		json_t *item = heel_json_object();

		heel_json_set(item, "name", heel_json_text(status->trials[i].name));
		heel_json_set(item, "abi", json_integer(status->trials[i].abi));
		heel_json_set(item, "known_gap",
			      json_boolean(status->trials[i].known_gap));
		heel_json_set(item, "result",
			      heel_json_text(results[status->trials[i].result]));
		heel_json_append(list, item);
	}
	return list;
}

static void print_json(const struct status *status)
{
	json_t *object = heel_json_object();

	heel_json_set(object, "kernel", heel_json_text(status->kernel.release));
	heel_json_set(object, "landlock_abi", json_integer(status->kernel.abi));
	heel_json_set(object, "errata", json_errata(status->kernel.errata));
	heel_json_set(object, "seccomp", json_boolean(status->kernel.seccomp));
	heel_json_set(object, "enforceable", json_boolean(status->enforceable));
	set_missing(object, &status->kernel);
	heel_json_set(object, "trials", json_trials(status));
	heel_json_print(object);
}

int heel_command_status(const struct heel_arguments *arguments)
{
	struct heel_report report = {0};
	struct status status = {0};
	int rc = -EOPNOTSUPP;

	heel_kernel_query(&status.kernel);
	if (status.kernel.abi > 0) {
		rc = heel_kernel_selftest(&status.kernel, status.trials, &report);
		status.tried = status.trials[0].name != NULL;
	}
	status.enforceable =
		rc == 0 && status.kernel.abi >= HEEL_ABI_OLDEST && status.kernel.seccomp;
	if (arguments->json)
		print_json(&status);
	else
		print_text(&status);
	heel_print_report(stderr, &report);
	heel_report_free(&report);
	return status.enforceable ? HEEL_EXIT_DONE : HEEL_EXIT_FOUND;
}
