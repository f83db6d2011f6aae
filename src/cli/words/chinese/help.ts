/**
 * Help in Chinese: the library's own, over translated texts. What has no translation yet stays English; a test tells which.
 */

import type {Command} from '@oclif/core/command'
import {Help} from '@oclif/core/help'
import type {Topic} from '@oclif/core/interfaces'
import {descriptions} from './descriptions.js'
import {parameters} from './parameters.js'
import {summaries, topics} from './summaries.js'

/** What the package says of itself. */
const about = '与 Vearch 兼容的分布式向量数据库，以及其运维工具。'

type Loadable = Command.Loadable

export class ChineseHelp extends Help {
  override async showCommandHelp(command: Loadable): Promise<void> {
    return super.showCommandHelp(translated(command))
  }

  protected override formatCommands(commands: Loadable[]): string {
    return super.formatCommands(commands.map(translated))
  }

  protected override formatTopics(some: Topic[]): string {
    return super.formatTopics(some.map(translatedTopic))
  }

  protected override formatTopic(topic: Topic): string {
    return super.formatTopic(translatedTopic(topic))
  }

  protected override log(...texts: string[]): void {
    const {description = about} = this.config.pjson
    super.log(...texts.map((text) => withHeaders(text).replace(description, about)))
  }
}

function translated(command: Loadable): Loadable {
  const id = command.id.replaceAll(' ', ':')
  const described = <T extends {description?: string | undefined}>(of: Readonly<Record<string, T>>) =>
    Object.fromEntries(
      Object.entries(of).map(([name, each]) => [
        name,
        {...each, description: parameters[each.description ?? ''] ?? each.description},
      ]),
    )
  return {
    ...command,
    summary: summaries[id] ?? command.summary,
    description: descriptions[id] ?? command.description,
    flags: described(command.flags),
    args: described(command.args),
  } as Loadable
}

function translatedTopic(topic: Topic): Topic {
  const description = topics[topic.name.replaceAll(':', ' ')] ?? topic.description
  return {...topic, ...(description === undefined ? {} : {description})}
}

const headers: Readonly<Record<string, string>> = {
  VERSION: '版本',
  USAGE: '用法',
  DESCRIPTION: '说明',
  TOPICS: '主题',
  COMMANDS: '命令',
  ARGUMENTS: '参数',
  FLAGS: '选项',
  'OUTPUT FLAGS': '输出选项',
  'CHANGES FLAGS': '更改选项',
  'TARGET FLAGS': '目标选项',
  ALIASES: '别名',
  EXAMPLES: '示例',
}

/** Headers stand alone on their lines, with or without their colours. */
function withHeaders(text: string): string {
  return text
    .replaceAll(/^([^A-Za-z\s]*(?:\[\d+m)?)([A-Z]+(?: FLAGS)?)(?=(?:\p{Cc}\[\d+m)*$)/gmu, (all, before, header) => {
      const known = headers[header]
      return known === undefined ? all : `${before}${known}`
    })
    .replaceAll('(required) ', '（必填）')
    .replaceAll(/<options:[ ]?/g, '<可选值：')
    .replaceAll('[default: ', '[默认：')
}
