/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All plugins that rule files may name, and where their evals are.
 */
#include "rule/eval.h"

#include <string.h>

#include "rule/check_private.h"
#include "rule/eval_tables.h"
#include "rule/pattern.h"

/* check_for_http_redirector() */
#define EVAL_REDIRECTOR "^https?://([^/:?]+).+?(https?:/{0,2}?([^/:?]+).*)$"
/* check_for_from_domain_in_received_headers() */
#define EVAL_OWN_HOSTS " rdns=\\S*\\b%s [^\\]]*by=\\S*\\b%s "

const struct eval_plugin eval_plugins[] = {
	/* name, evals that run, that do not, type of their rules */
	{ "ASN", evals_asn, NULL, RULE_HEADER_EVAL },
	{ "AWL", NULL, missing_awl, 0 },
	{ "AccessDB", NULL, missing_accessdb, 0 },
	{ "AntiVirus", NULL, missing_antivirus, 0 },
	{ "AskDNS", NULL, NULL, 0 },
	{ "AuthRes", NULL, missing_authres, 0 },
	{ "AutoLearnThreshold", NULL, NULL, 0 },
	{ "Bayes", NULL, missing_bayes, 0 },
	{ "BodyEval", evals_bodyeval, NULL, RULE_BODY_EVAL },
	{ "BodyEval", evals_bodyeval_stock, NULL, RULE_BODY_EVAL },
	{ "Check", NULL, NULL, 0 },
	{ "DCC", NULL, missing_dcc, 0 },
	{ "DKIM", evals_adsp, NULL, 0 },
	{ "DKIM", evals_dkim, NULL, 0 },
	{ "DMARC", evals_dmarc, NULL, 0 },
	{ "DNSEval", evals_dnseval, missing_dnseval, RULE_RBL },
	{ "DecodeShortURLs", NULL, missing_decodeshorturls, 0 },
	{ "FreeMail", evals_freemail, NULL, RULE_HEADER_EVAL },
	{ "FromNameSpoof", NULL, missing_fromnamespoof, 0 },
	{ "HTMLEval", evals_htmleval, NULL, RULE_BODY_EVAL },
	{ "HTTPSMismatch", evals_httpsmismatch, NULL, RULE_BODY_EVAL },
	{ "HashBL", evals_hashbl, missing_hashbl, 0 },
	{ "HeaderEval", evals_headereval, NULL, RULE_HEADER_EVAL },
	{ "HeaderEval", evals_headereval_date, NULL, RULE_HEADER_EVAL },
	{ "HeaderEval", evals_headereval_forged, NULL, RULE_HEADER_EVAL },
	{ "HeaderEval", evals_headereval_recipients, NULL, RULE_HEADER_EVAL },
	{ "HeaderEval", evals_headereval_subject, NULL, RULE_HEADER_EVAL },
	{ "ImageInfo", evals_imageinfo, NULL, RULE_BODY_EVAL },
	{ "Ispfilter", evals_findings, NULL, 0 },
	{ "MIMEEval", evals_mimeeval, NULL, RULE_BODY_EVAL },
	{ "MIMEHeader", NULL, NULL, 0 },
	{ "OLEVBMacro", NULL, missing_olevbmacro, 0 },
	{ "PDFInfo", NULL, missing_pdfinfo, 0 },
	{ "Phishing", NULL, missing_phishing, 0 },
	{ "Pyzor", NULL, missing_pyzor, 0 },
	{ "Razor2", NULL, missing_razor2, 0 },
	{ "RelayEval", evals_relayeval, NULL, 0 },
	{ "ReplaceTags", NULL, NULL, 0 },
	{ "Reuse", NULL, NULL, 0 },
	{ "SPF", evals_spf, NULL, 0 },
	{ "Shortcircuit", evals_shortcircuit, NULL, 0 },
	{ "SpamCop", NULL, NULL, 0 },
	{ "TextCat", NULL, missing_textcat, 0 },
	{ "TxRep", NULL, missing_txrep, 0 },
	{ "URIDNSBL", evals_uridnsbl, NULL, 0 },
	{ "URIDetail", NULL, missing_uridetail, 0 },
	{ "URIEval", evals_urieval, NULL, 0 },
	{ "URILocalBL", NULL, missing_urilocalbl, 0 },
	{ "VBounce", evals_vbounce, NULL, 0 },
	{ "WLBLEval", evals_wlbleval, NULL, RULE_HEADER_EVAL },
	{ "WelcomeListSubject", evals_welcomelistsubject, NULL,
	  RULE_HEADER_EVAL },
	{ NULL, NULL, NULL, 0 },
};

