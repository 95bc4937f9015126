/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/virtual_run.h"

#include <string.h>

#include "base/mem.h"

/*
 * Whether an address that was visited before closes a circle: it stands above
 * the one that gave it, and nothing ends there.
 */
static bool
virtual_is_circle(const struct virtual_run *run, size_t seen, size_t from)
{
	for (;;) {
		if (from == seen)
			return !run->nodes[seen].repeats;
		if (run->nodes[from].parent == from)
			return false;
		from = run->nodes[from].parent;
	}
}

static long
virtual_seen(const struct virtual_run *run, const char *text)
{
	for (size_t i = 0; i < run->node_count; i++)
		if (strcmp(run->nodes[i].text, text) == 0)
			return (long)i;
	return -1;
}

/*
 * One address of an alias's result in full: @domain takes the user along, and
 * an extension that was not part of the key is kept, as Postfix does.
 */
static enum address_error
virtual_result(struct virtual_run *run, const struct virtual_node *node,
	       struct slice item, bool first, const char *extension,
	       struct address *result)
{
	char *text = slice_string(run->mem, item);
	enum address_error error;
	size_t cut;

	if (first && item.len > 1 && item.data[0] == '@') {
		struct address moved = { node->address.local, text + 1 };

		cut = strlen(moved.local) - strlen(extension);
		moved.local = mem_strndup(run->mem, moved.local, cut);
		text = address_string(run->mem, &moved);
	}
	error = address_parse(run->mem, text, result);
	if (*extension != '\0' && result->local[0] != '\0')
		result->local = mem_printf(run->mem, "%s%s", result->local,
					   extension);
	return error == ADDRESS_LENGTH ? ADDRESS_OK : error;
}

static int
virtual_wait(struct virtual_run *run, const struct address *address,
	     size_t parent, struct err *err)
{
	struct virtual_node *node;

	if (run->waiting_count + run->node_count >=
	    run->virtual->expansion_limit)
		return err_permanent(err,
				     "the aliases give more than %zu addresses",
				     run->virtual->expansion_limit);
	mem_grow(run->mem, run->waiting, run->waiting_count);
	node = &run->waiting[run->waiting_count++];
	*node = (struct virtual_node){ .address = *address, .parent = parent };
	node->text = address_string(run->mem, address);
	node->text = slice_string(run->mem,
				  address_fold(run->mem,
					       slice_of(node->text)));
	if (strlen(node->text) > run->virtual->length_limit)
		return err_permanent(err, "an alias gives an address of over "
				     "%zu bytes", run->virtual->length_limit);
	return 0;
}

/* Puts all that an alias gives on the list of what is to be visited. */
static int
virtual_expand(struct virtual_run *run, size_t index, const char *value,
	       const char *extension, struct err *err)
{
	struct slice rest = slice_of(value), item;
	size_t before = run->waiting_count;
	bool first = true;

	for (; address_next(&rest, &item); first = false) {
		struct virtual_node *node = &run->nodes[index];
		struct address address;
		enum address_error error = virtual_result(
			run, node, item, first, extension, &address);

		if (error != ADDRESS_OK) {
			virtual_say(run, "\"%s\" is left out: %s",
				    str_escape(run->mem, item, 300),
				    address_error_text(error));
			run->malformed++;
			continue;
		}
		if (virtual_wait(run, &address, index, err) < 0)
			return -1;
		if (strcmp(run->waiting[run->waiting_count - 1].text,
			   node->text) == 0) {
			node->repeats = true;
			run->waiting_count--;
		}
	}
	/* Visited from the end: the first one shall be first. */
	for (size_t i = before, j = run->waiting_count; i + 1 < j; i++) {
		struct virtual_node swap = run->waiting[i];

		run->waiting[i] = run->waiting[--j];
		run->waiting[j] = swap;
	}
	return 0;
}

