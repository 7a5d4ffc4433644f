/*
 * input_test.c - real input on real daemons: every file of a generated corpus with all its damage at every node, companies,
 * universities and patents as their publishers wrote them; and all nodes end with the same logs, states and digests.
 *
 *	320000 --+-- 320100 --- 320102
 *	         +-- 320500 --- 320505
 */
#include <unistd.h>

#include "base/file.h"
#include "support/corpus.h"
#include "support/nodes.h"

#define ALL "320000 320100 320102 320500 320505"
#define QUORUM "2 of 320000 320100 320500"
#define FOUND_MAX 8192
#define CONTRACTS "4000"		/* of each of the five nodes; every 100th is damaged, and every 100th from the first on changes */
#define CHANGES "40"

static struct yw_nodes net;

static struct yw_test_node *
at(const char *code)
{
	return yw_node_of(&net, code);
}

/* ---- importing */

struct outcome {
	uint64_t read, registered, changed, unchanged, repeated, refused;
	bool file_refused;
	size_t n;
	struct yw_found found[FOUND_MAX];
};
static struct outcome outcome;

static void
take_findings(const json_t *r, struct outcome *o)
{
	const json_t *f;
	size_t i;

	YW_CHECK(yw_json_number(r, "findings_left_out") == 0);
	json_array_foreach(json_object_get(r, "findings"), i, f) {
		struct yw_found *to = &o->found[o->n++];

		YW_CHECK(o->n < FOUND_MAX);
		*to = (struct yw_found) { .line = (uint64_t)yw_json_number(f, "line"),
			.refuse = json_is_true(json_object_get(f, "refuse")) };
		snprintf(to->code, sizeof to->code, "%s", yw_json_string(f, "code"));
	}
}

/* One line for each piece of the file; the last has the counts. */
static void
take_outcome(char *text, struct outcome *o)
{
	char *line;

	*o = (struct outcome) { .n = 0 };
	while ((line = strsep(&text, "\n")) != NULL && *line != '\0') {
		json_t *r = json_loads(line, 0, NULL);

		YW_CHECK_MSG(r != NULL, "no JSON: %s", line);
		take_findings(r, o);
		o->file_refused = json_is_true(json_object_get(r, "file_refused"));
		o->read = (uint64_t)yw_json_number(r, "read");
		o->registered = (uint64_t)yw_json_number(r, "registered");
		o->changed = (uint64_t)yw_json_number(r, "changed");
		o->unchanged = (uint64_t)yw_json_number(r, "unchanged");
		o->repeated = (uint64_t)yw_json_number(r, "repeated");
		o->refused = (uint64_t)yw_json_number(r, "refused");
		json_decref(r);
	}
}

static const struct outcome *
import_as(const char *code, const char *file, const char *mapping, const char *cls)
{
	struct yw_buf out = YW_BUF_INIT, talk = YW_BUF_INIT;
	char rejects[400];
	int rc;

	snprintf(rejects, sizeof rejects, "%s.rejects", file);
	rc = yw_run(at(code), &out, &talk, "import", file, "--mapping", mapping, "--rejects", rejects, "--json",
	    cls != NULL ? "--class" : NULL, cls, NULL);
	YW_CHECK_MSG(rc <= 1 && out.len > 0, "import of %s at %s: exit %d: %s", file, code, rc, yw_buf_str(&talk));
	take_outcome((char *)(uintptr_t)yw_buf_str(&out), &outcome);
	YW_CHECK_MSG((rc != 0) == (outcome.refused != 0 || outcome.file_refused), "%s: exit %d: %s", file, rc, yw_buf_str(&talk));
	YW_CHECK(outcome.registered + outcome.changed + outcome.unchanged + outcome.repeated + outcome.refused == outcome.read);
	yw_buf_release(&out);
	yw_buf_release(&talk);
	return &outcome;
}

static const struct outcome *
import(const char *code, const char *file, const char *mapping)
{
	const struct outcome *o = import_as(code, file, mapping, NULL);

	YW_CHECK_MSG(!o->file_refused, "%s is refused as a whole", file);
	return o;
}

