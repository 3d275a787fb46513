/**
 * A file as it is called. Verilator 5.006 cuts a name at its first space where it says a place: of the files that a model is made
 * from the one that begins so is meant, if there is only one.
 */
export function wholePath(said: string, files: readonly string[]): string {
  if (files.includes(said)) return said
  const meant = files.filter((path) => path.startsWith(`${said} `))
  return meant.length === 1 ? meant[0]! : said
}
