/** How a file in a folder of results is known for Assay's: by its name and how it begins, by what lies beside it, or by a record that lists it. */
import { basename, join } from 'node:path'
import * as v from 'valibot'
import { acceptJson, openObject, recordOf } from '../../input/schema.ts'

export interface Form {
  readonly name: RegExp
  /** Of its first 4096 bytes. */
  readonly begin?: RegExp
  /** Names beside it of which one has to be there and be Assay's; `$1` is a part of its own name. */
  readonly beside?: readonly string[]
  /** It makes its folder one of results. */
  readonly isRecord?: true
}

/** Golden data that was frozen is to be kept, and so is the history of nights. */
const FORMAT = /^\s*\{\s*"format":\s*"assay (?!frozen|night record)/
const HASHED = /^\s*\{\s*"model":[^{]*"modelHash":/
const OWN_NAMES = 'report|regress|last|plan|manifest|index|engine|plain|architecture|run'
const SVG = /^<svg/

export const FORMS: readonly Form[] = [
  { name: new RegExp(`^(${OWN_NAMES})\\.json$`), begin: FORMAT, isRecord: true },
  { name: /^(sim|validate)\.json$/, begin: HASHED, isRecord: true },
  { name: /^selftest\.json$/, begin: /^\s*\{\s*"model":[^{]*"verdict":/, isRecord: true },
  { name: /^sweep\.json$/, begin: /^\s*\{\s*"stage":[^{]*"floatMap":/, isRecord: true },
  { name: /^blame\.json$/, begin: /^\s*\{\s*"images":[^{]*"measure":/, isRecord: true },
  { name: /^noise\.json$/, begin: /^\s*\[\s*\{\s*"name":[^}]*"isolated":/, isRecord: true },
  { name: /\.json$/, begin: /^\s*\{\s*"format":\s*"assay explanation"/ },
  { name: /^(.+)\.csv$/, beside: ['$1.json'] },
  { name: /^junit\.xml$/, begin: /<testsuites name="assay/ },
  { name: /^assay\.sarif$/, begin: /"name":\s*"assay"/ },
  { name: /^codequality\.json$/, begin: /^\[\]\s*$|"fingerprint":/, beside: ['report.json', 'regress.json'] },
  {
    name: /^report\.html$/,
    begin: /^<!doctype html>[\s\S]*"Content-Security-Policy" content="default-src /,
    beside: ['report.json', 'regress.json'],
  },
  { name: /^(noise|sweep)\.svg$/, begin: SVG, beside: ['$1.json'] },
  { name: /^detections-.*-[0-9a-f]{8}\.png$/, begin: /^\W?PNG\r\n/ },
  { name: /\.gtkw$/, begin: /^\[dumpfile\] "[^"]*"\n\[savefile\] "/ },
  { name: /^(.+)\.fst$/, beside: ['$1.gtkw'] },
  { name: /^activation-bits-([0-9a-f]{8}|former)\.json$/, beside: ['manifest.json'] },
  { name: /^program\.txt$/, beside: ['manifest.json'] },
  { name: /^(activations\.pickle|boxes\.json)$/, beside: ['index.json'] },
  { name: /^shard(-\d+\.log|\.sh)$/, beside: ['plan.json', 'manifest.json'] },
  { name: /^(night|array|shard-\d+)\.lock$/, begin: /^\{"home":"[0-9a-f]{12}"/ },
]

/** Folders in one of results that hold its files; a folder of another name is somebody else's. */
export const isResultFolder = (name: string): boolean =>
  /^(roms|golden|weights|histograms|waves|explain|validate|selftest|pictures|merged|runs|data|shards|\d+-of-\d+|\d{1,6}|[0-9a-f]{12}|rom-[a-z]+|w\d+a\d+|plain|readmemh|sv-package|(intel|quartus|xilinx|lattice)-[a-z]+)$/.test(
    name,
  )

/** Names of folders that Assay gives without being asked. */
export const isRunFolder = (name: string): boolean => /-w\d+a\d+(-frozen)?$/.test(name)

const fileEntry = openObject({ file: v.string() })
const LIST = openObject({
  files: v.optional(v.union([v.array(fileEntry), recordOf(fileEntry)])),
  tensors: v.optional(v.array(openObject({ file: v.string(), rom: v.string() }))),
  pictures: v.optional(v.array(v.string())),
})

/** Records that list files, by name. */
export const isListName = (name: string): boolean =>
  /^(manifest|index|engine|plain|validate)\.json$/.test(name)

/** Paths of the files that a record in `folder` lists as its own: what Assay wrote, not what it read. */
export function listedBy(text: string, folder: string): readonly string[] {
  const record = acceptJson(LIST, text)
  if (record === null) return []
  const { files = [], tensors = [], pictures = [] } = record
  return [
    ...Object.values(files).map(({ file }) => file),
    ...tensors.flatMap(({ file, rom }) => [file, rom]),
    ...pictures.map((path) => join('pictures', basename(path))),
  ].map((file) => join(folder, file))
}
