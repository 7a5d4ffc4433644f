#!/usr/bin/env python3
"""verify.py - judges what a network has signed, for somebody who trusts none of its programs.

Written from proto/README.md and the .proto files alone, with nothing but Python's own library, so that the
tests have a second opinion; the ids in comments are the rules of that text.  What no file can show (T16) it does
not ask: that a generation was closed by its issuer, or that a recovery had no consent.

    verify.py network NETWORK              the network hash, root keys, and the first node's keys
    verify.py entry ORIGIN LEAF            what a leaf does to the log of that origin, and what it says
    verify.py evidence NETWORK FILE        the verdict on one record
    verify.py contradiction NETWORK FILE   the verdict on two heads

NETWORK and FILE are files.  Exit code 0: proved; 1: refused, with the reason.
"""
import base64
import hashlib
import pathlib
import re
import sys

from ed25519 import good_key, verifies
from oneform import MESSAGES, Refused, decode, decode_known, require
from tlog import (check_consistency, cosigned_at, key_id, leaf_hash, number_of, read_head, read_note,
                  root_from_inclusion, sha256, unbase64)

ENTRY_TYPE = b'application/vnd.yiwang.entry.v1+protobuf'
REQUEST_TYPE = b'application/vnd.yiwang.request.v1+protobuf'
EVIDENCE_MAX, NETWORK_MAX, LEAF_MAX, BODY_MAX, LINKS_MAX, KEY_SETS_MAX = 16 << 20, 48 << 10, 65535, 1 << 20, 4, 16
PUT, WITHDRAW = 1, 2
KINDS = [f['name'] for f in MESSAGES['Record'].values() if f['oneof']]
ID = re.compile('([1-9][0-9]{5})/([a-z_]{1,32})/[A-Za-z0-9._-]{1,64}')


def pae(kind, body):
    return b'DSSEv1 %d %s %d %s' % (len(kind), kind, len(body), body)


def check_code(code):
    require(re.fullmatch('[1-9][0-9]{5}', code), f'{code!r} is no code')
    return code


def above(a, b):
    digits = [re.sub('(00)+$', '', c) for c in (a, b)]
    return digits[0] != digits[1] and digits[1].startswith(digits[0])


# --- The network file (B11, T1, T15)

class Network:
    """One version of the network file, signed by its own threshold."""

    def __init__(self, note):
        require(len(note) <= NETWORK_MAX, 'a network file is too long')
        self.text, self.signatures = read_note(note)
        self.first, self.consents, self.closings, self.groups = [], [], [], {}
        self.lines = [line.split(' ') for line in self.text[:-1].split('\n')]
        require(self.take(1) == ['yiwang-network/v1'], 'a network file of another format')
        self.name = self.take(2, 'name')[1]
        require(re.fullmatch('[a-z0-9.-]{1,64}', self.name), 'a network has no good name')
        self.version = number_of(self.take(2, 'version')[1])
        self.previous = self.take(2, 'previous')[1]
        require(self.version > 0 and (self.previous == '-') == (self.version == 1), 'version and previous')
        require(self.previous == '-' or len(unbase64(self.previous)) == 32, 'previous is no hash')
        self.read_root(self.take(None, 'root'))
        while self.next_is('first'):
            self.first.append(unbase64(self.take(2)[1]))
        while self.next_is('consent'):
            self.consents.append(self.take(2)[1])
        while self.next_is('closing'):
            self.closings.append(self.take(2)[1])
        self.read_policy()
        require(not self.lines, 'a network file has a line too many')
        require(self.signed_by(self), 'a network file lacks the signatures of its own root keys')

    def next_is(self, word):
        return bool(self.lines) and self.lines[0][0] == word

    def take(self, words, first=None):
        require(self.lines and (first is None or self.next_is(first)), f'a network file lacks a line {first}')
        line = self.lines.pop(0)
        require(words is None or len(line) == words, 'a line of a network file has another number of words')
        return line

    def read_root(self, line):
        self.k, self.roots = number_of(line[1]) if len(line) > 1 else 0, {}
        for vkey in line[2:]:
            name, sum_, key = (vkey.split('+', 2) + ['', ''])[:3]
            key = unbase64(key)
            require(name == self.name + '/root' and key[:1] == b'\1' and good_key(key[1:]), 'a root key is not good')
            require(key_id(name, 1, key[1:]).hex() == sum_ and key[1:] not in self.roots.values(), 'a root key')
            self.roots[name, bytes.fromhex(sum_)] = key[1:]
        self.vkeys = sorted(line[2:], key=str.encode)
        require(0 < self.k <= len(self.roots), 'the threshold of the root keys')

    def read_policy(self):
        taken = set()
        while self.next_is('group'):
            line = self.take(None)
            require(len(line) > 3 and line[1] != 'none' and line[1] not in self.groups, 'a group is not well formed')
            members = line[3:]
            for m in members:
                require(m not in taken and (m in self.groups or check_code(m)), 'a member of a group')
                taken.add(m)
            n = {'all': len(members), 'any': 1}.get(line[2]) or number_of(line[2])
            require(0 < n <= len(members), 'the threshold of a group')
            self.groups[line[1]] = (n, members)
        self.quorum = self.take(2, 'quorum')[1]
        require(self.quorum == 'none' or self.quorum in self.groups or check_code(self.quorum), 'a quorum')

    def signed_by(self, judge):
        """Has it the threshold of that version, by that version's keys?"""
        good = set()
        for name, sum_, signature in self.signatures:
            key = judge.roots.get((name, sum_))
            if key:
                require(verifies(key, self.text.encode(), signature), 'a root signature does not verify')
                good.add(key)
        return len(good) >= judge.k

    def hash(self):
        """Of version 1 only."""
        return sha256('\n'.join([self.name, str(self.k), *self.vkeys, '']).encode())

    def reached(self, codes, without, name=None):
        """T15: do these codes meet the quorum for the log of `without`?  None: it has no quorum."""
        name = name or self.quorum
        if name not in self.groups:
            return None if name in ('none', without) else name in codes
        n, members = self.groups[name]
        votes = [v for v in (self.reached(codes, without, m) for m in members) if v is not None]
        return sum(votes) >= min(n, len(votes)) if votes else None

    def quorum_time(self, receipts, without):
        """(met, not-met or none; time) for receipts {code: time}."""
        if self.reached(set(), without) is None:
            return 'none', 0
        for t in sorted(set(receipts.values())):
            if self.reached({c for c, seen in receipts.items() if seen <= t}, without):
                return 'met', t
        return 'not-met', 0

    def judge(self, receipts, without):
        """(met, not-met or none; time; seen) for {code: (time, who closed the generation that gave it, or None)}.  T12: seen
        is (time, by whom one of them was cut) where with those that count no more it would be met."""
        met, time = self.quorum_time({c: t for c, (t, by) in receipts.items() if by is None}, without)
        if met == 'not-met':
            seen, then = self.quorum_time({c: t for c, (t, _) in receipts.items()}, without)
            if seen == 'met':
                return met, time, (then, min((c, by) for c, (_, by) in receipts.items() if by is not None)[1])
        return met, time, None


