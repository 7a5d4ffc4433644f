/*
 * chain.c - from the network file down to one key set (T16), checked.
 *
 * What is checked is fed to a registry of its own, which starts from the network files alone: so the rules
 * of trust judge a chain by the same code as they judge logs.
 */
#include "trust/chain_int.h"

#include <stdlib.h>

#include "base/fault.h"
#include "record/wire.h"
#include "trust/fields.h"
#include "trust/trust_int.h"

#define LINES_MAX (2 + YW_CHAIN_RECEIPTS_MAX)	/* of a link's beat: head, owner, receipts */

/* --- Entries and beats --- */

enum yw_code
yw_proven_entry(const struct yw_generation *g, struct yw_bytes envelope, uint64_t index, const struct yw_proof *path,
    const struct yw_checkpoint *head, const struct yw_pubkey *signer, struct yw_entry *out, struct yw_error *err)
{
	struct yw_entry e;
	struct yw_hash leaf;
	enum yw_code code;

	yw_leaf_hash(envelope, &leaf);
	if ((index >= head->size || yw_check_inclusion(index, head->size, &leaf, path, &head->root) != YW_OK) &&
	    !YW_FAULT("inclusion"))
		return yw_fail(err, YW_ESIG, "entry %llu of %s is not in the head of size %llu",
		    (unsigned long long)index, g->origin.text, (unsigned long long)head->size);
	code = yw_entry_read(g->origin.text, envelope, &e, err);
	if (code != YW_OK)
		return code;
	code = yw_entry_verify(&e, err);
	if (code == YW_OK && !yw_pubkey_equal(&e.signer, &yw_generation_entry_keys(g, index)->entry) &&
	    (signer == NULL || !yw_pubkey_equal(&e.signer, signer)))
		code = yw_fail(err, YW_ESIG, "the signer of entry %llu of %s was not valid there",
		    (unsigned long long)index, g->origin.text);
	if (code != YW_OK) {
		yw_entry_release(&e);
		return code;
	}
	*out = e;
	return YW_OK;
}

static enum yw_code
take_path(const ProtobufCBinaryData *hashes, size_t n, struct yw_proof *out, struct yw_error *err)
{
	if (n > YW_PROOF_MAX)
		return yw_fail(err, YW_ELIMIT, "its proof has more than %d hashes", YW_PROOF_MAX);
	out->n = n;
	for (size_t i = 0; i < n; i++) {
		if (hashes[i].len != YW_HASH_BYTES)
			return yw_fail(err, YW_EFORMAT, "hash %zu of its proof is not 32 bytes", i + 1);
		memcpy(out->h[i].b, hashes[i].data, YW_HASH_BYTES);
	}
	return YW_OK;
}

/* Whose beat is it, and does it hold?  Receipts may be there but are not asked for. */
static enum yw_code
take_beat(const struct yw_trust *t, struct yw_bytes beat, const struct yw_generation **issuer,
    struct yw_checkpoint *head, struct yw_error *err)
{
	struct yw_beat_verdict v;
	struct yw_note note;
	enum yw_code code;

	code = yw_note_parse(beat, &note, err);
	if (code != YW_OK)
		return code;
	code = yw_checkpoint_parse(note.text, head, err);
	if (code == YW_OK && note.n_sigs > LINES_MAX && !YW_FAULT("chain-receipts"))
		code = yw_fail(err, YW_ELIMIT, "its beat has more than %d receipts", YW_CHAIN_RECEIPTS_MAX);
	yw_note_release(&note);
	if (code != YW_OK)
		return code;
	*issuer = yw_trust_origin(t, head->origin);
	if (*issuer == NULL)
		return yw_fail(err, YW_EINVAL, "it is in '%s', to which nothing before it leads", head->origin);
	return yw_trust_judge_beat(t, *issuer, beat, &v, err);
}

/* Feeds the delegation and finds what it gave. */
static enum yw_code
feed(struct yw_trust *t, const struct yw_origin *issuer, uint64_t index, const struct yw_entry *e,
    struct yw_generation *out, struct yw_error *err)
{
	size_t before = yw_trust_count(t);
	struct yw_error alarm;

