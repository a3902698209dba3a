import re

whitespace = ' \t\n\r\v\f'
ascii_lowercase = 'abcdefghijklmnopqrstuvwxyz'
ascii_uppercase = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
ascii_letters = ascii_lowercase + ascii_uppercase
digits = '0123456789'
hexdigits = digits + 'abcdef' + 'ABCDEF'
octdigits = '01234567'
punctuation = r"""!"#$%&'()*+,-./:;<=>?@[\]^_`{|}~"""
printable = digits + ascii_letters + punctuation + whitespace


def capwords(s, sep=None):
    return (sep or ' ').join([each.capitalize() for each in s.split(sep)])


class Template:
    def __init__(self, template):
        self.template = template

    def _replaced(self, mapping, keywords, safe):
        names = {**dict(mapping), **keywords}

        def value(match):
            if match.group(1) is not None:
                return '$'
            name = match.group(2) or match.group(3)
            if name is None:
                if safe:
                    return match.group(0)
                before = self.template[:match.start()]
                line = before.count('\n') + 1
                raise ValueError(f'Invalid placeholder in string: line {line}, col {match.start() - (before.rfind(chr(10)) + 1) + 1}')
            if safe and name not in names:
                return match.group(0)
            return str(names[name])
        return re.sub(r'\$(?:(\$)|([_a-zA-Z][_a-zA-Z0-9]*)|\{([_a-zA-Z][_a-zA-Z0-9]*)\}|)', value, self.template)

    def substitute(self, mapping={}, /, **kws):
        return self._replaced(mapping, kws, False)

    def safe_substitute(self, mapping={}, /, **kws):
        return self._replaced(mapping, kws, True)


class Formatter:
    def format(self, format_string, /, *args, **kwargs):
        return format_string.format(*args, **kwargs)

    def vformat(self, format_string, args, kwargs):
        return format_string.format(*args, **kwargs)
