/*
 * Everything at once: connections cut, deadlines, parked polls, a parent that answers late or never.
 */
#include "unit/sync/relay.h"

#define LOOPBACK "tcp://127.0.0.1:0"

static struct node up, other[4];

#define STORM_CHILDREN 4
#define STORM_REQUESTS 300

struct storm {
	pthread_t thread;
	struct node *n;
	uint64_t seed;
	unsigned taken;
};

static void *
storm_run(void *arg)
{
	struct storm *s = arg;

	for (uint64_t tag = 0; tag < STORM_REQUESTS;) {
		uint64_t dice = yw_test_next(&s->seed);
		struct yw_link *link = NULL;

		pthread_mutex_lock(&s->n->lock);
		if (s->n->n_links > 0)
			link = yw_link_ref(s->n->links[0]);
		pthread_mutex_unlock(&s->n->lock);
		if (link != NULL && ask_on(link, dice % 4 == 0 ? "park" : "echo", 1 + dice % 20000, tag) == YW_OK) {
			s->taken++;
			tag++;
		} else {
			nanosleep(&(struct timespec) { 0, 100000 }, NULL);
		}
		yw_link_unref(link);
	}
	return NULL;
}

/* Cuts by the relays, deadlines, parked polls, a parent that answers late: every request has one reply. */
static void
storm(void)
{
	struct yw_transport_config c = config_of(1);
	struct storm s[STORM_CHILDREN];
	struct relay r[STORM_CHILDREN];
	char url[YW_URL_MAX + 1];
	uint64_t seed = yw_test_seed();
	bool all = false;

	parent_start(&up, &c, LOOPBACK, true, url);
	up.answer_on_down = true;
	for (int i = 0; i < STORM_CHILDREN; i++) {
		relay_start(&r[i], url);
		child_start(&other[i], (uint8_t)(10 + i), r[i].url);
		s[i] = (struct storm) { .n = &other[i], .seed = yw_test_next(&seed) };
		YW_CHECK(pthread_create(&s[i].thread, NULL, storm_run, &s[i]) == 0);
	}
	while (!all) {
		if (yw_test_next(&seed) % 64 == 0)
			relay_cut(&r[yw_test_next(&seed) % STORM_CHILDREN]);
		pthread_mutex_lock(&up.lock);
		if (yw_test_next(&seed) % 4 == 0)
			answer_parked(&up, "news");
		pthread_mutex_unlock(&up.lock);
		nanosleep(&(struct timespec) { 0, 2000000 }, NULL);
		all = true;
		for (int i = 0; i < STORM_CHILDREN; i++) {
			pthread_mutex_lock(&other[i].lock);
			all = all && other[i].n_replies >= STORM_REQUESTS - 20;
			pthread_mutex_unlock(&other[i].lock);
		}
	}
	for (int i = 0; i < STORM_CHILDREN; i++)
		pthread_join(s[i].thread, NULL);
	for (int i = 0; i < STORM_CHILDREN; i++) {
		yw_transport_stop(other[i].t);
		for (uint64_t tag = 0; tag < STORM_REQUESTS; tag++)
			YW_CHECK_MSG(other[i].replied[tag] == 1, "request %d had %u replies", (int)tag,
			    other[i].replied[tag]);
		node_stop(&other[i]);
		relay_stop(&r[i]);
	}
	node_stop(&up);
}

YW_TESTS({ "R1 R2 a storm: every request has one reply", storm })
