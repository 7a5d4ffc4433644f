/*
 * import.c - the file as a whole: its character set, its rows one after the other, what is refused.
 */
#include "import/import_int.h"

#include <stdlib.h>

#include "base/i18n.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "record/about.h"
#include "record/credit.h"
#include "record/kind.h"
#include "record/record.h"

static const struct yw_bytes nothing = { NULL, 0 };

/* One that stands by itself: part of a longer number is none. */
static bool
ends_with_old_number(const char last[static YW_IDENTITY_NUMBER_CHARS], size_t digits)
{
	return digits == YW_REGISTRATION_CHARS && yw_is_old_identity_number(last + YW_IDENTITY_NUMBER_CHARS - digits, digits);
}

/* In whatever column it stands, in full-width digits too: what is shown is printed, and copied who knows where. */
static bool
names_person(struct yw_bytes text)
{
	char last[YW_IDENTITY_NUMBER_CHARS] = "", c;
	size_t i, len, digits = 0;	/* that many at the end of it */

	for (i = 0; i < text.len; i += len) {
		c = yw_text_plain(text.data + i, text.len - i, &len);
		if ((c < '0' || c > '9') && ends_with_old_number(last, digits))
			return true;
		digits = c < '0' || c > '9' ? 0 : digits + 1;
		memmove(last, last + 1, sizeof last - 1);
		last[sizeof last - 1] = c;
		if (yw_is_identity_number(last, sizeof last))
			return true;
	}
	return ends_with_old_number(last, digits);
}

/* The beginning of a cell as one line; nothing of one that holds a person's identity number. */
static void
show(struct yw_bytes text, char out[static YW_IMPORT_SHOWN_MAX + 1])
{
	size_t i, n = text.len < YW_IMPORT_SHOWN_MAX ? text.len : YW_IMPORT_SHOWN_MAX;

	if (names_person(text))
		n = 0;
	while (n < text.len && n > 0 && (text.data[n] & 0xc0) == 0x80)
		n--;
	for (i = 0; i < n; i++)
		out[i] = text.data[i] < 0x20 ? ' ' : (char)text.data[i];
	out[n] = '\0';
}

const char *
yw_import_column_name(const struct yw_import *imp, size_t column)
{
	return column < imp->n_columns ? (const char *)imp->names.data + imp->name_at[column] : "";
}

static void
fail(struct yw_import *imp, enum yw_code code)
{
	if (imp->failed == YW_OK)
		imp->failed = code;
}

bool
yw_import_holds(struct yw_import *imp, const struct yw_buf *b)
{
	fail(imp, yw_buf_check(b, imp->err));
	return imp->failed == YW_OK;
}

/* The same of every buffer: else what is in them says nothing about the file. */
bool
yw_import_all_there(struct yw_import *imp)
{
	struct yw_buf *const bufs[] = { &imp->names, &imp->header_raw, &imp->cell, &imp->work, &imp->json,
		&imp->body, &imp->reasons, &imp->change.old_text, &imp->change.new_text, &imp->change.current,
		&imp->change.made };
	size_t i;

	for (i = 0; i < sizeof bufs / sizeof *bufs; i++)
		yw_import_holds(imp, bufs[i]);
	for (i = 0; i < imp->mapping->n_fields; i++)
		yw_import_holds(imp, &imp->slots[i].text);
	return imp->failed == YW_OK;
}

void
yw_import_find_as(struct yw_import *imp, const struct yw_import_finding *made)
{
	struct yw_import_finding f = *made;

	if (!yw_import_all_there(imp))
		return;
	f.record = imp->record;
	f.line = imp->line;
	if (names_person(yw_bytes_str(f.reason)))	/* it quotes a cell */
		f.reason = N_("a person's identity number does not belong here");
	if (f.refuse) {
		yw_buf_printf(&imp->reasons, "%s%s%s%s [%s]", imp->reasons.len ? "; " : "", f.column,
		    *f.column ? ": " : "", f.reason, f.code);
		imp->refused = true;
	} else {
		imp->counts.notes++;
	}
	fail(imp, imp->sink.finding(imp->sink.arg, &f, imp->err));
}

