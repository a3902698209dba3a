/**
 * Softmax, its logarithm, and the gradients of both, over rows of adjacent float32. A row is gone
 * through in rounds of two vectors, which V8 may join to one; its sums are carried in float32 over a
 * few hundred elements at most, then in float64.
 */
import type { WasmFunction, WasmModule } from './emitter.ts';
import { Lanes, type Vector } from './lanes.ts';
import { MATH32, probability } from './math.ts';

/** Of the functions of doubles that kernels may import. */
const LOG = 'log';
/** Elements of a round. */
const ROUND = 8;
/** Elements that are summed up in float32: 32 to each lane. */
const BLOCK = 256;
const VECTORS = [0, 1] as const;

/** The lanes of a row's last round that belong to the row; null where all do. */
type Mask = readonly Vector[] | null;

const exp = (lanes: Lanes, x: Vector): Vector => MATH32.exp?.(lanes, x) as Vector;

/** One function of rows: `name(count, n, spare, ...pointers)`. `spare` is room for a round. */
class RowFunction {
  readonly f: WasmFunction;
  readonly lanes: Lanes;
  readonly count = 0;
  readonly n = 1;
  readonly spare = 2;
  /** Where the row under way begins, of each operand and the result. */
  readonly starts: readonly number[];
  private readonly cursors: readonly number[];
  private readonly left: number;
  private readonly blockLeft: number;

  constructor(m: WasmModule, name: string, pointers: number) {
    this.f = m.func(name, ['i32', 'i32', 'i32', ...Array.from({ length: pointers }, () => 'i32' as const)]);
    this.lanes = new Lanes(this.f, 'f32x4');
    this.starts = Array.from({ length: pointers }, (_, i) => 3 + i);
    this.cursors = this.starts.map(() => this.f.local('i32'));
    this.left = this.f.local('i32');
    this.blockLeft = this.f.local('i32');
  }

  /** Goes through `count` rows, of which there is at least one. */
  eachRow(body: () => void): void {
    const { f, n, count, starts } = this;
    f.loop(() => {
      body();
      for (const start of starts) f.get(start).get(n).i32(2).op('i32.shl').op('i32.add').set(start);
      f.get(count).i32(1).op('i32.sub').tee(count).brIf(0);
    });
  }

  private rewind(): void {
    const { f, starts, cursors } = this;
    for (const [i, start] of starts.entries()) f.get(start).set(cursors[i]);
  }

  /** `body` for `left` elements, counted down: whole rounds, then what remains with a mask. */
  private rounds(left: number, body: (mask: Mask) => void): void {
    const { f, lanes, cursors } = this;
    f.get(left).i32(ROUND).op('i32.ge_s');
    f.if(() => {
      f.loop(() => {
        body(null);
        for (const cursor of cursors)
          f.get(cursor)
            .i32(4 * ROUND)
            .op('i32.add')
            .set(cursor);
        lanes.forget();
        f.get(left).i32(ROUND).op('i32.sub').tee(left).i32(ROUND).op('i32.ge_s').brIf(0);
      });
    });
    f.get(left);
    f.if(() => {
      body(this.maskOf(left));
      lanes.forget();
    });
  }

  private maskOf(left: number): Vector[] {
    const { f, lanes } = this;
    f.get(left).op('i32x4.splat');
    const all = lanes.keep();
    return VECTORS.map((j) => {
      const places = lanes.hoisted(`places ${j}`, () =>
        f.v128(new Uint8Array(new Int32Array([0, 1, 2, 3].map((k) => 4 * j + k)).buffer)),
      );
      return lanes.raw('i32x4.lt_s', places, all);
    });
  }

  /** A round of an operand; `filler` stands for what is beyond the row's end. */
  load(operand: number, mask: Mask, filler: number): Vector[] {
    const { f, lanes, cursors } = this;
    const loaded = VECTORS.map((j) => {
      f.get(cursors[operand]).memory('v128.load', 16 * j);
      return lanes.keep();
    });
    return mask === null ? loaded : loaded.map((x, j) => lanes.select(mask[j], x, lanes.constant(filler)));
  }

