/*
 * import_test.c - files that come in pieces: what is registered, what comes back, and whose place it is.
 */
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "import/charset.h"
#include "ipc/client.h"
#include "support/testing.h"
#include "support/tservice.h"

static struct yw_tnet *net;
static struct yw_tservice s;
static struct yw_asked a = YW_ASKED_INIT;
static struct yw_error err;
static const struct yw_bytes none;

static const char mapping[] = "kind: demand\nclass: unconditional\nopenness: internal\nidentity: number\nidentity_is: public\n"
    "columns:\n  - { names: [no], field: number, as: code }\n  - { names: [title], field: title }\n"
    "  - { names: [budget], field: budget_fen, as: money, unit: 元, optional: yes }\n"
    "  - { names: [secrecy], field: secrecy, words: secrecy, optional: yes }\nwords: { secrecy: { 公开: public, 内部: internal } }\n";
static const char changes[] = "kind: demand\nclass: unconditional\nopenness: internal\nidentity: number\nidentity_is: public\n"
    "changes: { of: demands, field: what, from: was, to: is }\n"
    "columns:\n  - { names: [no], field: number, as: code }\n  - { names: state, field: indicators }\n";
static const char closed[] = "kind: demand\nclass: not_shared\nopenness: internal\nidentity: number\nidentity_is: public\n"
    "columns:\n  - { names: [no], field: number, as: code }\n  - { names: [title], field: title }\n"
    "  - { names: [secrecy], field: secrecy, words: secrecy }\nwords: { secrecy: { 公开: public, 内部: internal } }\n";
static const char no_class[] = "kind: demand\nidentity: number\nidentity_is: public\n"
    "columns:\n  - { names: [no], field: number, as: code }\n  - { names: [title], field: title }\n";

static const char requests[] = "kind: correction_request\nidentity: record\n"
    "columns:\n  - { names: [record], field: record }\n  - { names: [reason], field: reason }\n";

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
	write_mapping("closed", closed);
	write_mapping("noclass", no_class);
	write_mapping("requests", requests);
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

/* --- one import --- */

static int64_t
begin_of(const char *name, bool dry_run)
{
	char params[128];

	snprintf(params, sizeof params, "{\"mapping\":\"%s\",\"file\":\"f.csv\",\"dry_run\":%s}", name,
	    dry_run ? "true" : "false");
	YW_CHECK_MSG(yw_asks(&a, &s, "import.begin", params) == YW_OK, "%s", a.message);
	return yw_asked_number(&a, "import");
}

static int64_t
begin_import(bool dry_run)
{
	return begin_of("demands", dry_run);
}

static enum yw_code
feed(int64_t number, struct yw_bytes piece)
{
	char params[64];

	snprintf(params, sizeof params, "{\"import\":%lld}", (long long)number);
	return yw_asks_with(&a, &s, "import.data", params, piece);
}

static enum yw_code
end_import(int64_t number, const char *rest)
{
	char params[128];

	snprintf(params, sizeof params, "{\"import\":%lld%s}", (long long)number, rest);
	return yw_asks(&a, &s, "import.end", params);
}

struct outcome {
	int64_t read, registered, changed, unchanged, repeated, refused, notes, left_out;
	bool file_refused;
	struct yw_buf findings, rejects;	/* of all pieces; a finding is "line code!" or "line code~" */
};

static void
take_findings(struct outcome *o)
{
	const json_t *f;
	size_t i;

	json_array_foreach(yw_asked_at(&a, "findings"), i, f)
		yw_buf_printf(&o->findings, "%lld %s%s ", (long long)json_integer_value(json_object_get(f, "line")),
		    json_string_value(json_object_get(f, "code")), json_is_true(json_object_get(f, "refuse")) ? "!" : "~");
	o->left_out += yw_asked_number(&a, "findings_left_out");
	yw_buf_add(&o->rejects, a.data.data, a.data.len);
}

static void
take_outcome(struct outcome *o)
{
	take_findings(o);
	o->read = yw_asked_number(&a, "read");
	o->registered = yw_asked_number(&a, "registered");
	o->changed = yw_asked_number(&a, "changed");
	o->unchanged = yw_asked_number(&a, "unchanged");
	o->repeated = yw_asked_number(&a, "repeated");
	o->refused = yw_asked_number(&a, "refused");
	o->notes = yw_asked_number(&a, "notes");
	o->file_refused = json_is_true(yw_asked_at(&a, "file_refused"));
	YW_CHECK(o->registered + o->changed + o->unchanged + o->repeated + o->refused == o->read);
}

