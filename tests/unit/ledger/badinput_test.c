/*
 * Bad input about keys and logs, as one table: what somebody could log, show or hand in that must have no effect.
 *
 * Each row begins with a network of which nothing is wrong, prepares what it needs, and then does one bad thing.  It must
 * be refused before it is logged, where there is a judge for that; whoever reads it all the same must say so; and which
 * logs there are, whose they are, where they end and which keys hold must be afterwards what it was before.
 */
#include "base/text.h"
#include "record/signed.h"
#include "record/wire.h"
#include "support/lnet.h"
#include "support/testing.h"

static const char *const codes[] = { "320000", "320100", "320200", "320102", "320104" };

static struct yw_tnet *t, *elsewhere;
static struct yw_tlog *top, *city, *beside, *county, *sister;
static struct yw_error judged, read_as;		/* what the judge said, and who read it; code YW_OK: nothing */
static struct yw_buf request, head, note, trust;
static struct yw_closing_draft draft;
static bool beat_stands;	/* the county's, as it was judged last */
static const char *amiss;	/* what else the row has shown to be wrong; NULL: nothing */

static void
must(bool good, const char *why)
{
	if (!good)
		amiss = why;
}

static const struct yw_generation *
of(const struct yw_tlog *l)
{
	return yw_trust_origin(t->trust, l->origin.text);
}

/* --- ways to try it --- */

/* As the issuer's daemon would be asked, and in an issuer's log that nobody asked. */
static void
delegate_by(struct yw_tlog *by)
{
	struct yw_request r;

	judged.code = yw_trust_judge_admission(t->trust, of(by), yw_buf_bytes(&request), &r, &judged);
	yw_tnet_add_delegation(by, yw_buf_bytes(&request));
	read_as = t->alarm;
}

static void
close_by(struct yw_tlog *by)
{
	yw_buf_clear(&trust);
	judged.code = yw_trust_make_closing(t->trust, of(by), &draft, &trust, &judged);
	yw_tnet_add_closing(by, &draft, false);
	read_as = t->alarm;
}

static void
ask_as(const char *code, const char *issuer, const char *label, uint32_t generation, uint32_t key_set,
    const struct yw_seckey *old_head)
{
	yw_buf_clear(&request);
	yw_tnet_ask(t, &(struct yw_tasked) { code, issuer, label, generation, key_set, old_head }, &request);
}

/* What no maker makes: the request is put together by hand, each signature by the key that stands in it. */
static void
ask_with(const char *code, const char *issuer, void (*bend)(struct yw_key_set *keys))
{
	struct yw_buf r = YW_BUF_INIT;
	struct yw_key_set k;
	const struct yw_seckey *const by[] = { &k.entry, &k.head, &k.cosign };
	struct yw_error err;
	struct yw_sig sig;

	yw_tnet_keys(code, &k);
	bend(&k);
	yw_wire_add_bytes(&r, 1, (struct yw_bytes) { t->network.hash.b, YW_HASH_BYTES });
	yw_wire_add_bytes(&r, 2, yw_bytes_str(code));
	yw_wire_add_number(&r, 3, 1);
	yw_wire_add_bytes(&r, 5, (struct yw_bytes) { k.pub.entry.b, sizeof k.pub.entry.b });
	yw_wire_add_bytes(&r, 6, (struct yw_bytes) { k.pub.head.b, sizeof k.pub.head.b });
	yw_wire_add_bytes(&r, 7, (struct yw_bytes) { k.pub.cosign.b, sizeof k.pub.cosign.b });
	yw_wire_add_bytes(&r, 8, (struct yw_bytes) { k.pub.session.b, sizeof k.pub.session.b });
	yw_wire_add_bytes(&r, 9, yw_bytes_str(issuer));
	yw_buf_clear(&request);
	yw_wire_add_bytes(&request, 1, yw_buf_bytes(&r));
	for (unsigned i = 0; i < 3; i++) {
		YW_PASS(yw_sign_pae(by[i], YW_REQUEST_TYPE, r.data, r.len, &sig, &err));
		yw_wire_add_bytes(&request, 2 + i, (struct yw_bytes) { sig.b, sizeof sig.b });
	}
	yw_buf_release(&r);
}

static void nothing(void) { }

static void
draft_closing(void)
{
	yw_buf_clear(&head);
	yw_tnet_draft_closing(county, county->n, &draft, &head);
}

/* --- requests --- */

/* The three signatures are the last fields of 66 bytes each. */
static void
unsigned_by(unsigned from_the_end)
{
	ask_as("320106", "320100", "320106", 1, 0, NULL);
	request.data[request.len - 1 - 66 * from_the_end] ^= 1;
	delegate_by(city);
}
static void unsigned_by_cosign(void) { unsigned_by(0); }
static void unsigned_by_head(void) { unsigned_by(1); }
static void unsigned_by_entry(void) { unsigned_by(2); }

