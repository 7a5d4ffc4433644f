/*
 * Logs that nobody has admitted as far as a node knows: entry 0 and one head of each code, bounded, and used when the
 * delegation comes.
 */
#include "unit/sync/exchange_world.h"

static struct peer *province, *city;

static size_t
kept(const struct peer *p)
{
	struct yw_jurisdiction found[100];

	return yw_exchange_strange(p->x, found, 100);
}

static const char *const many[] = { "320000", "320100" };

static struct yw_tlog *
strange_log(struct yw_tnet *t, const char *code, uint64_t entries)
{
	struct yw_tlog *log = yw_tnet_log(t, code);
	struct yw_buf body = YW_BUF_INIT;
	char id[YW_ID_MAX + 1];

	while (log->n < entries) {
		snprintf(id, sizeof id, "%s/demand/%zu", code, log->n);
		yw_buf_clear(&body);
		yw_lrecord(id, 1, "x", &body);
		yw_tnet_add_bodies(log, (struct yw_bytes[]) { yw_buf_bytes(&body) }, 1);
	}
	yw_buf_release(&body);
	return log;
}

/* What else is wrong with a package; NULL: nothing. */
static void (*bend)(struct yw_tlog *log, Yiwang__V1__Package *m);

/* A stranger, or who has proven its code, brings entries [0, n) into a head; `bit` of entry 0 is flipped if it is not negative. */
static void
bring(struct peer *to, struct yw_tlog *log, size_t n, uint64_t head_size, bool proven, long bit)
{
	Yiwang__V1__PeerRequest q = YIWANG__V1__PEER_REQUEST__INIT;
	Yiwang__V1__Exchange e = YIWANG__V1__EXCHANGE__INIT;
	Yiwang__V1__Package m = YIWANG__V1__PACKAGE__INIT, *one[] = { &m };
	ProtobufCBinaryData entries[4], path[YW_PROOF_MAX];
	struct yw_buf bytes = YW_BUF_INIT, entry = YW_BUF_INIT;
	struct yw_exchange_link *link;
	struct yw_lpackage lp;
	struct yw_inbound *in;
	uint32_t wait_ms;

	yw_tlog_package(log, 0, n, head_size, 0, false, &lp);
	yw_buf_add(&entry, log->entries[0].data, log->entries[0].len);
	if (bit >= 0)
		entry.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	for (size_t i = 0; i < n; i++)
		entries[i] = (ProtobufCBinaryData) { log->entries[i].len, log->entries[i].data };
	entries[0] = (ProtobufCBinaryData) { entry.len, entry.data };
	for (size_t i = 0; i < lp.p.subtree.n; i++)
		path[i] = (ProtobufCBinaryData) { 32, lp.p.subtree.h[i].b };
	m.origin = log->origin.text;
	m.entries = entries;
	m.n_entries = n;
	m.head = (ProtobufCBinaryData) { lp.p.head.len, (uint8_t *)(uintptr_t)lp.p.head.data };
	m.head_size = head_size;
	m.subtree = path;
	m.n_subtree = lp.p.subtree.n;
	if (bend != NULL)
		bend(log, &m);
	e.packages = one;
	e.n_packages = 1;
	q.ask_case = YIWANG__V1__PEER_REQUEST__ASK_EXCHANGE;
	q.exchange = &e;
	YW_PASS(yw_wire_pack(&q.base, &bytes, &err));
	YW_PASS(yw_inbound_read(&bytes, true, &in, &err));
	YW_PASS(yw_exchange_link_up(to->x, false, &log->keys.pub.session, log->code.code, &link, &err));
	if (proven)
		*(struct yw_jurisdiction *)(uintptr_t)yw_exchange_link_code(link) = log->code;
	YW_PASS(yw_exchange_take(to->x, link, in, &wait_ms, &err));
	YW_CHECK(wait_ms == 0 || proven);
	yw_exchange_link_down(to->x, link);
	yw_lpackage_release(&lp);
	yw_buf_release(&entry);
}

