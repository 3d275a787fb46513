import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { findProgramFile } from '../../src/process/child-program.ts'
import { buildModel, simulate, simulateInChild } from '../../src/simulate/index.ts'
import { type ChildOptions, openInProgram } from '../../src/simulate/remote.ts'

const source = 'test/simulate/fixtures/trouble.sv'
const trouble = { top: 'trouble', sources: [source] }
const fifo = { top: 'fifo', sources: ['test/simulate/fixtures/fifo.sv'] }
const childProgram = findProgramFile(pathToFileURL(resolve('src/simulate/remote.ts')).href, 'child')
const listChildren = (): readonly number[] =>
  readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ').map(Number)
const finish = 4
const print = 6
const loop = 7

/** Where the fixture does what `how_i` asks for. */
const lineOf = (how: number): number =>
  readFileSync(source, 'utf8')
    .split('\n')
    .findIndex((text) => text.includes(`how_i == 3'd${how})`)) + 1

beforeAll(async () => {
  await Promise.all([buildModel(trouble), buildModel(fifo)])
})

describe('a model that fails', () => {
  test.each([
    { how: 1, kind: 'assertion', message: /.*the number was 1/ },
    { how: 2, kind: 'assertion', message: /.*an error message/ },
    { how: 3, kind: 'stop', message: /: \$stop/ },
    { how: 5, kind: 'assertion', message: /.*oscillate was 0/ },
  ])('by way $how names file, line and message', async ({ how, kind, message }) => {
    await using dut = await simulate(trouble)
    const line = lineOf(how)
    dut.tick(5)
    dut.ports.how_i = how
    const fail = () => dut.tick(10)
    expect(fail).toThrow(message)
    expect(fail).toThrow(`${source}:${line}: `)
    expect(fail).toThrow(
      expect.objectContaining({ name: 'SimulationError', kind, file: source, line, cycle: 5 }),
    )
  })

  test('to settle says so', async () => {
    await using dut = await simulate(trouble)
    dut.ports.oscillate_i = 1
    expect(() => dut.ports.loop_o).toThrow(expect.objectContaining({ kind: 'no-convergence' }))
  })

  test('does not take another with it', async () => {
    await using failing = await simulate(trouble)
    await using sound = await simulate(trouble)
    failing.ports.how_i = 1
    expect(() => failing.tick()).toThrow('the number was 1')
    sound.tick(3)
    expect(sound.cycle).toBe(3)
  })
})

describe('a model that ends by $finish', () => {
  test('may, unless it is still waited for', async () => {
    await using dut = await simulate(trouble)
    dut.ports.how_i = finish
    dut.tick()
    expect(dut.finished).toBe(true)
    await expect(dut.run({ until: 'done_o', withinCycles: 9 })).rejects.toMatchObject({ kind: 'finished' })
  })
})

test('what a model prints is kept from the standard output', async () => {
  await using dut = await simulate(trouble)
  dut.ports.how_i = print
  dut.tick(2)
  expect(await dut.takeOutput()).toBe('hello from cycle 1\nhello from cycle 3\n')
  expect(await dut.takeOutput()).toBe('')
})