def follows(before, n):
    require(n.name == before.name, 'the network file of another network')
    require(n.previous == base64.b64encode(sha256(before.text.encode())).decode(), 'another previous')
    require(n.signed_by(before), 'a version lacks the threshold of the one before')


def lead(own, carried):
    """B12, T1: the versions in a file, from 1 on, judged from one's own.  The one that decides."""
    for i, n in enumerate(carried):
        require(n.version == i + 1 and n.name == own.name, 'the versions of the network file are not in a row')
        if i:
            follows(carried[i - 1], n)
    if own.version <= len(carried):
        require(carried[own.version - 1].text == own.text, 'another network')
        return carried[-1]
    require(own.version == len(carried) + 1, f'network versions {len(carried) + 1} to {own.version - 1} needed')
    require(own.previous == base64.b64encode(sha256(carried[-1].text.encode())).decode(), 'another network')
    return own


# --- Requests (B10), and what their keys sign

class Request:
    """A key set that somebody asks for."""

    def __init__(self, network, signed_request):
        signed = decode_known('SignedRequest', signed_request)
        r = decode_known('Request', signed['request'])
        self.code, self.issuer = check_code(r['code']), r['issuer']
        self.generation, self.key_set = r['generation'], r['key_set']
        self.keys = [r['entry_key'], r['head_key'], r['cosign_key'], r['session_key']]
        self.entry_key, self.head_key, self.cosign_key = self.keys[:3]
        self.slot = (self.code, self.generation, self.key_set)
        require(r['network_hash'] == network.hash(), 'a request for another network')
        require(self.generation > 0, 'a generation 0')
        require(not self.issuer or above(check_code(self.issuer), self.code), 'an issuer that is not above')
        require(all(good_key(k) for k in self.keys[:3]) and len(self.keys[3]) == 32, 'a key in a request is not good')
        require(len(set(self.keys)) == 4, 'two keys in a request are the same')
        first = self.generation == 1 and self.key_set == 0
        require(len(signed['old_head_sig']) in ((0,) if first else (0, 64)), 'a signature of an older key')
        for key, name in zip(self.keys, ('entry_sig', 'head_sig', 'cosign_sig')):
            require(verifies(key, pae(REQUEST_TYPE, signed['request']), signed[name]), f'the {name} of a request')

    def shares_a_key(self, other):
        """T2: a key stands for one use, code, generation and key set."""
        return self.slot != other.slot and bool(set(self.keys) & set(other.keys)) or \
            any(a == b for i, a in enumerate(self.keys) for k, b in enumerate(other.keys) if i != k)


class Log:
    """One generation of a code: the request that opened it, the key sets that followed, and where it was learnt."""

    def __init__(self, network, signed_request):
        self.request = r = Request(network, signed_request)
        self.code, self.issuer, self.generation = r.code, r.issuer, r.generation
        self.origin = f'{network.name}/{r.code}' + (f'/g{r.generation}' if r.generation > 1 else '')
        self.cosigner = f'{network.name}/{r.code}/cosign'
        self.spans = [(0, r)]               # from which entry on, and heads of which larger sizes, a key set holds
        self.via, self.link, self.places, self.recovery = [self.code], None, [], False
        self.end = float('inf')             # where a network file ended it
        require(r.key_set == 0, 'a log that begins with a later key set')

    def signer(self, index):
        """Whose keys sign entry `index` (T5)."""
        return [r for start, r in self.spans if start <= index][-1]

    def head_signer(self, size):
        return [r for start, r in self.spans if start == 0 or start < size][-1]

    def earlier(self, other):
        """T2: in a way that nobody can rearrange."""
        if not self.places:
            return True
        for origin, index in other.places[:-1]:
            if self.places[-1][0] == origin and self.places[-1][1] <= index:
                return True
        return bool(other.places) and self.places[-1][0] == other.places[-1][0] and \
            self.places[-1][1] < other.places[-1][1]

    def beat(self, note, alone=True):
        """Judges a head and its owner's cosignature: (size, root, owner's time, text, other lines).  Alone: they
        are the first two lines; otherwise they stand anywhere."""
        text, lines = read_note(note)
        origin, size, root = read_head(text)
        require(origin == self.origin, 'a head of another log')
        by = self.head_signer(size)
        own = [(self.origin, key_id(self.origin, 1, by.head_key)),
               (self.cosigner, key_id(self.cosigner, 4, by.cosign_key))]
        heads, owners = [[line for line in lines if line[:2] == key] for key in own]
        require(heads and owners, "a beat lacks its owner's lines")
        require(not alone or lines[:2] == [heads[0], owners[0]], "the owner's lines are not the first")
        for line in heads:
            self.head(text, line)
        times = [cosigned_at(by.cosign_key, text, line[2]) for line in owners]
        require(None not in times, "the owner's cosignature does not verify")
        return size, root, max(times), text, [line for line in lines if line not in heads + owners]

    def head(self, text, line):
        key = self.head_signer(read_head(text)[1]).head_key
        require(line[:2] == (self.origin, key_id(self.origin, 1, key)), "not the log's own key signed a head")
        require(verifies(key, text.encode(), line[2]), 'the signature of a head does not verify')


