/*
 * evidence.c - the daemon's side of the comparison with tests/outside/verify.py: makes evidence and
 * contradiction files of a small network, and judges whatever files it is handed.
 *
 *	outside_evidence make DIR	NAME.network with NAME.record or NAME.contradiction, several of each
 *	outside_evidence judge NETWORK...	(versions 1 to the own one) reads length (u32) and file, again and
 *				again; one line of verdict each
 */
#include <inttypes.h>

#include "base/file.h"
#include "base/text.h"
#include "record/kind.h"
#include "record/wire.h"
#include "support/testing.h"
#include "support/tnet.h"
#include "trust/evidence.h"
#include "yiwang/v1/trust.pb-c.h"

static const char *const codes[] = { "320000", "320100", "320200", "320102", "320205", "320300" };
static struct yw_error err;

static void
must(enum yw_code code, const char *what)
{
	if (code == YW_OK)
		return;
	fprintf(stderr, "unable to make %s: %s\n", what, err.msg);
	exit(1);
}

/* --- Making --- */

struct scene {
	const char *name, *code;
	const char *policy;			/* NULL: two of four */
	struct yw_treceipt receipts[4];		/* on the beat that covers the record */
	struct yw_treceipt on_roster[3];	/* on the newest beat of the log above */
	struct yw_treceipt on_foreign[3];	/* on the beat that the foreign_beat entry holds, if any */
	struct yw_treceipt on_next[2];		/* on the newest beat of the next log of the same code */
	bool withheld;
	struct yw_tlog *(*before)(struct yw_tnet *t, struct yw_tlog *l);	/* what happened before the record; in which log it is */
	void (*after)(struct yw_tnet *t, struct yw_tlog *l);	/* and after it, before the beats */
	void (*late)(struct yw_tnet *t, struct yw_tlog *l);	/* between its beat and those of other logs */
	bool registrar;			/* signed by one (T13) */
	bool by_closing;		/* and no beat of its own log covers the record (L10) */
	bool seen;			/* its beat had its quorum before somebody's receipts were cut (T12) */
};

#define TWO_OF_FOUR "group g 2 320000 320100 320200 320205\nquorum g\n"
#define NAMED(n, c) .name = n, .code = c
#define AT(c, t) { c, 1700000000 + (t) }
#define EARLY(c, t) { c, 1690000000 + (t) }

/* --- The life of keys (T1, T5 to T9) --- */

static struct yw_tlog *
rotated_all(struct yw_tnet *t, struct yw_tlog *l)
{
	struct yw_tlog *top = yw_tnet_log(t, "320000"), *city = yw_tnet_log(t, "320100");

	yw_tnet_rotate(top, NULL, "320000 k1");
	yw_tnet_rotate(city, top, "320100 k1");
	yw_tnet_rotate(l, city, "320102 k1");
	yw_tnet_rotate(yw_tnet_log(t, "320200"), top, "320200 k1");
	yw_tnet_rotate(top, NULL, "320000 k2");
	return l;
}

static struct yw_tlog *
rotated_twice(struct yw_tnet *t, struct yw_tlog *l)
{
	struct yw_tlog *city = yw_tnet_log(t, "320100");

	yw_tnet_rotate(l, city, "320102 k1");
	yw_tnet_rotate(l, city, "320102 k2");
	return l;
}

/* The record is by the keys before. */
static void
rotates(struct yw_tnet *t, struct yw_tlog *l)
{
	yw_tnet_rotate(l, l->issuer.code[0] != '\0' ? yw_tnet_log(t, l->issuer.code) : NULL, "the next keys");
}

/* Its receipt is by the keys before. */
static void
mirror_rotates(struct yw_tnet *t, struct yw_tlog *l)
{
	(void)l;
	yw_tnet_rotate(yw_tnet_log(t, "320200"), yw_tnet_log(t, "320000"), "320200 k1");
}

static struct yw_tlog *
reopened(struct yw_tnet *t, struct yw_tlog *l)
{
	yw_tnet_close(l, yw_tnet_log(t, "320100"));
	return yw_tnet_reopen(l, yw_tnet_log(t, "320100"), "320102 second");
}

static struct yw_tlog *
reopened_and_rotated(struct yw_tnet *t, struct yw_tlog *l)
{
	l = reopened(t, l);
	yw_tnet_rotate(l, yw_tnet_log(t, "320100"), "320102 second k1");
	return l;
}

