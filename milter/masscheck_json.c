/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One object; "messages" stand one a line, so that grep helps too. */
#include <stdio.h>

#include "base/mem.h"
#include "core/report.h"
#include "masscheck.h"

static void
mass_json_name(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, "\"%s\":", key);
	report_json_text(out, value);
}

static void
mass_json_number(struct buf *out, const char *key, double value)
{
	buf_printf(out, ",\"%s\":", key);
	report_json_number(out, value);
}

static void
mass_json_totals(struct buf *out, const struct mass *mass,
		 const struct mass_figures *figures)
{
	buf_printf(out, "{\"totals\":{\"messages\":%zu", mass->item_count);
	mass_json_number(out, "required", mass->required);
	mass_json_number(out, "seconds", mass->seconds);
	buf_printf(out, ",\"processes\":%zu,\"spam\":%zu,\"ham\":%zu,"
		   "\"spam_found\":%zu,\"false_positives\":%zu,"
		   "\"unchecked\":%zu,\"idle_rules\":%zu}",
		   mass->workers, figures->count[MASS_SPAM],
		   figures->count[MASS_HAM], figures->spam[MASS_SPAM],
		   figures->spam[MASS_HAM], figures->failed, figures->idle);
}

static void
mass_json_rules(struct buf *out, const struct mass *mass,
		const struct mass_figures *figures)
{
	buf_text(out, ",\n\"rules\":[");
	for (size_t i = 0; i < figures->rule_count; i++) {
		const struct mass_rule *rule = &figures->rules[i];

		buf_text(out, i == 0 ? "\n{" : ",\n{");
		mass_json_name(out, "name", rule->rule->name);
		mass_json_number(out, "score",
				 rule->rule->score[mass->ruleset->score_set]);
		buf_printf(out, ",\"spam\":%zu,\"ham\":%zu",
			   rule->hits[MASS_SPAM], rule->hits[MASS_HAM]);
		mass_json_number(out, "spam_percent", rule->percent[MASS_SPAM]);
		mass_json_number(out, "ham_percent", rule->percent[MASS_HAM]);
		mass_json_number(out, "s_o", rule->s_o);
		buf_char(out, '}');
	}
	buf_text(out, "],\n\"together\":[");
	for (size_t i = 0; i < figures->pair_count; i++) {
		const struct mass_pair *pair = &figures->pairs[i];

		buf_text(out, i == 0 ? "\n{" : ",\n{");
		mass_json_name(out, "first", pair->first->rule->name);
		buf_char(out, ',');
		mass_json_name(out, "second", pair->second->rule->name);
		buf_printf(out, ",\"both\":%zu,\"either\":%zu}", pair->both,
			   pair->either);
	}
	buf_text(out, "]");
}

static void
mass_json_hits(struct buf *out, const struct mass *mass,
	       const struct mass_item *item)
{
	const char *between = ",\"tests\":[";

	for (size_t i = 0; i < item->hit_count; i++) {
		const struct rule *rule = mass->ruleset->rules[item->hits[i]];

		if ((rule->flags & RULE_SUBRULE) != 0 && !mass->show_subrules)
			continue;
		buf_text(out, between);
		report_json_text(out, rule->name);
		between = ",";
	}
	buf_text(out, between[1] != '\0' ? ",\"tests\":[]" : "]");
}

static void
mass_json_item(struct buf *out, const struct mass *mass,
	       const struct mass_item *item)
{
	buf_char(out, '{');
	mass_json_name(out, "file", item->name);
	buf_char(out, ',');
	mass_json_name(out, "class", mass_class_names[item->class]);
	if (item->checked) {
		buf_printf(out, ",\"spam\":%s", item->spam ? "true" : "false");
		mass_json_number(out, "score", item->score);
		mass_json_hits(out, mass, item);
	}
	if (item->checked && mass->compared != NULL) {
		buf_printf(out, ",\"spam_compared\":%s",
			   item->spam_compared ? "true" : "false");
		mass_json_number(out, "score_compared", item->score_compared);
	}
	buf_char(out, ',');
	mass_json_name(out, "error", item->error);
	buf_char(out, '}');
}

void
mass_print_json(const struct mass *mass, const struct mass_figures *figures)
{
	struct buf out = BUF(NULL);

	mass_json_totals(&out, mass, figures);
	mass_json_rules(&out, mass, figures);
	buf_text(&out, ",\n\"messages\":[");
	for (size_t i = 0; i < mass->item_count; i++) {
		buf_text(&out, i == 0 ? "\n" : ",\n");
		mass_json_item(&out, mass, &mass->items[i]);
		fwrite(out.data, 1, out.len, stdout);
		buf_reset(&out);
	}
	buf_text(&out, "]}\n");
	fwrite(out.data, 1, out.len, stdout);
	mem_free(out.data);
}
