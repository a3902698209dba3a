/** L-BFGS: a step along what a short history of gradients says of the curvature. */
import { enableGrad, noGrad } from '../../../autograd/mode.ts';
import { copy } from '../../../kernels/copy.ts';
import { fill } from '../../../kernels/pointwise.ts';
import { dot } from '../../../ops/linalg/index.ts';
import { abs, add, mul, neg, sub } from '../../../ops/pointwise/index.ts';
import { amax, sum } from '../../../ops/reductions/index.ts';
import { cat, reshape } from '../../../ops/shape/index.ts';
import { empty, Tensor } from '../../../tensor/tensor.ts';
import { runtimeError, valueError } from '../../runtime/errors.ts';
import type { Interpreter } from '../../runtime/interpreter.ts';
import { PyClass, type PyDict, PyList, type Value } from '../../runtime/values.ts';
import { itemOf, itemsOf } from '../../torch/convert.ts';
import { guarded } from '../../torch/errors.ts';
import { number } from '../convert.ts';
import { dictOf, getName, setName } from '../dicts.ts';
import { copyOver } from '../loading.ts';
import { signature } from '../signature.ts';
import { addInto } from './arithmetic.ts';
import { begin, groupsOf, memoryOf, optimizerClass, method as optimizerMethod, parametersOf } from './optimizer.ts';
import { type Point, strongWolfe } from './wolfe.ts';

const asNumber = (t: Tensor): number => Number(itemOf(t));
const largest = (t: Tensor): number => (t.numel === 0 ? 0 : asNumber(amax(abs(t), [])));

/** The parameters as one vector: what the algorithm walks on. */
class Ground {
  readonly parameters: readonly Tensor[];
  private readonly closure: () => Value;
  constructor(parameters: readonly Tensor[], closure: () => Value) {
    this.parameters = parameters;
    this.closure = closure;
  }

  /** The loss, and what the closure answered. */
  evaluate(): readonly [loss: number, answer: Value] {
    const answer = enableGrad(this.closure);
    if (answer instanceof Tensor) return [asNumber(answer), answer];
    return [number(answer), answer];
  }

  get gradient(): Tensor {
    return cat(
      this.parameters.map(({ grad, numel, dtype }) =>
        grad === null ? empty([numel], dtype) : copy(reshape(grad.detach(), [-1])),
      ),
    );
  }

  move(by: number, direction: Tensor): void {
    let at = 0;
    for (const p of this.parameters) {
      const part = direction.alias([p.numel], direction.strides, direction.offset + at * direction.strides[0]);
      addInto(p, reshape(part, p.shape), by);
      at += p.numel;
    }
  }

  /** Where the loss is measured a step from here, and the gradient there; one stands still. */
  look(by: number, direction: Tensor): Point {
    const here = this.parameters.map((p) => copy(p.detach()));
    this.move(by, direction);
    const [loss] = this.evaluate();
    const { gradient } = this;
    this.parameters.forEach((p, i) => void copyOver(p, here[i]));
    return { loss, gradient, slope: asNumber(dot(gradient, direction)) };
  }
}

/** What is remembered from step to step, under PyTorch's names in the state of the first parameter. */
interface History {
  direction: Tensor | null;
  length: number;
  /** Differences of gradients, and the steps that led there. */
  changes: Tensor[];
  steps: Tensor[];
  shares: Tensor[];
  scale: Value;
  gradient: Tensor | null;
  loss: number;
}

const tensors = (value: Value | undefined): Tensor[] =>
  (itemsOf(value ?? null) ?? []).filter((item) => item instanceof Tensor);
const tensorOf = (value: Value | undefined): Tensor | null => (value instanceof Tensor ? value : null);

const recall = (state: PyDict): History => ({
  direction: tensorOf(getName(state, 'd')),
  length: number(getName(state, 't') ?? 0),
  changes: tensors(getName(state, 'old_dirs')),
  steps: tensors(getName(state, 'old_stps')),
  shares: tensors(getName(state, 'ro')),
  scale: getName(state, 'H_diag') ?? null,
  gradient: tensorOf(getName(state, 'prev_flat_grad')),
  loss: number(getName(state, 'prev_loss') ?? 0),
});

function remember(state: PyDict, history: History): void {
  const { direction, length, changes, steps, shares, scale, gradient, loss } = history;
  setName(state, 'd', direction);
  setName(state, 't', length);
  setName(state, 'old_dirs', new PyList(changes));
  setName(state, 'old_stps', new PyList(steps));
  setName(state, 'ro', new PyList(shares));
  setName(state, 'H_diag', scale);
  setName(state, 'prev_flat_grad', gradient);
  setName(state, 'prev_loss', loss);
}

/** Takes the last step into the history, where the curvature along it is positive. */
function learn(history: History, gradient: Tensor, room: number): void {
  const change = sub(gradient, history.gradient as Tensor);
  const step = mul(history.direction as Tensor, history.length);
  const curvature = dot(change, step);
  if (!(asNumber(curvature) > 1e-10)) return;
  if (history.changes.length === room)
    for (const list of [history.changes, history.steps, history.shares]) list.shift();
  history.changes.push(change);
  history.steps.push(step);
  history.shares.push(scalar(curvature, 1 / asNumber(curvature)));
  history.scale = scalar(curvature, asNumber(curvature) / asNumber(dot(change, change)));
}

