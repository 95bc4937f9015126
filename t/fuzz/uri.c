/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes are text in which URIs are looked for, and links of a document. */
#include "base/mem.h"
#include "mail/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct slice
fuzz_redirect(void *scratch, const void *patterns, size_t index,
	      struct slice uri)
{
	size_t at = slice_find(uri, 8, '=');

	return at == uri.len ? SLICE_NONE : slice_from(uri, at + 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const tlds[] = { "com", "uk", "us" };
	static const char *const second_level[] = { "co.uk" };
	static const struct uri_settings settings = {
		.tlds = tlds,
		.tld_count = 3,
		.second_level = second_level,
		.second_level_count = 1,
		.redirect = fuzz_redirect,
		.pattern_count = 1,
	};
	void *mem = mem_context(NULL, "fuzz");
	struct slice text = { (const char *)data, size };
	struct uri_builder *builder = uri_builder_new(mem, &settings);
	struct buf tag = BUF(mem);

	uri_builder_text(builder, text);
	buf_text(&tag, "<a href='");
	buf_slice(&tag, text);
	buf_text(&tag, "'>x");
	uri_builder_html(builder, html_render(mem, buf_view(&tag), true));
	uri_builder_html(builder, html_render(mem, buf_view(&tag), false));
	uri_builder_finish(builder);
	mem_free(mem);
	return 0;
}
