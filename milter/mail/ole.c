/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/ole.h"

#include <string.h>

#include "base/mem.h"
#include "mail/charset.h"
#include "mail/little.h"

#define OLE_ENTRIES_MAX 20000
#define OLE_PROBES_MAX 64 /* streams looked into for a document's own flags */
#define OLE_PROBE_BYTES (256u * 1024)
#define OLE_NAME_MAX 1024

/* Records of a workbook. */
#define OLE_BIFF_EOF 0x0a
#define OLE_BIFF_FILEPASS 0x2f
#define OLE_BIFF_SHEET 0x85
#define OLE_BIFF_RECORDS_MAX 20000

struct ole {
	void *mem;
	struct document *document;
	const struct cfb *cfb;
	const struct cfb_entry *entries;
	size_t count;
	size_t probes;
};

static struct slice
ole_read(struct ole *ole, const struct cfb_entry *entry)
{
	bool whole = true;
	struct slice bytes = cfb_read(ole->mem, ole->cfb, entry,
				      ole->document->room, &whole);

	document_spend(ole->document, bytes.len);
	if (!whole && ole->document->limited == NULL)
		ole->document->damaged = "holds an object that is cut off";
	return bytes;
}

/* The beginning of a stream that tells about the document. */
static struct slice
ole_probe(struct ole *ole, const struct cfb_entry *entry)
{
	size_t room = ole->document->room;
	bool whole;
	struct slice bytes;

	if (ole->probes++ >= OLE_PROBES_MAX) {
		ole->document->limited =
			"holds more documents than are looked into";
		return SLICE("");
	}
	bytes = cfb_read(ole->mem, ole->cfb, entry,
			 room < OLE_PROBE_BYTES ? room : OLE_PROBE_BYTES,
			 &whole);
	document_spend(ole->document, bytes.len);
	return bytes;
}

/* The records of a workbook up to the first end: its kind of sheets, and
 * whether there is a password. */
static void
ole_look_workbook(struct ole *ole, const struct cfb_entry *entry)
{
	struct slice bytes = ole_probe(ole, entry);
	size_t at = 0;

	for (size_t i = 0; i < OLE_BIFF_RECORDS_MAX && at + 4 <= bytes.len;
	     i++) {
		uint32_t type = little16(bytes, at);
		size_t len = little16(bytes, at + 2);

		if (type == OLE_BIFF_EOF)
			return;
		if (type == OLE_BIFF_FILEPASS)
			ole->document->encrypted = true;
		/* The kind of sheet stands behind its place and visibility. */
		if (type == OLE_BIFF_SHEET && len >= 6 && at + 9 < bytes.len &&
		    bytes.data[at + 9] == 1)
			document_find(ole->document, DOCUMENT_SHEET_MACRO);
		at += 4 + len;
	}
}

static void
ole_look_word(struct ole *ole, const struct cfb_entry *entry)
{
	struct slice bytes = ole_probe(ole, entry);

	/* FibBase: fEncrypted. */
	if (little16(bytes, 0) == 0xa5ec && (little16(bytes, 10) & 0x100) != 0)
		ole->document->encrypted = true;
}

static void
ole_look_slides(struct ole *ole, const struct cfb_entry *entry)
{
	if (little32(ole_probe(ole, entry), 12) == 0xf3d1c4df)
		ole->document->encrypted = true;
}

/* Text up to a NUL, from *at on; in the machine's character set. */
static const char *
ole_string(void *mem, struct slice bytes, size_t *at)
{
	size_t end = slice_find(slice_cut(bytes, 0, *at + OLE_NAME_MAX), *at,
				'\0');
	struct slice raw = slice_cut(bytes, *at, end);
	struct slice text = charset_is_utf8(raw)
				    ? raw
				    : charset_believe(mem, raw, "cp1252");

	*at = end + 1;
	return slice_string(mem, text.data == NULL ? raw : text);
}

