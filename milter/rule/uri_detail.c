/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/uri_detail.h"

#include "base/mem.h"
#include "mail/unicode.h"
#include "rule/check_private.h"
#include "rule/pattern.h"

static const char *const uri_detail_names[URI_DETAIL_TARGETS] = {
	[URI_DETAIL_RAW] = "raw",	  [URI_DETAIL_TYPE] = "type",
	[URI_DETAIL_CLEANED] = "cleaned", [URI_DETAIL_TEXT] = "text",
	[URI_DETAIL_DOMAIN] = "domain",	  [URI_DETAIL_HOST] = "host",
};

/* One condition of the text, or -1 as target. */
struct uri_detail_word {
	int target;
	bool negated;
	struct slice pattern; /* with its delimiters and modifiers */
};

static bool
detail_is_word(char c)
{
	return str_is_alnum((unsigned char)c) || c == '_';
}

/*
 * The end of /.../ or m,..., with modifiers: a delimiter that only modifiers
 * and then white space follow. NULL: there is none.
 */
static const char *
detail_pattern_end(const char *text)
{
	char delimiter = text[*text == 'm'];
	const char *at = text + 1 + (*text == 'm'), *end;

	if ((*text != '/' && *text != 'm') || delimiter == '\0' ||
	    detail_is_word(delimiter))
		return NULL;
	while ((at = strchr(at, delimiter)) != NULL) {
		at++;
		end = at + strspn(at, "imsx");
		if (*end == '\0' || str_is_space((unsigned char)*end))
			return end;
	}
	return NULL;
}

/* The condition that begins at a word; false: none does. *at moves behind. */
static bool
detail_condition(const char **at, struct uri_detail_word *word)
{
	const char *name = *at, *end = name, *pattern;

	while (detail_is_word(*end))
		end++;
	pattern = end + strspn(end, " \t");
	if ((*pattern != '=' && *pattern != '!') || pattern[1] != '~')
		return false;
	word->negated = *pattern == '!';
	pattern += 2 + strspn(pattern + 2, " \t");
	*at = detail_pattern_end(pattern);
	if (*at == NULL) {
		*at = end;
		return false;
	}
	word->pattern = (struct slice){ pattern, (size_t)(*at - pattern) };
	word->target = 0;
	while (word->target < URI_DETAIL_TARGETS &&
	       !slice_is((struct slice){ name, (size_t)(end - name) },
			 uri_detail_names[word->target]))
		word->target++;
	return true;
}

static int
detail_add(struct uri_detail_rule *details, const struct uri_detail_word *word,
	   unsigned flags, struct err *err)
{
	const char *pattern, *modifiers;
	struct regex *regex;

	if (word->target == URI_DETAIL_TARGETS)
		return err_config(err, "uri_detail knows raw, type, cleaned, "
				       "text, domain and host");
	if (pattern_split(details, slice_string(details, word->pattern),
			  &pattern, &modifiers, err) == -1)
		return -1;
	regex = pattern_compile(details, pattern, modifiers, flags, err);
	if (regex == NULL)
		return -1;
	details->regex[word->target] = regex;
	details->negated[word->target] = word->negated;
	return 0;
}

int
uri_detail_compile(struct rule *rule, unsigned flags, struct err *err)
{
	struct uri_detail_rule *details = mem_new(rule, struct uri_detail_rule);
	const char *at = rule->expression;
	struct uri_detail_word word;
	size_t count = 0;

	while (*at != '\0') {
		if (!detail_is_word(*at)) {
			at++;
			continue;
		}
		if (!detail_condition(&at, &word)) {
			while (detail_is_word(*at))
				at++;
			continue;
		}
		count++;
		if (detail_add(details, &word, flags, err) == -1)
			return -1;
	}
	if (count == 0)
		return err_config(err, "uri_detail without a condition");
	rule->details = details;
	return 0;
}

/* --- on a message --- */

struct detail_run {
	struct check *check;
	const struct rule *rule;
	bool characters; /* of the link that is looked at */
	bool limited;
};

static bool
detail_holds(struct detail_run *run, int target, struct slice text)
{
	const struct uri_detail_rule *details = run->rule->details;
	struct slice places = run->characters
		? unicode_to_places(run->check, text)
		: text;
	enum regex_result result = regex_match(details->regex[target],
					       run->check->own->scratch,
					       places, 0);

	trace_text(run->check, run->rule, uri_detail_names[target], 0, text,
		   result);
	run->limited |= result == REGEX_LIMIT;
	return result != REGEX_LIMIT &&
	       (result == REGEX_YES) != details->negated[target];
}

static bool
detail_holds_type(struct detail_run *run, const struct uri_detail *uri)
{
	for (unsigned type = 0; type < URI_TYPES; type++)
		if (uri->types & (1u << type) &&
		    detail_holds(run, URI_DETAIL_TYPE,
				 slice_of(uri_type_name(type))))
			return true;
	return false;
}

static bool
detail_holds_any(struct detail_run *run, int target, const struct slice *texts,
		 size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (detail_holds(run, target, texts[i]))
			return true;
	return false;
}

static bool
detail_holds_name(struct detail_run *run, int target, const char *const *names,
		  size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (detail_holds(run, target, slice_of(names[i])))
			return true;
	return false;
}

static bool
detail_target(struct detail_run *run, int target, const struct uri_detail *uri)
{
	switch (target) {
	case URI_DETAIL_RAW:
		return detail_holds(run, target, uri->raw);
	case URI_DETAIL_TYPE:
		return detail_holds_type(run, uri);
	case URI_DETAIL_CLEANED:
		return detail_holds_any(run, target, uri->canonical,
					uri->canonical_count);
	case URI_DETAIL_TEXT:
		return detail_holds_any(run, target, uri->anchor_text,
					uri->anchor_count);
	case URI_DETAIL_DOMAIN:
		return detail_holds_name(run, target, uri->domains,
					 uri->domain_count);
	default:
		return detail_holds_name(run, target, uri->hosts,
					 uri->host_count);
	}
}

/* A link fulfils the rule if each condition holds for one of its texts. */
static bool
detail_uri(struct detail_run *run, const struct uri_detail *uri)
{
	run->characters = uri->characters;
	for (int target = 0; target < URI_DETAIL_TARGETS; target++)
		if (run->rule->details->regex[target] != NULL &&
		    !detail_target(run, target, uri))
			return false;
	return true;
}

void
uri_detail_run(struct check *check, const struct rule *rule)
{
	struct detail_run run = { .check = check, .rule = rule };
	const struct uri_list *uris = check_uris(check);
	size_t i = 0;

	check->states[rule->index] = CHECK_KNOWN;
	while (i < uris->count && !run.limited &&
	       !detail_uri(&run, &uris->items[i]))
		i++;
	if (run.limited)
		check_fail(check, rule);
	else if (i < uris->count)
		check_hit(check, rule, 1, uris->items[i].raw,
			  check->options.explain ? "URI" : NULL);
}
