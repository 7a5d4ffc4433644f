/*
 * Chains: made from logs, believed from the network file alone, refused by the link that fails.
 */
#include "record/wire.h"
#include "support/testing.h"
#include "support/tnet.h"
#include "yiwang/v1/trust.pb-c.h"

static const char *const codes[] = { "320000", "320100", "320200", "320102", "320205" };
static struct yw_error err;

static struct yw_tnet *
small(void)
{
	struct yw_tnet *t = yw_tnet_new("onenet.example", codes, sizeof codes / sizeof *codes, "quorum none\n");

	for (size_t i = 0; i < t->n_logs; i++)
		yw_tnet_beat(&t->logs[i], 1000 + i, NULL, 0);
	return t;
}

static void
chain_of(struct yw_tnet *t, const char *code, struct yw_buf *out)
{
	struct yw_log_reader r;

	yw_tnet_reader(t, &r);
	yw_buf_clear(out);
	YW_PASS(yw_chain_make(t->trust, yw_tnet_generation(t, code), &r, out, &err));
}

static void
made_and_checked(void)
{
	struct yw_tnet *t = small();
	struct yw_buf chain = YW_BUF_INIT;
	struct yw_chain_end end;

	for (size_t i = 0; i < t->n_logs; i++) {
		const struct yw_tlog *l = &t->logs[i];

		chain_of(t, codes[i], &chain);
		YW_PASS(yw_chain_check(t->trust, yw_buf_bytes(&chain), &end, &err));
		YW_CHECK(yw_jurisdiction_equal(&end.code, &l->code) && strcmp(end.origin.text, l->origin.text) == 0);
		YW_CHECK(end.generation == 1 && memcmp(&end.keys, &l->keys.pub, sizeof end.keys) == 0);
		YW_CHECK(strcmp(end.via[0].code, "320000") == 0);
		YW_CHECK(strcmp(end.via[end.n_via - 1].code, codes[i]) == 0);
	}
	chain_of(t, "320102", &chain);
	YW_PASS(yw_chain_check(t->trust, yw_buf_bytes(&chain), &end, &err));
	YW_CHECK(end.n_via == 3 && strcmp(end.via[1].code, "320100") == 0);
	YW_CHECK(chain.len < 4096);
	yw_buf_release(&chain);
	yw_tnet_free(t);
}

static void
too_early(void)
{
	struct yw_tnet *t = yw_tnet_new("onenet.example", codes, 4, "quorum none\n");
	struct yw_buf chain = YW_BUF_INIT;
	struct yw_log_reader r;

	yw_tnet_reader(t, &r);
	yw_tnet_beat(yw_tnet_log(t, "320000"), 1000, NULL, 0);
	YW_FAILS(yw_chain_make(t->trust, yw_tnet_generation(t, "320102"), &r, &chain, &err), YW_ENOENT);
	YW_CHECK(chain.len == 0);
	YW_PASS(yw_chain_make(t->trust, yw_tnet_generation(t, "320100"), &r, &chain, &err));
	yw_buf_release(&chain);
	yw_tnet_free(t);
}

/* --- Chains over the life of keys --- */

static void
beats(struct yw_tnet *t)
{
	for (size_t i = 0; i < t->n_logs; i++)
		if (t->logs[i].n > 0)
			yw_tnet_beat(&t->logs[i], 2000 + i, NULL, 0);
}

/* Down to the newest keys of l, from the network files alone. */
static void
ends_at(struct yw_tnet *t, const struct yw_tlog *l, struct yw_chain_end *end)
{
	struct yw_buf chain = YW_BUF_INIT;
	struct yw_log_reader r;

	yw_tnet_reader(t, &r);
	YW_PASS(yw_chain_make(t->trust, yw_trust_origin(t->trust, l->origin.text), &r, &chain, &err));
	YW_CHECK_MSG(yw_chain_check(t->trust, yw_buf_bytes(&chain), end, &err) == YW_OK, "%s: %s", l->origin.text, err.msg);
	YW_CHECK(strcmp(end->origin.text, l->origin.text) == 0 && memcmp(&end->keys, &l->keys.pub, sizeof end->keys) == 0);
	yw_buf_release(&chain);
}

