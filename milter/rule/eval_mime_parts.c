/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The walk over all parts for MIMEEval (_check_attachments). */
#include "rule/eval_mime.h"

#include <string.h>

#include "base/mem.h"
#include "mail/charset_locale.h"
#include "mail/content.h"
#include "mail/header.h"

#define MIME_QP_LINE 79 /* longest line that does not count, with its LF */

struct mime_walk {
	struct mime_findings *found;
	const char *locales; /* ok_locales */
	struct buf charsets;
	double qp_escapes;
	double plain_bytes, entities;
	/* Bytes of the last part of a type below multipart/alternative. */
	bool has_text, has_html;
	double text_bytes, html_bytes;
};

/* One part, as its own fields declare it. */
struct mime_part {
	struct part *part;
	const char *type, *encoding, *charset; /* lower case; charset or NULL */
	const char *disposition; /* the whole field */
	bool attachment;
	double bytes;
};

static bool
mime_is_ascii_name(const char *charset)
{
	static const char *const names[] = {
		"us-ascii", "ansi_x3.4-1968", "iso-ir-6", "ansi_x3.4-1986",
		"iso_646.irv:1991", "ascii", "iso646-us", "us", "ibm367",
		"cp367", "csascii", NULL,
	};

	for (size_t i = 0; names[i] != NULL; i++)
		if (strstr(charset, names[i]) != NULL)
			return true;
	return false;
}

static bool
mime_word_ends(char last, char next)
{
	bool a = str_is_alnum((unsigned char)last) || last == '_';
	bool b = str_is_alnum((unsigned char)next) || next == '_';

	return a != b;
}

/* /iso-\S+-\S+\b/: "iso-" and a later dash, blanks in neither. */
static bool
mime_looks_iso(const char *charset)
{
	const char *at = charset;

	while ((at = strstr(at, "iso-")) != NULL) {
		size_t len = strcspn(at += 4, " \t\n\v\f\r");
		const char *end = at + len, *dash = NULL;

		if (len > 0)
			dash = memchr(at + 1, '-', len - 1);
		for (at = end; dash != NULL && dash + 1 < end; end--)
			if (mime_word_ends(end[-1], *end))
				return true;
	}
	return false;
}

/* /iso-(?:8859-\d{1,2}|2022-(?:jp|kr))\b/ */
static bool
mime_is_iso(const char *charset)
{
	const char *at = charset;

	while ((at = strstr(at, "iso-")) != NULL) {
		size_t digits;

		at += 4;
		if (strncmp(at, "2022-jp", 7) == 0 ||
		    strncmp(at, "2022-kr", 7) == 0) {
			if (mime_word_ends(at[6], at[7]))
				return true;
		} else if (strncmp(at, "8859-", 5) == 0) {
			digits = strspn(at + 5, "0123456789");
			if ((digits == 1 || digits == 2) &&
			    mime_word_ends('0', at[5 + digits]))
				return true;
		}
	}
	return false;
}

static void
mime_read_charset(struct mime_walk *walk, const char *charset)
{
	struct mime_findings *found = walk->found;
	bool letters = false;

	if (mime_looks_iso(charset) && !mime_is_iso(charset))
		found->bad_iso = 1;
	for (const char *c = charset; *c != '\0'; c++)
		letters |= str_is_alpha((unsigned char)*c);
	if (!letters)
		return;
	if (walk->charsets.len > 0)
		buf_char(&walk->charsets, ' ');
	buf_text(&walk->charsets, charset);
	if (!charset_is_ok_for(slice_of(charset), walk->locales))
		found->faraway = 1;
}

static void
mime_read_fields(struct mime_walk *walk, const struct mime_part *part)
{
	struct mime_findings *found = walk->found;
	const char *charset = part->charset == NULL ||
			      strcmp(part->charset, "0") == 0
		? ""
		: part->charset;
	bool base64 = strstr(part->encoding, "base64") != NULL;
	bool text = strncmp(part->type, "text", 4) == 0;

	if (strcmp(part->type, "text/html") == 0)
		found->html_count++;
	else if (text)
		found->text_count++;
	if (base64)
		found->base64_count++;
	else if (strstr(part->encoding, "quoted-printable") != NULL)
		found->qp_count++;
	found->attachments += part->attachment;
	if (text && base64 && (*charset == '\0' ||
			       mime_is_ascii_name(charset)) &&
	    strncmp(part->disposition, "attachment", 10) != 0 &&
	    strncmp(part->disposition, "inline", 6) != 0)
		found->base64_text = 1;
	mime_read_charset(walk, charset);
}

static bool
mime_is_hex(unsigned char c)
{
	return str_is_digit(c) || (c >= 'A' && c <= 'F');
}

/* =XX of what need not be escaped: tab, most digits, letters, blanks ... */
static bool
mime_is_needless(struct slice line, size_t at)
{
	char high, low;

	if (line.len - at < 3 || line.data[at] != '=')
		return false;
	high = line.data[at + 1];
	low = line.data[at + 2];
	switch (high) {
	case '0':
		return low == '9';
	case '2':
	case '4':
	case '5':
	case '6':
		return mime_is_hex((unsigned char)low);
	case '3':
		return low != '\0' && strchr("0123456789ABCEF", low) != NULL;
	case '7':
		return mime_is_hex((unsigned char)low) && low != 'F';
	default:
		return false;
	}
}

/* Escaped blanks and tabs at the end of a line are in order. */
static size_t
mime_trailing_escapes(struct slice line)
{
	size_t count = 0;

	while (line.len > 0 &&
	       str_is_space((unsigned char)line.data[line.len - 1]))
		line.len--;
	for (; line.len >= 3; line.len -= 3, count++) {
		struct slice last = slice_from(line, line.len - 3);

		if (!slice_is(last, "=09") && !slice_is(last, "=20"))
			break;
	}
	return count;
}

