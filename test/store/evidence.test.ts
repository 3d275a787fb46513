/** Proofs by content: nothing but a whole entry counts, and what was red with the same inputs stays red. */

import { readdirSync, readFileSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { prepareSimulation } from '../../src/pipeline/bench/bench.ts'
import type { SimulationOptions } from '../../src/pipeline/bench/options.ts'
import { silent } from '../../src/pipeline/files/progress.ts'
import { keyLayers } from '../../src/pipeline/proof/keys.ts'
import { runBench, runSimulation } from '../../src/pipeline/sim/run.ts'
import { describeRedLayer } from '../../src/report/red-layer.ts'
import { isRed } from '../../src/result/result.ts'
import {
  type EvidenceStore,
  evidenceKey,
  powerUpFolder,
  readEvidence,
  sweepEvidence,
  writeEvidence,
} from '../../src/store/evidence.ts'
import { hashParts } from '../../src/store/hash.ts'
import { readSealed } from '../../src/store/kept.ts'
import { listenToNotices } from '../../src/store/notice.ts'
import { openPowerUps } from '../../src/store/power-ups.ts'
import { hashProgram } from '../../src/store/program-hash.ts'
import { breakRtl, MIN_POOL } from '../pipeline/broken-rtl.ts'
import { changeOptions, chooseNamed, makeFolder, type OwnOptions } from '../pipeline/prepared.ts'
import { smallOptions } from '../pipeline/small-network.ts'

const few = ['stem', 'shortcut', 'pool', 'cls1']

/** A few layers, with a store of evidence. */
function optionsOf(own: OwnOptions = {}): SimulationOptions {
  const folder = makeFolder()
  // Stimuli that another version of the program has kept are not this one's.
  const evidence = { folder: join(folder, 'evidence'), programHash: hashProgram() }
  return smallOptions({ folder, evidence, choose: chooseNamed(few), ...own })
}

describe('an entry', () => {
  const store = { folder: makeFolder(), programHash: 'p' }
  const kept = { provedAt: '2026-01-01T00:00:00.000Z', value: { a: [1, 2, 3], text: 'ü' } }
  const keep = async (name: string) => {
    const key = evidenceKey(store, 'test', [name])
    await writeEvidence(store, key, kept)
    return { key, path: join(store.folder, `${key}.json`) }
  }

  test('comes back as it was', async () => {
    const { key } = await keep('whole')
    expect(await readEvidence(store, key, v.unknown())).toEqual(kept)
    expect(await readEvidence(store, key.replace(/./g, '0'), v.unknown())).toBeNull()
  })

  test('that was cut short anywhere is not there', async () => {
    const { key, path } = await keep('cut')
    const size = readFileSync(path).length
    for (const length of [size - 2, size >> 1, 1, 0]) {
      truncateSync(path, length)
      expect(await readEvidence(store, key, v.unknown())).toBeNull()
    }
  })

  test('in which any digit of its content was changed is not there', async () => {
    const { key, path } = await keep('digit')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace('[1,2,3]', '[1,2,4]'))
    expect(await readEvidence(store, key, v.unknown())).toBeNull()
    writeFileSync(path, text.replace('2026-01-01', '2027-01-01'))
    expect(await readEvidence(store, key, v.unknown())).toBeNull()
  })

  test('under the name of another, or of another version, is not there', async () => {
    const [a, b] = [await keep('a'), await keep('b')]
    const text = readFileSync(a.path, 'utf8')
    writeFileSync(b.path, text)
    expect(await readEvidence(store, b.key, v.unknown())).toBeNull()
    writeFileSync(a.path, text.replace('"version":1', '"version":0'))
    expect(await readEvidence(store, a.key, v.unknown())).toBeNull()
    for (const other of ['null', '[]', '"x"', '{']) {
      writeFileSync(a.path, other)
      expect(await readEvidence(store, a.key, v.unknown())).toBeNull()
    }
  })

  test('that was used last outlives the others', async () => {
    const own: EvidenceStore = { folder: makeFolder(), programHash: 'p' }
    const keys: string[] = []
    for (let i = 0; i < 5; i++) {
      keys.push(evidenceKey(own, 'test', [i]))
      await writeEvidence(own, keys[i]!, kept)
      await new Promise((resolve) => setTimeout(resolve, 15))
    }
    await readEvidence(own, keys[0]!, v.unknown())
    const { size } = statSync(join(own.folder, `${keys[0]}.json`))
    const heard: string[] = []
    const stop = listenToNotices((text) => heard.push(text))
    try {
      await sweepEvidence({ ...own, mostBytes: 2.5 * size }, 5)
      expect([readdirSync(own.folder).length, heard]).toEqual([5, []])
      await sweepEvidence({ ...own, mostBytes: 2.5 * size }, 4)
      await sweepEvidence({ ...own, mostBytes: 2.5 * size }, 0)
    } finally {
      stop()
    }
    expect(readdirSync(own.folder).sort()).toEqual([keys[0], keys[4]].map((key) => `${key}.json`).sort())
    expect(heard).toEqual([
      expect.stringMatching(
        /is full: the proofs of 3 layers that were used longest ago are dropped. ASSAY_EVIDENCE_MB=1 /,
      ),
    ])
  })

  test('of a design that was used last outlives the seeds of another', async () => {
    const own: EvidenceStore = { folder: makeFolder(), programHash: 'p' }
    const part = 'e'.repeat(64)
    const enter = async (group: string): Promise<void> => {
      const log = await openPowerUps(own, group, [part], v.array(v.string()))
      for (let seed = 0; seed < 50; seed++)
        log.enter(part, seed, { kind: 'exact', cycles: seed, seconds: 0.5, opened: [], provedAt: 'now' })
      await log.close()
    }
    const groups = ['a', 'b', 'c'].map((letter) => letter.repeat(64))
    for (const group of groups) await enter(group)
    for (const [index, group] of groups.entries())
      utimesSync(join(powerUpFolder(own), group), index, index === 0 ? 9 : index)
    const [log] = readdirSync(join(powerUpFolder(own), groups[0]!))
    const { size } = statSync(join(powerUpFolder(own), groups[0]!, log!))
    await sweepEvidence({ ...own, mostBytes: 2 * size })
    expect(readdirSync(powerUpFolder(own)).sort()).toEqual([groups[0], groups[2]])
  })
})

