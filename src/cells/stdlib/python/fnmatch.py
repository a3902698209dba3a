import re


def translate(pattern):
    out = ''
    i = 0
    while i < len(pattern):
        c = pattern[i]
        i += 1
        if c == '*':
            out += '.*'
        elif c == '?':
            out += '.'
        elif c == '[' and ']' in pattern[i + 1:]:
            end = pattern.index(']', i + 1)
            inner = pattern[i:end]
            out += '[' + ('^' + inner[1:] if inner.startswith('!') else inner).replace('\\', '\\\\') + ']'
            i = end + 1
        else:
            out += re.escape(c)
    return f'(?s:{out})\\Z'


def fnmatchcase(name, pat):
    return re.fullmatch(f'(?s){translate(pat)[4:-3]}', name) is not None


fnmatch = fnmatchcase


def filter(names, pat):
    return [name for name in names if fnmatchcase(name, pat)]