static void
mime_read_qp(struct mime_walk *walk, struct slice line)
{
	size_t escapes = 0;

	if (slice_starts(line, "SPAM: "))
		return;
	if (line.len > MIME_QP_LINE)
		walk->found->qp_long_line = 1;
	walk->found->qp_bytes += (double)line.len;
	for (size_t at = 0; (at = slice_find(line, at, '=')) < line.len; at++)
		escapes += mime_is_needless(line, at);
	if (escapes > 0)
		walk->qp_escapes += (double)escapes -
				    (double)mime_trailing_escapes(line);
}

static bool
mime_has_illegal(struct slice line)
{
	for (size_t i = 0; i < line.len; i++)
		if ((unsigned char)line.data[i] >= 0x80 ||
		    line.data[i] == '\0' || line.data[i] == '\r')
			return true;
	return false;
}

/* "&#x20AC;" in plain text, and how many bytes stand beside. */
static void
mime_read_entities(struct mime_walk *walk, struct slice line)
{
	const size_t len = sizeof("&#x0000;") - 1;
	size_t at = 0, found = 0;

	while ((at = slice_search(line, at, SLICE("&#x"))) < line.len) {
		size_t digits = 0;

		while (at + 3 + digits < line.len && digits < 4 &&
		       mime_is_hex((unsigned char)line.data[at + 3 + digits]))
			digits++;
		if (digits == 4 && at + len <= line.len &&
		    line.data[at + len - 1] == ';') {
			found++;
			at += len;
		} else {
			at++;
		}
	}
	walk->entities += (double)found;
	walk->plain_bytes += (double)(line.len - found * len);
}

static void
mime_read_lines(struct mime_walk *walk, struct mime_part *part)
{
	bool plain = strcmp(part->type, "text/plain") == 0;
	bool counts = walk->found->alternative != 0 && !part->attachment &&
		      (plain || strcmp(part->type, "text/html") == 0);
	bool qp = strcmp(part->encoding, "quoted-printable") == 0;
	bool ascii = plain && (part->charset == NULL ||
			       strcmp(part->charset, "us-ascii") == 0);
	bool unencoded = plain && (*part->encoding == '\0' ||
				   strcmp(part->encoding, "7bit") == 0 ||
				   strcmp(part->encoding, "8bit") == 0);
	struct slice rest = part->part->body, line;

	if (counts)
		part->bytes = (double)rest.len;
	while (slice_line(&rest, &line)) {
		if (qp)
			mime_read_qp(walk, line);
		if (ascii && mime_has_illegal(line))
			walk->found->ascii_illegal++;
		if (unencoded)
			mime_read_entities(walk, line);
	}
}

static const char *
mime_field(struct part *part, const char *name)
{
	void *mem = part->message->mem;
	struct slice value = header_last_decoded(&part->headers, name);
	char *text = slice_string(mem, value.data == NULL ? SLICE("") : value);

	/* "\0base64" holds the word, whatever a reader makes of it. */
	for (size_t i = 0; i < value.len; i++)
		text[i] = text[i] == '\0' ? '?' : text[i];
	text = str_lower(mem, text);
	return strcmp(text, "0") == 0 ? "" : text;
}

static void
mime_read_part(struct mime_walk *walk, struct part *from)
{
	struct content content = content_parse(from->message->mem,
					       &from->headers);
	struct mime_part part = {
		.part = from,
		.type = content.type,
		.encoding = mime_field(from, "Content-Transfer-Encoding"),
		.disposition = mime_field(from, "Content-Disposition"),
	};

	if (*from->type == '\0')
		return;
	if (content.charset != NULL)
		part.charset = str_lower(from->message->mem, content.charset);
	part.attachment = strstr(part.disposition, "attachment") != NULL;
	if (strcmp(part.type, "multipart/alternative") == 0)
		walk->found->alternative = 1;
	mime_read_fields(walk, &part);
	if (!from->is_leaf)
		return;
	mime_read_lines(walk, &part);
	if (part.attachment)
		return;
	if (strcmp(part.type, "text/html") == 0) {
		walk->has_html = true;
		walk->html_bytes = part.bytes;
	} else if (strcmp(part.type, "text/plain") == 0) {
		walk->has_text = true;
		walk->text_bytes = part.bytes;
	}
}

static void
mime_read(struct check *check, struct mime_findings *found)
{
	struct message *message = check->message;
	struct mime_walk walk = {
		.found = found,
		.locales = check->ruleset->settings.ok_locales,
		.charsets = BUF(check),
	};

	found->alternative_ratio = 1;
	for (size_t i = 0; i < message->part_count; i++)
		mime_read_part(&walk, message->parts[i]);
	if (found->qp_bytes > 0) {
		found->qp_ratio = walk.qp_escapes / found->qp_bytes;
		found->qp_count = walk.qp_escapes;
	}
	if (walk.plain_bytes > 0)
		found->unicode_ratio = walk.entities / walk.plain_bytes;
	if (found->alternative != 0 && walk.has_text && walk.has_html &&
	    walk.html_bytes > 0)
		found->alternative_ratio = walk.text_bytes / walk.html_bytes;
	if (message->flags & MESSAGE_MIME_BOUNDARY_OPEN)
		found->missing_boundary = 1;
	found->charsets = buf_view(&walk.charsets);
}

const struct mime_findings *
mime_findings(struct check *check)
{
	struct {
		bool known;
		struct mime_findings findings;
	} *state = check_state(check, "MIMEEval", sizeof(*state));

	if (!state->known)
		mime_read(check, &state->findings);
	state->known = true;
	return &state->findings;
}
