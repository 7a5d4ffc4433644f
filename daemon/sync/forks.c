/*
 * forks.c - two heads of one log that cannot both be true, passed on once to every peer (L6).
 *
 * Of a log that contradicts itself more than once all pairs travel that the ledger keeps, so that every node comes to keep
 * the same (L7).
 *
 * Whoever gets them judges them by the bytes alone, and freezes the log as well.  A pair that proves nothing changes
 * nothing, whoever sent it: which keys were valid at those sizes is what two honest nodes may know differently for a
 * while.
 */
#include "sync/exchange_int.h"

static uint64_t
newest(const struct yw_log_fork *forks, size_t n)
{
	uint64_t stamp = 0;

	for (size_t i = 0; i < n; i++)
		stamp = forks[i].stamp > stamp ? forks[i].stamp : stamp;
	return stamp;
}

static bool
is_due(struct yw_exchange_link *link, const struct yw_log *log)
{
	return log->frozen && !yw_x_stranger(link) && yw_x_pair(link, log)->fork_told < newest(log->forks, log->n_forks) &&
	    yw_x_concerns(link, log) && !yw_ledger_claimed(link->x->o.ledger, log);
}

bool
yw_x_fork_due(struct yw_exchange_link *link, const struct yw_log *log)
{
	bool due = is_due(link, log);

	link->looks[log->number].open |= due;
	return due;
}

static bool
any_due(struct yw_exchange_link *link)
{
	for (size_t i = 0; i < link->x->n_logs; i++)
		if (link->looks[i].open && is_due(link, link->x->logs[i].log))
			return true;
	return false;
}

static void
put(const struct yw_view *v, const struct yw_log_info *log, size_t at, struct yw_outbound *o)
{
	Yiwang__V1__Contradiction m = YIWANG__V1__CONTRADICTION__INIT;
	ProtobufCBinaryData path[YW_PROOF_MAX];
	struct yw_buf heads = YW_BUF_INIT;
	struct yw_contradiction_verdict verdict;
	struct yw_contradiction c;

	if (yw_view_contradiction(v, log, at, &heads, &c, NULL) == YW_OK && yw_contradiction_check(
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
	for (size_t i = 0; i < x->n_logs; i++) {
		const struct yw_log *log = x->logs[i].log;
		const struct yw_log_info *info = yw_view_of(v, log);
		struct yw_pair *p = yw_x_pair(link, log);

		if (!is_due(link, log) || info == NULL || !info->frozen)	/* not yet on disk: the next turn */
			continue;
		if (n + info->n_forks > YW_X_FORKS)
			break;
		for (size_t k = 0; k < info->n_forks; k++)
			if (info->forks[k].stamp > p->fork_told) {
				put(v, info, k, o);
				n++;
			}
		p->fork_told = newest(info->forks, info->n_forks);
	}
	yw_view_close(v);
}

enum yw_code
yw_x_fork_take(struct yw_exchange_link *link, const struct yw_in_fork *f, struct yw_error *err)
{
	struct yw_exchange *x = link->x;
	struct yw_xlog *xl = yw_x_log(x, f->origin.text);
	enum yw_code code;
	bool all;

	if (xl == NULL)
		return YW_OK;
	all = yw_x_open(link, xl->log)->fork_told >= newest(xl->log->forks, xl->log->n_forks);
	code = yw_ledger_take_contradiction(x->o.ledger, f->origin.text, &f->pair, err);
	x->forks_taken |= code == YW_ECONFLICT;
	if ((code == YW_OK || code == YW_ECONFLICT) && (all || xl->log->n_forks == 1))	/* it knows this one as well */
		yw_x_pair(link, xl->log)->fork_told = newest(xl->log->forks, xl->log->n_forks);
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
