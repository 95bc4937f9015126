/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How mail servers write Received fields. The order matters: the first form
 * that fits decides, and some would fit what others mean. Servers swap the
 * places of the HELO name and the name from DNS, or leave one out, so that each
 * has to be known.
 */
#include "mail/received_line.h"

#define ANYWHERE (1u << 0)  /* not only at the start */
#define LOOKED_UP (1u << 1) /* the server asks DNS for the client's name */
#define SKIP (1u << 2)
#define FETCHED (1u << 3)
#define HELO_IN_SUB (1u << 4)  /* "helo=x ident=y" in brackets */
#define IDENT_IN_NAME (1u << 5) /* user@ in front of the name from DNS */
#define WHOLE_BY (1u << 6)  /* by goes on to the next blank */
#define NO_ID (1u << 7)
#define NO_HELO (1u << 8)   /* what "helo=" says elsewhere does not count */
#define AT_IDENT (1u << 9)  /* no ident is the empty one */
#define SOFT_DNS (1u << 10) /* courier's way to say that it did not look up */
#define UNKNOWN (1u << 11)  /* or obtuse smtpd's */
#define XMAIL (1u << 12)
#define HOTMAIL (1u << 13)
#define QMAIL (1u << 14)
#define EXIM (1u << 15)
#define SCANNER (1u << 16)
#define DOTTED (1u << 17) /* the name from DNS has a dot inside */

/* Products that are known by a word; others do not try their forms. */
enum received_product {
	ALL,
	SMTPSVC,
	EXCHANGE,
	XMAIL_SERVER,
	ECELERITY,
	EXIM_SERVER,
	POSTFIX,
	SCALIX,
	DOMINO,
	NOT_QMAIL,
};

struct received_form {
	enum received_product product;
	unsigned flags;
	const char *hint; /* must be somewhere; NULL: nothing */
	const char *form;
};

#define V4_PORT ":%{w,1,0,0-9}"

