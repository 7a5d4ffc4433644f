/*
 * Key changes: which key signs where, what is dead, whose receipts go on counting; and the network files by which the
 * first node changes its own.
 */
#include "base/text.h"
#include "record/wire.h"
#include "support/testing.h"
#include "support/tnet.h"

static const char *const codes[] = { "320000", "320100", "320200", "320102" };
static struct yw_error err;

static struct yw_tnet *
small(void)
{
	return yw_tnet_new("onenet.example", codes, 4, "group g 2 320000 320100 320200\nquorum g\n");
}

static const struct yw_generation *
of(struct yw_tlog *l)
{
	const struct yw_generation *g = yw_trust_origin(l->net->trust, l->origin.text);

	YW_CHECK(g != NULL);
	return g;
}

static bool
may(struct yw_tlog *l, uint64_t index, const struct yw_key_set *keys)
{
	return yw_trust_may_sign(l->net->trust, of(l), index, &keys->pub.entry, "contract");
}

static void
rotated(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
	struct yw_key_set old = county->keys;
	uint64_t i = yw_tnet_rotate(county, city, "320102 new");

	YW_CHECK_MSG(t->alarm.msg[0] == '\0', "%s", t->alarm.msg);
	YW_CHECK(of(county)->n_spans == 2 && of(county)->spans[1].from == i + 1 && of(county)->spans[1].key_set == 1);
	YW_CHECK(may(county, i, &old) && !may(county, i + 1, &old));
	YW_CHECK(!may(county, i, &county->keys) && may(county, i + 1, &county->keys));
	YW_CHECK(yw_generation_head_keys(of(county), i + 1) == &of(county)->spans[0].keys);
	YW_CHECK(yw_generation_head_keys(of(county), i + 2) == &of(county)->spans[1].keys);
	YW_CHECK(yw_trust_by_session(t->trust, &county->code, &county->keys.pub.session) == of(county));
	YW_CHECK(yw_trust_by_session(t->trust, &county->code, &old.pub.session) == NULL);
	YW_CHECK(yw_generation_speaks(of(county), &county->keys.pub) && !yw_generation_speaks(of(county), &old.pub));
	YW_CHECK(yw_generation_speaks(of(county), &city->keys.pub));	/* not known here: a newer one */

	/* What the old key still says has no effect; and its roster is due until the new key has said one. */
	YW_CHECK(!yw_trust_roster_due(t->trust, of(county), YW_TNET_TIME_MS + 10));
	county->keys = old;
	yw_tnet_add_roster(county);
	YW_CHECK_MSG(strstr(t->alarm.msg, "signer was not valid there") != NULL, "%s", t->alarm.msg);
	yw_tnet_free(t);
}

/* A head by the old key that contradicts what the quorum has beyond the rotation harms nobody. */
static void
outlived(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102");
	uint64_t i = yw_tnet_rotate(county, yw_tnet_log(t, "320100"), "320102 new");

	YW_CHECK(yw_generation_outlived(of(county), i + 1, i + 2));
	YW_CHECK(!yw_generation_outlived(of(county), i + 1, i + 1));	/* not beyond it yet */
	YW_CHECK(!yw_generation_outlived(of(county), i + 2, i + 9));	/* by the key that signs now */
	yw_tnet_free(t);
}

