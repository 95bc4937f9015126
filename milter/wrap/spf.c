/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wrap/spf.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include <spf2/spf.h>
#include <spf2/spf_dns.h>

#include "base/mem.h"

#define SPF_CLIENT "192.0.2.1" /* every client, as the library sees it */
#define SPF_SENDER "x@n0.x"
#define SPF_NO_LIMIT 100000 /* limits are kept by who answers for names */

void
spf_write_begin(struct buf *out)
{
	buf_text(out, "v=spf1");
}

void
spf_write(struct buf *out, char qualifier, enum spf_term term, unsigned name)
{
	static const char *const terms[] = { "a:", "mx:", "include:",
					     "redirect=" };

	buf_char(out, ' ');
	if (term != SPF_TERM_REDIRECT)
		buf_char(out, qualifier);
	buf_printf(out, "%sn%u.x", terms[term], name);
}

/* The number in "n7.x"; false for anything else. */
static bool
spf_number(const char *text, unsigned *name)
{
	struct slice rest = slice_of(text);
	unsigned number = 0;

	if (!slice_starts(rest, "n"))
		return false;
	for (rest = slice_from(rest, 1);
	     rest.len > 0 && str_is_digit((unsigned char)rest.data[0]);
	     rest = slice_from(rest, 1))
		number = number * 10 + (unsigned)(rest.data[0] - '0');
	*name = number;
	return slice_is(rest, ".x");
}

static void
spf_answer_match(SPF_dns_rr_t *answer)
{
	if (SPF_dns_rr_buf_realloc(answer, 0, sizeof(struct in_addr)) !=
	    SPF_E_SUCCESS)
		return;
	inet_pton(AF_INET, SPF_CLIENT, &answer->rr[0]->a);
	answer->num_rr = 1;
	answer->herrno = NETDB_SUCCESS;
}

static void
spf_answer_hosts(SPF_dns_rr_t *answer, const unsigned *hosts, int count)
{
	char text[24];

	for (int i = 0; i < count; i++) {
		size_t size = (size_t)snprintf(text, sizeof(text), "n%u.x",
					       hosts[i]) + 1;

		if (SPF_dns_rr_buf_realloc(answer, i, size) != SPF_E_SUCCESS)
			return;
		memcpy(answer->rr[i]->mx, text, size);
		answer->num_rr = i + 1;
		answer->herrno = NETDB_SUCCESS;
	}
}

/* The library's resolver: an error of ours looks to it like one of the DNS, so
 * that it stops. */
static SPF_dns_rr_t *
spf_look_up(SPF_dns_server_t *server, const char *domain, ns_type type,
	    int should_cache)
{
	const struct spf_names *names = server->hook;
	SPF_dns_rr_t *answer = SPF_dns_rr_new_init(server, domain, type, 0,
						   HOST_NOT_FOUND);
	unsigned name, hosts[SPF_HOSTS];
	int found = -1;

	if (answer == NULL)
		return NULL;
	if (spf_number(domain, &name) && type == ns_t_a)
		found = names->matches(names->arg, name);
	else if (spf_number(domain, &name) && type == ns_t_mx)
		found = names->hosts(names->arg, name, hosts);
	if (found < 0)
		answer->herrno = TRY_AGAIN;
	else if (found > 0 && type == ns_t_a)
		spf_answer_match(answer);
	else if (found > 0)
		spf_answer_hosts(answer, hosts, found);
	return answer;
}

static SPF_errcode_t
spf_get_record(SPF_server_t *server, SPF_request_t *request,
	       SPF_response_t *response, SPF_record_t **record)
{
	const struct spf_names *names = server->resolver->hook;
	const char *text = NULL;
	unsigned name;

	*record = NULL;
	if (spf_number(request->cur_dom, &name))
		text = names->record(names->arg, name);
	if (text == NULL)
		return SPF_response_add_error(response, SPF_E_DNS_ERROR,
					      "no record");
	return SPF_record_compile(server, response, record, text);
}

static enum spf_result
spf_result(SPF_response_t *response)
{
	switch (SPF_response_result(response)) {
	case SPF_RESULT_PASS:
		return SPF_PASS;
	case SPF_RESULT_FAIL:
		return SPF_FAIL;
	case SPF_RESULT_SOFTFAIL:
		return SPF_SOFTFAIL;
	case SPF_RESULT_NEUTRAL:
		return SPF_NEUTRAL;
	case SPF_RESULT_NONE:
		return SPF_NONE;
	case SPF_RESULT_TEMPERROR:
		return SPF_TEMPERROR;
	default: /* SPF_RESULT_INVALID, too */
		return SPF_PERMERROR;
	}
}

static enum spf_result
spf_ask_library(SPF_server_t *server, unsigned name, bool *matched)
{
	SPF_request_t *request = SPF_request_new(server);
	SPF_response_t *response = NULL;
	SPF_record_t *record = NULL;
	char domain[24];
	enum spf_result result = SPF_TEMPERROR;

	snprintf(domain, sizeof(domain), "n%u.x", name);
	SPF_request_set_ipv4_str(request, SPF_CLIENT);
	SPF_request_set_helo_dom(request, "n0.x");
	SPF_request_set_env_from(request, SPF_SENDER);
	response = SPF_response_new(request);
	request->cur_dom = domain;
	if (SPF_server_get_record(server, request, response, &record) ==
	    SPF_E_SUCCESS) {
		response->spf_record_exp = record;
		SPF_record_interpret(record, request, response, 0);
		result = spf_result(response);
		*matched = SPF_response_reason(response) == SPF_REASON_MECH;
	}
	if (record != NULL)
		SPF_record_free(record);
	SPF_response_free(response);
	SPF_request_free(request);
	return result;
}

enum spf_result
spf_evaluate(const struct spf_names *names, unsigned name, bool *matched)
{
	SPF_dns_server_t resolver = {
		.lookup = spf_look_up,
		.get_spf = spf_get_record,
		.name = "ispfilter",
		.hook = (void *)(uintptr_t)names,
	};
	SPF_server_t *server = SPF_server_new_dns(&resolver, 0);
	enum spf_result result;

	*matched = false;
	SPF_server_set_max_dns_mech(server, SPF_NO_LIMIT);
	SPF_server_set_max_dns_mx(server, SPF_NO_LIMIT);
	SPF_server_set_max_dns_ptr(server, SPF_NO_LIMIT);
	result = spf_ask_library(server, name, matched);
	SPF_server_free(server);
	return result;
}
