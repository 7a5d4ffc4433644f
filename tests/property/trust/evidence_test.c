/*
 * Any flipped bit of an evidence file is refused by the last line; with that mended it is refused by
 * name, or costs one receipt and changes nothing else: never another statement, time, signer or body.
 */
#include "base/text.h"
#include "record/wire.h"
#include "support/testing.h"
#include "support/tnet.h"
#include "trust/evidence.h"

static const char *const codes[] = { "320000", "320100", "320200", "320102", "320205" };
static struct yw_error err;

enum how { PLAIN, WITHHELD, CLOSED, CUT };	/* CLOSED: in place of a beat (L10); CUT: one of its mirrors (T12) */

static void
make(struct yw_tnet *t, enum how how, struct yw_buf *out)
{
	bool closed = how == CLOSED;
	static const struct yw_treceipt receipts[] = { { "320000", 1700000200 }, { "320200", 1700000250 } };
	struct yw_tlog *l = yw_tnet_log(t, "320102");
	struct yw_evidence_subject s = { .origin = l->origin, .item = 1 };
	struct yw_buf body[2] = { YW_BUF_INIT, YW_BUF_INIT };
	struct yw_bytes bodies[2];
	struct yw_log_reader r;

	for (unsigned i = 0; i < 2; i++) {
		yw_wire_add_bytes(&body[i], 1,
		    i == 0 ? YW_BYTES_LIT("320102/contract/a") : YW_BYTES_LIT("320102/contract/b"));
		yw_wire_add_number(&body[i], 2, 1);
		yw_wire_add_number(&body[i], 3, 1);
		yw_wire_add_bytes(&body[i], 4, YW_BYTES_LIT("0123456789abcdef"));
		yw_wire_add_bytes(&body[i], 7, YW_BYTES_LIT(""));
		bodies[i] = yw_buf_bytes(&body[i]);
	}
	s.index = yw_tnet_add_bodies(l, bodies, 2);
	if (closed)
		yw_tnet_close(l, yw_tnet_log(t, "320100"));
	for (size_t i = 0; i < t->n_logs; i++)
		yw_tnet_beat(&t->logs[i], 1700000100, receipts, &t->logs[i] == (closed ? yw_tnet_log(t, "320100") : l) ? 2 : 0);
	if (!closed)
		s.beat = yw_buf_bytes(&l->beat);
	if (how == CUT) {
		yw_tnet_close(yw_tnet_log(t, "320200"), yw_tnet_log(t, "320000"));
		yw_tnet_beat(yw_tnet_log(t, "320000"), 1700000200, NULL, 0);
		s.met_when_seen = true;
	}
	if (how != WITHHELD)
		s.body = bodies[1];
	yw_tnet_reader(t, &r);
	YW_CHECK_MSG(yw_evidence_make(t->trust, &s, &r, out, &err) == YW_OK, "%s", err.msg);
	yw_buf_release(&body[0]);
	yw_buf_release(&body[1]);
}

static void
same_but_for_receipts(const struct yw_evidence_verdict *a, const struct yw_evidence_verdict *b, size_t bit)
{
	YW_CHECK_MSG(strcmp(a->origin.text, b->origin.text) == 0 && a->index == b->index && a->item == b->item,
	    "bit %zu", bit);
	YW_CHECK_MSG(yw_hash_equal(&a->body_sha256, &b->body_sha256) && a->withheld == b->withheld, "bit %zu", bit);
	YW_CHECK_MSG(yw_bytes_equal(a->body, b->body), "bit %zu", bit);
	YW_CHECK_MSG(a->claimed_ms == b->claimed_ms && a->owner_time_s == b->owner_time_s, "bit %zu", bit);
	YW_CHECK_MSG(a->closed == b->closed && a->closing.place.index == b->closing.place.index &&
	    yw_jurisdiction_equal(&a->closing.issuer, &b->closing.issuer), "bit %zu", bit);
	YW_CHECK_MSG(a->n_via == b->n_via && memcmp(a->via, b->via, a->n_via * sizeof *a->via) == 0, "bit %zu", bit);
	YW_CHECK_MSG(a->n_receipts <= b->n_receipts && a->n_receipts + 1 >= b->n_receipts, "bit %zu", bit);
	if (a->n_receipts == b->n_receipts)
		YW_CHECK_MSG(a->quorum == b->quorum && a->existed_by_s == b->existed_by_s &&
		    a->met_when_seen == b->met_when_seen && a->seen_s == b->seen_s, "bit %zu", bit);
	else
		YW_CHECK_MSG(a->quorum == YW_QUORUM_NOT_MET && !a->met_when_seen, "bit %zu", bit);
	YW_CHECK_MSG(a->n_rosters == b->n_rosters, "bit %zu", bit);
}

static void
flip(enum how how)
{
	struct yw_tnet *t = yw_tnet_new("onenet.example", codes, 5, "group g 2 320000 320200 320205\nquorum g\n");
	struct yw_buf good = YW_BUF_INIT, bent = YW_BUF_INIT;
	struct yw_evidence_verdict want, got;
	uint64_t state = yw_test_seed();
	unsigned stood = 0;

	make(t, how, &good);
	YW_PASS(yw_evidence_verify(&t->network, yw_buf_bytes(&good), &want, &err));
	YW_CHECK((want.quorum == YW_QUORUM_MET) == (how != CUT) && want.n_receipts == 2 && want.closed == (how == CLOSED));
	YW_CHECK(want.met_when_seen == (how == CUT));
	for (int i = 0; i < 500; i++) {
		size_t bit = yw_test_next(&state) % (good.len * 8);

		yw_buf_clear(&bent);
		yw_buf_add(&bent, good.data, good.len);
		bent.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		YW_CHECK_MSG(yw_evidence_verify(&t->network, yw_buf_bytes(&bent), &got, &err) != YW_OK, "bit %zu", bit);
		if (bit / 8 >= good.len - 72)
			continue;
		yw_tnet_reseal(&bent);
		err.msg[0] = '\0';
		if (yw_evidence_verify(&t->network, yw_buf_bytes(&bent), &got, &err) == YW_OK) {
			same_but_for_receipts(&got, &want, bit);
			yw_evidence_verdict_release(&got);
			stood++;
		} else {
			YW_CHECK_MSG(strstr(err.msg, "evidence") != NULL, "bit %zu: %s", bit, err.msg);
		}
	}
	YW_CHECK(stood < 250);
	yw_evidence_verdict_release(&want);
	yw_buf_release(&good);
	yw_buf_release(&bent);
	yw_tnet_free(t);
}

static void
with_body(void)
{
	flip(PLAIN);
}

static void
without_body(void)
{
	flip(WITHHELD);
}

static void
by_closing(void)
{
	flip(CLOSED);
}

static void
mirror_cut(void)
{
	flip(CUT);
}

YW_TESTS({ "B12 a bit flipped anywhere, with the body", with_body },
    { "B12 a bit flipped anywhere, withheld", without_body },
    { "B12 L10 a bit flipped anywhere, with a closing in place of the beat", by_closing },
    { "B12 T12 a bit flipped anywhere, with what ended a mirror's key", mirror_cut })