	if (e->standing != YW_STANDING_APPLIED || e->trust_kind != YW_TRUST_DELEGATION)
		return yw_fail(err, YW_EINVAL, "it is no delegation");
	if (yw_trust_add(t, issuer, index, e, &alarm) != YW_OK)
		return yw_fail(err, YW_ENOMEM, "no memory for a chain");
	for (size_t i = 0; yw_trust_count(t) > before && i < yw_trust_count(t); i++) {
		const struct yw_generation *g = yw_trust_at(t, i);

		if (g->delegation.index == index && strcmp(g->delegation.origin.text, issuer->text) == 0) {
			*out = *g;
			return YW_OK;
		}
	}
	return yw_fail(err, YW_EINVAL, "%s", alarm.msg[0] != '\0' ? alarm.msg : "it gives nothing new");
}

/* --- Key changes (T5) --- */

/* Fed before its proof is looked at: the head that it leads to is signed by the keys that a change gives.  *alarm: why it has no
 * effect. */
static enum yw_code
feed_shown(struct yw_trust *t, const struct yw_origin *origin, const struct yw_entry_proof *p, enum yw_trust_kind kind,
    struct yw_error *alarm, struct yw_error *err)
{
	struct yw_entry e;
	enum yw_code code = yw_entry_read(origin->text, p->envelope, &e, err);

	if (code != YW_OK)
		return code;
	code = yw_entry_verify(&e, err);
	if (code == YW_OK && (e.standing != YW_STANDING_APPLIED || e.trust_kind != kind))
		code = yw_fail(err, YW_EFORMAT, "it is no %s", kind == YW_TRUST_KEY_CHANGE ? "key change" : "delegation");
	if (code == YW_OK && yw_trust_add(t, origin, p->index, &e, alarm) != YW_OK)
		code = yw_fail(err, YW_ENOMEM, "no memory for the keys of a log");
	yw_entry_release(&e);
	return code;
}

static enum yw_code
check_order(const struct yw_entry_proof *p, size_t n, size_t max, const struct yw_origin *origin, struct yw_error *err)
{
	if (n > max && !YW_FAULT("chain-key-sets"))
		return yw_fail(err, YW_ELIMIT, "more than %zu entries with keys of %s", max, origin->text);
	for (size_t i = 1; i < n; i++)
		if (p[i].index <= p[i - 1].index && !YW_FAULT("changes-unordered"))
			return yw_fail(err, YW_EFORMAT, "its entries with keys are not in order");
	return YW_OK;
}

static enum yw_code
feed_changes(struct yw_trust *t, const struct yw_origin *origin, const struct yw_entry_proof *c, size_t n,
    struct yw_error *err)
{
	struct yw_error alarm = { 0 };
	enum yw_code code = check_order(c, n, YW_KEY_SETS_MAX - 1, origin, err);

	for (size_t i = 0; code == YW_OK && i < n; i++) {
		code = feed_shown(t, origin, &c[i], YW_TRUST_KEY_CHANGE, &alarm, err);
		if (code == YW_OK && alarm.msg[0] != '\0')
			code = yw_fail(err, YW_EINVAL, "%s", alarm.msg);
	}
	return code;
}

static enum yw_code
feed_admitted(struct yw_trust *t, const struct yw_origin *origin, const struct yw_entry_proof *d, size_t n, struct yw_error *err)
{
	struct yw_error alarm;
	enum yw_code code = check_order(d, n, YW_ADMITTED_MAX, origin, err);

	for (size_t i = 0; code == YW_OK && i < n; i++)
		code = feed_shown(t, origin, &d[i], YW_TRUST_DELEGATION, &alarm, err);
	return code;
}

static enum yw_code
prove_shown(const struct yw_generation *g, const struct yw_entry_proof *c, size_t n, const struct yw_checkpoint *head,
    struct yw_error *err)
{
	enum yw_code code = YW_OK;

	for (size_t i = 0; code == YW_OK && i < n; i++) {
		struct yw_entry e;

		code = yw_proven_entry(g, c[i].envelope, c[i].index, &c[i].path, head, NULL, &e, err);
		if (code == YW_OK)
			yw_entry_release(&e);
	}
	return code;
}

/* All of one log, in order, and each of them with effect. */
static enum yw_code
take_changes(struct yw_trust *t, const struct yw_origin *origin, Yiwang__V1__Chain__KeyChangeProof *const *m, size_t n,
    struct yw_bytes beat, struct yw_error *err)
{
	struct yw_entry_proof c[YW_KEY_SETS_MAX];
	const struct yw_generation *g;
	struct yw_checkpoint head;
	size_t before = yw_trust_origin(t, origin->text)->n_spans;
	enum yw_code code = YW_OK;

