/** torch.utils.data: datasets, and batches drawn from them in PyTorch's order. */
import { currentGenerator, withGenerator } from '../../kernels/random/current.ts';
import { Generator } from '../../kernels/random/generator.ts';
import { randomFill, randperm } from '../../kernels/random/integers.ts';
import { stack } from '../../ops/shape/index.ts';
import { bigintsOf, empty, Tensor } from '../../tensor/tensor.ts';
import { PyError, runtimeError, typeError, valueError } from '../runtime/errors.ts';
import { raised } from '../runtime/exceptions.ts';
import { type Visit, Walk } from '../runtime/holding.ts';
import { getItem } from '../runtime/indexing.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { iteratorOf, listOf } from '../runtime/iterate.ts';
import { isSubclass } from '../runtime/mro.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { lengthOf } from '../runtime/truth.ts';
import {
  NativeFunction,
  PyClass,
  PyDict,
  PyInstance,
  PyIterator,
  PyList,
  PyRange,
  PyTuple,
  type Value,
} from '../runtime/values.ts';
import { DONE, RangeWalk } from '../runtime/walks.ts';
import { makeTensor } from '../torch/construct.ts';
import { itemsOf, typeName } from '../torch/convert.ts';
import { guarded } from '../torch/errors.ts';
import { GeneratorValue } from '../torch/random.ts';
import { integer, number } from './convert.ts';
import { methodsOf, objectOf } from './define.ts';
import { dictOf, getName, namedEntries } from './dicts.ts';
import { joinedDatasets, SAMPLERS } from './samplers.ts';
import { signature } from './signature.ts';

const attribute = (self: PyInstance, name: string): Value => self.attributes.get(name) ?? null;
const length = (value: Value, interpreter: Interpreter): number => lengthOf(interpreter as Runtime, value);
const item = (value: Value, index: Value, interpreter: Interpreter): Value =>
  getItem(interpreter as Runtime, value, index);

const dataset = new PyClass(
  'Dataset',
  [],
  methodsOf(
    'Dataset',
    {
      __getitem__() {
        throw new PyError('NotImplementedError', '');
      },
    },
    objectOf,
  ),
);

const [concatDataset, iterableDataset] = joinedDatasets(dataset);

const tensorsOf = (self: PyInstance): Tensor[] =>
  (itemsOf(attribute(self, 'tensors')) ?? []).filter((t) => t instanceof Tensor);

const tensorDataset = new PyClass(
  'TensorDataset',
  [dataset],
  methodsOf(
    'TensorDataset',
    {
      __init__(self, tensors) {
        const sizes = tensors.map((t) => {
          if (!(t instanceof Tensor)) throw typeError(`TensorDataset takes Tensors, not ${typeName(t)}`);
          return t.shape[0];
        });
        if (sizes.some((n) => n !== sizes[0])) throw new PyError('AssertionError', 'Size mismatch between tensors');
        self.attributes.set('tensors', new PyTuple(tensors));
        return null;
      },
      '__len__()': (self) => BigInt(tensorsOf(self)[0]?.shape[0] ?? 0),
      '__getitem__(index)': (self, [index], _kwargs, interpreter) =>
        new PyTuple(tensorsOf(self).map((t) => item(t, index, interpreter))),
    },
    objectOf,
  ),
);

const subset: PyClass = new PyClass(
  'Subset',
  [dataset],
  methodsOf(
    'Subset',
    {
      '__init__(dataset, indices)': (self, [data, indices]) => {
        self.attributes.set('dataset', data);
        self.attributes.set('indices', indices);
        return null;
      },
      '__len__()': (self, _args, _kwargs, interpreter) => BigInt(length(attribute(self, 'indices'), interpreter)),
      '__getitem__(idx)': (self, [index], _kwargs, interpreter) =>
        item(attribute(self, 'dataset'), item(attribute(self, 'indices'), index, interpreter), interpreter),
    },
    objectOf,
  ),
);

/** The samples of a batch put together: tensors stacked, numbers as one tensor, tuples part by part. */
function collate(samples: readonly Value[], runtime: Runtime): Value {
  runtime.budget.step(samples.length);
  const [first] = samples;
  if (first instanceof Tensor) {
    const odd = samples.find((sample) => !(sample instanceof Tensor));
    if (odd !== undefined)
      throw typeError(`expected Tensor as element ${samples.indexOf(odd)} in argument 0, but got ${typeName(odd)}`);
    return guarded(() => stack(samples as Tensor[]));
  }
  if (typeof first === 'number') return makeTensor(new PyList([...samples]), 'float64');
  if (typeof first === 'bigint' || typeof first === 'boolean') return makeTensor(new PyList([...samples]));
  if (typeof first === 'string') return new PyList([...samples]);
  return runtime.nested(() => collateParts(first, samples, runtime));
}

