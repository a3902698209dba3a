/** Complex tensors as objects: their methods, attributes, operators and printed form. */
import { backward } from '../../autograd/backward.ts';
import { contiguous } from '../../kernels/copy.ts';
import { complexRepr } from '../../tensor/print.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { q } from '../distributions/quantity.ts';
import { PyComplex } from '../runtime/complex.ts';
import { runtimeError, typeError, valueError } from '../runtime/errors.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { NOT_IMPLEMENTED, PyProperty } from '../runtime/objects.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { type Kwargs, NativeFunction, type PyInstance, PyIterator, PyList, type Value } from '../runtime/values.ts';
import { ArrayWalk } from '../runtime/walks.ts';
import { itemOf, sizeOf, toScalar } from '../torch/convert.ts';
import { Device } from '../torch/devices.ts';
import { foreignDType } from '../torch/dtypes.ts';
import { guarded } from '../torch/errors.ts';
import { getItem, setItem } from '../torch/indexing.ts';
import { nodeValue } from '../torch/nodes.ts';
import type { Tensors } from '../torch/protocol.ts';
import { tensorMethods } from '../torch/tensor-class.ts';
import { callComplex, methodNames } from './table.ts';
import { complexClass, complexTensor, dtypeName, isComplexTensor, Parts, partsOf, refused, wrap } from './value.ts';

const partsIn = (value: Value | undefined): Parts => {
  if (isComplexTensor(value)) return value.native;
  throw typeError('a method of complex tensors needs one as its first argument');
};

const members = complexClass.members;

const method = (
  name: string,
  run: (z: Parts, args: readonly Value[], kwargs: Kwargs, self: PyInstance) => Value,
): void => {
  members.set(
    name,
    new NativeFunction(name, ([self, ...args], kwargs) =>
      guarded(() => run(partsIn(self), args, kwargs, self as PyInstance)),
    ),
  );
};

const property = (name: string, get: (z: Parts, self: PyInstance) => Value): void => {
  members.set(
    name,
    new PyProperty(new NativeFunction(name, ([self]) => guarded(() => get(partsIn(self), self as PyInstance)))),
  );
};

const NONE: Kwargs = new Map();
/** Writes ask their interpreter for nothing. */
const NOBODY = null as unknown as Interpreter;

/** What torch's tensors have and these do not: refused by name. */
for (const [name, own] of complexClass.bases[0].members) {
  if (!(own instanceof NativeFunction)) continue;
  members.set(
    name,
    new NativeFunction(name, ([self]) => {
      throw refused(name, partsIn(self));
    }),
  );
}

for (const name of methodNames) {
  members.set(
    name,
    new NativeFunction(name, (args, kwargs, interpreter) =>
      guarded(() => callComplex(name, args, kwargs, interpreter)),
    ),
  );
}

const number = (z: Parts): PyComplex => {
  if (z.re.t.numel !== 1) throw valueError('only one element tensors can be converted to Python scalars');
  return new PyComplex(Number(itemOf(z.re.t)), Number(itemOf(z.im.t)));
};

function listOf(z: Parts): Value {
  if (z.re.ndim === 0) return number(z);
  return new PyList(rows(z).map((row) => listOf(partsOf(row))));
}

function rows(z: Parts): PyInstance[] {
  const [size] = z.re.shape;
  return Array.from({ length: size }, (_, i) => complexTensor(z.re.select(0, i), z.im.select(0, i)));
}

