/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs the cases of t/rule: rules, mail and the hits that are expected, in
 * one file. t/rule/README.md describes the format; 9150-rule-cases.t asks
 * SpamAssassin itself about the same files.
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "rule/check.h"

static struct slice
read_whole(void *mem, const char *path)
{
	struct buf text = BUF(mem);
	int fd = open(path, O_RDONLY);
	char part[8192];
	ssize_t n;

	while (fd >= 0 && (n = read(fd, part, sizeof(part))) > 0)
		buf_add(&text, part, (size_t)n);
	if (fd >= 0)
		close(fd);
	return buf_view(&text);
}

/* Lines up to the next that begins with "--- " or "=== ". */
static struct slice
section(struct slice *rest)
{
	struct slice start = *rest, line, before = *rest;

	while (slice_line(rest, &line)) {
		if (slice_starts(line, "--- ") || slice_starts(line, "=== ")) {
			*rest = before;
			break;
		}
		before = *rest;
	}
	return slice_cut(start, 0, start.len - rest->len);
}

static struct ruleset *
load(void *mem, struct slice text, const char *name)
{
	struct ruleset_source source = { .text = text, .no_jit = true };
	struct problems *problems = problems_new(mem);
	struct err err = { 0 };
	struct ruleset *ruleset = ruleset_load(mem, &source, problems, &err);

	if (ruleset == NULL)
		tap_ok(false, "%s: %s", name, err.text);
	for (size_t i = 0; i < problems->count; i++)
		tap_note("%s: %s", name,
			 problem_string(mem, &problems->items[i]));
	return ruleset;
}

/* What lint says of the rules: "line: error: text". */
static void
expect_lint(void *mem, struct slice rules, struct slice wanted,
	    const char *name)
{
	struct ruleset_source source = { .text = rules,
					 .no_jit = true,
					 .lint = true };
	struct problems *problems = problems_new(mem);
	struct buf out = BUF(mem);

	ruleset_load(mem, &source, problems, NULL);
	problems_sort(problems);
	for (size_t i = 0; i < problems->count; i++) {
		const struct problem *problem = &problems->items[i];

		buf_printf(&out, "%u: %s: %s\n", problem->line,
			   problem->level == PROBLEM_ERROR ? "error"
							   : "warning",
			   problem->text);
	}
	tap_is(slice_string(mem, slice_trim(slice_of(buf_string(&out)))),
	       slice_string(mem, slice_trim(wanted)), name);
}

/* "NAME NAME=2 NAME", sorted as the hits are. */
static char *
describe_hits(void *mem, const struct check *check)
{
	struct buf out = BUF(mem);

	for (size_t i = 0; i < check->hit_count; i++) {
		buf_text(&out, i == 0 ? "" : " ");
		buf_text(&out, check->hits[i].rule->name);
		if (check->hits[i].value != 1)
			buf_printf(&out, "=%.15g", check->hits[i].value);
	}
	return mem_strdup(mem, buf_string(&out));
}

static char *
one_line(void *mem, struct slice text)
{
	struct buf out = BUF(mem);
	struct slice word;

	while (slice_word(&text, " \t\r\n", &word)) {
		buf_text(&out, out.len == 0 ? "" : " ");
		buf_slice(&out, word);
	}
	return mem_strdup(mem, buf_string(&out));
}

static void
expect_score(const struct check *check, struct slice wanted, const char *name)
{
	char got[40];

	snprintf(got, sizeof(got), "%.3f", check->score);
	tap_is(got, one_line(check->mem, wanted), name);
}

/* "Name: value" lines as they would be added, folding included. */
static void
expect_headers(struct check *check, struct slice wanted, const char *name)
{
	struct check_header_line *lines;
	size_t count = check_headers(check, &lines);
	struct buf out = BUF(check);

	for (size_t i = 0; i < count; i++)
		buf_printf(&out, "%s: %s\n", lines[i].name, lines[i].value);
	while (wanted.len > 1 && wanted.data[wanted.len - 2] == '\n')
		wanted.len--;
	tap_is_slice(buf_view(&out), slice_string(check, wanted), name);
}

/* What stands in front of the Subject. */
static void
expect_subject(struct check *check, struct slice wanted, const char *name)
{
	const char *tag = check->ruleset->settings.rewrite_subject;
	const char *got = check_subject_tag(check, tag == NULL ? "" : tag);

	tap_is(got, slice_string(check, slice_trim(wanted)), name);
}

