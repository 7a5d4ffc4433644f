/*
 * chain.c - from the network file down to one key set (T16).
 *
 * What is checked is fed to a registry of its own, which starts from the network file alone: so T2 and
 * T3 judge a chain by the same code as they judge logs.
 */
#include "trust/chain_int.h"

#include <stdlib.h>

#include "record/wire.h"
#include "trust/fields.h"
#include "trust/trust_int.h"

#define LINES_MAX (2 + YW_CHAIN_RECEIPTS_MAX)	/* of a link's beat: head, owner, receipts */

/* --- Beats with fewer lines --------------------------------------------------------------------- */

static uint64_t
time_of(const struct yw_note_sig *s)
{
	return s->len >= 8 && s->len <= sizeof s->data ? yw_get_be64(s->data) : 0;
}

/* The line of this key with the smallest time, or the largest. */
static const struct yw_note_sig *
find_line(const struct yw_note *n, const struct yw_vkey *key, bool newest)
{
	const struct yw_note_sig *found = NULL;

	for (size_t i = 0; i < n->n_sigs; i++) {
		const struct yw_note_sig *s = &n->sigs[i];

		if (s->id != key->id || !yw_bytes_equal(s->name, yw_bytes_str(key->name)))
			continue;
		if (found == NULL || (newest ? time_of(s) > time_of(found) : time_of(s) < time_of(found)))
			found = s;
	}
	return found;
}

/* The earliest receipt of a code, by whichever of its key sets. */
static const struct yw_note_sig *
find_receipt(const struct yw_trust *t, const struct yw_note *n, const struct yw_jurisdiction *code)
{
	const struct yw_generation *g = yw_trust_open(t, code);
	const struct yw_note_sig *found = NULL, *s;
	struct yw_vkey key;

	for (size_t i = 0; g != NULL && i < g->n_spans; i++) {
		if (yw_cosign_vkey(yw_trust_network(t)->name, code, &g->spans[i].keys.cosign, &key) != YW_OK)
			continue;
		s = find_line(n, &key, false);
		if (s != NULL && (found == NULL || time_of(s) < time_of(found)))
			found = s;
	}
	return found;
}

struct kept {
	const struct yw_note_sig *lines[2 + YW_NOTE_SIGNATURES_MAX];
	size_t n;
};

static enum yw_code
choose_lines(const struct yw_trust *t, const struct yw_generation *g, const struct yw_note *note,
    const struct yw_jurisdiction *receipts, size_t n, struct kept *out, struct yw_error *err)
{
	const struct yw_key_set_public *keys;
	struct yw_vkey head, cosign;
	struct yw_checkpoint c;
	enum yw_code code;

	code = yw_checkpoint_parse(note->text, &c, err);
	if (code != YW_OK)
		return code;
	keys = yw_generation_head_keys(g, c.size);
	if (yw_vkey_make(g->origin.text, YW_NOTE_ED25519, &keys->head, &head) != YW_OK ||
	    yw_cosign_vkey(yw_trust_network(t)->name, &g->code, &keys->cosign, &cosign) != YW_OK)
		return yw_fail(err, YW_EINVAL, "'%s' has no name for keys", g->origin.text);
	out->lines[0] = find_line(note, &head, false);
	out->lines[1] = find_line(note, &cosign, true);
	if (out->lines[0] == NULL || out->lines[1] == NULL)
		return yw_fail(err, YW_ENOENT, "a beat of '%s' lacks a line of its owner", g->origin.text);
	out->n = 2;
	for (size_t i = 0; i < n && i < YW_NOTE_SIGNATURES_MAX; i++) {
		if (yw_jurisdiction_equal(&receipts[i], &g->code))
			continue;		/* its own line is there already */
		out->lines[out->n] = find_receipt(t, note, &receipts[i]);
		out->n += out->lines[out->n] != NULL;
	}
	return YW_OK;
}

enum yw_code
yw_beat_strip(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes beat,
    const struct yw_jurisdiction *receipts, size_t n, struct yw_buf *out, struct yw_error *err)
{
	struct kept kept = { .n = 0 };
	struct yw_note note;
	enum yw_code code;

	code = yw_note_parse(beat, &note, err);
	if (code != YW_OK)
		return code;
	code = choose_lines(t, g, &note, receipts, n, &kept, err);
	if (code == YW_OK) {
		yw_buf_add(out, note.text.data, note.text.len);
		yw_buf_add_byte(out, '\n');
		for (size_t i = 0; i < kept.n; i++)
			yw_buf_add(out, kept.lines[i]->line.data, kept.lines[i]->line.len);
		code = yw_buf_check(out, err);
	}
	yw_note_release(&note);
	return code;
}

/* --- Making ------------------------------------------------------------------------------------- */

static enum yw_code
pack_link(struct yw_buf *envelope, uint64_t index, struct yw_proof *path, struct yw_buf *beat, struct yw_buf *out,
    struct yw_error *err)
{
	Yiwang__V1__Chain__Link m = YIWANG__V1__CHAIN__LINK__INIT;
	ProtobufCBinaryData hashes[YW_PROOF_MAX];

