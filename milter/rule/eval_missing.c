/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evals of SpamAssassin's stock plugins that do not run here, and why. One that
 * is written moves to the eval_*.c of its plugin, whose table is searched
 * first.
 */
#include "rule/eval_tables.h"

#define EVAL_NETWORK "needs the network"
#define EVAL_LEARNED "needs learned data"
#define EVAL_DATABASE "needs a database of its own"
#define EVAL_TODO "not built in yet"

const struct eval missing_awl[] = {
	{ "check_from_in_auto_welcomelist", NULL, EVAL_LEARNED },
	{ "check_from_in_auto_whitelist", NULL, EVAL_LEARNED },
	{ NULL, NULL, NULL },
};

const struct eval missing_accessdb[] = {
	{ "check_access_database", NULL, EVAL_DATABASE },
	{ NULL, NULL, NULL },
};

const struct eval missing_antivirus[] = {
	{ "check_microsoft_executable", NULL, EVAL_TODO },
	{ "check_suspect_name", NULL, EVAL_TODO },
	{ NULL, NULL, NULL },
};

const struct eval missing_authres[] = {
	{ "check_authres_result", NULL, EVAL_TODO },
	{ NULL, NULL, NULL },
};

const struct eval missing_bayes[] = {
	{ "check_bayes", NULL, EVAL_LEARNED },
	{ NULL, NULL, NULL },
};

const struct eval missing_dcc[] = {
	{ "check_dcc", NULL, EVAL_NETWORK },
	{ "check_dcc_reputation_range", NULL, EVAL_NETWORK },
	{ NULL, NULL, NULL },
};

const struct eval missing_dnseval[] = {
	/* SpamAssassin's looks for name servers where answers have none. */
	{ "check_rbl_ns_from", NULL, EVAL_TODO },
	{ NULL, NULL, NULL },
};

const struct eval missing_decodeshorturls[] = {
	{ "short_url", NULL, EVAL_NETWORK },
	{ "short_url_redir", NULL, EVAL_NETWORK },
	{ "short_url_200", NULL, EVAL_NETWORK },
	{ "short_url_404", NULL, EVAL_NETWORK },
	{ "short_url_code", NULL, EVAL_NETWORK },
	{ "short_url_chained", NULL, EVAL_NETWORK },
	{ "short_url_maxchain", NULL, EVAL_NETWORK },
	{ "short_url_loop", NULL, EVAL_NETWORK },
	{ "short_url_tests", NULL, EVAL_NETWORK },
	{ NULL, NULL, NULL },
};

const struct eval missing_fromnamespoof[] = {
	{ "check_fromname_spoof", NULL, EVAL_TODO },
	{ "check_fromname_different", NULL, EVAL_TODO },
	{ "check_fromname_domain_differ", NULL, EVAL_TODO },
	{ "check_fromname_contains_email", NULL, EVAL_TODO },
	{ "check_fromname_equals_to", NULL, EVAL_TODO },
	{ "check_fromname_owners_differ", NULL, EVAL_TODO },
	{ "check_fromname_equals_replyto", NULL, EVAL_TODO },
	{ NULL, NULL, NULL },
};

const struct eval missing_hashbl[] = {
	{ "check_hashbl_attachments", NULL, EVAL_NETWORK },
	{ "check_hashbl_emails", NULL, EVAL_NETWORK },
	{ "check_hashbl_tag", NULL, EVAL_NETWORK },
	{ "check_hashbl_uris", NULL, EVAL_NETWORK },
	{ NULL, NULL, NULL },
};

const struct eval missing_olevbmacro[] = {
	{ "check_olemacro", NULL, EVAL_TODO },
	{ "check_oleobject", NULL, EVAL_TODO },
	{ "check_olertfobject", NULL, EVAL_TODO },
	{ "check_olemacro_csv", NULL, EVAL_TODO },
	{ "check_olemacro_malice", NULL, EVAL_TODO },
	{ "check_olemacro_renamed", NULL, EVAL_TODO },
	{ "check_olemacro_encrypted", NULL, EVAL_TODO },
	{ "check_olemacro_zip_password", NULL, EVAL_TODO },
	{ "check_olemacro_download_exe", NULL, EVAL_TODO },
	{ "check_olemacro_redirect_uri", NULL, EVAL_TODO },
	{ "check_olemacro_mhtml_uri", NULL, EVAL_TODO },
	{ NULL, NULL, NULL },
};

const struct eval missing_pdfinfo[] = {
	{ "pdf_count", NULL, EVAL_TODO },
	{ "pdf_image_count", NULL, EVAL_TODO },
	{ "pdf_pixel_coverage", NULL, EVAL_TODO },
	{ "pdf_image_size_exact", NULL, EVAL_TODO },
	{ "pdf_image_size_range", NULL, EVAL_TODO },
	{ "pdf_named", NULL, EVAL_TODO },
	{ "pdf_name_regex", NULL, EVAL_TODO },
	{ "pdf_image_to_text_ratio", NULL, EVAL_TODO },
	{ "pdf_match_md5", NULL, EVAL_TODO },
	{ "pdf_match_fuzzy_md5", NULL, EVAL_TODO },
	{ "pdf_match_details", NULL, EVAL_TODO },
	{ "pdf_is_encrypted", NULL, EVAL_TODO },
	{ "pdf_is_empty_body", NULL, EVAL_TODO },
	{ NULL, NULL, NULL },
};

const struct eval missing_phishing[] = {
	{ "check_phishing", NULL, EVAL_TODO },
	{ NULL, NULL, NULL },
};

const struct eval missing_pyzor[] = {
	{ "check_pyzor", NULL, EVAL_NETWORK },
	{ NULL, NULL, NULL },
};

const struct eval missing_razor2[] = {
	{ "check_razor2", NULL, EVAL_NETWORK },
	{ "check_razor2_range", NULL, EVAL_NETWORK },
	{ NULL, NULL, NULL },
};

const struct eval missing_textcat[] = {
	{ "check_language", NULL, EVAL_TODO },
	{ "check_body_8bits", NULL, EVAL_TODO },
	{ NULL, NULL, NULL },
};

const struct eval missing_txrep[] = {
	{ "check_senders_reputation", NULL, EVAL_LEARNED },
	{ NULL, NULL, NULL },
};

const struct eval missing_uridetail[] = {
	{ "check_uri_detail", NULL, EVAL_TODO },
	{ NULL, NULL, NULL },
};

const struct eval missing_urilocalbl[] = {
	{ "check_uri_local_bl", NULL, EVAL_NETWORK },
	{ NULL, NULL, NULL },
};

