import sys

SUPPRESS = '==SUPPRESS=='
OPTIONAL, ZERO_OR_MORE, ONE_OR_MORE, REMAINDER = '?', '*', '+', '...'


class ArgumentError(Exception):
    pass


class ArgumentTypeError(Exception):
    pass


class HelpFormatter:
    pass


class ArgumentDefaultsHelpFormatter(HelpFormatter):
    pass


class RawTextHelpFormatter(HelpFormatter):
    pass


class RawDescriptionHelpFormatter(HelpFormatter):
    pass


class Namespace:
    def __init__(self, **kwargs):
        self.__dict__.update(kwargs)

    def __repr__(self):
        return f'{type(self).__name__}({", ".join([f"{name}={value!r}" for name, value in self.__dict__.items()])})'

    def __eq__(self, other):
        return isinstance(other, Namespace) and vars(self) == vars(other)

    def __contains__(self, key):
        return key in self.__dict__


class BooleanOptionalAction:
    pass


class _Argument:
    def __init__(self, flags, dest, action, nargs, const, default, type, choices, required, help, metavar):
        self.option_strings = flags
        self.dest = dest
        self.action = action
        self.nargs = nargs
        self.const = const
        self.default = default
        self.type = type
        self.choices = choices
        self.required = required
        self.help = help
        self.metavar = metavar

    @property
    def takes(self):
        return self.action in ('store', 'append', 'extend')


