/*
 * Whatever the order between logs in which trust entries arrive, the registry says the same.
 *
 * Networks of three tiers with everything that can compete: two issuers of one generation, keys used
 * twice in one log and in two, delegations again, entries of unknown kinds, logs known before their own
 * delegation.
 */
#include "support/testing.h"
#include "support/tnet.h"

static const char *const codes[] = {
	"320000", "320100", "320200", "320300", "320102", "320104", "320205", "320206", "320302",
};
#define N (sizeof codes / sizeof *codes)

static struct yw_error err;

static void
describe(const struct yw_trust *t, struct yw_buf *out)
{
	for (size_t i = 0; i < yw_trust_count(t); i++) {
		const struct yw_generation *g = yw_trust_at(t, i);

		yw_buf_printf(out, "%s by %s, %s %llu, newer %d: ", g->origin.text, g->issuer.code,
		    g->delegation.origin.text, (unsigned long long)g->delegation.index, g->needs_newer);
		yw_buf_add(out, &g->spans[0].keys, sizeof g->spans[0].keys);
		YW_PASS(yw_trust_make_roster(t, g, out, &err));
	}
}

static void
feed(struct yw_trust *t, const struct yw_tlog *l, size_t index)
{
	struct yw_error alarm;
	struct yw_entry e;

	YW_PASS(yw_entry_read(l->origin.text, yw_buf_bytes(&l->entries[index]), &e, &err));
	if (e.trust_kind != YW_TRUST_NONE)
		YW_PASS(yw_trust_add(t, &l->origin, index, &e, &alarm));
	yw_entry_release(&e);
}

/* Statements that compete with what the network was founded with, and with each other. */
static void
disturb(struct yw_tnet *t, uint64_t *state)
{
	static const char *const counties[] = { "320102", "320104", "320106", "320205", "320207", "320302", "320303" };
	struct yw_buf request = YW_BUF_INIT;
	char label[16];

	for (int i = 0; i < 12; i++) {
		const char *county = counties[yw_test_next(state) % (sizeof counties / sizeof *counties)];
		const char *by = codes[yw_test_next(state) % 4], *issuer = by;
		struct yw_jurisdiction a = yw_tnet_log(t, by)->code, b;

		YW_PASS(yw_jurisdiction_parse(county, 6, &b));
		if (yw_test_next(state) % 12 == 0) {
			yw_tnet_add_future(yw_tnet_log(t, by));
			continue;
		}
		if (!yw_jurisdiction_above(&a, &b))
			issuer = "320000";
		/* few keys, so that some are used again */
		snprintf(label, sizeof label, "keys %u", (unsigned)(yw_test_next(state) % 10));
		yw_buf_clear(&request);
		yw_tnet_request(t, county, issuer, yw_test_next(state) % 6 == 0 ? county : label, &request);
		yw_tnet_add_delegation(yw_tnet_log(t, by), yw_buf_bytes(&request));
	}
	yw_buf_release(&request);
}

/* Two generations that had a beat with quorum, of those that are delegated: as good as any others. */
static struct yw_hash quorums[2];

static void
choose_quorums(struct yw_tnet *t, uint64_t *state)
{
	for (size_t i = 0; i < 2; i++) {
		quorums[i] = yw_trust_at(t->trust, yw_test_next(state) % yw_trust_count(t->trust))->request;
		YW_PASS(yw_trust_add_quorum(t->trust, &quorums[i]));
	}
}

static void
one_order(struct yw_tnet *t, uint64_t *state, const struct yw_buf *want)
{
	struct yw_buf got = YW_BUF_INIT;
	size_t next[N] = { 0 }, left = 0;
	struct yw_trust *fresh;

	YW_PASS(yw_trust_new(&t->network, &fresh, &err));
	if (yw_test_next(state) % 2 == 0)
		YW_PASS(yw_trust_add_quorum(fresh, &quorums[0]));
	for (size_t i = 0; i < N; i++)
		left += t->logs[i].n;
	while (left > 0) {
		size_t i = yw_test_next(state) % N, burst = 1 + yw_test_next(state) % 4;

		for (; burst > 0 && next[i] < t->logs[i].n; burst--, left--)
			feed(fresh, &t->logs[i], next[i]++);
	}
	for (size_t i = 0; i < 2; i++)
		YW_PASS(yw_trust_add_quorum(fresh, &quorums[i]));
	describe(fresh, &got);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&got), yw_buf_bytes(want)));
	yw_buf_release(&got);
	yw_trust_free(fresh);
}

static void
any_order(void)
{
	uint64_t state = yw_test_seed();

	for (int network = 0; network < 12; network++) {
		struct yw_tnet *t = yw_tnet_new("onenet.example", codes, N, "quorum none\n");
		struct yw_buf want = YW_BUF_INIT;

		disturb(t, &state);
		choose_quorums(t, &state);	/* then more comes that might void them */
		disturb(t, &state);
		describe(t->trust, &want);
		for (int i = 0; i < 6; i++)
			one_order(t, &state, &want);
		yw_buf_release(&want);
		yw_tnet_free(t);
	}
}

YW_TESTS({ "T2 T3 B3 the same entries give the same answers in any order between logs", any_order })
