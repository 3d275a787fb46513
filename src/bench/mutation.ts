/** `assay mutate`: the example module against its golden data. */
import { join } from 'node:path'
import { checkJson } from '../input/schema.ts'
import { mutationSummary } from '../mutation/score.ts'
import { atMost, type Bench, formatTime, median } from './measure.ts'
import { measureCommand, needSuccess } from './process.ts'

export const mutationBench: Bench = {
  name: 'mutate',
  run: async ({ home, scratch }) => {
    const config = 'examples/streaming-conv/assay.config.ts'
    const out = join(scratch, 'mutate')
    const args = ['dist/cli/main.js', 'mutate', '--module', config, '--out', out, '--json', '--quiet']
    const env = { ...process.env, CCACHE_DISABLE: '1' }
    const run = async () => {
      const measured = await measureCommand(process.execPath, args, { cwd: home, env })
      needSuccess(measured, 'assay mutate')
      return measured
    }
    const { seconds, stdout } = await run()
    const { hit, all, witnesses = [] } = checkJson(mutationSummary, stdout, 'assay mutate --json')
    const warm = [await run(), await run(), await run()].map((again) => again.seconds)
    const note = `${all} mutants, ${hit} noticed by ${witnesses.length} layers; nothing built before, ccache off; again in ${formatTime(median(warm))}`
    return [atMost('assay mutate on examples/streaming-conv', seconds, 60, note)]
  },
}
