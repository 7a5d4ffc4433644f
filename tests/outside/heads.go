// heads.go - beats and proofs of a log judged by the packages behind Go's checksum database, which know
// nothing of this project: golang.org/x/mod/sumdb note and tlog.
//
//	heads NAME	reads NAME.log, NAME.beat, NAME.keys, NAME.proofs as tests/outside/state.c writes them
//
// Exit code 0: the leaves give the head's root, every line of the beat is good, every proof leads to that root.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error, what string) {
	if err != nil {
		log.Fatalf("%s: %v", what, err)
	}
}

func read(name, kind string) []byte {
	data, err := os.ReadFile(name + "." + kind)
	must(err, kind)
	return data
}

// hashes is a log in memory, in the package's own order of hashes.
type hashes []tlog.Hash

func (h hashes) ReadHashes(at []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(at))
	for i, n := range at {
		if n >= int64(len(h)) {
			return nil, fmt.Errorf("no hash %d", n)
		}
		out[i] = h[n]
	}
	return out, nil
}

func tree(frames []byte) (hashes, []tlog.Hash) {
	var all hashes
	var leaves []tlog.Hash
	for len(frames) > 0 {
		size := binary.BigEndian.Uint32(frames)
		leaf := frames[4 : 4+size]
		more, err := tlog.StoredHashes(int64(len(leaves)), leaf, all)
		must(err, "leaf")
		all = append(all, more...)
		leaves = append(leaves, tlog.RecordHash(leaf))
		frames = frames[4+size:]
	}
	return all, leaves
}

// cosigner is C2SP's cosignature/v1, for which the package has room but no code.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 72 {
		return false
	}
	text := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig), msg)
	return ed25519.Verify(c.key, []byte(text), sig[8:])
}

func verifier(vkey string) note.Verifier {
	parts := strings.SplitN(vkey, "+", 3)
	key, err := base64.StdEncoding.DecodeString(parts[2])
	must(err, "key")
	if key[0] != 4 {
		v, err := note.NewVerifier(vkey)
		must(err, "key")
		return v
	}
	sum := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	hash := binary.BigEndian.Uint32(sum[:])
	if fmt.Sprintf("%08x", hash) != parts[1] {
		log.Fatalf("key %s: another key id", parts[0])
	}
	return cosigner{parts[0], hash, key[1:]}
}

// openBeat gives size and root of a beat on which every line is by one of these keys.
func openBeat(beat, keys []byte) (int64, tlog.Hash) {
	var known []note.Verifier
	for _, vkey := range strings.Split(strings.TrimSuffix(string(keys), "\n"), "\n") {
		known = append(known, verifier(vkey))
	}
	n, err := note.Open(beat, note.VerifierList(known...))
	must(err, "beat")
	if len(n.UnverifiedSigs) != 0 || len(n.Sigs) < 2 {
		log.Fatalf("beat: %d lines verify, %d do not", len(n.Sigs), len(n.UnverifiedSigs))
	}
	var origin, root string
	var size int64
	_, err = fmt.Sscanf(n.Text, "%s\n%d\n%s\n", &origin, &size, &root)
	must(err, "head")
	h, err := tlog.ParseHash(root)
	must(err, "root")
	return size, h
}

// readProof takes the hashes of a line that must start so.
func readProof(line, start string) []tlog.Hash {
	var proof []tlog.Hash
	if !strings.HasPrefix(line+" ", start+" ") {
		log.Fatalf("%q does not start with %q", line, start)
	}
	for _, w := range strings.Split(line, " ")[3:] {
		h, err := tlog.ParseHash(w)
		must(err, "hash")
		proof = append(proof, h)
	}
	return proof
}

func main() {
	log.SetFlags(0)
	name := os.Args[1]
	all, leaves := tree(read(name, "log"))
	size, root := openBeat(read(name, "beat"), read(name, "keys"))
	is, err := tlog.TreeHash(size, all)
	must(err, "tree")
	if is != root {
		log.Fatalf("the leaves give another root than the head of size %d", size)
	}
	lines := strings.Split(strings.TrimSuffix(string(read(name, "proofs")), "\n"), "\n")
	if len(lines) != 2*int(size) {
		log.Fatalf("%d proofs for %d entries", len(lines), size)
	}
	for i, line := range lines {
		n := int64(i / 2)
		start := fmt.Sprintf("inclusion %d %d", n, size)
		if i%2 == 1 {
			start = fmt.Sprintf("consistency %d %d", n+1, size)
		}
		proof := readProof(line, start)
		if i%2 == 0 {
			must(tlog.CheckRecord(proof, size, root, n, leaves[n]), line)
			continue
		}
		old, err := tlog.TreeHash(n+1, all)
		must(err, "tree")
		must(tlog.CheckTree(proof, size, root, n+1, old), line)
	}
	fmt.Printf("%s: %d entries\n", name, size)
}