  /** Beyond the row's end, what is there is written back. */
  store(operand: number, values: readonly Vector[], mask: Mask): void {
    const { f, lanes, cursors } = this;
    const there = mask === null ? [] : this.load(operand, null, 0);
    const written = mask === null ? values : values.map((y, j) => lanes.select(mask[j], y, there[j]));
    for (const j of VECTORS)
      f.get(cursors[operand])
        .get(written[j])
        .memory('v128.store', 16 * j);
  }

  /** Goes through the row once. */
  pass(body: (mask: Mask) => void): void {
    this.rewind();
    this.f.get(this.n).set(this.left);
    this.rounds(this.left, body);
  }

  /** The largest element of an operand, in an f32 local: a NaN is never larger. */
  largest(operand: number): number {
    const { f, lanes, spare } = this;
    const most = f.local('f32');
    const best = VECTORS.map(() => f.local('v128'));
    for (const local of best) f.get(lanes.constant(-Infinity)).set(local);
    this.pass((mask) => {
      const x = this.load(operand, mask, -Infinity);
      for (const j of VECTORS) f.get(best[j]).get(x[j]).op('f32x4.pmax').set(best[j]);
    });
    for (const j of VECTORS)
      f.get(spare)
        .get(best[j])
        .memory('v128.store', 16 * j);
    f.get(spare).memory('f32.load');
    for (let k = 1; k < ROUND; k++)
      f.get(spare)
        .memory('f32.load', 4 * k)
        .op('f32.max');
    f.set(most);
    return most;
  }

  /** Goes through the row once and sums up what `add` gives for each round, in an f64 local. */
  sum(values: (mask: Mask) => readonly Vector[]): number {
    const { f, lanes, spare, n, left, blockLeft } = this;
    const total = f.local('f64');
    const sums = VECTORS.map(() => f.local('v128'));
    this.rewind();
    f.f64(0).set(total).get(n).set(left);
    f.loop(() => {
      for (const local of sums) f.get(lanes.constant(0)).set(local);
      f.get(left).i32(BLOCK).get(left).i32(BLOCK).op('i32.lt_s').op('select').set(blockLeft);
      this.rounds(blockLeft, (mask) => {
        const x = values(mask);
        for (const j of VECTORS) f.get(sums[j]).get(x[j]).op('f32x4.add').set(sums[j]);
      });
      for (const j of VECTORS)
        f.get(spare)
          .get(sums[j])
          .memory('v128.store', 16 * j);
      for (let k = 0; k < ROUND; k += 2) {
        f.get(spare)
          .memory('v128.load64_zero', 4 * k)
          .op('f64x2.promote_low_f32x4');
        if (k > 0) f.op('f64x2.add');
      }
      f.set(sums[0]);
      f.get(total).get(sums[0]).lane('f64x2.extract_lane', 0).op('f64.add');
      f.get(sums[0]).lane('f64x2.extract_lane', 1).op('f64.add').set(total);
      f.get(left).i32(BLOCK).op('i32.sub').tee(left).i32(0).op('i32.gt_s').brIf(0);
    });
    return total;
  }

  /** A number of an f32 local in all lanes. */
  splat(local: number): Vector {
    const { f } = this;
    const out = f.local('v128');
    f.get(local).op('f32x4.splat').set(out);
    return out;
  }

  /** The same of an f64 local, rounded. */
  splatRounded(local: number): Vector {
    const { f } = this;
    const out = f.local('v128');
    f.get(local).op('f32.demote_f64').op('f32x4.splat').set(out);
    return out;
  }
}

/** `softmax(count, n, spare, x, y)` */
export function emitSoftmax(m: WasmModule): void {
  const rows = new RowFunction(m, 'softmax', 2);
  const { lanes } = rows;
  rows.eachRow(() => {
    const most = rows.splat(rows.largest(0));
    const sum = rows.sum((mask) => {
      const e = rows.load(0, mask, -Infinity).map((x) => exp(lanes, lanes.op('sub', x, most)));
      rows.store(1, e, mask);
      return mask === null ? e : e.map((x, j) => lanes.raw('v128.and', x, mask[j]));
    });
    const divisor = rows.splatRounded(sum);
    rows.pass((mask) => {
      const e = rows.load(1, mask, 0);
      rows.store(
        1,
        e.map((x) => lanes.op('div', x, divisor)),
        mask,
      );
    });
  });
}

