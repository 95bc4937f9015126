/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/zip.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* APPNOTE.TXT 4.3: sizes of the fixed parts. */
#define ZIP_LOCAL 30
#define ZIP_CENTRAL 46
#define ZIP_END 22
#define ZIP_END64 56
#define ZIP_LOCATOR64 20
#define ZIP_COMMENT_MAX 65535

struct zip_member {
	struct slice name;
	uint64_t start; /* of the local header */
	uint64_t size;	/* compressed */
	unsigned flags, method;
};

struct zip {
	void *mem;
	struct slice bytes;
	size_t directory, end; /* of the directory */
	uint64_t total;
	struct zip_member *members;
	size_t count;
	struct zip_look *look;
};

static uint64_t
zip_number(struct slice bytes, size_t at, unsigned width)
{
	uint64_t value = 0;

	if (at > bytes.len || bytes.len - at < width)
		return 0;
	for (unsigned i = width; i-- > 0;)
		value = value << 8 | (unsigned char)bytes.data[at + i];
	return value;
}

static bool
zip_signed(struct slice bytes, size_t at, const char *two)
{
	return at <= bytes.len && bytes.len - at >= 4 &&
	       bytes.data[at] == 'P' && bytes.data[at + 1] == 'K' &&
	       memcmp(bytes.data + at + 2, two, 2) == 0;
}

size_t
zip_find_local(struct slice bytes, size_t from)
{
	return slice_search(bytes, from, SLICE("PK\003\004"));
}

static void
zip_problem(struct zip *zip, const char *problem)
{
	if (zip->look->problem == NULL)
		zip->look->problem = problem;
}

static void
zip_bomb(struct zip *zip, const char *problem)
{
	zip->look->bomb = true;
	zip_problem(zip, problem);
}

static void
zip_hide(struct zip *zip, size_t start, size_t end)
{
	struct zip_look *look = zip->look;

	if (look->hidden_count == ZIP_HIDDEN_MAX) {
		zip_bomb(zip, "too many gaps between its members");
		return;
	}
	look->hidden[look->hidden_count++] =
		slice_cut(zip->bytes, start, end);
}

/* What the end record says; sizes of a ZIP64 file stand in another before. */
static bool
zip_end_record(struct zip *zip, size_t at)
{
	uint64_t size = zip_number(zip->bytes, at + 12, 4);

	zip->end = at;
	zip->look->exact = at + ZIP_END + zip_number(zip->bytes, at + 20, 2) ==
			   zip->bytes.len;
	zip->total = zip_number(zip->bytes, at + 10, 2);
	if (at >= ZIP_LOCATOR64 + ZIP_END64 &&
	    zip_signed(zip->bytes, at - ZIP_LOCATOR64, "\006\007") &&
	    zip_signed(zip->bytes, at - ZIP_LOCATOR64 - ZIP_END64,
		       "\006\006")) {
		zip->end = at - ZIP_LOCATOR64 - ZIP_END64;
		zip->total = zip_number(zip->bytes, zip->end + 32, 8);
		size = zip_number(zip->bytes, zip->end + 40, 8);
	}
	if (size > zip->end)
		return false;
	zip->directory = zip->end - size;
	return size == 0 ? zip->total == 0
			 : zip_signed(zip->bytes, zip->directory, "\001\002");
}

/* The last end record whose directory is there. */
static bool
zip_find_end(struct zip *zip)
{
	size_t len = zip->bytes.len, least;

	if (len < ZIP_END)
		return false;
	least = len < ZIP_END + ZIP_COMMENT_MAX
			? 0
			: len - ZIP_END - ZIP_COMMENT_MAX;
	for (size_t at = len - ZIP_END + 1; at-- > least;)
		if (zip->bytes.data[at] == 'P' &&
		    zip_signed(zip->bytes, at, "\005\006") &&
		    zip_end_record(zip, at))
			return true;
	return false;
}

/* ZIP64: what does not fit stands in an extra field, in a fixed order. */
static void
zip_wide(struct slice extra, uint64_t whole, struct zip_member *member)
{
	for (size_t at = 0; at + 4 <= extra.len;) {
		size_t len = zip_number(extra, at + 2, 2);
		struct slice field = slice_cut(extra, at + 4, at + 4 + len);
		size_t in = whole == UINT32_MAX ? 8 : 0;

		if (zip_number(extra, at, 2) == 1) {
			if (member->size == UINT32_MAX) {
				member->size = zip_number(field, in, 8);
				in += 8;
			}
			if (member->start == UINT32_MAX)
				member->start = zip_number(field, in, 8);
			return;
		}
		at += 4 + len;
	}
}

/* Reads one entry of the directory; its length, 0 if there is none. */
static size_t
zip_entry(const struct zip *zip, size_t at, struct zip_member *member)
{
	struct slice bytes = slice_cut(zip->bytes, 0, zip->end);
	size_t name = zip_number(bytes, at + 28, 2);
	size_t extra = zip_number(bytes, at + 30, 2);
	size_t len = ZIP_CENTRAL + name + extra +
		     zip_number(bytes, at + 32, 2);

	if (!zip_signed(bytes, at, "\001\002") || len > bytes.len - at)
		return 0;
	*member = (struct zip_member){
		.name = slice_cut(bytes, at + ZIP_CENTRAL,
				  at + ZIP_CENTRAL + name),
		.flags = (unsigned)zip_number(bytes, at + 8, 2),
		.method = (unsigned)zip_number(bytes, at + 10, 2),
		.size = zip_number(bytes, at + 20, 4),
		.start = zip_number(bytes, at + 42, 4),
	};
	at += ZIP_CENTRAL + name;
	zip_wide(slice_cut(bytes, at, at + extra),
		 zip_number(bytes, at - name - ZIP_CENTRAL + 24, 4), member);
	return len;
}

