/** This file renders what is wrong, once for each fault, and the commands that show more. */
import { blockOfShell } from '../../result/reproduce.ts'
import { boxesAreRed, type SimResult } from '../../result/result.ts'
import { diagnose } from '../diagnosis.ts'
import { describeLook } from '../gtkwave.ts'
import { html, type Markup } from '../markup.ts'
import { describeBoxesResult } from '../red-layer.ts'
import { NEXT } from '../reproduce.ts'
import { describeReplay } from '../terminal.ts'
import { renderReproduction, renderShell } from './sections.ts'

/** Null for an exact run. */
export function renderDiagnosis(result: SimResult): Markup | null {
  if (result.verdict === 'exact') return null
  const { summary, faults, left, command } = diagnose(result)
  const { boxes, replay, waveform, reproduce } = result
  const paragraph = (text: string): Markup => html`<p>${text}</p>`
  const told = faults.map(({ layers: [first], lines }) => {
    const [place = '', ...others] = lines
    const button = html`<button type="button" class="link" data-select="${first.name}">${first.name}</button>`
    const said = place.startsWith(first.name) ? html`${button}${place.slice(first.name.length)}` : place
    return html`<div class="kind"><p>${said}</p>${others.map(paragraph)}</div>\n`
  })
  return html`${summary.map(paragraph)}${told}${left === null ? '' : paragraph(left)}${
    boxesAreRed(boxes) ? html`<div class="kind"><p>q_NMS: ${describeBoxesResult(boxes!)}</p></div>` : ''
  }${replay === null ? '' : paragraph(describeReplay(replay))}${
    command === null ? '' : html`<p class="hint">${NEXT}</p>${renderShell(blockOfShell(command))}`
  }${waveform === null ? '' : renderWaveform(waveform)}${reproduce === undefined ? '' : renderReproduction(reproduce)}`
}

function renderWaveform(waveform: NonNullable<SimResult['waveform']>): Markup {
  const [time, open] = describeLook(waveform)
  return html`<p class="hint">The waveform: ${time}.</p>${renderShell(open)}`
}
