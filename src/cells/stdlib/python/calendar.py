from _calendar import DAYS, MONTHS, is_leap as isleap, month_length, ordinal

day_name = list(DAYS)
day_abbr = [each[:3] for each in DAYS]
month_name = ['', *MONTHS]
month_abbr = ['', *[each[:3] for each in MONTHS]]
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)


def weekday(year, month, day):
    return (ordinal(year, month, day) + 6) % 7


def monthrange(year, month):
    return weekday(year, month, 1), month_length(year, month)


def leapdays(y1, y2):
    return sum([1 for year in range(y1, y2) if isleap(year)])


def monthcalendar(year, month):
    first, length = monthrange(year, month)
    days = [0] * first + list(range(1, length + 1))
    days += [0] * (-len(days) % 7)
    return [days[i:i + 7] for i in range(0, len(days), 7)]


def month(year, month):
    lines = [f'{MONTHS[month - 1]} {year}'.center(20).rstrip(), ' '.join([each[:2] for each in DAYS])]
    for week in monthcalendar(year, month):
        lines.append(' '.join([f'{day or "":>2}' for day in week]).rstrip())
    return '\n'.join(lines) + '\n'


def timegm(t):
    return (ordinal(t[0], t[1], t[2]) - 719163) * 86400 + t[3] * 3600 + t[4] * 60 + t[5]
