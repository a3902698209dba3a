import _files
import os
import os.path as _path
from fnmatch import fnmatchcase


class PurePath:
    def __init__(self, *parts):
        joined = _path.join('', *parts) if parts else ''
        self._text = self._normal(joined)

    @staticmethod
    def _normal(text):
        parts = [part for part in text.split('/') if part not in ('', '.')]
        return ('/' if text.startswith('/') else '') + '/'.join(parts) or '.'

    def __str__(self):
        return self._text

    def __fspath__(self):
        return self._text

    def __repr__(self):
        return f'{"PosixPath" if isinstance(self, Path) else "PurePosixPath"}({self._text!r})'

    def __truediv__(self, other):
        return type(self)(self._text, other)

    def __rtruediv__(self, other):
        return type(self)(other, self._text)

    def __eq__(self, other):
        return isinstance(other, PurePath) and self._text == other._text

    def __lt__(self, other):
        return self.parts < other.parts

    def __le__(self, other):
        return self.parts <= other.parts

    def __gt__(self, other):
        return self.parts > other.parts

    def __ge__(self, other):
        return self.parts >= other.parts

    def __hash__(self):
        return hash(self._text)

    @property
    def parts(self):
        inner = [part for part in self._text.split('/') if part not in ('', '.')]
        return ('/', *inner) if self._text.startswith('/') else tuple(inner)

    @property
    def name(self):
        return '' if self._text in ('.', '/') else _path.basename(self._text)

    @property
    def suffix(self):
        return _path.splitext(self.name)[1]

    @property
    def suffixes(self):
        return ['.' + part for part in self.name.lstrip('.').split('.')[1:]]

    @property
    def stem(self):
        return _path.splitext(self.name)[0]

    @property
    def anchor(self):
        return '/' if self._text.startswith('/') else ''

    root = anchor

    @property
    def parent(self):
        return type(self)(_path.dirname(self._text) or ('/' if self._text == '/' else '.'))

    @property
    def parents(self):
        found = []
        at = self
        while at.parent != at:
            at = at.parent
            found.append(at)
        return tuple(found)

    def joinpath(self, *others):
        return type(self)(self._text, *others)

    def with_name(self, name):
        return self.parent / name

    def with_stem(self, stem):
        return self.with_name(stem + self.suffix)

    def with_suffix(self, suffix):
        return self.with_name(self.stem + suffix)

    def relative_to(self, *other):
        base = type(self)(*other)
        if self.parts[:len(base.parts)] != base.parts:
            raise ValueError(f'{self._text!r} is not in the subpath of {base._text!r} OR one path is relative and the other is absolute.')
        return type(self)(*self.parts[len(base.parts):])

    def is_relative_to(self, *other):
        base = type(self)(*other)
        return self.parts[:len(base.parts)] == base.parts

    def is_absolute(self):
        return self._text.startswith('/')

    def as_posix(self):
        return self._text

    def match(self, pattern):
        return fnmatchcase(self.name, pattern.rpartition('/')[2])


PurePosixPath = PurePath


class Path(PurePath):
    @classmethod
    def cwd(cls):
        return cls(_files.getcwd())

    @classmethod
    def home(cls):
        return cls('/home/user')

    def exists(self):
        return _path.exists(self)

    def is_file(self):
        return _path.isfile(self)

    def is_dir(self):
        return _path.isdir(self)

    def is_symlink(self):
        return False

    def mkdir(self, mode=0o777, parents=False, exist_ok=False):
        _files.mkdir(self._text, parents, exist_ok)

    def rmdir(self):
        os.rmdir(self)

    def unlink(self, missing_ok=False):
        if not missing_ok or self.exists():
            os.remove(self)

    def touch(self, mode=0o666, exist_ok=True):
        if self.exists() and not exist_ok:
            raise FileExistsError(17, 'File exists', self._text)
        open(self, 'a').close()

    def open(self, mode='r', buffering=-1, encoding=None, errors=None, newline=None):
        return open(self, mode)

    def read_text(self, encoding=None, errors=None):
        with open(self) as file:
            return file.read()

    def write_text(self, data, encoding=None, errors=None, newline=None):
        with open(self, 'w') as file:
            return file.write(data)

    def read_bytes(self):
        with open(self, 'rb') as file:
            return file.read()

    def write_bytes(self, data):
        with open(self, 'wb') as file:
            return file.write(data)

    def stat(self):
        return os.stat(self)

    def iterdir(self):
        for name in os.listdir(self._text):
            yield self / name

    def glob(self, pattern):
        import glob
        base = '' if self._text == '.' else self._text + '/'
        for found in glob.glob(base + pattern, recursive=True):
            yield type(self)(found)

    def rglob(self, pattern):
        return self.glob('**/' + pattern)

    def rename(self, target):
        os.rename(self, target)
        return type(self)(target)

    replace = rename

    def resolve(self, strict=False):
        return type(self)(_path.abspath(self))

    absolute = resolve

    def expanduser(self):
        return type(self)(_path.expanduser(self._text))

    def samefile(self, other):
        return _path.samefile(self, other)


PosixPath = Path
