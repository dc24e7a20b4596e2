/** The completions for PowerShell: Windows PowerShell 5.1, and PowerShell from 7 on. @module */

/** The script. */
export const POWERSHELL = String.raw`# PowerShell completion for tickerlock
Register-ArgumentCompleter -Native -CommandName 'tickerlock', 'tickerlock.exe' -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  # Of this block alone: what a profile sets must not break it.
  Set-StrictMode -Off
  $ErrorActionPreference = 'Continue'
  $PSNativeCommandUseErrorActionPreference = $false
  # Before 7.3 an empty argument is lost, unless quotes stand for it.
  $empty = if ($PSNativeCommandArgumentPassing -in $null, 'Legacy') { '""' } else { '' }
  # The words up to the cursor, without quotes; nothing is expanded, for that could run programs.
  $words = @(foreach ($element in $commandAst.CommandElements) {
    if ($element.Extent.StartOffset -ge $cursorPosition) { break }
    if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
      $element.Value
    } else {
      $element.Extent.Text
    }
  })
  $program = $words[0]
  $before = @($words | Select-Object -Skip 1)
  $current = ''
  if ($wordToComplete -ne '' -and $before.Count -gt 0) {
    $current = $before[-1]
    $before = @($before | Select-Object -SkipLast 1)
  }
  $last = if ($current -eq '') { $empty } else { $current }
  $kind, $lines = @(& $program __complete @before $last 2>$null)
  if ($kind -in 'files', 'folders') {
    $option = if ($current -match '^--[^=]*=') { $Matches[0] } else { '' }
    $path = $current.Substring($option.Length)
    foreach ($found in [System.Management.Automation.CompletionCompleters]::CompleteFilename($path)) {
      if ($kind -eq 'folders' -and $found.ResultType -ne 'ProviderContainer') { continue }
      [System.Management.Automation.CompletionResult]::new(
        $option + $found.CompletionText, $found.ListItemText, $found.ResultType, $found.ToolTip)
    }
    return
  }
  # Without any, PowerShell would offer names of files.
  if (-not $lines) { return '' }
  foreach ($line in $lines) {
    $value, $what = $line -split '\t', 2
    if (-not $what) { $what = $value }
    # A name such as M&M.NS needs quotes.
    $text = if ($value -match '[^A-Za-z0-9._^=:/+%-]') { "'" + $value.Replace("'", "''") + "'" } else { $value }
    [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $what)
  }
}
`;
