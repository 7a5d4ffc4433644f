/*
 * corrections_refused_test.c - requests and answers that are not registered, or not for whom they say; and who answers in the
 * place of an owner that has ended (V5).
 */
#include <stdlib.h>

#include "record/about.h"
#include "record/sharing.h"
#include "trust/registrar.h"
#include "unit/service/corrections_world.h"

/* --- what is not registered --- */

static enum yw_code
about_field(const char *field)
{
	char params[256];

	snprintf(params, sizeof params, "{\"record\":\"" RECORD "\",\"reason\":\"x\",\"points\":[{\"field\":\"demand.title\"},{\"field\":"
	    "\"%s\"}]}", field);
	return yw_asks(&a, &s, "correction.ask", params);
}

static void
not_asked(void)
{
	static const char *const no_fields[] = { "title", "demand", "demand.", "demand.titel", "contract.title", "demand.owner.nam", "x" };

	begin();
	yw_lnode_put(&net->n[OWNER], RECORD, 1, "t", &yw_unconditional);
	yw_lnode_put(&net->n[OWNER], "320102/demand/kept", 1, "t", &yw_not_shared);
	yw_lnode_put(&net->n[OWNER], "320102/demand/gone", 1, "t", &yw_unconditional);
	yw_lnode_put(&net->n[OWNER], "320102/demand/gone", 2, NULL, &yw_unconditional);
	yw_lnet_sync(net);
	at(ASKER);
	REFUSED(correct("320102/demand/none"), YW_ENOENT, "320102/demand/none");
	REFUSED(correct("320102/demand/kept"), YW_ENOENT, "320102/demand/kept");
	REFUSED(correct("320102/demand/gone"), YW_ENOENT, "withdrawn");
	MUST(yw_asks(&a, &s, "record.put", "{\"record\":{\"id\":\"320505/demand/own\",\"demand\":{\"title\":\"t\"}},\"class\":\"unconditional\"}"));
	REFUSED(correct("320505/demand/own"), YW_EINVAL, "this node's own record");
	REFUSED(yw_asks(&a, &s, "correction.ask", "{\"record\":\"" RECORD "\"}"), YW_EINVAL, "'reason' is missing");
	for (size_t i = 0; i < sizeof no_fields / sizeof *no_fields; i++)
		REFUSED(about_field(no_fields[i]), YW_EINVAL, "write it as 'demand.NAME', 'yiwang schema demand' lists them");
	MUST(about_field("demand.owner.name"));
	MUST(about_field("demand.owner.identifier.value"));
	end();
}

/* Made by hand, too, it is for whom it must be. */
static void
put_by_hand(void)
{
	char prefix[YW_ID_MAX + 1], params[768];
	static const char *const said[] = { "", ",\"class\":\"unconditional\"", ",\"class\":\"not_shared\"",
		",\"class\":\"conditional\",\"audience\":[\"320102\",\"320505\",\"320600\"]",
		",\"class\":\"conditional\",\"audience\":[\"320505\",\"320102\"]" };
	struct yw_audience of = yw_conditional("320505");

	begin();
	ask(&of);
	yw_request_prefix(&s.t.code, RECORD, prefix);
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		bool fits = i == 0 || i == 4;

		snprintf(params, sizeof params, "{\"record\":{\"id\":\"%s%zu\",\"correction_request\":{\"record\":\"" RECORD "\",\"revision\":1,"
		    "\"reason\":\"x\"}}%s}", prefix, i, said[i]);
		if (fits)
			MUST(yw_asks(&a, &s, "record.put", params));
		else
			REFUSED(yw_asks(&a, &s, "record.put", params), YW_EINVAL, "is not chosen");
		if (fits)
			holds(yw_asked_text(&a, "id"), "conditional", "320102", "320505");
	}
	snprintf(params, sizeof params, "{\"record\":{\"id\":\"%s9\",\"correction_request\":{\"record\":\"" RECORD "\",\"revision\":2,"
	    "\"reason\":\"x\"}}}", prefix);
	REFUSED(yw_asks(&a, &s, "record.put", params), YW_EINVAL, "revision 2");
	REFUSED(yw_asks(&a, &s, "record.put", "{\"record\":{\"id\":\"320505/correction_request/1\",\"correction_request\":{\"record\":\"" RECORD
	    "\",\"revision\":1,\"reason\":\"x\"}}}"), YW_EINVAL, "begins with");
	end();
}

