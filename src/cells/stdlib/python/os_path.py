import _files

sep = '/'
curdir = '.'
pardir = '..'


def _text(path):
    if isinstance(path, str):
        return path
    if hasattr(type(path), '__fspath__'):
        return path.__fspath__()
    raise TypeError(f'expected str, bytes or os.PathLike object, not {type(path).__name__}')


def join(path, *paths):
    result = _text(path)
    for each in paths:
        each = _text(each)
        if each.startswith('/'):
            result = each
        elif not result or result.endswith('/'):
            result += each
        else:
            result += '/' + each
    return result


def split(path):
    path = _text(path)
    at = path.rfind('/') + 1
    head, tail = path[:at], path[at:]
    if head and head != '/' * len(head):
        head = head.rstrip('/')
    return head, tail


def basename(path):
    return split(path)[1]


def dirname(path):
    return split(path)[0]


def splitext(path):
    path = _text(path)
    at = path.rfind('/') + 1
    name = path[at:]
    dot = name.rfind('.')
    if dot <= 0 or not name[:dot].strip('.'):
        return path, ''
    return path[:at + dot], name[dot:]


def splitdrive(path):
    return '', _text(path)


def isabs(path):
    return _text(path).startswith('/')


def normpath(path):
    path = _text(path)
    parts = []
    for part in path.split('/'):
        if part in ('', '.'):
            continue
        if part == '..' and parts and parts[-1] != '..':
            parts.pop()
        elif part != '..' or not path.startswith('/'):
            parts.append(part)
    return ('/' if path.startswith('/') else '') + '/'.join(parts) or '.'


def abspath(path):
    return normpath(join(_files.getcwd(), path))


realpath = abspath


def relpath(path, start='.'):
    parts = [each for each in abspath(path).split('/') if each]
    base = [each for each in abspath(start).split('/') if each]
    common = 0
    while common < len(parts) and common < len(base) and parts[common] == base[common]:
        common += 1
    return '/'.join(['..'] * (len(base) - common) + parts[common:]) or '.'


def exists(path):
    return _files.kind(_text(path)) != ''


lexists = exists


def isfile(path):
    return _files.kind(_text(path)) == 'file'


def isdir(path):
    return _files.kind(_text(path)) == 'folder'


def islink(path):
    return False


def getsize(path):
    return _files.facts(_text(path))[0]


def getmtime(path):
    return _files.facts(_text(path))[2]


getctime = getatime = getmtime


def expanduser(path):
    path = _text(path)
    return '/home/user' + path[1:] if path == '~' or path.startswith('~/') else path


def expandvars(path):
    return path


def commonprefix(paths):
    if not paths:
        return ''
    low, high = min(paths), max(paths)
    for i, c in enumerate(low):
        if c != high[i]:
            return low[:i]
    return low


def commonpath(paths):
    split = [[each for each in _text(path).split('/') if each] for path in paths]
    common = []
    for parts in zip(*split):
        if any([part != parts[0] for part in parts]):
            break
        common.append(parts[0])
    return ('/' if paths[0].startswith('/') else '') + '/'.join(common)


def samefile(a, b):
    return abspath(a) == abspath(b)
