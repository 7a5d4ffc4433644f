/*
 * powercut.h - power cuts and failing disks for a child process; see powercut.c for what they are.
 */
#ifndef YW_TESTS_SUPPORT_POWERCUT_H
#define YW_TESTS_SUPPORT_POWERCUT_H

#include "base/buf.h"

/*
 * Between fork and exec: what is exec'd is watched below dir (which must exist); shadow is a directory
 * outside it, made if absent.  fail: NULL, or "kill:N", "eio:N[:COUNT]", "enospc:N[:COUNT]".
 */
void yw_powercut_prepare(const char *dir, const char *shadow, const char *fail);

/*
 * Runs this program again with args (NULL-terminated, args[0] its name), prepared as above, until it
 * ends; what it wrote to descriptor 1 is appended to *said.  Returns its wait status, -1 if it never ran.
 */
int yw_powercut_run(const char *dir, const char *shadow, const char *fail, char *const args[], struct yw_buf *said);

/* After the child has died: makes dir what the power cut left.  The shadow stays as it is. */
YW_CHECKED enum yw_code yw_powercut_restore(const char *dir, const char *shadow, struct yw_error *err);

#endif
