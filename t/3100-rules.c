/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule files: what each line does to the rule set, and what is wrong in it. */
#include "tap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "rule/meta.h"
#include "rule/ruleset.h"
#include "wrap/regex.h"

static void *mem;
static struct problems *problems;
static struct ruleset *ruleset;

static void
load_as(const char *text, bool network, bool bayes, bool lint)
{
	struct ruleset_source source = {
		.text = slice_of(text),
		.network = network,
		.bayes = bayes,
		.lint = lint,
		.no_jit = true,
	};
	struct err err = { .text = "" };

	problems = problems_new(mem);
	ruleset = ruleset_load(mem, &source, problems, &err);
	if (ruleset == NULL)
		tap_ok(false, "rules load: %s", err.text);
}

static void
load(const char *text)
{
	load_as(text, false, false, false);
}

static const struct rule *
find(const char *name)
{
	static const struct rule none = { .name = "", .tflags = "" };
	const struct rule *rule = ruleset_find(ruleset, name);

	return rule == NULL ? &none : rule;
}

static bool
defined(const char *name)
{
	return (find(name)->flags & RULE_DEFINED) != 0;
}

/* Problem number i stands on that line and holds that text. */
static void
complains(size_t i, unsigned line, const char *text)
{
	if (!tap_ok(i < problems->count, "there is a complaint about line %u",
		    line))
		return;
	tap_ok(problems->items[i].line == line &&
		       strstr(problems->items[i].text, text) != NULL,
	       "line %u: %s", problems->items[i].line,
	       problems->items[i].text);
}

static void
is_quiet(const char *what)
{
	for (size_t i = 0; i < problems->count; i++)
		tap_note("%s", problem_string(mem, &problems->items[i]));
	tap_is_int((long long)problems->count, 0, what);
}

static void
test_definitions(void)
{
	const struct rule *rule;

	load("header A Subject =~ /a/i\n"
	     "header B From:addr:last !~ m,x/y,  [if-unset: none]\n"
	     "header C exists:X-Foo:\n"
	     "header D eval:check_foo('a, b', \"c\", 1.5, x-y)\n"
	     "header E eval:check_rbl('zen', 'example.')\n"
	     "body F /f/\nrawbody G /g/\nfull H /h/\nuri I /i/\n"
	     "body J eval:foo()\nrawbody K eval:foo( )\nfull L eval:foo()\n"
	     "mimeheader M Content-Type:raw =~ /m/\n"
	     "meta N A && !B\naskdns O _X_.a A 127.0.0.1\n"
	     "uri_detail P raw =~ /p/\nreuse Q Q2\n"
	     "attachment R type =~ /exe/\naction R reject no programs\n");
	rule = find("A");
	tap_ok(rule->type == RULE_HEADER && strcmp(rule->header, "Subject") ==
		       0 && strcmp(rule->pattern, "a") == 0 &&
		       strcmp(rule->modifiers, "i") == 0,
	       "header with a regex");
	rule = find("B");
	tap_ok(strcmp(rule->header, "From") == 0 &&
		       rule->select == (SELECT_ADDR | SELECT_LAST) &&
		       rule->flags & RULE_NEGATED &&
		       strcmp(rule->pattern, "x/y") == 0,
	       "selectors, !~ and other delimiters");
	tap_is(rule->if_unset, "none", "if-unset");
	rule = find("C");
	tap_ok(rule->type == RULE_HEADER_EXISTS &&
		       strcmp(rule->header, "X-Foo") == 0,
	       "exists: with a colon behind");
	rule = find("D");
	tap_is(rule->function, "check_foo", "name of an eval");
	tap_ok(rule->arg_count == 4 && strcmp(rule->args[0], "a, b") == 0 &&
		       strcmp(rule->args[1], "c") == 0 &&
		       strcmp(rule->args[2], "1.5") == 0 &&
		       strcmp(rule->args[3], "x-y") == 0 &&
		       rule->args[4] == NULL,
	       "arguments of an eval");
	tap_ok(find("E")->type == RULE_RBL, "check_rbl is for the network");
	tap_ok(find("F")->type == RULE_BODY &&
		       find("G")->type == RULE_RAWBODY &&
		       find("H")->type == RULE_FULL &&
		       find("I")->type == RULE_URI,
	       "body, rawbody, full, uri");
	tap_ok(find("J")->type == RULE_BODY_EVAL &&
		       find("K")->type == RULE_RAWBODY_EVAL &&
		       find("L")->type == RULE_FULL_EVAL &&
		       find("K")->arg_count == 0,
	       "the same as evals");
	rule = find("M");
	tap_ok(rule->type == RULE_MIMEHEADER && rule->select == SELECT_RAW,
	       "mimeheader");
	tap_ok(find("N")->type == RULE_META && find("O")->type == RULE_ASKDNS &&
		       find("P")->type == RULE_URI_DETAIL &&
		       find("Q")->type == RULE_EMPTY && defined("Q"),
	       "meta, askdns, uri_detail, reuse");
	rule = find("R");
	tap_ok(rule->type == RULE_ATTACHMENT &&
		       rule->field == ATTACHMENT_TYPE &&
		       rule->action == RULE_ACTION_REJECT,
	       "attachment and its action");
	tap_is(rule->action_text, "no programs", "text of an action");
	tap_is(find("O")->not_run, "needs the network", "why one does not run");
}

