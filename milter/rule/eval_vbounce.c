/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VBounce: whether a bounce quotes a relay of ours, so that it answers mail
 * that we sent.
 */
#include "mail/text.h"
#include "rule/eval_private.h"
#include "rule/eval_tables.h"

#define VBOUNCE_HEADER_MAX 65536 /* bytes of one quoted field */

static const struct rule_list *
vbounce_relays(const struct check *check)
{
	return ruleset_list(check->ruleset, "welcomelist_bounce_relays");
}

static int
vbounce_have_relays(struct check *check, const struct rule *rule)
{
	const struct rule_list *list = vbounce_relays(check);

	return list != NULL && list->count > 0;
}

/* "> > Received:" */
static bool
vbounce_is_received(struct slice line)
{
	while (line.len > 0 && (line.data[0] == '>' || line.data[0] == ' '))
		line = slice_from(line, 1);
	return slice_starts_nocase(line, "Received:");
}

/*
 * Words with a dot inside, blanks around; each blank belongs to one of them
 * only, so that of two neighbours the second is passed over, as SpamAssassin
 * does.
 */
static bool
vbounce_names_relay(const struct check *check, struct slice text)
{
	size_t at = 0, end;

	for (;;) {
		struct slice word;

		while (at < text.len &&
		       !str_is_space((unsigned char)text.data[at]))
			at++;
		if (at >= text.len)
			return false;
		for (end = ++at; end < text.len &&
				 !str_is_space((unsigned char)text.data[end]);
		     end++)
			;
		if (end >= text.len)
			return false;
		word = slice_cut(text, at, end);
		if (word.len < 3 || slice_find(word, 1, '.') >= word.len - 1)
			continue;
		if (eval_listed(vbounce_relays(check), word))
			return true;
		at = end + 1;
	}
}

static bool
vbounce_field(const struct check *check, struct slice field)
{
	return vbounce_is_received(field) && vbounce_names_relay(check, field);
}

/* The body as it came: fields may go on in lines that begin with a blank. */
static bool
vbounce_in_pristine(struct check *check)
{
	struct slice rest = check->message->pristine_body, line;
	struct buf field = BUF(check);
	bool found = false;

	if (slice_search_nocase(rest, 0, SLICE("Received:")) == rest.len)
		return false;
	while (slice_line(&rest, &line)) {
		if (line.len > 0 && line.data[line.len - 1] == '\n')
			line.len--;
		found = found || vbounce_is_received(line);
		if (!found)
			continue;
		if (line.len == 0 ||
		    !str_is_space((unsigned char)line.data[0])) {
			if (vbounce_field(check, buf_view(&field)))
				return true;
			buf_reset(&field);
		}
		if (field.len + line.len <= VBOUNCE_HEADER_MAX)
			buf_slice(&field, line);
	}
	return vbounce_field(check, buf_view(&field));
}

static int
vbounce_welcomelisted(struct check *check, const struct rule *rule)
{
	const struct text *body;

	if (!vbounce_have_relays(check, rule))
		return 0;
	body = text_body(check->message);
	for (size_t i = 0; i < body->count; i++)
		if (vbounce_is_received(body->items[i]) &&
		    vbounce_names_relay(check, body->items[i]))
			return 1;
	return vbounce_in_pristine(check);
}

const struct eval evals_vbounce[] = {
	{ "have_any_bounce_relays", vbounce_have_relays, NULL },
	{ "check_welcomelist_bounce_relays", vbounce_welcomelisted, NULL },
	{ "check_whitelist_bounce_relays", vbounce_welcomelisted, NULL },
	{ NULL, NULL, NULL },
};
