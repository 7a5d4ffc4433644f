/*
 * fuzz_main.c - drives a fuzz target without libFuzzer: every seed, then a fixed number of mutations.
 *
 *	NAME_fuzz [FILE | DIR]...
 *
 * Files are tried once; directories hold seeds, which are tried and then mutated.  The same YW_SEED
 * (default 1) gives the same inputs; YW_FUZZ_RUNS (default 2000) says how many.  The input being
 * tried stands in NAME_fuzz.input, so that it is there however the run dies; a run that ends well
 * removes it.  Inputs are in memory of exactly their size, for the address sanitizer's sake.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "support/fuzz.h"
#include "support/testing.h"

#define SEEDS_MAX 256
#define SEED_BYTES_MAX (8u << 20)
#define GROWTH_MAX 512		/* a mutation may be longer than its seed by this */

static struct yw_buf seeds[SEEDS_MAX];
static size_t n_seeds;
static int input_fd = -1;

static void
die(const char *what, const char *which)
{
	fprintf(stderr, "fuzz: %s '%s'\n", what, which);
	exit(1);
}

static void
try_input(const uint8_t *data, size_t len)
{
	uint8_t *exact = malloc(len != 0 ? len : 1);

	if (exact == NULL)
		die("no memory for", "an input");
	if (len != 0)
		memcpy(exact, data, len);
	if (ftruncate(input_fd, 0) != 0 || pwrite(input_fd, exact, len, 0) != (ssize_t)len)
		die("unable to keep", "the input");
	LLVMFuzzerTestOneInput(exact, len);
	free(exact);
}

static void
add_seed(const char *path)
{
	struct yw_error err;

	if (n_seeds == SEEDS_MAX)
		die("too many seeds at", path);
	if (yw_file_read(path, SEED_BYTES_MAX, &seeds[n_seeds], &err) != YW_OK)
		die(err.msg, path);
	try_input(seeds[n_seeds].data, seeds[n_seeds].len);
	n_seeds++;
}

static int
visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* In the order of names, so that a seed number means the same input everywhere. */
static void
add_directory(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, visible, alphasort);
	char full[1024];

	if (n < 0)
		die("unable to read directory", path);
	for (int i = 0; i < n; i++) {
		snprintf(full, sizeof full, "%s/%s", path, names[i]->d_name);
		add_seed(full);
		free(names[i]);
	}
	free(names);
}

static size_t
below(uint64_t *state, size_t n)
{
	return n != 0 ? (size_t)(yw_test_next(state) % n) : 0;
}

/* Cuts `cut` bytes at `at` and puts `put` there. */
static void
replace(struct yw_buf *b, size_t at, size_t cut, const uint8_t *put, size_t len)
{
	struct yw_buf out = YW_BUF_INIT;

	yw_buf_add(&out, b->data, at);
	yw_buf_add(&out, put, len);
	yw_buf_add(&out, b->data + at + cut, b->len - at - cut);
	yw_buf_release(b);
	*b = out;
}

static void
mutate_once(struct yw_buf *b, uint64_t *state)
{
	static const uint8_t telling[] = { 0x00, 0x01, 0x7f, 0x80, 0xff, '\n', ' ', '0', '"', '/' };
	const struct yw_buf *other = &seeds[below(state, n_seeds)];
	size_t at = below(state, b->len + 1), left = b->len - at;
	size_t some = below(state, (left < 32 ? left : 32) + 1);
	uint8_t noise[8];
	size_t from, len;

	switch (below(state, 8)) {
	case 0:		/* flip a bit */
		if (left != 0)
			b->data[at] ^= (uint8_t)(1u << below(state, 8));
		break;
	case 1:		/* a byte that decoders branch on */
		if (left != 0)
			b->data[at] = telling[below(state, sizeof telling)];
		break;
	case 2:		/* a number a little off */
		if (left != 0)
			b->data[at] = (uint8_t)(b->data[at] + below(state, 9) - 4);
		break;
	case 3:		/* cut the end */
		b->len = at;
		break;
	case 4:		/* take some out */
		replace(b, at, some, NULL, 0);
		break;
	case 5:		/* put noise in */
		for (len = 0; len < sizeof noise; len++)
			noise[len] = (uint8_t)yw_test_next(state);
		replace(b, at, 0, noise, 1 + below(state, sizeof noise));
		break;
	case 6:		/* say something twice */
		replace(b, at + some, 0, b->data + at, some);
		break;
	default:	/* a piece of another seed */
		from = below(state, other->len + 1);
		len = below(state, (other->len - from < 64 ? other->len - from : 64) + 1);
		replace(b, at, below(state, 2) != 0 ? some : 0, other->data + from, len);
		break;
	}
}

static void
run_mutations(uint64_t seed, uint64_t runs)
{
	struct yw_buf b = YW_BUF_INIT;
	uint64_t state = seed;

	for (uint64_t i = 0; i < runs; i++) {
		const struct yw_buf *from = &seeds[below(&state, n_seeds)];

		yw_buf_clear(&b);
		yw_buf_add(&b, from->data, from->len);
		for (size_t n = 1 + below(&state, 4); n > 0; n--)
			mutate_once(&b, &state);
		if (yw_buf_check(&b, NULL) != YW_OK)
			die("no memory for", "a mutation");
		if (b.len <= from->len + GROWTH_MAX)
			try_input(b.data, b.len);
	}
	yw_buf_release(&b);
}

static uint64_t
number_of(const char *variable, uint64_t fallback)
{
	const char *s = getenv(variable);

	return s != NULL ? strtoull(s, NULL, 0) : fallback;
}

int
main(int argc, char **argv)
{
	uint64_t seed = number_of("YW_SEED", 1), runs = number_of("YW_FUZZ_RUNS", 2000);
	const char *slash = strrchr(argv[0], '/');
	bool mutate = argc < 2;
	struct stat st;
	char input[256];

	snprintf(input, sizeof input, "%s.input", slash != NULL ? slash + 1 : argv[0]);
	input_fd = open(input, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	if (input_fd < 0)
		die("unable to write", input);
	for (int i = 1; i < argc; i++) {
		if (stat(argv[i], &st) != 0)
			die("there is no", argv[i]);
		if (S_ISDIR(st.st_mode)) {
			add_directory(argv[i]);
			mutate = true;
		} else {
			add_seed(argv[i]);
		}
	}
	if (n_seeds == 0)
		n_seeds = 1;	/* the empty input */
	if (mutate)
		run_mutations(seed, runs);
	for (size_t i = 0; i < n_seeds; i++)
		yw_buf_release(&seeds[i]);
	close(input_fd);
	unlink(input);
	printf("fuzz: %zu seeds, %" PRIu64 " mutations [YW_SEED=%" PRIu64 "]\n", n_seeds, mutate ? runs : 0,
	    seed);
	return 0;
}