	for (size_t i = 0; i < path->n; i++)
		hashes[i] = field_of(path->h[i].b, YW_HASH_BYTES);
	m.delegation = field_of_bytes(yw_buf_bytes(envelope));
	m.index = index;
	m.n_inclusion = path->n;
	m.inclusion = hashes;
	m.beat = field_of_bytes(yw_buf_bytes(beat));
	return yw_wire_pack(&m.base, out, err);
}

enum yw_code
yw_link_make(const struct yw_trust *t, const struct yw_generation *g, const struct yw_log_reader *r,
    struct yw_buf *out, struct yw_error *err)
{
	const struct yw_generation *issuer = yw_trust_origin(t, g->delegation.origin.text);
	struct yw_buf envelope = YW_BUF_INIT, beat = YW_BUF_INIT, stripped = YW_BUF_INIT;
	uint64_t index = g->delegation.index;
	struct yw_checkpoint head;
	struct yw_proof path;
	enum yw_code code;

	if (issuer == NULL)
		return yw_fail(err, YW_EINVAL, "the issuer of %s is not known", g->code.code);
	code = r->entry(r->arg, issuer->origin.text, index, &envelope, err);
	if (code == YW_OK)
		code = r->beat(r->arg, issuer->origin.text, index + 1, &beat, &head, err);
	if (code == YW_OK)
		code = r->inclusion(r->arg, issuer->origin.text, index, head.size, &path, err);
	if (code == YW_OK)
		code = yw_beat_strip(t, issuer, yw_buf_bytes(&beat), NULL, 0, &stripped, err);
	if (code == YW_OK)
		code = pack_link(&envelope, index, &path, &stripped, out, err);
	yw_buf_release(&envelope);
	yw_buf_release(&beat);
	yw_buf_release(&stripped);
	return code;
}

/* The generations from below the first node down to g; 0 for the first node itself. */
static enum yw_code
path_to(const struct yw_trust *t, const struct yw_generation *g,
    const struct yw_generation *path[static YW_CHAIN_LINKS_MAX], size_t *n, struct yw_error *err)
{
	const struct yw_generation *up[YW_CHAIN_LINKS_MAX];

	*n = 0;
	while (g != NULL && g->delegation.origin.text[0] != '\0') {
		if (*n == YW_CHAIN_LINKS_MAX)
			return yw_fail(err, YW_ELIMIT, "a chain would have more than %d links", YW_CHAIN_LINKS_MAX);
		up[(*n)++] = g;
		g = yw_trust_origin(t, g->delegation.origin.text);
	}
	for (size_t i = 0; i < *n; i++)
		path[i] = up[*n - 1 - i];
	return YW_OK;
}

enum yw_code
yw_chain_make(const struct yw_trust *t, const struct yw_generation *g, const struct yw_log_reader *r,
    struct yw_buf *out, struct yw_error *err)
{
	const struct yw_generation *path[YW_CHAIN_LINKS_MAX];
	const struct yw_network *network = yw_trust_network(t);
	struct yw_buf made = YW_BUF_INIT, link = YW_BUF_INIT;
	struct yw_hash sha256 = network->text_sha256;
	size_t n = 0;
	enum yw_code code;

	made.limit = YW_CHAIN_MAX;
	code = path_to(t, g, path, &n, err);
	yw_wire_add_number(&made, 1, network->version);
	yw_wire_add_bytes(&made, 2, (struct yw_bytes) { sha256.b, sizeof sha256.b });
	for (size_t i = 0; code == YW_OK && i < n; i++) {
		yw_buf_clear(&link);
		code = yw_link_make(t, path[i], r, &link, err);
		yw_wire_add_bytes(&made, 3, yw_buf_bytes(&link));
	}
	if (code == YW_OK)
		code = yw_buf_check(&made, err);
	if (code == YW_OK) {
		yw_buf_add(out, made.data, made.len);
		code = yw_buf_check(out, err);
	}
	yw_buf_release(&made);
	yw_buf_release(&link);
	return code;
}

/* --- Checking ----------------------------------------------------------------------------------- */

