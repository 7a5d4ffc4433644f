/*
 * reason.c - the table.
 */
#include "import/reason.h"

#include <string.h>

#include "base/i18n.h"

static const struct yw_import_reason reasons[] = {
	/* a whole file */
	{ "empty_file", true, N_("the file holds nothing") },
	{ "file_utf16", true, N_("the file is UTF-16 or UTF-32: save it as CSV in UTF-8 or GB18030") },
	{ "file_workbook", true, N_("the file is a spreadsheet's workbook: open it there and save it as CSV") },
	{ "file_gb18030", false, N_("read as GB18030") },
	{ "unreadable_header", true, N_("the names of the columns are in no character set that can be read here") },
	{ "foreign_header", true, N_("no column of the mapping is named here: another mapping, a line above, or no commas between?") },
	{ "unnamed_column", true, N_("a column has no name: name it or delete it") },
	{ "duplicate_column", true, N_("two columns have this name") },
	{ "unknown_column", true, N_("the mapping does not know this column: add it there, under 'ignore' if it is not needed") },
	{ "double_source", true, N_("two columns would fill the same field") },
	{ "missing_required_column", true, N_("the mapping asks for this column") },
	{ "too_many_columns", true, N_("more columns than can be read") },
	{ "too_many_rows", true, N_("more rows than one import takes: the rest was not read, split the file") },
	{ "row_too_long", true, N_("a row is too long, perhaps a quote was left open: from here on the file was not read") },
	/* a row */
	{ "stray_quote", true, N_("a quote stands where none may: double it inside a quoted cell") },
	{ "unterminated_quote", true, N_("a quoted cell is not closed before the file ends") },
	{ "truncated_file", true, N_("the file ends in the middle of this row") },
	{ "short_row", true, N_("the row has fewer cells than there are columns") },
	{ "extra_column", true, N_("the row has more cells than there are columns") },
	{ "exact_duplicate", false, N_("the same row stands earlier in the file: taken once") },
	{ "duplicate_identity", true, N_("an earlier row of the file has the same identity and other content") },
	{ "bad_identity", true, N_("cannot stand in the record's id: only letters, digits, dot, underscore, hyphen, at most 64") },
	{ "record_too_large", true, N_("the record would be larger than records may be") },
	{ "bad_record", true, N_("the row makes no record") },
	/* a row of a table of changes */
	{ "no_such_record", true, N_("no such record is registered here: import it first, or mend its number") },
	{ "unknown_change", true, N_("the mapping of whole records has no column of this name that could change") },
	{ "change_contradicts", true, N_("another column of the row says something else") },
	{ "old_value_differs", true, N_("another value than this is registered: the change is not about what stands there") },
	{ "later_change", true, N_("a later change of the record is registered: this one would undo it") },
	{ "already_cancelled", false, N_("the record is cancelled and stays so: only the one field changes") },
	/* a cell */
	{ "missing_field", true, N_("must be given") },
	{ "invalid_utf8", true, N_("not UTF-8; where the whole file is GB18030, the mapping can say so") },
	{ "invalid_gb18030", true, N_("not GB18030") },
	{ "nul_byte", true, N_("holds a NUL byte") },
	{ "control_character", true, N_("holds a control character") },
	{ "replacement_character", true, N_("holds U+FFFD: an earlier conversion lost what stood here") },
	{ "hidden_character", true, N_("holds a character that is not shown, or changes how the rest is shown: remove it") },
	{ "excel_scientific", true, N_("a spreadsheet has cut this number: its last digits are lost") },
	{ "impossible_date", true, N_("there is no such day") },
	{ "date_two_digit_year", true, N_("the year needs four digits") },
	{ "date_excel_serial", true, N_("a spreadsheet's day number, not a date") },
	{ "bad_date", true, N_("not a date in the forms that the mapping names") },
	{ "date_out_of_range", true, N_("earlier than the mapping allows") },
	{ "negative_amount", true, N_("an amount below zero") },
	{ "amount_unit_text", true, N_("the unit belongs into the mapping: write the plain number") },
	{ "amount_too_precise", true, N_("finer than a fen") },
	{ "amount_overflow", true, N_("larger than can be stored") },
	{ "bad_amount", true, N_("not a plain amount: digits and one decimal point") },
	{ "bad_number", true, N_("not a whole number from 0 to 4294967295") },
	{ "unknown_word", true, N_("the mapping does not know this word") },
	{ "surrounding_space", false, N_("spaces around it were dropped") },
	{ "quoted_newline", false, N_("line breaks inside became spaces") },
	{ "fullwidth_digits", false, N_("full-width characters became plain ones") },
	{ "lowercase_uscc", false, N_("small letters became capitals") },
	{ "date_other_format", false, N_("the date was written in another form") },
	{ "removed_text", false, N_("text was dropped as the mapping says") },
};

const struct yw_import_reason *
yw_import_reason(const char *code)
{
	static const struct yw_import_reason other = { "bad_record", true, N_("refused") };
	size_t i;

	for (i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (strcmp(reasons[i].code, code) == 0)
			return &reasons[i];
	return &other;
}