/* The same key set delegated, but taken over in another way than the rule has it. */
static void
without_effect(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
	struct yw_key_set stranger;
	struct yw_buf request = YW_BUF_INIT, trust = YW_BUF_INIT;
	struct yw_entry_place place = { .origin = city->origin };
	const struct yw_generation *g;

	place.index = yw_tnet_delegate_next_keys(county, city, "k1", &request);
	g = of(county);
	YW_PASS(yw_trust_make_key_change(t->trust, g, yw_buf_bytes(&city->entries[place.index]), &place, &trust, &err));

	/* Signed by somebody else; by the new key itself. */
	yw_tnet_keys("stranger", &stranger);
	for (int own = 0; own < 2; own++) {
		struct yw_key_set held = county->keys;

		yw_tnet_keys(own ? "k1" : "stranger", &county->keys);
		yw_tnet_add_trust(county, yw_buf_bytes(&trust));
		county->keys = held;
		YW_CHECK_MSG(strstr(t->alarm.msg, "signer was not valid") != NULL, "%s", t->alarm.msg);
		YW_CHECK(of(county)->n_spans == 1);
	}
	/* In another county's log. */
	yw_tnet_add_trust(yw_tnet_log(t, "320200"), yw_buf_bytes(&trust));
	YW_CHECK_MSG(strstr(t->alarm.msg, "no effect") != NULL, "%s", t->alarm.msg);
	YW_CHECK(of(yw_tnet_log(t, "320200"))->n_spans == 1);

	/* Taken over; the same again, and one that was skipped, are dead. */
	yw_tnet_add_trust(county, yw_buf_bytes(&trust));
	YW_CHECK(of(county)->n_spans == 2);
	yw_tnet_keys("k1", &county->keys);
	yw_tnet_add_trust(county, yw_buf_bytes(&trust));
	YW_CHECK_MSG(strstr(t->alarm.msg, "no effect") != NULL && of(county)->n_spans == 2, "%s", t->alarm.msg);
	yw_buf_clear(&trust);
	YW_FAILS(yw_trust_make_key_change(t->trust, of(county), yw_buf_bytes(&city->entries[place.index]), &place, &trust, &err),
	    YW_ECONFLICT);
	yw_buf_release(&request);
	yw_buf_release(&trust);
	yw_tnet_free(t);
}

static void
skipped(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
	struct yw_buf request = YW_BUF_INIT;
	struct yw_request r;
	uint64_t one = yw_tnet_delegate_next_keys(county, city, "k1", &request), three;

	county->key_set = 2;
	yw_buf_clear(&request);
	three = yw_tnet_delegate_next_keys(county, city, "k3", &request);
	yw_tnet_add_key_change(county, city, three);
	YW_CHECK(of(county)->n_spans == 2 && of(county)->spans[1].key_set == 3);
	yw_tnet_keys("k3", &county->keys);

	/* Number 1 and 2 are dead: as a key change, and as a request. */
	YW_FAILS(yw_trust_make_key_change(t->trust, of(county), yw_buf_bytes(&city->entries[one]),
	    &(struct yw_entry_place) { city->origin, one }, &request, &err), YW_ECONFLICT);
	yw_buf_clear(&request);
	yw_tnet_ask(t, &(struct yw_tasked) { "320102", "320100", "k2", 1, 2, NULL }, &request);
	YW_FAILS(yw_trust_judge_admission(t->trust, of(city), yw_buf_bytes(&request), &r, &err), YW_ECONFLICT);
	yw_buf_release(&request);
	yw_tnet_free(t);
}

/* A log that knows the key change before the delegation: the issuer's envelope speaks for itself, until its log does. */
static void
delegation_late(void)
{
	struct yw_tnet *t = small(), *other = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
	size_t n_city = city->n;
	struct yw_error alarm;
	struct yw_entry e;

	yw_tnet_rotate(county, city, "320102 new");
	for (size_t i = 0; i < county->n; i++) {
		YW_PASS(yw_entry_read(county->origin.text, yw_buf_bytes(&county->entries[i]), &e, &err));
		YW_PASS(yw_trust_add(other->trust, &county->origin, i, &e, &alarm));
		yw_entry_release(&e);
	}
	YW_CHECK(yw_trust_origin(other->trust, county->origin.text)->n_spans == 2);

	/* Now that log goes on, and the place holds something else. */
	yw_tnet_add_future(yw_tnet_log(other, "320100"));
	YW_CHECK(yw_tnet_log(other, "320100")->n == n_city + 1);
	YW_CHECK(yw_trust_origin(other->trust, county->origin.text)->n_spans == 1);
	yw_tnet_free(t);
	yw_tnet_free(other);
}

