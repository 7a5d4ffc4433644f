#!/usr/bin/env python3
"""Evidence by nodes that sign what they should not: everything verifies but the one thing that is wrong.

    forge_test.py OUTSIDE_EVIDENCE
"""
import sys

from cases import case_is, run
from forge import Key, World, b64, consistency, encode, key_set, record
from judges import Judges
from tlog import leaf_hash, sha256, tree_root

PROGRAM = sys.argv[1]
OTHER = Key(sha256(b'somebody else'))


def verdict(world, data, how):
    return Judges(PROGRAM, world.networks, 'forge').both_say(data, how)


def change(**to):
    """A hook: these fields have other values; f5=None leaves one out, f99=b'' adds one."""
    return lambda f: {**f, **{int(k[1:]): v for k, v in to.items()}}


def refused(how, world, **evidence):
    evidence.setdefault('bodies', [record()])
    assert not verdict(world, world.evidence(**evidence), how), how


def stands(how, world, *words, **evidence):
    evidence.setdefault('bodies', [record()])
    said = verdict(world, world.evidence(**evidence), how)
    assert said and all(w in said for w in words), (how, said)


def hooked(name, hook, **more):
    return World(**{name.replace(' ', '_'): hook}, **more)


@case_is('B12 a file made from secrets alone stands before both verifiers')
def sound():
    stands('as it should be', World(), ' met 1700000250 ', 'receipt 320000 1700000200 receipt 320200 1700000250')
    stands('no receipt', World(), ' not-met 0 ', receipts=())
    stands('no body', World(), ' withheld ', show=False)


@case_is('B10 T2 T3 a request that should not have been granted')
def requests():
    low = bytes(32)
    torsion = bytes.fromhex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')
    for how, hook in {
        'another network': change(f1=sha256(b'another')), 'not below': change(f2='330102'),
        'the issuer itself': change(f2='320100'), 'no code': change(f2='32010'), 'a later generation': change(f3=2),
        'no generation': change(f3=None), 'a later key set': change(f4=1), 'the issuer above': change(f9='320000'),
        'an issuer beside': change(f9='320200'), 'no issuer': change(f9=None), 'a field of later': change(f99=b''),
        'a key of small order': change(f5=low), 'a head key of small order': change(f6=torsion),
        'a cosigning key that is no point': change(f7=b'\2' + bytes(31)), 'a key too short': change(f5=bytes(31)),
        'a session key too short': change(f8=bytes(31)), 'one key twice': lambda f: {**f, 6: f[5]},
        'session key as head key': lambda f: {**f, 8: f[6]},
        'the session key of the issuer': change(f8=key_set('320100')[3]),
        'the head key of the first node as session key': change(f8=key_set('320000')[1].public),
        'the root key as session key': change(f8=Key(sha256(b'yiwang vector root')).public),
    }.items():
        refused(how, hooked('request 320102', hook))
    for how, hook in {
        'no signature': change(f3=None), 'two signatures exchanged': lambda f: {**f, 2: f[3], 3: f[2]},
        'an older key signs a first set': change(f5=bytes(64)), 'a field of later': change(f99=b''),
    }.items():
        refused(how, hooked('signed 320102', hook))
    beside = key_set('320200')[3]
    stands('the session key of a log in another branch', hooked('request 320102', change(f8=beside)))
    later = World(request_320200=change(f8=key_set('320100')[3]))
    later.subject = later.nodes['320205']
    body = record('320205/demand/a')
    refused('the session key of a mirror that is earlier', later, bodies=[body],
            receipts=[('320000', 5), ('320100', 6)])
    stands('of which the file says nothing', later, bodies=[body], receipts=[('320000', 5), ('320200', 6)])
    earlier = World(request_320200=change(f8=key_set('320100')[3]))
    refused('a mirror with the session key of one on the way', earlier)


