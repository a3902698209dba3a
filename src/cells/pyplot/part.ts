/** What matplotlib keeps for a workspace: open figures, settings, pictures that were saved. */
import type { Figure } from '../../draw/figure.ts';
import { svgOf } from '../../draw/figure.ts';
import type { Panel } from '../../draw/panel.ts';
import { TooLarge } from '../../draw/svg.ts';
import { PyError, runtimeError } from '../runtime/errors.ts';
import { type Holder, Native, type Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import type { EndsCell } from '../runtime/parts.ts';
import type { PyInstance } from '../runtime/values.ts';
import { Settings } from './settings.ts';

/** Numbers that count as one object of memory. */
const NUMBERS = 8;
/** Open at one time, and held by all of them. */
const MOST_FIGURES = 50;
const MOST_NUMBERS = 8_000_000;

export class FigureNative extends Native {
  readonly figure: Figure;
  readonly number: number | string;
  readonly axes: PyInstance[] = [];
  current: PyInstance | null = null;
  /** What `plt.colorbar()` is about. */
  image: PyInstance | null = null;
  /** Counts what was drawn when it was last shown: nothing is shown twice in a cell. */
  shown = false;
  constructor(figure: Figure, number: number | string) {
    super();
    this.figure = figure;
    this.number = number;
  }
  references(visit: Visit): void {
    visit(this.axes);
    visit(this.current);
    visit(this.image);
    visit.weigh(this.figure.size / NUMBERS);
  }
}

export class AxesNative extends Native {
  readonly panel: Panel;
  readonly figure: PyInstance;
  readonly artists: PyInstance[] = [];
  image: PyInstance | null = null;
  constructor(panel: Panel, figure: PyInstance) {
    super();
    this.panel = panel;
    this.figure = figure;
  }
  get sheet(): FigureNative {
    return this.figure.native as FigureNative;
  }
  references(visit: Visit): void {
    visit(this.figure);
    visit(this.artists);
    visit(this.image);
  }
}

export class Figures implements Holder, EndsCell {
  readonly open: PyInstance[] = [];
  current: PyInstance | null = null;
  readonly settings = new Settings();
  /** Pictures that a loop showed by `pause`, in the cell that runs. */
  paused = 0;

  add(figure: PyInstance): void {
    if (this.open.length >= MOST_FIGURES) throw runtimeError(`at most ${MOST_FIGURES} figures are open at one time`);
    this.open.push(figure);
    this.current = figure;
  }

  /** The figure under a number or a name. */
  find(number: number | string): PyInstance | undefined {
    return this.open.find((figure) => (figure.native as FigureNative).number === number);
  }

  get free(): number {
    const taken = this.open.map((figure) => (figure.native as FigureNative).number);
    return Math.max(0, ...taken.filter((n) => typeof n === 'number')) + 1;
  }

  close(figure: PyInstance): void {
    const at = this.open.indexOf(figure);
    if (at >= 0) this.open.splice(at, 1);
    if (this.current === figure) this.current = this.open.at(-1) ?? null;
  }

  closeAll(): void {
    this.open.length = 0;
    this.current = null;
  }

  /** Shows all that are open, and closes them. */
  show(interpreter: Interpreter): void {
    const figures = this.open.splice(0);
    this.current = null;
    for (const figure of figures) {
      const native = figure.native as FigureNative;
      if (!native.shown) interpreter.displays.add('image/svg+xml', pictureOf(native.figure, interpreter));
      native.shown = false;
    }
  }

  cellEnds(interpreter: Interpreter): void {
    this.paused = 0;
    this.show(interpreter);
  }

  /** That a panel may hold so much more. */
  room(count: number): void {
    let held = count;
    for (const figure of this.open) held += (figure.native as FigureNative).figure.size;
    if (held > MOST_NUMBERS) throw new PyError('MemoryError', `open figures hold at most ${MOST_NUMBERS} numbers`);
  }

  references(visit: Visit): void {
    visit(this.open);
    visit(this.current);
    visit(this.settings);
  }
}

export const figuresOf = (interpreter: Interpreter): Figures => interpreter.parts.of(Figures);

/** As SVG. */
export function pictureOf(figure: Figure, interpreter: Interpreter, options: Parameters<typeof svgOf>[2] = {}): string {
  try {
    return svgOf(figure, (cost) => interpreter.budget.step(cost), options);
  } catch (error) {
    if (error instanceof TooLarge) throw new PyError('MemoryError', error.message);
    throw error;
  }
}
