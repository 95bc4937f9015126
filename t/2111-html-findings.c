/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What HTMLEval rules ask about a document. Each expectation is what
 * SpamAssassin 4.0.1 finds in that input.
 */
#include "tap.h"

#include "base/mem.h"
#include "mail/html.h"

struct findings_case {
	struct slice source;
	const char *findings; /* values other than the usual, and texts */
};

static const struct findings_case cases[] = {
	/* balance of tags */
	{ SLICE("<b>a</b></b></i>c"),
	  "closed_extra_ratio 0.5\n"
	  "obfuscation_ratio 0.25\n"
	  "backhair_count 1\n" },
	{ SLICE("<foo>a<bar>b</foo><p>c<o:p>d</o:p><st1:place>e"),
	  "bad_tag_ratio 0.428571\n"
	  "non_element_ratio 0.4\n"
	  "obfuscation_ratio 0.428571\n"
	  "backhair_count 1\n" },
	{ SLICE("<foo><foo><foo><p>"),
	  "bad_tag_ratio 0.75\n"
	  "non_element_ratio 0.5\n" },
	/* split words */
	{ SLICE("V<b>I</b>A<i>G</i>RA word <b>x</b>y"),
	  "obfuscation_ratio 0.833333\n"
	  "backhair_count 2\n" },
	{ SLICE("hello<b></b>world foo<i>bar.</i>baz"),
	  "obfuscation_ratio 0.5\n"
	  "backhair_count 2\n" },
	/* fonts */
	{ SLICE("<font size=7>a<font size=\"+4\">b<font size=1>c<font"
	  " size=+x>d"),
	  "min_size 1\n"
	  "max_size 7\n"
	  "obfuscation_ratio 0.75\n"
	  "backhair_count 1\n" },
	{ SLICE("<big><big><font face=\"x y\">a</font></big></big><sm"
	  "all><small><small>b"),
	  "max_size 5\n"
	  "obfuscation_ratio 0.111111\n"
	  "backhair_count 1\n" },
	{ SLICE("<font face=\"Arial, 'Comic Sans MS', sans-serif\">a<"
	  "font face=Verdana1>b"),
	  "obfuscation_ratio 0.5\n"
	  "backhair_count 1\n" },
	{ SLICE("<font face=\"A\">a"),
	  "font_face_bad 1\n" },
	{ SLICE("<font face=\"Arial12\">a"),
	  "font_face_bad 1\n" },
	{ SLICE("<font face=\"x,,y\">a"),
	  "font_face_bad 1\n" },
	{ SLICE("<font face=\" Ab;\">a<font face=\".Ab\">b<font face="
	  "\"'Ab',\n'Cd';\">c"),
	  "obfuscation_ratio 0.666667\n"
	  "backhair_count 1\n" },
	{ SLICE("<font color=foo>a"),
	  "font_invalid_color 1\n" },
	{ SLICE("<font color=white>a"),
	  "font_low_contrast 1\n" },
	/* pictures, forms, embedded objects */
	{ SLICE("<img src=a width=10 height=20><img width=50% height="
	  "10%><img width=x height=0><img width=5>"),
	  "image_area 64200\n"
	  "uri a [img]\n" },
	{ SLICE("<form action=\"MAILTO:a@b\">x</form><object></object"
	  ">"),
	  "form_action_mailto 1\n"
	  "embeds 1\n"
	  "uri MAILTO:a@b [form]\n" },
	{ SLICE("<embed src=e.swf>"),
	  "embeds 1\n"
	  "uri e.swf [embed]\n" },
	/* comments, titles, scripts */
	{ SLICE("<!--a--><!-- b ><!-->c<!x></ y></><!--z"),
	  "comment <!--a-->\n"
	  "comment <!-- b ><!-->\n"
	  "comment <!x>\n"
	  "comment </ y>\n"
	  "comment </>\n"
	  "comment <!--z\n" },
	{ SLICE("<title>A <b>B&amp;</title>x<title>C</title><title></"
	  "title>"),
	  "title A <b>B&\n"
	  "title C\n"
	  "title \n" },
	{ SLICE("<script>a&lt;b</script>x<SCRIPT src=\"s.js\">c</scri"
	  "pt>"),
	  "script a&lt;b\n"
	  "script c\n"
	  "uri s.js [script]\n" },
	{ SLICE("<title>open <b>x"),
	  "title open \n" },
};

