/*
 * state.c - the daemon's side of the comparison with tests/outside/digest.py, and something to show to
 * other people's tools: what ledgers hold after they were closed and opened again, as plain files.
 *
 *	outside_state DIR	a folder for each node and story, with `digests`: code and digest, or `incomplete`
 */
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "record/wire.h"
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320200", "320102" };
#define N_CODES (sizeof codes / sizeof *codes)

static struct yw_error err;
static const char *out_dir;

/* --- What a node holds, as files --- */

static void
save(const char *node, const char *name, const struct yw_buf *b)
{
	char path[600];

	snprintf(path, sizeof path, "%s/%s", out_dir, node);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/%s/bodies", out_dir, node);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/%s/%s", out_dir, node, name);
	YW_PASS(yw_file_write(path, b->data, b->len, 0600, true, &err));
}

static void
save_log(const char *node, const char *origin, const char *kind, const struct yw_buf *b)
{
	char name[YW_ORIGIN_MAX + 8];

	snprintf(name, sizeof name, "%s.%s", origin, kind);
	for (char *p = name; *p != '\0'; p++)
		if (*p == '/')
			*p = '_';
	save(node, name, b);
}

static void
save_body(const char *node, const struct yw_buf *body)
{
	struct yw_buf name = YW_BUF_INIT;
	struct yw_hash h;

	yw_sha256(body->data, body->len, &h);
	yw_buf_add_str(&name, "bodies/");
	yw_hex_add(&name, h.b, sizeof h.b);
	save(node, yw_buf_str(&name), body);
	yw_buf_release(&name);
}

static void
add_frame(struct yw_buf *out, const uint8_t *data, size_t len)
{
	yw_buf_add_be32(out, (uint32_t)len);
	yw_buf_add(out, data, len);
}

static void
write_bodies(const char *node, const struct yw_view *v, const struct yw_log_info *log, uint64_t index, uint16_t n_items)
{
	struct yw_buf body = YW_BUF_INIT;

	for (uint16_t i = 0; i < n_items; i++) {
		yw_buf_clear(&body);
		if (yw_view_body(v, log, index, i, &body, &err) == YW_OK)
			save_body(node, &body);
	}
	yw_buf_release(&body);
}

static void
add_proof(struct yw_buf *out, const char *what, uint64_t a, uint64_t b, const struct yw_proof *p)
{
	yw_buf_printf(out, "%s %llu %llu", what, (unsigned long long)a, (unsigned long long)b);
	for (size_t i = 0; i < p->n; i++) {
		yw_buf_add_byte(out, ' ');
		yw_base64_add(out, p->h[i].b, sizeof p->h[i].b);
	}
	yw_buf_add_byte(out, '\n');
}

/* Of each entry, and from each size, to the newest beat; and the keys that signed it. */
static void
write_proofs(const char *node, const struct yw_view *v, const struct yw_log_info *log, struct yw_lnode *owner)
{
	struct yw_buf beat = YW_BUF_INIT, proofs = YW_BUF_INIT, keys = YW_BUF_INIT;
	struct yw_view_tiles self;
	struct yw_tile_reader tiles;
	struct yw_proof p;
	struct yw_vkey key;

	if (yw_view_beat(v, log, 0, true, &beat, &err) != YW_OK)
		return;
	yw_view_tiles(v, log, &self, &tiles);
	for (uint64_t i = 0; i < log->beat_size; i++) {
		YW_PASS(yw_prove_inclusion(&tiles, i, log->beat_size, &p, &err));
		add_proof(&proofs, "inclusion", i, log->beat_size, &p);
		YW_PASS(yw_prove_consistency(&tiles, i + 1, log->beat_size, &p, &err));
		add_proof(&proofs, "consistency", i + 1, log->beat_size, &p);
	}
	YW_PASS(yw_vkey_make(log->origin.text, YW_NOTE_ED25519, &owner->t->keys.pub.head, &key));
	yw_vkey_text(&key, &keys);
	yw_buf_add_byte(&keys, '\n');
	for (size_t i = 0; i < owner->net->count; i++) {
		struct yw_tlog *t = owner->net->n[i].t;

		YW_PASS(yw_cosign_vkey("onenet.example", &t->code, &t->keys.pub.cosign, &key));
		yw_vkey_text(&key, &keys);
		yw_buf_add_byte(&keys, '\n');
	}
	save_log(node, log->origin.text, "beat", &beat);
	save_log(node, log->origin.text, "proofs", &proofs);
	save_log(node, log->origin.text, "keys", &keys);
	yw_buf_release(&beat);
	yw_buf_release(&proofs);
	yw_buf_release(&keys);
}

