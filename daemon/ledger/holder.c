/*
 * holder.c - who else keeps the restricted bodies of a log (V4), whenever that is learnt.
 *
 * Who that is is trust/'s to say, and may turn out late.  Whoever serves the log goes by it from the turn on that learnt it.
 * The node that is named wants what it may not see, keeps it and does not show it; when it is named no more it lets go of it,
 * and that leaves the disk like what is erased.  So what a node holds is always what one would hold that knew from the start.
 * What this very turn brought waits for the next one, since it is read from the store; of the log nothing is said to be held
 * meanwhile.
 */
#include "base/log.h"
#include "ledger/ledger_int.h"

static bool
is_me(const struct yw_ledger *l, const struct yw_jurisdiction *holder)
{
	return yw_jurisdiction_equal(holder, &l->code);
}

static enum yw_code
judge_entry(struct yw_ledger *l, struct log_inside *in, uint64_t index, struct yw_buf *envelope, struct yw_error *err)
{
	struct yw_entry e;
	enum yw_code code = load_entry(l, in, index, envelope, &e, err);
	bool counts;

	if (code != YW_OK)
		return code;
	counts = e.standing == YW_STANDING_APPLIED && signer_valid(l, in, &e, index);
	for (size_t i = 0; code == YW_OK && e.audience.cls != YW_CLASS_UNCONDITIONAL && i < e.n_items; i++)
		code = replay_place(l, in, index, &e, (uint16_t)i, counts, err);
	yw_entry_release(&e);
	return code;
}

/* Every entry is looked at: no row says which are restricted. */
static enum yw_code
judge_places(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct yw_buf envelope = YW_BUF_INIT;
	enum yw_code code = YW_OK;

	for (uint64_t i = 0; code == YW_OK && i < in->pub.size; i++)
		code = judge_entry(l, in, i, &envelope, err);
	yw_buf_release(&envelope);
	return code == YW_OK ? code : spoil(l, code, err);
}

/* Who it is by what trust/ says now; of a log that nobody has granted, as before.  Does that change what this node holds? */
static bool
look(const struct yw_ledger *l, const struct log_inside *in, struct yw_jurisdiction *out)
{
	const struct yw_generation *g = log_generation(l, in);
	struct yw_holder now = { .code = in->pub.holder };

	if (g != NULL)
		yw_trust_holder(l->trust, g, &now);
	*out = now.code;
	return is_me(l, &now.code) != is_me(l, &in->pub.holder);
}

static enum yw_code
follow(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct yw_jurisdiction now;
	bool mine = look(l, in, &now);

	in->pub.holder_due = mine && (in->tree_changed || in->n_taken > 0 || is_cutting(in));
	if (in->pub.holder_due || yw_jurisdiction_equal(&now, &in->pub.holder))
		return YW_OK;
	in->pub.holder = now;
	log_touch(l, in);
	if (!mine)
		return YW_OK;
	yw_log(YW_LOG_INFO, "holder", "origin=%s this node %s", in->pub.origin.text, is_me(l, &now) ?
	    "keeps its restricted records for it from now on" : "keeps its restricted records no more: they go");
	return judge_places(l, in, err);
}

enum yw_code
follow_holders(struct yw_ledger *l, struct yw_error *err)
{
	uint64_t moment = yw_trust_moment(l->trust);
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++)
		if (l->holder_moment != moment || l->logs[i]->pub.holder_due)
			code = follow(l, l->logs[i], err);
	l->holder_moment = moment;
	return code;
}

bool
holders_due(const struct yw_ledger *l)
{
	for (size_t i = 0; i < l->n_logs; i++)
		if (l->logs[i]->pub.holder_due)
			return true;
	return false;
}

/* The store was made by what the records of the logs say of this node (load.c); a crash may have come before the rest. */
void
start_holders(struct yw_ledger *l)
{
	for (size_t i = 0; i < l->n_logs; i++) {
		struct log_inside *in = l->logs[i];
		struct yw_jurisdiction now;

		in->pub.holder_due = look(l, in, &now);
		if (in->pub.holder_due)
			log_touch(l, in);
		else
			in->pub.holder = now;
	}
}
