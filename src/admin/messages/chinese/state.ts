import type {stateEnglish} from '../english/state.js'

export const stateChinese: Readonly<Record<keyof typeof stateEnglish, string>> = {
  'state.unreadable': '它的记录无法读取',
  'state.unreadableSpace': '它所属空间的记录无法读取',
  'state.orphan': '没有任何空间包含它',
  'state.noReplicas': '它没有副本',
  'state.lost': '没有存活的副本：{dead}',
  'state.creating': '它所属的空间正在创建',
  'state.noLeader': '没有主副本',
  'state.leaderDead': '主副本所在的节点 {leader} 不在线',
  'state.unregistered': '它没有自己的记录',
  'state.otherLeader': '记录的主副本在节点 {recorded}，实际在节点 {elected}',
  'state.foreignLeader': '主副本所在的节点 {leader} 不在副本列表 {replicas} 中',
  'state.otherReplicas': '空间记录为 {space}，分区记录为 {record}，raft 为 {raft}',
  'state.absent': '节点 {node} 应当持有它，却没有',
  'state.dead': '不在线的节点：{dead}',
  'state.silent': '没有应答的节点：{nodes}',
  'state.invalid': '节点 {node} 无法提供服务：{error}',
  'state.behind': '尚未就绪的节点：{nodes}',
  'state.lag': '节点 {node} 落后 {lag} 条日志',
}
