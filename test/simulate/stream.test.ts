import { describe, expect, test } from 'vitest'
import { type Beat, simulate, simulateInChild } from '../../src/simulate/index.ts'

const fifo = { top: 'fifo', sources: ['test/simulate/fixtures/fifo.sv'] }

/** Beats that differ in every byte, with tags over their whole range. */
function makeBeats(count: number): { data: number; tag: number }[] {
  return Array.from({ length: count }, (_, i) => ({ data: (i * 37 + 11) & 255, tag: (i % 16) - 8 }))
}

describe('streams', () => {
  test('send queues, receive runs the clock', async () => {
    await using dut = await simulate(fifo)
    const beats = makeBeats(9)
    await dut.in.send(beats)
    expect(dut.cycle).toBe(2)
    expect(await dut.out.receive(4)).toEqual(beats.slice(0, 4))
    expect(await dut.out.receive(5)).toEqual(beats.slice(4))
  })

  test.each([
    { probability: 0, seed: 1 },
    { probability: 0.3, seed: 2 },
    { probability: 0.9, seed: 3 },
  ])('keep order and content under stalls of $probability', async (stalls) => {
    await using dut = await simulate({ ...fifo, stalls })
    const beats = makeBeats(300)
    await dut.in.send(beats)
    expect(await dut.out.receive(300)).toEqual(beats)
    expect((await dut.out.receivePacked()).cycles).toHaveLength(0)
  })

  test('stall as the seed says, every time', async () => {
    const cyclesOf = async (seed: number): Promise<number[]> => {
      await using dut = await simulate({ ...fifo, stalls: { probability: 0.5, seed } })
      await dut.in.send(makeBeats(50))
      return [...(await dut.out.receivePacked(50)).cycles]
    }
    const first = await cyclesOf(7)
    expect(await cyclesOf(7)).toEqual(first)
    expect(await cyclesOf(8)).not.toEqual(first)
    // Half of the cycles on either side let a beat through: 50 beats in 100 cycles or rather more.
    expect(first.at(-1)! - first[0]!).toBeGreaterThan(75)
    expect(first.at(-1)! - first[0]!).toBeLessThan(250)
  })

  test.each([simulate, simulateInChild])('say how far they are, with %o', async (open) => {
    await using dut = await open(fifo)
    const heard: { readonly cycle: number; readonly beats: number }[] = []
    const limit = {
      withinCycles: 20_000_000,
      onProgress: (at: (typeof heard)[number]) => void heard.push(at),
    }
    await dut.stream('in').send(makeBeats(3))
    await expect(dut.stream('out').receivePacked(4, limit)).rejects.toThrow('3 came')
    expect(heard.at(-1)!.cycle).toBeGreaterThan(1000)
    expect(heard.at(-1)!.beats).toBe(3)
    heard.length = 0
    await dut.stream('out').receivePacked()
    await dut.stream('in').stall({ probability: 0.999_999_9, seed: 1 })
    await dut.stream('in').send(makeBeats(50))
    await expect(dut.stream('in').flush(limit)).rejects.toThrow('queued')
    expect(heard.at(-1)!.beats).toBeGreaterThan(0)
  })

  test('carry a beat a cycle without stalls, and record in which cycle', async () => {
    await using dut = await simulate(fifo)
    await dut.in.send(makeBeats(20))
    const { data, cycles } = await dut.out.receivePacked(20)
    // The first goes in at cycle 2, after reset, and is at the output one cycle later.
    expect([...cycles]).toEqual(Array.from({ length: 20 }, (_, i) => 3 + i))
    // A byte of data, then a byte of tag, which is 4 bits wide.
    expect([...data.subarray(0, 4)]).toEqual([11, 0x8, 48, 0x9])
  })

  test('fill up behind a receiver that does not take', async () => {
    await using dut = await simulate({ ...fifo, parameters: { Depth: 8 } })
    await dut.in.send(makeBeats(10))
    dut.tick(30)
    expect(dut.ports.full_o).toBe(1)
    await expect(dut.in.flush({ withinCycles: 50 })).rejects.toThrow(
      /within 50 cycles \(withinCycles\), 2 are still queued/,
    )
    expect(await dut.out.receive(10)).toEqual(makeBeats(10))
  })

  test('without ready are recorded from the start', async () => {
    await using dut = await simulate(fifo)
    const beats = makeBeats(12)
    await dut.in.send(beats)
    await dut.out.receive(12)
    const { data } = await dut.stream('push').receivePacked()
    expect([...data]).toEqual(beats.map((beat) => beat.data))
  })

  test('packed in bulk', async () => {
    await using dut = await simulate({ ...fifo, parameters: { Width: 100 } })
    const count = 50_000
    const bytes = new Uint8Array(count * 14)
    for (let i = 0; i < bytes.length; i++) bytes[i] = (i * 2654435761) >>> 24
    // Bits above 100 and above the 4 of the tag are not there: the bridge must not let them into the model.
    await dut.in.sendPacked(bytes)
    const { data, cycles } = await dut.out.receivePacked(count, { withinCycles: 60_000 })
    const expected = bytes.map((byte, i) => (i % 14 >= 12 ? byte & 15 : byte))
    expect(Buffer.compare(data, expected)).toBe(0)
    expect(cycles).toHaveLength(count)
  })

  test('say what they wanted when it does not come', async () => {
    await using dut = await simulate(fifo)
    await dut.in.send(makeBeats(2))
    const starved = dut.out.receive(3, { withinCycles: 100 })
    await expect(starved).rejects.toThrow(
      /3 beats of out within 100 cycles \(withinCycles\), 2 came\n {2}there: out_valid_o = 0/,
    )
    await expect(starved).rejects.toMatchObject({ kind: 'cycle-budget', top: 'fifo', cycle: 102 })
  })

  test.each([
    { because: 'a missing field', beat: { data: 1 }, message: /field tag in beat 0 of in/ },
    { because: 'an unknown field', beat: { data: 1, tag: 0, last: 1 }, message: /got last/ },
    {
      because: 'a value too large',
      beat: { data: 256, tag: 0 },
      message: /unsigned integer of 8 bits for data.*got 256/,
    },
    {
      because: 'a signed value too large',
      beat: { data: 0, tag: 8 },
      message: /signed integer of 4 bits for tag/,
    },
  ])('refuse $because', async ({ beat, message }) => {
    await using dut = await simulate(fifo)
    await expect(dut.in.send([beat as Beat])).rejects.toThrow(message)
  })

  test('refuse the wrong direction, a wrong name and half a beat', async () => {
    await using dut = await simulate(fifo)
    await expect(dut.out.send([])).rejects.toThrow(/Expected an input stream/)
    await expect(dut.in.receive(1)).rejects.toThrow(/Expected an output stream/)
    expect(() => dut.stream('tap')).toThrow(/streams are in, out, push/)
    await expect(dut.in.sendPacked(new Uint8Array(3))).rejects.toThrow(/whole beats of 2 bytes/)
  })

  test.each([
    { stalls: { probability: 1 }, message: 'Expected a stall probability from 0 to below 1, got 1' },
    { stalls: { probability: -0.1 }, message: 'got -0.1' },
    { stalls: { probability: Number.NaN }, message: 'got NaN' },
    { stalls: { pattern: '000' }, message: 'Expected a stall pattern of 0 and 1 with a 1 in it, got 000' },
    { stalls: { pattern: '' }, message: 'with a 1 in it, got' },
    { stalls: { pattern: '012' }, message: 'with a 1 in it, got 012' },
  ])('refuse to stall by $stalls', async ({ stalls, message }) => {
    await using dut = await simulate(fifo)
    await expect(dut.out.stall(stalls)).rejects.toThrow(message)
    await expect(simulate({ ...fifo, stalls })).rejects.toThrow(message)
  })

  test('of one seed do not stall in step', async () => {
    await using dut = await simulate({ ...fifo, stalls: { probability: 0.5, seed: 5 } })
    await dut.in.send(makeBeats(200))
    await dut.out.receive(1)
    const steps = Array.from({ length: 64 }, () => {
      dut.tick()
      return [dut.ports.in_valid_i, dut.ports.out_ready_i]
    })
    const [sent, taken] = [0, 1].map((port) => steps.map((step) => step[port]).join(''))
    expect(sent).toMatch(/01.*10/)
    expect(taken).toMatch(/01.*10/)
    expect(sent).not.toBe(taken)
  })

  test('mapped by hand, for ports with other names', async () => {
    const streams = {
      words: {
        direction: 'input',
        valid: 'in_valid_i',
        ready: 'in_ready_o',
        fields: { w: 'in_data_i', t: 'in_tag_i' },
      },
      seen: { direction: 'output', valid: 'push_valid_o', fields: { w: 'push_data_o' } },
    } as const
    await using dut = await simulate({ ...fifo, streams })
    await dut.stream('words').send([{ w: 5, t: -1 }])
    expect(await dut.stream('seen').receive(1)).toEqual([{ w: 5 }])
    const wrong = simulate({
      ...fifo,
      streams: { x: { direction: 'input', valid: 'out_valid_o', fields: {} } },
    })
    await expect(wrong).rejects.toThrow(/input port out_valid_o for stream x/)
  })
})
