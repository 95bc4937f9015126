/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MAIL_HTML_TAGS_H
#define MAIL_HTML_TAGS_H

/*
 * The elements that SpamAssassin's HTML.pm knows, and what each means to it.
 */

#include "base/str.h"

/* In the order of their names. */
enum html_tag {
	TAG_DOCTYPE, TAG_A, TAG_ABBR, TAG_ACRONYM, TAG_ADDRESS, TAG_APPLET,
	TAG_AREA, TAG_B, TAG_BASE, TAG_BASEFONT, TAG_BDO, TAG_BGSOUND, TAG_BIG,
	TAG_BLOCKQUOTE, TAG_BODY, TAG_BR, TAG_BUTTON, TAG_CAPTION, TAG_CENTER,
	TAG_CITE, TAG_CODE, TAG_COL, TAG_COLGROUP, TAG_DD, TAG_DEL, TAG_DFN,
	TAG_DIR, TAG_DIV, TAG_DL, TAG_DT, TAG_EM, TAG_EMBED, TAG_FIELDSET,
	TAG_FONT, TAG_FORM, TAG_FRAME, TAG_FRAMESET, TAG_H1, TAG_H2, TAG_H3,
	TAG_H4, TAG_H5, TAG_H6, TAG_HEAD, TAG_HR, TAG_HTML, TAG_I, TAG_IFRAME,
	TAG_IMG, TAG_INPUT, TAG_INS, TAG_ISINDEX, TAG_KBD, TAG_LABEL,
	TAG_LEGEND, TAG_LI, TAG_LINK, TAG_LISTING, TAG_MAP, TAG_MARQUEE,
	TAG_MENU, TAG_META, TAG_NOBR, TAG_NOFRAMES, TAG_NOSCRIPT, TAG_OBJECT,
	TAG_OL, TAG_OPTGROUP, TAG_OPTION, TAG_P, TAG_PARAM, TAG_PLAINTEXT,
	TAG_PRE, TAG_Q, TAG_S, TAG_SAMP, TAG_SCRIPT, TAG_SELECT, TAG_SMALL,
	TAG_SPAN, TAG_STRIKE, TAG_STRONG, TAG_STYLE, TAG_SUB, TAG_SUP,
	TAG_TABLE, TAG_TBODY, TAG_TD, TAG_TEXTAREA, TAG_TFOOT, TAG_TH,
	TAG_THEAD, TAG_TITLE, TAG_TR, TAG_TT, TAG_U, TAG_UL, TAG_VAR,
	TAG_X_SIGSEP, TAG_X_TAB, TAG_XMP,
	TAG_COUNT,
	TAG_OTHER = TAG_COUNT
};

enum html_tag_flag {
	HTML_TAG_ELEMENT = 1 << 0,   /* of HTML 4 or XHTML 1 */
	HTML_TAG_TRICK = 1 << 1,     /* not counted as valid, but rendered */
	HTML_TAG_STYLE = 1 << 2,     /* changes the style of text */
	HTML_TAG_LINE = 1 << 3,      /* white space: a line end */
	HTML_TAG_BLANK = 1 << 4,     /* ... a blank */
	HTML_TAG_PARAGRAPH = 1 << 5, /* ... an empty line */
};

#define HTML_TAG_NAME_MAX 10

/* name must be in lower case. */
enum html_tag html_tag_find(struct slice name);
const char *html_tag_name(enum html_tag tag);
unsigned html_tag_flags(enum html_tag tag);

#endif
