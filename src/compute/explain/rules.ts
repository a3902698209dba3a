/** What each step of a derivation says: the rule of its op in the names of the values, and with their numbers. */
import { noGrad } from '../../autograd/mode.ts';
import { primitives } from '../../autograd/primitives.ts';
import type { Category } from '../../ops/define.ts';
import type { Form, Let, Told } from '../../ops/derivation.ts';
import { sameShape } from '../../tensor/shape.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { type Call, type Calls, isGiven, paramsOf } from './call.ts';
import { atKinks, type Kink } from './kinks.ts';
import { isProduct, jacobianOf, slopesOf } from './local.ts';
import { latexName } from './names.ts';
import { type Digits, itemOf, numberLatex, tensorLatex } from './numbers.ts';
import { plain } from './plain.ts';
import type { Spot, Step } from './record.ts';
import { type Extra, inNames, inNumbers, inProduct, isSum, marksIn, textsOf, toldOf } from './template.ts';

export interface Local {
  readonly form: Form;
  readonly latex: string;
  /** Values whose elements the rule reads. */
  readonly reads: readonly string[];
  readonly tensor: Tensor | undefined;
}

/** A step as it is told. */
export interface Telling {
  readonly local: Local | undefined;
  readonly reducedAxes: readonly number[];
  readonly kink: Kink | undefined;
  readonly rule: string;
  readonly numbers: string;
  readonly text: string;
}

/** The form of ops whose definitions do not say. */
const FORMS: Readonly<Record<Category, Form>> = {
  pointwise: 'elementwise',
  activation: 'elementwise',
  comparison: 'elementwise',
  shape: 'index',
  indexing: 'index',
  creation: 'index',
  linalg: 'matrix',
  reduction: 'vjp',
  loss: 'vjp',
  nn: 'vjp',
};

/** Axes of a gradient along which it is summed to fit a shape. */
export function reducedAxes(given: readonly number[], shape: readonly number[]): number[] {
  const extra = given.length - shape.length;
  return given.flatMap((size, d) => (d < extra || (shape[d - extra] === 1 && size !== 1) ? [d] : []));
}

const axesText = (axes: readonly number[]): string => `${axes.length === 1 ? 'axis' : 'axes'} ${axes.join(', ')}`;

export class Rules {
  private readonly calls: Calls;
  private readonly digits: Digits;
  /** What is differentiated, in LaTeX. */
  private readonly quantity: string;
  /** Steps that multiply element by element. */
  readonly elementwise = new Set<Step>();

  constructor(calls: Calls, quantity: string, digits: Digits) {
    this.calls = calls;
    this.quantity = quantity;
    this.digits = digits;
  }

  /** The derivative by a value. */
  slope(name: string): string {
    return String.raw`\frac{\partial ${this.quantity}}{\partial ${latexName(name)}}`;
  }

  /** What a step adds to a value: where others add, too, it is said by which way it comes. */
  private term({ to, from }: Step): string {
    const spot = to as Spot;
    if (spot.terms.length < 2) return this.slope(spot.name);
    const way = from.map(({ name }) => latexName(name)).join(', ');
    return String.raw`${this.slope(spot.name)}\Big|_{${way === '' ? latexName(spot.name) : way}}`;
  }

  show(t: Tensor): string {
    return t.numel === 1 && t.ndim === 0 ? numberLatex(itemOf(t), this.digits.digits) : tensorLatex(t, this.digits);
  }

  /** A number in a product. */
  private factor(t: Tensor): string {
    const shown = t.numel === 1 ? numberLatex(itemOf(t), this.digits.digits) : tensorLatex(t, this.digits);
    return shown.startsWith('-') ? `(${shown})` : shown;
  }

  /** @returns undefined where the step's tensors are no longer there */
  tell(step: Step): Telling | undefined {
    const { result, given, kind } = step;
    if (result === null || given === null || step.to === null) return undefined;
    switch (kind) {
      case 'seed':
        return this.seed(step, result);
      case 'zero':
        return this.zero(step.to, result);
      case 'accumulate':
        return this.accumulate(step, step.to, result);
    }
    return this.edge(step, given, result);
  }

  private said(rule: string, numbers: string, words: string, rest: Partial<Telling> = {}): Telling {
    return { local: undefined, reducedAxes: [], kink: undefined, rule, numbers, text: words, ...rest };
  }

  private seed({ to }: Step, result: Tensor): Telling {
    const { name } = to as Spot;
    const shown = this.show(result);
    const own = this.quantity === latexName(name);
    const rule = own ? `${this.slope(name)} = 1` : `${this.slope(name)} = v`;
    const words = own
      ? `The pass begins at ${name}: ∂${name}/∂${name} = ${plain(shown)}`
      : `The pass begins at ${name} with the vector that was sent: v = ${plain(shown)}`;
    return this.said(rule, `${this.slope(name)} = ${shown}`, words);
  }

