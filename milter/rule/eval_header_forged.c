/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HeaderEval: mail that claims to come from large providers, held against how
 * their servers write Received fields.
 */
#include "rule/eval_private.h"
#include "rule/eval_header.h"
#include "rule/eval_tables.h"

#include <string.h>

#include "base/mem.h"

struct forged_hotmail {
	bool known, forged, missing;
};

/* Google's own fields are at least that long. */
#define FORGED_GOOGLE_MIN 60

static bool
forged_any(struct slice text, const char *const *patterns)
{
	for (; *patterns != NULL; patterns++)
		if (eval_matches(text, *patterns))
			return true;
	return false;
}

static bool
forged_has_ip(struct check *check, const char *header)
{
	return form_find_ip(check_header_text(check, header)).data != NULL;
}

/* Names as AOL's relays have them, without what AOL's relays write. */
static int
forged_aol(struct check *check, const struct rule *rule)
{
	struct slice received = eval_squeezed_received(check);

	return slice_search_nocase(received, 0, SLICE(" rly-")) <
		       received.len &&
	       eval_matches(received, " %{w,1,1,rR}%{w,1,1,lL}%{w,1,1,yY}-"
				      "%{w,2,2,A-Za-z}%{w,2,2,0-9}.") &&
	       !eval_matches(received, "/AOL-%{w,1,0,0-9}.%{w,1,0,0-9}."
				       "%{w,1,0,0-9})") &&
	       !eval_has(received, "ESMTP id RELAY") &&
	       !eval_has(received, "ESMTP id MAILRELAY") &&
	       !eval_has(received, "ESMTP id MAILIN");
}

/* A mailing list of MSN Groups: the parts fit each other. */
static bool
forged_is_msn_group(struct check *check)
{
	struct slice to = check_header_text(check, "To");
	struct form form = eval_form(check_header_text(check, "Received"));
	struct slice id = check_header_text(check, "Message-Id");
	size_t at = slice_search_nocase(to, 0, SLICE("@groups.msn.com>")),
	       start = at;
	const char *list, *server;

	while (start > 0 && to.data[start - 1] != '<' &&
	       !str_is_space((unsigned char)to.data[start - 1]))
		start--;
	if (at == to.len || start == at || start == 0 ||
	    to.data[start - 1] != '<' ||
	    !form_search(&form, "from mail pickup service by "
				"%{s,18,18,a-z0-9.}%!") ||
	    !eval_matches(form.fields[FORM_SUB],
			  "p%{w,2,2,0-9}.groups.msn.com%$"))
		return false;
	list = slice_string(check, slice_cut(to, start, at));
	server = slice_string(check, form.fields[FORM_SUB]);
	if (strcmp(list, "notifications") == 0)
		return slice_starts(id, "<") &&
		       eval_has(id, mem_printf(check, "@%s>", server));
	return slice_starts(id, mem_printf(check, "<%s-", list)) &&
	       eval_has(id, "@groups.msn.com>") &&
	       eval_has(check_header_text(check, "EnvelopeFrom:addr"),
			mem_printf(check, "%s-bounce@groups.msn.com", list));
}

static bool
forged_is_hotmail(struct check *check, struct slice received)
{
	static const char *const by_ip[] = {
		"from %(%W.%)hotmail.com (%w.hotmail%(.msn%).com%{w,1,1, )}",
		"from %W.hotmail.com ([%I]%{w,1,1, ):}",
		"from %w by %w.hotmail%(.msn%).com with HTTP;",
		"from [66.218.%w] by %w.yahoo.com",
		NULL,
	};
	static const char *const by_originator[] = {
		"from %W.outbound.protection.outlook.com "
		"(%w.outbound.protection.outlook.com%{w,1,1, )}",
		"from %W.eurprd%{w,1,0,0-9}.prod.outlook.com (%I)",
		"from %W.namprd%{w,1,0,0-9}.prod.outlook.com (%I)",
		NULL,
	};
	struct slice originator = check_header_text(check, "X-OriginatorOrg");

	if (eval_has(received, "from mail pickup service by hotmail.com with "
			       "Microsoft SMTPSVC;") ||
	    forged_is_msn_group(check) || header_lacks_received(check))
		return true;
	if (forged_has_ip(check, "X-Originating-Ip") &&
	    forged_any(received, by_ip))
		return true;
	return (eval_has(originator, "hotmail.com") ||
		eval_has(originator, "msonline-outlook")) &&
	       forged_any(received, by_originator);
}

