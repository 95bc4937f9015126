/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/charset_name.h"

#include "base/str.h"

struct charset_alias {
	const char *key; /* lower case letters and digits of the name only */
	const char *name;
};

/*
 * The sets of Perl's Encode with the spellings that occur in mail. GB18030 is
 * not among them: SpamAssassin then takes GBK.
 */
static const struct charset_alias charset_aliases[] = {
	{ "ascii", "US-ASCII" },
	{ "usascii", "US-ASCII" },
	{ "iso646us", "US-ASCII" },
	{ "ansix341968", "US-ASCII" },
	{ "utf8", "UTF-8" },
	{ "utf8strict", "UTF-8" },
	{ "utf7", "UTF-7" },
	{ "unicode11utf7", "UTF-7" },
	{ "ucs2", "UCS-2BE" },
	{ "ucs2be", "UCS-2BE" },
	{ "ucs2le", "UCS-2LE" },
	{ "utf32", "UTF-32" },
	{ "utf32be", "UTF-32BE" },
	{ "utf32le", "UTF-32LE" },
	{ "ucs4", "UTF-32BE" },
	{ "ucs4be", "UTF-32BE" },
	{ "ucs4le", "UTF-32LE" },
	{ "latin1", "ISO-8859-1" },
	{ "latin2", "ISO-8859-2" },
	{ "latin3", "ISO-8859-3" },
	{ "latin4", "ISO-8859-4" },
	{ "latin5", "ISO-8859-9" },
	{ "latin6", "ISO-8859-10" },
	{ "latin7", "ISO-8859-13" },
	{ "latin8", "ISO-8859-14" },
	{ "latin9", "ISO-8859-15" },
	{ "latin10", "ISO-8859-16" },
	{ "cyrillic", "ISO-8859-5" },
	{ "arabic", "ISO-8859-6" },
	{ "greek", "ISO-8859-7" },
	{ "hebrew", "ISO-8859-8" },
	{ "iso88598", "ISO-8859-8" },
	{ "thai", "ISO-8859-11" },
	{ "tis620", "ISO-8859-11" },
	{ "koi8r", "KOI8-R" },
	{ "koi8u", "KOI8-U" },
	{ "viscii", "VISCII" },
	{ "macintosh", "MACINTOSH" },
	{ "macroman", "MACINTOSH" },
	{ "maccyrillic", "MAC-CYRILLIC" },
	{ "eucjp", "EUC-JP" },
	{ "ujis", "EUC-JP" },
	{ "shiftjis", "SHIFT_JIS" },
	{ "sjis", "SHIFT_JIS" },
	{ "xsjis", "SHIFT_JIS" },
	{ "mskanji", "SHIFT_JIS" },
	{ "windows31j", "CP932" },
	{ "iso2022jp", "ISO-2022-JP" },
	{ "iso2022jp1", "ISO-2022-JP" },
	{ "7bitjis", "ISO-2022-JP" },
	{ "jis", "ISO-2022-JP" },
	{ "euckr", "EUC-KR" },
	{ "ksc56011987", "CP949" },
	{ "ksc5601", "CP949" },
	{ "uhc", "CP949" },
	{ "xwindows949", "CP949" },
	{ "johab", "JOHAB" },
	{ "iso2022kr", "ISO-2022-KR" },
	{ "gb2312", "EUC-CN" },
	{ "euccn", "EUC-CN" },
	{ "gb23121980", "EUC-CN" },
	{ "gbk", "CP936" },
	{ "gb18030", "CP936" },
	{ "gb180302000", "CP936" },
	{ "hz", "HZ" },
	{ "hzgb2312", "EUC-CN" },
	{ "big5", "BIG5" },
	{ "cnbig5", "BIG5" },
	{ "big5eten", "BIG5" },
	{ "xxbig5", "BIG5" },
	{ "big5hkscs", "BIG5-HKSCS" },
};

/* Code pages that both Encode and iconv have. */
static const char *const charset_pages[] = {
	"437", "737", "775", "850", "852", "855", "856", "857", "858", "860",
	"861", "862", "863", "864", "865", "866", "869", "874", "932", "936",
	"949", "950", "1026", "1047", "1250", "1251", "1252", "1253",
	"1254", "1255", "1256", "1257", "1258", "037", "500", "875",
};

static bool
charset_page(const char *digits, char name[CHARSET_NAME_MAX])
{
	for (size_t i = 0; i < sizeof(charset_pages) / sizeof(*charset_pages);
	     i++) {
		if (strcmp(charset_pages[i], digits) != 0)
			continue;
		snprintf(name, CHARSET_NAME_MAX, "CP%s", digits);
		return true;
	}
	return false;
}

static bool
charset_iso(const char *digits, char name[CHARSET_NAME_MAX])
{
	size_t len = strlen(digits);

	if (len < 1 || len > 2 || digits[0] == '0' ||
	    !str_is_digit((unsigned char)digits[0]) ||
	    (len == 2 && (digits[0] != '1' || digits[1] < '0' ||
			  digits[1] > '6' || digits[1] == '2')))
		return false;
	snprintf(name, CHARSET_NAME_MAX, "ISO-8859-%s", digits);
	return true;
}

static const char *
charset_after(const char *key, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(key, prefix, n) == 0 ? key + n : NULL;
}

bool
charset_name(const char *declared, char name[CHARSET_NAME_MAX])
{
	static const char *const page_prefixes[] = {
		"windows", "cp", "ibm", "ms",
	};
	char key[CHARSET_NAME_MAX];
	size_t len = 0;
	const char *rest;

	for (; *declared != '\0' && len < sizeof(key) - 1; declared++)
		if (str_is_alnum((unsigned char)*declared))
			key[len++] = (char)str_lower_char(
				(unsigned char)*declared);
		else if (!str_is_space((unsigned char)*declared) &&
			 strchr("-_.:", *declared) == NULL)
			return false;
	key[len] = '\0';
	for (size_t i = 0;
	     i < sizeof(charset_aliases) / sizeof(*charset_aliases); i++)
		if (strcmp(charset_aliases[i].key, key) == 0) {
			snprintf(name, CHARSET_NAME_MAX, "%s",
				 charset_aliases[i].name);
			return *declared == '\0';
		}
	rest = charset_after(key, "iso8859");
	if (rest != NULL)
		return *declared == '\0' && charset_iso(rest, name);
	for (size_t i = 0; i < sizeof(page_prefixes) / sizeof(*page_prefixes);
	     i++) {
		rest = charset_after(key, page_prefixes[i]);
		if (rest != NULL)
			return *declared == '\0' && charset_page(rest, name);
	}
	return false;
}

bool
charset_name_at(size_t index, char name[CHARSET_NAME_MAX])
{
	size_t aliases = sizeof(charset_aliases) / sizeof(*charset_aliases);
	size_t pages = sizeof(charset_pages) / sizeof(*charset_pages);

	if (index < aliases)
		snprintf(name, CHARSET_NAME_MAX, "%s",
			 charset_aliases[index].name);
	else if (index < aliases + pages)
		snprintf(name, CHARSET_NAME_MAX, "CP%s",
			 charset_pages[index - aliases]);
	return index < aliases + pages;
}
