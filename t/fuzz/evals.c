/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Evals of MIME parts, HTML, images and links over any message. */
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "rule/check.h"

static const char rules[] =
	"body A eval:check_for_mime('mime_qp_ratio')\n"
	"body B eval:check_for_uppercase('25', '50')\n"
	"body C eval:check_base64_length('79')\n"
	"body D eval:check_ma_non_text()\n"
	"body E eval:multipart_alternative_difference('99', '100')\n"
	"body F eval:check_blank_line_ratio('40','60','4')\n"
	"body G eval:tvd_vertical_words('0','10')\n"
	"body H eval:plaintext_body_sig_ratio('0','0.5')\n"
	"body I eval:html_text_match('comment', '<!.*?>')\n"
	"body J eval:html_image_ratio('0.000','0.002')\n"
	"body K eval:html_title_subject_ratio('3.5')\n"
	"body L eval:check_https_http_mismatch('1','10')\n"
	"body M eval:image_size_range('all',1,1,9,9)\n"
	"body N eval:check_for_faraway_charset()\n"
	"ok_locales en\n"
	"util_rb_tld com org\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ruleset *ruleset;
	struct slice raw = { (const char *)data, size };
	void *mem = mem_context(NULL, "fuzz");

	if (ruleset == NULL) {
		struct ruleset_source source = { .text = SLICE(rules) };
		void *owner = mem_context(NULL, "rules");
		struct err err = { 0 };

		ruleset = ruleset_load(owner, &source, problems_new(owner),
				       &err);
	}
	check_message(mem, ruleset, message_parse(mem, raw, NULL), NULL);
	mem_free(mem);
	return 0;
}
