/** Files that stand where another was meant to be: what a clone or a download left in its place. */
import { InputError } from './input-error.ts'

interface StandIn {
  readonly begins: RegExp
  readonly what: string
  readonly advice: string
}

const STAND_INS: readonly StandIn[] = [
  {
    begins: /^version https:\/\/(?:git-lfs|hawser)\.github\.com\/spec\//,
    what: 'is a pointer of Git LFS, not the file that it stands for',
    advice: 'Run `git lfs install`, then `git lfs pull`.',
  },
  {
    begins: /^\/annex\/objects\//,
    what: 'is a pointer of git-annex, not the file that it stands for',
    advice: 'Run `git annex get` on it.',
  },
  {
    begins: /^\s*<(?:!doctype\s+html|html)\b/i,
    what: 'is a page of a web site (HTML), as a download leaves that was answered with a login or an error',
    advice: 'Open its address in a browser, and download the file itself.',
  },
  {
    begins: /^\s*<\?xml[^>]*\?>\s*<Error>/,
    what: 'is the error of a storage service (XML), as a download leaves whose address is wrong or has expired',
    advice: 'Download it again from a new address.',
  },
]

/** Bytes that decide. */
const HEAD = 256

/** @throws InputError for a file that is not what its name says, with what it is. */
export function refuseStandIn(content: Uint8Array | string, path: string): void {
  const head =
    typeof content === 'string'
      ? content.slice(0, HEAD)
      : Buffer.from(content.subarray(0, HEAD)).toString('latin1')
  const found = STAND_INS.find(({ begins }) => begins.test(head.replace(/^(?:\uFEFF|\xEF\xBB\xBF)/, '')))
  if (found !== undefined) throw new InputError(found.what, path, found.advice)
}
