/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One body, decoded after different habits. */
#include "mail/readings_private.h"

#include <string.h>

#include "base/mem.h"

/* Two decodings of more bytes than this are taken to differ. */
#define READINGS_COMPARED (4u << 20)
#define READINGS_FRONT 1000 /* bytes of a body that may be taken for fields */

enum habit
readings_usual(const struct part *part)
{
	struct slice encoding = slice_of(part->encoding);

	if (slice_search(encoding, 0, SLICE("quoted-printable")) < encoding.len)
		return HABIT_QP;
	if (slice_search(encoding, 0, SLICE("base64")) < encoding.len)
		return HABIT_BASE64;
	return HABIT_NONE;
}

static bool
readings_is_text(const struct part *part)
{
	return strncmp(part->type, "text/", 5) == 0 &&
	       part->filenames[0] == NULL;
}

/* The body behind an empty line not far below its beginning: what stands above
 * may be fields to some. */
static struct slice
readings_behind_lines(struct slice raw)
{
	struct slice front = slice_cut(raw, 0, READINGS_FRONT);
	size_t at = slice_search(front, 0, SLICE("\n\n"));
	size_t crlf = slice_search(front, 0, SLICE("\n\r\n"));

	at = crlf < at ? crlf : at;
	return at < front.len ? slice_from(raw, at) : SLICE("");
}

size_t
readings_habits(const struct part *part, unsigned transfer, enum habit usual,
		struct slice raw, enum habit habits[HABITS])
{
	size_t count = 0;
	bool base64 =
		(transfer & TRANSFER_BASE64) != 0 || usual == HABIT_BASE64;
	bool qp = (transfer & (TRANSFER_QP | TRANSFER_ODD)) != 0 ||
		  usual == HABIT_QP;

	/* What is broken may be shown as it stands. */
	if ((usual == HABIT_BASE64 && !habit_base64_is_clean(raw)) ||
	    (usual == HABIT_QP && !habit_qp_is_sound(raw)))
		habits[count++] = HABIT_NONE;
	if (base64 && !habit_base64_is_clean(raw))
		for (int i = HABIT_BASE64; i <= HABIT_BASE64_URL; i++)
			habits[count++] = (enum habit)i;
	else if (base64 || habit_base64_is_likely(raw))
		habits[count++] = HABIT_BASE64;
	else if (habit_base64_is_likely(readings_behind_lines(raw)))
		habits[count++] = HABIT_BASE64_DROP_LINE;
	if (qp && !habit_qp_is_clean(raw))
		for (int i = HABIT_QP; i <= HABIT_QP_BARE; i++)
			habits[count++] = (enum habit)i;
	else if (qp)
		habits[count++] = HABIT_QP;
	/* A file is no text, in which tabs and indents are honest. */
	if (qp && !readings_is_text(part) && habit_qp_is_clean(raw))
		habits[count++] = HABIT_QP_BARE;
	if ((transfer & TRANSFER_UU) != 0 ||
	    ((transfer & TRANSFER_ODD) != 0 && habit_uu_is_likely(raw)))
		habits[count++] = HABIT_UU;
	for (size_t i = 0; i < count; i++)
		if (habits[i] == usual)
			habits[i--] = habits[--count];
	return count;
}

size_t
readings_decode(struct reader *reader, struct part *part, struct slice raw,
		enum habit usual, const enum habit *habits, size_t count)
{
	void *scratch = mem_context(NULL, "readings");
	struct slice known[HABITS];
	size_t added = 0, known_count = 1;

	if (raw.len <= READINGS_COMPARED)
		known[0] = habit_decode(scratch, usual, raw);
	for (size_t i = 0; i < count; i++) {
		bool same = false;

		if (!readings_may_decode(reader, raw.len))
			break;
		if (raw.len <= READINGS_COMPARED) {
			known[known_count] =
				habit_decode(scratch, habits[i], raw);
			for (size_t k = 0; k < known_count; k++)
				same |= slice_equal(known[k],
						    known[known_count]);
		}
		if (same)
			continue;
		known_count++;
		added++;
		readings_add(reader, part, raw, habits[i], false);
	}
	mem_free(scratch);
	return added;
}

void
readings_judge(struct reader *reader, const struct part *part, struct slice raw,
	       enum habit usual)
{
	const char *place = readings_place(reader->message->mem, part);

	/* What lists put below a text breaks it often, and hides no file. */
	if (readings_is_text(part))
		return;
	if (usual == HABIT_BASE64 && !habit_base64_is_clean(raw))
		readings_note(reader,
			      "%s: broken base64, which programs "
			      "decode differently",
			      place);
	if (usual == HABIT_QP && !habit_qp_is_sound(raw))
		readings_note(reader,
			      "%s: broken quoted-printable, which "
			      "programs decode differently",
			      place);
}
