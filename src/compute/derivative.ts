/**
 * Derivatives of a computation's values with respect to others, nested as torch.autograd.functional nests
 * them: a name stands for the thing itself, a list of names for an array.
 */
import type { AnswerOptions, AnswerType, AnswerWriter } from '../answer/answer.ts';
import { hessianOf, hvpOf, jacobianOf, jvpOf, vhpOf, vjpOf } from '../autograd/derivatives.ts';
import { withRecorder } from '../autograd/recorder.ts';
import { jsonError } from '../codec/json/json-error.ts';
import { TensorLiteral } from '../codec/json/tensor-literal.ts';
import type { Document } from '../graph/document.ts';
import { materialize } from '../graph/materialize.ts';
import { cast } from '../kernels/copy.ts';
import { EngineError, shapeMismatch, showShape } from '../tensor/errors.ts';
import { sameShape } from '../tensor/shape.ts';
import { Tensor } from '../tensor/tensor.ts';
import {
  checkFloating,
  type Derivable,
  type Located,
  labelsOf,
  type Names,
  type Part,
  tensorsOf,
} from './derivable.ts';
import { type ExplainSettings, explain } from './explain/explain.ts';
import { wholeMarkdown, wholeText } from './explain/tell.ts';
import { writeExplanation } from './explain/write.ts';
import { type GradcheckSettings, gradcheck, writeChecks } from './gradcheck.ts';
import { watchPasses } from './gradients.ts';
import type { Scope } from './scope.ts';
import type { Size, Survey } from './survey.ts';

export const PRODUCTS = ['vjp', 'jvp', 'jacobian', 'hessian', 'hvp', 'vhp'] as const;
export type Product = (typeof PRODUCTS)[number];

/** Tensors nested as what they multiply. */
export type Vectors = TensorLiteral | readonly Vectors[];

/** What is asked of the values when the forward part has run. */
export type Derivation =
  | { readonly kind: Product; readonly of: Names; readonly wrt: Names; readonly v?: Vectors; readonly strict: boolean }
  | {
      readonly kind: 'explain';
      readonly of: string;
      readonly wrt: Names;
      readonly v?: TensorLiteral;
      readonly settings: ExplainSettings;
      readonly form: AnswerType;
    }
  | { readonly kind: 'gradcheck'; readonly of?: Names; readonly wrt?: Names; readonly settings: GradcheckSettings };

type Nested = Tensor | readonly Nested[];

/** Results, one for each tensor of some values, in the nesting of these. */
function nest({ values, single }: Located, results: readonly Nested[]): Nested {
  let next = 0;
  const parts = values.map((part) => (part instanceof Tensor ? results[next++] : part.map(() => results[next++])));
  return single ? parts[0] : parts;
}

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

/** Vectors flattened in the order of the tensors that they multiply, of their shapes and dtypes. */
function vectorsFor({ names, values, single }: Located, v: Vectors): Tensor[] {
  const take = (given: Vectors, pointer: string, part: Part, name: string): Tensor[] => {
    if (part instanceof Tensor) {
      if (!(given instanceof TensorLiteral))
        throw jsonError(pointer, `expected one tensor, of the shape ${showShape(part.shape)} of "${name}"`);
      if (!sameShape(given.shape, part.shape))
        throw shapeMismatch(
          `v for "${name}" has shape ${showShape(given.shape)}, but "${name}" has shape ${showShape(part.shape)}`,
        );
      const vector = materialize(given, part.dtype);
      return [vector.dtype === part.dtype ? vector : cast(vector, part.dtype)];
    }
    return listed(given, pointer, part.length, `the ${part.length} tensors of "${name}"`).flatMap((one, i) =>
      take(one, `${pointer}/${i}`, part[i], name),
    );
  };
  if (single) return take(v, '/v', values[0], names[0]);
  return listed(v, '/v', values.length, quoted(names)).flatMap((one, i) => take(one, `/v/${i}`, values[i], names[i]));
}

