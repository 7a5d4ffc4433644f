/*
 * label_test.c - what fields and words are called: the keys, along every path that a record can have.
 */
#include "record/label.h"
#include "support/testing.h"

static void
keys(void)
{
	static const struct { const char *path, *value, *field, *word; } rows[] = {
		{ "id", "x", "Record.id", "" },
		{ "operation", "put", "Record.operation", "Operation.put" },
		{ "contract", "", "Record.contract", "" },
		{ "contract.title", "licence", "Contract.title", "" },
		{ "contract.kind", "licence", "Contract.kind", "ContractKind.licence" },
		{ "contract.kind", "", "Contract.kind", "" },
		{ "contract.kind", "lice", "Contract.kind", "" },
		{ "contract.kind", "LICENCE", "Contract.kind", "" },
		{ "contract.seller.name", "x", "Organisation.name", "" },
		{ "contract.seller.identifier.scheme", "credit_code", "Identifier.scheme", "IdentifierScheme.credit_code" },
		{ "contract.documents[1].type", "certificate", "Document.type", "DocumentType.certificate" },
		{ "contract.documents.type", "certificate", "Document.type", "DocumentType.certificate" },
		{ "institution.fields", "agriculture", "Institution.fields", "TechField.agriculture" },
		{ "achievement_set.achievements[4095].number", "1", "Reference.number", "" },
	};
	static const char *const none[] = { "", "contracts", "contract.colour", "contract.title.x", "contract.", ".contract",
		"contract.seller.name.x", "contract..title", "[1]", "unknown" };
	static char longest[4096];
	struct yw_label l;
	size_t i;

	for (i = 0; i < sizeof rows / sizeof *rows; i++) {
		YW_CHECK_MSG(yw_record_label(rows[i].path, rows[i].value, &l), "%s", rows[i].path);
		YW_CHECK_MSG(strcmp(l.field, rows[i].field) == 0 && strcmp(l.word, rows[i].word) == 0, "%s: %s %s", rows[i].path,
		    l.field, l.word);
	}
	for (i = 0; i < sizeof none / sizeof *none; i++)
		YW_CHECK_MSG(!yw_record_label(none[i], "", &l), "%s", none[i]);
	memset(longest, 'a', sizeof longest - 1);
	YW_CHECK(yw_record_label("contract.kind", longest, &l) && l.word[0] == '\0');
	YW_CHECK(!yw_record_label(longest, longest, &l));
}

YW_TESTS({ "keys along the paths of a record", keys })
