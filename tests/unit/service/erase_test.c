/*
 * erase_test.c - an erasure as a person has it made: what is looked at first, what an erased id says, what an import and a put
 * of it say, and that its bytes leave the disk when they are asked to.
 */
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "support/testing.h"
#include "support/tservice.h"

static struct yw_tnet *net;
static struct yw_tservice s;
static struct yw_asked a = YW_ASKED_INIT;
static struct yw_error err;

#define ID "320000/demand/A1"
#define ERASE(n) "{\"id\":\"" ID "\",\"reason\":\"asked for\",\"basis\":\"PIPL 47\",\"places\":" n "}"
#define PUT(title, rest) "{\"record\":{\"id\":\"" ID "\",\"demand\":{\"title\":\"" title "\"}},\"class\":\"unconditional\"" rest "}"

static const char mapping[] = "kind: demand\nclass: unconditional\nopenness: internal\nidentity: number\nidentity_is: public\n"
    "columns:\n  - { names: [no], field: number, as: code }\n  - { names: [title], field: title }\n";

static const char changes[] = "kind: demand\nclass: unconditional\nopenness: internal\nidentity: number\nidentity_is: public\n"
    "changes: { of: demands, field: what, from: was, to: is }\n"
    "columns:\n  - { names: [no], field: number, as: code }\n  - { names: state, field: indicators }\n";

static void
write_mapping(const char *name, const char *text)
{
	char path[YW_CONFIG_PATH_MAX + 32];

	snprintf(path, sizeof path, "%s/%s.yaml", s.config.mappings_dir, name);
	YW_PASS(yw_file_write(path, text, strlen(text), 0644, true, &err));
}

static void
begin(void)
{
	memset(&s, 0, sizeof s);
	snprintf(s.config.mappings_dir, sizeof s.config.mappings_dir, "%s/mappings", yw_test_dir());
	YW_CHECK(mkdir(s.config.mappings_dir, 0755) == 0 || access(s.config.mappings_dir, F_OK) == 0);
	write_mapping("demands", mapping);
	write_mapping("changes", changes);
	a.q.caller = (struct yw_caller) { 0, 0, 0 };
	net = yw_tservice_alone(&s);
}

static void
end(void)
{
	yw_asked_release(&a);
	yw_tservice_free(&s);
	yw_tnet_free(net);
}

static void
put_and_erase(void)
{
	MUST(yw_asks(&a, &s, "record.put", PUT("one", "")));
	MUST(yw_asks(&a, &s, "erase", ERASE("1")));
}

static void
asked(void)
{
	begin();
	MUST(yw_asks(&a, &s, "record.put", PUT("one", "")));
	MUST(yw_asks(&a, &s, "erase.look", "{\"id\":\"" ID "\"}"));
	YW_CHECK(yw_asked_number(&a, "places") == 1);
	REFUSED(yw_asks(&a, &s, "erase", ERASE("2")), YW_ECONFLICT, "stands at 1 places now, not 2");
	REFUSED(yw_asks(&a, &s, "erase", "{\"id\":\"" ID "\",\"reason\":\"x\",\"basis\":\" \",\"places\":1}"), YW_EINVAL, "'basis' is empty");
	REFUSED(yw_asks(&a, &s, "erase", "{\"id\":\"" ID "\",\"reason\":\"a\\nb\",\"basis\":\"y\",\"places\":1}"), YW_EINVAL,
	    "'reason' is no single line");
	REFUSED(yw_asks(&a, &s, "erase", "{\"id\":\"" ID "\",\"reason\":\"a\",\"basis\":\"y\"}"), YW_EINVAL, "'places' is missing");
	a.q.caller.uid = 4242;
	REFUSED(yw_asks(&a, &s, "erase", ERASE("1")), YW_EDENIED, "");
	a.q.caller.uid = 0;
	MUST(yw_asks(&a, &s, "record.get", "{\"id\":\"" ID "\"}"));
	MUST(yw_asks(&a, &s, "erase", ERASE("1")));
	YW_CHECK(yw_asked_number(&a, "places") == 1 && yw_asked_number(&a, "index") > 0);
	REFUSED(yw_asks(&a, &s, "erase", ERASE("0")), YW_ENOENT, "nothing to erase");
	end();
}

/* Before anybody types anything. */
static void
looked_at(void)
{
	begin();
	REFUSED(yw_asks(&a, &s, "erase.look", "{\"id\":\"" ID "\"}"), YW_ENOENT, "nothing is registered here under '" ID "'");
	REFUSED(yw_asks(&a, &s, "erase.look", "{\"id\":\"320100/demand/1\"}"), YW_EDENIED, "what is registered by 320100 is erased by");
	put_and_erase();
	REFUSED(yw_asks(&a, &s, "erase.look", "{\"id\":\"" ID "\"}"), YW_ENOENT, "was erased at ");
	end();
}

/* By whom which record was erased stands in the audit log, where it was refused too. */
static void
audited(void)
{
	struct yw_buf all = YW_BUF_INIT;

	begin();
	put_and_erase();
	REFUSED(yw_asks(&a, &s, "erase", ERASE("0")), YW_ENOENT, "nothing to erase");
	yw_tservice_audit(&s, &all);
	YW_CHECK_MSG(strstr(yw_buf_str(&all), " erase " ID " erased\n") != NULL &&
	    strstr(yw_buf_str(&all), " erase " ID " no body is held here") != NULL, "%s", yw_buf_str(&all));
	yw_buf_release(&all);
	end();
}

