import _files
import os


class Error(OSError):
    pass


class SameFileError(Error):
    pass


def copyfile(src, dst, *, follow_symlinks=True):
    with open(src, 'rb') as source:
        data = source.read()
    with open(dst, 'wb') as target:
        target.write(data)
    return dst


def copy(src, dst, *, follow_symlinks=True):
    if os.path.isdir(dst):
        dst = os.path.join(dst, os.path.basename(src))
    return copyfile(src, dst)


copy2 = copy


def move(src, dst, copy_function=copy2):
    if os.path.isdir(dst):
        dst = os.path.join(dst, os.path.basename(src))
    os.rename(src, dst)
    return dst


def rmtree(path, ignore_errors=False, onerror=None):
    if ignore_errors and not os.path.isdir(path):
        return
    _files.rmdir(os.fspath(path), True)


def copytree(src, dst, dirs_exist_ok=False, **kwargs):
    os.makedirs(dst, exist_ok=dirs_exist_ok)
    for name in os.listdir(os.fspath(src)):
        inner = os.path.join(src, name)
        if os.path.isdir(inner):
            copytree(inner, os.path.join(dst, name), True)
        else:
            copy(inner, os.path.join(dst, name))
    return dst


def get_terminal_size(fallback=(80, 24)):
    return os.get_terminal_size()


def which(cmd, mode=None, path=None):
    return None