static void
what_is_kept(void)
{
	struct yw_tnet *t = yw_tnet_new("onenet.example", many, 2, "quorum none\n");
	struct yw_tnet *foreign = yw_tnet_new("other.example", many, 2, "quorum none\n");
	struct yw_tlog *log;

	begin(many, 2, "quorum none\n");
	province = add_peer("320000", MEMORY);
	turn(province);
	log = strange_log(t, "320100", 5);
	bring(province, yw_tnet_log(foreign, "320100"), 1, 1, false, -1);
	YW_CHECK(kept(province) == 0);				/* of another network */
	for (long bit = 0; bit < (long)log->entries[0].len * 8; bit += 101) {
		bring(province, log, 1, 5, false, bit);
		YW_CHECK_MSG(kept(province) == 0, "bit %ld", bit);
	}
	bring(province, log, 1, 3, false, -1);
	bring(province, log, 1, 5, false, -1);
	bring(province, log, 1, 5, false, -1);
	bring(province, log, 1, 2, false, -1);
	YW_CHECK(kept(province) == 1);				/* one head, of one entry 0 */
	turn(province);
	yw_lnet_wait(net, INT64_C(8) * 24 * 3600 * 1000);	/* and not for ever */
	turn(province);
	YW_CHECK(kept(province) == 0);
	yw_tnet_free(t);
	yw_tnet_free(foreign);
	end();
}

/* --- what is not kept --- */

static struct yw_tnet *ours;		/* its keys and its network file are those of the world */
static struct yw_tlog *bad;		/* what calls itself the log of 320100 */

/* With an entry 0 that shows this request, signed by these keys, and four more. */
static void
open_bad(const struct yw_tasked *asked, const char *signer)
{
	struct yw_generation g = { .generation = asked->generation, .issuer = { "320000" } };
	struct yw_buf genesis = YW_BUF_INIT;
	struct yw_key_set own;

	bad = yw_tnet_new_log(yw_tnet_log(ours, "320100"), 1, asked->label);
	yw_tnet_ask(ours, asked, &bad->request);
	yw_request_hash(yw_buf_bytes(&bad->request), &g.request);
	g.delegation.origin = yw_tnet_log(ours, "320000")->origin;
	YW_PASS(yw_trust_make_genesis(ours->trust, &g, yw_buf_bytes(&bad->request), &genesis, &err));
	own = bad->keys;
	yw_tnet_keys(signer, &bad->keys);
	yw_tnet_add_trust(bad, yw_buf_bytes(&genesis));
	bad->keys = own;
	yw_tlog_grow(bad, 4, "wanted");
	yw_buf_release(&genesis);
}

#define ASKS(code, generation, key_set) &(struct yw_tasked) { code, "320000", "a stranger", generation, key_set, NULL }

static void as_it_should_be(void) { open_bad(ASKS("320100", 1, 0), "a stranger"); }
static void for_a_second_generation(void) { open_bad(ASKS("320100", 2, 0), "a stranger"); }
static void for_other_keys(void) { open_bad(ASKS("320100", 1, 1), "a stranger"); }
static void for_another_code(void) { open_bad(ASKS("320200", 1, 0), "a stranger"); }
static void by_another_key(void) { open_bad(ASKS("320100", 1, 0), "another stranger"); }

static void
for_another_network(void)
{
	ours->network.hash.b[0] ^= 1;		/* of the same name */
	as_it_should_be();
	ours->network.hash.b[0] ^= 1;
}

static void
two_entries(struct yw_tlog *log, Yiwang__V1__Package *m)
{
	static ProtobufCBinaryData two[2];

	for (size_t i = 0; i < 2; i++)
		two[i] = (ProtobufCBinaryData) { log->entries[i].len, log->entries[i].data };
	m->entries = two;
	m->n_entries = 2;
}

static struct yw_buf note;

static void
in_head(const struct yw_tlog *of, const struct yw_key_set *by, Yiwang__V1__Package *m)
{
	yw_buf_clear(&note);
	yw_tnet_head(of, m->head_size, by, &note);
	m->head = (ProtobufCBinaryData) { note.len, note.data };
}

static void
head_of_many_bytes(struct yw_tlog *log, Yiwang__V1__Package *m)
{
	in_head(log, NULL, m);
	yw_buf_printf(&note, "\xe2\x80\x94 onenet.example/320000/cosign ");
	for (size_t i = 0; i < YW_STRANGE_BYTES_MAX; i++)
		yw_buf_add_byte(&note, 'A');
	yw_buf_add_byte(&note, '\n');
	m->head = (ProtobufCBinaryData) { note.len, note.data };
}

