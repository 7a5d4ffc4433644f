/*
 * Beats: whose receipts count, and since when they make a quorum.
 * Outside truth: the published beat of 320100 with the receipt of 320000, typed in.
 */
#include "support/testing.h"
#include "support/tnet.h"

#define DASH "\xe2\x80\x94 "

static const char *const codes[] = { "320000", "320100", "320200", "320102", "320104" };
static struct yw_error err;

static struct yw_tnet *
network(const char *policy)
{
	return yw_tnet_new("onenet.example", codes, sizeof codes / sizeof *codes, policy);
}

static void
judge(struct yw_tnet *t, const char *code, struct yw_beat_verdict *v)
{
	struct yw_tlog *l = yw_tnet_log(t, code);
	enum yw_code got = yw_trust_judge_beat(t->trust, yw_tnet_generation(t, code), yw_buf_bytes(&l->beat), v, &err);

	YW_CHECK_MSG(got == YW_OK, "%s", err.msg);
}

static void
published(void)
{
	static const char beat[] = "onenet.example/320100\n9\nB7oGuSkoV8iikB/Dwav96N1FGloM2Vh08O1YunO9jKY=\n\n"
	    DASH "onenet.example/320100 7pV2izGeCPRjWU5yuL7nV5GHZ874qEBX32MXGi9CGHJN7smNlZOcq5+S1i7D06kZ5LzYxn4kz0wLmy/xlkxov"
	    "gqc/AQ=\n"
	    DASH "onenet.example/320100/cosign MTEMnwAAAABlU/FkRSBbbP19YQQLwvPpzP6fS0pGp+eR7xepKNeuX/0HaLtINiMzk+14cVQzr3UuPB"
	    "KJ5Tkf5PEXPPOcSXwESLcHBQ==\n"
	    DASH "onenet.example/320000/cosign rgMTqQAAAABlU/Fnf00DblSXTpP4XNvBt8rsn7a4JbeLzbn7/tUgHfpoXv+jWfKNNtBCqlOv/CO+BT"
	    "y5aQTy5WK4A0xFqbTt3iEfAQ==\n";
	struct yw_tnet *t = network("group g 2 320000 320100 320102\nquorum g\n");
	struct yw_beat_verdict v;

	YW_PASS(yw_trust_judge_beat(t->trust, yw_tnet_generation(t, "320100"), yw_bytes_str(beat), &v, &err));
	YW_CHECK(v.head.size == 9 && v.owner_time_s == 1700000100);
	YW_CHECK(v.n_receipts == 1 && strcmp(v.receipts[0].code.code, "320000") == 0);
	YW_CHECK(v.receipts[0].earliest_s == 1700000103 && v.receipts[0].newest_s == 1700000103);
	YW_CHECK(v.quorum == YW_QUORUM_NOT_MET);	/* 320100's own word is struck out: 1 of 2 */
	YW_FAILS(yw_trust_judge_beat(t->trust, yw_tnet_generation(t, "320000"), yw_bytes_str(beat), &v, &err),
	    YW_EINVAL);
	yw_tnet_free(t);
}

static void
quorum_time(void)
{
	struct yw_tnet *t = network("group g 2 320000 320100 320200 320104\nquorum g\n");
	struct yw_tlog *l = yw_tnet_log(t, "320102");
	const struct yw_treceipt three[] = { { "320200", 300 }, { "320000", 200 }, { "320100", 250 } };
	const struct yw_treceipt same[] = { { "320200", 200 }, { "320000", 200 } };
	const struct yw_treceipt outside[] = { { "320000", 200 }, { "320102", 1 } };
	struct yw_beat_verdict v;

	yw_tnet_beat(l, 100, three, 3);
	judge(t, "320102", &v);
	YW_CHECK(v.quorum == YW_QUORUM_MET && v.quorum_time_s == 250 && v.owner_time_s == 100);
	YW_CHECK(v.n_receipts == 3 && strcmp(v.receipts[0].code.code, "320000") == 0 &&
	    strcmp(v.receipts[1].code.code, "320100") == 0 && strcmp(v.receipts[2].code.code, "320200") == 0);
	yw_tnet_beat(l, 100, same, 2);
	judge(t, "320102", &v);
	YW_CHECK(v.quorum == YW_QUORUM_MET && v.quorum_time_s == 200);
	yw_tnet_beat(l, 100, outside, 2);	/* the owner signs twice: no receipt of its own log */
	judge(t, "320102", &v);
	YW_CHECK(v.quorum == YW_QUORUM_NOT_MET && v.n_receipts == 1 && v.owner_time_s == 1);
	yw_tnet_free(t);
}

