/** `assay sim --watch`: runs again whenever RTL, model or image is saved. */
import { reportError } from '../../terminal/errors.ts'
import { runReported } from '../../terminal/reports.ts'
import { createChanges } from './changes.ts'
import type { SimArguments, SimRun } from './options.ts'
import { listWatched } from './request.ts'
import { findOrSimulate } from './run.ts'
import { simTarget } from './target.ts'

/** Never returns; Ctrl-C ends it. A run that fails is reported, and the next save starts another. */
export async function watchSimulation(
  args: SimArguments,
  begin: () => SimRun,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const changes = createChanges()
  for (;;) {
    try {
      // Before the run: what is saved while it goes on starts the next one.
      await changes.watch(await listWatched(args))
      await runReported(args, env, await simTarget(args), () => findOrSimulate(begin()))
    } catch (error) {
      reportError(error, env)
    }
    process.stderr.write('Watching RTL, model and images; Ctrl-C ends.\n')
    await changes.next()
  }
}
