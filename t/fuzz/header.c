/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One field's value, read in every way that there is. */
#include <assert.h>

#include "base/mem.h"
#include "mail/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem = mem_context(NULL, "fuzz");
	struct slice raw = { mem_copy(mem, data, size), size };
	struct slice flat = header_unfold(mem, raw);
	struct buf field = BUF(mem);
	struct message *m;

	assert(flat.len <= size);
	header_decode(mem, SLICE("Subject"), raw);
	header_decode(mem, SLICE("Received"), raw);
	header_decode_words(mem, slice_string(mem, raw));
	buf_text(&field, "Content-Type: ");
	buf_slice(&field, raw);
	buf_text(&field, "\nContent-Disposition: ");
	buf_slice(&field, raw);
	m = message_parse(mem, buf_view(&field), NULL);
	for (size_t i = 0; m->root->filenames[i] != NULL; i++)
		assert(m->root->filenames[i][0] != '\0');
	mem_free(mem);
	return 0;
}