static void
after_rotations(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *top = yw_tnet_log(t, "320000"), *city = yw_tnet_log(t, "320100"), *county = yw_tnet_log(t, "320102");
	struct yw_chain_end end;
	struct yw_trust *v1;
	struct yw_buf chain = YW_BUF_INIT;

	yw_tnet_rotate(county, city, "320102 k1");
	yw_tnet_rotate(city, top, "320100 k1");
	yw_tnet_rotate(top, NULL, "320000 k1");
	yw_tnet_rotate(county, city, "320102 k2");
	yw_tnet_rotate(top, NULL, "320000 k2");
	yw_tnet_rotate(yw_tnet_log(t, "320200"), top, "320200 k1");
	beats(t);
	for (size_t i = 0; i < t->n_logs; i++)
		ends_at(t, &t->logs[i], &end);
	YW_CHECK(!end.recovery);

	/* Who holds an older network file fetches first; who holds newer ones than the chain's goes on. */
	chain_of(t, "320102", &chain);
	YW_PASS(yw_trust_new(&t->network, &v1, &err));
	YW_FAILS(yw_chain_check(v1, yw_buf_bytes(&chain), &end, &err), YW_ENOENT);
	YW_CHECK_MSG(strstr(err.msg, "network versions 1 to 3 are needed") != NULL, "%s", err.msg);
	yw_tnet_version(t, &(struct yw_network_change) { .policy_lines = "quorum none\n" });
	YW_PASS(yw_chain_check(t->trust, yw_buf_bytes(&chain), &end, &err));
	yw_trust_free(v1);
	yw_buf_release(&chain);
	yw_tnet_free(t);
}

/* Its `first` line stays in force though the newest file does not repeat it; the first node has no link. */
static void
first_node_not_repeated(void)
{
	struct yw_tnet *t = small();
	struct yw_chain_end end;

	beats(t);
	yw_tnet_version(t, &(struct yw_network_change) { .policy_lines = "quorum none\n" });
	YW_CHECK(yw_trust_network(t->trust)->n_first == 0 && strcmp(yw_trust_first(t->trust)->code, "320000") == 0);
	for (size_t i = 0; i < t->n_logs; i++)
		ends_at(t, &t->logs[i], &end);
	yw_tnet_free(t);
}

static void
change_not_in_a_beat(void)
{
	struct yw_tnet *t = small();
	struct yw_buf chain = YW_BUF_INIT;
	struct yw_log_reader r;

	yw_tnet_rotate(yw_tnet_log(t, "320102"), yw_tnet_log(t, "320100"), "320102 k1");
	yw_tnet_reader(t, &r);
	YW_FAILS(yw_chain_make(t->trust, yw_tnet_generation(t, "320102"), &r, &chain, &err), YW_ENOENT);
	yw_buf_release(&chain);
	yw_tnet_free(t);
}

static void
after_closings(void)
{
	struct yw_tnet *t = small();
	struct yw_tlog *top = yw_tnet_log(t, "320000"), *city = yw_tnet_log(t, "320100"), *county = yw_tnet_log(t, "320102");
	struct yw_buf request = YW_BUF_INIT, trust = YW_BUF_INIT;
	struct yw_chain_end end;
	struct yw_log_reader r;
	struct yw_tlog *second;

	yw_tnet_reader(t, &r);
	yw_tnet_close(county, city);
	second = yw_tnet_new_log(county, 2, "320102 found");
	yw_tnet_ask(t, &(struct yw_tasked) { "320102", "320100", "320102 found", 2, 0, NULL }, &request);
	YW_PASS(yw_trust_make_consent(t->trust, yw_tnet_generation(t, "320000"), yw_buf_bytes(&request), &trust, &err));
	yw_tnet_add_trust(top, yw_buf_bytes(&trust));
	beats(t);
	yw_buf_clear(&trust);
	YW_PASS(yw_recovery_make(t->trust, yw_tnet_generation(t, "320100"), yw_buf_bytes(&request), &r, &trust, &err));
	yw_tnet_add_trust(city, yw_buf_bytes(&trust));
	beats(t);
	ends_at(t, second, &end);
	YW_CHECK(end.generation == 2 && end.recovery);
	ends_at(t, county, &end);		/* the old one, too: what it signed stands */
	YW_CHECK(end.generation == 1 && !end.recovery);

	/* The province acts for the closed city; the city's next log gives keys again. */
	yw_tnet_close(city, top);
	yw_tnet_rotate(second, top, "320102 by the province");
	beats(t);
	yw_tnet_beat(second, 3000, NULL, 0);
	ends_at(t, second, &end);
	city = yw_tnet_reopen(city, top, "320100 again");
	beats(t);
	ends_at(t, city, &end);
	YW_CHECK(end.n_via == 2 && end.generation == 2);
	yw_buf_release(&request);
	yw_buf_release(&trust);
	yw_tnet_free(t);
}

