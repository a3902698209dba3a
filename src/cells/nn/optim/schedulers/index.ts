/** torch.optim.lr_scheduler: learning rates that change from epoch to epoch. */
import type { PyClass } from '../../../runtime/values.ts';
import { composed } from './composed.ts';
import { cycles } from './cycles.ts';
import { schedulerClass } from './define.ts';
import { plateau } from './plateau.ts';
import { simple } from './simple.ts';

export { swaRate } from './cycles.ts';

export const schedulers: readonly PyClass[] = [schedulerClass, ...simple, ...composed, plateau, ...cycles];
