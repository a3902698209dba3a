/**
 * Writes WebAssembly modules, byte by byte (WebAssembly core specification 2.0, binary format). Just
 * what kernels need: functions over one imported memory, locals, structured control, SIMD.
 *
 * @example
 * const module = new WasmModule();
 * const f = module.func('double', ['f32'], ['f32']);
 * f.get(0).get(0).op('f32.add');
 * const { double } = module.instantiate(memory);
 */
import { MEMORY_PAGES } from '../../tensor/memory.ts';
import { ENCODINGS, uleb } from './opcodes.ts';

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

const TYPES: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** Signed LEB128 of an integer of at most 64 bits. */
function sleb(value: bigint | number): number[] {
  const out: number[] = [];
  let rest = BigInt(value);
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)) {
      out.push(low);
      return out;
    }
    out.push(low | 0x80);
  }
}

const name = (text: string): number[] => {
  const bytes = [...new TextEncoder().encode(text)];
  return [...uleb(bytes.length), ...bytes];
};

const scratch = new DataView(new ArrayBuffer(16));

const floatBytes = (value: number, width: 4 | 8): number[] => {
  if (width === 4) scratch.setFloat32(0, value, true);
  else scratch.setFloat64(0, value, true);
  return Array.from({ length: width }, (_, i) => scratch.getUint8(i));
};

/** One function under construction. Instructions are appended in the order of execution; methods chain. */
export class WasmFunction {
  readonly index: number;
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
  private readonly locals: ValueType[] = [];
  private readonly head: number[] = [];
  private code: number[] = [];

  constructor(index: number, params: readonly ValueType[], results: readonly ValueType[]) {
    this.index = index;
    this.params = params;
    this.results = results;
  }

  /** Declares a local; gives its index. */
  local(type: ValueType): number {
    this.locals.push(type);
    return this.params.length + this.locals.length - 1;
  }

  /** What `body` emits stands before all else of the function: constants that loops keep in locals. */
  hoist(body: () => void): this {
    const { code } = this;
    this.code = this.head;
    body();
    this.code = code;
    return this;
  }

  get(local: number): this {
    this.code.push(0x20, ...uleb(local));
    return this;
  }

  set(local: number): this {
    this.code.push(0x21, ...uleb(local));
    return this;
  }

  tee(local: number): this {
    this.code.push(0x22, ...uleb(local));
    return this;
  }

  /** An instruction without immediates. */
  op(instruction: string): this {
    const encoding = ENCODINGS.get(instruction);
    if (encoding?.kind !== 'plain') throw new Error(`no plain instruction ${instruction}`);
    this.code.push(...encoding.bytes);
    return this;
  }

  /** A load or a store. `align` is the base-2 logarithm of what is promised; by default nothing but bytes. */
  memory(instruction: string, offset = 0, align = 0): this {
    const encoding = ENCODINGS.get(instruction);
    if (encoding?.kind !== 'memory') throw new Error(`no memory instruction ${instruction}`);
    this.code.push(...encoding.bytes, ...uleb(Math.min(align, encoding.align)), ...uleb(offset));
    return this;
  }

  lane(instruction: string, lane: number): this {
    const encoding = ENCODINGS.get(instruction);
    if (encoding?.kind !== 'lane') throw new Error(`no lane instruction ${instruction}`);
    this.code.push(...encoding.bytes, lane);
    return this;
  }

  /** `i8x16.shuffle` of two vectors' 32 bytes. */
  shuffle(lanes: readonly number[]): this {
    if (lanes.length !== 16) throw new Error('a shuffle has 16 lanes');
    this.code.push(0xfd, 0x0d, ...lanes);
    return this;
  }

  i32(value: number): this {
    this.code.push(0x41, ...sleb(value | 0));
    return this;
  }

  i64(value: bigint | number): this {
    this.code.push(0x42, ...sleb(BigInt.asIntN(64, BigInt(value))));
    return this;
  }

  f32(value: number): this {
    this.code.push(0x43, ...floatBytes(value, 4));
    return this;
  }

  f64(value: number): this {
    this.code.push(0x44, ...floatBytes(value, 8));
    return this;
  }

  /** A vector of 16 bytes. Inside a loop V8 builds it anew each time: keep it in a local. */
  v128(bytes: Uint8Array): this {
    this.code.push(0xfd, 0x0c, ...bytes);
    return this;
  }

  block(body: () => void, result?: ValueType): this {
    return this.structured(0x02, body, result);
  }

  /** `br(0)` inside goes on at its beginning. */
  loop(body: () => void, result?: ValueType): this {
    return this.structured(0x03, body, result);
  }

  /** Takes the condition from the stack. */
  if(then: () => void, otherwise?: () => void, result?: ValueType): this {
    this.code.push(0x04, result === undefined ? 0x40 : TYPES[result]);
    then();
    if (otherwise !== undefined) {
      this.code.push(0x05);
      otherwise();
    }
    this.code.push(0x0b);
    return this;
  }

