/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A setting's text as a value of its option's type. */
#include "base/config_private.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* A number with one of the suffixes; factors in the order of the suffixes. */
static bool
config_scaled(const char *text, const char *const *suffixes,
	      const int64_t *factors, int64_t plain, int64_t *result)
{
	char *end;
	long long number;
	int64_t factor = plain;

	if (!str_is_digit((unsigned char)text[0]))
		return false;
	number = strtoll(text, &end, 10);
	while (*end == ' ')
		end++;
	for (size_t i = 0; *end != '\0'; i++) {
		if (suffixes[i] == NULL)
			return false;
		if (strcmp(suffixes[i], end) != 0)
			continue;
		factor = factors[i];
		break;
	}
	if (number == LLONG_MAX || number > INT64_MAX / factor)
		return false;
	*result = number * factor;
	return true;
}

static bool
config_size_value(const char *text, int64_t *result)
{
	static const char *const suffixes[] = { "K", "k", "M", "m",
						"G", "g", NULL };
	static const int64_t factors[] = { 1 << 10, 1 << 10, 1 << 20,
					   1 << 20, 1 << 30, 1 << 30 };

	return config_scaled(text, suffixes, factors, 1, result);
}

static bool
config_time_value(const char *text, int64_t *result)
{
	static const char *const suffixes[] = { "ms", "s", "m", "h",
						"d",  "w", NULL };
	static const int64_t factors[] = { 1,	    1000,     60000,
					   3600000, 86400000, 604800000 };

	return config_scaled(text, suffixes, factors, 1000, result);
}

static bool
config_choice_value(const char *choices, const char *text, int64_t *result)
{
	struct slice rest = slice_of(choices), word;

	for (*result = 0; slice_word(&rest, " ", &word); (*result)++)
		if (slice_is(word, text))
			return true;
	return false;
}

struct slice
config_action_word(const char *text)
{
	return slice_cut(slice_of(text), 0, slice_find(slice_of(text), 0, ' '));
}

static bool
config_action_value(const char *choices, const char *text, int64_t *result)
{
	char *word = slice_string(NULL, config_action_word(text));
	bool ok = config_choice_value(choices, word, result);

	mem_free(word);
	return ok;
}

static bool
config_bool_value(const char *text, int64_t *result)
{
	*result = strcmp(text, "yes") == 0;
	return *result || strcmp(text, "no") == 0;
}

static bool
config_mode_value(const char *text, int64_t *result)
{
	char *end;

	*result = strtol(text, &end, 8);
	return str_is_digit((unsigned char)text[0]) && *end == '\0' &&
	       *result >= 0 && *result <= 07777;
}

static bool
config_number_value(const char *text, double *result)
{
	char *end;

	*result = strtod(text, &end);
	return end != text && *end == '\0' && *result == *result &&
	       *result < 1e15 && *result > -1e15;
}

static const char *
config_wanted(const struct option *option)
{
	switch (option->type) {
	case OPTION_BOOL:
		return "yes or no";
	case OPTION_INT:
		return "a whole number";
	case OPTION_SIZE:
		return "a size such as 512, 64K or 10M";
	case OPTION_TIME:
		return "a time such as 500ms, 30s, 5m, 2h or 1d";
	case OPTION_NUMBER:
		return "a number";
	case OPTION_MODE:
		return "an octal mode such as 0660";
	default:
		return option->choices;
	}
}

int
config_typed(const struct option *option, const char *text,
	     struct config_typed *typed, struct err *err)
{
	bool ok = true;

	switch (option->type) {
	case OPTION_STRING:
	case OPTION_LIST:
	case OPTION_LINES:
		return 0;
	case OPTION_BOOL:
		ok = config_bool_value(text, &typed->number);
		break;
	case OPTION_INT:
		ok = str_int64(text, &typed->number);
		break;
	case OPTION_SIZE:
		ok = config_size_value(text, &typed->number);
		break;
	case OPTION_TIME:
		ok = config_time_value(text, &typed->number);
		break;
	case OPTION_NUMBER:
		ok = config_number_value(text, &typed->fraction);
		break;
	case OPTION_CHOICE:
		ok = config_choice_value(option->choices, text, &typed->number);
		break;
	case OPTION_MODE:
		ok = config_mode_value(text, &typed->number);
		break;
	case OPTION_ACTION:
		ok = config_action_value(option->choices, text, &typed->number);
		break;
	}
	if (!ok)
		return err_config(err, "%s = %s: expected %s%s", option->key,
				  text,
				  option->choices != NULL ? "one of: " : "",
				  config_wanted(option));
	if ((option->min != 0 || option->max != 0) &&
	    (typed->number < option->min || typed->number > option->max))
		return err_config(err, "%s = %s: must be from %lld to %lld%s",
				  option->key, text, (long long)option->min,
				  (long long)option->max,
				  option->type == OPTION_TIME ? " milliseconds"
							      : "");
	return 0;
}
