/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/address_plain.h"

#include <string.h>

/* Length of the address of letters, digits and "._+=-" that begins at `at`. */
static size_t
address_plain_mailbox(struct slice text, size_t at)
{
	size_t i = at, host;

	while (i < text.len && (str_is_alnum((unsigned char)text.data[i]) ||
				strchr("._+=-", text.data[i]) != NULL) &&
	       text.data[i] != '\0')
		i++;
	if (i == at || i == text.len || text.data[i] != '@')
		return 0;
	for (host = ++i; i < text.len; i++)
		if (!str_is_alnum((unsigned char)text.data[i]) &&
		    text.data[i] != '.' && text.data[i] != '-')
			break;
	return i == host ? 0 : i - at;
}

/* Where a phrase of words and quoted strings ends at a "<"; text.len:
 * nowhere. */
static size_t
address_plain_phrase(struct slice text, size_t at)
{
	bool quoted = false;

	for (; at < text.len; at++) {
		char c = text.data[at];

		if (c == '<' && !quoted)
			return at;
		if (c == '"')
			quoted = !quoted;
		else if (c == '\\' || c == '\0' ||
			 (!quoted && strchr(",;>()[]:@", c) != NULL))
			break;
	}
	return text.len;
}

/* Behind the comma after an entry that ends at `at`, or the end of the text; 0:
 * the pattern might read on. */
static size_t
address_plain_end(struct slice text, size_t at, bool enclosed)
{
	size_t next = at + 1;

	if (at == text.len)
		return at;
	if (text.data[at] != ',')
		return 0;
	if (!enclosed || next == text.len)
		return next;
	if (!str_is_space(text.data[next]))
		return 0;
	while (next < text.len && str_is_space(text.data[next]))
		next++;
	return next < text.len && text.data[next] == '>' ? 0 : at + 1;
}

size_t
address_plain(struct slice text, struct slice *address, struct slice *phrase)
{
	size_t at = 0, open, len, end;

	while (at < text.len && str_is_space(text.data[at]))
		at++;
	len = address_plain_mailbox(text, at);
	end = len == 0 ? 0 : address_plain_end(text, at + len, false);
	*phrase = SLICE_NONE;
	*address = slice_cut(text, at, at + len);
	if (end != 0)
		return end;
	open = address_plain_phrase(text, at);
	len = address_plain_mailbox(text, open + 1);
	if (len == 0 || open + 1 + len >= text.len ||
	    text.data[open + 1 + len] != '>')
		return 0;
	if (open > at)
		*phrase = slice_cut(text, at, open);
	*address = slice_cut(text, open + 1, open + 1 + len);
	return address_plain_end(text, open + 2 + len, true);
}
