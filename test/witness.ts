/**
 * Witnesses: tools and data that some tests compare with and Assay itself does without. Every test asks for them here, by `needs`, so
 * that none passes without testing; what was left out is said at the end of the run, by witness-report.ts.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'vitest'
import { canLimitMemory } from './cli/memory-limit.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** Witnesses without which a test is skipped. */
    needs?: readonly WitnessName[]
  }
}

const shared = (path: string): string => fileURLToPath(new URL(`../../shared/${path}`, import.meta.url))
const has = (...paths: readonly string[]): boolean => paths.every((path) => existsSync(shared(path)))
/** Whether a tool is here: some end with another code after printing their version. */
const runs = (command: string, ...args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore', timeout: 20_000 }).error === undefined
const succeeds = (command: string, ...args: readonly string[]): boolean =>
  spawnSync(command, args).status === 0
const imports = (python: string, module: string): boolean => succeeds(python, '-c', `import ${module}`)
const onPath = (...tools: readonly string[]): boolean =>
  tools.every((tool) =>
    (process.env.PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(join(folder, tool))),
  )

/** Words of the C++ compiler. */
export const compilerWords = (): readonly [program: string, ...first: string[]] => {
  const [program = 'g++', ...first] = (process.env.CXX ?? 'g++').trim().split(/\s+/)
  return [program, ...first]
}
function hasHeader(name: string): boolean {
  const [program, ...first] = compilerWords()
  return spawnSync(program, [...first, '-E', '-x', 'c++', '-'], { input: `#include <${name}>` }).status === 0
}

/** Arguments of `setpriv`: nobody, with no group of anybody's. */
export const SECOND_USER = ['--reuid=65534', '--regid=65534', '--clear-groups'] as const

/** Names as need.sh has them, where it can install them: `make test` has tried by the time a test asks. */
const FINDERS = {
  iverilog: () => runs('iverilog', '-V'),
  yosys: () => runs('yosys', '-V'),
  'nextpnr-ice40': () => runs('nextpnr-ice40', '--version'),
  srec_cat: () => runs('srec_cat', '-VERSion'),
  fst2vcd: () => runs('fst2vcd', '--help'),
  'AssemblyScript of tools/kernel': () =>
    existsSync(fileURLToPath(new URL('../tools/kernel/node_modules/assemblyscript', import.meta.url))),
  'clang++': () => runs('clang++', '--version'),
  'ld64.lld': () => onPath('ld64.lld') || onPath('ld64.lld-14') || onPath('ld64.lld-19'),
  'zlib.h': () => hasHeader('zlib.h'),
  gemmlowp: () => hasHeader('gemmlowp/fixedpoint/fixedpoint.h'),
  'Verilator 5.006': () =>
    (spawnSync('verilator', ['--version'], { encoding: 'utf8' }).stdout ?? '').startsWith('Verilator 5.006 '),
  "Debian's keys": () => existsSync('/usr/share/keyrings/debian-archive-keyring.gpg') && onPath('sha256sum'),
  'Node 22.12': () => process.versions.node.localeCompare('22.12', 'en', { numeric: true }) >= 0,
  python3: () => runs('python3', '--version'),
  zsh: () => runs('zsh', '--version'),
  'python3 with numpy': () => ['/usr/bin/python3', 'python3'].some((python) => imports(python, 'numpy')),
  'python3 with jsonschema': () => imports('python3', 'jsonschema'),
  chromium: () => succeeds('chromium', '--version'),
  'Slurm, as root': () =>
    process.getuid?.() === 0 && onPath('sbatch', 'slurmctld', 'slurmd', 'munged', 'squeue', 'scancel'),
  taskset: () => runs('taskset', '--version'),
  'the right to mount a tmpfs': canMount,
  'a mount namespace': () => succeeds('unshare', '--mount', 'true'),
  'the right to limit memory': canLimitMemory,
  'a second user, as root': () =>
    process.getuid?.() === 0 &&
    succeeds('setpriv', ...SECOND_USER, 'test', '-r', fileURLToPath(import.meta.url)),
  'a user who is not root': () => process.getuid?.() !== 0,
  'ALTERA_MF, the path of altera_mf.v': () => existsSync(process.env.ALTERA_MF ?? ''),
  '../shared/models/yolov8n.pt': () => has('models/yolov8n.pt'),
  '../shared/coco': () => has('coco/calib', 'coco/dev/images', 'coco/dev/annotations'),
  '../shared/reference': () => has('reference/weights.json', 'reference/map.json', 'reference/dev'),
} satisfies Record<string, () => boolean>

export type WitnessName = keyof typeof FINDERS

const found = new Map<WitnessName, boolean>()

function isHere(name: WitnessName): boolean {
  const known = found.get(name) ?? FINDERS[name]()
  found.set(name, known)
  return known
}

/**
 * A `describe` whose tests are skipped where a witness is missing. Its body runs all the same, so that its tests are counted: it must
 * not ask the witness for anything outside of its tests and hooks.
 */
export function needs(
  names: WitnessName | readonly WitnessName[],
  title: string,
  body: () => void | Promise<void>,
): void {
  const all = typeof names === 'string' ? [names] : names
  const missing = all.filter((name) => !isHere(name))
  describe.skipIf(missing.length > 0)(title, { meta: { needs: missing } }, body)
}

/** The same for one test. */
export function testWith(
  names: WitnessName | readonly WitnessName[],
  title: string,
  body: () => void | Promise<void>,
  timeout?: number,
): void {
  const all = typeof names === 'string' ? [names] : names
  const missing = all.filter((name) => !isHere(name))
  test.skipIf(missing.length > 0)(title, { timeout, meta: { needs: missing } }, body)
}

/** Names of shared files for `test.each`; where there are none, one stands for them, and is skipped. */
export function listShared(folder: string, pattern: RegExp): readonly string[] {
  const path = shared(folder)
  const names = existsSync(path) ? readdirSync(path).filter((name) => pattern.test(name)) : []
  return names.length === 0 ? ['every file'] : names
}

function canMount(): boolean {
  const disk = mkdtempSync(join(tmpdir(), 'assay-mount-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status === 0
  if (mounted) spawnSync('umount', [disk])
  rmdirSync(disk)
  return mounted
}
