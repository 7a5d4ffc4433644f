"""forge.py - a small network made of nothing but secrets: whatever its nodes could sign, sound or not.

World.evidence() writes a file as the daemon would.  Each message passes a hook of its name first, which may
change what is then signed; so a test says in one line what an owner, an issuer or a mirror does wrong.
"""
import base64
import functools
import hashlib
import struct

import ed25519
from tlog import key_id, leaf_hash, sha256, tree_root
from verify import ENTRY_TYPE, REQUEST_TYPE, pae

NAME = 'onenet.example'
ISSUERS = {'320000': '', '320100': '320000', '320200': '320000', '320102': '320100', '320205': '320200'}
POLICY = 'group g 2 320000 320100 320200 320205\nquorum g\n'


class Key:
    """RFC 8032, section 5.1.5 and 5.1.6."""

    def __init__(self, secret):
        h = hashlib.sha512(secret).digest()
        self.number, self.prefix = int.from_bytes(h[:32], 'little') & (1 << 254) - 8 | 1 << 254, h[32:]
        self.public = ed25519.encode_point(ed25519.multiply(self.number, ed25519.BASE))

    @functools.lru_cache(maxsize=None)
    def sign(self, message):
        r = int.from_bytes(hashlib.sha512(self.prefix + message).digest(), 'little') % ed25519.ORDER
        start = ed25519.encode_point(ed25519.multiply(r, ed25519.BASE))
        h = int.from_bytes(hashlib.sha512(start + self.public + message).digest(), 'little')
        return start + ((r + h * self.number) % ed25519.ORDER).to_bytes(32, 'little')


@functools.lru_cache(maxsize=None)
def key_set(label):
    """B10, from the seed of that label: entry, head and cosigning key, session public key."""
    seed = sha256(f'yiwang vector {label}'.encode())
    secrets = [hashlib.blake2b(b'', digest_size=32, key=seed, salt=struct.pack('<Q8x', i),
                               person=b'yiwang_1' + bytes(8)).digest() for i in range(1, 5)]
    number = int.from_bytes(secrets[3], 'little') & (1 << 254) - 8 | 1 << 254
    point = ed25519.encode_point(ed25519.multiply(number, ed25519.BASE))
    y = int.from_bytes(point, 'little') & (1 << 255) - 1    # RFC 7748, section 4.1
    u = (1 + y) * pow(1 - y, ed25519.P - 2, ed25519.P) % ed25519.P
    return [Key(s) for s in secrets[:3]] + [u.to_bytes(32, 'little')]


ROOT = Key(sha256(b'yiwang vector root'))


def varint(n):
    n &= (1 << 64) - 1
    out = b''
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def encode(fields):
    """Protobuf of {number: int, bytes, text, list, or None for absent}, in the order given."""
    out = b''
    for number, values in fields.items():
        for v in values if isinstance(values, list) else [values]:
            if isinstance(v, int):
                out += varint(number << 3) + varint(v)
            elif v is not None:
                v = v.encode() if isinstance(v, str) else v
                out += varint(number << 3 | 2) + varint(len(v)) + v
    return out


def path_of(leaves, index):
    """RFC 6962, section 2.1.1."""
    if len(leaves) < 2:
        return []
    half = 1 << (len(leaves) - 1).bit_length() - 1
    if index < half:
        return path_of(leaves[:half], index) + [tree_root(leaves[half:])]
    return path_of(leaves[half:], index - half) + [tree_root(leaves[:half])]


def consistency(leaves, size):
    """RFC 6962, section 2.1.2."""
    def down(part, m, whole):
        if m == len(part):
            return [] if whole else [tree_root(part)]
        half = 1 << (len(part) - 1).bit_length() - 1
        if m <= half:
            return down(part[:half], m, whole) + [tree_root(part[half:])]
        return down(part[half:], m - half, False) + [tree_root(part[:half])]
    return down(leaves, size, True)


def b64(data):
    return base64.b64encode(data).decode()


def line(name, algorithm, key, signed):
    return f'\u2014 {name} {b64(key_id(name, algorithm, key.public) + signed)}\n'


class Node:
    def __init__(self, code, generation=1):
        self.code, self.issuer, self.generation = code, ISSUERS[code], generation
        self.origin = f'{NAME}/{code}' + (f'/g{generation}' if generation > 1 else '')
        self.keys, self.leaves, self.link = key_set(code + (f' g{generation}' if generation > 1 else '')), [], None
        self.entry_key, self.head_key, self.cosign_key, _ = self.keys


