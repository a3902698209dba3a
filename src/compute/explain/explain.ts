/**
 * A gradient derived step by step: what each edge of the backward pass received, by which rule, and what it
 * passed on, with the pass's own tensors.
 */
import { grad } from '../../autograd/backward.ts';
import type { PassObserver } from '../../autograd/pass.ts';
import { primitives } from '../../autograd/primitives.ts';
import { withRecorder } from '../../autograd/recorder.ts';
import type { Document } from '../../graph/document.ts';
import { isFloating } from '../../tensor/dtype.ts';
import { EngineError, indexOutOfRange, shapeMismatch, showShape } from '../../tensor/errors.ts';
import { sameShape } from '../../tensor/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Sides } from '../derivable.ts';
import { Calls } from './call.ts';
import { checkOf, type Differences } from './check.ts';
import { type Closed, closedForms } from './closed.ts';
import { type ForwardLine, forwardLines } from './forward.ts';
import { latexName } from './names.ts';
import { type Digits, elementOf } from './numbers.ts';
import { Recording, type Spot, type Step } from './record.ts';
import { Rules, type Telling } from './rules.ts';
import { SpotNames } from './spot-names.ts';

export interface ExplainSettings extends Digits {
  /** The element of the gradient that is followed alone. */
  readonly index?: readonly number[];
  /** More steps are told by the first and last of them. */
  readonly most: number;
}

export interface Told {
  readonly step: Step;
  readonly telling: Telling;
}

export interface Explanation {
  readonly of: string;
  readonly wrt: readonly string[];
  readonly settings: ExplainSettings;
  readonly result: ReadonlyMap<string, Tensor>;
  readonly element: { readonly index: readonly number[]; readonly value: number } | undefined;
  readonly forward: readonly ForwardLine[];
  readonly steps: readonly Told[];
  readonly omitted: number;
  readonly sums: readonly { readonly spot: Spot; readonly sum: Tensor }[];
  readonly closed: ReadonlyMap<string, Closed>;
  readonly check: Differences | undefined;
  /** What is differentiated, in LaTeX. */
  readonly quantity: string;
}

/** The value that is differentiated, and the vector that it is multiplied by. */
function rootOf({ of }: Sides, v: Tensor | undefined): { name: string; root: Tensor; seed: Tensor } {
  const [name] = of.names;
  const [root] = of.values;
  if (Array.isArray(root))
    throw new EngineError('value_range', `a derivation is of one tensor, but "${name}" is a tuple of ${root.length}`);
  const tensor = root as Tensor;
  if (!isFloating(tensor.dtype))
    throw new EngineError(
      'dtype',
      `of names "${name}", which is ${tensor.dtype}: only what is floating has a derivative`,
    );
  if (v === undefined) {
    if (tensor.numel !== 1)
      throw new EngineError(
        'non_scalar_backward',
        `a gradient is of a value of one element, but "${name}" has shape ${showShape(tensor.shape)}: send v, a vector of that shape to multiply it by`,
      );
    return { name, root: tensor, seed: primitives().onesLike(tensor) };
  }
  if (!sameShape(v.shape, tensor.shape))
    throw shapeMismatch(
      `v for "${name}" has shape ${showShape(v.shape)}, but "${name}" has shape ${showShape(tensor.shape)}`,
    );
  return { name, root: tensor, seed: v.dtype === tensor.dtype ? v : primitives().to(v, tensor.dtype) };
}

/** The element that is followed, counted from the beginning. */
function elementFor(index: readonly number[], name: string, { shape }: Tensor): number[] {
  const wrong = (): EngineError =>
    indexOutOfRange(
      `index [${index.join(', ')}] is not within the gradient of "${name}", of shape ${showShape(shape)}`,
    );
  if (index.length !== shape.length) throw wrong();
  return index.map((i, d) => {
    const place = i < 0 ? i + shape[d] : i;
    if (place < 0 || place >= shape[d]) throw wrong();
    return place;
  });
}

