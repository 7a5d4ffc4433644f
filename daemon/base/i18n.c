/*
 * i18n.c - see i18n.h.
 */
#include "base/i18n.h"

#include <locale.h>

void
yw_i18n_init(void)
{
	setlocale(LC_CTYPE, "");
	setlocale(LC_MESSAGES, "");
	bindtextdomain("yiwang", YW_LOCALE_DIR);
	bind_textdomain_codeset("yiwang", "UTF-8");
	textdomain("yiwang");
}
