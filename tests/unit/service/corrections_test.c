/*
 * corrections_test.c - who sees a request for correction, what its owner answers, by hand and by tables, in how many days, and
 * what both ends are shown (V5); and what is shown of records that one of another log names.
 */
#include <stdlib.h>

#include "ledger/access.h"
#include "record/about.h"
#include "record/sharing.h"
#include "service/corrections.h"
#include "service/workdays.h"
#include "unit/service/corrections_world.h"

/* --- who sees it --- */

static const struct seen {
	const char *of, *request;	/* sharing of the record, and of a request about it */
} seen[] = {
	{ "unconditional", "unconditional" },
	{ "open", "unconditional" },
	{ "conditional 320505", "conditional 320102 320505" },
	{ "conditional 320102 320505", "conditional 320102 320505" },
	{ "conditional 320500 320505 320600", "conditional 320102 320500 320505 320600" },
	{ "conditional 320000", "conditional 320000 320102" },
	{ "not_shared", "conditional 320102" },
};

/* Of all codes that could ask: that see the record in the owner's log, and the request in that of whoever sees the record. */
static void
same_askers(const struct yw_audience *of, const struct yw_audience *now)
{
	static const char *const all[] = { "320000", "320100", "320102", "320104", "320500", "320505", "320506", "320600", "320602" };
	const struct yw_jurisdiction owner = { "320102" };

	for (size_t by = 0; by < sizeof all / sizeof *all; by++) {
		struct yw_asker requester = { YW_ASKER_NODE, { "" } };

		memcpy(requester.code.code, all[by], 7);
		if (yw_jurisdiction_equal(&requester.code, &owner) || !yw_may_have(&owner, NULL, of, NULL, &requester))
			continue;
		for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
			struct yw_asker asker = { YW_ASKER_NODE, { "" } };

			memcpy(asker.code.code, all[i], 7);
			YW_CHECK_MSG(yw_may_have(&owner, NULL, of, NULL, &asker) == yw_may_have(&requester.code, NULL, now, NULL, &asker),
			    "%s, asked by %s", all[i], all[by]);
		}
		YW_CHECK(!yw_may_have(&requester.code, NULL, now, NULL, &(struct yw_asker) { YW_ASKER_STRANGER, { "" } }));
	}
}

static void
audience(void)
{
	const struct yw_jurisdiction owner = { "320102" }, requester = { "320505" };

	for (size_t i = 0; i < sizeof seen / sizeof *seen; i++) {
		struct yw_jurisdiction *c[4] = { NULL };
		struct yw_audience of, want, now, back;

		YW_PASS(yw_sharing_parse(seen[i].of, &of, &c[0], &err));
		YW_PASS(yw_sharing_parse(seen[i].request, &want, &c[1], &err));
		YW_PASS(correction_audience(&of, &owner, &now, &c[2], &err));
		YW_CHECK_MSG(yw_audience_equal(&now, &want), "%s", seen[i].of);
		same_askers(&of, &now);
		YW_PASS(correction_audience(&now, &requester, &back, &c[3], &err));
		for (size_t k = 0; k < CODES; k++) {
			struct yw_asker asker = { YW_ASKER_NODE, { "" } };

			memcpy(asker.code.code, codes[k], 7);
			YW_CHECK(yw_may_have(&owner, NULL, &back, NULL, &asker) == yw_may_have(&requester, NULL, &now, NULL, &asker));
		}
		for (size_t k = 0; k < 4; k++)
			free(c[k]);
	}
}

/* --- from one end to the other --- */

/* A neighbour of the owner's that may not see the record has no body of the request, nor of its answer. */
static void
has_neither(const char *of_request)
{
	const char *const ids[] = { RECORD, request, of_request };

	for (size_t i = 0; i < 3; i++)
		REFUSED(get(ids[i]), YW_ENOENT, ids[i]);
	YW_CHECK(!listed("all", "to_answer", "accepted") && !listed("all", "asked", "accepted"));
}

