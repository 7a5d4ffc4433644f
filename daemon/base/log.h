/*
 * log.h - one line per event on stderr: `<level> event-id key=value ... message`.
 *
 * Only daemon mains, service, faces, cli, the top of sync and the writer log; rooms below return
 * errors.  Secrets never.  Lines are written with one write(2), so threads do not interleave.
 */
#ifndef YW_BASE_LOG_H
#define YW_BASE_LOG_H

#include <stdbool.h>

enum yw_log_level { YW_LOG_ERROR, YW_LOG_WARN, YW_LOG_INFO, YW_LOG_DEBUG };

void yw_log_set_level(enum yw_log_level most);	/* before threads start; INFO by default */

/*
 * event is a fixed word with dashes ("peer-refused"); fmt gives "key=value ..." and a sentence.
 * The expanded line is made safe (text.h), so that outside text cannot forge one.
 */
void yw_log(enum yw_log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
