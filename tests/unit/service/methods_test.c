/*
 * methods_test.c - every method's parameters, who may ask for what, and what the audit log says of it.
 */
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "support/testing.h"
#include "support/tservice.h"

static struct yw_tnet *net;
static struct yw_tservice s;
static struct yw_asked a = YW_ASKED_INIT;
static struct yw_error err;

#define OTHER_UID 54321

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

/* --- parameters --- */

static const char *const methods[] = { "status", "logs", "log.places", "peers", "digest", "record.get", "record.list", "record.doubles", "record.history",
	"evidence", "contradiction", "record.put", "record.withdraw", "import.begin", "import.data", "import.end", "admit.list", "admit.grant",
	"admit.refuse", "refetch", "node.take", "backup", "close", "key.rotate", "consent", "log.lost", "record.put_signed", "registrar.list",
	"registrar.add", "registrar.end", "holder", "network.add", "network.get", "network.closing" };
#define N_METHODS (sizeof methods / sizeof *methods)

/* What record.put takes apart is in records_test.c, what becomes of imports in import_test.c. */
static void
wrong_parameters(void)
{
	static const char longest[] = "a-local-id-of-more-than-sixty-four-characters-which-is-one-too-many";
	static const struct { const char *method, *params; enum yw_code code; const char *names; } cases[] = {
		{ "digest", "{}", YW_EINVAL, "'code' is missing" },
		{ "digest", "{\"code\":320000}", YW_EINVAL, "'code'" },
		{ "digest", "{\"code\":\"32000\"}", YW_EINVAL, "'code'" },
		{ "digest", "{\"code\":null}", YW_EINVAL, "'code'" },
		{ "record.get", "{}", YW_EINVAL, "'id' is missing" },
		{ "record.get", "{\"id\":1}", YW_EINVAL, "'id'" },
		{ "record.get", "{\"id\":\"\"}", YW_EINVAL, "'id'" },
		{ "record.get", "{\"id\":\"320000/demand/\"}", YW_EINVAL, "'id'" },
		{ "record.get", "{\"id\":\"320000/demand/a b\"}", YW_EINVAL, "'id'" },
		{ "record.get", "{\"log\":\"320000\"}", YW_EINVAL, "'index' is missing" },
		{ "record.get", "{\"log\":7,\"index\":1}", YW_EINVAL, "'log'" },
		{ "record.get", "{\"log\":\"320100\",\"index\":1}", YW_ENOENT, "'log'" },
		{ "record.get", "{\"log\":\"svc.example/32000\",\"index\":1}", YW_ENOENT, "'log'" },
		{ "record.get", "{\"log\":\"320000\",\"index\":\"1\"}", YW_EINVAL, "'index'" },
		{ "record.get", "{\"log\":\"320000\",\"index\":1,\"item\":256}", YW_EINVAL, "'item'" },
		{ "record.get", "{\"log\":\"320000\",\"index\":0,\"item\":0}", YW_ENOENT, "entry 0 of 'svc.example/320000' registers no item 0" },
		{ "record.get", "{\"log\":\"320000\",\"index\":9223372036854775807}", YW_ENOENT, "no entry 9223372036854775807" },
		{ "record.get", "{\"id\":\"320000/demand/a\",\"log\":\"320000\",\"index\":1}", YW_EINVAL, "'log' does not go" },
		{ "record.get", "{\"id\":\"320000/demand/a\",\"item\":1}", YW_EINVAL, "'item' does not go" },
		{ "record.get", "{\"index\":1}", YW_EINVAL, "'id' is missing" },
		{ "evidence", "{\"log\":\"320000\",\"index\":99}", YW_ENOENT, "no entry 99" },
		{ "log.places", "{}", YW_EINVAL, "'log' is missing" },
		{ "log.places", "{\"log\":\"svc.example\"}", YW_ENOENT, "'log'" },
		{ "log.places", "{\"log\":\"320000\",\"limit\":0}", YW_EINVAL, "'limit'" },
		{ "log.places", "{\"log\":\"320000\",\"limit\":1001}", YW_EINVAL, "'limit'" },
		{ "log.places", "{\"log\":\"320000\",\"after\":-1}", YW_EINVAL, "'after'" },
		{ "record.history", "{}", YW_EINVAL, "'id' is missing" },
		{ "record.history", "{\"id\":\"320000\"}", YW_EINVAL, "'id'" },
		{ "evidence", "{}", YW_EINVAL, "'id' is missing" },
		{ "evidence", "{\"id\":\"320000/Wish/a\"}", YW_EINVAL, "'id'" },
		{ "contradiction", "{}", YW_EINVAL, "'code' is missing" },
		{ "contradiction", "{\"code\":\"320000/demand/a\"}", YW_EINVAL, "'code'" },
		{ "contradiction", "{\"code\":\"320000\"}", YW_ENOENT, "no log of 320000 contradicts itself" },
		{ "record.list", "{\"code\":\"3200\"}", YW_EINVAL, "'code'" },
		{ "record.list", "{\"code\":[]}", YW_EINVAL, "'code'" },
		{ "record.list", "{\"code\":\"320000\",\"kind\":\"wish\"}", YW_EINVAL, "'kind'" },
		{ "record.list", "{\"kind\":\"demand\"}", YW_EINVAL, "'kind' needs 'code'" },
		{ "record.doubles", "{\"code\":\"3200\"}", YW_EINVAL, "'code'" },
		{ "record.doubles", "{\"kind\":1}", YW_EINVAL, "'kind'" },
		{ "record.doubles", "{\"after\":\"contract\"}", YW_EINVAL, "'after'" },
		{ "record.list", "{\"limit\":0}", YW_EINVAL, "'limit'" },
		{ "record.list", "{\"limit\":1001}", YW_EINVAL, "'limit'" },
		{ "record.list", "{\"limit\":-1}", YW_EINVAL, "'limit'" },
		{ "record.list", "{\"limit\":1.5}", YW_EINVAL, "'limit'" },
		{ "record.list", "{\"limit\":\"10\"}", YW_EINVAL, "'limit'" },
		{ "record.list", "{\"after\":7}", YW_EINVAL, "'after'" },
		{ "record.withdraw", "{}", YW_EINVAL, "'id' is missing" },
		{ "record.withdraw", "{\"id\":\"x\"}", YW_EINVAL, "'id'" },
		{ "import.begin", "{}", YW_EINVAL, "'mapping' is missing" },
		{ "import.begin", "{\"mapping\":7}", YW_EINVAL, "'mapping'" },
		{ "import.begin", "{\"mapping\":\"\"}", YW_EINVAL, "'mapping'" },
		{ "import.begin", "{\"mapping\":\"../contracts\"}", YW_EINVAL, "'mapping'" },
		{ "import.begin", "{\"mapping\":\"Contracts\"}", YW_EINVAL, "'mapping'" },
		{ "import.begin", "{\"mapping\":\"nothing\"}", YW_ENOENT, "'mapping'" },
		{ "import.begin", "{\"mapping\":\"contracts\",\"file\":{}}", YW_EINVAL, "'file'" },
		{ "import.begin", "{\"mapping\":\"contracts\",\"dry_run\":\"yes\"}", YW_EINVAL, "'dry_run'" },
		{ "import.begin", "{\"mapping\":\"contracts\",\"dry_run\":1}", YW_EINVAL, "'dry_run'" },
		{ "import.begin", "{\"mapping\":\"contracts\",\"dryrun\":true}", YW_EINVAL, "'dryrun'" },
		{ "import.begin", "{\"mapping\":\"contracts\",\"durable\":\"nobody\"}", YW_EINVAL, "'durable'" },
		{ "import.begin", "{\"mapping\":\"contracts\",\"durable\":\"330000\"}", YW_EINVAL, "'durable': no node of 330000" },
		{ "import.begin", "{\"mapping\":\"contracts\",\"durable\":\"320000\"}", YW_EINVAL, "'durable': 320000 is this node" },
		{ "import.data", "{}", YW_EINVAL, "'import' is missing" },
		{ "import.data", "{\"import\":\"1\"}", YW_EINVAL, "'import'" },
		{ "import.data", "{\"import\":1}", YW_ENOENT, "'import'" },
		{ "import.end", "{}", YW_EINVAL, "'import' is missing" },
		{ "import.end", "{\"import\":1}", YW_ENOENT, "'import'" },
		{ "import.end", "{\"import\":1,\"durable\":\"\"}", YW_EINVAL, "'durable'" },
		{ "import.end", "{\"import\":1,\"durable\":\"330000\"}", YW_EINVAL, "'durable': no node of 330000" },
		{ "import.end", "{\"import\":1,\"durable\":\"quorum\",\"timeout_ms\":\"\"}", YW_EINVAL, "'timeout_ms'" },
		{ "admit.grant", "{}", YW_EINVAL, "'fingerprint' is missing" },
		{ "admit.grant", "{\"code\":\"320100\"}", YW_EINVAL, "'fingerprint' is missing" },
		{ "admit.grant", "{\"code\":\"320100\",\"fingerprint\":\"\"}", YW_EINVAL, "'fingerprint'" },
		{ "admit.grant", "{\"fingerprint\":\"1\"}", YW_EINVAL, "'code' is missing" },
		{ "admit.grant", "{\"code\":\"x\",\"fingerprint\":\"1\"}", YW_EINVAL, "'code'" },
		{ "admit.grant", "{\"request\":\"\"}", YW_EFORMAT, "'request'" },
		{ "admit.grant", "{\"request\":\"AAA\"}", YW_EFORMAT, "'request'" },
		{ "admit.grant", "{\"request\":\"AAAA\"}", YW_EFORMAT, "'request'" },
		{ "admit.grant", "{\"request\":\"AAAA\",\"code\":\"320100\"}", YW_EINVAL, "'code'" },
		{ "admit.grant", "{\"request\":7}", YW_EINVAL, "'request'" },
		{ "admit.refuse", "{\"code\":\"320100\"}", YW_EINVAL, "'reason' is missing" },
		{ "log.lost", "{}", YW_EINVAL, "'code' is missing" },
		{ "log.lost", "{\"code\":\"320000\",\"limit\":1001}", YW_EINVAL, "'limit'" },
		{ "consent", "{}", YW_EINVAL, "'request' is missing" },
		{ "consent", "{\"request\":\"AAAA\"}", YW_EINVAL, "'fingerprint' is missing" },
		{ "consent", "{\"request\":\"AAAA\",\"fingerprint\":\"1\"}", YW_EFORMAT, "'request'" },
		{ "close", "{\"reason\":\"x\"}", YW_EINVAL, "'code' is missing" },
		{ "close", "{\"code\":\"320100\"}", YW_EINVAL, "'reason' is missing" },
		{ "close", "{\"code\":\"320100\",\"reason\":\" \"}", YW_EINVAL, "'reason' is empty" },
		{ "close", "{\"code\":\"320100\",\"reason\":\"a\\nb\"}", YW_EINVAL, "'reason' is no single line" },
		{ "close", "{\"code\":\"320100\",\"reason\":\"a\\u001b[2Jb\"}", YW_EINVAL, "'reason' is no single line" },
		{ "close", "{\"code\":\"320100\",\"reason\":\"a\\u202eb\"}", YW_EINVAL, "'reason' is no single line" },
		{ "close", "{\"code\":\"320100\",\"reason\":\"x\",\"revoked\":1}", YW_EINVAL, "'revoked'" },
		{ "close", "{\"code\":\"320100\",\"reason\":\"x\",\"successor\":\"3201\"}", YW_EINVAL, "'successor'" },
		{ "close", "{\"code\":\"320100\",\"reason\":\"x\",\"next_issuer\":\"3201\"}", YW_EINVAL, "'next_issuer'" },
		{ "close", "{\"code\":\"320100\",\"reason\":\"x\",\"doubted_from\":-1}", YW_EINVAL, "'doubted_from'" },
		{ "record.put_signed", "{}", YW_EFORMAT, "the file of signed records: it does not end with a line 'sha256'" },
		{ "record.put_signed", "{\"durable\":\"x\"}", YW_EINVAL, "'durable'" },
		{ "registrar.add", "{}", YW_EINVAL, "'kinds'" },
		{ "registrar.add", "{\"kinds\":[]}", YW_EINVAL, "'kinds'" },
		{ "registrar.add", "{\"kinds\":[\"wish\"]}", YW_EINVAL, "'wish' is no kind" },
		{ "registrar.add", "{\"kinds\":[7]}", YW_EINVAL, "'kinds'" },
		{ "registrar.add", "{\"kinds\":[\"demand\",\"demand\"]}", YW_EINVAL, "'demand' twice" },
		{ "registrar.add", "{\"kinds\":[\"demand\"]}", YW_EFORMAT, "the registrar's request" },
		{ "registrar.add", "{\"kinds\":[\"demand\"],\"fingerprint\":1}", YW_EINVAL, "'fingerprint'" },
		{ "registrar.end", "{}", YW_EINVAL, "'key' is missing" },
		{ "registrar.end", "{\"key\":\"00\"}", YW_EINVAL, "'key'" },
		{ "network.add", "{}", YW_EINVAL, "a network file of 1 to" },
		{ "network.get", "{\"version\":2}", YW_ENOENT, "version 2 of the network file is not held here: the newest is 1" },
		{ "network.get", "{\"version\":-1}", YW_EINVAL, "'version'" },
		{ "network.closing", "{\"code\":\"320000\"}", YW_EINVAL, "'reason' is missing" },
		{ "network.closing", "{\"code\":\"320000\",\"reason\":\"a\\tb\"}", YW_EINVAL, "'reason' is no single line" },
		{ "network.closing", "{\"code\":\"320100\",\"reason\":\"r\"}", YW_ENOENT, "nobody has admitted 320100" },
		{ "holder", "{}", YW_EINVAL, "'holder' is missing" },
		{ "holder", "{\"nobody\":1}", YW_EINVAL, "'nobody'" },
		{ "holder", "{\"holder\":\"320100\",\"nobody\":true}", YW_EINVAL, "beside 'nobody'" },
		{ "holder", "{\"holder\":\"320100\"}", YW_ENOENT, "320100 has no open log" },
		{ "holder", "{\"holder\":\"320000\"}", YW_EINVAL, "320000 keeps its own records anyhow" },
		{ "admit.refuse", "{\"code\":\"320100\",\"reason\":\"\"}", YW_EINVAL, "'reason'" },
		{ "admit.refuse", "{\"reason\":\"no\"}", YW_EINVAL, "'code' is missing" },
		{ "admit.refuse", "{\"code\":\"320100\",\"reason\":\"no\"}", YW_ENOENT, "320100" },
		{ "admit.grant", "{\"code\":\"320100\",\"fingerprint\":\"1\"}", YW_ENOENT, "320100" },
	};
	char params[512];

	begin();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum yw_code got = yw_asks(&a, &s, cases[i].method, cases[i].params);

		YW_CHECK_MSG(got == cases[i].code && strstr(a.message, cases[i].names), "%s %s: '%s' %s", cases[i].method,
		    cases[i].params, yw_code_name(got), a.message);
	}
	snprintf(params, sizeof params, "{\"id\":\"320000/demand/%s\"}", longest);
	YW_FAILS(yw_asks(&a, &s, "record.get", params), YW_EINVAL);
	snprintf(params, sizeof params, "{\"after\":\"%s%s\"}", longest, longest);
	YW_FAILS(yw_asks(&a, &s, "record.list", params), YW_EINVAL);
	snprintf(params, sizeof params, "{\"code\":\"320100\",\"reason\":\"%s%s%s%s\"}", longest, longest, longest, longest);
	YW_FAILS(yw_asks(&a, &s, "admit.refuse", params), YW_EINVAL);
	end();
}

