# bash completion for wiretail; fields come from the program itself.
# shellcheck disable=SC2034
_wiretail() {
  local cur prev words cword  # set by _init_completion
  if declare -F _init_completion >/dev/null; then
    _init_completion -n =: || return
  else
    cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
  fi
  case $prev in
    -i | --interface)
      mapfile -t COMPREPLY < <(compgen -W "any $(command ls /sys/class/net 2>/dev/null)" -- "$cur")
      return ;;
    -r | --read-file | -w | --config | --out)
      mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      compopt -o filenames 2>/dev/null
      return ;;
    -T) mapfile -t COMPREPLY < <(compgen -W "json fields text" -- "$cur"); return ;;
    -G) mapfile -t COMPREPLY < <(compgen -W "fields protocols" -- "$cur"); return ;;
    -a | --autostop) mapfile -t COMPREPLY < <(compgen -W "duration:" -- "$cur"); compopt -o nospace 2>/dev/null; return ;;
    --stage) mapfile -t COMPREPLY < <(compgen -W "tokens tree typed simple program prefilter needs" -- "$cur"); return ;;
    -E)
      mapfile -t COMPREPLY < <(compgen -W "header=y separator= aggregator= occurrence=f occurrence=l occurrence=a quote=d quote=s quote=n escape=n bom=y" -- "$cur")
      compopt -o nospace 2>/dev/null
      return ;;
    --emit)
      local done=""
      [[ $cur == *,* ]] && done=${cur%,*},
      mapfile -t COMPREPLY < <(compgen -P "$done" -W "packet conn http dns tls stats daemon" -- "${cur##*,}")
      compopt -o nospace 2>/dev/null
      return ;;
    -e | -Y | --display-filter | --explain)
      # The last word of the filter, if it looks like the beginning of a field's name.
      local word=${cur##*[[:space:]\(\!]}
      [[ $word == *[a-z]* ]] || return
      mapfile -t COMPREPLY < <(compgen -P "${cur%"$word"}" -W "$("${words[0]:-wiretail}" -G fields 2>/dev/null | cut -f3)" -- "$word")
      compopt -o nospace 2>/dev/null
      return ;;
    -c | -s | --snapshot-length | -B | --buffer-size | -f | --frame | --selected-frame) return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "-i -D -r -f -Y -c -a -s -B -p -n -T -e -E -V -x -w -q -G -h -v --interface
    --list-interfaces --read-file --display-filter --autostop --snapshot-length --buffer-size --no-promiscuous-mode --emit --out --config --check --explain --stage --frame --selected-frame
    --version --help" -- "$cur")
}
complete -F _wiretail wiretail
