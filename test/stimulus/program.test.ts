/** Programs of stimuli: every stimulus in exactly one, with weights where the model has them. */
import { describe, expect, test } from 'vitest'
import { runSpecNode } from '../../src/golden/run.ts'
import { emitRoms } from '../../src/rom/emit.ts'
import { DEFAULT_ENGINE } from '../../src/rom/parameters.ts'
import { runStimuli } from '../../src/stimulus/golden.ts'
import { makeStimuli } from '../../src/stimulus/make.ts'
import { keepFitting, makePrograms, stimulusLayers } from '../../src/stimulus/program.ts'
import type { LayerStimulus } from '../../src/stimulus/types.ts'
import { randomGraph } from '../golden/random-graph.ts'

const graph = randomGraph({ seed: 11, shape: [3, 16, 16] })
const engine = { ...DEFAULT_ENGINE, inputLanes: 4, outputLanes: 4, pixels: 2 }
const nms = { minCode: 1, iouThreshold: 1, capacity: engine.capacity, maxDetections: 1, multiLabel: false }
const roms = emitRoms(graph, engine, 7, nms)
const layers = stimulusLayers(graph, roms)
const stimuli = makeStimuli({ choice: 'all', seeds: [1, 2], layers, graph, engine, nms: null })
const room = { programDepth: 4096, featureDepth: 32768 }

describe('programs', () => {
  test.each([1, 2, 5])('in %i parts: each stimulus once', (parts) => {
    const names = makePrograms(graph, roms, stimuli, room, parts).flatMap((one) =>
      one.roms.steps.slice(0, one.stimuli.length).map(({ name }) => name),
    )
    expect(names.length).toBe(stimuli.length)
    expect(new Set(names).size).toBe(names.length)
  })

  test('no longer than the ROM is deep', () => {
    const programs = makePrograms(graph, roms, stimuli, { ...room, programDepth: 256 })
    expect(Math.max(...programs.map((one) => one.roms.program.depth))).toBeLessThanOrEqual(256)
    expect(programs.flatMap((one) => one.stimuli).length).toBe(stimuli.length)
  })

  test('what runs before a stimulus is a step of its program, and is there once', () => {
    for (const { stimuli: own, before, roms: set } of makePrograms(graph, roms, stimuli, room, 3)) {
      const names = set.steps.map(({ name }) => name)
      expect(new Set(names).size).toBe(names.length)
      expect(before.map((pc) => (pc === null ? null : names[pc]))).toEqual(
        own.map(({ after }) =>
          after === undefined ? null : `${(after as LayerStimulus).layer} [${after.name}]`,
        ),
      )
    }
  })

  test('what the memory has no room for is left out', () => {
    const few = keepFitting(graph, roms, stimuli, { ...room, featureDepth: 60 })
    expect(few.length).toBeGreaterThan(0)
    expect(few.length).toBeLessThan(stimuli.length)
    for (const one of makePrograms(graph, roms, few, room))
      expect(one.roms.featureRows).toBeLessThanOrEqual(60)
    expect(keepFitting(graph, roms, stimuli, room)).toEqual(stimuli)
  })

  test('the instructions are the layers own but for operands and sizes', () => {
    const [program] = makePrograms(graph, roms, stimuli, { ...room, programDepth: 8192 })
    for (const step of program!.roms.steps) {
      const own = roms.steps.find(({ name }) => step.name.startsWith(`${name} [`))!
      const strip = ({ instruction }: typeof own) => {
        const { input: _i, output: _o, ...rest } = instruction as unknown as Record<string, unknown>
        for (const name of ['inputWidth', 'inputHeight', 'outputWidth', 'outputHeight', 'second'])
          delete rest[name]
        return rest
      }
      expect(strip(step)).toEqual(strip(own))
    }
  })

  test('the engine and the spec agree on every output', () => {
    const [program] = makePrograms(graph, roms, stimuli, { ...room, programDepth: 8192 })
    const { outputs } = runStimuli(program!)
    const nodes = new Map(program!.graph.nodes.map((node) => [node.name, node]))
    expect(outputs.size).toBe(stimuli.length)
    for (const [pc, step] of program!.roms.steps.slice(0, stimuli.length).entries()) {
      const inputs = step.reads.map((name) => {
        const { shape, quant } = nodes.get(name)!
        return { shape, quant, codes: program!.tensors.get(name)! }
      })
      expect(program!.stimuli[pc]!.kind).toBe('layer')
      expect(outputs.get(step.name)).toEqual(runSpecNode(nodes.get(step.writes!)!, inputs))
    }
  })
})

test('two stimuli of one name are refused, for the boxes of one would be compared with those of the other', () => {
  const twice = () => makeStimuli({ choice: 'random', seeds: [1, 1], layers, graph, engine, nms: null })
  expect(twice).toThrow(RangeError)
  expect(twice).toThrow(/Expected one stimulus of the name \[".+","random 1"\], got two/)
})
