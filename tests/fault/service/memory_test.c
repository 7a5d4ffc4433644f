/*
 * Out of memory while a question is answered: the first allocation fails, in whatever thread, then the second, ...
 * until the answer is there.  Before that every question has one answer, nothing is half done, and the same
 * question right afterwards is answered as ever.
 */
#include <pthread.h>
#include <time.h>

#include "base/file.h"
#include "base/text.h"
#include "record/signed.h"
#include "support/lnet.h"
#include "support/starve.h"
#include "support/testing.h"
#include "support/tservice.h"
#include "trust/registrar.h"

#define PATIENCE_S 60
static const char mapping[] = "kind: demand\nclass: unconditional\nopenness: internal\nidentity: number\nidentity_is: public\n"
    "columns:\n  - { names: [no], field: number, as: code }\n  - { names: [title], field: title }\n";

#define AT_MOST 5000		/* allocations that one question may make */

static struct yw_tnet *net;
static struct yw_tservice s;
static struct yw_asked after = YW_ASKED_INIT;	/* asks with all the memory it needs */

/* A question that needs no memory of its own: it must not be the one that fails. */
static struct asked {
	struct yw_question q;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool done;
	enum yw_code code;
	char message[512], result[2048];	/* as far as they go */
} asked = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static void
answered(struct yw_question *q, enum yw_code code, const char *message, struct yw_bytes result, struct yw_bytes data)
{
	(void)q;
	(void)data;
	pthread_mutex_lock(&asked.lock);
	asked.done = true;
	asked.code = (code == YW_OK) == (result.len > 0) ? code : YW_EPEER;
	snprintf(asked.message, sizeof asked.message, "%s", message);
	snprintf(asked.result, sizeof asked.result, "%.*s", (int)result.len, (const char *)result.data);
	pthread_cond_signal(&asked.changed);
	pthread_mutex_unlock(&asked.lock);
}

/* With the at-th allocation failing (0: none); false: there were fewer, and it was answered as ever. */
static bool
ask_starved(const char *method, const char *params, struct yw_bytes data, size_t at)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	asked.q = (struct yw_question) { .caller = { 0, 0, 1 }, .method = method, .params = yw_bytes_str(params), .data = data,
		.answer = answered };
	asked.done = false;
	yw_starve_at(at);
	yw_service_ask(s.s, &asked.q);
	pthread_mutex_lock(&asked.lock);
	while (!asked.done && pthread_cond_timedwait(&asked.changed, &asked.lock, &until) == 0)
		;
	pthread_mutex_unlock(&asked.lock);
	YW_CHECK_MSG(asked.done, "%s has no answer, allocation %zu", method, at);
	if (!yw_starve_end()) {
		YW_CHECK_MSG(asked.code == YW_OK, "%s: '%s'", method, asked.message);
		return false;
	}
	YW_CHECK_MSG(asked.code == YW_OK || asked.code == YW_ENOMEM || asked.code == YW_EIO, "%s: allocation %zu: '%s': %s", method,
	    at, yw_code_name(asked.code), asked.message);
	YW_CHECK(at < AT_MOST);
	return true;
}

static void
begin(void)
{
	char path[512];

	snprintf(s.config.mappings_dir, sizeof s.config.mappings_dir, "%s", yw_test_dir());
	snprintf(path, sizeof path, "%s/demands.yaml", yw_test_dir());
	YW_PASS(yw_file_write(path, mapping, strlen(mapping), 0644, true, NULL));
	net = yw_tservice_alone(&s);
	after.q.caller = (struct yw_caller) { 0, 0, 1 };
}

static void
end(void)
{
	yw_asked_release(&after);
	yw_tservice_free(&s);
	yw_tnet_free(net);
}

/* A commit that failed may stop writing, until the daemon starts again. */
static void
restart_if_stopped(void)
{
	YW_PASS(yw_asks(&after, &s, "status", ""));
	if (strcmp(yw_asked_text(&after, "state"), "failed") == 0) {
		yw_tservice_stop(&s);
		yw_tservice_start(&s, net, "320000", "", false, NULL);
	} else {
		YW_CHECK_MSG(strcmp(yw_asked_text(&after, "state"), "appending") == 0, "%s", yw_asked_text(&after, "why"));
	}
}

