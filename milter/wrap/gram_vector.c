/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Grams at eight places at a time, with AVX2: hashed together, and the words of
 * the bitmap gathered.
 */
#include "wrap/gram_set.h"

#ifdef __x86_64__

#include <immintrin.h>

#define VECTORS __attribute__((target("avx2")))
#define GRAM_LANES 8

bool
gram_set_has_vectors(void)
{
	return __builtin_cpu_supports("avx2");
}

/* The bits at eight places of a bitmap. */
static inline VECTORS uint32_t
gram_gather(const uint32_t *bitmap, __m256i at)
{
	__m256i words = _mm256_i32gather_epi32(
		(const int *)(const void *)bitmap, _mm256_srli_epi32(at, 5), 4);
	__m256i signs = _mm256_sllv_epi32(
		words, _mm256_andnot_si256(at, _mm256_set1_epi32(31)));

	return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(signs));
}

/* Three bytes from each of eight places on. */
static inline VECTORS __m256i
gram_load(const unsigned char *text)
{
	const __m256i each = _mm256_setr_epi8(
		0, 1, 2, -1, 1, 2, 3, -1, 2, 3, 4, -1, 3, 4, 5, -1, 4, 5, 6, -1,
		5, 6, 7, -1, 6, 7, 8, -1, 7, 8, 9, -1);

	return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128((
					   const __m128i *)(const void *)text)),
				   each);
}

VECTORS struct gram_places
gram_set_look_vector(const struct gram_set *set, const unsigned char *text)
{
	__m128i shift = _mm_cvtsi32_si128((int)set->shift);
	struct gram_places places = { 0 };

	for (unsigned i = 0; i < GRAM_BLOCK; i += GRAM_LANES) {
		__m256i grams = gram_load(text + i);
		__m256i hashes = _mm256_srl_epi32(
			_mm256_mullo_epi32(grams,
					   _mm256_set1_epi32((int)GRAM_FACTOR)),
			shift);
		__m256i pairs =
			_mm256_and_si256(grams, _mm256_set1_epi32(0xffff));

		places.grams |= gram_gather(set->bitmap, hashes) << i;
		places.pairs |= gram_gather(set->pairs, pairs) << i;
	}
	return places;
}

#else

bool
gram_set_has_vectors(void)
{
	return false;
}

struct gram_places
gram_set_look_vector(const struct gram_set *set, const unsigned char *text)
{
	return gram_set_look_bytes(set, text);
}

#endif
