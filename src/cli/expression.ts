/**
 * The language of `--filter`, of JSONPath's filters and of the REPL's `where`: `state != "ok" && 3 in replicas`.
 *
 *     or       = and {("||" | "or") and}
 *     and      = not {("&&" | "and") not}
 *     not      = ("!" | "not") not | comparison
 *     comparison = value [("==" | "=" | "!=" | "<" | "<=" | ">" | ">=" | "=~" | "!~" | "in" | "contains") value]
 *     value    = number | "text" | 'text' | true | false | null | "[" values "]" | path | "(" or ")"
 *     path     = name {"." name | "[" number "]" | '["' name '"]'}        `length` is that of a list or text
 *
 * Nothing is executed but these: names are looked up among an object's own fields. A text that is a number compares as one,
 * because ids and 64-bit integers are often texts; what is missing is null, which equals only itself.
 */
import {CodedError} from '../errors/coded-error.js'

export type Expression =
  | {readonly type: 'literal'; readonly value: string | number | bigint | boolean | null}
  | {readonly type: 'path'; readonly steps: readonly (string | number)[]}
  | {readonly type: 'list'; readonly items: readonly Expression[]}
  | {readonly type: 'not'; readonly of: Expression}
  | {readonly type: 'and' | 'or'; readonly left: Expression; readonly right: Expression}
  | {readonly type: 'compare'; readonly operator: Operator; readonly left: Expression; readonly right: Expression}

type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=' | '=~' | '!~' | 'in' | 'contains'

interface Token {
  readonly type: 'number' | 'text' | 'name' | 'sign' | 'end'
  readonly text: string
  readonly at: number
}

const nestingMax = 64
const operators: ReadonlyMap<string, Operator> = new Map(
  (['==', '!=', '<', '<=', '>', '>=', '=~', '!~', 'in', 'contains'] as const).map((operator) => [operator, operator]),
)
const tokenPattern =
  /\s*(?:(?<number>-?\d+(?:\.\d+)?(?![\w.-]))|(?<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<name>[\p{L}_@$][\p{L}\p{N}_-]*)|(?<sign>==|!=|<=|>=|=~|!~|&&|\|\||[<>=!()[\].,]))/uy

/** Errors: USAGE, with the place of what is wrong. */
export function parseExpression(text: string): Expression {
  const parser = new Parser(text)
  const expression = parser.or(0)
  parser.end()
  return expression
}

/** What the expression asks a row for. */
export function rootNames(expression: Expression): Set<string> {
  switch (expression.type) {
    case 'literal':
      return new Set()
    case 'path':
      return new Set(expression.steps.slice(0, 1).map(String))
    case 'list':
      return new Set(expression.items.flatMap((item) => [...rootNames(item)]))
    case 'not':
      return rootNames(expression.of)
    default:
      return new Set([...rootNames(expression.left), ...rootNames(expression.right)])
  }
}

/** `lookUp` answers undefined or null for what is not there. */
export function evaluate(expression: Expression, lookUp: (name: string) => unknown): unknown {
  switch (expression.type) {
    case 'literal':
      return expression.value
    case 'path': {
      const [root = '', ...steps] = expression.steps
      return steps.reduce(stepInto, lookUp(String(root))) ?? null
    }
    case 'list':
      return expression.items.map((item) => evaluate(item, lookUp))
    case 'not':
      return !isTrue(evaluate(expression.of, lookUp))
    case 'and':
      return isTrue(evaluate(expression.left, lookUp)) && isTrue(evaluate(expression.right, lookUp))
    case 'or':
      return isTrue(evaluate(expression.left, lookUp)) || isTrue(evaluate(expression.right, lookUp))
    case 'compare':
      return holds(expression.operator, evaluate(expression.left, lookUp), evaluate(expression.right, lookUp))
  }
}

/** Nothing, false, 0 and what is empty are not. */
export function isTrue(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value)
}

function stepInto(value: unknown, step: string | number): unknown {
  if (typeof step === 'number') return Array.isArray(value) ? value.at(step) : undefined
  if (step === 'length' && (Array.isArray(value) || typeof value === 'string')) return value.length
  return typeof value === 'object' && value !== null && Object.hasOwn(value, step)
    ? Reflect.get(value, step)
    : undefined
}

function holds(operator: Operator, left: unknown, right: unknown): boolean {
  switch (operator) {
    case '==':
      return equal(left, right)
    case '!=':
      return !equal(left, right)
    case 'in':
      return contains(right, left)
    case 'contains':
      return contains(left, right)
    case '=~':
      return matches(left, right)
    case '!~':
      return !matches(left, right)
    default:
      return inOrder(operator, left, right)
  }
}

function equal(left: unknown, right: unknown): boolean {
  if (left === null || right === null || left === undefined || right === undefined)
    return (left ?? null) === (right ?? null)
  const numbers = bothNumbers(left, right)
  if (numbers !== null) return !(numbers[0] < numbers[1] || numbers[0] > numbers[1])
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, at) => equal(item, right[at]))
  }
  return left === right
}

function inOrder(operator: '<' | '<=' | '>' | '>=', left: unknown, right: unknown): boolean {
  const [a, b] = bothNumbers(left, right) ?? [left, right]
  const comparable = (typeof a === 'string' && typeof b === 'string') || (isNumber(a) && isNumber(b))
  if (!comparable) return false
  if (operator === '<') return a < b
  if (operator === '<=') return a <= b
  return operator === '>' ? a > b : a >= b
}