static struct forged_hotmail *
forged_hotmail_state(struct check *check)
{
	static const char *const helo[] = { "from %Whotmail.com%!",
					    "HELO %Whotmail.com%!",
					    "helo=%Whotmail.com%!", NULL };
	struct forged_hotmail *state = check_state(check, "hotmail",
						   sizeof(*state));
	struct slice received;

	if (state->known)
		return state;
	state->known = true;
	received = eval_squeezed_received(check);
	if (forged_is_hotmail(check, received))
		return state;
	state->forged = forged_any(received, helo);
	state->missing = !state->forged &&
			 eval_ends_in(check_header_text(check, "From:addr"),
				      "hotmail.com");
	return state;
}

static int
forged_hotmail(struct check *check, const struct rule *rule)
{
	return forged_hotmail_state(check)->forged;
}

static int
forged_hotmail_missing(struct check *check, const struct rule *rule)
{
	return forged_hotmail_state(check)->missing;
}

static int
forged_msn_groups(struct check *check, const struct rule *rule)
{
	return forged_is_msn_group(check);
}

static int
forged_eudoramail(struct check *check, const struct rule *rule)
{
	if (!eval_ends_in(check_header_text(check, "From:addr"),
			  "eudoramail.com") ||
	    header_lacks_received(check))
		return 0;
	return !(forged_has_ip(check, "X-Sender-Ip") &&
		 eval_matches(eval_squeezed_received(check),
			      "by %Wwhowhere.com;"));
}

/* A name of Yahoo's in DNS, for a relay we trust or the first one we do not. */
static bool
forged_came_from_yahoo(struct check *check)
{
	const struct relays *relays = check_relays(check);

	for (size_t i = 0; i < relays->count && i <= relays->trusted_count;
	     i++) {
		struct slice name = slice_of(relays->items[i].rdns);

		if (name.len > 10 && slice_ends_nocase(name, ".yahoo.com") &&
		    eval_has(name, ".yahoo.com"))
			return true;
	}
	return false;
}

static int
forged_yahoo(struct check *check, const struct rule *rule)
{
	static const char *const genuine[] = {
		"by web%w.mail%W.yahoo.com via HTTP",
		"by sonic%w.consmr.mail%W.yahoo.com with HTTP",
		"by smtp%w.yahoo.com with SMTP",
		"from [%I] by %w.groups.yahoo.com with NNFMP",
		"from [%I] by %w.scd.yahoo.com with NNFMP",
		"from [%I] by %w.dcn.yahoo.com with NNFMP",
		"by %{w,1,0,A-Za-z0-9_}.%{w,1,0,A-Za-z0-9_}.yahoo.com "
		"(%{w,1,0,0-9}.%{w,1,0,0-9}.%{w,1,0,0-9}/"
		"%{w,1,0,0-9}.%{w,1,0,0-9}.%{w,1,0,0-9})%( with ESMTP%) id "
		"%{w,1,1,A-Za-z0-9_}",
		NULL,
	};
	struct slice from = check_header_text(check, "From:addr"), received;

	if (!eval_ends_in(from, "yahoo.com"))
		return 0;
	received = eval_squeezed_received(check);
	if (check_header_text(check, "Resent-From").len > 0 &&
	    check_header_text(check, "Resent-To").len > 0 &&
	    check_header_text(check, "X-Received").len > 0)
		received = eval_squeeze(check, check_header_text(check,
								"X-Received"));
	if (header_lacks_received(check) || forged_came_from_yahoo(check) ||
	    forged_any(received, genuine))
		return 0;
	return !(slice_ends_nocase(from, "@reply.yahoo.com") &&
		 eval_matches(received, "%!mailer%{w,1,0,0-9}.bulk.scd.yahoo."
					"com%!"));
}

