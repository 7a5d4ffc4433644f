/*
 * question.c - is my disk an old copy?  Asked of every peer while nobody has cleared me, and answered to everybody,
 * in every state (L3).
 *
 *	me:	nothing out --ask_ms--> question out --answer--> ledger judges; not cleared: again after YW_X_ASK_MS
 *		           ^______________lost______________|
 *
 * What an answer is worth the ledger decides; here is only who asked whom.  Which heads came from the log's own
 * owner, and in which boot of it, is noted as they come.
 */
#include "sync/exchange_int.h"

static bool
waits(const struct yw_exchange *x)
{
	struct yw_error why;
	enum yw_ledger_mode mode = yw_ledger_state(x->o.ledger, &why);

	return mode == YW_LEDGER_ASKING || mode == YW_LEDGER_BEHIND || mode == YW_LEDGER_JOINING;
}

/* Whoever could not prove who it is says nothing that counts. */
static bool
asks(struct yw_exchange_link *link)
{
	if (link->question_out || yw_x_stranger(link) || link->x->mute || !yw_ledger_asks(link->x->o.ledger))
		return false;
	if (yw_x_now(link->x) >= link->ask_ms)
		return true;
	yw_x_wake(link->x, link->ask_ms);
	return false;
}

/* Who waits to be admitted has time: its question rides along. */
bool
yw_x_question_due(struct yw_exchange_link *link)
{
	return link->answer_due || (yw_ledger_own(link->x->o.ledger) != NULL && asks(link));
}

static void
answer(struct yw_exchange_link *link, struct yw_outbound *o)
{
	struct yw_ledger *l = link->x->o.ledger;
	const struct yw_log *log = yw_ledger_log(l, link->asked_origin.text);
	Yiwang__V1__Answer m = YIWANG__V1__ANSWER__INIT;
	struct yw_error why;

	m.origin = link->asked_origin.text;
	if (log != NULL && log->head_size != 0) {
		m.head = yw_x_bin(yw_buf_bytes(&log->head));
		m.knows = yw_ledger_knows(l, log, &link->boot);
	}
	m.cleared = !yw_ledger_asks(l);
	m.behind = yw_ledger_state(l, &why) == YW_LEDGER_BEHIND;
	yw_x_put(o, YW_X_ANSWER, &m.base);
	link->answer_due = false;
}

void
yw_x_question_say(struct yw_exchange_link *link, struct yw_outbound *o)
{
	Yiwang__V1__Question m = YIWANG__V1__QUESTION__INIT;

	if (link->answer_due)
		answer(link, o);
	if (!asks(link))
		return;
	m.origin = link->x->origin.text;
	yw_x_put(o, YW_X_QUESTION, &m.base);
	link->question_out = true;
}

void
yw_x_question_take(struct yw_exchange_link *link, const struct yw_in_question *q)
{
	link->asked_origin = q->origin;
	link->answer_due = true;
}

enum yw_code
yw_x_answer_take(struct yw_exchange_link *link, const struct yw_in_answer *in, struct yw_error *err)
{
	struct yw_exchange *x = link->x;
	struct yw_clearance a = in->a;
	enum yw_code code;

	if (!link->question_out || yw_x_stranger(link) || strcmp(in->origin.text, x->origin.text) != 0)
		return YW_OK;
	link->question_out = false;
	a.code = link->code;
	code = yw_x_blame(x, link, yw_ledger_take_clearance(x->o.ledger, &a, err), err);
	link->ask_ms = yw_x_now(x) + (waits(x) ? YW_X_ASK_MS : YW_X_ASK_REST_MS);
	return code;
}

void
yw_x_met(struct yw_exchange_link *link, const struct yw_log *log)
{
	static const struct yw_boot_name none;

	if (yw_jurisdiction_equal(&log->code, &link->code) && memcmp(&link->boot, &none, sizeof none) != 0)
		yw_ledger_met(link->x->o.ledger, log, &link->boot);
}

void
yw_x_witness(struct yw_exchange_link *link, const struct yw_log *log, uint64_t size)
{
	if (!yw_jurisdiction_equal(&log->code, &link->code))
		yw_ledger_witness(link->x->o.ledger, log, size);
}
