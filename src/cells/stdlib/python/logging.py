import sys
import time as _time
from _calendar import format_time

CRITICAL, FATAL, ERROR, WARNING, WARN, INFO, DEBUG, NOTSET = 50, 50, 40, 30, 30, 20, 10, 0
_names = {50: 'CRITICAL', 40: 'ERROR', 30: 'WARNING', 20: 'INFO', 10: 'DEBUG', 0: 'NOTSET'}
_levels = {'CRITICAL': 50, 'FATAL': 50, 'ERROR': 40, 'WARN': 30, 'WARNING': 30, 'INFO': 20, 'DEBUG': 10, 'NOTSET': 0}
BASIC_FORMAT = '%(levelname)s:%(name)s:%(message)s'


def getLevelName(level):
    return _names.get(level, _levels.get(level, f'Level {level}'))


def addLevelName(level, name):
    _names[level] = name
    _levels[name] = level


def _level(level):
    if isinstance(level, int):
        return level
    if level not in _levels:
        raise ValueError(f'Unknown level: {level!r}')
    return _levels[level]


class LogRecord:
    def __init__(self, name, level, message, args, error=None, extra=None):
        self.name = name
        self.levelno = level
        self.levelname = getLevelName(level)
        self.msg = message
        self.args = args
        self.exc_info = error
        self.created = _time.time()
        self.msecs = self.created % 1 * 1000
        self.relativeCreated = 0.0
        self.filename = 'cell'
        self.module = 'cell'
        self.pathname = 'cell'
        self.funcName = '<module>'
        self.lineno = 1
        self.process = 1
        self.processName = 'MainProcess'
        self.thread = 1
        self.threadName = 'MainThread'
        for key, value in (extra or {}).items():
            setattr(self, key, value)

    def getMessage(self):
        text = str(self.msg)
        if not self.args:
            return text
        args = self.args[0] if len(self.args) == 1 and isinstance(self.args[0], dict) else self.args
        return text % args


class Formatter:
    def __init__(self, fmt=None, datefmt=None, style='%', validate=True, *, defaults=None):
        self._fmt = fmt or {'%': '%(message)s', '{': '{message}', '$': '${message}'}[style]
        self._style = style
        self.datefmt = datefmt

    def formatTime(self, record, datefmt=None):
        t = _time.localtime(record.created)
        if datefmt:
            return _time.strftime(datefmt, t)
        return f'{_time.strftime("%Y-%m-%d %H:%M:%S", t)},{int(record.msecs):03d}'

    def format(self, record):
        record.message = record.getMessage()
        record.asctime = self.formatTime(record, self.datefmt)
        names = vars(record)
        if self._style == '%':
            text = self._fmt % names
        elif self._style == '{':
            text = self._fmt.format(**names)
        else:
            from string import Template
            text = Template(self._fmt).substitute(names)
        if record.exc_info is not None:
            text += f'\n{type(record.exc_info).__name__}: {record.exc_info}'
        return text


class Filter:
    def __init__(self, name=''):
        self.name = name

    def filter(self, record):
        return not self.name or record.name == self.name or record.name.startswith(self.name + '.')


class Handler:
    def __init__(self, level=NOTSET):
        self.level = _level(level)
        self.formatter = None
        self.filters = []

    def setLevel(self, level):
        self.level = _level(level)

    def setFormatter(self, formatter):
        self.formatter = formatter

    def addFilter(self, each):
        self.filters.append(each)

    def format(self, record):
        return (self.formatter or Formatter()).format(record)

    def handle(self, record):
        if all([each.filter(record) if hasattr(each, 'filter') else each(record) for each in self.filters]):
            self.emit(record)

    def emit(self, record):
        pass

    def flush(self):
        pass

    def close(self):
        pass


class NullHandler(Handler):
    pass


class StreamHandler(Handler):
    def __init__(self, stream=None):
        super().__init__()
        self.stream = stream

    def emit(self, record):
        print(self.format(record), file=self.stream or sys.stderr)


class FileHandler(StreamHandler):
    def __init__(self, filename, mode='a', encoding=None, delay=False):
        super().__init__()
        self.baseFilename = filename
        open(filename, mode).close()

    def emit(self, record):
        with open(self.baseFilename, 'a') as file:
            print(self.format(record), file=file)


