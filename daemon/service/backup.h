/*
 * backup.h - a whole backup of a node's data, and the way back to it.
 *
 * In a backup stand the database, as of one commit, the requests and the network file: what the network could give back
 * in part only.  No seeds, which are kept elsewhere, and no guard, which must not be set back (L1): a node that
 * was restored is behind its guard, or has none, and fetches from its peers what the backup does not hold (L2).
 */
#ifndef YW_SERVICE_BACKUP_H
#define YW_SERVICE_BACKUP_H

#include "service/home.h"
#include "store/store.h"

/* Makes dir, which must not exist, with all that belongs into a backup, and notes it.  Any thread; the store goes on. */
YW_CHECKED enum yw_code yw_backup_make(const char *dir, struct yw_store *store, const struct yw_config *c,
    const struct yw_home *home, int64_t now_ms, struct yw_error *err);

/*
 * Puts the database of a backup into data_dir; one that is there is kept as db.before-restore.  What root restores
 * belongs to whom data_dir belongs.  For a node whose daemon does not run.  YW_ECONFLICT: such a one is there already, or
 * the daemon runs; YW_ENOENT: dir is no backup; YW_EINVAL: its database holds what is no plain file, or is none; YW_EDENIED:
 * it is another's, by its request: another code, network or log than those of the configuration, network file and
 * request of this node, or, where that has no request any more, of other keys than those in its seed.
 */
YW_CHECKED enum yw_code yw_backup_restore(const struct yw_config *c, const char *dir, struct yw_error *err);

/* V6: a copy of the database, which goes when it is older than backup_keep_days: what yw_backup_make() made, or what was put
 * aside by yw_backup_restore(); both note it themselves. */
YW_CHECKED enum yw_code yw_backup_note(const struct yw_config *c, const char *dir, int64_t now_ms, struct yw_error *err);
/* Removes those; and what lies in the data directory as soon as something is erased that it may hold: what was put aside, and what
 * a restore that was cut off has left.  What cannot be done is logged, and tried again the next time.  While the node runs. */
void yw_backup_expire(const struct yw_config *c, int64_t now_ms);

#endif
