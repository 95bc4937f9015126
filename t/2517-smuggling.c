/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Long runs of base64, of numbers and of hex in pages: where they stand and what
 * breaks them. t/4240-documents.t has whole pages. */
#include "tap.h"

#include <string.h>

#include "base/mem.h"
#include "mail/smuggling.h"

#define LONG 1000

static void *mem;

static void
put(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_char(out, text[i % strlen(text)]);
}

/* A page that is suspect but for what it holds; objects: files found in it. */
static void
is(struct slice held, bool smuggles, size_t objects, const char *name)
{
	struct document document = { .room = 1 << 20 };
	struct buf page = BUF(mem);

	buf_text(&page, "<html><p>Hello you</p><script>x = atob('");
	buf_slice(&page, held);
	buf_text(&page, "'); y = URL.createObjectURL(x);</script></html>\n");
	smuggling_look(mem, buf_view(&page), &document);
	tap_is_int(document.traits != 0, smuggles, name);
	tap_is_int((long)document.object_count, (long)objects, "objects");
}

static void
test_runs(void)
{
	struct buf held = BUF(mem);

	put(&held, "QUJD", LONG - 1);
	is(buf_view(&held), false, 0, "too short by a byte");
	put(&held, "R", 1);
	is(buf_view(&held), true, 1, "long enough");
	put(&held, "\n!\n", 3);
	put(&held, "QUJD", 3 * LONG);
	is(buf_view(&held), true, 2, "two of them");
	held.len = 0;
	put(&held, "77,90,144,0,", 2 * LONG);
	is(buf_view(&held), true, 0, "numbers, which are no base64");
	put(&held, ";", 1);
	put(&held, "4d5a9000", 2 * LONG);
	is(buf_view(&held), true, 1, "and hex, which may be");
	held.len = 0;
	put(&held, "QUJD", 600);
	put(&held, "1234", 500);
	put(&held, " , ", 500);
	is(buf_view(&held), true, 1, "one kind runs into the other");
}

/* A byte that breaks it, at each place. */
static void
test_breaks(void)
{
	size_t wrong = 0;

	for (size_t at = 0; at < 2 * LONG - 1; at++) {
		struct document document = { .room = 1 << 20 };
		struct buf page = BUF(mem);
		bool wanted = at >= LONG || at < LONG - 1;

		buf_text(&page, "<script>atob createObjectURL;");
		put(&page, "QUJD", at);
		buf_char(&page, ';');
		put(&page, "QUJD", 2 * LONG - 2 - at);
		smuggling_look(mem, buf_view(&page), &document);
		wrong += (document.traits != 0) != wanted;
		mem_free(page.data);
	}
	tap_is_int((long)wrong, 0, "broken in the middle, and nowhere else");
}

int
main(void)
{
	mem = mem_context(NULL, "test");
	test_runs();
	test_breaks();
	mem_free(mem);
	return tap_done();
}