/* Nobody answers for another, nor what was not asked, nor under another id. */
static void
not_answered(void)
{
	begin();
	ask(&yw_unconditional);
	REFUSED(answer(request, "\"accepted\":false,\"reason\":\"x\""), YW_EDENIED, "for which 320102 answers");
	leave();
	at(0);
	REFUSED(answer(request, "\"accepted\":false,\"reason\":\"x\""), YW_EDENIED, "for which 320102 answers");
	MUST(yw_asks(&a, &s, "correction.list", "{\"state\":\"all\"}"));
	YW_CHECK(yw_asked_at(&a, "items.0") == NULL);
	leave();
	at(OWNER);
	REFUSED(answer("320505/correction_request/none", "\"accepted\":false,\"reason\":\"x\""), YW_ENOENT, "none");
	REFUSED(answer(RECORD, "\"accepted\":false,\"reason\":\"x\""), YW_EINVAL, "no id of a correction request");
	REFUSED(answer(request, "\"reason\":\"x\""), YW_EINVAL, "'accepted' is missing");
	end();
}

/* A request for everybody, about what is for few: its answer is for those, and for who asked. */
static void
for_too_many(void)
{
	struct yw_audience of = yw_conditional("320505");

	begin();
	yw_lnode_put(&net->n[OWNER], RECORD, 1, "t", &of);
	yw_lnode_put(&net->n[OWNER], "320102/demand/kept", 1, "t", &yw_not_shared);
	yw_lnet_sync(net);
	forge(ASKER, "320505/correction_request/0000000000000000-1", 1,
	    "{\"correction_request\":{\"record\":\"" RECORD "\",\"revision\":1,\"reason\":\"x\"}}", &yw_unconditional);
	forge(ASKER, "320505/correction_request/0000000000000000-2", 1,	/* which it may not see */
	    "{\"correction_request\":{\"record\":\"320102/demand/kept\",\"revision\":1,\"reason\":\"x\"}}", &yw_open);
	at(OWNER);
	MUST(answer("320505/correction_request/0000000000000000-1", "\"accepted\":false,\"reason\":\"no\""));
	holds(yw_asked_text(&a, "id"), "conditional", "320102", "320505");
	MUST(answer("320505/correction_request/0000000000000000-2", "\"accepted\":false,\"reason\":\"no\""));
	holds(yw_asked_text(&a, "id"), "conditional", "320102", "320505");
	end();
}

/* Who could see the request goes on seeing it; its answer is for those who see the record by then. */
static void
narrowed_later(void)
{
	begin();
	ask(&yw_unconditional);
	leave();
	at(OWNER);
	MUST(yw_asks(&a, &s, "record.put", "{\"record\":{\"id\":\"" RECORD "\",\"revision\":1,\"demand\":{\"title\":\"right\"}},"
	    "\"class\":\"conditional\",\"audience\":[\"320505\"]}"));
	MUST(answer(request, "\"accepted\":false,\"reason\":\"no\""));
	holds(yw_asked_text(&a, "id"), "conditional", "320102", "320505");
	leave();
	at(OTHER);
	holds(request, "unconditional", "", "");
	end();
}

