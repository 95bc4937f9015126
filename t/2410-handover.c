/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include "mail/handover.h"

static struct handover
read_text(const char *text)
{
	struct handover handover;

	handover_read(slice_of(text), &handover);
	return handover;
}

#define RECEIVED                                                               \
	"Received: from mail.example (mail.example [192.0.2.1])\n"             \
	"\tby mx.example.org (Postfix) with ESMTPS id 4bXyZ1\n"                \
	"\tfor <john@example.org>; Mon,  2 Nov 2026 10:00:00 +0100 (CET)\n"

static void
test_received(void)
{
	struct handover h =
		read_text(RECEIVED "Received: by old id OLD; "
				   "Sun, 1 Nov 2026 00:00:00 +0000\n\nx");

	tap_is_slice(h.queue_id, "4bXyZ1", "queue id of the topmost Received");
	tap_is_int(h.arrived, 1793610000, "and its time");
	h = read_text("Received: by mx id Q7; 1 Jan 2026 00:00:00 -0230\n\n");
	tap_is_int(h.arrived, 1767234600, "a zone west of Greenwich");
	h = read_text("Received: by mx id Q7; yesterday\n\n");
	tap_is_int(h.arrived, 0, "no time");
	h = read_text("Subject: x\n\nReceived: by mx id Q7; 1 Jan 2026\n");
	tap_is_slice(h.queue_id, NULL, "the body is not looked at");
}

static void
test_trace(void)
{
	struct handover h = read_text("Return-Path: <a@b>\n"
				      "X-Original-To: x@y\n"
				      "delivered-to : x@y\n" RECEIVED "\n");

	tap_ok(h.has_return_path && h.has_delivered_to, "fields on top");
	h = read_text(RECEIVED "Delivered-To: x@y\nReturn-Path: <>\n\n");
	tap_ok(!h.has_return_path && !h.has_delivered_to,
	       "fields of an earlier hop do not count");
	h = read_text("From a@b Mon Nov  2 10:00:00 2026\nSubject: x\r\n\n");
	tap_is_slice(h.message, "Subject: x\r\n\n", "the mbox line goes");
	tap_ok(h.crlf, "CRLF is seen behind it");
	tap_ok(!read_text("Subject: x\n\r\n").crlf, "and LF");
}

static void
test_spam(void)
{
	tap_ok(read_text("X-Spam-Flag: YES\n\n").is_spam, "X-Spam-Flag: YES");
	tap_ok(read_text("x-spam:\n  yes, indeed\r\n\r\n").is_spam,
	       "X-Spam, folded");
	tap_ok(!read_text("X-Spam: yesterday\n\n").is_spam, "another word");
	tap_ok(!read_text("X-Spam-Flag: NO\n\n").is_spam, "NO");
	tap_ok(!read_text("Subject: x\n\nX-Spam-Flag: YES\n").is_spam,
	       "not in the body");
	tap_ok(!read_text("Subject: x\n X-Spam-Flag: YES\n\n").is_spam,
	       "not in another field");
	tap_ok(!read_text("Subject: x\r\n\r\nX-Spam: Yes\n").is_spam,
	       "not behind an empty line with CR");
	tap_ok(!read_text("").is_spam && !read_text("X-Spam").is_spam,
	       "nothing in nothing");
}

int
main(void)
{
	test_received();
	test_trace();
	test_spam();
	return tap_done();
}
