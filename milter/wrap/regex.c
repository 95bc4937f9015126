/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCRE2 behind names of our own, and how its resources are bounded. Three
 * things keep a bad pattern from holding up a mail, since none does alone:
 * the match limit bounds the steps from one starting place, the JIT stack and
 * the heap limit bound memory, and long subjects are searched in windows of
 * starting places with a look at the clock between them.
 */
#include "wrap/regex.h"

#include <pthread.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "wrap/regex_needs.h"

#define PCRE2_CODE_UNIT_WIDTH 0
#include <pcre2.h>

#define REGEX_SPANS 64
#define REGEX_STACK_MIN (32 << 10)

struct regex {
	pcre2_code_8 *code;  /* one of the two is NULL */
	pcre2_code_32 *wide; /* for patterns that the other cannot hold */
	bool jit;
	bool anchored; /* can match at the first place alone */
	struct regex_needs *needs; /* what must stand in a text, or NULL */
	unsigned groups;
	const char **names; /* groups + 1 of them; NULL where there is none */
};

struct regex_scratch {
	pcre2_match_data_8 *data;
	pcre2_match_context_8 *context;
	pcre2_jit_stack_8 *stack;
	/* The same for wide patterns; made when the first is matched. */
	pcre2_match_data_32 *wide_data;
	pcre2_match_context_32 *wide_context;
	pcre2_jit_stack_32 *wide_stack;
	uint32_t *wide; /* subject, one byte an element */
	size_t wide_room;
	int64_t deadline;
	bool last_wide; /* which of the two holds the last match */
	unsigned spans; /* valid in it */
};

/*
 * Character tables are a constant that PCRE2 can only make at run time: those
 * of the C locale, with Latin-1's letters folded as Perl folds them in byte
 * strings under /aa. D7 and F7 are signs, not letters.
 */
static pthread_once_t regex_tables_once = PTHREAD_ONCE_INIT;
static const uint8_t *regex_tables;

static void
regex_make_tables(void)
{
	uint8_t *tables = (uint8_t *)pcre2_maketables_8(NULL);
	uint8_t *lower = tables, *other = tables + 256;

	if (tables == NULL)
		return;
	for (unsigned c = 0xc0; c <= 0xde; c++) {
		if (c == 0xd7)
			continue;
		lower[c] = (uint8_t)(c + 0x20);
		other[c] = (uint8_t)(c + 0x20);
		other[c + 0x20] = (uint8_t)c;
	}
	regex_tables = tables;
}

static bool regex_is_frozen;

void
regex_freeze(void)
{
	regex_is_frozen = true;
}

static uint32_t
regex_options(unsigned flags)
{
	uint32_t options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_DUPNAMES |
			   PCRE2_USE_OFFSET_LIMIT;

	if (flags & REGEX_CASELESS)
		options |= PCRE2_CASELESS;
	if (flags & REGEX_MULTILINE)
		options |= PCRE2_MULTILINE;
	if (flags & REGEX_DOTALL)
		options |= PCRE2_DOTALL;
	if (flags & REGEX_EXTENDED)
		options |= PCRE2_EXTENDED;
	if (flags & REGEX_ANCHORED)
		options |= PCRE2_ANCHORED;
	return options;
}

static uint32_t *
regex_widen(uint32_t *out, struct slice bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		out[i] = (unsigned char)bytes.data[i];
	return out;
}

static int
regex_compile_narrow(struct regex *regex, struct slice pattern, unsigned flags,
		     size_t *offset)
{
	pcre2_compile_context_8 *context = pcre2_compile_context_create_8(NULL);
	int code = PCRE2_ERROR_NOMEMORY;

	pcre2_set_newline_8(context, PCRE2_NEWLINE_LF);
	pcre2_set_bsr_8(context, PCRE2_BSR_UNICODE);
	if (flags & REGEX_LATIN1_FOLD && regex_tables != NULL)
		pcre2_set_character_tables_8(context, regex_tables);
	regex->code = pcre2_compile_8((PCRE2_SPTR8)pattern.data, pattern.len,
				      regex_options(flags), &code, offset,
				      context);
	pcre2_compile_context_free_8(context);
	if (regex->code == NULL)
		return code;
	regex->jit = !(flags & (REGEX_NO_JIT | REGEX_ONCE)) &&
		     pcre2_jit_compile_8(regex->code, PCRE2_JIT_COMPLETE) == 0;
	return 0;
}

