/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/virtual_run.h"

#include <string.h>

#include "base/mem.h"

static const char *const virtual_class_names[] = {
	[CLASS_NONE] = "",
	[CLASS_MAILBOX] = "a virtual mailbox domain",
	[CLASS_ALIAS] = "a virtual alias domain",
	[CLASS_RELAY] = "a relay domain",
	[CLASS_OTHER] = "not a domain of ours",
};

static int
virtual_is_alias_domain(struct virtual_run *run, struct slice domain,
			struct err *err)
{
	const char *value;

	if (run->virtual->alias_keys_are_domains)
		return map_list_find(&run->lookup, &run->virtual->alias_maps,
				     domain, &value, err);
	return match_find(&run->lookup, run->virtual->alias_domains, domain,
			  err);
}

static int
virtual_ask_class(struct virtual_run *run, struct slice domain,
		  enum virtual_class *class, struct err *err)
{
	const struct virtual *virtual = run->virtual;
	int result;

	*class = CLASS_MAILBOX;
	result = match_find(&run->lookup, virtual->mailbox_domains, domain,
			    err);
	if (result == 0) {
		*class = CLASS_ALIAS;
		result = virtual_is_alias_domain(run, domain, err);
	}
	if (result == 0) {
		*class = CLASS_RELAY;
		result = match_find(&run->lookup, virtual->relay_domains,
				    domain, err);
	}
	if (result == 0)
		*class = CLASS_OTHER;
	return result < 0 ? -1 : 0;
}

static struct virtual_domain *
virtual_domain(const struct virtual_run *run, const struct address *address)
{
	for (size_t i = 0; i < run->domain_count; i++)
		if (strcmp(run->domains[i].name, address->domain) == 0)
			return &run->domains[i];
	return NULL;
}

static void
virtual_add_domain(struct virtual_run *run, const char *name,
		   enum virtual_class class, bool recalled)
{
	mem_grow(run->mem, run->domains, run->domain_count);
	run->domains[run->domain_count++] =
		(struct virtual_domain){ name, class, recalled };
}

enum virtual_class
virtual_recall(struct virtual_run *run, const struct address *address)
{
	const struct virtual *virtual = run->virtual;
	const struct virtual_domain *domain = virtual_domain(run, address);
	enum virtual_class class = CLASS_OTHER;
	struct virtual_answer answer;
	int64_t age;
	char *key;

	if (domain != NULL)
		return domain->recalled ? domain->class : CLASS_NONE;
	/* Who watches wants to see what the tables say. */
	if (virtual->domains == NULL || run->watch != NULL)
		return CLASS_NONE;
	key = mem_printf(run->mem, "@%s", address->domain);
	if (!answers_find(run->mem, virtual->domains, key,
			  virtual->domain_time, &answer, &age))
		return CLASS_NONE;
	if (answer.outcome == VIRTUAL_KNOWN)
		class = CLASS_MAILBOX;
	virtual_add_domain(run, address->domain, class, true);
	return class;
}

static void
virtual_keep(const struct virtual_run *run, const char *domain,
	     enum virtual_outcome outcome)
{
	const struct virtual_answer answer = { .outcome = outcome };

	if (run->virtual->domains != NULL)
		answers_keep(run->virtual->domains,
			     mem_printf(run->mem, "@%s", domain), &answer);
}

void
virtual_note(struct virtual_run *run, const struct address *address)
{
	const struct virtual_domain *domain = virtual_domain(run, address);

	if (domain != NULL && !domain->recalled &&
	    domain->class == CLASS_OTHER)
		virtual_keep(run, domain->name, VIRTUAL_FOREIGN);
}

/* Each domain is asked about once. */
static int
virtual_class(struct virtual_run *run, const struct address *address,
	      enum virtual_class *class, struct err *err)
{
	const struct virtual_domain *domain = virtual_domain(run, address);

