/**
 * All that help, completion and the reference say of the commands. The build writes it down (`bin/manifest.js`); what every command has
 * stands in it once, for a shell reads it at every Tab.
 */
export interface ManifestParameter {
  readonly name: string
  readonly description?: string
  readonly options?: readonly string[]
  readonly default?: unknown
  readonly required?: boolean
  readonly multiple?: boolean
  readonly hidden?: boolean
}

export interface ManifestFlag extends ManifestParameter {
  readonly char?: string
  readonly type: 'boolean' | 'option'
  /** Of the flags that every command has. */
  readonly helpGroup?: string
  readonly helpValue?: string
  readonly env?: string
  /** Whether `--no-` before its name turns it off. */
  readonly allowNo?: boolean
}

export interface ManifestCommand {
  /** `partitions:list`. */
  readonly id: string
  readonly summary?: string
  readonly description?: string
  readonly examples?: readonly string[]
  /** Other ids of it. */
  readonly aliases?: readonly string[]
  readonly hidden?: boolean
  /** Whether it refuses more words than it has arguments. */
  readonly strict?: boolean
  readonly flags: Readonly<Record<string, ManifestFlag>>
  readonly args: Readonly<Record<string, ManifestParameter>>
}

export interface Manifest {
  /** Of every command, unless it has one of that name itself. */
  readonly flags: ManifestCommand['flags']
  /** With the flags that are theirs alone. */
  readonly commands: Readonly<Record<string, ManifestCommand>>
}

/** As a line has them: `[ROLE...]`. */
export function argumentNames({args, strict}: ManifestCommand): string[] {
  const all = Object.values(args)
  return all.map(({name, required, multiple}, at) => {
    const isMany = multiple === true || (strict === false && at === all.length - 1)
    const word = `${name.toUpperCase()}${isMany ? '...' : ''}`
    return required === true ? word : `[${word}]`
  })
}

/** With all of its flags. */
export function wholeCommand(command: ManifestCommand, {flags}: Manifest): ManifestCommand {
  return {...command, flags: {...flags, ...command.flags}}
}
