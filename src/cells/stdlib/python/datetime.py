import _clock
from _calendar import DAYS, MONTHS, format_time, from_ordinal, is_leap, iso_week, month_length, ordinal, parse_time

MINYEAR = 1
MAXYEAR = 9999


def _round(value):
    return round(value)


class timedelta:
    def __init__(self, days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0):
        for each in (days, seconds, microseconds, milliseconds, minutes, hours, weeks):
            if not isinstance(each, (int, float)):
                raise TypeError(f'unsupported type for timedelta days component: {type(each).__name__}')
        whole = 0
        rest = 0.0
        for each, unit in ((days, 86400000000), (seconds, 1000000), (microseconds, 1), (milliseconds, 1000),
                           (minutes, 60000000), (hours, 3600000000), (weeks, 604800000000)):
            if isinstance(each, int):
                whole += each * unit
            else:
                base = int(each)
                whole += base * unit
                rest += (each - base) * unit
        self._set(whole + round(rest))

    def _set(self, micros):
        days, micros = divmod(micros, 86400000000)
        if not -1000000000 < days < 1000000000:
            raise OverflowError(f'days={days}; must have magnitude <= 999999999')
        self.days = days
        self.seconds, self.microseconds = divmod(micros, 1000000)

    @classmethod
    def _of(cls, micros):
        self = cls.__new__(cls)
        self._set(micros)
        return self

    @property
    def _micros(self):
        return (self.days * 86400 + self.seconds) * 1000000 + self.microseconds

    def total_seconds(self):
        return self._micros / 1000000

    def __repr__(self):
        parts = [f'{name}={getattr(self, name)}' for name in ('days', 'seconds', 'microseconds') if getattr(self, name)]
        return f'datetime.timedelta({", ".join(parts) or "0"})'

    def __str__(self):
        minutes, seconds = divmod(self.seconds, 60)
        hours, minutes = divmod(minutes, 60)
        text = f'{hours}:{minutes:02d}:{seconds:02d}'
        if self.days:
            text = f'{self.days} day{"" if abs(self.days) == 1 else "s"}, {text}'
        return text + (f'.{self.microseconds:06d}' if self.microseconds else '')

    def __add__(self, other):
        return timedelta._of(self._micros + other._micros) if isinstance(other, timedelta) else NotImplemented

    def __sub__(self, other):
        return timedelta._of(self._micros - other._micros) if isinstance(other, timedelta) else NotImplemented

    def __neg__(self):
        return timedelta._of(-self._micros)

    def __pos__(self):
        return self

    def __abs__(self):
        return timedelta._of(abs(self._micros))

    def __mul__(self, other):
        return timedelta._of(round(self._micros * other)) if isinstance(other, (int, float)) else NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, other):
        if isinstance(other, timedelta):
            return self._micros / other._micros
        return timedelta._of(round(self._micros / other)) if isinstance(other, (int, float)) else NotImplemented

    def __floordiv__(self, other):
        if isinstance(other, timedelta):
            return self._micros // other._micros
        return timedelta._of(self._micros // other) if isinstance(other, int) else NotImplemented

    def __mod__(self, other):
        return timedelta._of(self._micros % other._micros)

    def __divmod__(self, other):
        return self // other, self % other

    def __bool__(self):
        return self._micros != 0

    def __hash__(self):
        return hash(self._micros)

    def __eq__(self, other):
        return self._micros == other._micros if isinstance(other, timedelta) else NotImplemented

    def __lt__(self, other):
        return self._micros < other._micros if isinstance(other, timedelta) else NotImplemented

    def __le__(self, other):
        return self._micros <= other._micros if isinstance(other, timedelta) else NotImplemented

    def __gt__(self, other):
        return self._micros > other._micros if isinstance(other, timedelta) else NotImplemented

    def __ge__(self, other):
        return self._micros >= other._micros if isinstance(other, timedelta) else NotImplemented


timedelta.min = timedelta(-999999999)
timedelta.max = timedelta(days=999999999, hours=23, minutes=59, seconds=59, microseconds=999999)
timedelta.resolution = timedelta(microseconds=1)


class tzinfo:
    pass


def _offset_text(delta, colon=True):
    minutes = delta._micros // 60000000
    sign = '-' if minutes < 0 else '+'
    hours, minutes = divmod(abs(minutes), 60)
    return f'{sign}{hours:02d}{":" if colon else ""}{minutes:02d}'


class timezone(tzinfo):
    def __init__(self, offset, name=None):
        if not isinstance(offset, timedelta):
            raise TypeError('offset must be a timedelta')
        self._offset = offset
        self._name = name

    def utcoffset(self, dt):
        return self._offset

    def dst(self, dt):
        return None

    def tzname(self, dt):
        if self._name is not None:
            return self._name
        return 'UTC' if not self._offset else 'UTC' + _offset_text(self._offset)

    def __repr__(self):
        return 'datetime.timezone.utc' if self is timezone.utc else f'datetime.timezone({self._offset!r})'

    def __str__(self):
        return self.tzname(None)

    def __eq__(self, other):
        return isinstance(other, timezone) and self._offset == other._offset

    def __hash__(self):
        return hash(self._offset)


timezone.utc = timezone(timedelta(0))
UTC = timezone.utc


def _check_date(year, month, day):
    for each in (year, month, day):
        if not isinstance(each, int):
            raise TypeError(f"'{type(each).__name__}' object cannot be interpreted as an integer")
    if not MINYEAR <= year <= MAXYEAR:
        raise ValueError(f'year {year} is out of range')
    if not 1 <= month <= 12:
        raise ValueError('month must be in 1..12')
    if not 1 <= day <= month_length(year, month):
        raise ValueError('day is out of range for month')


class IsoCalendarDate(tuple):
    year = property(lambda self: self[0])
    week = property(lambda self: self[1])
    weekday = property(lambda self: self[2])

    def __repr__(self):
        return f'datetime.IsoCalendarDate(year={self[0]}, week={self[1]}, weekday={self[2]})'


class date:
    def __init__(self, year, month=None, day=None):
        if month is None or day is None:
            raise TypeError("function missing required argument '" + ('month' if month is None else 'day') + "' (pos " + ('2' if month is None else '3') + ')')
        _check_date(year, month, day)
        self.year = year
        self.month = month
        self.day = day

    @classmethod
    def today(cls):
        return cls.fromtimestamp(_clock.now())

    @classmethod
    def fromtimestamp(cls, timestamp):
        return cls.fromordinal(719163 + int(timestamp // 86400))

    @classmethod
    def fromordinal(cls, n):
        return cls(*from_ordinal(n))

    @classmethod
    def fromisoformat(cls, text):
        parts = text.split('-')
        if len(text) != 10 or len(parts) != 3 or not all([part.isdigit() for part in parts]):
            raise ValueError(f'Invalid isoformat string: {text!r}')
        return cls(*map(int, parts))

    def toordinal(self):
        return ordinal(self.year, self.month, self.day)

    def weekday(self):
        return (self.toordinal() + 6) % 7

    def isoweekday(self):
        return self.weekday() + 1

    def isocalendar(self):
        return IsoCalendarDate(iso_week(self.year, self.month, self.day))

    def isoformat(self):
        return f'{self.year:04d}-{self.month:02d}-{self.day:02d}'

    def timetuple(self):
        from time import _struct
        return _struct(self.year, self.month, self.day, 0, 0, 0)

    def ctime(self):
        return self.strftime('%a %b %e %H:%M:%S %Y')

    def strftime(self, form):
        return format_time(form, self.year, self.month, self.day, 0, 0, 0)

    def __format__(self, spec):
        return self.strftime(spec) if spec else str(self)

    def replace(self, year=None, month=None, day=None):
        return type(self)(self.year if year is None else year, self.month if month is None else month, self.day if day is None else day)

    def __repr__(self):
        return f'datetime.date({self.year}, {self.month}, {self.day})'

    def __str__(self):
        return self.isoformat()

    def _key(self):
        return self.toordinal()

    def _comparable(self, other):
        return isinstance(other, date) and not isinstance(other, datetime)

    def __eq__(self, other):
        return self._key() == other._key() if self._comparable(other) else NotImplemented

    def __lt__(self, other):
        return self._key() < other._key() if self._comparable(other) else NotImplemented

    def __le__(self, other):
        return self._key() <= other._key() if self._comparable(other) else NotImplemented

    def __gt__(self, other):
        return self._key() > other._key() if self._comparable(other) else NotImplemented

    def __ge__(self, other):
        return self._key() >= other._key() if self._comparable(other) else NotImplemented

    def __hash__(self):
        return hash(self._key())

    def __add__(self, other):
        if not isinstance(other, timedelta):
            return NotImplemented
        n = self.toordinal() + other.days
        if not 1 <= n <= 3652059:
            raise OverflowError('date value out of range')
        return type(self).fromordinal(n)

    __radd__ = __add__

    def __sub__(self, other):
        if isinstance(other, timedelta):
            return self + timedelta(-other.days)
        return timedelta(self.toordinal() - other.toordinal()) if isinstance(other, date) else NotImplemented


date.min = date(1, 1, 1)
date.max = date(9999, 12, 31)
date.resolution = timedelta(days=1)


def _check_time(hour, minute, second, microsecond):
    if not 0 <= hour <= 23:
        raise ValueError('hour must be in 0..23')
    if not 0 <= minute <= 59:
        raise ValueError('minute must be in 0..59')
    if not 0 <= second <= 59:
        raise ValueError('second must be in 0..59')
    if not 0 <= microsecond <= 999999:
        raise ValueError('microsecond must be in 0..999999')


def _clock_text(hour, minute, second, micro, timespec):
    if timespec == 'auto':
        timespec = 'microseconds' if micro else 'seconds'
    text = f'{hour:02d}'
    if timespec != 'hours':
        text += f':{minute:02d}'
    if timespec not in ('hours', 'minutes'):
        text += f':{second:02d}'
    if timespec == 'milliseconds':
        text += f'.{micro // 1000:03d}'
    elif timespec == 'microseconds':
        text += f'.{micro:06d}'
    return text


def _parse_clock(text):
    """Hour, minute, second, microsecond and zone of an ISO text."""
    zone = None
    if text.endswith('Z'):
        zone = timezone.utc
        text = text[:-1]
    for sign in '+-':
        if sign in text:
            text, _, offset = text.partition(sign)
            hours, _, minutes = offset.partition(':')
            delta = timedelta(hours=int(hours), minutes=int(minutes or 0))
            zone = timezone(delta if sign == '+' else -delta)
            if not delta:
                zone = timezone.utc
    whole, _, fraction = text.partition('.')
    parts = [int(part) for part in whole.split(':')] + [0, 0]
    return parts[0], parts[1], parts[2], int(fraction[:6].ljust(6, '0')) if fraction else 0, zone


class time:
    def __init__(self, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0):
        _check_time(hour, minute, second, microsecond)
        self.hour = hour
        self.minute = minute
        self.second = second
        self.microsecond = microsecond
        self.tzinfo = tzinfo

    @classmethod
    def fromisoformat(cls, text):
        return cls(*_parse_clock(text))

    def isoformat(self, timespec='auto'):
        text = _clock_text(self.hour, self.minute, self.second, self.microsecond, timespec)
        return text if self.tzinfo is None else text + _offset_text(self.tzinfo.utcoffset(None))

    def strftime(self, form):
        return format_time(form, 1900, 1, 1, self.hour, self.minute, self.second, self.microsecond)

    def __format__(self, spec):
        return self.strftime(spec) if spec else str(self)

    def replace(self, hour=None, minute=None, second=None, microsecond=None):
        return time(self.hour if hour is None else hour, self.minute if minute is None else minute,
                    self.second if second is None else second, self.microsecond if microsecond is None else microsecond, self.tzinfo)

    def __repr__(self):
        parts = [str(self.hour), str(self.minute)]
        if self.second or self.microsecond:
            parts.append(str(self.second))
        if self.microsecond:
            parts.append(str(self.microsecond))
        if self.tzinfo is not None:
            parts.append(f'tzinfo={self.tzinfo!r}')
        return f'datetime.time({", ".join(parts)})'

    def __str__(self):
        return self.isoformat()

    def _key(self):
        return self.hour, self.minute, self.second, self.microsecond

    def __eq__(self, other):
        return isinstance(other, time) and self._key() == other._key()

    def __lt__(self, other):
        return self._key() < other._key()

    def __le__(self, other):
        return self._key() <= other._key()

    def __gt__(self, other):
        return self._key() > other._key()

    def __ge__(self, other):
        return self._key() >= other._key()

    def __hash__(self):
        return hash(self._key())


time.min = time(0, 0)
time.max = time(23, 59, 59, 999999)


class datetime(date):
    def __init__(self, year, month=None, day=None, hour=0, minute=0, second=0, microsecond=0, tzinfo=None, *, fold=0):
        super().__init__(year, month, day)
        _check_time(hour, minute, second, microsecond)
        self.hour = hour
        self.minute = minute
        self.second = second
        self.microsecond = microsecond
        self.tzinfo = tzinfo
        self.fold = fold

    @classmethod
    def _of(cls, micros, zone=None):
        days, micros = divmod(micros, 86400000000)
        if not 1 <= days <= 3652059:
            raise OverflowError('date value out of range')
        seconds, micros = divmod(micros, 1000000)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        return cls(*from_ordinal(days), hours, minutes, seconds, micros, zone)

    @property
    def _micros(self):
        return ((self.toordinal() * 24 + self.hour) * 60 + self.minute) * 60000000 + self.second * 1000000 + self.microsecond

    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(_clock.now(), tz)

    @classmethod
    def today(cls):
        return cls.now()

    @classmethod
    def utcnow(cls):
        return cls.now()

    @classmethod
    def fromtimestamp(cls, timestamp, tz=None):
        made = cls._of(719163 * 86400000000 + round(timestamp * 1000000), tz)
        return made if tz is None else made + tz.utcoffset(made)

    @classmethod
    def utcfromtimestamp(cls, timestamp):
        return cls.fromtimestamp(timestamp)

    @classmethod
    def fromordinal(cls, n):
        return cls(*from_ordinal(n))

    @classmethod
    def combine(cls, date, time, tzinfo=None):
        return cls(date.year, date.month, date.day, time.hour, time.minute, time.second, time.microsecond, tzinfo or time.tzinfo)

    @classmethod
    def fromisoformat(cls, text):
        try:
            parts = [int(part) for part in text[:10].split('-')]
            return cls(*parts, *(_parse_clock(text[11:]) if len(text) > 11 else ()))
        except (ValueError, TypeError):
            raise ValueError(f'Invalid isoformat string: {text!r}') from None

    @classmethod
    def strptime(cls, text, form):
        parts = parse_time(text, form)
        zone = None
        if 'z' in parts:
            zone = timezone(timedelta(minutes=parts['z'])) if parts['z'] else timezone.utc
        if 'j' in parts and 'd' not in parts:
            year, month, day = from_ordinal(ordinal(parts.get('Y', 1900), 1, 1) + parts['j'] - 1)
        else:
            year, month, day = parts.get('Y', 1900), parts.get('m', 1), parts.get('d', 1)
        return cls(year, month, day, parts.get('H', parts.get('I', 0)), parts.get('M', 0), parts.get('S', 0), parts.get('f', 0), zone)

    def date(self):
        return date(self.year, self.month, self.day)

    def time(self):
        return time(self.hour, self.minute, self.second, self.microsecond)

    def timetz(self):
        return time(self.hour, self.minute, self.second, self.microsecond, self.tzinfo)

    def utcoffset(self):
        return None if self.tzinfo is None else self.tzinfo.utcoffset(self)

    def tzname(self):
        return None if self.tzinfo is None else self.tzinfo.tzname(self)

    def dst(self):
        return None

    def astimezone(self, tz=None):
        tz = timezone.utc if tz is None else tz
        moment = self._micros - (self.utcoffset() or timedelta(0))._micros
        return type(self)._of(moment + tz.utcoffset(self)._micros, tz)

    def timestamp(self):
        return (self._micros - (self.utcoffset() or timedelta(0))._micros - 719163 * 86400000000) / 1000000

    def timetuple(self):
        from time import _struct
        return _struct(self.year, self.month, self.day, self.hour, self.minute, self.second)

    def replace(self, year=None, month=None, day=None, hour=None, minute=None, second=None, microsecond=None, tzinfo=True, *, fold=0):
        given = (year, month, day, hour, minute, second, microsecond)
        kept = (self.year, self.month, self.day, self.hour, self.minute, self.second, self.microsecond)
        return type(self)(*[old if new is None else new for new, old in zip(given, kept)], self.tzinfo if tzinfo is True else tzinfo)

    def isoformat(self, sep='T', timespec='auto'):
        text = f'{date.isoformat(self)}{sep}{_clock_text(self.hour, self.minute, self.second, self.microsecond, timespec)}'
        return text if self.tzinfo is None else text + _offset_text(self.utcoffset())

    def strftime(self, form):
        offset = '' if self.tzinfo is None else _offset_text(self.utcoffset(), False)
        return format_time(form, self.year, self.month, self.day, self.hour, self.minute, self.second, self.microsecond, offset, self.tzname() or '')

    def __repr__(self):
        parts = [self.year, self.month, self.day, self.hour, self.minute]
        if self.second or self.microsecond:
            parts.append(self.second)
        if self.microsecond:
            parts.append(self.microsecond)
        zone = '' if self.tzinfo is None else f', tzinfo={self.tzinfo!r}'
        return f'datetime.datetime({", ".join(map(str, parts))}{zone})'

    def __str__(self):
        return self.isoformat(' ')

    def _key(self):
        return self._micros - (self.utcoffset() or timedelta(0))._micros

    def _comparable(self, other):
        if not isinstance(other, datetime):
            return False
        if (self.tzinfo is None) != (other.tzinfo is None):
            raise TypeError("can't compare offset-naive and offset-aware datetimes")
        return True

    def __add__(self, other):
        return type(self)._of(self._micros + other._micros, self.tzinfo) if isinstance(other, timedelta) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other):
        if isinstance(other, timedelta):
            return type(self)._of(self._micros - other._micros, self.tzinfo)
        if not isinstance(other, datetime):
            return NotImplemented
        if (self.tzinfo is None) != (other.tzinfo is None):
            raise TypeError("can't subtract offset-naive and offset-aware datetimes")
        return timedelta._of(self._key() - other._key())


datetime.min = datetime(1, 1, 1)
datetime.max = datetime(9999, 12, 31, 23, 59, 59, 999999)
datetime.resolution = timedelta(microseconds=1)
