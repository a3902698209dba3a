/** torch.utils.data: samplers, and datasets made of datasets. */
import { PyError, typeError, valueError } from '../runtime/errors.ts';
import { type Visit, Walk } from '../runtime/holding.ts';
import { importFrom } from '../runtime/imports.ts';
import { getItem } from '../runtime/indexing.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { iteratorOf, listOf } from '../runtime/iterate.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { lengthOf } from '../runtime/truth.ts';
import {
  NativeFunction,
  PyClass,
  type PyInstance,
  PyIterator,
  PyList,
  PyRange,
  PyTuple,
  type Value,
} from '../runtime/values.ts';
import { ArrayWalk, DONE, RangeWalk } from '../runtime/walks.ts';
import { integer } from './convert.ts';
import { type Method, methodsOf, objectOf } from './define.ts';

const attribute = (self: PyInstance, name: string): Value => self.attributes.get(name) ?? null;
const sizeOf = (value: Value, interpreter: Interpreter): number => lengthOf(interpreter as Runtime, value);

function cls(name: string, bases: readonly PyClass[], methods: Readonly<Record<string, Method>>): PyClass {
  return new PyClass(name, bases, methodsOf(name, methods, objectOf));
}

const walkOver = (items: readonly Value[]): PyIterator => new PyIterator(new ArrayWalk(items), 'list_iterator');

/** A function of torch's, called as a cell would. */
function torch(
  interpreter: Interpreter,
  name: string,
  args: readonly Value[],
  kwargs: Readonly<Record<string, Value>>,
): Value[] {
  const runtime = interpreter as Runtime;
  const given = new Map(Object.entries(kwargs).filter(([, value]) => value !== null));
  const made = runtime.call(importFrom(runtime, 'torch', name), args, given);
  return listOf(runtime, runtime.call(runtime.getAttribute(made, 'tolist'), []));
}

/** A generator with a seed drawn from the one that everybody draws from. */
function freshGenerator(runtime: Runtime): Value {
  const generator = runtime.call(importFrom(runtime, 'torch', 'Generator'), []);
  const empty = runtime.call(
    importFrom(runtime, 'torch', 'empty'),
    [new PyTuple([])],
    new Map([['dtype', importFrom(runtime, 'torch', 'int64')]]),
  );
  const drawn = runtime.call(runtime.getAttribute(empty, 'random_'), []);
  runtime.call(runtime.getAttribute(generator, 'manual_seed'), [runtime.call(runtime.getAttribute(drawn, 'item'), [])]);
  return generator;
}

const sampler = cls('Sampler', [], {
  '__init__(data_source=None)': () => null,
  __iter__() {
    throw new PyError('NotImplementedError', '');
  },
});

const sequential = cls('SequentialSampler', [sampler], {
  '__init__(data_source)': (self, [source]) => {
    self.attributes.set('data_source', source);
    return null;
  },
  '__iter__()': (self, _args, _kwargs, interpreter) =>
    new PyIterator(
      new RangeWalk(new PyRange(0n, BigInt(sizeOf(attribute(self, 'data_source'), interpreter)), 1n)),
      'range_iterator',
    ),
  '__len__()': (self, _args, _kwargs, interpreter) => BigInt(sizeOf(attribute(self, 'data_source'), interpreter)),
});

const count = (self: PyInstance, interpreter: Interpreter): number => {
  const given = attribute(self, 'num_samples');
  return given === null ? sizeOf(attribute(self, 'data_source'), interpreter) : integer(given);
};

