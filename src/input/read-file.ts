/** This file reads whole files of the user. It refuses pipes, devices and files larger than memory before it reads a byte. */
import { constants } from 'node:buffer'
import { readFileSync, type Stats, statSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { InputError } from './input-error.ts'
import { refuseStandIn } from './stand-in.ts'
import { explainSystemError } from './system-error.ts'

/** The most bytes that Node reads at once, and the longest text that it can hold. */
const MOST_BYTES = 2 ** 31 - 1
const MOST_TEXT = constants.MAX_STRING_LENGTH

/** @throws InputError if the file cannot be read or stands in for another, SystemError if the system fails. */
export async function readWholeFile(
  path: string,
  advice: string,
  refuse: (bytes: Uint8Array, path: string) => void = refuseStandIn,
): Promise<Uint8Array> {
  try {
    checkFile(await stat(path), path, MOST_BYTES)
    const bytes = await readFile(path)
    refuse(bytes, path)
    return bytes
  } catch (error) {
    return explainSystemError(error, path, advice)
  }
}

/** Reads a file as `readWholeFile` does, and returns text. @param mostBytes a larger file is refused unread */
export async function readWholeText(path: string, advice: string, mostBytes = MOST_TEXT): Promise<string> {
  try {
    checkFile(await stat(path), path, mostBytes)
    return toText(await readFile(path, 'utf8'), path)
  } catch (error) {
    return explainSystemError(error, path, advice)
  }
}

/** Reads a text as `readWholeText` does, synchronously. */
export function readWholeTextNow(path: string, advice: string, mostBytes = MOST_TEXT): string {
  try {
    checkFile(statSync(path), path, mostBytes)
    return toText(readFileSync(path, 'utf8'), path)
  } catch (error) {
    return explainSystemError(error, path, advice)
  }
}

/** Tools of Windows begin a text with a byte order mark, which is no part of it. */
function toText(content: string, path: string): string {
  refuseStandIn(content, path)
  return content.replace(/^\uFEFF/, '')
}

/** Checks files before a tool reports them in its own words, or waits for a pipe. @throws InputError if one cannot be read. */
export function checkFiles(paths: readonly string[], advice: string): void {
  for (const path of paths) {
    try {
      const info = statSync(path)
      if (info.isDirectory()) throw new InputError('is a folder, expected a file', path, advice)
      checkFile(info, path)
    } catch (error) {
      explainSystemError(error, path, advice)
    }
  }
}

/** Refuses pipes, devices and large files. A folder passes, because reading it gives its own error. */
export function checkFile(info: Stats, path: string, mostBytes = MOST_BYTES): void {
  if (!info.isFile() && !info.isDirectory())
    throw new InputError('is a pipe or a device, expected a file', path, 'Copy its content to a file first.')
  if (info.size > mostBytes)
    throw new InputError(
      `has ${info.size} bytes, more than the ${mostBytes} that can be read`,
      path,
      'Check that it is the right file.',
    )
}