static void
head_by_another_key(struct yw_tlog *log, Yiwang__V1__Package *m)
{
	struct yw_key_set other;

	yw_tnet_keys("another stranger", &other);
	in_head(log, &other, m);
}

static void
head_of_another_log(struct yw_tlog *log, Yiwang__V1__Package *m)
{
	struct yw_tlog other = *log;

	snprintf(other.origin.text, sizeof other.origin.text, "onenet.example/320200");
	in_head(&other, NULL, m);
}

static void no_head(struct yw_tlog *log, Yiwang__V1__Package *m) { (void)log; m->head.len = 0; }
static void larger_than_its_head(struct yw_tlog *log, Yiwang__V1__Package *m) { (void)log; m->head_size++; }
static void not_in_its_head(struct yw_tlog *log, Yiwang__V1__Package *m) { (void)log; m->subtree[0].data[0] ^= 1; }

static const struct row {
	const char *what;
	void (*open)(void);
	void (*bend)(struct yw_tlog *log, Yiwang__V1__Package *m);
	size_t kept;
} rows[] = {
	{ "nothing that is wrong", as_it_should_be, NULL, 1 },
	{ "an entry behind entry 0", as_it_should_be, two_entries, 0 },
	{ "more bytes than are kept", as_it_should_be, head_of_many_bytes, 0 },
	{ "a request for another network of this name", for_another_network, NULL, 0 },
	{ "a request for a second generation", for_a_second_generation, NULL, 0 },
	{ "a request for a later key set", for_other_keys, NULL, 0 },
	{ "a request for another code", for_another_code, NULL, 0 },
	{ "entry 0 by another key than asks", by_another_key, NULL, 0 },
	{ "no head", as_it_should_be, no_head, 0 },
	{ "a head by another key", as_it_should_be, head_by_another_key, 0 },
	{ "a head of another log by the same key", as_it_should_be, head_of_another_log, 0 },
	{ "another size than that of its head", as_it_should_be, larger_than_its_head, 0 },
	{ "entry 0 that is not in its head", as_it_should_be, not_in_its_head, 0 },
};

static void
what_is_not_kept(void)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		ours = yw_tnet_new("onenet.example", many, 2, "quorum none\n");
		begin(many, 2, "quorum none\n");
		province = add_peer("320000", MEMORY);
		turn(province);
		rows[i].open();
		bend = rows[i].bend;
		bring(province, bad, 1, 5, false, -1);
		bend = NULL;
		YW_CHECK_MSG(kept(province) == rows[i].kept, "T14 %s: %zu kept", rows[i].what, kept(province));
		end();
		yw_tnet_free(ours);
	}
	printf(" %zu rows", sizeof rows / sizeof *rows);
	yw_buf_release(&note);
}

static bool
keeps(struct peer *p, const char *code)
{
	static struct yw_jurisdiction all[YW_STRANGE_CODES_MAX];
	size_t n = yw_exchange_strange(p->x, all, YW_STRANGE_CODES_MAX), found = 0;

	for (size_t i = 0; i < n; i++)
		found += strcmp(all[i].code, code) == 0;
	return found == 1;
}

static void
so_many(void)
{
	static char text[80][8];
	const char *list[80] = { "320000" };
	struct yw_tnet *t;

	for (unsigned i = 1; i < 80; i++) {
		snprintf(text[i], sizeof text[i], "32%02u00", i);
		list[i] = text[i];
	}
	t = yw_tnet_new("onenet.example", list, 80, "quorum none\n");
	begin(many, 2, "quorum none\n");
	province = add_peer("320000", MEMORY);
	turn(province);
	for (unsigned i = 1; i < 80; i++) {
		bring(province, yw_tnet_log(t, list[i]), 1, 1, false, -1);
		yw_lnet_wait(net, 1);
	}
	YW_CHECK_MSG(kept(province) == YW_STRANGE_CODES_MAX, "%zu are kept", kept(province));
	YW_CHECK(keeps(province, text[1]) && !keeps(province, text[79]));
	bring(province, yw_tnet_log(t, text[79]), 1, 1, true, -1);
	YW_CHECK(!keeps(province, text[1]) && keeps(province, text[79]));	/* the oldest gives way to an owner, */
	yw_lnet_wait(net, 3600 * 1000);
	bring(province, yw_tnet_log(t, text[78]), 1, 1, false, -1);
	YW_CHECK(!keeps(province, text[2]) && keeps(province, text[78]));	/* and to others an hour later */
	YW_CHECK(keeps(province, text[79]) && kept(province) == YW_STRANGE_CODES_MAX);
	yw_tnet_free(t);
	end();
}

