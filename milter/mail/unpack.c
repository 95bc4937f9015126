/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/unpack_private.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "mail/container.h"
#include "mail/document.h"
#include "mail/member_name.h"

/* Depth of the calls, whatever is configured. */
#define UNPACK_DEPTH_MAX 64

void
unpack_tell(struct unpack *unpack, const struct unpack_archive *archive,
	    const char *what, const char *why)
{
	char *name;

	if (unpack->outcome->missed[0] != '\0')
		return;
	name = str_escape(NULL, slice_of(archive->folder), 60);
	snprintf(unpack->outcome->missed, sizeof(unpack->outcome->missed),
		 "%.60s %s%s%.60s", name, what, why[0] == '\0' ? "" : ": ",
		 why);
	mem_free(name);
}

void
unpack_missed(struct unpack *unpack, const struct unpack_archive *archive,
	      const char *what, const char *why)
{
	unpack->outcome->damaged = true;
	unpack_tell(unpack, archive, what, why);
}

void
unpack_bounded(struct unpack *unpack, struct unpack_archive *archive,
	       const char *what)
{
	archive->bounded = true;
	unpack->outcome->limited = true;
	unpack_tell(unpack, archive, what, "");
}

void
unpack_full(struct unpack *unpack, struct unpack_archive *archive,
	    const char *what)
{
	unpack->full = true;
	unpack_bounded(unpack, archive, what);
}

/* What a look at a document has told; the objects are visited apart. */
static void
unpack_note(struct unpack *unpack, struct unpack_archive *archive,
	    const struct document *document)
{
	archive->traits |= document->traits;
	unpack->outcome->encrypted |= document->encrypted;
	if (document->damaged != NULL)
		unpack_missed(unpack, archive, document->damaged, "");
	if (document->limited != NULL)
		unpack_bounded(unpack, archive, document->limited);
}

int
unpack_visit_name(struct unpack *unpack, void *mem,
		  struct unpack_archive *archive, struct slice raw,
		  struct slice bytes, bool unread)
{
	struct member_name name = member_name(mem, raw);
	const char *names[] = { name.last, NULL };
	struct files_entry entry = {
		.part = archive->file->part,
		.names = names,
		.bytes = bytes,
		.folder = mem_printf(mem, "%s%s", archive->folder, name.folder),
		.member = true,
		.internal = archive->document,
		.unread = unread,
	};
	int result;

	if (name.cut)
		unpack_missed(unpack, archive,
			      "holds a name that is too long", "");
	if (archive->package) {
		struct document document = { .room = bytes.len };

		document_look_member(mem, raw, bytes, &document);
		unpack_note(unpack, archive, &document);
	}
	archive->members++;
	result = unpack_nested(unpack, mem, &entry, archive);
	archive->members += entry.members;
	archive->bounded |= entry.bounded;
	/* What a part of a document is, the document is. */
	if (archive->package || archive->container == NULL)
		archive->traits |= entry.traits;
	return result;
}

bool
unpack_count(struct unpack *unpack, struct unpack_archive *archive)
{
	if (unpack->full) {
		archive->bounded = true;
		return false;
	}
	if (unpack->outcome->members >= unpack->limits->members) {
		unpack_full(unpack, archive,
			    "holds more members than are looked into");
		return false;
	}
	if (clock_ms() > unpack->deadline) {
		unpack_full(unpack, archive, "takes too long to unpack");
		return false;
	}
	unpack->outcome->members++;
	return true;
}

/* A tar that was compressed as a whole is one archive to its reader. */
static bool
unpack_is_inner_tar(const struct unpack_archive *parent,
		    const struct container *container)
{
	return parent != NULL && parent->container != NULL &&
	       archive_kind_is_single(parent->container->kind) &&
	       (container->kind == ARCHIVE_KIND_TAR ||
		container->kind == ARCHIVE_KIND_CPIO);
}

const char *
unpack_folder(void *mem, const struct files_entry *entry)
{
	bool named = entry->names[0] != NULL && entry->names[0][0] != '\0';

	return mem_printf(mem, "%s%s/", entry->folder,
			  named ? entry->names[0] : "archive");
}