static void
test_again(void)
{
	load("body A /a/\nscore A 3\ntflags A net nice\n"
	     "header A X =~ /b/\ntflags A publish\n"
	     "body B /b/\nbody B nonsense\n"
	     "reuse A\n");
	tap_ok(find("A")->type == RULE_HEADER && find("A")->score[0] == 3,
	       "a later definition replaces an earlier, its score stays");
	tap_is(find("A")->tflags, "publish", "a later tflags line replaces");
	tap_ok(!(find("A")->flags & (RULE_NET | RULE_NICE)),
	       "the earlier flags are gone");
	tap_ok(find("B")->type == RULE_BODY && find("B")->not_run == NULL,
	       "a definition that is refused changes nothing");
	complains(0, 7, "no delimiters");
}

static void
test_scores(void)
{
	load("body A /a/\nbody T_A /a/\nbody __A /a/\n"
	     "body B /b/\ntflags B nice\n"
	     "body C /c/\nscore C 1 2 3 4\nscore C (0.5)\n"
	     "body D /d/\nscore D 0\nscore E 2\n"
	     "score A x\nscore A 1 2\nscore F (1)\nscore A\n"
	     "score A 1e3\n");
	tap_ok(find("A")->score[0] == 1, "1 for a rule without a score");
	tap_ok(find("T_A")->score[0] == 0.01, "0.01 for one in testing");
	tap_ok(find("B")->score[0] == -1, "negative for a nice one");
	tap_ok(find("C")->score[0] == 1.5 && find("C")->score[3] == 4.5,
	       "four scores, and one relative to them");
	tap_is(find("D")->not_run, "score 0", "score 0: it does not run");
	tap_ok(!defined("E"), "a score defines nothing");
	tap_ok(find("__A")->flags & RULE_SUBRULE, "a sub-rule is known");
	complains(0, 12, "'x' is not a score");
	complains(1, 13, "1 or 4 scores");
	complains(2, 14, "a relative score needs one before");
	complains(3, 15, "without a definition");
	complains(4, 16, "not a score");
	load_as("body A /a/\nscore A 1 2 3 4\nbody B /b/\nscore B 0 0 0 1\n",
		true, true, false);
	tap_is_int(ruleset->score_set, 3, "score set with network and Bayes");
	tap_ok(find("B")->not_run == NULL, "its scores decide");
}

