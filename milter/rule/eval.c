/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All plugins that rule files may name, and where their evals are.
 */
#include "rule/eval.h"

#include <string.h>

#include "rule/eval_tables.h"

const struct eval_plugin eval_plugins[] = {
	/* name, evals that run, evals that do not */
	{ "ASN", NULL, missing_asn },
	{ "AWL", NULL, missing_awl },
	{ "AccessDB", NULL, missing_accessdb },
	{ "AntiVirus", NULL, missing_antivirus },
	{ "AskDNS", NULL, NULL },
	{ "AuthRes", NULL, missing_authres },
	{ "AutoLearnThreshold", NULL, NULL },
	{ "Bayes", NULL, missing_bayes },
	{ "BodyEval", evals_bodyeval, missing_bodyeval },
	{ "Check", NULL, NULL },
	{ "DCC", NULL, missing_dcc },
	{ "DKIM", evals_dkim, missing_dkim },
	{ "DMARC", NULL, missing_dmarc },
	{ "DNSEval", NULL, missing_dnseval },
	{ "DecodeShortURLs", NULL, missing_decodeshorturls },
	{ "FreeMail", evals_freemail, NULL },
	{ "FromNameSpoof", NULL, missing_fromnamespoof },
	{ "HTMLEval", evals_htmleval, NULL },
	{ "HTTPSMismatch", evals_httpsmismatch, NULL },
	{ "HashBL", NULL, missing_hashbl },
	{ "HeaderEval", evals_headereval, missing_headereval },
	{ "HeaderEval", evals_headereval_date, NULL },
	{ "HeaderEval", evals_headereval_forged, NULL },
	{ "HeaderEval", evals_headereval_recipients, NULL },
	{ "HeaderEval", evals_headereval_subject, NULL },
	{ "ImageInfo", evals_imageinfo, missing_imageinfo },
	{ "Ispfilter", evals_findings, NULL },
	{ "MIMEEval", evals_mimeeval, NULL },
	{ "MIMEHeader", NULL, NULL },
	{ "OLEVBMacro", NULL, missing_olevbmacro },
	{ "PDFInfo", NULL, missing_pdfinfo },
	{ "Phishing", NULL, missing_phishing },
	{ "Pyzor", NULL, missing_pyzor },
	{ "Razor2", NULL, missing_razor2 },
	{ "RelayEval", evals_relayeval, missing_relayeval },
	{ "ReplaceTags", NULL, NULL },
	{ "Reuse", NULL, NULL },
	{ "SPF", NULL, missing_spf },
	{ "Shortcircuit", evals_shortcircuit, NULL },
	{ "SpamCop", NULL, NULL },
	{ "TextCat", NULL, missing_textcat },
	{ "TxRep", NULL, missing_txrep },
	{ "URIDNSBL", NULL, missing_uridnsbl },
	{ "URIDetail", NULL, missing_uridetail },
	{ "URIEval", evals_urieval, missing_urieval },
	{ "URILocalBL", NULL, missing_urilocalbl },
	{ "VBounce", evals_vbounce, NULL },
	{ "WLBLEval", evals_wlbleval, NULL },
	{ "WelcomeListSubject", evals_welcomelistsubject, NULL },
	{ NULL, NULL, NULL },
};

static const struct eval *
eval_search(const struct eval *table, const char *name)
{
	for (; table != NULL && table->name != NULL; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
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
