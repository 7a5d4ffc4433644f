/*
 * network_test.c - three nodes over real sockets: admitted by their admins, durable elsewhere, proven everywhere.
 *
 *	320000 --- 320100 --- 320102
 */
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "support/testing.h"
#include "support/tservice.h"

#define PATIENCE_S 60

static struct yw_tnet *net;
static struct yw_tservice province, city, county;
static struct yw_asked a = YW_ASKED_INIT;
static struct yw_error err;

/* Asks again, as a person would, until it holds. */
#define UNTIL(condition)                                                                             \
	do {                                                                                         \
		const struct timespec pause_ = { .tv_nsec = 5000000 };                               \
		int left_ = PATIENCE_S * 200;                                                        \
                                                                                                     \
		while (!(condition)) {                                                               \
			YW_CHECK_MSG(left_-- > 0, "not in %d seconds: %s: %s %s", PATIENCE_S, #condition, a.message, \
			    yw_buf_str(&a.result));                                                  \
			nanosleep(&pause_, NULL);                                                    \
		}                                                                                    \
	} while (0)

static void
begin(void)
{
	static const char *const first[] = { "320000" };

	net = yw_tnet_new("svc.example", first, 1, "group g 2 320000 320100 320102\nquorum g\n");
	yw_tservice_start(&province, net, "320000", "", true, NULL);
	yw_tservice_start(&city, net, "320100", "320000", true, &province);
}

static void
end(void)
{
	yw_asked_release(&a);
	yw_tservice_free(&city);
	yw_tservice_free(&province);
	yw_tnet_free(net);
}

static bool
says(struct yw_tservice *s, const char *method, const char *params, const char *path, const char *text)
{
	return yw_asks(&a, s, method, params) == YW_OK && strstr(yw_asked_text(&a, path), text) != NULL;
}

static bool
is_state(struct yw_tservice *s, const char *state)
{
	return says(s, "status", "", "state", state);
}

/* The fingerprint that the issuer's admin is shown, and the same typed without its spaces. */
static void
pending(struct yw_tservice *at, const char *code, char shown[static 64], char typed[static 64])
{
	char path[32];
	size_t i, n = 0;

	UNTIL(says(at, "admit.list", "", "pending.0.code", code));
	snprintf(path, sizeof path, "pending.0.fingerprint");
	snprintf(shown, 64, "%s", yw_asked_text(&a, path));
	YW_CHECK(strlen(yw_asked_text(&a, "pending.0.received")) == 24);
	for (i = 0; shown[i] != '\0'; i++)
		if (shown[i] != ' ')
			typed[n++] = shown[i];
	typed[n] = '\0';
}

static enum yw_code
grant(struct yw_tservice *at, const char *code, const char *fingerprint)
{
	char params[256];

	snprintf(params, sizeof params, "{\"code\":\"%s\",\"fingerprint\":\"%s\"}", code, fingerprint);
	return yw_asks(&a, at, "admit.grant", params);
}

static enum yw_code
grant_file(struct yw_tservice *at, const struct yw_buf *request, const char *rest)
{
	struct yw_buf params = YW_BUF_INIT;
	enum yw_code code;

	yw_buf_add_str(&params, "{\"request\":\"");
	yw_base64_add(&params, request->data, request->len);
	yw_buf_printf(&params, "\"%s}", rest);
	code = yw_asks(&a, at, "admit.grant", yw_buf_str(&params));
	yw_buf_release(&params);
	return code;
}

/* --- admission --- */

static void
admitted_by_fingerprint(void)
{
	char shown[64], typed[64], wrong[64];

	begin();
	pending(&province, "320100", shown, typed);
	snprintf(wrong, sizeof wrong, "%s", typed);
	wrong[7] = wrong[7] == '0' ? '1' : '0';
	YW_FAILS(grant(&province, "320100", wrong), YW_EDENIED);
	YW_CHECK_MSG(strstr(a.message, "'fingerprint'") && !strstr(a.message, shown) && !strstr(a.message, typed), "%s", a.message);
	YW_FAILS(grant(&province, "320100", "1"), YW_EDENIED);
	YW_FAILS(grant(&province, "320102", typed), YW_ENOENT);
	YW_CHECK(says(&province, "admit.list", "", "pending.0.code", "320100"));
	MUST(grant(&province, "320100", typed));
	YW_CHECK(strcmp(yw_asked_text(&a, "code"), "320100") == 0 && strcmp(yw_asked_text(&a, "fingerprint"), shown) == 0);
	YW_FAILS(grant(&province, "320100", typed), YW_ENOENT);
	UNTIL(is_state(&city, "appending"));
	end();
}

