/** Directions in which tensors are differentiated forward, and the level that they belong to. */
import { EngineError, showShape } from '../tensor/errors.ts';
import { sameShape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Directions are there as long as their level is. */
export class Level {
  tangents = new WeakMap<Tensor, Tensor>();

  /** Forgets all directions. */
  end(): void {
    this.tangents = new WeakMap();
  }
}

let current: Level | null = null;

export const forwardLevel = (): Level | null => current;

/** Puts another level, or none, in its place; gives what it was. */
export function setForwardLevel(next: Level | null): Level | null {
  const before = current;
  current = next;
  return before;
}

/** Runs `body` outside of any level: what it computes has no direction. */
export function withoutForward<T>(body: () => T): T {
  const before = setForwardLevel(null);
  try {
    return body();
  } finally {
    current = before;
  }
}

/** The direction of a tensor at the level that there is. */
export const tangentOf = (t: Tensor): Tensor | null =>
  current !== null && t.level === current ? (current.tangents.get(t) ?? null) : null;

/** The direction of a tensor, at whichever level, for who looks for what is held. */
export const heldTangentOf = (t: Tensor): Tensor | null => t.level?.tangents.get(t) ?? null;

function put(t: Tensor, tangent: Tensor | null): void {
  if (tangent === null) {
    t.level = null;
    current?.tangents.delete(t);
  } else if (current !== null) {
    t.level = current;
    current.tangents.set(t, tangent);
  }
}

/** Takes the direction of a tensor away. */
export const dropTangent = (t: Tensor): void => put(t, null);

export function setTangent(t: Tensor, tangent: Tensor): void {
  if (current === null) return;
  if (!sameShape(t.shape, tangent.shape))
    throw new EngineError(
      'shape_mismatch',
      `Trying to set a forward gradient that has a different size than that of the original Tensor, this is not supported. Tensor is of size ${showShape(t.shape)} while the given forward gradient is of size ${showShape(tangent.shape)}.`,
    );
  put(t, tangent);
}

/** Gives a tensor that was written over the direction of what was written, none where that has none. */
export function moveTangent(t: Tensor, from: Tensor): void {
  if (current !== null) put(t, tangentOf(from));
}

/** Whether some of a call's arguments have a direction. */
export const hasTangents = (values: readonly unknown[]): boolean =>
  values.some((value) => (Array.isArray(value) ? hasTangents(value) : isTensor(value) && tangentOf(value) !== null));

const isTensor = (value: unknown): value is Tensor => typeof value === 'object' && value !== null && 'storage' in value;
