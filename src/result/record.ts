/** These schemas record what a run was made with, and its part of a plan. Their types are those of the run itself. */
import * as v from 'valibot'
import { type Checked, count, described, openObject, real, sha256Text, whole } from '../input/schema.ts'

const side = whole(1)
export const shapeSchema = described(v.strictTuple([side, side, side]), 'Channels, height, width.')

const networkNodeSchema = openObject({
  name: v.string(),
  op: v.string(),
  shape: shapeSchema,
  inputs: v.array(v.string()),
  window: described(
    v.optional(
      openObject({
        kernel: side,
        stride: side,
        padding: count,
        table: described(v.optional(v.boolean()), 'Of a convolution: whether its codes go through a table.'),
      }),
    ),
    'Of a convolution or a pooling.',
  ),
})
/** A tensor of the network, as the report draws it. */
export type NetworkNode = Checked<typeof networkNodeSchema>

const untrackedSchema = openObject({
  input: described(v.string(), 'As the words name it.'),
  files: described(v.array(v.string()), 'The files in it that git does not track; empty if it tracks none.'),
})
export type Untracked = Checked<typeof untrackedSchema>

/** Where a result comes from. It decides nothing: no key, identity or evidence holds it. */
export const originSchema = described(
  openObject({
    commit: described(v.nullable(v.string()), 'Commit of the working folder; null outside a git repository.'),
    dirty: described(
      v.nullable(v.boolean()),
      'Whether tracked files differed from the commit; null if git did not say.',
    ),
    changed: described(
      v.optional(v.array(v.string())),
      'Some of the tracked files that differed, from the root of the repository.',
    ),
    folder: described(
      v.optional(v.string()),
      'The working folder, from the root of the repository; empty for the root. Absent outside a repository.',
    ),
    command: described(v.array(v.string()), 'The words of the command line after the program.'),
    words: described(
      v.optional(v.array(v.string())),
      'Arguments of assay sim that decide the result, from which the line to copy is made.',
    ),
    settings: described(
      v.optional(v.array(v.string())),
      'Variables of the environment that decide the result beside the words: ASSAY_SEED=5.',
    ),
    installs: described(
      v.optional(v.boolean()),
      'Whether `npm ci --ignore-scripts` in a clone installs Assay: the package-lock.json above the working folder has it.',
    ),
    untracked: described(
      v.optional(v.array(untrackedSchema)),
      'Inputs that a clone lacks, because git does not track them or files in them.',
    ),
    host: v.string(),
  }),
  'The commit, the command line and the host of a run.',
)
export type Origin = Checked<typeof originSchema>

export const reproductionSchema = openObject({
  line: described(v.string(), 'To be copied into a shell in the root of a fresh clone.'),
  notes: described(
    v.array(v.string()),
    'What the line cannot say: uncommitted changes, digests, files of elsewhere.',
  ),
})
/** What makes a red part again in a fresh clone. */
export type Reproduction = Checked<typeof reproductionSchema>

const lanes = described(count, "0 for the user's own module, which has no array of this kind.")

export const runSchema = described(
  openObject({
    assay: described(v.string(), 'Version of this program.'),
    node: v.string(),
    platform: v.string(),
    verilator: v.string(),
    compiler: v.string(),
    rtlHash: described(
      sha256Text,
      'SHA-256 over the RTL sources in their order and the files they include; over the files of a dump.',
    ),
    imageHash: described(sha256Text, 'SHA-256 of the image file.'),
    engine: described(
      openObject({
        inputLanes: lanes,
        outputLanes: lanes,
        pixels: lanes,
        weightBits: whole(1),
        activationBits: whole(1),
        tableBits: whole(1),
      }),
      'The array and its widths.',
    ),
    startedAt: described(
      v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, 'a time in ISO 8601, UTC')),
      'When the run began, ISO 8601, UTC.',
    ),
    origin: v.optional(originSchema),
  }),
  'The settings and versions of the run.',
)
export type SimulationRecord = Checked<typeof runSchema>

/** What is the same in every shard of a run. */
export const headSchema = openObject({
  model: v.string(),
  modelHash: described(sha256Text, 'SHA-256 of the quantised model.'),
  modelFileHash: described(
    v.optional(sha256Text),
    'SHA-256 of the model file, the checkpoint; absent where a frozen set was read instead.',
  ),
  weightBits: whole(1, 16),
  activationBits: whole(1, 16),
  profile: described(
    v.optional(v.string()),
    'Name of the profile of arithmetic; absent for that of docs/arithmetic.md, assay.',
  ),
  mode: described(
    v.picklist(['isolated', 'chained', 'compared']),
    '`compared`: a dump, and no RTL of this run.',
  ),
  image: v.string(),
  network: described(v.array(networkNodeSchema), 'Every tensor of the network in topological order.'),
  run: runSchema,
})
export type RunHead = Checked<typeof headSchema>

const plannedLayerSchema = openObject({
  name: v.string(),
  shard: whole(1),
  kind: described(v.picklist(['layer', 'boxes']), 'The boxes count as one layer.'),
  seed: described(v.optional(count), 'In runs with seeds: one entry a layer and seed.'),
})

const planSettingsSchema = openObject({
  simulator: v.picklist(['verilator', 'icarus']),
  nms: described(
    openObject({
      confidence: real(),
      iou: real(),
      maxDetections: count,
      multiLabel: v.boolean(),
    }),
    'Thresholds of q_NMS.',
  ),
  seed: described(count, 'The seed of registers without a reset value, if --seeds names none.'),
  module: described(
    v.optional(sha256Text),
    "The configuration of the user's own module, as it is for every planned layer.",
  ),
})

export const planSchema = openObject({
  count: whole(1),
  settings: described(planSettingsSchema, 'Options that decide what a shard finds.'),
  plan: described(v.array(plannedLayerSchema), 'Everything that must run, with the shard that runs it.'),
})
export type Plan = Checked<typeof planSchema>

export const shardSchema = described(
  openObject({
    index: described(whole(1), 'The first has index 1.'),
    inputs: described(
      sha256Text,
      'The identity of the plan: SHA-256 of model, image, RTL, versions, options, number of shards and plan.',
    ),
    ...planSchema.entries,
  }),
  'The shard that this run is; absent for a whole run.',
)
export type ShardRecord = Checked<typeof shardSchema>
