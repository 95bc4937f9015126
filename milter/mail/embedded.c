/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/embedded.h"

#include "base/mem.h"
#include "mail/decode.h"
#include "mail/decode_bits.h"

enum embedded_format {
	EMBEDDED_NONE,
	EMBEDDED_UU,
	EMBEDDED_BASE64,
	EMBEDDED_YENC,
	EMBEDDED_BINHEX,
};

#define BINHEX_START "(This file must be converted with BinHex"
#define BINHEX_REPEAT ((char)0x90)
#define BINHEX_LINES 5		     /* behind that line, the data begins */
#define BINHEX_BYTES_MAX (64u << 20) /* runs make much of little */

/* The next line, which ends at LF or CR. */
static bool
embedded_line(struct slice text, size_t *at, struct slice *line)
{
	size_t end = *at;

	if (*at >= text.len)
		return false;
	while (end < text.len && text.data[end] != '\n' &&
	       text.data[end] != '\r')
		end++;
	*line = slice_cut(text, *at, end);
	*at = end + 1;
	return true;
}

/* The first line of data is as long as its first byte says. */
static bool
uu_is_line(struct slice line)
{
	size_t bytes = line.len == 0 ? 0
				     : ((unsigned char)line.data[0] - 32u) & 63;

	return bytes > 0 && line.data[0] > ' ' && line.data[0] <= '`' &&
	       line.len == 1 + (bytes + 2) / 3 * 4;
}

static bool
uu_is_mode(struct slice mode)
{
	for (size_t i = 0; i < mode.len; i++)
		if (mode.data[i] < '0' || mode.data[i] > '7')
			return false;
	return mode.len == 3 || mode.len == 4;
}

/* "begin 644 name": the name, or SLICE_NONE. Some take any mode: so do we where
 * the line below is data. */
static struct slice
uu_begin(struct slice line, struct slice below)
{
	struct slice rest, mode, next;
	bool base64 = slice_starts_nocase(line, "begin-base64 ");
	size_t at = 0;

	if (!base64 && !slice_starts_nocase(line, "begin "))
		return SLICE_NONE;
	if (slice_starts(below, "\n")) /* of a CR LF */
		below = slice_from(below, 1);
	rest = slice_from(line, base64 ? 13 : 6);
	if (!slice_word(&rest, " \t", &mode))
		return SLICE_NONE;
	if (!uu_is_mode(mode) &&
	    (base64 || !str_is_digit((unsigned char)mode.data[0]) ||
	     !embedded_line(below, &at, &next) || !uu_is_line(next)))
		return SLICE_NONE;
	rest = slice_trim(rest);
	return rest.len > 0 || uu_is_mode(mode) ? rest : mode;
}

/* "=ybegin line=128 size=9 name=a file.exe": the name, which comes last. */
static struct slice
yenc_begin(struct slice line)
{
	size_t at;

	if (!slice_starts_nocase(line, "=ybegin "))
		return SLICE_NONE;
	at = slice_search_nocase(line, 0, SLICE(" name="));
	return at == line.len ? SLICE("")
			      : slice_trim(slice_from(line, at + 6));
}

/* What begins at the line, if anything does; cheap where nothing does. below:
 * the text that follows. */
static enum embedded_format
embedded_format(struct slice line, struct slice below, struct slice *name)
{
	while (line.len > 0 && (line.data[0] == ' ' || line.data[0] == '\t'))
		line = slice_from(line, 1);
	if (line.len == 0 || strchr("bB=(", line.data[0]) == NULL)
		return EMBEDDED_NONE;
	*name = uu_begin(line, below);
	if (name->data != NULL)
		return slice_starts_nocase(line, "begin-") ? EMBEDDED_BASE64
							   : EMBEDDED_UU;
	*name = yenc_begin(line);
	if (name->data != NULL)
		return EMBEDDED_YENC;
	return slice_starts_nocase(line, BINHEX_START) ? EMBEDDED_BINHEX
						       : EMBEDDED_NONE;
}

static void
uu_line(struct buf *out, struct slice line)
{
	char bytes[3 * 64];
	struct bits bits = { .out = bytes };
	size_t wanted = ((unsigned char)line.data[0] - 32u) & 63;

	/* Trailing blanks may have been lost on the way: they are zeros. */
	for (size_t i = 1; bits.len < wanted; i++) {
		unsigned c = i < line.len ? (unsigned char)line.data[i] : ' ';

		bits_add(&bits, (int)((c - 32) & 63));
	}
	buf_add(out, bytes, wanted);
}

static void
yenc_line(struct buf *out, struct slice line)
{
	if (slice_starts_nocase(line, "=ypart "))
		return;
	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.data[i];

		if (c == '=' && i + 1 < line.len)
			c = (unsigned char)((unsigned char)line.data[++i] -
					    64u);
		buf_char(out, (char)(unsigned char)(c - 42u));
	}
}

static bool
embedded_ends(enum embedded_format kind, struct slice line)
{
	switch (kind) {
	case EMBEDDED_UU:
	case EMBEDDED_BASE64:
		return slice_is_nocase(slice_trim(line), "end") ||
		       slice_is(line, "====");
	case EMBEDDED_YENC:
		return slice_starts_nocase(line, "=yend");
	default:
		return false;
	}
}