/* A key change that its owner's daemon would not make: it embeds what stands there in the issuer's log. */
static void
change_by_hand(struct yw_tlog *l, const struct yw_tlog *issuer, uint64_t index)
{
	struct yw_buf place = YW_BUF_INIT, delegated = YW_BUF_INIT, change = YW_BUF_INIT, trust = YW_BUF_INIT;

	yw_wire_add_bytes(&place, 1, yw_bytes_str(issuer->origin.text));
	yw_wire_add_number(&place, 2, index);
	yw_wire_add_bytes(&delegated, 1, yw_buf_bytes(&issuer->entries[index]));
	yw_wire_add_bytes(&delegated, 2, yw_buf_bytes(&place));
	yw_wire_add_bytes(&change, 1, yw_buf_bytes(&delegated));
	yw_wire_add_bytes(&trust, 4, yw_buf_bytes(&change));
	yw_tnet_add_trust(l, yw_buf_bytes(&trust));
	yw_buf_release(&place);
	yw_buf_release(&delegated);
	yw_buf_release(&change);
	yw_buf_release(&trust);
}

/* What another's key change would embed, where the issuer's log is not held so far and its envelope speaks for itself. */
static void
delegation_of_another(void)
{
	static const char *const tiers[] = { "320000", "320100", "320102", "320104" }, *const takers[] = { "320102", "320104" };

	for (size_t i = 0; i < 2; i++) {
		struct yw_tnet *t = yw_tnet_new("onenet.example", tiers, 4, "quorum none\n");
		struct yw_tnet *other = yw_tnet_new("onenet.example", tiers, 4, "quorum none\n");
		struct yw_tlog *city = yw_tnet_log(t, "320100"), *taker = yw_tnet_log(t, takers[i]);
		struct yw_buf request = YW_BUF_INIT;
		struct yw_error alarm;
		struct yw_entry e;

		change_by_hand(taker, city, yw_tnet_delegate_next_keys(yw_tnet_log(t, "320102"), city, "320102 new", &request));
		YW_PASS(yw_entry_read(taker->origin.text, yw_buf_bytes(&taker->entries[taker->n - 1]), &e, &err));
		YW_PASS(yw_trust_add(other->trust, &taker->origin, taker->n - 1, &e, &alarm));
		yw_entry_release(&e);
		YW_CHECK_MSG(yw_trust_origin(other->trust, taker->origin.text)->n_spans == 2 - i, "%s: %s", takers[i], alarm.msg);
		yw_buf_release(&request);
		yw_tnet_free(t);
		yw_tnet_free(other);
	}
}

/* A delegation behind the end of the issuer's log, which nobody holds there any more: the envelope does not speak for itself. */
static void
delegation_behind_the_end(void)
{
	for (int closed = 0; closed < 2; closed++) {
		struct yw_tnet *t = small(), *other = small();
		struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
		struct yw_buf request = YW_BUF_INIT;
		struct yw_error alarm;
		struct yw_entry e;
		uint64_t at;

		yw_tnet_close(yw_tnet_log(other, "320100"), yw_tnet_log(other, "320000"));
		at = yw_tnet_delegate_next_keys(county, city, "320102 new", &request);
		YW_CHECK(at == yw_trust_origin(other->trust, city->origin.text)->end.size);	/* the first entry behind it */
		change_by_hand(county, city, at);
		YW_CHECK(of(county)->n_spans == 2);
		if (!closed) {			/* the same of a log that goes on */
			yw_tnet_free(other);
			other = small();
		}
		YW_PASS(yw_entry_read(county->origin.text, yw_buf_bytes(&county->entries[county->n - 1]), &e, &err));
		YW_PASS(yw_trust_add(other->trust, &county->origin, county->n - 1, &e, &alarm));
		yw_entry_release(&e);
		YW_CHECK_MSG(yw_trust_origin(other->trust, county->origin.text)->n_spans == (closed ? 1 : 2), "closed %d: %s",
		    closed, alarm.msg);
		yw_buf_release(&request);
		yw_tnet_free(t);
		yw_tnet_free(other);
	}
}

