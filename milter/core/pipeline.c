/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/pipeline.h"

#include "base/clock.h"
#include "core/asked.h"
#include "core/rig.h"

/* What follows when a stage cannot tell: never a clean verdict. */
static void
pipeline_unknown(const struct policy_stage *opened, const struct err *err,
		 struct verdict *verdict)
{
	verdict_error(verdict, "%s: %s", opened->stage->name, err->text);
	if (opened->on_error_accept) {
		verdict_find(verdict, "UNCHECKED");
		return;
	}
	verdict_decide(verdict, ACTION_TEMPFAIL, opened->stage->name, "451",
		       "4.3.0", "The mail cannot be checked now (%s); please "
		       "try again later", opened->stage->name);
}

static void
pipeline_foresee(const struct policy_stage *stages, size_t count,
		 const struct session *session, struct verdict *verdict)
{
	for (size_t i = 0; i < count; i++)
		if (stages[i].stage->foresee != NULL)
			stages[i].stage->foresee(stages[i].state, session,
						 verdict);
}

void
pipeline_run(const struct policy *policy, enum phase phase,
	     const struct session *session, struct verdict *verdict)
{
	const struct policy_stage *stages;
	size_t count;

	stages = policy_stages(policy, &count);
	if (phase == PHASE_MESSAGE)
		pipeline_foresee(stages, count, session, verdict);
	for (size_t i = 0; i < count; i++) {
		struct err err = { .kind = ERR_NONE };
		int64_t began;

		if ((stages[i].stage->phases & PHASE_BIT(phase)) == 0)
			continue;
		if (phase == PHASE_MESSAGE)
			rig_at(stages[i].stage->name,
			       session->mail->message->pristine);
		began = clock_us();
		if (stages[i].stage->run(stages[i].state, phase, session,
					 verdict, &err) < 0)
			pipeline_unknown(&stages[i], &err, verdict);
		verdict_add_time(verdict, stages[i].stage->name,
				 clock_us() - began);
		if (phase != PHASE_MESSAGE &&
		    verdict->action >= ACTION_TEMPFAIL)
			break;
	}
	if (phase == PHASE_MESSAGE && dns_is_on(session->mail->dns))
		asked_note(verdict, session->mail->dns,
			   config_choice(policy_config(policy),
					 "spam_explain") > 0);
}
