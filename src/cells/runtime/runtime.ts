/** The running of cells: one of these lives as long as its names do. */
import { Tensor } from '../../tensor/tensor.ts';
import type { WarningCategory } from '../../tensor/warnings.ts';
import type { CellLimits } from '../limits.ts';
import { getAttribute, setAttribute } from './attributes.ts';
import { CellBudget } from './budget.ts';
import { callValue } from './calls.ts';
import { Displays } from './displays.ts';
import { PyError } from './errors.ts';
import { EXCEPTIONS } from './exceptions.ts';
import type { Interpreter } from './interpreter.ts';
import { iteratorOf } from './iterate.ts';
import { Parts } from './parts.ts';
import { reprOf, strOf } from './repr.ts';
import { CALL_UNITS, NATIVE_UNITS, stackUnits } from './stack.ts';
import type { ModuleTable, ObjectProtocol, TensorProtocol } from './tensor-protocol.ts';
import { truthOf } from './truth.ts';
import type { Kwargs, NativeFunction, PyModule, Value } from './values.ts';
import { giveWarning } from './warnings.ts';

export const NO_KWARGS: Kwargs = new Map();

export interface GivenWarning {
  readonly category: WarningCategory;
  readonly message: string;
}

/** Of one cell. */
const MOST_WARNINGS = 100;
/** Characters that a line on stderr counts as which is written anew. */
const ERROR_LINE = 500;

export class Runtime implements Interpreter {
  readonly budget: CellBudget;
  readonly globals: Map<string, Value>;
  readonly builtins: ReadonlyMap<string, Value>;
  readonly modules: ModuleTable;
  readonly tensors: TensorProtocol | undefined;
  readonly objects: ObjectProtocol | undefined;
  /** Modules of the language's own, made once for each runtime. */
  readonly ownModules = new Map<string, PyModule>();
  /** Runs the text of a module that is written in the language. */
  runModule: ((runtime: Runtime, name: string, text: string, globals: Map<string, Value>) => void) | null = null;
  /** Of the statement that runs. */
  line = 0;
  /** Counts the cells, so that a function knows whether the line at fault stands in this one. */
  cell = 0;
  /** Exceptions being handled, innermost last. */
  readonly handling: PyError[] = [];
  #depth = 0;
  readonly #callers: number[] = [];
  #stack = 0;
  readonly #units: number;
  readonly parts = new Parts();
  displays = new Displays();
  /** Warnings of PyTorch's own that were shown. */
  warned: GivenWarning[] = [];
  #out: string[] = [];
  #err: (string | { text: string })[] = [];

  constructor(
    limits: CellLimits,
    globals: Map<string, Value>,
    modules: ModuleTable,
    builtins: ReadonlyMap<string, Value>,
  ) {
    this.budget = new CellBudget(limits);
    this.#units = stackUnits(limits.stackKiB);
    this.globals = globals;
    this.modules = modules;
    this.tensors = modules.tensors;
    this.objects = modules.objects;
    this.builtins = builtins;
  }

  begin(): void {
    this.budget.reset();
    this.cell++;
    this.line = 0;
    this.#depth = 0;
    this.#stack = 0;
    this.#out = [];
    this.#err = [];
    this.displays = new Displays();
    this.warned = [];
    this.handling.length = 0;
  }

  get output(): string {
    return this.#out.join('');
  }

  get errors(): string {
    return this.#err.map((part) => (typeof part === 'string' ? part : part.text)).join('');
  }

  /** A call begins; every one that did not throw is matched by `leave`. */
  enter(weight: number): void {
    if (this.#depth >= this.budget.limits.maxDepth || this.#stack + weight + CALL_UNITS > this.#units) {
      throw new PyError('RecursionError', 'maximum recursion depth exceeded');
    }
    // The line that calls: whoever warns may mean it.
    this.#callers[this.#depth] = this.line;
    this.#depth++;
    this.#stack += weight + CALL_UNITS;
  }

  leave(weight: number): void {
    this.#depth--;
    this.#stack -= weight + CALL_UNITS;
  }

  /** The line that runs, 1, the one that called the function in which that stands, 2, and so on. */
  lineOf(level: number): number {
    if (level <= 1) return this.line;
    return this.#callers[Math.max(0, this.#depth - level + 1)] ?? this.line;
  }

  /** Calls a function of ours. */
  callNative(fn: NativeFunction, args: readonly Value[], kwargs: Kwargs): Value {
    this.budget.call();
    if (this.#stack + NATIVE_UNITS > this.#units)
      throw new PyError('RecursionError', 'maximum recursion depth exceeded');
    this.#stack += NATIVE_UNITS;
    try {
      return fn.call(args, kwargs, this);
    } finally {
      this.#stack -= NATIVE_UNITS;
    }
  }

  /** Runs something of ours that goes down into nested values. */
  nested<T>(run: () => T): T {
    if (this.#stack + CALL_UNITS > this.#units) throw new PyError('RecursionError', 'maximum recursion depth exceeded');
    this.#stack += CALL_UNITS;
    try {
      return run();
    } finally {
      this.#stack -= CALL_UNITS;
    }
  }

  call(callable: Value, args: readonly Value[], kwargs: Kwargs = NO_KWARGS): Value {
    return callValue(this, callable, args, kwargs);
  }

  getAttribute(value: Value, name: string): Value {
    return getAttribute(this, value, name);
  }

  setAttribute(value: Value, name: string, to: Value): void {
    setAttribute(this, value, name, to);
  }

  /** Leaving the loop early does not end what is walked. */
  iterate(value: Value): Iterable<Value> {
    const iterator = iteratorOf(this, value);
    const { budget } = this;
    const walk = {
      next(): IteratorResult<Value> {
        budget.step();
        return iterator.next();
      },
    };
    return { [Symbol.iterator]: () => walk };
  }

  truth(value: Value): boolean {
    return truthOf(this, value);
  }

  repr(value: Value): string {
    return reprOf(this, value);
  }

  str(value: Value): string {
    return strOf(this, value);
  }

  print(text: string): void {
    this.budget.print(text.length);
    this.#out.push(text);
  }

  printError(text: string): void {
    this.budget.print(text.length);
    this.#err.push(text);
  }

  errorLine(): { text: string } {
    this.budget.print(ERROR_LINE);
    const line = { text: '' };
    this.#err.push(line);
    return line;
  }

  warn(category: WarningCategory, message: string): void {
    const shown = giveWarning(this, { message, category: EXCEPTIONS.get(category)!, internal: true });
    if (shown && this.warned.length < MOST_WARNINGS) this.warned.push({ category, message });
  }

  isTensor(value: Value): value is Tensor {
    return value instanceof Tensor;
  }
}
