/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is rendered of HTML, visible and hidden. Each expectation is what
 * SpamAssassin 4.0.1 makes of that input.
 */
#include "tap.h"

#include "base/clock.h"
#include "base/mem.h"
#include "mail/html.h"

struct text_case {
	struct slice source, rendered, invisible;
};

static const struct text_case cases[] = {
	/* text and white space */
	{ SLICE("plain text"),
	  SLICE("plain text"),
	  SLICE("") },
	{ SLICE(" leading  and\ttrailing \n"),
	  SLICE(" leading and trailing "),
	  SLICE("") },
	{ SLICE("a<br>b<br/>c<BR />d<div>e</div>f<p>g</p>h"),
	  SLICE("a\nb\nc\nd\ne\nf\n\ng\n\nh"),
	  SLICE("") },
	{ SLICE("<h1>Big</h1>text<ul><li>one<li>two</ul><dl><dt>t<dd>"
	  "d</dl>"),
	  SLICE(" Big text one two t d"),
	  SLICE("") },
	{ SLICE("one <b>two</b> three <br> four <br>"),
	  SLICE("one two three\nfour\n"),
	  SLICE("") },
	{ SLICE("<pre>  kept\n  not</pre><blockquote>q</blockquote>"),
	  SLICE("\n\nkept not\n\n\n\nq\n\n"),
	  SLICE("") },
	{ SLICE("<table><tr><td>a</td><td>b</td></tr><tr><th>c<td>d</"
	  "table>"),
	  SLICE(" a  b  c d"),
	  SLICE("") },
	{ SLICE("x<hr>y<center>z</center>"),
	  SLICE("x\n\nyz"),
	  SLICE("") },
	{ SLICE("<title>T &amp; t</title>body"),
	  SLICE("\n\nT & t\n\nbody"),
	  SLICE("") },
	{ SLICE("<textarea>&lt;b&gt;<b></textarea>after"),
	  SLICE("<b><b>after"),
	  SLICE("") },
	{ SLICE("<xmp>&lt;<b></xmp>after"),
	  SLICE("\n\n&lt;<b>\n\nafter"),
	  SLICE("") },
	{ SLICE("<plaintext>x</plaintext>y &lt;"),
	  SLICE("\n\nx</plaintext>y &lt;"),
	  SLICE("") },
	/* what is not text */
	{ SLICE("a<style>p{color:red}</style>b<script>var x='</b>';</"
	  "script>c"),
	  SLICE("abc"),
	  SLICE("") },
	{ SLICE("a<style>p{"),
	  SLICE("a"),
	  SLICE("") },
	{ SLICE("a<script>var x;"),
	  SLICE("a"),
	  SLICE("") },
	{ SLICE("a<!-- c > -->b<!-->c-->d<!>e<!foo>f<?xml version=\"1"
	  ".0\"?>g"),
	  SLICE("abdefg"),
	  SLICE("") },
	{ SLICE("a<!-- never closed > b"),
	  SLICE("a b"),
	  SLICE("") },
	{ SLICE("a<!--[if mso]><b>outlook</b><![endif]-->b<![if !mso]"
	  ">c<![endif]>d"),
	  SLICE("abcd"),
	  SLICE("") },
	{ SLICE("<![CDATA[a&amp;<b>]]>c<![RCDATA[d&amp;<e>]]>f<![IGNO"
	  "RE[g]]>h<![INCLUDE[i&amp;]]>j]]>"),
	  SLICE("a&amp;<b>cd&<e>fhi&j]]>"),
	  SLICE("") },
	{ SLICE("<!DOCTYPE html PUBLIC \"a>b\" -- > -->x"),
	  SLICE("x"),
	  SLICE("") },
	/* broken tags */
	{ SLICE("a < b and c > d <3 <> </> e"),
	  SLICE("a < b and c > d <3 <>  e"),
	  SLICE("") },
	{ SLICE("a<b"),
	  SLICE("a"),
	  SLICE("") },
	{ SLICE("a<b c=\"d>e"),
	  SLICE("a"),
	  SLICE("") },
	{ SLICE("a<b c=\"d>e\" f='g>h' i=j>k</b l=\">m\">n"),
	  SLICE("akn"),
	  SLICE("") },
	{ SLICE("<p<b>x</p<b>y"),
	  SLICE("xy"),
	  SLICE("") },
	{ SLICE("</b></i>x<ta:g>y</ta:g>"),
	  SLICE("xy"),
	  SLICE("") },
	{ SLICE("<a\000b>x</a\000b>y\000z"),
	  SLICE("xy\000z"),
	  SLICE("") },
	{ SLICE("end <"),
	  SLICE("end "),
	  SLICE("") },
	{ SLICE("end </"),
	  SLICE("end "),
	  SLICE("") },
	{ SLICE("end <!"),
	  SLICE("end "),
	  SLICE("") },
	{ SLICE("end &"),
	  SLICE("end &"),
	  SLICE("") },
	/* entities */
	{ SLICE("&lt;&gt;&amp;&quot;&apos;&copy;&reg;&lt&gtx&ampy&cop"
	  "yz"),
	  SLICE("<>&\"'\251\256<>x&y\251z"),
	  SLICE("") },
	{ SLICE("&nbsp;a&nbspb&#160;c&#xA0;d&#xa0e"),
	  SLICE(" a\302\240b\302\240c\302\240d\340\250\216"),
	  SLICE("") },
	{ SLICE("&eacute;&Eacute;&yuml;"),
	  SLICE("\351\311\377"),
	  SLICE("") },
	{ SLICE("&euro;&Alpha;&alpha;&alphax&Alpha"),
	  SLICE("\342\202\254\316\221\316\261&alphax&Alpha"),
	  SLICE("") },
	{ SLICE("&#65;&#x41;&#X41&#0065;&#65x&#;&#x;&#0;"),
	  SLICE("AAAAAx&#;&#x;&#0;"),
	  SLICE("") },
	{ SLICE("&#128;&#255;&#256;&#8364;&#65533;&#65534;&#65535;&#1"
	  "114111;&#1114112;&#99999999999999999999;"),
	  SLICE("\302\200\303\277\304\200\342\202\254\357\277\275&#65"
	  "534;&#65535;\357\277\275&#1114112;&#9999999999999999"
	  "9999;"),
	  SLICE("") },
	{ SLICE("&#xD83D;&#xDE00;&#xDE00;&#xD83D;x&#55357;&#56832;"),
	  SLICE("\360\237\230\200\357\277\275\357\277\275x\360\237\230"
	  "\200"),
	  SLICE("") },
	{ SLICE("&thetasym;&thetasymx;&bogus;&notanentity;&x&"),
	  SLICE("\317\221&thetasymx;&bogus;\302\254anentity;&x&"),
	  SLICE("") },
	{ SLICE("caf\303\251 &eacute;&nbsp;&#160;\302\240x\343\200\200"
	  "y"),
	  SLICE("caf\303\251 \303\251 \302\240\302\240x\343\200\200y"),
	  SLICE("") },
	{ SLICE("\342\200\234quoted\342\200\235 <a href=\342\200\235h"
	  "ttp://q.example/\342\200\235>x</a>"),
	  SLICE("\"quoted\" x"),
	  SLICE("") },
	/* hidden */
	{ SLICE("<font color=white>a</font>b<font color=\"#FFF\">c</f"
	  "ont><font color=\"#fefefe\">d</font><font color=red>"
	  "e</font>"),
	  SLICE("abcde"),
	  SLICE("acd") },
	{ SLICE("<body text=white>a</body>b"),
	  SLICE("ab"),
	  SLICE("ab") },
	{ SLICE("<body bgcolor=black text=white>a"),
	  SLICE("a"),
	  SLICE("a") },
	{ SLICE("<font size=1>a</font><font size=\"+0\">b</font><font"
	  " size=-2>c</font><font size=-1>d</font><small><small"
	  ">e</small></small>"),
	  SLICE("abcde"),
	  SLICE("ace") },
	{ SLICE("<span style=\"display:none\">a</span><span style=\"d"
	  "isplay : NONE ;color:red\">b</span><span style=\"vis"
	  "ibility: hidden\">c</span>d"),
	  SLICE("abcd"),
	  SLICE("abc") },
	{ SLICE("<div style=\"color:rgb(255,255,255)\">a</div><div st"
	  "yle=\"color: rgb(250, 250, 250)\">b</div><div style="
	  "\"color:#fff !important\">c</div>d"),
	  SLICE("\na\n\nb\n\nc\nd"),
	  SLICE("abc") },
	{ SLICE("<div style=\"background-color:#000\"><p style=\"colo"
	  "r:black\">a</p><p style=\"color:white\">b</p><p styl"
	  "e=\"color:transparent\">c</p></div>"),
	  SLICE("\n\n\na\n\n\n\nb\n\n\n\nc\n\n\n"),
	  SLICE("ac") },
	{ SLICE("<p style=\"background: url('x.png') no-repeat, black"
	  "\">a<font color=black>b</font></p>c"),
	  SLICE("\n\nab\n\nc"),
	  SLICE("ab") },
	{ SLICE("<p style=\"color:inherit\">a</p><p style=\"color:nos"
	  "uch\">b</p><p style=\"color: ;\">c</p><p style=\"col"
	  "or:\">d</p>"),
	  SLICE("\n\na\n\n\n\nb\n\n\n\nc\n\n\n\nd\n\n"),
	  SLICE("bc") },
	{ SLICE("<font color=\"ffffff\">a</font><font color=\"rgb(100"
	  "%,100%,100%)\">b</font><font color=\"#\">c</font><fo"
	  "nt color=\"\">d</font>"),
	  SLICE("abcd"),
	  SLICE("abd") },
	{ SLICE("<table><tr><td style=\"display:none\">a<td>b<tr><td>"
	  "c</table>d"),
	  SLICE(" a b cd"),
	  SLICE("a") },
	{ SLICE("<basefont size=1>a<font size=+1>b</font><basefont>c"),
	  SLICE("abc"),
	  SLICE("") },
	{ SLICE("<table style=\"color:white\"><tr><td><table><tr><td "
	  "style=\"color:red\">a</td></tr></table>b</td></tr></"
	  "table>c"),
	  SLICE("  a b c"),
	  SLICE("b") },
	{ SLICE("<font color=white>&nbsp; \n</font><font color=white>"
	  "&#160;</font>x"),
	  SLICE(" \240x"),
	  SLICE("\240") },
	{ SLICE("v<font color=white>x</font>iagra"),
	  SLICE("vxiagra"),
	  SLICE("x") },
};

