/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the settings of a rule set are once all its files are read. */
#include "rule/parse.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

static int
settings_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A list's words, sorted, each once, with NULL behind. */
static const char *const *
settings_sorted(struct ruleset *ruleset, const char *key, size_t *count)
{
	const struct rule_list *list = ruleset_list(ruleset, key);
	const char **words;

	*count = 0;
	if (list == NULL || list->count == 0)
		return NULL;
	words = mem_array(ruleset, const char *, list->count + 1);
	memcpy(words, list->items, list->count * sizeof(*words));
	qsort(words, list->count, sizeof(*words), settings_compare);
	for (size_t i = 0; i < list->count; i++) {
		if (*count == 0 || strcmp(words[*count - 1], words[i]) != 0)
			words[(*count)++] = words[i];
	}
	words[*count] = NULL;
	return words;
}

static double
settings_number(const struct ruleset *ruleset, const char *key,
		double otherwise)
{
	const char *value = ruleset_setting(ruleset, key, NULL);

	return value == NULL ? otherwise : strtod(value, NULL);
}

/* Below 1 is no bound at all. */
static size_t
settings_size(const struct ruleset *ruleset, const char *key, double otherwise)
{
	double value = settings_number(ruleset, key, otherwise);

	return value < 1 || value > PARSE_TOTAL_BYTES ? 0 : (size_t)value;
}

static void
settings_relays(struct parse *parse)
{
	struct relay_settings *relays = &parse->ruleset->settings.relays;
	const struct rule_list *headers =
		ruleset_list(parse->ruleset, "originating_ip_headers");
	const char **words;

	relays->trusted = parse->trusted;
	relays->internal = parse->internal;
	relays->msa = parse->msa;
	relays->envelope_sender_header = ruleset_setting(
		parse->ruleset, "envelope_sender_header", NULL);
	relays->always_trust_envelope_sender = settings_number(
		parse->ruleset, "always_trust_envelope_sender", 0) != 0;
	if (headers == NULL || headers->count == 0)
		return;
	words = mem_array(parse->ruleset, const char *, headers->count + 1);
	memcpy(words, headers->items, headers->count * sizeof(*words));
	relays->originating_ip_headers = words;
}

/* Rule files that say nothing of headers still let mail be told apart. */
static void
settings_headers(struct ruleset *ruleset)
{
	static const struct header_template headers[] = {
		{ "X-Spam-Checker-Version",
		  "_SUBVERSION_ (rules of SpamAssassin _VERSION_) on "
		  "_HOSTNAME_",
		  true, true },
		{ "X-Spam-Flag", "_YESNOCAPS_", true, false },
		{ "X-Spam-Level", "_STARS(*)_", true, true },
		{ "X-Spam-Status",
		  "_YESNO_, score=_SCORE_ required=_REQD_ tests=_TESTS_ "
		  "autolearn=_AUTOLEARN_ version=_VERSION_", true, true },
	};
	struct rule_settings *settings = &ruleset->settings;

	if (settings->headers_chosen)
		return;
	settings->headers = mem_copy(ruleset, headers, sizeof(headers));
	settings->header_count = sizeof(headers) / sizeof(*headers);
}

static bool
settings_tell_subrules(const struct rule_settings *settings)
{
	static const char tag[] = "_SUBTESTS";

	for (size_t i = 0; i < settings->header_count; i++)
		if (strstr(settings->headers[i].text, tag) != NULL)
			return true;
	return (settings->report != NULL &&
		strstr(settings->report, tag) != NULL) ||
	       (settings->unsafe_report != NULL &&
		strstr(settings->unsafe_report, tag) != NULL);
}

void
settings_fill(struct parse *parse)
{
	struct ruleset *ruleset = parse->ruleset;
	struct rule_settings *settings = &ruleset->settings;

	settings_headers(ruleset);
	settings->required_score = settings_number(ruleset, "required_score",
						   5);
	settings->use_bayes = settings_number(ruleset, "use_bayes", 1) != 0;
	settings->skip_rbl_checks =
		settings_number(ruleset, "skip_rbl_checks", 0) != 0;
	settings->fold_headers = settings_number(ruleset, "fold_headers", 1) !=
				 0;
	settings->normalize_charset =
		settings_number(ruleset, "normalize_charset", 1) != 0;
	settings->body_part_scan_size =
		settings_size(ruleset, "body_part_scan_size", 50000);
	settings->rawbody_part_scan_size =
		settings_size(ruleset, "rawbody_part_scan_size", 500000);
	settings->shortcircuit_spam_score =
		settings_number(ruleset, "shortcircuit_spam_score", 100);
	settings->shortcircuit_ham_score =
		settings_number(ruleset, "shortcircuit_ham_score", -100);
	settings->shortcircuit_min_ham_score =
		settings_number(ruleset, "shortcircuit_min_ham_score", NAN);
	settings->shortcircuit_max_spam_score =
		settings_number(ruleset, "shortcircuit_max_spam_score", NAN);
	settings->ok_locales = ruleset_setting(ruleset, "ok_locales", "all");
	settings->ok_languages =
		ruleset_setting(ruleset, "ok_languages", "all");
	settings->report_hostname =
		ruleset_setting(ruleset, "report_hostname", "");
	settings->uris.tlds = settings_sorted(ruleset, "util_rb_tld",
					      &settings->uris.tld_count);
	settings->uris.second_level = settings_sorted(
		ruleset, "util_rb_2tld", &settings->uris.second_level_count);
	settings->uris.third_level = settings_sorted(
		ruleset, "util_rb_3tld", &settings->uris.third_level_count);
	if (parse->report.len > 0)
		settings->report = buf_string(&parse->report);
	if (parse->unsafe_report.len > 0)
		settings->unsafe_report = buf_string(&parse->unsafe_report);
	settings->tells_subrules = settings_tell_subrules(settings);
	settings_relays(parse);
}
