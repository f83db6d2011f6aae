/**
 * What one key of the file may hold. A row of `schema.ts` is one of these.
 */
export type RoleName = 'master' | 'ps' | 'router'

export interface Key<T> {
  /** What is expected, in words: the end of "must be …". */
  readonly expects: string
  /** The value of a file that does not have the key; `undefined` where the file must have it. */
  readonly fallback: T | undefined
  /** What it means, and where its default comes from. */
  readonly note: string
  readonly usedBy: readonly RoleName[]
  readonly isPort: boolean
  readonly isSecret: boolean
  /** What stands for it while the rest of a faulty file is checked, where there is no default. */
  readonly standIn: T
  /** The value as it is in force; null if it is not what is expected. */
  read(value: unknown): {readonly value: T} | null
}

interface Basics<T> {
  readonly fallback: T | undefined
  readonly note: string
  readonly usedBy?: readonly RoleName[]
}

export const everyRole: readonly RoleName[] = ['master', 'ps', 'router']

function key<T>(basics: Basics<T>, expects: string, standIn: T, read: Key<T>['read']): Key<T> {
  const {fallback, note, usedBy = everyRole} = basics
  return {expects, fallback, note, usedBy, isPort: false, isSecret: false, standIn, read}
}

export function text(basics: Basics<string>, bounds: {readonly pattern?: RegExp; readonly expects?: string} = {}) {
  const {pattern = /^/, expects = 'a string'} = bounds
  return key(basics, expects, '', (value) => (typeof value === 'string' && pattern.test(value) ? {value} : null))
}

/** A string that no command prints. */
export function secret(basics: Basics<string>): Key<string> {
  return {...text(basics), isSecret: true}
}

export function texts(basics: Basics<readonly string[]>, {countMin = 0}: {readonly countMin?: number} = {}) {
  const expects = countMin > 0 ? 'a list of strings, at least one and none of them empty' : 'a list of strings'
  const isText = (value: unknown) => typeof value === 'string' && (countMin === 0 || value !== '')
  return key<readonly string[]>(basics, expects, [], (value) =>
    Array.isArray(value) && value.length >= countMin && value.every(isText) ? {value} : null,
  )
}

export function flag(basics: Basics<boolean>): Key<boolean> {
  return key(basics, 'true or false', false, (value) => (typeof value === 'boolean' ? {value} : null))
}

interface Bounds {
  readonly min: number
  readonly max?: number
  /** Vearch takes zero and less for "not set". */
  readonly zeroIsDefault?: boolean
}

export function integer(basics: Basics<number>, {min, max = Number.MAX_SAFE_INTEGER, zeroIsDefault = false}: Bounds) {
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`
  return key(basics, `an integer ${range}${zeroIsDefault ? ' (0 or less: the default)' : ''}`, min, (value) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return null
    if (zeroIsDefault && value <= 0 && basics.fallback !== undefined) return {value: basics.fallback}
    return value >= min && value <= max ? {value} : null
  })
}

export function port(basics: Basics<number>): Key<number> {
  return {...integer(basics, {min: 1, max: 65_535}), expects: 'a port from 1 to 65535', isPort: true}
}

/** A port that may be 0: the listener stays off. */
export function optionalPort(basics: Omit<Basics<number>, 'fallback'>): Key<number> {
  const bounded = integer({...basics, fallback: 0}, {min: 0, max: 65_535})
  return {...bounded, expects: 'a port from 1 to 65535, or 0 for none', isPort: true}
}

export function ratio(basics: Basics<number>): Key<number> {
  return key(basics, 'a number above 0 and up to 1', 1, (value) =>
    typeof value === 'number' && value > 0 && value <= 1 ? {value} : null,
  )
}

export function number(basics: Basics<number>): Key<number> {
  return key(basics, 'a number', 0, (value) => (typeof value === 'number' && Number.isFinite(value) ? {value} : null))
}

/** One of a few values; `spell` maps what a file may write to them. */
export function choice<T extends string | number>(
  basics: Basics<T>,
  values: readonly [T, ...T[]],
  spell: (value: unknown) => unknown = (value) => value,
): Key<T> {
  return key(basics, `one of ${values.join(', ')}`, values[0], (value) => {
    const found = values.find((candidate) => candidate === spell(value))
    return found === undefined ? null : {value: found}
  })
}
