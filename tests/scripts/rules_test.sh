#!/bin/sh
# The list of rules on a toy tree: good as it is, refused for each way in which it can go wrong.
set -eu
rules=$1
toy=$(mktemp -d)
trap 'rm -rf "$toy"' EXIT

fresh() {
	rm -rf "$toy/proto" "$toy/tests"
	mkdir -p "$toy/proto" "$toy/tests/unit"
	printf '%s\n' '**B1 Envelope.** One form.' '' '**B2 Entry** is' '' '**T9 Recovery.** Later.' \
		>"$toy/proto/README.md"
	# The ids stand apart from the words, or this file itself would show rules.
	printf 'YW_TESTS({ "%s both", both }, { "%s alone", alone },\n    { "neither", x })\n' 'B1, B2' B1 \
		>"$toy/tests/unit/a_test.c"
	printf '%s\n' 'T9 issue 4' 'B2/size issue 5: how long' >"$toy/tests/rules-not-yet"
}

# refused SENTENCE: the toy tree as it is now.
refused() {
	if said=$("$rules" "$toy"); then
		echo "accepted, wanted: $1"
		exit 1
	fi
	echo "$said" | grep -qF "rules: $1" || {
		printf 'wanted: rules: %s\nsaid:\n%s\n' "$1" "$said"
		exit 1
	}
}

fresh
said=$("$rules" "$toy")
[ "$said" = "B1 Envelope
    tests/unit/a_test.c: B1, B2 both
    tests/unit/a_test.c: B1 alone
B2 Entry
    tests/unit/a_test.c: B1, B2 both
    not yet, size: issue 5: how long
T9 Recovery
    not yet: issue 4

3 rules, 2 shown by 2 cases, 1 not yet, and 1 parts of others" ] || {
	echo "a good tree gave: $said"
	exit 1
}

: >"$toy/tests/rules-not-yet"
refused 'T9 has no test; name a case after it'
fresh
echo 'B2 issue 4' >>"$toy/tests/rules-not-yet"
refused 'B2 has a test; take it out of tests/rules-not-yet'
fresh
echo 'B9 issue 4' >>"$toy/tests/rules-not-yet"
refused 'tests/rules-not-yet has B9, which is no rule'
fresh
echo 'B9/size issue 4' >>"$toy/tests/rules-not-yet"
refused 'tests/rules-not-yet has a part of B9, which is no rule'
fresh
printf 'case_is "%s no such rule"' V7 >"$toy/tests/b.sh"
refused 'V7 is no rule:'
fresh
printf "@case_is('%s no such rule')\n" V8 >"$toy/tests/c.py"
refused 'V8 is no rule:'
fresh
: >"$toy/proto/README.md"
refused 'proto/README.md has no rules'
echo "cases: 7 refusals, 1 good tree"