	if (n == 0)
		return beat.len == 0 ? YW_OK : yw_fail(err, YW_EINVAL, "there is a beat for key changes of %s, and none of these",
		    origin->text);
	for (size_t i = 0; code == YW_OK && i < n && i < YW_KEY_SETS_MAX; i++) {
		c[i].envelope = bytes_of(&m[i]->envelope);
		c[i].index = m[i]->index;
		code = take_path(m[i]->inclusion, m[i]->n_inclusion, &c[i].path, err);
	}
	if (code == YW_OK)
		code = feed_changes(t, origin, c, n, err);
	if (code == YW_OK)
		code = take_beat(t, beat, &g, &head, err);
	if (code == YW_OK && (strcmp(g->origin.text, origin->text) != 0 || g->n_spans != before + n))
		code = yw_fail(err, YW_EINVAL, "its key changes have no effect, or their beat is of another log");
	if (code == YW_OK)
		code = prove_shown(g, c, n, &head, err);
	if (code != YW_OK)
		yw_fail_context(err, "key changes of %s", origin->text);
	return code;
}

/* The head is judged by the keys that the changes gave. */
static enum yw_code
check_led_to(const struct yw_generation *g, const struct yw_generation *before, const struct yw_shown_keys *k, struct yw_error *err)
{
	const struct yw_key_set_public *newest;
	struct yw_checkpoint head;
	enum yw_code code;

	if (g == NULL || g->n_spans != before->n_spans + k->n_changes)
		return yw_fail(err, YW_EINVAL, "they have no effect here");
	newest = yw_generation_newest_keys(g);
	code = yw_head_check(k->head, &newest->head, &head, err);
	if (code == YW_OK && (strcmp(head.origin, g->origin.text) != 0 || yw_generation_head_keys(g, head.size) != newest))
		code = yw_fail(err, YW_EFORMAT, "their head does not stand behind them");
	if (code == YW_OK)
		code = prove_shown(g, k->changes, k->n_changes, &head, err);
	return code == YW_OK ? prove_shown(g, k->admitted, k->n_admitted, &head, err) : code;
}

/* t as if nobody had closed g, and without what it was fed of that log from `from` on. */
static enum yw_code
think_away(const struct yw_trust *t, const struct yw_generation *g, uint64_t from, struct yw_trust **out)
{
	enum yw_code code = yw_trust_copy(t, out, NULL);

	if (code != YW_OK || (from == UINT64_MAX && g->open))
		return code;
	if (!g->open)
		(*out)->unclosed = g->origin;
	yw_fed_cut(yw_trust_fed(*out, g->origin.text), from);
	code = yw_trust_recompute(*out);
	if (code != YW_OK) {
		yw_trust_free(*out);
		*out = NULL;
	}
	return code;
}

/* Its receipts may count, and t knows nothing of it. */
static bool
is_admitted(const struct yw_trust *t, const struct yw_generation *log, const struct yw_generation *g)
{
	return g->open && yw_trust_receipt_kept(t, log, &g->code) && !yw_trust_has(t, g);
}

/* What `then` says of the log, to be freed at once: with those that t, in which it is closed, does not know. */
static enum yw_code
take_out(const struct yw_trust *t, const struct yw_generation *g, const struct yw_trust *then, struct yw_generation **out)
{
	const struct yw_generation *open = yw_trust_origin(then, g->origin.text);
	size_t n = 0;

	for (size_t i = 0; !g->open && i < then->n_generations; i++)
		n += is_admitted(t, open, &then->generations[i]);
	*out = malloc((1 + n) * sizeof **out);
	if (*out == NULL)
		return YW_ENOMEM;
	**out = *open;
	(*out)->admitted = *out + 1;
	for (size_t i = 0; n != 0 && i < then->n_generations; i++)
		if (is_admitted(t, open, &then->generations[i])) {
			struct yw_generation *a = *out + 1 + (*out)->n_admitted++;

			*a = then->generations[i];
			a->name = "";	/* it goes with `then` */
		}
	return YW_OK;
}

enum yw_code
yw_shown_keys_check(const struct yw_trust *t, const struct yw_generation *g, uint64_t from, const struct yw_shown_keys *k,
    struct yw_generation **out, struct yw_error *err)
{
	const struct yw_generation *left;
	struct yw_generation before;
	struct yw_trust *then;
	enum yw_code code;

