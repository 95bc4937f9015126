/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/prose.h"

#include <string.h>

/* A first word in capitals may be a file's mark: MZ, BM, RIFF, GIF. */
#define PROSE_MARK_MAX 4
/* Lines of mere dashes, and quotes, before the first one that has words. */
#define PROSE_LINES_MAX 20
#define PROSE_DIGITS_MAX 2 /* of an item's number */
#define PROSE_RULE_MIN 3   /* dashes before a title */
#define PROSE_INITIALS_MAX 8 /* of who is quoted */
#define PROSE_WORDS_MIN 5

#define PROSE_BLANKS " \t\r\n"
#define PROSE_RULES "-=*_~+"

bool
prose_has_controls(struct slice bytes)
{
	unsigned bad = 0;

	/* Without a branch, so that the compiler takes many at a time. */
	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char c = (unsigned char)bytes.data[i];

		bad |= (unsigned)((c < 0x20 && c != '\n' && c != '\r' &&
				   c != '\t' && c != '\f') ||
				  c == 0x7f);
	}
	return bad != 0;
}

static struct slice
prose_skip(struct slice text, const char *of)
{
	size_t n = 0;

	while (n < text.len && text.data[n] != '\0' &&
	       strchr(of, text.data[n]) != NULL)
		n++;
	return slice_from(text, n);
}

static bool
prose_is_blank(struct slice text)
{
	return text.len == 0 || strchr(PROSE_BLANKS, text.data[0]) != NULL;
}

static bool
prose_is_letter(unsigned char c)
{
	return str_is_alpha(c) || c >= 0x80;
}

/*
 * Takes a word of letters, apostrophes and hyphens, and the stops behind it. A
 * colon is none of these: fields of a header have it.
 */
static bool
prose_word(struct slice *line, struct slice *word)
{
	size_t n = 0;

	while (n < line->len &&
	       (prose_is_letter((unsigned char)line->data[n]) ||
		(n > 0 && strchr("'-", line->data[n]) != NULL)))
		n++;
	*word = slice_cut(*line, 0, n);
	*line = prose_skip(slice_from(*line, n), ",.!?");
	return n > 0 && prose_is_blank(*line);
}

static bool
prose_is_mark(struct slice word)
{
	if (word.len < 2 || word.len > PROSE_MARK_MAX)
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (word.data[i] < 'A' || word.data[i] > 'Z')
			return false;
	return true;
}

/* Without its addresses in <>, a line that tells who wrote what follows, or
 * where to look, is prose like others. */
static size_t
prose_address(struct slice line, size_t at)
{
	struct slice inner;
	size_t end;

	if (line.data[at] != '<')
		return at;
	end = slice_find(line, at, '>');
	inner = slice_cut(line, at + 1, end);
	return end < line.len && slice_find(inner, 0, ' ') == inner.len &&
			       (slice_find(inner, 0, '@') < inner.len ||
				slice_starts_nocase(inner, "http"))
		       ? end
		       : at;
}

/* The second word may be a number or a date; and no line of prose holds what
 * programs are written with. */
static bool
prose_goes_on(struct slice line)
{
	struct slice word;

	for (size_t i = 0; i < line.len; i++) {
		size_t end = prose_address(line, i);

		if (end == i && strchr("{}[]<>=;$`|\\", line.data[i]) != NULL)
			return false;
		i = end;
	}
	if (!slice_word(&line, PROSE_BLANKS, &word))
		return true;
	for (size_t i = 0; i < word.len; i++)
		if (!str_is_alnum((unsigned char)word.data[i]) &&
		    (unsigned char)word.data[i] < 0x80 &&
		    strchr("'\"-.,:/!?", word.data[i]) == NULL)
			return false;
	return true;
}

static bool
prose_is_sentence(struct slice line)
{
	struct slice word;

	line = prose_skip(line, "\"'*_");
	return line.len > 0 && str_is_alpha((unsigned char)line.data[0]) &&
	       prose_word(&line, &word) && !prose_is_mark(word) &&
	       prose_goes_on(line);
}

/* "1) The first of several", "2. The second". */
static bool
prose_is_item(struct slice line)
{
	size_t n = 0;

	while (n < line.len && line.data[n] >= '0' && line.data[n] <= '9')
		n++;
	if (n == 0 || n > PROSE_DIGITS_MAX || n + 1 >= line.len ||
	    (line.data[n] != ')' && line.data[n] != '.') ||
	    line.data[n + 1] != ' ')
		return false;
	return prose_is_sentence(slice_from(line, n + 2));
}

/* "http://www.example.org/", "URL: http://www.example.org/". */
static bool
prose_is_place(struct slice line)
{
	if (slice_starts_nocase(line, "URL: "))
		line = slice_from(line, 5);
	return slice_starts_nocase(line, "http://") ||
	       slice_starts_nocase(line, "https://") ||
	       slice_starts_nocase(line, "www.");
}

/* "----- Original Message -----", but not "-----BEGIN PGP MESSAGE-----". */
static bool
prose_is_title(struct slice line)
{
	struct slice title = prose_skip(line, PROSE_RULES);

	if (slice_starts(line, "-----Original Message-----"))
		return true;
	return title.len + PROSE_RULE_MIN <= line.len && title.len > 0 &&
	       title.data[0] == ' ' && prose_is_sentence(slice_trim(title));
}

