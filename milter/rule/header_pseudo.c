/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values that look like header fields to rules but are made: ALL and its
 * parts, the relays, the sender of the envelope (PerMsgStatus::_get,
 * get_envelope_from, get_all_hdrs_in_rcvd_index_range).
 */
#include "rule/header_private.h"

#include "base/mem.h"
#include "mail/header.h"

const struct relays *
check_relays(struct check *check)
{
	return received_relays(check->message,
			       &check->ruleset->settings.relays);
}

const struct uri_list *
check_uris(struct check *check)
{
	return uri_list(check->message, &check->ruleset->settings.uris);
}

static bool
pseudo_is_blank(struct slice text, size_t at)
{
	return at < text.len && (text.data[at] == ' ' || text.data[at] == '\t');
}

/* Fields of the head as it came, folding kept; lines before the first field
 * that look like the end of one are left out. */
static void
pseudo_raw_fields(struct check *check, struct value_list *list)
{
	struct slice head = check->message->pristine_head;
	size_t start = 0, end;

	for (; start < head.len; start = end) {
		end = slice_find(head, start, '\n') + 1;
		if (pseudo_is_blank(head, start))
			continue;
		/* An empty line is no field, but may begin one. */
		if (head.data[start] == '\n')
			end = slice_find(head, start + 1, '\n') + 1;
		while (end < head.len && pseudo_is_blank(head, end))
			end = slice_find(head, end, '\n') + 1;
		if (end <= head.len)
			value_add(check, list, slice_cut(head, start, end));
		else
			end = head.len;
	}
}

static void
pseudo_decoded_lines(struct check *check, struct value_list *list)
{
	struct slice rest = header_value(check, "ALL", SELECT_VALUE), line;

	while (slice_line(&rest, &line))
		value_add(check, list, line);
}

/* Fields between two Received fields by number; first and last below 0: from
 * the top, to the end. */
static void
pseudo_range(struct check *check, struct value_list *list, long first,
	     long last, bool raw)
{
	struct value_list all = { 0 };
	long at = -1;

	if (raw)
		pseudo_raw_fields(check, &all);
	else
		pseudo_decoded_lines(check, &all);
	for (size_t i = 0; i < all.count; i++) {
		if (slice_starts_nocase(all.items[i], "Received:"))
			at++;
		if ((first < 0 || first <= at) && (last < 0 || at <= last))
			value_add(check, list, all.items[i]);
		if (last >= 0 && at == last && slice_starts_nocase(
						       all.items[i],
						       "Received:"))
			break;
	}
}

bool
pseudo_all(struct check *check, struct value_list *list, struct slice name,
	   unsigned select)
{
	const struct headers *headers = &check->message->root->headers;
	bool raw = select & SELECT_RAW;

	if (!slice_starts(name, "ALL"))
		return false;
	if (slice_is(name, "ALL")) {
		struct slice all = SLICE_NONE;

		if (raw)
			pseudo_raw_fields(check, list);
		else
			all = header_everything(check, headers, NULL);
		if (all.len > 0)
			value_add(check, list, all);
		return true;
	}
	/* The field that the last trusted relay added counts on both sides. */
	if (slice_is(name, "ALL-TRUSTED"))
		pseudo_range(check, list, -1,
			     check_relays(check)->last_trusted + 1, raw);
	else if (slice_is(name, "ALL-INTERNAL"))
		pseudo_range(check, list, -1,
			     check_relays(check)->last_internal + 1, raw);
	else if (slice_is(name, "ALL-UNTRUSTED"))
		pseudo_range(check, list,
			     check_relays(check)->last_trusted + 1, -1, raw);
	else if (slice_is(name, "ALL-EXTERNAL"))
		pseudo_range(check, list,
			     check_relays(check)->last_internal + 1, -1, raw);
	else
		return false;
	return true;
}

/* Whether field stands somewhere below a Received field. */
static bool
pseudo_below_received(const struct check *check, const char *field)
{
	const struct headers *headers = &check->message->root->headers;
	bool received = false;

	for (size_t i = 0; i < headers->count; i++) {
		if (received && slice_is_nocase(headers->items[i].name, field))
			return true;
		if (slice_is_nocase(headers->items[i].name, "Received"))
			received = true;
	}
	return false;
}

