/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A source that knows all answers: a text of records, for tests. */
#include <arpa/inet.h>
#include <string.h>

#include "base/mem.h"
#include "wrap/dns_source.h"

#define DNS_TABLE_ALIASES 8 /* CNAMEs that are followed */

struct dns_table_line {
	const char *name;
	enum dns_type type;
	const char *mood; /* "servfail", "late", "nodata"; NULL: rdata counts */
	struct slice rdata;
};

struct dns_table {
	struct dns_source source; /* first */
	struct dns_table_line *lines;
	size_t count;
};

static bool
dns_table_type(struct slice word, enum dns_type *type)
{
	static const enum dns_type all[] = { DNS_A,   DNS_NS,  DNS_CNAME,
					     DNS_SOA, DNS_PTR, DNS_MX,
					     DNS_TXT, DNS_AAAA };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (slice_is_nocase(word, dns_type_name(all[i]))) {
			*type = all[i];
			return true;
		}
	return false;
}

static void
dns_table_put_name(struct buf *out, struct slice name)
{
	struct slice label;

	while (slice_word(&name, ".", &label)) {
		buf_char(out, (char)label.len);
		buf_slice(out, label);
	}
	buf_char(out, '\0');
}

static void
dns_table_put_string(struct buf *out, struct slice text)
{
	do {
		struct slice piece = slice_cut(text, 0, 255);

		buf_char(out, (char)piece.len);
		buf_slice(out, piece);
		text = slice_from(text, piece.len);
	} while (text.len > 0);
}

static int
dns_table_digit(unsigned char c)
{
	return str_is_digit(c) ? c - '0' : str_lower_char(c) - 'a' + 10;
}

/* Text in which \xHH is a byte; below mem, with a NUL behind it. */
static struct slice
dns_table_unescape(void *mem, struct slice text)
{
	struct buf out = BUF(mem);

	buf_text(&out, "");
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '\\' && i + 3 < text.len) {
			buf_char(&out, (char)(dns_table_digit((unsigned char)
						text.data[i + 2]) * 16 +
					      dns_table_digit((unsigned char)
						text.data[i + 3])));
			i += 3;
		} else {
			buf_char(&out, text.data[i]);
		}
	}
	return buf_view(&out);
}

/* One string, or several in quotes; in these, \xHH is a byte. */
static void
dns_table_put_text(struct buf *out, struct slice text)
{
	if (text.len == 0 || text.data[0] != '"') {
		dns_table_put_string(out, text);
		return;
	}
	while (text.len > 0 && text.data[0] == '"') {
		size_t end = slice_find(text, 1, '"');

		dns_table_put_string(out, dns_table_unescape(
						  out->mem,
						  slice_cut(text, 1, end)));
		text = slice_trim(slice_from(text, end + 1));
	}
}

static bool
dns_table_rdata(struct dns_table *table, enum dns_type type, struct slice text,
		struct slice *rdata)
{
	struct buf out = BUF(table);
	char *string = slice_string(table, text);
	unsigned char bytes[16];
	struct slice word;
	int64_t number;

	switch (type) {
	case DNS_A:
	case DNS_AAAA:
		if (inet_pton(type == DNS_A ? AF_INET : AF_INET6, string,
			      bytes) != 1)
			return false;
		buf_add(&out, bytes, type == DNS_A ? 4 : 16);
		break;
	case DNS_MX:
		if (!slice_word(&text, " \t", &word) ||
		    !str_int64(slice_string(table, word), &number))
			return false;
		buf_char(&out, (char)(number >> 8));
		buf_char(&out, (char)number);
		dns_table_put_name(&out, slice_trim(text));
		break;
	case DNS_TXT:
		dns_table_put_text(&out, text);
		break;
	default:
		dns_table_put_name(&out, text);
	}
	*rdata = buf_view(&out);
	return true;
}

