/** Anomaly detection: a backward pass looks for NaN in what each rule gives, and says where the node was made. */
import { hasNaN } from '../kernels/finite.ts';
import { EngineError } from '../tensor/errors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { warn } from '../tensor/warnings.ts';
import type { Node } from './node.ts';

export interface AnomalyMode {
  readonly enabled: boolean;
  /** Whether gradients are looked through, besides noting where nodes were made. */
  readonly checkNaN: boolean;
}

export const ANOMALY_OFF: AnomalyMode = { enabled: false, checkNaN: true };

let mode = ANOMALY_OFF;
let tellPlace: (() => string) | null = null;
/** Is told of a warning that was made an error while another one is under way. */
let sayUnheard: (unheard: unknown) => void = () => {};
const places = new WeakMap<Node, string>();

export const anomalyMode = (): AnomalyMode => mode;

/** Sets the mode of this thread, and gives the one before. */
export function setAnomalyMode(next: AnomalyMode): AnomalyMode {
  const before = mode;
  mode = next;
  return before;
}

/** Runs `body`; `tell` says which line of the caller's code is running, `say` what else went wrong beside an error. */
export function withPlaces<T>(tell: () => string, body: () => T, say: (unheard: unknown) => void = () => {}): T {
  const before = tellPlace;
  const said = sayUnheard;
  tellPlace = tell;
  sayUnheard = say;
  try {
    return body();
  } finally {
    tellPlace = before;
    sayUnheard = said;
  }
}

/** Notes where a node is made, if anybody is to be told. */
export function notePlace(node: Node): void {
  if (mode.enabled && tellPlace !== null) places.set(node, tellPlace());
}

/** Refuses NaN in what a rule gave. */
export function checkGradients(node: Node, grads: readonly (Tensor | null)[]): void {
  if (!mode.checkNaN) return;
  node.edges.forEach(({ param, item }, e) => {
    const grad = grads[e];
    if (grad == null || !hasNaN(grad)) return;
    // Of a cell's own function, `param` counts its tensors.
    const place = node.context === null ? param + Math.max(item, 0) : param;
    throw new EngineError('value_range', `Function '${node.name}' returned nan values in its ${place}th output.`);
  });
}

/** Says which node it was whose rule failed, and where that was made. */
export function warnOf(node: Node): void {
  const place = places.get(node);
  try {
    warn(
      place === undefined
        ? `Error detected in ${node.name}. No forward pass information available. Enable detect anomaly during forward pass for more information.`
        : `Error detected in ${node.name}. Traceback of forward call that caused the error:\n${place}`,
    );
  } catch (error) {
    sayUnheard(error);
  }
}
