"""The files of the workspace, and an environment in which there is nothing."""
import _files
import os.path as path
from _files import getcwd, chdir, listdir

name = 'posix'
sep = '/'
altsep = None
extsep = '.'
pathsep = ':'
linesep = '\n'
curdir = '.'
pardir = '..'
devnull = '/dev/null'
environ = {}
F_OK, R_OK, W_OK, X_OK = 0, 4, 2, 1
error = OSError


class PathLike:
    def __class_getitem__(cls, item):
        return cls


def fspath(path):
    if isinstance(path, (str, bytes)):
        return path
    if hasattr(type(path), '__fspath__'):
        return path.__fspath__()
    raise TypeError(f'expected str, bytes or os.PathLike object, not {type(path).__name__}')


def getenv(key, default=None):
    return environ.get(key, default)


def putenv(key, value):
    environ[key] = value


def mkdir(path, mode=0o777, *, dir_fd=None):
    _files.mkdir(fspath(path), False, False)


def makedirs(name, mode=0o777, exist_ok=False):
    _files.mkdir(fspath(name), True, exist_ok)


def remove(path, *, dir_fd=None):
    _files.remove(fspath(path))


unlink = remove


def rmdir(path, *, dir_fd=None):
    _files.rmdir(fspath(path), False)


def removedirs(name):
    rmdir(name)


def rename(src, dst):
    _files.rename(fspath(src), fspath(dst))


replace = rename
renames = rename


class stat_result:
    def __init__(self, size, folder, modified):
        self.st_size = size
        self.st_mode = 0o40755 if folder else 0o100644
        self.st_mtime = self.st_ctime = self.st_atime = modified
        self.st_uid = self.st_gid = 0
        self.st_nlink = 1
        self.st_ino = 0


def stat(path, *, dir_fd=None, follow_symlinks=True):
    return stat_result(*_files.facts(fspath(path)))


lstat = stat


class DirEntry:
    def __init__(self, folder, name):
        self.name = name
        self.path = path.join(folder, name)

    def is_dir(self, *, follow_symlinks=True):
        return path.isdir(self.path)

    def is_file(self, *, follow_symlinks=True):
        return path.isfile(self.path)

    def stat(self):
        return stat(self.path)

    def __fspath__(self):
        return self.path

    def __repr__(self):
        return f'<DirEntry {self.name!r}>'


class scandir:
    def __init__(self, path='.'):
        self._entries = iter([DirEntry(fspath(path), each) for each in listdir(fspath(path))])

    def __iter__(self):
        return self._entries

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


def walk(top, topdown=True, onerror=None, followlinks=False):
    top = fspath(top)
    if not path.isdir(top):
        return
    names = listdir(top)
    folders = [each for each in names if path.isdir(path.join(top, each))]
    files = [each for each in names if each not in folders]
    if topdown:
        yield top, folders, files
    for each in folders:
        yield from walk(path.join(top, each), topdown)
    if not topdown:
        yield top, folders, files


def access(path, mode):
    return _files.kind(fspath(path)) != ''


def urandom(n):
    import _clock
    return bytes([int(_clock.entropy() * 256) for _ in range(n)])


def cpu_count():
    return 1


def getpid():
    return 1


def getlogin():
    return 'user'


def get_terminal_size():
    from _containers import namedtuple
    return namedtuple('terminal_size', 'columns lines')(80, 24)


def _refused(name):
    def refuse(*args, **kwargs):
        raise NotImplementedError(f'os.{name}() needs the machine that cells run on, which they do not reach')
    return refuse


system, popen, fork, kill, execv, spawnv = [_refused(each) for each in ('system', 'popen', 'fork', 'kill', 'execv', 'spawnv')]
