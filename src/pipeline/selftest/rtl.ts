/**
 * This file wakes the planted faults in a copy of the RTL, one after another: exactly the layers that use what is broken must go red,
 * or the boxes, and the diff must name the cause.
 */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ASSAY } from '../../arithmetic/built-in.ts'
import { detectorOptions } from '../../detector/options.ts'
import type { FaultKind } from '../../diff/fault-kinds.ts'
import { profileOf } from '../../golden/code-range.ts'
import type { Flip } from '../../report/selftest.ts'
import { jointCauses, settleCauses, withCause } from '../../result/joint-causes.ts'
import { boxesAreRed, isRed, type LayerResult } from '../../result/result.ts'
import { addsHalf } from '../../rom/arithmetic-words.ts'
import { simulateInChild } from '../../simulate/index.ts'
import type { ChildDut } from '../../simulate/types.ts'
import type { SimulationBench } from '../bench/bench.ts'
import { runDetectIsolated } from '../bench/boxes.ts'
import { readSourceList } from '../files/rtl-sources.ts'
import { romPaths } from '../roms/files.ts'
import { BOX_FAULTS } from './box-faults.ts'
import { type Crowd, chooseCrowd } from './crowd.ts'
import { listLayerFaults } from './layer-faults.ts'
import { imageParts, type LayerPart, type Plusargs, tieParts } from './parts.ts'
import { FAULT_SWITCH, type LayerFault, type PlantedFault, plantFaults, type Unplantable } from './planted.ts'
import { type Random, selftestFolder } from './run.ts'

const RTL = fileURLToPath(new URL('../../../rtl/', import.meta.url))

/** The flips that were made, and a sentence for each fault that could not be planted or shown. */
export interface RtlFlips {
  readonly flips: readonly Flip[]
  readonly skipped: readonly string[]
}

/** Builds one broken copy of Assay's own RTL, or of a folder with the same files, and wakes each fault in it. */
export async function flipRtl(
  bench: SimulationBench,
  random: Random,
  onFlip: (index: number, count: number, name: string) => void,
): Promise<RtlFlips> {
  const { folder: rtlFolder = RTL } = bench.rtl
  const { inputLanes, outputLanes } = bench.rtl.engine
  const layerFaults = listLayerFaults(addsHalf(bench.roms.arithmetic), inputLanes)
  const boxFaults = bench.graph.head === null ? [] : BOX_FAULTS
  const faults = [...layerFaults, ...boxFaults]
  const folder = join(selftestFolder(bench), 'rtl')
  const unplantable = await breakRtl(rtlFolder, folder, faults)
  const isPlanted = (fault: PlantedFault) => unplantable.every((one) => one.fault !== fault)
  const skipped = unplantable.map(
    ({ fault, file, text }) => `${fault.what}: ${join(rtlFolder, file)} does not hold "${text}" once`,
  )
  const flips: Flip[] = []
  if (!faults.some(isPlanted)) return { flips, skipped }
  const ofImage = imageParts(bench)
  const isAssay = profileOf(bench.graph).name === ASSAY.name
  const isAnother = (fault: LayerFault): boolean =>
    (fault.isSquare === true && inputLanes !== outputLanes) || (fault.isOfAssay === true && !isAssay)
  const needsTies = layerFaults.some((fault) => fault.onTies === true && !isAnother(fault))
  const ofTies = needsTies ? await tieParts(bench, selftestFolder(bench)) : []
  const crowd =
    boxFaults.length === 0 ? null : chooseCrowd(bench, causesOf(boxFaults.filter(isPlanted)), random)
  onFlip(0, faults.length, 'build all of them')
  const plusargs = romPaths(join(bench.output.folder, 'roms'))
  await using dut = await simulateInChild({
    ...detectorOptions(bench.roms, await readSourceList(join(folder, 'rtl.f')), plusargs),
    includeDirs: bench.rtl.includeDirs,
    cacheDir: bench.store.cacheDir,
    environment: bench.environment,
    restartable: true,
    // RTL that was broken on purpose is no mistake.
    warnings: 'ignore',
  })
  flips.push(await wakeNothing(bench, dut, plusargs, [...ofImage, ...ofTies], crowd))
  for (const [index, fault] of faults.entries()) {
    if (!isPlanted(fault)) continue
    onFlip(index, faults.length, fault.what)
    const wake = { ...plusargs, [FAULT_SWITCH]: index + 1 }
    if (isOfLayers(fault) && isAnother(fault)) {
      skipped.push(`${fault.what}: another fault with this array or profile`)
      continue
    }
    const flip = isOfLayers(fault)
      ? await wakeInLayers(dut, wake, fault, fault.onTies === true ? ofTies : ofImage)
      : crowd!.hidden.has(fault.cause)
        ? null
        : await wakeInHead(dut, wake, fault, crowd!)
    if (flip === null) skipped.push(`${fault.what}: nothing here shows it`)
    else flips.push(flip)
  }
  return { flips, skipped }
}

