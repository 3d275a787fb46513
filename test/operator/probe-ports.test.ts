/** What the ports of a requantiser are for. */
import { describe, expect, test } from 'vitest'
import { findProbePorts } from '../../src/operator/probe-ports.ts'
import type { ModuleInterface, Port } from '../../src/simulate/index.ts'

const port = (text: string): Port => {
  const [direction, name, width, sign] = text.split(' ') as [string, string, string, string | undefined]
  return {
    name,
    direction: direction === 'in' ? 'input' : 'output',
    width: Number(width),
    signed: sign === 'signed',
    elements: null,
  }
}
const moduleOf = (...ports: readonly string[]): ModuleInterface => ({
  name: 'requant',
  ports: ports.map(port),
  parameters: [],
  clocked: true,
})
const whole = (name: string, width: number, signed = false) => ({
  name,
  width,
  signed,
  low: 0,
  isPart: false,
})

test('are found by their names', () => {
  const module = moduleOf(
    ...['in clk_i 1', 'in rst_ni 1', 'in valid_i 1', 'out ready_o 1', 'in acc_i 32 signed', 'in m_i 16'],
    ...['in shift_i 6', 'in zp_i 8', 'in max_i 8', 'in en_i 1', 'out valid_o 1', 'out code_o 8'],
  )
  expect(findProbePorts(module, {}, { max_i: 255 })).toEqual({
    ...{ acc: whole('acc_i', 32, true), code: whole('code_o', 8), multiplier: whole('m_i', 16) },
    ...{ shift: whole('shift_i', 6), zeroPoint: whole('zp_i', 8), scale: null },
    ...{ valid: 'valid_i', ready: 'ready_o', done: 'valid_o' },
    held: { max_i: 255, en_i: 1 },
  })
})

test('are what the user says: other names, bits of a port, constants', () => {
  const module = moduleOf('in clk 1', 'in foo 32', 'in par 64', 'out bar 12')
  const found = findProbePorts(
    module,
    { acc: 'foo', multiplier: 'par[47:32]', shift: 'par[53:48]', zeroPoint: '-3', code: 'bar[7:0]' },
    {},
  )
  expect(found.multiplier).toEqual({ name: 'par', width: 16, signed: false, low: 32, isPart: true })
  expect(found.zeroPoint).toEqual({ value: -3 })
  expect(found.code).toEqual({ name: 'bar', width: 8, signed: false, low: 0, isPart: true })
  expect(found.held).toEqual({})
})

test('a lone input and a lone output need no name', () => {
  const { acc, code } = findProbePorts(moduleOf('in clk 1', 'in foo 32', 'out bar 8'), {}, {})
  expect([acc.name, code.name]).toEqual(['foo', 'bar'])
})

describe('are refused by option and name', () => {
  const module = moduleOf('in clk 1', 'in foo 32', 'in par 64', 'out bar 8', 'out baz 8', 'out ok 1')
  test.each([
    [{}, /^--acc: the names of requant's ports do not say where the accumulator goes in.*foo, par/],
    [{ acc: 'foo' }, /^--code: .*where the code comes out.*bar, baz/],
    [{ acc: 'fo', code: 'bar' }, /^--acc: requant has no input fo, .*Did you mean foo\?/],
    [{ acc: 'bar', code: 'bar' }, /^--acc: requant has no input bar/],
    [{ acc: 'foo', code: 'ok' }, /^--code: expected a port of 2 to 64 bits, ok has 1/],
    [{ acc: 'foo[3:0]', code: 'bar' }, /^--acc: expected a port of 8 to 64 bits, foo has 4/],
    [{ acc: 'foo', code: 'bar', shift: 'par[64:60]' }, /^--shift: expected bits of par, which has 64/],
    [{ acc: 'foo', code: 'bar', done: 'baz' }, /^--done: expected a port of 1 bit, baz has 8/],
    [{ acc: 'foo', code: 'bar', scale: 'par' }, /^--scale: expected a port of 32 bits.*par has 64/],
    [{ acc: 'foo', code: 'bar', shift: 'par[' }, /^--shift: expected a port, or bits of one/],
  ])('%o', (said, message) => {
    expect(() => findProbePorts(module, said, {})).toThrow(message)
  })

  test('an input to hold that there is not', () => {
    expect(() => findProbePorts(module, { acc: 'foo', code: 'bar' }, { max: 1 })).toThrow(
      /^--set: requant has no input max/,
    )
  })
})
