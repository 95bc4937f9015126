/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/verdict.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

static const char *const verdict_actions[] = { "accept",   "tag",
					       "quarantine", "tempfail",
					       "discard",  "reject" };

const char *
action_name(enum action action)
{
	return verdict_actions[action];
}

int
action_by_name(const char *name)
{
	for (int i = ACTION_ACCEPT; i <= ACTION_REJECT; i++)
		if (strcmp(verdict_actions[i], name) == 0)
			return i;
	return -1;
}

struct verdict *
verdict_new(void *mem)
{
	struct verdict *verdict = mem_new(mem, struct verdict);

	verdict->stage = verdict->reason = verdict->report = "";
	verdict->trace = verdict->asked = verdict->dns_late = "";
	verdict->auth_summary = verdict->origin = "";
	verdict->later_stage = verdict->later_text = "";
	verdict->reply_code = verdict->reply_dsn = verdict->reply_text = "";
	verdict->virus = verdict->virus_part = verdict->subject_tag = "";
	return verdict;
}

void
verdict_decide(struct verdict *verdict, enum action action, const char *stage,
	       const char *code, const char *dsn, const char *format, ...)
{
	char text[1024];
	va_list args;

	if (action <= verdict->action)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	verdict->action = action;
	verdict->stage = mem_strdup(verdict, stage);
	verdict->reason = mem_strdup(verdict, text);
	verdict->reply_code = verdict->reply_dsn = verdict->reply_text = "";
	if (action != ACTION_REJECT && action != ACTION_TEMPFAIL)
		return;
	if (code == NULL)
		code = action == ACTION_REJECT ? "554" : "451";
	if (dsn == NULL)
		dsn = action == ACTION_REJECT ? "5.7.1" : "4.7.1";
	verdict->reply_code = mem_strdup(verdict, code);
	verdict->reply_dsn = mem_strdup(verdict, dsn);
	verdict->reply_text = verdict->reason;
}

void
verdict_postpone(struct verdict *verdict, enum action action,
		 const char *stage, const char *text)
{
	if (verdict->postponed && action <= verdict->later)
		return;
	verdict->postponed = true;
	verdict->later = action;
	verdict->later_stage = mem_strdup(verdict, stage);
	verdict->later_text = mem_strdup(verdict, text);
}

bool
verdict_is_postponed(const struct verdict *verdict)
{
	return verdict->postponed && verdict->action < ACTION_TEMPFAIL;
}

void
verdict_settle(struct verdict *verdict, bool again)
{
	if (!verdict_is_postponed(verdict))
		return;
	if (again)
		verdict_decide(verdict, verdict->later, verdict->later_stage,
			       NULL, NULL, "%s", verdict->later_text);
	else
		verdict_decide(verdict, ACTION_TEMPFAIL, verdict->later_stage,
			       NULL, NULL, "%s; put off at the first time",
			       verdict->later_text);
}

static void
verdict_add_name(struct verdict *verdict, const char ***names, size_t *count,
		 const char *name)
{
	mem_grow(verdict, *names, *count);
	(*names)[(*count)++] = mem_strdup(verdict, name);
}

void
verdict_find(struct verdict *verdict, const char *finding)
{
	for (size_t i = 0; i < verdict->finding_count; i++)
		if (strcmp(verdict->findings[i], finding) == 0)
			return;
	verdict_add_name(verdict, &verdict->findings, &verdict->finding_count,
			 finding);
}

void
verdict_find_why(struct verdict *verdict, const char *finding,
		 const char *format, ...)
{
	char text[512];
	char *note;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	verdict_find(verdict, finding);
	note = mem_printf(verdict, "%s: %s", finding, text);
	for (size_t i = 0; i < verdict->note_count; i++)
		if (strcmp(verdict->notes[i], note) == 0)
			return;
	verdict_add_name(verdict, &verdict->notes, &verdict->note_count, note);
}

void
verdict_error(struct verdict *verdict, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	verdict_add_name(verdict, &verdict->errors, &verdict->error_count,
			 text);
}

void
verdict_add_header(struct verdict *verdict, const char *name,
		   const char *value)
{
	mem_grow(verdict, verdict->headers, verdict->header_count);
	verdict->headers[verdict->header_count++] = (struct verdict_header){
		mem_strdup(verdict, name),
		mem_strdup(verdict, value),
	};
}

void
verdict_add_mailbox(struct verdict *verdict, const char *mailbox)
{
	verdict_add_name(verdict, &verdict->mailboxes, &verdict->mailbox_count,
			 mailbox);
}

void
verdict_add_subtest(struct verdict *verdict, const char *name)
{
	verdict_add_name(verdict, &verdict->subtests, &verdict->subtest_count,
			 name);
}

struct verdict_attachment *
verdict_add_attachment(struct verdict *verdict)
{
	struct verdict_attachment *attachment;

	mem_grow(verdict, verdict->attachments, verdict->attachment_count);
	attachment = &verdict->attachments[verdict->attachment_count++];
	*attachment =
		(struct verdict_attachment){ "", "", "", "", "", 0, NULL };
	return attachment;
}

struct verdict_hit *
verdict_add_hit(struct verdict *verdict, const char *name)
{
	struct verdict_hit *hit;

	mem_grow(verdict, verdict->hits, verdict->hit_count);
	hit = &verdict->hits[verdict->hit_count++];
	*hit = (struct verdict_hit){ .name = mem_strdup(verdict, name) };
	return hit;
}

struct verdict_near *
verdict_add_near(struct verdict *verdict, const char *name)
{
	struct verdict_near *near;

	mem_grow(verdict, verdict->nears, verdict->near_count);
	near = &verdict->nears[verdict->near_count++];
	*near = (struct verdict_near){ .name = mem_strdup(verdict, name) };
	return near;
}

void
verdict_add_time(struct verdict *verdict, const char *stage, int64_t us)
{
	mem_grow(verdict, verdict->times, verdict->time_count);
	verdict->times[verdict->time_count++] = (struct verdict_time){
		mem_strdup(verdict, stage),
		us,
	};
}
