/** Expressions carried out by calls of ops: what a gradient is made of, recorded and differentiable again. */
import type { Expression, FunctionName } from '../kernels/formula/expression.ts';
import { float, type Scalar, scalarToNumber } from '../tensor/scalar.ts';
import { Tensor } from '../tensor/tensor.ts';

type Value = Tensor | Scalar;
type Call = (values: Value[]) => unknown;

let find: (name: string) => { apply: Call } | undefined = () => undefined;

/** Where ops are found by their names. The registry, which knows them all, says so. */
export function installOps(lookup: typeof find): void {
  find = lookup;
}

/** Calls an op on values in the order of its signature. */
export function callOp(name: string, ...values: Value[]): Tensor {
  const op = find(name);
  if (op === undefined) throw new Error(`no op is called ${name}`);
  return op.apply(values) as Tensor;
}

/** Ops that are not called as the function of formulas is. */
const NAMES: Readonly<Partial<Record<FunctionName, string>>> = {
  floorQuotient: 'floor_divide',
  logNdtr: 'log_ndtr',
};
const DEFINED = { sign: 'sgn', rsqrt: 'rsqrt', softplus: 'softplus', logSigmoid: 'logsigmoid' } as const;
const ROUNDINGS: Readonly<Record<string, string>> = { nearest: 'round' };
/** The comparison that says the same of the operands the other way round. */
const TURNED: Readonly<Record<string, string>> = { lt: 'gt', le: 'ge', gt: 'lt', ge: 'le', eq: 'eq', ne: 'ne' };

const isTensor = (x: Value): x is Tensor => x instanceof Tensor;

/** With the tensor first, as signatures have it. */
const commuted = (name: string, a: Value, b: Value): Tensor => (isTensor(a) ? callOp(name, a, b) : callOp(name, b, a));

function difference(a: Value, b: Value): Tensor {
  if (isTensor(a)) return callOp('sub', a, b);
  const negative = callOp('neg', b);
  return scalarToNumber(a) === 0 ? negative : callOp('add', negative, a);
}

function quotient(a: Value, b: Value): Tensor {
  if (isTensor(a)) return callOp('div', a, b);
  const inverse = callOp('reciprocal', b);
  return scalarToNumber(a) === 1 ? inverse : callOp('mul', inverse, a);
}

const BINARY: Readonly<Record<string, (a: Value, b: Value) => Tensor>> = {
  add: (a, b) => commuted('add', a, b),
  mul: (a, b) => commuted('mul', a, b),
  sub: difference,
  div: quotient,
  min: (a, b) => (isTensor(a) && isTensor(b) ? callOp('minimum', a, b) : commuted('clamp_max', a, b)),
  max: (a, b) => (isTensor(a) && isTensor(b) ? callOp('maximum', a, b) : commuted('clamp_min', a, b)),
};

const NUMBERS: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: Math.min,
  max: Math.max,
  neg: (a) => -a,
};

/** A step of a run: what it makes of the values before it. */
type Step = (slots: readonly Value[]) => Value;

function stepOf(e: Exclude<Expression, { kind: 'operand' | 'constant' }>, at: readonly number[]): Step {
  const [i, j, k] = at;
  switch (e.kind) {
    case 'select':
      return (slots) => callOp('where', slots[i], slots[j], slots[k]);
    case 'comparison': {
      const turned = TURNED[e.name];
      return (slots) => (isTensor(slots[i]) ? callOp(e.name, slots[i], slots[j]) : callOp(turned, slots[j], slots[i]));
    }
    case 'logic': {
      const name = `logical_${e.name}`;
      return at.length === 1 ? (slots) => callOp(name, slots[i]) : (slots) => callOp(name, slots[i], slots[j]);
    }
    case 'defined': {
      const name = DEFINED[e.name];
      return (slots) => callOp(name, slots[i]);
    }
    case 'function': {
      if (e.name === 'fround') return (slots) => slots[i];
      const name = NAMES[e.name] ?? e.name;
      return at.length === 1 ? (slots) => callOp(name, slots[i]) : (slots) => callOp(name, slots[i], slots[j]);
    }
    case 'arithmetic': {
      const numbers = NUMBERS[e.name];
      const name = ROUNDINGS[e.name] ?? e.name;
      const tensors = BINARY[e.name] ?? ((a: Value) => callOp(name, a));
      return (slots) => {
        const [a, b] = [slots[i], at.length === 1 ? 0 : slots[j]];
        return isTensor(a) || isTensor(b) ? tensors(a, b) : float(numbers(scalarToNumber(a), scalarToNumber(b)));
      };
    }
  }
}

/** An expression by calls of ops, as a function of the values of its operands. Equal parts are called once. */
export function inOps(e: Expression): (operand: (index: number) => Value) => Value {
  const places = new Map<Expression, number>();
  const operands: [slot: number, index: number][] = [];
  const constants: Value[] = [];
  const steps: [slot: number, step: Step][] = [];
  const place = (part: Expression): number => {
    const known = places.get(part);
    if (known !== undefined) return known;
    const args = part.kind === 'operand' || part.kind === 'constant' ? [] : part.args.map(place);
    const slot = places.size;
    places.set(part, slot);
    if (part.kind === 'operand') operands.push([slot, part.index]);
    else if (part.kind === 'constant') constants[slot] = part.value;
    else steps.push([slot, stepOf(part, args)]);
    return slot;
  };
  const last = place(e);
  return (operand) => {
    const slots = constants.slice();
    for (const [slot, index] of operands) slots[slot] = operand(index);
    for (const [slot, step] of steps) slots[slot] = step(slots);
    return slots[last];
  };
}