static void
test_lines(void)
{
	load("  # nothing\n"
	     "body A /a\\#b/ # comment\n"
	     "BODY B /b/\r\n"
	     "lang de describe A auf deutsch\n"
	     "lang en describe B in English\n"
	     "describe A  in  words \n"
	     "clear-report-template\n"
	     "body C /a#b/\n"
	     "nonsense 1\nwhitelst_from a\n"
	     "body 2D /d/\nbody E\nheader F /f/\nheader G X:foo =~ /g/\n");
	tap_is(find("A")->pattern, "a#b", "an escaped # is no comment");
	tap_ok(defined("B"), "keys in upper case, CR at the end");
	tap_is(find("A")->describe, "in  words", "another language is skipped");
	tap_is(find("B")->describe, "in English", "ours is not");
	tap_ok(!defined("C"), "a bare # cuts a regex");
	complains(0, 8, "does not end in /");
	complains(1, 9, "unknown directive nonsense");
	complains(2, 10, "did you mean whitelist_from?");
	complains(3, 11, "no name of a rule");
	complains(4, 12, "without a definition");
	complains(5, 13, "wanted: Name =~");
	complains(6, 14, ":foo");
	load("body A /a/\nbody B /\0b/\n");
	tap_ok(defined("A"), "text ends at a NUL of C strings");
}

static void
test_bad_lines(void)
{
	struct buf text = BUF(mem);
	struct ruleset_source source = { .no_jit = true };

	buf_add(&text, "body A /a\0b/\n", 13);
	buf_text(&text, "body B /");
	for (int i = 0; i < 70000; i++)
		buf_char(&text, 'b');
	buf_text(&text, "/\nbody C /c/\n");
	source.text = buf_view(&text);
	problems = problems_new(mem);
	ruleset = ruleset_load(mem, &source, problems, NULL);
	complains(0, 1, "NUL");
	complains(1, 2, "longer than");
	tap_ok(!defined("A") && !defined("B") && defined("C"),
	       "such lines cost only themselves");
}

static void
test_conditions(void)
{
	load("if (version >= 3.004002)\nbody A1 /a/\nelse\nbody A2 /a/\n"
	     "endif\n"
	     "ifplugin Mail::SpamAssassin::Plugin::WLBLEval\nbody B1 /b/\n"
	     "if !plugin(Mail::SpamAssassin::Plugin::SPF)\nbody B2 /b/\nelse\n"
	     "body B3 /b/\nendif\nbody B4 /b/\nendif\n"
	     "ifplugin Mail::SpamAssassin::Plugin::TextCat\nbody C1 /c/\n"
	     "if (version > 1)\nbody C2 /c/\nelse\nbody C3 /c/\nendif\nelse\n"
	     "body C4 /c/\nendif\n"
	     "if can(Mail::SpamAssassin::Conf::feature_bug6558_free)\n"
	     "body D1 /d/\nendif\n"
	     "if can(Mail::SpamAssassin::Conf::feature_none)\nbody D2 /d/\n"
	     "endif\n"
	     "if has(Mail::SpamAssassin::Plugin::BodyEval::"
	     "has_check_body_length) && local_tests_only\n"
	     "body E1 /e/\nendif\n"
	     "if (perl_version >= 5.010000) && !can(Mail::SpamAssassin::Conf"
	     "::compat_welcomelist_blocklist)\nbody E2 /e/\nendif\n");
	is_quiet("conditions are understood");
	tap_ok(defined("A1") && !defined("A2"), "version, else");
	tap_ok(defined("B1") && !defined("B2") && defined("B3") &&
		       defined("B4"),
	       "plugins, conditions in conditions");
	tap_ok(!defined("C1") && !defined("C2") && !defined("C3") &&
		       defined("C4"),
	       "what lies in a false one is false, with its else");
	tap_ok(defined("D1") && !defined("D2"), "features");
	tap_ok(defined("E1") && !defined("E2"),
	       "has, local_tests_only, compat");
	load("if foo\nbody A /a/\nendif\nendif\nelse\nif (1\nbody B /b/\n"
	     "endif x\nif\n");
	complains(0, 1, "'foo' is not known");
	complains(1, 4, "endif without an if");
	complains(2, 5, "else without an if");
	complains(3, 6, "a ')' is missing");
	complains(4, 8, "must stand alone");
	complains(5, 9, "without a condition");
	tap_ok(!defined("A") && !defined("B"),
	       "a condition that is not understood is false");
	load("if (version > 9)\nbody A /a/\n");
	complains(0, 1, "no endif");
	load("require_version 3.0\nbody A /a/\n");
	tap_ok(!defined("A"), "rules for another version are skipped");
}

