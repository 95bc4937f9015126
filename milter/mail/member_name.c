/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/member_name.h"

#include <string.h>

#include "base/mem.h"
#include "mail/charset.h"

/* Longer than any file system takes. */
#define MEMBER_NAME_MAX 1024
/* RFC 1952: the fixed part of a gzip header, and its flags. */
#define MEMBER_GZIP_HEADER 10
#define MEMBER_GZIP_EXTRA 4
#define MEMBER_GZIP_NAME 8

/* Archives of old keep names in the character set of the machine. */
static struct slice
member_name_utf8(void *mem, struct slice raw)
{
	struct slice text = charset_is_utf8(raw)
				    ? raw
				    : charset_believe(mem, raw, "cp437");

	return text.data == NULL ? raw : text;
}

struct member_name
member_name(void *mem, struct slice raw)
{
	struct member_name name = { .cut = raw.len > MEMBER_NAME_MAX };
	struct slice text;
	size_t last, end;
	char *all;

	/* The end decides what happens on a double click. */
	if (name.cut)
		raw = slice_from(raw, raw.len - MEMBER_NAME_MAX);
	text = member_name_utf8(mem, raw);
	all = mem_strndup(mem, text.data == NULL ? "" : text.data, text.len);
	for (size_t i = 0; i < text.len; i++)
		if (all[i] == '\0')
			all[i] = '\001';
	for (end = text.len; end > 0 && all[end - 1] == '/'; end--)
		;
	for (last = end; last > 0 && all[last - 1] != '/' &&
			 all[last - 1] != '\\';
	     last--)
		;
	name.folder = mem_strndup(mem, all, last);
	name.last = mem_strndup(mem, all + last, end - last);
	return name;
}

static struct slice
member_name_gzip(struct slice bytes)
{
	unsigned flags = bytes.len > MEMBER_GZIP_HEADER
				 ? (unsigned char)bytes.data[3]
				 : 0;
	size_t at = MEMBER_GZIP_HEADER, end;

	if ((flags & MEMBER_GZIP_NAME) == 0)
		return SLICE_NONE;
	if ((flags & MEMBER_GZIP_EXTRA) != 0) {
		if (bytes.len < at + 2)
			return SLICE_NONE;
		at += 2 + (unsigned char)bytes.data[at] +
		      256u * (unsigned char)bytes.data[at + 1];
	}
	end = slice_find(bytes, at, '\0');
	return end < bytes.len && end > at ? slice_cut(bytes, at, end)
					   : SLICE_NONE;
}

struct slice
member_name_single(void *mem, const struct files_entry *file,
		   const struct container *container)
{
	static const struct {
		const char *ending, *instead;
	} endings[] = {
		{ ".tgz", ".tar" },  { ".tbz2", ".tar" }, { ".tbz", ".tar" },
		{ ".txz", ".tar" },  { ".tzst", ".tar" }, { ".taz", ".tar" },
		{ ".gz", "" },	     { ".bz2", "" },	  { ".xz", "" },
		{ ".lzma", "" },     { ".lz", "" },	  { ".zst", "" },
		{ ".lz4", "" },	     { ".z", "" },	  { ".rpm", ".cpio" },
	};
	struct slice name = SLICE_NONE;

	if (container->kind == ARCHIVE_KIND_GZIP)
		name = member_name_gzip(container->bytes);
	if (name.data != NULL)
		return name;
	name = slice_of(file->names[0]);
	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (slice_ends_nocase(name, endings[i].ending))
			return slice_of(mem_printf(
				mem, "%.*s%s",
				(int)(name.len - strlen(endings[i].ending)),
				name.data, endings[i].instead));
	return name.len == 0 ? SLICE("data") : name;
}

bool
member_name_says(const char *const *names, enum archive_kind kind)
{
	static const struct {
		enum archive_kind kind;
		const char *ending;
	} endings[] = {
		{ ARCHIVE_KIND_BZIP2, ".bz2" },	 { ARCHIVE_KIND_BZIP2, ".tbz" },
		{ ARCHIVE_KIND_BZIP2, ".tbz2" }, { ARCHIVE_KIND_LZIP, ".lz" },
		{ ARCHIVE_KIND_LZMA, ".lzma" },	 { ARCHIVE_KIND_LHA, ".lha" },
		{ ARCHIVE_KIND_LHA, ".lzh" },	 { ARCHIVE_KIND_CPIO, ".cpio" },
		{ ARCHIVE_KIND_COMPRESS, ".z" }, { ARCHIVE_KIND_TAR, ".tar" },
		{ ARCHIVE_KIND_COMPRESS, ".taz" },
	};

	for (; *names != NULL; names++)
		for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
			if (endings[i].kind == kind &&
			    slice_ends_nocase(slice_of(*names),
					      endings[i].ending))
				return true;
	return false;
}

static bool
member_name_document_ending(struct slice name)
{
	static const char *const endings[] = {
		".docx", ".docm", ".dotx", ".dotm", ".xlsx", ".xlsm", ".xlsb",
		".xltx", ".xltm", ".pptx", ".pptm", ".ppsx", ".ppsm", ".potx",
		".potm", ".vsdx", ".vsdm", ".odt",  ".ods",  ".odp",  ".odg",
		".odf",	 ".odb",  ".ott",  ".ots",  ".otp",  ".otg",  ".sxw",
		".sxc",	 ".sxi",  ".epub", ".xps",  ".oxps",
	};

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++)
		if (slice_ends_nocase(name, endings[i]))
			return true;
	return false;
}

bool
member_name_is_document(const char *const *names)
{
	if (names[0] == NULL)
		return false;
	for (; *names != NULL; names++)
		if (!member_name_document_ending(slice_of(*names)))
			return false;
	return true;
}
