/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/files.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/mem.h"
#include "mail/embedded.h"
#include "mail/readings.h"
#include "mail/slice_set.h"
#include "mail/tnef.h"
#include "mail/unpack.h"

/* Blocks in one text; more of them are nobody's file. */
#define FILES_EMBEDDED_MAX 1000

static const char *const files_no_names[] = { NULL };

static void
files_limit(struct files_outcome *outcome, const char *what)
{
	outcome->limited = true;
	if (outcome->missed[0] == '\0')
		snprintf(outcome->missed, sizeof(outcome->missed), "%s", what);
}

static void
files_fragment(struct files_outcome *outcome)
{
	outcome->damaged = true;
	if (outcome->missed[0] == '\0')
		snprintf(outcome->missed, sizeof(outcome->missed),
			 "the mail is a fragment of one (message/partial)");
}

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

static void
files_tnef_problem(struct files_outcome *outcome, const char *folder,
		   const struct tnef *tnef)
{
	char *name = str_escape(NULL, slice_of(folder), 60);

	outcome->limited |= tnef->limited;
	outcome->damaged |= !tnef->limited;
	if (outcome->missed[0] == '\0')
		snprintf(outcome->missed, sizeof(outcome->missed), "%.60s %s",
			 name, tnef->problem);
	mem_free(name);
}

/* A file; of Outlook's winmail.dat, those inside first. */
static int
files_visit(struct unpack *unpack, void *mem, struct files_entry *entry)
{
	static const char *const unnamed[] = { "", NULL };
	struct tnef tnef = { .count = 0 };
	const char *folder;
	int result = 0;

	if (!tnef_is(entry->bytes))
		return unpack_file(unpack, mem, entry);
	tnef = tnef_read(mem, entry->bytes);
	folder = mem_printf(mem, "%s%s/", entry->folder,
			    entry->names[0] == NULL ? "winmail.dat"
						    : entry->names[0]);
	if (tnef.problem != NULL)
		files_tnef_problem(unpack->outcome, folder, &tnef);
	for (size_t i = 0; i < tnef.count && result == 0; i++) {
		struct tnef_file *file = &tnef.files[i];
		struct files_entry inner = {
			.part = entry->part,
			.names = file->names[0] == NULL ? unnamed : file->names,
			.bytes = file->bytes,
			.folder = folder,
			.member = true,
		};

		result = unpack_file(unpack, mem, &inner);
	}
	return result != 0 ? result : unpack_file(unpack, mem, entry);
}

/* The files inside a text. known: where they have been visited before. */
static int
files_embedded(struct unpack *unpack, void *mem, struct part *part,
	       struct slice text, bool (*known)(struct part *, const char *))
{
	size_t at = 0, count = 0;
	struct embedded found;
	int result = 0;

	while (result == 0 && embedded_next(mem, text, &at, &found)) {
		const char *names[] = { found.name, NULL };
		struct files_entry entry = {
			.part = part,
			.names = names,
			.bytes = found.bytes,
			.embedded = true,
		};

		if (found.bytes.len == 0)
			continue;
		if (count++ >= FILES_EMBEDDED_MAX || found.cut) {
			files_limit(unpack->outcome,
				    "a text holds more files than are looked "
				    "into");
			break;
		}
		entry.folder = files_folder(mem, part);
		if (known == NULL || !known(part, text.data + found.start))
			result = files_visit(unpack, mem, &entry);
	}
	return result;
}

/* May the part be decoded beside those before it? */
static bool
files_may_decode(struct unpack *unpack, const struct part *part)
{
	size_t most = part->message->limits.decoded_bytes;

	if (part->exact.len > most - unpack->decoded) {
		files_limit(unpack->outcome, "the message's parts are larger "
			    "than is looked into");
		return false;
	}
	unpack->decoded += part->exact.len;
	return true;
}