static void
write_log(const char *node, const struct yw_view *v, const struct yw_log_info *log)
{
	struct yw_buf frames = YW_BUF_INIT, envelope = YW_BUF_INIT, heads = YW_BUF_INIT, pair = YW_BUF_INIT;
	struct yw_contradiction c;
	struct yw_entry e;

	for (uint64_t i = 0; i < log->size; i++) {
		yw_buf_clear(&envelope);
		YW_PASS(yw_view_entry(v, log, i, &envelope, &err));
		add_frame(&frames, envelope.data, envelope.len);
		YW_PASS(yw_entry_read(log->origin.text, yw_buf_bytes(&envelope), &e, &err));
		write_bodies(node, v, log, i, (uint16_t)e.n_items);
		yw_entry_release(&e);
	}
	save_log(node, log->origin.text, "log", &frames);
	if (yw_view_contradiction(v, log, 0, &heads, &c, &err) == YW_OK) {
		add_frame(&pair, c.head_a.data, c.head_a.len);
		add_frame(&pair, c.head_b.data, c.head_b.len);
		save_log(node, log->origin.text, "heads", &pair);
	}
	yw_buf_release(&frames);
	yw_buf_release(&envelope);
	yw_buf_release(&heads);
	yw_buf_release(&pair);
}

static void
write_node(const char *name, struct yw_lnode *n)
{
	struct yw_buf digests = YW_BUF_INIT;
	struct yw_view *v;

	yw_lnode_reopen(n);
	YW_PASS(yw_view_open(n->l, &v, &err));
	for (size_t i = 0; i < yw_view_count(v); i++)
		write_log(name, v, yw_view_at(v, i));
	for (size_t i = 0; i < yw_view_count(v); i++)
		write_proofs(name, v, yw_view_at(v, i), yw_lnode(n->net, yw_view_at(v, i)->code.code));
	for (size_t i = 0; i < N_CODES; i++) {
		struct yw_jurisdiction code = { "" };
		struct yw_hash h;
		bool complete;

		snprintf(code.code, sizeof code.code, "%s", codes[i]);
		if (yw_view_digest(v, &code, &complete, &h, &err) != YW_OK)
			continue;		/* not known here */
		yw_buf_printf(&digests, "%s ", codes[i]);
		if (complete)
			yw_hex_add(&digests, h.b, sizeof h.b);
		yw_buf_printf(&digests, "%s\n", complete ? "" : "incomplete");
	}
	save(name, "digests", &digests);
	save(name, "network", &n->net->t->network.note);
	yw_view_close(v);
	yw_buf_release(&digests);
}

/* --- The ordinary story: four nodes, all classes, everything carried --- */

static void
ordinary(void)
{
	struct yw_lnet *net;
	struct yw_lnode *county, *city;
	struct yw_audience conditional = yw_conditional("320200");

	setenv("YW_ON_DISK", "1", 1);		/* what others read comes from a disk */
	net = yw_lnet_new(codes, N_CODES, "group g 2 320000 320100 320200\nquorum g\n");
	unsetenv("YW_ON_DISK");
	county = yw_lnode(net, "320102");
	city = yw_lnode(net, "320200");
	for (size_t i = 0; i < N_CODES; i++)
		yw_lnode_open(&net->n[i]);
	for (size_t i = 1; i < N_CODES; i++) {
		yw_lnode_admit(net, codes[i]);
		yw_lnet_sync(net);
	}
	yw_lnode_put(county, "320102/demand/a", 1, "pumps", &yw_unconditional);
	yw_lnode_put(county, "320102/demand/a", 2, "valves", &yw_open);
	yw_lnode_put(county, "320102/demand/b", 1, "seals", &yw_unconditional);
	yw_lnode_put(county, "320102/demand/b", 2, NULL, &yw_unconditional);
	yw_lnode_put(county, "320102/demand/c", 1, "for one", &conditional);
	yw_lnode_put(county, "320102/demand/d", 1, "for nobody", &yw_not_shared);
	yw_lnode_put(county, "320102/demand/e", 1, "for everybody", &yw_unconditional);
	yw_lnode_put(county, "320102/demand/e", 2, "for one now", &conditional);
	yw_lnode_put(county, "320102/demand/B", 1, "sorts before", &yw_unconditional);
	yw_lnode_put(city, "320200/demand/a", 1, "of another", &yw_unconditional);
	yw_lnet_wait(net, 60000);		/* beats of it all */
	yw_lnet_sync(net);
	for (size_t i = 0; i < N_CODES; i++)
		write_node(codes[i], &net->n[i]);
	yw_lnet_free(net);
}

