/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One Received field: what can be told whatever server wrote it, then its form,
 * then the values made fit for rules.
 */
#include "mail/received_line.h"

#include <string.h>

#include "base/mem.h"

/* Bytes of a HELO name where it follows "helo=" or "HELO ". */
#define LINE_HELO "-A-Za-z0-9.^+_&:=?!@%*$\\/"

/* White space runs become a blank; semicolons at the end go. */
static struct slice
line_tidy(void *mem, struct slice value)
{
	char *out = mem_resize(mem, (char *)NULL, value.len + 1);
	struct slice text = { out, 0 };

	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];

		if (!str_is_space((unsigned char)c))
			out[text.len++] = c;
		else if (text.len > 0 && out[text.len - 1] != ' ')
			out[text.len++] = ' ';
	}
	if (text.len > 0 && text.data[text.len - 1] == ' ')
		text.len--;
	while (text.len > 0 && text.data[text.len - 1] == ';') {
		text.len--;
		if (text.len > 0 && text.data[text.len - 1] == ' ')
			text.len--;
	}
	return text;
}

static struct slice
line_last_word(struct slice text)
{
	size_t at = text.len;

	while (at > 0 && text.data[at - 1] != ' ')
		at--;
	return slice_from(text, at);
}

/* text without its last word and the blank before it. */
static struct slice
line_without(struct slice text, struct slice word)
{
	text.len -= word.len;
	if (text.len > 0)
		text.len--;
	return text;
}

static bool
line_is_number(struct slice word)
{
	for (size_t i = 0; i < word.len; i++)
		if (!str_is_digit((unsigned char)word.data[i]))
			return false;
	return word.len > 0;
}

/* "17:48" or "17:48:07" */
static bool
line_is_time(struct slice word)
{
	struct form form = form_new(word);

	return form_match(&form,
			  "%{w,1,0,0-9}:%{w,1,0,0-9}%(:%{w,1,0,0-9}%)%$", 0);
}

static bool
line_is_one_of(struct slice word, const char *const *names)
{
	for (; *names != NULL; names++)
		if (slice_is(word, *names))
			return true;
	return false;
}

/* The length of text without "; Tue, 23 May 2006 13:06:35 -0400" at its end. */
static size_t
line_date(struct slice text)
{
	static const char *const months[] = {
		"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul",
		"Aug", "Sep", "Oct", "Nov", "Dec", NULL,
	};
	static const char *const days[] = { "Mon,", "Tue,", "Wed,", "Thu,",
					    "Fri,", "Sat,", "Sun,", NULL };
	size_t whole = text.len, end;
	struct slice words[5], day;

	for (int i = 0; i < 5; i++) { /* zone, time, year, month, day */
		words[i] = line_last_word(text);
		text = line_without(text, words[i]);
	}
	/* The day of the month may stand right behind a semicolon. */
	for (end = words[4].len; end > 0 && words[4].data[end - 1] != ';';
	     end--)
		;
	if (words[0].len == 0 || !line_is_time(words[1]) ||
	    !line_is_number(words[2]) || !line_is_one_of(words[3], months) ||
	    !line_is_number(slice_from(words[4], end)))
		return whole;
	text.len = (size_t)(words[4].data - text.data) + end;
	if (end == 0 && text.len > 0) {
		day = line_last_word(slice_cut(text, 0, text.len - 1));
		for (end = day.len; end > 0 && day.data[end - 1] != ';'; end--)
			;
		if (line_is_one_of(slice_from(day, end), days) &&
		    (end > 0 || day.data > text.data))
			text.len = (size_t)(day.data - text.data) + end;
	}
	if (text.len == 0)
		return whole;
	while (text.len > 0 && (text.data[text.len - 1] == ' ' ||
				text.data[text.len - 1] == ';'))
		text.len--;
	return text.len;
}

/* "(...)by host" gets its blank. */
static struct slice
line_part_by(void *mem, struct slice text)
{
	size_t at = slice_search(text, 0, SLICE(")by "));
	struct buf out = BUF(mem);

	if (at == text.len)
		return text;
	buf_slice(&out, slice_cut(text, 0, at + 1));
	buf_char(&out, ' ');
	buf_slice(&out, slice_from(text, at + 1));
	return buf_view(&out);
}

/* Fields that are of no hand-over from host to host, at a glance. */
static bool
line_is_local(struct slice text)
{
	struct form form = form_new(text);
	struct slice first;

	if (form_search(&form, "%!with local for%!"))
		return true;
	if (!slice_starts_nocase(text, "from ") ||
	    !form_match(&form, "%s ", 5))
		return false;
	first = form.fields[FORM_SUB];
	if (!slice_starts_nocase(slice_from(text, form.end), "by ") ||
	    !form_match(&form, "%{w,1,0,^ ;}%( %);", form.end + 3))
		return false;
	form = form_new(first); /* [86.122.158.69] is an address, though */
	return !form_match(&form, "[%{w,1,0,0-9.}]%$", 0);
}

static void
line_anywhere(struct form *form, struct received_line *line)
{
	if (form_search(form, " id %(<%)%{n,3,0,^ <>;}"))
		line->id = form->fields[FORM_ID];
	if (form_search(form, "%!helo=%{h,1,0," LINE_HELO "}") ||
	    form_search(form, "%!%E %{h,1,0," LINE_HELO "}"))
		line->helo = form->fields[FORM_HELO];
	if (form_search(form, " by %b"))
		line->by = form->fields[FORM_BY];
}

