/* SPDX-License-Identifier: ISC */
/*
 * acts ACT [ARGUMENT...]: does one thing many times over, and prints how many
 *microseconds it takes once. It is run inside a session and outside.
 *
 *	getpid		the cheapest system call
 *	read FILE	a byte of an open file
 *	stat FILE
 *	open FILE	and close
 *	run PROGRAM [ARGUMENT...]	fork, execute, wait
 *	once PROGRAM [ARGUMENT...]	the same, once only
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

static void act_getpid(char **words)
{
	(void)words;
	(void)syscall(SYS_getpid); /* glibc might remember it */
}

/* Descriptor 3 is the file. */
static void act_read(char **words)
{
	char byte;

	if (pread(3, &byte, 1, 0) != 1)
		err(1, "%s", words[0]);
}

static void act_stat(char **words)
{
	struct stat status;

	if (stat(words[0], &status) < 0)
		err(1, "%s", words[0]);
}

static void act_open(char **words)
{
	int fd = open(words[0], O_RDONLY | O_CLOEXEC);

	if (fd < 0 || close(fd) < 0)
		err(1, "%s", words[0]);
}

static void act_run(char **words)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		execv(words[0], words);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) < 0 || status != 0)
		errx(1, "%s fails", words[0]);
}

static const struct {
	const char *name;
	void (*act)(char **words);
	unsigned int times;
} acts[] = {
	{"getpid", act_getpid, 20000}, {"read", act_read, 20000},
	{"stat", act_stat, 5000},      {"open", act_open, 5000},
	{"run", act_run, 20},	       {"once", act_run, 1},
};

static int find(const char *name)
{
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(acts[i].name, name) == 0)
			return (int)i;
	errx(2, "no such act: %s", name);
}

/* The descriptor that act_read() takes. */
static void open_file(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0 || dup2(fd, 3) < 0)
		err(1, "%s", path);
}

int main(int argc, char **argv)
{
	double begin;
	int which;

	if (argc < 2)
		errx(2, "usage: acts ACT [ARGUMENT...]");
	which = find(argv[1]);
	if (argc < 3 && acts[which].act != act_getpid)
		errx(2, "%s needs an argument", argv[1]);
	if (acts[which].act == act_read)
		open_file(argv[2]);
	begin = bench_now();
	for (unsigned int i = 0; i < acts[which].times; i++)
		acts[which].act(argv + 2);
	printf("%.6f\n", (bench_now() - begin) / acts[which].times);
	return 0;
}
