/*
 * validate_test.c - every rule, by a good record with one thing changed; and that no field goes unasked.
 *
 * The codes are those that tables of expected rejects use; what a file's rows are checked for before a
 * record is made of them (units, two-digit years, serial dates) is the import room's.
 */
#include <jansson.h>

#include "base/json.h"
#include "record/record.h"
#include "record/validate_int.h"
#include "support/records.h"
#include "yiwang/v1/record.pb-c.h"

#define NOW INT64_C(1795611600000)	/* 2026-11-25 13:00 UTC */

static struct yw_divisions *divisions;

static void
need_divisions(void)
{
	static const char text[] = YW_DIVISIONS_HEADER "\n"
	    "310000,上海市,province,,,,\n"
	    "320000,江苏省,province,,,,\n"
	    "320100,南京市,city,320000,,,\n"
	    "320102,玄武区,county,320100,,,\n"
	    "320500,苏州市,city,320000,,,\n"
	    "320576,苏州工业园区,zone,320500,,,\n"
	    "320583,昆山市,county,320500,,,\n"
	    "320600,南通市,city,320000,,,\n"
	    "320614,海门区,county,320600,2020-06-05,,\n"
	    "320684,海门市,county,320600,,2020-06-05,320614\n";

	if (divisions == NULL)
		YW_PASS(yw_divisions_parse("d", YW_BYTES_LIT(text), &divisions, NULL));
}

static size_t
judge(struct yw_bytes json, struct yw_finding *out, size_t max)
{
	struct yw_validation by = { .now_ms = NOW };
	struct yw_buf body = YW_BUF_INIT;
	struct yw_error err;
	size_t n;

	need_divisions();
	by.divisions = divisions;
	YW_CHECK_MSG(yw_record_from_json(json, &body, &err) == YW_OK, "%s", err.msg);
	n = yw_record_validate(yw_buf_bytes(&body), &by, out, max);
	yw_buf_release(&body);
	return n;
}

static void
show(const struct yw_finding *f, size_t n)
{
	for (; n > 0; n--, f++)
		fprintf(stderr, "    %s %s %s: %s\n", f->refuse ? "refuse" : "note", f->code, f->field, f->reason);
}

static void
the_sample_passes(void)
{
	struct yw_finding f[YW_FINDINGS_MAX];
	size_t n = judge(yw_bytes_str(yw_sample_contract), f, YW_FINDINGS_MAX);

	show(f, n);
	YW_CHECK(n == 0);
}

/* Puts a value (NULL: takes it away) at "a/b/0/c" of a tree, making objects on the way. */
static void
set(json_t *at, const char *path, json_t *value)
{
	char name[64];
	size_t n = strcspn(path, "/");
	json_t *next;

	snprintf(name, sizeof name, "%.*s", (int)n, path);
	if (json_is_array(at)) {
		next = json_array_get(at, (size_t)atoi(name));
		YW_CHECK(next != NULL && path[n] == '/');
		set(next, path + n + 1, value);
		return;
	}
	if (path[n] == '\0') {
		if (value == NULL)
			json_object_del(at, name);
		else
			json_object_set_new(at, name, value);
		return;
	}
	next = json_object_get(at, name);
	if (next == NULL) {
		next = json_object();
		json_object_set_new(at, name, next);
	}
	set(next, path + n + 1, value);
}

struct row {
	const char *base;	/* the record's JSON; NULL for the sample contract */
	const char *path, *value;	/* value is JSON; NULL takes it away */
	const char *code;	/* NULL: nothing is found */
	const char *field;
	bool refuse;
};

static void
run(const struct row *row)
{
	struct yw_finding f[YW_FINDINGS_MAX];
	json_t *tree, *value = NULL;
	size_t i, n, hits = 0;
	char *text;

	YW_PASS(yw_json_parse(yw_bytes_str(row->base ? row->base : yw_sample_contract), &tree, NULL));
	if (row->value != NULL)
		YW_PASS(yw_json_parse(yw_bytes_str(row->value), &value, NULL));
	set(tree, row->path, value);
	text = json_dumps(tree, JSON_COMPACT);
	YW_CHECK(text != NULL);
	n = judge(yw_bytes_str(text), f, YW_FINDINGS_MAX);
	for (i = 0; row->code != NULL && i < n; i++)
		hits += strcmp(f[i].code, row->code) == 0 && strcmp(f[i].field, row->field) == 0 &&
		    f[i].refuse == row->refuse && f[i].reason[0] != '\0';
	if (n != (row->code != NULL ? 1u : 0u) || (row->code != NULL && hits != 1))
		show(f, n);
	YW_CHECK_MSG(n == (row->code != NULL ? 1u : 0u), "%s = %s: %zu findings", row->path,
	    row->value ? row->value : "nothing", n);
	YW_CHECK_MSG(row->code == NULL || hits == 1, "%s = %s", row->path, row->value ? row->value : "nothing");
	free(text);
	json_decref(tree);
}

/* A clerk is told which character would agree. */
static void
says_what_would_agree(void)
{
	static const char *const rows[][2] = {
		{ "{\"scheme\":\"credit_code\",\"value\":\"12320102103379084R\"}", "it would be Q" },
		{ "{\"scheme\":\"organisation_code\",\"value\":\"704047861\"}", "it would be X" } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct yw_finding f[YW_FINDINGS_MAX];
		json_t *tree, *value;
		char *text;

		YW_PASS(yw_json_parse(yw_bytes_str(yw_sample_contract), &tree, NULL));
		YW_PASS(yw_json_parse(yw_bytes_str(rows[i][0]), &value, NULL));
		set(tree, "contract/buyer/identifier", value);
		text = json_dumps(tree, JSON_COMPACT);
		YW_CHECK(text != NULL && judge(yw_bytes_str(text), f, YW_FINDINGS_MAX) == 1);
		YW_CHECK_MSG(strstr(f[0].reason, rows[i][1]) != NULL, "%s", f[0].reason);
		free(text);
		json_decref(tree);
	}
}

