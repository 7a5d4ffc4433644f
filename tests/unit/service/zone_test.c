/*
 * zone_test.c - a development zone runs a node, though its code stands in no table of divisions: it is called what its issuer
 * called it, and every node shows that it is unlisted.
 *
 *	320000 --- 329900
 */
#include "support/lnet.h"
#include "support/testing.h"
#include "support/tservice.h"

static const char *const codes[] = { "320000", "329900" };
#define NAME "江苏自贸区"
#define RECORD "329900/demand/1"

static struct yw_error err;
static struct yw_lnet *net;
static struct yw_tservice s;
static struct yw_asked a = YW_ASKED_INIT;

static void
at(size_t which)
{
	yw_tservice_over(&s, &net->n[which]);
}

static void
leave(void)
{
	yw_asked_release(&a);
	yw_tservice_leave(&s);
	yw_lnet_sync(net);
}

static bool
unlisted(const char *below)
{
	char name[64], mark[64];

	snprintf(name, sizeof name, "%sname", below);
	snprintf(mark, sizeof mark, "%sunlisted", below);
	return strcmp(yw_asked_text(&a, name), NAME) == 0 && json_is_true(yw_asked_at(&a, mark));
}

static void
runs(void)
{
	net = yw_lnet_new(codes, 2, "quorum none\n");
	for (size_t i = 0; i < 2; i++)
		yw_lnode_open(&net->n[i]);
	YW_PASS(yw_ledger_admit_named(net->n[0].l, yw_buf_bytes(&net->n[1].t->request), NAME, &err));
	yw_lnode_commit(&net->n[0]);
	yw_lnet_sync(net);
	at(1);
	MUST(yw_asks(&a, &s, "status", ""));
	YW_CHECK_MSG(unlisted(""), "%s", yw_buf_str(&a.result));
	MUST(yw_asks(&a, &s, "record.put", "{\"record\":{\"id\":\"" RECORD "\",\"demand\":{\"title\":\"t\",\"division\":\"329900\"}},"
	    "\"class\":\"unconditional\"}"));
	leave();
	for (size_t i = 0; i < 2; i++) {
		at(i);
		MUST(yw_asks(&a, &s, "record.get", "{\"id\":\"" RECORD "\"}"));
		YW_CHECK_MSG(strcmp(yw_asked_text(&a, "divisions.0.code"), "329900") == 0 && unlisted("divisions.0."), "%s",
		    yw_buf_str(&a.result));
		MUST(yw_asks(&a, &s, "logs", ""));
		YW_CHECK_MSG(unlisted("logs.1."), "%s", yw_buf_str(&a.result));
		YW_CHECK(yw_asked_at(&a, "logs.0.unlisted") == NULL);
		leave();
	}
	yw_asked_release(&a);
	yw_lnet_free(net);
}

YW_TESTS({ "T3 a development zone is a node, and is shown as unlisted everywhere", runs })
