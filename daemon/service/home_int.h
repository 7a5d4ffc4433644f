/*
 * home_int.h - what the files of a node's home share.
 */
#ifndef YW_SERVICE_HOME_INT_H
#define YW_SERVICE_HOME_INT_H

#include "service/home.h"

YW_CHECKED enum yw_code home_join(const char *dir, const char *name, char out[static YW_HOME_PATH_MAX], struct yw_error *err);

/* Files of 32 secret bytes. */
YW_CHECKED enum yw_code home_make_secret(const char *dir, const char *name, bool replace, uint8_t out[static 32],
    struct yw_error *err);
YW_CHECKED enum yw_code home_read_secret(const char *dir, const char *name, uint8_t out[static 32], struct yw_error *err);

/* The network file of the configuration, verified. */
YW_CHECKED enum yw_code home_read_network(const struct yw_config *c, struct yw_network *out, struct yw_error *err);

YW_CHECKED enum yw_code home_make_guard(const struct yw_config *c, struct yw_error *err);	/* where there is none */

/* home_keys.c */
/* One name in place of another, and durable.  YW_ENOENT: there is none of the first. */
YW_CHECKED enum yw_code home_rename(const char *dir, const char *from, const char *to, struct yw_error *err);
/* seed.next and request.next, each durable: r has all but its keys; `old` signs for them too, if it is there.  *keys are
 * secret, the caller wipes them; on failure there are none. */
YW_CHECKED enum yw_code home_ask(const struct yw_config *c, const struct yw_key_set *old, struct yw_request *r,
    struct yw_key_set *keys, struct yw_buf *request, struct yw_error *err);
bool home_has_seed(const struct yw_config *c);
/* Is the secret in this file of keys_dir the seed of these keys? */
bool home_is_seed_of(const struct yw_config *c, const char *name, const struct yw_key_set_public *keys);
/* seed.next becomes seed, whose bytes are wiped.  YW_ENOENT: there is no seed.next. */
YW_CHECKED enum yw_code home_replace_seed(const struct yw_config *c, struct yw_error *err);
/* The bytes that a seed.old still holds.  YW_OK also where there is none. */
YW_CHECKED enum yw_code home_wipe_old_seed(const struct yw_config *c, struct yw_error *err);
/* Are these the keys of a request.keys or request.next for the log that `first` began? */
bool home_asked_for(const struct yw_config *c, const struct yw_request *first, const struct yw_key_set_public *keys);
/* seed.next and request.next, if both are there and belong together. */
YW_CHECKED enum yw_code home_open_next(const struct yw_config *c, struct yw_home *h, const struct yw_request *first,
    struct yw_error *err);

#endif