/* Put by hand it is answered once too, and claims no day that no calendar has. */
static void
bent(void)
{
	char id[YW_ID_MAX + 1], params[512];

	begin();
	net->n[ASKER].utc_ms = INT64_MAX;
	yw_lnode_put(&net->n[OWNER], RECORD, 1, "t", &yw_unconditional);
	yw_lnet_sync(net);
	snprintf(request, sizeof request, "320505/correction_request/0000000000000000-1");
	forge(ASKER, request, 1, "{\"correction_request\":{\"record\":\"" RECORD "\",\"revision\":1,\"reason\":\"x\"}}",
	    &yw_unconditional);
	at(OWNER);
	YW_CHECK(listed("all", "to_answer", "open"));
	YW_CHECK_MSG(strcmp(yw_asked_text(&a, "items.0.since"), "9999-12-31") == 0, "%s", yw_asked_text(&a, "items.0.since"));
	MUST(answer(request, "\"accepted\":false,\"reason\":\"no\""));
	snprintf(id, sizeof id, "%s", yw_asked_text(&a, "id"));
	snprintf(params, sizeof params, "{\"record\":{\"id\":\"%s\",\"correction_answer\":{\"request\":\"%s\",\"outcome\":\"refused\","
	    "\"reason\":\"another\"}}}", id, request);
	REFUSED(yw_asks(&a, &s, "record.put", params), YW_ECONFLICT, "answered already");
	end();
}

/* T10: who ended the log of the owner for good answers for it. */
static void
merged(void)
{
	struct yw_closing_draft d = { .reason = "merged" };
	char id[YW_ID_MAX + 1], answered[512];
	struct yw_lnode *city;

	begin();
	city = &net->n[1];
	ask(&yw_unconditional);
	leave();
	YW_PASS(yw_jurisdiction_parse("320100", 6, &d.successor));
	YW_PASS(yw_ledger_close_log(city->l, net->n[OWNER].t->origin.text, &d, &err));
	yw_lnode_commit(city);
	yw_lnet_sync(net);
	at(0);
	REFUSED(answer(request, "\"accepted\":false,\"reason\":\"x\""), YW_EDENIED, "for which 320102 answers");
	leave();
	snprintf(answered, sizeof answered, "{\"correction_answer\":{\"request\":\"%s\",\"outcome\":\"refused\",\"reason\":\"x\"}}", request);
	yw_answer_id(&net->n[0].t->code, request, id);
	forge(0, id, 1, answered, &yw_unconditional);		/* who does not act for it says so all the same */
	at(1);
	YW_CHECK(listed("open", "to_answer", "open"));
	MUST(answer(request, "\"accepted\":false,\"reason\":\"it goes on elsewhere\""));
	YW_CHECK(strncmp(yw_asked_text(&a, "id"), "320100/correction_answer/", 25) == 0 && listed("all", "to_answer", "refused"));
	leave();
	at(ASKER);
	YW_CHECK(listed("all", "asked", "refused") && strcmp(yw_asked_text(&a, "items.0.answer"), "it goes on elsewhere") == 0);
	end();
}

/* Not the issuer itself: the next one that the closing names, or who acts for it since its own log was closed (T3). */
static void
merged_away(void)
{
	for (int closed = 0; closed < 2; closed++) {
		struct yw_closing_draft d = { .reason = "merged" };

		begin();
		ask(&yw_unconditional);
		leave();
		YW_PASS(yw_jurisdiction_parse("320100", 6, &d.successor));
		if (!closed)
			YW_PASS(yw_jurisdiction_parse("320000", 6, &d.next_issuer));
		YW_PASS(yw_ledger_close_log(net->n[1].l, net->n[OWNER].t->origin.text, &d, &err));
		yw_lnode_commit(&net->n[1]);
		yw_lnet_sync(net);
		if (closed) {
			YW_PASS(yw_ledger_close_log(net->n[0].l, net->n[1].t->origin.text, &(struct yw_closing_draft) { .reason = "moved" },
			    &err));
			yw_lnode_commit(&net->n[0]);
			yw_lnet_sync(net);
		} else {
			at(1);
			REFUSED(answer(request, "\"accepted\":false,\"reason\":\"x\""), YW_EDENIED, "for which 320102 answers");
			leave();
		}
		at(0);
		YW_CHECK(listed("open", "to_answer", "open"));
		MUST(answer(request, "\"accepted\":false,\"reason\":\"from above\""));
		YW_CHECK(strncmp(yw_asked_text(&a, "id"), "320000/correction_answer/", 25) == 0 && listed("all", "to_answer", "refused"));
		leave();
		at(ASKER);
		YW_CHECK(listed("all", "asked", "refused") && strcmp(yw_asked_text(&a, "items.0.answer"), "from above") == 0);
		end();
	}
}