static void
keys_of_another_code(void)
{
	ask_as("320106", "320100", "320102", 1, 0, NULL);
	delegate_by(city);
}

static void head_is_entry(struct yw_key_set *k) { k->head = k->entry; k->pub.head = k->pub.entry; }
static void cosign_is_head(struct yw_key_set *k) { k->cosign = k->head; k->pub.cosign = k->pub.head; }
static void
session_of_a_head(struct yw_key_set *k)
{
	memcpy(k->pub.session.b, county->keys.pub.head.b, sizeof k->pub.session.b);
}

static void entry_as_head_key(void) { ask_with("320106", "320100", head_is_entry); delegate_by(city); }
static void head_as_mirror_key(void) { ask_with("320106", "320100", cosign_is_head); delegate_by(city); }
static void head_key_of_another_as_session_key(void) { ask_with("320106", "320100", session_of_a_head); delegate_by(city); }

static void
of_another_network(void)
{
	elsewhere = yw_tnet_new("else.example", codes, 2, "quorum none\n");
	yw_buf_clear(&request);
	yw_tnet_request(elsewhere, "320106", "320100", "320106", &request);
	delegate_by(city);
	yw_tnet_free(elsewhere);
}

static void
first_request_again(void)
{
	yw_buf_clear(&request);
	yw_buf_add(&request, county->request.data, county->request.len);
	delegate_by(city);
}

static void of_another_issuer(void) { ask_as("320106", "320100", "320106", 1, 0, NULL); delegate_by(beside); }
static void of_an_issuer_above(void) { ask_as("320106", "320100", "320106", 1, 0, NULL); delegate_by(top); }
static void later_key_set(void) { ask_as("320106", "320100", "320106", 1, 1, NULL); delegate_by(city); }

/* --- delegations --- */

static void as_they_are(struct yw_key_set *k) { (void)k; }
static void loop(void) { ask_with("320100", "320102", as_they_are); delegate_by(county); }
static void loop_of_one(void) { ask_with("320102", "320102", as_they_are); delegate_by(county); }
static void to_a_sister(void) { ask_with("320106", "320102", as_they_are); delegate_by(county); }
static void fourth_tier(void) { ask_with("320102001", "320102", as_they_are); delegate_by(county); }
static void second(void) { ask_as("320102", "320100", "second", 1, 0, NULL); delegate_by(city); }

static void county_closed(void) { yw_tnet_close(county, city); }

static void
county_revoked(void)
{
	draft_closing();
	draft.revoked = true;
	yw_tnet_add_closing(city, &draft, true);
}

static void
county_left_to_the_province(void)
{
	draft_closing();
	draft.next_issuer = top->code;
	yw_tnet_add_closing(city, &draft, true);
}

static void without_consent(void) { ask_as("320102", "320100", "found", 2, 0, NULL); delegate_by(city); }
static void after_revoked(void) { ask_as("320102", "320100", "found", 2, 0, &county->keys.head); delegate_by(city); }
static void by_another_head(void) { ask_as("320102", "320100", "found", 2, 0, &sister->keys.head); delegate_by(city); }
static void before_its_closing(void) { ask_as("320102", "320100", "next", 2, 0, &county->keys.head); delegate_by(city); }
static void skips_a_generation(void) { ask_as("320102", "320100", "next", 3, 0, &county->keys.head); delegate_by(city); }

static void
keys_of_the_generation_before(void)
{
	ask_as("320102", "320100", "320102", 2, 0, &county->keys.head);
	delegate_by(city);
}

static void
keys_of_the_set_before(void)
{
	ask_as("320102", "320100", "320102", 1, 1, &county->keys.head);
	delegate_by(city);
}

/* --- keys where they have no place --- */

static void
head_by_entry_key(void)
{
	struct yw_key_set wrong = county->keys;

	draft_closing();
	head_is_entry(&wrong);
	yw_buf_clear(&note);
	yw_tnet_head(county, draft.size, &wrong, &note);
	draft.head = yw_buf_bytes(&note);
	close_by(city);
}

/* A head of the right log by a good head key, which is another's: the neighbour's, or that of the generation before. */
static void
close_at_head_by(struct yw_tlog *closed, const struct yw_key_set *keys)
{
	yw_buf_clear(&head);
	yw_tnet_draft_closing(closed, closed->n, &draft, &head);
	yw_buf_clear(&note);
	yw_tnet_head(closed, draft.size, keys, &note);
	draft.head = yw_buf_bytes(&note);
	close_by(city);
}

static void sister_rotated(void) { yw_tnet_rotate(sister, city, "320104 new"); }
static void closing_at_a_head_by_another(void) { close_at_head_by(county, &sister->keys); }

static struct yw_tlog *next;

static void
county_goes_on(void)
{
	yw_tnet_rotate(county, city, "320102 new");
	yw_tnet_close(county, city);
	next = yw_tnet_reopen(county, city, "second");
}

static void closing_at_a_head_by_the_generation_before(void) { close_at_head_by(next, &county->keys); }

