/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SpamAssassin reads address fields with one relaxed pattern that takes an
 * address at a time off the front. Which bytes of broken fields count as the
 * address follows from how that pattern backtracks, so ours does the same, in
 * PCRE2 and under its limits. The patterns are compiled once for the process.
 */
#include "mail/address_list.h"

#include <pthread.h>

#include "base/mem.h"
#include "mail/address_plain.h"
#include "wrap/regex.h"

/* RFC 5322's quoted-string, atom and domain as mail in the wild writes them. */
#define QUOTED "\"(?:[^\"\\\\]++|\\\\.)*+\""
#define LOCAL "(?:" QUOTED "|[^@\\s<>()\\[\\],:;]+)"
#define DOMAIN "(?:[^\"\\s<>()\\[\\],:;]+|\\[[\\d:.]+\\])"
#define MAILBOX LOCAL "@" DOMAIN
#define WORDS "(?:" QUOTED "|[^\",;<]++)+"
#define COMMENT "\\(((?:[^()\\\\]++|\\\\.)*+)\\)"

/* 1 phrase, 2 what stands in <>, 3 bare address, 4 bare words, 5 comment. */
#define ENTRY                                                                  \
	"\\s*(?:"                                                              \
	"(?:(" WORDS ")\\s*)?<\\s*([^>@]*\\S+|\\s*)\\s*>"                      \
	"(?:\\s*<\\s*(?:(?:" QUOTED ")?\\S+|\\s*)\\s*>)*"                      \
	"|(" MAILBOX ")|(" WORDS "))"                                          \
	"(?:\\s*" COMMENT ")?\\s*(?:[,;]|\\z)"

/* A comment longer than a line may be is not searched to its end. */
#define COMMENT_MAX 998

struct address_patterns {
	struct regex *entry, *mailbox, *enclosed;
};

static pthread_once_t address_once = PTHREAD_ONCE_INIT;
static struct address_patterns address_patterns; /* constant once made */

static struct regex *
address_pattern(const char *text, unsigned flags)
{
	struct err err = { 0 };
	struct regex *regex = regex_compile(NULL, slice_of(text), flags, &err);

	if (regex == NULL)
		abort(); /* a constant of this file is wrong */
	return regex;
}

static void
address_make_patterns(void)
{
	address_patterns.entry = address_pattern(ENTRY, REGEX_ANCHORED);
	address_patterns.mailbox = address_pattern("^" MAILBOX "$", 0);
	address_patterns.enclosed = address_pattern("<(" MAILBOX ")>", 0);
}

void
address_list_preload(void)
{
	pthread_once(&address_once, address_make_patterns);
}

struct address_reader {
	void *mem;
	struct regex_scratch *scratch;
	struct header_address *items;
	size_t count;
};

static struct slice
address_group(const struct address_reader *reader, struct slice text,
	      unsigned group)
{
	size_t start, end;

	if (!regex_span(reader->scratch, group, &start, &end))
		return SLICE_NONE;
	return slice_cut(text, start, end);
}

/* Length of the comment that begins at `at`, 0 if it is none. */
static size_t
address_comment(struct slice text, size_t at)
{
	for (size_t i = at + 1; i < text.len && i - at < COMMENT_MAX; i++) {
		char c = text.data[i];

		if (c == ')')
			return i + 1 - at;
		if (c == '(' || (c == '\\' && (++i == text.len ||
					       text.data[i] == '\n')))
			return 0;
	}
	return 0;
}

static void
address_uncomment(struct buf *out, struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		size_t skip = text.data[i] == '(' ? address_comment(text, i)
						  : 0;

		if (skip != 0)
			i += skip - 1;
		else
			buf_char(out, text.data[i]);
	}
}

/* Length of the quoted string that begins at `at`, 0 if it is none. */
static size_t
address_quoted(struct slice text, size_t at)
{
	for (size_t i = at + 1; i < text.len; i++) {
		if (text.data[i] == '"')
			return i + 1 - at;
		if (text.data[i] == '\\' &&
		    (++i == text.len || text.data[i] == '\n'))
			return 0;
	}
	return 0;
}