static void
accepted(void)
{
	struct yw_audience of = yw_conditional("320505");
	char of_request[YW_ID_MAX + 1];

	begin();
	ask(&of);
	holds(request, "conditional", "320102", "320505");
	YW_CHECK(yw_asked_at(&a, "answer") == NULL);
	YW_CHECK(listed("open", "asked", "open"));
	YW_CHECK(strcmp(yw_asked_text(&a, "items.0.record"), RECORD) == 0 && yw_asked_number(&a, "items.0.revision") == 1 &&
	    strcmp(yw_asked_text(&a, "items.0.by"), "320505") == 0 &&
	    strcmp(yw_asked_text(&a, "items.0.points.0.field"), "demand.title") == 0 &&
	    strcmp(yw_asked_text(&a, "items.0.points.0.proposed"), "right") == 0 &&
	    strcmp(yw_asked_text(&a, "items.0.reason"), "two zeros too many") == 0);
	MUST(yw_asks(&a, &s, "status", ""));
	YW_CHECK(yw_asked_number(&a, "corrections_asked.open") == 1 && yw_asked_at(&a, "corrections_to_answer") == NULL);
	leave();
	at(OWNER);
	YW_CHECK(listed("all", "to_answer", "open"));
	MUST(yw_asks(&a, &s, "status", ""));
	YW_CHECK(yw_asked_number(&a, "corrections_to_answer.open") == 1 && yw_asked_at(&a, "corrections_asked") == NULL);
	MUST(get(RECORD));
	YW_CHECK(strcmp(yw_asked_text(&a, "corrections.0"), request) == 0);
	REFUSED(answer(request, "\"accepted\":true"), YW_EINVAL, "change the record first");
	MUST(yw_asks(&a, &s, "record.put", "{\"record\":{\"id\":\"" RECORD "\",\"revision\":1,\"demand\":{\"title\":\"right\"}}}"));
	MUST(answer(request, "\"accepted\":true"));
	snprintf(of_request, sizeof of_request, "%s", yw_asked_text(&a, "id"));
	holds(of_request, "conditional", "320102", "320505");
	REFUSED(answer(request, "\"accepted\":false,\"reason\":\"no\""), YW_ECONFLICT, "answered already");
	YW_CHECK(listed("all", "to_answer", "accepted"));
	MUST(get(RECORD));
	YW_CHECK(yw_asked_at(&a, "corrections") == NULL);
	leave();
	at(ASKER);
	YW_CHECK(listed("all", "asked", "accepted") && yw_asked_number(&a, "items.0.accepted_revision") == 2);
	MUST(get(request));
	YW_CHECK_MSG(strcmp(yw_asked_text(&a, "answer.id"), of_request) == 0 && strcmp(yw_asked_text(&a, "answer.by"), "320102") == 0 &&
	    strcmp(yw_asked_text(&a, "answer.state"), "accepted") == 0 && yw_asked_number(&a, "answer.accepted_revision") == 2 &&
	    strcmp(yw_asked_text(&a, "answer.on"), "2023-11-15") == 0, "%s", yw_buf_str(&a.result));
	YW_CHECK(!listed("open", "asked", "accepted"));
	leave();
	at(OTHER);
	has_neither(of_request);
	end();
}

static void
refused(void)
{
	begin();
	ask(&yw_unconditional);
	holds(request, "unconditional", "", "");
	leave();
	at(OWNER);
	REFUSED(answer(request, "\"accepted\":false"), YW_EINVAL, "reason");
	MUST(answer(request, "\"accepted\":false,\"reason\":\"it is right\""));
	leave();
	at(ASKER);
	YW_CHECK(listed("all", "asked", "refused") && strcmp(yw_asked_text(&a, "items.0.answer"), "it is right") == 0);
	MUST(yw_asks(&a, &s, "status", ""));
	YW_CHECK(yw_asked_at(&a, "corrections_asked") == NULL);
	MUST(get(request));
	YW_CHECK_MSG(strcmp(yw_asked_text(&a, "answer.state"), "refused") == 0 && strcmp(yw_asked_text(&a, "answer.reason"), "it is right") == 0
	    && yw_asked_at(&a, "answer.accepted_revision") == NULL, "%s", yw_buf_str(&a.result));
	end();
}

/* --- by tables --- */

static void
import(const char *mapping, const char *table, int64_t registered, int64_t unchanged, int64_t refused_)
{
	char params[128];

	snprintf(params, sizeof params, "{\"mapping\":\"%s\"}", mapping);
	MUST(yw_asks(&a, &s, "import.begin", params));
	snprintf(params, sizeof params, "{\"import\":%lld}", (long long)yw_asked_number(&a, "import"));
	MUST(yw_asks_with(&a, &s, "import.data", params, yw_bytes_str(table)));
	MUST(yw_asks(&a, &s, "import.end", params));
	YW_CHECK_MSG(yw_asked_number(&a, "registered") == registered && yw_asked_number(&a, "unchanged") == unchanged &&
	    yw_asked_number(&a, "refused") == refused_ && yw_asked_number(&a, "changed") == 0, "%s", yw_buf_str(&a.result));
}

