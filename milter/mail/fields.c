/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/fields.h"

#include "base/mem.h"

#define FIELDS_NAME_MAX 256   /* MAX_HEADER_KEY_LENGTH */
#define FIELDS_INVALID_MAX 3  /* lines that are none, before the body begins */

bool
fields_starts(struct slice line, bool blanks)
{
	size_t i = 0;

	while (i < line.len && line.data[i] > ' ' && line.data[i] < 127 &&
	       line.data[i] != ':')
		i++;
	if (i == 0)
		return false;
	while (blanks && i < line.len &&
	       (line.data[i] == ' ' || line.data[i] == '\t'))
		i++;
	return i < line.len && line.data[i] == ':';
}

/* A message's fields are stored in pieces of bounded size. */
static void
fields_cut(struct header *header, unsigned *flags)
{
	while (header->name.len > 0 &&
	       (header->name.data[header->name.len - 1] == ' ' ||
		header->name.data[header->name.len - 1] == '\t'))
		header->name.len--;
	if (header->name.len > FIELDS_NAME_MAX ||
	    header->raw.len > FIELDS_VALUE_MAX)
		*flags |= MESSAGE_TRUNCATED_HEADERS;
	header->name = slice_cut(header->name, 0, FIELDS_NAME_MAX);
	header->raw = slice_cut(header->raw, 0, FIELDS_VALUE_MAX);
}

void
fields_add(void *mem, struct headers *headers,
	   const struct message_limits *limits, const struct lines *lines,
	   bool of_part, unsigned *flags)
{
	struct header header = { .line = lines_source(lines) };
	struct slice text;
	size_t colon, before;

	before = headers->count == 0 ?
			 0 :
			 (size_t)(headers->items[headers->count - 1].line.data -
				  headers->items[0].line.data);
	if (headers->count >= limits->header_count ||
	    before + header.line.len > limits->header_bytes) {
		headers->cut = true;
		*flags |= MESSAGE_HEADER_LIMIT_EXCEEDED;
		return;
	}
	text = lines_text(mem, lines);
	colon = slice_find(text, 0, ':');
	if (colon == text.len)
		return;
	header.name = slice_cut(text, 0, colon);
	header.raw = slice_from(text, colon + 1);
	if (!of_part)
		fields_cut(&header, flags);
	while (of_part && header.raw.len > 0 &&
	       str_is_space((unsigned char)header.raw.data[0]))
		header.raw = slice_from(header.raw, 1);
	mem_grow(mem, headers->items, headers->count);
	headers->items[headers->count++] = header;
}

size_t
fields_read(void *mem, struct headers *headers,
	    const struct message_limits *limits, const struct lines *lines,
	    unsigned *flags)
{
	size_t start = SIZE_MAX, invalid = 0, i;
	bool end = false, separator = false;

	for (i = 0; !end; i++) {
		struct slice line = i < lines->count ? line_text(lines, i) :
						       SLICE_NONE;
		struct lines field;

		if (line.len > 0 && (line.data[0] == ' ' ||
				     line.data[0] == '\t')) {
			start = start == SIZE_MAX ? i : start;
			continue;
		}
		if (start != SIZE_MAX) {
			field = lines_view(*lines, start, i);
			fields_add(mem, headers, limits, &field, false, flags);
		}
		start = i;
		separator = line.data != NULL && line.len == 0 &&
			    lines->items[i].lf;
		end = i >= lines->count || separator ||
		      slice_starts(line, "--") ||
		      (!fields_starts(line, true) &&
		       ++invalid > FIELDS_INVALID_MAX);
	}
	if (!separator)
		*flags |= MESSAGE_MISSING_HEAD_BODY_SEPARATOR;
	return separator ? i : i - 1;
}

void
fields_index(void *mem, struct headers *headers, bool hide)
{
	uint32_t size = 4;

	while (size < headers->count && size < 1u << 24)
		size *= 2;
	headers->mem = mem;
	headers->mask = size - 1;
	headers->buckets = mem_array(mem, uint32_t, size);
	/* From the last to the first, so that each chain runs in order. */
	for (size_t i = headers->count; i-- > 0;) {
		struct header *header = &headers->items[i];
		uint32_t *bucket;

		header->hidden =
			hide && slice_starts_nocase(header->name, "X-Spam-");
		if (header->hidden)
			continue;
		header->hash = slice_hash_nocase(header->name);
		bucket = &headers->buckets[header->hash & headers->mask];
		header->next = *bucket;
		*bucket = (uint32_t)i + 1;
	}
}

/* Along the chain from that place (index + 1) to the next of this name. */
static const struct header *
fields_find(const struct headers *headers, uint32_t place, uint32_t hash,
	    struct slice name)
{
	while (place != 0) {
		const struct header *header = &headers->items[place - 1];

		if (header->hash == hash &&
		    slice_equal_nocase(header->name, name))
			return header;
		place = header->next;
	}
	return NULL;
}

const struct header *
headers_first_hashed(const struct headers *headers, struct slice name,
		     uint32_t hash)
{
	if (headers->buckets == NULL)
		return NULL;
	return fields_find(headers, headers->buckets[hash & headers->mask],
			   hash, name);
}

const struct header *
headers_first(const struct headers *headers, const char *name)
{
	return headers_first_hashed(headers, slice_of(name),
				    slice_hash_nocase(slice_of(name)));
}

const struct header *
header_next(const struct headers *headers, const struct header *header)
{
	return fields_find(headers, header->next, header->hash, header->name);
}

const struct header *
headers_last(const struct headers *headers, const char *name)
{
	const struct header *last = NULL;

	for (const struct header *header = headers_first(headers, name);
	     header != NULL; header = header_next(headers, header))
		last = header;
	return last;
}
