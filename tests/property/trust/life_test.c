/*
 * Key changes, closings, next generations, recoveries and network file versions, right and wrong ones: whatever the
 * order between logs in which they arrive, and whenever it is said what beats with quorum show, the registry answers
 * the same, and the same as one that is given everything at once.
 */
#include "base/text.h"
#include "support/testing.h"
#include "support/tnet.h"

static const char *const codes[] = { "320000", "320100", "320200", "320102", "320104", "320205" };
#define N (sizeof codes / sizeof *codes)

static struct yw_error err;
static uint64_t state;

static size_t
draw(size_t n)
{
	return yw_test_next(&state) % n;
}

/* --- What beats are said to show --- */

static struct said_beat { struct yw_origin origin; struct yw_tree_head closing; struct yw_beat_said is; } said[64];
static size_t n_said;

/* What is said with beat i of its closing: that one, and all before it. */
static void
say(struct yw_trust *t, size_t i)
{
	struct yw_beat_said all[64];
	size_t n = 0;

	for (size_t k = 0; k <= i; k++)
		if (strcmp(said[k].origin.text, said[i].origin.text) == 0 && said[k].closing.size == said[i].closing.size &&
		    yw_hash_equal(&said[k].closing.root, &said[i].closing.root))
			all[n++] = said[k].is;
	YW_PASS(yw_trust_say_beats(t, said[i].origin.text, &said[i].closing, all, n));
}

/* As after each turn of the ledger: a network file that came meanwhile has them forgotten. */
static void
say_all(struct yw_trust *t)
{
	for (size_t i = 0; i < n_said; i++)
		say(t, i);
}

/* Of a closing that stands: any relation, as the ledger would find it. */
static void
invent_beat(struct yw_tnet *t)
{
	const struct yw_closing_asked *a;
	struct said_beat *b = &said[n_said];

	if (yw_trust_n_asked(t->trust) == 0 || n_said == sizeof said / sizeof *said)
		return;
	a = yw_trust_asked(t->trust, draw(yw_trust_n_asked(t->trust)));
	*b = (struct said_beat) { .origin = a->origin, .closing = a->head,
	    .is = { a->head, (enum yw_beat_relation)draw(3) } };
	b->is.beat.size = b->is.relation == YW_BEAT_AGREES ? a->head.size / 2 : a->head.size + draw(3);
	b->is.beat.root.b[0] = (uint8_t)draw(4);
	say(t->trust, n_said++);
}

/* --- What happens --- */

static struct yw_tlog *
any_log(struct yw_tnet *t)
{
	return &t->logs[draw(t->n_logs)];
}

static struct yw_tlog *
issuer_of(struct yw_tnet *t, const struct yw_tlog *l)
{
	return l->issuer.code[0] == '\0' ? NULL : yw_tnet_log(t, l->issuer.code);
}

static bool
is_open(struct yw_tnet *t, const struct yw_tlog *l)
{
	const struct yw_generation *g = yw_trust_origin(t->trust, l->origin.text);

	return g != NULL && g->open && !g->needs_newer && l->n > 0;
}

/* By the rules, where the maker allows it: a blunder may stand in the way. */
static void
rotate(struct yw_tnet *t, unsigned label)
{
	struct yw_tlog *l = any_log(t), *by = issuer_of(t, l);
	struct yw_buf request = YW_BUF_INIT, trust = YW_BUF_INIT;
	struct yw_entry_place place = { .index = 0 };
	char name[24];

	snprintf(name, sizeof name, "rotated %u", label);
	if (!is_open(t, l) || (by != NULL && !is_open(t, by)))
		return;
	if (by == NULL) {
		yw_tnet_rotate(l, NULL, name);
		return;
	}
	place.origin = by->origin;
	place.index = yw_tnet_delegate_next_keys(l, by, name, &request);
	if (yw_trust_make_key_change(t->trust, yw_trust_origin(t->trust, l->origin.text), yw_buf_bytes(&by->entries[place.index]),
	    &place, &trust, &err) == YW_OK) {
		yw_tnet_add_trust(l, yw_buf_bytes(&trust));
		yw_tnet_keys(name, &l->keys);
		l->key_set++;
		yw_tnet_add_roster(l);
	}
	yw_buf_release(&request);
	yw_buf_release(&trust);
}