/* --- The odd story: a county signs whatever it likes, and 320200 holds what it may --- */

enum odd {
	SOUND, LATER_FIELD, OTHER_KIND, NO_KIND, NO_OPERATION, LATER_KIND, LATER_OPERATION,	/* the body */
	BAD_FORM, OTHER_CODE, NO_ID,							/* one that may not be held */
	OTHER_SIGNER, LATER_ENTRY,							/* its entry: kept without effect */
	ABSENT, ABSENT_KEPT,								/* the body did not come */
	LOST, LOST_HELD, LOST_BAD_FORM,							/* its owner declares it lost after that */
	N_ODD
};

static void
odd_body(enum odd odd, unsigned number, struct yw_buf *out)
{
	struct yw_buf id = YW_BUF_INIT;

	yw_buf_printf(&id, "%s/%s/%u", odd == OTHER_CODE ? "320100" : "320102", odd == OTHER_KIND ? "contract" :
	    odd == LATER_KIND ? "deal" : "demand", number);
	if (odd != NO_ID)
		yw_wire_add_bytes(out, 1, yw_buf_bytes(&id));
	yw_wire_add_number(out, 2, number + 1);
	if (odd != NO_OPERATION)
		yw_wire_add_number(out, 3, odd == LATER_OPERATION ? 3 : 1);
	yw_wire_add_bytes(out, 4, YW_BYTES_LIT("0123456789abcdef"));
	if (odd != NO_KIND)
		yw_wire_add_bytes(out, odd == LATER_KIND ? 15 : 10, YW_BYTES_LIT(""));
	if (odd == LATER_FIELD)
		yw_wire_add_bytes(out, 99, YW_BYTES_LIT("of a later version"));
	if (odd == BAD_FORM || odd == LOST_BAD_FORM)
		yw_wire_add_number(out, 2, 7);
	yw_buf_release(&id);
}

/* An entry of one body that its own key did not sign, or that holds a field of a later version. */
static void
add_kept(struct yw_tlog *t, enum odd odd, struct yw_bytes body)
{
	const struct yw_key_set *keys = odd == OTHER_SIGNER ? &t->net->logs[0].keys : &t->keys;
	struct yw_buf payload = YW_BUF_INIT, inner = YW_BUF_INIT, envelope = YW_BUF_INIT;
	struct yw_hash h;
	struct yw_sig sig;

	yw_sha256(body.data, body.len, &h);
	yw_wire_add_bytes(&payload, 1, yw_bytes_str(t->origin.text));
	yw_wire_add_bytes(&payload, 2, (struct yw_bytes) { keys->pub.entry.b, YW_PUBKEY_BYTES });
	yw_wire_add_number(&payload, 4, YW_CLASS_UNCONDITIONAL);
	yw_wire_add_number(&payload, 5, YW_OPENNESS_INTERNAL);
	yw_wire_add_bytes(&payload, 7, (struct yw_bytes) { h.b, sizeof h.b });
	if (odd != OTHER_SIGNER)
		yw_wire_add_bytes(&payload, 99, YW_BYTES_LIT("of a later version"));
	YW_PASS(yw_sign_pae(&keys->entry, YW_ENTRY_TYPE, payload.data, payload.len, &sig, &err));
	yw_wire_add_bytes(&inner, 1, (struct yw_bytes) { sig.b, sizeof sig.b });
	yw_wire_add_bytes(&envelope, 1, yw_buf_bytes(&payload));
	yw_wire_add_bytes(&envelope, 2, yw_bytes_str(YW_ENTRY_TYPE));
	yw_wire_add_bytes(&envelope, 3, yw_buf_bytes(&inner));
	yw_tnet_add_envelope(t, yw_buf_bytes(&envelope));
	yw_buf_release(&payload);
	yw_buf_release(&inner);
	yw_buf_release(&envelope);
}

