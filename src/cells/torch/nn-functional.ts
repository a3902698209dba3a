/** Functions of torch.nn.functional that take a function, and those that stand in torch under other rules. */
import { findOp } from '../../ops/registry.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { typeError } from '../runtime/errors.ts';
import { defineException } from '../runtime/exceptions.ts';
import { NativeFunction, type Value } from '../runtime/values.ts';
import { makeTensor } from './construct.ts';
import { itemsOf, toInteger, typeName } from './convert.ts';
import { native } from './define.ts';
import { guarded } from './errors.ts';
import { opTables } from './functions.ts';

const op = (name: string, args: Record<string, unknown>): Tensor => guarded(() => findOp(name)?.call(args) as Tensor);

/** The loss of three distances that a function of the caller's measures. */
function tripletWithDistance(): NativeFunction | undefined {
  const plain = opTables().F.get('triplet_margin_with_distance_loss') as NativeFunction | undefined;
  if (plain === undefined) return undefined;
  const full = native(
    plain.name,
    'anchor positive negative | distance_function= margin= swap= reduction=',
    ([anchor, positive, negative, distance, margin, swap, reduction], interpreter) => {
      const between = (a: Value, b: Value): Tensor => interpreter.call(distance, [a, b]) as Tensor;
      const near = between(anchor, positive);
      let far = between(anchor, negative);
      if (swap === true) far = op('minimum', { input: far, other: between(positive, negative) });
      const gap = op('add', {
        input: op('sub', { input: near, other: far }),
        other: typeof margin === 'number' ? margin : Number(margin ?? 1n),
      });
      const loss = op('clamp_min', { input: gap, min: 0 });
      if (reduction === 'none') return loss;
      if (reduction !== null && reduction !== 'mean' && reduction !== 'sum')
        throw typeError(`${String(reduction)} is not a valid value for reduction`);
      return op(reduction === 'sum' ? 'sum' : 'mean', { input: loss });
    },
  );
  return new NativeFunction(plain.name, (args, kwargs, interpreter) => {
    if ((kwargs.get('distance_function') ?? null) !== null) return full.call(args, kwargs, interpreter);
    const rest = new Map(kwargs);
    rest.delete('distance_function');
    return plain.call(args, rest, interpreter);
  });
}

/** Lengths, which may be told as numbers in a list. */
function ctcLoss(): NativeFunction | undefined {
  const plain = opTables().F.get('ctc_loss') as NativeFunction | undefined;
  if (plain === undefined) return undefined;
  const asTensor = (value: Value): Value => (itemsOf(value) === undefined ? value : makeTensor(value));
  return new NativeFunction(plain.name, (args, kwargs, interpreter) => {
    const given = args.map((value, i) => (i === 2 || i === 3 ? asTensor(value) : value));
    const named = new Map(kwargs);
    for (const name of ['input_lengths', 'target_lengths']) {
      const value = named.get(name);
      if (value !== undefined) named.set(name, asTensor(value));
    }
    return plain.call(given, named, interpreter);
  });
}

export function functionalMembers(): Map<string, Value> {
  const table = new Map(opTables().F);
  const triplet = tripletWithDistance();
  if (triplet !== undefined) table.set(triplet.name, triplet);
  const ctc = ctcLoss();
  if (ctc !== undefined) table.set(ctc.name, ctc);
  return table;
}

function tensorOf(value: Value): Tensor {
  if (value instanceof Tensor) return value;
  throw typeError(`linalg_diagonal(): argument 'A' (position 1) must be Tensor, not ${typeName(value)}`);
}

function whole(value: Value, absent: number): number {
  const n = value === null ? absent : toInteger(value);
  if (n === undefined) throw typeError(`linalg_diagonal(): argument must be int, not ${typeName(value)}`);
  return n;
}

/** torch.linalg: its `diagonal` looks at the last two dimensions. */
/** Raised where a matrix has no inverse, no factor, or an algorithm does not end. */
export const LIN_ALG_ERROR = defineException('_LinAlgError', 'RuntimeError', 'torch._C');

export function linalgMembers(): Map<string, Value> {
  const table = new Map(opTables().linalg);
  table.set('LinAlgError', LIN_ALG_ERROR);
  table.set(
    'diagonal',
    native('linalg_diagonal', 'A | offset= dim1= dim2=', ([A, offset, dim1, dim2]) =>
      op('diagonal', {
        input: tensorOf(A),
        offset: whole(offset, 0),
        dim1: whole(dim1, -2),
        dim2: whole(dim2, -1),
      }),
    ),
  );
  return table;
}
