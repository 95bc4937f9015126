/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The course of a check (Plugin/Check.pm, check_main): rules in the order that
 * the rule set has settled (order.c), then metas. SpamAssassin looks for metas
 * that can be told after each priority; nothing can see the difference, since
 * no other rule reads them, unless one of them ends the check.
 */
#include "rule/check_private.h"

#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "mail/text.h"
#include "rule/meta_plan.h"
#include "rule/net.h"
#include "rule/order.h"
#include "rule/prefilter.h"
#include "rule/profile.h"
#include "rule/shortcircuit.h"
#include "rule/uri_detail.h"

struct check_state {
	const char *name;
	struct check_state *next;
	max_align_t data[];
};

void *
check_state(struct check *check, const char *name, size_t size)
{
	struct check_state *state;

	/* Mostly it is the same string. */
	for (state = check->eval_state; state != NULL; state = state->next)
		if (state->name == name)
			return state->data;
	for (state = check->eval_state; state != NULL; state = state->next)
		if (strcmp(state->name, name) == 0)
			return state->data;
	state = mem_zero(check, sizeof(*state) + size, 1, "check_state");
	state->name = name;
	state->next = check->eval_state;
	check->eval_state = state;
	return state->data;
}

void
check_hit(struct check *check, const struct rule *rule, double value,
	  struct slice matched, const char *place)
{
	double score = rule->score[check->ruleset->score_set & 3];

	if (score != 0)
		check_hit_score(check, rule, score, value, matched, place);
}

void
check_hit_score(struct check *check, const struct rule *rule, double score,
		double value, struct slice matched, const char *place)
{
	struct check_hit *hit;
	double times;

	value = value > 0 ? value : 1;
	/* Every match of such a rule is a hit of its own. */
	times = rule->flags & RULE_MULTIPLE && rule->eval == NULL &&
				rule->type != RULE_META
			? value
			: 1;
	check->states[rule->index] = CHECK_KNOWN;
	check->values[rule->index] = value;
	if (check->own->open != NULL)
		check->own->open[rule->index] = CHECK_HIT;
	shortcircuit_hit(check, rule, score);
	mem_grow(check, check->hits, check->hit_count);
	hit = &check->hits[check->hit_count++];
	*hit = (struct check_hit){
		.rule = rule,
		.score = rule->flags & RULE_SUBRULE ? 0 : score * times,
		.value = value,
		.matched = matched,
		.place = place,
	};
	check->score += hit->score;
}

void
check_fail(struct check *check, const struct rule *rule)
{
	mem_grow(check, check->failures, check->failed);
	check->failures[check->failed++] = rule->name;
}

static void
check_eval(struct check *check, const struct rule *rule)
{
	int value;

	if (rule->eval == NULL)
		return; /* stays unknown, as what SpamAssassin does not run */
	check->states[rule->index] = CHECK_KNOWN;
	value = rule->eval(check, rule);
	if (value == EVAL_LATER) {
		check->states[rule->index] = CHECK_UNKNOWN;
		return;
	}
	trace_value(check, rule, rule->function, value);
	if (value != 0)
		check_hit(check, rule, value, SLICE_NONE,
			  check->options.explain ? rule->function : NULL);
}

static void
check_rule(struct check *check, const struct rule *rule)
{
	switch (rule->type) {
	case RULE_HEADER_EVAL:
	case RULE_BODY_EVAL:
	case RULE_RAWBODY_EVAL:
	case RULE_FULL_EVAL:
	case RULE_RBL:
		check_eval(check, rule);
		break;
	case RULE_MIMEHEADER:
		mimeheader_rule(check, rule);
		break;
	case RULE_URI_DETAIL:
		uri_detail_run(check, rule);
		break;
	case RULE_ASKDNS:
		break; /* net_begin() */
	default:
		match_rule(check, rule);
	}
}

