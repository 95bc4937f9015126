/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A query's template as a statement with parameters: each text in single quotes
 * that has places becomes one. Whatever could be read in two ways (escapes,
 * doubled quotes, character set introducers, other quotes) makes the whole
 * query stay as it is.
 */
#include "core/template.h"

#include <string.h>

#include "base/mem.h"

struct template_reader {
	void *mem;
	struct buf text;
	struct template_statement *statement;
	struct template literal; /* between quotes, so far */
	bool open;		 /* within single quotes */
	bool has_places;	 /* the literal has */
	bool after_quote;	 /* the last character closed a literal */
	bool failed;
};

static void
template_reader_keep(struct template_reader *reader, char kind,
		     struct slice text)
{
	struct template *literal = &reader->literal;

	mem_grow(reader->mem, literal->pieces, literal->count);
	literal->pieces[literal->count++] =
		(struct template_piece){ kind, text };
}

static void
template_reader_close(struct template_reader *reader)
{
	struct template_statement *statement = reader->statement;
	const struct template *literal = &reader->literal;

	reader->open = false;
	reader->after_quote = true;
	if (reader->has_places) {
		buf_char(&reader->text, '?');
		mem_grow(reader->mem, statement->params, statement->count);
		statement->params[statement->count++] = *literal;
		return;
	}
	buf_char(&reader->text, '\'');
	for (size_t i = 0; i < literal->count; i++)
		buf_slice(&reader->text, literal->pieces[i].text);
	buf_char(&reader->text, '\'');
}

/* A quote behind a name or a quote may be x'...', _utf8'...' or ''. */
static bool
template_reader_may_open(const struct template_reader *reader)
{
	unsigned char last;

	if (reader->after_quote || reader->text.len == 0)
		return false;
	last = (unsigned char)reader->text.data[reader->text.len - 1];
	return !str_is_alnum(last) && last != '_' && last != '$' && last < 0x80;
}

static void
template_reader_outside(struct template_reader *reader, char c)
{
	if (c == '\'') {
		reader->failed |= !template_reader_may_open(reader);
		reader->open = true;
		reader->has_places = false;
		reader->literal = (struct template){ 0 };
		return;
	}
	/* ? would be a parameter, and comments may hold quotes. */
	reader->failed |= strchr("\"`?#\\", c) != NULL;
	reader->after_quote = false;
	buf_char(&reader->text, c);
}

static void
template_reader_text(struct template_reader *reader, struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (!reader->open) {
			template_reader_outside(reader, c);
		} else if (c == '\'') {
			template_reader_close(reader);
		} else {
			reader->failed |= c == '\\';
			template_reader_keep(reader, 0,
					     slice_cut(text, i, i + 1));
		}
	}
}

static bool
template_reader_is_sound(const struct template_reader *reader)
{
	struct slice text = buf_view(&reader->text);

	return !reader->failed && !reader->open &&
	       reader->statement->count > 0 &&
	       slice_starts_nocase(slice_trim(text), "select") &&
	       slice_search(text, 0, SLICE("--")) == text.len &&
	       slice_search(text, 0, SLICE("/*")) == text.len;
}

void
template_prepare(void *mem, const struct template *query,
		 struct template_statement *statement)
{
	struct template_reader reader = {
		.mem = mem,
		.text = BUF(mem),
		.statement = statement,
	};

	*statement = (struct template_statement){ 0 };
	for (size_t i = 0; i < query->count; i++) {
		const struct template_piece *piece = &query->pieces[i];

		if (piece->kind == 0) {
			template_reader_text(&reader, piece->text);
			continue;
		}
		reader.failed |= !reader.open;
		reader.has_places = true;
		template_reader_keep(&reader, piece->kind, piece->text);
	}
	if (template_reader_is_sound(&reader))
		statement->text = buf_string(&reader.text);
	else
		*statement = (struct template_statement){ 0 };
	if (statement->text != NULL)
		template_divide(mem, statement);
}
