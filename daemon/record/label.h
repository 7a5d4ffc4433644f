/*
 * label.h - what the fields and words of a record are called, as keys of the catalogues of messages.
 *
 * record.proto is the one list: scripts/messages takes the keys from it, daemon/po has what people read.
 */
#ifndef YW_RECORD_LABEL_H
#define YW_RECORD_LABEL_H

#include <stdbool.h>

#define YW_LABEL_MAX 96

struct yw_label {
	char field[YW_LABEL_MAX];	/* "Contract.title", "Organisation.name": its message and itself */
	char word[YW_LABEL_MAX];	/* "ContractKind.licence" where the field holds words and this is one; else "" */
};

/*
 * Of a field by its path as in JSON, "contract.seller.name", "contract.documents[1].type", and a value there; "" for
 * none.  False: a record has no such field.  Any thread.
 */
bool yw_record_label(const char *path, const char *value, struct yw_label *out);

#endif