	if (think_away(t, g, from, &then) != YW_OK)
		return yw_fail(err, YW_ENOMEM, "no memory for the keys of %s", g->origin.text);
	left = yw_trust_origin(then, g->origin.text);
	code = left != NULL ? YW_OK : yw_fail(err, YW_EINVAL, "nobody has admitted %s", g->origin.text);
	if (code == YW_OK) {
		before = *left;
		code = feed_changes(then, &before.origin, k->changes, k->n_changes, err);
	}
	if (code == YW_OK)
		code = feed_admitted(then, &before.origin, k->admitted, k->n_admitted, err);
	if (code == YW_OK)
		code = check_led_to(yw_trust_origin(then, before.origin.text), &before, k, err);
	if (code == YW_OK && take_out(t, g, then, out) != YW_OK)
		code = yw_fail(err, YW_ENOMEM, "no memory for the keys of a log");
	yw_trust_free(then);
	if (code != YW_OK)
		yw_fail_context(err, "keys of %s", g->origin.text);
	return code;
}

/* --- Behind an end (T7) --- */

static bool
says_keys(const struct statement *s)
{
	return s->kind == YW_TRUST_KEY_CHANGE || s->kind == YW_TRUST_DELEGATION;
}

enum yw_code
yw_trust_beyond(const struct yw_trust *t, const struct yw_generation *g, struct yw_generation **out)
{
	const struct fed_log *log = yw_trust_fed(t, g->origin.text);
	struct yw_trust *then;
	bool any = false;
	enum yw_code code;

	*out = NULL;
	for (size_t i = log != NULL ? log->n : 0; !any && i-- > 0 && log->s[i].index >= g->end.size;)
		any = says_keys(&log->s[i]);
	if (!any)
		return YW_OK;
	code = think_away(t, g, UINT64_MAX, &then);
	if (code != YW_OK)
		return code;
	code = take_out(t, g, then, out);
	yw_trust_free(then);
	return code;
}

size_t
yw_trust_admits(const struct yw_trust *t, const struct yw_generation *g, uint64_t from, uint64_t to,
    uint64_t out[static YW_ADMITTED_MAX])
{
	const struct fed_log *log = yw_trust_fed(t, g->origin.text);
	size_t n = 0;

	for (size_t i = 0; log != NULL && i < log->n && n < YW_ADMITTED_MAX; i++) {
		const struct statement *s = &log->s[i];

		if (s->index >= from && s->index < to && s->kind == YW_TRUST_DELEGATION &&
		    yw_trust_receipt_kept(t, g, &s->said->request.code))
			out[n++] = s->index;
	}
	return n;
}

/* --- Links --- */

enum yw_code
yw_chain_first(const struct yw_trust *t, struct yw_bytes beat, struct yw_origin *out, struct yw_error *err)
{
	const struct yw_generation *g = yw_trust_open(t, yw_trust_first(t));
	struct yw_checkpoint head;
	struct yw_note note;
	enum yw_code result = YW_OK;

	if (beat.len != 0) {
		result = yw_note_parse(beat, &note, err);
		if (result != YW_OK)
			return result;
		result = yw_checkpoint_parse(note.text, &head, err);
		yw_note_release(&note);
		if (result != YW_OK)
			return result;
		g = yw_trust_origin(t, head.origin);
	}
	if (g == NULL || g->issuer.code[0] != '\0')
		return yw_fail(err, YW_EINVAL, "it does not start at the first node");
	*out = g->origin;
	return YW_OK;
}

static enum yw_code
take_delegation(struct yw_trust *t, const Yiwang__V1__Chain__Link *m, const char *issuer, struct yw_generation *out,
    struct yw_error *err)
{
	const struct yw_generation *g = NULL;
	struct yw_checkpoint head;
	struct yw_origin origin;
	struct yw_proof path;
	struct yw_entry e;
	enum yw_code code;

	code = take_beat(t, bytes_of(&m->beat), &g, &head, err);
	if (code == YW_OK && issuer != NULL && strcmp(issuer, g->origin.text) != 0 && !YW_FAULT("chain-any-issuer"))
		code = yw_fail(err, YW_EINVAL, "it is in the log of %s", g->code.code);
	if (code == YW_OK)
		code = take_path(m->inclusion, m->n_inclusion, &path, err);
	if (code == YW_OK)
		code = yw_proven_entry(g, bytes_of(&m->delegation), m->index, &path, &head, NULL, &e, err);
	if (code != YW_OK)
		return code;
	origin = g->origin;
	code = feed(t, &origin, m->index, &e, out, err);
	yw_entry_release(&e);
	return code;
}

enum yw_code
yw_link_take(struct yw_trust *t, const Yiwang__V1__Chain__Link *m, const char *issuer, struct yw_generation *out,
    struct yw_error *err)
{
	struct yw_origin origin;
	enum yw_code code = YW_OK;