void
yw_import_find_other(struct yw_import *imp, const struct yw_import_reason *reason, const char *column,
    const char *field, struct yw_bytes value)
{
	char shown[YW_IMPORT_SHOWN_MAX + 1], path[YW_ID_MAX + 1];
	struct yw_import_finding f = { .refuse = reason->refuse, .code = reason->code, .column = column,
		.field = *field ? path : "", .value = shown, .reason = reason->sentence };

	snprintf(path, sizeof path, "%s.%s", imp->mapping->kind, field);
	show(value, shown);
	yw_import_find_as(imp, &f);
}

void
yw_import_find(struct yw_import *imp, const char *code, const char *column, const char *field,
    struct yw_bytes value)
{
	yw_import_find_other(imp, yw_import_reason(code), column, field, value);
}

void
yw_import_find_damage(struct yw_import *imp, const struct yw_csv_row *row)
{
	yw_import_find(imp, row->shape == YW_CSV_OPEN_QUOTE ? "unterminated_quote" : "stray_quote", "", "", nothing);
}

/* Where the row goes on behind its first cell, which is the reasons of an earlier import. */
static struct yw_bytes
after_reasons(struct yw_bytes raw)
{
	bool quoted = raw.len > 0 && raw.data[0] == '"';
	size_t i;

	for (i = quoted; i < raw.len; i++) {
		if (raw.data[i] == '"')
			quoted = !quoted;
		if (raw.data[i] == ',' && !quoted)
			return (struct yw_bytes) { raw.data + i + 1, raw.len - i - 1 };
	}
	return raw;
}

static void
add_reject_line(struct yw_import *imp, const char *first, struct yw_bytes raw, struct yw_buf *out)
{
	struct yw_buf cell = YW_BUF_INIT;

	yw_csv_add_cell(&cell, yw_bytes_str(first));
	yw_charset_write(imp->charset, yw_buf_bytes(&cell), out);
	if (cell.failed)
		out->failed = true;
	yw_buf_release(&cell);
	if (imp->reasons_first)
		raw = after_reasons(raw);
	yw_buf_add_byte(out, ',');
	yw_buf_add(out, raw.data, raw.len);
	yw_buf_add_str(out, "\r\n");
}

static void
reject(struct yw_import *imp, struct yw_bytes raw)
{
	struct yw_buf *out = &imp->work;

	imp->counts.refused++;
	if (imp->failed != YW_OK)
		return;
	yw_buf_clear(out);
	if (!imp->rejecting) {
		if (imp->set == YW_CHARSET_UTF8)	/* the mark: damaged cells alone would look like GB18030 */
			yw_buf_add_str(out, "\xef\xbb\xbf");
		add_reject_line(imp, YW_IMPORT_REASONS_COLUMN, yw_buf_bytes(&imp->header_raw), out);
		imp->rejecting = true;
	}
	add_reject_line(imp, yw_buf_str(&imp->reasons), raw, out);
	if (yw_import_holds(imp, &imp->reasons) && yw_import_holds(imp, out))
		fail(imp, imp->sink.reject(imp->sink.arg, yw_buf_bytes(out), imp->err));
}

static bool
is_blank(const struct yw_csv_row *row)
{
	size_t i;

	for (i = 0; i < row->n_cells && i < YW_CSV_COLUMNS_MAX; i++)
		if (yw_import_trim(row->cells[i]).len > 0)
			return false;
	return row->shape == YW_CSV_WHOLE;
}

bool
yw_import_leads_into(const struct yw_import *imp, const char *path, const char *field)
{
	size_t kind = strlen(imp->mapping->kind), len = strlen(path);

	return strncmp(field, imp->mapping->kind, kind) == 0 && field[kind] == '.' && strncmp(field + kind + 1, path, len) == 0 &&
	    strchr(".[", field[kind + 1 + len]) != NULL;	/* or the end */
}