static void
give_all(struct peer *p, struct yw_tlog *log)
{
	struct yw_lpackage lp;

	yw_tlog_package(log, 0, log->n, log->n, 0, false, &lp);
	YW_PASS(yw_ledger_take_package(p->n->l, &lp.p, &err));
	yw_lpackage_release(&lp);
}

/* It is kept, and nobody sees it; the delegation comes, and it is what the ledger holds; so is a lie found out. */
static void
used_later(void)
{
	static const char *const three[] = { "320000", "320100", "320200" };
	struct yw_tnet *branch = yw_tnet_new("onenet.example", three, 3, "quorum none\n");
	struct yw_buf head = YW_BUF_INIT;
	struct yw_tlog *log;

	begin(three, 3, "quorum none\n");
	city = add_peer("320100", MEMORY);
	turn(city);
	log = strange_log(net->t, "320200", 5);
	bring(city, log, 1, 5, false, -1);
	turn(city);
	YW_CHECK(kept(city) == 1 && yw_lnode_log(city->n, "320200") == NULL);
	give_all(city, net->n[0].t);
	turn(city);
	YW_CHECK(kept(city) == 0);
	turn(city);
	YW_CHECK(size_of(city, "320200") == 1 && yw_lnode_log(city->n, "320200")->head_size == 5);
	log = yw_tnet_log(branch, "320200");
	while (log->n < 5) {
		struct yw_buf body = YW_BUF_INIT;

		yw_lrecord("320200/demand/y", 1, "another", &body);
		yw_tnet_add_bodies(log, (struct yw_bytes[]) { yw_buf_bytes(&body) }, 1);
		yw_buf_release(&body);
	}
	yw_tlog_head(log, 5, &head);
	YW_FAILS(yw_ledger_take_head(city->n->l, yw_buf_bytes(&head), &err), YW_ECONFLICT);
	yw_buf_release(&head);
	yw_tnet_free(branch);
	end();
}

/* --- a node that brings its own --- */

static void
brought(void)
{
	static const char *const codes[] = { "320000", "320100", "320102", "320200" };
	struct peer *county, *other;

	begin(codes, 4, "quorum none\n");
	province = add_peer("320000", MEMORY);
	city = add_peer("320100", MEMORY);
	county = add_peer("320102", MEMORY);
	other = add_peer("320200", MEMORY);
	connect_line(city, province);
	connect_line(other, province);
	settle();
	yw_lnode_admit(net, "320100");
	yw_lnode_admit(net, "320200");
	later(20000);
	stop_peer(province);		/* the city's way up is cut: nobody there hears of its county */
	connect_line(county, city);
	settle();
	yw_lnode_admit(net, "320102");
	later(20000);
	put_demand(county, "a", "wanted", &yw_unconditional);
	later(5000);
	YW_CHECK(size_of(county, "320102") >= 2 && size_of(other, "320102") == 0);
	connect_line(county, other);
	settle();
	YW_CHECK(sum(0, county, other, &(size_t) { 0 }).packages > 0);
	later(60000);			/* it holds the city's log, and so brings its delegation too */
	YW_CHECK(size_of(other, "320102") == size_of(county, "320102") && kept(other) == 0);
	YW_CHECK(other->cuts == 0 && county->cuts == 0);
	end();
}

YW_TESTS(
	{ "T14 a node brings its own log to who cannot know it yet, and nobody is cut off", brought },
	{ "T14 R2 a log that came before its delegation is kept, not shown, and used when that comes", used_later },
	{ "T14 one head and entry 0 of a code, that agree with themselves, for a week", what_is_kept },
	{ "T14 bad input for a log that nobody has admitted is not kept", what_is_not_kept },
	{ "T14 so many codes and no more", so_many })
