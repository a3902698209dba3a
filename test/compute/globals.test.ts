/** Whatever a cell can hold a tensor by, the workspace counts it. */
import { describe, expect, test } from 'vitest';
import { CellSession } from '#src/cells/cell.ts';
import { workspaceModules } from '#src/cells/modules.ts';
import type { Native } from '#src/cells/runtime/holding.ts';
import { isHolder } from '#src/cells/runtime/holding.ts';
import { NativeClosure, NativeFunction, PyObject } from '#src/cells/runtime/values.ts';
import { TorchState, withState } from '#src/cells/torch/index.ts';
import { Globals } from '#src/compute/globals.ts';
import { holdingsOf } from '#src/compute/trace.ts';
import { Tensor } from '#src/tensor/tensor.ts';
import { PRELUDE, SIZE, WAYS } from '../support/ways-to-hold.ts';

const LIMITS = {
  maxSteps: 1e9,
  maxDepth: 200,
  maxItems: 4e6,
  maxStringLength: 4e6,
  maxIntBits: 65_536,
  maxOutput: 1e6,
  tick: () => undefined,
};

/** What a new session holds after a cell. */
function held(code: string) {
  const state = new TorchState();
  const globals = new Globals();
  const session = new CellSession(LIMITS, globals, workspaceModules(state));
  for (const cell of [PRELUDE, code]) {
    const { error } = withState(state, () => session.run(cell));
    if (error !== undefined) throw new Error(`${error.type}: ${error.message} in ${cell}`);
  }
  const unknown = (value: object): void => {
    throw new Error(`${value.constructor.name} does not say what it holds`);
  };
  return { globals, holdings: holdingsOf(globals.values(), 1e6, undefined, unknown) };
}

describe('a tensor is counted, whatever holds it', () => {
  test.each(WAYS)('%s', (_, code) => {
    const { holdings } = held(`${code}\n_ = None`);
    expect(holdings.elements).toBeGreaterThanOrEqual(SIZE);
    expect(holdings.elements).toBeLessThan(3 * SIZE);
  });

  test('the state of an optimizer is as large again', () => {
    const code = 'p = big(True)\nx = torch.optim.Adam([p])\np.sum().backward()\nx.step()\np = None\n_ = None';
    expect(held(code).holdings.elements).toBeGreaterThanOrEqual(4 * SIZE);
  });

  test('what is let go of is not counted', () => {
    expect(held('x = [big()]\nx.clear()\ny = iter([big()])\nlist(y)\ny = None').holdings.elements).toBe(0);
  });
});

describe('what is no tensor is counted as objects', () => {
  test.each([
    ['items', 'x = [0] * 100_000', 100_000],
    ['items of an iterator', 'x = iter((0,) * 100_000)', 100_000],
    ['characters', 'x = "a" * 1_000_000', 15_000],
    ['characters that came one by one', 'x = ""\nfor i in range(100_000): x += "a"', 1500],
    ['large ints', 'x = [1 << 60_000 + i for i in range(100)]', 10_000],
    ['the code of a function', `def x():\n${'    y = [1, 2, 3]\n'.repeat(500)}`, 5000],
    ['the keys of tuples', 'x = {("a" * 5000, i): 1 for i in range(10)}', 800],
  ])('%s', (_, code, objects) => {
    const { holdings } = held(`${code}\n_ = None`);
    expect(holdings.objects).toBeGreaterThan(objects);
  });

  test('a string is counted once, however often it is referred to', () => {
    expect(held('s = "a" * 1_000_000\nx = [s] * 1000').holdings.objects).toBeLessThan(30_000);
  });

  test('it gives up past what is too much, also within one list of long strings', () => {
    const { globals } = held('x = [str(i) * 1000 for i in range(40_000)]');
    expect(holdingsOf(globals.values(), 10_000).objects).toBeLessThan(51_000);
  });

  test('it gives up past what is too much, and looks at the clock', () => {
    const { globals } = held('x = [[i] for i in range(200_000)]');
    expect(holdingsOf(globals.values(), 1000).objects).toBeLessThan(300_000);
    let looks = 0;
    holdingsOf(globals.values(), 1e9, () => looks++);
    expect(looks).toBeGreaterThan(10);
  });
});

/** Fields of an object that lead to something which holds. */
function fieldsOf(value: object): [string, object][] {
  return Object.entries(value).filter(
    ([, held]) =>
      typeof held === 'object' &&
      held !== null &&
      (held instanceof Tensor || isHolder(held) || Array.isArray(held) || held instanceof Map),
  ) as [string, object][];
}

/** Fields that lead to what is ours, or to where the value stands and not to what it holds. */
const OURS: Readonly<Record<string, readonly string[]>> = {
  FunctionCode: ['names', 'signature'],
  Node: ['edges'],
  PyClass: ['bases', 'members', 'order'],
  UserClass: ['order'],
  PyModule: ['members'],
  PyTuple: ['fields'],
};

describe('a declaration is complete', () => {
  test('every field that leads on is shown', () => {
    const seen = new Set<object>();
    const pending: object[] = [];
    for (const [, code] of WAYS)
      for (const value of held(`${code}\n_ = None`).globals.values())
        if (typeof value === 'object' && value !== null) pending.push(value);
    const missed = new Set<string>();
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      if (seen.has(at) || at instanceof Tensor) continue;
      seen.add(at);
      const shown = new Set<unknown>();
      if (isHolder(at)) at.references(Object.assign((held: unknown) => void shown.add(held), { weigh: () => {} }));
      else for (const held of Array.isArray(at) ? at : at instanceof Map ? [...at].flat() : []) shown.add(held);
      if (at instanceof PyObject || isHolder(at)) {
        for (const [name, value] of fieldsOf(at)) {
          if (shown.has(value) || OURS[at.constructor.name]?.includes(name)) continue;
          // A container may show what is in it in its own place.
          const inside: unknown[] = Array.isArray(value)
            ? value
            : value instanceof Map
              ? [...value.values()].flat()
              : [null];
          if (!inside.every((item) => item === null || typeof item !== 'object' || shown.has(item)))
            missed.add(`${at.constructor.name}.${name}`);
        }
      }
      for (const value of shown) if (typeof value === 'object' && value !== null) pending.push(value);
    }
    expect([...missed]).toEqual([]);
    expect(seen.size).toBeGreaterThan(500);
  });

  test('a field that is not shown, and a function that closes over a value, would be found', () => {
    class Hidden extends NativeFunction {
      readonly kept: Native | null = null;
    }
    const made: NativeFunction[] = [];
    NativeFunction.onMade = (fn) => made.push(fn);
    try {
      new Hidden('f', () => null);
      new NativeClosure('g', {}, () => null);
    } finally {
      NativeFunction.onMade = undefined;
    }
    expect(made.filter((fn) => !(fn instanceof NativeClosure)).map((fn) => fn.name)).toEqual(['f']);
  });
});