/* A county goes to the province. */
static struct yw_tlog *
handed_over(struct yw_tnet *t, struct yw_tlog *l)
{
	struct yw_tlog *city = yw_tnet_log(t, "320100"), *top = yw_tnet_log(t, "320000");
	struct yw_buf head = YW_BUF_INIT;
	struct yw_closing_draft d;

	yw_tnet_draft_closing(l, l->n, &d, &head);
	d.next_issuer = top->code;
	yw_tnet_add_closing(city, &d, true);
	yw_buf_release(&head);
	return yw_tnet_reopen(l, top, "320102 second");
}

/* The old key is lost; the province consents. */
static struct yw_tlog *
recovered(struct yw_tnet *t, struct yw_tlog *l)
{
	struct yw_tlog *city = yw_tnet_log(t, "320100"), *top = yw_tnet_log(t, "320000"), *next;
	struct yw_buf request = YW_BUF_INIT, trust = YW_BUF_INIT, genesis = YW_BUF_INIT;
	struct yw_log_reader r;

	yw_tnet_reader(t, &r);
	yw_tnet_close(l, city);
	next = yw_tnet_new_log(l, 2, "320102 found");
	yw_tnet_ask(t, &(struct yw_tasked) { "320102", "320100", "320102 found", 2, 0, NULL }, &request);
	must(yw_trust_make_consent(t->trust, yw_tnet_generation(t, "320000"), yw_buf_bytes(&request), &trust, &err), "consent");
	yw_tnet_add_trust(top, yw_buf_bytes(&trust));
	yw_tnet_beat(top, 1699999000, NULL, 0);
	yw_buf_clear(&trust);
	must(yw_recovery_make(t->trust, yw_tnet_generation(t, "320100"), yw_buf_bytes(&request), &r, &trust, &err), "recovery");
	yw_tnet_add_trust(city, yw_buf_bytes(&trust));
	must(yw_trust_make_reopening(yw_tnet_generation(t, "320102"), yw_buf_bytes(&request), (struct yw_bytes) { NULL, 0 },
	    &genesis, &err), "genesis");
	yw_tnet_add_trust(next, yw_buf_bytes(&genesis));
	yw_buf_release(&request);
	yw_buf_release(&trust);
	yw_buf_release(&genesis);
	return next;
}

/* The first node's keys are stolen: the root keys close its log and grant it another. */
static struct yw_tlog *
first_replaced(struct yw_tnet *t, struct yw_tlog *l)
{
	(void)l;
	return yw_tnet_replace_first(t, "320000 second");
}

/* ... and closed only afterwards: what was registered before stands, and its receipts elsewhere count no more. */
static void
first_closed(struct yw_tnet *t, struct yw_tlog *l)
{
	(void)first_replaced(t, l);
}

/* Its next log holds the version that closed the one before. */
static void
first_ended(struct yw_tnet *t, struct yw_tlog *l)
{
	yw_tnet_add_version(first_replaced(t, l));
}

static void
first_ended_rotated(struct yw_tnet *t, struct yw_tlog *l)
{
	struct yw_tlog *next = first_replaced(t, l);

	yw_tnet_add_version(next);
	yw_tnet_rotate(next, NULL, "320000 second k1");
}

/* Another quorum, which what was signed before does not make (T15). */
static void
other_quorum(struct yw_tnet *t, struct yw_tlog *l)
{
	(void)l;
	yw_tnet_version(t, &(struct yw_network_change) { .policy_lines = "quorum 320100\n" });
}

/* A mirror is closed after it signed, and goes on in a next log. */
static void
mirror_ends(struct yw_tnet *t, struct yw_tlog *l)
{
	(void)l;
	yw_tnet_close(yw_tnet_log(t, "320200"), yw_tnet_log(t, "320000"));
}

static void
mirror_reopens(struct yw_tnet *t, struct yw_tlog *l)
{
	struct yw_tlog *mirror = yw_tnet_log(t, "320200");

	yw_tnet_rotate(mirror, yw_tnet_log(t, "320000"), "320200 k1");
	mirror_ends(t, l);
	(void)yw_tnet_reopen(mirror, yw_tnet_log(t, "320000"), "320200 second");
}

/* One that stands below a city, by the province, which acts for that. */
static void
county_ends(struct yw_tnet *t, struct yw_tlog *l)
{
	(void)l;
	yw_tnet_close(yw_tnet_log(t, "320200"), yw_tnet_log(t, "320000"));
	yw_tnet_close(yw_tnet_log(t, "320205"), yw_tnet_log(t, "320000"));
}

static void
is_closed(struct yw_tnet *t, struct yw_tlog *l)
{
	yw_tnet_beat(l, 1700000040, NULL, 0);
	yw_tnet_close(l, yw_tnet_log(t, l->issuer.code));
}