  private zero({ name }: Spot, result: Tensor): Telling {
    const slope = this.slope(name);
    return this.said(
      `${slope} = 0`,
      `${slope} = ${this.show(result)}`,
      `${plain(this.quantity)} does not depend on ${name}: ${plain(slope)} = 0`,
    );
  }

  private accumulate({ upstream, given }: Step, { name }: Spot, result: Tensor): Telling {
    const own = `${latexName(name)}.\\mathrm{grad}`;
    const [grad] = upstream ?? [];
    const rule = String.raw`${own} \leftarrow ${own} + ${this.slope(name)}`;
    const numbers = `${this.show(given as Tensor)} + ${grad === undefined ? '' : this.factor(grad)} = ${this.show(result)}`;
    return this.said(rule, numbers, `backward() adds to the gradient that ${name} has: ${plain(numbers)}`);
  }

  private edge(step: Step, given: Tensor, result: Tensor): Telling {
    const call = step.place === undefined ? undefined : this.calls.at(step.place, step.node);
    const axes = reducedAxes(given.shape, result.shape);
    const from = step.from.map(({ name }) => name);
    const arrived =
      from.length === 1
        ? this.slope(from[0])
        : String.raw`\left(${from.map((name) => this.slope(name)).join(', ')}\right)`;
    if (step.kind === 'pass' || step.kind === 'reduce') return this.passing(step, call, arrived, axes, result);
    if (call === undefined) return this.unknown(step, arrived, axes, result);
    return this.product(step, call, arrived, axes, given, result);
  }

  private summed(latex: string, axes: readonly number[]): string {
    return axes.length === 0 ? latex : String.raw`\sum_{\text{${axesText(axes)}}} ${inProduct(latex)}`;
  }

  private passing(
    step: Step,
    call: Call | undefined,
    arrived: string,
    axes: readonly number[],
    result: Tensor,
  ): Telling {
    const by = call?.op.name ?? step.node?.name ?? 'the op';
    const upstream = (step.upstream as Tensor[])[0];
    const rule = `${this.term(step)} = ${this.summed(arrived, axes)}`;
    const numbers =
      axes.length === 0 ? this.show(result) : `${this.summed(this.show(upstream), axes)} = ${this.show(result)}`;
    const words =
      axes.length === 0
        ? `${by} passes the gradient on as it is`
        : `${by} passes the gradient on, summed over ${axesText(axes)} along which ${step.to?.name} was broadcast`;
    return this.said(rule, numbers, `${plain(rule)} = ${plain(numbers)} (${words})`, { reducedAxes: axes });
  }

  private unknown(step: Step, arrived: string, axes: readonly number[], result: Tensor): Telling {
    const name = step.node?.name ?? 'an op';
    const latex = String.raw`\operatorname{${name.replace(/[^A-Za-z0-9]/g, '')}}\left(${arrived}\right)`;
    const rule = `${this.term(step)} = ${latex}`;
    const upstream = (step.upstream as Tensor[]).map((t) => this.show(t)).join(', ');
    const numbers = String.raw`${upstream} \mapsto ${this.show(result)}`;
    const local: Local = { form: 'vjp', latex, reads: [], tensor: undefined };
    return this.said(rule, numbers, `${plain(rule)}: ${plain(numbers)} (the rule of ${name})`, {
      local,
      reducedAxes: axes,
    });
  }

