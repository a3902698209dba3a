/**
 * The inner part of a matrix product, as Goto and van de Geijn 2008 build it: panels of `a`, six rows
 * each, and panels of `b`, a few vectors wide, are packed so that the innermost loop reads both in
 * order; it keeps a tile of the result in registers.
 */
import type { WasmFunction, WasmModule } from './emitter.ts';

/** Rows of a tile. With two registers a row they leave room for the operands, out of 16. */
export const TILE_ROWS = 6;

/** How one dtype's product is built. */
export interface TileKind {
  readonly dtype: 'float32' | 'float64';
  /** 128-bit vectors in a row of a tile: two, or four where V8 makes one register of two. */
  readonly vectors: 2 | 4;
}

export const widthOf = (dtype: TileKind['dtype']): number => (dtype === 'float32' ? 4 : 8);
/** Columns of a tile. */
export const tileColumns = ({ dtype, vectors }: TileKind): number => (16 / widthOf(dtype)) * vectors;

/** The bytes of two vectors: their elements by turns, and their halves put together. */
const ZIP_LOW = [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23];
const ZIP_HIGH = ZIP_LOW.map((byte) => byte + 8);
const LOW_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const HIGH_HALVES = LOW_HALVES.map((byte) => byte + 8);

/** Runs `body` while the local, counted down by `step`, stays above 0; at least once. */
function repeat(f: WasmFunction, counter: number, step: number, body: () => void): void {
  f.loop(() => {
    body();
    f.get(counter).i32(step).op('i32.sub').tee(counter).i32(0).op('i32.gt_s').brIf(0);
  });
}

const advance = (f: WasmFunction, local: number, bytes: number): WasmFunction =>
  f.get(local).i32(bytes).op('i32.add').set(local);

/**
 * `name(a, b, c, row, depth)`: adds the product of a packed panel of `a` and one of `b` to a tile at
 * `c`, whose rows are `row` bytes apart.
 */
export function emitTile(m: WasmModule, kind: TileKind, name?: string): WasmFunction {
  const { dtype, vectors } = kind;
  const lanes = dtype === 'float32' ? 'f32x4' : 'f64x2';
  const width = widthOf(dtype);
  const f = m.func(name, ['i32', 'i32', 'i32', 'i32', 'i32']);
  const [a, b, c, row, depth] = [0, 1, 2, 3, 4];
  const each = Array.from({ length: vectors }, (_, j) => j);
  const sums = Array.from({ length: TILE_ROWS }, () => each.map(() => f.local('v128')));
  const right = each.map(() => f.local('v128'));
  const left = f.local('v128');
  repeat(f, depth, 1, () => {
    for (const j of each)
      f.get(b)
        .memory('v128.load', 16 * j)
        .set(right[j]);
    for (let i = 0; i < TILE_ROWS; i++) {
      f.get(a)
        .memory(width === 4 ? 'v128.load32_splat' : 'v128.load64_splat', width * i)
        .set(left);
      for (const j of each) f.get(left).get(right[j]).get(sums[i][j]).op(`${lanes}.relaxed_madd`).set(sums[i][j]);
    }
    advance(f, a, width * TILE_ROWS);
    advance(f, b, 16 * vectors);
  });
  for (const own of sums) {
    for (const j of each) {
      f.get(c)
        .memory('v128.load', 16 * j)
        .get(own[j])
        .op(`${lanes}.add`)
        .set(own[j]);
    }
    for (const j of each)
      f.get(c)
        .get(own[j])
        .memory('v128.store', 16 * j);
    f.get(c).get(row).op('i32.add').set(c);
  }
  return f;
}

