import type {healthEnglish} from '../english/health.js'

export const healthChinese: Readonly<Record<keyof typeof healthEnglish, string>> = {
  'health.unheard': '无法询问任何服务器：运行情况未知',
  'health.partitions': '{count} 个分区处于 {state}：{examples}',
  'health.unwritable': '{count} 个分区不可写：{examples}',
  'health.unreadable': '{count} 个分区不可读：{examples}',
  'health.node': '节点 {node} 处于 {state}',
  'health.master': '{master} 没有应答：{detail}',
  'health.store': '元数据存储没有告知状态：{detail}',
  'health.records': '{count} 条记录无法读取：{examples}',
}