const random = cls('RandomSampler', [sampler], {
  '__init__(data_source, replacement=False, num_samples=None, generator=None)': (
    self,
    [source, replacement, samples, generator],
  ) => {
    if (typeof replacement !== 'boolean')
      throw typeError(`replacement should be a boolean value, but got replacement=${String(replacement)}`);
    if (samples !== null && (typeof samples !== 'bigint' || samples <= 0n))
      throw valueError(`num_samples should be a positive integer value, but got num_samples=${String(samples)}`);
    for (const [name, value] of [
      ['data_source', source],
      ['replacement', replacement],
      ['num_samples', samples],
      ['generator', generator],
    ] as const)
      self.attributes.set(name, value);
    return null;
  },
  '__iter__()': (self, _args, _kwargs, interpreter) => {
    const n = sizeOf(attribute(self, 'data_source'), interpreter);
    const wanted = count(self, interpreter);
    interpreter.budget.room(wanted);
    const own = attribute(self, 'generator');
    const generator = own ?? freshGenerator(interpreter as Runtime);
    const picked: Value[] = [];
    while (picked.length < wanted) {
      const most = Math.min(32, wanted - picked.length);
      const more =
        attribute(self, 'replacement') === true
          ? torch(interpreter, 'randint', [BigInt(n), new PyTuple([BigInt(most)])], { generator })
          : torch(interpreter, 'randperm', [BigInt(n)], { generator });
      if (more.length === 0) break;
      for (const index of more) if (picked.length < wanted) picked.push(index);
    }
    return walkOver(picked);
  },
  '__len__()': (self, _args, _kwargs, interpreter) => BigInt(count(self, interpreter)),
});

const subsetRandom = cls('SubsetRandomSampler', [sampler], {
  '__init__(indices, generator=None)': (self, [indices, generator]) => {
    self.attributes.set('indices', indices);
    self.attributes.set('generator', generator);
    return null;
  },
  '__iter__()': (self, _args, _kwargs, interpreter) => {
    const indices = attribute(self, 'indices');
    const order = torch(interpreter, 'randperm', [BigInt(sizeOf(indices, interpreter))], {
      generator: attribute(self, 'generator'),
    });
    return walkOver(order.map((at) => getItem(interpreter as Runtime, indices, at)));
  },
  '__len__()': (self, _args, _kwargs, interpreter) => BigInt(sizeOf(attribute(self, 'indices'), interpreter)),
});

const weighted = cls('WeightedRandomSampler', [sampler], {
  '__init__(weights, num_samples, replacement=True, generator=None)': (
    self,
    [weights, samples, replacement, generator],
    _kwargs,
    interpreter,
  ) => {
    if (typeof samples !== 'bigint' || samples <= 0n)
      throw valueError(`num_samples should be a positive integer value, but got num_samples=${String(samples)}`);
    const runtime = interpreter as Runtime;
    const double = new Map([['dtype', importFrom(runtime, 'torch', 'double')]]);
    self.attributes.set('weights', runtime.call(importFrom(runtime, 'torch', 'as_tensor'), [weights], double));
    for (const [name, value] of [
      ['num_samples', samples],
      ['replacement', replacement],
      ['generator', generator],
    ] as const)
      self.attributes.set(name, value);
    return null;
  },
  '__iter__()': (self, _args, _kwargs, interpreter) =>
    walkOver(
      torch(
        interpreter,
        'multinomial',
        [attribute(self, 'weights'), attribute(self, 'num_samples'), attribute(self, 'replacement')],
        {
          generator: attribute(self, 'generator'),
        },
      ),
    ),
  '__len__()': (self) => attribute(self, 'num_samples'),
});

class BatchWalk extends Walk {
  private readonly from: Walk;
  private readonly size: number;
  private readonly drop: boolean;
  private readonly runtime: Runtime;
  private ended = false;
  constructor(from: Walk, size: number, drop: boolean, runtime: Runtime) {
    super();
    this.from = from;
    this.size = size;
    this.drop = drop;
    this.runtime = runtime;
  }
  next(): IteratorResult<Value, undefined> {
    const batch: Value[] = [];
    while (!this.ended && batch.length < this.size) {
      this.runtime.budget.step();
      const next = this.from.next();
      if (next.done === true) this.ended = true;
      else batch.push(next.value);
    }
    if (batch.length === 0 || (batch.length < this.size && this.drop)) return DONE;
    return { done: false, value: new PyList(batch) };
  }
  references(visit: Visit): void {
    visit(this.from);
  }
}

