/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/habits.h"

#include "base/mem.h"
#include "mail/decode.h"
#include "mail/decode_bits.h"
#include "mail/embedded.h"

#define HABIT_LIKELY_LETTERS 24 /* of base64 that nobody calls so */
#define HABIT_LIKELY_LINES 2	/* of uuencode */

enum base64_padding { PAD_FLUSH, PAD_SKIP, PAD_STOP, PAD_ZERO };
enum base64_foreign { FOREIGN_SKIP, FOREIGN_STOP, FOREIGN_CUT, FOREIGN_DROP };
enum base64_line { LINE_GOES_ON, LINE_FLUSH, LINE_WHOLE };

struct base64_habit {
	enum base64_padding padding;
	enum base64_foreign foreign;
	enum base64_line line;
	bool url;
};

static const struct base64_habit base64_habits[HABITS] = {
	[HABIT_BASE64] = { PAD_FLUSH, FOREIGN_SKIP, LINE_GOES_ON, false },
	[HABIT_BASE64_SKIP] = { PAD_SKIP, FOREIGN_SKIP, LINE_GOES_ON, false },
	[HABIT_BASE64_STOP] = { PAD_STOP, FOREIGN_SKIP, LINE_GOES_ON, false },
	[HABIT_BASE64_ZERO] = { PAD_ZERO, FOREIGN_SKIP, LINE_GOES_ON, false },
	[HABIT_BASE64_STRICT] = { PAD_STOP, FOREIGN_STOP, LINE_GOES_ON, false },
	[HABIT_BASE64_DROP_LINE] = { PAD_FLUSH, FOREIGN_DROP, LINE_GOES_ON,
				     false },
	[HABIT_BASE64_CUT_LINE] = { PAD_FLUSH, FOREIGN_CUT, LINE_GOES_ON,
				    false },
	[HABIT_BASE64_LINES] = { PAD_FLUSH, FOREIGN_SKIP, LINE_FLUSH, false },
	[HABIT_BASE64_WHOLE] = { PAD_FLUSH, FOREIGN_SKIP, LINE_WHOLE, false },
	[HABIT_BASE64_URL] = { PAD_FLUSH, FOREIGN_SKIP, LINE_GOES_ON, true },
};

/* The next line, which ends at LF or CR. */
static bool
habit_line(struct slice *rest, struct slice *line)
{
	size_t end = 0;

	if (rest->len == 0)
		return false;
	while (end < rest->len && rest->data[end] != '\n' &&
	       rest->data[end] != '\r')
		end++;
	*line = slice_cut(*rest, 0, end);
	*rest = slice_from(*rest, end + 1);
	return true;
}

static bool
base64_is_foreign(const struct base64_table *table, unsigned char c)
{
	return table->value[c] < 0 && c != '=' && !str_is_space(c);
}

static bool
base64_has_foreign(const struct base64_table *table, struct slice line)
{
	for (size_t i = 0; i < line.len; i++)
		if (base64_is_foreign(table, (unsigned char)line.data[i]))
			return true;
	return false;
}

/* One line; returns false where the whole body ends. */
static bool
base64_take_line(const struct base64_table *table,
		 const struct base64_habit *habit, struct slice line,
		 struct bits *bits)
{
	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.data[i];

		if (table->value[c] >= 0) {
			bits_add(bits, table->value[c]);
		} else if (c == '=') {
			if (habit->padding == PAD_STOP)
				return false;
			if (habit->padding == PAD_FLUSH)
				bits_flush(bits);
			else if (habit->padding == PAD_ZERO)
				bits_add(bits, 0);
		} else if (!str_is_space(c)) {
			if (habit->foreign == FOREIGN_STOP)
				return false;
			if (habit->foreign == FOREIGN_CUT)
				break;
		}
	}
	if (habit->line == LINE_FLUSH)
		bits_flush(bits);
	else if (habit->line == LINE_WHOLE)
		bits->held = bits->count = 0;
	return true;
}

static struct slice
base64_decode(void *mem, const struct base64_habit *habit, struct slice in)
{
	struct base64_table table = decode_base64_table();
	struct bits bits = { 0 };
	struct slice line;
	bool more = true;

	if (habit->url) {
		table.value['-'] = 62;
		table.value['_'] = 63;
	}
	bits.out = mem_resize(mem, bits.out, in.len + 4);
	while (more && habit_line(&in, &line)) {
		if (habit->foreign == FOREIGN_DROP &&
		    base64_has_foreign(&table, line))
			continue;
		more = base64_take_line(&table, habit, line, &bits);
	}
	bits_flush(&bits);
	return (struct slice){ bits.out, bits.len };
}

bool
habit_base64_is_clean(struct slice in)
{
	struct base64_table table = decode_base64_table();
	size_t letters = 0;
	bool ended = false; /* nothing may follow */
	bool broken = false; /* a line ended within a group */

	for (size_t i = 0; i < in.len; i++) {
		unsigned char c = (unsigned char)in.data[i];

		if (table.value[c] >= 0) {
			if (ended)
				return false;
			letters++;
		} else if (c == '=') {
			if (broken)
				return false;
			letters++;
			ended = true;
		} else if (c == '\n' || c == '\r') {
			broken |= letters % 4 != 0;
			ended |= broken;
		} else if (c != ' ' && c != '\t') {
			return false;
		}
	}
	return letters % 4 == 0;
}

