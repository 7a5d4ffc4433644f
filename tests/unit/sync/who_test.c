/*
 * Who gets which body, by every way on which one travels (V1 to V4): a delta that nobody asked for, packages that were
 * asked for, relays where the owner is gone, and bodies that are asked for by place.
 *
 *	320000 --- 320100 --- 320102	320100 is the owner
 *	      |          |--- 320104	named as a holder in half of the worlds
 *	      |          \--- 320106	asks to be admitted: a stranger
 *	      \--- 320200 --- 320205
 *
 * What is held is compared with the table, and so is every letter on its way: the receiver's own judgement alone would
 * hide what a sender gives too freely.
 */
#include "ledger/ledger_int.h"
#include "unit/sync/exchange_world.h"

static const char *const codes[] = { "320000", "320100", "320102", "320104", "320200", "320205", "320106" };
#define N_CODES (sizeof codes / sizeof *codes)
#define OWNER 1
#define COUNTY 2
#define HOLDER 3
#define STRANGER 6

/* `who`: a letter a node in the order above: h has and shows it, w it is withheld.  The stranger never gets any. */
static struct row {
	enum yw_class cls;
	enum yw_openness openness;
	struct yw_jurisdiction audience;
	const char *who;
	char id[32];			/* of its record, or the last of two; */
	uint64_t index;			/* their entry */
} rows[] = {
	{ YW_CLASS_UNCONDITIONAL, YW_OPENNESS_INTERNAL, { "" }, "hhhhhh", "", 0 },
	{ YW_CLASS_UNCONDITIONAL, YW_OPENNESS_OPEN, { "" }, "hhhhhh", "", 0 },
	{ YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, { "320102" }, "hhhwww", "", 0 },
	{ YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, { "320205" }, "hhwwhh", "", 0 },
	{ YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, { "320200" }, "hhwwhw", "", 0 },
	{ YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, { "320100" }, "hhwwww", "", 0 },
	{ YW_CLASS_NOT_SHARED, YW_OPENNESS_INTERNAL, { "" }, "hhwwww", "", 0 },
};
#define N_ROWS (sizeof rows / sizeof *rows)

/* How large a record is: all of them are a small delta; too much for one; two of an entry do not fit into a package. */
enum bulk { SMALL = 10, MIDDLING = 20 << 10, LARGE = 700 << 10 };
static enum bulk bulk;
static bool holder_named, county_closed;
static struct { size_t packed, by_place, wants; } went;	/* bodies of the rows, by each way; and packages asked for */

static struct yw_audience
audience_of(const struct row *r)
{
	return (struct yw_audience) { r->cls, r->openness, &r->audience, r->audience.code[0] != '\0' };
}

static char
wanted(const struct row *r, size_t node)
{
	if (node == HOLDER && holder_named && r->who[node] == 'w')
		return 'k';
	return r->who[node];
}

/* --- on the way --- */

static size_t
node_of(const struct peer *p)
{
	for (size_t i = 0; i < N_CODES; i++)
		if (strcmp(codes[i], p->n->t->code.code) == 0)
			return i;
	return N_CODES;
}

/* The table decides, not what a node thinks of itself. */
static void
check_sent(const char *origin, uint64_t index, size_t from, size_t to)
{
	struct yw_jurisdiction nobody = { "" };
	const struct yw_asker asker = { YW_ASKER_NODE, { "" } };

	YW_CHECK_MSG(to != STRANGER && (to != COUNTY || !county_closed), "%s gives a body to a stranger, %s", codes[from], codes[to]);
	for (size_t i = 0; i < N_ROWS; i++) {
		struct yw_asker node = asker;
		struct yw_audience a = audience_of(&rows[i]);

		if (rows[i].index != index || strcmp(origin, yw_lnode(net, codes[OWNER])->t->origin.text) != 0)
			continue;
		YW_CHECK_MSG(wanted(&rows[i], to) != 'w', "%s gives %s a body of row %zu", codes[from], codes[to], i);
		snprintf(node.code.code, sizeof node.code.code, "%s", codes[to]);
		YW_CHECK(yw_may_have(&yw_lnode(net, codes[OWNER])->t->code, holder_named ? &yw_lnode(net, codes[HOLDER])->t->code : &nobody,
		    &a, NULL, &node));
	}
}

static bool
is_of_row(const char *origin, uint64_t index)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (rows[i].index == index && strcmp(origin, yw_lnode(net, codes[OWNER])->t->origin.text) == 0)
			return true;
	return false;
}