bool
ole_look_packaged(void *mem, struct slice bytes, struct document *document)
{
	size_t at = 2, len;
	const char *label, *path;

	if (little16(bytes, 0) != 2)
		return false;
	label = ole_string(mem, bytes, &at);
	path = ole_string(mem, bytes, &at);
	/* What follows is a number, then the path on the maker's machine. */
	at += 4;
	len = little32(bytes, at);
	at += 4;
	if (at > bytes.len || len > bytes.len - at)
		return false;
	at += len;
	len = little32(bytes, at);
	at += 4;
	if (at > bytes.len)
		return false;
	document_find(document, DOCUMENT_OBJECT);
	if (len > bytes.len - at)
		document->damaged = "holds an object that is cut off";
	/* Either name may be the one that is shown, and the one that counts. */
	document_add(mem, document, label, slice_cut(bytes, at, at + len));
	if (strcmp(label, path) != 0)
		document_add(mem, document, path,
			     slice_cut(bytes, at, at + len));
	return true;
}

static void
ole_look_native(struct ole *ole, const struct cfb_entry *entry)
{
	struct slice bytes = ole_read(ole, entry);

	document_find(ole->document, DOCUMENT_OBJECT);
	if (!ole_look_packaged(ole->mem, slice_from(bytes, 4), ole->document))
		document_add(ole->mem, ole->document, NULL,
			     slice_from(bytes, 4));
}

/* A file name of an Outlook attachment: UTF-16 or bytes, in the same
 * storage. */
static const char *
ole_message_name(struct ole *ole, size_t parent)
{
	static const char *const names[] = { "__substg1.0_3707001F",
					     "__substg1.0_3704001F",
					     "__substg1.0_3707001E",
					     "__substg1.0_3704001E" };

	for (size_t n = 0; n < sizeof(names) / sizeof(*names); n++)
		for (size_t i = 0; i < ole->count; i++) {
			const struct cfb_entry *entry = &ole->entries[i];
			struct slice raw;
			bool whole;
			size_t at = 0;

			if (entry->parent != parent ||
			    !slice_is_nocase(slice_of(entry->name), names[n]))
				continue;
			raw = cfb_read(ole->mem, ole->cfb, entry,
				       OLE_NAME_MAX, &whole);
			if (n < 2)
				raw = document_utf16(ole->mem, raw, false);
			return ole_string(ole->mem, raw, &at);
		}
	return NULL;
}

static void
ole_look_entry(struct ole *ole, const struct cfb_entry *entry)
{
	struct slice name = slice_of(entry->name);

	if (memcmp(entry->clsid.data,
		   "\002\xce\002\0\0\0\0\0\xc0\0\0\0\0\0\0\x46", 16) == 0 ||
	    slice_is_nocase(name, "Equation Native"))
		document_find(ole->document, DOCUMENT_EQUATION);
	if (slice_is_nocase(name, "_VBA_PROJECT") ||
	    slice_is_nocase(name, "_VBA_PROJECT_CUR") ||
	    (!entry->stream && slice_is_nocase(name, "VBA")))
		document_find(ole->document, DOCUMENT_MACRO);
	if (!entry->stream)
		return;
	if (slice_is_nocase(name, "EncryptedPackage"))
		ole->document->encrypted = true;
	else if (slice_is_nocase(name, "Workbook") ||
		 slice_is_nocase(name, "Book"))
		ole_look_workbook(ole, entry);
	else if (slice_is_nocase(name, "WordDocument"))
		ole_look_word(ole, entry);
	else if (slice_is_nocase(name, "Current User"))
		ole_look_slides(ole, entry);
	else if (slice_is_nocase(name, "\001Ole10Native"))
		ole_look_native(ole, entry);
	else if (slice_is_nocase(name, "Package") ||
		 slice_is_nocase(name, "CONTENTS"))
		document_add(ole->mem, ole->document, NULL,
			     ole_read(ole, entry));
	else if (slice_is_nocase(name, "__substg1.0_37010102"))
		document_add(ole->mem, ole->document,
			     ole_message_name(ole, entry->parent),
			     ole_read(ole, entry));
}

void
ole_look(void *mem, struct slice bytes, struct document *document)
{
	struct ole ole = {
		.mem = mem,
		.document = document,
		.cfb = cfb_open(mem, bytes),
	};

	if (ole.cfb == NULL) {
		document->damaged = "is a damaged compound file";
		return;
	}
	document_spend(document, 0);
	ole.entries = cfb_entries(ole.cfb, &ole.count);
	for (size_t i = 0; i < ole.count && document->limited == NULL; i++) {
		if (i >= OLE_ENTRIES_MAX)
			document->limited =
				"has more entries than are looked into";
		ole_look_entry(&ole, &ole.entries[i]);
	}
}
