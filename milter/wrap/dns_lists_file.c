/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is known of DNS lists as a file: a line each, tabs between. */
#include "wrap/dns_lists.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define DNS_LISTS_FILE_MAX (1 << 20)
#define DNS_LISTS_DIGITS 18 /* of a number */

static void
dns_lists_print(struct buf *out, const struct dns_list_told *list)
{
	buf_printf(out, "%s\t%s\t%lld\t%llu\t%llu\t%llu\t%llu\t%s\n",
		   list->zone, dns_list_state_name(list->state),
		   (long long)list->since, (unsigned long long)list->answers,
		   (unsigned long long)list->hits,
		   (unsigned long long)list->errors,
		   (unsigned long long)list->ms, list->why);
}

void
dns_lists_write(const char *file, const struct dns_list_told *told,
		size_t count)
{
	void *mem = mem_context(NULL, "dns_lists_write");
	struct buf out = BUF(mem);
	char *beside = mem_printf(mem, "%s.new", file);
	int fd;

	for (size_t i = 0; i < count; i++)
		dns_lists_print(&out, &told[i]);
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		  0644);
	if (fd < 0 ||
	    write(fd, buf_string(&out), out.len) != (ssize_t)out.len ||
	    rename(beside, file) < 0)
		log_warning("%s: %s", file, strerror(errno));
	if (fd >= 0)
		close(fd);
	mem_free(mem);
}

static bool
dns_lists_parse(struct slice line, struct dns_list_told *list)
{
	struct slice zone, state, word;
	uint64_t since, *numbers[] = { &since, &list->answers, &list->hits,
				       &list->errors, &list->ms };
	size_t len;

	memset(list, 0, sizeof(*list));
	if (!slice_word(&line, "\t", &zone) || zone.len > DNS_NAME_MAX ||
	    !slice_word(&line, "\t", &state))
		return false;
	memcpy(list->zone, zone.data, zone.len);
	while (list->state < DNS_LIST_OPEN &&
	       !slice_is(state, dns_list_state_name(list->state)))
		list->state++;
	for (size_t i = 0; i < 5; i++)
		if (!slice_word(&line, "\t", &word) ||
		    !slice_number(word, DNS_LISTS_DIGITS, numbers[i]))
			return false;
	list->since = (int64_t)since;
	line = slice_trim(line);
	len = line.len < sizeof(list->why) ? line.len : sizeof(list->why) - 1;
	memcpy(list->why, line.data, len);
	return true;
}

int
dns_lists_read(void *mem, const char *file, struct dns_list_told **told,
	       size_t *count, struct err *err)
{
	char *text = mem_zero(mem, DNS_LISTS_FILE_MAX, 1, "lists");
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, DNS_LISTS_FILE_MAX);
	struct slice rest = { text, got < 0 ? 0 : (size_t)got }, line;

	*told = NULL;
	*count = 0;
	if (got < 0)
		err_errno(err, "%s", file);
	if (fd >= 0)
		close(fd);
	if (got < 0)
		return -1;
	while (slice_line(&rest, &line)) {
		mem_grow(mem, *told, *count);
		if (!dns_lists_parse(line, &(*told)[*count]))
			return err_temporary(err, "%s: malformed", file);
		++*count;
	}
	return 0;
}
