/*
 * mapping_test.c - the shipped mappings load; every fault is named with file, line and key.
 */
#include "import/mapping.h"
#include "support/testing.h"

#define BASE                                                                                       \
	"kind: contract\n"                                                                         \
	"class: unconditional\n"                                                                   \
	"openness: internal\n"                                                                     \
	"identity: registration_number\n"                                                          \
	"columns:\n"                                                                               \
	"  - { names: no, field: registration_number, as: code }\n"                                \
	"  - { names: title, field: title }\n"

static void
shipped(void)
{
	static const struct { const char *name, *kind; size_t columns; } files[] = {
		{ "contracts", "contract", 51 }, { "institutions", "institution", 16 },
		{ "organisations", "institution", 3 }, { "universities", "institution", 3 },
		{ "achievements", "achievement", 23 }, { "patents-nasa", "achievement", 6 },
		{ "achievement-sets", "achievement_set", 9 }, { "brokers", "broker", 10 },
		{ "demands", "demand", 15 }, { "projects", "project", 15 },
		{ "correction-requests", "correction_request", 6 }, { "correction-answers", "correction_answer", 5 },
	};
	struct yw_error err = { YW_OK, "" };
	struct yw_mapping *m;
	char path[512];
	size_t i;

	for (i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, YW_MAPPINGS "/%s.yaml", files[i].name);
		YW_CHECK_MSG(yw_mapping_read(path, &m, &err) == YW_OK, "%s", err.msg);
		YW_CHECK(strcmp(m->kind, files[i].kind) == 0);
		YW_CHECK_MSG(m->n_columns == files[i].columns, "%s: %zu columns", files[i].name, m->n_columns);
		yw_mapping_free(m);
	}
}

/* What must never enter is named as dropped, so that a table that has it can be imported; no word of secrecy but these two. */
static void
kept_out(void)
{
	static const char *const files[] = { "contracts", "institutions", "achievements", "achievement-sets", "brokers", "demands",
		"projects", "contract-changes", "correction-requests", "correction-answers" };
	static const char *const dropped[] = { "联系人", "联系电话", "电话", "手机", "手机号码", "电子邮箱", "身份证号", "身份证号码", "contact",
		"contact_phone", "id_number" };
	struct yw_error err = { YW_OK, "" };
	struct yw_mapping *m;
	size_t i, k, with_secrecy = 0;
	char path[512];

	for (i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, YW_MAPPINGS "/%s.yaml", files[i]);
		YW_CHECK_MSG(yw_mapping_read(path, &m, &err) == YW_OK, "%s", err.msg);
		for (k = 0; k < sizeof dropped / sizeof *dropped; k++)
			YW_CHECK_MSG(yw_mapping_has_name(&m->drop, yw_bytes_str(dropped[k])), "%s: %s", files[i], dropped[k]);
		for (k = 0; k < m->n_columns; k++) {
			if (strcmp(m->columns[k].field, "secrecy") != 0)
				continue;
			with_secrecy++;
			YW_CHECK_MSG(m->columns[k].words != NULL && m->columns[k].fallback == NULL, "%s", files[i]);
			for (size_t w = 0; w < m->columns[k].words->n; w++)
				YW_CHECK_MSG(strcmp(m->columns[k].words->words[w].value, "public") == 0 ||
				    strcmp(m->columns[k].words->words[w].value, "internal") == 0, "%s", files[i]);
			YW_CHECK(m->columns[k].words->n == 4);
		}
		yw_mapping_free(m);
	}
	YW_CHECK(with_secrecy == 4);
}

