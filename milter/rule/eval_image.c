/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ImageInfo: how many images a message carries and how large they are, by what
 * stands at the head of GIF, PNG and JPEG files. Only parts in base64 count.
 */
#include "rule/eval_tables.h"

#include <string.h>

#include "base/mem.h"
#include "mail/text.h"
#include "rule/eval_args.h"

enum image_type { IMAGE_GIF, IMAGE_PNG, IMAGE_JPEG, IMAGE_ALL, IMAGE_TYPES };

struct image {
	enum image_type type;
	double height, width;
	const char *name; /* or NULL */
};

struct images {
	bool collected;
	size_t counts[IMAGE_TYPES];  /* of parts, readable or not */
	double pixels[IMAGE_TYPES];
	struct image *items; /* those whose size is known */
	size_t count;
};

/* A big-endian number; what lies beyond the end reads as 0. */
static uint32_t
image_number(struct slice data, size_t at, size_t bytes)
{
	uint32_t value = 0;

	if (at > data.len || data.len - at < bytes)
		return 0;
	for (size_t i = 0; i < bytes; i++)
		value = value << 8 | (unsigned char)data.data[at + i];
	return value;
}

static void
image_read_gif(struct slice data, struct image *image)
{
	if (data.len < 10 || (!slice_starts(data, "GIF87a") &&
			      !slice_starts(data, "GIF89a")))
		return;
	image->width = (unsigned char)data.data[6] +
		       256 * (unsigned char)data.data[7];
	image->height = (unsigned char)data.data[8] +
			256 * (unsigned char)data.data[9];
}

/* Looks for the header chunk every eight bytes, as SpamAssassin does: chunks
 * are not skipped by their length. */
static void
image_read_png(struct slice data, struct image *image)
{
	static const char magic[8] = "\x89PNG\r\n\x1a\n";

	if (data.len < sizeof(magic) || memcmp(data.data, magic, 8) != 0)
		return;
	for (size_t at = 8; data.len - at >= 8; at += 8) {
		if (memcmp(data.data + at + 4, "IEND", 4) == 0)
			return;
		if (memcmp(data.data + at + 4, "IHDR", 4) != 0 ||
		    image_number(data, at, 4) != 13)
			continue;
		image->width = image_number(data, at + 8, 4);
		image->height = image_number(data, at + 12, 4);
		return;
	}
}

static bool
image_is_jpeg_frame(unsigned mark)
{
	return mark >= 0xc0 && mark <= 0xcf && mark != 0xc4 && mark != 0xc8 &&
	       mark != 0xcc;
}

static void
image_read_jpeg(struct slice data, struct image *image)
{
	size_t at = 2;

	if (image_number(data, 0, 2) != 0xffd8)
		return;
	while (at < data.len && data.len - at >= 4) {
		unsigned mark = image_number(data, at, 2);
		size_t len = image_number(data, at + 2, 2);

		if (mark >> 8 != 0xff || mark == 0xffda || mark == 0xffd9 ||
		    len < 2)
			return;
		if (image_is_jpeg_frame(mark & 0xff)) {
			data = slice_cut(data, at, at + 2 + len);
			image->height = image_number(data, 5, 2);
			image->width = image_number(data, 7, 2);
			return;
		}
		at += 2 + len;
	}
}

static bool
image_type(const char *name, enum image_type *type)
{
	static const struct {
		const char *name;
		enum image_type type;
	} types[] = {
		{ "gif", IMAGE_GIF },
		{ "png", IMAGE_PNG },
		{ "jpeg", IMAGE_JPEG },
		{ "jpg", IMAGE_JPEG },
		{ "all", IMAGE_ALL },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		*type = types[i].type;
		if (strcmp(types[i].name, name) == 0)
			return true;
	}
	return false;
}

static void
image_collect(struct check *check, struct images *images, struct part *part)
{
	static void (*const read[])(struct slice, struct image *) = {
		[IMAGE_GIF] = image_read_gif,
		[IMAGE_PNG] = image_read_png,
		[IMAGE_JPEG] = image_read_jpeg,
	};
	struct image image = { .name = part->name };

	if (!part->is_leaf || strncmp(part->type, "image/", 6) != 0 ||
	    strcmp(part->encoding, "base64") != 0 ||
	    !image_type(part->type + 6, &image.type) ||
	    image.type == IMAGE_ALL)
		return;
	images->counts[image.type]++;
	images->counts[IMAGE_ALL]++;
	read[image.type](part_decoded(part), &image);
	if (image.height == 0 || image.width == 0)
		return;
	images->pixels[image.type] += image.height * image.width;
	images->pixels[IMAGE_ALL] += image.height * image.width;
	mem_grow(check, images->items, images->count);
	images->items[images->count++] = image;
}