/* ... and doubted from some entry on, when its log is closed: each answer says so. */
static void
doubted(void)
{
	static const char put[] = "{\"record\":{\"id\":\"320100/demand/%s\",\"demand\":{\"title\":\"t\"}},\"class\":\"unconditional\"}";
	char shown[64], typed[64], params[256];
	int64_t index;

	begin();
	pending(&province, "320100", shown, typed);
	MUST(grant(&province, "320100", typed));
	UNTIL(is_state(&city, "appending"));
	for (int i = 0; i < 2; i++) {
		snprintf(params, sizeof params, put, i == 0 ? "a" : "b");
		MUST(yw_asks(&a, &city, "record.put", params));
	}
	index = yw_asked_number(&a, "place.index");
	UNTIL(yw_asks(&a, &province, "record.get", "{\"id\":\"320100/demand/b\"}") == YW_OK);
	YW_CHECK(yw_asked_at(&a, "doubted_by") == NULL);
	snprintf(params, sizeof params, "{\"code\":\"320100\",\"reason\":\"a stolen key\",\"revoked\":true,\"doubted_from\":%lld}",
	    (long long)index);
	MUST(yw_asks(&a, &province, "close", params));
	UNTIL(says(&province, "record.get", "{\"id\":\"320100/demand/b\"}", "doubted_by", "320000"));
	YW_CHECK(says(&province, "record.history", "{\"id\":\"320100/demand/b\"}", "items.0.doubted_by", "320000"));
	MUST(yw_asks(&a, &province, "record.list", "{\"code\":\"320100\"}"));
	YW_CHECK(yw_asked_at(&a, "items.0.doubted_by") == NULL && strcmp(yw_asked_text(&a, "items.1.doubted_by"), "320000") == 0);
	UNTIL(says(&city, "record.get", "{\"id\":\"320100/demand/b\"}", "doubted_by", "320000"));
	end();
}

static void
refused_with_a_reason(void)
{
	char shown[64], typed[64];

	begin();
	pending(&province, "320100", shown, typed);
	MUST(yw_asks(&a, &province, "admit.refuse", "{\"code\":\"320100\",\"reason\":\"请先核对公章\"}"));
	YW_CHECK(strcmp(yw_asked_text(&a, "code"), "320100") == 0);
	UNTIL(says(&city, "status", "", "joining", "请先核对公章"));
	YW_CHECK(is_state(&city, "joining"));
	YW_FAILS(grant(&province, "320100", typed), YW_ENOENT);
	end();
}

static void
admitted_by_file(void)
{
	struct yw_buf other = YW_BUF_INIT, cut = YW_BUF_INIT;
	char shown[64], typed[64], rest[128];

	begin();
	pending(&province, "320100", shown, typed);
	yw_buf_add(&cut, city.t.request.data, city.t.request.len - 1);
	YW_CHECK(grant_file(&province, &cut, "") != YW_OK && strstr(a.message, "'request'"));
	YW_FAILS(grant_file(&province, &city.t.request, ",\"fingerprint\":\"00000 00000\""), YW_EDENIED);
	yw_tnet_request(net, "320102", "320100", "320102", &other);	/* to another issuer */
	YW_FAILS(grant_file(&province, &other, ""), YW_EINVAL);
	YW_CHECK_MSG(strstr(a.message, "320100"), "%s", a.message);
	YW_CHECK(grant_file(&province, &province.t.request, "") != YW_OK);	/* not below */
	snprintf(rest, sizeof rest, ",\"fingerprint\":\"%s\"", typed);
	MUST(grant_file(&province, &city.t.request, rest));
	YW_CHECK(strcmp(yw_asked_text(&a, "code"), "320100") == 0 && strcmp(yw_asked_text(&a, "fingerprint"), shown) == 0);
	YW_CHECK(grant_file(&province, &city.t.request, "") != YW_OK);		/* once */
	UNTIL(is_state(&city, "appending"));
	yw_buf_release(&other), yw_buf_release(&cut);
	end();
}

/* --- rotation --- */

static bool
exists(const char *dir, const char *name)
{
	char path[YW_HOME_PATH_MAX];

	snprintf(path, sizeof path, "%.900s/%s", dir, name);
	return access(path, F_OK) == 0;
}