	*class = CLASS_OTHER;
	if (address->domain[0] == '\0' || address_is_literal(address))
		return 0;
	if (domain != NULL) {
		*class = domain->class;
		return 0;
	}
	if (virtual_ask_class(run, slice_of(address->domain), class, err) < 0)
		return -1;
	if (*class == CLASS_MAILBOX)
		virtual_keep(run, address->domain, VIRTUAL_KNOWN);
	virtual_add_domain(run, address->domain, *class, false);
	virtual_say(run, "%s is %s", address->domain,
		    virtual_class_names[*class]);
	return 0;
}

static void
virtual_add_mailbox(struct virtual_run *run, const struct address *address)
{
	struct virtual_answer *answer = run->answer;
	struct slice text = slice_of(address_string(run->mem, address));
	char *mailbox = slice_string(run->mem, address_fold(run->mem, text));

	if (run->watch != NULL)
		virtual_say(run, "mailbox %s",
			    str_escape(run->mem, slice_of(mailbox), 300));
	for (size_t i = 0; i < answer->mailbox_count; i++)
		if (strcmp(answer->mailboxes[i], mailbox) == 0)
			return;
	mem_grow(run->mem, answer->mailboxes, answer->mailbox_count);
	answer->mailboxes[answer->mailbox_count++] = mailbox;
}

static void
virtual_add_unknown(struct virtual_run *run, const char *table)
{
	virtual_say(run, "not in the %s", table);
	run->answer->table = table;
	run->unknown++;
}

static void
virtual_add_remote(struct virtual_run *run, const char *what)
{
	virtual_say(run, "%s", what);
	run->answer->remote_count++;
}

/*
 * No mailbox. That the domain is remembered as one with mailboxes is no ground
 * for a refusal: it is asked about again.
 */
static int
virtual_final_unknown(struct virtual_run *run, const struct address *address,
		      struct err *err)
{
	struct virtual_domain *domain = virtual_domain(run, address);

	if (domain->recalled) {
		domain->recalled = false;
		if (virtual_ask_class(run, slice_of(domain->name),
				      &domain->class, err) < 0)
			return -1;
		if (domain->class != CLASS_MAILBOX) {
			virtual_keep(run, domain->name, VIRTUAL_UNKNOWN);
			return virtual_final(run, address, err);
		}
	}
	virtual_add_unknown(run, "virtual mailbox table");
	return 0;
}

static int
virtual_final_mailbox(struct virtual_run *run, const struct address *address,
		      struct err *err)
{
	const struct map_list *maps = &run->virtual->mailbox_maps;
	const char *value, *extension;
	struct address found = *address;
	int result = 1;

	if (maps->count != 0)
		result = virtual_find(run, maps, address, true, &value, &found,
				      &extension, err);
	if (result == 0)
		return virtual_final_unknown(run, address, err);
	if (result > 0)
		virtual_add_mailbox(run, found.local[0] != '\0' ? &found
								: address);
	return result < 0 ? -1 : 0;
}

static int
virtual_final_relay(struct virtual_run *run, const struct address *address,
		    struct err *err)
{
	const struct map_list *maps = &run->virtual->relay_maps;
	const char *value, *extension;
	struct address found;
	int result = 1;

	if (maps->count != 0)
		result = virtual_find(run, maps, address, true, &value, &found,
				      &extension, err);
	if (result < 0)
		return -1;
	if (result == 0)
		virtual_add_unknown(run, "relay recipient table");
	else
		virtual_add_remote(run, "passed on to another server");
	return 0;
}

int
virtual_final(struct virtual_run *run, const struct address *address,
	      struct err *err)
{
	enum virtual_class class;

	if (virtual_class(run, address, &class, err) < 0)
		return -1;
	switch (class) {
	case CLASS_MAILBOX:
		return virtual_final_mailbox(run, address, err);
	case CLASS_ALIAS:
		virtual_add_unknown(run, "virtual alias table");
		return 0;
	case CLASS_RELAY:
		return virtual_final_relay(run, address, err);
	default:
		virtual_add_remote(run, address->domain[0] == '\0'
						? "a local name: left to "
						  "Postfix"
						: "goes elsewhere");
		return 0;
	}
}

bool
virtual_is_foreign(const struct virtual_run *run)
{
	if (run->node_count != 1 || run->answer->mailbox_count != 0)
		return false;
	return run->domain_count == 0 || run->domains[0].class == CLASS_OTHER;
}