static void
test_lists(void)
{
	const struct rule_list *list;

	load("whitelist_from A@x.example *@Y.example\n"
	     "unwhitelist_from a@x.example\n"
	     "welcomelist_from_rcvd a@b.example b.example\n"
	     "def_whitelist_from_dkim c@d.example\n"
	     "unwelcomelist_from_rcvd x@y.example\n"
	     "enlist_uri_host (SHORT) bit.ly !ok.ly\n"
	     "blacklist_uri_host bad.example\n"
	     "delist_uri_host (SHORT) ok.ly\n"
	     "enlist_addrlist (PAY) *@pay.example\n"
	     "util_rb_tld com net com\nclear_util_rb\nutil_rb_tld org de org\n"
	     "required_hits 7.5\nnormalize_charset 0\n"
	     "originating_ip_headers X-A X-B\n");
	is_quiet("lists are understood");
	list = ruleset_list(ruleset, "welcomelist_from");
	tap_ok(list != NULL && list->count == 1 &&
		       strcmp(list->items[0], "*@y.example") == 0,
	       "old names, lower case, and taking away");
	list = ruleset_list(ruleset, "welcomelist_from_rcvd");
	tap_ok(list != NULL && list->count == 2 &&
		       strcmp(list->items[1], "b.example") == 0,
	       "pairs");
	list = ruleset_list(ruleset, "def_welcomelist_from_dkim");
	tap_ok(list != NULL && list->count == 2 &&
		       strcmp(list->items[1], "") == 0,
	       "pairs without a second");
	list = ruleset_list(ruleset, "enlist_uri_host:SHORT");
	tap_ok(list != NULL && list->count == 1 &&
		       strcmp(list->items[0], "bit.ly") == 0,
	       "hosts, and taking away");
	tap_ok(ruleset_list(ruleset, "enlist_uri_host:BLOCK") != NULL,
	       "a list with a directive of its own");
	tap_is(ruleset_setting(ruleset, "PAY", NULL), "*@pay.example",
	       "addresses of a list");
	tap_ok(ruleset->settings.uris.tld_count == 2 &&
		       strcmp(ruleset->settings.uris.tlds[0], "de") == 0 &&
		       ruleset->settings.uris.tlds[2] == NULL,
	       "domains are sorted, each once");
	tap_ok(ruleset->settings.required_score == 7.5 &&
		       !ruleset->settings.normalize_charset &&
		       ruleset->settings.fold_headers,
	       "settings, and what they are by default");
	tap_is(ruleset->settings.relays.originating_ip_headers[1], "X-B",
	       "words of a setting");
}

static void
test_networks(void)
{
	const struct relay_settings *relays;

	load("trusted_networks !192.0.2.9 192.0.2/24\n"
	     "internal_networks 192.0.2.1\nclear_internal_networks\n"
	     "trusted_networks 10.0.0.0/8 nonsense\n");
	relays = &ruleset->settings.relays;
	tap_ok(relays->trusted != NULL && relays->internal == NULL &&
		       relays->msa == NULL,
	       "networks, and clearing them");
	tap_ok(netset_contains(relays->trusted, "10.1.2.3") &&
		       netset_contains(relays->trusted, "192.0.2.8") &&
		       !netset_contains(relays->trusted, "192.0.2.9") &&
		       !netset_contains(relays->trusted, "192.0.3.1"),
	       "what lies in them");
	tap_ok(netset_contains(relays->trusted, "127.0.0.1") &&
		       netset_contains(relays->trusted, "::1"),
	       "this host is always trusted");
	complains(0, 4, "'nonsense' is not a network");
}

