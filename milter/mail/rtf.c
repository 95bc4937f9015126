/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/rtf.h"

#include "base/mem.h"
#include "mail/little.h"
#include "mail/ole.h"

#define RTF_CLASS_MAX 256
#define RTF_CFB "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

/* Where the reader is, in one pass over the file. */
struct rtf {
	void *mem;
	struct document *document;
	struct slice bytes;
	size_t at, depth;
	size_t object_depth; /* of \objdata; 0: outside */
	struct buf object;   /* its bytes */
	int digit;	     /* a hex digit that waits for the second; -1 */
};

/* Word takes "{\rt" for Rich Text, and does not mind what follows. */
bool
rtf_is(struct slice bytes)
{
	if (slice_starts(bytes, "\xef\xbb\xbf"))
		bytes = slice_from(bytes, 3);
	while (bytes.len > 0 && str_is_space((unsigned char)bytes.data[0]))
		bytes = slice_from(bytes, 1);
	return slice_starts_nocase(bytes, "{\\rt");
}

static int
rtf_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)str_lower_char((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Text with its length in front, NUL included; *at moves behind it. */
static struct slice
rtf_counted(struct slice bytes, size_t *at)
{
	size_t len = little32(bytes, *at), start = *at + 4;

	if (start > bytes.len || len > bytes.len - start) {
		*at = bytes.len;
		return SLICE("");
	}
	*at = start + len;
	bytes = slice_cut(bytes, start, *at);
	return slice_cut(bytes, 0, slice_find(bytes, 0, '\0'));
}

static void
rtf_look_class(struct rtf *rtf, struct slice class)
{
	if (slice_starts_nocase(class, "Equation"))
		document_find(rtf->document, DOCUMENT_EQUATION);
	if (slice_is_nocase(class, "OLE2Link"))
		document_find(rtf->document, DOCUMENT_EXTERNAL);
}

/* [MS-OLEDS] 2.2.5: version, kind, class, two names, and the data. Makers of
 * bad ones damage what Word does not need: then the bytes themselves count. */
static void
rtf_look_object(struct rtf *rtf, struct slice bytes)
{
	size_t at = 8, len, inner;
	struct slice class = rtf_counted(bytes, &at), data;

	document_find(rtf->document, DOCUMENT_OBJECT);
	rtf_look_class(rtf, slice_cut(class, 0, RTF_CLASS_MAX));
	rtf_counted(bytes, &at);
	rtf_counted(bytes, &at);
	len = little32(bytes, at);
	data = slice_cut(bytes, at + 4, at + 4 + len);
	if (at + 4 > bytes.len)
		data = bytes;
	if (slice_is_nocase(class, "Package") &&
	    ole_look_packaged(rtf->mem, data, rtf->document))
		return;
	inner = slice_search(bytes, 0, SLICE(RTF_CFB));
	if (inner < bytes.len)
		data = slice_from(bytes, inner);
	if (data.len > 0)
		document_add(rtf->mem, rtf->document, NULL, data);
}

static void
rtf_end_object(struct rtf *rtf)
{
	if (rtf->object_depth == 0)
		return;
	rtf->object_depth = 0;
	document_spend(rtf->document, rtf->object.len);
	rtf_look_object(rtf, buf_view(&rtf->object));
	rtf->object = (struct buf){ .mem = rtf->mem };
	rtf->digit = -1;
}

static void
rtf_put(struct rtf *rtf, struct slice bytes)
{
	if (rtf->object_depth == 0)
		return;
	if (bytes.len > rtf->document->room - rtf->object.len) {
		rtf->document->limited =
			"holds objects larger than are looked into";
		return;
	}
	buf_slice(&rtf->object, bytes);
}

/* A template that is fetched from elsewhere. */
static void
rtf_look_template(struct rtf *rtf)
{
	struct slice text = slice_cut(rtf->bytes, rtf->at, rtf->at + 300);

	text = slice_cut(text, 0, slice_find(text, 0, '}'));
	if (slice_search_nocase(text, 0, SLICE("http")) < text.len)
		document_find(rtf->document, DOCUMENT_EXTERNAL);
}

/* A control word with its number; at stands behind the backslash. */
static void
rtf_word(struct rtf *rtf)
{
	size_t start = rtf->at, digits;
	struct slice word;
	uint64_t number = 0;

	while (rtf->at < rtf->bytes.len &&
	       str_is_alpha((unsigned char)rtf->bytes.data[rtf->at]))
		rtf->at++;
	word = slice_cut(rtf->bytes, start, rtf->at);
	if (word.len == 0) { /* a control symbol; \'hh has two digits more */
		bool hex = rtf->at < rtf->bytes.len &&
			   rtf->bytes.data[rtf->at] == '\'';

		rtf->at += hex ? 3 : 1;
		return;
	}
	if (rtf->at < rtf->bytes.len && rtf->bytes.data[rtf->at] == '-')
		rtf->at++;
	for (digits = rtf->at; rtf->at < rtf->bytes.len &&
			       str_is_digit((unsigned char)
						    rtf->bytes.data[rtf->at]);
	     rtf->at++)
		if (rtf->at - digits < 10)
			number = number * 10 +
				 (uint64_t)(rtf->bytes.data[rtf->at] - '0');
	if (rtf->at < rtf->bytes.len && rtf->bytes.data[rtf->at] == ' ')
		rtf->at++;
	if (slice_is_nocase(word, "objdata")) {
		rtf_end_object(rtf);
		rtf->object_depth = rtf->depth > 0 ? rtf->depth : 1;
	} else if (slice_is_nocase(word, "template")) {
		rtf_look_template(rtf);
	} else if (slice_is_nocase(word, "bin") &&
		   rtf->at < rtf->bytes.len) {
		struct slice raw = slice_from(rtf->bytes, rtf->at);

		raw = slice_cut(raw, 0, (size_t)number);
		rtf_put(rtf, raw);
		rtf->at += raw.len;
	}
}

static void
rtf_text(struct rtf *rtf, char c)
{
	int digit = rtf->object_depth == 0 ? -1 : rtf_digit(c);
	char byte;

	if (digit < 0)
		return;
	if (rtf->digit < 0) {
		rtf->digit = digit;
		return;
	}
	byte = (char)(rtf->digit << 4 | digit);
	rtf->digit = -1;
	rtf_put(rtf, (struct slice){ &byte, 1 });
}

void
rtf_look(void *mem, struct slice bytes, struct document *document)
{
	struct rtf rtf = {
		.mem = mem,
		.document = document,
		.bytes = bytes,
		.object = BUF(mem),
		.digit = -1,
	};

	while (rtf.at < bytes.len && document->limited == NULL) {
		char c = bytes.data[rtf.at++];

		if (c == '\\') {
			rtf_word(&rtf);
		} else if (c == '{') {
			rtf.depth++;
		} else if (c == '}') {
			if (rtf.depth == rtf.object_depth)
				rtf_end_object(&rtf);
			rtf.depth -= rtf.depth > 0;
		} else {
			rtf_text(&rtf, c);
		}
	}
	rtf_end_object(&rtf);
}