static void
shown(void)
{
	begin();
	put_and_erase();
	REFUSED(yw_asks(&a, &s, "record.get", "{\"id\":\"" ID "\"}"), YW_ENOENT, "was erased at ");
	YW_CHECK_MSG(strstr(a.message, "asked for (PIPL 47)") != NULL && strstr(a.message, "by entry 2 of") != NULL, "%s", a.message);
	MUST(yw_asks(&a, &s, "record.list", "{}"));
	YW_CHECK(strcmp(yw_asked_text(&a, "items.0.operation"), "erase") == 0 &&
	    strcmp(yw_asked_text(&a, "items.0.erased.reason"), "asked for") == 0 &&
	    strcmp(yw_asked_text(&a, "items.0.erased.basis"), "PIPL 47") == 0 && yw_asked_at(&a, "items.0.sha256") == NULL);
	MUST(yw_asks(&a, &s, "record.history", "{\"id\":\"" ID "\"}"));
	YW_CHECK(strcmp(yw_asked_text(&a, "items.0.operation"), "erase") == 0 && yw_asked_at(&a, "items.1") == NULL);
	MUST(yw_asks(&a, &s, "log.places", "{\"log\":\"320000\"}"));
	YW_CHECK(yw_asked_number(&a, "bodies.erased") == 1 && strcmp(yw_asked_text(&a, "places.0.body"), "erased") == 0);
	REFUSED(yw_asks(&a, &s, "record.get", "{\"log\":\"320000\",\"index\":1}"), YW_ENOENT, "erased: the body of item 0");
	REFUSED(yw_asks(&a, &s, "evidence", "{\"id\":\"" ID "\"}"), YW_ENOENT, "was erased at ");
	MUST(yw_asks(&a, &s, "digest", "{\"code\":\"320000\"}"));
	end();
}

static void
put_again(void)
{
	begin();
	put_and_erase();
	REFUSED(yw_asks(&a, &s, "record.put", PUT("two", "")), YW_EDENIED, "--again");
	REFUSED(yw_asks(&a, &s, "record.withdraw", "{\"id\":\"" ID "\"}"), YW_ENOENT, "nothing is registered");
	MUST(yw_asks(&a, &s, "record.put", PUT("two", ",\"again\":true")));
	YW_CHECK(yw_asked_number(&a, "revision") == 1);
	MUST(yw_asks(&a, &s, "record.get", "{\"id\":\"" ID "\"}"));
	YW_CHECK(strcmp(yw_asked_text(&a, "record.demand.title"), "two") == 0);
	end();
}

static void
import(const char *name, bool dry, const char *table)
{
	char params[128];

	snprintf(params, sizeof params, "{\"mapping\":\"%s\",\"file\":\"t.csv\"%s}", name, dry ? ",\"dry_run\":true" : "");
	MUST(yw_asks(&a, &s, "import.begin", params));
	snprintf(params, sizeof params, "{\"import\":%lld}", (long long)yw_asked_number(&a, "import"));
	MUST(yw_asks_with(&a, &s, "import.data", params, yw_bytes_str(table)));
	MUST(yw_asks(&a, &s, "import.end", params));
}

/* Of two rows the first is refused with what the erasure says, and comes back to be mended or deleted. */
static void
says_erased(void)
{
	YW_CHECK_MSG(yw_asked_number(&a, "refused") == 1 && yw_asked_number(&a, "registered") == 0, "%s", yw_buf_str(&a.result));
	YW_CHECK(strcmp(yw_asked_text(&a, "findings.0.code"), "erased") == 0 && yw_asked_number(&a, "findings.0.line") == 2 &&
	    strstr(yw_asked_text(&a, "findings.0.reason"), "asked for (PIPL 47)") != NULL);
	YW_CHECK(memmem(a.data.data, a.data.len, "[erased],A1,", 12) != NULL && memmem(a.data.data, a.data.len, "A2", 2) == NULL);
}

static void
imported_again(void)
{
	static const char table[] = "no,title\nA1,one\nA2,two\n";

	begin();
	import("demands", false, table);
	YW_CHECK(yw_asked_number(&a, "registered") == 2);
	MUST(yw_asks(&a, &s, "erase", ERASE("1")));
	for (int dry = 1; dry >= 0; dry--) {
		import("demands", dry != 0, table);
		says_erased();
		YW_CHECK(yw_asked_number(&a, "unchanged") == 1);
	}
	REFUSED(yw_asks(&a, &s, "record.get", "{\"id\":\"" ID "\"}"), YW_ENOENT, "was erased at ");
	end();
}

static void
changed_by_table(void)
{
	begin();
	import("demands", false, "no,title\nA1,one\nA2,two\n");
	MUST(yw_asks(&a, &s, "erase", ERASE("1")));
	for (int dry = 1; dry >= 0; dry--) {
		import("changes", dry != 0, "no,state,what,was,is\nA1,open,title,one,three\nA2,open,title,two,four\n");
		says_erased();
		YW_CHECK(yw_asked_number(&a, "changed") == 1);
	}
	end();
}

static void
scrubbed(void)
{
	begin();
	put_and_erase();
	MUST(yw_asks(&a, &s, "erase.scrub", ""));
	YW_CHECK(yw_asked_number(&a, "left") == 0);
	end();
}

YW_TESTS(
	{ "V6/erasure erased is what was looked at, with reason and basis, by an operator", asked },
	{ "V6/erasure what may not be erased, or is not there, is told before anybody types an id", looked_at },
	{ "V6/erasure the audit log names the record that was erased", audited },
	{ "V6/erasure an erased id says so in get, list, history and evidence: when, by which entry, why", shown },
	{ "V6/erasure an erased id is registered again on purpose only, from revision 1 on", put_again },
	{ "V6/erasure a table that is imported again has its row refused with that reason, in a dry run too", imported_again },
	{ "V6/erasure so is a row that would change it", changed_by_table },
	{ "V6/erasure what was erased leaves the disk when that is asked for", scrubbed }
)
