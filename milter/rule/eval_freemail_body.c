/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FreeMail: addresses in the text. Those that are quoted (in angle brackets, in
 * front of "wrote:") or part of a link do not count.
 */
#include "rule/eval_freemail.h"

#include <string.h>

#include "base/mem.h"
#include "mail/domain.h"
#include "mail/text.h"
#include "rule/eval_private.h"

#define FREEMAIL_LOCAL_MAX 64
#define FREEMAIL_LABEL_MAX 61
#define FREEMAIL_LABELS_MAX 4
#define FREEMAIL_URI_MAX 255
#define FREEMAIL_FROM_LINKS 20
#define FREEMAIL_FROM_BODY 40

struct freemail_body {
	bool known, too_many;
	struct slice *items; /* free ones */
	size_t count;
	struct slice *all;
	size_t all_count;
};

static bool
freemail_is_local(char c)
{
	return str_is_alnum((unsigned char)c) ||
	       (c != '\0' && strchr("!#$%&'*+/=?^_`{|}~-", c) != NULL);
}

/* The end of a word of those that the local part's dots divide. */
static size_t
freemail_local_end(struct slice text, size_t at)
{
	size_t end = at, start;

	for (;;) {
		for (start = end;
		     end < text.len && freemail_is_local(text.data[end]) &&
		     end - at <= FREEMAIL_LOCAL_MAX;
		     end++)
			;
		if (end == start)
			return at;
		if (end >= text.len || text.data[end] != '.')
			return end;
		end++;
	}
}

static bool
freemail_is_label(char c)
{
	return str_is_alnum((unsigned char)c) || c == '-';
}

static bool
freemail_is_top(const struct check *check, struct slice text, size_t at,
		size_t *end)
{
	for (*end = at; *end < text.len && freemail_is_label(text.data[*end]);
	     ++*end)
		;
	if (*end == at || (*end + 1 < text.len && text.data[*end] == '.' &&
			   str_is_alnum((unsigned char)text.data[*end + 1])))
		return false;
	/* With the end of the label before it, for a host has two. */
	return domain_has_tld(&check->ruleset->settings.uris,
			      slice_cut(text, at - 2, *end));
}

/* The end of "example.co.uk" at at, four labels and a known top level domain at
 * most; at itself if there is none. */
static size_t
freemail_host_end(const struct check *check, struct slice text, size_t at)
{
	size_t starts[FREEMAIL_LABELS_MAX], count = 0, here = at, end;

	while (count < FREEMAIL_LABELS_MAX) {
		for (end = here;
		     end < text.len && freemail_is_label(text.data[end]); end++)
			;
		if (end == here || end - here > FREEMAIL_LABEL_MAX ||
		    end >= text.len || text.data[end] != '.' ||
		    text.data[here] == '-' || text.data[end - 1] == '-')
			break;
		here = end + 1;
		starts[count++] = here;
	}
	for (; count > 0; count--)
		if (freemail_is_top(check, text, starts[count - 1], &end))
			return end;
	return at;
}

/* Whether an address begins at at; *end is behind it. */
static bool
freemail_address(const struct check *check, struct slice text, size_t at,
		 size_t *end)
{
	size_t local;

	if (!freemail_is_local(text.data[at]) ||
	    (at > 0 && freemail_is_local(text.data[at - 1])))
		return false;
	local = freemail_local_end(text, at);
	if (local == at || local >= text.len || text.data[local] != '@' ||
	    local - at > FREEMAIL_LOCAL_MAX)
		return false;
	*end = freemail_host_end(check, text, local + 1);
	return *end > local + 1;
}

/* A link with an address inside: https://x/?a@b */
static size_t
freemail_link_end(struct slice text, size_t at)
{
	struct slice rest;
	size_t n, last = 0, end = 0;

	at += at < text.len && text.data[at] == '<';
	rest = slice_from(text, at);
	if (slice_starts_nocase(rest, "http://"))
		n = 7;
	else if (slice_starts_nocase(rest, "https://"))
		n = 8;
	else
		return 0;
	for (size_t i = n; i < rest.len && i - n <= FREEMAIL_URI_MAX; i++) {
		if (str_is_space((unsigned char)rest.data[i]))
			break;
		if (rest.data[i] == '@')
			last = i + 1;
		else if (slice_starts(slice_from(rest, i), "%40"))
			last = i + 3;
	}
	for (end = last; last > 0 && end < rest.len &&
			 end - last < FREEMAIL_URI_MAX &&
			 !str_is_space((unsigned char)rest.data[end]);
	     end++)
		;
	return last == 0 ? 0 : at + end;
}

