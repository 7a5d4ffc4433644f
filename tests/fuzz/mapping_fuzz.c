/*
 * Mapping files: every one is taken or refused with a sentence; what is taken keeps its promises.
 */
#include <string.h>

#include "import/mapping.h"
#include "support/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct yw_error err = { YW_OK, "" };
	struct yw_mapping *m;
	enum yw_code code = yw_mapping_parse("m", data, len, &m, &err);
	size_t i;

	YW_FUZZ_CHECK((code == YW_OK) == (m != NULL) && (code == YW_OK) == (err.msg[0] == '\0'));
	if (!m)
		return 0;
	YW_FUZZ_CHECK(m->kind && m->n_fields == m->n_columns + m->n_constants && m->n_columns > 0);
	YW_FUZZ_CHECK(m->n_identity >= 1 && m->n_identity <= YW_IMPORT_IDENTITY_MAX);
	YW_FUZZ_CHECK(!m->identity_public || m->n_identity == 1);
	YW_FUZZ_CHECK((m->audience.cls == YW_CLASS_CONDITIONAL) == (m->audience.n_codes > 0));
	for (i = 0; i < m->n_fields; i++) {
		YW_FUZZ_CHECK(i == 0 || strcmp(m->fields[i - 1].path, m->fields[i].path) < 0);
		YW_FUZZ_CHECK((m->fields[i].column == NULL) != (m->fields[i].constant == NULL));
		YW_FUZZ_CHECK(strlen(m->fields[i].path) <= YW_FIELD_PATH_MAX);
	}
	yw_mapping_free(m);
	return 0;
}
