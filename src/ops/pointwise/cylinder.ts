/** Bessel functions of the second and third kinds and their kin. As in PyTorch they have no derivative. */
import { CYLINDER } from '../../kernels/formula/plain.ts';
import { defineOp } from '../define.ts';
import { constant } from '../params.ts';
import { floating1 } from '../promote.ts';

const cylinder = <const N extends string>(
  name: N,
  summary: string,
  formula: string,
  kernel: keyof typeof CYLINDER,
  param: 'input' | 'x' = 'input',
) =>
  defineOp({
    name,
    category: 'pointwise',
    in: ['special'],
    takes: param === 'x' ? 'x=input' : 'input',
    summary,
    params: [constant('input')],
    formula,
    forward: ({ input }) => floating1(CYLINDER[kernel], input),
    gradient: {},
    examples: [{ input: [0.5, 1, 3] }],
  });

export const airyAi = cylinder('airy_ai', "Airy's function", String.raw`\operatorname{Ai}(x)`, 'airy', 'x');
export const besselJ0 = cylinder('bessel_j0', 'Bessel function of the first kind, order 0', 'J_0(x)', 'besselJ0');
export const besselJ1 = cylinder('bessel_j1', 'Bessel function of the first kind, order 1', 'J_1(x)', 'besselJ1');
export const besselY0 = cylinder('bessel_y0', 'Bessel function of the second kind, order 0', 'Y_0(x)', 'besselY0');
export const besselY1 = cylinder('bessel_y1', 'Bessel function of the second kind, order 1', 'Y_1(x)', 'besselY1');
export const modifiedBesselK0 = cylinder(
  'modified_bessel_k0',
  'Modified Bessel function of the second kind, order 0',
  'K_0(x)',
  'besselK0',
);
export const modifiedBesselK1 = cylinder(
  'modified_bessel_k1',
  'Modified Bessel function of the second kind, order 1',
  'K_1(x)',
  'besselK1',
);
export const scaledModifiedBesselK0 = cylinder(
  'scaled_modified_bessel_k0',
  'Exponentially scaled modified Bessel function of the second kind, order 0',
  'e^{x} K_0(x)',
  'scaledK0',
  'x',
);
export const scaledModifiedBesselK1 = cylinder(
  'scaled_modified_bessel_k1',
  'Exponentially scaled modified Bessel function of the second kind, order 1',
  'e^{x} K_1(x)',
  'scaledK1',
  'x',
);
export const sphericalBesselJ0 = cylinder(
  'spherical_bessel_j0',
  'Spherical Bessel function of the first kind, order 0',
  String.raw`\tfrac{\sin x}{x}`,
  'sphericalJ0',
  'x',
);
