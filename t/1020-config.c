/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include <string.h>

#include "base/config.h"
#include "base/mem.h"

static const struct option table[] = {
	{ "name", OPTION_STRING, "x", .help = "A name." },
	{ "limit", OPTION_SIZE, "64K", 1, 1 << 30, .help = "A size." },
	{ "wait", OPTION_TIME, "30s", 0, 3600000, .help = "A time." },
	{ "mode", OPTION_MODE, "0660", .help = "A mode." },
	{ "action", OPTION_CHOICE, "tag", .choices = "accept tag reject",
	  .help = "A choice." },
	{ "paths", OPTION_LIST, "", .help = "A list." },
	{ "score", OPTION_NUMBER, "5.0", .help = "A number." },
	{ "on", OPTION_BOOL, "no", .help = "A switch." },
	{ "virus", OPTION_ACTION, "tag", .choices = "tag reject",
	  .help = "An action." },
	{ "lines", OPTION_LINES, "", .help = "Lines." },
	OPTION_END,
};

static void *mem;

static struct config *
parse(const char *text, struct problems **problems)
{
	struct config *config = config_new(mem);

	*problems = problems_new(mem);
	config_declare(config, table);
	config_parse(config, "t.conf", text, strlen(text), *problems);
	return config;
}

static void
wrong(const char *text, const char *wanted)
{
	struct problems *problems;

	parse(text, &problems);
	if (tap_is_int((long long)problems->errors, 1, wanted))
		tap_is(problem_string(mem, &problems->items[0]), wanted,
		       "the error's words");
}

static void
test_values(void)
{
	struct problems *problems;
	struct config *config = parse("# comment\n"
				      "name = a b\n"
				      "  c # not a comment\n"
				      "\n"
				      "limit=2M\nwait = 1500ms\nmode = 640\n"
				      "action = reject\non = yes\n"
				      "paths = a, b\n\tc\nscore = -0.5\n"
				      "name = last\n",
				      &problems);
	const char *const *paths = config_list(config, "paths");
	struct setting setting;

	tap_is_int((long long)problems->errors, 0, "no errors");
	tap_is(config_string(config, "name"), "last", "the last line wins");
	tap_is_int(config_int(config, "limit"), 2 << 20, "size");
	tap_is_int(config_time(config, "wait"), 1500, "time");
	tap_is_int(config_mode(config, "mode"), 0640, "mode");
	tap_is_int(config_choice(config, "action"), 2, "choice");
	tap_ok(config_bool(config, "on"), "bool");
	tap_ok(config_number(config, "score") == -0.5, "number");
	tap_ok(strcmp(paths[0], "a") == 0 && strcmp(paths[2], "c") == 0 &&
		       paths[3] == NULL,
	       "list with a continuation line");
	setting = config_setting(config, 0);
	tap_is_int(setting.line, 13, "where the value came from");
	tap_is(config_history(config, 0)[0].value, "a b c # not a comment",
	       "and what it overrode");
	tap_is(config_text(mem, config),
	       "name = last\nlimit = 2M\nwait = 1500ms\nmode = 640\n"
	       "action = reject\npaths = a, b c\nscore = -0.5\non = yes\n",
	       "as text again");
}

static void
test_lines(void)
{
	struct problems *problems;
	struct config *config = parse("lines =\n\ta b\n# no\n\n\tc\n"
				      "virus = reject\n\tGo away\n",
				      &problems);
	struct setting lines = config_setting(config, 9);
	const char *text = config_text(mem, config);

	tap_is(config_string(config, "lines"), "\na b\n\n\nc",
	       "lines stay, and count as in the file");
	tap_is_int(lines.line, 1, "from the line of the key on");
	tap_is(setting_text(mem, &lines), "\n\ta b\n\n\n\tc", "for a file");
	tap_is_int(config_choice(config, "virus"), 1, "action");
	tap_is(config_action(config, "virus"), "reject", "its word");
	tap_is(config_action_text(config, "virus"), "Go away", "its text");
	config = parse(text, &problems);
	tap_is(config_text(mem, config), text, "as text and back");
	tap_is(config_string(config, "lines"), "\na b\n\n\nc",
	       "with its lines");
	config = parse("", &problems);
	tap_is(config_action_text(config, "virus"), "", "no text");
}

static void
test_errors(void)
{
	wrong("virus = rejected x\n", "t.conf:1: error: virus = rejected x: "
				      "expected one of: tag reject");
	wrong("nmae = x\n", "t.conf:1: error: unknown key \"nmae\"; did you "
			    "mean \"name\"?");
	wrong("\n\nlimit = 2X\n", "t.conf:3: error: limit = 2X: expected a "
				  "size such as 512, 64K or 10M");
	wrong("limit = 2G\n",
	      "t.conf:1: error: limit = 2G: must be from 1 to 1073741824");
	wrong("limit = 99999999999999999999\n",
	      "t.conf:1: error: limit = 99999999999999999999: expected a size "
	      "such as 512, 64K or 10M");
	wrong("action = drop\n", "t.conf:1: error: action = drop: expected "
				 "one of: accept tag reject");
	wrong("just words\n", "t.conf:1: error: expected \"key = value\", "
			      "found \"just words\"");
	wrong("  indented = 1\n", "t.conf:1: error: a continuation line "
				  "without a line before it");
	wrong("on = true\n",
	      "t.conf:1: error: on = true: expected yes or no");
}

int
main(void)
{
	mem = mem_context(NULL, "test");
	test_values();
	test_lines();
	test_errors();
	mem_free(mem);
	return tap_done();
}
