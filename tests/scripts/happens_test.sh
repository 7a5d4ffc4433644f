#!/bin/sh
# Each row of "What happens when ..." in README.md names tests, and each of these exists: `file`: "words of a case's name"
# and perhaps more of that file's.
set -eu
rows=$(awk '/^## /{on = /^## What happens when/} on' README.md | sed -n '/^|---/,/^$/{/^| /p}')
[ "$(printf '%s\n' "$rows" | wc -l)" -ge 15 ] || {
	echo "README.md has no table of what happens when"
	exit 1
}
printf '%s\n' "$rows" | awk '
	{
		split($0, cell, "|")
		rest = $0
		n = 0
		while (match(rest, /`[a-z_\/]+\.(c|py|sh)`: "[^"]+"(, "[^"]+")*/)) {
			named = substr(rest, RSTART, RLENGTH)
			rest = substr(rest, RSTART + RLENGTH)
			split(named, part, "`")
			k = split(named, words, "\"")
			for (i = 2; i <= k; i += 2) {
				n++
				print "tests/" part[2] "\t" words[i] "\t" cell[2]
			}
		}
		if (!n)
			print "-\t-\t" cell[2]
	}' | {
	bad=0
	while IFS='	' read -r file words event; do
		[ "$file" = - ] && echo "no test is named where $event" && bad=1 && continue
		grep -qF -e "$words" "$file" 2>/dev/null || {
			echo "where $event: $file has no \"$words\""
			bad=1
		}
	done
	exit "$bad"
}
