/** The classes of torch.optim. */
import type { PyClass } from '../../runtime/values.ts';
import { Adadelta, Adagrad, Adam, Adamax, AdamW, NAdam, RAdam, RMSprop, SGD } from './algorithms.ts';
import { lbfgs } from './lbfgs.ts';
import { optimizer, optimizerClass } from './optimizer.ts';
import { ASGD, Rprop, SparseAdam } from './steps.ts';

const ALGORITHMS = { SGD, Adam, AdamW, RMSprop, Adagrad, Adadelta, Adamax, NAdam, RAdam, Rprop, ASGD, SparseAdam };

export const optimizers: readonly PyClass[] = [
  optimizerClass,
  ...Object.entries(ALGORITHMS).map(([name, algorithm]) => optimizer(name, algorithm)),
  lbfgs,
];