static const struct received_form received_from[] = {
	{ ALL, ANYWHERE, " (SquirrelMail authenticated user ",
	  "%i%!%{w,1,1,^.-}%{w,9,79,^}by %b with HTTP" },
	{ ALL, ANYWHERE, " (NaSMail authenticated user ",
	  "%i%!%{w,1,1,^.-}%{w,9,79,^}by %b with HTTP" },
	{ ALL, ANYWHERE, "aol.com", "%i by %b (%I) with HTTP (WebMailUI)" },
	{ SMTPSVC, 0, NULL,
	  "%H ([%i]%{w,0,40,^)}) by %b with Microsoft SMTPSVC" },
	{ SMTPSVC, SKIP, NULL,
	  "mail pickup service by %w with Microsoft SMTPSVC%$" },
	{ EXCHANGE, NO_ID, NULL,
	  "%h (%([%)%i%(%%%{w,0,0,A-Z0-9._~-}%)%(]%)) by %b " },
	{ XMAIL_SERVER, XMAIL, NULL,
	  "%h (%([%)%i%(]%)" V4_PORT ") by %b%( (%w)%) with [XMail" },
	{ ECELERITY, 0, NULL, "([%i" V4_PORT "] helo=%h) by %b " },
	{ ECELERITY, 0, NULL, "%w ([%i" V4_PORT "]) by %b " },
	{ EXIM_SERVER, SKIP | ANYWHERE, "with local",
	  "%!with local%(-%w%) " },
	{ EXIM_SERVER, HELO_IN_SUB, NULL, "[%i] (%<s) by %b " },
	{ EXIM_SERVER, HELO_IN_SUB, NULL, "%f ([%i]%<s) by %b " },
	{ EXIM_SERVER, 0, NULL, "%f [%i]%(" V4_PORT "%) by %b " },
	{ EXIM_SERVER, EXIM, NULL, "" },
	{ POSTFIX, LOOKED_UP, NULL, "%h (%r [%i]) by %b " },
	{ POSTFIX, LOOKED_UP, NULL, "%h (%r[%i]) by %b " },
	{ SCALIX, 0, NULL, "%h (%( %)%i) by %b" },
	{ DOMINO, 0, NULL, "%h ([%i]) by %b (Lotus" },
	{ ALL, 0, "with HTTP", "%i ([%I]) by %b%>%!with HTTP%!" }, /* IMP */
	{ NOT_QMAIL, LOOKED_UP | IDENT_IN_NAME, NULL,
	  "%h (%r [%i]%>) by %b (" }, /* sendmail */
	{ ALL, LOOKED_UP, NULL, "%h (%r [%i]) by %b with %w (" },
	{ ALL, 0, NULL, "%r ([%i] helo=%h) by %b with " },
	{ ALL, 0, NULL, "%h (<unknown%W>[%i]) by %b " },
	{ ALL, LOOKED_UP | DOTTED, NULL, "%h (%r[%i]) by %b " },
	{ ALL, LOOKED_UP, NULL, "%h (%U@[%i]%>) by %b (" },
	{ ALL, ANYWHERE | WHOLE_BY | HOTMAIL, ".hotmail.msn.com ",
	  "by %b.hotmail.msn.com " },
	{ ALL, 0, NULL, "%r (%E %H) (%i) by %b (qpsmtpd/%w) with %S" },
	{ ALL, 0, NULL, "%r (LHLO %H) (%i) by %b with LMTP" }, /* Zimbra */
	{ ALL, 0, NULL, "%r (%E %H) [%i] by %b (%{w,1,0,^)}) with %S" },
	{ ALL, 0, NULL, "%h ([%i]) by %b via smtpd (for %w) with SMTP(" },
	{ ALL, QMAIL, NULL,
	  "%w%( (%E %W)%) (%(%w@%)%([%)%I%(]%))%( (envelope-sender <%w>)%) "
	  "by %w%( (%{w,1,0,^})%) with %(%* %)%Q" },
	{ ALL, 0, NULL, "[%i] by %b via HTTP%$" }, /* Yahoo */
	{ ALL, 0, NULL, "%w ( [%i])%* by %b " },
	{ ALL, 0, NULL, "(%h [%i]) by %b " },
	{ ALL, 0, NULL, "[%i] by %b " },
	{ ALL, 0, NULL, "(%([%)%i%(]%)) by %b " },
	{ ALL, LOOKED_UP, NULL, "%h [%i] by %b [%I] with " }, /* MDaemon */
	{ ALL, 0, NULL, "%h [(%i)] by %b (%I) " },
	{ ALL, LOOKED_UP, NULL, "%h ([%i]) by %b (" },
	{ ALL, LOOKED_UP | SOFT_DNS, NULL, "%h (%r [%i])%* by %b%!" },
	{ ALL, LOOKED_UP, NULL,
	  "%h ([%i%(%{w,1,1,.:}%{w,1,0,0-9}%)])%* by %b " },
	{ ALL, FETCHED | ANYWHERE, "with POP3", "with POP3" },
	{ ALL, FETCHED | ANYWHERE, "with IMAP", "with IMAP" },
	{ ALL, LOOKED_UP | AT_IDENT, NULL,
	  "%r (%E %{h,0,0,^)}) (%(%U@%)%([%)%i%(]%))%> by %b " },
	{ ALL, LOOKED_UP | AT_IDENT, NULL,
	  "%f (%(%U@%)%([%)%i%(]%))%> by %b " },
	{ ALL, LOOKED_UP, NULL, "%r(%i) by %b via smap " },
	{ ALL, LOOKED_UP, NULL, "%r(%i, %E %H) by %b via smap " },
	{ ALL, 0, NULL, "%i by %b (SMTPL%!" },
	{ ALL, 0, NULL, "%i by %b (InterScan%!" },
	{ ALL, SKIP, NULL, "%w by %w with BSMTP" },
	{ ALL, LOOKED_UP, NULL, "%r (%E %H) (%(%u@%)%i%*) by %b with " },
	{ ALL, LOOKED_UP, NULL, "%h (%r [%i]) by %b with " },
	{ ALL, 0, NULL, "[%i] (%(account %w %)%E %H) by %b (" },
	{ ALL, LOOKED_UP, " (CommuniGate Pro", "%f ([%i] verified) by %b (" },
	{ ALL, SKIP, NULL, "%w (%w) by %w (Content Technologies " },
	{ ALL, 0, NULL, "%h ([%i] [%w]) by %b with " },
	{ ALL, 0, NULL, "%i by %b with " },
	{ ALL, LOOKED_UP, NULL, "%h (%r[%i]) by %b " },
	{ ALL, 0, NULL, "[%i]%w (%E %H) by %b " }, /* F-Secure */
	{ ALL, 0, NULL, "%i (%E %H) by %b " },
	{ ALL, 0, NULL, "%h [%i] by %b " }, /* SMTPD32 */
	{ ALL, 0, NULL, "%r(%i) by %b " },
	{ ALL, 0, NULL, "%i (%{w,1,1,A-Za-z}%{w,1,0,^)}) by %b with " },
	{ ALL, HELO_IN_SUB, NULL, "[%i] (%{s,1,0,^)}) by %b " },
	{ ALL, NO_HELO | UNKNOWN, NULL,
	  "%r(%i)%(, claiming to be \"%h\"%) via %w by %b," },
	{ ALL, WHOLE_BY, NULL,
	  "%h (%w@%i with login) by %b.yahoo.com with SMTP" },
	{ ALL, 0, NULL, "X-Originating-IP: %i%$" },
	/* Hand-overs on one host, or from a program. */
	{ ALL, SKIP, NULL, "%w (%{w,1,0,^ @}@%L) by %w (" },
	{ ALL, SKIP, NULL, "%w %w by %w with local-%(e%)smtp " },
	{ ALL, SKIP, NULL, "127.0.0.1 (AVG SMTP %w [%w])" },
	{ ALL, SKIP, NULL, "%w@%w by %w " },
	{ ALL, SKIP, NULL, "Unknown/Local (" },
	{ ALL, SKIP, NULL, "%L (%(%w@%)%L%{w,1,1,)[}" },
	{ ALL, SKIP, NULL, "%w (%(%w@%)%L) " },
	{ ALL, SKIP, NULL, "%w (%w@%w [%L]) " },
	{ ALL, SKIP, NULL, "(AUTH: %w) by %w with " },
	{ ALL, SKIP, NULL, "localhost (localhost [[UNIX: localhost]]) by " },
	{ ALL, SKIP, NULL, "%{w,1,0,^.} by %w with Novell_GroupWise" },
	{ ALL, SKIP | SCANNER, NULL,
	  "%w by %w (%{w,0,100,^}) with qmail-scanner" },
	{ ALL, SKIP, NULL,
	  "%w ([unix socket]) by %w (Cyrus v%{w,0,0,0-9}.%{w,0,0,0-9}."
	  "%{w,0,0,0-9}) with LMTPA" },
	/* From another host, but without its address. */
	{ ALL, SKIP, NULL, "%w by %w with" },
	{ ALL, SKIP, NULL, "%w by %w via" },
	{ ALL, SKIP, NULL, "%w by %w for" },
	{ ALL, SKIP, NULL, "%w by %w (" },
	{ ALL, SKIP, NULL, "%w with %w by%!" },
	{ ALL, SKIP, NULL, "%w via %w by%!" },
	{ ALL, SKIP, NULL, "%w for %w by%!" },
	{ ALL, SKIP, NULL, "%w (unverified) by%!" },
	{ ALL, SKIP, NULL, "%w (unknown) by %w (SG) with %!" },
	{ ALL, SKIP, NULL, "%w (%w [local]) by %w (OpenSMTPD) with %!" },
	{ ALL, SKIP | ANYWHERE, "(LSMTP for", "(LSMTP for" },
	{ ALL, SKIP, NULL, "([%L]) with MailEnable " },
	{ ALL, SKIP, NULL,
	  "facebook.com (%{w,1,0,^)}) by facebook.com with Thrift id %w%$" },
	{ ALL, SKIP, NULL,
	  "%w named %w by gmailapi.google.com with HTTPREST%$" },
	{ ALL, SKIP, NULL, "%w id %w%$" },
	{ ALL, SKIP, NULL, "[<%* (Jetsend" },
	{ ALL, 0, NULL, NULL },
};

