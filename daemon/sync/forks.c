/*
 * forks.c - two heads of one log that cannot both be true, passed on once to every peer (L6).
 *
 * Whoever gets them judges them by the bytes alone, and freezes the log as well.  A pair that proves nothing changes
 * nothing, whoever sent it: which keys were valid at those sizes is what two honest nodes may know differently for a
 * while.
 */
#include "sync/exchange_int.h"

static bool
is_due(struct yw_exchange_link *link, const struct yw_log *log)
{
	return log->frozen && !yw_x_stranger(link) && !yw_x_pair(link, log)->fork_told && yw_x_concerns(link, log) &&
	    !yw_ledger_claimed(link->x->o.ledger, log);
}

bool
yw_x_fork_due(struct yw_exchange_link *link, const struct yw_log *log)
{
	bool due = is_due(link, log);

	link->open[log->number] |= due;
	return due;
}

static bool
any_due(struct yw_exchange_link *link)
{
	for (size_t i = 0; i < link->x->n_logs; i++)
		if (link->open[i] && is_due(link, link->x->logs[i].log))
			return true;
	return false;
}

static void
put(const struct yw_view *v, const struct yw_log_info *log, struct yw_outbound *o)
{
	Yiwang__V1__Contradiction m = YIWANG__V1__CONTRADICTION__INIT;
	ProtobufCBinaryData path[YW_PROOF_MAX];
	struct yw_buf heads = YW_BUF_INIT;
	struct yw_contradiction_verdict verdict;
	struct yw_contradiction c;

	if (yw_view_contradiction(v, log, &heads, &c, NULL) == YW_OK && yw_contradiction_check(
	    yw_trust_origin(yw_view_trust(v), log->origin.text), &c, &verdict, NULL) == YW_OK) {
		m.origin = (char *)log->origin.text;
		m.head_a = yw_x_bin(c.head_a);
		m.head_b = yw_x_bin(c.head_b);
		if (verdict.size_a != verdict.size_b)
			m.root_a = yw_x_bin((struct yw_bytes) { c.instead.b, YW_HASH_BYTES });
		for (size_t i = 0; i < c.consistency.n; i++)
			path[i] = yw_x_bin((struct yw_bytes) { c.consistency.h[i].b, YW_HASH_BYTES });
		m.n_consistency = c.consistency.n;
		m.consistency = path;
		yw_x_put(o, YW_X_FORKS_SENT, &m.base);
	}
	yw_buf_release(&heads);
}

void
yw_x_forks_tell(struct yw_exchange_link *link, struct yw_outbound *o)
{
	struct yw_exchange *x = link->x;
	struct yw_view *v;
	size_t n = 0;

	x->forks_taken = false;		/* that turn was committed */
	if (!any_due(link) || yw_view_open(x->o.ledger, &v, NULL) != YW_OK)
		return;
	for (size_t i = 0; i < x->n_logs && n < YW_X_FORKS; i++) {
		const struct yw_log *log = x->logs[i].log;
		const struct yw_log_info *info = yw_view_of(v, log);

		if (!is_due(link, log) || info == NULL || !info->frozen)	/* not yet on disk: the next turn */
			continue;
		put(v, info, o);
		yw_x_pair(link, log)->fork_told = true;
		n++;
	}
	yw_view_close(v);
}

enum yw_code
yw_x_fork_take(struct yw_exchange_link *link, const struct yw_in_fork *f, struct yw_error *err)
{
	struct yw_exchange *x = link->x;
	struct yw_xlog *xl = yw_x_log(x, f->origin.text);
	enum yw_code code;

	if (xl == NULL)
		return YW_OK;
	code = yw_ledger_take_contradiction(x->o.ledger, f->origin.text, &f->pair, err);
	x->forks_taken |= code == YW_ECONFLICT;
	if (code == YW_OK || code == YW_ECONFLICT)
		yw_x_pair(link, xl->log)->fork_told = true;
	if (code == YW_ESIG)
		yw_x_deaf(link, xl->log);
	return code == YW_ESIG ? YW_OK : yw_x_blame(x, link, code, err);
}

/* Nobody says it twice unasked. */
void
yw_x_forks_undone(struct yw_exchange *x)
{
	for (struct yw_exchange_link *k = x->links; x->forks_taken && k != NULL; k = k->next)
		k->again_due = true;
	x->forks_taken = false;
}