static void
finding(size_t n, int64_t line, const char *says)
{
	char path[32];

	snprintf(path, sizeof path, "findings.%zu.line", n);
	YW_CHECK_MSG(yw_asked_number(&a, path) == line, "%s", yw_buf_str(&a.result));
	snprintf(path, sizeof path, "findings.%zu.code", n);
	YW_CHECK(strcmp(yw_asked_text(&a, path), "bad_correction") == 0);
	snprintf(path, sizeof path, "findings.%zu.reason", n);
	YW_CHECK_MSG(strstr(yw_asked_text(&a, path), says) != NULL, "%s", yw_buf_str(&a.result));
}

#define B1 "320102/demand/B1"
#define REQUESTS "记录编号,修订版,申请单位,提出日期,存疑字段,申请理由\n"
#define ASKED RECORD ",1,姑苏区科学技术局,2023-11-15,demand.title;demand.budget_fen,\"题目\n有误\"\n" B1 ",1,,2023-11-15,,重复\n"

/* Each row is for whom its record is, and is refused where the command would refuse it. */
static void
requests_by_table(char of_b1[static YW_ID_MAX + 1])
{
	import("correction-requests", REQUESTS ASKED B1 ",2,,2023-11-14,,x\n320102/demand/none,1,,2023-11-15,,x\n"
	    "320505/demand/own,1,,2023-11-15,,x\nx,1,,2023-11-15,,x\n" B1 ",1,,2023-11-13,demand.titel,x\n" B1 ",1,,2023-11-12,11010519491231002X,x\n", 2, 0, 6);
	YW_CHECK(strstr(yw_buf_str(&a.result), "11010519491231002X") == NULL);
	finding(0, 5, "revision 2 of '" B1 "' is not here");
	finding(1, 6, "320102/demand/none");
	finding(2, 7, "this node's own record");
	finding(3, 8, "no id of a record");
	finding(4, 9, "no field 'demand.titel'");
	MUST(get(RECORD));
	snprintf(request, sizeof request, "%s", yw_asked_text(&a, "corrections.0"));
	MUST(get(B1));
	snprintf(of_b1, YW_ID_MAX + 1, "%s", yw_asked_text(&a, "corrections.0"));
	holds(request, "conditional", "320102", "320505");
	YW_CHECK(strcmp(yw_asked_text(&a, "record.correction_request.points.1.field"), "demand.budget_fen") == 0);
	holds(of_b1, "unconditional", "", "");
	import("correction-requests", REQUESTS ASKED, 0, 2, 0);
	import("correction-requests", REQUESTS B1 ",1,,2023-11-15,,另有理由\n", 0, 0, 1);
	finding(0, 2, "nobody asks or answers twice");
}

static void
by_table(void)
{
	static const char head[] = "申请编号,处理结果,采纳修订版,处理理由,答复日期\n";
	struct yw_audience of = yw_conditional("320505");
	char of_b1[YW_ID_MAX + 1], answered[YW_ID_MAX + 1], table[1024];

	begin();
	yw_lnode_put(&net->n[OWNER], RECORD, 1, "wrong", &of);
	yw_lnode_put(&net->n[OWNER], B1, 1, "right", &yw_unconditional);
	yw_lnet_sync(net);
	at(ASKER);
	requests_by_table(of_b1);
	leave();
	at(OWNER);
	snprintf(table, sizeof table, "%s%s,采纳,2,,2023-11-16\n%s,不予采纳,,并不重复,2023-11-16\n", head, request, of_b1);
	import("correction-answers", table, 1, 0, 1);
	finding(0, 2, "change the record first");
	MUST(yw_asks(&a, &s, "record.put", "{\"record\":{\"id\":\"" RECORD "\",\"revision\":1,\"demand\":{\"title\":\"right\"}}}"));
	import("correction-answers", table, 1, 1, 0);
	yw_answer_id(&s.t.code, request, answered);
	holds(answered, "conditional", "320102", "320505");
	snprintf(table, sizeof table, "%s%s,不予采纳,,改变主意,2023-11-16\n", head, request);
	import("correction-answers", table, 0, 0, 1);
	finding(0, 2, "nobody asks or answers twice");
	leave();
	at(ASKER);
	holds(answered, "conditional", "320102", "320505");
	leave();
	at(OTHER);
	has_neither(answered);
	end();
}

