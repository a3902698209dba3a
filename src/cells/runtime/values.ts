/**
 * What a name in a cell can stand for. Python's None, bool, int, float and str are JavaScript's
 * null, boolean, bigint, number and string; a tensor is a tensor; all else is an object of these
 * classes, and of nothing but these: no JavaScript object is ever reached by an attribute.
 */
import type { DType } from '../../tensor/dtype.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Interpreter } from './interpreter.ts';

export type Value = null | boolean | bigint | number | string | Tensor | PyObject;

/** Everything that is no number, string or tensor. */
export abstract class PyObject {
  /** Python's name of the type. */
  abstract readonly type: string;
}

export class PyList extends PyObject {
  readonly type = 'list';
  items: Value[];
  constructor(items: Value[]) {
    super();
    this.items = items;
  }
}

/** A tuple, or one of its named kin: torch.Size, torch.return_types.max. */
export class PyTuple extends PyObject {
  readonly type: string;
  readonly items: readonly Value[];
  /** Names of the items where they have some. */
  readonly fields?: readonly string[];
  constructor(items: readonly Value[], type = 'tuple', fields?: readonly string[]) {
    super();
    this.items = items;
    this.type = type;
    this.fields = fields;
  }
}

/** Keys are held by `keyOf`, so that 1, 1.0 and True are one key as in Python. Insertion order is kept. */
export class PyDict extends PyObject {
  readonly type: string;
  readonly entries = new Map<unknown, [key: Value, value: Value]>();
  constructor(type = 'dict') {
    super();
    this.type = type;
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
}

export class PyEllipsis extends PyObject {
  readonly type = 'ellipsis';
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
}

/** Anything that is walked once: zip, enumerate, generator expressions, dict views. */
export class PyIterator extends PyObject {
  readonly type: string;
  readonly iterator: Iterator<Value>;
  constructor(iterator: Iterator<Value>, type = 'iterator') {
    super();
    this.iterator = iterator;
    this.type = type;
  }
}

export type Kwargs = ReadonlyMap<string, Value>;

/** A function of ours. It is found in a table, never looked up on an object. */
export class NativeFunction extends PyObject {
  readonly type: string;
  readonly name: string;
  readonly call: (args: readonly Value[], kwargs: Kwargs, interpreter: Interpreter) => Value;
  constructor(name: string, call: NativeFunction['call'], type = 'builtin_function_or_method') {
    super();
    this.name = name;
    this.call = call;
    this.type = type;
  }
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
}

/** A class, ours or the cell's own: single inheritance is enough for nn.Module. */
export class PyClass extends PyObject {
  readonly type = 'type';
  readonly name: string;
  readonly bases: readonly PyClass[];
  readonly members: Map<string, Value>;
  /** Makes an instance for classes of ours that are not made of attributes alone (exceptions, dtypes, …). */
  readonly construct?: NativeFunction['call'];
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
}

export class PyInstance extends PyObject {
  readonly cls: PyClass;
  readonly attributes = new Map<string, Value>();
  constructor(cls: PyClass) {
    super();
    this.cls = cls;
  }
  get type(): string {
    return this.cls.name;
  }
}

/** A function, or a function with its first argument. */
export class BoundMethod extends PyObject {
  readonly type = 'method';
  readonly self: Value;
  readonly fn: Value;
  constructor(self: Value, fn: Value) {
    super();
    this.self = self;
    this.fn = fn;
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
}

/** torch.no_grad() and its like: entered by `with`, left however the block ends. */
export class PyContext extends PyObject {
  readonly type: string;
  readonly enter: () => Value;
  readonly exit: () => void;
  constructor(type: string, enter: () => Value, exit: () => void) {
    super();
    this.type = type;
    this.enter = enter;
    this.exit = exit;
  }
}
