/*
 * sharing_test.c - class, openness and audience as one text.
 */
#include <stdlib.h>

#include "record/sharing.h"
#include "support/testing.h"

static void
good(void)
{
	static const struct { const char *text; enum yw_class cls; enum yw_openness openness; size_t n; const char *first; } rows[] = {
		{ "unconditional", YW_CLASS_UNCONDITIONAL, YW_OPENNESS_INTERNAL, 0, "" },
		{ "  open ", YW_CLASS_UNCONDITIONAL, YW_OPENNESS_OPEN, 0, "" },
		{ "not_shared", YW_CLASS_NOT_SHARED, YW_OPENNESS_INTERNAL, 0, "" },
		{ "conditional 320500", YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, 1, "320500" },
		{ "conditional 320500\t320102  320100", YW_CLASS_CONDITIONAL, YW_OPENNESS_INTERNAL, 3, "320100" },
	};
	struct yw_jurisdiction *codes;
	struct yw_audience a;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		YW_PASS(yw_sharing_parse(rows[i].text, &a, &codes, NULL));
		YW_CHECK_MSG(a.cls == rows[i].cls && a.openness == rows[i].openness && a.n_codes == rows[i].n && a.codes == codes, "%s",
		    rows[i].text);
		YW_CHECK(strcmp(a.n_codes > 0 ? a.codes[0].code : "", rows[i].first) == 0);
		for (size_t k = 1; k < a.n_codes; k++)
			YW_CHECK(strcmp(codes[k - 1].code, codes[k].code) < 0);
		free(codes);
	}
}

static void
bad(void)
{
	static const struct { const char *text, *says; } rows[] = {
		{ "", "none of" }, { " ", "none of" }, { "public", "none of" }, { "unconditionally", "none of" }, { "Open", "none of" },
		{ "conditional", "codes go with" }, { "unconditional 320100", "codes go with" }, { "open 320100", "codes go with" },
		{ "not_shared 320100", "codes go with" }, { "conditional 3201", "no division code" }, { "conditional 320100,320200", "no division code" },
		{ "conditional 320100 320200 320100", "named twice" }, { "conditional 020100", "no division code" },
	};
	struct yw_jurisdiction *codes;
	struct yw_error err;
	struct yw_audience a;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		YW_FAILS(yw_sharing_parse(rows[i].text, &a, &codes, &err), YW_EINVAL);
		YW_CHECK_MSG(codes == NULL && strstr(err.msg, rows[i].says) != NULL, "'%s': %s", rows[i].text, err.msg);
	}
}

YW_TESTS({ "V1 V2 who may see it, as a text", good }, { "V1 V2 texts that say nothing", bad })
