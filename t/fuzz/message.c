/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A mail is parsed, and everything is asked of it that there is to ask. */
#include <assert.h>

#include "base/mem.h"
#include "mail/header.h"
#include "mail/letter.h"
#include "mail/message.h"
#include "mail/readings.h"
#include "mail/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(struct slice s)
{
	volatile char sum = 0;

	for (size_t i = 0; i < s.len; i++)
		sum = (char)(sum ^ s.data[i]);
}

static void
check_part(void *mem, struct part *part)
{
	assert(part->type != NULL && part->path != NULL);
	check_inside(part_decoded(part));
	check_inside(part_decoded_exact(mem, part));
	for (size_t i = 0; part->filenames[i] != NULL; i++)
		check_inside(slice_of(part->filenames[i]));
	header_everything(mem, &part->headers, NULL);
	for (size_t i = 0; i < part->headers.count; i++) {
		const struct header *header = &part->headers.items[i];

		check_inside(header->line);
		check_inside(header_decode(mem, header->name, header->raw));
	}
}

static void
check_readings(void *mem, struct message *m)
{
	const struct readings *readings = readings_of(m);

	for (size_t i = 0; i < readings->count; i++) {
		const struct reading *reading = &readings->items[i];

		assert(reading->part->path != NULL);
		assert(reading->part->filenames != NULL);
		check_inside(habit_decode(mem, reading->habit, reading->raw));
	}
	for (size_t i = 0; i < readings->note_count; i++)
		check_inside(slice_of(readings->notes[i]));
}

static void
check_text(const struct text *text)
{
	for (size_t i = 0; i < text->count; i++)
		check_inside(text->items[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem = mem_context(NULL, "fuzz");
	struct slice raw = { mem_copy(mem, data, size), size };
	struct message *m = message_parse(mem, raw, NULL);

	assert(m->part_count > 0 && m->parts[0] == m->root);
	check_inside(m->pristine);
	if (letter_is_plain(m))
		assert(m->part_count == 1 && m->root->boundary == NULL);
	check_inside(header_everything(mem, &m->root->headers, NULL));
	for (size_t i = 0; i < m->part_count; i++) {
		assert(m->parts[i]->index == i);
		check_part(mem, m->parts[i]);
	}
	check_readings(mem, m);
	check_text(text_body(m));
	check_text(text_rawbody(m));
	check_inside(text_full(m));
	mem_free(mem);
	return 0;
}