function collateParts(first: Value, samples: readonly Value[], runtime: Runtime): Value {
  if (first instanceof PyDict) {
    const part = (name: string): Value[] =>
      samples.map((sample) => {
        const value = sample instanceof PyDict ? getName(sample, name) : undefined;
        if (value === undefined) throw raised('KeyError', [name], runtime.repr(name));
        return value;
      });
    return dictOf([...namedEntries(first)].map(([name]) => [name, collate(part(name), runtime)]));
  }
  const parts = itemsOf(first);
  if (parts === undefined) {
    throw typeError(
      `default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found <class '${typeName(first)}'>`,
    );
  }
  if (samples.some((sample) => itemsOf(sample)?.length !== parts.length))
    throw runtimeError('each element in list of batch should be of equal size');
  const rows = samples.map((sample) => itemsOf(sample) as readonly Value[]);
  return new PyList(
    parts.map((_, i) =>
      collate(
        rows.map((row) => row[i]),
        runtime,
      ),
    ),
  );
}

/** A seed drawn as PyTorch draws one. */
const drawSeed = (): bigint => {
  const t = randomFill(empty([], 'int64'));
  return bigintsOf(t)[0];
};

const generatorOf = (value: Value): Generator | undefined =>
  value instanceof GeneratorValue ? value.generator : undefined;

/** Indices that were drawn beforehand. */
class DrawnWalk extends Walk {
  private readonly indices: BigInt64Array;
  private at = 0;
  constructor(indices: BigInt64Array) {
    super();
    this.indices = indices;
  }
  next(): IteratorResult<Value, undefined> {
    return this.at < this.indices.length ? { done: false, value: this.indices[this.at++] } : DONE;
  }
  references(visit: Visit): void {
    visit(this.indices);
  }
}

/** Indices of the samples in the order in which they are taken. */
function order(self: PyInstance, data: Value, runtime: Runtime): Walk {
  const sampler = attribute(self, 'sampler');
  if (sampler !== null) return iteratorOf(runtime, sampler);
  const n = length(data, runtime);
  if (attribute(self, '_shuffle') !== true) return new RangeWalk(new PyRange(0n, BigInt(n), 1n));
  const own = generatorOf(attribute(self, 'generator')) ?? new Generator(drawSeed());
  return new DrawnWalk(bigintsOf(randperm(n, 'int64', own)));
}

/** The batches of a loader. Where they begin is drawn when the first is asked for. */
class LoaderWalk extends Walk {
  private readonly loader: PyInstance;
  private readonly runtime: Runtime;
  private indices: Walk | null = null;
  private samples: Value[] = [];

  constructor(loader: PyInstance, runtime: Runtime) {
    super();
    this.loader = loader;
    this.runtime = runtime;
  }

  next(): IteratorResult<Value, undefined> {
    const { loader, runtime } = this;
    const data = attribute(loader, 'dataset');
    const limit = attribute(loader, 'batch_size');
    const size = limit === null ? null : integer(limit);
    if (attribute(loader, 'batch_sampler') !== null) return this.nextBatch(data);
    if (data instanceof PyInstance && isSubclass(data.cls, iterableDataset)) this.indices ??= iteratorOf(runtime, data);
    this.indices ??= order(loader, data, runtime);
    const taken = data instanceof PyInstance && isSubclass(data.cls, iterableDataset);
    for (;;) {
      runtime.budget.step();
      const index = this.indices.next();
      if (index.done === true) break;
      const sample = taken ? index.value : item(data, index.value, runtime);
      if (size === null) return { done: false, value: sample };
      this.samples.push(sample);
      if (this.samples.length >= size) return { done: false, value: this.together() };
    }
    if (this.samples.length === 0 || attribute(loader, 'drop_last') === true) return DONE;
    return { done: false, value: this.together() };
  }

  /** By the lists of indices that a sampler of batches gives. */
  private nextBatch(data: Value): IteratorResult<Value, undefined> {
    const { runtime } = this;
    this.indices ??= iteratorOf(runtime, attribute(this.loader, 'batch_sampler'));
    const next = this.indices.next();
    if (next.done === true) return DONE;
    this.samples = listOf(runtime, next.value).map((index) => item(data, index, runtime));
    return { done: false, value: this.together() };
  }

