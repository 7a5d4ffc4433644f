/*
 * whole.c - a person's words about this node's own log: fetch it back (L2), this machine is the one that goes on (L5).
 */
#include "service/service_int.h"

static enum yw_code
say_refetch(struct act *a, struct yw_ledger *l, struct yw_exchange *x, struct yw_json *j, struct yw_error *err)
{
	(void)a;
	(void)l;
	(void)j;
	return yw_exchange_refetch(x, err);
}

static enum yw_code
say_take(struct act *a, struct yw_ledger *l, struct yw_exchange *x, struct yw_json *j, struct yw_error *err)
{
	(void)a;
	(void)l;
	(void)j;
	return yw_exchange_take_over(x, err);
}

void
ask_refetch(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	static const struct act_kind kind = { sizeof(struct act), NULL, say_refetch, NULL, "done" };

	act_start(s, q, params, &kind);
}

void
ask_node_take(struct yw_service *s, struct yw_question *q, const json_t *params)
{
	static const struct act_kind kind = { sizeof(struct act), NULL, say_take, NULL, "done" };

	act_start(s, q, params, &kind);
}