/* simta and Rockliffe write their words in upper case. */
static const char received_upper[] =
	"%h (%r [%i]) BY %b %((%{w,1,0,^)}) WITH SMTP %)ID %(<%)%{n,1,0,^ >}"
	"%(>%)%( FOR <%{w,1,0,^>}>%)%$";

static const struct received_form received_bracket[] = {
	{ ALL, 0, NULL, "%H [%i]) by %b (NAVGW %*) with " },
	{ ALL, SKIP, NULL, "%w@localhost) by %w " },
	{ ALL, SKIP, NULL,
	  "%{w,1,0,^ @}@%{w,1,0,^)}) by %w(jqueuemail) id %{w,1,0,^ ;}" },
	{ ALL, 0, NULL, NULL },
};

/* qmail and its many patches; the last one: no more is known. */
static const char *const received_qmail[] = {
	"%r (%E %{h,0,0,^ ()}) (%U@%([%)%i%(]%))"
	"%( (envelope-sender <%w>)%) by %b",
	"%r (%E %{h,0,0,^ ()}) (%([%)%i%(]%))"
	"%( (envelope-sender <%w>)%) by %b",
	"%f (%U@%([%)%i%(]%))%( (envelope-sender <%w>)%) by %b",
	"%f (%([%)%i%(]%))%( (envelope-sender <%w>)%) by %b",
	NULL,
};