size_t
yw_import_field_at(const struct yw_import *imp, const char *field)
{
	size_t i = 0;

	while (i < imp->mapping->n_fields && !yw_import_leads_into(imp, imp->mapping->fields[i].path, field))
		i++;
	return i < imp->mapping->n_fields ? i : YW_IMPORT_UNBOUND;
}

void
yw_import_find_said(struct yw_import *imp, enum yw_code code, const struct yw_error *why)
{
	struct yw_import_reason said = { code == YW_EDENIED ? "erased" : "bad_correction", true, why->msg };

	yw_import_find_other(imp, &said, "", "", nothing);
}

/* False: nobody is to be asked about this record any more. */
static bool
ask_audience(struct yw_import *imp, const char *id)
{
	struct yw_error why = { YW_OK, "" };
	enum yw_code code;

	if (imp->sink.audience == NULL)
		return true;
	code = imp->sink.audience(imp->sink.arg, id, yw_buf_bytes(&imp->body), &imp->options.validation.audience, &why);
	if (code == YW_EDENIED || code == YW_EINVAL)
		yw_import_find_said(imp, code, &why);
	else if (code != YW_OK)
		fail(imp, yw_fail(imp->err, code, "%s", why.msg));
	return code == YW_OK;
}

void
yw_import_validate(struct yw_import *imp, const struct yw_csv_row *row, const char *id)
{
	struct yw_finding found[YW_FINDINGS_MAX];
	size_t i, n = 0;

	if (ask_audience(imp, id))
		n = yw_record_validate(yw_buf_bytes(&imp->body), &imp->options.validation, found, YW_FINDINGS_MAX);
	for (i = 0; i < n; i++) {
		size_t at = yw_import_field_at(imp, found[i].field);
		size_t column = at != YW_IMPORT_UNBOUND ? imp->slots[at].column : YW_IMPORT_UNBOUND;
		char shown[YW_IMPORT_SHOWN_MAX + 1] = "";
		struct yw_import_finding f = { .code = found[i].code,
			.refuse = found[i].refuse && (found[i].always || yw_import_says(imp, found[i].field)),
			.column = yw_import_column_name(imp, column), .field = found[i].field, .value = shown,
			.reason = found[i].reason };

		if (strcmp(found[i].code, "no_memory") == 0) {
			fail(imp, yw_fail(imp->err, YW_ENOMEM, "out of memory"));
			return;
		}
		yw_buf_clear(&imp->cell);
		if (column != YW_IMPORT_UNBOUND && !found[i].person &&
		    !yw_charset_read(imp->charset, row->cells[column], &imp->cell))
			show(yw_import_trim(yw_buf_bytes(&imp->cell)), shown);
		yw_import_find_as(imp, &f);
	}
}

/* The text of the id's last part; "" where a public one is too long for it. */
static void
local_id(struct yw_import *imp, const struct yw_bytes *parts, size_t n, char out[static YW_LOCAL_ID_MAX + 1])
{
	*out = '\0';
	if (!imp->mapping->identity_public)
		fail(imp, yw_import_local_id(imp->options.id_key, imp->mapping->kind, parts, n, out, imp->err));
	else if (parts[0].len <= YW_LOCAL_ID_MAX)
		snprintf(out, YW_LOCAL_ID_MAX + 1, "%.*s", (int)parts[0].len, (const char *)parts[0].data);
}

