/*
 * validate.h - what a record must say before it may be registered: the rules of `put` and `import`.
 *
 * They never bind a replica (B7), so they may grow stricter without splitting the network.  All of them
 * stand in one table, in validate.c.
 *
 * Codes are stable: rejects carry them, mappings and tests name them.  Refusals:
 *
 *	malformed			not a Record in one form; nothing else was looked at
 *	no_memory			out of memory: nothing was judged, and nothing is wrong with the record
 *	missing_field			must be stated and is not
 *	overlong_field			more characters than the field allows
 *	too_many_values			a list longer than its bound
 *	control_character		a byte below 0x20 or a C1 character (line breaks only in fields of lines)
 *	replacement_character		U+FFFD: the text was decoded in the wrong character set
 *	hidden_character		a line separator, a mark that turns the direction of writing, U+FEFF, a noncharacter
 *	unknown_<field>			an enumeration's value that this version does not know
 *	fullwidth_digits		full-width digits in a number
 *	excel_scientific		a number damaged to the form 2.02132E+15
 *	identity_number			a resident's identity number, in whatever field; one of 15 digits in an identifier
 *	bad_registration_no		not 16 or 14 digits
 *	bad_uscc_length, bad_uscc_alphabet, bad_uscc_check, lowercase_uscc
 *	bad_identifier			does not have the form of its scheme
 *	missing_scheme			an identifier that does not say of which scheme it is
 *	natural_person_named		a natural person with name or identifier
 *	bad_date, impossible_date, future_date
 *	registered_before_signed, end_before_start, status_before_signed, valid_to_before_start
 *	negative_amount, zero_amount, technical_gt_total, price_without_asking
 *	bad_division, unknown_division
 *	bad_code			a country, nature, industry, goal or media type of another form
 *	bad_sub_kind			a sub-kind of another kind of contract
 *	bad_value			a number out of its range, bytes of another length
 *	bad_reference			not the id of a record of the kind that belongs there
 *	internal_unconditional		marked as internal (内部), and would go to every node
 *
 * Notes; the record is accepted as it is:
 *
 *	legacy_reg_no_15, legacy_reg_no_13, missing_identifier, natural_person, quoted_newline,
 *	surrounding_space, retired_division, zone_division, unlisted_division, missing_amount, bad_patent_no,
 *	seller_elsewhere		a contract whose domestic seller is not of whose records these are
 */
#ifndef YW_RECORD_VALIDATE_H
#define YW_RECORD_VALIDATE_H

#include "base/buf.h"
#include "record/division.h"
#include "record/entry.h"

#define YW_FINDINGS_MAX 32

/* One problem found. */
struct yw_finding {
	char code[32];		/* as listed above */
	char field[64];		/* as in JSON: "contract.seller.identifier.value" */
	bool refuse;		/* false: a note, the record is accepted */
	bool always;		/* a refusal of what may not stand there, though it is registered so already */
	bool person;		/* it is about a natural person: what the field says is not to be shown */
	char reason[160];	/* for the person: lower case, no full stop, without the field's name; UTF-8, also where it quotes */
};

struct yw_validation {
	const struct yw_divisions *divisions;	/* NULL: a code's shape is all that is asked */
	int64_t now_ms;				/* UTC; days are those of China, UTC+8 */
	const struct yw_audience *audience;	/* of the entry that it will stand in; NULL: what that allows is not asked */
	const struct yw_jurisdiction *own;	/* whose records these are, known though it stand in no table; NULL: nobody's */
	bool told;				/* somebody registers it who can say since when a contract is changed or
						 * cancelled, and why; an office's old table of contracts cannot */
};

/*
 * Judges the content of a serialised Record; id, revision, operation and salt are not looked at.
 * Returns the number of findings written (at most max, which is at least 1); none with `refuse` means
 * that the record may be registered.  Where there are more than max, no refusal is lost to notes.
 * Any thread.
 */
size_t yw_record_validate(struct yw_bytes body, const struct yw_validation *by, struct yw_finding *out,
    size_t max);

/* May a member of this name, anywhere in a record's JSON, hold the id of a record: another's, by these rules, or its own? */
bool yw_record_is_id(const char *member);

#endif
