/*
 * world.c - who there is: a province, its cities, their counties; keys, requests and the network file.
 */
#include "sim_int.h"

#define NAME "sim.example"
#define QUORUM_NODES 4	/* no policy names more than the first so many */


static void
must(struct sim *s, enum yw_code code, const struct yw_error *err)
{
	if (code != YW_OK)
		sim_fail(s, "the world could not be made: %s", err->msg);
}

struct node *
world_guest(struct sim *s, const struct yw_jurisdiction *code)
{
	struct node *n = &s->nodes[s->n_all];
	struct yw_seed seed;

	if (s->n_all == SIM_NODES_MAX)
		return NULL;
	*n = (struct node) { .s = s, .id = s->n_all++, .code = *code, .generation = 1, .turn_at = INT64_MAX };
	snprintf(n->name, sizeof n->name, "%s", code->code);
	sim_fill(s, &seed, sizeof seed);
	yw_key_set_derive(&seed, &n->keys);
	return n;
}

static struct node *
add_node(struct sim *s, const char *text)
{
	struct yw_jurisdiction code;
	struct yw_error err = { 0 };
	struct node *n;

	must(s, yw_jurisdiction_parse(text, YW_CODE_DIGITS, &code), &err);
	n = world_guest(s, &code);
	s->n_nodes = s->n_all;
	n->utc_skew_ms = sim_percent(s, 20) ? (int64_t)sim_random(s, SIM_HOUR) - SIM_HOUR / 2 : 0;
	return n;
}

struct node *
world_node(struct sim *s, const struct yw_jurisdiction *code)
{
	for (unsigned i = 0; i < s->n_nodes; i++)
		if (yw_jurisdiction_equal(&s->nodes[i].code, code))
			return &s->nodes[i];
	return NULL;
}

static bool
owns(struct sim *s, const struct node *n, const struct yw_jurisdiction *code, uint32_t generation)
{
	return world_has_log(s, n) && n->generation == generation && yw_jurisdiction_equal(&n->code, code);
}

/* Asked for each log in each message: whoever it was the last time, is asked first. */
struct node *
world_acting(struct sim *s, const struct node *n)
{
	struct node *issuer = world_node(s, &n->issuer);

	return issuer->closed && issuer->id != 0 ? world_acting(s, issuer) : issuer;
}

struct node *
world_owner(struct sim *s, const struct yw_jurisdiction *code, uint32_t generation)
{
	unsigned long number = strtoul(code->code + 2, NULL, 10);	/* city and county */
	struct node **guess = &s->guesses[(number / 100 * 16 + number % 100 + generation) % SIM_GUESSES];

	for (unsigned i = 0; i < s->n_all && (*guess == NULL || !owns(s, *guess, code, generation)); i++)
		*guess = &s->nodes[i];
	return *guess != NULL && owns(s, *guess, code, generation) ? *guess : NULL;
}

bool
world_has_log(struct sim *s, const struct node *n)
{
	return n->id < s->n_nodes || n->past;
}

const char *
world_origin(struct sim *s, const struct node *n, struct yw_origin *out)
{
	(void)s;
	if (n->generation == 1)	/* asked for with every message, by some cases */
		memcpy(mempcpy(out->text, NAME "/", sizeof NAME), n->code.code, sizeof n->code.code);
	else if (yw_origin_make(NAME, &n->code, n->generation, out) != YW_OK)
		abort();
	return out->text;
}

struct wire *
world_wire(struct sim *s, struct node *child, struct node *parent)
{
	struct wire *w = &s->wires[s->n_wires];

	if (s->n_wires == SIM_WIRES_MAX)
		return NULL;
	s->n_wires++;
	*w = (struct wire) { .child = child, .parent = parent };
	return w;
}

struct wire *
world_wire_of(struct sim *s, struct node *child, struct node *parent)
{
	for (unsigned i = 0; i < s->n_wires; i++)
		if (s->wires[i].child == child && s->wires[i].parent == parent)
			return &s->wires[i];
	return NULL;
}

bool
world_is_leaf(struct sim *s, const struct node *n)
{
	for (unsigned i = 0; i < s->n_wires; i++)
		if (s->wires[i].parent == n)
			return false;
	return true;
}