/* Nobody's word but that of open generations' cosigning keys counts for a quorum: judged is why it is not met. */
static void
quorum_with(const struct yw_beat_verdict *v, const char *why)
{
	if (v->quorum == YW_QUORUM_MET)
		judged.code = YW_OK;
	else
		judged.code = yw_fail(&judged, YW_EINVAL, "%s", why);
}

static void
judge_county_beat(const char *why)
{
	struct yw_beat_verdict v;
	struct yw_error err;

	YW_PASS(yw_trust_judge_beat(t->trust, of(county), yw_buf_bytes(&county->beat), &v, &err));
	quorum_with(&v, why);
	beat_stands = v.stands;
}

static void
receipt_by_head_key(void)
{
	const struct yw_treceipt one[] = { { "320104", 200 } };
	struct yw_error err;
	struct yw_vkey key;

	yw_tnet_beat(county, 100, one, 1);
	yw_buf_clear(&note);
	yw_checkpoint_text(&county->beat_head, &note);
	YW_PASS(yw_cosign_vkey("onenet.example", &beside->code, &beside->keys.pub.head, &key));
	YW_PASS(yw_note_cosign(yw_buf_bytes(&note), &key, &beside->keys.head, 50, &county->beat, &err));
	judge_county_beat("one receipt of two");
}

static void sister_closed(void) { yw_tnet_close(sister, city); }

static void
sister_revoked(void)
{
	yw_buf_clear(&head);
	yw_tnet_draft_closing(sister, sister->n, &draft, &head);
	draft.revoked = true;
	yw_tnet_add_closing(city, &draft, true);
}

/* What an ended one signed goes on saying which branch there was (T7); a revoked one's word says nothing. */
static void
receipt_of_a_closed_generation(void)
{
	const struct yw_treceipt two[] = { { "320104", 200 }, { "320200", 250 } };

	yw_tnet_beat(county, 100, two, 2);
	judge_county_beat("one receipt of two");
	must(beat_stands == !of(sister)->closing.revoked, "whether its branch stands");
}

/* --- closings --- */

static void closing_not_its_own(void) { draft_closing(); close_by(beside); }
static void closing_over_an_open_issuer(void) { draft_closing(); close_by(top); }
static void closing_of_itself(void) { draft_closing(); close_by(county); }

static void
closing_at_another_logs_head(void)
{
	draft_closing();
	yw_buf_clear(&note);
	yw_tnet_head(sister, draft.size, NULL, &note);
	draft.head = yw_buf_bytes(&note);
	close_by(city);
}

static void closing_beyond_its_head(void) { draft_closing(); draft.size++; close_by(city); }
static void closing_without_a_head(void) { draft_closing(); draft.head = (struct yw_bytes) { NULL, 0 }; close_by(city); }
static void closing_twice(void) { draft_closing(); close_by(city); }

/* At a head that the county's key signed on another branch, while a quorum has signed this one. */
static void
closing_that_a_quorum_contradicts(void)
{
	struct yw_checkpoint c = { .size = county->n };
	struct yw_beat_said said = { { .size = county->n }, YW_BEAT_CONTRADICTS };
	struct yw_tree_head forged;
	struct yw_error err;

	memcpy(c.origin, county->origin.text, sizeof c.origin);
	memset(&c.root, 7, sizeof c.root);
	draft_closing();
	yw_buf_clear(&note);
	YW_PASS(yw_head_sign(&c, &county->keys.head, &county->keys.pub.head, &note, &err));
	draft.head = yw_buf_bytes(&note);
	yw_tnet_add_closing(city, &draft, false);
	forged = (struct yw_tree_head) { c.size, c.root };
	yw_tnet_root(county, county->n, &said.beat.root);
	YW_PASS(yw_trust_say_beats(t->trust, county->origin.text, &forged, &said, 1));
	must(yw_trust_n_asked(t->trust) == 1 && yw_trust_asked(t->trust, 0)->is_void, "it does not speak against the issuer");
	yw_buf_clear(&trust);
	judged.code = yw_trust_make_closing(t->trust, of(city), &draft, &trust, &judged);
}

/* The issuer rotated, and a thief has its old keys; or its log ended before. */
static struct yw_key_set city_old;

static void
city_rotated(void)
{
	city_old = city->keys;
	yw_tnet_rotate(city, top, "320100 new");
}

static void
closing_by_an_old_key(void)
{
	city->keys.entry = city_old.entry;
	city->keys.pub.entry = city_old.pub.entry;
	draft_closing();
	yw_tnet_add_closing(city, &draft, false);
	read_as = t->alarm;
}

static void city_closed(void) { yw_tnet_close(city, top); }

static void
closing_in_a_closed_log(void)
{
	draft_closing();
	yw_tnet_add_closing(city, &draft, false);
	read_as = t->alarm;
}

/* --- rosters --- */

