#!/bin/sh
# scripts/dependencies beside programs that only write down how they were called: nothing is ever installed.
#
# PATH holds no others, so that not even a mistake here reaches the machine's own apt-get.
set -eu
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
mkdir "$here/bin" "$here/tmp"
TMPDIR=$here/tmp
export TMPDIR here
for program in sh env mktemp rm tail; do ln -s "$(command -v "$program")" "$here/bin/$program"; done

# stub NAME LINE...: a program of that name.
stub() {
	name=$1
	shift
	printf '%s\n' '#!/bin/sh' "$@" >"$here/bin/$name"
	chmod +x "$here/bin/$name"
}
# as USER [without-sudo]
as() {
	stub id "echo $1"
	stub sudo 'echo "sudo $*" >>"$here/called"' 'exec "$@"'
	[ "${2-}" = '' ] || rm "$here/bin/sudo"
}
# missing PACKAGE...: all others are installed.
missing() {
	stub dpkg-query "case ' $* ' in *\" \$3 \"*) exit 1 ;; esac" 'echo installed'
}

# run STATUS WORD...
run() {
	want=$1 status=0
	shift
	rm -f "$here/called"
	PATH=$here/bin scripts/dependencies "$@" >"$here/out" 2>"$here/err" </dev/null || status=$?
	[ "$status" = "$want" ] || bad "status $status instead of $want"
	[ -z "$(ls "$here/tmp")" ] || bad 'a file is left'
}
bad() {
	cat "$here/out" "$here/err" "$here/called" 2>/dev/null || :
	echo "dependencies: $1"
	exit 1
}
# is FILE LINE...: it holds just these.
is() {
	file=$1
	shift
	printf '%s\n' "$@" >"$here/want"
	diff "$here/want" "$here/$file" || bad "see $file"
}

stub apt-get 'echo "apt-get $*" >>"$here/called"'
install='apt-get install -y -qq --no-install-recommends'

missing
as 0
run 0
run 0 test
[ ! -e "$here/called" ] && [ ! -s "$here/out" ] || bad 'nothing is missing'

missing libnng-dev libcsv-dev mandoc
run 0
is out 'dependencies: installing libnng-dev libcsv-dev'
is called 'apt-get update -qq' "$install libnng-dev libcsv-dev"
run 0 test
is called 'apt-get update -qq' "$install libnng-dev libcsv-dev mandoc"

as 1000
run 0
is called 'sudo apt-get update -qq' 'apt-get update -qq' \
	"sudo env DEBIAN_FRONTEND=noninteractive $install libnng-dev libcsv-dev" "$install libnng-dev libcsv-dev"

as 1000 without-sudo
run 1
is err "dependencies: packages are missing and there is no sudo: as root, $install libnng-dev libcsv-dev"
[ ! -e "$here/called" ] && [ ! -s "$here/out" ] || bad 'nothing can be done'

# Old lists will do; what cannot be had is one line with apt-get's reason.
as 0
stub apt-get '[ "$1" = install ]'
run 0
stub apt-get 'echo "Reading package lists..."' 'echo "E: Unable to locate package libnng-dev" >&2' 'exit 100'
run 1
is err "dependencies: unable to install: E: Unable to locate package libnng-dev ($install libnng-dev libcsv-dev)"

run 2 tests
is err 'usage: scripts/dependencies [test]'

# What the tests look for is what the list installs.
sed -n 's/^set(package_[a-z0-9]* \([a-z0-9-]*\))$/\1/p' tests/CMakeLists.txt >"$here/packages"
[ -s "$here/packages" ] || bad 'tests/CMakeLists.txt names no packages'
while read -r package; do
	grep -qE "^tests=.*[\" ]$package[\" ]" scripts/dependencies || bad "$package is not in the list of the tests"
done <"$here/packages"

# What README.md explains is that list, no more and no less.
sed -n '/^## What it stands on/,/^## Speed/s/^| \(`[^|]*\) |.*/\1/p' README.md | grep -o '[a-z0-9-]*' | sort >"$here/explained"
sed -n '/^build="/,/^tests="/p' scripts/dependencies | sed 's/^[a-z]*=//' | grep -o '[a-z0-9-]*' | sort >"$here/listed"
diff "$here/listed" "$here/explained" || bad 'README.md explains other packages'