static bool
forms_have(const struct form *form, const char *needle)
{
	return slice_search(form->text, 0, slice_of(needle)) < form->text.len;
}

static bool
forms_is_exchange(struct form *form)
{
#define VERSION "%{w,1,0,0-9}.%{w,1,0,0-9}.%{w,1,0,0-9}.%{w,1,0,0-9}%/"
	return (forms_have(form, " with Microsoft SMTP Server ") ||
		forms_have(form, " with mapi id ")) &&
	       (form_search(form, " with Microsoft SMTP Server "
				  "%((%{w,1,0,^)}) %)" VERSION) ||
		form_search(form, " with mapi id %((%{w,1,0,^)}) %)" VERSION));
#undef VERSION
}

static enum received_product
forms_product(struct form *form)
{
	static const struct {
		const char *word;
		enum received_product product;
	} words[] = {
		{ "[XMail ", XMAIL_SERVER },
		{ "Exim", EXIM_SERVER },
		{ " (Postfix) with", POSTFIX },
		{ "(Scalix SMTP Relay", SCALIX },
		{ " (Lotus Domino ", DOMINO },
	};

	if (forms_have(form, " SMTPSVC"))
		return SMTPSVC;
	if (forms_is_exchange(form))
		return EXCHANGE;
	if (!forms_have(form, "[XMail ") && forms_have(form, "(ecelerity") &&
	    form_search(form, "(ecelerity%!"))
		return ECELERITY;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (forms_have(form, words[i].word))
			return words[i].product;
	return ALL;
}

/* Fields of the match that took part replace what is known so far. */
static void
forms_take(const struct form *form, struct received_line *line)
{
	struct slice *fields[FORM_FIELDS] = {
		[FORM_HELO] = &line->helo,   [FORM_RDNS] = &line->rdns,
		[FORM_BY] = &line->by,	     [FORM_IP] = &line->ip,
		[FORM_IDENT] = &line->ident, [FORM_ENVFROM] = &line->envfrom,
		[FORM_ID] = &line->id,
	};

	for (size_t i = 0; i < FORM_FIELDS; i++)
		if (fields[i] != NULL && form->fields[i].data != NULL)
			*fields[i] = form->fields[i];
}

static bool
forms_sub_ident(struct received_line *line, struct slice sub)
{
	struct form form = form_new(sub);

	if (!form_search(&form, "ident=%U"))
		return false;
	line->ident = form.fields[FORM_IDENT];
	return true;
}

/* "helo=x" and "ident=y" out of what Exim puts in brackets. */
static void
forms_sub(struct received_line *line, struct slice sub)
{
	struct form form = form_new(sub);
	struct slice helo;
	size_t at;

	if (!form_search(&form, "helo=%h")) {
		forms_sub_ident(line, sub);
		return;
	}
	line->helo = helo = form.fields[FORM_HELO];
	at = (size_t)(helo.data - sub.data);
	/* "ident=" may be part of the name, but then it is no ident. */
	if (!forms_sub_ident(line, slice_cut(sub, 0, at - 5)))
		forms_sub_ident(line, slice_from(sub, at + helo.len));
}

/* Exim lets admins write the field as they like; a few bits are enough. */
static bool
forms_exim(struct form *form, struct received_line *line)
{
	if (form_match(form, "%r ", 0))
		forms_take(form, line);
	if (form_search(form, " (%h) "))
		forms_take(form, line);
	if (form_search(form, " [%i%(.%{w,1,0,0-9}%)] "))
		forms_take(form, line);
	if (!form_search(form, "by %b "))
		return false;
	forms_take(form, line);
	return line->ip.len > 0;
}

static void
forms_xmail(struct form *form, struct received_line *line)
{
	if (form_search(form, " id <%n>"))
		forms_take(form, line);
	if (form_search(form, " from <%e>"))
		forms_take(form, line);
}

static void
forms_qmail(struct form *form, struct received_line *line)
{
	for (size_t i = 0; received_qmail[i] != NULL; i++) {
		if (!form_match(form, received_qmail[i], 0))
			continue;
		forms_take(form, line);
		break;
	}
	line->looked_up = !slice_is(line->rdns, "unknown");
	if (!line->looked_up)
		line->rdns = SLICE("");
}

/* "IDENT:user@host", "user@host": sendmail asked for the user. */
static void
forms_split_ident(struct received_line *line)
{
	size_t at = slice_find(line->rdns, 0, '@');

	if (slice_starts(line->rdns, "IDENT:") && at < line->rdns.len) {
		line->ident = slice_cut(line->rdns, 6, at);
		line->rdns = slice_from(line->rdns, at + 1);
		at = slice_find(line->rdns, 0, '@');
	}
	if (at < line->rdns.len) {
		line->ident = slice_cut(line->rdns, 0, at);
		line->rdns = slice_from(line->rdns, at + 1);
	}
}

