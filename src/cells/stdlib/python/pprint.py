import sys


class PrettyPrinter:
    def __init__(self, indent=1, width=80, depth=None, stream=None, *, compact=False, sort_dicts=True, underscore_numbers=False):
        self._indent = indent
        self._width = width
        self._depth = depth
        self._stream = stream
        self._compact = compact
        self._sort = sort_dicts

    def pprint(self, object):
        print(self.pformat(object), file=self._stream)

    def pformat(self, object):
        return ''.join(self._format(object, 0, 0, 0))

    def isreadable(self, object):
        return True

    def _ordered(self, items):
        if not self._sort:
            return list(items)
        try:
            return sorted(items)
        except TypeError:
            return sorted(items, key=lambda item: (str(type(item)), str(item)))

    def _plain(self, value, level):
        if isinstance(value, dict) and type(value).__repr__ is dict.__repr__ or type(value) is dict:
            if not value:
                return '{}'
            if self._depth is not None and level >= self._depth:
                return '{...}'
            keys = self._ordered(value)
            return '{' + ', '.join([f'{self._plain(key, level + 1)}: {self._plain(value[key], level + 1)}' for key in keys]) + '}'
        if type(value) in (list, tuple):
            if not value:
                return '[]' if type(value) is list else '()'
            if self._depth is not None and level >= self._depth:
                return '[...]' if type(value) is list else '(...)'
            inner = ', '.join([self._plain(each, level + 1) for each in value])
            if type(value) is list:
                return f'[{inner}]'
            return f'({inner},)' if len(value) == 1 else f'({inner})'
        if type(value) is set and value:
            return '{' + ', '.join([repr(each) for each in self._ordered(value)]) + '}'
        return repr(value)

    def _format(self, value, indent, allowance, level):
        text = self._plain(value, level)
        if len(text) <= self._width - indent - allowance or (self._depth is not None and level >= self._depth):
            return [text]
        out = []
        if type(value) is dict and value:
            out.append('{' + ' ' * (self._indent - 1))
            keys = self._ordered(value)
            for i, key in enumerate(keys):
                label = self._plain(key, level + 1) + ': '
                last = i == len(keys) - 1
                out.append(label)
                out += self._format(value[key], indent + self._indent + len(label), allowance + 1 if last else 1, level + 1)
                if not last:
                    out.append(',\n' + ' ' * (indent + self._indent))
            out.append('}')
            return out
        if type(value) in (list, tuple, set) and value:
            open, close = {list: ('[', ']'), tuple: ('(', ')'), set: ('{', '}')}[type(value)]
            items = self._ordered(value) if type(value) is set else list(value)
            out.append(open + ' ' * (self._indent - 1))
            inner = indent + self._indent
            if self._compact:
                out += self._packed(items, inner, allowance + 1, level)
            else:
                for i, item in enumerate(items):
                    last = i == len(items) - 1
                    out += self._format(item, inner, allowance + 1 if last else 1, level + 1)
                    if not last:
                        out.append(',\n' + ' ' * inner)
            out.append(',' + close if type(value) is tuple and len(value) == 1 else close)
            return out
        if type(value) is str and value:
            return self._string(value, indent, allowance, level)
        return [text]

    def _packed(self, items, indent, allowance, level):
        out = []
        left = self._width - indent
        for i, item in enumerate(items):
            last = i == len(items) - 1
            text = self._plain(item, level + 1)
            if out and len(text) + 2 > left - (allowance if last else 0):
                out.append(',\n' + ' ' * indent)
                left = self._width - indent
            elif out:
                out.append(', ')
                left -= 2
            out += self._format(item, indent, allowance if last else 1, level + 1)
            left -= len(text)
        return out

    def _string(self, value, indent, allowance, level):
        lines = value.splitlines(True)
        nested = level == 0
        if nested:
            indent += 1
            allowance += 1
        chunks = []
        for i, line in enumerate(lines):
            most = self._width - indent - (allowance if i == len(lines) - 1 else 0)
            if len(repr(line)) <= most:
                chunks.append(repr(line))
                continue
            words = []
            for j, word in enumerate(line.split(' ')):
                words.append(word + ' ')
            words[-1] = words[-1][:-1]
            current = ''
            for j, word in enumerate(words):
                limit = most if j == len(words) - 1 else self._width - indent
                if current and len(repr(current + word)) > limit:
                    chunks.append(repr(current))
                    current = word
                else:
                    current += word
            if current:
                chunks.append(repr(current))
        if len(chunks) == 1:
            return chunks
        joined = ('\n' + ' ' * indent).join(chunks)
        return ['(' + joined + ')'] if nested else [joined]


def pprint(object, stream=None, indent=1, width=80, depth=None, *, compact=False, sort_dicts=True, underscore_numbers=False):
    PrettyPrinter(indent, width, depth, stream, compact=compact, sort_dicts=sort_dicts).pprint(object)


def pp(object, *args, sort_dicts=False, **kwargs):
    pprint(object, *args, sort_dicts=sort_dicts, **kwargs)


def pformat(object, indent=1, width=80, depth=None, *, compact=False, sort_dicts=True, underscore_numbers=False):
    return PrettyPrinter(indent, width, depth, compact=compact, sort_dicts=sort_dicts).pformat(object)


def saferepr(object):
    return repr(object)