/* Packages by hand, the newest beat if there is one, and bodies one by one: those that may not be held are refused. */
static void
carry(struct yw_lnode *to, struct yw_tlog *t, const struct yw_buf *bodies, size_t n_bodies, uint64_t first)
{
	const struct yw_log *log = yw_ledger_log(to->l, t->origin.text);

	for (uint64_t start = log != NULL ? log->size : 0, n; start < t->n; start += n) {
		struct yw_lpackage lp;

		n = t->n - start < YW_PACKAGE_ENTRIES ? t->n - start : YW_PACKAGE_ENTRIES;
		yw_tlog_package(t, start, n, t->n, start, start != 0 && log->target_size != 0, &lp);
		YW_PASS(yw_ledger_take_package(to->l, &lp.p, &err));
		yw_lnode_commit(to);
		yw_lpackage_release(&lp);
	}
	if (t->beat.len != 0)
		YW_PASS(yw_ledger_take_beat(to->l, yw_buf_bytes(&t->beat), &err));
	for (size_t i = 0; i < n_bodies; i++) {
		struct yw_body b = { .index = first + i, .item = 0, .bytes = yw_buf_bytes(&bodies[i]) };

		yw_body_check(&b);
		if (yw_ledger_take_body(to->l, t->origin.text, &b, &err) != YW_OK)
			printf("%s %zu: %s\n", t->origin.text, i, err.msg);
	}
	yw_lnode_commit(to);
}

static void
declare_lost(struct yw_tlog *t, uint64_t index)
{
	struct yw_own_place place = { t->generation, index, 0 };
	struct yw_buf lost = YW_BUF_INIT;

	YW_PASS(yw_trust_make_lost(t->net->trust, yw_tnet_generation(t->net, t->code.code), &place, 1, &lost, &err));
	yw_tnet_add_trust(t, yw_buf_bytes(&lost));
	yw_buf_release(&lost);
}

/* `odd` is the last body; before it stand two sound ones, with a statement of the future between. */
static void
odd(enum odd odd, const char *name)
{
	struct yw_lnet *net = yw_lnet_new(codes, N_CODES, "quorum none\n");
	struct yw_lnode *n = yw_lnode(net, "320200");
	struct yw_tlog *t = &net->t->logs[3];
	struct yw_buf bodies[3] = { YW_BUF_INIT, YW_BUF_INIT, YW_BUF_INIT };
	struct yw_bytes b[3];
	uint64_t first;

	for (unsigned i = 0; i < 3; i++) {
		odd_body(i == 2 ? odd : SOUND, i == 1 ? 0 : i, &bodies[i]);
		b[i] = yw_buf_bytes(&bodies[i]);
	}
	yw_tnet_add_future(t);
	first = yw_tnet_add_bodies(t, &b[0], 1);
	yw_tnet_add_bodies(t, &b[1], 1);
	if (odd == OTHER_SIGNER || odd == LATER_ENTRY || odd == ABSENT_KEPT)
		add_kept(t, odd, b[2]);
	else
		yw_tnet_add_bodies(t, &b[2], 1);
	yw_lnode_open(n);
	carry(n, &net->t->logs[0], NULL, 0, 0);
	carry(n, &net->t->logs[1], NULL, 0, 0);
	carry(n, t, bodies, odd == ABSENT || odd == ABSENT_KEPT || odd == LOST ? 2 : 3, first);
	if (odd >= LOST) {
		declare_lost(t, first + 2);
		carry(n, t, NULL, 0, 0);
	}
	write_node(name, n);
	for (size_t i = 0; i < 3; i++)
		yw_buf_release(&bodies[i]);
	yw_lnet_free(net);
}

static void
odd_bodies(void)
{
	static const char *const names[] = { "sound", "later-field", "other-kind", "no-kind", "no-operation", "later-kind",
		"later-operation", "bad-form", "other-code", "no-id", "other-signer", "later-entry", "absent", "absent-kept",
		"lost", "lost-held", "lost-bad-form" };

	_Static_assert(sizeof names / sizeof *names == N_ODD, "a name each");
	for (enum odd o = 0; o < N_ODD; o++)
		odd(o, names[o]);
}