/* Its key was stolen at some time: what was registered from there on is doubted. */
static void
is_doubted(struct yw_tnet *t, struct yw_tlog *l)
{
	struct yw_buf head = YW_BUF_INIT;
	struct yw_closing_draft d;

	yw_tnet_draft_closing(l, l->n, &d, &head);
	d.doubted = d.revoked = true;
	d.doubted_from = l->n - 1;
	yw_tnet_add_closing(yw_tnet_log(t, l->issuer.code), &d, true);
	yw_buf_release(&head);
}

static void
is_ended(struct yw_tnet *t, struct yw_tlog *l)
{
	yw_tnet_close(l, yw_tnet_log(t, l->issuer.code));
}

/* By the province, which acts for a city that was closed itself. */
static void
is_ended_above(struct yw_tnet *t, struct yw_tlog *l)
{
	yw_tnet_close(yw_tnet_log(t, "320100"), yw_tnet_log(t, "320000"));
	yw_tnet_close(l, yw_tnet_log(t, "320000"));
}

static const struct scene scenes[] = {
	{ NAMED("met", "320102"), .receipts = { AT("320205", 300), AT("320000", 200), AT("320200", 250) } },
	{ NAMED("shared-links", "320102"), .receipts = { AT("320100", 5), AT("320000", 5) } },
	{ NAMED("not-met", "320102"), .receipts = { AT("320205", 300) } },
	{ NAMED("no-receipt", "320102") },
	{ NAMED("no-quorum", "320205"), .policy = "quorum none\n", .receipts = { AT("320000", 200) } },
	{ NAMED("withheld", "320102"), .receipts = { AT("320205", 300), AT("320000", 200) }, .withheld = true },
	{ NAMED("province", "320000"), .receipts = { AT("320100", 300), AT("320205", 200) } },
	{ NAMED("one-code", "320200"), .policy = "quorum 320100\n", .receipts = { AT("320100", 300) } },
	{ NAMED("itself", "320100"), .policy = "quorum 320100\n", .receipts = { AT("320000", 300) } },
	{ NAMED("taken-out", "320100"), .policy = "group g all 320000 320100 320200\nquorum g\n",
	    .receipts = { AT("320000", 300), AT("320200", 310) } },
	{ NAMED("nested", "320102"), .policy = "group a any 320100 320102\ngroup b 2 320200 320300 320205\n"
	    "group c 2 a b 320000\nquorum c\n", .receipts = { AT("320100", 300), AT("320300", 310), AT("320205", 320) } },
	{ NAMED("emptied", "320102"), .policy = "group a any 320102\ngroup c all a 320000\nquorum c\n",
	    .receipts = { AT("320000", 300) } },
	{ NAMED("roster-seen", "320102"), .receipts = { AT("320200", 300), AT("320000", 200) },
	    .on_roster = { AT("320000", 400), AT("320200", 500) } },
	{ NAMED("not-before", "320102"), .receipts = { AT("320200", 300), AT("320000", 200) },
	    .on_foreign = { EARLY("320200", 0), EARLY("320205", 500) } },
	{ NAMED("weak-not-before", "320102"), .receipts = { AT("320200", 300), AT("320000", 200) },
	    .on_foreign = { EARLY("320200", 0) } },
#define MET .receipts = { AT("320200", 300), AT("320000", 200) }
	{ NAMED("rotated", "320102"), MET, .before = rotated_all, .on_roster = { AT("320000", 400), AT("320200", 500) } },
	{ NAMED("rotated-twice", "320102"), MET, .before = rotated_twice },
	{ NAMED("by-the-old-keys", "320102"), MET, .after = rotates },
	{ NAMED("first-rotated", "320000"), .receipts = { AT("320100", 300), AT("320205", 200) }, .after = rotates },
	{ NAMED("mirror-rotated", "320102"), MET, .late = mirror_rotates },
	{ NAMED("second-generation", "320102"), MET, .before = reopened },
	{ NAMED("second-rotated", "320102"), MET, .before = reopened_and_rotated, .on_foreign = { EARLY("320200", 0), EARLY("320205", 500) } },
	{ NAMED("handed-over", "320102"), MET, .before = handed_over },
	{ NAMED("recovered", "320102"), MET, .before = recovered },
	{ NAMED("first-replaced", "320000"), .receipts = { AT("320100", 300), AT("320205", 200) }, .before = first_replaced },
	{ NAMED("first-closed", "320102"), MET, .late = first_closed },
	{ NAMED("closed", "320102"), MET, .after = is_closed },
#define ENDED .by_closing = true, .on_roster = { AT("320000", 400), AT("320200", 500) }
	{ NAMED("ended", "320102"), ENDED, .after = is_ended },
	{ NAMED("ended-rotated", "320102"), ENDED, .before = rotated_twice, .after = is_ended },
	{ NAMED("ended-doubted", "320102"), ENDED, .after = is_doubted },
	{ NAMED("doubted", "320102"), MET, .late = is_doubted },
	{ NAMED("ended-above", "320102"), .by_closing = true, .after = is_ended_above },
	{ NAMED("first-ended", "320000"), .by_closing = true, .after = first_ended, .on_next = { AT("320100", 600), AT("320200", 700) } },
	{ NAMED("first-ended-unseen", "320000"), .by_closing = true, .after = first_ended, .on_next = { AT("320200", 700) } },
	{ NAMED("first-ended-rotated", "320000"), .by_closing = true, .after = first_ended_rotated,
	    .on_next = { AT("320100", 600), AT("320200", 700) } },
	{ NAMED("first-ended-untold", "320000"), .by_closing = true, .after = first_closed },
	{ NAMED("older-quorum", "320102"), MET, .late = other_quorum },
	{ NAMED("mirror-ended", "320102"), MET, .late = mirror_ends, .seen = true },
	{ NAMED("mirror-ended-unseen", "320102"), MET, .late = mirror_ends },
	{ NAMED("mirror-reopened", "320102"), MET, .late = mirror_reopens, .seen = true },
	{ NAMED("mirror-below-ended", "320102"), .receipts = { AT("320205", 300), AT("320000", 200) }, .late = county_ends, .seen = true },
	{ NAMED("mirror-first-ended", "320102"), MET, .late = first_closed, .seen = true },
	{ NAMED("registrar", "320102"), MET, .registrar = true },
	{ NAMED("registrar-withheld", "320102"), MET, .registrar = true, .withheld = true, .before = rotated_twice },
	{ NAMED("registrar-ended", "320102"), ENDED, .registrar = true, .after = is_ended },
};