/* What is no object, and a name that no method has. */
static void
wrong_for_all(void)
{
	static const struct { const char *params; enum yw_code code; const char *says; } cases[] = {
		{ "[]", YW_EFORMAT, "parameters are a JSON object" }, { "null", YW_EFORMAT, "parameters are a JSON object" },
		{ "{", YW_EFORMAT, "parameters: line 1" }, { "{}{}", YW_EFORMAT, "parameters: line 1" },
		{ " ", YW_EFORMAT, "parameters: line 1" }, { "{\"id\":\"a\",\"id\":\"b\"}", YW_EFORMAT, "parameters: line 1" },
		{ "{\"id\":\"\xff\"}", YW_EFORMAT, "parameters: line 1" }, { "{\"id\":\"\\u0000\"}", YW_EFORMAT, "parameters: line 1" },
		{ "{\"nonsense\":1}", YW_EINVAL, "parameter 'nonsense'" }, { "{\"\":1}", YW_EINVAL, "parameter ''" },
		{ "{\"id code\":1}", YW_EINVAL, "parameter 'id code'" },
		{ "{\"一二三四五六七八九十一二三四五六七八九十\":1}", YW_EINVAL, "parameter '一二三四五六七八九十一二三" },
	};

	begin();
	for (size_t m = 0; m < N_METHODS; m++)
		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			enum yw_code got = yw_asks(&a, &s, methods[m], cases[i].params);

			YW_CHECK_MSG(got == cases[i].code && strstr(a.message, cases[i].says), "%s %s: '%s' %s", methods[m],
			    cases[i].params, yw_code_name(got), a.message);
			YW_CHECK(yw_utf8_valid(a.message, strlen(a.message)));
		}
	YW_FAILS(yw_asks(&a, &s, "", "{}"), YW_EINVAL);
	YW_FAILS(yw_asks(&a, &s, "record", "{}"), YW_EINVAL);
	YW_FAILS(yw_asks(&a, &s, "STATUS", "{}"), YW_EINVAL);
	YW_FAILS(yw_asks(&a, &s, "一个名字很长很长很长很长很长很长很长很长的方法", "{}"), YW_EINVAL);
	YW_CHECK(yw_utf8_valid(a.message, strlen(a.message)));
	end();
}

