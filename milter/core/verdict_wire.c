/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A verdict to bytes and back: what stands here must follow verdict.h. */
#include <stddef.h>

#include "base/mem.h"
#include "core/verdict.h"
#include "core/wire.h"

#define VERDICT_TAG 0x49535636 /* changes with the members */
#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define MEMBER(name) offsetof(struct verdict, name)
static const size_t verdict_members[] = {
	MEMBER(stage),	    MEMBER(reason),	MEMBER(reply_code),
	MEMBER(reply_dsn),  MEMBER(reply_text), MEMBER(report),
	MEMBER(virus),	    MEMBER(virus_part), MEMBER(subject_tag),
	MEMBER(trace),	    MEMBER(asked),	MEMBER(dns_late),
	MEMBER(auth_summary), MEMBER(origin),
	MEMBER(later_stage), MEMBER(later_text),
};
#undef MEMBER
#define MEMBER(name) offsetof(struct verdict_hit, name)
static const size_t verdict_hit_members[] = {
	MEMBER(name),
	MEMBER(describe),
	MEMBER(matched),
	MEMBER(place),
	MEMBER(why),
};
#undef MEMBER
#define MEMBER(name) offsetof(struct verdict_near, name)
static const size_t verdict_near_members[] = {
	MEMBER(name),
	MEMBER(describe),
	MEMBER(lacked),
};
#undef MEMBER
#define MEMBER(name) offsetof(struct verdict_attachment, name)
static const size_t verdict_attachment_members[] = {
	MEMBER(path), MEMBER(name), MEMBER(declared),
	MEMBER(type), MEMBER(rule), MEMBER(finding),
};
#undef MEMBER

static void
verdict_put_names(struct buf *out, const char *const *names, size_t count)
{
	wire_put_number(out, (int64_t)count);
	for (size_t i = 0; i < count; i++)
		wire_put_text(out, names[i]);
}

static void
verdict_put_lists(struct buf *out, const struct verdict *verdict)
{
	verdict_put_names(out, verdict->findings, verdict->finding_count);
	verdict_put_names(out, verdict->notes, verdict->note_count);
	verdict_put_names(out, verdict->errors, verdict->error_count);
	verdict_put_names(out, verdict->mailboxes, verdict->mailbox_count);
	wire_put_number(out, (int64_t)verdict->hit_count);
	for (size_t i = 0; i < verdict->hit_count; i++) {
		wire_put_members(out, &verdict->hits[i], verdict_hit_members,
				 COUNT(verdict_hit_members));
		wire_put_double(out, verdict->hits[i].score);
		wire_put_double(out, verdict->hits[i].value);
	}
	wire_put_number(out, (int64_t)verdict->near_count);
	for (size_t i = 0; i < verdict->near_count; i++) {
		wire_put_members(out, &verdict->nears[i], verdict_near_members,
				 COUNT(verdict_near_members));
		wire_put_double(out, verdict->nears[i].score);
	}
	wire_put_number(out, (int64_t)verdict->attachment_count);
	for (size_t i = 0; i < verdict->attachment_count; i++) {
		wire_put_members(out, &verdict->attachments[i],
				 verdict_attachment_members,
				 COUNT(verdict_attachment_members));
		wire_put_number(out, (int64_t)verdict->attachments[i].size);
	}
	wire_put_number(out, (int64_t)verdict->header_count);
	for (size_t i = 0; i < verdict->header_count; i++) {
		wire_put_text(out, verdict->headers[i].name);
		wire_put_text(out, verdict->headers[i].value);
	}
	wire_put_number(out, (int64_t)verdict->time_count);
	for (size_t i = 0; i < verdict->time_count; i++) {
		wire_put_text(out, verdict->times[i].stage);
		wire_put_number(out, verdict->times[i].us);
	}
}

void
verdict_encode(const struct verdict *verdict, struct buf *out)
{
	wire_put_number(out, VERDICT_TAG);
	wire_put_number(out, verdict->action);
	wire_put_number(out, verdict->postponed);
	wire_put_number(out, verdict->later);
	wire_put_members(out, verdict, verdict_members,
			 COUNT(verdict_members));
	wire_put_number(out, verdict->checked_spam);
	wire_put_number(out, verdict->spam);
	wire_put_double(out, verdict->score);
	wire_put_double(out, verdict->required);
	wire_put_number(out, verdict->checked_virus);
	verdict_put_lists(out, verdict);
}

static void
verdict_take_names(struct wire *wire, struct verdict *verdict,
		   const char ***names, size_t *count)
{
	size_t n = wire_count(wire);

	for (size_t i = 0; i < n && !wire->bad; i++) {
		const char *name = wire_text_or_empty(wire);

		mem_grow(verdict, *names, *count);
		(*names)[(*count)++] = name;
	}
}