/* What a sentence quotes may be cut in a character, or hold what a terminal would obey. */
static void
quotes_safely(void)
{
	static const struct { const char *value, *says; } rows[] = {
		{ "\"中国中国中国中国中国中国中国中国\"", "'中国中国中国中国中国中国中?'" }, { "\"\\u001b[31m\"", "'?[31m'" } };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct yw_finding f[YW_FINDINGS_MAX];
		struct yw_buf json = YW_BUF_INIT;
		size_t n;

		yw_buf_printf(&json, "{\"contract\":{\"industry\":%s}}", rows[i].value);
		for (n = judge(yw_buf_bytes(&json), f, YW_FINDINGS_MAX); n > 0 && strcmp(f[n - 1].field, "contract.industry") != 0;)
			n--;
		YW_CHECK_MSG(n > 0 && strncmp(f[n - 1].reason, rows[i].says, strlen(rows[i].says)) == 0, "%s", n > 0 ? f[n - 1].reason : "");
		yw_buf_release(&json);
	}
}

#define C "contract/"
#define REFUSED(path, value, code, field) { NULL, C path, value, code, "contract." field, true }
#define NOTED(path, value, code, field) { NULL, C path, value, code, "contract." field, false }
#define FINE(path, value) { NULL, C path, value, NULL, NULL, false }