/* Some at a time. */
static void
many(void)
{
	char first[YW_ID_MAX + 1], params[256];

	begin();
	ask(&yw_unconditional);
	for (int i = 0; i < 2; i++)
		MUST(correct(RECORD));
	MUST(yw_asks(&a, &s, "correction.list", "{\"limit\":2}"));
	snprintf(first, sizeof first, "%s", yw_asked_text(&a, "next"));
	YW_CHECK(strcmp(first, yw_asked_text(&a, "items.1.id")) == 0 && yw_asked_at(&a, "items.2") == NULL);
	snprintf(params, sizeof params, "{\"limit\":2,\"after\":\"%s\"}", first);
	MUST(yw_asks(&a, &s, "correction.list", params));
	YW_CHECK(strcmp(yw_asked_text(&a, "items.0.id"), first) > 0 && yw_asked_at(&a, "items.1") == NULL &&
	    yw_asked_at(&a, "next") == NULL);
	REFUSED(yw_asks(&a, &s, "correction.list", "{\"limit\":0}"), YW_EINVAL, "'limit'");
	REFUSED(yw_asks(&a, &s, "correction.list", "{\"state\":\"x\"}"), YW_EINVAL, "'state'");
	end();
}

/* --- records that one of another log names --- */

#define ACHIEVEMENT "{\"achievement\":{\"title\":\"t\",\"secrecy\":\"public\"}}"

/* They are shown as they stand here; what is not for this node is not here. */
static void
names_others(void)
{
	static const char *const named[][2] = { { "320102/achievement/1", "registered" }, { "320102/achievement/2", "withdrawn" },
		{ "320102/achievement/3", "not_here" } };
	char path[32];

	begin();
	for (size_t i = 0; i < 3; i++)
		forge(OWNER, named[i][0], 1, ACHIEVEMENT, i == 2 ? &yw_not_shared : &yw_unconditional);
	yw_lnode_put(&net->n[OWNER], named[1][0], 2, NULL, &yw_unconditional);
	yw_lnet_sync(net);
	at(ASKER);
	MUST(yw_asks(&a, &s, "record.put", "{\"record\":{\"id\":\"320505/achievement_set/s\",\"achievement_set\":{\"title\":\"n\","
	    "\"published_on\":\"2023-05-01\",\"division\":\"320505\",\"publisher\":{\"name\":\"p\"},\"achievements\":["
	    "{\"id\":\"320102/achievement/1\"},{\"id\":\"320102/achievement/2\"},{\"id\":\"320102/achievement/3\"}]}},"
	    "\"class\":\"unconditional\"}"));
	MUST(get("320505/achievement_set/s"));
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "references.%zu.id", i);
		YW_CHECK_MSG(strcmp(yw_asked_text(&a, path), named[i][0]) == 0, "%s", yw_buf_str(&a.result));
		snprintf(path, sizeof path, "references.%zu.state", i);
		YW_CHECK_MSG(strcmp(yw_asked_text(&a, path), named[i][1]) == 0, "%s", yw_buf_str(&a.result));
	}
	end();
}

/* --- said in the log --- */

static void
heard(size_t asked, size_t due, size_t overdue, size_t answered, const char *end)
{
	for (int i = 0; i < 2; i++)
		yw_service_say_corrections(s.s);
	YW_CHECK(yw_heard("correction-asked", RECORD) == asked && yw_heard("correction-due", end) == due &&
	    yw_heard("correction-overdue", end) == overdue && yw_heard("correction-answered", RECORD) == answered);
}

/* The owner answers the request that is open, and the daemon of who asked goes on with what it has said. */
static void
answered_meanwhile(void)
{
	struct said_of *told = s.s->told;
	size_t n = s.s->n_told;

	MUST(yw_asks(&a, &s, "correction.list", ""));
	snprintf(request, sizeof request, "%s", yw_asked_text(&a, "items.0.id"));
	s.s->told = NULL;
	leave();
	at(OWNER);
	MUST(answer(request, "\"accepted\":false,\"reason\":\"x\""));
	leave();
	at(ASKER);
	be_on("2024-02-02");
	s.s->told = told;
	s.s->n_told = n;
}

/* What is told when: each once, and of what was answered before the daemon began nothing. */
static void
events(void)
{
	begin();
	ask(&yw_unconditional);
	MUST(correct(RECORD));
	leave();
	at(OWNER);
	yw_hear();
	heard(2, 0, 0, 0, "end=to_answer");
	be_on("2023-11-27");
	heard(2, 2, 0, 0, "end=to_answer");
	MUST(answer(request, "\"accepted\":false,\"reason\":\"x\""));
	be_on("2024-02-01");
	heard(2, 2, 1, 0, "end=to_answer");
	leave();
	at(ASKER);
	yw_hear();
	heard(0, 0, 0, 0, "end=asked");
	be_on("2023-11-27");
	heard(0, 1, 0, 0, "end=asked");
	be_on("2024-02-01");
	heard(0, 1, 1, 0, "end=asked");
	answered_meanwhile();
	heard(0, 1, 1, 1, "end=asked");
	end();
}

