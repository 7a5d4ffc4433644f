/*
 * Two heads of one log that cannot both be true: passed on once to every peer, judged by each, and what does not
 * prove anything freezes nobody.
 */
#include "trust/fields.h"
#include "unit/sync/exchange_world.h"
#include "yiwang/v1/trust.pb-c.h"

static const char *const codes[] = { "320000", "320100", "320102", "320200" };
static struct peer *province, *city, *county, *other;

#define QUORUM "group g 2 320000 320100 320102 320200\nquorum g\n"

/* County below city below province, and another city there; everything said. */
static void
four_by(const char *policy)
{
	begin(codes, 4, policy);
	province = add_peer("320000", MEMORY);
	city = add_peer("320100", MEMORY);
	county = add_peer("320102", MEMORY);
	other = add_peer("320200", MEMORY);
	connect_line(city, province);
	connect_line(county, city);
	connect_line(other, province);
	settle();
	yw_lnode_admit(net, "320100");
	yw_lnode_admit(net, "320200");
	later(8000);
	yw_lnode_admit(net, "320102");
	later(15000);
	for (size_t i = 0; i < 4; i++)
		put_demand(&peers[i], "a", "wanted", &yw_unconditional);
	later(30000);
	YW_CHECK(size_of(other, "320102") == size_of(county, "320102") && size_of(other, "320102") >= 2);
}

static void
four(void)
{
	four_by(QUORUM);
}

/* Another branch of a log: what its keys signed on another machine. */
static void
other_head_of(const char *code, uint64_t size, struct yw_buf *out)
{
	struct yw_tlog *t = yw_lnode(net, code)->t;
	struct yw_buf body = YW_BUF_INIT;
	char id[YW_ID_MAX + 1];

	while (t->n < size) {
		snprintf(id, sizeof id, "%s/demand/x%zu", code, t->n);
		yw_buf_clear(&body);
		yw_lrecord(id, 1, "another", &body);
		yw_tnet_add_bodies(t, (struct yw_bytes[]) { yw_buf_bytes(&body) }, 1);
	}
	yw_tlog_head(t, size, out);
	yw_buf_release(&body);
}

static void
other_head(uint64_t size, struct yw_buf *out)
{
	other_head_of("320102", size, out);
}

static bool
all_frozen(void)
{
	bool all = true;

	for (size_t i = 0; i < n_peers; i++)
		all &= yw_lnode_log(peers[i].n, "320102")->frozen;
	return all;
}

static size_t
forks_between(const struct peer *a, const struct peer *b)
{
	size_t n;

	return sum(0, a, b, &n).forks + sum(0, b, a, &n).forks;
}

static bool
each_hop_once(void)
{
	return forks_between(other, province) == 1 && forks_between(province, city) == 1 && forks_between(city, county) == 1;
}

static void
passed_on(void)
{
	struct yw_append w = { .audience = yw_unconditional };
	struct yw_buf head = YW_BUF_INIT, body = YW_BUF_INIT;
	uint64_t size;

	four();
	size = size_of(other, "320102");
	other_head(size, &head);
	YW_FAILS(yw_ledger_take_head(other->n->l, yw_buf_bytes(&head), &err), YW_ECONFLICT);
	turn(other);
	settle();
	YW_CHECK(all_frozen());
	YW_CHECK(each_hop_once());
	YW_CHECK(yw_ledger_state(county->n->l, &err) == YW_LEDGER_CONTRADICTED);	/* its owner stops */
	yw_lrecord("320102/demand/z", 1, "late", &body);
	w.body = yw_buf_bytes(&body);
	YW_FAILS(yw_ledger_append(county->n->l, &w, 1, &err), YW_ESTOPPED);
	put_demand(city, "b", "life goes on", &yw_unconditional);
	later(60000);
	YW_CHECK(size_of(county, "320100") == size_of(city, "320100"));
	YW_CHECK(each_hop_once());
	for (size_t i = 0; i < n_peers; i++)
		YW_CHECK_MSG(peers[i].cuts == 0, "%s", peers[i].reason);

	restart(&lines[1]);		/* the county starts again: it is told once more, and knows anyway */
	later(5000);
	YW_CHECK(yw_ledger_state(county->n->l, &err) == YW_LEDGER_CONTRADICTED && all_frozen());
	YW_CHECK(size_of(county, "320102") == size && forks_between(city, county) <= 3);
	yw_buf_release(&head);
	yw_buf_release(&body);
	end();
}

