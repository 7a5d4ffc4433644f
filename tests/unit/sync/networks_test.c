/*
 * Later network files over links (T1): whoever's hello names one that I lack is asked for it, step by step, before its
 * chain is judged; it does not matter who hands it out; another text of a version blames the root keys, not the peer.
 */
#include "unit/sync/exchange_world.h"

#define FILES_MAX 8		/* in one message, as proto/README.md has it */
#define POLICY "group g 2 320000 320100 320102\nquorum g\n"

static const char *const codes[] = { "320000", "320100", "320102", "320200" };
static struct peer *province, *city, *county;

/* All three hold all; then the province is gone, and with it the way by which its log would bring the files. */
static void
without_the_first_node(void)
{
	begin_tiers(codes, 4, POLICY);
	province = &peers[0];
	city = &peers[1];
	county = &peers[2];
	stop_peer(province);
	later(1000);
}

static uint64_t
version(const struct peer *p)
{
	return yw_trust_network(yw_ledger_trust(p->n->l))->version;
}

/* Gives p the version after its newest. */
static void
give_version(struct peer *p, const struct yw_network_change *c)
{
	const struct yw_network *prev = yw_trust_network(yw_ledger_trust(p->n->l));
	struct yw_buf draft = YW_BUF_INIT, note = YW_BUF_INIT;
	struct yw_seckey root;
	struct yw_pubkey pub;

	yw_tnet_root_key("root", &root, &pub);
	YW_PASS(yw_network_next(prev, c, &draft, &err));
	YW_PASS(yw_network_sign(prev, yw_buf_bytes(&draft), &root, &pub, &note, &err));
	YW_PASS(yw_ledger_take_network(p->n->l, yw_buf_bytes(&note), &err));
	yw_buf_release(&draft);
	yw_buf_release(&note);
}

static void
give(struct peer *p, const char *policy)
{
	give_version(p, &(struct yw_network_change) { .policy_lines = policy });
}

static uint64_t
entries_of(const struct peer *p, const char *origin)
{
	const struct yw_log *log = yw_ledger_log(p->n->l, origin);

	return log != NULL ? log->size : 0;
}

static void
nobody_was_cut(void)
{
	for (size_t i = 0; i < n_peers; i++)
		YW_CHECK_MSG(peers[i].cuts == 0, "%s: %s", peers[i].n->t->code.code, peers[i].reason);
}

static void
goes_down(void)
{
	struct letter s;
	size_t mark, n;

	without_the_first_node();
	mark = n_letters;
	give(city, "quorum none\n");
	turn(city);
	settle();
	later(2000);
	YW_CHECK(version(county) == 2);
	s = sum(mark, city, county, &n);
	YW_CHECK_MSG(s.networks == 1, "%zu files", s.networks);
	later(60000);
	s = sum(mark, city, county, &n);
	YW_CHECK_MSG(s.networks == 1, "%zu files", s.networks);	/* once */
	nobody_was_cut();
	put_demand(county, "a", "life goes on", &yw_unconditional);
	later(5000);
	YW_CHECK(size_of(city, "320102") == size_of(county, "320102"));
	end();
}

/* More than one message holds; and upwards, after a time without a line. */
static void
goes_up_step_by_step(void)
{
	struct letter s;
	size_t mark, n;

	without_the_first_node();
	stop_peer(county);
	yw_lnode_open(county->n);
	for (size_t i = 0; i < 19; i++)
		give(county, i % 2 == 0 ? "quorum none\n" : POLICY);
	yw_lnode_commit(county->n);
	mark = n_letters;
	start_peer(county);
	settle();
	later(2000);
	YW_CHECK_MSG(version(city) == 20, "%llu", (unsigned long long)version(city));
	s = sum(mark, county, city, &n);
	YW_CHECK(s.networks == 19);
	nobody_was_cut();
	end();
}

