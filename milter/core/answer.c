/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/answer.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/* One allocation of its own, so that threads share no tree of memory. */
struct answer {
	struct answer *next; /* in its bucket */
	struct answer *newer, *older; /* by last use */
	uint32_t hash;
	char *address;
	int64_t learned; /* clock_ms() */
	struct virtual_answer what;
};

struct answers {
	pthread_mutex_t lock;
	size_t limit, count;
	size_t bucket_count; /* a power of two */
	struct answer **buckets;
	struct answer *newest, *oldest;
};

static void
answers_destroy(void *ptr)
{
	struct answers *answers = ptr;

	while (answers->oldest != NULL) {
		struct answer *answer = answers->oldest;

		answers->oldest = answer->newer;
		mem_free(answer);
	}
	mem_free(answers->buckets);
	pthread_mutex_destroy(&answers->lock);
}

struct answers *
answers_new(void *mem, size_t limit)
{
	struct answers *answers = mem_new(mem, struct answers);

	answers->limit = limit;
	answers->bucket_count = 16;
	while (answers->bucket_count < limit)
		answers->bucket_count *= 2;
	answers->buckets =
		mem_array(NULL, struct answer *, answers->bucket_count);
	pthread_mutex_init(&answers->lock, NULL);
	mem_on_free(answers, answers_destroy);
	return answers;
}

static struct answer **
answers_place(struct answers *answers, uint32_t hash, const char *address)
{
	struct answer **place =
		&answers->buckets[hash & (answers->bucket_count - 1)];

	while (*place != NULL && ((*place)->hash != hash ||
				  strcmp((*place)->address, address) != 0))
		place = &(*place)->next;
	return place;
}

static void
answers_unlink(struct answers *answers, struct answer *answer)
{
	if (answer->newer != NULL)
		answer->newer->older = answer->older;
	else
		answers->newest = answer->older;
	if (answer->older != NULL)
		answer->older->newer = answer->newer;
	else
		answers->oldest = answer->newer;
}

static void
answers_link(struct answers *answers, struct answer *answer)
{
	answer->newer = NULL;
	answer->older = answers->newest;
	if (answers->newest != NULL)
		answers->newest->newer = answer;
	else
		answers->oldest = answer;
	answers->newest = answer;
}

static void
answers_drop(struct answers *answers, struct answer **place)
{
	struct answer *answer = *place;

	*place = answer->next;
	answers_unlink(answers, answer);
	answers->count--;
	mem_free(answer);
}

static struct virtual_answer
answer_copy(void *mem, const struct virtual_answer *from)
{
	struct virtual_answer copy = *from;

	copy.mailboxes = mem_array(mem, char *, from->mailbox_count + 1);
	for (size_t i = 0; i < from->mailbox_count; i++)
		copy.mailboxes[i] = mem_strdup(mem, from->mailboxes[i]);
	return copy;
}

static struct answer *
answer_new(const char *address, uint32_t hash,
	   const struct virtual_answer *what)
{
	struct answer *answer = mem_new(NULL, struct answer);

	answer->address = mem_strdup(answer, address);
	answer->hash = hash;
	answer->learned = clock_ms();
	answer->what = answer_copy(answer, what);
	return answer;
}

void
answers_keep(struct answers *answers, const char *address,
	     const struct virtual_answer *what)
{
	uint32_t hash = slice_hash_nocase(slice_of(address));
	struct answer **place, *answer;

	pthread_mutex_lock(&answers->lock);
	place = answers_place(answers, hash, address);
	if (*place != NULL)
		answers_drop(answers, place);
	if (what->outcome != VIRTUAL_UNKNOWN && answers->limit > 0) {
		if (answers->count == answers->limit)
			answers_drop(answers,
				     answers_place(answers,
						   answers->oldest->hash,
						   answers->oldest->address));
		answer = answer_new(address, hash, what);
		place = answers_place(answers, hash, address);
		answer->next = *place;
		*place = answer;
		answers_link(answers, answer);
		answers->count++;
	}
	pthread_mutex_unlock(&answers->lock);
}

bool
answers_find(void *mem, struct answers *answers, const char *address,
	     int64_t max_age, struct virtual_answer *what, int64_t *age)
{
	uint32_t hash = slice_hash_nocase(slice_of(address));
	struct answer *answer;
	bool found = false;

	pthread_mutex_lock(&answers->lock);
	answer = *answers_place(answers, hash, address);
	if (answer != NULL) {
		*age = clock_ms() - answer->learned;
		found = *age < max_age;
	}
	if (found) {
		*what = answer_copy(mem, &answer->what);
		answers_unlink(answers, answer);
		answers_link(answers, answer);
	}
	pthread_mutex_unlock(&answers->lock);
	return found;
}
