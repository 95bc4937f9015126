/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `if` lines may ask: which plugins are loaded, which features there are,
 * which version this is. We answer for SpamAssassin 4.0.1, whose rule language
 * this is (Conf/Parser.pm, handle_conditional). A plugin counts as loaded when
 * a file named it, whether or not its rules can run here: rule files choose
 * between definitions by it, and rules that cannot run say so themselves.
 */
#include "rule/expression.h"
#include "rule/parse.h"

#include <string.h>

#include "base/mem.h"

#define CONDITION_PLUGIN "Mail::SpamAssassin::Plugin::"
#define CONDITION_CONF "Mail::SpamAssassin::Conf::"
#define CONDITION_VERSION 4.000001
#define CONDITION_PERL 5.036 /* features of regexes that rules ask for */

/* SpamAssassin's plugins, and those that its *.pre files load. */
static const struct {
	const char *name;
	bool stock;
} condition_plugins[] = {
	{ "ASN", false },
	{ "AWL", false },
	{ "AccessDB", false },
	{ "AntiVirus", false },
	{ "AskDNS", true },
	{ "AuthRes", false },
	{ "AutoLearnThreshold", true },
	{ "Bayes", true },
	{ "BodyEval", true },
	{ "Check", true },
	{ "DCC", false },
	{ "DKIM", true },
	{ "DMARC", true },
	{ "DNSEval", true },
	{ "DecodeShortURLs", false },
	{ "ExtractText", false },
	{ "FreeMail", true },
	{ "FromNameSpoof", false },
	{ "HTMLEval", true },
	{ "HTTPSMismatch", true },
	{ "HashBL", true },
	{ "HeaderEval", true },
	{ "ImageInfo", true },
	{ "Ispfilter", true }, /* ours */
	{ "MIMEEval", true },
	{ "MIMEHeader", true },
	{ "OLEVBMacro", false },
	{ "OneLineBodyRuleType", false },
	{ "PDFInfo", false },
	{ "PhishTag", false },
	{ "Phishing", false },
	{ "Pyzor", true },
	{ "Razor2", true },
	{ "RelayCountry", false },
	{ "RelayEval", true },
	{ "ReplaceTags", true },
	{ "ResourceLimits", false },
	{ "Reuse", false },
	{ "Rule2XSBody", false },
	{ "SPF", true },
	{ "Shortcircuit", false },
	{ "SpamCop", true },
	{ "TextCat", false },
	{ "TxRep", false },
	{ "URIDNSBL", true },
	{ "URIDetail", true },
	{ "URIEval", true },
	{ "URILocalBL", false },
	{ "VBounce", true },
	{ "WLBLEval", true },
	{ "WelcomeListSubject", true },
};

/* Plugins that were renamed (Conf.pm, loadplugin). */
static const struct {
	const char *old, *name;
} condition_renamed[] = {
	{ CONDITION_PLUGIN "Dmarc", CONDITION_PLUGIN "DMARC" },
	{ CONDITION_PLUGIN "WhiteListSubject",
	  CONDITION_PLUGIN "WelcomeListSubject" },
};

/* What can() finds in Conf. */
static const char *const condition_features[] = {
	"feature_originating_ip_headers",
	"feature_dns_local_ports_permit_avoid",
	"feature_bayes_auto_learn_on_error",
	"feature_uri_host_listed",
	"feature_yesno_takes_args",
	"feature_bug6558_free",
	"feature_edns",
	"feature_dns_query_restriction",
	"feature_registryboundaries",
	"feature_geodb",
	"feature_dns_block_rule",
	"feature_compile_regexp",
	"feature_meta_rules_matching",
	"feature_subjprefix",
	"feature_bayes_stopwords",
	"feature_get_host",
	"feature_blocklist_welcomelist",
	"feature_welcomelist_blocklist",
	"feature_header_address_parser",
	"feature_local_tests_only",
	"feature_header_first_last",
	"feature_header_match_many",
	"feature_capture_rules",
	"perl_min_version_5010000",
	/* Ours, so that rule files can be written for both programs. */
	"feature_ispfilter",
	"feature_attachment_rules",
	NULL,
};

