/** Texts in the hands of a cell. */
import type { Color } from '../../draw/color.ts';
import { WordsMark } from '../../draw/marks/words.ts';
import type { Axis, Title } from '../../draw/panel.ts';
import type { Label } from '../../draw/svg.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import type { PyInstance, Value } from '../runtime/values.ts';
import { setEach } from './artists.ts';
import { color } from './colors.ts';
import { defineClass, type Methods, make } from './define.ts';
import { type AxesNative, figuresOf } from './part.ts';
import { number } from './read.ts';
import { sizeOf } from './settings.ts';

/** A text wherever it stands: in a panel, above it, along an axis. */
export class TextNative extends Native {
  readonly on: WordsMark | Title | { readonly axis: Axis; readonly tick: string | null };
  readonly axes: PyInstance | null;
  /** As they were given. */
  readonly x: Value;
  readonly y: Value;
  constructor(on: TextNative['on'], axes: PyInstance | null, x: Value, y: Value) {
    super();
    this.on = on;
    this.axes = axes;
    this.x = x;
    this.y = y;
  }
  get text(): string {
    return 'axis' in this.on ? (this.on.tick ?? this.on.axis.label) : this.on.text;
  }
  references(visit: Visit): void {
    visit(this.axes);
    visit(this.text);
    visit(this.x);
    visit(this.y);
  }
}

function change(
  native: TextNative,
  look: { size?: number; color?: Color; rotation?: number; bold?: boolean; across?: string },
): void {
  const { on } = native;
  if ('axis' in on) {
    const { axis, tick } = on;
    if (tick === null) {
      axis.labelSize = look.size ?? axis.labelSize;
      axis.labelColor = look.color ?? axis.labelColor;
      axis.labelRotation = look.rotation ?? axis.labelRotation;
      axis.labelBold = look.bold ?? axis.labelBold;
    } else {
      axis.tickSize = look.size ?? axis.tickSize;
      axis.tickTextColor = look.color ?? axis.tickTextColor;
      axis.rotation = look.rotation ?? axis.rotation;
      if (look.across === 'left' || look.across === 'center' || look.across === 'right') axis.across = look.across;
    }
  } else if (on instanceof WordsMark) on.look = { ...on.look, ...(look as Partial<Label>) };
  else {
    on.size = look.size ?? on.size;
    on.color = look.color ?? on.color;
    on.bold = look.bold ?? on.bold;
  }
}

const fontSize = (value: Value, interpreter: Interpreter): number =>
  sizeOf(value, figuresOf(interpreter).settings.number('font.size')) ?? number(value, interpreter);

const setSize: Methods<TextNative>[string] = (self, { given, interpreter }) => {
  change(self, { size: fontSize(given.size as Value, interpreter) });
  return null;
};
const setAcross: Methods<TextNative>[string] = (self, { given }) => {
  change(self, { across: given.align as string });
  return null;
};
const setWeight: Methods<TextNative>[string] = (self, { given }) => {
  change(self, { bold: given.weight === 'bold' });
  return null;
};

export const textClass = defineClass(TextNative, {
  name: 'Text',
  module: 'text',
  methods: {
    __repr__: (self, { interpreter }) =>
      `Text(${interpreter.repr(self.x)}, ${interpreter.repr(self.y)}, ${interpreter.repr(self.text)})`,
    get_text: (self) => self.text,
    'set_text s'({ on }, { given, interpreter }) {
      const words = interpreter.str(given.s as Value);
      if (!('axis' in on)) on.text = words;
      else if (on.tick === null) on.axis.label = words;
      return null;
    },
    'set_fontsize size': setSize,
    'set_size size': setSize,
    'set_color c'(self, { given, interpreter }) {
      change(self, { color: color(given.c as Value, interpreter) });
      return null;
    },
    'set_rotation s'(self, { given, interpreter }) {
      change(self, {
        rotation: given.s === 'vertical' ? 90 : given.s === 'horizontal' ? 0 : number(given.s as Value, interpreter),
      });
      return null;
    },
    'set_ha align': setAcross,
    'set_horizontalalignment align': setAcross,
    'set_va align': () => null,
    'set_verticalalignment align': () => null,
    'set_rotation_mode mode': () => null,
    'set_weight weight': setWeight,
    'set_fontweight weight': setWeight,
    'set_visible b'({ on }, { given, interpreter }) {
      const shown = interpreter.truth(given.b as Value);
      if (on instanceof WordsMark) on.visible = shown;
      else if ('axis' in on && on.tick !== null) on.axis.labelsShown = shown;
      return null;
    },
    'set_bbox rectprops': () => null,
    remove({ on, axes }) {
      if (on instanceof WordsMark && axes !== null) {
        const { marks } = (axes.native as AxesNative).panel;
        const at = marks.indexOf(on);
        if (at >= 0) marks.splice(at, 1);
      }
      return null;
    },
    'set **': (_, call, instance) => setEach(instance, call, 'Text'),
  },
});
export const annotationClass = defineClass(TextNative, { name: 'Annotation', module: 'text', bases: [textClass] });

export const tickLabel = (axes: PyInstance, axis: Axis, at: number, label: string, way: 'x' | 'y'): PyInstance =>
  make(
    textClass,
    new TextNative(
      { axis, tick: label.replace(/^\$(.*)\$$/, '$\\mathdefault{$1}$') },
      axes,
      way === 'x' ? at : 0n,
      way === 'x' ? 0n : at,
    ),
  );
