/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include "base/clock.h"
#include "base/mem.h"
#include "core/policy.h"
#include "core/virtual.h"

static void *mem;

static const char settings[] =
	"recipient_delimiter = +-\n"
	"virtual_mailbox_domains = ours.example, both.example\n"
	"virtual_mailbox_maps = inline:{a@ours.example=1, b@ours.example=1,"
	" owner-x@ours.example=1, @both.example=1, c+d@ours.example=1,"
	" c@ours.example=1}\n"
	"relay_domains = relay.example\n"
	"relay_recipient_maps = inline:{r@relay.example=1,"
	" r@sub.relay.example=1}\n"
	"virtual_alias_expansion_limit = 20\n"
	"virtual_alias_recursion_limit = 10\n"
	"virtual_alias_address_length_limit = 100\n"
	"virtual_alias_maps = inline:{alias.example=x,\n"
	" one@alias.example=a@ours.example,\n"
	" {two@alias.example=a@ours.example, b@ours.example},\n"
	" {self@ours.example=self@ours.example, b@ours.example},\n"
	" {b@ours.example=b@ours.example}, x@ours.example=y@ours.example,\n"
	" y@ours.example=z@ours.example, z@ours.example=x@ours.example,\n"
	" {l1@ours.example=l2@ours.example, l1@ours.example},\n"
	" {l2@ours.example=l1@ours.example, a@ours.example},\n"
	" {d1@ours.example=d2@ours.example, d3@ours.example},\n"
	" d2@ours.example=d4@ours.example, d3@ours.example=d4@ours.example,\n"
	" d4@ours.example=a@ours.example,\n"
	" @from.example=@ours.example, local@ours.example=root,\n"
	" {bad@ours.example=a b@c, @x, @@},\n"
	" dead@ours.example=no@ours.example,\n"
	" {mixed@ours.example=no@ours.example, m@far.example},\n"
	" {doubt@ours.example=no@ours.example, @@},\n"
	" {i0@ours.example=i1@ours.example},"
	" {i1@ours.example=i2@ours.example}, {i2@ours.example=i3@ours.example},"
	" {i3@ours.example=i4@ours.example}, {i4@ours.example=i5@ours.example},"
	" {i5@ours.example=i6@ours.example}, {i6@ours.example=i7@ours.example},"
	" {i7@ours.example=i8@ours.example}, {i8@ours.example=i9@ours.example},"
	" {i9@ours.example=ia@ours.example}, {ia@ours.example=ib@ours.example},"
	" {ib@ours.example=a@ours.example},\n"
	" {wide@ours.example=1@f,2@f,3@f,4@f,5@f,6@f,7@f,8@f,9@f,10@f,11@f,"
	"12@f,13@f,14@f,15@f,16@f,17@f,18@f,19@f,20@f,21@f},\n"
	" long@ours.example=a123456789012345678901234567890123456789"
	"012345678901234567890123456789012345678901234567890@far.example}\n";

static struct virtual *
open_virtual(const char *text)
{
	struct config *config = policy_config_new(mem);
	struct problems *problems = problems_new(mem);
	struct virtual *virtual;
	struct err err;

	tap_is_int(config_parse(config, "t", text, strlen(text), problems), 0,
		   "the settings are good");
	virtual = virtual_open(mem, config, problems, &err);
	if (!tap_ok(virtual != NULL, "and open"))
		tap_note("%s", err.text);
	return virtual;
}

/* "550", "pass", "error ..." or the mailboxes, "+N" for those elsewhere. */
static const char *
resolve(const struct virtual *virtual, const char *path)
{
	struct virtual_answer answer;
	struct address address;
	struct buf out = BUF(mem);
	struct err err;

	address_parse(mem, path, &address);
	if (virtual_resolve(mem, virtual, &address, clock_ms() + 1000, NULL,
			    &answer, &err) < 0)
		return mem_printf(mem, "error %d %s", err.kind, err.text);
	if (answer.outcome == VIRTUAL_UNKNOWN)
		return mem_printf(mem, "550 %s", answer.table);
	if (answer.outcome == VIRTUAL_FOREIGN)
		return "pass";
	for (size_t i = 0; i < answer.mailbox_count; i++)
		buf_printf(&out, "%s%s", i ? " " : "", answer.mailboxes[i]);
	if (answer.remote_count != 0)
		buf_printf(&out, "+%zu", answer.remote_count);
	return buf_string(&out);
}

