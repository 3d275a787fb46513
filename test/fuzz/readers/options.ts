/** Readers of what a person writes beside the command line, and of what Verilator writes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseNames } from '../../../src/artefacts/names.ts'
import { makeRules } from '../../../src/cli/commands/regress/option-rules.ts'
import { readConfig } from '../../../src/cli/options/config-file.ts'
import { MODEL_OPTIONS } from '../../../src/cli/options/shared.ts'
import { InputError } from '../../../src/input/input-error.ts'
import { parseLocatedYaml } from '../../../src/input/located.ts'
import { parseJson, parseStrictJson } from '../../../src/input/strict-json.ts'
import { ToolError } from '../../../src/input/tool-error.ts'
import { parseExplanations } from '../../../src/mutation/explanations.ts'
import { checkConfig } from '../../../src/operator/check-config.ts'
import { parseOverrides } from '../../../src/quantise/overrides.ts'
import { expandPlan } from '../../../src/regress/expand-plan.ts'
import { parsePortsJson } from '../../../src/simulate/build/port-json.ts'
import { parsePortsXml } from '../../../src/simulate/build/port-xml.ts'
import { json, makeFolder, readsFile, utf8 } from '../files.ts'
import type { Reader } from '../fuzz.ts'

/** What of a configuration JSON can say. */
const operator = {
  top: 't',
  sources: ['t.sv'],
  defines: { WIDTH: '8' },
  layers: { op: 'conv', kernel: 3 },
  parameters: { C: '$inputChannels', D: 3 },
  memories: [{ tensor: 'weights', order: 'o i ky kx', lanes: 4, ports: { addr: 'a', data: 'd' } }],
  load: [{ tensor: 'bias', stream: 'b', order: 'o', bits: 32, fill: 0 }],
  inputs: [{ tensor: 'input', stream: 's', order: 'y x i', lanes: '$inputChannels' }],
  output: { tensor: 'output', stream: 'm', order: 'y x o', last: 'last' },
  reset: [{ port: 'rst_n', active: 0, cycles: 3 }],
  streams: { s: { direction: 'input', valid: 'v', fields: { data: 'd' } } },
  stalls: { probability: 0.5, seed: 7 },
}

export function optionReaders(): readonly Reader[] {
  const config = join(makeFolder(), 'assay.json')
  return [
    {
      name: 'strict-json',
      file: 'x.json: ',
      seeds: [json({ a: [1, { b: 'x"\\' }], 'c\n': null })],
      isJson: true,
      words: ['"a"', ':', '\\u0061', '{"a":'],
      read: (bytes) => parseStrictJson(utf8(bytes), 'x.json'),
    },
    {
      name: 'regress-plan',
      file: 'plan.yaml',
      seeds: [
        Buffer.from(
          'name: x\noptions: { pictures: false }\nmatrix:\n  bits: [8, 4]\n  seeds: [1..3, null]\n  mode: [isolated, chained]\n' +
            'include:\n  - { weight-bits: 5 }\nexclude: [{ bits: 4, seeds: 2 }]\nlimits: { run: 10m }\n',
        ),
        json({ matrix: { setup: [{ bits: 8 }, { iou: 0.5 }], array: [null, '8x8x2'] } }),
      ],
      words: ['matrix', 'seeds', '1..5', '&a', '*a', '<<', '!!', 'null', '[', '{', ': '],
      read: (bytes) =>
        expandPlan('plan.yaml', parseLocatedYaml(utf8(bytes), 'plan.yaml'), makeRules('/nowhere'), '/'),
    },
    {
      name: 'names',
      file: 'names.json: ',
      seeds: [json({ 'model.0': 'stem', 'model.2': 'c2f' })],
      isJson: true,
      read: (bytes) => parseNames(utf8(bytes), 'names.json'),
    },
    {
      name: 'explanations',
      file: 'mutants.json',
      seeds: [
        json([{ file: 'm.sv', line: 'a = b', before: 'b', after: 'c', verdict: 'accepted', because: 'no' }]),
      ],
      isJson: true,
      read: (bytes) => parseExplanations(utf8(bytes), 'mutants.json'),
    },
    {
      name: 'overrides',
      file: 'x.json',
      seeds: [json({ 'model.0': { weightBits: 8, observer: 'max' } })],
      isJson: true,
      read: (bytes) => parseOverrides(parseStrictJson(utf8(bytes), 'x.json'), 'x.json'),
    },
    {
      name: 'options-file',
      file: config,
      seeds: [json({ model: 'x.pt', 'weight-bits': 4, overrides: { 'model.0': { weightBits: 8 } } })],
      isJson: true,
      read: readsFile(config, () => readConfig(config, MODEL_OPTIONS)),
    },
    {
      name: 'operator-config',
      seeds: [json(operator)],
      isJson: true,
      file: 'own.config.ts',
      read: (bytes) => checkConfig(parseJson(utf8(bytes), 'own.config.ts', ''), 'own.config.ts'),
    },
  ]
}

/** What Verilator writes. */
export function portReaders(): readonly Reader[] {
  const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../../simulate/fixtures', name))
  const refuses = (error: unknown): boolean => error instanceof ToolError || error instanceof InputError
  return [
    {
      name: 'ports-xml',
      seeds: [fixture('port_zoo.5.006.xml')],
      words: ['<var ', '/>', 'dtype_id="1"', '<a>'.repeat(200)],
      read: (bytes) => parsePortsXml(utf8(bytes), 'port_zoo'),
      refuses,
    },
    {
      name: 'ports-json',
      seeds: [fixture('port_zoo.5.051.tree')],
      isJson: true,
      read: (bytes) => parsePortsJson(utf8(bytes), 'port_zoo'),
      refuses,
    },
  ]
}
