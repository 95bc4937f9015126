/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mail/package.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mail/charset.h"

#define PACKAGE_TAG_MAX 8192 /* bytes of a relationship that are looked at */

/* Relationships that are followed when the document is opened. */
static const char *const package_followed[] = {
	"/attachedTemplate", "/oleObject", "/frame", "/subDocument",
	"/control",
};

/* Where such a thing on the maker's own machine is honest, these are not. */
static const char *const package_far[] = { "http:", "https:", "ftp:",
					   "mhtml:", "\\\\" };

static bool
package_has(struct slice text, const char *word)
{
	return slice_search_nocase(text, 0, slice_of(word)) < text.len;
}

/* A tag with its character references undone, so that they hide nothing. */
static struct slice
package_plain(void *mem, struct slice tag)
{
	struct buf out = BUF(mem);

	tag = slice_cut(tag, 0, PACKAGE_TAG_MAX);
	for (size_t at = 0; at < tag.len; at++) {
		size_t end = slice_find(tag, at, ';');
		char *number;
		unsigned long c;

		if (tag.data[at] != '&' || end - at > 12 || end == tag.len ||
		    tag.data[at + 1] != '#') {
			buf_char(&out, tag.data[at]);
			continue;
		}
		number = slice_string(mem, slice_cut(tag, at + 2, end));
		c = number[0] == 'x' || number[0] == 'X'
			    ? strtoul(number + 1, NULL, 16)
			    : strtoul(number, NULL, 10);
		if (c > 0 && c < 0x110000)
			charset_put(&out, c);
		at = end;
	}
	return buf_view(&out);
}

/* The value of an attribute, in any case, or SLICE_NONE. */
static struct slice
package_attribute(struct slice tag, const char *name)
{
	size_t at = 0, len = strlen(name);

	while ((at = slice_search_nocase(tag, at, slice_of(name))) < tag.len) {
		struct slice rest = slice_trim(slice_from(tag, at + len));
		bool begins = at > 0 &&
			      str_is_space((unsigned char)tag.data[at - 1]);

		at += len;
		if (!begins || rest.len == 0 || rest.data[0] != '=')
			continue;
		rest = slice_trim(slice_from(rest, 1));
		if (rest.len > 0 &&
		    (rest.data[0] == '"' || rest.data[0] == '\''))
			return slice_cut(rest, 1,
					 slice_find(rest, 1, rest.data[0]));
	}
	return SLICE_NONE;
}

static bool
package_has_any(struct slice text, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (package_has(text, words[i]))
			return true;
	return false;
}

static bool
package_is_external(struct slice tag)
{
	struct slice mode = package_attribute(tag, "TargetMode");
	struct slice type = package_attribute(tag, "Type");
	struct slice target = package_attribute(tag, "Target");

	return slice_is_nocase(mode, "External") &&
	       package_has_any(type, package_followed,
			       sizeof(package_followed) /
				       sizeof(*package_followed)) &&
	       package_has_any(target, package_far,
			       sizeof(package_far) / sizeof(*package_far)) &&
	       !slice_starts_nocase(target, "file:///\\\\") &&
	       !slice_starts_nocase(target, "file:\\\\\\\\");
}

static void
package_look_relations(void *mem, struct slice xml, struct document *document)
{
	size_t at = 0;

	while ((at = slice_search_nocase(xml, at, SLICE("Relationship"))) <
	       xml.len) {
		size_t end = slice_find(xml, at, '>');
		void *scope = mem_context(mem, "relationship");

		if (package_is_external(package_plain(
			    scope, slice_cut(xml, at, end))))
			document_find(document, DOCUMENT_EXTERNAL);
		mem_free(scope);
		at = end;
	}
}

/* OpenDocument: a module; lists of modules stand there without any, too. */
static bool
package_is_basic(struct slice path)
{
	return slice_starts_nocase(path, "Basic/") &&
	       !slice_ends_nocase(path, "/script-lb.xml") &&
	       !slice_ends_nocase(path, "/script-lc.xml");
}

void
package_look_member(void *mem, struct slice path, struct slice bytes,
		    struct document *document)
{
	if (slice_ends_nocase(path, "vbaProject.bin") ||
	    package_is_basic(path) || slice_starts_nocase(path, "Scripts/"))
		document_find(document, DOCUMENT_MACRO);
	if (package_has(path, "macrosheets/"))
		document_find(document, DOCUMENT_SHEET_MACRO);
	if (slice_ends_nocase(path, ".rels"))
		package_look_relations(mem, document_text(mem, bytes),
				       document);
	if (slice_is_nocase(path, "[Content_Types].xml")) {
		bytes = document_text(mem, bytes);
		if (package_has(bytes, "vbaProject"))
			document_find(document, DOCUMENT_MACRO);
		if (package_has(bytes, "macrosheet+xml"))
			document_find(document, DOCUMENT_SHEET_MACRO);
	}
	if (slice_is_nocase(path, "META-INF/manifest.xml") &&
	    package_has(document_text(mem, bytes), "encryption-data"))
		document->encrypted = true;
}
