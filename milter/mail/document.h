/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_DOCUMENT_H
#define MAIL_DOCUMENT_H

/*
 * Documents that are dangerous by what they carry, whatever their name: office
 * documents with macros or objects, PDF with scripts, OneNote with files,
 * shortcuts, disk images, web pages that build a file. Readers for hostile
 * ones: linear in the file's size, with room for what they unpack.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* What is noticed in files; document_trait_name() names them. */
enum document_trait {
	DOCUMENT_MACRO,	      /* VBA or Basic */
	DOCUMENT_SHEET_MACRO, /* Excel 4 */
	DOCUMENT_EXTERNAL,    /* loads a template or an object from elsewhere */
	DOCUMENT_OBJECT,      /* carries a file as an OLE object */
	DOCUMENT_EQUATION,    /* for the equation editor of old */
	DOCUMENT_PDF_SCRIPT,
	DOCUMENT_PDF_LAUNCH, /* starts a program */
	DOCUMENT_PDF_FILE,   /* carries a file */
	DOCUMENT_NOTE_FILE,  /* OneNote that carries a file */
	DOCUMENT_SHORTCUT,   /* .lnk */
	DOCUMENT_DISK_IMAGE,
	DOCUMENT_SMUGGLING, /* a web page that builds a file */
};

#define DOCUMENT_TRAITS (DOCUMENT_SMUGGLING + 1)
#define DOCUMENT_BIT(trait) (1u << (trait))
#define DOCUMENT_OBJECTS_MAX 1000

struct document_object { /* a file that the document carries */
	const char *name; /* in UTF-8, perhaps with folders; or "" */
	struct slice bytes;
};

struct document {
	size_t room; /* bytes that may be unpacked; what was is taken off */
	unsigned traits; /* DOCUMENT_BIT, or'd */
	bool encrypted;
	const char *damaged, *limited; /* why not all was seen; or NULL */
	struct document_object *objects;
	size_t object_count;
};

const char *document_trait_name(enum document_trait trait);
/* "MACRO OLE_OBJECT", or "". */
const char *document_trait_names(void *mem, unsigned traits);
/* Looks at a file's bytes; document is empty but for room. What it points to is
 * below mem, or in bytes. */
void document_look(void *mem, struct slice bytes, struct document *document);
/* At a member of an office document or e-book that is a ZIP file. */
void document_look_member(void *mem, struct slice path, struct slice bytes,
			  struct document *document);

/* --- for the readers of each kind --- */

/* UTF-16 as UTF-8, whatever there is to be said against it. */
struct slice document_utf16(void *mem, struct slice bytes, bool big);
/* The same for a text that shows itself to be UTF-16; else the text. */
struct slice document_text(void *mem, struct slice bytes);

void document_find(struct document *document, enum document_trait trait);
/* name may be NULL; both are kept as they are. */
void document_add(void *mem, struct document *document, const char *name,
		  struct slice bytes);
/* Takes bytes that were allocated off the room. */
void document_spend(struct document *document, size_t bytes);

#endif
