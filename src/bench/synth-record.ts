/** docs/synthesis.json: how fast each module was, and what is too slow now. */
import * as v from 'valibot'
import { type Checked, checkJson, closedObject, listOf, real, recordOf, text } from '../input/schema.ts'
import type { Speed } from './synth-ice40.ts'
import type { Path } from './synth-timing.ts'

/** A module is slower than it was when it is worse by more than this: a change elsewhere moves what ABC and the placer choose by a few per cent. */
export const TOLERANCE = 0.1

/**
 * Most nanoseconds of cells on a path. At 200 MHz a cycle has 5 ns, and on a 7-series device of the slowest speed grade the wires of a path take a
 * third of it and more: 3.3 ns are left for cells.
 */
export const LIMIT_NS = 3.3

const figures = closedObject({ ns: v.nullable(real(0)), mhz: v.nullable(real(0)) })
const RECORD = closedObject({
  /** Versions of the programs that the figures are from. */
  tools: listOf(text),
  modules: recordOf(figures),
})

/** Nanoseconds of the slowest path's cells (xc7), and megahertz placed and routed (HX8K); null where a module has none. */
export type Figures = Checked<typeof figures>
export type SynthRecord = Checked<typeof RECORD>

const ADVICE = 'Take it from the repository again, or remove it: make synth writes it.'

/** @throws InputError naming what is wrong in the file. */
export const readRecord = (json: string, where: string): SynthRecord => checkJson(RECORD, json, where, ADVICE)

export const renderRecord = ({ tools, modules }: SynthRecord): string => {
  const rows = Object.entries(modules).map(([name, { ns, mhz }]) => {
    return `    ${JSON.stringify(name)}: { "ns": ${ns}, "mhz": ${mhz} }`
  })
  return `{\n  "tools": [${tools.map((tool) => JSON.stringify(tool)).join(', ')}],\n  "modules": {\n${rows.join(',\n')}\n  }\n}\n`
}

export interface Measured {
  /** In the order of the sources. A path has the module's label for a name. */
  readonly paths: readonly Path[]
  /** Null is a module that does not fit; those that are not tried are not there. */
  readonly speeds: ReadonlyMap<string, Speed | null>
  readonly tools: readonly string[]
  /** Whether nextpnr is installed: if not, the megahertz are those of the record. */
  readonly placed: boolean
}

export function makeRecord(
  { paths, speeds, tools, placed }: Measured,
  labels: readonly string[],
  before: SynthRecord | null,
): SynthRecord {
  const old = before?.tools.filter((tool) => tool.startsWith('nextpnr')) ?? []
  const rows = labels.map((label): readonly [string, Figures] => {
    const path = paths.find(({ module }) => module === label)
    const ns = path === undefined ? null : path.picoseconds / 1000
    const speed = placed ? speeds.get(label)?.mhz : before?.modules[label]?.mhz
    return [label, { ns, mhz: speed === undefined || speed === null ? null : Math.round(speed * 10) / 10 }]
  })
  return { tools: placed ? tools : [...tools, ...old], modules: Object.fromEntries(rows) }
}

const show = (value: number, unit: string): string => `${value.toFixed(unit === 'ns' ? 2 : 1)} ${unit}`

/** Modules that are over the limit: no option lets them pass. */
export const findOverLimit = (paths: readonly Path[]): readonly string[] =>
  paths
    .filter(({ picoseconds }) => picoseconds > LIMIT_NS * 1000)
    .map(
      ({ module, picoseconds, from, to }) =>
        `${module}: ${show(picoseconds / 1000, 'ns')} of cells, more than the limit of ${LIMIT_NS} ns: from ${from} to ${to}`,
    )

/** Modules that are slower than in the record by more than the tolerance. */
export function findFallen(
  before: SynthRecord,
  now: SynthRecord,
  { paths, speeds }: Pick<Measured, 'paths' | 'speeds'>,
): readonly string[] {
  const fallen: string[] = []
  for (const [module, { ns, mhz }] of Object.entries(now.modules)) {
    const old = before.modules[module]
    if (old === undefined) continue
    const path = paths.find((path) => path.module === module)
    if (old.ns !== null && ns === null)
      fallen.push(`${module}: had a path of ${show(old.ns, 'ns')}, and has none any more`)
    if (old.ns !== null && ns !== null && ns > old.ns * (1 + TOLERANCE))
      fallen.push(
        `${module}: from ${show(old.ns, 'ns')} of cells to ${show(ns, 'ns')}: from ${path!.from} to ${path!.to}`,
      )
    if (old.mhz !== null && mhz === null)
      fallen.push(`${module}: ran at ${show(old.mhz, 'MHz')} on the HX8K, and does not fit it any more`)
    if (old.mhz !== null && mhz !== null && mhz < old.mhz * (1 - TOLERANCE))
      fallen.push(
        `${module}: from ${show(old.mhz, 'MHz')} on the HX8K to ${show(mhz, 'MHz')}: from ${speeds.get(module)!.from} to ${speeds.get(module)!.to}`,
      )
  }
  return fallen
}

/** A figure stays in the record until it is better by more than the tolerance: a fall in small steps adds up, and luck of the placer is not kept. */
function keep(old: number | null | undefined, now: number | null, sign: 1 | -1): number | null {
  if (old === null || old === undefined || now === null) return now
  return sign * now > sign * old * (1 + sign * TOLERANCE) ? now : old
}

/** What is recorded after a run that passed. */
export function nextRecord(before: SynthRecord | null, now: SynthRecord, accepted: boolean): SynthRecord {
  if (before === null || accepted) return now
  const modules = Object.entries(now.modules).map(([module, { ns, mhz }]): readonly [string, Figures] => {
    const old = before.modules[module]
    return [module, { ns: keep(old?.ns, ns, -1), mhz: keep(old?.mhz, mhz, 1) }]
  })
  return { tools: now.tools, modules: Object.fromEntries(modules) }
}

/** @throws Error if a module is over the limit, or slower than it was and that is not accepted. */
export function judge(
  before: SynthRecord | null,
  now: SynthRecord,
  measured: Pick<Measured, 'paths' | 'speeds'>,
  accepted: boolean,
): void {
  const over = findOverLimit(measured.paths)
  const fallen = accepted || before === null ? [] : findFallen(before, now, measured)
  const others = before === null ? '' : sayTools(before, now)
  const parts = [
    ...(over.length === 0 ? [] : ['too slow:', ...over]),
    ...(fallen.length === 0
      ? []
      : [
          `slower by more than ${100 * TOLERANCE} % than in docs/synthesis.json${others}:`,
          ...fallen,
          'If it has to be so, make synth ARGS=--accept writes the new figures.',
        ]),
  ]
  if (parts.length > 0) throw new Error(parts.join('\n  '))
}

const sayTools = (before: SynthRecord, now: SynthRecord): string =>
  before.tools.join() === now.tools.join()
    ? ''
    : ` (of ${before.tools.join(', ')}; these are of ${now.tools.join(', ')})`