static void
test_report(void)
{
	const struct header_template *headers;

	load("report one\nreport \"  two\"\nadd_header all Level _STARS(*)_\n"
	     "add_header spam Flag YES\nadd_header ham level \"a\\tb\\\\c\"\n"
	     "remove_header spam flag\nadd_header all X-Y z\n"
	     "rewrite_header Subject [SPAM]\nadd_header some A b\n"
	     "rewrite_header Date x\n");
	tap_is(ruleset->settings.report, "one\n  two\n", "report");
	headers = ruleset->settings.headers;
	tap_is_int((long long)ruleset->settings.header_count, 3,
		   "header templates");
	tap_ok(strcmp(headers[0].name, "X-Spam-Level") == 0 &&
		       headers[0].for_spam && !headers[0].for_ham,
	       "one kind of a header can be replaced");
	tap_is(headers[1].text, "a\tb\\c", "escapes");
	tap_is(ruleset->settings.rewrite_subject, "[SPAM]", "subject");
	complains(0, 9, "spam, ham or all");
	complains(1, 10, "Subject, From or To");
}

static void
test_replace(void)
{
	struct regex_scratch *scratch = regex_scratch_new(mem);
	struct slice text = SLICE("say v i-aa!");

	load("replace_tag V (?:v|\\\\\\/)\nreplace_tag I [i1]\n"
	     "replace_tag A [a<B>]\nreplace_tag B b\n"
	     "replace_inter W \\W?\nreplace_post P {1,2}\n"
	     "body A /<inter W><post P><V><I><A>\\W<unknown>?/\n"
	     "body B /<A>/\nreplace_rules A\n");
	is_quiet("replace_tags are understood");
	tap_ok(regex_match(find("A")->regex, scratch, text, 0) == REGEX_NO,
	       "what is no tag gets post and inter, too");
	load("replace_tag V (?:v|\\\\\\/)\nreplace_tag I [i1]\n"
	     "replace_tag A [a<B>]\nreplace_tag B b\n"
	     "replace_inter W \\W?\nreplace_post P {1,2}\n"
	     "body A /<inter W><post P><V><I><A>!/\n"
	     "body B /<A>/\nreplace_rules A\n");
	tap_ok(regex_match(find("A")->regex, scratch, text, 0) == REGEX_YES,
	       "tags are filled in");
	tap_ok(regex_match(find("B")->regex, scratch, SLICE("a"), 0) ==
		       REGEX_NO,
	       "only in the rules that ask for it");
	load("replace_tag A <A><A><A><A><A><A><A><A><A><A>\n"
	     "replace_tag B <C>\nreplace_tag C <D>\nreplace_tag D d\n"
	     "body A /<A><A><A><A><A>/\nbody B /<B>/\nreplace_rules A B\n");
	complains(0, 5, "longer than");
	tap_ok(find("A")->not_run != NULL && find("B")->not_run == NULL,
	       "tags within tags are bounded");
	tap_ok(ruleset->score_mass_lost == 1, "a lost rule's score is counted");
}

static size_t
place(const char *name)
{
	for (size_t i = 0; i < ruleset->order_count; i++) {
		if (strcmp(ruleset->order[i]->name, name) == 0)
			return i;
	}
	return SIZE_MAX;
}