static int
regex_compile_wide(struct regex *regex, struct slice pattern, unsigned flags,
		   size_t *offset)
{
	pcre2_compile_context_32 *context =
		pcre2_compile_context_create_32(NULL);
	uint32_t *text = mem_array(NULL, uint32_t, pattern.len + 1);
	int code = PCRE2_ERROR_NOMEMORY;

	pcre2_set_newline_32(context, PCRE2_NEWLINE_LF);
	pcre2_set_bsr_32(context, PCRE2_BSR_UNICODE);
	if (flags & REGEX_LATIN1_FOLD && regex_tables != NULL)
		pcre2_set_character_tables_32(context, regex_tables);
	regex->wide = pcre2_compile_32(regex_widen(text, pattern), pattern.len,
				       regex_options(flags), &code, offset,
				       context);
	pcre2_compile_context_free_32(context);
	mem_free(text);
	if (regex->wide == NULL)
		return code;
	regex->jit = !(flags & (REGEX_NO_JIT | REGEX_ONCE)) &&
		     pcre2_jit_compile_32(regex->wide,
					  PCRE2_JIT_COMPLETE) == 0;
	return 0;
}

static void
regex_free(void *ptr)
{
	struct regex *regex = ptr;

	pcre2_code_free_8(regex->code);
	pcre2_code_free_32(regex->wide);
}

/* An entry of the name table: the group's number, then the name and a NUL. */
static void
regex_read_info(struct regex *regex)
{
	uint32_t groups = 0, count = 0, size = 0, options = 0;
	PCRE2_SPTR8 table = NULL;
	PCRE2_SPTR32 wide = NULL;

	if (regex->code != NULL) {
		pcre2_pattern_info_8(regex->code, PCRE2_INFO_CAPTURECOUNT,
				     &groups);
		pcre2_pattern_info_8(regex->code, PCRE2_INFO_NAMECOUNT, &count);
		pcre2_pattern_info_8(regex->code, PCRE2_INFO_NAMEENTRYSIZE,
				     &size);
		pcre2_pattern_info_8(regex->code, PCRE2_INFO_NAMETABLE, &table);
		pcre2_pattern_info_8(regex->code, PCRE2_INFO_ALLOPTIONS,
				     &options);
	} else {
		pcre2_pattern_info_32(regex->wide, PCRE2_INFO_CAPTURECOUNT,
				      &groups);
		pcre2_pattern_info_32(regex->wide, PCRE2_INFO_NAMECOUNT,
				      &count);
		pcre2_pattern_info_32(regex->wide, PCRE2_INFO_NAMEENTRYSIZE,
				      &size);
		pcre2_pattern_info_32(regex->wide, PCRE2_INFO_NAMETABLE, &wide);
		pcre2_pattern_info_32(regex->wide, PCRE2_INFO_ALLOPTIONS,
				      &options);
	}
	regex->groups = groups;
	regex->anchored = options & PCRE2_ANCHORED;
	if (count == 0)
		return;
	regex->names = mem_array(regex, const char *, groups + 1);
	for (uint32_t i = 0; i < count; i++, table += table ? size : 0,
		      wide += wide ? size : 0) {
		char *name = mem_array(regex, char, size + 1);
		unsigned group = wide != NULL ? wide[0]
				: (unsigned)table[0] << 8 | table[1];

		for (uint32_t k = 0; wide != NULL && k + 1 < size; k++)
			name[k] = (char)wide[1 + k];
		for (uint32_t k = 0; table != NULL && k + 2 < size; k++)
			name[k] = (char)table[2 + k];
		if (group <= groups)
			regex->names[group] = name;
	}
}

