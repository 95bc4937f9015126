/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/cfb.h"

#include <string.h>

#include "base/mem.h"
#include "mail/charset.h"
#include "mail/little.h"

#define CFB_HEADER 512
#define CFB_HEADER_FATS 109 /* numbers of FAT sectors in the header */
#define CFB_ENTRY 128
#define CFB_NAME_MAX 64 /* bytes */
#define CFB_MINI_SHIFT 6
#define CFB_END 0xfffffffau /* from here on no sector is meant */

/* Kinds of directory entries. */
enum { CFB_UNUSED = 0, CFB_STORAGE = 1, CFB_STREAM = 2, CFB_ROOT = 5 };

struct cfb_table { /* which sector follows which */
	uint32_t *next;
	size_t count;
};

struct cfb {
	struct slice bytes;
	unsigned shift; /* of a sector's size */
	uint32_t mini_cutoff;
	struct cfb_table fat, mini_fat;
	struct slice mini; /* the stream that holds short streams */
	struct cfb_entry *entries;
	size_t count;
};

bool
cfb_is(struct slice bytes)
{
	return bytes.len >= CFB_HEADER &&
	       memcmp(bytes.data, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0;
}

/* Bytes of a sector; fewer at the end of the file. */
static struct slice
cfb_sector(const struct cfb *cfb, uint32_t number)
{
	uint64_t at = ((uint64_t)number + 1) << cfb->shift;

	if (at >= cfb->bytes.len)
		return SLICE_NONE;
	return slice_cut(cfb->bytes, (size_t)at,
			 (size_t)at + ((size_t)1 << cfb->shift));
}

static void
cfb_add_fat(struct cfb *cfb, uint32_t sector, size_t room)
{
	struct slice bytes = cfb_sector(cfb, sector);

	for (size_t at = 0; at + 4 <= bytes.len && cfb->fat.count < room;
	     at += 4)
		cfb->fat.next[cfb->fat.count++] = little32(bytes, at);
}

/* The first sectors of the FAT are told by the header, the others by a chain of
 * sectors of their own, each of which ends with the number of the next. */
static void
cfb_load_fat(struct cfb *cfb)
{
	size_t sectors = cfb->bytes.len >> cfb->shift;
	size_t last = ((size_t)1 << cfb->shift) - 4;
	uint32_t number = little32(cfb->bytes, 0x44);

	cfb->fat.next = mem_array(cfb, uint32_t, sectors + 1);
	for (size_t i = 0; i < CFB_HEADER_FATS; i++)
		cfb_add_fat(cfb, little32(cfb->bytes, 0x4c + 4 * i), sectors);
	for (size_t step = 0; step < sectors && number < CFB_END &&
			      cfb->fat.count < sectors;
	     step++) {
		struct slice list = cfb_sector(cfb, number);

		for (size_t at = 0; at < last && at + 4 <= list.len; at += 4)
			cfb_add_fat(cfb, little32(list, at), sectors);
		number = list.len < last + 4 ? CFB_END : little32(list, last);
	}
}

/* The bytes of a chain, at most max. */
static struct slice
cfb_chain(void *mem, const struct cfb *cfb, uint32_t number, size_t max)
{
	struct buf out = BUF(mem);

	for (size_t step = 0; step < cfb->fat.count && out.len < max &&
			      number < cfb->fat.count;
	     step++) {
		struct slice sector = cfb_sector(cfb, number);

		buf_slice(&out, slice_cut(sector, 0, max - out.len));
		number = cfb->fat.next[number];
	}
	return buf_view(&out);
}

static struct slice
cfb_mini_chain(void *mem, const struct cfb *cfb, uint32_t number, size_t max)
{
	struct buf out = BUF(mem);

	for (size_t step = 0; step < cfb->mini_fat.count && out.len < max &&
			      number < cfb->mini_fat.count;
	     step++) {
		size_t at = (size_t)number << CFB_MINI_SHIFT;
		struct slice sector = slice_cut(
			cfb->mini, at, at + (1u << CFB_MINI_SHIFT));

		buf_slice(&out, slice_cut(sector, 0, max - out.len));
		number = cfb->mini_fat.next[number];
	}
	return buf_view(&out);
}

/* UTF-16 as it stands, without regard to pairs: names are compared only. */
static const char *
cfb_name(void *mem, struct slice raw)
{
	size_t len = little16(raw, CFB_NAME_MAX);
	struct buf out = BUF(mem);

	buf_text(&out, "");
	if (len > CFB_NAME_MAX)
		len = CFB_NAME_MAX;
	for (size_t at = 0; at + 2 <= len; at += 2) {
		uint32_t c = little16(raw, at);

		if (c != 0)
			charset_put(&out, c);
	}
	return out.data;
}

static void
cfb_load_entries(struct cfb *cfb, struct slice directory)
{
	cfb->count = directory.len / CFB_ENTRY;
	cfb->entries = mem_array(cfb, struct cfb_entry, cfb->count + 1);
	for (size_t i = 0; i < cfb->count; i++) {
		struct slice raw = slice_cut(directory, i * CFB_ENTRY,
					     (i + 1) * CFB_ENTRY);

		cfb->entries[i] = (struct cfb_entry){
			.name = cfb_name(cfb, raw),
			.kind = (unsigned char)raw.data[66],
			.stream = raw.data[66] == CFB_STREAM,
			.parent = CFB_NO_PARENT,
			.left = little32(raw, 68),
			.right = little32(raw, 72),
			.child = little32(raw, 76),
			.clsid = slice_cut(raw, 80, 96),
			.first = little32(raw, 116),
			.size = little32(raw, 120),
		};
	}
}

/* Each storage's tree of entries; an entry that was met is not met again. */
static void
cfb_find_parents(struct cfb *cfb)
{
	size_t *queue = mem_array(NULL, size_t, cfb->count + 1);
	bool *met = mem_array(NULL, bool, cfb->count + 1);
	size_t head = 0, tail = 0;

	met[0] = true;
	queue[tail++] = 0;
	while (head < tail) {
		size_t at = queue[head++];
		const struct cfb_entry *entry = &cfb->entries[at];
		const size_t links[] = { entry->left, entry->right,
					 entry->child };

		for (size_t i = 0; i < 3; i++) {
			if (links[i] >= cfb->count || met[links[i]])
				continue;
			met[links[i]] = true;
			cfb->entries[links[i]].parent =
				i == 2 ? at : entry->parent;
			queue[tail++] = links[i];
		}
	}
	mem_free(queue);
	mem_free(met);
}

static void
cfb_load_mini(struct cfb *cfb)
{
	struct slice table;

	for (size_t i = 0; i < cfb->count && cfb->mini.data == NULL; i++)
		if (cfb->entries[i].kind == CFB_ROOT)
			cfb->mini = cfb_chain(cfb, cfb,
					      (uint32_t)cfb->entries[i].first,
					      cfb->entries[i].size);
	table = cfb_chain(cfb, cfb, little32(cfb->bytes, 0x3c),
			  cfb->mini.len / 16 + 4);
	cfb->mini_fat.next = mem_array(cfb, uint32_t, table.len / 4 + 1);
	for (; cfb->mini_fat.count < table.len / 4; cfb->mini_fat.count++)
		cfb->mini_fat.next[cfb->mini_fat.count] =
			little32(table, 4 * cfb->mini_fat.count);
}

struct cfb *
cfb_open(void *mem, struct slice bytes)
{
	struct cfb *cfb = mem_new(mem, struct cfb);
	uint32_t shift = little16(bytes, 0x1e);

	cfb->bytes = bytes;
	cfb->shift = shift;
	cfb->mini_cutoff = little32(bytes, 0x38);
	if (!cfb_is(bytes) || (shift != 9 && shift != 12)) {
		mem_free(cfb);
		return NULL;
	}
	cfb_load_fat(cfb);
	cfb_load_entries(cfb, cfb_chain(cfb, cfb, little32(bytes, 0x30),
					bytes.len));
	if (cfb->count == 0 || cfb->entries[0].kind != CFB_ROOT) {
		mem_free(cfb);
		return NULL;
	}
	cfb_find_parents(cfb);
	cfb_load_mini(cfb);
	return cfb;
}

const struct cfb_entry *
cfb_entries(const struct cfb *cfb, size_t *count)
{
	*count = cfb->count;
	return cfb->entries;
}

struct slice
cfb_read(void *mem, const struct cfb *cfb, const struct cfb_entry *entry,
	 size_t max, bool *whole)
{
	size_t size = entry->size < max ? entry->size : max;
	struct slice bytes = entry->size < cfb->mini_cutoff
				     ? cfb_mini_chain(mem, cfb,
						      (uint32_t)entry->first,
						      size)
				     : cfb_chain(mem, cfb,
						 (uint32_t)entry->first, size);

	*whole &= bytes.len == entry->size;
	return bytes;
}
