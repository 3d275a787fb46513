/**
 * JUnit XML as GitHub's test reporters, GitLab and Jenkins read it: one suite a run, one case a layer. A difference is a `failure`,
 * a layer that did not run to its end an `error`.
 */
import { XMLBuilder } from 'fast-xml-parser'
import { describeBoxes } from '../diff/boxes.ts'
import { type BoxesResult, boxesAreRed, type LayerResult, type SimResult } from './result.ts'
import { closingLine, describeRedLayer } from './terminal.ts'

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

export function renderJunit(result: SimResult): string {
  const suite = `assay.${result.model.replace(/\.[^.]*$/, '').replaceAll('.', '_')}.${result.mode}`
  const cases = [
    ...result.layers.map((layer) => toCase(layer, suite)),
    ...boxesCase(result, suite),
    ...stimulusCases(result, suite),
  ]
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
  const builder = new XMLBuilder({
    ignoreAttributes: false,
    format: true,
    suppressEmptyNode: true,
    processEntities: true,
  })
  const text = builder.build({
    '?xml': { '@_version': '1.0', '@_encoding': 'UTF-8' },
    testsuites: {
      '@_name': 'assay',
      ...counts,
      testsuite: {
        '@_name': suite,
        ...counts,
        '@_timestamp': run.startedAt.replace(/\.\d+Z$/, ''),
        properties: {
          property: Object.entries(properties).map(([name, value]) => ({
            '@_name': name,
            '@_value': clean(value),
          })),
        },
        testcase: cases,
        'system-out': clean(closingLine(result)),
      },
    },
  })
  return text
}

function toCase(layer: LayerResult, suite: string): Case {
  const problem = describeProblem(layer)
  return {
    '@_name': layer.name,
    '@_classname': suite,
    '@_time': seconds(layer.seconds),
    ...(problem === null ? {} : layer.error === null ? { failure: problem } : { error: problem }),
  }
}

function describeProblem(layer: LayerResult): Problem | null {
  const lines = describeRedLayer(layer)
  if (lines.length === 0) return null
  return {
    '@_message': clean(lines[0]!),
    '@_type': layer.error === null ? (layer.kind?.name ?? 'mismatch') : 'error',
    '#text': clean(lines.join('\n')),
  }
}

const boxesCase = ({ boxes }: SimResult, suite: string): readonly Case[] =>
  boxes === null ? [] : [toBoxesCase('q_NMS', boxes, suite)]

function toBoxesCase(name: string, boxes: BoxesResult, suite: string): Case {
  const text = clean(boxes.error ?? describeBoxes(boxes))
  const problem = { '@_message': text, '@_type': 'boxes', '#text': text }
  return {
    '@_name': name,
    '@_classname': suite,
    '@_time': seconds(boxes.seconds),
    ...(boxesAreRed(boxes) ? (boxes.error === null ? { failure: problem } : { error: problem }) : {}),
  }
}

/** One case for all that are exact, and one for each that is red and named. */
function stimulusCases({ stimulus }: SimResult, suite: string): readonly Case[] {
  if (stimulus === undefined || stimulus.choice === 'image') return []
  const own = `${suite}.stimulus`
  const red = [
    ...stimulus.red.map((layer) => toCase(layer, own)),
    ...stimulus.redBoxes.map(({ name, boxes }) => toBoxesCase(name, boxes, own)),
  ]
  const all = { '@_name': 'generated stimulus', '@_classname': own, '@_time': seconds(stimulus.seconds) }
  return red.length === 0 ? [all] : red
}

const seconds = (value: number): string => value.toFixed(6)

/** XML 1.0 has no way to write most control characters, nor half a surrogate pair: they become `?`. */
const clean = (text: string): string =>
  Array.from(text, (character) => (isXmlCharacter(character.codePointAt(0)!) ? character : '?')).join('')

/** Production 2, `Char`, of XML 1.0. */
const isXmlCharacter = (code: number): boolean =>
  code === 9 ||
  code === 10 ||
  code === 13 ||
  (code >= 0x20 && code <= 0xd7ff) ||
  (code >= 0xe000 && code <= 0xfffd) ||
  code >= 0x10000
