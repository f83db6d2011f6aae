import type {planEnglish} from '../english/plan.js'

export const planChinese: Readonly<Record<keyof typeof planEnglish, string>> = {
  'plan.moveReplica': '把分区 {partition} 的副本从节点 {from} 移到节点 {to}',
  'plan.addReplica': '在节点 {node} 上为分区 {partition} 增加副本',
  'plan.removeReplica': '从节点 {node} 移除分区 {partition} 的副本',
  'plan.transferLeader': '把分区 {partition} 的主副本交给节点 {to}',
  'plan.forgetNode': '清除故障节点 {node}',
  'plan.writeRecord': '写入 {key}',
  'plan.deleteRecord': '删除 {key}',
  'plan.blocked.noTarget': '分区 {partition}：没有服务器可以接收节点 {node} 上的副本（资源池、标签，或都已有副本）',
  'plan.blocked.noLeader': '分区 {partition}：没有主副本，成员无法变更',
  'plan.blocked.noHeir': '分区 {partition}：没有其他存活的副本可以成为主副本',
  'plan.blocked.refused': '分区 {partition}：{reason}',
  'plan.blocked.finding': '{code} {subject}：{reason}',
  'verify.replicas': '分区 {partition} 的副本应为 {replicas}，实际为 {has}',
  'verify.leader': '分区 {partition} 的主副本应在节点 {leader}，实际在 {has}',
  'verify.cured': '{subject} 仍有 {code}',
  'verify.record': '{key} 与计划写入的不同',
  'change.record': '{key} 的版本是 {now}，而不是 {was}{by}：{fields}',
  'change.new': '{key} 是新的，版本 {now}{by}',
  'change.gone': '{key} 已不存在，曾在版本 {was}{by}',
  'change.otherPlan': '若现在制定，计划会不同：{steps}',
}
