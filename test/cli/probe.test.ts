/** `assay probe` and `assay profiles` as a user meets them: requantisers in SystemVerilog, under Verilator. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PROFILES } from '../../src/arithmetic/built-in.ts'
import { runAssay } from './run-assay.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-probe-'))
const rtl = (name: string): string => `test/pipeline/probe/fixtures/${name}.sv`
const probe = (name: string, ...options: readonly string[]) =>
  runAssay(['probe', rtl(name), '-q', ...options])
const longest = (text: string): number => Math.max(...text.split('\n').map(({ length }) => length))

describe('assay probe', () => {
  test.each([
    { name: 'shift_floor', options: [], fits: 'power-of-two-floor' },
    { name: 'shift_floor', options: ['-G', 'Wrap=1'], fits: '>>s floor, wrap to signed code' },
    { name: 'shift_floor', options: ['-G', 'Relu=1'], fits: 'ReLU, >>s floor, saturate to signed code' },
    { name: 'half_up', options: [], fits: 'assay' },
    { name: 'half_up', options: ['--latency', '2', '--done', 'valid_o'], fits: 'assay' },
    { name: 'half_even', options: [], fits: '>>s half-to-even, saturate to signed code' },
    {
      name: 'half_even',
      options: ['-G', 'Shift=9', '--shift', '9'],
      fits: '>>s half-to-even, saturate to signed code',
    },
    { name: 'tflite_twice', options: [], fits: 'tflite' },
  ])('$name $options fits $fits, exit code 0', async ({ name, options, fits }) => {
    const { exitCode, stdout } = await probe(name, ...options)
    expect(stdout).toMatch(/^\w+ was given [\d,]{5} accumulators in /)
    const [, count] =
      new RegExp(`^fits exactly: ${fits.replaceAll(/[+^$()]/g, '\\$&')} \\(([\\d,]+) of \\1\\)$`, 'm').exec(
        stdout,
      ) ?? []
    expect([stdout, count]).toEqual([stdout, expect.stringMatching(/\d,\d{3}/)])
    expect(exitCode).toBe(0)
    expect(longest(stdout)).toBeLessThanOrEqual(80)
  })

  test('says what the ports mean, and what cannot be told from it', async () => {
    const { stdout } = await probe('tflite_twice')
    expect(stdout).toContain('\n  s = −shift\n')
    expect(stdout).toMatch(/^These accumulators cannot tell it from:\n {2}cmsis-nn\n/m)
    expect(stdout.replaceAll(/\n +/g, ' ')).toContain('Ports: acc in_data (32 bits), M multiplier (31 bits)')
    const inside = await probe('half_even')
    expect(inside.stdout).toContain('\n  s = 6, inside the module\n')
  })

  test('a bug at one value: exit code 1, the nearest, and the first difference', async () => {
    const { exitCode, stdout } = await probe('half_up', '-G', 'Bug=1')
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^fits none of the profiles.*\n\nassay \(7,\d{3} of 7,800\)$/m)
    expect(stdout).toMatch(/first difference: acc −1, M \d+, s \d+, Z \d+: yours \d+, assay \d+/)
    expect(longest(stdout)).toBeLessThanOrEqual(80)
  })

  test('one that keeps something of earlier accumulators: exit code 1', async () => {
    const { exitCode, stdout } = await probe('half_up', '-G', 'Forgetful=1')
    expect(exitCode).toBe(1)
    expect(stdout.replaceAll('\n', ' ')).toMatch(
      /gives two codes for one accumulator, \d+ and later \d+ for acc/,
    )
  })

  test('one that never answers: exit code 2, its port and the cycles waited', async () => {
    const { exitCode, stdout, stderr } = await probe('half_up', '-G', 'Silent=1', '--within-cycles', '300')
    expect(exitCode).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain('valid_o stayed 0 for 300 cycles after the first accumulator')
  })

  test("Assay's own requantiser computes what its profile says", async () => {
    const { exitCode, stdout } = await runAssay([
      ...[
        'probe',
        'rtl/assay_pkg.sv',
        'rtl/round_code.sv',
        'rtl/requantise.sv',
        '-q',
        '-G',
        'Lanes=1',
        '--acc',
        'sum_i',
        '--set',
        'max_i=255',
      ],
      ...['--multiplier', 'param_i[47:32]', '--shift', 'param_i[53:48]'],
    ])
    expect(stdout).toMatch(/^fits exactly: assay \(7,\d{3} of 7,\d{3}\)$/m)
    expect(exitCode).toBe(0)
  })

  test('--out writes a profile that is one, and --json says the same as the text', async () => {
    const out = join(folder, 'mine.json')
    const { stdout } = await probe('half_even', '--json', '--out', out)
    const said = JSON.parse(stdout)
    expect(said).toMatchObject({ top: 'half_even', fits: true, samples: 3600 })
    expect(said.exact[0].reading).toEqual({ shiftSign: 0, shiftOffset: 6 })
    const written = JSON.parse(readFileSync(out, 'utf8'))
    expect(written).toMatchObject({ name: 'mine', requantise: said.exact[0].stages })
    expect(written.accumulator.bits, 'those of its port').toBe(20)
    const shown = await runAssay(['profiles', out])
    expect(shown).toMatchObject({ exitCode: 0, stderr: '' })
    expect(shown.stdout).toContain('ties to even')
    const again = await probe('half_even', '--profile', out)
    expect(again.stdout).toMatch(/^fits exactly: mine \(/m)
  })

  test('--out overwrites a file with --force only', async () => {
    const out = join(folder, 'other.json')
    writeFileSync(out, 'of someone else')
    const refused = await probe('shift_floor', '--out', out)
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' })
    expect(refused.stderr).toMatch(/other\.json: already exists.*--out, or give --force/s)
    expect(readFileSync(out, 'utf8')).toBe('of someone else')
    expect((await probe('shift_floor', '--out', out, '--force')).exitCode).toBe(0)
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ name: 'other' })
  })

  test('a ReLU that is found is a profile, and a leaky one fits the profile of a file', async () => {
    const out = join(folder, 'relu.json')
    expect((await probe('shift_floor', '-G', 'Relu=1', '--out', out)).exitCode).toBe(0)
    const found = JSON.parse(readFileSync(out, 'utf8'))
    expect(found.activation.rectified).toEqual({ form: 'stage' })
    const leaky = join(folder, 'leaky.json')
    const leak = { numerator: 1, shift: 3, rounding: 'floor' }
    const [, ...others] = found.requantise
    writeFileSync(
      leaky,
      JSON.stringify({ ...found, name: 'leaky', requantise: [{ stage: 'rectify', leak }, ...others] }),
    )
    const { exitCode, stdout } = await probe('shift_floor', '-G', 'Relu=2', '--profile', leaky)
    expect(stdout).toMatch(
      /^fits exactly: leaky \(3,\d{3} of 3,\d{3}\)\n {2}ReLU with leak v · 1 \/ 2\^3 \(floor\), /m,
    )
    expect(exitCode).toBe(0)
    // The plain one is still told from it.
    const plain = await probe('shift_floor', '-G', 'Relu=1', '--profile', leaky)
    expect(plain.stdout).toMatch(/^fits exactly: ReLU, >>s floor, saturate to signed code/m)
  })

  test('--module: a whole layer, and its profile as a file', async () => {
    const out = join(folder, 'layer.json')
    const module = 'examples/streaming-conv/assay.config.ts'
    const { exitCode, stdout, stderr } = await runAssay(['probe', '--module', module, '-q', '--out', out])
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(
      /^streaming_conv was given [\d,]+ accumulators of model\.2\.m\.0\.cv1, in 8\s+channels/,
    )
    expect(stdout).toMatch(/^fits exactly: assay \(([\d,]+) of \1\)$/m)
    expect(stdout.split(out)[0]).toSatisfy((text: string) => longest(text) <= 80)
    const { name, source, $schema, ...rest } = JSON.parse(readFileSync(out, 'utf8'))
    expect([name, source]).toEqual(['layer', expect.stringContaining('streaming_conv')])
    expect({ ...PROFILES[0], ...rest }).toEqual(PROFILES[0])
  })

  test('--bench: codes from a file in TypeScript', async () => {
    const bench = join(folder, 'bench.ts')
    const codes =
      '({ acc, shift }) => { const v = acc >> BigInt(shift); return v < 0n ? 0n : v > 255n ? 255n : v }'
    const text = (answer: string): string =>
      `import { defineProbe } from 'assay'\nexport default defineProbe({ accBits: 24, codeBits: 8, shift: [0, 15], answer: ${answer} })\n`
    writeFileSync(bench, text(`(beats) => beats.map(${codes})`))
    const { exitCode, stdout } = await runAssay(['probe', '--bench', bench, '-q'])
    expect(stdout).toMatch(/^fits exactly: >>s floor, saturate to unsigned code \(/m)
    expect(exitCode).toBe(0)
    writeFileSync(bench, text('(beats) => [1]'))
    const few = await runAssay(['probe', '--bench', bench, '-q'])
    expect(few.stderr).toMatch(/answer: expected a list of \d+ codes, one a beat, got 1/)
    expect(few.exitCode).toBe(2)
  })

  test.each([
    { args: ['probe'], message: /assay probe: names no source/ },
    { args: ['probe', 'nowhere.sv'], message: /nowhere\.sv: no such file/ },
    {
      args: ['probe', rtl('half_up'), '--acc', 'ac_i'],
      message: /--acc: half_up has no input ac_i, .*Did you mean acc_i/,
    },
    {
      args: ['probe', rtl('half_up'), '--bits', '9'],
      message: /--bits: expected at most 8, the bits of code_o, got 9/,
    },
    {
      args: ['probe', rtl('half_up'), '--shifts', '5'],
      message: /--shifts: expected the least and the greatest as 0\.\.31/,
    },
    { args: ['probe', rtl('half_up'), '--set', 'a'], message: /--set: expected a port and a whole number/ },
    { args: ['probe', rtl('half_up'), '--bench', 'b.ts'], message: /not honoured by a bench/ },
    { args: ['probe', rtl('half_up'), '--profile', 'tflit'], message: /Did you mean tflite\?/ },
    { args: ['probe', rtl('half_up'), '--clock', 'acc_i'], message: /--clock: .*acc_i/ },
    {
      args: ['probe', '--module', 'examples/bram-conv/assay.config.ts', '--acc', 'a'],
      message: /--acc: not honoured by a whole layer \(--module\)/,
    },
    {
      args: ['probe', rtl('half_up'), '--layer', 'model.0'],
      message: /--layer: not honoured by a requantiser alone: no model takes part/,
    },
    {
      args: ['probe', '--module', 'nowhere.ts'],
      message: /nowhere\.ts: no such file/,
    },
    {
      args: ['probe', '--module', 'examples/bram-conv/assay.config.ts', '--layer', 'model.99'],
      message: /--layer: no layer model\.99/,
    },
    {
      args: ['probe', '--module', 'examples/bram-conv/assay.config.ts', '--profile', 'tflite'],
      message:
        /assay\.config\.ts: memories: param_data has 64 bits, word 0 of parameters of model\.\S+ needs more: an element has 80 under tflite\. Widen the port, or serve bias, multiplier and shift/,
    },
    { args: ['profiles', 'tflit'], message: /tflit: there is no such profile\. Did you mean tflite\?/ },
  ])('$args: exit code 2 and one clear sentence', async ({ args, message }) => {
    const { exitCode, stdout, stderr } = await runAssay(args)
    expect(stderr).toMatch(message)
    expect([exitCode, stdout]).toEqual([2, ''])
    expect(stderr).not.toMatch(/^\s+at /m)
  })
})

describe('assay profiles', () => {
  test('lists all within 80 columns', async () => {
    const { exitCode, stdout } = await runAssay(['profiles'])
    expect(exitCode).toBe(0)
    for (const { name } of PROFILES) expect(stdout).toMatch(new RegExp(`^${name} `, 'm'))
    expect(longest(stdout)).toBeLessThanOrEqual(80)
  })

  test('--json prints one that can be read again', async () => {
    const { stdout } = await runAssay(['profiles', 'nvdla', '--json'])
    const { $schema, ...profile } = JSON.parse(stdout)
    expect($schema).toMatch(/profile\.schema\.json$/)
    expect(profile).toEqual(PROFILES.find(({ name }) => name === 'nvdla'))
    const list = await runAssay(['profiles', '--json'])
    expect(JSON.parse(list.stdout)).toEqual({ profiles: PROFILES })
  })
})
