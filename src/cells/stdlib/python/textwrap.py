def _pieces(text, on_hyphens):
    """Words, each with the hyphen it may be broken after, and the blanks between them."""
    pieces = []
    at = 0
    while at < len(text):
        start = at
        blank = text[at] == ' '
        while at < len(text) and (text[at] == ' ') == blank:
            at += 1
        word = text[start:at]
        if blank or not on_hyphens or '-' not in word:
            pieces.append(word)
            continue
        begin = 0
        for i in range(1, len(word) - 1):
            if word[i] == '-' and word[i - 1].isalpha() and word[i + 1].isalpha() and i - begin > 1:
                pieces.append(word[begin:i + 1])
                begin = i + 1
        pieces.append(word[begin:])
    return pieces


class TextWrapper:
    def __init__(self, width=70, initial_indent='', subsequent_indent='', expand_tabs=True, replace_whitespace=True,
                 fix_sentence_endings=False, break_long_words=True, drop_whitespace=True, break_on_hyphens=True,
                 tabsize=8, *, max_lines=None, placeholder=' [...]'):
        self.width = width
        self.initial_indent = initial_indent
        self.subsequent_indent = subsequent_indent
        self.expand_tabs = expand_tabs
        self.replace_whitespace = replace_whitespace
        self.break_long_words = break_long_words
        self.drop_whitespace = drop_whitespace
        self.break_on_hyphens = break_on_hyphens
        self.tabsize = tabsize
        self.max_lines = max_lines
        self.placeholder = placeholder

    def wrap(self, text):
        if self.width <= 0:
            raise ValueError(f'invalid width {self.width!r} (must be > 0)')
        if self.expand_tabs:
            text = text.expandtabs(self.tabsize)
        if self.replace_whitespace:
            for each in '\t\n\v\f\r':
                text = text.replace(each, ' ')
        chunks = _pieces(text, self.break_on_hyphens)
        chunks.reverse()
        lines = []
        while chunks:
            current = []
            length = 0
            indent = self.subsequent_indent if lines else self.initial_indent
            width = self.width - len(indent)
            if self.drop_whitespace and chunks[-1].strip() == '' and lines:
                chunks.pop()
            while chunks and length + len(chunks[-1]) <= width:
                length += len(chunks[-1])
                current.append(chunks.pop())
            if chunks and len(chunks[-1]) > width:
                room = max(1, width - length)
                if self.break_long_words:
                    current.append(chunks[-1][:room])
                    chunks[-1] = chunks[-1][room:]
                    length += room
                elif not current:
                    current.append(chunks.pop())
            if self.drop_whitespace and current and current[-1].strip() == '':
                length -= len(current.pop())
            if not current:
                continue
            last = self.max_lines is not None and len(lines) + 1 >= self.max_lines
            rest = chunks and not (self.drop_whitespace and len(chunks) == 1 and not chunks[0].strip())
            if not last or not rest:
                lines.append(indent + ''.join(current))
                continue
            while current:
                if current[-1].strip() and length + len(self.placeholder) <= width:
                    lines.append(indent + ''.join(current) + self.placeholder)
                    break
                length -= len(current.pop())
            else:
                if lines and len(lines[-1].rstrip()) + len(self.placeholder) <= self.width:
                    lines[-1] = lines[-1].rstrip() + self.placeholder
                else:
                    lines.append(indent + self.placeholder.lstrip())
            break
        return lines

    def fill(self, text):
        return '\n'.join(self.wrap(text))


def wrap(text, width=70, **kwargs):
    return TextWrapper(width=width, **kwargs).wrap(text)


def fill(text, width=70, **kwargs):
    return TextWrapper(width=width, **kwargs).fill(text)


def shorten(text, width, **kwargs):
    return TextWrapper(width=width, max_lines=1, **kwargs).fill(' '.join(text.strip().split()))


def dedent(text):
    lines = ['' if line.strip() == '' else line for line in text.split('\n')]
    margin = None
    for line in lines:
        if line == '':
            continue
        indent = line[:len(line) - len(line.lstrip())]
        if margin is None:
            margin = indent
        else:
            common = 0
            while common < len(margin) and common < len(indent) and margin[common] == indent[common]:
                common += 1
            margin = margin[:common]
    margin = margin or ''
    return '\n'.join([line[len(margin):] for line in lines])


def indent(text, prefix, predicate=None):
    if predicate is None:
        predicate = lambda line: line.strip()
    return ''.join([prefix + line if predicate(line) else line for line in text.splitlines(True)])
