/*
 * scan.h - looks for a text in everything that the files of a directory hold, and knows nothing of the daemon: their raw
 * bytes, and what RocksDB's own tools show of every table, write-ahead log and MANIFEST, deleted versions too.
 *
 * A place more where what a record says may come to lie is a row more in scan.c.
 */
#ifndef YW_TESTS_SUPPORT_SCAN_H
#define YW_TESTS_SUPPORT_SCAN_H

#include "support/testing.h"

#define YW_SOUGHT_MAX 64

struct yw_sought {
	char text[YW_SOUGHT_MAX + 1];
	char hex[2 * YW_SOUGHT_MAX + 1];	/* as the tools print it */
	char key[29];			/* hex: the key of the body that it stands in; "" until a table has shown that */
};

enum yw_scan_places {
	YW_SCAN_RAW = 1,
	YW_SCAN_TABLES = 2,
	YW_SCAN_WRITE_AHEAD = 4,
	YW_SCAN_MANIFESTS = 8,
	YW_SCAN_ALL = 15
};

/* At most YW_SOUGHT_MAX bytes of a text that stands nowhere else. */
void yw_sought_set(struct yw_sought *s, const char *text);

/* In how many places below a directory the text lies, or the key of its body. */
size_t yw_scan(const char *dir, unsigned places, struct yw_sought *s);

/* The file in which something was found last, "" if nothing was. */
const char *yw_scan_seen(void);

#endif
