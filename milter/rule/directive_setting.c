/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directives with one value, which the last line decides. Values are checked
 * where they are written, so that settings_fill() can trust them. Settings of
 * plugins that do not run here are checked and kept too: nobody should have to
 * edit a rule file that SpamAssassin accepts.
 */
#include "rule/parse.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"

static void
setting_text(struct parse *parse, const struct directive *directive,
	     char *value)
{
	const char *key =
		directive->key == NULL ? directive->name : directive->key;

	if (*value == '\0')
		parse_error(parse, "%s without a value", directive->name);
	else
		setting_set(parse->ruleset, key,
			    mem_strdup(parse->ruleset, value));
}

/* [+-]digits[.digits], then for durations a unit. */
static bool
setting_is_number(const char *value, const char *units)
{
	size_t digits;

	value += *value == '+' || *value == '-';
	digits = strspn(value, "0123456789");
	if (digits == 0 || digits > 15)
		return false;
	value += digits;
	if (*value == '.')
		value += 1 + strspn(value + 1, "0123456789");
	if (*units != '\0') {
		value += strspn(value, " \t");
		if (*value != '\0' && strchr(units, *value) != NULL)
			value++;
	}
	return *value == '\0';
}

static void
setting_number(struct parse *parse, const struct directive *directive,
	       char *value)
{
	if (*value != '\0' && !setting_is_number(value, ""))
		parse_error(parse, "%s wants a number, not '%.60s'",
			    directive->name, value);
	else
		setting_text(parse, directive, value);
}

static void
setting_duration(struct parse *parse, const struct directive *directive,
		 char *value)
{
	if (*value != '\0' && !setting_is_number(value, "smhdwSMHDW"))
		parse_error(parse, "%s wants a time such as 30s, not '%.60s'",
			    directive->name, value);
	else
		setting_text(parse, directive, value);
}

static void
setting_bool(struct parse *parse, const struct directive *directive,
	     char *value)
{
	static char yes[] = "1", no[] = "0";

	if (strcasecmp(value, "yes") == 0 || strcmp(value, "1") == 0)
		setting_text(parse, directive, yes);
	else if (strcasecmp(value, "no") == 0 || strcmp(value, "0") == 0)
		setting_text(parse, directive, no);
	else
		parse_error(parse, "%s is yes or no, not '%.60s'",
			    directive->name, value);
}

/* trusted_networks, internal_networks, msa_networks */
static struct netset **
setting_netset(struct parse *parse, const struct directive *directive)
{
	return directive->number == 0 ? &parse->trusted :
	       directive->number == 1 ? &parse->internal :
					&parse->msa;
}

static void
setting_networks(struct parse *parse, const struct directive *directive,
		 char *value)
{
	struct netset **set = setting_netset(parse, directive);
	char *word;

	if (*value == '\0') {
		parse_error(parse, "%s without a network", directive->name);
		return;
	}
	if (*set == NULL) {
		*set = netset_new(parse->ruleset);
		/* This host is trusted and internal whatever is listed. */
		if (directive->number != 2) {
			netset_add(*set, "127.0.0.0/8");
			netset_add(*set, "::1");
		}
	}
	while ((word = parse_word(&value)) != NULL) {
		if (!netset_add(*set, word))
			parse_error(parse, "%s: '%.60s' is not a network",
				    directive->name, word);
	}
}

static void
setting_clear_networks(struct parse *parse, const struct directive *directive,
		       char *value)
{
	struct netset **set = setting_netset(parse, directive);

	mem_free(*set);
	*set = NULL;
}

static void
setting_clear_domains(struct parse *parse, const struct directive *directive,
		      char *value)
{
	setting_clear(parse->ruleset, "util_rb_tld");
	setting_clear(parse->ruleset, "util_rb_2tld");
	setting_clear(parse->ruleset, "util_rb_3tld");
}

static void
setting_plugin(struct parse *parse, const struct directive *directive,
	       char *value)
{
	char *name = parse_word(&value);

	if (name == NULL) {
		parse_error(parse, "%s without a plugin", directive->name);
		return;
	}
	if (parse->plugin_file == NULL) {
		parse->plugin_file = parse->file;
		parse->plugin_line = parse->line;
	}
	condition_load_plugin(parse, name);
}

