/** Products and sums in the notation of indices. */
import { dtypeError, type EngineError, shapeMismatch, showShape, valueRange } from '../../tensor/errors.ts';
import { numelOf } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { defineOp } from '../define.ts';
import { checkFactors } from '../limits.ts';
import { type Attr, attr, Refusal, tensors } from '../params.ts';
import { mul } from '../pointwise/arithmetic.ts';
import { sum } from '../reductions/index.ts';
import { alias, diagonal, movedim, permute, reshape, unsqueeze } from '../shape/index.ts';
import { bmm } from './matmul.ts';

const equationAttr: Attr<string> = {
  jsonSchema: { type: 'string' },
  read: (value) => (typeof value === 'string' ? value : new Refusal('an equation such as "ij,jk->ik"')),
};

/** A letter, or a dimension that an ellipsis stands for, counted from its end: `-1` is the last. */
type Label = string;
const ELLIPSIS = '...';
const behind = (k: number): Label => `-${k}`;

const refuse = (message: string): EngineError => valueRange(`einsum(): ${message}`);

/** The letters of one side; an ellipsis is one of them. */
function labelsOf(text: string, where: string): Label[] {
  const out: Label[] = [];
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === ' ') continue;
    if (/[a-zA-Z]/.test(c)) out.push(c);
    else if (text.startsWith(ELLIPSIS, i)) {
      if (out.includes(ELLIPSIS)) throw refuse(`found '.' for ${where} for which an ellipsis was already found`);
      out.push(ELLIPSIS);
      i += 2;
    } else if (c === '.') throw refuse(`found '.' for ${where} that is not part of any ellipsis`);
    else throw refuse(`invalid subscript given at ${where}: "${c}"; subscripts must be in [a-zA-Z]`);
  }
  return out;
}

/** One operand's labels, one for each dimension. */
function spread(labels: readonly Label[], t: Tensor, k: number): Label[] {
  const dots = labels.indexOf(ELLIPSIS);
  const letters = labels.length - (dots < 0 ? 0 : 1);
  if (dots < 0 ? letters !== t.ndim : letters > t.ndim) {
    throw refuse(
      `the number of subscripts in the equation (${letters}) ${dots < 0 ? 'does not match' : 'is more than'} the number of dimensions (${t.ndim}) for operand ${k}${dots < 0 ? ' and no ellipsis was given' : ''} (shape ${showShape(t.shape)})`,
    );
  }
  if (dots < 0) return [...labels];
  const hidden = t.ndim - letters;
  const inner = Array.from({ length: hidden }, (_, i) => behind(hidden - i));
  return [...labels.slice(0, dots), ...inner, ...labels.slice(dots + 1)];
}

/** Uppercase letters stand before lowercase ones, as in ASCII. */
const alphabetical = (a: Label, b: Label): number => (a < b ? -1 : a > b ? 1 : 0);

interface Plan {
  readonly operands: Label[][];
  readonly output: Label[];
}

function planOf(equation: string, operands: readonly Tensor[]): Plan {
  const arrow = equation.indexOf('->');
  const left = arrow < 0 ? equation : equation.slice(0, arrow);
  const terms = left.split(',');
  if (terms.length !== operands.length) {
    throw refuse(
      `${terms.length > operands.length ? 'fewer' : 'more'} operands were provided than specified in the equation (${operands.length} for ${terms.length} in "${equation}")`,
    );
  }
  const written = terms.map((text, k) => labelsOf(text, `operand ${k}`));
  const labels = written.map((l, k) => spread(l, operands[k], k));
  const hidden = labels.reduce((n, l) => Math.max(n, l.filter((x) => x.startsWith('-')).length), 0);
  const dots = Array.from({ length: hidden }, (_, i) => behind(hidden - i));
  if (arrow < 0) {
    const all = labels.flat().filter((x) => !x.startsWith('-'));
    const once = all.filter((x) => all.indexOf(x) === all.lastIndexOf(x)).sort(alphabetical);
    return { operands: labels, output: [...dots, ...once] };
  }
  const output: Label[] = [];
  for (const label of labelsOf(equation.slice(arrow + 2), 'the output')) {
    if (label === ELLIPSIS) output.push(...dots);
    else if (output.includes(label)) throw refuse(`output subscript ${label} appears more than once in the output`);
    else if (!labels.some((l) => l.includes(label)))
      throw refuse(`output subscript ${label} does not appear in the equation for any input operand`);
    else output.push(label);
  }
  return { operands: labels, output };
}

