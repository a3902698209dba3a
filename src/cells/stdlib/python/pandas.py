"""A small core of pandas: tables of columns that are made, looked at, written and read; no index but the row's number."""
import csv
import io
import numpy as np

__version__ = '1.5.3'


def _missing(value):
    return value is None or (isinstance(value, float) and value != value)


def _kind(values):
    if values and all(isinstance(v, bool) for v in values):
        return 'bool'
    if values and all(isinstance(v, int) and not isinstance(v, bool) for v in values):
        return 'int64'
    if values and all(v is None or isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
        return 'float64'
    return 'object'


def _clean(values):
    values = values.tolist() if hasattr(values, 'tolist') else list(values)
    values = [v.item() if hasattr(v, 'item') else v for v in values]
    if _kind(values) == 'float64':
        return [float('nan') if v is None else float(v) for v in values]
    return values


def _texts(values, kind):
    """As a column prints them."""
    if kind == 'float64':
        shown = [v for v in values if not _missing(v) and abs(v) != float('inf')]
        small = any(v != 0 and abs(v) < 1e-4 for v in shown) or any(abs(v) >= 1e15 for v in shown)
        if small:
            return ['NaN' if _missing(v) else f'{v:.6e}' for v in values]
        texts = ['NaN' if _missing(v) else f'{v:.6f}' for v in values]
        while all(t in ('NaN', 'inf', '-inf') or (t[-1] == '0' and t[-2] != '.') for t in texts) and \
                any(t not in ('NaN', 'inf', '-inf') for t in texts):
            texts = [t if t in ('NaN', 'inf', '-inf') else t[:-1] for t in texts]
        return texts
    return ['NaN' if isinstance(v, float) and v != v else str(v) for v in values]


class _Rows:
    def __init__(self, table):
        self._table = table

    def __getitem__(self, key):
        columns = slice(None)
        if isinstance(key, tuple):
            key, columns = key
        table = self._table
        if isinstance(table, Series):
            return table._values[key] if isinstance(key, int) else table._take(range(len(table))[key], table.name)
        names = list(table.columns)[columns] if not isinstance(columns, list) else [list(table.columns)[c] for c in columns]
        if isinstance(key, int):
            key = range(len(table))[key]
            if not isinstance(names, list):
                return table._data[names][key]
            return Series([table._data[c][key] for c in names], name=table._index[key], index=names)
        rows = range(len(table))[key] if isinstance(key, slice) else [int(k) for k in key]
        if not isinstance(names, list):
            return table[names]._take(rows, names)
        return table[names]._take(rows)


class Series:
    def __init__(self, data=None, index=None, name=None, dtype=None):
        if isinstance(data, dict):
            index = list(data) if index is None else index
            data = list(data.values())
        self._values = _clean([] if data is None else data)
        if dtype is not None:
            self._values = [dtype(v) for v in self._values] if callable(dtype) else self._values
        self._index = list(range(len(self._values))) if index is None else list(index)
        if len(self._index) != len(self._values):
            raise ValueError(f'Length of values ({len(self._values)}) does not match length of index ({len(self._index)})')
        self.name = name

    dtype = property(lambda self: np.dtype(_kind(self._values)))
    values = property(lambda self: np.array(self._values, dtype=object) if self.dtype == object else np.array(self._values))
    shape = property(lambda self: (len(self._values),))
    size = property(lambda self: len(self._values))
    index = property(lambda self: list(self._index))
    iloc = property(_Rows)

    def _take(self, rows, name=None):
        rows = list(rows)
        return Series([self._values[r] for r in rows], [self._index[r] for r in rows], self.name)

    def __array__(self, dtype=None):
        return self.values if dtype is None else self.values.astype(dtype)

    def __len__(self):
        return len(self._values)

    def __iter__(self):
        return iter(self._values)

    def __getitem__(self, key):
        if isinstance(key, slice):
            return self._take(range(len(self))[key])
        if isinstance(key, Series):
            return self._take([i for i, keep in enumerate(key._values) if keep])
        if key in self._index:
            return self._values[self._index.index(key)]
        raise KeyError(key)

    def _known(self):
        return [v for v in self._values if not _missing(v)]

    def count(self):
        return len(self._known())

    def sum(self):
        return sum(self._known())

    def mean(self):
        known = self._known()
        return sum(known) / len(known) if known else float('nan')

    def var(self, ddof=1):
        known, mean = self._known(), self.mean()
        return sum((v - mean) ** 2 for v in known) / (len(known) - ddof) if len(known) > ddof else float('nan')

    def std(self, ddof=1):
        return self.var(ddof) ** 0.5

    def min(self):
        return min(self._known(), default=float('nan'))

    def max(self):
        return max(self._known(), default=float('nan'))

    def quantile(self, q=0.5):
        known = sorted(self._known())
        if not known:
            return float('nan')
        at = q * (len(known) - 1)
        low = int(at)
        high = min(low + 1, len(known) - 1)
        return float(known[low] + (known[high] - known[low]) * (at - low))

    def median(self):
        return self.quantile(0.5)

    def unique(self):
        return np.array(list(dict.fromkeys(self._values)), dtype=object if self.dtype == object else None)

    def nunique(self):
        return len(dict.fromkeys(self._known()))

    def apply(self, func):
        return Series([func(v) for v in self._values], self._index, self.name)

    map = apply

    def isnull(self):
        return Series([_missing(v) for v in self._values], self._index, self.name)

    isna = isnull

    def fillna(self, value):
        return Series([value if _missing(v) else v for v in self._values], self._index, self.name)

    def astype(self, kind):
        kind = {'int': int, 'int64': int, 'float': float, 'float64': float, 'float32': float, 'str': str}.get(kind, kind)
        return Series([kind(v) for v in self._values], self._index, self.name)

    def head(self, n=5):
        return self[:n]

    def tail(self, n=5):
        return self._take(range(len(self))[-n:] if n else [])

    def to_numpy(self, dtype=None):
        return self.__array__(dtype)

    def tolist(self):
        return list(self._values)

    to_list = tolist

    def _with(self, other, run):
        others = other._values if isinstance(other, Series) else _clean(other) if hasattr(other, 'tolist') else [other] * len(self)
        if len(others) != len(self):
            raise ValueError('operands have different lengths')
        return Series([run(a, b) for a, b in zip(self._values, others)], self._index, self.name)

    def __add__(self, other): return self._with(other, lambda a, b: a + b)
    def __sub__(self, other): return self._with(other, lambda a, b: a - b)
    def __mul__(self, other): return self._with(other, lambda a, b: a * b)
    def __truediv__(self, other): return self._with(other, lambda a, b: a / b)
    def __pow__(self, other): return self._with(other, lambda a, b: a ** b)
    def __radd__(self, other): return self._with(other, lambda a, b: b + a)
    def __rsub__(self, other): return self._with(other, lambda a, b: b - a)
    def __rmul__(self, other): return self._with(other, lambda a, b: b * a)
    def __lt__(self, other): return self._with(other, lambda a, b: a < b)
    def __le__(self, other): return self._with(other, lambda a, b: a <= b)
    def __gt__(self, other): return self._with(other, lambda a, b: a > b)
    def __ge__(self, other): return self._with(other, lambda a, b: a >= b)
    def __eq__(self, other): return self._with(other, lambda a, b: a == b)
    def __ne__(self, other): return self._with(other, lambda a, b: a != b)
    def __and__(self, other): return self._with(other, lambda a, b: a and b)
    def __or__(self, other): return self._with(other, lambda a, b: a or b)

    __hash__ = None

    def __repr__(self):
        if not self._values:
            return 'Series([], dtype: float64)'
        rows = list(range(len(self)))
        cut = len(rows) > 60
        if cut:
            rows = rows[:5] + rows[-5:]
        labels = [str(self._index[r]) for r in rows]
        texts = _texts([self._values[r] for r in rows], _kind(self._values))
        wide, deep = max(map(len, labels)), max(map(len, texts))
        lines = [f'{label:<{wide}}    {text:>{deep}}' for label, text in zip(labels, texts)]
        if cut:
            lines.insert(5, f'{"":<{wide}}    {"...":>{deep}}')
        about = ([f'Name: {self.name}'] if self.name is not None else []) + ([f'Length: {len(self)}'] if cut else [])
        return '\n'.join(lines + [', '.join(about + [f'dtype: {_kind(self._values)}'])])


class DataFrame:
    def __init__(self, data=None, index=None, columns=None, dtype=None):
        if data is None:
            data = {}
        if isinstance(data, DataFrame):
            data = data._data
        elif not isinstance(data, dict):
            rows = data.tolist() if hasattr(data, 'tolist') else list(data)
            if rows and isinstance(rows[0], dict):
                names = list(dict.fromkeys(key for row in rows for key in row))
                data = {name: [row.get(name, float('nan')) for row in rows] for name in names}
            else:
                rows = [list(row) if hasattr(row, '__len__') and not isinstance(row, str) else [row] for row in rows]
                wide = max((len(row) for row in rows), default=len(columns or []))
                names = list(range(wide)) if columns is None else list(columns)
                if rows and len(names) != wide:
                    raise ValueError(f'{len(names)} columns passed, passed data had {wide} columns')
                data = {name: [row[i] if i < len(row) else None for row in rows] for i, name in enumerate(names)}
        names = list(data) if columns is None else list(columns)
        data = {name: data[name] for name in names if name in data}
        long = max((len(v) for v in data.values() if hasattr(v, '__len__') and not isinstance(v, str)), default=1 if data else 0)
        self._data = {}
        for name, values in data.items():
            plain = not hasattr(values, '__len__') or isinstance(values, str)
            self._data[name] = [values] * long if plain else _clean(values)
            if len(self._data[name]) != long:
                raise ValueError('All arrays must be of the same length')
        self._index = list(range(long)) if index is None else list(index)
        if len(self._index) != long and data:
            raise ValueError(f'Length of values ({long}) does not match length of index ({len(self._index)})')

    iloc = property(_Rows)
    index = property(lambda self: list(self._index))
    shape = property(lambda self: (len(self._index), len(self._data)))
    size = property(lambda self: len(self._index) * len(self._data))
    dtypes = property(lambda self: Series([_kind(v) for v in self._data.values()], list(self._data)))

    @property
    def columns(self):
        return list(self._data)

    @columns.setter
    def columns(self, names):
        names = list(names)
        if len(names) != len(self._data):
            raise ValueError(f'Length mismatch: Expected axis has {len(self._data)} elements, new values have {len(names)} elements')
        self._data = dict(zip(names, self._data.values()))

    @property
    def values(self):
        rows = [list(row) for row in zip(*self._data.values())]
        plain = all(_kind(v) in ('int64', 'float64', 'bool') for v in self._data.values())
        return np.array(rows) if plain else np.array(rows, dtype=object)

    def to_numpy(self, dtype=None):
        return self.values if dtype is None else self.values.astype(dtype)

    def __array__(self, dtype=None):
        return self.to_numpy(dtype)

    def __len__(self):
        return len(self._index)

    def __iter__(self):
        return iter(list(self._data))

    def __contains__(self, name):
        return name in self._data

    def _take(self, rows):
        rows = list(rows)
        return DataFrame({name: [v[r] for r in rows] for name, v in self._data.items()}, [self._index[r] for r in rows])

    def __getitem__(self, key):
        if isinstance(key, list):
            for name in key:
                if name not in self._data:
                    raise KeyError(f'{[name]} not in index')
            return DataFrame({name: self._data[name] for name in key}, self._index)
        if isinstance(key, slice):
            return self._take(range(len(self))[key])
        if isinstance(key, Series):
            return self._take([i for i, keep in enumerate(key._values) if keep])
        if key not in self._data:
            raise KeyError(key)
        return Series(self._data[key], self._index, key)

    def __setitem__(self, name, values):
        if not hasattr(values, '__len__') or isinstance(values, str):
            values = [values] * len(self)
        values = _clean(values)
        if self._data and len(values) != len(self):
            raise ValueError(f'Length of values ({len(values)}) does not match length of index ({len(self)})')
        if not self._data:
            self._index = list(range(len(values)))
        self._data[name] = values

    def __getattr__(self, name):
        data = self.__dict__.get('_data', {})
        if name in data:
            return self[name]
        raise AttributeError(f"'DataFrame' object has no attribute '{name}'")

    def head(self, n=5):
        return self[:n]

    def tail(self, n=5):
        return self._take(range(len(self))[-n:] if n else [])

    def copy(self):
        return DataFrame({name: list(v) for name, v in self._data.items()}, self._index)

    def drop(self, labels=None, axis=0, columns=None):
        names = columns if columns is not None else labels
        if columns is None and axis not in (1, 'columns'):
            raise NotImplementedError('DataFrame.drop takes columns here')
        names = names if isinstance(names, list) else [names]
        for name in names:
            if name not in self._data:
                raise KeyError(f'{[name]} not found in axis')
        return DataFrame({name: v for name, v in self._data.items() if name not in names}, self._index)

    def _each(self, run):
        names = [name for name, v in self._data.items() if _kind(v) != 'object']
        return Series([run(self[name]) for name in names], names)

    def mean(self): return self._each(lambda column: column.mean())
    def std(self): return self._each(lambda column: column.std())
    def sum(self): return self._each(lambda column: column.sum())
    def min(self): return self._each(lambda column: column.min())
    def max(self): return self._each(lambda column: column.max())

    def describe(self):
        names = [name for name, v in self._data.items() if _kind(v) in ('int64', 'float64')]
        rows = ['count', 'mean', 'std', 'min', '25%', '50%', '75%', 'max']
        told = {}
        for name in names:
            column = self[name]
            told[name] = [float(column.count()), column.mean(), column.std(), float(column.min()), column.quantile(0.25),
                          column.quantile(0.5), column.quantile(0.75), float(column.max())]
        return DataFrame(told, rows)

    def iterrows(self):
        for i in range(len(self)):
            yield self._index[i], self.iloc[i]

    def to_dict(self, orient='dict'):
        if orient == 'list':
            return {name: list(v) for name, v in self._data.items()}
        if orient == 'records':
            return [dict(zip(self._data, row)) for row in zip(*self._data.values())]
        return {name: dict(zip(self._index, v)) for name, v in self._data.items()}

    def to_csv(self, path=None, index=True, sep=','):
        out = io.StringIO()
        writer = csv.writer(out, delimiter=sep, lineterminator='\n')
        writer.writerow(([''] if index else []) + list(self._data))
        for i, row in enumerate(zip(*self._data.values())):
            writer.writerow(([self._index[i]] if index else []) + ['' if _missing(v) else v for v in row])
        if path is None:
            return out.getvalue()
        if hasattr(path, 'write'):
            path.write(out.getvalue())
        else:
            with open(path, 'w') as file:
                file.write(out.getvalue())

    def to_string(self):
        return self._written(list(range(len(self))), None)

    def _written(self, rows, cut):
        if not self._data or not rows:
            return f'Empty DataFrame\nColumns: [{", ".join(map(str, self._data))}]\nIndex: []'
        labels = [''] + [str(self._index[r]) for r in rows]
        wide = max(map(len, labels))
        parts = [[f'{label:<{wide}}' for label in labels]]
        for name, values in self._data.items():
            texts = [str(name)] + _texts([values[r] for r in rows], _kind(values))
            deep = max(map(len, texts))
            parts.append([f'{text:>{deep}}' for text in texts])
        if cut is not None:
            for i, part in enumerate(parts):
                deep = len(part[0])
                dots = '...' if deep >= 3 else '..'
                part.insert(cut + 1, dots.ljust(deep) if i == 0 else dots.rjust(deep))
        return '\n'.join('  '.join(line) for line in zip(*parts))

    def __repr__(self):
        if len(self) <= 60:
            return self.to_string()
        text = self._written(list(range(5)) + list(range(len(self) - 5, len(self))), 5)
        return f'{text}\n\n[{len(self)} rows x {len(self._data)} columns]'


def _number(text):
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return None


def _column(texts):
    """Numbers where all that is there are numbers."""
    empty = ('', 'NA', 'NaN', 'nan', 'null', 'None', 'N/A')
    numbers = [float('nan') if text in empty else _number(text) for text in texts]
    if all(n is not None for n in numbers):
        return numbers
    if all(text in ('True', 'False') for text in texts):
        return [text == 'True' for text in texts]
    return [float('nan') if text in empty else text for text in texts]


def read_csv(source, sep=',', header='infer', names=None, index_col=None, usecols=None, nrows=None, skiprows=0, delimiter=None):
    if hasattr(source, 'read'):
        text = source.read()
    else:
        with open(source) as file:
            text = file.read()
    if isinstance(text, bytes):
        text = text.decode('utf-8')
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter or sep) if row][skiprows:]
    if not rows and names is None:
        raise ValueError('No columns to parse from file')
    if names is None:
        names = rows.pop(0) if header is not None else list(range(len(rows[0])))
    elif header == 0:
        rows.pop(0)
    rows = rows if nrows is None else rows[:nrows]
    for i, row in enumerate(rows):
        if len(row) > len(names):
            raise ValueError(f'Error tokenizing data. Expected {len(names)} fields in line {i + 2}, saw {len(row)}')
    data = {name: _column([row[i] if i < len(row) else '' for row in rows]) for i, name in enumerate(names)}
    index = None
    if index_col is not None and index_col is not False:
        index = data.pop(names[index_col] if isinstance(index_col, int) else index_col)
    if usecols is not None:
        data = {name: data[name] for name in usecols}
    return DataFrame(data, index)


def isnull(value):
    return value.isnull() if isinstance(value, Series) else _missing(value)


isna = isnull