static bool
dns_table_line(struct dns_table *table, struct slice line)
{
	struct dns_table_line entry = { .name = NULL };
	struct slice name, type, rest = line;

	if (!slice_word(&rest, " \t", &name) ||
	    !slice_word(&rest, " \t", &type) ||
	    !dns_table_type(type, &entry.type))
		return false;
	rest = slice_trim(rest);
	entry.name = dns_table_unescape(table, name).data;
	if (rest.len > 1 && rest.data[0] == '!')
		entry.mood = slice_string(table, slice_from(rest, 1));
	else if (!dns_table_rdata(table, entry.type, rest, &entry.rdata))
		return false;
	mem_grow(table, table->lines, table->count);
	table->lines[table->count++] = entry;
	return true;
}

/* Adds the records of a name; says whether the name exists. */
static bool
dns_table_collect(const struct dns_table *table, struct dns *dns,
		  struct dns_question *question, const char *name,
		  struct dns_answer *answer, const char **alias)
{
	bool exists = false;

	*alias = NULL;
	for (size_t i = 0; i < table->count; i++) {
		const struct dns_table_line *line = &table->lines[i];

		if (!slice_is_nocase(slice_of(name), line->name))
			continue;
		exists = true;
		if (line->type == DNS_CNAME && question->type != DNS_CNAME)
			*alias = line->name;
		if (line->type == question->type && line->mood == NULL &&
		    !dns_add_record(answer, line->rdata))
			return true;
	}
	return exists;
}

static const char *
dns_table_mood(const struct dns_table *table, const char *name,
	       enum dns_type type)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->lines[i].mood != NULL &&
		    table->lines[i].type == type &&
		    slice_is_nocase(slice_of(name), table->lines[i].name))
			return table->lines[i].mood;
	return "";
}

/* Where a name's CNAME leads to. */
static const char *
dns_table_target(void *mem, const struct dns_table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++) {
		struct dns_answer alias = {
			.type = DNS_CNAME,
			.records = &table->lines[i].rdata,
			.record_count = 1,
		};

		if (table->lines[i].type == DNS_CNAME &&
		    slice_is_nocase(slice_of(name), table->lines[i].name))
			return dns_host(mem, &alias, 0);
	}
	return NULL;
}

static void
dns_table_ask(struct dns_source *source, struct dns *dns,
	      struct dns_question *question)
{
	const struct dns_table *table = (const struct dns_table *)source;
	const char *name = question->name, *alias = NULL;
	const char *mood = dns_table_mood(table, name, question->type);
	struct dns_answer *answer;
	bool exists = false;

	if (strcmp(mood, "late") == 0)
		return;
	answer = dns_settle(question, DNS_FOUND, "");
	for (int i = 0; i < DNS_TABLE_ALIASES && name != NULL; i++) {
		exists = dns_table_collect(table, dns, question, name, answer,
					   &alias);
		if (alias == NULL)
			break;
		name = dns_table_target(answer, table, name);
		answer->canonical = name;
	}
	if (strcmp(mood, "servfail") == 0) {
		answer->status = DNS_FAILED;
		answer->why = "SERVFAIL";
	} else if (answer->status == DNS_FOUND && answer->record_count == 0) {
		answer->status = exists ? DNS_NODATA : DNS_NXDOMAIN;
	}
}

static void
dns_table_wait(struct dns_source *source, struct dns *dns,
	       struct dns_question *question, int64_t deadline)
{
}

struct dns_source *
dns_table(void *mem, struct slice text, struct err *err)
{
	struct dns_table *table = mem_new(mem, struct dns_table);
	struct slice line;

	table->source = (struct dns_source){ dns_table_ask, dns_table_wait };
	while (slice_line(&text, &line)) {
		line = slice_trim(line);
		if (line.len == 0 || line.data[0] == '#' ||
		    dns_table_line(table, line))
			continue;
		err_config(err, "not a record: %.*s",
			   (int)(line.len < 100 ? line.len : 100), line.data);
		mem_free(table);
		return NULL;
	}
	return &table->source;
}
