/*
 * tnet.c - see tnet.h.
 */
#include "support/tnet.h"

#include "base/text.h"
#include "record/wire.h"
#include "support/testing.h"

#define LATER_MAX 32		/* later generations */

static struct yw_error err;

void
yw_tnet_seed(const char *label, struct yw_seed *out)
{
	const struct yw_bytes parts[] = { YW_BYTES_LIT("yiwang vector "), yw_bytes_str(label) };
	struct yw_hash h;

	yw_sha256_parts(parts, 2, &h);
	memcpy(out->b, h.b, sizeof out->b);
}

void
yw_tnet_keys(const char *label, struct yw_key_set *out)
{
	struct yw_seed seed;

	yw_tnet_seed(label, &seed);
	yw_key_set_derive(&seed, out);
}

void
yw_tnet_root_key(const char *label, struct yw_seckey *sec, struct yw_pubkey *pub)
{
	struct yw_seed seed;

	yw_tnet_seed(label, &seed);
	yw_seckey_from_seed(&seed, sec, pub);
}

static void
must(enum yw_code code, const char *what)
{
	YW_CHECK_MSG(code == YW_OK, "tnet: %s: %s", what, err.msg);
}

/* --- Founding ----------------------------------------------------------------------------------- */

void
yw_tnet_request(const struct yw_tnet *t, const char *code, const char *issuer, const char *label,
    struct yw_buf *out)
{
	struct yw_request r = { .network = t->network.hash, .generation = 1 };
	struct yw_key_set keys;

	yw_tnet_keys(label, &keys);
	must(yw_jurisdiction_parse(code, strlen(code), &r.code), "code");
	if (issuer[0] != '\0')
		must(yw_jurisdiction_parse(issuer, strlen(issuer), &r.issuer), "issuer");
	must(yw_request_make(&r, &keys, NULL, out, &err), "request");
}

static void
found(struct yw_tnet *t, const char *name, const char *policy_lines)
{
	struct yw_buf draft = YW_BUF_INIT, full = YW_BUF_INIT, file = YW_BUF_INIT;
	struct yw_tlog *first = &t->logs[0];
	struct yw_seckey root;
	struct yw_pubkey pub;
	struct yw_vkey v;

	yw_tnet_root_key("root", &root, &pub);
	must(yw_root_vkey(name, &pub, &v), "root key");
	must(yw_network_draft(name, 1, &v, 1, &draft, &err), "draft");
	must(yw_network_parse(yw_buf_bytes(&draft), NULL, &t->network, &err), "draft");
	yw_tnet_request(t, first->code.code, "", first->code.code, &first->request);
	yw_network_release(&t->network);
	must(yw_network_complete(yw_buf_bytes(&draft), yw_buf_bytes(&first->request), policy_lines, &full,
	    &err), "policy");
	must(yw_network_sign(NULL, yw_buf_bytes(&full), &root, &pub, &file, &err), "signature");
	must(yw_network_parse(yw_buf_bytes(&file), NULL, &t->network, &err), "network file");
	must(yw_network_verify(&t->network, &err), "network file");
	must(yw_trust_new(&t->network, &t->trust, &err), "trust");
	yw_buf_release(&draft);
	yw_buf_release(&full);
	yw_buf_release(&file);
}

static void
name_log(struct yw_tnet *t, size_t i, const char *code)
{
	struct yw_tlog *l = &t->logs[i];

	l->net = t;
	l->generation = 1;
	must(yw_jurisdiction_parse(code, strlen(code), &l->code), "code");
	yw_tnet_keys(code, &l->keys);
	for (size_t j = 0; j < i; j++)
		if (yw_jurisdiction_above(&t->logs[j].code, &l->code) &&
		    (l->issuer.code[0] == '\0' || yw_jurisdiction_above(&l->issuer, &t->logs[j].code)))
			l->issuer = t->logs[j].code;
}

