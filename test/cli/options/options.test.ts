/** Every option of every command: its values are checked against its declaration, and each kind of run honours it or refuses it by name. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { refuseUnhonoured } from '../../../src/cli/honoured/refuse-unhonoured.ts'
import { HONOURED } from '../../../src/cli/honoured/table.ts'
import type { Declaration } from '../../../src/cli/options/declaration.ts'
import { readArguments } from '../../../src/cli/options/read-arguments.ts'
import { exitCodeOf } from '../../../src/cli/terminal/errors.ts'
import { type SyntheticOptions, writeSynthetic } from '../../checkpoint/synthetic.ts'
import { makeFolder } from '../../pipeline/prepared.ts'
import { DEFAULT_IMAGE } from '../../pipeline/shared-data.ts'
import { LOADED } from '../load-commands.ts'
import { assayMain, runAssay } from '../run-assay.ts'

const folder = makeFolder()
writeFileSync(join(folder, 'rtl.f'), 'nowhere.sv\n')
test('every command has the name that it is listed with', () => {
  expect(LOADED.length).toBeGreaterThan(10)
  expect(LOADED.map(({ name }) => name)).toEqual(LOADED.map(({ command }) => command.split(' ')[0]))
})

/** A value that the declaration allows. */
function goodValue({ type, choices, array, range = [1, 1] }: Declaration): unknown {
  if (type === 'boolean') return true
  if (type === 'number') return range[0]
  if (array === true) return ['one']
  return choices?.[0] ?? 'one'
}

function failureOf(run: () => unknown): Error | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    return error as Error
  }
}
const messageOf = (error: Error | undefined): string => error?.message ?? ''

describe.each(LOADED)('assay $name', ({ name, declarations }) => {
  const kinds = HONOURED[name]!
  const options = Object.entries(declarations)

  test('every option is listed where it is honoured, and nothing else is', () => {
    const listed = new Set(kinds[0]!.honours)
    expect([...listed].sort()).toEqual(Object.keys(declarations).sort())
    for (const { honours } of kinds)
      for (const entry of honours) expect(listed).toContain(entry.replace(/=.*/, ''))
  })

  test('every kind refuses what it does not list, by name and with the reason', () => {
    for (const kind of kinds)
      for (const [option, declaration] of options) {
        const value = goodValue(declaration)
        // The kind alone: `applies` of the others says no.
        const honoured = kind.honours.includes(option) || kind.honours.includes(`${option}=${String(value)}`)
        const run = () => {
          const single = { ...HONOURED, [name]: [{ ...kind, applies: () => true }] }
          refuseUnhonoured(name, { [option]: value }, [option], single)
        }
        const refusal = `--${option}: not honoured by ${kind.what}: ${kind.why}`
        expect(messageOf(failureOf(run))).toEqual(honoured ? '' : expect.stringContaining(refusal))
      }
  })

  test('an option that no kind lists is refused', () => {
    expect(() => refuseUnhonoured(name, { 'brand-new': 1 }, ['brand-new'])).toThrow(/--brand-new/)
  })

  test('a value of another type, an empty one, one that is missing or given twice is refused by name', () => {
    for (const [option, declaration] of options) {
      const { type, array = false, choices } = declaration
      const wrong: unknown[] = ['', ' ', null, { x: 1 }, Number.NaN, [{ x: 1 }], [['a']], [null]]
      if (type !== 'boolean') wrong.push(true)
      if (!array) wrong.push(['a', 'b'], [], [1, 2])
      if (type === 'number') wrong.push('eight', '1x', '0x1g', Number.POSITIVE_INFINITY, 'NaN')
      if (type === 'boolean') wrong.push('true', 1, 'no')
      if (choices !== undefined) wrong.push('no-such-choice')
      for (const value of wrong) {
        const read = () => readArguments(name, declarations, { _: [name], [option]: value }, [])
        expect(read, `${option} = ${JSON.stringify(value)}`).toThrow(`--${option}: `)
        expect(exitCodeOf(failureOf(read))).toBe(2)
      }
    }
  })

  test('an unknown option is named with the nearest one', () => {
    const long = Object.keys(declarations).find((option) => option.length >= 4)!
    const typo = `${long.slice(0, 2)}${long.slice(3)}`
    expect(() => readArguments(name, declarations, { _: [name], [typo]: 1 }, [])).toThrow(
      `there is no option ${typo}. Did you mean ${long}?`,
    )
  })
})

const write = (name: string, value: unknown): string => {
  const path = join(folder, name)
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
  return path
}

