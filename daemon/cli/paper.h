/*
 * paper.h - papers beside a record: is this file one of those that it names, is this certificate of it?
 */
#ifndef YW_CLI_PAPER_H
#define YW_CLI_PAPER_H

#include "cli/ask.h"
#include "trust/evidence.h"

struct yw_papers {		/* what is asked; NULL: nothing */
	const char *document;	/* a file */
	const char *certificate;	/* a short code (record/certificate.h), as it was typed */
};

struct yw_papers_found {
	struct yw_hash document;	/* of the file, if one is asked about */
	bool is_named;		/* by the record */
	char type[64];		/* as what: DocumentType's word */
	bool is_certified;	/* the code is of this place and body */
};

/* Compares them with a verdict and its record as JSON, NULL where the body is withheld.  Reads the file. */
YW_CHECKED enum yw_code yw_papers_compare(const struct yw_papers *p, const struct yw_evidence_verdict *v, const json_t *record,
    struct yw_papers_found *out, struct yw_error *err);

/* Members of the verdict, rows of its table. */
void yw_papers_json(const struct yw_papers *p, const struct yw_papers_found *f, struct yw_json *j);
void yw_papers_rows(const struct yw_papers *p, const struct yw_papers_found *f, struct yw_table *t);

/* Says which of them do not belong to the record; done where all do. */
enum yw_exit yw_papers_judge(const struct yw_papers *p, const struct yw_papers_found *f, const struct yw_evidence_verdict *v);

#endif