class ArgumentParser:
    def __init__(self, prog=None, usage=None, description=None, epilog=None, parents=[], formatter_class=HelpFormatter,
                 prefix_chars='-', fromfile_prefix_chars=None, argument_default=None, conflict_handler='error',
                 add_help=True, allow_abbrev=True, exit_on_error=True):
        self.prog = prog or 'cell'
        self.description = description
        self.epilog = epilog
        self.argument_default = argument_default
        self._arguments = []
        self._defaults = {}
        for parent in parents:
            self._arguments += parent._arguments

    def add_argument(self, *flags, dest=None, action='store', nargs=None, const=None, default=None, type=None,
                     choices=None, required=False, help=None, metavar=None, version=None):
        optional = bool(flags) and flags[0].startswith('-')
        if not optional and len(flags) > 1:
            raise ValueError('invalid option string %r: must start with a character %r' % (flags[0], '-'))
        if dest is None:
            long = [flag for flag in flags if flag.startswith('--')] or list(flags)
            dest = long[0].lstrip('-').replace('-', '_') if optional else flags[0]
        if action is BooleanOptionalAction:
            action = 'boolean'
            flags = (*flags, *['--no-' + flag[2:] for flag in flags if flag.startswith('--')])
        if action == 'store_true':
            default, const = False if default is None else default, True
        elif action == 'store_false':
            default, const = True if default is None else default, False
        elif action not in ('store', 'store_const', 'append', 'append_const', 'count', 'extend', 'help', 'version', 'boolean'):
            raise ValueError(f'unknown action "{action}"')
        if default is None:
            default = self.argument_default
        argument = _Argument(list(flags) if optional else [], dest, action, nargs, const, default, type, choices,
                             required if optional else nargs not in ('?', '*'), help, metavar)
        self._arguments.append(argument)
        return argument

    def add_argument_group(self, title=None, description=None):
        return self

    def add_mutually_exclusive_group(self, *, required=False):
        return self

    def set_defaults(self, **kwargs):
        self._defaults.update(kwargs)
        for argument in self._arguments:
            if argument.dest in kwargs:
                argument.default = kwargs[argument.dest]

    def get_default(self, dest):
        for argument in self._arguments:
            if argument.dest == dest and argument.default is not None:
                return argument.default
        return self._defaults.get(dest)

    def error(self, message):
        print(f'usage: {self.prog}', file=sys.stderr)
        print(f'{self.prog}: error: {message}', file=sys.stderr)
        raise SystemExit(2)

    def exit(self, status=0, message=None):
        if message:
            print(message, end='', file=sys.stderr)
        raise SystemExit(status)

    def format_usage(self):
        parts = [f'usage: {self.prog} [-h]']
        for argument in self._arguments:
            if argument.option_strings:
                value = '' if not argument.takes else ' ' + (argument.metavar or argument.dest.upper())
                text = argument.option_strings[0] + value
                parts.append(text if argument.required else f'[{text}]')
        parts += [argument.metavar or argument.dest for argument in self._arguments if not argument.option_strings]
        return ' '.join(parts) + '\n'

    def format_help(self):
        lines = [self.format_usage()]
        if self.description:
            lines.append(self.description + '\n')
        positional = [argument for argument in self._arguments if not argument.option_strings]
        if positional:
            lines.append('positional arguments:')
            lines += [f'  {argument.metavar or argument.dest}  {argument.help or ""}'.rstrip() for argument in positional]
            lines.append('')
        lines.append('options:')
        lines.append('  -h, --help  show this help message and exit')
        for argument in self._arguments:
            if argument.option_strings:
                value = '' if not argument.takes else ' ' + (argument.metavar or argument.dest.upper())
                names = ', '.join([flag + value for flag in argument.option_strings])
                lines.append(f'  {names}  {argument.help or ""}'.rstrip())
        return '\n'.join(lines) + '\n'

    def print_help(self, file=None):
        print(self.format_help(), end='', file=file)

    def print_usage(self, file=None):
        print(self.format_usage(), end='', file=file)

    def _value(self, argument, text):
        if argument.type is not None:
            try:
                value = argument.type(text)
            except (TypeError, ValueError, ArgumentTypeError) as error:
                name = getattr(argument.type, '__name__', repr(argument.type))
                self.error(f'argument {"/".join(argument.option_strings) or argument.dest}: invalid {name} value: {text!r}')
        else:
            value = text
        if argument.choices is not None and value not in argument.choices:
            listed = ', '.join(map(repr, argument.choices))
            self.error(f'argument {"/".join(argument.option_strings) or argument.dest}: invalid choice: {value!r} (choose from {listed})')
        return value

    def _option(self, text):
        exact = [argument for argument in self._arguments if text in argument.option_strings]
        if exact:
            return exact[0]
        if text.startswith('--'):
            close = [argument for argument in self._arguments if any([flag.startswith(text) for flag in argument.option_strings])]
            if len(close) == 1:
                return close[0]
        return None

    def _negative(self, text):
        try:
            float(text)
        except ValueError:
            return False
        return True

    def _store(self, namespace, argument, values, flag):
        values = [self._value(argument, value) for value in values]
        if argument.nargs in (None, '?'):
            value = values[0] if values else argument.const
        else:
            value = values
        kept = getattr(namespace, argument.dest, None)
        if argument.action == 'append':
            value = [*(kept or []), value]
        elif argument.action == 'extend':
            value = [*(kept or []), *(value if isinstance(value, list) else [value])]
        setattr(namespace, argument.dest, value)

    def parse_known_args(self, args=None, namespace=None):
        args = list(sys.argv[1:] if args is None else args)
        namespace = Namespace() if namespace is None else namespace
        for argument in self._arguments:
            if argument.dest != 'help' and not hasattr(namespace, argument.dest) and argument.default is not SUPPRESS and argument.default != SUPPRESS:
                default = argument.default
                if isinstance(default, str) and argument.type is not None:
                    default = self._value(argument, default)
                setattr(namespace, argument.dest, default)
        for name, value in self._defaults.items():
            if not hasattr(namespace, name):
                setattr(namespace, name, value)
        seen = set()
        extra = []
        loose = []
        at = 0
        while at < len(args):
            text = args[at]
            at += 1
            if text == '--':
                loose += args[at:]
                break
            if not text.startswith('-') or text == '-' or (self._negative(text) and self._option(text) is None):
                loose.append(text)
                continue
            if text in ('-h', '--help') and self._option(text) is None:
                self.print_help()
                raise SystemExit(0)
            flag, equals, joined = text.partition('=') if text.startswith('--') else (text, '', '')
            argument = self._option(flag)
            if argument is None and not text.startswith('--') and len(text) > 2:
                argument = self._option(text[:2])
                if argument is not None:
                    flag, equals, joined = text[:2], '=', text[2:]
            if argument is None:
                extra.append(text)
                continue
            seen.add(argument.dest)
            if argument.action in ('store_true', 'store_false', 'store_const'):
                setattr(namespace, argument.dest, argument.const)
            elif argument.action == 'boolean':
                setattr(namespace, argument.dest, not flag.startswith('--no-'))
            elif argument.action == 'count':
                setattr(namespace, argument.dest, (getattr(namespace, argument.dest) or 0) + 1)
            elif argument.action == 'append_const':
                setattr(namespace, argument.dest, [*(getattr(namespace, argument.dest) or []), argument.const])
            else:
                values = [joined] if equals else []
                most = {None: 1, '?': 1}.get(argument.nargs, argument.nargs if isinstance(argument.nargs, int) else len(args))
                while not equals and len(values) < most and at < len(args) and (not args[at].startswith('-') or self._negative(args[at])):
                    values.append(args[at])
                    at += 1
                least = {None: 1, '?': 0, '*': 0, '+': 1}.get(argument.nargs, argument.nargs)
                if len(values) < least:
                    wanted = 'one argument' if argument.nargs is None else 'at least one argument' if argument.nargs == '+' else f'{least} arguments'
                    self.error(f'argument {"/".join(argument.option_strings)}: expected {wanted}')
                self._store(namespace, argument, values, flag)
        positional = [argument for argument in self._arguments if not argument.option_strings]
        for i, argument in enumerate(positional):
            later = sum([1 for each in positional[i + 1:] if each.required])
            free = max(0, len(loose) - later)
            most = {None: 1, '?': 1}.get(argument.nargs, argument.nargs if isinstance(argument.nargs, int) else free)
            values, loose = loose[:min(most, free)], loose[min(most, free):]
            least = {None: 1, '?': 0, '*': 0, '+': 1, '...': 0}.get(argument.nargs, argument.nargs)
            if len(values) >= least and (values or argument.nargs not in ('?', '*')):
                seen.add(argument.dest)
                self._store(namespace, argument, values, None)
            elif argument.nargs == '*' and argument.default is None:
                setattr(namespace, argument.dest, [])
        missing = [('/'.join(argument.option_strings) or argument.metavar or argument.dest) for argument in self._arguments if argument.required and argument.dest not in seen]
        if missing:
            self.error(f'the following arguments are required: {", ".join(missing)}')
        return namespace, extra + loose

    def parse_args(self, args=None, namespace=None):
        parsed, extra = self.parse_known_args(args, namespace)
        if extra:
            self.error(f'unrecognized arguments: {" ".join(extra)}')
        return parsed
