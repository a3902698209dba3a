/** SVG as text: elements and attributes of ours, all else escaped. */
import { type Color, hex } from './color.ts';
import { ASCENT, FONT, LINE, layOut } from './text.ts';

export type Attributes = Readonly<Record<string, string | number | undefined>>;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** What XML cannot hold is left out. */
export const escapeText = (text: string): string =>
  text
    .toWellFormed()
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"']/g, (c) => ESCAPES[c]);

export const digits = (x: number): string => {
  const rounded = Math.round(x * 100) / 100;
  return Object.is(rounded, -0) ? '0' : `${rounded}`;
};

export interface Stroke {
  readonly color: Color;
  readonly width: number;
  /** In units of the picture; empty for a line without gaps. */
  readonly dash?: readonly number[];
  readonly cap?: 'butt' | 'round' | 'square';
}

export const strokeOf = ({ color, width, dash, cap }: Stroke): Attributes => ({
  stroke: hex(color),
  'stroke-width': width === 1 ? undefined : digits(width),
  'stroke-opacity': color[3] === 1 ? undefined : digits(color[3]),
  'stroke-dasharray': dash === undefined || dash.length === 0 ? undefined : dash.map(digits).join(' '),
  'stroke-linecap': cap === undefined || cap === 'butt' ? undefined : cap,
});

export const fillOf = (color: Color): Attributes =>
  color[3] === 0
    ? { fill: 'none' }
    : { fill: hex(color), 'fill-opacity': color[3] === 1 ? undefined : digits(color[3]) };

export interface Label {
  readonly text: string;
  readonly size: number;
  readonly color: Color;
  /** Which part of the text stands at its place. */
  readonly across?: 'left' | 'center' | 'right';
  readonly along?: 'top' | 'center' | 'baseline' | 'bottom';
  /** Degrees, against the clock. */
  readonly rotation?: number;
  readonly bold?: boolean;
  readonly italic?: boolean;
  readonly mono?: boolean;
}

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Characters of one picture. */
const MOST = 6_000_000;

export class TooLarge extends Error {}

