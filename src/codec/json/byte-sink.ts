/** ASCII on its way out, gathered in one buffer that is handed on each time it is full. */
export class ByteSink {
  bytes: Buffer;
  pos = 0;
  private readonly flush: (full: Buffer) => Buffer;

  /** `flush` takes what has been written and gives the buffer to go on with. */
  constructor(bytes: Buffer, flush: (full: Buffer) => Buffer) {
    this.bytes = bytes;
    this.flush = flush;
  }

  /** Makes sure that `count` more bytes fit. */
  room(count: number): void {
    if (this.pos + count <= this.bytes.length) return;
    const full = this.bytes.subarray(0, this.pos);
    this.pos = 0;
    this.bytes = this.flush(full);
  }
}

/** Appends bytes, however many. */
export function copyInto(sink: ByteSink, bytes: Uint8Array): void {
  for (let from = 0; from < bytes.length; ) {
    sink.room(1);
    const count = Math.min(sink.bytes.length - sink.pos, bytes.length - from);
    sink.bytes.set(bytes.subarray(from, from + count), sink.pos);
    sink.pos += count;
    from += count;
  }
}
