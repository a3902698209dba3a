/** Everything in numpy called with what nobody would: it answers or raises, and never fails us. */
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

const MODULES = ['numpy', 'numpy.linalg', 'numpy.random', 'numpy.testing', 'numpy.fft'];

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
  '1.5',
  '-1e300',
  'float("nan")',
  'float("inf")',
  '""',
  '"constructor"',
  '"float32"',
  '[]',
  '()',
  '[1, 2]',
  '(0, -1)',
  '(10 ** 6, 10 ** 6)',
  '[[1.0, 2.0], [3.0, 4.0]]',
  '[None, "a"]',
  '[[1], [2, 3]]',
  '{"constructor": 1}',
  'itself',
  'range(3)',
  'range(10 ** 20)',
  'slice(None, 2)',
  '...',
  'lambda *a, **k: a[0] if a else None',
  'raising',
  'int',
  'Box()',
  'torch.float32',
  'torch.tensor([1, 2, 3])',
  'torch.ones(2, requires_grad=True)',
  'torch.ones(2, 2).to(torch.bfloat16)',
  'np',
  'np.float32',
  'np.ndarray',
  'np.dtype("int8")',
  'np.add',
  'np.float64(2.5)',
  'np.int64(-3)',
  'np.bool_(True)',
  'np.array(3)',
  'np.array([])',
  'np.zeros((0, 3))',
  'np.array([3, 1, 2])',
  'np.array([0, 1], dtype=np.uint8)',
  'np.array([True, False])',
  'np.array([[1.0, np.nan], [np.inf, -0.0]])',
  'np.ones((2, 3, 4), dtype=np.float32)',
  'np.arange(6.0).reshape(2, 3)[::-1, ::-1]',
  'np.array(["a", "bc"])',
  'np.array([None, [1]], dtype=object)',
  'np.ones((2, 2)).flat',
  'np.random.RandomState(1)',
  'np.random.default_rng(1)',
  'np.vectorize(lambda x: x)',
];

const PRELUDE = `
import torch
import numpy as np
import numpy.testing
class Box:
    x = 1
def raising(*a, **k): raise ValueError("no")
itself = [1]
itself.append(itself)
None
`;

const NAMES = ['constructor', '__proto__', 'toString', '__class__', '__dict__', 'shape', 'x', 'T', 'dtype'];
const KEYS = ['axis', 'dtype', 'out', 'size', 'keepdims', 'a', 'p', 'where', '__proto__', 'shape'];

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
    this.value(PRELUDE);
  }

  get runtime() {
    return this.session.interpreter;
  }

  attempt<T>(body: () => T): T | undefined {
    this.runtime.begin();
    this.until = performance.now() + 2000;
    // What a cell may create is bounded, as a request's is.
    const limited = {
      alloc: (dtype: Parameters<typeof allocate>[0], numel: number) => {
        if (!(numel <= 1e6)) throw new RangeError('Array buffer allocation failed');
        return heapAllocator.alloc(dtype, numel);
      },
    };
    try {
      return withPulse(this.runtime.budget.limits.tick, () =>
        withState(this.state, () => withAllocator(limited, body)),
      );
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

  *callables(): Generator<[name: string, callable: Value]> {
    for (const name of MODULES) {
      const module = this.value(`import ${name}\n${name}`);
      const own = name === 'numpy' ? module : this.value(`import numpy\n${name}`);
      if (!(own instanceof PyModule)) throw new Error(`no module ${name}`);
      for (const [member, value] of own.members) yield [`${name}.${member}`, value];
    }
    const seen = new Set<PyClass>();
    for (const code of ODD) {
      const value = this.value(code);
      const cls = value instanceof PyClass ? value : classOf(value, this.runtime);
      if (seen.has(cls)) continue;
      seen.add(cls);
      for (const name of [...new Set(mro(cls).flatMap((each) => [...each.members.keys()])), ...NAMES]) {
        const found = this.attempt(() => this.runtime.getAttribute(value, name));
        if (found !== undefined) yield [`${code}.${name}`, found];
      }
    }
  }
}

const CALLS = 10;

test('odd arguments raise, and are no fault of ours', { timeout: 240_000 }, () => {
  const random = generator(11);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)];
  const scene = new Scene();
  const { runtime } = scene;
  const faults = new Map<string, string>();
  const hidden = new Set<string>();
  const callables = [...scene.callables()].filter(([, value]) => typeof value === 'object');
  let values: Value[] = [];
  let answers = 0;
  let calls = 0;
  for (const [name, callable] of callables) {
    if (calls % 600 === 0) values = ODD.map((code) => scene.value(code));
    for (let n = 0; n < CALLS; n++) {
      calls++;
      const args = Array.from({ length: n === 0 ? 0 : Math.floor(random() * 4) }, () => pick(values));
      const kwargs = new Map<string, Value>();
      if (random() < 0.3) kwargs.set(pick(KEYS), pick(values));
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
        const text = (error as Error).stack?.split('\n').slice(0, 4).join(' ') ?? String(error);
        if (!faults.has(name)) faults.set(name, `${called}: ${text}`);
      } finally {
        NativeFunction.onMade = undefined;
      }
      if (performance.now() - start > 4000) faults.set(`${name} (slow)`, `${performance.now() - start} ms`);
    }
  }
  expect([...faults.values()]).toEqual([]);
  expect([...hidden]).toEqual([]);
  expect(calls).toBeGreaterThan(5000);
  expect(answers).toBeGreaterThan(500);
});
