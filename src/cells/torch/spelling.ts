/** PyTorch's signatures of an op, made ready for binding calls to them. */
import type { OpDef } from '../../ops/define.ts';
import type { AnyParam } from '../../ops/params.ts';
import type { Order, Space } from '../../ops/pytorch.ts';

/** What an argument goes to: a parameter of the op, something that the caller reads, or nothing. */
export interface Slot {
  /** PyTorch's name. */
  readonly name: string;
  /** Place of the op's parameter, -1 where it is none of them. */
  readonly place: number;
  /** Whether the caller of the op reads it. */
  readonly extra: boolean;
}

/** One signature. */
export interface Overload {
  readonly positional: readonly Slot[];
  readonly byName: ReadonlyMap<string, Slot>;
  /** Places of what has to be given. */
  readonly needed: readonly number[];
  /** Where a list stands that takes all integers which are left, as in `x.view(2, 3)`; -1 where none does. */
  readonly spread: number;
  /** Whether that list may be a single integer as well, which is then none. */
  readonly spreadFromTwo: boolean;
  /** Where a list stands that takes all tensors which are left; -1 where none does. */
  readonly gather: number;
}

export interface Spelling {
  /** The name that is called, for messages. */
  readonly name: string;
  readonly overloads: readonly Overload[];
  /** Whether the first argument is a method's receiver: it is not counted in messages. */
  readonly method: boolean;
  /** Whether reductions may be numbered, as torch has them and torch.nn.functional has not. */
  readonly numbered: boolean;
  /** Whether PyTorch wrote it in Python, which words what is missing otherwise. */
  readonly python: boolean;
}

/** What stands beside the op's own parameters and is read by whoever calls it. */
const EXTRAS: ReadonlySet<string> = new Set([
  'out',
  'requires_grad',
  'inplace',
  'device',
  'size_average',
  'reduce',
  'names',
  'layout',
]);

/** What functions that make tensors take by keyword; most of it has no meaning here. */
const CREATION = ['device', 'requires_grad', 'layout', 'pin_memory', 'names', 'memory_format'];

/** NumPy's names for PyTorch's. */
const SYNONYMS: readonly (readonly [string, string])[] = [
  ['axis', 'dim'],
  ['keepdims', 'keepdim'],
  ['x', 'input'],
  ['x1', 'input'],
  ['a', 'input'],
  ['self', 'input'],
  ['x2', 'other'],
  ['b', 'other'],
];

const takesTensor = (p: AnyParam): boolean => p.kind === 'tensor' || p.kind === 'operand';

/** The parameter that a method's receiver stands for. */
export function receiverOf(op: OpDef): number {
  const named = op.params.findIndex((p) => p.name === 'input');
  return named >= 0 ? named : op.params.findIndex(takesTensor);
}

const typesOf = (p: AnyParam | undefined): readonly string[] => {
  const type = p?.kind === 'attr' ? p.attr?.jsonSchema.type : undefined;
  return (Array.isArray(type) ? type : [type]) as string[];
};

function parse(op: OpDef, text: string, space: Space): Overload {
  const { params } = op;
  const places = new Map(params.map((p, i) => [p.name as string, i]));
  const byName = new Map<string, Slot>(
    params.map((p, place) => [p.name as string, { name: p.name as string, place, extra: false }]),
  );
  const positional: Slot[] = [];
  const needed = params.flatMap((p, i) => (p.required ? [i] : []));
  let gather = -1;
  let byKeyword = false;
  for (const word of text.split(' ')) {
    if (word === '') continue;
    if (word === '|') {
      byKeyword = true;
      continue;
    }
    const [, star, name, own = name, wanted] = /^(\*?)(\w+)(?:=(\w+))?(!?)$/.exec(word) as unknown as string[];
    const place = places.get(own) ?? -1;
    const slot: Slot = { name, place, extra: place < 0 && EXTRAS.has(name) };
    byName.set(name, slot);
    if (byKeyword) continue;
    if (wanted === '!') needed.push(place);
    if (star === '*') {
      gather = positional.length;
      byKeyword = true;
    }
    positional.push(slot);
  }
  const receiver = receiverOf(op);
  if (space === 'Tensor') {
    const at = positional.findIndex((slot) => slot.place === receiver);
    positional.unshift(...(at < 0 ? [byName.get(params[receiver].name) as Slot] : positional.splice(at, 1)));
  }
  const first = params.find((p) => p.kind === 'tensor')?.name;
  const input = byName.get('input') ?? (first === undefined ? undefined : byName.get(first));
  for (const [theirs, ours] of [...SYNONYMS, ['input', 'input'] as const]) {
    const slot = ours === 'input' ? input : byName.get(ours);
    if (slot !== undefined && !byName.has(theirs)) byName.set(theirs, slot);
  }
  const options = [...(space === 'Tensor' ? [] : ['out']), ...(op.category === 'creation' ? CREATION : [])];
  for (const name of options) if (!byName.has(name)) byName.set(name, { name, place: -1, extra: EXTRAS.has(name) });
  const only = space === 'Tensor' ? 1 : 0;
  const list = positional.length === only + 1 ? typesOf(params[positional[only].place]) : [];
  return {
    positional,
    byName,
    needed,
    spread: list.includes('array') ? only : -1,
    spreadFromTwo: list.length > 1,
    gather,
  };
}

/** The signatures that `order` says, under the name that messages call the function by. */
export function spell(op: OpDef, name: string, order: Order, space: Space, python = false): Spelling {
  return {
    name,
    overloads: order.split('/').map((text) => parse(op, text, space)),
    method: space === 'Tensor',
    numbered: space === 'torch',
    python,
  };
}