/** An operand with a label for each of its dimensions, none twice. */
interface Term {
  readonly t: Tensor;
  readonly labels: readonly Label[];
}

/** A repeated label is a diagonal. */
function withoutRepeats(t: Tensor, labels: readonly Label[], k: number): Term {
  let out: Term = { t, labels };
  for (;;) {
    const { labels: l, t: x } = out;
    const second = l.findIndex((label, d) => l.indexOf(label) < d);
    if (second < 0) return out;
    const first = l.indexOf(l[second]);
    if (x.shape[first] !== x.shape[second]) {
      throw shapeMismatch(
        `einsum(): subscript ${l[second]} is repeated for operand ${k} but the sizes don't match, ${x.shape[second]} != ${x.shape[first]}`,
      );
    }
    // The diagonal stands last; it takes the first one's place.
    out = { t: movedim(diagonal(x, 0, first, second), -1, first), labels: l.filter((_, d) => d !== second) };
  }
}

/** Sizes of all labels; a size of 1 goes with any. */
function sizesOf(terms: readonly Term[]): Map<Label, number> {
  const sizes = new Map<Label, number>();
  terms.forEach(({ t, labels }, k) => {
    labels.forEach((label, d) => {
      const [seen, own] = [sizes.get(label) ?? 1, t.shape[d]];
      if (own !== 1 && seen !== 1 && own !== seen) {
        throw shapeMismatch(
          `einsum(): subscript ${label.startsWith('-') ? ELLIPSIS : label} has size ${own} for operand ${k} which does not broadcast with previously seen size ${seen}`,
        );
      }
      sizes.set(label, own === 1 ? seen : own);
    });
  });
  return sizes;
}

/** Sums over the labels that are not `kept`. */
function reduced(term: Term, kept: (label: Label) => boolean): Term {
  const gone = term.labels.flatMap((label, d) => (kept(label) ? [] : [d]));
  if (gone.length === 0) return term;
  return { t: sum(term.t, gone), labels: term.labels.filter((label) => kept(label)) };
}

/** Sums out dimensions of a product: what has size 1 is dropped, not summed, so that its dtype stays. */
function thinned({ t, labels }: Term, kept: (label: Label) => boolean): Term {
  const stays = labels.filter((label, d) => kept(label) || t.shape[d] !== 1);
  const sizes = t.shape.filter((size, d) => kept(labels[d]) || size !== 1);
  return reduced(sizes.length === t.ndim ? { t, labels } : { t: reshape(t, sizes), labels: stays }, kept);
}

/** Its dimensions in the order of `labels`, 1 where it has none. */
function laidOut({ t, labels }: Term, order: readonly Label[]): Tensor {
  const present = order.filter((label) => labels.includes(label));
  const moves = present.map((label) => labels.indexOf(label));
  let out = moves.every((d, k) => d === k) ? t : permute(t, moves);
  order.forEach((label, d) => {
    if (!labels.includes(label)) out = unsqueeze(out, d);
  });
  return out;
}

