/** What installing costs: for a test bench of one's own RTL (docs/installing.md), and for a developer. `make test-package` tests both. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { atMost, type Bench, type Measurement, timeMedian } from './measure.ts'

/** A version that does not exist: npm leaves out an optional package of it. */
const LEFT_OUT = { 'onnxruntime-node': '0.0.0-left-out', sharp: '0.0.0-left-out' }
const SMALL = JSON.stringify({ private: true, overrides: { assay: LEFT_OUT } })

export const installBench: Bench = {
  name: 'install',
  run: async ({ home, scratch }) => {
    const { stdout: tarball } = await execa(join(home, 'scripts', 'pack.sh'), [join(scratch, 'package')])
    let project = ''
    let runs = 0
    const seconds = await timeMedian(3, async () => {
      project = join(scratch, `project-${runs++}`)
      await mkdir(project)
      await writeFile(join(project, 'package.json'), SMALL)
      const words = ['--ignore-scripts', '--no-audit', '--no-fund', '--cache', join(project, 'cache')]
      await execa('npm', ['install', ...words, tarball], { cwd: project })
    })
    return [
      atMost('npm install for own RTL', seconds, 10, 'median of 3, empty npm cache'),
      await sizeOf('the same, on disk', join(project, 'node_modules'), 30),
      await sizeOf("a developer's node_modules", join(home, 'node_modules'), 460),
    ]
  },
}

async function sizeOf(what: string, folder: string, limit: number): Promise<Measurement> {
  const { stdout } = await execa('du', ['-sm', folder])
  const size = Number.parseInt(stdout, 10)
  return { what, target: `${limit} MB`, measured: `${size} MB`, met: size <= limit, note: '' }
}
