import os
import shutil
import _clock

tempdir = None


def gettempdir():
    if not os.path.isdir('/tmp'):
        os.makedirs('/tmp')
    return '/tmp'


def _name():
    letters = 'abcdefghijklmnopqrstuvwxyz0123456789_'
    return ''.join([letters[int(_clock.entropy() * len(letters))] for _ in range(8)])


def mkdtemp(suffix=None, prefix=None, dir=None):
    path = os.path.join(dir or gettempdir(), (prefix or 'tmp') + _name() + (suffix or ''))
    os.makedirs(path)
    return path


class TemporaryDirectory:
    def __init__(self, suffix=None, prefix=None, dir=None, ignore_cleanup_errors=False):
        self.name = mkdtemp(suffix, prefix, dir)

    def __enter__(self):
        return self.name

    def __exit__(self, *error):
        self.cleanup()

    def cleanup(self):
        shutil.rmtree(self.name, ignore_errors=True)

    def __repr__(self):
        return f'<TemporaryDirectory {self.name!r}>'


class _Temporary:
    def __init__(self, path, mode, delete):
        self.name = path
        self._delete = delete
        self._file = open(path, mode)

    def __getattr__(self, name):
        return getattr(self._file, name)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def __iter__(self):
        return iter(self._file)

    def close(self):
        self._file.close()
        if self._delete and os.path.exists(self.name):
            os.remove(self.name)


def NamedTemporaryFile(mode='w+b', buffering=-1, encoding=None, newline=None, suffix=None, prefix=None, dir=None, delete=True, *, errors=None):
    path = os.path.join(dir or gettempdir(), (prefix or 'tmp') + _name() + (suffix or ''))
    return _Temporary(path, mode, delete)


TemporaryFile = NamedTemporaryFile


def mktemp(suffix='', prefix='tmp', dir=None):
    return os.path.join(dir or gettempdir(), prefix + _name() + suffix)
