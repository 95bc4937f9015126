/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two dialects are the same but for little. Where Perl would refuse or warn
 * (SpamAssassin takes a warning for a refusal) and PCRE2 would not, we refuse:
 * a rule that means something else than its writer tested is worse than one
 * that is reported. Where PCRE2 lacks a spelling, it is respelled.
 */
#include "rule/pattern.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static const char pattern_opening[] = "{(<[";
static const char pattern_closing[] = "})>]";

/* The delimiter that ends text; *text moves behind the opening one. */
static char
pattern_delimiter(const char **text, struct err *err)
{
	const char *at = *text, *pair;

	if (*at == '/') {
		*text = at + 1;
		return '/';
	}
	if (*at == 'm')
		at++;
	else if (at[0] == 'q' && at[1] == 'r')
		at += 2;
	if (at == *text || *at == '\0' || *at == '_' ||
	    str_is_alnum((unsigned char)*at)) {
		err_config(err, "the regular expression has no delimiters");
		return '\0';
	}
	if (*at == '\\') {
		err_config(err, "a backslash cannot be a delimiter");
		return '\0';
	}
	*text = at + 1;
	pair = strchr(pattern_opening, *at);
	return pair == NULL ? *at : pattern_closing[pair - pattern_opening];
}

/* A delimiter inside must be escaped, unless it comes in pairs. */
static bool
pattern_holds(const char *pattern, char delimiter)
{
	for (; *pattern != '\0'; pattern++) {
		if (*pattern == '\\' && pattern[1] != '\0')
			pattern++;
		else if (*pattern == delimiter)
			return true;
	}
	return false;
}

int
pattern_split(void *mem, const char *text, const char **pattern,
	      const char **modifiers, struct err *err)
{
	char delimiter = pattern_delimiter(&text, err);
	const char *end = text + strlen(text);

	if (delimiter == '\0')
		return -1;
	while (end > text && end[-1] >= 'a' && end[-1] <= 'z' &&
	       end[-1] != 'e')
		end--;
	if (end == text || end[-1] != delimiter)
		return err_config(err, "the regular expression does not end "
				       "in %c and modifiers", delimiter);
	*pattern = mem_strndup(mem, text, (size_t)(end - 1 - text));
	*modifiers = mem_strdup(mem, end);
	if (strchr(pattern_closing, delimiter) == NULL &&
	    pattern_holds(*pattern, delimiter))
		return err_config(err, "the delimiter %c stands inside the "
				       "regular expression without a backslash",
				  delimiter);
	return 0;
}

/* Modifiers as a group in front; those without effect here are dropped. */
static int
pattern_modifiers(struct buf *out, const char *modifiers, struct err *err)
{
	struct buf kept = BUF(out->mem);

	for (; *modifiers != '\0'; modifiers++) {
		if (strchr("imsxn", *modifiers) != NULL)
			buf_char(&kept, *modifiers);
		else if (strchr("ap", *modifiers) == NULL)
			return err_config(err, "the modifier %c has no place "
					       "in a rule", *modifiers);
	}
	if (kept.len > 0)
		buf_printf(out, "(?%s)", kept.data);
	return 0;
}

struct pattern_reader {
	const char *at;
	struct buf *out;
	struct err *err;
	bool extended; /* blanks and # do not count */
	/* What stands before `at` ... */
	bool atom;     /* can be repeated */
	bool repeated; /* is a quantifier */
	bool no_brace; /* cannot be followed by a { that is no quantifier */
};

static void
pattern_after(struct pattern_reader *reader, bool atom, bool no_brace)
{
	reader->atom = atom;
	reader->no_brace = no_brace;
	reader->repeated = false;
}

/* Perl lets \b? and $? pass, PCRE2 wants (?:\b)? */
static bool
pattern_optional(struct pattern_reader *reader, size_t len)
{
	if (reader->at[len] != '?')
		return false;
	buf_printf(reader->out, "(?:%.*s)", (int)len, reader->at);
	reader->at += len;
	pattern_after(reader, true, true);
	return true;
}

