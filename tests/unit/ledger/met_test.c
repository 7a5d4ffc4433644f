/*
 * Quorums that stood on receipts of a generation which is closed since: who saw them says so, and nobody counts them.
 */
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320102", "320200", "320300" };
static struct yw_error err;
static struct yw_lnet *net;
static struct yw_lnode *top, *city, *county, *mirror, *late;

/* All but `late` are in; the county's log has a beat with the receipt of 320200, which is all that the quorum asks for. */
static void
begin(void)
{
	net = yw_lnet_new(codes, 5, "group g any 320200\nquorum g\n");
	top = &net->n[0];
	city = &net->n[1];
	county = &net->n[2];
	mirror = &net->n[3];
	late = &net->n[4];
	net->count = 4;
	yw_lnet_join(net);
	yw_lnode_put(county, "320102/demand/a", 1, "a", &yw_unconditional);
	yw_lnet_wait(net, 20000);
	yw_lnet_sync(net);
}

static void
end(void)
{
	net->count = 5;
	yw_lnet_free(net);
}

static void
close_mirror(void)
{
	YW_PASS(yw_ledger_close_log(top->l, mirror->t->origin.text, &(struct yw_closing_draft) { .reason = "its key is stolen",
	    .revoked = true }, &err));
	yw_lnode_commit(top);
	yw_lnet_sync(net);
}

static size_t
days(struct yw_lnode *n)
{
	struct yw_day day[8];
	struct yw_view *v;
	size_t count;

	YW_PASS(yw_view_open(n->l, &v, &err));
	YW_PASS(yw_view_days(v, yw_view_log(v, county->t->origin.text), 0, UINT32_MAX, day, 8, &count, &err));
	yw_view_close(v);
	return count;
}

static struct yw_met
met(struct yw_lnode *n)
{
	struct yw_view *v;
	struct yw_met m;

	YW_PASS(yw_view_open(n->l, &v, &err));
	m = yw_view_log(v, county->t->origin.text)->met;
	YW_CHECK(m.size == 0 || yw_view_log(v, county->t->origin.text)->quorum_size == 0);
	yw_view_close(v);
	return m;
}

static void
commit_all(struct yw_lnode *n)
{
	for (int i = 0; i < 4 && yw_lnode_dirty(n); i++)
		yw_lnode_commit(n);
}

static void
is_said(void)
{
	uint64_t size, time;

	begin();
	size = yw_lnode_log(city, "320102")->beats[0].size;
	time = yw_lnode_log(city, "320102")->beats[0].quorum_time_s;
	YW_CHECK(yw_lnode_log(city, "320102")->beats[0].quorum == YW_QUORUM_MET && days(city) == 1 && met(city).size == 0);
	yw_hear();
	close_mirror();
	YW_CHECK(yw_heard("quorum-cut", "/320102 by=320000 ") == 4 && yw_heard("quorum-cut", "'yiwang logs' says met when seen") >= 4);
	for (int again = 0; again < 2; again++) {	/* once heard, and after a restart */
		for (size_t i = 0; i < 4; i++) {
			struct yw_met m = met(&net->n[i]);

			YW_CHECK(m.size == size && m.quorum_time_s == time && strcmp(m.by.code, "320000") == 0);
			YW_CHECK(days(&net->n[i]) == 0);
			yw_lnode_reopen(&net->n[i]);
			commit_all(&net->n[i]);
		}
	}
	YW_CHECK(yw_heard("quorum-cut", "/320102 ") == 4);	/* said once */

	/* Who comes later has not seen it, and cannot be told: the same bytes could be made with the stolen key. */
	net->count = 5;
	yw_lnode_open(late);
	yw_lnode_admit(net, "320300");
	yw_lnet_sync(net);
	YW_CHECK(yw_lnode_log(late, "320102")->size == size && met(late).size == 0 && days(late) == 0);
	end();
}

