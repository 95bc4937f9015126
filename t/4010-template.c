/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include "base/mem.h"
#include "core/template.h"

static void *mem;

static int
test_quote(void *arg, struct slice value, struct buf *out, struct err *err)
{
	buf_printf(out, "<%.*s>", (int)value.len, value.data);
	return 0;
}

/* What a query makes of a key; "-" if it takes none of its kind. */
static const char *
expand(const char *text, const char *key)
{
	struct template_quote quote = { test_quote, NULL };
	struct template_parts parts;
	struct template template;
	struct buf out = BUF(mem);
	struct err err;

	if (template_parse(mem, text, true, "'", &template, &err) < 0)
		return mem_strdup(mem, err.text);
	template_split(slice_of(key), &parts);
	if (!template_takes_key(&template, &parts))
		return "-";
	template_expand(&template, &parts, &parts, &quote, &out, &err);
	return buf_string(&out);
}

static void
test_queries(void)
{
	tap_is(expand("a '%s' b", "x@y.z"), "a '<x@y.z>' b", "%s");
	tap_is(expand("'%u' '%d'", "x@y.z"), "'<x>' '<y.z>'", "%u %d");
	tap_is(expand("'%u'", "bare"), "'<bare>'", "%u of a bare name");
	tap_is(expand("'%d'", "bare"), "-", "%d of a bare name");
	tap_is(expand("'%u'", "@y.z"), "-", "%u of a domain alone");
	tap_is(expand("'%d'", "@y.z"), "'<y.z>'", "%d of a domain alone");
	tap_is(expand("'%d'", "x@"), "-", "%d without a domain");
	tap_is(expand("'%s'", ""), "-", "an empty key");
	tap_is(expand("'%u %d'", "a@b@c"), "'<a@b> <c>'", "the last @");
	tap_is(expand("'%S%U%D'", "x@y.z"), "'<x@y.z><x><y.z>'", "capitals");
	tap_is(expand("'%1' '%2'", "x@y.z"), "'<z>' '<y>'", "labels");
	tap_is(expand("'%3'", "x@y.z"), "-", "too few labels");
	tap_is(expand("'%1'", "bare"), "-", "labels of a bare name");
	tap_is(expand("'%1'", "x@y..z"), "'<z>'", "behind an empty label");
	tap_is(expand("'%2'", "x@y..z"), "-", "an empty label");
	tap_is(expand("'%9'", "x@1.2.3.4.5.6.7.8.9"), "'<1>'", "nine labels");
	tap_is(expand("'%%%s%%'", "x"), "'%<x>%'", "percent signs");
	tap_is(expand("'%s'", "%s"), "'<%s>'", "a key with a place in it");
	tap_is(expand("it''s '%s'", "x"), "it''s '<x>'", "doubled quotes");
}

static void
test_errors(void)
{
	static const char outside[] =
		"%s at column 1 does not stand in quotes: an address could "
		"change the query";

	tap_is(expand("%s", "x"), outside, "outside of quotes");
	tap_ok(strstr(expand("\"%s\"", "x"), "quotes") != NULL,
	       "in the wrong quotes");
	tap_ok(strstr(expand("'a' %u 'b'", "x"), "column 5") != NULL,
	       "behind quotes");
	tap_is(expand("'%", "x"), "\"%?\" at column 2 is no place of a "
	       "template", "nothing behind the sign");
	tap_is(expand("'%0'", "x"), "\"%0\" at column 2 is no place of a "
	       "template", "no such label");
}

static void
test_backslash(void)
{
	struct template template;
	struct err err;

	tap_is_int(template_parse(mem, "'it\\'s %s'", true, "'\"\\",
				  &template, &err), 0,
		   "a backslash escapes a quote in MariaDB");
	tap_is_int(template_parse(mem, "'it\\' %s'", true, "'", &template,
				  &err), -1, "but not in SQLite");
}

static void
test_results(void)
{
	struct template_parts key, value;
	struct template template;
	struct buf out = BUF(mem);
	struct err err;

	template_parse(mem, "%u-%d-%s-%U-%D-%1", false, "", &template, &err);
	template_split(SLICE("k@key.org"), &key);
	template_split(SLICE("v@val.net"), &value);
	template_expand(&template, &key, &value, NULL, &out, &err);
	tap_is(buf_string(&out), "v-val.net-v@val.net-k-key.org-org",
	       "a result");
	template_split(SLICE("bare"), &value);
	tap_ok(!template_takes_value(&template, &value),
	       "no domain: left out");
	template_split(SLICE("@val.net"), &value);
	tap_ok(!template_takes_value(&template, &value), "no user: left out");
	template_split(SLICE(""), &value);
	tap_ok(!template_takes_value(&template, &value), "empty: left out");
	template_split(SLICE("bare"), &key);
	tap_ok(!template_takes_key(&template, &key), "keys must have parts");
}

