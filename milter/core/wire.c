/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/wire.h"

#include <string.h>

#include "base/mem.h"

#define WIRE_NULL UINT32_MAX

void
wire_put_number(struct buf *out, int64_t number)
{
	buf_add(out, &number, sizeof(number));
}

void
wire_put_double(struct buf *out, double number)
{
	buf_add(out, &number, sizeof(number));
}

void
wire_put_text(struct buf *out, const char *text)
{
	uint32_t len = text == NULL ? WIRE_NULL : (uint32_t)strlen(text);

	buf_add(out, &len, sizeof(len));
	if (text != NULL)
		buf_add(out, text, len);
}

static bool
wire_take(struct wire *wire, void *to, size_t n)
{
	if (wire->bad || wire->rest.len < n) {
		wire->bad = true;
		return false;
	}
	memcpy(to, wire->rest.data, n);
	wire->rest = slice_from(wire->rest, n);
	return true;
}

int64_t
wire_number(struct wire *wire)
{
	int64_t number = 0;

	return wire_take(wire, &number, sizeof(number)) ? number : 0;
}

double
wire_double(struct wire *wire)
{
	double number = 0;

	if (!wire_take(wire, &number, sizeof(number)))
		return 0;
	return number == number ? number : 0;
}

const char *
wire_text(struct wire *wire)
{
	uint32_t len = 0;
	struct slice text;

	if (!wire_take(wire, &len, sizeof(len)))
		return "";
	if (len == WIRE_NULL)
		return NULL;
	if (len > wire->rest.len) {
		wire->bad = true;
		return "";
	}
	text = slice_cut(wire->rest, 0, len);
	wire->rest = slice_from(wire->rest, len);
	return slice_string(wire->mem, text);
}

const char *
wire_text_or_empty(struct wire *wire)
{
	const char *text = wire_text(wire);

	return text == NULL ? "" : text;
}

size_t
wire_count(struct wire *wire)
{
	int64_t count = wire_number(wire);

	if (count < 0 || (uint64_t)count > wire->rest.len) {
		wire->bad = true;
		return 0;
	}
	return (size_t)count;
}

static const char **
wire_member(void *base, size_t offset)
{
	return (const char **)((char *)base + offset);
}

void
wire_put_members(struct buf *out, const void *base, const size_t *offsets,
		 size_t count)
{
	for (size_t i = 0; i < count; i++)
		wire_put_text(out, *(const char *const *)((const char *)base +
							  offsets[i]));
}

void
wire_members(struct wire *wire, void *base, const size_t *offsets,
	     size_t count)
{
	for (size_t i = 0; i < count; i++)
		*wire_member(base, offsets[i]) = wire_text(wire);
}
