/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/handling.h"

#include <string.h>

#include "base/mem.h"

#define HANDLING_EXCEPTIONS_MAX 1000

#define HANDLING_ALL "tag reject quarantine tempfail discard accept"

const struct option handling_options[] = {
	{ "virus_action", OPTION_ACTION, "reject", .choices = HANDLING_ALL,
	  .help = "What happens to a mail in which a virus is found; "
		  "quarantine puts it into Postfix's hold queue." },
	{ "attachment_banned", OPTION_ACTION, "rule",
	  .choices = "rule " HANDLING_ALL,
	  .help = "What happens to a mail with an attachment that an "
		  "attachment rule with an action hits; rule: what the rule's "
		  "own action line says." },
	{ "attachment_ambiguous", OPTION_ACTION, "tag",
	  .choices = HANDLING_ALL,
	  .help = "What happens to a mail whose structure mail clients may "
		  "read in different ways. All that any of them may see is "
		  "looked into, by the rules and for viruses. It is marked "
		  "AMBIGUOUS." },
	{ "attachment_encrypted", OPTION_ACTION, "tag",
	  .choices = HANDLING_ALL,
	  .help = "What happens to a mail with an archive, a member of one or "
		  "a document behind a password. Names that can be read are "
		  "judged by the rules all the same. It is marked "
		  "ENCRYPTED." },
	{ "attachment_limit", OPTION_ACTION, "once",
	  .choices = "once " HANDLING_ALL,
	  .help = "What happens to a mail that is not looked into as a whole, "
		  "since a limit on size, number, depth or time was reached; "
		  "once: it is put off with 451, and when it comes again, "
		  "attachment_uncheckable decides. It is marked UNCHECKED; "
		  "this holds for the stage virus too." },
	{ "attachment_uncheckable", OPTION_ACTION, "reject",
	  .choices = HANDLING_ALL,
	  .help = "What happens to a mail that cannot be looked into as a "
		  "whole: an archive is damaged or of an unknown kind. It is "
		  "marked UNCHECKED; this holds for the stage virus too." },
	{ "policy_exceptions", OPTION_LINES, "",
	  .help = "Exceptions from the six settings above, each on a line of "
		  "its own that begins with white space: class, conditions "
		  "such as sender=, recipient=, signature= and rule=, action. "
		  "The section Policies and exceptions says more." },
	OPTION_END,
};

static const struct {
	const char *name, *key;
} handling_classes[HANDLING_CLASSES] = {
	[HANDLING_VIRUS] = { "virus", "virus_action" },
	[HANDLING_BANNED] = { "banned", "attachment_banned" },
	[HANDLING_AMBIGUOUS] = { "ambiguous", "attachment_ambiguous" },
	[HANDLING_ENCRYPTED] = { "encrypted", "attachment_encrypted" },
	[HANDLING_LIMIT] = { "limit", "attachment_limit" },
	[HANDLING_UNCHECKABLE] = { "uncheckable", "attachment_uncheckable" },
};

enum handling_key { HANDLING_SENDER, HANDLING_RECIPIENT, HANDLING_NAME };
#define HANDLING_KEYS (HANDLING_NAME + 1)

/* Patterns for one key; one that fits is enough. */
struct handling_patterns {
	const char **items;
	size_t count;
};

struct handling_exception {
	enum handling_class class;
	struct handling_patterns patterns[HANDLING_KEYS];
	struct handling_choice choice;
};

struct handling {
	struct handling_choice choices[HANDLING_CLASSES];
	bool by_rule; /* attachment_banned = rule */
	struct handling_exception *exceptions;
	size_t exception_count;
};

/* --- reading --- */

struct handling_line {
	struct handling *handling;
	struct problems *problems;
	const char *file;
	unsigned number;
};

static int
handling_problem(const struct handling_line *line, const char *what,
		 struct slice word)
{
	char *shown = str_escape(NULL, word, 60);

	problem_add(line->problems, PROBLEM_ERROR, line->file, line->number,
		    "policy_exceptions: %s \"%s\"", what, shown);
	mem_free(shown);
	return -1;
}

static int
handling_class_by_name(struct slice word)
{
	for (int i = 0; i < HANDLING_CLASSES; i++)
		if (slice_is(word, handling_classes[i].name))
			return i;
	return -1;
}

/* The key of "key=pattern" for this class, or -1. */
static int
handling_key_by_name(struct slice word, enum handling_class class)
{
	if (slice_is(word, "sender"))
		return HANDLING_SENDER;
	if (slice_is(word, "recipient"))
		return HANDLING_RECIPIENT;
	if ((class == HANDLING_VIRUS && slice_is(word, "signature")) ||
	    (class == HANDLING_BANNED && slice_is(word, "rule")))
		return HANDLING_NAME;
	return -1;
}

