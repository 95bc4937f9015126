/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "edit.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"

#define EDIT_HEADERS_MAX 64
#define EDIT_NAME_MAX 127
#define EDIT_VALUE_MAX 16384 /* a milter packet holds 65535 bytes */

struct edit_state {
	struct edit *items;
	size_t count;
	void *mem;
	bool leading_space;
};

static void
edit_add(struct edit_state *state, enum edit_kind kind, int index,
	 const char *name, const char *value)
{
	mem_grow(state->mem, state->items, state->count);
	state->items[state->count++] = (struct edit){ kind, index, name,
						      value };
}

/* From the last to the first, so that the numbers stay true. */
static void
edit_delete_forged(struct edit_state *state,
		   const struct intake_outcome *outcome)
{
	for (size_t i = outcome->forged_count; i-- > 0;)
		edit_add(state, EDIT_DELETE, outcome->forged[i].index,
			 outcome->forged[i].name, NULL);
}

static bool
edit_is_name(const char *name)
{
	size_t n = 0;

	for (; name[n] != '\0'; n++)
		if (name[n] <= 0x20 || name[n] >= 0x7f || name[n] == ':')
			return false;
	return n > 0 && n <= EDIT_NAME_MAX;
}

/* Printable, and folded only before white space. */
static const char *
edit_value(const struct edit_state *state, const char *text)
{
	struct buf out = BUF(state->mem);

	buf_text(&out, state->leading_space ? " " : "");
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\n' && (text[1] == ' ' || text[1] == '\t'))
			buf_char(&out, '\n');
		else if (c == '\t' || (c >= 0x20 && c < 0x7f))
			buf_char(&out, (char)c);
		else
			buf_char(&out, c == '\n' ? ' ' : '?');
	}
	return out.data;
}

/* New fields go below the Received field of this host, in their order. */
static void
edit_insert_headers(struct edit_state *state, const struct verdict *verdict)
{
	int index = 1;

	for (size_t i = 0; i < verdict->header_count; i++) {
		const struct verdict_header *header = &verdict->headers[i];

		if (index > EDIT_HEADERS_MAX || !edit_is_name(header->name) ||
		    strlen(header->value) > EDIT_VALUE_MAX) {
			log_warning("a header field of a verdict is left out: "
				    "malformed, too long, or too many");
			continue;
		}
		edit_add(state, EDIT_INSERT, index++, header->name,
			 edit_value(state, header->value));
	}
}

static void
edit_tag_subject(struct edit_state *state, const struct intake_outcome *outcome)
{
	struct slice tag = slice_trim(slice_of(outcome->verdict->subject_tag));
	struct slice old = slice_trim(slice_of(outcome->subject));
	struct buf out = BUF(state->mem);

	if (tag.len == 0 || tag.len > EDIT_VALUE_MAX ||
	    slice_equal(slice_cut(old, 0, tag.len), tag))
		return;
	buf_text(&out, edit_value(state, slice_string(state->mem, tag)));
	/* The old text is the sender's; it stays as it came. */
	if (old.len > 0) {
		buf_char(&out, ' ');
		buf_slice(&out, old);
	}
	edit_add(state, outcome->subject == NULL ? EDIT_ADD : EDIT_CHANGE, 1,
		 "Subject", out.data);
}

static void
edit_quarantine(struct edit_state *state, const struct verdict *verdict)
{
	const char *reason = verdict->reason[0] != '\0' ? verdict->reason
							: "held by ispfilter";

	if (verdict->action == ACTION_QUARANTINE)
		edit_add(state, EDIT_QUARANTINE, 0, NULL,
			 str_escape(state->mem, slice_of(reason), 200));
}

size_t
edit_list(void *mem, const struct intake_outcome *outcome, bool leading_space,
	  struct edit **edits)
{
	struct edit_state state = { .mem = mem,
				    .leading_space = leading_space };

	edit_delete_forged(&state, outcome);
	edit_insert_headers(&state, outcome->verdict);
	edit_tag_subject(&state, outcome);
	edit_quarantine(&state, outcome->verdict);
	*edits = state.items;
	return state.count;
}