/* The same file again: what is registered stays as it is. */
static void
import_again(const char *code, const char *file, const char *mapping, uint64_t known)
{
	const struct outcome *o = import(code, file, mapping);

	YW_CHECK_MSG(o->registered == 0 && o->changed == 0 && o->unchanged == known, "%s again at %s: %d registered, %d changed, "
	    "%d unchanged", file, code, (int)o->registered, (int)o->changed, (int)o->unchanged);
}

/* ---- files */

static const char *
in_dir(const char *name)
{
	static char path[350];

	snprintf(path, sizeof path, "%s/%s", net.dir, name);
	return path;
}

static void
read_whole(const char *path, struct yw_buf *out)
{
	struct yw_error err;

	YW_CHECK_MSG(yw_file_read(path, 64u << 20, out, &err) == YW_OK, "%s", err.msg);
}

static void
write_whole(const char *path, struct yw_bytes b)
{
	struct yw_error err;

	YW_CHECK_MSG(yw_file_write(path, b.data, b.len, 0644, true, &err) == YW_OK, "%s", err.msg);
}

/* A line of a text, with its end; n from 1. */
static struct yw_bytes
line_of(struct yw_bytes text, uint64_t n)
{
	const uint8_t *lf;

	for (;; n--) {
		lf = memchr(text.data, '\n', text.len);
		YW_CHECK(lf != NULL);
		if (n == 1)
			return (struct yw_bytes) { text.data, (size_t)(lf + 1 - text.data) };
		text.len -= (size_t)(lf + 1 - text.data);
		text.data = lf + 1;
	}
}

/* ---- what a node shows */

static void
list_of(struct yw_test_node *n, const char *code, struct yw_buf *out)
{
	char after[128] = "";
	json_t *r, *item;
	size_t i;

	do {
		r = after[0] == '\0' ? yw_ask(n, "list", "--code", code, "--limit", "1000", NULL) :
		    yw_ask(n, "list", "--code", code, "--limit", "1000", "--after", after, NULL);
		json_array_foreach(json_object_get(r, "items"), i, item) {
			char *text = json_dumps(item, JSON_COMPACT | JSON_SORT_KEYS);

			yw_buf_add_str(out, text);
			yw_buf_add_byte(out, '\n');
			free(text);
		}
		item = json_object_get(r, "next");
		snprintf(after, sizeof after, "%s", item != NULL ? json_string_value(item) : "");
		json_decref(r);
	} while (after[0] != '\0');
	YW_CHECK(yw_buf_bytes(out).len > 0);
}

static void
digest_of(struct yw_test_node *n, const char *code, char out[static 80])
{
	json_t *r = yw_ask(n, "digest", code, NULL);

	YW_CHECK_MSG(json_is_true(json_object_get(r, "complete")), "the digest of %s is not complete at %s", code, n->code);
	snprintf(out, 80, "%s", yw_json_string(r, "digest"));
	json_decref(r);
}

static void
same_state(const char *code)
{
	struct yw_buf first = YW_BUF_INIT, other = YW_BUF_INIT;
	char digest[80], d[80];

	list_of(&net.n[0], code, &first);
	digest_of(&net.n[0], code, digest);
	for (size_t i = 1; i < net.count; i++) {
		yw_buf_clear(&other);
		list_of(&net.n[i], code, &other);
		YW_CHECK_MSG(yw_bytes_equal(yw_buf_bytes(&first), yw_buf_bytes(&other)), "the state of %s differs at %s", code,
		    net.n[i].code);
		digest_of(&net.n[i], code, d);
		YW_CHECK_MSG(strcmp(digest, d) == 0, "the digest of %s differs at %s", code, net.n[i].code);
	}
	yw_buf_release(&first);
	yw_buf_release(&other);
}

static void
all_the_same(void)
{
	YW_WAIT(240, yw_nodes_agree(&net));
	for (size_t i = 0; i < net.count; i++)
		same_state(net.n[i].code);
}

/* ---- cases */

static void
founded(void)
{
	yw_nodes_found(&net, ALL, QUORUM);
	yw_nodes_start_all(&net);
}