static size_t
count(const struct yw_treceipt *r, size_t most)
{
	size_t n = 0;

	while (n < most && r[n].code != NULL)
		n++;
	return n;
}

static void
save(const char *dir, const char *name, const char *kind, struct yw_bytes b)
{
	char path[512];

	snprintf(path, sizeof path, "%s/%s.%s", dir, name, kind);
	must(yw_file_write(path, b.data, b.len, 0600, true, &err), path);
}

static void
body_of(const char *code, unsigned number, struct yw_buf *out)
{
	struct yw_buf id = YW_BUF_INIT;

	yw_buf_printf(&id, "%s/contract/%u", code, number);
	yw_wire_add_bytes(out, 1, yw_buf_bytes(&id));
	yw_wire_add_number(out, 2, 1);
	yw_wire_add_number(out, 3, 1);
	yw_wire_add_bytes(out, 4, YW_BYTES_LIT("0123456789abcdef"));
	yw_wire_add_bytes(out, 7, YW_BYTES_LIT(""));
	yw_buf_release(&id);
}

static void
add_foreign(struct yw_tnet *t, const struct scene *c, struct yw_tlog *l, struct yw_evidence_subject *s)
{
	struct yw_tlog *issuer = yw_tnet_log(t, l->issuer.code);
	Yiwang__V1__ForeignBeat beat = YIWANG__V1__FOREIGN_BEAT__INIT;
	Yiwang__V1__Trust m = YIWANG__V1__TRUST__INIT;
	struct yw_buf trust = YW_BUF_INIT;

	yw_tnet_beat(issuer, 1699998000, c->on_foreign, count(c->on_foreign, 3));
	beat.beat = (ProtobufCBinaryData) { issuer->beat.len, issuer->beat.data };
	m.kind_case = YIWANG__V1__TRUST__KIND_FOREIGN_BEAT;
	m.foreign_beat = &beat;
	must(yw_wire_pack(&m.base, &trust, &err), "foreign beat");
	s->foreign_index = yw_tnet_add_trust(l, yw_buf_bytes(&trust));
	s->has_foreign = true;
	yw_buf_release(&trust);
}

/* T13: named, and then signing elsewhere. */
static uint64_t
add_signed(struct yw_tlog *l, const struct yw_bytes b[static 3])
{
	struct yw_key_set registrar;

	yw_tnet_keys("registrar", &registrar);
	yw_tnet_add_registrar(l, &registrar.pub.entry, false);
	return yw_tnet_add_bodies_by(l, &registrar, b, 3);
}