export class Svg {
  private readonly parts: string[] = [];
  private length = 0;
  private readonly step: (cost: number) => void;
  /** What the labels cover, so that none is cut off. */
  readonly ink = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };

  constructor(step: (cost: number) => void) {
    this.step = step;
  }

  private add(text: string): void {
    this.length += text.length;
    if (this.length > MOST) throw new TooLarge(`a picture has at most ${MOST} characters of SVG`);
    this.step(1 + (text.length >> 5));
    this.parts.push(text);
  }

  private tag(name: string, attributes: Attributes): string {
    let text = `<${name}`;
    for (const key in attributes) {
      const value = attributes[key];
      if (value === undefined) continue;
      text += ` ${key}="${typeof value === 'number' ? digits(value) : escapeText(value)}"`;
    }
    return text;
  }

  open(name: string, attributes: Attributes = {}): void {
    this.add(`${this.tag(name, attributes)}>`);
  }

  close(name: string): void {
    this.add(`</${name}>`);
  }

  leaf(name: string, attributes: Attributes): void {
    this.add(`${this.tag(name, attributes)}/>`);
  }

  /** Text that is SVG already. */
  raw(text: string): void {
    this.add(text);
  }

  /** All that was drawn, without the page around it. */
  get content(): string {
    return this.parts.join('');
  }

  path(d: string, attributes: Attributes): void {
    if (d !== '') this.leaf('path', { d, ...attributes });
  }

  line(x1: number, y1: number, x2: number, y2: number, stroke: Stroke): void {
    this.path(`M${digits(x1)} ${digits(y1)}L${digits(x2)} ${digits(y2)}`, { fill: 'none', ...strokeOf(stroke) });
  }

  /** Draws within a rectangle and nowhere else. */
  within({ left, top, right, bottom }: Box, draw: () => void): void {
    const [x, y, width, height] = [left, top, right - left, bottom - top];
    this.open('svg', { x, y, width, height, viewBox: [x, y, width, height].map(digits).join(' ') });
    draw();
    this.close('svg');
  }

  /** A label at a place, and the box that it covers. */
  label(x: number, y: number, label: Label): Box {
    const { size, color, rotation = 0 } = label;
    const block = layOut(label.text, size);
    const box = labelBox(x, y, label);
    this.cover(box);
    // What is turned is placed by the box that it covers, and turned about its middle.
    const turned = rotation % 360 !== 0;
    const across = turned ? 'center' : (label.across ?? 'left');
    const along = turned ? 'center' : (label.along ?? 'baseline');
    const [atX, atY] = turned ? [(box.left + box.right) / 2, (box.top + box.bottom) / 2] : [x, y];
    const rise =
      ASCENT * size - { top: 0, center: block.height / 2, bottom: block.height, baseline: ASCENT * size }[along];
    const anchor = { left: undefined, center: 'middle', right: 'end' }[across];
    const turn = turned ? `rotate(${digits(-rotation)} ${digits(atX)} ${digits(atY)})` : undefined;
    block.lines.forEach((runs, i) => {
      if (runs.every((run) => run.text.trim() === '')) return;
      this.open('text', {
        x: atX,
        y: atY + rise + i * LINE * size,
        'font-size': size,
        'text-anchor': anchor,
        'font-weight': label.bold === true ? 'bold' : undefined,
        'font-style': label.italic === true ? 'italic' : undefined,
        'font-family': label.mono === true ? 'monospace' : undefined,
        'xml:space': runs.some((run) => / {2}|^ | $/.test(run.text)) ? 'preserve' : undefined,
        transform: turn,
        ...fillOf(color),
      });
      let line = 0;
      for (const run of runs) {
        const text = escapeText(run.text);
        if (run.scale === 1 && run.rise === line) this.add(text);
        else {
          this.add(
            `<tspan dy="${digits((line - run.rise) * size)}" font-size="${digits(run.scale * size)}">${text}</tspan>`,
          );
          line = run.rise;
        }
      }
      this.close('text');
    });
    return box;
  }

  cover({ left, top, right, bottom }: Box): void {
    const { ink } = this;
    if (!Number.isFinite(left + top + right + bottom)) return;
    ink.left = Math.min(ink.left, left);
    ink.top = Math.min(ink.top, top);
    ink.right = Math.max(ink.right, right);
    ink.bottom = Math.max(ink.bottom, bottom);
  }

  document(box: Box, background: Color): string {
    const [x, y, width, height] = [box.left, box.top, box.right - box.left, box.bottom - box.top];
    const view = [x, y, width, height].map(digits).join(' ');
    const paper = background[3] === 0 ? '' : `${this.tag('rect', { x, y, width, height, ...fillOf(background) })}/>`;
    const head = this.tag('svg', {
      xmlns: 'http://www.w3.org/2000/svg',
      width: `${digits(width)}pt`,
      height: `${digits(height)}pt`,
      viewBox: view,
      'font-family': FONT,
      'stroke-linejoin': 'round',
    });
    return `${head}>${paper}${this.parts.join('')}</svg>`;
  }
}

/** What a label at a place covers. */
export function labelBox(x: number, y: number, label: Label): Box {
  const { size, across = 'left', along = 'baseline', rotation = 0 } = label;
  const block = layOut(label.text, size);
  const angle = (rotation * Math.PI) / 180;
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
  const width = block.width * cos + block.height * sin;
  const height = block.width * sin + block.height * cos;
  const left = x + { left: 0, center: -width / 2, right: -width }[across];
  const baseline = rotation === 0 ? -ASCENT * size : -height;
  const top = y + { top: 0, center: -height / 2, bottom: -height, baseline }[along];
  return { left, top, right: left + width, bottom: top + height };
}
