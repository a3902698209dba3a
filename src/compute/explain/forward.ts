/** The forward lines of a derivation: what each call made, by its formula and in numbers. */
import { type Call, isGiven } from './call.ts';
import { latexName } from './names.ts';
import { type Digits, itemOf, numberLatex, shapeLatex, tensorLatex } from './numbers.ts';
import { plain } from './plain.ts';
import { opLatex } from './rules.ts';
import { formulaOf, inNames, inNumbers } from './template.ts';

export interface ForwardLine {
  readonly node: number;
  readonly value: string;
  readonly rule: string;
  readonly numbers: string;
  readonly text: string;
}

/** Formulas that are longer in numbers are told by their result alone. */
const LONGEST = 600;

/** A line for each result of a call. */
export function forwardLines(call: Call, digits: Digits): ForwardLine[] {
  const template = formulaOf(call);
  return call.results.map((result, i) => {
    const { name, tensor, shape } = result;
    const left = latexName(name);
    const several = call.results.length > 1;
    const right =
      template !== undefined && !several
        ? inNames(template, call, {}, digits.digits)
        : `${opLatex(call)}${several ? `_{${i}}` : ''}`;
    const rule = `${left} = ${right}`;
    const scalar = (t: typeof tensor): boolean => t !== undefined && t.numel === 1;
    const value =
      tensor === undefined
        ? String.raw`\left[\ldots\right]_{${shapeLatex(shape)}}`
        : scalar(tensor) && tensor.ndim <= 1
          ? numberLatex(itemOf(tensor), digits.digits)
          : tensorLatex(tensor, digits);
    const put = template === undefined || several ? undefined : inNumbers(template, call, {}, digits);
    const chain = put !== undefined && put.length <= LONGEST && put !== value ? [put, value] : [value];
    const numbers = `${left} = ${chain.join(' = ')}`;
    const text = `${plain(rule)} = ${chain.map(plain).join(' = ')}`;
    return { node: call.place as number, value: name, rule, numbers, text };
  });
}

/** The values that a call was given. */
export const givenTo = (call: Call): string[] =>
  [...call.args.values()].flatMap((arg) =>
    isGiven(arg) ? [arg.name] : Array.isArray(arg) ? arg.filter(isGiven).map(({ name }) => name) : [],
  );
