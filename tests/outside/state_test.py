#!/usr/bin/env python3
"""Stored entries and bodies in other hands: the digest made anew, and what other people's tools say of them.

    state_test.py OUTSIDE_STATE
"""
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from unittest import mock

from cases import case_is, run
from digest import Replica, read_frames
from oneform import decode
from verify import ENTRY_TYPE, Network, pae

PROTO = pathlib.Path(__file__).resolve().parents[2] / 'proto'
FOLDER = tempfile.TemporaryDirectory()
ROOT = pathlib.Path(FOLDER.name)
MADE = subprocess.run([sys.argv[1], ROOT], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
assert MADE.returncode == 0, MADE.stdout.decode()


def digests(node):
    """What the daemon's code says, and what we say: {code: digest or None}."""
    said = dict(line.split() for line in (ROOT / node / 'digests').read_text().splitlines())
    replica = Replica(Network((ROOT / node / 'network').read_bytes()), ROOT / node)
    return said, {code: replica.digest(code) or 'incomplete' for code in said}


@case_is('S4 the digest of every code at every node, made anew from logs and bodies')
def ordinary():
    nodes = ['320000', '320100', '320200', '320102']
    both = [digests(n) for n in nodes]
    for theirs, ours in both:
        assert theirs == ours and len(ours) == 4 and 'incomplete' not in ours.values(), (theirs, ours)
    assert all(b == both[0] for b in both), both            # whatever else each of them may see
    for kind in ('log', 'bodies/*'):                        # and each byte of it counts
        path = next(p for p in sorted((ROOT / '320000').glob('*320102.log' if kind == 'log' else kind)))
        good = path.read_bytes()
        path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        assert digests('320000')[1] != both[0][1]
        path.write_bytes(good)


@case_is('S4 B5 B6 B7 R5 what a record must be to be held, and no digest where one may not be')
def odd():
    for name in ('sound', 'long', 'later-field', 'other-kind', 'no-kind', 'no-operation', 'later-kind', 'later-operation',
                 'other-signer', 'later-entry', 'lost', 'lost-held', 'lost-bad-form'):
        theirs, ours = digests(name)
        assert theirs == ours and re.fullmatch('[0-9a-f]{64}', ours['320102']), (name, theirs, ours)
    for name in ('bad-form', 'other-code', 'no-id', 'absent', 'absent-kept'):
        theirs, ours = digests(name)
        assert theirs == ours and ours['320102'] == 'incomplete', (name, theirs, ours)


@case_is('S4 V6 what its owner declared lost is as if nobody held it')
def lost():
    one, other = digests('lost')[1]['320102'], digests('lost-held')[1]['320102']
    assert one == other != digests('sound')[1]['320102'], (one, other)


@case_is('S4 V6/erasure an erasure in its form erases, its id reads so, and its bodies are not missed')
def erased():
    names = sorted(path.name for path in ROOT.iterdir() if path.name.startswith('erased-'))
    said = {name: digests(name) for name in names}
    for name, (theirs, ours) in said.items():
        assert theirs == ours and re.fullmatch('[0-9a-f]{64}', ours['320102']), (name, theirs, ours)
        with mock.patch('digest.erasure_of', lambda *_: []):        # and it is what makes it so
            assert digests(name)[1]['320102'] != ours['320102'], name
    assert len(names) == 8 and said['erased-all'] == said['erased-unseen']
    left = {name: len(list((ROOT / name / 'bodies').iterdir())) for name in names}
    assert (left['erased-last'], left['erased-all'], left['erased-half'], left['erased-again']) == (2, 0, 2, 3), left


def whatever_it_says(entry, *_):
    erasure = entry['trust'] and entry['trust']['erasure']
    return [(r['id'], r['places']) for r in erasure['records']] if erasure else []


@case_is('S4 V6/erasure one of any other form has no effect')
def void_erasures():
    names = sorted(path.name for path in ROOT.iterdir() if path.name.startswith('void-'))
    for name in names:
        theirs, ours = digests(name)
        assert theirs == ours and re.fullmatch('[0-9a-f]{64}', ours['320102']), (name, theirs, ours)
        assert len(list((ROOT / name / 'bodies').iterdir())) == 3, name
        with mock.patch('digest.erasure_of', whatever_it_says):     # and it is the form that makes it so
            assert name == 'void-none' or digests(name)[1]['320102'] != ours['320102'], name
    assert len(names) == 13, names


@case_is('S4 V6/erasure T10 of a record in its life, by its owner or who acts for it, every node says the same, and so do we')
def erased_lives():
    seen = set()
    for when in ('before', 'after', 'merged'):
        both = [digests(f'{when}-{code}') for code in ('320000', '320100', '320200', '320102')]
        for theirs, ours in both:
            assert theirs == ours == both[0][1] and 'incomplete' not in ours.values(), (when, theirs, ours)
        seen.add(ours['320102'])
    assert len(seen) == 3


@case_is('S4 L6 two heads of a log stand in the digest')
def frozen():
    theirs, ours = digests('frozen')
    assert theirs == ours and 'incomplete' not in ours.values(), (theirs, ours)
    heads = next((ROOT / 'frozen').glob('*.heads'))
    good = heads.read_bytes()
    pair = read_frames(heads)
    heads.write_bytes(b''.join(struct.pack('>I', len(p)) + p for p in reversed(pair)))
    assert digests('frozen')[1]['320100'] != ours['320100']     # the order counts
    heads.write_bytes(b'')
    assert digests('frozen')[1]['320100'] != ours['320100']
    heads.write_bytes(good)


def tool(*words, data=b''):
    return subprocess.run(words, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)


def protoc(message, data):
    done = tool('protoc', f'--proto_path={PROTO}', f'--decode=yiwang.v1.{message}', 'yiwang/v1/record.proto',
                'yiwang/v1/entry.proto', data=data)
    assert done.returncode == 0, (message, data.hex())
    return done.stdout.decode()


def openssl_accepts(key, data, signature):
    with tempfile.TemporaryDirectory() as here:
        names = {'key': bytes.fromhex('302a300506032b6570032100') + key, 'data': data, 'sig': signature}
        for name, content in names.items():                 # RFC 8410, section 4
            pathlib.Path(here, name).write_bytes(content)
        return tool('openssl', 'pkeyutl', '-verify', '-pubin', '-keyform', 'DER', '-inkey', f'{here}/key', '-rawin',
                    '-in', f'{here}/data', '-sigfile', f'{here}/sig').returncode == 0


@case_is('B1 B2 B5 protoc reads stored entries and bodies, openssl their signatures, sha256sum their hashes')
def tools():
    leaves = read_frames(next((ROOT / '320000').glob('*320102.log')))
    bodies = list((ROOT / '320000' / 'bodies').iterdir())
    registered = b''
    for leaf in leaves:
        envelope = decode('Envelope', leaf)
        assert f'payload_type: "{ENTRY_TYPE.decode()}"' in protoc('Envelope', leaf)
        said = protoc('Entry', envelope['payload'])
        assert 'origin: "onenet.example/320102"' in said and ('trust {' in said) != ('body_sha256: ' in said), said
        entry = decode('Entry', envelope['payload'])
        registered += entry['body_sha256']
        signed, signature = pae(ENTRY_TYPE, envelope['payload']), envelope['signatures'][0]['sig']
        assert openssl_accepts(entry['signer'], signed, signature)
        assert not openssl_accepts(entry['signer'], signed + b' ', signature)
    hashes = {registered[i:i + 32].hex() for i in range(0, len(registered), 32)}
    found = 0
    for path in bodies:
        said = tool('sha256sum', path).stdout.split()[0].decode()
        record = protoc('Record', path.read_bytes())
        assert said == path.name and 'operation: OPERATION_' in record, record
        found += said in hashes and 'id: "320102/demand/' in record
    assert len(leaves) > 9 and found == 9, (len(leaves), found)


if __name__ == '__main__':
    assert all(map(shutil.which, ('protoc', 'openssl', 'sha256sum')))
    run()
