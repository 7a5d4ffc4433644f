/*
 * cases.c - the named cases (design section 6): which there are, which a seed draws, and their hooks.
 *
 * A case is one struct sim_case in a file case_*.c of what belongs together, and one line here.
 */
#include "sim_int.h"

#define AGAIN_MS 20000		/* what cannot be done now is tried again after so long, later on more rarely */
#define LOOK_MS 5000

extern const struct sim_case case_withhold, case_late_delegation, case_old_head, case_changed_body, case_garbage_proof,
    case_half_lost, case_curious;
extern const struct sim_case case_fork, case_two_views, case_unsigned, case_other_key, case_borrowed,
    case_two_issuers;
extern const struct sim_case case_borrowed_read, case_registrar, case_first_lost, case_forged_file;
extern const struct sim_case case_rotation, case_closing;
extern const struct sim_case case_recovery_alone, case_forged_branch, case_word_revoked, case_late_closing, case_handed_over;
extern const struct sim_case case_thief_asks, case_key_twice, case_backdates, case_closed_mirror, case_old_key_forks,
    case_frozen_early;
extern const struct sim_case case_torn, case_old_image, case_last_commit, case_disk_full, case_bodies_lost,
    case_power_cut;
extern const struct sim_case case_declared_lost, case_erased, case_borrowed_erase, case_holder;
extern const struct sim_case case_whole_image, case_no_guard, case_stale_peer, case_mirror_back, case_mirror_rotates,
    case_ring;
extern const struct sim_case case_two_next, case_merged, case_closed_city, case_newcomer;
extern const struct sim_case case_clone, case_clone_away;
extern const struct sim_case case_clock_steps, case_month, case_laptop, case_reconnect, case_flood, case_office_hours;

const struct sim_case *const sim_cases[] = {
	/* what a node on the way can do */
	&case_withhold, &case_late_delegation, &case_old_head, &case_changed_body, &case_garbage_proof, &case_half_lost,
	&case_curious,
	/* what an owner or an issuer can do */
	&case_fork, &case_two_views, &case_unsigned, &case_other_key, &case_borrowed, &case_borrowed_read,
	&case_borrowed_erase, &case_two_issuers,
	/* keys */
	&case_rotation, &case_closing, &case_registrar, &case_first_lost, &case_forged_file, &case_thief_asks,
	&case_key_twice, &case_backdates, &case_closed_mirror, &case_old_key_forks,
	/* what an issuer can do to those below it */
	&case_recovery_alone, &case_forged_branch, &case_late_closing, &case_handed_over,
	/* what disks do */
	&case_torn, &case_old_image, &case_last_commit, &case_disk_full, &case_bodies_lost, &case_declared_lost, &case_erased, &case_holder, &case_power_cut,
	&case_whole_image, &case_no_guard, &case_stale_peer, &case_mirror_back, &case_mirror_rotates, &case_ring,
	&case_clone, &case_clone_away,
	/* clocks, lines, strangers */
	&case_clock_steps, &case_month, &case_laptop, &case_reconnect, &case_flood,
	/* what comes after the end of a log; last, since they leave alone what another case needs */
	&case_two_next, &case_merged, &case_closed_city, &case_newcomer,
	/* behind all others: whom a province draws goes by the place here */
	&case_frozen_early, &case_word_revoked,
	/* leaves on whom another case has claimed */
	&case_office_hours,
	NULL
};

/* The list of design section 6, in its words and order.  What it asks for beyond cases (fresh replicas, mutations) is in
 * fresh.c, and in ../CMakeLists.txt. */
static const struct named {
	const char *design;
	const struct sim_case *shown_by[4];
} named[] = {
	{ "parent withholds", { &case_withhold } },
	{ "parent shows two children different views", { &case_two_views } },
	{ "old head replayed", { &case_old_head } },
	{ "delegation arrives last", { &case_late_delegation } },
	{ "closing arrives last", { &case_late_closing, &case_closing } },
	{ "two issuers for one code", { &case_two_issuers } },
	{ "recovery without consent", { &case_recovery_alone } },
	{ "a thief asks for the next generation", { &case_thief_asks } },
	{ "restore with and without guard (whole disk image)", { &case_old_image, &case_whole_image, &case_no_guard } },
	{ "restore against a stale peer", { &case_stale_peer } },
	{ "restored mirror", { &case_mirror_back, &case_mirror_rotates } },
	{ "province-wide power cut", { &case_power_cut, &case_ring } },
	{ "first node lost", { &case_first_lost } },
	{ "clone offline, both append, both return", { &case_clone_away, &case_clone } },
	{ "two clones both open the next generation", { &case_two_next } },
	{ "garbage proof", { &case_garbage_proof } },
	{ "rotated-out key forks", { &case_old_key_forks, &case_rotation } },
	{ "closing on a forged branch", { &case_forged_branch } },
	{ "borrowed hash (to read, to erase)", { &case_borrowed_read, &case_borrowed_erase, &case_borrowed } },
	{ "stolen cosigning key backdates", { &case_backdates, &case_closed_mirror } },
	{ "bodies lost with the disk", { &case_bodies_lost, &case_declared_lost } },
	{ "a relay loses half its messages", { &case_half_lost } },
	{ "109 nodes reconnect at once", { &case_reconnect } },
	{ "a stranger floods with invented logs", { &case_flood } },
};

void
sim_print_named(void)
{
	printf("\nthe named cases of the design, and what shows them:\n");
	for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
		printf("  %-50s", named[i].design);
		for (const struct sim_case *const *c = named[i].shown_by; *c != NULL; c++)
			printf(" %s", (*c)->name);
		printf("\n");
	}
}

