/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/eval_private.h"

#include <string.h>

#include "base/mem.h"
#include "mail/address_list.h"
#include "mail/domain.h"

#define EVAL_ADDRESSES_MAX 2000 /* senders or recipients that are looked at */
#define EVAL_TEXT_MAX 262144    /* bytes that a form is held against */

struct eval_addresses {
	bool known;
	struct slice *items;
	size_t count;
};

struct slice
eval_squeeze(struct check *check, struct slice text)
{
	char *out = mem_resize(check, (char *)NULL, text.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (!str_is_space((unsigned char)c))
			out[len++] = c;
		else if (len == 0 || out[len - 1] != ' ')
			out[len++] = ' ';
	}
	return (struct slice){ out, len };
}

struct slice
eval_squeezed_received(struct check *check)
{
	struct slice *kept = check_state(check, "squeezed Received",
					 sizeof(*kept));

	if (kept->data == NULL)
		*kept = eval_squeeze(check,
				     check_header_text(check, "Received"));
	return *kept;
}

bool
eval_has(struct slice text, const char *needle)
{
	return slice_search(text, 0, slice_of(needle)) < text.len;
}

struct form
eval_form(struct slice text)
{
	struct form form = form_new(slice_cut(text, 0, EVAL_TEXT_MAX));

	form.budget += 16 * form.text.len;
	return form;
}

bool
eval_matches(struct slice text, const char *pattern)
{
	struct form form = eval_form(text);

	return form_search(&form, pattern);
}

bool
eval_ends_in(struct slice host, const char *domain)
{
	return slice_ends_nocase(host, domain) &&
	       form_is_edge(host, host.len - strlen(domain));
}

static void
eval_add(struct check *check, struct eval_addresses *list, struct slice item)
{
	if (list->count == EVAL_ADDRESSES_MAX)
		return;
	for (size_t i = 0; i < list->count; i++)
		if (slice_equal(list->items[i], item))
			return;
	mem_grow(check, list->items, list->count);
	list->items[list->count++] = item;
}

/* "foo@bar...": runs of dots count as one. */
static struct slice
eval_single_dots(struct check *check, struct slice address)
{
	struct buf out = BUF(check);

	if (!eval_has(address, ".."))
		return address;
	for (size_t i = 0; i < address.len; i++)
		if (i == 0 || address.data[i] != '.' ||
		    address.data[i - 1] != '.')
			buf_char(&out, address.data[i]);
	return buf_view(&out);
}

static void
eval_add_header(struct check *check, struct eval_addresses *list,
		const char *header, bool senders)
{
	const struct slice *items;
	size_t count = check_header_list(check, header, &items);

	for (size_t i = 0; i < count; i++) {
		if (!senders)
			eval_add(check, list, items[i]);
		else if (items[i].len > 0)
			eval_add(check, list,
				 eval_single_dots(check, items[i]));
	}
}

size_t
eval_from_addresses(struct check *check, const struct slice **items)
{
	static const char *const headers[] = {
		"From:addr",	       "Envelope-Sender:addr",
		"Resent-Sender:addr",  "X-Envelope-From:addr",
		"EnvelopeFrom:addr",   NULL,
	};
	struct eval_addresses *list = check_state(check, "from addresses",
						  sizeof(*list));

	if (!list->known) {
		list->known = true;
		eval_add_header(check, list, "Resent-From:first:addr", false);
		for (size_t i = 0; headers[i] != NULL; i++) {
			if (i == 0 && list->count > 0)
				break;
			eval_add_header(check, list, headers[i], true);
		}
	}
	*items = list->items;
	return list->count;
}

/* "for <anna@example.net>;" in a Received field. */
static void
eval_add_received(struct check *check, struct eval_addresses *list,
		  struct slice field)
{
	size_t at = slice_search(field, 0, SLICE(" for ")), end, last;
	struct slice word, host;

	if (at == field.len)
		return;
	at += 5;
	at += at < field.len && field.data[at] == '<';
	for (end = at; end < field.len &&
		       !str_is_space((unsigned char)field.data[end]);
	     end++)
		;
	word = slice_cut(field, at, end);
	for (last = word.len; last > 0 && word.data[last - 1] != '@'; last--)
		;
	end = slice_find(word, last + 1, ';');
	if (last < 2 || end >= word.len)
		return;
	if (end > last + 1 && word.data[end - 1] == '>')
		end--;
	word.len = end;
	host = domain_to_ascii(check, slice_from(word, last));
	if (domain_is_well_formed(host))
		eval_add(check, list, word);
}

size_t
eval_to_addresses(struct check *check, const struct slice **items)
{
	static const char *const headers[] = {
		"To:addr",	    "Apparently-To:addr",
		"Delivered-To:addr", "Envelope-Recipients:addr",
		"Apparently-Resent-To:addr", "X-Envelope-To:addr",
		"Envelope-To:addr", "X-Delivered-To:addr",
		"X-Original-To:addr", "X-Rcpt-To:addr",
		"X-Real-To:addr",   "Cc:addr", NULL,
	};
	struct eval_addresses *list = check_state(check, "to addresses",
						  sizeof(*list));
	const struct slice *received;
	size_t count;

	if (!list->known) {
		list->known = true;
		eval_add_header(check, list, "Resent-To:first:addr", false);
		eval_add_header(check, list, "Resent-Cc:first:addr", false);
		count = check_header_list(check, "Received", &received);
		if (list->count > 0) {
			*items = list->items;
			return list->count;
		}
		for (size_t i = 0; i < count && i < 3; i++)
			eval_add_received(check, list, received[i]);
		for (size_t i = 0; headers[i] != NULL; i++)
			eval_add_header(check, list, headers[i], false);
	}
	*items = list->items;
	return list->count;
}

static bool
eval_glob_char(char pattern, char c)
{
	if (pattern == '?')
		return c != '\n';
	return pattern == (char)str_lower_char((unsigned char)c);
}

/* The usual walk: after a mismatch the last star takes one more. */
bool
eval_glob(const char *pattern, struct slice text, bool inside)
{
	const char *star = inside ? pattern : NULL;
	size_t at = 0, retry = 0;

	for (;;) {
		if (*pattern == '*') {
			star = ++pattern;
			retry = at;
		} else if (*pattern == '\0' && (inside || at == text.len)) {
			return true;
		} else if (*pattern != '\0' && at < text.len &&
			   eval_glob_char(*pattern, text.data[at])) {
			pattern++;
			at++;
		} else if (star != NULL && retry < text.len &&
			   (inside || text.data[retry] != '\n')) {
			pattern = star;
			at = ++retry;
		} else {
			return false;
		}
	}
}

/* Hardly an address ends as an entry does. */
bool
eval_entry_fits(const struct rule_list *list, size_t i, struct slice text)
{
	struct slice tail = list->tails[i], end;

	if (text.len < tail.len)
		return false;
	end = slice_from(text, text.len - tail.len);
	return (tail.len == 0 ||
		eval_glob_char(tail.data[tail.len - 1],
			       end.data[tail.len - 1])) &&
	       slice_equal_nocase(end, tail) &&
	       eval_glob(list->items[i], text, false);
}

bool
eval_listed(const struct rule_list *list, struct slice text)
{
	for (size_t i = 0; list != NULL && i < list->count; i++)
		if (eval_entry_fits(list, i, text))
			return true;
	return false;
}
