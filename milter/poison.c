/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "poison.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/mem.h"
#include "keepsake.h"
#include "retry.h"

#define POISON_STRIKES 3 /* deaths that might have had other reasons */

struct poison {
	struct memory *memory;
	pthread_mutex_t copying;
};

char *
poison_list_path(void *mem, const struct config *config)
{
	return mem_printf(mem, "%s/poison-list",
			  config_string(config, "state_directory"));
}

void
poison_rename_old(const struct config *config)
{
	char *now = poison_list_path(NULL, config);
	char *then = mem_printf(now, "%s/poison",
				config_string(config, "state_directory"));
	struct stat is;
	struct err err;

	if (lstat(then, &is) == 0 && S_ISREG(is.st_mode) &&
	    lstat(now, &is) < 0 && rename(then, now) < 0) {
		err_errno(&err, "cannot rename %s to %s", then, now);
		log_error("%s", err.text);
	}
	mem_free(now);
}

struct poison *
poison_open(const struct config *config)
{
	struct poison *poison = mem_new(NULL, struct poison);

	poison->memory = memory_open(poison_list_path(poison, config));
	pthread_mutex_init(&poison->copying, NULL);
	poison_configure(poison, config);
	return poison;
}

void
poison_configure(struct poison *poison, const struct config *config)
{
	memory_bound(poison->memory,
		     (size_t)config_int(config, "poison_entries"),
		     config_time(config, "poison_time") / 1000);
}

/* The digest, made when it is first needed; false if it cannot be made. */
static bool
poison_read(struct poison *poison, struct poison_mail *mail)
{
	struct err err;

	if (!mail->is_read &&
	    retry_digest(mail->message, mail->prefix,
			 memory_key(poison->memory), &mail->digest, &err) < 0) {
		log_error("%s: %s", mail->name, err.text);
		return false;
	}
	return mail->is_read = true;
}

bool
poison_is_known(struct poison *poison, struct poison_mail *mail)
{
	struct memory_entry *entry = &mail->entry;

	if (!memory_has_size(poison->memory, mail->size) ||
	    !poison_read(poison, mail) ||
	    !memory_find(poison->memory, &mail->digest, entry))
		return false;
	return entry->count >= POISON_STRIKES ||
	       ending_is_sure(ending_by_name(slice_of(entry->reason)));
}

static void
poison_keep_copy(struct poison *poison, const struct config *config,
		 const struct poison_mail *mail)
{
	const char *folder = config_string(config, "poison_directory");
	const struct keepsake_limits limits = {
		.count = (size_t)config_int(config, "poison_copies"),
		.bytes = config_int(config, "poison_copies_size"),
	};
	char name[DIGEST_HEX + 1];
	struct err err;
	int result;

	if (folder[0] == '\0')
		return;
	digest_print(mail->digest.bytes, name);
	pthread_mutex_lock(&poison->copying);
	result = keepsake_store(folder, name, mail->message, &limits, &err);
	pthread_mutex_unlock(&poison->copying);
	if (result < 0)
		log_warning("%s: poison_directory = %s: %s", mail->name,
			    folder, err.text);
}

void
poison_judge(struct poison *poison, const struct config *config,
	     struct poison_mail *mail, struct verdict *verdict)
{
	static const struct {
		enum action action;
		const char *code, *dsn;
	} answers[] = { /* in the order of the setting's choices */
		{ ACTION_TEMPFAIL, "451", "4.3.0" },
		{ ACTION_QUARANTINE, NULL, NULL },
		{ ACTION_REJECT, "554", "5.6.0" },
	};
	unsigned chosen = config_choice(config, "poison");
	char hex[DIGEST_HEX + 1];

	/* It is kept in mind for as long as it comes again. */
	memory_note(poison->memory, &mail->digest, mail->size,
		    mail->entry.reason);
	poison_keep_copy(poison, config, mail);
	digest_print(mail->digest.bytes, hex);
	log_warning("%s: poison %s: an inspector ended over this message "
		    "before (%s); it is not inspected", mail->name, hex,
		    mail->entry.reason);
	verdict_find(verdict, "POISON");
	verdict_find(verdict, "UNCHECKED");
	verdict_decide(verdict, answers[chosen].action, "poison",
		       answers[chosen].code, answers[chosen].dsn,
		       "The mail cannot be checked: the mail filter fails over "
		       "it");
}

void
poison_learn(struct poison *poison, const struct config *config,
	     struct poison_mail *mail, enum ending ending)
{
	char hex[DIGEST_HEX + 1];
	unsigned count;

	if (ending == ENDING_LEFT || !poison_read(poison, mail))
		return;
	count = memory_note(poison->memory, &mail->digest, mail->size,
			    ending_name(ending));
	if (!ending_is_sure(ending) && count < POISON_STRIKES)
		return;
	digest_print(mail->digest.bytes, hex);
	log_error("%s: poison %s: an inspector ended over this message (%s); "
		  "the next attempt is not inspected, poison = %s decides",
		  mail->name, hex, ending_name(ending),
		  config_string(config, "poison"));
	poison_keep_copy(poison, config, mail);
}

void
poison_absolve(struct poison *poison, struct poison_mail *mail)
{
	if (mail->entry.count > 0)
		memory_forget(poison->memory, &mail->digest);
}
