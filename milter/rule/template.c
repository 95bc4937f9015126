/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Templates of rule files with their _TAGS_ filled in: added header fields,
 * folded and encoded, and the report (PerMsgStatus, _replace_tags,
 * _process_header, mime_encode_header, get_report).
 */
#include "base/mem.h"
#include "rule/tag.h"

#define TEMPLATE_HEADER_WIDTH 79
#define TEMPLATE_NAME_MAX 100

static bool
template_is_name_char(char c)
{
	return (c >= 'A' && c <= 'Z') || str_is_digit((unsigned char)c);
}

/* Where the tag name that begins at `at` may end: behind its last word first;
 * 0 if it is none. */
static size_t
template_name_end(struct slice text, size_t at)
{
	size_t end = at;

	if (at >= text.len || text.data[at] < 'A' || text.data[at] > 'Z')
		return 0;
	while (end < text.len && end - at < TEMPLATE_NAME_MAX &&
	       (template_is_name_char(text.data[end]) ||
		(text.data[end] == '_' && end + 1 < text.len &&
		 template_is_name_char(text.data[end + 1]))))
		end++;
	return end;
}

/* Behind the ")" of "(argument)_" that begins at `at`, or 0. */
static size_t
template_argument_end(struct slice text, size_t at)
{
	for (size_t i = at; i + 1 < text.len && text.data[i] != '\n'; i++)
		if (text.data[i] == ')' && text.data[i + 1] == '_')
			return i + 1;
	return 0;
}

/* Length of the "_TAG_" that text begins with, or 0; *tag without the
 * underscores. */
static size_t
template_tag(struct slice text, struct slice *tag)
{
	size_t end = template_name_end(text, 1), behind;

	while (end > 1) {
		behind = end;
		if (end < text.len && text.data[end] == '(' &&
		    template_argument_end(text, end) != 0)
			behind = template_argument_end(text, end);
		if (behind < text.len && text.data[behind] == '_') {
			*tag = slice_cut(text, 1, behind);
			return behind + 1;
		}
		/* Without its last word: "_A_B c" holds the tag A. */
		for (end--; end > 1 && text.data[end] != '_'; end--)
			;
	}
	return 0;
}

char *
check_expand(struct check *check, const char *text)
{
	struct slice rest = slice_of(text), tag;
	struct buf out = BUF(check);
	size_t len;

	for (; rest.len > 0; rest = slice_from(rest, len)) {
		const char *value = NULL;

		len = rest.data[0] == '_' ? template_tag(rest, &tag) : 0;
		if (len != 0)
			value = check_tag(check, slice_string(check, tag));
		if (value != NULL) {
			buf_text(&out, value);
			continue;
		}
		len = len == 0 ? slice_find(rest, 1, '_') : len;
		buf_slice(&out, slice_cut(rest, 0, len));
	}
	return (char *)buf_string(&out);
}

/* Lines that the template has stay lines; each begins with one tab. */
static struct slice
template_keep_lines(struct check *check, struct slice text)
{
	struct buf out = BUF(check);

	for (size_t i = 0, end; i < text.len; i = end) {
		bool line = false;

		for (end = i; end < text.len &&
			      str_is_space((unsigned char)text.data[end]);
		     end++)
			line = line || text.data[end] == '\n';
		if (line)
			buf_text(&out, "\n\t");
		else if (end > i)
			buf_slice(&out, slice_cut(text, i, end));
		else
			buf_char(&out, text.data[end++]);
	}
	return buf_view(&out);
}

static struct slice
template_fold(struct check *check, const char *name, struct slice text)
{
	struct buf all = BUF(check), out = BUF(check);
	struct slice rest, line;
	size_t start;

	if (slice_find(text, 0, '\n') < text.len)
		return template_keep_lines(check, text);
	/* The name counts for the width of the first line, but no break comes
	 * between it and the value. */
	buf_printf(&all, "%s!!", name);
	start = all.len;
	buf_slice(&all, text);
	rest = wrap_text(check, buf_view(&all), "\t", "",
			 TEMPLATE_HEADER_WIDTH, false, WRAP_COMMAS);
	rest = slice_from(rest, start);
	while (slice_line(&rest, &line))
		if (slice_trim(line).len > 0)
			buf_slice(&out, line);
	/* Blanks at the end may have been broken off to a line of their own. */
	if (out.len > 0 && out.data[out.len - 1] == '\n')
		out.len--;
	return buf_view(&out);
}

static struct slice
template_unfold(struct check *check, struct slice text)
{
	struct buf out = BUF(check);

	for (size_t i = 0; i < text.len; i++)
		buf_char(&out, text.data[i] == '\n' ? ' ' : text.data[i]);
	return buf_view(&out);
}

