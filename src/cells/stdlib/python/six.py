"""What code that also ran on Python 2 imports; here it is Python 3 only."""
import io
from types import FunctionType, MethodType

PY2 = False
PY3 = True
PY34 = True
string_types = (str,)
integer_types = (int,)
class_types = (type,)
text_type = str
binary_type = bytes
MAXSIZE = 2 ** 63 - 1
StringIO = io.StringIO
BytesIO = io.BytesIO
__version__ = '1.16.0'
Iterator = object


def iterkeys(d, **kw):
    return iter(d.keys(**kw))


def itervalues(d, **kw):
    return iter(d.values(**kw))


def iteritems(d, **kw):
    return iter(d.items(**kw))


def viewkeys(d):
    return d.keys()


def viewvalues(d):
    return d.values()


def viewitems(d):
    return d.items()


def b(s):
    return s.encode('latin-1')


def u(s):
    return s


def ensure_str(s, encoding='utf-8', errors='strict'):
    return s.decode(encoding, errors) if isinstance(s, bytes) else s


ensure_text = ensure_str


def ensure_binary(s, encoding='utf-8', errors='strict'):
    return s.encode(encoding, errors) if isinstance(s, str) else s


unichr = chr
int2byte = lambda i: bytes([i])
byte2int = lambda data: data[0]
indexbytes = lambda data, i: data[i]
iterbytes = iter
advance_iterator = next
get_function_code = lambda fn: fn.__code__
print_ = print


def reraise(tp, value, tb=None):
    raise tp() if value is None else value


def raise_from(value, from_value):
    raise value from from_value


def with_metaclass(meta, *bases):
    return meta('temporary_class', bases, {})


def add_metaclass(metaclass):
    def wrapper(cls):
        names = {key: value for key, value in cls.__dict__.items() if key not in ('__dict__', '__weakref__')}
        return metaclass(cls.__name__, cls.__bases__, names)
    return wrapper


def python_2_unicode_compatible(cls):
    return cls
