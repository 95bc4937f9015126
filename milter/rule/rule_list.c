/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rule/rule_list.h"

#include <string.h>

#include "base/mem.h"
#include "rule/names.h"

#define LIST_INDEXED 8 /* words of a list that is worth an index */
#define LIST_WORD_MAX 255

static struct slice
rule_list_tail(const char *item)
{
	struct slice tail = slice_of(item);
	size_t at = tail.len;

	while (at > 0 && item[at - 1] != '*' && item[at - 1] != '?')
		at--;
	return slice_from(tail, at);
}

void
rule_list_index(void *mem, struct rule_list *list)
{
	if (list->count >= LIST_INDEXED)
		list->places = names_new(mem);
	list->tails = mem_array(mem, struct slice, list->count);
	for (size_t i = 0; i < list->count; i++) {
		const char *item = list->items[i];

		list->tails[i] = rule_list_tail(item);
		if (list->places != NULL)
			names_set(list->places, item,
				  (void *)(uintptr_t)(i + 1));
		if (strpbrk(item, "*?") == NULL)
			continue;
		mem_grow(mem, list->globs, list->glob_count);
		list->globs[list->glob_count++] = item;
	}
}

static size_t
rule_list_search(const struct rule_list *list, struct slice word)
{
	for (size_t i = list->count; i > 0; i--)
		if (slice_is(word, list->items[i - 1]))
			return i;
	return 0;
}

size_t
rule_list_place(const struct rule_list *list, struct slice word)
{
	char copy[LIST_WORD_MAX + 1];

	if (list == NULL || word.len == 0)
		return 0;
	if (list->places == NULL || word.len > LIST_WORD_MAX)
		return rule_list_search(list, word);
	if (memchr(word.data, '\0', word.len) != NULL)
		return 0;
	memcpy(copy, word.data, word.len);
	copy[word.len] = '\0';
	return (uintptr_t)names_get(list->places, copy);
}