/* --- Bent chains: decoded, changed, packed --- */

static Yiwang__V1__Chain *m;		/* of 320102: two links */
static struct yw_tnet *net;

static void
set(ProtobufCBinaryData *field, struct yw_bytes b)
{
	free(field->data);
	field->data = malloc(b.len != 0 ? b.len : 1);
	YW_CHECK(field->data != NULL);
	if (b.len != 0)
		memcpy(field->data, b.data, b.len);
	field->len = b.len;
}

static void as_it_is(void) { }
static void other_version(void) { m->network_version = 2; }
static void other_file(void) { m->network_sha256.data[0] ^= 1; }
static void no_file(void) { m->network_sha256.len = 0; }
static void first_link_only_index(void) { m->links[0]->index++; }
static void second_index(void) { m->links[1]->index--; }
static void bent_path(void) { m->links[0]->inclusion[0].data[5] ^= 4; }
static void short_path(void) { m->links[0]->inclusion[0].len = 31; }
static void path_cut(void) { free(m->links[0]->inclusion[--m->links[0]->n_inclusion].data); }
static void bent_delegation(void) { m->links[1]->delegation.data[60] ^= 1; }
static void bent_beat(void) { m->links[1]->beat.data[m->links[1]->beat.len - 20] ^= 1; }
static void root_change(void) { set(&m->root_beat, YW_BYTES_LIT("x")); }
static void key_change_beat(void) { set(&m->links[0]->key_change_beat, YW_BYTES_LIT("x")); }

static void
bottom_only(void)
{
	yw_decode_free(m->links[0]);
	m->links[0] = m->links[1];
	m->n_links = 1;
}