static void
roster_from(const struct yw_tlog *from, struct yw_tlog *into)
{
	struct yw_error err;

	yw_buf_clear(&trust);
	YW_PASS(yw_trust_make_roster(t->trust, of(from), &trust, &err));
	yw_tnet_add_trust(into, yw_buf_bytes(&trust));
	read_as = t->alarm;
}

static void roster_of_another_log(void) { roster_from(top, city); }
static void roster_that_leaves_out(void) { roster_from(beside, city); }	/* which has admitted nobody */

/* --- consents --- */

/* The recovery that the county needs, with a consent in by's log that names `named`, proven into its beat, or into a head
 * that these keys signed. */
static void
recover_over(struct yw_tlog *by, const struct yw_buf *named, const struct yw_key_set *head_by)
{
	struct yw_buf d = YW_BUF_INIT, proof = YW_BUF_INIT;
	struct yw_log_reader reader;
	struct yw_error err;
	struct yw_proof path;
	struct yw_request r;
	struct yw_hash hash;
	uint64_t at;

	yw_tnet_reader(t, &reader);
	yw_request_hash(yw_buf_bytes(named), &hash);
	yw_wire_add_bytes(&d, 1, (struct yw_bytes) { hash.b, sizeof hash.b });
	yw_buf_clear(&trust);
	yw_wire_add_bytes(&trust, 5, yw_buf_bytes(&d));
	at = yw_tnet_add_trust(by, yw_buf_bytes(&trust));
	yw_tnet_beat(by, 100, NULL, 0);
	YW_PASS(reader.inclusion(t, by->origin.text, at, by->n, &path, &err));
	yw_wire_add_bytes(&proof, 1, yw_buf_bytes(&by->entries[at]));
	yw_wire_add_number(&proof, 2, at);
	for (size_t j = 0; j < path.n; j++)
		yw_wire_add_bytes(&proof, 3, (struct yw_bytes) { path.h[j].b, YW_HASH_BYTES });
	yw_buf_clear(&head);
	if (head_by != NULL)
		yw_tnet_head(by, by->n, head_by, &head);
	else
		yw_buf_add(&head, by->beat.data, by->beat.len);
	yw_wire_add_bytes(&proof, 4, yw_buf_bytes(&head));
	judged.code = yw_trust_judge_admission(t->trust, of(city), yw_buf_bytes(&request), &r, &judged);
	yw_buf_clear(&d);
	yw_wire_add_bytes(&d, 1, yw_buf_bytes(&request));
	yw_wire_add_bytes(&d, 2, yw_buf_bytes(&proof));
	yw_buf_clear(&trust);
	yw_wire_add_bytes(&trust, 3, yw_buf_bytes(&d));
	yw_tnet_add_trust(city, yw_buf_bytes(&trust));
	read_as = t->alarm;
	yw_buf_release(&d);
	yw_buf_release(&proof);
}

static void recover_with(struct yw_tlog *by, const struct yw_buf *named) { recover_over(by, named, NULL); }

static void
consent_in_a_head_by_another(void)
{
	ask_as("320102", "320100", "found", 2, 0, NULL);
	recover_over(top, &request, &beside->keys);
}

static void
consent_to_another(void)
{
	ask_as("320102", "320100", "another", 2, 0, NULL);
	yw_buf_clear(&note);
	yw_buf_add(&note, request.data, request.len);
	ask_as("320102", "320100", "found", 2, 0, NULL);
	recover_with(top, &note);
}

static void consent_by_its_issuer(void) { ask_as("320102", "320100", "found", 2, 0, NULL); recover_with(city, &request); }
static void consent_from_beside(void) { ask_as("320102", "320100", "found", 2, 0, NULL); recover_with(beside, &request); }

/* The first node rotated, and a thief has its old keys. */
static struct yw_key_set old_keys;

static void
county_closed_and_top_rotated(void)
{
	yw_tnet_close(county, city);
	old_keys = top->keys;
	yw_tnet_rotate(top, NULL, "320000 new");
}

static void
consent_by_an_old_key(void)
{
	ask_as("320102", "320100", "found", 2, 0, NULL);
	top->keys.entry = old_keys.entry;
	top->keys.pub.entry = old_keys.pub.entry;
	recover_with(top, &request);
}

/* ... or it was replaced, and its old log ended before. */
static void
county_closed_and_top_replaced(void)
{
	struct yw_network_change c = { .policy_lines = NULL };
	struct yw_error err;

	yw_tnet_close(county, city);
	yw_buf_clear(&head);
	yw_tnet_draft_closing(top, top->n, &draft, &head);
	yw_buf_clear(&trust);
	YW_PASS(yw_trust_make_closing_line(t->trust, &draft, &trust, &err));
	c.closing = yw_buf_bytes(&trust);
	yw_tnet_version(t, &c);
	YW_CHECK(!of(top)->open);
}

static void consent_by_a_closed_log(void) { ask_as("320102", "320100", "found", 2, 0, NULL); recover_with(top, &request); }

/* --- network files --- */