static void
outcome_release(struct outcome *o)
{
	yw_buf_release(&o->findings);
	yw_buf_release(&o->rejects);
	*o = (struct outcome) { 0 };
}

/* The whole file in pieces of that size. */
static void
import_by(const char *name, struct yw_bytes file, size_t piece, bool dry_run, struct outcome *o)
{
	int64_t number = begin_of(name, dry_run);

	outcome_release(o);
	for (size_t at = 0; at < file.len; at += piece) {
		size_t n = file.len - at < piece ? file.len - at : piece;

		YW_CHECK_MSG(feed(number, (struct yw_bytes) { file.data + at, n }) == YW_OK, "%s", a.message);
		take_findings(o);
	}
	YW_CHECK_MSG(end_import(number, "") == YW_OK, "%s", a.message);
	YW_CHECK(strcmp(yw_asked_text(&a, "reached"), "disk") == 0 && strcmp(yw_asked_text(&a, "not_reached"), "") == 0);
	take_outcome(o);
}

static void
import(struct yw_bytes file, size_t piece, bool dry_run, struct outcome *o)
{
	import_by("demands", file, piece, dry_run, o);
}

static int64_t
log_size(void)
{
	YW_PASS(yw_asks(&a, &s, "logs", ""));
	YW_CHECK(json_is_true(yw_asked_at(&a, "logs.0.own")));
	return yw_asked_number(&a, "logs.0.size");
}

static int64_t
revision_of(const char *local)
{
	char params[128];

	snprintf(params, sizeof params, "{\"id\":\"320000/demand/%s\"}", local);
	return yw_asks(&a, &s, "record.get", params) == YW_OK ? yw_asked_number(&a, "record.revision") : 0;
}

static void
make_rows(struct yw_buf *out, const char *prefix, int n)
{
	yw_buf_clear(out);
	yw_buf_add_str(out, "no,title\n");
	for (int i = 0; i < n; i++)
		yw_buf_printf(out, "%s%d,title %d\n", prefix, i, i);
}

#define FILE1 "no,title,budget\r\nN1,\"一, \"\"网\"\"\n二\",10.50\r\nN2,,1\r\nN3, c ,\r\nN1,\"一, \"\"网\"\"\n二\",10.50\r\nN4,d,x\r\n"

/* --- pieces --- */

static void
pieces_of_every_size(void)
{
	static const char rejects[] = "\xef\xbb\xbf退回原因,no,title,budget\r\n"
	    "title: must be stated [missing_field],N2,,1\r\n"
	    "budget: not a plain amount: digits and one decimal point [bad_amount],N4,d,x\r\n";
	struct yw_bytes file = yw_bytes_str(FILE1);
	struct outcome whole = { 0 }, o = { 0 };
	int64_t before;

	begin();
	before = log_size();
	import(file, file.len, true, &whole);
	YW_CHECK(whole.read == 5 && whole.registered == 2 && whole.refused == 2 && whole.repeated == 1 && !whole.file_refused);
	YW_CHECK_MSG(whole.rejects.len > 0 && strcmp(yw_buf_str(&whole.rejects), rejects) == 0, "%s", yw_buf_str(&whole.rejects));
	for (size_t piece = 1; piece < file.len; piece++) {
		import(file, piece, true, &o);
		YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&o.findings), yw_buf_bytes(&whole.findings)), "%zu: %s", piece,
		    yw_buf_str(&o.findings));
		YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&o.rejects), yw_buf_bytes(&whole.rejects)), "%zu: %s", piece,
		    yw_buf_str(&o.rejects));
		YW_CHECK(o.read == 5 && o.registered == 2 && o.refused == 2 && o.repeated == 1 && o.notes == whole.notes);
	}
	YW_CHECK(log_size() == before && revision_of("N1") == 0);	/* a dry run registers nothing */
	import(file, 1, false, &o);
	YW_CHECK(o.registered == 2 && log_size() > before && revision_of("N1") == 1 && revision_of("N2") == 0);
	YW_CHECK(yw_bytes_equal(yw_buf_bytes(&o.rejects), yw_buf_bytes(&whole.rejects)));
	outcome_release(&o);
	outcome_release(&whole);
	end();
}

