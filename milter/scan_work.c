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
#include "core/wire.h"
#include "inputs.h"
#include "rule/profile.h"
#include "scan.h"

#define SCAN_NAME_MAX 65536
#define SCAN_TIME_MORE 2 /* seconds beyond inspect_time_limit */
/* Answers that are kept back while there are messages to look into: */
#define SCAN_KEPT (SCAN_AHEAD / 2)
#define SCAN_KEPT_BYTES (64u * 1024)
#define SCAN_KEPT_MS 50

void
scan_report(const struct scan *scan, const char *file,
	    const struct verdict *verdict, int64_t elapsed, struct buf *out)
{
	if (scan->format == SCAN_JSON)
		report_json(out, file, verdict, elapsed);
	else if (scan->format == SCAN_HEADERS)
		report_headers(out, verdict);
	else if (scan->format == SCAN_REPORT)
		buf_text(out, verdict->report);
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
scan_put(const struct scan *scan, const char *file,
	 const struct verdict *verdict, int64_t elapsed, struct buf *out)
{
	struct buf text = BUF(scan->pool);

	scan_report(scan, file, verdict, elapsed, &text);
	wire_put_number(out, scan_found(verdict) |
			     (verdict->error_count > 0 ? SCAN_TROUBLE : 0));
	wire_put_number(out, (int64_t)text.len);
	buf_slice(out, buf_view(&text));
	mem_free(text.data);
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
	scan_put(scan, file, verdict, clock_us() - began, out);
	if (scan->ruleset != NULL && scan->ruleset->profile != NULL)
		scan_count(scan->ruleset->profile, verdict, parsing);
	mem_free(scope);
}

/* Answers that are kept back for a while: the other process need not wake for
 * each. Where answers of the DNS come between messages, none is kept. */
struct scan_kept {
	struct buf out;
	size_t count;
	int64_t since; /* clock_ms() of the first */
};

/* Sends them, if it is time, or nothing else is to be done; -1: there is nobody
 * to answer. */
static int
scan_send_kept(const struct scan *scan, struct scan_kept *kept, int sock,
	       struct err *err)
{
	int result;

	if (kept->count == 0 ||
	    (scan->dns == NULL && kept->count < SCAN_KEPT &&
	     kept->out.len < SCAN_KEPT_BYTES &&
	     clock_ms() - kept->since < SCAN_KEPT_MS && frame_wait(sock, 0)))
		return 0;
	result = frame_send(sock, SCAN_DONE, buf_view(&kept->out), -1,
			    FRAME_NEVER, err);
	buf_reset(&kept->out);
	kept->count = 0;
	return result;
}

/* The message of a frame; -1: it cannot be read. */
static int
scan_answer(const struct scan *scan, const struct frame *frame,
	    struct scan_kept *kept, struct err *err)
{
	struct slice bytes;

	if (inputs_map_open(frame->fd, &bytes, err) < 0)
		return -1;
	if (kept->count++ == 0)
		kept->since = clock_ms();
	scan_bytes(scan, frame->data.data, bytes, &kept->out);
	inputs_unmap(bytes);
	folder_clear(scan->scratch, NULL);
	return 0;
}

void
scan_work(void *arg, int sock, const char *scratch)
{
	struct scan *scan = arg;
	const struct config *config = policy_config(scan->policy);
	int64_t limit = config_time(config, "inspect_time_limit");
	struct scan_kept kept = { .out = BUF(NULL) };
	struct frame frame;
	struct err err;
	int result = 0;

	scan->scratch = scratch;
	scan->pool = mem_pool(scan->mem, PIPELINE_POOL);
	if (config_bool(config, "dns"))
		scan->dns = dns_remote(NULL, sock);
	while (result == 0 && frame_receive(sock, NULL, SCAN_NAME_MAX, true,
					    FRAME_NEVER, &frame, &err) == 1) {
		/* Else it is an answer of the DNS that came too late. */
		if (frame.kind == SCAN_MAIL) {
			caged_alarm((unsigned)(limit / 1000) + SCAN_TIME_MORE);
			result = scan_answer(scan, &frame, &kept, &err);
			caged_alarm(0);
		}
		if (frame.fd >= 0)
			close(frame.fd);
		mem_free((void *)(uintptr_t)frame.data.data);
		if (result == 0)
			result = scan_send_kept(scan, &kept, sock, &err);
	}
}
