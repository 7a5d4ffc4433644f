/*
 * In which order logs are fetched (R3): issuers' first, then those of my own subtree, then all others; in turns among equals.
 */
#include "unit/sync/exchange_world.h"

#define SCARCE 1		/* one package at a time, whatever it is */
#define ENTRIES 24
#define TITLE_BYTES 60000	/* so that a package holds a few of them */

static const char *const codes[] = { "320000", "320200", "320100", "320202", "320204", "320102", "320104" };
#define N_CODES (sizeof codes / sizeof *codes)

static struct peer *province, *city;
static char wanted[200][YW_CODE_DIGITS + 1];	/* of which logs, in order */
static size_t n_wanted;

/* All are connected to the province alone. */
static void
everybody(void)
{
	begin(codes, N_CODES, "quorum none\n");
	for (size_t i = 0; i < N_CODES; i++) {
		struct peer *p = add_peer(codes[i], strcmp(codes[i], "320100") == 0 ? SCARCE : MEMORY);

		if (i == 0)
			province = p;
		else
			connect_line(p, province);
		if (strcmp(codes[i], "320100") == 0)
			city = p;
	}
	settle();
	yw_lnode_admit(net, "320200");
	yw_lnode_admit(net, "320100");
	later(30000);
	for (size_t i = 3; i < N_CODES; i++)
		yw_lnode_admit(net, codes[i]);
	later(60000);
	for (size_t i = 0; i < N_CODES; i++)
		YW_CHECK(size_of(city, codes[i]) > 0 && size_of(city, codes[i]) == size_of(&peers[i], codes[i]));
}

static void
note_wants(const struct letter *l)
{
	Yiwang__V1__PeerRequest *m;

	if (!l->is_request || l->line->child.peer != city || l->bytes.len == 0)
		return;
	YW_PASS(yw_decode(&yiwang__v1__peer_request__descriptor, yw_buf_bytes(&l->bytes), &m, &err));
	for (size_t i = 0; m->ask_case == YIWANG__V1__PEER_REQUEST__ASK_EXCHANGE && i < m->exchange->n_wants; i++) {
		struct yw_jurisdiction code;

		YW_PASS(yw_origin_parse(m->exchange->wants[i]->origin, strlen(m->exchange->wants[i]->origin), NULL, &code, &(uint32_t) { 0 }));
		YW_CHECK(n_wanted < sizeof wanted / sizeof *wanted);
		memcpy(wanted[n_wanted++], code.code, sizeof code.code);
	}
	yw_decode_free(m);
}

static unsigned
rank(const char *code)
{
	if (strcmp(code + 4, "00") == 0)
		return 0;
	return strncmp(code, "3201", 4) == 0 ? 1 : 2;
}

/* While the city is away all others register so much that each log takes several packages. */
static void
order(void)
{
	static char title[TITLE_BYTES + 1];
	size_t of[N_CODES] = { 0 };
	char local[16];

	everybody();
	memset(title, 'x', TITLE_BYTES);
	stop_peer(city);
	for (size_t i = 0; i < N_CODES; i++)
		for (unsigned k = 0; k < ENTRIES && &peers[i] != city; k++) {
			snprintf(local, sizeof local, "d%u", k);
			put_demand(&peers[i], local, title, &yw_unconditional);
		}
	later(60000);
	for (size_t i = 0; i < N_CODES; i++)
		YW_CHECK(&peers[i] == city || size_of(province, codes[i]) == size_of(&peers[i], codes[i]));
	start_peer(city);
	for (int rounds = 0; rounds < 40; rounds++) {
		while (n_read < n_letters) {
			struct peer *p = reader_of(&letters[n_read]);

			note_wants(&letters[n_read]);
			deliver(n_read);
			turn(p);
		}
		yw_lnet_wait(net, 500);
		for (size_t i = 0; i < N_CODES; i++)
			turn(&peers[i]);
	}
	for (size_t i = 0; i < N_CODES; i++)
		YW_CHECK_MSG(size_of(city, codes[i]) == size_of(province, codes[i]), "%s", codes[i]);
	for (size_t i = 0; i < n_wanted; i++) {
		YW_CHECK_MSG(i == 0 || rank(wanted[i - 1]) <= rank(wanted[i]), "%s after %s, as want %zu", wanted[i], wanted[i - 1], i);
		for (size_t k = 0; k < N_CODES; k++)
			of[k] += strcmp(wanted[i], codes[k]) == 0;
		for (size_t k = 0; k + 1 < N_CODES; k++)	/* in turns: of two of one rank none is ahead by more than one */
			YW_CHECK_MSG(&peers[k] == city || &peers[k + 1] == city || rank(codes[k]) != rank(codes[k + 1]) ||
			    of[k] + 1 == of[k + 1] || of[k] == of[k + 1] || of[k] == of[k + 1] + 1, "%s has %zu, %s %zu", codes[k], of[k],
			    codes[k + 1], of[k + 1]);
	}
	for (size_t k = 0; k < N_CODES; k++)
		YW_CHECK_MSG(&peers[k] == city || of[k] >= 3, "%s: %zu wants", codes[k], of[k]);
	end();
}

YW_TESTS({ "R3 issuers' logs are fetched first, then my own subtree, then all others, in turns among equals", order })
