/** What comes out of somebody else's module, beat by beat: whatever is not exactly the layer's output is red. */
import { describe, expect, test } from 'vitest'
import type { Codes, IntegerGraph } from '../../../src/golden/types.ts'
import { listLayers } from '../../../src/operator/layer-info.ts'
import type { OperatorConfig } from '../../../src/operator/operator-config.ts'
import type { StreamBinding } from '../../../src/operator/types.ts'
import { type LoadedConfig, settleLayer } from '../../../src/pipeline/own-rtl/config.ts'
import { failedOperator } from '../../../src/pipeline/own-rtl/result.ts'
import { runOperator } from '../../../src/pipeline/own-rtl/run.ts'
import { isRed } from '../../../src/result/result.ts'
import type { BulkDut } from '../../../src/simulate/index.ts'
import { SimulationError } from '../../../src/simulate/simulation-error.ts'

const quant = { scale: 1, zeroPoint: 0, bits: 8 }
const graph: IntegerGraph = {
  nodes: [
    { op: 'input', name: 'images', shape: [1, 1, 2], quant },
    { op: 'upsample', name: 'up', inputs: ['images'], shape: [1, 2, 4], quant },
  ],
  detect: { name: 'detect', levels: [], regMax: 1, classes: [] },
  head: null,
  aliases: new Map(),
  weightBits: 8,
  activationBits: 8,
}
const [layer] = listLayers(graph)
const golden = new Map<string, Codes>([
  ['images', Uint8Array.of(3, 5)],
  ['up', Uint8Array.of(3, 3, 5, 5, 3, 3, 5, 5)],
])
const config: OperatorConfig = {
  top: 'upsampler',
  sources: [],
  layers: { op: 'upsample' },
  start: 'go_i',
  ports: { width_i: '$inputWidth' },
  load: [{ tensor: 'input', stream: 'copy', order: 'y x i' }],
  inputs: [{ tensor: 'input', stream: 'in', order: 'y x i' }],
  output: { tensor: 'output', stream: 'out', order: 'y x o', data: 'data', address: 'addr', last: 'last' },
}

/** Code, `last` and address of a beat. */
type Beat = readonly [code: number, last: number, address: number]
const RIGHT: readonly Beat[] = [3, 3, 5, 5, 3, 3, 5, 5].map((code, at) => [code, at === 7 ? 1 : 0, at])

interface Script {
  /** Before the input, as the layer's output, and after it. */
  readonly early?: readonly Beat[]
  readonly beats?: readonly Beat[]
  readonly late?: readonly Beat[]
}

/** Runs the layer on a module that sends these beats. @returns the result, and what was done to the module. */
async function run({ early = [], beats = RIGHT, late = [] }: Script, own: Partial<OperatorConfig> = {}) {
  const done: string[] = []
  const pack = (list: readonly Beat[], from = 0) => ({
    data: Uint8Array.from(list.flat()),
    cycles: Float64Array.from(list, (_, at) => from + at),
  })
  const replies = [pack(early), pack(beats, 10), pack(late)]
  const field = (name: string, width: number) => ({ name, port: { name, width } })
  const out = {
    ports: { name: 'out', fields: [field('data', 8), field('last', 1), field('addr', 8)] },
    receivePacked: async (count?: number) => {
      done.push(`take ${count ?? 'all'}`)
      return replies.shift()!
    },
  }
  const input = (name: string) => ({
    ports: { fields: [field('data', 8)] },
    sendPacked: async (data: Uint8Array) => void done.push(`${name} ${[...data]}`),
    flush: async () => void done.push(`${name} in`),
  })
  const dut = {
    stream: (name: string) => (name === 'out' ? out : input(name)),
    write: async (ports: object) => void done.push(JSON.stringify(ports)),
    step: async (cycles = 1) => void done.push(`step ${cycles}`),
    run: async ({ until, withinCycles }: { until: string; withinCycles: number }) => {
      done.push(`run until ${until} within ${withinCycles}`)
      return { startCycle: 4, cycles: 20, seconds: 0 }
    },
  } as unknown as BulkDut
  const loaded: LoadedConfig = { config: { ...config, ...own }, path: 'assay.config.ts', folder: '/' }
  const { result } = await runOperator(dut, settleLayer(loaded, layer!), layer!, golden)
  return { result, done }
}
const swap = (at: number, beat: Beat): readonly Beat[] => RIGHT.with(at, beat)

