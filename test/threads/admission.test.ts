import { describe, expect, it } from 'vitest';
import { Admission, memoryThereIs } from '../../src/threads/admission.ts';
import { Overloaded } from '../../src/threads/errors.ts';

function setUp() {
  const state = { allocated: 0, now: 0 };
  const admission = new Admission({
    memoryLimit: 1000,
    bodyLimit: 100,
    allocated: () => state.allocated,
    now: () => state.now,
  });
  return { admission, state };
}

describe('large requests', () => {
  it('are turned away beside others where memory is nearly full, and only then', () => {
    const { admission, state } = setUp();
    admission.open();
    admission.open();
    state.allocated = 860;
    // Memory is looked at now and then only.
    state.now = 40;
    expect(() => admission.open()).not.toThrow();
    state.now = 60;
    expect(() => admission.open()).toThrow(Overloaded);
    state.allocated = 840;
    state.now = 120;
    expect(() => admission.open()).not.toThrow();
  });

  it('are let in alone, however full memory is', () => {
    const { admission, state } = setUp();
    state.allocated = 990;
    const first = admission.open();
    expect(() => admission.open()).toThrow(Overloaded);
    first.close();
    expect(() => admission.open()).not.toThrow();
  });

  it('hold bodies up to a part of the memory, together', () => {
    const { admission } = setUp();
    const [a, b] = [admission.open(100), admission.open(100)];
    a.take(100);
    b.take(100);
    expect(() => admission.open(100)).toThrow(Overloaded);
    const c = admission.open(50);
    c.take(50);
    expect(() => c.take(1)).toThrow(Overloaded);
    a.close();
    a.close();
    expect(() => c.take(100)).not.toThrow();
    expect(() => c.take(1)).toThrow(Overloaded);
  });

  it('are counted', () => {
    const { admission } = setUp();
    const tickets = [admission.open(), admission.open()];
    expect(admission.size).toBe(2);
    for (const ticket of tickets) ticket.close();
    expect(admission.size).toBe(0);
  });
});

it('a body of the largest size is let in, however small the memory', () => {
  const admission = new Admission({ memoryLimit: 1000, bodyLimit: 5000, allocated: () => 2000 });
  const ticket = admission.open(5000);
  ticket.take(5000);
  expect(() => ticket.take(1)).toThrow(Overloaded);
});

it('knows what memory there is', () => {
  expect(memoryThereIs()).toBeGreaterThan(100e6);
});
