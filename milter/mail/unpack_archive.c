/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The members of one archive, as its reader gives them, and a ZIP's directory
 * beside them. */
#include "mail/unpack_private.h"

#include "base/mem.h"
#include "mail/member_name.h"
#include "mail/zip.h"

/* Below this many bytes no ratio is too high: long runs are honest in small
 * files. */
#define UNPACK_RATIO_FROM (10u * 1024 * 1024)

/* How many bytes the next member may have, and what is said beyond that. */
static size_t
unpack_room(const struct unpack *unpack, const struct unpack_archive *archive,
	    const char **what)
{
	size_t room = unpack->limits->bytes - unpack->bytes, most;
	size_t len = archive->container->bytes.len;

	*what = "unpacks to more bytes than are looked into";
	most = len > SIZE_MAX / unpack->limits->ratio
		       ? SIZE_MAX
		       : len * unpack->limits->ratio;
	if (most < UNPACK_RATIO_FROM)
		most = UNPACK_RATIO_FROM;
	most = most > archive->bytes ? most - archive->bytes : 0;
	if (most >= room)
		return room;
	*what = "unpacks to far more than it is itself";
	return most;
}

/* Reads the member's data; 1: no more can be read of this archive. */
static int
unpack_read(struct unpack *unpack, void *mem, struct unpack_archive *archive,
	    struct archive_reader *reader, struct slice *bytes, bool *unread)
{
	struct err err = { .kind = ERR_NONE };
	const char *what;
	size_t room = unpack_room(unpack, archive, &what);
	enum archive_data got = archive_reader_data(
		reader, mem, room, unpack->deadline, bytes, &err);

	unpack->bytes += bytes->len;
	archive->bytes += bytes->len;
	switch (got) {
	case ARCHIVE_DATA_ALL:
		return 0;
	case ARCHIVE_DATA_LOCKED:
		unpack->outcome->encrypted = true;
		*unread = bytes->len == 0;
		return 0;
	case ARCHIVE_DATA_BROKEN:
		unpack_missed(unpack, archive, "cannot be unpacked", err.text);
		*unread = bytes->len == 0;
		return 0;
	case ARCHIVE_DATA_MORE:
		unpack->full |= unpack->bytes >= unpack->limits->bytes;
		unpack_bounded(unpack, archive, what);
		return 1;
	case ARCHIVE_DATA_LATE:
		unpack_full(unpack, archive, "takes too long to unpack");
		return 1;
	}
	return 1;
}

/* Visits a member; *last: it is the last that can be read. */
static int
unpack_member(struct unpack *unpack, void *mem, struct unpack_archive *archive,
	      struct archive_reader *reader,
	      const struct archive_member *member, bool *last)
{
	struct slice name = slice_of(member->name), bytes = SLICE("");
	bool unread = member->encrypted;

	if (archive_kind_is_single(archive->container->kind))
		name = member_name_single(mem, archive->file,
					  archive->container);
	else if (name.data == NULL)
		unpack_missed(unpack, archive,
			      "holds a name that cannot be read", "");
	if (member->encrypted)
		unpack->outcome->encrypted = true;
	else
		*last = unpack_read(unpack, mem, archive, reader, &bytes,
				    &unread) != 0;
	/* Folders are no files, unless something is hidden in them. */
	if ((member->folder || (name.len > 0 &&
				name.data[name.len - 1] == '/')) &&
	    bytes.len == 0 && !member->encrypted)
		return 0;
	return unpack_visit_name(unpack, mem, archive, name, bytes, unread);
}

static void
unpack_end(struct unpack *unpack, struct unpack_archive *archive,
	   const struct archive_reader *reader, const char *why, bool opened)
{
	if (archive_reader_locked(reader))
		unpack->outcome->encrypted = true;
	else if (opened || archive->container->certain)
		unpack_missed(unpack, archive, "is damaged or of an unknown "
			      "kind", why);
}

