/** Colours in turn. */
import { Native } from '../runtime/holding.ts';
import { PyDict, PyIterator, PyList, PyModule, type Value } from '../runtime/values.ts';
import { ArrayWalk } from '../runtime/walks.ts';
import { fn } from './arguments.ts';
import { defineClass, make } from './define.ts';

export class CyclerNative extends Native {
  readonly colors: readonly string[];
  constructor(colors: readonly string[]) {
    super();
    this.colors = colors;
  }
  references(): void {}
}

const dictOf = (value: Value): PyDict => {
  const dict = new PyDict();
  dict.entries.set('color', ['color', value]);
  return dict;
};

export const cyclerClass = defineClass(CyclerNative, {
  name: 'Cycler',
  module: 'cycler',
  methods: {
    by_key: ({ colors }) => dictOf(new PyList([...colors])),
    __len__: ({ colors }) => BigInt(colors.length),
    __iter__: ({ colors }) => new PyIterator(new ArrayWalk(colors.map(dictOf))),
  },
});

/** `cycler(color=[…])`, `cycler('color', […])` */
const cycler = fn('cycler', 'label= itr= | color= **', ({ given, interpreter }) => {
  const colors = given.color ?? (given.label === 'color' ? given.itr : undefined) ?? [];
  const names = Array.isArray(colors) ? [] : [...interpreter.iterate(colors as Value)];
  return make(cyclerClass, new CyclerNative(names.slice(0, 1000).map((name) => interpreter.str(name))));
});

export const cyclerModule = new PyModule('cycler', new Map<string, Value>([['cycler', cycler]]));
