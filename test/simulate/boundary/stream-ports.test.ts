import { describe, expect, test } from 'vitest'
import type { ModuleInterface, Port } from '../../../src/simulate/boundary/module-interface.ts'
import { findStreams, resolveStreams } from '../../../src/simulate/boundary/stream-ports.ts'

/** Ports by their names, of which the ending tells the direction; wider than a bit where `name:width` says so. */
function moduleOf(...names: readonly string[]): ModuleInterface {
  const ports = names.map((text): Port => {
    const [name = '', width = '1', elements] = text.split(':')
    return {
      name,
      direction: name.endsWith('_i') ? 'input' : 'output',
      width: Number(width),
      signed: false,
      elements: elements === undefined ? null : Number(elements),
    }
  })
  return { name: 'm', ports, parameters: [] }
}

const show = (streams: ReturnType<typeof findStreams>) =>
  streams.map(({ name, direction, valid, ready, fields }) => [
    name,
    direction,
    valid,
    ready,
    fields.map(({ name: field, port }) => `${field}=${port.name}`).join(' '),
  ])

describe('streams are found by the names of their ports', () => {
  test('with ready and without, in the order of their ports', () => {
    const found = findStreams(
      moduleOf('clk_i', 'a_valid_i', 'a_ready_o', 'a_x_i:8', 'a_y_i', 'b_y_o:4', 'b_valid_o', 'b_x_o:9'),
    )
    expect(show(found)).toEqual([
      ['a', 'input', 'a_valid_i', 'a_ready_o', 'x=a_x_i y=a_y_i'],
      ['b', 'output', 'b_valid_o', null, 'y=b_y_o x=b_x_o'],
    ])
  })

  test('a field is of the stream whose name is the longest', () => {
    const found = findStreams(
      moduleOf('a_valid_i', 'a_b_valid_i', 'a_b_x_i', 'a_c_i', 'a_b_c_valid_o', 'a_b_c_y_o', 'a_b_c_y_i'),
    )
    expect(show(found)).toEqual([
      ['a', 'input', 'a_valid_i', null, 'c=a_c_i'],
      ['a_b', 'input', 'a_b_valid_i', null, 'x=a_b_x_i c_y=a_b_c_y_i'],
      ['a_b_c', 'output', 'a_b_c_valid_o', null, 'y=a_b_c_y_o'],
    ])
  })

  test('what has another direction, is an array, or has no name of its own is no field', () => {
    const found = findStreams(moduleOf('a_valid_i', 'a_x_o', 'a_y_i:8:4', 'a_i', 'ab_z_i', 'a_w_i'))
    expect(show(found)).toEqual([['a', 'input', 'a_valid_i', null, 'w=a_w_i']])
  })

  test('a valid of two bits, or of the wrong way, is none', () => {
    const wrong = { ...moduleOf('b_valid_o').ports[0]!, direction: 'input' as const }
    const module = moduleOf('a_valid_i:2', 'a_x_i')
    expect(findStreams({ ...module, ports: [...module.ports, wrong] })).toEqual([])
  })
})

describe('streams of a mapping', () => {
  const module = moduleOf(
    'go_i',
    'take_o',
    'word_i:8',
    'last_i',
    'list_i:8:4',
    'wide_i:2',
    'a_valid_o',
    'a_x_o:8',
  )

  test('stand before those that are found', () => {
    const fields = { last: 'last_i', word: 'word_i' }
    const streams = resolveStreams(module, {
      in: { direction: 'input', valid: 'go_i', ready: 'take_o', clock: 'clk_i', fields },
      seen: { direction: 'output', valid: 'take_o', fields: {} },
    })
    expect(show(streams)).toEqual([
      ['in', 'input', 'go_i', 'take_o', 'last=last_i word=word_i'],
      ['seen', 'output', 'take_o', null, ''],
      ['a', 'output', 'a_valid_o', null, 'x=a_x_o'],
    ])
    expect(streams.map((stream) => stream.clock)).toEqual(['clk_i', undefined, undefined])
  })

  test('a name that maps to null is no stream, whatever its ports are called', () => {
    expect(show(resolveStreams(module, { a: null }))).toEqual([])
  })

  test.each([
    ['a', 'take_o'],
    ['b', 'a_valid_o'],
  ])('take the place of one of their name or valid: %s with %s', (name, valid) => {
    const streams = resolveStreams(module, { [name]: { direction: 'output', valid, fields: {} } })
    expect(show(streams)).toEqual([[name, 'output', valid, null, '']])
  })

  test.each([
    [{ valid: 'wide_i' }, 'Expected a 1-bit port wide_i for stream s, got 2 bits'],
    [{ valid: 'take_o' }, 'Expected an input port take_o for stream s of m, ports are go_i, take_o'],
    [{ valid: 'go_i', ready: 'last_i' }, 'Expected an output port last_i for stream s'],
    [{ valid: 'go_i', ready: 'a_x_o' }, 'Expected a 1-bit port a_x_o for stream s, got 8 bits'],
    [{ valid: 'none_i' }, 'Expected an input port none_i for stream s'],
    [{ valid: 'go_i', fields: { x: 'a_x_o' } }, 'Expected an input port a_x_o for stream s'],
    [{ valid: 'go_i', fields: { x: 'list_i' } }, 'Expected an input port list_i for stream s'],
  ])('are refused where a port does not fit: %j', (own, message) => {
    expect(() => resolveStreams(module, { s: { direction: 'input', fields: {}, ...own } })).toThrow(message)
  })
})