static void
sixteen(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
	struct yw_buf request = YW_BUF_INIT;
	struct yw_key_set next;
	struct yw_request r;
	char label[16];

	for (int i = 1; i < YW_KEY_SETS_MAX; i++) {
		snprintf(label, sizeof label, "k%d", i);
		yw_tnet_rotate(county, city, label);
	}
	YW_CHECK(of(county)->n_spans == YW_KEY_SETS_MAX);
	yw_tnet_ask(t, &(struct yw_tasked) { "320102", "320100", "k16", 1, 16, &county->keys.head }, &request);
	YW_FAILS(yw_trust_judge_admission(t->trust, of(city), yw_buf_bytes(&request), &r, &err), YW_ELIMIT);
	YW_CHECK_MSG(strstr(err.msg, "next generation") != NULL, "%s", err.msg);

	/* Issuer and owner log it all the same: nobody takes the seventeenth, and the sixteenth goes on signing. */
	change_by_hand(county, city, yw_tnet_add_delegation(city, yw_buf_bytes(&request)));
	YW_CHECK(of(county)->n_spans == YW_KEY_SETS_MAX);
	YW_CHECK(yw_trust_may_sign(t->trust, of(county), county->n, &county->keys.pub.entry, "contract"));
	yw_tnet_keys("k16", &next);
	YW_CHECK(!yw_trust_may_sign(t->trust, of(county), county->n, &next.pub.entry, "contract"));
	yw_buf_release(&request);
	yw_tnet_free(t);
}

static void
receipts_go_on(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
	const struct yw_treceipt two[] = { { "320000", 200 }, { "320100", 250 } };
	struct yw_beat_verdict v;

	yw_tnet_beat(county, 100, two, 2);
	yw_tnet_rotate(city, yw_tnet_log(t, "320000"), "320100 new");
	YW_PASS(yw_trust_judge_beat(t->trust, of(county), yw_buf_bytes(&county->beat), &v, &err));
	YW_CHECK(v.quorum == YW_QUORUM_MET && v.quorum_time_s == 250 && v.met_version == 0);
	yw_tnet_free(t);
}

/* --- T1 --- */

static void
first_node(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *top = yw_tnet_log(t, "320000");
	uint64_t i = yw_tnet_rotate(top, NULL, "320000 new");

	YW_CHECK(of(top)->n_spans == 2 && of(top)->spans[1].from == i + 1 && yw_trust_network(t->trust)->version == 2);
	yw_tnet_rotate(top, NULL, "320000 newer");
	YW_CHECK(of(top)->n_spans == 3 && yw_trust_network(t->trust)->version == 3);
	YW_CHECK(yw_trust_n_networks(t->trust) == 3 && yw_trust_network_at(t->trust, 0)->version == 1);

	/* A node that joins from version 1 alone takes them from the log. */
	{
		struct yw_trust *fresh;
		struct yw_error alarm;
		struct yw_entry e;

		YW_PASS(yw_trust_new(&t->network, &fresh, &err));
		for (size_t j = 0; j < top->n; j++) {
			YW_PASS(yw_entry_read(top->origin.text, yw_buf_bytes(&top->entries[j]), &e, &err));
			YW_PASS(yw_trust_add(fresh, &top->origin, j, &e, &alarm));
			yw_entry_release(&e);
			YW_CHECK_MSG(alarm.msg[0] == '\0', "%s", alarm.msg);
		}
		YW_CHECK(yw_trust_n_networks(fresh) == 3 && yw_trust_origin(fresh, top->origin.text)->n_spans == 3);
		yw_trust_free(fresh);
	}
	yw_tnet_free(t);
}