/* Delegation and roster in the issuer's log, genesis in its own. */
static void
open_log(struct yw_tnet *t, struct yw_tlog *l)
{
	struct yw_buf trust = YW_BUF_INIT;
	const struct yw_generation *g;

	must(yw_origin_make(t->network.name, &l->code, 1, &l->origin), "origin");
	if (l != t->logs) {
		struct yw_tlog *issuer = yw_tnet_log(t, l->issuer.code);

		yw_tnet_request(t, l->code.code, l->issuer.code, l->code.code, &l->request);
		l->delegation = yw_tnet_add_delegation(issuer, yw_buf_bytes(&l->request));
		g = yw_tnet_generation(t, l->issuer.code);
		must(yw_trust_make_roster(t->trust, g, &trust, &err), "roster");
		yw_tnet_add_trust(issuer, yw_buf_bytes(&trust));
		yw_buf_clear(&trust);
	}
	g = yw_tnet_generation(t, l->code.code);
	must(yw_trust_make_genesis(t->trust, g, yw_buf_bytes(&l->request), &trust, &err), "genesis");
	yw_tnet_add_trust(l, yw_buf_bytes(&trust));
	yw_buf_release(&trust);
}

struct yw_tnet *
yw_tnet_new(const char *name, const char *const *codes, size_t n, const char *policy_lines)
{
	struct yw_tnet *t = calloc(1, sizeof *t);

	YW_CHECK(t != NULL);
	t->logs = calloc(n + LATER_MAX, sizeof *t->logs);
	YW_CHECK(t->logs != NULL);
	t->n_logs = n;
	for (size_t i = 0; i < n; i++)
		name_log(t, i, codes[i]);
	found(t, name, policy_lines);
	for (size_t i = 0; i < n; i++)
		open_log(t, &t->logs[i]);
	return t;
}

void
yw_tlog_release(struct yw_tlog *l)
{
	for (size_t i = 0; i < l->n; i++)
		yw_buf_release(&l->entries[i]);
	free(l->entries);
	free(l->leaves);
	yw_buf_release(&l->request);
	yw_buf_release(&l->beat);
}

void
yw_tnet_free(struct yw_tnet *t)
{
	for (size_t i = 0; i < t->n_logs; i++)
		yw_tlog_release(&t->logs[i]);
	free(t->logs);
	yw_trust_free(t->trust);
	yw_network_release(&t->network);
	free(t);
}

struct yw_tlog *
yw_tnet_log(struct yw_tnet *t, const char *code)
{
	for (size_t i = t->n_logs; i-- > 0; )
		if (strcmp(t->logs[i].code.code, code) == 0)
			return &t->logs[i];
	YW_CHECK_MSG(false, "tnet: there is no %s", code);
	return NULL;
}

const struct yw_generation *
yw_tnet_generation(struct yw_tnet *t, const char *code)
{
	const struct yw_generation *g = yw_trust_open(t->trust, &yw_tnet_log(t, code)->code);

	YW_CHECK_MSG(g != NULL, "tnet: %s is not delegated", code);
	return g;
}

/* --- Entries ------------------------------------------------------------------------------------ */

uint64_t
yw_tnet_add_envelope(struct yw_tlog *l, struct yw_bytes envelope)
{
	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 16 : l->cap * 2;
		l->entries = realloc(l->entries, l->cap * sizeof *l->entries);
		l->leaves = realloc(l->leaves, l->cap * sizeof *l->leaves);
		YW_CHECK(l->entries != NULL && l->leaves != NULL);
	}
	yw_buf_init(&l->entries[l->n]);
	yw_buf_add(&l->entries[l->n], envelope.data, envelope.len);
	yw_leaf_hash(envelope, &l->leaves[l->n]);
	return l->n++;
}

/* Appends an envelope and feeds it, if it is a trust entry. */
static uint64_t
add_sealed(struct yw_tlog *l, struct yw_bytes envelope)
{
	uint64_t index = yw_tnet_add_envelope(l, envelope);
	struct yw_entry e;

	must(yw_entry_read(l->origin.text, envelope, &e, &err), "entry");
	if (e.trust_kind != YW_TRUST_NONE)
		must(yw_trust_add(l->net->trust, &l->origin, index, &e, &l->net->alarm), "trust");
	yw_entry_release(&e);
	return index;
}