static void
make_record(const char *dir, const struct scene *c)
{
	struct yw_tnet *t = yw_tnet_new("onenet.example", codes, sizeof codes / sizeof *codes,
	    c->policy != NULL ? c->policy : TWO_OF_FOUR);
	struct yw_tlog *l = c->before != NULL ? c->before(t, yw_tnet_log(t, c->code)) : yw_tnet_log(t, c->code);
	struct yw_evidence_subject s = { .origin = l->origin, .item = 1 };
	struct yw_buf bodies[3] = { YW_BUF_INIT, YW_BUF_INIT, YW_BUF_INIT }, text = YW_BUF_INIT;
	struct yw_bytes b[3];
	struct yw_log_reader r;

	for (unsigned i = 0; i < 3; i++) {
		body_of(c->code, i, &bodies[i]);
		b[i] = yw_buf_bytes(&bodies[i]);
	}
	if (c->on_foreign[0].code != NULL)
		add_foreign(t, c, l, &s);
	s.index = c->registrar ? add_signed(l, b) : yw_tnet_add_bodies(l, b, 3);
	if (c->after != NULL)
		c->after(t, l);
	yw_tnet_beat(l, 1700000050 + (uint64_t)(l - t->logs), c->receipts, count(c->receipts, 4));
	if (c->late != NULL)
		c->late(t, l);
	for (size_t i = 0; i < t->n_logs; i++) {
		bool above = strcmp(t->logs[i].code.code, l->issuer.code) == 0;

		if (&t->logs[i] != l && t->logs[i].generation > l->generation && strcmp(t->logs[i].code.code, l->code.code) == 0)
			yw_tnet_beat(&t->logs[i], 1700000050 + i, c->on_next, count(c->on_next, 2));
		else if (&t->logs[i] != l)
			yw_tnet_beat(&t->logs[i], 1700000050 + i, c->on_roster, above ? count(c->on_roster, 3) : 0);
	}
	s.met_when_seen = c->seen;
	if (!c->by_closing)
		s.beat = yw_buf_bytes(&l->beat);
	s.body = c->withheld ? (struct yw_bytes) { NULL, 0 } : b[1];
	yw_tnet_reader(t, &r);
	must(yw_evidence_make(t->trust, &s, &r, &text, &err), c->name);
	save(dir, c->name, "record", yw_buf_bytes(&text));
	save(dir, c->name, "network", yw_buf_bytes(&t->network.note));
	for (size_t i = 0; i < 3; i++)
		yw_buf_release(&bodies[i]);
	yw_buf_release(&text);
	yw_tnet_free(t);
}

/* A head of a log of that many leaves, numbered from 0, of which one is bent. */
static void
grow(const struct yw_tlog *l, size_t n, size_t bent, struct yw_hash *leaves, struct yw_buf *head)
{
	struct yw_checkpoint c = { .size = n };

	for (size_t i = 0; i < n; i++) {
		uint8_t leaf[2] = { (uint8_t)i, i == bent };

		yw_leaf_hash((struct yw_bytes) { leaf, 2 }, &leaves[i]);
	}
	yw_range_root(leaves, n, &c.root);
	memcpy(c.origin, l->origin.text, sizeof c.origin);
	must(yw_head_sign(&c, &l->keys.head, &l->keys.pub.head, head, &err), "head");
}

static enum yw_code
read_leaves(void *arg, unsigned level, uint64_t n, size_t width, struct yw_hash *out, struct yw_error *e)
{
	if (level != 0 || n != 0)
		return yw_fail(e, YW_ENOENT, "no tile");
	memcpy(out, arg, width * sizeof *out);
	return YW_OK;
}

static void
make_contradiction(const char *dir, const char *name, const char *code, size_t size_a, size_t size_b)
{
	struct yw_tnet *t = yw_tnet_new("onenet.example", codes, sizeof codes / sizeof *codes, TWO_OF_FOUR);
	struct yw_hash a[64], b[64];
	struct yw_tile_reader tiles = { read_leaves, b };
	struct yw_buf head_a = YW_BUF_INIT, head_b = YW_BUF_INIT, text = YW_BUF_INIT;
	struct yw_contradiction c = { 0 };
	struct yw_log_reader r;

	grow(yw_tnet_log(t, code), size_a, 3, a, &head_a);
	grow(yw_tnet_log(t, code), size_b, SIZE_MAX, b, &head_b);
	c.head_a = yw_buf_bytes(&head_a);
	c.head_b = yw_buf_bytes(&head_b);
	if (size_a != size_b) {
		yw_range_root(b, size_a, &c.instead);
		must(yw_prove_consistency(&tiles, size_a, size_b, &c.consistency, &err), "proof");
	}
	for (size_t i = 0; i < t->n_logs; i++)
		yw_tnet_beat(&t->logs[i], 1700000050 + i, NULL, 0);
	yw_tnet_reader(t, &r);
	must(yw_contradiction_make(t->trust, yw_tnet_generation(t, code), &c, &r, &text, &err), name);
	save(dir, name, "contradiction", yw_buf_bytes(&text));
	save(dir, name, "network", yw_buf_bytes(&t->network.note));
	yw_buf_release(&head_a);
	yw_buf_release(&head_b);
	yw_buf_release(&text);
	yw_tnet_free(t);
}

