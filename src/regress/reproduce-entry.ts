/** The line that reproduces a red entry of a night, and paths that read the same on every machine. */
import { isAbsolute, resolve } from 'node:path'
import { folderAbove, pathWithin, shortenWithin } from '../input/path-within.ts'
import type { Reproduction } from '../result/record.ts'
import { reproduce } from '../result/reproduce.ts'
import { isRedEntry, type Night, type NightEntry, type NightRun, wasBegun } from './night.ts'

/** @param night whose folders begin at the root of its repository: `fromRoot` */
export function reproduceEntry(
  { origin, runs }: Pick<Night, 'origin' | 'runs'>,
  entry: NightEntry,
): Reproduction {
  const run = runs[entry.run]!
  const isInside = origin.commit !== null && !isAbsolute(run.folder)
  const found = reproduce({
    origin: { ...origin, ...sourceOf(run), folder: isInside ? run.folder : undefined },
    words: run.words,
    mode: entry.axes.mode === 'chained' ? 'chained' : 'isolated',
    layer: entry.fault?.layer?.replace(/ \[.*$/s, '') ?? null,
    seed: entry.seed,
    image: entry.axes.image ?? null,
    imageHash: run.imageHash,
  })
  return isInside || origin.commit === null
    ? found
    : { ...found, notes: [...found.notes, `It ran in ${run.folder}, which is not in the repository.`] }
}

/** What the run itself ran on, where it says so. */
const sourceOf = ({ commit, dirty }: NightRun): Partial<Pick<Night['origin'], 'commit' | 'dirty'>> =>
  commit === null || commit === undefined ? {} : { commit, dirty: dirty ?? null }

/** A night whose red entries have their lines. */
export const withLines = (night: Night): Night => ({
  ...night,
  entries: night.entries.map((entry) =>
    isRedEntry(entry) && wasBegun(night, entry)
      ? { ...entry, reproduce: reproduceEntry(night, entry) }
      : entry,
  ),
})

/** Names the plan, and the folders and files of runs from the root of the repository, where they lie in it. @param cwd absolute: where the night was begun */
export function fromRoot(night: Night, cwd: string): Night {
  const { folder } = night.origin
  if (folder === undefined) return night
  const root = folderAbove(cwd, folder)
  const file = pathWithin(root, resolve(cwd, night.runs[0]?.folder ?? '.', night.plan.file))
  return {
    ...night,
    plan: file === null ? night.plan : { ...night.plan, file: file.replaceAll('\\', '/') },
    runs: night.runs.map((run) => runFromRoot(run, root, cwd)),
  }
}

function runFromRoot(run: NightRun, root: string, cwd: string): NightRun {
  const at = resolve(cwd, run.folder)
  const folder = pathWithin(root, at)
  if (folder === null) return run
  const shorten = (word: string): string => shortenWithin(root, word, at)
  return { ...run, folder: folder.replaceAll('\\', '/'), words: run.words.map(shorten) }
}
