" The list of runs.
if exists('b:current_syntax')
  finish
endif

syntax match testgenHistoryTitle /^  TestGen history of .*/
syntax match testgenHistorySpark /[▁▂▃▄▅▆▇█]\+/
syntax match testgenHistoryKind /^  \(generation\|scoring\|gaps\|test\)\>/
syntax match testgenHistoryTime /\(today \d\d:\d\d\|\d\d \a\a\a \(\d\d:\d\d\|\d\{4}\)\)/
syntax match testgenHistoryScore /\(\d\d:\d\d\s\+\|\d\{4}\s\+\)\@<=\d\+\(\/\d\+\)\?\ze\s/
syntax match testgenHistoryStatus /\[\(cancelled\|failed\)\]$/
syntax match testgenHistoryKeys /^  <CR> .*$/
syntax match testgenHistoryMore /^  … .*$/

highlight default link testgenHistoryTitle Title
highlight default link testgenHistorySpark String
highlight default link testgenHistoryKind Identifier
highlight default link testgenHistoryTime Comment
highlight default link testgenHistoryScore Number
highlight default link testgenHistoryStatus WarningMsg
highlight default link testgenHistoryKeys Comment
highlight default link testgenHistoryMore Comment

let b:current_syntax = 'testgen-history'
