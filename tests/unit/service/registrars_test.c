/*
 * Registrars through the service (T13): named by their request, what they sign is registered as it is, ended; and the
 * holder of what is restricted (V4).
 */
#include "base/text.h"
#include "support/testing.h"
#include "support/tservice.h"
#include "trust/registrar.h"

static struct yw_tnet *net;
static struct yw_tservice s;
static struct yw_asked a = YW_ASKED_INIT;
static struct yw_error err;
static struct yw_seckey sec;
static struct yw_vkey key;
static char hex[65];

static void
begin(void)
{
	static const struct yw_seed seed = { { 5 } };
	struct yw_buf text = YW_BUF_INIT;
	struct yw_pubkey pub;

	net = yw_tservice_alone(&s);
	a.q.caller = (struct yw_caller) { 0, 0, 1 };
	yw_seckey_from_seed(&seed, &sec, &pub);
	YW_PASS(yw_registrar_vkey("svc.example", &(struct yw_jurisdiction) { "320000" }, &pub, &key));
	yw_hex_add(&text, pub.b, sizeof pub.b);
	snprintf(hex, sizeof hex, "%s", yw_buf_str(&text));
	yw_buf_release(&text);
}

static void
end(void)
{
	yw_asked_release(&a);
	yw_tservice_free(&s);
	yw_tnet_free(net);
}

static enum yw_code
add(const char *params)
{
	struct yw_buf request = YW_BUF_INIT;
	enum yw_code code;

	YW_PASS(yw_registrar_request_make(&key, &sec, &request, &err));
	code = yw_asks_with(&a, &s, "registrar.add", params, yw_buf_bytes(&request));
	yw_buf_release(&request);
	return code;
}

static const struct yw_audience open_ = { .cls = YW_CLASS_UNCONDITIONAL, .openness = YW_OPENNESS_OPEN };
static const struct yw_audience every = { .cls = YW_CLASS_UNCONDITIONAL, .openness = YW_OPENNESS_INTERNAL };
static const struct yw_audience above = { .cls = YW_CLASS_NOT_SHARED, .openness = YW_OPENNESS_INTERNAL };

/* A demand, signed by the registrar. */
static enum yw_code
put_for(const struct yw_audience *audience, const char *id, uint32_t revision, const char *demand, const char *params)
{
	struct yw_entry_draft draft = { .origin = "svc.example/320000", .signed_at_ms = 1764000000000, .audience = *audience };
	struct yw_record_stamp stamp = { .id = id, .revision = revision, .op = YW_OP_PUT };
	struct yw_buf json = YW_BUF_INIT, bare = YW_BUF_INIT, body = YW_BUF_INIT, file = YW_BUF_INIT;
	struct yw_bytes span;
	enum yw_code code;

	yw_buf_printf(&json, "{\"demand\":{%s}}", demand);
	YW_PASS(yw_record_from_json(yw_buf_bytes(&json), &bare, &err));
	YW_PASS(yw_record_finish(yw_buf_bytes(&bare), &stamp, &body, &err));
	span = yw_buf_bytes(&body);
	YW_PASS(yw_signed_make(&draft, &span, 1, &sec, &key.key, &file, &err));
	code = yw_asks_with(&a, &s, "record.put_signed", params, yw_buf_bytes(&file));
	yw_buf_release(&json);
	yw_buf_release(&bare);
	yw_buf_release(&body);
	yw_buf_release(&file);
	return code;
}

/* For the public. */
static enum yw_code
put(const char *id, uint32_t revision, const char *title, const char *params)
{
	char demand[64];

	snprintf(demand, sizeof demand, "\"title\":\"%s\"", title);
	return put_for(&open_, id, revision, demand, params);
}

static void
audited(const char *line)
{
	struct yw_buf all = YW_BUF_INIT;

	yw_tservice_audit(&s, &all);
	YW_CHECK_MSG(strstr(yw_buf_str(&all), line) != NULL, "no '%s' in %s", line, yw_buf_str(&all));
	yw_buf_release(&all);
}

static void
refused(enum yw_code got, enum yw_code want, const char *why)
{
	YW_CHECK_MSG(got == want && strstr(a.message, why) != NULL, "'%s' %s", yw_code_name(got), a.message);
	audited(why);
}