/* Reads the archive with one reader. */
static int
unpack_container(struct unpack *unpack, void *mem,
		 struct unpack_archive *archive)
{
	struct err err = { .kind = ERR_NONE };
	struct archive_reader *reader = archive_reader_open(
		mem, archive->container->bytes, archive->container->kind, &err);
	bool opened = false, last = false;
	int result = 0, got = -1;

	while (reader != NULL && result == 0 && !last) {
		void *scope = mem_context(mem, "member");
		struct archive_member member;

		got = archive_reader_next(reader, &member, &err);
		opened |= got > 0;
		if (got > 0 && unpack_count(unpack, archive))
			result = unpack_member(unpack, scope, archive, reader,
					       &member, &last);
		else
			last = true;
		mem_free(scope);
	}
	if (reader == NULL && archive->container->certain)
		unpack_missed(unpack, archive, "cannot be opened", err.text);
	else if (reader != NULL && got < 0)
		unpack_end(unpack, archive, reader, err.text, opened);
	mem_free(reader);
	return result;
}

/* Names that the directory tells and no header in the file. */
static int
unpack_zip_names(struct unpack *unpack, void *mem,
		 struct unpack_archive *archive, const struct zip_look *look)
{
	int result = 0;

	for (size_t i = 0; i < look->name_count && result == 0; i++)
		if (unpack_count(unpack, archive))
			result = unpack_visit_name(unpack, mem, archive,
						   look->names[i], SLICE(""),
						   true);
	return result;
}

/* What the directory leaves out. More than one archive may stand there in a
 * row. */
static int
unpack_zip_hidden(struct unpack *unpack, void *mem,
		  struct unpack_archive *archive, struct slice hidden)
{
	struct container container = { ARCHIVE_KIND_ZIP_STREAM, hidden, false };
	const struct container *before = archive->container;
	size_t next = 0;
	int result = 0;

	archive->container = &container;
	for (size_t i = 0; i < ZIP_HIDDEN_MAX && next < hidden.len &&
			   result == 0;
	     i++) {
		container.bytes = slice_from(hidden, next);
		result = unpack_container(unpack, mem, archive);
		next = slice_search(hidden, next, SLICE("PK\005\006"));
		next = zip_find_local(hidden, next);
	}
	if (next < hidden.len)
		unpack_bounded(unpack, archive, "has too many parts");
	archive->container = before;
	return result;
}

static int
unpack_zip(struct unpack *unpack, void *mem, struct unpack_archive *archive)
{
	struct zip_look look;
	int result;

	zip_look(mem, archive->container->bytes, unpack->limits->members + 1,
		 &look);
	archive->package = look.document;
	archive->document = look.document &&
			    member_name_is_document(archive->file->names);
	if (look.problem != NULL && !look.bomb)
		unpack_missed(unpack, archive, "has", look.problem);
	if (look.bomb) {
		archive->bounded = unpack->outcome->limited = true;
		unpack_tell(unpack, archive, "has", look.problem);
	}
	result = unpack_container(unpack, mem, archive);
	if (result == 0)
		result = unpack_zip_names(unpack, mem, archive, &look);
	for (size_t i = 0; i < look.hidden_count && result == 0; i++)
		result = unpack_zip_hidden(unpack, mem, archive,
					   look.hidden[i]);
	return result;
}

int
unpack_archive(struct unpack *unpack, void *mem,
	       struct unpack_archive *archive)
{
	switch (archive->container->kind) {
	case ARCHIVE_KIND_ZIP:
		return unpack_zip(unpack, mem, archive);
	case ARCHIVE_KIND_ZIP_STREAM: {
		int result = unpack_container(unpack, mem, archive);

		unpack_missed(unpack, archive, "has no directory at its end",
			      "");
		return result;
	}
	case ARCHIVE_KIND_UNKNOWN:
		unpack_missed(unpack, archive, "is an archive of a kind that "
			      "cannot be read here", "");
		return 0;
	default:
		return unpack_container(unpack, mem, archive);
	}
}