static void
add_network(const struct yw_buf *file)
{
	judged.code = yw_trust_add_network(t->trust, yw_buf_bytes(file), &judged);
}

static void
next_version(const struct yw_network *over, const char *policy, struct yw_buf *out)
{
	const struct yw_network_change c = { .policy_lines = policy };
	struct yw_buf text = YW_BUF_INIT;
	struct yw_error err;
	struct yw_seckey sec;
	struct yw_pubkey pub;

	yw_tnet_root_key("root", &sec, &pub);
	YW_PASS(yw_network_next(over, &c, &text, &err));
	yw_buf_clear(out);
	YW_PASS(yw_network_sign(over, yw_buf_bytes(&text), &sec, &pub, out, &err));
	yw_buf_release(&text);
}

static void
version_jump(void)
{
	struct yw_network two;
	struct yw_error err;

	next_version(&t->network, "quorum none\n", &note);
	YW_PASS(yw_network_parse(yw_buf_bytes(&note), &t->network.hash, &two, &err));
	next_version(&two, "quorum 320000\n", &trust);
	add_network(&trust);
	yw_network_release(&two);
}

static void second_version(void) { yw_tnet_version(t, &(struct yw_network_change) { .policy_lines = "quorum none\n" }); }

/* Not refused: it is what everybody has had for long. */
static void
version_back(void)
{
	add_network(&t->network.note);
	must(judged.code == YW_OK, "it is refused");
}

static void
version_twins(void)
{
	next_version(&t->network, "quorum 320000\n", &note);
	add_network(&note);
	must(judged.code == YW_ECONFLICT && yw_trust_network_twin(t->trust) != NULL, "it is not kept beside the other");
}

static void
third_version(void)
{
	second_version();
	yw_tnet_version(t, &(struct yw_network_change) { .policy_lines = "quorum 320000\n" });
}

static void
version_two_again(void)
{
	next_version(&t->network, "quorum 320100\n", &note);
	add_network(&note);
}

static void
version_one_again(void)
{
	elsewhere = yw_tnet_new("onenet.example", codes, 2, "quorum none\n");
	add_network(&elsewhere->network.note);
	yw_tnet_free(elsewhere);
}

static void
version_over_another(void)
{
	elsewhere = yw_tnet_new("onenet.example", codes, 2, "quorum none\n");
	next_version(&elsewhere->network, "quorum 320000\n", &note);
	add_network(&note);
	yw_tnet_free(elsewhere);
}

static void
version_by_nobody(void)
{
	next_version(&t->network, "quorum none\n", &note);
	note.data[note.len - 6] ^= 1;
	add_network(&note);
}

/* --- chains --- */

static void
check_chain(bool huge)
{
	struct yw_buf chain = YW_BUF_INIT, link = YW_BUF_INIT;
	struct yw_log_reader reader;
	struct yw_wire_field f;
	struct yw_bytes rest;
	struct yw_chain_end end;
	struct yw_error err;

	yw_tnet_beat(top, 100, NULL, 0);
	yw_tnet_reader(t, &reader);
	YW_PASS(yw_chain_make(t->trust, of(city), &reader, &chain, &err));
	for (rest = yw_buf_bytes(&chain); yw_wire_next(&rest, &f, NULL) == YW_OK;)
		if (f.number == 3)
			yw_buf_add(&link, f.bytes.data, f.bytes.len);
	for (int i = 1; i < 5 || (huge && chain.len <= YW_CHAIN_MAX); i++)
		yw_wire_add_bytes(&chain, 3, yw_buf_bytes(&link));
	judged.code = yw_chain_check(t->trust, yw_buf_bytes(&chain), &end, &judged);
	yw_buf_release(&chain);
	yw_buf_release(&link);
}
static void five_links(void) { check_chain(false); }
static void huge_chain(void) { check_chain(true); }

/* --- signed elsewhere (T13): in a ledger of its own --- */

static void
give_signed(const char *id, uint32_t revision, bool end_first)
{
	static const char *const few[] = { "320000", "320100" }, *const kind = "demand";
	const struct yw_seed seed = { { 77 } };
	struct yw_lnet *net = yw_lnet_new(few, 2, "quorum none\n");
	struct yw_lnode *n = yw_lnode(net, "320000");
	struct yw_entry_draft d = { .origin = n->t->origin.text, .signed_at_ms = YW_TNET_TIME_MS, .audience = yw_open };
	struct yw_buf body = YW_BUF_INIT, file = YW_BUF_INIT;
	struct yw_signed s = { .records = NULL };
	struct yw_seckey sec;
	struct yw_pubkey pub;
	struct yw_error err;
	uint64_t at, size;

	yw_lnode_open(n);
	yw_seckey_from_seed(&seed, &sec, &pub);
	YW_PASS(yw_ledger_registrar(n->l, &pub, &kind, 1, &err));
	yw_lnode_commit(n);
	if (end_first) {
		YW_PASS(yw_ledger_registrar(n->l, &pub, NULL, 0, &err));
		yw_lnode_commit(n);
	}
	size = yw_ledger_own(n->l)->size;
	yw_lrecord(id, revision, "signed elsewhere", &body);
	YW_PASS(yw_signed_make(&d, &(struct yw_bytes) { body.data, body.len }, 1, &sec, &pub, &file, &err));
	YW_PASS(yw_signed_read(yw_buf_bytes(&file), &s, &err));
	judged.code = yw_ledger_append_signed(n->l, &s, &at, &judged);
	must(!yw_lnode_dirty(n) && yw_ledger_own(n->l)->size == size, "it was taken");
	yw_signed_release(&s);
	yw_buf_release(&body);
	yw_buf_release(&file);
	yw_lnet_free(net);
}
static void stale_revision(void) { give_signed("320000/demand/1", 7, false); }
static void ended_registrar(void) { give_signed("320000/demand/1", 1, true); }

