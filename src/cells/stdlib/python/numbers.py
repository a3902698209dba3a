from abc import ABCMeta


class _NumberMeta(ABCMeta):
    def __instancecheck__(cls, value):
        return cls.__subclasscheck__(type(value))

    def __subclasscheck__(cls, other):
        return type.__subclasscheck__(cls, other) or issubclass(other, cls.__dict__.get('_kinds', ()))


class Number(metaclass=_NumberMeta):
    _kinds = (int, float, complex)


class Complex(Number):
    _kinds = (int, float, complex)


class Real(Complex):
    _kinds = (int, float)


class Rational(Real):
    _kinds = (int,)


class Integral(Rational):
    _kinds = (int,)
