import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SIM_OPTIONS } from '../../../src/cli/commands/sim/options.ts'
import { readConfig } from '../../../src/cli/options/config-file.ts'
import { MODEL_OPTIONS } from '../../../src/cli/options/shared.ts'
import { makeFolder } from '../../pipeline/prepared.ts'
import { runAssay } from '../run-assay.ts'

const folder = makeFolder()
const file = (name: string, content: unknown): string => {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
const quantise = (out: string, ...args: string[]) =>
  runAssay(['quantise', '--files', 'none', '--calibration-images', '2', '--out', join(folder, out), ...args])

describe('--config', () => {
  test('paths are relative to the file, overrides may stand in it', () => {
    mkdirSync(join(folder, 'sub'), { recursive: true })
    const path = file('sub/c.json', { model: 'm.pt', bits: 4, overrides: { 'model.0': { weightBits: 8 } } })
    expect(readConfig(path, MODEL_OPTIONS)).toEqual({
      model: join(folder, 'sub', 'm.pt'),
      bits: 4,
      overrides: '{"model.0":{"weightBits":8}}',
    })
  })

  test('may name a module of your own, relative to the file', () => {
    const path = file('sub/module.json', { module: 'own.config.ts' })
    expect(readConfig(path, SIM_OPTIONS)).toEqual({ module: join(folder, 'sub', 'own.config.ts') })
  })

  test('sets options, and the command line overrides it', async () => {
    const overrides = { 'model.0': { weightBits: 8 } }
    const config = file('both.json', {
      'weight-bits': 5,
      'activation-bits': 6,
      techniques: 'none',
      overrides,
    })
    const { exitCode, stderr } = await quantise('a', '--config', config, '--activation-bits', '7')
    expect(stderr).not.toContain('assay:')
    expect(exitCode).toBe(0)
    // Overrides and techniques have digits of their own.
    const own = readdirSync(join(folder, 'a')).find((name) => /^shapes-w5a7-[0-9a-f]{6}$/.test(name))!
    const manifest = JSON.parse(readFileSync(join(folder, 'a', own, 'manifest.json'), 'utf8')) as {
      options: Record<string, unknown>
    }
    expect(manifest.options).toMatchObject({
      weightBits: 5,
      activationBits: 7,
      techniques: [],
      effort: 'fast',
      overrides,
    })
  })

  test.each([
    {
      because: 'an unknown option',
      config: { 'wight-bits': 4 },
      says: 'an-unknown-option.json: there is no option wight-bits. Did you mean weight-bits?',
    },
    { because: 'no JSON', config: '{"bits":', says: 'is not JSON' },
    {
      because: 'a list',
      config: [],
      says: 'a-list.json: expected an object, got a list of 0. E.g. {"weight-bits": 4',
    },
    {
      because: 'bits that are words',
      config: { bits: 'eight' },
      says: 'bits-that-are-words.json: bits: expected a number, got "eight"',
    },
    {
      because: 'bits as a text',
      config: { bits: '8' },
      says: 'bits-as-a-text.json: bits: expected a number, got "8"',
    },
    {
      because: 'bits out of range',
      config: { 'activation-bits': 3 },
      says: 'bits-out-of-range.json: activation-bits: expected 4 to 8',
    },
    {
      because: 'an unknown technique',
      config: { techniques: 'magic' },
      says: /an-unknown-technique.json: techniques: expected .*, got magic/,
    },
    {
      because: 'a wrong override',
      config: { overrides: { 'model.0': { weightBit: 4 } } },
      says: 'a-wrong-override.json: overrides: model.0: there is no setting weightBit. Known are weightBits, activationBits, observer. Did you mean weightBits?',
    },
    { because: 'a number as schema', config: { $schema: 1 }, says: '.json: $schema: expected a text, got 1' },
    {
      because: 'a layer that is not there',
      config: { overrides: { 'model.99': { weightBits: 4 } } },
      says: 'a-layer-that-is-not-there.json: overrides: the model has no layer model.99',
    },
  ])('$because: answered by name, nothing written', async ({ because, config, says }) => {
    const out = because.replaceAll(' ', '-')
    const { exitCode, stderr } = await quantise(out, '--config', file(`${out}.json`, config))
    expect(stderr).toMatch(says)
    expect(stderr).not.toContain('    at ')
    expect(exitCode).toBe(2)
    expect(existsSync(join(folder, out))).toBe(false)
  })

  test('a file that is not there', async () => {
    const { exitCode, stderr } = await quantise('none', '--config', join(folder, 'no.json'))
    expect(exitCode).toBe(2)
    expect(stderr).toContain('no.json: no such file. Check the path that --config gives.')
  })
})