/* The sender of the envelope, in the words of several servers. */
static void
line_envfrom(struct form *form, struct received_line *line)
{
	static const char *const words[] = {
		"return-path: ",     "return-path ",   "envelope-sender ",
		"envelope-sender=",  "envelope-from ", "envelope-from=", NULL,
	};
	size_t dash;

	/* All of them have a dash behind seven or eight letters. */
	for (dash = 0; (dash = slice_find(form->text, dash, '-')) <
		       form->text.len;
	     dash++) {
		for (size_t i = 0; words[i] != NULL; i++) {
			size_t before = strcspn(words[i], "-");

			if (before > dash ||
			    !slice_starts_nocase(
				    slice_from(form->text, dash - before),
				    words[i]) ||
			    !form_match(form, "%e%!",
					dash - before + strlen(words[i])))
				continue;
			line->envfrom = form->fields[FORM_ENVFROM];
			return;
		}
	}
}

static enum received_kind
line_forms(struct slice text, struct received_line *line)
{
	struct form form = form_new(slice_from(text, 5));
	enum received_kind kind = RECEIVED_UNKNOWN;

	if (slice_starts(text, "from ")) {
		line_envfrom(&form, line);
		kind = received_forms(&form, line);
	} else if (slice_starts(text, "FROM ")) {
		kind = received_forms_upper(&form, line);
	} else if (slice_starts(text, "(from ")) {
		form = form_new(slice_from(text, 6));
		kind = received_forms_bracket(&form, line);
	} else {
		form = form_new(text);
	}
	line->steps += FORM_BUDGET - form.budget;
	if (kind != RECEIVED_UNKNOWN)
		return kind;
	if (line->ip.len == 0 && form_search(&form, "[%i]"))
		line->ip = form.fields[FORM_IP];
	/* "0" is what Perl takes for nothing. */
	return form.budget > 0 && line->ip.len > 0 && line->by.len > 0 &&
			       !slice_is(line->by, "0")
		       ? RECEIVED_RELAY
		       : RECEIVED_UNPARSEABLE;
}

/* Bytes that would break the brackets of a relay's text become '!'. */
static struct slice
line_clean(void *mem, struct slice value)
{
	static const bool breaks[256] = {
		['\0'] = true, ['\t' ... '\r'] = true, [' '] = true,
		['#'] = true, ['['] = true, [']'] = true, ['('] = true,
		[')'] = true, ['<'] = true, ['>'] = true, ['|'] = true,
	};
	char *copy;

	if (value.len == 0)
		return SLICE("");
	copy = slice_string(mem, value);
	for (size_t i = 0; i < value.len; i++)
		if (breaks[(unsigned char)copy[i]])
			copy[i] = '!';
	return (struct slice){ copy, value.len };
}

/* Without "IPv6:", brackets and scope; "::ffff:192.0.2.1" is 192.0.2.1. */
static struct slice
line_clean_ip(void *mem, struct slice ip)
{
	struct form form;

	if (slice_starts_nocase(ip, "IPv6:"))
		ip = slice_from(ip, 5);
	if (slice_starts(ip, "["))
		ip = slice_from(ip, 1);
	if (ip.len > 0 && ip.data[ip.len - 1] == ']')
		ip.len--;
	form = form_new(ip);
	if (form_match(&form, "%{s,0,0,0:}%{w,4,4,fF}:%{i,7,15,0-9.}%$", 0) &&
	    slice_search(form.fields[FORM_SUB], 0, SLICE(":")) <
		    form.fields[FORM_SUB].len)
		ip = form.fields[FORM_IP];
	return line_clean(mem, ip);
}

static struct slice
line_clean_envfrom(void *mem, struct slice from)
{
	if (from.data == NULL)
		return from;
	while (slice_starts(from, "<"))
		from = slice_from(from, 1);
	while (from.len > 0 && from.data[from.len - 1] == '>')
		from.len--;
	return line_clean(mem, from);
}

static void
line_finish(void *mem, struct received_line *line)
{
	while (line->rdns.len > 0 &&
	       line->rdns.data[line->rdns.len - 1] == '.')
		line->rdns.len--;
	if (slice_is_nocase(line->rdns, "unknown") ||
	    slice_starts(line->rdns, "["))
		line->rdns = SLICE("");
	if (line->by.len > 0 && line->by.data[line->by.len - 1] == ';')
		line->by.len--;
	line->ip = line_clean_ip(mem, line->ip);
	line->rdns = line_clean(mem, line->rdns);
	line->helo = line_clean(mem, line->helo);
	line->by = line_clean(mem, line->by);
	line->ident = line_clean(mem, line->ident);
	line->envfrom = line_clean_envfrom(mem, line->envfrom);
}

enum received_kind
received_read(void *mem, struct slice value, struct received_line *line)
{
	struct slice text = line_tidy(mem, value);
	enum received_kind kind;
	struct form form;

	*line = (struct received_line){ .envfrom = SLICE_NONE };
	line->auth = SLICE("");
	if (!slice_starts_nocase(text, "from ") &&
	    !slice_starts_nocase(text, "(from "))
		return RECEIVED_SKIPPED;
	if (line_is_local(text))
		return RECEIVED_SKIPPED;
	text.len = line_date(text);
	text = line_part_by(mem, text);
	form = form_new(text);
	line_anywhere(&form, line);
	line->auth = received_auth(mem, &form);
	line->steps = FORM_BUDGET - form.budget;
	kind = line_forms(text, line);
	if (line->scanner_from.data != NULL)
		line->scanner_from = line_clean_envfrom(mem,
							line->scanner_from);
	if (kind == RECEIVED_RELAY)
		line_finish(mem, line);
	return kind;
}