test('a module is loaded, fed, started and watched, in that order', async () => {
  const { result, done } = await run({})
  expect(done).toEqual([
    ...['{"width_i":2}', 'copy 3,5', 'copy in', 'take all', 'in 3,5'],
    ...['{"go_i":1}', 'step 1', '{"go_i":0}', 'take 8', 'step 1034', 'take all'],
  ])
  // Silent for 10 cycles before its first beat, and a margin of 1024.
  expect(result.watched).toBe(1034)
  expect(isRed(result)).toBe(false)
  expect(result).toMatchObject({
    ...{ name: 'up', op: 'upsample', shape: [1, 2, 4], elements: 8, macs: 0 },
    ...{
      mismatches: 0,
      first: null,
      stray: 0,
      repeated: 0,
      cycles: 18,
      error: null,
      kind: null,
      errorMap: null,
    },
  })
})

describe('a port that says that the layer has ended', () => {
  const done = { done: 'done_o', withinCycles: () => 99 }

  test('the output is what has come until the end of its cycle', async () => {
    const ran = await run({}, done)
    expect(ran.done.slice(6)).toEqual([
      ...['step 1', '{"go_i":0}', 'run until done_o within 99', 'step 1'],
      ...['take all', 'step 1034', 'take all'],
    ])
    expect(ran.result).toMatchObject({ mismatches: 0, stray: 0, cycles: 18, error: null })
    expect(isRed(ran.result)).toBe(false)
  })

  test('too early is red, also where the rest comes later', async () => {
    const { result } = await run({ beats: RIGHT.slice(0, 6), late: RIGHT.slice(6) }, done)
    expect(result).toMatchObject({ mismatches: 2, stray: 2, cycles: 16 })
    expect(result.error).toBe('done_o is 1 in cycle 24, when 6 of 8 beats of out have come')
    const none = await run({ beats: [] }, done)
    expect(none.result).toMatchObject({ mismatches: 8, cycles: 0 })
  })

  test('a beat too many before it is red', async () => {
    const { result } = await run({ beats: [...RIGHT, [3, 0, 0]] }, done)
    expect(result).toMatchObject({ mismatches: 0, stray: 1, error: null })
    expect(isRed(result)).toBe(true)
  })
})

