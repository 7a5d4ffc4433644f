/*
 * error.c - see error.h.
 */
#include "base/error.h"

#include "base/i18n.h"
#include "base/text.h"

enum yw_code
yw_fail(struct yw_error *err, enum yw_code code, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return code;
	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	va_end(ap);
	yw_text_safe(err->msg);	/* it may quote what came from outside */
	return code;
}

enum yw_code
yw_fail_context(struct yw_error *err, const char *fmt, ...)
{
	char reason[YW_ERROR_MAX], subject[YW_ERROR_MAX];
	va_list ap;

	if (err == NULL)
		return YW_EINVAL;
	memcpy(reason, err->msg, sizeof reason);
	va_start(ap, fmt);
	vsnprintf(subject, sizeof subject, fmt, ap);
	va_end(ap);
	/* A long subject must not push the reason out of the line. */
	snprintf(err->msg, sizeof err->msg, "%.*s: %s", YW_ERROR_MAX / 2, subject, reason);
	yw_text_safe(err->msg);
	return err->code;
}

const char *
yw_code_name(enum yw_code code)
{
	static const char *const names[] = {
		[YW_OK] = N_("ok"),
		[YW_ENOMEM] = N_("out of memory"),
		[YW_EINVAL] = N_("not allowed"),
		[YW_EFORMAT] = N_("malformed"),
		[YW_ESIG] = N_("does not verify"),
		[YW_ENOENT] = N_("not found"),
		[YW_ECONFLICT] = N_("conflict"),
		[YW_ELIMIT] = N_("over a limit"),
		[YW_EPEER] = N_("peer"),
		[YW_ETIMEOUT] = N_("timed out"),
		[YW_ESTOPPED] = N_("stopped"),
		[YW_EDENIED] = N_("denied"),
		[YW_EIO] = N_("input/output"),
	};

	return (size_t)code < sizeof names / sizeof *names ? names[code] : N_("unknown");
}
