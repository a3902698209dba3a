/** IPython.display, and what else of IPython a notebook asks for. */
import { fn, methodOf, taking } from '../pyplot/arguments.ts';
import type { Display } from '../runtime/displays.ts';
import { PyError, typeError } from '../runtime/errors.ts';
import { Native, type Visit } from '../runtime/holding.ts';
import type { Interpreter } from '../runtime/interpreter.ts';
import { richForm } from '../runtime/rich.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { NativeFunction, PyClass, PyInstance, PyModule, type Value } from '../runtime/values.ts';
import { bytesFrom } from '../stdlib/files/whole.ts';
import { imageClass } from './image.ts';
import { cleanHtml, cleanSvg } from './sanitize.ts';

/** Markup that is shown as such. */
class MarkupNative extends Native {
  readonly data: string;
  constructor(data: string) {
    super();
    this.data = data;
  }
  references(visit: Visit): void {
    visit(this.data);
  }
}

const receiver = (value: Value | undefined): MarkupNative => {
  if (value instanceof PyInstance && value.native instanceof MarkupNative) return value.native;
  throw typeError('a method needs an object of its class as its first argument');
};

/** A class of markup; `form` says what is shown of it. */
function markup(
  name: string,
  method: string,
  form: (data: string, step: (cost: number) => void) => string,
  read = plainData,
): PyClass {
  const cls = new PyClass(name);
  const takes = taking(`${name}.__init__`, 'data= url= filename= metadata=');
  cls.members.set('__module__', 'IPython.core.display');
  cls.members.set(
    '__init__',
    new NativeFunction('__init__', ([self, ...args], kwargs, interpreter) => {
      const { given } = takes(args, kwargs, interpreter);
      if (given.url !== undefined && given.url !== null)
        throw new PyError('NotImplementedError', `${name} takes no url here`);
      const data = read(name, given.data ?? null, given.filename ?? null, interpreter);
      if (self instanceof PyInstance)
        self.native = new MarkupNative(form(data, (cost) => interpreter.budget.step(cost)));
      return null;
    }),
  );
  cls.members.set(
    method,
    methodOf(name, receiver, method, '', (self) => self.data),
  );
  cls.members.set(
    '__repr__',
    methodOf(name, receiver, '__repr__', '', () => `<IPython.core.display.${name} object>`),
  );
  return cls;
}

function plainData(name: string, data: Value, filename: Value, _interpreter: Interpreter): string {
  if (filename !== null) throw new PyError('NotImplementedError', `${name} takes no filename here`);
  if (typeof data !== 'string') throw typeError(`${name} expects text, not ${data === null ? 'None' : typeof data}`);
  return data;
}

/** A picture in a file. */
function savedData(name: string, data: Value, filename: Value, interpreter: Interpreter): string {
  const path = filename ?? (typeof data === 'string' && !data.includes('<') ? data : null);
  if (path === null) return plainData(name, data, filename, interpreter);
  return new TextDecoder().decode(bytesFrom(path, interpreter as Runtime));
}

const dollars = (text: string): string => {
  const inner = text.replace(/^\$+|\$+$/g, '');
  return `$\\displaystyle ${inner}$`;
};

const refused = (name: string): [string, Value] => [
  name,
  fn(name, '* **', () => {
    throw new PyError('NotImplementedError', `IPython.display.${name} is not supported here`);
  }),
];

/** As text where a value has no richer form. */
function shownForm(value: Value, interpreter: Interpreter): Display {
  return richForm(interpreter as Runtime, value) ?? { mime: 'text/plain', data: interpreter.repr(value) };
}

const display = fn(
  'display',
  '* | raw= display_id= clear= include= exclude= metadata= transient=',
  ({ given, more, interpreter }) => {
    if (given.clear === true) interpreter.displays.clear();
    for (const value of more) {
      const { mime, data } = shownForm(value, interpreter);
      // Text goes where the rest of the cell's text goes, in its order.
      if (mime === 'text/plain') interpreter.print(`${data}\n`);
      else interpreter.displays.add(mime, data);
    }
    return null;
  },
);

const markdown = markup('Markdown', '_repr_markdown_', (text) => text);
const html = markup('HTML', '_repr_html_', cleanHtml);

const show = (name: string, make: PyClass): NativeFunction =>
  fn(`display_${name}`, '* | raw= metadata=', ({ given, more, interpreter }) => {
    for (const one of more) {
      const value = given.raw === true ? interpreter.call(make, [one]) : one;
      interpreter.call(display, [value]);
    }
    return null;
  });

const displayModule = new PyModule(
  'IPython.display',
  new Map<string, Value>([
    ['display', display],
    ['HTML', html],
    ['Markdown', markdown],
    ['Math', markup('Math', '_repr_latex_', dollars)],
    ['Latex', markup('Latex', '_repr_latex_', (text) => text)],
    ['SVG', markup('SVG', '_repr_svg_', cleanSvg, savedData)],
    ['Image', imageClass],
    ['display_html', show('html', html)],
    ['display_markdown', show('markdown', markdown)],
    [
      'clear_output',
      fn('clear_output', 'wait=', ({ interpreter }) => {
        interpreter.displays.clear();
        return null;
      }),
    ],
    ['set_matplotlib_formats', fn('set_matplotlib_formats', '* **', () => null)],
    ...['Audio', 'Video', 'IFrame', 'YouTubeVideo', 'Javascript', 'JSON', 'FileLink', 'Pretty', 'Code'].map(refused),
  ]),
);

/** The shell that magics are asked of: they change nothing here. */
const shell = new PyClass(
  'InteractiveShell',
  [],
  new Map<string, Value>(
    ['run_line_magic', 'magic', 'run_cell_magic', 'enable_matplotlib', 'system', 'set_next_input'].map((name) => [
      name,
      fn(name, '* **', () => null),
    ]),
  ),
);
const theShell = new PyInstance(shell);

export const getIpython = fn('get_ipython', '', () => theShell);

const core = new PyModule('IPython.core', new Map<string, Value>([['display', displayModule]]));
const root = new PyModule(
  'IPython',
  new Map<string, Value>([
    ['display', displayModule],
    ['core', core],
    ['get_ipython', getIpython],
    ['__version__', '8.5.0'],
  ]),
);

const MODULES = new Map<string, PyModule>([
  ['IPython', root],
  ['IPython.display', displayModule],
  ['IPython.core', core],
  ['IPython.core.display', displayModule],
  ['IPython.core.getipython', root],
]);

export const ipythonModules = (name: string): PyModule | undefined => MODULES.get(name);

/** Names that a notebook has without an import. */
export const NOTEBOOK_NAMES: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['display', display],
  ['get_ipython', getIpython],
]);