static uint64_t
add_draft_by(struct yw_tlog *l, const struct yw_key_set *by, struct yw_entry_draft *d)
{
	struct yw_buf envelope = YW_BUF_INIT;
	uint64_t index;

	d->origin = l->origin.text;
	d->signed_at_ms = YW_TNET_TIME_MS + (int64_t)l->n;
	d->audience = (struct yw_audience) { .cls = YW_CLASS_UNCONDITIONAL, .openness = YW_OPENNESS_INTERNAL };
	must(yw_entry_seal(d, &by->entry, &by->pub.entry, &envelope, &err), "entry");
	index = add_sealed(l, yw_buf_bytes(&envelope));
	yw_buf_release(&envelope);
	return index;
}

static uint64_t
add_draft(struct yw_tlog *l, struct yw_entry_draft *d)
{
	return add_draft_by(l, &l->keys, d);
}

/* Field by field: yw_entry_seal() makes only what this version applies. */
uint64_t
yw_tnet_add_future(struct yw_tlog *l)
{
	struct yw_buf trust = YW_BUF_INIT, payload = YW_BUF_INIT, inner = YW_BUF_INIT, envelope = YW_BUF_INIT;
	struct yw_sig sig;
	uint64_t index;

	yw_wire_add_bytes(&trust, 99, YW_BYTES_LIT("of the future"));
	yw_wire_add_bytes(&payload, 1, yw_bytes_str(l->origin.text));
	yw_wire_add_bytes(&payload, 2, (struct yw_bytes) { l->keys.pub.entry.b, YW_PUBKEY_BYTES });
	yw_wire_add_number(&payload, 3, (uint64_t)YW_TNET_TIME_MS + l->n);
	yw_wire_add_number(&payload, 4, YW_CLASS_UNCONDITIONAL);
	yw_wire_add_number(&payload, 5, YW_OPENNESS_INTERNAL);
	yw_wire_add_bytes(&payload, 8, yw_buf_bytes(&trust));
	must(yw_sign_pae(&l->keys.entry, YW_ENTRY_TYPE, payload.data, payload.len, &sig, &err), "signature");
	yw_wire_add_bytes(&inner, 1, (struct yw_bytes) { sig.b, sizeof sig.b });
	yw_wire_add_bytes(&envelope, 1, yw_buf_bytes(&payload));
	yw_wire_add_bytes(&envelope, 2, yw_bytes_str(YW_ENTRY_TYPE));
	yw_wire_add_bytes(&envelope, 3, yw_buf_bytes(&inner));
	index = add_sealed(l, yw_buf_bytes(&envelope));
	yw_buf_release(&trust);
	yw_buf_release(&payload);
	yw_buf_release(&inner);
	yw_buf_release(&envelope);
	return index;
}

uint64_t
yw_tnet_add_trust(struct yw_tlog *l, struct yw_bytes trust)
{
	return add_draft(l, &(struct yw_entry_draft) { .trust = trust });
}

uint64_t
yw_tnet_add_delegation(struct yw_tlog *l, struct yw_bytes signed_request)
{
	struct yw_buf trust = YW_BUF_INIT;
	uint64_t index;

	must(yw_trust_make_delegation(signed_request, &trust, &err), "delegation");
	index = yw_tnet_add_trust(l, yw_buf_bytes(&trust));
	yw_buf_release(&trust);
	return index;
}

uint64_t
yw_tnet_add_bodies_by(struct yw_tlog *l, const struct yw_key_set *by, const struct yw_bytes *bodies, size_t n)
{
	struct yw_hash hashes[YW_ITEMS_MAX];

	for (size_t i = 0; i < n; i++)
		yw_sha256(bodies[i].data, bodies[i].len, &hashes[i]);
	return add_draft_by(l, by, &(struct yw_entry_draft) { .hashes = hashes, .n_items = n });
}

uint64_t
yw_tnet_add_bodies(struct yw_tlog *l, const struct yw_bytes *bodies, size_t n)
{
	return yw_tnet_add_bodies_by(l, &l->keys, bodies, n);
}