describe('a run', () => {
  test('has a cycle budget', async () => {
    await using dut = await simulate(trouble)
    const run = dut.run({ until: 'done_o', withinCycles: 1000 })
    await expect(run).rejects.toThrow(
      /trouble, cycle 1000: expected done_o within 1000 cycles\n {2}there: done_o = 0/,
    )
    await expect(run).rejects.toMatchObject({
      kind: 'cycle-budget',
      watched: { done_o: 0, loop_o: 0, spin_o: 0 },
    })
  })

  test('says in which cycle it began, and what failed outside of one says that there was none', async () => {
    await using dut = await simulate(trouble)
    dut.tick(5)
    await expect(dut.run({ until: 'done_o', withinCycles: 10 })).rejects.toMatchObject({
      cycle: 15,
      startCycle: 5,
    })
    const condition = () => dut.until(() => false, { withinCycles: 3 })
    expect(condition).toThrow(expect.objectContaining({ cycle: 18, startCycle: null }))
    dut.ports.how_i = 1
    const run = dut.run({ until: 'done_o', withinCycles: 10 })
    await expect(run).rejects.toMatchObject({ kind: 'assertion', cycle: 18, startCycle: 18 })
  })

  test('has a time budget', async () => {
    await using dut = await simulate(trouble)
    const run = dut.run({ until: 'done_o', withinCycles: 1e12, deadlineMs: 120 })
    await expect(run).rejects.toMatchObject({ kind: 'deadline' })
  })

  test('gives up when nothing moves, and says where', async () => {
    await using dut = await simulate(fifo)
    await dut.in.send([{ data: 1, tag: 1 }])
    const run = dut.run({ until: 'full_o', withinCycles: 1e6, noProgressCycles: 40 })
    await expect(run).rejects.toMatchObject({ kind: 'no-progress', cycle: 43 })
  })

  test('ends at the flag', async () => {
    await using dut = await simulate(fifo)
    await dut.in.send(Array.from({ length: 9 }, (_, data) => ({ data, tag: 0 })))
    expect(await dut.run({ until: 'full_o', withinCycles: 100, progress: 'push' })).toMatchObject({
      cycles: 4,
    })
  })
})

describe('in a child process', () => {
  test('a child that is killed while its model is built is replaced', async () => {
    let build = (_: ChildOptions): void => {}
    const later = new Promise<ChildOptions>((resolve) => (build = resolve))
    const before = listChildren()
    const opening = openInProgram({ top: 'trouble' }, later, childProgram)
    const [waiting] = listChildren().filter((pid) => !before.includes(pid))
    process.kill(waiting!, 'SIGKILL')
    await expect.poll(listChildren).not.toContain(waiting)
    build(trouble)
    const { dut } = await opening
    await dut.step(3)
    expect(await dut.read('done_o')).toEqual([0])
    await dut.close()
  })

  test('an endless loop is killed and comes back as an error', async () => {
    await using dut = await simulateInChild(trouble)
    await dut.write({ how_i: loop })
    const run = dut.run({ until: 'done_o', withinCycles: 10, deadlineMs: 200 })
    await expect(run).rejects.toMatchObject({ name: 'SimulationError', kind: 'deadline' })
    await expect(dut.step()).rejects.toMatchObject({ kind: 'deadline' })
  })

  test('an assertion comes back as the same error', async () => {
    await using dut = await simulateInChild(trouble)
    await dut.write({ how_i: 1 })
    await expect(dut.step()).rejects.toMatchObject({
      kind: 'assertion',
      file: source,
      line: lineOf(1),
      cycle: 0,
    })
  })

  test('bulk runs give what they give here', async () => {
    const options = { ...fifo, stalls: { probability: 0.4, seed: 3 } }
    const bytes = Uint8Array.from({ length: 4000 }, (_, i) => (i % 2 === 0 ? i >> 1 : i & 15))
    const results = []
    for (const open of [simulate, simulateInChild]) {
      await using dut = await open(options)
      await dut.stream('in').sendPacked(bytes)
      const { data, cycles } = await dut.stream('out').receivePacked(2000)
      results.push({ data: Buffer.from(data), cycles: [...cycles], full: await dut.read('full_o') })
    }
    expect(results[1]).toEqual(results[0])
    expect(results[0]!.data).toEqual(Buffer.from(bytes))
  })

  test('progress is reported while it runs', async () => {
    await using dut = await simulateInChild(trouble)
    const seen: number[] = []
    const run = dut.run({
      until: 'done_o',
      withinCycles: 1e12,
      deadlineMs: 300,
      onProgress: ({ cycle }) => seen.push(cycle),
    })
    await expect(run).rejects.toMatchObject({ kind: 'deadline' })
    expect(seen.length).toBeGreaterThan(1)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  })
})
