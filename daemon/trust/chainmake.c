/*
 * chainmake.c - chains made from logs that are held (T16), and beats with fewer lines.
 */
#include "trust/chain_int.h"

#include <stdlib.h>

#include "record/wire.h"
#include "trust/fields.h"
#include "trust/trust_int.h"

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

/* The earliest receipt of a generation of a code (0: the newest that is open), by whichever of its key sets. */
static const struct yw_note_sig *
find_receipt(const struct yw_trust *t, const struct yw_note *n, const struct yw_jurisdiction *code, uint32_t generation)
{
	const struct yw_generation *g = generation == 0 ? yw_trust_open(t, code) : yw_trust_find(t, code, generation);
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
    const struct yw_jurisdiction *receipts, const uint32_t *generations, size_t n, struct kept *out, struct yw_error *err)
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
		out->lines[out->n] = find_receipt(t, note, &receipts[i], generations[i]);
		out->n += out->lines[out->n] != NULL;
	}
	return YW_OK;
}

enum yw_code
yw_beat_strip(const struct yw_trust *t, const struct yw_generation *g, struct yw_bytes beat,
    const struct yw_jurisdiction *receipts, const uint32_t *generations, size_t n, struct yw_buf *out, struct yw_error *err)
{
	struct kept kept = { .n = 0 };
	struct yw_note note;
	enum yw_code code;

	code = yw_note_parse(beat, &note, err);
	if (code != YW_OK)
		return code;
	code = choose_lines(t, g, &note, receipts, generations, n, &kept, err);
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

struct made_changes {			/* the key changes of one log, for packing */
	Yiwang__V1__Chain__KeyChangeProof m[YW_KEY_SETS_MAX], *list[YW_KEY_SETS_MAX];
	ProtobufCBinaryData hashes[YW_KEY_SETS_MAX][YW_PROOF_MAX];
	struct yw_proof paths[YW_KEY_SETS_MAX];
	struct yw_buf envelopes[YW_KEY_SETS_MAX];
	size_t n;
	struct yw_buf beat;
};

static void
release_changes(struct made_changes *c)
{
	for (size_t i = 0; c != NULL && i < YW_KEY_SETS_MAX; i++)
		yw_buf_release(&c->envelopes[i]);
	if (c != NULL)
		yw_buf_release(&c->beat);
	free(c);
}

static enum yw_code
make_change(const struct yw_generation *g, size_t span, uint64_t size, const struct yw_log_reader *r,
    struct made_changes *c, struct yw_error *err)
{
	uint64_t index = g->spans[span].from - 1;
	size_t i = c->n++;
	enum yw_code code;

	code = r->entry(r->arg, g->origin.text, index, &c->envelopes[i], err);
	if (code == YW_OK)
		code = r->inclusion(r->arg, g->origin.text, index, size, &c->paths[i], err);
	if (code != YW_OK)
		return code;
	for (size_t j = 0; j < c->paths[i].n; j++)
		c->hashes[i][j] = field_of(c->paths[i].h[j].b, YW_HASH_BYTES);
	yiwang__v1__chain__key_change_proof__init(&c->m[i]);
	c->m[i].envelope = field_of_bytes(yw_buf_bytes(&c->envelopes[i]));
	c->m[i].index = index;
	c->m[i].n_inclusion = c->paths[i].n;
	c->m[i].inclusion = c->hashes[i];
	c->list[i] = &c->m[i];
	return YW_OK;
}

/* All key changes of g, proven into one beat that stands behind the last. */
static enum yw_code
make_changes(const struct yw_trust *t, const struct yw_generation *g, const struct yw_log_reader *r,
    struct made_changes **out, struct yw_error *err)
{
	struct made_changes *c = calloc(1, sizeof *c);
	struct yw_buf beat = YW_BUF_INIT;
	struct yw_checkpoint head;
	enum yw_code code = YW_OK;

	if (c == NULL)
		return yw_fail(err, YW_ENOMEM, "no memory for a chain");
	if (g->n_spans > 1)
		code = r->beat(r->arg, g->origin.text, g->spans[g->n_spans - 1].from + 1, &beat, &head, err);
	for (size_t i = 1; code == YW_OK && i < g->n_spans; i++)
		code = make_change(g, i, head.size, r, c, err);
	if (code == YW_OK && g->n_spans > 1)
		code = yw_beat_strip(t, g, yw_buf_bytes(&beat), NULL, NULL, 0, &c->beat, err);
	yw_buf_release(&beat);
	if (code == YW_OK)
		*out = c;
	else
		release_changes(c);
	return code;
}

struct made_link {			/* the delegation, and what it leads from */
	struct yw_buf envelope, beat;
	uint64_t index;
	struct yw_proof path;
};

static enum yw_code
pack_link(struct made_link *l, struct made_changes *c, struct yw_buf *out, struct yw_error *err)
{
	Yiwang__V1__Chain__Link m = YIWANG__V1__CHAIN__LINK__INIT;
	ProtobufCBinaryData hashes[YW_PROOF_MAX];

	for (size_t i = 0; i < l->path.n; i++)
		hashes[i] = field_of(l->path.h[i].b, YW_HASH_BYTES);
	m.delegation = field_of_bytes(yw_buf_bytes(&l->envelope));
	m.index = l->index;
	m.n_inclusion = l->path.n;
	m.inclusion = hashes;
	m.beat = field_of_bytes(yw_buf_bytes(&l->beat));
	m.n_key_changes = c->n;
	m.key_changes = c->list;
	m.key_change_beat = field_of_bytes(yw_buf_bytes(&c->beat));
	return yw_wire_pack(&m.base, out, err);
}

static enum yw_code
make_delegation(const struct yw_trust *t, const struct yw_generation *g, const struct yw_log_reader *r,
    struct made_link *l, struct yw_error *err)
{
	const struct yw_generation *issuer = yw_trust_origin(t, g->delegation.origin.text);
	struct yw_buf beat = YW_BUF_INIT;
	struct yw_checkpoint head;
	enum yw_code code;

	if (issuer == NULL)
		return yw_fail(err, YW_EINVAL, "the issuer of %s is not known", g->code.code);
	l->index = g->delegation.index;
	code = r->entry(r->arg, issuer->origin.text, l->index, &l->envelope, err);
	if (code == YW_OK)
		code = r->beat(r->arg, issuer->origin.text, l->index + 1, &beat, &head, err);
	if (code == YW_OK)
		code = r->inclusion(r->arg, issuer->origin.text, l->index, head.size, &l->path, err);
	if (code == YW_OK)
		code = yw_beat_strip(t, issuer, yw_buf_bytes(&beat), NULL, NULL, 0, &l->beat, err);
	yw_buf_release(&beat);
	return code;
}

enum yw_code
yw_link_make(const struct yw_trust *t, const struct yw_generation *g, const struct yw_log_reader *r,
    struct yw_buf *out, struct yw_error *err)
{
	struct made_link l = { .index = 0 };
	struct made_changes *c = NULL;
	enum yw_code code = make_changes(t, g, r, &c, err);

	if (code == YW_OK && g->delegation.origin.text[0] != '\0')
		code = make_delegation(t, g, r, &l, err);
	if (code == YW_OK)
		code = pack_link(&l, c, out, err);
	release_changes(c);
	yw_buf_release(&l.envelope);
	yw_buf_release(&l.beat);
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

/* The first node has no link above it: its key changes stand beside the links. */
static enum yw_code
add_root_changes(const struct yw_trust *t, const struct yw_generation *first, const struct yw_log_reader *r,
    struct yw_buf *out, struct yw_error *err)
{
	struct yw_buf one = YW_BUF_INIT;
	struct made_changes *c = NULL;
	enum yw_code code = make_changes(t, first, r, &c, err);

	for (size_t i = 0; code == YW_OK && i < c->n; i++) {
		yw_buf_clear(&one);
		code = yw_wire_pack(&c->m[i].base, &one, err);
		yw_wire_add_bytes(out, 4, yw_buf_bytes(&one));
	}
	if (code == YW_OK && c->n != 0)
		yw_wire_add_bytes(out, 5, yw_buf_bytes(&c->beat));
	release_changes(c);
	yw_buf_release(&one);
	return code;
}

static enum yw_code
make_chain(const struct yw_trust *t, const struct yw_generation *g, const struct yw_log_reader *r, struct yw_buf *made,
    struct yw_error *err)
{
	const struct yw_generation *path[YW_CHAIN_LINKS_MAX] = { NULL }, *first = g;
	const struct yw_network *network = yw_trust_network(t);
	struct yw_hash sha256 = network->text_sha256;
	struct yw_buf link = YW_BUF_INIT;
	size_t n = 0;
	enum yw_code code = path_to(t, g, path, &n, err);

	yw_wire_add_number(made, 1, network->version);
	yw_wire_add_bytes(made, 2, (struct yw_bytes) { sha256.b, sizeof sha256.b });
	for (size_t i = 0; code == YW_OK && i < n; i++) {
		yw_buf_clear(&link);
		code = yw_link_make(t, path[i], r, &link, err);
		yw_wire_add_bytes(made, 3, yw_buf_bytes(&link));
	}
	yw_buf_release(&link);
	if (code != YW_OK)
		return code;
	if (n != 0)		/* its link was made, so its issuer is known */
		first = yw_trust_origin(t, path[0]->delegation.origin.text);
	return add_root_changes(t, first, r, made, err);
}

enum yw_code
yw_chain_make(const struct yw_trust *t, const struct yw_generation *g, const struct yw_log_reader *r,
    struct yw_buf *out, struct yw_error *err)
{
	struct yw_buf made = YW_BUF_INIT;
	enum yw_code code;

	made.limit = YW_CHAIN_MAX;
	code = make_chain(t, g, r, &made, err);
	if (code == YW_OK)
		code = yw_buf_check(&made, err);
	if (code == YW_OK) {
		yw_buf_add(out, made.data, made.len);
		code = yw_buf_check(out, err);
	}
	yw_buf_release(&made);
	return code;
}
