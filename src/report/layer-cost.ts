/** This file renders where accuracy is lost: noise and cost by layer, accuracy by bits. Noise is in dB, null if nothing differs. */
import { type Column, formatCount, renderTable } from './table.ts'

export interface LayerNoiseResult {
  readonly name: string
  readonly op: string
  /** Signal over noise of the output if all layers before it are integer. */
  readonly chained: number | null
  /** Signal over noise of the layer alone: its inputs are float, rounded to codes. */
  readonly isolated: number | null
}

export interface LayerBlame {
  readonly name: string
  readonly op: string
  /** Signal over noise at the logits with this layer integer and all others float. */
  readonly only: number | null
  /** dB that the logits of the all-integer network gain when this layer computes in float. */
  readonly gain: number | null
  /** mAP50-95 with only this layer integer, less float's; null if not measured. */
  readonly onlyMap: number | null
  /** mAP50-95 with only this layer float, less all-integer's; null if not measured. */
  readonly butMap: number | null
}

export interface BlameResult {
  readonly images: number
  readonly measure: 'noise' | 'map'
  /** Signal over noise at the logits of the all-integer network. */
  readonly all: number | null
  readonly floatMap: number | null
  readonly allMap: number | null
  /** The costliest first. */
  readonly layers: readonly LayerBlame[]
}

export interface SweepPoint {
  readonly weightBits: number
  readonly activationBits: number
  /** Bytes of weight codes, biases, multipliers and tables. */
  readonly bytes: number
  readonly map: number | null
  readonly map50: number | null
  readonly difference: number | null
  readonly low: number | null
  readonly high: number | null
}

export interface SweepResult {
  readonly stage: string
  /** Name of the profile of arithmetic; absent for `assay`. */
  readonly profile?: string | undefined
  readonly images: number
  readonly floatMap: number | null
  readonly floatBytes: number
  readonly points: readonly SweepPoint[]
}

const decibels = (value: number | null): string => (value === null ? 'exact' : value.toFixed(1))
const signed = (value: number | null): string =>
  value === null ? '-' : `${value < 0 ? '-' : '+'}${(100 * Math.abs(value)).toFixed(2)}`
const percent = (value: number | null): string => (value === null ? '-' : (100 * value).toFixed(2))

const NOISE_COLUMNS: readonly Column<LayerNoiseResult>[] = [
  { title: 'layer', align: 'left', value: ({ name }) => name, maxWidth: 26 },
  { title: 'op', align: 'left', value: ({ op }) => op },
  { title: 'chained dB', align: 'right', value: ({ chained }) => decibels(chained) },
  { title: 'isolated dB', align: 'right', value: ({ isolated }) => decibels(isolated) },
]

export function renderNoise(layers: readonly LayerNoiseResult[], images: number): string {
  return [
    `Signal-to-noise ratio by layer, float against integer, ${images} images:`,
    '',
    ...renderTable(NOISE_COLUMNS, layers),
  ].join('\n')
}

export function renderBlame({ images, measure, all, layers, floatMap, allMap }: BlameResult): string {
  const columns: readonly Column<LayerBlame>[] = [
    { title: 'layer', align: 'left', value: ({ name }) => name, maxWidth: 26 },
    { title: 'op', align: 'left', value: ({ op }) => op },
    { title: 'alone dB', align: 'right', value: ({ only }) => decibels(only) },
    {
      title: 'gain dB',
      align: 'right',
      value: ({ gain }) => (gain === null ? '-' : `${gain < 0 ? '' : '+'}${gain.toFixed(2)}`),
    },
    ...(measure === 'map'
      ? ([
          { title: 'alone mAP', align: 'right', value: ({ onlyMap }) => signed(onlyMap) },
          { title: 'gain mAP', align: 'right', value: ({ butMap }) => signed(butMap) },
        ] as const satisfies readonly Column<LayerBlame>[])
      : []),
  ]
  const accuracy = measure === 'map' ? `; mAP float ${percent(floatMap)}, all integer ${percent(allMap)}` : ''
  return [
    `Cost of each layer at the head's logits, ${images} images, the costliest first.`,
    `alone: this layer integer, all others float. gain: this layer float, all others integer.`,
    `All integer: ${decibels(all)} dB${accuracy}.`,
    '',
    ...renderTable(columns, layers),
  ].join('\n')
}

const SWEEP_COLUMNS: readonly Column<SweepPoint>[] = [
  {
    title: 'bits',
    align: 'left',
    value: ({ weightBits, activationBits }) => `W${weightBits}A${activationBits}`,
  },
  { title: 'bytes', align: 'right', value: ({ bytes }) => formatCount(bytes) },
  { title: 'mAP', align: 'right', value: ({ map }) => percent(map) },
  { title: 'mAP50', align: 'right', value: ({ map50 }) => percent(map50) },
  { title: 'diff', align: 'right', value: ({ difference }) => signed(difference) },
  {
    title: '95 % interval',
    align: 'right',
    value: ({ low, high }) => (low === null ? '' : `${signed(low)}..${signed(high)}`),
  },
]

export function renderSweep({ stage, profile, images, floatMap, floatBytes, points }: SweepResult): string {
  return [
    `Accuracy against size, stage ${stage}, ${profile === undefined ? '' : `${profile}, `}${images} images; float: mAP ${percent(floatMap)}, ${formatCount(floatBytes)} bytes.`,
    '',
    ...renderTable(SWEEP_COLUMNS, points),
  ].join('\n')
}