uint64_t
yw_tnet_add_registrar(struct yw_tlog *l, const struct yw_pubkey *key, bool ends)
{
	const char *kind = "contract";
	struct yw_buf trust = YW_BUF_INIT;
	uint64_t index;

	must(yw_trust_make_registrar(l->net->trust, yw_trust_origin(l->net->trust, l->origin.text), key, &kind, !ends, &trust,
	    &err), "registrar");
	index = yw_tnet_add_trust(l, yw_buf_bytes(&trust));
	yw_buf_release(&trust);
	return index;
}

void
yw_tnet_seal(const struct yw_tlog *l, const struct yw_key_set *by, struct yw_bytes body, struct yw_buf *envelope)
{
	struct yw_hash hash;
	struct yw_entry_draft d = { .origin = l->origin.text, .signed_at_ms = YW_TNET_TIME_MS, .hashes = &hash, .n_items = 1,
		.audience = { .cls = YW_CLASS_UNCONDITIONAL, .openness = YW_OPENNESS_INTERNAL } };

	yw_sha256(body.data, body.len, &hash);
	must(yw_entry_seal(&d, &by->entry, &by->pub.entry, envelope, &err), "entry");
}

void
yw_tnet_root(const struct yw_tlog *l, uint64_t size, struct yw_hash *out)
{
	if (size == 0)
		yw_empty_root(out);
	else
		yw_range_root(l->leaves, size, out);
}

/* --- Beats -------------------------------------------------------------------------------------- */

static void
add_receipt(struct yw_tlog *l, const struct yw_tlog *by, uint64_t time_s)
{
	struct yw_buf text = YW_BUF_INIT;
	struct yw_vkey v;

	yw_checkpoint_text(&l->beat_head, &text);
	must(yw_cosign_vkey(l->net->network.name, &by->code, &by->keys.pub.cosign, &v), "cosigning key");
	must(yw_note_cosign(yw_buf_bytes(&text), &v, &by->keys.cosign, time_s, &l->beat, &err), "receipt");
	yw_buf_release(&text);
}

void
yw_tnet_beat(struct yw_tlog *l, uint64_t owner_time_s, const struct yw_treceipt *receipts, size_t n)
{
	memcpy(l->beat_head.origin, l->origin.text, sizeof l->beat_head.origin);
	l->beat_head.size = l->n;
	yw_tnet_root(l, l->n, &l->beat_head.root);
	yw_buf_clear(&l->beat);
	must(yw_head_sign(&l->beat_head, &l->keys.head, &l->keys.pub.head, &l->beat, &err), "head");
	add_receipt(l, l, owner_time_s);
	for (size_t i = 0; i < n; i++)
		add_receipt(l, yw_tnet_log(l->net, receipts[i].code), receipts[i].time_s);
}

/* --- The life of keys ----------------------------------------------------------------------------- */

void
yw_tnet_ask(const struct yw_tnet *t, const struct yw_tasked *a, struct yw_buf *out)
{
	struct yw_request r = { .network = t->network.hash, .generation = a->generation, .key_set = a->key_set };
	struct yw_key_set keys;

	yw_tnet_keys(a->label, &keys);
	must(yw_jurisdiction_parse(a->code, strlen(a->code), &r.code), "code");
	if (a->issuer[0] != '\0')
		must(yw_jurisdiction_parse(a->issuer, strlen(a->issuer), &r.issuer), "issuer");
	must(yw_request_make(&r, &keys, a->old_head, out, &err), "request");
}

void
yw_tnet_add_roster(struct yw_tlog *l)
{
	const struct yw_generation *g = yw_trust_origin(l->net->trust, l->origin.text);
	struct yw_buf trust = YW_BUF_INIT;

	YW_CHECK(g != NULL);
	must(yw_trust_make_roster(l->net->trust, g, &trust, &err), "roster");
	yw_tnet_add_trust(l, yw_buf_bytes(&trust));
	yw_buf_release(&trust);
}

uint64_t
yw_tnet_delegate_next_keys(struct yw_tlog *l, struct yw_tlog *by, const char *label, struct yw_buf *request)
{
	uint64_t index;

	yw_tnet_ask(l->net, &(struct yw_tasked) { l->code.code, l->issuer.code, label, l->generation, l->key_set + 1,
	    &l->keys.head }, request);
	index = yw_tnet_add_delegation(by, yw_buf_bytes(request));
	yw_tnet_add_roster(by);
	return index;
}

