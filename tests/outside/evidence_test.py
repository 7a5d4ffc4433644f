#!/usr/bin/env python3
"""Two verifiers, one verdict: evidence files of the daemon's own making, and thousands of bent ones.

    evidence_test.py OUTSIDE_EVIDENCE       YW_SEED repeats a run
"""
import base64
import hashlib
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

import verify as v
from cases import case_is, run
from oneform import Refused

PROGRAM, SEED = sys.argv[1], int(os.environ.get('YW_SEED') or random.randrange(1 << 32))
BENT = 2000


def line_of(d):
    """A verdict in the words of evidence.c."""
    if 'size_a' in d:
        instead = [d['instead']] if d['size_a'] != d['size_b'] else []
        words = ['contradiction', d['origin'], d['size_a'], d['size_b'], d['root_a'], d['root_b'], *instead]
        return ' '.join(map(str, words + ['via', *d['via']]))
    words = ['record', d['origin'], d['index'], d['item'], d['signed_at'], d['body_sha256'],
             'withheld' if d['body'] is None else d['body'].hex(), 'network', d['network_version'],
             'size', d['size'], 'owner', d['owner_time'], d['quorum'], d['existed_by'],
             'after', d['not_before'] or 0, 'via', *d['via']]
    for r in d['rosters']:
        words += ['roster', *r]
    for code, time in sorted(d['receipts'].items()):
        words += ['receipt', code, time]
    return ' '.join(map(str, words))


def judge(network, data):
    kind = v.verify_evidence if data.startswith(b'yiwang-evidence/v1 record\n') else v.verify_contradiction
    try:
        return line_of(kind(network, data))
    except Refused as why:
        return f'refused {why}'


def seal(data):
    """The last line recomputed."""
    return data[:-72] + b'sha256 %s\n' % hashlib.sha256(data[:-72]).hexdigest().encode()


class Scene:
    """A file of the daemon's, its network file, and the daemon's own judgement on whatever it is handed."""

    def __init__(self, path):
        self.name, self.good = path.stem, path.read_bytes()
        self.network_path = path.with_suffix('.network')
        self.network = v.Network(self.network_path.read_bytes())
        self.daemon = None

    def daemon_says(self, data):
        if not self.daemon:
            self.daemon = subprocess.Popen([PROGRAM, 'judge', self.network_path], stdin=subprocess.PIPE,
                                           stdout=subprocess.PIPE)
        self.daemon.stdin.write(struct.pack('>I', len(data)) + data)
        self.daemon.stdin.flush()
        return self.daemon.stdout.readline().decode('utf-8', 'backslashreplace').rstrip('\n')

    def both_say(self, data, how):
        """The verdict, which must be the same; '' if both refuse."""
        ours, theirs = judge(self.network, data), self.daemon_says(data)
        if ours.startswith('refused ') and theirs.startswith('refused '):
            return ''
        if ours != theirs:
            pathlib.Path('disagreement').write_bytes(data)
        assert ours == theirs, f'{self.name}, {how}, YW_SEED={SEED}\nverify.py: {ours}\ndaemon:    {theirs}'
        return ours


def scenes():
    folder = tempfile.TemporaryDirectory()
    subprocess.run([PROGRAM, 'make', folder.name], check=True)
    files = sorted(p for p in pathlib.Path(folder.name).iterdir() if p.suffix != '.network')
    return folder, [Scene(p) for p in files]


FOLDER, SCENES = scenes()


@case_is('B12 L6 both verifiers give the same verdict on good files')
def good():
    verdicts = {s.name: s.both_say(s.good, 'as made') for s in SCENES}
    assert all(verdicts.values()), verdicts
    assert ' met 1700000250 ' in verdicts['met'] and ' not-met 0 ' in verdicts['not-met']
    assert ' withheld ' in verdicts['withheld'] and ' after 1690000500 ' in verdicts['not-before']
    assert ' after 0 ' in verdicts['weak-not-before']
    for s in SCENES:                            # and none by the network file of somebody else
        others = {o.network.text: o for o in SCENES if o.network.text != s.network.text}
        assert not [o.name for o in others.values() if o.both_say(s.good, f'by {o.name}')]


def with_byte(rng, data):
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ rng.randrange(1, 256)]) + data[at + 1:], f'byte {at}'


@case_is('B12 L6 a byte changed anywhere is refused by the last line')
def changed():
    rng = random.Random(SEED)
    for _ in range(BENT):
        s = rng.choice(SCENES)
        bent, how = with_byte(rng, s.good)
        assert not s.both_say(bent, how), f'{s.name}: {how}'


@case_is('B12 L6 with the last line recomputed both verifiers say the same')
def changed_and_sealed():
    rng, stood = random.Random(SEED), 0
    for _ in range(BENT):
        s = rng.choice(SCENES)
        bent, how = with_byte(rng, s.good[:-72])
        stood += bool(s.both_say(seal(bent + bytes(72)), how))
    assert stood < BENT // 4, stood


def bend_inside(rng, value):
    """A base64 value with something else in it."""
    data = bytearray(base64.b64decode(value))
    at, how = rng.randrange(len(data)), rng.randrange(4)
    if how == 0:
        data[at] ^= 1 << rng.randrange(8)
    elif how == 1:
        del data[at:at + rng.choice((1, 32, 60))]
    elif how == 2:
        data[at:at] = data[at:at + rng.choice((1, 2, 32))]
    else:
        data[at] = rng.randrange(256)
    return base64.b64encode(bytes(data))


def with_lines(rng, lines, others):
    """Lines left out, doubled, exchanged, taken from another file, or with something else in them."""
    at, what = rng.randrange(len(lines)), rng.choice(('out', 'twice', 'swap', 'other', 'add', 'inside', 'inside'))
    other, lines = rng.randrange(len(lines)), list(lines)
    if what == 'out':
        del lines[at:at + rng.randrange(1, 4)]
    elif what == 'twice':
        lines.insert(other, lines[at])
    elif what == 'swap':
        lines[at], lines[other] = lines[other], lines[at]
    elif what == 'other':
        lines[at] = rng.choice(others)
    elif what == 'add':
        lines.insert(at, rng.choice(others))
    else:
        word, _, value = lines[at].partition(b' ')
        if value and word not in (b'item', b'hash', b'mirror', b'yiwang-evidence/v1'):
            lines[at] = word + b' ' + bend_inside(rng, value)
    return lines, f'{what} at line {at}'


@case_is('B12 L6 lines moved, mended and borrowed: both verifiers say the same')
def shuffled():
    rng, stood = random.Random(SEED), 0
    others = [line for s in SCENES for line in s.good.split(b'\n')[1:-2]]
    for _ in range(BENT):
        s = rng.choice(SCENES)
        lines, how = s.good.split(b'\n')[:-2], []
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            lines, what = with_lines(rng, lines or [b''], others)
            how.append(what)
        stood += bool(s.both_say(seal(b'\n'.join(lines) + b'\n' + bytes(72)), ', '.join(how)))
    assert 0 < stood < BENT // 2, stood


if __name__ == '__main__':
    run()
