/** What `assay probe` found of a requantiser. */
import type { Candidate, Ranking, Reading, Sample } from '../arithmetic/fit-profiles.ts'
import type { Profile } from '../arithmetic/profile.ts'
import type { Stage } from '../arithmetic/stages.ts'
import type { Candidate as OtherArithmetic } from '../diff/hypotheses/arithmetics.ts'
import type { PortBits, ProbePorts, Setting } from '../operator/probe-ports.ts'

/** A whole layer of a model, in place of a requantiser alone. */
export interface LayerProbe {
  readonly name: string
  /** What it was given. */
  readonly inputs: readonly string[]
  /** That of the model. */
  readonly profile: Profile
  /** The codes are the lowest bits of the table's index. */
  readonly isIndex: boolean
  /** Codes that differ with the table of the layer itself, under the stages that fit its index; null if none does. */
  readonly wrongReal: { readonly wrong: number; readonly of: number } | null
  /** Where no stages fit: another accumulator or padding under which every code is exact. */
  readonly other: Pick<OtherArithmetic, 'name' | 'means' | 'profile'> | null
}

export interface ProbeResult {
  readonly top: string
  /** Bits of a code. */
  readonly codeBits: number
  /** Of the accumulator that it takes; absent of a layer, whose module has its own. */
  readonly accBits?: number
  readonly ranking: Ranking
  /** Settings of M, s and Z; of a layer its channels. */
  readonly settings: number
  /** The same accumulator and setting gave two codes: the module keeps something of earlier ones. */
  readonly contradiction: readonly [Sample, Sample] | null
  /** What the ports were taken for; null for a bench that gives codes itself, and for a layer. */
  readonly ports: ProbePorts | null
  /** Absent where a requantiser was driven. */
  readonly layer?: LayerProbe
  /** Wall time of driving and fitting, without a build. */
  readonly seconds: number
}

/** Whether some arithmetic explains every code. */
export const isFit = ({ ranking, contradiction, layer }: ProbeResult): boolean =>
  contradiction === null &&
  (layer?.wrongReal ?? null) === null &&
  (ranking.exact.length > 0 || (layer?.other ?? null) !== null)

/** A code as a candidate means its bits: signed or not. */
export function readCode({ stages }: Candidate, code: bigint, codeBits: number): number {
  const last: Stage = stages.at(-1)!
  const isSigned = last.stage === 'narrow' && last.signed
  return Number(isSigned ? BigInt.asIntN(codeBits, code) : BigInt.asUintN(codeBits, code))
}

/** What the ports mean to a candidate, where that is not M, s and Z themselves. */
export function describeReading({ shiftSign, shiftOffset, zeroPointBits }: Reading): readonly string[] {
  const port = shiftSign === -1 ? '−shift' : 'shift'
  const offset = shiftOffset === 0 ? '' : shiftOffset > 0 ? ` + ${shiftOffset}` : ` − ${-shiftOffset}`
  return [
    ...(shiftSign === 0 ? [`s = ${shiftOffset}, inside the module`] : []),
    ...(shiftSign !== 0 && (shiftSign < 0 || shiftOffset !== 0) ? [`s = ${port}${offset}`] : []),
    ...(zeroPointBits === undefined ? [] : ["the zero point is two's complement"]),
  ]
}

/** What each port was taken for: `acc acc_i (32 bits)`, `s 8`, `max_i = 255`. */
export function describePorts({
  acc,
  code,
  held,
  valid,
  ready,
  done,
  ...settings
}: ProbePorts): readonly string[] {
  const say = (what: string, setting: Setting | null): readonly string[] =>
    setting === null ? [] : [`${what} ${'name' in setting ? describeBits(setting) : setting.value}`]
  return [
    ...say('acc', acc),
    ...say('M', settings.multiplier),
    ...say('s', settings.shift),
    ...say('Z', settings.zeroPoint),
    ...say('scale', settings.scale),
    ...say('code', code),
    ...Object.entries({ valid, ready, done }).flatMap(([what, name]) =>
      name === null ? [] : [`${what} ${name}`],
    ),
    ...Object.entries(held).map(([name, value]) => `${name} = ${value}`),
  ]
}

function describeBits({ name, width, low, isPart }: PortBits): string {
  const part = isPart ? `[${low + width - 1}:${low}]` : ''
  return `${name}${part} (${width} bits)`
}

/** As one object of JSON: numbers beyond 53 bits are texts. */
export function probeToJson(result: ProbeResult): object {
  const { top, codeBits, settings, seconds, contradiction, ports } = result
  const { samples, exact, nearest } = result.ranking
  return {
    ...{ top, codeBits, samples, settings, seconds, fits: isFit(result) },
    ports: ports === null ? null : describePorts(ports),
    ...(result.layer === undefined ? {} : { layer: layerToJson(result.layer) }),
    exact: exact.map(({ candidate }) => candidateToJson(candidate)),
    nearest: nearest.map(({ candidate, agreed, first }) => ({
      ...candidateToJson(candidate),
      agreed,
      first:
        first === null
          ? null
          : {
              ...sampleToJson(first.sample, candidate, codeBits),
              expected: readCode(candidate, first.expected, codeBits),
            },
    })),
    contradiction:
      contradiction === null
        ? null
        : {
            ...sampleToJson(contradiction[0], null, codeBits),
            later: Number(contradiction[1].code),
          },
  }
}

const layerToJson = ({ name, inputs, profile, other }: LayerProbe): object => ({
  ...{ name, inputs, profile: profile.name },
  other: other === null ? null : { name: other.name, means: other.means },
})

const candidateToJson = ({ name, stages, reading }: Candidate): object => ({ name, stages, reading })

function sampleToJson({ acc, by, code, at }: Sample, candidate: Candidate | null, codeBits: number): object {
  const { multiplier, shift, zeroPoint, scale } = by
  return {
    acc: Number.isSafeInteger(Number(acc)) ? Number(acc) : String(acc),
    ...{ multiplier, shift, zeroPoint, scale, at },
    yours: candidate === null ? Number(code) : readCode(candidate, code, codeBits),
  }
}
