#!/bin/sh
# Each row of "What happens when ..." in README.md names tests, and each of these exists: `file`: "words of a case's name"
# and perhaps more of that file's.  Words in a comment, a message or a check are no name: they are looked for in the file's
# table of cases, and in .what and .holds of a case of the simulation.
set -eu
rows=$(awk '/^## /{on = /^## What happens when/} on' README.md | sed -n '/^|---/,/^$/{/^| /p}')
[ -n "$rows" ] || {
	echo "README.md has no table of what happens when"
	exit 1
}

# What a network is made to outlive: its first column, in these words.
bad=0
while IFS= read -r event; do
	printf '%s\n' "$rows" | grep -qF -e "| $event |" || {
		echo "README.md does not say what happens when $event"
		bad=1
	}
done <<'EVENTS'
the disk is lost
an old backup is put back
a machine is copied, and both run
a key is stolen
a key is lost
the node above withholds or lies
a county is merged into another
the disk is full
the clock is wrong
EVENTS

# The names of a file's cases, a line each.
names() {
	case $1 in
	*.c) awk '
		/^(YW_TESTS\(|static const struct yw_case )/ { table = 1 }
		/^};/ { table = 0 }
		{
			rest = $0
			for (;;) {
				if (comment) {
					if (!(end = index(rest, "*/")))
						break
					rest = substr(rest, end + 2)
					comment = 0
				}
				if (!match(rest, /\/\*|\/\/|"([^"\\]|\\.)*"/))
					break
				before = substr(rest, 1, RSTART - 1)
				token = substr(rest, RSTART, RLENGTH)
				rest = substr(rest, RSTART + RLENGTH)
				if (token == "//")
					break
				if (token == "/*")
					comment = 1
				else if ((table && before ~ /[{] $/) || before ~ /^\t\.(what|holds) = $/)
					print substr(token, 2, length(token) - 2)
			}
		}' "$1" ;;
	*) sed -n "s/^@\{0,1\}case_is[ (]['\"]\(.*\)['\"])\{0,1\}\$/\1/p" "$1" ;;
	esac
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
	while IFS='	' read -r file words event; do
		[ "$file" = - ] && echo "no test is named where $event" && bad=1 && continue
		{ [ -f "$file" ] && names "$file" | grep -qF -e "$words"; } || {
			echo "where $event: $file has no case \"$words\""
			bad=1
		}
	done
	exit "$bad"
}