method('item', (z) => number(z));
method('tolist', (z) => listOf(z));
method('__complex__', (z) => number(z));
method('is_complex', () => true);
method('is_floating_point', () => false);
method('numel', (z) => BigInt(z.re.t.numel));
method('dim', (z) => BigInt(z.re.ndim));
method('ndimension', (z) => BigInt(z.re.ndim));
method('element_size', (z) => (dtypeName(z) === 'complex128' ? 16n : 8n));
method('size', (z, [dim = null]) => (dim === null ? sizeOf(z.re.shape) : BigInt(z.re.size(Number(dim)))));
method('is_contiguous', (z) => z.re.t.isContiguous);
method('__len__', (z) => {
  if (z.re.ndim === 0) throw typeError('len() of a 0-d tensor');
  return BigInt(z.re.shape[0]);
});
method('__iter__', (z) => new PyIterator(new ArrayWalk(rows(z))));
method('__bool__', (z) => {
  const { real, imag } = number(z);
  return real !== 0 || imag !== 0;
});
method('__float__', () => {
  throw runtimeError('value cannot be converted to type double without overflow');
});
method('__getitem__', (z, [index]) => complexTensor(q(getItem(z.re.t, index)), q(getItem(z.im.t, index))));
method('__setitem__', (z, [index, value]) => {
  const given = partsOf(value, z);
  setItem(z.re.t, index, given.re.t);
  setItem(z.im.t, index, given.im.t);
  return null;
});
method('requires_grad_', (z, [wanted = true], _, self) => {
  for (const part of [z.re.t, z.im.t]) part.requiresGrad_(wanted !== false);
  return self;
});
/** The gradient of a real loss by both parts is a complex number: the real part that of the one, and so on. */
function backwardFrom(z: Parts, args: readonly Value[], kwargs: Kwargs): null {
  const option = (at: number, name: string): Value => args[at] ?? kwargs.get(name) ?? null;
  const given = option(0, 'gradient');
  const [retain, create] = [option(1, 'retain_graph'), option(2, 'create_graph') === true];
  const parts = [z.re.t, z.im.t];
  if (!parts.some((t) => t.requiresGrad))
    throw runtimeError('element 0 of tensors does not require grad and does not have a grad_fn');
  if (given === null && z.re.t.numel !== 1)
    throw runtimeError('grad can be implicitly created only for scalar outputs');
  const weights = given === null ? new Parts(z.re.ones(), z.im.zeros()) : partsOf(given, z);
  const seeds = [weights.re.t, weights.im.t];
  const looked = [0, 1].filter((i) => parts[i].requiresGrad);
  backward(
    looked.map((i) => parts[i]),
    looked.map((i) => seeds[i]),
    { createGraph: create, retainGraph: typeof retain === 'boolean' ? retain : create },
  );
  return null;
}
method('backward', backwardFrom);

/** What writes over a tensor: both parts are written over with what the other name gives. */
for (const name of ['add', 'sub', 'mul', 'div', 'neg', 'square', 'reciprocal', 'exp', 'sqrt', 'conj_physical'])
  method(`${name}_`, (z, args, kwargs, self) => overwritten(z, callComplex(name, [self, ...args], kwargs, null), self));
for (const name of ['add', 'sub', 'mul', 'truediv'])
  method(`__i${name}__`, (z, [other], _, self) => {
    if (!takesPart(other)) return NOT_IMPLEMENTED;
    return overwritten(z, callComplex(name === 'truediv' ? 'div' : name, [self, other], NONE, null), self);
  });
method('copy_', (z, [source = null], _, self) => overwritten(z, wrap(partsOf(source, z)), self));
method('fill_', (z, [value = null], _, self) => overwritten(z, wrap(partsOf(value, z)), self));
method('zero_', (z, _a, _k, self) => overwritten(z, wrap(partsOf(0, z)), self));

function overwritten(z: Parts, value: Value, self: PyInstance): PyInstance {
  const { re, im } = partsOf(value, z);
  const write = tensorMethods.get('copy_') as NativeFunction;
  write.call([z.re.t, re.t], NONE, NOBODY);
  write.call([z.im.t, im.t], NONE, NOBODY);
  return self;
}

method('is_floating_point', () => false);
method('is_complex', () => true);
method('is_conj', () => false);
method('is_neg', () => false);
method('cpu', (_z, _a, _k, self) => self);
method('numpy', (z) => {
  throw refused('numpy', z);
});

const ORDER =
  (name: string) =>
  (z: Parts): never => {
    throw refused(name, z);
  };
for (const name of ['lt', 'le', 'gt', 'ge']) method(`__${name}__`, ORDER(`${name}_cpu`));

/** Whether a value is a number or a tensor. */
const takesPart = (value: Value): boolean =>
  value instanceof Tensor || value instanceof PyComplex || isComplexTensor(value) || toScalar(value) !== undefined;

