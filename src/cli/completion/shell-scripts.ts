/**
 * What each shell is told once (`vearchctl completion bash`): on Tab, ask `vearchctl __complete` with the words up to the cursor. It
 * answers a line for each candidate, its description behind a tab. Where it knows none, the shell offers files.
 */
export const shellScripts = {
  bash: `_vearchctl() {
  local typed value
  local -a words
  read -ra words <<< "\${COMP_LINE:0:COMP_POINT}"
  [[ \${COMP_LINE:COMP_POINT-1:1} == ' ' ]] && words+=('')
  typed=\${words[\${#words[@]}-1]}
  COMPREPLY=()
  while IFS=$'\\t' read -r value _; do
    # bash begins a new word behind =
    [[ $typed == --*=* ]] && value=\${value#*=}
    COMPREPLY+=("$value")
  done < <(vearchctl __complete "\${words[@]:1}" 2>/dev/null)
}
complete -o default -F _vearchctl vearchctl
`,
  zsh: `#compdef vearchctl
_vearchctl() {
  local -a candidates
  local value description
  while IFS=$'\\t' read -r value description; do
    candidates+=("\${value//:/\\\\:}:$description")
  done < <(vearchctl __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( $#candidates )); then _describe vearchctl candidates; else _files; fi
}
compdef _vearchctl vearchctl
`,
  fish: `function __vearchctl_complete
  set -l words (commandline -opc) (commandline -ct)
  vearchctl __complete $words[2..-1] 2>/dev/null
end
complete -c vearchctl -a '(__vearchctl_complete)'
`,
  pwsh: `Register-ArgumentCompleter -Native -CommandName vearchctl -ScriptBlock {
  param($typed, $line, $position)
  $words = @($line.CommandElements | Select-Object -Skip 1 | ForEach-Object { "$_" })
  if ($typed -eq '') { $words += '' }
  vearchctl __complete @words 2>$null | ForEach-Object {
    $value, $description = $_ -split "\`t", 2
    if (-not $description) { $description = $value }
    [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $description)
  }
}
`,
} as const

export type Shell = keyof typeof shellScripts
export const shells = Object.keys(shellScripts) as Shell[]
