/**
 * This file writes JUnit XML for GitHub's test reporters, GitLab and Jenkins: one suite per run, one case per layer. A difference is a
 * `failure`, and a layer that did not run to its end is an `error`. A server tells cases apart by class and name alone, so that the class
 * carries what two runs may differ in: model, bits, profile, mode, picture, power-ups.
 */
import { posix } from 'node:path'
import XMLBuilder from 'fast-xml-builder'
import { makeVisible, mapTexts } from '../input/printable.ts'
import { describeNumbers } from '../regress/extent.ts'
import { partsOf } from '../result/conclusion.ts'
import type { Origin, Reproduction } from '../result/record.ts'
import { optionOf, Q_NMS, quote } from '../result/reproduce.ts'
import {
  type BoxesResult,
  isRed,
  type LayerResult,
  type SimResult,
  STATUS_WORDS,
  statusOf,
} from '../result/result.ts'
import { closingLine } from './conclusion.ts'
import { tellersOf } from './diagnosis.ts'
import { describeBoxesResult, describeRedLayer } from './red-layer.ts'
import { REPRODUCE } from './reproduce.ts'

export interface Case {
  readonly '@_name': string
  readonly '@_classname': string
  /** What a server shows as the test's source; absent where nothing of the repository is. */
  readonly '@_file'?: string | undefined
  readonly '@_time': string
  readonly failure?: Problem
  readonly error?: Problem
  readonly 'system-out'?: string
}

export interface Problem {
  readonly '@_message': string
  readonly '@_type': string
  readonly '#text': string
}

export function renderJunit(result: SimResult): string {
  const suite = nameSuite(result)
  const place: Place = { suite, file: sourceOf(result), out: result.reproduce && describe(result.reproduce) }
  const { boxes } = result
  const tellers = tellersOf(result.layers, result.mode)
  const cases = result.layers.map((layer) =>
    toCase(layer.name, place, layer, describeRedLayer(layer, tellers.get(layer))),
  )
  if (boxes !== null) cases.push(toCase(Q_NMS, place, boxes, [describeBoxesResult(boxes)]))
  cases.push(...stimulusCases(result, { ...place, suite: `${suite}.stimulus` }))
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
    ...(result.profile === undefined ? {} : { profile: result.profile }),
    modelHash: result.modelHash,
    image: result.image,
    rtlHash: run.rtlHash,
    assay: run.assay,
    verilator: run.verilator,
    ...(run.origin === undefined ? {} : originProperties(run.origin)),
  }
  return buildJunit(counts, {
    '@_name': suite,
    ...counts,
    '@_timestamp': run.startedAt.replace(/\.\d+Z/, ''),
    properties: toProperties(properties),
    testcase: cases,
    'system-out': [closingLine(result), ...(place.out === undefined ? [] : [place.out])].join('\n'),
  })
}

/** Renders a run that did not come to a result as one error, so that no server takes an older file for this run's. */
export function renderJunitError(command: string, message: string): string {
  const counts = { '@_tests': 1, '@_failures': 0, '@_errors': 1, '@_skipped': 0, '@_time': seconds(0) }
  const error = { '@_message': message.split('\n')[0]!, '@_type': 'died', '#text': message }
  const suite = `assay.${command}`
  return buildJunit(counts, {
    '@_name': suite,
    ...counts,
    testcase: [{ '@_name': 'the run', '@_classname': suite, '@_time': seconds(0), error }],
  })
}

/** What it is given may hold any text. */
export function buildJunit(counts: object, testsuite: object): string {
  const builder = new XMLBuilder({
    ignoreAttributes: false,
    format: true,
    suppressEmptyNode: true,
    // An attribute whose value is `true` has a value, too: XML knows none without.
    suppressBooleanAttributes: false,
    processEntities: true,
  })
  const document = {
    '?xml': { '@_version': '1.0', '@_encoding': 'UTF-8' },
    testsuites: { '@_name': 'assay', ...counts, testsuite },
  }
  // XML 1.0 cannot hold most control characters, not even escaped.
  return builder.build(mapTexts(document, makeVisible))
}

