/** Pointwise ops that are one expression: the expression in ONNX, node by node. */
import type { ArithmeticName, ComparisonName, Expression } from '../../../kernels/formula/expression.ts';
import type { ElementForm } from '../../../ops/define.ts';
import { broadcastShapes } from '../../../tensor/shape.ts';
import { type GraphBuilder, type Ref, Unsupported } from './builder.ts';
import type { Call, Rule } from './call.ts';
import { FUNCTIONS } from './functions.ts';

const COMPARISONS: Readonly<Record<Exclude<ComparisonName, 'ne'>, string>> = {
  lt: 'Less',
  le: 'LessOrEqual',
  gt: 'Greater',
  ge: 'GreaterOrEqual',
  eq: 'Equal',
};

const ARITHMETIC: Readonly<Record<ArithmeticName, (b: GraphBuilder, x: Ref, y: Ref) => Ref>> = {
  add: (b, x, y) => b.add(x, y),
  sub: (b, x, y) => b.sub(x, y),
  mul: (b, x, y) => b.mul(x, y),
  div: (b, x, y) => b.div(x, y),
  min: (b, x, y) => b.min(x, y),
  max: (b, x, y) => b.max(x, y),
  neg: (b, x) => b.neg(x),
  abs: (b, x) => b.abs(x),
  sqrt: (b, x) => b.sqrt(x),
  ceil: (b, x) => b.ceil(x),
  floor: (b, x) => b.floor(x),
  trunc: (b, x) => b.trunc(x),
  nearest: (b, x) => b.unary('Round', x),
};

/** What can be folded while the graph is written. */
const NUMBERS: Readonly<Partial<Record<ArithmeticName, (x: number, y: number) => number>>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  neg: (x) => -x,
};

type Part = Ref | number;

class Writer {
  private readonly b: GraphBuilder;
  private readonly dtype: 'float32' | 'float64';
  private readonly operands: (index: number) => Part;
  private readonly known = new Map<Expression, Part>();

  constructor(b: GraphBuilder, dtype: 'float32' | 'float64', operands: (index: number) => Part) {
    this.b = b;
    this.dtype = dtype;
    this.operands = operands;
  }

  /** As a number of the graph. */
  number(e: Expression): Ref {
    const part = this.part(e);
    return typeof part === 'number' ? this.b.scalar(part, this.dtype) : this.b.cast(part, this.dtype);
  }

  private mask(e: Expression): Ref {
    const part = this.part(e);
    return typeof part === 'number' ? this.b.scalar(part === 0 ? 0 : 1, 'bool') : this.b.cast(part, 'bool');
  }

  private part(e: Expression): Part {
    let found = this.known.get(e);
    if (found === undefined) {
      found = this.make(e);
      this.known.set(e, found);
    }
    return found;
  }

  private make(e: Expression): Part {
    const { b } = this;
    switch (e.kind) {
      case 'constant':
        return e.value;
      case 'operand':
        return this.operands(e.index);
      case 'defined':
        return e.name === 'sign' ? this.sign(this.number(e.args[0])) : this.part(e.body);
      case 'select': {
        const [condition, then, otherwise] = e.args;
        return b.where(this.mask(condition), this.number(then), this.number(otherwise));
      }
      case 'comparison': {
        const [x, y] = e.args.map((arg) => this.number(arg));
        return e.name === 'ne' ? b.not(b.compare('Equal', x, y)) : b.compare(COMPARISONS[e.name], x, y);
      }
      case 'logic': {
        const [x, y] = e.args.map((arg) => this.mask(arg));
        return e.name === 'not' ? b.not(x) : e.name === 'and' ? b.and(x, y) : b.or(x, y);
      }
      case 'function': {
        const write = FUNCTIONS[e.name];
        if (write === undefined) throw new Unsupported(`ONNX has no function ${e.name}`);
        const [x, y] = e.args.map((arg) => this.number(arg));
        return write(b, x, y);
      }
      case 'arithmetic': {
        const parts = e.args.map((arg) => this.part(arg));
        const folded = NUMBERS[e.name];
        if (folded !== undefined && parts.every((part) => typeof part === 'number'))
          return folded(parts[0] as number, parts[1] as number);
        const [x, y] = e.args.map((arg) => this.number(arg));
        return ARITHMETIC[e.name](b, x, y);
      }
    }
  }

  /** 0 for NaN. */
  private sign(x: Ref): Ref {
    const { b } = this;
    return b.sub(b.cast(b.greater(x, 0), x.dtype), b.cast(b.less(x, 0), x.dtype));
  }
}

/** The rule of an op that is an expression of its operands. */
export const elementRule =
  ({ expression, operands, wide }: ElementForm): Rule =>
  (b: GraphBuilder, call: Call): Ref => {
    const dtype = wide || call.dtype === 'float64' ? 'float64' : 'float32';
    const writer = new Writer(b, dtype, (index) => {
      const key = operands.get(index) as string;
      return call.maybe(key) === undefined ? roundedTo(call.dtype, call.number(key)) : call.tensor(key, dtype);
    });
    const value = b.cast(writer.number(expression()), call.dtype);
    return b.expand(value, broadcastShapes(value.shape, call.shape));
  };

/** A parameter as the op rounds it. */
const roundedTo = (dtype: string, value: number): number => (dtype === 'float32' ? Math.fround(value) : value);