const scalar = (like: Tensor, value: number): Tensor => fill(empty([], like.dtype), value);

/** The gradient times what is known of the inverse of the Hessian. */
function direct(history: History, gradient: Tensor, state: PyDict, room: number, interpreter: Interpreter): Tensor {
  const { changes, steps, shares, scale } = history;
  const given = getName(state, 'al');
  interpreter.budget.room(room);
  const known = given instanceof PyList ? given : new PyList(new Array<Value>(room).fill(null));
  setName(state, 'al', known);
  const weights: number[] = [];
  let q = neg(gradient);
  for (let i = changes.length - 1; i >= 0; i--) {
    const weight = mul(dot(steps[i], q), shares[i]);
    known.items[i] = weight;
    weights[i] = asNumber(weight);
    q = add(q, changes[i], -weights[i]);
  }
  let r = mul(q, scale instanceof Tensor ? scale : number(scale));
  for (let i = 0; i < changes.length; i++) {
    const weight = asNumber(mul(dot(changes[i], r), shares[i]));
    r = add(r, steps[i], weights[i] - weight);
  }
  return r;
}

const count = (state: PyDict, name: string, more: number): number => {
  const known = getName(state, name);
  const next = (typeof known === 'bigint' ? Number(known) : 0) + more;
  setName(state, name, BigInt(next));
  return next;
};

function walk(ground: Ground, group: PyDict, state: PyDict, interpreter: Interpreter): Value {
  const setting = (name: string): number => number(getName(group, name) ?? null);
  const [rate, most, flat, still] = ['lr', 'max_iter', 'tolerance_grad', 'tolerance_change'].map(setting);
  const room = setting('history_size');
  const search = getName(group, 'line_search_fn') ?? null;
  count(state, 'func_evals', 0);
  count(state, 'n_iter', 0);
  const [first, answer] = ground.evaluate();
  let loss = first;
  let evaluations = 1;
  count(state, 'func_evals', 1);
  let { gradient } = ground;
  if (largest(gradient) <= flat) return answer;
  const history = recall(state);
  for (let n = 1; n <= most; n++) {
    interpreter.budget.step(10 + 4 * history.changes.length);
    const iteration = count(state, 'n_iter', 1);
    if (iteration === 1 || history.gradient === null) {
      Object.assign(history, { direction: neg(gradient), changes: [], steps: [], shares: [], scale: 1n });
    } else {
      learn(history, gradient, room);
      history.direction = direct(history, gradient, state, room, interpreter);
    }
    const direction = history.direction as Tensor;
    history.gradient = gradient;
    history.loss = loss;
    const total = iteration === 1 ? asNumber(sum(abs(gradient))) : 1;
    history.length = iteration === 1 ? Math.min(1, 1 / total) * rate : rate;
    const slope = asNumber(dot(gradient, direction));
    if (slope > -still) break;
    let looked = 0;
    if (search !== null) {
      if (search !== 'strong_wolfe') throw runtimeError("only 'strong_wolfe' is supported");
      const here = { loss, gradient, slope };
      const found = strongWolfe((by) => ground.look(by, direction), history.length, here, largest(direction));
      ({ loss, gradient } = found.point);
      history.length = found.length;
      looked = found.evaluations;
      ground.move(found.length, direction);
    } else {
      ground.move(history.length, direction);
      if (n !== most) {
        [loss] = ground.evaluate();
        ({ gradient } = ground);
        looked = 1;
      }
    }
    evaluations += looked;
    count(state, 'func_evals', looked);
    if (n === most || evaluations >= setting('max_eval') || largest(gradient) <= flat) break;
    if (largest(direction) * Math.abs(history.length) <= still || Math.abs(loss - history.loss) < still) break;
  }
  remember(state, history);
  return answer;
}

const takes = signature(
  'LBFGS.__init__',
  'params, lr=1, max_iter=20, max_eval=None, tolerance_grad=1e-07, tolerance_change=1e-09, history_size=100, line_search_fn=None',
  1,
);
const stepTakes = signature('LBFGS.step', 'closure', 1);

export const lbfgs = new PyClass(
  'LBFGS',
  [optimizerClass],
  new Map<string, Value>([
    optimizerMethod('__init__', (self, args, kwargs, interpreter) => {
      const { params, ...settings } = takes(args, kwargs);
      const most = settings.max_eval ?? BigInt(Math.floor((number(settings.max_iter) * 5) / 4));
      begin(self, params, dictOf(Object.entries({ ...settings, max_eval: most })), interpreter);
      const groups = groupsOf(self);
      if (groups.length !== 1) throw valueError("LBFGS doesn't support per-parameter options (parameter groups)");
      self.attributes.set('_params', getName(groups[0], 'params') ?? null);
      return null;
    }),
    optimizerMethod('step', (self, args, kwargs, interpreter) => {
      const { closure } = stepTakes(args, kwargs);
      const [group] = groupsOf(self);
      const parameters = parametersOf(group);
      const { dict } = memoryOf(self, parameters[0], interpreter);
      const ground = new Ground(parameters, () => interpreter.call(closure, []));
      return guarded(() => noGrad(() => walk(ground, group, dict, interpreter)));
    }),
  ]),
);