/* One signed note over the newest version of t, not given to it. */
static void
version_over(const struct yw_network *prev, const struct yw_network_change *c, const char *signer, struct yw_buf *out)
{
	struct yw_buf draft = YW_BUF_INIT;
	struct yw_seckey root;
	struct yw_pubkey pub;

	yw_tnet_root_key(signer, &root, &pub);
	YW_PASS(yw_network_next(prev, c, &draft, &err));
	yw_buf_clear(out);
	YW_PASS(yw_network_sign(prev, yw_buf_bytes(&draft), &root, &pub, out, &err));
	yw_buf_release(&draft);
}

static void
versions(void)
{
	const struct yw_network_change none = { .policy_lines = "quorum none\n" };
	struct yw_tnet *t = small();
	struct yw_buf two = YW_BUF_INIT, three = YW_BUF_INIT, twin = YW_BUF_INIT;
	struct yw_network n2;

	version_over(yw_trust_network(t->trust), &none, "root", &two);
	YW_PASS(yw_network_parse(yw_buf_bytes(&two), &t->network.hash, &n2, &err));
	version_over(&n2, &(struct yw_network_change) { .policy_lines = NULL }, "root", &three);

	YW_FAILS(yw_trust_add_network(t->trust, yw_buf_bytes(&three), &err), YW_EINVAL);	/* a jump */
	YW_CHECK_MSG(strstr(err.msg, "network versions 2 to 3 are needed") != NULL, "%s", err.msg);
	YW_PASS(yw_trust_add_network(t->trust, yw_buf_bytes(&two), &err));
	YW_PASS(yw_trust_add_network(t->trust, yw_buf_bytes(&three), &err));
	YW_PASS(yw_trust_add_network(t->trust, yw_buf_bytes(&two), &err));		/* held already: no step back */
	YW_CHECK(yw_trust_network(t->trust)->version == 3 && yw_trust_network_twin(t->trust) == NULL);

	/* Another text of version 2, by the root keys; and one that only says so. */
	version_over(&t->network, &(struct yw_network_change) { .policy_lines = "quorum 320000\n" }, "root", &twin);
	twin.data[twin.len - 6] ^= 1;
	YW_CHECK(yw_trust_add_network(t->trust, yw_buf_bytes(&twin), &err) != YW_OK);
	YW_CHECK(yw_trust_network_twin(t->trust) == NULL);
	twin.data[twin.len - 6] ^= 1;
	YW_FAILS(yw_trust_add_network(t->trust, yw_buf_bytes(&twin), &err), YW_ECONFLICT);
	YW_CHECK(yw_trust_network_twin(t->trust)->version == 2 && yw_trust_network(t->trust)->version == 3);
	yw_network_release(&n2);
	yw_buf_release(&two);
	yw_buf_release(&three);
	yw_buf_release(&twin);
	yw_tnet_free(t);
}

/* A version that was logged waits for those before it; and what a stranger wrote into the log is not logged there. */
static void
logged_versions(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *top = yw_tnet_log(t, "320000");
	struct yw_buf two = YW_BUF_INIT;
	struct yw_key_set own = top->keys;
	struct yw_trust *fresh;
	struct yw_error alarm;
	struct yw_entry e;
	uint64_t at;

	yw_tnet_version(t, &(struct yw_network_change) { .policy_lines = "quorum none\n" });
	yw_buf_add(&two, yw_trust_network(t->trust)->note.data, yw_trust_network(t->trust)->note.len);
	yw_tnet_keys("stranger", &top->keys);
	yw_tnet_add_version(top);
	top->keys = own;
	YW_CHECK(yw_trust_network_unlogged(t->trust) != NULL && yw_trust_network_unlogged(t->trust)->version == 2);
	yw_tnet_add_version(top);
	YW_CHECK(yw_trust_network_unlogged(t->trust) == NULL);

	yw_tnet_version(t, &(struct yw_network_change) { .policy_lines = "quorum 320000\n" });
	at = yw_tnet_add_version(top);
	YW_PASS(yw_trust_new(&t->network, &fresh, &err));
	YW_PASS(yw_entry_read(top->origin.text, yw_buf_bytes(&top->entries[at]), &e, &err));
	YW_PASS(yw_trust_add(fresh, &top->origin, at, &e, &alarm));
	yw_entry_release(&e);
	YW_CHECK(yw_trust_network(fresh)->version == 1);
	YW_PASS(yw_trust_add_network(fresh, yw_buf_bytes(&two), &err));
	YW_CHECK(yw_trust_network(fresh)->version == 3);
	yw_trust_free(fresh);
	yw_buf_release(&two);
	yw_tnet_free(t);
}

