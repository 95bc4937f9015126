/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two queries may find the same rows and take another column of them: that for
 * users who stand for themselves and that for mailboxes often do. To see that,
 * a statement is divided into its column and all that follows. Only the
 * plainest are: a column that could change what rows there are (DISTINCT, an
 * aggregate), or rows that could depend on the column, are left alone.
 */
#include "core/template.h"

#include <string.h>

#include "base/mem.h"

#define DIVIDE_NUMBER_MAX 9 /* digits */
#define DIVIDE_COUNT(array) (sizeof(array) / sizeof(*(array)))

/* They give one value for each row, and always the same one. */
static const char *const divide_functions[] = {
	"concat", "lower", "upper", "coalesce", "ifnull", "trim",
};

/* Behind these the rows are more than what FROM and WHERE say. */
static const char *const divide_clauses[] = {
	"union", "except", "intersect", "minus", "group", "having", "order",
	"limit", "into", "procedure", "window", "for", "lock", "fetch",
};

static bool
divide_is_among(struct slice word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_is_nocase(word, words[i]))
			return true;
	return false;
}

static bool
divide_is_word(char c)
{
	return str_is_alnum((unsigned char)c) || c == '_' || c == '.';
}

static size_t
divide_word_end(struct slice text, size_t start)
{
	while (start < text.len && divide_is_word(text.data[start]))
		start++;
	return start;
}

/* Behind the name, number or text at start; start itself: there is none. */
static size_t
divide_operand_end(struct slice text, size_t start)
{
	size_t quote;

	if (start == text.len || text.data[start] != '\'')
		return divide_word_end(text, start);
	quote = slice_find(text, start + 1, '\'');
	return quote == text.len ? start : quote + 1;
}

/* An operand, or the beginning of a function's, at *pos, which moves on. */
static bool
divide_operand(struct slice text, size_t *pos, bool *opens)
{
	size_t start = *pos, end = divide_operand_end(text, start);
	struct slice word = slice_cut(text, start, end);

	*opens = end < text.len && text.data[end] == '(';
	*pos = end + *opens;
	return *opens ? divide_is_among(word, divide_functions,
					DIVIDE_COUNT(divide_functions))
		      : end > start;
}

/* One expression of names, texts and the functions above. */
static bool
divide_is_plain(struct slice text)
{
	bool complete = false, opens;
	size_t pos = 0, depth = 0;

	while ((pos = slice_skip_space(text, pos)) < text.len) {
		if (!complete) {
			if (!divide_operand(text, &pos, &opens))
				return false;
			depth += opens;
			complete = !opens;
		} else if (depth > 0 && text.data[pos] == ')') {
			depth--;
			pos++;
		} else if (depth > 0 && text.data[pos] == ',') {
			complete = false;
			pos++;
		} else {
			return false;
		}
	}
	return complete && depth == 0;
}

static bool
divide_is_number(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!str_is_digit((unsigned char)text.data[i]))
			return false;
	return text.len > 0 && text.len <= DIVIDE_NUMBER_MAX &&
	       (text.data[0] != '0' || text.len == 1);
}

static bool
divide_has_clause(struct slice rows)
{
	for (size_t i = 0; i < rows.len;) {
		size_t end = divide_word_end(rows, i);

		if (divide_is_among(slice_cut(rows, i, end), divide_clauses,
				    DIVIDE_COUNT(divide_clauses)))
			return true;
		i = end > i ? end : i + 1;
	}
	return false;
}

/* Where FROM stands as a word of its own, or the end. */
static size_t
divide_find_from(struct slice text)
{
	for (size_t i = 0; i < text.len;) {
		size_t end = divide_word_end(text, i);

		if (slice_is_nocase(slice_cut(text, i, end), "from"))
			return i;
		i = end > i ? end : i + 1;
	}
	return text.len;
}

void
template_divide(void *mem, struct template_statement *statement)
{
	struct slice text = slice_trim(slice_of(statement->text)), column;
	size_t start = strlen("select"), from = divide_find_from(text);

	column = slice_trim(slice_cut(text, start, from));
	if (from == text.len || !str_is_space((unsigned char)text.data[start]) ||
	    !divide_is_plain(column) || divide_has_clause(slice_from(text, from)))
		return;
	statement->column = slice_string(mem, column);
	statement->rows = slice_string(mem, slice_from(text, from));
	statement->is_number = divide_is_number(column);
}
