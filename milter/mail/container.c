/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/container.h"

#include <string.h>

#include "mail/disk.h"
#include "mail/zip.h"

/* How far into a file a self-extracting or disguised archive may begin. */
#define CONTAINER_SEARCH (1024 * 1024)
#define CONTAINER_LZMA_MAX (64 * 1024 * 1024)
#define CONTAINER_TAR_BLOCK 512
#define CONTAINER_ZIP_END 22
#define CONTAINER_ZIP_TAIL (65535 + CONTAINER_ZIP_END)

struct container_sign {
	enum archive_kind kind;
	size_t at;
	struct slice bytes;
	bool certain;
};

#define SIGN(kind, at, literal, certain)                                       \
	{ ARCHIVE_KIND_##kind, (at),                                 \
	  { (literal), sizeof(literal) - 1 }, certain }

static const struct container_sign container_signs[] = {
	SIGN(ZIP_STREAM, 0, "PK\003\004", true),
	SIGN(ZIP_STREAM, 0, "PK00PK\003\004", true),
	SIGN(7Z, 0, "7z\xbc\xaf\x27\x1c", true),
	SIGN(RAR, 0, "Rar!\x1a\x07", true),
	SIGN(GZIP, 0, "\x1f\x8b\x08", true),
	SIGN(BZIP2, 0, "BZh", false),
	SIGN(XZ, 0, "\xfd" "7zXZ\0", true),
	SIGN(ZSTD, 0, "\x28\xb5\x2f\xfd", true),
	SIGN(LZ4, 0, "\x04\x22\x4d\x18", true),
	SIGN(LZ4, 0, "\x02\x21\x4c\x18", true),
	SIGN(LZIP, 0, "LZIP", false),
	SIGN(LZMA, 0, "\x5d\0\0", false),
	SIGN(COMPRESS, 0, "\x1f\x9d", false),
	SIGN(TAR, 257, "ustar", true),
	SIGN(CAB, 0, "MSCF\0\0\0\0", true),
	SIGN(ISO, 32769, "CD001", true),
	SIGN(LHA, 2, "-lh", false),
	SIGN(LHA, 2, "-lz", false),
	SIGN(CPIO, 0, "07070", false),
	SIGN(CPIO, 0, "\xc7\x71", false),
	SIGN(CPIO, 0, "\x71\xc7", false),
	SIGN(AR, 0, "!<arch>\n", true),
	SIGN(XAR, 0, "xar!\0", true),
	SIGN(RPM, 0, "\xed\xab\xee\xdb", true),
	SIGN(UNKNOWN, 7, "**ACE**", true),
	SIGN(UNKNOWN, 0, "MSWIM\0\0\0", true),
	SIGN(UNKNOWN, 0, "SZDD\x88\xf0\x27\x33", true),
	SIGN(UNKNOWN, 0, "KWAJ\x88\xf0\x27\xd1", true),
	SIGN(UNKNOWN, 20, "\xdc\xa7\xc4\xfd", true), /* zoo */
	SIGN(UNKNOWN, 0, "\x89LZO\0\r\n\x1a\n", true),
	SIGN(UNKNOWN, 0, "LRZI\0", true),
	SIGN(UNKNOWN, 0, "ALZ\001", true),
	SIGN(UNKNOWN, 0, "EGGA\0\001", true),
};

static bool
container_has(struct slice bytes, size_t at, struct slice sign)
{
	return at <= bytes.len && bytes.len - at >= sign.len &&
	       memcmp(bytes.data + at, sign.data, sign.len) == 0;
}

/* An ARJ main header: its size, a first part of at least 30 bytes, and a file
 * type that only this header has. */
static bool
container_is_arj(struct slice bytes)
{
	const unsigned char *b = (const unsigned char *)bytes.data;

	return bytes.len > 40 && b[0] == 0x60 && b[1] == 0xea &&
	       b[2] + 256u * b[3] >= 30 && b[2] + 256u * b[3] <= 2600 &&
	       b[4] >= 30 && b[4] <= 64 && b[10] == 2;
}

static bool
container_all(struct slice bytes, size_t start, size_t end,
	      bool (*is)(int c))
{
	for (size_t i = start; i < end; i++)
		if (i >= bytes.len || !is((unsigned char)bytes.data[i]))
			return false;
	return true;
}

/*
 * Some signs are so short that a text may begin with one. What stands behind
 * them then makes the difference between a damaged archive and no archive.
 */
static bool
container_is_sure(const struct container_sign *sign, struct slice bytes)
{
	const unsigned char *b = (const unsigned char *)bytes.data;

	switch (sign->kind) {
	case ARCHIVE_KIND_BZIP2: /* a block's mark, or the end's */
		return container_has(bytes, 4, SLICE("1AY&SY")) ||
		       container_has(bytes, 4, SLICE("\x17\x72\x45\x38\x50"
						     "\x90"));
	case ARCHIVE_KIND_LZIP: /* version, size of the dictionary */
		return bytes.len > 6 && b[4] <= 1 && (b[5] & 31) >= 12 &&
		       (b[5] & 31) <= 29;
	case ARCHIVE_KIND_LHA:
		return bytes.len > 20 && b[6] == '-' && b[20] <= 3;
	case ARCHIVE_KIND_CPIO:
		return sign->bytes.len > 2 &&
		       container_all(bytes, 6, 24, str_is_alnum);
	case ARCHIVE_KIND_COMPRESS:
		return bytes.len > 3 && (b[2] & 0xe0) == 0x80 &&
		       (b[2] & 31) >= 9 && (b[2] & 31) <= 16;
	default:
		return sign->certain;
	}
}