class World:
    """Hooks: name -> function from the fields of a message to other ones.  Names: `request`, `signed`,
    `delegation`, `roster`, `entry`, `envelope` and so on, then a space and the code it is about."""

    def __init__(self, policy=POLICY, **hooks):
        self.hooks, self.policy = {k.replace('_', ' '): h for k, h in hooks.items()}, policy
        self.root = ROOT
        vkey = f'{NAME}/root+{key_id(NAME + "/root", 1, self.root.public).hex()}+{b64(bytes([1]) + self.root.public)}'
        self.vkey, self.hash = vkey, sha256(f'{NAME}\n1\n{vkey}\n'.encode())
        self.nodes = {code: Node(code) for code in ISSUERS}
        self.networks = [self.network(1, '-', self.request('320000'))]
        for code in ISSUERS:
            self.open(self.nodes[code])
        self.subject = self.nodes['320102']

    def hooked(self, name, fields):
        return self.hooks[name](fields) if name in self.hooks else fields

    def network(self, version, previous, first, policy=None, signers=None):
        text = f'yiwang-network/v1\nname {NAME}\nversion {version}\nprevious {previous}\nroot 1 {self.vkey}\n' + \
            (f'first {b64(first)}\n' if first else '') + (policy or self.policy)
        text = self.hooked(f'network {version}', text)
        lines = [line(NAME + '/root', 1, k, k.sign(text.encode())) for k in signers or [self.root]]
        return (text + '\n' + ''.join(lines)).encode()

    def request(self, code, node=None):
        n = node or self.nodes[code]
        f = self.hooked('request ' + code, {1: self.hash, 2: code, 3: n.generation, 4: None, **{5 + i: k.public for i, k in
                        enumerate(n.keys[:3])}, 8: n.keys[3], 9: n.issuer or None})
        signed = pae(REQUEST_TYPE, encode(f))
        return encode(self.hooked('signed ' + code, {1: encode(f), **{2 + i: k.sign(signed) for i, k in
                                  enumerate(n.keys[:3])}}))

    def head(self, node, size):
        """A note with the head's line alone."""
        root = tree_root([leaf_hash(x) for x in node.leaves[:size]])
        text = self.hooked('closed head', f'{node.origin}\n{size}\n{b64(root)}\n')
        key = self.hooked('closed by', node.head_key)
        return (text + '\n' + line(node.origin, 1, key, key.sign(text.encode()))).encode()

    def closing(self, node, size=None):
        """T6: what ends a log, at its present size."""
        size = len(node.leaves) if size is None else size
        return self.hooked('closing', {1: node.origin, 2: size, 3: self.head(node, size), 6: 2, 7: 'its key is stolen'})

    def append(self, node, about, fields):
        """An entry by that node, with these fields of content; gives its index."""
        f = self.hooked(about, {1: node.origin, 2: node.entry_key.public, 3: 1700000000000 + len(node.leaves),
                                4: 1, 5: 1, **fields})
        key = f.pop('key', node.entry_key)
        envelope = {1: encode(f), 2: ENTRY_TYPE, 3: encode({1: key.sign(pae(ENTRY_TYPE, encode(f)))})}
        node.leaves.append(encode(self.hooked('envelope of ' + about, envelope)))
        return len(node.leaves) - 1

    def trust(self, node, about, kind, fields):
        return self.append(node, 'entry of ' + about, {8: encode({kind: encode(self.hooked(about, fields))})})

    def open(self, node):
        """Delegation and roster by the issuer, then entry 0 (which evidence never shows)."""
        if node.issuer:
            issuer = self.nodes[self.hooked('issuer ' + node.code, node.issuer)]
            node.given_by = issuer
            node.link = self.trust(issuer, 'delegation ' + node.code, 3, {1: self.request(node.code)})
            listed = encode({1: node.code, 2: 1, 3: None, 4: node.link})
            node.roster = self.trust(issuer, 'roster ' + node.code, 7, {1: [listed]})
        self.append(node, 'genesis ' + node.code, {8: encode({1: encode({1: self.networks[0]})})})

    def beat(self, node, about, receipts=(), size=None):
        """A note: head, owner, then receipts [(code, time)]."""
        size = len(node.leaves) if size is None else size
        root = tree_root([leaf_hash(x) for x in node.leaves[:size]])
        text = self.hooked('head of ' + about, f'{node.origin}\n{size}\n{b64(root)}\n')
        lines = [line(node.origin, 1, node.head_key, node.head_key.sign(text.encode()))]
        for code, time in [(node.code, 1700000100), *sorted(receipts)]:
            key = node.cosign_key if code == node.code else self.nodes[code].cosign_key
            signed = key.sign(f'cosignature/v1\ntime {time}\n{text}'.encode())
            lines.append(line(f'{NAME}/{code}/cosign', 4, key, struct.pack('>Q', time) + signed))
        return (text + '\n' + ''.join(self.hooked('lines of ' + about, lines))).encode()

    def proof(self, node, index, note):
        path = path_of([leaf_hash(x) for x in node.leaves], index)
        words = ['c2sp.org/tlog-proof@v1', f'index {index}', *map(b64, path), '']
        return '\n'.join(words).encode() + b'\n' + note

    def links(self, code, known, rosters=(), receipts=()):
        """Lines down to that code, as far as they are not known."""
        n = self.nodes[code]
        if code in known or not n.issuer:
            return []
        out, issuer = self.links(n.given_by.code, known, rosters, receipts), n.given_by
        known.add(code)
        path = path_of([leaf_hash(x) for x in issuer.leaves], n.link)
        f = self.hooked('link ' + code, {1: issuer.leaves[n.link], 2: n.link or None, 3: path,
                                         4: self.beat(issuer, 'link ' + code)})
        out.append('link ' + b64(encode(f)))
        if code in rosters:
            above = [r for r in receipts if r[0] != issuer.code]
            out += ['roster ' + b64(issuer.leaves[n.roster]),
                    'proof ' + b64(self.proof(issuer, n.roster, self.beat(issuer, 'roster ' + code, above)))]
        return out

    def evidence(self, bodies=(b'',), item=0, receipts=(('320000', 1700000200), ('320200', 1700000250)), mirrors=None,
                 foreign=None, show=True, entry=None, ends=()):
        """The file for one item of an entry of these bodies.  foreign: a note that stands below it; ends: the closing of a
        mirror {code: (whose log holds it, index)}."""
        n = self.subject
        hashes = b''.join(map(sha256, bodies))
        below = self.trust(n, 'foreign', 12, {1: foreign}) if foreign else None
        index = self.append(n, 'entry', entry or {7: hashes})
        beat = self.beat(n, 'entry', receipts)
        known, codes = set(), mirrors if mirrors is not None else sorted({c for c, _ in receipts})
        lines = ['yiwang-evidence/v1 record', *('network ' + b64(x) for x in self.networks)]
        lines += self.links(n.code, known, ISSUERS, [])
        lines += ['entry ' + b64(n.leaves[index]), 'proof ' + b64(self.proof(n, index, beat)), f'item {item}',
                  'hash ' + hashes[32 * item:32 * item + 32].hex()]
        if foreign:
            lines += ['foreign ' + b64(n.leaves[below]), 'proof ' + b64(self.proof(n, below, beat))]
        for code in codes:
            lines += [f'mirror {code}', *self.links(code, known)]
            if code in ends:
                by, at = ends[code]
                beat = self.beat(by, 'closing', self.hooked('receipts of closing', []))
                lines += ['closing ' + b64(by.leaves[at]), 'proof ' + b64(self.proof(by, at, beat)), *self.links(by.code, known)]
        lines.append('body ' + b64(bodies[item]) if show else 'withheld')
        return seal('\n'.join(self.hooked('file', lines)) + '\n')

    def ended(self, body, holder=None, logged=True):
        """The file for a record of the first node, whose log a version of the network file has closed (L10).  holder: in
        whose log that version stands, in place of the first node's next one."""
        n, second = self.nodes['320000'], Node('320000', 2)
        by = self.nodes[holder] if holder else second
        index = self.append(n, 'entry', {7: sha256(body)})
        closing = self.closing(n)
        previous = b64(sha256(self.networks[0].rpartition(b'\n\n')[0] + b'\n'))
        self.networks.append(self.network(2, previous, self.request('320000', second),
                                          f'closing {b64(encode(closing))}\n' + self.policy))
        self.append(second, 'genesis', {8: encode({1: encode({1: self.networks[0]})})})
        at = self.trust(by, 'version', 2, {1: self.hooked('held version', self.networks[1])})
        beat = self.beat(by, 'logged', (('320100', 1700000600), ('320200', 1700000700)) if logged else ())
        known, lines = set(), ['yiwang-evidence/v1 record', *('network ' + b64(x) for x in self.networks)]
        lines += ['entry ' + b64(n.leaves[index]), 'proof ' + b64(self.proof(n, index, closing[3])), 'ended 2']
        if logged:
            lines += ['logged ' + b64(by.leaves[at]), 'proof ' + b64(self.proof(by, at, beat)), *self.links(by.code, known)]
        lines += ['item 0', 'hash ' + sha256(body).hex()]
        for code in ('320100', '320200') if logged else ():
            lines += [f'mirror {code}', *self.links(code, known)]
        return seal('\n'.join(self.hooked('file', lines + ['body ' + b64(body)])) + '\n')

    def contradiction(self, a, b, instead=None, path=(), code='320102', by=None):
        """The file for two heads (size, root) of a log."""
        n = self.nodes[code]
        key, lines = by or n.head_key, ['yiwang-evidence/v1 contradiction']
        lines += ['network ' + b64(x) for x in self.networks]
        lines += self.links(code, set())
        for size, root in (a, b):
            text = f'{n.origin}\n{size}\n{b64(root)}\n'
            lines.append('head ' + b64((text + '\n' + line(n.origin, 1, key, key.sign(text.encode()))).encode()))
        if instead is not None:
            lines += ['root ' + b64(instead), *('path ' + b64(h) for h in path)]
        return seal('\n'.join(self.hooked('file', lines)) + '\n')


def seal(text):
    return text.encode() + b'sha256 ' + hashlib.sha256(text.encode()).hexdigest().encode() + b'\n'


def record(identifier='320102/demand/a', **changed):
    """A Record; changed: f10=b'' sets field 10."""
    fields = {1: identifier, 2: 1, 3: 1, 4: b'0123456789abcdef', 10: b''}
    fields.update({int(k[1:]): value for k, value in changed.items()})
    return encode(dict(sorted(fields.items())))

