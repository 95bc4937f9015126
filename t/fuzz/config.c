/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a settings file; what was understood reads the same again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct option options[] = {
	{ "s", OPTION_STRING, "", .help = "" },
	{ "l", OPTION_LIST, "a, b", .help = "" },
	{ "b", OPTION_BOOL, "no", .help = "" },
	{ "i", OPTION_INT, "5", 0, 100, .help = "" },
	{ "z", OPTION_SIZE, "1K", .help = "" },
	{ "t", OPTION_TIME, "5s", .help = "" },
	{ "n", OPTION_NUMBER, "0.5", .help = "" },
	{ "c", OPTION_CHOICE, "one", .choices = "one two", .help = "" },
	{ "m", OPTION_MODE, "0600", .help = "" },
	OPTION_END,
};

static struct config *
read_settings(void *mem, const char *text, size_t len)
{
	struct config *config = config_new(mem);

	config_declare(config, options);
	config_parse(config, "fuzz", text, len, problems_new(mem));
	return config;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *mem = mem_context(NULL, "fuzz");
	struct config *config = read_settings(mem, (const char *)data, size);
	char *text = config_text(mem, config);
	struct config *again = read_settings(mem, text, strlen(text));

	if (strcmp(text, config_text(mem, again)) != 0)
		abort();
	if (config_int(config, "i") < 0 || config_int(config, "i") > 100 ||
	    config_choice(config, "c") > 1)
		abort();
	for (const char *const *word = config_list(config, "l"); *word; word++)
		if (**word == '\0')
			abort();
	config_bool(config, "b");
	config_int(config, "z");
	config_time(config, "t");
	config_number(config, "n");
	config_mode(config, "m");
	mem_free(mem);
	return 0;
}