struct regex *
regex_compile(void *mem, struct slice pattern, unsigned flags, struct err *err)
{
	struct regex *regex = mem_new(mem, struct regex);
	unsigned char text[256];
	size_t offset = 0;
	int code;

	mem_on_free(regex, regex_free);
	pthread_once(&regex_tables_once, regex_make_tables);
	if (regex_is_frozen)
		flags |= REGEX_NO_JIT;
	if (pattern.data == NULL)
		pattern = SLICE("");
	if (pattern.len > REGEX_PATTERN_MAX) {
		err_config(err, "pattern is longer than %d bytes",
			   REGEX_PATTERN_MAX);
		mem_free(regex);
		return NULL;
	}
	code = regex_compile_narrow(regex, pattern, flags, &offset);
	if (code == PCRE2_ERROR_PATTERN_TOO_LARGE)
		code = regex_compile_wide(regex, pattern, flags, &offset);
	if (code != 0) {
		pcre2_get_error_message_8(code, text, sizeof(text));
		err_config(err, "%s at offset %zu", (const char *)text, offset);
		mem_free(regex);
		return NULL;
	}
	regex_read_info(regex);
	if (!(flags & REGEX_ONCE))
		regex->needs = regex_needs_new(regex, pattern,
					       flags & REGEX_EXTENDED);
	return regex;
}

const struct regex_needs *
regex_needs(const struct regex *regex)
{
	return regex->needs;
}

unsigned
regex_groups(const struct regex *regex)
{
	return regex->groups;
}

const char *
regex_group_name(const struct regex *regex, unsigned group)
{
	if (regex->names == NULL || group > regex->groups)
		return NULL;
	return regex->names[group];
}

int
regex_group(const struct regex *regex, const char *name)
{
	for (unsigned i = 1; regex->names != NULL && i <= regex->groups; i++)
		if (regex->names[i] != NULL &&
		    strcmp(regex->names[i], name) == 0)
			return (int)i;
	return -1;
}

static void
regex_scratch_free(void *ptr)
{
	struct regex_scratch *scratch = ptr;

	pcre2_match_data_free_8(scratch->data);
	pcre2_match_context_free_8(scratch->context);
	pcre2_jit_stack_free_8(scratch->stack);
	pcre2_match_data_free_32(scratch->wide_data);
	pcre2_match_context_free_32(scratch->wide_context);
	pcre2_jit_stack_free_32(scratch->wide_stack);
}

static pcre2_jit_stack_8 *
regex_stack(void *ptr)
{
	struct regex_scratch *scratch = ptr;

	if (scratch->stack == NULL)
		scratch->stack = pcre2_jit_stack_create_8(REGEX_STACK_MIN,
							  REGEX_STACK_MAX,
							  NULL);
	return scratch->stack;
}

struct regex_scratch *
regex_scratch_new(void *mem)
{
	struct regex_scratch *scratch = mem_new(mem, struct regex_scratch);

	mem_on_free(scratch, regex_scratch_free);
	scratch->data = pcre2_match_data_create_8(REGEX_SPANS, NULL);
	scratch->context = pcre2_match_context_create_8(NULL);
	pcre2_set_match_limit_8(scratch->context, REGEX_MATCH_LIMIT);
	pcre2_set_depth_limit_8(scratch->context, REGEX_MATCH_LIMIT);
	pcre2_set_heap_limit_8(scratch->context, REGEX_HEAP_LIMIT);
	/* Made when the first pattern with JIT asks for it. */
	pcre2_jit_stack_assign_8(scratch->context, regex_stack, scratch);
	return scratch;
}

/* Most threads meet no wide pattern, so that this waits for the first. */
static void
regex_scratch_widen(struct regex_scratch *scratch)
{
	if (scratch->wide_data != NULL)
		return;
	scratch->wide_data = pcre2_match_data_create_32(REGEX_SPANS, NULL);
	scratch->wide_context = pcre2_match_context_create_32(NULL);
	scratch->wide_stack = pcre2_jit_stack_create_32(REGEX_STACK_MIN,
							REGEX_STACK_MAX, NULL);
	pcre2_set_match_limit_32(scratch->wide_context, REGEX_MATCH_LIMIT);
	pcre2_set_depth_limit_32(scratch->wide_context, REGEX_MATCH_LIMIT);
	pcre2_set_heap_limit_32(scratch->wide_context, REGEX_HEAP_LIMIT);
	pcre2_jit_stack_assign_32(scratch->wide_context, NULL,
				  scratch->wide_stack);
}

void
regex_scratch_deadline(struct regex_scratch *scratch, int64_t deadline)
{
	scratch->deadline = deadline;
}

/* The interpreter has no stack of its own to run out of: a second chance. */
static int
regex_run(const struct regex *regex, struct regex_scratch *scratch,
	  struct slice subject, size_t start, size_t limit, uint32_t options)
{
	PCRE2_SPTR8 text = (PCRE2_SPTR8)subject.data;
	int code = PCRE2_ERROR_JIT_STACKLIMIT;