/* Runs a rule within its time, if that of all is not over. */
static void
check_timed(struct check *check, const struct rule *rule)
{
	struct check_private *own = check->own;
	int64_t begin = own->now, used, end;

	if (own->deadline != 0 && begin > own->deadline) {
		check->timed_out = true;
		return;
	}
	end = begin + CHECK_RULE_DUE + own->overtime;
	if (own->deadline != 0 && end > own->deadline)
		end = own->deadline;
	regex_scratch_deadline(own->scratch, end / 1000 + 1);
	check_rule(check, rule);
	own->now = clock_about_us();
	used = own->now - begin;
	if (used > CHECK_RULE_DUE) {
		own->overtime -= used - CHECK_RULE_DUE;
		if (own->overtime < 0)
			own->overtime = 0;
	}
}

/* Whether a rule waits until a meta asks for it. It is known in any case. */
static bool
check_waits(struct check *check, size_t index)
{
	struct check_private *own = check->own;

	if (own->open == NULL || !meta_plan_can_wait(check->ruleset, index))
		return false;
	own->open[index] = CHECK_OPEN_RULE;
	own->late[own->late_count++] = (uint32_t)index;
	check->states[index] = CHECK_KNOWN;
	return true;
}

/* Runs a rule if it is worth trying. */
static void
check_wanted(struct check *check, size_t index)
{
	if (!prefilter_wants(check, index))
		check->states[index] = CHECK_KNOWN;
	else if (!check_waits(check, index))
		check_timed(check, check->ruleset->rules[index]);
}

/* The same, with a look at the clock. */
static void
check_profiled(struct check *check, size_t index)
{
	struct profile *profile = check->ruleset->profile;
	struct profile_rule *cost = &profile->rules[index];
	int64_t began = clock_ns(), then;
	bool wanted = prefilter_wants(check, index), waits;

	then = clock_ns();
	profile->works[PROFILE_SIEVES] += then - began;
	check_wanted(check, index);
	waits = check->own->open != NULL &&
		check->own->open[index] == CHECK_OPEN_RULE;
	if (!wanted || waits)
		return;
	cost->ns += clock_ns() - then;
	cost->tries++;
}

void
check_late(struct check *check, const struct rule *rule)
{
	struct profile *profile = check->ruleset->profile;
	int64_t began;

	/* Answers of the DNS may have been waited for since the last rule. */
	check->own->now = clock_about_us();
	if (profile == NULL) {
		check_timed(check, rule);
		return;
	}
	began = clock_ns();
	check_timed(check, rule);
	began = clock_ns() - began;
	profile->rules[rule->index].ns += began;
	profile->rules[rule->index].tries++;
	profile->works[PROFILE_METAS] -= began;
}

static int
check_compare(const void *a, const void *b)
{
	const struct check_hit *left = a, *right = b;

	return strcmp(left->rule->name, right->rule->name);
}

static double
check_round(double score)
{
	char text[64];

	snprintf(text, sizeof(text), "%0.3f", score);
	return strtod(text, NULL) + 0.0;
}

static void
check_finish(struct check *check)
{
	const struct rule *late;

	if (check->timed_out) {
		late = ruleset_find(check->ruleset, "TIME_LIMIT_EXCEEDED");
		if (late != NULL)
			check_hit(check, late, 1, SLICE_NONE, NULL);
	}
	if (check->hit_count > 0)
		qsort(check->hits, check->hit_count, sizeof(*check->hits),
		      check_compare);
	for (size_t i = 0; check->ruleset->profile && i < check->hit_count; i++)
		check->ruleset->profile->rules[check->hits[i].rule->index]
			.hits++;
	check->score = check_round(check->score);
	check->is_spam = check->score >= check->required;
}

static struct check_private *
check_begin(struct check *check)
{
	struct check_private *own = mem_new(check, struct check_private);

	own->room = check_scratch_take(check->ruleset->spare);
	own->scratch = check->options.scratch != NULL ? check->options.scratch
						      : own->room->regex;
	own->overtime = CHECK_OVERTIME;
	own->trace = BUF(check);
	if (check->options.time_limit > 0)
		own->deadline = clock_us() + 1000 * check->options.time_limit;
	return own;
}

/*
 * Whether the check ends between two rules, as it does only where the type or
 * the priority changes. Metas are looked at after each priority only for the
 * sake of those that end it.
 */