static void
look_at(const struct letter *l, const Yiwang__V1__Exchange *e)
{
	const struct peer *from = l->is_request ? l->line->child.peer : l->line->parent.peer;
	const struct peer *to = l->is_request ? l->line->parent.peer : l->line->child.peer;

	went.wants += node_of(from) != STRANGER ? e->n_wants : 0;	/* to whom nothing is brought unasked */
	for (size_t i = 0; i < e->n_packages; i++)
		for (size_t k = 0; k < e->packages[i]->n_bodies; k++) {
			uint64_t index = e->packages[i]->bodies[k]->index;

			check_sent(e->packages[i]->origin, index, node_of(from), node_of(to));
			went.packed += is_of_row(e->packages[i]->origin, index);
		}
	for (size_t i = 0; i < e->n_bodies; i++)
		if (!e->bodies[i]->not_held) {
			check_sent(e->bodies[i]->origin, e->bodies[i]->index, node_of(from), node_of(to));
			went.by_place += is_of_row(e->bodies[i]->origin, e->bodies[i]->index);
		}
}

/* --- the world --- */

static struct peer *
peer_of(size_t node)
{
	return &peers[node];
}

/* All but the stranger are admitted; everything is said that there is to say. */
static void
found(bool named, enum bulk how_large)
{
	holder_named = named;
	bulk = how_large;
	county_closed = false;
	begin(codes, N_CODES, "quorum none\n");
	for (size_t i = 0; i < N_ROWS; i++)
		rows[i].index = UINT64_MAX;
	for (size_t i = 0; i < N_CODES; i++)
		add_peer(codes[i], MEMORY);
	connect_line(peer_of(OWNER), peer_of(0));
	connect_line(peer_of(4), peer_of(0));
	connect_line(peer_of(2), peer_of(OWNER));
	connect_line(peer_of(HOLDER), peer_of(OWNER));
	connect_line(peer_of(STRANGER), peer_of(OWNER));
	connect_line(peer_of(5), peer_of(4));
	settle();
	yw_lnode_admit(net, "320100");
	yw_lnode_admit(net, "320200");
	later(5000);
	yw_lnode_admit(net, "320102");
	yw_lnode_admit(net, "320104");
	yw_lnode_admit(net, "320205");
	later(15000);
	put_demand(peer_of(OWNER), "first", "of the day", &yw_unconditional);
	if (named)
		YW_PASS(yw_ledger_holder(peer_of(OWNER)->n->l, &peer_of(HOLDER)->n->t->code, &err));
	later(30000);
	YW_CHECK(size_of(peer_of(5), "320100") == size_of(peer_of(OWNER), "320100"));
	went.packed = went.by_place = went.wants = 0;
}

static void
register_row(struct row *r)
{
	static char title[LARGE + 1];
	struct yw_audience a = audience_of(r);
	static unsigned number;
	size_t n = bulk == LARGE ? 2 : 1;
	struct yw_append both[2];
	struct yw_buf body[2] = { YW_BUF_INIT, YW_BUF_INIT };

	memset(title, 'x', bulk);
	title[bulk] = '\0';
	for (size_t i = 0; i < n; i++) {
		snprintf(r->id, sizeof r->id, "320100/demand/%u", number++);
		yw_lrecord(r->id, 1, title, &body[i]);
		both[i] = (struct yw_append) { .body = yw_buf_bytes(&body[i]), .audience = a };
	}
	r->index = size_of(peer_of(OWNER), "320100");		/* whoever reads along knows it before anything is sent */
	YW_PASS(yw_ledger_append(peer_of(OWNER)->n->l, both, n, &err));
	turn(peer_of(OWNER));
	YW_CHECK(both[0].index == r->index && both[n - 1].index == r->index);
	yw_buf_release(&body[0]);
	yw_buf_release(&body[1]);
}

static void
register_rows(void)
{
	for (size_t i = 0; i < N_ROWS; i++)
		register_row(&rows[i]);
}

static void
stop_others(size_t but)
{
	for (size_t i = 0; i < N_CODES; i++)
		if (i != OWNER && i != but)
			stop_peer(peer_of(i));
}

static void
start_others(size_t but)
{
	for (size_t i = 0; i < N_CODES; i++)
		if (i != OWNER && i != but)
			start_peer(peer_of(i));
}

/* --- what everybody has then --- */

static char
letter_at(size_t node, const struct row *r)
{
	const char *text = yw_lnode_places(peer_of(node)->n, yw_lnode(net, codes[OWNER])->t->origin.text, r->index);
	const char *of = strchr(text, ':');

	YW_CHECK_MSG(strtoull(text, NULL, 10) == r->index && of != NULL, "%s: %s", codes[node], text);
	YW_CHECK(bulk != LARGE || of[1] == of[2]);
	return of[1];
}

static bool
shows(size_t node, size_t row)
{
	struct yw_item item;
	struct yw_view *v;
	enum yw_code code;

	YW_PASS(yw_view_open(peer_of(node)->n->l, &v, &err));
	code = yw_view_current(v, rows[row].id, &item, &err);
	yw_view_close(v);
	return code == YW_OK;
}

