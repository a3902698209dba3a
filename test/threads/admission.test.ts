import { describe, expect, it } from 'vitest';
import { Gate, memoryThereIs } from '../../src/threads/admission.ts';
import { Overloaded } from '../../src/threads/errors.ts';

function setUp() {
  const state = { rss: 0, now: 0 };
  const gate = new Gate({ memoryLimit: 1000, bodyLimit: 100, rss: () => state.rss, now: () => state.now });
  return { gate, state };
}

describe('large requests', () => {
  it('are turned away beside others where memory is nearly full, and only then', () => {
    const { gate, state } = setUp();
    gate.open();
    gate.open();
    state.rss = 860;
    // Memory is looked at now and then only.
    state.now = 40;
    expect(() => gate.open()).not.toThrow();
    state.now = 60;
    expect(() => gate.open()).toThrow(Overloaded);
    state.rss = 840;
    state.now = 120;
    expect(() => gate.open()).not.toThrow();
  });

  it('are let in alone, however full memory is', () => {
    const { gate, state } = setUp();
    state.rss = 990;
    const first = gate.open();
    expect(() => gate.open()).toThrow(Overloaded);
    first.close();
    expect(() => gate.open()).not.toThrow();
  });

  it('hold bodies up to a part of the memory, together', () => {
    const { gate } = setUp();
    const [a, b] = [gate.open(100), gate.open(100)];
    a.take(100);
    b.take(100);
    expect(() => gate.open(100)).toThrow(Overloaded);
    const c = gate.open(50);
    c.take(50);
    expect(() => c.take(1)).toThrow(Overloaded);
    a.close();
    a.close();
    expect(() => c.take(100)).not.toThrow();
    expect(() => c.take(1)).toThrow(Overloaded);
  });

  it('are counted', () => {
    const { gate } = setUp();
    const tickets = [gate.open(), gate.open()];
    expect(gate.size).toBe(2);
    for (const ticket of tickets) ticket.close();
    expect(gate.size).toBe(0);
  });
});

it('a body of the largest size is let in, however small the memory', () => {
  const gate = new Gate({ memoryLimit: 1000, bodyLimit: 5000, rss: () => 2000 });
  const ticket = gate.open(5000);
  ticket.take(5000);
  expect(() => ticket.take(1)).toThrow(Overloaded);
});

it('knows what memory there is', () => {
  expect(memoryThereIs()).toBeGreaterThan(100e6);
});
