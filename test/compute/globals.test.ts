/** Whatever a cell can hold a tensor by, the workspace counts it. */
import { describe, expect, test } from 'vitest';
import { CellSession } from '#src/cells/cell.ts';
import type { Native } from '#src/cells/runtime/holding.ts';
import { isHolder } from '#src/cells/runtime/holding.ts';
import { NativeClosure, NativeFunction, PyObject } from '#src/cells/runtime/values.ts';
import { TorchState, torchModules, withState } from '#src/cells/torch/index.ts';
import { Globals, holdingsOf } from '#src/compute/globals.ts';
import { Tensor } from '#src/tensor/tensor.ts';

const LIMITS = {
  maxSteps: 1e9,
  maxDepth: 200,
  maxItems: 4e6,
  maxStringLength: 4e6,
  maxIntBits: 65_536,
  maxOutput: 1e6,
  tick: () => undefined,
};

const SIZE = 1_000_000;
const PRELUDE = `
import functools, itertools, torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset, Subset
def big(grad=False): return torch.zeros(${SIZE}, requires_grad=grad)
class Box: pass
`;

/** What a new session holds after a cell. */
function held(code: string) {
  const state = new TorchState();
  const globals = new Globals();
  const session = new CellSession(LIMITS, globals, torchModules(state));
  for (const cell of [PRELUDE, code]) {
    const { error } = withState(state, () => session.run(cell));
    if (error !== undefined) throw new Error(`${error.type}: ${error.message} in ${cell}`);
  }
  const unknown = (value: object): void => {
    throw new Error(`${value.constructor.name} does not say what it holds`);
  };
  return { globals, holdings: holdingsOf(globals.values(), 1e6, undefined, unknown) };
}