static void
small(void)
{
	static const char text[] = BASE
	    "  - { names: [当事人, party], field: seller.identifier, as: identifier, absent: [无, '0'] }\n"
	    "  - { names: when, field: signed_on, as: date, dates: [ymd, mdy], not_before: 2001-01-01 }\n"
	    "  - { names: sum, field: total_amount_fen, as: money, unit: 万元, optional: yes }\n"
	    "  - { names: status, field: status, words: w, default: registered, implies: { status_on: 2021-01-01 } }\n"
	    "  - { names: sub, field: sub_kind, words: s, under: status }\n"
	    "constants: { seller.country: CHN }\n"
	    "words: { w: { 已登记: registered }, s: { registered/委托: commissioned_development } }\n"
	    "ignore: [备注]\ndrop: telephone\n";
	struct yw_error err = { YW_OK, "" };
	struct yw_mapping *m;
	size_t i;

	YW_CHECK_MSG(yw_mapping_parse("m", text, strlen(text), &m, &err) == YW_OK, "%s", err.msg);
	YW_CHECK(m->n_columns == 7 && m->n_fields == 9 && m->n_identity == 1 && !m->identity_public);
	YW_CHECK(strcmp(m->fields[m->identity[0]].path, "registration_number") == 0);
	YW_CHECK(m->audience.cls == YW_CLASS_UNCONDITIONAL && m->audience.openness == YW_OPENNESS_INTERNAL);
	for (i = 0; i + 1 < m->n_fields; i++)
		YW_CHECK(strcmp(m->fields[i].path, m->fields[i + 1].path) < 0);
	for (i = 0; i < m->n_fields; i++) {
		const struct yw_mapping_field *f = &m->fields[i];

		if (strcmp(f->path, "seller.identifier") == 0)
			YW_CHECK(strcmp(m->fields[f->country].path, "seller.country") == 0 && f->column->absent.n == 2);
		if (strcmp(f->path, "sub_kind") == 0)
			YW_CHECK(strcmp(m->fields[f->under].path, "status") == 0);
		if (strcmp(f->path, "status_on") == 0)
			YW_CHECK(strcmp(m->fields[f->with].path, "status") == 0);
		if (strcmp(f->path, "total_amount_fen") == 0)
			YW_CHECK(f->column->unit == YW_IMPORT_WAN_YUAN && f->column->optional);
		if (strcmp(f->path, "signed_on") == 0)
			YW_CHECK(f->column->dates == (YW_IMPORT_YMD | YW_IMPORT_MDY));
	}
	YW_CHECK(yw_mapping_has_name(&m->drop, YW_BYTES_LIT("telephone")));
	yw_mapping_free(m);
}

static void
audiences(void)
{
	static const char text[] = "kind: demand\nclass: conditional\nopenness: internal\naudience: ['320100', '320200']\n"
	    "identity: [title, number]\ncolumns: [{ names: a, field: title }, { names: b, field: number }]\n";
	struct yw_error err = { YW_OK, "" };
	struct yw_mapping *m;

	YW_CHECK_MSG(yw_mapping_parse("m", text, strlen(text), &m, &err) == YW_OK, "%s", err.msg);
	YW_CHECK(m->audience.n_codes == 2 && strcmp(m->audience.codes[1].code, "320200") == 0 && m->n_identity == 2);
	yw_mapping_free(m);
}

