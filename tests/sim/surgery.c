/*
 * surgery.c - messages taken apart, changed, and put together again in the one form.
 */
#include "record/wire.h"
#include "sim_int.h"

bool
surgery_open(struct surgery *g, bool is_request, const struct yw_buf *b)
{
	*g = (struct surgery) { .is_request = is_request };
	if (yw_decode(is_request ? &yiwang__v1__peer_request__descriptor : &yiwang__v1__peer_reply__descriptor,
	    yw_buf_bytes(b), &g->message, NULL) != YW_OK)
		return false;
	if (is_request && ((Yiwang__V1__PeerRequest *)g->message)->ask_case == YIWANG__V1__PEER_REQUEST__ASK_EXCHANGE)
		g->e = ((Yiwang__V1__PeerRequest *)g->message)->exchange;
	if (!is_request && ((Yiwang__V1__PeerReply *)g->message)->answer_case == YIWANG__V1__PEER_REPLY__ANSWER_EXCHANGE)
		g->e = ((Yiwang__V1__PeerReply *)g->message)->exchange;
	if (g->e == NULL)
		yw_decode_free(g->message);
	return g->e != NULL;
}

void
surgery_close(struct surgery *g, struct yw_buf *b)
{
	struct yw_buf changed = YW_BUF_INIT;

	if (b != NULL && yw_wire_pack(g->message, &changed, NULL) == YW_OK) {
		yw_buf_release(b);
		*b = changed;
	} else {
		yw_buf_release(&changed);
	}
	yw_decode_free(g->message);
}

/* Takes one of a repeated field's pointers out. */
#define TAKE_OUT(list, n, i)                                                                       \
	do {                                                                                       \
		yw_decode_free((list)[i]);                                                         \
		memmove(&(list)[i], &(list)[(i) + 1], ((n) - (i) - 1) * sizeof *(list));           \
		(n)--;                                                                             \
	} while (0)

void
surgery_drop_package(Yiwang__V1__Exchange *e, size_t i)
{
	TAKE_OUT(e->packages, e->n_packages, i);
}

void
surgery_drop_news(Yiwang__V1__Exchange *e, size_t i)
{
	TAKE_OUT(e->logs, e->n_logs, i);
}

void
surgery_drop_body(Yiwang__V1__Body **list, size_t *n, size_t i)
{
	TAKE_OUT(list, *n, i);
}

void
surgery_drop_beat(Yiwang__V1__Exchange *e, size_t i)
{
	free(e->beats[i].data);
	memmove(&e->beats[i], &e->beats[i + 1], (e->n_beats - i - 1) * sizeof *e->beats);
	e->n_beats--;
}

void
surgery_set(ProtobufCBinaryData *b, struct yw_bytes bytes)
{
	free(b->data);
	b->data = sim_alloc(bytes.len + 1);
	b->len = bytes.len;
	memcpy(b->data, bytes.data, bytes.len);
}

void
surgery_flip(struct sim *s, ProtobufCBinaryData *b)
{
	if (b->len > 0)
		b->data[sim_random(s, b->len)] ^= (uint8_t)(1u << sim_random(s, 8));
}

void
surgery_ask(Yiwang__V1__Exchange *e, const char *origin, uint64_t index)
{
	Yiwang__V1__BodyWant *w = sim_alloc(sizeof *w), **grown;

	yiwang__v1__body_want__init(w);
	w->origin = strdup(origin);
	w->index = index;
	grown = realloc(e->body_wants, (e->n_body_wants + 1) * sizeof *grown);
	if (w->origin == NULL || grown == NULL)
		abort();
	e->body_wants = grown;
	e->body_wants[e->n_body_wants++] = w;
}

void
surgery_accuse(struct sim *s, Yiwang__V1__Exchange *e, const char *origin, struct yw_bytes small, struct yw_bytes large)
{
	Yiwang__V1__Contradiction *m = sim_alloc(sizeof *m), **grown;
	struct yw_hash random;

	yiwang__v1__contradiction__init(m);
	m->origin = strdup(origin);
	surgery_set(&m->head_a, small);
	surgery_set(&m->head_b, large);
	sim_fill(s, random.b, sizeof random.b);
	surgery_set(&m->root_a, (struct yw_bytes) { random.b, sizeof random.b });
	m->n_consistency = 1 + sim_random(s, 4);
	m->consistency = sim_alloc(m->n_consistency * sizeof *m->consistency);
	for (size_t i = 0; i < m->n_consistency; i++) {
		sim_fill(s, random.b, sizeof random.b);
		surgery_set(&m->consistency[i], (struct yw_bytes) { random.b, sizeof random.b });
	}
	grown = realloc(e->contradictions, (e->n_contradictions + 1) * sizeof *grown);
	if (m->origin == NULL || grown == NULL)
		abort();
	e->contradictions = grown;
	e->contradictions[e->n_contradictions++] = m;
}

/* The first line of a note is its origin. */
static bool
is_note_of(const ProtobufCBinaryData *note, const char *origin)
{
	size_t len = strlen(origin);

	return note->len > len && memcmp(note->data, origin, len) == 0 && note->data[len] == '\n';
}

static bool
hide(Yiwang__V1__Exchange *e, const char *origin)
{
	size_t before = e->n_logs + e->n_packages + e->n_beats + e->n_bodies;

	for (size_t i = e->n_logs; i-- > 0;)
		if (strcmp(e->logs[i]->origin, origin) == 0)
			surgery_drop_news(e, i);
	for (size_t i = e->n_packages; i-- > 0;)
		if (strcmp(e->packages[i]->origin, origin) == 0)
			surgery_drop_package(e, i);
	for (size_t i = e->n_beats; i-- > 0;)
		if (is_note_of(&e->beats[i], origin))
			surgery_drop_beat(e, i);
	for (size_t i = e->n_bodies; i-- > 0;)
		if (strcmp(e->bodies[i]->origin, origin) == 0)
			surgery_drop_body(e->bodies, &e->n_bodies, i);
	return e->n_logs + e->n_packages + e->n_beats + e->n_bodies != before;
}

bool
surgery_hide(bool is_request, struct yw_buf *b, const char *origin)
{
	struct surgery g;
	bool hidden;

	if (!surgery_open(&g, is_request, b))
		return false;
	hidden = hide(g.e, origin);
	surgery_close(&g, hidden ? b : NULL);
	return hidden;
}