/* New root keys need the word of the old ones, and their own. */
static void
new_roots(void)
{
	struct yw_tnet *t = small();
	struct yw_buf draft = YW_BUF_INIT, half = YW_BUF_INIT, full = YW_BUF_INIT;
	struct yw_network_change c = { .k = 1, .n_roots = 1 };
	struct yw_seckey old, new;
	struct yw_pubkey old_pub, new_pub;
	struct yw_vkey v;

	yw_tnet_root_key("root", &old, &old_pub);
	yw_tnet_root_key("root b", &new, &new_pub);
	YW_PASS(yw_root_vkey("onenet.example", &new_pub, &v));
	c.roots = &v;
	YW_PASS(yw_network_next(&t->network, &c, &draft, &err));
	for (int i = 0; i < 2; i++) {
		yw_buf_clear(&half);
		YW_PASS(yw_network_sign(&t->network, yw_buf_bytes(&draft), i ? &new : &old, i ? &new_pub : &old_pub, &half, &err));
		YW_FAILS(yw_trust_add_network(t->trust, yw_buf_bytes(&half), &err), YW_ESIG);
	}
	YW_PASS(yw_network_sign(&t->network, yw_buf_bytes(&half), &old, &old_pub, &full, &err));
	YW_PASS(yw_trust_add_network(t->trust, yw_buf_bytes(&full), &err));
	YW_CHECK(yw_hash_equal(&yw_trust_network(t->trust)->hash, &t->network.hash));
	YW_FAILS(yw_network_sign(yw_trust_network(t->trust), yw_buf_bytes(&full), &old, &old_pub, &half, &err), YW_EINVAL);
	yw_buf_release(&draft);
	yw_buf_release(&half);
	yw_buf_release(&full);
	yw_tnet_free(t);
}

/* Two key sets later than its own in one file, in either order: the higher one counts, and the other is dead. */
static void
highest_in_file(void)
{
	for (uint32_t first = 1; first <= 2; first++) {
		struct yw_tnet *t = small();
		struct yw_tlog *top = yw_tnet_log(t, "320000");
		struct yw_buf a = YW_BUF_INIT, b = YW_BUF_INIT, draft = YW_BUF_INIT, note = YW_BUF_INIT;
		struct yw_seckey root;
		struct yw_pubkey pub;
		struct yw_key_set two;

		yw_tnet_ask(t, &(struct yw_tasked) { "320000", "", first == 1 ? "one" : "two", 1, first, &top->keys.head }, &a);
		yw_tnet_ask(t, &(struct yw_tasked) { "320000", "", first == 1 ? "two" : "one", 1, 3 - first, &top->keys.head }, &b);
		YW_PASS(yw_network_next(&t->network, &(struct yw_network_change) { .first = yw_buf_bytes(&a),
		    .policy_lines = "quorum none\n" }, &draft, &err));
		draft.len -= strlen("quorum none\n");	/* the last line: what comes before it is made for one request */
		yw_buf_add_str(&draft, "first ");
		yw_base64_add(&draft, b.data, b.len);
		yw_buf_add_str(&draft, "\nquorum none\n");
		yw_tnet_root_key("root", &root, &pub);
		YW_PASS(yw_network_sign(&t->network, yw_buf_bytes(&draft), &root, &pub, &note, &err));
		YW_PASS(yw_trust_add_network(t->trust, yw_buf_bytes(&note), &err));
		YW_CHECK(yw_trust_network(t->trust)->n_first == 2);
		yw_tnet_add_key_change(top, NULL, 0);
		yw_tnet_keys("two", &two);
		YW_CHECK_MSG(of(top)->n_spans == 2 && of(top)->spans[1].key_set == 2, "%u first: key set %u", (unsigned)first,
		    (unsigned)of(top)->spans[of(top)->n_spans - 1].key_set);
		YW_CHECK(may(top, top->n, &two) && !may(top, top->n, &top->keys));
		yw_buf_release(&a);
		yw_buf_release(&b);
		yw_buf_release(&draft);
		yw_buf_release(&note);
		yw_tnet_free(t);
	}
}