# --- Entries (B1 to B3)

def read_leaf(origin, leaf):
    """(outcome, entry, why): what a leaf does to the log of that origin, as far as its own bytes decide it."""
    entry = None
    try:
        require(len(leaf) <= LEAF_MAX, 'longer than 65,535 bytes')
        envelope = decode('Envelope', leaf)
        entry = decode('Entry', envelope['payload'])
        require(envelope['payload_type'] == ENTRY_TYPE.decode(), 'another payload type')
        require(len(envelope['signatures']) == 1 and not envelope['signatures'][0]['keyid'], 'not one signature')
        require(entry['origin'] == origin, 'an origin that is not the log\'s')
        require(len(entry['signer']) == 32, 'a signer that is not 32 bytes')
        content = entry.which.get('content')
        require(content or entry.unknown, 'no content')
        n, odd = divmod(len(entry['body_sha256']), 32)
        require(content != 'body_sha256' or (0 < n <= 256 and not odd), 'hashes that are not 1 to 256')
        signed = pae(ENTRY_TYPE, envelope['payload'])
        require(verifies(entry['signer'], signed, envelope['signatures'][0]['sig']), 'a signature that is not good')
    except Refused as why:
        return 'breaks', entry, str(why)
    try:
        require(not envelope.unknown and not entry.unknown and content, 'an unknown field')
        require(entry['class'] in (1, 2, 3) and entry['openness'] in (1, 2), 'an unknown class or openness')
        audience = entry['audience']
        require(audience == sorted(set(audience)) and all(check_code(c) for c in audience), 'an audience')
        require(bool(audience) == (entry['class'] == 2), 'an audience that is not for its class')
        require(entry['class'] == 1 or (entry['openness'] == 1 and content != 'trust'), 'not unconditional')
        require(content != 'trust' or entry['trust'].which, 'a trust statement of unknown kind')
    except Refused as why:
        return 'kept', entry, str(why)
    return 'applied', entry, ''


def trust_of(log, leaf, kind, index):
    """The statement of that kind that stands in an applied entry by the key that was the log's at that index."""
    outcome, entry, why = read_leaf(log.origin, leaf)
    require(outcome == 'applied', f'an entry {why}')
    require(index < log.end, 'an entry beyond the end')
    require(entry['signer'] == log.signer(index).entry_key, 'an entry by a key that was not valid there')
    require(entry.which['content'] == 'trust' and entry['trust'].which['kind'] == kind, f'an entry is no {kind}')
    return entry['trust'][kind]


# --- Records (B5 to B7)

def held_record(body, code):
    """The record if it may be held in the log of that code, whatever its kind (B5, B6), or None."""
    try:
        record = decode('Record', body)
    except Refused:
        return None
    m = ID.fullmatch(record['id'])
    return record if len(body) <= BODY_MAX and m and m[1] == code else None


def applies(record):
    """Does a record that is held count (B7)?  Of a kind or operation that is not known here it does not."""
    kind = ID.fullmatch(record['id'])[2]
    wanted = {PUT: kind, WITHDRAW: None}.get(record['operation'], '')
    return kind in KINDS and record.which.get('body') == wanted


# --- Evidence (B12)

class File:
    """The lines of an evidence file between the first and the last, taken one after the other."""

    def __init__(self, data, kind):
        require(len(data) <= EVIDENCE_MAX, 'an evidence file is too long')
        body, last = data[:-72], data[-72:]
        require(last == b'sha256 %s\n' % hashlib.sha256(body).hexdigest().encode(), 'the last line')
        require(body.endswith(b'\n') and body.isascii(), 'no text')
        self.lines = body[:-1].decode().split('\n')
        require(self.lines.pop(0) == 'yiwang-evidence/v1 ' + kind, 'a file of another kind')

    def next_is(self, word):
        return bool(self.lines) and self.lines[0].split(' ')[0] == word

    def take(self, word):
        require(self.next_is(word), f'a line {word} is missing')
        return self.lines.pop(0)[len(word) + 1:]

    def take_bytes(self, word):
        value = unbase64(self.take(word))
        require(value, f'a line {word} is empty')
        return value


def read_proof(data):
    """(index, path, note) of a tlog-proof without an extra line."""
    head, gap, note = data.partition(b'\n\n')
    lines = head.decode('ascii', 'replace').split('\n')
    require(gap and lines[0] == 'c2sp.org/tlog-proof@v1' and len(lines) > 1, 'no tlog-proof')
    require(lines[1].startswith('index '), 'a tlog-proof without index')
    return number_of(lines[1][6:]), [unbase64(h) for h in lines[2:]], note


def proved(log, leaf, proof):
    """Index of the leaf in a log, and the beat it is proved into."""
    index, path, note = read_proof(proof)
    beat = log.beat(note)
    require(root_from_inclusion(leaf_hash(leaf), index, beat[0], path) == beat[1], 'an inclusion proof fails')
    return index, beat


def included(leaf, index, size, root, path):
    require(root_from_inclusion(leaf_hash(leaf), index, size, path) == root, 'an inclusion proof fails')


def consent_to(proof):
    """T9: (hash of the request, entry, text and lines of the head) of a consent that proves into the head beside it."""
    text, lines = read_note(proof['head'])
    origin, size, root = read_head(text)
    outcome, entry, _ = read_leaf(origin, proof['envelope'])
    require(outcome == 'applied' and entry.which['content'] == 'trust', 'no consent')
    require(entry['trust'].which['kind'] == 'consent', 'no consent')
    require(len(entry['trust']['consent']['request_sha256']) == 32, 'no consent')
    included(proof['envelope'], proof['index'], size, root, proof['inclusion'])
    return entry['trust']['consent']['request_sha256'], entry, text, lines


