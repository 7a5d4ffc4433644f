/*
 * records_test.c - registering, reading, listing, proving, over a real ledger and node.
 */
#include "base/text.h"
#include "crypto/hash.h"
#include "ledger/ledger_int.h"
#include "service/service_int.h"
#include "support/records.h"
#include "support/testing.h"
#include "support/tservice.h"

static struct yw_tnet *net;
static struct yw_tservice s;
static struct yw_asked a = YW_ASKED_INIT;
static struct yw_error err;

static void
begin(void)
{
	net = yw_tservice_alone(&s);
}

static void
end(void)
{
	yw_asked_release(&a);
	yw_tservice_free(&s);
	yw_tnet_free(net);
}

/* Puts a demand; `rest` stands beside the record, and `head` before its content. */
static enum yw_code
put(const char *local, const char *head, const char *title, const char *rest)
{
	char params[1024];

	snprintf(params, sizeof params, "{\"record\":{\"id\":\"320000/demand/%s\",%s\"demand\":{\"title\":\"%s\"}}%s}", local, head,
	    title, rest);
	return yw_asks(&a, &s, "record.put", params);
}

static enum yw_code
ask_id(const char *method, const char *id, const char *rest)
{
	char params[256];

	snprintf(params, sizeof params, "{\"id\":\"%s\"%s}", id, rest);
	return yw_asks(&a, &s, method, params);
}

#define ALL ",\"class\":\"unconditional\""

/* --- put and get --- */

static void
stored_body(const char *id, struct yw_buf *out)
{
	struct yw_item item;
	struct yw_view *v;

	YW_PASS(yw_view_open(s.t.ledger, &v, &err));
	YW_PASS(yw_view_current(v, id, &item, &err));
	YW_PASS(yw_view_body(v, yw_view_at(v, item.log), item.index, item.item, out, &err));
	yw_view_close(v);
}

static void
shown_as_put(void)
{
	struct yw_buf params = YW_BUF_INIT, body = YW_BUF_INIT, hex = YW_BUF_INIT;
	json_t *sample, *shown;
	struct yw_hash hash;

	begin();
	sample = json_loads(yw_sample_contract, 0, NULL);
	yw_buf_printf(&params, "{\"record\":{\"id\":\"320000/contract/c.1\",%s,\"class\":\"conditional\","
	    "\"audience\":[\"320500\",\"320100\"],\"openness\":\"internal\"}", yw_sample_contract + 1);
	MUST(yw_asks(&a, &s, "record.put", yw_buf_str(&params)));
	YW_CHECK(strcmp(yw_asked_text(&a, "id"), "320000/contract/c.1") == 0 && yw_asked_number(&a, "revision") == 1);
	YW_CHECK(strcmp(yw_asked_text(&a, "reached"), "disk") == 0);
	YW_CHECK(strcmp(yw_asked_text(&a, "place.origin"), "svc.example/320000") == 0);
	YW_CHECK(yw_asked_number(&a, "place.index") > 0 && yw_asked_number(&a, "place.item") == 0);

	MUST(ask_id("record.get", "320000/contract/c.1", ""));
	shown = json_deep_copy(yw_asked_at(&a, "record.contract"));
	YW_CHECK_MSG(json_equal(shown, json_object_get(sample, "contract")), "%s", yw_buf_str(&a.result));
	YW_CHECK(strcmp(yw_asked_text(&a, "record.operation"), "put") == 0 && yw_asked_number(&a, "record.revision") == 1);
	YW_CHECK(strcmp(yw_asked_text(&a, "class"), "conditional") == 0 && strcmp(yw_asked_text(&a, "openness"), "internal") == 0);
	YW_CHECK(strcmp(yw_asked_text(&a, "audience.0"), "320100") == 0 && strcmp(yw_asked_text(&a, "audience.1"), "320500") == 0);
	YW_CHECK(strcmp(yw_asked_text(&a, "signature"), "verified") == 0 && strcmp(yw_asked_text(&a, "via.0"), "320000") == 0);
	YW_CHECK(yw_asked_at(&a, "via.1") == NULL && yw_asked_number(&a, "log.size") > yw_asked_number(&a, "place.index"));
	stored_body("320000/contract/c.1", &body);
	yw_sha256(body.data, body.len, &hash);
	yw_hex_add(&hex, hash.b, sizeof hash.b);
	YW_CHECK(strcmp(yw_asked_text(&a, "sha256"), yw_buf_str(&hex)) == 0);
	yw_buf_clear(&hex);
	yw_hex_add(&hex, s.t.keys.pub.entry.b, sizeof s.t.keys.pub.entry.b);
	YW_CHECK(strcmp(yw_asked_text(&a, "signer"), yw_buf_str(&hex)) == 0);

	MUST(ask_id("record.history", "320000/contract/c.1", ""));
	YW_CHECK(strcmp(yw_asked_text(&a, "items.0.status"), "changed") == 0 &&
	    strcmp(yw_asked_text(&a, "items.0.status_on"), "2026-01-15") == 0 && strcmp(yw_asked_text(&a, "items.0.status_reason"), "延期") == 0);
	MUST(ask_id("record.get", "320000/contract/c.1", ""));

	/* what was got is put again as it is */
	yw_buf_clear(&params);
	yw_buf_add(&params, a.result.data, a.result.len);
	MUST(yw_asks(&a, &s, "record.put", yw_buf_str(&params)));
	YW_CHECK(yw_asked_number(&a, "revision") == 2);
	REFUSED(yw_asks(&a, &s, "record.put", yw_buf_str(&params)), YW_ECONFLICT, "2");
	json_decref(sample);
	json_decref(shown);
	yw_buf_release(&params), yw_buf_release(&body), yw_buf_release(&hex);
	end();
}

