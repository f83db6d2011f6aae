/** What is said of keys of the configuration file, beside what each means: that stands with the key. */
export const configurationEnglish = {
  'key.expects': 'must be {expects}',
  'key.needed': 'needed',
  'key.empty': 'empty if absent',
  'key.fallback': '{value} if absent',
  'key.readers': 'read by {roles}',
  'key.dead': 'it has no effect',
  'key.spelling': 'another spelling of {proper}: taken for it here, ignored by Vearch',
} as const