/* What can() finds in plugins, once they are loaded. */
static const char *const condition_plugin_features[] = {
	"ASN::has_asn_lookup_ipv6",
	"ASN::has_asn_geodb",
	"ASN::has_check_asn",
	"ASN::has_check_asn_tag",
	"AskDNS::has_tag_header",
	"BodyEval::has_check_body_length",
	"BodyEval::has_plaintext_body_sig_ratio",
	"DKIM::has_arc",
	"DNSEval::has_tflags_domains_only",
	"DNSEval::has_tflags_ips_only",
	"DecodeShortURLs::has_short_url",
	"DecodeShortURLs::has_autoclean",
	"DecodeShortURLs::has_short_url_code",
	"DecodeShortURLs::has_user_agent",
	"DecodeShortURLs::has_get",
	"DecodeShortURLs::has_clear",
	"DecodeShortURLs::has_timeout",
	"DecodeShortURLs::has_max_redirections",
	"DecodeShortURLs::has_short_url_redir",
	"HashBL::has_hashbl_bodyre",
	"HashBL::has_hashbl_bodyre_num",
	"HashBL::has_hashbl_emails",
	"HashBL::has_hashbl_uris",
	"HashBL::has_hashbl_ignore",
	"HashBL::has_hashbl_email_regex",
	"HashBL::has_hashbl_email_welcomelist",
	"HashBL::has_hashbl_email_whitelist",
	"HashBL::has_hashbl_tag",
	"HashBL::has_hashbl_sha256",
	"HashBL::has_hashbl_attachments",
	"HashBL::has_hashbl_email_domain",
	"HashBL::has_hashbl_email_domain_alias",
	"MIMEEval::has_check_for_ascii_text_illegal",
	"MIMEEval::has_check_abundant_unicode_ratio",
	"MIMEEval::has_check_qp_ratio",
	"MIMEHeader::has_all_header",
	"MIMEHeader::has_tflags_range",
	"MIMEHeader::has_tflags_concat",
	"MIMEHeader::has_tflags_multiple",
	"MIMEHeader::has_capture_rules",
	"OLEVBMacro::has_olemacro_redirect_uri",
	"OLEVBMacro::has_olemacro_mhtml_uri",
	"OLEVBMacro::has_olertfobject",
	"Pyzor::has_fork",
	"Pyzor::has_perl",
	"Razor2::has_fork",
	"SPF::has_check_for_spf_errors",
	"SPF::has_check_spf_skipped_noenvfrom",
	"URIDNSBL::has_tflags_domains_only",
	"URIDNSBL::has_uridnsbl_for_a",
	"URIDNSBL::has_uridnsbl_a_ns",
	"URIDNSBL::has_tflags_notrim",
	"URIDNSBL::has_uridnsbl_skip_mailto",
	"URIDetail::has_host_key",
	NULL,
};

static const char *
condition_today(const char *plugin)
{
	const size_t count =
		sizeof(condition_renamed) / sizeof(*condition_renamed);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(plugin, condition_renamed[i].old) == 0)
			return condition_renamed[i].name;
	}
	return plugin;
}

void
condition_load_plugin(struct parse *parse, const char *name)
{
	const size_t count =
		sizeof(condition_plugins) / sizeof(*condition_plugins);
	const size_t prefix = strlen(CONDITION_PLUGIN);

	name = condition_today(name);
	for (size_t i = 0; i < count; i++) {
		if (strncmp(name, CONDITION_PLUGIN, prefix) == 0 &&
		    strcmp(name + prefix, condition_plugins[i].name) == 0) {
			names_set(parse->plugins,
				  mem_strdup(parse->mem, name), parse);
			return;
		}
	}
	parse_warning(parse, "plugin %s is not known here; its rules are left "
			     "out", name);
}