static void
deep_json(void)
{
	struct yw_buf deep = YW_BUF_INIT;

	begin();
	yw_buf_add_str(&deep, "{\"record\":");
	for (int i = 0; i < 200000; i++)
		yw_buf_add_byte(&deep, '[');
	YW_FAILS(yw_asks(&a, &s, "record.put", yw_buf_str(&deep)), YW_EFORMAT);
	yw_buf_clear(&deep);
	yw_buf_add_str(&deep, "{\"class\":\"unconditional\",\"record\":{\"id\":\"320000/demand/a\",\"demand\":");
	for (int i = 0; i < 1000; i++)
		yw_buf_add_str(&deep, "{\"owner\":");
	yw_buf_add_str(&deep, "{}");
	for (int i = 0; i < 1000 + 2; i++)
		yw_buf_add_byte(&deep, '}');
	YW_FAILS(yw_asks(&a, &s, "record.put", yw_buf_str(&deep)), YW_EFORMAT);
	yw_buf_clear(&deep);
	yw_buf_add_str(&deep, "{\"id\":\"");
	memset(yw_buf_extend(&deep, 8u << 20), 'x', 8u << 20);
	yw_buf_add_str(&deep, "\"}");
	YW_FAILS(yw_asks(&a, &s, "record.get", yw_buf_str(&deep)), YW_ELIMIT);
	YW_PASS(yw_asks(&a, &s, "status", ""));
	yw_buf_release(&deep);
	end();
}

