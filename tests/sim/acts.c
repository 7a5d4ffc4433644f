/*
 * acts.c - what people change in a seed, whatever its cases are: later network files, with another quorum and other root
 * keys (T1); registrars that are named, sign on a machine of their own, and are ended (T13).
 */
#include "sim_int.h"

#define AGAIN_MS 20000

static const struct yw_audience unconditional = { YW_CLASS_UNCONDITIONAL, YW_OPENNESS_INTERNAL, NULL, 0 };

/* --- later network files --- */

static void
must(struct sim *s, enum yw_code code, const struct yw_error *err)
{
	if (code != YW_OK)
		sim_fail(s, "the root keys cannot make a network file: %s", err->msg);
}

/* By as many as there have to be, of the version before and of its own: all of them. */
static void
sign_version(struct sim *s, const struct yw_network *prev, const struct root *keys, size_t n, struct yw_buf *note)
{
	struct yw_error err;

	for (size_t i = 0; i < n && !sim_failed(s); i++) {
		struct yw_buf more = YW_BUF_INIT;

		must(s, yw_network_sign(prev, yw_buf_bytes(note), &keys[i].sec, &keys[i].pub, &more, &err), &err);
		yw_buf_release(note);
		*note = more;
	}
}

/* Some of the root keys stay, some are new. */
static size_t
choose_roots(struct sim *s, struct root out[static SIM_ROOTS_MAX])
{
	size_t n = 1 + sim_random(s, SIM_ROOTS_MAX);

	for (size_t i = 0; i < n; i++)
		if (i < s->n_roots && sim_percent(s, 50))
			out[i] = s->roots[i];
		else
			world_root(s, &out[i]);
	return n;
}

struct yw_buf *
acts_version(struct sim *s, const struct yw_network_change *wanted)
{
	const struct yw_network *prev = world_newest(s);
	struct yw_network_change c = *wanted;
	struct root roots[SIM_ROOTS_MAX];
	struct yw_vkey vkeys[SIM_ROOTS_MAX];
	struct version *v = &s->versions[s->n_versions];
	struct yw_error err = { 0 };

	if (s->n_versions == SIM_VERSIONS_MAX)
		return NULL;
	c.n_roots = choose_roots(s, roots);
	c.k = 1 + (unsigned)sim_random(s, c.n_roots);
	c.roots = vkeys;
	for (size_t i = 0; i < c.n_roots; i++)
		must(s, yw_root_vkey(s->network.name, &roots[i].pub, &vkeys[i]), &err);
	must(s, yw_network_next(prev, &c, &v->note, &err), &err);
	sign_version(s, prev, s->roots, s->n_roots, &v->note);
	sign_version(s, prev, roots, c.n_roots, &v->note);
	must(s, yw_network_parse(yw_buf_bytes(&v->note), &s->network.hash, &v->file, &err), &err);
	must(s, yw_network_follows(prev, &v->file, &err), &err);
	memcpy(s->roots, roots, sizeof roots);
	s->n_roots = c.n_roots;
	s->n_versions++;
	s->r->bad[SIM_VERSIONS]++;
	sim_tell(s, "the root keys sign version %llu of the network file", (unsigned long long)v->file.version);
	return &v->note;
}

enum yw_code
acts_forge(struct sim *s, struct node *n, struct yw_error *err)
{
	struct yw_network_change c = { .policy_lines = "quorum none\n" };
	const struct yw_network *prev = yw_trust_network(yw_ledger_trust(n->ledger));
	struct yw_buf note = YW_BUF_INIT;
	struct root stranger;
	struct yw_vkey vkey;
	enum yw_code code;

	world_root(s, &stranger);
	must(s, yw_root_vkey(s->network.name, &stranger.pub, &vkey), err);
	c.k = 1;
	c.roots = &vkey;
	c.n_roots = 1;
	must(s, yw_network_next(prev, &c, &note, err), err);
	sign_version(s, prev, &stranger, 1, &note);
	code = yw_ledger_take_network(n->ledger, yw_buf_bytes(&note), err);
	yw_buf_release(&note);
	return code;
}

uint64_t
acts_version_at(const struct node *n)
{
	return n->ledger != NULL ? yw_trust_network(yw_ledger_trust(n->ledger))->version : 0;
}

/* To one node, from which the others get it; what got lost with that one is given once more when nothing bad happens any
 * more. */
void
acts_hand_over(struct sim *s, void *what)
{
	struct node *n = &s->nodes[s->calm ? 0 : sim_random(s, s->n_nodes)];
	struct yw_error err;

	if (s->n_versions == 0 || acts_version_at(n) == world_newest(s)->version)
		return;
	if (n->ledger == NULL) {
		sim_act(s, s->now + AGAIN_MS, acts_hand_over, what);
		return;
	}
	sim_tell(s, "%s is given version %llu of the network file", n->code.code, (unsigned long long)world_newest(s)->version);
	for (size_t i = 0; i < s->n_versions; i++)
		if (yw_ledger_take_network(n->ledger, yw_buf_bytes(&s->versions[i].note), &err) != YW_OK)
			sim_tell(s, "%s does not take it now: %s", n->code.code, err.msg);
	node_poke(n, s->now);
}

static void
new_version(struct sim *s, void *what)
{
	struct yw_network_change c = { .k = 0 };
	struct yw_buf lines = YW_BUF_INIT;

	(void)what;
	if (s->calm)
		return;
	if (sim_percent(s, 70) && !s->one_quorum)
		world_policy(s, &lines);
	c.policy_lines = lines.len > 0 ? yw_buf_str(&lines) : NULL;
	s->days_differ = s->days_differ || lines.len > 0;
	if (acts_version(s, &c) != NULL)
		acts_hand_over(s, NULL);
	yw_buf_release(&lines);
}

