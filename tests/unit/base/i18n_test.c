/*
 * i18n_test.c - a marked text comes out in the person's language, and numbers stay as they are.
 */
#include "base/i18n.h"
#include "support/testing.h"

static void
in_chinese(void)
{
	char number[16];

	YW_CHECK(strcmp(_(yw_code_name(YW_ENOENT)), "未找到") == 0);
	YW_CHECK(strcmp(_("a text without a translation"), "a text without a translation") == 0);
	snprintf(number, sizeof number, "%.1f", 0.5);
	YW_CHECK(strcmp(number, "0.5") == 0);
}

static void
codes_keep_their_names(void)
{
	YW_CHECK(strcmp(yw_code_name(YW_ENOENT), "not found") == 0);
}

/* gettext reads the locale once, so it is set before the first case.  C.UTF-8 is on every Debian. */
__attribute__((constructor)) static void
set_language(void)
{
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("LANGUAGE", "zh_CN", 1);
	yw_i18n_init();
}

YW_TESTS({ "a marked text comes in Chinese", in_chinese },
    { "codes keep their names", codes_keep_their_names })