/* Who knows nobody judges the chain when the files that it may start from are here. */
static void
before_the_chain_is_judged(void)
{
	struct yw_peer_info info;
	struct peer *fresh;

	without_the_first_node();
	give(city, "quorum none\n");
	turn(city);
	later(2000);
	fresh = add_peer("320200", MEMORY);
	connect_line(fresh, city);
	YW_CHECK(yw_exchange_peers(fresh->x, &info, 1) == 1 && info.code.code[0] == '\0');
	settle();
	later(2000);
	YW_CHECK(version(fresh) == 2);
	YW_CHECK(yw_exchange_peers(fresh->x, &info, 1) == 1 && strcmp(info.code.code, "320100") == 0);
	nobody_was_cut();
	end();
}

/* Both keep the other's text as evidence, nobody is cut off, and records go on. */
static void
two_of_one_version(void)
{
	struct letter s;
	size_t mark, n;

	without_the_first_node();
	mark = n_letters;
	give(city, "quorum none\n");
	give(county, "quorum 320000\n");
	turn(city);
	turn(county);
	settle();
	later(2000);
	YW_CHECK(yw_trust_network_twin(yw_ledger_trust(city->n->l)) != NULL);
	YW_CHECK(yw_trust_network_twin(yw_ledger_trust(county->n->l)) != NULL);
	later(60000);
	s = sum(mark, city, county, &n);
	YW_CHECK_MSG(s.networks <= 6, "%zu files", s.networks);		/* both, once, and as often as a hello named the other's */
	nobody_was_cut();
	put_demand(county, "a", "life goes on", &yw_unconditional);
	later(5000);
	YW_CHECK(size_of(city, "320102") == size_of(county, "320102"));
	end();
}

/* The other text of version 2, over version 1. */
static void
give_twin(struct peer *p, const char *policy)
{
	const struct yw_network *prev = yw_trust_network_at(yw_ledger_trust(p->n->l), 0);
	struct yw_network_change c = { .policy_lines = policy };
	struct yw_buf draft = YW_BUF_INIT, note = YW_BUF_INIT;
	struct yw_seckey root;
	struct yw_pubkey pub;

	yw_tnet_root_key("root", &root, &pub);
	YW_PASS(yw_network_next(prev, &c, &draft, &err));
	YW_PASS(yw_network_sign(prev, yw_buf_bytes(&draft), &root, &pub, &note, &err));
	YW_FAILS(yw_ledger_take_network(p->n->l, yw_buf_bytes(&note), &err), YW_ECONFLICT);
	yw_buf_release(&draft);
	yw_buf_release(&note);
}

/* All hold one text; then one of them meets the other: nobody's hello names it, and it is passed on all the same, once a
 * hop, kept, and proven to anybody. */
static void
passed_on(void)
{
	struct yw_contradiction_verdict v;
	struct yw_buf file = YW_BUF_INIT;
	struct letter s;
	size_t mark, n;

	without_the_first_node();
	give(city, "quorum none\n");
	turn(city);
	settle();
	later(2000);
	YW_CHECK(version(county) == 2 && yw_trust_network_twin(yw_ledger_trust(county->n->l)) == NULL);
	mark = n_letters;
	yw_hear();
	give_twin(city, "quorum 320000\n");
	turn(city);
	settle();
	later(2000);
	YW_CHECK(yw_trust_network_twin(yw_ledger_trust(county->n->l)) != NULL);
	YW_CHECK(yw_heard("error network-contradiction", "signed two different network files of version 2: whoever holds them") == 2);
	later(600000);
	s = sum(mark, city, county, &n);
	YW_CHECK_MSG(s.networks == 2, "%zu files", s.networks);
	s = sum(mark, county, city, &n);
	YW_CHECK_MSG(s.networks == 0, "%zu files", s.networks);	/* who told it knows it */
	nobody_was_cut();
	YW_PASS(yw_network_contradiction_make(yw_ledger_trust(county->n->l), &file, &err));
	YW_PASS(yw_contradiction_verify(yw_trust_network_at(yw_ledger_trust(city->n->l), 0), yw_buf_bytes(&file), &v, &err));
	YW_CHECK(v.of == YW_CONTRADICTION_NETWORK && v.version == 2);
	yw_buf_release(&file);
	end();
}