/* Two nodes, far from each other, meet other heads of the branch in the same moment: both pairs go to everybody. */
static void
several(void)
{
	struct yw_buf small = YW_BUF_INIT, large = YW_BUF_INIT;
	const struct yw_log *first, *log;
	uint64_t size;

	four();
	put_demand(county, "b", "wanted", &yw_unconditional);
	later(30000);
	size = size_of(other, "320102");
	other_head(size, &large);
	other_head(size - 1, &small);
	YW_FAILS(yw_ledger_take_head(other->n->l, yw_buf_bytes(&large), &err), YW_ECONFLICT);
	YW_FAILS(yw_ledger_take_head(county->n->l, yw_buf_bytes(&small), &err), YW_ECONFLICT);
	turn(other);
	turn(county);
	settle();
	YW_CHECK(all_frozen());
	first = yw_lnode_log(peers[0].n, "320102");
	YW_CHECK(first->n_forks == 2);
	for (size_t i = 1; i < n_peers; i++) {
		log = yw_lnode_log(peers[i].n, "320102");
		YW_CHECK(log->n_forks == 2);
		for (size_t k = 0; k < 2; k++)
			YW_CHECK(yw_hash_equal(&log->forks[k].id, &first->forks[k].id));
	}
	size = forks_between(province, city);
	YW_CHECK(size <= 4);		/* one of them may meet the other on its way, and go back with it */
	later(60000);
	YW_CHECK(forks_between(province, city) == size);
	yw_buf_release(&small);
	yw_buf_release(&large);
	end();
}

/* Receipts on the beats of what is frozen still travel; who comes late learns of both. */
static void
served_on(void)
{
	struct yw_buf head = YW_BUF_INIT, beat = YW_BUF_INIT;
	struct yw_log *log;
	struct yw_vkey key;
	struct yw_note n;

	four();
	other_head(size_of(province, "320102"), &head);
	YW_FAILS(yw_ledger_take_head(province->n->l, yw_buf_bytes(&head), &err), YW_ECONFLICT);
	turn(province);
	settle();
	YW_CHECK(all_frozen());
	log = yw_lnode_log(county->n, "320102");	/* the owner is shown a receipt later than all it has */
	yw_buf_add(&beat, log->beats[log->n_beats - 1].note.data, log->beats[log->n_beats - 1].note.len);
	YW_PASS(yw_note_parse(yw_buf_bytes(&beat), &n, &err));
	YW_PASS(yw_cosign_vkey("onenet.example", &other->n->t->code, &other->n->t->keys.pub.cosign, &key));
	YW_PASS(yw_note_cosign(n.text, &key, &other->n->t->keys.cosign, 1900000000, &beat, &err));
	yw_note_release(&n);
	YW_PASS(yw_ledger_take_beat(other->n->l, yw_buf_bytes(&beat), &err));
	turn(other);
	settle();
	later(5000);
	YW_CHECK(strstr(yw_buf_str(&log->beats[log->n_beats - 1].note), "320200/cosign") != NULL);

	stop_peer(city);				/* a mirror that has lost all of it hears why it gets no more than that */
	yw_lnode_forget(city->n);
	start_peer(city);
	later(60000);
	YW_CHECK(yw_lnode_log(city->n, "320102")->frozen && size_of(city, "320100") == size_of(province, "320100"));
	YW_CHECK(size_of(city, "320102") == size_of(province, "320102"));	/* as far as it had its quorum */
	yw_buf_release(&head);
	yw_buf_release(&beat);
	end();
}

/* A city's log is frozen: who comes then, or comes back with nothing, learns all the same whom it had admitted by then.  Without
 * any quorum the heads that freeze it say how far; of one that nobody holds the next one's turn is. */
