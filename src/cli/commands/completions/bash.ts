/**
 * The completions for bash, from 3.2 on, without the package bash-completion. Readline breaks words at
 * `=` and `:`, which names and `--option=value` have: the words are put together again, and of a
 * candidate only what follows the last such break is handed back.
 * @module
 */

/** The script. */
export const BASH = String.raw`# bash completion for tickerlock
_tickerlock() {
  local program=$1 rest=\${COMP_LINE:0:COMP_POINT} blank word line kind= current cut=
  local -a words=() found=()
  local i n=0 tab=$'\t'
  # What the command line says, with words that were broken at = and : whole again.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    blank=\${rest%%[![:space:]]*}
    rest=\${rest#"$blank"}
    if [[ $i -eq COMP_CWORD ]]; then word=$rest; else rest=\${rest#"$word"}; fi
    if [[ -n $blank || $i -eq 0 ]]; then words[n++]=$word; else words[n - 1]=\${words[n - 1]}$word; fi
  done
  current=\${words[n - 1]}
  # Quotes and backslashes are for the shell; nothing else is expanded, for that could run programs.
  for ((i = 1; i < n; i++)); do
    word=\${words[i]}
    word=\${word//[\"\'\\]/}
    if [[ $word == '~/'* ]]; then word=\${HOME-}/\${word:2}; fi
    words[i]=$word
  done
  if [[ $program == '~/'* ]]; then program=\${HOME-}/\${program:2}; fi
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then kind=$line; else found[\${#found[@]}]=\${line%%"$tab"*}; fi
  done < <("$program" __complete "\${words[@]:1}" 2>/dev/null)
  # Readline replaces only what follows the last break, unless a quote is open.
  if [[ $current != [\"\']* ]]; then
    word=$current
    while [[ -n $word && $COMP_WORDBREAKS != *"\${word: -1}"* ]]; do word=\${word%?}; done
    [[ $word == *[=:]* ]] && cut=$word
  fi
  case $kind in
    files | folders)
      word=\${words[n - 1]}
      [[ $word == --*=* ]] && word=\${word#*=}
      compopt -o filenames 2>/dev/null
      local action=-f
      [[ $kind == folders ]] && action=-d
      while IFS= read -r line; do
        COMPREPLY[\${#COMPREPLY[@]}]=$line
      done < <(compgen "$action" -- "$word")
      ;;
    words)
      for line in \${found[@]+"\${found[@]}"}; do
        # A name such as M&M.NS needs backslashes, unless a quote is open.
        if [[ $current != [\"\']* && $line == *[!A-Za-z0-9._^=:/+@%,-]* ]]; then printf -v line %q "$line"; fi
        COMPREPLY[\${#COMPREPLY[@]}]=\${line:\${#cut}}
      done
      ;;
  esac
}
complete -F _tickerlock tickerlock
`.replaceAll("\\${", "${").replaceAll("\\`", "`");
