/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signs of authentication in a Received field: by RFC 3848's names of
 * protocols, or in the words of servers that do not use them.
 */
#include "mail/received_line.h"

#include "base/mem.h"

static bool
auth_is_protocol(struct slice word)
{
	static const char *const protocols[] = {
		"ESMTPA",    "ESMTPSA",	  "LMTPA", "LMTPSA", "UTF8SMTPA",
		"UTF8SMTPSA", "UTF8LMTPA", "UTF8LMTPSA", "ASMTP", "HTTP",
		"HTTPS",     "HTTPU",	  NULL,
	};

	for (size_t i = 0; protocols[i] != NULL; i++)
		if (slice_is_nocase(word, protocols[i]))
			return true;
	return false;
}

/* "with ESMTPA", in any case. */
static struct slice
auth_protocol(struct slice text)
{
	struct slice with = SLICE(" with ");
	size_t at = 0, end;

	while ((at = slice_search_nocase(text, at, with)) < text.len) {
		at += with.len;
		for (end = at; end < text.len && text.data[end] != ' ' &&
			       text.data[end] != ';';
		     end++)
			;
		if (auth_is_protocol(slice_cut(text, at, end)))
			return slice_cut(text, at, end);
		at--; /* its blank may begin the next */
	}
	return SLICE_NONE;
}

/* "(via HTTP)", "(via https)" */
static struct slice
auth_via(struct slice text)
{
	struct slice via = SLICE(" (via HTTP");
	size_t at = 0, end;

	for (; (at = slice_search_nocase(text, at, via)) < text.len; at++) {
		for (end = at + via.len; end <= at + via.len + 1; end++) {
			struct slice rest = slice_from(text, end);

			if (slice_starts(rest, ")") &&
			    (rest.len == 1 || rest.data[1] == ' ' ||
			     rest.data[1] == ';'))
				return slice_cut(text, at + 6, end);
		}
	}
	return SLICE_NONE;
}

static bool
auth_has(const struct form *form, const char *needle)
{
	return slice_search(form->text, 0, slice_of(needle)) < form->text.len;
}

static const char *
auth_gmail(void *mem, struct form *form)
{
	static const char id[] =
		" by mx.google.com with ESMTPS id "
		"%{w,1,4,a-z0-9}sm%{w,2,9,0-9}%{w,3,3,a-z}."
		"%{w,1,3,0-9}.%{w,4,4,0-9}.%{w,1,1,0-6}%{w,1,1,0-9}."
		"%{w,1,1,0-6}%{w,1,1,0-9}.%{w,1,1,0-6}%{w,1,1,0-9}."
		"%{w,1,1,0-6}%{w,1,1,0-9}.%{w,1,1,0-6}%{w,1,1,0-9}";

	if (!auth_has(form, " by mx.google.com with ESMTPS id ") ||
	    !form_search(form, id) ||
	    !form_search(form, "(version=%{s,1,0,^ } cipher=%{a,1,0,^)})"))
		return NULL;
	return mem_printf(mem, "GMail - transport=%s cipher=%s",
			  slice_string(mem, form->fields[FORM_SUB]),
			  slice_string(mem, form->fields[FORM_AUTH]));
}

static const char *
auth_courier(void *mem, struct form *form)
{
	static const char *const forms[] = {
		"from %*]) (AUTH: %a %w%(, %*%)) by ",
		"from %*)] (AUTH: %a %w%(, %*%)) by ",
	};
	struct slice how;

	if (!auth_has(form, " (AUTH: "))
		return NULL;
	for (size_t i = 0; i < 2; i++) {
		if (!form_match(form, forms[i], 0))
			continue;
		how = form->fields[FORM_AUTH];
		if (slice_is(how, "LOGIN") || slice_is(how, "PLAIN") ||
		    slice_is(how, "DIGEST-MD5") || slice_is(how, "CRAM-MD5"))
			return slice_string(mem, how);
	}
	return NULL;
}

static bool
auth_is_sendmail(struct form *form)
{
	static const char *const forms[] = {
		"from %*]) %*(%*authenticated%*)%* by",
		"from %*] (%{w,0,0,^)})) %*(%*authenticated%*)%* by",
		"from %*)] %*(%*authenticated%*)%* by",
	};

	if (!auth_has(form, "authenticated"))
		return false;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (form_match(form, forms[i], 0))
			return true;
	return false;
}

static const char *
auth_gmx(void *mem, struct form *form)
{
	struct slice by, rest;

	if (!auth_has(form, " by mail.gmx.") ||
	    !form_search(form, "from %W (%E %W) [%I] by %{b,12,12,a-z.} "
			       "(%{w,1,0,^)}) with "))
		return NULL;
	by = form->fields[FORM_BY];
	rest = slice_from(form->text, form->end);
	if (!slice_is(by, "mail.gmx.net") && !slice_is(by, "mail.gmx.com"))
		return NULL;
	if (slice_starts(rest, "ESMTP") || slice_starts(rest, "SMTP"))
		return mem_printf(mem, "GMX (%s / %s)",
				  slice_starts(rest, "E") ? "ESMTP" : "SMTP",
				  slice_string(mem, by));
	return NULL;
}

static const char *
auth_postfix(void *mem, struct form *form)
{
	if (!auth_has(form, ") (Authenticated sender: ") ||
	    !form_search(form, ") (Authenticated sender: %w) by %w "
			       "(%{a,1,0,^)}) with "))
		return NULL;
	if (slice_is(form->fields[FORM_AUTH], "Postfix"))
		return "Postfix";
	return mem_printf(mem, "Postfix (%s)",
			  slice_string(mem, form->fields[FORM_AUTH]));
}

static bool
auth_is_communigate(const struct form *form)
{
	return auth_has(form, " (account ") &&
	       (auth_has(form, "CommuniGate Pro HTTP") ||
		auth_has(form, "CommuniGate Pro SMTP") ||
		auth_has(form, "CommuniGate Pro XIMSS") ||
		auth_has(form, "CommuniGate Pro IMAP"));
}

/* In the words of one product or the other; NULL if in none. */
static const char *
auth_product(void *mem, struct form *form)
{
	const char *found = auth_gmail(mem, form);

	if (found == NULL)
		found = auth_courier(mem, form);
	if (found == NULL && auth_is_sendmail(form))
		found = "Sendmail";
	if (found == NULL)
		found = auth_gmx(mem, form);
	if (found == NULL && auth_has(form, " (authenticated as ") &&
	    form_search(form, ") by %{w,1,0,^} (%{w,1,2,0-9}.%{w,1,1,0-9}."
			      "%{w,3,3,0-9}%(.%{w,1,3,0-9}%)) "
			      "(authenticated as %{w,1,0,^}) id "))
		found = "CriticalPath";
	if (found == NULL)
		found = auth_postfix(mem, form);
	if (found == NULL && auth_is_communigate(form))
		found = "Communigate";
	if (found == NULL &&
	    auth_has(form, " with Microsoft Exchange Server HTTP-DAV") &&
	    form_search(form, " with Microsoft Exchange Server HTTP-DAV%!"))
		found = "HTTP-DAV";
	return found;
}

struct slice
received_auth(void *mem, struct form *form)
{
	bool by = auth_has(form, " by ");
	struct slice found = SLICE_NONE;
	const char *product;

	if (by)
		found = auth_protocol(form->text);
	if (found.data != NULL)
		return found;
	product = auth_product(mem, form);
	if (product != NULL)
		return slice_of(product);
	if (by)
		found = auth_via(form->text);
	return found.data != NULL ? found : SLICE("");
}
