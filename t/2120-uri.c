/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * URIs in text and HTML, and their forms. Each expectation of the table is what
 * SpamAssassin 4.0.1 makes of a mail of that text.
 */
#include "tap.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "mail/uri.h"

static const char *const tlds[] = { "com", "net", "org", "py", "uk", "us" };
static const char *const second_level[] = { "co.uk" };
static const char *const third_level[] = { "demon.co.uk" };

static const struct uri_settings settings = {
	.tlds = tlds,
	.tld_count = sizeof(tlds) / sizeof(tlds[0]),
	.second_level = second_level,
	.second_level_count = 1,
	.third_level = third_level,
	.third_level_count = 1,
};

struct uri_case {
	struct slice text;
	const char *uris; /* sorted: raw, types, forms, hosts with domains */
};

static const struct uri_case cases[] = {
	/* found in text, or not */
	{ SLICE("see http://a.example.com/x, or (http://b.example.com"
	  "/y). <http://c.example.com/z?q=1> "),
	  "uri http://a.example.com/x [parsed]\n"
	  "  form http://a.example.com/x\n"
	  "  host a.example.com example.com\n"
	  "uri http://b.example.com/y [parsed]\n"
	  "  form http://b.example.com/y\n"
	  "  host b.example.com example.com\n"
	  "uri http://c.example.com/z?q=1 [parsed]\n"
	  "  form http://c.example.com/z?q=1\n"
	  "  host c.example.com example.com\n" },
	{ SLICE("http://a.example.com/(x) http://b.example.com/x)y)z "
	  "\"http://c.example.com/'q'\" [http://d.example.com] "),
	  "uri http://a.example.com/(x [parsed]\n"
	  "  form http://a.example.com/(x\n"
	  "  host a.example.com example.com\n"
	  "uri http://b.example.com/x)y [parsed]\n"
	  "  form http://b.example.com/x)y\n"
	  "  host b.example.com example.com\n"
	  "uri http://c.example.com/'q [parsed]\n"
	  "  form http://c.example.com/'q\n"
	  "  host c.example.com example.com\n"
	  "uri http://d.example.com [parsed]\n"
	  "  form http://d.example.com\n"
	  "  host d.example.com example.com\n" },
	{ SLICE("www.example.com WWW3.example.com/x www1234.example.c"
	  "om ftp.example.com/pub "),
	  "uri ftp://ftp.example.com/pub [parsed,schemeless]\n"
	  "  form ftp://ftp.example.com/pub\n"
	  "  host ftp.example.com example.com\n"
	  "uri http://WWW3.example.com/x [parsed,schemeless]\n"
	  "  form http://WWW3.example.com/x\n"
	  "  host www3.example.com example.com\n"
	  "uri http://www.example.com [parsed,schemeless]\n"
	  "  form http://www.example.com\n"
	  "  host www.example.com example.com\n"
	  "uri http://www1234.example.com [parsed,schemeless,un"
	  "linked]\n"
	  "  form http://www1234.example.com\n"
	  "  host www1234.example.com example.com\n" },
	{ SLICE("go to foo.example.org or foo.py, not foo.nosuchtld n"
	  "or foo. example.com/ but example.com:80/x example.co"
	  "m:x "),
	  "uri http://example.com:80/x [parsed,schemeless,unlin"
	  "ked]\n"
	  "  form http://example.com/x\n"
	  "  form http://example.com:80/x\n"
	  "  host example.com example.com\n"
	  "uri http://foo.example.org [parsed,schemeless,unlink"
	  "ed]\n"
	  "  form http://foo.example.org\n"
	  "  host foo.example.org example.org\n" },
	{ SLICE("write to joe@example.com, jane@example.net; joe@loca"
	  "lhost @example.com joe@ mailto:jim@example.org?subje"
	  "ct=x "),
	  "uri http://example.com [parsed,schemeless,unlinked]\n"
	  "  form http://example.com\n"
	  "  host example.com example.com\n"
	  "uri mailto:jane@example.net [parsed,schemeless]\n"
	  "  form mailto:jane@example.net\n"
	  "  host example.net example.net\n"
	  "uri mailto:jim@example.org?subject=x [parsed]\n"
	  "  form mailto:jim@example.org\n"
	  "  form mailto:jim@example.org?subject=x\n"
	  "  host example.org example.org\n"
	  "uri mailto:joe@example.com [parsed,schemeless]\n"
	  "  form mailto:joe@example.com\n"
	  "  host example.com example.com\n" },
	{ SLICE("e-mail:joe@example.com skype:joe@example.net :joe@ex"
	  "ample.org cid:x@example.com mid:y@example.com "),
	  "uri mailto:joe@example.com [parsed,schemeless]\n"
	  "  form mailto:joe@example.com\n"
	  "  host example.com example.com\n"
	  "uri mailto:joe@example.net [parsed,schemeless]\n"
	  "  form mailto:joe@example.net\n"
	  "  host example.net example.net\n"
	  "uri mailto:joe@example.org [parsed,schemeless]\n"
	  "  form mailto:joe@example.org\n"
	  "  host example.org example.org\n" },
	{ SLICE("xhttp://a.example.com http:// http://x ftp://files.e"
	  "xample.com/a%20b hxxp://foo.example.com "),
	  "uri ftp://files.example.com/a%20b [parsed]\n"
	  "  form ftp://files.example.com/a%20b\n"
	  "  host files.example.com example.com\n"
	  "uri http://a.example.com [parsed,schemeless,unlinked"
	  "]\n"
	  "  form http://a.example.com\n"
	  "  host a.example.com example.com\n"
	  "uri http://foo.example.com [parsed,schemeless,unlink"
	  "ed]\n"
	  "  form http://foo.example.com\n"
	  "  host foo.example.com example.com\n"
	  "uri http://x [parsed]\n"
	  "  form http://www.x.com\n"
	  "  form http://x\n"
	  "  host www.x.com x.com\n" },
	{ SLICE("user@host.example.com/path /path/user@host.example.c"
	  "om a/b@example.com "),
	  "uri http://a/b@example.com [parsed,schemeless]\n"
	  "  form http://a/b@example.com\n"
	  "  form http://www.a.com/b@example.com\n"
	  "  host www.a.com a.com\n" },
	{ SLICE("joe%40example.com joe@foo%2Eexample.com joe@example."
	  "com&foo joe@example.com%20 "),
	  "uri mailto:joe@example.com%20 [parsed,schemeless]\n"
	  "  form mailto:joe@example.com\n"
	  "  form mailto:joe@example.com%20\n"
	  "  host example.com example.com\n"
	  "uri mailto:joe@example.com&foo [parsed,schemeless]\n"
	  "  form mailto:joe@example.com\n"
	  "  form mailto:joe@example.com&foo\n"
	  "  host example.com example.com\n"
	  "uri mailto:joe@foo.example.com [parsed,schemeless]\n"
	  "  form mailto:joe@foo.example.com\n"
	  "  host foo.example.com example.com\n" },
	{ SLICE("http://under_score.com/ http://a.under_score.com/ ht"
	  "tp://_x.y.example.com/ http://-bad.com/ http://examp"
	  "le..com/ "),
	  "uri http://_x.y.example.com/ [parsed]\n"
	  "  form http://_x.y.example.com/\n"
	  "  host _x.y.example.com example.com\n" },
	{ SLICE("\033(Bwww.example.com a-www.example.com x=www.exampl"
	  "e.net *www.example.org* "),
	  "uri http://Bwww.example.com [parsed,schemeless,unlin"
	  "ked]\n"
	  "  form http://Bwww.example.com\n"
	  "  host bwww.example.com example.com\n"
	  "uri http://a-www.example.com [parsed,schemeless,unli"
	  "nked]\n"
	  "  form http://a-www.example.com\n"
	  "  host a-www.example.com example.com\n"
	  "uri http://www.example.net [parsed,schemeless]\n"
	  "  form http://www.example.net\n"
	  "  host www.example.net example.net\n"
	  "uri http://www.example.org [parsed,schemeless]\n"
	  "  form http://www.example.org\n"
	  "  host www.example.org example.org\n" },
	/* forms */
	{ SLICE("http://www%2eexample%2ecom/%41%20%zz http://EXAMPLE."
	  "com/%7euser http://&#101;xample.com/&#x41; http://ex"
	  "ample&#x2e;com/ "),
	  "uri http://EXAMPLE.com/%7euser [parsed]\n"
	  "  form http://EXAMPLE.com/%7euser\n"
	  "  form http://EXAMPLE.com/~user\n"
	  "  host example.com example.com\n"
	  "uri http://www%2eexample%2ecom/%41%20%zz [parsed]\n"
	  "  form http://www%2eexample%2ecom/%41%20%zz\n"
	  "  form http://www.example.com/A%20%25zz\n"
	  "  host www.example.com example.com\n" },
	{ SLICE("http:/example.com/x http:\\\\example.com\\x http:///"
	  "example.com/ https:example.com "),
	  "uri http://example.com [parsed,schemeless,unlinked]\n"
	  "  form http://example.com\n"
	  "  host example.com example.com\n"
	  "uri http://example.com/x [parsed,schemeless,unlinked"
	  "]\n"
	  "  form http://example.com/x\n"
	  "  host example.com example.com\n" },
	{ SLICE("http://example.com?x=1 http://example.com#f http://e"
	  "xample.com:80/ https://example.com:443/x http://exam"
	  "ple.com:8080/x http://example.com:80x/ "),
	  "uri http://example.com#f [parsed]\n"
	  "  form http://example.com#f\n"
	  "  form http://example.com/#f\n"
	  "  host example.com example.com\n"
	  "uri http://example.com:80/ [parsed]\n"
	  "  form http://example.com/\n"
	  "  form http://example.com:80/\n"
	  "  host example.com example.com\n"
	  "uri http://example.com:8080/x [parsed]\n"
	  "  form http://example.com:8080/x\n"
	  "  host example.com example.com\n"
	  "uri http://example.com?x=1 [parsed]\n"
	  "  form http://example.com/?x=1\n"
	  "  form http://example.com?x=1\n"
	  "  host example.com example.com\n"
	  "uri https://example.com:443/x [parsed]\n"
	  "  form https://example.com/x\n"
	  "  form https://example.com:443/x\n"
	  "  host example.com example.com\n" },
	{ SLICE("http://user:pw@example.com/ http://www.bank.example@"
	  "example.com/x http://a@b@example.com/ "),
	  "uri http://a@b@example.com/ [parsed]\n"
	  "  form http://a@b@example.com/\n"
	  "  form http://example.com/\n"
	  "  host example.com example.com\n"
	  "uri http://user:pw@example.com/ [parsed]\n"
	  "  form http://user:pw@example.com/\n"
	  "  host example.com example.com\n"
	  "uri http://www.bank.example@example.com/x [parsed]\n"
	  "  form http://www.bank.example@example.com/x\n"
	  "  host example.com example.com\n" },
	{ SLICE("http://example.com!!/x http://example.com./ http://f"
	  "oobar/ http://www.foobar/x http://localhost/ "),
	  "uri http://example.com!!/x [parsed]\n"
	  "  form http://example.com!!/x\n"
	  "  form http://example.com/x\n"
	  "  host example.com example.com\n"
	  "uri http://example.com./ [parsed]\n"
	  "  form http://example.com./\n"
	  "  form http://example.com/\n"
	  "  host example.com example.com\n"
	  "uri http://foobar/ [parsed]\n"
	  "  form http://foobar/\n"
	  "  form http://www.foobar.com/\n"
	  "  host www.foobar.com foobar.com\n"
	  "uri http://www.foobar/x [parsed]\n"
	  "  form http://www.foobar.com/x\n"
	  "  form http://www.foobar/x\n"
	  "  host www.foobar.com foobar.com\n" },
	{ SLICE("http://127.0.0.1/x http://0x7f.1.02.3/ http://0x7f00"
	  "0001/ http://2130706433/ http://0177.0.010.08/ http:"
	  "//1.2.3.4.5/ "),
	  "uri http://0x7f.1.02.3/ [parsed]\n"
	  "  form http://0x7f.1.02.3/\n"
	  "  form http://127.1.2.3/\n"
	  "  host 127.1.2.3 127.1.2.3\n"
	  "uri http://0x7f000001/ [parsed]\n"
	  "  form http://0x7f000001/\n"
	  "  form http://127.0.0.1/\n"
	  "  host 127.0.0.1 127.0.0.1\n"
	  "uri http://127.0.0.1/x [parsed]\n"
	  "  form http://127...1/x\n"
	  "  form http://127.0.0.1/x\n"
	  "  host 127.0.0.1 127.0.0.1\n"
	  "uri http://2130706433/ [parsed]\n"
	  "  form http://127.0.0.1/\n"
	  "  form http://2130706433/\n"
	  "  host 127.0.0.1 127.0.0.1\n" },
	{ SLICE("http://99999999999999999999/ http://0x112233445566/ "
	  "http://0400.256.0x100.1/ "),
	  "uri http://0x112233445566/ [parsed]\n"
	  "  form http://0x112233445566/\n"
	  "  form http://51.68.85.102/\n"
	  "  host 51.68.85.102 51.68.85.102\n"
	  "uri http://99999999999999999999/ [parsed]\n"
	  "  form http://255.255.255.255/\n"
	  "  form http://99999999999999999999/\n"
	  "  host 255.255.255.255 255.255.255.255\n" },
	/* registries */
	{ SLICE("http://www.foo.co.uk/ http://a.b.demon.co.uk/ http:/"
	  "/co.uk/ http://x.school.k12.ca.us/ http://x.foo.pvt."
	  "k12.ca.us/ http://y.ci.oakland.ca.us/ "),
	  "uri http://a.b.demon.co.uk/ [parsed]\n"
	  "  form http://a.b.demon.co.uk/\n"
	  "  host a.b.demon.co.uk b.demon.co.uk\n"
	  "uri http://co.uk/ [parsed]\n"
	  "  form http://co.uk/\n"
	  "  host co.uk co.uk\n"
	  "uri http://www.foo.co.uk/ [parsed]\n"
	  "  form http://www.foo.co.uk/\n"
	  "  host www.foo.co.uk foo.co.uk\n"
	  "uri http://x.foo.pvt.k12.ca.us/ [parsed]\n"
	  "  form http://x.foo.pvt.k12.ca.us/\n"
	  "  host x.foo.pvt.k12.ca.us foo.pvt.k12.ca.us\n"
	  "uri http://x.school.k12.ca.us/ [parsed]\n"
	  "  form http://x.school.k12.ca.us/\n"
	  "  host x.school.k12.ca.us school.k12.ca.us\n"
	  "uri http://y.ci.oakland.ca.us/ [parsed]\n"
	  "  form http://y.ci.oakland.ca.us/\n"
	  "  host y.ci.oakland.ca.us y.ci.oakland.ca.us\n" },
	/* redirectors */
	{ SLICE("http://r.example.com/?http://t.example.org/x&y http:"
	  "//r.example.com/http:/u.example.org http://r.example"
	  ".com/?u=https:v.example.org#z "),
	  "uri http://r.example.com/?http://t.example.org/x&y ["
	  "parsed]\n"
	  "  form http://r.example.com/?http://t.example.org/x&"
	  "y\n"
	  "  form http://t.example.org/x\n"
	  "  host r.example.com example.com\n"
	  "  host t.example.org example.org\n"
	  "uri http://r.example.com/?u=https:v.example.org#z [p"
	  "arsed]\n"
	  "  form http://r.example.com/?u=https:v.example.org#z"
	  "\n"
	  "  form https://v.example.org\n"
	  "  form https:v.example.org\n"
	  "  host r.example.com example.com\n"
	  "  host v.example.org example.org\n"
	  "uri http://r.example.com/http:/u.example.org [parsed"
	  "]\n"
	  "  form http://r.example.com/http:/u.example.org\n"
	  "  form http://u.example.org\n"
	  "  form http:/u.example.org\n"
	  "  host r.example.com example.com\n"
	  "  host u.example.org example.org\n" },
	{ SLICE("http://r.example.com/?http://nodot/ http://r.example"
	  ".com/http://s.example.com/http://t.example.net/ "),
	  "uri http://r.example.com/?http://nodot/ [parsed]\n"
	  "  form http://r.example.com/?http://nodot/\n"
	  "  host r.example.com example.com\n"
	  "uri http://r.example.com/http://s.example.com/http:/"
	  "/t.example.net/ [parsed]\n"
	  "  form http://r.example.com/http://s.example.com/htt"
	  "p://t.example.net/\n"
	  "  form http://s.example.com/http://t.example.net/\n"
	  "  form http://t.example.net/\n"
	  "  host r.example.com example.com\n"
	  "  host s.example.com example.com\n"
	  "  host t.example.net example.net\n" },
	/* mail */
	{ SLICE("mailto:joe@example.com?cc=a@example.net mailto:\"Joe"
	  "%20B\"<joe@example.com> mailto:%20%20joe@example.com"
	  "%20 "),
	  "uri mailto:%20%20joe@example.com%20 [parsed]\n"
	  "  form mailto:%20%20joe@example.com%20\n"
	  "  form mailto:joe@example.com\n"
	  "  host example.com example.com\n"
	  "uri mailto:joe@example.com [parsed,schemeless]\n"
	  "  form mailto:joe@example.com\n"
	  "  host example.com example.com\n"
	  "uri mailto:joe@example.com?cc=a@example.net [parsed]"
	  "\n"
	  "  form mailto:joe@example.com\n"
	  "  form mailto:joe@example.com?cc=a@example.net\n"
	  "  host example.com example.com\n" },
};