static void
learnt_late(void)
{
	static const char *const policies[] = { QUORUM, "quorum none\n" };

	for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
		for (uint64_t more = 0; more < 3; more++) {	/* the other branch is as long, or longer: nobody has its entries */
			struct yw_buf head = YW_BUF_INIT;
			uint64_t size;

			four_by(policies[i]);
			size = size_of(province, "320100");
			other_head_of("320100", size, &head);
			YW_FAILS(yw_ledger_take_head(province->n->l, yw_buf_bytes(&head), &err), YW_ECONFLICT);
			yw_buf_clear(&head);
			other_head_of("320100", size - 1 + more, &head);
			(void)!yw_ledger_take_head(other->n->l, yw_buf_bytes(&head), &err);
			turn(province);
			turn(other);
			settle();
			stop_peer(other);
			yw_lnode_forget(other->n);
			start_peer(other);
			later(120000);
			YW_CHECK(yw_lnode_log(other->n, "320100")->frozen);
			YW_CHECK_MSG(size_of(other, "320100") == size && yw_lnode_log(other->n, "320100")->full_size == size,
			    "%s, %llu more: %llu entries", policies[i], (unsigned long long)more,
			    (unsigned long long)size_of(other, "320100"));
			YW_CHECK(size_of(other, "320102") == size_of(county, "320102") && size_of(other, "320102") > 1);
			put_demand(county, "b", "life goes on", &yw_unconditional);
			later(60000);
			YW_CHECK(size_of(other, "320102") == size_of(county, "320102"));
			for (size_t k = 0; k < n_peers; k++)
				YW_CHECK_MSG(peers[k].cuts == 0, "%s", peers[k].reason);
			yw_buf_release(&head);
			end();
		}
}

/* The same size twice, and nobody has entries of either. */
static void
pair_at(uint64_t size, const struct yw_key_set *by, struct yw_buf heads[static 2])
{
	struct yw_tlog *t = yw_lnode(net, "320102")->t;
	struct yw_checkpoint c = { .size = size };

	memcpy(c.origin, t->origin.text, sizeof c.origin);
	for (size_t i = 0; i < 2; i++) {
		memset(c.root.b, (int)i + 1, sizeof c.root.b);
		YW_PASS(yw_head_sign(&c, &by->head, &by->pub.head, &heads[i], &err));
	}
}

/* Many pairs of the county's log, each of a larger size than those before, shown to the province. */
static void
show_pairs(uint64_t size, const struct yw_key_set *by)
{
	for (uint64_t i = 1; i < 40; i++) {
		struct yw_buf heads[2] = { YW_BUF_INIT, YW_BUF_INIT };

		pair_at(size + i, by, heads);
		YW_CHECK(yw_ledger_take_contradiction(province->n->l, yw_lnode(net, "320102")->t->origin.text,
		    &(struct yw_contradiction) { .head_a = yw_buf_bytes(&heads[0]), .head_b = yw_buf_bytes(&heads[1]) }, &err) !=
		    (i == 1 ? YW_OK : YW_EINVAL));
		yw_buf_release(&heads[0]);
		yw_buf_release(&heads[1]);
		turn(province);
	}
	settle();
}

/* The province is shown another branch's head of this size. */
static void
show_other(uint64_t size)
{
	struct yw_buf head = YW_BUF_INIT;

	other_head(size, &head);
	YW_FAILS(yw_ledger_take_head(province->n->l, yw_buf_bytes(&head), &err), YW_ECONFLICT);
	turn(province);
	settle();
	yw_buf_release(&head);
}

/* Everybody keeps the same pairs, and no copy is to go on. */
static void
check_no_goals(void)
{
	const struct yw_log *first = yw_lnode_log(peers[0].n, "320102");
	struct yw_goal goals[YW_GOALS_MAX];

	for (size_t i = 0; i < n_peers; i++) {
		const struct yw_log *log = yw_lnode_log(peers[i].n, "320102");

		YW_CHECK_MSG(log->frozen && yw_ledger_goals(peers[i].n->l, log, goals) == 0, "%s", peers[i].n->t->code.code);
		YW_CHECK(log->n_forks == first->n_forks);
		for (size_t k = 0; k < first->n_forks; k++)
			YW_CHECK(yw_hash_equal(&log->forks[k].id, &first->forks[k].id));
	}
}

/* Each pair that an owner signs later is kept as evidence; by none of them its log goes on, and none drives out the first. */
static void
no_further(void)
{
	uint64_t size;

	four();
	size = size_of(province, "320102");
	show_other(size);
	show_pairs(size, &yw_lnode(net, "320102")->t->keys);
	check_no_goals();
	end();
}

