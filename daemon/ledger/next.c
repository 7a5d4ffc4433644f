/*
 * next.c - this node goes on with a next log (T8), over the same store.
 *
 * The store remembers whose request its own log came from.  With another one what it noted of the log before is at an
 * end: what of that was lost, who else ran with its keys, which instances were ended, and what its keys may have signed
 * that is forgotten here (L4).  Its entries stay, as one more log that is held here.
 *
 * A next log is begun before anybody has granted it: `claim` is the generation as its request alone gives it, and stands
 * in until trust knows whose that origin is.  Then it is mine, which changes nothing, or another machine's with keys of the
 * same code, which asked too (T14): then mine has never counted.  Its entries go among the lost ones (branch.c), and the
 * copy of the other takes their place.
 */
#include "base/log.h"
#include "ledger/ledger_int.h"

enum yw_code
load_claim(struct yw_ledger *l, struct yw_error *err)
{
	return l->claim.origin.text[0] != '\0' ? YW_OK : yw_trust_claim(l->trust, yw_buf_bytes(&l->request), &l->claim, err);
}

/* Of a first generation nobody has entries before it is granted: entry 0 names where (T4). */
static bool
claims(const struct yw_ledger *l)
{
	return l->claim.generation > 1 && yw_trust_origin(l->trust, l->claim.origin.text) == NULL;
}

bool
is_claim(const struct yw_ledger *l, const struct log_inside *in)
{
	return claims(l) && strcmp(in->pub.origin.text, l->claim.origin.text) == 0;
}

/* A log that was taken from me, and could be mine again (T3), has signed entries that are not in it any more: it does not
 * begin anew. */
bool
is_spent(const struct yw_ledger *l, const struct log_inside *in)
{
	return is_claim(l, in) && in->pub.size == 0 && l->mark.size > 0 && !yw_ledger_behind(l) &&
	    strcmp(l->mark.origin.text, l->claim.origin.text) == 0;
}

/* Its place among the logs, from the first start on. */
enum yw_code
attach_claim(struct yw_ledger *l, struct yw_error *err)
{
	struct log_inside *in = claims(l) ? find_log(l, l->claim.origin.text) : NULL;
	enum yw_code code = YW_OK;

	if (!claims(l) || (in != NULL && (in->stored || in->changed)))
		return YW_OK;
	if (in == NULL)
		code = add_log(l, &l->claim.origin, &in, err);
	if (code == YW_OK)
		log_touch(l, in);
	return code;
}

bool
is_passed_over(const struct yw_ledger *l)
{
	bool own = l->own != NULL && strcmp(l->own->pub.origin.text, l->claim.origin.text) == 0;
	const struct yw_generation *g = own ? log_generation(l, l->own) : yw_trust_origin(l->trust, l->claim.origin.text);

	return g != NULL && !yw_hash_equal(&g->request, &l->claim.request);
}

bool
yw_ledger_claimed(const struct yw_ledger *l, const struct yw_log *log)
{
	return log != NULL && log->own && is_claim(l, l->logs[log->number]);
}

/* What was acknowledged in this turn would never have counted. */
void
lose_own(struct yw_ledger *l, const struct log_inside *was)
{
	struct yw_error why;

	(void)yw_ledger_state(l, &why);
	yw_log(YW_LOG_ERROR, "own-voided", "origin=%s %s", was->pub.origin.text, why.msg);
	if (l->groups != NULL || was->tree_changed)
		(void)spoil(l, YW_ESTOPPED, &why);
}

void
say_claimed(const struct yw_ledger *l, struct yw_error *why)
{
	const struct yw_generation *c = &l->claim, *before;
	const char *by = c->issuer.code[0] != '\0' ? c->issuer.code : "the next network file";
	struct yw_origin origin;

	before = yw_origin_make(l->network.name, &c->code, c->generation - 1, &origin) == YW_OK ?
	    yw_trust_origin(l->trust, origin.text) : NULL;
	if (before != NULL && !before->open)
		yw_fail(why, YW_OK, "'%s' is not yet attributable, so what is registered in it counts only here: %s has to grant its "
		    "request", c->origin.text, by);
	else
		yw_fail(why, YW_OK, "'%s' is not yet attributable, so what is registered in it counts only here: %s has to close "
		    "generation %u, and to grant its request", c->origin.text, by, (unsigned)c->generation - 1);
}

enum yw_code
load_request(struct yw_ledger *l, struct yw_error *err)
{
	struct key k = key_meta("request");
	struct yw_hash was;
	enum yw_code code = yw_store_get_fixed(l->store, NULL, F_META, key_bytes(&k), was.b, sizeof was.b, err);

	l->request_stored = code == YW_OK && yw_hash_equal(&was, &l->request_hash);
	l->new_log = code == YW_OK && !l->request_stored;
	l->dirty |= l->new_log;
	return code == YW_ENOENT ? YW_OK : code;
}

void
put_request(struct yw_ledger *l)
{
	static const char *const at_an_end[] = { "behind", "two", "stopped", "over", "twins", "ended", "take", "restored" };
	struct key k = key_meta("request");

	if (l->request_stored)
		return;
	yw_batch_put(l->batch, F_META, key_bytes(&k), (struct yw_bytes) { l->request_hash.b, sizeof l->request_hash.b });
	for (size_t i = 0; l->new_log && i < sizeof at_an_end / sizeof *at_an_end; i++) {
		k = key_meta(at_an_end[i]);
		yw_batch_delete(l->batch, F_META, key_bytes(&k));
	}
}

struct yw_bytes
last_head(const struct yw_ledger *l)
{
	const struct log_inside *before = NULL;

	for (size_t i = 0; i < l->n_logs; i++)
		if (yw_jurisdiction_equal(&l->logs[i]->pub.code, &l->code) &&
		    l->logs[i]->pub.generation + 1 == l->own->pub.generation)
			before = l->logs[i];
	return before != NULL && before->pub.full_size != 0 ? yw_buf_bytes(&before->pub.full) :
	    (struct yw_bytes) { NULL, 0 };
}
