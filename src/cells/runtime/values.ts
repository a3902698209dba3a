/**
 * What a name in a cell can stand for. Python's None, bool, int, float and str are JavaScript's
 * null, boolean, bigint, number and string; a tensor is a tensor; all else is an object of these
 * classes, and of nothing but these: no JavaScript object is ever reached by an attribute.
 */
import type { DType } from '../../tensor/dtype.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Holder, Native, Visit, Walk } from './holding.ts';
import type { Interpreter } from './interpreter.ts';

export type Value = null | boolean | bigint | number | string | Tensor | PyObject;

/** Everything that is no number, string or tensor. */
export abstract class PyObject implements Holder {
  /** Python's name of the type. */
  abstract readonly type: string;
  /** Shows all that is kept from being forgotten by this. */
  abstract references(visit: Visit): void;
}

/** An instance of a cell's own class derived from list, tuple, dict or set: what it has besides its items. */
export interface Derived {
  /** The cell's class; null for the plain kind. */
  readonly cls: PyClass | null;
  attributes: Map<string, Value> | null;
}

export class PyList extends PyObject implements Derived {
  readonly type = 'list';
  items: Value[];
  readonly cls: PyClass | null;
  attributes: Map<string, Value> | null = null;
  constructor(items: Value[], cls: PyClass | null = null) {
    super();
    this.items = items;
    this.cls = cls;
  }
  references(visit: Visit): void {
    visit.weigh(this.items.length);
    for (const item of this.items) visit(item);
    visit(this.cls);
    visit(this.attributes);
  }
}

/** A tuple, or one of its named kin: torch.Size, torch.return_types.max. */
export class PyTuple extends PyObject implements Derived {
  readonly type: string;
  readonly items: readonly Value[];
  /** Names of the items where they have some. */
  readonly fields?: readonly string[];
  readonly cls: PyClass | null;
  attributes: Map<string, Value> | null = null;
  constructor(items: readonly Value[], type = 'tuple', fields?: readonly string[], cls: PyClass | null = null) {
    super();
    this.items = items;
    this.type = type;
    this.fields = fields;
    this.cls = cls;
  }
  references(visit: Visit): void {
    visit.weigh(this.items.length);
    for (const item of this.items) visit(item);
    visit(this.cls);
    visit(this.attributes);
  }
}

/** Keys are held by `keyOf`, so that 1, 1.0 and True are one key as in Python. Insertion order is kept. */
export class PyDict extends PyObject implements Derived {
  readonly type: string;
  readonly entries: Map<unknown, [key: Value, value: Value]>;
  readonly cls: PyClass | null;
  attributes: Map<string, Value> | null = null;
  constructor(
    type = 'dict',
    cls: PyClass | null = null,
    entries: Map<unknown, [key: Value, value: Value]> = new Map(),
  ) {
    super();
    this.type = type;
    this.entries = entries;
    this.cls = cls;
  }
  references(visit: Visit): void {
    visit(this.cls);
    visit(this.attributes);
    visit.weigh(this.entries.size);
    for (const [held, [key, value]] of this.entries) {
      if (held !== key) visit(held);
      visit(key);
      visit(value);
    }
  }
}

export class PySlice extends PyObject {
  readonly type = 'slice';
  readonly start: Value;
  readonly stop: Value;
  readonly step: Value;
  constructor(start: Value, stop: Value, step: Value) {
    super();
    this.start = start;
    this.stop = stop;
    this.step = step;
  }
  references(visit: Visit): void {
    visit(this.start);
    visit(this.stop);
    visit(this.step);
  }
}

export class PyEllipsis extends PyObject {
  readonly type = 'ellipsis';
  references(): void {}
}
export const ELLIPSIS = new PyEllipsis();

export class PyRange extends PyObject {
  readonly type = 'range';
  readonly start: bigint;
  readonly stop: bigint;
  readonly step: bigint;
  constructor(start: bigint, stop: bigint, step: bigint) {
    super();
    this.start = start;
    this.stop = stop;
    this.step = step;
  }
  references(visit: Visit): void {
    visit(this.start);
    visit(this.stop);
    visit(this.step);
  }
}

/** Anything that is walked once: zip, enumerate, generator expressions, dict views. */
export class PyIterator extends PyObject {
  readonly type: string;
  readonly iterator: Walk;
  constructor(iterator: Walk, type = 'iterator') {
    super();
    this.iterator = iterator;
    this.type = type;
  }
  references(visit: Visit): void {
    visit(this.iterator);
  }
}

export type Kwargs = ReadonlyMap<string, Value>;
export type NativeCall = (args: readonly Value[], kwargs: Kwargs, interpreter: Interpreter) => Value;

/**
 * A function of ours. It is found in a table, never looked up on an object, and made when the table is.
 * One that is made while a cell runs is a {@link NativeClosure}.
 */
