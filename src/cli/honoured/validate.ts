/** Kinds of run of `assay validate`. */
import type { SweepChoice } from '../../pipeline/validate/sweep-choice.ts'
import type { Stage } from '../../result/accuracy.ts'
import {
  all,
  BITS,
  NETWORK,
  ON_IMAGE,
  OUTPUT,
  Q_NMS,
  type RunKind,
  type Values,
  without,
  withoutImage,
} from './run-kind.ts'

const DATA = ['data', 'images', 'split', 'limit', 'shard']
const BOXES = [...Q_NMS, 'max-detections']
const FILES = ['pictures', 'save-detections']
const TABLES = ['stages', ...BOXES, 'matched', 'replicates', 'seed', 'jobs', 'classes', ...FILES]
const HARDWARE = ['capacity', 'array', 'rtl']
const ANALYSES = ['snr', 'blame', 'sweep', 'analysis-images']
const VALIDATE = [...ON_IMAGE, ...DATA, ...TABLES, ...HARDWARE, ...ANALYSES]

const isAnalysis = ({ snr, blame, sweep }: Values): boolean =>
  sweep === undefined && (snr === true || blame !== undefined)
const isTables = ({ snr, blame, sweep }: Values): boolean =>
  snr !== true && blame === undefined && sweep === undefined
const stagesOf = ({ stages, model }: Values): readonly Stage[] =>
  (stages as readonly Stage[] | undefined) ?? (model === undefined ? ['full', 'rtl'] : ['full'])

export const VALIDATE_KINDS: readonly RunKind[] = [
  all('assay validate', VALIDATE),
  withoutImage(VALIDATE),
  {
    what: 'a validation of float stages alone (--stages)',
    applies: (args) =>
      isTables(args) && stagesOf(args).every((stage) => stage === 'float' || stage === 'unfused'),
    honours: [...NETWORK, ...OUTPUT, ...DATA, ...TABLES],
    why: 'nothing is quantised',
  },
  {
    what: 'a validation without the stage rtl',
    applies: (args) => !stagesOf(args).includes('rtl') || !isTables(args),
    honours: without(VALIDATE, 'array', 'rtl'),
    why: 'no RTL is built',
  },
  {
    what: 'a validation without the stages full and rtl',
    applies: (args) => isTables(args) && !stagesOf(args).some((stage) => stage === 'full' || stage === 'rtl'),
    honours: without(VALIDATE, ...HARDWARE),
    why: 'q_NMS does not run',
  },
  {
    what: 'a validation in tables',
    applies: isTables,
    honours: without(VALIDATE, ...ANALYSES),
    why: 'it belongs to --snr and --blame',
  },
  {
    what: 'a sweep (--sweep)',
    applies: ({ sweep }) => sweep !== undefined,
    honours: [...ON_IMAGE, ...DATA, ...without(TABLES, 'stages', 'classes', ...FILES), 'sweep', 'capacity'],
    why: 'it measures the float and the integer network at each number of bits',
  },
  {
    what: 'a sweep of all bits (--sweep bits=)',
    applies: ({ sweep }) => (sweep as SweepChoice | undefined)?.which === 'bits',
    honours: without(VALIDATE, ...BITS),
    why: 'it chooses them itself',
  },
  {
    what: 'an analysis of layers (--snr, --blame)',
    applies: isAnalysis,
    honours: [...ON_IMAGE, ...DATA, ...BOXES, 'jobs', 'snr', 'blame', 'analysis-images'],
    why: 'it measures what layers cost, and writes no tables',
  },
  {
    what: 'an analysis without --blame map',
    applies: (args) => isAnalysis(args) && args.blame !== 'map',
    honours: without(VALIDATE, ...BOXES),
    why: 'it measures noise, and no boxes',
  },
]
