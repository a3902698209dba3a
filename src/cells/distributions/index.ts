/** torch.distributions: its modules, made once for a thread. */
import { PyClass, PyModule, type Value } from '../runtime/values.ts';
import { categoricalClass, multinomialClass, oneHotClass, straightThroughClass } from './categorical.ts';
import { independentClass, mixtureClass, transformedClass } from './composed.ts';
import { CONSTRAINTS } from './constraints.ts';
import {
  bernoulliClass,
  binomialClass,
  continuousBernoulliClass,
  geometricClass,
  negativeBinomialClass,
} from './counts.ts';
import * as derived from './derived.ts';
import { distribution, exponentialFamily } from './distribution.ts';
import { chi2Class, fisherClass, gammaClass, studentClass } from './gamma.ts';
import { KL } from './kl.ts';
import { cauchyClass, laplaceClass, normalClass, uniformClass, vonMisesClass } from './location-scale.ts';
import { lkjClass, wishartClass } from './matrix-valued.ts';
import { lowRankClass, multivariateClass } from './multivariate.ts';
import { exponentialClass, poissonClass } from './positive.ts';
import { REGISTRIES } from './registry.ts';
import { expRelaxedClass, logitRelaxedClass, relaxedBernoulliClass, relaxedOneHotClass } from './relaxed.ts';
import { betaClass, dirichletClass } from './simplex.ts';
import * as kinds from './transform-kinds.ts';
import * as lists from './transform-lists.ts';
import { composeClass, IDENTITY, independentTransformClass, reshapeClass, transformClass } from './transforms.ts';

const CLASSES: readonly PyClass[] = [
  distribution,
  exponentialFamily,
  bernoulliClass,
  betaClass,
  binomialClass,
  categoricalClass,
  cauchyClass,
  chi2Class,
  continuousBernoulliClass,
  dirichletClass,
  exponentialClass,
  fisherClass,
  gammaClass,
  geometricClass,
  ...Object.values(derived).filter((value) => value instanceof PyClass),
  independentClass,
  laplaceClass,
  lkjClass,
  lowRankClass,
  mixtureClass,
  multinomialClass,
  multivariateClass,
  negativeBinomialClass,
  normalClass,
  oneHotClass,
  straightThroughClass,
  poissonClass,
  relaxedBernoulliClass,
  logitRelaxedClass,
  relaxedOneHotClass,
  expRelaxedClass,
  studentClass,
  transformedClass,
  uniformClass,
  vonMisesClass,
  wishartClass,
];

const TRANSFORMS: readonly [string, Value][] = [
  ...[
    transformClass,
    composeClass,
    independentTransformClass,
    reshapeClass,
    ...Object.values(lists).filter((value) => value instanceof PyClass),
    ...Object.values(kinds).filter((value) => value instanceof PyClass),
  ].map((cls): [string, Value] => [cls.name, cls]),
  ['identity_transform', IDENTITY],
];

/** Names that torch.distributions itself does not give on. */
const INNER = new Set(['LogitRelaxedBernoulli', 'ExpRelaxedCategorical', 'ConstraintRegistry']);
const ROOT = 'torch.distributions';

function build(): ReadonlyMap<string, PyModule> {
  const modules = new Map<string, PyModule>();
  const add = (name: string, members: readonly (readonly [string, Value])[]): void => {
    const module = modules.get(name) ?? new PyModule(name);
    modules.set(name, module);
    for (const [key, value] of members) module.members.set(key, value);
  };
  const classes = CLASSES.map((cls): [string, Value] => [cls.name, cls]);
  add(
    ROOT,
    [...classes, ...TRANSFORMS, ...KL, ...REGISTRIES].filter(([name]) => !INNER.has(name)),
  );
  for (const cls of CLASSES) add(String(cls.members.get('__module__')), [[cls.name, cls]]);
  add(`${ROOT}.constraints`, CONSTRAINTS);
  add(`${ROOT}.transforms`, TRANSFORMS);
  add(`${ROOT}.constraint_registry`, REGISTRIES);
  add(`${ROOT}.kl`, KL);
  const root = modules.get(ROOT) as PyModule;
  for (const [name, module] of modules) if (name !== ROOT) root.members.set(name.slice(ROOT.length + 1), module);
  return modules;
}

let modules: ReadonlyMap<string, PyModule> | undefined;

export function distributionModule(name: string): PyModule | undefined {
  if (!name.startsWith(ROOT)) return undefined;
  modules ??= build();
  return modules.get(name);
}