class Witnesses:
    """The logs whose keys a file proves, by origin, down from the network file."""

    def __init__(self, own, file):
        carried = []
        while file.next_is('network'):
            carried.append(Network(file.take_bytes('network')))
        require(carried, 'no network file')
        self.network = lead(own, carried)
        self.versions = carried + [own] * (own.version == len(carried) + 1)
        self.genesis = carried[0]
        self.logs, self.asked, self.by_file = {}, [], {}
        self.closed = {}                    # origin: by whom, '' the root keys
        for n in self.versions:
            self.read_lines(n)

    def read_lines(self, n):
        """T1: the first node's generations and where they end; its later key sets wait for their key change."""
        for line in n.first:
            r = Request(self.genesis, line)
            require(r.issuer == '', 'the first node has an issuer')
            self.asked.append((n, r))
            if r.key_set == 0:
                log = Log(self.genesis, line)
                self.logs.setdefault(log.origin, log)
        for line in n.closings:
            self.close(unbase64(line), n.version)

    def close(self, data, version):
        """T6: a line that ends a generation of the first node, if its head is one of that log's."""
        try:
            c = decode('Closing', data)
            require(not c.unknown and c['kind'] in (1, 2) and c['reason'] and c['origin'] in self.logs, 'no closing')
            log = self.logs[c['origin']]
            require(not c['next_issuer'], 'nobody is above the first node')
            require(c['size'] > 0 or not (c['head'] or c['larger_head']), 'a head at nothing')
            if c['size']:
                self.check_closing_head(log, c)
            self.closed.setdefault(log.origin, '')
            if log.origin not in self.by_file:
                self.by_file[log.origin], log.end = (version, c), c['size']
        except Refused:
            pass                # signed as it is: it ends nothing

    def check_closing_head(self, log, c, keys=None):
        text, lines = read_note(c['head'] or c['larger_head'])
        origin, size, root = read_head(text)
        require(origin == log.origin and bool(c['head']) != bool(c['larger_head']), 'another head')
        if c['head']:
            require(size == c['size'], 'a head of another size')
        else:
            check_consistency(c['size'], c['root'], size, root, c['consistency'])
        if keys is None:
            keys = [r.head_key for _, r in self.asked if (r.code, r.generation) == (log.code, log.generation)]
        require(any(line[:2] == (log.origin, key_id(log.origin, 1, k)) and verifies(k, text.encode(), line[2])
                    for line in lines for k in keys), 'a head by no key of that log')

    def take_proved(self, file, word):
        """An entry that says what ended a log: (its log, the leaf, its index, the beat that covers it)."""
        leaf, proof = file.take_bytes(word), file.take_bytes('proof')
        last = None
        while file.next_is('link'):
            last = self.link(file.take_bytes('link'), last)
        log = self.logs.get(read_head(read_note(read_proof(proof)[2])[0])[0])
        require(log and last in (None, log), f'a {word} in a log that is not known')
        return (log, leaf, *proved(log, leaf, proof))

    def take_closing(self, file, log=None, word='closing'):
        """The closing that stands for a beat of this log (L10), and the beat of its own log that covers it.  Without a log:
        what ended the key of a mirror (T12)."""
        mirror = log is None
        issuer, leaf, index, beat = self.take_proved(file, word)
        c = trust_of(issuer, leaf, 'closing', index)
        log = log or self.logs.get(c['origin'])
        require(log and c['origin'] == log.origin and c['kind'] in (1, 2), 'no closing of that log')
        require(c['size'] > 0 or mirror and not (c['head'] or c['larger_head'] or c['root'] or c['consistency']), 'no head')
        require(log.issuer and (issuer.code == log.issuer or above(issuer.code, log.issuer)), 'not its to close')
        require(log.places[-1][0] != issuer.origin or log.link < index, 'a closing before the delegation')
        require(not c['next_issuer'] or above(check_code(c['next_issuer']), log.code), 'a next issuer that is not above')
        require(not c['successor'] or check_code(c['successor']), 'a successor that is no code')
        if c['size']:
            require(c['head'] or len(c['root']) == 32, 'a closing without a head')
            require(not c['head'] or not (c['root'] or c['consistency']), 'a head and a proof')
            self.check_closing_head(log, c, [r.head_key for _, r in log.spans])
        self.closed.setdefault(log.origin, issuer.code)
        return (c, issuer, index, beat) if not mirror else (log, beat)

    def take_ended(self, file, log):
        """L10, the first node: (closing, version of the network file, (log, index) of an entry that holds it, beat of that)."""
        version = number_of(file.take('ended'))
        at, closing = self.by_file.get(log.origin, (None, None))
        require(at == version, 'another version of the network file ends that log')
        if not file.next_is('logged'):
            return closing, version, None, None
        by, leaf, index, beat = self.take_proved(file, 'logged')
        note = trust_of(by, leaf, 'network_version', index)['network_file']
        require(by.issuer == '' and read_note(note)[0] == self.versions[version - 1].text, 'another version')
        return closing, version, (by, index), beat

    def open(self, code):
        """The newest generation of a code that is open, or None."""
        logs = [x for x in self.logs.values() if x.code == code and x.origin not in self.closed]
        return max(logs, key=lambda x: x.generation, default=None)

    def first(self, note):
        """The generation of the first node that a head is of."""
        log = self.logs.get(read_head(read_note(note)[0])[0])
        require(log and log.issuer == '', 'not a log of the first node')
        return log

    def link(self, data, issuer=None):
        """One link of a chain: the issuer admits a log, whose keys then change.  Without an issuer, one that is known
        already; or the first node's own key changes."""
        link = decode_known('Chain.Link', data)
        if not link['delegation']:
            require(issuer is None and not link['index'] and not link['inclusion'] and not link['beat'] and
                    link['key_changes'], 'a link without delegation')
            log = self.first(link['key_change_beat'])
        else:
            log = self.delegated(link, issuer)
        self.change_keys(log, link['key_changes'], link['key_change_beat'])
        return log

    def delegated(self, link, issuer):
        origin = read_head(read_note(link['beat'])[0])[0]
        require(origin in self.logs, 'a link below a log that is not known')
        require(issuer in (None, self.logs[origin]), 'a link in another log than the one above')
        issuer, index = self.logs[origin], link['index']
        delegation = trust_of(issuer, link['delegation'], 'delegation', index)
        log = Log(self.genesis, delegation['signed_request'])
        require(log.issuer and (issuer.code == log.issuer or above(issuer.code, log.issuer)),
                'a delegation that is not its to give')
        size, root, _, _, others = issuer.beat(link['beat'])
        included(link['delegation'], index, size, root, link['inclusion'])
        require(not others, 'the beat of a link has receipts')
        log.via, log.link = issuer.via + [log.code], index
        log.places = issuer.places + [(issuer.origin, index)]
        log.recovery = log.generation > 1 and self.recovers(delegation, issuer)
        require(len(log.via) <= LINKS_MAX + 1 and log.origin not in self.logs, 'a chain too long, or a log twice')
        self.check_keys(log)
        self.logs[log.origin] = log
        return log

    def recovers(self, delegation, issuer):
        """T9: does it carry a consent?  Then one to this request, and of the issuer's issuer, where the file leads there."""
        proof, wanted = delegation['consent'], sha256(delegation['signed_request'])
        if not proof:
            return False
        request, entry, text, lines = consent_to(proof)
        require(request == wanted, 'a consent to another request')
        origin, size, _ = read_head(text)
        by = self.logs.get(origin)
        if by and not any(wanted.hex() in n.consents for n in self.versions):
            require(issuer.issuer and (by.code == issuer.issuer or above(by.code, issuer.issuer)), 'not its to consent')
            require(proof['index'] < by.end, 'a consent beyond the end')
            require(entry['signer'] == by.signer(proof['index']).entry_key, 'a consent by another key')
            key = by.head_signer(size).head_key
            require(any(line[:2] == (origin, key_id(origin, 1, key)) and verifies(key, text.encode(), line[2])
                        for line in lines), 'a consent in a head by another key')
        return True

    def check_keys(self, log):
        """T2: whoever has a key of an earlier one is ignored; so is a file that shows one."""
        roots = set().union(*(n.roots.values() for n in self.versions))
        require(not roots & set(log.request.keys), 'a root key is used again')
        require(not any(r.shares_a_key(log.request) for _, r in self.asked), 'a key of the first node is used again')
        for other in self.logs.values():
            if set(other.request.keys) & set(log.request.keys):
                require(not other.earlier(log) and not log.earlier(other), 'a key is used again')

    def change_keys(self, log, changes, beat):
        """T5: each change by the key before it, and all of them in a beat that is signed by the last."""
        require(bool(changes) == bool(beat) and len(changes) < KEY_SETS_MAX, 'key changes and their beat')
        indexes = [c['index'] for c in changes]
        require(indexes == sorted(set(indexes)), 'key changes are not in order')
        for c in changes:
            change = trust_of(log, c['envelope'], 'key_change', c['index'])
            by = change['delegated'] and self.asked_for(log, change['delegated']) or \
                change['network_file'] and self.in_file(log, change['network_file'])
            require(by and by.key_set > log.spans[-1][1].key_set, 'a key change to no key set of that log')
            require(len(log.spans) < KEY_SETS_MAX, 'too many key sets')
            log.spans.append((c['index'] + 1, by))
        if changes:
            size, root, _, _, others = log.beat(beat)
            require(not others, 'the beat of key changes has receipts')
            for c in changes:
                included(c['envelope'], c['index'], size, root, c['inclusion'])
                trust_of(log, c['envelope'], 'key_change', c['index'])

    def asked_for(self, log, delegated):
        """The key set that the delegation inside a key change grants: on the word of its envelope."""
        place = delegated['place']
        issuer = self.logs.get(place['origin']) if place else None
        require(issuer, 'a key change by an issuer that is not known')
        delegation = trust_of(issuer, delegated['envelope'], 'delegation', place['index'])
        r = Request(self.genesis, delegation['signed_request'])
        require((r.code, r.generation, r.issuer) == (log.code, log.generation, log.issuer), 'keys for another log')
        require(issuer.code == r.issuer or above(issuer.code, r.issuer), 'a delegation that is not its to give')
        require(not set().union(*(n.roots.values() for n in self.versions)) & set(r.keys), 'a root key is used again')
        require(not any(a.shares_a_key(r) for _, a in self.asked), 'a key of the first node is used again')
        here = issuer.places + [(issuer.origin, place['index'])]
        for other in self.logs.values():
            before = other.places and any(o == other.places[-1][0] and (
                i > other.places[-1][1] or (o, i) != here[-1] and i == other.places[-1][1]) for o, i in here)
            require(not before or not other.request.shares_a_key(r), 'a key is used again')
        return r

    def in_file(self, log, note):
        """The first node: the highest key set of that generation in that version of the network file, which is as good
        as one that the file carries."""
        text = read_note(note)[0]
        if all(n.text != text for n in self.versions):
            n = Network(note)
            require(n.version == len(self.versions) + 1, 'a version of the network file is missing')
            follows(self.versions[-1], n)
            self.versions.append(n)
            self.network = n
            self.read_lines(n)
        sets = [r for n, r in self.asked if n.text == text and r.generation == log.generation]
        require(log.issuer == '' and sets, 'a network file without keys for that log')
        return max(sets, key=lambda r: r.key_set)

    def receipts(self, beat, mirrors, owner, alone=True):
        """{code: (earliest time, who closed its generation, or None)} of the receipts on a beat of that code by these
        mirrors.  Alone: the beat has no other lines.  T12: of a code's logs the newest that is open counts; where that has
        not signed, a closed one is told."""
        names, found = [line[0] for line in beat[4]], {}
        for code in mirrors:
            logs = sorted((x for x in self.logs.values() if x.code == code != owner), key=lambda x: -x.generation)
            for log in [x for x in logs if x.origin not in self.closed][:1] + [x for x in logs if x.origin in self.closed]:
                times = self.times(log, beat)
                if times:
                    found[code] = min(times), self.closed.get(log.origin)
                    break
        require(not alone or (len(found) == len(names) and names == sorted(names)), 'a line that is no good receipt')
        return found

    @staticmethod
    def times(log, beat):
        """Of the lines by that log's cosigning keys: rotated-out ones go on counting (T5)."""
        times = [cosigned_at(r.cosign_key, beat[3], signature) for name, sum_, signature in beat[4] for _, r in log.spans
                 if (name, sum_) == (log.cosigner, key_id(log.cosigner, 4, r.cosign_key))]
        require(None not in times, f'the receipt of {log.code} does not verify')
        return times


