/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A verdict as an inspector that was taken over might write it: whatever it
 * says, replies, header edits and the log line stay fit for their places.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "core/report.h"
#include "edit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
assert_printable(const char *text)
{
	for (; *text != '\0'; text++)
		assert(*text >= 0x20 && *text < 0x7f);
}

/* A field's value: line ends only in front of white space. */
static void
assert_header(const char *value)
{
	for (; *value != '\0'; value++) {
		assert(*value == '\t' || *value == '\n' ||
		       (*value >= 0x20 && *value < 0x7f));
		assert(*value != '\n' || value[1] == ' ' || value[1] == '\t');
	}
}

/* What is shown on a terminal does not control it. */
static void
assert_shown(const struct buf *text)
{
	for (size_t i = 0; i < text->len; i++) {
		unsigned char c = (unsigned char)text->data[i];

		assert(c >= 0x20 || c == '\n' || c == '\t');
		assert(c != 0x7f);
		/* C1 in UTF-8; by themselves such bytes are no UTF-8. */
		assert(c != 0xc2 || i + 1 == text->len ||
		       (unsigned char)text->data[i + 1] >= 0xa0);
	}
}

static void
check_edits(void *mem, const struct verdict *verdict)
{
	struct intake_outcome outcome = { .verdict = verdict };
	struct edit *edits = NULL;
	size_t count = edit_list(mem, &outcome, true, &edits);

	for (size_t i = 0; i < count; i++) {
		if (edits[i].name != NULL) {
			assert_printable(edits[i].name);
			assert(strpbrk(edits[i].name, ": ") == NULL);
		}
		if (edits[i].value != NULL)
			assert_header(edits[i].value);
	}
}

static void
check_reports(void *mem, const struct verdict *verdict)
{
	struct session *session = session_new(mem);
	struct buf json = BUF(mem), text = BUF(mem), again = BUF(mem);
	struct buf shown = BUF(mem);
	struct reply reply;
	struct err err;

	session->mail = mail_new(session);
	report_reply(session, verdict, &reply);
	assert_printable(reply.code);
	assert_printable(reply.dsn);
	assert_printable(reply.text);
	assert_printable(report_log(mem, session, verdict, 0));
	report_json(&json, "file", verdict, 0);
	for (size_t i = 0; i + 1 < json.len; i++)
		assert((unsigned char)json.data[i] >= 0x20);
	report_text(&text, "file", verdict, true);
	report_shown(&shown, buf_view(&text));
	assert_shown(&shown);
	verdict_encode(verdict, &again);
	assert(verdict_decode(mem, buf_view(&again), &err) != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem = mem_context(NULL, "fuzz");
	struct slice bytes = { mem_copy(mem, data, size), size };
	struct err err;
	struct verdict *verdict = verdict_decode(mem, bytes, &err);

	if (verdict != NULL) {
		check_edits(mem, verdict);
		check_reports(mem, verdict);
	}
	mem_free(mem);
	return 0;
}