/* Its number; that of the NULL behind the last if it is none of them. */
static unsigned
number_of(const struct sim_case *c)
{
	unsigned i = 0;

	while (sim_cases[i] != NULL && sim_cases[i] != c)
		i++;
	return i;
}

const char *
sim_named_undrawn(void)
{
	for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
		bool any = false;

		for (const struct sim_case *const *c = named[i].shown_by; *c != NULL; c++) {
			if (sim_cases[number_of(*c)] == NULL)
				return named[i].design;
			any |= sim_case_drawn(number_of(*c));
		}
		if (!any)
			return named[i].design;
	}
	return NULL;
}

const char *
sim_case_name(unsigned i)
{
	return sim_cases[i] != NULL ? sim_cases[i]->name : NULL;
}

const char *
sim_case_sentence(unsigned i)
{
	return sim_cases[i]->what;
}

bool
sim_case_drawn(unsigned i)
{
	return sim_cases[i]->percent != 0 || sim_cases[i]->every != 0;
}

bool
sim_case_always(unsigned i)
{
	return sim_cases[i]->in_province == 100;
}

bool
sim_case_named(const char *only, const char *name)
{
	size_t len = strlen(name);

	for (; only != NULL; only = strchr(only, '+') != NULL ? strchr(only, '+') + 1 : NULL)
		if (strncmp(only, name, len) == 0 && (only[len] == '\0' || only[len] == '+'))
			return true;
	return false;
}

bool
sim_case_in_province(unsigned i)
{
	return sim_cases[i]->in_province != 0;
}

static bool
is_drawn(struct sim *s, unsigned i)
{
	const struct sim_case *is = sim_cases[i];

	if (s->o.only != NULL)
		return sim_case_named(s->o.only, is->name);
	if (!s->o.province && is->every != 0)
		return s->o.seed % is->every == 0;
	if (!s->o.province)
		return is->percent != 0 && sim_percent(s, is->percent);
	/* Ten seeds in a row draw each as often as it says. */
	return (s->o.seed * 3 + i * 7) % 10 * 10 < is->in_province;
}

void
cases_draw(struct sim *s)
{
	for (unsigned i = 0; sim_cases[i] != NULL; i++) {
		struct drawn *c = &s->cases[s->n_cases];

		if (!is_drawn(s, i))
			continue;
		*c = (struct drawn) { .is = sim_cases[i] };
		if (!c->is->begin(s, c)) {
			sim_tell(s, "case %s: not in this world", c->is->name);
			continue;
		}
		s->n_cases++;
		s->r->drawn |= UINT64_C(1) << i;
		sim_tell(s, "case %s: %s%s%s; in the end %s", c->is->name, c->who != NULL ? c->who->code.code : "",
		    c->who != NULL ? " " : "", c->is->what, c->is->holds);
	}
}

void
cases_at(struct sim *s, int64_t at, sim_case_fn *act, struct drawn *c)
{
	sim_at(s, at, EV_CASE, c)->act_case = act;
}

void
cases_soon(struct sim *s, struct drawn *c, sim_case_fn *act)
{
	cases_at(s, s->now + (s->now < SIM_LIVELY_MS ? 1000 : SIM_MINUTE), act, c);
}

void
cases_again(struct sim *s, struct drawn *c, sim_case_fn *act)
{
	if (s->now < s->active_ms)
		cases_at(s, s->now + (s->now < SIM_LIVELY_MS ? AGAIN_MS : 30 * AGAIN_MS), act, c);
}

int64_t
cases_time(struct sim *s)
{
	return 15 * SIM_MINUTE + (int64_t)sim_random(s, SIM_LIVELY_MS - 25 * SIM_MINUTE);
}

void
cases_happened(struct sim *s, struct drawn *c)
{
	if (c->happened++ == 0)
		sim_tell(s, "case %s comes to pass: %s", c->is->name, c->is->what);
}

bool
cases_until(struct sim *s, struct drawn *c, bool (*is)(struct sim *s, struct drawn *c), int64_t ms)
{
	int64_t end = s->now + ms;

	while (!is(s, c) && s->now < end && !sim_failed(s))
		sim_run_until(s, s->now + LOOK_MS);
	return sim_failed(s) || is(s, c);
}

bool
cases_carry(struct sim *s, struct node *from, struct node *to, bool is_request, struct yw_buf *b)
{
	bool goes = true;

	for (unsigned i = 0; goes && i < s->n_cases; i++)
		if (s->cases[i].is->carry != NULL)
			goes = s->cases[i].is->carry(s, &s->cases[i], from, to, is_request, b);
	return goes;
}

void
cases_calm(struct sim *s)
{
	for (unsigned i = 0; i < s->n_cases; i++)
		if (s->cases[i].is->calm != NULL)
			s->cases[i].is->calm(s, &s->cases[i]);
}

void
cases_end(struct sim *s)
{
	for (unsigned i = 0; i < s->n_cases && !sim_failed(s); i++)
		if (s->cases[i].is->end != NULL && s->cases[i].happened > 0)
			s->cases[i].is->end(s, &s->cases[i]);
}

void
cases_release(struct sim *s)
{
	for (unsigned i = 0; i < s->n_cases; i++) {
		disk_forget(&s->cases[i].image);
		for (size_t k = 0; k < sizeof s->cases[i].kept / sizeof s->cases[i].kept[0]; k++)
			yw_buf_release(&s->cases[i].kept[k]);
	}
}