static void
contracts(void)
{
	static const struct row rows[] = {
		/* organisations and their numbers */
		REFUSED("seller/identifier/value", "\"12320102103379084R\"", "bad_uscc_check", "seller.identifier.value"),
		REFUSED("buyer/identifier/value", "\"91320583I03861794N\"", "bad_uscc_alphabet", "buyer.identifier.value"),
		REFUSED("seller/identifier/value", "\"12320102103379084\"", "bad_uscc_length", "seller.identifier.value"),
		REFUSED("seller/identifier/value", "\"12320102103379084q\"", "lowercase_uscc", "seller.identifier.value"),
		REFUSED("buyer/identifier/value", "\"\"", "missing_field", "buyer.identifier.value"),
		REFUSED("buyer/identifier/scheme", "\"none\"", "bad_identifier", "buyer.identifier.value"),
		REFUSED("buyer/identifier/scheme", "\"unspecified\"", "missing_scheme", "buyer.identifier.value"),
		REFUSED("buyer/identifier/scheme", "99", "unknown_scheme", "buyer.identifier.scheme"),
		NOTED("buyer/identifier", "{\"scheme\":\"registration_15\",\"value\":\"320583000000017\"}",
		    "legacy_reg_no_15", "buyer.identifier.value"),
		NOTED("buyer/identifier", "{\"scheme\":\"registration_15\",\"value\":\"320483000118690\"}",
		    "legacy_reg_no_15", "buyer.identifier.value"),
		REFUSED("buyer/identifier", "{\"scheme\":\"registration_15\",\"value\":\"130503670401001\"}",
		    "identity_number", "buyer.identifier.value"),
		FINE("buyer/identifier", "{\"scheme\":\"foreign\",\"value\":\"130503670401001\"}"),
		NOTED("buyer/identifier", "{\"scheme\":\"registration_13\",\"value\":\"3205831000017\"}",
		    "legacy_reg_no_13", "buyer.identifier.value"),
		REFUSED("buyer/identifier", "{\"scheme\":\"registration_15\",\"value\":\"3205830000017\"}",
		    "bad_identifier", "buyer.identifier.value"),
		FINE("buyer/identifier", "{\"scheme\":\"organisation_code\",\"value\":\"70404786X\"}"),
		REFUSED("buyer/identifier", "{\"scheme\":\"organisation_code\",\"value\":\"704047861\"}",
		    "bad_identifier", "buyer.identifier.value"),
		FINE("seller/identifier", "{\"scheme\":\"ministry_of_education\",\"value\":\"4132010284\"}"),
		FINE("seller/identifier", "{\"scheme\":\"ministry_of_education\",\"value\":\"10284\"}"),
		REFUSED("seller/identifier", "{\"scheme\":\"ministry_of_education\",\"value\":\"413201028\"}",
		    "bad_identifier", "seller.identifier.value"),
		FINE("buyer/identifier", "{\"scheme\":\"foreign\",\"value\":\"HRB 12345\"}"),
		REFUSED("buyer/identifier", "{\"scheme\":\"foreign\",\"value\":\"2.02132E+15\"}", "excel_scientific",
		    "buyer.identifier.value"),
		/* a person's number, in whatever scheme; the second passes as a credit code too */
		REFUSED("buyer/identifier", "{\"scheme\":\"foreign\",\"value\":\"11010519491231002X\"}", "identity_number",
		    "buyer.identifier.value"),
		REFUSED("buyer/identifier/value", "\"320583198001010219\"", "identity_number", "buyer.identifier.value"),
		REFUSED("buyer/identifier", "{\"value\":\"11010519491231002X\"}", "identity_number", "buyer.identifier.value"),
		REFUSED("title", "\"王某（11010519491231002x）转让\"", "identity_number", "title"),
		REFUSED("title", "\"王某（１１０１０５１９４９１２３１００２Ｘ）转让\"", "identity_number", "title"),
		FINE("title", "\"第１１０１０５１９４９１２３１００２９９号\""),
		REFUSED("status_reason", "\"见\\n11010519491231002X\"", "identity_number", "status_reason"),
		FINE("title", "\"编号911010519491231002X\""),
		FINE("title", "\"编号11010519491231002\""),
		FINE("title", "\"编号3205831980010102190\""),
		FINE("buyer/identifier", "{\"scheme\":\"none\"}"),
		NOTED("buyer/identifier", NULL, "missing_identifier", "buyer"),
		NOTED("seller/identifier", NULL, "missing_identifier", "seller"),
		FINE("buyer", "{\"name\":\"Northfield Instruments Inc.\",\"country\":\"USA\"}"),
		FINE("buyer", "{\"name\":\"Northfield Instruments Inc.\",\"country\":\"502\"}"),
		NOTED("buyer", "{\"name\":\"乙公司\",\"country\":\"156\"}", "missing_identifier", "buyer"),
		REFUSED("buyer/country", "\"usa\"", "bad_code", "buyer.country"),
		REFUSED("buyer/country", "\"CN\"", "bad_code", "buyer.country"),
		REFUSED("seller/nature_code", "\"22\"", "bad_code", "seller.nature_code"),
		NOTED("buyer", "{\"type\":\"natural_person\",\"division\":\"320583\"}", "natural_person", "buyer.name"),
		REFUSED("buyer", "{\"type\":\"natural_person\",\"name\":\"王伟\"}", "natural_person_named", "buyer.name"),
		REFUSED("buyer/type", "\"natural_person\"", "natural_person_named", "buyer.name"),
		REFUSED("seller/name", NULL, "missing_field", "seller.name"),
		REFUSED("seller/name", "\"南京\\ufffd\\ufffd大学\"", "replacement_character", "seller.name"),
		NOTED("seller/name", "\"\\u3000南京澄湖理工大学\"", "surrounding_space", "seller.name"),
		NOTED("seller/name", "\"南京澄湖理工大学\\u3000\"", "surrounding_space", "seller.name"),
		NOTED("seller/name", "\"南京澄湖理工大学 \"", "surrounding_space", "seller.name"),
		NOTED("seller/name", "\"南京澄湖理工大学\\u00a0\"", "surrounding_space", "seller.name"),
		REFUSED("seller", NULL, "missing_field", "seller"),
		REFUSED("buyer", NULL, "missing_field", "buyer"),
		/* divisions */
		REFUSED("seller/division", "\"329999\"", "unknown_division", "seller.division"),
		NOTED("seller/division", "\"320684\"", "retired_division", "seller.division"),
		NOTED("buyer/division", "\"320576\"", "zone_division", "buyer.division"),
		REFUSED("buyer/division", "\"3205\"", "bad_division", "buyer.division"),
		REFUSED("buyer/division", "\"320102199001011232\"", "identity_number", "buyer.division"),
		REFUSED("registry_office/division", "\"昆山\"", "bad_division", "registry_office.division"),
		FINE("seller/division", NULL),
		FINE("registry_office", NULL),
		FINE("registry_office", "{}"),
		/* amounts */
		REFUSED("total_amount_fen", "-125000000", "negative_amount", "total_amount_fen"),
		REFUSED("total_amount_fen", "0", "zero_amount", "total_amount_fen"),
		REFUSED("technical_amount_fen", "125000001", "technical_gt_total", "technical_amount_fen"),
		FINE("technical_amount_fen", "125000000"),
		REFUSED("technical_amount_fen", "-1", "negative_amount", "technical_amount_fen"),
		NOTED("technical_amount_fen", NULL, "missing_amount", "technical_amount_fen"),
		REFUSED("transfer_forecast/new_output_fen", "-1", "negative_amount", "transfer_forecast.new_output_fen"),
		/* dates */
		REFUSED("signed_on", "\"2025-02-30\"", "impossible_date", "signed_on"),
		REFUSED("signed_on", "\"1825-02-03\"", "impossible_date", "signed_on"),
		REFUSED("signed_on", "\"2025/02/03\"", "bad_date", "signed_on"),
		REFUSED("signed_on", "\"2025-02\"", "bad_date", "signed_on"),
		REFUSED("signed_on", NULL, "missing_field", "signed_on"),
		REFUSED("end_on", "\"2023-02-29\"", "impossible_date", "end_on"),
		FINE("end_on", "\"2028-02-29\""),
		FINE("end_on", NULL),
		REFUSED("end_on", "\"2025-03-09\"", "end_before_start", "end_on"),
		REFUSED("registered_on", "\"2025-03-03\"", "registered_before_signed", "registered_on"),
		FINE("registered_on", "\"2025-03-04\""),
		FINE("registered_on", "\"2026-11-25\""),
		REFUSED("registered_on", "\"2026-11-26\"", "future_date", "registered_on"),
		REFUSED("registered_on", "\"2099-01-01\"", "future_date", "registered_on"),
		REFUSED("status_on", "\"2025-01-15\"", "status_before_signed", "status_on"),
		REFUSED("status_on", "\"2026-11-26\"", "future_date", "status_on"),
		/* numbers that are text */
		FINE("registration_number", "\"25320102000017\""),
		REFUSED("registration_number", "\"2025320102000\"", "bad_registration_no", "registration_number"),
		REFUSED("registration_number", "\"202532010200001X\"", "bad_registration_no", "registration_number"),
		REFUSED("registration_number", "\"2.02532E+15\"", "excel_scientific", "registration_number"),
		REFUSED("registration_number", "\"２０２５３２０１０２００００１７\"", "fullwidth_digits", "registration_number"),
		REFUSED("registration_number", NULL, "missing_field", "registration_number"),
		REFUSED("own_number", "\"2.5e+7\"", "excel_scientific", "own_number"),
		REFUSED("own_number", "\"ＨＴ－２５\"", "fullwidth_digits", "own_number"),
		FINE("own_number", "\"HT(2025)第17号 E+1\""),
		REFUSED("certificate_number", "\"320102199001011232\"", "identity_number", "certificate_number"),
		FINE("certificate_number", "\"320102199001011233\""),
		FINE("certificate_number", "\"320102199013011230\""),
		/* text */
		REFUSED("title", NULL, "missing_field", "title"),
		NOTED("title", "\"一\\n二\"", "quoted_newline", "title"),
		REFUSED("title", "\"一\\u0007\"", "control_character", "title"),
		REFUSED("title", "\"一\\u007f\"", "control_character", "title"),
		REFUSED("title", "\"一\\u0085\"", "control_character", "title"),
		REFUSED("title", "\"一\\t二\"", "control_character", "title"),
		REFUSED("title", "\" \"", "missing_field", "title"),
		REFUSED("title", "\"\\u3000\\u00a0\\u200b\"", "missing_field", "title"),
		REFUSED("status_reason", "\"\\n\\t \"", "missing_field", "status_reason"),
		REFUSED("title", "\"一\\u2028二\"", "hidden_character", "title"),
		REFUSED("title", "\"一\\u202e二\"", "hidden_character", "title"),
		REFUSED("title", "\"一\\u2066二\"", "hidden_character", "title"),
		REFUSED("title", "\"一\\u2069\"", "hidden_character", "title"),
		REFUSED("title", "\"\\ufeff一\"", "hidden_character", "title"),
		REFUSED("title", "\"一\\ufdd0\"", "hidden_character", "title"),
		REFUSED("title", "\"一\\uffff\"", "hidden_character", "title"),
		REFUSED("title", "\"一\\ud83f\\udffe\"", "hidden_character", "title"),
		REFUSED("status_reason", "\"一\\u202a二\"", "hidden_character", "status_reason"),
		FINE("title", "\"一\\u2027\\u202f\\u2065\\u206a\\ufdf0\\ufffc\\ud83f\\udffd二\""),
		FINE("title", "\"（TRL≥6，Φ≤0.5㎜，𠮷品）é\""),
		FINE("status_reason", "\"一\\n\\t二\""),
		REFUSED("status_reason", "\"一\\r\\n二\"", "control_character", "status_reason"),
		/* words and codes */
		REFUSED("kind", NULL, "missing_field", "kind"),
		REFUSED("kind", "9", "unknown_kind", "kind"),
		REFUSED("field", "12", "unknown_field", "field"),
		FINE("field", "\"urban_and_social_development\""),
		REFUSED("sub_kind", "\"patent_licence\"", "bad_sub_kind", "sub_kind"),
		FINE("sub_kind", NULL),
		REFUSED("industry", "\"34\"", "bad_code", "industry"),
		FINE("industry", "\"C3421\""),
		REFUSED("goal", "\"6\"", "bad_code", "goal"),
		REFUSED("rule_version", "\"new\"", "bad_code", "rule_version"),
		/* references and documents */
		REFUSED("broker", "{}", "missing_field", "broker"),
		REFUSED("broker/id", "\"320102/project/1\"", "bad_reference", "broker.id"),
		REFUSED("broker/id", "\"JJR320102000001\"", "bad_reference", "broker.id"),
		REFUSED("institution/number", "\"1E+9\"", "excel_scientific", "institution.number"),
		REFUSED("documents/0/sha256", "\"ab\"", "bad_value", "documents[0].sha256"),
		REFUSED("documents/0/sha256", NULL, "missing_field", "documents[0].sha256"),
		REFUSED("documents/0/bytes", "-1", "negative_amount", "documents[0].bytes"),
		REFUSED("documents/0/media_type", "\"pdf\"", "bad_code", "documents[0].media_type"),
		FINE("documents/0/media_type", "\"application/vnd.ofd+xml\""),
		REFUSED("documents/0/type", "70", "unknown_type", "documents[0].type"),
		/* what a newer version says is not judged */
		FINE("unknown", "\"+D8F\""),
		FINE("seller/unknown", "\"+D8F\""),
	};
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		run(&rows[i]);
}

