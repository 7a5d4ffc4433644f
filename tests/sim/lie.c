/*
 * lie.c - what the liar does to a message before it leaves: flips, cuts, repeats, invents, and changes of meaning
 * that keep the form.
 *
 * It holds no key but its own, so it cannot sign for others; what it can do is show wrong things.
 */
#include "sim_int.h"

static void
flip(struct sim *s, struct yw_buf *b)
{
	if (b->len > 0)
		b->data[sim_random(s, b->len)] ^= (uint8_t)(1u << sim_random(s, 8));
}

static void
invent(struct sim *s, struct yw_buf *b)
{
	size_t n = sim_random(s, 300);
	uint8_t *p;

	yw_buf_clear(b);
	p = yw_buf_extend(b, n + 1);
	if (p == NULL)
		abort();
	sim_fill(s, p, n + 1);
	if (sim_percent(s, 50))
		p[0] = 0x0a;		/* so that it begins as an Exchange does */
}

/* Swaps with an old message of its own; what it has not said yet it says later. */
static void
replay(struct sim *s, bool is_request, struct yw_buf *b)
{
	struct old_message *o = &s->old[sim_random(s, SIM_OLD_MESSAGES)];
	struct yw_buf now = *b;

	if (o->bytes.len == 0 || o->is_request != is_request) {
		yw_buf_clear(&o->bytes);
		yw_buf_add(&o->bytes, b->data, b->len);
		o->is_request = is_request;
		return;
	}
	*b = o->bytes;
	o->bytes = now;
}

static void
lie_package(struct sim *s, Yiwang__V1__Package *p)
{
	size_t i = p->n_entries > 0 ? sim_random(s, p->n_entries) : 0;

	switch (sim_random(s, 9)) {
	case 0:
		p->start += 1 + sim_random(s, 3);
		break;
	case 1:
		if (p->n_entries > 0)
			free(p->entries[--p->n_entries].data);
		break;
	case 2:
		if (p->n_entries > 0)
			surgery_flip(s, &p->entries[i]);
		break;
	case 3:
		if (p->n_entries > 1) {
			ProtobufCBinaryData t = p->entries[0];

			p->entries[0] = p->entries[p->n_entries - 1];
			p->entries[p->n_entries - 1] = t;
		}
		break;
	case 4:
		surgery_flip(s, &p->head);
		break;
	case 5:
		if (p->n_subtree > 0)
			surgery_flip(s, &p->subtree[sim_random(s, p->n_subtree)]);
		break;
	case 6:
		if (p->n_consistency > 0)
			surgery_flip(s, &p->consistency[sim_random(s, p->n_consistency)]);
		break;
	case 7:
		if (p->n_bodies > 0)
			surgery_flip(s, &p->bodies[sim_random(s, p->n_bodies)]->bytes);
		break;
	default:
		p->head_size += 1 + sim_random(s, 5);
		break;
	}
}

static void
lie_exchange(struct sim *s, Yiwang__V1__Exchange *e)
{
	while (sim_percent(s, 20) && e->n_packages > 0)		/* withholds what was asked */
		surgery_drop_package(e, 0);
	if (e->n_packages > 0 && sim_percent(s, 80))
		lie_package(s, e->packages[sim_random(s, e->n_packages)]);
	if (e->n_logs > 0 && sim_percent(s, 60)) {
		Yiwang__V1__LogNews *n = e->logs[sim_random(s, e->n_logs)];

		if (sim_percent(s, 50))
			n->verified += sim_random(s, 1000);
		else
			surgery_flip(s, &n->head);
	}
	if (e->n_wants > 0 && sim_percent(s, 50))
		surgery_flip(s, &e->wants[sim_random(s, e->n_wants)]->root);
	if (e->n_beats > 0 && sim_percent(s, 50))
		surgery_flip(s, &e->beats[sim_random(s, e->n_beats)]);
	if (e->n_bodies > 0 && sim_percent(s, 70))
		surgery_flip(s, &e->bodies[sim_random(s, e->n_bodies)]->bytes);
}

static void
change_meaning(struct sim *s, bool is_request, struct yw_buf *b)
{
	struct surgery g;

	if (!surgery_open(&g, is_request, b))
		return;
	lie_exchange(s, g.e);
	surgery_close(&g, b);
}

void
lie(struct sim *s, bool is_request, struct yw_buf *b)
{
	s->r->bad[SIM_LIED]++;
	switch (sim_random(s, 6)) {
	case 0:
		sim_tell(s, "  ... with a bit flipped");
		flip(s, b);
		break;
	case 1:
		sim_tell(s, "  ... cut short");
		b->len = sim_random(s, b->len + 1);
		break;
	case 2:
		sim_tell(s, "  ... or rather something it has said before");
		replay(s, is_request, b);
		break;
	case 3:
		sim_tell(s, "  ... replaced by garbage");
		invent(s, b);
		break;
	default:
		sim_tell(s, "  ... with another meaning");
		change_meaning(s, is_request, b);
		break;
	}
}
