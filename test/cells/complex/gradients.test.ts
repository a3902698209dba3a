/** Complex tensors in backward passes, in writes, and in checks of gradients. Values are PyTorch's. */
import { describe, expect, it } from 'vitest';
import { shown } from '../torch/session.ts';

const PRELUDE = `from torch.autograd import gradcheck
import torch.autograd.forward_ad as fw
r = torch.tensor([1., -2.], dtype=torch.float64, requires_grad=True)
z = torch.tensor([1 + 2j, 3 - 1j], dtype=torch.complex128, requires_grad=True)`;
const said = (code: string): string => shown(PRELUDE, code).trim();

describe('backward', () => {
  it('starts from a complex number', () => {
    expect(said('(r * (2 + 1j)).sum().backward()\nr.grad')).toBe('tensor([2., 2.], dtype=torch.float64)');
    expect(said('(z * (2 + 1j)).sum().backward()\nz.grad')).toBe('tensor([2.-1.j, 2.-1.j], dtype=torch.complex128)');
    expect(said('(z * z).backward(gradient=torch.ones(2, dtype=torch.complex128))\nz.grad')).toBe(
      'tensor([2.-4.j, 6.+2.j], dtype=torch.complex128)',
    );
    expect(said('(z * z).backward()')).toBe('RuntimeError: grad can be implicitly created only for scalar outputs');
  });
});

describe('writes', () => {
  it('go over both parts, and carry gradients', () => {
    expect(said('w = torch.zeros(2, dtype=torch.complex128)\nw.copy_(r)\nw.sum().backward()\nprint(w, r.grad)')).toBe(
      'tensor([ 1.+0.j, -2.+0.j], dtype=torch.complex128, grad_fn=<CopyBackwards>) tensor([1., 1.], dtype=torch.float64)',
    );
    expect(
      said(
        'w = z.detach().clone()\nw.add_(1)\nw *= 1j\nw -= 1\nw.div_(2)\nprint(w.tolist())\nw.zero_()\nprint(w.tolist())',
      ),
    ).toBe('[(-1.5+1j), 2j]\n[0j, 0j]');
  });
});

describe('gradcheck', () => {
  it.each([
    'lambda z: z * z',
    'lambda z: (z.exp(), z.real)',
    'lambda z: torch.cat([z, z.conj()]).abs()',
    'lambda z: torch.stack([z, torch.complex(z.imag, z.real)])',
  ])('passes for %s, both ways', (fn) => {
    expect(said(`gradcheck(${fn}, z, check_forward_ad=True)`)).toBe('True');
  });

  it('takes real and complex arguments together', () => {
    expect(said('gradcheck(lambda a, b: a * b, (r, z))')).toBe('True');
  });

  it('says which part differs', () => {
    expect(
      said(`class Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x): return x * 1
    @staticmethod
    def backward(ctx, g): return g * 1.5
gradcheck(lambda x: torch.complex(x, Wrong.apply(x)), r)`),
    ).toContain(
      'While considering the imaginary part of complex outputs only, Jacobian mismatch for output 0 with respect to input 0',
    );
  });
});

describe('directions', () => {
  it('are complex, too', () => {
    expect(
      said(`with fw.dual_level():
    d = fw.make_dual(z.detach(), torch.ones(2, dtype=torch.complex128))
    print(fw.unpack_dual(d * d).tangent)`),
    ).toBe('tensor([2.+4.j, 6.-2.j], dtype=torch.complex128)');
  });
});
