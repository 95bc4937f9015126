/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/letter.h"

#include <string.h>

#include "mail/prose.h"

#define LETTER_FIELD "content-"

/* Lines that begin so might carry something: a part's or a mail's header, yEnc,
 * BinHex, and what Outlook takes for uuencode without any rights. */
static const char *const letter_marks[] = {
	LETTER_FIELD,	"mime-version", "received:",
	"return-path:", "=ybegin",	"(this file must be",
	"begin  ",
};
/* And these with a digit behind them: the date of a mail in a mailbox, the
 * rights of a uuencoded file. Sentences begin so, too. */
static const char *const letter_words[] = { "from ", "begin" };

static bool
letter_has_digit(struct slice line)
{
	for (size_t i = 0; i < line.len; i++)
		if (str_is_digit((unsigned char)line.data[i]))
			return true;
	return false;
}

static bool
letter_is_marked(struct slice line)
{
	while (line.len > 0 && strchr(" \t>", line.data[0]) != NULL)
		line = slice_from(line, 1);
	for (size_t i = 0; i < sizeof(letter_marks) / sizeof(*letter_marks);
	     i++)
		if (slice_starts_nocase(line, letter_marks[i]))
			return true;
	for (size_t i = 0; i < sizeof(letter_words) / sizeof(*letter_words);
	     i++)
		if (slice_starts_nocase(line, letter_words[i]) &&
		    letter_has_digit(line))
			return true;
	return false;
}

/* "<a " or "<br>", but not "<ada@example.org>" or "<http://example.org>". */
static bool
letter_has_tags(struct slice text)
{
	size_t at = 0;

	while ((at = slice_find(text, at, '<')) < text.len) {
		size_t end = ++at;

		if (end < text.len && strchr("/!", text.data[end]) != NULL)
			return true;
		while (end < text.len &&
		       str_is_alnum((unsigned char)text.data[end]))
			end++;
		if (end > at && (end == text.len ||
				 strchr(" \t\r\n>/", text.data[end]) != NULL))
			return true;
	}
	return false;
}

static bool
letter_text_is_plain(struct slice text)
{
	struct slice rest = text, line;

	if (prose_has_controls(text) || letter_has_tags(text))
		return false;
	while (slice_line(&rest, &line))
		if (letter_is_marked(line))
			return false;
	return true;
}

/* Every line that might be a field about content is one to all readers. */
static bool
letter_header_is_plain(const struct message *message)
{
	const struct headers *headers = &message->root->headers;
	struct slice rest = message->pristine_head, line;
	size_t lines = 0, fields = 0;

	while (slice_line(&rest, &line)) {
		lines += slice_starts_nocase(slice_trim(line), LETTER_FIELD);
		if (memchr(line.data, '\0', line.len) != NULL)
			return false;
	}
	for (size_t i = 0; i < headers->count; i++)
		fields += slice_starts_nocase(headers->items[i].line,
					      LETTER_FIELD);
	return lines == fields && !headers->cut &&
	       headers_first(headers, "Content-Type") ==
		       headers_last(headers, "Content-Type") &&
	       headers_first(headers, "Content-Transfer-Encoding") ==
		       headers_last(headers, "Content-Transfer-Encoding");
}

bool
letter_is_plain(struct message *message)
{
	const struct part *part = message->root;
	bool is_encoded = strcmp(part->encoding, "") != 0 &&
			  strcmp(part->encoding, "7bit") != 0 &&
			  strcmp(part->encoding, "8bit") != 0;

	return message->flags == 0 && message->part_count == 1 &&
	       part->is_leaf && strcmp(part->type, "text/plain") == 0 &&
	       part->boundary == NULL && !is_encoded &&
	       (part->filenames == NULL || part->filenames[0] == NULL) &&
	       letter_header_is_plain(message) &&
	       letter_text_is_plain(part->exact);
}