/* By the type that an argument names, "jpg" not being one of them. */
static const struct images *
image_find(struct check *check, const struct rule *rule, enum image_type *type)
{
	struct images *images = check_state(check, "ImageInfo",
					    sizeof(*images));
	struct message *message = check->message;
	const char *name = eval_arg(rule, 0);

	if (name == NULL || strcmp(name, "jpg") == 0 || !image_type(name, type))
		return NULL;
	for (size_t i = 0; !images->collected && i < message->part_count; i++)
		image_collect(check, images, message->parts[i]);
	images->collected = true;
	return images;
}

static bool
image_within(const struct rule *rule, size_t arg, double value)
{
	return value >= eval_number(rule, arg) &&
	       (eval_arg(rule, arg + 1) == NULL ||
		value <= eval_number(rule, arg + 1));
}

static int
image_count(struct check *check, const struct rule *rule)
{
	enum image_type type;
	const struct images *images = image_find(check, rule, &type);

	return images != NULL && eval_arg(rule, 1) != NULL &&
	       image_within(rule, 1, (double)images->counts[type]);
}

static int
image_coverage(struct check *check, const struct rule *rule)
{
	enum image_type type;
	const struct images *images = image_find(check, rule, &type);

	return images != NULL && eval_arg(rule, 1) != NULL &&
	       image_within(rule, 1, images->pixels[type]);
}

static int
image_text_ratio(struct check *check, const struct rule *rule)
{
	enum image_type type;
	const struct images *images = image_find(check, rule, &type);
	const struct text *texts = eval_texts(check, rule);
	size_t len = 0;
	double ratio;

	for (size_t i = 0; i < texts->count; i++)
		len += texts->items[i].len;
	if (images == NULL || eval_arg(rule, 2) == NULL || len == 0 ||
	    images->pixels[type] == 0)
		return 0;
	ratio = (double)len / images->pixels[type];
	return ratio >= eval_number(rule, 1) && ratio < eval_number(rule, 2);
}

static int
image_size_exact(struct check *check, const struct rule *rule)
{
	enum image_type type;
	const struct images *images = image_find(check, rule, &type);

	if (images == NULL || eval_arg(rule, 2) == NULL)
		return 0;
	for (size_t i = 0; i < images->count; i++) {
		const struct image *image = &images->items[i];

		if ((type == IMAGE_ALL || image->type == type) &&
		    image->height == eval_number(rule, 1) &&
		    image->width == eval_number(rule, 2))
			return 1;
	}
	return 0;
}

/* type, least height, least width, and what they may be at most. */
static int
image_size_range(struct check *check, const struct rule *rule)
{
	enum image_type type;
	const struct images *images = image_find(check, rule, &type);

	if (images == NULL || eval_arg(rule, 2) == NULL)
		return 0;
	for (size_t i = 0; i < images->count; i++) {
		const struct image *image = &images->items[i];

		if ((type == IMAGE_ALL || image->type == type) &&
		    image->height >= eval_number(rule, 1) &&
		    image->width >= eval_number(rule, 2) &&
		    (eval_arg(rule, 3) == NULL ||
		     image->height <= eval_number(rule, 3)) &&
		    (eval_arg(rule, 4) == NULL ||
		     image->width <= eval_number(rule, 4)))
			return 1;
	}
	return 0;
}

static const struct images *
image_all(struct check *check)
{
	static const char *const args[] = { "all", NULL };
	static const struct rule all = { .args = args, .arg_count = 1 };
	enum image_type type;

	return image_find(check, &all, &type);
}

static int
image_named(struct check *check, const struct rule *rule)
{
	const struct images *images = image_all(check);
	const char *name = eval_arg(rule, 0);

	for (size_t i = 0; name != NULL && i < images->count; i++)
		if (images->items[i].name != NULL &&
		    strcmp(images->items[i].name, name) == 0)
			return 1;
	return 0;
}

static int
image_name_regex(struct check *check, const struct rule *rule)
{
	const struct images *images = image_all(check);

	for (size_t i = 0; rule->regex != NULL && i < images->count; i++)
		if (images->items[i].name != NULL &&
		    eval_regex_matches(check, rule,
				       slice_of(images->items[i].name)))
			return 1;
	return 0;
}

const struct eval evals_imageinfo[] = {
	{ "image_count", image_count, NULL },
	{ "pixel_coverage", image_coverage, NULL },
	{ "image_size_exact", image_size_exact, NULL },
	{ "image_size_range", image_size_range, NULL },
	{ "image_named", image_named, NULL },
	{ "image_name_regex", image_name_regex, NULL },
	{ "image_to_text_ratio", image_text_ratio, NULL },
	{ NULL, NULL, NULL },
};