bool
habit_base64_is_likely(struct slice in)
{
	struct base64_table table = decode_base64_table();
	struct slice rest = slice_trim(in), line;
	size_t letters = 0, padding = 0;

	if (rest.len < HABIT_LIKELY_LETTERS)
		return false;
	while (habit_line(&rest, &line)) {
		line = slice_trim(line);
		for (size_t i = 0; i < line.len; i++) {
			unsigned char c = (unsigned char)line.data[i];

			if (c == '=' && ++padding <= 2)
				continue;
			if (table.value[c] < 0 || padding > 0)
				return false;
			letters++;
		}
	}
	return letters >= HABIT_LIKELY_LETTERS;
}

/* Lines as long as their first byte says. */
bool
habit_uu_is_likely(struct slice in)
{
	size_t lines = 0;
	struct slice line;

	in = slice_trim(in);
	while (habit_line(&in, &line)) {
		size_t bytes, letters;

		if (line.len == 0 || slice_starts(line, "begin "))
			continue;
		bytes = ((unsigned char)line.data[0] - 32u) & 63;
		letters = 1 + (bytes + 2) / 3 * 4;
		if (line.data[0] < ' ' || line.data[0] > '`' ||
		    line.len > letters + 2)
			return false;
		if (line.len == letters && ++lines >= HABIT_LIKELY_LINES)
			return true;
	}
	return false;
}

/* What stands behind a '=' that is not an escape. */
static size_t
qp_line_end(struct slice in, size_t at)
{
	if (at < in.len && in.data[at] == '\r')
		at++;
	return at < in.len && in.data[at] == '\n' ? at + 1 : 0;
}

static size_t
qp_blanks(struct slice in, size_t at)
{
	while (at < in.len && (in.data[at] == ' ' || in.data[at] == '\t'))
		at++;
	return at;
}

/* Behind a soft line break at that place, or 0 if there is none. */
static size_t
qp_soft_break(struct slice in, size_t at, bool strict)
{
	size_t end = strict ? at + 1 : qp_blanks(in, at + 1);

	return end >= in.len ? end : qp_line_end(in, end);
}

/* How far to go on behind a '=' that is no escape. */
static size_t
qp_junk(enum habit habit, struct slice in, size_t at)
{
	size_t end = at + 1;

	if (habit == HABIT_QP_SKIP_BLANKS)
		return qp_blanks(in, end);
	while (habit == HABIT_QP_SKIP_TWO && end < in.len && end < at + 3 &&
	       in.data[end] != '=' && in.data[end] != '\n')
		end++;
	return end;
}

static struct slice
qp_decode(void *mem, enum habit habit, struct slice in)
{
	char *out = mem_resize(mem, (char *)NULL, in.len + 1);
	size_t len = 0, i = 0, end;

	while (i < in.len) {
		int value = in.data[i] == '=' ? decode_hex(in, i + 1) : -1;

		if (value >= 0) {
			out[len++] = (char)value;
			i += 3;
		} else if (in.data[i] != '=') {
			out[len++] = in.data[i++];
		} else if ((end = qp_soft_break(
				    in, i, habit == HABIT_QP_STRICT)) > 0) {
			i = end;
		} else {
			if (habit == HABIT_QP_STRICT)
				out[len++] = '=';
			i = qp_junk(habit, in, i);
		}
	}
	return (struct slice){ out, len };
}

/* Without control and 8-bit bytes, blanks in front of lines, and empty lines
 * behind a soft break: what is left are escapes and plain text. */
static struct slice
qp_bare(void *mem, struct slice in)
{
	char *out = mem_resize(mem, (char *)NULL, in.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < in.len; i++) {
		unsigned char c = (unsigned char)in.data[i];
		bool fresh = len == 0 || out[len - 1] == '\n';

		if (c == '\n' && fresh && len > 1 && out[len - 2] == '=')
			continue;
		if (c == '\n' || (c > ' ' && c < 127) || (c == ' ' && !fresh))
			out[len++] = (char)c;
	}
	return (struct slice){ out, len };
}

struct slice
habit_decode(void *mem, enum habit habit, struct slice in)
{
	switch (habit) {
	case HABIT_NONE:
	case HABITS:
		return in;
	case HABIT_QP:
		return decode_qp(mem, in);
	case HABIT_QP_BARE:
		return qp_decode(mem, HABIT_QP_SKIP, qp_bare(mem, in));
	case HABIT_QP_SKIP:
	case HABIT_QP_SKIP_BLANKS:
	case HABIT_QP_SKIP_TWO:
	case HABIT_QP_STRICT:
		return qp_decode(mem, habit, in);
	case HABIT_UU:
		return embedded_uu_lines(mem, in);
	default:
		return base64_decode(mem, &base64_habits[habit], in);
	}
}

static bool
qp_is_sound(struct slice in, bool clean)
{
	for (size_t i = 0; i < in.len; i++) {
		unsigned char c = (unsigned char)in.data[i];

		if (c == '=') {
			if (decode_hex(in, i + 1) >= 0)
				continue;
			if (qp_soft_break(in, i, false) == 0)
				return false;
		} else if (c == '\r' && i + 1 < in.len &&
			   in.data[i + 1] != '\n') {
			return false;
		} else if (c > 126 ? clean : c < ' ' && !str_is_space(c)) {
			return false;
		}
	}
	return true;
}

bool
habit_qp_is_clean(struct slice in)
{
	return qp_is_sound(in, true);
}

bool
habit_qp_is_sound(struct slice in)
{
	return qp_is_sound(in, false);
}
