#!/usr/bin/env python3
"""Logs, beats and proofs of stored ledgers, judged by Go's checksum database code (heads.go).

    heads_test.py OUTSIDE_STATE
"""
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile

from cases import case_is, run

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = tempfile.TemporaryDirectory()
ROOT = pathlib.Path(FOLDER.name)
SEED = int(os.environ.get('YW_SEED') or random.randrange(1 << 32))
GO = {**os.environ, 'GO111MODULE': 'off', 'GOFLAGS': '', 'GOPATH': f'{ROOT}/go:/usr/share/gocode',
      'GOCACHE': f'{ROOT}/cache'}         # Debian keeps the packages where GOPATH finds them
subprocess.run(['go', 'build', '-o', ROOT / 'heads', HERE / 'heads.go'], env=GO, check=True)
(ROOT / 'state').mkdir()
subprocess.run([sys.argv[1], ROOT / 'state'], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
BEATS = sorted((ROOT / 'state').glob('*/*.beat'))


def judged(beat):
    done = subprocess.run([ROOT / 'heads', beat.with_suffix('')], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    return done.returncode == 0, done.stdout.decode('utf-8', 'backslashreplace')


@case_is('R3 R4 R5 B9 roots, beats, receipts and proofs of every log at every node')
def good():
    sizes = []
    for beat in BEATS:
        stands, said = judged(beat)
        assert stands, said
        sizes.append(int(said.split()[-2]))
    assert len(sizes) > 12 and max(sizes) > 256, sizes


def flipped(rng, kind, sound):
    """One bit, of those that say something to Go: not so the last digit before padding, a last LF, the case of a key's id."""
    ids = [i for m in re.finditer(rb'\+[0-9a-f]{8}\+', sound) for i in range(*m.span())] if kind == 'keys' else []
    at = rng.choice([i for i in range(len(sound)) if sound[i + 1:i + 2] not in (b'=', b'')])
    bit = 1 << rng.choice([b for b in range(8) if b != 5 or at not in ids])
    return at, sound[:at] + bytes([sound[at] ^ bit]) + sound[at + 1:]


@case_is('R3 R4 a bit flipped in a leaf, a line or a proof')
def bent():
    rng = random.Random(SEED)
    for beat in [b for b in BEATS if b.parent.name in ('320000', 'long')]:
        for kind in ('log', 'beat', 'keys', 'proofs'):
            path = beat.with_suffix('.' + kind)
            sound = path.read_bytes()
            for _ in range(5):
                at, text = flipped(rng, kind, sound)
                path.write_bytes(text)
                assert not judged(beat)[0], f'{path.name}, byte {at}, YW_SEED={SEED}'
            path.write_bytes(sound)


if __name__ == '__main__':
    run()