/* A recovery whose delegation carries a good consent, but to another request: the city's word alone. */
static void
foreign_consent(void)
{
	struct yw_buf request = YW_BUF_INIT, wrong = YW_BUF_INIT, trust = YW_BUF_INIT, chain = YW_BUF_INIT, bent = YW_BUF_INIT;
	struct yw_tlog *top, *city;
	Yiwang__V1__Trust *d;
	struct yw_log_reader r;
	struct yw_chain_end end;
	struct yw_proof path;
	uint64_t index;

	net = small();
	top = yw_tnet_log(net, "320000");
	city = yw_tnet_log(net, "320100");
	yw_tnet_reader(net, &r);
	yw_tnet_close(yw_tnet_log(net, "320102"), city);
	yw_tnet_ask(net, &(struct yw_tasked) { "320102", "320100", "found", 2, 0, NULL }, &request);
	yw_tnet_ask(net, &(struct yw_tasked) { "320102", "320100", "taken", 2, 0, NULL }, &wrong);
	YW_PASS(yw_trust_make_consent(net->trust, yw_tnet_generation(net, "320000"), yw_buf_bytes(&request), &trust, &err));
	yw_tnet_add_trust(top, yw_buf_bytes(&trust));
	yw_tnet_beat(top, 2000, NULL, 0);
	yw_buf_clear(&trust);
	YW_PASS(yw_recovery_make(net->trust, yw_tnet_generation(net, "320100"), yw_buf_bytes(&request), &r, &trust, &err));
	YW_PASS(yw_decode(&yiwang__v1__trust__descriptor, yw_buf_bytes(&trust), &d, &err));
	set(&d->delegation->signed_request, yw_buf_bytes(&wrong));
	yw_buf_clear(&trust);
	YW_PASS(yw_wire_pack(&d->base, &trust, &err));
	yw_decode_free(d);
	index = yw_tnet_add_trust(city, yw_buf_bytes(&trust));
	yw_tnet_beat(city, 2000, NULL, 0);
	YW_CHECK(strstr(net->alarm.msg, "consent of 320000") != NULL);	/* whoever holds the logs gives it no effect */
	YW_PASS(yw_chain_make(net->trust, yw_trust_origin(net->trust, "onenet.example/320102"), &r, &chain, &err));
	YW_PASS(yw_decode(&yiwang__v1__chain__descriptor, yw_buf_bytes(&chain), &m, &err));
	set(&m->links[1]->delegation, yw_buf_bytes(&city->entries[index]));
	YW_PASS(r.inclusion(r.arg, city->origin.text, index, city->n, &path, &err));
	YW_CHECK(path.n <= m->links[1]->n_inclusion);
	for (size_t i = path.n; i < m->links[1]->n_inclusion; i++)
		free(m->links[1]->inclusion[i].data);
	m->links[1]->n_inclusion = path.n;
	for (size_t i = 0; i < path.n; i++)
		set(&m->links[1]->inclusion[i], (struct yw_bytes) { path.h[i].b, YW_HASH_BYTES });
	m->links[1]->index = index;
	YW_PASS(yw_wire_pack(&m->base, &bent, &err));
	YW_FAILS(yw_chain_check(net->trust, yw_buf_bytes(&bent), &end, &err), YW_EINVAL);
	YW_CHECK_MSG(strstr(err.msg, "is none to this request") != NULL, "%s", err.msg);
	yw_decode_free(m);
	yw_buf_release(&request);
	yw_buf_release(&wrong);
	yw_buf_release(&trust);
	yw_buf_release(&chain);
	yw_buf_release(&bent);
	yw_tnet_free(net);
}

/* --- of a log with key changes: two links, a change in each, two of the first node --- */

static void change_index(void) { m->links[1]->key_changes[0]->index++; }
static void change_bent(void) { m->links[0]->key_changes[0]->envelope.data[70] ^= 1; }
static void change_path(void) { m->links[1]->key_changes[0]->inclusion[0].data[0] ^= 1; }
static void change_beat(void) { set(&m->links[1]->key_change_beat, yw_buf_bytes(&yw_tnet_log(net, "320200")->beat)); }
static void change_dropped(void)
{
	yw_decode_free(m->links[1]->key_changes[0]);
	m->links[1]->key_changes[0] = m->links[1]->key_changes[--m->links[1]->n_key_changes];
}
static void changes_swapped(void)
{
	Yiwang__V1__Chain__KeyChangeProof *c = m->root_key_changes[0];

	m->root_key_changes[0] = m->root_key_changes[1];
	m->root_key_changes[1] = c;
}
static void root_dropped(void) { yw_decode_free(m->root_key_changes[--m->n_root_key_changes]); }
static void roster_for_change(void) { set(&m->links[1]->key_changes[0]->envelope, yw_buf_bytes(&yw_tnet_log(net, "320102")->entries[2])); }

/* One more than a log has changes of keys; none of them is looked at. */
static void
sixteen_changes(void)
{
	Yiwang__V1__Chain__Link *l = m->links[1];
	Yiwang__V1__Chain__KeyChangeProof **more = realloc(l->key_changes, YW_KEY_SETS_MAX * sizeof *more);
	struct yw_buf b = YW_BUF_INIT;

	YW_CHECK(more != NULL);
	l->key_changes = more;
	YW_PASS(yw_wire_pack(&more[0]->base, &b, &err));
	for (; l->n_key_changes < YW_KEY_SETS_MAX; l->n_key_changes++)
		YW_PASS(yw_decode(&yiwang__v1__chain__key_change_proof__descriptor, yw_buf_bytes(&b), &more[l->n_key_changes],
		    &err));
	yw_buf_release(&b);
}