static int
virtual_visit(struct virtual_run *run, size_t index, struct err *err)
{
	const char *value, *extension;
	struct address address = run->nodes[index].address, found;
	enum virtual_class recalled = virtual_recall(run, &address);
	bool whole = recalled != CLASS_OTHER;
	int result = 0;

	virtual_expect(run, &address, recalled);
	if (run->virtual->alias_maps.count != 0 &&
	    address.domain[0] != '\0')
		result = virtual_find(run, &run->virtual->alias_maps, &address,
				      whole, &value, &found, &extension, err);
	if (result < 0)
		return -1;
	if (result == 0) {
		result = virtual_final(run, &address, err);
		virtual_note(run, &address);
		return result;
	}
	if (virtual_expand(run, index, value, extension, err) < 0)
		return -1;
	if (!run->nodes[index].repeats)
		return 0;
	virtual_say(run, "stands for itself: no more aliases");
	return virtual_final(run, &address, err);
}

/* Takes the next address to visit; *index < 0: it was visited before. */
static int
virtual_take(struct virtual_run *run, long *index, struct err *err)
{
	struct virtual_node node = run->waiting[--run->waiting_count];
	long seen = virtual_seen(run, node.text);
	char *shown = NULL;

	*index = -1;
	node.depth = run->node_count == 0
			     ? 0
			     : run->nodes[node.parent].depth + 1;
	run->depth = node.depth;
	if (run->watch != NULL || seen >= 0)
		shown = str_escape(run->mem, slice_of(node.text), 300);
	if (run->watch != NULL)
		run->watch->step(run->watch->arg, 2 * (unsigned)node.depth,
				 shown);
	if (seen >= 0) {
		if (virtual_is_circle(run, (size_t)seen, node.parent))
			return err_permanent(err, "the aliases of %s lead back "
					     "to it", shown);
		virtual_say(run, "was there before");
		return 0;
	}
	if (node.depth > run->virtual->recursion_limit)
		return err_permanent(err, "more than %zu aliases follow upon "
				     "each other",
				     run->virtual->recursion_limit);
	mem_grow(run->mem, run->nodes, run->node_count);
	*index = (long)run->node_count;
	run->nodes[run->node_count++] = node;
	return 0;
}

static int
virtual_walk(struct virtual_run *run, const struct address *address,
	     struct err *err)
{
	long index;

	if (virtual_wait(run, address, 0, err) < 0)
		return -1;
	while (run->waiting_count > 0) {
		if (virtual_take(run, &index, err) < 0)
			return -1;
		if (index >= 0 && virtual_visit(run, (size_t)index, err) < 0)
			return -1;
	}
	return 0;
}

/* Weighs what was found: never unknown as long as something is in doubt. */
static int
virtual_conclude(struct virtual_run *run, struct err *err)
{
	struct virtual_answer *answer = run->answer;

	answer->lookups = run->lookup.count;
	if (answer->mailbox_count + answer->remote_count != 0) {
		answer->outcome = VIRTUAL_KNOWN;
		if (virtual_is_foreign(run))
			answer->outcome = VIRTUAL_FOREIGN;
		return 0;
	}
	if (run->malformed != 0 || run->unknown == 0)
		return err_permanent(err, "the aliases give no address that "
				     "mail could be sent to");
	answer->outcome = VIRTUAL_UNKNOWN;
	return 0;
}

int
virtual_resolve(void *mem, const struct virtual *virtual,
		const struct address *address, int64_t deadline,
		const struct virtual_watch *watch,
		struct virtual_answer *answer, struct err *err)
{
	struct virtual_run run = {
		.mem = mem,
		.virtual = virtual,
		.watch = watch,
		.lookup = { .mem = mem, .deadline = deadline },
		.answer = answer,
	};

	*answer = (struct virtual_answer){ .outcome = VIRTUAL_UNKNOWN };
	if (watch != NULL) {
		run.lookup.trace = virtual_trace;
		run.lookup.arg = &run;
	}
	if (virtual_walk(&run, address, err) < 0) {
		run.depth = 0;
		virtual_say(&run, "cannot tell: %s", err->text);
		return -1;
	}
	map_settle(&run.lookup);
	return virtual_conclude(&run, err);
}
