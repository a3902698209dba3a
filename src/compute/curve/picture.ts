/** A curve as a picture: what is drawn of what was sampled. */
import { type CurveLook, curveSvg } from '../../draw/curve/picture.ts';
import type { OpDef } from '../../ops/define.ts';
import type { Scope } from '../scope.ts';
import type { SampledCurve } from './curve.ts';

const shown = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' && !/^-?(?:Infinity|NaN)$/.test(value) ? `'${value}'` : String(value);
};

/** The call in Python, with what is not as it is by default. */
function callOf(op: OpDef, parameters: Readonly<Record<string, unknown>>): string {
  const { at, vary, ...own } = parameters;
  const input = Array.isArray(at) ? `[${at.map((x, i) => (i === vary ? 'x' : x)).join(', ')}]` : 'x';
  const rest = Object.entries(own).flatMap(([name, value]) => {
    const param = op.params.find((p) => p.name === name);
    return value === param?.default ? [] : [`${name}=${shown(value)}`];
  });
  return `${op.name}(${[input, ...rest].join(', ')})`;
}

export function curvePicture(op: OpDef, curve: SampledCurve, look: CurveLook, scope: Scope): string {
  const { from, to, domain, series, breaks, formula, derivative, parameters } = curve;
  const { vary } = parameters;
  const variable = vary === undefined ? 'input' : `input[${vary}]`;
  const data = { from, to, domain, series, breaks, formula, derivative };
  return curveSvg({ ...data, name: op.name, call: callOf(op, parameters), variable }, look, () => scope.clock.check());
}