/* Signed on a machine without a daemon (T13), by a key that may. */
static enum yw_code
put_signed(const struct yw_seckey *sec, const struct yw_pubkey *pub, const char *id, const struct yw_audience *to)
{
	struct yw_entry_draft draft = { .origin = net->n[ASKER].t->origin.text, .signed_at_ms = YW_TNET_TIME_MS, .audience = *to };
	struct yw_record_stamp stamp = { .id = id, .revision = 1, .op = YW_OP_PUT };
	struct yw_buf bare = YW_BUF_INIT, body = YW_BUF_INIT, file = YW_BUF_INIT;
	struct yw_bytes span;
	enum yw_code code;

	YW_PASS(yw_record_from_json(YW_BYTES_LIT("{\"correction_request\":{\"record\":\"" RECORD "\",\"revision\":1,\"reason\":\"x\"}}"),
	    &bare, &err));
	YW_PASS(yw_record_finish(yw_buf_bytes(&bare), &stamp, &body, &err));
	span = yw_buf_bytes(&body);
	YW_PASS(yw_signed_make(&draft, &span, 1, sec, pub, &file, &err));
	code = yw_asks_with(&a, &s, "record.put_signed", "{}", yw_buf_bytes(&file));
	yw_buf_release(&bare);
	yw_buf_release(&body);
	yw_buf_release(&file);
	return code;
}

static void
signed_elsewhere(void)
{
	static const struct yw_seed seed = { { 5 } };
	struct yw_audience of = yw_conditional("320505"), wider, must;
	struct yw_jurisdiction *c[2];
	struct yw_buf asked = YW_BUF_INIT;
	char id[YW_ID_MAX + 1];
	struct yw_seckey sec;
	struct yw_pubkey pub;
	struct yw_vkey key;

	begin();
	ask(&of);
	yw_seckey_from_seed(&seed, &sec, &pub);
	YW_PASS(yw_registrar_vkey(net->t->network.name, &s.t.code, &pub, &key));
	YW_PASS(yw_registrar_request_make(&key, &sec, &asked, &err));
	MUST(yw_asks_with(&a, &s, "registrar.add", "{\"kinds\":[\"correction_request\"]}", yw_buf_bytes(&asked)));
	yw_request_prefix(&s.t.code, RECORD, id);
	snprintf(id + strlen(id), sizeof id - strlen(id), "1");
	YW_PASS(yw_sharing_parse("conditional 320102 320505 320600", &wider, &c[0], &err));
	YW_PASS(yw_sharing_parse("conditional 320102 320505", &must, &c[1], &err));
	REFUSED(put_signed(&sec, &pub, id, &yw_unconditional), YW_EINVAL, "is not chosen");
	REFUSED(put_signed(&sec, &pub, id, &wider), YW_EINVAL, "is not chosen");
	MUST(put_signed(&sec, &pub, id, &must));
	yw_buf_release(&asked);
	free(c[0]);
	free(c[1]);
	end();
}

YW_TESTS(
	{ "V5 no correction is asked of what is not here, withdrawn, or this node's own, nor of a field that there is none", not_asked },
	{ "V5 a correction that is put by hand is for the same, whatever is said, under an id made from what it is about", put_by_hand },
	{ "V5 only the owner of the record answers, once, and what was asked", not_answered },
	{ "V5 V3 the answer to a request for everybody is for no more than see the record", for_too_many },
	{ "V5 V3 a request stays for whom it was when its record is narrowed, its answer is for fewer", narrowed_later },
	{ "V5 by hand, too, it is answered once; and a request of any time has a day", bent },
	{ "V5 T10 who acts for a merged owner answers, and nobody else above it", merged },
	{ "V5 T10 T3 so does the next issuer that its closing names, or who acts for one that is closed", merged_away },
	{ "V5 T13 a correction that was signed elsewhere is registered only for those whom it must be for", signed_elsewhere }
)