uint64_t
yw_tnet_add_key_change(struct yw_tlog *l, const struct yw_tlog *by, uint64_t index)
{
	struct yw_entry_place place = { .index = index };
	struct yw_bytes envelope = { NULL, 0 };
	struct yw_buf trust = YW_BUF_INIT;

	if (by != NULL) {
		place.origin = by->origin;
		envelope = yw_buf_bytes(&by->entries[index]);
	}
	must(yw_trust_make_key_change(l->net->trust, yw_trust_origin(l->net->trust, l->origin.text), envelope, &place, &trust,
	    &err), "key change");
	index = yw_tnet_add_trust(l, yw_buf_bytes(&trust));
	yw_buf_release(&trust);
	return index;
}

uint64_t
yw_tnet_rotate(struct yw_tlog *l, struct yw_tlog *by, const char *label)
{
	struct yw_buf request = YW_BUF_INIT;
	uint64_t index = 0;

	if (by == NULL) {
		yw_tnet_ask(l->net, &(struct yw_tasked) { l->code.code, "", label, l->generation, l->key_set + 1,
		    &l->keys.head }, &request);
		yw_tnet_version(l->net, &(struct yw_network_change) { .first = yw_buf_bytes(&request) });
	} else {
		index = yw_tnet_delegate_next_keys(l, by, label, &request);
	}
	index = yw_tnet_add_key_change(l, by, index);
	yw_tnet_keys(label, &l->keys);
	l->key_set++;
	yw_tnet_add_roster(l);
	yw_buf_release(&request);
	return index;
}

void
yw_tnet_head(const struct yw_tlog *l, uint64_t size, const struct yw_key_set *by, struct yw_buf *note)
{
	const struct yw_key_set *keys = by != NULL ? by : &l->keys;
	struct yw_checkpoint c = { .size = size };

	memcpy(c.origin, l->origin.text, sizeof c.origin);
	yw_tnet_root(l, size, &c.root);
	must(yw_head_sign(&c, &keys->head, &keys->pub.head, note, &err), "head");
}

void
yw_tnet_draft_closing(const struct yw_tlog *l, uint64_t size, struct yw_closing_draft *d, struct yw_buf *head)
{
	if (size != 0)
		yw_tnet_head(l, size, NULL, head);
	*d = (struct yw_closing_draft) { .origin = l->origin, .size = size, .head = yw_buf_bytes(head), .reason = "a test" };
}

/* Field by field: the maker makes only what stands. */
uint64_t
yw_tnet_add_closing(struct yw_tlog *by, const struct yw_closing_draft *d, bool roster)
{
	struct yw_buf closing = YW_BUF_INIT, trust = YW_BUF_INIT;
	uint64_t index;

	yw_wire_add_bytes(&closing, 1, yw_bytes_str(d->origin.text));
	if (d->size != 0)
		yw_wire_add_number(&closing, 2, d->size);
	if (d->head.len != 0)
		yw_wire_add_bytes(&closing, 3, d->head);
	if (d->larger_head.len != 0)
		yw_wire_add_bytes(&closing, 4, d->larger_head);
	for (size_t i = 0; i < d->consistency.n; i++)
		yw_wire_add_bytes(&closing, 5, (struct yw_bytes) { d->consistency.h[i].b, YW_HASH_BYTES });
	yw_wire_add_number(&closing, 6, d->revoked ? 2 : 1);
	yw_wire_add_bytes(&closing, 7, yw_bytes_str(d->reason));
	if (d->successor.code[0] != '\0')
		yw_wire_add_bytes(&closing, 8, yw_bytes_str(d->successor.code));
	if (d->next_issuer.code[0] != '\0')
		yw_wire_add_bytes(&closing, 9, yw_bytes_str(d->next_issuer.code));
	if (d->doubted) {
		struct yw_buf doubt = YW_BUF_INIT;

		if (d->doubted_from != 0)
			yw_wire_add_number(&doubt, 1, d->doubted_from);
		yw_wire_add_bytes(&closing, 10, yw_buf_bytes(&doubt));
		yw_buf_release(&doubt);
	}
	if (d->larger_head.len != 0)
		yw_wire_add_bytes(&closing, 11, (struct yw_bytes) { d->root.b, YW_HASH_BYTES });
	yw_wire_add_bytes(&trust, 6, yw_buf_bytes(&closing));
	index = yw_tnet_add_trust(by, yw_buf_bytes(&trust));
	if (roster)
		yw_tnet_add_roster(by);
	yw_buf_release(&closing);
	yw_buf_release(&trust);
	return index;
}