const batch = cls('BatchSampler', [sampler], {
  '__init__(sampler, batch_size, drop_last)': (self, [from, size, drop]) => {
    if (typeof size !== 'bigint' || size <= 0n)
      throw valueError(`batch_size should be a positive integer value, but got batch_size=${String(size)}`);
    if (typeof drop !== 'boolean')
      throw valueError(`drop_last should be a boolean value, but got drop_last=${String(drop)}`);
    for (const [name, value] of [
      ['sampler', from],
      ['batch_size', size],
      ['drop_last', drop],
    ] as const)
      self.attributes.set(name, value);
    return null;
  },
  '__iter__()': (self, _args, _kwargs, interpreter) => {
    const runtime = interpreter as Runtime;
    const walk = iteratorOf(runtime, attribute(self, 'sampler'));
    const drop = attribute(self, 'drop_last') === true;
    return new PyIterator(new BatchWalk(walk, integer(attribute(self, 'batch_size')), drop, runtime), 'generator');
  },
  '__len__()': (self, _args, _kwargs, interpreter) => {
    const n = sizeOf(attribute(self, 'sampler'), interpreter) / integer(attribute(self, 'batch_size'));
    return BigInt(attribute(self, 'drop_last') === true ? Math.floor(n) : Math.ceil(n));
  },
});

/** Datasets one behind the other; `Dataset` gives them `+`. */
export function joinedDatasets(dataset: PyClass): readonly PyClass[] {
  const concat: PyClass = cls('ConcatDataset', [dataset], {
    '__init__(datasets)': (self, [given], _kwargs, interpreter) => {
      const datasets = listOf(interpreter as Runtime, given);
      if (datasets.length === 0) throw new PyError('AssertionError', 'datasets should not be an empty iterable');
      let total = 0;
      const ends = datasets.map((each) => BigInt((total += sizeOf(each, interpreter))));
      self.attributes.set('datasets', new PyList(datasets));
      self.attributes.set('cumulative_sizes', new PyList(ends));
      return null;
    },
    '__len__()': (self) => {
      const ends = attribute(self, 'cumulative_sizes');
      return ends instanceof PyList ? (ends.items.at(-1) ?? 0n) : 0n;
    },
    '__getitem__(idx)': (self, [index], _kwargs, interpreter) => {
      const ends = attribute(self, 'cumulative_sizes');
      const datasets = attribute(self, 'datasets');
      if (!(ends instanceof PyList) || !(datasets instanceof PyList))
        throw typeError('ConcatDataset has lost its datasets');
      const total = Number(ends.items.at(-1) ?? 0n);
      const given = integer(index);
      const at = given < 0 ? given + total : given;
      if (at < 0) throw valueError('absolute value of index should not exceed dataset length');
      let which = 0;
      while (which < ends.items.length && Number(ends.items[which]) <= at) which++;
      if (which === ends.items.length) throw new PyError('IndexError', 'list index out of range');
      const before = which === 0 ? 0 : Number(ends.items[which - 1]);
      return getItem(interpreter as Runtime, datasets.items[which], BigInt(at - before));
    },
  });
  dataset.members.set(
    '__add__',
    new NativeFunction('__add__', ([self, other], _, interpreter) =>
      interpreter.call(concat, [new PyList([self ?? null, other ?? null])]),
    ),
  );
  const iterable = cls('IterableDataset', [dataset], {
    __iter__() {
      throw new PyError('NotImplementedError', '');
    },
  });
  return [concat, iterable];
}

export const SAMPLERS: readonly PyClass[] = [sampler, sequential, random, subsetRandom, weighted, batch];
