/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SpamAssassin finds URIs by one regular expression with three alternatives,
 * tried in turn at each place where a URI may begin. Each alternative takes
 * everything up to a delimiter, or nothing: so it is decided by where the next
 * delimiter, "@" and end of a host name stand, which is remembered from one
 * place to the next.
 */
#include "mail/uri_find.h"

#include "mail/domain.h"

#define FIND_REST_MAX 2048 /* bytes behind a scheme, or of a path */
#define FIND_MAIL_MAX 251  /* bytes on each side of an "@" */
#define FIND_HOST_MAX 252  /* bytes in front of a top level domain */
#define FIND_PORT_MAX 5    /* digits */

enum find_class {
	FIND_BEGIN = 1 << 0,     /* a URI may begin behind it */
	FIND_END = 1 << 1,       /* ends a URI */
	FIND_MAIL_END = 1 << 2,  /* ends a mail address */
	FIND_HOST_BEGIN = 1 << 3, /* a bare host name may begin behind it */
	FIND_HOST = 1 << 4,      /* occurs in one */
	FIND_WORD = 1 << 5,
	FIND_TRAILING = 1 << 6, /* dropped from the end of a URI */
	FIND_SIGN = 1 << 7,     /* each URI has one */
};

#define B FIND_BEGIN
#define E (FIND_END | FIND_MAIL_END)
#define M FIND_MAIL_END
#define H FIND_HOST_BEGIN
#define N FIND_HOST
#define W FIND_WORD
#define T FIND_TRAILING
#define S FIND_SIGN

static const unsigned char find_classes[256] = {
	['\t' ... '\r'] = B | E | H,
	[0x1b] = B | E | H, /* shifts of ISO-2022 */
	[' '] = B | E | H,
	['!'] = H | T,
	['"'] = B | E | H,
	['#'] = H | T,
	['$'] = H,
	['&'] = H | T,
	['\''] = B | M | H | T,
	['('] = B | M | H | T,
	[')'] = H | T,
	['*'] = H | T,
	['+'] = H | T,
	[','] = B | M | H | T,
	['-'] = N | T,
	['.'] = N | T | S,
	['/'] = H,
	['0' ... '9'] = N | W,
	[':'] = H | T | S,
	[';'] = H | T,
	['<'] = B | E | H,
	['='] = H | T,
	['>'] = B | E | H,
	['?'] = H | T,
	['@'] = H | T | S,
	['A' ... 'Z'] = N | W,
	['['] = B | E | H,
	['\\'] = H,
	[']'] = E | H,
	['^'] = H | T,
	['_'] = N | W | T,
	['`'] = B | E | H,
	['a' ... 'z'] = N | W,
	['{'] = B | E | H,
	['|'] = B | E | H,
	['}'] = E | H,
	['~'] = H | T,
	[0x80 ... 0x9f] = M,
	[0xa0] = B | E | H, /* a no-break space of Latin-1 */
	[0xa1 ... 0xff] = M,
};

static bool
find_is(struct slice text, size_t at, unsigned class)
{
	return (find_classes[(unsigned char)text.data[at]] & class) != 0;
}

void
uri_find_start(struct uri_finder *finder, struct slice text,
	       const struct uri_settings *settings)
{
	*finder = (struct uri_finder){ .settings = settings, .text = text };
}

/* The first byte of a class from at on, if *next is not it already. */
static size_t
find_next_class(struct slice text, size_t at, unsigned class, size_t *next)
{
	if (*next < at)
		*next = at;
	while (*next < text.len && !find_is(text, *next, class))
		++*next;
	return *next;
}

static size_t
find_next_at(struct uri_finder *finder, size_t at)
{
	if (finder->next_at < at || finder->next_at == 0)
		finder->next_at = slice_find(finder->text, at, '@');
	return finder->next_at;
}

/* Whether a URI may begin at all. */
static bool
find_may_begin(struct slice text, size_t at)
{
	unsigned now = find_classes[(unsigned char)text.data[at]], before;

	if (at == 0)
		return (now & FIND_WORD) != 0;
	before = find_classes[(unsigned char)text.data[at - 1]];
	if ((before & FIND_BEGIN) || ((before ^ now) & FIND_WORD))
		return true;
	return at >= 3 && text.data[at - 3] == '\x1b' &&
	       text.data[at - 2] == '(' && text.data[at - 1] != '\n';
}

/* Length of "http://", "www3." or the like in front of text, or 0. */
static size_t
find_scheme(struct slice text)
{
	size_t at = 3;

	if (slice_starts_nocase(text, "http://"))
		return 7;
	if (slice_starts_nocase(text, "https://"))
		return 8;
	if (slice_starts_nocase(text, "ftp://"))
		return 6;
	if (slice_starts_nocase(text, "ftp."))
		return 4;
	if (!slice_starts_nocase(text, "www"))
		return 0;
	while (at < text.len && at < 5 &&
	       str_is_digit((unsigned char)text.data[at]))
		at++;
	return at < text.len && text.data[at] == '.' ? at + 1 : 0;
}