function listed(given: Vectors, pointer: string, length: number, what: string): readonly Vectors[] {
  const list = given instanceof TensorLiteral ? given.rows() : given;
  if (list === undefined || list.length !== length)
    throw jsonError(
      pointer,
      `expected an array with a vector for each of ${what}, got ${list === undefined ? 'one tensor' : `an array of ${list.length}`}`,
    );
  return list;
}

/** The only value, of one element. */
function scalarOf(of: Located, kind: string): Tensor {
  const tensors = tensorsOf(of);
  if (tensors.length !== 1)
    throw new EngineError('value_range', `${kind} is of one value, but of names ${tensors.length} tensors`);
  const [tensor] = tensors;
  if (tensor.numel !== 1)
    throw shapeMismatch(
      `${kind} is of a value of one element, but "${of.names[0]}" has shape ${showShape(tensor.shape)}`,
    );
  return tensor;
}

function strictly(of: readonly string[], wrt: readonly string[]) {
  return (output: number | null, input: number | null, order: 1 | 2): never => {
    const at = input === null ? quoted([...new Set(wrt)]) : `"${wrt[input]}"`;
    const what =
      order === 2
        ? `the first derivative of "${of[0]}" with respect to "${wrt[output ?? 0]}"`
        : output === null
          ? quoted([...new Set(of)])
          : `"${of[output]}"`;
    throw new EngineError('no_grad_required', `${what} does not depend on ${at}, which "strict" refuses`);
  };
}

/** Refuses blocks of more elements than may be alive, before any of them is made. */
function checkRoom(outputs: readonly Tensor[], inputs: readonly Tensor[], maxElements: number, kind: string): void {
  const count = (tensors: readonly Tensor[]): number => tensors.reduce((n, t) => n + t.numel, 0);
  const [rows, columns] = [count(outputs), count(inputs)];
  if (rows * columns > maxElements)
    throw new EngineError(
      'budget',
      `the ${kind} has ${rows} × ${columns} elements; at most ${maxElements} may be alive at one time`,
    );
}

/** @throws JsonError, EngineError */
function productOf(
  spec: Extract<Derivation, { kind: Product }>,
  { of, wrt, observer }: Derivable,
  maxElements: number,
): Nested {
  const { kind, v } = spec;
  checkFloating(of);
  const [outputs, inputs] = [tensorsOf(of), tensorsOf(wrt)];
  const options = { observer, strict: spec.strict ? strictly(labelsOf(of), labelsOf(wrt)) : undefined };
  const vectors = (side: Located): Tensor[] => {
    if (v === undefined) throw jsonError('/v', `required: ${kind} takes a vector for ${quoted(side.names)}`);
    return vectorsFor(side, v);
  };
  switch (kind) {
    case 'vjp': {
      if (v === undefined && (outputs.length !== 1 || outputs[0].numel !== 1))
        throw jsonError('/v', `required: ${quoted(of.names)} is not one value of one element`);
      return nest(wrt, vjpOf(outputs, inputs, v === undefined ? [null] : vectorsFor(of, v), options));
    }
    case 'jvp':
      return nest(of, jvpOf(outputs, inputs, vectors(wrt), options));
    case 'jacobian': {
      checkRoom(outputs, inputs, maxElements, kind);
      const blocks = jacobianOf(outputs, inputs, options);
      return nest(
        of,
        blocks.map((row) => nest(wrt, row)),
      );
    }
    case 'hessian': {
      const scalar = scalarOf(of, kind);
      checkRoom(inputs, inputs, maxElements, kind);
      const blocks = hessianOf(scalar, inputs, options);
      return nest(
        wrt,
        blocks.map((row) => nest(wrt, row)),
      );
    }
    case 'hvp':
      return nest(wrt, hvpOf(scalarOf(of, kind), inputs, vectors(wrt), options));
    case 'vhp':
      return nest(wrt, vhpOf(scalarOf(of, kind), inputs, vectors(wrt), options));
  }
}