/* What the node makes by itself may be said as it is printed, and no other way. */
static void
operation_and_salt(void)
{
	static const char *const bad[][2] = {
		{ "\"operation\":\"withdraw\",", "yiwang withdraw" }, { "\"operation\":\"\",", "operation" },
		{ "\"operation\":\"PUT\",", "operation" }, { "\"operation\":1,", "operation" }, { "\"operation\":null,", "operation" },
		{ "\"salt\":\"\",", "salt" }, { "\"salt\":5,", "salt" }, { "\"salt\":\"00112233445566778899aabbccddee\",", "salt" },
		{ "\"salt\":\"00112233445566778899aabbccddeeff00\",", "salt" },
		{ "\"salt\":\"00112233445566778899aabbccddeefg\",", "salt" },
	};

	begin();
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		REFUSED(put("o", bad[i][0], "a", ALL), YW_EINVAL, bad[i][1]);
	MUST(put("o", "\"operation\":\"put\",\"salt\":\"00112233445566778899aabbccddeeff\",", "a", ALL));
	end();
}

static void
revisions(void)
{
	static const char id[] = "320000/demand/r";

	begin();
	REFUSED(put("r", "\"revision\":1,", "a", ALL), YW_ECONFLICT, id);
	MUST(put("r", "", "a", ALL));
	REFUSED(put("r", "", "b", ALL), YW_ECONFLICT, id);
	REFUSED(put("r", "\"revision\":2,", "b", ALL), YW_ECONFLICT, id);
	MUST(put("r", "\"revision\":1,", "b", ""));
	YW_CHECK(yw_asked_number(&a, "revision") == 2);
	MUST(ask_id("record.get", id, ""));
	YW_CHECK(strcmp(yw_asked_text(&a, "record.demand.title"), "b") == 0 && strcmp(yw_asked_text(&a, "class"), "unconditional") == 0);

	MUST(ask_id("record.withdraw", id, ""));
	YW_CHECK(yw_asked_number(&a, "revision") == 3);
	MUST(ask_id("record.get", id, ""));
	YW_CHECK(strcmp(yw_asked_text(&a, "record.operation"), "withdraw") == 0 && yw_asked_at(&a, "record.demand") == NULL);
	REFUSED(ask_id("record.withdraw", id, ""), YW_ENOENT, "withdrawn already");
	REFUSED(ask_id("record.withdraw", "320000/demand/none", ""), YW_ENOENT, "nothing is registered here");
	MUST(put("r", "\"revision\":3,", "c", ALL));

	MUST(ask_id("record.history", id, ""));
	for (int i = 0; i < 4; i++) {
		char path[32];

		snprintf(path, sizeof path, "items.%d.revision", i);
		YW_CHECK(yw_asked_number(&a, path) == i + 1);
		snprintf(path, sizeof path, "items.%d.operation", i);
		YW_CHECK(strcmp(yw_asked_text(&a, path), i == 2 ? "withdraw" : "put") == 0);
	}
	YW_CHECK(yw_asked_at(&a, "items.4") == NULL && strlen(yw_asked_text(&a, "items.3.sha256")) == 64);
	REFUSED(ask_id("record.history", "320000/demand/none", ""), YW_ENOENT, "320000/demand/none");
	REFUSED(ask_id("record.get", "320000/demand/none", ""), YW_ENOENT, "320000/demand/none");
	end();
}

/* What was before is got by its place, and by nothing else. */
static void
by_place(void)
{
	char params[128];
	long long index[3];

	begin();
	for (int i = 0; i < 3; i++) {
		MUST(put("p", i == 0 ? "" : i == 1 ? "\"revision\":1," : "\"revision\":2,", i == 0 ? "a" : i == 1 ? "b" : "c", ALL));
		index[i] = yw_asked_number(&a, "place.index");
	}
	for (int i = 0; i < 3; i++) {
		snprintf(params, sizeof params, "{\"log\":\"320000\",\"index\":%lld,\"item\":0}", index[i]);
		MUST(yw_asks(&a, &s, "record.get", params));
		YW_CHECK(yw_asked_number(&a, "record.revision") == i + 1 && yw_asked_number(&a, "place.index") == index[i]);
		YW_CHECK(strcmp(yw_asked_text(&a, "record.demand.title"), i == 0 ? "a" : i == 1 ? "b" : "c") == 0);
		YW_CHECK(strcmp(yw_asked_text(&a, "signature"), "verified") == 0);
	}
	snprintf(params, sizeof params, "{\"log\":\"svc.example/320000\",\"index\":%lld,\"item\":1}", index[2]);
	REFUSED(yw_asks(&a, &s, "record.get", params), YW_ENOENT, "no item 1");
	MUST(yw_asks(&a, &s, "log.places", "{\"log\":\"320000\"}"));	/* its owner has it all */
	YW_CHECK(yw_asked_number(&a, "bodies.held") == 3 && yw_asked_number(&a, "bodies.withheld") == 0);
	YW_CHECK(json_is_true(yw_asked_at(&a, "own")) && yw_asked_number(&a, "size") == index[2] + 1);
	YW_CHECK(json_array_size(yw_asked_at(&a, "places")) == 0 && yw_asked_at(&a, "next") == NULL);
	end();
}