static bool
check_ends(struct check *check, const struct rule *last,
	   const struct rule *next)
{
	if (last->priority == next->priority)
		return check->shortcircuited &&
		       order_rank(last->type) != order_rank(next->type);
	if (!check->shortcircuited)
		metas_run(check, false);
	return check->shortcircuited;
}

static void
check_rules(struct check *check)
{
	const struct ruleset *ruleset = check->ruleset;
	size_t place = prefilter_pass(check, 0), index, last = SIZE_MAX;

	check->own->now = clock_about_us();
	while (prefilter_stops(ruleset, place, &index)) {
		if (ruleset->settings.shortcircuit && last != SIZE_MAX &&
		    check_ends(check, ruleset->rules[last],
			       ruleset->rules[index]))
			return;
		if (ruleset->profile != NULL)
			check_profiled(check, index);
		else
			check_wanted(check, index);
		if (check->timed_out) {
			prefilter_give_up(check, place);
			return;
		}
		last = index;
		place = prefilter_pass(check, place + 1);
	}
}

/* The texts that rules see, as the rule files want them. */
static void
check_texts(const struct rule_settings *settings, struct message *message)
{
	const struct text_settings texts = {
		.body_max = settings->body_part_scan_size,
		.rawbody_max = settings->rawbody_part_scan_size,
		.as_sent = !settings->normalize_charset,
	};

	text_configure(message, &texts);
}

static void
check_end(struct check *check)
{
	struct check_private *own = check->own;

	regex_scratch_deadline(own->scratch, 0);
	check_scratch_give(check->ruleset->spare, own->room,
			   check->message->pristine.len);
	own->room = NULL;
	own->scratch = NULL;
}

/* Some rules never ran: what waits did not, either. */
static void
check_give_up_late(struct check *check)
{
	struct check_private *own = check->own;

	for (size_t i = 0; i < own->late_count; i++)
		check->states[own->late[i]] = CHECK_UNKNOWN;
	own->open = NULL;
}

/* The plan knows one course of events: all rules ran, then all metas. */
static void
check_metas(struct check *check)
{
	if (check->own->prefilter != NULL && !check->timed_out &&
	    !check->ruleset->settings.shortcircuit) {
		meta_plan_run(check);
		return;
	}
	check_give_up_late(check);
	if (!check->ruleset->settings.shortcircuit)
		metas_begin(check);
	if (!check->shortcircuited)
		metas_run(check, false);
	if (!check->timed_out && !check->shortcircuited)
		metas_run(check, true);
}

static void
check_begin_prefilter(struct check *check)
{
	struct check_private *own = check->own;

	own->prefilter = prefilter_begin(check);
	if (!check->options.lazy || check->options.explain ||
	    check->ruleset->settings.shortcircuit)
		return;
	own->open = mem_array(check, uint8_t, check->ruleset->count + 1);
	own->late = mem_room(check, uint32_t, check->ruleset->count + 1);
}

struct check *
check_message(void *mem, const struct ruleset *ruleset,
	      struct message *message, const struct check_options *options)
{
	struct check *check = mem_new(mem, struct check);
	int64_t began;

	check->mem = check;
	check->ruleset = ruleset;
	check->message = message;
	check_texts(&ruleset->settings, message);
	if (options != NULL)
		check->options = *options;
	check->required = check->options.required != 0
				  ? check->options.required
				  : ruleset->settings.required_score;
	check->values = mem_array(check, double, ruleset->count + 1);
	check->states = mem_array(check, uint8_t, ruleset->count + 1);
	check->own = check_begin(check);
	header_values_begin(check);
	/* Who follows a rule wants to see it tried. */
	if (!check->options.no_prefilter && check->options.trace == NULL)
		check_begin_prefilter(check);
	if (ruleset->settings.shortcircuit)
		metas_begin(check);
	shortcircuit_begin(check);
	net_begin(check);
	check_rules(check);
	net_collect(check);
	began = ruleset->profile == NULL ? 0 : clock_ns();
	check_metas(check);
	if (ruleset->profile != NULL)
		ruleset->profile->works[PROFILE_METAS] += clock_ns() - began;
	check_finish(check);
	check_end(check);
	check->trace = buf_string(&check->own->trace);
	return check;
}