static void
put_demand(struct yw_tservice *s, const char *id)
{
	char params[256];

	snprintf(params, sizeof params, "{\"record\":{\"id\":\"%s\",\"demand\":{\"title\":\"t\"}},\"class\":\"unconditional\"}", id);
	MUST(yw_asks(&a, s, "record.put", params));
}

static bool
has(struct yw_tservice *s, const char *id)
{
	char params[128];

	snprintf(params, sizeof params, "{\"id\":\"%s\"}", id);
	return yw_asks(&a, s, "record.get", params) == YW_OK;
}

/* Asked for, granted above, in force by itself: under the session that is up, and in a new one by the new session key. */
static void
rotated(void)
{
	struct yw_buf request = YW_BUF_INIT;
	char shown[64], typed[64];

	begin();
	pending(&province, "320100", shown, typed);
	MUST(grant(&province, "320100", typed));
	UNTIL(is_state(&city, "appending"));
	put_demand(&city, "320100/demand/a");
	MUST(yw_asks(&a, &city, "key.rotate", ""));
	YW_CHECK(strcmp(yw_asked_text(&a, "issuer"), "320000") == 0 && yw_asked_number(&a, "key_set") == 1);
	snprintf(shown, sizeof shown, "%s", yw_asked_text(&a, "fingerprint"));
	MUST(yw_asks(&a, &city, "key.rotate", ""));	/* the same again */
	YW_CHECK(strcmp(yw_asked_text(&a, "fingerprint"), shown) == 0 && yw_asked_number(&a, "key_set") == 1);
	YW_PASS(yw_base64_decode(yw_asked_text(&a, "request"), strlen(yw_asked_text(&a, "request")), &request));
	YW_CHECK(exists(city.config.keys_dir, "seed.next"));
	MUST(grant_file(&province, &request, ""));
	UNTIL(!exists(city.config.keys_dir, "seed.next") && exists(city.config.data_dir, "request.keys"));
	put_demand(&city, "320100/demand/b");
	UNTIL(has(&province, "320100/demand/b"));
	MUST(yw_asks(&a, &city, "record.get", "{\"id\":\"320100/demand/b\"}"));
	yw_tservice_stop(&city);
	yw_tservice_start(&city, net, "320100", "320000", true, &province);
	put_demand(&city, "320100/demand/c");
	UNTIL(has(&province, "320100/demand/c"));
	UNTIL(says(&province, "peers", "", "peers.0.code", "320100"));
	YW_FAILS(grant_file(&province, &request, ""), YW_ECONFLICT);
	yw_buf_release(&request);
	end();
}

/* --- what a closing leaves behind --- */

/* S4: with what it goes over. */
static bool
same_digests(const char *params)
{
	struct yw_buf first = YW_BUF_INIT;
	bool same;

	MUST(yw_asks(&a, &province, "digest", params));
	yw_buf_add(&first, a.result.data, a.result.len);
	MUST(yw_asks(&a, &city, "digest", params));
	same = json_is_true(yw_asked_at(&a, "complete")) && yw_bytes_equal(yw_buf_bytes(&first), yw_buf_bytes(&a.result));
	yw_buf_release(&first);
	return same;
}

