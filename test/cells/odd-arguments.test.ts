/** Everything that a cell can call, called with what nobody would: it answers or raises, and never fails us. */
import { expect, test } from 'vitest';
import { CellSession } from '#src/cells/cell.ts';
import { workspaceModules } from '#src/cells/modules.ts';
import { asPyError } from '#src/cells/runtime/exceptions.ts';
import { mro } from '#src/cells/runtime/mro.ts';
import { classOf } from '#src/cells/runtime/types.ts';
import { NativeClosure, NativeFunction, PyClass, PyModule, type Value } from '#src/cells/runtime/values.ts';
import { TorchState, withState } from '#src/cells/torch/index.ts';
import { withPulse } from '#src/kernels/pulse.ts';
import { type allocate, heapAllocator, withAllocator } from '#src/tensor/storage.ts';
import { Tensor } from '#src/tensor/tensor.ts';

const MODULES =
  'torch torch.nn torch.nn.functional torch.nn.init torch.nn.utils torch.nn.parameter torch.linalg torch.special torch.autograd torch.autograd.functional torch.autograd.function torch.optim torch.optim.lr_scheduler torch.random torch.utils.data math itertools functools collections time typing warnings'.split(
    ' ',
  );

/** Odd values, as Python writes them. */
const ODD = [
  'None',
  'True',
  '0',
  '-1',
  '3',
  '2 ** 31',
  '-2 ** 63',
  '10 ** 30',
  '0.0',
  '1.5',
  '-1e300',
  'float("nan")',
  'float("inf")',
  '""',
  '"mean"',
  '"constructor"',
  '"__proto__"',
  '"\\ud83d\\ude00\\0"',
  '[]',
  '()',
  '[1, 2]',
  '(0, -1)',
  '[[1.0, 2.0], [3.0, 4.0]]',
  '[None, "a"]',
  '{}',
  '{"constructor": 1, 1: []}',
  '{1, "a"}',
  'itself',
  'range(3)',
  'range(10 ** 20)',
  'slice(None, 2)',
  '...',
  'iter([1, 2])',
  'lambda *a, **k: a[0] if a else None',
  'raising',
  'int',
  'Box',
  'Box()',
  'torch',
  'torch.float32',
  'torch.int64',
  'torch.float16',
  'torch.device("cpu")',
  'torch.Size([2, 3])',
  'torch.Generator()',
  'torch.Tensor',
  'torch.tensor(1.5)',
  'torch.tensor(True)',
  'torch.tensor([])',
  'torch.zeros(0, 3)',
  'torch.tensor([1, 2, 3])',
  'torch.tensor([0, 1], dtype=torch.uint8)',
  'torch.tensor([[1.0, float("nan")], [float("inf"), -0.0]])',
  'torch.ones(2, 3, requires_grad=True)',
  'torch.ones(2, 2, dtype=torch.float64)',
  'torch.ones(1, 2, 3, 4)',
  '(torch.ones(2, requires_grad=True) * 2)',
  '(torch.ones(2, requires_grad=True) * 2).grad_fn',
  'torch.ones(2).expand(3, 2)',
  '[torch.ones(2), torch.ones(2)]',
  'nn.Linear(2, 2)',
  'nn.Sequential()',
  'nn.Linear',
  'nn.Module()',
  'nn.Parameter(torch.ones(2))',
  'nn.ParameterList()',
  'torch.optim.SGD([nn.Parameter(torch.ones(2))], lr=0.1)',
  'torch.no_grad()',
  'ValueError("a")',
  'ValueError',
  'functools.partial(int, "1")',
  '[].append',
  'zip([1], [2])',
  '(i for i in [1])',
  'torch.utils.data.TensorDataset(torch.ones(2, 2))',
  'torch.utils.data.DataLoader([1, 2, 3])',
];

