from _weak import hold, read, watch
from collections.abc import MutableMapping, MutableSet


class ReferenceType:
    def __init__(self, obj, callback=None):
        self._hold = hold(obj)
        self._hash = None
        self.__callback__ = callback
        if callback is not None:
            watch(self._hold, callback, self)

    def __call__(self):
        return read(self._hold)

    def __hash__(self):
        if self._hash is None:
            obj = self()
            if obj is None:
                raise TypeError('weak object has gone away')
            self._hash = hash(obj)
        return self._hash

    def __eq__(self, other):
        if not isinstance(other, ReferenceType):
            return NotImplemented
        mine, theirs = self(), other()
        if mine is None or theirs is None:
            return self is other
        return mine is theirs or mine == theirs

    def __repr__(self):
        obj = self()
        if obj is None:
            return '<weakref at 0x7f0000000000; dead>'
        return "<weakref at 0x7f0000000000; to '" + type(obj).__name__ + "' at 0x7f0000000000>"


ref = ReferenceType
ReferenceType.__name__ = 'ReferenceType'


class WeakMethod:
    def __init__(self, method, callback=None):
        self._of = ref(method.__self__, callback)
        self._function = method.__func__

    def __call__(self):
        obj = self._of()
        return None if obj is None else getattr(obj, self._function.__name__)


def _alive(reference):
    obj = reference()
    if obj is None:
        raise ReferenceError('weakly-referenced object no longer exists')
    return obj


class ProxyType:
    def __init__(self, obj, callback=None):
        object.__setattr__(self, '_to', ref(obj, callback))

    def __getattr__(self, name):
        return getattr(_alive(object.__getattribute__(self, '_to')), name)

    def __setattr__(self, name, value):
        setattr(_alive(object.__getattribute__(self, '_to')), name, value)

    def __call__(self, *args, **kwargs):
        return _alive(self._to)(*args, **kwargs)

    def __str__(self):
        return str(_alive(self._to))

    def __repr__(self):
        return "<weakproxy at 0x7f0000000000 to '" + type(_alive(self._to)).__name__ + "' at 0x7f0000000000>"

    def __bool__(self):
        return bool(_alive(self._to))

    def __len__(self):
        return len(_alive(self._to))

    def __getitem__(self, key):
        return _alive(self._to)[key]

    def __setitem__(self, key, value):
        _alive(self._to)[key] = value

    def __contains__(self, item):
        return item in _alive(self._to)

    def __iter__(self):
        return iter(_alive(self._to))

    def __eq__(self, other):
        return _alive(self._to) == other

    def __add__(self, other):
        return _alive(self._to) + other

    def __sub__(self, other):
        return _alive(self._to) - other

    def __mul__(self, other):
        return _alive(self._to) * other

    def __truediv__(self, other):
        return _alive(self._to) / other


proxy = ProxyType


class WeakValueDictionary(MutableMapping):
    def __init__(self, other=(), **kwargs):
        self._data = {}
        self.update(other, **kwargs)

    def __getitem__(self, key):
        obj = self._data[key]()
        if obj is None:
            del self._data[key]
            raise KeyError(key)
        return obj

    def __setitem__(self, key, value):
        self._data[key] = ref(value)

    def __delitem__(self, key):
        del self._data[key]

    def _prune(self):
        for key in [k for k, r in self._data.items() if r() is None]:
            del self._data[key]

    def __iter__(self):
        self._prune()
        return iter(list(self._data))

    def __len__(self):
        self._prune()
        return len(self._data)

    def valuerefs(self):
        return list(self._data.values())

    def __repr__(self):
        return '<WeakValueDictionary at 0x7f0000000000>'


class WeakKeyDictionary(MutableMapping):
    def __init__(self, dict=None):
        self._data = {}
        if dict is not None:
            self.update(dict)

    def __getitem__(self, key):
        return self._data[ref(key)]

    def __setitem__(self, key, value):
        made = ref(key)
        hash(made)
        self._data[made] = value

    def __delitem__(self, key):
        del self._data[ref(key)]

    def __contains__(self, key):
        return ref(key) in self._data

    def _prune(self):
        for key in [r for r in self._data if r() is None]:
            del self._data[key]

    def __iter__(self):
        self._prune()
        return iter([r() for r in self._data])

    def __len__(self):
        self._prune()
        return len(self._data)

    def keyrefs(self):
        return list(self._data)

    def __repr__(self):
        return '<WeakKeyDictionary at 0x7f0000000000>'


class WeakSet(MutableSet):
    def __init__(self, data=None):
        self.data = {}
        for item in data or ():
            self.add(item)

    def add(self, item):
        made = ref(item)
        hash(made)
        self.data[made] = None

    def discard(self, item):
        self.data.pop(ref(item), None)

    def __contains__(self, item):
        return ref(item) in self.data

    def _prune(self):
        for key in [r for r in self.data if r() is None]:
            del self.data[key]

    def __iter__(self):
        self._prune()
        return iter([r() for r in self.data])

    def __len__(self):
        self._prune()
        return len(self.data)


class finalize:
    def __init__(self, obj, func, *args, **kwargs):
        self._of = ref(obj)
        self._call = (func, args, kwargs)
        self.atexit = True
        watch(self._of._hold, finalize.__call__, self)

    def __call__(self, _=None):
        if self._call is None:
            return None
        func, args, kwargs = self._call
        self._call = None
        return func(*args, **kwargs)

    def detach(self):
        obj, call = self._of(), self._call
        self._call = None
        return None if call is None or obj is None else (obj, *call)

    def peek(self):
        obj = self._of()
        return None if self._call is None or obj is None else (obj, *self._call)

    @property
    def alive(self):
        return self._call is not None


def getweakrefcount(obj):
    return 0


def getweakrefs(obj):
    return []
