"""The clocks of the machine, in UTC. `sleep` holds nobody up: it sets the clocks that a cell sees forward."""
import _clock
from _calendar import format_time, from_ordinal, ordinal, parse_time

timezone = 0
altzone = 0
daylight = 0
tzname = ('UTC', 'UTC')


def time():
    return _clock.now()


def perf_counter():
    return _clock.steady()


def monotonic():
    return _clock.steady()


def process_time():
    return _clock.steady()


thread_time = process_time


def time_ns():
    return int(_clock.now() * 1000000) * 1000


def perf_counter_ns():
    return int(_clock.steady() * 1000000) * 1000


monotonic_ns = perf_counter_ns
process_time_ns = perf_counter_ns


def sleep(seconds):
    if not isinstance(seconds, (int, float)):
        raise TypeError(f"'{type(seconds).__name__}' object cannot be interpreted as an integer")
    if seconds < 0:
        raise ValueError('sleep length must be non-negative')
    _clock.advance(seconds)


class struct_time(tuple):
    tm_year = property(lambda self: self[0])
    tm_mon = property(lambda self: self[1])
    tm_mday = property(lambda self: self[2])
    tm_hour = property(lambda self: self[3])
    tm_min = property(lambda self: self[4])
    tm_sec = property(lambda self: self[5])
    tm_wday = property(lambda self: self[6])
    tm_yday = property(lambda self: self[7])
    tm_isdst = property(lambda self: self[8])
    tm_zone = 'UTC'
    tm_gmtoff = 0

    def __repr__(self):
        names = ('tm_year', 'tm_mon', 'tm_mday', 'tm_hour', 'tm_min', 'tm_sec', 'tm_wday', 'tm_yday', 'tm_isdst')
        return f'time.struct_time({", ".join([f"{name}={value}" for name, value in zip(names, self)])})'


def _struct(year, month, day, hour, minute, second):
    number = ordinal(year, month, day)
    return struct_time((year, month, day, hour, minute, second, (number + 6) % 7, number - ordinal(year, 1, 1) + 1, 0))


def gmtime(seconds=None):
    seconds = int(_clock.now() if seconds is None else seconds)
    days, rest = divmod(seconds, 86400)
    hour, rest = divmod(rest, 3600)
    return _struct(*from_ordinal(719163 + days), hour, *divmod(rest, 60))


localtime = gmtime


def mktime(t):
    return float((ordinal(t[0], t[1], t[2]) - 719163) * 86400 + t[3] * 3600 + t[4] * 60 + t[5])


def strftime(format, t=None):
    t = gmtime() if t is None else t
    return format_time(format, t[0], t[1], t[2], t[3], t[4], t[5], 0, '+0000', 'UTC')


def asctime(t=None):
    return strftime('%a %b %e %H:%M:%S %Y', t)


def ctime(seconds=None):
    return asctime(gmtime(seconds))


def strptime(text, format='%a %b %d %H:%M:%S %Y'):
    parts = parse_time(text, format)
    return _struct(parts.get('Y', 1900), parts.get('m', 1), parts.get('d', 1), parts.get('H', parts.get('I', 0)), parts.get('M', 0), parts.get('S', 0))
