/** What the routes of the Open Inference Protocol take and answer. */
import { z } from 'zod';

const value = z.union([z.string(), z.number(), z.boolean()]);

const parameters = z
  .record(z.string(), z.unknown())
  .optional()
  .meta({ description: 'Strings, numbers and booleans by name' });

const shape = z.array(z.int()).meta({ description: '−1 for a size that may vary; [-1] where the rank may vary, too' });

const datatype = z.string().meta({
  description: 'BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32 or FP64',
  examples: ['FP32'],
});

const data = z.unknown().meta({
  description:
    'The elements in row-major order, in one array or nested. Numbers that are not finite are the bare words NaN, Infinity and -Infinity',
});

export const inferenceErrorSchema = z
  .object({ error: z.string() })
  .meta({ id: 'InferenceError', description: 'What is wrong, as the protocol tells it' });

export const inferBodySchema = z
  .looseObject({
    id: z.string().optional().meta({ description: 'Comes back in the answer' }),
    parameters: parameters.meta({
      description:
        'Attributes of an op; `binary_data_output`: whether outputs are answered in binary form; `grad_of`: which output the gradients are of. Others are passed over',
    }),
    inputs: z.array(
      z.looseObject({
        name: z.string(),
        shape: z.array(z.int().min(0)),
        datatype,
        parameters: parameters.meta({ description: '`binary_data_size`: how many bytes behind the JSON it has' }),
        data: data.optional(),
      }),
    ),
    outputs: z
      .array(z.looseObject({ name: z.string(), parameters }))
      .optional()
      .meta({ description: "What is answered, `grad.NAME` among it; the model's outputs where absent" }),
  })
  .meta({ id: 'InferRequest', description: 'Tensors for a model' });

export const inferAnswerSchema = z
  .object({
    model_name: z.string(),
    model_version: z.string(),
    id: z.string().optional(),
    outputs: z.array(
      z.object({
        name: z.string(),
        datatype,
        shape: z.array(z.int().min(0)),
        parameters: z.record(z.string(), value).optional(),
        data: data.optional(),
      }),
    ),
  })
  .meta({ id: 'InferAnswer', description: "A model's outputs, and the gradients that were asked for" });

const tensorSchema = z.object({ name: z.string(), datatype, shape });

export const metadataSchema = z
  .object({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: z.array(tensorSchema),
    outputs: z
      .array(tensorSchema)
      .meta({ description: 'Outputs, and the gradients `grad.NAME` that may be asked for' }),
  })
  .meta({ id: 'ModelMetadata', description: 'A model, its inputs and its outputs' });

export const serverSchema = z
  .object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })
  .meta({ id: 'ServerMetadata', description: 'The service, and which extensions of the protocol it has' });

export const liveSchema = z
  .object({ live: z.boolean() })
  .meta({ id: 'Live', description: 'Whether the process answers' });

export const readySchema = z
  .object({ ready: z.boolean() })
  .meta({ id: 'Ready', description: 'Whether requests are taken' });

export const modelReadySchema = z
  .object({ name: z.string(), ready: z.boolean() })
  .meta({ id: 'ModelReady', description: 'Whether a model takes requests' });

export const configSchema = z
  .record(z.string(), z.unknown())
  .meta({ id: 'ModelConfig', description: "A model's configuration, in Triton's form" });

export const statsSchema = z
  .object({ model_stats: z.array(z.record(z.string(), z.unknown())) })
  .meta({ id: 'ModelStats', description: "How often models were asked, in Triton's form; times in nanoseconds" });

export const indexSchema = z
  .array(z.object({ name: z.string(), version: z.string(), state: z.string(), reason: z.string() }))
  .meta({ id: 'RepositoryIndex', description: 'Every model' });

const errorAnswer = (description: string): unknown => ({
  description,
  content: { 'application/json': { schema: inferenceErrorSchema } },
});

export const accessErrors = {
  401: errorAnswer('The service has API_KEYS, and none of them was shown'),
  429: errorAnswer('Over the RATE_LIMIT of this service'),
};

export const modelErrors = { ...accessErrors, 404: errorAnswer('There is no such model or version') };

export const inferErrors = {
  400: errorAnswer('The request is not as the protocol has it, or is refused by the engine'),
  ...modelErrors,
  413: errorAnswer('The body is too large'),
  415: errorAnswer('Unknown coding'),
  503: errorAnswer('This instance is overloaded; try again later'),
  504: errorAnswer("The request's own time limit has passed"),
};
