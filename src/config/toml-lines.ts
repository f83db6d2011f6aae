/**
 * Where everything in a TOML text is: the parser that reads the values does not keep positions.
 *
 * Expects a text that the parser has accepted. Paths are in lower case, because keys match in any case, with the index
 * of each element: `masters[1].api_port`.
 */
export function tomlLines(text: string): ReadonlyMap<string, number> {
  return scanned(text).lines
}

export interface TomlSpan {
  readonly start: number
  /** The first character after it. */
  readonly end: number
}

export interface TomlPlaces {
  /** Of the value of each key. */
  readonly values: ReadonlyMap<string, TomlSpan>
  /** Of the header of each table. */
  readonly headers: ReadonlyMap<string, TomlSpan>
}

export function tomlPlaces(text: string): TomlPlaces {
  return scanned(text)
}

function scanned(text: string): Scanner {
  const scan = new Scanner(text)
  scan.document()
  return scan
}

class Scanner {
  readonly lines = new Map<string, number>()
  readonly values = new Map<string, TomlSpan>()
  readonly headers = new Map<string, TomlSpan>()
  /** How many elements each array of tables has so far. */
  readonly #counts = new Map<string, number>()
  #position = 0
  #line = 1

  constructor(readonly text: string) {}

  document(): void {
    let section = ''
    for (this.#blank(); !this.#atEnd(); this.#blank()) {
      if (this.#at('[')) section = this.#header()
      else this.#pair(section)
    }
  }

  #header(): string {
    const line = this.#line
    const start = this.#position
    const isArray = this.text.startsWith('[[', this.#position)
    this.#skip(isArray ? 2 : 1)
    const parts = this.#keyParts()
    this.#skip(isArray ? 2 : 1)
    const last = parts.pop() ?? ''
    let path = parts.reduce((parent, part) => this.#current(join(parent, part)), '')
    path = join(path, last)
    if (isArray) {
      this.#counts.set(path, (this.#counts.get(path) ?? 0) + 1)
      path = this.#current(path)
    }
    this.#record(path, line)
    this.headers.set(path, {start, end: this.#position})
    return path
  }

  /** A path that names an array of tables means its last element. */
  #current(path: string): string {
    const count = this.#counts.get(path)
    return count === undefined ? path : `${path}[${count - 1}]`
  }

  #pair(section: string): void {
    const line = this.#line
    const path = this.#keyParts().reduce((parent, part) => {
      const child = join(parent, part)
      this.#record(child, line)
      return child
    }, section)
    this.#skip(1) // =
    this.#value(path)
  }

  /** Stops at the `=` or `]` that ends a key. */
  #keyParts(): string[] {
    const parts: string[] = []
    do {
      if (this.#at('.')) this.#skip(1)
      this.#blank()
      parts.push((this.#at('"') || this.#at("'") ? this.#string() : this.#until(/[\s.=\]]/)).toLowerCase())
      this.#blank()
    } while (this.#at('.'))
    return parts
  }

  #value(path: string): void {
    this.#blank()
    const start = this.#position
    if (this.#at('"') || this.#at("'")) this.#string()
    else if (this.#at('[')) this.#list(']', (index) => this.#value(`${path}[${index}]`))
    else if (this.#at('{')) this.#list('}', () => this.#pair(path))
    else this.#until(/[,\]}\n#]/)
    this.values.set(path, {start, end: start + this.text.slice(start, this.#position).trimEnd().length})
  }

  #list(close: string, element: (index: number) => void): void {
    this.#skip(1)
    this.#blank()
    for (let index = 0; !this.#atEnd() && !this.#at(close); index++) {
      element(index)
      this.#blank()
      if (this.#at(',')) this.#skip(1)
      this.#blank()
    }
    this.#skip(1)
  }

  #string(): string {
    const mark = this.text[this.#position] ?? ''
    const isMultiline = this.text.startsWith(mark.repeat(3), this.#position)
    const close = isMultiline ? mark.repeat(3) : mark
    this.#skip(close.length)
    const start = this.#position
    while (!this.#atEnd() && !this.text.startsWith(close, this.#position)) {
      this.#skip(mark === '"' && this.#at('\\') ? 2 : 1)
    }
    const content = this.text.slice(start, this.#position)
    this.#skip(close.length)
    return content
  }

  /** Space, line ends and comments. */
  #blank(): void {
    for (;;) {
      if (this.#at('#')) this.#until(/\n/)
      else if (!this.#atEnd() && /\s/.test(this.text[this.#position] ?? '')) this.#skip(1)
      else return
    }
  }

  /** Takes at least one character, so that every loop ends. */
  #until(stop: RegExp): string {
    const start = this.#position
    do this.#skip(1)
    while (!this.#atEnd() && !stop.test(this.text[this.#position] ?? ''))
    return this.text.slice(start, this.#position)
  }

  #skip(count: number): void {
    for (let end = Math.min(this.#position + count, this.text.length); this.#position < end; this.#position++) {
      if (this.text[this.#position] === '\n') this.#line++
    }
  }

  #at(character: string): boolean {
    return this.text[this.#position] === character
  }

  #atEnd(): boolean {
    return this.#position >= this.text.length
  }

  #record(path: string, line: number): void {
    if (!this.lines.has(path)) this.lines.set(path, line)
  }
}

function join(parent: string, child: string): string {
  return parent === '' ? child : `${parent}.${child}`
}
