/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mails that were attached or packed as files. Clients open them like any other
 * mail; only message/rfc822 in the structure itself is seen by the parser.
 */
#include "mail/unpack_private.h"

#include "base/mem.h"
#include "mail/fields.h"

#define MAIL_HEAD 65536 /* bytes of a file in which its head must end */
#define MAIL_LIMITS                                                            \
	(MESSAGE_MIMEPART_LIMIT_EXCEEDED | MESSAGE_MIME_DEPTH_EXCEEDED |       \
	 MESSAGE_HEADER_LIMIT_EXCEEDED | MESSAGE_DECODED_LIMIT_EXCEEDED)

/*
 * Fields from the first line on, one of which says that there is more in it
 * than its bytes show. What has no such field is seen as it stands.
 */
static bool
mail_is(struct slice bytes)
{
	struct slice head = slice_cut(bytes, 0, MAIL_HEAD), line;
	bool is_mime = false;

	while (head.len > 0 && str_is_space((unsigned char)head.data[0]))
		head = slice_from(head, 1);
	for (size_t i = 0; slice_line(&head, &line); i++) {
		bool more = line.len > 0 &&
			    (line.data[0] == ' ' || line.data[0] == '\t');

		line = slice_trim(line);
		if (line.len == 0)
			break;
		if (i == 0 && slice_starts(line, "From ")) /* of an mbox */
			continue;
		if (!more && !fields_starts(line, true))
			return i > 0 && is_mime;
		is_mime |= slice_starts_nocase(line, "content-t");
	}
	return is_mime;
}

static int
mail_part(struct unpack *unpack, void *mem, struct unpack_archive *archive,
	  struct part *part)
{
	static const char *const unnamed[] = { NULL };
	struct files_entry entry = {
		.part = archive->file->part,
		.names = part->filenames == NULL ? unnamed : part->filenames,
		.folder = archive->folder,
		.member = true,
	};
	int result;

	if (part->exact.len > unpack->limits->bytes - unpack->bytes) {
		unpack_bounded(unpack, archive,
			       "holds more bytes than are looked into");
		return 0;
	}
	unpack->bytes += part->exact.len;
	entry.bytes = part_decoded_exact(mem, part);
	archive->members++;
	result = unpack_nested(unpack, mem, &entry, archive);
	archive->members += entry.members;
	archive->bounded |= entry.bounded;
	return result;
}

static int
mail_parts(struct unpack *unpack, void *mem, struct unpack_archive *archive)
{
	struct message_limits limits = archive->file->part->message->limits;
	struct message *message =
		message_parse(mem, archive->file->bytes, &limits);
	int result = 0;

	if ((message->flags & MAIL_LIMITS) != 0)
		unpack_bounded(unpack, archive,
			       "holds more parts than are looked into");
	for (size_t i = 0; i < message->part_count && result == 0; i++) {
		void *scope = mem_context(mem, "part");

		if (message->parts[i]->is_leaf &&
		    unpack_count(unpack, archive))
			result = mail_part(unpack, scope, archive,
					   message->parts[i]);
		mem_free(scope);
	}
	return result;
}

int
unpack_mail(struct unpack *unpack, void *mem, struct files_entry *entry,
	    const struct unpack_archive *parent)
{
	struct unpack_archive archive = {
		.parent = parent,
		.file = entry,
		.depth = parent == NULL ? 1 : parent->depth + 1,
	};
	void *scope;
	int result = 0;

	if (!mail_is(entry->bytes))
		return 0;
	scope = mem_context(mem, "mail");
	archive.folder = unpack_folder(scope, entry);
	if (archive.depth > unpack_depth(unpack))
		unpack_bounded(unpack, &archive,
			       "is nested deeper than is looked into");
	else
		result = mail_parts(unpack, scope, &archive);
	entry->members += archive.members;
	entry->bounded |= archive.bounded;
	mem_free(scope);
	return result;
}