/* Registered while nobody was there to hold it, and closed above meanwhile: listed, all that does not count. */
static void
lost(void)
{
	char shown[64], typed[64];

	begin();
	pending(&province, "320100", shown, typed);
	MUST(grant(&province, "320100", typed));
	UNTIL(is_state(&city, "appending"));
	put_demand(&city, "320100/demand/a");
	UNTIL(has(&province, "320100/demand/a"));
	MUST(yw_asks(&a, &city, "log.lost", "{\"code\":\"320100\"}"));
	YW_CHECK(yw_asked_at(&a, "items.0") == NULL);
	yw_tservice_stop(&city);
	yw_tservice_start(&city, net, "320100", "320000", false, NULL);
	put_demand(&city, "320100/demand/b");
	put_demand(&city, "320100/demand/c");
	MUST(yw_asks(&a, &city, "record.withdraw", "{\"id\":\"320100/demand/a\"}"));
	yw_tservice_stop(&city);
	MUST(yw_asks(&a, &province, "close", "{\"code\":\"320100\",\"reason\":\"r\"}"));
	yw_tservice_start(&city, net, "320100", "320000", true, &province);
	UNTIL(is_state(&city, "closed"));
	UNTIL(!has(&city, "320100/demand/b"));
	MUST(yw_asks(&a, &city, "log.lost", "{\"code\":\"320100\"}"));
	YW_CHECK(strcmp(yw_asked_text(&a, "items.0.id"), "320100/demand/b") == 0 && yw_asked_number(&a, "items.0.now") == 0);
	YW_CHECK(strcmp(yw_asked_text(&a, "items.0.record.demand.title"), "t") == 0);
	YW_CHECK(strcmp(yw_asked_text(&a, "items.1.id"), "320100/demand/c") == 0);
	YW_CHECK(strcmp(yw_asked_text(&a, "items.2.operation"), "withdraw") == 0 && yw_asked_number(&a, "items.2.now") == 1);
	YW_CHECK(yw_asked_at(&a, "items.3") == NULL);
	MUST(yw_asks(&a, &city, "log.lost", "{\"code\":\"320100\",\"limit\":1}"));
	YW_CHECK(yw_asked_at(&a, "items.1") == NULL);
	UNTIL(same_digests("{\"code\":\"320100\"}"));		/* each goes up to the end, whatever is held behind it */
	YW_CHECK(strcmp(yw_asked_text(&a, "logs.0.origin"), "svc.example/320000") == 0);
	YW_CHECK(strcmp(yw_asked_text(&a, "logs.1.origin"), "svc.example/320100") == 0 && yw_asked_number(&a, "network_version") == 1);
	MUST(yw_asks(&a, &city, "log.lost", "{\"code\":\"320000\"}"));
	YW_CHECK(yw_asked_at(&a, "items.0") == NULL);
	end();
}

/* --- three tiers --- */

static bool
in_digest(struct yw_tservice *s, char first[static 80])
{
	if (yw_asks(&a, s, "digest", "{\"code\":\"320102\"}") != YW_OK || !json_is_true(yw_asked_at(&a, "complete")))
		return false;
	if (first[0] == '\0')
		snprintf(first, 80, "%s", yw_asked_text(&a, "digest"));
	return strcmp(first, yw_asked_text(&a, "digest")) == 0;
}

static bool
agree(void)
{
	char first[80] = "";

	return in_digest(&county, first) && in_digest(&city, first) && in_digest(&province, first);
}

static bool
proven(struct yw_tservice *s, struct yw_evidence_verdict *verdict)
{
	if (yw_asks(&a, s, "evidence", "{\"id\":\"320102/demand/a\"}") != YW_OK || !json_is_true(yw_asked_at(&a, "quorum")))
		return false;
	YW_CHECK_MSG(yw_evidence_verify(&net->network, yw_buf_bytes(&a.data), verdict, &err) == YW_OK, "%s", err.msg);
	return true;
}

static void
check_status(void)
{
	const json_t *p;
	bool quorum;

	/* at the city by its session, at the province by its receipt */
	UNTIL(yw_asks(&a, &county, "status", "") == YW_OK && yw_asked_number(&a, "log.durable_at.1.size") > 0);
	YW_CHECK(strcmp(yw_asked_text(&a, "log.durable_at.0.code"), "320000") == 0);
	YW_CHECK(strcmp(yw_asked_text(&a, "log.durable_at.1.code"), "320100") == 0);
	YW_CHECK(yw_asked_number(&a, "log.durable_at.0.size") > 0 && yw_asked_at(&a, "log.durable_at.2") == NULL);
	YW_CHECK(strcmp(yw_asked_text(&a, "peers.0.code"), "320100") == 0 && json_is_true(yw_asked_at(&a, "peers.0.upstream")));
	YW_CHECK(yw_asked_number(&a, "peers.0.up_seconds") >= 0 && yw_asked_number(&a, "peers.0.heard_seconds") >= 0);
	YW_CHECK(yw_asked_text(&a, "peers.0.name")[0] != '\0' && yw_asked_number(&a, "peers.0.lag_entries") >= 0);
	quorum = yw_asked_number(&a, "log.quorum.size") > 0 && strlen(yw_asked_text(&a, "log.quorum.time")) == 24;
	YW_CHECK(quorum && yw_asked_number(&a, "log.beat.size") >= yw_asked_number(&a, "log.quorum.size"));
	MUST(yw_asks(&a, &city, "peers", ""));
	p = yw_asked_at(&a, "peers");
	YW_CHECK(json_array_size(p) == 2 && yw_asked_at(&a, "state") == NULL);
	MUST(yw_asks(&a, &province, "logs", ""));
	YW_CHECK(json_array_size(yw_asked_at(&a, "logs")) == 3);
}

