/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream is a row of attributes: level, id, length, data, sum. Attachments
 * begin with one of their own kind; their names and data stand in attributes,
 * or in a list of MAPI properties within one, or in both: all are taken.
 */
#include "mail/tnef.h"

#include <string.h>

#include "base/mem.h"
#include "mail/charset.h"
#include "mail/lzfu.h"

#define TNEF_SIGNATURE 0x223e9f78u
#define TNEF_FILES_MAX 1000
#define TNEF_STREAMS_MAX 20	  /* messages attached to messages */
#define TNEF_PROPERTIES_MAX 10000 /* of one list */
#define TNEF_VALUES_MAX 1000	  /* of one property */

enum tnef_attribute { /* the low half; the high half is a type */
		      TNEF_ATTACH_BEGIN = 0x9002,
		      TNEF_ATTACH_TITLE = 0x8010,
		      TNEF_ATTACH_DATA = 0x800f,
		      TNEF_ATTACH_TRANSPORT_NAME = 0x9001,
		      TNEF_ATTACH_PROPERTIES = 0x9005,
		      TNEF_PROPERTIES = 0x9003,
};

enum tnef_type { /* of a MAPI property */
		 TNEF_OBJECT = 0x0d,
		 TNEF_STRING = 0x1e,
		 TNEF_UNICODE = 0x1f,
		 TNEF_BINARY = 0x102,
		 TNEF_MANY = 0x1000, /* a bit */
};

enum tnef_property {
	TNEF_BODY_RTF = 0x1009,
	TNEF_BODY_HTML = 0x1013,
	TNEF_DISPLAY_NAME = 0x3001,
	TNEF_DATA = 0x3701,
	TNEF_SHORT_NAME = 0x3704,
	TNEF_LONG_NAME = 0x3707,
	TNEF_TRANSPORT_NAME = 0x370c,
};

struct tnef_reader {
	void *mem;
	struct tnef *tnef;
	struct tnef_file *file; /* the attachment at hand, or NULL */
	struct slice streams[TNEF_STREAMS_MAX]; /* still to be read */
	size_t stream_count;
};

/* Bytes that are taken off the front; short ones make it bad. */
struct tnef_bytes {
	struct slice rest;
	bool bad;
};

static struct slice
tnef_take(struct tnef_bytes *bytes, size_t len)
{
	struct slice taken = slice_cut(bytes->rest, 0, len);

	bytes->bad |= taken.len < len;
	bytes->rest = slice_from(bytes->rest, taken.len);
	return taken;
}

static uint32_t
tnef_number(struct tnef_bytes *bytes, size_t width)
{
	struct slice s = tnef_take(bytes, width);
	uint32_t number = 0;

	for (size_t i = s.len; i-- > 0;)
		number = number << 8 | (unsigned char)s.data[i];
	return number;
}

static void
tnef_problem(struct tnef_reader *reader, const char *what, bool limited)
{
	if (reader->tnef->problem == NULL) {
		reader->tnef->problem = what;
		reader->tnef->limited = limited;
	}
}

static struct slice
tnef_utf16(void *mem, struct slice raw)
{
	struct tnef_bytes bytes = { .rest = raw };
	struct buf out = BUF(mem);

	while (bytes.rest.len > 1) {
		unsigned long c = tnef_number(&bytes, 2), low;

		if (c >= 0xd800 && c < 0xdc00 && bytes.rest.len > 1) {
			low = tnef_number(&bytes, 2);
			c = 0x10000 + ((c & 0x3ff) << 10 | (low & 0x3ff));
		}
		charset_put(&out, c);
	}
	return buf_view(&out);
}

