/*
 * smalldisk.h - a real file system of few bytes for the data of a real node, which can be full.
 *
 * It is memory of the kernel, mounted where only this test and what it starts can see it.
 */
#ifndef YW_TESTS_SUPPORT_SMALLDISK_H
#define YW_TESTS_SUPPORT_SMALLDISK_H

#include "support/nodes.h"

/* Its data directory, all that is in it, moves there; its daemon does not run.  Skips the case where nobody may mount. */
void yw_small_disk(const struct yw_test_node *n, uint64_t bytes);

/* Fills it up, or empties it of what was put there to fill it, until so many bytes are free, if there can be. */
void yw_small_disk_leave(const struct yw_test_node *n, uint64_t bytes);

#endif
