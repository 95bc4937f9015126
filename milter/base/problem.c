/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct problems *
problems_new(void *mem)
{
	return mem_new(mem, struct problems);
}

void
problem_add(struct problems *problems, enum problem_level level,
	    const char *file, unsigned line, const char *format, ...)
{
	struct problem *problem;
	char text[1024];
	va_list args;

	if (problems == NULL)
		return;
	if (level == PROBLEM_ERROR)
		problems->errors++;
	else
		problems->warnings++;
	if (problems->count >= PROBLEMS_MAX)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	mem_grow(problems, problems->items, problems->count);
	problem = &problems->items[problems->count++];
	*problem = (struct problem){
		.level = level,
		.file = mem_strdup(problems, file),
		.line = line,
		.text = mem_strdup(problems, text),
	};
}

static int
problem_compare(const void *a, const void *b)
{
	const struct problem *left = a, *right = b;
	int order = 0;

	if ((left->file == NULL) != (right->file == NULL))
		return left->file == NULL ? 1 : -1;
	if (left->file != NULL)
		order = strcmp(left->file, right->file);
	if (order == 0)
		order = left->line < right->line ? -1
						 : left->line > right->line;
	return order != 0 ? order : strcmp(left->text, right->text);
}

void
problems_sort(struct problems *problems)
{
	if (problems->count > 0)
		qsort(problems->items, problems->count,
		      sizeof(*problems->items), problem_compare);
}

char *
problem_string(void *mem, const struct problem *problem)
{
	const char *level =
		problem->level == PROBLEM_ERROR ? "error" : "warning";

	if (problem->file == NULL)
		return mem_printf(mem, "%s: %s", level, problem->text);
	if (problem->line == 0)
		return mem_printf(mem, "%s: %s: %s", problem->file, level,
				  problem->text);
	return mem_printf(mem, "%s:%u: %s: %s", problem->file, problem->line,
			  level, problem->text);
}
