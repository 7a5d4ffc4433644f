/*
 * yiwang.c - the command: one table, and usage printed from it.
 */
#include "cli/commands.h"
#include "crypto/keys.h"

struct group {
	const char *title;
	const struct yw_command *commands[12];	/* ends with NULL */
};

static const struct group groups[] = {
	{ N_("The network file"), { &yw_cmd_network_init, &yw_cmd_network_show, &yw_cmd_network_sign, &yw_cmd_network_next,
	    &yw_cmd_network_diff, &yw_cmd_network_key, &yw_cmd_network_closing, &yw_cmd_network_add, &yw_cmd_network_get } },
	{ N_("The nodes of the network"), {
	    &yw_cmd_node_init, &yw_cmd_node_join, &yw_cmd_node_request, &yw_cmd_node_take, &yw_cmd_admit,
	    &yw_cmd_holder, &yw_cmd_config_check } },
	{ N_("The life of a log and of its keys"), { &yw_cmd_key_rotate, &yw_cmd_close, &yw_cmd_log_next, &yw_cmd_consent, &yw_cmd_lost } },
	{ N_("When something was lost"), { &yw_cmd_backup, &yw_cmd_restore, &yw_cmd_refetch, &yw_cmd_log_lost } },
	{ N_("How a node is"), { &yw_cmd_status, &yw_cmd_logs, &yw_cmd_peers } },
	{ N_("Records"), { &yw_cmd_import, &yw_cmd_put, &yw_cmd_withdraw, &yw_cmd_erase, &yw_cmd_get, &yw_cmd_list, &yw_cmd_history,
	    &yw_cmd_doubles, &yw_cmd_schema } },
	{ N_("Corrections of what another node registered"), { &yw_cmd_correct, &yw_cmd_answer, &yw_cmd_corrections } },
	{ N_("Registrars, who sign records elsewhere"), { &yw_cmd_registrar_request, &yw_cmd_registrar_add,
	    &yw_cmd_registrar_end, &yw_cmd_registrar_list, &yw_cmd_sign } },
	{ N_("Proof"), { &yw_cmd_evidence, &yw_cmd_certificate, &yw_cmd_verify, &yw_cmd_digest } },
};
#define N_GROUPS (sizeof groups / sizeof *groups)

/* Commands whose name starts with the word (NULL: all) to `to`, if that is not NULL; false if there is none. */
static bool
list_commands(const char *word, FILE *to)
{
	size_t len = word != NULL ? strlen(word) : 0;
	const struct yw_command *const *c;
	bool any = false;

	for (size_t i = 0; i < N_GROUPS; i++) {
		if (word == NULL)
			fprintf(to, "\n%s\n", _(groups[i].title));
		for (c = groups[i].commands; *c != NULL; c++)
			if (word == NULL || (strncmp((*c)->name, word, len) == 0 && (*c)->name[len] == ' ')) {
				any = true;
				if (to != NULL)
					fprintf(to, "  %-18s %s\n", (*c)->name, _((*c)->summary));
			}
	}
	return any;
}

static void
usage(FILE *to)
{
	fputs(_("usage: yiwang COMMAND [OPTION]...\n"), to);
	list_commands(NULL, to);
	fputs(_("\n'yiwang COMMAND --help' explains one. Exit status: 0 done, 1 failed, 2 wrong use.\n"), to);
}

/* What is wrong, and then what there is.  False: no command starts with this word. */
static bool
say_second_word(int argc, char **argv)
{
	if (!list_commands(argv[0], NULL))
		return false;
	if (argc == 1)
		yw_say(_("yiwang: a second word is missing after '%s'; there are:"), argv[0]);
	else
		yw_say(_("yiwang: there is no command '%s %s'; there are:"), argv[0], argv[1]);
	return list_commands(argv[0], stderr);
}

/* The command that the first words name; *words is how many of them. */
static const struct yw_command *
find_command(int argc, char **argv, int *words)
{
	const struct yw_command *const *c;
	char two[64];

	snprintf(two, sizeof two, "%s %s", argv[0], argc > 1 ? argv[1] : "");
	for (size_t i = 0; i < N_GROUPS; i++)
		for (c = groups[i].commands; *c != NULL; c++) {
			*words = strchr((*c)->name, ' ') != NULL ? 2 : 1;
			if (strcmp((*c)->name, *words == 2 ? two : argv[0]) == 0)
				return *c;
		}
	return NULL;
}

int
main(int argc, char **argv)
{
	const struct yw_command *c;
	struct yw_error err;
	int words;

	yw_i18n_init();
	if (yw_crypto_init(&err) != YW_OK)
		return (int)yw_failed(&err);
	if (argc < 2) {
		usage(stderr);
		return YW_EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0) {
		usage(stdout);
		return YW_EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		printf("yiwang %s\n", YW_VERSION);
		return YW_EXIT_DONE;
	}
	c = find_command(argc - 1, argv + 1, &words);
	if (c != NULL)
		return (int)yw_command_run(c, argc - 1 - words, argv + 1 + words);
	if (argc == 3 && strcmp(argv[2], "--help") == 0 && list_commands(argv[1], stdout))
		return YW_EXIT_DONE;
	if (say_second_word(argc - 1, argv + 1))
		return YW_EXIT_USAGE;
	yw_say(_("yiwang: there is no command '%s'; 'yiwang --help' lists them"), argv[1]);
	return YW_EXIT_USAGE;
}