static void
again_and_changed(void)
{
	struct yw_buf file = YW_BUF_INIT;
	struct outcome o = { 0 };
	int64_t before;

	begin();
	make_rows(&file, "A", 600);	/* three groups */
	import(yw_buf_bytes(&file), 1000, false, &o);
	YW_CHECK(o.read == 600 && o.registered == 600);
	before = log_size();
	import(yw_buf_bytes(&file), 777, false, &o);
	YW_CHECK(o.unchanged == 600 && o.registered == 0 && o.changed == 0 && log_size() == before);

	memcpy(file.data + strlen("no,title\n") + strlen("A0,"), "TITLE", 5);
	yw_buf_add_str(&file, "A600,new\n");
	import(yw_buf_bytes(&file), 100000, true, &o);
	YW_CHECK(o.unchanged == 599 && o.registered == 1 && o.changed == 1 && log_size() == before);
	import(yw_buf_bytes(&file), 100000, false, &o);
	YW_CHECK(o.unchanged == 599 && o.registered == 1 && o.changed == 1);
	YW_CHECK(revision_of("A0") == 2 && revision_of("A1") == 1 && revision_of("A599") == 1 && revision_of("A600") == 1);

	/* what was withdrawn comes back by being imported */
	YW_PASS(yw_asks(&a, &s, "record.withdraw", "{\"id\":\"320000/demand/A7\"}"));
	import(yw_buf_bytes(&file), 100000, false, &o);
	YW_CHECK(o.changed == 1 && o.unchanged == 600 && revision_of("A7") == 3);
	outcome_release(&o);
	yw_buf_release(&file);
	end();
}

/* Two changes of one record in one piece: the second is of what the first left, which is on disk by then. */
static void
table_of_changes(void)
{
	static const char rows[] = "no,state,what,was,is\nA,open,title,one,two\nA,matched,title,two,three\n"
	    "B,open,budget,1,2\nA,open,title,one,two\n";
	struct yw_bytes text = yw_bytes_str(rows);
	struct outcome o = { 0 };
	int64_t size;

	begin();
	import(YW_BYTES_LIT("no,title,budget\nA,one,1\nB,one,\n"), 1000, false, &o);
	YW_CHECK(o.registered == 2);
	size = log_size();
	import_by("changes", text, 1000, true, &o);
	YW_CHECK_MSG(o.changed == 2 && o.refused == 1 && o.repeated == 1 && log_size() == size, "%s", yw_buf_str(&o.findings));
	import_by("changes", text, 1000, false, &o);
	YW_CHECK_MSG(o.changed == 2 && o.refused == 1 && o.repeated == 1, "%s", yw_buf_str(&o.findings));
	YW_CHECK(strstr(yw_buf_str(&o.findings), "4 old_value_differs!") && strstr(yw_buf_str(&o.rejects), "B,open,budget"));
	YW_PASS(yw_asks(&a, &s, "record.get", "{\"id\":\"320000/demand/A\"}"));
	YW_CHECK(strcmp(yw_asked_text(&a, "record.demand.title"), "three") == 0);
	YW_CHECK(strcmp(yw_asked_text(&a, "record.demand.indicators"), "matched") == 0 && yw_asked_number(&a, "record.revision") == 3);
	/* what is withdrawn does not change any more */
	YW_PASS(yw_asks(&a, &s, "record.withdraw", "{\"id\":\"320000/demand/B\"}"));
	import_by("changes", YW_BYTES_LIT("no,state,what,was,is\nB,open,title,one,two\n"), 1000, false, &o);
	YW_CHECK(o.refused == 1 && strstr(yw_buf_str(&o.findings), "2 no_such_record!"));
	outcome_release(&o);
	end();
}

