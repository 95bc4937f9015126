/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/pages.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/sanitizer.h"

#define PAGES_LARGE (2ul * 1024 * 1024)
#define PAGES_COLLAPSE 25 /* MADV_COLLAPSE, which not all C libraries name */

/* "start-end rights offset device inode", and no name of a file: memory that is
 * nobody's but ours. */
static bool
pages_is_own(const char *line, unsigned long *start, unsigned long *end)
{
	char rights[8];
	unsigned long inode;

	return sscanf(line, "%lx-%lx %7s %*x %*s %lu", start, end, rights,
		      &inode) == 4 &&
	       (rights[1] == 'w' || rights[2] == 'x') && rights[3] == 'p' &&
	       inode == 0;
}

void
pages_enlarge(void)
{
	/* Sanitizers map more than there is. */
	FILE *maps = IS_SANITIZED ? NULL : fopen("/proc/self/maps", "re");
	unsigned long start, end;
	char line[512];

	if (maps == NULL)
		return;
	while (fgets(line, sizeof(line), maps) != NULL)
		if (pages_is_own(line, &start, &end) &&
		    end - start >= PAGES_LARGE)
			madvise((void *)start, end - start, PAGES_COLLAPSE);
	fclose(maps);
}