static const struct eval *
eval_search(const struct eval *table, const char *name)
{
	for (; table != NULL && table->name != NULL; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}

/* Evals that match a regex: that of an argument, without delimiters, or else
 * one that is the same for all, %s in it standing for the first argument. */
static const struct {
	const char *name;
	size_t argument;
	const char *pattern, *modifiers;
} eval_regexes[] = {
	{ "html_text_match", 1, NULL, "" },
	{ "html_text_not_match", 1, NULL, "" },
	{ "check_freemail_from", 0, NULL, "" },
	{ "check_freemail_header", 1, NULL, "" },
	{ "check_freemail_body", 0, NULL, "" },
	{ "image_name_regex", 0, NULL, "" },
	{ "check_hashbl_bodyre", 2, NULL, "" },
	{ "check_for_http_redirector", 0, EVAL_REDIRECTOR, "i" },
	{ "check_for_from_domain_in_received_headers", 0, EVAL_OWN_HOSTS, "" },
};

/* The pattern with the first argument filled in, as it is. */
static char *
eval_pattern(struct rule *rule, const char *pattern)
{
	struct buf out = BUF(rule);

	for (; *pattern != '\0'; pattern++) {
		if (pattern[0] == '%' && pattern[1] == 's') {
			buf_text(&out, rule->args[0]);
			pattern++;
		} else {
			buf_char(&out, *pattern);
		}
	}
	return out.data;
}

int
eval_prepare(struct rule *rule, unsigned flags, struct err *err)
{
	const size_t count = sizeof(eval_regexes) / sizeof(*eval_regexes);
	const char *pattern;
	size_t i = 0;

	while (i < count && strcmp(eval_regexes[i].name, rule->function) != 0)
		i++;
	if (i == count)
		return 0;
	pattern = eval_regexes[i].pattern;
	if (pattern == NULL || strstr(pattern, "%s") != NULL) {
		if (eval_regexes[i].argument >= rule->arg_count)
			return 0;
		pattern = pattern == NULL
				  ? rule->args[eval_regexes[i].argument]
				  : eval_pattern(rule, pattern);
	}
	rule->regex = pattern_compile(rule, pattern, eval_regexes[i].modifiers,
				      flags, err);
	return rule->regex == NULL ? -1 : 0;
}

/* Evals of another type than the others of their plugin. */
static const struct {
	const char *name;
	enum rule_type type;
} eval_types[] = {
	{ "check_msg_parse_flags", 0 },
	{ "check_dkim_dependable", RULE_FULL_EVAL },
	{ "check_for_from_domain_in_received_headers", RULE_HEADER_EVAL },
	{ "check_uri_host_in_blocklist", 0 },
	{ "check_uri_host_in_blacklist", 0 },
	{ "check_uri_host_in_welcomelist", 0 },
	{ "check_uri_host_in_whitelist", 0 },
};

static enum rule_type
eval_type(const char *name)
{
	for (size_t i = 0; i < sizeof(eval_types) / sizeof(*eval_types); i++)
		if (strcmp(eval_types[i].name, name) == 0)
			return eval_types[i].type;
	for (const struct eval_plugin *at = eval_plugins; at->name != NULL;
	     at++)
		if (eval_search(at->evals, name) != NULL)
			return at->type;
	return 0;
}

const char *
eval_wrong_type(const struct rule *rule)
{
	enum rule_type type = eval_type(rule->function);

	if (type == 0 || type == rule->type ||
	    (type == RULE_BODY_EVAL && rule->type == RULE_RAWBODY_EVAL))
		return NULL;
	return rule_type_name(type);
}

bool
eval_regex_matches(struct check *check, const struct rule *rule,
		   struct slice text)
{
	return regex_match(rule->regex, check->own->scratch, text, 0) ==
	       REGEX_YES;
}

const struct eval *
eval_find(const char *name, const char **plugin)
{
	const struct eval_plugin *at;
	const struct eval *eval;

	for (at = eval_plugins; at->name != NULL; at++) {
		eval = eval_search(at->evals, name);
		if (eval == NULL)
			eval = eval_search(at->missing, name);
		if (eval == NULL)
			continue;
		if (plugin != NULL)
			*plugin = at->name;
		return eval;
	}
	return NULL;
}