/* The name of a code that has had two is that of the record's day, not of the day of the question. */
static void
divisions_as_of_then(void)
{
	static const char table[] = "code,name,level,parent,valid_from,valid_to,successor\n320000,P,province,,,,\n"
	    "320600,C,city,320000,,,\n320613,before,county,320600,,2020-07-03,\n320613,since,county,320600,2020-07-03,,\n";
	static const struct { const char *day, *name; } days[] = { { "2019-03-01", "before" }, { "2021-03-01", "since" } };
	struct yw_divisions *shipped, *own;
	char params[512];

	begin();
	YW_PASS(yw_divisions_parse("table", YW_BYTES_LIT(table), &own, &err));
	shipped = s.s->divisions;
	s.s->divisions = own;
	for (size_t i = 0; i < 2; i++) {
		snprintf(params, sizeof params, "{\"record\":{\"id\":\"320000/demand/%zu\",\"demand\":{\"title\":\"t\",\"division\":\"320613\","
		    "\"published_on\":\"%s\"}}" ALL "}", i, days[i].day);
		MUST(yw_asks(&a, &s, "record.put", params));
		MUST(ask_id("record.get", yw_asked_text(&a, "id"), ""));
		YW_CHECK_MSG(strcmp(yw_asked_text(&a, "divisions.0.name"), days[i].name) == 0, "%s", yw_buf_str(&a.result));
	}
	s.s->divisions = shipped;
	yw_divisions_free(own);
	end();
}

/* A record may name others that are anywhere, or nowhere. */
static void
references_shown(void)
{
	static const char *const named[][2] = {
		{ "320000/achievement/here", "registered" }, { "320000/achievement/gone", "withdrawn" },
		{ "320000/achievement/erased", "erased" }, { "320100/achievement/1", "not_here" },
	};
	char params[1024];

	begin();
	for (size_t i = 0; i < 3; i++) {
		snprintf(params, sizeof params, "{\"record\":{\"id\":\"%s\",\"achievement\":{\"title\":\"t\",\"secrecy\":\"public\"}}" ALL "}",
		    named[i][0]);
		MUST(yw_asks(&a, &s, "record.put", params));
	}
	MUST(ask_id("record.withdraw", named[1][0], ""));
	MUST(ask_id("erase", named[2][0], ",\"reason\":\"r\",\"basis\":\"b\",\"places\":1"));
	MUST(yw_asks(&a, &s, "record.put", "{\"record\":{\"id\":\"320000/achievement_set/s\",\"achievement_set\":{\"title\":\"n\","
	    "\"published_on\":\"2024-05-01\",\"division\":\"320000\",\"publisher\":{\"name\":\"p\"},\"achievements\":[{\"id\":\"320000/achievement/here\"},"
	    "{\"id\":\"320000/achievement/gone\"},{\"id\":\"320000/achievement/erased\"},{\"id\":\"320100/achievement/1\"},"
	    "{\"number\":\"7\"}]}}" ALL "}"));
	MUST(ask_id("record.get", "320000/achievement_set/s", ""));
	for (size_t i = 0; i < 4; i++) {
		char at[32];

		snprintf(at, sizeof at, "references.%zu.id", i);
		YW_CHECK_MSG(strcmp(yw_asked_text(&a, at), named[i][0]) == 0, "%s", yw_buf_str(&a.result));
		snprintf(at, sizeof at, "references.%zu.state", i);
		YW_CHECK_MSG(strcmp(yw_asked_text(&a, at), named[i][1]) == 0, "%s", yw_buf_str(&a.result));
	}
	YW_CHECK(yw_asked_at(&a, "references.4") == NULL);
	end();
}

/* A record keeps the code of its date, and is shown with what it is today (T10). */
static void
divisions_shown(void)
{
	begin();
	MUST(yw_asks(&a, &s, "record.put", "{\"record\":{\"id\":\"320000/demand/v\",\"demand\":{\"title\":\"t\",\"division\":\"320602\","
	    "\"published_on\":\"2019-03-01\"}},\"class\":\"unconditional\"}"));
	MUST(ask_id("record.get", "320000/demand/v", ""));
	YW_CHECK(strcmp(yw_asked_text(&a, "divisions.0.code"), "320602") == 0 && strcmp(yw_asked_text(&a, "divisions.0.name"), "崇川区") == 0);
	YW_CHECK(strcmp(yw_asked_text(&a, "divisions.0.today.code"), "320613") == 0);
	YW_CHECK(strcmp(yw_asked_text(&a, "record.demand.division"), "320602") == 0 && yw_asked_at(&a, "divisions.1") == NULL);
	end();
}

/* Who may see it, as it is said, or as it was before. */
static void
audiences(void)
{
	static const struct { const char *rest; enum yw_code code; const char *says; } cases[] = {
		{ "", YW_EINVAL, "'class'" },
		{ ",\"class\":\"public\"", YW_EINVAL, "'class'" },
		{ ",\"class\":7", YW_EINVAL, "'class'" },
		{ ALL ",\"openness\":\"wide\"", YW_EINVAL, "'openness'" },
		{ ALL ",\"audience\":\"320100\"", YW_EINVAL, "'audience'" },
		{ ALL ",\"audience\":[320100]", YW_EINVAL, "'audience'" },
		{ ALL ",\"audience\":[\"3201\"]", YW_EINVAL, "'audience'" },
		{ ALL ",\"audience\":[\"320100\"]", YW_EINVAL, "audience" },
		{ ",\"class\":\"conditional\"", YW_EINVAL, "audience" },
		{ ",\"class\":\"conditional\",\"audience\":[]", YW_EINVAL, "audience" },
		{ ",\"class\":\"conditional\",\"audience\":[\"320100\",\"320100\"]", YW_EINVAL, "audience" },
		{ ",\"class\":\"not_shared\",\"openness\":\"open\"", YW_EINVAL, "open" },
	};

	begin();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		REFUSED(put("w", "", "a", cases[i].rest), cases[i].code, cases[i].says);
	REFUSED(ask_id("record.get", "320000/demand/w", ""), YW_ENOENT, "");

	MUST(put("w", "", "a", ALL ",\"openness\":\"open\",\"audience\":[]"));
	MUST(put("w", "\"revision\":1,", "b", ""));
	MUST(ask_id("record.get", "320000/demand/w", ""));
	YW_CHECK(strcmp(yw_asked_text(&a, "class"), "unconditional") == 0 && strcmp(yw_asked_text(&a, "openness"), "open") == 0);
	MUST(put("w", "\"revision\":2,", "c", ALL));
	MUST(ask_id("record.get", "320000/demand/w", ""));
	YW_CHECK(strcmp(yw_asked_text(&a, "openness"), "internal") == 0);

	/* a list of codes is carried along whole */
	MUST(put("w", "\"revision\":4,", "d", ",\"class\":\"conditional\",\"audience\":[\"320500\",\"320100\"]"));
	MUST(put("w", "\"revision\":6,", "e", ""));
	MUST(ask_id("record.get", "320000/demand/w", ""));
	YW_CHECK(strcmp(yw_asked_text(&a, "audience.0"), "320100") == 0 && strcmp(yw_asked_text(&a, "audience.1"), "320500") == 0);
	MUST(ask_id("record.withdraw", "320000/demand/w", ""));
	MUST(ask_id("record.get", "320000/demand/w", ""));
	YW_CHECK(strcmp(yw_asked_text(&a, "record.operation"), "withdraw") == 0 && yw_asked_number(&a, "record.revision") == 8);
	YW_CHECK(strcmp(yw_asked_text(&a, "class"), "conditional") == 0 && strcmp(yw_asked_text(&a, "audience.1"), "320500") == 0);
	end();
}