/* A backslash and what belongs to it. */
static int
pattern_escape(struct pattern_reader *reader)
{
	char c = reader->at[1];

	if (c == '\0')
		return err_config(reader->err, "it ends in a backslash");
	if (strchr("QEULulC", c) != NULL)
		return err_config(reader->err, "\\%c has no meaning in a rule",
				  c);
	if ((c == 'b' || c == 'B') && reader->at[2] == '{')
		return err_config(reader->err, "\\%c{} is not known", c);
	if (strchr("bBAzZG", c) != NULL && pattern_optional(reader, 2))
		return 0;
	buf_add(reader->out, reader->at, 2);
	reader->at += 2;
	/* The braces of \x{41}, \o{101}, \p{L}, \g{1}, \k{NAME} are no
	 * quantifier. */
	if (strchr("xopPgkN", c) != NULL && *reader->at == '{') {
		const char *end = strchr(reader->at, '}');

		if (end == NULL)
			return err_config(reader->err, "\\%c{ is not closed",
					  c);
		buf_add(reader->out, reader->at,
			(size_t)(end + 1 - reader->at));
		reader->at = end + 1;
	}
	pattern_after(reader, true, true);
	return 0;
}

/* [...] is copied as it is. */
static int
pattern_class(struct pattern_reader *reader)
{
	const char *start = reader->at, *at = start + 1;

	if (*at == '^')
		at++;
	if (*at == ']')
		at++;
	while (*at != '\0' && *at != ']') {
		if (*at == '\\' && strchr("QEULulC", at[1]) != NULL)
			return err_config(reader->err,
					  "\\%c has no meaning in a class",
					  at[1]);
		if (*at == '\\' && at[1] != '\0') {
			at += 2;
		} else if (at[0] == '[' && at[1] == ':') {
			const char *end = strstr(at, ":]");

			at = end == NULL ? at + 1 : end + 2;
		} else {
			at++;
		}
	}
	if (*at == '\0')
		return err_config(reader->err, "a [ is not closed");
	buf_add(reader->out, start, (size_t)(at + 1 - start));
	reader->at = at + 1;
	pattern_after(reader, true, true);
	return 0;
}

/*
 * A quantifier in braces, with the blanks and the missing lower bound that Perl
 * 5.34 allows; false if it is none. Respelled for PCRE2.
 */
static bool
pattern_braces(struct pattern_reader *reader)
{
	const char *at = reader->at + 1, *low, *high;
	size_t low_len, high_len = 0;
	bool comma;

	at += strspn(at, " \t");
	low = at;
	low_len = strspn(at, "0123456789");
	at += low_len;
	at += strspn(at, " \t");
	comma = *at == ',';
	if (comma) {
		at++;
		at += strspn(at, " \t");
	}
	high = at;
	if (comma)
		high_len = strspn(at, "0123456789");
	at += high_len;
	at += strspn(at, " \t");
	if (*at != '}' || (low_len == 0 && high_len == 0))
		return false;
	buf_printf(reader->out, "{%.*s%s%.*s}", low_len == 0 ? 1 : (int)low_len,
		   low_len == 0 ? "0" : low, comma ? "," : "", (int)high_len,
		   high);
	reader->at = at + 1;
	return true;
}

/* ? and + may follow a quantifier once: lazy, possessive. */
static int
pattern_repeat(struct pattern_reader *reader)
{
	if (*reader->at == '{') {
		if (!pattern_braces(reader)) {
			if (reader->no_brace)
				return err_config(reader->err,
						  "a { that is no quantifier "
						  "needs a backslash");
			buf_char(reader->out, *reader->at++);
			pattern_after(reader, true, true);
			return 0;
		}
	} else {
		buf_char(reader->out, *reader->at++);
	}
	if (!reader->atom || reader->repeated)
		return err_config(reader->err, "a quantifier follows nothing "
					       "or another quantifier");
	if (*reader->at == '?' || *reader->at == '+')
		buf_char(reader->out, *reader->at++);
	pattern_after(reader, true, false);
	reader->repeated = true;
	return 0;
}

