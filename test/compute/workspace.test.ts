/** What is written over itself, again and again, in a workspace, whose program notes every version. */
import { expect, test } from 'vitest';
import { Deadline } from '#src/compute/clock.ts';
import { Scope } from '#src/compute/scope.ts';
import { Workspace } from '#src/compute/workspace.ts';

const LIMITS = { maxElements: 1e6, maxNodes: 10_000, timeLimitMs: 5000 };
const OPTIONS = { graphScope: 'forward', tensorFormat: 'nested', anomaly: false, data: 'none' } as const;

function cells(...codes: string[]): string[] {
  const workspace = new Workspace(LIMITS as ConstructorParameters<typeof Workspace>[0]);
  return codes.map((code) => {
    const job = { kind: 'cell', code, options: OPTIONS } as unknown as Parameters<Workspace['do']>[0];
    const { body } = workspace.do(job, new Scope(LIMITS as never, new Deadline(5000)));
    const answer = JSON.parse(typeof body === 'string' ? body : new TextDecoder().decode(body as Uint8Array));
    return answer.error === undefined ? (answer.result?.repr ?? '') : `${answer.error.type}: ${answer.error.message}`;
  });
}

const MODULE = 'import torch\nfrom torch import nn\nm = nn.Linear(2, 2)\nsd = m.state_dict()\nNone';

test('a state dict is loaded again and again, also into the module that it is of', () => {
  const load = 'm.load_state_dict(sd)';
  const matched = '<All keys matched successfully>';
  expect(cells(MODULE, load, load, load, 'm.load_state_dict(m.state_dict())')).toEqual([
    '',
    matched,
    matched,
    matched,
    matched,
  ]);
});

test('what was loaded is not written to with the module', () => {
  expect(
    cells(
      `${MODULE}\nsd = {"weight": torch.ones(2, 2) * 2, "bias": torch.ones(2) * 2}`,
      'm.load_state_dict(sd)\nwith torch.no_grad(): m.weight.add_(1), m.bias.zero_()\nsd["weight"].sum().item(), sd["bias"].sum().item()',
      'm.load_state_dict(sd)\nm.weight.sum().item()',
    ),
  ).toEqual(['', '(8.0, 4.0)', '8.0']);
});

test.each([
  ['copy_', 'a.copy_(a)\na.copy_(a.detach())\na.copy_(a.view(-1))'],
  ['subscripts', 'a[:] = a\na[:] = a\na[0] = a[1]'],
  ['data', 'a.data = a\na.data = a.data\na.set_(a)'],
  ['operators', 'a += a\na -= a.detach()\na *= 1'],
  ['grad', 'b = torch.ones(3, requires_grad=True)\nb.sum().backward()\nb.grad.copy_(b.grad)\nb.grad = b.grad'],
  ['a module within itself', 'm.a = m\nlen(list(m.modules()))\nm.zero_grad()'],
  [
    'an optimizer',
    'o = torch.optim.Adam(m.parameters())\no.load_state_dict(o.state_dict())\no.load_state_dict(o.state_dict())',
  ],
])('%s of itself ends', (_, code) => {
  const twice = cells(`${MODULE}\na = torch.ones(3)\nNone`, `${code}\n1`, `${code}\n1`);
  expect(twice).toEqual(['', '1', '1']);
});
