#!/usr/bin/env python3
"""The published vectors, read by the second implementation."""
import json
import os
import pathlib

import ed25519
import verify as v
from cases import case_is, refuses, run
from forge import key_set
from oneform import Refused, decode, decode_known
from tlog import (check_consistency, cosigned_at, key_id, leaf_hash, read_head, read_note, root_from_inclusion,
                  sha256, tree_root, unbase64)

VECTORS = pathlib.Path(os.environ.get('YW_SHARED', '../shared')) / 'vectors'
INSTANCE_TYPE = b'application/vnd.yiwang.instance.v1+protobuf'


def load(name):
    return json.loads((VECTORS / name).read_text(encoding='utf-8'))


OWN = load('yiwang/vectors.json')
ORIGIN = OWN['one_form']['origin']
KEYS = {k['label']: k for k in OWN['keys']}
NETWORK = OWN['network']['file'].encode()


@case_is('B4 the corner cases of Ed25519: the same set as every verifier of the network')
def cctv():
    def has(vector, *flags):
        return bool(set(flags) & set(vector['flags'] or []))
    good = both = 0
    for c in load('cctv/ed25519vectors.json'):
        key, signature = bytes.fromhex(c['key']), bytes.fromhex(c['sig'])
        verifies = ed25519.verifies(key, c['msg'].encode(), signature)
        assert verifies != has(c, 'low_order_A', 'non_canonical_A', 'low_order_R', 'non_canonical_R',
                               'low_order_residue', 'reencoded_k'), c
        assert ed25519.good_key(key) != has(c, 'low_order_A', 'low_order_component_A', 'non_canonical_A'), c
        good, both = good + verifies, both + (verifies and ed25519.good_key(key))
    assert (good, both) == (43, 1)


@case_is('B10 a key set from its seed')
def key_sets():
    for k in OWN['keys']:
        assert k['seed'] == sha256(f'yiwang vector {k["label"]}'.encode()).hex()
        *keys, session = key_set(k['label'])
        assert [x.public.hex() for x in keys] == [k[use + '_public'] for use in ('entry', 'head', 'cosign')]
        assert session.hex() == k['session_public']


@case_is('B10 B11 the network file and its hash')
def network_file():
    n = v.Network(NETWORK)
    assert (n.name, n.version, n.vkeys) == ('onenet.example', 1, [OWN['network']['root_vkey']])
    assert n.hash().hex() == OWN['network']['network_hash']
    assert n.first == [bytes.fromhex(OWN['requests'][0]['signed_request'])]
    for i in range(len(NETWORK)):
        bent = NETWORK[:i] + bytes([NETWORK[i] ^ 1]) + NETWORK[i + 1:]
        refuses(v.Network, bent)


@case_is('B10 T2 requests, and none with a bit flipped')
def requests():
    n = v.Network(NETWORK)
    for r, code in zip(OWN['requests'], KEYS):
        data = bytes.fromhex(r['signed_request'])
        if decode_known('Request', decode_known('SignedRequest', data)['request'])['key_set']:
            continue
        log = v.Log(n, data)
        assert [k.hex() for k in log.request.keys] == [KEYS[code][u + '_public']
                                               for u in ('entry', 'head', 'cosign', 'session')]
        for i in range(0, len(data), 3):
            refuses(v.Log, n, data[:i] + bytes([data[i] ^ 4]) + data[i + 1:])


@case_is('B1 B2 entries, what they sign, and their leaf hashes')
def entries():
    for e in OWN['entries']:
        leaf = bytes.fromhex(e['envelope'])
        assert leaf_hash(leaf).hex() == e['leaf_hash']
        assert v.pae(v.ENTRY_TYPE, bytes.fromhex(e['payload'])).hex() == e['pae']
        outcome, entry, why = v.read_leaf(ORIGIN, leaf)
        assert outcome == 'applied', (e['what'], why)
        assert entry['origin'] == ORIGIN and entry['signer'].hex() == KEYS['320100']['entry_public']
    assert [v.read_leaf(ORIGIN, bytes.fromhex(e['envelope']))[1]['body_sha256'][:32] for e in OWN['entries'][:2]] \
        == [sha256(b'record 0'), sha256(b'record 1')]


