import types
from collections import OrderedDict


class _Empty:
    pass


def _shown(kind):
    return kind.__name__ if isinstance(kind, type) else repr(kind)


class Parameter:
    empty = _Empty
    POSITIONAL_ONLY, POSITIONAL_OR_KEYWORD, VAR_POSITIONAL, KEYWORD_ONLY, VAR_KEYWORD = range(5)

    def __init__(self, name, kind, *, default=_Empty, annotation=_Empty):
        self.name = name
        self.kind = kind
        self.default = default
        self.annotation = annotation

    def __str__(self):
        text = {2: '*', 4: '**'}.get(self.kind, '') + self.name
        if self.annotation is not _Empty:
            kind = self.annotation
            text += f': {_shown(kind)}'
        if self.default is not _Empty:
            text += f'{" = " if self.annotation is not _Empty else "="}{self.default!r}'
        return text

    def __repr__(self):
        return f'<Parameter "{self}">'


class Signature:
    empty = _Empty

    def __init__(self, parameters=(), *, return_annotation=_Empty):
        self.parameters = OrderedDict([(each.name, each) for each in parameters])
        self.return_annotation = return_annotation

    def __str__(self):
        parts = []
        bare = False
        for each in self.parameters.values():
            if each.kind == Parameter.VAR_POSITIONAL:
                bare = True
            elif each.kind == Parameter.KEYWORD_ONLY and not bare:
                parts.append('*')
                bare = True
            parts.append(str(each))
        text = f'({", ".join(parts)})'
        if self.return_annotation is not _Empty:
            kind = self.return_annotation
            text += f' -> {_shown(kind)}'
        return text

    def __repr__(self):
        return f'<Signature {self}>'


def signature(obj):
    import _kinds
    skip = 0
    if isinstance(obj, type):
        obj = obj.__init__
        skip = 1
    elif hasattr(obj, '__func__'):
        skip = 1
        obj = obj.__func__
    elif not isfunction(obj) and hasattr(type(obj), '__call__') and isfunction(type(obj).__call__):
        obj = type(obj).__call__
        skip = 1
    while hasattr(obj, '__wrapped__'):
        obj = obj.__wrapped__
    parts = _kinds.parameters(obj)
    if parts is None:
        raise ValueError(f'no signature found for builtin {obj!r}')
    annotations = obj.__annotations__
    made = [Parameter(name, kind, default=default[0] if default else _Empty, annotation=annotations.get(name, _Empty))
            for name, kind, default in parts]
    return Signature(made[skip:], return_annotation=annotations.get('return', _Empty))


def isfunction(obj):
    return isinstance(obj, types.FunctionType)


def ismethod(obj):
    return isinstance(obj, types.MethodType)


def isbuiltin(obj):
    return isinstance(obj, types.BuiltinFunctionType)


def isroutine(obj):
    return isfunction(obj) or ismethod(obj) or isbuiltin(obj)


def isclass(obj):
    return isinstance(obj, type)


def ismodule(obj):
    return isinstance(obj, types.ModuleType)


def isgenerator(obj):
    return isinstance(obj, types.GeneratorType)


def isgeneratorfunction(obj):
    import _kinds
    return _kinds.generates(obj)


def iscoroutinefunction(obj):
    return False


def isabstract(obj):
    return bool(getattr(obj, '__abstractmethods__', ()))


def getmembers(obj, predicate=None):
    found = [(name, getattr(obj, name)) for name in dir(obj)]
    return [pair for pair in found if predicate is None or predicate(pair[1])]


def getdoc(obj):
    doc = getattr(obj, '__doc__', None)
    return None if doc is None else cleandoc(doc)


def cleandoc(doc):
    from textwrap import dedent
    first, newline, rest = doc.expandtabs().partition('\n')
    return (first.lstrip() + newline + dedent(rest)).strip('\n')


def getmro(cls):
    return cls.__mro__


def getfullargspec(func):
    from collections import namedtuple
    parts = list(signature(func).parameters.values())
    plain = [each for each in parts if each.kind in (0, 1)]
    star = [each.name for each in parts if each.kind == 2]
    only = [each for each in parts if each.kind == 3]
    double = [each.name for each in parts if each.kind == 4]
    defaults = tuple([each.default for each in plain if each.default is not _Empty])
    kind = namedtuple('FullArgSpec', 'args varargs varkw defaults kwonlyargs kwonlydefaults annotations')
    return kind([each.name for each in plain], star[0] if star else None, double[0] if double else None, defaults or None,
                [each.name for each in only], {each.name: each.default for each in only if each.default is not _Empty} or None, func.__annotations__)


def getsource(obj):
    raise OSError('could not get source code')


def stack():
    return []


def currentframe():
    return None
