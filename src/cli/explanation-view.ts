import type {Explanation} from '../admin/explain.js'
import type {View} from './view.js'

export const explanationView: View<Explanation> = {
  name: ({word}) => word,
  columns: {
    word: {get: ({word}) => word},
    of: {get: ({of}) => of},
    means: {get: ({means}) => means},
    more: {get: ({more}) => more, wide: true},
    next: {get: ({next}) => next, wide: true},
  },
}

/** A paragraph for each. */
export function explanationText(explanations: readonly Explanation[]): string {
  return explanations
    .map(({word, of, means, more, next}) =>
      [`${word} (${of})`, ...[means, more, next].flatMap((line) => (line === null ? [] : [`  ${line}`])), ''].join(
        '\n',
      ),
    )
    .join('\n')
}
