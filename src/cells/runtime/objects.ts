/** Kinds of value that only the language itself makes. */
import type { Frame, Signal } from './frame.ts';
import type { Holder, Visit } from './holding.ts';
import { type Derived, type NativeFunction, PyClass, type PyDict, PyObject, type Value } from './values.ts';

/** How a function's arguments are bound; names in the order of the slots that they fill. */
export interface Signature {
  readonly positional: readonly string[];
  readonly positionalOnly: number;
  readonly star: number | null;
  readonly keywordOnly: readonly string[];
  readonly starstar: number | null;
}

/** What is known of a function before it runs. */
export class FunctionCode implements Holder {
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
  /** Expressions and statements, of functions within it too: what the code itself takes of memory. */
  readonly size: number;
  /** Runs in place of the body: a function within a context. */
  readonly wraps: NativeFunction | null;

  constructor(facts: Omit<FunctionCode, 'references'>) {
    this.name = facts.name;
    this.qualname = facts.qualname;
    this.signature = facts.signature;
    this.slots = facts.slots;
    this.names = facts.names;
    this.weight = facts.weight;
    this.cell = facts.cell;
    this.doc = facts.doc;
    this.run = facts.run;
    this.generate = facts.generate;
    this.size = facts.size;
    this.wraps = facts.wraps;
  }

  references(visit: Visit): void {
    visit.weigh(this.size * NODE_OBJECTS);
    visit(this.doc);
    visit(this.wraps);
  }
}

/** A node of a program is a closure with its context, and what it was parsed from. */
const NODE_OBJECTS = 4;

export class UserFunction extends PyObject {
  readonly type = 'function';
  readonly code: FunctionCode;
  readonly closure: Frame | null;
  readonly defaults: readonly Value[];
  readonly keywordDefaults: ReadonlyMap<string, Value>;
  readonly attributes = new Map<string, Value>();
  /** The class in whose body it was defined: where `super()` starts from. */
  owner: PyClass | null = null;
  /** What its annotations are made of when they are asked for. */
  annotations: Annotations | null = null;
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
  references(visit: Visit): void {
    visit(this.code);
    visit(this.closure);
    visit(this.defaults);
    visit(this.keywordDefaults);
    visit(this.attributes);
    visit(this.owner);
    visit(this.annotations);
  }
}

/** Expressions by the names that they annotate, with the frame that they are worked out in. */
export class Annotations implements Holder {
  readonly frame: Frame;
  readonly codes: readonly (readonly [name: string, code: (frame: Frame) => Value])[];
  constructor(frame: Frame, codes: Annotations['codes']) {
    this.frame = frame;
    this.codes = codes;
  }
  references(visit: Visit): void {
    visit(this.frame);
  }
}

/** A class that a cell defined: its members may be written to. */
export class UserClass extends PyClass {
  override readonly metaclass: PyClass | null;
  constructor(name: string, bases: readonly PyClass[], members: Map<string, Value>, metaclass: PyClass | null = null) {
    super(name, bases, members);
    this.metaclass = metaclass;
  }

  override references(visit: Visit): void {
    visit(this.bases);
    visit(this.members);
    visit(this.metaclass);
    // The order of its bases is kept with it.
    visit.weigh(1 + (this.order?.length ?? 0) / 8);
  }
}

export class PySet extends PyObject implements Derived {
  readonly type: 'set' | 'frozenset';
  /** By `keyOf`, as a dict's keys. */
  readonly entries = new Map<unknown, Value>();
  readonly cls: PyClass | null;
  attributes: Map<string, Value> | null = null;
  constructor(type: 'set' | 'frozenset' = 'set', cls: PyClass | null = null) {
    super();
    this.type = type;
    this.cls = cls;
  }
  references(visit: Visit): void {
    visit(this.cls);
    visit(this.attributes);
    visit.weigh(this.entries.size);
    for (const [held, item] of this.entries) {
      if (held !== item) visit(held);
      visit(item);
    }
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
  references(visit: Visit): void {
    visit(this.dict);
  }
}

export class PyProperty extends PyObject {
  readonly type = 'property';
  readonly get: Value;
  readonly set: Value;
  readonly del: Value;
  readonly doc: Value;
  constructor(get: Value, set: Value = null, del: Value = null, doc: Value = null) {
    super();
    this.get = get;
    this.set = set;
    this.del = del;
    this.doc = doc;
  }
  references(visit: Visit): void {
    visit(this.get);
    visit(this.set);
    visit(this.del);
    visit(this.doc);
  }
}

export class PyStaticMethod extends PyObject {
  readonly type = 'staticmethod';
  readonly fn: Value;
  constructor(fn: Value) {
    super();
    this.fn = fn;
  }
  references(visit: Visit): void {
    visit(this.fn);
  }
}

export class PyClassMethod extends PyObject {
  readonly type = 'classmethod';
  readonly fn: Value;
  constructor(fn: Value) {
    super();
    this.fn = fn;
  }
  references(visit: Visit): void {
    visit(this.fn);
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
  references(visit: Visit): void {
    visit(this.from);
    visit(this.self);
  }
}

/** `list[int]`: a class with the types that it is said to hold. */
export class PyAlias extends PyObject {
  readonly type = 'types.GenericAlias';
  readonly origin: PyClass;
  readonly args: readonly Value[];
  constructor(origin: PyClass, args: readonly Value[]) {
    super();
    this.origin = origin;
    this.args = args;
  }
  references(visit: Visit): void {
    visit(this.origin);
    visit(this.args);
  }
}

/** `int | None`: one of several types. */
export class PyUnion extends PyObject {
  readonly type = 'types.UnionType';
  readonly args: readonly Value[];
  constructor(args: readonly Value[]) {
    super();
    this.args = args;
  }
  references(visit: Visit): void {
    visit(this.args);
  }
}

export class PyNotImplemented extends PyObject {
  readonly type = 'NotImplementedType';
  references(): void {}
}
export const NOT_IMPLEMENTED = new PyNotImplemented();