static int
handling_condition(const struct handling_line *line,
		   struct handling_exception *exception, struct slice word)
{
	size_t equals = slice_find(word, 0, '=');
	struct slice value = slice_from(word, equals + 1);
	int key = handling_key_by_name(slice_cut(word, 0, equals),
				       exception->class);
	struct handling_patterns *patterns;

	if (key < 0 || value.len == 0)
		return handling_problem(line, "no such condition for this "
					"class:", word);
	patterns = &exception->patterns[key];
	mem_grow(line->handling, patterns->items, patterns->count);
	patterns->items[patterns->count++] =
		slice_string(line->handling, value);
	return 0;
}

/* The action and the text behind it. */
static int
handling_action(const struct handling_line *line, struct slice word,
		struct slice rest, struct handling_choice *choice)
{
	char *name = slice_string(NULL, word);
	int action = action_by_name(name);

	mem_free(name);
	if (action < 0)
		return handling_problem(line, "expected an action, found",
					word);
	rest = slice_trim(rest);
	choice->action = (enum action)action;
	if (rest.len > 0)
		choice->text = slice_string(line->handling, rest);
	if (rest.len > 0 && action != ACTION_REJECT &&
	    action != ACTION_TEMPFAIL)
		return handling_problem(line, "this action has no reply for "
					"the text", rest);
	return 0;
}

/* "virus sender=*@a.example signature=Heuristics.* tag" */
static int
handling_read_line(const struct handling_line *line, struct slice text)
{
	struct handling_exception exception = { .class = HANDLING_VIRUS };
	struct handling *handling = line->handling;
	struct slice word = SLICE("");
	int class;

	slice_word(&text, " \t", &word);
	class = handling_class_by_name(word);
	if (class < 0)
		return handling_problem(line, "expected virus, banned, "
					"ambiguous, encrypted, limit or "
					"uncheckable, found", word);
	exception.class = (enum handling_class)class;
	word = SLICE("");
	while (slice_word(&text, " \t", &word) &&
	       slice_find(word, 0, '=') < word.len) {
		if (handling_condition(line, &exception, word) < 0)
			return -1;
		word = SLICE("");
	}
	if (handling_action(line, word, text, &exception.choice) < 0)
		return -1;
	if (handling->exception_count >= HANDLING_EXCEPTIONS_MAX)
		return handling_problem(line, "too many exceptions, from",
					SLICE("here on"));
	mem_grow(handling, handling->exceptions, handling->exception_count);
	handling->exceptions[handling->exception_count++] = exception;
	return 0;
}

static int
handling_read_lines(struct handling *handling, struct setting setting,
		    struct problems *problems)
{
	struct handling_line at = { handling, problems, setting.file,
				    setting.line };
	struct slice rest = slice_of(setting.value), line;
	int result = 0;

	for (; slice_line(&rest, &line); at.number += setting.line > 0) {
		line = slice_trim(line);
		if (line.len > 0 && handling_read_line(&at, line) < 0)
			result = -1;
	}
	return result;
}

static int
handling_read_class(struct handling *handling, enum handling_class class,
		    const struct config *config, struct problems *problems)
{
	const char *key = handling_classes[class].key;
	const char *text = config_action_text(config, key);
	int action = action_by_name(config_action(config, key));
	struct handling_choice *choice = &handling->choices[class];
	struct setting setting = config_setting(
		config, (size_t)config_find(config, key));

	choice->once = strcmp(config_action(config, key), "once") == 0;
	handling->by_rule |= strcmp(config_action(config, key), "rule") == 0;
	if (action >= 0)
		choice->action = (enum action)action;
	if (text[0] == '\0')
		return 0;
	choice->text = mem_strdup(handling, text);
	if (action == ACTION_REJECT || action == ACTION_TEMPFAIL)
		return 0;
	problem_add(problems, PROBLEM_ERROR, setting.file, setting.line,
		    "%s = %s: only reject and tempfail have a reply for the "
		    "text", key, setting.value);
	return -1;
}

struct handling *
handling_open(void *mem, const struct config *config,
	      struct problems *problems)
{
	struct handling *handling = mem_new(mem, struct handling);
	long index = config_find(config, "policy_exceptions");
	int result = 0;

	for (int i = 0; i < HANDLING_CLASSES; i++)
		if (handling_read_class(handling, (enum handling_class)i,
					config, problems) < 0)
			result = -1;
	if (handling_read_lines(handling,
				config_setting(config, (size_t)index),
				problems) < 0)
		result = -1;
	if (result == 0)
		return handling;
	mem_free(handling);
	return NULL;
}