static void
close_log(struct yw_tnet *t)
{
	struct yw_tlog *l = any_log(t), *by = issuer_of(t, l);
	const struct yw_generation *g = by != NULL ? yw_trust_origin(t->trust, by->origin.text) : NULL;
	struct yw_buf head = YW_BUF_INIT;
	struct yw_closing_draft d;

	if (g == NULL || !g->open || l->n == 0)
		return;
	yw_tnet_draft_closing(l, draw(3) == 0 ? l->n / 2 : l->n, &d, &head);
	d.revoked = draw(4) == 0;
	if (draw(4) == 0 && strcmp(l->issuer.code, "320000") != 0)
		d.next_issuer = t->logs[0].code;
	yw_tnet_add_closing(by, &d, draw(2) == 0);
	yw_buf_release(&head);
}

static void
reopen(struct yw_tnet *t, unsigned label)
{
	struct yw_tlog *l = any_log(t), *by = issuer_of(t, l), *next;
	const struct yw_generation *g = yw_trust_origin(t->trust, l->origin.text);
	struct yw_seckey *old = draw(3) != 0 ? &l->keys.head : NULL;
	char name[24];

	if (by == NULL || g == NULL || g->open || t->n_logs > N + 28 || yw_tnet_log(t, l->code.code) != l)
		return;
	if (g->closing.next_issuer.code[0] != '\0')
		by = yw_tnet_log(t, g->closing.next_issuer.code);
	snprintf(name, sizeof name, "reopened %u", label);
	next = yw_tnet_new_log(l, l->generation + 1, name);
	next->issuer = by->code;
	yw_tnet_ask(t, &(struct yw_tasked) { l->code.code, by->code.code, name, next->generation, 0, old }, &next->request);
	next->delegation = yw_tnet_add_delegation(by, yw_buf_bytes(&next->request));
	yw_tnet_add_bodies(next, &(struct yw_bytes) { (const uint8_t *)"a", 1 }, 1);
}

/* What another log would have to say: mostly it is false in this one. */
static void
false_roster(struct yw_tnet *t, struct yw_tlog *by)
{
	const struct yw_generation *g = yw_trust_origin(t->trust, any_log(t)->origin.text);
	struct yw_buf roster = YW_BUF_INIT;

	if (g == NULL || by->n == 0)
		return;
	YW_PASS(yw_trust_make_roster(t->trust, g, &roster, &err));
	yw_tnet_add_trust(by, yw_buf_bytes(&roster));
	yw_buf_release(&roster);
}

/* A statement that may stand or not: signed by whoever, for whomever. */
static void
blunder(struct yw_tnet *t, unsigned label)
{
	struct yw_tlog *by = any_log(t), *of = any_log(t);
	struct yw_buf request = YW_BUF_INIT, head = YW_BUF_INIT;
	uint32_t generation = 1 + (uint32_t)draw(3), key_set = (uint32_t)draw(4);
	bool old = draw(2) == 0 && generation + key_set > 1;
	struct yw_closing_draft d;
	char name[24];

	snprintf(name, sizeof name, "blunder %u", label % 5);
	switch (draw(4)) {
	case 0:
		if (of->issuer.code[0] == '\0')
			break;
		yw_tnet_ask(t, &(struct yw_tasked) { of->code.code, of->issuer.code, name, generation, key_set,
		    old ? &of->keys.head : NULL }, &request);
		yw_tnet_add_delegation(by, yw_buf_bytes(&request));
		break;
	case 1:
		if (of->n == 0)
			break;
		yw_tnet_draft_closing(of, 1 + draw(of->n), &d, &head);
		yw_tnet_add_closing(by, &d, false);
		break;
	case 2:
		false_roster(t, by);
		break;
	default:
		if (draw(6) == 0)
			yw_tnet_add_future(by);
		break;
	}
	yw_buf_release(&request);
	yw_buf_release(&head);
}

static void
live(struct yw_tnet *t)
{
	for (unsigned i = 0; i < 30; i++)
		switch (draw(7)) {
		case 0:
		case 1:
			rotate(t, i);
			break;
		case 2:
			close_log(t);
			break;
		case 3:
		case 4:
			reopen(t, i);
			break;
		case 5:
			invent_beat(t);
			break;
		default:
			blunder(t, i);
			break;
		}
}

/* --- The same in any order --- */