/*
 * The header of an .lzma has no mark of its own. One whose dictionary is larger
 * than any that writers make is never read: liblzma would allocate all of it
 * for the first byte. It counts as an archive if the length behind it, eight
 * bytes, is unknown or one that a file can have.
 */
static bool
container_is_huge_lzma(struct slice bytes, bool *plausible)
{
	const unsigned char *b = (const unsigned char *)bytes.data;
	uint32_t dictionary;
	uint64_t length = 0;

	*plausible = false;
	if (bytes.len < 13 || b[0] != 0x5d)
		return false;
	dictionary = b[1] | (uint32_t)b[2] << 8 | (uint32_t)b[3] << 16 |
		     (uint32_t)b[4] << 24;
	for (size_t i = 0; i < 8; i++)
		length |= (uint64_t)b[5 + i] << (8 * i);
	*plausible = dictionary > CONTAINER_LZMA_MAX &&
		     (length == UINT64_MAX || length >> 38 == 0);
	return dictionary > CONTAINER_LZMA_MAX;
}

/* The same of .lz, which names its dictionary as a power of two. */
static bool
container_is_huge_lzip(struct slice bytes)
{
	return container_has(bytes, 0, SLICE("LZIP")) && bytes.len > 6 &&
	       1u << (bytes.data[5] & 31) > CONTAINER_LZMA_MAX;
}

/* A tar of before 1988 has no mark, but a sum over its header. */
static bool
container_is_old_tar(struct slice bytes)
{
	const unsigned char *b = (const unsigned char *)bytes.data;
	unsigned long sum = 0, said = 0;
	size_t at = 148;

	if (bytes.len < CONTAINER_TAR_BLOCK || b[0] == '\0')
		return false;
	for (size_t i = 0; i < CONTAINER_TAR_BLOCK; i++)
		sum += i >= 148 && i < 156 ? ' ' : b[i];
	while (at < 156 && b[at] == ' ')
		at++;
	for (; at < 156 && b[at] >= '0' && b[at] <= '7'; at++)
		said = said * 8 + b[at] - '0';
	return said != 0 && said == sum;
}

static bool
container_has_directory(struct slice bytes, bool exact)
{
	size_t tail = bytes.len < CONTAINER_ZIP_TAIL
			      ? 0
			      : bytes.len - CONTAINER_ZIP_TAIL;
	struct zip_look look;

	if (slice_search(bytes, tail, SLICE("PK\005\006")) == bytes.len)
		return false;
	zip_look(NULL, bytes, 0, &look);
	return look.found && (look.exact || !exact);
}

/* Members stand in these as they are: one that is a ZIP file is no reason to
 * take the whole for one. */
static bool
container_is_plain(const struct container *found, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (found[i].kind == ARCHIVE_KIND_TAR ||
		    found[i].kind == ARCHIVE_KIND_AR ||
		    found[i].kind == ARCHIVE_KIND_CPIO ||
		    found[i].kind == ARCHIVE_KIND_ISO)
			return true;
	return false;
}

static void
container_add(struct container *found, size_t *count, enum archive_kind kind,
	      struct slice bytes, bool certain)
{
	for (size_t i = 0; i < *count; i++)
		if (found[i].kind == kind)
			return;
	if (*count < CONTAINERS_MAX)
		found[(*count)++] = (struct container){ kind, bytes, certain };
}

/* An archive that begins behind something else. */
static void
container_search(struct slice bytes, enum archive_kind kind, struct slice sign,
		 struct container *found, size_t *count)
{
	struct slice head = slice_cut(bytes, 0, CONTAINER_SEARCH);
	size_t at = slice_search(head, 1, sign);

	if (at < head.len)
		container_add(found, count, kind, slice_from(bytes, at), false);
}

static size_t
container_find_signs(struct slice bytes, struct container *found)
{
	bool plausible, huge = container_is_huge_lzma(bytes, &plausible);
	bool huge_lzip = container_is_huge_lzip(bytes);
	size_t count = 0;

	for (size_t i = 0;
	     i < sizeof(container_signs) / sizeof(*container_signs); i++) {
		const struct container_sign *sign = &container_signs[i];

		if ((sign->kind == ARCHIVE_KIND_LZMA && huge) ||
		    (sign->kind == ARCHIVE_KIND_LZIP && huge_lzip))
			continue;
		if (container_has(bytes, sign->at, sign->bytes))
			container_add(found, &count, sign->kind, bytes,
				      container_is_sure(sign, bytes));
	}
	if (plausible || huge_lzip || container_is_arj(bytes) ||
	    disk_is_unread(bytes))
		container_add(found, &count, ARCHIVE_KIND_UNKNOWN, bytes, true);
	if (container_is_old_tar(bytes))
		container_add(found, &count, ARCHIVE_KIND_TAR, bytes, false);
	return count;
}

size_t
container_find(struct slice bytes, struct container found[CONTAINERS_MAX])
{
	size_t count = container_find_signs(bytes, found);

	if (container_has_directory(bytes, container_is_plain(found, count))) {
		/* The directory counts before what the file begins with. */
		if (count > 0 && found[0].kind == ARCHIVE_KIND_ZIP_STREAM)
			found[0] = (struct container){ ARCHIVE_KIND_ZIP, bytes,
						       true };
		else
			container_add(found, &count, ARCHIVE_KIND_ZIP, bytes,
				      true);
	}
	if (count > 0)
		return count;
	container_search(bytes, ARCHIVE_KIND_RAR, SLICE("Rar!\x1a\x07"), found,
			 &count);
	container_search(bytes, ARCHIVE_KIND_7Z, SLICE("7z\xbc\xaf\x27\x1c"),
			 found, &count);
	return count;
}
