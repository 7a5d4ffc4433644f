/*
 * reach.c - which keys count in a log, and how far (T5 to T7), where that is learnt late.
 *
 * Items are judged when their entries come, by what trust/ knows then.  A closing, a key change or a beat with quorum
 * may say later that other entries count; then those from the first index on at which the answers part are judged
 * anew, in the turn that learnt it: so state is always that of a replica which knew everything from the start.  Of
 * a log that has entries or bodies of its own in that turn this waits for the next one, since it reads from the store.
 */
#include "base/log.h"
#include "ledger/ledger_int.h"

/*
 * --- What trust/ asks: how beats with quorum stand to the heads of closings (T7) ---
 *
 * What is answered is kept: heads n 'v'.  A void closing takes back, until it is known to be void, the very keys by which the
 * beats that say so are judged, and whoever was admitted behind it and signed them; so after a restart nobody could say it again.
 * It is judged anew then like at any time: where the beats do not stand any more the answer goes.
 */

#define SAID_BYTES (1 + 8 + YW_HASH_BYTES)

static struct key
key_answer(const struct log_inside *in, const struct yw_tree_head *closing)
{
	struct key k = key_head(in->pub.number, 'v');

	yw_put_be64(k.b + k.len, closing->size);
	memcpy(k.b + k.len + 8, closing->root.b, YW_HASH_BYTES);
	k.len += 8 + YW_HASH_BYTES;
	return k;
}

static void
put_answer(struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *closing, const struct yw_beat_said *said,
    size_t n)
{
	uint8_t v[YW_QUORUMS_KEPT * SAID_BYTES], *at = v;
	struct key k = key_answer(in, closing);

	for (size_t i = 0; i < n; i++, at += SAID_BYTES) {
		at[0] = (uint8_t)said[i].relation;
		yw_put_be64(at + 1, said[i].beat.size);
		memcpy(at + 9, said[i].beat.root.b, YW_HASH_BYTES);
	}
	if (n != 0)
		yw_batch_put(l->batch, F_HEADS, key_bytes(&k), (struct yw_bytes) { v, n * SAID_BYTES });
	else
		yw_batch_delete(l->batch, F_HEADS, key_bytes(&k));
	l->dirty = true;
}

static enum yw_code
load_answer(struct yw_ledger *l, const struct log_inside *in, struct yw_bytes closing, struct yw_bytes v, struct yw_error *err)
{
	struct yw_beat_said said[YW_QUORUMS_KEPT];
	struct yw_tree_head head;
	size_t n = v.len / SAID_BYTES;

	if (closing.len != 8 + YW_HASH_BYTES || v.len % SAID_BYTES != 0 || n > YW_QUORUMS_KEPT)
		return yw_fail(err, YW_EIO, "what beats say of a closing of '%s' has another form: the store is damaged",
		    in->pub.origin.text);
	head.size = yw_get_be64(closing.data);
	memcpy(head.root.b, closing.data + 8, YW_HASH_BYTES);
	for (size_t i = 0; i < n; i++, v.data += SAID_BYTES) {
		said[i].relation = v.data[0];
		said[i].beat.size = yw_get_be64(v.data + 1);
		memcpy(said[i].beat.root.b, v.data + 9, YW_HASH_BYTES);
	}
	return yw_trust_say_beats(l->trust, in->pub.origin.text, &head, said, n) == YW_OK ? YW_OK :
	    yw_fail(err, YW_ENOMEM, "no memory for the beats of '%s'", in->pub.origin.text);
}

enum yw_code
load_answers(struct yw_ledger *l, const struct log_inside *in, struct yw_error *err)
{
	struct key prefix = key_head(in->pub.number, 'v');
	struct yw_iter *it = yw_iter_new(l->store, NULL, F_HEADS, key_bytes(&prefix), (struct yw_bytes) { NULL, 0 }, false);
	enum yw_code code = YW_OK, end;

	for (; code == YW_OK && yw_iter_valid(it); yw_iter_next(it)) {
		struct yw_bytes k = yw_iter_key(it), closing = { k.data + prefix.len, k.len - prefix.len };

		code = load_answer(l, in, closing, yw_iter_value(it), err);
	}
	end = yw_iter_finish(it, code == YW_OK ? err : NULL);
	return code != YW_OK ? code : end;
}

enum yw_code
answer_head(struct yw_ledger *l, const struct log_inside *in, const struct yw_tree_head *closing, struct yw_error *err)
{
	struct yw_generation was;
	uint64_t moment = yw_trust_moment(l->trust);
	struct yw_beat_said said[YW_QUORUMS_KEPT];
	struct question unknown;
	size_t n;
	enum yw_code code;

	yw_generation_copy(&was, log_generation(l, in));
	code = judge_closing(l, in, closing, said, &n, &unknown, err);
	if (code == YW_OK && yw_trust_say_beats(l->trust, in->pub.origin.text, closing, said, n) != YW_OK)
		code = yw_fail(err, YW_ENOMEM, "no memory for the beats of '%s'", in->pub.origin.text);
	if (code == YW_OK && (moment != yw_trust_moment(l->trust) || l->answers_forgotten))
		put_answer(l, in, closing, said, n);
	if (code == YW_OK && yw_generation_parts_at(&was, log_generation(l, in)) != UINT64_MAX)
		l->trust_changed = l->dirty = true;
	return code;
}