static void
files_that_are_refused(void)
{
	struct outcome o = { 0 };
	struct yw_buf many = YW_BUF_INIT;

	begin();
	import(yw_bytes_str("no,titel\nN1,a\n"), 5, false, &o);
	YW_CHECK(o.file_refused && o.registered == 0);
	import(none, 1, false, &o);
	YW_CHECK(o.registered == 0 && o.read == 0);
	import(yw_bytes_str("no,title\n"), 3, false, &o);
	YW_CHECK(o.registered == 0 && o.read == 0);
	make_rows(&many, "", 0);
	for (int i = 0; i < 1500; i++)
		yw_buf_printf(&many, "R%d,\n", i);
	import(yw_buf_bytes(&many), many.len, false, &o);
	YW_CHECK(o.refused == 1500 && o.left_out == 0);
	YW_FAILS(yw_asks(&a, &s, "import.begin", "{\"mapping\":\"noclass\"}"), YW_EINVAL);
	YW_CHECK(strstr(a.message, "default_class of demand"));
	outcome_release(&o);
	yw_buf_release(&many);
	end();
}

/* Every refused row is named; of notes about rows that are accepted, 1,000 of a piece. */
static void
what_is_left_out(void)
{
	struct yw_buf file = YW_BUF_INIT;
	struct outcome o = { 0 };
	size_t refused = 0;

	begin();
	make_rows(&file, "", 0);
	for (int i = 0; i < 1500; i++)
		yw_buf_printf(&file, "Ｕ%d,a\n", i);
	import(yw_buf_bytes(&file), file.len, true, &o);
	YW_CHECK(o.registered == 1500 && o.notes == 1500 && o.left_out == 500);

	make_rows(&file, "", 0);
	while (file.len < YW_CHARSET_WINDOW + YW_IMPORT_PIECE)	/* the shortest rows that can be refused */
		yw_buf_add_str(&file, "x\n");
	import(yw_buf_bytes(&file), YW_IMPORT_PIECE, true, &o);
	for (const char *at = yw_buf_str(&o.findings); (at = strchr(at, '!')) != NULL; at++)
		refused++;
	YW_CHECK_MSG(o.left_out == 0 && o.refused == o.read && refused == (size_t)o.refused && refused > 49000, "%zu of %lld",
	    refused, (long long)o.refused);
	outcome_release(&o);
	yw_buf_release(&file);
	end();
}

/* --- several --- */

static void
places(void)
{
	struct outcome o = { 0 };
	int64_t one, two, three;
	pid_t gone;

	begin();
	one = begin_import(false);
	two = begin_import(false);
	YW_CHECK(one != two);
	YW_FAILS(yw_asks(&a, &s, "import.begin", "{\"mapping\":\"demands\"}"), YW_ELIMIT);
	YW_PASS(feed(one, yw_bytes_str("no,title\nP1,")));
	YW_PASS(feed(two, yw_bytes_str("no,title\nP2,b")));
	YW_PASS(feed(one, yw_bytes_str("a\n")));
	YW_PASS(end_import(two, ""));
	YW_CHECK(yw_asked_number(&a, "registered") == 1 && revision_of("P2") == 1 && revision_of("P1") == 0);
	YW_FAILS(end_import(two, ""), YW_ENOENT);
	YW_FAILS(feed(two, yw_bytes_str("P3,c\n")), YW_ENOENT);
	three = begin_import(false);

	/* nobody else's */
	a.q.caller.uid = 7;
	YW_FAILS(feed(one, yw_bytes_str("P4,d\n")), YW_ENOENT);
	YW_FAILS(end_import(one, ""), YW_ENOENT);
	a.q.caller.uid = 0;

	/* ten minutes later the first that nobody has fed goes, and no more than is needed */
	s.later_ms = 300000;
	YW_PASS(feed(one, yw_bytes_str("P5,e\n")));
	s.later_ms = 540000;
	YW_FAILS(yw_asks(&a, &s, "import.begin", "{\"mapping\":\"demands\"}"), YW_ELIMIT);
	s.later_ms = 660000;
	two = begin_import(false);
	YW_FAILS(feed(three, yw_bytes_str("no,title\n")), YW_ENOENT);
	YW_PASS(end_import(one, ""));
	YW_CHECK(yw_asked_number(&a, "registered") == 2);
	YW_PASS(end_import(two, ""));

	/* whose process is gone gives its place up at once */
	gone = fork();
	if (gone == 0)
		_exit(0);
	YW_CHECK(gone > 0 && waitpid(gone, NULL, 0) == gone);
	a.q.caller.pid = getpid();
	one = begin_import(false);
	a.q.caller.pid = gone;
	two = begin_import(false);
	three = begin_import(false);
	a.q.caller.pid = getpid();
	YW_FAILS(end_import(two, ""), YW_ENOENT);
	YW_PASS(end_import(three, ""));
	YW_PASS(end_import(one, ""));
	outcome_release(&o);
	end();
}

