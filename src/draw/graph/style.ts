/** Colours of an SVG by classes, on light and on dark paper. */
import type { Theme } from './model.ts';
import { PALETTES, type Palette } from './palette.ts';

/** Of the root element, so that nothing else of a page is coloured by these rules. */
export const ROOT = 'gradwire-graph';

const PAIRS = ['node', 'back', 'input', 'parameter', 'constant'] as const;

function colors(palette: Palette, root: string): string {
  const { paper, ink, faint, wire, saved, back } = palette;
  const rules = PAIRS.map((name) => {
    const { fill, line } = palette[name];
    return `${root} .${name}>.box{fill:${fill};stroke:${line}}`;
  });
  return [
    `${root} .paper{fill:${paper}}`,
    `${root} text{fill:${ink}}`,
    `${root} .note,${root} .caption{fill:${faint}}`,
    ...rules,
    `${root} .wire{stroke:${wire}}`,
    `${root} .wire-tip{fill:${wire}}`,
    `${root} .saved{stroke:${saved}}`,
    `${root} .saved-tip{fill:${saved}}`,
    `${root} .grad{stroke:${back.line}}`,
    `${root} .grad-tip{fill:${back.line}}`,
  ].join('');
}

const SHAPES = [
  'text{font-family:"DejaVu Sans",Verdana,Geneva,sans-serif;font-size:11px}',
  '.op{font-size:13px;font-weight:bold}',
  '.note{font-size:10.5px}',
  '.box{stroke-width:1.2}',
  '.output>.box{stroke-width:2.6}',
  '.fold>.box{stroke-dasharray:none}',
  '.wire,.saved,.grad{fill:none;stroke-width:1.3}',
  '.saved{stroke-dasharray:5 3}',
];

/** Rules that say the theme's colours; `auto` has both, and the reader's scheme decides. */
export function styleOf(theme: Theme): string {
  const root = `.${ROOT}.${theme}`;
  const shapes = SHAPES.map((rule) =>
    rule.replace(/^[^{]+/, (selectors) =>
      selectors
        .split(',')
        .map((selector) => `${root} ${selector}`)
        .join(','),
    ),
  ).join('');
  const first = colors(PALETTES[theme === 'dark' ? 'dark' : 'light'], root);
  const dark = theme === 'auto' ? `@media (prefers-color-scheme:dark){${colors(PALETTES.dark, root)}}` : '';
  return shapes + first + dark;
}