bool
world_claimed(struct sim *s, const struct node *n)
{
	for (unsigned i = 0; i < s->n_cases; i++)
		if (s->cases[i].who == n || s->cases[i].other == n)
			return true;
	return n->liar;
}

static struct node *
pick(struct sim *s, bool leaf, unsigned from)
{
	unsigned first = (unsigned)sim_random(s, s->n_nodes);

	for (unsigned i = 0; i < s->n_nodes; i++) {
		struct node *n = &s->nodes[(first + i) % s->n_nodes];

		if (n->id >= from && !world_claimed(s, n) && leaf == world_is_leaf(s, n))
			return n;
	}
	return NULL;
}

struct node *
world_pick(struct sim *s, bool leaf)
{
	return pick(s, leaf, 1);
}

struct node *
world_pick_idle(struct sim *s)
{
	return pick(s, true, QUORUM_NODES);
}

struct node *
world_honest(struct sim *s)
{
	unsigned first = (unsigned)sim_random(s, s->n_nodes);

	for (unsigned i = 0; i < s->n_nodes; i++) {
		struct node *n = &s->nodes[(first + i) % s->n_nodes];

		if (n->ledger != NULL && !n->dishonest && !n->closed)
			return n;
	}
	return NULL;
}

struct yw_log *
world_log(struct sim *s, struct node *at, const struct node *owner)
{
	struct yw_origin origin;

	return at->ledger != NULL ? yw_ledger_log(at->ledger, world_origin(s, owner, &origin)) : NULL;
}

/* Has `at` begun to hold the log of `owner`, or is neither waited for? */
static bool
is_in(struct sim *s, struct node *at, const struct node *owner)
{
	const struct yw_log *log;

	if (at->closed || at->late || owner->late)
		return true;
	log = world_log(s, at, owner);
	return log != NULL && log->size != 0;
}

bool
world_all_in(struct sim *s)
{
	unsigned all = s->n_nodes * s->n_nodes;

	for (unsigned i = 0; i < all; i++) {	/* of the pair that was waited for first */
		unsigned k = (s->not_in + i) % all;

		if (!is_in(s, &s->nodes[k / s->n_nodes], &s->nodes[k % s->n_nodes])) {
			s->not_in = k;
			return false;
		}
	}
	return true;
}

/* A county hangs below the city that shares its digits, if that is there, else below the province. */
static struct node *
issuer_of(struct sim *s, const struct node *n)
{
	for (unsigned i = n->id; i-- > 0;)
		if (yw_jurisdiction_above(&s->nodes[i].code, &n->code))
			return &s->nodes[i];
	return NULL;
}

static void
make_request(struct sim *s, struct node *n, const struct yw_hash *network)
{
	struct yw_request r = { .network = *network, .code = n->code, .generation = 1, .issuer = n->issuer };
	struct yw_error err = { 0 };

	must(s, yw_request_make(&r, &n->keys, NULL, &n->request, &err), &err);
}

void
world_policy(struct sim *s, struct yw_buf *out)
{
	unsigned k = 1 + (unsigned)sim_random(s, 2), n = 0;

	if (sim_percent(s, 10)) {
		yw_buf_add_str(out, "quorum none\n");
		return;
	}
	yw_buf_printf(out, "group mirrors %u", k + 1);
	for (unsigned i = 0; i < s->n_nodes && n < k + 2; i++, n++)
		yw_buf_printf(out, " %s", s->nodes[i].code.code);
	yw_buf_add_str(out, "\nquorum mirrors\n");
}

void
world_root(struct sim *s, struct root *out)
{
	struct yw_seed seed;

	sim_fill(s, &seed, sizeof seed);
	yw_seckey_from_seed(&seed, &out->sec, &out->pub);
}

const struct yw_network *
world_newest(const struct sim *s)
{
	return s->n_versions > 0 ? &s->versions[s->n_versions - 1].file : &s->network;
}

