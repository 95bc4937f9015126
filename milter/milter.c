/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "milter.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libmilter/mfapi.h>

#include "base/log.h"
#include "base/mem.h"
#include "edit.h"
#include "intake.h"

#define MILTER_BACKLOG 512
#define MILTER_FIRST_FILES 64 /* descriptors that a start may have opened */

/* Set before libmilter's threads start, and only read afterwards. */
static struct {
	struct service *service;
	bool is_unix;
} milter_state;

struct milter_session { /* smfi_setpriv() */
	struct intake *intake;
	bool leading_space; /* SMFIP_HDR_LEADSPC was agreed on */
};

/*
 * libmilter's signal thread waits here for SIGTERM, SIGHUP and SIGINT, and on
 * the first one frees sessions that its workers still use. Signals are the
 * control thread's (service.c), so this definition, which comes before the C
 * library's, never returns.
 */
int
sigwait(const sigset_t *set, int *sig)
{
	for (;;)
		pause();
}

/*
 * What is asked of the MTA: no end of header, no unknown commands, and no
 * answer where no decision falls. Not so over TCP: there an answer to every
 * step carries the acknowledgement that Postfix's next packet waits for, which
 * would otherwise come 40 ms later (Nagle's algorithm against delayed ACK).
 */
static unsigned long
milter_steps(void)
{
	unsigned long steps = SMFIP_NOEOH | SMFIP_NOUNKNOWN;

	if (milter_state.is_unix)
		steps |= SMFIP_NR_CONN | SMFIP_NR_HELO | SMFIP_NR_HDR |
			 SMFIP_NR_BODY | SMFIP_NODATA;
	return steps;
}

/* The answer of a step that decides nothing. */
static sfsistat
milter_go_on(void)
{
	return milter_state.is_unix ? SMFIS_NOREPLY : SMFIS_CONTINUE;
}

/* Only the macros that a session needs, each where it is known first. */
static void
milter_macros(SMFICTX *ctx)
{
	static const struct {
		int place;
		const char *names;
	} wanted[] = {
		{ SMFIM_CONNECT,
		  "j {daemon_name} {daemon_addr} {client_ptr}" },
		{ SMFIM_HELO, "{tls_version} {cipher}" },
		{ SMFIM_ENVFROM, "i {auth_type} {auth_authen}" },
		{ SMFIM_ENVRCPT, "i" },
		{ SMFIM_DATA, "i" },
		{ SMFIM_EOM, "i" },
	};

	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		smfi_setsymlist(ctx, wanted[i].place,
				(char *)(uintptr_t)wanted[i].names);
}

static sfsistat
milter_negotiate(SMFICTX *ctx, unsigned long actions, unsigned long steps,
		 unsigned long reserved2, unsigned long reserved3,
		 unsigned long *wanted_actions, unsigned long *wanted_steps,
		 unsigned long *wanted2, unsigned long *wanted3)
{
	const unsigned long need =
		SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_QUARANTINE;
	struct milter_session *session = smfi_getpriv(ctx);

	if ((actions & need) != need) {
		log_error("the mail server does not let a milter change "
			  "headers or quarantine mail");
		return SMFIS_REJECT;
	}
	if (session == NULL) {
		session = mem_new(NULL, struct milter_session);
		session->intake = intake_new(milter_state.service);
		smfi_setpriv(ctx, session);
	}
	session->leading_space = (steps & SMFIP_HDR_LEADSPC) != 0;
	*wanted_actions = need;
	*wanted_steps = milter_steps();
	if (session->leading_space)
		*wanted_steps |= SMFIP_HDR_LEADSPC;
	if ((actions & SMFIF_SETSYMLIST) != 0) {
		*wanted_actions |= SMFIF_SETSYMLIST;
		milter_macros(ctx);
	}
	*wanted2 = *wanted3 = 0;
	return SMFIS_CONTINUE;
}

static struct intake *
milter_intake(SMFICTX *ctx)
{
	struct milter_session *session = smfi_getpriv(ctx);

	return session == NULL ? NULL : session->intake;
}

static const char *
milter_macro(SMFICTX *ctx, const char *name)
{
	return smfi_getsymval(ctx, (char *)(uintptr_t)name);
}

static void
milter_set(SMFICTX *ctx, const char **member, const char *macro)
{
	intake_set(milter_intake(ctx), member, milter_macro(ctx, macro));
}

static void
milter_address(struct intake *intake, const _SOCK_ADDR *address)
{
	struct session *session = intake_session(intake);
	char text[INET6_ADDRSTRLEN] = "";

	if (address != NULL && address->sa_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)address;

		inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
		session->client_port = ntohs(in->sin_port);
	} else if (address != NULL && address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const void *)address;

		inet_ntop(AF_INET6, &in6->sin6_addr, text, sizeof(text));
		session->client_port = ntohs(in6->sin6_port);
	}
	intake_set(intake, &session->client_addr, text);
}