/* "wrote:" and its like in other languages, but not "fax:". */
static size_t
freemail_quote_end(struct slice text, size_t at)
{
	static const char *const not[] = { "fax",  "facsi",  "tel", "phone",
					   "mail", "email", "e-mail", NULL };
	size_t blank = at, end;

	if (at < text.len && text.data[at] == '>')
		return at + 1;
	while (blank < text.len && blank - at < 10 &&
	       str_is_space((unsigned char)text.data[blank]))
		blank++;
	if (blank == at)
		return 0;
	for (size_t i = 0; not[i] != NULL; i++)
		if (slice_starts_nocase(slice_from(text, blank), not[i]))
			return 0;
	for (end = blank; end < text.len && end - blank < 12 &&
			  str_is_alpha((unsigned char)text.data[end]);
	     end++)
		;
	return end - blank >= 2 && end - blank <= 11 && end < text.len &&
			       text.data[end] == ':'
		       ? end + 1
		       : 0;
}

static struct slice
freemail_without_links(struct check *check, struct slice text)
{
	struct buf out = BUF(check);
	size_t end;

	if (slice_search_nocase(text, 0, SLICE("http")) == text.len)
		return text;
	for (size_t at = 0; at < text.len; at++) {
		end = freemail_link_end(text, at);
		buf_char(&out, end != 0 ? ' ' : text.data[at]);
		if (end != 0)
			at = end - 1;
	}
	return out.len == 0 ? SLICE("") : buf_view(&out);
}

static struct slice
freemail_without_quotes(struct check *check, struct slice text)
{
	struct buf out = BUF(check);

	for (size_t at = 0; at < text.len; at++) {
		size_t start = at + (text.data[at] == '<'), end = 0;

		if (start < text.len &&
		    !(start >= 7 && slice_is(slice_cut(text, start - 7, start),
					     "mailto:")) &&
		    freemail_address(check, text, start, &end))
			end = freemail_quote_end(text, end);
		else
			end = 0;
		buf_char(&out, end != 0 ? ' ' : text.data[at]);
		if (end != 0)
			at = end - 1;
	}
	return out.len == 0 ? SLICE("") : buf_view(&out);
}

static void
freemail_add(struct check *check, struct freemail_body *body,
	     struct slice address)
{
	address = slice_of(str_lower(check, slice_string(check, address)));
	for (size_t i = 0; i < body->all_count; i++)
		if (slice_equal(body->all[i], address))
			return;
	mem_grow(check, body->all, body->all_count);
	body->all[body->all_count++] = address;
}

/* Links to send mail do not show up in the text. */
static void
freemail_read_links(struct check *check, struct freemail_body *body)
{
	const struct uri_list *uris = check_uris(check);
	size_t end;

	for (size_t i = 0; i < uris->count; i++) {
		const struct uri_detail *uri = &uris->items[i];

		if (!(uri->types & 1u << HTML_URI_A) ||
		    uri->types & 1u << URI_PARSED ||
		    !slice_starts_nocase(uri->raw, "mailto:") ||
		    uri->raw.len == 7 ||
		    !freemail_address(check, uri->raw, 7, &end))
			continue;
		freemail_add(check, body, slice_cut(uri->raw, 7, end));
		if (body->all_count >= FREEMAIL_FROM_LINKS)
			return;
	}
}

/*
 * SpamAssassin takes links and quoted addresses out of the very text that body
 * rules see afterwards. We do so too: rules are written for what they match.
 */
static void
freemail_read_text(struct check *check, struct freemail_body *body)
{
	const struct text *text = text_body(check->message);
	size_t end;

	for (size_t i = 0; i < text->count; i++) {
		struct slice paragraph = text->items[i];

		if (slice_find(paragraph, 0, '@') == paragraph.len &&
		    slice_search(paragraph, 0, SLICE("%40")) == paragraph.len)
			continue;
		paragraph = freemail_without_links(check, paragraph);
		paragraph = freemail_without_quotes(check, paragraph);
		text->items[i] = paragraph;
		for (size_t at = 0; at < paragraph.len; at++) {
			if (!freemail_address(check, paragraph, at, &end))
				continue;
			freemail_add(check, body,
				     slice_cut(paragraph, at, end));
			at = end - 1;
			if (body->all_count >= FREEMAIL_FROM_BODY)
				return;
		}
	}
}

static void
freemail_sort_out(struct check *check, struct freemail_body *body)
{
	size_t most = (size_t)freemail_setting(check,
					       "freemail_max_body_emails", 5);
	size_t free = (size_t)freemail_setting(
		check, "freemail_max_body_freemails", 3);
	bool skip = freemail_setting(check, "freemail_skip_when_over_max", 1);

	for (size_t i = 0; i < body->all_count && !body->too_many; i++) {
		body->too_many = skip && i + 1 == most;
		if (body->too_many || !freemail_is(check, body->all[i]))
			continue;
		mem_grow(check, body->items, body->count);
		body->items[body->count++] = body->all[i];
		body->too_many = skip && body->count == free;
	}
}

bool
freemail_body(struct check *check, const struct slice **items, size_t *count)
{
	struct freemail_body *body = check_state(check, "FreeMail",
						 sizeof(*body));

	if (!body->known) {
		body->known = true;
		freemail_read_links(check, body);
		freemail_read_text(check, body);
		freemail_sort_out(check, body);
	}
	*items = body->items;
	*count = body->count;
	return !body->too_many;
}
