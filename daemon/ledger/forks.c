/*
 * forks.c - two heads of one log that cannot both be true: kept, and what follows from them (L6, L7).
 *
 * A pair is kept for ever, one for each log; that it freezes the log is worked out anew whenever trust or the log's
 * quorum beats change: only keys that are valid at those sizes count, keys that were rotated out say nothing against a
 * quorum beat beyond (T5), and a closing in force ends it.
 */
#include <stdlib.h>

#include "base/fault.h"
#include "base/log.h"
#include "ledger/ledger_int.h"

static void
free_fork(struct fork *f)
{
	if (f == NULL)
		return;
	yw_buf_release(&f->a);
	yw_buf_release(&f->b);
	free(f);
}

void
drop_fork(struct log_inside *in)
{
	free_fork(in->fork);
	in->fork = NULL;
}

static void
as_contradiction(const struct fork *f, struct yw_contradiction *out)
{
	*out = (struct yw_contradiction) { .head_a = yw_buf_bytes(&f->a), .head_b = yw_buf_bytes(&f->b) };
	if (f->sized) {
		out->instead = f->instead;
		out->consistency = f->proof;
	}
}

/* --- the store --- */

static struct key
key_fork(const struct log_inside *in, char what)
{
	struct key k = key_head(in->pub.number, 'x');

	k.b[k.len++] = (uint8_t)what;
	return k;
}

static void
put_fork(struct yw_ledger *l, const struct log_inside *in)
{
	const struct fork *f = in->fork;
	struct key a = key_fork(in, 'a'), b = key_fork(in, 'b'), p = key_fork(in, 'p');
	uint8_t proof[(1 + YW_PROOF_MAX) * YW_HASH_BYTES];

	yw_batch_put(l->batch, F_HEADS, key_bytes(&a), yw_buf_bytes(&f->a));
	yw_batch_put(l->batch, F_HEADS, key_bytes(&b), yw_buf_bytes(&f->b));
	if (f->sized) {
		memcpy(proof, f->instead.b, YW_HASH_BYTES);
		memcpy(proof + YW_HASH_BYTES, f->proof.h, f->proof.n * YW_HASH_BYTES);
		yw_batch_put(l->batch, F_HEADS, key_bytes(&p),
		    (struct yw_bytes) { proof, (1 + f->proof.n) * YW_HASH_BYTES });
	} else {
		yw_batch_delete(l->batch, F_HEADS, key_bytes(&p));
	}
}

static enum yw_code
read_proof(struct yw_bytes v, struct fork *f, struct yw_error *err)
{
	if (v.len < YW_HASH_BYTES || v.len > (1 + YW_PROOF_MAX) * YW_HASH_BYTES)
		return yw_fail(err, YW_EIO, "the proof of a contradiction has another form: the store is damaged");
	f->sized = true;
	f->proof.n = v.len / YW_HASH_BYTES - 1;
	memcpy(f->instead.b, v.data, YW_HASH_BYTES);
	memcpy(f->proof.h, v.data + YW_HASH_BYTES, f->proof.n * YW_HASH_BYTES);
	return YW_OK;
}

static enum yw_code
read_fork(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct key a = key_fork(in, 'a'), b = key_fork(in, 'b'), p = key_fork(in, 'p');
	struct yw_buf proof = YW_BUF_INIT;
	enum yw_code code = yw_store_get(l->store, NULL, F_HEADS, key_bytes(&a), &in->fork->a, err);

	if (code == YW_OK)
		code = yw_store_get(l->store, NULL, F_HEADS, key_bytes(&b), &in->fork->b, err);
	if (code != YW_OK)
		return code;
	code = yw_store_get(l->store, NULL, F_HEADS, key_bytes(&p), &proof, err);
	if (code == YW_OK)
		code = read_proof(yw_buf_bytes(&proof), in->fork, err);
	yw_buf_release(&proof);
	return code == YW_ENOENT ? YW_OK : code;	/* of one size: no proof is needed */
}

