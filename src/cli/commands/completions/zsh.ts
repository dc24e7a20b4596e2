/** The completions for zsh, from 5.0 on. @module */

/** The script: a file of `$fpath`, and good for `source` as well. */
export const ZSH = String.raw`#compdef tickerlock
# zsh completion for tickerlock
_tickerlock() {
  local line kind
  local -a before found shown
  # (Q) takes quotes away; nothing is expanded but a leading ~/.
  before=("\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}")
  before=("\${(@)before/#\~\//$HOME/}")
  while IFS= read -r line; do
    if [[ -z $kind ]]; then
      kind=$line
      continue
    fi
    found+=("\${line%%$'\t'*}")
    shown+=("\${line%%$'\t'*}  \${line#*$'\t'}")
  done < <("\${(Q)words[1]/#\~\//$HOME/}" __complete "\${before[@]}" 2>/dev/null)
  case $kind in
    files)
      [[ $PREFIX == --*=* ]] && compset -P '--[^=]#='
      _files
      ;;
    folders)
      [[ $PREFIX == --*=* ]] && compset -P '--[^=]#='
      _files -/
      ;;
    words)
      (( $#found )) || return 1
      # Small letters find names in capitals.
      compadd -M 'm:{a-z}={A-Z}' -l -d shown -a found
      ;;
  esac
}
if [[ $funcstack[1] == _tickerlock ]]; then
  _tickerlock "$@"
else
  compdef _tickerlock tickerlock
fi
`.replaceAll("\\${", "${");
