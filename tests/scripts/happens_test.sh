#!/bin/sh
# Each row of "What happens when ..." in README.md names tests, and each of these exists: `file`: "words of a case's name".
set -eu
rows=$(sed -n '/^## What happens when/,/^## A tour/p' README.md | sed -n '/^|---/,/^$/{/^| /p}')
[ "$(printf '%s\n' "$rows" | wc -l)" -ge 15 ] || {
	echo "README.md has no table of what happens when"
	exit 1
}
printf '%s\n' "$rows" | {
	bad=0
	while IFS= read -r row; do
		event=$(printf '%s\n' "$row" | cut -d '|' -f 2)
		named=$(printf '%s\n' "$row" | grep -oE '`[a-z_/]+\.(c|py|sh)`: "[^"]+"') || {
			echo "no test is named where$event"
			bad=1
			continue
		}
		printf '%s\n' "$named" >"${TMPDIR:-/tmp}/happens.$$"
		while IFS= read -r test; do
			file=tests/$(printf '%s\n' "$test" | cut -d '`' -f 2)
			words=$(printf '%s\n' "$test" | cut -d '"' -f 2)
			grep -qF -e "$words" "$file" 2>/dev/null || {
				echo "where$event: $file has no \"$words\""
				bad=1
			}
		done <"${TMPDIR:-/tmp}/happens.$$"
		rm -f "${TMPDIR:-/tmp}/happens.$$"
	done
	exit "$bad"
}