/* The lines up to the end, or up to where the next one begins. */
static struct slice
embedded_take(void *mem, enum embedded_format kind, struct slice text,
	      size_t *at)
{
	struct buf out = BUF(mem);
	struct slice line, name;
	size_t next = *at;

	buf_text(&out, "");
	while (embedded_line(text, &next, &line)) {
		if (embedded_format(line, slice_from(text, next), &name) !=
		    EMBEDDED_NONE)
			break;
		*at = next;
		if (embedded_ends(kind, line))
			break;
		if (kind == EMBEDDED_BASE64)
			buf_slice(&out, line);
		else if (kind == EMBEDDED_YENC)
			yenc_line(&out, line);
		else if (line.len > 0)
			uu_line(&out, line);
	}
	return kind == EMBEDDED_BASE64
		       ? decode_base64_pieces(mem, buf_view(&out))
		       : buf_view(&out);
}

static int
binhex_value(char c)
{
	static const char letters[] = "!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQ"
				      "RSTUVXYZ[`abcdefhijklmpqr";
	const char *letter = c == '\0' ? NULL : strchr(letters, c);

	return letter == NULL ? -1 : (int)(letter - letters);
}

/* Behind the colon in front of the letters; *at stays if there is none in one
 * of the next lines. */
static bool
binhex_find(struct slice text, size_t *at)
{
	struct slice line;
	size_t next = *at, start = next;

	for (int i = 0; i < BINHEX_LINES && embedded_line(text, &next, &line);
	     i++) {
		if (slice_starts(line, ":")) {
			*at = start + 1;
			return true;
		}
		start = next;
	}
	return false;
}

/* Six bits a letter, up to a colon. */
static struct slice
binhex_letters(void *mem, struct slice text, size_t *at)
{
	struct bits bits = { 0 };
	size_t start = *at, i = start;

	while (i < text.len && (binhex_value(text.data[i]) >= 0 ||
				str_is_space((unsigned char)text.data[i])))
		i++;
	*at = i;
	bits.out = mem_resize(mem, bits.out, i - start + 4);
	for (i = start; i < *at; i++)
		if (binhex_value(text.data[i]) >= 0)
			bits_add(&bits, binhex_value(text.data[i]));
	bits_flush(&bits);
	return (struct slice){ bits.out, bits.len };
}

/* Runs of a byte are counted. */
static struct slice
binhex_runs(void *mem, struct slice in, bool *cut)
{
	struct buf out = BUF(mem);

	buf_text(&out, "");
	for (size_t i = 0; i < in.len && !*cut; i++) {
		size_t count;
		char last;

		if (in.data[i] != BINHEX_REPEAT || i + 1 >= in.len) {
			buf_char(&out, in.data[i]);
			continue;
		}
		count = (unsigned char)in.data[++i];
		if (count == 0) {
			buf_char(&out, BINHEX_REPEAT);
			continue;
		}
		last = out.len == 0 ? '\0' : out.data[out.len - 1];
		while (count-- > 1)
			buf_char(&out, last);
		*cut = out.len > BINHEX_BYTES_MAX;
	}
	return buf_view(&out);
}

/* Name, kinds and lengths stand in front of the data. */
static void
binhex_take(void *mem, struct slice text, size_t *at, struct embedded *found)
{
	struct slice bytes;
	const unsigned char *length;
	size_t name, head;

	found->bytes = SLICE("");
	if (!binhex_find(text, at))
		return;
	bytes = binhex_runs(mem, binhex_letters(mem, text, at), &found->cut);
	name = bytes.len == 0 ? 0 : (unsigned char)bytes.data[0];
	head = 1 + name + 1 + 4 + 4 + 2 + 4 + 4 + 2;
	found->bytes = bytes;
	if (bytes.len < head)
		return;
	found->name = slice_string(mem, slice_cut(bytes, 1, 1 + name));
	length = (const unsigned char *)bytes.data + head - 10;
	found->bytes = slice_cut(bytes, head,
				 head + ((size_t)length[0] << 24 |
					 (size_t)length[1] << 16 |
					 (size_t)length[2] << 8 | length[3]));
}

bool
embedded_next(void *mem, struct slice text, size_t *at, struct embedded *found)
{
	enum embedded_format kind = EMBEDDED_NONE;
	struct slice line, name = SLICE_NONE;

	for (;;) {
		found->start = *at;
		if (!embedded_line(text, at, &line)) {
			*at = text.len;
			return false;
		}
		kind = embedded_format(line, slice_from(text, *at), &name);
		if (kind != EMBEDDED_NONE)
			break;
	}
	if (*at > text.len)
		*at = text.len;
	found->cut = false;
	found->name = name.data == NULL ? "" : slice_string(mem, name);
	if (kind == EMBEDDED_BINHEX)
		binhex_take(mem, text, at, found);
	else
		found->bytes = embedded_take(mem, kind, text, at);
	if (*at > text.len)
		*at = text.len;
	return true;
}

bool
embedded_begins(struct slice line, struct slice below)
{
	struct slice name;

	return embedded_format(line, below, &name) != EMBEDDED_NONE;
}

struct slice
embedded_uu_lines(void *mem, struct slice text)
{
	struct slice line = SLICE(""), name;
	size_t at = 0, start = 0;

	while (embedded_line(text, &at, &line) && slice_trim(line).len == 0)
		start = at;
	if (embedded_format(line, slice_from(text, at), &name) != EMBEDDED_NONE)
		start = at;
	at = start < text.len ? start : text.len;
	return embedded_take(mem, EMBEDDED_UU, text, &at);
}