/* --- Erasures of every form (V6) --- */

/* Entries are counted from the first of three bodies: demand/0, demand/0 again, demand/2; then comes the erasure. */
#define E0 "320102/demand/0@"
#define E2 "320102/demand/2@"
static const struct erasing {
	const char *name;
	const char *says;		/* "ID@PLACE,PLACE ID@PLACE": PLACE is INDEX or INDEX.ITEM, with o before it in another log */
	bool unseen, again;		/* no body came before it; one more of the last id comes after it */
	unsigned filled;		/* so many more places of the last id */
} erasings[] = {
	{ .name = "erased-last", .says = E2 "2" },
	{ .name = "erased-all", .says = E0 "0,1 " E2 "2" },
	{ .name = "erased-half", .says = E0 "0" },
	{ .name = "erased-other-id", .says = "320102/demand/9@2" },
	{ .name = "erased-no-item", .says = E2 "2,2.5" },
	{ .name = "erased-512", .says = E2 "0.100", .filled = 511 },
	{ .name = "erased-unseen", .says = E0 "0,1 " E2 "2", .unseen = true },
	{ .name = "erased-again", .says = E2 "2", .again = true },
	{ .name = "void-none", .says = "" },
	{ .name = "void-unsorted", .says = E2 "2 " E0 "0,1" },
	{ .name = "void-id-twice", .says = E2 "1 " E2 "2" },
	{ .name = "void-no-place", .says = E0 " " E2 "2" },
	{ .name = "void-place-twice", .says = E0 "2 " E2 "2" },
	{ .name = "void-falling", .says = E0 "1,0" },
	{ .name = "void-same", .says = E0 "0,0" },
	{ .name = "void-itself", .says = E2 "2,3" },
	{ .name = "void-other-log", .says = E2 "o1" },
	{ .name = "void-other-code", .says = "320100/demand/2@2" },
	{ .name = "void-no-id", .says = "demand/2@2" },
	{ .name = "void-item", .says = E2 "2.256" },
	{ .name = "void-513", .says = E2 "0.100", .filled = 512 },
};

static void
add_place(struct yw_tlog *t, bool elsewhere, uint64_t index, uint64_t item, struct yw_buf *record)
{
	struct yw_buf place = YW_BUF_INIT;

	yw_wire_add_bytes(&place, 1, yw_bytes_str(elsewhere ? t->net->logs[1].origin.text : t->origin.text));
	if (index != 0)
		yw_wire_add_number(&place, 2, index);
	if (item != 0)
		yw_wire_add_number(&place, 3, item);
	yw_wire_add_bytes(record, 2, yw_buf_bytes(&place));
	yw_buf_release(&place);
}

static void
add_erased_record(struct yw_tlog *t, const struct erasing *e, char *word, bool last, uint64_t first, struct yw_buf *erasure)
{
	char *places = strchr(word, '@'), *one;
	struct yw_buf record = YW_BUF_INIT;

	*places++ = '\0';
	yw_wire_add_bytes(&record, 1, yw_bytes_str(word));
	while ((one = strsep(&places, ",")) != NULL && *one != '\0') {
		bool elsewhere = *one == 'o';
		char *end;
		uint64_t index = strtoul(one + elsewhere, &end, 10);

		add_place(t, elsewhere, first + index, *end == '.' ? strtoul(end + 1, NULL, 10) : 0, &record);
	}
	for (unsigned i = 0; last && i < e->filled; i++)	/* of three entries, none of which has so many items */
		add_place(t, false, first + (i + 101) / 256, (i + 101) % 256, &record);
	yw_wire_add_bytes(erasure, 1, yw_buf_bytes(&record));
	yw_buf_release(&record);
}

static void
add_erasure(struct yw_tlog *t, const struct erasing *e, uint64_t first)
{
	struct yw_buf erasure = YW_BUF_INIT, trust = YW_BUF_INIT;
	char says[256], *rest = says, *word;

	snprintf(says, sizeof says, "%s", e->says);
	while ((word = strsep(&rest, " ")) != NULL && *word != '\0')
		add_erased_record(t, e, word, rest == NULL, first, &erasure);
	yw_wire_add_bytes(&erasure, 2, YW_BYTES_LIT("asked for"));
	yw_wire_add_bytes(&erasure, 3, YW_BYTES_LIT("PIPL 47"));
	yw_wire_add_bytes(&trust, 10, yw_buf_bytes(&erasure));
	yw_tnet_add_trust(t, yw_buf_bytes(&trust));
	yw_buf_release(&erasure);
	yw_buf_release(&trust);
}

