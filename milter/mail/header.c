/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/header.h"

#include "base/mem.h"
#include "mail/charset.h"
#include "mail/decode.h"

/* =?charset?B?text?= */
struct encoded_word {
	struct slice charset;
	struct slice text;
	bool base64;
	size_t end; /* offset behind it */
};

static bool
encoded_word_at(struct slice s, size_t at, struct encoded_word *word)
{
	size_t i = at + 2, end;

	if (!slice_starts(slice_from(s, at), "=?"))
		return false;
	while (i < s.len && (str_is_alnum((unsigned char)s.data[i]) ||
			     s.data[i] == '*' || s.data[i] == '_' ||
			     s.data[i] == '-'))
		i++;
	if (i == at + 2 || i + 3 > s.len || s.data[i] != '?' ||
	    s.data[i + 2] != '?' || s.data[i + 1] == '\0' ||
	    strchr("bBqQ", s.data[i + 1]) == NULL)
		return false;
	end = slice_find(s, i + 3, '?');
	if (end + 1 >= s.len || s.data[end + 1] != '=')
		return false;
	*word = (struct encoded_word){
		.charset = slice_cut(s, at + 2, i),
		.text = slice_cut(s, i + 3, end),
		.base64 = str_lower_char(s.data[i + 1]) == 'b',
		.end = end + 2,
	};
	return true;
}

/* White space between two encoded words belongs to neither. */
static struct slice
header_join_words(void *mem, struct slice s)
{
	struct buf out = BUF(mem);
	struct encoded_word word, next;
	size_t i = 0;

	while (i < s.len) {
		size_t end, blank;

		if (!encoded_word_at(s, i, &word)) {
			end = slice_find(s, i + 1, '=');
			buf_slice(&out, slice_cut(s, i, end));
			i = end;
			continue;
		}
		blank = word.end;
		while (blank < s.len &&
		       str_is_space((unsigned char)s.data[blank]))
			blank++;
		if (blank == word.end || !encoded_word_at(s, blank, &next)) {
			buf_char(&out, s.data[i++]);
			continue;
		}
		buf_slice(&out, slice_cut(s, i, word.end));
		i = blank;
	}
	return buf_view(&out);
}

static struct slice
encoded_word_bytes(void *mem, const struct encoded_word *word)
{
	char *text;

	if (word->base64)
		return decode_base64(mem, word->text);
	text = mem_copy(mem, word->text.data, word->text.len);
	for (size_t i = 0; i < word->text.len; i++)
		if (text[i] == '_')
			text[i] = ' ';
	return decode_qp(mem, (struct slice){ text, word->text.len });
}

/* "us-ascii*en" names the language as well (RFC 2231 section 5). */
static void
header_flush(void *scratch, struct buf *out, struct buf *bytes,
	     struct slice charset, bool reader)
{
	size_t star = slice_find(charset, 0, '*');
	struct slice text = buf_view(bytes);
	char *name;

	if (charset.len != 0 && star != 0) {
		name = slice_string(scratch, slice_cut(charset, 0, star));
		text = reader ? charset_for_reader(scratch, text, name) :
				charset_believe(scratch, text, name);
	}
	buf_slice(out, text);
	buf_reset(bytes);
}

/*
 * Neighbours of one charset are put together before the charset is decoded,
 * because senders split characters between words. reader: as mail clients do
 * it, where SpamAssassin differs.
 */
static struct slice
header_words(void *mem, struct slice s, bool reader)
{
	void *scratch = mem_context(mem, "encoded words");
	struct buf out = BUF(mem), bytes = BUF(scratch);
	struct slice charset = SLICE("");
	struct encoded_word word;

	s = header_join_words(scratch, s);
	for (size_t i = 0; i < s.len;) {
		bool found = encoded_word_at(s, i, &word);
		size_t end = s.data[i] == '=' ? i + 1 : slice_find(s, i, '=');

		if (!found)
			word = (struct encoded_word){ .charset = SLICE(""),
						      .end = end };
		if (!slice_equal_nocase(word.charset, charset))
			header_flush(scratch, &out, &bytes, charset, reader);
		charset = word.charset;
		buf_slice(&bytes, found ? encoded_word_bytes(scratch, &word) :
					  slice_cut(s, i, end));
		i = word.end;
	}
	header_flush(scratch, &out, &bytes, charset, reader);
	mem_free(scratch);
	return buf_view(&out);
}

