"""Time that calls take. Statements that are given as text are refused: cells do not run text."""
import itertools
import time

default_timer = time.perf_counter
default_number = 1000000
default_repeat = 5


class Timer:
    def __init__(self, stmt='pass', setup='pass', timer=default_timer, globals=None):
        for each in (stmt, setup):
            if isinstance(each, str) and each.strip() not in ('', 'pass'):
                raise NotImplementedError('timeit times functions here: give it a function in the place of a statement')
            if not isinstance(each, str) and not callable(each):
                raise ValueError('stmt is neither a string nor callable')
        self.timer = timer
        self._run = stmt if callable(stmt) else lambda: None
        self._setup = setup if callable(setup) else lambda: None

    def timeit(self, number=default_number):
        self._setup()
        run = self._run
        start = self.timer()
        for _ in itertools.repeat(None, number):
            run()
        return self.timer() - start

    def repeat(self, repeat=default_repeat, number=default_number):
        return [self.timeit(number) for _ in range(repeat)]

    def autorange(self, callback=None):
        i = 1
        while True:
            for j in 1, 2, 5:
                number = i * j
                taken = self.timeit(number)
                if callback:
                    callback(number, taken)
                if taken >= 0.2:
                    return number, taken
            i *= 10


def timeit(stmt='pass', setup='pass', timer=default_timer, number=default_number, globals=None):
    return Timer(stmt, setup, timer, globals).timeit(number)


def repeat(stmt='pass', setup='pass', timer=default_timer, repeat=default_repeat, number=default_number, globals=None):
    return Timer(stmt, setup, timer, globals).repeat(repeat, number)
