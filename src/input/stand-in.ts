/** Files that stand where another was meant to be: what a clone or a download left in its place. */
import { InputError } from './input-error.ts'

interface StandIn {
  readonly begins: RegExp
  readonly what: string
  readonly advice: string
  /** A file by itself: the others of its folder may be sound. */
  readonly isSingle: boolean
}

const STAND_INS: readonly StandIn[] = [
  {
    begins: /^version https:\/\/(?:git-lfs|hawser)\.github\.com\/spec\//,
    what: 'is a pointer of Git LFS, not the file that it stands for',
    advice: 'Run `git lfs install`, then `git lfs pull`.',
    isSingle: false,
  },
  {
    begins: /^\/annex\/objects\//,
    what: 'is a pointer of git-annex, not the file that it stands for',
    advice: 'Run `git annex get` on it.',
    isSingle: false,
  },
  {
    begins: /^\s*<(?:!doctype\s+html|html)\b/i,
    what: 'is a page of a web site (HTML), as a download leaves that was answered with a login or an error',
    advice: 'Open its address in a browser, and download the file itself.',
    isSingle: true,
  },
  {
    begins: /^\s*<\?xml[^>]*\?>\s*<Error>/,
    what: 'is the error of a storage service (XML), as a download leaves whose address is wrong or has expired',
    advice: 'Download it again from a new address.',
    isSingle: true,
  },
]

/** Bytes that decide. */
const HEAD = 256

/**
 * @param SingleError what is thrown for a file that stands in alone
 * @throws InputError for a file that is not what its name says, with what it is.
 */
export function refuseStandIn(
  content: Uint8Array | string,
  path: string,
  SingleError: typeof InputError = InputError,
): void {
  const head =
    typeof content === 'string'
      ? content.slice(0, HEAD)
      : Buffer.from(content.subarray(0, HEAD)).toString('latin1')
  const text = head.replace(/^(?:\uFEFF|\xEF\xBB\xBF)/, '')
  const found = STAND_INS.find(({ begins }) => begins.test(text))
  if (found === undefined) return
  const { what, advice, isSingle } = found
  throw new (isSingle ? SingleError : InputError)(what, path, advice)
}
