"""Progress is told on stderr, once a bar is over: nobody watches a cell while it runs."""
import sys


class tqdm:
    def __init__(self, iterable=None, desc=None, total=None, leave=True, file=None, ncols=None, mininterval=0.1, disable=False,
                 unit='it', initial=0, position=None, postfix=None, **kwargs):
        self.iterable = iterable
        self.desc = desc or ''
        self.total = total
        if total is None and iterable is not None and hasattr(iterable, '__len__'):
            self.total = len(iterable)
        self.leave = leave
        self.disable = disable
        self.unit = unit
        self.n = initial
        self.postfix = ''
        self._over = False
        if postfix:
            self.set_postfix(postfix)

    def __iter__(self):
        for item in self.iterable:
            yield item
            self.n += 1
        self.close()

    def __len__(self):
        return self.total if self.iterable is None else len(self.iterable)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def __str__(self):
        label = f'{self.desc}: ' if self.desc else ''
        tail = f', {self.postfix}' if self.postfix else ''
        if not self.total:
            return f'{label}{self.n}{self.unit}{tail}'
        share = self.n / self.total
        return f'{label}{share:4.0%}|{"#" * int(share * 10):<10}| {self.n}/{self.total}{tail}'

    __repr__ = __str__

    def update(self, n=1):
        self.n += n
        return True

    def close(self):
        if not self._over and not self.disable and self.leave:
            print(self, file=sys.stderr)
        self._over = True

    def set_description(self, desc=None, refresh=True):
        self.desc = desc or ''

    set_description_str = set_description

    def set_postfix(self, ordered_dict=None, refresh=True, **kwargs):
        pairs = {**(ordered_dict or {}), **kwargs}
        self.postfix = ', '.join([f'{key}={value:.3g}' if isinstance(value, float) else f'{key}={value}' for key, value in pairs.items()])

    def set_postfix_str(self, s='', refresh=True):
        self.postfix = s

    def refresh(self, *args, **kwargs):
        pass

    def clear(self, *args, **kwargs):
        pass

    def reset(self, total=None):
        self.n = 0
        if total is not None:
            self.total = total

    def unpause(self):
        pass

    def display(self, *args, **kwargs):
        pass

    @classmethod
    def write(cls, s, file=None, end='\n', nolock=False):
        print(s, file=file, end=end)

    @classmethod
    def pandas(cls, *args, **kwargs):
        pass


def trange(*args, **kwargs):
    return tqdm(range(*args), **kwargs)


tqdm_notebook = tqdm
tnrange = trange
