/*
 * What an issuer and an owner do through the service: the answer, and the line in the audit log.
 */
#include "base/text.h"
#include "support/testing.h"
#include "support/tservice.h"

static struct yw_tnet *net;
static struct yw_tservice s;
static struct yw_asked a = YW_ASKED_INIT;

static void
begin(void)
{
	net = yw_tservice_alone(&s);
	a.q.caller = (struct yw_caller) { 0, 0, 1 };
}

static void
end(void)
{
	yw_asked_release(&a);
	yw_tservice_free(&s);
	yw_tnet_free(net);
}

/* `rest` stands beside the request. */
static enum yw_code
grant_with(const struct yw_tasked *asked, const char *rest)
{
	struct yw_buf request = YW_BUF_INIT, params = YW_BUF_INIT;
	enum yw_code code;

	yw_tnet_ask(net, asked, &request);
	yw_buf_add_str(&params, "{\"request\":\"");
	yw_base64_add(&params, request.data, request.len);
	yw_buf_printf(&params, "\"%s}", rest);
	code = yw_asks(&a, &s, "admit.grant", yw_buf_str(&params));
	yw_buf_release(&request);
	yw_buf_release(&params);
	return code;
}

static enum yw_code
grant(const struct yw_tasked *asked)
{
	return grant_with(asked, "");
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
closes(void)
{
	begin();
	MUST(grant(&(struct yw_tasked) { "320100", "320000", "city", 1, 0, NULL }));
	MUST(yw_asks(&a, &s, "close", "{\"code\":\"320100\",\"reason\":\"moved\",\"revoked\":true}"));
	YW_CHECK(strcmp(yw_asked_text(&a, "origin"), "svc.example/320100") == 0 && yw_asked_number(&a, "size") == 0);
	audited("close 320100 closed");
	YW_FAILS(yw_asks(&a, &s, "close", "{\"code\":\"320100\",\"reason\":\"again\"}"), YW_ECONFLICT);
	YW_CHECK_MSG(strstr(a.message, "closed already") != NULL, "%s", a.message);
	YW_FAILS(yw_asks(&a, &s, "close", "{\"code\":\"320000\",\"reason\":\"r\"}"), YW_EINVAL);
	YW_CHECK_MSG(strstr(a.message, "the network file") != NULL, "%s", a.message);
	audited("close 320000 a closing of");
	end();
}

/* T10: one that is to join yet is in the table of divisions; a code that is nowhere is a slip, and a closing stays. */
static void
names_a_successor(void)
{
	begin();
	MUST(grant(&(struct yw_tasked) { "320100", "320000", "city", 1, 0, NULL }));
	MUST(grant(&(struct yw_tasked) { "320200", "320000", "other", 1, 0, NULL }));
	MUST(grant(&(struct yw_tasked) { "320300", "320000", "third", 1, 0, NULL }));
	YW_FAILS(yw_asks(&a, &s, "close", "{\"code\":\"320100\",\"reason\":\"merged\",\"successor\":\"329900\"}"), YW_EINVAL);
	YW_CHECK_MSG(strstr(a.message, "parameter 'successor': 329900 is in no table") != NULL, "%s", a.message);
	MUST(yw_asks(&a, &s, "close", "{\"code\":\"320100\",\"reason\":\"merged\",\"successor\":\"320200\"}"));
	YW_CHECK(json_is_true(yw_asked_at(&a, "successor_admitted")));
	MUST(yw_asks(&a, &s, "close", "{\"code\":\"320300\",\"reason\":\"merged\",\"successor\":\"320400\"}"));
	YW_CHECK(json_is_false(yw_asked_at(&a, "successor_admitted")));
	end();
}

/* Nothing is lost, and nobody is there who could be asked. */
static void
declares_lost(void)
{
	begin();
	MUST(yw_asks(&a, &s, "log.lacks", ""));
	YW_CHECK(yw_asked_number(&a, "lacks") == 0 && json_is_false(yw_asked_at(&a, "more")) && json_is_true(yw_asked_at(&a, "asked_all")));
	YW_FAILS(yw_asks(&a, &s, "log.declare_lost", "{}"), YW_EINVAL);
	YW_CHECK_MSG(strstr(a.message, "'lacks' is missing") != NULL, "%s", a.message);
	YW_FAILS(yw_asks(&a, &s, "log.declare_lost", "{\"lacks\":1}"), YW_EINVAL);
	YW_CHECK_MSG(strstr(a.message, "no other node is connected") != NULL, "%s", a.message);
	audited("log.declare_lost 320000 no other node is connected");
	MUST(yw_asks(&a, &s, "status", ""));
	YW_CHECK(json_array_size(yw_asked_at(&a, "stops")) == 0);
	a.q.caller.uid = 65534;
	YW_FAILS(yw_asks(&a, &s, "log.declare_lost", "{\"lacks\":1}"), YW_EDENIED);
	end();
}

static const char *
given_name(const char *code)
{
	const struct yw_trust *t = yw_ledger_trust(s.t.ledger);
	const char *name = NULL;

	for (size_t i = 0; i < yw_trust_count(t); i++)
		if (strcmp(yw_trust_at(t, i)->code.code, code) == 0)
			name = yw_trust_at(t, i)->name;
	return name;
}

/* A development zone can be a node: whoever admits it says what it is called, once. */
static void
names_the_unlisted(void)
{
	static const struct { const char *rest, *says; } wrong[] = {
		{ "", "'name' is missing: 329900 stands in no table" }, { ",\"name\":\"\"", "'name'" }, { ",\"name\":7", "'name'" },
		{ ",\"name\":\"a\\nb\"", "line break" }, { ",\"name\":\"a\\u202eb\"", "not shown" },
	};
	struct yw_tasked zone = { "329900", "320000", "zone", 1, 0, NULL };
	char longest[YW_CALLED_NAME_MAX + 32];
	struct yw_key_set keys;

	begin();
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		YW_FAILS(grant_with(&zone, wrong[i].rest), YW_EINVAL);
		YW_CHECK_MSG(strstr(a.message, wrong[i].says) != NULL, "%s", a.message);
	}
	snprintf(longest, sizeof longest, ",\"name\":\"%0*d\"", YW_CALLED_NAME_MAX + 1, 0);
	YW_FAILS(grant_with(&zone, longest), YW_EINVAL);
	YW_CHECK(given_name("329900") == NULL);
	MUST(grant_with(&zone, ",\"name\":\"江苏自贸区\""));
	YW_CHECK(strcmp(given_name("329900"), "江苏自贸区") == 0);
	YW_FAILS(grant_with(&(struct yw_tasked) { "320100", "320000", "city", 1, 0, NULL }, ",\"name\":\"南京\""), YW_EINVAL);
	YW_CHECK_MSG(strstr(a.message, "320100 stands in the table of divisions as '南京市'") != NULL, "%s", a.message);
	MUST(grant(&(struct yw_tasked) { "320100", "320000", "city", 1, 0, NULL }));
	YW_CHECK(given_name("320100")[0] == '\0');

	yw_tnet_keys("zone", &keys);
	MUST(yw_asks(&a, &s, "close", "{\"code\":\"329900\",\"reason\":\"goes on with a next log\"}"));
	MUST(grant(&(struct yw_tasked) { "329900", "320000", "zone again", 2, 0, &keys.head }));	/* as it was called before */
	YW_CHECK(strcmp(given_name("329900"), "江苏自贸区") == 0);
	end();
}

YW_TESTS(
	{ "T3 who is in no table of divisions is called as its issuer says", names_the_unlisted },
	{ "T6 a log is closed, once, by its issuer", closes },
	{ "T6 T10 the successor that a closing names has a log, or is a division", names_a_successor },
	{ "V6 R5 nothing is declared lost unasked", declares_lost }
)
