/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/document.h"

#include "base/mem.h"
#include "mail/charset.h"
#include "mail/disk.h"
#include "mail/little.h"
#include "mail/ole.h"
#include "mail/package.h"
#include "mail/pdf.h"
#include "mail/rtf.h"
#include "mail/smuggling.h"

#define SIGN(literal) ((struct slice){ (literal), sizeof(literal) - 1 })

/* [MS-ONESTORE] 2.6.13: the mark in front of a file, and where it begins. */
#define NOTE_FILE "\xe7\x16\xe3\xbd\x65\x26\x11\x45\xa4\xc4\x8d\x4d\x0b\x7a" \
		  "\x9e\xac"
#define NOTE_FILE_DATA 36

static const char *const document_names[DOCUMENT_TRAITS] = {
	[DOCUMENT_MACRO] = "MACRO",
	[DOCUMENT_SHEET_MACRO] = "SHEET_MACRO",
	[DOCUMENT_EXTERNAL] = "EXTERNAL_TEMPLATE",
	[DOCUMENT_OBJECT] = "OLE_OBJECT",
	[DOCUMENT_EQUATION] = "EQUATION_OBJECT",
	[DOCUMENT_PDF_SCRIPT] = "PDF_SCRIPT",
	[DOCUMENT_PDF_LAUNCH] = "PDF_LAUNCH",
	[DOCUMENT_PDF_FILE] = "PDF_FILE",
	[DOCUMENT_NOTE_FILE] = "ONENOTE_FILE",
	[DOCUMENT_SHORTCUT] = "SHORTCUT",
	[DOCUMENT_DISK_IMAGE] = "DISK_IMAGE",
	[DOCUMENT_SMUGGLING] = "HTML_SMUGGLING",
};

const char *
document_trait_name(enum document_trait trait)
{
	return document_names[trait];
}

const char *
document_trait_names(void *mem, unsigned traits)
{
	struct buf out = BUF(mem);

	buf_text(&out, "");
	for (size_t i = 0; i < DOCUMENT_TRAITS; i++)
		if ((traits & DOCUMENT_BIT(i)) != 0)
			buf_printf(&out, "%s%s", out.len == 0 ? "" : " ",
				   document_names[i]);
	return out.data;
}

void
document_find(struct document *document, enum document_trait trait)
{
	document->traits |= DOCUMENT_BIT(trait);
}

void
document_spend(struct document *document, size_t bytes)
{
	document->room -= bytes < document->room ? bytes : document->room;
	if (document->room == 0)
		document->limited = "holds more bytes than are looked into";
}

void
document_add(void *mem, struct document *document, const char *name,
	     struct slice bytes)
{
	if (document->object_count >= DOCUMENT_OBJECTS_MAX) {
		document->limited = "holds more objects than are looked into";
		return;
	}
	mem_grow(mem, document->objects, document->object_count);
	document->objects[document->object_count++] =
		(struct document_object){ name == NULL ? "" : name, bytes };
}

struct slice
document_utf16(void *mem, struct slice bytes, bool big)
{
	struct buf out = BUF(mem);
	unsigned long high = 0;

	buf_text(&out, "");
	for (size_t at = 0; at + 2 <= bytes.len; at += 2) {
		unsigned long c = little16(bytes, at);

		if (big)
			c = c >> 8 | (c & 0xff) << 8;
		if (high != 0 && c >= 0xdc00 && c < 0xe000)
			c = 0x10000 + ((high - 0xd800) << 10) + (c - 0xdc00);
		high = c >= 0xd800 && c < 0xdc00 ? c : 0;
		if (high == 0)
			charset_put(&out, c);
	}
	return buf_view(&out);
}

struct slice
document_text(void *mem, struct slice bytes)
{
	bool little = slice_starts(bytes, "\xff\xfe") ||
		      little16(bytes, 0) == '<';
	bool big = slice_starts(bytes, "\xfe\xff") ||
		   little16(bytes, 0) == '<' << 8;

	return little || big ? document_utf16(mem, bytes, big) : bytes;
}

static bool
document_has(struct slice bytes, size_t at, struct slice sign)
{
	return slice_equal(slice_cut(bytes, at, at + sign.len), sign);
}

static void
document_look_note(void *mem, struct slice bytes, struct document *document)
{
	struct slice mark = SIGN(NOTE_FILE);
	size_t at = 0;

	while ((at = slice_search(bytes, at, mark)) < bytes.len) {
		uint64_t len = little_number(bytes, at + mark.len, 8);
		size_t start = at + NOTE_FILE_DATA;

		at += mark.len;
		if (start > bytes.len)
			break;
		document_find(document, DOCUMENT_NOTE_FILE);
		if (len > bytes.len - start) {
			document->damaged = "holds a file that is cut off";
			len = bytes.len - start;
		}
		document_add(mem, document, NULL,
			     slice_cut(bytes, start, start + (size_t)len));
		if (document->limited != NULL)
			break;
		at = start + (size_t)len;
	}
}

void
document_look(void *mem, struct slice bytes, struct document *document)
{
	if (cfb_is(bytes))
		ole_look(mem, bytes, document);
	else if (rtf_is(bytes))
		rtf_look(mem, bytes, document);
	else if (pdf_is(bytes))
		pdf_look(mem, bytes, document);
	else if (document_has(bytes, 0, SIGN("\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d"
					     "\xae\xb1\x53\x78\xd0\x29\x96"
					     "\xd3")))
		document_look_note(mem, bytes, document);
	else if (document_has(bytes, 0, SIGN("L\0\0\0\001\x14\002\0\0\0\0\0"
					     "\xc0\0\0\0\0\0\0\x46")))
		document_find(document, DOCUMENT_SHORTCUT);
	else if (disk_is(bytes))
		document_find(document, DOCUMENT_DISK_IMAGE);
	else
		smuggling_look(mem, bytes, document);
}

void
document_look_member(void *mem, struct slice path, struct slice bytes,
		     struct document *document)
{
	package_look_member(mem, path, bytes, document);
}