/* "NAME place: matched" of each hit that the case names. */
static void
expect_explained(const struct check *check, struct slice wanted,
		 const char *name)
{
	struct slice line, word;

	while (slice_line(&wanted, &line)) {
		struct buf out = BUF(check->mem);
		struct slice rest = slice_trim(line);

		if (!slice_word(&rest, " ", &word))
			continue;
		for (size_t i = 0; i < check->hit_count; i++)
			if (slice_is(word, check->hits[i].rule->name))
				buf_printf(&out, "%s %s: %s",
					   check->hits[i].rule->name,
					   check->hits[i].place,
					   str_escape(check->mem,
						      check->hits[i].matched,
						      80));
		tap_is(buf_string(&out),
		       slice_string(check->mem, slice_trim(line)), name);
	}
}

struct runner {
	void *mem;
	const char *name;
	struct slice rules;
	struct ruleset *ruleset;
	struct check *check;
};

static void
run_mail(struct runner *runner, struct slice mail)
{
	struct check_options options = { .explain = true };
	struct message *message = message_parse(runner->mem, mail, NULL);

	if (runner->ruleset != NULL)
		runner->check = check_message(runner->mem, runner->ruleset,
					      message, &options);
}

static void
run_section(struct runner *runner, struct slice kind, struct slice text)
{
	char *wanted;

	if (slice_is(kind, "rules")) {
		runner->rules = text;
		runner->ruleset = load(runner->mem, text, runner->name);
		return;
	}
	if (slice_is(kind, "our lint")) {
		expect_lint(runner->mem, runner->rules, text, runner->name);
		return;
	}
	if (slice_is(kind, "mail")) {
		run_mail(runner, text);
		return;
	}
	if (slice_is(kind, "mail, CRLF")) {
		struct buf crlf = BUF(runner->mem);

		for (size_t i = 0; i < text.len; i++) {
			if (text.data[i] == '\n')
				buf_char(&crlf, '\r');
			buf_char(&crlf, text.data[i]);
		}
		run_mail(runner, buf_view(&crlf));
		return;
	}
	if (runner->check == NULL)
		return;
	wanted = mem_printf(runner->mem, "%s: %s", runner->name,
			    slice_string(runner->mem, kind));
	if (slice_is(kind, "hits") || slice_is(kind, "our hits"))
		tap_is(describe_hits(runner->mem, runner->check),
		       one_line(runner->mem, text), wanted);
	else if (slice_is(kind, "score"))
		expect_score(runner->check, text, wanted);
	else if (slice_is(kind, "headers"))
		expect_headers(runner->check, text, wanted);
	else if (slice_is(kind, "subject"))
		expect_subject(runner->check, text, wanted);
	else if (slice_is(kind, "report"))
		tap_is_slice(slice_trim(slice_of(check_report(runner->check))),
			     slice_string(runner->mem, slice_trim(text)),
			     wanted);
	else if (slice_is(kind, "explained"))
		expect_explained(runner->check, text, wanted);
	else
		tap_ok(false, "%s is no section", wanted);
}

static void
run_file(const char *path)
{
	void *mem = mem_context(NULL, "file");
	struct slice rest = read_whole(mem, path), line;
	struct runner runner = { .mem = NULL };

	section(&rest);
	while (slice_line(&rest, &line)) {
		struct slice kind = slice_trim(slice_from(line, 4));
		struct slice text = section(&rest);

		if (slice_starts(line, "=== ")) {
			mem_free(runner.mem);
			runner = (struct runner){
				.mem = mem_context(mem, "case"),
			};
			runner.name = mem_printf(
				runner.mem, "%s: %s",
				strrchr(path, '/') + 1,
				slice_string(runner.mem, kind));
			continue;
		}
		run_section(&runner, kind, text);
	}
	mem_free(mem);
}

int
main(int argc, char **argv)
{
	glob_t found;

	if (argc > 1) {
		for (int i = 1; i < argc; i++)
			run_file(argv[i]);
		return tap_done();
	}
	if (glob("t/rule/*.test", 0, NULL, &found) != 0) {
		tap_ok(false, "there are cases");
		return tap_done();
	}
	for (size_t i = 0; i < found.gl_pathc; i++)
		run_file(found.gl_pathv[i]);
	globfree(&found);
	return tap_done();
}
