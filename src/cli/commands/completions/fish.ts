/** The completions for fish, from 3.1 on. @module */

/** The script. */
export const FISH = String.raw`# fish completion for tickerlock
function __tickerlock_complete
    # Where it is empty, fish would not part the lines of a command's output.
    set -l IFS ' '
    set -l before (commandline -opc)
    set -l current (commandline -ct | string unescape)
    test (count $current) -eq 0; and set current ''
    set -l program (string replace -r '^~/' "$HOME/" -- $before[1])
    set -l words (string replace -r '^~/' "$HOME/" -- $before[2..-1])
    set -l lines ($program __complete $words (string replace -r '^~/' "$HOME/" -- $current) 2>/dev/null)
    switch "$lines[1]"
        case files
            __tickerlock_paths __fish_complete_path $current
        case folders
            __tickerlock_paths __fish_complete_directories $current
        case words
            test (count $lines) -gt 1; and printf '%s\n' $lines[2..-1]
    end
end

# Names of files, also behind --option=.
function __tickerlock_paths
    set -l option (string match -r -- '^--[^=]*=' $argv[2])
    for path in ($argv[1] (string replace -r -- '^--[^=]*=' '' $argv[2]))
        printf '%s\n' "$option$path"
    end
end

complete -c tickerlock -e
complete -c tickerlock -f -k -a '(__tickerlock_complete)'
`;
