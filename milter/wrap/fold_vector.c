/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Folding 32 bytes at a time, with AVX2. Which of them go is told as bits; what
 * stays moves together by eights, with a shuffle for each set of eight bits.
 */
#include "wrap/regex_needs_private.h"

#ifdef __x86_64__

#include <immintrin.h>
#include <pthread.h>
#include <string.h>

#define VECTORS __attribute__((target("avx2,popcnt")))
#define FOLD_BLOCK 32

static pthread_once_t fold_vector_once = PTHREAD_ONCE_INIT;
/* By the bits of those that stay: where each comes from. */
static unsigned char fold_moves[256][8];

static void
fold_fill_moves(void)
{
	for (unsigned stay = 0; stay < 256; stay++)
		for (unsigned i = 0, to = 0; i < 8; i++)
			if (stay >> i & 1)
				fold_moves[stay][to++] = (unsigned char)i;
}

bool
fold_has_vectors(void)
{
	return __builtin_cpu_supports("avx2") &&
	       __builtin_cpu_supports("popcnt");
}

/* FF where a byte is of this range. */
static inline VECTORS __m256i
fold_in(__m256i bytes, char from, char to)
{
	__m256i above = _mm256_sub_epi8(bytes, _mm256_set1_epi8(from));
	__m256i most = _mm256_set1_epi8((char)(to - from));

	return _mm256_cmpeq_epi8(_mm256_min_epu8(above, most), above);
}

static inline VECTORS uint32_t
fold_bits(__m256i mask)
{
	return (uint32_t)_mm256_movemask_epi8(mask);
}

/* What a block comes to, and what of it to keep. */
struct fold_block {
	__m256i folded;
	uint32_t stay;
	uint32_t digits, spaces; /* the last of them: one before the block */
};

/* Of a run of bytes only the first stays. */
static inline uint32_t
fold_joins(uint32_t these, uint32_t *last)
{
	uint32_t joins = these & (these << 1 | *last >> 31);

	*last = these;
	return joins;
}

static inline VECTORS void
fold_text(struct fold_block *block, __m256i bytes)
{
	__m256i digit = fold_in(bytes, '0', '9');
	__m256i upper = fold_in(bytes, 'A', 'Z');
	__m256i marks = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8((char)0xe2));
	__m256i high =
		_mm256_sub_epi8(_mm256_set1_epi8((char)FOLDED_HIGH), marks);
	__m256i folded = _mm256_or_si256(
		bytes, _mm256_and_si256(upper, _mm256_set1_epi8(0x20)));

	folded = _mm256_blendv_epi8(folded, high, bytes);
	folded = _mm256_blendv_epi8(folded, _mm256_set1_epi8(FOLDED_DIGIT),
				    digit);
	folded = _mm256_blendv_epi8(folded, _mm256_set1_epi8(FOLDED_SPACE),
				    fold_in(bytes, '\t', '\r'));
	block->folded = folded;
	block->stay =
		~(fold_joins(fold_bits(digit), &block->digits) |
		  fold_joins(fold_bits(_mm256_cmpeq_epi8(
				     folded, _mm256_set1_epi8(FOLDED_SPACE))),
			     &block->spaces));
}

/* Digits are one though what goes stands between: it is leapt over by what an
 * addition carries along. */
static inline VECTORS void
fold_bare(struct fold_block *block, __m256i bytes)
{
	__m256i lower = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
	__m256i digit = fold_in(bytes, '0', '9');
	uint32_t digits = fold_bits(digit);
	uint32_t letters = fold_bits(fold_in(lower, 'a', 'z'));
	uint32_t gone = ~(digits | letters);
	uint64_t behind = (uint64_t)digits << 1 | block->digits >> 31;
	uint64_t leapt = (uint64_t)gone + (behind & gone);

	block->folded = _mm256_blendv_epi8(
		lower, _mm256_set1_epi8(FOLDED_DIGIT), digit);
	behind = (behind | leapt) & ~(uint64_t)gone;
	block->stay = letters | (digits & ~(uint32_t)behind);
	/* The next block begins behind a digit. */
	block->digits = (uint32_t)(behind >> 32 & 1) << 31;
}

static inline VECTORS size_t
fold_store(unsigned char *out, const struct fold_block *block, uint32_t stay)
{
	unsigned char eights[FOLD_BLOCK];
	size_t len = 0;

	if (stay == UINT32_MAX) {
		_mm256_storeu_si256((__m256i *)(void *)out, block->folded);
		return FOLD_BLOCK;
	}
	_mm256_storeu_si256((__m256i *)(void *)eights, block->folded);
	for (size_t i = 0; i < FOLD_BLOCK; i += 8, stay >>= 8) {
		__m128i moves = _mm_loadl_epi64(
			(const __m128i *)(const void *)fold_moves[stay & 255]);
		__m128i eight = _mm_loadl_epi64(
			(const __m128i *)(const void *)(eights + i));

		_mm_storel_epi64((__m128i *)(void *)(out + len),
				 _mm_shuffle_epi8(eight, moves));
		len += (unsigned)__builtin_popcount(stay & 255);
	}
	return len;
}

static inline VECTORS size_t
fold_block(unsigned char *out, struct fold_block *block,
	   const unsigned char *bytes, uint32_t all, bool bare)
{
	__m256i loaded =
		_mm256_loadu_si256((const __m256i *)(const void *)bytes);

	if (bare)
		fold_bare(block, loaded);
	else
		fold_text(block, loaded);
	return fold_store(out, block, block->stay & all);
}

VECTORS size_t
fold_vector(unsigned char *out, struct slice text, bool bare)
{
	const unsigned char *bytes = (const unsigned char *)text.data;
	struct fold_block block = { .stay = 0 };
	unsigned char rest[FOLD_BLOCK] = { 0 };
	size_t len = 0, i = 0;

	pthread_once(&fold_vector_once, fold_fill_moves);
	for (; i + FOLD_BLOCK <= text.len; i += FOLD_BLOCK)
		len += fold_block(out + len, &block, bytes + i, UINT32_MAX,
				  bare);
	if (i == text.len)
		return len;
	memcpy(rest, bytes + i, text.len - i);
	return len + fold_block(out + len, &block, rest,
				(1u << (text.len - i)) - 1, bare);
}

#else

bool
fold_has_vectors(void)
{
	return false;
}

size_t
fold_vector(unsigned char *out, struct slice text, bool bare)
{
	return fold_bytes(out, text, bare);
}

#endif
