/*
 * config.h - yiwang.yaml: what one node's operator decides, checked whole before anything starts.
 *
 * One table in config.c names each key with its type, range, default and meaning; the checks, the
 * example in node-config/ and `yiwang config check` all come from it.  An unknown key is an error: a
 * misspelt one must not leave a default in force silently.
 */
#ifndef YW_SERVICE_CONFIG_H
#define YW_SERVICE_CONFIG_H

#include "base/buf.h"
#include "record/kind.h"

#define YW_CONFIG_PATH_MAX 1023
#define YW_CONFIG_SOCKET_MAX 107	/* sun_path of Linux, without its NUL */
#define YW_CONFIG_GROUP_MAX 32
#define YW_CONFIG_ADDRESS_MAX 271	/* tcp://, a host name, a port */
#define YW_CONFIG_ADDRESSES_MAX 16
#define YW_CONFIG_SHARING_MAX 255

struct yw_config_addresses {
	size_t n;
	char url[YW_CONFIG_ADDRESSES_MAX][YW_CONFIG_ADDRESS_MAX + 1];
};

struct yw_config {	/* holds no pointers, nothing to release */
	char code[7];
	char data_dir[YW_CONFIG_PATH_MAX + 1];
	char network_file[YW_CONFIG_PATH_MAX + 1];
	char keys_dir[YW_CONFIG_PATH_MAX + 1];
	char mappings_dir[YW_CONFIG_PATH_MAX + 1];
	char divisions_file[YW_CONFIG_PATH_MAX + 1];
	char control_socket[YW_CONFIG_SOCKET_MAX + 1];
	char control_group[YW_CONFIG_GROUP_MAX + 1];	/* "" = as ipc/face.h says */
	struct yw_config_addresses listen;		/* may be empty: nobody connects to a leaf */
	struct yw_config_addresses upstreams;		/* may be empty: the first node has none */
	uint64_t append_without_peer;			/* L3: 1 = allow, 0 = never */
	uint64_t peer_wait_ms;				/* L3; 0 = do not wait */
	uint64_t beat_every_ms;				/* R4 */
	uint64_t erase_within_ms;			/* V6 */
	uint64_t backup_keep_days;			/* V6 */
	uint64_t correction_days;                       /* V5, working days */
	uint64_t disk_reserve_bytes;			/* S3 */
	uint64_t cache_bytes;
	uint64_t write_buffer_bytes;
	char default_class[YW_KINDS_END][YW_CONFIG_SHARING_MAX + 1];	/* as sharing.h says; "" = none of that kind */
	uint64_t log_level;				/* enum yw_log_level */
};

/*
 * Reads and checks a whole file; *out is set on YW_OK only.
 *
 * YW_EINVAL	an unknown or missing key, a wrong type, a value out of range: the sentence says
 *		"file:line: key: reason, allowed: ..."
 * and the errors of yw_yaml_parse() and yw_file_read().  Any thread.
 */
YW_CHECKED enum yw_code yw_config_parse(const char *name, const void *text, size_t len,
    struct yw_config *out, struct yw_error *err);
YW_CHECKED enum yw_code yw_config_read(const char *path, struct yw_config *out, struct yw_error *err);

/* Appends a commented file with every key; it parses to the same configuration. */
void yw_config_text(const struct yw_config *c, struct yw_buf *out);

#endif
