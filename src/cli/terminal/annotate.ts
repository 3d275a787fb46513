/** In a workflow of GitHub, the error that ends a command is shown at the place that it names. */
import { isAnnotated } from './errors.ts'

/** Prints workflow commands for an error, unless the reports of a run have told it. */
export async function annotateError(
  error: unknown,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  if (env.GITHUB_ACTIONS !== 'true' || isAnnotated(error)) return
  const { locateProblems } = await import('../../pipeline/report/files.ts')
  const { renderErrorAnnotations } = await import('../../report/github.ts')
  const { problemsOf } = await import('../../result/problem.ts')
  // Anything else is no command, but somebody's word.
  const command = /^[a-z]+$/.test(argv[2] ?? '') ? argv[2]! : 'command'
  const lines = renderErrorAnnotations(command, locateProblems(problemsOf(error), env))
  process.stderr.write(lines.map((line) => `${line}\n`).join(''))
}