static void
check_all(void)
{
	for (size_t i = 0; i < N_ROWS; i++)
		for (size_t n = 0; n < N_CODES - 1; n++) {
			char is = peer_of(n)->n->l != NULL ? letter_at(n, &rows[i]) : wanted(&rows[i], n);

			YW_CHECK_MSG(is == wanted(&rows[i], n), "row %zu at %s: '%c'", i, codes[n], is);
			YW_CHECK(peer_of(n)->n->l == NULL || shows(n, i) == (is == 'h'));
		}
	YW_CHECK(size_of(peer_of(STRANGER), "320100") > rows[N_ROWS - 1].index);
	for (size_t i = 0; i < N_ROWS; i++)
		YW_CHECK(!shows(STRANGER, i) && strchr("mw", letter_at(STRANGER, &rows[i])) != NULL);
}

static void
each_world(void (*happens)(void), enum bulk how_large)
{
	reads_along = look_at;
	for (int named = 0; named < 2; named++) {
		found(named, how_large);
		happens();
		later(YW_EXCHANGE_WAIT_MS);	/* so rarely asks a stranger at most */
		check_all();
		end();
	}
	reads_along = NULL;
}

/* --- the ways --- */

static void
one_by_one(void)
{
	later(3000);
	for (size_t i = 0; i < N_ROWS; i++) {
		register_row(&rows[i]);
		later(5000);
	}
	YW_CHECK_MSG(went.packed > N_ROWS && went.by_place == 0, "%zu in packages, %zu by place", went.packed, went.by_place);
	YW_CHECK_MSG(went.wants == 0, "%zu wants", went.wants);
}

static void
deltas(void)
{
	each_world(one_by_one, SMALL);
}

static void
while_they_are_away(void)
{
	stop_others(OWNER);
	register_rows();
	start_others(OWNER);
	later(30000);
}

static void
in_packages(void)
{
	while_they_are_away();
	YW_CHECK_MSG(went.packed > N_ROWS && went.by_place == 0 && went.wants > 0, "%zu in packages, %zu by place, %zu wants", went.packed,
	    went.by_place, went.wants);
}

static void
packages(void)
{
	each_world(in_packages, MIDDLING);
}

static void
too_large(void)
{
	while_they_are_away();
	later(120000);
	YW_CHECK_MSG(went.by_place > N_ROWS, "%zu in packages, %zu by place", went.packed, went.by_place);
}

static void
places(void)
{
	each_world(too_large, LARGE);
}

/* Those below the owner have a line to the province too; it alone is there when the owner registers. */
static void
owner_is_gone(void)
{
	for (size_t i = 2; i <= HOLDER; i++)
		connect_line(peer_of(i), peer_of(0));
	connect_line(peer_of(STRANGER), peer_of(0));
	later(5000);
	stop_others(0);
	register_rows();
	later(10000);
	stop_peer(peer_of(OWNER));
	start_others(0);
	later(30000);
}

static void
relays(void)
{
	each_world(owner_is_gone, MIDDLING);
}

/* Named when all is registered: what is old is asked for by place, also where it stands before what was asked for already;
 * and named no more: nothing is given any more. */
static void
late_holder(void)
{
	reads_along = look_at;
	found(false, LARGE);
	register_rows();
	register_row(&rows[0]);
	later(120000);
	check_all();
	holder_named = true;
	YW_PASS(yw_ledger_holder(peer_of(OWNER)->n->l, &peer_of(HOLDER)->n->t->code, &err));
	went.by_place = 0;
	later(30000);
	check_all();
	YW_CHECK_MSG(went.by_place == 5 * 2, "%zu by place", went.by_place);
	YW_CHECK(yw_exchange_durable(peer_of(OWNER)->x, &peer_of(HOLDER)->n->t->code, size_of(peer_of(OWNER), "320100")));
	YW_PASS(yw_ledger_holder(peer_of(OWNER)->n->l, &(struct yw_jurisdiction) { "" }, &err));
	later(10000);
	holder_named = false;
	check_all();
	register_rows();
	later(120000);
	check_all();
	end();
	reads_along = NULL;
}

/* V3: whoever has them gives the log's own code its bodies, here after a lost disk: what is not shared too. */
static void
given_back(void)
{
	reads_along = look_at;
	found(true, SMALL);
	register_rows();
	later(10000);
	stop_peer(peer_of(OWNER));
	yw_lnode_forget(peer_of(OWNER)->n);
	start_peer(peer_of(OWNER));
	later(30000);
	check_all();
	end();
	reads_along = NULL;
}