static void
test_case(const struct text_case *test)
{
	void *mem = mem_context(NULL, "test");
	struct html *html = NULL;
	bool characters = false;
	const char *name = str_escape(mem, test->source, 60);

	for (size_t i = 0; i < test->source.len; i++)
		if ((unsigned char)test->source.data[i] >= 0x80)
			characters = true;
	html = html_render(mem, test->source, characters);
	if (!tap_ok(slice_equal(html->rendered, test->rendered), "%s", name)) {
		tap_note("got    %s", str_escape(mem, html->rendered, 500));
		tap_note("wanted %s", str_escape(mem, test->rendered, 500));
	}
	if (!tap_ok(slice_equal(html->invisible, test->invisible),
		    "... and hidden of it")) {
		tap_note("got    %s", str_escape(mem, html->invisible, 500));
		tap_note("wanted %s", str_escape(mem, test->invisible, 500));
	}
	tap_is_int((long long)(html->visible.len + html->invisible.len),
		   (long long)html->rendered.len, "... the rest is visible");
	mem_free(mem);
}

/*
 * SpamAssassin loses what follows here: its own code dies of the first style,
 * and of a document that ends in an ignored section it keeps no findings.
 */
static void
test_better(void)
{
	void *mem = mem_context(NULL, "test");
	struct html *html;

	html = html_render(mem, SLICE("<p style=\"background: ;\">text</p>x"),
			   false);
	tap_is_slice(html->rendered, "\n\ntext\n\nx",
		     "an empty background does not end the rendering");
	html = html_render(mem, SLICE("<a href=u>x</a><![IGNORE["), false);
	tap_is_int((long long)html->uri_count, 1,
		   "an open ignored section does not hide links");
	mem_free(mem);
}

