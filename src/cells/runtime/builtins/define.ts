/** The table of builtin functions, and how one is put into it. */
import type { Runtime } from '../runtime.ts';
import type { Value } from '../values.ts';
import { fn, type Given, type Shape } from './native.ts';

export const FUNCTIONS = new Map<string, Value>();

export const define = (name: string, shape: Shape, run: (given: Given, runtime: Runtime) => Value): void => {
  FUNCTIONS.set(name, fn(name, shape, run));
};

export const ONE: Shape = { least: 1, most: 1 };
