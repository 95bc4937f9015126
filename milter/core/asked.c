/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/asked.h"

#include <string.h>

#include "base/mem.h"

#define ASKED_LATE_NAMED 5 /* in the log line */
#define ASKED_RECORDS 8	   /* of one answer that are shown */
#define ASKED_RECORD_BYTES 300

static void
asked_late(struct verdict *verdict, const struct dns *dns)
{
	struct buf out = BUF(verdict);
	size_t count = 0;

	for (size_t i = 0; i < dns_count(dns); i++) {
		const struct dns_question *question = dns_at(dns, i);

		if (question->answer == NULL ||
		    question->answer->status != DNS_LATE)
			continue;
		if (count++ < ASKED_LATE_NAMED)
			buf_printf(&out, "%s%s/%s", count > 1 ? "," : "",
				   question->name,
				   dns_type_name(question->type));
	}
	if (count > ASKED_LATE_NAMED)
		buf_printf(&out, ",+%zu", count - ASKED_LATE_NAMED);
	verdict->dns_late = buf_string(&out);
}

static void
asked_records(struct buf *out, const struct dns_answer *answer)
{
	for (size_t i = 0; i < answer->record_count && i < ASKED_RECORDS; i++)
		buf_printf(out, "  %s\n",
			   dns_record_string(out->mem, answer, i,
					     ASKED_RECORD_BYTES));
	if (answer->record_count > ASKED_RECORDS)
		buf_printf(out, "  and %zu more\n",
			   answer->record_count - ASKED_RECORDS);
}

static void
asked_question(struct buf *out, const struct dns_question *question)
{
	const struct dns_answer *answer = question->answer;

	buf_printf(out, "%s %s: ", dns_type_name(question->type),
		   str_escape(out->mem, slice_of(question->name),
			      DNS_NAME_MAX));
	if (answer == NULL) {
		buf_text(out, "not waited for\n");
		return;
	}
	buf_text(out, dns_status_name(answer->status));
	if (answer->secure)
		buf_text(out, ", secure");
	if (answer->why[0] != '\0')
		buf_printf(out, " (%s)",
			   str_escape(out->mem, slice_of(answer->why), 200));
	buf_printf(out, ", %lld ms\n", (long long)answer->ms);
	asked_records(out, answer);
}

void
asked_note(struct verdict *verdict, const struct dns *dns, bool explain)
{
	struct buf out = BUF(verdict);

	asked_late(verdict, dns);
	if (!explain)
		return;
	for (size_t i = 0; i < dns_count(dns); i++)
		asked_question(&out, dns_at(dns, i));
	verdict->asked = buf_string(&out);
}