/* --- rights --- */

static void
rights(void)
{
	static const char *const params[N_METHODS] = { [3] = "{\"code\":\"320000\"}" };
	uid_t self = geteuid();

	begin();
	for (size_t m = 0; m < N_METHODS; m++) {
		bool trust = strncmp(methods[m], "admit.", 6) == 0 || strcmp(methods[m], "refetch") == 0 ||
		    strcmp(methods[m], "node.take") == 0 || strcmp(methods[m], "backup") == 0 || strcmp(methods[m], "close") == 0 || strcmp(methods[m], "key.rotate") == 0 || strcmp(methods[m], "consent") == 0 ||
		    strcmp(methods[m], "registrar.add") == 0 || strcmp(methods[m], "registrar.end") == 0 ||
		    strcmp(methods[m], "holder") == 0 || strcmp(methods[m], "network.add") == 0 ||
		    strcmp(methods[m], "network.closing") == 0;
		enum yw_code got;

		a.q.caller = (struct yw_caller) { OTHER_UID, OTHER_UID, 1 };
		got = yw_asks(&a, &s, methods[m], params[m] != NULL ? params[m] : "{}");
		YW_CHECK_MSG((got == YW_EDENIED) == trust, "%s: %s", methods[m], a.message);
		if (trust)
			YW_CHECK(strstr(a.message, methods[m]) && strstr(a.message, "root"));
		a.q.caller.uid = self;		/* the daemon's own user, and root */
		YW_CHECK_MSG(yw_asks(&a, &s, methods[m], "{\"x\":1}") == YW_EINVAL, "%s: %s", methods[m], a.message);
		a.q.caller.uid = 0;
		YW_CHECK_MSG(yw_asks(&a, &s, methods[m], "{\"x\":1}") == YW_EINVAL, "%s: %s", methods[m], a.message);
	}
	end();
}