void
condition_load_stock(struct parse *parse)
{
	const size_t count =
		sizeof(condition_plugins) / sizeof(*condition_plugins);

	for (size_t i = 0; i < count; i++) {
		if (condition_plugins[i].stock)
			names_set(parse->plugins,
				  mem_printf(parse->mem, "%s%s",
					     CONDITION_PLUGIN,
					     condition_plugins[i].name),
				  parse);
	}
	names_set(parse->compat, "welcomelist_blocklist", parse);
}

void
condition_check_stock(struct parse *parse)
{
	const size_t count =
		sizeof(condition_plugins) / sizeof(*condition_plugins);
	size_t stock = 0, loaded = 0;

	for (size_t i = 0; i < count; i++) {
		char *name = mem_printf(parse->mem, "%s%s", CONDITION_PLUGIN,
					condition_plugins[i].name);

		stock += condition_plugins[i].stock;
		loaded += condition_plugins[i].stock &&
			  names_get(parse->plugins, name) != NULL;
	}
	if (2 * loaded < stock)
		problem_add(parse->problems, PROBLEM_WARNING,
			    parse->plugin_file, parse->plugin_line,
			    "loadplugin in a .pre file takes the place of the "
			    "stock set: only %zu of its %zu plugins are "
			    "loaded, and the rules of the others do not run",
			    loaded, stock);
}

static bool
condition_listed(const char *const *list, const char *name)
{
	for (; *list != NULL; list++) {
		if (strcmp(*list, name) == 0)
			return true;
	}
	return false;
}

/* can(Module::method), has(Module::method) */
static bool
condition_can(const struct parse *parse, const char *name)
{
	const size_t conf = strlen(CONDITION_CONF);
	const size_t prefix = strlen(CONDITION_PLUGIN);
	const char *method = strrchr(name, ':');
	char *plugin;

	if (strncmp(name, CONDITION_CONF, conf) == 0) {
		if (strncmp(name + conf, "compat_", 7) == 0)
			return names_get(parse->compat,
					 name + conf + 7) != NULL;
		return condition_listed(condition_features, name + conf);
	}
	if (strncmp(name, CONDITION_PLUGIN, prefix) != 0)
		return false;
	plugin = mem_strndup(parse->mem, name, (size_t)(method - 1 - name));
	return names_get(parse->plugins, plugin) != NULL &&
	       condition_listed(condition_plugin_features, name + prefix);
}

static int
condition_call(struct parse *parse, struct slice name, struct slice argument,
	       double *value, struct err *err)
{
	char *text = slice_string(parse->mem, argument);

	for (const char *c = text; *c != '\0'; c++) {
		if (!str_is_alnum((unsigned char)*c) && *c != '_' && *c != ':')
			return err_config(err, "'%.60s' is not a name", text);
	}
	if (slice_is(name, "plugin")) {
		*value = names_get(parse->plugins, condition_today(text)) !=
			 NULL;
		return 0;
	}
	if (strstr(text, "::") == NULL)
		return err_config(err, "'%.60s' names no module", text);
	*value = condition_can(parse, text);
	return 0;
}

static int
condition_resolve(void *context, struct slice name, struct slice argument,
		  struct expression_step *step, struct err *err)
{
	struct parse *parse = context;

	step->op = EXPRESSION_NUMBER;
	if (argument.data != NULL)
		return condition_call(parse, name, argument, &step->of.number,
				      err);
	if (slice_is(name, "version"))
		step->of.number = CONDITION_VERSION;
	else if (slice_is(name, "perl_version"))
		step->of.number = CONDITION_PERL;
	else if (slice_is(name, "local_tests_only"))
		step->of.number = !parse->source->network;
	else
		return err_config(err, "'%.*s' is not known", (int)name.len,
				  name.data);
	return 0;
}

int
condition_value(struct parse *parse, const char *text, bool *value)
{
	static const char *const functions[] = { "plugin", "can", "has", NULL };
	struct expression *expression;
	struct err err;

	expression = expression_compile(parse->mem, text, functions,
					condition_resolve, parse, &err);
	if (expression == NULL) {
		parse_error(parse, "condition: %s", err.text);
		return -1;
	}
	*value = expression_run(expression, NULL) != 0;
	mem_free(expression);
	return 0;
}