static void
erase_one(const struct erasing *e)
{
	struct yw_lnet *net = yw_lnet_new(codes, N_CODES, "quorum none\n");
	struct yw_lnode *n = yw_lnode(net, "320200");
	struct yw_tlog *t = &net->t->logs[3];
	struct yw_buf bodies[4] = { YW_BUF_INIT, YW_BUF_INIT, YW_BUF_INIT, YW_BUF_INIT };
	struct yw_bytes b;
	uint64_t first = t->n;

	yw_lnode_open(n);
	carry(n, &net->t->logs[0], NULL, 0, 0);
	carry(n, &net->t->logs[1], NULL, 0, 0);
	for (unsigned i = 0; i < 3; i++) {
		odd_body(i == 1 ? LATER_FIELD : SOUND, i & 2, &bodies[i]);
		b = yw_buf_bytes(&bodies[i]);
		yw_tnet_add_bodies(t, &b, 1);
	}
	carry(n, t, bodies, e->unseen ? 0 : 3, first);
	add_erasure(t, e, first);
	carry(n, t, NULL, 0, 0);
	odd_body(LATER_FIELD, 2, &bodies[3]);
	b = yw_buf_bytes(&bodies[3]);
	if (e->again)
		carry(n, t, &bodies[3], 1, yw_tnet_add_bodies(t, &b, 1));
	while (yw_lnode_dirty(n))
		yw_lnode_commit(n);
	write_node(e->name, n);
	for (size_t i = 0; i < 4; i++)
		yw_buf_release(&bodies[i]);
	yw_lnet_free(net);
}

static void
erasures(void)
{
	for (size_t i = 0; i < sizeof erasings / sizeof *erasings; i++)
		erase_one(&erasings[i]);
}

/* --- The life of some erased records: by their owner, and by who acts for it once it was merged (T10) --- */

static void
erase_by(struct yw_lnode *n, const char *id)
{
	struct yw_own_place places[4];
	struct yw_erasure_draft d = { .id = id, .reason = "asked for", .basis = "PIPL 47", .places = places };
	struct yw_view *v;

	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_places_of(v, id, places, 4, &d.n, &err));
	yw_view_close(v);
	YW_CHECK_MSG(yw_ledger_erase(n->l, &d, &err) == YW_OK, "%s", err.msg);
	yw_lnode_commit(n);
	yw_lnet_sync(n->net);
}

static void
put_again(struct yw_lnode *n, const char *id)
{
	struct yw_append a = { .audience = yw_unconditional, .again = true };
	struct yw_buf body = YW_BUF_INIT;

	yw_lrecord(id, 1, "again", &body);
	a.body = yw_buf_bytes(&body);
	YW_PASS(yw_ledger_append(n->l, &a, 1, &err));
	YW_CHECK_MSG(a.code == YW_OK, "%s", a.err.msg);
	yw_lnode_commit(n);
	yw_buf_release(&body);
}

static void
write_all(struct yw_lnet *net, const char *when)
{
	char name[32];

	for (size_t i = 0; i < net->count; i++) {
		snprintf(name, sizeof name, "%s-%s", when, codes[i]);
		write_node(name, &net->n[i]);
	}
}