/* Of corrections both ends can tell it, since what they are about is the first column of their identity. */
static void
make_id_text(struct yw_import *imp, const struct yw_bytes *parts, size_t n, char id[static YW_ID_MAX + 1])
{
	enum yw_kind kind = yw_kind_parse(imp->mapping->kind, strlen(imp->mapping->kind));
	char about[YW_ID_MAX + 1], local[YW_LOCAL_ID_MAX + 1];
	size_t at;

	snprintf(about, sizeof about, "%.*s", (int)(parts[0].len < sizeof about ? parts[0].len : sizeof about - 1),
	    (const char *)parts[0].data);
	if (kind == YW_KIND_CORRECTION_ANSWER) {
		yw_answer_id(&imp->options.code, about, id);
		return;
	}
	local_id(imp, parts, n, local);
	if (kind == YW_KIND_CORRECTION_REQUEST)
		yw_request_prefix(&imp->options.code, about, id);
	else
		snprintf(id, YW_ID_MAX + 1, "%s/%s/", imp->options.code.code, imp->mapping->kind);
	at = strlen(id);
	snprintf(id + at, YW_ID_MAX + 1 - at, "%s", local);
}

/* The id from the columns of the identity; false when one of them is missing or will not do. */
static bool
make_id(struct yw_import *imp, char id[static YW_ID_MAX + 1])
{
	const struct yw_mapping *m = imp->mapping;
	struct yw_bytes parts[YW_IMPORT_IDENTITY_MAX];
	struct yw_record_id made;
	size_t i, at = 0;

	for (i = 0; i < m->n_identity; i++) {
		at = m->identity[i];
		parts[i] = imp->values[at].text;
		if (parts[i].len == 0)
			yw_import_find(imp, "missing_field", yw_import_column_name(imp, imp->slots[at].column),
			    m->fields[at].path, nothing);
	}
	if (imp->refused)
		return false;
	make_id_text(imp, parts, i, id);
	if (imp->failed == YW_OK && yw_record_id_parse(id, strlen(id), &made) != YW_OK)
		yw_import_find(imp, "bad_identity", yw_import_column_name(imp, imp->slots[at].column),
		    m->fields[at].path, parts[0]);
	return !imp->refused && imp->failed == YW_OK;
}

static bool
make_record(struct yw_import *imp, const char *id)
{
	struct yw_error why = { YW_OK, "" };
	enum yw_code code;

	yw_buf_clear(&imp->json);
	yw_buf_clear(&imp->body);
	yw_import_assemble(id, imp->mapping->kind, imp->values, imp->mapping->n_fields, &imp->json);
	if (!yw_import_all_there(imp))
		return false;
	code = yw_record_from_json(yw_buf_bytes(&imp->json), &imp->body, &why);
	if (code == YW_ENOMEM) {
		fail(imp, yw_fail(imp->err, code, "%s", why.msg));
	} else if (code != YW_OK) {
		struct yw_import_finding f = { .refuse = true, .column = "", .field = "", .value = "",
			.code = code == YW_ELIMIT ? "record_too_large" : "bad_record", .reason = why.msg };

		yw_import_find_as(imp, &f);
	}
	return code == YW_OK && imp->failed == YW_OK;
}

/* A row is new in its file, says the same again (a note), or contradicts an earlier one; changes follow each other. */
void
yw_import_note_id(struct yw_import *imp, const char *id, struct yw_bytes content, enum yw_seen_verdict *verdict)
{
	uint64_t line = imp->line;
	struct yw_hash of_id, of_content;
	char reason[120];
	struct yw_import_finding f = { .column = "", .field = "", .value = id, .reason = reason };

	yw_sha256(id, strlen(id), &of_id);
	yw_sha256(content.data, content.len, &of_content);
	fail(imp, yw_seen_note(&imp->seen, &of_id, &of_content, &line, verdict, imp->err));
	if (imp->failed != YW_OK || *verdict == YW_SEEN_NEW || (*verdict == YW_SEEN_OTHER && imp->mapping->change.base))
		return;
	f.code = *verdict == YW_SEEN_SAME ? "exact_duplicate" : "duplicate_identity";
	f.refuse = yw_import_reason(f.code)->refuse;
	snprintf(reason, sizeof reason, "%s, see line %llu", yw_import_reason(f.code)->sentence,
	    (unsigned long long)line);
	yw_import_find_as(imp, &f);
}

