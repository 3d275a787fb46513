/** This file renames the layers of a model with the user's names (`--names`), which everything made from it then uses. */
import {
  createRename,
  parseNames,
  type Rename,
  renameFloatGraph,
  renameIntegerGraph,
} from '../../artefacts/names.ts'
import { modelIdOf, writeIntegerGraph } from '../../quantise/integer-file.ts'
import { readInput } from '../../store/files.ts'
import { sha256 } from '../../store/hash.ts'
import type { LoadedModel, PreparedModel } from './prepare.ts'
import type { QuantisationReport } from './quantise-model.ts'

export type NameMap = ReadonlyMap<string, string>

/** @throws InputError if the file is missing or is no mapping. */
export async function readNames(path: string): Promise<NameMap> {
  return parseNames(new TextDecoder().decode(await readInput(path)), path)
}

/** @throws InputError if a name is not in the checkpoint, or two of its names become one. */
export function renameLoaded(model: LoadedModel, names: NameMap, path: string): LoadedModel {
  const rename = createRename(names, knownNames(model), path)
  return {
    ...model,
    graph: renameFloatGraph(model.graph, rename),
    unfused: renameFloatGraph(model.unfused, rename),
    state: new Map([...model.state].map(([name, tensor]) => [rename(name), tensor])),
    names: Object.fromEntries(names),
  }
}

/** Renames a quantised model. The renamed graph is another file and has its own id. */
export function renamePrepared(
  model: LoadedModel,
  prepared: PreparedModel,
  names: NameMap,
  path: string,
): PreparedModel {
  const rename = createRename(names, knownNames(model), path)
  const integer = renameIntegerGraph(prepared.integer, rename)
  const file = writeIntegerGraph(integer)
  const report = renameReport(prepared.report, rename)
  return { ...prepared, integer, report, modelId: modelIdOf(file), hash: sha256(file) }
}

function renameReport(report: QuantisationReport, rename: Rename): QuantisationReport {
  const ranges = report.ranges.map((entry) => ({
    ...entry,
    key: rename(entry.key),
    tensors: entry.tensors.map(rename),
    histograms: entry.histograms.map((histogram) => ({ ...histogram, tensor: rename(histogram.tensor) })),
  }))
  const refinement = report.refinement && {
    ...report.refinement,
    layers: report.refinement.layers.map((choice) => ({ ...choice, layer: rename(choice.layer) })),
  }
  return { ...report, ranges, refinement }
}

/** Lists the layers, except the image, and the tensors of the checkpoint. */
function knownNames({ graph, state }: LoadedModel): ReadonlySet<string> {
  const layers = graph.nodes.filter((node) => node.op !== 'input').map(({ name }) => name)
  return new Set([...layers, ...state.keys(), graph.head.name])
}