  private together(): Value {
    const { samples, runtime } = this;
    this.samples = [];
    const make = attribute(this.loader, 'collate_fn');
    return make === null ? collate(samples, runtime) : runtime.call(make, [new PyList(samples)]);
  }

  references(visit: Visit): void {
    visit(this.loader);
    visit(this.indices);
    visit(this.samples);
  }
}

const LOADER =
  "dataset, batch_size=1, shuffle=None, sampler=None, batch_sampler=None, num_workers=0, collate_fn=None, pin_memory=False, drop_last=False, timeout=0, worker_init_fn=None, multiprocessing_context=None, generator=None, *, prefetch_factor=2, persistent_workers=False, pin_memory_device=''";
const loaderTakes = signature('DataLoader.__init__', LOADER, 1);
const KEPT = ['dataset', 'batch_size', 'sampler', 'drop_last', 'generator', 'collate_fn', 'num_workers'];

const dataLoader = new PyClass(
  'DataLoader',
  [],
  methodsOf(
    'DataLoader',
    {
      __init__(self, args, kwargs) {
        const bound: Record<string, Value> = { ...loaderTakes(args, kwargs) };
        if (bound.batch_sampler !== null) {
          if (bound.batch_size !== 1n || bound.shuffle === true || bound.sampler !== null || bound.drop_last !== false)
            throw valueError(
              'batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last',
            );
          self.attributes.set('batch_sampler', bound.batch_sampler);
          bound.batch_size = null;
        }
        if (bound.sampler !== null && bound.shuffle === true) {
          throw valueError('sampler option is mutually exclusive with shuffle');
        }
        const size = bound.batch_size === null ? 1 : integer(bound.batch_size);
        if (size <= 0) throw valueError(`batch_size should be a positive integer value, but got batch_size=${size}`);
        for (const key of KEPT) self.attributes.set(key, bound[key]);
        self.attributes.set('_shuffle', bound.shuffle === true);
        return null;
      },
      '__len__()': (self, _args, _kwargs, interpreter) => {
        const batches = attribute(self, 'batch_sampler');
        if (batches !== null) return BigInt(length(batches, interpreter));
        const n = length(attribute(self, 'sampler') ?? attribute(self, 'dataset'), interpreter);
        if (attribute(self, 'batch_size') === null) return BigInt(n);
        const size = integer(attribute(self, 'batch_size'));
        return BigInt(attribute(self, 'drop_last') === true ? Math.floor(n / size) : Math.ceil(n / size));
      },
      '__iter__()': (self, _args, _kwargs, interpreter) => {
        const own = generatorOf(attribute(self, 'generator'));
        // PyTorch draws a seed for its workers, used or not.
        withGenerator(own ?? currentGenerator(), drawSeed);
        return new PyIterator(new LoaderWalk(self, interpreter as Runtime), '_SingleProcessDataLoaderIter');
      },
    },
    objectOf,
  ),
);

const defaultCollate = new NativeFunction(
  'default_collate',
  ([batch], _, interpreter) => collate(listOf(interpreter as Runtime, batch ?? null), interpreter as Runtime),
  'function',
);

const splitTakes = signature('random_split', 'dataset, lengths, generator=None');

const randomSplit = new NativeFunction(
  'random_split',
  (args, kwargs, interpreter) => {
    const { dataset: data, lengths, generator } = splitTakes(args, kwargs);
    const n = length(data, interpreter);
    const parts = [...interpreter.iterate(lengths)].map(number);
    let sizes = parts;
    const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
    if (Math.abs(sum(parts) - 1) <= 1e-9 && sum(parts) <= 1) {
      sizes = parts.map((share) => Math.floor(n * share));
      const left = n - sum(sizes);
      for (let i = 0; i < left; i++) sizes[i % sizes.length]++;
    }
    if (sum(sizes) !== n) throw valueError('Sum of input lengths does not equal the length of the input dataset!');
    const indices = [...bigintsOf(randperm(n, 'int64', generatorOf(generator) ?? currentGenerator()))];
    let at = 0;
    return new PyList(
      sizes.map((size) => {
        const part = indices.slice(at, (at += size));
        return interpreter.call(subset, [data, new PyList(part)]);
      }),
    );
  },
  'function',
);

export const dataMembers: readonly [string, Value][] = [
  ...[dataset, tensorDataset, subset, dataLoader, concatDataset, iterableDataset, ...SAMPLERS].map(
    (cls): [string, Value] => [cls.name, cls],
  ),
  ['random_split', randomSplit],
  ['default_collate', defaultCollate],
  ['get_worker_info', new NativeFunction('get_worker_info', () => null)],
];