/* T1: the root keys sign two versions after the first. */
static void
make_twin(const char *dir, const char *name)
{
	struct yw_tnet *t = yw_tnet_new("onenet.example", codes, sizeof codes / sizeof *codes, TWO_OF_FOUR);
	static const char *const policies[] = { "quorum 320000\n", "quorum none\n" };
	struct yw_buf draft = YW_BUF_INIT, note = YW_BUF_INIT, text = YW_BUF_INIT;
	struct yw_seckey root;
	struct yw_pubkey pub;

	yw_tnet_root_key("root", &root, &pub);
	for (int i = 0; i < 2; i++) {
		yw_buf_clear(&draft);
		yw_buf_clear(&note);
		must(yw_network_next(&t->network, &(struct yw_network_change) { .policy_lines = policies[i] }, &draft, &err), "draft");
		must(yw_network_sign(&t->network, yw_buf_bytes(&draft), &root, &pub, &note, &err), "version");
		(void)!yw_trust_add_network(t->trust, yw_buf_bytes(&note), &err);
	}
	must(yw_network_contradiction_make(t->trust, &text, &err), name);
	save(dir, name, "contradiction", yw_buf_bytes(&text));
	save(dir, name, "network", yw_buf_bytes(&t->network.note));
	yw_buf_release(&draft);
	yw_buf_release(&note);
	yw_buf_release(&text);
	yw_tnet_free(t);
}

/* T11: a roster that is empty, after one that is not; or one whose rows are not in order. */
static void
make_roster(const char *dir, const char *name, const char *code, const uint8_t *roster, size_t len)
{
	struct yw_tnet *t = yw_tnet_new("onenet.example", codes, sizeof codes / sizeof *codes, TWO_OF_FOUR);
	struct yw_buf text = YW_BUF_INIT;
	struct yw_log_reader r;

	yw_tnet_add_trust(yw_tnet_log(t, code), (struct yw_bytes) { roster, len });
	for (size_t i = 0; i < t->n_logs; i++)
		yw_tnet_beat(&t->logs[i], 1700000050 + i, NULL, 0);
	yw_tnet_reader(t, &r);
	must(yw_roster_contradiction_make(t->trust, yw_tnet_generation(t, code), &r, &text, &err), name);
	save(dir, name, "contradiction", yw_buf_bytes(&text));
	save(dir, name, "network", yw_buf_bytes(&t->network.note));
	yw_buf_release(&text);
	yw_tnet_free(t);
}

/* T7: the county is closed at a head of another branch than the one that had its quorum; by `more` entries apart. */
static void
make_void(const char *dir, const char *name, size_t more)
{
	static const struct yw_treceipt quorum[] = { { "320200", 1700000300 }, { "320205", 1700000400 } };
	struct yw_tnet *t = yw_tnet_new("onenet.example", codes, sizeof codes / sizeof *codes, TWO_OF_FOUR);
	struct yw_buf text = YW_BUF_INIT;
	struct yw_void_closing c;
	struct yw_log_reader r;

	yw_tnet_void(t, more, quorum, 2, &c);
	yw_tnet_reader(t, &r);
	must(yw_closing_contradiction_make(t->trust, &c, &r, &text, &err), name);
	save(dir, name, "contradiction", yw_buf_bytes(&text));
	save(dir, name, "network", yw_buf_bytes(&t->network.note));
	yw_buf_release(&text);
	yw_tnet_free(t);
}

