/** How PyTorch calls an op, in one line of Python: what a reader of the catalogue sees first. */
import type { OpDef } from './define.ts';
import type { AnyParam } from './params.ts';
import { fullNameOf, type Space, standingsOf } from './pytorch.ts';

/** What PyTorch's functions take beside the op's own parameters, where it is not None by default. */
const BESIDE: Readonly<Record<string, string>> = {
  inplace: 'False',
  _stacklevel: '3',
  norm_type: '2.0',
  scale_grad_by_freq: 'False',
  sparse: 'False',
};

function exponential(x: number): string {
  const [digits, exponent] = x.toExponential().split('e');
  return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`;
}

function floatText(x: number): string {
  if (x === 0 || !Number.isFinite(x)) return x === 0 ? '0.0' : `float('${x > 0 ? 'inf' : x < 0 ? '-inf' : 'nan'}')`;
  if (Math.abs(x) < 1e-4 || Math.abs(x) >= 1e16) return exponential(x);
  return Number.isInteger(x) ? `${x}.0` : String(x);
}

/** Whether a parameter is a float, so that Python writes 1 as `1.0`. */
function isFloat({ attr }: AnyParam): boolean {
  const { type, anyOf } = (attr?.jsonSchema ?? {}) as { type?: unknown; anyOf?: readonly { type?: unknown }[] };
  return type === 'number' || anyOf?.[0]?.type === 'number';
}

function valueText(value: unknown, float: boolean): string {
  if (value === undefined || value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number' && float) return floatText(value);
  if (typeof value === 'string') return `'${value}'`;
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? 'None' : `(${value.map((item) => valueText(item, float)).join(', ')})`;
}

const WORD = /^(\*?)(\w+)(?:=(\w+))?(!?)$/;

/** The order that the first overload of a signature says, with defaults. */
function argumentsOf({ params }: Pick<OpDef, 'params'>, order: string): string {
  const parts: string[] = [];
  let starred = false;
  for (const word of order.split('/')[0].trim().split(/\s+/)) {
    if (word === '|') {
      if (!starred) parts.push('*');
      starred = true;
      continue;
    }
    const [, star, name, own = name, wanted] = WORD.exec(word) as unknown as string[];
    const param = params.find((p) => p.name === own);
    if (star === '*') {
      starred = true;
      parts.push(`*${name}`);
    } else if (param === undefined) parts.push(`${name}=${BESIDE[name] ?? 'None'}`);
    else if (param.required || wanted === '!') parts.push(name);
    else parts.push(`${name}=${valueText(param.default, isFloat(param))}`);
  }
  return parts.at(-1) === '*' ? parts.slice(0, -1).join(', ') : parts.join(', ');
}

const AS_FUNCTION: readonly Space[] = ['torch', 'F', 'special', 'linalg', 'Tensor', 'property'];
const AS_LAYER: readonly Space[] = ['F', ...AS_FUNCTION];

/**
 * The call, under the name that PyTorch's users know the op by.
 *
 * @example
 * callLine(softplus.def) // 'torch.nn.functional.softplus(input, beta=1.0, threshold=20.0)'
 */
export function callLine(op: OpDef): string {
  const standings = standingsOf(op);
  const spaces =
    op.category === 'activation' || op.category === 'loss' || op.category === 'nn' ? AS_LAYER : AS_FUNCTION;
  const named = standings.filter(({ name }) => name === op.name.replace(/^(linalg|special)_/, ''));
  for (const candidates of [named, standings]) {
    for (const space of spaces) {
      const standing = candidates.find((one) => one.space === space);
      if (standing === undefined) continue;
      const full = fullNameOf(standing);
      return space === 'property' ? full : `${full}(${argumentsOf(op, standing.order)})`;
    }
  }
  return `${op.name}(${argumentsOf(op, op.params.map((p) => `${p.variadic ? '*' : ''}${p.name}`).join(' '))})`;
}