  private product(
    step: Step,
    call: Call,
    arrived: string,
    axes: readonly number[],
    given: Tensor,
    result: Tensor,
  ): Telling {
    const { digits } = this;
    const param = this.paramOf(step, call);
    const upstream = step.upstream as Tensor[];
    const told = toldOf(call, param);
    let form =
      told?.form ?? (call.op.composite && !FORMS_OF_COMPOSITES.has(call.op.category) ? 'vjp' : FORMS[call.op.category]);
    let tensor: Tensor | undefined;
    if (form === 'elementwise' && upstream.length === 1) {
      tensor = slopesOf(step);
      if (tensor === undefined || !isProduct(upstream[0], tensor, given)) {
        tensor = undefined;
        if (told === undefined) form = 'vjp';
      }
    } else if (form === 'elementwise') form = 'vjp';
    if (form === 'elementwise') this.elementwise.add(step);
    if (form === 'vjp') tensor = jacobianOf(step);
    const template = form === 'elementwise' ? (told?.latex ?? textsOf(call.op).by.get(param)) : told?.latex;
    const extras = letsOf(told, call);
    const names: Record<string, Extra> = { g: { latex: arrived } };
    const values: Record<string, string | undefined> = {
      g: upstream.length === 1 ? this.factor(upstream[0]) : undefined,
    };
    for (const [key, { name, tensor: t }] of Object.entries(extras)) {
      names[key] = { latex: name, holds: !isSum(name) };
      values[key] = t === undefined ? undefined : this.factor(t);
    }
    const reads = this.reads(call, template, step);
    const where = Object.values(extras)
      .map(({ name, is, tensor: t }) => {
        const meant = inNames(is, call, names, digits.digits);
        return [name, ...(meant === name ? [] : [meant]), ...(t === undefined ? [] : [this.show(t)])].join(' = ');
      })
      .join(String.raw`,\; `);
    const kink = atKinks(call, param, tensor, form, digits.digits);
    if (kink !== undefined) step.kind = 'convention';

    let local: string;
    let rhs: string;
    let numbers: string;
    if (form === 'elementwise') {
      local = template === undefined ? this.partial(call, param) : inNames(template, call, names, digits.digits);
      const sign =
        upstream[0].numel === 1 && (tensor?.numel ?? 1) === 1
          ? String.raw`\cdot`
          : upstream[0].ndim === 0 || tensor?.ndim === 0
            ? String.raw`\cdot`
            : String.raw`\odot`;
      rhs = this.summed(`${arrived} ${sign} ${inProduct(local)}`, axes);
      const chain: string[] = [];
      if (tensor !== undefined) {
        const scalar = tensor.numel === 1 && upstream[0].numel === 1;
        const put = scalar && template !== undefined ? inNumbers(template, call, values, digits) : undefined;
        const value = this.factor(tensor);
        if (put !== undefined && put.length < 300 && put !== value && put !== value.slice(1, -1))
          chain.push(`${this.factor(upstream[0])} ${sign} ${inProduct(put)}`);
        chain.push(this.summed(`${this.factor(upstream[0])} ${sign} ${value}`, axes));
      }
      chain.push(this.show(result));
      numbers = chain.join(' = ');
      if (chain.length === 1) numbers = String.raw`${this.factor(upstream[0])} \mapsto ${this.show(result)}`;
    } else {
      local =
        template === undefined
          ? this.general(call, param, form, arrived)
          : inNames(template, call, names, digits.digits);
      rhs = this.summed(local, axes);
      const put = template === undefined ? undefined : inNumbers(template, call, values, digits);
      const start = upstream.map((t) => this.show(t)).join(', ');
      if (put !== undefined && put.length < 3000 && marksIn(template as string).length > 1)
        numbers = `${this.summed(put, axes)} = ${this.show(result)}`;
      else numbers = String.raw`${start} \mapsto ${this.show(result)}`;
    }
    const matrix =
      (told === undefined || told.jacobian !== undefined) &&
      form === 'vjp' &&
      tensor !== undefined &&
      upstream.length === 1 &&
      upstream[0].numel > 1;
    const asMatrix = matrix ? this.byJacobian(told, tensor as Tensor, upstream[0], result) : '';
    const left = this.term(step);
    const more = [...(where === '' ? [] : [where]), ...(kink === undefined ? [] : [kink.latex])];
    const said = told?.words ?? call.op.derivation.words;
    const words = said === undefined ? this.words(call, form, param) : this.inWords(said, call, from(step));
    const about = [plain(where), plain(asMatrix), words, kink?.text ?? ''].filter((text) => text !== '');
    return {
      local: { form, latex: local, reads, tensor },
      reducedAxes: axes,
      kink,
      rule: [`${left} = ${rhs}`, ...more].join(String.raw`,\quad `),
      numbers: asMatrix === '' ? numbers : String.raw`${numbers},\quad ${asMatrix}`,
      text: `${plain(left)} = ${plain(rhs)} = ${plain(numbers)}${about.length === 0 ? '' : ` (${about.join('; ')})`}`,
    };
  }

  /** The same product by the Jacobian, written out. */
  private byJacobian(told: Told | undefined, jacobian: Tensor, upstream: Tensor, result: Tensor): string {
    const form = told?.jacobian === undefined ? '' : `${told.jacobian} = `;
    const matrix = this.jacobian(jacobian, upstream.numel);
    return String.raw`J = ${form}${matrix},\; J^{\top} g = ${matrix}^{\top} ${this.column(upstream)} = ${this.column(result)}`;
  }