@case_is('B2 B3 T3 a delegation in an entry that has no effect, or is by another key')
def delegations():
    for how, hook in {
        'conditional': change(f4=2, f6='320102'), 'not shared': change(f4=3), 'an audience': change(f6='320102'),
        'a field of later': change(f99=b''), 'no openness': change(f5=None),
        'another log': change(f1='onenet.example/320000'),
        'by the head key': lambda f: {**f, 2: key_set('320100')[1].public, 'key': key_set('320100')[1]},
        'by a stranger': lambda f: {**f, 2: OTHER.public, 'key': OTHER},
        'signed by another than it says': lambda f: {**f, 'key': OTHER},
    }.items():
        refused(how, hooked('entry of delegation 320102', hook))
    for how, hook in {'of a year before 1970': change(f3=-1), 'without a time': change(f3=None),
                      'open': change(f5=2)}.items():
        stands(how, hooked('entry of delegation 320102', hook))
    refused('a field of later in it', hooked('delegation 320102', change(f99=b'')))
    stands('a consent that is not asked for', hooked('delegation 320102', change(f2=encode({1: b'x'}))))
    refused('by one beside the issuer that it names', hooked('issuer 320102', lambda _: '320200'))
    acting = hooked('issuer 320102', lambda _: '320000')
    stands('by one above the issuer that it names', acting, ' via 320000 320102 ')
    stands('and who shows a beat that this one signed', acting, receipts=[('320000', 5), ('320100', 6)])
    stands('by the province, as it asks', World(request_320102=change(f9='320000'), issuer_320102=lambda _: '320000'),
           ' via 320000 320102 ')


@case_is('B12 T16 a link that does not prove what it holds')
def links():
    for how, hook in {
        'another index': change(f2=2), 'a hash too many': lambda f: {**f, 3: f[3] + [bytes(32)]},
        'a hash too few': lambda f: {**f, 3: f[3][1:]},
        'a hash of 31 bytes': lambda f: {**f, 3: [f[3][0][1:]] + f[3][1:]},
        'key changes': lambda f: {**f, 5: encode({2: 1})},
        'their beat': lambda f: {**f, 6: b'x'},
        'a field of later': change(f99=b''), 'no beat': change(f4=None),
    }.items():
        refused(how, hooked('link 320102', hook))
    for how, hook in {
        'no owner': lambda x: x[:1], 'no head': lambda x: x[1:], 'the other way round': lambda x: x[::-1],
        'twice': lambda x: [x[0]] + x, 'a stranger': lambda x: x + ['\u2014 a.example YWJjZGVm\n'],
    }.items():
        refused(how, hooked('lines of link 320102', hook))
        refused(how, hooked('lines of roster 320102', hook))
        refused(how, hooked('lines of entry', hook))
    refused('an extension line', hooked('head of link 320102', lambda t: t + 'more\n'))
    refused('of another log', hooked('head of link 320102', lambda t: t.replace('320100', '320000')))


@case_is('B12 T11 a roster that does not speak for its link')
def rosters():
    def roster(**to):
        return lambda f: {**f, 1: [encode({1: '320102', 2: 1, 4: 1, **{int(k[1:]): v for k, v in to.items()}})]}
    for how, hook in {
        'empty': change(f1=None), 'another code': roster(f1='320104'), 'another generation': roster(f2=2),
        'another key set': roster(f3=1), 'another delegation': roster(f4=2), 'a field of later': roster(f99=b''),
    }.items():
        refused(how, hooked('roster 320102', hook))
    refused('by a stranger', hooked('entry of roster 320102', lambda f: {**f, 2: OTHER.public, 'key': OTHER}))
    stands('none', hooked('file', lambda x: [y for i, y in enumerate(x) if not y.startswith('roster ') and
                                             not x[i - 1].startswith('roster ')]), ' via 320000 320100 320102 receipt')


@case_is('B2 B3 B7 an entry or a body that does not count')
def entries():
    for how, hook in {
        'a field of later': change(f99=b''), 'a class of later': change(f4=9), 'an openness of later': change(f5=3),
        'open, but conditional': change(f4=2, f5=2, f6='320100'),
        'an audience unsorted': change(f4=2, f6=['320200', '320100']),
        'an audience twice': change(f4=2, f6=['320100', '320100']), 'an audience of no code': change(f4=2, f6='020000'),
        'no audience': change(f4=2), 'by the head key': lambda f: {**f, 2: key_set('320102')[1].public,
                                                                   'key': key_set('320102')[1]},
        'of the issuer': lambda f: {**f, 2: key_set('320100')[0].public, 'key': key_set('320100')[0]},
    }.items():
        refused(how, World(entry=lambda f, hook=hook: hook(dict(sorted(change()(f).items(), key=lambda x: x[0])))))
    for how, hook in {'conditional': lambda f: {**{i: f[i] for i in (1, 2, 3)}, 4: 2, 5: 1, 6: ['320100', '320200'],
                                                7: f[7]},
                      'not shared': change(f4=3), 'open': change(f5=2)}.items():
        stands(how, World(entry=hook))
    for how, hook in {'a key id': change(f3=encode({1: bytes(64), 2: 'x'})), 'no type': change(f2=None),
                      'another type': change(f2='text/plain'), 'a field of later': change(f9=b'')}.items():
        refused(how, hooked('envelope of entry', hook))
    for how, body in {
        'no record': b'\x0a', 'of another code': record('320100/demand/a'),
        'of another kind': record(f10=None, f7=b''),
        'of no kind': record(f10=None), 'no operation': record(f3=None), 'withdrawn with a body': record(f3=2),
        'no local id': record('320102/demand/'), 'a long local id': record('320102/demand/' + 65 * 'a'),
        'a local id of other letters': record('320102/demand/\u4e00'),
        'an unknown kind': record('320102/thing/a', f15=b'')
    }.items():
        refused(how, World(), bodies=[body])
    for how, body in {'of a later version': record(f99=b''), 'withdrawn': record(f3=2, f10=None),
                      'no salt': record(f4=None),
                      'no revision': record(f2=None), 'a long body': record(f10=b'\x12\xff\xff\x03' + 65535 * b'a'),
                      'a long local id': record('320102/demand/' + 64 * 'a')}.items():
        stands(how, World(), bodies=[body])
    refused('a body of more than a mebibyte', World(), bodies=[record(f99=(1 << 20) * b'a')])
    many = [record(f'320102/demand/{i}') for i in range(257)]
    stands('the last of 256', World(), ' 1 255 ', bodies=many[:256], item=255)
    refused('257 bodies', World(), bodies=many)