/* A later version over another one of that number: asked from the first on, to see where they part. */
static void
another_history(void)
{
	without_the_first_node();
	give(city, "quorum none\n");
	give(county, "quorum 320000\n");
	give(county, POLICY);
	turn(city);
	turn(county);
	settle();
	later(2000);
	YW_CHECK(version(city) == 2 && version(county) == 3);
	YW_CHECK(yw_trust_network_twin(yw_ledger_trust(city->n->l)) != NULL);
	nobody_was_cut();
	end();
}

/* Changed on the way: whoever hands that out is cut off, and nothing holds. */
static void
bent(void)
{
	size_t files = 0;

	without_the_first_node();
	give(city, "quorum none\n");
	turn(city);
	while (n_read < n_letters) {
		struct letter *l = &letters[n_read];
		uint8_t *at = l->networks != 0 ? memmem(l->bytes.data, l->bytes.len, "example/root ", 13) : NULL;

		files += at != NULL;
		if (at != NULL)
			at[40] = at[40] == 'A' ? 'B' : 'A';	/* in the signature */
		deliver(n_read);
		turn(reader_of(l));
	}
	YW_CHECK_MSG(files == 1 && version(county) == 1 && county->cuts == 1, "%zu files, version %llu, %u cuts", files,
	    (unsigned long long)version(county), county->cuts);
	YW_CHECK_MSG(strstr(county->reason, "a network file") != NULL, "%s", county->reason);
	end();
}

/* An answer that never comes is asked for again, and a message that nobody asked for changes nothing. */
static void
lost_and_unasked(void)
{
	Yiwang__V1__PeerReply m = YIWANG__V1__PEER_REPLY__INIT;
	Yiwang__V1__Exchange e = YIWANG__V1__EXCHANGE__INIT;
	ProtobufCBinaryData file;
	bool lost = false;

	without_the_first_node();
	give(city, "quorum none\n");
	file = (ProtobufCBinaryData) { yw_trust_network(yw_ledger_trust(city->n->l))->note.len,
		yw_trust_network(yw_ledger_trust(city->n->l))->note.data };
	e.networks = &file;
	e.n_networks = 1;
	m.answer_case = YIWANG__V1__PEER_REPLY__ANSWER_EXCHANGE;
	m.exchange = &e;
	for (size_t i = n_letters; i-- > 0;)	/* in the answer to the county's last poll */
		if (letters[i].is_request && letters[i].line->child.peer == county) {
			struct yw_buf plain = YW_BUF_INIT;

			YW_PASS(yw_wire_pack(&m.base, &plain, &err));
			write_letter(letters[i].line, false, letters[i].tag, &plain);
			break;
		}
	deliver(n_letters - 1);
	turn(county);
	YW_CHECK(version(county) == 1);
	turn(city);
	while (n_read < n_letters) {
		if (letters[n_read].networks != 0 && !lost) {
			lost = letters[n_read].lost = true;
			yw_buf_release(&letters[n_read++].bytes);
			continue;
		}
		deliver(n_read);
		turn(reader_of(&letters[n_read - 1]));
	}
	later(35000);
	YW_CHECK(lost && version(county) == 2);
	end();
}

