/*
 * error.c - see error.h.
 */
#include "base/error.h"

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
	return err->code;
}

const char *
yw_code_name(enum yw_code code)
{
	static const char *const names[] = {
		[YW_OK] = "ok",
		[YW_ENOMEM] = "out of memory",
		[YW_EINVAL] = "not allowed",
		[YW_EFORMAT] = "malformed",
		[YW_ESIG] = "does not verify",
		[YW_ENOENT] = "not found",
		[YW_ECONFLICT] = "conflict",
		[YW_ELIMIT] = "over a limit",
		[YW_EPEER] = "peer",
		[YW_ETIMEOUT] = "timed out",
		[YW_ESTOPPED] = "stopped",
		[YW_EDENIED] = "denied",
		[YW_EIO] = "input/output",
	};

	return (size_t)code < sizeof names / sizeof *names ? names[code] : "unknown";
}
