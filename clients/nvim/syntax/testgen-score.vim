" The score of a suite, and what else is shown as a table of bars.
if exists('b:current_syntax')
  finish
endif

syntax match testgenScore /^  Score \zs\d\+\ze of/
syntax match testgenBar /█\+/
syntax match testgenRest /[░·]\{2,}/
syntax match testgenMeasured /\<measured$/
syntax match testgenEstimated /\<estimated$/
syntax match testgenMissing /\<not measured$\|\<not applicable$\|(\d\+ of 1000 not measured.*)/
syntax match testgenSource /^      \S.*$/
syntax match testgenHeading /^  \(Assertion strength\|Categories\|Score\)/

highlight default link testgenScore Number
highlight default link testgenBar String
highlight default link testgenRest Comment
highlight default link testgenMeasured String
highlight default link testgenEstimated Type
highlight default link testgenMissing WarningMsg
highlight default link testgenSource Comment
highlight default link testgenHeading Title

let b:current_syntax = 'testgen-score'