/** `log_softmax(count, n, spare, x, y)` */
function logSoftmax(m: WasmModule, log: { readonly index: number }): void {
  const rows = new RowFunction(m, 'log_softmax', 2);
  const { f, lanes } = rows;
  rows.eachRow(() => {
    const most = rows.splat(rows.largest(0));
    const sum = rows.sum((mask) => {
      const e = rows.load(0, mask, -Infinity).map((x) => probability(lanes, lanes.op('sub', x, most)));
      return mask === null ? e : e.map((x, j) => lanes.raw('v128.and', x, mask[j]));
    });
    f.get(sum).call(log).set(sum);
    const logarithm = rows.splatRounded(sum);
    rows.pass((mask) => {
      const x = rows.load(0, mask, 0);
      rows.store(
        1,
        x.map((v) => lanes.op('sub', lanes.op('sub', v, most), logarithm)),
        mask,
      );
    });
  });
}

/** `softmax_backward(count, n, spare, grad, y, result)`: y · (grad − Σ grad · y). */
function softmaxBackward(m: WasmModule): void {
  const rows = new RowFunction(m, 'softmax_backward', 3);
  const { lanes } = rows;
  rows.eachRow(() => {
    const sum = rows.sum((mask) => {
      const grad = rows.load(0, mask, 0);
      const y = rows.load(1, mask, 0);
      return grad.map((g, j) => lanes.op('mul', g, y[j]));
    });
    const total = rows.splatRounded(sum);
    rows.pass((mask) => {
      const grad = rows.load(0, mask, 0);
      const y = rows.load(1, mask, 0);
      rows.store(
        2,
        grad.map((g, j) => lanes.op('mul', y[j], lanes.op('sub', g, total))),
        mask,
      );
    });
  });
}

/** `log_softmax_backward(count, n, spare, grad, y, result)`: grad − e^y · Σ grad. */
function logSoftmaxBackward(m: WasmModule): void {
  const rows = new RowFunction(m, 'log_softmax_backward', 3);
  const { lanes } = rows;
  rows.eachRow(() => {
    const total = rows.splatRounded(rows.sum((mask) => rows.load(0, mask, 0)));
    rows.pass((mask) => {
      const grad = rows.load(0, mask, 0);
      const y = rows.load(1, mask, 0);
      rows.store(
        2,
        grad.map((g, j) => lanes.fnma(probability(lanes, lanes.op('pmin', y[j], lanes.constant(88))), total, g)),
        mask,
      );
    });
  });
}

/**
 * `log_softmax_backward_of_one(count, n, spare, y, result)`: −e^y · Σ grad, of a gradient whose sum stands
 * where the row's first result goes. What is left to add are its few elements that are not 0.
 */
function logSoftmaxBackwardOfOne(m: WasmModule): void {
  const rows = new RowFunction(m, 'log_softmax_backward_of_one', 2);
  const { f, lanes } = rows;
  const sum = f.local('f32');
  rows.eachRow(() => {
    f.get(rows.starts[1]).memory('f32.load').set(sum);
    const total = rows.splat(sum);
    rows.pass((mask) => {
      const y = rows.load(0, mask, 0);
      rows.store(
        1,
        y.map((v) => lanes.fnma(probability(lanes, lanes.op('pmin', v, lanes.constant(88))), total, lanes.constant(0))),
        mask,
      );
    });
  });
}

/** All of them. */
export function emitSoftmaxRows(m: WasmModule): void {
  const log = m.import(LOG, ['f64'], ['f64']);
  emitSoftmax(m);
  logSoftmax(m, log);
  softmaxBackward(m);
  logSoftmaxBackward(m);
  logSoftmaxBackwardOfOne(m);
}