/* The key of a registrar under a trust statement in the owner's log. */
static void
county_with_registrar(void)
{
	static const char *const kind = "demand";
	struct yw_key_set desk;
	struct yw_error err;

	yw_tnet_keys("the desk", &desk);
	yw_buf_clear(&trust);
	YW_PASS(yw_trust_make_registrar(t->trust, of(city), &desk.pub.entry, &kind, 1, &trust, &err));
	yw_tnet_add_trust(city, yw_buf_bytes(&trust));
}

static void
trust_by_a_registrar(void)
{
	struct yw_key_set desk, own = city->keys;

	yw_tnet_keys("the desk", &desk);
	ask_as("320106", "320100", "320106", 1, 0, NULL);
	city->keys.entry = desk.entry;
	city->keys.pub.entry = desk.pub.entry;
	yw_tnet_add_delegation(city, yw_buf_bytes(&request));
	city->keys = own;
	read_as = t->alarm;
}

/* The same in a file that was signed elsewhere: it is refused before any ledger sees it. */
static void
trust_in_a_signed_file(void)
{
	struct yw_entry_draft d = { .origin = city->origin.text, .signed_at_ms = YW_TNET_TIME_MS,
		.audience = { .cls = YW_CLASS_UNCONDITIONAL, .openness = YW_OPENNESS_INTERNAL } };
	struct yw_buf envelope = YW_BUF_INIT;
	struct yw_key_set desk;
	struct yw_error err;
	struct yw_signed s;
	struct yw_hash sum;

	yw_tnet_keys("the desk", &desk);
	ask_as("320106", "320100", "320106", 1, 0, NULL);
	yw_buf_clear(&trust);
	YW_PASS(yw_trust_make_delegation(yw_buf_bytes(&request), &trust, &err));
	d.trust = yw_buf_bytes(&trust);
	YW_PASS(yw_entry_seal(&d, &desk.entry, &desk.pub.entry, &envelope, &err));
	yw_buf_clear(&note);
	yw_buf_printf(&note, "yiwang-signed/v1\norigin %s\nentry ", city->origin.text);
	yw_base64_add(&note, envelope.data, envelope.len);
	yw_buf_add_byte(&note, '\n');
	yw_sha256(note.data, note.len, &sum);
	yw_buf_add_str(&note, "sha256 ");
	yw_hex_add(&note, sum.b, sizeof sum.b);
	yw_buf_add_byte(&note, '\n');
	judged.code = yw_signed_read(yw_buf_bytes(&note), &s, &judged);
	yw_buf_release(&envelope);
}

/* --- the table --- */