static void
setting_compat(struct parse *parse, const struct directive *directive,
	       char *value)
{
	char *name = parse_word(&value);

	if (name == NULL)
		parse_error(parse, "enable_compat without a name");
	else
		names_set(parse->compat, mem_strdup(parse->mem, name), parse);
}

/* `test` lines are for SpamAssassin's own test suite. */
static void
setting_nothing(struct parse *parse, const struct directive *directive,
		char *value)
{
}

#define TEXT(name) { name, setting_text, NULL, 0 }
#define NUMBER(name) { name, setting_number, NULL, 0 }
#define BOOL(name) { name, setting_bool, NULL, 0 }
#define DURATION(name) { name, setting_duration, NULL, 0 }

const struct directive directives_setting[] = {
	NUMBER("required_score"),
	{ "required_hits", setting_number, "required_score", 0 },
	BOOL("use_bayes"),
	BOOL("use_bayes_rules"),
	BOOL("skip_rbl_checks"),
	BOOL("fold_headers"),
	BOOL("normalize_charset"),
	NUMBER("body_part_scan_size"),
	NUMBER("rawbody_part_scan_size"),
	TEXT("ok_locales"),
	TEXT("ok_languages"),
	TEXT("report_hostname"),
	TEXT("report_contact"),
	TEXT("report_charset"),
	NUMBER("report_wrap_width"),
	TEXT("envelope_sender_header"),
	BOOL("always_trust_envelope_sender"),
	NUMBER("shortcircuit_spam_score"),
	NUMBER("shortcircuit_ham_score"),
	NUMBER("shortcircuit_min_ham_score"),
	NUMBER("shortcircuit_max_spam_score"),
	{ "trusted_networks", setting_networks, NULL, 0 },
	{ "internal_networks", setting_networks, NULL, 1 },
	{ "msa_networks", setting_networks, NULL, 2 },
	{ "clear_trusted_networks", setting_clear_networks, NULL, 0 },
	{ "clear_internal_networks", setting_clear_networks, NULL, 1 },
	{ "clear_msa_networks", setting_clear_networks, NULL, 2 },
	{ "clear_util_rb", setting_clear_domains, NULL, 0 },
	{ "loadplugin", setting_plugin, NULL, 0 },
	{ "tryplugin", setting_plugin, NULL, 0 },
	{ "enable_compat", setting_compat, NULL, 0 },
	{ "test", setting_nothing, NULL, 0 },
	BOOL("allow_user_rules"),
	BOOL("ignore_always_matching_regexps"),
	BOOL("parse_dkim_uris"),
	BOOL("use_learner"),
	DURATION("time_limit"),
	TEXT("lock_method"),
	TEXT("mbox_format_from_regex"),
	TEXT("version_tag"),
	TEXT("dns_available"),
	DURATION("dns_test_interval"),
	NUMBER("dns_block_time"),
	BOOL("bayes_auto_learn"),
	NUMBER("bayes_auto_learn_threshold_nonspam"),
	NUMBER("bayes_auto_learn_threshold_spam"),
	BOOL("bayes_auto_learn_on_error"),
	NUMBER("bayes_min_ham_num"),
	NUMBER("bayes_min_spam_num"),
	BOOL("bayes_learn_during_report"),
	TEXT("bayes_sql_override_username"),
	BOOL("bayes_use_hapaxes"),
	NUMBER("bayes_journal_max_size"),
	NUMBER("bayes_expiry_max_db_size"),
	BOOL("bayes_auto_expire"),
	DURATION("bayes_token_ttl"),
	DURATION("bayes_seen_ttl"),
	BOOL("bayes_learn_to_journal"),
	NUMBER("bayes_max_token_length"),
	TEXT("bayes_path"),
	NUMBER("bayes_file_mode"),
	TEXT("bayes_store_module"),
	TEXT("bayes_sql_dsn"),
	TEXT("bayes_sql_username"),
	TEXT("bayes_sql_password"),
	BOOL("bayes_sql_username_authorized"),
	TEXT("user_scores_dsn"),
	TEXT("user_scores_sql_username"),
	TEXT("user_scores_sql_password"),
	TEXT("user_scores_sql_custom_query"),
	TEXT("user_scores_ldap_username"),
	TEXT("user_scores_ldap_password"),
	BOOL("user_scores_fallback_to_global"),
	TEXT("geodb_module"),
	TEXT("country_db_type"),
	TEXT("country_db_path"),
	TEXT("uri_country_db_path"),
	TEXT("uri_country_db_isp_path"),
	TEXT("asn_prefix"),
	BOOL("asn_use_geodb"),
	BOOL("asn_prefer_geodb"),
	BOOL("asn_use_dns"),
	TEXT("authres_networks"),
	BOOL("use_auto_welcomelist"),
	{ "use_auto_whitelist", setting_bool, "use_auto_welcomelist", 0 },
	NUMBER("auto_welcomelist_factor"),
	{ "auto_whitelist_factor", setting_number, "auto_welcomelist_factor",
	  0 },
	NUMBER("auto_welcomelist_ipv4_mask_len"),
	{ "auto_whitelist_ipv4_mask_len", setting_number,
	  "auto_welcomelist_ipv4_mask_len", 0 },
	NUMBER("auto_welcomelist_ipv6_mask_len"),
	{ "auto_whitelist_ipv6_mask_len", setting_number,
	  "auto_welcomelist_ipv6_mask_len", 0 },
	BOOL("auto_welcomelist_distinguish_signed"),
	{ "auto_whitelist_distinguish_signed", setting_bool,
	  "auto_welcomelist_distinguish_signed", 0 },
	TEXT("auto_welcomelist_factory"),
	{ "auto_whitelist_factory", setting_text, "auto_welcomelist_factory",
	  0 },
	TEXT("auto_welcomelist_path"),
	{ "auto_whitelist_path", setting_text, "auto_welcomelist_path", 0 },
	TEXT("auto_welcomelist_db_modules"),
	{ "auto_whitelist_db_modules", setting_text,
	  "auto_welcomelist_db_modules", 0 },
	NUMBER("auto_welcomelist_file_mode"),
	{ "auto_whitelist_file_mode", setting_number,
	  "auto_welcomelist_file_mode", 0 },
	TEXT("user_awl_dsn"),
	TEXT("user_awl_sql_username"),
	TEXT("user_awl_sql_password"),
	TEXT("user_awl_sql_table"),
	TEXT("user_awl_sql_override_username"),
	BOOL("use_dcc"),
	BOOL("use_dcc_rep"),
	NUMBER("dcc_body_max"),
	NUMBER("dcc_fuz1_max"),
	NUMBER("dcc_fuz2_max"),
	NUMBER("dcc_rep_percent"),
	DURATION("dcc_timeout"),
	TEXT("dcc_home"),
	TEXT("dcc_dccifd_path"),
	TEXT("dcc_path"),
	TEXT("dcc_options"),
	TEXT("dccifd_options"),
	NUMBER("dcc_learn_score"),
	NUMBER("dkim_minimum_key_bits"),
	DURATION("dkim_timeout"),
	BOOL("dmarc_save_reports"),
	TEXT("rbl_headers"),
	TEXT("url_shortener_cache_type"),
	TEXT("url_shortener_cache_dsn"),
	TEXT("url_shortener_cache_username"),
	TEXT("url_shortener_cache_password"),
	NUMBER("url_shortener_cache_ttl"),
	NUMBER("url_shortener_cache_autoclean"),
	BOOL("url_shortener_loginfo"),
	NUMBER("url_shortener_timeout"),
	NUMBER("max_short_urls"),
	NUMBER("max_short_url_redirections"),
	TEXT("url_shortener_user_agent"),
	NUMBER("extracttext_maxparts"),
	NUMBER("extracttext_timeout"),
	NUMBER("freemail_max_body_emails"),
	NUMBER("freemail_max_body_freemails"),
	NUMBER("freemail_skip_when_over_max"),
	NUMBER("freemail_skip_bulk_envfrom"),
	NUMBER("freemail_add_describe_email"),
	NUMBER("freemail_import_welcomelist_auth"),
	{ "freemail_import_whitelist_auth", setting_number,
	  "freemail_import_welcomelist_auth", 0 },
	NUMBER("freemail_import_def_welcomelist_auth"),
	{ "freemail_import_def_whitelist_auth", setting_number,
	  "freemail_import_def_welcomelist_auth", 0 },
	NUMBER("fns_extrachars"),
	NUMBER("fns_check"),
	TEXT("hashbl_email_regex"),
	TEXT("hashbl_email_welcomelist"),
	{ "hashbl_email_whitelist", setting_text, "hashbl_email_welcomelist",
	  0 },
	NUMBER("olemacro_num_mime"),
	NUMBER("olemacro_num_zip"),
	NUMBER("olemacro_zip_depth"),
	BOOL("olemacro_extended_scan"),
	BOOL("olemacro_prefer_contentdisposition"),
	NUMBER("olemacro_max_file"),
	TEXT("olemacro_exts"),
	TEXT("olemacro_macro_exts"),
	TEXT("olemacro_skip_exts"),
	TEXT("olemacro_skip_ctypes"),
	TEXT("olemacro_zips"),
	TEXT("olemacro_download_marker"),
	TEXT("trigger_config"),
	NUMBER("trigger_ratio"),
	TEXT("phishing_openphish_feed"),
	TEXT("phishing_phishtank_feed"),
	TEXT("phishing_phishstats_feed"),
	NUMBER("phishing_phishstats_minscore"),
	BOOL("phishing_uri_noparam"),
	BOOL("use_pyzor"),
	NUMBER("pyzor_count_min"),
	NUMBER("pyzor_max"),
	NUMBER("pyzor_welcomelist_min"),
	{ "pyzor_whitelist_min", setting_number, "pyzor_welcomelist_min", 0 },
	NUMBER("pyzor_welcomelist_factor"),
	{ "pyzor_whitelist_factor", setting_number, "pyzor_welcomelist_factor",
	  0 },
	NUMBER("pyzor_fork"),
	NUMBER("pyzor_perl"),
	DURATION("pyzor_timeout"),
	TEXT("pyzor_options"),
	TEXT("pyzor_path"),
	TEXT("pyzor_server_file"),
	NUMBER("use_razor2"),
	NUMBER("razor_fork"),
	DURATION("razor_timeout"),
	TEXT("razor_config"),
	NUMBER("resource_limit_mem"),
	NUMBER("resource_limit_cpu"),
	BOOL("run_reuse_tests_only"),
	DURATION("spf_timeout"),
	BOOL("ignore_received_spf_header"),
	BOOL("use_newest_received_spf_header"),
	BOOL("do_not_use_mail_spf"),
	BOOL("do_not_use_mail_spf_query"),
	TEXT("spamcop_from_address"),
	TEXT("spamcop_to_address"),
	NUMBER("spamcop_max_report_size"),
	TEXT("spamcop_relayhost"),
	TEXT("inactive_languages"),
	NUMBER("textcat_max_languages"),
	NUMBER("textcat_optimal_ngrams"),
	NUMBER("textcat_max_ngrams"),
	NUMBER("textcat_acceptable_score"),
	BOOL("use_txrep"),
	NUMBER("txrep_factor"),
	NUMBER("txrep_dilution_factor"),
	NUMBER("txrep_expiry_days"),
	NUMBER("txrep_learn_penalty"),
	NUMBER("txrep_learn_bonus"),
	NUMBER("txrep_autolearn"),
	BOOL("txrep_track_messages"),
	NUMBER("txrep_welcomelist_out"),
	{ "txrep_whitelist_out", setting_number, "txrep_welcomelist_out", 0 },
	NUMBER("txrep_ipv4_mask_len"),
	NUMBER("txrep_ipv6_mask_len"),
	TEXT("txrep_user2global_ratio"),
	BOOL("txrep_spf"),
	NUMBER("txrep_weight_email"),
	NUMBER("txrep_weight_email_ip"),
	NUMBER("txrep_weight_domain"),
	NUMBER("txrep_weight_ip"),
	NUMBER("txrep_weight_helo"),
	NUMBER("txrep_report_details"),
	TEXT("txrep_factory"),
	BOOL("skip_uribl_checks"),
	BOOL("uridnsbl_skip_mailto"),
	NUMBER("uridnsbl_max_domains"),
	{ NULL, NULL, NULL, 0 },
};
