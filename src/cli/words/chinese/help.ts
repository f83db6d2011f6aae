/** Help in Chinese: the texts of the commands, translated. */
import type {HelpWords} from '../../help/words.js'
import {descriptions} from './descriptions.js'
import {parameters} from './parameters.js'
import {summaries, topics} from './summaries.js'

const groups: Readonly<Record<string, string>> = {OUTPUT: '输出', CHANGES: '更改', TARGET: '目标'}

export const chineseHelp: HelpWords = {
  headers: {
    version: '版本',
    usage: '用法',
    topics: '主题',
    commands: '命令',
    arguments: '参数',
    description: '说明',
    aliases: '别名',
    examples: '示例',
    flags: (group) => `${group === null ? '' : (groups[group] ?? group)}选项`,
  },
  required: '（必填）',
  initially: (value) => `默认：${value}`,
  oneOf: (options) => `<可选值：${options}>`,
  about: () => '与 Vearch 兼容的分布式向量数据库，以及其运维工具。',
  topic: (name, english) => topics[name] ?? english,
  summary: ({id, summary = ''}) => summaries[id] ?? summary,
  description: ({id, description = ''}) => descriptions[id] ?? description,
  parameter: (english) => parameters[english] ?? english,
}
