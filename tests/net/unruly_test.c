/*
 * unruly_test.c - peers that were admitted and send garbage, ask without end, stall, or carry another's log and bend it.
 *
 * Each is cut off by whoever has to do with it, with one line that names it and the reason, and nobody else suffers.
 */
#include "net/liar_world.h"

#define BACKLOG 4000		/* records */

static void
founded(void)
{
	found("320000 320100 320102 320105 320106", (const char *const[]) { "320105", "320106" }, 2);
}

/* ---- floods */

static void
garbage(void)
{
	size_t before = yw_node_said(at("320100"), "peer-cut", "320106");
	struct yw_buf frame = YW_BUF_INIT;
	struct yw_error err;
	struct yw_puppet p;
	uint64_t m;

	begin(&p, "320106");
	YW_PASS(yw_session_request(p.session, YW_BYTES_LIT("anything"), &m, &frame, &err));
	frame.data[frame.len - 1] ^= 1;
	for (int i = 0; i < 16; i++)
		if (!yw_puppet_send_frame(&p, yw_buf_bytes(&frame)))
			break;
	yw_puppet_await_end(&p);
	city_said(before, "peer-cut", "320106", "bad frames");
	others_go_on();
	yw_buf_release(&frame);
	yw_puppet_release(&p);
}

static void
too_much_at_once(void)
{
	size_t before = yw_node_said(at("320100"), "peer-cut", "320106");
	struct yw_buf x = YW_BUF_INIT;
	struct yw_puppet p;

	begin(&p, "320106");
	yw_say_poll(&x, 25000);
	for (int i = 0; i < 64; i++)			/* some are answered: there is news */
		if (!yw_puppet_send(&p, &x))
			break;
	yw_puppet_await_end(&p);
	city_said(before, "peer-cut", "320106", "asks more at once");
	others_go_on();
	yw_puppet_release(&p);
	yw_buf_release(&x);
}

/* ---- stalls */

static struct yw_puppet half, silent;

/* One child of the city says that it holds more of the province's log than anybody, and stops in the middle of its next
 * message; one parent of the county takes its requests and is silent.  All that follows happens beside them. */
static void
stalled(void)
{
	struct yw_buf x = YW_BUF_INIT;

	begin_at(&half, "320106", "320100");
	yw_say_size(&x, "onenet.example/320000", UINT64_C(1) << 40);
	YW_CHECK(!cut_off(&half, &x));
	YW_CHECK(yw_puppet_send_part(&half, 4096, 1000));
	yw_buf_release(&x);
	yw_node_end(at("320102"), SIGTERM);
	yw_node_add_upstream(at("320102"), at("320105"));
	yw_puppet_take(&silent, at("320105"));
	yw_puppet_listen(&silent);
	yw_node_spawn(at("320102"));
	yw_puppet_accept(&silent);
	yw_puppet_hear(&silent);
	others_go_on();
}

/* More than is pushed: the city has to ask for it, and may well ask who never answers. */
static void
backlog(void)
{
	char path[300];
	json_t *r;

	snprintf(path, sizeof path, "%.200s/backlog.csv", net.dir);
	yw_node_table(path, BACKLOG);
	r = yw_ask(at("320000"), "import", path, "--mapping", "institutions", NULL);
	YW_CHECK(yw_json_number(r, "registered") == BACKLOG);
	json_decref(r);
	YW_WAIT(25, size_at("320100", "320000") == size_at("320000", "320000"));	/* sooner than it gives up on an honest one */
	YW_WAIT(30, size_at("320102", "320000") == size_at("320000", "320000"));
}

static void
stalled_are_cut(void)
{
	YW_WAIT(90, yw_node_said(at("320100"), "peer-down", "320106 at") > 0 && yw_node_said(at("320102"), "peer-down", "320105 at") > 0);
	YW_WAIT(30, yw_node_said(at("320100"), "320106 at", "lost: Timed out") == 1);
	YW_CHECK(yw_node_said(at("320102"), "320105 at", "did not answer in time") == 1);
	others_go_on();
	yw_puppet_release(&half);
	yw_puppet_release(&silent);
}

/* ---- a parent that lies about another's log */

static Yiwang__V1__Package *carried;		/* as the province gave it: the newest of its log */

static void
bend_signature(Yiwang__V1__Package *g)
{
	g->entries[g->n_entries - 1].data[g->entries[g->n_entries - 1].len - 1] ^= 1;
}