static bool
template_is_plain(unsigned char c)
{
	return c == '\t' || (c >= 0x20 && c < 0x7f);
}

static void
template_encode_base64(struct buf *out, struct slice text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < text.len; i += 3) {
		size_t left = text.len - i;
		uint32_t bits = (uint32_t)(unsigned char)text.data[i] << 16;

		if (left > 1)
			bits |= (uint32_t)(unsigned char)text.data[i + 1] << 8;
		if (left > 2)
			bits |= (unsigned char)text.data[i + 2];
		buf_char(out, digits[bits >> 18]);
		buf_char(out, digits[bits >> 12 & 63]);
		buf_char(out, left > 1 ? digits[bits >> 6 & 63] : '=');
		buf_char(out, left > 2 ? digits[bits & 63] : '=');
	}
}

static bool
template_needs_quoting(unsigned char c)
{
	return c == '=' || c == '?' || c == '_' || c < 0x20 || c >= 0x7f;
}

/* RFC 2047, in the shorter of its two encodings. */
static void
template_encode_word(struct buf *out, struct slice text)
{
	size_t quoted = 0;

	for (size_t i = 0; i < text.len; i++)
		quoted += template_needs_quoting((unsigned char)text.data[i]);
	if (3 * (text.len + 2 * quoted) > 4 * (text.len + 2)) {
		buf_text(out, "=?UTF-8?B?");
		template_encode_base64(out, text);
		buf_text(out, "?=");
		return;
	}
	buf_text(out, "=?UTF-8?Q?");
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (c == ' ')
			buf_char(out, '_');
		else if (template_needs_quoting(c))
			buf_printf(out, "=%02X", c);
		else
			buf_char(out, (char)c);
	}
	buf_text(out, "?=");
}

/* The words between the first and the last with bytes beyond ASCII. */
static void
template_encode_line(struct buf *out, struct slice line)
{
	size_t first = 0, last, end = line.len;

	if (end > 0 && line.data[end - 1] == '\n')
		end--;
	last = end;
	while (first < end &&
	       template_is_plain((unsigned char)line.data[first]))
		first++;
	if (first == end) {
		buf_slice(out, line);
		return;
	}
	while (first > 0 && line.data[first - 1] != ' ' &&
	       line.data[first - 1] != '\t')
		first--;
	while (template_is_plain((unsigned char)line.data[last - 1]))
		last--;
	while (last < end && line.data[last] != ' ' && line.data[last] != '\t')
		last++;
	buf_slice(out, slice_cut(line, 0, first));
	template_encode_word(out, slice_cut(line, first, last));
	buf_slice(out, slice_from(line, last));
}

/* A value whose tags are filled in, as it may stand in a header. */
static const char *
template_field(struct check *check, const char *name, struct slice text)
{
	struct buf out = BUF(check);
	struct slice line;

	while (text.len > 0 && (text.data[text.len - 1] == '\n' ||
				text.data[text.len - 1] == '\r'))
		text.len--;
	text = check->ruleset->settings.fold_headers
		       ? template_fold(check, name, text)
		       : template_unfold(check, text);
	while (slice_line(&text, &line))
		template_encode_line(&out, line);
	return buf_string(&out);
}

const char *
check_header_field(struct check *check, const char *name, const char *template)
{
	return template_field(check, name,
			      slice_of(check_expand(check, template)));
}

const char *
check_subject_tag(struct check *check, const char *tag)
{
	struct buf text = BUF(check);
	struct slice line;

	if (*tag == '\0')
		return "";
	if (check->is_spam)
		buf_printf(&text, "%s ", tag);
	tag_subject_prefix(check, &text, "");
	line = template_unfold(check, slice_of(check_expand(
					      check, buf_string(&text))));
	return template_field(check, "Subject", slice_trim(line));
}

size_t
check_headers(struct check *check, struct check_header_line **lines)
{
	const struct rule_settings *settings = &check->ruleset->settings;
	size_t count = 0;

	*lines = mem_array(check, struct check_header_line,
			   settings->header_count + 1);
	for (size_t i = 0; i < settings->header_count; i++) {
		const struct header_template *header = &settings->headers[i];

		if (!(check->is_spam ? header->for_spam : header->for_ham))
			continue;
		(*lines)[count].name = header->name;
		(*lines)[count++].value = check_header_field(
			check, header->name, header->text);
	}
	return count;
}

char *
check_report(struct check *check)
{
	const char *template = check->ruleset->settings.report;
	char *text = check_expand(check,
				  template != NULL && *template != '\0'
					  ? template
					  : "(no report template found)");
	size_t len = strlen(text);

	while (len > 0 && text[len - 1] == '\n')
		len--;
	return mem_printf(check, "%.*s\n\n", (int)len, text);
}