static uint64_t
log_size(void)
{
	YW_PASS(yw_asks(&after, &s, "status", ""));
	return (uint64_t)yw_asked_number(&after, "log.size");
}

static enum yw_code
put(const char *id)
{
	char params[512];

	snprintf(params, sizeof params, "{\"record\":{\"id\":\"%s\",\"demand\":{\"title\":\"t\"}},\"class\":\"unconditional\"}", id);
	return yw_asks(&after, &s, "record.put", params);
}

static bool
is_registered(const char *id)
{
	char params[128];
	enum yw_code code;

	snprintf(params, sizeof params, "{\"id\":\"%s\"}", id);
	code = yw_asks(&after, &s, "record.get", params);
	YW_CHECK(code == YW_OK || code == YW_ENOENT);
	return code == YW_OK && strcmp(yw_asked_text(&after, "record.operation"), "put") == 0;
}

/* A beat covers what is registered: the node's own clock brings it. */
static void
await_evidence(void)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	int left = PATIENCE_S * 50;

	while (yw_asks(&after, &s, "evidence", "{\"id\":\"320000/demand/a\"}") != YW_OK) {
		YW_CHECK_MSG(left-- > 0, "%s", after.message);
		nanosleep(&pause, NULL);
	}
}

/* Two of one number. */
#define BROKER(local) "{\"record\":{\"id\":\"320000/broker/" local "\",\"broker\":{\"certificate_number\":\"J1\",\"name\":\"n\"," \
	"\"level\":\"primary\",\"division\":\"320000\"}},\"class\":\"unconditional\"}"

/* Questions that change nothing, each until it comes through. */
static void
reading(void)
{
	static const struct { const char *method, *params; size_t least; } all[] = {
		{ "status", "", 3 }, { "logs", "", 3 }, { "peers", "", 2 }, { "digest", "{\"code\":\"320000\"}", 5 },
		{ "record.get", "{\"id\":\"320000/demand/a\"}", 10 }, { "record.list", "{\"code\":\"320000\",\"limit\":10}", 5 },
		{ "record.history", "{\"id\":\"320000/demand/a\"}", 5 }, { "evidence", "{\"id\":\"320000/demand/a\"}", 20 },
		{ "admit.list", "", 3 }, { "log.lost", "{\"code\":\"320000\"}", 5 }, { "log.lacks", "", 2 },
		{ "log.places", "{\"log\":\"320000\"}", 5 }, { "record.doubles", "", 10 }, { "correction.list", "", 3 },
		{ "erase.look", "{\"id\":\"320000/demand/a\"}", 5 }, { "registrar.list", "", 2 },
		{ "network.get", "{\"version\":1}", 2 },
		{ "network.closing", "{\"code\":\"320000\",\"reason\":\"its disk is lost\"}", 5 },
	};

	begin();
	YW_PASS(put("320000/demand/a"));
	for (int i = 0; i < 2; i++)
		YW_CHECK_MSG(yw_asks(&after, &s, "record.put", i == 0 ? BROKER("one") : BROKER("two")) == YW_OK, "%s", after.message);
	await_evidence();
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		size_t at, failed = 0;

		for (at = 1; ask_starved(all[i].method, all[i].params, (struct yw_bytes) { NULL, 0 }, at); at++) {
			failed += asked.code == YW_ENOMEM;
			YW_CHECK_MSG(asked.code != YW_EIO, "%s: %s", all[i].method, asked.message);
		}
		YW_CHECK_MSG(failed >= all[i].least, "%s: only %zu allocations fail", all[i].method, failed);
	}
	YW_CHECK(is_registered("320000/demand/a"));
	end();
}