/* A beat that meets the quorum of version 1 and not that of version 2: the verdict says so. */
static void
older_quorum(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *county = yw_tnet_log(t, "320102");
	const struct yw_treceipt two[] = { { "320000", 200 }, { "320100", 250 } };
	struct yw_beat_verdict v;

	yw_tnet_beat(county, 100, two, 2);
	yw_tnet_version(t, &(struct yw_network_change) { .policy_lines = "group g all 320000 320100 320200\nquorum g\n" });
	YW_PASS(yw_trust_judge_beat(t->trust, of(county), yw_buf_bytes(&county->beat), &v, &err));
	YW_CHECK(v.quorum == YW_QUORUM_NOT_MET && v.met_version == 1);
	yw_tnet_free(t);
}

/* Whoever drew it up may have written anything: for people it is one line, and no command to their terminal. */
static void
closing_for_people(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *top = yw_tnet_log(t, "320000");
	struct yw_buf head = YW_BUF_INIT, line = YW_BUF_INIT;
	struct yw_closing_words words;
	struct yw_closing_draft d;

	yw_tnet_draft_closing(top, top->n, &d, &head);
	d.reason = "lost\nthe quorum is: none\x1b[2J";
	YW_PASS(yw_trust_make_closing_line(t->trust, &d, &line, &err));
	YW_PASS(yw_closing_line_read(yw_buf_bytes(&line), &words, &err));
	YW_CHECK(strcmp(words.origin.text, top->origin.text) == 0 && words.size == top->n);
	YW_CHECK_MSG(strcmp(words.reason, "lost?the quorum is: none?[2J") == 0, "%s", words.reason);
	yw_buf_release(&head);
	yw_buf_release(&line);
	yw_tnet_free(t);
}

/* The first node is lost with its keys: root keys close its log and name a new one; all below go on. */
static void
first_node_replaced(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *top = yw_tnet_log(t, "320000"), *next;
	struct yw_buf head = YW_BUF_INIT, line = YW_BUF_INIT, request = YW_BUF_INIT, genesis = YW_BUF_INIT;
	struct yw_closing_draft d;

	yw_tnet_draft_closing(top, top->n, &d, &head);
	d.revoked = true;
	YW_FAILS(yw_trust_make_closing(t->trust, of(yw_tnet_log(t, "320100")), &d, &line, &err), YW_EINVAL);
	YW_PASS(yw_trust_make_closing_line(t->trust, &d, &line, &err));
	next = yw_tnet_new_log(top, 2, "320000 second");
	yw_tnet_ask(t, &(struct yw_tasked) { "320000", "", "320000 second", 2, 0, NULL }, &request);
	yw_tnet_version(t, &(struct yw_network_change) { .first = yw_buf_bytes(&request), .closing = yw_buf_bytes(&line) });
	YW_CHECK(!of(top)->open && of(top)->closing.revoked && of(top)->closing.place.index == 2);
	YW_CHECK(of(next)->open && of(next)->recovery && strcmp(next->origin.text, "onenet.example/320000/g2") == 0);
	YW_PASS(yw_trust_make_genesis(t->trust, of(next), yw_buf_bytes(&request), &genesis, &err));
	yw_tnet_add_trust(next, yw_buf_bytes(&genesis));
	YW_CHECK(of(yw_tnet_log(t, "320102"))->open);
	YW_CHECK(yw_trust_acting(t->trust, &top->code) == of(next));

	/* Lines stay in force where a later version leaves them out; and the new log gives keys. */
	yw_tnet_version(t, &(struct yw_network_change) { .policy_lines = "quorum none\n" });
	YW_CHECK(!of(top)->open && of(next)->open);
	yw_tnet_rotate(yw_tnet_log(t, "320100"), next, "320100 new");
	YW_CHECK(of(yw_tnet_log(t, "320100"))->n_spans == 2);
	yw_buf_release(&head);
	yw_buf_release(&line);
	yw_buf_release(&request);
	yw_buf_release(&genesis);
	yw_tnet_free(t);
}

