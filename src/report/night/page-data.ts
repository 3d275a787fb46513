/** What the script of a night's page reads: texts once, and numbers for them. */
import { isAbsolute } from 'node:path'
import { ENTRY_STATUSES, isRedEntry } from '../../regress/night.ts'
import type { EntryData, NightData } from '../browser/night-data.ts'
import type { NightView } from './view.ts'
import { ENTRY_WORDS, titleOf } from './words.ts'

export function nightData(view: NightView): NightData {
  const { night, groups } = view
  const { commit, dirty, changed, settings, installs, untracked } = night.origin
  const places = new Map<string, number>()
  const placeOf = (text: string): number => {
    const place = places.get(text) ?? places.size
    places.set(text, place)
    return place
  }
  const causeOf = new Map(
    groups.flatMap(({ members }, cause) => members.map((index) => [index, cause] as const)),
  )
  // Entries of one run share its time.
  const shared = new Map<number, number>()
  for (const { run } of night.entries) shared.set(run, (shared.get(run) ?? 0) + 1)
  const runs = night.runs.map(
    ({ id, folder, words, imageHash, seconds, waveform, ended }, index) =>
      [
        id,
        commit === null || isAbsolute(folder) ? -1 : placeOf(folder),
        ended === 'notRun' ? [] : words.map(placeOf),
        imageHash,
        Math.round((10 * seconds) / Math.max(1, shared.get(index) ?? 1)) / 10,
        waveform,
      ] as const,
  )
  const entries = night.entries.map((entry, index): EntryData => {
    const { name, status, run, fault, seed, axes } = entry
    const plain = [name, ENTRY_STATUSES.indexOf(status), run] as const
    if (!isRedEntry(entry)) return plain
    const layer = fault?.layer?.replace(/ \[.*$/s, '') ?? null
    const isChained = axes.mode === 'chained' ? 1 : 0
    const message = fault?.message.split('\n')[0] ?? ''
    return [...plain, [causeOf.get(index)!, seed, layer, isChained, axes.image ?? null, message]]
  })
  return {
    origin: { commit, dirty, changed, settings, installs, untracked },
    ...{ runs, entries },
    texts: [...places.keys()],
    statuses: ENTRY_STATUSES.map((status) => ENTRY_WORDS[status]),
    causes: groups.map((group) => titleOf(view, group)),
  }
}