/* Every record is there, or its question was refused. */
static void
putting(void)
{
	size_t failed = 0;
	char id[64], params[512];
	bool again = true;

	begin();
	for (size_t at = 1; again; at++) {
		bool there;

		snprintf(id, sizeof id, "320000/demand/p%zu", at);
		snprintf(params, sizeof params, "{\"record\":{\"id\":\"%s\",\"demand\":{\"title\":\"t\",\"field\":\"electronics_and_information\"}},"
		    "\"class\":\"conditional\",\"audience\":[\"320100\",\"320200\"],\"timeout_ms\":1}", id);
		again = ask_starved("record.put", params, (struct yw_bytes) { NULL, 0 }, at);
		failed += asked.code != YW_OK;
		restart_if_stopped();
		there = is_registered(id);
		YW_CHECK_MSG(asked.code == YW_EIO || there == (asked.code == YW_OK), "allocation %zu: '%s', and it is %s", at,
		    yw_code_name(asked.code), there ? "there" : "not there");
		YW_PASS(put("320000/demand/other") == YW_ECONFLICT ? YW_OK : after.code);
	}
	YW_CHECK(failed > 20);
	end();
}

static void
withdrawing(void)
{
	size_t failed = 0;
	char id[64], params[128];
	bool again = true;

	begin();
	for (size_t at = 1; again; at++) {
		bool there;

		snprintf(id, sizeof id, "320000/demand/w%zu", at);
		YW_PASS(put(id));
		snprintf(params, sizeof params, "{\"id\":\"%s\"}", id);
		again = ask_starved("record.withdraw", params, (struct yw_bytes) { NULL, 0 }, at);
		failed += asked.code != YW_OK;
		restart_if_stopped();
		there = is_registered(id);
		YW_CHECK_MSG(asked.code == YW_EIO || there == (asked.code != YW_OK), "allocation %zu: '%s', and it is %s: %s", at,
		    yw_code_name(asked.code), there ? "there" : "withdrawn", asked.message);
	}
	YW_CHECK(failed > 10);
	end();
}

static void
erasing(void)
{
	size_t failed = 0;
	char id[64], params[160];
	bool again = true;

	begin();
	for (size_t at = 1; again; at++) {
		bool there;

		snprintf(id, sizeof id, "320000/demand/e%zu", at);
		YW_PASS(put(id));
		snprintf(params, sizeof params, "{\"id\":\"%s\",\"reason\":\"asked for\",\"basis\":\"PIPL 47\",\"places\":1}", id);
		again = ask_starved("erase", params, (struct yw_bytes) { NULL, 0 }, at);
		failed += asked.code != YW_OK;
		restart_if_stopped();
		there = is_registered(id);
		YW_CHECK_MSG(asked.code == YW_EIO || there == (asked.code != YW_OK), "allocation %zu: '%s', and it is %s: %s", at,
		    yw_code_name(asked.code), there ? "there" : "erased", asked.message);
	}
	YW_CHECK(failed > 10);
	end();
}

/* --- imports --- */

enum stage { BEGIN, DATA, END, N_STAGES };

static bool hit;		/* the allocation that was to fail was made */

static void
in_stage(enum stage now, enum stage starved, const char *method, const char *params, const char *data, size_t at)
{
	bool failed = ask_starved(method, params, yw_bytes_str(data), now == starved ? at : 0);

	hit |= now == starved && failed;
}

/* The code of the first question that was refused; the at-th allocation of one of the three fails. */
static enum yw_code
import(const char *table, enum stage starved, size_t at)
{
	const char *number;
	char params[64];

	hit = false;
	in_stage(BEGIN, starved, "import.begin", "{\"mapping\":\"demands\",\"file\":\"t.csv\"}", "", at);
	if (asked.code != YW_OK)
		return asked.code;
	number = strstr(asked.result, "\"import\":");
	YW_CHECK_MSG(number != NULL, "%s", asked.result);
	snprintf(params, sizeof params, "{\"import\":%llu}", strtoull(number + strlen("\"import\":"), NULL, 10));
	in_stage(DATA, starved, "import.data", params, table, at);
	if (asked.code == YW_OK)
		in_stage(END, starved, "import.end", params, "", at);
	if (asked.code != YW_OK)	/* it may be over, or not: as where its beginner goes away */
		YW_CHECK(yw_asks(&after, &s, "import.end", params) != YW_EIO);
	return asked.code;
}