static void
erased_lives(void)
{
	struct yw_closing_draft merged = { .reason = "merged", .successor = { "320100" } };
	struct yw_audience conditional = yw_conditional("320200");
	struct yw_lnet *net = yw_lnet_new(codes, N_CODES, "quorum none\n");
	struct yw_lnode *county = yw_lnode(net, "320102"), *city = yw_lnode(net, "320100");

	for (size_t i = 0; i < N_CODES; i++)
		yw_lnode_open(&net->n[i]);
	for (size_t i = 1; i < N_CODES; i++) {
		yw_lnode_admit(net, codes[i]);
		yw_lnet_sync(net);
	}
	yw_lnode_put(county, "320102/demand/a", 1, "pumps", &yw_unconditional);
	yw_lnode_put(county, "320102/demand/a", 2, "valves", &conditional);
	yw_lnode_put(county, "320102/demand/b", 1, "for nobody", &yw_not_shared);
	yw_lnode_put(county, "320102/demand/c", 1, "seals", &yw_unconditional);
	yw_lnode_put(county, "320102/demand/d", 1, "pipes", &yw_unconditional);
	yw_lnet_sync(net);
	write_all(net, "before");
	erase_by(county, "320102/demand/a");
	erase_by(county, "320102/demand/b");
	erase_by(county, "320102/demand/c");
	put_again(county, "320102/demand/c");
	yw_lnet_sync(net);
	write_all(net, "after");
	YW_PASS(yw_ledger_close_log(city->l, county->t->origin.text, &merged, &err));
	yw_lnode_commit(city);
	yw_lnet_sync(net);
	erase_by(city, "320102/demand/c");
	write_all(net, "merged");
	yw_lnet_free(net);
}

/* --- A log of more than one tile --- */

static void
long_log(void)
{
	static const struct yw_treceipt receipts[] = { { "320000", 1700000200 }, { "320100", 1700000300 } };
	static struct yw_buf bodies[300];
	struct yw_lnet *net = yw_lnet_new(codes, N_CODES, "quorum none\n");
	struct yw_lnode *n = yw_lnode(net, "320200");
	struct yw_tlog *t = &net->t->logs[3];
	uint64_t first = t->n;

	for (unsigned i = 0; i < 300; i++) {
		struct yw_bytes b;

		odd_body(SOUND, i, &bodies[i]);
		b = yw_buf_bytes(&bodies[i]);
		yw_tnet_add_bodies(t, &b, 1);
	}
	yw_tnet_beat(t, 1700000100, receipts, 2);
	yw_lnode_open(n);
	carry(n, &net->t->logs[0], NULL, 0, 0);
	carry(n, &net->t->logs[1], NULL, 0, 0);
	carry(n, t, bodies, 300, first);
	write_node("long", n);
	for (size_t i = 0; i < 300; i++)
		yw_buf_release(&bodies[i]);
	yw_lnet_free(net);
}

/* --- A city that signs two heads of one size --- */

static void
frozen(void)
{
	struct yw_lnet *net = yw_lnet_new(codes, N_CODES, "quorum none\n");
	struct yw_lnode *province = yw_lnode(net, "320000"), *city = yw_lnode(net, "320100");
	struct yw_tlog *other = city->t;	/* another branch of the city's log, by the same keys */
	struct yw_buf head = YW_BUF_INIT, body = YW_BUF_INIT;
	struct yw_bytes b;

	yw_lnode_open(province);
	yw_lnode_open(city);
	yw_lnode_admit(net, "320100");
	for (int i = 0; i < 3; i++)
		yw_lnode_follow(i == 1 ? province : city, i == 1 ? city : province);
	yw_lnode_put(city, "320100/demand/a", 1, "pumps", &yw_unconditional);
	yw_lnode_tick(city);
	yw_lnode_follow(province, city);
	yw_lrecord("320100/demand/b", 1, "of the other branch", &body);
	b = yw_buf_bytes(&body);
	while (other->n < yw_lnode_log(province, "320100")->size)
		yw_tnet_add_bodies(other, &b, 1);
	yw_tlog_head(other, yw_lnode_log(province, "320100")->size, &head);
	YW_FAILS(yw_ledger_take_head(province->l, yw_buf_bytes(&head), &err), YW_ECONFLICT);
	yw_lnode_commit(province);
	write_node("frozen", province);
	yw_buf_release(&head);
	yw_buf_release(&body);
	yw_lnet_free(net);
}

int
main(int argc, char **argv)
{
	static const struct yw_case cases[] = { { "S4 an ordinary network", ordinary }, { "S4 B7 odd bodies", odd_bodies },
		{ "S4 V6/erasure erasures of every form", erasures },
		{ "S4 V6/erasure T10 some erased records", erased_lives }, { "S4 a long log", long_log }, { "S4 L6 a log with two heads", frozen } };

	if (argc != 2) {
		fprintf(stderr, "usage: outside_state DIR\n");
		return 2;
	}
	out_dir = argv[1];
	return yw_testing_main(1, argv, cases, sizeof cases / sizeof *cases);
}
