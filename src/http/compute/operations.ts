/** A request of one op: what it reads, and how it is carried out. */
import type { Slot } from '../../codec/json/reader.ts';
import type { TensorLiteral } from '../../codec/json/tensor-literal.ts';
import { runOperation, sizeOfOperation } from '../../compute/op.ts';
import { isSmall } from '../../compute/survey.ts';
import type { OpDef } from '../../ops/define.ts';
import { type OptionBody, operationBody, optionsOf } from '../schemas.ts';
import type { ComputeRoute } from './route.ts';

type Body = OptionBody & Record<string, unknown>;

function slotOf(op: OpDef): Slot {
  const fields: Record<string, Slot> = { grad_output: 'tensor' };
  for (const param of op.params) if (param.kind !== 'attr') fields[param.name] = 'tensor';
  return { fields };
}

const routes = new Map<OpDef, ComputeRoute<Body>>();

/** Made once for each op. Its key is the op's name. */
export function operationRoute(op: OpDef): ComputeRoute<Body> {
  const known = routes.get(op);
  if (known !== undefined) return known;
  const tensorNames = op.params.filter((p) => p.kind !== 'attr').map((p) => p.name as string);
  const attrParams = op.params.filter((p) => p.kind === 'attr');
  const route: ComputeRoute<Body> = {
    key: op.name,
    slot: slotOf(op),
    schema: operationBody(op) as never,
    prepare(body, type, scope) {
      const tensors = new Map<string, TensorLiteral>();
      for (const name of tensorNames) {
        const literal = body[name];
        if (literal != null) tensors.set(name, literal as TensorLiteral);
      }
      const attrs: Record<string, unknown> = {};
      for (const param of attrParams) attrs[param.key] = body[param.name];
      const gradOutput = body.grad_output as TensorLiteral | undefined;
      const request = { tensors, attrs, gradOutput };
      const options = optionsOf(body, type);
      return {
        small: isSmall(sizeOfOperation(op, request, options)),
        run: () => runOperation(op, request, options, scope),
      };
    },
  };
  routes.set(op, route);
  return route;
}