static void
test_order(void)
{
	load("meta A B && __C\nmeta B __C\nbody __C /c/\npriority A -500\n"
	     "body D /d/\npriority D 10\nmeta E D\n"
	     "body F /(?<FOO>x)/\nbody G /%{FOO}/\n"
	     "header H X =~ /x/\nbody N /n/\ntflags N net\n"
	     "meta M N\npriority M -900\n");
	tap_is_int(find("__C")->priority, -500, "parts of parts go along");
	tap_is_int(find("N")->priority, -100, "but for the network to -100");
	tap_ok(find("M")->flags & RULE_NET, "net is inherited");
	tap_is_int(find("F")->priority, -10000, "what sets tags comes first");
	tap_ok(find("F")->has_captures && find("G")->uses_captures &&
		       place("F") == 0,
	       "captures are known");
	tap_ok(place("__C") < place("B") && place("B") < place("A") &&
		       place("D") < place("E") && place("A") < place("H") &&
		       place("N") < place("M"),
	       "parts come before wholes");
}

static void
test_metas(void)
{
	load("meta A B\nmeta B A\nmeta C 1 +\nmeta D UNDEFINED\n"
	     "meta E rules_matching(__X*)\nbody __X1 /x/\nbody __X2 /x/\n"
	     "meta F ()\nmeta G rules_matching(NONE*)\n"
	     "meta H I || F\nmeta I 1\nscore I 0\n"
	     "meta J (local_tests_only)\n");
	complains(0, 3, "it ends too early");
	complains(1, 1, "depends on itself");
	complains(2, 2, "depends on itself");
	tap_ok(find("A")->not_run != NULL && find("C")->not_run != NULL,
	       "such metas do not run");
	tap_ok(find("D")->not_run == NULL && !defined("UNDEFINED"),
	       "an undefined name is 0");
	tap_is_int((long long)find("E")->meta->depend_count, 2,
		   "rules_matching");
	tap_is_int((long long)find("F")->meta->depend_count, 0, "()");
	tap_is_int((long long)find("G")->meta->depend_count, 0,
		   "rules_matching nothing");
	tap_ok(find("I")->flags & RULE_ONLY_ASKED && place("I") != SIZE_MAX &&
		       find("I")->not_run != NULL && place("I") < place("H"),
	       "a meta with score 0 is asked if others want it");
	tap_ok(meta_run(find("J")->meta, NULL) == 1, "local_tests_only");
}

static void
test_lint(void)
{
	load_as("score A 1\ndescribe B b\nmeta C D\nbody E /a*/\n"
		"body F /a\\y/\nscore F 0\nreplace_rules G\n"
		"action E reject\nbody H /(?<FOO>.*)/\n",
		false, false, true);
	tap_is_int((long long)problems->errors, 1,
		   "rules that do not run are read as well");
	tap_is_int((long long)problems->warnings, 6, "lint warns");
	for (size_t i = 0; i < problems->count; i++)
		tap_note("%s", problem_string(mem, &problems->items[i]));
}

static void
write_file(const char *folder, const char *name, const char *text)
{
	char *path = mem_printf(mem, "%s/%s", folder, name);
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
}

