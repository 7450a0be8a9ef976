# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for bpfview-gen(1)
# shellcheck shell=bash

# The command among the words so far, without `gen` in front; nothing when there is none yet.
_bpfview_gen_command() {
	local i
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--name | -B | --base-btf | -o | --output) ((i++)) ;;
		-* | gen) ;;
		*)
			echo "${COMP_WORDS[i]}"
			return
			;;
		esac
	done
}

_bpfview_gen() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command options
	command=$(_bpfview_gen_command)
	case $command in
	skeleton) options='-L --use-loader --name -o --output' ;;
	subskeleton) options='--name -o --output' ;;
	min-core-btf | min_core_btf) options='-B --base-btf' ;;
	header) options='-B --base-btf -o --output' ;;
	object) options='' ;;
	*) options='-L --use-loader --name -B --base-btf -o --output -h --help -V --version' ;;
	esac

	compopt -o filenames 2> /dev/null
	if [[ $before == --name ]]; then
		COMPREPLY=()
	elif [[ $before =~ ^(-B|--base-btf|-o|--output)$ ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	elif [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
	elif [[ -z $command ]]; then
		mapfile -t COMPREPLY < <(compgen -W 'object skeleton subskeleton min-core-btf header help' -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}

complete -F _bpfview_gen bpfview-gen
