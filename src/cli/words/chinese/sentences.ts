/**
 * What errors and hints say, in Chinese: patterns of the English sentences, the first that fits. What fits none stays as it is, and so
 * do names, keys and commands in them.
 */
const sentences: readonly (readonly [RegExp, string])[] = [
  // the command line
  [/^missing \d+ required args?: (.+)$/, '缺少必需的参数：$1'],
  [/^missing required flag (.+)$/, '缺少必需的选项 --$1'],
  [/^unexpected arguments?: (.+)$/, '多余的参数：$1'],
  [/^nonexistent flags?: (.+)$/, '没有选项 $1'],
  [/^flag (\S+) expects a value$/, '选项 $1 需要一个值'],
  [/^expected (.+) to be one of: (.+)$/s, '$1 应为以下之一：$2'],
  [/^(.+) cannot also be provided when using (.+)$/, '$1 不能与 $2 同时使用'],
  [/^all of the following must be provided when using (\S+): (.+)$/, '使用 $1 时必须同时使用 $2'],
  [/^(\S+: )?expected an integer but received: (.*)$/, '$1应为整数，而不是 $2'],
  [
    /^(\S+: )?expected an integer greater than or equal to (\S+) but received: (.*)$/,
    '$1应为不小于 $2 的整数，而不是 $3',
  ],
  [/^(\S+: )?expected an integer less than or equal to (\S+) but received: (.*)$/, '$1应为不大于 $2 的整数，而不是 $3'],
  [/^(--\S+) (.+) is not a duration$/, '$1 $2 不是时长'],
  [/^--output (.+) is not a format$/, '--output $1 不是输出格式'],
  [/^(.+) is not an id$/, '$1 不是编号'],
  [/^(.+) (?:does not name a|is no) space$/, '$1 不是空间'],
  [/^no (file|server|router|editor) is named$/, '没有指明 $1'],
  [/^name a partition, or a server with --from$/, '请指明分区，或用 --from 指明服务器'],
  [/^write (?:it like this: )?(.+)$/, '写法：$1'],
  [/^one of (.+)$/, '以下之一：$1'],
  [/^name it as (.+)$/, '写作 $1'],

  // asking
  [/^(.+) gave no answer within (\d+) ms$/, '$1 在 $2 毫秒内没有应答'],
  [/^no answer within (\d+) ms$/, '$1 毫秒内没有应答'],
  [/^(.+) took more than (\d+) ms$/, '$1 超过了 $2 毫秒'],
  [/^after (\d+) ms still not: nobody has answered$/, '$1 毫秒后仍无人应答'],
  [/^after (\d+) ms still not: there is none$/, '$1 毫秒后仍然一个也没有'],
  [/^after (\d+) ms still not: (.+)$/, '$1 毫秒后仍未成立：$2'],
  [/^no (\S+) answered (\S+) (\S+): (.+)$/s, '没有 $1 应答 $2 $3：$4'],
  [/^wait longer with (.+)$/, '用 $1 等待更久'],
  [/^no password for (.+?)(?: at (.+))?, and nobody is at the terminal$/, '没有 $1 的密码，且终端无人应答'],
  [/^name a file with (.+) or (.+)$/, '用 $1 或 $2 指定文件'],
  [/^interrupted$/, '已中断'],

  // what is not there
  [/^there is no key (\S+)(.*)$/, '没有键 $1$2'],
  [/^there is no lock (\S+)(.*)$/, '没有锁 $1$2'],
  [/^there is no file (.+)$/, '没有文件 $1'],
  [/^there is no context (.+)$/, '没有上下文 $1'],
  [/^there is no check (.+)$/, '没有检查 $1'],
  [/^there is no column (.+)$/, '没有列 $1'],
  [/^nothing is known of (.+)$/, '没有关于 $1 的解释'],
  [/^there is no revision (\d+) yet$/, '尚无修订版本 $1'],
  [/^the last one is (.+)$/, '最后一个是 $1'],
  [/^there is no (\S+) among the (\S+)(.*)$/, '$2 中没有 $1$3'],
  [/^there is no (.+)$/, '没有 $1'],
  [/^no plan (\S+) in (.+)$/, '$2 中没有计划 $1'],
  [/^no metadata of cluster (\S+)(.*)$/, '没有集群 $1 的元数据$2'],
  [/^no source names (partition|node) (\d+)$/, '没有任何来源提到 $1 $2'],
  [/^no context is in use$/, '没有正在使用的上下文'],
  [/^(VC\d+) finds nothing(?: of (.+))?$/, '$1 没有发现问题'],
  [/^cannot read (\S+): (.+)$/s, '无法读取 $1：$2'],
  [/^(.+) is neither live, @REVISION, a context nor a file$/, '$1 既不是 live、@REVISION，也不是上下文或文件'],
  [/^the journal of this machine has no change to undo$/, '本机日志中没有可撤销的更改'],
  [/^(.+) has no change (\S+)$/, '$1 中没有更改 $2'],

  // what is refused
  [/^nothing may be changed: read-only by (.+)$/, '不允许任何更改：因 $1 只读'],
  [/^see what it would do with --dry-run$/, '用 --dry-run 查看将会做什么'],
  [/^the past cannot be changed$/, '过去无法更改'],
  [/^leave out (.+) and (.+)$/, '去掉 $1 与 $2'],
  [/^changed meanwhile: (.+)$/s, '期间已被更改：$1'],
  [/^nothing was changed$/, '未作任何更改'],
  [/^nothing was changed; look again and repeat the command$/, '未作任何更改；请重新查看后再执行'],
  [/^there is a (file|context) (\S+) already$/, '$1 $2 已存在'],
  [/^name another; none is overwritten$/, '请另取名称；绝不覆盖'],
  [/^(\S+) was changed after (\S+)$/, '$1 在 $2 之后已被更改'],
  [/^node (\d+) is not alive$/, '节点 $1 不在线'],
  [/^node (\d+) is alive$/, '节点 $1 在线'],
  [/^to empty a node that is alive: (.+)$/, '清空在线的节点：$1'],
  [/^partitions (.+) still count on node (\d+)$/, '分区 $1 仍依赖节点 $2'],
  [/^move them first: (.+)$/, '先移走它们：$1'],
  [/^partition (\d+): no other replica is alive to lead it$/, '分区 $1：没有其他存活的副本可以成为主副本'],
  [/^no server may take a replica of partition (\d+)$/, '没有服务器可以接收分区 $1 的副本'],
  [/^partition (\d+) has no replica on node (\d+)$/, '分区 $1 在节点 $2 上没有副本'],
  [/^partition (\d+) has a replica on node (\d+) already$/, '分区 $1 在节点 $2 上已有副本'],
  [/^(VC\d+) has no repair that follows from the facts alone$/, '$1 的修复无法仅由事实推出'],
  [/^plan (\S+) is (.+)$/, '计划 $1 的状态为 $2'],
  [/^plan (\S+), after (\d+) of (\d+) steps: (.+)$/s, '计划 $1 在 $3 步中完成 $2 步后：$4'],
  [/^the cluster has changed since plan (\S+) was made: (.+)$/s, '计划 $1 制定之后集群已变：$2'],
  [/^cancelled after (\d+) of (\d+) steps$/, '在 $2 步中完成 $1 步后取消'],
  [/^go on with it: (.+)$/, '继续执行：$1'],
  [/^resume with: (.+)$/, '继续执行：$1'],
  [/^to do it all the same: (.+)$/, '仍要执行：$1'],
  [/^if you know better: (.+)$/, '若你更了解情况：$1'],
  [/^see what it is now: (.+)$/, '查看现状：$1'],
  [/^look again: (.+)$/, '重新查看：$1'],
  [/^what you wrote is in (.+)$/, '所写内容保存在 $1'],
  [/^(.+) holds no (plan|findings)$/, '$1 中没有 $2'],
  [/^that revision was compacted$/, '该修订版本已被压缩'],

  // captures
  [/^no capture is under way$/, '没有正在进行的采集'],
  [/^there is no capture (\S+)$/, '没有采集 $1'],
  [/^(\d+) captures are under way$/, '有 $1 个采集正在进行'],
  [/^capture (\S+) saw nothing before it was ended$/, '采集 $1 结束前什么也没有看到'],
  [/^(.+) was not made by a capture$/, '$1 不是采集所得'],
  [/^nothing was captured at (\S+)$/, '在 $1 没有采集'],
  [/^the samples are of (\S+) to (\S+)$/, '观察的时间从 $1 到 $2'],
  [/^the looks are too close, or the bundle is too large$/, '观察间隔太短，或诊断包太大'],
]

export function inChinese(sentence: string): string {
  for (const [pattern, chinese] of sentences) {
    if (pattern.test(sentence)) return sentence.replace(pattern, chinese)
  }
  return sentence
}
