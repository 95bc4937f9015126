/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of base64 wherever they stand. Where a head is so damaged that no field
 * of it says what follows, some programs still find out; by what rule does not
 * matter if whatever looks encoded is decoded. It is looked into, and nothing
 * is ambiguous for that: honest texts hold keys and signatures.
 */
#include "mail/readings_private.h"

#include "base/mem.h"
#include "mail/decode_bits.h"

#define RUNS_MAX 100	  /* in one message */
#define RUNS_FIRST_MIN 40 /* letters of a run's first line */
#define RUNS_FOREIGN 16	  /* one character in so many may be another */

struct runs {
	struct reader *reader;
	struct base64_table table;
	const struct part *part; /* looked at last */
	bool is_clean;		 /* which is decoded alike by all */
	const char *start, *end; /* of this run; NULL: none */
	size_t count;
};

/* Letters of a line that is base64 and hardly anything else; 0: it is not. */
static size_t
runs_line(const struct base64_table *table, struct slice line)
{
	size_t letters = 0, foreign = 0;

	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.data[i];

		if (str_is_space(c))
			return 0;
		if (table->value[c] >= 0)
			letters++;
		else
			foreign += c != '=';
	}
	return foreign <= line.len / RUNS_FOREIGN ? letters : 0;
}

/* In a leaf of the tree that all decode as base64 anyway. */
static bool
runs_is_known(struct runs *runs, struct slice run)
{
	const struct reader *reader = runs->reader;
	size_t i = readings_behind(reader, run.data);
	const struct part *part = i == 0 ? NULL : reader->places[i - 1].part;

	if (part == NULL || !part->is_leaf ||
	    readings_usual(part) != HABIT_BASE64 ||
	    (uintptr_t)run.data - (uintptr_t)part->exact.data >=
		    part->exact.len)
		return false;
	if (part != runs->part)
		runs->is_clean = habit_base64_is_clean(part->exact);
	runs->part = part;
	return runs->is_clean;
}

static void
runs_end(struct runs *runs)
{
	struct reader *reader = runs->reader;
	struct slice run;

	if (runs->start == NULL)
		return;
	run = (struct slice){ runs->start, (size_t)(runs->end - runs->start) };
	runs->start = NULL;
	runs->count++;
	if (runs_is_known(runs, run) || !readings_may_decode(reader, run.len))
		return;
	readings_add(reader, reader->message->root, run, HABIT_BASE64, false);
	readings_unwrap(reader, run, HABIT_BASE64, 1);
}

void
readings_runs(struct reader *reader)
{
	struct runs runs = { .reader = reader,
			     .table = decode_base64_table() };
	struct slice rest = reader->message->source, line;

	while (runs.count < RUNS_MAX && slice_line(&rest, &line)) {
		size_t letters;

		line = slice_trim(line);
		letters = runs_line(&runs.table, line);
		if (runs.start == NULL && letters >= RUNS_FIRST_MIN)
			runs.start = line.data;
		if (runs.start != NULL && letters > 0)
			runs.end = line.data + line.len;
		else if (line.len > 0)
			runs_end(&runs);
	}
	runs_end(&runs);
}
