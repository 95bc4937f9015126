/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/uri_mail.h"

#include "base/mem.h"

bool
uri_is_mail(struct slice uri)
{
	size_t at;

	if (slice_starts_nocase(uri, "mailto:"))
		return true;
	at = slice_find(uri, 0, '@');
	return at < uri.len && slice_find(uri, 0, ':') > at;
}

static struct slice
mail_with_scheme(void *mem, struct slice address)
{
	struct buf out = BUF(mem);

	buf_text(&out, "mailto:");
	buf_slice(&out, address);
	return buf_view(&out);
}

/*
 * What stands in front of `stop`, the first of the bytes stop and also behind
 * the "@" and at least one byte more.
 */
static struct slice
mail_until(struct slice uri, char stop, char also)
{
	size_t sign = slice_find(uri, 0, '@'), at;

	if (sign == 0 || sign == uri.len)
		return SLICE_NONE;
	for (at = sign + 1; at < uri.len && uri.data[at] != stop &&
			    uri.data[at] != also;)
		at++;
	if (at == sign + 1 || at == uri.len || uri.data[at] != stop)
		return SLICE_NONE;
	return slice_cut(uri, 0, at);
}

/* "%20%20user@host%20" */
static struct slice
mail_without_blanks(void *mem, struct slice uri)
{
	struct slice blank = SLICE("%20");
	size_t scheme = slice_starts(uri, "mailto:") ? 7 : 0;
	size_t start = scheme, sign = slice_find(uri, 0, '@'), end;

	if (slice_search(uri, 0, blank) == uri.len || sign == uri.len)
		return SLICE_NONE;
	while (slice_starts(slice_from(uri, start), blank.data))
		start += blank.len;
	if (start == sign && start > scheme)
		start -= blank.len;
	else if (start == sign)
		start = 0;
	if (start >= sign)
		return SLICE_NONE;
	for (end = sign + 1; end < uri.len && uri.data[end] != '?' &&
			     uri.data[end] != '&' && uri.data[end] != '%';)
		end++;
	if (end == sign + 1)
		return SLICE_NONE;
	return mail_with_scheme(mem, slice_cut(uri, start, end));
}

/* "Foo%20Bar<user@host>": the last such bracket before any parameter. One walk
 * from the end, remembering what comes next to the right. */
static struct slice
mail_in_brackets(void *mem, struct slice uri)
{
	size_t limit = 0, close = uri.len, stop = uri.len, stop_close = uri.len;

	while (limit < uri.len && uri.data[limit] != '?' &&
	       uri.data[limit] != '&')
		limit++;
	for (size_t at = uri.len; at-- > 0;) {
		char c = uri.data[at];

		if (c == '<' && at < limit && stop < uri.len &&
		    uri.data[stop] == '@' && stop > at + 1 &&
		    stop_close < uri.len && stop_close > stop + 1)
			return mail_with_scheme(
				mem, slice_cut(uri, at + 1, stop_close));
		if (c == '>')
			close = stop = at;
		if (c == '@') {
			stop = at;
			stop_close = close;
		}
	}
	return SLICE_NONE;
}

size_t
uri_mail_forms(void *mem, struct slice uri, struct slice forms[URI_MAIL_FORMS])
{
	const struct slice found[URI_MAIL_FORMS] = {
		mail_until(uri, '?', '?'),
		mail_until(uri, '&', '?'),
		mail_without_blanks(mem, uri),
		mail_in_brackets(mem, uri),
	};
	size_t count = 0;

	for (size_t i = 0; i < URI_MAIL_FORMS; i++)
		if (found[i].data != NULL)
			forms[count++] = found[i];
	return count;
}