static void
a_licence_was_a_transfer(void)
{
	static const char old[] = "{\"contract\":{\"registration_number\":\"20320102000017\",\"title\":\"许可\","
	    "\"kind\":\"transfer\",\"sub_kind\":\"patent_licence\",\"total_amount_fen\":1,\"technical_amount_fen\":1,"
	    "\"signed_on\":\"2020-12-31\",\"seller\":{\"name\":\"a\",\"identifier\":{\"scheme\":\"none\"}},"
	    "\"buyer\":{\"name\":\"b\",\"identifier\":{\"scheme\":\"none\"}}}}";
	static const struct row rows[] = {
		{ old, "contract/end_on", NULL, NULL, NULL, false },
		{ old, "contract/signed_on", "\"2021-01-01\"", "bad_sub_kind", "contract.sub_kind", true },
		{ old, "contract/kind", "\"licence\"", NULL, NULL, false },
		{ old, "contract/sub_kind", "\"training\"", "bad_sub_kind", "contract.sub_kind", true },
	};
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		run(&rows[i]);
}

static void
least_records(void)
{
	static const char ins[] = "{\"institution\":{\"organisation\":{\"name\":\"南京技术转移中心\"},\"staff_total\":5,"
	    "\"staff_brokers\":5,\"recognised_on\":\"2021-01-01\",\"fields\":[\"agriculture\"],"
	    "\"figures\":[{\"year\":2024,\"contracts\":3,\"amount_fen\":5}]}}";
	static const char bro[] = "{\"broker\":{\"certificate_number\":\"JJR320102000001\",\"name\":\"王伟\","
	    "\"certified_on\":\"2024-01-01\",\"valid_to\":\"2027-01-01\"}}";
	static const char ach[] = "{\"achievement\":{\"title\":\"石墨烯散热膜\",\"secrecy\":\"internal\",\"readiness\":9,"
	    "\"keywords\":[\"a\",\"b\",\"c\"],\"ip_numbers\":[\"ZL202324777098.1\",\"5694939\"],"
	    "\"research_from\":\"2020-03\",\"research_to\":\"2021-02\",\"price_kind\":\"asking\",\"asking_price_fen\":1,"
	    "\"published_on\":\"2026-03-01\"}}";
	static const char set_[] = "{\"achievement_set\":{\"title\":\"春季成果包\",\"division\":\"320100\","
	    "\"published_on\":\"2026-03-01\",\"achievements\":[{\"id\":\"320102/achievement/1\"},{\"number\":\"3\"}]}}";
	static const char dem[] = "{\"demand\":{\"title\":\"征集\",\"problem\":\"一\\n二\",\"budget_fen\":1,"
	    "\"published_on\":\"2026-03-01\",\"due_on\":\"2027-03-01\"}}";
	static const char pro[] = "{\"project\":{\"title\":\"研发\",\"enterprise\":{\"name\":\"甲\"},"
	    "\"partner\":{\"name\":\"乙\"},\"start_on\":\"2025-01-01\",\"amount_fen\":1,\"contract\":{\"number\":\"2025320102000017\"}}}";
	static const char req[] = "{\"correction_request\":{\"record\":\"320102/contract/1\",\"revision\":2,"
	    "\"reason\":\"金额有误\",\"points\":[{\"field\":\"contract.total_amount_fen\",\"proposed\":\"5\"}]}}";
	static const char ans[] = "{\"correction_answer\":{\"request\":\"320100/correction_request/1\","
	    "\"outcome\":\"accepted\",\"accepted_revision\":3}}";
	static const char con[] = "{\"contract\":{\"registration_number\":\"20320102000017\",\"title\":\"咨询\","
	    "\"kind\":\"consulting\",\"total_amount_fen\":1,\"technical_amount_fen\":1,"
	    "\"signed_on\":\"2020-12-31\",\"seller\":{\"name\":\"a\",\"identifier\":{\"scheme\":\"none\"}},"
	    "\"buyer\":{\"name\":\"b\",\"identifier\":{\"scheme\":\"none\"}}}}";
	static const struct row rows[] = {
		{ con, "contract/signed_on", "\"2026-11-25\"", NULL, NULL, false },
		{ con, "contract/signed_on", "\"2026-11-26\"", "future_date", "contract.signed_on", true },
		{ ins, "institution/number", "\"JG1\"", NULL, NULL, false },
		{ ins, "institution/organisation", NULL, "missing_field", "institution.organisation", true },
		{ ins, "institution/organisation/name", NULL, "missing_field", "institution.organisation.name", true },
		{ ins, "institution/host", "{}", "missing_field", "institution.host.name", true },
		{ ins, "institution/staff_brokers", "6", "bad_value", "institution.staff_brokers", true },
		{ ins, "institution/staff_total", NULL, NULL, NULL, false },
		{ ins, "institution/valid_to", "\"2020-12-31\"", "valid_to_before_start", "institution.valid_to", true },
		{ ins, "institution/fields", "[\"unspecified\"]", "missing_field", "institution.fields[0]", true },
		{ ins, "institution/fields", "[\"agriculture\",12]", "unknown_fields", "institution.fields[1]", true },
		{ ins, "institution/figures/0/year", NULL, "missing_field", "institution.figures[0].year", true },
		{ ins, "institution/figures/0/year", "20240", "bad_value", "institution.figures[0].year", true },
		{ ins, "institution/established_on", "\"2026-11-26\"", "future_date", "institution.established_on", true },
		{ ins, "institution/recognised_on", "\"2026-11-26\"", "future_date", "institution.recognised_on", true },
		{ bro, "broker/division", "\"320102\"", NULL, NULL, false },
		{ bro, "broker/certified_on", "\"2026-11-26\"", "future_date", "broker.certified_on", true },
		{ bro, "broker/certificate_number", NULL, "missing_field", "broker.certificate_number", true },
		{ bro, "broker/certificate_number", "\"11010519491231002X\"", "identity_number",
		    "broker.certificate_number", true },
		{ bro, "broker/certificate_number", "\"11010519491231002x\"", "identity_number",
		    "broker.certificate_number", true },
		{ bro, "broker/valid_to", "\"2023-12-31\"", "valid_to_before_start", "broker.valid_to", true },
		{ bro, "broker/name", NULL, NULL, NULL, false },
		{ ach, "achievement/summary", "\"一\\n二\"", NULL, NULL, false },
		{ ach, "achievement/title", NULL, "missing_field", "achievement.title", true },
		{ ach, "achievement/registered_on", "\"2026-11-26\"", "future_date", "achievement.registered_on", true },
		{ ach, "achievement/ip_granted_on", "\"2026-11-26\"", "future_date", "achievement.ip_granted_on", true },
		{ ach, "achievement/published_on", "\"2026-11-26\"", "future_date", "achievement.published_on", true },
		{ ach, "achievement/expires_on", "\"2026-02-28\"", "valid_to_before_start", "achievement.expires_on", true },
		{ ach, "achievement/secrecy", NULL, "missing_field", "achievement.secrecy", true },
		{ ach, "achievement/secrecy", "3", "unknown_secrecy", "achievement.secrecy", true },
		{ ach, "achievement/readiness", "10", "bad_value", "achievement.readiness", true },
		{ ach, "achievement/keywords", "[\"a\",\"b\",\"c\",\"d\"]", "too_many_values", "achievement.keywords", true },
		{ ach, "achievement/keywords", "[\"a\",\"\"]", "missing_field", "achievement.keywords[1]", true },
		{ ach, "achievement/ip_numbers", "[\"ZL202324777098.2\"]", "bad_patent_no", "achievement.ip_numbers[0]", false },
		{ ach, "achievement/ip_numbers", "[\"ZL\"]", "bad_patent_no", "achievement.ip_numbers[0]", false },
		{ ach, "achievement/ip_numbers", "[\"Z\"]", NULL, NULL, false },
		{ ach, "achievement/research_to", "\"2020-02\"", "end_before_start", "achievement.research_to", true },
		{ ach, "achievement/research_to", "\"2020-13\"", "impossible_date", "achievement.research_to", true },
		{ ach, "achievement/research_to", "\"2021-03-01\"", "bad_date", "achievement.research_to", true },
		{ ach, "achievement/asking_price_fen", NULL, "missing_field", "achievement.price_kind", true },
		{ ach, "achievement/price_kind", "\"negotiable\"", "price_without_asking", "achievement.price_kind", true },
		{ ach, "achievement/owner", "{\"type\":\"natural_person\"}", "natural_person", "achievement.owner.name", false },
		{ set_, "achievement_set/summary", "\"\"", NULL, NULL, false },
		{ set_, "achievement_set/number", "\"CGB-2025-01\"", NULL, NULL, false },
		{ set_, "achievement_set/number", "\"2.02132E+15\"", "excel_scientific", "achievement_set.number", true },
		{ set_, "achievement_set/title", NULL, "missing_field", "achievement_set.title", true },
		{ set_, "achievement_set/published_on", "\"2026-11-26\"", "future_date", "achievement_set.published_on", true },
		{ set_, "achievement_set/published_on", NULL, "missing_field", "achievement_set.published_on", true },
		{ set_, "achievement_set/division", NULL, "missing_field", "achievement_set.division", true },
		{ set_, "achievement_set/achievements", NULL, "missing_field", "achievement_set.achievements", true },
		{ set_, "achievement_set/achievements/1/id", "\"320102/demand/1\"", "bad_reference",
		    "achievement_set.achievements[1].id", true },
		{ dem, "demand/indicators", "\"寿命≥5年；成本下降10%\"", NULL, NULL, false },
		{ dem, "demand/due_on", "\"2026-02-28\"", "end_before_start", "demand.due_on", true },
		{ dem, "demand/published_on", "\"2026-11-26\"", "future_date", "demand.published_on", true },
		{ dem, "demand/title", NULL, "missing_field", "demand.title", true },
		{ pro, "project/start_on", "\"2027-01-01\"", NULL, NULL, false },
		{ pro, "project/title", NULL, "missing_field", "project.title", true },
		{ pro, "project/end_on", "\"2024-12-31\"", "end_before_start", "project.end_on", true },
		{ pro, "project/amount_fen", "-1", "negative_amount", "project.amount_fen", true },
		{ req, "correction_request/documents", "[]", NULL, NULL, false },
		{ req, "correction_request/record", "\"x\"", "bad_reference", "correction_request.record", true },
		{ req, "correction_request/record", "\"320102/deal/1\"", "bad_reference", "correction_request.record", true },
		{ req, "correction_request/record", NULL, "missing_field", "correction_request.record", true },
		{ req, "correction_request/raised_on", "\"2026-11-26\"", "future_date", "correction_request.raised_on", true },
		{ req, "correction_request/revision", NULL, "missing_field", "correction_request.revision", true },
		{ req, "correction_request/reason", NULL, "missing_field", "correction_request.reason", true },
		{ req, "correction_request/points/0/field", NULL, "missing_field", "correction_request.points[0].field", true },
		{ ans, "correction_answer/answered_on", "\"2026-11-25\"", NULL, NULL, false },
		{ ans, "correction_answer/request", NULL, "missing_field", "correction_answer.request", true },
		{ ans, "correction_answer/answered_on", "\"2026-11-26\"", "future_date", "correction_answer.answered_on", true },
		{ ans, "correction_answer/request", "\"320100/contract/1\"", "bad_reference", "correction_answer.request", true },
		{ ans, "correction_answer/accepted_revision", NULL, "missing_field", "correction_answer.outcome", true },
		{ ans, "correction_answer/outcome", "\"refused\"", "missing_field", "correction_answer.outcome", true },
		{ ans, "correction_answer/outcome", NULL, "missing_field", "correction_answer.outcome", true },
		{ ans, "replaces", "\"320100/correction_answer/1\"", NULL, NULL, false },
		{ ans, "replaces", "\"nothing\"", "bad_reference", "replaces", true },
	};
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++)
		run(&rows[i]);
}