/* A node's share, seeded with its number; the twin is the same without damage. */
static void
generate(size_t number, const char *code)
{
	char dir[300], seed[24];

	snprintf(seed, sizeof seed, "%zu", number + 1);
	snprintf(dir, sizeof dir, "%s/corpus-%s", net.dir, code);
	yw_corpus_generate(dir, (const char *const[]) { "--contracts", CONTRACTS, "--dirty", "0.01", "--header", "zh",
		"--changes", CHANGES, "--under", code, "--seed", seed, NULL });
	snprintf(dir, sizeof dir, "%s/twin-%s", net.dir, code);
	yw_corpus_generate(dir, (const char *const[]) { "--contracts", CONTRACTS, "--header", "zh", "--under", code,
		"--seed", seed, NULL });
}

static void
contracts_everywhere(void)
{
	static struct yw_expected_table table;
	char name[64], file[350];

	for (size_t i = 0; i < net.count; i++) {
		const char *code = net.n[i].code;
		uint64_t refused, repeated, known;
		const struct outcome *o;

		generate(i, code);
		snprintf(name, sizeof name, "corpus-%s", code);
		yw_corpus_expected(in_dir(name), code, &table);
		yw_corpus_count(&table, "contracts.csv", &refused, &repeated);
		YW_CHECK(refused > 20);
		snprintf(file, sizeof file, "%.300s/contracts.csv", in_dir(name));
		o = import(code, file, "contracts");
		yw_corpus_compare(&table, "contracts.csv", o->found, o->n);
		YW_CHECK_MSG(o->refused == refused && o->repeated == repeated && o->changed == 0, "%s: %d refused", file,
		    (int)o->refused);
		known = o->registered;
		import_again(code, file, "contracts", known);
	}
}

/* A file of a node's share beside contracts.csv, against the table. */
static const struct outcome *
import_file(const char *code, const char *name, const char *mapping, char file[static 350])
{
	static struct yw_expected_table table;
	const struct outcome *o;
	char dir[64];

	snprintf(dir, sizeof dir, "corpus-%s", code);
	yw_corpus_expected(in_dir(dir), code, &table);
	yw_corpus_expect_changes(in_dir(dir), &table);
	yw_corpus_expect_internal(in_dir(dir), &table);
	snprintf(file, 350, "%.250s/%s", in_dir(dir), name);
	o = import_as(code, file, mapping, NULL);
	yw_corpus_compare(&table, name, o->found, o->n);
	return o;
}

/* What is marked as internal is for every node here, but named one by one. */
static void
sound_files(const char *code)
{
	uint64_t contracts = strtoull(CONTRACTS, NULL, 10), refused;
	char file[350], rejects[360];

	for (size_t k = 0; k < YW_CORPUS_FILES; k++) {
		const struct yw_corpus_file *f = &yw_corpus_files[k];
		const struct outcome *o = import_file(code, f->name, f->mapping, file);

		YW_CHECK_MSG(o->read == contracts / f->share && o->registered + o->refused == o->read, "%s: %d read", file, (int)o->read);
		refused = o->refused;
		if (refused == 0)
			continue;
		snprintf(rejects, sizeof rejects, "%s.rejects", file);
		o = import_as(code, rejects, f->mapping, "conditional " ALL);
		YW_CHECK_MSG(o->registered == refused && o->read == refused, "%s: %d of %d", rejects, (int)o->registered, (int)refused);
	}
}

static void
other_files(void)
{
	char file[350];

	for (size_t i = 0; i < net.count; i++) {
		const char *code = net.n[i].code;
		const struct outcome *o;

		sound_files(code);
		for (size_t k = 0; k < YW_CORPUS_BAD; k++) {
			o = import_file(code, yw_corpus_bad[k].name, "contracts", file);
			YW_CHECK_MSG(o->unchanged == yw_corpus_bad[k].rows && o->registered + o->changed == 0, "%s: %d as they were", file,
			    (int)o->unchanged);
		}
		o = import_file(code, "changes.csv", "contract-changes", file);
		YW_CHECK_MSG(o->changed == strtoull(CHANGES, NULL, 10) && o->read == o->changed, "%s: %d changed", file, (int)o->changed);
	}
}

