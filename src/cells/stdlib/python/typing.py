import collections
import collections.abc
from _containers import namedtuple

TYPE_CHECKING = False


def _text(item):
    if item is ...:
        return '...'
    if item is None:
        return 'None'
    if item is type(None):
        return 'NoneType'
    if isinstance(item, type):
        return item.__qualname__ if item.__module__ == 'builtins' else f'{item.__module__}.{item.__qualname__}'
    if isinstance(item, list):
        return f'[{", ".join([_text(each) for each in item])}]'
    return repr(item)


class _Form:
    def __init__(self, name, origin=None, args=()):
        self._name = name
        self.__origin__ = origin
        self.__args__ = args

    def __getitem__(self, items):
        items = items if isinstance(items, tuple) else (items,)
        if self._name == 'Optional':
            return _Form('Optional', Union, (items[0], type(None)))
        if self._name == 'Union':
            flat = []
            for item in items:
                for each in item.__args__ if isinstance(item, _Form) and item.__origin__ is Union else [item]:
                    if each is None:
                        each = type(None)
                    if each not in flat:
                        flat.append(each)
            if len(flat) == 1:
                return flat[0]
            if len(flat) == 2 and type(None) in flat:
                return _Form('Optional', Union, tuple(flat))
            return _Form('Union', Union, tuple(flat))
        return _Form(self._name, self.__origin__ or self, items)

    def __call__(self, *args, **kwargs):
        if isinstance(self.__origin__, type):
            return self.__origin__(*args, **kwargs)
        raise TypeError(f'Cannot instantiate {self!r}')

    def __or__(self, other):
        return Union[self, other]

    def __ror__(self, other):
        return Union[other, self]

    def __eq__(self, other):
        return isinstance(other, _Form) and (self._name, self.__args__) == (other._name, other.__args__)

    def __hash__(self):
        return hash(self._name)

    def __repr__(self):
        if not self.__args__:
            return f'typing.{self._name}'
        args = self.__args__
        if self._name == 'Optional':
            args = [each for each in args if each is not type(None)]
        return f'typing.{self._name}[{", ".join([_text(each) for each in args])}]'


Any = _Form('Any')
Union = _Form('Union')
Optional = _Form('Optional')
Callable = _Form('Callable', collections.abc.Callable)
Literal = _Form('Literal')
Final = _Form('Final')
ClassVar = _Form('ClassVar')
Annotated = _Form('Annotated')
Concatenate = _Form('Concatenate')
TypeAlias = _Form('TypeAlias')
TypeGuard = _Form('TypeGuard')
Required = _Form('Required')
NotRequired = _Form('NotRequired')
Unpack = _Form('Unpack')
NoReturn = _Form('NoReturn')
Never = _Form('Never')
Self = _Form('Self')
LiteralString = _Form('LiteralString')
List = _Form('List', list)
Dict = _Form('Dict', dict)
Tuple = _Form('Tuple', tuple)
Set = _Form('Set', set)
FrozenSet = _Form('FrozenSet', frozenset)
Type = _Form('Type', type)
DefaultDict = _Form('DefaultDict', collections.defaultdict)
OrderedDict = _Form('OrderedDict', collections.OrderedDict)
Counter = _Form('Counter', collections.Counter)
Deque = _Form('Deque', collections.deque)
ChainMap = _Form('ChainMap', collections.ChainMap)
Iterable = _Form('Iterable', collections.abc.Iterable)
Iterator = _Form('Iterator', collections.abc.Iterator)
Generator = _Form('Generator', collections.abc.Generator)
Sequence = _Form('Sequence', collections.abc.Sequence)
MutableSequence = _Form('MutableSequence', collections.abc.MutableSequence)
Mapping = _Form('Mapping', collections.abc.Mapping)
MutableMapping = _Form('MutableMapping', collections.abc.MutableMapping)
Collection = _Form('Collection', collections.abc.Collection)
Container = _Form('Container', collections.abc.Container)
Sized = _Form('Sized', collections.abc.Sized)
Hashable = _Form('Hashable', collections.abc.Hashable)
Reversible = _Form('Reversible', collections.abc.Reversible)
AbstractSet = _Form('AbstractSet', collections.abc.Set)
ContextManager = _Form('ContextManager')
AsyncIterator = _Form('AsyncIterator')
AsyncIterable = _Form('AsyncIterable')
Awaitable = _Form('Awaitable')
Coroutine = _Form('Coroutine')
Pattern = _Form('Pattern')
Match = _Form('Match')
IO = _Form('IO')
TextIO = _Form('TextIO')
BinaryIO = _Form('BinaryIO')
SupportsFloat = _Form('SupportsFloat')
SupportsInt = _Form('SupportsInt')
SupportsIndex = _Form('SupportsIndex')
Text = str
AnyStr = None


