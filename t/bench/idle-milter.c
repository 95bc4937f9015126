/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A milter on libmilter that does nothing: what a filter costs before it has
 * looked at anything. It takes every callback that a content filter needs,
 * answers all of them, and keeps the message in memory, as such a filter must.
 *
 *	idle-milter unix:/path/to/socket
 */
#include <stdlib.h>
#include <string.h>

#include <libmilter/mfapi.h>

struct mail {
	char *data;
	size_t len, room;
};

static struct mail *
idle_mail(SMFICTX *ctx)
{
	struct mail *mail = smfi_getpriv(ctx);

	if (mail == NULL) {
		mail = calloc(1, sizeof(*mail));
		if (mail == NULL)
			abort();
		smfi_setpriv(ctx, mail);
	}
	return mail;
}

static void
idle_keep(SMFICTX *ctx, const void *data, size_t len)
{
	struct mail *mail = idle_mail(ctx);

	if (len > mail->room - mail->len) {
		mail->room = (mail->len + len) * 2;
		mail->data = realloc(mail->data, mail->room);
		if (mail->data == NULL)
			abort();
	}
	memcpy(mail->data + mail->len, data, len);
	mail->len += len;
}

static sfsistat
idle_connect(SMFICTX *ctx, char *name, _SOCK_ADDR *address)
{
	return SMFIS_CONTINUE;
}

static sfsistat
idle_helo(SMFICTX *ctx, char *name)
{
	return SMFIS_CONTINUE;
}

static sfsistat
idle_sender(SMFICTX *ctx, char **argv)
{
	idle_mail(ctx)->len = 0;
	return SMFIS_CONTINUE;
}

static sfsistat
idle_recipient(SMFICTX *ctx, char **argv)
{
	return SMFIS_CONTINUE;
}

static sfsistat
idle_header(SMFICTX *ctx, char *name, char *value)
{
	idle_keep(ctx, name, strlen(name));
	idle_keep(ctx, ": ", 2);
	idle_keep(ctx, value, strlen(value));
	idle_keep(ctx, "\r\n", 2);
	return SMFIS_CONTINUE;
}

static sfsistat
idle_end_of_header(SMFICTX *ctx)
{
	idle_keep(ctx, "\r\n", 2);
	return SMFIS_CONTINUE;
}

static sfsistat
idle_body(SMFICTX *ctx, unsigned char *chunk, size_t len)
{
	idle_keep(ctx, chunk, len);
	return SMFIS_CONTINUE;
}

static sfsistat
idle_end(SMFICTX *ctx)
{
	return SMFIS_CONTINUE;
}

static sfsistat
idle_close(SMFICTX *ctx)
{
	struct mail *mail = smfi_getpriv(ctx);

	smfi_setpriv(ctx, NULL);
	if (mail != NULL)
		free(mail->data);
	free(mail);
	return SMFIS_CONTINUE;
}

int
main(int argc, char **argv)
{
	static char name[] = "idle-milter";
	const struct smfiDesc filter = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
		.xxfi_connect = idle_connect,
		.xxfi_helo = idle_helo,
		.xxfi_envfrom = idle_sender,
		.xxfi_envrcpt = idle_recipient,
		.xxfi_header = idle_header,
		.xxfi_eoh = idle_end_of_header,
		.xxfi_body = idle_body,
		.xxfi_eom = idle_end,
		.xxfi_close = idle_close,
	};

	if (argc != 2 || smfi_setconn(argv[1]) != MI_SUCCESS ||
	    smfi_register(filter) != MI_SUCCESS ||
	    smfi_opensocket(1) != MI_SUCCESS)
		return 1;
	return smfi_main() == MI_SUCCESS ? 0 : 1;
}