static bool
has_in_answer(const char *name, unsigned value)
{
	char member[64];

	snprintf(member, sizeof member, "\"%s\":%u", name, value);
	return strstr(asked.result, member) != NULL;
}

/* What an import that failed has left out, the same file brings in; one that did not fail has registered it all. */
static void
importing(void)
{
	for (enum stage starved = BEGIN; starved < N_STAGES; starved++) {
		size_t failed = 0, at = 1;
		bool again = true;

		begin();
		for (; again; at++) {
			enum yw_code code;
			char table[128];

			snprintf(table, sizeof table, "no,title\nD%zu-1,a\nD%zu-2,b\n,nameless\n", at, at);
			code = import(table, starved, at);
			again = hit;
			failed += code != YW_OK;
			restart_if_stopped();
			if (code == YW_OK)
				YW_CHECK_MSG(has_in_answer("registered", 2), "allocation %zu: %s", at, asked.result);
			YW_PASS(import(table, N_STAGES, 0));
			YW_CHECK_MSG(has_in_answer("read", 3) && has_in_answer("refused", 1) && (code != YW_OK || has_in_answer("unchanged", 2)),
			    "%s", asked.result);
		}
		YW_CHECK_MSG(failed > 2, "stage %d: %zu", starved, failed);
		end();
	}
}

/* --- admitting --- */

static void
admitting(void)
{
	struct yw_buf base64 = YW_BUF_INIT;
	struct yw_tnode county = { .store = NULL };
	char params[2048];
	size_t failed = 0, before;
	bool again = true;

	begin();
	yw_tnode_open(&county, &net->network, "320102", "320000", &yw_clock_real);
	yw_base64_add(&base64, county.request.data, county.request.len);
	snprintf(params, sizeof params, "{\"request\":\"%s\"}", yw_buf_str(&base64));
	before = log_size();
	for (size_t at = 1; again; at++) {
		again = ask_starved("admit.grant", params, (struct yw_bytes) { NULL, 0 }, at);
		failed += asked.code == YW_ENOMEM;
		restart_if_stopped();
		if (log_size() != before)
			break;
		YW_CHECK_MSG(asked.code != YW_OK, "granted, and nothing is in the log");
	}
	YW_CHECK_MSG(log_size() == before + 2, "a delegation without its roster");
	YW_FAILS(yw_asks(&after, &s, "admit.grant", params), YW_ECONFLICT);
	YW_CHECK(failed > 10);
	yw_tnode_free(&county);
	yw_buf_release(&base64);
	end();
}

/* --- the life of keys and logs (T5, T6, T9) --- */

static void
request_params(const struct yw_tasked *asked_for, const char *fingerprint, char params[static 2048])
{
	struct yw_buf request = YW_BUF_INIT, base64 = YW_BUF_INIT;
	char right[YW_FINGERPRINT_MAX];

	yw_tnet_ask(net, asked_for, &request);
	yw_base64_add(&base64, request.data, request.len);
	yw_request_fingerprint(yw_buf_bytes(&request), right);
	snprintf(params, 2048, "{\"request\":\"%s\"%s%s%s}", yw_buf_str(&base64), fingerprint != NULL ? ",\"fingerprint\":\"" : "",
	    fingerprint != NULL ? right : "", fingerprint != NULL ? "\"" : "");
	yw_buf_release(&request);
	yw_buf_release(&base64);
}

/* The city below has been admitted. */
static void
grant_city(void)
{
	char params[2048];

	request_params(&(struct yw_tasked) { "320100", "320000", "city", 1, 0, NULL }, NULL, params);
	YW_PASS(yw_asks(&after, &s, "admit.grant", params));
}

/* Until it comes through, which adds so many entries; before that none. */
static void
acts_whole(const char *method, const char *params, uint64_t entries, size_t least)
{
	uint64_t before = log_size();
	size_t failed = 0;

	for (size_t at = 1; log_size() == before; at++) {
		ask_starved(method, params, (struct yw_bytes) { NULL, 0 }, at);
		failed += asked.code != YW_OK;
		restart_if_stopped();
		YW_CHECK_MSG(asked.code != YW_OK || log_size() != before, "%s: done, and nothing is in the log", method);
	}
	YW_CHECK_MSG(log_size() == before + entries, "%s: %llu entries", method, (unsigned long long)(log_size() - before));
	YW_CHECK_MSG(failed > least, "%s: only %zu allocations fail", method, failed);
}