static int
files_part(struct unpack *unpack, void *mem, struct part *part)
{
	struct files_entry entry = {
		.part = part,
		.names = part->filenames == NULL ? files_no_names
						 : part->filenames,
		.bytes = SLICE(""),
		.folder = files_folder(mem, part),
		.unread = !files_may_decode(unpack, part),
	};
	int result;

	if (!entry.unread)
		entry.bytes = part_decoded_exact(mem, part);
	result = files_visit(unpack, mem, &entry);
	if (result != 0 || entry.unread || strncmp(part->type, "text/", 5) != 0)
		return result;
	return files_embedded(unpack, mem, part, part_decoded(part), NULL);
}

/* Does it stand in the text of a part, not encoded, which had its visit? */
static bool
files_in_text(struct part *root, const char *at)
{
	const struct message *message = root->message;

	for (size_t i = 0; i < message->part_count; i++) {
		const struct part *part = message->parts[i];

		if ((uintptr_t)at - (uintptr_t)part->exact.data <
			    part->exact.len &&
		    part->is_leaf && strncmp(part->type, "text/", 5) == 0)
			return strcmp(part->encoding, "base64") != 0 &&
			       strcmp(part->encoding, "quoted-printable") != 0;
	}
	return false;
}

struct files_known {
	struct digest_key key;
	struct slice_set digests;
};

/* Each text with its end, so that no two lists of them look the same. */
static void
files_digest_text(struct digest_state *state, const char *text)
{
	if (text != NULL)
		digest_add(state, slice_of(text));
	digest_add(state, (struct slice){ "", 1 });
}

/*
 * Different habits may give clients the same file. One that was visited under
 * the same names and type is not visited again.
 */
static bool
files_is_known(struct files_known *known, const struct files_entry *entry)
{
	size_t count = known->digests.count;
	struct digest_state state;
	struct digest *digest = mem_new(known->digests.mem, struct digest);

	digest_begin(&state, &known->key);
	files_digest_text(&state, entry->part->type);
	files_digest_text(&state, entry->part->declared);
	files_digest_text(&state, entry->folder);
	for (size_t i = 0; entry->names[i] != NULL; i++)
		files_digest_text(&state, entry->names[i]);
	files_digest_text(&state, NULL);
	digest_add(&state, entry->bytes);
	digest_end(&state, digest);
	return slice_set_add(&known->digests,
			     (struct slice){ (const char *)digest->bytes,
					     sizeof(digest->bytes) }) < count;
}

static int
files_reading(struct unpack *unpack, void *mem, const struct reading *reading,
	      struct files_known *known)
{
	struct part *part = reading->part;
	struct files_entry entry = {
		.part = part,
		.names = part->filenames,
		.folder = files_folder(mem, part),
	};

	if (reading->loose)
		return files_embedded(unpack, mem, part, reading->raw,
				      files_in_text);
	entry.bytes = habit_decode(mem, reading->habit, reading->raw);
	if (files_is_known(known, &entry))
		return 0;
	return files_visit(unpack, mem, &entry);
}

/* What other programs may read the message as. */
static int
files_readings(struct unpack *unpack, void *mem, struct message *message)
{
	const struct readings *readings = readings_of(message);
	struct files_known known = {
		.digests = SLICE_SET(mem_context(mem, "known")),
	};
	int result = 0;

	if (readings->count > 0)
		digest_key_new(&known.key);

	for (size_t i = 0; i < readings->count && result == 0; i++) {
		void *scope = mem_context(mem, "reading");

		result = files_reading(unpack, scope, &readings->items[i],
				       &known);
		mem_free(scope);
	}
	mem_free(known.digests.mem);
	if (readings->limited != NULL)
		files_limit(unpack->outcome, readings->limited);
	if (readings->fragment)
		files_fragment(unpack->outcome);
	unpack->outcome->ambiguous = readings->notes;
	unpack->outcome->ambiguous_count = readings->note_count;
	return result;
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
	if (result == 0)
		result = files_readings(&unpack, mem, message);
	if (files_missed(message) != NULL)
		files_limit(outcome, files_missed(message));
	return result;
}
