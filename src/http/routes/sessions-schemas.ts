/** What is sent to workspaces, and what they answer. */
import { z } from 'zod';
import { DISPLAY_TYPES } from '../../answer/answer.ts';
import { MAX_CODE } from '../../compute/code-size.ts';
import { definitions, graphResultSchema, tensorResultSchema } from '../../graph/schema.ts';
import { DTYPES } from '../../tensor/dtype.ts';
import { answerFields, optionFields } from '../schemas.ts';

export const codeSchema = z
  .string()
  .max(MAX_CODE)
  .meta({ description: "PyTorch's own syntax, a safe subset of Python", examples: ['y = torch.sigmoid(x)'] });

const id = z.string().meta({ description: 'The id of the workspace' });
const tensorName = z.string().meta({ description: "The tensor's variable", examples: ['w'] });

export const sessionParams = z.object({ id });
export const tensorParams = z.object({ id, name: tensorName });

const expiresAt = z.iso.datetime().meta({ description: 'When it goes, unless it is used before' });

export const sessionSchema = z
  .object({ id: id.meta({ description: 'Whoever knows it can use the workspace' }), expires_at: expiresAt })
  .meta({ id: 'Session', description: 'A new workspace' });

const shape = z.array(z.int().min(0));
const dtype = z.enum(DTYPES);

const nameSchema = z
  .object({
    kind: z.string().meta({ description: "Python's name of its type", examples: ['Tensor', 'int', 'function'] }),
    dtype: dtype.optional(),
    shape: shape.optional(),
    requires_grad: z.boolean().optional(),
  })
  .meta({ id: 'WorkspaceName', description: 'What a name of a workspace stands for' });

export const sessionDetailSchema = z
  .object({
    ...sessionSchema.shape,
    execution_count: z.int().min(0).meta({ description: 'Cells that were run' }),
    elements: z.int().min(0).meta({ description: 'Elements that its tensors hold, and the graph that they hang on' }),
    names: z.record(z.string(), nameSchema).meta({ description: 'What is defined' }),
  })
  .meta({ id: 'SessionDetail', description: 'A workspace, and what it holds' });

export const cellRequest = z
  .strictObject({ code: codeSchema, ...optionFields })
  .meta({ id: 'CellRequest', description: 'A cell to run' });

export const cellAnswer = z
  .object({
    execution_count: z.int().min(1),
    stdout: z.string().meta({ description: 'What the cell printed' }),
    stderr: z.string().optional().meta({ description: 'What it said besides: warnings' }),
    result: z
      .object({
        repr: z.string().meta({ description: 'As PyTorch prints it', examples: ['tensor([0.5000])'] }),
        tensor: tensorResultSchema.optional().meta({ description: 'There for tensors of at most 2^20 elements' }),
      })
      .optional()
      .meta({ description: 'The value of the last expression' }),
    displays: z
      .array(z.object({ mime: z.enum(DISPLAY_TYPES), data: z.string() }))
      .optional()
      .meta({ description: 'What the cell showed: pictures, formulas, formatted text' }),
    error: z
      .object({ type: z.string(), message: z.string(), line: z.int().min(1).optional() })
      .optional()
      .meta({
        description: 'What the cell raised; TimeoutError past a limit, KeyboardInterrupt where it was interrupted',
      }),
    ...answerFields,
  })
  .meta({
    id: 'CellAnswer',
    description:
      'What the cell printed, showed or raised, and what it recorded. Inputs of the graph are values of earlier cells',
  });

export const interruptSchema = z
  .object({ interrupted: z.boolean().meta({ description: 'Whether there was a cell to end' }) })
  .meta({ id: 'Interrupted', description: 'Whether a cell was told to end' });

export const graphQuery = z.strictObject({
  of: z.string().meta({ description: 'The variable whose history is wanted', examples: ['loss'] }),
  graph_values: optionFields.graph_values,
});

export const tensorQuery = z.strictObject({ tensor_format: optionFields.tensor_format });

const entry = z
  .object({ dtype, shape, requires_grad: z.boolean(), is_leaf: z.boolean(), has_grad: z.boolean() })
  .meta({ id: 'TensorEntry', description: 'A tensor of a workspace, without its elements' });

export const tensorsSchema = z
  .object({ tensors: z.record(z.string(), entry).meta({ description: 'By name' }) })
  .meta({ id: 'TensorList', description: 'The tensors of a workspace' });

export const tensorDetailSchema = z
  .object({
    dtype,
    shape,
    requires_grad: z.boolean(),
    is_leaf: z.boolean(),
    grad_fn: z.string().optional().meta({ description: 'The gradient node that made it' }),
    data: z
      .unknown()
      .optional()
      .meta({ ...definitions.Data, $ref: '#/components/schemas/Data' }),
    base64: z.string().optional().meta({ description: 'Little-endian bytes, where `tensor_format` asked' }),
    grad: tensorResultSchema.optional().meta({ description: 'Its `.grad`' }),
  })
  .meta({ id: 'TensorDetail', description: 'A tensor of a workspace with its gradient' });

export const putSchema = z
  .object({ name: tensorName, dtype, shape, requires_grad: z.boolean() })
  .meta({ id: 'TensorPut', description: 'A tensor that was taken in' });

export { graphResultSchema };