static void
closing(void)
{
	begin();
	grant_city();
	acts_whole("close", "{\"code\":\"320100\",\"reason\":\"moved\"}", 2, 5);	/* and its roster */
	YW_FAILS(yw_asks(&after, &s, "close", "{\"code\":\"320100\",\"reason\":\"again\"}"), YW_ECONFLICT);
	end();
}

static void
consenting(void)
{
	char params[2048];

	begin();
	grant_city();
	request_params(&(struct yw_tasked) { "320102", "320100", "fresh", 2, 0, NULL }, "", params);
	acts_whole("consent", params, 1, 5);
	end();
}

static void
naming_a_holder(void)
{
	begin();
	grant_city();
	acts_whole("holder", "{\"holder\":\"320100\"}", 1, 3);
	YW_PASS(yw_asks(&after, &s, "status", ""));
	YW_CHECK(strcmp(yw_asked_text(&after, "holder"), "320100") == 0);
	end();
}

/* Whatever was refused left no seed that is taken for another: in the end one request stands, and it is the same again. */
static void
rotating(void)
{
	char request[2048];
	size_t failed = 0;
	bool again = true;

	begin();
	for (size_t at = 1; again; at++) {
		again = ask_starved("key.rotate", "", (struct yw_bytes) { NULL, 0 }, at);
		failed += asked.code != YW_OK;
		restart_if_stopped();
	}
	YW_CHECK_MSG(failed > 2 && asked.code == YW_OK, "%zu fail", failed);
	YW_PASS(yw_asks(&after, &s, "key.rotate", ""));
	snprintf(request, sizeof request, "%s", yw_asked_text(&after, "request"));
	YW_CHECK(json_is_true(yw_asked_at(&after, "again")) && yw_asked_number(&after, "key_set") == 1);
	YW_CHECK_MSG(strstr(asked.result, request) != NULL, "%s", asked.result);
	YW_PASS(put("320000/demand/b"));
	end();
}

/* --- records that were signed elsewhere (T13), network files (T1) --- */

static void
sign_file(struct yw_buf *request, struct yw_buf *file)
{
	static const struct yw_seed seed = { { 5 } };
	const struct yw_entry_draft draft = { .origin = "svc.example/320000", .signed_at_ms = 1764000000000,
		.audience = { .cls = YW_CLASS_UNCONDITIONAL, .openness = YW_OPENNESS_OPEN } };
	struct yw_record_stamp stamp = { .id = "320000/demand/a", .revision = 1, .op = YW_OP_PUT };
	struct yw_buf bare = YW_BUF_INIT, body = YW_BUF_INIT;
	struct yw_seckey sec;
	struct yw_pubkey pub;
	struct yw_vkey key;
	struct yw_bytes span;

	yw_seckey_from_seed(&seed, &sec, &pub);
	YW_PASS(yw_registrar_vkey("svc.example", &(struct yw_jurisdiction) { "320000" }, &pub, &key));
	YW_PASS(yw_registrar_request_make(&key, &sec, request, NULL));
	YW_PASS(yw_record_from_json(yw_bytes_str("{\"demand\":{\"title\":\"t\"}}"), &bare, NULL));
	YW_PASS(yw_record_finish(yw_buf_bytes(&bare), &stamp, &body, NULL));
	span = yw_buf_bytes(&body);
	YW_PASS(yw_signed_make(&draft, &span, 1, &sec, &pub, file, NULL));
	yw_buf_release(&bare);
	yw_buf_release(&body);
}