static bool
value_is_usual(const struct html_value *value, enum html_value_id id)
{
	switch (id) {
	case HTML_VALUE_HTML:
	case HTML_VALUE_LENGTH:
	case HTML_VALUE_HTML_LENGTH:
	case HTML_VALUE_NON_SPACE_LEN:
	case HTML_VALUE_RATIO:
		return true;
	case HTML_VALUE_MIN_SIZE:
	case HTML_VALUE_MAX_SIZE:
		return value->value == 3;
	default:
		return value->value == 0;
	}
}

static void
describe_texts(struct buf *out, const struct html *html, const char *name)
{
	const struct html_texts *texts = html_texts(html, name);

	for (size_t i = 0; i < texts->count; i++)
		buf_printf(out, "%s %.*s\n", name, (int)texts->items[i].len,
			   texts->items[i].data);
}

static const char *
describe(void *mem, const struct html *html)
{
	struct buf out = BUF(mem);

	for (int i = 0; i < HTML_VALUES; i++)
		if (!value_is_usual(&html->values[i], (enum html_value_id)i))
			buf_printf(&out, "%s %.6g\n", html->values[i].name,
				   html->values[i].value);
	describe_texts(&out, html, "comment");
	describe_texts(&out, html, "script");
	describe_texts(&out, html, "title");
	describe_texts(&out, html, "anchor");
	for (size_t i = 0; i < html->uri_count; i++)
		buf_printf(&out, "uri %.*s [%s]\n",
			   (int)html->uris[i].uri.len, html->uris[i].uri.data,
			   html_uri_type_name((enum html_uri_type)
						      __builtin_ctz(
						      html->uris[i].types)));
	return buf_string(&out);
}

static void
test_inside(void)
{
	void *mem = mem_context(NULL, "test");
	struct html *html = html_render(
		mem,
		SLICE("<!DOCTYPE html><HTML><b><b></b></i><foo/x><o:p>"
		      "<o:p>"),
		false);
	long open = -1;

	tap_ok(html_inside(html, "html", &open) && open == 1, "one is open");
	tap_ok(html_inside(html, "b", &open) && open == 1, "one of two");
	tap_ok(html_inside(html, "i", &open) && open == 0, "never opened");
	tap_ok(html_inside(html, "foo/x", &open) && open == 1, "unknown");
	tap_ok(html_inside(html, "o:p", &open) && open == 2, "namespace");
	tap_ok(html_inside(html, "!doctype", &open) && open == 0, "doctype");
	tap_ok(!html_inside(html, "body", NULL), "not there");
	html = html_render(mem, SLICE("<b\0><i>"), false);
	tap_ok(!html_inside(html, "b", NULL), "a NUL is part of a name");
	tap_ok(html_value(html, "bad_tag_ratio")->value == 0.5,
	       "which is another one then");
	tap_ok(html_value(html, "embeds") == NULL, "an undefined value");
	tap_ok(html_value(html, "nonsense") == NULL, "an unknown value");
	mem_free(mem);
}

static void
test_lengths(void)
{
	void *mem = mem_context(NULL, "test");
	struct html *html = html_render(
		mem, SLICE("<b>\303\251\343\200\200x</b> y&nbsp;"), true);

	tap_is_int((long long)html_value(html, "length")->value, 18,
		   "length counts characters");
	tap_is_int((long long)html_value(html, "html_length")->value, 6,
		   "so does html_length");
	tap_is_int((long long)html_value(html, "non_space_len")->value, 3,
		   "blanks are those of Unicode");
	html_source_size(html, 20);
	tap_ok(html_value(html, "ratio")->value == 0.7, "ratio");
	html = html_render(mem, SLICE(""), false);
	tap_ok(html_value(html, "ratio") == NULL, "of nothing there is none");
	mem_free(mem);
}

static void
test_limits(void)
{
	void *mem = mem_context(NULL, "test");
	struct buf source = BUF(mem);
	struct html *html;

	for (int i = 0; i < 50000; i++)
		buf_printf(&source, "<n%d><a href=u%d>", i, i);
	html = html_render(mem, buf_view(&source), false);
	tap_ok(html->truncated, "too much of one kind is told");
	tap_is_int((long long)html->uri_count, 10000, "links are bounded");
	mem_free(mem);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		void *mem = mem_context(NULL, "test");

		tap_is(describe(mem, html_render(mem, cases[i].source, false)),
		       cases[i].findings,
		       str_escape(mem, cases[i].source, 60));
		mem_free(mem);
	}
	test_inside();
	test_lengths();
	test_limits();
	return tap_done();
}