  private structured(opcode: number, body: () => void, result: ValueType | undefined): this {
    this.code.push(opcode, result === undefined ? 0x40 : TYPES[result]);
    body();
    this.code.push(0x0b);
    return this;
  }

  br(depth: number): this {
    this.code.push(0x0c, ...uleb(depth));
    return this;
  }

  brIf(depth: number): this {
    this.code.push(0x0d, ...uleb(depth));
    return this;
  }

  brTable(depths: readonly number[], otherwise: number): this {
    this.code.push(0x0e, ...uleb(depths.length), ...depths.flatMap(uleb), ...uleb(otherwise));
    return this;
  }

  call(f: { readonly index: number }): this {
    this.code.push(0x10, ...uleb(f.index));
    return this;
  }

  /** `memory.copy`: destination, source and length are on the stack. */
  memoryCopy(): this {
    this.code.push(0xfc, 0x0a, 0x00, 0x00);
    return this;
  }

  /** `memory.fill`: destination, byte and length are on the stack. */
  memoryFill(): this {
    this.code.push(0xfc, 0x0b, 0x00);
    return this;
  }

  body(): number[] {
    const runs: [number, ValueType][] = [];
    for (const type of this.locals) {
      const last = runs.at(-1);
      if (last !== undefined && last[1] === type) last[0]++;
      else runs.push([1, type]);
    }
    const declared = [...uleb(runs.length), ...runs.flatMap(([n, type]) => [...uleb(n), TYPES[type]])];
    return declared.concat(this.head, this.code, 0x0b);
  }
}

interface Imported {
  readonly index: number;
  readonly name: string;
  readonly type: number;
}

export class WasmModule {
  private readonly types: string[] = [];
  private readonly encoded: number[][] = [];
  private readonly imports: Imported[] = [];
  private readonly functions: { readonly f: WasmFunction; readonly exported: string | undefined }[] = [];
  private readonly data: { readonly at: number; readonly bytes: Uint8Array }[] = [];

  private typeOf(params: readonly ValueType[], results: readonly ValueType[]): number {
    const key = `${params.join()}>${results.join()}`;
    const known = this.types.indexOf(key);
    if (known >= 0) return known;
    this.types.push(key);
    this.encoded.push([
      0x60,
      ...uleb(params.length),
      ...params.map((t) => TYPES[t]),
      ...uleb(results.length),
      ...results.map((t) => TYPES[t]),
    ]);
    return this.types.length - 1;
  }

  /** A JavaScript function, found under `host` when the module is instantiated. Before any `func`. */
  import(name: string, params: readonly ValueType[], results: readonly ValueType[]): { readonly index: number } {
    if (this.functions.length > 0) throw new Error('imports come before functions');
    const entry = { index: this.imports.length, name, type: this.typeOf(params, results) };
    this.imports.push(entry);
    return entry;
  }

  /** A function; exported unless its name is undefined. */
  func(exported: string | undefined, params: readonly ValueType[], results: readonly ValueType[] = []): WasmFunction {
    const f = new WasmFunction(this.imports.length + this.functions.length, params, results);
    this.functions.push({ f, exported });
    return f;
  }

  /** Bytes that stand in the memory at `at` when the module is instantiated. */
  segment(at: number, bytes: Uint8Array): void {
    this.data.push({ at, bytes });
  }

  /** The module in binary form. `note` becomes a custom section: modules of other bytes are compiled on their own. */
  bytes(note?: string): Uint8Array<ArrayBuffer> {
    const out: number[] = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    const section = (id: number, content: readonly number[]): void => {
      out.push(id, ...uleb(content.length));
      for (const byte of content) out.push(byte);
    };
    const types = this.functions.map(({ f }) => this.typeOf(f.params, f.results));
    if (note !== undefined) section(0, name(note));
    section(1, [...uleb(this.encoded.length), ...this.encoded.flat()]);
    const memory = [
      ...name('host'),
      ...name('memory'),
      0x02,
      0x03,
      ...uleb(MEMORY_PAGES.initial),
      ...uleb(MEMORY_PAGES.maximum),
    ];
    const imported = this.imports.flatMap((entry) => [...name('host'), ...name(entry.name), 0x00, ...uleb(entry.type)]);
    section(2, [...uleb(this.imports.length + 1), ...imported, ...memory]);
    section(3, [...uleb(types.length), ...types.flatMap(uleb)]);
    const exported = this.functions.filter((entry) => entry.exported !== undefined);
    section(7, [
      ...uleb(exported.length),
      ...exported.flatMap((entry) => [...name(entry.exported as string), 0x00, ...uleb(entry.f.index)]),
    ]);
    const bodies = this.functions.map(({ f }) => f.body());
    const code = uleb(bodies.length);
    for (const body of bodies) {
      code.push(...uleb(body.length));
      for (const byte of body) code.push(byte);
    }
    section(10, code);
    if (this.data.length > 0) {
      section(11, [
        ...uleb(this.data.length),
        ...this.data.flatMap(({ at, bytes }) => [0x00, 0x41, ...sleb(at), 0x0b, ...uleb(bytes.length), ...bytes]),
      ]);
    }
    return new Uint8Array(out);
  }
}