/* Its log was closed: it is told no more than a stranger, also in the session that stands, and in the next one. */
static void
closed(void)
{
	reads_along = look_at;
	found(false, SMALL);
	YW_PASS(yw_ledger_close_log(peer_of(OWNER)->n->l, peer_of(COUNTY)->n->t->origin.text, &(struct yw_closing_draft) { .reason = "r" },
	    &err));
	turn(peer_of(OWNER));
	county_closed = true;
	for (int again = 0; again < 2; again++) {
		register_rows();
		later(10000);
		for (size_t i = 0; i < N_ROWS; i++) {
			YW_CHECK(letter_at(0, &rows[i]) == 'h' && letter_at(5, &rows[i]) == rows[i].who[5]);
			YW_CHECK(size_of(peer_of(COUNTY), "320100") <= rows[i].index || letter_at(COUNTY, &rows[i]) != 'h');
		}
		stop_peer(peer_of(COUNTY));
		start_peer(peer_of(COUNTY));
	}
	later(10000);
	YW_CHECK(size_of(peer_of(COUNTY), "320100") > rows[N_ROWS - 1].index);	/* entries, as any stranger gets */
	end();
	reads_along = NULL;
}

/* The answer to a request of the county's that asks for entries and is its poll too; NULL: there is none. */
static const struct letter *
answer_to_poll(size_t mark)
{
	for (size_t i = mark; i < n_letters; i++)
		for (size_t k = i + 1; letters[i].is_request && letters[i].poll && letters[i].wants > 0 && k < n_letters; k++)
			if (letters[k].line == letters[i].line && !letters[k].is_request && letters[k].tag == letters[i].tag)
				return &letters[k];
	return NULL;
}

/* But what it may have it gets at once, though it asks with its poll, which is parked in the session from before. */
static void
closed_and_asks(void)
{
	const struct letter *answer;
	size_t mark;

	found(false, SMALL);
	YW_PASS(yw_ledger_close_log(peer_of(OWNER)->n->l, peer_of(COUNTY)->n->t->origin.text, &(struct yw_closing_draft) { .reason = "r" },
	    &err));
	turn(peer_of(OWNER));
	later(30000);
	put_demand(peer_of(OWNER), "later", "for all", &yw_unconditional);
	mark = n_letters;
	turn(peer_of(OWNER));
	settle();				/* no time passes */
	answer = answer_to_poll(mark);
	YW_CHECK_MSG(answer != NULL, "a want that rides with a poll waits");
	YW_CHECK(answer->packages == 1 && answer->bodies == 0 && size_of(peer_of(COUNTY), "320100") == size_of(peer_of(OWNER), "320100"));
	end();
}

/* A body is asked for by who may not have it, as a node can that was changed: nothing comes but that it is not held. */
static void
asked_all_the_same(void)
{
	struct yw_buf body = YW_BUF_INIT;

	for (int named = 0; named < 2; named++) {
		found(named, SMALL);
		register_rows();
		later(10000);
		for (size_t n = 0; n < N_CODES; n++)
			for (size_t i = 0; i < N_ROWS; i++) {
				struct yw_asker asker = { n == STRANGER ? YW_ASKER_STRANGER : YW_ASKER_NODE, peer_of(n)->n->t->code };
				bool may = n == STRANGER ? rows[i].openness == YW_OPENNESS_OPEN : wanted(&rows[i], n) != 'w';
				struct yw_view *v;

				for (size_t at = 0; at < N_CODES - 1; at++) {
					const struct yw_log_info *log;
					enum yw_code code;

					YW_PASS(yw_view_open(peer_of(at)->n->l, &v, &err));
					log = yw_view_log(v, peer_of(OWNER)->n->t->origin.text);
					yw_buf_clear(&body);
					code = yw_view_serve_body(v, log, rows[i].index, 0, &asker, &body, &err);
					YW_CHECK_MSG(code == (!may ? YW_EDENIED : wanted(&rows[i], at) == 'w' ? YW_ENOENT : YW_OK),
					    "row %zu: %s asks %s: '%s'", i, codes[n], codes[at], yw_code_name(code));
					YW_CHECK((body.len != 0) == (code == YW_OK));
					yw_view_close(v);
				}
			}
		end();
	}
	yw_buf_release(&body);
}

YW_TESTS({ "V1 V2 V3 V4 R2 R3 deltas that nobody asked for", deltas },
    { "V1 V2 V3 V4 R2 R3 packages, for who was away", packages },
    { "V1 V2 V3 V4 R2 R3 relays, where the owner is gone", relays },
    { "V1 V2 V3 V4 B6 R3 bodies that are asked for by place", places },
    { "V4 R3 R7 a holder that is named late, and named no more", late_holder },
    { "V3 V4 L2 the owner is given back what its disk has lost", given_back },
    { "V3 R2 who was closed is given no body any more", closed },
    { "V3 R1 R3 but entries at once, in the session from before its closing, when it asks for them with its poll", closed_and_asks },
    { "V1 V2 V3 V4 B6 whoever asks whomever for a place gets what the table says, and is told no more than that", asked_all_the_same })
