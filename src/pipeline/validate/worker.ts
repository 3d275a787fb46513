/** This program is a worker process of `assay validate`: it is set up once and then runs one task at a time. */
import { openLayers } from './layer-runner.ts'
import { openStages } from './stages.ts'
import { packError, type Setup, type WorkerReply, type WorkerRequest } from './worker-messages.ts'

type Runner = (task: never) => Promise<unknown>

async function open(setup: Setup): Promise<Runner> {
  switch (setup.kind) {
    case 'stages':
      return (await openStages(setup)).run
    case 'layers':
      return (await openLayers(setup)).run
  }
}

let runner: Runner | null = null

async function answer(request: WorkerRequest): Promise<unknown> {
  if (request.kind === 'setup') {
    runner = await open(request.setup)
    return null
  }
  if (runner === null) throw new Error('Expected a worker to be set up before its first task')
  return runner(request.task as never)
}

const reply = (message: WorkerReply): void => {
  process.send?.(message)
}

process.on('message', (request: WorkerRequest) => {
  answer(request).then(
    (value) => reply({ kind: 'done', value }),
    (error: unknown) => reply({ kind: 'failed', error: packError(error) }),
  )
})
// The command has ended or was interrupted. Its finished images are on the disk.
process.on('disconnect', () => process.exit(0))
process.on('SIGINT', () => {})