static const struct row {
	const char *rule, *what;
	void (*prepare)(void), (*act)(void);
	const char *judged, *read;	/* what is said before it is logged, and by who reads it; NULL: nobody is asked */
} rows[] = {
#define REQUEST "B10", "a request that is not signed by "
	{ REQUEST "its entry key", nothing, unsigned_by_entry, "entry_sig", "entry_sig" },
	{ REQUEST "its head key", nothing, unsigned_by_head, "head_sig", "head_sig" },
	{ REQUEST "its cosigning key", nothing, unsigned_by_cosign, "cosign_sig", "cosign_sig" },
	{ "T2", "keys that are another code's", nothing, keys_of_another_code, "entry key of 320102", "entry key of 320102" },
	{ "T2", "an entry key as head key", nothing, entry_as_head_key, "'entry_key' and 'head_key'", "hold the same key" },
	{ "T2", "a head key as mirror key", nothing, head_as_mirror_key, "'head_key' and 'cosign_key'", "hold the same key" },
	{ "T2", "another's head key as session key", nothing, head_key_of_another_as_session_key, "head key of 320102",
	    "head key of 320102" },
	{ "T2", "keys of the generation before", county_closed, keys_of_the_generation_before, "entry key of 320102",
	    "entry key of 320102" },
	{ "T2", "keys of the key set before", nothing, keys_of_the_set_before, "entry key of 320102",
	    "no effect: its entry key is the entry key of 320102" },
	{ "B10", "a request replayed from another network", nothing, of_another_network, "another network", "another network" },
	{ "T3", "a request replayed for the next generation", county_closed, first_request_again, "delegated already", NULL },
	{ "T3", "a request replayed at another issuer", nothing, of_another_issuer, "names 320100", "names 320100" },
	{ "T3", "a request replayed at an issuer above", nothing, of_an_issuer_above, "names 320100", "320000 does not act" },
	{ "T5", "a key set without a first one", nothing, later_key_set, "first one is number 0", "no first key set" },
	{ "T3", "a loop of two: a city by its county", nothing, loop, "not above 320100", "not above 320100" },
	{ "T3", "a loop of one", nothing, loop_of_one, "above", "above" },
	{ "T3", "by a county that is not above", nothing, to_a_sister, "above", "above" },
	{ "T3", "a fourth tier: a town by its county", nothing, fourth_tier, "no code of a jurisdiction", "no code of a jurisdiction" },
	{ "T3", "a second delegation of one code, generation and key set", nothing,
	    second, "delegated already", "delegated it before" },
	{ "T9", "a recovery without its consent", county_closed, without_consent, "consent of 320000", "consent of 320000" },
	{ "T9", "the next generation after `revoked`, without consent", county_revoked, after_revoked, "consent of 320000",
	    "consent of 320000" },
	{ "T9", "asked for by another's head key", county_closed, by_another_head, "consent of 320000", "consent of 320000" },
	{ "T3", "before the closing that it follows", nothing, before_its_closing,
	    "close it first", "is not closed before it" },
	{ "T8", "a generation too far", county_closed, skips_a_generation, "no generation 2", "is not closed before it" },
	{ "T3", "at the issuer that left it to another", county_left_to_the_province, before_its_closing,
	    "leaves it to 320000", "leaves it to 320000" },
	{ "T2", "a head by the entry key, in a closing", nothing, head_by_entry_key, "no head key", "no head key" },
	{ "T6", "a head by another's first head key, in a closing", nothing,
	    closing_at_a_head_by_another, "no head key", "no head key" },
	{ "T6", "a head by another's later head key, in a closing", sister_rotated,
	    closing_at_a_head_by_another, "no head key", "no head key" },
	{ "T6", "a head by the head key of the generation before, in a closing", county_goes_on,
	    closing_at_a_head_by_the_generation_before, "no head key", "no head key" },
	{ "T2", "a receipt by a head key", nothing, receipt_by_head_key, "one receipt of two", NULL },
	{ "T12", "a receipt by a closed generation's key", sister_closed, receipt_of_a_closed_generation,
	    "one receipt of two", NULL },
	{ "T12", "a receipt by a revoked generation's key", sister_revoked, receipt_of_a_closed_generation,
	    "one receipt of two", NULL },
	{ "T6", "a closing of what is not its own", nothing, closing_not_its_own, "320100, its issuer", "320100, its issuer" },
	{ "T6", "a closing by the issuer's issuer, who does not act", nothing,
	    closing_over_an_open_issuer, "who acts for", "who acts for" },
	{ "T6", "a closing by a key that was rotated out", city_rotated,
	    closing_by_an_old_key, NULL, "signer was not valid there" },
	{ "T6", "a closing in a log that was closed", city_closed, closing_in_a_closed_log, NULL, "ended before it" },
	{ "T6", "a closing of itself", nothing, closing_of_itself, "its issuer", "its issuer" },
	{ "T7", "a closing at a head that a quorum beat contradicts", nothing, closing_that_a_quorum_contradicts,
	    "quorum", NULL },
	{ "B8", "a closing at a head of another log", nothing, closing_at_another_logs_head, "a head of", "a head of" },
	{ "B8", "a closing at a size beyond its head", nothing, closing_beyond_its_head, "its head has", "its head has" },
	{ "T6", "a closing without a head", nothing, closing_without_a_head, "neither a head", "neither a head" },
	{ "T6", "a second closing", county_closed, closing_twice, "closed already", NULL },
	{ "T11", "a roster of another log", nothing, roster_of_another_log, NULL, "disagrees" },
	{ "T11", "a roster that leaves out what its log says", nothing, roster_that_leaves_out, NULL, "disagrees" },
	{ "T9", "a consent to another request", county_closed, consent_to_another, "consent of 320000", "consent of 320000" },
	{ "T9", "a consent by the issuer itself", county_closed, consent_by_its_issuer,
	    "consent of 320000", "consent of 320000" },
	{ "T9", "a consent from beside", county_closed, consent_from_beside, "consent of 320000", "consent of 320000" },
	{ "T9", "a consent by a key that was rotated out", county_closed_and_top_rotated, consent_by_an_old_key,
	    "consent of 320000", "consent of 320000" },
	{ "T9", "a consent in a head that its log's key did not sign", county_closed, consent_in_a_head_by_another,
	    NULL, "consent of 320000" },
	{ "T9", "a consent in a log that was closed", county_closed_and_top_replaced, consent_by_a_closed_log,
	    "consent of 320000", "consent of 320000" },
	{ "T1", "a network file that jumps over a version", nothing, version_jump, "network versions 2 to 3 are needed", NULL },
	{ "T1", "a network file of a version before", second_version, version_back, NULL, NULL },
	{ "T1", "a step back: another text of version 2 under version 3", third_version, version_two_again,
	    "two different network files of version 2", NULL },
	{ "T1", "a step back: another text of version 1", third_version, version_one_again,
	    "two different network files of version 1", NULL },
	{ "T1", "another network file of one version", second_version, version_twins,
	    "two different network files of version 2", NULL },
	{ "T1", "a network file over another version 1", nothing, version_over_another, "follows another version 1", NULL },
	{ "T1", "a network file that the root keys have not signed", nothing, version_by_nobody, "does not verify", NULL },
	{ "T16", "a chain of five links", nothing, five_links, "more than 4 links", NULL },
	{ "T16", "a chain of more than 256 KiB", nothing, huge_chain, "bytes", NULL },
	{ "T13", "signed elsewhere, with a stale revision", nothing, stale_revision, "revision 0 now", NULL },
	{ "T13", "signed elsewhere, by an ended registrar", nothing, ended_registrar, "or no longer", NULL },
	{ "T13", "a trust entry by a registrar", county_with_registrar, trust_by_a_registrar,
	    NULL, "signer was not valid there" },
	{ "T13", "signed elsewhere, a trust entry", county_with_registrar, trust_in_a_signed_file,
	    "which only the node itself makes", NULL },
};

