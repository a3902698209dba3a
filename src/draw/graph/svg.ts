/** The picture of a graph as SVG: text that can be selected and read out, elements that a page can address. */
import { digits, escapeText } from '../svg.ts';
import type { Box, Boxes } from './boxes.ts';
import { type Layout, layOut, type Spot } from './layout.ts';
import { legendOf, SAMPLE_WIDTH } from './legend.ts';
import { LINE_HEIGHT, type Line, PAD_Y } from './measure.ts';
import { type PictureSettings, type PictureValue, Pieces } from './model.ts';
import type { Route } from './route.ts';
import { callOf, graphSentence, kindOf, sentenceOf } from './say.ts';
import { ROOT, styleOf } from './style.ts';

const MARGIN = 16;
const CAPTION = 24;
/** Further values inside of a folded box are not listed. */
const MOST_HIDDEN = 20_000;

/** What an id may be that a style sheet or a fragment can name. */
const ID = /^[\p{L}_][\p{L}\p{N}_.-]*$/u;

const CLASSES: Readonly<Record<Route['kind'], string>> = { wire: 'wire', saved: 'saved', back: 'grad' };

class GraphSvg {
  private readonly out: Pieces;
  private readonly boxes: Boxes;
  private readonly layout: Layout;
  private readonly settings: PictureSettings;
  private readonly ids = new Set<string>();
  /** How many nodes stand before those of the backward pass. */
  private readonly forward: number;

  constructor(boxes: Boxes, settings: PictureSettings) {
    this.boxes = boxes;
    this.settings = settings;
    this.forward = boxes.graph.nodes.filter(({ back }) => !back).length;
    this.layout = layOut(boxes, settings.tick);
    this.out = new Pieces(settings.tick);
  }

  write(): string {
    const { layout, out, boxes } = this;
    const { theme } = this.settings;
    const legend = legendOf(boxes, layout, MARGIN);
    const head = MARGIN + legend.height + (layout.sides === undefined ? 0 : CAPTION);
    const width = digits(Math.max(layout.width, legend.width));
    const height = digits(layout.height + head);
    const sentence = escapeText(graphSentence(boxes));
    out.add(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" class="${ROOT} ${theme}" role="group" aria-label="Computation graph">`,
    );
    out.add(`<title>Computation graph</title><desc>${sentence}</desc><style>${styleOf(theme)}</style>`);
    out.add(`<rect class="paper" width="${width}" height="${height}"/>`);
    this.legend(legend);
    out.add(`<g transform="translate(0 ${digits(head)})">`);
    this.captions();
    this.wires();
    const nodes = boxes.boxes.map((_, i) => i);
    const part = (label: string, fits: (box: Box) => boolean): void => {
      const list = nodes.filter((i) => fits(boxes.boxes[i]));
      if (list.length === 0) return;
      out.add(`<g role="list" aria-label="${label}">`);
      for (const i of list) this.box(boxes.boxes[i], i);
      out.add('</g>');
    };
    part('Values that are given', ({ kind }) => kind === 'leaf');
    part('Forward pass', ({ kind, back }) => kind !== 'leaf' && !back);
    part('Backward pass', ({ kind, back }) => kind !== 'leaf' && back);
    out.add('</g></svg>');
    return out.toString();
  }

  private legend({ items }: ReturnType<typeof legendOf>): void {
    if (items.length === 0) return;
    const { out } = this;
    out.add('<g class="legend" aria-hidden="true">');
    for (const { text, style, line, left, top } of items) {
      const y = MARGIN + top;
      const x = left + SAMPLE_WIDTH + 6;
      if (line) {
        const tip = left + SAMPLE_WIDTH;
        out.add(`<path class="${style}" d="M${digits(left)} ${y + 7}h${SAMPLE_WIDTH - 6}"/>`);
        out.add(`<path class="${style}-tip" d="M${digits(tip - 7)} ${y + 4}L${digits(tip)} ${y + 7}l-7 3z"/>`);
      } else {
        const rx = style.startsWith('node') || style === 'back' ? 3 : 7;
        out.add(
          `<g class="${style}"><rect class="box" x="${digits(left)}" y="${y}" width="${SAMPLE_WIDTH}" height="14" rx="${rx}"/></g>`,
        );
      }
      out.add(`<text class="note" x="${digits(x)}" y="${y + 11}">${text}</text>`);
    }
    out.add('</g>');
  }

  private captions(): void {
    const { sides } = this.layout;
    if (sides === undefined) return;
    const caption = (x: number, text: string): string =>
      `<text class="caption" x="${digits(x)}" y="0" aria-hidden="true">${text}</text>`;
    this.out.add(caption(sides.forward, 'forward ↓') + caption(sides.backward, 'backward ↑'));
  }