/* --- the audit log --- */

/* The line that the last question has left, without its time; "" if it left none. */
static const char *
new_line(void)
{
	static char line[600];
	static size_t seen;
	struct yw_buf all = YW_BUF_INIT;
	const char *text, *nl;

	line[0] = '\0';
	yw_tservice_audit(&s, &all);
	text = yw_buf_str(&all);
	if (all.len < seen)
		seen = 0;
	if (all.len > seen) {
		nl = strchr(text + seen, '\n');
		YW_CHECK_MSG(nl != NULL && nl[1] == '\0', "not one line: %s", text + seen);
		YW_CHECK(text[seen + 10] == 'T' && text[seen + 23] == 'Z' && text[seen + 24] == ' ');
		snprintf(line, sizeof line, "%.*s", (int)(nl - text - (ptrdiff_t)seen) - 25, text + seen + 25);
	}
	seen = all.len;
	yw_buf_release(&all);
	return line;
}

/* What changes something leaves a line, refused before it has begun; questions leave none. */
static void
which_leave_a_line(void)
{
	static const char changing[] = " record.put record.withdraw import.begin import.end backup refetch node.take admit.list "
	    "admit.grant admit.refuse close key.rotate consent record.put_signed registrar.add registrar.end holder network.add network.closing ";
	char name[40], line[96];

	begin();
	(void)new_line();
	for (size_t m = 0; m < N_METHODS; m++) {
		YW_CHECK(yw_asks(&a, &s, methods[m], "{\"x\":1}") == YW_EINVAL);
		snprintf(name, sizeof name, " %s ", methods[m]);
		snprintf(line, sizeof line, " %s - parameter 'x'", methods[m]);
		if (strstr(changing, name) != NULL)
			YW_CHECK_MSG(strstr(new_line(), line) != NULL, "%s", methods[m]);
		else
			YW_CHECK_MSG(*new_line() == '\0', "%s", methods[m]);
	}
	end();
}

