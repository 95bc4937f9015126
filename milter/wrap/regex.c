/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PCRE2's 8-bit library behind names of our own, and how its resources are
 * bounded. Three things keep a bad pattern from holding up a mail, since none
 * does alone: the match limit bounds the steps from one starting place, the JIT
 * stack and the heap limit bound memory, and long subjects are searched in
 * windows of starting places (regex_search.c).
 */
#include "wrap/regex_private.h"

#include <pthread.h>
#include <stdio.h>

#include "base/mem.h"
#include "wrap/regex_guard.h"
#include "wrap/regex_hints.h"
#include "wrap/regex_starts.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define REGEX_GUARD_LEAST 6 /* alternatives that are worth a guard */
#define REGEX_GUARD_MOST 96 /* the same where there is little room */
#define REGEX_GUARD_STEP 4
#define REGEX_HEAD 192 /* bytes, more or less, that PCRE2 reads of a code */

struct regex {
	pcre2_code_8 *code;	 /* one of the two is NULL */
	struct regex_wide *wide; /* for patterns that the other cannot hold */
	bool jit;
	bool anchored; /* can match at the first place alone */
	struct regex_hints hints;
	unsigned groups;
	const char **names; /* groups + 1 of them; NULL where there is none */
};

struct regex_scratch {
	pcre2_match_data_8 *data;
	pcre2_match_context_8 *context;
	pcre2_jit_stack_8 *stack; /* NULL: 32 KB of the thread's own will do */
	bool wants_stack;
	/* For wide patterns; made when the first is matched. */
	struct regex_wide_scratch *wide;
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
regex_options(const struct regex *regex, unsigned flags)
{
	uint32_t options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | PCRE2_DUPNAMES |
			   PCRE2_USE_OFFSET_LIMIT;

	/* PCRE2 would look far ahead for a byte that must come, at each of the
	 * places that it is asked about. */
	if (regex->hints.looks_first)
		options |= PCRE2_NO_START_OPTIMIZE;
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
				      regex_options(regex, flags), &code,
				      offset, context);
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
	const uint8_t *tables = flags & REGEX_LATIN1_FOLD ? regex_tables : NULL;
	bool jit = !(flags & (REGEX_NO_JIT | REGEX_ONCE));
	int code = PCRE2_ERROR_NOMEMORY;

	regex->wide =
		regex_wide_compile(regex, pattern, regex_options(regex, flags),
				   tables, jit, &code, offset);
	return regex->wide == NULL ? code : 0;
}

static void
regex_free(void *ptr)
{
	struct regex *regex = ptr;

	pcre2_code_free_8(regex->code);
}

