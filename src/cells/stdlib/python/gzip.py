"""Files that are compressed: read as a whole when they are opened, written as a whole when they are closed."""
import _deflate
import io
from builtins import open as _open

READ, WRITE = 1, 2


class BadGzipFile(OSError):
    pass


def compress(data, compresslevel=9, *, mtime=None):
    return _deflate.gzip(data, compresslevel)


def decompress(data):
    if not data:
        return b''
    try:
        return _deflate.gunzip(data)
    except OSError as why:
        raise BadGzipFile(str(why)) from None


class GzipFile:
    def __init__(self, filename=None, mode='rb', compresslevel=9, fileobj=None, mtime=None):
        mode = (mode or 'rb').replace('b', '')
        if mode not in ('r', 'w', 'a', 'x'):
            raise ValueError(f'Invalid mode: {mode!r}')
        self.name = filename
        self.mode = READ if mode == 'r' else WRITE
        self._level = compresslevel
        self._own = fileobj is None
        self._file = _open(filename, mode + 'b') if fileobj is None else fileobj
        self._inner = io.BytesIO(decompress(self._file.read()) if mode == 'r' else b'')
        self.closed = False

    def _check(self, mode):
        if self.closed:
            raise ValueError('I/O operation on closed file.')
        if mode != self.mode:
            raise OSError(9, f'{"read" if mode == READ else "write"}() on {"write" if mode == READ else "read"}-only GzipFile object')

    def read(self, size=-1):
        self._check(READ)
        return self._inner.read(size)

    def readline(self, size=-1):
        self._check(READ)
        return self._inner.readline(size)

    def readlines(self):
        self._check(READ)
        return self._inner.readlines()

    def write(self, data):
        self._check(WRITE)
        return self._inner.write(data)

    def seek(self, offset, whence=0):
        return self._inner.seek(offset, whence)

    def tell(self):
        return self._inner.tell()

    def flush(self):
        pass

    def readable(self):
        return self.mode == READ

    def writable(self):
        return self.mode == WRITE

    def seekable(self):
        return True

    def close(self):
        if self.closed:
            return
        self.closed = True
        if self.mode == WRITE:
            self._file.write(compress(self._inner.getvalue(), self._level))
        if self._own:
            self._file.close()

    def __iter__(self):
        self._check(READ)
        return iter(self._inner)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.close()


class _TextFile:
    """The text of a compressed file."""

    def __init__(self, file, encoding):
        self._file = file
        self._encoding = encoding or 'utf-8'
        self._inner = io.StringIO(file.read().decode(self._encoding) if file.mode == READ else '')
        self.closed = False

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def write(self, text):
        self._file._check(WRITE)
        return self._inner.write(text)

    def close(self):
        if not self.closed:
            self.closed = True
            if self._file.mode == WRITE:
                self._file.write(self._inner.getvalue().encode(self._encoding))
            self._file.close()

    def __iter__(self):
        return iter(self._inner)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.close()


def open(filename, mode='rb', compresslevel=9, encoding=None, errors=None, newline=None):
    if 't' in mode and 'b' in mode:
        raise ValueError(f'Invalid mode: {mode!r}')
    if hasattr(filename, 'read') or hasattr(filename, 'write'):
        file = GzipFile(None, mode.replace('t', ''), compresslevel, filename)
    else:
        file = GzipFile(filename, mode.replace('t', ''), compresslevel)
    return _TextFile(file, encoding) if 't' in mode else file
