/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/charset_locale.h"

#define LOCALE_CHARSET_MAX 64

#define CYRILLIC                                                               \
	"KOI8R KOI8U KOI8T ISOIR111 CP1251 GEORGIANPS PT154 CP866"

static const struct {
	const char *locale;
	const char *charsets; /* letters and digits only */
} locale_charsets[] = {
	{ "ja", "EUCJP JISX020119760 JISX020819830 JISX020819900 JISX020819970 "
		"JISX021219900 JISX021320001 JISX021320002 SHIFT_JIS SHIFTJIS "
		"ISO2022JP SJIS JIS7 JISX0201 JISX0208 JISX0212" },
	{ "ko", "EUCKR KSC56011987" },
	{ "ru", CYRILLIC },
	{ "ka", CYRILLIC },
	{ "tg", CYRILLIC },
	{ "be", CYRILLIC },
	{ "uk", CYRILLIC },
	{ "bg", CYRILLIC },
	{ "th", "TIS620" },
	{ "zh", "GB1988 GB2312 GB231219800 GB18030 GBK BIG5HKSCS BIG5 EUCTW "
		"ISO2022CN" },
};

/* Those that anybody may write in. */
static bool
locale_is_common(struct slice charset)
{
	static const char *const whole[] = { "USASCII", "ASCII", "IBM852",
					     "XUNKNOWN", "ISO", NULL };
	static const char *const begin[] = { "ISO8859",	 "ISO10646",
					     "UTF",	 "UCS",
					     "CP125",	 "WINDOWS",
					     "UNICODE11UTF7", "UNICODE11UTF8",
					     NULL };

	for (size_t i = 0; whole[i] != NULL; i++)
		if (slice_is(charset, whole[i]))
			return true;
	for (size_t i = 0; begin[i] != NULL; i++)
		if (slice_starts(charset, begin[i]))
			return true;
	return false;
}

static bool
locale_has(const char *charsets, struct slice charset)
{
	struct slice rest = slice_of(charsets), word;

	while (slice_word(&rest, " ", &word))
		if (slice_equal(word, charset))
			return true;
	return false;
}

bool
charset_is_ok_for(struct slice charset, const char *locales)
{
	struct slice rest = slice_of(locales), locale;
	char name[LOCALE_CHARSET_MAX];
	struct slice upper = { name, 0 };

	for (size_t i = 0; i < charset.len && upper.len < sizeof(name); i++) {
		char c = charset.data[i];

		if (str_is_alnum((unsigned char)c))
			name[upper.len++] =
				c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
	}
	if (slice_starts(upper, "3D")) /* left over from quoted-printable */
		upper = slice_from(upper, 2);
	if (locale_is_common(upper))
		return true;
	while (slice_word(&rest, " \t", &locale)) {
		if (slice_is(locale, "all"))
			return true;
		for (size_t i = 0; i < sizeof(locale_charsets) /
					       sizeof(*locale_charsets);
		     i++)
			if (slice_starts(locale, locale_charsets[i].locale) &&
			    locale_has(locale_charsets[i].charsets, upper))
				return true;
	}
	return false;
}
