/*
 * How much a link carries: what its two nodes have to say of busy logs, and nothing for who else is there.
 *
 * A province with three children, and the same with eleven; sessions, clocks and records alike.
 */
#include "unit/sync/exchange_world.h"

#define FEW 4u
#define MANY 12u
#define SECONDS 40

static const char *const codes[MANY] = { "320000", "320100", "320200", "320300", "320400", "320500", "320600", "320700",
	"320800", "320900", "321000", "321100" };

struct load {		/* of one link, both ways */
	size_t messages, bytes;
};

static void
star(unsigned nodes)
{
	begin(codes, nodes, "group g 2 320000 320100 320200 320300\nquorum g\n");
	for (unsigned i = 0; i < nodes; i++)
		add_peer(codes[i], MEMORY);
	for (unsigned i = 1; i < nodes; i++)
		connect_line(&peers[i], &peers[0]);
	settle();
	for (unsigned i = 1; i < nodes; i++)
		yw_lnode_admit(net, codes[i]);
	later(30000);
	for (unsigned i = 0; i < nodes; i++)
		YW_CHECK(size_of(&peers[1], codes[i]) > 0);
}

/* Each of the first `busy` nodes registers a record a second. */
static void
work(unsigned busy, unsigned from, unsigned seconds)
{
	char local[16];

	for (unsigned s = from; s < from + seconds; s++) {
		for (unsigned i = 0; i < busy; i++) {
			snprintf(local, sizeof local, "s%u", s);
			put_demand(&peers[i], local, "wanted", &yw_unconditional);
		}
		later(1000);
	}
}

/* The load of the links of the first `links` children, the heaviest of them. */
static struct load
measure(unsigned nodes, unsigned busy, unsigned links)
{
	struct load most = { 0, 0 };
	size_t mark;

	star(nodes);
	work(busy, 0, 15);			/* polls and beats find their rhythm */
	mark = n_letters;
	work(busy, 15, SECONDS);
	for (unsigned i = 1; i <= links; i++) {
		size_t up, down;
		struct letter a = sum(mark, &peers[i], &peers[0], &up), b = sum(mark, &peers[0], &peers[i], &down);

		most.messages = up + down > most.messages ? up + down : most.messages;
		most.bytes = a.size + b.size > most.bytes ? a.size + b.size : most.bytes;
	}
	for (unsigned i = 0; i < nodes; i++)	/* and it did its work */
		YW_CHECK(size_of(&peers[nodes - 1], codes[i]) + 2 >= size_of(&peers[i], codes[i]));
	end();
	return most;
}

static void
compare(const struct load *few, const struct load *many, size_t percent)
{
	YW_CHECK_MSG(many->messages * 100 <= few->messages * percent, "%zu messages among few nodes, %zu among many",
	    few->messages, many->messages);
	YW_CHECK_MSG(many->bytes * 100 <= few->bytes * percent, "%zu bytes among few nodes, %zu among many", few->bytes,
	    many->bytes);
}

/* The same four logs are busy; eight more nodes listen, and their links carry no more either. */
static void
listeners(void)
{
	struct load few = measure(FEW, FEW, FEW - 1), many = measure(MANY, FEW, MANY - 1);

	printf(" [%zu and %zu messages, %zu and %zu bytes in %d s]", few.messages, many.messages, few.bytes, many.bytes,
	    SECONDS);
	compare(&few, &many, 115);
}

/* All logs are busy: a link carries each log once, and in no more messages than before. */
static void
all_busy(void)
{
	struct load few = measure(FEW, FEW, FEW - 1), many = measure(MANY, MANY, MANY - 1);

	printf(" [%zu and %zu messages, %zu and %zu bytes in %d s]", few.messages, many.messages, few.bytes, many.bytes,
	    SECONDS);
	many.bytes = many.bytes * FEW / MANY;
	compare(&few, &many, 115);
}

YW_TESTS(
	{ "R8 with the same logs busy, a link carries no more among twelve nodes than among four", listeners },
	{ "R8 with all logs busy, a link carries each log once, in no more messages", all_busy })