static void
bent_changes(void)
{
	static const struct { const char *what; void (*bend)(void); const char *says; } cases[] = {
		{ "index", change_index, "link 2" }, { "envelope", change_bent, "link 1" }, { "path", change_path, "link 2" },
		{ "beat of another log", change_beat, "link 2" }, { "left out", change_dropped, "link 2" },
		{ "not in order", changes_swapped, "not in order" }, { "the first node's last left out", root_dropped, "320000" },
		{ "a roster", roster_for_change, "link 2" },
		{ "sixteen of one link", sixteen_changes, "more than 15 entries with keys" },
	};
	struct yw_buf good = YW_BUF_INIT, bent = YW_BUF_INIT;
	struct yw_chain_end end;

	net = small();
	yw_tnet_rotate(yw_tnet_log(net, "320000"), NULL, "320000 k1");
	yw_tnet_rotate(yw_tnet_log(net, "320000"), NULL, "320000 k2");
	yw_tnet_rotate(yw_tnet_log(net, "320100"), yw_tnet_log(net, "320000"), "320100 k1");
	yw_tnet_rotate(yw_tnet_log(net, "320102"), yw_tnet_log(net, "320100"), "320102 k1");
	beats(net);
	chain_of(net, "320102", &good);
	YW_PASS(yw_chain_check(net->trust, yw_buf_bytes(&good), &end, &err));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		YW_PASS(yw_decode(&yiwang__v1__chain__descriptor, yw_buf_bytes(&good), &m, &err));
		cases[i].bend();
		yw_buf_clear(&bent);
		YW_PASS(yw_wire_pack(&m->base, &bent, &err));
		yw_decode_free(m);
		err.msg[0] = '\0';
		YW_CHECK_MSG(yw_chain_check(net->trust, yw_buf_bytes(&bent), &end, &err) != YW_OK, "%s", cases[i].what);
		YW_CHECK_MSG(strstr(err.msg, cases[i].says) != NULL, "%s: says '%s'", cases[i].what, err.msg);
	}
	yw_buf_release(&good);
	yw_buf_release(&bent);
	yw_tnet_free(net);
}

static void
swapped(void)
{
	Yiwang__V1__Chain__Link *l = m->links[0];

	m->links[0] = m->links[1];
	m->links[1] = l;
}

static void
twice(void)
{
	struct yw_buf b = YW_BUF_INIT;

	yw_decode_free(m->links[1]);
	YW_PASS(yw_wire_pack(&m->links[0]->base, &b, &err));
	YW_PASS(yw_decode(&yiwang__v1__chain__link__descriptor, yw_buf_bytes(&b), &m->links[1], &err));
	yw_buf_release(&b);
}

static void
beat_of_another_log(void)
{
	set(&m->links[1]->beat, yw_buf_bytes(&yw_tnet_log(net, "320200")->beat));
}

/* A good link, of a log that the one above it did not give. */
static void
link_beside(void)
{
	struct yw_buf chain = YW_BUF_INIT;
	Yiwang__V1__Chain *beside;

	chain_of(net, "320200", &chain);
	YW_PASS(yw_decode(&yiwang__v1__chain__descriptor, yw_buf_bytes(&chain), &beside, &err));
	yw_decode_free(m->links[1]);
	m->links[1] = beside->links[0];
	beside->n_links = 0;
	free(beside->links);
	beside->links = NULL;
	yw_decode_free(beside);
	yw_buf_release(&chain);
}

/* A true entry of the issuer's log with a true proof, but no delegation. */
static void
roster_for_delegation(void)
{
	struct yw_tlog *l = yw_tnet_log(net, "320100");
	struct yw_log_reader r;
	struct yw_proof p;

	yw_tnet_reader(net, &r);
	YW_PASS(r.inclusion(net, l->origin.text, 2, l->n, &p, &err));
	set(&m->links[1]->delegation, yw_buf_bytes(&l->entries[2]));
	m->links[1]->index = 2;
	YW_CHECK(m->links[1]->n_inclusion > p.n);
	while (m->links[1]->n_inclusion > p.n)
		free(m->links[1]->inclusion[--m->links[1]->n_inclusion].data);
	for (size_t i = 0; i < p.n; i++)
		set(&m->links[1]->inclusion[i], (struct yw_bytes) { p.h[i].b, 32 });
}

