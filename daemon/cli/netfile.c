/*
 * netfile.c - see netfile.h.
 */
#include "cli/netfile.h"

#include "base/file.h"
#include "cli/cli.h"

enum yw_code
yw_netfile_read(const char *path, struct yw_network *out, struct yw_error *err)
{
	struct yw_buf text = YW_BUF_INIT;
	enum yw_code code;

	code = yw_file_read_input(path, YW_NETWORK_FILE_MAX, &text, err);
	if (code == YW_OK) {
		code = yw_network_parse(yw_buf_bytes(&text), NULL, out, err);
		if (code != YW_OK)
			yw_fail_context(err, "'%s'", path);
	}
	yw_buf_release(&text);
	return code;
}

bool
yw_netfile_has_signed(const struct yw_network *n, const struct yw_vkey *root)
{
	struct yw_note note;
	bool good;

	if (yw_network_is_draft(yw_buf_bytes(&n->note)) || yw_note_parse(yw_buf_bytes(&n->note), &note, NULL) != YW_OK)
		return false;
	good = yw_note_check(&note, root, NULL) == YW_OK;
	yw_note_release(&note);
	return good;
}

unsigned
yw_netfile_count(const struct yw_network *n)
{
	unsigned signed_by = 0;

	for (size_t i = 0; i < n->n_roots; i++)
		signed_by += yw_netfile_has_signed(n, &n->roots[i]);
	return signed_by;
}

void
yw_netfile_warn(const struct yw_network *n)
{
	struct yw_buf text = YW_BUF_INIT;

	yw_policy_text(n->policy, &text);
	if (yw_policy_is_split(n->policy))
		yw_say(_("warning: two groups of nodes with nobody in common can both meet this quorum, so two histories of one "
		    "log could each have it"));
	else if (strcmp(yw_buf_str(&text), "quorum none\n") == 0)
		yw_say(_("warning: there is no quorum, so no verdict will say that others have seen a record"));
	yw_buf_release(&text);
}