/* Operation, class and revision of what stands as the n-th from the end of the history. */
static void
history_says(const char *id, unsigned back, const char *op, const char *cls, int64_t revision)
{
	char path[64];
	unsigned n;

	MUST(ask_id("record.history", id, ""));
	n = (unsigned)json_array_size(yw_asked_at(&a, "items")) - 1 - back;
	snprintf(path, sizeof path, "items.%u.operation", n);
	YW_CHECK_MSG(strcmp(yw_asked_text(&a, path), op) == 0, "%u: %s", n, yw_buf_str(&a.result));
	snprintf(path, sizeof path, "items.%u.class", n);
	YW_CHECK_MSG(strcmp(yw_asked_text(&a, path), cls) == 0, "%u: %s", n, yw_buf_str(&a.result));
	snprintf(path, sizeof path, "items.%u.revision", n);
	YW_CHECK_MSG(yw_asked_number(&a, path) == revision, "%u: %s", n, yw_buf_str(&a.result));
}

/* Who could see the record and no longer may learns that it is withdrawn; to others it is no news. */
static void
narrowed(void)
{
	const char *id = "320000/demand/n";

	begin();
	MUST(put("n", "", "a", ALL));
	MUST(put("n", "\"revision\":1,", "b", ",\"class\":\"conditional\",\"audience\":[\"320100\",\"320500\"]"));
	YW_CHECK(yw_asked_number(&a, "revision") == 3);
	history_says(id, 0, "put", "conditional", 3);
	history_says(id, 1, "withdraw", "unconditional", 2);
	history_says(id, 2, "put", "unconditional", 1);
	MUST(put("n", "\"revision\":3,", "c", ",\"class\":\"conditional\",\"audience\":[\"320500\"]"));
	history_says(id, 1, "withdraw", "conditional", 4);
	MUST(put("n", "\"revision\":5,", "d", ",\"class\":\"not_shared\""));
	history_says(id, 1, "withdraw", "conditional", 6);
	MUST(put("n", "\"revision\":7,", "e", ",\"class\":\"conditional\",\"audience\":[\"320500\"]"));	/* wider */
	history_says(id, 0, "put", "conditional", 8);
	history_says(id, 1, "put", "not_shared", 7);
	MUST(put("n", "\"revision\":8,", "f", ALL ",\"openness\":\"open\""));
	MUST(put("n", "\"revision\":9,", "g", ALL));		/* the public is somebody too */
	history_says(id, 1, "withdraw", "unconditional", 10);

	/* what follows another revision than the newest withdraws nothing */
	REFUSED(put("n", "\"revision\":9,", "h", ",\"class\":\"not_shared\""), YW_ECONFLICT, "revision 11 now");
	REFUSED(put("n", "\"revision\":11,", "h", ",\"class\":\"conditional\""), YW_EINVAL, "audience");
	history_says(id, 0, "put", "unconditional", 11);
	MUST(ask_id("record.withdraw", id, ""));
	MUST(put("n", "\"revision\":12,", "i", ",\"class\":\"not_shared\""));	/* they know already */
	history_says(id, 0, "put", "not_shared", 13);
	history_says(id, 1, "withdraw", "unconditional", 12);
	end();
}

static void
default_classes(void)
{
	begin();
	snprintf(s.config.default_class[YW_KIND_DEMAND], sizeof s.config.default_class[0], "conditional 320500 320100");
	MUST(put("d", "", "a", ""));
	MUST(ask_id("record.get", "320000/demand/d", ""));
	YW_CHECK(strcmp(yw_asked_text(&a, "class"), "conditional") == 0 && strcmp(yw_asked_text(&a, "audience.0"), "320100") == 0);
	MUST(put("d", "\"revision\":1,", "b", ALL));
	MUST(put("d", "\"revision\":2,", "c", ""));		/* as it was, not as the configuration says */
	history_says("320000/demand/d", 0, "put", "unconditional", 3);
	s.config.default_class[YW_KIND_DEMAND][0] = '\0';
	REFUSED(put("x", "", "a", ""), YW_EINVAL, "default_class of demand");
	end();
}