static void
forms_whole_by(const struct form *form, struct received_line *line)
{
	size_t at = (size_t)(line->by.data - form->text.data);

	line->by = slice_cut(form->text, at,
			     slice_find(form->text, at, ' '));
}

/* What a form says beside its fields. False: it does not fit after all. */
static bool
forms_special(struct form *form, const struct received_form *row,
	      struct received_line *line)
{
	if (row->flags & HELO_IN_SUB)
		forms_sub(line, form->fields[FORM_SUB]);
	if (row->flags & WHOLE_BY)
		forms_whole_by(form, line);
	if (row->flags & IDENT_IN_NAME)
		forms_split_ident(line);
	if (row->flags & AT_IDENT && form->fields[FORM_IDENT].data == NULL)
		line->ident = SLICE("");
	if (row->flags & NO_ID)
		line->id = SLICE("");
	if (row->flags & NO_HELO && form->fields[FORM_HELO].data == NULL)
		line->helo = SLICE("");
	if (row->flags & SOFT_DNS && slice_is(line->rdns, "softdnserr")) {
		line->looked_up = false;
		line->rdns = SLICE("");
	}
	if (row->flags & UNKNOWN)
		line->looked_up = !slice_is(line->rdns, "UNKNOWN");
	if (row->flags & XMAIL)
		forms_xmail(form, line);
	if (row->flags & HOTMAIL && form_match(form, "%i ", 0))
		forms_take(form, line);
	if (row->flags & QMAIL)
		forms_qmail(form, line);
	if (row->flags & EXIM)
		return forms_exim(form, line);
	return true;
}

static bool
forms_is_dotted(const struct form *form)
{
	struct slice name = form->fields[FORM_RDNS];

	return name.len > 2 && slice_find(name, 1, '.') < name.len - 1;
}

static enum received_kind
forms_row(struct form *form, const struct received_form *row,
	  struct received_line *line)
{
	if (row->hint != NULL && !forms_have(form, row->hint))
		return RECEIVED_UNKNOWN;
	if (!(row->flags & ANYWHERE ? form_search(form, row->form)
				    : form_match(form, row->form, 0)))
		return RECEIVED_UNKNOWN;
	if (row->flags & DOTTED && !forms_is_dotted(form))
		return RECEIVED_UNKNOWN;
	if (row->flags & SCANNER)
		line->scanner_from = line->envfrom;
	if (row->flags & SKIP)
		return RECEIVED_SKIPPED;
	if (row->flags & FETCHED)
		return RECEIVED_FETCHED;
	if (row->flags & LOOKED_UP)
		line->looked_up = true;
	forms_take(form, line);
	return forms_special(form, row, line) ? RECEIVED_RELAY
					      : RECEIVED_UNKNOWN;
}

static enum received_kind
forms_rows(struct form *form, const struct received_form *rows,
	   struct received_line *line)
{
	enum received_product product = forms_product(form);
	bool qmail = forms_have(form, " (qmail-") &&
		     form_search(form, " by %w (qmail-%w) with ");
	enum received_kind kind;

	for (; rows->form != NULL; rows++) {
		if (rows->product != ALL && rows->product != product &&
		    (rows->product != NOT_QMAIL || qmail))
			continue;
		kind = forms_row(form, rows, line);
		if (kind != RECEIVED_UNKNOWN)
			return kind;
	}
	return RECEIVED_UNKNOWN;
}

enum received_kind
received_forms(struct form *form, struct received_line *line)
{
	enum received_kind kind = forms_rows(form, received_from, line);

	/* The first word is what the client called itself, most likely. */
	if (kind == RECEIVED_UNKNOWN &&
	    (line->helo.len == 0 || slice_is(line->helo, "0")) &&
	    form_match(form, "%h%{w,1,1,^-A-Za-z0-9.}", 0))
		forms_take(form, line);
	return kind;
}

enum received_kind
received_forms_upper(struct form *form, struct received_line *line)
{
	if (!form_match(form, received_upper, 0))
		return RECEIVED_UNKNOWN;
	forms_take(form, line);
	line->looked_up = true;
	if (slice_is(line->rdns, "unverified"))
		line->rdns = SLICE("");
	return RECEIVED_RELAY;
}

enum received_kind
received_forms_bracket(struct form *form, struct received_line *line)
{
	return forms_rows(form, received_bracket, line);
}