/* Two with the same rows: what one has compared, the other has registered by the time it gets there. */
static void
same_rows_at_once(void)
{
	struct outcome o = { 0 };
	struct yw_buf file = YW_BUF_INIT;
	int64_t one, two;

	begin();
	make_rows(&file, "OLD", 5000);		/* more than a guess at the character set waits for */
	import(yw_buf_bytes(&file), 100000, false, &o);
	for (int i = 0; i < 100; i++)
		yw_buf_printf(&file, "S%d,new\n", i);
	one = begin_import(false);
	two = begin_import(false);
	YW_PASS(feed(one, yw_buf_bytes(&file)));
	YW_PASS(feed(two, yw_buf_bytes(&file)));
	YW_PASS(end_import(one, ""));
	YW_CHECK(yw_asked_number(&a, "registered") == 100);
	YW_PASS(end_import(two, ""));
	take_outcome(&o);
	YW_CHECK_MSG(o.registered == 0 && o.unchanged == 5000 && o.refused == 100, "%s", yw_buf_str(&a.result));
	YW_CHECK_MSG(strncmp(yw_buf_str(&o.findings), "5002 changed_meanwhile! 5003 changed_meanwhile! ", 48) == 0, "%s",
	    yw_buf_str(&o.findings));
	import(yw_buf_bytes(&file), 100000, false, &o);
	YW_CHECK(o.unchanged == 5100 && revision_of("S99") == 1);
	outcome_release(&o);
	yw_buf_release(&file);
	end();
}

/* --- stopping --- */

/* What was counted stays; the rest comes with the file again.  Half the file is more than a guess at its character set
 * waits for, so that groups of it are on the disk by then. */
static void
stops_between_pieces(void)
{
	struct yw_buf file = YW_BUF_INIT;
	struct outcome o = { 0 };
	int64_t number, counted;
	size_t half;

	begin();
	make_rows(&file, "T", 10000);
	half = file.len / 2;
	number = begin_import(false);
	YW_PASS(feed(number, (struct yw_bytes) { file.data, half }));
	YW_PASS(feed(number, none));
	counted = yw_asked_number(&a, "registered");
	YW_CHECK_MSG(counted > 0 && counted < 10000, "%lld", (long long)counted);
	yw_tservice_stop(&s);
	yw_tservice_start(&s, net, "320000", "", false, NULL);
	YW_FAILS(feed(number, (struct yw_bytes) { file.data + half, file.len - half }), YW_ENOENT);
	import(yw_buf_bytes(&file), file.len, false, &o);
	YW_CHECK_MSG(o.unchanged >= counted && o.registered > 0 && o.unchanged + o.registered == 10000, "%lld",
	    (long long)o.unchanged);
	outcome_release(&o);
	yw_buf_release(&file);
	end();
}

struct feeder {
	struct yw_asked a;
	int64_t number;
	struct yw_bytes piece;
	int n;
	int ok;
	enum yw_code last;
};

static void *
feed_on(void *arg)
{
	struct feeder *f = arg;
	char params[64];

	snprintf(params, sizeof params, "{\"import\":%lld}", (long long)f->number);
	for (int i = 0; i < f->n; i++) {
		f->last = yw_asks_with(&f->a, &s, "import.data", params, f->piece);
		f->ok += f->last == YW_OK;
	}
	return NULL;
}

/* One import is fed by one piece at a time, whoever brings it. */
static void
fed_by_several(void)
{
	struct feeder f[4];
	struct outcome o = { 0 };
	pthread_t threads[4];
	int64_t number;
	int ok = 0;

	begin();
	number = begin_import(false);
	YW_PASS(feed(number, yw_bytes_str("no,title\nV1,a\n")));
	for (size_t i = 0; i < 4; i++) {
		f[i] = (struct feeder) { .a = YW_ASKED_INIT, .number = number, .piece = yw_bytes_str("V1,a\n"), .n = 50 };
		YW_CHECK(pthread_create(&threads[i], NULL, feed_on, &f[i]) == 0);
	}
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		YW_CHECK_MSG(f[i].last == YW_OK || strstr(f[i].a.message, "still being worked on"), "%s", f[i].a.message);
		ok += f[i].ok;
		yw_asked_release(&f[i].a);
	}
	YW_PASS(end_import(number, ""));
	take_outcome(&o);
	YW_CHECK(ok > 0 && o.read == ok + 1 && o.registered == 1 && o.repeated == ok);
	outcome_release(&o);
	end();
}