static enum yw_code
read_files(size_t n, size_t bytes)
{
	static uint8_t zeros[YW_NETWORK_FILE_MAX + 1];
	ProtobufCBinaryData files[FILES_MAX + 1];
	Yiwang__V1__PeerReply m = YIWANG__V1__PEER_REPLY__INIT;
	Yiwang__V1__Exchange e = YIWANG__V1__EXCHANGE__INIT;
	struct yw_buf plain = YW_BUF_INIT;
	struct yw_inbound *in = NULL;
	enum yw_code code;

	for (size_t i = 0; i < n; i++)
		files[i] = (ProtobufCBinaryData) { bytes, zeros };
	e.networks = files;
	e.n_networks = n;
	m.answer_case = YIWANG__V1__PEER_REPLY__ANSWER_EXCHANGE;
	m.exchange = &e;
	YW_PASS(yw_wire_pack(&m.base, &plain, &err));
	code = yw_inbound_read(&plain, false, &in, &err);
	yw_inbound_free(in);
	yw_buf_release(&plain);
	return code;
}

/* A joiner that was away hears in one message of a later file, and that it is granted by a chain over that file. */
static void
granted_over_a_later_file(void)
{
	begin(codes, 4, POLICY);
	province = add_peer("320000", MEMORY);
	city = add_peer("320100", MEMORY);
	connect_line(city, province);
	settle();
	stop_peer(city);
	give(province, "quorum none\n");
	yw_lnode_admit(net, "320100");
	later(15000);
	start_peer(city);
	later(60000);
	nobody_was_cut();
	YW_CHECK(version(city) == 2 && size_of(city, "320100") > 0);
	end();
}

/* Whose log a later file grants cannot be known before that file is here; what came with it is said again. */
static void
what_it_grants_is_said_again(void)
{
	struct yw_buf line = YW_BUF_INIT, request = YW_BUF_INIT;
	struct yw_key_set keys;

	without_the_first_node();
	stop_peer(county);
	yw_tnet_keys("next", &keys);
	yw_tnet_ask(net->t, &(struct yw_tasked) { "320000", "", "next", 2, 0, NULL }, &request);
	YW_PASS(yw_ledger_closing_line(city->n->l, "onenet.example/320000", &(struct yw_closing_draft) { .reason = "burnt" }, &line,
	    &err));
	give_version(city, &(struct yw_network_change) { .first = yw_buf_bytes(&request), .closing = yw_buf_bytes(&line) });
	turn(city);
	yw_lnode_next(province->n, &request, &keys);
	start_peer(province);
	later(60000);
	YW_CHECK(entries_of(city, "onenet.example/320000/g2") > 1);
	start_peer(county);
	later(60000);
	YW_CHECK(version(county) == 2);
	YW_CHECK(entries_of(county, "onenet.example/320000/g2") == entries_of(city, "onenet.example/320000/g2"));
	nobody_was_cut();
	yw_buf_release(&line);
	yw_buf_release(&request);
	end();
}

static void
bounds(void)
{
	YW_PASS(read_files(FILES_MAX, YW_NETWORK_FILE_MAX));
	YW_FAILS(read_files(FILES_MAX + 1, 1), YW_EPEER);
	YW_FAILS(read_files(1, YW_NETWORK_FILE_MAX + 1), YW_EPEER);
}

YW_TESTS({ "T1 a later version reaches the node below by hello, once", goes_down },
    { "T1 nineteen versions reach the node above step by step", goes_up_step_by_step },
    { "T1 T16 who lacks a version fetches it before it judges a chain", before_the_chain_is_judged },
    { "T1 T14 a grant over a later file than the joiner's waits for the file", granted_over_a_later_file },
    { "T1 R3 what came of a log together with the later file that grants it is said again", what_it_grants_is_said_again },
    { "T1 two texts of one version are kept by both, and blame nobody but the root keys", two_of_one_version },
	{ "T1 two texts of one version are passed on to who holds one of them, once a hop, and proven by a file", passed_on },
    { "T1 a later version over another history is followed back to where they part", another_history },
    { "T1 a network file that is changed on the way cuts off who hands it out", bent },
    { "T1 R2 a file that was lost is asked for again, one that nobody asked for changes nothing", lost_and_unasked },
    { "T1 more network files than a message may hold, and one that is too long", bounds })