/* A contract that is changed or cancelled says since when and why. */
static void
ends_of_contracts(void)
{
#define CONTRACT(rest) "{\"record\":{\"id\":\"320000/contract/2025320102000017\"" rest "}},\"class\":\"unconditional\"}"
#define WHAT "\"contract\":{\"registration_number\":\"2025320102000017\",\"title\":\"t\",\"kind\":\"service\",\"total_amount_fen\":1," \
	"\"signed_on\":\"2025-01-05\",\"seller\":{\"name\":\"a\"},\"buyer\":{\"name\":\"b\"}"
	begin();
	REFUSED(yw_asks(&a, &s, "record.put", CONTRACT("," WHAT ",\"status\":\"cancelled\"")), YW_EINVAL, "field 'contract.status_on'");
	MUST(yw_asks(&a, &s, "record.put", CONTRACT("," WHAT)));
	REFUSED(yw_asks(&a, &s, "record.put", CONTRACT(",\"revision\":1," WHAT ",\"status\":\"changed\",\"status_on\":\"2025-02-05\"")),
	    YW_EINVAL, "field 'contract.status_reason'");
	REFUSED(yw_asks(&a, &s, "record.put", CONTRACT(",\"revision\":1," WHAT ",\"status\":\"cancelled\",\"status_reason\":\"r\"")),
	    YW_EINVAL, "field 'contract.status_on'");
	MUST(yw_asks(&a, &s, "record.put", CONTRACT(",\"revision\":1," WHAT ",\"status\":\"cancelled\",\"status_on\":\"2025-02-05\","
	    "\"status_reason\":\"r\"")));
#undef CONTRACT
#undef WHAT
	end();
}

static void
internal_ones(void)
{
	begin();
	REFUSED(yw_asks(&a, &s, "record.put", "{\"record\":{\"id\":\"320000/demand/i\",\"demand\":{\"title\":\"t\","
	    "\"secrecy\":\"internal\"}},\"class\":\"unconditional\"}"), YW_EINVAL, "demand.secrecy");
	MUST(yw_asks(&a, &s, "record.put", "{\"record\":{\"id\":\"320000/demand/i\",\"demand\":{\"title\":\"t\","
	    "\"secrecy\":\"internal\"}},\"class\":\"not_shared\"}"));
	REFUSED(yw_asks(&a, &s, "record.put", "{\"record\":{\"id\":\"320000/demand/i\",\"revision\":1,\"demand\":{\"title\":\"t\","
	    "\"secrecy\":\"internal\"}},\"class\":\"unconditional\"}"), YW_EINVAL, "demand.secrecy");
	/* without a class it stays for whom it is, and is judged by that */
	MUST(yw_asks(&a, &s, "record.put", "{\"record\":{\"id\":\"320000/demand/i\",\"revision\":1,\"demand\":{\"title\":\"u\","
	    "\"secrecy\":\"internal\"}}}"));
	MUST(yw_asks(&a, &s, "record.put", "{\"record\":{\"id\":\"320000/demand/p\",\"demand\":{\"title\":\"t\","
	    "\"secrecy\":\"public\"}},\"class\":\"unconditional\"}"));
	REFUSED(yw_asks(&a, &s, "record.put", "{\"record\":{\"id\":\"320000/demand/p\",\"revision\":1,\"demand\":{\"title\":\"t\","
	    "\"secrecy\":\"internal\"}}}"), YW_EINVAL, "demand.secrecy");
	end();
}

/* As if a newer version had registered it in this log before it was replaced by this one. */
static void
put_later(const char *id, uint64_t index)
{
	struct yw_hash hash = { { 7 } };
	struct yw_record r = { .counts = YW_COUNTS_LATER, .revision = 2 };
	struct yw_entry e = { .hashes = &hash, .n_items = 1 };
	struct yw_log log = { .number = 0, .generation = 1 };
	struct yw_batch *b = yw_batch_new();

	snprintf(r.id_text, sizeof r.id_text, "%s", id);
	item_put(b, &log, &r, &e, index, 0);
	YW_PASS(yw_store_write(s.t.store, b, true, &err));
	yw_batch_free(b);
}

static void
newer_ones(void)
{
	begin();
	MUST(put("a", "", "x", ALL));
	MUST(put("b", "", "x", ALL));
	yw_tservice_stop(&s);
	put_later("320000/deal/d", 1000);
	put_later("320000/demand/a", 1000);
	put_later("320000/demand/b", 0);
	yw_tservice_start(&s, net, "320000", "", false, NULL);
	REFUSED(ask_id("record.get", "320000/deal/d", ""), YW_EFORMAT, "takes a newer version");
	REFUSED(ask_id("evidence", "320000/deal/d", ""), YW_EFORMAT, "takes a newer version");
	REFUSED(ask_id("record.get", "320000/deal/e", ""), YW_ENOENT, "320000/deal/e");
	MUST(ask_id("record.get", "320000/demand/a", ""));
	YW_CHECK(yw_asked_number(&a, "later.index") == 1000 && yw_asked_number(&a, "place.index") < 1000);
	MUST(ask_id("record.get", "320000/demand/b", ""));		/* what was said before it does not matter */
	YW_CHECK(yw_asked_at(&a, "later") == NULL);
	end();
}

