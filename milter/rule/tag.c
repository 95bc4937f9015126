/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tags: words that stand for what is known of a message, in templates and in
 * patterns (PerMsgStatus, common_tags, get_tag_raw, set_tag). Those set by
 * captures and evals are kept by name; the others are made when asked for.
 */
#include "rule/tag.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define TAG_STARS_MAX 50

/* The version of the rule language, as rule files ask for it. */
#define TAG_VERSION "4.0.1"

struct check_tags {
	const char *name;
	struct slice *items;
	size_t count;
	struct check_tags *next;
};

static struct check_tags *
tag_find(const struct check *check, const char *name)
{
	struct check_tags *tag;

	for (tag = check->tags; tag != NULL; tag = tag->next)
		if (strcmp(tag->name, name) == 0)
			return tag;
	return NULL;
}

void
tag_set_values(struct check *check, const char *name, const struct slice *items,
	       size_t count)
{
	struct check_tags *tag = tag_find(check, name);

	if (tag == NULL) {
		tag = mem_new(check, struct check_tags);
		tag->name = mem_strdup(tag, name);
		tag->next = check->tags;
		check->tags = tag;
	}
	tag->items = mem_array(tag, struct slice, count + 1);
	tag->count = count;
	for (size_t i = 0; i < count; i++)
		tag->items[i] = (struct slice){ slice_string(tag, items[i]),
						items[i].len };
}

void
check_tag_set(struct check *check, const char *name, struct slice text)
{
	tag_set_values(check, name, &text, 1);
}

/* --- those that are made: each writes to out; arg is never NULL --- */

static void
tag_yesno(struct check *check, struct buf *out, const char *arg)
{
	const char *comma = strchr(arg, ',');

	if (check->is_spam && *arg != '\0')
		buf_slice(out, slice_cut(slice_of(arg), 0,
					 strcspn(arg, ",")));
	else if (!check->is_spam && comma != NULL)
		buf_text(out, comma + 1);
	else
		buf_text(out, check->is_spam ? "Yes" : "No");
}

static void
tag_yesnocaps(struct check *check, struct buf *out, const char *arg)
{
	size_t start = out->len;

	tag_yesno(check, out, arg);
	for (size_t i = start; i < out->len; i++)
		if (out->data[i] >= 'a' && out->data[i] <= 'z')
			out->data[i] = (char)(out->data[i] - 'a' + 'A');
}

/* A mail that is not spam never shows the score of one: 4.96 is "4.9". */
static void
tag_score(struct check *check, struct buf *out, const char *arg)
{
	char score[40], required[40];
	size_t pad = strspn(arg, *arg == '0' ? "0" : " "), want, len;

	snprintf(score, sizeof(score), "%2.1f", check->score);
	snprintf(required, sizeof(required), "%2.1f", check->required);
	if (!check->is_spam && strtod(score, NULL) >= strtod(required, NULL))
		snprintf(score, sizeof(score), "%.1f",
			 strtod(required, NULL) - 0.1);
	len = strlen(score);
	want = pad + 3;
	if (pad > 0 && arg[pad] == '\0' && want > len)
		buf_add(out, arg, want - len < pad ? want - len : pad);
	buf_text(out, score);
}

static void
tag_required(struct check *check, struct buf *out, const char *arg)
{
	buf_printf(out, "%2.1f", check->required);
}

static void
tag_version(struct check *check, struct buf *out, const char *arg)
{
	buf_text(out, TAG_VERSION);
}

static void
tag_subversion(struct check *check, struct buf *out, const char *arg)
{
	buf_text(out, "ispfilter " ISPFILTER_VERSION);
}

static void
tag_hostname(struct check *check, struct buf *out, const char *arg)
{
	char name[256] = "";

	if (check->ruleset->settings.report_hostname != NULL &&
	    check->ruleset->settings.report_hostname[0] != '\0') {
		buf_text(out, check->ruleset->settings.report_hostname);
		return;
	}
	if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0')
		buf_text(out, "localhost");
	buf_text(out, name);
}

static void
tag_stars(struct check *check, struct buf *out, const char *arg)
{
	int count = check->score > TAG_STARS_MAX ? TAG_STARS_MAX
						 : (int)check->score;

	for (int i = 0; i < count; i++)
		buf_text(out, *arg != '\0' ? arg : "*");
}

static void
tag_names(const struct check *check, struct buf *out, const char *arg,
	  unsigned subrules, bool scores)
{
	const char *between = *arg != '\0' ? arg : ",";
	size_t count = 0;

	for (size_t i = 0; i < check->hit_count; i++) {
		const struct check_hit *hit = &check->hits[i];

		if ((hit->rule->flags & RULE_SUBRULE) != subrules)
			continue;
		buf_text(out, count++ == 0 ? "" : between);
		buf_text(out, hit->rule->name);
		if (scores)
			buf_printf(out, "=%.15g", hit->score);
	}
	buf_text(out, count == 0 ? "none" : "");
}

