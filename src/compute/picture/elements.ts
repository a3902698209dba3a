/** Elements and attributes in the few characters that a picture has for them. */
import type { TensorLiteral } from '../../codec/json/tensor-literal.ts';
import type { PlanNode } from '../../graph/plan.ts';
import type { NodeDocument } from '../../graph/schema.ts';
import { arrayOf, DEFAULT_DTYPE, type DType } from '../../tensor/dtype.ts';
import { Float } from '../../tensor/scalar.ts';
import type { Shape } from '../../tensor/shape.ts';

/** More elements are not shown. */
const MOST_SHOWN = 8;
const DIGITS = 4;

function showNumber(value: number | bigint, dtype: DType): string {
  if (dtype === 'bool') return value === 0 ? 'false' : 'true';
  if (typeof value === 'bigint' || Number.isInteger(value)) return Object.is(value, -0) ? '-0' : `${value}`;
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  return `${Number(value.toPrecision(DIGITS))}`;
}

function nested(texts: readonly string[], shape: Shape, from: number, count: number, dim: number): string {
  if (dim === shape.length) return texts[from];
  const step = count / shape[dim];
  const parts = Array.from({ length: shape[dim] }, (_, i) => nested(texts, shape, from + i * step, step, dim + 1));
  return `[${parts.join(', ')}]`;
}

/**
 * The elements where they are few: `[0.5, 1]`.
 *
 * @throws JsonError where the dtype cannot hold one
 */
export function showElements(literal: TensorLiteral, dtype: DType = DEFAULT_DTYPE): string | undefined {
  const { numel, shape } = literal;
  if (!literal.hasData || numel > MOST_SHOWN || numel === 0) return undefined;
  const type = literal.resolveDtype(dtype);
  const elements = new (arrayOf(type))(numel);
  literal.writeInto(elements, type);
  const texts = Array.from(elements as Iterable<number | bigint>, (value) => showNumber(value, type));
  return nested(texts, shape, 0, numel, 0);
}

/** What JSON holds, as Python writes it. */
function showAttr(value: unknown): string {
  if (value instanceof Float) return showAttr(value.value);
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number' && !Number.isInteger(value)) return `${Number(value.toPrecision(DIGITS + 2))}`;
  if (Array.isArray(value)) return `[${value.map(showAttr).join(', ')}]`;
  if (typeof value === 'object') return Object.values(value).map(showAttr).join(' ');
  return String(value);
}

function showIndexItem(item: unknown): string {
  if (item === '...') return '...';
  if (typeof item !== 'object' || item === null || item instanceof Float) return showAttr(item);
  if ('slice' in item && Array.isArray(item.slice)) {
    const [start, stop, step] = item.slice.map((bound) => (bound === null ? '' : showAttr(bound)));
    return step === '' || step === undefined ? `${start}:${stop ?? ''}` : `${start}:${stop}:${step}`;
  }
  return 'tensor' in item ? 'tensor' : showAttr(item);
}

const isDefault = (raw: unknown, { op, attrs }: PlanNode, name: string): boolean => {
  const place = op.params.findIndex((param) => param.name === name);
  const param = op.params[place];
  if (raw === null) return true;
  if (param === undefined || param.required || param.default === undefined) return false;
  const write = param.attr?.write ?? ((value: unknown) => value);
  return showAttr(write(attrs[place])) === showAttr(write(param.default));
};

/** What a node is told that is no tensor, but for what it would take anyway: `dim=1, keepdim=True`. */
export function showAttrs(document: NodeDocument, node: PlanNode): string {
  const parts: string[] = [];
  for (const [name, raw] of Object.entries(document.attrs ?? {})) {
    if (isDefault(raw, node, name)) continue;
    if (name === 'index' && Array.isArray(raw)) parts.push(`[${raw.map(showIndexItem).join(', ')}]`);
    else parts.push(`${name}=${showAttr(raw)}`);
  }
  return parts.join(', ');
}