for (const [dunder, name] of [
  ['add', 'add'],
  ['sub', 'sub'],
  ['mul', 'mul'],
  ['truediv', 'div'],
  ['pow', 'pow'],
  ['matmul', 'matmul'],
  ['eq', 'eq'],
  ['ne', 'ne'],
] as const) {
  method(`__${dunder}__`, (z, [other]) =>
    takesPart(other) ? callComplex(name, [wrap(z), other], NONE, null) : NOT_IMPLEMENTED,
  );
  if (dunder === 'eq' || dunder === 'ne') continue;
  method(`__r${dunder}__`, (z, [other]) =>
    takesPart(other) ? callComplex(name, [other, wrap(z)], NONE, null) : NOT_IMPLEMENTED,
  );
}
method('__neg__', (z) => callComplex('neg', [wrap(z)], NONE, null));
method('__pos__', (z) => wrap(z));
method('__abs__', (z) => callComplex('abs', [wrap(z)], NONE, null));
members.set('__hash__', new NativeFunction('__hash__', () => 0n));

property('shape', (z) => sizeOf(z.re.shape));
property('ndim', (z) => BigInt(z.re.ndim));
property('dtype', (z) => foreignDType(dtypeName(z)));
property('device', () => new Device('cpu'));
property('requires_grad', (z) => z.re.t.requiresGrad || z.im.t.requiresGrad);
property('is_sparse', () => false);
property('is_cuda', () => false);
property('grad_fn', (z) => {
  const made = z.re.t.gradFn ?? z.im.t.gradFn;
  return made === null ? null : nodeValue(made);
});
property('is_leaf', (z) => z.re.t.isLeaf && z.im.t.isLeaf);
property('real', (z) => z.re.t);
property('imag', (z) => z.im.t);
property('grad', (z) => {
  const [a, b] = [z.re.t.grad, z.im.t.grad];
  if (a === null && b === null) return null;
  return complexTensor(a === null ? z.re.zeros() : q(a), b === null ? z.im.zeros() : q(b));
});
property('data', (z) => complexTensor(z.re.detach(), z.im.detach()));
for (const name of ['T', 'mT']) property(name, (z) => callComplex('transpose', [wrap(z), -2n, -1n], NONE, null));
for (const name of ['H', 'mH'])
  property(name, (z) => callComplex('conj', [callComplex('transpose', [wrap(z), -2n, -1n], NONE, null)], NONE, null));

function shown(z: Parts, interpreter: Interpreter): string {
  const { state } = (interpreter as Runtime).tensors as Tensors;
  const suffix: string[] = [];
  if (z.re.t.numel === 0 && z.re.ndim !== 1) suffix.push(`size=(${z.re.shape.join(', ')})`);
  const usual = state.defaultDType === 'float64' ? 'complex128' : 'complex64';
  if (dtypeName(z) !== usual || z.re.t.numel === 0) suffix.push(`dtype=torch.${dtypeName(z)}`);
  const made = z.re.t.gradFn ?? z.im.t.gradFn;
  if (made !== null) suffix.push(`grad_fn=<${made.name}>`);
  else if (z.re.t.requiresGrad || z.im.t.requiresGrad) suffix.push('requires_grad=True');
  return complexRepr(contiguous(z.re.t), contiguous(z.im.t), suffix, {
    ...state.print,
    room: (n) => interpreter.budget.room(n),
    look: () => interpreter.budget.step(1024),
  });
}

members.set(
  '__repr__',
  new NativeFunction('__repr__', ([self], _, interpreter) => {
    const z = partsIn(self);
    return guarded(() => shown(z, interpreter));
  }),
);
members.set('__str__', members.get('__repr__') as Value);
members.set(
  '__format__',
  new NativeFunction('__format__', ([self, spec], _, interpreter) => {
    const z = partsIn(self);
    if (z.re.ndim === 0) return interpreter.call(interpreter.getAttribute(`{:${String(spec)}}`, 'format'), [number(z)]);
    if (spec === '') return guarded(() => shown(z, interpreter));
    throw typeError('unsupported format string passed to Tensor.__format__');
  }),
);
