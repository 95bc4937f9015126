/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/address.h"

#include <string.h>

#include "base/mem.h"
#include "mail/charset.h"

#define ADDRESS_LOCAL_MAX 64 /* RFC 5321 4.5.3.1.1 */
#define ADDRESS_MAX 254      /* and 4.5.3.1.3, without <> */

static bool
address_is_atext(unsigned char c)
{
	return str_is_alnum(c) || c >= 0x80 ||
	       (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

static enum address_error
address_check_bytes(struct slice text)
{
	bool eight = false;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c < ' ' || c == 0x7f)
			return ADDRESS_CONTROL;
		eight |= c >= 0x80;
	}
	return eight && !charset_is_utf8(text) ? ADDRESS_UTF8 : ADDRESS_OK;
}

/* "@relay,@relay:user@domain" without what stands before the user. */
static struct slice
address_skip_route(struct slice text)
{
	size_t colon;

	if (text.len == 0 || text.data[0] != '@')
		return text;
	colon = slice_find(text, 0, ':');
	return colon == text.len ? text : slice_from(text, colon + 1);
}

/*
 * Reads the local part into out, up to the @ or the end. Returns where that
 * is, or -1 if the text is no local part.
 */
static long
address_read_local(struct slice text, struct buf *out)
{
	bool quoted = false;
	size_t i;

	buf_text(out, "");
	for (i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '"') {
			quoted = !quoted;
			continue;
		}
		if (c == '@' && !quoted)
			break;
		if (c == '\\' && ++i == text.len)
			return -1;
		if (c != '\\' && !quoted && !address_is_atext((unsigned char)c))
			return -1;
		buf_char(out, text.data[i]);
	}
	return quoted || out->len == 0 ? -1 : (long)i;
}

static bool
address_is_name(struct slice domain)
{
	char before = '.';

	for (size_t i = 0; i < domain.len; i++) {
		unsigned char c = (unsigned char)domain.data[i];

		if (c == '.' ? before == '.'
			     : !str_is_alnum(c) && c != '-' && c != '_' &&
				       c < 0x80)
			return false;
		before = (char)c;
	}
	return domain.len > 0 && before != '.';
}

static bool
address_is_bracketed(struct slice domain)
{
	if (domain.len < 3 || domain.data[0] != '[' ||
	    domain.data[domain.len - 1] != ']')
		return false;
	for (size_t i = 1; i + 1 < domain.len; i++)
		if (!str_is_alnum((unsigned char)domain.data[i]) &&
		    strchr(".:-", domain.data[i]) == NULL)
			return false;
	return true;
}

static enum address_error
address_read(void *mem, struct slice text, struct address *address)
{
	struct buf local = BUF(mem);
	struct slice domain;
	long at = address_read_local(text, &local);

	if (at < 0)
		return ADDRESS_SYNTAX;
	domain = slice_from(text, (size_t)at + 1);
	if ((size_t)at < text.len) {
		/* The DNS root's dot means the same name. */
		if (domain.len > 1 && domain.data[domain.len - 1] == '.')
			domain.len--;
		if (!address_is_name(domain) && !address_is_bracketed(domain))
			return ADDRESS_SYNTAX;
	}
	address->local = local.data;
	address->domain = slice_string(mem, address_fold(mem, domain));
	return local.len > ADDRESS_LOCAL_MAX || text.len > ADDRESS_MAX
		       ? ADDRESS_LENGTH
		       : ADDRESS_OK;
}

enum address_error
address_parse(void *mem, const char *path, struct address *address)
{
	struct slice text = slice_trim(slice_of(path));
	enum address_error error;

	*address = (struct address){ "", "" };
	if (text.len > 0 && text.data[0] == '<') {
		if (text.data[text.len - 1] != '>')
			return ADDRESS_SYNTAX;
		text = slice_trim(slice_cut(text, 1, text.len - 1));
	}
	if (text.len == 0)
		return ADDRESS_EMPTY;
	error = address_check_bytes(text);
	if (error != ADDRESS_OK)
		return error;
	return address_read(mem, address_skip_route(text), address);
}