void
yw_import_hand_over(struct yw_import *imp, const char *id)
{
	struct yw_import_record r = { imp->record, imp->line, id, yw_buf_bytes(&imp->body) };

	imp->counts.accepted++;
	fail(imp, imp->sink.record(imp->sink.arg, &r, imp->err));
}

static void
take_record(struct yw_import *imp, const struct yw_csv_row *row, const char *id)
{
	enum yw_seen_verdict verdict = YW_SEEN_NEW;

	if (!make_record(imp, id))
		return;
	yw_import_validate(imp, row, id);
	if (!imp->refused && imp->failed == YW_OK)
		yw_import_note_id(imp, id, yw_buf_bytes(&imp->body), &verdict);
	if (imp->refused || imp->failed != YW_OK)
		return;
	if (verdict == YW_SEEN_NEW)
		yw_import_hand_over(imp, id);
	else
		imp->counts.repeated++;
}

/* A row that could be taken apart; what is wrong with it are findings. */
static void
take_whole_row(struct yw_import *imp, const struct yw_csv_row *row)
{
	char id[YW_ID_MAX + 1];

	if (row->n_cells < imp->n_columns)
		yw_import_find(imp, row->unended ? "truncated_file" : "short_row", "", "", nothing);
	else if (row->n_cells > imp->n_columns)
		yw_import_find(imp, "extra_column", "", "", nothing);
	else
		yw_import_take_cells(imp, row);
	if (imp->refused || !yw_import_all_there(imp) || !make_id(imp, id))
		return;
	if (imp->mapping->change.base != NULL)
		yw_import_take_change(imp, row, id);
	else
		take_record(imp, row, id);
}

/* Nothing more is read; the finding says why. */
static void
stop_reading(struct yw_import *imp, const char *code)
{
	imp->record = 0;
	yw_import_find(imp, code, "", "", nothing);
	imp->counts.file_refused = true;
}

static void
take_data(struct yw_import *imp, const struct yw_csv_row *row)
{
	imp->record++;
	if (is_blank(row))
		return;
	if (imp->counts.rows == YW_IMPORT_ROWS_MAX) {
		stop_reading(imp, "too_many_rows");
		return;
	}
	imp->counts.rows++;
	if (row->shape == YW_CSV_WHOLE)
		take_whole_row(imp, row);
	else
		yw_import_find_damage(imp, row);
	if (imp->refused)
		reject(imp, row->raw);
}

static enum yw_code
take_row(void *arg, const struct yw_csv_row *row, struct yw_error *err)
{
	struct yw_import *imp = arg;

	if (imp->counts.file_refused)
		return YW_OK;
	imp->err = err;
	imp->line = row->line;
	imp->refused = false;
	yw_buf_clear(&imp->reasons);
	if (imp->n_columns == 0)
		yw_import_take_header(imp, row);
	else
		take_data(imp, row);
	yw_import_all_there(imp);
	return imp->failed;
}

static enum yw_code
feed_csv(struct yw_import *imp, struct yw_bytes piece)
{
	enum yw_code code;

	if (imp->counts.file_refused)
		return YW_OK;
	code = yw_csv_feed(imp->csv, piece, imp->err);
	if (code != YW_ELIMIT || imp->failed != YW_OK)
		return code;
	imp->line = yw_csv_row_line(imp->csv);
	stop_reading(imp, "row_too_long");
	return imp->failed;
}

