/* SPDX-License-Identifier: GPL-2.0-or-later */
/* BodyEval: the table of facts that mails pushing a stock begin with. */
#include "rule/eval_tables.h"

#include <string.h>

#include "base/mem.h"
#include "mail/text.h"
#include "mail/unicode.h"
#include "rule/eval_args.h"

#define STOCK_NAME_MIN 3 /* characters in front of the colon */
#define STOCK_NAME_MAX 30

static const char *const stock_words[] = {
	"company", "companyname", "target", "ticker", "openingp",
	"openingprice", "currentp", "currentprice", "projected", "position",
	"expectations", "weekhigh", "weekshigh", "marketperformance",
	"yeartarget", "yearestimate", "yearestimates", "weektarget",
	"weekestimate", "weekestimates", "monthtarget", "monthestimate",
	"monthestimates", "daytarget", "dayestimate", "dayestimates",
	"pricetarget", "priceestimate", "priceestimates", "sector",
	"recommendation", "rating",
};

#define STOCK_WORDS (sizeof(stock_words) / sizeof(stock_words[0]))
#define STOCK_HITS (STOCK_WORDS + 200) /* that are told apart */

struct stock_state {
	bool known;
	size_t count;
	struct slice hits[STOCK_HITS];
};

/* Whether text is word with at most one more letter behind each of its own but
 * the last: "sxtock". A bit of places for each letter of the word matched. */
static bool
stock_is_gapped(struct slice text, const char *word)
{
	uint64_t places = 1;
	size_t n = strlen(word);

	if (text.len > 2 * n - 1 || text.len < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint64_t next = 0;

		if (i > 0)
			places |= places << 1;
		for (size_t at = 0; at < text.len; at++)
			if (places >> at & 1 && text.data[at] == word[i])
				next |= (uint64_t)2 << at;
		places = next;
	}
	return places >> text.len & 1;
}

static bool
stock_is_word(struct slice text)
{
	for (size_t i = 0; i < STOCK_WORDS; i++)
		if (slice_is(text, stock_words[i]))
			return true;
	return stock_is_gapped(text, "stock") || stock_is_gapped(text, "sym") ||
	       stock_is_gapped(text, "symbol");
}

/* The longest end of a name, in letters alone, that is such a word. */
static struct slice
stock_word(struct slice name)
{
	if (slice_is(name, "tradedate") || slice_is(name, "tradingdate"))
		return name;
	for (size_t at = 0; at < name.len; at++)
		if (stock_is_word(slice_from(name, at)))
			return slice_from(name, at);
	return SLICE_NONE;
}

static void
stock_add(struct stock_state *state, struct slice word)
{
	for (size_t i = 0; i < state->count; i++)
		if (slice_equal(state->hits[i], word))
			return;
	if (state->count < STOCK_HITS)
		state->hits[state->count++] = word;
}

/* The letters of a name, in lower case. */
static void
stock_name(struct check *check, struct stock_state *state, struct slice name)
{
	struct buf letters = BUF(check);
	struct slice word;

	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.data[i];

		if (str_is_alpha(c))
			buf_char(&letters, (char)str_lower_char(c));
	}
	if (letters.len == 0)
		return;
	word = stock_word(buf_view(&letters));
	if (word.data != NULL)
		stock_add(state, word);
}

/* "Name : value"; the value may stand on a later line, which is then no
 * name. */
static void
stock_lines(struct check *check, struct stock_state *state, struct slice rest)
{
	struct slice line, next;

	while (slice_line(&rest, &line)) {
		struct slice name = slice_trim(line);
		size_t colon = slice_find(name, 0, ':');

		if (colon == name.len ||
		    unicode_length(slice_cut(name, 0, colon)) <
			    STOCK_NAME_MIN ||
		    unicode_length(slice_trim(slice_cut(name, 0, colon))) >
			    STOCK_NAME_MAX)
			continue;
		next = slice_trim(slice_from(name, colon + 1));
		while (next.len == 0 && slice_line(&rest, &next))
			next = slice_trim(next);
		if (next.len > 0)
			stock_name(check, state, slice_cut(name, 0, colon));
	}
}

/* The first plain text tells how many such facts there are. */
static void
stock_collect(struct check *check, struct stock_state *state)
{
	struct message *message = check->message;

	for (size_t i = 0; i < message->part_count; i++) {
		struct part *part = message->parts[i];

		if (strcmp(part->type, "text/plain") != 0)
			continue;
		stock_lines(check, state, text_part(part)->rendered.text);
		return;
	}
}

/* So many different facts of a stock. */
static int
stock_info(struct check *check, const struct rule *rule)
{
	struct stock_state *state = check_state(check, "BodyEval stock",
						sizeof(*state));
	double min = eval_number(rule, 0);

	if (!state->known) {
		state->known = true;
		stock_collect(check, state);
	}
	return min == 0 || (double)state->count >= min;
}

const struct eval evals_bodyeval_stock[] = {
	{ "check_stock_info", stock_info, NULL },
	{ NULL, NULL, NULL },
};
