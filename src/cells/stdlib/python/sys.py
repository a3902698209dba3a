from types import SimpleNamespace
from _containers import namedtuple
from _streams import stdout, stderr, stdin, error_handled

version = '3.11.2 (cells) [gradwire]'
version_info = namedtuple('version_info', 'major minor micro releaselevel serial')(3, 11, 2, 'final', 0)
hexversion = 0x030b02f0
api_version = 1013
platform = 'linux'
byteorder = 'little'
maxsize = 9223372036854775807
maxunicode = 1114111
executable = ''
prefix = '/usr'
path = ['']
argv = ['cell']
modules = {}
ps1 = '>>> '
flags = SimpleNamespace(debug=0, inspect=0, optimize=0, verbose=0)
implementation = SimpleNamespace(name='cpython', version=version_info)
float_info = namedtuple('float_info', 'max max_exp max_10_exp min min_exp min_10_exp dig mant_dig epsilon radix rounds')(
    1.7976931348623157e+308, 1024, 308, 2.2250738585072014e-308, -1021, -307, 15, 53, 2.220446049250313e-16, 2, 1)
int_info = namedtuple('int_info', 'bits_per_digit sizeof_digit')(30, 4)
hash_info = SimpleNamespace(width=64, modulus=2305843009213693951, inf=314159, nan=0)
__stdout__ = stdout
__stderr__ = stderr


def exc_info():
    error = error_handled()
    return (None, None, None) if error is None else (type(error), error, None)


def exception():
    return error_handled()


def exit(status=None):
    raise SystemExit(status)


def getsizeof(obj, default=None):
    if isinstance(obj, bool) or obj is None:
        return 28 if isinstance(obj, bool) else 16
    if isinstance(obj, int):
        return 28 + 4 * max(0, (obj.bit_length() - 1) // 30) if obj else 28
    if isinstance(obj, float):
        return 24
    if isinstance(obj, str):
        return 49 + len(obj) if obj.isascii() else 74 + 2 * len(obj)
    if isinstance(obj, (bytes, bytearray)):
        return 33 + len(obj)
    if isinstance(obj, list):
        return 56 + 8 * len(obj)
    if isinstance(obj, tuple):
        return 40 + 8 * len(obj)
    if isinstance(obj, dict):
        return 64 if not obj else 232 + 104 * max(0, (len(obj) - 5) // 5)
    if isinstance(obj, (set, frozenset)):
        return 216 if len(obj) < 5 else 728
    return 48


def getrecursionlimit():
    return 1000


def setrecursionlimit(limit):
    pass


def getrefcount(obj):
    return 2


def intern(text):
    return text


def getdefaultencoding():
    return 'utf-8'


def getfilesystemencoding():
    return 'utf-8'


def displayhook(value):
    if value is not None:
        print(repr(value))