static int
compare_strings(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
add_sorted(struct buf *out, char **lines, size_t count)
{
	qsort(lines, count, sizeof(lines[0]), compare_strings);
	for (size_t i = 0; i < count; i++)
		buf_text(out, lines[i]);
}

static void
describe_types(struct buf *out, unsigned types)
{
	const char *separator = " [";

	for (unsigned i = 0; i < URI_TYPES; i++)
		if (types >> i & 1) {
			buf_printf(out, "%s%s", separator, uri_type_name(i));
			separator = ",";
		}
	buf_text(out, "]\n");
}

static char *
describe_one(void *mem, const struct uri_detail *detail)
{
	char **lines = mem_array(mem, char *,
				 detail->canonical_count + detail->host_count);
	struct buf out = BUF(mem);

	buf_printf(&out, "uri %.*s", (int)detail->raw.len, detail->raw.data);
	describe_types(&out, detail->types);
	for (size_t i = 0; i < detail->canonical_count; i++)
		lines[i] = mem_printf(mem, "  form %.*s\n",
				      (int)detail->canonical[i].len,
				      detail->canonical[i].data);
	add_sorted(&out, lines, detail->canonical_count);
	for (size_t i = 0; i < detail->host_count; i++)
		lines[i] = mem_printf(mem, "  host %s %s\n", detail->hosts[i],
				      detail->host_domains[i]);
	add_sorted(&out, lines, detail->host_count);
	return out.data;
}

static const char *
describe(void *mem, const struct uri_list *list)
{
	char **lines = mem_array(mem, char *, list->count + 1);
	struct buf out = BUF(mem);

	for (size_t i = 0; i < list->count; i++)
		lines[i] = describe_one(mem, &list->items[i]);
	add_sorted(&out, lines, list->count);
	return buf_string(&out);
}

static void
test_case(const struct uri_case *test)
{
	void *mem = mem_context(NULL, "test");
	struct uri_builder *builder = uri_builder_new(mem, &settings);

	uri_builder_text(builder, test->text);
	tap_is(describe(mem, uri_builder_finish(builder)), test->uris,
	       str_escape(mem, test->text, 60));
	mem_free(mem);
}

static struct uri_list *
from_html(void *mem, struct slice source, bool characters)
{
	struct uri_builder *builder = uri_builder_new(mem, &settings);

	uri_builder_html(builder, html_render(mem, source, characters));
	return uri_builder_finish(builder);
}

static void
test_html(void)
{
	void *mem = mem_context(NULL, "test");
	struct uri_list *list;

	list = from_html(mem,
			 SLICE("<a href='x.gif'>one</a><a href='x.gif'>one</a>"
			       "<a href='x.gif'>two</a><img src='x.gif'>"),
			 false);
	tap_is(describe(mem, list),
	       "uri x.gif [a,img]\n  form http://x.gif\n  form x.gif\n",
	       "a link needs no valid host");
	tap_is_int((long long)list->items[0].anchor_count, 2,
		   "an anchor's text counts once");
	list = from_html(mem, SLICE("<a>x</a>"), false);
	tap_is(describe(mem, list), "uri  [parsed]\n  form \n",
	       "an anchor without link is an empty URI");
	list = from_html(mem, SLICE("<img src='caf&eacute;'>"), false);
	tap_is_slice(list->items[0].raw, "caf\xe9",
		     "what is bytes to SpamAssassin is bytes");
	list = from_html(mem, SLICE("<img src='caf&eacute;'>"), true);
	tap_is_slice(list->items[0].raw, "caf\xc3\xa9", "and else UTF-8");
	mem_free(mem);
}

static void
test_idn(void)
{
	void *mem = mem_context(NULL, "test");
	struct uri_list *list;

	list = from_html(
		mem, SLICE("<img src='http://B\xc3\xbc" "cher.com/x'>"), true);
	tap_is(describe(mem, list),
	       "uri http://B\xc3\xbc" "cher.com/x [img]\n"
	       "  form http://B\xc3\xbc" "cher.com/x\n"
	       "  form http://xn--bcher-kva.com/x\n"
	       "  host xn--bcher-kva.com xn--bcher-kva.com\n",
	       "names in other scripts");
	list = from_html(mem,
			 SLICE("<img src='http://a\xe3\x80\x82"
			       "b\xef\xbc\x8e" "com/'>"),
			 true);
	tap_ok(list->items[0].host_count == 1 &&
		       strcmp(list->items[0].hosts[0], "a.b.com") == 0,
	       "full stops of other scripts");
	mem_free(mem);
}

static struct slice
redirect_goto(void *scratch, const void *patterns, size_t index,
	      struct slice uri)
{
	size_t at = slice_search(uri, 0, SLICE("goto="));

	if (at == uri.len)
		return SLICE_NONE;
	return slice_cut(uri, at + 5, slice_find(uri, at, '&'));
}

static void
test_redirect(void)
{
	void *mem = mem_context(NULL, "test");
	struct uri_settings own = settings;
	struct uri_builder *builder;

	own.redirect = redirect_goto;
	own.pattern_count = 1;
	builder = uri_builder_new(mem, &own);
	uri_builder_text(builder, SLICE("http://r.com/?goto=www.t.org&x"));
	tap_is(describe(mem, uri_builder_finish(builder)),
	       "uri http://r.com/?goto=www.t.org&x [parsed]\n"
	       "  form http://r.com/?goto=www.t.org&x\n"
	       "  form http://www.t.org\n  form www.t.org\n"
	       "  host r.com r.com\n  host www.t.org t.org\n",
	       "redirectors that an admin knows");
	mem_free(mem);
}

static void
test_domains(void)
{
	void *mem = mem_context(NULL, "test");

	tap_is(uri_host(mem, SLICE("HTTP://u@WWW.Foo.co.uk:80/x"), &settings),
	       "www.foo.co.uk", "host of a URI");
	tap_is(uri_host(mem, SLICE("mailto:x@foo.com?y@z"), &settings),
	       "foo.com", "host of an address");
	tap_is(uri_host(mem, SLICE("http://foo.nosuch/"), &settings), NULL,
	       "an unknown top level domain");
	tap_is(uri_host(mem, SLICE("javascript:foo.com"), &settings), NULL,
	       "a script has none");
	tap_is(uri_host(mem, SLICE("http://1.2.3.4:8/"), &settings), "1.2.3.4",
	       "an address");
	tap_is(uri_domain(mem, "www.foo.co.uk", &settings), "foo.co.uk",
	       "a domain below co.uk");
	tap_is(uri_domain(mem, "..a..b.com.", &settings), "b.com",
	       "dots too many");
	tap_is(uri_domain(mem, "com", &settings), "com", "one label");
	tap_is(uri_domain(mem, "", &settings), NULL, "no name");
	mem_free(mem);
}

static void
test_many(const char *format, int count, const char *name)
{
	void *mem = mem_context(NULL, "test");
	struct uri_builder *builder = uri_builder_new(mem, &settings);
	struct buf text = BUF(mem);
	struct uri_list *list;
	int64_t start;

	for (int i = 0; i < count; i++) {
		buf_text(&text, format);
		buf_printf(&text, "%d ", i);
	}
	start = clock_cpu_us();
	uri_builder_text(builder, buf_view(&text));
	uri_builder_html(builder, html_render(mem, buf_view(&text), true));
	list = uri_builder_finish(builder);
	tap_ok(clock_cpu_us() - start < 2000000, "%s: in time", name);
	tap_note("%lld us, %zu kept%s", (long long)(clock_cpu_us() - start),
		 list->count, list->dropped ? ", some dropped" : "");
	mem_free(mem);
}

static void
test_limits(void)
{
	void *mem = mem_context(NULL, "test");
	struct uri_builder *builder = uri_builder_new(mem, &settings);
	struct buf text = BUF(mem);
	struct uri_list *list;

	for (int i = 0; i < 2 * URI_DETAILS_MAX; i++)
		buf_printf(&text, "http://a%d.com/ ", i);
	uri_builder_text(builder, buf_view(&text));
	list = uri_builder_finish(builder);
	tap_ok(list->dropped && list->count == URI_DETAILS_MAX,
	       "the number is bounded, and that is told");
	tap_ok(!list->truncated, "which is not what truncated means");
	mem_free(mem);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_case(&cases[i]);
	test_html();
	test_idn();
	test_redirect();
	test_domains();
	test_limits();
	test_many("http://www.example.com/x", 50000, "URIs");
	test_many("<a href=http://www.example.com/x>y</a>", 50000, "links");
	test_many("mailto:joe@example.com?", 50000, "addresses");
	test_many("a.b-c_", 100000, "what looks like hosts");
	test_many("@", 500000, "signs");
	test_many("http://", 100000, "schemes");
	test_many("http:a.com/?http:a.com/?http:a.com/?http:a.com/?", 20000,
		  "redirectors");
	test_many("<img src=http:x.com?http:a.com?http:a.com?http:b.com?http:"
		  "c.com?http:d.com?http:e.com?http:f.com?http:g.com>", 9000,
		  "redirectors in redirectors");
	test_many("mailto:<<<<<<<<<<<<<<<<<<<<<<<<<<<<<@x.com", 20000,
		  "brackets");
	return tap_done();
}