const causesOf = (faults: readonly PlantedFault[]): readonly string[] => faults.map(({ cause }) => cause)

const isOfLayers = (fault: PlantedFault): fault is LayerFault => 'reds' in fault

/** Runs each part from power-up; returns the red ones, with the causes that several of them tell. */
async function listRed(
  dut: ChildDut,
  wake: Plusargs,
  parts: readonly LayerPart[],
): Promise<readonly LayerResult[]> {
  const red: LayerResult[] = []
  for (const part of parts) {
    const layer = await part.run(dut, wake)
    if (isRed(layer)) red.push(layer)
  }
  const settled = settleCauses(red)
  const causes = jointCauses(settled)
  return settled.map((layer) => withCause(layer, causes.get(layer)))
}

/** With every fault asleep the copy is as right as what it was made from. */
async function wakeNothing(
  bench: SimulationBench,
  dut: ChildDut,
  plusargs: Plusargs,
  parts: readonly LayerPart[],
  crowd: Crowd | null,
): Promise<Flip> {
  const names = (await listRed(dut, plusargs, parts)).map(({ name }) => name)
  await dut.restart(plusargs)
  if (crowd !== null && boxesAreRed((await runDetectIsolated(dut, crowd.reference)).result))
    names.push(bench.graph.detect.name)
  const found = names.length === 0 ? 'nowhere' : names.join(', ')
  return { kind: 'rtl', what: 'all faults asleep', expected: 'nowhere', found, caught: names.length === 0 }
}

/** Returns null if no layer uses what is broken. */
async function wakeInLayers(
  dut: ChildDut,
  wake: Plusargs,
  { what, where, reds, cause, alike = [] }: LayerFault,
  parts: readonly LayerPart[],
): Promise<Flip | null> {
  const fateOf = ({ instruction }: LayerPart) => reds(instruction)
  const reached = parts.filter((part) => fateOf(part) !== false)
  if (reached.length === 0) return null
  const red = await listRed(dut, wake, parts)
  if (red.length === 0 && !reached.some(fateOf)) return null
  const names = new Set(red.map(({ name }) => name))
  const listNames = (fate: boolean, isRed: boolean) =>
    parts.filter((part) => fateOf(part) === fate && names.has(part.name) === isRed).map(({ name }) => name)
  const [missed, extra] = [listNames(true, false), listNames(false, true)]
  const wrong = [
    ...(missed.length > 0 ? [`not ${missed.slice(0, 3).join(', ')}`] : []),
    ...(extra.length > 0 ? [`also ${extra.slice(0, 3).join(', ')}`] : []),
  ]
  const isRight = (name: string) => name === cause || alike.includes(name)
  const kinds = red.map(({ name, kind }) => ({ name, kind: nameKind(kind) }))
  const misnamed = kinds.filter(({ kind }) => !isRight(kind))
  const named = new Set([
    ...kinds.map(({ kind }) => kind).filter(isRight),
    ...misnamed.map(({ name, kind }) => `${kind} in ${name}`),
  ])
  return {
    kind: 'rtl',
    what,
    expected: where,
    found: wrong.length === 0 ? `${red.length} of ${parts.length} layers` : wrong.join('; '),
    named: [...named].join(', '),
    cause,
    caught: wrong.length === 0 && misnamed.length === 0,
  }
}

async function wakeInHead(
  dut: ChildDut,
  wake: Plusargs,
  { what, cause }: PlantedFault,
  { reference }: Crowd,
): Promise<Flip> {
  await dut.restart(wake)
  const { result } = await runDetectIsolated(dut, reference)
  const named = nameKind(result.kind ?? null)
  const isFound = result.error === null && boxesAreRed(result)
  return {
    kind: 'rtl',
    what,
    expected: 'boxes',
    found: isFound ? 'boxes' : (result.error ?? 'nowhere'),
    named,
    cause,
    caught: isFound && named === cause,
  }
}

const nameKind = (kind: FaultKind | null): string => kind?.cause?.id ?? kind?.name ?? 'unknown'

/**
 * Copies a folder of RTL with all faults asleep in it. Returns those whose text the user's RTL does not hold exactly once.
 * @throws Error if Assay's own RTL does not hold one exactly once.
 */
async function breakRtl(
  from: string,
  folder: string,
  faults: readonly PlantedFault[],
): Promise<readonly Unplantable[]> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(dirname(folder), { recursive: true })
  await cp(from, folder, { recursive: true })
  const names = new Set(faults.flatMap(({ edits }) => edits.map(({ file }) => file)))
  const texts = new Map<string, string>()
  for (const name of names) texts.set(name, await readFile(join(folder, name), 'utf8').catch(() => ''))
  const unplantable = plantFaults(texts, faults)
  const [first] = unplantable
  if (first !== undefined && from === RTL)
    throw new Error(`expected "${first.text}" once in rtl/${first.file}: correct src/pipeline/selftest`)
  for (const [name, text] of texts) if (text !== '') await writeFile(join(folder, name), text)
  return unplantable
}
