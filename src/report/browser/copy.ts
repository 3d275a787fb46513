/** Buttons that copy the line beside them. */

export function listenForCopies(): void {
  document.addEventListener('click', (event) => {
    const button = (event.target as Element).closest<HTMLElement>('[data-copy]')
    const line = button?.previousElementSibling
    if (button === null || line === null || line === undefined) return
    // Chosen in any case: where the browser lets no page copy, the reader's keys do.
    getSelection()!.selectAllChildren(line)
    const say = (text: string): void => {
      button.textContent = text
    }
    const copied =
      navigator.clipboard?.writeText(line.textContent!) ?? Promise.reject(new Error('no clipboard'))
    copied.then(
      () => say('Copied'),
      () => say('Press Ctrl-C'),
    )
  })
}
