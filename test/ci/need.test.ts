/** scripts/need.sh on machines that are made of a few stubs: what it installs, and what it says where it may not. */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeFolder } from '../pipeline/prepared.ts'

const NEED = resolve('scripts/need.sh')
const SYSTEM = ['bash', 'env', 'uname', 'chmod']

interface Machine {
  readonly run: (...args: readonly string[]) => { readonly code: number | null; readonly stderr: string }
  readonly has: (tool: string) => boolean
  /** Makes a tool that prints a line. */
  readonly put: (tool: string, line: string) => void
  /** From now on no header is found. */
  readonly breakCompiler: () => void
  /** What the package manager was asked for. */
  readonly asked: () => string
}

/** @param packages what apt-get can install: package to tool; a request for anything else fails whole, as apt's do. Null: no apt-get. */
function makeMachine(user: number, packages: Readonly<Record<string, string>> | null): Machine {
  const folder = makeFolder()
  const bin = join(folder, 'bin')
  const log = join(folder, 'log')
  mkdirSync(bin)
  writeFileSync(log, '')
  for (const tool of SYSTEM)
    symlinkSync(
      spawnSync('bash', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim(),
      join(bin, tool),
    )
  const put = (name: string, text: string): void => {
    writeFileSync(join(bin, name), `#!${join(bin, 'bash')}\n${text}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  put('id', `echo ${user}`)
  if (packages !== null) {
    const cases = Object.entries(packages).map(([name, tool]) => `${name}) tools+=(${tool}) ;;`)
    put(
      'apt-get',
      `echo "$*" >>${log}
[[ " $* " == *" update "* ]] && exit 0
tools=()
for one in "$@"; do case "$one" in ${cases.join(' ')} -*|*::*|*=*|install) ;; *) exit 100 ;; esac; done
for tool in "\${tools[@]}"; do echo '#!/bin/sh' >${bin}/$tool; chmod +x ${bin}/$tool; done`,
    )
  }
  return {
    run: (...args) => {
      const { status, stderr } = spawnSync(NEED, args, { env: { PATH: bin }, encoding: 'utf8' })
      return { code: status, stderr }
    },
    has: (tool) => existsSync(join(bin, tool)),
    put: (tool, line) => put(tool, `echo '${line}'`),
    breakCompiler: () => put('g++', 'exit 1'),
    asked: () => readFileSync(log, 'utf8'),
  }
}

const ALL = { iverilog: 'iverilog', yosys: 'yosys', srecord: 'srec_cat', gtkwave: 'fst2vcd' }
const WITNESSES = Object.values(ALL)

describe('with --try', () => {
  test('root installs all of them, with one call', () => {
    const machine = makeMachine(0, ALL)
    expect(machine.run('--try', ...WITNESSES)).toEqual({
      code: 0,
      stderr: 'installing iverilog yosys srecord gtkwave …\n',
    })
    expect(WITNESSES.filter(machine.has)).toEqual(WITNESSES)
    expect(machine.asked().trim().split('\n')).toHaveLength(1)
    expect(machine.run('--try', ...WITNESSES)).toEqual({ code: 0, stderr: '' })
  })

  test('a system that has not all of them has the others', () => {
    const { srecord: _, ...some } = ALL
    const machine = makeMachine(0, some)
    expect(machine.run('--try', ...WITNESSES).code).toBe(0)
    expect(WITNESSES.filter(machine.has)).toEqual(['iverilog', 'yosys', 'fst2vcd'])
  })

  test.each([
    { who: 'a user who may not', user: 1000, packages: ALL },
    { who: 'root without a package manager', user: 0, packages: null },
  ])('$who installs nothing, and no word is lost on it here', ({ user, packages }) => {
    const machine = makeMachine(user, packages)
    const { code, stderr } = machine.run('--try', 'iverilog', 'yosys')
    expect(code).toBe(0)
    expect(stderr.replace(/^installing .*\n/, '')).toBe('')
    expect(machine.asked()).toBe('')
    expect(machine.has('iverilog')).toBe(false)
  })
})

describe('without it', () => {
  test('what cannot be had is an error that says how to get it', () => {
    const { code, stderr } = makeMachine(1000, ALL).run('srec_cat')
    expect(code).toBe(3)
    expect(stderr).toMatch(/srec_cat is missing.*\n.*apt-get install srecord/)
  })

  test('Verilator comes with zlib.h, which may be missing', () => {
    const machine = makeMachine(0, { verilator: 'verilator', 'g++': 'g++' })
    expect(machine.run('g++').code).toBe(0)
    const { code, stderr } = machine.run('verilator')
    expect(code).toBe(0)
    expect(machine.has('verilator')).toBe(true)
    // The stub of a compiler takes every header: there is nothing to complain of.
    expect(stderr).toBe('installing verilator …\n')
    const without = makeMachine(0, { verilator: 'verilator', 'g++': 'g++' })
    expect(without.run('g++').code).toBe(0)
    without.breakCompiler()
    expect(without.run('verilator')).toEqual({
      code: 0,
      stderr:
        'installing verilator zlib1g-dev …\nassay: without zlib.h (package zlib1g-dev) a red run makes no waveform\n',
    })
  })

  test.each([
    '18.20.4',
    '20.0.0',
    '20.18.3',
    '20.19.0',
    '20.19.10',
    '21.0.0',
    '22.12.0',
    '24.1.0',
    '100.2.0',
  ])('Node %s is taken where the engines of package.json take it', (version) => {
    const machine = makeMachine(1000, null)
    machine.put('node', `v${version}`)
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } }
    const { code, stderr } = machine.run('node')
    const [, least] = /^>=([\d.]+)$/.exec(engines.node)!
    const isTaken = version.localeCompare(least!, 'en', { numeric: true }) >= 0
    const refusal = `assay: Node.js ${least} or later is needed, found v${version}. See https://nodejs.org/en/download\n`
    expect({ code, stderr }).toEqual(isTaken ? { code: 0, stderr: '' } : { code: 3, stderr: refusal })
  })

  test('a machine without Node is told so', () => {
    const { code, stderr } = makeMachine(1000, null).run('node')
    expect([code, stderr]).toEqual([3, expect.stringContaining('found none')])
  })
})
