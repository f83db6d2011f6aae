/** What there is to know of a command, by its id. */
const fromMetadata = '取自元数据，因此也适用于快照与旧的修订版本。'

export const descriptions: Readonly<Record<string, string>> = {
  events: `取自 master 与服务器写入元数据的内容、vearchctl 自带服务器以 info 级别记录的 raft 角色变化，以及从本机执行的计划的各步骤。每个事件一行；使用 --json 或输出不是终端时，每行一个 JSON 对象。指定 --timeout 则自行结束。

连接中断不会丢失事件；若期间的历史已被存储压缩，会以 history 类事件说明。命令开始之前发生的事没有时间：存储不记录时间。对 vearchctl debug capture 生成的诊断包，则列出其中的事件。`,
  health: `OK、DEGRADED、CRITICAL 或 UNKNOWN，以及可写与可读的分区数。退出码 0、10、11 或 4。

同时询问每台服务器，各自以 --node-timeout 为限：停机或冻结的服务器不会多耗时间。UNKNOWN 表示没有听到任何知情者的答复。`,
  repair: '只做由事实可以推出的修复：需要人来选择时，会说明该看什么。vearchctl doctor list 说明哪些代码可以修复。',
  'repair:plan':
    '取自 vearchctl doctor --json 写下的结果；不想修复的可先删去。已不存在的问题和需要人决定的问题会略过并说明。',
  status: 'master、元数据、服务器、空间、按状态统计的分区，以及不健康时的原因。退出码同 health。',
  explain: '不写词则每个已知的词一行。不询问任何集群。',
  top: `在终端上：上方为集群状态，下方为服务器或分区，每 2 秒或按 --watch 重新查看。旁边注明所示内容的时间；无法询问集群时会说明，并保留上次所见。按键：n、p（或 Tab）切换服务器与分区，左右键换排序列，r 反向，方向键与翻页键滚动，空格暂停，? 显示全部按键，q 退出。

其他情况，以及使用 --output、--columns、--limit，或读取文件、旧版本时：只看一次，未指明格式则每行一个 JSON；使用 --watch 则反复查看，每次变化一行。

服务器的 STATE：silent：租约有效但不应答。ghost：有分区提到它，却没有它的记录。`,
  wait: '对 --filter、--db 与 --space 留下的每一行都成立，且至少有一行；或使用 --gone，直到一行也没有。最长等待 --timeout，默认 60 s，无人应答时也继续等待。',
  'alias:list': fromMetadata,
  'alias:show': fromMetadata,
  'db:list': fromMetadata,
  'db:show': fromMetadata,
  'space:schema': fromMetadata,
  'space:show': fromMetadata,
  'audit:list': '取自日志，每次更改在执行之前都先写入其中。OUTCOME unknown：可能已经执行。他人的更改见 meta history。',
  'audit:show': '密码从不显示。',
  'config:diff':
    '比较的是值而不是文本：默认值算在内，注释与次序不算。数字为服务器编号，会询问其运行时的值；仅适用于 vearchctl 自带的服务器。密钥会比较但不显示。有差异则退出码为 12。',
  'config:lint': '退出码 0：至多是提示；10：警告；11：错误，节点无法以此启动。',
  'config:set': '注释也保留。该键不接受的值会被拒绝，文件不受影响。节点在启动时读取其文件。',
  'config:show': '不指定 --conf 则为内置默认值，即 "node start all" 所用。-o wide 说明默认值的理由。',
  'config:template': '有默认值的键已注释掉；其余需要填写。',
  'context:create': '不询问集群：见 context test。',
  doctor: `执行全部检查，或指定的检查。无法询问的会说明未检查，绝不算作正常。

退出码 0：至多是提示。10：警告。11：严重问题。4：什么也无法检查。`,
  'doctor:list': 'REPAIR 说明 vearchctl repair 能为哪些检查制定计划。',
  'doctor:mute': '对查看此集群的所有人有效，须有原因与期限：最长 30 天。doctor 仍会说明屏蔽了多少问题。',
  'ids:bump': '只能调高，且不会低于正在使用的编号。',
  'ids:check': '若有序列落后或不是数字则退出码为 11：下一个创建的对象会冲突，服务器可能清除旧对象的数据。见 ids bump。',
  'ids:next': '只查看，除非使用 --allocate。STATUS behind：下一个编号已在使用，领取者会发生冲突。',
  'locks:list': 'STATE abandoned：没有租约或租约已失效；它不会自行结束。',
  'locks:release': '有人持有的锁不会动，除非使用 --force=held。',
  'meta:backup': `每个键一行 JSON，末尾有 SHA-256；只有所有者可读，因为其中含有用户密码的存储值。所有读取命令都可用 --snapshot 读取它。--etcd-snapshot 则向 etcd 索取整个数据库，连同历史与其中的所有集群，如同 etcdctl snapshot save。

--encrypt-to 以 AES-256-GCM 加密文件；密钥由口令经 scrypt 得出。再次读取需用 --passphrase-file；口令丢失，文件便无法恢复。`,
  'meta:delete': '在一个事务中全部删除，且仅当期间没有任何一个被更改。原有内容在日志中：见 meta undo。',
  'meta:edit':
    '仅当期间无人更改时才写入。若有人更改，编辑器会再次打开，其中包含双方的修改；双方都改过的字段，两个值都会列出。未能写入的内容保存在错误信息所指的文件中。编辑器按原样显示记录，包括密码。',
  'meta:diff': `时刻可以是 live、@REVISION、@TIME（@2h-ago、@14:02：此时刻之前的最后一个修订版本）、文件（etcd 原始快照或备份；FILE@REVISION），或上下文名。

--format patch 输出一个计划，用 vearchctl plan apply 可把前一时刻变成后一时刻：不含用户、服务器以及其他依租约存在的记录。执行时每条记录须仍与读取时相同。

有差异则退出码为 12，无差异为 0。`,
  'meta:inspect': '完整读取，并核对其自带的 SHA-256；不需要 etcd。',
  'meta:put':
    '请指明您认为该键现在的内容；否则需要 --force=blind。该键不允许的值需要 --force=schema。被替换的内容在日志中：见 meta undo。',
  'meta:show':
    '类别：servers、failservers、dbs、spaces、space-configs、partitions、aliases、mutes、cordons、users、roles、routers、members、limits、locks、removals、replica-changes、duties、sequences。密码从不显示。',
  'meta:validate':
    '只询问元数据：集群、旧的修订版本或快照。无人读取的字段与键只作提示；使用 --schema v3.5 时，vearchctl 的 master 在该版本 Vearch 之外增加的内容也作提示。退出码 0：至多是提示；10：警告；11：严重问题。doctor 还会查看服务器与磁盘。',
  'meta:watch':
    '使用 --from 则也包括此后已发生的变化，回溯到存储所记得的最早时刻。更改涉及的每个字段一行；使用 --json 或 -o jsonl 时，每行一个 JSON 对象。指定 --timeout 则自行结束。',
  'meta:get': '密码从不显示。',
  'meta:history': '回溯到存储所记得的最早时刻：由 master 管理的 etcd 只保留一小时。原始快照保留制作时的历史。',
  'meta:restore': `--simulate 只说明 Vearch 自己的任务接下来会对这样的元数据做什么：服务器会清除哪些数据，master 会删除哪些。会失去最后一份副本则退出码为 11，会失去任何数据则为 10。

服务器、router、成员与锁保持原样，序列绝不回退。有分区服务器存活时需要 --force=online。被替换的内容在日志中。`,
  'meta:undo':
    '按日志恢复每个键，全部成功或全不执行，且仅当此后无人更改。不指定名称则撤销最后一次仍然有效的更改，每次再往前一步；指定一次撤销则撤回该撤销。',
  'node:cordon':
    '新空间的放置、恢复、均衡与移动都会跳过它，直到 vearchctl node uncordon。需要 vearchctl 自带的 master。',
  'node:decommission': '每个副本先在别处建立、追上，然后才离开；最后删除该服务器的故障记录（若有）。之后再停止服务器。',
  'node:decommission:status': '没有输出表示服务器已清空。STATE stays：没有人在移动该副本。',
  'node:drain':
    '无法移动的会说明原因，其余照常移动：退出码 8。移动在等待什么会随时说明。到 --deadline 时正在进行的移动留给 master；其余用 vearchctl plan resume 继续。请先隔离（cordon）该服务器，否则放置策略可能再次填入。',
  'node:forget': '仍有分区依赖它时拒绝：先用 vearchctl node recover 移走。恢复上线的服务器会自行重新注册。',
  'node:list': `按元数据所示；不询问节点本身。

STATE up：记录的租约有效。failed：持有分区时租约失效。ghost：有分区提到它，却没有服务器以该编号注册。known：有记录但没有租约。

--live 会询问 master 与分区服务器，并显示租约剩余时间，以及服务器所述的文档数、内存、磁盘与落后量。STATE up：已应答。leased：租约有效而未被询问。silent：没有应答。impostor：应答的是别人。announced：有记录而未被询问的 master。`,
  'node:ping':
    'RPC、raft 心跳与 raft 复制分别询问：一个端口应答而另一个不应答，能解释许多失去主副本的情况。有任何一个不应答则退出码为 8。仅适用于 vearchctl 自带的服务器。',
  'node:preflight':
    '读取其数据目录，不作任何更改：是否会被接受，启动会清除哪些分区。无法启动则退出码为 6，会销毁数据则为 11。',
  'node:recover': '每个分区须有多数副本存活；没有的会指出。最后删除故障记录。',
  'node:replace': '服务器一律以编号指称，绝不用地址：同一地址可能先后属于两者。对已故障和存活的服务器都适用。',
  'node:restart':
    '逐台停止、在后台启动，并等到其持有的一切恢复正常；主副本最少的先行。使用 --max-unavailable 时同时停这么多台。会使分区失去多数派时拒绝。其他机器上没有人负责重新启动：若那里有程序看管其进程，可用 vearchctl node stop ID。',
  'node:start': `不使用 --conf 时，它是本机回环上的一个完整集群，数据位于 ./vearch-data，无需 etcd。使用 --ps 3 时有三台分区服务器，因而可有副本：第一台即不用它时的那台，其余的目录 ps2 等位于其数据目录之下，端口依次高 10、20。

使用 --detach 时在单独的进程中运行。每一步完成后显示在 stderr；全部可用后在 stdout 打印地址。SIGINT 与 SIGTERM 使节点依次停止，第二次则立即停止。

分区服务器保留其数据目录中的编号，新的取下一个。使用 --node-id 时新服务器取该编号，编号序列随之前移，中间的编号不再使用。若目录属于另一节点，或该编号曾被分配（无论后来如何），则拒绝：带着那份数据回来的机器会以同一编号再次投票。丢失数据的服务器不要指定它，而是用 vearchctl node replace 接替旧的。`,
  'node:stop':
    '指定编号则为任何机器上的该服务器，须为 vearchctl 自带的；不指定则为本机上数据目录为 --conf 或 --data-dir 所指、或进程由 --pid-file 指明的那一个。它会移交主副本身份并完成进行中的工作；看管其进程的程序可能会再次启动它。会使分区失去多数派，或其他角色会随之停止时拒绝。使用 --drain 时，待其上不再有副本才停止；请先隔离它，否则可能又会分配新的副本。',
  'node:log-level': '到其进程结束为止：启动时的级别取自其配置的 global.level。仅适用于 vearchctl 自带的服务器。',
  'node:logs':
    '指定编号的分区服务器会交出其日志目录中的日志，无论在哪台机器上；仅适用于 vearchctl 自带的服务器。不指定则为本机的日志：位于 --conf 的日志目录，或 --log-dir 所指的目录。使用 --snapshot 则为诊断包中的日志。日志很大时只读取末尾。',
  'node:profile':
    '结果写在服务器所在机器的日志旁，格式可由 Chrome 与编辑器打开；输出的是其文件名。内存按分配后仍存活的部分采样：完整的堆快照会使服务器停顿超过其租约。仅适用于 vearchctl 自带的服务器。',
  'node:register':
    '数据目录没有节点编号则领取一个，并显示 master 答复的地址与分区；被拒绝则显示原因。使用 --role router 时：本机能否作为 router 被接纳，以及看到的地址；不写入任何内容。它不持有租约：背后没有服务器的租约会招来副本，因此租约由 vearchctl node start 持有，LEASE 显示正在运行者的租约。',
  'node:decommission:cancel':
    '尚无投票权的新副本会撤去；已有投票权的保留，其移动到此结束。计划本身用 vearchctl plan cancel 放弃。',
  'partitions:add-replica': '不指定 --to 则由放置策略决定去处。',
  'partitions:list': `STATE 比较同一修订版本下分区、空间与服务器的记录；-o wide 说明为何不正常。不询问服务器本身。

--live 会询问服务器，说明每个分区的文档数与字节数、索引，以及最落后的副本落后多少；-o wide 连同 raft 的状态。

--sources 会询问服务器，并列出每个副本在四个来源中的情况：空间记录、分区记录、raft 组、服务器。`,
  'partitions:move': `先建立新副本，追上，在旧副本为主副本时接任，然后旧副本才离开。不指定 --to 则由放置策略决定。需要 vearchctl 自带的 master。

使用 --rate 时新服务器以不超过此速率复制检查点；其后写入的内容照常经由日志到达。10 分钟内未完成的复制将以最新的检查点重新开始：速率至少应为分区字节数除以 10 分钟的秒数。`,
  'partitions:disk': `服务器的自述；使用 --data-dir 则为本机某个目录中的内容，无论服务器是否在运行。

VERDICT doomed：Vearch 服务器下次启动时会清除它。orphan：没有记录提到该分区。extra：没有空间列出该副本。

--verify 不询问任何节点：在 --conf 或 --data-dir 的目录中，用写入时的校验和核对已停止的服务器的每条日志记录、每个检查点和每个小文件，不作任何更改。最后服务的引擎没有校验和。STATE torn：没有告知任何人的写入，下次启动时会被截去。若有损坏则退出码为 11。`,
  'partitions:explain': '等同于 vearchctl why partition ID --placement。',
  'partitions:locate': '由其编号得出槽位，再得出分区。若范围规则按日期划分，则每个范围各有一个分区。',
  'partitions:show':
    'ROLE 取自 raft；MATCH 与 LAG 是主副本所知的各副本进度。VERDICT 比较元数据记录、raft 与服务器三者。',
  'partitions:verify': `仅在应用索引相同时比较文档数与最后一个文档编号。partly：并非所有副本都可比较。有差异则退出码为 11。

--deep 比较文档本身：每个副本逐段计算校验和；期间写入照常进行，受其影响的段会再次询问。它会读取每个副本的全部文档，请用 --timeout 给足时间。仅适用于 vearchctl 自带的服务器。`,
  'partitions:rebalance': '显示均衡前后的得分：最满的服务器高出平均值多少。除非使用 --apply，否则只制定计划。',
  'partitions:remove-replica': '若它是主副本，先移交。若是最后一个副本，或余下的副本没有存活的多数派，则拒绝。',
  'partitions:transfer-leader':
    '不指定 --to 则选主副本最少的服务器上的副本。使用 --from 代替分区，则移交该服务器的全部主副本，或其中 --max 个。需要 vearchctl 自带的 master。',
  'plan:apply':
    '若计划涉及的记录此后有变则拒绝，且什么也不做；若其所指服务器期间出现、消失或被隔离，则在询问前后说明。某一步失败则总是停止，因为其后的步骤以它的结果为前提；用 vearchctl plan resume 继续，--step 与 --stop-on-error 之后也是如此。',
  'plan:cancel': 'master 为此已开始的移动若还能撤回则撤回。已完成的保留；vearchctl plan resume 可重新继续。',
  'plan:list': '计划保存在本机，每个一个文件，并记录每一步的结果。',
  'plan:show': '使用 --json 则为完整的计划，可交他人审阅，并从文件执行。',
  'plan:rehearse': '前后的健康状况与问题、分区没有冗余副本的时刻、要复制的字节数、各服务器的副本。',
  'plan:resume': '从第一个未完成的步骤开始。可能已经执行的步骤，会先在集群中查证再重做。',
  'role:create': '未授予的权限一概没有。',
  'router:cache': '即 --router 所指的每个 router。SAME：与其中第一个相同。无需刷新缓存：router 通过 watch 跟随元数据。',
  'space:create': `表结构即 POST /dbs/DB/spaces 的请求体：fields、partition_num、replica_num 等，其中可以不写名称。

--check 逐个服务器查找 master 会拒绝或需要等待的事项，不创建任何内容：退出码为 0，或为 6 并列出各个原因。VERDICT out：跳过此服务器。`,
  'space:list': `${fromMetadata}ENABLED –：正在创建中。`,
  'space:config:set': '可用的键：engine_cache_size、path、slow_search_time、refresh_interval、enable_id_cache。',
  'space:replicas:set': '每增减一个副本为一步，每一步都等到所有分区完成：请用 --timeout 给足时间。',
  'space:delete': '日志保留其记录；文档不复存在。',
  'space:health': 'master 会询问其全部分区。退出码 0：绿；10：黄；11：红。整个集群见 health。',
  'user:create': '密码取自文件或询问得到；绝不取自命令行，因为他人可以看到。',
  'user:list': 'PASSWORD plain：真正的 Vearch 按原样存储；vearchctl 的 master 存储其散列值。',
  'debug:bundle': `元数据，以及 master、服务器与存储的自述。不含密码、配置文件与文档。不应答的至多耗费 --node-timeout。使用 --since 则连同 vearchctl 自带服务器的日志，可用 node logs 查看。使用 --redact=strict 则人所起的名称和地址都换成代号，同一名称处处代号相同。

所有查看类命令都可用 --snapshot FILE 读取它，如同集群本身。`,
  'debug:bundle:analyze': '等同于 vearchctl doctor --snapshot FILE。',
  'debug:capture:show':
    '每一次都可以细看：用 --snapshot 指明文件，用 --at 指明时间，例如 vearchctl doctor 或 vearchctl node stats。',
  'debug:capture:start': `后台进程保存每次观察之间的变化、期间 vearchctl events 所述的事件，以及 vearchctl node stats 的数字。停止、到时，或文件将超过允许的大小时结束，届时生成诊断包。失败的观察，或超过 --timeout 的，也会记下，然后继续尝试。与任何诊断包一样，不含密码、配置文件与文档。

所有查看类命令都可用 --snapshot FILE 读取它，看到结束时的集群；加上 --at 则是该时刻之前最后一次观察的集群；vearchctl events --snapshot FILE 列出其中的事件。`,
  'debug:capture:status': '状态为 cut off 的，其进程在生成诊断包之前被终止：vearchctl debug capture stop 会生成它。',
  'debug:capture:stop': '若采集进程已被终止，则现在用它已写下的观察生成诊断包。',
  completion: `bash：在 ~/.bashrc 中加入 source <(vearchctl completion bash)

zsh：在 ~/.zshrc 中加入 source <(vearchctl completion zsh)

fish：执行 vearchctl completion fish > ~/.config/fish/completions/vearchctl.fish

pwsh：在 $PROFILE 中加入 vearchctl completion pwsh | Out-String | Invoke-Expression`,
  repl: `与在终端上单独执行 vearchctl 相同。命令与命令行相同，前面不写 vearchctl；它们只加载一次，连接保持不断。此处给出的选项对其中每个命令都有效。

Tab 补全命令、选项，以及集群中的编号与名称。Ctrl-C 结束命令而不是会话；Ctrl-D 退出。以空格开头的行不记入历史。-e、-f 给出的行，或 stdin 不是终端时其中的各行，作为脚本执行，在第一个失败的行处结束，除非之前有 set -k。vearchctl cheat 介绍管道与变量。`,
  run: `每行一个命令，写法同 vearchctl repl 的提示符：可用管道、变量、循环与 # 注释；以竖线或反斜杠结尾的行在下一行继续。此处给出的选项对每一行都有效。退出码为最后一个失败的行的退出码。

使用 set -e 或 -e，则在第一个失败的行处结束。`,
  'master:leader':
    '各 master 地位相同：任何一个都能答复任何请求。只有后台职责依租约归其中一个。真正的 Vearch 没有这样的记录。',
  'master:etcd':
    'BYTES 是包含历史的文件大小，CONTENT 是当前有效的内容：两者相差很大时，用 master etcd compact 与 defrag 收回差额。master etcd status 逐个询问各端点。',
  'master:etcd:alarm':
    'NOSPACE：etcd 已满，拒绝一切写入。先用 master etcd compact 与 defrag 腾出空间，再用 --disarm。CORRUPT：成员之间内容不一致；须先用其他成员恢复出错的那一个。有任何告警则退出码为 10。',
  'master:etcd:compact':
    '当前有效的内容保留；更早的内容不再可供 --at、meta history、meta diff 与 events 使用。运行 etcd 的 master 每小时自行执行一次。文件要到 master etcd defrag 之后才会变小。',
  'master:etcd:defrag': '期间该端点不作任何应答：每 GB 约需数秒。空闲空间由 master etcd compact 产生。',
  'master:etcd:status':
    'BYTES 是文件大小，USED 是其中在用的部分：两者相差很大时，用 master etcd defrag 收回差额。有端点不应答则退出码为 8，有告警则为 10。',
  'master:members':
    '包括元数据中登记的与目标所指的。announced：有其记录，但未询问它。master members add 与 remove 更改 master 所运行的 etcd 的成员。',
  'master:members:add':
    '之后启动其 master，配置文件中写全 [[masters]]，并设 cluster_state = "existing"。它从此刻起计入成员数：若它启动之前运行中的成员不足多数派，则需要 --force=quorum。',
  'master:members:remove':
    '此后其数据目录不再有用。最后一个成员拒绝移除；若余下的成员没有存活的多数派，则需要 --force=quorum。',
}
