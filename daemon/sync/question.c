/*
 * question.c - is my disk an old copy?  Asked of every peer while nobody has cleared me (L3), or while I may have
 * signed more than I know (L4); answered to everybody, in every state.
 *
 *	me:	nothing out --ask_ms--> question out --answer--> ledger judges; not cleared: again after YW_X_ASK_MS
 *		           ^______________lost______________|
 *
 * What an answer is worth the ledger decides; here is only who asked whom.  Which heads came from the log's own
 * owner, and in which boot of it, is noted as they come.
 */
#include "sync/exchange_int.h"

/* --- asking --- */

/* Logs of which I do not know what I signed last, as the question names them. */
static size_t
unsure_logs(struct yw_exchange *x, char *names[static YW_X_RECEIPTS])
{
	size_t n = 0;

	for (size_t i = 0; yw_ledger_set_back(x->o.ledger) && i < x->n_logs && n < YW_X_RECEIPTS; i++) {
		struct yw_log *log = yw_ledger_at(x->o.ledger, i);

		if (yw_ledger_unsure(x->o.ledger, log))
			names[n++] = log->origin.text;
	}
	return n;
}

static bool
waits(const struct yw_exchange *x)
{
	enum yw_ledger_mode mode = yw_ledger_state(x->o.ledger, NULL);

	return mode == YW_LEDGER_ASKING || mode == YW_LEDGER_BEHIND || mode == YW_LEDGER_JOINING;
}

/* Whoever could not prove who it is says nothing that counts. */
static bool
asks(struct yw_exchange_link *link)
{
	char *names[YW_X_RECEIPTS];

	if (link->question_out || yw_x_stranger(link) || link->x->mute ||
	    (!yw_ledger_asks(link->x->o.ledger) && unsure_logs(link->x, names) == 0))
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
	bool mine = asks(link), waits_for_ride = mine && yw_ledger_own(link->x->o.ledger) == NULL;

	link->rides |= waits_for_ride;
	return link->answer_due || (mine && !waits_for_ride);
}

static enum yw_code
take_receipts(struct yw_exchange_link *link, const struct yw_in_answer *in, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < in->n_receipts; i++) {
		const Yiwang__V1__HeldReceipt *r = in->receipts[i];

		code = yw_x_blame(link->x, link, yw_ledger_take_receipt(link->x->o.ledger, r->origin, &link->code,
		    (struct yw_bytes) { r->beat.data, r->beat.len }, err), err);
	}
	return code;
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
	if (code == YW_OK)
		code = take_receipts(link, in, err);
	link->ask_ms = yw_x_now(x) + (waits(x) ? YW_X_ASK_MS : YW_X_ASK_REST_MS);
	return code;
}

/* --- answering --- */

void
yw_x_question_take(struct yw_exchange_link *link, const struct yw_in_question *q)
{
	link->asked_origin = q->origin;
	link->answer_due = true;
	link->n_asked_receipts = 0;
	for (size_t i = 0; i < q->n_receipts; i++) {
		const struct yw_xlog *xl = yw_x_log(link->x, q->receipts[i]);

		if (xl != NULL)
			link->asked_receipts[link->n_asked_receipts++] = xl->log->number;
	}
}

/* A stranger has no receipts: nobody knows whose they would be. */
static void
find_receipts(struct yw_exchange_link *link, struct yw_buf *beats, Yiwang__V1__HeldReceipt *held,
    Yiwang__V1__HeldReceipt **list, Yiwang__V1__Answer *m)
{
	size_t bytes = 0;

	for (size_t i = 0; !yw_x_stranger(link) && i < link->n_asked_receipts && bytes < YW_X_NOTES_BYTES; i++) {
		const struct yw_log *log = link->x->logs[link->asked_receipts[i]].log;
		enum yw_code code = yw_ledger_receipt_of(link->x->o.ledger, log, &link->code, &beats[i], NULL);

		if (code != YW_OK && code != YW_ENOENT)
			continue;
		yiwang__v1__held_receipt__init(&held[m->n_receipts]);
		held[m->n_receipts].origin = (char *)log->origin.text;
		held[m->n_receipts].beat = yw_x_bin(yw_buf_bytes(&beats[i]));
		list[m->n_receipts] = &held[m->n_receipts];
		m->n_receipts++;
		bytes += beats[i].len;
	}
	m->receipts = list;
}

static void
answer(struct yw_exchange_link *link, struct yw_outbound *o)
{
	struct yw_ledger *l = link->x->o.ledger;
	const struct yw_log *log = yw_ledger_log(l, link->asked_origin.text);
	struct yw_buf beats[YW_X_RECEIPTS] = { 0 };
	Yiwang__V1__HeldReceipt held[YW_X_RECEIPTS], *list[YW_X_RECEIPTS];
	Yiwang__V1__Answer m = YIWANG__V1__ANSWER__INIT;
	struct yw_kept k;

	m.origin = link->asked_origin.text;
	if (log != NULL && log->head_size != 0) {
		m.head = yw_x_bin(yw_buf_bytes(&log->head));
		m.knows = yw_ledger_knows(l, log, &link->boot);
	} else if (log == NULL && yw_ledger_kept(l, &link->key, &k) && strcmp(k.origin.text, link->asked_origin.text) == 0) {
		m.head = yw_x_bin(k.head);
		m.knows = yw_ledger_kept_knows(l, &link->key, &link->boot);
	}
	m.cleared = !yw_ledger_asks(l);
	m.behind = yw_ledger_state(l, NULL) == YW_LEDGER_BEHIND;
	find_receipts(link, beats, held, list, &m);
	yw_x_put(o, YW_X_ANSWER, &m.base);
	link->answer_due = false;
	for (size_t i = 0; i < YW_X_RECEIPTS; i++)
		yw_buf_release(&beats[i]);
}

void
yw_x_question_say(struct yw_exchange_link *link, struct yw_outbound *o)
{
	Yiwang__V1__Question m = YIWANG__V1__QUESTION__INIT;
	char *names[YW_X_RECEIPTS];

	if (link->answer_due)
		answer(link, o);
	if (!asks(link))
		return;
	m.origin = link->x->origin.text;
	m.receipts = names;
	m.n_receipts = unsure_logs(link->x, names);
	yw_x_put(o, YW_X_QUESTION, &m.base);
	link->question_out = true;
}

/* --- where knowledge comes from --- */

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

/* --- a person's word --- */

/* Everything is heard anew, and everybody is asked at once. */
enum yw_code
yw_exchange_refetch(struct yw_exchange *x, struct yw_error *err)
{
	enum yw_code code = yw_ledger_refetch(x->o.ledger, err);

	x->moves++;
	for (struct yw_exchange_link *k = x->links; code == YW_OK && k != NULL; k = k->next) {
		k->hello_due = k->again_due = true;
		k->ask_ms = 0;
	}
	if (code == YW_OK)
		yw_x_bodies_retry(x);
	return code;
}