/* The county changes its keys, and everybody has it. */
static void
rotate_county(struct yw_key_set *next)
{
	struct yw_tlog *t = county->n->t;
	struct yw_buf request = YW_BUF_INIT;

	yw_tnet_keys("320102 new", next);
	yw_tnet_ask(net->t, &(struct yw_tasked) { "320102", "320100", "320102 new", 1, 1, &t->keys.head }, &request);
	YW_PASS(yw_ledger_admit(city->n->l, yw_buf_bytes(&request), &err));
	turn(city);
	settle();
	later(5000);
	county->n->next_keys = next;
	yw_ledger_next_keys(county->n->l, next);
	YW_PASS(yw_ledger_routine(county->n->l, &err));
	YW_CHECK(yw_ledger_rotated(county->n->l));
	turn(county);
	settle();
	later(15000);
	YW_CHECK(size_of(other, "320102") == size_of(county, "320102"));
	yw_buf_release(&request);
}

/* The same, where the keys that signed the first pair were changed since, and no quorum stands beyond that (T5). */
static void
no_further_by_newer_keys(void)
{
	struct yw_key_set next;
	uint64_t size;

	four_by("quorum none\n");
	size = size_of(province, "320102");
	rotate_county(&next);
	show_other(size);
	YW_CHECK(all_frozen());
	show_pairs(size_of(province, "320102"), &next);
	check_no_goals();
	put_demand(city, "b", "life goes on", &yw_unconditional);
	stop_peer(other);		/* and who comes late learns the same of them */
	yw_lnode_forget(other->n);
	start_peer(other);
	later(60000);
	check_no_goals();
	end();
}

/* The turn in which it came is lost with the disk's last free byte: it is asked for again. */
static void
undone(void)
{
	struct yw_buf head = YW_BUF_INIT;

	four();
	other_head(size_of(other, "320102"), &head);
	YW_FAILS(yw_ledger_take_head(other->n->l, yw_buf_bytes(&head), &err), YW_ECONFLICT);
	turn(other);
	while (n_read < n_letters && letters[n_read].forks == 0) {
		struct peer *p = reader_of(&letters[n_read]);

		deliver(n_read);
		turn(p);
	}
	YW_CHECK(n_read < n_letters && reader_of(&letters[n_read]) == province);
	deliver(n_read);
	YW_CHECK(yw_lnode_log(province->n, "320102")->frozen);
	yw_exchange_undone(province->x);		/* as the node says it, when its commit has failed */
	turn(province);
	settle();
	later(2000);
	YW_CHECK(forks_between(other, province) == 2 && all_frozen());
	yw_buf_release(&head);
	end();
}

/* A chain leads through beats of the logs above: one of another branch is found out there. */
static void
in_a_chain(void)
{
	Yiwang__V1__Hello h = YIWANG__V1__HELLO__INIT;
	struct yw_tlog *top;
	struct yw_buf chain = YW_BUF_INIT, hello = YW_BUF_INIT;
	struct yw_exchange_link *link;
	struct yw_log_reader r;
	char local[16];

	four();
	top = province->n->t;		/* what its keys signed on another machine */
	for (unsigned i = 0; size_of(other, "320000") <= top->n; i++) {
		snprintf(local, sizeof local, "more%u", i);
		put_demand(province, local, "wanted", &yw_unconditional);
		later(2000);
	}
	yw_tnet_beat(top, 1700000000, NULL, 0);
	yw_tnet_reader(net->t, &r);
	YW_PASS(yw_chain_make(net->t->trust, yw_tnet_generation(net->t, "320100"), &r, &chain, &err));
	h.code = (char *)"320100";
	h.origin = city->n->t->origin.text;
	h.chain = field_of_bytes(yw_buf_bytes(&chain));
	h.network_version = 1;
	h.network_sha256 = field_of(net->t->network.text_sha256.b, 32);
	YW_PASS(yw_wire_pack(&h.base, &hello, &err));
	YW_CHECK(!yw_lnode_log(other->n, "320000")->frozen);
	YW_PASS(yw_exchange_link_up(other->x, false, &city->n->t->keys.pub.session, "city", &link, &err));
	YW_PASS(yw_exchange_take_hello(other->x, link, yw_buf_bytes(&hello), &err));
	YW_CHECK(strcmp(yw_exchange_link_code(link)->code, "320100") == 0);	/* who says it is not to blame */
	YW_CHECK(yw_lnode_log(other->n, "320000")->frozen);
	yw_exchange_link_down(other->x, link);
	yw_buf_release(&chain);
	yw_buf_release(&hello);
	end();
}

