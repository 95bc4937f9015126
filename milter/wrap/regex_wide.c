/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCRE2's 32-bit library, for the patterns that are too large for the 8-bit
 * one. It is matched against a copy of the subject, one byte an element.
 */
#include "wrap/regex_private.h"

#include "base/mem.h"

#define PCRE2_CODE_UNIT_WIDTH 32
#include <pcre2.h>

struct regex_wide {
	pcre2_code *code;
	bool jit;
};

struct regex_wide_scratch {
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	uint32_t *subject;
	size_t room;
};

static void
wide_free(void *ptr)
{
	struct regex_wide *wide = ptr;

	pcre2_code_free(wide->code);
}

static void
wide_copy(uint32_t *out, struct slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		out[i] = (unsigned char)bytes.data[i];
}

struct regex_wide *
regex_wide_compile(void *mem, struct slice pattern, uint32_t options,
		   const uint8_t *tables, bool jit, int *code, size_t *offset)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	struct regex_wide *wide = mem_new(mem, struct regex_wide);
	uint32_t *text = mem_array(wide, uint32_t, pattern.len + 1);

	mem_on_free(wide, wide_free);
	wide_copy(text, pattern);
	pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	pcre2_set_bsr(context, PCRE2_BSR_UNICODE);
	if (tables != NULL)
		pcre2_set_character_tables(context, tables);
	wide->code = pcre2_compile(text, pattern.len, options, code, offset,
				   context);
	pcre2_compile_context_free(context);
	mem_free(text);
	if (wide->code == NULL) {
		mem_free(wide);
		return NULL;
	}
	wide->jit = jit &&
		    pcre2_jit_compile(wide->code, PCRE2_JIT_COMPLETE) == 0;
	return wide;
}

/* An entry of the name table: the group's number, then the name and a 0. */
const char **
regex_wide_names(void *mem, const struct regex_wide *wide, unsigned *groups,
		 uint32_t *options)
{
	uint32_t count = 0, size = 0;
	PCRE2_SPTR table = NULL;
	const char **names;

	pcre2_pattern_info(wide->code, PCRE2_INFO_ALLOPTIONS, options);
	pcre2_pattern_info(wide->code, PCRE2_INFO_CAPTURECOUNT, groups);
	pcre2_pattern_info(wide->code, PCRE2_INFO_NAMECOUNT, &count);
	pcre2_pattern_info(wide->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(wide->code, PCRE2_INFO_NAMETABLE, &table);
	if (count == 0)
		return NULL;
	names = mem_array(mem, const char *, *groups + 1);
	for (uint32_t i = 0; i < count; i++, table += size) {
		char *name = mem_array(mem, char, size + 1);

		for (uint32_t k = 0; k + 1 < size; k++)
			name[k] = (char)table[1 + k];
		if (table[0] <= *groups)
			names[table[0]] = name;
	}
	return names;
}

static void
wide_scratch_free(void *ptr)
{
	struct regex_wide_scratch *scratch = ptr;

	pcre2_match_data_free(scratch->data);
	pcre2_match_context_free(scratch->context);
	pcre2_jit_stack_free(scratch->stack);
}

struct regex_wide_scratch *
regex_wide_scratch_new(void *mem)
{
	struct regex_wide_scratch *scratch =
		mem_new(mem, struct regex_wide_scratch);

	mem_on_free(scratch, wide_scratch_free);
	scratch->data = pcre2_match_data_create(REGEX_SPANS, NULL);
	scratch->context = pcre2_match_context_create(NULL);
	scratch->stack = pcre2_jit_stack_create(REGEX_STACK_MIN,
						REGEX_STACK_MAX, NULL);
	pcre2_set_match_limit(scratch->context, REGEX_MATCH_LIMIT);
	pcre2_set_depth_limit(scratch->context, REGEX_MATCH_LIMIT);
	pcre2_set_heap_limit(scratch->context, REGEX_HEAP_LIMIT);
	pcre2_jit_stack_assign(scratch->context, NULL, scratch->stack);
	return scratch;
}

void
regex_wide_take(struct regex_wide_scratch *scratch, struct slice subject)
{
	if (scratch->room <= subject.len) {
		scratch->room = subject.len + subject.len / 2 + 4096;
		scratch->subject = mem_resize(scratch, scratch->subject,
					      scratch->room);
	}
	wide_copy(scratch->subject, subject);
}

int
regex_wide_run(const struct regex_wide *wide,
	       struct regex_wide_scratch *scratch, size_t len, size_t start,
	       size_t limit, uint32_t options)
{
	int code = PCRE2_ERROR_JIT_STACKLIMIT;

	pcre2_set_offset_limit(scratch->context, limit);
	if (wide->jit)
		code = pcre2_jit_match(wide->code, scratch->subject, len,
				       start, options, scratch->data,
				       scratch->context);
	if (code == PCRE2_ERROR_JIT_STACKLIMIT)
		code = pcre2_match(wide->code, scratch->subject, len, start,
				   PCRE2_NO_JIT | options, scratch->data,
				   scratch->context);
	return code;
}

const size_t *
regex_wide_spans(const struct regex_wide_scratch *scratch)
{
	return pcre2_get_ovector_pointer(scratch->data);
}
