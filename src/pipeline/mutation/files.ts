/** The results of `assay mutate` as files. */
import { join } from 'node:path'
import type { MutationSummary } from '../../mutation/score.ts'
import { renderMutationPage } from '../../report/html/mutation.ts'
import { readInput, writeWhole } from '../../store/files.ts'

/** Writes `mutation.json` and the page `mutation.html`. @returns their paths */
export async function writeMutation(summary: MutationSummary, out: string): Promise<readonly string[]> {
  const [json, page] = [join(out, 'mutation.json'), join(out, 'mutation.html')]
  const texts = new Map<string, string>()
  for (const { module } of summary.modules)
    texts.set(module, new TextDecoder().decode(await readInput(module)))
  await writeWhole(json, `${JSON.stringify(summary, null, 2)}\n`)
  await writeWhole(page, renderMutationPage(summary, texts))
  return [json, page]
}