/* --- what the disk and others say --- */

static void
disk_fails(void)
{
	struct yw_buf file = YW_BUF_INIT;
	enum yw_code code;
	int64_t number;

	begin();
	make_rows(&file, "W", 300);
	number = begin_import(false);
	s.t.guard_fails = true;
	code = feed(number, yw_buf_bytes(&file));
	if (code == YW_OK)	/* the group was not there yet */
		code = end_import(number, "");
	YW_CHECK_MSG(code == YW_EIO, "%s", a.message);
	YW_FAILS(end_import(number, ""), YW_ENOENT);
	number = begin_import(false);
	YW_PASS(feed(number, yw_bytes_str("no,title\nW1,a\n")));
	YW_FAILS(end_import(number, ""), YW_EIO);
	YW_CHECK(begin_import(false) != begin_import(false));	/* no place was lost */
	yw_buf_release(&file);
	end();
}

static void
durable_elsewhere(void)
{
	int64_t number;

	begin();
	number = begin_import(false);
	YW_PASS(feed(number, yw_bytes_str("no,title\nX1,a\nX2,\n")));
	YW_PASS(end_import(number, ",\"durable\":\"quorum\",\"timeout_ms\":1"));
	YW_CHECK(yw_asked_number(&a, "registered") == 1 && strcmp(yw_asked_text(&a, "reached"), "disk") == 0);
	YW_CHECK(strstr(yw_asked_text(&a, "not_reached"), "not confirmed by quorum within 1 ms"));
	number = begin_import(false);		/* what is unchanged is waited for too */
	YW_PASS(feed(number, yw_bytes_str("no,title\nX1,a\n")));
	YW_FAILS(end_import(number, ",\"durable\":\"320100\",\"timeout_ms\":1"), YW_EINVAL);	/* nobody of that name: not ended */
	YW_PASS(end_import(number, ",\"durable\":\"quorum\",\"timeout_ms\":1"));
	YW_CHECK(yw_asked_number(&a, "unchanged") == 1 && strstr(yw_asked_text(&a, "not_reached"), "quorum"));
	number = begin_import(true);
	YW_PASS(end_import(number, ",\"durable\":\"quorum\",\"timeout_ms\":1"));
	YW_CHECK(strcmp(yw_asked_text(&a, "reached"), "nothing to wait for") == 0 && yw_asked_text(&a, "not_reached")[0] == '\0');
	end();
}

/* A small table by a mapping; `rest` stands in the question that begins it. */
static void
import_table(const char *name, const char *rest, const char *table)
{
	char params[256];
	int64_t number;

	snprintf(params, sizeof params, "{\"mapping\":\"%s\"%s}", name, rest);
	YW_CHECK_MSG(yw_asks(&a, &s, "import.begin", params) == YW_OK, "%s", a.message);
	number = yw_asked_number(&a, "import");
	YW_CHECK_MSG(feed(number, yw_bytes_str(table)) == YW_OK, "%s", a.message);
	YW_CHECK_MSG(end_import(number, "") == YW_OK, "%s", a.message);
}

static void
import_row(const char *name, const char *rest, const char *row, int64_t registered, int64_t changed)
{
	char table[256];

	snprintf(table, sizeof table, "no,title\n%s\n", row);
	import_table(name, rest, table);
	YW_CHECK_MSG(yw_asked_number(&a, "registered") == registered && yw_asked_number(&a, "changed") == changed, "%s: %s", row,
	    yw_buf_str(&a.result));
}

