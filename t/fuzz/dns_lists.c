/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file in which the daemon leaves the state of its DNS lists. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"
#include "wrap/dns_lists.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	void *mem = mem_context(NULL, "fuzz");
	struct dns_list_told *told;
	struct err err;
	char path[40];
	size_t count;

	if (fd < 0)
		fd = memfd_create("lists", 0);
	if (ftruncate(fd, 0) == 0 &&
	    pwrite(fd, data, size, 0) == (ssize_t)size) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		dns_lists_read(mem, path, &told, &count, &err);
	}
	mem_free(mem);
	return 0;
}