/* One of the patterns in one of the Received fields. */
static bool
forged_in_field(struct check *check, const char *const *patterns)
{
	struct slice rest = check_header_text(check, "Received"), line;

	while (slice_line(&rest, &line))
		if (forged_any(line, patterns))
			return true;
	return false;
}

static int
forged_juno(struct check *check, const struct rule *rule)
{
	static const char *const juno[] = {
		"from%*%!juno.com%*%{w,1,1,[(}%I%{w,1,1,])}%*by",
		"from%*%!untd.com%*%{w,1,1,[(}%I%{w,1,1,])}%*by",
		" cookie.juno.com ", " cookie.untd.com ", NULL,
	};
	struct slice mailer = check_header_text(check, "X-Mailer");

	if (!eval_ends_in(check_header_text(check, "From:addr"), "juno.com") ||
	    header_lacks_received(check))
		return 0;
	if (check_header_text(check, "X-Originating-IP").len > 0)
		return !forged_in_field(check, juno) ||
		       !eval_has(mailer, "Juno ");
	/* SpamAssassin looks further, but in the end asks for an address in
	 * the very field that is not there. */
	return 1;
}

static int
forged_gmail(struct check *check, const struct rule *rule)
{
	struct slice received;

	if (!eval_ends_in(check_header_text(check, "From:addr"), "gmail.com"))
		return 0;
	received = check_header_text(check, "X-Received");
	if (eval_matches(received, "by 10.%w with SMTP id %w") ||
	    eval_matches(received, "by 2002:a%{w,2,2,0-9}:"
				   "%{w,1,0,A-Za-z0-9_}:%w with SMTP id %w"))
		return 0;
	if (eval_matches(check_header_text(check, "Received"),
			 "by smtp.googlemail.com with ESMTPSA id %w"))
		return 0;
	return check_header_text(check, "X-Gm-Message-State").len <
		       FORGED_GOOGLE_MIN ||
	       check_header_text(check, "X-Google-Smtp-Source").len <
		       FORGED_GOOGLE_MIN;
}

/* Bulk mailers once wrote "from host by word with ESMTP; date" at the foot. */
static int
forged_gw05(struct check *check, const struct rule *rule)
{
	static const char pattern[] =
		"from %h by %b with ESMTP;%{w,1,0, \t}%{w,3,3,^ \t},"
		"%{w,1,0, \t}%{w,1,0,0-9}%{w,1,0, \t}%{w,3,3,^ \t}"
		"%{w,1,0, \t}%{w,4,4,0-9}%{w,1,0, \t}%{w,2,2,0-9}:"
		"%{w,2,2,0-9}:%{w,2,2,0-9}%{w,1,0, \t}%(%{w,1,0,+-}%)"
		"%{w,4,4,0-9}%$";
	const struct slice *items;
	size_t count = check_header_list(check, "Received", &items);
	struct form form;

	/* Of the topmost field SpamAssassin's regex sees no beginning. */
	if (count < 2)
		return 0;
	form = eval_form(slice_trim(items[count - 1]));
	return form_match(&form, pattern, 0) &&
	       slice_find(form.fields[FORM_BY], 0, '.') ==
		       form.fields[FORM_BY].len;
}

const struct eval evals_headereval_forged[] = {
	{ "check_for_fake_aol_relay_in_rcvd", forged_aol, NULL },
	{ "check_for_forged_hotmail_received_headers", forged_hotmail, NULL },
	{ "check_for_no_hotmail_received_headers", forged_hotmail_missing,
	  NULL },
	{ "check_for_msn_groups_headers", forged_msn_groups, NULL },
	{ "check_for_forged_gw05_received_headers", forged_gw05, NULL },
	{ "check_for_forged_eudoramail_received_headers", forged_eudoramail,
	  NULL },
	{ "check_for_forged_yahoo_received_headers", forged_yahoo, NULL },
	{ "check_for_forged_juno_received_headers", forged_juno, NULL },
	{ "check_for_forged_gmail_received_headers", forged_gmail, NULL },
	{ NULL, NULL, NULL },
};
