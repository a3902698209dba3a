from _itertools import accumulate as _accumulate, chain as _chain, combinations, count, islice, permutations, product


class chain:
    def __new__(cls, *iterables):
        return _chain(*iterables)

    @staticmethod
    def from_iterable(iterable):
        for each in iterable:
            yield from each


def accumulate(iterable, func=None, *, initial=None):
    if initial is not None:
        iterable = chain([initial], iterable)
    return _accumulate(iterable, func)


def cycle(iterable):
    kept = []
    for item in iterable:
        kept.append(item)
        yield item
    while kept:
        yield from kept


def repeat(object, times=None):
    if times is None:
        while True:
            yield object
    for _ in range(times):
        yield object


def zip_longest(*iterables, fillvalue=None):
    walks = [iter(each) for each in iterables]
    left = len(walks)
    ended = [False] * left
    while left:
        items = []
        for i, walk in enumerate(walks):
            item = fillvalue
            if not ended[i]:
                try:
                    item = next(walk)
                except StopIteration:
                    ended[i] = True
                    left -= 1
                    if not left:
                        return
            items.append(item)
        yield tuple(items)


class groupby:
    def __init__(self, iterable, key=None):
        self._walk = iter(iterable)
        self._key = key
        self._open = None
        self._ahead = self._take()

    def _take(self):
        for item in self._walk:
            return [item if self._key is None else self._key(item), item]
        return None

    def __iter__(self):
        return self

    def __next__(self):
        while self._open is not None and self._ahead is not None and self._ahead[0] == self._open[0]:
            self._ahead = self._take()
        if self._ahead is None:
            raise StopIteration
        self._open = [self._ahead[0]]
        return self._open[0], self._group(self._open)

    def _group(self, mine):
        while self._open is mine and self._ahead is not None and self._ahead[0] == mine[0]:
            item = self._ahead[1]
            self._ahead = self._take()
            yield item


def starmap(function, iterable):
    for args in iterable:
        yield function(*args)


def takewhile(predicate, iterable):
    for item in iterable:
        if not predicate(item):
            return
        yield item


def dropwhile(predicate, iterable):
    walk = iter(iterable)
    for item in walk:
        if not predicate(item):
            yield item
            break
    yield from walk


def filterfalse(function, iterable):
    for item in iterable:
        if not (item if function is None else function(item)):
            yield item


def compress(data, selectors):
    for item, chosen in zip(data, selectors):
        if chosen:
            yield item


def pairwise(iterable):
    walk = iter(iterable)
    for before in walk:
        break
    else:
        return
    for item in walk:
        yield before, item
        before = item


def combinations_with_replacement(iterable, r):
    pool = tuple(iterable)
    for indices in product(range(len(pool)), repeat=r):
        if all([a <= b for a, b in zip(indices, indices[1:])]):
            yield tuple([pool[i] for i in indices])


def tee(iterable, n=2):
    walk = iter(iterable)
    kept = [[] for _ in range(n)]

    def each(mine):
        while True:
            if not mine:
                try:
                    item = next(walk)
                except StopIteration:
                    return
                for other in kept:
                    other.append(item)
            yield mine.pop(0)
    return tuple([each(mine) for mine in kept])
