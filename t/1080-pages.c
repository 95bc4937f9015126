/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory is what it was when its pages have grown, and can be written to. */
#include "tap.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/pages.h"

#define SIZE (16u * 1024 * 1024)

static bool
is_pattern(const unsigned char *bytes)
{
	for (size_t i = 0; i < SIZE; i++)
		if (bytes[i] != (unsigned char)(i * 7 + i / 4096))
			return false;
	return true;
}

int
main(void)
{
	unsigned char *bytes = malloc(SIZE);
	int status = -1;
	pid_t child;

	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = (unsigned char)(i * 7 + i / 4096);
	pages_enlarge();
	tap_ok(is_pattern(bytes), "it is the same");
	child = fork();
	if (child == 0) {
		bytes[SIZE / 2]++;
		_exit(is_pattern(bytes) ? 1 : 0);
	}
	waitpid(child, &status, 0);
	tap_is_int(status, 0, "a child can change its own");
	tap_ok(is_pattern(bytes), "and only that");
	pages_enlarge();
	tap_ok(is_pattern(bytes), "a second time");
	free(bytes);
	return tap_done();
}
