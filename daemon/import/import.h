/*
 * import.h - the engine: bytes of an office's file in, records, findings and a reject file out.
 *
 * No I/O, no clock, no ledger: whoever opens an import feeds it and decides what the results are
 * for.  A dry run is one whose records go nowhere.
 *
 *	yw_import_new(mapping, &options, &sink, &imp)
 *	yw_import_feed(imp, piece) for each piece of the file, of any size
 *	yw_import_end(imp)
 *	yw_import_counts(imp), yw_import_free(imp)
 *
 * What is wrong with the file is never a failure of these calls: it comes out as findings, and a
 * refused row as a line of the reject file - its reasons in a first column of their own, then the row
 * as it was, in the file's own character set (UTF-8 with the byte order mark) - which can be mended and imported again.  The row that
 * stands later and has the identity of an accepted one is refused, unless it says the same.
 *
 * A table of changes (mapping.h) is about records that are registered: each row is laid over one.  The old value
 * must stand there, a later change must not; what the row does not touch is not judged again, only noted.
 *
 * Memory: one row, the start of the file while its character set is guessed, and 27 to 34 bytes for
 * each accepted row (seen.h).
 */
#ifndef YW_IMPORT_IMPORT_H
#define YW_IMPORT_IMPORT_H

#include "import/mapping.h"
#include "record/validate.h"

struct yw_import_options {		/* all of it borrowed for the life of the import */
	struct yw_jurisdiction code;	/* whose records these are */
	const uint8_t *id_key;		/* 32 bytes: id.key (B5) */
	struct yw_validation validation;	/* the table of divisions, and the time */
	bool dry_run;			/* records go nowhere: a second change of one is not compared with the first */
};

struct yw_import_record {		/* borrowed for the call */
	uint64_t record;		/* data rows, from 1 */
	uint64_t line;			/* where it starts in the file, from 1 */
	const char *id;			/* "<code>/<kind>/<local id>" */
	struct yw_bytes body;		/* a Record with id and `put`, valid; revision and salt are left to the
					 * caller (yw_record_finish), as is the comparison with what is there */
};

struct yw_import_finding {		/* borrowed for the call; texts are UTF-8, "" where there is none */
	uint64_t record;		/* 0: the file as a whole */
	uint64_t line;
	bool refuse;			/* else a note: accepted all the same */
	const char *code;		/* a stable word: reason.h, and record/validate.h */
	const char *column;		/* as the file names it */
	const char *field;		/* "contract.seller.identifier" */
	const char *value;		/* the beginning of the cell, one line */
	const char *reason;		/* one line, lower case, no full stop */
};

/*
 * Where results go, in the order of the file; a row's findings come before its record or reject line.
 * A failure of one of these ends the import and is what feed or end return.
 */
struct yw_import_sink {
	void *arg;
	enum yw_code (*record)(void *arg, const struct yw_import_record *r, struct yw_error *err);
	enum yw_code (*finding)(void *arg, const struct yw_import_finding *f, struct yw_error *err);
	enum yw_code (*reject)(void *arg, struct yw_bytes text, struct yw_error *err);	/* next bytes of the
					 * reject file, whole lines; the header comes with the first */
	enum yw_code (*current)(void *arg, const char *id, bool again, struct yw_buf *body, struct yw_error *err);
					/* for tables of changes only: appends the record as it is registered, with
					 * what this file has changed already (again: it has); YW_ENOENT: none is */
	enum yw_code (*audience)(void *arg, const char *id, struct yw_bytes body, const struct yw_audience **out,
	    struct yw_error *err);	/* before a record is judged, and so before it is handed over: for whom it
					 * would be registered, borrowed until this is asked again; NULL: as the
					 * options say, of all.  YW_EINVAL: for nobody, it is a correction that may
					 * not be.  It and `current`: YW_EDENIED, the id was erased.  Of both err
					 * says why: the row is refused */
};

struct yw_import_counts {
	uint64_t rows;			/* not counting empty ones; the three below add up to it */
	uint64_t accepted;
	uint64_t repeated;		/* said the same as an earlier row, taken once */
	uint64_t refused;
	uint64_t notes;			/* findings that do not refuse */
	bool file_refused;		/* nothing was read, or reading stopped: a finding says why */
};

struct yw_import;	/* one thread at a time */

/* Copies options and sink, borrows the mapping; *out is the caller's after YW_OK, NULL else.
 * YW_ENOMEM. */
YW_CHECKED enum yw_code yw_import_new(const struct yw_mapping *mapping, const struct yw_import_options *options,
    const struct yw_import_sink *sink, struct yw_import **out, struct yw_error *err);
void yw_import_free(struct yw_import *imp);	/* NULL is fine */

/* YW_ENOMEM, YW_EIO (no GB18030 in the C library), or what the sink gave: then only counts and free
 * may follow. */
YW_CHECKED enum yw_code yw_import_feed(struct yw_import *imp, struct yw_bytes piece, struct yw_error *err);
YW_CHECKED enum yw_code yw_import_end(struct yw_import *imp, struct yw_error *err);

const struct yw_import_counts *yw_import_counts(const struct yw_import *imp);

#endif
