/*
 * commands.h - every subcommand; daemon/yiwang.c puts them in order.
 */
#ifndef YW_CLI_COMMANDS_H
#define YW_CLI_COMMANDS_H

#include "cli/cli.h"

extern const struct yw_command yw_cmd_network_init, yw_cmd_network_show, yw_cmd_network_sign, yw_cmd_network_next;
extern const struct yw_command yw_cmd_network_diff, yw_cmd_network_key, yw_cmd_network_add, yw_cmd_network_get;
extern const struct yw_command yw_cmd_network_closing;
extern const struct yw_command yw_cmd_node_init, yw_cmd_node_join, yw_cmd_node_request, yw_cmd_admit, yw_cmd_close;
extern const struct yw_command yw_cmd_key_rotate, yw_cmd_consent, yw_cmd_log_next, yw_cmd_lost;
extern const struct yw_command yw_cmd_node_take, yw_cmd_refetch, yw_cmd_backup, yw_cmd_restore, yw_cmd_log_lost;
extern const struct yw_command yw_cmd_import, yw_cmd_put, yw_cmd_withdraw, yw_cmd_erase, yw_cmd_get, yw_cmd_list, yw_cmd_history;
extern const struct yw_command yw_cmd_doubles;
extern const struct yw_command yw_cmd_correct, yw_cmd_answer, yw_cmd_corrections;
extern const struct yw_command yw_cmd_registrar_request, yw_cmd_registrar_add, yw_cmd_registrar_end, yw_cmd_registrar_list;
extern const struct yw_command yw_cmd_sign, yw_cmd_holder;
extern const struct yw_command yw_cmd_status, yw_cmd_logs, yw_cmd_peers;
extern const struct yw_command yw_cmd_evidence, yw_cmd_verify, yw_cmd_digest, yw_cmd_certificate;
extern const struct yw_command yw_cmd_config_check, yw_cmd_schema;

#endif