static void
lengths(void)
{
	char title[3 * 502 + 16], numbers[128];
	struct yw_buf documents = YW_BUF_INIT;
	size_t i, n;

	for (n = 500; n <= 501; n++) {
		struct row row = FINE("title", title);

		title[0] = '"';
		for (i = 0; i < n; i++)
			memcpy(title + 1 + 3 * i, "超", 3);
		memcpy(title + 1 + 3 * n, "\"", 2);
		if (n == 501)
			row = (struct row)REFUSED("title", title, "overlong_field", "title");
		run(&row);
	}
	for (n = 64; n <= 65; n++) {
		struct row row = FINE("own_number", numbers);

		memset(numbers, '7', sizeof numbers);
		numbers[0] = numbers[n + 1] = '"';
		numbers[n + 2] = '\0';
		if (n == 65)
			row = (struct row)REFUSED("own_number", numbers, "overlong_field", "own_number");
		run(&row);
	}
	for (n = 16; n <= 17; n++) {
		struct row row;

		yw_buf_clear(&documents);
		for (i = 0; i < n; i++)
			yw_buf_printf(&documents, "%c{\"sha256\":\"%064d\"}", i ? ',' : '[', 0);
		yw_buf_add_byte(&documents, ']');
		row = (struct row)FINE("documents", yw_buf_str(&documents));
		if (n == 17)
			row = (struct row)REFUSED("documents", yw_buf_str(&documents), "too_many_values", "documents");
		run(&row);
	}
	yw_buf_release(&documents);
}

