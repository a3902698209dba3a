/** The plain function of an expression, in doubles. */
import { ARITHMETIC, COMPARISONS, type Expression, LOGIC, OPERANDS } from './expression.ts';
import { FUNCTIONS } from './functions.ts';

type Scalar = (...xs: number[]) => number;

/** What JavaScript has an operator for. All else is called. */
const OPERATORS: Readonly<Record<string, string>> = { add: '+', sub: '-', mul: '*', div: '/' };
const RELATIONS: Readonly<Record<string, string>> = { lt: '<', le: '<=', gt: '>', ge: '>=', eq: '===', ne: '!==' };

const NAMES = OPERANDS.map((_, index) => `x${index}`);

/** How often each part is read, besides operands and constants. */
function countReads(e: Expression, reads: Map<Expression, number>): void {
  if (e.kind === 'operand' || e.kind === 'constant') return;
  const before = reads.get(e) ?? 0;
  reads.set(e, before + 1);
  if (before > 0) return;
  if (e.kind === 'defined') countReads(e.body, reads);
  else for (const arg of e.args) countReads(arg, reads);
}

/**
 * Writes the text of the function. It consists of names and operators of this file and of numbers: nothing
 * that a client sends ever gets into it.
 */
class Writer {
  readonly lines: string[] = [];
  readonly called = new Map<string, Scalar>();
  private readonly reads = new Map<Expression, number>();
  private readonly locals = new Map<Expression, string>();

  constructor(e: Expression) {
    countReads(e, this.reads);
  }

  text(e: Expression): string {
    if (e.kind === 'operand') return NAMES[e.index];
    if (e.kind === 'constant') return Object.is(e.value, -0) ? '(-0)' : `(${e.value})`;
    if (e.kind === 'defined') return this.text(e.body);
    let local = this.locals.get(e);
    if (local !== undefined) return local;
    const made = this.make(e);
    if (this.reads.get(e) === 1) return made;
    local = `t${this.locals.size}`;
    this.locals.set(e, local);
    this.lines.push(`const ${local} = ${made};`);
    return local;
  }

  /** As what `if` takes. */
  private condition(e: Expression): string {
    if (e.kind === 'comparison' && this.reads.get(e) === 1)
      return `(${this.text(e.args[0])} ${RELATIONS[e.name]} ${this.text(e.args[1])})`;
    return `(${this.text(e)} !== 0)`;
  }

  private make(e: Exclude<Expression, { kind: 'operand' | 'constant' | 'defined' }>): string {
    if (e.kind === 'select')
      return `(${this.condition(e.args[0])} ? ${this.text(e.args[1])} : ${this.text(e.args[2])})`;
    const args = e.args.map((arg) => this.text(arg));
    switch (e.kind) {
      case 'comparison':
        return `(${args[0]} ${RELATIONS[e.name]} ${args[1]} ? 1 : 0)`;
      case 'arithmetic':
        if (e.name === 'neg') return `(-${args[0]})`;
        if (e.name in OPERATORS) return `(${args[0]} ${OPERATORS[e.name]} ${args[1]})`;
        return this.callOf(e.name, ARITHMETIC[e.name], args);
      case 'logic':
        return this.callOf(e.name, LOGIC[e.name], args);
      case 'function':
        return this.callOf(`${e.name}_`, FUNCTIONS[e.name].number, args);
    }
  }

  private callOf(name: string, f: unknown, args: readonly string[]): string {
    this.called.set(name, f as Scalar);
    return `${name}(${args.join(', ')})`;
  }
}

/** The function itself where the expression is one call of the operands as they come. */
function alone(e: Expression): Scalar | undefined {
  if (e.kind === 'operand' || e.kind === 'constant' || e.kind === 'select' || e.kind === 'defined') return undefined;
  if (!e.args.every((arg, i) => arg.kind === 'operand' && arg.index === i)) return undefined;
  switch (e.kind) {
    case 'arithmetic':
      return ARITHMETIC[e.name] as Scalar;
    case 'comparison':
      return COMPARISONS[e.name];
    case 'logic':
      return LOGIC[e.name] as Scalar;
    case 'function':
      return FUNCTIONS[e.name].number as Scalar;
  }
}

export function scalarOf(e: Expression): Scalar {
  const own = alone(e);
  if (own !== undefined) return own;
  const writer = new Writer(e);
  const value = writer.text(e);
  const body = `return (${NAMES.join(', ')}) => { ${writer.lines.join(' ')} return ${value}; };`;
  return new Function(...writer.called.keys(), body)(...writer.called.values()) as Scalar;
}