/* --- registrars --- */

static void
drop_signed(struct registrar *r)
{
	if (r->waits)
		yw_signed_release(&r->file);
	r->waits = false;
}

void
acts_committed(struct node *n)
{
	drop_signed(&n->registrar);
}

/* A record that the registrar of n signs elsewhere, handed to the node in the open turn. */
static enum yw_code
hand_in_signed(struct node *n, struct yw_error *err)
{
	struct registrar *r = &n->registrar;
	struct yw_buf body = YW_BUF_INIT, file = YW_BUF_INIT;
	struct yw_entry_draft draft = { .signed_at_ms = 1764000000000, .audience = unconditional };
	struct yw_origin origin;
	struct yw_bytes record;
	char id[YW_ID_MAX + 1];
	uint64_t index;
	enum yw_code code;

	drop_signed(r);
	snprintf(id, sizeof id, "%s/demand/r%llu", n->code.code, (unsigned long long)r->next_id++);
	node_record(n, id, 1, &body);
	record = yw_buf_bytes(&body);
	draft.origin = world_origin(n->s, n, &origin);
	code = yw_signed_make(&draft, &record, 1, &r->keys.entry, &r->keys.pub.entry, &file, err);
	if (code == YW_OK)
		code = yw_signed_read(yw_buf_bytes(&file), &r->file, err);
	r->waits = code == YW_OK;
	if (code == YW_OK)
		code = yw_ledger_append_signed(n->ledger, &r->file, &index, err);
	yw_buf_release(&body);
	yw_buf_release(&file);
	return code;
}

static bool
may_act(struct node *n)
{
	struct yw_error why;

	return n->ledger != NULL && !n->dishonest && !n->closed && yw_ledger_state(n->ledger, &why) == YW_LEDGER_APPENDING &&
	    !yw_ledger_claimed(n->ledger, yw_ledger_own(n->ledger));
}

bool
acts_name_registrar(struct node *n, bool ends)
{
	static const char *const kinds[] = { "demand" };
	struct yw_error err;
	struct yw_seed seed;
	enum yw_code code;

	if (!may_act(n))
		return false;
	if (!n->registrar.has_keys) {
		sim_fill(n->s, &seed, sizeof seed);
		yw_key_set_derive(&seed, &n->registrar.keys);
		n->registrar.has_keys = true;
	}
	sim_tell(n->s, "%s %s", n->code.code, ends ? "ends its registrar" : "names a registrar");
	code = yw_ledger_registrar(n->ledger, &n->registrar.keys.pub.entry, kinds, !ends, &err);
	if (code == YW_ESTOPPED || ((code == YW_EINVAL || code == YW_ENOENT) && ends))	/* not in a log that nobody knows yet (T8), */
		return false;	/* or it went with a turn that was lost, or with the log before */
	if (code != YW_OK) {
		sim_fail(n->s, "%s cannot change its registrars: %s", n->code.code, err.msg);
		return false;
	}
	node_poke(n, n->s->now);
	n->s->r->bad[ends ? SIM_REGISTRARS_ENDED : SIM_REGISTRARS]++;
	return true;
}

bool
acts_sign(struct node *n)
{
	struct yw_error err;
	enum yw_code code;

	if (!may_act(n) || !n->registrar.has_keys)
		return false;
	code = hand_in_signed(n, &err);
	if (code == YW_EDENIED || code == YW_ESTOPPED)	/* the turn that named it was lost; or as there */
		return false;
	if (code != YW_OK)
		sim_fail(n->s, "%s refuses what its registrar signed: %s", n->code.code, err.msg);
	sim_tell(n->s, "%s logs what its registrar signed elsewhere", n->code.code);
	n->s->r->bad[SIM_SIGNED]++;
	n->s->r->records++;
	node_poke(n, n->s->now);
	return true;
}

static void registrar_works(struct sim *s, void *what);

/* From then on, in the same turn too, nothing by it is taken. */
static void
end_registrar(struct sim *s, void *what)
{
	struct node *n = what;
	struct yw_error err;

	if (s->calm)
		return;
	if (!acts_name_registrar(n, true))
		sim_act(s, s->now + AGAIN_MS, registrar_works, n);
	else if (hand_in_signed(n, &err) != YW_EDENIED)
		sim_fail(s, "%s takes what an ended registrar signed", n->code.code);
}

static void
registrar_works(struct sim *s, void *what)
{
	struct node *n = what;
	bool signed_one;

	if (s->calm || s->now >= SIM_LIVELY_MS)
		return;
	signed_one = acts_sign(n);
	if (!signed_one)
		(void)acts_name_registrar(n, false);
	sim_act(s, s->now + (int64_t)sim_random(s, 3 * SIM_MINUTE), signed_one && sim_percent(s, 40) ? end_registrar :
	    registrar_works, n);
}

/* --- the script --- */

void
acts_write(struct sim *s)
{
	struct node *n = &s->nodes[sim_random(s, s->n_nodes)];
	unsigned percent = s->o.province ? 100 : 30;
	unsigned versions = sim_percent(s, percent) ? 1 + (unsigned)sim_random(s, SIM_VERSIONS_MAX - 1) : 0;

	for (unsigned i = 0; i < versions; i++)
		sim_act(s, (int64_t)sim_random(s, SIM_LIVELY_MS), new_version, NULL);
	if (sim_percent(s, percent) && !world_claimed(s, n))
		sim_act(s, (int64_t)sim_random(s, SIM_LIVELY_MS), registrar_works, n);
}
