/**
 * This file flips one bit of each ROM. With the old manifest, the file must be refused before the first cycle. With a manifest that fits,
 * the diff must go red in the layer that owns the word. The reference model computes the first wrong element and its code with the same
 * bit flipped in its own parameters, so two independent ways lead to the same wrong number.
 */

import { readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { compareBoxes } from '../../diff/boxes.ts'
import { compareTensors } from '../../diff/compare.ts'
import { codeOffset, profileOf } from '../../golden/code-range.ts'
import { runHead } from '../../golden/head.ts'
import { runSpecNode } from '../../golden/run.ts'
import type { Codes, IntegerConv, IntegerGraph } from '../../golden/types.ts'
import { sumWeights } from '../../golden/weight-sums.ts'
import { InputError } from '../../input/input-error.ts'
import type { Flip } from '../../report/selftest.ts'
import { emitRoms, ROM_NAMES, type RomName, type RomSet } from '../../rom/emit.ts'
import { wordBytes } from '../../rom/formats/types.ts'
import { writeWhole } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import type { SimulationBench } from '../bench/bench.ts'
import { chooseNms } from '../model/engine-choice.ts'
import { checkRomFiles, type RomManifest } from '../roms/files.ts'
import { writeRomFiles } from '../roms/write.ts'
import { describeReds, findRed, pick, type Random, type Red, recordAll, selftestFolder } from './run.ts'

/** A flipped bit of the model's parameters: its place in the ROMs, and what the reference model computes with it. */
interface Planned {
  readonly rom: RomName
  readonly word: number
  readonly bit: number
  readonly roms: RomSet
  readonly expected: Red
}

/** @param offset of the codes that it reads, without which the ROM holds B: B − offset · Σ w */
type Change = (node: IntegerConv, random: Random, offset: number) => IntegerConv

/** Flips one bit of a convolution's parameters. */
export const CHANGES: Readonly<Record<Exclude<RomName, 'head'>, Change>> = {
  weights: (node, random) => {
    const weight = node.weight.slice() as typeof node.weight
    const at = pick(random, weight.length)
    const unused = 32 - node.weightBits
    // The sign bit may be flipped, too, because the flipped code is sign-extended again.
    weight[at] = ((weight[at]! ^ (1 << pick(random, node.weightBits))) << unused) >> unused
    return { ...node, weight }
  },
  params: (node, random, offset) => {
    const channel = pick(random, node.shape[0])
    const bias = node.bias.slice()
    const multiplier = node.multiplier.slice()
    const carried = offset * sumWeights(node, channel)
    if (pick(random, 2) === 0)
      bias[channel] = ((bias[channel]! - carried) ^ (1 << (6 + pick(random, 8)))) + carried
    else multiplier[channel]! ^= 1 << (8 + pick(random, 7))
    return { ...node, bias, multiplier }
  },
  tables: (node, random) => {
    if (node.table === null) return node
    const table = node.table.slice() as Codes
    table[pick(random, table.length)]! ^= 1 << pick(random, node.quant.bits)
    return { ...node, table }
  },
  program: (node, random) => ({
    ...node,
    requantZeroPoint: node.requantZeroPoint ^ (1 << pick(random, Math.min(8, node.requantBits))),
  }),
}

const ATTEMPTS = 200

/** Flips one bit in each of the five ROMs. */
export async function flipRoms(
  bench: SimulationBench,
  random: Random,
  onFlip: (index: number, count: number, name: string) => void,
): Promise<{ readonly flips: readonly Flip[]; readonly skipped: readonly string[] }> {
  const flips: Flip[] = []
  const skipped: string[] = []
  for (const [index, name] of ROM_NAMES.entries()) {
    onFlip(index, ROM_NAMES.length, name)
    const planned = name === 'head' ? planHead(bench, random) : planConv(bench, name, random)
    if (planned === null)
      skipped.push(`a bit of the ${name} ROM: no bit was found that changes this image's result`)
    else flips.push(...(await tryRom(bench, planned)))
  }
  return { flips, skipped }
}

function planConv(bench: SimulationBench, rom: Exclude<RomName, 'head'>, random: Random): Planned | null {
  const { graph } = bench
  const convs = graph.nodes.filter((node): node is IntegerConv => node.op === 'conv')
  const profile = profileOf(graph)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const node = convs[pick(random, convs.length)]!
    const [name] = node.inputs
    const { shape, quant } = graph.nodes.find((candidate) => candidate.name === name)!
    const offset = codeOffset(profile, quant.bits)
    const changed = keepStoredBias(node, CHANGES[rom](node, random, offset), offset)
    const codes = runSpecNode(changed, [{ codes: bench.golden.get(name)!, shape, quant }], profile)
    const { mismatches, first } = compareTensors(
      bench.golden.get(node.name)!,
      codes,
      node.shape,
      undefined,
      codeOffset(profile, node.quant.bits),
    )
    if (first === null) continue
    const flipped = { ...graph, nodes: graph.nodes.map((other) => (other === node ? changed : other)) }
    const place = locate(bench, flipped, rom)
    return place && { ...place, rom, expected: { layer: node.name, mismatches, first, field: null } }
  }
  return null
}

