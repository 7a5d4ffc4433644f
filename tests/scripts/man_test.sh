#!/bin/sh
# man_test.sh YIWANG: the manual says what the command and the configuration have, no more and no less.
#
# yiwang(1) has every command with every option of its own; yiwang.yaml(5) has the table of keys, which
# `man_test.sh --answer` writes there anew; mandoc finds nothing to say about any page.
set -eu
pages=daemon/man
example=node-config/yiwang.yaml.example

# keys: the list as the example, which is made from the table, has it.
keys() {
	awk -v example="$example" '
		/^# \(/ { allowed = substr($0, 4, length($0) - 4); next }
		/^# / { help = substr($0, 3); next }
		/^[a-z_]+:/ {
			key = $1; sub(/:$/, "", key)
			value = $0; sub(/^[a-z_]+: ?/, "", value)
			while (value == "" && (getline line <example) > 0)	# a list: its first line stands for all
				if (line ~ "^" key ":" && (getline line <example) > 0) { value = line; sub(/^ *[a-z_]+: /, "", value) }
			needed = sub(/; must be given$/, "", allowed)
			printf ".It Cm %s\n%s.\nAllowed: %s.\n", key, help, allowed
			print needed ? "It must be given." : "Default: " value "."
		}' "$example"
}

page() {
	awk -v keys="$work/keys" '
		/^\.\\" The list is made/ { print; print ".Bl -tag -width Ds"; while ((getline line <keys) > 0) print line; skip = 1 }
		/^\.\\" end of the list/ { print ".El"; skip = 0 }
		!skip { print }' "$pages/yiwang.yaml.5"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
keys >"$work/keys"
page >"$work/page"
if [ "$1" = --answer ]; then
	cp "$work/page" "$pages/yiwang.yaml.5"
	exit
fi
bad=0
diff -u "$pages/yiwang.yaml.5" "$work/page" || bad=1

# What stands in the page under a command: its .It lines.
LC_ALL=C "$1" --help | sed -n 's/^  \([a-z][a-z ]*[a-z]\)  *[A-Z].*/\1/p' | sed 's/ *$//' >"$work/commands"
[ -s "$work/commands" ] || { echo 'no commands are listed'; bad=1; }
while read -r command; do
	sed -e ':a' -e '/\\$/{N; s/ *\\\n/ /; ta' -e '}' "$pages/yiwang.1" | grep -E "^\.It Cm $command( |\$)" >"$work/here" || {
		echo "yiwang.1 has no command '$command'"
		bad=1
		continue
	}
	# shellcheck disable=SC2086 # one or two words
	for option in $(LC_ALL=C "$1" $command --help | sed -n 's/^  \(-., \)\{0,1\}--\([a-z-]*\).*/\2/p'); do
		case $option in
		json | config | socket | help) continue ;;
		out) option=o ;;
		esac
		grep -qE "Fl (Fl )?$option( |\$)" "$work/here" || {
			echo "yiwang.1: '$command' has no --$option"
			bad=1
		}
	done
done <"$work/commands"
grep -E '^\.It Cm [a-z]' "$pages/yiwang.1" | sed 's/^\.It Cm //' | while read -r line; do
	while read -r command; do
		case "$line " in "$command "*) continue 2 ;; esac
	done <"$work/commands"
	echo "yiwang.1 has a command that there is not: $line"
	exit 1
done || bad=1

for page in "$pages"/*.[158]; do
	mandoc -T lint -W warning "$page" || bad=1
done
exit "$bad"