@case_is('B3 one form: what breaks a log, what is kept, what is applied')
def one_form():
    words = {'breaks': 'breaks', 'not applied': 'kept', 'applied': 'applied'}
    for c in OWN['one_form']['cases']:
        outcome, entry, why = v.read_leaf(ORIGIN, bytes.fromhex(c['envelope']))
        if c['what'] == 'a signer that was never admitted':     # which these bytes alone do not tell
            assert outcome == 'applied' and entry['signer'].hex() != KEYS['320100']['entry_public']
            continue
        assert outcome == words[c['outcome']], (c['what'], outcome, why)


@case_is('R4 roots, inclusion, head')
def roots():
    leaves = [bytes.fromhex(e['leaf_hash']) for e in OWN['entries']]
    for r in OWN['roots']:
        assert tree_root(leaves[:r['size']]).hex() == r['root']
    for p in OWN['inclusion']:
        path = [bytes.fromhex(h) for h in p['path']]
        root = root_from_inclusion(leaves[p['index']], p['index'], p['size'], path)
        assert root == tree_root(leaves[:p['size']])
    text, lines = read_note(OWN['head']['note'].encode())
    assert read_head(text) == (ORIGIN, 9, tree_root(leaves))
    v.Log(v.Network(NETWORK), bytes.fromhex(OWN['requests'][1]['signed_request'])).head(text, lines[0])


@case_is('R3 R4 published proofs, good and bad')
def merkle():
    counts = [0, 0]
    for c in load('merkle/inclusion.json'):
        path = [unbase64(h) for h in c['proof'] or []]
        try:
            root = root_from_inclusion(unbase64(c['leafHash']), c['leafIdx'], c['treeSize'], path)
            good = root == unbase64(c['root'])
        except Refused:
            good = False
        assert good != c['wantErr'], c
        counts[good] += 1
    for c in load('merkle/consistency.json'):
        try:
            check_consistency(c['size1'], unbase64(c['root1'] or ''), c['size2'], unbase64(c['root2'] or ''),
                              [unbase64(h) for h in c['proof'] or []])
            good = True
        except Refused:
            good = False
        assert good != c['wantErr'], c
        counts[good] += 1
    assert min(counts) > 10, counts


@case_is('B9 R4 R5 a beat: its owner cosigned it, and so did a mirror')
def beat():
    n = v.Network(NETWORK)
    owner = v.Log(n, bytes.fromhex(OWN['requests'][1]['signed_request']))
    size, root, owner_time, text, receipts = owner.beat(OWN['beat']['note'].encode())
    assert size == 9 and owner_time == 1700000100 and len(receipts) == 1
    mirror = v.Log(n, n.first[0])
    assert receipts[0][:2] == (mirror.cosigner, key_id(mirror.cosigner, 4, mirror.request.cosign_key))
    assert cosigned_at(mirror.request.cosign_key, text, receipts[0][2]) == 1700000103
    assert cosigned_at(mirror.request.cosign_key, text + ' ', receipts[0][2]) is None
    for vkey, log in zip(OWN['beat']['cosign_vkeys'], (owner, mirror)):
        name, sum_, key = vkey.split('+', 2)
        assert (name, unbase64(key)) == (log.cosigner, b'\4' + log.request.cosign_key)
        assert bytes.fromhex(sum_) == key_id(name, 4, log.request.cosign_key)


@case_is('L6 two heads of one size')
def contradiction():
    log = v.Log(v.Network(NETWORK), bytes.fromhex(OWN['requests'][1]['signed_request']))
    heads = []
    for note in (OWN['contradiction']['note_a'], OWN['contradiction']['note_b']):
        text, lines = read_note(note.encode())
        log.head(text, lines[0])
        heads.append(read_head(text))
    assert heads[0][:2] == heads[1][:2] and heads[0][2] != heads[1][2]


@case_is('L5 an instance statement')
def instance():
    statement = bytes.fromhex(OWN['instance']['statement'])
    said = decode('Instance', statement)
    assert said['origin'] == ORIGIN and len(said['instance']) == 16 and said['size'] == 9
    assert ed25519.verifies(bytes.fromhex(KEYS['320100']['head_public']), v.pae(INSTANCE_TYPE, statement),
                            bytes.fromhex(OWN['instance']['signature']))


if __name__ == '__main__':
    run()