enum yw_code
load_fork(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	enum yw_code code;

	drop_fork(in);
	in->fork = calloc(1, sizeof *in->fork);
	if (in->fork == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory to read '%s'", in->pub.origin.text);
	code = read_fork(l, in, err);
	if (code != YW_OK)
		drop_fork(in);
	return code == YW_ENOENT ? YW_OK : code;
}

/* --- frozen --- */

static uint64_t
quorum_size(const struct yw_log *log)
{
	return log->n_beats > 0 && log->beats[0].quorum == YW_QUORUM_MET ? log->beats[0].size : 0;
}

static enum yw_code
verify(const struct yw_generation *g, const struct yw_contradiction *c, struct yw_contradiction_verdict *v,
    struct yw_error *err)
{
	enum yw_code code;

	*v = (struct yw_contradiction_verdict) { .n_via = 0 };
	code = yw_contradiction_check(g, c, v, err);
	return YW_FAULT("contradiction") ? YW_OK : code;
}

/* T7: a closing that a quorum makes void speaks against its issuer, and freezes no log by the head that it names. */
static bool
is_of_void_closing(const struct yw_ledger *l, const struct log_inside *in)
{
	for (size_t i = 0; i < yw_trust_n_asked(l->trust); i++) {
		const struct yw_closing_asked *a = yw_trust_asked(l->trust, i);

		if (a->is_void && strcmp(a->origin.text, in->pub.origin.text) == 0 &&
		    (is_head(&in->fork->a, &a->signed_head) || is_head(&in->fork->b, &a->signed_head)))
			return true;
	}
	return false;
}

/* Is the pair one by the keys that are valid now? */
static bool
speaks(const struct yw_ledger *l, const struct log_inside *in, struct yw_contradiction_verdict *v)
{
	const struct yw_generation *g = in->fork != NULL ? log_generation(l, in) : NULL;
	struct yw_contradiction c;

	if (g == NULL || is_of_void_closing(l, in))
		return false;
	as_contradiction(in->fork, &c);
	return verify(g, &c, v, NULL) == YW_OK;
}

static bool
is_frozen(const struct yw_ledger *l, const struct log_inside *in)
{
	const struct yw_generation *g = log_generation(l, in);
	uint64_t quorum = quorum_size(&in->pub);
	struct yw_contradiction_verdict v;

	return speaks(l, in, &v) && g->open && (YW_FAULT("old-keys-freeze") ||
	    (!yw_generation_outlived(g, v.size_a, quorum) && !yw_generation_outlived(g, v.size_b, quorum)));
}

void
load_frozen(struct yw_ledger *l)
{
	for (size_t i = 0; i < l->n_logs; i++)
		l->logs[i]->pub.frozen = is_frozen(l, l->logs[i]);
}

static void
set_frozen(struct yw_ledger *l, struct log_inside *in, bool frozen)
{
	in->pub.frozen = frozen;
	in->pub.target_size = 0;
	drop_waiting(in);
	log_touch(l, in);
}

void
judge_forks(struct yw_ledger *l)
{
	for (size_t i = 0; i < l->n_logs; i++) {
		struct log_inside *in = l->logs[i];
		bool frozen = l->trust_changed || in->changed ? is_frozen(l, in) : in->pub.frozen;

		if (frozen != in->pub.frozen)
			set_frozen(l, in, frozen);
	}
}

static int
compare_bytes(struct yw_bytes a, struct yw_bytes b)
{
	int c = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);

	return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

/* The pair in memory, in place of one that is held; `a` and `b` as they came. */
static enum yw_code
make_fork(struct yw_ledger *l, struct log_inside *in, struct yw_bytes a, struct yw_bytes b, const struct yw_hash *instead,
    const struct yw_proof *proof, struct yw_error *err)
{
	struct fork *f = calloc(1, sizeof *f);
	enum yw_code code;

	if (f == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a contradiction of '%s'", in->pub.origin.text);
	code = head_alone(l, in, a, &f->a, err);
	if (code == YW_OK)
		code = head_alone(l, in, b, &f->b, err);
	if (code != YW_OK) {
		free_fork(f);
		return code == YW_ESIG ? yw_fail(err, YW_EINVAL, "two heads of '%s', not both by keys that are valid now",
		    in->pub.origin.text) : code;
	}
	f->sized = proof != NULL;
	if (f->sized) {
		f->instead = *instead;
		f->proof = *proof;
	} else if (compare_bytes(yw_buf_bytes(&f->a), yw_buf_bytes(&f->b)) > 0) {
		struct yw_buf swap = f->a;

		f->a = f->b;
		f->b = swap;
	}
	drop_fork(in);
	in->fork = f;
	return YW_OK;
}

enum yw_code
freeze(struct yw_ledger *l, struct log_inside *in, struct yw_bytes a, struct yw_bytes b, const struct yw_hash *instead,
    const struct yw_proof *proof, struct yw_error *err)
{
	struct yw_contradiction_verdict v;
	enum yw_code code = YW_OK;

	if (!speaks(l, in, &v)) {	/* the first one that does stays */
		code = make_fork(l, in, a, b, instead, proof, err);
		if (code != YW_OK)
			return code;
		put_fork(l, in);
		set_frozen(l, in, is_frozen(l, in));
		yw_log(YW_LOG_ERROR, "contradiction", "origin=%s %s its owner signed two heads that cannot both be true: %s",
		    in->pub.origin.text, l->shown_by != NULL ? l->shown_by : "shown-by=-",
		    in->pub.frozen ? "the log is frozen, both are kept" : "both are kept");
	}
	return yw_fail(err, YW_ECONFLICT, "two contradicting heads of '%s'", in->pub.origin.text);
}

void
yw_ledger_shown_by(struct yw_ledger *l, const char *who)
{
	l->shown_by = who;
}

enum yw_code
yw_ledger_take_contradiction(struct yw_ledger *l, const char *origin, const struct yw_contradiction *c,
    struct yw_error *err)
{
	struct log_inside *in = find_log(l, origin);
	const struct yw_generation *g = in != NULL ? log_generation(l, in) : NULL;
	struct yw_contradiction_verdict v;
	enum yw_code code = may_take(l, err);

	if (code != YW_OK)
		return code;
	if (g == NULL)
		return yw_fail(err, YW_ENOENT, "nobody has admitted '%s' as far as this node knows", origin);
	if (speaks(l, in, &v))
		return YW_OK;
	code = verify(g, c, &v, err);
	if (code != YW_OK)
		return code;
	return v.size_a == v.size_b ? freeze(l, in, c->head_a, c->head_b, NULL, NULL, err) :
	    freeze(l, in, c->head_a, c->head_b, &c->instead, &c->consistency, err);
}