/* What trust/ asks changes with what it is told, so each question is copied before it is answered. */
static enum yw_code
answer_all(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < yw_trust_n_asked(l->trust); i++) {
		struct yw_closing_asked a = *yw_trust_asked(l->trust, i);
		struct log_inside *in = find_log(l, a.origin.text);

		if (in != NULL && log_generation(l, in) != NULL)
			code = answer_head(l, in, &a.head, err);
	}
	return code;
}

/* A closing that is void takes nobody's delegation back, and one that is void no more does: then others are granted, whose beats
 * and closings may answer, or ask, more.  To one question there is one answer, so this comes to an end. */
enum yw_code
answer_trust(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = answer_all(l, err);

	while (code == YW_OK && l->attached != yw_trust_moment(l->trust)) {
		code = attach_logs(l, err);
		if (code == YW_OK && l->spoilt.msg[0] != '\0')
			code = yw_fail(err, l->spoilt.code, "%s", l->spoilt.msg);
		if (code == YW_OK)
			code = answer_all(l, err);
	}
	l->answers_forgotten = false;
	return code;
}

static size_t
count_voids(const struct yw_ledger *l)
{
	size_t n = 0;

	for (size_t i = 0; i < yw_trust_n_asked(l->trust); i++)
		n += yw_trust_asked(l->trust, i)->is_void;
	return n;
}

/* T7: a closing that turned out void speaks against its issuer, and may be logged again.  Once, when that is learnt. */
static void
say_voids(struct yw_ledger *l)
{
	size_t n = 0;

	for (size_t i = 0; i < yw_trust_n_asked(l->trust); i++) {
		const struct yw_closing_asked *a = yw_trust_asked(l->trust, i);

		if (!a->is_void || ++n <= l->voids_said)
			continue;
		yw_log(YW_LOG_ERROR, "closing-void", "origin=%s closing=%s entry=%llu it ends the log at %llu entries of a branch that a "
		    "beat with quorum, of %llu entries, contradicts: it is void and speaks against who logged it, who may close the log again",
		    a->origin.text, a->place.origin.text[0] != '\0' ? a->place.origin.text : "network-file",
		    (unsigned long long)a->place.index, (unsigned long long)a->head.size, (unsigned long long)a->beat.size);
	}
	l->voids_said = n;
}

/* --- What follows --- */

static void
say_closed(const struct yw_ledger *l, const struct log_inside *in, const struct yw_generation *g)
{
	char reason[YW_ERROR_MAX];

	yw_trust_closing_reason(l->trust, g, reason);
	yw_log(in->pub.own ? YW_LOG_ERROR : YW_LOG_WARN, "log-closed", "origin=%s by=%s it ends at %llu entries%s%s; reason: %s",
	    in->pub.origin.text, g->closing.issuer.code[0] != '\0' ? g->closing.issuer.code : "root-keys",
	    (unsigned long long)g->end.size, g->closing.revoked ? ", its keys are revoked" : "",
	    in->pub.own ? ", and this node goes on with a next one: yiwang log next" : "", reason);
}

/* T9, once, when it is met: at the old node as an alarm. */
static void
say_recovery(const struct yw_ledger *l, const struct log_inside *in, const struct yw_generation *g)
{
	const struct yw_generation *mine = recovered_by_others(l);
	const struct yw_generation *by = yw_trust_origin(l->trust, g->delegation.origin.text);
	bool alarm = mine != NULL && strcmp(mine->origin.text, g->origin.text) == 0;

	yw_log(alarm ? YW_LOG_ERROR : YW_LOG_WARN, "recovery", "origin=%s by=%s consent=%s %s", in->pub.origin.text,
	    by != NULL ? by->code.code : "root-keys", g->consent.code[0] != '\0' ? g->consent.code : "root-keys",
	    alarm ? "a next generation of this node was opened by keys that are not of this machine: if nobody here asked for it, "
	    "ask who opened it, and who consented" : "a next generation whose old keys did not ask for it: it is marked for ever");
}

/* The first index at which g says something else than by which items count in the store; UINT64_MAX: none. */
static uint64_t
parting(const struct log_inside *in, const struct yw_generation *g)
{
	if (in->applied.origin.text[0] != '\0')
		return yw_generation_parts_at(&in->applied, g);
	return g->open && g->n_spans == 1 ? UINT64_MAX : 0;	/* the log came in this turn */
}

/* The rest of the turn may take that back (a closing turns out void, another one goes before it), and then no two turns
 * differ. */
void
judged_early(const struct yw_ledger *l, struct log_inside *in, uint64_t index)
{
	const struct yw_generation *g = log_generation(l, in);

	if (g != NULL && index < in->apply_from && index >= parting(in, g))
		in->apply_from = index;
}

