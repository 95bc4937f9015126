/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wrap/virus.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include <clamav.h>

#include "base/log.h"
#include "base/mem.h"

/* What libclamav calls the bounds that it ran into, instead of a name. */
#define VIRUS_LIMIT_PREFIX "Heuristics.Limits.Exceeded"
#define VIRUS_LIMIT_MAIL VIRUS_LIMIT_PREFIX ".Email"

/* Its reader of mail makes a file for each line that begins so, and opens,
 * writes and removes it: a mail of such lines keeps the file system busy for
 * minutes. */
#define VIRUS_UUENCODED "begin "
#define VIRUS_UUENCODED_MAX 500

struct virus_engine {
	struct cl_engine *engine;
};

static pthread_once_t virus_once = PTHREAD_ONCE_INIT;
static cl_error_t virus_init_result;

/* What libclamav has complained about in this thread; it does not always say
 * for which scan. */
static _Thread_local unsigned virus_errors;

static void
virus_message(enum cl_msg severity, const char *full, const char *text,
	      void *context)
{
	int len = (int)strcspn(text, "\n");

	virus_errors += severity >= CL_MSG_ERROR;
	if (severity >= CL_MSG_ERROR)
		log_error("libclamav: %.*s", len, text);
	else if (severity >= CL_MSG_WARN)
		log_warning("libclamav: %.*s", len, text);
	else
		log_debug("libclamav: %.*s", len, text);
}

static void
virus_init(void)
{
	cl_set_clcb_msg(virus_message);
	virus_init_result = cl_init(CL_INIT_DEFAULT);
}

static void
virus_close(void *ptr)
{
	struct virus_engine *engine = ptr;

	cl_engine_free(engine->engine);
}

static int
virus_set(struct cl_engine *engine, enum cl_engine_field field,
	  long long value, const char *what, struct err *err)
{
	cl_error_t result = cl_engine_set_num(engine, field, value);

	if (result == CL_SUCCESS)
		return 0;
	return err_config(err, "libclamav refuses %s = %lld: %s", what, value,
			  cl_strerror(result));
}

static int
virus_set_limits(struct cl_engine *engine, const struct virus_limits *limits,
		 struct err *err)
{
	if (virus_set(engine, CL_ENGINE_MAX_SCANTIME, limits->max_scan_time,
		      "the scan time limit", err) < 0 ||
	    virus_set(engine, CL_ENGINE_MAX_SCANSIZE, limits->max_scan_size,
		      "the scan size limit", err) < 0 ||
	    virus_set(engine, CL_ENGINE_MAX_FILESIZE, limits->max_file_size,
		      "the file size limit", err) < 0 ||
	    virus_set(engine, CL_ENGINE_MAX_FILES, limits->max_files,
		      "the file count limit", err) < 0 ||
	    virus_set(engine, CL_ENGINE_MAX_RECURSION, limits->max_recursion,
		      "the recursion limit", err) < 0)
		return -1;
	return 0;
}

static int
virus_load(struct virus_engine *engine, const char *const *databases,
	   struct err *err)
{
	unsigned signatures = 0;
	cl_error_t result;

	for (; *databases != NULL; databases++) {
		result = cl_load(*databases, engine->engine, &signatures,
				 CL_DB_STDOPT);
		if (result != CL_SUCCESS)
			return err_config(err, "cannot load virus signatures "
					  "from %s: %s", *databases,
					  cl_strerror(result));
	}
	if (signatures == 0)
		return err_config(err, "there are no virus signatures");
	result = cl_engine_compile(engine->engine);
	if (result != CL_SUCCESS)
		return err_config(err, "cannot compile the virus signatures: "
				  "%s", cl_strerror(result));
	return 0;
}

int
virus_has_room(const struct virus_engine *engine, uint64_t bytes,
	       struct err *err)
{
	const char *folder = cl_engine_get_str(engine->engine,
					       CL_ENGINE_TMPDIR, NULL);
	struct statvfs disk;

	if (folder == NULL)
		folder = getenv("TMPDIR");
	if (folder == NULL)
		folder = P_tmpdir;
	if (statvfs(folder, &disk) < 0)
		return err_errno(err, "cannot look at the disk of %s", folder);
	if ((uint64_t)disk.f_bavail * disk.f_frsize >= bytes)
		return 0;
	return err_temporary(err, "there is no room in %s to scan this mail",
			     folder);
}

/* One scan, for libclamav's callback. */
struct virus_pass {
	void (*found)(void *context, const char *name);
	void *context;
	bool all;
	size_t names;  /* that were told */
	bool limited;
};

static bool
virus_is_limit(const char *name)
{
	return strncmp(name, VIRUS_LIMIT_PREFIX,
		       strlen(VIRUS_LIMIT_PREFIX)) == 0;
}

/* With all signatures wanted, they come one at a time. */
static void
virus_each(int fd, const char *name, void *context)
{
	struct virus_pass *pass = context;

	if (pass == NULL || !pass->all || name == NULL)
		return;
	if (virus_is_limit(name)) {
		pass->limited = true;
		return;
	}
	pass->names++;
	pass->found(pass->context, name);
}

