/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wrap/archive.h"

#include <locale.h>
#include <pthread.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>

#include "base/clock.h"
#include "base/mem.h"

#define ARCHIVE_BLOCK (64 * 1024)
/* Headers that the library wants to try again; more is a loop. */
#define ARCHIVE_RETRIES 10

struct archive_reader {
	struct archive *handle;
};

/* Names in UTF-16 are converted to the thread's character set. */
static locale_t archive_locale;
static pthread_once_t archive_locale_once = PTHREAD_ONCE_INIT;

static void
archive_make_locale(void)
{
	archive_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

void
archive_preload(void)
{
	pthread_once(&archive_locale_once, archive_make_locale);
}

static locale_t
archive_enter(void)
{
	pthread_once(&archive_locale_once, archive_make_locale);
	return archive_locale == (locale_t)0 ? (locale_t)0
					     : uselocale(archive_locale);
}

static void
archive_leave(locale_t before)
{
	if (before != (locale_t)0)
		uselocale(before);
}

static void
archive_reader_close(void *ptr)
{
	struct archive_reader *reader = ptr;

	archive_read_free(reader->handle);
}

static int
archive_support_format(struct archive *handle, enum archive_kind kind)
{
	switch (kind) {
	case ARCHIVE_KIND_ZIP:
		return archive_read_support_format_zip_seekable(handle);
	case ARCHIVE_KIND_ZIP_STREAM:
		return archive_read_support_format_zip_streamable(handle);
	case ARCHIVE_KIND_7Z:
		return archive_read_support_format_7zip(handle);
	case ARCHIVE_KIND_RAR:
		archive_read_support_format_rar(handle);
		return archive_read_support_format_rar5(handle);
	case ARCHIVE_KIND_TAR:
		archive_read_support_format_tar(handle);
		/* What stands behind an end mark is read as well. */
		return archive_read_set_options(
			handle, "tar:read_concatenated_archives");
	case ARCHIVE_KIND_CPIO:
		return archive_read_support_format_cpio(handle);
	case ARCHIVE_KIND_AR:
		return archive_read_support_format_ar(handle);
	case ARCHIVE_KIND_CAB:
		return archive_read_support_format_cab(handle);
	case ARCHIVE_KIND_ISO:
		return archive_read_support_format_iso9660(handle);
	case ARCHIVE_KIND_LHA:
		return archive_read_support_format_lha(handle);
	case ARCHIVE_KIND_XAR:
		return archive_read_support_format_xar(handle);
	default:
		return ARCHIVE_FATAL;
	}
}

/* Exactly one filter: what it yields is looked at as a file of its own. */
static int
archive_support_filter(struct archive *handle, enum archive_kind kind)
{
	static const int filters[] = {
		[ARCHIVE_KIND_GZIP] = ARCHIVE_FILTER_GZIP,
		[ARCHIVE_KIND_BZIP2] = ARCHIVE_FILTER_BZIP2,
		[ARCHIVE_KIND_XZ] = ARCHIVE_FILTER_XZ,
		[ARCHIVE_KIND_LZMA] = ARCHIVE_FILTER_LZMA,
		[ARCHIVE_KIND_LZIP] = ARCHIVE_FILTER_LZIP,
		[ARCHIVE_KIND_ZSTD] = ARCHIVE_FILTER_ZSTD,
		[ARCHIVE_KIND_LZ4] = ARCHIVE_FILTER_LZ4,
		[ARCHIVE_KIND_COMPRESS] = ARCHIVE_FILTER_COMPRESS,
		[ARCHIVE_KIND_RPM] = ARCHIVE_FILTER_RPM,
	};

	archive_read_support_format_raw(handle);
	/* This one reads while it is being appended, and there is nothing yet
	 * to read from: libarchive 3.6 crashes. */
	if (kind == ARCHIVE_KIND_COMPRESS)
		return archive_read_support_filter_compress(handle);
	return archive_read_append_filter(handle, filters[kind]);
}

struct archive_reader *
archive_reader_open(void *mem, struct slice bytes, enum archive_kind kind,
		    struct err *err)
{
	struct archive_reader *reader = mem_new(mem, struct archive_reader);
	locale_t before = archive_enter();
	int result;

	reader->handle = archive_read_new();
	if (reader->handle == NULL) {
		archive_leave(before);
		err_temporary(err, "libarchive: no memory");
		mem_free(reader);
		return NULL;
	}
	mem_on_free(reader, archive_reader_close);
	result = archive_kind_is_single(kind)
			 ? archive_support_filter(reader->handle, kind)
			 : archive_support_format(reader->handle, kind);
	if (result == ARCHIVE_OK)
		result = archive_read_open_memory(reader->handle, bytes.data,
						  bytes.len);
	archive_leave(before);
	if (result != ARCHIVE_OK) {
		const char *why = archive_error_string(reader->handle);

		err_permanent(err, "%s", why == NULL ? "not readable" : why);
		mem_free(reader);
		return NULL;
	}
	return reader;
}

static int
archive_failed(const struct archive_reader *reader, struct err *err)
{
	const char *why = archive_error_string(reader->handle);

	return err_permanent(err, "%s", why == NULL ? "damaged" : why);
}

int
archive_reader_next(struct archive_reader *reader,
		    struct archive_member *member, struct err *err)
{
	locale_t before = archive_enter();
	struct archive_entry *entry;
	int result = ARCHIVE_RETRY;

	for (unsigned i = 0; i < ARCHIVE_RETRIES && result == ARCHIVE_RETRY;
	     i++)
		result = archive_read_next_header(reader->handle, &entry);
	*member = (struct archive_member){ .name = NULL };
	/* Not compressed at all: its only member would be itself. */
	if (result == ARCHIVE_OK &&
	    archive_format(reader->handle) == ARCHIVE_FORMAT_RAW &&
	    archive_filter_count(reader->handle) < 2)
		result = ARCHIVE_FATAL;
	if (result == ARCHIVE_OK || result == ARCHIVE_WARN) {
		if (archive_format(reader->handle) != ARCHIVE_FORMAT_RAW)
			member->name = archive_entry_pathname(entry);
		member->folder = archive_entry_filetype(entry) == AE_IFDIR;
		member->encrypted = archive_entry_is_encrypted(entry) != 0;
	}
	archive_leave(before);
	if (result == ARCHIVE_EOF)
		return 0;
	if (result == ARCHIVE_OK || result == ARCHIVE_WARN)
		return 1;
	return archive_failed(reader, err);
}

/* The library has no code of its own for this. */
static bool
archive_speaks_of_locks(const struct archive_reader *reader)
{
	const char *why = archive_error_string(reader->handle);

	return why != NULL && (strstr(why, "ncrypt") != NULL ||
			       strstr(why, "assphrase") != NULL ||
			       strstr(why, "Crypto") != NULL);
}

bool
archive_reader_locked(const struct archive_reader *reader)
{
	return archive_read_has_encrypted_entries(reader->handle) > 0 ||
	       archive_speaks_of_locks(reader);
}

/* Blocks come with their places, since files may have holes. false: more than
 * max bytes. */
static bool
archive_put_block(void *mem, struct slice block, int64_t at, size_t max,
		  char **bytes, size_t *room, size_t *len)
{
	size_t start = (size_t)at, end;

	if (at < 0 || start < *len)
		start = *len;
	if (start > max || block.len > max - start)
		block.len = start > max ? 0 : max - start;
	if (start > max)
		start = max;
	end = start + block.len;
	if (end > *room) {
		while (*room < end)
			*room *= 2;
		if (*room > max)
			*room = max;
		*bytes = mem_resize(mem, *bytes, *room);
	}
	memset(*bytes + *len, 0, start - *len);
	if (block.len > 0)
		memcpy(*bytes + start, block.data, block.len);
	*len = end;
	return end < max;
}

enum archive_data
archive_reader_data(struct archive_reader *reader, void *mem, size_t max,
		    int64_t deadline, struct slice *data, struct err *err)
{
	size_t room = ARCHIVE_BLOCK, len = 0;
	char *bytes = mem_array(mem, char, room);
	int result = ARCHIVE_OK;
	bool fits = true;

	*data = (struct slice){ bytes, 0 };
	while (fits && clock_ms() <= deadline) {
		const void *block = NULL;
		size_t size = 0;
		la_int64_t at = 0;

		result = archive_read_data_block(reader->handle, &block, &size,
						 &at);
		if (result == ARCHIVE_EOF)
			return ARCHIVE_DATA_ALL;
		if (result < ARCHIVE_OK)
			break;
		/* One byte above max tells that there is more. */
		fits = archive_put_block(mem, (struct slice){ block, size }, at,
					 max + 1, &bytes, &room, &len);
		*data = (struct slice){ bytes, len > max ? max : len };
	}
	if (!fits)
		return ARCHIVE_DATA_MORE;
	if (result >= ARCHIVE_OK)
		return ARCHIVE_DATA_LATE;
	archive_failed(reader, err);
	return archive_speaks_of_locks(reader) ? ARCHIVE_DATA_LOCKED
					       : ARCHIVE_DATA_BROKEN;
}