/** Each leaves one tensor behind that no name is bound to. */
const WAYS: readonly (readonly [string, string])[] = [
  ['a list', 'x = [big()]'],
  ['a tuple in a set', 'x = {(big(),)}'],
  ['the key of a dict', 'x = {big(): 1}'],
  ['the value of a dict', 'x = {1: big()}'],
  ['a view of a dict', 'x = {1: big()}.values()'],
  ['an iterator over a list', 'x = iter([big()])'],
  ['an iterator over a dict', 'x = iter({1: big()}.items())'],
  ['an iterator over a set', 'x = iter({big()})'],
  ['an iterator over a tensor', 'x = iter(big())'],
  ['rows that are walked', 'x = iter(torch.zeros(10, 100000))'],
  ['a reversed list', 'x = reversed([big()])'],
  ['enumerate', 'x = enumerate([big()])'],
  ['zip', 'x = zip([1], [big()])'],
  ['map over it', 'x = map(len, [big()])'],
  ['map by it', 'x = map(big().add, [1])'],
  ['filter', 'x = filter(None, [big()])'],
  ['itertools.chain', 'x = itertools.chain([1], [big()])'],
  ['itertools.product', 'x = itertools.product([1], [big()])'],
  ['itertools.combinations', 'x = itertools.combinations([1, big()], 2)'],
  ['itertools.permutations', 'x = itertools.permutations([1, big()])'],
  ['itertools.islice', 'x = itertools.islice([big()], 1)'],
  ['itertools.accumulate', 'x = itertools.accumulate([big(), 1])\nnext(x)'],
  ['itertools.count', 'x = itertools.count(big())'],
  ['a generator that has not begun', 'def g(t): yield 1\nx = g(big())'],
  ['a local of a generator', 'def g():\n    t = big()\n    yield 1\nx = g()\nnext(x)'],
  ['the loop of a generator', 'def g():\n    for i in [1, big()]: yield i\nx = g()\nnext(x)'],
  ['yield from', 'def g(): yield from [1, big()]\nx = g()\nnext(x)'],
  ['a generator within a generator', 'def h(t): yield 1\ndef g(): yield from h(big())\nx = g()\nnext(x)'],
  [
    'the context of a generator',
    'class C:\n    def __init__(self, t): self.t = t\n    def __enter__(self): pass\n    def __exit__(self, *a): pass\ndef g():\n    with C(big()): yield 1\nx = g()\nnext(x)',
  ],
  [
    'the error that a generator handles',
    'def g():\n    try: raise ValueError(big())\n    except ValueError: yield 1\nx = g()\nnext(x)',
  ],
  [
    'the error that a generator goes on with',
    'def g():\n    try: raise ValueError(big())\n    finally: yield 1\nx = g()\nnext(x)',
  ],
  ['what a generator returns later', 'def g():\n    try: return big()\n    finally: yield 1\nx = g()\nnext(x)'],
  ['a generator expression', 'x = (t for t in [big()])'],
  ['a loop within a generator expression', 'x = (1 for i in [1] for t in [2, big()])\nnext(x)'],
  ['a nonlocal of a function', 'def f():\n    t = big()\n    def g(): return t\n    return g\nx = f()'],
  ['the closure of a lambda', 'x = (lambda t: lambda: t)(big())'],
  ['a default', 'def x(t=big()): pass'],
  ['a keyword default', 'def x(*, t=big()): pass'],
  ['an attribute of a function', 'def x(): pass\nx.t = big()'],
  ['a decorated function', 'x = (lambda t: torch.no_grad()(lambda: t))(big())'],
  ['a method in a context', 'x = torch.no_grad()(big().sum)'],
  ['functools.partial by position', 'x = functools.partial(len, big())'],
  ['functools.partial by keyword', 'x = functools.partial(len, t=big())'],
  ['the function of functools.partial', 'x = functools.partial(big().sum)'],
  ['a bound method', 'x = big().sum'],
  ['an operator of a tensor', 'x = big().__rsub__'],
  ['an attribute of an object', 'x = Box()\nx.t = big()'],
  ['an attribute of a class', 'class x:\n    t = big()'],
  ['a base of a class', 'class B: t = big()\nclass x(B): pass\ndel B'],
  ['a property', 'x = property(big().sum)'],
  ['a static method', 'x = staticmethod(big().sum)'],
  ['a class method', 'x = classmethod(big().sum)'],
  ['super', 'class A(Box):\n    def f(self): return super()\na = A()\na.t = big()\nx = a.f()\ndel a'],
  ['a slice', 'x = slice(big(), None)'],
  ['the arguments of an exception', 'x = ValueError(big())'],
  ['an exception that was caught', 'try: raise ValueError(big())\nexcept ValueError as e: x = [e]'],
  ['the gradient', 'x = torch.zeros(1)\nx = big(True)\nx.sum().backward()\nx = x.grad'],
  ['a window', 'x = big()[:1]'],
  ['what an op saved', 'x = (torch.ones(1, requires_grad=True) * big()).sum()'],
  ['a leaf of the graph', 'x = big(True).sum()'],
  ['a node of the graph', 'x = big(True).sum().grad_fn'],
  ['the next nodes', 'x = big(True).sum().grad_fn.next_functions[0][0]'],
  ['the hook of a leaf', 'x = torch.ones(1, requires_grad=True)\nx.register_hook(lambda g, t=big(): None)'],
  ['the hook of a result', 'x = torch.ones(1, requires_grad=True) * 2\nx.register_hook(lambda g, t=big(): None)'],
  ['the handle of a hook', 'x = torch.ones(1, requires_grad=True).register_hook(lambda g, t=big(): None)'],
  ['what takes a hook away', 'x = torch.ones(1, requires_grad=True).register_hook(lambda g, t=big(): None).remove'],
  [
    'an attribute of ctx',
    'class S(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, a):\n        ctx.t = big()\n        return a * 2\n    @staticmethod\n    def backward(ctx, g): return g\nx = S.apply(torch.ones(1, requires_grad=True))',
  ],
  [
    'what ctx saved',
    'class S(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, a):\n        ctx.save_for_backward(big())\n        return a * 2\n    @staticmethod\n    def backward(ctx, g): return g\nx = S.apply(torch.ones(1, requires_grad=True))',
  ],
  [
    'ctx itself',
    'x = []\nclass S(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, a):\n        ctx.save_for_backward(big())\n        x.append(ctx)\n        return a * 2\n    @staticmethod\n    def backward(ctx, g): return g\nS.apply(torch.ones(1, requires_grad=True))\nNone',
  ],
  ['a parameter', 'x = nn.Linear(1000, 1000, bias=False)'],
  ['a module within a module', 'x = nn.Sequential(nn.Sequential(nn.Linear(1000, 1000, bias=False)))'],
  ['a buffer', 'x = nn.ReLU()\nx.register_buffer("b", big())'],
  ['a plain attribute of a module', 'x = nn.ReLU()\nx.t = big()'],
  ['a forward hook', 'x = nn.ReLU()\nx.register_forward_hook(lambda *a, t=big(): None)'],
  ['the handle of a forward hook', 'x = nn.ReLU().register_forward_hook(lambda *a, t=big(): None)'],
  ['a forward pre-hook', 'x = nn.ReLU()\nx.register_forward_pre_hook(lambda *a, t=big(): None)'],
  ['parameters that are walked', 'x = nn.Linear(1000, 1000, bias=False).parameters()'],
  ['modules that are walked', 'x = nn.Sequential(nn.Linear(1000, 1000, bias=False)).modules()'],
  ['a method of a module', 'x = nn.Linear(1000, 1000, bias=False).forward'],
  ['a parameter list', 'x = nn.ParameterList([nn.Parameter(big())])'],
  ['a parameter dict', 'x = nn.ParameterDict({"t": nn.Parameter(big())})'],
  ['a state dict', 'x = nn.Linear(1000, 1000, bias=False).state_dict()'],
  ['the parameters of an optimizer', 'x = torch.optim.SGD([big(True)], lr=0.1)'],
  ['a scheduler', 'x = torch.optim.lr_scheduler.StepLR(torch.optim.SGD([big(True)], lr=0.1), 1)'],
  ['a dataset', 'x = TensorDataset(big())'],
  ['a subset', 'x = Subset(TensorDataset(big()), [0])'],
  ['a loader', 'x = DataLoader(TensorDataset(big()))'],
  ['batches that are walked', 'x = iter(DataLoader(TensorDataset(big())))\nnext(x)'],
  ['what puts batches together', 'x = DataLoader([1], collate_fn=lambda b, t=big(): b)'],
];

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
