/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/pdf.h"

#include <string.h>

#include "base/mem.h"
#include "mail/decode.h"
#include "wrap/inflate.h"

/* How far into the file readers look for its beginning. */
#define PDF_BEGIN 1024
#define PDF_NAME_MAX 32	  /* of the names that matter here */
#define PDF_DICTIONARY 4096 /* bytes in front of a stream */
#define PDF_FILTERS_MAX 8
#define PDF_STREAMS_MAX 100000
/* Bytes of all packed objects; an honest file has far less. */
#define PDF_OBJECTS_BYTES (64u * 1024 * 1024)

struct pdf {
	void *mem;
	struct document *document;
	struct slice bytes;
	size_t objects_room;
	size_t end; /* the first "endstream" behind where it was last asked */
};

bool
pdf_is(struct slice bytes)
{
	bytes = slice_cut(bytes, 0, PDF_BEGIN);
	return slice_search(bytes, 0, SLICE("%PDF-")) < bytes.len;
}

static bool
pdf_is_delimiter(char c)
{
	return c == '\0' || str_is_space((unsigned char)c) ||
	       strchr("()<>[]{}/%", c) != NULL;
}

/* The name behind the '/' at `at`, with #hh undone; cut if it is long. */
static struct slice
pdf_name(struct slice bytes, size_t at, char *name)
{
	size_t len = 0;

	while (++at < bytes.len && len < PDF_NAME_MAX &&
	       !pdf_is_delimiter(bytes.data[at])) {
		int byte = bytes.data[at] == '#' ? decode_hex(bytes, at + 1)
						 : -1;

		name[len++] = byte < 0 ? bytes.data[at] : (char)byte;
		at += byte < 0 ? 0 : 2;
	}
	return (struct slice){ name, len };
}

static void
pdf_look_name(struct pdf *pdf, struct slice name)
{
	if (slice_is(name, "JavaScript"))
		document_find(pdf->document, DOCUMENT_PDF_SCRIPT);
	else if (slice_is(name, "Launch"))
		document_find(pdf->document, DOCUMENT_PDF_LAUNCH);
	else if (slice_is(name, "EmbeddedFile") ||
		 slice_is(name, "EmbeddedFiles") ||
		 slice_is(name, "FileAttachment"))
		document_find(pdf->document, DOCUMENT_PDF_FILE);
	else if (slice_is(name, "Encrypt"))
		pdf->document->encrypted = true;
}

static void
pdf_look_names(struct pdf *pdf, struct slice bytes)
{
	char name[PDF_NAME_MAX];
	size_t at = 0;

	for (; (at = slice_find(bytes, at, '/')) < bytes.len; at++)
		pdf_look_name(pdf, pdf_name(bytes, at, name));
}

/* Where a name stands in a dictionary, behind it; bytes.len if nowhere. */
static size_t
pdf_find(struct slice bytes, const char *wanted)
{
	char name[PDF_NAME_MAX];
	size_t at = 0;

	for (; (at = slice_find(bytes, at, '/')) < bytes.len; at++) {
		if (!slice_is(pdf_name(bytes, at, name), wanted))
			continue;
		while (++at < bytes.len && !pdf_is_delimiter(bytes.data[at]))
			;
		return at;
	}
	return bytes.len;
}

static struct slice
pdf_decode_hex(void *mem, struct slice bytes)
{
	struct buf out = BUF(mem);
	char pair[2];
	size_t have = 0;

	for (size_t at = 0; at < bytes.len && bytes.data[at] != '>'; at++) {
		if (str_is_space((unsigned char)bytes.data[at]))
			continue;
		pair[have++] = bytes.data[at];
		if (have < 2)
			continue;
		buf_char(&out, (char)decode_hex((struct slice){ pair, 2 }, 0));
		have = 0;
	}
	return buf_view(&out);
}

/* Five digits of base 85 stand for four bytes; z for four zeros. */
static struct slice
pdf_decode_85(void *mem, struct slice bytes)
{
	struct buf out = BUF(mem);
	uint32_t value = 0;
	unsigned have = 0;

	for (size_t at = 0; at < bytes.len && bytes.data[at] != '~'; at++) {
		unsigned char c = (unsigned char)bytes.data[at];

		if (c == 'z' && have == 0)
			buf_add(&out, "\0\0\0", 4);
		if (c < '!' || c > 'u')
			continue;
		value = value * 85 + (c - '!');
		if (++have < 5)
			continue;
		for (int shift = 24; shift >= 0; shift -= 8)
			buf_char(&out, (char)(value >> shift));
		value = have = 0;
	}
	for (unsigned i = have; have > 0 && i < 5; i++)
		value = value * 85 + 84;
	for (unsigned i = 1; i < have; i++)
		buf_char(&out, (char)(value >> (32 - 8 * i)));
	return buf_view(&out);
}