/* The kind that the corpus has no table of: the members may be registered elsewhere, or nowhere. */
static void
achievement_sets(void)
{
	static const char text[] = "成果包编号,成果包名称,简介,行政区划代码,发布单位,发布单位统一社会信用代码,发布日期,技术领域,成果登记号\n"
	    "CGB-2025-01,新材料成果包,,320102,玄武区科学技术局,,2025-03-01,新材料及其应用;农业,3202018Y0001；3202018Y0002;无此成果\n";
	const struct outcome *o;
	json_t *r;

	write_whole(in_dir("sets.csv"), yw_bytes_str(text));
	o = import("320102", in_dir("sets.csv"), "achievement-sets");
	YW_CHECK(o->read == 1 && o->registered == 1);
	import_again("320102", in_dir("sets.csv"), "achievement-sets", 1);
	YW_WAIT(120, yw_nodes_agree(&net));
	r = yw_ask(at("320505"), "get", "320102/achievement_set/CGB-2025-01", NULL);
	YW_CHECK(json_array_size(json_object_get(json_object_get(json_object_get(r, "record"), "achievement_set"), "achievements")) == 3);
	json_decref(r);
}

static void
real_files(void)
{
	static const struct {
		const char *at, *file, *mapping;
		uint64_t read, repeated, refused;	/* as corpus_test.c counts them from the files by hand */
	} rows[] = {
		{ "320100", "data/real_orgs_jiangsu.csv", "organisations", 12698, 9, 3 },
		{ "320000", "data/real_universities.csv", "universities", 1733, 0, 0 },
		{ "320505", "data/real_nasa_patents.csv", "patents-nasa", 914, 0, 30 },
	};
	struct yw_buf text = YW_BUF_INIT;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const struct outcome *o;
		uint64_t known;

		yw_buf_clear(&text);
		yw_shared_file(rows[i].file, &text);
		write_whole(in_dir(rows[i].mapping), yw_buf_bytes(&text));
		o = import(rows[i].at, in_dir(rows[i].mapping), rows[i].mapping);
		YW_CHECK_MSG(o->read == rows[i].read && o->repeated == rows[i].repeated && o->refused == rows[i].refused,
		    "%s: %d read, %d registered, %d repeated, %d refused", rows[i].file, (int)o->read, (int)o->registered,
		    (int)o->repeated, (int)o->refused);
		known = o->registered;
		import_again(rows[i].at, in_dir(rows[i].mapping), rows[i].mapping, known);
	}
	yw_buf_release(&text);
}

/* The first refused row of 320102 as it should have been; the others stay as they are. */
static void
mend(struct yw_buf *out)
{
	struct yw_buf rejects = YW_BUF_INIT, twin = YW_BUF_INIT;
	struct yw_bytes header, row, good;
	const char *number;
	size_t digits;
	static struct yw_expected_table table;
	size_t i = 0;

	yw_corpus_expected(in_dir("corpus-320102"), "320102", &table);
	while (!table.rows[i].refuse)
		i++;
	read_whole(in_dir("corpus-320102/contracts.csv.rejects"), &rejects);
	read_whole(in_dir("twin-320102/contracts.csv"), &twin);
	header = line_of(yw_buf_bytes(&rejects), 1);
	row = line_of(yw_buf_bytes(&rejects), 2);
	good = line_of(yw_buf_bytes(&twin), table.rows[i].line);
	digits = strspn((const char *)good.data, "0123456789");
	number = memmem(row.data, row.len, good.data, digits);
	YW_CHECK(digits == 16 && number != NULL);
	yw_buf_add(out, header.data, header.len);
	yw_buf_add(out, row.data, (size_t)((const uint8_t *)number - row.data));	/* the reasons may stay */
	yw_buf_add(out, good.data, good.len);
	yw_buf_add(out, row.data + row.len, rejects.len - header.len - row.len);
	yw_buf_release(&rejects);
	yw_buf_release(&twin);
}

