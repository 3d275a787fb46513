import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runHook } from '../../../src/arithmetic/hooks.ts'
import { hooksOf } from '../../../src/arithmetic/profile.ts'
import { readProfile } from '../../../src/arithmetic/read-profile.ts'
import { runStages } from '../../../src/arithmetic/run-stages.ts'
import type { ChannelParameters } from '../../../src/arithmetic/stages.ts'
import { createRandom } from '../../../src/golden/random.ts'
import { runStagesFast } from '../../../src/golden/run-stages-fast.ts'
import { loadProfile } from '../../../src/pipeline/modules/load-profile.ts'
import { runAssay } from '../../cli/run-assay.ts'
import { makeFolder } from '../prepared.ts'

const folder = makeFolder()
const tflite = readProfile('tflite')

/** A file with the stages of `tflite` but for its requantisation. */
function writeProfile(name: string, requantise: string, functions: string): string {
  const { name: _, requantise: __, ...rest } = tflite
  const path = join(folder, `${name}.ts`)
  writeFileSync(
    path,
    `import { defineProfile } from 'assay'
${functions}
export default defineProfile({ name: '${name}', ...${JSON.stringify(rest)}, requantise: [${requantise}] } as never)
`,
  )
  return path
}

const END = "{ stage: 'add-zero-point' }, { stage: 'narrow', signed: true, overflow: 'saturate' }"
/** What LiteRT does between accumulator and zero point, written once more. */
const LITERT = `
const halfAway = (v: bigint, s: bigint): bigint => {
  if (s === 0n) return v
  const up = (v < 0n ? -v : v) + (1n << (s - 1n))
  return v < 0n ? -(up >> s) : up >> s
}
const litert = (v: bigint, { multiplier, shift }: { multiplier: number; shift: number }): bigint => {
  const left = BigInt(Math.max(-shift, 0))
  const high = ((v << left) * BigInt(multiplier) + (1n << 30n)) >> 31n
  return halfAway(high, BigInt(Math.max(shift, 0)))
}`

test('a function gives what the stages that say the same give, in the specification and in the kernel', async () => {
  const path = writeProfile(
    'hooked',
    `{ stage: 'hook', compute: litert, bits: 40, multiplierBits: 31 }, ${END}`,
    LITERT,
  )
  await loadProfile(path)
  const { requantise } = readProfile(path)
  const random = createRandom(7)
  for (let channel = 0; channel < 20; channel++) {
    const by: ChannelParameters = {
      multiplier: 2 ** 30 + (random() % 2 ** 30),
      shift: (random() % 20) - 3,
      zeroPoint: (random() % 256) - 128,
      ...{ scale: 0, codeBits: 8 },
    }
    const accs = Float64Array.from({ length: 501 }, () => (random() | 0) >> (random() % 24))
    const expected = Array.from(accs, (acc) => runStages(tflite.requantise, BigInt(acc), by))
    expect(Array.from(accs, (acc) => runStages(requantise, BigInt(acc), by))).toEqual(expected)
    expect(Array.from(runStagesFast(requantise, accs, by), BigInt)).toEqual(expected)
  }
})

const ODD = `const toOdd = (v: bigint, { shift }: { shift: number }): bigint => {
  const s = BigInt(shift)
  return (v >> s) | ((v & ((1n << s) - 1n)) === 0n ? 0n : 1n)
}`

test('a whole model is quantised, computed and read back with a rounding that no field says', async () => {
  const path = writeProfile(
    'round-to-odd',
    `{ stage: 'multiply', bits: 16 }, { stage: 'hook', compute: toOdd, bits: 60 }, ${END}`,
    ODD,
  )
  const out = join(folder, 'odd')
  const run = (...words: readonly string[]) =>
    runAssay([...words, '--profile', path, '--out', out, '--calibration-images', '4', '--quiet'])
  const golden = await run('golden')
  expect(golden.stderr).toBe('')
  expect(golden.exitCode).toBe(0)
  const explained = await run('explain', '--layer', 'model.0', '--at', '1,2,3')
  expect(explained.stdout).toMatch(/toOdd\(-?\d+\)/)
  expect(explained.exitCode).toBe(0)
  const sim = await run('sim')
  expect(sim.stderr).toContain('requantise.1: the RTL has no parameter for a stage hook there')
  expect(sim.exitCode).toBe(2)
  // As data it names the function, and no file of data has it loaded.
  const { stdout } = await runAssay(['profiles', path, '--json'])
  const data = join(folder, 'data.json')
  writeFileSync(data, stdout)
  const refused = await runAssay(['golden', '--profile', data, '--out', join(folder, 'data')])
  expect(refused.stderr).toContain('the function toOdd of its arithmetic is in a TypeScript file')
  expect(refused.exitCode).toBe(2)
})

const loadOne = (name: string, stage: string, functions: string): Promise<void> =>
  loadProfile(writeProfile(name, `${stage}, ${END}`, functions))

