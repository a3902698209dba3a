/** Values that show themselves as more than text: `_repr_svg_` and its like, as notebooks ask for them. */
import { cleanHtml, cleanSvg } from '../ipython/sanitize.ts';
import type { Display } from './displays.ts';
import { PyError } from './errors.ts';
import { lookup } from './mro.ts';
import { UserClass } from './objects.ts';
import type { Runtime } from './runtime.ts';
import { PyInstance, type Value } from './values.ts';

const METHODS: readonly (readonly [name: string, mime: Display['mime']])[] = [
  ['_repr_svg_', 'image/svg+xml'],
  ['_repr_html_', 'text/html'],
  ['_repr_markdown_', 'text/markdown'],
  ['_repr_latex_', 'text/latex'],
];

/** The richest form that a value has; undefined where it has none but its repr. */
export function richForm(runtime: Runtime, value: Value): Display | undefined {
  if (!(value instanceof PyInstance)) return undefined;
  for (const [name, mime] of METHODS) {
    const found = lookup(value.cls, name);
    if (found === undefined) continue;
    const data = runtime.call(found.member, [value]);
    if (data === null) continue;
    if (typeof data !== 'string') throw new PyError('TypeError', `${name} returned non-string`);
    return { mime, data: found.owner instanceof UserClass ? cleaned(runtime, mime, data) : data };
  }
  return undefined;
}

/** What a class of the cell's own answers is made harmless. */
function cleaned(runtime: Runtime, mime: Display['mime'], data: string): string {
  const step = (cost: number): void => runtime.budget.step(cost);
  if (mime === 'text/html') return cleanHtml(data, step);
  return mime === 'image/svg+xml' ? cleanSvg(data, step) : data;
}
