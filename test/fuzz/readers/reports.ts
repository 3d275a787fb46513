/** Readers of reports and of what a farm runs. */
import { join } from 'node:path'
import { describeHead } from '../../../src/pipeline/bench/bench.ts'
import { manifestPath, readManifest, writeManifest } from '../../../src/pipeline/farm/manifest.ts'
import { readReportFile } from '../../../src/pipeline/report/page.ts'
import { planShards } from '../../../src/pipeline/sim/shards.ts'
import { renderSummary } from '../../../src/report/github.ts'
import { renderJunit } from '../../../src/report/junit.ts'
import { renderSimResult } from '../../../src/report/terminal.ts'
import { mergeShards } from '../../../src/result/merge.ts'
import { parseResult, renderReport } from '../../../src/result/report-file.ts'
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
  return [
    {
      name: 'report',
      seeds: [text(renderReport(result))],
      isJson: true,
      file: folder,
      read: readsFile(join(folder, 'report.json'), () => readReportFile(folder)),
    },
    {
      // What is let through must not fail where it is joined and shown, either.
      name: 'shard-report',
      seeds: [json(result)],
      isJson: true,
      file: 'sim.json',
      read: (bytes) => {
        const shard = { path: 'sim.json', result: parseResult(utf8(bytes), 'sim.json') }
        const { result: whole } = mergeShards([shard])
        return [renderSimResult(whole, (_, line) => line), renderJunit(whole), renderSummary(whole)]
      },
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
