/*
 * lacks.c - which bodies of this node's own log are nowhere to be had, and declaring them lost (V6).
 */
#include <stdlib.h>

#include "service/service_int.h"

#define PEERS_MAX 256

/* --- the question, on the node's thread --- */

struct lacks {
	struct yw_node_job job;
	struct yw_service *s;
	struct yw_question *q;
	bool applied, asked_all;
	struct yw_lack *list;		/* YW_LACKS_MAX */
	size_t n;
	struct yw_peer_info peers[PEERS_MAX];
	size_t n_peers;
	struct yw_buf out;
	enum yw_code code;
	struct yw_error err;
};

/* Neighbours of one entry for which the same is true. */
static size_t
put_run(struct yw_json *j, const struct yw_lack *l, size_t left)
{
	size_t n = 1;

	while (n < left && l[n].log == l->log && l[n].index == l->index && l[n].item == l->item + n && l[n].refused == l->refused)
		n++;
	yw_json_object(j, NULL);
	yw_json_str(j, "origin", l->log->origin.text);
	yw_json_uint(j, "index", l->index);
	yw_json_uint(j, "item", l->item);
	yw_json_uint(j, "items", n);
	yw_json_str(j, "body", body_state_word(l->refused ? YW_BODY_REFUSED : YW_BODY_MISSING));
	yw_json_object_end(j);
	return n;
}

static int
compare_peers(const void *a, const void *b)
{
	return strcmp(((const struct yw_peer_info *)a)->code.code, ((const struct yw_peer_info *)b)->code.code);
}

/* Codes in order, each once; strangers have none. */
static void
put_asked(struct lacks *l, struct yw_json *j)
{
	const char *last = "";

	qsort(l->peers, l->n_peers, sizeof *l->peers, compare_peers);
	yw_json_array(j, "peers");
	for (size_t i = 0; i < l->n_peers; i++) {
		if (strcmp(l->peers[i].code.code, last) != 0)
			yw_json_str(j, NULL, l->peers[i].code.code);
		last = l->peers[i].code.code;
	}
	yw_json_array_end(j);
}

static void
put_lacks(struct lacks *l, struct yw_buf *out)
{
	struct yw_json j;

	yw_json_init(&j, out);
	yw_json_object(&j, NULL);
	yw_json_str(&j, "code", l->s->code.code);
	yw_json_uint(&j, "lacks", l->n);
	yw_json_bool(&j, "more", l->n == YW_LACKS_MAX);
	yw_json_array(&j, "places");
	for (size_t i = 0; i < l->n;)
		i += put_run(&j, &l->list[i], l->n - i);
	yw_json_array_end(&j);
	yw_json_bool(&j, "asked_all", l->asked_all);
	put_asked(l, &j);
	yw_json_object_end(&j);
}

/* What the ledger lends is used before the turn goes on. */
static void
lacks_apply(struct yw_node_job *job, struct yw_ledger *ledger, struct yw_exchange *x)
{
	struct lacks *l = (struct lacks *)job;

	l->applied = true;
	l->asked_all = yw_exchange_asked_all(x);
	l->n_peers = yw_exchange_peers(x, l->peers, PEERS_MAX);
	l->code = yw_ledger_lacks(ledger, l->list, YW_LACKS_MAX, &l->n, &l->err);
	if (l->code == YW_OK)
		put_lacks(l, &l->out);
}

static void
lacks_free(struct lacks *l)
{
	yw_buf_release(&l->out);
	free(l->list);
	free(l);
}

/* The commit's own outcome changes nothing here. */
static void
lacks_done(struct yw_node_job *job, enum yw_code code, const struct yw_error *err)
{
	struct lacks *l = (struct lacks *)job;

	if (l->applied && l->code == YW_OK)
		answer_json(l->q, &l->out, (struct yw_bytes) { NULL, 0 });
	else
		answer_error(l->q, l->applied ? l->code : code, l->applied ? &l->err : err);
	lacks_free(l);
}

void
ask_lacks(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	struct lacks *l = calloc(1, sizeof *l);
	struct yw_error err;
	enum yw_code code;

	(void)params;
	if (l != NULL) {
		*l = (struct lacks) { .job = { .apply = lacks_apply, .done = lacks_done }, .s = s, .q = q };
		l->list = calloc(YW_LACKS_MAX, sizeof *l->list);
	}
	code = l != NULL && l->list != NULL ? yw_node_post(s->node, &l->job, &err) :
	    yw_fail(&err, YW_ENOMEM, "no memory for a list of lost bodies");
	if (code == YW_OK)
		return;
	answer_error(q, code, &err);
	if (l != NULL)
		lacks_free(l);
}

/* --- the act --- */

struct declaring {
	struct act a;
	uint64_t lacks;
};

static enum yw_code
read_lacks(struct act *a, const json_t *params, struct yw_error *err)
{
	struct declaring *d = (struct declaring *)a;

	a->what = a->s->code;
	if (json_object_get(params, "lacks") == NULL)
		return yw_fail(err, YW_EINVAL, "parameter 'lacks' is missing: how many bodies 'log.lacks' has shown");
	return param_uint(params, "lacks", 0, YW_LACKS_MAX, &d->lacks, err);
}

/* Who is connected was asked and has none of it; who is not may still have it, and only a person can know. */
static enum yw_code
check_asked(struct yw_exchange *x, struct yw_error *err)
{
	struct yw_peer_info peers[PEERS_MAX];
	size_t n = yw_exchange_peers(x, peers, PEERS_MAX), admitted = 0;

	for (size_t i = 0; i < n; i++)
		admitted += peers[i].code.code[0] != '\0';
	if (admitted == 0)
		return yw_fail(err, YW_EINVAL, "no other node is connected, so none could be asked for what is missing");
	if (!yw_exchange_asked_all(x))
		return yw_fail(err, YW_EINVAL, "the nodes that are connected are still being asked for what is missing: try again in "
		    "a moment");
	return YW_OK;
}

static enum yw_code
say_declared(struct act *a, struct yw_ledger *l, struct yw_exchange *x, struct yw_json *j, struct yw_error *err)
{
	struct declaring *d = (struct declaring *)a;
	enum yw_code code = check_asked(x, err);

	if (code == YW_OK)
		code = yw_ledger_declare_lost(l, d->lacks, err);
	if (code == YW_OK)
		yw_json_uint(j, "lost", d->lacks);
	return code;
}

void
ask_declare_lost(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	static const struct act_kind kind = { sizeof(struct declaring), read_lacks, say_declared, NULL, "bodies declared lost" };

	act_start(s, q, params, &kind);
}
