class ABCMeta(type):
    def register(cls, subclass):
        cls._registered = getattr(cls, '_registered', ()) + (subclass,)
        return subclass


class ABC(metaclass=ABCMeta):
    pass


def abstractmethod(function):
    function.__isabstractmethod__ = True
    return function


class abstractproperty(property):
    pass


def abstractclassmethod(function):
    return classmethod(abstractmethod(function))


def abstractstaticmethod(function):
    return staticmethod(abstractmethod(function))
