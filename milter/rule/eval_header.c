/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HeaderEval: fields that are not as mail programs write them. Dates,
 * subjects, recipients and forged providers stand in files of their own.
 */
#include "rule/eval_header.h"

#include <string.h>

#include "base/mem.h"
#include "mail/charset_locale.h"
#include "mail/domain.h"
#include "rule/eval_args.h"
#include "rule/eval_private.h"
#include "rule/eval_tables.h"

bool
header_lacks_received(struct check *check)
{
	static const char *const qmail[] = {
		"qmail %{w,1,0,0-9} invoked from network); %{w,1,0,0-9} "
		"%{w,3,3,^\n} %{w,1,1,0-9}",
		"qmail %{w,1,0,0-9} invoked by %{w,3,20,^\n}); %{w,1,0,0-9} "
		"%{w,3,3,^\n} %{w,1,1,0-9}",
	};
	struct slice list = check_header_text(check, "Mailing-List");
	struct slice received = check_header(check, "Received"), to, line;
	bool ezmlm = false, delivered = false;

	while (slice_line(&list, &line))
		ezmlm = ezmlm || eval_matches(slice_trim(line),
					      "contact %w@%w; run by ezmlm%$");
	if (ezmlm) {
		to = check_header_text(check, "Delivered-To");
		while (slice_line(&to, &line))
			delivered = delivered ||
				    (slice_starts(line, "mailing list ") &&
				     eval_matches(line, "mailing list %w@%w"));
		if (delivered && (eval_matches(received, qmail[0]) ||
				  eval_matches(received, qmail[1])))
			return true;
	}
	return received.data == NULL ||
	       eval_matches(received,
			    "from groups.msn.com (%w.msn.com ");
}

static int
header_gated(struct check *check, const struct rule *rule)
{
	return header_lacks_received(check);
}

/* "=?charset?" in From and Subject that nobody here would write in. */
static int
header_faraway_charset(struct check *check, const struct rule *rule)
{
	static const char *const names[] = { "From:raw", "Subject:raw" };
	const char *locales = check->ruleset->settings.ok_locales;
	const struct slice *items;

	if (charset_is_ok_for(SLICE("none"), locales))
		return 0; /* all */
	for (size_t i = 0; i < 2; i++) {
		size_t count = check_header_list(check, names[i], &items);

		for (size_t k = 0; k < count; k++) {
			struct form form = eval_form(items[k]);
			size_t at = 0;

			while (at < form.text.len && form.budget > 0) {
				if (form.text.data[at] != '=' ||
				    !form_match(&form,
						"=?%{s,1,0,^?\n}?%{w,1,1,^\n}?"
						"%*?=",
						at)) {
					at++;
					continue;
				}
				if (!charset_is_ok_for(form.fields[FORM_SUB],
						       locales))
					return 1;
				at = form.end;
			}
		}
	}
	return 0;
}

static bool
header_is_tail(unsigned char c)
{
	return c >= 0x80 && c <= 0xbf;
}

/* RFC 3629's UTF-8, and at least one character beyond ASCII. */
static bool
header_is_utf8(struct slice text)
{
	bool beyond = false;

	for (size_t i = 0; i < text.len;) {
		const unsigned char *p = (const unsigned char *)text.data + i;
		size_t more = *p < 0x80   ? 0
			      : *p < 0xe0 ? 1
			      : *p < 0xf0 ? 2
					  : 3;

		if ((*p >= 0x80 && *p < 0xc2) || *p > 0xf4 ||
		    i + more >= text.len)
			return false;
		for (size_t k = 1; k <= more; k++)
			if (!header_is_tail(p[k]))
				return false;
		if ((*p == 0xe0 && p[1] < 0xa0) ||
		    (*p == 0xed && p[1] > 0x9f) ||
		    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
			return false;
		beyond = beyond || more > 0;
		i += more + 1;
	}
	return beyond;
}

static bool
header_is_control(char c)
{
	return (c >= 0 && c <= 8) || c == 0x0b || c == 0x0c ||
	       (c >= 0x0e && c <= 0x1f);
}

/* Bytes that should have been encoded: header, share and number of them. */
static int
header_illegal_chars(struct check *check, const struct rule *rule)
{
	size_t illegal = 0, controls = 0, signs = 0;
	struct slice text;
	const char *name;

	if (rule->arg_count < 3)
		return 0;
	name = rule->args[0];
	if (!slice_ends_nocase(slice_of(name), ":raw"))
		name = mem_printf(check, "%s:raw", name);
	text = check_header_text(check, name);
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		/* what nearly all are */
		if ((c >= ' ' && c < 0x7f) || c == '\n')
			continue;
		controls += header_is_control(c);
		illegal += header_is_control(c) || (unsigned char)c >= 0x7f;
		signs += c == '\xa2' || c == '\xa3' || c == '\xae';
	}
	if (illegal == 0 && eval_number(rule, 2) > 0)
		return 0;
	if (slice_trim(text).len == 0 ||
	    (controls == 0 && header_is_utf8(text)))
		return 0;
	/* One cent, pound or registered sign is nothing to speak of. */
	if (illegal > 0 && signs == 1 &&
	    slice_is_nocase(slice_of(name), "Subject:raw"))
		illegal--;
	return (double)illegal / (double)text.len >=
		       eval_number(rule, 1) &&
	       (double)illegal >= eval_number(rule, 2);
}