/* Fields that RFC 2047 leaves alone. */
static bool
header_is_plain(struct slice name)
{
	static const char *const names[] = {
		"Received", "Message-ID", "Resent-Message-ID", "Date",
		"Resent-Date", "MIME-Version", "References", "In-Reply-To",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (slice_is_nocase(name, names[i]))
			return true;
	return slice_starts_nocase(name, "List-");
}

struct slice
header_unfold(void *mem, struct slice raw)
{
	struct buf out = BUF(mem);
	struct slice s;

	if (raw.data == NULL)
		return SLICE_NONE;
	s = slice_trim(raw);
	if (slice_find(s, 0, '\n') == s.len)
		return s;
	/* LF and the blanks behind it become one blank; any other LF goes,
	 * with a CR in front of it. */
	for (size_t i = 0; i < s.len;) {
		size_t end = slice_find(s, i, '\n'), next = end + 1;

		while (next < s.len &&
		       (s.data[next] == ' ' || s.data[next] == '\t'))
			next++;
		if (next == end + 1 && end < s.len && end > i &&
		    s.data[end - 1] == '\r')
			buf_slice(&out, slice_cut(s, i, end - 1));
		else
			buf_slice(&out, slice_cut(s, i, end));
		if (next > end + 1)
			buf_char(&out, ' ');
		i = next;
	}
	return buf_view(&out);
}

struct slice
header_decode(void *mem, struct slice name, struct slice raw)
{
	struct slice value = header_unfold(mem, raw);

	if (value.data == NULL)
		return value;
	if (!charset_is_ascii(value))
		value = charset_to_utf8(mem, value, "utf-8", NULL);
	if (slice_search(value, 0, SLICE("=?")) == value.len ||
	    header_is_plain(name))
		return value;
	return header_words(mem, value, false);
}

struct slice
header_decoded(const struct headers *headers, const struct header *header)
{
	struct header *kept = &headers->items[header - headers->items];

	if (kept->decoded.data == NULL)
		kept->decoded = header_decode(headers->mem, header->name,
					      header->raw);
	return kept->decoded;
}

const char *
header_decode_words(void *mem, const char *value)
{
	struct slice s = header_unfold(mem, slice_of(value));
	char *text;

	if (!charset_is_ascii(s))
		s = charset_to_utf8(mem, s, "utf-8", NULL);
	s = header_words(mem, s, true);
	text = slice_string(mem, s);
	/* A NUL would hide what stands behind it. */
	for (size_t i = 0; i < s.len; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	return text;
}

struct slice
header_last_decoded(const struct headers *headers, const char *name)
{
	const struct header *header = headers_last(headers, name);

	return header == NULL ? SLICE_NONE : header_decoded(headers, header);
}

/*
 * The limit is counted name by name in the order of their first appearance;
 * where it is passed, all further fields are left out, so that one may be
 * missing between two that are there.
 */
static size_t
header_mark_all(const struct headers *headers, struct slice *values)
{
	size_t size = 0, count = 0;

	for (size_t i = 0; i < headers->count; i++) {
		const struct header *header = &headers->items[i];

		if (header->hidden || values[i].data != NULL)
			continue;
		for (; header != NULL; header = header_next(headers, header)) {
			struct slice value = header_decoded(headers, header);

			size += header->name.len + value.len + 3;
			if (size > HEADER_ALL_MAX)
				return count;
			values[header - headers->items] = value;
			count++;
		}
	}
	return count;
}

struct slice
header_everything(void *mem, const struct headers *headers, bool *truncated)
{
	void *scratch = mem_context(mem, "all headers");
	struct slice *values = mem_array(scratch, struct slice,
					 headers->count);
	size_t count = header_mark_all(headers, values), shown = 0;
	struct buf out = BUF(mem);

	for (size_t i = 0; i < headers->count; i++) {
		shown += !headers->items[i].hidden;
		if (values[i].data == NULL)
			continue;
		buf_slice(&out, headers->items[i].name);
		buf_text(&out, ": ");
		buf_slice(&out, values[i]);
		buf_char(&out, '\n');
	}
	if (truncated != NULL)
		*truncated = count < shown;
	mem_free(scratch);
	return buf_view(&out);
}