/** The parameter ROM holds B for codes that are carried unsigned, B − offset · Σ w: a flipped weight leaves it as it is. */
function keepStoredBias(before: IntegerConv, after: IntegerConv, offset: number): IntegerConv {
  if (offset === 0 || before.weight === after.weight) return after
  const bias = after.bias.map(
    (own, channel) => own + offset * (sumWeights(after, channel) - sumWeights(before, channel)),
  )
  return { ...after, bias }
}

/** Flips a bit of the score of a kept box, because no other table entry of the head is as sure to be seen. */
function planHead(bench: SimulationBench, random: Random): Planned | null {
  const { graph, expectedBoxes, golden } = bench
  if (graph.head === null || expectedBoxes === null || expectedBoxes.boxes.length === 0) return null
  const { code } = expectedBoxes.boxes[pick(random, expectedBoxes.boxes.length)]!
  const sigmoidTable = graph.head.sigmoidTable.slice()
  sigmoidTable[code]! ^= 1 << pick(random, 16)
  const flipped = { ...graph, head: { ...graph.head, sigmoidTable } }
  const place = locate(bench, flipped, 'head')
  const { mismatches, first } = compareBoxes(expectedBoxes, runHead(flipped, golden, nmsOf(bench)))
  if (first === null) return null
  const field = `box ${first.index} ${first.field}`
  return (
    place && { ...place, rom: 'head', expected: { layer: graph.detect.name, mismatches, first: null, field } }
  )
}

const nmsOf = ({ graph, rtl }: SimulationBench) => chooseNms(graph, rtl.engine, rtl.nms)

/** Finds the one bit in which the ROMs of the flipped model differ. @throws Error if it is not exactly one bit of the named ROM. */
function locate(
  bench: SimulationBench,
  flipped: IntegerGraph,
  rom: RomName,
): Omit<Planned, 'rom' | 'expected'> {
  const roms = emitRoms(flipped, bench.roms.engine, bench.roms.modelId, nmsOf(bench))
  const found: { name: RomName; word: number; bit: number }[] = []
  for (const name of ROM_NAMES) {
    const [before, after] = [bench.roms[name], roms[name]]
    const stride = wordBytes(before.width)
    before.bytes.forEach((byte, at) => {
      for (let difference = byte ^ after.bytes[at]!; difference !== 0; difference &= difference - 1) {
        const bit = 8 * (at % stride) + Math.log2(difference & -difference)
        found.push({ name, word: Math.floor(at / stride), bit })
      }
    })
  }
  const [only] = found
  if (only === undefined || found.length > 1 || only.name !== rom)
    throw new Error(`a bit of the model's ${rom} is ${found.length} bits of its ROMs, expected one`)
  return { roms, word: only.word, bit: only.bit }
}

async function tryRom(bench: SimulationBench, planned: Planned): Promise<readonly Flip[]> {
  const { rom, word, bit, expected } = planned
  const folder = join(selftestFolder(bench), `rom-${rom}`)
  const manifest = await writeRomFiles(folder, bench.roms, bench.model.name)
  const path = join(folder, `${rom}.mem`)
  const text = await flipInFile(path, word, bit)
  const what = `${rom}[${word}].${bit}`

  const refusal = await checkRomFiles(folder, bench.roms).then(
    () => null,
    (error: unknown) => {
      if (error instanceof InputError) return error.where
      throw error
    },
  )
  const refused: Flip = {
    kind: 'rom file',
    what,
    expected: `refused: ${rom}.mem`,
    found: refusal === null ? 'accepted' : `refused: ${basename(refusal)}`,
    caught: refusal === path,
  }

  // The manifest is made to fit, so only the diff can notice the flip.
  const entry = { ...manifest.files[rom], sha256: sha256(text) }
  const forged: RomManifest = { ...manifest, files: { ...manifest.files, [rom]: entry } }
  await writeWhole(join(folder, 'manifest.json'), `${JSON.stringify(forged, null, 2)}\n`)
  await checkRomFiles(folder, planned.roms)
  const reds = findRed(
    await recordAll(bench, { romFolder: folder }),
    bench,
    bench.golden,
    bench.expectedBoxes,
  )
  const [red] = reds
  const caught =
    reds.length === 1 &&
    describeReds(reds) === describeReds([expected]) &&
    red!.mismatches === expected.mismatches &&
    red!.first?.actual === expected.first?.actual
  const seen: Flip = {
    kind: 'rom word',
    what,
    expected: describeReds([expected]),
    found: describeReds(reds),
    caught,
  }
  return [refused, seen]
}

/** Flips a bit in the text of a `$readmemh` file with one word per line, most significant digit first. */
async function flipInFile(path: string, word: number, bit: number): Promise<string> {
  const lines = (await readFile(path, 'utf8')).split('\n')
  const digits = [...lines[word]!]
  const at = digits.length - 1 - (bit >> 2)
  digits[at] = (Number.parseInt(digits[at]!, 16) ^ (1 << (bit & 3))).toString(16)
  lines[word] = digits.join('')
  const text = lines.join('\n')
  await writeFile(path, text)
  return text
}