static void
tag_tests(struct check *check, struct buf *out, const char *arg)
{
	tag_names(check, out, arg, 0, false);
}

static void
tag_tests_scores(struct check *check, struct buf *out, const char *arg)
{
	tag_names(check, out, arg, 0, true);
}

static void
tag_subtests(struct check *check, struct buf *out, const char *arg)
{
	tag_names(check, out, arg, RULE_SUBRULE, false);
}

/* "__A(2)" for one that matched twice with tflags multiple; SpamAssassin has
 * commas here whatever is asked for. */
static void
tag_subtests_collapsed(struct check *check, struct buf *out, const char *arg)
{
	size_t count = 0;

	for (size_t i = 0; i < check->hit_count; i++) {
		const struct check_hit *hit = &check->hits[i];

		if (!(hit->rule->flags & RULE_SUBRULE))
			continue;
		buf_printf(out, "%s%s", count++ == 0 ? "" : ",",
			   hit->rule->name);
		if (hit->rule->flags & RULE_MULTIPLE && hit->value > 1 &&
		    hit->rule->eval == NULL && hit->rule->type != RULE_META)
			buf_printf(out, "(%.0f)", hit->value);
	}
	buf_text(out, count == 0 ? "none" : "");
}

void
tag_subject_prefix(struct check *check, struct buf *out, const char *arg)
{
	const struct ruleset *ruleset = check->ruleset;

	for (size_t i = 0; i < ruleset->order_count; i++) {
		const struct rule *rule = ruleset->order[i];

		if (rule->subject_prefix != NULL &&
		    check->values[rule->index] != 0 &&
		    strstr(buf_string(out), rule->subject_prefix) == NULL)
			buf_printf(out, "%s ", rule->subject_prefix);
	}
}

/* Only if rule files want something in front of the Subject at all. */
static void
tag_subject_prefixes(struct check *check, struct buf *out, const char *arg)
{
	if (check->ruleset->settings.rewrite_subject != NULL)
		tag_subject_prefix(check, out, arg);
}

static void
tag_header(struct check *check, struct buf *out, const char *arg)
{
	if (*arg != '\0')
		buf_slice(out, check_header_text(check,
						 mem_strdup(check, arg)));
}

static void
tag_contact(struct check *check, struct buf *out, const char *arg)
{
	buf_text(out, ruleset_setting(check->ruleset, "report_contact", ""));
}