/** How often a computation, or its gradient, is carried out for one of `rows` elements. */
const PASSES: Readonly<Record<Derivation['kind'], (rows: number) => number>> = {
  vjp: () => 2,
  jvp: () => 4,
  vhp: () => 4,
  hvp: () => 6,
  jacobian: (rows) => rows + 1,
  hessian: (rows) => 2 * rows + 2,
  gradcheck: (rows) => 3 * rows + 2,
  explain: (rows) => 2 * Math.min(rows, 1000) + 10,
};

/** What is known of a derivation before it is carried out, by what is known of the computation. */
export function derivationSize(kind: Derivation['kind'], survey: Survey, nodes: number): Size {
  const passes = PASSES[kind](survey.kept);
  const elements = survey.elements * passes;
  return { ...survey, elements, work: survey.work * passes, nodes: nodes * passes, written: survey.kept * passes };
}

/**
 * Carries a derivation out, and gives what writes its part of the answer.
 *
 * @throws JsonError, EngineError
 */
export function runDerivation(
  derivation: Derivation,
  values: Omit<Derivable, 'observer'>,
  document: Document,
  { graphScope }: AnswerOptions,
  { limits, clock }: Pick<Scope, 'limits' | 'clock'>,
): DerivationAnswer {
  const { tick } = clock;
  const [from] = tensorsOf(values.of);
  return watchPasses(document, from, tick, (observer, current) => {
    const recorder = graphScope === 'both' ? document.program.backwardRecorder(current) : null;
    if (derivation.kind === 'explain')
      return explained(derivation, { ...values, observer }, document, tick, (pass) => withRecorder(recorder, pass));
    return withRecorder(derivation.kind === 'gradcheck' ? null : recorder, () => ({
      write: carryOut(derivation, { ...values, observer }, document, limits.maxElements, tick),
    }));
  });
}

/** What an answer says of a derivation: members of the document, or a text in its place. */
export interface DerivationAnswer {
  readonly write: (writer: AnswerWriter) => void;
  readonly text?: string;
}

function explained(
  { v, settings, form }: Extract<Derivation, { kind: 'explain' }>,
  values: Derivable,
  document: Document,
  tick: () => void,
  recorded: <T>(pass: () => T) => T,
): DerivationAnswer {
  const [of] = tensorsOf(values.of);
  const vector = v === undefined ? undefined : materialize(v, of?.dtype);
  const found = explain(values, vector, document, settings, values.observer, tick, recorded);
  for (const [name, t] of found.result) document.nameGradient(t, name);
  if (form === 'text/markdown') return { write: () => {}, text: wholeMarkdown(found) };
  if (form === 'text/plain') return { write: () => {}, text: wholeText(found) };
  return { write: (writer) => writeExplanation(writer, found) };
}

function carryOut(
  derivation: Exclude<Derivation, { kind: 'explain' }>,
  values: Derivable,
  document: Document,
  maxElements: number,
  tick: () => void,
): (writer: AnswerWriter) => void {
  if (derivation.kind === 'gradcheck') {
    const checks = gradcheck(values, derivation.settings, tick);
    return (writer) => writeChecks(writer, checks);
  }
  const result = productOf(derivation, values, maxElements);
  if (derivation.kind === 'vjp' || derivation.kind === 'hvp' || derivation.kind === 'vhp')
    nameGradients(document, values.wrt, result);
  return (writer) => {
    writer.document.key(derivation.kind);
    writeNested(writer, result);
  };
}

/** What the document calls the gradients of values, where each value is one tensor. */
function nameGradients(document: Document, { names, single }: Located, result: Nested): void {
  const results = single ? [result] : (result as readonly Nested[]);
  names.forEach((name, i) => {
    const one = results[i];
    if (one instanceof Tensor) document.nameGradient(one, name);
  });
}

function writeNested(writer: AnswerWriter, value: Nested): void {
  if (value instanceof Tensor) {
    writer.tensor(value);
    return;
  }
  writer.document.list();
  for (const item of value) writeNested(writer, item);
  writer.document.end();
}
