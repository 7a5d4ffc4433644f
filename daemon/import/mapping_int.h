/*
 * mapping_int.h - between the two halves of the mapping loader: keys one by one, then all together.
 */
#ifndef YW_IMPORT_MAPPING_INT_H
#define YW_IMPORT_MAPPING_INT_H

#include "import/mapping.h"

struct yw_mapping_loader {
	const char *name;	/* of the file, for messages */
	bool base;		/* it is what a table of changes is about */
	struct yw_error *err;
};

/* Checks what the keys must be together and that the record has the fields and words; fills
 * fields, identity and audience. */
YW_CHECKED enum yw_code yw_mapping_check(struct yw_mapping_loader *l, struct yw_mapping *m);

#endif