static sfsistat
milter_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	struct intake *intake = milter_intake(ctx);
	struct session *session;

	if (intake == NULL)
		return milter_go_on();
	session = intake_session(intake);
	intake_set(intake, &session->client_name, name);
	milter_address(intake, address);
	milter_set(ctx, &session->client_ptr, "{client_ptr}");
	milter_set(ctx, &session->hostname, "j");
	milter_set(ctx, &session->daemon_name, "{daemon_name}");
	milter_set(ctx, &session->daemon_addr, "{daemon_addr}");
	return milter_go_on();
}

/* Mail of non_smtpd_milters comes with a client that Postfix made up. */
static bool
milter_is_simulated(const struct session *session)
{
	return session->client_port == 0 &&
	       strcmp(session->client_addr, "127.0.0.1") == 0 &&
	       strcmp(session->client_name, "localhost") == 0 &&
	       strcmp(session->helo, "localhost") == 0;
}

static sfsistat
milter_helo(SMFICTX *ctx, char *name)
{
	struct intake *intake = milter_intake(ctx);

	if (intake != NULL) {
		struct session *session = intake_session(intake);

		intake_set(intake, &session->helo, name);
		session->simulated = milter_is_simulated(session);
	}
	return milter_go_on();
}

/* Text for smfi_setreply(), which reads it as a format. */
static void
milter_escape_reply(char *out, size_t room, const char *text)
{
	size_t used = 0;

	for (; *text != '\0' && used + 2 < room; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '%')
			out[used++] = '%';
		out[used++] = c >= 0x20 && c < 0x7f ? (char)c : '?';
	}
	out[used] = '\0';
}

/* A reply that libmilter does not take is said in the MTA's own words. */
static sfsistat
milter_reply(SMFICTX *ctx, const struct reply *reply)
{
	char text[2 * sizeof(reply->text)], code[4], dsn[12];

	snprintf(code, sizeof(code), "%s", reply->code);
	snprintf(dsn, sizeof(dsn), "%s", reply->dsn);
	milter_escape_reply(text, sizeof(text), reply->text);
	if (smfi_setreply(ctx, code, dsn, text) != MI_SUCCESS)
		log_warning("reply \"%s %s %s\" cannot be sent", code, dsn,
			    text);
	return code[0] == '5' ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}

static bool
milter_has_argument(char **argv, const char *wanted)
{
	for (size_t i = 1; argv[i] != NULL; i++)
		if (strcasecmp(argv[i], wanted) == 0)
			return true;
	return false;
}

static sfsistat
milter_mail(SMFICTX *ctx, char **argv)
{
	struct intake *intake = milter_intake(ctx);
	struct session *session;
	struct reply reply;

	if (intake == NULL)
		return SMFIS_TEMPFAIL;
	session = intake_session(intake);
	milter_set(ctx, &session->auth_type, "{auth_type}");
	milter_set(ctx, &session->auth_authen, "{auth_authen}");
	milter_set(ctx, &session->tls_version, "{tls_version}");
	milter_set(ctx, &session->tls_cipher, "{cipher}");
	if (!intake_mail(intake, argv[0],
			 milter_has_argument(argv, "SMTPUTF8"), &reply))
		return milter_reply(ctx, &reply);
	intake_queue_id(intake, milter_macro(ctx, "i"));
	return SMFIS_CONTINUE;
}

static sfsistat
milter_recipient(SMFICTX *ctx, char **argv)
{
	struct intake *intake = milter_intake(ctx);
	struct reply reply;

	if (intake == NULL)
		return SMFIS_TEMPFAIL;
	if (!intake_recipient(intake, argv[0], milter_macro(ctx, "i"), &reply))
		return milter_reply(ctx, &reply);
	return SMFIS_CONTINUE;
}

static sfsistat
milter_data(SMFICTX *ctx)
{
	struct intake *intake = milter_intake(ctx);

	if (intake == NULL)
		return SMFIS_TEMPFAIL;
	intake_queue_id(intake, milter_macro(ctx, "i"));
	return SMFIS_CONTINUE;
}

static sfsistat
milter_header(SMFICTX *ctx, char *name, char *value)
{
	struct intake *intake = milter_intake(ctx);

	if (intake != NULL) {
		intake_queue_id(intake, milter_macro(ctx, "i"));
		intake_header(intake, name, value);
	}
	return milter_go_on();
}

static sfsistat
milter_body(SMFICTX *ctx, unsigned char *chunk, size_t len)
{
	struct intake *intake = milter_intake(ctx);

	if (intake != NULL)
		intake_body(intake, (struct slice){ (char *)chunk, len });
	return milter_go_on();
}

static void
milter_progress(void *arg)
{
	smfi_progress(arg);
}

static int
milter_apply(SMFICTX *ctx, const struct edit *edit)
{
	char *name = (char *)(uintptr_t)edit->name;
	char *value = (char *)(uintptr_t)edit->value;

	switch (edit->kind) {
	case EDIT_DELETE:
	case EDIT_CHANGE:
		return smfi_chgheader(ctx, name, edit->index, value);
	case EDIT_INSERT:
		return smfi_insheader(ctx, edit->index, name, value);
	case EDIT_ADD:
		return smfi_addheader(ctx, name, value);
	case EDIT_QUARANTINE:
		return smfi_quarantine(ctx, value);
	}
	return MI_FAILURE;
}