def walk_down(w, file, log):
    """The next link of the subject's chain, whose first is in a log of the first node."""
    below = w.link(file.take_bytes('link'), log)
    require(log or below.issuer == '' or w.logs[below.places[-1][0]].issuer == '', 'not from the first node')
    return below


def lists(row, log):
    """Is it in that row of a roster?  Of key sets that the file does not show the place is not known."""
    return (row['code'], row['generation']) == (log.code, log.generation) and \
        (row['key_set'] > 0 or row['delegation'] == log.link)


def take_registrar(file, log, entry, closing, beat):
    """T13: (index, statement) that names the key which signed the entry, below it and in the same head; or None."""
    if not file.next_is('registrar'):
        return None
    leaf, proof = file.take_bytes('registrar'), file.take_bytes('proof')
    if closing:
        index, path, note = read_proof(proof)
        require(note == (closing['head'] or closing['larger_head']) and index < closing['size'], 'another head')
        included(leaf, index, *read_head(read_note(note)[0])[1:], path)
    else:
        index, same = proved(log, leaf, proof)
        require(same == beat, 'a registrar in another beat')
    r = trust_of(log, leaf, 'registrar', index)
    require(index < entry and len(r['key']) == 32 and good_key(r['key']), 'a registrar that is not below, or no key')
    require(r['kinds'] and r['kinds'] == sorted(set(r['kinds'])), 'a registrar that is ended, or kinds that are not sorted')
    return index, r


