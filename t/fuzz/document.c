/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Documents: the reader that the first bytes ask for, and members of
 * packages. */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "mail/document.h"
#include "mail/ole.h"
#include "mail/pdf.h"
#include "mail/rtf.h"
#include "mail/smuggling.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const struct document *document, size_t room)
{
	size_t bytes = 0;

	assert(document->room <= room);
	assert(document->object_count <= DOCUMENT_OBJECTS_MAX);
	for (size_t i = 0; i < document->object_count; i++)
		for (size_t at = 0; at < document->objects[i].bytes.len;
		     at += 512)
			bytes += document->objects[i].bytes.data[at] != 0 &&
				 document->objects[i].name != NULL;
	assert(bytes < SIZE_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const looks[])(void *, struct slice,
				     struct document *) = {
		document_look, ole_look, rtf_look, pdf_look, smuggling_look,
	};
	static const char *const paths[] = { "a.rels", "[Content_Types].xml",
					     "META-INF/manifest.xml" };
	const size_t room = 1 << 20;

	for (size_t i = 0; i < 8; i++) {
		void *mem = mem_context(NULL, "fuzz");
		struct document document = { .room = room };
		struct slice bytes = { mem_copy(mem, data, size), size };

		if (i < 5)
			looks[i](mem, bytes, &document);
		else
			document_look_member(mem, slice_of(paths[i - 5]),
					     bytes, &document);
		check(&document, room);
		mem_free(mem);
	}
	return 0;
}
