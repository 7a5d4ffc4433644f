/*
 * netfile.h - what the subcommands about network files share.
 */
#ifndef YW_CLI_NETFILE_H
#define YW_CLI_NETFILE_H

#include "trust/network.h"

#define YW_CLI_PATH_MAX 512	/* bytes of a path that a command makes up, with its NUL */

/* A draft or signed note of version 1; the errors of yw_file_read_input() and yw_network_parse(), with the path. */
YW_CHECKED enum yw_code yw_netfile_read(const char *path, struct yw_network *out, struct yw_error *err);

/* Is there a good signature by this root key; by how many root keys? */
bool yw_netfile_has_signed(const struct yw_network *n, const struct yw_vkey *root);
unsigned yw_netfile_count(const struct yw_network *n);

/* Says on stderr what whoever signs this quorum should know. */
void yw_netfile_warn(const struct yw_network *n);

#endif
