export const configurationChinese = {
  'key.expects': '必须是{expects}',
  'key.needed': '必需',
  'key.empty': '未写则为空',
  'key.fallback': '未写则为 {value}',
  'key.readers': '读取者：{roles}',
  'key.dead': '没有作用',
  'key.spelling': '{proper} 的另一种写法：在此等同于它，Vearch 忽略它',
} as const