/* Each text has one fault; the sentence names the file, where it is, and these words. */
static void
faults(void)
{
#define COLUMN(c) BASE "  - { " c " }\n"
#define TOP(lines) lines "identity: title\ncolumns: [{ names: a, field: title }]\n"
	static const struct { const char *text, *where, *why; } cases[] = {
		{ "", "m:", "holds nothing" },
		{ "[]", "m:1: ", "key: value" },
		{ "kind: contract\nkind: demand\n", "m:2: ", "given before" },
		{ BASE "nonsense: 1\n", "m:8: ", "no key 'nonsense'" },
		{ TOP("kind: [contract]\n"), "m:1: kind: ", "type" },
		{ TOP("kind: kontrakt\n"), "m:1: kind: ", "'kontrakt'" },
		{ TOP(""), "m:1: kind: ", "is missing" },
		{ TOP("kind: demand\ncharset: latin1\n"), "m:2: charset: ", "gb18030" },
		{ TOP("kind: demand\nclass: secret\n"), "m:2: class: ", "not_shared" },
		{ TOP("kind: demand\nopenness: shut\n"), "m:2: openness: ", "'shut'" },
		{ TOP("kind: demand\nclass: not_shared\nopenness: open\n"), "m:3: openness: ", "unconditional" },
		{ TOP("kind: demand\nclass: conditional\n"), "audience: ", "must there" },
		{ TOP("kind: demand\naudience: ['320100']\n"), "m:2: audience: ", "conditional" },
		{ TOP("kind: demand\nclass: conditional\naudience: ['3201']\n"), "m:3: audience: ", "division codes" },
		{ TOP("kind: demand\nclass: conditional\naudience: ['320200', '320100']\n"), "audience: ", "ascending" },
		{ TOP("kind: demand\nclass: conditional\naudience: ['320100', '320100']\n"), "audience: ", "once" },
		{ TOP("kind: demand\nidentity_is: open\n"), "m:2: identity_is: ", "public" },
		{ "kind: demand\nidentity: title\ncolumns: {}\n", "m:3: columns: ", "list" },
		{ "kind: demand\nidentity: title\ncolumns: []\n", "m:3: columns: ", "1 to 256" },
		{ "kind: demand\nidentity: title\n", "m:1: columns: ", "is missing" },
		{ "kind: demand\nidentity: title\ncolumns: [x]\n", "m:3: ", "key: value" },
		{ "kind: demand\ncolumns: [{ names: a, field: title }]\n", "m:1: identity: ", "is missing" },
		{ "kind: demand\nidentity: number\ncolumns: [{ names: a, field: title }]\n", "m:2: identity: ", "'number'" },
		{ "kind: demand\nidentity: []\ncolumns: [{ names: a, field: title }]\n", "m:2: identity: ", "1 to 8" },
		{ "kind: demand\nidentity: [title, title]\nidentity_is: public\ncolumns: [{ names: a, field: title }]\n",
		    "m:2: identity: ", "exactly one" },
		{ "kind: demand\nidentity: title\ncolumns: [{ names: a, field: title, optional: yes }]\n",
		    "m:2: identity: ", "must be there" },
		{ "kind: correction_answer\nidentity: reason\ncolumns: [{ names: a, field: reason }]\n", "m:2: identity: ", "what the correction is about" },
		{ "kind: correction_request\nidentity: record\nidentity_is: public\ncolumns: [{ names: a, field: record }]\n", "m:2: identity: ",
		    "it is secret" },
		{ "kind: correction_request\nclass: unconditional\nidentity: record\ncolumns: [{ names: a, field: record }]\n", "m:2: class: ",
		    "follows the record" },
		{ COLUMN("field: own_number"), "m:8: names: ", "is missing" },
		{ COLUMN("names: x"), "m:8: field: ", "is missing" },
		{ COLUMN("names: [], field: own_number"), "m:8: names: ", "at least one" },
		{ COLUMN("names: [''], field: own_number"), "m:8: names: ", "not allowed" },
		{ COLUMN("names: {}, field: own_number"), "m:8: names: ", "type" },
		{ COLUMN("names: [[x]], field: own_number"), "m:8: names: ", "type" },
		{ COLUMN("names: x, field: own_number, list: ';', default: y"), "m:8: default: ", "list" },
		{ COLUMN("names: x, field: own_number, as: word"), "m:8: as: ", "'word'" },
		{ COLUMN("names: x, field: own_number, optional: true"), "m:8: optional: ", "yes or no" },
		{ COLUMN("names: x, field: own_number, colour: red"), "m:8: ", "no key 'colour'" },
		{ COLUMN("names: x, field: own_number, dates: ymd"), "m:8: dates: ", "as: date" },
		{ COLUMN("names: x, field: own_number, unit: 元"), "m:8: unit: ", "as: money" },
		{ COLUMN("names: x, field: own_number, scheme: foreign"), "m:8: scheme: ", "as: identifier" },
		{ COLUMN("names: x, field: total_amount_fen, as: money"), "m:8: unit: ", "is missing" },
		{ COLUMN("names: x, field: total_amount_fen, as: money, unit: 亿元"), "m:8: unit: ", "'亿元'" },
		{ COLUMN("names: x, field: total_amount_fen, as: money, unit: 元, default: '1'"), "m:8: default: ", "goes only" },
		{ COLUMN("names: x, field: signed_on, as: date, dates: dmy"), "m:8: dates: ", "'dmy'" },
		{ COLUMN("names: x, field: signed_on, as: date, not_before: 2001/1/1"), "m:8: not_before: ", "2021-03-05" },
		{ COLUMN("names: x, field: status, words: w"), "m:8: words: ", "no table 'w'" },
		{ COLUMN("names: x, field: own_number, as: date, words: w") "words: { w: { a: b } }\n", "m:8: words: ", "goes only" },
		{ COLUMN("names: x, field: status, words: w") "words: [w]\n", "m:9: words: ", "tables" },
		{ COLUMN("names: x, field: status, words: w") "words: { w: [] }\n", "m:9: w: ", "cell: value" },
		{ COLUMN("names: x, field: status, words: w") "words: { w: { a: [b] } }\n", "m:9: a: ", "word" },
		{ COLUMN("names: x, field: status, words: w") "words: { w: { a: registred } }\n", "m:8: status: ", "registred" },
		{ COLUMN("names: x, field: own_number, under: title"), "m:8: under: ", "words" },
		{ COLUMN("names: x, field: status, words: w, under: no_field") "words: { w: { a: registered } }\n",
		    "m:8: under: ", "another column" },
		{ COLUMN("names: no, field: own_number"), "m:8: names: ", "'no' heads another" },
		{ COLUMN("names: 退回原因, field: own_number"), "m:8: names: ", "退回原因" },
		{ COLUMN("names: x, field: title"), "field: ", "filled twice" },
		{ COLUMN("names: x, field: title.sub"), "field: ", "filled twice" },
		{ COLUMN("names: x, field: 'documents[].sha256', list: ';' }\n  - { names: y, field: 'documents[].media_type', list: ';'"),
		    "field: ", "filled twice" },
		{ COLUMN("names: x, field: 'documents[].colour', list: ';'"), "m:8: documents[].colour: ", "colour" },
		{ COLUMN("names: x, field: 'documents[].media_type'"), "m:8: documents[].media_type: ", "documents[]" },
		{ COLUMN("names: x, field: colour"), "m:8: colour: ", "colour" },
		{ COLUMN("names: x, field: seller.colour"), "m:8: seller.colour: ", "colour" },
		{ COLUMN("names: x, field: seller"), "m:8: seller: ", "seller" },
		{ COLUMN("names: x, field: total_amount_fen"), "m:8: total_amount_fen: ", "total_amount_fen" },
		{ COLUMN("names: x, field: own_number, as: number"), "m:8: own_number: ", "own_number" },
		{ COLUMN("names: x, field: own_number, list: ';'"), "m:8: own_number: ", "own_number" },
		{ COLUMN("names: x, field: seller.identifier, as: identifier, scheme: barcode"), "m:8: seller.identifier", "barcode" },
		{ COLUMN("names: x, field: "
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), "m:8: field: ", "too long" },
		{ BASE "constants: { colour: red }\n", "m:8: colour: ", "colour" },
		{ BASE "constants: { kind: sale }\n", "m:8: kind: ", "sale" },
		{ BASE "constants: [kind]\n", "m:8: constants: ", "field: value" },
		{ BASE "constants: { kind: [transfer] }\n", "m:8: kind: ", "one value" },
		{ BASE "constants: { title: x }\n", "field: ", "filled twice" },
		{ COLUMN("names: x, field: status, implies: { kind: sale }"), "m:8: kind: ", "sale" },
		{ COLUMN("names: x, field: status, implies: kind"), "m:8: implies: ", "field: value" },
		{ BASE "changes: { of: contracts, field: a, from: b }\n", "m:8: to: ", "is missing" },
		{ BASE "changes: { of: ../x, field: a, from: b, to: c }\n", "m:8: of: ", "no name" },
		{ BASE "changes: { of: contracts, field: a, from: b, to: c }\n", "m:8: of: ", "no mapping" },
		{ BASE "ignore: [title]\n", "m:8: ignore: ", "'title'" },
		{ BASE "drop: no\n", "m:8: drop: ", "'no'" },
	};
	struct yw_error err;
	struct yw_mapping *m;
	size_t i;

	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		enum yw_code code;

		err = (struct yw_error) { YW_OK, "" };
		code = yw_mapping_parse("m", cases[i].text, strlen(cases[i].text), &m, &err);
		YW_CHECK_MSG(code == YW_EINVAL || code == YW_EFORMAT, "case %zu: '%s'", i, yw_code_name(code));
		YW_CHECK(m == NULL);
		YW_CHECK_MSG(strncmp(err.msg, "m:", 2) == 0 && strstr(err.msg, cases[i].where) && strstr(err.msg, cases[i].why),
		    "case %zu: %s", i, err.msg);
	}
}

YW_TESTS({ "the shipped mappings load", shipped },
    { "B5 telephones, contacts and numbers of persons are dropped, 秘密 and above are no words", kept_out },
    { "keys become columns, fields and links", small },
    { "V1 an audience belongs to the conditional class", audiences }, { "faults are named with their place", faults })
