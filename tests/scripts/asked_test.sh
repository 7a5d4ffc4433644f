#!/bin/sh
# In tests/cli a line plays the daemon: "? method {parameters}".  Each of these is a method that the daemon has
# (daemon/service/service.c), with parameters of those names: else the command would be tested against what no daemon says.
set -eu
methods=$(mktemp)
trap 'rm -f "$methods"' EXIT
sed -n '/^} methods\[\] = {/,/^};/p' daemon/service/service.c | tr -d '\n' | sed 's/},/&\n/g' |
	awk -v access="$(sed -n 's/^#define ACCESS "\(.*\)"$/\1/p' daemon/service/service.c)" \
	    -v reach="$(sed -n 's/^#define REACH "\(.*\)"$/\1/p' daemon/service/service.c)" \
	    -v place="$(sed -n 's/^#define PLACE "\(.*\)"$/\1/p' daemon/service/service.c)" '
	match($0, /\{ "[a-z._]+", /) {
		name = substr($0, RSTART + 3, RLENGTH - 6)
		rest = substr($0, RSTART + RLENGTH)
		sub(/ACCESS/, access, rest)
		sub(/REACH/, reach, rest)
		sub(/PLACE/, place, rest)
		gsub(/["},]/, " ", rest)
		print name, rest
	}' >"$methods"
[ "$(wc -l <"$methods")" -ge 30 ] || {
	echo "daemon/service/service.c has no table of methods"
	exit 1
}
cat tests/cli/*.in | sed 's/\\"/"/g' | awk -v methods="$methods" '
	BEGIN {
		while ((getline line <methods) > 0) {
			n = split(line, word, " ")
			has[word[1]] = 1
			for (i = 2; i <= n; i++)
				takes[word[1], word[i]] = 1
		}
	}
	# The names at the top of the object that the text begins with.
	function check(method, text,    depth, i, c, from, name) {
		for (i = 1; i <= length(text); i++) {
			c = substr(text, i, 1)
			if (c == "{" || c == "[")
				depth++
			else if ((c == "}" || c == "]") && --depth == 0)
				return
			else if (c == "\"") {
				from = i + 1
				do
					i++
				while (i <= length(text) && substr(text, i, 1) != "\"")
				name = substr(text, from, i - from)
				if (depth == 1 && substr(text, i + 1, 1) == ":" && !((method, name) in takes)) {
					print "a command is tested with parameter \x27" name "\x27 of " method ", which the daemon refuses"
					bad = 1
				}
			}
		}
	}
	{
		rest = $0
		while (match(rest, /\? [a-z]+[a-z._]* /)) {
			method = substr(rest, RSTART + 2, RLENGTH - 3)
			rest = substr(rest, RSTART + RLENGTH)
			asked++
			if (!(method in has)) {
				print "a command is tested with method \x27" method "\x27, which the daemon does not have"
				bad = 1
			} else if (substr(rest, 1, 1) == "{")
				check(method, rest)
		}
	}
	END {
		if (asked < 50) {
			print "tests/cli asks only " asked " times"
			bad = 1
		}
		exit bad
	}'
