/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/dkim_canon.h"

static bool
dkim_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A line without its end; a CR elsewhere is a byte like others. */
static struct slice
dkim_line(struct slice line)
{
	size_t len = line.len;

	if (len > 0 && line.data[len - 1] == '\n')
		len--;
	if (len > 0 && line.data[len - 1] == '\r')
		len--;
	return slice_cut(line, 0, len);
}

static struct slice
dkim_without_blanks(struct slice text)
{
	while (text.len > 0 && dkim_is_blank(text.data[text.len - 1]))
		text.len--;
	while (text.len > 0 && dkim_is_blank(text.data[0]))
		text = slice_from(text, 1);
	return text;
}

/* One blank for each run of them. */
static void
dkim_canon_words(struct buf *buf, struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!dkim_is_blank(text.data[i]))
			buf_char(buf, text.data[i]);
		else if (i == 0 || !dkim_is_blank(text.data[i - 1]))
			buf_char(buf, ' ');
	}
}

static void
dkim_canon_field_relaxed(struct buf *buf, struct slice line)
{
	size_t colon = slice_find(line, 0, ':');
	struct slice name = dkim_without_blanks(slice_cut(line, 0, colon));
	struct slice rest = slice_from(line, colon + 1), piece;
	struct buf value = BUF(buf->mem);

	for (size_t i = 0; i < name.len; i++)
		buf_char(buf, (char)str_lower_char(
					  (unsigned char)name.data[i]));
	buf_char(buf, ':');
	while (slice_line(&rest, &piece))
		buf_slice(&value, dkim_line(piece));
	dkim_canon_words(buf, dkim_without_blanks(buf_view(&value)));
	buf_text(buf, "\r\n");
}

void
dkim_canon_field(struct buf *buf, struct slice line, bool relaxed)
{
	struct slice rest = line, piece;

	if (relaxed) {
		dkim_canon_field_relaxed(buf, line);
		return;
	}
	while (slice_line(&rest, &piece)) {
		buf_slice(buf, dkim_line(piece));
		buf_text(buf, "\r\n");
	}
}

/* What is still wanted of the canonical body, and how long it has become. */
struct dkim_sink {
	struct crypto_hasher *hasher;
	uint64_t left, total;
};

static void
dkim_sink_add(struct dkim_sink *sink, struct slice bytes)
{
	size_t taken = bytes.len < sink->left ? bytes.len : (size_t)sink->left;

	crypto_hasher_add(sink->hasher, slice_cut(bytes, 0, taken));
	sink->left -= taken;
	sink->total += bytes.len;
}

static void
dkim_sink_relaxed(struct dkim_sink *sink, struct slice line)
{
	size_t start = 0, at = 0;

	while (at < line.len) {
		if (!dkim_is_blank(line.data[at])) {
			at++;
			continue;
		}
		dkim_sink_add(sink, slice_cut(line, start, at));
		dkim_sink_add(sink, SLICE(" "));
		while (at < line.len && dkim_is_blank(line.data[at]))
			at++;
		start = at;
	}
	dkim_sink_add(sink, slice_cut(line, start, at));
}

uint64_t
dkim_canon_body(struct crypto_hasher *hasher, struct slice body, bool relaxed,
		uint64_t length)
{
	struct dkim_sink sink = { hasher, length, 0 };
	struct slice rest = body, line;
	uint64_t empty = 0; /* lines held back: the last ones do not count */

	while (slice_line(&rest, &line)) {
		line = dkim_line(line);
		while (relaxed && line.len > 0 &&
		       dkim_is_blank(line.data[line.len - 1]))
			line.len--;
		if (line.len == 0) {
			empty++;
			continue;
		}
		for (; empty > 0; empty--)
			dkim_sink_add(&sink, SLICE("\r\n"));
		if (relaxed)
			dkim_sink_relaxed(&sink, line);
		else
			dkim_sink_add(&sink, line);
		dkim_sink_add(&sink, SLICE("\r\n"));
	}
	if (sink.total == 0 && !relaxed)
		dkim_sink_add(&sink, SLICE("\r\n"));
	return sink.total;
}