static int
make(const char *dir)
{
	static const uint8_t empty[] = { 0x3a, 0x00 };
	static const uint8_t unordered[] = { 0x3a, 24, 0x0a, 10, 0x0a, 6, '3', '2', '0', '9', '0', '0', 0x10, 1, 0x0a, 10, 0x0a, 6,
		'3', '2', '0', '2', '0', '0', 0x10, 1 };

	for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
		make_record(dir, &scenes[i]);
	make_contradiction(dir, "one-size", "320102", 11, 11);
	make_contradiction(dir, "two-sizes", "320102", 11, 37);
	make_contradiction(dir, "even-sizes", "320100", 16, 64);
	make_contradiction(dir, "at-the-top", "320000", 5, 6);
	make_void(dir, "void-closing", 0);
	make_void(dir, "void-below", 4);
	make_twin(dir, "two-network-files");
	make_roster(dir, "empty-roster", "320100", empty, sizeof empty);
	make_roster(dir, "unordered-roster", "320000", unordered, sizeof unordered);
	return 0;
}

/* --- Judging: the words of a verdict are those of verify.py's --- */

static void
add_codes(struct yw_buf *out, const struct yw_jurisdiction *via, size_t n)
{
	yw_buf_add_str(out, " via");
	for (size_t i = 0; i < n; i++)
		yw_buf_printf(out, " %s", via[i].code);
}

static void
add_quorum(struct yw_buf *out, enum yw_quorum quorum, uint64_t time_s)
{
	static const char *const words[] = { [YW_QUORUM_NONE] = "none", [YW_QUORUM_NOT_MET] = "not-met",
		[YW_QUORUM_MET] = "met" };

	yw_buf_printf(out, " %s %" PRIu64, words[quorum], quorum == YW_QUORUM_MET ? time_s : 0);
}

static void
add_record(struct yw_buf *out, const struct yw_evidence_verdict *v)
{
	yw_buf_printf(out, "record %s %" PRIu64 " %u %" PRId64 " ", v->origin.text, v->index, v->item, v->claimed_ms);
	yw_hex_add(out, v->body_sha256.b, sizeof v->body_sha256.b);
	yw_buf_add_byte(out, ' ');
	if (v->withheld)
		yw_buf_add_str(out, "withheld");
	else
		yw_hex_add(out, v->body.data, v->body.len);
	yw_buf_printf(out, " network %" PRIu64 " size %" PRIu64 " owner %" PRIu64, v->network_version, v->beat_size,
	    v->owner_time_s);
	yw_buf_printf(out, " generation %u%s", v->generation, v->recovery ? " recovered" : "");
	add_quorum(out, v->quorum, v->existed_by_s);
	if (v->met_version != 0)
		yw_buf_printf(out, " older %" PRIu64, v->met_version);
	if (v->met_when_seen)
		yw_buf_printf(out, " seen %" PRIu64 " cut %s", v->seen_s, v->cut_by.code[0] != '\0' ? v->cut_by.code : "root");
	yw_buf_printf(out, " after %" PRIu64, v->has_not_before ? v->not_before_s : 0);
	add_codes(out, v->via, v->n_via);
	for (size_t i = 0; i < v->n_rosters; i++) {
		yw_buf_printf(out, " roster %s %s %" PRIu64, v->rosters[i].issuer.code, v->rosters[i].code.code,
		    v->rosters[i].index);
		add_quorum(out, v->rosters[i].quorum, v->rosters[i].seen_s);
		for (size_t k = 0; k < v->rosters[i].n_seen_by; k++)
			yw_buf_printf(out, " %s", v->rosters[i].seen_by[k].code);
	}
	if (v->by_registrar) {
		yw_buf_printf(out, " registrar %" PRIu64 " ", v->registrar_index);
		yw_hex_add(out, v->registrar.b, sizeof v->registrar.b);
		for (unsigned k = 1; k < YW_KINDS_END; k++)
			if (v->registrar_kinds >> k & 1)
				yw_buf_printf(out, " %s", yw_kind_name(k));
	}
	if (v->doubted)
		yw_buf_printf(out, " doubted-by %s", v->doubted_by.code[0] != '\0' ? v->doubted_by.code : "root");
	if (v->closed)
		yw_buf_printf(out, " closed-by %s %" PRIu64, v->closing.issuer.code[0] != '\0' ? v->closing.issuer.code : "root",
		    v->closing.place.index);
	if (v->logged)
		yw_buf_printf(out, " %s %" PRIu64, v->logged_at.origin.text, v->logged_at.index);
	for (size_t i = 0; i < v->n_receipts; i++)
		yw_buf_printf(out, " %s %s %" PRIu64, v->receipts[i].cut ? "cut" : "receipt", v->receipts[i].code.code,
		    v->receipts[i].earliest_s);
}

