QUOTE_MINIMAL, QUOTE_ALL, QUOTE_NONNUMERIC, QUOTE_NONE = range(4)


class Error(Exception):
    pass


class Dialect:
    delimiter = ','
    quotechar = '"'
    lineterminator = '\r\n'


class excel(Dialect):
    pass


class excel_tab(excel):
    delimiter = '\t'


def _option(dialect, name, given, fallback):
    if given is not None:
        return given
    if dialect == 'excel-tab':
        dialect = excel_tab
    return fallback if isinstance(dialect, str) else getattr(dialect, name, fallback)


def reader(lines, dialect='excel', *, delimiter=None, quotechar=None, skipinitialspace=False, quoting=QUOTE_MINIMAL, **kwargs):
    delimiter = _option(dialect, 'delimiter', delimiter, ',')
    quote = _option(dialect, 'quotechar', quotechar, '"')
    row = []
    current = ''
    quoted = False
    was_quoted = False

    def value(text, was_quoted):
        return float(text) if quoting == QUOTE_NONNUMERIC and not was_quoted else text
    for line in lines:
        if not quoted:
            line = line.rstrip('\r\n') if quote not in line else line
        if not quoted and not line.rstrip('\r\n'):
            yield []
            continue
        at = 0
        while at < len(line):
            c = line[at]
            at += 1
            if quoted:
                if c == quote and line[at:at + 1] == quote:
                    current += quote
                    at += 1
                elif c == quote:
                    quoted = False
                else:
                    current += c
            elif c == quote and current == '' and quoting != QUOTE_NONE:
                quoted = was_quoted = True
            elif c == delimiter:
                row.append(value(current, was_quoted))
                current = ''
                was_quoted = False
                while skipinitialspace and line[at:at + 1] == ' ':
                    at += 1
            elif c not in '\r\n':
                current += c
        if not quoted:
            row.append(value(current, was_quoted))
            yield row
            row = []
            current = ''
            was_quoted = False


class _Writer:
    def __init__(self, file, dialect='excel', *, delimiter=None, quotechar=None, lineterminator=None, quoting=QUOTE_MINIMAL, **kwargs):
        self._file = file
        self._delimiter = _option(dialect, 'delimiter', delimiter, ',')
        self._quote = _option(dialect, 'quotechar', quotechar, '"')
        self._end = _option(dialect, 'lineterminator', lineterminator, '\r\n')
        self._quoting = quoting

    def _cell(self, value):
        text = '' if value is None else value if isinstance(value, str) else repr(value) if isinstance(value, float) else str(value)
        needs = any([c in text for c in (self._delimiter, self._quote, '\n', '\r')])
        if self._quoting == QUOTE_ALL or needs or (self._quoting == QUOTE_NONNUMERIC and not isinstance(value, (int, float))):
            return self._quote + text.replace(self._quote, self._quote * 2) + self._quote
        return text

    def writerow(self, row):
        cells = [self._cell(value) for value in row]
        text = '""' if cells == [''] else self._delimiter.join(cells)
        return self._file.write(text + self._end)

    def writerows(self, rows):
        for row in rows:
            self.writerow(row)


def writer(file, dialect='excel', **kwargs):
    return _Writer(file, dialect, **kwargs)


class DictReader:
    def __init__(self, f, fieldnames=None, restkey=None, restval=None, dialect='excel', **kwargs):
        self._rows = reader(f, dialect, **kwargs)
        self._names = fieldnames
        self.restkey = restkey
        self.restval = restval
        self.line_num = 0

    @property
    def fieldnames(self):
        if self._names is None:
            self._names = next(self._rows, None)
        return self._names

    def __iter__(self):
        return self

    def __next__(self):
        names = self.fieldnames
        row = next(self._rows)
        while row == []:
            row = next(self._rows)
        self.line_num += 1
        made = dict(zip(names, row))
        if len(row) > len(names):
            made[self.restkey] = row[len(names):]
        for name in names[len(row):]:
            made[name] = self.restval
        return made


class DictWriter:
    def __init__(self, f, fieldnames, restval='', extrasaction='raise', dialect='excel', **kwargs):
        self.fieldnames = list(fieldnames)
        self.restval = restval
        self.extrasaction = extrasaction
        self.writer = writer(f, dialect, **kwargs)

    def writeheader(self):
        return self.writer.writerow(self.fieldnames)

    def writerow(self, row):
        extra = [key for key in row if key not in self.fieldnames]
        if extra and self.extrasaction == 'raise':
            raise ValueError('dict contains fields not in fieldnames: ' + ', '.join([repr(key) for key in extra]))
        return self.writer.writerow([row.get(name, self.restval) for name in self.fieldnames])

    def writerows(self, rows):
        for row in rows:
            self.writerow(row)