static void
test_repeated(const char *what, size_t count, const char *wanted)
{
	void *mem = mem_context(NULL, "test");
	struct buf source = BUF(mem);
	int64_t start;

	for (size_t i = 0; i < count; i++)
		buf_text(&source, what);
	start = clock_cpu_us();
	html_render(mem, buf_view(&source), true);
	tap_ok(clock_cpu_us() - start < 2000000 * TAP_PATIENCE,
	       "%s is linear", wanted);
	tap_note("%lld us", (long long)(clock_cpu_us() - start));
	mem_free(mem);
}

static void
test_linear(void)
{
	test_repeated("<div>", 1000000, "deep nesting");
	test_repeated("<div>x</span></div>", 100000, "what was never opened");
	test_repeated("<", 1000000, "a run of <");
	test_repeated("&", 1000000, "a run of &");
	test_repeated("&aaaaaaaaaaaaaa", 100000, "unknown entities");
	test_repeated("<title>", 200000, "titles that never end");
	test_repeated("<!--", 250000, "comments that never end");
	test_repeated("<![include[", 100000, "sections that never end");
	test_repeated("<![ --", 200000, "sections that are none");
	test_repeated("<a b='", 200000, "quotes that never end");
	test_repeated("<!doctype \"", 100000, "declarations that never end");
	test_repeated("</a '", 200000, "end tags that never end");
	test_repeated("<font color=white>x</font>y", 50000, "hidden runs");
	test_repeated("<p style='background:rgb(rgb(rgb('>", 30000, "styles");
	test_repeated(" a=b", 300000, "text that looks like attributes");
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		test_case(&cases[i]);
	test_better();
	test_linear();
	return tap_done();
}