def verify_evidence(own, data):
    """The verdict on one record (B12)."""
    file = File(data, 'record')
    w = Witnesses(own, file)
    log, rosters = None, []
    while file.next_is('link'):
        log = walk_down(w, file, log)
        if file.next_is('roster'):
            leaf, proof = file.take_bytes('roster'), file.take_bytes('proof')
            require(log.link is not None, 'a roster of no log')
            issuer = w.logs[log.places[-1][0]]
            index, beat = proved(issuer, leaf, proof)
            roster = trust_of(issuer, leaf, 'roster', index)
            require(index > log.link and any(lists(o, log) for o in roster['open']), 'a roster that does not list its link')
            rosters.append((issuer, log, index, beat))

    leaf, proof = file.take_bytes('entry'), file.take_bytes('proof')
    log = log or w.first(read_proof(proof)[2])
    outcome, entry, why = read_leaf(log.origin, leaf)
    closing, closer, closed_at, logged = None, None, None, None
    if file.next_is('closing') or file.next_is('ended'):
        if file.next_is('closing'):
            closing, closer, closed_at, beat = w.take_closing(file, log)
        else:
            closing, closed_at, logged, beat = w.take_ended(file, log)
        index, path, note = read_proof(proof)
        require(note == (closing['head'] or closing['larger_head']), 'a proof into another head than the closing has')
        require(index < closing['size'], 'an entry beyond the end')
        included(leaf, index, *read_head(read_note(note)[0])[1:], path)
    else:
        index, beat = proved(log, leaf, proof)
    doubt = by_doubt = None
    if file.next_is('doubted') and not closing:
        c, by, _, cover = w.take_closing(file, log, 'doubted')
        require(not cover[4], 'a receipt on the beat of a closing')
        doubt, by_doubt = c['doubt'], by.code
        require(doubt and index >= doubt['from_index'], 'a closing that does not doubt the entry')
    elif closing:
        doubt, by_doubt = closing['doubt'], closer.code if closer else 'root'
    elif log.origin in w.by_file:
        doubt, by_doubt = w.by_file[log.origin][1]['doubt'], 'root'
    require(outcome == 'applied', f'the entry does not count: {why}')
    registrar = take_registrar(file, log, index, closing, beat)
    signer = registrar[1]['key'] if registrar else log.signer(index).entry_key
    require(entry['signer'] == signer, 'the entry is by a key that was not valid there')
    item, claimed_hash = number_of(file.take('item')), file.take('hash')
    hashes = entry['body_sha256']
    require(item < len(hashes) // 32, 'an item that is not there')
    require(claimed_hash == hashes[32 * item:32 * item + 32].hex(), 'another hash than that of the item')

    foreign = None
    if file.next_is('foreign'):
        require(not closing, 'a foreign beat beside a closing')
        leaf = file.take_bytes('foreign')
        below, same = proved(log, leaf, file.take_bytes('proof'))
        foreign = trust_of(log, leaf, 'foreign_beat', below)['beat']
        require(below < index and same == beat, 'a foreign beat that is not below, or in another beat')

    mirrors = take_mirrors(w, file)

    body = None
    if file.next_is('body'):
        body = file.take_bytes('body')
        require(sha256(body).hex() == claimed_hash, 'another body')
        record = held_record(body, log.code)
        require(record and applies(record), 'the body is no record of this log')
        require(not registrar or ID.fullmatch(record['id'])[2] in registrar[1]['kinds'], 'a kind that is not the registrar\'s')
    else:
        require(file.take('withheld') == '', 'neither body nor withheld')
    require(not file.lines, 'a line too many')
    verdict = verdict_of(w, log, index, item, entry, beat, foreign, mirrors, body, rosters,
                         closer or (logged[0] if logged else log))
    if doubt and index >= doubt['from_index']:
        verdict['doubted_by'] = by_doubt
    if registrar:
        verdict['registrar'] = registrar[0], registrar[1]['key'].hex(), [k for k in KINDS if k in registrar[1]['kinds']]
    if closing:
        verdict['closed_by'], verdict['closed_at'] = closer.code if closer else 'root', closed_at
        verdict['logged'] = (logged[0].origin, logged[1]) if logged else ()
    return verdict


def not_before(w, foreign, mirrors):
    """R9: (quorum time of a beat that an entry holds as it was met, the mirrors that make it)."""
    origin = read_head(read_note(foreign)[0])[0]
    log = w.logs.get(origin)
    require(log, 'a foreign beat of a log that is not known')
    receipts = w.receipts(log.beat(foreign, False), mirrors, log.code, alone=False)
    met, time, _ = w.network.judge(receipts, log.code)
    require(met == 'met', 'a foreign beat without quorum')
    return time, receipts


def verdict_of(w, log, index, item, entry, beat, foreign, mirrors, body, rosters, covered):
    receipts = w.receipts(beat, mirrors, covered.code) if beat else {}
    quorum, existed, seen_met = w.network.judge(receipts, covered.code)
    after, others = not_before(w, foreign, mirrors) if foreign else (None, {})
    for code in mirrors:
        signed = [r[code] for r in (receipts, others) if code in r]
        require(any(by is not None or not mirrors[code] for _, by in signed), 'a mirror that has signed nothing')
    counted = {c for c, (_, by) in receipts.items() if by is None}
    older = [n.version for n in w.versions[:-1] if quorum == 'not-met' and n.reached(counted, covered.code)]
    seen = []
    for issuer, below, at, cover in rosters:
        on = w.receipts(cover, mirrors, issuer.code)
        met, time, _ = w.network.judge(on, issuer.code)
        seen.append((issuer.code, below.code, at, met, time,
                     *sorted(c for c, (t, by) in on.items() if met == 'met' and t <= time and by is None)))
    return {'origin': log.origin, 'generation': log.generation, 'recovery': log.recovery, 'index': index, 'item': item, 'signed_at': entry['signed_at'],
            'body_sha256': entry['body_sha256'][32 * item:32 * item + 32].hex(), 'body': body,
            'network_version': w.network.version, 'size': beat[0] if beat else 0, 'quorum': quorum, 'existed_by': existed,
            'older': max(older, default=0), 'met_when_seen': seen_met, 'owner_time': beat[2] if beat else 0, 'not_before': after,
            'via': log.via, 'rosters': seen, 'receipts': receipts}


def two_network_files(own, file):
    """T1: a contradiction of the root keys."""
    carried = []
    while file.next_is('network'):
        carried.append(Network(file.take_bytes('network')))
    require(carried, 'no network file')
    twin = Network(file.take_bytes('twin'))
    require(not file.lines and twin.version <= len(carried), 'a line too many, or a version that is not carried')
    lead(carried[-1], carried)
    require(twin.name == carried[0].name and twin.text != carried[twin.version - 1].text, 'the two agree')
    if twin.version > 1:
        follows(carried[twin.version - 2], twin)
    else:
        require(twin.hash() == carried[0].hash(), 'another network')
    if own.text != twin.text:
        lead(own, carried)
    return {'network': twin.name, 'version': twin.version, 'text': sha256(carried[twin.version - 1].text.encode()).hex(),
            'twin': sha256(twin.text.encode()).hex()}


def void_closing(w, file, log):
    """T7: a contradiction of an issuer, by a beat with quorum of the log that it closed."""
    require(log, 'a closing of no log')
    closing, closer, index, cover = w.take_closing(file, log)
    require(not cover[4], 'a receipt on the beat of a closing')
    note = file.take_bytes('beat')
    instead, path = None, []
    if file.next_is('root'):
        instead = file.take_bytes('root')
        while file.next_is('path'):
            path.append(file.take_bytes('path'))
    mirrors = take_mirrors(w, file, False)
    require(not file.lines, 'a line too many')
    beat = log.beat(note)
    receipts = w.receipts(beat, mirrors, log.code)
    met, time, _ = w.network.judge(receipts, log.code)
    require(met == 'met' and set(mirrors) == {c for c, (_, by) in receipts.items() if by is None}, 'the mirrors make no quorum')
    head = closing['head'] or closing['larger_head']
    end = closing['size'], read_head(read_note(head)[0])[2] if closing['head'] else closing['root']
    small, large = sorted([end, beat[:2]])
    require((instead is None) == (small[0] == large[0]), 'a root for heads of one size, or none')
    if instead is None:
        require(small[1] != large[1], 'the heads agree')
    else:
        check_consistency(small[0], instead, large[0], large[1], path)
        require(instead != small[1], 'the heads agree')
    return {'origin': log.origin, 'via': log.via, 'closed_by': closer.code, 'closed_at': index, 'end_size': end[0],
            'end_root': end[1].hex(), 'beat_size': beat[0], 'beat_root': beat[1].hex(), 'quorum_time': time}


def take_mirrors(w, file, endings=True):
    """{code: does the file show what ended its key (T12)?}"""
    mirrors = {}
    while file.next_is('mirror'):
        code = check_code(file.take('mirror'))
        require(not mirrors or max(mirrors) < code, 'mirrors are not in order')
        last = None
        while file.next_is('link'):
            last = w.link(file.take_bytes('link'), last)
        require(any(x.code == code for x in w.logs.values()) and (last is None or last.code == code), 'a mirror that no chain leads to')
        mirrors[code] = endings and file.next_is('closing')
        if mirrors[code]:
            ended, beat = w.take_closing(file)
            require(ended.code == code and not beat[4], 'a closing of another log, or a receipt on its beat')
    return mirrors


def false_roster(w, file, log):
    """T11: a contradiction of an issuer."""
    leaf, proof = file.take_bytes('roster'), file.take_bytes('proof')
    log = log or w.first(read_proof(proof)[2])
    index, beat = proved(log, leaf, proof)
    roster = trust_of(log, leaf, 'roster', index)
    require(not beat[4], 'a receipt on the beat of a roster')
    witness = at = None
    if file.next_is('entry'):
        leaf, proof = file.take_bytes('entry'), file.take_bytes('proof')
        at, same = proved(log, leaf, proof)
        outcome, witness, why = read_leaf(log.origin, leaf)
        require(outcome == 'applied', f'an entry {why}')
        require(witness['signer'] == log.signer(at).entry_key, 'an entry by a key that was not valid there')
        require(at < index and same == beat, 'an entry that is not before it, or in another beat')
    require(not file.lines, 'a line too many')
    opened = {(o['code'], o['generation']): o for o in roster['open']}
    closed = {(c['code'], c['generation']): c for c in roster['closed']}
    before = roster['previous']['index'] if roster['previous'] else None
    wrong = wrong_alone(roster, index, before, opened, closed) if witness is None else \
        wrong_beside(w, witness, at, roster, before, opened, closed)
    require(wrong, 'the roster agrees with what is shown of its log')
    return {'origin': log.origin, 'via': log.via, 'roster': index, 'witness': index if at is None else at}


def wrong_alone(roster, index, before, opened, closed):
    rows = [(o['code'].encode(), o['generation']) for o in roster['open']]
    gone = [(c['code'].encode(), c['generation']) for c in roster['closed']]
    return rows != sorted(set(rows)) or gone != sorted(set(gone)) or bool(set(opened) & set(closed)) or \
        any(c['closing'] >= index or before is not None and c['closing'] <= before for c in roster['closed']) or \
        any(o['delegation'] >= index for o in roster['open']) or before is not None and before >= index


def wrong_beside(w, witness, at, roster, before, opened, closed):
    """Is that entry cited as something else, left out, or a roster from which this one does not follow?"""
    kind = witness['trust'].which['kind'] if witness.which['content'] == 'trust' else None
    said = witness['trust'][kind] if kind else None
    key, key_set = None, 0
    try:
        if kind == 'delegation':
            r = Request(w.genesis, said['signed_request'])
            key, key_set = (r.code, r.generation), r.key_set
        elif kind == 'closing':
            m = re.fullmatch('[a-z0-9.-]{1,64}/([1-9][0-9]{5})(/g([1-9][0-9]*))?', said['origin'])
            require(m and m[3] != '1', 'no origin')
            key = m[1], int(m[3] or 1)
    except Refused:
        key = None
    cited = any(o['delegation'] == at and (kind != 'delegation' or (o['code'], o['generation'], o['key_set']) !=
                                           (*(key or ('', 0)), key_set)) for o in roster['open']) or \
        any(c['closing'] == at and (kind != 'closing' or (c['code'], c['generation']) != key) for c in roster['closed']) or \
        before == at and kind != 'roster'
    recent, o, c = before is None or before < at, opened.get(key), closed.get(key)
    if cited or not key and kind != 'roster':
        return cited
    if kind == 'closing':
        return recent and bool(o or c and c['closing'] > at)
    if kind == 'delegation':
        return bool(o) and (o['key_set'] < key_set or o['key_set'] == key_set and o['delegation'] > at) or \
            recent and not o and not c
    if before is None or before < at:
        return True
    if before > at:
        return False
    was = {(r['code'], r['generation']): r for r in said['open']}
    return any(k not in closed if k not in opened else (opened[k]['key_set'] < r['key_set'] or
               opened[k]['key_set'] == r['key_set'] and opened[k]['delegation'] != r['delegation'])
               for k, r in was.items()) or any(r['delegation'] < at and k not in was for k, r in opened.items())


def verify_contradiction(own, data):
    """Two heads of one log that cannot both be true (L6); two network files of one version (T1); a roster that is not
    what its log says (T11)."""
    file = File(data, 'contradiction')
    if any(line.startswith('twin ') for line in file.lines):
        return two_network_files(own, file)
    w = Witnesses(own, file)
    log, heads = None, []
    while file.next_is('link'):
        log = walk_down(w, file, log)
    if file.next_is('roster'):
        return false_roster(w, file, log)
    if file.next_is('closing'):
        return void_closing(w, file, log)
    for _ in range(2):
        note = file.take_bytes('head')
        log = log or w.first(note)
        text, lines = read_note(note)
        require(len(lines) == 1, 'more than the head is signed')
        log.head(text, lines[0])
        heads.append(read_head(text))
        require(heads[-1][0] == log.origin, 'a head of another log')
    (_, size_a, root_a), (_, size_b, root_b) = heads
    instead, path = root_a, []
    if size_a == size_b:
        require(root_a < root_b, 'the heads agree, or are not in order')
    else:
        require(size_a < size_b, 'the heads are not in order')
        instead = file.take_bytes('root')
        while file.next_is('path'):
            path.append(file.take_bytes('path'))
        check_consistency(size_a, instead, size_b, root_b, path)
        require(instead != root_a, 'the heads agree')
    require(not file.lines, 'a line too many')
    return {'origin': log.origin, 'via': log.via, 'size_a': size_a, 'size_b': size_b, 'root_a': root_a.hex(),
            'root_b': root_b.hex(), 'instead': instead.hex()}


def main(words):
    read = [pathlib.Path(w).read_bytes() for w in words[1:]] if words[:1] != ['entry'] else []
    if words[:1] == ['network'] and len(read) == 1:
        n = Network(read[0])
        print(f'network {n.name}, version {n.version}, hash {n.hash().hex()}', *n.vkeys, sep='\n')
        for r in (Request(n, f) for f in n.first):
            print(f'first node {r.code}: entry, head, cosigning, session key', *(k.hex() for k in r.keys))
    elif words[:1] == ['entry'] and len(words) == 3:
        leaf = pathlib.Path(words[2]).read_bytes()
        outcome, entry, why = read_leaf(words[1], leaf)
        print(f'{outcome} {why}\nleaf hash {leaf_hash(leaf).hex()}\n{entry}')
    elif words[:1] in (['evidence'], ['contradiction']) and len(read) == 2:
        judge = verify_evidence if words[0] == 'evidence' else verify_contradiction
        for name, value in judge(Network(read[0]), read[1]).items():
            print(f'{name}: {value}')
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    try:
        main(sys.argv[1:])
    except Refused as refused:
        sys.exit(f'refused: {refused}')
