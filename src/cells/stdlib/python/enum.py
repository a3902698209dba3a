class auto:
    def __init__(self):
        self.value = None




def _is_member(name, value):
    if name.startswith('_') or isinstance(value, (property, classmethod, staticmethod)):
        return False
    kind = type(value).__name__
    return kind not in ('function', 'builtin_function_or_method', 'method-wrapper', 'method_descriptor') and not (
        isinstance(value, type) and not isinstance(value, EnumMeta)) and not hasattr(type(value), '__get__')


class EnumMeta(type):
    def __new__(mcs, name, bases, names):
        chosen = {key: value for key, value in names.items() if _is_member(key, value)} if bases else {}
        for base in bases:
            if isinstance(base, EnumMeta) and base._member_map_:
                raise TypeError(f'{name}: cannot extend enumeration {base.__name__!r}')
        rest = {key: value for key, value in names.items() if key not in chosen}
        cls = super().__new__(mcs, name, bases, rest)
        cls._member_map_ = {}
        cls._value2member_map_ = {}
        cls._member_names_ = []
        kinds = [each for each in cls.__mro__ if each in (int, str, float, tuple)]
        cls._member_type_ = kinds[0] if kinds else object
        last = []
        for key, value in chosen.items():
            if isinstance(value, auto):
                value = cls._generate_next_value_(key, 1, len(last), list(last))
            cls._add(key, value)
            last.append(value)
        return cls

    def _add(cls, key, value):
        args = value if isinstance(value, tuple) else (value,)
        known = cls._value2member_map_.get(value) if _hashable(value) else None
        if known is not None:
            cls._member_map_[key] = known
            setattr(cls, key, known)
            return known
        if cls._member_type_ is not object:
            member = cls._member_type_.__new__(cls, *args)
        elif '__new__' in cls.__dict__:
            member = cls.__dict__['__new__'](cls, *args)
        else:
            member = object.__new__(cls)
        if '_value_' not in member.__dict__:
            object.__setattr__(member, '_value_', value)
        object.__setattr__(member, '_name_', key)
        if any('__init__' in each.__dict__ for each in cls.__mro__ if isinstance(each, EnumMeta)):
            member.__init__(*args)
        cls._member_map_[key] = member
        if _hashable(member._value_):
            cls._value2member_map_[member._value_] = member
        cls._member_names_.append(key)
        setattr(cls, key, member)
        return member

    def __call__(cls, value=None, names=None, *, start=1, **kwargs):
        if names is None:
            return cls._find(value)
        if isinstance(names, str):
            names = names.replace(',', ' ').split()
        if isinstance(names, dict):
            names = list(names.items())
        pairs = {}
        for i, item in enumerate(names):
            if isinstance(item, str):
                pairs[item] = cls._generate_next_value_(item, start, i, list(pairs.values()))
            else:
                pairs[item[0]] = item[1]
        return EnumMeta.__new__(type(cls), value, (cls,), pairs)

    def _find(cls, value):
        if isinstance(value, cls):
            return value
        if _hashable(value) and value in cls._value2member_map_:
            return cls._value2member_map_[value]
        for member in cls._member_map_.values():
            if member._value_ == value:
                return member
        found = cls._missing_(value)
        if found is None:
            raise ValueError(f'{value!r} is not a valid {cls.__qualname__}')
        return found

    def __iter__(cls):
        return iter([cls._member_map_[name] for name in cls._member_names_])

    def __reversed__(cls):
        return iter([cls._member_map_[name] for name in reversed(cls._member_names_)])

    def __len__(cls):
        return len(cls._member_names_)

    def __bool__(cls):
        return True

    def __contains__(cls, value):
        return isinstance(value, cls) and value._name_ in cls._member_map_

    def __getitem__(cls, name):
        return cls._member_map_[name]

    def __repr__(cls):
        return f'<enum {cls.__name__!r}>'

    @property
    def __members__(cls):
        return dict(cls._member_map_)


EnumType = EnumMeta


