import { describe, expect, test } from 'vitest'
import { scoreboard, simulate, simulateInChild } from '../../src/simulate/index.ts'

const fifo = { top: 'fifo', sources: ['test/simulate/fixtures/fifo.sv'] }
const beats = Array.from({ length: 40 }, (_, i) => ({ data: (i * 37) & 255, tag: (i % 16) - 8 }))

describe('a scoreboard', () => {
  test.each([
    { where: 'here', open: simulate },
    { where: 'in a child process', open: simulateInChild },
  ])('is content with what was expected, in order: $where', async ({ open }) => {
    await using dut = await open({ ...fifo, stalls: { probability: 0.4, seed: 3 } })
    const board = scoreboard(dut)
    // In whatever order the fields of a beat are named.
    board.expect(beats.map(({ data, tag }, i) => (i % 2 === 0 ? { tag, data } : { data, tag })))
    await dut.stream('in').send(beats)
    expect(board.outstanding).toBe(40)
    await board.drain()
    expect([board.matched, board.outstanding]).toEqual([40, 0])
  })

  test('names the first beat that is out of order, and where it was expected', async () => {
    await using dut = await simulate(fifo)
    const board = scoreboard(dut, dut.out)
    board.expect(beats)
    await dut.in.send([...beats.slice(0, 7), beats[8]!, beats[7]!, ...beats.slice(9)])
    await expect(board.drain()).rejects.toMatchObject({
      name: 'ScoreboardError',
      index: 7,
      message:
        'out, beat 7: expected { data: 3, tag: -1 }, received { data: 40, tag: 0 } (which was expected as beat 8)',
    })
  })

  test('finds what is left over, also some cycles later', async () => {
    await using dut = await simulate(fifo)
    const board = scoreboard(dut)
    board.expect(beats.slice(0, 39))
    await dut.in.stall({ pattern: '00000000001' })
    await dut.in.send(beats)
    await expect(board.drain()).rejects.toThrow(
      'out: expected no beat after 39, received { data: 163, tag: -1 }',
    )
    expect([board.matched, board.outstanding]).toEqual([39, 0])
  })

  test('blames a wrong beat rather than a missing one, and says when one is missing', async () => {
    await using dut = await simulate(fifo)
    const wrong = scoreboard(dut)
    wrong.expect([{ data: 1, tag: 1 }, ...beats])
    await dut.in.send(beats)
    await expect(wrong.drain({ withinCycles: 100 })).rejects.toThrow(/beat 0: expected { data: 1, tag: 1 }/)
    const short = scoreboard(dut)
    short.expect(beats)
    await dut.in.send(beats.slice(1, 1))
    await expect(short.drain({ withinCycles: 100 })).rejects.toThrow(
      /expected 40 beats of out within 100 cycles \(withinCycles\), 0 came/,
    )
  })
})
