from copy import deepcopy
from types import SimpleNamespace


class FrozenInstanceError(AttributeError):
    pass


class _Missing:
    def __repr__(self):
        return '<dataclasses._MISSING_TYPE object>'


MISSING = _Missing()


class _KeywordOnly:
    pass


KW_ONLY = _KeywordOnly


class InitVar:
    def __init__(self, type):
        self.type = type

    def __class_getitem__(cls, type):
        return InitVar(type)


class Field:
    def __init__(self, default, default_factory, init, repr, hash, compare, metadata, kw_only):
        self.name = None
        self.type = None
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.hash = hash
        self.compare = compare
        self.metadata = {} if metadata is None else metadata
        self.kw_only = kw_only
        self.pseudo = None

    def __repr__(self):
        return (f'Field(name={self.name!r},type={self.type!r},default={self.default!r},'
                f'default_factory={self.default_factory!r},init={self.init!r},repr={self.repr!r},'
                f'hash={self.hash!r},compare={self.compare!r},metadata={self.metadata!r},kw_only={self.kw_only!r})')


def field(*, default=MISSING, default_factory=MISSING, init=True, repr=True, hash=None, compare=True, metadata=None, kw_only=MISSING):
    if default is not MISSING and default_factory is not MISSING:
        raise ValueError('cannot specify both default and default_factory')
    return Field(default, default_factory, init, repr, hash, compare, metadata, kw_only)


def _pseudo(annotation):
    if isinstance(annotation, InitVar) or annotation is InitVar:
        return 'InitVar'
    text = annotation if isinstance(annotation, str) else repr(annotation)
    if 'ClassVar' in text:
        return 'ClassVar'
    return 'InitVar' if isinstance(annotation, str) and text.startswith(('InitVar', 'dataclasses.InitVar')) else None


def _collect(cls, kw_only):
    collected = {}
    for base in reversed(cls.__mro__[1:]):
        collected.update(base.__dict__.get('__dataclass_fields__', {}))
    for name, annotation in cls.__dict__.get('__annotations__', {}).items():
        if annotation is KW_ONLY:
            kw_only = True
            continue
        default = cls.__dict__.get(name, MISSING)
        if not isinstance(default, Field):
            default = field(default=default)
        elif default.default is not MISSING:
            setattr(cls, name, default.default)
        elif name in cls.__dict__:
            delattr(cls, name)
        default.name = name
        default.type = annotation
        default.pseudo = _pseudo(annotation)
        if default.kw_only is MISSING:
            default.kw_only = kw_only
        if default.pseudo != 'ClassVar' and isinstance(default.default, (list, dict, set)):
            raise ValueError(f'mutable default {type(default.default)} for field {name} is not allowed: use default_factory')
        collected[name] = default
    for name, value in cls.__dict__.items():
        if isinstance(value, Field) and name not in cls.__dict__.get('__annotations__', {}):
            raise TypeError(f'{name!r} is a field but has no type annotation')
    return collected


def _listed(names):
    quoted = [repr(name) for name in names]
    if len(quoted) == 1:
        return quoted[0]
    return f'{", ".join(quoted[:-1])}{"," if len(quoted) > 2 else ""} and {quoted[-1]}'


def _initializer(cls, chosen, frozen):
    taken = [f for f in chosen if f.init and f.pseudo != 'ClassVar']
    positional = [f for f in taken if not f.kw_only]
    optional = False
    for f in positional:
        has_default = f.default is not MISSING or f.default_factory is not MISSING
        if optional and not has_default:
            raise TypeError(f'non-default argument {f.name!r} follows default argument')
        optional = optional or has_default
    names = [f.name for f in positional]
    known = {f.name for f in taken}
    label = f'{cls.__qualname__}.__init__()'

    def __init__(self, *args, **kwargs):
        given = dict(zip(names, args))
        if len(args) > len(names):
            most = len(names) + 1
            required = 1 + sum(1 for f in positional if f.default is MISSING and f.default_factory is MISSING)
            takes = f'{most}' if required == most else f'from {required} to {most}'
            raise TypeError(f'{label} takes {takes} positional argument{"" if takes == "1" else "s"} but {len(args) + 1} were given')
        for name, value in kwargs.items():
            if name not in known:
                raise TypeError(f"{label} got an unexpected keyword argument '{name}'")
            if name in given:
                raise TypeError(f"{label} got multiple values for argument '{name}'")
            given[name] = value
        absent = [f for f in taken if f.name not in given and f.default is MISSING and f.default_factory is MISSING]
        for kind, group in (('positional', [f for f in absent if not f.kw_only]), ('keyword-only', [f for f in absent if f.kw_only])):
            if group:
                plural = '' if len(group) == 1 else 's'
                raise TypeError(f'{label} missing {len(group)} required {kind} argument{plural}: {_listed([f.name for f in group])}')
        extra = []
        for f in chosen:
            if f.pseudo == 'ClassVar':
                continue
            if f.init and f.name in given:
                value = given[f.name]
            elif f.default_factory is not MISSING:
                value = f.default_factory()
            elif f.default is not MISSING:
                value = f.default
            else:
                continue
            if f.pseudo == 'InitVar':
                extra.append(value)
            else:
                object.__setattr__(self, f.name, value) if frozen else setattr(self, f.name, value)
        if hasattr(self, '__post_init__'):
            self.__post_init__(*extra)
    return __init__


