/*
 * limits.h - every bound that outside input meets, by name, in one place.
 *
 * Numbers with an id are the protocol's (proto/README.md) and fixed; the rest are ours.
 */
#ifndef YW_BASE_LIMITS_H
#define YW_BASE_LIMITS_H

#include <stddef.h>

#define YW_HASH_BYTES 32
#define YW_ENTRY_MAX 65535		/* B1: bytes of an envelope */
#define YW_ITEMS_MAX 256		/* B2: records under one entry */
#define YW_BODY_MAX (1u << 20)		/* B5: bytes of a Record */
#define YW_KIND_MAX 32			/* B5: the word for a kind in an id, of a newer version too */
#define YW_LOCAL_ID_MAX 64		/* B5 */
#define YW_ID_MAX 104			/* B5: code "/" kind "/" local id, not counting the NUL */
#define YW_DOCUMENTS_MAX 16		/* B5 contract: documents of one contract */
#define YW_NETWORK_NAME_MAX 64		/* B9 */
#define YW_ORIGIN_MAX 96		/* B9: name "/" code "/g" number */
#define YW_KEYNAME_MAX 112		/* B9: origin "/cosign" */
#define YW_NETWORK_FILE_MAX (48u << 10)	/* B11: bytes of the signed note */
#define YW_EVIDENCE_MAX (16u << 20)	/* B12 */
#define YW_EVIDENCE_VERSIONS_MAX 256	/* network files carried in an evidence file */
#define YW_EVIDENCE_MIRRORS_MAX 64	/* mirrors whose receipts one evidence file uses */
#define YW_CHAIN_LINKS_MAX 4		/* T16 */
#define YW_KEY_SETS_MAX 16		/* T5, T16: key sets of one generation */
#define YW_GENERATIONS_MAX 1000		/* T8: logs of one code, as far as this program asks for the next one */
#define YW_CHAIN_MAX (256u << 10)	/* T16: bytes */
#define YW_CHAIN_RECEIPTS_MAX 8		/* T16: receipts on a beat in a chain */
#define YW_PACKAGE_ENTRIES 256		/* R3: entries of a package never cross a multiple of this */
#define YW_TILE_HASHES 256		/* C2SP tlog-tiles */
#define YW_MESSAGE_MAX (4u << 20)	/* R2: one session message, plaintext */
#define YW_CHUNK_MAX 65535		/* R2: one Noise transport message */
#define YW_PROOF_MAX 63			/* C2SP: hashes in a proof */
#define YW_NOTE_SIGNATURES_MAX 64	/* signature lines accepted in a note (C2SP asks for >= 16) */
#define YW_NOTE_MAX (64u << 10)		/* bytes of any signed note */
#define YW_POLICY_FILE_MAX (1u << 20)	/* bytes of a tlog-policy file */
#define YW_CALLED_NAME_MAX 128		/* bytes of what an issuer calls a jurisdiction that is in no table of divisions */
#define YW_CODES_MAX 4096		/* jurisdictions in one network */
#define YW_CSV_ROW_MAX (1u << 20)	/* bytes of one row of an imported file, line breaks included */
#define YW_CSV_COLUMNS_MAX 256
#define YW_IMPORT_ROWS_MAX (1u << 20)	/* rows of one imported file, what a spreadsheet holds */
#define YW_SIGNED_MAX (4u << 20)		/* T13: bytes of a file of records that a registrar signed */
#define YW_REGISTRAR_MAX 512		/* T13: bytes of a registrar's request */
#define YW_FIELD_PATH_MAX 63		/* "seller.identifier", below a record's kind */
#define YW_ABSENT_MAX 512		/* V6: places that one `lost` or `erasure` entry may name */
#define YW_STRANGE_CODES_MAX 64		/* T14: codes of which a log that nobody has admitted here may be kept */
#define YW_STRANGE_BYTES_MAX (16u << 10)	/* and bytes of its entry 0 and head together */
#define YW_NEXT_COPIES 2		/* T14: copies kept of one next generation that nobody has granted yet */
#define YW_NEXT_BYTES_MAX (64u << 20)	/* T14: bytes of each, entries and bodies */
#define YW_WIRE_DEPTH_MAX 8		/* nested protobuf messages */
#define YW_DECODE_MEMORY_MAX (32u << 20) /* what decoding one message may allocate */

#endif