/** Both as numbers, if one is a number and the other can be read as one. */
function bothNumbers(left: unknown, right: unknown): [number | bigint, number | bigint] | null {
  if (!isNumber(left) && !isNumber(right)) return null
  const [a, b] = [numberIn(left), numberIn(right)]
  return a === null || b === null ? null : [a, b]
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

function numberIn(value: unknown): number | bigint | null {
  if (isNumber(value)) return value
  if (typeof value !== 'string' || !/^-?\d+(\.\d+)?$/.test(value)) return null
  return numberOf(value)
}

/** A bigint where a double would round an integer. */
function numberOf(digits: string): number | bigint {
  const value = Number(digits)
  return digits.includes('.') || Number.isSafeInteger(value) ? value : BigInt(digits)
}

function contains(whole: unknown, part: unknown): boolean {
  if (Array.isArray(whole)) return whole.some((item) => equal(item, part))
  return typeof whole === 'string' && typeof part === 'string' && whole.includes(part)
}

function matches(value: unknown, pattern: unknown): boolean {
  try {
    return value !== null && value !== undefined && new RegExp(String(pattern), 'u').test(String(value))
  } catch (thrown) {
    throw new CodedError('USAGE', (thrown as Error).message)
  }
}

class Parser {
  #token: Token
  #next = 0

  constructor(private readonly text: string) {
    this.#token = this.#read()
  }

  or(depth: number): Expression {
    let left = this.#and(depth)
    while (this.#take('||', 'or')) left = {type: 'or', left, right: this.#and(depth)}
    return left
  }

  end(): void {
    if (this.#token.type !== 'end') throw this.#unexpected('an operator')
  }

  #and(depth: number): Expression {
    let left = this.#not(depth)
    while (this.#take('&&', 'and')) left = {type: 'and', left, right: this.#not(depth)}
    return left
  }

  #not(depth: number): Expression {
    if (depth > nestingMax) throw this.#unexpected(`no more than ${nestingMax} levels`)
    if (this.#take('!', 'not')) return {type: 'not', of: this.#not(depth + 1)}
    const left = this.#value(depth)
    const operator =
      this.#token.type === 'text' ? undefined : operators.get(this.#token.text === '=' ? '==' : this.#token.text)
    if (operator === undefined) return left
    this.#advance()
    return {type: 'compare', operator, left, right: this.#value(depth)}
  }

  #value(depth: number): Expression {
    const {type, text} = this.#token
    if (type === 'number') return this.#literal(numberOf(text))
    if (type === 'text') return this.#literal(unquoted(text))
    if (type === 'name') return this.#named(text)
    if (this.#take('(')) {
      const inner = this.or(depth + 1)
      this.#expect(')')
      return inner
    }
    if (this.#take('[')) return {type: 'list', items: this.#items(depth)}
    throw this.#unexpected('a value')
  }

  #literal(value: string | number | bigint | boolean | null): Expression {
    this.#advance()
    return {type: 'literal', value}
  }

  #named(name: string): Expression {
    if (name === 'true' || name === 'false') return this.#literal(name === 'true')
    if (name === 'null') return this.#literal(null)
    this.#advance()
    const steps: (string | number)[] = [name]
    for (;;) {
      if (this.#take('.')) {
        if (this.#token.type !== 'name') throw this.#unexpected('a name')
        steps.push(this.#token.text)
        this.#advance()
      } else if (this.#take('[')) {
        const {type, text} = this.#token
        if (type !== 'number' && type !== 'text') throw this.#unexpected('a position')
        steps.push(type === 'number' ? Number(text) : unquoted(text))
        this.#advance()
        this.#expect(']')
      } else {
        return {type: 'path', steps}
      }
    }
  }

  #items(depth: number): Expression[] {
    const items: Expression[] = []
    if (this.#take(']')) return items
    do items.push(this.#value(depth + 1))
    while (this.#take(','))
    this.#expect(']')
    return items
  }

  #take(...texts: string[]): boolean {
    if (this.#token.type === 'text' || !texts.includes(this.#token.text)) return false
    this.#advance()
    return true
  }

  #expect(sign: string): void {
    if (!this.#take(sign)) throw this.#unexpected(sign)
  }

  #advance(): void {
    this.#token = this.#read()
  }

  #read(): Token {
    tokenPattern.lastIndex = this.#next
    const match = tokenPattern.exec(this.text)
    if (match === null) {
      const at = this.#next + (/^\s*/.exec(this.text.slice(this.#next))?.[0].length ?? 0)
      if (at < this.text.length) throw this.#wrong(at, `${this.text[at]} has no meaning here`)
      return {type: 'end', text: '', at}
    }
    this.#next = tokenPattern.lastIndex
    const [type, text] = Object.entries(match.groups ?? {}).find(([, found]) => found !== undefined) ?? ['sign', '']
    return {type: type as Token['type'], text, at: this.#next - text.length}
  }

  #unexpected(wanted: string): CodedError {
    const {type, text, at} = this.#token
    return this.#wrong(at, `expected ${wanted}, not ${type === 'end' ? 'the end' : text}`)
  }

  #wrong(at: number, reason: string): CodedError {
    return new CodedError('USAGE', `${this.text}: ${reason} (at character ${at + 1})`, {
      hint: `write it like this: state != "ok" && 3 in replicas`,
    })
  }
}

function unquoted(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/gu, '$1')
}