static void
struck(void)
{
	struct yw_tnet *t = network("group g 2 320000 320100\nquorum g\n");
	const struct yw_treceipt one[] = { { "320000", 7 } };
	struct yw_beat_verdict v;

	yw_tnet_beat(yw_tnet_log(t, "320100"), 5, one, 1);
	judge(t, "320100", &v);
	YW_CHECK(v.quorum == YW_QUORUM_MET && v.quorum_time_s == 7);	/* 2 of 2, without itself 1 of 1 */
	yw_tnet_beat(yw_tnet_log(t, "320102"), 5, one, 1);
	judge(t, "320102", &v);
	YW_CHECK(v.quorum == YW_QUORUM_NOT_MET);
	yw_tnet_free(t);

	t = network("quorum none\n");
	yw_tnet_beat(yw_tnet_log(t, "320100"), 5, one, 1);
	judge(t, "320100", &v);
	YW_CHECK(v.quorum == YW_QUORUM_NONE && v.n_receipts == 1);
	yw_tnet_free(t);
}

/* Of one key the earliest and the newest count, whatever stands between (R5). */
static void
several_lines(void)
{
	struct yw_tnet *t = network("group g any 320000\nquorum g\n");
	const struct yw_treceipt lines[] = { { "320000", 50 }, { "320000", 90 }, { "320000", 20 } };
	struct yw_beat_verdict v;

	yw_tnet_beat(yw_tnet_log(t, "320102"), 10, lines, 3);
	judge(t, "320102", &v);
	YW_CHECK(v.n_receipts == 1 && v.receipts[0].earliest_s == 20 && v.receipts[0].newest_s == 90);
	YW_CHECK(v.quorum == YW_QUORUM_MET && v.quorum_time_s == 20);
	yw_tnet_free(t);
}

/* Replaces the beat's lines from `nth` on by this text. */
static void
rewrite(struct yw_tlog *l, size_t nth, const char *lines, struct yw_buf *out)
{
	const char *at = strstr(yw_buf_str(&l->beat), "\n\n") + 2;

	for (; nth > 0; nth--)
		at = strchr(at, '\n') + 1;
	yw_buf_clear(out);
	yw_buf_add(out, l->beat.data, (size_t)(at - (char *)l->beat.data));
	yw_buf_add_str(out, lines);
}

static void
lines_skipped(void)
{
	struct yw_tnet *t = network("group g any 320000\nquorum g\n");
	struct yw_tlog *l = yw_tnet_log(t, "320102");
	const struct yw_treceipt one[] = { { "320000", 50 } };
	struct yw_buf b = YW_BUF_INIT;
	struct yw_beat_verdict v;

	yw_tnet_beat(l, 10, one, 1);
	yw_buf_add_str(&l->beat,
	    DASH "onenet.example/320000/cosign AAAAAAYA\n");	/* key and algorithm of the future */
	yw_buf_add_str(&l->beat, DASH "onenet.example/320300/cosign AAAAAAYA\n");	/* not delegated */
	yw_buf_add_str(&l->beat, DASH "other.example/320100/cosign AAAAAAYA\n");
	yw_buf_add_str(&l->beat, DASH "witness.example AAAAAAYA\n");
	judge(t, "320102", &v);
	YW_CHECK(v.n_receipts == 1 && v.quorum == YW_QUORUM_MET);

	rewrite(l, 1, "", &b);		/* a head alone is no beat */
	YW_FAILS(yw_trust_judge_beat(t->trust, yw_tnet_generation(t, "320102"), yw_buf_bytes(&b), &v, &err), YW_ESIG);
	YW_CHECK_MSG(strstr(err.msg, "did not cosign") != NULL, "%s", err.msg);
	yw_buf_release(&b);
	yw_tnet_free(t);
}