/* What whoever has seen it hands out says so, and what closed the mirror goes with it; who comes later hands out less. */
static void
in_evidence(void)
{
	struct yw_evidence_subject s = { .index = 2 };
	struct yw_buf beat = YW_BUF_INIT, text = YW_BUF_INIT;
	const struct yw_log_info *log;
	struct yw_evidence_verdict e;
	struct yw_log_reader r;
	struct yw_view *v;
	uint64_t time;

	begin();
	s.origin = county->t->origin;
	time = yw_lnode_log(city, "320102")->beats[0].quorum_time_s;
	close_mirror();
	yw_lnet_wait(net, 20000);
	yw_lnet_sync(net);
	net->count = 5;
	yw_lnode_open(late);
	yw_lnode_admit(net, "320300");
	yw_lnet_sync(net);
	for (size_t i = 1; i < 5; i += 3) {
		YW_PASS(yw_view_open(net->n[i].l, &v, &err));
		log = yw_view_log(v, s.origin.text);
		yw_buf_clear(&beat);
		yw_buf_clear(&text);
		s.met_when_seen = yw_view_met(v, log, s.index + 1, &beat, &err) == YW_OK;
		YW_CHECK(s.met_when_seen == (i == 1));
		if (!s.met_when_seen)
			YW_PASS(yw_view_beat(v, log, s.index + 1, false, &beat, &err));
		s.beat = yw_buf_bytes(&beat);
		yw_view_reader(v, &r);
		YW_CHECK_MSG(yw_evidence_make(yw_view_trust(v), &s, &r, &text, &err) == YW_OK, "%s", err.msg);
		YW_PASS(yw_evidence_verify(&net->t->network, yw_buf_bytes(&text), &e, &err));
		YW_CHECK(e.quorum == YW_QUORUM_NOT_MET && e.met_when_seen == (i == 1) && e.n_receipts == (i == 1));
		YW_CHECK(i != 1 || (e.seen_s == time && strcmp(e.cut_by.code, "320000") == 0 && e.receipts[0].cut));
		yw_evidence_verdict_release(&e);
		yw_view_close(v);
	}
	yw_buf_release(&beat);
	yw_buf_release(&text);
	end();
}

static void
newer_beats(void)
{
	struct yw_buf beat = YW_BUF_INIT;
	struct yw_view *v;
	uint64_t size;

	begin();
	size = yw_lnode_log(city, "320102")->beats[0].size;
	close_mirror();
	yw_lnode_put(county, "320102/demand/b", 1, "b", &yw_unconditional);
	yw_lnode_put(county, "320102/demand/c", 1, "c", &yw_unconditional);
	for (int i = 0; i < 4; i++) {		/* without a mirror no beat has quorum any more */
		yw_lnet_wait(net, 20000);
		yw_lnet_sync(net);
		yw_lnode_put(county, "320102/demand/d", (uint32_t)i + 1, "d", &yw_unconditional);
	}
	YW_CHECK(met(city).size == size);
	YW_PASS(yw_view_open(city->l, &v, &err));	/* the beat is there, with what is known of it */
	YW_PASS(yw_view_beat(v, yw_view_log(v, county->t->origin.text), size, false, &beat, &err));
	yw_view_close(v);
	yw_buf_release(&beat);
	end();
}

/* A log is closed, and then another quorum is asked for: on each of its beats stands the line of its owner, which no quorum
 * counted. */
static void
owner_cuts_nothing(void)
{
	begin();
	YW_PASS(yw_ledger_close_log(city->l, county->t->origin.text, &(struct yw_closing_draft) { .reason = "merged" }, &err));
	yw_lnode_commit(city);
	yw_lnet_sync(net);
	YW_CHECK(yw_lnode_log(city, "320102")->beats[0].quorum == YW_QUORUM_MET);
	yw_hear();
	yw_tnet_version(net->t, &(struct yw_network_change) { .policy_lines = "quorum 320300\n" });
	YW_PASS(yw_ledger_take_network(city->l, yw_buf_bytes(&yw_trust_network(net->t->trust)->note), &err));
	commit_all(city);
	YW_CHECK(yw_lnode_log(city, "320102")->beats[0].quorum == YW_QUORUM_NOT_MET);
	YW_CHECK(met(city).size == 0 && yw_heard("quorum-cut", "") == 0);
	end();
}

YW_TESTS({ "T12 R6 a quorum that stood on receipts of a generation closed since reads 'met when seen, cut by'", is_said },
    { "T12 B12 evidence by who has seen it met says so, by who comes later does not", in_evidence },
    { "T12 what was met when seen stays while newer beats wait for a quorum", newer_beats },
    { "T12 T15 that its owner's own log was closed cuts no quorum", owner_cuts_nothing })