void
yw_tnet_close_forged(struct yw_tlog *l, struct yw_tlog *by, uint64_t size)
{
	struct yw_checkpoint c = { .size = size, .root = { { 7 } } };
	struct yw_buf head = YW_BUF_INIT;

	memcpy(c.origin, l->origin.text, sizeof c.origin);
	must(yw_head_sign(&c, &l->keys.head, &l->keys.pub.head, &head, &err), "head");
	yw_tnet_add_closing(by, &(struct yw_closing_draft) { .origin = l->origin, .size = size, .head = yw_buf_bytes(&head),
	    .reason = "r" }, true);
	yw_buf_release(&head);
}

uint64_t
yw_tnet_close(struct yw_tlog *l, struct yw_tlog *by)
{
	struct yw_buf head = YW_BUF_INIT, trust = YW_BUF_INIT;
	struct yw_closing_draft d;
	uint64_t index;

	yw_tnet_draft_closing(l, l->n, &d, &head);
	must(yw_trust_make_closing(l->net->trust, yw_trust_origin(l->net->trust, by->origin.text), &d, &trust, &err), "closing");
	index = yw_tnet_add_trust(by, yw_buf_bytes(&trust));
	yw_tnet_add_roster(by);
	yw_buf_release(&head);
	yw_buf_release(&trust);
	return index;
}

struct yw_tlog *
yw_tnet_new_log(struct yw_tlog *l, uint32_t generation, const char *label)
{
	struct yw_tnet *t = l->net;
	struct yw_tlog *next = &t->logs[t->n_logs];

	*next = (struct yw_tlog) { .net = t, .code = l->code, .issuer = l->issuer, .generation = generation };
	yw_tnet_keys(label, &next->keys);
	must(yw_origin_make(t->network.name, &l->code, generation, &next->origin), "origin");
	t->n_logs++;		/* LATER_MAX of them */
	return next;
}

struct yw_tlog *
yw_tnet_reopen(struct yw_tlog *l, struct yw_tlog *by, const char *label)
{
	struct yw_tlog *next = yw_tnet_new_log(l, l->generation + 1, label);
	struct yw_buf trust = YW_BUF_INIT;

	next->issuer = by->code;
	yw_tnet_ask(l->net, &(struct yw_tasked) { l->code.code, by->code.code, label, next->generation, 0, &l->keys.head },
	    &next->request);
	next->delegation = yw_tnet_add_delegation(by, yw_buf_bytes(&next->request));
	yw_tnet_add_roster(by);
	must(yw_trust_make_genesis(l->net->trust, yw_tnet_generation(l->net, l->code.code), yw_buf_bytes(&next->request),
	    &trust, &err), "genesis");
	yw_tnet_add_trust(next, yw_buf_bytes(&trust));
	yw_buf_release(&trust);
	return next;
}

struct yw_tlog *
yw_tnet_live(struct yw_tnet *t)
{
	struct yw_tlog *top = yw_tnet_log(t, "320000"), *city = yw_tnet_log(t, "320100"), *county = yw_tnet_log(t, "320102");
	struct yw_tlog *next;

	yw_tnet_rotate(county, city, "320102 k1");
	yw_tnet_rotate(city, top, "320100 k1");
	yw_tnet_rotate(top, NULL, "320000 k1");
	yw_tnet_rotate(county, city, "320102 k2");
	yw_tnet_rotate(top, NULL, "320000 k2");
	yw_tnet_close(county, city);
	next = yw_tnet_reopen(county, city, "320102 second");
	yw_tnet_rotate(next, city, "320102 second k1");
	for (size_t i = 0; i < t->n_logs; i++)
		yw_tnet_beat(&t->logs[i], 1700001000 + i, NULL, 0);
	return next;
}