enum yw_code
yw_proven_entry(const struct yw_generation *g, struct yw_bytes envelope, uint64_t index, const struct yw_proof *path,
    const struct yw_checkpoint *head, struct yw_entry *out, struct yw_error *err)
{
	struct yw_entry e;
	struct yw_hash leaf;
	enum yw_code code;

	yw_entry_leaf_hash(envelope, &leaf);
	if (index >= head->size || yw_check_inclusion(index, head->size, &leaf, path, &head->root) != YW_OK)
		return yw_fail(err, YW_ESIG, "entry %llu of %s is not in the head of size %llu",
		    (unsigned long long)index, g->origin.text, (unsigned long long)head->size);
	code = yw_entry_read(g->origin.text, envelope, &e, err);
	if (code != YW_OK)
		return code;
	code = yw_entry_verify(&e, err);
	if (code == YW_OK && !yw_pubkey_equal(&e.signer, &yw_generation_entry_keys(g, index)->entry))
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
take_path(const Yiwang__V1__Chain__Link *m, struct yw_proof *out, struct yw_error *err)
{
	if (m->n_inclusion > YW_PROOF_MAX)
		return yw_fail(err, YW_ELIMIT, "its proof has more than %d hashes", YW_PROOF_MAX);
	out->n = m->n_inclusion;
	for (size_t i = 0; i < out->n; i++) {
		if (m->inclusion[i].len != YW_HASH_BYTES)
			return yw_fail(err, YW_EFORMAT, "hash %zu of its proof is not 32 bytes", i + 1);
		memcpy(out->h[i].b, m->inclusion[i].data, YW_HASH_BYTES);
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
	if (code == YW_OK && note.n_sigs > LINES_MAX)
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

enum yw_code
yw_link_take(struct yw_trust *t, const Yiwang__V1__Chain__Link *m, const char *issuer, struct yw_generation *out,
    struct yw_error *err)
{
	const struct yw_generation *g = NULL;
	struct yw_checkpoint head;
	struct yw_origin origin;
	struct yw_proof path;
	struct yw_entry e;
	enum yw_code code;

	if (m->n_key_changes != 0 || m->key_change_beat.len != 0)
		return yw_fail(err, YW_EINVAL, "it holds key changes, which this version does not know");
	code = take_beat(t, bytes_of(&m->beat), &g, &head, err);
	if (code == YW_OK && issuer != NULL && strcmp(issuer, g->origin.text) != 0)
		code = yw_fail(err, YW_EINVAL, "it is in the log of %s", g->code.code);
	if (code == YW_OK)
		code = take_path(m, &path, err);
	if (code == YW_OK)
		code = yw_proven_entry(g, bytes_of(&m->delegation), m->index, &path, &head, &e, err);
	if (code != YW_OK)
		return code;
	origin = g->origin;
	code = feed(t, &origin, m->index, &e, out, err);
	yw_entry_release(&e);
	return code;
}

/* Is it made over our network file? */
static enum yw_code
check_network(const struct yw_network *n, const Yiwang__V1__Chain *m, struct yw_error *err)
{
	if (m->network_version != n->version)
		return yw_fail(err, YW_EINVAL, "network versions %llu to %llu are needed",
		    (unsigned long long)(m->network_version < n->version ? m->network_version : n->version),
		    (unsigned long long)(m->network_version < n->version ? n->version : m->network_version));
	if (!yw_bytes_equal(bytes_of(&m->network_sha256), (struct yw_bytes) { n->text_sha256.b, YW_HASH_BYTES }))
		return yw_fail(err, YW_EINVAL, "it starts from another network file of version %llu",
		    (unsigned long long)n->version);
	if (m->n_root_key_changes != 0 || m->root_beat.len != 0)
		return yw_fail(err, YW_EINVAL,
		    "it holds key changes of the first node, which this version does not know");
	if (m->n_links > YW_CHAIN_LINKS_MAX)
		return yw_fail(err, YW_ELIMIT, "it has more than %d links", YW_CHAIN_LINKS_MAX);
	return YW_OK;
}

static void
step(struct yw_chain_end *end, const struct yw_generation *g)
{
	end->code = g->code;
	end->origin = g->origin;
	end->generation = g->generation;
	end->keys = *yw_generation_newest_keys(g);
	end->via[end->n_via++] = g->code;
}

static enum yw_code
walk(struct yw_trust *t, const Yiwang__V1__Chain *m, struct yw_chain_end *end, struct yw_error *err)
{
	struct yw_generation g = *yw_trust_at(t, 0);	/* the first node: nothing else is known yet */
	enum yw_code code;

	step(end, &g);
	for (size_t i = 0; i < m->n_links; i++) {
		code = yw_link_take(t, m->links[i], end->origin.text, &g, err);
		if (code != YW_OK) {
			yw_fail_context(err, "link %zu, below %s", i + 1, end->code.code);
			return code;
		}
		step(end, &g);
	}
	return YW_OK;
}

enum yw_code
yw_chain_check(const struct yw_network *n, struct yw_bytes chain, struct yw_chain_end *out, struct yw_error *err)
{
	struct yw_chain_end end = { .n_via = 0 };
	Yiwang__V1__Chain *m = NULL;
	struct yw_trust *t = NULL;
	enum yw_code code;

	if (chain.len > YW_CHAIN_MAX)
		return yw_fail(err, YW_ELIMIT, "a chain has more than %u bytes", YW_CHAIN_MAX);
	code = yw_decode(&yiwang__v1__chain__descriptor, chain, &m, err);
	if (code == YW_OK)
		code = check_network(n, m, err);
	if (code == YW_OK)
		code = yw_trust_new(n, &t, err);
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
