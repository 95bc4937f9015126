/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Archives, and the ZIP directory's reader. */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "mail/unpack.h"
#include "mail/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct files_limits limits = {
	.depth = 3,
	.members = 100,
	.bytes = 1 << 20,
	.ratio = 250,
	.time = 5000,
};

static int
visit(void *context, const struct files_entry *entry)
{
	size_t *visits = context;

	assert(entry->folder != NULL && entry->names != NULL);
	assert(entry->bytes.len <= limits.bytes || !entry->member);
	++*visits;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "a.docx", NULL };
	void *mem = mem_context(NULL, "fuzz");
	struct files_outcome outcome = { .members = 0 };
	size_t visits = 0;
	struct unpack unpack = {
		.limits = &limits,
		.visit = visit,
		.context = &visits,
		.outcome = &outcome,
		.deadline = INT64_MAX,
	};
	struct files_entry entry = {
		.names = names,
		.bytes = { mem_copy(mem, data, size), size },
		.folder = "",
	};
	struct zip_look look;

	zip_look(mem, entry.bytes, limits.members, &look);
	assert(look.hidden_count <= ZIP_HIDDEN_MAX);
	unpack_file(&unpack, mem, &entry);
	assert(visits >= 1 && outcome.members <= limits.members);
	assert(visits <= limits.members + 1 + limits.members);
	mem_free(mem);
	return 0;
}