static int
header_env_and_from_match(struct check *check, const struct rule *rule)
{
	return slice_equal_nocase(check_header_text(check, "EnvelopeFrom:addr"),
				  check_header_text(check, "From:addr"));
}

static int
header_missing_to(struct check *check, const struct rule *rule)
{
	return check_header_text(check, "To").len == 0 &&
	       check_header_text(check, "Apparently-To").len == 0;
}

/* Fields that hold %NAME for good reasons. */
static bool
header_may_hold_template(struct slice line)
{
	static const char *const names[] = {
		"X-VMS-To:",	   "X-UIDL:",	  "X-Face:",
		"To:",		   "Cc:",	  "From:",
		"Subject:",	   "References:", "In-Reply-To:",
		"Message-Id:",	   "X-Message-Id:", "Resent-Message-Id:",
		"X-Original-Message-Id:", NULL,
	};

	for (size_t i = 0; names[i] != NULL; i++)
		if (slice_starts_nocase(line, names[i]))
			return true;
	return false;
}

static int
header_unresolved_template(struct check *check, const struct rule *rule)
{
	struct slice rest = check_header_text(check, "ALL"), line;

	while (slice_line(&rest, &line))
		if (memchr(line.data, '%', line.len) != NULL &&
		    eval_matches(line, "%%%{w,1,1,A-Z}%{w,1,1,A-Z_-}") &&
		    !header_may_hold_template(line))
			return 1;
	return 0;
}

/* Bulk mailers that put the sender's address into Message-ID. */
static int
header_ratware_name_id(struct check *check, const struct rule *rule)
{
	struct form form = eval_form(check_header_text(check, "MESSAGEID"));
	struct slice from = check_header_text(check, "From"), address;
	size_t quote, end, at;

	if (!form_search(&form, "<%{w,28,28,A-Z}.%{s,1,0,^>}>"))
		return 0;
	address = form.fields[FORM_SUB];
	/* "Name" <address> */
	for (quote = slice_find(from, 0, '"'); quote < from.len; quote = end) {
		end = slice_find(from, quote + 1, '"');
		if (end >= from.len || end == quote + 1)
			continue;
		for (at = end + 1; at < from.len &&
				   str_is_space((unsigned char)from.data[at]);
		     at++)
			;
		if (at < from.len && from.data[at] == '<' &&
		    slice_equal(slice_cut(from, at + 1, at + 1 + address.len),
				address) &&
		    at + 1 + address.len < from.len &&
		    from.data[at + 1 + address.len] == '>')
			return 1;
	}
	return 0;
}

