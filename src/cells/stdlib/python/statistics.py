from fractions import Fraction
from math import sqrt, fsum
from collections import Counter


class StatisticsError(ValueError):
    pass


def _exact(values):
    return sum([Fraction(value) for value in values], Fraction(0))


def _back(total, values):
    if all([isinstance(value, int) for value in values]) and total.denominator == 1:
        return total.numerator
    return total if any([isinstance(value, Fraction) for value in values]) else float(total)


def _data(data, least, name):
    values = list(data)
    if len(values) < least:
        raise StatisticsError(f'{name} requires at least {"one data point" if least == 1 else "two data points"}')
    return values


def mean(data):
    values = _data(data, 1, 'mean')
    return _back(_exact(values) / len(values), values)


def fmean(data, weights=None):
    values = list(map(float, data))
    if not values:
        raise StatisticsError('fmean requires at least one data point')
    if weights is None:
        return fsum(values) / len(values)
    weights = list(weights)
    return fsum([a * b for a, b in zip(values, weights)]) / fsum(weights)


def geometric_mean(data):
    from math import exp, log
    return exp(fmean([log(value) for value in data]))


def harmonic_mean(data):
    values = _data(data, 1, 'harmonic_mean')
    return _back(len(values) / sum([1 / Fraction(value) for value in values]), values)


def median(data):
    values = sorted(data)
    n = len(values)
    if n == 0:
        raise StatisticsError('no median for empty data')
    return values[n // 2] if n % 2 else (values[n // 2 - 1] + values[n // 2]) / 2


def median_low(data):
    values = sorted(data)
    if not values:
        raise StatisticsError('no median for empty data')
    return values[(len(values) - 1) // 2]


def median_high(data):
    values = sorted(data)
    if not values:
        raise StatisticsError('no median for empty data')
    return values[len(values) // 2]


def mode(data):
    counts = Counter(data).most_common(1)
    if not counts:
        raise StatisticsError('no mode for empty data')
    return counts[0][0]


def multimode(data):
    counts = Counter(data)
    most = max(counts.values(), default=0)
    return [value for value, count in counts.items() if count == most]


def _squares(values, center=None):
    center = _exact(values) / len(values) if center is None else Fraction(center)
    return sum([(Fraction(value) - center) ** 2 for value in values], Fraction(0))


def variance(data, xbar=None):
    values = _data(data, 2, 'variance')
    return _back(_squares(values, xbar) / (len(values) - 1), values)


def pvariance(data, mu=None):
    values = _data(data, 1, 'pvariance')
    return _back(_squares(values, mu) / len(values), values)


def stdev(data, xbar=None):
    values = _data(data, 2, 'stdev')
    return sqrt(_squares(values, xbar) / (len(values) - 1))


def pstdev(data, mu=None):
    values = _data(data, 1, 'pstdev')
    return sqrt(_squares(values, mu) / len(values))


def quantiles(data, *, n=4, method='exclusive'):
    values = sorted(data)
    if n < 1:
        raise StatisticsError('n must be at least 1')
    if len(values) < 2:
        raise StatisticsError('must have at least two data points')
    result = []
    m = len(values) + 1 if method == 'exclusive' else len(values) - 1
    for i in range(1, n):
        j = i * m // n
        if method == 'exclusive':
            j = min(max(j, 1), len(values) - 1)
            delta = i * m - j * n
            result.append((values[j - 1] * (n - delta) + values[j] * delta) / n)
        else:
            j, delta = divmod(i * m, n)
            result.append((values[j] * (n - delta) + values[j + 1] * delta) / n)
    return result


def covariance(x, y):
    xbar, ybar = fmean(x), fmean(y)
    return fsum([(a - xbar) * (b - ybar) for a, b in zip(x, y)]) / (len(x) - 1)


def correlation(x, y):
    xbar, ybar = fmean(x), fmean(y)
    sxy = fsum([(a - xbar) * (b - ybar) for a, b in zip(x, y)])
    return sxy / sqrt(fsum([(a - xbar) ** 2 for a in x]) * fsum([(b - ybar) ** 2 for b in y]))


def linear_regression(x, y):
    xbar, ybar = fmean(x), fmean(y)
    slope = fsum([(a - xbar) * (b - ybar) for a, b in zip(x, y)]) / fsum([(a - xbar) ** 2 for a in x])
    from collections import namedtuple
    return namedtuple('LinearRegression', 'slope intercept')(slope, ybar - slope * xbar)
