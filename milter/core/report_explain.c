/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a mail has its score: what `ispfilter scan --explain`, --near and --rule
 * print below the verdict. What counts most stands first.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "core/report.h"

#define EXPLAIN_INDENT "            "
#define EXPLAIN_WIDTH 78

static int
explain_compare(const void *a, const void *b)
{
	const struct verdict_hit *left = *(const struct verdict_hit *const *)a;
	const struct verdict_hit *right = *(const struct verdict_hit *const *)b;
	double difference = fabs(right->score) - fabs(left->score);

	if (difference != 0)
		return difference > 0 ? 1 : -1;
	return strcmp(left->name, right->name);
}

/* Lines of text, each behind prefix. */
static void
explain_lines(struct buf *out, const char *prefix, const char *text)
{
	struct slice rest = slice_of(text), line;

	while (slice_line(&rest, &line)) {
		buf_text(out, prefix);
		buf_slice(out, line); /* with its LF */
	}
}

static void
explain_rule_line(struct buf *out, double score, const char *name,
		  const char *describe)
{
	buf_printf(out, "  %8.3f  ", score);
	if (describe == NULL)
		buf_printf(out, "%s\n", name);
	else
		buf_printf(out, "%-28s  %s\n", name, describe);
}

static void
explain_hit(struct buf *out, const struct verdict_hit *hit)
{
	explain_rule_line(out, hit->score, hit->name, hit->describe);
	if (hit->why != NULL) {
		explain_lines(out, EXPLAIN_INDENT, hit->why);
		return;
	}
	if (hit->place == NULL)
		return;
	buf_printf(out, EXPLAIN_INDENT "%s", hit->place);
	if (hit->matched != NULL && hit->matched[0] != '\0')
		buf_printf(out, ": \"%s\"", hit->matched);
	if (hit->value != 1)
		buf_printf(out, " (%.15g times)", hit->value);
	buf_char(out, '\n');
}

/* Names in lines of EXPLAIN_WIDTH. */
static void
explain_subtests(struct buf *out, const struct verdict *verdict)
{
	size_t column = 0;

	if (verdict->subtest_count == 0)
		return;
	buf_text(out, "  sub-rules that hit:");
	for (size_t i = 0; i < verdict->subtest_count; i++) {
		size_t len = strlen(verdict->subtests[i]);

		if (i == 0 || column + 1 + len > EXPLAIN_WIDTH) {
			buf_text(out, "\n   ");
			column = 3;
		}
		buf_printf(out, " %s", verdict->subtests[i]);
		column += 1 + len;
	}
	buf_char(out, '\n');
}

static void
explain_nears(struct buf *out, const struct verdict *verdict)
{
	if (verdict->near_count > 0)
		buf_text(out, "  near misses, which lacked one condition:\n");
	for (size_t i = 0; i < verdict->near_count; i++) {
		const struct verdict_near *near = &verdict->nears[i];

		explain_rule_line(out, near->score, near->name,
				  near->describe);
		buf_printf(out, EXPLAIN_INDENT "lacked %s\n", near->lacked);
	}
}

void
report_explain(struct buf *out, const struct verdict *verdict)
{
	const struct verdict_hit **hits = mem_array(
		NULL, const struct verdict_hit *, verdict->hit_count + 1);

	for (size_t i = 0; i < verdict->hit_count; i++)
		hits[i] = &verdict->hits[i];
	if (verdict->hit_count > 1)
		qsort(hits, verdict->hit_count, sizeof(*hits),
		      explain_compare);
	for (size_t i = 0; i < verdict->hit_count; i++)
		explain_hit(out, hits[i]);
	mem_free(hits);
	explain_subtests(out, verdict);
	explain_nears(out, verdict);
}

void
report_asked(struct buf *out, const struct verdict *verdict)
{
	if (verdict->origin[0] != '\0')
		buf_text(out, "  origin:\n");
	explain_lines(out, "    ", verdict->origin);
	if (verdict->asked[0] == '\0')
		return;
	buf_text(out, "  asked of the DNS:\n");
	explain_lines(out, "    ", verdict->asked);
}

void
report_trace(struct buf *out, const struct verdict *verdict)
{
	explain_lines(out, "  ", verdict->trace);
}