struct parts {
	struct yw_buf a, b;
	struct yw_contradiction c;
	const char *origin;
};

static void
swap_bytes(struct yw_bytes *a, struct yw_bytes *b)
{
	struct yw_bytes t = *a;

	*a = *b;
	*b = t;
}

/* What the province says to a node, with nothing of it asked for. */
static enum yw_code
hand(struct peer *to, Yiwang__V1__Exchange *e)
{
	Yiwang__V1__PeerReply r = YIWANG__V1__PEER_REPLY__INIT;
	struct yw_buf bytes = YW_BUF_INIT;
	struct yw_exchange_link *link;
	struct yw_inbound *in;
	uint32_t wait_ms;
	enum yw_code code;

	r.answer_case = YIWANG__V1__PEER_REPLY__ANSWER_EXCHANGE;
	r.exchange = e;
	YW_PASS(yw_wire_pack(&r.base, &bytes, &err));
	code = yw_inbound_read(&bytes, false, &in, &err);
	yw_buf_release(&bytes);
	if (code != YW_OK)
		return code;
	YW_PASS(yw_exchange_link_up(to->x, true, &province->n->t->keys.pub.session, "320000", &link, &err));
	{
		struct yw_buf hello = YW_BUF_INIT;

		YW_PASS(yw_exchange_hello(province->x, &hello, &err));
		YW_PASS(yw_exchange_take_hello(to->x, link, yw_buf_bytes(&hello), &err));
		yw_buf_release(&hello);
	}
	code = yw_exchange_take(to->x, link, in, &wait_ms, &err);
	yw_exchange_link_down(to->x, link);
	return code;
}

static enum yw_code
say(struct peer *to, const struct parts *p, size_t times)
{
	Yiwang__V1__Contradiction m = YIWANG__V1__CONTRADICTION__INIT, *many[17];
	Yiwang__V1__Exchange e = YIWANG__V1__EXCHANGE__INIT;
	ProtobufCBinaryData path[YW_PROOF_MAX];

	m.origin = (char *)p->origin;
	m.head_a = field_of_bytes(p->c.head_a);
	m.head_b = field_of_bytes(p->c.head_b);
	m.root_a = field_of(p->c.instead.b, 32);
	for (size_t i = 0; i < p->c.consistency.n; i++)
		path[i] = field_of(p->c.consistency.h[i].b, 32);
	m.consistency = path;
	m.n_consistency = p->c.consistency.n;
	for (size_t i = 0; i < 17; i++)
		many[i] = &m;
	e.contradictions = many;
	e.n_contradictions = times;
	return hand(to, &e);
}

/* A package is good for nothing here: its head is evidence all the same. */
static void
in_a_package(void)
{
	static const struct {
		const char *what;
		size_t entries;
		int64_t start;		/* from the end of the copy */
	} packages[] = { { "without entries", 0, 0 }, { "that starts beyond the copy", 1, 2 }, { "that starts before its end", 1, -1 },
		{ "that goes on from another size", 1, 0 } };

	for (size_t i = 0; i < sizeof packages / sizeof *packages; i++) {
		Yiwang__V1__Package m = YIWANG__V1__PACKAGE__INIT, *one = &m;
		Yiwang__V1__Exchange e = YIWANG__V1__EXCHANGE__INIT;
		struct yw_buf head = YW_BUF_INIT, more = YW_BUF_INIT;
		ProtobufCBinaryData entry;
		uint64_t size, end_at;

		four();
		size = size_of(other, "320102");
		end_at = packages[i].start < 0 || packages[i].entries == 0 ? size : size + 4;
		other_head(size + 4, &more);	/* for its entries */
		other_head(end_at, &head);
		m.origin = county->n->t->origin.text;
		m.start = size + (uint64_t)packages[i].start;
		m.head = field_of_bytes(yw_buf_bytes(&head));
		m.head_size = end_at;
		m.from_size = 1;
		m.from_root = field_of(net->t->network.hash.b, YW_HASH_BYTES);
		entry = field_of_bytes(yw_buf_bytes(&county->n->t->entries[size]));
		m.entries = &entry;
		m.n_entries = packages[i].entries;
		e.packages = &one;
		e.n_packages = 1;
		YW_CHECK_MSG(hand(other, &e) == YW_OK, "a package %s: %s", packages[i].what, err.msg);
		for (unsigned k = 0; !yw_lnode_log(other->n, "320102")->frozen && k < 5; k++) {	/* when the copy has come there */
			char local[8] = { 'm', (char)('a' + k) };

			put_demand(county, local, "more", &yw_unconditional);
			later(15000);
		}
		YW_CHECK_MSG(yw_lnode_log(other->n, "320102")->frozen, "a package %s", packages[i].what);
		yw_buf_release(&head);
		yw_buf_release(&more);
		end();
	}
}

