/*
 * paper.c - the papers stay at the registry; a record names them by their SHA-256.
 */
#include "cli/paper.h"

#include "base/file.h"
#include "base/text.h"
#include "record/certificate.h"
#include "record/label.h"

#define PAPER_MAX (64u << 20)	/* bytes of one */

/* The record's documents, whichever kind it is of; NULL: it names none. */
static const json_t *
documents_of(const json_t *record)
{
	const char *kind;
	json_t *body, *documents = NULL;

	json_object_foreach((json_t *)(uintptr_t)record, kind, body)
		if (documents == NULL)
			documents = json_object_get(body, "documents");
	return documents;
}

static void
find_document(const json_t *record, struct yw_papers_found *f)
{
	const json_t *documents = documents_of(record);
	struct yw_buf hex = YW_BUF_INIT;

	yw_hex_add(&hex, f->document.b, sizeof f->document.b);
	for (size_t i = 0; i < json_array_size(documents) && !f->is_named; i++) {
		const json_t *d = json_array_get(documents, i);

		f->is_named = strcmp(yw_got_text(d, "sha256"), yw_buf_str(&hex)) == 0;
		snprintf(f->type, sizeof f->type, "%s", yw_got_text(d, "type"));
	}
	yw_buf_release(&hex);
}

enum yw_code
yw_papers_compare(const struct yw_papers *p, const struct yw_evidence_verdict *v, const json_t *record,
    struct yw_papers_found *out, struct yw_error *err)
{
	struct yw_buf file = YW_BUF_INIT;
	char right[YW_CERTIFICATE_MAX];
	enum yw_code code = YW_OK;

	*out = (struct yw_papers_found) { .is_named = false };
	if (p->document != NULL) {
		code = yw_file_read_input(p->document, PAPER_MAX, &file, err);
		if (code == YW_OK) {
			yw_sha256(file.data, file.len, &out->document);
			find_document(record, out);
		}
		yw_buf_release(&file);
	}
	if (code == YW_OK && p->certificate != NULL) {
		code = yw_certificate_code(v->origin.text, v->index, v->item, &v->body_sha256, right, err);
		out->is_certified = code == YW_OK && yw_groups_equal(right, p->certificate);
	}
	return code;
}

void
yw_papers_json(const struct yw_papers *p, const struct yw_papers_found *f, struct yw_json *j)
{
	if (p->document != NULL) {
		yw_json_object(j, "document");
		yw_json_hex(j, "sha256", (struct yw_bytes) { f->document.b, sizeof f->document.b });
		yw_json_bool(j, "registered", f->is_named);
		if (f->is_named && f->type[0] != '\0')
			yw_json_str(j, "type", f->type);
		yw_json_object_end(j);
	}
	if (p->certificate != NULL)
		yw_json_bool(j, "certificate", f->is_certified);
}

static void
call_type(const char *type, char out[static YW_CALLED_MAX])
{
	struct yw_label label;

	if (yw_record_label("contract.documents.type", type, &label) && label.word[0] != '\0')
		yw_call_label(label.word, out);
	else
		snprintf(out, YW_CALLED_MAX, "%s", _("its sort is not stated"));
}

void
yw_papers_rows(const struct yw_papers *p, const struct yw_papers_found *f, struct yw_table *t)
{
	char type[YW_CALLED_MAX];

	if (p->document != NULL && f->is_named) {
		call_type(f->type, type);
		yw_table_cell(t, _("document"));
		yw_table_cellf(t, _("'%s' is a paper that this record names (%s)"), p->document, type);
	}
	if (p->certificate != NULL && f->is_certified) {
		yw_table_cell(t, _("certificate"));
		yw_table_cell(t, _("its code is of this record, as registered here"));
	}
}

enum yw_exit
yw_papers_judge(const struct yw_papers *p, const struct yw_papers_found *f, const struct yw_evidence_verdict *v)
{
	enum yw_exit status = YW_EXIT_DONE;

	if (p->document != NULL && !f->is_named) {
		if (v->withheld)
			yw_say(_("which papers the record names is withheld in this evidence: whether '%s' is one is not proven"), p->document);
		else
			yw_say(_("'%s' is none of the papers that this record names: it is another file, or was changed since"), p->document);
		status = YW_EXIT_FAILED;
	}
	if (p->certificate != NULL && !f->is_certified) {
		yw_say(_("the certificate's code is not of this record as registered at this place: it is mistyped, of another record, "
		    "or of another revision; 'yiwang history ID' lists them, and 'yiwang evidence LOG ENTRY ITEM' proves each"));
		status = YW_EXIT_FAILED;
	}
	return status;
}
