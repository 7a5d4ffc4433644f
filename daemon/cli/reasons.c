/*
 * reasons.c - see reasons.h.
 */
#include "cli/reasons.h"

#include "base/i18n.h"
#include "cli/ask.h"
#include "import/csv.h"
#include "import/reason.h"

/* Of sentences that name what they found; what an import itself finds has its general ones in import/reason.h. */
static const struct { const char *code, *says; } general[] = {
	{ "bad_uscc_check", N_("the check character does not agree") },
	{ "bad_identifier", N_("no right number of its scheme") },
	{ "overlong_field", N_("longer than allowed") },
	{ "too_many_values", N_("more values than allowed") },
	{ "bad_code", N_("not in the form that its field asks for") },
	{ "bad_value", N_("no value that may stand here") },
	{ "future_date", N_("a day that is not yet") },
	{ "end_before_start", N_("it ends before it begins") },
	{ "valid_to_before_start", N_("it ends before it begins") },
	{ "registered_before_signed", N_("registered before it was signed") },
	{ "status_before_signed", N_("changed or cancelled before it was signed") },
	{ "technical_gt_total", N_("the technical amount is more than the total") },
	{ "bad_division", N_("no division code of six digits") },
	{ "unknown_division", N_("there is no such division") },
	{ "bad_reference", N_("no id of such a record") },
	{ "erased", N_("its record was erased") },
	{ "bad_correction", N_("no correction that may be registered") },
	{ "changed_meanwhile", N_("somebody changed it while the file was read") },
	{ "seller_elsewhere", N_("the seller is of another division: a contract is registered where its seller is") },
	{ "retired_division", N_("a division that is no more") },
	{ "zone_division", N_("a development zone, no division") },
	{ "unlisted_division", N_("a code that stands in no table of divisions") },
	{ "legacy_reg_no_15", N_("an old registration number") },
	{ "legacy_reg_no_13", N_("an old registration number") },
	{ "bad_patent_no", N_("no right patent number") },
};

/* NULL: it has none. */
static const char *
general_of(const char *code)
{
	const struct yw_import_reason *r = yw_import_reason(code);

	for (size_t i = 0; i < sizeof general / sizeof *general; i++)
		if (strcmp(general[i].code, code) == 0)
			return general[i].says;
	return strcmp(r->code, code) == 0 ? r->sentence : NULL;
}

void
yw_reason_add(struct yw_buf *out, const char *code, const char *reason)
{
	const char *said = general_of(code);

	if (*reason == '\0' || _(reason) != reason || said == NULL || _(said) == said)
		yw_buf_add_str(out, *reason != '\0' ? _(reason) : "");
	else
		yw_buf_printf(out, _("%s (%s)"), _(said), reason);
}

enum yw_charset
yw_reasons_charset(struct yw_bytes first)
{
	static const uint8_t mark[] = { 0xef, 0xbb, 0xbf };

	return first.len >= sizeof mark && memcmp(first.data, mark, sizeof mark) == 0 ? YW_CHARSET_UTF8 : YW_CHARSET_GB18030;
}

/* --- rows --- */

struct row {			/* its findings: those that refuse among [from, to) */
	const json_t *findings;
	size_t from, to;
};

static const json_t *
finding(const struct row *r, size_t i)
{
	return json_array_get(r->findings, i);
}

/* False: there is none behind r->to. */
static bool
next_row(struct row *r)
{
	size_t n = json_array_size(r->findings), i = r->to;

	while (i < n && !yw_got_true(finding(r, i), "refuse"))
		i++;
	r->from = i;
	while (i < n && yw_got_number(finding(r, i), "line") == yw_got_number(finding(r, r->from), "line"))
		i++;
	r->to = i;
	return r->from < n;
}

/* The first cell of the row with the comma behind it: as the daemon writes it, or in words of the reader. */
static void
add_cell(const struct row *r, bool as_sent, struct yw_charset_reader *set, struct yw_buf *out)
{
	struct yw_buf text = YW_BUF_INIT, cell = YW_BUF_INIT;

	for (size_t i = r->from; i < r->to; i++) {
		const char *column = yw_got_text(finding(r, i), "column"), *code = yw_got_text(finding(r, i), "code");

		if (!yw_got_true(finding(r, i), "refuse"))
			continue;
		yw_buf_printf(&text, "%s%s%s", text.len != 0 ? "; " : "", column, *column != '\0' ? ": " : "");
		if (as_sent)
			yw_buf_add_str(&text, yw_got_text(finding(r, i), "reason"));
		else
			yw_reason_add(&text, code, yw_got_text(finding(r, i), "reason"));
		yw_buf_printf(&text, " [%s]", code);
	}
	yw_csv_add_cell(&cell, yw_buf_bytes(&text));
	yw_buf_add_byte(&cell, ',');
	yw_charset_write(set, yw_buf_bytes(&cell), out);
	out->failed |= text.failed | cell.failed;
	yw_buf_release(&text);
	yw_buf_release(&cell);
}

/* Where a line of the rows begins with the cell, at `from` or later; NULL: nowhere. */
static const uint8_t *
find_line(struct yw_bytes rows, const uint8_t *from, struct yw_bytes cell)
{
	const uint8_t *end = rows.data + rows.len;

	for (; (from = memmem(from, (size_t)(end - from), cell.data, cell.len)) != NULL; from++)
		if (from == rows.data || from[-1] == '\n')
			return from;
	return NULL;
}

enum yw_code
yw_reasons_translate(struct yw_bytes rows, enum yw_charset set, const json_t *findings, struct yw_buf *out, struct yw_error *err)
{
	struct row r = { .findings = findings };
	struct yw_charset_reader *reader;
	struct yw_buf sent = YW_BUF_INIT;
	const uint8_t *done = rows.data, *at = rows.data;
	enum yw_code code = yw_charset_open(set, &reader, err);

	while (code == YW_OK && at != NULL && next_row(&r)) {
		yw_buf_clear(&sent);
		add_cell(&r, true, reader, &sent);
		code = yw_buf_check(&sent, err);
		at = code == YW_OK ? find_line(rows, done, yw_buf_bytes(&sent)) : NULL;
		if (at == NULL)
			break;
		yw_buf_add(out, done, (size_t)(at - done));
		add_cell(&r, false, reader, out);
		done = at + sent.len;
	}
	yw_buf_add(out, done, rows.len - (size_t)(done - rows.data));
	yw_charset_close(reader);
	yw_buf_release(&sent);
	return code == YW_OK ? yw_buf_check(out, err) : code;
}