static void
test_mailboxes(const struct virtual *virtual)
{
	static const char *const cases[][2] = {
		{ "a@ours.example", "a@ours.example" },
		{ "A@OURS.example", "a@ours.example" },
		{ "a+x@ours.example", "a@ours.example" },
		{ "a-x+y@ours.example", "a@ours.example" },
		{ "c+d@ours.example", "c+d@ours.example" },
		{ "c+e@ours.example", "c@ours.example" },
		{ "any@both.example", "any@both.example" },
		{ "no@ours.example", "550 virtual mailbox table" },
		{ "+a@ours.example", "550 virtual mailbox table" },
		{ "owner-x@ours.example", "owner-x@ours.example" },
		{ "r@relay.example", "+1" },
		{ "r+x@sub.relay.example", "+1" },
		{ "no@relay.example", "550 relay recipient table" },
		{ "no@alias.example", "550 virtual alias table" },
		{ "x@far.example", "pass" },
		{ "x@[192.0.2.1]", "pass" },
		{ "postmaster", "pass" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		tap_is(resolve(virtual, cases[i][0]), cases[i][1],
		       cases[i][0]);
}

static void
test_aliases(const struct virtual *virtual)
{
	static const char *const cases[][2] = {
		{ "one@alias.example", "a@ours.example" },
		{ "two@alias.example", "a@ours.example b@ours.example" },
		{ "one+x@alias.example", "a@ours.example" },
		{ "b@ours.example", "b@ours.example" },
		{ "self@ours.example", "b@ours.example" },
		{ "d1@ours.example", "a@ours.example" },
		{ "l1@ours.example", "a@ours.example" },
		{ "a@from.example", "a@ours.example" },
		{ "a+x@from.example", "a@ours.example" },
		{ "no@from.example", "550 virtual mailbox table" },
		{ "local@ours.example", "+1" },
		{ "dead@ours.example", "550 virtual mailbox table" },
		{ "mixed@ours.example", "+1" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		tap_is(resolve(virtual, cases[i][0]), cases[i][1],
		       cases[i][0]);
}

static void
test_endless(const struct virtual *virtual)
{
	tap_is(resolve(virtual, "x@ours.example"),
	       "error 2 the aliases of x@ours.example lead back to it",
	       "a circle");
	tap_is(resolve(virtual, "bad@ours.example"),
	       "error 2 the aliases give no address that mail could be sent "
	       "to", "garbage");
	tap_is(resolve(virtual, "doubt@ours.example"),
	       "error 2 the aliases give no address that mail could be sent "
	       "to", "an unknown one and garbage are no 550");
	tap_is(resolve(virtual, "i0@ours.example"),
	       "error 2 more than 10 aliases follow upon each other",
	       "too deep");
	tap_is(resolve(virtual, "wide@ours.example"),
	       "error 2 the aliases give more than 20 addresses", "too many");
	tap_is(resolve(virtual, "long@ours.example"),
	       "error 2 an alias gives an address of over 100 bytes",
	       "too long");
}

static size_t
lookups(const struct virtual *virtual, const char *path)
{
	struct virtual_answer answer;
	struct address address;
	struct err err;

	address_parse(mem, path, &address);
	virtual_resolve(mem, virtual, &address, clock_ms() + 1000, NULL,
			&answer, &err);
	return answer.lookups;
}

/* Domains that are remembered are not asked about. */
static void
test_remembered(void)
{
	struct virtual *virtual = open_virtual(
		"virtual_mailbox_domains = inline:{ours.example=1}\n"
		"virtual_mailbox_maps = inline:{a@ours.example=1,"
		" b@ours.example=1}\n"
		"virtual_alias_maps = "
		"inline:{x@ours.example=a@ours.example}\n");

	tap_is_int(lookups(virtual, "a@ours.example"), 4, "user");
	tap_is_int(lookups(virtual, "x@far.example"), 4, "elsewhere");
	virtual_remember(virtual, 10, 60000);
	tap_is_int(lookups(virtual, "a@ours.example"), 4, "a user first");
	tap_is_int(lookups(virtual, "b@ours.example"), 3, "another user");
	tap_is_int(lookups(virtual, "no@ours.example"), 5, "nobody");
	tap_is_int(lookups(virtual, "x@far.example"), 4, "elsewhere first");
	tap_is_int(lookups(virtual, "y@far.example"), 1, "elsewhere again");
	tap_is(resolve(virtual, "y@far.example"), "pass", "the same answer");
	tap_is(resolve(virtual, "no@ours.example"),
	       "550 virtual mailbox table", "and this one");
	mem_free(virtual);
}

static void
test_nothing(void)
{
	struct virtual *virtual = open_virtual(
		"virtual_mailbox_domains = ours.example\n"
		"virtual_alias_domains = alias.example\n"
		"relay_domains = relay.example\n");

	tap_is(resolve(virtual, "x@ours.example"), "x@ours.example",
	       "no table of mailboxes: all are taken");
	tap_is(resolve(virtual, "x@alias.example"), "550 virtual alias table",
	       "no alias: none is");
	tap_is(resolve(virtual, "x@relay.example"), "+1", "relayed: all are");
	virtual = open_virtual("virtual_alias_maps = static:a@far.example\n"
			       "virtual_alias_domains =\n");
	tap_is(resolve(virtual, "x@y.example"), "+1",
	       "a static alias ends with itself");
}

int
main(void)
{
	struct virtual *virtual;

	mem = mem_context(NULL, "test");
	virtual = open_virtual(settings);
	test_mailboxes(virtual);
	test_aliases(virtual);
	test_endless(virtual);
	test_remembered();
	test_nothing();
	mem_free(mem);
	return tap_done();
}
