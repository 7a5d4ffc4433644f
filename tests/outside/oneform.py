"""oneform.py - Protocol Buffers in the one form of B3, by the project's own .proto files."""
import pathlib
import re


class Refused(Exception):
    """Does not prove what it says; the text says why."""


def require(condition, reason):
    if not condition:
        raise Refused(reason)


STATEMENT = re.compile(r'(?P<block>message|enum|oneof)\s+(?P<title>\w+)\s*{|(?P<end>})|(?P<repeated>repeated\s+)?'
                       r'(?P<type>[\w.]+)\s+(?P<name>\w+)\s*=\s*(?P<number>\d+)\s*(?P<unpacked>\[packed = false\])?;')


def load_messages(folder):
    """name -> {field number: field}; a nested message is `Outer.Inner`."""
    messages = {}
    for path in sorted(pathlib.Path(folder).glob('*.proto')):
        names, oneof = [], None
        for m in STATEMENT.finditer(re.sub(r'//[^\n]*', '', path.read_text(encoding='utf-8'))):
            if m['block']:
                names.append(m['title'])
                oneof = m['title'] if m['block'] == 'oneof' else oneof
                if m['block'] == 'message':
                    messages['.'.join(names)] = {}
            elif m['end']:
                oneof = None if names.pop() == oneof else oneof
            else:
                outer = names[:-1] if oneof else names[:]
                messages['.'.join(outer)][int(m['number'])] = {
                    'name': m['name'], 'type': m['type'], 'scope': outer, 'oneof': oneof,
                    'repeated': bool(m['repeated']), 'packed': bool(m['repeated']) and not m['unpacked']}
    for field in [f for fields in messages.values() for f in fields.values()]:
        for depth in range(len(field['scope']) + 1):
            full = '.'.join(field['scope'][:depth] + [field['type']])
            if full in messages:
                field['message'] = full         # the innermost one of that name
        field['packed'] &= 'message' not in field and field['type'] not in ('bytes', 'string')
    return messages


MESSAGES = load_messages(pathlib.Path(__file__).resolve().parents[2] / 'proto/yiwang/v1')


class Message(dict):
    """Field name -> value.  `which` says which member of a oneof is there, `unknown` whether there are unknown
    fields at any depth."""

    def __init__(self, fields):
        super().__init__()
        self.which, self.unknown = {}, False
        for f in fields.values():
            self[f['name']] = [] if f['repeated'] else None if 'message' in f else \
                {'string': '', 'bytes': b''}.get(f['type'], 0)


def read_varint(data, at):
    value = shift = 0
    while True:
        require(at < len(data) and shift < 70, 'a varint is cut off or too long')
        byte = data[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            break
    require((byte or shift == 7) and value < 1 << 64, 'a varint is not as short as possible')
    return value, at


def read_raw(data, at, wire):
    """The bytes or number of a field, and where it ends."""
    if wire == 0:
        return read_varint(data, at)
    require(wire in (1, 2, 5), 'a wire type is not known here')
    size, at = read_varint(data, at) if wire == 2 else (8 if wire == 1 else 4, at)
    require(at + size <= len(data), 'a field is cut off')
    return data[at:at + size], at + size


def read_number(kind, value):
    signed = value - (1 << 64) if value >> 63 else value
    if kind in ('uint64', 'int64'):
        return value if kind == 'uint64' else signed
    low, high = {'bool': (0, 1), 'uint32': (0, (1 << 32) - 1)}.get(kind, (-1 << 31, (1 << 31) - 1))
    require(low <= signed <= high, 'a number is out of range')
    return signed


def read_values(field, wire, raw, parent):
    """What a field on the wire stands for: one value, or all those of a packed field."""
    wanted = 2 if 'message' in field or field['packed'] or field['type'] in ('bytes', 'string') else 0
    require(wire == wanted, 'a field has another wire type than its own')
    if 'message' in field:
        value = decode(field['message'], raw)
        parent.unknown |= value.unknown
        return [value]
    if field['type'] == 'string':
        try:
            text = raw.decode('utf-8')
        except UnicodeDecodeError:
            raise Refused('a text is not UTF-8') from None
        require('\0' not in text, 'a text has a NUL')
        return [text]
    if not field['packed']:
        return [raw if field['type'] == 'bytes' else read_number(field['type'], raw)]
    require(raw, 'a packed field is empty')
    values, at = [], 0
    while at < len(raw):
        value, at = read_varint(raw, at)
        values.append(read_number(field['type'], value))
    return values


def decode(name, data):
    """A Message, or Refused if the bytes are not in one form."""
    out, fields = Message(MESSAGES[name]), MESSAGES[name]
    at, last, rest = 0, 0, False
    while at < len(data):
        tag, at = read_varint(data, at)
        number, wire = tag >> 3, tag & 7
        require(0 < number < 1 << 29, 'a field number is out of range')
        raw, at = read_raw(data, at, wire)
        if number not in fields:
            rest = out.unknown = True
            continue
        field = fields[number]
        several = field['repeated'] and not field['packed']
        require(not rest and (number > last or number == last and several), 'a field comes twice or out of order')
        last = number
        values = read_values(field, wire, raw, out)
        if field['repeated']:
            out[field['name']] += values
            continue
        require(field['oneof'] or 'message' in field or values[0] not in (0, '', b''), 'a default is written')
        require(not field['oneof'] or field['oneof'] not in out.which, 'two members of a oneof are there')
        out.which[field['oneof']] = field['name']
        out[field['name']] = values[0]
    return out


def decode_known(name, data):
    """For messages that are never kept: no unknown fields either."""
    out = decode(name, data)
    require(not out.unknown, f'{name} has fields that are not known')
    return out
