/** Options of `assay roms`. */
import type { RomFormatId } from '../../../rom/formats/formats.ts'
import { parseLayers } from '../../model/layers.ts'
import type { Arguments, Declarations } from '../../options/declaration.ts'
import { chooseFromList } from '../../options/parse.ts'
import { ARRAY_OPTION, MODEL_OPTIONS, MODULE_OPTION } from '../../options/shared.ts'

const FORMATS = {
  mem: 'readmemh',
  hex: 'intel-hex',
  'quartus-hex': 'quartus-hex',
  coe: 'xilinx-coe',
  'intel-mif': 'intel-mif',
  'xilinx-mif': 'xilinx-mif',
  lattice: 'lattice-mem',
  sv: 'sv-package',
} as const satisfies Readonly<Record<string, RomFormatId>>
const FORMAT_NAMES = Object.keys(FORMATS) as (keyof typeof FORMATS)[]

const parseFormats = (text: string, option: string): readonly RomFormatId[] =>
  chooseFromList(text, FORMAT_NAMES, option).map((name) => FORMATS[name])

export const ROM_OPTIONS = {
  array: ARRAY_OPTION,
  format: {
    alias: 'f',
    type: 'string',
    parse: parseFormats,
    default: 'mem',
    describe: `all, or some of ${FORMAT_NAMES.join(',')}`,
  },
  layout: {
    choices: ['engine', 'plain'] as const,
    default: 'engine' as const,
    describe: "the engine's lanes, or one memory per array with one element per word in C order",
  },
  module: {
    ...MODULE_OPTION,
    describe: "configuration of your own module: write its memories' bytes, addresses and program instead",
  },
  layers: {
    alias: 'l',
    type: 'string',
    parse: parseLayers,
    describe: 'layers of the module (all that it claims by default)',
  },
  mode: {
    choices: ['isolated', 'chained'] as const,
    describe: 'a set for each layer of the module, or one for all [isolated, or as the module says]',
  },
  'word-bits': {
    choices: ['8', '16', '32', '64', '128', '256', '512', '1024'] as const,
    default: '64' as const,
    describe: "bits of a word of the module's .mem files",
  },
  disassemble: { type: 'boolean', default: false, describe: 'print the program of the engine' },
} as const satisfies Declarations

export const OPTIONS = { ...MODEL_OPTIONS, ...ROM_OPTIONS } as const
export type RomArguments = Arguments<typeof OPTIONS>
