"""Days, and the texts that are made of them: what datetime, time and calendar share. All clocks are UTC."""

DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year, month):
    return 29 if month == 2 and is_leap(year) else LENGTHS[month - 1]


def ordinal(year, month, day):
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400
    return days + sum([month_length(year, each) for each in range(1, month)]) + day


def from_ordinal(n):
    n -= 1
    n400, n = divmod(n, 146097)
    n100, n = divmod(n, 36524)
    n4, n = divmod(n, 1461)
    n1, n = divmod(n, 365)
    year = n400 * 400 + n100 * 100 + n4 * 4 + n1 + 1
    if n1 == 4 or n100 == 4:
        return year - 1, 12, 31
    month = 1
    while n >= month_length(year, month):
        n -= month_length(year, month)
        month += 1
    return year, month, n + 1


def iso_week(year, month, day):
    day_number = ordinal(year, month, day)
    weekday = (day_number + 6) % 7

    def monday_of(y):
        first = ordinal(y, 1, 1)
        start = (first + 6) % 7
        return first - start + (7 if start > 3 else 0)
    week_year = year
    if day_number < monday_of(year):
        week_year -= 1
    elif day_number >= monday_of(year + 1):
        week_year += 1
    return week_year, (day_number - monday_of(week_year)) // 7 + 1, weekday + 1


def format_time(form, year, month, day, hour, minute, second, micro=0, offset='', zone=''):
    number = ordinal(year, month, day)
    weekday = (number + 6) % 7
    yearday = number - ordinal(year, 1, 1) + 1
    out = []
    at = 0
    while at < len(form):
        c = form[at]
        at += 1
        if c != '%' or at == len(form):
            out.append(c)
            continue
        c = form[at]
        at += 1
        if c == '-' and at < len(form):
            inner = format_time('%' + form[at], year, month, day, hour, minute, second, micro, offset, zone)
            out.append(inner.lstrip('0') or '0')
            at += 1
        elif c == 'Y':
            out.append(str(year))
        elif c == 'm':
            out.append(f'{month:02d}')
        elif c == 'd':
            out.append(f'{day:02d}')
        elif c == 'e':
            out.append(f'{day:2d}')
        elif c == 'H':
            out.append(f'{hour:02d}')
        elif c == 'I':
            out.append(f'{(hour + 11) % 12 + 1:02d}')
        elif c == 'M':
            out.append(f'{minute:02d}')
        elif c == 'S':
            out.append(f'{second:02d}')
        elif c == 'f':
            out.append(f'{micro:06d}')
        elif c == 'y':
            out.append(f'{year % 100:02d}')
        elif c == 'A':
            out.append(DAYS[weekday])
        elif c == 'a':
            out.append(DAYS[weekday][:3])
        elif c == 'B':
            out.append(MONTHS[month - 1])
        elif c in 'bh':
            out.append(MONTHS[month - 1][:3])
        elif c == 'p':
            out.append('AM' if hour < 12 else 'PM')
        elif c == 'j':
            out.append(f'{yearday:03d}')
        elif c == 'w':
            out.append(str((weekday + 1) % 7))
        elif c == 'u':
            out.append(str(weekday + 1))
        elif c == 'U':
            out.append(f'{(yearday + 6 - (weekday + 1) % 7) // 7:02d}')
        elif c == 'W':
            out.append(f'{(yearday + 6 - weekday) // 7:02d}')
        elif c == 'V':
            out.append(f'{iso_week(year, month, day)[1]:02d}')
        elif c == 'G':
            out.append(str(iso_week(year, month, day)[0]))
        elif c == 'z':
            out.append(offset)
        elif c == 'Z':
            out.append(zone)
        elif c == 's':
            out.append(str((number - 719163) * 86400 + hour * 3600 + minute * 60 + second))
        elif c in LONG:
            out.append(format_time(LONG[c], year, month, day, hour, minute, second, micro, offset, zone))
        elif c == 'n':
            out.append('\n')
        elif c == 't':
            out.append('\t')
        elif c == '%':
            out.append('%')
        else:
            out.append('%' + c)
    return ''.join(out)


LONG = {'c': '%a %b %e %H:%M:%S %Y', 'x': '%m/%d/%y', 'X': '%H:%M:%S', 'D': '%m/%d/%y', 'F': '%Y-%m-%d', 'T': '%H:%M:%S',
        'R': '%H:%M', 'r': '%I:%M:%S %p'}
WIDTHS = {'Y': 4, 'm': 2, 'd': 2, 'H': 2, 'I': 2, 'M': 2, 'S': 2, 'f': 6, 'y': 2, 'j': 3}


def parse_time(text, form):
    """What a text says by a form: a dict of its parts."""
    for short, long in LONG.items():
        form = form.replace('%' + short, long)
    parts = {}
    at = 0
    i = 0
    problem = ValueError(f'time data {text!r} does not match format {form!r}')
    while i < len(form):
        c = form[i]
        i += 1
        if c.isspace():
            while at < len(text) and text[at].isspace():
                at += 1
            continue
        if c != '%':
            if at >= len(text) or text[at] != c:
                raise problem
            at += 1
            continue
        c = form[i]
        i += 1
        if c in WIDTHS:
            end = at
            while end < len(text) and end - at < WIDTHS[c] and text[end].isdigit():
                end += 1
            if end == at or (c == 'Y' and end - at < 4):
                raise problem
            digits = text[at:end]
            parts[c] = int(digits.ljust(6, '0')) if c == 'f' else int(digits)
            at = end
        elif c in 'aAbBp':
            names = {'a': [each[:3] for each in DAYS], 'A': DAYS, 'b': [each[:3] for each in MONTHS], 'B': MONTHS, 'p': ['AM', 'PM']}[c]
            found = [k for k, each in enumerate(names) if text[at:at + len(each)].lower() == each.lower()]
            if not found:
                raise problem
            parts['m' if c in 'bB' else c] = found[0] + (1 if c in 'bB' else 0)
            at += len(names[found[0]])
        elif c == 'z':
            if text[at:at + 1] == 'Z':
                parts['z'] = 0
                at += 1
                continue
            sign = {'+': 1, '-': -1}.get(text[at:at + 1])
            digits = text[at + 1:at + 6]
            size = 5 if ':' in digits else 4
            digits = digits[:size].replace(':', '')
            if sign is None or len(digits) != 4 or not digits.isdigit():
                raise problem
            parts['z'] = sign * (int(digits[:2]) * 60 + int(digits[2:]))
            at += 1 + size
        elif c == 'Z':
            end = at
            while end < len(text) and text[end].isalpha():
                end += 1
            at = end
        elif c == '%' and text[at:at + 1] == '%':
            at += 1
        else:
            raise ValueError(f'{c!r} is a bad directive in format {form!r}')
    if at != len(text):
        raise ValueError(f'unconverted data remains: {text[at:]}')
    if 'y' in parts:
        parts['Y'] = parts['y'] + (2000 if parts['y'] < 69 else 1900)
    if 'p' in parts and 'I' in parts:
        parts['I'] = parts['I'] % 12 + 12 * parts['p']
    if 'm' in parts and not 1 <= parts['m'] <= 12 or parts.get('H', 0) > 23 or parts.get('M', 0) > 59 or parts.get('S', 0) > 61:
        raise problem
    return parts
