# Threads that run one after the other: each from its start to its end, where it is started. What only another
# thread that runs at the same time could bring about is refused, since it would be waited for without end.
import time
from _threads import apart

_ONE_BY_ONE = 'threads run one after the other here, each to its end when it is started'
_count = [0]
_ids = [139637976727552]


class ThreadError(RuntimeError):
    pass


class Thread:
    def __init__(self, group=None, target=None, name=None, args=(), kwargs=None, *, daemon=None):
        if group is not None:
            raise AssertionError('group argument must be None for now')
        _count[0] += 1
        self._target = target
        self._args = args
        self._kwargs = kwargs or {}
        if name is None:
            name = 'Thread-' + str(_count[0])
            if target is not None and hasattr(target, '__name__'):
                name += ' (' + target.__name__ + ')'
        self._name = name
        self.daemon = bool(daemon)
        self._state = 'initial'
        self.ident = None

    @property
    def name(self):
        return self._name

    @name.setter
    def name(self, name):
        self._name = str(name)

    @property
    def native_id(self):
        return self.ident

    def getName(self):
        return self._name

    def setName(self, name):
        self._name = name

    def isDaemon(self):
        return self.daemon

    def setDaemon(self, daemon):
        self.daemon = daemon

    def run(self):
        if self._target is not None:
            self._target(*self._args, **self._kwargs)

    def start(self):
        if self._state != 'initial':
            raise RuntimeError('threads can only be started once')
        _ids[0] += 4096
        self.ident = _ids[0]
        self._state = 'started'
        _running.append(self)
        try:
            apart(self.run)
        except SystemExit:
            pass
        except Exception as error:
            excepthook(ExceptHookArgs((type(error), error, None, self)))
        finally:
            _running.pop()
            self._state = 'stopped'

    def join(self, timeout=None):
        if self._state == 'initial':
            raise RuntimeError('cannot join thread before it is started')
        if self is current_thread():
            raise RuntimeError('cannot join current thread')

    def is_alive(self):
        return self._state == 'started'

    def __repr__(self):
        ident = '' if self.ident is None else ' ' + str(self.ident)
        daemon = ' daemon' if self.daemon else ''
        return '<' + type(self).__name__ + '(' + self._name + ', ' + self._state + daemon + ident + ')>'


class ExceptHookArgs:
    def __init__(self, args):
        self.exc_type, self.exc_value, self.exc_traceback, self.thread = args


def excepthook(args):
    import sys
    name = args.thread.name if args.thread is not None else 'None'
    sys.stderr.write('Exception in thread ' + name + ':\n')
    text = str(args.exc_value)
    sys.stderr.write(args.exc_type.__name__ + (': ' + text if text else '') + '\n')


class _MainThread(Thread):
    def __init__(self):
        Thread.__init__(self, name='MainThread')
        _count[0] -= 1
        self._state = 'started'
        self.ident = _ids[0]


_main = _MainThread()
_running = [_main]


def current_thread():
    return _running[-1]


currentThread = current_thread


def main_thread():
    return _main


def enumerate():
    return list(_running)


def active_count():
    return len(_running)


activeCount = active_count


def get_ident():
    return current_thread().ident


get_native_id = get_ident


class Lock:
    _again = False

    def __init__(self):
        self._count = 0

    def acquire(self, blocking=True, timeout=-1):
        if self._count > 0 and not self._again:
            if not blocking or timeout > 0:
                return False
            raise RuntimeError('the lock is held, and nobody would release it: ' + _ONE_BY_ONE)
        self._count += 1
        return True

    def release(self):
        if self._count == 0:
            raise RuntimeError('cannot release un-acquired lock' if self._again else 'release unlocked lock')
        self._count -= 1

    def locked(self):
        return self._count > 0

    def __enter__(self):
        return self.acquire()

    def __exit__(self, kind, value, traceback):
        self.release()


class RLock(Lock):
    _again = True


class Semaphore:
    def __init__(self, value=1):
        if value < 0:
            raise ValueError('semaphore initial value must be >= 0')
        self._value = value

    def acquire(self, blocking=True, timeout=None):
        if self._value == 0:
            if not blocking or timeout is not None:
                return False
            raise RuntimeError('the semaphore is at zero, and nobody would release it: ' + _ONE_BY_ONE)
        self._value -= 1
        return True

    def release(self, n=1):
        self._value += n

    def __enter__(self):
        return self.acquire()

    def __exit__(self, kind, value, traceback):
        self.release()


class BoundedSemaphore(Semaphore):
    def __init__(self, value=1):
        Semaphore.__init__(self, value)
        self._most = value

    def release(self, n=1):
        if self._value + n > self._most:
            raise ValueError('Semaphore released too many times')
        self._value += n


class Event:
    def __init__(self):
        self._set = False

    def is_set(self):
        return self._set

    isSet = is_set

    def set(self):
        self._set = True

    def clear(self):
        self._set = False

    def wait(self, timeout=None):
        if not self._set and timeout is None:
            raise RuntimeError('the event is not set, and nobody would set it: ' + _ONE_BY_ONE)
        return self._set


class Condition:
    def __init__(self, lock=None):
        self._lock = RLock() if lock is None else lock
        self.acquire = self._lock.acquire
        self.release = self._lock.release

    def __enter__(self):
        return self._lock.__enter__()

    def __exit__(self, kind, value, traceback):
        return self._lock.__exit__(kind, value, traceback)

    def wait(self, timeout=None):
        if timeout is not None:
            return False
        raise RuntimeError('nobody would notify the condition: ' + _ONE_BY_ONE)

    def wait_for(self, predicate, timeout=None):
        met = predicate()
        return met if met else self.wait(timeout)

    def notify(self, n=1):
        pass

    def notify_all(self):
        pass


class Barrier:
    def __init__(self, parties, action=None, timeout=None):
        self.parties = parties
        self.n_waiting = 0
        self.broken = False
        self._action = action

    def wait(self, timeout=None):
        if self.parties == 1:
            if self._action is not None:
                self._action()
            return 0
        raise BrokenBarrierError('nobody else would come to the barrier: ' + _ONE_BY_ONE)


class BrokenBarrierError(RuntimeError):
    pass


class Timer(Thread):
    def __init__(self, interval, function, args=None, kwargs=None):
        Thread.__init__(self)
        self.interval = interval
        self.function = function
        self.args = args or []
        self.kwargs = kwargs or {}
        self.finished = Event()

    def cancel(self):
        self.finished.set()

    def run(self):
        if not self.finished.is_set():
            time.sleep(self.interval)
            self.function(*self.args, **self.kwargs)
        self.finished.set()


class local:
    def __init__(self):
        object.__setattr__(self, '_of', {})

    def _own(self):
        return object.__getattribute__(self, '_of').setdefault(id(current_thread()), {})

    def __getattr__(self, name):
        own = self._own()
        if name not in own:
            raise AttributeError("'_thread._local' object has no attribute '" + name + "'")
        return own[name]

    def __setattr__(self, name, value):
        self._own()[name] = value

    def __delattr__(self, name):
        own = self._own()
        if name not in own:
            raise AttributeError(name)
        del own[name]


def settrace(function):
    pass


def setprofile(function):
    pass


def stack_size(size=0):
    return 0


TIMEOUT_MAX = 9223372036.0
