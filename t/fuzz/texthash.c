/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a texthash: table; the first line is looked up in it. */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "core/map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem = mem_context(NULL, "fuzz");
	struct map_home *home = map_home_new(mem, 1, problems_new(mem));
	struct lookup lookup = { .mem = mem, .deadline = clock_ms() + 1000 };
	struct slice line, rest = { (const char *)data, size };
	int fd = memfd_create("table", MFD_CLOEXEC);
	const char *value;
	struct map *map;
	struct err err;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		__builtin_trap();
	map = map_open(home,
		       slice_of(mem_printf(mem, "texthash:/proc/self/fd/%d",
					   fd)),
		       &err);
	while (map != NULL && slice_line(&rest, &line))
		map_find(&lookup, map, line, &value, &err);
	close(fd);
	mem_free(mem);
	return 0;
}