static void
add_contradiction(struct yw_buf *out, const struct yw_contradiction_verdict *v)
{
	if (v->of == YW_CONTRADICTION_NETWORK) {
		yw_buf_printf(out, "contradiction network %" PRIu64 " ", v->version);
		yw_hex_add(out, v->text.b, sizeof v->text.b);
		yw_buf_add_byte(out, ' ');
		yw_hex_add(out, v->twin.b, sizeof v->twin.b);
		return;
	}
	if (v->of == YW_CONTRADICTION_CLOSING) {
		yw_buf_printf(out, "contradiction closing %s %s %" PRIu64 " %" PRIu64 " ", v->origin.text, v->closer.code,
		    v->closing.index, v->end.size);
		yw_hex_add(out, v->end.root.b, sizeof v->end.root.b);
		yw_buf_printf(out, " %" PRIu64 " ", v->beat.size);
		yw_hex_add(out, v->beat.root.b, sizeof v->beat.root.b);
		yw_buf_printf(out, " %" PRIu64, v->quorum_time_s);
		add_codes(out, v->via, v->n_via);
		return;
	}
	if (v->of == YW_CONTRADICTION_ROSTER) {
		yw_buf_printf(out, "contradiction roster %s %" PRIu64 " %" PRIu64, v->origin.text, v->roster, v->witness);
		add_codes(out, v->via, v->n_via);
		return;
	}
	yw_buf_printf(out, "contradiction %s %" PRIu64 " %" PRIu64 " ", v->origin.text, v->size_a, v->size_b);
	yw_hex_add(out, v->root_a.b, sizeof v->root_a.b);
	yw_buf_add_byte(out, ' ');
	yw_hex_add(out, v->root_b.b, sizeof v->root_b.b);
	if (v->size_a != v->size_b) {
		yw_buf_add_byte(out, ' ');
		yw_hex_add(out, v->instead.b, sizeof v->instead.b);
	}
	add_codes(out, v->via, v->n_via);
}

static enum yw_code
judge_one(const struct yw_network *n, struct yw_bytes text, struct yw_buf *out)
{
	struct yw_evidence_verdict v;
	struct yw_contradiction_verdict c;
	enum yw_code code;

	switch (yw_evidence_kind(text)) {
	case YW_EVIDENCE_RECORD:
		code = yw_evidence_verify(n, text, &v, &err);
		if (code == YW_OK) {
			add_record(out, &v);
			yw_evidence_verdict_release(&v);
		}
		return code;
	case YW_EVIDENCE_CONTRADICTION:
		code = yw_contradiction_verify(n, text, &c, &err);
		if (code == YW_OK)
			add_contradiction(out, &c);
		return code;
	case YW_EVIDENCE_NONE:
		break;
	}
	return yw_fail(&err, YW_EFORMAT, "no evidence file");
}

/* The last of the versions in these files; each must follow the one before. */
static void
read_networks(char **paths, int n, struct yw_network *out)
{
	struct yw_buf note = YW_BUF_INIT;
	struct yw_network next;

	for (int i = 0; i < n; i++) {
		yw_buf_clear(&note);
		must(yw_file_read(paths[i], YW_NETWORK_FILE_MAX, &note, &err), paths[i]);
		must(yw_network_parse(yw_buf_bytes(&note), i == 0 ? NULL : &out->hash, &next, &err), paths[i]);
		must(i == 0 ? yw_network_verify(&next, &err) : yw_network_follows(out, &next, &err), paths[i]);
		if (i != 0)
			yw_network_release(out);
		*out = next;
	}
	yw_buf_release(&note);
}

static int
judge(char **networks, int n_networks)
{
	struct yw_buf text = YW_BUF_INIT, out = YW_BUF_INIT;
	struct yw_network n;
	uint8_t length[4];

	read_networks(networks, n_networks, &n);
	while (fread(length, sizeof length, 1, stdin) == 1) {
		uint32_t len = yw_get_be32(length);
		uint8_t *room;

		yw_buf_clear(&text);
		yw_buf_clear(&out);
		room = yw_buf_extend(&text, len);
		if (room == NULL || fread(room, 1, len, stdin) != len)
			return 1;
		if (judge_one(&n, yw_buf_bytes(&text), &out) != YW_OK)
			yw_buf_printf(&out, "refused %s", err.msg);
		printf("%s\n", yw_buf_str(&out));
		fflush(stdout);
	}
	yw_network_release(&n);
	yw_buf_release(&text);
	yw_buf_release(&out);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "make") == 0)
		return make(argv[2]);
	if (argc > 2 && strcmp(argv[1], "judge") == 0)
		return judge(argv + 2, argc - 2);
	fprintf(stderr, "usage: outside_evidence make DIR | judge NETWORK...\n");
	return 2;
}