static void
signs_elsewhere(void)
{
	char line[256];

	begin();
	refused(put("320000/demand/1", 1, "t", ""), YW_EDENIED, "no registrar's");
	MUST(add("{\"kinds\":[\"demand\",\"contract\"]}"));
	YW_CHECK(strcmp(yw_asked_text(&a, "code"), "320000") == 0 && strcmp(yw_asked_text(&a, "key"), hex) == 0 &&
	    strlen(yw_asked_text(&a, "fingerprint")) == YW_FINGERPRINT_MAX - 1);
	audited("registrar.add 320000 registrar named");
	MUST(yw_asks(&a, &s, "registrar.list", ""));
	YW_CHECK(strcmp(yw_asked_text(&a, "registrars.0.key"), hex) == 0 &&
	    strcmp(yw_asked_text(&a, "registrars.0.kinds.0"), "contract") == 0 &&
	    strcmp(yw_asked_text(&a, "registrars.0.kinds.1"), "demand") == 0);
	MUST(put("320000/demand/1", 1, "signed elsewhere", "{}"));
	YW_CHECK(strcmp(yw_asked_text(&a, "origin"), "svc.example/320000") == 0 &&
	    strcmp(yw_asked_text(&a, "records.0.id"), "320000/demand/1") == 0 &&
	    yw_asked_number(&a, "records.0.revision") == 1 && strcmp(yw_asked_text(&a, "reached"), "disk") == 0);
	YW_CHECK(json_array_size(yw_asked_at(&a, "notes")) == 0);
	MUST(put("320000/demand/2", 1, " odd", "{}"));
	YW_CHECK(strcmp(yw_asked_text(&a, "notes.0.code"), "surrounding_space") == 0 &&
	    strcmp(yw_asked_text(&a, "notes.0.id"), "320000/demand/2") == 0 && json_array_size(yw_asked_at(&a, "notes")) == 1);
	snprintf(line, sizeof line, "record.put_signed 320000/demand/1 registered as signed by %s", hex);
	audited(line);
	MUST(yw_asks(&a, &s, "record.get", "{\"id\":\"320000/demand/1\"}"));
	YW_CHECK(strcmp(yw_asked_text(&a, "record.demand.title"), "signed elsewhere") == 0 &&
	    strcmp(yw_asked_text(&a, "signer"), hex) == 0);
	end();
}

/* V4: the withdrawal is the node's to sign. */
static void
narrowing(void)
{
	begin();
	MUST(add("{\"kinds\":[\"demand\"]}"));
	MUST(put("320000/demand/1", 1, "for the public", "{}"));
	refused(put_for(&every, "320000/demand/1", 2, "\"title\":\"for nodes\"", "{}"), YW_EINVAL, "withdraw it first, so that they learn of it, and sign this as "
	    "revision 3");
	MUST(yw_asks(&a, &s, "record.withdraw", "{\"id\":\"320000/demand/1\"}"));
	MUST(put_for(&every, "320000/demand/1", 3, "\"title\":\"for nodes\"", "{}"));
	MUST(put("320000/demand/1", 4, "for the public again", "{}"));
	end();
}

static void
refusals(void)
{
	struct yw_jurisdiction county = { "320102" };
	struct yw_vkey own = key;

	begin();
	own = key;
	YW_PASS(yw_registrar_vkey("svc.example", &county, &own.key, &key));
	refused(add("{\"kinds\":[\"demand\"]}"), YW_EINVAL, "is for 'svc.example/320102'");
	key = own;
	refused(add("{\"kinds\":[\"demand\"],\"fingerprint\":\"1 2 3\"}"), YW_EDENIED, "not that of the request: compare");
	MUST(add("{\"kinds\":[\"broker\"]}"));
	refused(put("320000/demand/1", 1, "t", ""), YW_EDENIED, "may not sign records of kind demand");
	MUST(add("{\"kinds\":[\"demand\"]}"));	/* again, with other kinds */
	MUST(put("320000/demand/1", 1, "t", ""));
	refused(put("320000/demand/1", 1, "t", ""), YW_ECONFLICT, "is at revision 1 now");
	refused(put("320000/demand/1", 2, "a\\u0007b", ""), YW_EINVAL, "field 'demand.title'");
	refused(put("320000/demand/1", 2, "t", "{\"durable\":\"320100\"}"), YW_EINVAL, "no node of 320100");
	end();
}

