/** Logits of many boxes that overlap, in the place of an image's: with a few boxes most rules of make no difference. */
import { listBoxHypotheses } from '../../diff/box-hypotheses.ts'
import { compareBoxes } from '../../diff/boxes.ts'
import type { HeadInput } from '../../diff/explain-boxes.ts'
import { runHead } from '../../golden/head.ts'
import { HEAD_RULES } from '../../golden/head-rules.ts'
import { detectSpec } from '../../golden/head-spec.ts'
import type { Codes, NmsResult } from '../../golden/types.ts'
import type { SimulationBench } from '../bench/bench.ts'
import { detectStep, headInput } from '../bench/boxes.ts'
import type { Reference } from '../bench/reference.ts'
import { pick, type Random } from './run.ts'

const ATTEMPTS = 12

export interface Crowd {
  readonly reference: Reference
  /** Causes that no crowd shows: the boxes are the same with them as without, or as with another one. */
  readonly hidden: ReadonlySet<string>
}

/** The crowd of several in which most of the causes can be told apart. @param bench of a model with a head */
export function chooseCrowd(bench: SimulationBench, causes: readonly string[], random: Random): Crowd {
  let best: Crowd | null = null
  for (let attempt = 0; attempt < ATTEMPTS && (best === null || best.hidden.size > 0); attempt++) {
    const reference = makeCrowd(bench, random)
    const hidden = findHidden(headInput(reference, detectStep(bench.roms)), reference.expectedBoxes!, causes)
    if (best === null || hidden.size < best.hidden.size) best = { reference, hidden }
  }
  return best!
}

/** Class logits on both sides of minCode, box logits of a part of their range: boxes of much the same size, which overlap. */
function makeCrowd({ graph, roms, golden }: SimulationBench, random: Random): Reference {
  const pc = detectStep(roms)
  const { options } = headInput({ graph, roms, golden, expectedBoxes: null }, pc)
  const codes = new Map(golden)
  for (const [index, name] of roms.steps[pc]!.reads.entries()) {
    const most = 2 ** graph.nodes.find((node) => node.name === name)!.quant.bits - 1
    const isBox = index % 2 === 0
    const low = isBox ? 0 : Math.max(0, Math.min(options.minCode, most) - 16)
    const high = isBox ? most >> 2 : Math.min(most, low + 24)
    const drawn = golden.get(name)!.map(() => low + pick(random, high - low + 1)) as Codes
    codes.set(name, drawn)
  }
  return { graph, roms, golden: codes, expectedBoxes: runHead(graph, codes, options) }
}

function findHidden(input: HeadInput, golden: NmsResult, causes: readonly string[]): Set<string> {
  const { geometry, head, boxCodes, classCodes, options } = input
  const faults = listBoxHypotheses(input).filter(({ id }) => causes.includes(id))
  const seen: NmsResult[] = [golden]
  const hidden = new Set<string>()
  for (const { id, rules, options: own } of faults) {
    const settings = { ...options, ...own }
    const found = detectSpec(geometry, head, boxCodes, classCodes, settings, { ...HEAD_RULES, ...rules })
    if (seen.some((other) => compareBoxes(other, found).mismatches === 0)) hidden.add(id)
    seen.push(found)
  }
  return hidden
}