/* The sender's address has the recipient's in it: "x-example.org-anna@y". */
static int
header_ratware_envelope(struct check *check, const struct rule *rule)
{
	const struct uri_settings *uris = &check->ruleset->settings.uris;
	struct slice to = check_header_text(check, "To:addr"), user, domain;
	struct slice from = check_header_text(check, "EnvelopeFrom:addr");
	size_t sign = slice_find(to, 0, '@'), after;
	char *host;

	if (from.len == 0 || sign == 0 || sign + 1 >= to.len ||
	    (slice_starts_nocase(from, "SRS") && from.len > 4 &&
	     str_is_digit((unsigned char)from.data[3]) &&
	     strchr("=+-", from.data[4]) != NULL))
		return 0;
	user = slice_cut(to, 0, sign);
	host = str_lower(check, slice_string(check, slice_from(to, sign + 1)));
	domain = domain_registrable(check, uris, slice_of(host));
	if (domain.len == 0 || !domain_has_tld(uris, domain))
		return 0;
	for (size_t at = 0;
	     (at = slice_search_nocase(from, at, domain)) < from.len; at++) {
		after = at + domain.len + 1;
		if (form_is_edge(from, at) &&
		    slice_equal_nocase(slice_cut(from, after, after + user.len),
				       user) &&
		    after + user.len < from.len &&
		    from.data[after + user.len] == '@')
			return 1;
	}
	return 0;
}

/* The last two labels behind the last @; empty if there are none. */
static struct slice
header_second_level(struct slice address)
{
	size_t sign = address.len, dots = 0, at;
	struct slice host;

	while (sign > 0 && address.data[sign - 1] != '@')
		sign--;
	if (sign == 0)
		return SLICE("");
	host = slice_from(address, sign);
	for (at = host.len; at > 0; at--) {
		if (host.data[at - 1] != '.')
			continue;
		if (at == host.len || (dots == 1 && host.data[at] == '.'))
			return host; /* an empty label: not cut */
		if (++dots == 2)
			return at > 1 ? slice_from(host, at) : host;
	}
	return host;
}

static int
header_from_domains_differ(struct check *check, const struct rule *rule)
{
	struct slice from = header_second_level(
		check_header_text(check, "From:addr"));
	struct slice envelope = header_second_level(
		check_header_text(check, "EnvelopeFrom:addr"));

	return from.len > 0 && envelope.len > 0 &&
	       !slice_equal_nocase(from, envelope);
}

/* How many different fields of that name there are, between two bounds. */
static int
header_count_range(struct check *check, const struct rule *rule)
{
	const struct slice *items;
	size_t count, different = 0;

	if (rule->arg_count < 3)
		return 0;
	count = check_header_list(check, rule->args[0], &items);
	count = count > 1000 ? 1000 : count;
	for (size_t i = 0; i < count; i++) {
		size_t k = 0;

		while (k < i && !slice_equal(items[k], items[i]))
			k++;
		different += k == i;
	}
	return (double)different >= eval_number(rule, 1) &&
	       (double)different <= eval_number(rule, 2);
}

/* Mailing lists and servers that write Message-ID anew. */
static int
header_messageid_not_usable(struct check *check, const struct rule *rule)
{
	struct slice list = check_header_text(check, "List-Unsubscribe");
	struct slice received = check_header_text(check, "Received");

	return eval_matches(list, "<mailto:leave-%w@%w>%{w,0,1,\n}%$") ||
	       eval_matches(list, "<mailto:%w-unsubscribe@%w>%{w,0,1,\n}%$") ||
	       header_lacks_received(check) ||
	       eval_has(received, "/CWT/DCE)") ||
	       eval_has(received, "iPlanet Messaging Server");
}

/* SpamAssassin keeps the name, but does nothing any more. */
static int
header_unique_subject_id(struct check *check, const struct rule *rule)
{
	return 0;
}

const struct eval evals_headereval[] = {
	{ "check_for_unique_subject_id", header_unique_subject_id, NULL },
	{ "check_for_faraway_charset_in_headers", header_faraway_charset,
	  NULL },
	{ "check_illegal_chars", header_illegal_chars, NULL },
	{ "gated_through_received_hdr_remover", header_gated, NULL },
	{ "check_for_matching_env_and_hdr_from", header_env_and_from_match,
	  NULL },
	{ "check_for_missing_to_header", header_missing_to, NULL },
	{ "check_unresolved_template", header_unresolved_template, NULL },
	{ "check_ratware_name_id", header_ratware_name_id, NULL },
	{ "check_ratware_envelope_from", header_ratware_envelope, NULL },
	{ "check_equal_from_domains", header_from_domains_differ, NULL },
	{ "check_header_count_range", header_count_range, NULL },
	{ "check_messageid_not_usable", header_messageid_not_usable, NULL },
	{ NULL, NULL, NULL },
};
