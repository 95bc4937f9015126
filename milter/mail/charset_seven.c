/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/charset_seven.h"

#include "base/mem.h"

enum seven_mode { SEVEN_ASCII, SEVEN_KANJI, SEVEN_KANA, SEVEN_EXTRA };

struct seven_escape {
	const char *text;
	enum seven_mode mode;
};

static const struct seven_escape seven_escapes[] = {
	{ "\033(B", SEVEN_ASCII },	  { "\033(J", SEVEN_ASCII },
	{ "\033$B", SEVEN_KANJI },	  { "\033$@", SEVEN_KANJI },
	{ "\033&@\033$B", SEVEN_KANJI },  { "\033(I", SEVEN_KANA },
	{ "\033$(D", SEVEN_EXTRA },
};

static const struct seven_escape *
seven_escape_at(struct slice s, size_t at)
{
	for (size_t i = 0; i < sizeof(seven_escapes) / sizeof(*seven_escapes);
	     i++)
		if (slice_starts(slice_from(s, at), seven_escapes[i].text))
			return &seven_escapes[i];
	return NULL;
}

static bool
seven_is_graphic(unsigned char c)
{
	return c > 0x20 && c < 0x7f;
}

/* Eight-bit bytes, and escapes that are not known, end the text. */
static struct slice
seven_japanese(void *mem, struct slice s)
{
	struct buf out = BUF(mem);
	enum seven_mode mode = SEVEN_ASCII;

	for (size_t i = 0; i < s.len;) {
		unsigned char c = (unsigned char)s.data[i];
		const struct seven_escape *escape =
			c == 033 ? seven_escape_at(s, i) : NULL;

		if (c >= 0x80 || (c == 033 && escape == NULL))
			break;
		if (escape != NULL) {
			mode = escape->mode;
			i += strlen(escape->text);
			continue;
		}
		i++;
		if (mode == SEVEN_ASCII || !seven_is_graphic(c)) {
			buf_char(&out, (char)c);
			continue;
		}
		if (mode == SEVEN_KANA && c < 0x60)
			buf_char(&out, (char)0x8e);
		if (mode == SEVEN_EXTRA && i < s.len &&
		    seven_is_graphic((unsigned char)s.data[i])) {
			buf_char(&out, (char)0x8f);
			buf_char(&out, (char)(c | 0x80));
			c = (unsigned char)s.data[i++];
		}
		buf_char(&out, (char)(c | 0x80));
	}
	return buf_view(&out);
}

static struct slice
seven_korean(void *mem, struct slice s)
{
	struct buf out = BUF(mem);
	size_t shift = 0; /* the text up to here is shifted out */
	bool open = true; /* a shift in may still follow */

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.data[i];

		if (slice_starts(slice_from(s, i), "\033$)C")) {
			i += 3;
			continue;
		}
		if (c == 033)
			break;
		if (i < shift && seven_is_graphic(c))
			c |= 0x80;
		if (c == 016 && i >= shift && open) {
			size_t end = slice_find(s, i, '\017');

			open = end < s.len;
			shift = open ? end : shift;
			if (open)
				continue;
		}
		if (c != 017 || i != shift || shift == 0)
			buf_char(&out, (char)c);
	}
	return buf_view(&out);
}

/* RFC 1843; ends at whatever it does not allow. */
static struct slice
seven_chinese(void *mem, struct slice s)
{
	struct buf out = BUF(mem);
	bool ascii = true;

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.data[i];
		unsigned char next = i + 1 == s.len ?
					     0 :
					     (unsigned char)s.data[i + 1];

		if (c >= 0x80)
			break;
		if (ascii && c != '~') {
			buf_char(&out, (char)c);
			continue;
		}
		i++;
		if (ascii && next == '~')
			buf_char(&out, '~');
		else if (ascii && next == '{')
			ascii = false;
		else if (!ascii && c == '~' && next == '}')
			ascii = true;
		else if (!ascii && c > 0x20 && c < 0x78 &&
			 seven_is_graphic(next)) {
			buf_char(&out, (char)(c | 0x80));
			buf_char(&out, (char)(next | 0x80));
		} else if (!ascii || next != '\n') {
			break;
		}
	}
	return buf_view(&out);
}

static const struct seven seven_sets[] = {
	{ "ISO-2022-JP", "EUC-JP", true, seven_japanese },
	{ "ISO-2022-KR", "EUC-KR", true, seven_korean },
	{ "HZ", "EUC-CN", false, seven_chinese },
};

const struct seven *
charset_seven(const char *name)
{
	for (size_t i = 0; i < sizeof(seven_sets) / sizeof(*seven_sets); i++)
		if (strcmp(seven_sets[i].name, name) == 0)
			return &seven_sets[i];
	return NULL;
}
