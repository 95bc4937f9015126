/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CORE_POLICY_H
#define CORE_POLICY_H

/*
 * Configuration, rule set and stage states: all that decides about mail, loaded
 * together and read-only afterwards. In the daemon a crew owns it (crew.h), and
 * frees it after its last mail.
 */

#include <stdbool.h>

#include "base/config.h"
#include "base/problem.h"
#include "core/handling.h"
#include "core/stage.h"
#include "mail/files.h"
#include "mail/message.h"
#include "rule/ruleset.h"
#include "wrap/dns.h"
#include "wrap/dns_lists.h"

struct policy;

/* A config with the keys of core and of all stages declared; milter/settings.c
 * adds those of the commands. */
struct config *policy_config_new(void *mem);

/*
 * Opens the stages that are configured and have one of phases. config is taken
 * over. -1 with err set, and problems holding the details, if anything is
 * wrong; NULL result then.
 */
struct policy *policy_load(struct config *config, unsigned phases,
			   struct problems *problems, struct err *err);
/* The same for all phases, looking harder and asking every stage's lint; what
 * is wrong goes to problems, which the policy goes on using. */
struct policy *policy_lint(struct config *config, struct problems *problems,
			   struct err *err);
void policy_free(struct policy *policy); /* NULL: nothing */

const struct config *policy_config(const struct policy *policy);
/* The rule set of `rules`, loaded on first use (by open functions only). */
const struct ruleset *policy_ruleset(struct policy *policy, struct err *err);
/* What happens for each class of findings, and exceptions. */
const struct handling *policy_handling(const struct policy *policy);
struct problems *policy_problems(struct policy *policy);
/*
 * A stage's open() goes on without what it needs, such as virus signatures: a
 * reload then leaves the old policy in service. NULL: nothing is lacking.
 */
void policy_lacks(struct policy *policy, const char *what);
const char *policy_lacking(const struct policy *policy);
/*
 * Opens the DNS for this process, if the settings want it: policy_load() does
 * so for the daemon, commands that inspect mail themselves call it. Inspectors
 * have the daemon's.
 */
int policy_open_dns(struct policy *policy, struct err *err);
/* NULL: there is none. Any thread. */
struct dns_source *policy_dns(const struct policy *policy);
/* The lists in that source; NULL without it. */
struct dns_lists *policy_lists(const struct policy *policy);
/* Zones of the lists that the rules ask, a line each, below mem; "" if no rules
 * are loaded in this process. */
const char *policy_list_zones(void *mem, const struct policy *policy);
/* Limits for message_parse from the settings. */
void policy_message_limits(const struct policy *policy,
			   struct message_limits *limits);
/* Limits for files_each. */
void policy_files_limits(const struct policy *policy,
			 struct files_limits *limits);
/* Opens the log that the settings `log` and `log_level` ask for. */
int policy_open_log(const struct config *config, struct err *err);
/* For logs: "stages recipients spam", those of inspectors among them; below
 * mem. */
char *policy_describe(void *mem, const struct policy *policy);

/* --- for pipeline.c --- */
struct policy_stage {
	const struct stage *stage;
	void *state;
	bool on_error_accept; /* <name>_on_error = accept */
};
const struct policy_stage *policy_stages(const struct policy *policy,
					 size_t *count);

#endif
