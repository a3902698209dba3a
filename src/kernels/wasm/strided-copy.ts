/** Copies of matrices whose elements lie at any two strides, in blocks that both sides' cache lines serve whole. */
import { WasmModule } from './emitter.ts';
import { linked } from './link.ts';

const BLOCK = 16;

/** How elements of so many bytes are loaded and stored. */
const MOVES = {
  1: ['i32.load8_u', 'i32.store8'],
  2: ['i32.load16_u', 'i32.store16'],
  4: ['i32.load', 'i32.store'],
  8: ['i64.load', 'i64.store'],
} as const;

/** `copyN(rows, cols, from, fromRow, fromCol, to, toRow, toCol)`: elements of N bytes, strides in bytes. */
function emitCopy(module: WasmModule, width: keyof typeof MOVES): void {
  const f = module.func(`copy${width}`, ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const [rows, cols, from, fromRow, fromCol, to, toRow, toCol] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [i, j, iEnd, jEnd, row, col, source, target] = Array.from({ length: 8 }, () => f.local('i32'));
  const [load, store] = MOVES[width];
  /** `local = min(start + BLOCK, limit)` */
  const blockEnd = (local: number, start: number, limit: number): void => {
    f.get(start)
      .i32(BLOCK)
      .op('i32.add')
      .tee(local)
      .get(limit)
      .get(local)
      .get(limit)
      .op('i32.lt_s')
      .op('select')
      .set(local);
  };
  const add = (local: number, by: number): void => {
    f.get(local).get(by).op('i32.add').set(local);
  };
  const loop = (counter: number, end: number, body: () => void, next: () => void): void => {
    f.block(() => {
      f.loop(() => {
        f.get(counter).get(end).op('i32.ge_s').brIf(1);
        body();
        next();
        f.br(0);
      });
    });
  };
  const one = f.local('i32');
  f.i32(1).set(one);
  loop(
    i,
    rows,
    () => {
      blockEnd(iEnd, i, rows);
      f.i32(0).set(j);
      loop(
        j,
        cols,
        () => {
          blockEnd(jEnd, j, cols);
          f.get(i).set(row);
          loop(
            row,
            iEnd,
            () => {
              f.get(from)
                .get(row)
                .get(fromRow)
                .op('i32.mul')
                .op('i32.add')
                .get(j)
                .get(fromCol)
                .op('i32.mul')
                .op('i32.add')
                .set(source);
              f.get(to)
                .get(row)
                .get(toRow)
                .op('i32.mul')
                .op('i32.add')
                .get(j)
                .get(toCol)
                .op('i32.mul')
                .op('i32.add')
                .set(target);
              f.get(j).set(col);
              loop(
                col,
                jEnd,
                () => f.get(target).get(source).memory(load).memory(store),
                () => {
                  add(source, fromCol);
                  add(target, toCol);
                  add(col, one);
                },
              );
            },
            () => add(row, one),
          );
        },
        () => f.get(jEnd).set(j),
      );
    },
    () => f.get(iEnd).set(i),
  );
}

export const copyKernels = linked(() => {
  const module = new WasmModule();
  for (const width of [1, 2, 4, 8] as const) emitCopy(module, width);
  return module;
});