static void
class_is(const char *local, const char *cls, const char *first, int64_t revision)
{
	char params[64];

	snprintf(params, sizeof params, "{\"id\":\"320000/demand/%s\"}", local);
	YW_PASS(yw_asks(&a, &s, "record.get", params));
	YW_CHECK_MSG(strcmp(yw_asked_text(&a, "class"), cls) == 0, "%s", yw_buf_str(&a.result));
	YW_CHECK(first[0] == '\0' || strcmp(yw_asked_text(&a, "audience.0"), first) == 0);
	YW_CHECK_MSG(yw_asked_number(&a, "record.revision") == revision, "%s", yw_buf_str(&a.result));
}

static void
corrections(void)
{
	begin();
	YW_FAILS(yw_asks(&a, &s, "import.begin", "{\"mapping\":\"requests\",\"class\":\"not_shared\"}"), YW_EINVAL);
	YW_CHECK_MSG(strstr(a.message, "follows the record that it is about") != NULL, "%s", a.message);
	end();
}

/* Of what is new the mapping says it, else the configuration; what is registered stays for whom it is, unless the question says. */
static void
classes(void)
{
	begin();
	import_row("demands", "", "C1,a", 1, 0);
	class_is("C1", "unconditional", "", 1);
	snprintf(s.config.default_class[YW_KIND_DEMAND], sizeof s.config.default_class[0], "conditional 320500");
	import_row("noclass", "", "C2,a", 1, 0);
	class_is("C2", "conditional", "320500", 1);
	import_row("demands", ",\"class\":\"not_shared\"", "C3,a", 1, 0);
	class_is("C3", "not_shared", "", 1);

	import_row("demands", "", "C2,b", 0, 1);		/* the mapping says unconditional */
	class_is("C2", "conditional", "320500", 2);
	import_row("demands", "", "C2,b", 0, 0);
	import_row("demands", ",\"class\":\"conditional\",\"audience\":[\"320500\"]", "C2,b", 0, 0);
	import_row("demands", ",\"class\":\"unconditional\"", "C2,b", 0, 1);	/* wider, and nothing else changes */
	class_is("C2", "unconditional", "", 3);
	import_row("demands", ",\"class\":\"conditional\",\"audience\":[\"320100\"]", "C2,b", 0, 1);	/* V4 */
	class_is("C2", "conditional", "320100", 5);
	YW_FAILS(yw_asks(&a, &s, "import.begin", "{\"mapping\":\"demands\",\"class\":\"public\"}"), YW_EINVAL);
	end();
}

#define INTERNAL "no,title,secrecy\n"
#define CHANGE "no,state,what,was,is\n"
#define NOT_SHARED ",\"class\":\"not_shared\""
#define FOR_ALL ",\"class\":\"unconditional\""
#define DRY ",\"dry_run\":true"

/* What is internal is judged by those for whom it really would be: of what is registered the mapping does not say that. */
static void
internal_ones(void)
{
	static const struct { const char *mapping, *rest, *table; int64_t registered, changed; const char *local, *cls; int64_t revision; } rows[] = {
		{ "demands", "", INTERNAL "I1,a,内部\n", 0, 0, NULL, NULL, 0 },
		{ "demands", NOT_SHARED, INTERNAL "I1,a,内部\n", 1, 0, "I1", "not_shared", 1 },
		{ "demands", "", INTERNAL "I1,b,内部\n", 0, 1, "I1", "not_shared", 2 },
		{ "demands", FOR_ALL, INTERNAL "I1,b,内部\n", 0, 0, "I1", "not_shared", 2 },
		{ "changes", "", CHANGE "I1,open,title,b,c\n", 0, 1, "I1", "not_shared", 3 },
		{ "changes", FOR_ALL, CHANGE "I1,open,title,c,d\n", 0, 0, "I1", "not_shared", 3 },	/* it does not even speak of it */
		{ "demands", "", INTERNAL "I2,a,公开\nI3,a,\n", 2, 0, "I2", "unconditional", 1 },
		{ "closed", "", INTERNAL "I2,a,内部\n", 0, 0, "I2", "unconditional", 1 },	/* and would stay so */
		{ "closed", DRY, INTERNAL "I2,a,内部\n", 0, 0, "I2", "unconditional", 1 },
		{ "changes", "", CHANGE "I2,open,secrecy,公开,内部\n", 0, 0, "I2", "unconditional", 1 },
		{ "changes", "", CHANGE "I3,open,secrecy,,内部\n", 0, 0, "I3", "unconditional", 1 },
		{ "changes", DRY, CHANGE "I3,open,secrecy,,内部\n", 0, 0, "I3", "unconditional", 1 },
		{ "changes", NOT_SHARED, CHANGE "I3,open,secrecy,,内部\n", 0, 1, "I3", "not_shared", 3 },
		{ "closed", "", INTERNAL "I4,a,内部\n", 1, 0, "I4", "not_shared", 1 },
	};

	begin();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool refused = rows[i].registered + rows[i].changed == 0;

		import_table(rows[i].mapping, rows[i].rest, rows[i].table);
		YW_CHECK_MSG(yw_asked_number(&a, "registered") == rows[i].registered && yw_asked_number(&a, "changed") == rows[i].changed &&
		    yw_asked_number(&a, "refused") == refused, "row %zu: %s", i, yw_buf_str(&a.result));
		YW_CHECK(!refused || (strcmp(yw_asked_text(&a, "findings.0.code"), "internal_unconditional") == 0 && a.data.len > 0));
		if (rows[i].local != NULL)
			class_is(rows[i].local, rows[i].cls, "", rows[i].revision);
	}
	end();
}