#define DEMAND(local) "{\"record\":{\"id\":\"320000/demand/" local "\",\"demand\":{\"title\":\"t\"}},\"class\":\"unconditional\"}"

static void
audited(void)
{
	static const struct { uid_t uid; const char *method, *params, *line; } cases[] = {
		{ 0, "status", "{}", "" }, { 0, "record.list", "{}", "" }, { 0, "record.get", "{}", "" }, { 0, "nonsense", "{}", "" },
		{ 7, "record.put", DEMAND("a"), "uid=7 pid=42 record.put 320000/demand/a registered" },
		{ 7, "record.put", DEMAND("a"), "uid=7 pid=42 record.put 320000/demand/a '320000/demand/a'" },
		{ 7, "record.put", "{", "uid=7 pid=42 record.put - parameters: line 1" },
		{ 7, "record.put", "{}", "uid=7 pid=42 record.put - parameter 'record'" },
		{ 7, "record.put", "{\"x\":1}", "uid=7 pid=42 record.put - parameter 'x'" },
		{ 7, "record.withdraw", "{\"id\":\"320000/demand/b\"}", "uid=7 pid=42 record.withdraw 320000/demand/b nothing is registered" },
		{ 7, "record.withdraw", "{\"id\":\"320000/demand/a\",\"durable\":\"quorum\",\"timeout_ms\":1}",
		    "uid=7 pid=42 record.withdraw 320000/demand/a registered" },
		{ 7, "record.withdraw", "{\"id\":\"320000/demand/a\"}", "uid=7 pid=42 record.withdraw 320000/demand/a '320000/demand/a' has" },
		{ 7, "import.begin", "{\"mapping\":\"contracts\",\"file\":\"a\\nb.csv\",\"class\":\"unconditional\"}", "uid=7 pid=42 import.begin a?b.csv begun" },
		{ 7, "import.begin", "{\"mapping\":\"none\",\"file\":\"b.csv\"}", "uid=7 pid=42 import.begin b.csv parameter 'mapping'" },
		{ 7, "import.begin", "{\"file\":\"b.csv\"}", "uid=7 pid=42 import.begin - parameter 'mapping'" },
		{ 7, "import.data", "{\"import\":1}", "" },
		{ 8, "import.end", "{\"import\":1}", "uid=8 pid=42 import.end - parameter 'import'" },
		{ 7, "import.end", "{\"import\":1}", "uid=7 pid=42 import.end a?b.csv ended" },
		{ 7, "import.end", "{\"import\":1}", "uid=7 pid=42 import.end - parameter 'import'" },
		{ OTHER_UID, "admit.list", "{}", "uid=54321 pid=42 admit.list - admit.list needs root" },
		{ OTHER_UID, "admit.grant", "{", "uid=54321 pid=42 admit.grant - admit.grant needs root" },
		{ OTHER_UID, "admit.refuse", "{}", "uid=54321 pid=42 admit.refuse - admit.refuse needs root" },
		{ 0, "admit.list", "{}", "uid=0 pid=42 admit.list - listed" },
		{ 0, "admit.grant", "{}", "uid=0 pid=42 admit.grant - parameter 'fingerprint'" },
		{ 0, "admit.grant", "{\"code\":\"320100\",\"fingerprint\":\"1\"}", "uid=0 pid=42 admit.grant 320100 no request of 320100" },
		{ 0, "admit.refuse", "{\"code\":\"320100\",\"reason\":\"r\"}", "uid=0 pid=42 admit.refuse 320100 no request of 320100" },
		{ OTHER_UID, "key.rotate", "{}", "uid=54321 pid=42 key.rotate - key.rotate needs root" },
		{ 0, "key.rotate", "{}", "uid=0 pid=42 key.rotate 320000 new keys asked for" },
		{ 0, "key.rotate", "{}", "uid=0 pid=42 key.rotate 320000 asked for already" },
		{ OTHER_UID, "consent", "{}", "uid=54321 pid=42 consent - consent needs root" },
		{ 0, "consent", "{}", "uid=0 pid=42 consent - parameter 'request'" },
		{ OTHER_UID, "close", "{}", "uid=54321 pid=42 close - close needs root" },
		{ 0, "close", "{\"code\":\"320100\"}", "uid=0 pid=42 close 320100 parameter 'reason'" },
		{ 0, "close", "{\"code\":\"320100\",\"reason\":\"r\"}", "uid=0 pid=42 close 320100 nobody has admitted 320100" },
		{ OTHER_UID, "backup", "{}", "uid=54321 pid=42 backup - backup needs root" },
		{ 0, "backup", "{}", "uid=0 pid=42 backup - parameter 'dir' is missing" },
		{ 0, "backup", "{\"dir\":\"b\"}", "uid=0 pid=42 backup b parameter 'dir': 'b' is no absolute path" },
		{ 0, "backup", "{\"dir\":\"/\"}", "uid=0 pid=42 backup / '/' exists already" },
		{ OTHER_UID, "node.take", "{}", "uid=54321 pid=42 node.take - node.take needs root" },
		{ 0, "node.take", "{}", "uid=0 pid=42 node.take 320000 no other machine is known" },
		{ OTHER_UID, "refetch", "{}", "uid=54321 pid=42 refetch - refetch needs root" },
		{ 0, "refetch", "{}", "uid=0 pid=42 refetch 320000 done" },
		{ 0, "refetch", "{}", "uid=0 pid=42 refetch 320000 nothing to fetch back now: a person asked for it" },
		{ 7, "record.put", DEMAND("c"), "uid=7 pid=42 record.put 320000/demand/c a person asked for it; my log is fetched" },
	};

	begin();
	new_line();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *line;

		a.q.caller = (struct yw_caller) { cases[i].uid, 1, 42 };
		yw_asks(&a, &s, cases[i].method, cases[i].params);
		line = new_line();
		YW_CHECK_MSG(cases[i].line[0] == '\0' ? line[0] == '\0' : strncmp(line, cases[i].line, strlen(cases[i].line)) == 0,
		    "%s %s: '%s'", cases[i].method, cases[i].params, line);
		YW_CHECK(yw_utf8_valid(line, strlen(line)));
	}
	end();
}