/* Changes an accepted mail; whatever fails, the mail is put off. */
static sfsistat
milter_edit(SMFICTX *ctx, const struct intake_outcome *outcome)
{
	static const struct reply failed = {
		"451", "4.3.0", "The mail cannot be marked; please try later"
	};
	const struct milter_session *session = smfi_getpriv(ctx);
	void *mem = mem_context(NULL, "edits");
	int result = MI_SUCCESS;
	struct edit *edits;
	size_t count = edit_list(mem, outcome, session->leading_space, &edits);

	for (size_t i = 0; i < count && result == MI_SUCCESS; i++)
		result = milter_apply(ctx, &edits[i]);
	mem_free(mem);
	if (result == MI_SUCCESS)
		return SMFIS_CONTINUE;
	log_warning("the mail server did not take the changes to a mail; it "
		    "gets 451");
	return milter_reply(ctx, &failed);
}

static sfsistat
milter_carry_out(SMFICTX *ctx, const struct intake_outcome *outcome)
{
	switch (outcome->verdict->action) {
	case ACTION_ACCEPT:
	case ACTION_TAG:
	case ACTION_QUARANTINE:
		return milter_edit(ctx, outcome);
	case ACTION_DISCARD:
		return SMFIS_DISCARD;
	case ACTION_TEMPFAIL:
	case ACTION_REJECT:
		return milter_reply(ctx, &outcome->reply);
	}
	return SMFIS_TEMPFAIL;
}

static sfsistat
milter_end(SMFICTX *ctx)
{
	struct intake *intake = milter_intake(ctx);
	struct intake_outcome outcome;
	sfsistat answer;

	if (intake == NULL || !intake_has_mail(intake))
		return SMFIS_TEMPFAIL;
	intake_queue_id(intake, milter_macro(ctx, "i"));
	intake_end(intake, milter_progress, ctx, &outcome);
	answer = milter_carry_out(ctx, &outcome);
	intake_abort(intake);
	return answer;
}

static sfsistat
milter_abort(SMFICTX *ctx)
{
	struct intake *intake = milter_intake(ctx);

	if (intake != NULL)
		intake_abort(intake);
	return SMFIS_CONTINUE;
}

static sfsistat
milter_close(SMFICTX *ctx)
{
	struct milter_session *session = smfi_getpriv(ctx);

	if (session != NULL) {
		smfi_setpriv(ctx, NULL);
		intake_free(session->intake);
		mem_free(session);
	}
	return SMFIS_CONTINUE;
}

static struct smfiDesc
milter_description(void)
{
	static char name[] = "ispfilter";

	return (struct smfiDesc){
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS |
			      SMFIF_QUARANTINE | SMFIF_SETSYMLIST,
		.xxfi_connect = milter_connect,
		.xxfi_helo = milter_helo,
		.xxfi_envfrom = milter_mail,
		.xxfi_envrcpt = milter_recipient,
		.xxfi_data = milter_data,
		.xxfi_header = milter_header,
		.xxfi_body = milter_body,
		.xxfi_eom = milter_end,
		.xxfi_abort = milter_abort,
		.xxfi_close = milter_close,
		.xxfi_negotiate = milter_negotiate,
	};
}

/*
 * Header edits go out as several small packets; none of them may wait for the
 * acknowledgement of the one before. Connections inherit this from the
 * listening socket, which libmilter keeps to itself: it is the one that
 * listens.
 */
static void
milter_send_at_once(void)
{
	int on = 1;

	for (int fd = STDERR_FILENO + 1; fd < MILTER_FIRST_FILES; fd++) {
		int listens = 0;
		socklen_t len = sizeof(listens);

		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) ==
			    0 &&
		    listens)
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
				   sizeof(on));
	}
}

int
milter_open(const char *conn, bool is_unix, struct err *err)
{
	mode_t mask;
	int result;

	milter_state.is_unix = is_unix;
	if (smfi_register(milter_description()) != MI_SUCCESS ||
	    smfi_setconn((char *)(uintptr_t)conn) != MI_SUCCESS ||
	    smfi_setbacklog(MILTER_BACKLOG) != MI_SUCCESS)
		return err_config(err, "libmilter does not take %s", conn);
	/* Nobody else may connect before the socket has its group and mode. */
	mask = umask(0177);
	result = smfi_opensocket(false);
	umask(mask);
	if (result != MI_SUCCESS)
		return err_errno(err, "listen: cannot open %s", conn);
	if (!is_unix)
		milter_send_at_once();
	return 0;
}

int
milter_run(struct service *service, struct err *err)
{
	milter_state.service = service;
	if (smfi_main() != MI_SUCCESS)
		return err_temporary(err, "libmilter gave up");
	return 0;
}

void
milter_version(char *text, size_t room)
{
	unsigned major, minor, patch;

	smfi_version(&major, &minor, &patch);
	snprintf(text, room, "%u.%u.%u", major, minor, patch);
}