static void
internal_ones(void)
{
	static const char demand[] = "\"title\":\"t\",\"secrecy\":\"internal\"";

	begin();
	MUST(add("{\"kinds\":[\"demand\"]}"));
	refused(put_for(&every, "320000/demand/1", 1, demand, "{}"), YW_EINVAL, "field 'demand.secrecy'");
	refused(put_for(&open_, "320000/demand/1", 1, demand, "{}"), YW_EINVAL, "field 'demand.secrecy'");
	MUST(put_for(&above, "320000/demand/1", 1, demand, "{}"));
	refused(put_for(&every, "320000/demand/1", 2, demand, "{}"), YW_EINVAL, "field 'demand.secrecy'");
	end();
}

static void
erased(void)
{
	begin();
	MUST(add("{\"kinds\":[\"demand\"]}"));
	MUST(put("320000/demand/1", 1, "t", "{}"));
	MUST(yw_asks(&a, &s, "erase", "{\"id\":\"320000/demand/1\",\"reason\":\"asked for\",\"basis\":\"PIPL 47\",\"places\":1}"));
	refused(put("320000/demand/1", 1, "t", "{}"), YW_EDENIED, "was erased by entry");
	refused(put("320000/demand/1", 2, "t", "{}"), YW_EDENIED, "was erased by entry");
	MUST(put("320000/demand/2", 1, "t", "{}"));
	end();
}

static void
ended(void)
{
	char params[128];

	begin();
	snprintf(params, sizeof params, "{\"key\":\"%s\"}", hex);
	refused(yw_asks(&a, &s, "registrar.end", params), YW_ENOENT, "nothing to end");
	MUST(add("{\"kinds\":[\"demand\"]}"));
	MUST(put("320000/demand/1", 1, "t", ""));
	MUST(yw_asks(&a, &s, "registrar.end", params));
	audited("registrar.end 320000 registrar ended");
	refused(put("320000/demand/1", 2, "t", ""), YW_EDENIED, "or no longer");
	MUST(yw_asks(&a, &s, "registrar.list", ""));
	YW_CHECK(strcmp(yw_asked_text(&a, "registrars.0.key"), "") == 0);
	MUST(yw_asks(&a, &s, "record.get", "{\"id\":\"320000/demand/1\"}"));
	YW_CHECK(yw_asked_number(&a, "record.revision") == 1);
	end();
}

static void
holder(void)
{
	struct yw_buf request = YW_BUF_INIT, params = YW_BUF_INIT;

	begin();
	MUST(yw_asks(&a, &s, "status", ""));
	YW_CHECK(yw_asked_at(&a, "holder") == NULL);
	yw_tnet_ask(net, &(struct yw_tasked) { "320100", "320000", "city", 1, 0, NULL }, &request);
	yw_buf_add_str(&params, "{\"request\":\"");
	yw_base64_add(&params, request.data, request.len);
	yw_buf_add_str(&params, "\"}");
	MUST(yw_asks(&a, &s, "admit.grant", yw_buf_str(&params)));
	MUST(yw_asks(&a, &s, "holder", "{\"holder\":\"320100\"}"));
	audited("holder 320000 holder named");
	MUST(yw_asks(&a, &s, "status", ""));
	YW_CHECK(strcmp(yw_asked_text(&a, "holder"), "320100") == 0);
	MUST(yw_asks(&a, &s, "holder", "{\"nobody\":true}"));
	MUST(yw_asks(&a, &s, "status", ""));
	YW_CHECK(yw_asked_at(&a, "holder") == NULL);
	yw_buf_release(&request);
	yw_buf_release(&params);
	end();
}

YW_TESTS({ "T13 a registrar is named by its request, and what it signs is registered as it is", signs_elsewhere },
    { "V4 who would lose sight of what a registrar signs is told first", narrowing },
    { "T13 stale revisions, other kinds, other jurisdictions, bad content: each refusal says which", refusals },
    { "V1 V2 T13 what is internal is not for every node, whoever signs it", internal_ones },
    { "V6/erasure T13 what was erased does not come back signed elsewhere", erased },
    { "T13 an ended registrar signs no longer, and what it signed stays", ended },
    { "V4 a holder is named, shown by status, and unnamed", holder })