@case_is('B12 R5 T15 mirrors and their receipts')
def mirrors():
    stands('at the end of time', World(), ' met 18446744073709551615 ',
           receipts=[('320000', (1 << 64) - 1), ('320200', 0)])
    stands('before all time', World(), ' met 0 ', receipts=[('320000', 0), ('320200', 0)])
    refused('one that did not sign', World(), mirrors=['320000', '320100', '320200'])
    refused('one that signed and is not named', World(), mirrors=['320000'])
    refused('the log itself', World(), mirrors=['320000', '320102', '320200'])
    refused('in another order', World(), mirrors=['320200', '320000'])
    refused('twice', World(), mirrors=['320000', '320000', '320200'])
    refused('nobody', hooked('file', lambda x: x[:-1] + ['mirror 320999', x[-1]]))
    refused('the owner twice', World(), receipts=[('320000', 5), ('320102', 5), ('320200', 5)])
    refused('receipts in another order', hooked('lines of entry', lambda x: x[:2] + x[:1:-1]))
    refused('a receipt twice', hooked('lines of entry', lambda x: x + x[-1:]))
    refused('a receipt of another head', hooked('lines of entry', lambda x: x[:3] + World().beat(
        World().nodes['320102'], 'x', [('320200', 9)]).decode().splitlines(True)[-1:]))


@case_is('B12 T12 what ended the key of a mirror')
def endings():
    def ended(by='320000', of='320200', receipts=(('320000', 1700000200), ('320200', 1700000250)), **hooks):
        w = World(**hooks)
        at = w.trust(w.nodes[by], 'cut', 6, w.closing(w.nodes[of]))
        return w, {'ends': {'320200': (w.nodes[by], at)}, 'receipts': receipts, 'mirrors': sorted({'320200', *dict(receipts)})}

    def no(how, *arguments, **hooks):
        w, evidence = ended(*arguments, **hooks)
        refused(how, w, **evidence)

    w, evidence = ended()
    stands('its receipt is cut', w, ' not-met 0 seen 1700000250 cut 320000 ', 'receipt 320000 1700000200 cut 320200 1700000250',
           **evidence)
    w, evidence = ended(receipts=[('320000', 5), ('320200', 6), ('320205', 7)])
    stands('and is not needed', w, ' met 7 ', 'receipt 320000 5 cut 320200 6 receipt 320205 7', **evidence)
    w, evidence = ended(receipts=[('320200', 6)])
    stands('nor was it enough', w, ' not-met 0 after', 'cut 320200 6', **evidence)
    w, evidence = ended()
    stands('left out, as before it came', w, ' met 1700000250 ', receipts=evidence['receipts'])
    no('by one beside its issuer', '320100')
    no('of another log', '320000', '320205')
    no('of the log in question', '320100', '320102')
    no('of a mirror that has not signed', receipts=[('320000', 5)])
    no('before its log was there', closing=change(f1='onenet.example/320299'))
    no('a head of another log', closed_head=lambda t: t.replace('320200', '320205'))
    no('a head by another key', closed_by=lambda _: OTHER)
    no('a head that does not reach so far', closing=change(f2=99))
    no('neither ended nor revoked', closing=change(f6=None))
    no('a next issuer beside it', closing=change(f9='320100'))
    no('a field of later', closing=change(f99=b''))
    no('by a stranger', entry_of_cut=lambda f: {**f, 2: OTHER.public, 'key': OTHER})
    no('signed by another than it says', entry_of_cut=lambda f: {**f, 'key': OTHER})
    no('a receipt on its beat', receipts_of_closing=lambda _: [('320100', 5)])
    no('no owner', lines_of_closing=lambda x: x[:1])
    for how, hook in {
        'no proof': lambda x: [y for i, y in enumerate(x) if i == 0 or not x[i - 1].startswith('closing ')],
        'twice': lambda x: [z for i, y in enumerate(x) for z in (x[i - 1:i + 1] * 2 if x[i - 1].startswith('closing ') else
                                                                 [] if y.startswith('closing ') else [y])],
        'under another mirror': lambda x: [y for y in x if y.split(' ')[0] != 'mirror'][:-1] + ['mirror 320000', x[-1]],
    }.items():
        no(how, file=hook)


