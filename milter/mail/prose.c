/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/prose.h"

#include <string.h>

/* A first word in capitals may be a file's mark: MZ, BM, RIFF, GIF. */
#define PROSE_MARK_MAX 4
/* Lines of mere dashes, and quotes, before the first one that has words. */
#define PROSE_LINES_MAX 20

#define PROSE_BLANKS " \t\r\n"
#define PROSE_RULES "-=*_~"

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
	return n > 0 &&
	       (line->len == 0 || strchr(PROSE_BLANKS, line->data[0]) != NULL);
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

/* The second word may be a number or a date; and no line of prose holds what
 * programs are written with. */
static bool
prose_goes_on(struct slice line)
{
	struct slice word;

	for (size_t i = 0; i < line.len; i++)
		if (strchr("{}[]<>=;$`|\\", line.data[i]) != NULL)
			return false;
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
prose_is_line(struct slice line)
{
	struct slice word;

	if (line.len > 0 && line.data[0] == '"')
		line = slice_from(line, 1);
	return line.len > 0 && str_is_alpha((unsigned char)line.data[0]) &&
	       prose_word(&line, &word) && !prose_is_mark(word) &&
	       prose_goes_on(line);
}

bool
prose_is_text(struct slice bytes)
{
	struct slice rest = bytes, line;

	for (int i = 0; i < PROSE_LINES_MAX && slice_line(&rest, &line); i++) {
		line = slice_trim(line);
		line = prose_skip(line, "> ");
		if (prose_skip(line, PROSE_RULES).len > 0)
			return prose_is_line(line) &&
			       !prose_has_controls(bytes);
	}
	return false;
}

bool
prose_is_html(struct slice bytes)
{
	struct slice text = prose_skip(bytes, PROSE_BLANKS);

	return (slice_starts_nocase(text, "<html>") ||
		slice_starts_nocase(text, "<html ") ||
		slice_starts_nocase(text, "<!doctype html")) &&
	       !prose_has_controls(bytes);
}