/* Any flipped bit of a beat refuses it or costs exactly the receipt that it stood in. */
static void
flips(void)
{
	struct yw_tnet *t = network("group g 2 320000 320100 320200\nquorum g\n");
	const struct yw_treceipt two[] = { { "320000", 50 }, { "320100", 60 } };
	struct yw_tlog *l = yw_tnet_log(t, "320102");
	const struct yw_generation *g = yw_tnet_generation(t, "320102");
	struct yw_beat_verdict v;

	yw_tnet_beat(l, 10, two, 2);
	for (size_t bit = 0; bit < l->beat.len * 8; bit++) {
		l->beat.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (yw_trust_judge_beat(t->trust, g, yw_buf_bytes(&l->beat), &v, &err) == YW_OK) {
			YW_CHECK_MSG(v.n_receipts == 1 && v.quorum == YW_QUORUM_NOT_MET, "bit %zu", bit);
			YW_CHECK(v.head.size == l->n && v.owner_time_s == 10);
			YW_CHECK(v.receipts[0].earliest_s == (v.receipts[0].code.code[3] == '0' ? 50 : 60));
		}
		l->beat.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	yw_tnet_free(t);
}

/* A county's head key or entry key in place of its cosigning key says nothing. */
static void
other_keys(void)
{
	struct yw_tnet *t = network("group g any 320000\nquorum g\n");
	struct yw_tlog *l = yw_tnet_log(t, "320102"), *by = yw_tnet_log(t, "320000");
	struct yw_buf text = YW_BUF_INIT;
	struct yw_beat_verdict v;
	struct yw_vkey key;

	yw_tnet_beat(l, 10, NULL, 0);
	yw_checkpoint_text(&l->beat_head, &text);
	YW_PASS(yw_cosign_vkey("onenet.example", &by->code, &by->keys.pub.head, &key));
	YW_PASS(yw_note_cosign(yw_buf_bytes(&text), &key, &by->keys.head, 50, &l->beat, &err));
	judge(t, "320102", &v);
	YW_CHECK(v.n_receipts == 0 && v.quorum == YW_QUORUM_NOT_MET);
	yw_buf_release(&text);
	yw_tnet_free(t);
}

/* The newest receipts of each, whatever their earliest ones say. */
static void
fresh(void)
{
	struct yw_tnet *t = network("group g 2 320000 320100 320200\nquorum g\n");
	struct yw_tlog *l = yw_tnet_log(t, "320102");
	const struct yw_generation *g = yw_tnet_generation(t, "320102");
	const struct yw_treceipt three[] = { { "320000", 50 }, { "320000", 90 }, { "320100", 60 }, { "320200", 40 }, { "320200", 70 } };
	struct yw_beat_verdict v;

	yw_tnet_beat(l, 10, three, 5);
	judge(t, "320102", &v);
	YW_CHECK(v.quorum == YW_QUORUM_MET && v.quorum_time_s == 50 && yw_trust_quorum_fresh(t->trust, g, &v) == 70);
	yw_tnet_beat(l, 10, three, 3);
	judge(t, "320102", &v);
	YW_CHECK(v.quorum_time_s == 60 && yw_trust_quorum_fresh(t->trust, g, &v) == 60);
	yw_tnet_beat(l, 10, three, 2);
	judge(t, "320102", &v);
	YW_CHECK(v.quorum == YW_QUORUM_NOT_MET && yw_trust_quorum_fresh(t->trust, g, &v) == 0);
	yw_tnet_free(t);
}

static void
travels(void)
{
	struct yw_tnet *t = network("group g 2 320000 320200\nquorum g\n");
	const struct yw_generation *g = yw_tnet_generation(t, "320102");

	YW_CHECK(yw_trust_receipt_travels(t->trust, g, &yw_tnet_log(t, "320000")->code));
	YW_CHECK(yw_trust_receipt_travels(t->trust, g, &yw_tnet_log(t, "320200")->code));	/* of the quorum */
	YW_CHECK(yw_trust_receipt_travels(t->trust, g, &yw_tnet_log(t, "320100")->code));	/* an ancestor */
	YW_CHECK(!yw_trust_receipt_travels(t->trust, g, &yw_tnet_log(t, "320104")->code));
	YW_CHECK(!yw_trust_receipt_travels(t->trust, g, &yw_tnet_log(t, "320102")->code));
	yw_tnet_version(t, &(struct yw_network_change) { .policy_lines = "quorum 320300\n" });
	g = yw_tnet_generation(t, "320102");
	YW_CHECK(!yw_trust_receipt_travels(t->trust, g, &yw_tnet_log(t, "320200")->code));	/* given no more, but kept */
	YW_CHECK(yw_trust_receipt_kept(t->trust, g, &yw_tnet_log(t, "320200")->code));
	YW_CHECK(yw_trust_receipt_kept(t->trust, g, &yw_tnet_log(t, "320100")->code));
	YW_CHECK(!yw_trust_receipt_kept(t->trust, g, &yw_tnet_log(t, "320104")->code));
	yw_tnet_free(t);
}

YW_TESTS({ "T15 R4 the published beat", published },
    { "T15 quorum time is the smallest that meets it, receipts sorted by code", quorum_time },
    { "T15 the log's own code is struck out; quorum none", struck },
    { "R5 T15 earliest and newest receipt of one key", several_lines },
    { "T15 unknown keys and algorithms are skipped; a head alone is no beat", lines_skipped },
    { "T15 R5 each bit flipped costs the receipt it stands in, or the beat", flips },
    { "T2 T15 a receipt is by the cosigning key only", other_keys },
    { "R4 R5 how fresh a quorum is, by the newest receipts", fresh },
    { "R5 T15 whose receipts travel, and whose are kept since an older network file asked for them", travels })