class TypeVar:
    def __init__(self, name, *constraints, bound=None, covariant=False, contravariant=False):
        self.__name__ = name
        self.__constraints__ = constraints
        self.__bound__ = bound
        self._sign = '+' if covariant else '-' if contravariant else '~'

    def __repr__(self):
        return self._sign + self.__name__

    def __or__(self, other):
        return Union[self, other]

    def __ror__(self, other):
        return Union[other, self]


AnyStr = TypeVar('AnyStr', bytes, str)


class ParamSpec(TypeVar):
    @property
    def args(self):
        return self

    @property
    def kwargs(self):
        return self


class TypeVarTuple(TypeVar):
    def __iter__(self):
        yield self


def NewType(name, tp):
    def new_type(x):
        return x
    new_type.__name__ = name
    new_type.__supertype__ = tp
    return new_type


class Generic:
    def __class_getitem__(cls, item):
        return cls


class _ProtocolMeta(type):
    def __instancecheck__(cls, value):
        if type.__instancecheck__(cls, value):
            return True
        if not cls.__dict__.get('_is_protocol'):
            return False
        names = [name for each in cls.__mro__ if each.__dict__.get('_is_protocol')
                 for name in [*each.__dict__, *each.__dict__.get('__annotations__', {})] if not name.startswith('_') or name in ('__call__', '__len__', '__iter__')]
        return all([hasattr(value, name) for name in names])


class Protocol(metaclass=_ProtocolMeta):
    def __init_subclass__(cls, **kwargs):
        cls._is_protocol = Protocol in cls.__bases__

    def __class_getitem__(cls, item):
        return cls


class _NamedTupleMeta(type):
    def __new__(mcs, name, bases, names):
        if not bases:
            return super().__new__(mcs, name, bases, names)
        annotations = names.get('__annotations__', {})
        fields = list(annotations)
        defaults = [names[field] for field in fields if field in names]
        made = namedtuple(name, fields, defaults=defaults)
        made.__annotations__ = annotations
        made.__module__ = '__main__'
        for key, value in names.items():
            if key not in fields and key not in ('__module__', '__qualname__', '__annotations__'):
                setattr(made, key, value)
        return made


class _NamedTupleMaker(_NamedTupleMeta):
    def __call__(cls, typename, fields=(), **kwargs):
        return namedtuple(typename, [name for name, kind in fields] + list(kwargs))


class NamedTuple(metaclass=_NamedTupleMaker):
    pass


class _TypedDictMeta(type):
    def __new__(mcs, name, bases, names, total=True):
        if not bases:
            return super().__new__(mcs, name, bases, names)
        annotations = {}
        for base in bases:
            annotations.update(base.__dict__.get('__annotations__', {}))
        annotations.update(names.get('__annotations__', {}))
        made = type(name, (dict,), {**names, '__annotations__': annotations, '__total__': total})
        made._typed = True
        return made


class TypedDict(metaclass=_TypedDictMeta):
    pass


def runtime_checkable(cls):
    return cls


def final(item):
    return item


def overload(function):
    return function


def no_type_check(item):
    return item


def override(item):
    return item


def cast(typ, val):
    return val


def assert_type(val, typ):
    return val


def get_type_hints(obj, *args, **kwargs):
    if isinstance(obj, type):
        hints = {}
        for each in reversed(obj.__mro__):
            hints.update(each.__dict__.get('__annotations__', {}))
        return hints
    return dict(obj.__annotations__)


def get_origin(tp):
    return getattr(tp, '__origin__', None)


def get_args(tp):
    return getattr(tp, '__args__', ())
