/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In the locked-in process: messages come as descriptors, what to print
 * goes. */
#include <unistd.h>

#include "base/clock.h"
#include "base/folder.h"
#include "base/frame.h"
#include "base/mem.h"
#include "core/pipeline.h"
#include "core/report.h"
#include "inputs.h"
#include "rule/profile.h"
#include "scan.h"

#define SCAN_NAME_MAX 65536
#define SCAN_TIME_MORE 2 /* seconds beyond inspect_time_limit */

void
scan_report(const struct scan *scan, const char *file,
	    const struct verdict *verdict, int64_t elapsed, struct buf *out)
{
	if (scan->format == SCAN_JSON)
		report_json(out, file, verdict, elapsed);
	else if (scan->format == SCAN_HEADERS)
		report_headers(out, verdict);
	else
		report_text(out, file, verdict, scan->explain);
}

static int
scan_found(const struct verdict *verdict)
{
	return verdict->spam || verdict->virus[0] != '\0' ||
			       verdict->action >= ACTION_QUARANTINE
		       ? SCAN_FOUND
		       : 0;
}

static void
scan_count(struct profile *profile, const struct verdict *verdict,
	   int64_t parsing)
{
	profile->mails++;
	profile->parse += parsing;
	for (size_t i = 0; i < verdict->time_count; i++)
		profile_stage(profile, verdict->times[i].stage,
			      verdict->times[i].us);
}

static void
scan_bytes(const struct scan *scan, const char *file, struct slice bytes,
	   struct buf *out)
{
	void *scope = mem_context(scan->pool, "mail");
	struct session *session = session_new(scope);
	struct verdict *verdict = verdict_new(scope);
	int64_t began = clock_us(), parsing;

	session->mail = mail_new(session);
	session->mail->size = bytes.len;
	session->mail->scratch = scan->scratch;
	session->mail->dns = dns_new(session, scan->dns, scan->dns_time);
	dns_begin(session->mail->dns);
	bytes = origin_apply(&scan->origin, session, bytes);
	parsing = clock_us();
	session->mail->message = message_parse(scope, bytes, &scan->limits);
	parsing = clock_us() - parsing;
	for (size_t i = 0; i < scan->recipient_count; i++)
		mail_add_recipient(session->mail, scan->recipients[i], NULL,
				   0);
	pipeline_run(scan->policy, PHASE_MESSAGE, session, verdict);
	verdict_settle(verdict, scan->again);
	if (scan->no_signatures)
		verdict_find(verdict, "UNCHECKED");
	buf_char(out, (char)(scan_found(verdict) |
			     (verdict->error_count > 0 ? SCAN_TROUBLE : 0)));
	scan_report(scan, file, verdict, clock_us() - began, out);
	if (scan->ruleset != NULL && scan->ruleset->profile != NULL)
		scan_count(scan->ruleset->profile, verdict, parsing);
	mem_free(scope);
}

/* The message of a frame; -1: there is nobody to answer. */
static int
scan_answer(const struct scan *scan, int sock, const struct frame *frame,
	    struct err *err)
{
	struct buf out = BUF(NULL);
	struct slice bytes;
	int result = inputs_map_open(frame->fd, &bytes, err);

	if (result == 0) {
		scan_bytes(scan, frame->data.data, bytes, &out);
		inputs_unmap(bytes);
		folder_clear(scan->scratch, NULL);
		result = frame_send(sock, SCAN_DONE, buf_view(&out), -1,
				    FRAME_NEVER, err);
	}
	mem_free(out.data);
	return result;
}

void
scan_work(void *arg, int sock, const char *scratch)
{
	struct scan *scan = arg;
	const struct config *config = policy_config(scan->policy);
	int64_t limit = config_time(config, "inspect_time_limit");
	struct frame frame;
	struct err err;
	int result = 0;

	scan->scratch = scratch;
	scan->pool = mem_pool(scan->mem, PIPELINE_POOL);
	if (config_bool(config, "dns"))
		scan->dns = dns_remote(NULL, sock);
	while (result == 0 && frame_receive(sock, NULL, SCAN_NAME_MAX, true,
					    FRAME_NEVER, &frame, &err) == 1) {
		caged_alarm((unsigned)(limit / 1000) + SCAN_TIME_MORE);
		result = scan_answer(scan, sock, &frame, &err);
		caged_alarm(0);
		close(frame.fd);
		mem_free((void *)(uintptr_t)frame.data.data);
	}
}
