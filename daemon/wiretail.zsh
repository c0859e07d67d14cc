#compdef wiretail
# zsh completion for wiretail; fields come from the program itself.
_wiretail_interfaces() { compadd any /sys/class/net/*(N:t) }
_wiretail_fields() { compadd ${(f)"$(wiretail -G fields 2>/dev/null | cut -f3)"} }
_arguments -s \
  '*'{-i,--interface}'[capture on this interface]:interface:_wiretail_interfaces' \
  '(-D --list-interfaces)'{-D,--list-interfaces}'[list the interfaces]' \
  '(-r --read-file)'{-r,--read-file}'[read this capture file]:capture file:_files' \
  '-f[capture filter]:pcap filter:' \
  '(-Y --display-filter)'{-Y,--display-filter}'[display filter]:filter:_wiretail_fields' \
  '-c[stop after this many packets]:count:' \
  '(-a --autostop)'{-a,--autostop}'[stop after a time]:duration\:S:' \
  '(-s --snapshot-length)'{-s,--snapshot-length}'[bytes kept of each packet]:bytes:' \
  '(-B --buffer-size)'{-B,--buffer-size}'[ring of each interface]:MiB:' \
  '(-p --no-promiscuous-mode)'{-p,--no-promiscuous-mode}'[no promiscuous mode]' \
  '-n[names are never resolved]' \
  '-T[format]:format:(json fields text)' \
  '*-e[field]:field:_wiretail_fields' \
  '*-E[shape of -T fields]:option:(header=y separator= aggregator= occurrence=f occurrence=l occurrence=a quote=d quote=s quote=n escape=n bom=y)' \
  '-V[details as a tree]' \
  '-x[bytes]' \
  '-w[write a capture file]:capture file:_files' \
  '--emit[what a match writes]:list:_values -s , kind packet conn http dns tls stats daemon' \
  '--out[write lines to this file]:file:_files' \
  '-q[quiet]' \
  '-G[print what there is]:what:(fields protocols)' \
  '--config[configuration file]:file:_files -g "*.toml"' \
  '--check[check the configuration]' \
  '--explain[show how a filter is understood]:filter:_wiretail_fields' \
  '--stage[one stage of --explain]:stage:(tokens tree typed simple program prefilter needs)' \
  '--frame[the packet that --explain looks at]:number:' \
  '--selected-frame[the packet of field references]:number:' \
  '(-v --version)'{-v,--version}'[version]' \
  '(-h --help)'{-h,--help}'[help]'