/* One filter off; false if it is of a kind that is not known here. */
static bool
pdf_filter(struct pdf *pdf, void *mem, struct slice name, size_t max,
	   struct slice *data)
{
	if (slice_is(name, "ASCIIHexDecode") || slice_is(name, "AHx")) {
		*data = pdf_decode_hex(mem, *data);
	} else if (slice_is(name, "ASCII85Decode") || slice_is(name, "A85")) {
		*data = pdf_decode_85(mem, *data);
	} else if (slice_is(name, "FlateDecode") || slice_is(name, "Fl")) {
		if (inflate_bytes(mem, *data, max, data) == INFLATE_MORE)
			pdf->document->limited =
				"unpacks to more bytes than are looked into";
	} else {
		return false;
	}
	return true;
}

/* The stream's bytes without the filters of its dictionary; false, and as far
 * as that went, if one of them is not known here. */
static bool
pdf_unpack(struct pdf *pdf, void *mem, struct slice dictionary, size_t max,
	   struct slice *data)
{
	char name[PDF_NAME_MAX];
	size_t at = pdf_find(dictionary, "Filter"), end;

	if (at == dictionary.len)
		at = pdf_find(dictionary, "F");
	while (at < dictionary.len &&
	       str_is_space((unsigned char)dictionary.data[at]))
		at++;
	if (at == dictionary.len ||
	    (dictionary.data[at] != '[' && dictionary.data[at] != '/'))
		return true;
	end = dictionary.data[at] == '[' ? slice_find(dictionary, at, ']')
					 : at + 1;
	for (size_t i = 0; i < PDF_FILTERS_MAX; i++) {
		at = slice_find(dictionary, at, '/');
		if (at >= end || at == dictionary.len)
			return true;
		if (!pdf_filter(pdf, mem, pdf_name(dictionary, at, name), max,
				data))
			return false;
		at++;
	}
	return false;
}

/* Objects that are packed into a stream hold names like others. */
static void
pdf_look_objects(struct pdf *pdf, struct slice dictionary, struct slice data)
{
	void *scope = mem_context(pdf->mem, "objects");

	if (!pdf_unpack(pdf, scope, dictionary, pdf->objects_room, &data) &&
	    !pdf->document->encrypted)
		pdf->document->damaged =
			"packs objects in a way that is not known here";
	pdf->objects_room -= data.len < pdf->objects_room ? data.len
							  : pdf->objects_room;
	if (pdf->objects_room == 0)
		pdf->document->limited =
			"unpacks to more bytes than are looked into";
	pdf_look_names(pdf, data);
	mem_free(scope);
}

static void
pdf_look_file(struct pdf *pdf, struct slice dictionary, struct slice data)
{
	if (pdf->document->encrypted)
		return;
	if (!pdf_unpack(pdf, pdf->mem, dictionary, pdf->document->room,
			&data))
		pdf->document->damaged =
			"packs a file in a way that is not known here";
	document_spend(pdf->document, data.len);
	document_add(pdf->mem, pdf->document, NULL, data);
}

/* The dictionary of the object that begins last in front of the keyword. */
static struct slice
pdf_dictionary(struct slice bytes, size_t keyword)
{
	struct slice before = slice_cut(bytes,
					keyword < PDF_DICTIONARY
						? 0
						: keyword - PDF_DICTIONARY,
					keyword);
	struct slice dictionary = before;
	size_t at = 0;

	for (; (at = slice_search(before, at, SLICE(" obj"))) < before.len;
	     at++)
		dictionary = slice_from(before, at);
	return dictionary;
}

static struct slice
pdf_data(struct pdf *pdf, size_t keyword)
{
	struct slice bytes = pdf->bytes;
	size_t start = keyword + 6;

	if (start < bytes.len && bytes.data[start] == '\r')
		start++;
	if (start < bytes.len && bytes.data[start] == '\n')
		start++;
	if (pdf->end < start)
		pdf->end = slice_search(bytes, start, SLICE("endstream"));
	return slice_cut(bytes, start, pdf->end);
}

/* Words "stream" that begin none are looked at all the same: one in a comment
 * must not hide the next. */
static void
pdf_look_stream(struct pdf *pdf, size_t keyword)
{
	struct slice dictionary = pdf_dictionary(pdf->bytes, keyword);

	if (pdf_find(dictionary, "ObjStm") < dictionary.len)
		pdf_look_objects(pdf, dictionary, pdf_data(pdf, keyword));
	else if (pdf_find(dictionary, "EmbeddedFile") < dictionary.len)
		pdf_look_file(pdf, dictionary, pdf_data(pdf, keyword));
}

void
pdf_look(void *mem, struct slice bytes, struct document *document)
{
	struct pdf pdf = {
		.mem = mem,
		.document = document,
		.bytes = bytes,
		.objects_room = document->room < PDF_OBJECTS_BYTES
					? document->room
					: PDF_OBJECTS_BYTES,
	};
	size_t at = 0, count = 0;

	/* First: whether there is a password decides on what can be read. */
	pdf_look_names(&pdf, bytes);
	for (; document->limited == NULL &&
	       (at = slice_search(bytes, at, SLICE("stream"))) < bytes.len;
	     at += 6) {
		if (at >= 3 && slice_is(slice_cut(bytes, at - 3, at), "end"))
			continue;
		if (++count > PDF_STREAMS_MAX)
			document->limited =
				"has more streams than are looked into";
		pdf_look_stream(&pdf, at);
	}
}