static void
describe(const struct yw_trust *t, struct yw_buf *out)
{
	for (size_t i = 0; i < yw_trust_count(t); i++) {
		const struct yw_generation *g = yw_trust_at(t, i);
		struct yw_holder holder;
		uint64_t bad = 0;

		yw_trust_holder(t, g, &holder);
		if (yw_trust_roster_fault(t, g, &bad))
			yw_buf_printf(out, "accused by entry %llu of ", (unsigned long long)bad);
		yw_buf_printf(out, "%s by %s, %s %llu, newer %d recovery %d open %d end %llu holder %s:\n", g->origin.text, g->issuer.code,
		    g->delegation.origin.text, (unsigned long long)g->delegation.index, g->needs_newer, g->recovery, g->open,
		    (unsigned long long)g->end.size, holder.code.code);
		for (size_t j = 0; j < g->n_spans; j++) {
			yw_buf_printf(out, "  %u from %llu ", g->spans[j].key_set, (unsigned long long)g->spans[j].from);
			yw_hex_add(out, g->spans[j].keys.head.b, 4);
			yw_buf_add_byte(out, '\n');
		}
		if (!g->open)
			yw_buf_printf(out, "  closed by %s in %s %llu at %llu, revoked %d, key set %u, end %02x\n",
			    g->closing.issuer.code, g->closing.place.origin.text, (unsigned long long)g->closing.place.index,
			    (unsigned long long)g->closing.head.size, g->closing.revoked, g->closing.key_set, g->end.root.b[0]);
		YW_PASS(yw_trust_make_roster(t, g, out, &err));
	}
	for (size_t i = 0; i < yw_trust_n_asked(t); i++) {
		const struct yw_closing_asked *a = yw_trust_asked(t, i);

		yw_buf_printf(out, "asked %s %llu by %s %llu, void %d %llu\n", a->origin.text, (unsigned long long)a->head.size,
		    a->place.origin.text, (unsigned long long)a->place.index, a->is_void, (unsigned long long)a->beat.size);
	}
}

static void
feed(struct yw_trust *t, const struct yw_tlog *l, size_t index)
{
	struct yw_error alarm;
	struct yw_entry e;

	YW_PASS(yw_entry_read(l->origin.text, yw_buf_bytes(&l->entries[index]), &e, &err));
	YW_PASS(yw_trust_add(t, &l->origin, index, &e, &alarm));
	yw_entry_release(&e);
}

static void
one_order(struct yw_tnet *t, const struct yw_buf *want)
{
	size_t next[N + 32] = { 0 }, left = 0, beats = 0, versions = 1;
	struct yw_buf got = YW_BUF_INIT;
	struct yw_trust *fresh, *copy;

	YW_PASS(yw_trust_new(&t->network, &fresh, &err));
	for (size_t i = 0; i < t->n_logs; i++)
		left += t->logs[i].n;
	while (left > 0) {
		size_t i = draw(t->n_logs), burst = 1 + draw(6);

		for (; burst > 0 && next[i] < t->logs[i].n; burst--, left--)
			feed(fresh, &t->logs[i], next[i]++);
		if (beats < n_said && draw(4) == 0)
			say(fresh, beats++);
		if (versions < yw_trust_n_networks(t->trust) && draw(4) == 0)
			YW_PASS(yw_trust_add_network(fresh, yw_buf_bytes(&yw_trust_network_at(t->trust, versions++)->note), &err));
	}
	while (versions < yw_trust_n_networks(t->trust))
		YW_PASS(yw_trust_add_network(fresh, yw_buf_bytes(&yw_trust_network_at(t->trust, versions++)->note), &err));
	say_all(fresh);
	YW_PASS(yw_trust_copy(fresh, &copy, &err));
	yw_trust_free(fresh);
	describe(copy, &got);
	YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&got), yw_buf_bytes(want)), "got\n%s\nwant\n%s", yw_buf_str(&got),
	    yw_buf_str((struct yw_buf *)(uintptr_t)want));
	yw_buf_release(&got);
	yw_trust_free(copy);
}

static void
any_order(void)
{
	size_t closed = 0, later = 0, rotated = 0, recovered = 0, accused = 0;

	state = yw_test_seed();
	for (int network = 0; network < 25; network++) {
		struct yw_tnet *t = yw_tnet_new("onenet.example", codes, N, "quorum none\n");
		struct yw_buf want = YW_BUF_INIT;

		n_said = 0;
		live(t);
		say_all(t->trust);
		describe(t->trust, &want);
		for (int i = 0; i < 4; i++)
			one_order(t, &want);
		for (size_t i = 0; i < yw_trust_count(t->trust); i++) {
			const struct yw_generation *g = yw_trust_at(t->trust, i);

			closed += !g->open;
			later += g->generation > 1;
			rotated += g->n_spans > 1;
			recovered += g->recovery;
			accused += yw_trust_roster_fault(t->trust, g, &(uint64_t) { 0 });
		}
		yw_buf_release(&want);
		yw_tnet_free(t);
	}
	YW_CHECK_MSG(closed > 20 && later > 0 && rotated > 20 && accused > 0, "%zu closed, %zu later, %zu rotated, %zu recovered, "
	    "%zu accused", closed, later, rotated, recovered, accused);
}

YW_TESTS({ "T3 T5 T6 T7 T8 T11 any life of keys gives the same answers in any order between logs", any_order })
