/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replace_tags: <A> in the pattern of a rule that replace_rules names becomes
 * what replace_tag says of A (Plugin/ReplaceTags.pm). It works on the text, so
 * that everything between < and > counts as a tag, be it one or not: texts put
 * behind each tag or between neighbours are put there all the same.
 */
#include "rule/parse.h"

#include <string.h>

#include "base/mem.h"
#include "rule/pattern.h"

#define REPLACE_PASSES 6 /* tags within tags */

/* Takes the first "<kind NAME>" out of text; what it stands for, or NULL. */
static const char *
replace_modifier(void *mem, char *text, const char *kind,
		 const struct names *names)
{
	char *mark = mem_printf(mem, "<%s ", kind);
	char *start = strstr(text, mark), *name, *end;
	const char *value;

	if (start == NULL)
		return NULL;
	name = start + strlen(mark);
	end = *name == '\0' ? NULL : strchr(name + 1, '>');
	if (end == NULL)
		return NULL;
	value = names_get(names, mem_strndup(mem, name, (size_t)(end - name)));
	memmove(start, end + 1, strlen(end + 1) + 1);
	return value;
}

/* The length of the tag at text, from < to >; 0: there is none. */
static size_t
replace_tag_length(const char *text)
{
	size_t len;

	if (*text != '<')
		return 0;
	len = 1 + strcspn(text + 1, "<>");
	return text[len] == '>' && len > 1 ? len + 1 : 0;
}

/* What a tag turns into may hold tags again. */
static bool
replace_holds_tags(const char *text)
{
	const char *open = strchr(text, '<');

	while (open != NULL && open[1] == '>')
		open = strchr(open + 1, '<');
	return open != NULL && strchr(open + 2, '>') != NULL;
}

/* One pass; *again: what was filled in holds tags. */
static void
replace_pass(const struct parse *parse, struct buf *out, char *text,
	     bool *again)
{
	const char *pre = replace_modifier(out->mem, text, "pre",
					   parse->tags_pre);
	const char *post = replace_modifier(out->mem, text, "post",
					    parse->tags_post);
	const char *inter = replace_modifier(out->mem, text, "inter",
					     parse->tags_inter);
	bool after_tag = false;
	size_t len;

	for (; *text != '\0' && out->len <= PATTERN_BYTES; text += len) {
		const char *value;

		len = replace_tag_length(text);
		if (len == 0) {
			buf_char(out, *text);
			len = 1;
			after_tag = false;
			continue;
		}
		if (after_tag && inter != NULL)
			buf_text(out, inter);
		if (pre != NULL)
			buf_text(out, pre);
		value = names_get(parse->tags,
				  mem_strndup(out->mem, text + 1, len - 2));
		if (value == NULL) {
			buf_add(out, text, len);
		} else {
			buf_text(out, value);
			*again = *again || replace_holds_tags(value);
		}
		if (post != NULL)
			buf_text(out, post);
		after_tag = true;
	}
}

char *
replace_pattern(void *mem, struct parse *parse, const char *pattern,
		struct err *err)
{
	void *scratch = mem_context(mem, "replace");
	char *text = mem_strdup(scratch, pattern);
	bool again = true;

	for (int i = 0; i < REPLACE_PASSES && again; i++) {
		struct buf out = BUF(scratch);

		again = false;
		replace_pass(parse, &out, text, &again);
		parse->replaced_bytes += out.len;
		if (out.len > PATTERN_BYTES ||
		    parse->replaced_bytes > PARSE_REPLACED_BYTES) {
			err_config(err, "with its tags filled in it is longer "
					"than %d bytes, or all such rules "
					"than %d", PATTERN_BYTES,
				   PARSE_REPLACED_BYTES);
			mem_free(scratch);
			return NULL;
		}
		text = mem_strdup(scratch, buf_string(&out));
	}
	text = mem_steal(mem, text);
	mem_free(scratch);
	return text;
}
