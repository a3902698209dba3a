from _functools import partial, reduce, cmp_to_key

WRAPPER_ASSIGNMENTS = ('__module__', '__name__', '__qualname__', '__doc__', '__annotations__')
WRAPPER_UPDATES = ('__dict__',)


def update_wrapper(wrapper, wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    for name in assigned:
        value = getattr(wrapped, name, None)
        if value is not None:
            setattr(wrapper, name, value)
    for name, value in getattr(wrapped, '__dict__', {}).items():
        setattr(wrapper, name, value)
    wrapper.__wrapped__ = wrapped
    return wrapper


def wraps(wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    return lambda wrapper: update_wrapper(wrapper, wrapped, assigned, updated)


class _CacheInfo(tuple):
    def __new__(cls, hits, misses, maxsize, currsize):
        return super().__new__(cls, (hits, misses, maxsize, currsize))

    hits = property(lambda self: self[0])
    misses = property(lambda self: self[1])
    maxsize = property(lambda self: self[2])
    currsize = property(lambda self: self[3])

    def __repr__(self):
        return f'CacheInfo(hits={self[0]}, misses={self[1]}, maxsize={self[2]}, currsize={self[3]})'


_LARGEST = 100000


def lru_cache(maxsize=128, typed=False):
    if callable(maxsize):
        return lru_cache()(maxsize)

    def decorate(function):
        kept = {}
        counts = [0, 0]
        limit = _LARGEST if maxsize is None else min(maxsize, _LARGEST)

        @wraps(function)
        def wrapper(*args, **kwargs):
            key = (args, tuple(kwargs.items())) if kwargs else args
            if typed:
                key = (key, tuple([type(each) for each in args]))
            if key in kept:
                counts[0] += 1
                if maxsize is None:
                    return kept[key]
                value = kept.pop(key)
                kept[key] = value
                return value
            counts[1] += 1
            value = function(*args, **kwargs)
            if limit > 0:
                if len(kept) >= limit:
                    del kept[next(iter(kept))]
                kept[key] = value
            return value

        def cache_clear():
            kept.clear()
            counts[:] = [0, 0]
        wrapper.cache_info = lambda: _CacheInfo(counts[0], counts[1], maxsize, len(kept))
        wrapper.cache_clear = cache_clear
        wrapper.cache_parameters = lambda: {'maxsize': maxsize, 'typed': typed}
        return wrapper
    return decorate


def cache(function):
    return lru_cache(maxsize=None)(function)


class cached_property:
    def __init__(self, func):
        self.func = func
        self.attrname = None
        self.__doc__ = func.__doc__

    def __set_name__(self, owner, name):
        self.attrname = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        if self.attrname is None:
            raise TypeError('Cannot use cached_property instance without calling __set_name__ on it.')
        value = self.func(instance)
        instance.__dict__[self.attrname] = value
        return value


_ORDER = {
    '__lt__': [('__gt__', lambda self, other: _not(type(self).__lt__(self, other)) and self != other),
               ('__le__', lambda self, other: type(self).__lt__(self, other) or self == other),
               ('__ge__', lambda self, other: _not(type(self).__lt__(self, other)))],
    '__le__': [('__ge__', lambda self, other: _not(type(self).__le__(self, other)) or self == other),
               ('__lt__', lambda self, other: type(self).__le__(self, other) and self != other),
               ('__gt__', lambda self, other: _not(type(self).__le__(self, other)))],
    '__gt__': [('__lt__', lambda self, other: _not(type(self).__gt__(self, other)) and self != other),
               ('__ge__', lambda self, other: type(self).__gt__(self, other) or self == other),
               ('__le__', lambda self, other: _not(type(self).__gt__(self, other)))],
    '__ge__': [('__le__', lambda self, other: _not(type(self).__ge__(self, other)) or self == other),
               ('__gt__', lambda self, other: type(self).__ge__(self, other) and self != other),
               ('__lt__', lambda self, other: _not(type(self).__ge__(self, other)))],
}


def _not(value):
    return value if value is NotImplemented else not value


def total_ordering(cls):
    roots = [name for name in ('__lt__', '__le__', '__gt__', '__ge__') if any(name in each.__dict__ for each in cls.__mro__)]
    if not roots:
        raise ValueError('must define at least one ordering operation: < > <= >=')
    for name, function in _ORDER[roots[0]]:
        if name not in roots:
            setattr(cls, name, function)
    return cls


def singledispatch(function):
    registry = {object: function}

    def dispatch(cls):
        for each in cls.__mro__:
            if each in registry:
                return registry[each]
        return function

    def register(cls, func=None):
        if func is None:
            if isinstance(cls, type):
                return lambda f: register(cls, f)
            annotations = [value for name, value in cls.__annotations__.items() if name != 'return']
            if not annotations:
                raise TypeError('Invalid first argument to `register()`: use either `@register(some_class)` or plain `@register` on an annotated function.')
            func = cls
            cls = annotations[0]
        registry[cls] = func
        return func

    @wraps(function)
    def wrapper(*args, **kwargs):
        if not args:
            raise TypeError(f'{function.__name__} requires at least 1 positional argument')
        return dispatch(type(args[0]))(*args, **kwargs)
    wrapper.register = register
    wrapper.dispatch = dispatch
    wrapper.registry = registry
    return wrapper


class singledispatchmethod:
    def __init__(self, func):
        self.dispatcher = singledispatch(func)
        self.func = func

    def register(self, cls, method=None):
        return self.dispatcher.register(cls, method)

    def __get__(self, obj, cls=None):
        def method(*args, **kwargs):
            return self.dispatcher.dispatch(type(args[0]))(obj, *args, **kwargs)
        return method


class partialmethod:
    def __init__(self, func, /, *args, **kwargs):
        self.func = func
        self.args = args
        self.keywords = kwargs

    def __get__(self, obj, cls=None):
        return partial(self.func, obj, *self.args, **self.keywords)