/* The statement and what its parameters are for a key, or "-". */
static const char *
prepare(const char *text, const char *key)
{
	struct template_statement statement;
	struct template_parts parts;
	struct template template;
	struct buf out = BUF(mem);
	struct err err;

	if (template_parse(mem, text, true, "'\"\\", &template, &err) < 0)
		return mem_strdup(mem, err.text);
	template_prepare(mem, &template, &statement);
	if (statement.text == NULL)
		return "-";
	buf_text(&out, statement.text);
	template_split(slice_of(key), &parts);
	for (size_t i = 0; i < statement.count; i++) {
		buf_text(&out, "|");
		template_expand(&statement.params[i], &parts, &parts, NULL,
				&out, &err);
	}
	return buf_string(&out);
}

static void
test_statements(void)
{
	tap_is(prepare("SELECT a FROM t WHERE u='%u' AND d='%d'", "x@y.z"),
	       "SELECT a FROM t WHERE u=? AND d=?|x|y.z", "two parameters");
	tap_is(prepare("select 'a?', '' from t where s like 'x-%s%%'", "k"),
	       "select 'a?', '' from t where s like ?|x-k%",
	       "text around a place, and texts without one");
	tap_is(prepare("SELECT a FROM t WHERE u='%s'", "'; DROP TABLE t"),
	       "SELECT a FROM t WHERE u=?|'; DROP TABLE t",
	       "nothing is quoted in a parameter");
	tap_is(prepare("CALL f('%s')", "x"), "-", "no SELECT");
	tap_is(prepare("SELECT \"%s\"", "x"), "-", "double quotes");
	tap_is(prepare("SELECT 'it''s %s'", "x"), "-", "a doubled quote");
	tap_is(prepare("SELECT 'a\\'%s'", "x"), "-", "a backslash");
	tap_is(prepare("SELECT x'%s'", "x"), "-", "a hexadecimal text");
	tap_is(prepare("SELECT _utf8'%s'", "x"), "-", "a character set");
	tap_is(prepare("SELECT ?, '%s'", "x"), "-", "a parameter already");
	tap_is(prepare("SELECT '%s' -- 'x'", "x"), "-", "a comment");
	tap_is(prepare("SELECT '%s' /* 'x' */", "x"), "-", "another comment");
	tap_is(prepare("SELECT 1", "x"), "-", "no place");
}

/* "column|rows" of a query, "-" if it is not divided. */
static const char *
divide(const char *text)
{
	struct template_statement statement;
	struct template template;
	struct err err;

	if (template_parse(mem, text, true, "'\"\\", &template, &err) < 0)
		return mem_strdup(mem, err.text);
	template_prepare(mem, &template, &statement);
	if (statement.column == NULL)
		return "-";
	return mem_printf(mem, "%s|%s%s", statement.column, statement.rows,
			  statement.is_number ? "|number" : "");
}

static void
test_divided(void)
{
	static const char *const whole[] = {
		"SELECT a, b FROM t WHERE u='%s'",
		"SELECT a b FROM t WHERE u='%s'",
		"SELECT a AS b FROM t WHERE u='%s'",
		"SELECT DISTINCT a FROM t WHERE u='%s'",
		"SELECT * FROM t WHERE u='%s'",
		"SELECT COUNT(a) FROM t WHERE u='%s'",
		"SELECT CONCAT(MAX(a), 'x') FROM t WHERE u='%s'",
		"SELECT TRIM(LEADING 'x' FROM a) FROM t WHERE u='%s'",
		"SELECT (a) FROM t WHERE u='%s'",
		"SELECT CONCAT(a FROM t WHERE u='%s'",
		"SELECT CONCAT(a)) FROM t WHERE u='%s'",
		"SELECT CONCAT(a,) FROM t WHERE u='%s'",
		"SELECT CONCAT() FROM t WHERE u='%s'",
		"SELECT CONCAT(a 'b') FROM t WHERE u='%s'",
		"SELECT CONCAT(a, ' from ') FROM t WHERE u='%s'",
		"SELECT a+1 FROM t WHERE u='%s'",
		"SELECT '%s'",
		"SELECT '%s' FROM t",
		"SELECT a FROM t WHERE u='%s' LIMIT 1",
		"SELECT a FROM t WHERE u='%s'\nunion SELECT 1",
		"SELECT a FROM t WHERE u='%s' GROUP BY a",
		"SELECT a FROM t WHERE u='%s' ORDER BY a",
	};

	tap_is(divide("SELECT 1 FROM t WHERE u='%s'"),
	       "1|FROM t WHERE u=?|number", "a number");
	tap_is(divide("select t.a from t WHERE u='%s'"),
	       "t.a|from t WHERE u=?", "a name");
	tap_is(divide("SELECT CONCAT( u.a , '@ b', lower(d.n) )\n FROM t "
		      "WHERE u='%s'"),
	       "CONCAT( u.a , '@ b', lower(d.n) )|FROM t WHERE u=?",
	       "an expression");
	tap_is(divide("SELECT 'ok' FROM t WHERE orders='%s'"),
	       "'ok'|FROM t WHERE orders=?", "a text");
	for (size_t i = 0; i < sizeof(whole) / sizeof(*whole); i++)
		tap_is(divide(whole[i]), "-", whole[i]);
}

int
main(void)
{
	mem = mem_context(NULL, "test");
	test_queries();
	test_errors();
	test_backslash();
	test_results();
	test_statements();
	test_divided();
	mem_free(mem);
	return tap_done();
}
