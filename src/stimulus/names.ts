/** Names of stimuli: what they hold, and what ran before. */

export const AGAIN = 'again'
export const afterName = (other: string): string => `after ${other}`
export const resetName = (count: number): string => `reset ${count}`

/** `model.0 [corners]`: the step of a stimulus. */
export const stimulusName = (layer: string, stimulus: string): string => `${layer} [${stimulus}]`

/** Whether something ran before the stimulus of this step, which may have left something. */
export const ranBehind = (step: string): boolean => /\[(?:.*, )?(?:again|after .*|reset \d+)\]$/.test(step)
