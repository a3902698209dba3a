/** The paths of wires: curves in the gaps between levels, straight lines beside the boxes. */
import type { Spot } from './layout.ts';
import type { Trunk, Trunks } from './trunks.ts';

export interface Route {
  readonly value: number;
  readonly kind: Trunk['kind'];
  readonly path: string;
  /** The tips, at the boxes that read. */
  readonly tips: string;
}

export interface Grid {
  readonly x: Float64Array;
  /** Where a trunk passes a level. */
  readonly xOf: (trunk: Trunk, level: number) => number;
  readonly gapTop: (gap: number) => number;
  readonly gapBottom: (gap: number) => number;
  readonly tick: () => void;
}

const TIP = 7;
const TIP_HALF = 3;
/** How far ports keep from the corners of a box. */
const CORNER = 14;

/** An end of a wire at a box. */
interface Port {
  /** Where the wire comes from. */
  readonly toward: number;
  x: number;
}

/** The ends at the upper and at the lower side of each box, spread in the order in which they do not cross. */
class Ports {
  private readonly sides = new Map<number, Port[]>();
  private readonly spots: readonly Spot[];

  constructor(spots: readonly Spot[]) {
    this.spots = spots;
  }

  add(box: number, top: boolean, toward: number): Port {
    const side = 2 * box + (top ? 0 : 1);
    const port = { toward, x: 0 };
    const known = this.sides.get(side);
    if (known === undefined) this.sides.set(side, [port]);
    else known.push(port);
    return port;
  }

  spread(): void {
    for (const [side, ports] of this.sides) {
      const { left, width } = this.spots[side >> 1];
      ports.sort((a, b) => a.toward - b.toward);
      const step = (width - 2 * CORNER) / ports.length;
      ports.forEach((port, i) => {
        port.x = Math.round(left + CORNER + step * (i + 0.5));
      });
    }
  }
}

/** A trunk with its ends. */
interface Ended {
  readonly trunk: Trunk;
  readonly exit: Port;
  readonly entries: readonly Port[];
}

function endsOf({ trunks }: Trunks, ports: Ports, { x, xOf, tick }: Grid): Ended[] {
  return trunks.map((trunk) => {
    tick();
    const { from, exit, down, readers, first, last } = trunk;
    const passes = (level: number): boolean => level >= first && level < last;
    /** Where the trunk is on the far side of a gap, as a port sees it that stands above or below. */
    const seen = (gap: number, portAbove: boolean, otherwise: number): number => {
      if (passes(portAbove ? gap : gap - 1)) return xOf(trunk, portAbove ? gap : gap - 1);
      if (passes(portAbove ? gap - 1 : gap)) return xOf(trunk, portAbove ? gap - 1 : gap);
      return otherwise;
    };
    const mean = readers.reduce((sum, { box }) => sum + x[box], 0) / readers.length;
    return {
      trunk,
      exit: ports.add(from, !down, seen(exit, down, mean)),
      entries: readers.map(({ box, gap, above }) =>
        ports.add(box, above, gap === exit ? seen(gap, !above, x[from]) : seen(gap, !above, x[from])),
      ),
    };
  });
}

/** A place at the upper or the lower edge of a gap. */
interface Point {
  readonly x: number;
  readonly top: boolean;
}

class Pen {
  path = '';
  tips = '';
  private readonly grid: Grid;

  constructor(grid: Grid) {
    this.grid = grid;
  }

  /** From one edge of a gap to another, or back to the same. */
  curve(gap: number, from: Point, to: Point): void {
    const { gapTop, gapBottom } = this.grid;
    const [top, bottom] = [gapTop(gap), gapBottom(gap)];
    const [y1, y2] = [from.top ? top : bottom, to.top ? top : bottom];
    if (from.top === to.top) {
      // Out and back again, within the gap.
      const turn = from.top ? top + 0.9 * (bottom - top) : bottom - 0.9 * (bottom - top);
      this.path += `C${from.x} ${turn} ${to.x} ${turn} ${to.x} ${y2}`;
    } else if (Math.abs(from.x - to.x) < 1) this.path += `L${to.x} ${y2}`;
    else {
      const middle = Math.round((y1 + y2) / 2);
      this.path += `C${from.x} ${middle} ${to.x} ${middle} ${to.x} ${y2}`;
    }
  }

  move(x: number, y: number): void {
    this.path += `M${x} ${y}`;
  }

  rise(y: number): void {
    this.path += `V${y}`;
  }

  tip(x: number, y: number, above: boolean): void {
    const back = above ? y - TIP : y + TIP;
    this.tips += `M${x - TIP_HALF} ${back}L${x} ${y}L${x + TIP_HALF} ${back}z`;
  }
}

const tenth = (y: number): number => Math.round(y * 10) / 10;

function draw({ trunk, exit, entries }: Ended, spots: readonly Spot[], given: Grid): Route {
  const grid = {
    ...given,
    gapTop: (gap: number) => tenth(given.gapTop(gap)),
    gapBottom: (gap: number) => tenth(given.gapBottom(gap)),
  };
  const pen = new Pen(grid);
  const { first, last, down, readers } = trunk;
  const source: Point = { x: exit.x, top: down };
  const spot = spots[trunk.from];
  const start = tenth(down ? spot.top + spot.height : spot.top);
  const lane = trunk.lane >= 0;
  const xAt = (level: number): number => tenth(grid.xOf(trunk, level));

  const fromSource = (): void => {
    pen.move(source.x, start);
    pen.rise(down ? grid.gapTop(trunk.exit) : grid.gapBottom(trunk.exit));
  };
  /** From the place where the trunk comes into a gap to another place there. */
  const run = (gap: number, to: Point): void => {
    if (gap === trunk.exit) {
      fromSource();
      pen.curve(gap, source, to);
      return;
    }
    const falling = gap > trunk.exit;
    const from = { x: xAt(falling ? gap - 1 : gap), top: falling };
    pen.move(from.x, falling ? grid.gapTop(gap) : grid.gapBottom(gap));
    pen.curve(gap, from, to);
  };
  // Down from where it leaves its box, and up.
  const passDown = (): void => {
    if (last === trunk.exit) return;
    for (let gap = trunk.exit; gap < last; gap++) {
      run(gap, { x: xAt(gap), top: false });
      if (lane) {
        pen.rise(grid.gapTop(last));
        return;
      }
      pen.rise(grid.gapTop(gap + 1));
    }
  };
  const passUp = (): void => {
    if (first === trunk.exit) return;
    for (let gap = trunk.exit; gap > first; gap--) {
      run(gap, { x: xAt(gap - 1), top: true });
      if (lane) {
        pen.rise(grid.gapBottom(first));
        return;
      }
      pen.rise(grid.gapBottom(gap - 1));
    }
  };
  passDown();
  passUp();
  readers.forEach(({ box, gap, above }, i) => {
    grid.tick();
    const { x } = entries[i];
    run(gap, { x, top: !above });
    const edge = tenth(above ? spots[box].top : spots[box].top + spots[box].height);
    pen.rise(above ? edge - TIP + 1 : edge + TIP - 1);
    pen.tip(x, edge, above);
  });
  return { value: trunk.value, kind: trunk.kind, path: pen.path, tips: pen.tips };
}

export function routesOf(trunks: Trunks, spots: readonly Spot[], grid: Grid): Route[] {
  const ports = new Ports(spots);
  const ended = endsOf(trunks, ports, grid);
  ports.spread();
  return ended.map((one) => draw(one, spots, grid));
}
