/** tqdm: walks what it is given, and tells on one line of stderr how far it has come. */
import { fn, taking } from '../pyplot/arguments.ts';
import { numberOr, text } from '../pyplot/read.ts';
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import { Native, type Visit, Walk } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { iteratorOf } from '../runtime/iterate.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { lengthOf } from '../runtime/truth.ts';
import {
  NativeFunction,
  PyClass,
  PyDict,
  PyInstance,
  PyIterator,
  PyModule,
  PyRange,
  type Value,
} from '../runtime/values.ts';

/** Of one line; a description that is longer is cut. */
const MOST = 480;
const WIDTH = 10;

class Bar extends Native {
  readonly iterable: Value;
  total: number | null;
  readonly unit: string;
  description: string;
  postfix = '';
  count: number;
  readonly disabled: boolean;
  /** Whether the line goes when the bar ends. */
  readonly leaves: boolean;
  private line: { text: string } | null = null;
  constructor(
    iterable: Value,
    total: number | null,
    settings: Pick<Bar, 'unit' | 'description' | 'count' | 'disabled' | 'leaves'>,
  ) {
    super();
    this.iterable = iterable;
    this.total = total;
    this.unit = settings.unit;
    this.description = settings.description;
    this.count = settings.count;
    this.disabled = settings.disabled;
    this.leaves = settings.leaves;
  }

  /** How far it is. Times are not told: they would be other ones each time. */
  get shown(): string {
    const { count, total } = this;
    const head = this.description === '' ? '' : `${this.description}: `;
    const tail = this.postfix === '' ? '' : ` [${this.postfix}]`;
    if (total === null || total <= 0) return `${head}${count}${this.unit}${tail}`.slice(0, MOST);
    const share = Math.min(1, Math.max(0, count / total));
    const eighths = Math.round(share * WIDTH * 8);
    const full = Math.floor(eighths / 8);
    const part = eighths % 8 === 0 ? '' : '▏▎▍▌▋▊▉'[(eighths % 8) - 1];
    const bar = `${'█'.repeat(full)}${part}`.padEnd(WIDTH);
    return `${head}${String(Math.floor(share * 100)).padStart(3)}%|${bar}| ${count}/${total}${tail}`.slice(0, MOST);
  }

  show(interpreter: Interpreter): void {
    if (this.disabled) return;
    this.line ??= interpreter.errorLine();
    this.line.text = `${this.shown}\n`;
  }

  close(interpreter: Interpreter): void {
    this.show(interpreter);
    if (!this.leaves && this.line !== null) this.line.text = '';
  }

  references(visit: Visit): void {
    visit(this.iterable);
    visit(this.description);
    visit(this.postfix);
  }
}

class BarWalk extends Walk {
  private readonly runtime: Runtime;
  private readonly bar: Bar;
  private readonly inner: Walk;
  private begun = false;
  constructor(runtime: Runtime, bar: Bar, inner: Walk) {
    super();
    this.runtime = runtime;
    this.bar = bar;
    this.inner = inner;
  }
  next(): IteratorResult<Value, undefined> {
    const { bar, runtime } = this;
    if (this.begun) bar.count++;
    this.begun = true;
    const next = this.inner.next();
    if (next.done === true) bar.close(runtime);
    else bar.show(runtime);
    return next;
  }
  references(visit: Visit): void {
    visit(this.bar);
    visit(this.inner);
  }
}

const barOf = (value: Value | undefined): Bar => {
  if (value instanceof PyInstance && value.native instanceof Bar) return value.native;
  throw typeError('a method of tqdm needs a tqdm as its first argument');
};

type Run = (
  bar: Bar,
  given: Readonly<Record<string, Value | undefined>>,
  interpreter: Interpreter,
  self: PyInstance,
  rest: ReadonlyMap<string, Value>,
) => Value;

const METHODS: Readonly<Record<string, Run>> = {
  __iter__(bar, _, interpreter) {
    if (bar.iterable === null) throw typeError("'NoneType' object is not iterable");
    return new PyIterator(new BarWalk(interpreter as Runtime, bar, iteratorOf(interpreter as Runtime, bar.iterable)));
  },
  __len__(bar, _, interpreter) {
    if (bar.total !== null) return BigInt(Math.trunc(bar.total));
    return BigInt(lengthOf(interpreter as Runtime, bar.iterable));
  },
  __enter__: (_, __, ___, self) => self,
  '__exit__ type= value= traceback='(bar, _, interpreter) {
    bar.close(interpreter);
    return false;
  },
  'update n='(bar, { n }, interpreter) {
    bar.count += numberOr(n, 1, interpreter);
    bar.show(interpreter);
    return true;
  },
  close(bar, _, interpreter) {
    bar.close(interpreter);
    return null;
  },
  'set_description desc= refresh='(bar, { desc }, interpreter) {
    bar.description = (text(desc, interpreter) ?? '').slice(0, MOST);
    bar.show(interpreter);
    return null;
  },
  'set_description_str desc= refresh='(bar, { desc }, interpreter) {
    bar.description = (text(desc, interpreter) ?? '').slice(0, MOST);
    bar.show(interpreter);
    return null;
  },
  'set_postfix ordered_dict= refresh= **'(bar, { ordered_dict: dict }, interpreter, _, rest) {
    const parts: [Value, Value][] = dict instanceof PyDict ? [...dict.entries.values()] : [];
    bar.postfix = [...parts, ...rest]
      .map(([key, value]) => `${interpreter.str(key)}=${postfixText(value, interpreter)}`)
      .join(', ')
      .slice(0, MOST);
    bar.show(interpreter);
    return null;
  },
  'set_postfix_str s= refresh='(bar, { s }, interpreter) {
    bar.postfix = (text(s, interpreter) ?? '').slice(0, MOST);
    bar.show(interpreter);
    return null;
  },
  'reset total='(bar, { total }, interpreter) {
    bar.count = 0;
    bar.total = numberOr(total, bar.total, interpreter);
    return null;
  },
  'refresh nolock= lock_args='(bar, _, interpreter) {
    bar.show(interpreter);
    return null;
  },
  'clear nolock=': () => null,
  unpause: () => null,
  __repr__: (bar) => bar.shown,
};