describe('red', () => {
  test.each<{ what: string; script: Script; is: object }>([
    { what: 'a beat before the input', script: { early: [[3, 0, 0]] }, is: { mismatches: 0, stray: 1 } },
    {
      what: 'two beats after the last',
      script: { late: RIGHT.slice(0, 2) },
      is: { mismatches: 0, stray: 2 },
    },
    {
      what: 'a word beyond the output',
      script: { beats: swap(7, [5, 1, 8]) },
      is: { mismatches: 1, stray: 1, repeated: 0 },
    },
    {
      what: 'a word twice, and another not at all',
      script: { beats: swap(7, [5, 1, 6]) },
      is: { mismatches: 1, stray: 0, repeated: 1 },
    },
    {
      what: 'a wrong code',
      script: { beats: swap(5, [4, 0, 5]) },
      is: {
        mismatches: 1,
        first: { channel: 0, y: 1, x: 1, expected: 3, actual: 4, cycle: 15 },
        kind: expect.objectContaining({ name: expect.any(String) }),
        errorMap: expect.anything(),
      },
    },
    {
      what: 'a last that comes too early',
      script: { beats: swap(3, [5, 1, 3]) },
      is: { mismatches: 0, error: "'last' is wrong in beat 3 of 8 of out" },
    },
    {
      what: 'a last that does not come',
      script: { beats: swap(7, [5, 0, 7]) },
      is: { mismatches: 0, error: "'last' is wrong in beat 7 of 8 of out" },
    },
  ])('$what', async ({ script, is }) => {
    const { result } = await run(script)
    expect(isRed(result)).toBe(true)
    expect(result).toMatchObject(is)
  })

  test('words in another order are right where their addresses say so', async () => {
    const [first, second, ...rest] = RIGHT
    expect(isRed((await run({ beats: [second!, first!, ...rest] })).result)).toBe(false)
    const plain = { ...config.output } as StreamBinding<'output'>
    const { address: _, ...output } = plain
    const turned = RIGHT.map((beat, at) => [RIGHT[7 - at]![0], beat[1], beat[2]] as const)
    expect((await run({ beats: turned }, { output })).result.mismatches).toBe(8)
  })

  test('codes in another order are named as such', async () => {
    const { address: _, ...output } = { ...config.output, order: 'x y o' } as StreamBinding<'output'>
    expect((await run({}, { output })).result).toMatchObject({
      mismatches: 4,
      kind: {
        name: 'order',
        evidence: "every code is exact in the order 'o y x', the configuration says 'x y o'",
      },
    })
  })

  test('a module that fails is red in every element, at its cycle', async () => {
    const error = new SimulationError('it hung', { kind: 'cycle-budget', top: 'upsampler', cycle: 77 })
    const failing = { write: () => Promise.reject(error) } as unknown as BulkDut
    const loaded: LoadedConfig = { config, path: 'assay.config.ts', folder: '/' }
    const { result, error: ended } = await runOperator(failing, settleLayer(loaded, layer!), layer!, golden)
    expect(ended).toBe(error)
    expect(result).not.toHaveProperty('watched')
    expect(result).toEqual({ ...failedOperator(layer!, error), seconds: result.seconds })
    expect(result).toMatchObject({ elements: 8, mismatches: 8, cycles: 77, error: 'it hung' })
    expect(result.seconds).toBeGreaterThan(0)
    expect(isRed(result)).toBe(true)
  })

  test('lanes that are too narrow for a code are refused', async () => {
    const output = { ...config.output, bits: 7 }
    await expect(run({}, { output })).rejects.toThrow(
      /1 lanes of 7 bits on 8 bits of data, elements have 8 bits/,
    )
    const wide = { ...config.output, lanes: 2, bits: 8 }
    await expect(run({}, { output: wide })).rejects.toThrow(/2 lanes of 8 bits on 8 bits of data/)
  })
})

test('says how far a layer is', async () => {
  const heard: unknown[] = []
  const at = { cycle: 1234, beats: 2 }
  const field = { name: 'data', port: { name: 'data', width: 8 } }
  const tell = async (deadline: { onProgress?: (moment: object) => void }) => deadline.onProgress?.(at)
  const packed = { data: Uint8Array.from({ length: 8 }, () => 0), cycles: new Float64Array(8) }
  const stream = {
    ports: { name: 'out', fields: [field] },
    sendPacked: async () => {},
    flush: tell,
    receivePacked: async (count?: number, deadline = {}) => {
      if (count === undefined) return { data: new Uint8Array(), cycles: new Float64Array() }
      await tell(deadline)
      return packed
    },
  }
  const dut = {
    ...{ stream: () => stream, write: async () => {}, step: async () => {} },
    run: async (options: object) => {
      await tell(options)
      return { startCycle: 0, cycles: 1, seconds: 0 }
    },
  } as unknown as BulkDut
  const { address: _, last: __, ...output } = config.output as StreamBinding<'output'>
  const settled = (own: Partial<OperatorConfig>) =>
    settleLayer({ config: { ...config, output, ...own }, path: '', folder: '/' }, layer!)
  const hear = (fraction: number, text: string): void => void heard.push([fraction, text])
  await runOperator(dut, settled({}), layer!, golden, hear)
  await runOperator(dut, settled({ done: 'done_o', load: [] }), layer!, golden, hear)
  expect(heard).toEqual([
    [0, '2 beats of input to go'],
    [0.25, '2 of 8 beats'],
    [0, 'cycle 1,234'],
  ])
})
