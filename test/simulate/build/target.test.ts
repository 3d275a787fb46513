/** Which CPU a model is compiled for, and that no other opens it. */
import { mkdtemp, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { recordOf } from '../../../src/input/schema.ts'
import { type Cpu, parseFeatures, readCpu } from '../../../src/process/cpu.ts'
import { defaultCacheFolder, readEnvironment } from '../../../src/process/environment.ts'
import { chooseTarget, listTargets, requireCpu } from '../../../src/simulate/build/target.ts'
import { buildModel, simulate, simulateInChild } from '../../../src/simulate/index.ts'
import { openSealedFolder, sealFolder } from '../../../src/store/kept.ts'

const x64 = listTargets('x64')
const names = x64.map(({ name }) => name)
const cpuOf = (name: string, ...without: readonly string[]): Cpu => ({
  arch: 'x64',
  features: new Set(
    x64.find((target) => target.name === name)!.features.filter((feature) => !without.includes(feature)),
  ),
})

test('features are those of every core, and none where they are hidden', () => {
  expect([...parseFeatures('')]).toEqual([])
  expect([...parseFeatures('processor\t: 0\nvendor_id\t: X\n')]).toEqual([])
  const cores = 'flags\t\t: fpu avx2 avx512f\nbugs\t: a\n\nflags\t\t: avx2 fpu \n'
  expect([...parseFeatures(cores)]).toEqual(['fpu', 'avx2'])
  expect([...parseFeatures('Features\t: fp asimd\n')]).toEqual(['fp', 'asimd'])
})

describe('the target', () => {
  test.each([
    ['a CPU with AVX-512', cpuOf('x86-64-v4'), names, 'x86-64-v4'],
    ['one with half of AVX-512', cpuOf('x86-64-v4', 'avx512vl'), names, 'x86-64-v3'],
    ['a compiler without it', cpuOf('x86-64-v4'), ['x86-64', 'x86-64-v3'], 'x86-64-v3'],
    ['a CPU without AVX2', cpuOf('x86-64-v3', 'avx2'), names, 'x86-64-v2'],
    ['an old CPU', cpuOf('x86-64'), names, 'x86-64'],
    ['a compiler that knows none', cpuOf('x86-64-v4'), [], 'x86-64'],
    ['an ARM', { arch: 'arm64', features: new Set(['asimd']) }, ['armv8-a'], 'armv8-a'],
    ['another architecture', { arch: 'riscv64', features: new Set<string>() }, ['riscv64'], 'riscv64'],
  ])('of %s', (_, cpu, compiled, name) => {
    expect(chooseTarget(cpu, compiled, null).name).toBe(name)
  })

  test('is the one that is wanted, if there is such a target and the compiler knows it', () => {
    expect(chooseTarget(cpuOf('x86-64'), names, 'x86-64-v3').name).toBe('x86-64-v3')
    expect(() => chooseTarget(cpuOf('x86-64'), names, 'pentium')).toThrow(
      'ASSAY_CPU: expected one of x86-64-v4, x86-64-v3, x86-64-v2, x86-64, got pentium',
    )
    expect(() => chooseTarget(cpuOf('x86-64'), ['x86-64'], 'x86-64-v3')).toThrow(
      'The C++ compiler does not know the CPU x86-64-v3 that ASSAY_CPU names.',
    )
  })
})

test('no CPU opens a model that asks for more', () => {
  const [wide] = x64
  const model = { library: '/shared/model.so', cpu: { ...wide!, arch: 'x64', features: [...wide!.features] } }
  expect(requireCpu(model, cpuOf('x86-64-v4'))).toBeUndefined()
  expect(() => requireCpu(model, cpuOf('x86-64-v4', 'avx512bw', 'avx512f'))).toThrow(
    '/shared/model.so was compiled for CPUs of the kind x86-64-v4, and this one has no avx512bw, avx512f: ' +
      'unset ASSAY_CPU, or set ASSAY_CPU=x86-64-v3 on all machines that share models, and build again.',
  )
  expect(() => requireCpu(model, { arch: 'arm64', features: new Set() })).toThrow(
    'this one is of the kind armv8-a: ',
  )
})

const sources = ['test/simulate/fixtures/beat_counter.sv']

test('a model for a CPU without SIMD of its own runs here', async () => {
  const cpu = listTargets(process.arch).at(-1)!.name
  const options = { top: 'beat_counter', sources, environment: { ...readEnvironment(), cpu } }
  const built = await buildModel(options)
  expect(built.cpu).toMatchObject({ arch: process.arch, name: cpu, features: [] })
  await using dut = await simulate(options)
  dut.tick(3)
  expect(dut.cycle).toBeGreaterThan(3)
})

test('a model of another CPU that lies in the cache is refused here, and in a child', async () => {
  const cacheDir = await mkdtemp(join(tmpdir(), 'assay-target-'))
  await buildModel({ top: 'beat_counter', sources })
  await symlink(resolve(defaultCacheFolder(), 'runtime'), join(cacheDir, 'runtime'))
  const options = { top: 'beat_counter', sources, cacheDir }
  const { library, cpu } = await buildModel(options)
  expect(cpu.features.filter((feature) => !readCpu().features.has(feature))).toEqual([])
  const folder = dirname(library)
  const manifest = (await openSealedFolder(folder, recordOf(v.unknown())))!
  await sealFolder(folder, { ...manifest, cpu: { ...cpu, features: [...cpu.features, 'avx4096'] } })
  const refusal = { name: 'ToolError', tool: 'cpu', message: expect.stringContaining('has no avx4096') }
  await expect(simulate(options)).rejects.toMatchObject(refusal)
  await expect(simulateInChild(options)).rejects.toMatchObject(refusal)
})