/* Mailing lists write X-Sender; fetchmail takes that for the envelope's. */
static bool
pseudo_is_fetchmail(struct check *check)
{
	struct slice sender = check_header_text(check, "X-Sender:first:addr");
	const struct slice *items;
	size_t count;

	if (slice_find(sender, 0, '@') == sender.len)
		return false;
	count = check_header_list(check, "Received", &items);
	for (size_t i = 0; i < count; i++)
		if (slice_search(items[i], 0, SLICE("(fetchmail")) <
		    items[i].len)
			return true;
	return false;
}

static struct slice
pseudo_envelope_header(struct check *check, const char *header)
{
	struct slice value = check_header(
		check, mem_printf(check, "%s:first:addr", header));
	size_t at = slice_find(value, 0, '@');

	return value.len == 0 || (at > 0 && at < value.len) ? value
							    : SLICE_NONE;
}

static struct slice
pseudo_envelope_from(struct check *check)
{
	static const char *const fields[] = { "X-Envelope-From",
					      "Envelope-Sender",
					      "Return-Path", NULL };
	const struct relays *relays = check_relays(check);
	const char *header =
		check->ruleset->settings.relays.envelope_sender_header;

	if (header != NULL)
		return pseudo_envelope_header(check, header);
	if (relays->envelope_from != NULL)
		return slice_of(relays->envelope_from);
	if (pseudo_is_fetchmail(check))
		return SLICE_NONE;
	for (size_t i = 0; fields[i] != NULL; i++) {
		struct slice value = check_header(
			check, mem_printf(check, "%s:first:addr", fields[i]));

		if (value.data == NULL)
			continue;
		if (!pseudo_below_received(check, fields[i]))
			return value;
		if (i == 0)
			return SLICE_NONE;
	}
	return SLICE_NONE;
}

static void
pseudo_message_id(struct check *check, struct value_list *list, bool raw)
{
	static const char *const fields[] = {
		"X-Message-Id", "Resent-Message-Id", "X-Original-Message-ID",
		"Message-Id", NULL,
	};

	for (size_t i = 0; fields[i] != NULL; i++)
		value_add_fields(check, list,
				 value_name(slice_of(fields[i])),
				 raw ? VALUE_UNFOLDED : VALUE_DECODED);
}

bool
pseudo_field(struct check *check, struct value_list *list, struct slice name,
	     unsigned select)
{
	enum value_form form = select & SELECT_RAW ? VALUE_UNFOLDED
						   : VALUE_DECODED;

	if (slice_is_nocase(name, "EnvelopeFrom")) {
		value_add(check, list, pseudo_envelope_from(check));
	} else if (slice_is_nocase(name, "X-Spam-Relays-Untrusted")) {
		value_add(check, list, check_relays(check)->as_untrusted);
	} else if (slice_is_nocase(name, "X-Spam-Relays-Trusted")) {
		value_add(check, list, check_relays(check)->as_trusted);
	} else if (slice_is_nocase(name, "X-Spam-Relays-External")) {
		value_add(check, list, check_relays(check)->as_external);
	} else if (slice_is_nocase(name, "X-Spam-Relays-Internal")) {
		value_add(check, list, check_relays(check)->as_internal);
	} else if (slice_is_nocase(name, "ToCc")) {
		value_add_fields(check, list, value_name(SLICE("To")), form);
		value_add_fields(check, list, value_name(SLICE("Cc")), form);
	} else if (slice_is(name, "MESSAGEID")) {
		pseudo_message_id(check, list, select & SELECT_RAW);
	} else {
		return false;
	}
	return true;
}

static void
pseudo_lower(struct check *check, struct buf *out, struct slice host)
{
	for (size_t i = 0; i < host.len; i++)
		buf_char(out,
			 (char)str_lower_char((unsigned char)host.data[i]));
}

void
pseudo_metadata(struct check *check, struct value_list *list,
		struct slice name)
{
	const struct slice *hosts;
	struct buf out = BUF(check);
	size_t count;

	if (slice_is_nocase(name, "X-SenderDomain")) {
		count = check_header_list(check, "EnvelopeFrom:first:addr:host",
					  &hosts);
		count = count > 1 ? 1 : count;
	} else if (slice_is_nocase(name, "X-AuthorDomain")) {
		count = check_header_list(check, "From:addr:host", &hosts);
	} else {
		return;
	}
	for (size_t i = 0; i < count; i++) {
		size_t k = 0;

		while (k < i && !slice_equal(hosts[k], hosts[i]))
			k++;
		if (k < i)
			continue;
		buf_text(&out, i == 0 ? "" : " ");
		pseudo_lower(check, &out, hosts[i]);
	}
	if (count > 0)
		value_add(check, list, buf_view(&out));
}
