/** Expressions carried out by calls of ops: what a gradient is made of, recorded and differentiable again. */
import type { ComparisonName, DefinedName, Expression, FunctionName } from '../kernels/formula/expression.ts';
import { float, type Scalar, scalarToNumber } from '../tensor/scalar.ts';
import type { Tensor } from '../tensor/tensor.ts';

type Apply = (values: unknown[]) => unknown;

let find: (name: string) => { readonly apply: Apply } | undefined = () => undefined;

/** Where ops are found by their names. The registry, which knows them all, says so. */
export function installOps(lookup: typeof find): void {
  find = lookup;
}

/** What calls an op on values in the order of its signature. */
export function opNamed(name: string): (values: unknown[]) => Tensor {
  const op = find(name);
  if (op === undefined) throw new Error(`no op is called ${name}`);
  return op.apply as (values: unknown[]) => Tensor;
}

/** Ops that are not called as the function of formulas is. */
const NAMES: Readonly<Partial<Record<FunctionName, string>>> = { floorQuotient: 'floor_divide', logNdtr: 'log_ndtr' };
const DEFINED: Readonly<Record<DefinedName, string>> = {
  sign: 'sgn',
  rsqrt: 'rsqrt',
  softplus: 'softplus',
  logSigmoid: 'logsigmoid',
};
/** The comparison that says the same of the operands the other way round. */
const TURNED: Readonly<Record<ComparisonName, string>> = { lt: 'gt', le: 'ge', gt: 'lt', ge: 'le', eq: 'eq', ne: 'ne' };
const OPERATORS: Readonly<Record<string, string>> = { add: '+', sub: '-', mul: '*', div: '/' };

/** Where the value of an operand is found among what a rule is given, and whether it is a tensor. */
export interface Source {
  /** A property of what was saved; the incoming gradient where absent. */
  readonly key?: string;
  readonly tensor: boolean;
}

/** JavaScript that stands for a value. */
interface Code {
  readonly code: string;
  readonly kind: 'tensor' | 'number' | 'constant';
}

/** Writes a rule. It consists of names of ops and of parameters, and of numbers of the formula. */
class Writer {
  readonly lines: string[] = [];
  readonly ops = new Map<string, Apply>();
  private readonly known = new Map<Expression, Code>();
  private readonly sources: ReadonlyMap<number, Source>;

  constructor(sources: ReadonlyMap<number, Source>) {
    this.sources = sources;
  }

  value(e: Expression): Code {
    let found = this.known.get(e);
    if (found === undefined) {
      found = this.make(e);
      this.known.set(e, found);
    }
    return found;
  }

  private make(e: Expression): Code {
    if (e.kind === 'constant') return { code: Object.is(e.value, -0) ? '(-0)' : `(${e.value})`, kind: 'constant' };
    if (e.kind === 'operand') {
      const source = this.sources.get(e.index);
      if (source === undefined)
        throw new Error(`operand ${e.index} of a formula has no value where its gradient is taken`);
      const code = source.key === undefined ? 'grad' : `saved.${source.key}`;
      return source.tensor ? this.let(code) : { code: `number(${code})`, kind: 'number' };
    }
    const args = e.args.map((arg) => this.value(arg));
    const [a, b] = args;
    switch (e.kind) {
      case 'select':
        return this.call('where', ...args);
      case 'comparison':
        return a.kind === 'tensor' ? this.call(e.name, a, b) : this.call(TURNED[e.name], b, a);
      case 'logic':
        return this.call(`logical_${e.name}`, ...args);
      case 'defined':
        return this.call(DEFINED[e.name], a);
      case 'function':
        return e.name === 'fround' ? a : this.call(NAMES[e.name] ?? e.name, ...args);
      case 'arithmetic':
        return args.some((arg) => arg.kind === 'tensor') ? this.tensors(e.name, a, b) : this.numbers(e.name, a, b);
    }
  }

  private numbers(name: string, a: Code, b: Code): Code {
    if (name === 'neg') return { code: `(-${a.code})`, kind: 'number' };
    const code = name in OPERATORS ? `(${a.code} ${OPERATORS[name]} ${b.code})` : `Math.${name}(${a.code}, ${b.code})`;
    return { code, kind: 'number' };
  }

  /** Signatures have the tensor first. */
  private tensors(name: string, a: Code, b: Code | undefined): Code {
    if (b === undefined) return this.call(name === 'nearest' ? 'round' : name, a);
    const both = a.kind === 'tensor' && b.kind === 'tensor';
    const ordered = a.kind === 'tensor' ? [a, b] : [b, a];
    switch (name) {
      case 'min':
        return this.call(both ? 'minimum' : 'clamp_max', ...ordered);
      case 'max':
        return this.call(both ? 'maximum' : 'clamp_min', ...ordered);
      case 'sub':
        return a.kind === 'tensor' ? this.call('sub', a, b) : this.call('add', this.call('neg', b), a);
      case 'div': {
        if (a.kind === 'tensor') return this.call('div', a, b);
        const inverse = this.call('reciprocal', b);
        return a.code === '(1)' ? inverse : this.call('mul', inverse, a);
      }
      default:
        return this.call(name, ...ordered);
    }
  }

  private call(name: string, ...args: readonly Code[]): Code {
    this.ops.set(`${name}_`, opNamed(name));
    return this.let(
      `${name}_([${args.map((arg) => (arg.kind === 'number' ? `float(${arg.code})` : arg.code)).join(', ')}])`,
    );
  }

  private let(code: string): Code {
    const name = `v${this.lines.length}`;
    this.lines.push(`const ${name} = ${code};`);
    return { code: name, kind: 'tensor' };
  }
}

/** The rule of a gradient that is an expression of what was saved and of the incoming gradient. Equal parts are called once. */
export function ruleOf(e: Expression, sources: ReadonlyMap<number, Source>): (saved: unknown, grad: Tensor) => Tensor {
  const writer = new Writer(sources);
  const { code } = writer.value(e);
  const body = `return (saved, grad) => { ${writer.lines.join(' ')} return ${code}; };`;
  const number = (value: Scalar): number => scalarToNumber(value);
  return new Function('float', 'number', ...writer.ops.keys(), body)(float, number, ...writer.ops.values()) as (
    saved: unknown,
    grad: Tensor,
  ) => Tensor;
}
