/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where pairs begin in 32 bytes, with AVX2: tables of 16 bytes are asked about
 * 32 at once by shuffling.
 */
#include "wrap/regex_starts_private.h"

#ifdef __x86_64__

#include <immintrin.h>
#include <string.h>

#define VECTORS __attribute__((target("avx2")))

bool
starts_have_vectors(void)
{
	return __builtin_cpu_supports("avx2");
}

/* FF where a byte is of this range. */
static inline VECTORS __m256i
starts_in(__m256i bytes, char from, char to)
{
	__m256i above = _mm256_sub_epi8(bytes, _mm256_set1_epi8(from));
	__m256i most = _mm256_set1_epi8((char)(to - from));

	return _mm256_cmpeq_epi8(_mm256_min_epu8(above, most), above);
}

/* A bit of each byte as its sign, by which vectors are blended. */
#define STARTS_BIT(bytes, bit) _mm256_slli_epi16((bytes), 7 - (bit))

/* Bytes of one table or the other by bit 4 of an index, below 0x80. */
static inline VECTORS __m256i
starts_ask(__m256i low, __m256i high, __m256i index)
{
	return _mm256_blendv_epi8(_mm256_shuffle_epi8(low, index),
				  _mm256_shuffle_epi8(high, index),
				  STARTS_BIT(index, 4));
}

static inline VECTORS __m256i
starts_table_of(const unsigned char table[16])
{
	return _mm256_broadcastsi128_si256(
		_mm_loadu_si128((const __m128i *)(const void *)table));
}

/* What stands there, as starts_classes() has it. */
static inline VECTORS __m256i
starts_class_all(__m256i bytes)
{
	enum {
		S = STARTS_SPACE,
		D = STARTS_DIGIT,
		M = STARTS_MARK,
		O = STARTS_OTHER,
	};
	static const unsigned char from_20[16] = {
		S, M, M, O, O, O, O, M, M, M, M, O, M, M, M, O,
	};
	static const unsigned char from_30[16] = {
		D, D, D, D, D, D, D, D, D, D, M, M, O, O, O, M,
	};
	__m256i marks = starts_ask(starts_table_of(from_20),
				   starts_table_of(from_30), bytes);
	__m256i lower = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
	__m256i class = _mm256_set1_epi8(O);

	class = _mm256_blendv_epi8(class, marks, starts_in(bytes, 0x20, 0x3f));
	class = _mm256_blendv_epi8(class, _mm256_set1_epi8(S),
				   starts_in(bytes, '\t', '\r'));
	class = _mm256_blendv_epi8(
		class, _mm256_set1_epi8(M),
		_mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('_')));
	class = _mm256_blendv_epi8(
		class, _mm256_sub_epi8(lower, _mm256_set1_epi8('a')),
		starts_in(lower, 'a', 'z'));
	return _mm256_blendv_epi8(class, _mm256_set1_epi8(STARTS_HIGH), bytes);
}

/* The next byte of each; of the last: the end. */
static inline VECTORS __m256i
starts_second(__m256i class)
{
	__m256i end = _mm256_set1_epi8(STARTS_END);

	return _mm256_alignr_epi8(_mm256_permute2x128_si256(class, end, 0x21),
				  class, 1);
}

/* Where the set of each first byte has the second. */
static inline VECTORS uint32_t
starts_test(const struct start_grams *grams, __m256i first, __m256i second)
{
	static const unsigned char bits[16] = { 1, 2, 4, 8, 16, 32, 64, 128,
						1, 2, 4, 8, 16, 32, 64, 128 };
	__m256i bit = _mm256_shuffle_epi8(starts_table_of(bits), second);
	__m256i sets[START_QUARTERS], set;
	const uint8_t *pairs = grams->pairs;

	for (size_t i = 0; i < START_QUARTERS; i++)
		sets[i] = starts_ask(
			starts_table_of(pairs + i * START_CLASSES),
			starts_table_of(pairs + i * START_CLASSES + 16), first);
	set = _mm256_blendv_epi8(
		_mm256_blendv_epi8(sets[0], sets[1], STARTS_BIT(second, 3)),
		_mm256_blendv_epi8(sets[2], sets[3], STARTS_BIT(second, 3)),
		STARTS_BIT(second, 4));
	return (uint32_t)_mm256_movemask_epi8(
		_mm256_cmpeq_epi8(_mm256_and_si256(set, bit), bit));
}

static inline VECTORS __m256i
starts_load(const unsigned char *bytes)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)bytes);
}

VECTORS uint32_t
starts_pairs_vector(const struct start_grams *grams, const unsigned char *bytes,
		    size_t len, unsigned char classes[STARTS_CLASSES])
{
	/* From 32 - len on: what puts the end behind len bytes. */
	static const unsigned char behind[2 * STARTS_BLOCK] = {
		[STARTS_BLOCK... 2 * STARTS_BLOCK - 1] = 0xff,
	};
	unsigned char text[STARTS_BLOCK] = { 0 };
	uint32_t all = UINT32_MAX;
	__m256i class;

	if (len == STARTS_BLOCK) {
		class = starts_class_all(starts_load(bytes));
	} else {
		memcpy(text, bytes, len);
		all = (1u << len) - 1;
		class = _mm256_blendv_epi8(
			starts_class_all(starts_load(text)),
			_mm256_set1_epi8(STARTS_END),
			starts_load(behind + STARTS_BLOCK - len));
	}
	_mm256_storeu_si256((__m256i *)(void *)classes, class);
	memset(classes + STARTS_BLOCK, STARTS_END,
	       STARTS_CLASSES - STARTS_BLOCK);
	return starts_test(grams, class, starts_second(class)) & all;
}

#else

bool
starts_have_vectors(void)
{
	return false;
}

uint32_t
starts_pairs_vector(const struct start_grams *grams, const unsigned char *bytes,
		    size_t len, unsigned char classes[STARTS_CLASSES])
{
	return starts_pairs(grams, bytes, len, classes);
}

#endif
