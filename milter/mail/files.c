/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/files.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "mail/unpack.h"

/* Blocks in one text; more of them are nobody's file. */
#define FILES_EMBEDDED_MAX 1000

static const char *const files_no_names[] = { NULL };

static const char *
files_folder(void *mem, const struct part *part)
{
	const char *folder = "";

	for (part = part->parent; part != NULL; part = part->parent)
		if (part->parent != NULL &&
		    strncmp(part->type, "message/", 8) == 0)
			folder = mem_printf(mem, "%s/%s",
					    part->name == NULL ? "message"
							       : part->name,
					    folder);
	return folder;
}

static int
files_embedded(struct unpack *unpack, void *mem, struct part *part,
	       const char *folder)
{
	size_t at = 0;
	int result = 0;

	for (size_t i = 0; i < FILES_EMBEDDED_MAX && result == 0; i++) {
		char *name = NULL;
		struct slice bytes = part_uuencoded(mem, part, &at, &name);
		const char *names[] = { name, NULL };
		struct files_entry entry = {
			.part = part,
			.names = names,
			.bytes = bytes,
			.folder = folder,
			.embedded = true,
		};

		if (bytes.data == NULL)
			break;
		result = unpack_file(unpack, mem, &entry);
	}
	return result;
}

static int
files_part(struct unpack *unpack, void *mem, struct part *part)
{
	struct files_entry entry = {
		.part = part,
		.names = part->filenames == NULL ? files_no_names
						 : part->filenames,
		.bytes = part_decoded_exact(mem, part),
		.folder = files_folder(mem, part),
	};
	int result = unpack_file(unpack, mem, &entry);

	if (result != 0 || strncmp(part->type, "text/", 5) != 0)
		return result;
	return files_embedded(unpack, mem, part, entry.folder);
}

static const char *
files_missed(const struct message *message)
{
	static const struct {
		unsigned flag;
		const char *text;
	} bounds[] = {
		{ MESSAGE_MIMEPART_LIMIT_EXCEEDED,
		  "the message has more parts than are looked into" },
		{ MESSAGE_MIME_DEPTH_EXCEEDED,
		  "the message's parts are nested deeper than is looked into" },
		{ MESSAGE_HEADER_LIMIT_EXCEEDED,
		  "the message has more header fields than are looked into" },
		{ MESSAGE_DECODED_LIMIT_EXCEEDED,
		  "the message's parts are larger than is looked into" },
		{ MESSAGE_SIZE_LIMIT_EXCEEDED,
		  "the message is larger than is looked into" },
	};

	for (size_t i = 0; i < sizeof(bounds) / sizeof(*bounds); i++)
		if ((message->flags & bounds[i].flag) != 0)
			return bounds[i].text;
	return NULL;
}

int
files_each(void *mem, struct message *message,
	   const struct files_limits *limits,
	   int (*visit)(void *context, const struct files_entry *entry),
	   void *context, struct files_outcome *outcome)
{
	struct unpack unpack = {
		.limits = limits,
		.visit = visit,
		.context = context,
		.outcome = outcome,
		.deadline = clock_ms() + limits->time,
	};
	int result = 0;

	*outcome = (struct files_outcome){ .members = 0 };
	for (size_t i = 0; i < message->part_count && result == 0; i++) {
		struct part *part = message->parts[i];
		void *scope;

		/* A container counts where it claims to be a file itself. */
		if (!part->is_leaf &&
		    (part->filenames == NULL || part->filenames[0] == NULL))
			continue;
		scope = mem_context(mem, "file");
		result = files_part(&unpack, scope, part);
		mem_free(scope);
	}
	if (files_missed(message) == NULL)
		return result;
	outcome->limited = true;
	if (outcome->missed[0] == '\0')
		snprintf(outcome->missed, sizeof(outcome->missed), "%s",
			 files_missed(message));
	return result;
}
