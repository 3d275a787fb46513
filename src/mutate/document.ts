/** The sections of docs/mutation.md that a run writes: scores, explained survivors, open survivors. */
import { addScores, countVerdicts, type ModuleScore, renderSurvivors, scoreOf } from '../mutation/score.ts'

/** The parts of docs/mutation.md that a run knows, by their names there. */
export function renderSections(modules: readonly ModuleScore[]): ReadonlyMap<string, string> {
  const open = renderSurvivors(modules)
  return new Map([
    ['score', renderScores(modules)],
    ['explained', modules.map(renderExplained).filter(Boolean).join('\n')],
    ['open', open.length === 0 ? 'None.' : open.map((line) => `- \`${line}\``).join('\n')],
  ])
}

/**
 * `page` with each section between `<!-- name -->` and `<!-- /name -->` replaced.
 * @throws {Error} the page has no such place
 */
export function fillSections(page: string, sections: ReadonlyMap<string, string>): string {
  let filled = page
  for (const [name, body] of sections) {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
    const [from, to] = [filled.indexOf(begin), filled.indexOf(end)]
    if (from < 0 || to < from) throw new Error(`the page has no ${begin} … ${end}; put the two lines back`)
    filled = `${filled.slice(0, from + begin.length)}\n${body}\n${filled.slice(to)}`
  }
  return filled
}

function renderScores(modules: readonly ModuleScore[]): string {
  const rows = [...modules, addScores(modules)].map((score) => {
    const verdicts = (['equivalent', 'accepted', null] as const).map((verdict) =>
      countVerdicts(score, verdict),
    )
    const percent = `${(100 * scoreOf(score)).toFixed(1)} %`
    return `| ${[score.module, score.mutants, score.killed, ...verdicts, percent].join(' | ')} |`
  })
  return [
    '| module | mutants | killed | equivalent | accepted | unexplained | score |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
  ].join('\n')
}

/** The mutants of a module, one line for each reason and line of source. */
function renderExplained({ module, survivors }: ModuleScore): string {
  const reasons = new Map<string, string[]>()
  for (const { source, before, after, explanation } of survivors) {
    if (explanation === null) continue
    const key = `${explanation.verdict}: ${explanation.because}`
    const list = reasons.get(key) ?? []
    list.push(`\`${source}\` with \`${before}\` as ${after === '' ? 'nothing' : `\`${after}\``}`)
    reasons.set(key, list)
  }
  if (reasons.size === 0) return ''
  const lines = [...reasons].map(
    ([reason, places]) => `- ${reason}\n${places.map((at) => `  - ${at}`).join('\n')}`,
  )
  return `### ${module}\n\n${lines.join('\n')}\n`
}