struct virus_engine *
virus_open(void *mem, const char *const *databases,
	   const struct virus_limits *limits, struct err *err)
{
	struct virus_engine *engine;

	pthread_once(&virus_once, virus_init);
	if (virus_init_result != CL_SUCCESS) {
		err_config(err, "libclamav: %s",
			   cl_strerror(virus_init_result));
		return NULL;
	}
	engine = mem_new(mem, struct virus_engine);
	engine->engine = cl_engine_new();
	if (engine->engine == NULL) {
		err_temporary(err, "libclamav: no memory for an engine");
		mem_free(engine);
		return NULL;
	}
	mem_on_free(engine, virus_close);
	cl_engine_set_clcb_virus_found(engine->engine, virus_each);
	if (virus_set_limits(engine->engine, limits, err) < 0 ||
	    virus_load(engine, databases, err) < 0) {
		mem_free(engine);
		return NULL;
	}
	return engine;
}

const char *
virus_version(void)
{
	return cl_retver();
}

int
virus_use_scratch(const struct virus_engine *engine, const char *folder,
		  struct err *err)
{
	const char *now = cl_engine_get_str(engine->engine, CL_ENGINE_TMPDIR,
					    NULL);

	if (folder == NULL || (now != NULL && strcmp(now, folder) == 0))
		return 0;
	if (cl_engine_set_str(engine->engine, CL_ENGINE_TMPDIR, folder) ==
	    CL_SUCCESS)
		return 0;
	return err_temporary(err, "libclamav refuses the folder %s", folder);
}

static enum virus_result
virus_judge(struct virus_pass *pass, cl_error_t result, const char *name,
	    struct err *err)
{
	if (result == CL_CLEAN)
		return VIRUS_CLEAN;
	if (result != CL_VIRUS) {
		err_temporary(err, "scan failed: %s", cl_strerror(result));
		return VIRUS_ERROR;
	}
	if (pass->names > 0)
		return VIRUS_FOUND;
	/* A bound of the first file itself comes without any name. */
	if (name[0] == '\0' || pass->limited || virus_is_limit(name)) {
		err_temporary(err, "not scanned to the end: %s",
			      name[0] == '\0' ? "a size limit" : name);
		return VIRUS_LIMIT;
	}
	pass->found(pass->context, name);
	return VIRUS_FOUND;
}

static cl_error_t
virus_scan_map(const struct virus_engine *engine, struct slice bytes,
	       const char *filename, unsigned parse, struct virus_pass *pass,
	       const char **name)
{
	struct cl_scan_options options = {
		.general = CL_SCAN_GENERAL_HEURISTICS |
			   (pass->all ? CL_SCAN_GENERAL_ALLMATCHES : 0),
		.parse = parse,
		.heuristic = CL_SCAN_HEURISTIC_EXCEEDS_MAX,
	};
	unsigned long scanned = 0;
	unsigned before = virus_errors;
	cl_error_t result;
	cl_fmap_t *map = cl_fmap_open_memory(bytes.data, bytes.len);

	*name = "";
	if (map == NULL)
		return CL_EMAP;
	result = cl_scanmap_callback(map, filename, name, &scanned,
				     engine->engine, &options, pass);
	/* Without its temporary files it skips what it cannot unpack, and
	 * returns "clean". */
	if (result == CL_CLEAN && virus_errors != before)
		result = CL_ETMPFILE;
	cl_fmap_close(map);
	if (*name == NULL)
		*name = "";
	return result;
}

static bool
virus_is_uuencoded(struct slice bytes)
{
	struct slice line;

	for (size_t count = 0; slice_line(&bytes, &line);)
		if (slice_starts_nocase(line, VIRUS_UUENCODED) &&
		    ++count > VIRUS_UUENCODED_MAX)
			return true;
	return false;
}

/* Whether libclamav might take a file for a mail: by its first line. */
static bool
virus_may_be_mail(struct slice bytes)
{
	size_t colon = slice_find(bytes, 0, ':');

	return slice_starts(bytes, "From ") || slice_starts(bytes, ">From ") ||
	       (colon < slice_find(bytes, 0, '\n') &&
		colon < slice_find(bytes, 0, ' '));
}

enum virus_result
virus_scan(const struct virus_engine *engine, unsigned how, struct slice bytes,
	   const char *filename,
	   void (*found)(void *context, const char *name), void *context,
	   struct err *err)
{
	unsigned parse = (how & VIRUS_CLOSED) == 0
				 ? ~0u
				 : ~(unsigned)CL_SCAN_PARSE_ARCHIVE;
	struct virus_pass pass = {
		.found = found,
		.context = context,
		.all = (how & VIRUS_ALL) != 0,
	};
	bool uuencoded = virus_is_uuencoded(bytes);
	const char *name;
	cl_error_t result;

	if (bytes.len == 0)
		return VIRUS_CLEAN;
	if (uuencoded || (how & VIRUS_BYTES) != 0)
		parse &= ~(unsigned)CL_SCAN_PARSE_MAIL;
	result = virus_scan_map(engine, bytes, filename, parse, &pass, &name);
	if (result == CL_CLEAN && uuencoded && (how & VIRUS_MESSAGE) == 0 &&
	    virus_may_be_mail(bytes)) {
		err_temporary(err, "more uuencoded files than are looked into");
		return VIRUS_LIMIT;
	}
	if ((how & VIRUS_MESSAGE) != 0 && result == CL_VIRUS &&
	    strncmp(name, VIRUS_LIMIT_MAIL, strlen(VIRUS_LIMIT_MAIL)) == 0)
		result = virus_scan_map(engine, bytes, filename,
					parse & ~(unsigned)CL_SCAN_PARSE_MAIL,
					&pass, &name);
	return virus_judge(&pass, result, name, err);
}