const char *
address_error_text(enum address_error error)
{
	switch (error) {
	case ADDRESS_OK:
		return "a good address";
	case ADDRESS_EMPTY:
		return "the address is empty";
	case ADDRESS_SYNTAX:
		return "the address is malformed";
	case ADDRESS_LENGTH:
		return "the address is too long";
	case ADDRESS_CONTROL:
		return "the address holds control characters";
	case ADDRESS_UTF8:
		return "the address holds bytes that are not UTF-8";
	}
	return "the address is bad";
}

static bool
address_wants_quotes(const char *local)
{
	char before = '.';

	for (; *local != '\0'; local++) {
		if (!address_is_atext((unsigned char)*local) ||
		    (*local == '.' && before == '.'))
			return true;
		before = *local;
	}
	return before == '.';
}

char *
address_string(void *mem, const struct address *address)
{
	struct buf out = BUF(mem);
	bool quotes = address_wants_quotes(address->local);

	if (!quotes) {
		buf_text(&out, address->local);
	} else {
		buf_char(&out, '"');
		for (const char *c = address->local; *c != '\0'; c++) {
			if (*c == '"' || *c == '\\')
				buf_char(&out, '\\');
			buf_char(&out, *c);
		}
		buf_char(&out, '"');
	}
	if (address->domain[0] != '\0') {
		buf_char(&out, '@');
		buf_text(&out, address->domain);
	}
	return out.data;
}

bool
address_is_literal(const struct address *address)
{
	return address->domain[0] == '[';
}

/* Blocks of Unicode whose capitals stand at a fixed distance, or in pairs. */
static unsigned long
address_fold_char(unsigned long c)
{
	if ((c >= 0xc0 && c <= 0xde && c != 0xd7) ||   /* Latin-1 */
	    (c >= 0x391 && c <= 0x3a9 && c != 0x3a2) || /* Greek */
	    (c >= 0x410 && c <= 0x42f))                 /* Cyrillic */
		return c + 0x20;
	if (c >= 0x400 && c <= 0x40f)
		return c + 0x50;
	if ((c >= 0x100 && c <= 0x12f) || (c >= 0x132 && c <= 0x137) ||
	    (c >= 0x14a && c <= 0x177) || (c >= 0x460 && c <= 0x481) ||
	    (c >= 0x48a && c <= 0x4bf) || (c >= 0x4d0 && c <= 0x52f) ||
	    (c >= 0x1e00 && c <= 0x1e95) || (c >= 0x1ea0 && c <= 0x1eff))
		return c | 1;
	if ((c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e))
		return c + (c & 1);
	return c == 0x178 ? 0xff : c;
}

static bool
address_is_folded(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.data[i] >= 0x80 ||
		    str_lower_char(text.data[i]) != text.data[i])
			return false;
	return true;
}

struct slice
address_fold(void *mem, struct slice text)
{
	struct buf out = BUF(mem);
	size_t at = 0;

	if (address_is_folded(text))
		return text;
	while (at < text.len) {
		size_t from = at;
		long c = charset_next(text, &at);

		if (c < 0) /* no UTF-8: kept as it is */
			buf_char(&out, text.data[from]);
		else if (c < 0x80)
			buf_char(&out, (char)str_lower_char((int)c));
		else
			charset_put(&out, address_fold_char((unsigned long)c));
	}
	return buf_view(&out);
}

bool
address_next(struct slice *list, struct slice *item)
{
	while (list->len > 0) {
		bool quoted = false;
		size_t i;

		for (i = 0; i < list->len; i++) {
			char c = list->data[i];

			if (c == ',' && !quoted)
				break;
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = !quoted;
		}
		*item = slice_trim(slice_cut(*list, 0, i));
		*list = slice_from(*list, i + 1);
		if (item->len > 0)
			return true;
	}
	return false;
}

size_t
address_extension(const char *delimiters, struct slice local)
{
	size_t at = 0;

	if (*delimiters == '\0' || slice_is_nocase(local, "postmaster") ||
	    slice_is_nocase(local, "mailer-daemon") ||
	    slice_is_nocase(local, "double-bounce"))
		return local.len;
	if (strchr(delimiters, '-') != NULL &&
	    (slice_starts_nocase(local, "owner-") ||
	     (local.len > 8 && slice_ends_nocase(local, "-request"))))
		return local.len;
	while (at < local.len && strchr(delimiters, local.data[at]) == NULL)
		at++;
	return at == 0 ? local.len : at;
}
