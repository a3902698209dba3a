/** Colours, colour maps and norms as calls name them. */
import { type Color, CYCLE, namedColor } from '../../draw/color.ts';
import { COLORMAPS, type Colormap, colormap, Mapping, Norm } from '../../draw/colormap.ts';
import { PyError, valueError } from '../runtime/errors.ts';
import { Native } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { PyInstance, type Value } from '../runtime/values.ts';
import { itemsOf, numberOr, numbers } from './read.ts';

export class ColormapNative extends Native {
  private readonly source: Colormap | string;
  /** A map by its name is made when it is first asked for its colours. */
  constructor(source: Colormap | string) {
    super();
    this.source = source;
  }
  get map(): Colormap {
    return typeof this.source === 'string' ? (colormap(this.source) as Colormap) : this.source;
  }
  references(): void {}
}

export class NormNative extends Native {
  readonly norm: Norm;
  constructor(norm: Norm) {
    super();
    this.norm = norm;
  }
  references(): void {}
}

/** A colour by its name or its parts; undefined where it is none. */
export function colorOf(value: Value, interpreter: Interpreter, cycle: readonly string[] = CYCLE): Color | undefined {
  if (typeof value === 'string') return namedColor(value, cycle);
  if (value === null) return undefined;
  const items = itemsOf(value, interpreter);
  if (items === undefined) return undefined;
  // A colour with its opacity.
  if (items.length === 2 && typeof items[0] === 'string' && typeof items[1] !== 'string') {
    const base = namedColor(items[0], cycle);
    return base === undefined ? undefined : [base[0], base[1], base[2], numberOr(items[1], 1, interpreter)];
  }
  if ((items.length !== 3 && items.length !== 4) || items.some((item) => typeof item === 'string')) return undefined;
  const parts = numbers(value, interpreter);
  if (parts.shape.length !== 1 || parts.values.some((x) => !(x >= 0 && x <= 1))) return undefined;
  const [red, green, blue, alpha = 1] = parts.values;
  return [red, green, blue, alpha];
}

export function color(value: Value, interpreter: Interpreter, what = 'color', cycle?: readonly string[]): Color {
  const found = colorOf(value, interpreter, cycle);
  if (found === undefined) throw valueError(`${interpreter.repr(value)} is not a valid value for ${what}`);
  return found;
}

/** A colour, or several in a list. */
export function colorList(value: Value, interpreter: Interpreter, what = 'color', cycle?: readonly string[]): Color[] {
  const one = colorOf(value, interpreter, cycle);
  if (one !== undefined) return [one];
  const items = typeof value === 'string' ? undefined : itemsOf(value, interpreter);
  if (items === undefined) throw valueError(`${interpreter.repr(value)} is not a valid value for ${what}`);
  interpreter.budget.room(items.length);
  return items.map((item) => {
    interpreter.budget.step();
    return color(item, interpreter, what, cycle);
  });
}

const supported = (): string => COLORMAPS.map((name) => `'${name}'`).join(', ');

export function cmapOf(value: Value | undefined, fallback: string, interpreter: Interpreter, what = 'cmap'): Colormap {
  if (value === undefined || value === null) return colormap(fallback) ?? (colormap('viridis') as Colormap);
  if (value instanceof PyInstance && value.native instanceof ColormapNative) return value.native.map;
  if (typeof value !== 'string')
    throw new PyError('TypeError', `cmap must be a string or a Colormap, not ${interpreter.repr(value)}`);
  const found = colormap(value);
  if (found === undefined)
    throw valueError(
      `${interpreter.repr(value)} is not a valid value for ${what}; supported values are ${supported()}`,
    );
  return found;
}

/** From `cmap`, `norm`, `vmin` and `vmax` of a call, fitted to the numbers. */
export function mappingOf(
  given: Readonly<Record<string, Value | undefined>>,
  values: ArrayLike<number>,
  fallback: string,
  interpreter: Interpreter,
): Mapping {
  const cmap = cmapOf(given.cmap, fallback, interpreter);
  const own =
    given.norm instanceof PyInstance && given.norm.native instanceof NormNative ? given.norm.native.norm : null;
  const log = given.norm === 'log';
  const norm = own ?? new Norm(numberOr(given.vmin, null, interpreter), numberOr(given.vmax, null, interpreter), log);
  norm.fit(values);
  return new Mapping(cmap, norm);
}