/* --- choosing --- */

/* A pattern without @ is one for the domain; <> is the null sender. */
static bool
handling_fits_address(const char *pattern, const char *address)
{
	struct slice text = slice_of(address);
	size_t at = text.len;

	if (strcmp(pattern, "<>") == 0)
		return text.len == 0;
	if (strchr(pattern, '@') != NULL)
		return slice_fits(text, pattern);
	while (at > 0 && text.data[at - 1] != '@')
		at--;
	return at > 0 && slice_fits(slice_from(text, at), pattern);
}

static bool
handling_fits(const struct handling_exception *exception,
	      enum handling_key key, const char *text)
{
	const struct handling_patterns *patterns = &exception->patterns[key];

	for (size_t i = 0; text != NULL && i < patterns->count; i++)
		if (key == HANDLING_NAME
			    ? slice_fits(slice_of(text), patterns->items[i])
			    : handling_fits_address(patterns->items[i], text))
			return true;
	return patterns->count == 0;
}

/* For one recipient, or NULL: the first exception that fits, or the rule. */
static const struct handling_choice *
handling_choose_one(const struct handling_exception *const *exceptions,
		    size_t count, const char *recipient,
		    const struct handling_choice *rule)
{
	for (size_t i = 0; i < count; i++)
		if (handling_fits(exceptions[i], HANDLING_RECIPIENT,
				  recipient))
			return &exceptions[i]->choice;
	return rule;
}

/* Putting off once comes before any other milder thing than a refusal. */
static unsigned
handling_rank(const struct handling_choice *choice)
{
	return choice->once ? ACTION_TEMPFAIL : choice->action;
}

static const struct handling_choice *
handling_strictest(const struct handling_exception *const *exceptions,
		   size_t count, const struct mail *mail,
		   const struct handling_choice *rule)
{
	const struct handling_choice *strictest;

	if (mail == NULL || mail->recipient_count == 0)
		return handling_choose_one(exceptions, count, NULL, rule);
	strictest = handling_choose_one(exceptions, count,
					mail->recipients[0].address, rule);
	for (size_t i = 1; i < mail->recipient_count; i++) {
		const struct handling_choice *choice = handling_choose_one(
			exceptions, count, mail->recipients[i].address, rule);

		if (handling_rank(choice) > handling_rank(strictest))
			strictest = choice;
	}
	return strictest;
}

/* The exceptions that this class, sender and name leave. */
static size_t
handling_select(const struct handling *handling, enum handling_class class,
		const char *sender, const char *name,
		const struct handling_exception **selected)
{
	size_t count = 0;

	for (size_t i = 0; i < handling->exception_count; i++) {
		const struct handling_exception *e = &handling->exceptions[i];

		if (e->class == class &&
		    handling_fits(e, HANDLING_SENDER, sender) &&
		    handling_fits(e, HANDLING_NAME, name))
			selected[count++] = e;
	}
	return count;
}

struct handling_choice
handling_choose(const struct handling *handling, enum handling_class class,
		const struct session *session, const char *name,
		const struct handling_choice *base)
{
	const struct handling_exception *selected[HANDLING_EXCEPTIONS_MAX];
	const struct mail *mail = session->mail;
	const struct handling_choice *rule = &handling->choices[class];
	struct handling_choice choice;
	size_t count = handling_select(handling, class,
				       mail == NULL ? NULL : mail->sender,
				       name, selected);

	if (class == HANDLING_BANNED && handling->by_rule && base != NULL)
		rule = base;
	choice = *handling_strictest(selected, count, mail, rule);
	/* What follows the second time is chosen as for the other class. */
	if (choice.once) {
		choice = handling_choose(handling, HANDLING_UNCHECKABLE,
					 session, name, NULL);
		choice.once = true;
	}
	return choice;
}

void
handling_carry(const struct handling_choice *choice, const char *stage,
	       const char *text, struct verdict *verdict)
{
	if (choice->text != NULL)
		text = choice->text;
	if (choice->once)
		verdict_postpone(verdict, choice->action, stage, text);
	else
		verdict_decide(verdict, choice->action, stage, NULL, NULL,
			       "%s", text);
}

void
handling_decide(const struct handling *handling, enum handling_class class,
		const struct session *session, const char *stage,
		const char *text, struct verdict *verdict)
{
	struct handling_choice choice =
		handling_choose(handling, class, session, "", NULL);

	handling_carry(&choice, stage, text, verdict);
}