def _process(cls, init, repr, eq, order, unsafe_hash, frozen, match_args, kw_only, slots):
    collected = _collect(cls, kw_only)
    chosen = list(collected.values())
    cls.__dataclass_fields__ = collected
    cls.__dataclass_params__ = SimpleNamespace(init=init, repr=repr, eq=eq, order=order, unsafe_hash=unsafe_hash, frozen=frozen)
    real = [f for f in chosen if f.pseudo is None]
    shown = [f.name for f in real if f.repr]
    compared = [f.name for f in real if f.compare]
    own = cls.__dict__

    def values(self):
        return tuple([getattr(self, name) for name in compared])

    if init:
        cls.__init__ = _initializer(cls, chosen, frozen)
    if repr and '__repr__' not in own:
        def __repr__(self):
            inner = ', '.join([f'{name}={getattr(self, name)!r}' for name in shown])
            return f'{type(self).__qualname__}({inner})'
        cls.__repr__ = __repr__
    if eq and '__eq__' not in own:
        def __eq__(self, other):
            return values(self) == values(other) if type(other) is type(self) else NotImplemented
        cls.__eq__ = __eq__
    if order:
        if not eq:
            raise ValueError('eq must be true if order is true')

        def __lt__(self, other):
            return values(self) < values(other) if type(other) is type(self) else NotImplemented

        def __le__(self, other):
            return values(self) <= values(other) if type(other) is type(self) else NotImplemented

        def __gt__(self, other):
            return values(self) > values(other) if type(other) is type(self) else NotImplemented

        def __ge__(self, other):
            return values(self) >= values(other) if type(other) is type(self) else NotImplemented
        for function in (__lt__, __le__, __gt__, __ge__):
            if function.__name__ in own:
                raise TypeError(f'Cannot overwrite attribute {function.__name__} in class {cls.__name__}. Consider using functools.total_ordering')
            setattr(cls, function.__name__, function)
    if unsafe_hash or (eq and frozen and '__hash__' not in own):
        hashed = [f.name for f in real if (f.compare if f.hash is None else f.hash)]

        def __hash__(self):
            return hash(tuple([getattr(self, name) for name in hashed]))
        cls.__hash__ = __hash__
    elif eq and '__hash__' not in own:
        cls.__hash__ = None
    if frozen:
        names = {f.name for f in real}

        def __setattr__(self, name, value):
            if type(self) is cls or name in names:
                raise FrozenInstanceError(f'cannot assign to field {name!r}')
            super(cls, self).__setattr__(name, value)

        def __delattr__(self, name):
            if type(self) is cls or name in names:
                raise FrozenInstanceError(f'cannot delete field {name!r}')
            super(cls, self).__delattr__(name)
        cls.__setattr__ = __setattr__
        cls.__delattr__ = __delattr__
    if match_args:
        cls.__match_args__ = tuple([f.name for f in chosen if f.init and not f.kw_only and f.pseudo != 'ClassVar'])
    return cls


def dataclass(cls=None, /, *, init=True, repr=True, eq=True, order=False, unsafe_hash=False, frozen=False, match_args=True, kw_only=False, slots=False, weakref_slot=False):
    def wrap(cls):
        return _process(cls, init, repr, eq, order, unsafe_hash, frozen, match_args, kw_only, slots)
    return wrap if cls is None else wrap(cls)


def fields(class_or_instance):
    collected = getattr(class_or_instance, '__dataclass_fields__', None)
    if collected is None:
        raise TypeError('must be called with a dataclass type or instance')
    return tuple([f for f in collected.values() if f.pseudo is None])


def is_dataclass(obj):
    return hasattr(obj if isinstance(obj, type) else type(obj), '__dataclass_fields__')


def _is_instance(obj):
    return not isinstance(obj, type) and hasattr(type(obj), '__dataclass_fields__')


def _convert(value, make, dict_factory, tuple_factory):
    if _is_instance(value):
        return make(value)
    if isinstance(value, tuple) and hasattr(value, '_fields'):
        return type(value)(*[_convert(each, make, dict_factory, tuple_factory) for each in value])
    if isinstance(value, (list, tuple)):
        return type(value)([_convert(each, make, dict_factory, tuple_factory) for each in value])
    if isinstance(value, dict):
        return {_convert(key, make, dict_factory, tuple_factory): _convert(each, make, dict_factory, tuple_factory)
                for key, each in value.items()}
    return deepcopy(value)


def asdict(obj, *, dict_factory=dict):
    if not _is_instance(obj):
        raise TypeError('asdict() should be called on dataclass instances')

    def make(value):
        return dict_factory([(f.name, _convert(getattr(value, f.name), make, dict_factory, None)) for f in fields(value)])
    return make(obj)


def astuple(obj, *, tuple_factory=tuple):
    if not _is_instance(obj):
        raise TypeError('astuple() should be called on dataclass instances')

    def make(value):
        return tuple_factory([_convert(getattr(value, f.name), make, None, tuple_factory) for f in fields(value)])
    return make(obj)


def replace(obj, /, **changes):
    if not _is_instance(obj):
        raise TypeError('replace() should be called on dataclass instances')
    for f in obj.__dataclass_fields__.values():
        if f.pseudo == 'ClassVar':
            continue
        if not f.init:
            if f.name in changes:
                raise ValueError(f'field {f.name} is declared with init=False, it cannot be specified with replace()')
            continue
        if f.name not in changes:
            if f.pseudo == 'InitVar' and f.default is MISSING:
                raise ValueError(f'InitVar {f.name!r} must be specified with replace()')
            changes[f.name] = getattr(obj, f.name)
    return type(obj)(**changes)


def make_dataclass(cls_name, fields, *, bases=(), namespace=None, **options):
    names = dict(namespace or {})
    annotations = {}
    for item in fields:
        if isinstance(item, str):
            annotations[item] = object
        else:
            annotations[item[0]] = item[1]
            if len(item) > 2:
                names[item[0]] = item[2]
    names['__annotations__'] = annotations
    return dataclass(type(cls_name, bases, names), **options)