/* Without the NULs that end it. */
static void
tnef_name(struct tnef_reader *reader, struct slice raw, bool unicode)
{
	const char **names = reader->file == NULL ? NULL : reader->file->names;
	struct slice text = raw;
	const char *name;
	size_t i = 0;

	if (names == NULL)
		return;
	text = unicode ? tnef_utf16(reader->mem, raw)
		       : charset_for_reader(reader->mem, raw, "windows-1252");
	while (text.len > 0 && text.data[text.len - 1] == '\0')
		text.len--;
	name = slice_string(reader->mem, text);
	if (name[0] == '\0')
		return;
	while (i < TNEF_NAMES_MAX && names[i] != NULL) {
		if (strcmp(names[i], name) == 0)
			return;
		i++;
	}
	if (i < TNEF_NAMES_MAX)
		names[i] = name;
}

static void
tnef_file_begin(struct tnef_reader *reader)
{
	struct tnef *tnef = reader->tnef;

	reader->file = NULL;
	if (tnef->count >= TNEF_FILES_MAX) {
		tnef_problem(reader, "holds more files than are looked into",
			     true);
		return;
	}
	mem_grow(reader->mem, tnef->files, tnef->count);
	reader->file = &tnef->files[tnef->count++];
	*reader->file = (struct tnef_file){ .bytes = SLICE("") };
}

/* Data; a second time, it is a file beside the first. */
static void
tnef_data(struct tnef_reader *reader, struct slice bytes)
{
	struct tnef_file *before = reader->file;

	if (before == NULL || bytes.len == 0)
		return;
	if (before->bytes.len > 0 && !slice_equal(before->bytes, bytes)) {
		struct tnef_file copy = *before;

		tnef_file_begin(reader);
		if (reader->file == NULL)
			return;
		memcpy(reader->file->names, copy.names, sizeof(copy.names));
	}
	reader->file->bytes = bytes;
	if (!tnef_is(bytes))
		return;
	if (reader->stream_count < TNEF_STREAMS_MAX)
		reader->streams[reader->stream_count++] = bytes;
	else
		tnef_problem(reader, "holds more messages than are looked into",
			     true);
}

/* An object: the id of an interface, then its data. */
static void
tnef_object(struct tnef_reader *reader, struct slice value)
{
	tnef_data(reader, slice_from(value, 16));
}

/* The text, with the objects that were dragged into it. */
static void
tnef_text(struct tnef_reader *reader, struct slice value)
{
	bool unknown;
	struct slice text;

	tnef_file_begin(reader);
	if (reader->file == NULL)
		return;
	text = lzfu_read(reader->mem, value, &unknown);
	if (unknown && value.len > 0)
		tnef_problem(reader, "holds a text that cannot be unpacked",
			     false);
	tnef_data(reader, text);
	reader->file = NULL;
}

static void
tnef_value(struct tnef_reader *reader, uint32_t property, uint32_t type,
	   struct slice value)
{
	switch (property) {
	case TNEF_DISPLAY_NAME:
	case TNEF_SHORT_NAME:
	case TNEF_LONG_NAME:
	case TNEF_TRANSPORT_NAME:
		tnef_name(reader, value, type == TNEF_UNICODE);
		break;
	case TNEF_DATA:
		if (type == TNEF_OBJECT)
			tnef_object(reader, value);
		else
			tnef_data(reader, value);
		break;
	case TNEF_BODY_RTF:
		tnef_text(reader, value);
		break;
	case TNEF_BODY_HTML:
		tnef_file_begin(reader);
		tnef_data(reader, value);
		reader->file = NULL;
		break;
	}
}

/* Bytes of a value of fixed size in a list, 0: its size stands in front. */
static size_t
tnef_size(uint32_t type)
{
	switch (type) {
	case TNEF_OBJECT:
	case TNEF_STRING:
	case TNEF_UNICODE:
	case TNEF_BINARY:
		return 0;
	case 0x05:
	case 0x06:
	case 0x07:
	case 0x14:
	case 0x40:
		return 8;
	case 0x48:
		return 16;
	default:
		return 4;
	}
}