static void
signed_elsewhere(void)
{
	struct yw_buf request = YW_BUF_INIT, file = YW_BUF_INIT;
	size_t failed = 0, at;
	char params[256];

	begin();
	sign_file(&request, &file);
	for (at = 1; log_size() == 1; at++) {
		ask_starved("registrar.add", "{\"kinds\":[\"demand\"]}", yw_buf_bytes(&request), at);
		failed += asked.code != YW_OK;
		restart_if_stopped();
	}
	YW_CHECK(failed > 5);
	for (at = 1; !is_registered("320000/demand/a"); at++) {
		ask_starved("record.put_signed", "", yw_buf_bytes(&file), at);
		failed += asked.code != YW_OK;
		restart_if_stopped();
	}
	YW_CHECK(failed > 15 && log_size() == 3);
	YW_PASS(yw_asks(&after, &s, "registrar.list", ""));
	snprintf(params, sizeof params, "{\"key\":\"%s\"}", yw_asked_text(&after, "registrars.0.key"));
	acts_whole("registrar.end", params, 1, 3);
	yw_buf_release(&request);
	yw_buf_release(&file);
	end();
}

static int64_t
network_version(void)
{
	YW_PASS(yw_asks(&after, &s, "status", ""));
	return yw_asked_number(&after, "network_version");
}

static void
network_file(void)
{
	const struct yw_network_change none = { .policy_lines = "quorum none\n" };
	struct yw_buf draft = YW_BUF_INIT, two = YW_BUF_INIT;
	struct yw_seckey root;
	struct yw_pubkey pub;
	size_t failed = 0;

	begin();
	yw_tnet_root_key("root", &root, &pub);
	YW_PASS(yw_network_next(&net->network, &none, &draft, NULL));
	YW_PASS(yw_network_sign(&net->network, yw_buf_bytes(&draft), &root, &pub, &two, NULL));
	for (size_t at = 1; network_version() == 1; at++) {
		ask_starved("network.add", "", yw_buf_bytes(&two), at);
		failed += asked.code != YW_OK;
		restart_if_stopped();
	}
	YW_CHECK(failed > 10 && log_size() == 2);
	yw_buf_release(&draft);
	yw_buf_release(&two);
	end();
}

/* --- corrections (V5) --- */

#define RECORDS 64
#define REQUEST "320100/correction_request/0000000000000000-%02u"

static struct yw_lnet *two;

/* The handlers over the city, which asks for corrections of what the province has registered, or over the province. */
static void
over(size_t which)
{
	s.config.correction_days = 10;
	yw_tservice_over(&s, &two->n[which]);
}

/* asked: the city has asked for a correction of each record already, and the handlers are over the province. */
static void
begin_two(bool asked_already)
{
	static const char *const codes[] = { "320000", "320100" };
	char id[YW_ID_MAX + 1], json[160];

	two = yw_lnet_new(codes, 2, "quorum none\n");
	for (size_t i = 0; i < 2; i++)
		yw_lnode_open(&two->n[i]);
	yw_lnode_admit(two, "320100");
	yw_lnet_sync(two);
	for (unsigned i = 0; i < RECORDS; i++) {
		snprintf(id, sizeof id, "320000/demand/r%u", i);
		yw_lnode_put(&two->n[0], id, 1, "t", &yw_unconditional);
	}
	yw_lnet_sync(two);
	for (unsigned i = 0; asked_already && i < RECORDS; i++) {
		snprintf(id, sizeof id, REQUEST, i);
		snprintf(json, sizeof json, "{\"correction_request\":{\"record\":\"320000/demand/r%u\",\"revision\":1,\"reason\":\"wrong\"}}", i);
		yw_lnode_put_json(&two->n[1], id, 1, json, &yw_unconditional);
	}
	yw_lnet_sync(two);
	after.q.caller = (struct yw_caller) { 0, 0, 1 };
	over(asked_already ? 0 : 1);
}

static size_t
corrections_that_are(const char *state)
{
	char params[64];

	snprintf(params, sizeof params, "{\"state\":\"%s\"}", state);
	YW_PASS(yw_asks(&after, &s, "correction.list", params));
	return json_array_size(yw_asked_at(&after, "items"));
}

static void
open_again_if_stopped(size_t which)
{
	YW_PASS(yw_asks(&after, &s, "status", ""));
	if (strcmp(yw_asked_text(&after, "state"), "failed") != 0)
		return;
	yw_tservice_leave(&s);
	yw_lnode_reopen(&two->n[which]);
	over(which);
}