static void
verdict_take_hits(struct wire *wire, struct verdict *verdict)
{
	size_t n = wire_count(wire);

	for (size_t i = 0; i < n && !wire->bad; i++) {
		struct verdict_hit *hit = verdict_add_hit(verdict, "");

		wire_members(wire, hit, verdict_hit_members,
			     COUNT(verdict_hit_members));
		if (hit->name == NULL)
			wire->bad = true;
		hit->score = wire_double(wire);
		hit->value = wire_double(wire);
	}
}

static void
verdict_take_nears(struct wire *wire, struct verdict *verdict)
{
	size_t n = wire_count(wire);

	for (size_t i = 0; i < n && !wire->bad; i++) {
		struct verdict_near *near = verdict_add_near(verdict, "");

		wire_members(wire, near, verdict_near_members,
			     COUNT(verdict_near_members));
		if (near->name == NULL || near->lacked == NULL)
			wire->bad = true;
		near->score = wire_double(wire);
	}
}

static void
verdict_take_attachments(struct wire *wire, struct verdict *verdict)
{
	size_t n = wire_count(wire);

	for (size_t i = 0; i < n && !wire->bad; i++) {
		struct verdict_attachment *attachment =
			verdict_add_attachment(verdict);

		wire_members(wire, attachment, verdict_attachment_members,
			     COUNT(verdict_attachment_members));
		attachment->size = (size_t)wire_number(wire);
		if (attachment->path == NULL || attachment->name == NULL ||
		    attachment->declared == NULL ||
		    attachment->type == NULL || attachment->finding == NULL)
			wire->bad = true;
	}
}

static void
verdict_take_lists(struct wire *wire, struct verdict *verdict)
{
	size_t n;

	verdict_take_names(wire, verdict, &verdict->findings,
			   &verdict->finding_count);
	verdict_take_names(wire, verdict, &verdict->notes,
			   &verdict->note_count);
	verdict_take_names(wire, verdict, &verdict->errors,
			   &verdict->error_count);
	verdict_take_names(wire, verdict, &verdict->mailboxes,
			   &verdict->mailbox_count);
	verdict_take_hits(wire, verdict);
	verdict_take_nears(wire, verdict);
	verdict_take_attachments(wire, verdict);
	n = wire_count(wire);
	for (size_t i = 0; i < n && !wire->bad; i++) {
		const char *name = wire_text_or_empty(wire);

		verdict_add_header(verdict, name, wire_text_or_empty(wire));
	}
	n = wire_count(wire);
	for (size_t i = 0; i < n && !wire->bad; i++) {
		const char *stage = wire_text_or_empty(wire);

		verdict_add_time(verdict, stage, wire_number(wire));
	}
}

static enum action
verdict_take_action(struct wire *wire)
{
	int64_t action = wire_number(wire);

	if (action >= ACTION_ACCEPT && action <= ACTION_REJECT)
		return (enum action)action;
	wire->bad = true;
	return ACTION_REJECT;
}

/* Digits between dots, so many at most; *text moves behind them. */
static bool
verdict_is_number(const char **text, size_t most)
{
	size_t digits = 0;

	while (str_is_digit((unsigned char)**text) && digits <= most) {
		(*text)++;
		digits++;
	}
	return digits > 0 && digits <= most;
}

/* Codes go to the mail server as they are: "550", "5.7.1", or nothing. */
static bool
verdict_has_codes(const struct verdict *verdict)
{
	const char *code = verdict->reply_code, *dsn = verdict->reply_dsn;

	if (*code != '\0' && (!verdict_is_number(&code, 3) || *code != '\0'))
		return false;
	if (*dsn == '\0')
		return true;
	return verdict_is_number(&dsn, 1) && *dsn++ == '.' &&
	       verdict_is_number(&dsn, 3) && *dsn++ == '.' &&
	       verdict_is_number(&dsn, 3) && *dsn == '\0';
}

struct verdict *
verdict_decode(void *mem, struct slice bytes, struct err *err)
{
	struct verdict *verdict = verdict_new(mem);
	struct wire wire = { .mem = verdict, .rest = bytes };

	if (wire_number(&wire) != VERDICT_TAG)
		wire.bad = true;
	verdict->action = verdict_take_action(&wire);
	verdict->postponed = wire_number(&wire) != 0;
	verdict->later = verdict_take_action(&wire);
	for (size_t i = 0; i < COUNT(verdict_members); i++)
		*(const char **)((char *)verdict + verdict_members[i]) =
			wire_text_or_empty(&wire);
	verdict->checked_spam = wire_number(&wire) != 0;
	verdict->spam = wire_number(&wire) != 0;
	verdict->score = wire_double(&wire);
	verdict->required = wire_double(&wire);
	verdict->checked_virus = wire_number(&wire) != 0;
	verdict_take_lists(&wire, verdict);
	if (wire.bad || wire.rest.len != 0 || !verdict_has_codes(verdict)) {
		mem_free(verdict);
		err_permanent(err, "malformed verdict frame");
		return NULL;
	}
	return verdict;
}