  private jacobian(t: Tensor, rows: number): string {
    return tensorLatex(flat(t, rows), {
      digits: this.digits.digits,
      maxElements: Math.max(6, this.digits.maxElements),
    });
  }

  private column(t: Tensor): string {
    return tensorLatex(
      noGrad(() => primitives().reshape(t, [t.numel, 1])),
      { ...this.digits, maxElements: Math.max(6, this.digits.maxElements) },
    );
  }

  /** Which parameter of the call a step goes to. */
  paramOf(step: Step, call: Call): string {
    const differentiable = call.op.params.filter((p) => p.differentiable);
    if (step.edge !== null && step.node?.op === call.op) return differentiable[step.edge.param]?.key ?? '';
    const fitting = paramsOf(call, (step.to as Spot).name);
    return (fitting.find((p) => p.differentiable) ?? fitting[0] ?? differentiable[0])?.key ?? '';
  }

  private reads(call: Call, template: string | undefined, { node }: Step): string[] {
    const keys = template === undefined ? (node === null ? [] : node.savedKeys()) : marksIn(template);
    const found = keys.flatMap((key) => {
      if (key === 'result') return call.results.map(({ name }) => name);
      const arg = call.args.get(key);
      if (isGiven(arg)) return [arg.name];
      return Array.isArray(arg) ? arg.filter(isGiven).map(({ name }) => name) : [];
    });
    return [...new Set(found)];
  }

  /** The partial derivative of an op by a parameter, where no formula of it is told. */
  private partial(call: Call, param: string): string {
    const arg = call.args.get(param);
    const name = isGiven(arg) ? latexName(arg.name) : latexName(param);
    return String.raw`\frac{\partial ${opLatex(call)}}{\partial ${name}}`;
  }

  private general(call: Call, param: string, form: Form, arrived: string): string {
    const name = String.raw`\operatorname{${call.op.name.replaceAll('_', String.raw`\_`)}}`;
    if (form === 'index') return String.raw`${name}^{\top}\left(${arrived}\right)`;
    const derivative = call.op.derivative;
    const said = call.op.derivation.words !== undefined;
    const known = said || derivative === undefined || derivative.length > 300 ? '' : String.raw`,\quad ${derivative}`;
    return String.raw`\left(${this.partial(call, param)}\right)^{\top} ${arrived}${known}`;
  }

  private words({ op }: Call, form: Form, param: string): string {
    if (form === 'index')
      return `${op.name} only moves elements: each element of the gradient goes back to where its element came from; what was left out gets 0, what was used more than once the sum`;
    if (form === 'elementwise') return '';
    return `the rule of ${op.name} for ${param}: ${op.summary.charAt(0).toLowerCase()}${op.summary.slice(1)}`;
  }

  private inWords(text: string, call: Call, from: string): string {
    return text.replaceAll(/@([a-zA-Z0-9]+)/g, (_, key: string) => {
      if (key === 'g') return `the gradient of ${from}`;
      if (key === 'result') return call.results.map(({ name }) => name).join(', ');
      const arg = call.args.get(key);
      return isGiven(arg) ? arg.name : String(arg);
    });
  }
}

const FORMS_OF_COMPOSITES: ReadonlySet<Category> = new Set(['pointwise', 'activation', 'shape', 'indexing']);

const from = (step: Step): string => step.from.map(({ name }) => name).join(', ');

/** The Jacobian as a matrix of so many rows. */
const flat = (t: Tensor, rows: number): Tensor => noGrad(() => primitives().reshape(t, [rows, t.numel / rows]));

/** A call by its op's name and what it was given. */
export function opLatex(call: Call): string {
  const given = [...call.args.values()].flatMap((arg) =>
    isGiven(arg) ? [arg] : Array.isArray(arg) ? arg.filter(isGiven) : [],
  );
  const names = given.map(({ name }) => latexName(name)).join(', ');
  return String.raw`\operatorname{${call.op.name.replaceAll('_', String.raw`\_`)}}(${names})`;
}

export const isSame = (a: Tensor, b: Tensor): boolean => a instanceof Tensor && sameShape(a.shape, b.shape);

/** What further marks of a rule stand for; the elements of one that is another name of a value are that value's. */
function letsOf(told: Told | undefined, call: Call): Readonly<Record<string, Let>> {
  const found: Record<string, Let> = {};
  for (const [key, given] of Object.entries(told?.let ?? {})) {
    const mark = /^@([a-zA-Z0-9]+)$/.exec(given.is)?.[1];
    const value = mark === 'result' ? call.results[0] : call.args.get(mark ?? '');
    found[key] = mark !== undefined && isGiven(value) ? { ...given, tensor: value.tensor } : given;
  }
  return found;
}