  private wires(): void {
    const { out, layout, boxes } = this;
    out.add('<g aria-hidden="true">');
    for (const { value, kind, path, tips } of layout.routes) {
      const style = CLASSES[kind];
      const of = escapeText(boxes.graph.values[value].name);
      out.add(`<path class="${style}" data-wire="${of}" d="${path}"/><path class="${style}-tip" d="${tips}"/>`);
    }
    out.add('</g>');
  }

  private classOf(box: Box): string {
    const values = box.values.map((value) => this.boxes.graph.values[value]);
    const output = values.some((value) => value.output) ? ' output' : '';
    if (box.kind !== 'leaf') return `${box.back ? 'back' : 'node'}${box.kind === 'fold' ? ' fold' : ''}${output}`;
    const [{ role, requiresGrad }] = values;
    return (requiresGrad && role !== 'saved' ? 'parameter' : role === 'input' ? 'input' : 'constant') + output;
  }

  /** How a page finds a value: by its name, and by an id where it can be one. */
  private address({ name }: PictureValue): string {
    const data = ` data-value="${escapeText(name)}"`;
    if (!ID.test(name) || this.ids.has(name)) return data;
    this.ids.add(name);
    return `${data} id="${name}"`;
  }

  private box(box: Box, place: number): void {
    const { out, boxes, layout } = this;
    const spot = layout.spots[place];
    const { lines } = layout.sizes[place];
    const values = boxes.graph.values;
    const at = `transform="translate(${digits(spot.left)} ${digits(spot.top)})"`;
    const leaf = box.kind === 'leaf';
    const address = leaf
      ? this.address(values[box.values[0]])
      : ` data-node="${box.nodes[0] - (box.back ? this.forward : 0)}" data-pass="${box.back ? 'backward' : 'forward'}"`;
    out.add(`<g class="${this.classOf(box)}" role="listitem"${address} ${at}>`);
    const said = leaf ? sentenceOf(values[box.values[0]]) : this.sentence(box);
    out.add(`<title>${escapeText(said)}</title>${shapeOf(box, spot)}`);
    if (leaf) {
      for (const [i, line] of lines.entries()) this.line(line, i, spot);
    } else {
      lines.forEach((line, i) => {
        if (line.value < 0) this.line(line, i, spot);
      });
      this.values(box, lines, spot);
    }
    out.add('</g>');
  }

  private sentence(box: Box): string {
    const { graph } = this.boxes;
    const node = graph.nodes[box.nodes[0]];
    const parts = [callOf(this.boxes, box)];
    if (box.kind === 'node' && node.gradFn !== undefined) parts.push(node.gradFn);
    if (box.kind === 'node' && node.of >= 0 && node.of < graph.nodes.length)
      parts.push(`carries out the rule of node ${node.of}, ${graph.nodes[node.of].op}`);
    return parts.join('; ');
  }

  /** The values that a node makes, a list of their own; those that are not shown can be found all the same. */
  private values(box: Box, lines: readonly Line[], spot: Spot): void {
    const { out } = this;
    const { values } = this.boxes.graph;
    out.add('<g role="list">');
    for (const place of box.values) {
      const value = values[place];
      out.add(`<g role="listitem"${this.address(value)}><title>${escapeText(sentenceOf(value))}</title>`);
      lines.forEach((line, i) => {
        if (line.value === place) this.line(line, i, spot);
      });
      out.add('</g>');
    }
    for (const place of box.hidden.slice(0, MOST_HIDDEN))
      out.add(
        `<g role="listitem"${this.address(values[place])} aria-label="${escapeText(sayHidden(values[place]))}"/>`,
      );
    out.add('</g>');
  }

  private line({ text, style }: Line, i: number, { width }: Spot): void {
    const y = PAD_Y + LINE_HEIGHT * (i + 0.75);
    const centered = ` x="${digits(width / 2)}" text-anchor="middle"`;
    const kind = style === 'name' ? '' : ` class="${style}"`;
    // What a value is called stands out from what it is.
    const at = style === 'name' ? text.lastIndexOf('  ') : -1;
    const shown =
      at < 0
        ? escapeText(text)
        : `${escapeText(text.slice(0, at))} <tspan class="note">${escapeText(text.slice(at + 2))}</tspan>`;
    this.out.add(`<text${kind}${centered} y="${digits(y)}">${shown}</text>`);
  }
}

const sayHidden = (value: PictureValue): string => [value.name, kindOf(value)].filter((part) => part !== '').join(', ');

/** A rectangle; values have round ends, and behind a folded box lie others. */
function shapeOf({ kind }: Box, { width, height }: Spot): string {
  const rect = (x: number, y: number, rx: number): string =>
    `<rect class="box" x="${x}" y="${y}" width="${digits(width)}" height="${digits(height)}" rx="${rx}"/>`;
  if (kind === 'leaf') return rect(0, 0, Math.min(height / 2, 14));
  return kind === 'fold' ? rect(6, -6, 4) + rect(3, -3, 4) + rect(0, 0, 4) : rect(0, 0, 4);
}

export const writeSvg = (boxes: Boxes, settings: PictureSettings): string => new GraphSvg(boxes, settings).write();