/** The product of two terms, summed over what is not `kept`, as one batch of matrix products. */
function product(a: Term, b: Term, kept: (label: Label) => boolean): Term {
  const sizeIn = (x: Term, label: Label): number => x.t.shape[x.labels.indexOf(label)] ?? 1;
  // What only one side has, or where the other has size 1, is summed beforehand.
  const lone = (x: Term, y: Term): Term => {
    const here = (label: Label): boolean => kept(label) || (y.labels.includes(label) && sizeIn(y, label) !== 1);
    return thinned(x, here);
  };
  const [left, right] = [lone(a, b), lone(b, a)];
  const all = [...new Set([...left.labels, ...right.labels])];
  const wide = (x: Term, label: Label): boolean => x.labels.includes(label) && sizeIn(x, label) !== 1;
  const inner = all.filter((label) => !kept(label));
  const rest = all.filter(kept);
  if (inner.length === 0) {
    return { t: mul(laidOut(left, rest), laidOut(right, rest)), labels: rest };
  }
  const both = rest.filter((label) => wide(left, label) === wide(right, label));
  const rows = rest.filter((label) => !both.includes(label) && wide(left, label));
  const columns = rest.filter((label) => !both.includes(label) && wide(right, label));
  const count = (x: Term, labels: readonly Label[]): number => numelOf(labels.map((label) => sizeIn(x, label)));
  const batch = count(left, both);
  const depth = count(left, inner);
  // Along rows the right side has size 1 or nothing at all, along columns the left one: they fall away in the reshape.
  const x = reshape(laidOut(left, [...both, ...rows, ...columns, ...inner]), [batch, count(left, rows), depth]);
  const y = reshape(laidOut(right, [...both, ...rows, ...inner, ...columns]), [batch, depth, count(right, columns)]);
  const sizes = [
    ...both.map((l) => sizeIn(left, l)),
    ...rows.map((l) => sizeIn(left, l)),
    ...columns.map((l) => sizeIn(right, l)),
  ];
  return { t: reshape(bmm(x, y), sizes), labels: [...both, ...rows, ...columns] };
}

export const einsum = defineOp({
  name: 'einsum',
  category: 'linalg',
  in: ['torch'],
  summary: "Sums of products of tensors' elements, by labels of their dimensions: Einstein's convention",
  params: [
    attr('equation', equationAttr, { doc: 'A letter for each dimension, "..." for those in between: "bij,bjk->bik"' }),
    tensors('operands', { variadic: true }),
  ],
  formula: String.raw`y_{\mathrm{out}} = \sum_{\text{labels not in out}} \prod_k x^{(k)}_{\mathrm{labels}_k}`,
  derivative: String.raw`\tfrac{\partial L}{\partial x^{(k)}} = \sum G_{\mathrm{out}} \prod_{l \ne k} x^{(l)}`,
  composite: ({ equation, operands }) => {
    checkFactors('einsum()', operands.length);
    if (operands.length === 0) throw refuse('must provide at least one operand');
    for (const t of operands) {
      if (t.dtype !== operands[0].dtype)
        throw dtypeError(
          `einsum(): expected all operands to have the same dtype, but got ${operands[0].dtype} and ${t.dtype}`,
        );
    }
    const plan = planOf(equation, operands);
    const terms = operands.map((t, k) => withoutRepeats(t, plan.operands[k], k));
    sizesOf(terms);
    let out = terms[0];
    for (let k = 1; k < terms.length; k++) {
      const later = new Set([...plan.output, ...terms.slice(k + 1).flatMap((term) => term.labels)]);
      out = product(out, terms[k], (label) => later.has(label));
    }
    const kept = new Set(plan.output);
    const result = laidOut(
      reduced(out, (label) => kept.has(label)),
      plan.output,
    );
    return operands.includes(result) ? alias(result) : result;
  },
  derivation: {
    words:
      'the gradient in the place of the result, and summed with the other operands over the indices that an operand does not have',
  },
  examples: [
    '{"equation": "ij,jk->ik", "operands": [[[1, 2], [3, 4]], [[5, 6], [7, -8]]]}',
    '{"equation": "ii->i", "operands": [[[1, 2], [3, 4]]]}',
    '{"equation": "...i,i", "operands": [[[1, 2], [3, 4]], [5, -6]]}',
  ],
});