/* Which logs there are, whose, up to where, and with which keys. */
static void
describe(struct yw_buf *out)
{
	for (size_t i = 0; i < yw_trust_count(t->trust); i++) {
		const struct yw_generation *g = yw_trust_at(t->trust, i);

		yw_buf_printf(out, "%s by %s%s to %llu\n", g->origin.text, g->issuer.code, g->recovery ? ", recovered," : "",
		    (unsigned long long)g->end.size);
		for (size_t k = 0; k < g->n_spans; k++) {
			yw_buf_printf(out, "  from %llu %u ", (unsigned long long)g->spans[k].from, g->spans[k].key_set);
			yw_buf_add(out, (const uint8_t *)&g->spans[k].keys, sizeof g->spans[k].keys);
		}
	}
	yw_buf_printf(out, "version %llu ", (unsigned long long)yw_trust_network(t->trust)->version);
	yw_buf_add(out, yw_trust_network(t->trust)->text_sha256.b, YW_HASH_BYTES);
}

/* A row that fails does not end the others: who takes a check away sees every row that it was for. */
static size_t n_wrong;

static void
row_check(bool good, const struct row *r, int line, const char *why)
{
	if (good)
		return;
	printf("\n    %s:%d: %s %s: %s", __FILE__, line, r->rule, r->what, why);
	n_wrong++;
}

static void
said(const struct row *r, const char *who, const struct yw_error *what, const char *words)
{
	if (words == NULL)
		return;
	row_check(what->code != YW_OK, r, __LINE__, who);
	if (what->code != YW_OK)
		row_check(strstr(what->msg, words) != NULL, r, __LINE__, what->msg);
}

static void
has_no_effect(const struct row *r)
{
	struct yw_buf before = YW_BUF_INIT, after = YW_BUF_INIT;

	t = yw_tnet_new("onenet.example", codes, 5, "group g 2 320000 320200 320104\nquorum g\n");
	top = yw_tnet_log(t, "320000");
	city = yw_tnet_log(t, "320100");
	beside = yw_tnet_log(t, "320200");
	county = yw_tnet_log(t, "320102");
	sister = yw_tnet_log(t, "320104");
	r->prepare();
	describe(&before);
	judged = read_as = (struct yw_error) { .code = YW_OK };
	amiss = NULL;
	r->act();
	describe(&after);
	read_as.code = read_as.msg[0] != '\0' ? YW_EINVAL : YW_OK;
	said(r, "nobody refused it", &judged, r->judged);
	said(r, "who read it said nothing", &read_as, r->read);
	row_check(yw_bytes_equal(yw_buf_bytes(&before), yw_buf_bytes(&after)), r, __LINE__, "has an effect");
	row_check(amiss == NULL, r, __LINE__, amiss);
	yw_buf_release(&before);
	yw_buf_release(&after);
	yw_tnet_free(t);
}

static void
all_rows(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		has_no_effect(&rows[i]);
	printf(" %zu rows", sizeof rows / sizeof *rows);
	YW_CHECK_MSG(n_wrong == 0, "%zu checks of rows failed", n_wrong);
	yw_buf_release(&request);
	yw_buf_release(&head);
	yw_buf_release(&note);
	yw_buf_release(&trust);
}

YW_TESTS({ "B8 B10 T1 T2 T3 T5 T6 T7 T8 T9 T11 T12 T13 T16 bad input has no effect, and is called what it is", all_rows })