static void
end_two(void)
{
	yw_asked_release(&after);
	yw_tservice_leave(&s);
	yw_lnet_free(two);
}

/* Of each record one request, or none. */
static void
correcting(void)
{
	size_t failed = 0, there = 0;
	char params[256];
	bool again = true;

	begin_two(false);
	for (size_t at = 1; again; at++) {
		size_t before = there;

		YW_CHECK(there < RECORDS);
		snprintf(params, sizeof params, "{\"record\":\"320000/demand/r%zu\",\"reason\":\"wrong\",\"points\":[{\"field\":"
		    "\"demand.title\",\"proposed\":\"right\"}]}", there);
		again = ask_starved("correction.ask", params, (struct yw_bytes) { NULL, 0 }, at);
		failed += asked.code != YW_OK;
		open_again_if_stopped(1);
		there = corrections_that_are("all");
		YW_CHECK_MSG(asked.code == YW_EIO || there == before + (asked.code == YW_OK), "allocation %zu: '%s', and %zu are asked for",
		    at, yw_code_name(asked.code), there);
	}
	YW_CHECK(failed > 10);
	end_two();
}

/* Each request has its answer, or waits for it. */
static void
answering(void)
{
	size_t failed = 0, answers = 0;
	char id[YW_ID_MAX + 1], params[256];
	bool again = true;

	begin_two(true);
	for (size_t at = 1; again; at++) {
		size_t before = answers;

		YW_CHECK(answers < RECORDS);
		snprintf(id, sizeof id, REQUEST, (unsigned)answers);
		snprintf(params, sizeof params, "{\"request\":\"%s\",\"accepted\":false,\"reason\":\"it is right\"}", id);
		again = ask_starved("correction.answer", params, (struct yw_bytes) { NULL, 0 }, at);
		failed += asked.code != YW_OK;
		open_again_if_stopped(0);
		answers = RECORDS - corrections_that_are("open");
		YW_CHECK_MSG(asked.code == YW_EIO || answers == before + (asked.code == YW_OK), "allocation %zu: '%s', and %zu are answered",
		    at, yw_code_name(asked.code), answers);
	}
	YW_CHECK(failed > 10);
	end_two();
}

/* --- starting --- */

static void
starting(void)
{
	struct yw_service_options o;
	struct yw_service *made;
	struct yw_error err;
	size_t failed = 0;
	enum yw_code code;

	begin();
	o = (struct yw_service_options) { &s.config, &s.home, s.t.ledger, s.node, s.t.store, yw_clock_real };
	for (size_t at = 1;; at++) {
		yw_starve_at(at);
		code = yw_service_new(&o, &made, &err);
		hit = yw_starve_end();
		if (code == YW_OK)
			yw_service_free(made);
		if (!hit)
			break;
		YW_CHECK_MSG(code == YW_ENOMEM || code == YW_OK, "allocation %zu: '%s'", at, yw_code_name(code));
		failed += code == YW_ENOMEM;
	}
	YW_PASS(code);
	YW_CHECK(failed > 3);
	end();
}

YW_TESTS(
	{ "S1 questions without memory are refused, and answered the next time", reading },
	{ "S2 a record is registered or refused, also without memory", putting },
	{ "B7 a withdrawal without memory is refused whole", withdrawing },
	{ "V6/erasure an erasure without memory is refused whole", erasing },
	{ "B5 an import without memory is refused, and the same file brings in what it left out", importing },
	{ "T11 a grant without memory leaves no delegation without its roster", admitting },
	{ "T6 T11 a closing without memory is refused, or logged with its roster", closing },
	{ "T9 a consent without memory is refused, or logged once", consenting },
	{ "V4 a holder without memory is refused, or named once", naming_a_holder },
	{ "T5 new keys without memory are refused, or asked for, and then stay the same", rotating },
	{ "T13 what was signed elsewhere is registered or refused whole, also without memory", signed_elsewhere },
	{ "T1 a network file without memory is taken or refused, and logged once", network_file },
	{ "V5 a correction without memory is refused, or asked for once", correcting },
	{ "V5 an answer without memory is refused, or given once", answering },
	{ "S1 handlers that do not come up without memory", starting }
)