void
yw_tnet_version(struct yw_tnet *t, const struct yw_network_change *c)
{
	const struct yw_network *prev = yw_trust_network(t->trust);
	struct yw_buf draft = YW_BUF_INIT, note = YW_BUF_INIT;
	struct yw_seckey root;
	struct yw_pubkey pub;

	yw_tnet_root_key("root", &root, &pub);
	must(yw_network_next(prev, c, &draft, &err), "next version");
	must(yw_network_sign(prev, yw_buf_bytes(&draft), &root, &pub, &note, &err), "signature");
	must(yw_trust_add_network(t->trust, yw_buf_bytes(&note), &err), "next version");
	yw_buf_release(&draft);
	yw_buf_release(&note);
}

struct yw_tlog *
yw_tnet_replace_first(struct yw_tnet *t, const char *label)
{
	struct yw_buf head = YW_BUF_INIT, closing = YW_BUF_INIT, request = YW_BUF_INIT, genesis = YW_BUF_INIT;
	struct yw_tlog *l = yw_tnet_log(t, t->logs[0].code.code), *next;
	struct yw_network_change c = { .policy_lines = NULL };
	struct yw_closing_draft d;

	yw_tnet_draft_closing(l, l->n, &d, &head);
	d.revoked = true;
	must(yw_trust_make_closing_line(t->trust, &d, &closing, &err), "closing");
	next = yw_tnet_new_log(l, l->generation + 1, label);
	yw_tnet_ask(t, &(struct yw_tasked) { l->code.code, "", label, next->generation, 0, NULL }, &request);
	c.closing = yw_buf_bytes(&closing);
	c.first = yw_buf_bytes(&request);
	yw_tnet_version(t, &c);
	must(yw_trust_make_reopening(yw_tnet_generation(t, l->code.code), yw_buf_bytes(&request), (struct yw_bytes) { NULL, 0 },
	    &genesis, &err), "genesis");
	yw_tnet_add_trust(next, yw_buf_bytes(&genesis));
	yw_buf_release(&head);
	yw_buf_release(&closing);
	yw_buf_release(&request);
	yw_buf_release(&genesis);
	return next;
}

uint64_t
yw_tnet_add_version(struct yw_tlog *l)
{
	struct yw_buf trust = YW_BUF_INIT;
	uint64_t index;

	must(yw_trust_make_network_version(l->net->trust, yw_trust_origin(l->net->trust, l->origin.text),
	    yw_buf_bytes(&yw_trust_network(l->net->trust)->note), &trust, &err), "network version");
	index = yw_tnet_add_trust(l, yw_buf_bytes(&trust));
	yw_buf_release(&trust);
	return index;
}

/* --- The reader --------------------------------------------------------------------------------- */

static struct yw_tlog *
by_origin(struct yw_tnet *t, const char *origin)
{
	for (size_t i = 0; i < t->n_logs; i++)
		if (strcmp(t->logs[i].origin.text, origin) == 0)
			return &t->logs[i];
	return NULL;
}

static enum yw_code
read_entry(void *arg, const char *origin, uint64_t index, struct yw_buf *envelope, struct yw_error *e)
{
	struct yw_tlog *l = by_origin(arg, origin);

	if (l == NULL || index >= l->n)
		return yw_fail(e, YW_ENOENT, "there is no entry %llu of %s", (unsigned long long)index, origin);
	yw_buf_add(envelope, l->entries[index].data, l->entries[index].len);
	return yw_buf_check(envelope, e);
}

static enum yw_code
read_beat(void *arg, const char *origin, uint64_t min_size, struct yw_buf *note, struct yw_checkpoint *head,
    struct yw_error *e)
{
	struct yw_tlog *l = by_origin(arg, origin);

	if (l == NULL || l->beat.len == 0 || l->beat_head.size < min_size)
		return yw_fail(e, YW_ENOENT, "there is no beat of %s that covers %llu entries", origin,
		    (unsigned long long)min_size);
	yw_buf_add(note, l->beat.data, l->beat.len);
	*head = l->beat_head;
	return yw_buf_check(note, e);
}