static void
wrong_records(void)
{
	static const struct { const char *params; enum yw_code code; const char *says; } cases[] = {
		{ "{\"class\":\"unconditional\"}", YW_EINVAL, "'record'" },
		{ "{\"record\":[]" ALL "}", YW_EINVAL, "'record'" },
		{ "{\"record\":{\"demand\":{\"title\":\"a\"}}" ALL "}", YW_EINVAL, "'record': parameter 'id'" },
		{ "{\"record\":{\"id\":7,\"demand\":{\"title\":\"a\"}}" ALL "}", YW_EINVAL, "'record': parameter 'id'" },
		{ "{\"record\":{\"id\":\"320000/demand\",\"demand\":{\"title\":\"a\"}}" ALL "}", YW_EINVAL, "'record': parameter 'id'" },
		{ "{\"record\":{\"id\":\"320000/wish/a\",\"demand\":{\"title\":\"a\"}}" ALL "}", YW_EFORMAT, "320000/wish/a" },
		{ "{\"record\":{\"id\":\"320000/Wish/a\",\"demand\":{\"title\":\"a\"}}" ALL "}", YW_EINVAL, "'record': parameter 'id'" },
		{ "{\"record\":{\"id\":\"320100/demand/a\",\"demand\":{\"title\":\"a\"}}" ALL "}", YW_EINVAL, "320100/demand/a" },
		{ "{\"record\":{\"id\":\"320000/demand/a\",\"revision\":\"1\",\"demand\":{\"title\":\"a\"}}" ALL "}", YW_EINVAL,
		    "'record': parameter 'revision'" },
		{ "{\"record\":{\"id\":\"320000/demand/a\",\"revision\":4294967295,\"demand\":{\"title\":\"a\"}}" ALL "}", YW_EINVAL,
		    "'record': parameter 'revision'" },
		{ "{\"record\":{\"id\":\"320000/demand/a\",\"demand\":{\"titel\":\"a\"}}" ALL "}", YW_EFORMAT, "titel" },
		{ "{\"record\":{\"id\":\"320000/demand/a\",\"demand\":{\"title\":\"\"}}" ALL "}", YW_EINVAL, "title" },
		{ "{\"record\":{\"id\":\"320000/demand/a\",\"contract\":{\"title\":\"a\"}}" ALL "}", YW_EFORMAT, "contract" },
		{ "{\"record\":{\"id\":\"320000/demand/a\"}" ALL "}", YW_EFORMAT, "demand" },
		{ "{\"record\":{\"id\":\"320000/demand/a\",\"demand\":{\"title\":\"a\"}}" ALL ",\"durable\":\"all\"}", YW_EINVAL, "'durable'" },
		{ "{\"record\":{\"id\":\"320000/demand/a\",\"demand\":{\"title\":\"a\"}}" ALL ",\"timeout_ms\":-1}", YW_EINVAL, "'timeout_ms'" },
		{ "{\"record\":{\"id\":\"320000/demand/a\",\"demand\":{\"title\":\"a\"}}" ALL ",\"timeout_ms\":3600001}", YW_EINVAL,
		    "'timeout_ms'" },
		{ "{\"record\":{\"id\":\"320000/demand/a\",\"demand\":{\"title\":\"a\"}}" ALL ",\"durabel\":\"quorum\"}", YW_EINVAL, "'durabel'" },
	};

	begin();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum yw_code got = yw_asks(&a, &s, "record.put", cases[i].params);

		YW_CHECK_MSG(got == cases[i].code && strstr(a.message, cases[i].says), "%s: '%s' %s", cases[i].params,
		    yw_code_name(got), a.message);
	}
	MUST(yw_asks(&a, &s, "record.list", ""));
	YW_CHECK(yw_asked_at(&a, "items.0") == NULL);
	end();
}

/* --- lists --- */

#define N_LISTED 23

/* All ids under these parameters, page by page. */
static void
collect(const char *filter, int limit, struct yw_buf *out)
{
	char params[256], after[128] = "";
	size_t n;

	do {
		snprintf(params, sizeof params, "{\"limit\":%d%s%s%s%s}", limit, filter, after[0] != '\0' ? ",\"after\":\"" : "", after,
		    after[0] != '\0' ? "\"" : "");
		MUST(yw_asks(&a, &s, "record.list", params));
		n = json_array_size(yw_asked_at(&a, "items"));
		YW_CHECK(n <= (size_t)limit);
		for (size_t i = 0; i < n; i++) {
			snprintf(params, sizeof params, "items.%zu.id", i);
			yw_buf_printf(out, "%s ", yw_asked_text(&a, params));
		}
		snprintf(after, sizeof after, "%s", yw_asked_text(&a, "next"));
		YW_CHECK(after[0] == '\0' || n == (size_t)limit);
	} while (after[0] != '\0');
}

