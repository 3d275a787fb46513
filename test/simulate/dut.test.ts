import { describe, expect, test } from 'vitest'
import { simulate } from '../../src/simulate/index.ts'

const fixtures = 'test/simulate/fixtures'
const counter = { top: 'beat_counter', sources: [`${fixtures}/beat_counter.sv`] }

describe('simulate', () => {
  test('counts beats, driven cycle by cycle', async () => {
    await using dut = await simulate(counter)
    expect(dut.ports.in_ready_o).toBe(1)
    dut.ports.in_valid_i = 1
    dut.tick(3)
    expect(dut.ports.count_o).toBe(3)
    dut.ports.in_valid_i = 0
    dut.tick()
    expect(dut.ports.count_o).toBe(3)
    expect(dut.cycle).toBe(6)
  })
})