static bool
proven_by_place(struct yw_tservice *s, const char *params, struct yw_evidence_verdict *verdict)
{
	if (yw_asks(&a, s, "evidence", params) != YW_OK) {
		YW_CHECK_MSG(strstr(a.message, "no beat yet"), "%s", a.message);
		return false;
	}
	YW_CHECK_MSG(yw_evidence_verify(&net->network, yw_buf_bytes(&a.data), verdict, &err) == YW_OK, "%s", err.msg);
	return true;
}

/* The county may not have what the city does not share: it sees the place, may prove it, and nothing more. */
static void
withheld_below(void)
{
	static const char put[] = "{\"record\":{\"id\":\"320100/demand/n\",\"demand\":{\"title\":\"t\"}},\"class\":\"not_shared\","
	    "\"durable\":\"320102\",\"timeout_ms\":60000}";
	struct yw_evidence_verdict verdict;
	char place[128], above[128];
	long long index;

	MUST(yw_asks(&a, &city, "record.put", put));
	index = yw_asked_number(&a, "place.index");
	snprintf(place, sizeof place, "{\"log\":\"svc.example/320100\",\"index\":%lld,\"item\":0}", index);
	snprintf(above, sizeof above, "{\"log\":\"320100\",\"index\":%lld}", index);
	UNTIL(yw_asks(&a, &county, "log.places", "{\"log\":\"320100\"}") == YW_OK && yw_asked_number(&a, "size") > index);
	YW_CHECK(yw_asked_number(&a, "bodies.withheld") == 1 && yw_asked_number(&a, "bodies.held") == 0);
	YW_CHECK(yw_asked_number(&a, "bodies.missing") == 0 && yw_asked_number(&a, "bodies.refused") == 0);
	YW_CHECK(yw_asked_number(&a, "places.0.index") == index && yw_asked_number(&a, "places.0.items") == 1);
	YW_CHECK(strcmp(yw_asked_text(&a, "places.0.body"), "withheld") == 0);
	YW_CHECK(strcmp(yw_asked_text(&a, "places.0.class"), "not_shared") == 0 && yw_asked_at(&a, "places.1") == NULL);
	YW_FAILS(yw_asks(&a, &county, "record.get", place), YW_EDENIED);
	YW_CHECK_MSG(strstr(a.message, "withheld from this node") && strstr(a.message, "not shared"), "%s", a.message);
	YW_FAILS(yw_asks(&a, &county, "record.get", "{\"id\":\"320100/demand/n\"}"), YW_ENOENT);
	YW_CHECK_MSG(strstr(a.message, "yiwang logs 320100"), "%s", a.message);
	YW_FAILS(yw_asks(&a, &county, "record.history", "{\"id\":\"320100/demand/n\"}"), YW_ENOENT);
	YW_CHECK_MSG(strstr(a.message, "yiwang logs 320100"), "%s", a.message);
	UNTIL(proven_by_place(&county, place, &verdict));
	YW_CHECK(verdict.withheld && verdict.index == (uint64_t)index && strcmp(verdict.code.code, "320100") == 0);
	yw_evidence_verdict_release(&verdict);

	UNTIL(yw_asks(&a, &province, "record.get", above) == YW_OK);
	YW_CHECK(strcmp(yw_asked_text(&a, "record.id"), "320100/demand/n") == 0);
	UNTIL(proven_by_place(&province, above, &verdict));
	YW_CHECK(!verdict.withheld);
	yw_evidence_verdict_release(&verdict);
	YW_FAILS(yw_asks(&a, &province, "record.get", "{\"id\":\"320100/demand/none\"}"), YW_ENOENT);
	YW_CHECK_MSG(strstr(a.message, "yiwang logs") == NULL, "%s", a.message);	/* nothing is withheld from it */
}

