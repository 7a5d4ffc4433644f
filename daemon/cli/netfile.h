/*
 * netfile.h - what the subcommands about network files share.
 */
#ifndef YW_CLI_NETFILE_H
#define YW_CLI_NETFILE_H

#include "trust/trust.h"

#define YW_CLI_PATH_MAX 512	/* bytes of a path that a command makes up, with its NUL */

/*
 * A draft or signed note.  `before`: the version before it; NULL: the file is version 1.  The errors of
 * yw_file_read_input() and yw_network_parse(), with the path; YW_EINVAL: it is another version than the next.
 */
YW_CHECKED enum yw_code yw_netfile_read(const char *path, const struct yw_network *before, struct yw_network *out,
    struct yw_error *err);

/* One of any version, of the network with this hash; NULL: version 1. */
YW_CHECKED enum yw_code yw_netfile_read_of(const char *path, const struct yw_hash *network, struct yw_network *out,
    struct yw_error *err);

/* Versions 1 to n, signed, each by those before it (T1): its newest is yw_trust_network().  YW_ESIG, YW_EINVAL, with the
 * path. */
YW_CHECKED enum yw_code yw_netfile_walk(const char *const *paths, size_t n, struct yw_trust **out, struct yw_error *err);

/* Is there a good signature by this root key; by how many of the root keys of `by`? */
bool yw_netfile_has_signed(const struct yw_network *n, const struct yw_vkey *root);
unsigned yw_netfile_count(const struct yw_network *n, const struct yw_network *by);
/* By enough, of its own and of the version before (NULL: none)? */
bool yw_netfile_complete(const struct yw_network *n, const struct yw_network *before);

/* Says on stderr what whoever signs this quorum should know. */
void yw_netfile_warn(const struct yw_network *n);

/* The policy lines of --quorum: 'N of CODE...', 'none', or group and quorum lines.  YW_EFORMAT: none of these. */
YW_CHECKED enum yw_code yw_quorum_lines(const char *rule, struct yw_buf *out);

/* What n changes of the version before it, in plain words, a line each. */
void yw_netfile_diff(const struct yw_network *before, const struct yw_network *n, struct yw_buf *out);

#endif
