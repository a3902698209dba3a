import math
from numbers import Rational


def _ratio(text):
    plain = text.strip().replace('_', '')
    top, slash, bottom = plain.partition('/')
    try:
        if slash:
            return int(top), int(bottom)
        if 'e' not in plain.lower() and '.' not in plain:
            return int(plain), 1
        digits, _, exponent = plain.lower().partition('e')
        whole, _, rest = digits.partition('.')
        power = int(exponent or 0) - len(rest)
        number = int(whole + rest)
    except ValueError:
        raise ValueError(f'Invalid literal for Fraction: {text!r}') from None
    return (number * 10 ** power, 1) if power >= 0 else (number, 10 ** -power)


class Fraction(Rational):
    def __new__(cls, numerator=0, denominator=None):
        self = super().__new__(cls)
        if denominator is None:
            if isinstance(numerator, str):
                numerator, denominator = _ratio(numerator)
            elif isinstance(numerator, float):
                numerator, denominator = numerator.as_integer_ratio()
            elif isinstance(numerator, Fraction):
                numerator, denominator = numerator.numerator, numerator.denominator
            elif isinstance(numerator, int):
                numerator, denominator = int(numerator), 1
            else:
                raise TypeError('argument should be a string or a Rational instance')
        elif isinstance(numerator, (int, Fraction)) and isinstance(denominator, (int, Fraction)):
            numerator, denominator = (
                numerator.numerator * denominator.denominator, denominator.numerator * numerator.denominator)
        else:
            raise TypeError('both arguments should be Rational instances')
        if denominator == 0:
            raise ZeroDivisionError(f'Fraction({numerator}, 0)')
        divisor = math.gcd(numerator, denominator)
        if denominator < 0:
            divisor = -divisor
        self.numerator = numerator // divisor
        self.denominator = denominator // divisor
        return self

    @classmethod
    def from_float(cls, f):
        return cls(f)

    def limit_denominator(self, max_denominator=1000000):
        if max_denominator < 1:
            raise ValueError('max_denominator should be at least 1')
        if self.denominator <= max_denominator:
            return Fraction(self)
        p0, q0, p1, q1 = 0, 1, 1, 0
        n, d = self.numerator, self.denominator
        while True:
            a = n // d
            q2 = q0 + a * q1
            if q2 > max_denominator:
                break
            p0, q0, p1, q1 = p1, q1, p0 + a * p1, q2
            n, d = d, n - a * d
        k = (max_denominator - q0) // q1
        first = Fraction(p0 + k * p1, q0 + k * q1)
        second = Fraction(p1, q1)
        return second if abs(second - self) <= abs(first - self) else first

    def as_integer_ratio(self):
        return self.numerator, self.denominator

    def __repr__(self):
        return f'Fraction({self.numerator}, {self.denominator})'

    def __str__(self):
        return str(self.numerator) if self.denominator == 1 else f'{self.numerator}/{self.denominator}'

    def __hash__(self):
        return hash(float(self)) if self.denominator != 1 else hash(self.numerator)

    def _with(self, other, exact, inexact):
        if isinstance(other, (int, Fraction)):
            return exact(self, Fraction(other))
        if isinstance(other, float):
            return inexact(float(self), other)
        return NotImplemented

    def __add__(self, other):
        return self._with(other, lambda a, b: Fraction(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator), lambda a, b: a + b)

    __radd__ = __add__

    def __sub__(self, other):
        return self._with(other, lambda a, b: Fraction(a.numerator * b.denominator - b.numerator * a.denominator, a.denominator * b.denominator), lambda a, b: a - b)

    def __rsub__(self, other):
        return -self + other

    def __mul__(self, other):
        return self._with(other, lambda a, b: Fraction(a.numerator * b.numerator, a.denominator * b.denominator), lambda a, b: a * b)

    __rmul__ = __mul__

    def __truediv__(self, other):
        return self._with(other, lambda a, b: Fraction(a.numerator * b.denominator, a.denominator * b.numerator), lambda a, b: a / b)

    def __rtruediv__(self, other):
        return self._with(other, lambda a, b: Fraction(b.numerator * a.denominator, b.denominator * a.numerator), lambda a, b: b / a)

    def __floordiv__(self, other):
        return self._with(other, lambda a, b: (a.numerator * b.denominator) // (a.denominator * b.numerator), lambda a, b: a // b)

    def __mod__(self, other):
        return self._with(other, lambda a, b: a - b * (a // b), lambda a, b: a % b)

    def __pow__(self, other):
        if isinstance(other, int):
            if other >= 0:
                return Fraction(self.numerator ** other, self.denominator ** other)
            return Fraction(self.denominator ** -other, self.numerator ** -other)
        return float(self) ** float(other)

    def __neg__(self):
        return Fraction(-self.numerator, self.denominator)

    def __pos__(self):
        return self

    def __abs__(self):
        return Fraction(abs(self.numerator), self.denominator)

    def __float__(self):
        return self.numerator / self.denominator

    def __int__(self):
        return self.__trunc__()

    def __trunc__(self):
        return -(-self.numerator // self.denominator) if self.numerator < 0 else self.numerator // self.denominator

    def __floor__(self):
        return self.numerator // self.denominator

    def __ceil__(self):
        return -(-self.numerator // self.denominator)

    def __round__(self, ndigits=None):
        if ndigits is None:
            floor, rest = divmod(self.numerator, self.denominator)
            twice = rest * 2
            return floor if twice < self.denominator or (twice == self.denominator and floor % 2 == 0) else floor + 1
        shift = 10 ** abs(ndigits)
        return Fraction(round(self * shift), shift) if ndigits > 0 else Fraction(round(self / shift) * shift)

    def __bool__(self):
        return self.numerator != 0

    def _compare(self, other, op):
        if isinstance(other, (int, Fraction)):
            other = Fraction(other)
            return op(self.numerator * other.denominator, other.numerator * self.denominator)
        if isinstance(other, float):
            return op(float(self), other)
        return NotImplemented

    def __eq__(self, other):
        return self._compare(other, lambda a, b: a == b)

    def __lt__(self, other):
        return self._compare(other, lambda a, b: a < b)

    def __le__(self, other):
        return self._compare(other, lambda a, b: a <= b)

    def __gt__(self, other):
        return self._compare(other, lambda a, b: a > b)

    def __ge__(self, other):
        return self._compare(other, lambda a, b: a >= b)

    @property
    def real(self):
        return self

    @property
    def imag(self):
        return 0
