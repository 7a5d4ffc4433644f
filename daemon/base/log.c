/*
 * log.c - see log.h.
 */
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"
#include "base/log.h"
#include "base/text.h"

#define LINE_MAX_BYTES 2048

static enum yw_log_level most_shown = YW_LOG_INFO;

void
yw_log_set_level(enum yw_log_level most)
{
	most_shown = most;
}

void
yw_log(enum yw_log_level level, const char *event, const char *fmt, ...)
{
	static const char *const names[] = { "error", "warn", "info", "debug" };
	char line[LINE_MAX_BYTES];
	size_t len;
	va_list ap;
	int n;

	if (level > most_shown)
		return;
	n = snprintf(line, sizeof line, "%s %s ", names[level], event);
	len = n > 0 ? (size_t)n : 0;	/* fits */
	va_start(ap, fmt);
	n = vsnprintf(line + len, sizeof line - len, fmt, ap);
	va_end(ap);
	if (n < 0)
		line[len] = '\0';
	yw_text_safe(line);
	len = strlen(line);
	line[len] = '\n';
	if (write(STDERR_FILENO, line, len + 1) < 0)
		return;	/* nobody is left to tell */
}