/* A day in China has begun eight hours before it has in UTC. */
static void
today_in_china(void)
{
	struct yw_validation by = { .now_ms = INT64_C(1795622400000) - 1 };	/* 2026-11-25 15:59:59.999 UTC */
	struct yw_finding f[YW_FINDINGS_MAX];
	struct yw_buf body = YW_BUF_INIT;

	YW_PASS(yw_record_from_json(YW_BYTES_LIT("{\"achievement\":{\"title\":\"a\",\"secrecy\":\"public\","
						 "\"registered_on\":\"2026-11-26\",\"division\":\"999999\"}}"),
	    &body, NULL));
	YW_CHECK(yw_record_validate(yw_buf_bytes(&body), &by, f, YW_FINDINGS_MAX) == 1);
	YW_CHECK(strcmp(f[0].code, "future_date") == 0);
	by.now_ms++;
	YW_CHECK(yw_record_validate(yw_buf_bytes(&body), &by, f, YW_FINDINGS_MAX) == 0);
	yw_buf_release(&body);
}

/* Notes give way to refusals, refusals are never more than there is room for. */
static void
no_refusal_is_lost(void)
{
	static const char text[] = "{\"broker\":{\"certificate_number\":\" a\",\"name\":\" b\",\"division\":\"320576\","
	    "\"certified_on\":\"x\",\"valid_to\":\"y\"}}";
	struct yw_finding f[YW_FINDINGS_MAX];

	YW_CHECK(judge(YW_BYTES_LIT(text), f, YW_FINDINGS_MAX) == 5);
	YW_CHECK(judge(YW_BYTES_LIT(text), f, 3) == 3);
	YW_CHECK(!f[0].refuse && f[1].refuse && f[2].refuse);
	YW_CHECK(judge(YW_BYTES_LIT(text), f, 1) == 1);
	YW_CHECK(f[0].refuse && strcmp(f[0].field, "broker.certified_on") == 0);
}

/* What depends on whose record it is, and on for whom. */
static void
own_and_internal(void)
{
	static const struct yw_jurisdiction zone = { "329999" }, codes[] = { { "320500" } };
	static const struct yw_audience every = { YW_CLASS_UNCONDITIONAL, YW_OPENNESS_INTERNAL, NULL, 0 };
	static const struct yw_audience some = { YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, codes, 1 };
	static const char text[] = "{\"demand\":{\"title\":\"t\",\"division\":\"329999\",\"secrecy\":\"internal\"}}";
	static const struct { const struct yw_jurisdiction *own; const struct yw_audience *audience; const char *first, *second; } rows[] = {
		{ NULL, NULL, "unknown_division", "" }, { &zone, NULL, "unlisted_division", "" },
		{ &zone, &every, "unlisted_division", "internal_unconditional" }, { &zone, &some, "unlisted_division", "" },
		{ &codes[0], &every, "unknown_division", "internal_unconditional" },
	};
	struct yw_finding f[YW_FINDINGS_MAX];
	struct yw_buf body = YW_BUF_INIT;

	need_divisions();
	YW_PASS(yw_record_from_json(YW_BYTES_LIT(text), &body, NULL));
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct yw_validation by = { divisions, NOW, rows[i].audience, rows[i].own, false };
		size_t n = yw_record_validate(yw_buf_bytes(&body), &by, f, YW_FINDINGS_MAX);

		YW_CHECK_MSG(n == 1u + (rows[i].second[0] != '\0') && strcmp(f[0].code, rows[i].first) == 0, "row %zu: %zu %s", i, n, f[0].code);
		YW_CHECK(f[0].refuse == (strcmp(rows[i].first, "unknown_division") == 0));
		YW_CHECK(n == 1 || (f[1].refuse && strcmp(f[1].code, rows[i].second) == 0));
	}
	yw_buf_release(&body);
}