static void
bend_body(Yiwang__V1__Package *g)
{
	g->bodies[g->n_bodies - 1]->bytes.data[0] ^= 1;
}

static void
bend_head(Yiwang__V1__Package *g)
{
	uint8_t *in_signature = &g->head.data[g->head.len - 20];

	*in_signature ^= 1;		/* still base64, or then the note is none */
}

/* The county has only this parent, and is told something else than the province has said.  (Bent again it is as it
 * was.) */
static void
told(struct yw_puppet *p, void (*bend)(Yiwang__V1__Package *), const char *reason)
{
	size_t before = yw_node_said(at("320102"), "peer-cut", "320105 at");
	struct yw_buf x = YW_BUF_INIT;

	bend(carried);
	yw_say_package_as_it_is(&x, carried);
	bend(carried);
	yw_node_spawn(at("320102"));
	yw_puppet_accept(p);
	yw_puppet_hear(p);
	yw_puppet_answer(p, &x);
	yw_puppet_await_end(p);
	YW_WAIT(30, yw_node_said(at("320102"), "peer-cut", "320105 at") > before);
	YW_CHECK(yw_node_said(at("320102"), "peer-cut", "320105 at") == before + 1);
	YW_CHECK_MSG(yw_node_said(at("320102"), "peer-cut", reason) > 0, "no line gives the reason '%s'", reason);
	YW_CHECK_MSG(!shows("320102", "320000/demand/carried"), SHOWN);
	yw_node_end(at("320102"), SIGTERM);
	yw_buf_release(&x);
}

/* What the province has that the county has not, asked for in somebody's name. */
static Yiwang__V1__PeerReply *
fetch_from_province(struct yw_puppet *p, uint64_t from, const char *root_hex)
{
	struct yw_buf x = YW_BUF_INIT, root = YW_BUF_INIT;
	Yiwang__V1__PeerReply *reply;
	struct yw_hash h;

	yw_unhex(root_hex, &root);
	YW_CHECK(root.len == sizeof h.b);
	memcpy(h.b, root.data, sizeof h.b);
	yw_puppet_connect(p, at("320000"));
	yw_say_want(&x, "onenet.example/320000", from, &h);
	reply = yw_puppet_ask(p, &x);
	YW_CHECK(reply != NULL && reply->answer_case == YIWANG__V1__PEER_REPLY__ANSWER_EXCHANGE);
	for (size_t i = 0; i < reply->exchange->n_packages; i++)
		if (strcmp(reply->exchange->packages[i]->origin, "onenet.example/320000") == 0)
			carried = reply->exchange->packages[i];
	YW_CHECK(carried != NULL && carried->start == from && carried->n_bodies > 0);
	yw_buf_release(&x);
	yw_buf_release(&root);
	return reply;
}

static void
relay(void)
{
	json_t *log = log_of("320102", "320000");
	Yiwang__V1__PeerReply *reply;
	struct yw_puppet p;

	yw_node_end(at("320102"), SIGTERM);
	yw_node_end(at("320100"), SIGTERM);
	yw_node_put(at("320000"), "320000/demand/carried", "\"class\":\"unconditional\"", NULL);
	yw_puppet_take(&p, at("320105"));
	reply = fetch_from_province(&p, (uint64_t)yw_json_number(log, "size"), yw_json_string(log, "root"));
	yw_puppet_listen(&p);
	told(&p, bend_signature, "do not prove into its head");
	told(&p, bend_body, "has another hash");
	told(&p, bend_head, "head");
	yw_puppet_release(&p);
	yw_decode_free(reply);
	json_decref(log);
	yw_node_spawn(at("320100"));		/* an honest one is back */
	yw_node_spawn(at("320102"));
	YW_WAIT(60, shows("320102", "320000/demand/carried"));
	others_go_on();
}

YW_TESTS({ "T4 five nodes are one network, and two of them come into the hands of a test", founded },
    { "R2 two peers stall, and nobody waits for them", stalled },
    { "R2 an admitted child that sends garbage is cut off by name", garbage },
    { "R1 an admitted child that asks more at once than any node does is cut off", too_much_at_once },
    { "R3 a backlog comes from those who have it, whoever claims more", backlog },
    { "R2 those that stall are cut off, with one line each", stalled_are_cut },
    { "R3 a parent that lies about another's log is left, and an honest one listened to", relay },
    { "every daemon stops in order", stop })
