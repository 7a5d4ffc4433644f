/*
 * commands.h - every subcommand; daemon/yiwang.c puts them in order.
 */
#ifndef YW_CLI_COMMANDS_H
#define YW_CLI_COMMANDS_H

#include "cli/cli.h"

extern const struct yw_command yw_cmd_network_init, yw_cmd_network_show, yw_cmd_network_sign;
extern const struct yw_command yw_cmd_node_init;
extern const struct yw_command yw_cmd_config_check, yw_cmd_schema;

#endif
