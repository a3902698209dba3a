import { expect, test } from 'vitest';
import { shown } from '../torch/session.ts';

test('what is loaded stays as it is, however many steps follow', () => {
  const cell = `import copy
p = torch.ones(2, requires_grad=True)
o = torch.optim.Adam([p], lr=0.1)
p.sum().backward()
o.step()
saved = copy.deepcopy(o.state_dict())
o.load_state_dict(saved)
o.step()
o.step()
saved['state'][0]['step'], o.state_dict()['state'][0]['step'], saved['state'][0]['exp_avg']`;
  expect(shown(cell)).toBe('(tensor(1.), tensor(3.), tensor([0.1000, 0.1000]))');
});
