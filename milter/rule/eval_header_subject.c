/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HeaderEval: subjects that shout or speak to the recipient by name. */
#include "rule/eval_private.h"
#include "rule/eval_tables.h"

#include <string.h>

/* "Re:", "Fwd:" and what they are called elsewhere. */
static struct slice
subject_without_reply(struct slice subject)
{
	static const char *const words[] = { "Re:", "Fwd:", "Fw:", "Aw:",
					     "Antwort:", "WG:", "SV:", "VB:",
					     "VS:", "VL:", NULL };
	size_t i = 0;

	while (words[i] != NULL) {
		if (!slice_starts_nocase(subject, words[i])) {
			i++;
			continue;
		}
		subject = slice_from(subject, strlen(words[i]));
		while (subject.len > 0 &&
		       str_is_space((unsigned char)subject.data[0]))
			subject = slice_from(subject, 1);
		i = 0;
	}
	return subject;
}

/* Character sets whose encoded words decode to what looks like capitals. */
static bool
subject_has_caps_charset(struct slice raw)
{
	static const char *const sets[] = {
		"koi",	 "jp",	"jis",	  "euc",    "gb",
		"big5",	 "isoir", "cp1251", "windows-1251",
		"georgianps", "pt154", "tis620", NULL,
	};
	struct form form = eval_form(raw);

	for (size_t at = 0; at + 1 < raw.len; at++) {
		if (raw.data[at] != '=' ||
		    !form_match(&form, "=?%{s,1,0,-_a-zA-Z0-9}?", at))
			continue;
		for (size_t i = 0; sets[i] != NULL; i++) {
			struct slice set = form.fields[FORM_SUB];

			if (slice_search_nocase(set, 0, slice_of(sets[i])) <
			    set.len)
				return true;
		}
	}
	return false;
}

static int
subject_all_caps(struct check *check, const struct rule *rule)
{
	struct slice subject = subject_without_reply(
		slice_trim(check_header_text(check, "Subject")));
	bool space = false, letter = false;

	for (size_t i = 0; i < subject.len; i++) {
		unsigned char c = (unsigned char)subject.data[i];

		if (c >= 'a' && c <= 'z')
			return 0;
		space = space || str_is_space(c);
		letter = letter || (c >= 'A' && c <= 'Z');
	}
	return space && letter && subject.len >= 10 &&
	       !subject_has_caps_charset(check_header_text(check,
							  "Subject:raw"));
}

static struct slice
subject_skip_space(struct slice text)
{
	while (text.len > 0 && str_is_space((unsigned char)text.data[0]))
		text = slice_from(text, 1);
	return text;
}

/* "re: [word] anna" */
static bool
subject_is_reply_to(struct slice subject, struct slice user)
{
	size_t word = 0;

	if (!slice_starts_nocase(subject, "re:") &&
	    !slice_starts_nocase(subject, "fw:"))
		return false;
	subject = subject_skip_space(slice_from(subject, 3));
	if (slice_equal_nocase(subject, user))
		return true;
	while (word < subject.len && form_is_word(subject.data[word]))
		word++;
	return word > 0 && word < subject.len &&
	       str_is_space((unsigned char)subject.data[word]) &&
	       slice_equal_nocase(subject_skip_space(slice_from(subject, word)),
				  user);
}

/* "anna, ...": as it is written */
static bool
subject_is_addressed(struct slice subject, struct slice user)
{
	struct slice rest;

	if (!slice_equal(slice_cut(subject, 0, user.len), user))
		return false;
	rest = subject_skip_space(slice_from(subject, user.len));
	return rest.len > 0 && strchr(",:;!?-", rest.data[0]) != NULL &&
	       (rest.len == 1 || str_is_space((unsigned char)rest.data[1]));
}

/* ", anna!" */
static bool
subject_is_called(struct slice subject, struct slice user)
{
	struct slice rest;

	if (!slice_starts(subject, ","))
		return false;
	rest = subject_skip_space(slice_from(subject, 1));
	return rest.len == user.len + 1 &&
	       strchr(",:;!?-", rest.data[user.len]) != NULL &&
	       slice_equal_nocase(slice_cut(rest, 0, user.len), user);
}

static bool
subject_names_address(struct slice subject, struct slice to)
{
	for (size_t at = 0; (at = slice_search_nocase(subject, at, to)) <
			    subject.len;
	     at++)
		if (form_is_edge(subject, at) &&
		    form_is_edge(subject, at + to.len))
			return true;
	return false;
}

/* The subject speaks to the recipient by address or by what is before the @. */
static int
subject_names_recipient(struct check *check, const struct rule *rule)
{
	struct slice to = check_header_text(check, "To:addr"), user;
	struct slice subject = check_header_text(check, "Subject");

	if (to.len == 0 || rule->arg_count < 1)
		return 0;
	if (subject.len > 0 && subject.data[subject.len - 1] == '\n')
		subject.len--;
	if (strcmp(rule->args[0], "address") == 0)
		return subject_names_address(subject, to);
	user = slice_cut(to, 0, slice_find(to, 0, '@'));
	if (strcmp(rule->args[0], "user") != 0)
		return 0;
	return slice_equal_nocase(subject, user) ||
	       subject_is_reply_to(subject, user) ||
	       subject_is_addressed(subject, user) ||
	       subject_is_called(subject, user);
}

const struct eval evals_headereval_subject[] = {
	{ "subject_is_all_caps", subject_all_caps, NULL },
	{ "check_for_to_in_subject", subject_names_recipient, NULL },
	{ NULL, NULL, NULL },
};
