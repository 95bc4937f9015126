/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The regexes of SpamAssassin's files on the very strings that SpamAssassin
 * matched them against, for 250 messages: each must hit where it hit there.
 */
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "rule/names.h"
#include "rule/ruleset.h"
#include "wrap/regex.h"

#define RULES "/usr/share/spamassassin"
#define HITS "../shared/oracle/dev.tsv.xz"
#define SEGMENTS "../shared/oracle/segments.bin.xz"

/* A string that was matched: H h header, B R U F, P p header of a part. */
struct segment {
	char type;
	struct slice key, text;
};

struct segment_list {
	struct segment *items;
	size_t count;
};

static struct slice
read_xz(void *mem, const char *path)
{
	struct buf out = BUF(mem);
	char chunk[65536];
	int ends[2];
	ssize_t n;
	pid_t pid;

	if (pipe(ends) == -1)
		return SLICE_NONE;
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execlp("xz", "xz", "-dc", path, NULL);
		_exit(127);
	}
	close(ends[1]);
	while ((n = read(ends[0], chunk, sizeof(chunk))) > 0)
		buf_add(&out, chunk, (size_t)n);
	close(ends[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return buf_view(&out);
}

/* Message path to its names of hits, with a comma at both ends. */
static struct names *
read_hits(void *mem)
{
	struct names *hits = names_new(mem);
	struct slice rest = read_xz(mem, HITS), line;

	while (slice_line(&rest, &line)) {
		char *text = slice_string(mem, line);
		char *path = strsep(&text, "\t"), *names;

		strsep(&text, "\t");
		names = strsep(&text, "\t\n");
		if (names != NULL)
			names_set(hits, path, mem_printf(mem, ",%s,", names));
	}
	return hits;
}

static struct slice
take_string(struct slice *rest)
{
	uint32_t len = 0;
	struct slice text;

	if (rest->len >= 4)
		memcpy(&len, rest->data, 4); /* little endian, as we are */
	text = slice_cut(*rest, 4, 4 + (size_t)len);
	*rest = slice_from(*rest, 4 + (size_t)len);
	return text;
}

/* Whether it takes the value of header rules of that name. */
static bool
is_key(const struct rule *rule, struct slice key)
{
	char text[256];

	snprintf(text, sizeof(text), "%s%s%s%s", rule->header,
		 rule->select & SELECT_ADDR ? ":addr" : "",
		 rule->select & SELECT_NAME ? ":name" : "",
		 rule->select & SELECT_RAW ? ":raw" : "");
	return slice_is(key, text);
}

static char
segment_type(const struct rule *rule)
{
	switch (rule->type) {
	case RULE_HEADER:
		return 'H';
	case RULE_BODY:
		return 'B';
	case RULE_RAWBODY:
		return 'R';
	case RULE_URI:
		return 'U';
	case RULE_FULL:
		return 'F';
	case RULE_MIMEHEADER:
		return 'P';
	default:
		return 0;
	}
}

static bool
hits(const struct rule *rule, const struct segment_list *list,
     struct regex_scratch *scratch)
{
	char type = segment_type(rule), absent = (char)(type | 0x20);
	bool negated = (rule->flags & RULE_NEGATED) != 0;
	bool first = true, found = false;

	for (size_t i = 0; i < list->count && !found; i++) {
		const struct segment *segment = &list->items[i];
		struct slice text = segment->text;
		bool missing = segment->type == absent &&
			       (type == 'H' || type == 'P');

		if (segment->type != type && !missing)
			continue;
		if ((type == 'H' || type == 'P') && !is_key(rule, segment->key))
			continue;
		if (missing)
			text = rule->if_unset == NULL ? SLICE("") :
						slice_of(rule->if_unset);
		if (!(first && type == 'B' && rule->flags & RULE_NOSUBJECT))
			found = regex_match(rule->regex, scratch, text, 0) ==
				REGEX_YES;
		first = false;
	}
	return negated ? !found && !first : found;
}

struct sums {
	size_t messages, pairs, hits, missing, extra;
};

static void
compare(const struct ruleset *ruleset, const struct segment_list *list,
	const char *message, const char *wanted, struct regex_scratch *scratch,
	struct sums *sums)
{
	for (size_t i = 0; i < ruleset->count; i++) {
		const struct rule *rule = ruleset->rules[i];
		char name[256];
		bool hit, other;

		if (rule->not_run != NULL || segment_type(rule) == 0 ||
		    rule->uses_captures)
			continue;
		snprintf(name, sizeof(name), ",%s,", rule->name);
		hit = hits(rule, list, scratch);
		other = strstr(wanted, name) != NULL;
		sums->pairs++;
		sums->hits += hit;
		sums->missing += other && !hit;
		sums->extra += hit && !other;
		if (hit != other && sums->missing + sums->extra < 10)
			tap_note("%s: %s %s", message, rule->name,
				 hit ? "hits" : "does not hit");
	}
	sums->messages++;
}

static void
compare_all(void *mem, const struct ruleset *ruleset)
{
	struct regex_scratch *scratch = regex_scratch_new(mem);
	struct slice rest = read_xz(mem, SEGMENTS);
	struct names *all = read_hits(mem);
	struct segment_list list = { .items = NULL };
	struct sums sums = { 0 };
	const char *message = NULL;

	for (;;) {
		struct segment segment = { .type = 'M' };

		if (rest.len > 0) {
			segment.type = rest.data[0];
			rest = slice_from(rest, 1);
			segment.key = take_string(&rest);
			segment.text = take_string(&rest);
		}
		if (segment.type != 'M') {
			mem_grow(mem, list.items, list.count);
			list.items[list.count++] = segment;
			continue;
		}
		if (message != NULL && names_get(all, message) != NULL)
			compare(ruleset, &list, message,
				names_get(all, message), scratch, &sums);
		list.count = 0;
		if (segment.key.data == NULL)
			break;
		message = slice_string(mem, segment.key);
	}
	tap_note("%zu messages, %zu regexes and messages, %zu hits",
		 sums.messages, sums.pairs, sums.hits);
	tap_is_int((long long)sums.messages, 250, "all messages are there");
	tap_is_int((long long)sums.missing, 0, "no rule is missing");
	tap_is_int((long long)sums.extra, 0, "no rule hits in excess");
}

int
main(void)
{
	static const char *const paths[] = { RULES, NULL };
	struct ruleset_source source = { .paths = paths };
	void *mem = mem_context(NULL, "test");
	struct ruleset *ruleset;
	struct stat st;

	if (stat(RULES "/72_active.cf", &st) == -1 ||
	    stat(SEGMENTS, &st) == -1 || stat(HITS, &st) == -1) {
		tap_skip("stock regexes: SpamAssassin's files or the "
			 "reference data are not here");
		return tap_done();
	}
	ruleset = ruleset_load(mem, &source, problems_new(mem), NULL);
	if (tap_ok(ruleset != NULL, "the rule set loads"))
		compare_all(mem, ruleset);
	mem_free(mem);
	return tap_done();
}