export class NativeFunction extends PyObject {
  type: string;
  readonly name: string;
  readonly call: NativeCall;
  /** The class whose method it is, as it prints; `type` is what PyTorch's own C++ hangs its functions on. */
  home: string | null = null;
  /** Python's file that it stands in, where it is one of Python's. */
  module: string | null = null;
  constructor(name: string, call: NativeFunction['call'], type = 'builtin_function_or_method') {
    super();
    this.name = name;
    this.call = call;
    this.type = type;
    NativeFunction.onMade?.(this);
  }

  /** Tests are told of every function that is made, and refuse those that could hide what they hold. */
  static onMade: ((made: NativeFunction) => void) | undefined;

  /** Nothing: what a function holds it takes as a {@link NativeClosure}. */
  references(_visit: Visit): void {}
}

/** What a function of ours holds, by name. */
export type Held = Readonly<Record<string, unknown>>;

/** A function of ours with values of a cell's. Its code gets them as an argument and closes over nothing. */
export class NativeClosure<H extends Held = Held> extends NativeFunction {
  readonly held: H;
  readonly body: (held: H, args: readonly Value[], kwargs: Kwargs, interpreter: Interpreter) => Value;
  constructor(name: string, held: H, body: NativeClosure<H>['body'], type?: string) {
    super(name, callClosure, type);
    this.held = held;
    this.body = body;
  }

  override references(visit: Visit): void {
    for (const key in this.held) visit(this.held[key]);
  }
}

function callClosure(
  this: NativeClosure | undefined,
  args: readonly Value[],
  kwargs: Kwargs,
  interpreter: Interpreter,
): Value {
  const { held, body } = this as NativeClosure;
  return body(held, args, kwargs, interpreter);
}

/** torch, torch.nn.functional and their like: a table of names. */
export class PyModule extends PyObject {
  readonly type = 'module';
  readonly name: string;
  readonly members: Map<string, Value>;
  constructor(name: string, members = new Map<string, Value>()) {
    super();
    this.name = name;
    this.members = members;
  }

  /** Nothing: the tables are ours, and no cell can write to them. */
  references(_visit: Visit): void {}
}

/** A class, ours or the cell's own: single inheritance is enough for nn.Module. */
export class PyClass extends PyObject {
  readonly type = 'type';
  readonly name: string;
  readonly bases: readonly PyClass[];
  readonly members: Map<string, Value>;
  /** Makes an instance for classes of ours that are not made of attributes alone (exceptions, dtypes, …). */
  readonly construct?: NativeFunction['call'];
  /** What messages call it, where its name alone is not enough: numpy.ndarray. */
  said: string | null = null;
  /** Makes an instance of a class derived from this one, before `__init__` fills it: what `__new__` is. */
  allocate: ((cls: PyClass, args: readonly Value[], kwargs: Kwargs, interpreter: Interpreter) => Value) | null = null;
  /** The class of the class, where it is not `type`. */
  readonly metaclass: PyClass | null = null;
  /** In which it and its bases are asked for a member, once that was worked out. */
  order: readonly PyClass[] | null = null;
  constructor(
    name: string,
    bases: readonly PyClass[] = [],
    members = new Map<string, Value>(),
    construct?: NativeFunction['call'],
  ) {
    super();
    this.name = name;
    this.bases = bases;
    this.members = members;
    this.construct = construct;
  }

  /** Nothing: the class is ours, and no cell can write to it. */
  references(_visit: Visit): void {}
}

export class PyInstance extends PyObject {
  /** Changed where an instance becomes one of another class. */
  cls: PyClass;
  readonly attributes = new Map<string, Value>();
  /** What a class of ours keeps of it besides. */
  native: Native | null = null;
  constructor(cls: PyClass) {
    super();
    this.cls = cls;
  }
  get type(): string {
    return this.cls.said ?? this.cls.name;
  }
  references(visit: Visit): void {
    visit(this.cls);
    visit(this.attributes);
    visit(this.native);
  }
}

/** A function, or a function with its first argument. */
export class BoundMethod extends PyObject {
  readonly self: Value;
  readonly fn: Value;
  constructor(self: Value, fn: Value) {
    super();
    this.self = self;
    this.fn = fn;
  }
  get type(): string {
    return this.fn instanceof NativeFunction && this.fn.type !== 'function' ? this.fn.type : 'method';
  }
  references(visit: Visit): void {
    visit(this.self);
    visit(this.fn);
  }
}

/** torch.float32 and its like. */
export class DTypeValue extends PyObject {
  readonly type = 'torch.dtype';
  readonly dtype: DType;
  constructor(dtype: DType) {
    super();
    this.dtype = dtype;
  }
  references(_visit: Visit): void {}
}

/** torch.no_grad() and its like: entered by `with`, left however the block ends. */
export abstract class PyContext extends PyObject {
  abstract enter(): Value;
  abstract exit(): void;

  /** Runs `body` within it. */
  within<T>(body: () => T): T {
    this.enter();
    try {
      return body();
    } finally {
      this.exit();
    }
  }
}

/** A context that changes nothing. */
export class QuietContext extends PyContext {
  readonly type: string;
  constructor(type: string) {
    super();
    this.type = type;
  }
  enter(): Value {
    return null;
  }
  exit(): void {}
  references(_visit: Visit): void {}
}