/* --- days --- */

static void
days(void)
{
	static const struct {
		const char *made, *due;		/* UTC */
		unsigned n;
	} table[] = {
		{ "2026-11-26T01:00:00Z", "2026-11-27", 1 },	/* a Thursday */
		{ "2026-11-26T01:00:00Z", "2026-11-30", 2 },
		{ "2026-11-26T01:00:00Z", "2026-12-10", 10 },
		{ "2026-11-26T15:59:59Z", "2026-11-27", 1 },
		{ "2026-11-26T16:00:00Z", "2026-11-30", 1 },	/* a Friday in China */
		{ "2026-11-27T16:00:00Z", "2026-11-30", 1 },	/* a Saturday */
		{ "2026-11-28T16:00:00Z", "2026-11-30", 1 },	/* a Sunday */
		{ "2026-11-29T16:00:00Z", "2026-12-01", 1 },	/* a Monday */
		{ "2026-12-31T01:00:00Z", "2027-01-01", 1 },
		{ "2026-12-31T01:00:00Z", "2027-01-14", 10 },
		{ "2028-02-28T01:00:00Z", "2028-02-29", 1 },
		{ "9999-12-31T23:59:59Z", "10000-01-0", 1 },
		{ "1969-12-31T15:59:59Z", "1970-01-01", 1 },
	};
	char text[YW_DAY_TEXT_MAX];

	YW_CHECK(yw_china_day(INT64_MAX) == yw_china_day(INT64_C(253402214400000)) && yw_china_day(INT64_MIN) < 0);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		int64_t ms;

		YW_CHECK(yw_time_parse(table[i].made, &ms));
		yw_day_text(yw_workday_after(yw_china_day(ms), table[i].n), text);
		YW_CHECK_MSG(strcmp(text, table[i].due) == 0, "%s + %u: %s", table[i].made, table[i].n, text);
	}
}

/* Asked on a Wednesday: ten working days end on one, three on a Monday. */
static void
due(void)
{
	static const struct { const char *day, *state; } table[] = {
		{ "2023-11-15", "open" }, { "2023-11-24", "open" }, { "2023-11-26", "open" }, { "2023-11-27", "due" },
		{ "2023-11-29", "due" }, { "2023-11-30", "overdue" }, { "2024-02-01", "overdue" },
	};

	begin();
	ask(&yw_unconditional);
	for (int both = 0; both < 2; both++) {
		const char *end = both == 0 ? "asked" : "to_answer";

		for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
			be_on(table[i].day);
			YW_CHECK_MSG(listed("open", end, table[i].state), "%s: %s", table[i].day, yw_buf_str(&a.result));
			YW_CHECK(strcmp(yw_asked_text(&a, "items.0.since"), "2023-11-15") == 0 &&
			    strcmp(yw_asked_text(&a, "items.0.due_on"), "2023-11-29") == 0);
			YW_CHECK(listed("due", end, table[i].state) == (strcmp(table[i].state, "open") != 0));
			YW_CHECK(listed("overdue", end, table[i].state) == (strcmp(table[i].state, "overdue") == 0));
		}
		s.config.correction_days = 3;
		be_on("2023-11-20");
		YW_CHECK(listed("open", end, "due") && strcmp(yw_asked_text(&a, "items.0.due_on"), "2023-11-20") == 0);
		be_on("2023-11-21");
		YW_CHECK(listed("overdue", end, "overdue"));
		MUST(yw_asks(&a, &s, "status", ""));
		YW_CHECK(yw_asked_number(&a, both == 0 ? "corrections_asked.overdue" : "corrections_to_answer.overdue") == 1);
		if (both == 0) {
			leave();
			at(OWNER);
		}
	}
	end();
}

YW_TESTS(
	{ "V5 V3 by tables: each request and answer is for whom its record is, or its row is refused", by_table },
	{ "V5 a correction is seen by who sees the record, and its owner", audience },
	{ "V5 a request is accepted by a later revision of the owner's, and both ends are told so", accepted },
	{ "V5 a request is refused with a reason, and both ends are told so", refused },
	{ "T10 V3 a record shows what stands here under those of another log that it names", names_others },
	{ "V5 corrections are listed some at a time", many },
	{ "V5 the daemon's log says at both ends, once each, what was asked, is due, overdue, answered", events },
	{ "V5 working days are counted in China from the day after, Monday to Friday", days },
	{ "V5 a request that is not answered falls due, and is overdue, at both ends", due }
)