class Logger:
    def __init__(self, name, level=NOTSET, parent=None):
        self.name = name
        self.level = _level(level)
        self.parent = parent
        self.handlers = []
        self.filters = []
        self.propagate = True
        self.disabled = False

    def setLevel(self, level):
        self.level = _level(level)

    def getEffectiveLevel(self):
        each = self
        while each is not None:
            if each.level:
                return each.level
            each = each.parent
        return NOTSET

    def isEnabledFor(self, level):
        return level >= self.getEffectiveLevel() and level > _disabled[0]

    def addHandler(self, handler):
        if handler not in self.handlers:
            self.handlers.append(handler)

    def removeHandler(self, handler):
        if handler in self.handlers:
            self.handlers.remove(handler)

    def addFilter(self, each):
        self.filters.append(each)

    def hasHandlers(self):
        return bool(self.handlers) or (self.parent is not None and self.parent.hasHandlers())

    def getChild(self, suffix):
        return getLogger(suffix if self is root else f'{self.name}.{suffix}')

    def log(self, level, msg, *args, exc_info=None, extra=None, stack_info=False, stacklevel=1):
        if self.disabled or not self.isEnabledFor(level):
            return
        error = exc_info if isinstance(exc_info, BaseException) else sys.exc_info()[1] if exc_info else None
        record = LogRecord(self.name, level, msg, args, error, extra)
        if not all([each.filter(record) if hasattr(each, 'filter') else each(record) for each in self.filters]):
            return
        found = False
        each = self
        while each is not None:
            for handler in each.handlers:
                found = True
                if level >= handler.level:
                    handler.handle(record)
            each = each.parent if each.propagate else None
        if not found and level >= WARNING:
            print(record.getMessage(), file=sys.stderr)

    def debug(self, msg, *args, **kwargs):
        self.log(DEBUG, msg, *args, **kwargs)

    def info(self, msg, *args, **kwargs):
        self.log(INFO, msg, *args, **kwargs)

    def warning(self, msg, *args, **kwargs):
        self.log(WARNING, msg, *args, **kwargs)

    warn = warning

    def error(self, msg, *args, **kwargs):
        self.log(ERROR, msg, *args, **kwargs)

    def critical(self, msg, *args, **kwargs):
        self.log(CRITICAL, msg, *args, **kwargs)

    fatal = critical

    def exception(self, msg, *args, exc_info=True, **kwargs):
        self.log(ERROR, msg, *args, exc_info=exc_info, **kwargs)

    def __repr__(self):
        return f'<{type(self).__name__} {self.name} ({getLevelName(self.getEffectiveLevel())})>'


class RootLogger(Logger):
    pass


class LoggerAdapter:
    def __init__(self, logger, extra=None):
        self.logger = logger
        self.extra = extra

    def __getattr__(self, name):
        return getattr(self.logger, name)


root = RootLogger('root', WARNING)
_loggers = {}
_disabled = [0]


def getLogger(name=None):
    if not name or name == 'root':
        return root
    if name not in _loggers:
        if len(_loggers) >= 1000:
            raise MemoryError('too many loggers')
        above = name.rpartition('.')[0]
        _loggers[name] = Logger(name, NOTSET, getLogger(above) if above else root)
    return _loggers[name]


def basicConfig(*, filename=None, filemode='a', format=None, datefmt=None, style='%', level=None, stream=None, handlers=None, force=False, encoding=None, errors=None):
    if force:
        root.handlers.clear()
    if not root.handlers:
        if handlers is None:
            handlers = [FileHandler(filename, filemode) if filename else StreamHandler(stream)]
        for handler in handlers:
            if handler.formatter is None:
                handler.setFormatter(Formatter(format or {'%': BASIC_FORMAT, '{': '{levelname}:{name}:{message}', '$': '${levelname}:${name}:${message}'}[style], datefmt, style))
            root.addHandler(handler)
    if level is not None:
        root.setLevel(level)


def _root_log(level, msg, args, kwargs):
    if not root.handlers:
        basicConfig()
    root.log(level, msg, *args, **kwargs)


def debug(msg, *args, **kwargs):
    _root_log(DEBUG, msg, args, kwargs)


def info(msg, *args, **kwargs):
    _root_log(INFO, msg, args, kwargs)


def warning(msg, *args, **kwargs):
    _root_log(WARNING, msg, args, kwargs)


warn = warning


def error(msg, *args, **kwargs):
    _root_log(ERROR, msg, args, kwargs)


def critical(msg, *args, **kwargs):
    _root_log(CRITICAL, msg, args, kwargs)


def exception(msg, *args, **kwargs):
    _root_log(ERROR, msg, args, {'exc_info': True, **kwargs})


def log(level, msg, *args, **kwargs):
    _root_log(level, msg, args, kwargs)


def disable(level=CRITICAL):
    _disabled[0] = level


def captureWarnings(capture):
    pass


def shutdown():
    pass
