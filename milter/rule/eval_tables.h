/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RULE_EVAL_TABLES_H
#define RULE_EVAL_TABLES_H

/*
 * The tables of evals, each in the eval_*.c of its plugin; those that do not
 * run stand in eval_missing.c. All end with name NULL.
 */

#include "rule/eval.h"

extern const struct eval evals_shortcircuit[];
extern const struct eval evals_adsp[];
extern const struct eval evals_dkim[];
extern const struct eval evals_asn[];
extern const struct eval evals_dmarc[];
extern const struct eval evals_dnseval[];
extern const struct eval evals_hashbl[];
extern const struct eval evals_uridnsbl[];
extern const struct eval evals_findings[];
extern const struct eval evals_freemail[];
extern const struct eval evals_headereval[];
extern const struct eval evals_headereval_date[];
extern const struct eval evals_headereval_forged[];
extern const struct eval evals_headereval_recipients[];
extern const struct eval evals_headereval_subject[];
extern const struct eval evals_relayeval[];
extern const struct eval evals_spf[];
extern const struct eval evals_urieval[];
extern const struct eval evals_vbounce[];
extern const struct eval evals_welcomelistsubject[];
extern const struct eval evals_wlbleval[];
extern const struct eval evals_bodyeval[];
extern const struct eval evals_bodyeval_stock[];
extern const struct eval evals_htmleval[];
extern const struct eval evals_httpsmismatch[];
extern const struct eval evals_imageinfo[];
extern const struct eval evals_mimeeval[];

extern const struct eval missing_awl[];
extern const struct eval missing_accessdb[];
extern const struct eval missing_antivirus[];
extern const struct eval missing_authres[];
extern const struct eval missing_bayes[];
extern const struct eval missing_dcc[];
extern const struct eval missing_dnseval[];
extern const struct eval missing_decodeshorturls[];
extern const struct eval missing_fromnamespoof[];
extern const struct eval missing_hashbl[];
extern const struct eval missing_olevbmacro[];
extern const struct eval missing_pdfinfo[];
extern const struct eval missing_phishing[];
extern const struct eval missing_pyzor[];
extern const struct eval missing_razor2[];
extern const struct eval missing_textcat[];
extern const struct eval missing_txrep[];
extern const struct eval missing_uridetail[];
extern const struct eval missing_urilocalbl[];

#endif