/* Without the marks of quoting: "> ", "| ", "AB> ". */
static struct slice
prose_unquote(struct slice line)
{
	struct slice shown = prose_skip(line, ">| ");
	size_t n = 0;

	while (n < shown.len && str_is_alpha((unsigned char)shown.data[n]))
		n++;
	return n > 0 && n < shown.len && n <= PROSE_INITIALS_MAX &&
			       shown.data[n] == '>'
		       ? slice_from(shown, n + 1)
		       : shown;
}

/* So many plain words in a row are no program's. */
static bool
prose_has_sentence(struct slice rest)
{
	struct slice line, word;

	for (int i = 0; i < PROSE_LINES_MAX && slice_line(&rest, &line); i++) {
		line = prose_skip(prose_unquote(slice_trim(line)), "\"'");
		for (int n = 1; prose_word(&line, &word); n++) {
			if (n == PROSE_WORDS_MIN)
				return true;
			line = prose_skip(line, " ");
		}
	}
	return false;
}

/* Fields by which a mail or an article in a file is known. */
static bool
prose_is_field(struct slice name)
{
	static const char *const names[] = {
		"From",	  "Received",	"Return-Path", "Path",
		"Xref",	  "Message-ID", "Newsgroups",  "Relay-Version",
		"Sender", "Delivered-To",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (slice_is_nocase(name, names[i]))
			return true;
	return false;
}

/*
 * Whether a line begins as none that marks a file does: with letters, and what
 * stands about them. "[Name]" is one that does if nothing follows; "[Name" is
 * not.
 */
static bool
prose_is_harmless(struct slice line)
{
	size_t n = 0, bracket = slice_find(line, 0, ']');

	if (line.data[0] == '[')
		return line.len > 1 && bracket + 1 != line.len &&
		       prose_is_letter((unsigned char)line.data[1]);
	while (n < line.len && strchr("(*_.", line.data[n]) != NULL)
		n++;
	if (n > 0 && n < line.len && line.data[n] == ' ')
		n++;
	if (n == line.len || !prose_is_letter((unsigned char)line.data[n]))
		return false;
	for (; n < line.len && line.data[n] != ' '; n++) {
		if (line.data[n] == ':' &&
		    prose_is_field(slice_cut(line, 0, n)))
			return false;
		if (!prose_is_letter((unsigned char)line.data[n]) &&
		    strchr(".,:;!?'\"()-*_@/&", line.data[n]) == NULL)
			return false;
	}
	return true;
}

/* "[Name]", and below it what Name wrote. */
static bool
prose_is_quoting(struct slice line, struct slice all)
{
	struct slice rest = all, next;

	return line.data[0] == '[' &&
	       slice_find(line, 0, ']') == line.len - 1 &&
	       slice_line(&rest, &next) && slice_line(&rest, &next) &&
	       slice_starts(next, "> ");
}

/* The first line that has words, and all from there on. */
static bool
prose_is_first(struct slice line, struct slice all)
{
	struct slice shown = prose_unquote(line);

	if (shown.len > 0 && prose_is_quoting(shown, all))
		return true;
	if (shown.len < line.len || prose_is_sentence(shown) ||
	    prose_is_item(shown) || prose_is_place(shown) ||
	    prose_is_title(shown))
		return true;
	return prose_is_harmless(shown) && prose_has_sentence(all);
}

bool
prose_is_text(struct slice bytes)
{
	struct slice rest = bytes, line;

	for (int i = 0; i < PROSE_LINES_MAX; i++) {
		struct slice all = rest;

		if (!slice_line(&rest, &line))
			return false;
		line = slice_trim(line);
		if (prose_skip(prose_unquote(line), PROSE_RULES).len > 0)
			return prose_is_first(line, all) &&
			       !prose_has_controls(bytes);
	}
	return false;
}

/* An element that begins a page, or what a mail has instead of one. */
static bool
prose_is_element(struct slice text)
{
	static const char *const names[] = {
		"html", "head", "body", "title", "meta", "style", "table",
		"div",	"span", "p",	"br",	 "hr",	 "center", "font",
		"a",	"b",	"i",	"img",	 "h1",	 "h2",	   "h3",
	};
	struct slice name;
	size_t end = 1;

	if (text.len == 0 || text.data[0] != '<')
		return false;
	while (end < text.len && str_is_alnum((unsigned char)text.data[end]))
		end++;
	name = slice_cut(text, 1, end);
	if (end == text.len || strchr("> \t\r\n", text.data[end]) == NULL)
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (slice_is_nocase(name, names[i]))
			return true;
	return false;
}

/* Without blanks and comments, which programs put in front of a page. */
static struct slice
prose_page(struct slice bytes)
{
	struct slice text = prose_skip(bytes, PROSE_BLANKS);

	while (slice_starts(text, "<!--")) {
		size_t end = slice_search(text, 4, SLICE("-->"));

		text = prose_skip(slice_from(text, end + 3), PROSE_BLANKS);
	}
	return text;
}

bool
prose_is_html(struct slice bytes)
{
	struct slice text = prose_page(bytes);

	return (prose_is_element(text) ||
		slice_starts_nocase(text, "<!doctype html")) &&
	       !prose_has_controls(bytes);
}
