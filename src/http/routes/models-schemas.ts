/** Schemas of `/v1/models`. */
import { z } from 'zod';
import { TENSOR_FORMATS } from '../../answer/answer.ts';
import type { Slot } from '../../codec/json/reader.ts';
import { dictionary, graphSchema, tensorSchema } from '../../graph/schema.ts';
import { DTYPES } from '../../tensor/dtype.ts';
import { userWarningSchema } from '../schemas.ts';

export const modelBody = z
  .strictObject({ graph: graphSchema })
  .meta({ id: 'ModelRequest', description: 'A graph with every constant in its `values`' });

export const patchBody = z
  .strictObject({
    parameters: dictionary(tensorSchema, { additionalProperties: { $ref: '#/components/schemas/Tensor' } }).meta({
      description: 'The parameters to replace, by name, in their own shapes and dtypes',
    }),
  })
  .meta({ id: 'ModelPatch', description: 'Parameters that a model is to have from now on' });

/** Where their tensors stand. */
export const MODEL_SLOT: Slot = { fields: { graph: { fields: { values: { entries: 'value' } } } } };
export const PATCH_SLOT: Slot = { fields: { parameters: { entries: 'tensor' } } };

const infoSchema = z
  .object({
    name: z.string(),
    dtype: z.enum(DTYPES),
    shape: z
      .array(z.int())
      .nullable()
      .meta({ description: '−1 stands for a size that may vary; null where not even the rank is known' }),
  })
  .meta({ id: 'ModelTensor', description: 'A value of a model' });

export const modelSchema = z
  .object({
    name: z.string(),
    version: z.int().min(1).meta({ description: 'Counted up by each PUT and PATCH; also the ETag' }),
    inputs: z.array(infoSchema),
    outputs: z.array(infoSchema),
    parameters: z.array(infoSchema).meta({ description: 'Its floating constants, which require their gradients' }),
    ops: z.record(z.string(), z.int()).meta({ description: 'How many nodes there are of each op' }),
    nodes: z.int(),
    bytes: z.int().meta({ description: 'Of all constants' }),
    source: z.enum(['onnx', 'graph']),
    warnings: z
      .array(userWarningSchema)
      .optional()
      .meta({ description: 'What was read of a file otherwise than it may mean it' }),
  })
  .meta({ id: 'Model', description: 'A graph with its parameters, under a name' });

export const modelsSchema = z
  .object({ models: z.array(modelSchema) })
  .meta({ id: 'Models', description: 'The newest version of each model, by name' });

export const modelParams = z.object({
  name: z.string().meta({ description: '1 to 128 of `A-Z a-z 0-9 . _ -`, beginning with a letter or digit' }),
});

export const referenceParams = z.object({
  name: z.string().meta({ description: 'The name of a model, or one of its versions: `name@3`' }),
});

export const graphQuery = z.strictObject({
  parameters: z
    .enum(['true', 'false'])
    .default('false')
    .meta({ description: 'Whether with the data of parameters; other constants have theirs' }),
  tensor_format: z
    .enum(TENSOR_FORMATS)
    .default('nested')
    .meta({ description: 'How elements are written: base64 is the shortest' }),
});
