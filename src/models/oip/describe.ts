/** Models as the protocol's metadata, and Triton's configuration and statistics, tell them. */
import type { ServedModel, ServedTensor } from './served.ts';

const bare = ({ name, datatype, shape }: ServedTensor): object => ({ name, datatype, shape });

const gradientOf = (tensor: ServedTensor): ServedTensor => ({ ...tensor, name: `grad.${tensor.name}` });

/** `GET /v2/models/{model}` */
export function metadataOf(model: ServedModel): object {
  const { inputs, outputs, gradients } = model.info();
  return {
    name: model.name,
    versions: model.versions,
    platform: model.platform,
    inputs: inputs.map(bare),
    outputs: [...outputs, ...gradients.map(gradientOf)].map(bare),
  };
}

const TRITON: Readonly<Record<string, string>> = { BYTES: 'TYPE_STRING' };

const configured = ({ name, datatype, shape, optional }: ServedTensor): object => ({
  name,
  data_type: TRITON[datatype] ?? `TYPE_${datatype}`,
  dims: shape,
  ...(optional ? { optional } : {}),
});

/** `GET /v2/models/{model}/config` */
export function configOf(model: ServedModel): object {
  const { inputs, outputs, gradients, parameters } = model.info();
  return {
    name: model.name,
    platform: model.platform,
    backend: 'gradwire',
    max_batch_size: 0,
    input: inputs.map(configured),
    output: [...outputs, ...gradients.map(gradientOf)].map(configured),
    parameters: Object.fromEntries([...parameters].map(([name, value]) => [name, { string_value: value }])),
  };
}
