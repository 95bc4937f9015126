/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/policy.h"

#include <glob.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "rule/net.h"

#define POLICY_STOCK "/usr/share/spamassassin"

struct policy {
	struct config *config;
	struct problems *problems;
	const char *lacking;
	const struct ruleset *ruleset;
	struct dns_source *dns; /* of this process, or NULL */
	struct dns_lists *lists; /* in front of it, or NULL */
	const struct handling *handling;
	struct policy_stage *stages;
	size_t stage_count;
	bool lint;
};

static const struct stage *
policy_find_stage(const char *name)
{
	for (size_t i = 0; stage_table[i] != NULL; i++)
		if (strcmp(stage_table[i]->name, name) == 0)
			return stage_table[i];
	return NULL;
}

static bool
policy_wants(const struct config *config, const char *name)
{
	const char *const *names = config_list(config, "stages");

	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

static int
policy_check_names(const struct config *config, struct err *err)
{
	const char *const *names = config_list(config, "stages");

	for (; *names != NULL; names++)
		if (policy_find_stage(*names) == NULL)
			return err_config(err,
					  "stages: there is no stage \"%s\"",
					  *names);
	return 0;
}

static bool
policy_on_error_accepts(const struct config *config, const char *name)
{
	char *key = mem_printf(NULL, "%s_on_error", name);
	bool accepts = strcmp(config_string(config, key), "accept") == 0;

	mem_free(key);
	return accepts;
}

static int
policy_open_stage(struct policy *policy, const struct stage *stage,
		  struct err *err)
{
	struct policy_stage *opened;

	mem_grow(policy, policy->stages, policy->stage_count);
	opened = &policy->stages[policy->stage_count];
	*opened = (struct policy_stage){
		.stage = stage,
		.on_error_accept = policy_on_error_accepts(policy->config,
							   stage->name),
	};
	if (stage->open != NULL &&
	    stage->open(policy, policy, &opened->state, err) < 0)
		return err_prefix(err, "%s", stage->name);
	policy->stage_count++;
	return 0;
}

static struct policy *
policy_open(struct config *config, unsigned phases, bool lint,
	    struct problems *problems, struct err *err)
{
	struct policy *policy = mem_new(NULL, struct policy);
	int result = policy_check_names(config, err);

	policy->config = mem_steal(policy, config);
	policy->problems = problems;
	policy->lint = lint;
	policy->handling = handling_open(policy, config, problems);
	if (policy->handling == NULL)
		result = err_config(err, "the settings of policies make no "
				    "sense");
	for (size_t i = 0; stage_table[i] != NULL && result == 0; i++)
		if ((stage_table[i]->phases & phases) != 0 &&
		    policy_wants(config, stage_table[i]->name))
			result = policy_open_stage(policy, stage_table[i],
						   err);
	if (result == 0 && (phases & PHASES_DAEMON) != 0)
		result = policy_open_dns(policy, err);
	if (result == 0)
		return policy;
	mem_free(policy);
	return NULL;
}

struct policy *
policy_load(struct config *config, unsigned phases, struct problems *problems,
	    struct err *err)
{
	struct policy *policy =
		policy_open(config, phases, false, problems, err);

	if (policy != NULL)
		policy->problems = NULL;
	return policy;
}

struct policy *
policy_lint(struct config *config, struct problems *problems, struct err *err)
{
	struct policy *policy = policy_open(
		config, PHASES_DAEMON | PHASES_INSPECTOR, true, problems, err);

	for (size_t i = 0; policy != NULL && i < policy->stage_count; i++)
		if (policy->stages[i].stage->lint != NULL)
			policy->stages[i].stage->lint(policy, problems);
	return policy;
}

void
policy_free(struct policy *policy)
{
	mem_free(policy);
}

const struct config *
policy_config(const struct policy *policy)
{
	return policy->config;
}

const struct handling *
policy_handling(const struct policy *policy)
{
	return policy->handling;
}

struct problems *
policy_problems(struct policy *policy)
{
	return policy->problems;
}

void
policy_lacks(struct policy *policy, const char *what)
{
	policy->lacking = mem_strdup(policy, what);
	problem_add(policy->problems, PROBLEM_ERROR, NULL, 0, "%s", what);
}

const char *
policy_lacking(const struct policy *policy)
{
	return policy->lacking;
}

/* SpamAssassin's stock folder stands for what sa-update has brought, as it does
 * for SpamAssassin itself. */
static const char *
policy_updated(const struct policy *policy, const char *path)
{
	const char *updates = config_string(policy->config, "rules_updates");
	char *pattern;
	glob_t files;
	bool found;

	if (updates[0] == '\0' || (strcmp(path, POLICY_STOCK) != 0 &&
				   strcmp(path, POLICY_STOCK "/") != 0))
		return path;
	pattern = mem_printf(NULL, "%s/*.cf", updates);
	found = glob(pattern, 0, NULL, &files) == 0;
	if (found)
		globfree(&files);
	mem_free(pattern);
	return found ? updates : path;
}

/* The configured folders that are there; a default one may be missing. */
static const char **
policy_rule_paths(struct policy *policy, struct err *err)
{
	long index = config_find(policy->config, "rules");
	struct setting setting = config_setting(policy->config, (size_t)index);
	const char *const *paths = config_list(policy->config, "rules");
	const char **found = NULL;
	size_t count = 0;

	for (; *paths != NULL; paths++) {
		if (setting.file == NULL && access(*paths, F_OK) != 0)
			continue;
		mem_grow(policy, found, count);
		found[count++] = policy_updated(policy, *paths);
	}
	if (count == 0) {
		err_config(err, "rules: there is no rule file at %s",
			   setting.value);
		return NULL;
	}
	mem_grow(policy, found, count);
	found[count] = NULL;
	return found;
}

const struct ruleset *
policy_ruleset(struct policy *policy, struct err *err)
{
	struct ruleset_source source = {
		.locale = config_string(policy->config, "rules_language"),
		.network = config_bool(policy->config, "dns"),
		.lint = policy->lint,
		.profile = config_bool(policy->config, "spam_profile"),
	};

	if (policy->ruleset != NULL)
		return policy->ruleset;
	source.paths = policy_rule_paths(policy, err);
	if (source.paths == NULL)
		return NULL;
	policy->ruleset =
		ruleset_load(policy, &source, policy->problems, err);
	return policy->ruleset;
}

int
policy_open_dns(struct policy *policy, struct err *err)
{
	const struct config *config = policy->config;
	const struct dns_settings settings = {
		.resolver = config_list(config, "dns_resolver"),
		.trust_anchor = config_string(config, "dns_trust_anchor"),
		.question_time =
			config_time(config, "dns_question_time_limit"),
	};

	if (!config_bool(config, "dns"))
		return 0;
	policy->dns = dns_direct(policy, &settings, err);
	if (policy->dns == NULL)
		return -1;
	/* Freed before what it stands in front of. */
	policy->lists = dns_lists_new(policy, policy->dns);
	return 0;
}

struct dns_lists *
policy_lists(const struct policy *policy)
{
	return policy->lists;
}

const char *
policy_list_zones(void *mem, const struct policy *policy)
{
	struct buf text = BUF(mem);
	const char *const *zones;
	size_t count;

	if (policy->ruleset == NULL)
		return "";
	count = net_zones(mem, policy->ruleset, &zones);
	for (size_t i = 0; i < count; i++)
		buf_printf(&text, "%s\n", zones[i]);
	return buf_string(&text);
}

struct dns_source *
policy_dns(const struct policy *policy)
{
	return policy->lists == NULL ? NULL : dns_lists_source(policy->lists);
}

const struct policy_stage *
policy_stages(const struct policy *policy, size_t *count)
{
	*count = policy->stage_count;
	return policy->stages;
}