/* --- what proves nothing --- */

/* Heads of the other branch at two sizes, with the honest proof from one to the other. */
static void
two_sizes(struct parts *p, uint64_t a, uint64_t b)
{
	struct yw_tlog *t = yw_lnode(net, "320102")->t;
	struct yw_lpackage lp;

	*p = (struct parts) { .origin = t->origin.text };
	other_head(b, &p->b);
	other_head(a, &p->a);
	yw_tlog_package(t, a, 1, b, a, false, &lp);
	p->c.consistency = lp.p.consistency;
	yw_tnet_root(t, a, &p->c.instead);
	p->c.head_a = yw_buf_bytes(&p->a);
	p->c.head_b = yw_buf_bytes(&p->b);
	yw_lpackage_release(&lp);
}

static void
release_parts(struct parts *p)
{
	yw_buf_release(&p->a);
	yw_buf_release(&p->b);
}

static bool
freezes(const struct parts *p)
{
	YW_PASS(say(county, p, 1));
	return yw_lnode_log(county->n, "320102")->frozen;
}

static void
proves_nothing(void)
{
	struct parts p, q;
	struct yw_buf mine = YW_BUF_INIT;

	four();
	two_sizes(&p, 3, 6);
	YW_CHECK(!freezes(&p));				/* the root that the proof gives is that of head a */
	q = p;
	q.c.instead.b[0] ^= 1;				/* another root: the proof fails */
	YW_CHECK(!freezes(&q));
	q = p;
	q.c.consistency.n--;
	YW_CHECK(!freezes(&q));
	q = p;
	swap_bytes(&q.c.head_a, &q.c.head_b);		/* the larger one first */
	YW_CHECK(!freezes(&q));
	q = p;
	q.c.head_b = q.c.head_a;			/* twice the same */
	YW_CHECK(!freezes(&q));
	q = p;
	q.origin = "onenet.example/320100";		/* of another log */
	YW_CHECK(!freezes(&q) && !yw_lnode_log(county->n, "320100")->frozen);
	q.origin = "onenet.example/329999";
	YW_CHECK(!freezes(&q));

	/* Now one that does: what the county really signed at size 2, and the branch that says otherwise. */
	yw_buf_add(&mine, yw_lnode_log(province->n, "320102")->full.data, yw_lnode_log(province->n, "320102")->full.len);
	release_parts(&p);
	two_sizes(&p, size_of(province, "320102"), 7);
	p.c.head_a = yw_buf_bytes(&mine);
	q = p;
	for (size_t i = 0; i < mine.len; i += 7) {	/* a flipped bit anywhere, and it proves nothing again */
		mine.data[i] ^= 1;
		YW_CHECK(!freezes(&q));
		mine.data[i] ^= 1;
	}
	YW_FAILS(say(county, &p, 17), YW_EPEER);
	YW_CHECK(freezes(&p));
	YW_PASS(say(county, &p, 16));
	yw_buf_release(&mine);
	release_parts(&p);
	end();
}

YW_TESTS(
	{ "L6 a contradiction goes once over every hop, freezes the log everywhere, and its owner stops", passed_on },
	{ "L7 two pairs of one log, met in two places: everybody comes to hold both, in one order", several },
	{ "L6 R5 receipts on the beats of a frozen log still travel, and who comes late freezes it too", served_on },
	{ "L6 T3 who comes when an issuer's log is frozen learns whom it admitted", learnt_late },
	{ "L6 other pairs signed later move no copy of a frozen log on", no_further },
	{ "L6 L7 T5 nor do pairs by newer keys than those that froze it", no_further_by_newer_keys },
	{ "L6 a contradiction whose turn was lost is told again", undone },
	{ "L6 T16 a beat in a chain is a head like others", in_a_chain },
	{ "L6 the head in a package that does not fit is a head like others", in_a_package },
	{ "L6 what proves nothing freezes nobody, and its bearer is not blamed", proves_nothing })
