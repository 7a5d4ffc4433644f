#!/bin/sh
# replay_test.sh PROGRAM [GUARD CASE]: a seed of the simulation is a story that can be read, and told again word for word.
#
# With a guard: without it a seed of that case fails; it says which, and by which command it is told again, and that very
# command tells the same failure.
set -eu
program=$1 bad=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

failed() {
	echo "FAILED: $*"
	bad=1
}

# Each line has its moment, none is before the one that stands above it, and all can be read.
check_lines() {
	awk '
		/^seed / || /^  its story: / || /^  all logs busy/ { next }
		!/^[0-9][0-9]+:[0-9][0-9]:[0-9][0-9]\.[0-9][0-9][0-9]  +[^ ]/ { print "no moment, or nothing is said: " $0; exit 1 }
		{ split($1, t, /[:.]/); now = ((t[1] * 60 + t[2]) * 60 + t[3]) * 1000 + t[4] }
		now < before { print "before the line above it: " $0; exit 1 }
		{ before = now }' "$1" || failed 'a line of the story'
	if LC_ALL=C grep -n '[^[:print:]]' "$1" >"$work/odd"; then
		failed "what nobody can read: $(head -n 1 "$work/odd" | od -c | head -n 3)"
	fi
}

has() {
	grep -qE "$2" "$1" || failed "no line in the story like: $2"
}

if [ $# -eq 1 ]; then
	for seed in 7 8; do
		"$program" --seed "$seed" --trace >"$work/$seed" || failed "seed $seed"
		"$program" --seed "$seed" --trace >"$work/again" || failed "seed $seed"
		cmp "$work/$seed" "$work/again" || failed "seed $seed is told in two ways"
		check_lines "$work/$seed"
		# The legend, who there is, what is drawn; and what happens.
		has "$work/$seed" '  how to read it: '
		has "$work/$seed" '    package 320100 5\+2 of 7: entries 5 and 6, proven into the head of 7$'
		has "$work/$seed" '  320000, the first node$'
		has "$work/$seed" '  3201[0-9][0-9], below 32'
		has "$work/$seed" '  who makes a quorum: '
		has "$work/$seed" '  case [a-z-]+: .*; in the end '
		has "$work/$seed" '  case [a-z-]+ comes to pass: '
		has "$work/$seed" '  320000 admits 32[0-9]{4}$'
		has "$work/$seed" '  32[0-9]{4} registers [0-9]+ records?$'
		has "$work/$seed" '  32[0-9]{4} answers 32[0-9]{4}, [0-9]+ bytes:.* package 32[0-9]{4} [0-9]+\+[0-9]+ of [0-9]+'
		has "$work/$seed" '  from here on nothing bad happens$'
		tail -n 1 "$work/$seed" >"$work/last"
		has "$work/last" "^seed $seed: [1-9][0-9]* nodes, [1-9][0-9]* steps, [0-9]+\.[0-9] virtual hours, [1-9][0-9]* entries of \
.* [1-9][0-9]* signatures really checked; "
	done
	cmp -s "$work/7" "$work/8" && failed 'two seeds are one story'
	exit "$bad"
fi

"$program" --without "$2" --case "$3" --seeds 20 >"$work/campaign" || failed "without $2"
sed -n 's/^seed [0-9]* FAILED after [0-9]* virtual minutes: //p' "$work/campaign" | head -n 1 >"$work/failure"
command=$(sed -n 's/^  its story: //p' "$work/campaign" | head -n 1)
[ -s "$work/failure" ] && [ -n "$command" ] || failed 'no failing seed says how it is told again'
if sh -c "$command" >"$work/story"; then
	failed "it passes: $command"
fi
check_lines "$work/story"
grep -qF "  FAILED: $(cat "$work/failure")" "$work/story" || failed "'$command' does not end like this: $(cat "$work/failure")"
grep -qF "  its story: $command" "$work/story" || failed "it does not say again: $command"
sh -c "${command#YW_FAULT=* }" >"$work/story" || failed "with the guard it fails too: ${command#YW_FAULT=* }"
exit "$bad"
