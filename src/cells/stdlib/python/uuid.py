import _clock


class UUID:
    def __init__(self, hex=None, bytes=None, int=None, version=None):
        if hex is not None:
            text = hex.replace('urn:', '').replace('uuid:', '').strip('{}').replace('-', '')
            if len(text) != 32:
                raise ValueError('badly formed hexadecimal UUID string')
            int = _int(text, 16)
        elif bytes is not None:
            int = _int.from_bytes(bytes, 'big')
        if version is not None:
            int &= ~(0xc000 << 48)
            int |= 0x8000 << 48
            int &= ~(0xf000 << 64)
            int |= version << 76
        self.int = int

    @property
    def hex(self):
        return f'{self.int:032x}'

    @property
    def bytes(self):
        return self.int.to_bytes(16, 'big')

    @property
    def version(self):
        return (self.int >> 76) & 0xf

    def __str__(self):
        text = self.hex
        return f'{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}'

    def __repr__(self):
        return f'UUID({str(self)!r})'

    def __eq__(self, other):
        return isinstance(other, UUID) and self.int == other.int

    def __lt__(self, other):
        return self.int < other.int

    def __hash__(self):
        return hash(self.int)

    def __int__(self):
        return self.int


_int = int


def _random():
    value = 0
    for _ in range(16):
        value = value << 8 | _int(_clock.entropy() * 256)
    return value


def uuid4():
    return UUID(int=_random(), version=4)


def uuid1(node=None, clock_seq=None):
    return UUID(int=_random(), version=1)


def _named(namespace, name, kind, version):
    import hashlib
    digest = getattr(hashlib, kind)(namespace.bytes + name.encode()).digest()
    return UUID(bytes=digest[:16], version=version)


def uuid3(namespace, name):
    return _named(namespace, name, 'md5', 3)


def uuid5(namespace, name):
    return _named(namespace, name, 'sha1', 5)


NAMESPACE_DNS = UUID('6ba7b810-9dad-11d1-80b4-00c04fd430c8')
NAMESPACE_URL = UUID('6ba7b811-9dad-11d1-80b4-00c04fd430c8')
