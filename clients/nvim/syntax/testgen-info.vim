" Which server runs for which project.
if exists('b:current_syntax')
  finish
endif

syntax match testgenInfoName /^  \(Project\|Command\|Trusted\|State\|Log\)\>/
syntax match testgenInfoProblem /^  \(Problem\|Option\)\>.*/

highlight default link testgenInfoName Identifier
highlight default link testgenInfoProblem WarningMsg

let b:current_syntax = 'testgen-info'