/* The start of the file decides how it is read. */
static enum yw_code
decide(struct yw_import *imp)
{
	struct yw_bytes head = yw_buf_bytes(&imp->head);
	enum yw_code code = yw_buf_check(&imp->head, imp->err);

	if (code != YW_OK)
		return code;
	imp->set = imp->mapping->charset == YW_MAPPING_UTF8 ? YW_CHARSET_UTF8
	    : imp->mapping->charset == YW_MAPPING_GB18030 ? YW_CHARSET_GB18030 : yw_charset_guess(head);
	code = yw_charset_open(imp->set, &imp->charset, imp->err);
	if (code != YW_OK)
		return code;
	if (yw_charset_is_workbook(head))
		stop_reading(imp, "file_workbook");
	else if (yw_charset_is_wide(head))
		stop_reading(imp, "file_utf16");
	else if (imp->set == YW_CHARSET_GB18030 && imp->mapping->charset == YW_MAPPING_DETECT)
		yw_import_find(imp, "file_gb18030", "", "", nothing);
	if (imp->failed != YW_OK)
		return imp->failed;
	code = feed_csv(imp, head);
	yw_buf_release(&imp->head);
	return code;
}

enum yw_code
yw_import_feed(struct yw_import *imp, struct yw_bytes piece, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	imp->err = err;
	if (!imp->charset) {
		size_t room = YW_CHARSET_WINDOW - imp->head.len;
		size_t n = piece.len < room ? piece.len : room;

		yw_buf_add(&imp->head, piece.data, n);
		piece.data += n;
		piece.len -= n;
		if (n < room)
			return yw_buf_check(&imp->head, err);
		code = decide(imp);
	}
	if (code == YW_OK && piece.len > 0)
		code = feed_csv(imp, piece);
	return code;
}

enum yw_code
yw_import_end(struct yw_import *imp, struct yw_error *err)
{
	enum yw_code code = YW_OK;

	imp->err = err;
	imp->line = 1;
	if (!imp->charset)
		code = decide(imp);
	if (code == YW_OK && !imp->counts.file_refused)
		code = yw_csv_end(imp->csv, err);
	if (code == YW_OK && imp->n_columns == 0 && !imp->counts.file_refused) {
		stop_reading(imp, "empty_file");
		code = imp->failed;
	}
	return code;
}

const struct yw_import_counts *
yw_import_counts(const struct yw_import *imp)
{
	return &imp->counts;
}

enum yw_code
yw_import_new(const struct yw_mapping *mapping, const struct yw_import_options *options,
    const struct yw_import_sink *sink, struct yw_import **out, struct yw_error *err)
{
	struct yw_import *imp = calloc(1, sizeof *imp);
	size_t i;

	*out = NULL;
	if (!imp)
		return yw_fail(err, YW_ENOMEM, "out of memory");
	imp->mapping = mapping;
	imp->options = *options;
	imp->sink = *sink;
	imp->line = 1;
	imp->slots = calloc(mapping->n_fields, sizeof *imp->slots);
	imp->values = calloc(mapping->n_fields, sizeof *imp->values);
	if (!imp->slots || !imp->values || yw_csv_new(take_row, imp, &imp->csv, err) != YW_OK) {
		yw_import_free(imp);
		return yw_fail(err, YW_ENOMEM, "out of memory");
	}
	for (i = 0; i < mapping->n_fields; i++)
		imp->slots[i].column = YW_IMPORT_UNBOUND;
	imp->change.field = imp->change.from = imp->change.to = YW_IMPORT_UNBOUND;
	*out = imp;
	return YW_OK;
}

static void
release_bufs(struct yw_import *imp)
{
	struct yw_buf *const bufs[] = { &imp->head, &imp->names, &imp->header_raw, &imp->reasons, &imp->cell,
		&imp->work, &imp->json, &imp->body, &imp->change.old_text, &imp->change.new_text, &imp->change.current,
		&imp->change.made };

	for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
		yw_buf_release(bufs[i]);
}

void
yw_import_free(struct yw_import *imp)
{
	size_t i;

	if (!imp)
		return;
	release_bufs(imp);
	for (i = 0; imp->slots && i < imp->mapping->n_fields; i++)
		yw_buf_release(&imp->slots[i].text);
	yw_seen_release(&imp->seen);
	yw_charset_close(imp->charset);
	yw_csv_free(imp->csv);
	free(imp->slots);
	free(imp->values);
	free(imp);
}
