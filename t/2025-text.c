/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts that rules see; t/2030-segments.c compares them at large. */
#include "mail/text.h"

#include "base/mem.h"
#include "tap.h"

static const struct text *
body_of(void *mem, const char *mail)
{
	return text_body(message_parse(mem, slice_of(mail), NULL));
}

static void
test_body(void *mem)
{
	const struct text *t = body_of(mem,
		"Subject: one\nSubject: two\n\na\n b\n\n\nc\t d\n");

	tap_is_int((long long)t->count, 3, "Subject and two paragraphs");
	tap_is_slice(t->items[0], "two\n", "the last Subject");
	tap_is_slice(t->items[1], "a b\n", "white space is one blank");
	tap_is_slice(t->items[2], "c d ", "the last has no line break");
	t = body_of(mem, "Content-Type: text/plain; charset=utf-8\n\n"
			 "a\xc2\xa0 \xc3\xa9\n\xc2\xa0\nb");
	tap_is_slice(t->items[0], "\n", "no Subject");
	tap_is_slice(t->items[1], "a \xc3\xa9\n", "a no-break space is white");
	tap_is_slice(t->items[2], "b", "and makes an empty line");
	t = body_of(mem,
		"Content-Type: multipart/mixed; boundary=b\n\n--b\n\na\n"
		"--b\nContent-Type: image/png\n\nx\n--b\n"
		"Content-Type: text/html\n\n<p>b<br>c</p><!-- x -->\n--b--\n");
	tap_is_slice(t->items[1], "a\n", "parts are parted");
	tap_is_slice(t->items[2], "b c\n", "HTML is rendered, images are not");
}

static void
test_long(void *mem)
{
	struct buf mail = BUF(mem);
	const struct text *t;
	struct message *m;

	buf_text(&mail, "Subject: s\n\n");
	for (int i = 0; i < 10000; i++)
		buf_text(&mail, "word wo\n");
	m = message_parse(mem, buf_view(&mail), NULL);
	t = text_body(m);
	tap_is_int((long long)t->items[1].len, 2048, "lines are cut");
	tap_is_int(t->items[1].data[2047], ' ', "behind a blank");
	tap_is_int((long long)t->count, 26, "50,000 characters are kept");
	t = text_rawbody(m);
	tap_is_int((long long)t->items[0].len, 2056,
		   "chunks end at a line end");
	tap_is_int((long long)text_full(m).len, 80012, "full is all");
}

static void
test_html(void *mem)
{
	struct message *m = message_parse(mem, SLICE(
		"Subject: s\nContent-Type: text/html\n\n"
		"<p>see</p><p style=\"display:none\">not</p>"), NULL);
	const struct text *t = text_body(m);

	tap_is_int((long long)t->count, 4, "HTML is rendered");
	tap_is_slice(t->items[3], "not\n", "with what is hidden in it");
	tap_ok(text_part(m->root)->html != NULL, "and what was found is kept");
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");

	test_body(mem);
	test_long(mem);
	test_html(mem);
	mem_free(mem);
	return tap_done();
}