/* An entry of the name table: the group's number, then the name and a NUL. */
static const char **
regex_names(struct regex *regex, uint32_t *options)
{
	uint32_t count = 0, size = 0;
	PCRE2_SPTR8 table = NULL;
	const char **names;

	pcre2_pattern_info_8(regex->code, PCRE2_INFO_ALLOPTIONS, options);
	pcre2_pattern_info_8(regex->code, PCRE2_INFO_CAPTURECOUNT,
			     &regex->groups);
	pcre2_pattern_info_8(regex->code, PCRE2_INFO_NAMECOUNT, &count);
	pcre2_pattern_info_8(regex->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info_8(regex->code, PCRE2_INFO_NAMETABLE, &table);
	if (count == 0)
		return NULL;
	names = mem_array(regex, const char *, regex->groups + 1);
	for (uint32_t i = 0; i < count; i++, table += size) {
		unsigned group = (unsigned)table[0] << 8 | table[1];

		if (group <= regex->groups)
			names[group] = mem_strndup(
				regex, (const char *)table + 2, size - 3);
	}
	return names;
}

static void
regex_read_info(struct regex *regex, struct slice pattern)
{
	uint32_t options = 0;

	regex->names = regex->wide != NULL
			       ? regex_wide_names(regex, regex->wide,
						  &regex->groups, &options)
			       : regex_names(regex, &options);
	/* \G is where a search begins, and each window is a search. */
	regex->anchored = options & PCRE2_ANCHORED ||
			  slice_search(pattern, 0, SLICE("\\G")) < pattern.len;
	regex->hints.looks_first = regex->hints.looks_first && !regex->anchored;
}

/* With guards for so many alternatives, if that gains something. */
static int
regex_compile_guarded(struct regex *regex, struct slice pattern, unsigned flags,
		      unsigned weight, bool wide)
{
	struct slice guarded =
		regex_guard(regex, pattern, weight, flags & REGEX_EXTENDED);
	size_t offset;
	int code = PCRE2_ERROR_NOMATCH;

	if (guarded.data == NULL)
		return code;
	code = wide ? regex_compile_wide(regex, guarded, flags, &offset)
		    : regex_compile_narrow(regex, guarded, flags, &offset);
	mem_free((void *)guarded.data);
	return code;
}

static int
regex_compile_plain(struct regex *regex, struct slice pattern, unsigned flags,
		    size_t *offset)
{
	int code = regex_compile_narrow(regex, pattern, flags, offset);

	if (code == PCRE2_ERROR_PATTERN_TOO_LARGE)
		code = regex_compile_wide(regex, pattern, flags, offset);
	return code;
}

/* With as many guards as there is room for in the code. */
static int
regex_compile_best(struct regex *regex, struct slice pattern, unsigned flags,
		   size_t *offset)
{
	int code = PCRE2_ERROR_PATTERN_TOO_LARGE;

	for (unsigned weight = REGEX_GUARD_LEAST;
	     code == PCRE2_ERROR_PATTERN_TOO_LARGE &&
	     weight <= REGEX_GUARD_MOST;
	     weight *= REGEX_GUARD_STEP)
		code = regex_compile_guarded(regex, pattern, flags, weight,
					     false);
	if (code == 0)
		return 0;
	code = regex_compile_narrow(regex, pattern, flags, offset);
	if (code != PCRE2_ERROR_PATTERN_TOO_LARGE)
		return code;
	if (regex_compile_guarded(regex, pattern, flags, REGEX_GUARD_LEAST,
				  true) == 0)
		return 0;
	return regex_compile_wide(regex, pattern, flags, offset);
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
	if (!(flags & REGEX_ONCE))
		regex_hints_read(regex, &regex->hints, pattern,
				 flags & REGEX_EXTENDED,
				 flags & REGEX_CASELESS);
	code = flags & REGEX_ONCE
		       ? regex_compile_plain(regex, pattern, flags, &offset)
		       : regex_compile_best(regex, pattern, flags, &offset);
	if (code != 0) {
		pcre2_get_error_message_8(code, text, sizeof(text));
		err_config(err, "%s at offset %zu", (const char *)text, offset);
		mem_free(regex);
		return NULL;
	}
	regex_read_info(regex, pattern);
	return regex;
}

const struct regex_needs *
regex_needs(const struct regex *regex)
{
	return regex->hints.needs;
}

const struct regex_starts *
regex_starts(const struct regex *regex)
{
	return regex->hints.starts;
}

const struct regex_hints *
regex_hints(const struct regex *regex)
{
	return &regex->hints;
}

void
regex_foresee(const struct regex *regex, bool contents)
{
	if (!contents) {
		__builtin_prefetch(regex);
		return;
	}
	for (size_t i = 0; i < REGEX_HEAD && regex->code != NULL; i += 64)
		__builtin_prefetch((const char *)regex->code + i);
	if (regex->hints.looks_first) {
		const struct regex_starts *starts = regex->hints.starts;

		__builtin_prefetch(starts->grams.pairs);
		__builtin_prefetch(starts->grams.pairs + 64);
	}
}

bool
regex_is_anchored(const struct regex *regex)
{
	return regex->anchored;
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
}

static pcre2_jit_stack_8 *
regex_stack(void *ptr)
{
	struct regex_scratch *scratch = ptr;

	if (scratch->stack == NULL && scratch->wants_stack)
		scratch->stack = pcre2_jit_stack_create_8(
			REGEX_STACK_MIN, REGEX_STACK_MAX, NULL);
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
	/* Made for the first match that needs more than PCRE2 has without. */
	pcre2_jit_stack_assign_8(scratch->context, regex_stack, scratch);
	return scratch;
}

void
regex_scratch_deadline(struct regex_scratch *scratch, int64_t deadline)
{
	scratch->deadline = deadline;
}

int64_t
regex_scratch_end(const struct regex_scratch *scratch)
{
	return scratch->deadline;
}

static int
regex_run_jit(const struct regex *regex, struct regex_scratch *scratch,
	      struct slice subject, size_t start, uint32_t options)
{
	return pcre2_jit_match_8(regex->code, (PCRE2_SPTR8)subject.data,
				 subject.len, start, options, scratch->data,
				 scratch->context);
}

/* A second chance is more stack, a third the interpreter, which has none of its
 * own to run out of. */
static int
regex_run(const struct regex *regex, struct regex_scratch *scratch,
	  struct slice subject, size_t start, size_t limit, uint32_t options)
{
	int code = PCRE2_ERROR_JIT_STACKLIMIT;

	pcre2_set_offset_limit_8(scratch->context, limit);
	if (regex->jit)
		code = regex_run_jit(regex, scratch, subject, start, options);
	if (code == PCRE2_ERROR_JIT_STACKLIMIT && regex->jit &&
	    !scratch->wants_stack) {
		scratch->wants_stack = true;
		code = regex_run_jit(regex, scratch, subject, start, options);
	}
	if (code == PCRE2_ERROR_JIT_STACKLIMIT)
		code = pcre2_match_8(regex->code, (PCRE2_SPTR8)subject.data,
				     subject.len, start, PCRE2_NO_JIT | options,
				     scratch->data, scratch->context);
	return code;
}

void
regex_take(const struct regex *regex, struct regex_scratch *scratch,
	   struct slice subject)
{
	scratch->spans = 0;
	scratch->last_wide = regex->wide != NULL;
	if (!scratch->last_wide)
		return;
	if (scratch->wide == NULL)
		scratch->wide = regex_wide_scratch_new(scratch);
	regex_wide_take(scratch->wide, subject);
}

enum regex_result
regex_try(const struct regex *regex, struct regex_scratch *scratch,
	  struct slice subject, const struct regex_window *window)
{
	size_t last = window->to_end ? PCRE2_UNSET : window->last;
	uint32_t options = window->filled ? PCRE2_NOTEMPTY_ATSTART : 0;
	int code = scratch->last_wide
			   ? regex_wide_run(regex->wide, scratch->wide,
					    subject.len, window->start, last,
					    options)
			   : regex_run(regex, scratch, subject, window->start,
				       last, options);

	if (code < 0)
		return code == PCRE2_ERROR_NOMATCH ? REGEX_NO : REGEX_LIMIT;
	scratch->spans = code == 0 ? REGEX_SPANS : (unsigned)code;
	return REGEX_YES;
}

bool
regex_span(const struct regex_scratch *scratch, unsigned group, size_t *start,
	   size_t *end)
{
	const PCRE2_SIZE *spans;

	if (group >= scratch->spans)
		return false;
	spans = scratch->last_wide ? regex_wide_spans(scratch->wide)
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
