import sys


def format_exception_only(exc, /, value=None):
    error = value if value is not None else exc
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ in ('builtins', '__main__') else f'{kind.__module__}.{kind.__qualname__}'
    text = str(error)
    notes = [f'{note}\n' for note in getattr(error, '__notes__', [])]
    return [f'{name}: {text}\n' if text else f'{name}\n', *notes]


def format_exception(exc, /, value=None, tb=None, limit=None, chain=True):
    error = value if value is not None else exc
    if error is None:
        return ['NoneType: None\n']
    lines = []
    if chain and error.__cause__ is not None:
        lines += format_exception(error.__cause__) + ['\nThe above exception was the direct cause of the following exception:\n\n']
    elif chain and error.__context__ is not None and not error.__suppress_context__:
        lines += format_exception(error.__context__) + ['\nDuring handling of the above exception, another exception occurred:\n\n']
    return lines + ['Traceback (most recent call last):\n'] + format_exception_only(error)


def format_exc(limit=None, chain=True):
    return ''.join(format_exception(sys.exc_info()[1]))


def print_exc(limit=None, file=None, chain=True):
    print(format_exc(), end='', file=sys.stderr if file is None else file)


def print_exception(exc, /, value=None, tb=None, limit=None, file=None, chain=True):
    print(''.join(format_exception(exc, value)), end='', file=sys.stderr if file is None else file)


def format_tb(tb, limit=None):
    return []


def extract_tb(tb, limit=None):
    return []


def print_tb(tb, limit=None, file=None):
    pass


def print_stack(f=None, limit=None, file=None):
    pass


def format_stack(f=None, limit=None):
    return []
