/**
 * This file writes JUnit XML for GitHub's test reporters, GitLab and Jenkins: one suite per run, one case per layer. A difference is a
 * `failure`, and a layer that did not run to its end is an `error`.
 */
import XMLBuilder from 'fast-xml-builder'
import { makeVisible, mapTexts } from '../input/printable.ts'
import {
  type BoxesResult,
  isRed,
  type LayerResult,
  type SimResult,
  STATUS_WORDS,
  statusOf,
} from '../result/result.ts'
import { closingLine } from './conclusion.ts'
import { describeBoxesResult, describeRedLayer } from './terminal.ts'

interface Case {
  readonly '@_name': string
  readonly '@_classname': string
  readonly '@_time': string
  readonly failure?: Problem
  readonly error?: Problem
}

interface Problem {
  readonly '@_message': string
  readonly '@_type': string
  readonly '#text': string
}

export function renderJunit(given: SimResult): string {
  // XML 1.0 cannot hold most control characters, not even escaped.
  const result = mapTexts(given, makeVisible)
  const suite = `assay.${result.model.replace(/\.[^.]*$/, '').replaceAll('.', '_')}.${result.mode}`
  const { boxes } = result
  const cases = result.layers.map((layer) => toCase(layer.name, suite, layer, describeRedLayer(layer)))
  if (boxes !== null) cases.push(toCase('q_NMS', suite, boxes, [describeBoxesResult(boxes)]))
  cases.push(...stimulusCases(result, `${suite}.stimulus`))
  const counts = {
    '@_tests': cases.length,
    '@_failures': cases.filter((one) => one.failure !== undefined).length,
    '@_errors': cases.filter((one) => one.error !== undefined).length,
    '@_skipped': 0,
    '@_time': seconds(result.totals.simSeconds),
  }
  const { run } = result
  const properties = {
    bits: `W${result.weightBits}A${result.activationBits}`,
    modelHash: result.modelHash,
    image: result.image,
    rtlHash: run.rtlHash,
    assay: run.assay,
    verilator: run.verilator,
  }
  return build(counts, {
    '@_name': suite,
    ...counts,
    '@_timestamp': run.startedAt.replace(/\.\d+Z/, ''),
    properties: {
      property: Object.entries(properties).map(([name, value]) => ({
        '@_name': name,
        '@_value': value,
      })),
    },
    testcase: cases,
    'system-out': closingLine(result),
  })
}

/** Renders a run that did not come to a result as one error, so that no server takes an older file for this run's. */
export function renderJunitError(command: string, reason: string): string {
  const message = makeVisible(reason)
  const counts = { '@_tests': 1, '@_failures': 0, '@_errors': 1, '@_skipped': 0, '@_time': seconds(0) }
  const error = { '@_message': message.split('\n')[0]!, '@_type': 'died', '#text': message }
  const suite = `assay.${command}`
  return build(counts, {
    '@_name': suite,
    ...counts,
    testcase: [{ '@_name': 'the run', '@_classname': suite, '@_time': seconds(0), error }],
  })
}

const build = (counts: object, testsuite: object): string =>
  new XMLBuilder({
    ignoreAttributes: false,
    format: true,
    suppressEmptyNode: true,
    processEntities: true,
  }).build({
    '?xml': { '@_version': '1.0', '@_encoding': 'UTF-8' },
    testsuites: { '@_name': 'assay', ...counts, testsuite },
  })

/** Renders a layer or the boxes by status: a difference or an unsteady part is a failure, a part without a result is an error. */
function toCase(
  name: string,
  suite: string,
  part: LayerResult | BoxesResult,
  lines: readonly string[],
): Case {
  const base = { '@_name': name, '@_classname': suite, '@_time': seconds(part.seconds) }
  const status = statusOf(part)
  if (!isRed(part)) return base
  const type = status === 'differs' && 'kind' in part ? (part.kind?.name ?? 'mismatch') : STATUS_WORDS[status]
  const problem = { '@_message': lines[0]!, '@_type': type, '#text': lines.join('\n') }
  return status === 'failed' || status === 'notRun'
    ? { ...base, error: problem }
    : { ...base, failure: problem }
}

/** Renders one case for all exact stimuli, and one for each red stimulus that the result names. */
function stimulusCases({ stimulus }: SimResult, suite: string): readonly Case[] {
  if (stimulus === undefined || stimulus.choice === 'image') return []
  const red = [
    ...stimulus.red.map((layer) => toCase(layer.name, suite, layer, describeRedLayer(layer))),
    ...stimulus.redBoxes.map(({ name, boxes }) => toCase(name, suite, boxes, [describeBoxesResult(boxes)])),
  ]
  const all = { '@_name': 'generated stimulus', '@_classname': suite, '@_time': seconds(stimulus.seconds) }
  return red.length === 0 ? [all] : red
}

const seconds = (value: number): string => value.toFixed(6)
