/*
 * i18n.h - text for people in their language, by gettext; the English text in the source is the key.
 *
 * For what the command prints and asks.  Never translated: log lines, JSON, codes, exit statuses, and
 * the sentence in a yw_error, which is also searched for, quoted and compared.  Only messages and
 * characters follow the person's locale: numbers and dates read the same everywhere.
 */
#ifndef YW_BASE_I18N_H
#define YW_BASE_I18N_H

#include <libintl.h>

#define _(text) gettext(text)
#define N_(text) text	/* in a table: marked here for scripts/messages, translated by _() where it is printed */

/* At the start of a program that talks to people, before its first thread. */
void yw_i18n_init(void);

#endif