/* A contract is registered where its seller is, but for an import, which the domestic buyer registers. */
static void
sellers(void)
{
	static const struct { const char *own, *seller, *first, *second; } rows[] = {
		{ "", "\"division\":\"310000\"", "", "" },
		{ "320102", "\"division\":\"320102\"", "", "" }, { "320100", "\"division\":\"320102\"", "", "" },
		{ "320000", "\"division\":\"320102\"", "", "" }, { "320102", "\"country\":\"CHN\"", "", "" },
		{ "320102", "\"division\":\"320583\"", "seller_elsewhere", "" },
		{ "320102", "\"division\":\"320100\"", "seller_elsewhere", "" },
		{ "320102", "\"division\":\"320583\",\"country\":\"156\"", "seller_elsewhere", "" },
		{ "320102", "\"division\":\"320583\",\"country\":\"USA\"", "", "" },
		{ "320102", "\"country\":\"502\"", "", "" },
		/* by the code of its own date, or by what that is today */
		{ "320614", "\"division\":\"320684\"", "retired_division", "" }, { "320684", "\"division\":\"320684\"", "retired_division", "" },
		{ "320600", "\"division\":\"320684\"", "retired_division", "" },
		{ "320500", "\"division\":\"320684\"", "seller_elsewhere", "retired_division" },
		{ "320500", "\"division\":\"320576\"", "zone_division", "" },
		{ "320583", "\"division\":\"320576\"", "seller_elsewhere", "zone_division" },
		/* what is refused is not noted besides */
		{ "320102", "\"division\":\"329999\"", "unknown_division", "" }, { "320102", "\"division\":\"x\"", "bad_division", "" },
		{ "329999", "\"division\":\"329999\"", "unlisted_division", "" },
	};
	struct yw_finding f[YW_FINDINGS_MAX];

	need_divisions();
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct yw_jurisdiction own = { "" };
		struct yw_validation by = { divisions, NOW, NULL, rows[i].own[0] != '\0' ? &own : NULL, false };
		struct yw_buf json = YW_BUF_INIT, body = YW_BUF_INIT;
		size_t n;

		snprintf(own.code, sizeof own.code, "%s", rows[i].own);
		yw_buf_printf(&json, "{\"contract\":{\"registration_number\":\"20320102000017\",\"title\":\"t\",\"kind\":\"transfer\","
		    "\"total_amount_fen\":1,\"technical_amount_fen\":1,\"signed_on\":\"2020-12-31\",\"seller\":{\"name\":\"a\","
		    "\"identifier\":{\"scheme\":\"none\"},%s},\"buyer\":{\"name\":\"b\",\"identifier\":{\"scheme\":\"none\"}}}}", rows[i].seller);
		YW_PASS(yw_record_from_json(yw_buf_bytes(&json), &body, NULL));
		n = yw_record_validate(yw_buf_bytes(&body), &by, f, YW_FINDINGS_MAX);
		YW_CHECK_MSG(n == (size_t)(rows[i].first[0] != '\0') + (rows[i].second[0] != '\0'), "row %zu: %zu found", i, n);
		YW_CHECK_MSG(n < 1 || strcmp(f[0].code, rows[i].first) == 0, "row %zu: %s", i, f[0].code);
		YW_CHECK_MSG(n < 2 || strcmp(f[1].code, rows[i].second) == 0, "row %zu: %s", i, f[1].code);
		for (size_t k = 0; k < n; k++)
			YW_CHECK(strcmp(f[k].field, "contract.seller.division") == 0 &&
			    f[k].refuse == (strcmp(f[k].code, "unknown_division") == 0 || strcmp(f[k].code, "bad_division") == 0));
		yw_buf_release(&json);
		yw_buf_release(&body);
	}
}

/* Who puts a contract says since when and why it is changed or cancelled; an old table of contracts need not. */
static void
told(void)
{
	static const struct { const char *status, *rest, *first, *second; } rows[] = {
		{ "registered", "", "", "" }, { "unspecified", "", "", "" },
		{ "changed", "", "contract.status_on", "contract.status_reason" },
		{ "cancelled", "", "contract.status_on", "contract.status_reason" },
		{ "cancelled", ",\"status_on\":\"2025-06-01\"", "contract.status_reason", "" },
		{ "cancelled", ",\"status_reason\":\"合同解除\"", "contract.status_on", "" },
		{ "changed", ",\"status_on\":\"2025-06-01\",\"status_reason\":\"延期\"", "", "" },
	};
	struct yw_finding f[YW_FINDINGS_MAX];

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (int asked = 0; asked < 2; asked++) {
			struct yw_validation by = { .now_ms = NOW, .told = asked };
			size_t n, want = asked * ((rows[i].first[0] != '\0') + (rows[i].second[0] != '\0'));
			struct yw_buf json = YW_BUF_INIT, body = YW_BUF_INIT;

			yw_buf_printf(&json, "{\"contract\":{\"registration_number\":\"20320102000017\",\"title\":\"咨询\","
			    "\"kind\":\"consulting\",\"total_amount_fen\":1,\"technical_amount_fen\":1,\"signed_on\":\"2020-12-31\","
			    "\"seller\":{\"name\":\"a\",\"identifier\":{\"scheme\":\"none\"}},"
			    "\"buyer\":{\"name\":\"b\",\"identifier\":{\"scheme\":\"none\"}},\"status\":\"%s\"%s}}", rows[i].status, rows[i].rest);
			YW_PASS(yw_record_from_json(yw_buf_bytes(&json), &body, NULL));
			n = yw_record_validate(yw_buf_bytes(&body), &by, f, YW_FINDINGS_MAX);
			YW_CHECK_MSG(n == want, "row %zu: %zu", i, n);
			for (size_t k = 0; k < n; k++)
				YW_CHECK(f[k].refuse && strcmp(f[k].code, "missing_field") == 0 &&
				    strcmp(f[k].field, k == 0 ? rows[i].first : rows[i].second) == 0);
			yw_buf_release(&json);
			yw_buf_release(&body);
		}
}

static void
malformed(void)
{
	static const struct yw_validation by = { .now_ms = NOW };
	struct yw_finding f[YW_FINDINGS_MAX];
	struct yw_buf big = YW_BUF_INIT;
	uint8_t *p;

	YW_CHECK(yw_record_validate(YW_BYTES_LIT("\x3a\x05"), &by, f, YW_FINDINGS_MAX) == 1);
	YW_CHECK(f[0].refuse && strcmp(f[0].code, "malformed") == 0 && f[0].reason[0] != '\0');
	p = yw_buf_extend(&big, YW_BODY_MAX + 1);
	YW_CHECK(p != NULL);
	memset(p, 0, big.len);
	YW_CHECK(yw_record_validate(yw_buf_bytes(&big), &by, f, YW_FINDINGS_MAX) == 1);
	YW_CHECK(f[0].refuse && strcmp(f[0].code, "malformed") == 0);
	yw_buf_release(&big);
	/* nothing to say about a record that has no content */
	YW_CHECK(yw_record_validate(YW_BYTES_LIT("\x18\x02"), &by, f, YW_FINDINGS_MAX) == 0);
}

