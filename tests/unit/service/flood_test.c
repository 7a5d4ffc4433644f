/*
 * flood_test.c - somebody makes very many requests to correct records: nobody but who shows one takes it apart (V5).
 *
 *	320000 --+-- 320100	floods the network
 *	         +-- 320200	the owner of the record
 *	         +-- 320300	asked for nothing, and is asked for nothing
 *
 * What is counted is how often a body becomes JSON: the linker's --wrap sends those calls here.
 */
#include <stdlib.h>

#include "record/about.h"
#include "record/record.h"
#include "support/lnet.h"
#include "support/testing.h"
#include "support/tservice.h"

static const char *const codes[] = { "320000", "320100", "320200", "320300" };
#define CODES (sizeof codes / sizeof *codes)
#define FLOODER 1
#define OWNER 2
#define OTHER 3
#define RECORD "320200/demand/A1"
#define MANY 40

static struct yw_lnet *net;
static struct yw_tservice s;
static struct yw_asked a = YW_ASKED_INIT;
static size_t taken_apart;

enum yw_code __real_yw_record_to_json(struct yw_bytes body, struct yw_buf *json, struct yw_error *err);
enum yw_code __wrap_yw_record_to_json(struct yw_bytes body, struct yw_buf *json, struct yw_error *err);

enum yw_code
__wrap_yw_record_to_json(struct yw_bytes body, struct yw_buf *json, struct yw_error *err)
{
	taken_apart++;
	return __real_yw_record_to_json(body, json, err);
}

static void
request(unsigned n, const char *points)
{
	struct yw_buf json = YW_BUF_INIT;
	char id[YW_ID_MAX + 1];

	yw_request_prefix(&net->n[FLOODER].t->code, RECORD, id);
	snprintf(id + strlen(id), sizeof id - strlen(id), "%03u", n);
	yw_buf_printf(&json, "{\"correction_request\":{\"record\":\"" RECORD "\",\"revision\":1,\"reason\":\"x\",\"points\":[%s]}}", points);
	yw_lnode_put_json(&net->n[FLOODER], id, 1, yw_buf_str(&json), &yw_unconditional);
	yw_buf_release(&json);
}

static void
begin(void)
{
	net = yw_lnet_new(codes, CODES, "quorum none\n");
	yw_lnet_join(net);
	yw_lnode_put(&net->n[OWNER], RECORD, 1, "t", &yw_unconditional);
}

static void
at(size_t which)
{
	s.config.correction_days = 10;
	yw_tservice_over(&s, &net->n[which]);
}

static void
leave(void)
{
	yw_asked_release(&a);
	yw_tservice_leave(&s);
}

/* How many bodies that question has made into JSON. */
static size_t
work(const char *method, const char *params)
{
	taken_apart = 0;
	MUST(yw_asks(&a, &s, method, params));
	return taken_apart;
}

/* What is counted is right all the same. */
static void
counted(size_t to_answer)
{
	YW_CHECK(work("status", "") == 0);
	YW_CHECK(to_answer == 0 ? yw_asked_at(&a, "corrections_to_answer") == NULL :
	    (size_t)yw_asked_number(&a, "corrections_to_answer.open") == to_answer);
	yw_service_say_corrections(s.s);
	YW_CHECK(taken_apart == 0);
}

static void
shown_only(void)
{
	begin();
	for (unsigned i = 0; i < MANY; i++)
		request(i, "{\"field\":\"demand.title\"}");
	yw_lnet_sync(net);
	at(OTHER);
	counted(0);
	YW_CHECK(work("correction.list", "{\"state\":\"all\"}") == 0 && yw_asked_at(&a, "items.0") == NULL);
	YW_CHECK(work("record.get", "{\"id\":\"" RECORD "\"}") == 1);	/* the record itself */
	YW_CHECK(json_array_size(yw_asked_at(&a, "corrections")) == MANY);
	leave();
	at(OWNER);
	counted(MANY);
	YW_CHECK(work("correction.list", "{\"limit\":5}") == 5 && json_array_size(yw_asked_at(&a, "items")) == 5);
	leave();
	yw_lnet_free(net);
}

#define POINTS 300000	/* of 2 bytes each in a body, of 3 in an answer */

/* As large as records may be, they come some at a time, whatever was asked; and all come. */
static void
large_ones(void)
{
	struct yw_buf points = YW_BUF_INIT;
	size_t items = 0, answers = 0;
	char params[128] = "";

	for (size_t i = 0; i < POINTS; i++)
		yw_buf_add_str(&points, i == 0 ? "{}" : ",{}");
	begin();
	for (unsigned i = 0; i < 8; i++)
		request(i, yw_buf_str(&points));
	yw_lnet_sync(net);
	at(OWNER);
	counted(8);
	do {
		MUST(yw_asks(&a, &s, "correction.list", params));
		YW_CHECK_MSG(a.result.len < 6u << 20, "%zu bytes", a.result.len);
		items += json_array_size(yw_asked_at(&a, "items"));
		answers++;
		snprintf(params, sizeof params, "{\"after\":\"%s\"}", yw_asked_text(&a, "next"));
	} while (yw_asked_at(&a, "next") != NULL);
	YW_CHECK_MSG(items == 8 && answers > 1 && answers < 8, "%zu in %zu answers", items, answers);
	leave();
	yw_lnet_free(net);
	yw_buf_release(&points);
}

YW_TESTS(
	{ "V5 among many requests only those are taken apart that are shown", shown_only },
	{ "V5 however large requests are, an answer that lists them is not", large_ones }
)
