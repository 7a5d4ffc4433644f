/*
 * leaves.c - the table of leaves.h as bytes, for another implementation to judge.
 *
 *	outside_leaves		a line for each row: what the leaf does by its bytes alone, the leaf in hex, what it is
 */
#include "base/text.h"
#include "crypto/hash.h"
#include "support/leaves.h"
#include "support/testing.h"

int
main(void)
{
	static const char *const outcomes[] = { [YW_BREAKS] = "breaks", [YW_KEPT] = "kept", [YW_APPLIED] = "applied" };
	static const struct yw_seed seed = { { 7 } };
	struct yw_buf leaf = YW_BUF_INIT, hex = YW_BUF_INIT;
	struct yw_seckey key;
	struct yw_pubkey pub;
	struct yw_hash body;

	yw_seckey_from_seed(&seed, &key, &pub);
	yw_sha256("record 0", 8, &body);
	for (size_t i = 0; i < yw_n_leaf_rows; i++) {
		const struct yw_leaf_row *r = &yw_leaf_rows[i];

		if (r->clause == YW_B3_SIGNER)	/* not to be seen in the bytes */
			continue;
		yw_leaf_make(&r->leaf, "onenet.example/320100", &key, &pub, &body, &leaf);
		yw_buf_clear(&hex);
		yw_hex_add(&hex, leaf.data, leaf.len);
		printf("%s %s %s\n", outcomes[yw_clause_outcome(r->clause)], yw_buf_str(&hex), r->what);
	}
	yw_buf_release(&leaf);
	yw_buf_release(&hex);
	return 0;
}