static void
tag_date(struct check *check, struct buf *out, const char *arg)
{
	time_t now = (time_t)clock_wall();
	char text[64];
	struct tm tm;

	if (localtime_r(&now, &tm) != NULL &&
	    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S %z", &tm) > 0)
		buf_text(out, text);
}

/* Nothing is learned while rules run; who learns sets the tag. */
static void
tag_autolearn(struct check *check, struct buf *out, const char *arg)
{
	buf_text(out, check->ruleset->settings.use_bayes ? "unavailable"
							 : "disabled");
}

static void
tag_bayes(struct check *check, struct buf *out, const char *arg)
{
	buf_text(out, "0.5");
}

static const struct relay *
tag_relay(struct check *check, bool external)
{
	const struct relays *relays = check_relays(check);

	if (external)
		return relays->internal_count < relays->count
			       ? &relays->items[relays->internal_count]
			       : NULL;
	return relays->trusted_count > 0
		       ? &relays->items[relays->trusted_count - 1]
		       : NULL;
}

static void
tag_trusted_ip(struct check *check, struct buf *out, const char *arg)
{
	const struct relay *relay = tag_relay(check, false);

	buf_text(out, relay != NULL ? relay->ip : "");
}

static void
tag_external_ip(struct check *check, struct buf *out, const char *arg)
{
	const struct relay *relay = tag_relay(check, true);

	buf_text(out, relay != NULL ? relay->ip : "");
}

static void
tag_external_rdns(struct check *check, struct buf *out, const char *arg)
{
	const struct relay *relay = tag_relay(check, true);

	buf_text(out, relay != NULL ? relay->rdns : "");
}

static void
tag_external_helo(struct check *check, struct buf *out, const char *arg)
{
	const struct relay *relay = tag_relay(check, true);

	buf_text(out, relay != NULL ? relay->helo : "");
}

static void
tag_relays(struct check *check, struct buf *out, const char *arg)
{
	buf_slice(out, check_header_text(check, mem_strdup(check, arg)));
}

static void
tag_empty(struct check *check, struct buf *out, const char *arg)
{
}

static const struct {
	const char *name;
	void (*make)(struct check *check, struct buf *out, const char *arg);
	const char *arg; /* fixed, or NULL: what the template says */
} tag_table[] = {
	{ "YESNO", tag_yesno, NULL },
	{ "YESNOCAPS", tag_yesnocaps, NULL },
	{ "SCORE", tag_score, NULL },
	{ "HITS", tag_score, NULL },
	{ "REQD", tag_required, NULL },
	{ "VERSION", tag_version, NULL },
	{ "SUBVERSION", tag_subversion, NULL },
	{ "HOSTNAME", tag_hostname, NULL },
	{ "STARS", tag_stars, NULL },
	{ "TESTS", tag_tests, NULL },
	{ "TESTSSCORES", tag_tests_scores, NULL },
	{ "SUBTESTS", tag_subtests, NULL },
	{ "SUBTESTSCOLLAPSED", tag_subtests_collapsed, NULL },
	{ "SUMMARY", report_summary, NULL },
	{ "REPORT", report_lines, NULL },
	{ "PREVIEW", report_preview, NULL },
	{ "HEADER", tag_header, NULL },
	{ "CONTACTADDRESS", tag_contact, NULL },
	{ "DATE", tag_date, NULL },
	{ "AUTOLEARN", tag_autolearn, NULL },
	{ "BAYES", tag_bayes, NULL },
	{ "FIRSTTRUSTEDIP", tag_trusted_ip, NULL },
	{ "LASTEXTERNALIP", tag_external_ip, NULL },
	{ "LASTEXTERNALRDNS", tag_external_rdns, NULL },
	{ "LASTEXTERNALHELO", tag_external_helo, NULL },
	{ "RELAYSTRUSTED", tag_relays, "X-Spam-Relays-Trusted" },
	{ "RELAYSUNTRUSTED", tag_relays, "X-Spam-Relays-Untrusted" },
	{ "RELAYSINTERNAL", tag_relays, "X-Spam-Relays-Internal" },
	{ "RELAYSEXTERNAL", tag_relays, "X-Spam-Relays-External" },
	{ "SENDERDOMAIN", tag_relays, "X-SenderDomain" },
	{ "AUTHORDOMAIN", tag_relays, "X-AuthorDomain" },
	/* Known, and empty unless somebody sets them. */
	{ "AUTOLEARNSCORE", tag_empty, NULL },
	{ "RULESVERSION", tag_empty, NULL },
	{ "SUBJPREFIX", tag_subject_prefixes, NULL },
	{ "TIMING", tag_empty, NULL },
	{ "RBL", tag_empty, NULL },
	{ "LANGUAGES", tag_empty, NULL },
	{ "DKIMDOMAIN", tag_empty, NULL },
	{ "DKIMIDENTITY", tag_empty, NULL },
	{ "DKIMSELECTOR", tag_empty, NULL },
	{ "HAMMYTOKENS", tag_empty, NULL },
	{ "SPAMMYTOKENS", tag_empty, NULL },
	{ "TOKENSUMMARY", tag_empty, NULL },
	{ "BAYESTC", tag_empty, NULL },
	{ "BAYESTCHAMMY", tag_empty, NULL },
	{ "BAYESTCLEARNED", tag_empty, NULL },
	{ "BAYESTCSPAMMY", tag_empty, NULL },
	{ "PYZOR", tag_empty, NULL },
	{ "DCCB", tag_empty, NULL },
	{ "DCCR", tag_empty, NULL },
	{ "AWL", tag_empty, NULL },
	{ NULL, NULL, NULL },
};

size_t
tag_values(struct check *check, const char *name, const struct slice **items)
{
	size_t len = strcspn(name, "(");
	char *bare = mem_strndup(check, name, len), *arg;
	const struct check_tags *tag = tag_find(check, bare);
	struct slice *made;
	struct buf out = BUF(check);

	if (tag != NULL) {
		*items = tag->items;
		return tag->count;
	}
	arg = mem_strdup(check, name[len] == '(' ? name + len + 1 : "");
	if (*arg != '\0')
		arg[strlen(arg) - 1] = '\0';
	for (size_t i = 0; tag_table[i].name != NULL; i++) {
		if (strcmp(tag_table[i].name, bare) != 0)
			continue;
		tag_table[i].make(check, &out, tag_table[i].arg != NULL
						       ? tag_table[i].arg
						       : arg);
		made = mem_new(check, struct slice);
		*made = out.len == 0 ? SLICE("") : buf_view(&out);
		*items = made;
		return 1;
	}
	return 0;
}

const char *
check_tag(struct check *check, const char *name)
{
	struct buf out = BUF(check);
	const struct slice *items;
	size_t count = tag_values(check, name, &items);

	for (size_t i = 0; i < count; i++) {
		buf_text(&out, i == 0 ? "" : " ");
		buf_slice(&out, items[i]);
	}
	return count == 0 ? NULL : buf_string(&out);
}
