import {expect, test} from 'vitest'
import {nameFault} from '../../src/entity/names.js'

test.each(['a', 'ts_db', 'A1', 'a.b', 'a=b', 'a,b', 'a@b', 'a#b', 'é', '数据库', 'a_', 'a$', 'x'.repeat(512)])(
  '%j is a name',
  (name) => expect(nameFault('db', name)).toBeNull(),
)

test.each([
  ['', 'db name can not set empty string'],
  ['1a', 'db name : 1a can not start with num'],
  ['٣a', 'can not start with num'],
  ['Ⅷ', 'can not start with num'],
  ['_a', 'db name : _a can not start with _'],
  ['x'.repeat(513), 'longer than 512'],
  ['\ud800', 'can not has char'],
  ...[...'\t\n\v\f\r \u0085\u00A0\\+-!*/():^[]"{}~%&\'<>?'].map((bad): [string, string] => [
    `a${bad}b`,
    'can not has char',
  ]),
])('%j is none', (name, text) => expect(nameFault('db', name)).toContain(text))