describe('a run on evidence', () => {
  test('runs nothing when nothing changed, all with --no-cache, and what was damaged again', async () => {
    const options = optionsOf()
    const first = (await runSimulation(options, silent)).result
    expect(first.layers.map(({ evidence }) => evidence?.before)).toEqual([false, false, false, false])
    const second = (await runSimulation(options, silent)).result
    expect(second.verdict).toBe('exact')
    expect(second.layers.map(({ evidence }) => evidence?.before)).toEqual([true, true, true, true])
    expect(second.layers.map(({ evidence: _, ...rest }) => rest)).toEqual(
      first.layers.map(({ evidence: _, ...rest }) => rest),
    )
    expect(second.totals.simSeconds).toBe(0)
    const { key } = second.layers[1]!.evidence!
    truncateSync(join(options.store.evidence!.folder, `${key}.json`), 100)
    const third = (await runSimulation(options, silent)).result
    expect(third.layers.map(({ evidence }) => evidence?.before)).toEqual([true, false, true, true])
    const { bench } = await runSimulation(options, silent)
    const all = (await runBench({ ...bench, ...changeOptions(options, { reuse: false }) }, silent)).result
    expect(all.layers.map(({ evidence }) => evidence?.before)).toEqual([false, false, false, false])
  })

  test('never takes a red layer from evidence, runs it first next time, and shows that the rest were proved', async () => {
    const sources = await breakRtl([MIN_POOL])
    const options = optionsOf({ sources, jobs: 1 })
    for (const before of [false, true]) {
      const { result } = await runSimulation(options, silent)
      expect(result.layers.map(isRed)).toEqual([false, false, true, false])
      expect(result.layers[2]!.evidence).toBeUndefined()
      expect(result.layers[0]!.evidence?.before).toBe(before)
    }
    const failed = await readSealed(join(options.store.evidence!.folder, 'red-last.json'), v.unknown())
    expect(failed).toEqual(['pool'])
  })

  test('a layer that was red with the same inputs stays red, and is called unsteady', async () => {
    const options = optionsOf({ choose: chooseNamed(['cls1']) })
    const changed = await prepareSimulation(options, silent)
    const [key] = keyLayers(options.store.evidence!, changed, changed.chosen)
    const red = {
      provedAt: '2026-01-01T00:00:00.000Z',
      value: { kind: 'red', why: 'it differed', opened: [] },
    }
    await writeEvidence(options.store.evidence!, key!, red)
    for (const reuse of [true, false, true]) {
      const { result } = await runBench({ ...changed, ...changeOptions(options, { reuse }) }, silent)
      expect(result.verdict).toBe('mismatch')
      expect(result.layers[0]).toMatchObject({ mismatches: 0, unsteady: true })
      expect(result.layers[0]!.evidence).toBeUndefined()
      expect(describeRedLayer(result.layers[0]!).join()).toMatch(/cls1 is exact now and was red before/)
    }
  })

  test('a layer that was red with another content of a file that the RTL reads is not unsteady with this one', async () => {
    const table = join(makeFolder(), 'half.mem')
    const reads = `logic [0:0] rounds[1];\n  initial $readmemh("${table}", rounds);\n  logic [4:1] valid_q;`
    const file = 'round_code.sv'
    const sources = await breakRtl([
      { file, from: 'logic [4:1] valid_q;', to: reads },
      {
        file,
        from: "((Width'(1) << s) >> 1)",
        to: "((Width'(rounds[0]) << s) >> 1)",
      },
    ])
    const choose = chooseNamed(['cls1'])
    const options = optionsOf({ sources, choose, stimulus: 'corners' })
    for (const mode of ['isolated', 'chained'] as const)
      for (const [content, verdict] of [
        ['0', 'mismatch'],
        ['1', 'exact'],
        ['0', 'mismatch'],
      ] as const) {
        await writeFile(table, `${content}\n`)
        const { result } = await runSimulation(changeOptions(options, { mode }), silent)
        expect([mode, content, result.verdict]).toEqual([mode, content, verdict])
        expect(result.layers.some(({ unsteady }) => unsteady)).toBe(false)
      }
  })

  test('a proof rests on the files that the model read by itself', async () => {
    const options = optionsOf({ choose: chooseNamed(['cls1']) })
    const changed = await prepareSimulation(options, silent)
    const [key] = keyLayers(options.store.evidence!, changed, changed.chosen)
    const first = (await runSimulation(options, silent)).result
    expect(first.layers[0]!.evidence!.key).toBe(key)
    const own = join(options.output.folder, 'half.mem')
    writeFileSync(own, '1')
    const kept = (await readEvidence(
      options.store.evidence!,
      key!,
      v.custom<{ opened: unknown }>(() => true),
    ))!
    expect(kept.value.opened).toEqual([])
    const value = { ...kept.value, opened: [{ path: own, sha256: hashParts(['1']) }] }
    await writeEvidence(options.store.evidence!, key!, { ...kept, value })
    const beforeOf = async () => (await runSimulation(options, silent)).result.layers[0]!.evidence!.before
    expect(await beforeOf()).toBe(true)
    writeFileSync(own, '0')
    expect(await beforeOf()).toBe(false)
  })
})
