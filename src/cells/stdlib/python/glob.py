import os
from fnmatch import fnmatchcase


def has_magic(s):
    return any([c in s for c in '*?['])


def _expand(base, parts, recursive):
    if not parts:
        yield base
        return
    part, rest = parts[0], parts[1:]
    if part == '**' and recursive:
        yield from _expand(base, rest, recursive) if rest else [base] if base else []
        for name in sorted(os.listdir(base or '.')):
            inner = os.path.join(base, name)
            if os.path.isdir(inner):
                yield from _expand(inner, parts, recursive)
            elif not rest:
                yield inner
        return
    if not has_magic(part):
        inner = os.path.join(base, part)
        if os.path.exists(inner):
            yield from _expand(inner, rest, recursive)
        return
    if not os.path.isdir(base or '.'):
        return
    for name in sorted(os.listdir(base or '.')):
        if fnmatchcase(name, part) and (not name.startswith('.') or part.startswith('.')):
            yield from _expand(os.path.join(base, name), rest, recursive)


def iglob(pathname, *, root_dir=None, recursive=False, include_hidden=False):
    pathname = os.fspath(pathname)
    base = '/' if pathname.startswith('/') else ''
    yield from _expand(base, [part for part in pathname.split('/') if part], recursive)


def glob(pathname, *, root_dir=None, recursive=False, include_hidden=False):
    return list(iglob(pathname, recursive=recursive))


def escape(pathname):
    return ''.join([f'[{c}]' if c in '*?[' else c for c in pathname])