/** `spill(from, to, row, rows, columns)`: adds the upper left part of a tile that lies by itself to the result. */
function emitSpill(m: WasmModule, kind: TileKind): WasmFunction {
  const scalar = kind.dtype === 'float32' ? 'f32' : 'f64';
  const width = widthOf(kind.dtype);
  const f = m.func(undefined, ['i32', 'i32', 'i32', 'i32', 'i32']);
  const [from, to, row, rows, columns] = [0, 1, 2, 3, 4];
  const [x, y, count] = [f.local('i32'), f.local('i32'), f.local('i32')];
  repeat(f, rows, 1, () => {
    f.get(from).set(x).get(to).set(y).get(columns).set(count);
    repeat(f, count, 1, () => {
      f.get(y)
        .get(y)
        .memory(`${scalar}.load`)
        .get(x)
        .memory(`${scalar}.load`)
        .op(`${scalar}.add`)
        .memory(`${scalar}.store`);
      advance(f, x, width);
      advance(f, y, width);
    });
    advance(f, from, 16 * kind.vectors);
    f.get(to).get(row).op('i32.add').set(to);
  });
  return f;
}

/**
 * `block(a, b, c, row, m, n, depth, spare)`: adds the product of packed `a` (m rows) and packed `b`
 * (n columns) to `c`. `spare` is room for a tile; what stands over the edges is computed there.
 */