@case_is('B12 L10 T1 the first node, past its last beat')
def first_node():
    def ended(logged=True, holder=None, **hooks):
        w = World(**hooks)
        return w, w.ended(record('320000/demand/a'), holder, logged)

    def no(how, *arguments, **hooks):
        assert not verdict(*ended(*arguments, **hooks), how), how

    assert ' met 1700000700 ' in (said := verdict(*ended(), 'logged')) and ' closed-by root 2 onenet.example/320000/g2 1 ' in said
    assert verdict(*ended(False), 'not logged').endswith(' size 0 owner 0 generation 1 not-met 0 after 0 via 320000 closed-by root 2')
    no('another version', file=lambda x: ['ended 1' if y == 'ended 2' else y for y in x])
    no('a version that is not there', file=lambda x: ['ended 3' if y == 'ended 2' else y for y in x])
    no('written otherwise', file=lambda x: ['ended 02' if y == 'ended 2' else y for y in x])
    no('no version', file=lambda x: ['ended 0' if y == 'ended 2' else y for y in x])
    no('left out', file=lambda x: [y for y in x if y != 'ended 2'])
    no('the closing of another log', closing=change(f1='onenet.example/320100'))
    no('an end before the entry', closing=lambda f: {**f, 2: 1})
    no('a head by another key', closed_by=lambda _: OTHER)
    no('another version logged', held_version=lambda note: World().networks[0])
    no('a text of the same version that nobody carries', held_version=lambda note: note.replace(b'group g 2', b'group g 1'))
    no('by another key', entry_of_version=lambda f: {**f, 2: OTHER.public, 'key': OTHER})
    no('in a log that is not the first node\'s', holder='320205')
    no('a closing beside it', file=lambda x: x[:x.index('ended 2') + 1] + ['closing YQ==', 'proof YQ=='] + x[x.index('ended 2') + 1:])
    no('a foreign beat beside it', file=lambda x: [z for y in x for z in ([y, 'foreign YQ==', 'proof YQ=='] if y.startswith('hash ') else [y])])


@case_is('B12 R9 foreign beats')
def foreign():
    def beat(code='320100', lines=None, receipts=(('320000', 1699999000), ('320200', 1699999500))):
        w = hooked('lines of foreign beat', lines) if lines else World()
        return w.beat(w.nodes[code], 'foreign beat', receipts)

    three = ['320000', '320200', '320205']
    stands('of the issuer', World(), ' after 1699999500 ', foreign=beat())
    stands('of a mirror', World(), ' after 1699999500 ', foreign=beat('320205'), receipts=[(c, 7) for c in three])
    stands('of the first node', World(), ' after 5 ', foreign=beat('320000', receipts=[('320100', 5), ('320200', 5)]),
           mirrors=['320000', '320100', '320200'])
    stands('with lines of others', World(), ' after 1699999500 ', foreign=beat(lines=lambda x: x + [
        '\u2014 a.example YWJjZGVm\n'] + World().beat(World().nodes['320100'], 'x', [('320205', 1)]).decode()
        .splitlines(True)[-1:]))
    stands('in another order', World(), ' after 1699999500 ', foreign=beat(lines=lambda x: x[::-1]))
    stands('signed again', World(), ' after 1699999000 ', foreign=beat(
        receipts=[('320000', 1699999000), ('320200', 1699998000), ('320200', 1699999700)]))
    refused('a log that the file does not prove', World(), foreign=beat('320205'))
    refused('no quorum', World(), foreign=beat(receipts=[('320000', 1)]))
    refused('a quorum of others', World(), foreign=beat(receipts=[('320000', 1), ('320205', 1)]))
    refused('no owner', World(), foreign=beat(lines=lambda x: x[:1] + x[2:]))
    refused('no head', World(), foreign=beat(lines=lambda x: x[1:]))
    refused('a bad receipt of a mirror', World(), foreign=beat(lines=lambda x: x[:3] + [x[3][:-9] + 'AAAAAAA=\n']))
    refused('no note', World(), foreign=b'x')


