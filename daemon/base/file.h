/*
 * file.h - whole small files: read with a limit, written so that they are there or not.
 */
#ifndef YW_BASE_FILE_H
#define YW_BASE_FILE_H

#include <sys/types.h>

#include "base/buf.h"

/*
 * Reads all of path into out (appended).  YW_ENOENT absent, YW_ELIMIT over max bytes, YW_EINVAL no regular file (nobody
 * waits for the other end of a pipe), YW_EIO else.
 */
YW_CHECKED enum yw_code yw_file_read(const char *path, size_t max, struct yw_buf *out, struct yw_error *err);

/* The same of whatever can be read, also a pipe, which is waited for: for commands, whose user can interrupt them. */
YW_CHECKED enum yw_code yw_file_read_input(const char *path, size_t max, struct yw_buf *out, struct yw_error *err);

/*
 * Writes a file whole: temporary name in the same directory, fsync, rename, fsync of the directory.
 * `replace` false: YW_ECONFLICT if it exists; true: YW_EDENIED if what exists is not a regular file, which includes
 * a symbolic link.  The mode is exact, whatever the umask.
 */
YW_CHECKED enum yw_code yw_file_write(const char *path, const void *data, size_t len, mode_t mode,
    bool replace, struct yw_error *err);

/*
 * Where a person wants output: *stream is true for a character device or FIFO, also behind a symbolic link as
 * /dev/stdout is one; it must be written to as it is.  YW_EDENIED: something else that must not be replaced.
 */
YW_CHECKED enum yw_code yw_file_target(const char *path, bool *stream, struct yw_error *err);

/* Does a file with bytes stand there that only its owner may read?  So lie keys and seeds. */
bool yw_file_private(const char *path);

/*
 * Writes output there: into the stream, or as yw_file_write() replaces a file.  YW_EDENIED also for a file with bytes that
 * only its owner may read, where `mode` lets others read: so lie keys and seeds, and a wrong name would be their end.
 */
YW_CHECKED enum yw_code yw_file_put(const char *path, const void *data, size_t len, mode_t mode, struct yw_error *err);

/* A file that holds a secret: refused (YW_EDENIED) unless a regular file of ours that nobody else may read. */
YW_CHECKED enum yw_code yw_file_read_secret(const char *path, size_t max, struct yw_buf *out, struct yw_error *err);

/* Does this name still stand for the open file?  False: it was removed, or another was put in its place. */
bool yw_file_stands(int fd, const char *path);

/* Makes the names in a directory durable. */
YW_CHECKED enum yw_code yw_dir_sync(const char *path, struct yw_error *err);

#endif
