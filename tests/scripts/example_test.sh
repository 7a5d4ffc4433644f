#!/bin/sh
# The example of proto/README.md (section 6): its bytes are the envelope that it says they are, the
# leaf hash is theirs, and openssl accepts the signature over the DSSE encoding with the key it prints.
set -eu
readme=$1
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
sed -n '/^## 6 /,/^## 7 /p' "$readme" >"$here/section"

case_is() {
	echo "$1"
}
# between FROM TO: the hex in the lines from one that matches FROM up to one that matches TO.
between() {
	sed -n "/$1/,/$2/p" "$here/section" | sed 's/  *[1-9]  *[a-z_][a-z_0-9]*  .*//; s/  *[0-9] [a-z].*//' |
		grep '^    ' | sed 's/<.*>//' | tr -dc '0-9a-f\n' | tr -d '\n'
}
# bytes HEX: as bytes.  perl is part of every Debian.
bytes() {
	printf '%s' "$1" | perl -0777 -ne 'print pack("H*", $_)'
}

payload=$(between '^    0a 15' '^          5172')
envelope=0a66$payload$(between '^    12 28' '^                ffe')
case_is "B1 B2 the example is an envelope with the leaf hash that it says"
if [ "${#payload}" != 204 ] || [ "${#envelope}" != 428 ]; then
	echo "the example has another length: payload $payload envelope $envelope"
	exit 1
fi
leaf=$(bytes "00$envelope" | sha256sum | cut -d ' ' -f 1)
grep -q "leaf hash is \`$leaf\`" "$here/section" || {
	echo "the leaf hash of the example is $leaf"
	exit 1
}

case_is "B1 B4 openssl accepts the signature of the example over its DSSE encoding"
public=$(sed -n 's/^    entry public *//p' "$here/section")
bytes "302a300506032b6570032100$public" >"$here/public.der" # RFC 8410, section 4
{
	printf 'DSSEv1 40 application/vnd.yiwang.entry.v1+protobuf 102 '
	bytes "$payload"
} >"$here/pae"
bytes "$(printf '%s' "$envelope" | tail -c 128)" >"$here/sig"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$here/public.der" -rawin -in "$here/pae" \
	-sigfile "$here/sig"
case_is "B2 the example holds the hash of its body"
[ "$(bytes "$payload" | tail -c 32 | perl -0777 -ne 'print unpack("H*", $_)')" = \
	"$(printf 'record 0' | sha256sum | cut -d ' ' -f 1)" ]
