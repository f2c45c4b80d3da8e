" One run in full: headings, bars, and the code of tests as Python.
if exists('b:current_syntax')
  finish
endif

runtime! syntax/testgen-score.vim
unlet! b:current_syntax
syntax include @testgenPython syntax/python.vim
unlet! b:current_syntax

syntax region testgenRunCode matchgroup=testgenRunFence start=/^```python$/ end=/^```$/ contains=@testgenPython keepend concealends
syntax match testgenRunHeading /^#\{1,2} .*/
syntax match testgenRunName /^### .*/
syntax match testgenRunGood /^  passed\>/
syntax match testgenRunBad /^  \(failed\|error\)\>/
syntax match testgenRunRisk /^  \S\+:\d\+  \zs\(critical\|high\)\ze:/
syntax match testgenRunDigest /^  \x\{12}\>/

highlight default link testgenRunFence Comment
highlight default link testgenRunHeading Title
highlight default link testgenRunName Identifier
highlight default link testgenRunGood String
highlight default link testgenRunBad ErrorMsg
highlight default link testgenRunRisk WarningMsg
highlight default link testgenRunDigest Comment

let b:current_syntax = 'testgen-run'
