/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/smuggling.h"

#include "mail/decode.h"

/* Shorter texts hold no program. */
#define SMUGGLING_RUN 1000
#define SMUGGLING_RUNS_MAX 32

/* What makes bytes out of a text, and what makes a file of these. */
static const char *const smuggling_builders[] = {
	"atob", "Uint8Array", "fromCharCode", "Blob(", "File(", "TextDecoder",
	"decodeURIComponent", "unescape(",
};
static const char *const smuggling_savers[] = {
	"msSaveOrOpenBlob", "msSaveBlob", "createObjectURL", ".download",
	"\"download\"", "'download'", "data:application/",
};

static bool
smuggling_has_any(struct slice text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_search_nocase(text, 0, slice_of(words[i])) < text.len)
			return true;
	return false;
}

/* Bytes of base64, and of bytes that are written as numbers or in hex. */
enum { SMUGGLING_LETTER = 1, SMUGGLING_NUMBER = 2 };

static unsigned
smuggling_class(unsigned char c)
{
	static const unsigned char classes[256] = {
		['0' ... '9'] = SMUGGLING_LETTER | SMUGGLING_NUMBER,
		['a' ... 'f'] = SMUGGLING_LETTER | SMUGGLING_NUMBER,
		['A' ... 'F'] = SMUGGLING_LETTER | SMUGGLING_NUMBER,
		['g' ... 'w'] = SMUGGLING_LETTER,
		['x'] = SMUGGLING_LETTER | SMUGGLING_NUMBER,
		['y' ... 'z'] = SMUGGLING_LETTER,
		['G' ... 'Z'] = SMUGGLING_LETTER,
		['+'] = SMUGGLING_LETTER,
		['/'] = SMUGGLING_LETTER,
		['='] = SMUGGLING_LETTER,
		[','] = SMUGGLING_NUMBER,
		[' '] = SMUGGLING_NUMBER,
		['\\'] = SMUGGLING_NUMBER,
		['%'] = SMUGGLING_NUMBER,
	};

	return classes[c];
}

/*
 * The next long run of either from *at on; *at moves behind it. Where one might
 * begin its last byte is looked at first, and from there backwards: a byte that
 * does not belong to it lets nothing begin up to its place, so that most bytes
 * of most texts are never looked at.
 */
static struct slice
smuggling_run(struct slice text, size_t *at, bool *numbers)
{
	const unsigned char *bytes = (const unsigned char *)text.data;
	size_t start = *at, end, back;
	unsigned all, next;

	for (; start + SMUGGLING_RUN <= text.len; start = back) {
		all = SMUGGLING_LETTER | SMUGGLING_NUMBER;
		end = back = start + SMUGGLING_RUN;
		for (; back > start; back--) {
			next = all & smuggling_class(bytes[back - 1]);
			if (next == 0)
				break;
			all = next;
		}
		if (back > start)
			continue;
		while (end < text.len &&
		       (next = all & smuggling_class(bytes[end])) != 0) {
			all = next;
			end++;
		}
		*at = end;
		*numbers = (all & SMUGGLING_LETTER) == 0;
		return slice_cut(text, start, end);
	}
	*at = text.len;
	return SLICE_NONE;
}

/* What base64 holds is a file like others. */
static void
smuggling_add(void *mem, struct slice text, struct document *document)
{
	struct slice run;
	bool numbers;
	size_t at = 0;

	for (size_t i = 0; i < SMUGGLING_RUNS_MAX &&
			   document->limited == NULL;
	     i++) {
		run = smuggling_run(text, &at, &numbers);
		if (run.data == NULL)
			return;
		if (numbers)
			continue;
		document_spend(document, run.len);
		document_add(mem, document, NULL,
			     decode_base64_pieces(mem, run));
	}
}

void
smuggling_look(void *mem, struct slice bytes, struct document *document)
{
	struct slice text = document_text(mem, bytes);
	size_t at = 0;
	bool numbers;

	/* The order is that of their cost. */
	if (smuggling_run(text, &at, &numbers).data == NULL ||
	    slice_search_nocase(text, 0, SLICE("<script")) >= text.len ||
	    !smuggling_has_any(text, smuggling_savers,
			       sizeof(smuggling_savers) /
				       sizeof(*smuggling_savers)) ||
	    !smuggling_has_any(text, smuggling_builders,
			       sizeof(smuggling_builders) /
				       sizeof(*smuggling_builders)))
		return;
	document_find(document, DOCUMENT_SMUGGLING);
	smuggling_add(mem, text, document);
}