/* Each of the three returns the end of what it takes, or at. */
static size_t
find_with_scheme(struct uri_finder *finder, size_t at)
{
	size_t scheme, end;
	int c = str_lower_char((unsigned char)finder->text.data[at]);

	if (c != 'h' && c != 'f' && c != 'w')
		return at;
	scheme = find_scheme(slice_from(finder->text, at));
	if (scheme == 0)
		return at;
	end = find_next_class(finder->text, at + scheme, FIND_END,
			      &finder->next_delimiter);
	if (end == at + scheme || end - at - scheme > FIND_REST_MAX)
		return at;
	return end;
}

static size_t
find_mail(struct uri_finder *finder, size_t at)
{
	struct slice text = finder->text;
	struct slice scheme = SLICE("mailto:");
	size_t end = find_next_class(text, at, FIND_MAIL_END,
				     &finder->next_mail_delimiter);
	size_t sign;

	if (end == at)
		return at;
	if (str_lower_char((unsigned char)text.data[at]) == 'm' &&
	    slice_starts_nocase(slice_cut(text, at, end), scheme.data) &&
	    end > at + scheme.len && end - at - scheme.len <= FIND_REST_MAX)
		return end;
	sign = find_next_at(finder, at);
	if (sign >= end || sign == at || sign - at > FIND_MAIL_MAX ||
	    end == sign + 1 || end - sign - 1 > FIND_MAIL_MAX)
		return at;
	return end;
}

/* ":80" and "/path" behind a host name, up to a delimiter; 0 if there is
 * something else. */
static size_t
find_host_rest(struct uri_finder *finder, size_t at)
{
	struct slice text = finder->text;
	size_t end;

	if (at < text.len && text.data[at] == ':') {
		size_t digits = at + 1;

		while (digits < text.len && digits < at + 1 + FIND_PORT_MAX &&
		       str_is_digit((unsigned char)text.data[digits]))
			digits++;
		if (digits == at + 1)
			return 0;
		at = digits;
	}
	if (at == text.len || find_is(text, at, FIND_END))
		return at;
	if (text.data[at] != '/')
		return 0;
	end = find_next_class(text, at, FIND_END, &finder->next_delimiter);
	if (end == at + 1 || end - at - 1 > FIND_REST_MAX)
		return 0;
	return end;
}

static size_t
find_host(struct uri_finder *finder, size_t at, struct slice *host)
{
	struct slice text = finder->text;
	size_t run, end, label;

	if (!str_is_alnum((unsigned char)text.data[at]) ||
	    (at > 0 && !find_is(text, at - 1, FIND_HOST_BEGIN)))
		return at;
	if (finder->host_end < at)
		finder->host_end = at;
	while (finder->host_end < text.len &&
	       find_is(text, finder->host_end, FIND_HOST))
		finder->host_end++;
	run = end = finder->host_end;
	if (text.data[end - 1] == '.')
		end--;
	for (label = end; label > at && text.data[label - 1] != '.';)
		label--;
	if (label == at || label == end || label - 1 - at > FIND_HOST_MAX)
		return at;
	*host = slice_cut(text, at, end);
	if (!domain_has_tld(finder->settings, *host))
		return at;
	end = find_host_rest(finder, run);
	return end == 0 ? at : end;
}

/* Drops what belongs to the sentence: a closing bracket that was not opened,
 * and punctuation at the end. */
static struct slice
find_trim(struct slice uri)
{
	size_t open = slice_find(uri, 0, '('), at = open;

	while (at > 0 && uri.data[at - 1] != ')')
		at--;
	if (at > 0)
		uri = slice_cut(uri, 0, at - 1);
	while (uri.len > 0 && find_is(uri, uri.len - 1, FIND_TRAILING))
		uri.len--;
	return uri;
}

/*
 * The first place from at on where a URI may begin: in front of a colon, a dot
 * or an "@" with no delimiter between. Most of a text is passed over so.
 */
static size_t
find_skip(struct uri_finder *finder, size_t at)
{
	struct slice text = finder->text;
	size_t sign = at, begin;

	if (at >= finder->sign_end) {
		while (sign < text.len && !find_is(text, sign, FIND_SIGN))
			sign++;
		begin = sign;
		while (begin > at && sign < text.len &&
		       !find_is(text, begin - 1, FIND_END))
			begin--;
		finder->sign_begin = begin;
		finder->sign_end = sign + 1;
	}
	return at < finder->sign_begin ? finder->sign_begin : at;
}

bool
uri_find_next(struct uri_finder *finder, struct uri_found *found)
{
	for (;; finder->at++) {
		size_t at = find_skip(finder, finder->at), end;

		finder->at = at;
		if (at >= finder->text.len)
			return false;
		/* what ends an address begins nothing */
		if (find_is(finder->text, at, FIND_MAIL_END) ||
		    !find_may_begin(finder->text, at))
			continue;
		found->host = SLICE_NONE;
		found->kind = URI_FIND_SCHEME;
		end = find_with_scheme(finder, at);
		if (end == at) {
			found->kind = URI_FIND_MAIL;
			end = find_mail(finder, at);
		}
		if (end == at) {
			found->kind = URI_FIND_HOST;
			end = find_host(finder, at, &found->host);
		}
		if (end == at)
			continue;
		found->uri = find_trim(slice_cut(finder->text, at, end));
		finder->at = end;
		return true;
	}
}
