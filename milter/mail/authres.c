/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/authres.h"

#include "base/mem.h"
#include "mail/arc.h"
#include "mail/dkim.h"
#include "mail/dmarc.h"

#define AUTHRES_VALUE_MAX 200 /* bytes of one value that a stranger wrote */

/* RFC 2045's token, and the "@" and "." of an address. */
static bool
authres_is_plain(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if (!str_is_alnum(c) &&
		    (c == '\0' || strchr("-_.@+=/", c) == NULL))
			return false;
	}
	return text.len > 0;
}

static void
authres_value(struct buf *out, const char *value)
{
	struct slice text = slice_cut(slice_of(value), 0, AUTHRES_VALUE_MAX);

	if (authres_is_plain(text)) {
		buf_slice(out, text);
		return;
	}
	buf_char(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (c == '"' || c == '\\')
			buf_char(out, '\\');
		buf_char(out, c >= ' ' && c <= '~' ? c : '?');
	}
	buf_char(out, '"');
}

/* " header.d=value" */
static void
authres_property(struct buf *out, const char *name, const char *value)
{
	if (value == NULL || value[0] == '\0')
		return;
	buf_printf(out, " %s=", name);
	authres_value(out, value);
}

/* " (text)", without what would end it. */
static void
authres_comment(struct buf *out, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	buf_text(out, " (");
	for (size_t i = 0; text[i] != '\0' && i < AUTHRES_VALUE_MAX; i++)
		buf_char(out, text[i] < ' ' || text[i] > '~' ||
			 strchr("()\\", text[i]) != NULL ? '?' : text[i]);
	buf_char(out, ')');
}

static void
authres_method(struct buf *out, const char *method, enum auth_result result,
	       const char *why)
{
	buf_printf(out, ";\n\t%s=%s", method, auth_result_name(result));
	authres_comment(out, why);
}

static void
authres_spf(struct buf *out, const struct auth_spf *spf, const char *property)
{
	const char *who = spf->domain;

	if (spf->result == AUTH_NOT_RUN)
		return;
	if (strcmp(property, "smtp.mailfrom") == 0 && spf->sender != NULL &&
	    spf->sender[0] != '\0')
		who = spf->sender;
	authres_method(out, "spf", spf->result, spf->why);
	authres_property(out, property, who);
}

static void
authres_dkim(struct buf *out, const struct dkim_results *dkim)
{
	for (size_t i = 0; i < dkim->count; i++) {
		const struct dkim_signature *one = dkim->items[i];
		char part[80] = "";

		if (one->result == AUTH_NOT_RUN)
			continue;
		if (one->unsigned_bytes > 0)
			snprintf(part, sizeof(part), "%llu bytes of the body "
				 "are not signed",
				 (unsigned long long)one->unsigned_bytes);
		authres_method(out, "dkim", one->result,
			       one->why[0] != '\0' ? one->why : part);
		authres_property(out, "header.d", one->domain);
		authres_property(out, "header.s", one->selector);
		authres_property(out, "header.a", one->algorithm);
		authres_property(out, "header.b", one->signature);
	}
	if (dkim->count == 0)
		authres_method(out, "dkim", AUTH_NONE, "no signature");
}

static void
authres_arc(struct buf *out, const struct arc_results *arc)
{
	if (arc->result == AUTH_NOT_RUN || arc->result == AUTH_NONE)
		return;
	authres_method(out, "arc", arc->result, arc->why);
	if (arc->count > 0)
		authres_property(out, "header.d",
				 arc->sets[arc->count - 1].sealer);
}

static void
authres_dmarc(struct buf *out, const struct auth_results *results)
{
	const struct dmarc_results *dmarc = results->dmarc;
	char policy[80] = "";

	if (dmarc->result == AUTH_NOT_RUN)
		return;
	if (dmarc->result == AUTH_FAIL)
		snprintf(policy, sizeof(policy), "p=%s dis=%s%s",
			 dmarc_policy_name(dmarc->policy),
			 results->vouched != NULL ? "none" :
			 dmarc_policy_name(dmarc->disposition),
			 results->vouched != NULL ? " arc=pass" : "");
	authres_method(out, "dmarc", dmarc->result,
		       policy[0] != '\0' ? policy : dmarc->why);
	authres_property(out, "header.from", dmarc->domain);
}

const char *
authres_server(const char *setting, const char *hostname)
{
	if (setting[0] != '\0')
		return setting;
	return hostname[0] != '\0' ? hostname : "localhost";
}

char *
authres_write(void *mem, const char *server, const struct auth_results *results)
{
	struct buf out = BUF(mem);
	size_t empty;

	authres_value(&out, server);
	empty = out.len;
	authres_spf(&out, &results->spf, "smtp.mailfrom");
	authres_spf(&out, &results->spf_helo, "smtp.helo");
	if (results->dkim != NULL)
		authres_dkim(&out, results->dkim);
	if (results->arc != NULL)
		authres_arc(&out, results->arc);
	if (results->dmarc != NULL)
		authres_dmarc(&out, results);
	if (out.len == empty)
		buf_text(&out, "; none");
	return mem_strdup(mem, buf_string(&out));
}

/* Passes over blanks, folding and comments; false if a comment has no end. */
static bool
authres_skip(struct slice value, size_t *at)
{
	unsigned depth = 0;

	for (; *at < value.len; ++*at) {
		char c = value.data[*at];

		if (depth > 0 && c == '\\')
			++*at;
		else if (c == '(')
			depth++;
		else if (c == ')' && depth > 0)
			depth--;
		else if (depth == 0 && !str_is_space(c))
			return true;
	}
	return depth == 0;
}

bool
authres_claims(void *mem, struct slice value, const char *server)
{
	struct buf id = BUF(mem);
	size_t at = 0;
	bool quoted;

	if (!authres_skip(value, &at))
		return true;
	quoted = at < value.len && value.data[at] == '"';
	for (at += quoted; at < value.len; at++) {
		char c = value.data[at];

		if (quoted ? c == '"'
			   : str_is_space(c) || c == ';' || c == '(' ||
				     c == '/')
			break;
		if (c == '\\' && ++at == value.len)
			return true;
		buf_char(&id, value.data[at]);
	}
	/* One that is quoted and never ends. */
	if (quoted && at == value.len)
		return true;
	return slice_is_nocase(buf_view(&id), server);
}
