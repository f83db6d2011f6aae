import type {placementEnglish} from '../english/placement.js'

export const placementChinese: Readonly<Record<keyof typeof placementEnglish, string>> = {
  'placement.title': '{space} 的分区 {id} 为什么在这里',
  'placement.router': '没有专门服务于它的 router：每个 router 都监视元数据，写入找主副本，读取找任一就绪的副本',
  'placement.routers': '当前在线的 router：{routers}',
  'placement.created':
    '空间 {space} 要求 {partitions} 个分区各有 {replicas} 个副本，资源池 {pool}；master 选择了节点 {nodes}，第一个预定为主副本',
  'placement.rule': '在资源池 {pool} 的非专用服务器中取副本最少的，不会有两个具有相同的 {apart}',
  'placement.rule.reserved': '在资源池 {pool} 中数据库指定的服务器 {ips} 里取副本最少的，不会有两个具有相同的 {apart}',
  'placement.replica.eligible': '节点 {node}（{address}）可以持有它：资源池 {pool}，现有 {load} 个副本',
  'placement.replica.moved':
    '今天不会选择节点 {node}（资源池 {pool}，专用 {isPrivate}）：副本是后来移过去的，或其设置后来改变了',
  'placement.replica.cordoned': '节点 {node} 已被封锁：保留现有副本，不再接收新副本',
  'placement.replica.gone': '节点 {node} 不在线；在有人移动副本之前它仍占着位置',
  'placement.leader': '主副本由选举落在节点 {leader}，任期 {term}；它自己向 master 注册为主副本',
  'placement.leader.preferred': '主副本在节点 {leader}，与放置时的预定一致，任期 {term}',
  'placement.start':
    '服务器启动时向 master 询问自己有哪些分区；答案是副本列表中有其编号的所有分区，所以副本跟随编号而不是地址',
}