/* Receipts are not asked for; a few may be there. */
static void
receipts(unsigned n)
{
	struct yw_buf b = YW_BUF_INIT;

	yw_buf_add(&b, m->links[0]->beat.data, m->links[0]->beat.len);
	while (n-- > 0)
		yw_buf_add_str(&b, "\xe2\x80\x94 onenet.example/320300/cosign AAAAAAYA\n");
	set(&m->links[0]->beat, yw_buf_bytes(&b));
	yw_buf_release(&b);
}
static void eight_receipts(void) { receipts(8); }
static void nine_receipts(void) { receipts(9); }

static void
refused(void)
{
	static const struct { const char *what; void (*bend)(void); enum yw_code want; const char *says; } cases[] = {
		{ "as it is", as_it_is, YW_OK, "" },
		{ "eight receipts", eight_receipts, YW_OK, "" },
		{ "nine receipts", nine_receipts, YW_ELIMIT, "link 1" },
		{ "another version", other_version, YW_ENOENT, "versions 1 to 2" },
		{ "another file", other_file, YW_EINVAL, "another network file" },
		{ "no file", no_file, YW_EINVAL, "another network file" },
		{ "index of link 1", first_link_only_index, YW_ESIG, "link 1" },
		{ "index of link 2", second_index, YW_ESIG, "link 2, below 320100" },
		{ "path bent", bent_path, YW_ESIG, "link 1" },
		{ "path short", short_path, YW_EFORMAT, "link 1" },
		{ "path cut", path_cut, YW_ESIG, "link 1" },
		{ "delegation bent", bent_delegation, YW_ESIG, "link 2" },
		{ "beat bent", bent_beat, YW_ESIG, "link 2" },
		{ "beat of another log", beat_of_another_log, YW_EINVAL, "link 2" },
		{ "a roster for a delegation", roster_for_delegation, YW_EINVAL, "no delegation" },
		{ "a beat of the first node that is none", root_change, YW_EFORMAT, "signed note" },
		{ "a beat without key changes", key_change_beat, YW_EINVAL, "link 1" },
		{ "bottom link only", bottom_only, YW_EINVAL, "does not start at the first node" },
		{ "swapped", swapped, YW_EINVAL, "does not start at the first node" },
		{ "one link twice", twice, YW_EINVAL, "link 2" },
		{ "a link from beside", link_beside, YW_EINVAL, "it is in the log of 320000" },
	};
	struct yw_buf good = YW_BUF_INIT, bent = YW_BUF_INIT;
	struct yw_chain_end end;

	net = small();
	chain_of(net, "320102", &good);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum yw_code got;

		YW_PASS(yw_decode(&yiwang__v1__chain__descriptor, yw_buf_bytes(&good), &m, &err));
		cases[i].bend();
		yw_buf_clear(&bent);
		YW_PASS(yw_wire_pack(&m->base, &bent, &err));
		err.msg[0] = '\0';
		got = yw_chain_check(net->trust, yw_buf_bytes(&bent), &end, &err);
		yw_decode_free(m);
		YW_CHECK_MSG(got == cases[i].want, "%s: gave '%s' (%s)", cases[i].what, yw_code_name(got), err.msg);
		YW_CHECK_MSG(strstr(err.msg, cases[i].says) != NULL, "%s: says '%s'", cases[i].what, err.msg);
	}
	yw_buf_release(&good);
	yw_buf_release(&bent);
	yw_tnet_free(net);
}

