/** Kinds of value that only the language itself makes. */
import type { Frame, Signal } from './frame.ts';
import { type NativeFunction, PyClass, type PyDict, PyObject, type Value } from './values.ts';

/** How a function's arguments are bound; names in the order of the slots that they fill. */
export interface Signature {
  readonly positional: readonly string[];
  readonly positionalOnly: number;
  readonly star: number | null;
  readonly keywordOnly: readonly string[];
  readonly starstar: number | null;
}

/** What is known of a function before it runs. */
export interface FunctionCode {
  readonly name: string;
  readonly qualname: string;
  readonly signature: Signature;
  readonly slots: number;
  readonly names: readonly string[];
  /** How much of the stack its deepest expression takes. */
  readonly weight: number;
  readonly cell: number;
  readonly doc: string | null;
  /** Runs the body; the value is in the frame. Of a lambda, answers the value. */
  readonly run: (frame: Frame) => Value;
  readonly generate: ((frame: Frame) => Generator<Value, Signal, Value>) | null;
  /** Runs in place of the body: a function within a context. */
  readonly wraps?: NativeFunction['call'];
}

export class UserFunction extends PyObject {
  readonly type = 'function';
  readonly code: FunctionCode;
  readonly closure: Frame | null;
  readonly defaults: readonly Value[];
  readonly keywordDefaults: ReadonlyMap<string, Value>;
  readonly attributes = new Map<string, Value>();
  /** The class in whose body it was defined: where `super()` starts from. */
  owner: PyClass | null = null;
  constructor(
    code: FunctionCode,
    closure: Frame | null,
    defaults: readonly Value[],
    keywordDefaults: ReadonlyMap<string, Value>,
  ) {
    super();
    this.code = code;
    this.closure = closure;
    this.defaults = defaults;
    this.keywordDefaults = keywordDefaults;
  }
}

/** A class that a cell defined: its members may be written to. */
export class UserClass extends PyClass {}

export class PySet extends PyObject {
  readonly type: 'set' | 'frozenset';
  /** By `keyOf`, as a dict's keys. */
  readonly entries = new Map<unknown, Value>();
  constructor(type: 'set' | 'frozenset' = 'set') {
    super();
    this.type = type;
  }
}

/** keys(), values() and items() of a dict. */
export class PyDictView extends PyObject {
  readonly type: string;
  readonly dict: PyDict;
  readonly part: 'keys' | 'values' | 'items';
  constructor(dict: PyDict, part: PyDictView['part']) {
    super();
    this.type = `${dict.type === 'OrderedDict' ? 'odict' : 'dict'}_${part}`;
    this.dict = dict;
    this.part = part;
  }
}

export class PyProperty extends PyObject {
  readonly type = 'property';
  readonly get: Value;
  readonly set: Value;
  constructor(get: Value, set: Value = null) {
    super();
    this.get = get;
    this.set = set;
  }
}

export class PyStaticMethod extends PyObject {
  readonly type = 'staticmethod';
  readonly fn: Value;
  constructor(fn: Value) {
    super();
    this.fn = fn;
  }
}

export class PyClassMethod extends PyObject {
  readonly type = 'classmethod';
  readonly fn: Value;
  constructor(fn: Value) {
    super();
    this.fn = fn;
  }
}

export class PySuper extends PyObject {
  readonly type = 'super';
  readonly from: PyClass;
  readonly self: Value;
  constructor(from: PyClass, self: Value) {
    super();
    this.from = from;
    this.self = self;
  }
}

export class PyNotImplemented extends PyObject {
  readonly type = 'NotImplementedType';
}
export const NOT_IMPLEMENTED = new PyNotImplemented();