/** Where the cases of a run belong. */
interface Place {
  readonly suite: string
  readonly file: string | undefined
  /** What a red case says on its standard output. */
  readonly out: string | undefined
}

/** A dot begins a package for a server. */
export const asName = (text: string): string => makeVisible(text).replaceAll(/[./\s]+/g, '_')

function nameSuite(result: SimResult): string {
  const { model, mode, image, weightBits, activationBits, profile } = result
  const seeds = [...new Set(partsOf(result).flatMap((part) => part.seeds?.run ?? []))]
  const parts = [
    asName(model.replace(/\.[^.]*$/, '')),
    `W${weightBits}A${activationBits}`,
    ...(profile === undefined ? [] : [asName(profile)]),
    ...[mode, asName(image)],
    ...(seeds.length === 0 ? [] : [`seeds_${asName(describeNumbers(seeds).replaceAll('..', '-'))}`]),
  ]
  return ['assay', ...parts].join('.')
}

/** The file of the repository that a run is of: the user's module, the dump, the list of the RTL, the model. */
function sourceOf({ run }: SimResult): string | undefined {
  const own = (name: string): string | undefined => optionOf(run.origin, name)
  const rtl = own('rtl')
  return own('module') ?? own('dump') ?? (rtl === undefined ? own('model') : posix.join(rtl, 'rtl.f'))
}

const describe = ({ line, notes }: Reproduction): string => [REPRODUCE, line, ...notes].join('\n')

export const toProperties = (properties: Readonly<Record<string, string>>): object => ({
  property: Object.entries(properties).map(([name, value]) => ({ '@_name': name, '@_value': value })),
})

export const originProperties = ({
  commit,
  dirty,
  command,
  host,
}: Origin): Readonly<Record<string, string>> => ({
  commit: commit ?? 'none',
  dirty: dirty === null ? 'unknown' : String(dirty),
  command: ['assay', ...command].map(quote).join(' '),
  host,
})

/** Renders a layer or the boxes by status: a difference or an unsteady part is a failure, a part without a result is an error. */
function toCase(
  name: string,
  { suite, file, out }: Place,
  part: LayerResult | BoxesResult,
  lines: readonly string[],
): Case {
  const base = { '@_name': name, '@_classname': suite, '@_file': file, '@_time': seconds(part.seconds) }
  const status = statusOf(part)
  if (!isRed(part)) return base
  const type = status === 'differs' && 'kind' in part ? (part.kind?.name ?? 'mismatch') : STATUS_WORDS[status]
  const problem = { '@_message': lines[0]!, '@_type': type, '#text': lines.join('\n') }
  const said = out === undefined ? {} : { 'system-out': out }
  return status === 'failed' || status === 'notRun'
    ? { ...base, error: problem, ...said }
    : { ...base, failure: problem, ...said }
}

/** Renders one case for all exact stimuli, and one for each red stimulus that the result names. */
function stimulusCases({ stimulus }: SimResult, place: Place): readonly Case[] {
  if (stimulus === undefined || stimulus.choice === 'image') return []
  const tellers = tellersOf(stimulus.red)
  const red = [
    ...stimulus.red.map((layer) =>
      toCase(layer.name, place, layer, describeRedLayer(layer, tellers.get(layer))),
    ),
    ...stimulus.redBoxes.map(({ name, boxes }) => toCase(name, place, boxes, [describeBoxesResult(boxes)])),
  ]
  const all = {
    ...{ '@_name': 'generated stimulus', '@_classname': place.suite, '@_file': place.file },
    '@_time': seconds(stimulus.seconds),
  }
  return red.length === 0 ? [all] : red
}

export const seconds = (value: number): string => value.toFixed(6)