/* One file over records that are for whom they are: each stays so, and only what is for the same stands in one entry. */
static void
mixed_file(void)
{
	static const struct { const char *local, *rest, *cls, *first; size_t with; } rows[] = {
		{ "M0", "", "unconditional", "", 0 },
		{ "M1", ",\"class\":\"conditional\",\"audience\":[\"320500\"]", "conditional", "320500", 1 },
		{ "M2", NOT_SHARED, "not_shared", "", 2 },
		{ "M3", ",\"class\":\"unconditional\",\"openness\":\"open\"", "unconditional", "", 3 },
		{ "M4", ",\"class\":\"conditional\",\"audience\":[\"320100\"]", "conditional", "320100", 4 },
		{ "M5", "", "unconditional", "", 0 },
		{ "M6", ",\"class\":\"conditional\",\"audience\":[\"320500\"]", "conditional", "320500", 1 },
		{ "M7", NOT_SHARED, "not_shared", "", 2 },
	};
	int64_t entry[sizeof rows / sizeof *rows], size;
	struct yw_buf table = YW_BUF_INIT;
	char row[32];
	size_t i;

	begin();
	yw_buf_add_str(&table, "no,title\n");
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		snprintf(row, sizeof row, "%s,a", rows[i].local);
		import_row("demands", rows[i].rest, row, 1, 0);
		yw_buf_printf(&table, "%s,b\n", rows[i].local);
	}
	size = log_size();
	import_table("demands", "", yw_buf_str(&table));
	YW_CHECK(yw_asked_number(&a, "changed") == 8 && yw_asked_number(&a, "refused") == 0);
	YW_CHECK(log_size() == size + 5);
	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		class_is(rows[i].local, rows[i].cls, rows[i].first, 2);
		YW_CHECK(strcmp(yw_asked_text(&a, "openness"), i == 3 ? "open" : "internal") == 0);
		YW_CHECK(strcmp(yw_asked_text(&a, "record.demand.title"), "b") == 0);
		entry[i] = yw_asked_number(&a, "place.index");
		YW_CHECK_MSG(entry[i] == entry[rows[i].with] && (rows[i].with == i || entry[i] >= size), "%s", rows[i].local);
	}
	yw_buf_release(&table);
	end();
}

YW_TESTS({ "V1 V2 what is internal is judged by for whom it really would be", internal_ones },
    { "V1 V4 a file over records of several classes: each stays for whom it is, in an entry of its class", mixed_file },
    { "pieces of every size, and a dry run", pieces_of_every_size },
    { "a table of changes", table_of_changes },
    { "S2 the same file again, and a changed row", again_and_changed }, { "files that are refused", files_that_are_refused },
    { "every refused row is named", what_is_left_out },
    { "V5 for whom imported corrections are is not chosen", corrections },
    { "two at once, and who gives a place up", places }, { "two imports of the same rows", same_rows_at_once },
    { "L1 the daemon stops between pieces", stops_between_pieces },
    { "one piece at a time", fed_by_several }, { "S3 the disk fails", disk_fails },
    { "R7 durable elsewhere, or not in time", durable_elsewhere },
    { "V1 V4 for whom imported records are", classes })