static void
ids_of_records(void)
{
	static const char *const ids[] = { "id", "replaces", "record", "request" }, *const others[] = { "", "title", "broker", "achievements" };

	for (size_t i = 0; i < 4; i++)
		YW_CHECK_MSG(yw_record_is_id(ids[i]) && !yw_record_is_id(others[i]), "%s, %s", ids[i], others[i]);
}

static const ProtobufCFieldDescriptor *
field_named(const ProtobufCMessageDescriptor *type, const char *name)
{
	return protobuf_c_message_descriptor_get_field_by_name(type, name);
}

static void
the_table_names_what_exists(void)
{
	size_t i, k, n;
	const struct yw_rule *all = yw_rules(&n), *r = all;

	for (i = 0; i < n; i++, r++) {
		for (k = 0; i > 0 && k < i - 1; k++)
			YW_CHECK_MSG(all[k].type != r->type || r[-1].type == r->type, "%s stands apart", r->type->name);
		YW_CHECK_MSG(field_named(r->type, r->field) != NULL, "%s.%s", r->type->name, r->field);
		if (r->check == NOT_BEFORE || (r->check == AT_MOST && r->other != NULL))
			YW_CHECK_MSG(field_named(r->type, r->other) != NULL, "%s.%s", r->type->name, r->other);
		if (r->check == ASKED || r->check == NOT_BEFORE)
			YW_CHECK_MSG(r->code != NULL, "%s.%s", r->type->name, r->field);
		if (r->check == FORM)
			YW_CHECK_MSG(r->other != NULL, "%s.%s", r->type->name, r->field);
		if (r->check == LINE || r->check == LINES || r->check == NUMBER || r->check == COUNT)
			YW_CHECK_MSG(r->limit > 0, "%s.%s", r->type->name, r->field);
	}
}

/* What no value of a field can be, whatever its rules. */
static json_t *
impossible(const ProtobufCFieldDescriptor *f, struct yw_buf *nonsense)
{
	switch (f->type) {
	case PROTOBUF_C_TYPE_STRING:
		return json_string(yw_buf_str(nonsense));
	case PROTOBUF_C_TYPE_INT64:
		return json_integer(-1);
	case PROTOBUF_C_TYPE_ENUM:
		return json_integer(9999);
	case PROTOBUF_C_TYPE_BYTES:
		return json_string("00");
	default:
		return NULL;
	}
}

/* The record as it stands must be refused at that field, with that code (NULL: any). */
static void
must_refuse(json_t *root, const char *at, const char *code)
{
	struct yw_finding f[YW_FINDINGS_MAX];
	char *text = json_dumps(root, JSON_COMPACT);
	size_t k, n = judge(yw_bytes_str(text), f, YW_FINDINGS_MAX);
	bool refused = false;

	for (k = 0; k < n; k++)
		refused |= f[k].refuse && strcmp(f[k].field, at) == 0 &&
		    (code == NULL || strcmp(f[k].code, code) == 0);
	YW_CHECK_MSG(refused, "%s takes %.40s", at, text);
	free(text);
}

/* A list one longer than any may be. */
static void
try_list(json_t *root, json_t *here, const char *name, const char *at, json_t *value)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < 4097; i++)
		json_array_append(list, value);
	json_object_set_new(here, name, list);
	must_refuse(root, at, "too_many_values");
	json_object_del(here, name);
}

/* Puts an impossible value into one field after the other and asks for a refusal there. */
static void
try_fields(const ProtobufCMessageDescriptor *type, json_t *root, json_t *here, const char *path, struct yw_buf *nonsense)
{
	size_t i;

	for (i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		bool list = field->label == PROTOBUF_C_LABEL_REPEATED;
		json_t *v = field->type == PROTOBUF_C_TYPE_MESSAGE ? json_object() : impossible(field, nonsense);
		char at[256];
		int len;

		if (v == NULL)
			continue;
		len = snprintf(at, sizeof at, "%s%s%s", path, path[0] ? "." : "", field->name);
		if (list) {
			json_t *small = field->type == PROTOBUF_C_TYPE_STRING ? json_string("x") : json_incref(v);

			try_list(root, here, field->name, at, small);
			json_decref(small);
			snprintf(at + len, sizeof at - (size_t)len, "[0]");
		}
		json_object_set_new(here, field->name, list ? json_pack("[o]", v) : v);
		if (field->type == PROTOBUF_C_TYPE_MESSAGE)
			try_fields(field->descriptor, root, v, at, nonsense);
		else
			must_refuse(root, at, NULL);
		json_object_del(here, field->name);
	}
}

static void
no_field_goes_unasked(void)
{
	const ProtobufCMessageDescriptor *record = &yiwang__v1__record__descriptor;
	struct yw_buf nonsense = YW_BUF_INIT;
	size_t i;

	/* longer than any text may be */
	for (i = 0; i < 9000; i++)
		yw_buf_add_byte(&nonsense, 'x');
	for (i = 0; i < record->n_fields; i++) {
		const ProtobufCFieldDescriptor *kind = &record->fields[i];
		json_t *root = json_object(), *here = json_object();

		json_object_set_new(root, kind->name, here);
		if (kind->type == PROTOBUF_C_TYPE_MESSAGE)
			try_fields(kind->descriptor, root, here, kind->name, &nonsense);
		json_decref(root);
	}
	yw_buf_release(&nonsense);
}

YW_TESTS({ "B5 a good contract passes without a note", the_sample_passes },
    { "B5 rules of contracts", contracts }, { "B5 before the Civil Code a licence was a transfer", a_licence_was_a_transfer },
    { "B5 the least that each kind must say, and what it may not", least_records }, { "B5 the longest, and one over", lengths },
    { "B5 today is a day in China", today_in_china }, { "B5 no refusal is lost among notes", no_refusal_is_lost },
    { "B5 what a sentence quotes is safe to show", quotes_safely },
    { "B5 a wrong check character is told with the one that would agree", says_what_would_agree }, { "B3 B5 malformed", malformed },
    { "V1 T3 whose record it is, and for whom", own_and_internal }, { "B5 a contract of another place's seller is noted", sellers },
    { "B5 since when and why a contract is changed or cancelled", told }, { "B5 the table names what exists", the_table_names_what_exists },
    { "B5 which members hold ids of records", ids_of_records }, { "B5 no field goes unasked", no_field_goes_unasked })
