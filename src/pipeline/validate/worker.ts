/** This program is a worker process of `assay validate`: it is set up once and then runs one task at a time. */
import { collectGarbage } from '../../process/collect-garbage.ts'
import { serveParent } from '../../process/serve-parent.ts'
import { loadProfile } from '../modules/load-profile.ts'
import { type LayerTask, openLayers } from './layer-runner.ts'
import { openStages, type StagesTask } from './stages.ts'
import type { Setup, WorkerRequest } from './worker-messages.ts'

type Runner = (task: unknown) => Promise<unknown>

async function open(setup: Setup): Promise<Runner> {
  switch (setup.kind) {
    case 'stages': {
      const stages = await openStages(setup)
      return (task) => stages.run(task as StagesTask)
    }
    case 'layers': {
      const layers = await openLayers(setup)
      return (task) => layers.run(task as LayerTask)
    }
  }
}

let runner: Runner | null = null

async function answer(request: WorkerRequest): Promise<unknown> {
  if (request.kind === 'setup') {
    for (const path of request.hooks) await loadProfile(path)
    runner = await open(request.setup)
    return null
  }
  if (runner === null) throw new Error('Expected a worker to be set up before its first task')
  const result = await runner(request.task)
  collectGarbage()
  return result
}

serveParent(answer)
// The command ends this process. Finished images are on the disk.
process.on('SIGINT', () => {})