static void
limits(void)
{
	struct yw_tnet *t = small();
	struct yw_buf chain = YW_BUF_INIT, link = YW_BUF_INIT;
	struct yw_wire_field f;
	struct yw_bytes rest;
	struct yw_chain_end end;

	chain_of(t, "320100", &chain);
	for (rest = yw_buf_bytes(&chain); yw_wire_next(&rest, &f, NULL) == YW_OK; )
		if (f.number == 3)
			yw_buf_add(&link, f.bytes.data, f.bytes.len);
	for (int i = 0; i < 4; i++)
		yw_wire_add_bytes(&chain, 3, yw_buf_bytes(&link));
	YW_FAILS(yw_chain_check(t->trust, yw_buf_bytes(&chain), &end, &err), YW_ELIMIT);	/* five links */
	YW_CHECK_MSG(strstr(err.msg, "more than 4 links") != NULL, "%s", err.msg);
	while (chain.len <= YW_CHAIN_MAX)
		yw_wire_add_bytes(&chain, 3, yw_buf_bytes(&link));
	YW_FAILS(yw_chain_check(t->trust, yw_buf_bytes(&chain), &end, &err), YW_ELIMIT);
	YW_CHECK_MSG(strstr(err.msg, "bytes") != NULL, "%s", err.msg);
	yw_buf_release(&chain);
	yw_buf_release(&link);
	yw_tnet_free(t);
}

/* Another network's chain, and a delegation of a thief who holds the county's key but not the city's. */
static void
foreign(void)
{
	struct yw_tnet *t = small(), *other = yw_tnet_new("other.example", codes, 4, "quorum none\n");
	struct yw_buf chain = YW_BUF_INIT;
	struct yw_chain_end end;

	for (size_t i = 0; i < other->n_logs; i++)
		yw_tnet_beat(&other->logs[i], 1000, NULL, 0);
	chain_of(other, "320102", &chain);
	YW_FAILS(yw_chain_check(t->trust, yw_buf_bytes(&chain), &end, &err), YW_EINVAL);
	YW_FAILS(yw_chain_check(t->trust, (struct yw_bytes) { NULL, 0 }, &end, &err), YW_EINVAL);
	yw_buf_release(&chain);
	yw_tnet_free(other);
	yw_tnet_free(t);
}

/* Bent anywhere, a chain is refused or proves what is so: perhaps less, where a link became unknown. */
static void
flips(void)
{
	struct yw_tnet *t = small();
	struct yw_buf chain = YW_BUF_INIT;
	struct yw_chain_end end;
	uint64_t state = yw_test_seed();

	chain_of(t, "320102", &chain);
	for (int i = 0; i < 400; i++) {
		size_t bit = yw_test_next(&state) % (chain.len * 8);

		chain.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (yw_chain_check(t->trust, yw_buf_bytes(&chain), &end, &err) == YW_OK) {
			const struct yw_generation *g = yw_trust_origin(t->trust, end.origin.text);

			YW_CHECK_MSG(g != NULL && memcmp(&end.keys, &g->spans[0].keys, sizeof end.keys) == 0,
			    "bit %zu", bit);
			YW_CHECK_MSG(yw_jurisdiction_equal(&end.via[end.n_via - 1], &g->code), "bit %zu", bit);
		}
		chain.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t len = 0; len < chain.len; len += 1 + yw_test_next(&state) % 16)
		YW_CHECK(yw_chain_check(t->trust, (struct yw_bytes) { chain.data, len }, &end, &err) != YW_OK ||
		    end.n_via < 3);
	yw_buf_release(&chain);
	yw_tnet_free(t);
}

YW_TESTS({ "T16 T3 chains of three tiers", made_and_checked },
    { "T16 T5 T1 chains after rotations of every tier", after_rotations },
    { "T16 T1 chains where the newest network file does not repeat the first node", first_node_not_repeated },
    { "T16 T5 a key change that no beat covers yet", change_not_in_a_beat },
    { "T16 T9 T8 T3 chains after closings, a recovery, by who acts for an issuer", after_closings },
    { "T9 T16 B12 a consent to another request makes no recovery", foreign_consent },
    { "T16 T5 key changes refused, naming the link", bent_changes },
    { "T16 no beat covers the delegation yet", too_early },
    { "T16 refused, naming the link", refused },
    { "T16 five links, more than 256 KiB", limits },
    { "T16 B10 a chain of another network, an empty one", foreign },
    { "T16 bits flipped and cut", flips })
