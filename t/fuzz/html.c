/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes are HTML; what is rendered is never lost. */
#include <stdlib.h>

#include "base/mem.h"
#include "mail/html.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem = mem_context(NULL, "fuzz");
	struct html *html;

	if (size > 0) {
		html = html_render(mem,
				   (struct slice){ (const char *)data + 1,
						   size - 1 },
				   data[0] & 1);
		if (!html->rendered_characters &&
		    html->visible.len + html->invisible.len !=
			    html->rendered.len)
			abort();
		html_inside(html, "a", NULL);
	}
	mem_free(mem);
	return 0;
}