/* Tiles as they would be stored: leaves, and roots of 256 leaves. */
static enum yw_code
read_tile(void *arg, unsigned level, uint64_t n, size_t width, struct yw_hash *out, struct yw_error *e)
{
	const struct yw_tlog *l = arg;
	size_t step = level == 0 ? 1 : YW_TILE_HASHES;

	if (level > 1 || (n * YW_TILE_HASHES + width) * step > l->n)
		return yw_fail(e, YW_ENOENT, "there is no such tile");
	for (size_t i = 0; i < width; i++)
		yw_range_root(l->leaves + (n * YW_TILE_HASHES + i) * step, step, &out[i]);
	return YW_OK;
}

/* --- A closing that a quorum makes void (T7) --- */

static void
forged_head(const struct yw_tlog *l, uint64_t size, struct yw_tree_head *out, struct yw_buf *note)
{
	struct yw_checkpoint c = { .size = size };

	memcpy(c.origin, l->origin.text, sizeof c.origin);
	memset(&c.root, 7, sizeof c.root);
	must(yw_head_sign(&c, &l->keys.head, &l->keys.pub.head, note, &err), "head");
	*out = (struct yw_tree_head) { c.size, c.root };
}

void
yw_tnet_void(struct yw_tnet *t, size_t more, const struct yw_treceipt *receipts, size_t n, struct yw_void_closing *c)
{
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
	struct yw_tile_reader tiles = { read_tile, county };
	struct yw_buf head = YW_BUF_INIT;
	struct yw_bytes body = YW_BYTES_LIT("x");
	struct yw_closing_draft d;
	struct yw_beat_said said = { .relation = YW_BEAT_CONTRADICTS };

	*c = (struct yw_void_closing) { .asked.origin = county->origin };
	while (county->n < 3 + more)
		yw_tnet_add_bodies(county, &body, 1);
	yw_tnet_draft_closing(county, 0, &d, &head);
	forged_head(county, 3, &c->asked.head, &head);
	d.size = 3;
	d.head = yw_buf_bytes(&head);
	c->asked.place = (struct yw_entry_place) { city->origin, yw_tnet_add_closing(city, &d, true) };
	c->asked.beat.size = said.beat.size = county->n;
	yw_tnet_root(county, county->n, &said.beat.root);
	c->asked.beat.root = said.beat.root;
	must(yw_trust_say_beats(t->trust, county->origin.text, &c->asked.head, &said, 1), "beat");
	for (size_t i = 0; i < t->n_logs; i++)
		yw_tnet_beat(&t->logs[i], 1700000050 + i, receipts, &t->logs[i] == county ? n : 0);
	if (more != 0) {
		yw_tnet_root(county, 3, &c->instead);
		must(yw_prove_consistency(&tiles, 3, county->n, &c->consistency, &err), "proof");
	}
	c->beat = yw_buf_bytes(&county->beat);
	yw_buf_release(&head);
}

static enum yw_code
read_inclusion(void *arg, const char *origin, uint64_t index, uint64_t size, struct yw_proof *out,
    struct yw_error *e)
{
	struct yw_tlog *l = by_origin(arg, origin);
	struct yw_tile_reader tiles = { read_tile, l };

	if (l == NULL)
		return yw_fail(e, YW_ENOENT, "there is no log %s", origin);
	return yw_prove_inclusion(&tiles, index, size, out, e);
}

void
yw_tnet_reader(struct yw_tnet *t, struct yw_log_reader *out)
{
	*out = (struct yw_log_reader) { read_entry, read_beat, read_inclusion, t };
}

void
yw_tnet_reseal(struct yw_buf *text)
{
	struct yw_hash h;

	text->len -= strlen("sha256 ") + 2 * YW_HASH_BYTES + 1;
	yw_sha256(text->data, text->len, &h);
	yw_buf_add_str(text, "sha256 ");
	yw_hex_add(text, h.b, sizeof h.b);
	yw_buf_add_byte(text, '\n');
}
