/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "core/map.h"
#include "core/mapfile.h"
#include "core/match.h"

static void *mem;
static struct problems *problems;
static struct map_home *home;
static char *folder;

static char *
file(const char *name, const char *text)
{
	char *path = mem_printf(mem, "%s/%s", folder, name);
	FILE *out = fopen(path, "we");

	fputs(text, out);
	fclose(out);
	return path;
}

static const char *
find(const char *spec, const char *key)
{
	struct lookup lookup = { .mem = mem, .deadline = clock_ms() + 1000 };
	struct err err;
	struct map *map = map_open(home, slice_of(spec), &err);
	const char *value;

	if (map == NULL)
		return mem_strdup(mem, err.text);
	switch (map_find(&lookup, map, slice_of(key), &value, &err)) {
	case 0:
		return "-";
	case 1:
		return value;
	default:
		return mem_strdup(mem, err.text);
	}
}

static void
test_tables(void)
{
	char *spec = mem_printf(mem, "texthash:%s",
				file("t", "# comment\n\nKey  a value\n"
					  "long one,\n  # in between\n\ttwo\n"
					  "twice 1\r\ntwice 2\n"));

	tap_is(find("inline:{a=b, {C = d}}", "A"), "b", "inline, folded key");
	tap_is(find("inline:{{a = b c}, {d=e,f}}", "d"), "e,f",
	       "inline, in braces");
	tap_is(find("inline:{a=b}", "x"), "-", "inline, nothing");
	tap_is(find("static:yes", "x"), "yes", "static");
	tap_is(find("static:{a b}", "x"), "a b", "static in braces");
	tap_is(find("proxy:static:yes", "x"), "yes", "proxy");
	tap_is(find(spec, "key"), "a value", "texthash");
	tap_is(find(spec, "long"), "one,\ttwo", "texthash, continued");
	tap_is(find(spec, "twice"), "2", "texthash, the last one counts");
	tap_is(find(spec, "in"), "-", "texthash, nothing");
}

static void
test_refused(void)
{
	char *loop = mem_printf(mem, "%s/loop", folder);

	tap_is(find("hash:/x", "a"), "hash:/x: compiled tables are not read; "
	       "texthash: reads their source", "hash");
	tap_ok(strstr(find("nonsense", "a"), "the kinds of maps are") != NULL,
	       "no kind");
	tap_ok(strstr(find("pcre:/x", "a"), "the kinds of maps are") != NULL,
	       "another kind");
	tap_ok(strstr(find("inline:x", "a"), "expected {key") != NULL,
	       "inline without braces");
	tap_ok(strstr(find("inline:{=x}", "a"), "expected {key") != NULL,
	       "inline without a key");
	tap_ok(strstr(find("static:", "a"), "expected a value") != NULL,
	       "static without a value");
	tap_ok(strstr(find("texthash:/proc/nonexistent", "a"), "No such") !=
		       NULL,
	       "no file");
	tap_ok(strstr(find(mem_printf(mem, "texthash:%s", file("bad", "one\n")),
			   "a"), "bad:1: expected \"key value\"") != NULL,
	       "a line without a value");
	file("loop", mem_printf(mem, "query = SELECT '%%s'\ndbpath = /x\n"
				     "domain = sqlite:%s\n", loop));
	tap_ok(strstr(find(mem_printf(mem, "sqlite:%s", loop), "a"),
		      "too deeply") != NULL, "a map within itself");
}

static void
test_file(void)
{
	static const char text[] = "# x\nuser = me\n\npassword = a=b#c\n"
				   "query = SELECT\n  # no\n\t1\nusr = x\n"
				   "user = you\n";
	size_t warned = problems->warnings;
	struct mapfile *read;
	struct err err;
	size_t count;
	bool flag;

	read = mapfile_parse(mem, "f", SLICE(text), problems, &err);
	tap_is(mapfile_text(read, "user", ""), "you", "the last one counts");
	tap_is(mapfile_text(read, "password", ""), "a=b#c",
	       "a value is taken as it is");
	tap_is(mapfile_text(read, "query", ""), "SELECT\t1", "continued");
	tap_is(mapfile_text(read, "hosts", "here"), "here", "the default");
	mapfile_check(read);
	tap_is_int((long long)(problems->warnings - warned), 2, "two warnings");
	tap_is(problem_string(mem, &problems->items[problems->count - 2]),
	       "f:2: warning: user is set again below; the last line counts",
	       "the first");
	tap_is(problem_string(mem, &problems->items[problems->count - 1]),
	       "f:8: warning: unknown key \"usr\"; did you mean \"user\"?",
	       "the second");
	tap_is_int(mapfile_count(read, "user", 0, &count, &err), -1,
		   "not a number");
	tap_is_int(mapfile_bool(read, "user", true, &flag, &err), -1,
		   "not yes or no");
	tap_ok(mapfile_parse(mem, "f", SLICE("secret\n= c\nu = x\n"),
			     problems, &err) == NULL, "bad lines");
	tap_is(err.text, "f: 2 lines are in error", "are counted");
}

static int
member(const char *list, bool parents, const char *domain)
{
	struct lookup lookup = { .mem = mem, .deadline = clock_ms() + 1000 };
	struct err err;
	struct match *match = match_open(home, list, parents, &err);

	return match == NULL ? -1
			     : match_find(&lookup, match, slice_of(domain),
					  &err);
}

static void
test_lists(void)
{
	char *path = file("domains",
			  "a.example\n# x\n  b.example, c.example\n");
	char *self = file("self", "x.example\n");

	tap_is_int(member("a.example b.example", false, "B.Example"), 1,
		   "a name");
	tap_is_int(member("a.example", false, "x.a.example"), 0, "not below");
	tap_is_int(member("a.example", true, "x.y.a.example"), 1, "below");
	tap_is_int(member("!b.a.example, a.example", true, "b.a.example"), 0,
		   "excluded");
	tap_is_int(member("inline:{a.example=1}", false, "a.example"), 1,
		   "a map");
	tap_is_int(member(path, false, "c.example"), 1, "a file");
	tap_is_int(member(path, false, "d.example"), 0, "not in the file");
	file("self", mem_printf(mem, "%s\n", self));
	tap_is_int(member(self, false, "x"), -1, "a file within itself");
	tap_is_int(member("", false, "x"), 0, "an empty list");
}

int
main(void)
{
	char template[] = "/tmp/isp-map-XXXXXX";

	mem = mem_context(NULL, "test");
	folder = mkdtemp(template);
	problems = problems_new(mem);
	home = map_home_new(mem, 1, problems);
	test_tables();
	test_refused();
	test_file();
	test_lists();
	for (const char *const *name = (const char *const[]){
		     "t", "bad", "loop", "domains", "self", NULL };
	     *name != NULL; name++)
		unlink(mem_printf(mem, "%s/%s", folder, *name));
	rmdir(folder);
	mem_free(mem);
	return tap_done();
}