	pcre2_set_offset_limit_8(scratch->context, limit);
	if (regex->jit)
		code = pcre2_jit_match_8(regex->code, text, subject.len, start,
					 options, scratch->data, scratch->context);
	if (code == PCRE2_ERROR_JIT_STACKLIMIT)
		code = pcre2_match_8(regex->code, text, subject.len, start,
				     PCRE2_NO_JIT | options, scratch->data,
				     scratch->context);
	return code;
}

static int
regex_run_wide(const struct regex *regex, struct regex_scratch *scratch,
	       struct slice subject, size_t start, size_t limit,
	       uint32_t options)
{
	int code = PCRE2_ERROR_JIT_STACKLIMIT;

	pcre2_set_offset_limit_32(scratch->wide_context, limit);
	if (regex->jit)
		code = pcre2_jit_match_32(regex->wide, scratch->wide,
					  subject.len, start, options,
					  scratch->wide_data,
					  scratch->wide_context);
	if (code == PCRE2_ERROR_JIT_STACKLIMIT)
		code = pcre2_match_32(regex->wide, scratch->wide, subject.len,
				      start, PCRE2_NO_JIT | options, scratch->wide_data,
				      scratch->wide_context);
	return code;
}

static void
regex_widen_subject(struct regex_scratch *scratch, struct slice subject)
{
	regex_scratch_widen(scratch);
	if (scratch->wide_room <= subject.len) {
		scratch->wide_room = subject.len + subject.len / 2 + 4096;
		scratch->wide = mem_resize(scratch, scratch->wide,
					   scratch->wide_room);
	}
	regex_widen(scratch->wide, subject);
}

static enum regex_result
regex_search(const struct regex *regex, struct regex_scratch *scratch,
	     struct slice subject, size_t start, uint32_t options)
{
	int code;

	if (subject.data == NULL)
		subject = SLICE("");
	scratch->spans = 0;
	scratch->last_wide = regex->wide != NULL;
	if (scratch->last_wide)
		regex_widen_subject(scratch, subject);
	for (; start <= subject.len; start += REGEX_WINDOW + 1) {
		size_t last = start + REGEX_WINDOW;

		if (last >= subject.len || regex->anchored)
			last = PCRE2_UNSET;
		code = scratch->last_wide
			? regex_run_wide(regex, scratch, subject, start, last,
					 options)
			: regex_run(regex, scratch, subject, start, last,
				    options);
		if (code >= 0) {
			scratch->spans = code == 0 ? REGEX_SPANS
						   : (unsigned)code;
			return REGEX_YES;
		}
		if (code != PCRE2_ERROR_NOMATCH)
			return REGEX_LIMIT;
		if (last == PCRE2_UNSET)
			break;
		if (scratch->deadline != 0 && clock_ms() > scratch->deadline)
			return REGEX_LIMIT;
		options = 0; /* they are about the first place alone */
	}
	return REGEX_NO;
}

enum regex_result
regex_match(const struct regex *regex, struct regex_scratch *scratch,
	    struct slice subject, size_t start)
{
	return regex_search(regex, scratch, subject, start, 0);
}

enum regex_result
regex_match_next(const struct regex *regex, struct regex_scratch *scratch,
		 struct slice subject)
{
	size_t from, to;

	if (!regex_span(scratch, 0, &from, &to))
		return REGEX_NO;
	return regex_search(regex, scratch, subject, to,
			    from == to ? PCRE2_NOTEMPTY_ATSTART : 0);
}

bool
regex_span(const struct regex_scratch *scratch, unsigned group, size_t *start,
	   size_t *end)
{
	const PCRE2_SIZE *spans;

	if (group >= scratch->spans)
		return false;
	spans = scratch->last_wide
		? pcre2_get_ovector_pointer_32(scratch->wide_data)
		: pcre2_get_ovector_pointer_8(scratch->data);
	if (spans[2 * group] == PCRE2_UNSET)
		return false;
	*start = spans[2 * group];
	*end = spans[2 * group + 1];
	return true;
}

void
regex_version(char *text, size_t room)
{
	char version[64] = "";

	if (pcre2_config_8(PCRE2_CONFIG_VERSION, NULL) <= (int)sizeof(version))
		pcre2_config_8(PCRE2_CONFIG_VERSION, version);
	snprintf(text, room, "%s", version);
}