static void
rejects_are_mended(void)
{
	uint64_t refused, repeated;
	const struct outcome *o;
	struct yw_buf mended = YW_BUF_INIT;
	static struct yw_expected_table table;

	yw_corpus_expected(in_dir("corpus-320102"), "320102", &table);
	yw_corpus_count(&table, "contracts.csv", &refused, &repeated);
	mend(&mended);
	write_whole(in_dir("mended.csv"), yw_buf_bytes(&mended));
	o = import("320102", in_dir("mended.csv"), "contracts");
	YW_CHECK_MSG(o->read == refused && o->registered == 1, "%d of %d read, %d registered, %d changed, %d refused", (int)o->read,
	    (int)refused, (int)o->registered, (int)o->changed, (int)o->refused);
	import_again("320102", in_dir("mended.csv"), "contracts", 1 + o->changed);
	yw_buf_release(&mended);
}

/* How many lines differ between two lists of the same ids; the id and revision of the last that does. */
static size_t
differing(struct yw_buf *before, struct yw_buf *after, json_t **changed)
{
	char *a = (char *)(uintptr_t)yw_buf_str(before), *b = (char *)(uintptr_t)yw_buf_str(after), *x, *y;
	size_t n = 0;

	*changed = NULL;
	while ((x = strsep(&a, "\n")) != NULL && (y = strsep(&b, "\n")) != NULL) {
		if (strcmp(x, y) == 0)
			continue;
		json_decref(*changed);
		*changed = json_loads(y, 0, NULL);
		n++;
	}
	YW_CHECK(a == NULL && b == NULL);
	return n;
}

static void
one_row_changes(void)
{
	struct yw_buf corpus = YW_BUF_INIT, text = YW_BUF_INIT, before = YW_BUF_INIT, after = YW_BUF_INIT;
	struct yw_bytes header, row;
	const struct outcome *o;
	char id[64];
	json_t *changed;

	read_whole(in_dir("corpus-320102/contracts.csv"), &corpus);
	header = line_of(yw_buf_bytes(&corpus), 1);
	row = line_of(yw_buf_bytes(&corpus), 2);
	YW_CHECK(row.len > 32 && row.data[16] == ',' && row.data[17] != '"');
	yw_buf_add(&text, header.data, header.len);
	yw_buf_add(&text, row.data, 17);
	yw_buf_add_str(&text, "修订：");
	yw_buf_add(&text, row.data + 17, row.len - 17);
	snprintf(id, sizeof id, "320102/contract/%.16s", (const char *)row.data);

	list_of(at("320102"), "320102", &before);
	write_whole(in_dir("changed.csv"), yw_buf_bytes(&text));
	o = import("320102", in_dir("changed.csv"), "contracts");
	YW_CHECK(o->read == 1 && o->changed == 1);
	import_again("320102", in_dir("changed.csv"), "contracts", 1);
	YW_WAIT(120, yw_nodes_agree(&net));
	list_of(at("320505"), "320102", &after);	/* seen from the other end of the network */
	YW_CHECK(differing(&before, &after, &changed) == 1);
	YW_CHECK(strcmp(yw_json_string(changed, "id"), id) == 0 && yw_json_number(changed, "revision") == 3);	/* changes.csv was the second */
	json_decref(changed);
	yw_buf_release(&corpus);
	yw_buf_release(&text);
	yw_buf_release(&before);
	yw_buf_release(&after);
}

static void
stop(void)
{
	yw_nodes_release(&net);
}

YW_TESTS(
	{ "T4 five daemons are one network", founded },
	{ "B5 generated contracts at every node: refused is what should be, and a second run changes nothing",
	    contracts_everywhere },
	{ "B5 every other file of each node's corpus, those that are damaged as a whole and the changes too", other_files },
	{ "B5 a set of achievements, wherever they are", achievement_sets },
	{ "B5 companies, universities and patents as they were published", real_files },
	{ "B7 S4 V1 every node has the same logs, states and digests", all_the_same },
	{ "B5 a mended row of the reject file goes in", rejects_are_mended },
	{ "B5 B7 a changed row is the next revision of exactly that record, everywhere", one_row_changes },
	{ "B7 S4 and again every node has the same", all_the_same },
	{ "every daemon stops in order", stop })