test.each([
  ['draws', 'Math.random() > 0.5 ? v : -v', /compute\(.*gives .*, and then .*no state/],
  ['counts', 'v + BigInt(calls++)', /and then .*no state/],
  ['numbers', 'Number(v)', 'gives 0, a number; expected a bigint'],
  ['wide', 'v + 1_000_000n', 'expected 20 bits, signed, as its stage says'],
  ['throws', '(() => { throw new Error("no table") })()', 'compute(0) fails: no table'],
])('a function that is wrong is refused by name: %s', async (name, body, says) => {
  await expect(
    loadOne(
      name,
      "{ stage: 'multiply', bits: 16 }, { stage: 'hook', compute, bits: 20 }",
      `let calls = 0\nconst compute = (v: bigint): bigint => ${body} as never`,
    ),
  ).rejects.toThrow(says)
})

test('a file that imports another, exports nothing, or has two functions of a name is refused', async () => {
  const stage = "{ stage: 'hook', compute: a.compute, bits: 20 }"
  await expect(loadOne('imports', stage, "import * as a from './other.ts'")).rejects.toThrow(
    "imports another file: from './other.ts'",
  )
  await expect(
    loadOne(
      'twice',
      `${stage}, { stage: 'hook', compute: b.compute, bits: 20 }`,
      'const a = { compute: (v: bigint) => v }\nconst b = { compute: (v: bigint) => -v }',
    ),
  ).rejects.toThrow('has two functions of the name compute')
  const empty = join(folder, 'empty.ts')
  writeFileSync(empty, 'export const profile = 1')
  await expect(loadProfile(empty)).rejects.toThrow(
    'empty.ts: exports no profile by default. Write `export default defineProfile',
  )
  await expect(loadProfile(join(folder, 'missing.ts'))).rejects.toThrow('no such file')
})

test('one that changes after it was loaded is refused, not used half', async () => {
  const path = writeProfile(
    'changes',
    `{ stage: 'multiply', bits: 16 }, { stage: 'shift-right', rounding: 'floor' }, ${END}`,
    '',
  )
  await loadProfile(path)
  expect(hooksOf(readProfile(path))).toEqual([])
  writeFileSync(path, `${readFileSync(path, 'utf8')}\n`)
  expect(() => readProfile(path)).toThrow('has changed since this command began')
})

test('a comment is no import, and a file that is required is', async () => {
  const stages = `{ stage: 'multiply', bits: 16 }, { stage: 'shift-right', rounding: 'floor' }`
  await loadOne('comment', stages, "// taken from './requant.sv'\n/* import './x' */")
  const required =
    "import { createRequire } from 'node:module'\nconst a = createRequire(import.meta.url)('./k.cjs')"
  await expect(loadOne('required', stages, required)).rejects.toThrow("imports another file: )('./k.cjs'")
})

const EXACT = `{ stage: 'multiply', bits: 16 }, { stage: 'hook', compute, bits: 60 }`

test('one that changes its mind later, or its argument, is refused when it does', async () => {
  const by: ChannelParameters = { multiplier: 40_000, shift: 18, zeroPoint: 0, scale: 0, codeBits: 8 }
  const accs = Float64Array.from({ length: 5000 }, (_, i) => i * 13 - 30_000)
  const late =
    'let calls = 0\nconst compute = (v: bigint): bigint => (calls++ > 2000 ? v >> 18n : (v >> 18n) + 1n)'
  await loadOne('late', EXACT, late)
  const { requantise } = readProfile(join(folder, 'late.ts'))
  expect(() => {
    for (let run = 0; run < 100; run++) runStagesFast(requantise, accs, by)
  }).toThrow(/late\.ts: compute\(.*gives .*, and gave .* before: a hook has no state/)
  const spoils =
    'const compute = (v: bigint, by: { shift: number }): bigint => { by.shift = 30; return v >> 18n }'
  await expect(loadOne('spoils', EXACT, spoils)).rejects.toThrow(
    /spoils\.ts: compute\(0\) fails: .*read only/,
  )
})

test('a frozen set that names a function is checked with its file, and with no other', async () => {
  const path = join(folder, 'frozen.ts')
  const { requantise, ...assay } = readProfile('assay')
  const stages = [requantise[0], 'DOWN', ...requantise.slice(2)]
  const text = JSON.stringify({ ...assay, name: 'frozen', requantise: stages })
  writeFileSync(
    path,
    `const down = (v: bigint, { shift }: { shift: number }): bigint => v >> BigInt(shift)
export default ${text.replace('"DOWN"', "{ stage: 'hook', compute: down, bits: 60 }")}`,
  )
  const frozen = join(folder, 'set')
  const out = join(folder, 'frozen-out')
  const made = await runAssay([
    'golden',
    '--profile',
    path,
    '--freeze',
    frozen,
    '--out',
    out,
    '--calibration-images',
    '4',
    '--quiet',
  ])
  expect(made.stdout).toContain(`assay sim --frozen ${frozen} --profile ${path}`)
  const sim = (...words: readonly string[]) =>
    runAssay([
      'sim',
      '--frozen',
      frozen,
      '--module',
      'examples/bram-conv/assay.config.ts',
      '--layers',
      'model.22.cv3.2.2',
      '--out',
      out,
      '--quiet',
      ...words,
    ])
  expect((await sim()).stderr).toContain('Give that file with --profile')
  const ran = await sim('--profile', path)
  expect(ran.stdout).toContain('model.22.cv3.2.2')
  expect(ran.exitCode).toBe(1)
  expect((await sim('--profile', 'tflite')).stderr).toContain(
    `--profile: is not the arithmetic of ${frozen}, which is frozen`,
  )
})

test('a function that is not loaded is an error with the way to load it', () => {
  const stage = { stage: 'hook', name: 'f', sha256: '0'.repeat(64), bits: 8 } as const
  const by: ChannelParameters = { multiplier: 1, shift: 0, zeroPoint: 0, scale: 0, codeBits: 8 }
  expect(() => runHook(stage, 1n, by)).toThrow('Give that file with --profile')
})