function emitBlock(m: WasmModule, kind: TileKind): void {
  const columns = tileColumns(kind);
  const width = widthOf(kind.dtype);
  const tileBytes = TILE_ROWS * columns * width;
  const tile = emitTile(m, kind);
  const spill = emitSpill(m, kind);
  const f = m.func('block', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const [a, b, c, row, rows, cols, depth, spare] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [x, to, i] = [f.local('i32'), f.local('i32'), f.local('i32')];
  const least = (local: number, limit: number): WasmFunction =>
    f.get(local).i32(limit).get(local).i32(limit).op('i32.lt_s').op('select');
  repeat(f, cols, columns, () => {
    f.get(a).set(x).get(c).set(to).get(rows).set(i);
    repeat(f, i, TILE_ROWS, () => {
      f.get(i).i32(TILE_ROWS).op('i32.ge_s').get(cols).i32(columns).op('i32.ge_s').op('i32.and');
      f.if(
        () => f.get(x).get(b).get(to).get(row).get(depth).call(tile),
        () => {
          f.get(spare).i32(0).i32(tileBytes).memoryFill();
          f.get(x)
            .get(b)
            .get(spare)
            .i32(columns * width)
            .get(depth)
            .call(tile);
          f.get(spare).get(to).get(row);
          least(i, TILE_ROWS);
          least(cols, columns).call(spill);
        },
      );
      f.get(x)
        .get(depth)
        .i32(TILE_ROWS * width)
        .op('i32.mul')
        .op('i32.add')
        .set(x);
      f.get(to).get(row).i32(TILE_ROWS).op('i32.mul').op('i32.add').set(to);
    });
    f.get(b)
      .get(depth)
      .i32(columns * width)
      .op('i32.mul')
      .op('i32.add')
      .set(b);
    advance(f, c, columns * width);
  });
}

/**
 * `name(from, to, lines, depth, line, step)`: packs `lines` lines of `depth` elements (rows of `a`,
 * columns of `b`), which are `line` bytes apart, their elements `step` bytes apart, into panels of
 * `panel` lines with the elements of all lines at one depth side by side. The last panel is filled
 * up with zeros.
 */
function emitPack(m: WasmModule, name: string, kind: TileKind, panel: number): void {
  const { dtype } = kind;
  const scalar = dtype === 'float32' ? 'f32' : 'f64';
  const width = widthOf(dtype);
  const f = m.func(name, ['i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const [from, to, lines, depth, line, step] = [0, 1, 2, 3, 4, 5];
  const [x, y, k, i] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
  const next = (): void => {
    f.get(x).get(step).op('i32.add').set(x);
    advance(f, to, panel * width);
  };
  /** Lines side by side in memory: whole vectors, then what remains of an odd width. */
  const adjacent = (): void => {
    const perVector = 16 / width;
    const whole = panel - (panel % perVector);
    for (let j = 0; j < whole; j += perVector) {
      f.get(to)
        .get(x)
        .memory('v128.load', j * width)
        .memory('v128.store', j * width);
    }
    if (whole < panel)
      f.get(to)
        .get(x)
        .memory('i64.load', whole * width)
        .memory('i64.store', whole * width);
  };
  const apart = (): void => {
    f.get(x).set(y);
    for (let j = 0; j < panel; j++) {
      f.get(to)
        .get(y)
        .memory(`${scalar}.load`)
        .memory(`${scalar}.store`, j * width);
      if (j < panel - 1) f.get(y).get(line).op('i32.add').set(y);
    }
  };
  /** Four steps of the depth whose elements are adjacent in each line: turned by fours, or by twos. */
  const fours = (): void => {
    f.get(x).set(y);
    const next = (): number => {
      const loaded = f.local('v128');
      f.get(y).memory('v128.load').set(loaded).get(y).get(line).op('i32.add').set(y);
      return loaded;
    };
    const mixed = (a: number, b: number, lanes: readonly number[]): number => {
      const out = f.local('v128');
      f.get(a).get(b).shuffle(lanes).set(out);
      return out;
    };
    for (let j = 0; j < panel; j += 4) {
      const place = (step: number): number => (step * panel + j) * width;
      const [a, b] = [next(), next()];
      const [low, high] = [mixed(a, b, ZIP_LOW), mixed(a, b, ZIP_HIGH)];
      if (panel - j < 4) {
        [low, low, high, high].forEach((pair, step) => {
          f.get(to)
            .get(pair)
            .lane('i64x2.extract_lane', step % 2)
            .memory('i64.store', place(step));
        });
        continue;
      }
      const [c, d] = [next(), next()];
      const [low2, high2] = [mixed(c, d, ZIP_LOW), mixed(c, d, ZIP_HIGH)];
      const turned = [
        mixed(low, low2, LOW_HALVES),
        mixed(low, low2, HIGH_HALVES),
        mixed(high, high2, LOW_HALVES),
        mixed(high, high2, HIGH_HALVES),
      ];
      turned.forEach((four, step) => {
        f.get(to).get(four).memory('v128.store', place(step));
      });
    }
    advance(f, x, 4 * width);
    advance(f, to, 4 * panel * width);
  };
  const partial = (): void => {
    f.get(to)
      .i32(0)
      .i32(panel * width)
      .memoryFill();
    f.get(x).set(y).i32(0).set(i);
    f.loop(() => {
      f.get(to).get(i).i32(width).op('i32.mul').op('i32.add').get(y).memory(`${scalar}.load`).memory(`${scalar}.store`);
      f.get(y).get(line).op('i32.add').set(y);
      advance(f, i, 1).get(i).get(lines).op('i32.lt_s').brIf(0);
    });
  };
  const through = (body: () => void): (() => void) => {
    return () =>
      repeat(f, k, 1, () => {
        body();
        next();
      });
  };
  /** Lines apart: by fours where that is possible, then one by one. */
  const lengthwise = (): void => {
    if (dtype === 'float32') {
      f.get(step).i32(width).op('i32.eq').get(k).i32(4).op('i32.ge_s').op('i32.and');
      f.if(() => {
        f.loop(() => {
          fours();
          f.get(k).i32(4).op('i32.sub').tee(k).i32(4).op('i32.ge_s').brIf(0);
        });
      });
    }
    f.get(k);
    f.if(through(apart));
  };
  repeat(f, lines, panel, () => {
    f.get(from).set(x).get(depth).set(k);
    f.get(lines).i32(panel).op('i32.ge_s');
    f.if(() => {
      f.get(line).i32(width).op('i32.eq').if(through(adjacent), lengthwise);
    }, through(partial));
    f.get(from).get(line).i32(panel).op('i32.mul').op('i32.add').set(from);
  });
}

/**
 * `block`, `packLeft` and `packRight` for the operands, and `clear(address, bytes)` for the result. Every
 * size must be at least 1.
 */
export function emitProduct(m: WasmModule, kind: TileKind): void {
  m.func('clear', ['i32', 'i32']).get(0).i32(0).get(1).memoryFill();
  emitPack(m, 'packLeft', kind, TILE_ROWS);
  emitPack(m, 'packRight', kind, tileColumns(kind));
  emitBlock(m, kind);
}
