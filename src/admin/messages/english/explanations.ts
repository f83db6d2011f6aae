/** `doctor explain`: what it is, what follows from it, what to do. */
export const explanationsEnglish = {
  'VC101.explain':
    'Without a leader nothing can be written, and reads see what was there. A leader needs a majority of the replicas alive and able to reach each other. Bring the missing servers back first: that loses nothing. `vearchctl why partition ID` says which and why.',
  'VC102.explain':
    'Routers send writes to the recorded leader. If another one leads, or a node that has no replica is recorded, each write costs a detour or fails. The leader registers itself again when asked.',
  'VC103.explain':
    'The space asks for more copies than are alive: the next loss may cost availability or data. Bring the servers back, or rebuild their replicas elsewhere with `vearchctl node recover`.',
  'VC104.explain':
    'Four places say who has a replica: the space’s record (placement), the partition’s own record (routing), the raft group (truth) and the servers (data). A membership change that stopped half-way leaves them different. Raft’s membership is what counts; the others are brought in line with it.',
  'VC105.explain':
    'Routers find a partition by its own record. Without it they answer partition_not_exist although the data is there. Do not create the space anew: let the leader register, or write the record again from the space’s.',
  'VC106.explain':
    'Nothing routes to it, and Vearch’s clean_task deletes such a record. If the space was deleted, that is right; if the space’s record was lost, restore it from a backup first.',
  'VC107.explain':
    'Vearch’s clean_task deletes a space whose database has no body. Write the body again: id and name are in the two indexes or in a backup.',
  'VC108.explain':
    'A database has three keys: its name by id, its id by name, and its body. They are written together; where they differ a write was cut short or somebody edited them. The body counts.',
  'VC109.explain':
    'Vearch’s clean_task deletes the data of partitions without a record, at once and on every server. If the data is wanted, write the record again (VC105) before anybody runs it.',
  'VC110.explain':
    'A Vearch server that starts wipes the directory of every partition whose record does not name it. If the record is wrong, the data goes. Put the record right, or move the directory aside, before the server is restarted.',
  'VC111.explain':
    'A fail record makes recovery act on a server that needs none. It goes with `vearchctl node forget`.',
  'VC112.explain':
    'Two servers with one id, or one address under two ids: copies of a data directory, or a container that got another’s address. Raft assumes that an id is one server; two of them can both vote. Stop one at once.',
  'VC113.explain':
    'Vearch identifies servers by address in several places (registration, recovery). A server that came back elsewhere may be refused while its old lease lives, and a newcomer at an old address may be mistaken for the failed one. Address nodes by id.',
  'VC114.explain':
    'The next id that is given out is in use. A new partition would meet the data directory of an old one. Raise the sequence; it only goes up.',
  'VC115.explain':
    'Whoever waits for the lock waits for ever, or until somebody deletes it. Locks that a living process holds are not listed here and must stay.',
  'VC116.explain': 'Requests through the alias fail. Vearch keeps aliases when it deletes a space.',
  'VC117.explain':
    'The directory was copied or mounted from elsewhere. A server started on it would refuse, or worse: join under another’s id. Mount the right one.',
  'VC118.explain':
    'A document belongs to the last partition that begins at or below its slot. If the order is wrong, some documents are looked for where they are not. Restore the space’s record from a backup.',
  'VC119.explain':
    'A replica that far behind does not serve reads, and does not count when the leader fails. It may be rebuilding, starved of disk or network, or stuck: look at it over a minute.',
  'VC120.explain':
    'At the same applied entry replicas must be equal. If they are not, one has lost or invented something (a corrupt disk, a copied directory). Verify deeply, keep the leader’s, rebuild the other.',
  'VC121.explain':
    'The configured strategy keeps replicas on different hosts, racks or zones; here a single failure takes several. Move one.',
  'VC122.explain':
    'Servers with many more replicas or leaders than others are the bottleneck, and their loss hurts most. Nothing moves by itself in Vearch: rebalance.',
  'VC123.explain':
    'Beyond resource_limit_rate partitions refuse writes until space is free. Delete, move partitions away, or add disks before it is reached.',
  'VC124.explain': 'Without an index a search reads every vector; a failed one stays failed until it is rebuilt.',
  'VC125.explain':
    'etcd keeps history until it is compacted and space until it is defragmented. At its quota it raises an alarm and refuses every write: no failover, no new space.',
  'VC126.explain':
    'Each master announces itself under /member/. Routers and servers take their list of masters from there: one too many is asked in vain, one too few never.',
  'VC127.explain':
    'Vearch orders registrations and recovery by wall clocks. With clocks apart, the older news can win. Run NTP everywhere, here as well.',
  'VC128.explain': 'Mixed versions are fine while an upgrade is under way and a risk when it is forgotten.',
  'VC129.explain':
    'Vearch drops keys that it does not know without a word: a mistyped or outdated setting simply does not count. The shipped files contain some.',
  'VC130.explain':
    'Vearch’s own files have signkey "secret", which is root’s password, and its masters register any server that asks. Set a signkey of your own before the first start and keep masters unreachable from outside.',
  'VC131.explain':
    'The metadata is small and everything depends on it. A backup takes a second; `vearchctl meta restore --simulate` shows what bringing it back would do.',
  'VC132.explain':
    'A space has partition_num partitions, for each of its ranges if it has a rule. Another number means that creating, expanding or dropping stopped half-way.',
  'VC133.explain':
    'The value is not what its key promises: no JSON, or fields of another kind. Whoever reads it fails or skips it. Look at its history, and put back the last good value.',
  'VC134.explain':
    'Its lease says that it lives, and it does not answer. A frozen process keeps its lease for as long as some thread renews it, and whoever asks it waits. Look at its process and its log; restart it.',
  'VC135.explain':
    'At a known address answers a server with another id or of another cluster. What it says is not believed. Somebody reused an address, or the metadata is of another cluster than the servers.',
  'VC136.explain':
    'A partition belongs to one space. Two records that list it are a copy that was edited by hand, or an id that was given out twice: see VC114.',
  'VC137.explain':
    'None of the images of the replica is what was written to it: a disk that lies, or a power loss. A server of our kind copies it from another replica by itself, when one answers. The repair takes the replica away and adds it again, to be copied from the leader; it refuses where that is the last copy. Look at the disk: `vearchctl partitions disk --verify`.',
} as const