static void
make_network(struct sim *s)
{
	struct yw_buf draft = YW_BUF_INIT, full = YW_BUF_INIT, lines = YW_BUF_INIT;
	struct yw_error err = { 0 };
	struct root *root = &s->roots[0];
	struct yw_vkey v;

	s->n_roots = 1;
	world_root(s, root);
	must(s, yw_root_vkey(NAME, &root->pub, &v), &err);
	must(s, yw_network_draft(NAME, 1, &v, 1, &draft, &err), &err);
	must(s, yw_network_parse(yw_buf_bytes(&draft), NULL, &s->network, &err), &err);
	for (unsigned i = 0; i < s->n_nodes; i++)
		make_request(s, &s->nodes[i], &s->network.hash);
	yw_network_release(&s->network);
	world_policy(s, &lines);
	must(s, yw_network_complete(yw_buf_bytes(&draft), yw_buf_bytes(&s->nodes[0].request), yw_buf_str(&lines), &full,
	    &err), &err);
	must(s, yw_network_sign(NULL, yw_buf_bytes(&full), &root->sec, &root->pub, &s->network_file, &err), &err);
	must(s, yw_network_parse(yw_buf_bytes(&s->network_file), NULL, &s->network, &err), &err);
	must(s, yw_network_verify(&s->network, &err), &err);
	yw_buf_release(&draft);
	yw_buf_release(&full);
	yw_buf_release(&lines);
}

/* Counties are given to the cities at random, so that some have many and some none. */
static void
add_counties(struct sim *s, unsigned n_cities, unsigned n)
{
	unsigned counties[99] = { 0 };
	char code[YW_CODE_DIGITS + 1];
	bool three = false;		/* tiers */

	while (s->n_nodes < n) {
		unsigned city = 1 + (s->o.peers != 0 ? s->n_nodes % n_cities :
		    (unsigned)sim_random(s, n_cities + 1));	/* one of them has no city of its own */

		if (!three && s->n_nodes == n - 1)
			city = 1;
		three |= city <= n_cities;
		snprintf(code, sizeof code, "32%02u%02u", city, ++counties[city]);
		add_node(s, code);
	}
}

static void
add_wires(struct sim *s)
{
	for (unsigned i = 1; i < s->n_nodes; i++) {
		struct node *issuer = issuer_of(s, &s->nodes[i]);

		s->nodes[i].issuer = issuer->code;
		world_wire(s, &s->nodes[i], issuer);
		if (s->o.peers == 0 && issuer->id != 0 && s->n_wires < SIM_WIRES_MAX - SIM_NODES_MAX && sim_percent(s, 30))
			world_wire(s, &s->nodes[i], &s->nodes[0]);
	}
}

/*
 * In three tiers; a second way up, past their own parent, for some.  Without a number: 5 to 12 nodes, and in
 * most seeds one of them lies.
 */
void
world_make(struct sim *s)
{
	unsigned n = s->o.province ? 109 : s->o.nodes != 0 ? s->o.nodes : 5 + (unsigned)sim_random(s, 8);
	unsigned n_cities = s->o.peers != 0 ? s->o.peers : s->o.province ? 13 : s->o.nodes != 0 ? 1 + n / 9 : 1 + (unsigned)sim_random(s, 3);
	char code[YW_CODE_DIGITS + 1];

	add_node(s, "320000");
	for (unsigned i = 1; i <= n_cities; i++) {
		snprintf(code, sizeof code, "32%02u00", i);
		add_node(s, code);
	}
	add_counties(s, n_cities, n);
	add_wires(s);
	make_network(s);
	if (s->o.peers == 0 && sim_percent(s, 60))
		s->nodes[1 + sim_random(s, s->n_nodes - 1)].liar = true;
}

static void
release_node(struct node *n)
{
	yw_store_close(n->store);
	yw_key_set_wipe(&n->keys);
	yw_buf_release(&n->request);
	for (size_t k = 0; k < n->truth.n; k++)
		free(n->truth.facts[k].hashes);
	free(n->truth.facts);
	free(n->truth.heads);
	free(n->records);
	free(n->owners);
	free(n->spots);
	acts_committed(n);
}

void
world_release(struct sim *s)
{
	for (unsigned i = 0; i < s->n_all; i++)
		release_node(&s->nodes[i]);
	for (size_t i = 0; i < s->n_versions; i++) {
		yw_network_release(&s->versions[i].file);
		yw_buf_release(&s->versions[i].note);
	}
	yw_network_release(&s->network);
	yw_buf_release(&s->network_file);
	yw_buf_release(&s->fresh_request);
	yw_key_set_wipe(&s->fresh_keys);
}
