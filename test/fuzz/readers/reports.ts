/** Readers of reports and of what a farm runs. */
import { join } from 'node:path'
import { describeHead } from '../../../src/pipeline/bench/bench.ts'
import { manifestPath, readManifest, writeManifest } from '../../../src/pipeline/farm/manifest.ts'
import {
  readSharedPlan,
  sharedPlanPath,
  sharePlan,
  writeSharedPlan,
} from '../../../src/pipeline/regress/shared-plan.ts'
import { readReportFile } from '../../../src/pipeline/report/page.ts'
import { planShards } from '../../../src/pipeline/sim/shards.ts'
import { identityOf } from '../../../src/regress/expand-plan.ts'
import { renderSummary } from '../../../src/report/github.ts'
import { renderJunit } from '../../../src/report/junit.ts'
import { renderSimResult } from '../../../src/report/terminal.ts'
import { mergeShards } from '../../../src/result/merge.ts'
import { parseReport, parseResult, renderReport } from '../../../src/result/report-file.ts'
import { makeBench } from '../../pipeline/small-network.ts'
import { BOXES, makeLayer, makeReport } from '../../report/shard-reports.ts'
import { json, makeFolder, readsFile, text, utf8 } from '../files.ts'
import type { Reader } from '../fuzz.ts'

export async function reportReaders(): Promise<readonly Reader[]> {
  const [folder, shards] = [makeFolder(), makeFolder()]
  const { result } = makeReport(1, [makeLayer('a'), makeLayer('b', 2)], BOXES)
  const bench = makeBench()
  const { inputs: _inputs, index: _index, ...plan } = planShards(bench, { index: 1, count: 3 })
  const manifest = await writeManifest(shards, ['--layers', 'stem'], { head: describeHead(bench), plan })
  const night = makeFolder()
  const runs = [{ id: '0'.repeat(12), words: ['--bits', '8'], design: 0 }]
  const entries = [{ name: 'a', axes: { bits: 'w8a8' }, run: 0, seed: null }]
  const limits = { runSeconds: null, totalSeconds: 60 }
  const expanded = {
    name: 'n',
    file: 'n.yaml',
    identity: identityOf({ entries, runs }),
    entries,
    runs,
    designs: ['d'],
    limits,
  }
  const shared = sharePlan(expanded, 1, [1], ['--out', 'build'], '2026-01-01T00:00:00.000Z')
  await writeSharedPlan(night, shared)
  return [
    {
      name: 'regress-shards',
      seeds: [json(shared)],
      isJson: true,
      weight: 0.5,
      file: night,
      read: readsFile(sharedPlanPath(night), () => readSharedPlan(night)),
    },
    {
      name: 'report',
      seeds: [text(renderReport(result))],
      isJson: true,
      file: folder,
      read: readsFile(join(folder, 'report.json'), () => readReportFile(folder)),
    },
    {
      // What the reader lets through does not fail where it is shown and joined, either.
      name: 'shown-report',
      seeds: [text(renderReport(result))],
      isJson: true,
      file: 'report.json',
      read: (bytes) => {
        const report = parseReport(utf8(bytes), 'report.json')
        return [renderSimResult(report, (_, line) => line), renderJunit(report), renderSummary(report)]
      },
    },
    {
      // Merging refuses counts that the layers contradict, without a field.
      name: 'shard-report',
      seeds: [json(result)],
      file: 'sim.json',
      read: (bytes) => mergeShards([{ path: 'sim.json', result: parseResult(utf8(bytes), 'sim.json') }]),
    },
    {
      name: 'shard-manifest',
      seeds: [json(manifest)],
      isJson: true,
      weight: 0.5,
      file: shards,
      read: readsFile(manifestPath(shards), () => readManifest(shards)),
    },
  ]
}
