/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linear in the lengths of base and reference; an absent part has no data. */
#include "mail/html_resolve.h"

#include <string.h>

#include "base/mem.h"
#include "mail/unicode.h"

struct reference {
	struct slice scheme, authority, path, query, fragment;
};

/* Offset of the first of the bytes in stop, from start on. */
static size_t
reference_span(struct slice s, size_t start, const char *stop)
{
	while (start < s.len && (s.data[start] == '\0' ||
				 strchr(stop, s.data[start]) == NULL))
		start++;
	return start;
}

static struct reference
reference_parse(struct slice s)
{
	struct reference r = { .scheme = SLICE_NONE };
	size_t end = reference_span(s, 0, ":/?#");

	if (end > 0 && end < s.len && s.data[end] == ':') {
		r.scheme = slice_cut(s, 0, end);
		s = slice_from(s, end + 1);
	}
	if (slice_starts(s, "//")) {
		end = reference_span(s, 2, "/?#");
		r.authority = slice_cut(s, 2, end);
		s = slice_from(s, end);
	}
	end = reference_span(s, 0, "?#");
	r.path = slice_cut(s, 0, end);
	s = slice_from(s, end);
	if (s.len > 0 && s.data[0] == '?') {
		end = slice_find(s, 0, '#');
		r.query = slice_cut(s, 1, end);
		s = slice_from(s, end);
	}
	if (s.len > 0 && s.data[0] == '#')
		r.fragment = slice_cut(s, 1, slice_find(s, 1, '\n'));
	return r;
}

/* Whether the segment at i is "/." (dots 1) or "/.." (dots 2). */
static bool
path_is_dots(struct slice path, size_t i, size_t dots)
{
	if (path.len - i < dots + 1 || path.data[i] != '/')
		return false;
	for (size_t k = 1; k <= dots; k++)
		if (path.data[i + k] != '.')
			return false;
	return path.len - i == dots + 1 || path.data[i + dots + 1] == '/';
}

/* Appends path without "." and ".." segments; what stood in out stays. */
static void
path_add_clean(struct buf *out, struct slice path)
{
	size_t floor = out->len, i = 0, end;

	if (slice_is(path, "0"))
		return;
	if (slice_starts(path, "./"))
		i = 1;
	else if (slice_starts(path, "../"))
		i = 2;
	while (i < path.len) {
		size_t dots = path_is_dots(path, i, 1)   ? 1
			      : path_is_dots(path, i, 2) ? 2
							 : 0;

		if (dots == 2) {
			while (out->len > floor &&
			       out->data[out->len - 1] != '/')
				out->len--;
			if (out->len > floor)
				out->len--;
		}
		if (dots > 0) {
			i += dots + 1;
			if (i == path.len)
				buf_char(out, '/');
			continue;
		}
		end = slice_find(path, i + 1, '/');
		buf_slice(out, slice_cut(path, i, end));
		i = end;
	}
}

/* base's folder and the relative path behind it. */
static void
path_add_merged(struct buf *out, const struct reference *base,
		struct slice path)
{
	struct buf merged = BUF(out->mem);
	size_t folder = base->path.len;

	if (base->authority.data != NULL &&
	    (base->path.len == 0 || slice_is(base->path, "0"))) {
		buf_char(&merged, '/');
	} else {
		while (folder > 0 && base->path.data[folder - 1] != '/')
			folder--;
		buf_slice(&merged, slice_cut(base->path, 0, folder));
	}
	buf_slice(&merged, path);
	path_add_clean(out, buf_view(&merged));
	mem_free(merged.data);
}

/* "www4." or "ftp." without a scheme is meant to have one. */
static bool
authority_starts(struct slice authority, const char *name)
{
	size_t at = strlen(name);

	if (!slice_starts_nocase(authority, name))
		return false;
	while (at < authority.len &&
	       str_is_digit((unsigned char)authority.data[at]))
		at++;
	return at < authority.len && authority.data[at] == '.';
}

static void
reference_add_front(struct buf *out, struct slice scheme,
		    struct slice authority)
{
	if (scheme.len > 0 && !slice_is(scheme, "0")) {
		buf_slice(out, scheme);
		buf_char(out, ':');
	} else if (authority.data != NULL) {
		if (authority_starts(authority, "www"))
			buf_text(out, "http:");
		else if (authority_starts(authority, "ftp"))
			buf_text(out, "ftp:");
	}
	if (authority.data != NULL) {
		buf_text(out, "//");
		buf_slice(out, authority);
	}
}

void
html_resolve(struct buf *out, struct slice base_uri, struct slice reference)
{
	struct reference base = reference_parse(base_uri);
	struct reference r = reference_parse(reference);
	struct slice query = r.query;

	if (r.scheme.data != NULL && base.scheme.data != NULL &&
	    slice_equal(r.scheme, base.scheme))
		r.scheme = SLICE_NONE;
	if (r.scheme.data != NULL) {
		reference_add_front(out, r.scheme, r.authority);
		path_add_clean(out, r.path);
	} else if (r.authority.data != NULL) {
		reference_add_front(out, base.scheme, r.authority);
		path_add_clean(out, r.path);
	} else {
		reference_add_front(out, base.scheme, base.authority);
		if (r.path.len == 0) {
			buf_slice(out, base.path);
			if (query.data == NULL)
				query = base.query;
		} else if (r.path.data[0] == '/') {
			path_add_clean(out, r.path);
		} else {
			path_add_merged(out, &base, r.path);
		}
	}
	if (query.data != NULL) {
		buf_char(out, '?');
		buf_slice(out, query);
	}
	if (r.fragment.data != NULL) {
		buf_char(out, '#');
		buf_slice(out, r.fragment);
	}
}

/* Offset of the path's "/" in "scheme://host/..."; s.len if there is none. */
static size_t
base_path(struct slice s, size_t colon)
{
	size_t at = colon + 1;

	for (int i = 0; i < 2 && at < s.len && s.data[at] == '/'; i++)
		at++;
	if (at < s.len && s.data[at] == '/')
		return s.len;
	return slice_find(s, at, '/');
}

/* The length of s without a last "name.ext" whose extension is short. */
static size_t
base_folder(struct slice s, size_t path)
{
	size_t dot = s.len, name, extension;

	while (dot > path && s.data[dot - 1] != '/' && s.data[dot - 1] != '.')
		dot--;
	if (dot <= path || s.data[dot - 1] != '.')
		return s.len;
	extension = unicode_length(slice_from(s, dot));
	if (extension < 2 || extension > 4)
		return s.len;
	for (name = dot - 1; name > path + 1 && s.data[name - 1] != '/' &&
			     s.data[name - 1] != '.';)
		name--;
	return name == dot - 1 ? s.len : name;
}

struct slice
html_base(void *mem, struct slice href)
{
	struct buf out = BUF(mem);
	size_t colon, path;

	if (!slice_starts_nocase(href, "http:") &&
	    !slice_starts_nocase(href, "https:") &&
	    !slice_starts_nocase(href, "ftp:"))
		return SLICE_NONE;
	colon = slice_find(href, 0, ':');
	path = base_path(href, colon);
	if (path < href.len)
		href = slice_cut(href, 0, base_folder(href, path));
	buf_slice(&out, href);
	if (href.len == 0 || href.data[href.len - 1] != '/')
		buf_char(&out, '/');
	return buf_view(&out);
}