const PRELUDE = `
import torch, math, itertools, functools
from torch import nn
import torch.utils.data
class Box:
    x = 1
    def method(self): return self
def raising(*a, **k): raise ValueError("no")
itself = [1]
itself.append(itself)
itself.append({"self": itself})
nn.ReLU()(torch.ones(1))
None
`;

/** Names that tables of JavaScript's own would answer to, and that Python's have. */
const NAMES =
  'constructor __proto__ toString hasOwnProperty valueOf __defineGetter__ prototype __class__ __dict__ __doc__ __name__ __len__ __init__ __call__ __mro__ __self__ grad data shape x'.split(
    ' ',
  );

class TimeIsUp extends Error {}

/** mulberry32 */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A session, the odd values made anew, and everything that can be called. */
class Scene {
  private readonly state = new TorchState();
  private readonly session: CellSession;
  private until = Number.POSITIVE_INFINITY;
  constructor() {
    const limits = {
      maxSteps: 1e6,
      maxDepth: 100,
      maxItems: 10_000,
      maxStringLength: 10_000,
      maxIntBits: 10_000,
      maxOutput: 10_000,
      tick: () => {
        if (performance.now() > this.until) throw new TimeIsUp();
      },
    };
    this.session = new CellSession(limits, new Map(), workspaceModules(this.state));
  }

  get runtime() {
    return this.session.interpreter;
  }

  /** Runs something of ours as a cell would; answers what it gave, or what it raised, or throws what is a fault. */
  attempt<T>(body: () => T): T | undefined {
    this.runtime.begin();
    const look = this.runtime.budget.limits.tick;
    this.until = performance.now() + 2000;
    // What a cell may create is bounded, as a request's is.
    const limited = {
      alloc: (dtype: Parameters<typeof allocate>[0], numel: number) => {
        if (!(numel <= 1e6)) throw new RangeError('Array buffer allocation failed');
        return heapAllocator.alloc(dtype, numel);
      },
    };
    try {
      return withPulse(look, () => withState(this.state, () => withAllocator(limited, body)));
    } catch (error) {
      if (asPyError(error) === undefined) throw error;
      return undefined;
    }
  }

  value(code: string): Value {
    const found = this.attempt(() => this.session.run(code));
    if (found?.error !== undefined) throw new Error(`${code}: ${found.error.message}`);
    return found?.result?.value ?? null;
  }

  start(): void {
    this.value(PRELUDE);
  }

  /** Functions and classes of the modules, and methods of values' classes with the value. */
  *callables(): Generator<[name: string, callable: Value]> {
    const { runtime } = this;
    for (const [name, value] of runtime.builtins) yield [name, value];
    for (const name of MODULES) {
      const module = this.value(`import ${name}\n${name}`);
      if (!(module instanceof PyModule)) throw new Error(`no module ${name}`);
      for (const [member, value] of module.members) yield [`${name}.${member}`, value];
    }
    const seen = new Set<PyClass>();
    for (const code of ODD) {
      const value = this.value(code);
      const cls = value instanceof PyClass ? value : classOf(value, runtime);
      if (seen.has(cls)) continue;
      seen.add(cls);
      const names = new Set(mro(cls).flatMap((each) => [...each.members.keys()]));
      for (const name of [...names, ...NAMES]) {
        const found = this.attempt(() => runtime.getAttribute(value, name));
        if (found !== undefined) yield [`${code}.${name}`, found];
      }
    }
  }
}

const CALLS = 12;