/* Marks what parted since; says what a person must hear. */
static enum yw_code
mark(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	const struct yw_generation *g = log_generation(l, in);
	uint64_t from;
	bool other;

	if (g == NULL)
		return YW_OK;
	if (g->recovery && (in->applied.origin.text[0] == '\0' || !in->applied.recovery))
		say_recovery(l, in, g);
	from = parting(in, g);
	if (in->applied.origin.text[0] == '\0' && in->pub.size == 0)
		from = UINT64_MAX;
	if (from < in->apply_from)
		in->apply_from = from;
	if (!g->open && in->applied.open && in->applied.origin.text[0] != '\0')
		say_closed(l, in, g);
	if (from != UINT64_MAX || g->open != in->applied.open)
		log_touch(l, in);
	other = in->applied.origin.text[0] != '\0' && !yw_hash_equal(&in->applied.request, &g->request);
	yw_generation_copy(&in->applied, g);
	if (other)
		mend(l, in);
	return other ? judge_generation(l, in, err) : YW_OK;
}

static enum yw_code
apply(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	enum yw_code code;

	if (in->apply_from == UINT64_MAX || in->tree_changed || in->n_taken > 0)
		return YW_OK;
	code = replay_range(l, in, in->apply_from, in->pub.size, err);
	in->apply_from = UINT64_MAX;
	log_touch(l, in);
	return code == YW_OK ? code : spoil(l, code, err);
}

enum yw_code
follow_reach(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = answer_trust(l, err);
	uint64_t moment = yw_trust_moment(l->trust);

	say_voids(l);
	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++) {
		if (l->reach_moment != moment)
			code = mark(l, l->logs[i], err);
		if (code == YW_OK && !is_cutting(l->logs[i]))
			code = apply(l, l->logs[i], err);
	}
	l->reach_moment = moment;
	return code;
}

bool
reach_due(const struct yw_ledger *l)
{
	for (size_t i = 0; i < l->n_logs; i++)
		if (l->logs[i]->apply_from != UINT64_MAX || is_cutting(l->logs[i]))
			return true;
	return words_due(l);
}

static struct key
key_applied(const struct log_inside *in)
{
	return key_head(in->pub.number, 'a');
}

/* Items are as they must be where the log ends there: from here on they are not where it ends elsewhere. */
void
put_applied(struct yw_ledger *l, struct log_inside *in)
{
	struct key k = key_applied(in);
	uint64_t to = in->applied.origin.text[0] == '\0' ? UINT64_MAX : in->applied.end.size;
	uint8_t v[8];

	to = in->apply_from < to ? in->apply_from : to;
	if (to == in->applied_to)
		return;
	in->applied_to = to;
	yw_put_be64(v, to);
	yw_batch_put(l->batch, F_HEADS, key_bytes(&k), (struct yw_bytes) { v, sizeof v });
}

enum yw_code
load_applied(struct yw_ledger *l, struct log_inside *in, struct yw_error *err)
{
	struct key k = key_applied(in);
	uint8_t v[8];
	enum yw_code code = yw_store_get_fixed(l->store, NULL, F_HEADS, key_bytes(&k), v, sizeof v, err);

	in->applied_to = code == YW_OK ? yw_get_be64(v) : UINT64_MAX;
	return code == YW_ENOENT ? YW_OK : code;
}

/* The store was made by what was known then; that quorums say where a log ends is only now known again. */
enum yw_code
start_reach(struct yw_ledger *l, struct yw_error *err)
{
	enum yw_code code = answer_trust(l, err);

	l->voids_said = count_voids(l);		/* they were, before */
	for (size_t i = 0; i < l->n_logs; i++) {
		struct log_inside *in = l->logs[i];
		const struct yw_generation *g = log_generation(l, in);

		in->applied = g != NULL ? *g : (struct yw_generation) { .n_spans = 0 };
		in->apply_from = g != NULL && g->end.size < in->pub.size ? g->end.size : UINT64_MAX;
		if (g != NULL && g->end.size != in->applied_to && in->applied_to < in->pub.size && in->applied_to < in->apply_from)
			in->apply_from = in->applied_to;
		if (in->apply_from != UINT64_MAX)
			log_touch(l, in);
		if (code == YW_OK)
			code = judge_generation(l, in, err);
	}
	if (code == YW_OK)
		code = next_questions(l, err);
	for (size_t i = 0; code == YW_OK && i < l->n_logs; i++)
		code = judge_branch(l, l->logs[i], err);
	return code;
}

/* A beat with quorum that is larger than what is held here may move the end (T7), unless it is proven to be of another
 * branch: its entries show whether it does. */
bool
is_ended(const struct yw_ledger *l, const struct log_inside *in)
{
	const struct yw_generation *g = log_generation(l, in);
	struct yw_tree_head beats[YW_QUORUMS_KEPT];
	size_t n = quorum_heads(in, beats);

	if (g == NULL || in->pub.size < g->end.size || in->sought.size != 0 || is_cutting(in))
		return false;
	for (size_t i = 0; i < n; i++) {
		enum standing s;

		if (beats[i].size > in->pub.size &&
		    (compare_heads(l, in, &g->closing.head, &beats[i], &s, NULL) != YW_OK || s != OF_ANOTHER_BRANCH))
			return false;
	}
	return true;
}