/* Whoever keeps old lines renames the file; whoever removes it does not stop the lines that follow. */
static void
audit_goes_on(void)
{
	struct yw_buf old = YW_BUF_INIT;
	char file[PATH_MAX], kept[PATH_MAX];

	begin();
	snprintf(file, sizeof file, "%s/audit.log", s.config.data_dir);
	snprintf(kept, sizeof kept, "%s/audit.log.1", s.config.data_dir);
	YW_FAILS(yw_asks(&a, &s, "record.withdraw", "{\"id\":\"320000/demand/one\"}"), YW_ENOENT);
	YW_CHECK(rename(file, kept) == 0);
	YW_FAILS(yw_asks(&a, &s, "record.withdraw", "{\"id\":\"320000/demand/two\"}"), YW_ENOENT);
	YW_PASS(yw_file_read(kept, 1 << 20, &old, &err));
	YW_CHECK(strstr(yw_buf_str(&old), "demand/one") != NULL && strstr(yw_buf_str(&old), "demand/two") == NULL);
	yw_buf_clear(&old);
	yw_tservice_audit(&s, &old);
	YW_CHECK(strstr(yw_buf_str(&old), "demand/one") == NULL && strstr(yw_buf_str(&old), "demand/two") != NULL);
	YW_CHECK(unlink(file) == 0 && mkdir(file, 0700) == 0);	/* nothing can be written: what is asked is done all the same */
	YW_FAILS(yw_asks(&a, &s, "record.withdraw", "{\"id\":\"320000/demand/three\"}"), YW_ENOENT);
	YW_CHECK(rmdir(file) == 0);
	YW_FAILS(yw_asks(&a, &s, "record.withdraw", "{\"id\":\"320000/demand/four\"}"), YW_ENOENT);
	yw_buf_clear(&old);
	yw_tservice_audit(&s, &old);
	YW_CHECK(strstr(yw_buf_str(&old), "demand/four") != NULL);
	yw_buf_release(&old);
	end();
}

YW_TESTS({ "each refusal names the parameter", wrong_parameters }, { "what no method takes", wrong_for_all },
    { "JSON that is deep, and too long", deep_json }, { "who may ask for what", rights },
    { "one line for each call that changes something, refused ones too", audited },
    { "the audit log goes on in a new file where the old one was renamed or removed", audit_goes_on },
    { "which methods leave an audit line", which_leave_a_line })
