import { describe, expect, it, vi } from 'vitest';
import { LogStream } from '../../src/http/plugins/log-stream.ts';

describe('LogStream', () => {
  it('writes lines together, in order, after a short while', () => {
    vi.useFakeTimers();
    const out: string[] = [];
    const stream = new LogStream((text) => out.push(text));
    stream.write('a\n');
    stream.write('b\n');
    expect(out).toEqual([]);
    vi.advanceTimersByTime(1000);
    expect(out).toEqual(['a\nb\n']);
    vi.useRealTimers();
  });

  it('does not wait when much has come', () => {
    const out: string[] = [];
    const stream = new LogStream((text) => out.push(text));
    for (let i = 0; i < 20; i++) stream.write(`${'x'.repeat(999)}\n`);
    expect(out).toHaveLength(1);
    stream.flush();
    expect(out.join('')).toHaveLength(20_000);
    stream.flush();
    expect(out).toHaveLength(2);
  });
});