def _hashable(value):
    return not isinstance(value, (list, dict, set))


class Enum(metaclass=EnumMeta):
    def _generate_next_value_(name, start, count, last_values):
        for value in reversed(last_values):
            if isinstance(value, int):
                return value + 1
        return start

    @classmethod
    def _missing_(cls, value):
        return None

    @property
    def name(self):
        return self._name_

    @property
    def value(self):
        return self._value_

    def __repr__(self):
        return f'<{type(self).__name__}.{self._name_}: {self._value_!r}>'

    def __str__(self):
        return f'{type(self).__name__}.{self._name_}'

    def __hash__(self):
        return hash(self._name_)

    def __format__(self, spec):
        return format(str(self), spec)

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        return self


class IntEnum(int, Enum):
    def __str__(self):
        return int.__repr__(self._value_)

    def __format__(self, spec):
        return format(self._value_, spec)

    def __hash__(self):
        return hash(self._value_)


class StrEnum(str, Enum):
    def _generate_next_value_(name, start, count, last_values):
        return name.lower()

    def __str__(self):
        return self._value_

    def __format__(self, spec):
        return format(self._value_, spec)

    def __hash__(self):
        return hash(self._value_)


class Flag(Enum):
    def _generate_next_value_(name, start, count, last_values):
        highest = max(last_values, default=0)
        return start if not last_values else 1 << highest.bit_length()

    @classmethod
    def _missing_(cls, value):
        if not isinstance(value, int):
            return None
        known = 0
        for member in cls._member_map_.values():
            known |= member._value_
        if value < 0:
            value = known & value
        if value & ~known:
            raise ValueError(f'{value!r} is not a valid {cls.__qualname__}')
        made = int.__new__(cls, value) if issubclass(cls, int) else object.__new__(cls)
        object.__setattr__(made, '_value_', value)
        parts = [member._name_ for member in cls if member._value_ & value and member._value_ & (member._value_ - 1) == 0]
        object.__setattr__(made, '_name_', '|'.join(parts) if parts else None)
        cls._value2member_map_[value] = made
        return made

    def __repr__(self):
        name = type(self).__name__
        return f'<{name}: {self._value_}>' if self._name_ is None else f'<{name}.{self._name_}: {self._value_!r}>'

    def __str__(self):
        name = type(self).__name__
        return f'{name}({self._value_})' if self._name_ is None else f'{name}.{self._name_}'

    def __bool__(self):
        return bool(self._value_)

    def __contains__(self, other):
        return other._value_ & self._value_ == other._value_

    def __iter__(self):
        return iter([member for member in type(self) if member._value_ & self._value_ and member._value_ & (member._value_ - 1) == 0])

    def __len__(self):
        return self._value_.bit_count()

    def _number(self, other):
        return other._value_ if isinstance(other, Flag) else other if isinstance(self, int) and isinstance(other, int) else None

    def __or__(self, other):
        value = self._number(other)
        return NotImplemented if value is None else type(self)(self._value_ | value)

    def __and__(self, other):
        value = self._number(other)
        return NotImplemented if value is None else type(self)(self._value_ & value)

    def __xor__(self, other):
        value = self._number(other)
        return NotImplemented if value is None else type(self)(self._value_ ^ value)

    def __invert__(self):
        return type(self)(~self._value_)

    def __eq__(self, other):
        return self is other or (isinstance(other, Flag) and type(other) is type(self) and self._value_ == other._value_) or (isinstance(self, int) and self._value_ == other)

    def __hash__(self):
        return hash(self._value_)


class IntFlag(int, Flag):
    __ror__ = Flag.__or__
    __rand__ = Flag.__and__
    __rxor__ = Flag.__xor__


def unique(enumeration):
    aliases = [(name, member._name_) for name, member in enumeration._member_map_.items() if name != member._name_]
    if aliases:
        text = ', '.join([f'{alias} -> {name}' for alias, name in aliases])
        raise ValueError(f'duplicate values found in {enumeration!r}: {text}')
    return enumeration