static void
paging(void)
{
	struct yw_buf all = YW_BUF_INIT, demands = YW_BUF_INIT, got = YW_BUF_INIT;
	char params[512];

	begin();
	for (int i = 0; i < N_LISTED; i++) {	/* in another order than the list's */
		int n = i * 7 % N_LISTED;

		snprintf(params, sizeof params, n % 3 == 0 ? "{\"record\":{\"id\":\"320000/project/p%02d\",\"project\":{\"title\":\"t\","
		    "\"number\":\"n\"}}" ALL "}" : "{\"record\":{\"id\":\"320000/demand/d%02d\",\"demand\":{\"title\":\"t\"}}" ALL "}", n);
		MUST(yw_asks(&a, &s, "record.put", params));
	}
	for (int i = 0; i < N_LISTED; i++)
		if (i % 3 != 0)
			yw_buf_printf(&demands, "320000/demand/d%02d ", i);
	yw_buf_add(&all, demands.data, demands.len);
	for (int i = 0; i < N_LISTED; i += 3)
		yw_buf_printf(&all, "320000/project/p%02d ", i);
	for (int limit = 1; limit <= N_LISTED + 1; limit++) {
		yw_buf_clear(&got);
		collect("", limit, &got);
		YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&got), yw_buf_bytes(&all)), "%d: %s", limit, yw_buf_str(&got));
		yw_buf_clear(&got);
		collect(",\"code\":\"320000\",\"kind\":\"demand\"", limit, &got);
		YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&got), yw_buf_bytes(&demands)), "%d: %s", limit, yw_buf_str(&got));
	}
	yw_buf_clear(&got);
	collect(",\"code\":\"320000\"", 1000, &got);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&got), yw_buf_bytes(&all)));
	yw_buf_clear(&got);
	collect(",\"code\":\"320100\"", 10, &got);
	collect(",\"code\":\"320000\",\"kind\":\"broker\"", 10, &got);
	YW_CHECK(got.len == 0);
	MUST(yw_asks(&a, &s, "record.list", "{\"code\":\"320000\"}"));	/* S1: what it rests on */
	YW_CHECK(json_array_size(yw_asked_at(&a, "through")) == 1);
	YW_CHECK(strcmp(yw_asked_text(&a, "through.0.origin"), "svc.example/320000") == 0);
	YW_CHECK(json_integer_value(yw_asked_at(&a, "through.0.size")) == N_LISTED + 1);	/* and the genesis */
	YW_CHECK(strlen(yw_asked_text(&a, "through.0.root")) == 64);
	MUST(yw_asks(&a, &s, "record.list", "{\"code\":\"320100\"}"));
	YW_CHECK(json_array_size(yw_asked_at(&a, "through")) == 0);
	MUST(yw_asks(&a, &s, "record.history", "{\"id\":\"320000/demand/d01\"}"));
	YW_CHECK(json_integer_value(yw_asked_at(&a, "through.0.size")) == N_LISTED + 1);
	MUST(yw_asks(&a, &s, "record.list", "{\"after\":\"zzz\"}"));
	YW_CHECK(yw_asked_at(&a, "items.0") == NULL);
	MUST(yw_asks(&a, &s, "record.list", "{\"after\":\"320000/demand/d99\"}"));
	YW_CHECK(strcmp(yw_asked_text(&a, "items.0.id"), "320000/project/p00") == 0);
	yw_buf_release(&all), yw_buf_release(&demands), yw_buf_release(&got);
	end();
}

/* --- durability --- */

static void
durable_or_not(void)
{
	struct yw_asked waiting = YW_ASKED_INIT;

	begin();
	REFUSED(put("d1", "", "a", ALL ",\"durable\":\"quorum\",\"timeout_ms\":1"), YW_ETIMEOUT, "not confirmed by quorum within 1 ms");
	YW_CHECK_MSG(strstr(a.message, "'320000/demand/d1', is on this node's disk but not"), "%s", a.message);
	REFUSED(put("d2", "", "a", ALL ",\"durable\":\"320100\",\"timeout_ms\":1"), YW_EINVAL, "no node of 320100");
	REFUSED(put("d2", "", "a", ALL ",\"durable\":\"320000\",\"timeout_ms\":1"), YW_EINVAL, "this node itself");
	MUST(ask_id("record.get", "320000/demand/d1", ""));
	REFUSED(ask_id("record.get", "320000/demand/d2", ""), YW_ENOENT, "nothing is registered");
	yw_asked_begin(&waiting, &s, "record.withdraw", "{\"id\":\"320000/demand/d1\",\"durable\":\"quorum\",\"timeout_ms\":3600000}",
	    (struct yw_bytes) { NULL, 0 });
	for (int64_t revision = 1; revision != 2;) {
		MUST(ask_id("record.get", "320000/demand/d1", ""));
		revision = yw_asked_number(&a, "record.revision");
	}
	YW_CHECK(!yw_asked_done(&waiting));
	yw_tservice_stop_node(&s);
	YW_CHECK(yw_asked_end(&waiting) == YW_ESTOPPED && strstr(waiting.message, "the daemon is stopping"));
	YW_CHECK(strstr(waiting.message, "on this node's disk") != NULL);
	yw_asked_release(&waiting);
	end();
}

/* --- proofs --- */

/* The first beat comes a moment after the record. */
static void
evidence_by(const char *id)
{
	for (;;) {
		enum yw_code code = ask_id("evidence", id, "");

		if (code == YW_OK)
			return;
		YW_CHECK_MSG(code == YW_ENOENT && strstr(a.message, "no beat yet"), "%s", a.message);
	}
}

static void
evidence(void)
{
	struct yw_evidence_verdict verdict;
	struct yw_buf body = YW_BUF_INIT;

	begin();
	MUST(put("e1", "", "first", ALL));
	MUST(put("e2", "", "second", ",\"class\":\"not_shared\""));
	for (int i = 1; i <= 2; i++) {
		char id[32];

		snprintf(id, sizeof id, "320000/demand/e%d", i);
		evidence_by(id);
		YW_CHECK_MSG(yw_evidence_verify(&net->network, yw_buf_bytes(&a.data), &verdict, &err) == YW_OK, "%s", err.msg);
		stored_body(id, &body);
		YW_CHECK(!verdict.withheld && yw_bytes_equal(verdict.body, yw_buf_bytes(&body)));
		YW_CHECK(verdict.index == (uint64_t)yw_asked_number(&a, "index") && verdict.item == yw_asked_number(&a, "item"));
		YW_CHECK(strcmp(verdict.origin.text, yw_asked_text(&a, "origin")) == 0);
		YW_CHECK(yw_asked_at(&a, "quorum") != NULL && !json_is_true(yw_asked_at(&a, "quorum")));
		yw_evidence_verdict_release(&verdict);
		yw_buf_clear(&body);
	}
	REFUSED(ask_id("evidence", "320000/demand/none", ""), YW_ENOENT, "320000/demand/none");
	yw_buf_release(&body);
	end();
}

