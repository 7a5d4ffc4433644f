/*
 * corrections_world.h - the network of the tests of corrections (V5): a county's record is held to be wrong by another county.
 *
 *	320000 --+-- 320100 --+-- 320102	the owner of the record
 *	         |            +-- 320104	who may not see what is for few
 *	         +-- 320500 --- 320505	who asks
 */
#ifndef YW_TESTS_UNIT_SERVICE_CORRECTIONS_WORLD_H
#define YW_TESTS_UNIT_SERVICE_CORRECTIONS_WORLD_H

#include "base/text.h"
#include "support/lnet.h"
#include "support/testing.h"
#include "support/tservice.h"

static const char *const codes[] = { "320000", "320100", "320102", "320500", "320505", "320104" };
#define CODES (sizeof codes / sizeof *codes)
#define OWNER 2
#define ASKER 4
#define OTHER 5
#define RECORD "320102/demand/A1"

static struct yw_error err;
static struct yw_lnet *net;
static struct yw_tservice s;
static struct yw_asked a = YW_ASKED_INIT;
static char request[YW_ID_MAX + 1];

static inline void
begin(void)
{
	net = yw_lnet_new(codes, CODES, "quorum none\n");
	yw_lnet_join(net);
}

/* Midday in China on that day, as the handlers have it. */
static inline void
be_on(const char *day)
{
	char text[32];
	int64_t ms;

	snprintf(text, sizeof text, "%sT04:00:00Z", day);
	YW_CHECK(yw_time_parse(text, &ms));
	atomic_store(&s.later_ms, ms - yw_utc_ms(&yw_clock_real));
}

/* The handlers over one of the nodes, on the day after all was registered, until leave(), which lets all others know. */
static inline void
at(size_t which)
{
	s.config.correction_days = 10;
	yw_tservice_over(&s, &net->n[which]);
	be_on("2023-11-16");
}

static inline void
leave(void)
{
	yw_asked_release(&a);
	yw_tservice_leave(&s);
	yw_lnet_sync(net);
}

static inline void
end(void)
{
	yw_asked_release(&a);
	yw_tservice_leave(&s);
	yw_lnet_free(net);
}

static inline enum yw_code
correct(const char *record)
{
	char params[512];

	snprintf(params, sizeof params, "{\"record\":\"%s\",\"reason\":\"two zeros too many\",\"points\":[{\"field\":\"demand.title\","
	    "\"proposed\":\"right\"}]}", record);
	return yw_asks(&a, &s, "correction.ask", params);
}

static inline enum yw_code
answer(const char *of, const char *rest)
{
	char params[512];

	snprintf(params, sizeof params, "{\"request\":\"%s\",%s}", of, rest);
	return yw_asks(&a, &s, "correction.answer", params);
}

static inline enum yw_code
get(const char *id)
{
	char params[256];

	snprintf(params, sizeof params, "{\"id\":\"%s\"}", id);
	return yw_asks(&a, &s, "record.get", params);
}

/* The owner registers it, and the other one asks. */
static inline void
ask(const struct yw_audience *of)
{
	yw_lnode_put(&net->n[OWNER], RECORD, 1, "wrong", of);
	yw_lnet_sync(net);
	at(ASKER);
	MUST(correct(RECORD));
	snprintf(request, sizeof request, "%s", yw_asked_text(&a, "id"));
	YW_CHECK(strncmp(request, "320505/correction_request/", 26) == 0 && yw_asked_number(&a, "revision") == 1);
}

static inline void
holds(const char *id, const char *cls, const char *first, const char *second)
{
	MUST(get(id));
	YW_CHECK_MSG(strcmp(yw_asked_text(&a, "class"), cls) == 0 && strcmp(yw_asked_text(&a, "openness"), "internal") == 0 &&
	    strcmp(yw_asked_text(&a, "audience.0"), first) == 0 && strcmp(yw_asked_text(&a, "audience.1"), second) == 0 &&
	    yw_asked_at(&a, "audience.2") == NULL, "%s", yw_buf_str(&a.result));
}

static inline bool
listed(const char *state, const char *end, const char *now)
{
	char params[64];

	snprintf(params, sizeof params, "{\"state\":\"%s\"}", state);
	MUST(yw_asks(&a, &s, "correction.list", params));
	return strcmp(yw_asked_text(&a, "items.0.id"), request) == 0 && strcmp(yw_asked_text(&a, "items.0.end"), end) == 0 &&
	    strcmp(yw_asked_text(&a, "items.0.state"), now) == 0 && yw_asked_at(&a, "items.1") == NULL;
}

/* What a node registers that asks nobody whether it may, for whom it likes. */
static inline void
forge(size_t which, const char *id, uint32_t revision, const char *json, const struct yw_audience *to)
{
	yw_lnode_put_json(&net->n[which], id, revision, json, to);
	yw_lnet_sync(net);
}

#endif