	if (m->delegation.len != 0)
		code = take_delegation(t, m, issuer, out, err);
	else if (issuer != NULL || m->index != 0 || m->n_inclusion + m->beat.len != 0 || m->n_key_changes == 0)
		code = yw_fail(err, YW_EINVAL, "it holds no delegation");
	else
		code = yw_chain_first(t, bytes_of(&m->key_change_beat), &origin, err);
	if (code != YW_OK)
		return code;
	if (m->delegation.len != 0)
		origin = out->origin;
	code = take_changes(t, &origin, m->key_changes, m->n_key_changes, bytes_of(&m->key_change_beat), err);
	if (code == YW_OK)
		*out = *yw_trust_origin(t, origin.text);
	return code;
}

/* --- Chains --- */

/* Is it made over a network file that we hold? */
static enum yw_code
check_network(const struct yw_trust *by, const Yiwang__V1__Chain *m, struct yw_error *err)
{
	uint64_t newest = yw_trust_network(by)->version, oldest = yw_trust_network_at(by, 0)->version;
	const struct yw_network *n;

	if (m->network_version > newest || m->network_version < oldest)
		return yw_fail(err, m->network_version > newest ? YW_ENOENT : YW_EINVAL, "network versions %llu to %llu are needed",
		    (unsigned long long)(m->network_version < oldest ? m->network_version : newest),
		    (unsigned long long)(m->network_version < oldest ? oldest : m->network_version));
	n = yw_trust_network_at(by, (size_t)(m->network_version - oldest));
	if (!yw_bytes_equal(bytes_of(&m->network_sha256), (struct yw_bytes) { n->text_sha256.b, YW_HASH_BYTES }) &&
	    !YW_FAULT("chain-any-file"))
		return yw_fail(err, YW_EINVAL, "it starts from another network file of version %llu",
		    (unsigned long long)n->version);
	if (m->n_links > YW_CHAIN_LINKS_MAX && !YW_FAULT("chain-links"))
		return yw_fail(err, YW_ELIMIT, "it has more than %d links", YW_CHAIN_LINKS_MAX);
	return YW_OK;
}

static void
step(struct yw_chain_end *end, const struct yw_generation *g)
{
	end->code = g->code;
	end->origin = g->origin;
	end->generation = g->generation;
	end->recovery = g->recovery;
	end->keys = *yw_generation_newest_keys(g);
	end->via[end->n_via++] = g->code;
}

static enum yw_code
walk(struct yw_trust *t, const Yiwang__V1__Chain *m, struct yw_chain_end *end, struct yw_error *err)
{
	struct yw_bytes beat = m->root_beat.len == 0 && m->n_links != 0 ? bytes_of(&m->links[0]->beat) :
	    bytes_of(&m->root_beat);
	struct yw_generation g;
	struct yw_origin first;
	enum yw_code code = yw_chain_first(t, beat, &first, err);

	if (code == YW_OK)
		code = take_changes(t, &first, m->root_key_changes, m->n_root_key_changes, bytes_of(&m->root_beat), err);
	if (code != YW_OK)
		return code;
	step(end, yw_trust_origin(t, first.text));
	for (size_t i = 0; i < m->n_links; i++) {
		code = m->links[i]->delegation.len == 0 ? yw_fail(err, YW_EINVAL, "it holds no delegation") :
		    yw_link_take(t, m->links[i], end->origin.text, &g, err);
		if (code != YW_OK) {
			yw_fail_context(err, "link %zu, below %s", i + 1, end->code.code);
			return code;
		}
		step(end, &g);
	}
	return YW_OK;
}

enum yw_code
yw_chain_check(const struct yw_trust *by, struct yw_bytes chain, struct yw_chain_end *out, struct yw_error *err)
{
	struct yw_chain_end end = { .n_via = 0 };
	Yiwang__V1__Chain *m = NULL;
	struct yw_trust *t = NULL;
	enum yw_code code;

	if (chain.len > YW_CHAIN_MAX && !YW_FAULT("chain-bytes"))
		return yw_fail(err, YW_ELIMIT, "a chain has more than %u bytes", YW_CHAIN_MAX);
	code = yw_decode(&yiwang__v1__chain__descriptor, chain, &m, err);
	if (code == YW_OK)
		code = check_network(by, m, err);
	if (code == YW_OK)
		code = yw_trust_new_partial(by, &t, err);
	if (code == YW_OK)
		code = walk(t, m, &end, err);
	yw_decode_free(m);
	yw_trust_free(t);
	if (code != YW_OK) {
		yw_fail_context(err, "a chain");
		return code;
	}
	*out = end;
	return YW_OK;
}