describe('one run of several kinds', () => {
  const refuses = (command: string, args: readonly string[], expected: RegExp) =>
    runAssay([command, ...args], { cwd: folder }).then(({ exitCode, stdout, stderr }) => {
      expect(stderr).toMatch(expected)
      expect(stderr).not.toMatch(/^\s+at |fault in assay/m)
      expect([exitCode, stdout]).toEqual([2, ''])
    })
  const module = write('own.config.ts', 'export default {}')
  // A link, so that no fault here can replace the device itself.
  const device = join(folder, 'device')
  symlinkSync('/dev/null', device)

  test.each([
    [
      'sim',
      ['--config', module, '--shard', '1/2', '--seeds', '1..3', '--mode', 'chained'],
      /--shard, --seeds: not honoured by a chained run of your own module/,
    ],
    ['sim', ['--config', module, '--frozen', 'nowhere'], /nowhere\/frozen\.json: no such file/],
    ['sim', ['--module', module, '--frozen', 'nowhere'], /nowhere\/frozen\.json: no such file/],
    [
      'selftest',
      ['--module', module, '--array', '8x8x2'],
      /--array: not honoured by the self-test of your own module/,
    ],
    ['golden', ['--module', module], /there is no option module/],
    [
      'sim',
      ['--module', module, '--config', module],
      /--config: .*own\.config\.ts describes a module, and --module names one too/,
    ],
    [
      'sim',
      ['--config', write('module.json', { module: 'own.config.ts', mode: 'chained', seeds: '1..2' })],
      /--seeds: not honoured by a chained run of your own module/,
    ],
    ['selftest', ['--module', 'none.config.ts'], /none\.config\.ts: no such file/],
    [
      'sim',
      ['--frozen', 'set', '--confidence', '0.5', '--no-cache'],
      /--confidence: not honoured by a run on a frozen set/,
    ],
    // The default is refused as any other value: the set may have been made with another.
    ['sim', ['--frozen', 'set', '--confidence=0.25'], /--confidence: not honoured by a run on a frozen set/],
    [
      'sim',
      ['--frozen', 'set', '--config', write('frozen.json', { confidence: 0.25, 'multi-label': false })],
      /--confidence, --no-multi-label: not honoured by a run on a frozen set/,
    ],
    [
      'sim',
      ['--confidence', '0.25', '--config', write('set.json', { frozen: 'set' })],
      /--confidence: not honoured by a run on a frozen set/,
    ],
    ['sim', ['--mode', 'chained', '-l', 'model.0'], /--layers: not honoured by a chained run/],
    ['sim', ['--simulator', 'icarus', '--seeds', '1..2'], /--seeds: not honoured by a run under Icarus/],
    [
      'golden',
      ['--config', module],
      /own\.config\.ts describes your own module, which this command does not run/,
    ],
    ['explain', ['--config', module], /describes your own module/],
    ['golden', ['--iou', '0.5'], /--iou: not honoured by assay golden without --freeze/],
    ['validate', ['-s', 'float', '--bits', '4'], /--bits: not honoured by a validation of float stages/],
    [
      'sim',
      ['--config', write('kind.json', { mode: 'chained', seeds: '1..2' })],
      /--seeds: not honoured by a chained run/,
    ],
    ['sim', ['--bits'], /--bits: expected a value after it/],
    ['sim', ['--bits', '--json'], /--bits: expected a value after it\. .* dash is joined to it: --bits=-/],
    ['sim', ['--out', ''], /--out: expected a value that is not empty/],
    ['sim', ['--out='], /--out: expected a value that is not empty/],
    ['sim', ['--iou', '7'], /--iou: expected a number from 0 to 1, got "7"/],
    ['sim', ['--iou='], /--iou: expected a number from 0 to 1, got ""/],
    ['sim', ['--bits', '4', '--bits', '8'], /--bits: was given more than once/],
    ['sim', ['-o', 'a', '--out', 'b'], /--out: was given more than once/],
    ['sim', ['-i', 'a.png', '--image=b.png'], /--image: was given more than once/],
    ['sim', ['--no-cache', '--cache'], /--cache: was given more than once/],
    ['sim', ['-q', '--quiet=true'], /--quiet: was given more than once/],
    ['golden', ['-qqi', 'a.png'], /--quiet: was given more than once/],
    ['diff', ['a', 'b', '--json', '--json'], /--json: was given more than once/],
    ['validate', ['--multi-label', '--multiLabel'], /--multi-label: was given more than once/],
    [
      'ports',
      ['top', write('top.sv', 'module top; endmodule'), '-G', 'A=1', '--parameter=A=2'],
      /--parameter: A has two/,
    ],
    ['ports', ['top', join(folder, 'top.sv'), '-D', 'A', '--define=A=2'], /--define: A has two values/],
    ['sim', ['-i', folder], /--image: .* is a folder, expected one picture\. .*assay regress/],
    ['golden', ['-m', 'a.pt', '-i', folder], /--image: .* is a folder, expected one picture/],
    ['quantise', ['-m', 'a.pt', '-i', folder], /--image: .* is a folder, expected one picture/],
    ['report', ['--out-file', folder], /is a folder, expected the name of a file\. .*--out-file/],
    [
      'report',
      ['--out-file', device],
      /device: is a device, a pipe or a socket, expected the name of a file/,
    ],
    ['init', [join(folder, 'top.sv'), '--force', '-o', device], /is a device, a pipe or a socket/],
    ['ports', ['top', join(folder, 'top.sv'), '-o', device], /is a device, a pipe or a socket/],
    ['sim', ['--quiet=maybe'], /--quiet: expected true or false, got "maybe"/],
    ['sim', ['--size', '1600', '-l', 'model.0'], /1600x1600 .*at most 1568/],
    ['sim', ['--size', '480x1920'], /480x1920 \(height x width\).*at most 1568/],
    ['sim', ['--rtl', 'nowhere'], /nowhere\/rtl\.f: no such file\. Name a folder that holds an rtl\.f/],
    ['sim', ['--rtl', folder], /nowhere\.sv: no such file\. .*rtl\.f names it: correct the list/],
    ['validate', ['--rtl', folder], /nowhere\.sv: no such file/],
    ['ports', ['top', 'nowhere.sv'], /nowhere\.sv: no such file\. Check the path/],
    ['ports', ['top', folder], /is a folder, expected a file/],
    ['ports', ['top', '/dev/zero'], /is a pipe or a device, expected a file/],
    ['ports', ['top'], /expected at least 2 arguments, got 1/],
    ['init', ['/dev/zero', '-o', 'new.config.ts'], /is a pipe or a device, expected a file/],
    ['explain', ['--at', '0,0,99999'], /--at: 0,0,99999 is outside model\.0/],
    ['explain', ['-l', 'nope'], /--layer: no layer nope\. The first is model\.0, the last model\.22/],
    ['golden', ['--array', '16x24x4', '--layout', 'engine'], /PO must be a multiple/],
    ['explain', ['--at', '1,2'], /--at: expected channel,y,x/],
    ['explain', ['-l', 'model.99'], /no layer model\.99/],
    ['validate', ['-d', 'nowhere.json'], /nowhere\.json: no such file/],
    ['inspect', ['a.pt', '-m', 'b.pt'], /--model: not honoured/],
    ['farm', ['--plan', '--folder', 'farm', 'x'], /x is not an option of the farm/],
    ['farm', ['--shard', '1/2', '--plan'], /: --plan: not honoured by one shard/],
    ['farm', ['--shard', '1/2', '--folder', 'farm'], /farm.manifest\.json: no such file/],
    ['sim', ['--', 'x'], /x is no option/],
    ['quantise', ['own.pt'], /own\.pt is no option\. A checkpoint is named with --model\./],
    [
      'sim',
      ['-l', 'model.0', '--config', write('late.json', { layers: ['a'] })],
      /late\.json: layers: was given more than once/,
    ],
  ] as const)('assay %s %s', async (command, args, expected) => {
    await refuses(command, args, expected)
    // Refused before anything is calibrated, let alone written.
    for (const kind of ['quantised', 'verilator'])
      expect(existsSync(join(folder, 'build', 'cache', kind))).toBe(false)
  })

  test('a configuration of a module is checked against its ports before calibration', async () => {
    const fixtures = fileURLToPath(new URL('../../pipeline/own-rtl/fixtures/', import.meta.url))
    const config = (own: string) =>
      write(
        'ports.config.mjs',
        `export default { top: 'served_upsample', sources: ['${fixtures}served_upsample.sv'], layers: { op: 'upsample' },
          ports: { channels_i: 1 }, inputs: [], output: { tensor: 'output', stream: 'write', order: 'y x o' },
          memories: [{ tensor: 'input', order: 'i y x', ports: { addr: 'read_addr_o', data: 'read_data_i' } }], ${own} }`,
      )
    for (const command of ['sim', 'selftest']) {
      await refuses(command, ['--config', config("start: 'sart_i'")], /start: .*Did you mean start_i\?/)
      await refuses(
        command,
        ['--config', config('kernal: 3')],
        /there is no setting kernal\. Known are top, /,
      )
      await refuses(command, ['--config', config("sources: ['gone.sv']")], /sources: no such file gone\.sv/)
      await refuses(command, ['--config', config('layers: { kernal: 3 }')], /Did you mean kernel\?/)
    }
    const memory =
      "memories: [{ tensor: 'input', order: 'i y x', ports: { addr: 'read_addr_o', data: 'read_dat_i' } }]"
    await refuses(
      'sim',
      ['--config', config(memory)],
      /memories\[0\]\.ports\.data: .*Did you mean read_data_i\?/,
    )
  })

  test('ports are read in a folder that cannot be written, and by a module that lies elsewhere', async () => {
    const source = fileURLToPath(
      new URL('../../pipeline/own-rtl/fixtures/served_upsample.sv', import.meta.url),
    )
    const { exitCode, stdout } = await runAssay(['ports', 'served_upsample', source], { cwd: '/proc' })
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('read_addr_o')])
  })

  test('ports are read with the macros, the language and the flags that are given', async () => {
    const text =
      'module shaped(input logic [`BITS-1:0] a); `ifdef WIDE input_of_nothing x(); `endif endmodule\n'
    writeFileSync(join(folder, 'shaped.v'), text)
    const asked = ['ports', 'shaped', 'shaped.v', '-D', 'BITS=12', '--json']
    const plain = await runAssay(asked, { cwd: folder })
    expect([plain.exitCode, plain.stderr]).toEqual([
      3,
      expect.stringMatching(/shaped\.v is read as Verilog-2005/),
    ])
    const ports = await runAssay([...asked, '--language', '1800-2017'], { cwd: folder })
    expect(JSON.parse(ports.stdout).ports[0]).toMatchObject({ name: 'a', width: 12 })
    const flagged = await runAssay([...asked, '--flag=--language', '--flag=1800-2012', '-D', 'WIDE'], {
      cwd: folder,
    })
    expect([flagged.exitCode, flagged.stderr]).toEqual([3, expect.stringContaining('input_of_nothing')])
  })

  test.each<{ because: string; options: SyntheticOptions; size: number; commands: string; says: RegExp }>([
    {
      because: 'six levels',
      options: { p2: true, deeper: 2 },
      size: 128,
      commands: 'quantise roms golden explain sim selftest',
      says: /head\.pt: the detect head has 6 levels, .* 1 to 5\. Leave .*--scope no-last/,
    },
    {
      because: '17 bins',
      options: { regMax: 17 },
      size: 64,
      commands: 'quantise sim',
      says: /has 17 bins a side, .* 1 to 16\. Leave/,
    },
    {
      because: '1025 classes',
      options: { classes: 1025 },
      size: 64,
      commands: 'quantise sim',
      says: /has 1025 classes, .* 1 to 1024\. Leave/,
    },
    {
      because: 'corners above 16 bits, wherever q_NMS runs or hardware is made for it',
      options: { deeper: 1 },
      size: 1152,
      commands: 'roms explain sim selftest',
      says: /a level of 18x18 cells .* stride 64, .* Give a smaller --size, of at most 1088 pixels/,
    },
  ])(
    'a head that cannot be made integer is refused before calibration: $because',
    async ({ options, size, commands, says }) => {
      writeFileSync(join(folder, 'head.pt'), writeSynthetic(options))
      const model = ['-m', 'head.pt', '-i', DEFAULT_IMAGE, '--size', String(size)]
      for (const command of commands.split(' ')) await refuses(command, model, says)
    },
  )

  test('an output that cannot be written is refused first, and a probe leaves nothing', async () => {
    await refuses('sim', ['--out', '/proc/x'], /\/proc\/x: cannot be written/)
    await refuses(
      'ports',
      ['top', 'top.sv', '-o', '/proc/x/y.d.ts'],
      /\/proc\/x\/y\.d\.ts: cannot be written/,
    )
    await refuses('golden', ['--freeze', '/proc/x'], /--freeze/)
    await refuses('sim', ['--out', module], /is no folder/)
    await refuses('init', ['own.config.ts', '-o', folder], /is a folder, expected the name of a file/)
    mkdirSync(join(folder, 'probed'))
    await refuses(
      'roms',
      ['--out', join(folder, 'probed', 'a', 'b'), '-c', 'nowhere'],
      /nowhere: no such file/,
    )
    expect(readdirSync(join(folder, 'probed'))).toEqual([])
  })
})

describe('exit codes', () => {
  test.each([
    ['ENOSPC', 3],
    ['EMFILE', 3],
    ['EIO', 3],
  ] as const)('%s of the system is 3, without an apology', (code, expected) => {
    expect(exitCodeOf(Object.assign(new Error(code), { code }))).toBe(expected)
  })

  test('the exit code of a tool is not taken for ours', () => {
    const failed = Object.assign(new Error('make'), { name: 'ExecaError', exitCode: 2 })
    expect(exitCodeOf(failed)).toBe(3)
    expect(exitCodeOf(Object.assign(new Error('x'), { exitCode: 1 }))).toBe(3)
  })

  test.each([24, 40, 60])('with %i file descriptors a run ends with 3, never with 1', (limit) => {
    const script = `ulimit -n ${limit}; "${process.execPath}" "${assayMain}" roms --quiet --no-cache --calibration-images 2 --out "${join(folder, 'few')}"; echo "exit $?"`
    const said = execFileSync('bash', ['-c', script], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    expect(said.trim()).toMatch(/^exit (3|0)$/m)
  })
})
