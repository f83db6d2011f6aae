/** The text of a script: `> command`, below it its output, indented by two; other lines are comments. */
export interface ScriptStep {
  /** Null for lines that are kept as they are. */
  readonly command: string | null
  readonly output: readonly string[]
}

export function parseScript(text: string): ScriptStep[] {
  const steps: {command: string | null; output: string[]}[] = []
  for (const line of text.replace(/\n$/, '').split('\n')) {
    const last = steps.at(-1)
    if (line.startsWith('> ')) steps.push({command: line.slice(2), output: []})
    else if (line.startsWith('  ') && last !== undefined && last.command !== null) last.output.push(line.slice(2))
    else steps.push({command: null, output: [line]})
  }
  return steps
}

export function printScript(steps: readonly ScriptStep[]): string {
  const lines = steps.flatMap(({command, output}) => {
    return command === null ? output : [`> ${command}`, ...output.map((line) => `  ${line}`)]
  })
  return `${lines.join('\n')}\n`
}
