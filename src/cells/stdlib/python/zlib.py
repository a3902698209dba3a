"""Compression as zlib has it."""
import _deflate
from _deflate import crc32

DEFLATED = 8
MAX_WBITS = 15
Z_BEST_COMPRESSION = 9
Z_BEST_SPEED = 1
Z_DEFAULT_COMPRESSION = -1


class error(Exception):
    pass


def compress(data, level=-1, wbits=15):
    return _deflate.gzip(data, level) if wbits > 15 else _deflate.deflate(data, level)


def decompress(data, wbits=15, bufsize=16384):
    try:
        return _deflate.gunzip(data) if wbits > 15 else _deflate.inflate(data)
    except (ValueError, OSError) as why:
        raise error(str(why)) from None