test('odd arguments raise, and are no fault of ours', { timeout: 120_000 }, () => {
  const random = generator(7);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)];
  const scene = new Scene();
  scene.start();
  const { runtime } = scene;
  const faults = new Map<string, string>();
  const hidden = new Set<string>();
  const callables = [...scene.callables()].filter(([, value]) => typeof value === 'object');
  let values: Value[] = [];
  let answers = 0;
  let calls = 0;
  for (const [name, callable] of callables) {
    // What was written over or used up is made anew.
    if (calls % 1200 === 0) values = ODD.map((code) => scene.value(code));
    for (let n = 0; n < CALLS; n++) {
      calls++;
      const args = Array.from({ length: n === 0 ? 0 : Math.floor(random() * 5) }, () => pick(values));
      if (args.length > 0 && random() < 0.5) args[0] = pick(values.filter((value) => value instanceof Tensor));
      const kwargs = new Map<string, Value>();
      if (random() < 0.3) kwargs.set(pick([...NAMES, 'input', 'self', 'dim', 'key', 'out', 'dtype']), pick(values));
      const start = performance.now();
      NativeFunction.onMade = (made) => {
        if (!(made instanceof NativeClosure)) hidden.add(made.name);
      };
      try {
        const answer = scene.attempt(() => {
          const result = runtime.call(callable, args, kwargs);
          runtime.repr(result);
          return result;
        });
        if (answer !== undefined) answers++;
      } catch (error) {
        const called = `${name}(${args.map((arg) => ODD[values.indexOf(arg)]).join(', ')}${[...kwargs].map(([key, arg]) => `, ${key}=${ODD[values.indexOf(arg)]}`).join('')})`;
        const text = (error as Error).stack?.split('\n').slice(0, 3).join(' ') ?? String(error);
        if (!faults.has(name)) faults.set(name, `${called}: ${text}`);
      } finally {
        NativeFunction.onMade = undefined;
      }
      if (performance.now() - start > 4000) faults.set(`${name} (slow)`, `${performance.now() - start} ms`);
    }
  }
  expect([...faults.values()]).toEqual([]);
  expect([...hidden]).toEqual([]);
  expect(calls).toBeGreaterThan(10_000);
  expect(answers).toBeGreaterThan(500);
});

test('names, subscripts and operators of odd values', { timeout: 120_000 }, () => {
  const scene = new Scene();
  scene.start();
  const faults: string[] = [];
  const cells = ODD.flatMap((a) => [
    ...NAMES.flatMap((name) => [
      `x = ${a}\nx.${name}`,
      `x = ${a}\nx.${name} = 1`,
      `x = ${a}\ndel x.${name}`,
      `x = ${a}\nx["${name}"]`,
      `x = ${a}\n{"${name}": x}["${name}"], getattr(x, "${name}", 0), hasattr(x, "${name}")`,
    ]),
    ...ODD.filter((_, i) => i % 4 === 0).map(
      (b) =>
        `x, y = ${a}, ${b}\nr = []\nfor f in [lambda: x + y, lambda: x * y, lambda: x % y, lambda: x @ y, lambda: x < y, lambda: x == y, lambda: x in y, lambda: x[y], lambda: x | y, lambda: x // y, lambda: f"{x:{y}}"]:\n    try: r.append(f())\n    except Exception as e: r.append(e)\nlen(r)`,
    ),
    `x = ${a}\nx[x] = x`,
    `x = ${a}\ndel x[0]`,
    `for i in ${a}: pass`,
    `with ${a} as x: pass`,
    `a, *b = ${a}`,
    `print(*${a})`,
    `raising(**${a})`,
    `class C(${a}): pass`,
    `raise ${a}`,
    `-(${a}), ~(${a})`,
    `x = ${a}\nx += x`,
    `x = ${a}\nx **= 2`,
    `{${a}: 1}`,
    `"%s %d" % ${a}, "{} {}".format(${a})`,
    `int(${a})`,
    `sorted([${a}, ${a}])`,
    `${a} if ${a} else 0`,
  ]);
  for (const code of cells) {
    try {
      scene.value(code);
    } catch (error) {
      const { message } = error as Error;
      // A cell's own error is named with its code.
      if (!message.startsWith(`${code}: `))
        faults.push(`${code}: ${(error as Error).stack?.split('\n').slice(0, 3).join(' ')}`);
    }
  }
  expect(faults).toEqual([]);
});
