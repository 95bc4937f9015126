/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_PROBLEM_H
#define BASE_PROBLEM_H

/*
 * What is wrong in files that an admin wrote: each with file, line and text.
 * Readers of configuration, rules and maps collect here and go on, so that
 * one look shows everything; the caller decides whether errors are fatal.
 */

#include <stddef.h>

enum problem_level { PROBLEM_WARNING, PROBLEM_ERROR };

struct problem {
	enum problem_level level;
	const char *file; /* NULL if none */
	unsigned line;    /* 0 if none */
	const char *text;
};

struct problems {
	struct problem *items; /* at most PROBLEMS_MAX; later ones only count */
	size_t count;
	size_t errors; /* of all, also those not kept */
	size_t warnings;
};

#define PROBLEMS_MAX 10000

struct problems *problems_new(void *mem);
/* file and text are copied. */
void problem_add(struct problems *problems, enum problem_level level,
		 const char *file, unsigned line, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
/* By file and line; those without a file stand last. */
void problems_sort(struct problems *problems);
/* "file:line: error: text", as compilers print it. */
char *problem_string(void *mem, const struct problem *problem);

#endif
