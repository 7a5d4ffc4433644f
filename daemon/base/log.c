/*
 * log.c - see log.h.
 */
#include <stdarg.h>
#include <unistd.h>

#include "base/banned.h"
#include "base/log.h"

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
	size_t len, i;
	va_list ap;
	int n;

	if (level > most_shown)
		return;
	n = snprintf(line, sizeof line, "%s %s ", names[level], event);
	len = n > 0 ? (size_t)n : 0;
	va_start(ap, fmt);
	n = vsnprintf(line + len, sizeof line - len, fmt, ap);
	va_end(ap);
	len = n > 0 ? len + (size_t)n : len;
	if (len > sizeof line - 1)
		len = sizeof line - 1;
	for (i = 0; i < len; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[len] = '\n';
	if (write(STDERR_FILENO, line, len + 1) < 0)
		return;	/* nobody is left to tell */
}
