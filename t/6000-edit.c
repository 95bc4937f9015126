/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "edit.h"

/* Edits as text: "kind index name=value", one a line. */
static const char *
edits_of(void *mem, const struct intake_outcome *outcome, bool leading_space)
{
	static const char *const kinds[] = { "delete", "change", "insert",
					     "add", "quarantine" };
	struct buf out = BUF(mem);
	struct edit *edits;
	size_t count = edit_list(mem, outcome, leading_space, &edits);

	for (size_t i = 0; i < count; i++)
		buf_printf(&out, "%s %d %s=%s\n", kinds[edits[i].kind],
			   edits[i].index, edits[i].name ? edits[i].name : "-",
			   edits[i].value ? edits[i].value : "-");
	return buf_string(&out);
}

static void
test_headers(void *mem)
{
	static const struct intake_forged forged[] = {
		{ "X-Spam", 1 }, { "x-spam", 2 }, { "X-Virus-Status", 1 }
	};
	struct verdict *verdict = verdict_new(mem);
	struct intake_outcome outcome = {
		.verdict = verdict,
		.forged = forged,
		.forged_count = 3,
	};

	verdict_add_header(verdict, "X-Spam", "Yes");
	verdict_add_header(verdict, "X-Spam-Report", "\n\t* 1 A\n\t* 2 B");
	tap_is(edits_of(mem, &outcome, true),
	       "delete 1 X-Virus-Status=-\ndelete 2 x-spam=-\n"
	       "delete 1 X-Spam=-\n"
	       "insert 1 X-Spam= Yes\n"
	       "insert 2 X-Spam-Report= \n\t* 1 A\n\t* 2 B\n",
	       "forged fields go backwards, ours come in order");
	outcome.forged_count = 0;
	verdict->header_count = 1;
	tap_is(edits_of(mem, &outcome, false), "insert 1 X-Spam=Yes\n",
	       "without the leading blank where the server adds it");
}

static void
test_hostile(void *mem)
{
	struct verdict *verdict = verdict_new(mem);
	struct intake_outcome outcome = { .verdict = verdict };
	char *large = mem_array(mem, char, 20001);
	struct edit *edits;

	memset(large, 'x', 20000);
	verdict_add_header(verdict, "X-A", "1\r\nBcc: victim\nX\n y\x80\x1b");
	verdict_add_header(verdict, "X A", "1");
	verdict_add_header(verdict, "X-A:", "1");
	verdict_add_header(verdict, "", "1");
	verdict_add_header(verdict, "X-Large", large);
	verdict_add_header(verdict, "X-B", "2");
	tap_is(edits_of(mem, &outcome, false),
	       "insert 1 X-A=1? Bcc: victim X\n y??\ninsert 2 X-B=2\n",
	       "a verdict cannot smuggle in lines or names");
	for (int i = 0; i < 1000; i++)
		verdict_add_header(verdict, "X-Many", "1");
	tap_is_int((long long)edit_list(mem, &outcome, false, &edits), 64,
		   "nor a flood of fields");
}

static void
test_subject(void *mem)
{
	struct verdict *verdict = verdict_new(mem);
	struct intake_outcome outcome = { .verdict = verdict,
					  .subject = " lunch?\n\ton Friday" };

	verdict->subject_tag = "[SPAM] ";
	tap_is(edits_of(mem, &outcome, true),
	       "change 1 Subject= [SPAM] lunch?\n\ton Friday\n",
	       "the tag goes in front of the subject");
	outcome.subject = " [SPAM] lunch?";
	tap_is(edits_of(mem, &outcome, true), "", "but not twice");
	outcome.subject = NULL;
	tap_is(edits_of(mem, &outcome, true), "add 1 Subject= [SPAM]\n",
	       "or becomes one");
	outcome.subject = " ";
	tap_is(edits_of(mem, &outcome, false), "change 1 Subject=[SPAM]\n",
	       "or fills an empty one");
}

static void
test_quarantine(void *mem)
{
	struct verdict *verdict = verdict_new(mem);
	struct intake_outcome outcome = { .verdict = verdict };

	verdict_decide(verdict, ACTION_QUARANTINE, "test", NULL, NULL,
		       "bad\nfile");
	tap_is(edits_of(mem, &outcome, true), "quarantine 0 -=bad\\x0Afile\n",
	       "quarantine says why, in one line");
}

int
main(void)
{
	void *mem = mem_context(NULL, "test");

	/* Hundreds of warnings about fields left out are as they should be. */
	log_open(LOG_TARGET_STDERR, NULL, LOG_LEVEL_ERROR);
	test_headers(mem);
	test_hostile(mem);
	test_subject(mem);
	test_quarantine(mem);
	mem_free(mem);
	return tap_done();
}
