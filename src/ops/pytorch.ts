/**
 * Where an op stands in PyTorch, and what it takes there: the head of its definition. The tables of
 * Python's namespaces, the modules of torch.nn and the catalogue are made from it.
 */
import type { Category, OpDef } from './define.ts';

/** `F` stands for torch.nn.functional; `property` for what is read from a tensor without a call. */
export type Space = 'torch' | 'Tensor' | 'F' | 'special' | 'linalg' | 'property';

/**
 * A namespace that holds the op; with `_`, one that also holds the variant that writes over its first
 * argument (`torch.relu_`). `torch:det` holds that name alone; `:swish` is a name that PyTorch has nowhere.
 */
export type Place = `${Space}${'' | '_'}${'' | `:${string}`}` | `:${string}`;

/**
 * Python's order of arguments, in PyTorch's names: `|` before what goes by keyword only, `*x` where the
 * rest of the positional arguments are one list, `theirs=ours` where PyTorch's name differs from the
 * parameter's, `x!` what has to be given though the op has a default, ` / ` between overloads.
 */
export type Order = string;

/** A module of torch.nn that calls the op. */
export interface ModuleHead {
  readonly name: string;
  /** What the constructor takes, as Python writes it, where it does not follow from the op's parameters. */
  readonly takes?: string;
  /** Attributes that are printed: `!x` without its name, `x?` only where true. */
  readonly shows?: string;
}

export interface Head {
  /**
   * Where the op stands. A place without a name holds the op's own name and each alias that no other place
   * names. By default that is PyTorch's habit for the category ({@link HABIT}), and nowhere for a name like
   * `relu_backward` or `_relu`; any other op of the engine alone says `[]`.
   */
  readonly in?: readonly Place[];
  /**
   * The order of arguments: one, or by `:name`, by space, or for `all`. By default that of `params`, `dtype` by
   * keyword only; losses in torch.nn.functional have their old two bools before `reduction`.
   */
  readonly takes?: Order | Readonly<Record<string, Order>>;
  /** Whether the function in torch.nn.functional, and the module, have a last argument `inplace`. */
  readonly inplace?: boolean;
  /** Whether a Python number may stand in the place of the first tensor. */
  readonly numbers?: boolean;
  /** The module of torch.nn: by its name alone where its constructor follows from the parameters. */
  readonly module?: string | ModuleHead;
}

const HABIT: Readonly<Record<Category, readonly Place[]>> = {
  activation: ['F'],
  loss: ['F'],
  nn: ['F'],
  pointwise: ['torch', 'Tensor'],
  comparison: ['torch', 'Tensor'],
  reduction: ['torch', 'Tensor'],
  shape: ['torch', 'Tensor'],
  indexing: ['torch', 'Tensor'],
  linalg: ['torch', 'Tensor'],
  creation: ['torch'],
};

/** Names that PyTorch's namespaces do not show. */
const HIDDEN = /^_|_backward$/;

/** One name under which PyTorch has an op. */
export interface Standing {
  readonly space: Space;
  readonly name: string;
  /** Whether `name_` stands there, too. */
  readonly writes: boolean;
  readonly order: Order;
}

/** Names of ops that say where they stand. */
const PREFIXES: Readonly<Record<string, Space>> = { linalg_: 'linalg', special_: 'special', nn_functional_: 'F' };

/** An op's name as a namespace has it, undefined where its prefix is another's. */
function nameIn(space: Space, name: string): string | undefined {
  for (const [prefix, own] of Object.entries(PREFIXES))
    if (name.startsWith(prefix)) return own === space ? name.slice(prefix.length) : undefined;
  return name;
}

type Names = Pick<OpDef, 'name' | 'aliases' | 'category' | 'params' | 'head'>;

/** What old losses took before `reduction`, and take yet. */
const REDUCED = ['size_average', 'reduce'];

function orderOf({ category, params, head }: Names, space: Space, name: string): Order {
  const { takes } = head;
  const said = typeof takes === 'string' ? takes : (takes?.[`:${name}`] ?? takes?.[space] ?? takes?.all);
  const names = params.map((p) => `${p.variadic ? '*' : ''}${p.name}`);
  const inplace = space === 'F' && head.inplace === true ? ['inplace'] : [];
  if (said !== undefined) return [said, ...inplace].join(' ');
  const keyword = names.filter((n) => n === 'dtype');
  const positional = names.filter((n) => n !== 'dtype');
  const reduction = positional.indexOf('reduction');
  if (space === 'F' && category === 'loss' && reduction >= 0) positional.splice(reduction, 0, ...REDUCED);
  return [...positional, ...inplace, ...(keyword.length > 0 ? ['|', ...keyword] : [])].join(' ');
}

const PLACE = /^(\w*?)(_?)(?::(\w+))?$/;

/** Everywhere an op stands in PyTorch. */
export function standingsOf(op: Names): Standing[] {
  const usual = HIDDEN.test(op.name) ? [] : HABIT[op.category];
  const places = (op.head.in ?? usual).map((place) => {
    const [, space, writes, name] = PLACE.exec(place) as unknown as [string, Space, string, string | undefined];
    return { space, writes: writes === '_', name };
  });
  const apart = new Set(places.map((place) => place.name));
  const bare = [op.name, ...op.aliases.filter((alias) => !apart.has(alias))];
  const found = new Map<string, Standing>();
  for (const { space, writes, name: one } of places) {
    if ((space as string) === '') continue;
    for (const own of one === undefined ? bare : [one]) {
      const name = one ?? nameIn(space, own);
      if (name !== undefined) found.set(`${space}.${name}`, { space, name, writes, order: orderOf(op, space, name) });
    }
  }
  return [...found.values()];
}

const MODULES: Readonly<Record<Space, string>> = {
  torch: 'torch',
  Tensor: 'torch.Tensor',
  F: 'torch.nn.functional',
  special: 'torch.special',
  linalg: 'torch.linalg',
  property: 'torch.Tensor',
};

/** Where a name of PyTorch's stands, in full: `torch.nn.functional.relu`. */
export const fullNameOf = ({ space, name }: Pick<Standing, 'space' | 'name'>): string => `${MODULES[space]}.${name}`;

export const moduleOf = ({ head }: Pick<OpDef, 'head'>): ModuleHead | undefined =>
  typeof head.module === 'string' ? { name: head.module } : head.module;

/**
 * The full names under which PyTorch has an op.
 *
 * @example
 * namesInPyTorch(relu.def) // ['torch.relu', 'torch.relu_', 'torch.Tensor.relu', …, 'torch.nn.ReLU']
 */
export function namesInPyTorch(op: Names): string[] {
  const names = standingsOf(op).flatMap((standing) => {
    const full = fullNameOf(standing);
    return standing.writes ? [full, `${full}_`] : [full];
  });
  const module = moduleOf(op);
  return module === undefined ? names : [...names, `torch.nn.${module.name}`];
}
