from abc import ABCMeta, abstractmethod


class _Protocol(ABCMeta):
    def __instancecheck__(cls, value):
        return cls.__subclasscheck__(type(value))

    def __subclasscheck__(cls, other):
        if type.__subclasscheck__(cls, other) or other in getattr(cls, '_registered', ()):
            return True
        kinds = cls.__dict__.get('_kinds')
        if kinds is not None and issubclass(other, kinds):
            return True
        needs = cls.__dict__.get('_needs')
        return bool(needs) and all(_has(other, name) for name in needs)


def _has(cls, name):
    if name == '__hash__':
        return not issubclass(cls, (list, dict, set, bytearray)) and getattr(cls, name, None) is not None
    if name == '__call__':
        return any(name in each.__dict__ for each in cls.__mro__) or cls.__name__ in _CALLABLE
    if name == '__next__':
        return any(name in each.__dict__ for each in cls.__mro__) or cls.__name__ in _ITERATORS or cls.__name__.endswith('iterator')
    if cls.__name__ in _WALKED and name == '__iter__':
        return True
    return any(each.__dict__.get(name) is not None for each in cls.__mro__)


_CALLABLE = ('function', 'builtin_function_or_method', 'method', 'type', 'method_descriptor', 'method-wrapper')
_ITERATORS = ('generator', 'zip', 'map', 'filter', 'enumerate', 'iterator')
_WALKED = ('range', 'generator', 'zip', 'map', 'filter', 'enumerate', 'dict_keys', 'dict_values', 'dict_items', 'bytes', 'bytearray', 'iterator', 'Tensor')


class Hashable(metaclass=_Protocol):
    _needs = ('__hash__',)


class Iterable(metaclass=_Protocol):
    _needs = ('__iter__',)

    def __class_getitem__(cls, item):
        return cls


class Iterator(Iterable):
    _needs = ('__next__',)

    def __iter__(self):
        return self


class Generator(Iterator):
    _needs = ('send', 'throw', 'close')


class Reversible(Iterable):
    _needs = ('__reversed__',)
    _kinds = (list, tuple, dict, str, range)


class Sized(metaclass=_Protocol):
    _needs = ('__len__',)
    _kinds = (range, bytes)


class Container(metaclass=_Protocol):
    _needs = ('__contains__',)
    _kinds = (range, bytes)


class Callable(metaclass=_Protocol):
    _needs = ('__call__',)

    def __class_getitem__(cls, item):
        return cls


class Collection(Sized, Iterable, Container):
    _kinds = (list, tuple, dict, set, frozenset, str, range, bytes)


class Sequence(Collection):
    _kinds = (list, tuple, str, range, bytes)

    def __iter__(self):
        i = 0
        try:
            while True:
                yield self[i]
                i += 1
        except IndexError:
            return

    def __contains__(self, value):
        return any(each is value or each == value for each in self)

    def __reversed__(self):
        for i in reversed(range(len(self))):
            yield self[i]

    def index(self, value):
        for i, each in enumerate(self):
            if each is value or each == value:
                return i
        raise ValueError

    def count(self, value):
        return sum(1 for each in self if each is value or each == value)


class MutableSequence(Sequence):
    _kinds = (list, bytearray)

    def append(self, value):
        self.insert(len(self), value)

    def extend(self, values):
        for value in list(values):
            self.append(value)

    def pop(self, index=-1):
        value = self[index]
        del self[index]
        return value

    def remove(self, value):
        del self[self.index(value)]

    def clear(self):
        while len(self):
            self.pop()

    def reverse(self):
        for i, value in enumerate(list(self)[::-1]):
            self[i] = value

    def __iadd__(self, values):
        self.extend(values)
        return self


class Mapping(Collection):
    _kinds = (dict,)

    def get(self, key, default=None):
        try:
            return self[key]
        except KeyError:
            return default

    def __contains__(self, key):
        try:
            self[key]
        except KeyError:
            return False
        return True

    def keys(self):
        return list(self)

    def items(self):
        return [(key, self[key]) for key in self]

    def values(self):
        return [self[key] for key in self]

    def __eq__(self, other):
        return dict(self.items()) == dict(other.items())


class MutableMapping(Mapping):
    _kinds = (dict,)

    def pop(self, key, *default):
        if key in self:
            value = self[key]
            del self[key]
            return value
        if default:
            return default[0]
        raise KeyError(key)

    def setdefault(self, key, default=None):
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, other=(), /, **kwargs):
        if hasattr(other, 'keys'):
            for key in other.keys():
                self[key] = other[key]
        else:
            for key, value in other:
                self[key] = value
        for key, value in kwargs.items():
            self[key] = value

    def clear(self):
        for key in list(self):
            del self[key]

    def popitem(self):
        for key in self:
            return key, self.pop(key)
        raise KeyError


class Set(Collection):
    _kinds = (set, frozenset)


class MutableSet(Set):
    _kinds = (set,)


class ByteString(Sequence):
    _kinds = (bytes, bytearray)


class KeysView(Collection):
    _kinds = (type({}.keys()),)


class ValuesView(Collection):
    _kinds = (type({}.values()),)


class ItemsView(Collection):
    _kinds = (type({}.items()),)


class Awaitable(metaclass=_Protocol):
    _needs = ('__await__',)
