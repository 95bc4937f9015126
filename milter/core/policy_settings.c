/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of core, and settings as what other modules take. */
#include "core/policy.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"

static const struct option policy_options[] = {
	{ "stages", OPTION_LIST, "recipients attachment virus auth spam",
	  .help = "What is done with a mail. Stages that are not named do not "
		  "run; the order is fixed." },
	{ "rules", OPTION_LIST,
	  "/usr/share/ispfilter/rules /etc/ispfilter/rules",
	  .help = "Folders and files with rules in SpamAssassin's language, "
		  "read in this order; later lines win." },
	{ "rules_updates", OPTION_STRING, "/var/lib/spamassassin/4.000001",
	  .help = "Folder of sa-update: when there are rule files in it, they "
		  "are read in place of /usr/share/spamassassin wherever that "
		  "is named. Empty: never." },
	{ "rules_language", OPTION_STRING, "en",
	  .help = "Language of descriptions, for `lang xx` lines." },
	{ "log", OPTION_STRING, "syslog:mail",
	  .help = "Where log lines go: syslog:FACILITY, stderr, or the path "
		  "of a file." },
	{ "log_level", OPTION_CHOICE, "info",
	  .choices = "error warning info debug",
	  .help = "The least important kind of line that is logged." },
	{ "dns", OPTION_BOOL, "yes",
	  .help = "Ask the DNS about a mail's origin. no: what needs it does "
		  "not run, as with ispfilter scan -L." },
	{ "dns_resolver", OPTION_LIST, "/etc/resolv.conf",
	  .help = "Name servers: the path of a resolv.conf, or addresses such "
		  "as 192.0.2.1 or 2001:db8::1@5353, or the word recursive to "
		  "ask the DNS from its root. DNS lists need a name server of "
		  "one's own: they do not answer those of large providers." },
	{ "dns_trust_anchor", OPTION_STRING, "",
	  .help = "File with the root's key, such as /usr/share/dns/root.key, "
		  "for DNSSEC. Empty: signatures are not looked at." },
	{ "dns_time_limit", OPTION_TIME, "6s", 10, 60000,
	  .help = "How long the inspection of a mail waits for the DNS in all. "
		  "What comes later is not used; the log names it." },
	{ "dns_question_time_limit", OPTION_TIME, "4s", 10, 60000,
	  .help = "How long it waits for one answer." },
	{ "mime_parts_limit", OPTION_INT, "10000", 1, 1000000,
	  .help = "MIME parts of one message; more are not looked into." },
	{ "mime_depth_limit", OPTION_INT, "100", 1, 10000,
	  .help = "Nesting of MIME parts; deeper ones are not looked into." },
	{ "header_size_limit", OPTION_SIZE, "1M", 1024, 1 << 30,
	  .help = "Bytes of all header fields of a part together." },
	{ "header_count_limit", OPTION_INT, "10000", 10, 10000000,
	  .help = "Header fields of one part." },
	{ "decoded_size_limit", OPTION_SIZE, "200M", 1024, 1ll << 40,
	  .help = "Bytes of all parts of one message after base64 or "
		  "quoted-printable is taken off." },
	{ "archive_depth_limit", OPTION_INT, "8", 1, 50,
	  .help = "Archives within archives; deeper ones are not looked into. "
		  "What becomes of a mail at this or one of the next limits is "
		  "for attachment_limit to say." },
	{ "archive_members_limit", OPTION_INT, "10000", 1, 1000000,
	  .help = "Members of all archives of one message together." },
	{ "archive_expanded_limit", OPTION_SIZE, "200M", 1024, 250 << 20,
	  .help = "Bytes that all archives of one message are unpacked to." },
	{ "archive_ratio_limit", OPTION_INT, "250", 10, 1000000,
	  .help = "Bytes that one byte of an archive is unpacked to, where "
		  "they are more than 10M in all." },
	{ "archive_time_limit", OPTION_TIME, "20s", 100, 3600000,
	  .help = "Time for all archives of one message, for each stage that "
		  "looks into them." },
	OPTION_END,
};

struct config *
policy_config_new(void *mem)
{
	struct config *config = config_new(mem);

	config_declare(config, policy_options);
	config_declare(config, handling_options);
	for (size_t i = 0; stage_table[i] != NULL; i++)
		if (stage_table[i]->options != NULL)
			config_declare(config, stage_table[i]->options);
	return config;
}

void
policy_message_limits(const struct policy *policy,
		      struct message_limits *limits)
{
	const struct config *config = policy_config(policy);

	*limits = (struct message_limits){
		.header_bytes = (size_t)config_int(config,
						   "header_size_limit"),
		.header_count = (size_t)config_int(config,
						   "header_count_limit"),
		.parts = (size_t)config_int(config, "mime_parts_limit"),
		.depth = (size_t)config_int(config, "mime_depth_limit"),
		.decoded_bytes = (size_t)config_int(config,
						    "decoded_size_limit"),
	};
}

void
policy_files_limits(const struct policy *policy, struct files_limits *limits)
{
	const struct config *config = policy_config(policy);

	*limits = (struct files_limits){
		.depth = (size_t)config_int(config, "archive_depth_limit"),
		.members = (size_t)config_int(config, "archive_members_limit"),
		.bytes = (size_t)config_int(config, "archive_expanded_limit"),
		.ratio = (size_t)config_int(config, "archive_ratio_limit"),
		.time = config_time(config, "archive_time_limit"),
	};
}

int
policy_open_log(const struct config *config, struct err *err)
{
	const char *where = config_string(config, "log");
	enum log_level level =
		(enum log_level)config_choice(config, "log_level");
	int result;

	if (strcmp(where, "stderr") == 0)
		result = log_open(LOG_TARGET_STDERR, NULL, level);
	else if (strncmp(where, "syslog:", 7) == 0)
		result = log_open(LOG_TARGET_SYSLOG, where + 7, level);
	else
		result = log_open(LOG_TARGET_FILE, where, level);
	if (result < 0)
		return err_config(err, "log = %s: cannot be opened; as root, "
				       "it must be a file and no link", where);
	return 0;
}

char *
policy_describe(void *mem, const struct policy *policy)
{
	const char *const *names = config_list(policy_config(policy), "stages");
	struct buf out = BUF(mem);

	for (size_t i = 0; names != NULL && names[i] != NULL; i++)
		buf_printf(&out, " %s", names[i]);
	return mem_printf(mem, "stages%s", out.len == 0 ? " none" : out.data);
}