size_t
unpack_depth(const struct unpack *unpack)
{
	return unpack->limits->depth < UNPACK_DEPTH_MAX ? unpack->limits->depth
							: UNPACK_DEPTH_MAX;
}

static int
unpack_open(struct unpack *unpack, void *mem, struct files_entry *entry,
	    const struct unpack_archive *parent,
	    const struct container *container)
{
	struct unpack_archive archive = {
		.parent = parent,
		.file = entry,
		.container = container,
		.depth = parent == NULL ? 1 : parent->depth + 1,
	};
	bool inner_tar = unpack_is_inner_tar(parent, container);
	void *scope = mem_context(mem, "archive");
	int result = 0;

	archive.depth -= inner_tar;
	archive.folder = inner_tar ? entry->folder
				   : unpack_folder(scope, entry);
	if (archive.depth > unpack_depth(unpack))
		unpack_bounded(unpack, &archive,
			       "is nested deeper than is looked into");
	else if (unpack->full)
		archive.bounded = true;
	else
		result = unpack_archive(unpack, scope, &archive);
	entry->members += archive.members;
	entry->bounded |= archive.bounded;
	entry->traits |= archive.traits;
	mem_free(scope);
	return result;
}

/* The files that a document carries. */
static int
unpack_objects(struct unpack *unpack, void *mem,
	       struct unpack_archive *archive, const struct document *document)
{
	int result = 0;

	for (size_t i = 0; i < document->object_count && result == 0; i++) {
		const struct document_object *object = &document->objects[i];
		const char *name = object->name[0] == '\0' ? "object"
							    : object->name;
		void *scope = mem_context(mem, "object");

		if (unpack_count(unpack, archive))
			result = unpack_visit_name(unpack, scope, archive,
						   slice_of(name),
						   object->bytes, false);
		mem_free(scope);
	}
	return result;
}

static int
unpack_document(struct unpack *unpack, void *mem, struct files_entry *entry,
		const struct unpack_archive *parent)
{
	void *scope = mem_context(mem, "document");
	struct document document = {
		.room = unpack->limits->bytes - unpack->bytes,
	};
	struct unpack_archive archive = {
		.parent = parent,
		.file = entry,
		.depth = parent == NULL ? 1 : parent->depth + 1,
		.folder = unpack_folder(scope, entry),
	};
	size_t room = document.room;
	int result = 0;

	document_look(scope, entry->bytes, &document);
	unpack->bytes += room - document.room;
	unpack_note(unpack, &archive, &document);
	if (document.object_count > 0 &&
	    archive.depth > unpack_depth(unpack))
		unpack_bounded(unpack, &archive,
			       "is nested deeper than is looked into");
	else
		result = unpack_objects(unpack, scope, &archive, &document);
	entry->members += archive.members;
	entry->bounded |= archive.bounded;
	entry->traits |= archive.traits;
	mem_free(scope);
	return result;
}

int
unpack_nested(struct unpack *unpack, void *mem, struct files_entry *entry,
	      const struct unpack_archive *parent)
{
	struct container found[CONTAINERS_MAX];
	size_t count = container_find(entry->bytes, found);
	int result = 0;

	for (size_t i = 0; i < count; i++)
		found[i].certain |= member_name_says(entry->names,
						     found[i].kind);
	for (size_t i = 0; i < count && result == 0; i++)
		result = unpack_open(unpack, mem, entry, parent, &found[i]);
	if (result != 0 ||
	    (count == 1 && unpack_is_inner_tar(parent, &found[0]) &&
	     entry->members > 0))
		return result;
	if (!entry->unread && !unpack->full)
		result = unpack_document(unpack, mem, entry, parent);
	if (result == 0 && !entry->unread && !unpack->full)
		result = unpack_mail(unpack, mem, entry, parent);
	if (result != 0)
		return result;
	unpack->outcome->traits |= entry->traits;
	return unpack->visit(unpack->context, entry);
}

int
unpack_file(struct unpack *unpack, void *mem, struct files_entry *entry)
{
	return unpack_nested(unpack, mem, entry, NULL);
}