/* The same for several entries, one after the other. */
static void
withheld_page_by_page(void)
{
	char params[256];
	long long last = 0, after = 0;
	int pages = 0;

	for (int i = 0; i < 3; i++) {
		snprintf(params, sizeof params, "{\"record\":{\"id\":\"320100/demand/p%d\",\"demand\":{\"title\":\"t\"}},"
		    "\"class\":\"conditional\",\"audience\":[\"320500\"]}", i);
		MUST(yw_asks(&a, &city, "record.put", params));
		last = yw_asked_number(&a, "place.index");
	}
	UNTIL(yw_asks(&a, &county, "log.places", "{\"log\":\"320100\"}") == YW_OK && yw_asked_number(&a, "size") > last);
	do {
		snprintf(params, sizeof params, "{\"log\":\"320100\",\"limit\":1,\"after\":%lld}", after);
		MUST(yw_asks(&a, &county, "log.places", params));
		YW_CHECK(json_array_size(yw_asked_at(&a, "places")) == 1 && yw_asked_number(&a, "places.0.index") > after);
		YW_CHECK(yw_asked_number(&a, "bodies.withheld") == 4);
		after = yw_asked_number(&a, "places.0.index");
		YW_CHECK(yw_asked_number(&a, "next") == (after == last ? -1 : after));
		pages++;
	} while (after != last);
	YW_CHECK(pages == 4 && strcmp(yw_asked_text(&a, "places.0.audience.0"), "320500") == 0);
}

static void
three_tiers(void)
{
	struct yw_evidence_verdict verdict;
	struct yw_tservice *all[] = { &county, &city, &province };
	char shown[64], typed[64];

	begin();
	yw_tservice_start(&county, net, "320102", "320100", true, &city);
	pending(&province, "320100", shown, typed);
	MUST(grant(&province, "320100", typed));
	pending(&city, "320102", shown, typed);
	UNTIL(is_state(&city, "appending"));
	MUST(grant(&city, "320102", shown));
	UNTIL(is_state(&county, "appending"));

	MUST(yw_asks(&a, &county, "record.put", "{\"record\":{\"id\":\"320102/demand/a\",\"demand\":{\"title\":\"t\"}},"
	    "\"class\":\"unconditional\",\"durable\":\"320100\",\"timeout_ms\":60000}"));
	YW_CHECK(strcmp(yw_asked_text(&a, "reached"), "320100") == 0);
	MUST(yw_asks(&a, &county, "record.put", "{\"record\":{\"id\":\"320102/demand/a\",\"revision\":1,\"demand\":{\"title\":\"u\"}},"
	    "\"durable\":\"quorum\",\"timeout_ms\":60000}"));
	YW_CHECK(strcmp(yw_asked_text(&a, "reached"), "quorum") == 0);

	UNTIL(says(&province, "record.get", "{\"id\":\"320102/demand/a\"}", "record.demand.title", "u"));
	YW_CHECK(strcmp(yw_asked_text(&a, "via.0"), "320000") == 0 && strcmp(yw_asked_text(&a, "via.1"), "320100") == 0);
	YW_CHECK(strcmp(yw_asked_text(&a, "via.2"), "320102") == 0 && yw_asked_at(&a, "via.3") == NULL);
	YW_FAILS(yw_asks(&a, &province, "record.put", "{\"record\":{\"id\":\"320102/demand/a\",\"revision\":2,\"demand\":"
	    "{\"title\":\"mine\"}},\"class\":\"unconditional\"}"), YW_EINVAL);
	YW_FAILS(yw_asks(&a, &province, "record.withdraw", "{\"id\":\"320102/demand/a\"}"), YW_EINVAL);
	UNTIL(agree());
	for (size_t i = 0; i < 3; i++) {
		UNTIL(proven(all[i], &verdict));
		YW_CHECK(verdict.quorum == YW_QUORUM_MET && verdict.n_via == 3 && strcmp(verdict.code.code, "320102") == 0);
		yw_evidence_verdict_release(&verdict);
	}
	check_status();
	withheld_below();
	withheld_page_by_page();
	yw_tservice_free(&county);
	end();
}

YW_TESTS({ "T14 admitted with the fingerprint that was read out", admitted_by_fingerprint },
    { "T6 what was closed as doubted says so, here and at its owner", doubted },
    { "T14 refused, and why", refused_with_a_reason }, { "T2 T3 admitted by file", admitted_by_file },
    { "T5 new keys: asked for, granted, in force by themselves, in new sessions too", rotated },
    { "T6 T8 what a log held past its end is listed, until it is registered again", lost },
    { "R7 B12 S4 V1 three tiers: registered below, durable, proven and the same above; withheld below", three_tiers })
