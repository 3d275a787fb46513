/** The result of `assay coverage` as text. */
import { addShares, type FileCoverage, formatShare } from '../coverage/counts.ts'
import { renderTable } from './table.ts'

/** A line for each file, at most 80 columns. */
export const renderCoverage = (files: readonly FileCoverage[]): string =>
  renderTable<FileCoverage>(
    [
      { title: 'file', align: 'left', value: ({ file }) => file, maxWidth: 40 },
      { title: 'lines', align: 'right', value: ({ lines }) => formatShare(lines) },
      { title: 'branches', align: 'right', value: ({ branches }) => formatShare(branches) },
      { title: 'toggles', align: 'right', value: ({ toggles }) => formatShare(toggles) },
    ],
    files.length === 1 ? files : [...files, addShares(files)],
  ).join('\n')