static void
zip_read_directory(struct zip *zip, size_t max)
{
	struct zip_member member;
	size_t at = zip->directory, len;

	while (at < zip->end && zip->count < max &&
	       (len = zip_entry(zip, at, &member)) > 0) {
		mem_grow(zip->mem, zip->members, zip->count);
		zip->members[zip->count++] = member;
		at += len;
	}
	if (zip->count == max && at < zip->end)
		zip_bomb(zip, "more members than are looked into");
	else if (at != zip->end || (zip->count & 0xffff) !=
					   (zip->total & 0xffff))
		zip_problem(zip, "a damaged directory");
}

static int
zip_compare(const void *a, const void *b)
{
	const struct zip_member *one = a, *other = b;

	return (one->start > other->start) - (one->start < other->start);
}

/* Whether both say the same of how the member is packed and encrypted. We read
 * by one of them, others by the other. */
static bool
zip_packed_alike(const struct zip *zip, const struct zip_member *member,
		 size_t start)
{
	return zip_number(zip->bytes, start + 8, 2) == member->method &&
	       ((zip_number(zip->bytes, start + 6, 2) ^ member->flags) & 1) ==
		       0;
}

/* Whether the header before the member says the same; where its data ends. */
static bool
zip_local_agrees(const struct zip *zip, const struct zip_member *member,
		 size_t start, uint64_t *end)
{
	struct slice bytes = zip->bytes;
	size_t name = zip_number(bytes, start + 26, 2);
	size_t data = start + ZIP_LOCAL + name +
		      zip_number(bytes, start + 28, 2);

	*end = data + member->size;
	return slice_equal(slice_cut(bytes, start + ZIP_LOCAL,
				     start + ZIP_LOCAL + name),
			   member->name) &&
	       zip_packed_alike(zip, member, start);
}

static void
zip_add_name(struct zip *zip, struct slice name)
{
	struct zip_look *look = zip->look;

	mem_grow(zip->mem, look->names, look->name_count);
	look->names[look->name_count++] = name;
}

/* A gap holds nothing, or a data descriptor, or what it should not. */
static void
zip_gap(struct zip *zip, uint64_t start, uint64_t end)
{
	size_t local;

	if (start >= end || end > zip->bytes.len)
		return;
	local = zip_find_local(slice_cut(zip->bytes, 0, end), start);
	if (local < end)
		zip_hide(zip, local, end);
}

/* Walks through the file in the order of the bytes. */
static void
zip_compare_locals(struct zip *zip, uint64_t shift)
{
	uint64_t reached = 0, end;
	bool differs = false;

	for (size_t i = 0; i < zip->count; i++) {
		const struct zip_member *member = &zip->members[i];
		uint64_t start = member->start + shift;

		if (start >= zip->directory ||
		    !zip_signed(zip->bytes, start, "\003\004")) {
			zip_problem(zip, "a directory that leads nowhere");
			zip_add_name(zip, member->name);
			continue;
		}
		zip_gap(zip, reached, start);
		/* Those who read on see another name. */
		if (slice_find(member->name, 0, '\0') < member->name.len)
			zip_add_name(zip, member->name);
		if (!zip_packed_alike(zip, member, start))
			zip_problem(zip, "a member that is packed otherwise by "
					 "the directory");
		if (!zip_local_agrees(zip, member, start, &end)) {
			zip_add_name(zip, member->name);
			differs = true;
		}
		if (start < reached || end > zip->directory)
			zip_bomb(zip, "members that overlap");
		if (end > reached)
			reached = end;
	}
	zip_gap(zip, reached, zip->directory);
	zip_gap(zip, zip->end, zip->bytes.len);
	if (differs)
		zip_hide(zip, zip_find_local(zip->bytes, 0), zip->end);
}

static bool
zip_is_document(const struct zip *zip)
{
	for (size_t i = 0; i < zip->count; i++)
		if (slice_is(zip->members[i].name, "[Content_Types].xml") ||
		    slice_is(zip->members[i].name, "mimetype"))
			return true;
	return false;
}

void
zip_look(void *mem, struct slice bytes, size_t max, struct zip_look *look)
{
	struct zip zip = { .mem = mem, .bytes = bytes, .look = look };
	uint64_t offset;

	*look = (struct zip_look){ .found = false };
	look->found = zip_find_end(&zip);
	if (!look->found)
		return;
	zip_read_directory(&zip, max);
	look->members = zip.count;
	look->document = zip_is_document(&zip);
	if (zip.count == 0)
		return;
	qsort(zip.members, zip.count, sizeof(*zip.members), zip_compare);
	/* Something in front shifts everything, a program for instance. */
	offset = zip.end > zip.directory ? zip_number(bytes, zip.end + 16, 4)
					 : 0;
	if (zip_signed(bytes, zip.end, "\006\006"))
		offset = zip_number(bytes, zip.end + 48, 8);
	zip_compare_locals(&zip, offset < zip.directory &&
				 !zip_signed(bytes, zip.members[0].start,
					     "\003\004")
				   ? zip.directory - offset
				   : 0);
}
