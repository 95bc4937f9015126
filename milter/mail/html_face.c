/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/html_face.h"

static bool
face_is_letter(struct slice s, size_t at)
{
	return at < s.len && str_is_alpha((unsigned char)s.data[at]);
}

/*
 * One name of a list of fonts: letters, blanks and hyphens, at least two of
 * them, then perhaps a digit; may be quoted. *at moves behind it. The first
 * one may also begin with a blank or a dot.
 */
static bool
face_name(struct slice s, size_t *at, bool first)
{
	size_t start, end;
	bool quoted = false;

	while (*at < s.len && str_is_space((unsigned char)s.data[*at]))
		++*at;
	start = *at;
	if (*at < s.len && (s.data[*at] == '"' || s.data[*at] == '\'' ||
			    (first && s.data[*at] == '.'))) {
		quoted = true;
		start = ++*at;
	}
	for (end = start; face_is_letter(s, end) ||
			  (end < s.len &&
			   (s.data[end] == ' ' || s.data[end] == '-'));)
		end++;
	if (first && !quoted && start > 0 && s.data[start - 1] == ' ')
		start--;
	if (end < start + 2 || !face_is_letter(s, end - 1) ||
	    !(face_is_letter(s, start) || (first && s.data[start] == ' ')))
		return false;
	if (end < s.len && str_is_digit((unsigned char)s.data[end]))
		end++;
	if (end < s.len && (s.data[end] == '"' || s.data[end] == '\''))
		end++;
	*at = end;
	return true;
}

bool
html_face_is_good(struct slice s)
{
	size_t at = 0;

	if (!face_name(s, &at, true))
		return false;
	while (at < s.len && s.data[at] == ',') {
		at++;
		if (!face_name(s, &at, false))
			return false;
	}
	if (at < s.len && s.data[at] == ';')
		at++;
	return at == s.len || (at + 1 == s.len && s.data[at] == '\n');
}
