/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/template.h"

#include <string.h>

#include "base/mem.h"

void
template_split(struct slice text, struct template_parts *parts)
{
	size_t at = text.len, end = text.len;

	*parts = (struct template_parts){ .whole = text, .user = text,
					  .domain = SLICE_NONE };
	while (at > 0 && text.data[at - 1] != '@')
		at--;
	if (at == 0)
		return;
	parts->user = slice_cut(text, 0, at - 1);
	parts->domain = slice_from(text, at);
	while (end > at && parts->label_count < TEMPLATE_PARTS_MAX) {
		size_t start = end;

		while (start > at && text.data[start - 1] != '.')
			start--;
		if (start == end) /* an empty label: no more can be had */
			return;
		parts->labels[parts->label_count++] =
			slice_cut(text, start, end);
		end = start == at ? at : start - 1;
	}
}

static bool
template_has(const struct template_parts *parts, bool user, bool domain)
{
	bool has_at = parts->domain.data != NULL;

	if (domain && (!has_at || parts->domain.len == 0))
		return false;
	return !user || !has_at || parts->user.len != 0;
}

bool
template_takes_key(const struct template *template,
		   const struct template_parts *key)
{
	return key->whole.len != 0 &&
	       template_has(key, template->key_user, template->key_domain) &&
	       key->label_count >= template->labels;
}

bool
template_takes_value(const struct template *template,
		     const struct template_parts *value)
{
	return value->whole.len != 0 &&
	       template_has(value, template->value_user,
			    template->value_domain);
}

/* Notes what a place asks for; false if there is no such place. */
static bool
template_need(struct template *template, char kind, bool query)
{
	bool *user = query ? &template->key_user : &template->value_user;
	bool *domain = query ? &template->key_domain : &template->value_domain;

	switch (kind) {
	case 's':
	case 'S':
		return true;
	case 'u':
		*user = true;
		return true;
	case 'd':
		*domain = true;
		return true;
	case 'U':
		template->key_user = true;
		return true;
	case 'D':
		template->key_domain = true;
		return true;
	default:
		if (kind < '1' || kind > '9')
			return false;
		template->key_domain = true;
		if (template->labels < (size_t)(kind - '0'))
			template->labels = (size_t)(kind - '0');
		return true;
	}
}

static void
template_add(void *mem, struct template *template, char kind,
	     struct slice text)
{
	if (kind == 0 && text.len == 0)
		return;
	mem_grow(mem, template->pieces, template->count);
	template->pieces[template->count++] =
		(struct template_piece){ kind, text };
}

/* Whether the text behind the place reached so far is inside of quotes. */
static char
template_quoted(struct slice text, const char *quotes, char open)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (open != 0 && c == '\\' && strchr(quotes, '\\') != NULL)
			i++; /* backslash escapes, where quotes says so */
		else if (open == c)
			open = 0; /* a doubled quote opens it again */
		else if (open == 0 && c != '\\' && strchr("'\"`", c) != NULL)
			open = c;
	}
	return open;
}

int
template_parse(void *mem, const char *text, bool query, const char *quotes,
	       struct template *template, struct err *err)
{
	struct slice all = slice_of(mem_strdup(mem, text));
	size_t start = 0, at;
	char open = 0;

	*template = (struct template){ 0 };
	while ((at = slice_find(all, start, '%')) < all.len) {
		char kind = at + 1 < all.len ? all.data[at + 1] : '\0';
		struct slice before = slice_cut(all, start, at);

		open = template_quoted(before, quotes, open);
		template_add(mem, template, 0, before);
		start = at + 2;
		if (kind == '%') {
			template_add(mem, template, 0,
				     slice_cut(all, at, at + 1));
			continue;
		}
		if (!template_need(template, kind, query))
			return err_config(err, "\"%%%c\" at column %zu is no "
					  "place of a template",
					  kind > ' ' && kind < 127 ? kind : '?',
					  at + 1);
		if (query && (open == 0 || strchr(quotes, open) == NULL))
			return err_config(err, "%%%c at column %zu does not "
					  "stand in quotes: an address could "
					  "change the query", kind, at + 1);
		template_add(mem, template, kind, slice_cut(all, at, at + 2));
	}
	template_add(mem, template, 0, slice_from(all, start));
	return 0;
}

static struct slice
template_value(char kind, const struct template_parts *key,
	       const struct template_parts *value)
{
	switch (kind) {
	case 's':
		return value->whole;
	case 'u':
		return value->user;
	case 'd':
		return value->domain;
	case 'S':
		return key->whole;
	case 'U':
		return key->user;
	case 'D':
		return key->domain;
	default:
		return key->labels[kind - '1'];
	}
}

bool
template_place(const struct template *template,
	       const struct template_parts *key, struct slice *value)
{
	if (template->count != 1 || template->pieces[0].kind == 0)
		return false;
	*value = template_value(template->pieces[0].kind, key, key);
	return true;
}

int
template_expand(const struct template *template,
		const struct template_parts *key,
		const struct template_parts *value,
		const struct template_quote *quote, struct buf *out,
		struct err *err)
{
	for (size_t i = 0; i < template->count; i++) {
		const struct template_piece *piece = &template->pieces[i];
		struct slice text = piece->text;

		if (piece->kind != 0)
			text = template_value(piece->kind, key, value);
		if (piece->kind == 0 || quote == NULL)
			buf_slice(out, text);
		else if (quote->add(quote->arg, text, out, err) < 0)
			return -1;
	}
	return 0;
}
