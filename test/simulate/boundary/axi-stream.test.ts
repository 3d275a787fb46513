import { describe, expect, test } from 'vitest'
import { findStreams, type Port, simulate } from '../../../src/simulate/index.ts'

const slice = { top: 'axis_register', sources: ['test/simulate/fixtures/axis_register.sv'] }

const makePort = (text: string): Port => {
  const [direction, name, width = '1'] = text.split(' ')
  return {
    name: name!,
    direction: direction === 'in' ? 'input' : 'output',
    width: Number(width),
    signed: false,
    elements: null,
  }
}

describe('AXI4-Stream ports', () => {
  test('are streams: packets pass a register slice under every pattern of stalls', async () => {
    const beats = Array.from({ length: 64 }, (_, i) => ({
      data: (i * 2654435761) >>> 0,
      keep: i % 4 === 3 ? 0b0011 : 0b1111,
      last: i % 4 === 3 ? 1 : 0,
      user: i & 1,
    }))
    for (const pattern of ['1', '10', '0111', '1000']) {
      for (const other of ['1', '01', '0001110']) {
        await using dut = await simulate(slice)
        await dut.stream('s').stall({ pattern })
        await dut.stream('m').stall({ pattern: other })
        await dut.stream('s').send(beats)
        expect(await dut.stream('m').receive(64), `${pattern} to ${other}`).toEqual(beats)
      }
    }
  })

  test('stall as the pattern says', async () => {
    await using dut = await simulate(slice)
    const beat = { data: 1, keep: 15, last: 0, user: 0 }
    await dut.stream('m').stall({ pattern: '0010' })
    await dut.stream('s').send(new Array(6).fill(beat))
    const { cycles } = await dut.stream('m').receivePacked(6)
    // Ready in cycles 4, 8, …: the pattern begins with the first cycle after reset, which is 2.
    expect([...cycles]).toEqual([4, 8, 12, 16, 20, 24])
    await expect(dut.stream('m').stall({ pattern: '00' })).rejects.toThrow(/with a 1 in it, got 00/)
    await dut.stream('m').stall({ probability: 0 })
    await dut.stream('s').send([beat, beat, beat])
    const { cycles: after } = await dut.stream('m').receivePacked(3)
    expect(after[2]! - after[0]!).toBe(2)
  })

  test.each([
    { ports: ['in tvalid', 'out tready', 'in tdata 8'], streams: ['in input data'] },
    { ports: ['out tvalid', 'in tready', 'out tdata 8', 'out tlast'], streams: ['out output data last'] },
    {
      ports: ['in s_axis_video_tvalid', 'in s_axis_video_tdata 24', 'in s_axis_tvalid', 'in s_axis_tdata 8'],
      streams: ['s_video input data', 's input data'],
    },
    {
      ports: ['in S_AXIS_TVALID', 'out S_AXIS_TREADY', 'in S_AXIS_TDATA 8', 'in S_AXIS_TKEEP'],
      streams: ['S input data keep'],
    },
    {
      ports: ['in pixels_tvalid_i', 'out pixels_tready_o', 'in pixels_tdata_i 8', 'out pixels_tdata_o 8'],
      streams: ['pixels input data'],
    },
    { ports: ['in tvalid 2', 'in tdata 8'], streams: ['in_0 input data', 'in_1 input data'] },
    { ports: ['in tvalid 2', 'in tdata 7'], streams: [] },
  ])('are recognised: $ports', ({ ports, streams }) => {
    const found = findStreams({ name: 'm', ports: ports.map(makePort), parameters: [] })
    expect(
      found.map(({ name, direction, fields }) =>
        [name, direction, ...fields.map((field) => field.name)].join(' '),
      ),
    ).toEqual(streams)
  })
})