static void
test_files(void)
{
	char folder[] = "/tmp/ispfilter-rules-XXXXXX";
	const char *paths[] = { folder, NULL };
	struct ruleset_source source = { .paths = paths, .no_jit = true };
	struct err err = { .text = "" };

	if (mkdtemp(folder) == NULL)
		return;
	write_file(folder, "20_b.cf",
		   "score A 2\ninclude sub.inc\nbody Z /(/\n");
	write_file(folder, "10_a.cf", "body A /a/\nscore A 1\n"
				      "ifplugin Mail::SpamAssassin::Plugin::"
				      "TextCat\nbody T /t/\nendif\n"
				      "ifplugin Mail::SpamAssassin::Plugin::"
				      "SPF\nbody S /s/\nendif\n");
	write_file(folder, "z.pre",
		   "loadplugin Mail::SpamAssassin::Plugin::TextCat\n"
		   "loadplugin My::Own /etc/own.pm\n");
	write_file(folder, "sub.inc", "body I /i/\nnonsense\n"
				      "include loop.inc\n");
	write_file(folder, "loop.inc", "include loop.inc\n");
	write_file(folder, ".hidden.cf", "body HIDDEN /h/\n");
	write_file(folder, "other.txt", "body OTHER /o/\n");
	problems = problems_new(mem);
	ruleset = ruleset_load(mem, &source, problems, &err);
	if (tap_ok(ruleset != NULL, "a folder loads %s", err.text)) {
		tap_ok(find("A")->score[0] == 2, "files are read in order");
		tap_ok(defined("T") && !defined("S"),
		       "plugins are those that a file names");
		tap_ok(defined("I"), "include, relative to the file");
		tap_ok(!defined("HIDDEN") && !defined("OTHER"),
		       "other files are not read");
		complains(0, 2, "My::Own is not known");
		complains(1, 2, "unknown directive");
		complains(2, 1, "include each other");
		complains(3, 3, "Z: ");
		tap_ok(strstr(problems->items[1].file, "sub.inc") != NULL &&
			       strstr(problems->items[3].file, "20_b.cf") !=
				       NULL,
		       "with the file's name");
	}
	source.lint = true;
	problems = problems_new(mem);
	ruleset = ruleset_load(mem, &source, problems, &err);
	tap_ok(problems->count > 0 &&
		       strstr(problems->items[1].text, "stock set") != NULL &&
		       strstr(problems->items[1].file, "z.pre") != NULL,
	       "lint tells that the stock plugins are not loaded");
	source.lint = false;
	paths[0] = "/nonexistent/rules";
	ruleset = ruleset_load(mem, &source, problems, &err);
	tap_ok(ruleset == NULL && strstr(err.text, "nonexistent") != NULL,
	       "a path that is not there is an error: %s", err.text);
	for (const char *const *name = (const char *const[]){
		     "20_b.cf", "10_a.cf", "z.pre", "sub.inc", "loop.inc",
		     ".hidden.cf", "other.txt", NULL };
	     *name != NULL; name++)
		unlink(mem_printf(mem, "%s/%s", folder, *name));
	rmdir(folder);
}

static void
test_bounds(void)
{
	struct buf text = BUF(mem);
	struct ruleset_source source = { .no_jit = true };
	struct err err = { .text = "" };

	for (int i = 0; i < 150; i++)
		buf_text(&text, "if (1)\n");
	buf_text(&text, "body A /a/\n");
	for (int i = 0; i < 150; i++)
		buf_text(&text, "endif\n");
	load(buf_string(&text));
	complains(0, 101, "conditions nested");
	buf_reset(&text);
	for (int i = 0; i < 100001; i++)
		buf_printf(&text, "score R%d 1\n", i);
	source.text = buf_view(&text);
	ruleset = ruleset_load(mem, &source, problems, &err);
	tap_ok(ruleset == NULL, "too many rules: %s", err.text);
	buf_reset(&text);
	for (int i = 0; i < 2000; i++)
		buf_printf(&text, "meta M%d rules_matching(R*)\n", i);
	load(buf_string(&text));
	complains(problems->count - 1, 2000, "too much is asked");
	buf_reset(&text);
	for (int i = 0; i < 20000; i++)
		buf_printf(&text, "welcomelist_from a%d@b.example\n"
				  "unwelcomelist_from a%d@b.example x y z\n",
			   i, i / 2);
	source.text = buf_view(&text);
	ruleset = ruleset_load(mem, &source, problems, &err);
	tap_ok(ruleset == NULL, "too much taken away: %s", err.text);
}

int
main(void)
{
	mem = mem_context(NULL, "test");
	test_definitions();
	test_again();
	test_scores();
	test_lines();
	test_bad_lines();
	test_conditions();
	test_lists();
	test_networks();
	test_report();
	test_replace();
	test_order();
	test_metas();
	test_lint();
	test_files();
	test_bounds();
	mem_free(mem);
	return tap_done();
}
