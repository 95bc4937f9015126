/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The links of HTML documents. Each expectation is what SpamAssassin 4.0.1
 * finds in that input.
 */
#include "tap.h"

#include <string.h>

#include "base/mem.h"
#include "mail/html.h"

struct links_case {
	struct slice source;
	const char *links; /* sorted; with elements, then texts of anchors */
};

static const struct links_case cases[] = {
	/* links */
	{ SLICE("<a href=\"http://a.example/x?y&amp;z=1\">one <b>two<"
	  "/b></a><a href=\" http://a.example/x?y&amp;z=1 \">th"
	  "ree</a>"),
	  "uri http://a.example/x?y&z=1 [a]\n"
	  "  text one two\n"
	  "  text three\n" },
	{ SLICE("<a name=x>anchor</a><a href=\"\">empty</a><a href>ba"
	  "re</a>"),
	  "uri \n"
	  "  text anchor\n"
	  "  text empty\n"
	  "uri href [a]\n"
	  "  text bare\n" },
	{ SLICE("<a href=\"#f\">f</a><a href=\"/r\">r</a><a href=\"d/"
	  "../e\">e</a><a href=\"//h/./p\">h</a><a href=\"?q\">"
	  "q</a>"),
	  "uri #f [a]\n"
	  "  text f\n"
	  "uri //h/./p\n"
	  "  text h\n"
	  "uri //h/p [a]\n"
	  "uri /e [a]\n"
	  "uri /r [a]\n"
	  "  text r\n"
	  "uri ?q [a]\n"
	  "  text q\n"
	  "uri d/../e\n"
	  "  text e\n" },
	{ SLICE("<base href=\"http://b.example/dir/page.html\"><a hre"
	  "f=\"x.html\">x</a><a href=\"/y\">y</a><a href=\"../."
	  "./z\">z</a><a href=\"?q\">q</a><a href=\"http:w\">w<"
	  "/a><a href=\"ftp://f/../g\">f</a>"),
	  "uri ../../z\n"
	  "  text z\n"
	  "uri /y\n"
	  "  text y\n"
	  "uri ?q\n"
	  "  text q\n"
	  "uri ftp://f/../g\n"
	  "  text f\n"
	  "uri ftp://f/g [a]\n"
	  "uri http://b.example/dir/?q [a]\n"
	  "uri http://b.example/dir/page.html [base]\n"
	  "uri http://b.example/dir/w [a]\n"
	  "uri http://b.example/dir/x.html [a]\n"
	  "uri http://b.example/y [a]\n"
	  "uri http://b.example/z [a]\n"
	  "uri http:w\n"
	  "  text w\n"
	  "uri x.html\n"
	  "  text x\n" },
	{ SLICE("<base href=\"relative/\"><a href=x>x</a><base href=\""
	  "https://c.example\"><img src=i.gif>"),
	  "uri https://c.example [base]\n"
	  "uri https://c.example/i.gif [img]\n"
	  "uri relative/ [base]\n"
	  "uri x [a]\n"
	  "  text x\n" },
	{ SLICE("<base href=\"http://b.example/a.longname\"><img src="
	  "i.gif><base href=\"http://b.example/v1.x\"><img src="
	  "j.gif><base href=\"ftp://b.example/w/file.php?x=1\">"
	  "<img src=k.gif>"),
	  "uri ftp://b.example/w/file.php?x=1 [base]\n"
	  "uri ftp://b.example/w/k.gif [img]\n"
	  "uri http://b.example/a.longname [base]\n"
	  "uri http://b.example/a.longname/i.gif [img]\n"
	  "uri http://b.example/v1.x [base]\n"
	  "uri http://b.example/v1.x/j.gif [img]\n" },
	{ SLICE("<a href=\"javascript:alert('x')\">j</a><a href=\"dat"
	  "a:text/html,../x\">d</a><a href=\"tel:+1\">t</a><a h"
	  "ref=\"mailto:a@b.example?subject=x\">m</a><a href=\""
	  "cid:x\">c</a>"),
	  "uri cid:x [a]\n"
	  "  text c\n"
	  "uri data:text/html,../x [a]\n"
	  "  text d\n"
	  "uri javascript:alert('x') [a]\n"
	  "  text j\n"
	  "uri mailto:a@b.example?subject=x [a]\n"
	  "  text m\n"
	  "uri tel:+1 [a]\n"
	  "  text t\n" },
	{ SLICE("<a href=\"http://x.example/\" href=\"http://y.exampl"
	  "e/\">x</a><a HREF='http://z.example/'>z</a>"),
	  "uri http://x.example/ [a]\n"
	  "  text x\n"
	  "uri http://z.example/ [a]\n"
	  "  text z\n" },
	{ SLICE("<a x/href=\"http://odd.example/\">x</a><img y/src=\""
	  "o.gif\"><a href=\"&#104;ttp://&#x65;nt.example/\">e<"
	  "/a>"),
	  "uri http://ent.example/ [a]\n"
	  "  text e\n"
	  "uri http://odd.example/ [a]\n"
	  "  text x\n"
	  "uri o.gif [img]\n" },
	{ SLICE("<a data-saferedirecturl=\"http://www.example.com/url"
	  "?q=http://t.example/\" href=\"http://t.example/\">g<"
	  "/a>"),
	  "uri http://t.example/ [a]\n"
	  "  text g\n"
	  "uri http://www.example.com/url?q=http://t.example/ ["
	  "a]\n" },
	{ SLICE("<body background=b.gif><table background=t.gif><tr b"
	  "ackground=r.gif><td background=d.gif><th background="
	  "no.gif></table>"),
	  "uri b.gif [body]\n"
	  "uri d.gif [td]\n"
	  "uri r.gif [tr]\n"
	  "uri t.gif [table]\n" },
	{ SLICE("<frame src=f.html><iframe src=i.html></iframe><scrip"
	  "t src=s.js></script><bgsound src=s.wav><embed src=e."
	  "swf><link href=l.css><area href=m.html><form action="
	  "/post>"),
	  "uri /post [form]\n"
	  "uri e.swf [embed]\n"
	  "uri f.html [frame]\n"
	  "uri i.html [iframe]\n"
	  "uri l.css [link]\n"
	  "uri m.html [area]\n"
	  "uri s.js [script]\n"
	  "uri s.wav [bgsound]\n" },
	{ SLICE("<object data=no.swf></object><video src=no.mp4></vid"
	  "eo><input src=no.gif><source src=no><ins cite=no>"),
	  "" },
	{ SLICE("<meta http-equiv=refresh content=\"5; URL = http://m"
	  ".example/ ; x\"><meta http-equiv=\"Refresh\" content"
	  "=\"0;nourl=x\"><meta name=refresh content=\"0;url=no"
	  "\">"),
	  "uri http://m.example/ [meta]\n" },
	{ SLICE("<a href=\"http://img.example/\"><img src=a.gif>text<"
	  "img src=b.gif></a>"),
	  "uri a.gif [img]\n"
	  "uri b.gif [img]\n"
	  "uri http://img.example/ [a]\n"
	  "  text <img>\ntext<img>\n\n" },
	{ SLICE("<a href=\"http://nested.example/\">a<a href=\"http:/"
	  "/in.example/\">b</a>c</a>d"),
	  "uri http://in.example/ [a]\n"
	  "  text bc\n"
	  "uri http://nested.example/ [a]\n"
	  "  text a\n" },
	{ SLICE("<a href=\"//www.w.example/\">w</a><a href=\"//ftp2.w"
	  ".example/\">f</a><a href=\"//w.example/\">x</a>"),
	  "uri //ftp2.w.example/\n"
	  "  text f\n"
	  "uri //w.example/ [a]\n"
	  "  text x\n"
	  "uri //www.w.example/\n"
	  "  text w\n"
	  "uri ftp://ftp2.w.example/ [a]\n"
	  "uri http://www.w.example/ [a]\n" },
	{ SLICE("<a href=\"http://q.example/a b\nc\">x</a><a href=\"\302"
	  "\240http://nb.example/\302\240\">n</a>"),
	  "uri http://nb.example/ [a]\n"
	  "  text n\n"
	  "uri http://q.example/a b\nc [a]\n"
	  "  text x\n" },
};