static void
digests(void)
{
	struct yw_jurisdiction code = { "320000" };
	struct yw_buf hex = YW_BUF_INIT;
	struct yw_hash digest;
	struct yw_view *v;
	bool complete;

	begin();
	MUST(put("x", "", "a", ALL));
	for (int i = 0; i < 3; i++) {
		char first[80];

		MUST(yw_asks(&a, &s, "digest", "{\"code\":\"320000\"}"));
		snprintf(first, sizeof first, "%s", yw_asked_text(&a, "digest"));
		YW_CHECK(json_is_true(yw_asked_at(&a, "complete")) && strlen(first) == 64);
		YW_CHECK(strcmp(yw_asked_text(&a, "logs.0.origin"), "svc.example/320000") == 0);
		YW_PASS(yw_view_open(s.t.ledger, &v, &err));
		YW_PASS(yw_view_digest(v, &code, &complete, &digest, &err));
		yw_view_close(v);
		yw_buf_clear(&hex);
		yw_hex_add(&hex, digest.b, sizeof digest.b);
		YW_CHECK(complete && strcmp(yw_buf_str(&hex), first) == 0);
		MUST(put("x", i == 0 ? "\"revision\":1," : i == 1 ? "\"revision\":2," : "\"revision\":3,", "a", ALL));
		MUST(yw_asks(&a, &s, "digest", "{\"code\":\"320000\"}"));
		YW_CHECK(strcmp(first, yw_asked_text(&a, "digest")) != 0);
	}
	REFUSED(yw_asks(&a, &s, "digest", "{\"code\":\"320100\"}"), YW_ENOENT, "320100");
	yw_buf_release(&hex);
	end();
}

/* A contract, with what may be odd about its parties. */
static void
put_contract(const char *seller, const char *buyer)
{
	struct yw_buf params = YW_BUF_INIT;
	static unsigned n;

	yw_buf_printf(&params, "{\"record\":{\"id\":\"320000/contract/n%u\",\"contract\":{\"registration_number\":\"2020320102000017\","
	    "\"title\":\"t\",\"kind\":\"transfer\",\"total_amount_fen\":1,\"technical_amount_fen\":1,\"signed_on\":\"2020-12-31\","
	    "\"seller\":{%s},\"buyer\":{%s}}},\"class\":\"unconditional\"}", n++, seller, buyer);
	MUST(yw_asks(&a, &s, "record.put", yw_buf_str(&params)));
	yw_buf_release(&params);
}

static bool
noted(size_t i, const char *field, const char *code)
{
	char path[32];
	bool is;

	snprintf(path, sizeof path, "notes.%zu.field", i);
	is = strcmp(yw_asked_text(&a, path), field) == 0;
	snprintf(path, sizeof path, "notes.%zu.code", i);
	is = is && strcmp(yw_asked_text(&a, path), code) == 0;
	snprintf(path, sizeof path, "notes.%zu.reason", i);
	return is && yw_asked_text(&a, path)[0] != '\0';
}

static void
notes(void)
{
	static const char named[] = "\"name\":\"甲\",\"identifier\":{\"scheme\":\"none\"}";
	char seller[160];

	begin();
	put_contract(named, named);
	YW_CHECK(json_array_size(yw_asked_at(&a, "notes")) == 0 && json_is_array(yw_asked_at(&a, "notes")));
	snprintf(seller, sizeof seller, "%s,\"division\":\"310104\"", named);
	put_contract(seller, "\"type\":\"natural_person\"");
	YW_CHECK_MSG(json_array_size(yw_asked_at(&a, "notes")) == 2 && noted(0, "contract.seller.division", "seller_elsewhere") &&
	    noted(1, "contract.buyer.name", "natural_person"), "%s", yw_buf_str(&a.result));
	YW_CHECK(strcmp(yw_asked_text(&a, "notes.0.id"), yw_asked_text(&a, "id")) == 0);
	snprintf(seller, sizeof seller, "%s,\"country\":\"USA\",\"division\":\"310104\"", named);	/* an import: the buyer registers */
	put_contract(seller, named);
	YW_CHECK_MSG(json_array_size(yw_asked_at(&a, "notes")) == 0, "%s", yw_buf_str(&a.result));
	snprintf(seller, sizeof seller, "%s,\"division\":\"320583\"", named);
	put_contract(seller, named);
	YW_CHECK(json_array_size(yw_asked_at(&a, "notes")) == 0);
	MUST(yw_asks(&a, &s, "record.withdraw", "{\"id\":\"320000/contract/n0\"}"));
	YW_CHECK(json_array_size(yw_asked_at(&a, "notes")) == 0 && json_is_array(yw_asked_at(&a, "notes")));
	end();
}

YW_TESTS({ "B5 B6 what is shown is what was put, with what it rests on", shown_as_put },
    { "B5 operation and salt as they are printed, or not at all", operation_and_salt },
    { "B5 what is noted of a record is in the answer", notes },
    { "B5 revisions: only the one that was read is replaced", revisions },
    { "B6 a record by its place", by_place }, { "T10 divisions as of then, and today", divisions_shown },
    { "T10 the name of a division is that of the record's day", divisions_as_of_then },
    { "T10 V6 records that a record names are shown as they stand, those that are nowhere too", references_shown },
    { "V1 V2 who may see it", audiences },
    { "V4 a withdrawal goes before a narrowing", narrowed }, { "V1 the class that a kind has by the configuration", default_classes },
    { "V1 what is internal is not for every node", internal_ones },
    { "B5 a contract is changed or cancelled with date and reason", ends_of_contracts }, { "B5 records that are refused", wrong_records },
    { "B3 B7 what takes a newer version to be shown", newer_ones },
    { "S1 lists, page by page, and what they rest on", paging }, { "R7 durable elsewhere, or not in time", durable_or_not },
    { "B12 evidence verifies offline", evidence }, { "S4 digests", digests })
