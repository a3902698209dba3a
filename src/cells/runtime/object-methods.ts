/** The methods that every value has from `object`, where its class has none of its own: filled by builtins/object.ts. */
import type { NativeFunction } from './values.ts';

export const OBJECT_METHODS = new Map<string, NativeFunction>();

export const objectMethod = (name: string): NativeFunction | undefined => OBJECT_METHODS.get(name);
