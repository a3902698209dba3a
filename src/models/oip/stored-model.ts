/** A model that was put: its graph's inputs and outputs, and its parameters, which a request may send as well. */
import { jsonError } from '../../codec/json/json-error.ts';
import type { TensorLiteral } from '../../codec/json/tensor-literal.ts';
import { closest } from '../../ops/closest.ts';
import { isFloating } from '../../tensor/dtype.ts';
import type { ModelInfo, TensorInfo } from '../record.ts';
import { inputsFor, type OpenModel } from '../request.ts';
import { datatypeOf } from './datatypes.ts';
import type { InferRequest } from './request.ts';
import type { Bound, ServedInfo, ServedModel, ServedTensor } from './served.ts';

const served = ({ name, dtype, shape }: TensorInfo): ServedTensor => ({
  name,
  datatype: datatypeOf(dtype),
  shape: shape ?? [-1],
});

export class StoredServed implements ServedModel {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  private readonly told: ModelInfo;
  private readonly open: () => OpenModel;

  /** @param open reads the model, when a request is carried out */
  constructor(name: string, versions: readonly string[], told: ModelInfo, open: () => OpenModel) {
    this.name = name;
    this.versions = versions;
    this.platform = `gradwire_${told.source}`;
    this.told = told;
    this.open = open;
  }

  info(): ServedInfo {
    const { inputs, outputs, parameters } = this.told;
    const differentiable = [...inputs, ...parameters].filter(({ dtype }) => isFloating(dtype));
    return {
      inputs: inputs.map(served),
      outputs: outputs.map(served),
      gradients: differentiable.map(served),
      parameters: new Map(),
    };
  }

  takes(name: string): boolean {
    return this.infoOf(name) !== undefined;
  }

  private infoOf(name: string): TensorInfo | undefined {
    const { inputs, parameters } = this.told;
    const named = (info: TensorInfo): boolean => info.name === name;
    return inputs.find(named) ?? parameters.find(named);
  }

  bind(request: InferRequest, wanted: ReadonlySet<string>): Bound {
    const sent = new Map<string, TensorLiteral>();
    for (const tensor of request.inputs.values()) {
      const { name, pointer } = tensor;
      const info = this.infoOf(name);
      if (info === undefined) {
        if (name === 'grad_output') continue;
        const names = [...this.told.inputs, ...this.told.parameters].map((known) => known.name);
        const near = closest(name, names);
        throw jsonError(
          `${pointer}/name`,
          `${this.name} has no input "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
        );
      }
      sent.set(name, tensor.literal(info.dtype, wanted.has(name)));
    }
    for (const { name } of this.told.inputs)
      if (!sent.has(name) && !this.open().graph.values?.get(name)?.hasData)
        throw jsonError('/inputs', `${this.name} needs the input "${name}", which was not sent`);
    const model = this.open();
    const inputs = inputsFor(model, { inputs: sent, wanted: [...wanted] });
    return { graph: model.graph, inputs, outputs: new Map(model.graph.outputs.map((name) => [name, name])) };
  }
}
