/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/html_adjacent.h"

#include "mail/unicode.h"

#define ADJACENT_MAX 7 /* characters looked at on each side of a tag */

/* Neither space nor ASCII punctuation. */
static bool
adjacent_is_wordy(unsigned long c, bool unicode)
{
	return c < 0x80 ? !unicode_is_space(c, unicode) &&
				  (c < 0x21 || c > 0x7e ||
				   str_is_alnum((int)c))
			: !unicode_is_space(c, unicode);
}

/* Length of the longest run of up to 7 such characters that ends the text and
 * begins at a word's edge. */
static unsigned
adjacent_before(struct slice text, bool unicode)
{
	size_t at = text.len;
	unsigned best = 0;
	bool word = false, wordy = true;

	for (unsigned n = 0; n <= ADJACENT_MAX; n++) {
		bool before = false;

		if (at > 0) {
			unsigned long c = unicode_previous(text, &at);

			before = unicode_is_word(c, unicode);
			if (n > 0 && before != word)
				best = n;
			wordy = adjacent_is_wordy(c, unicode);
			word = before;
		} else {
			if (n > 0 && word)
				best = n;
			break;
		}
		if (!wordy)
			break;
	}
	return best;
}

/* The same for the front of the text. */
static unsigned
adjacent_after(struct slice text, bool unicode)
{
	size_t at = 0;
	unsigned best = 0;
	bool word = false;

	for (unsigned n = 0; n <= ADJACENT_MAX; n++) {
		unsigned long c;

		if (at == text.len) {
			if (n > 0 && word)
				best = n;
			break;
		}
		c = unicode_next(text, &at);
		if (n > 0 && unicode_is_word(c, unicode) != word)
			best = n;
		if (!adjacent_is_wordy(c, unicode))
			break;
		word = unicode_is_word(c, unicode);
	}
	return best;
}

bool
html_adjacent(struct slice before, bool before_characters, struct slice text,
	      bool characters, unsigned *left, unsigned *right)
{
	size_t first = 0, last = before.len;

	if (before.len == 0 || text.len == 0 ||
	    !adjacent_is_wordy(unicode_previous(before, &last),
			       before_characters) ||
	    !adjacent_is_wordy(unicode_next(text, &first), characters))
		return false;
	*left = adjacent_before(before, before_characters);
	*right = adjacent_after(text, characters);
	return true;
}