/** Numbers with three digits, as tqdm has them. */
function postfixText(value: Value, interpreter: Interpreter): string {
  if (typeof value === 'number')
    return interpreter.str(interpreter.call(interpreter.getAttribute('{:.3g}', 'format'), [value]));
  return interpreter.str(value).trim();
}

const tqdm = new PyClass('tqdm');
tqdm.members.set('__module__', 'tqdm.std');
const INIT =
  'iterable= desc= total= leave= file= ncols= mininterval= maxinterval= miniters= ascii= disable= unit= unit_scale= dynamic_ncols= smoothing= bar_format= initial= position= postfix= unit_divisor= write_bytes= lock_args= nrows= colour= delay= gui=';
const takes = taking('tqdm.__init__', INIT);

tqdm.members.set(
  '__init__',
  new NativeFunction('__init__', ([self, ...args], kwargs, interpreter) => {
    const { given } = takes(args, kwargs, interpreter);
    const iterable = given.iterable ?? null;
    const bar = new Bar(iterable, numberOr(given.total, lengthIfAny(iterable, interpreter), interpreter), {
      unit: text(given.unit, interpreter) ?? 'it',
      description: (text(given.desc, interpreter) ?? '').slice(0, MOST),
      count: numberOr(given.initial, 0, interpreter),
      disabled: given.disable !== undefined && given.disable !== null && interpreter.truth(given.disable),
      leaves: given.leave === undefined || given.leave === null || interpreter.truth(given.leave),
    });
    if (self instanceof PyInstance) self.native = bar;
    return null;
  }),
);
for (const [key, run] of Object.entries(METHODS)) {
  const [, name, signature] = /^(\w+)\s*(.*)$/.exec(key) as RegExpExecArray;
  const reads = taking(`tqdm.${name}`, signature);
  tqdm.members.set(
    name,
    new NativeFunction(name, ([self, ...args], kwargs, interpreter) => {
      const { given, rest } = reads(args, kwargs, interpreter);
      return run(barOf(self), given, interpreter, self as PyInstance, rest);
    }),
  );
}

function lengthIfAny(iterable: Value, interpreter: Interpreter): number | null {
  if (iterable === null) return null;
  try {
    return Number(lengthOf(interpreter as Runtime, iterable));
  } catch (error) {
    if (error instanceof PyError && (error.type === 'TypeError' || error.type === 'AttributeError')) return null;
    throw error;
  }
}

/** `tqdm.write(…)`: a line of its own on stdout. */
tqdm.members.set(
  'write',
  fn('write', 's file= end= nolock=', ({ given, interpreter }) => {
    interpreter.print(interpreter.str(given.s as Value) + (text(given.end, interpreter) ?? '\n'));
    return null;
  }),
);

const trange = new NativeFunction('trange', (args, kwargs, interpreter) => {
  if (args.length < 1 || args.length > 3) throw typeError(`trange expected 1 to 3 arguments, got ${args.length}`);
  const whole = args.map((value) => {
    if (typeof value !== 'bigint')
      throw typeError(`'${interpreter.repr(value)}' object cannot be interpreted as an integer`);
    return value;
  });
  const [start, stop, step] = whole.length === 1 ? [0n, whole[0], 1n] : [whole[0], whole[1], whole[2] ?? 1n];
  if (step === 0n) throw valueError('range() arg 3 must not be zero');
  return interpreter.call(tqdm, [new PyRange(start, stop, step)], kwargs);
});

const MODULES = new Map(
  ['tqdm', 'tqdm.auto', 'tqdm.notebook', 'tqdm.std', 'tqdm.autonotebook'].map((name) => [
    name,
    new PyModule(
      name,
      new Map<string, Value>([
        ['tqdm', tqdm],
        ['trange', trange],
        ['tqdm_notebook', tqdm],
        ['__version__', '4.64.1'],
      ]),
    ),
  ]),
);
for (const name of ['auto', 'notebook', 'std'])
  MODULES.get('tqdm')?.members.set(name, MODULES.get(`tqdm.${name}`) as PyModule);

export const tqdmModules = (name: string): PyModule | undefined => MODULES.get(name);
