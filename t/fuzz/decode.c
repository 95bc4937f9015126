/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transfer encodings and character sets. The first byte chooses the set. */
#include <assert.h>

#include "base/mem.h"
#include "mail/charset.h"
#include "mail/charset_name.h"
#include "mail/decode.h"
#include "mail/embedded.h"
#include "mail/habits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_charset(void *mem, struct slice in, unsigned char which)
{
	char name[CHARSET_NAME_MAX] = "utf-16";
	bool converted;
	struct slice out;

	charset_name_at(which, name);
	if (which == 255)
		charset_name(slice_string(mem, slice_cut(in, 0, 20)), name);
	out = charset_to_utf8(mem, in, name, &converted);
	for (size_t at = 0; converted && at < out.len;)
		assert(charset_next(out, &at) >= 0);
	charset_believe(mem, in, name);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem = mem_context(NULL, "fuzz");
	struct slice in;
	size_t at = 0, before = 0;
	struct embedded found;

	if (size > 0)
		check_charset(mem, (struct slice){ mem_copy(mem, data + 1,
							    size - 1),
						   size - 1 },
			      data[0]);
	in = (struct slice){ mem_copy(mem, data, size), size };
	assert(decode_base64(mem, in).len <= size);
	assert(decode_base64_pieces(mem, in).len <= size);
	assert(decode_qp(mem, in).len <= size);
	for (int i = HABIT_NONE; i < HABITS; i++)
		assert(habit_decode(mem, (enum habit)i, in).len <=
		       (i == HABIT_UU ? 63 * size : size + 4));
	if (habit_base64_is_clean(in))
		for (int i = HABIT_BASE64; i <= HABIT_BASE64_URL; i++)
			assert(i == HABIT_BASE64_ZERO ||
			       slice_equal(habit_decode(mem, HABIT_BASE64, in),
					   habit_decode(mem, (enum habit)i,
							in)));
	while (embedded_next(mem, in, &at, &found)) {
		assert(at > before && at <= size);
		before = at;
	}
	mem_free(mem);
	return 0;
}