/* A property that has a name instead of a number. */
static void
tnef_skip_name(struct tnef_bytes *list)
{
	tnef_take(list, 16);
	if (tnef_number(list, 4) == 0) {
		tnef_take(list, 4);
	} else {
		size_t len = tnef_number(list, 4);

		tnef_take(list, len + (4 - len % 4) % 4);
	}
}

static void
tnef_property(struct tnef_reader *reader, struct tnef_bytes *list)
{
	uint32_t type = tnef_number(list, 2), count = 1;
	uint32_t property = tnef_number(list, 2);
	size_t size = tnef_size(type & ~(uint32_t)TNEF_MANY);

	if (property >= 0x8000)
		tnef_skip_name(list);
	if ((type & TNEF_MANY) != 0 || size == 0)
		count = tnef_number(list, 4);
	if (count > TNEF_VALUES_MAX)
		list->bad = true;
	for (uint32_t i = 0; i < count && !list->bad; i++) {
		size_t len = size > 0 ? size : tnef_number(list, 4);
		struct slice value = tnef_take(list, len);

		tnef_take(list, (4 - len % 4) % 4);
		tnef_value(reader, property, type & ~(uint32_t)TNEF_MANY,
			   value);
	}
}

static void
tnef_properties(struct tnef_reader *reader, struct slice data)
{
	struct tnef_bytes list = { .rest = data };
	uint32_t count = tnef_number(&list, 4);

	for (uint32_t i = 0; i < count && !list.bad; i++) {
		if (i >= TNEF_PROPERTIES_MAX)
			list.bad = true;
		else
			tnef_property(reader, &list);
	}
	if (list.bad)
		tnef_problem(reader, "is damaged", false);
}

static void
tnef_attribute(struct tnef_reader *reader, uint32_t id, struct slice data)
{
	switch (id & 0xffff) {
	case TNEF_ATTACH_BEGIN:
		tnef_file_begin(reader);
		break;
	case TNEF_ATTACH_TITLE:
	case TNEF_ATTACH_TRANSPORT_NAME:
		if (reader->file == NULL)
			tnef_file_begin(reader);
		tnef_name(reader, data, false);
		break;
	case TNEF_ATTACH_DATA:
		if (reader->file == NULL)
			tnef_file_begin(reader);
		tnef_data(reader, data);
		break;
	case TNEF_ATTACH_PROPERTIES:
		if (reader->file == NULL)
			tnef_file_begin(reader);
		tnef_properties(reader, data);
		break;
	case TNEF_PROPERTIES:
		tnef_properties(reader, data);
		break;
	}
}

static void
tnef_stream(struct tnef_reader *reader, struct slice stream)
{
	struct tnef_bytes bytes = { .rest = stream };

	tnef_take(&bytes, 6); /* the signature, and a key that says nothing */
	reader->file = NULL;
	/* Writers leave a line end behind the last attribute. */
	while (slice_trim(bytes.rest).len > 0 && !bytes.bad) {
		uint32_t level = tnef_number(&bytes, 1), id, len;
		struct slice data;

		if (level != 1 && level != 2) {
			bytes.bad = true;
			break;
		}
		id = tnef_number(&bytes, 4);
		len = tnef_number(&bytes, 4);
		data = tnef_take(&bytes, len);
		/* Of one that is cut off, what is there. */
		tnef_attribute(reader, id, data);
		tnef_take(&bytes, 2);
	}
	if (bytes.bad)
		tnef_problem(reader, "is damaged", false);
}

bool
tnef_is(struct slice bytes)
{
	struct tnef_bytes front = { .rest = bytes };

	return tnef_number(&front, 4) == TNEF_SIGNATURE && !front.bad;
}

struct tnef
tnef_read(void *mem, struct slice bytes)
{
	struct tnef tnef = { .count = 0 };
	struct tnef_reader reader = { .mem = mem, .tnef = &tnef };

	reader.streams[reader.stream_count++] = bytes;
	for (size_t i = 0; i < reader.stream_count; i++)
		tnef_stream(&reader, reader.streams[i]);
	return tnef;
}