/* Quotes and backslashes go from quoted parts, comments from the others. */
static struct slice
address_phrase(void *mem, struct slice text)
{
	struct buf out = BUF(mem);

	for (size_t i = 0; i < text.len;) {
		size_t end;

		if (text.data[i] != '"') {
			end = slice_find(text, i, '"');
			address_uncomment(&out, slice_cut(text, i, end));
			i = end;
			continue;
		}
		end = i + address_quoted(text, i);
		for (size_t k = i + 1; k + 1 < end; k++)
			if (text.data[k] != '\\')
				buf_char(&out, text.data[k]);
		i = end > i ? end : i + 1;
	}
	return out.len == 0 ? SLICE_NONE : buf_view(&out);
}

static bool
address_label_is_valid(struct slice label, bool underscore)
{
	if (label.len < 1 || label.len > 63 || label.data[0] == '-' ||
	    label.data[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++) {
		unsigned char c = (unsigned char)label.data[i];

		if (!str_is_alnum(c) && c != '-' && c < 0x80 &&
		    !(c == '_' && underscore))
			return false;
	}
	return true;
}

bool
address_host_is_valid(struct slice host)
{
	size_t labels = 1, end;

	/* Perl's $ forgives one. */
	if (host.len > 0 && host.data[host.len - 1] == '\n')
		host.len--;
	while (host.len > 0 && host.data[host.len - 1] == '.')
		host.len--;
	if (host.len == 0 || host.len > 253)
		return false;
	for (size_t i = 0; i < host.len; i++)
		labels += host.data[i] == '.';
	if (labels < 2)
		return false;
	for (size_t at = 0; at <= host.len; at = end + 1, labels--) {
		end = slice_find(host, at, '.');
		if (!address_label_is_valid(slice_cut(host, at, end),
					    labels > 2))
			return false;
	}
	return true;
}

static bool
address_is_mailbox(struct address_reader *reader, struct slice text)
{
	return regex_match(address_patterns.mailbox, reader->scratch, text,
			   0) == REGEX_YES;
}

/* Some oddities that the patterns let through. */
static bool
address_is_sane(struct slice text)
{
	size_t quotes = 0;

	if (text.data == NULL || slice_starts(text, "\"\"@"))
		return false;
	for (size_t i = 0; i < text.len; i++)
		quotes += text.data[i] == '"';
	return quotes != 1;
}

/* Up to the second @. */
static struct slice
address_trim(struct slice text)
{
	size_t at = slice_find(text, 0, '@');

	return slice_cut(text, 0, slice_find(text, at + 1, '@'));
}

static void
address_add(struct address_reader *reader, struct slice address,
	    struct slice name)
{
	mem_grow(reader->mem, reader->items, reader->count);
	if (address.data != NULL)
		address = address_trim(address);
	reader->items[reader->count++] =
		(struct header_address){ address, name };
}

/* A phrase may itself be an address: "joe@example.org" in quotes alone. */
static bool
address_is_in_phrase(struct address_reader *reader, struct slice phrase)
{
	size_t at = slice_find(phrase, 0, '@');

	return at < phrase.len && address_is_mailbox(reader, phrase) &&
	       address_is_sane(phrase) &&
	       address_host_is_valid(slice_cut(
		       phrase, at + 1, slice_find(phrase, at + 1, '@')));
}

static void
address_entry(struct address_reader *reader, struct slice text)
{
	struct slice phrase = address_group(reader, text, 1);
	struct slice enclosed = address_group(reader, text, 2);
	struct slice address = address_group(reader, text, 3);
	struct slice comment = address_group(reader, text, 5);
	struct buf bare = BUF(reader->mem);

	if (phrase.data == NULL)
		phrase = address_group(reader, text, 4);
	if (enclosed.data != NULL) {
		address_uncomment(&bare, enclosed);
		address = buf_view(&bare);
		if (address.len == 0 || !address_is_mailbox(reader, address))
			address = SLICE_NONE;
	}
	if (!address_is_sane(address))
		address = SLICE_NONE;
	if (phrase.data != NULL)
		phrase = address_phrase(reader->mem, phrase);
	if (phrase.data != NULL && address.data == NULL &&
	    address_is_in_phrase(reader, phrase)) {
		address = phrase;
		phrase = SLICE_NONE;
	} else if (phrase.data != NULL && address.data != NULL &&
		   slice_equal(phrase, address)) {
		phrase = SLICE_NONE;
	}
	address_add(reader, address, phrase.data != NULL ? phrase : comment);
}

/* Pairs of backslashes go; so does the name of a group and what ends it. */
static struct slice
address_prepare(void *mem, struct slice value)
{
	struct buf out = BUF(mem);
	struct slice text;
	size_t colon = 0, i;

	text = slice_trim(slice_cut(value, 0, ADDRESS_LIST_BYTES));
	text = (struct slice){ value.data,
			       (size_t)(text.data - value.data) + text.len };
	for (i = 0; i < text.len; i++) {
		if (text.data[i] == '\\' && i + 1 < text.len &&
		    text.data[i + 1] == '\\')
			i++;
		else
			buf_char(&out, text.data[i]);
	}
	text = buf_view(&out);
	for (i = 0; i < text.len && memchr("\"()<>", text.data[i], 5) == NULL;
	     i++)
		if (text.data[i] == ':')
			colon = i;
	if (colon == 0)
		return text;
	for (i = colon + 1; i < text.len && str_is_space(text.data[i]); i++)
		;
	return i < text.len && text.data[i] == ';' ? SLICE("")
						   : slice_from(text, i);
}

/* Where nothing else worked, addresses in <> still stand out. */
static void
address_leftovers(struct address_reader *reader, struct slice text)
{
	int found;

	if (slice_find(text, 0, '@') == text.len)
		return;
	if (reader->scratch == NULL)
		reader->scratch = regex_scratch_new(reader->mem);
	for (found = regex_match(address_patterns.enclosed, reader->scratch,
				 text, 0);
	     found == REGEX_YES && reader->count < ADDRESS_LIST_MAX;
	     found = regex_match_next(address_patterns.enclosed,
				      reader->scratch, text)) {
		struct slice address = address_group(reader, text, 1);

		if (address_is_sane(address))
			address_add(reader, address, SLICE_NONE);
	}
}

/* An entry that needs no pattern: where it ends, or 0. */
static size_t
address_without_pattern(struct address_reader *reader, struct slice text)
{
	struct slice address, phrase;
	size_t end = address_plain(text, &address, &phrase);

	if (end == 0)
		return 0;
	if (phrase.data != NULL)
		phrase = address_phrase(reader->mem, phrase);
	if (phrase.data != NULL && slice_equal(phrase, address))
		phrase = SLICE_NONE;
	address_add(reader, address, phrase);
	return end;
}

/* An entry as the pattern reads it: where it ends, or 0. */
static size_t
address_by_pattern(struct address_reader *reader, struct slice text)
{
	size_t start, end;

	if (reader->scratch == NULL)
		reader->scratch = regex_scratch_new(reader->mem);
	if (regex_match(address_patterns.entry, reader->scratch, text, 0) !=
		    REGEX_YES ||
	    !regex_span(reader->scratch, 0, &start, &end) || end == 0)
		return 0;
	address_entry(reader, text);
	return end;
}

static size_t
address_read(struct address_reader *reader, struct slice value, bool plain)
{
	struct slice text;
	size_t end = 1;

	if (slice_trim(value).len == 0)
		return 0;
	address_list_preload();
	text = address_prepare(reader->mem, value);
	while (end != 0 && reader->count < ADDRESS_LIST_MAX &&
	       slice_trim(text).len != 0) {
		end = plain ? address_without_pattern(reader, text) : 0;
		if (end == 0)
			end = address_by_pattern(reader, text);
		text = slice_from(text, end);
	}
	address_leftovers(reader, text);
	mem_free(reader->scratch);
	return reader->count;
}

size_t
address_list(void *mem, struct slice value, struct header_address **addresses)
{
	struct address_reader reader = { .mem = mem };
	size_t count = address_read(&reader, value, true);

	*addresses = reader.items;
	return count;
}

size_t
address_list_by_pattern(void *mem, struct slice value,
			struct header_address **addresses)
{
	struct address_reader reader = { .mem = mem };
	size_t count = address_read(&reader, value, false);

	*addresses = reader.items;
	return count;
}
