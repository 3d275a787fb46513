/** This file collects the content of a run's folder and makes the HTML page from it. */
import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { GenericSchema } from 'valibot'
import { decodeImage } from '../../image/decode.ts'
import { loadSharp } from '../../image/sharp.ts'
import { pathName } from '../../input/path-name.ts'
import { pathWithin } from '../../input/path-within.ts'
import { readWholeFile, readWholeText } from '../../input/read-file.ts'
import { type Checked, checkJson } from '../../input/schema.ts'
import { type PageExtras, type PagePicture, renderPage } from '../../report/html/page.ts'
import { scoreSchema } from '../../report/html/sections.ts'
import { selftestSchema } from '../../report/selftest.ts'
import { accuracySchema } from '../../result/accuracy.ts'
import { checkClaims } from '../../result/claims.ts'
import { parseReport, type Report } from '../../result/report-file.ts'
import type { SimResult } from '../../result/result.ts'
import { readCached, writeWhole } from '../../store/files.ts'

/** A larger picture becomes a smaller JPEG, because the page must stay below 3 MB. */
const MOST_PICTURE_BYTES = 300_000
const MOST_PICTURES = 2
/** How a PNG file begins. */
const PNG = Buffer.from('89504e470d0a1a0a', 'hex')

/** @throws InputError if the folder has no report, or a damaged one. */
export async function readReportFile(folder: string): Promise<Report> {
  const path = join(folder, 'report.json')
  const advice = 'Run `assay sim` first: it writes the report that the page is made from.'
  const report = parseReport(await readWholeText(path, advice), path)
  checkClaims(report, path)
  return report
}

/**
 * Writes the page, with the accuracy, coverage, mutation score and pictures that the folder holds.
 * @param root folder in which relative paths of the result begin.
 */
export async function writePage(
  result: SimResult,
  folder: string,
  path: string,
  root: string = process.cwd(),
): Promise<string> {
  await writeWhole(path, renderPage(result, await collectExtras(result, folder, root)))
  return path
}

async function collectExtras(result: SimResult, folder: string, root: string): Promise<PageExtras> {
  const stem = result.model.replace(/\.[^.]*$/, '')
  const plots = await Promise.all([
    readPlot(
      join(folder, 'validate', 'noise.svg'),
      'Signal-to-noise ratio of every layer, float against integer',
    ),
    // The sweep belongs to the checkpoint, whatever the bits.
    readPlot(
      join(folder, '..', pathName(`${stem}-sweep`, folder), 'sweep.svg'),
      'Accuracy against model size',
    ),
  ])
  const [accuracy, coverage, mutation, selftest, ...pictures] = await Promise.all([
    readJson(accuracySchema, join(folder, 'validate', 'validate.json')),
    // These belong to the RTL, whatever the model: `make coverage` and `make mutate` leave them beside the model folders.
    readJson(scoreSchema, join(folder, 'coverage.json'), join(folder, '..', 'coverage', 'rtl.json')),
    readJson(scoreSchema, join(folder, 'mutation.json'), join(folder, '..', 'mutation.json')),
    readJson(selftestSchema, join(folder, 'selftest.json')),
    ...result.pictures.slice(0, MOST_PICTURES).map((path) => readPicture(path, folder, root)),
  ])
  return {
    ...{ accuracy, coverage, mutation, selftest },
    pictures: pictures.filter((picture) => picture !== null),
    plots: plots.filter((plot) => plot !== null),
  }
}

async function readPlot(path: string, name: string): Promise<PagePicture | null> {
  const bytes = await readCached(path)
  return bytes === null
    ? null
    : { name, type: 'image/svg+xml', base64: Buffer.from(bytes).toString('base64') }
}

/** The first of these files that is there; null if none is. A damaged one is an error, so that the page has no gap. */
async function readJson<Of extends GenericSchema>(
  schema: Of,
  ...paths: readonly string[]
): Promise<Checked<Of> | null> {
  for (const path of paths) {
    const bytes = await readCached(path)
    if (bytes === null) continue
    return checkJson(schema, Buffer.from(bytes).toString('utf8'), path, 'Remove the file or make it again.')
  }
  return null
}

/** Reads a picture from its path in the result, or from `folder` if that was moved since. */
async function readPicture(path: string, folder: string, root: string): Promise<PagePicture | null> {
  for (const place of [
    resolve(root, path),
    join(folder, basename(path)),
    join(folder, 'pictures', basename(path)),
  ]) {
    // A report names no picture of anybody's but its own run.
    const isOwn = [folder, root].some((own) => pathWithin(own, place) !== null)
    if (!isOwn || !existsSync(place)) continue
    const bytes = Buffer.from(
      await readWholeFile(place, 'Take it out of pictures, or run `assay sim` again.'),
    )
    const isSmall = bytes.length <= MOST_PICTURE_BYTES && bytes.subarray(0, PNG.length).equals(PNG)
    const data = isSmall ? bytes : await shrink(bytes, place)
    return {
      name: basename(path),
      type: isSmall ? 'image/png' : 'image/jpeg',
      base64: data.toString('base64'),
    }
  }
  return null
}

async function shrink(bytes: Buffer, path: string): Promise<Buffer> {
  const { width, height, data } = await decodeImage(bytes, { name: path })
  const sharp = await loadSharp()
  return await sharp(data, { raw: { width, height, channels: 3 } })
    .resize({ width: 1400, withoutEnlargement: true })
    .jpeg({ quality: 82 })
    .toBuffer()
}
