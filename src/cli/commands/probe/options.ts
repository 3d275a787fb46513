/** Options of `assay probe`. */
import { InputError } from '../../../input/input-error.ts'
import type { Arguments, Declarations } from '../../options/declaration.ts'
import { prepareProfile } from '../../options/prepare-profile.ts'
import { INCLUDE_OPTION, MODEL_OPTIONS } from '../../options/shared.ts'
import { DEFINE_OPTION, PARAMETER_OPTION } from '../ports.ts'

/** Those of a model; these three mean something of their own here. */
const { out: _out, profile: _profile, bits: _bits, ...MODEL } = MODEL_OPTIONS

export const LAYER_OPTIONS = {
  module: {
    type: 'string',
    reads: true,
    describe: 'assay.config.ts: drive a whole layer of a model on your own module, instead of a requantiser',
  },
  layer: {
    alias: 'l',
    type: 'string',
    describe: 'convolution to drive, such as model.2.cv1 [the first that the module claims]',
  },
} as const satisfies Declarations

export const SOURCES = {
  sources: {
    type: 'string',
    array: true,
    describe: 'SystemVerilog files, packages first, the requantiser last',
  },
} as const satisfies Declarations

export const PORT_OPTIONS = {
  acc: { type: 'string', describe: 'input that takes the accumulator, acc_i or sum_i[31:0] [by its name]' },
  code: { type: 'string', describe: 'output that gives the code [by its name]' },
  multiplier: { type: 'string', describe: 'input of M, or the M that is inside the module [by its name]' },
  shift: {
    type: 'string',
    describe: 'input of s, or the s inside the module [by its name; or else s is found]',
  },
  'zero-point': { type: 'string', describe: 'input of Z, or the Z inside the module [by its name]' },
  scale: { type: 'string', describe: 'input of a float32 scale instead of M and s, or the scale itself' },
  valid: { type: 'string', describe: 'input that is 1 with an accumulator [by its name]' },
  ready: { type: 'string', describe: 'output that is 1 when the accumulator is taken [by its name]' },
  done: { type: 'string', describe: 'output that is 1 with a code [by its name]' },
  set: {
    type: 'string',
    array: true,
    parse: parseHeld,
    default: [] as readonly string[],
    describe: 'value of another input: max_i=255 (repeatable) [1 for enables, 0 for others]',
  },
  clock: { type: 'string', describe: 'input of the clock [by its name]' },
  latency: {
    type: 'number',
    whole: true,
    range: [0, 10_000],
    describe: 'cycles from accumulator to code, where no output says when [held for 16]',
  },
  'within-cycles': {
    type: 'number',
    whole: true,
    range: [1, 1_000_000],
    default: 1000,
    describe: 'cycles that an answer may take',
  },
} as const satisfies Declarations

export const VALUE_OPTIONS = {
  bits: {
    type: 'number',
    whole: true,
    range: [2, 16],
    describe: "bits of a code [its port's]; with --module, of weights and activations",
  },
  multipliers: {
    type: 'string',
    parse: parseRange,
    describe: "least and greatest M to give: 1..32767 [its port's]",
  },
  shifts: { type: 'string', parse: parseRange, describe: "least and greatest s to give: 0..31 [its port's]" },
  'zero-points': {
    type: 'string',
    parse: parseRange,
    describe: "least and greatest Z to give: 0..255 [its port's]",
  },
  profile: {
    type: 'string',
    array: true,
    reads: true,
    default: [] as readonly string[],
    describe:
      'file of a further profile to try, JSON or TypeScript (repeatable); with --module the first, a file or a name, is what the model is quantised for [assay]',
    prepare: prepareProfile,
  },
  seed: {
    type: 'number',
    whole: true,
    range: [0, 2 ** 32 - 1],
    default: 1,
    describe: 'of the accumulators that are drawn',
  },
} as const satisfies Declarations

export const OPTIONS = {
  top: { type: 'string', describe: "top module [the last file's name]" },
  bench: {
    type: 'string',
    reads: true,
    describe: 'TypeScript file that gives the codes itself, instead of SystemVerilog files',
  },
  ...LAYER_OPTIONS,
  ...PORT_OPTIONS,
  ...VALUE_OPTIONS,
  ...MODEL,
  parameter: PARAMETER_OPTION,
  include: INCLUDE_OPTION,
  define: DEFINE_OPTION,
  out: {
    alias: 'o',
    type: 'string',
    writes: 'file',
    describe: 'write the profile that fits to this JSON file',
  },
  force: { type: 'boolean', default: false, describe: 'overwrite the file of --out' },
} as const satisfies Declarations
/** What the help lists below it. */
export const LAYER_GROUP = Object.keys({ ...LAYER_OPTIONS, ...MODEL }).filter(
  (name) => !['json', 'quiet'].includes(name),
)
export type ProbeArguments = Arguments<typeof SOURCES & typeof OPTIONS>

/** `1..255`, `-8..7`. @throws InputError for anything else, or an empty range */
function parseRange(text: string, option: string): readonly [least: number, greatest: number] {
  const match = /^(-?\d+)\.\.(-?\d+)$/.exec(text)
  const [least, greatest] = [Number(match?.[1]), Number(match?.[2])]
  if (match === null || least > greatest)
    throw new InputError(`expected the least and the greatest as 0..31, got ${text}`, option)
  return [least, greatest]
}

/** `max_i=255`, `max_i=0xff`. @throws InputError for anything else */
function parseHeld(text: string, option: string): readonly [name: string, value: number | bigint] {
  const match = /^([\w$]+)=(-?\d+|0x[\da-f]+)$/i.exec(text)
  if (match === null)
    throw new InputError(`expected a port and a whole number as max_i=255, got ${text}`, option)
  const value = Number(match[2])
  return [match[1]!, Number.isSafeInteger(value) ? value : BigInt(match[2]!)]
}