static int
compare_uris(const void *a, const void *b)
{
	struct slice left = ((const struct html_uri *)a)->uri;
	struct slice right = ((const struct html_uri *)b)->uri;
	size_t n = left.len < right.len ? left.len : right.len;
	int order = n == 0 ? 0 : memcmp(left.data, right.data, n);

	return order != 0 ? order : (int)left.len - (int)right.len;
}

static const char *
describe(void *mem, struct html *html)
{
	struct buf out = BUF(mem);

	qsort(html->uris, html->uri_count, sizeof(html->uris[0]),
	      compare_uris);
	for (size_t i = 0; i < html->uri_count; i++) {
		const struct html_uri *uri = &html->uris[i];

		buf_printf(&out, "uri %.*s", (int)uri->uri.len, uri->uri.data);
		for (unsigned k = 0; k < HTML_URI_TYPES; k++)
			if (uri->types >> k & 1)
				buf_printf(&out, " [%s]",
					   html_uri_type_name(
						   (enum html_uri_type)k));
		buf_char(&out, '\n');
		for (size_t k = 0; k < uri->anchors.count; k++)
			buf_printf(&out, "  text %.*s\n",
				   (int)uri->anchors.items[k].len,
				   uri->anchors.items[k].data);
	}
	return buf_string(&out);
}

static void
test_length(void)
{
	void *mem = mem_context(NULL, "test");
	struct buf source = BUF(mem);
	struct html *html;

	buf_text(&source, "<img src='http://x.example/");
	for (int i = 0; i < 10000; i++)
		buf_text(&source, "\303\251");
	buf_text(&source, "'>");
	html = html_render(mem, buf_view(&source), true);
	tap_is_int((long long)html->uris[0].uri.len, 2 * 8192 - 17,
		   "a long link is cut at 8192 characters");
	tap_ok(html_value(html, "uri_truncated") != NULL, "and that is told");
	mem_free(mem);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		void *mem = mem_context(NULL, "test");

		tap_is(describe(mem, html_render(mem, cases[i].source, true)),
		       cases[i].links, str_escape(mem, cases[i].source, 60));
		mem_free(mem);
	}
	test_length();
	return tap_done();
}