const both = (observer: PassObserver, recording: Recording): PassObserver => ({
  before(node, grads) {
    observer.before?.(node, grads);
    recording.before(node, grads);
  },
  passed(node, edge, given, fitted) {
    recording.passed(node, edge, given, fitted);
  },
});

/**
 * Runs the backward pass from `of`, and tells it.
 *
 * @param recorded runs the pass itself, heard by who listens to it
 * @throws EngineError
 */
export function explain(
  sides: Sides,
  v: Tensor | undefined,
  document: Document,
  settings: ExplainSettings,
  observer: PassObserver,
  tick: () => void,
  recorded: <T>(pass: () => T) => T,
): Explanation {
  const { name: of, root, seed } = rootOf(sides, v);
  const inputs = sides.wrt.values as readonly Tensor[];
  const names = new SpotNames(document);
  for (const [i, name] of sides.wrt.names.entries()) names.ask(name, inputs[i]);
  const ofName = names.ask(of, root);
  const index = settings.index === undefined ? undefined : elementFor(settings.index, sides.wrt.names[0], inputs[0]);
  const recording = new Recording(document, names, settings.most);
  const found: (Tensor | null)[] = recorded(() => {
    if (!root.requiresGrad) return inputs.map(() => null);
    recording.seed(root, seed);
    const options = { allowUnused: true, retainGraph: true, observer: both(observer, recording) };
    const grads = grad([root], inputs, [seed], options);
    recording.flush();
    return grads;
  });
  return withRecorder(null, () => {
    const result = new Map<string, Tensor>();
    const wanted = new Set<Spot>();
    sides.wrt.names.forEach((name, i) => {
      const input = inputs[i];
      const spot = recording.spotOf(input);
      const own = found[i] ?? spot.sum ?? primitives().zerosLike(input);
      result.set(name, own);
      spot.sum ??= own;
      if (found[i] === null && spot.terms.length === 0)
        recording.add({ kind: 'zero', to: spot, given: own, result: own });
      if (!wanted.has(spot) && input.isLeaf && input.grad !== null && sameShape(input.grad.shape, own.shape)) {
        const sum = primitives().add(input.grad, own);
        recording.add({ kind: 'accumulate', to: spot, upstream: [own], given: input.grad, result: sum });
      }
      wanted.add(spot);
    });
    const quantity = v === undefined ? latexName(ofName) : String.raw`\langle v, ${latexName(ofName)} \rangle`;
    const calls = new Calls(document, (value) => names.ofValue(value));
    const rules = new Rules(calls, quantity, settings);
    const steps: Told[] = [];
    for (const step of recording.steps) {
      tick();
      const telling = rules.tell(step);
      if (telling !== undefined) steps.push({ step, telling });
    }
    const places = new Set(steps.flatMap(({ step }) => (step.place === undefined ? [] : [step.place])));
    const forward = [...places].sort((a, b) => a - b).flatMap((place) => forwardLines(calls.at(place), settings));
    const sums = recording.spots().flatMap((spot) => {
      if (spot.terms.length < 2 && !wanted.has(spot)) return [];
      return spot.sum === null ? [] : [{ spot, sum: spot.sum }];
    });
    const element =
      index === undefined ? undefined : { index, value: elementOf(result.get(sides.wrt.names[0]) as Tensor, index) };
    return {
      of: ofName,
      wrt: sides.wrt.names,
      settings,
      result,
      element,
      forward,
      steps,
      omitted: recording.steps.length - steps.length,
      sums,
      closed: closedForms({
        document,
        calls,
        digits: settings,
        v,
        wanted: sides.wrt.names.map((name, i) => {
          return { name, spot: recording.spotOf(inputs[i]), result: result.get(name) as Tensor };
        }),
        isElementwise: (step) => rules.elementwise.has(step),
        paramOf: (step, call) => rules.paramOf(step, call),
      }),
      check: recording.hooked
        ? undefined
        : checkOf({ document, root, seed, inputs, grads: [...result.values()], tick }),
      quantity,
    };
  });
}