/* Its keys as they would be without its closing: by changes that its own key signed, and none that is behind what is not understood. */
static void
behind_its_end(void)
{
	static const struct { bool stranger, future; size_t n_spans; } rows[] = { { false, false, 2 }, { true, false, 1 }, { false, true, 1 } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct yw_tnet *t = small();
		struct yw_tlog *county = yw_tnet_log(t, "320102"), *city = yw_tnet_log(t, "320100");
		struct yw_closing_draft d = { .reason = "r" };
		struct yw_generation *beyond;
		struct yw_buf head = YW_BUF_INIT, request = YW_BUF_INIT, trust = YW_BUF_INIT;
		struct yw_entry_place place = { city->origin, yw_tnet_delegate_next_keys(county, city, "320102 new", &request) };
		uint64_t change;

		YW_PASS(yw_trust_make_key_change(t->trust, of(county), yw_buf_bytes(&city->entries[place.index]), &place, &trust, &err));
		yw_tnet_draft_closing(county, county->n, &d, &head);
		if (rows[i].future)
			yw_tnet_add_future(county);
		if (rows[i].stranger)
			yw_tnet_keys("somebody's", &county->keys);
		change = yw_tnet_add_trust(county, yw_buf_bytes(&trust));
		yw_tnet_add_closing(city, &d, true);
		YW_CHECK(!of(county)->open && of(county)->n_spans == 1);
		YW_PASS(yw_trust_beyond(t->trust, of(county), &beyond));
		YW_CHECK_MSG(beyond->open && beyond->n_spans == rows[i].n_spans, "row %zu: %zu key sets", i, beyond->n_spans);
		YW_CHECK(beyond->n_spans == 1 || beyond->spans[1].from == change + 1);
		YW_CHECK(beyond->needs_newer == rows[i].future);
		free(beyond);
		yw_buf_release(&head);
		yw_buf_release(&request);
		yw_buf_release(&trust);
		yw_tnet_free(t);
	}
}

YW_TESTS({ "T5 the old key up to the change, the new one after it", rotated },
    { "T5 a head by a key that was rotated out, against a quorum beyond that", outlived },
    { "T5 key changes without effect", without_effect },
    { "T5 skipped key sets are dead", skipped },
    { "T5 a key change that is held before its delegation", delegation_late },
    { "T5 a key change that embeds another's delegation", delegation_of_another },
    { "T5 T6 a key change whose delegation is behind the end of the issuer's log", delegation_behind_the_end },
    { "T5 T7 the keys that a closed log would have if it were open", behind_its_end },
    { "T5 sixteen key sets", sixteen },
    { "T5 receipts by rotated-out keys go on counting", receipts_go_on },
    { "T1 T5 the first node rotates by a network file", first_node },
    { "T5 T1 of two key sets in a network file the highest counts", highest_in_file },
    { "T1 a jump, a step back, two files of one version", versions },
    { "T1 a version that was logged before the one it follows is known waits for that; a stranger logs none", logged_versions },
    { "T1 new root keys need the old ones' word and their own", new_roots },
    { "T15 T1 a quorum that only an older version has", older_quorum },
    { "T6 the reason of a closing is shown as one safe line", closing_for_people },
    { "T1 T6 T8 the first node replaced by a network file", first_node_replaced })