/* ( and what says of which kind the group is. */
static int
pattern_group(struct pattern_reader *reader)
{
	const char *at = reader->at;
	size_t options;

	if (strncmp(at, "(?#", 3) == 0 && strchr(at, ')') != NULL) {
		reader->at = strchr(at, ')') + 1;
		return 0;
	}
	pattern_after(reader, false, false);
	if (strncmp(at, "(?{", 3) == 0 || strncmp(at, "(??{", 4) == 0)
		return err_config(reader->err, "code in a regular expression");
	if (at[1] != '?') {
		if (at[1] == '*')
			return err_config(reader->err,
					  "verbs are not supported");
		buf_char(reader->out, *reader->at++);
		return 0;
	}
	buf_add(reader->out, at, 2);
	at += 2;
	options = strspn(at, "^-imsxnap");
	if (options > 0 && (at[options] == ')' || at[options] == ':')) {
		for (size_t i = 0; i < options; i++) {
			if (at[i] != 'a' && at[i] != 'p')
				buf_char(reader->out, at[i]);
		}
		if (at[options] == ')')
			buf_char(reader->out, at[options++]);
		at += options;
	} else {
		/* The rest of (?: (?= (?<! (?> ... that is no character */
		size_t kind = *at != '\0' && strchr(":=!>|<P'", *at) != NULL;

		if ((*at == '<' || *at == 'P') && at[1] != '\0' &&
		    strchr("=!<>", at[1]) != NULL)
			kind++;
		buf_add(reader->out, at, kind);
		at += kind;
	}
	reader->at = at;
	return 0;
}

static int
pattern_translate_one(struct pattern_reader *reader)
{
	char c = *reader->at;

	if (reader->extended && (c == '#' || str_is_space((unsigned char)c))) {
		size_t len = c == '#' ? strlen(reader->at) : 1;

		buf_add(reader->out, reader->at, len);
		reader->at += len;
		return 0;
	}
	switch (c) {
	case '\\':
		return pattern_escape(reader);
	case '[':
		return pattern_class(reader);
	case '(':
		return pattern_group(reader);
	case '*':
	case '+':
	case '?':
	case '{':
		return pattern_repeat(reader);
	case '^':
	case '$':
		if (pattern_optional(reader, 1))
			return 0;
	}
	buf_char(reader->out, c);
	reader->at++;
	if (c == '%' && reader->at[0] == '{' && reader->at[1] >= 'A' &&
	    reader->at[1] <= 'Z') {
		buf_text(reader->out, "\\{");
		reader->at++;
	}
	pattern_after(reader, strchr("|^$", c) == NULL,
		      strchr("|^", c) == NULL);
	return 0;
}

static int
pattern_translate(struct buf *out, const char *pattern, const char *modifiers,
		  struct err *err)
{
	struct pattern_reader reader = {
		.at = pattern,
		.out = out,
		.err = err,
		.extended = strchr(modifiers, 'x') != NULL,
	};

	if (pattern_modifiers(out, modifiers, err) == -1)
		return -1;
	while (*reader.at != '\0') {
		if (pattern_translate_one(&reader) == -1)
			return -1;
	}
	return 0;
}

struct regex *
pattern_compile(void *mem, const char *pattern, const char *modifiers,
		unsigned flags, struct err *err)
{
	struct buf out = BUF(mem);
	struct regex *regex = NULL;

	if (strlen(pattern) > PATTERN_BYTES)
		err_config(err, "the pattern is longer than %d bytes",
			   PATTERN_BYTES);
	else if (pattern_translate(&out, pattern, modifiers, err) == 0)
		regex = regex_compile(mem, buf_view(&out),
				      flags | REGEX_LATIN1_FOLD, err);
	mem_free(out.data);
	return regex;
}

bool
pattern_captures(const char *pattern)
{
	for (; (pattern = strstr(pattern, "(?")) != NULL; pattern++) {
		const char *at = pattern + 2;

		if (*at == 'P')
			at++;
		if ((*at == '<' || *at == '\'') && at[1] >= 'A' &&
		    at[1] <= 'Z')
			return true;
	}
	return false;
}

bool
pattern_has_tags(const char *pattern)
{
	const char *at = pattern;

	for (; (at = strstr(at, "%{")) != NULL; at++) {
		if ((at == pattern || at[-1] != '\\') && at[2] >= 'A' &&
		    at[2] <= 'Z' && strchr(at, '}') != NULL)
			return true;
	}
	return false;
}

bool
pattern_matches_all(const struct regex *regex)
{
	struct regex_scratch *scratch = regex_scratch_new(NULL);
	struct slice text = SLICE("q\x01Z and a longer text");
	bool all = regex_match(regex, scratch, SLICE(""), 0) == REGEX_YES &&
		   regex_match(regex, scratch, text, 0) == REGEX_YES;

	mem_free(scratch);
	return all;
}