@case_is('B12 T1 T15 versions of the network file')
def versions():
    policy = 'group h 1 320000 320205\nquorum h\n'
    first = World()
    previous = b64(sha256(first.networks[0].rpartition(b'\n\n')[0] + b'\n'))

    def world(own, carried, **hooks):
        """Versions in the file, and up to which one we have."""
        w = World(**hooks)
        notes = [w.networks[0], w.network(2, previous, w.request('320000'), policy)]
        notes.append(w.network(3, b64(sha256(notes[1].rpartition(b'\n\n')[0] + b'\n')),
                               w.request('320000'), policy))
        w.networks = notes[:carried]
        data = w.evidence([record()])
        w.networks = notes[:own]
        return w, data

    for own, carried, wanted in ((1, 1, ' met 1700000250 '), (1, 2, ' met 1700000200 '), (1, 3, ' network 3 '),
                                 (2, 2, ' network 2 '), (3, 2, ' network 3 '), (2, 1, ' network 2 '), (3, 1, ''),
                                 (2, 3, ' network 3 ')):
        said = verdict(*world(own, carried), f'own {own}, carried {carried}')
        assert wanted in said if wanted else said == '', (own, carried, said)
    for how, hook in {
        'a gap': lambda t: t.replace('version 2', 'version 3'),
        'another name': lambda t: t.replace('name onenet', 'name twonet'),
        'another previous': lambda t: t.replace(previous, b64(bytes(32))), 'an empty line': lambda t: t + '\n',
        'a group of nobody': lambda t: t.replace('group h 1', 'group h 3'),
        'a group not defined': lambda t: t.replace('320205', 'x'),
        'two quorums': lambda t: t + 'quorum none\n', 'a space': lambda t: t.replace('quorum h', 'quorum  h'),
        'a version that is written otherwise': lambda t: t.replace('version 2', 'version 02'),
    }.items():
        w, data = world(1, 2, network_2=hook)
        assert not verdict(w, data, how), how


@case_is('B12 L6 contradictions that are none')
def contradictions():
    true = [leaf_hash(bytes([i])) for i in range(8)]
    bent = [leaf_hash(bytes([i + 1])) for i in range(8)]
    heads, others = ([(n, tree_root(x[:n])) for n in range(9)] for x in (true, bent))

    def both(how, *arguments, **more):
        w = World()
        return verdict(w, w.contradiction(*arguments, **more), how)

    pair = sorted([heads[5], others[5]], key=lambda h: h[1])
    assert ' 5 5 ' in both('one size', *pair)
    for n in range(1, 8):
        assert f' {n} 8 ' in both('two sizes', others[n], heads[8], heads[n][1], consistency(true, n))
    for how, arguments in {
        'one size the other way round': pair[::-1], 'twice the same': pair[:1] * 2,
        'one size and a root': (*pair, pair[0][1]), 'two sizes without a root': (others[5], heads[8]),
        'two that agree': (heads[5], heads[8], heads[5][1], consistency(true, 5)),
        'no proof': (others[5], heads[8], heads[5][1]), 'the larger first': (heads[8], others[5], heads[5][1]),
        'a proof of another size': (others[5], heads[8], heads[5][1], consistency(true, 6)),
        'a proof to another head': (others[5], heads[7], heads[5][1], consistency(true, 5)),
        'a proof too long': (others[5], heads[8], heads[5][1], consistency(true, 5) + [bytes(32)]),
        'from nothing': ((0, bytes(32)), heads[8], heads[0][1]), 'from nothing, with a proof': (
            (0, bytes(32)), heads[8], heads[0][1], [heads[8][1]]),
    }.items():
        assert not both(how, *arguments), how
    assert both('nothing, twice', (0, bytes(32)), heads[0])     # signed all the same
    assert not both('by another key', *pair, by=OTHER)
    assert not both('by the entry key', *pair, by=key_set('320102')[0])
    assert not both('by the city', *pair, by=key_set('320100')[1])
    assert 'via 320000 320100 ' not in both('of the first node', *pair, code='320000')


if __name__ == '__main__':
    run()
