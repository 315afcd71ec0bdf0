package dev.phyllo.cli;

import dev.phyllo.oci.UsageException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.commons.cli.Option;

/** {@code completion}: what a shell needs to complete command lines, from the commands' tables. */
final class CompletionCommand implements Command {
  CompletionCommand() {}

  @Override
  public Syntax syntax() {
    return new Syntax("completion bash|zsh", "Print what a shell needs to complete command lines")
        .words(1, 1)
        .example("source <(phyllo completion bash)")
        .example("phyllo completion bash > /etc/bash_completion.d/phyllo")
        .example("phyllo completion zsh > /usr/local/share/zsh/site-functions/_phyllo");
  }

  @Override
  public int run(Arguments arguments, Session session) {
    String shell = arguments.words().getFirst();
    switch (shell) {
      case "bash" -> session.print(bash());
      case "zsh" -> session.print(zsh());
      default -> throw new UsageException(shell, "no shell that is known here", "bash and zsh are");
    }
    return 0;
  }

  /** What a list of kinds stands for, a word a line: literal words, and what is asked for. */
  private static final String LISTS =
      """
        local kind
        local -a wanted
        wanted=()
        for kind in $1; do
          case $kind in
            =*) echo "${kind#=}" ;;
            files) ;;
            *) wanted+=("$kind") ;;
          esac
        done
        if [[ ${#wanted[@]} -gt 0 ]]; then
          command phyllo "${globals[@]}" __complete "${wanted[@]}" 2> /dev/null
        fi
      """;

  /** A function that says what can stand behind an option of a command. */
  private static String values() {
    Map<String, List<String>> options = new LinkedHashMap<>();
    for (Commands.Entry e : Commands.LIST) {
      for (Option o : syntax(e.name()).optionList()) {
        String kinds = o.hasArg() ? String.join(" ", OptionValues.of(e.name(), o)) : "";
        for (String name : kinds.isEmpty() ? List.<String>of() : names(o)) {
          options.computeIfAbsent(kinds, _ -> new ArrayList<>()).add(e.name() + ":" + name);
        }
      }
    }
    StringBuilder out = new StringBuilder("_phyllo_values() {\n  case $1:$2 in\n");
    options.forEach((kinds, names) ->
        out.append("    ")
            .append(String.join(" | ", names))
            .append(") echo '")
            .append(kinds)
            .append("' ;;\n"));
    return out.append("  esac\n}\n\n").toString();
  }

  private static String bash() {
    StringBuilder out = new StringBuilder(16 << 10);
    out.append("# Completion of phyllo for bash; made by phyllo completion bash.\n");
    out.append("_phyllo_names() {\n").append(LISTS).append("}\n\n").append(values());
    out.append("_phyllo() {\n");
    out.append("  local cur prev words cword command= options= valued= subcommands= kinds= i\n");
    out.append("  local -a globals=()\n");
    out.append(
        """
          if declare -F _get_comp_words_by_ref > /dev/null; then
            _get_comp_words_by_ref -n : cur prev words cword
          else
            words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
            cur=${words[cword]} prev=${words[cword - 1]}
          fi
          COMPREPLY=()
          for ((i = 1; i < cword; i++)); do
            case ${words[i]} in
        """);
    out.append("      ").append(String.join(" | ", globalsWithValue()));
    out.append(") globals+=(\"${words[i]}\" \"${words[i + 1]}\"); i=$((i + 1)) ;;\n");
    out.append(
        """
              -*) ;;
              *) command=${words[i]}; break ;;
            esac
          done
          if [[ -z $command ]]; then
            case $prev in
              --root) mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
              --snapshotter) mapfile -t COMPREPLY < <(compgen -W 'overlayfs native' -- "$cur"); return ;;
              -n | --namespace) return ;;
            esac
        """);
    List<String> words = new ArrayList<>();
    for (GlobalOptions.Entry e : GlobalOptions.LIST) {
      words.add(e.name());
    }
    for (Commands.Entry e : Commands.LIST) {
      words.add(e.name());
    }
    out.append("    mapfile -t COMPREPLY < <(compgen -W '").append(String.join(" ", words));
    out.append("' -- \"$cur\")\n    return\n  fi\n  case $command in\n");
    for (Commands.Entry e : Commands.LIST) {
      Syntax syntax = syntax(e.name());
      out.append("    ").append(e.name()).append(") options='");
      out.append(String.join(" ", options(syntax, false))).append("' valued='");
      out.append(String.join(" ", options(syntax, true))).append("' subcommands='");
      out.append(String.join(" ", UsageWords.subcommands(syntax.usage()))).append("' kinds='");
      out.append(String.join(" ", UsageWords.kinds(syntax.usage()))).append("' ;;\n");
    }
    out.append(
        """
          esac
          local value=
          if [[ $cur == '=' ]]; then
            value=$prev cur=
          elif [[ $prev == '=' ]]; then
            value=${words[cword - 2]}
          elif [[ " $valued " == *" $prev "* ]]; then
            value=$prev
          fi
          if [[ -n $value ]]; then
            kinds=$(_phyllo_values "$command" "$value")
          elif [[ $cur == -* ]]; then
            kinds="=${options// / =}"
          elif [[ -n $subcommands && $i -eq $((cword - 1)) ]]; then
            kinds="=${subcommands// / =}"
          fi
          mapfile -t COMPREPLY < <(compgen -W "$(_phyllo_names "$kinds")" -- "$cur")
          if [[ " $kinds " == *" files "* ]]; then
            local -a files
            mapfile -t files < <(compgen -f -- "$cur")
            COMPREPLY+=("${files[@]}")
            compopt -o filenames 2> /dev/null
          elif [[ ${COMPREPLY[*]} == *[=,:] ]]; then
            compopt -o nospace 2> /dev/null
          fi
          if declare -F __ltrim_colon_completions > /dev/null; then
            __ltrim_colon_completions "$cur"
          fi
        }
        complete -F _phyllo phyllo
        """);
    return out.toString();
  }

  private static String zsh() {
    StringBuilder out = new StringBuilder(32 << 10);
    out.append("#compdef phyllo\n# Completion of phyllo for zsh; made by phyllo completion zsh.\n");
    out.append("_phyllo_names() {\n").append(LISTS).append("}\n\n").append(values());
    out.append("_phyllo() {\n  local command= kinds= valued= i\n");
    out.append("  local -a globals commands options subcommands names\n");
    out.append("  for ((i = 2; i < CURRENT; i++)); do\n    case ${words[i]} in\n      ");
    out.append(String.join(" | ", globalsWithValue()));
    out.append(") globals+=(\"${words[i]}\" \"${words[i + 1]}\"); ((i++)) ;;\n");
    out.append("      -*) ;;\n      *) command=${words[i]}; break ;;\n    esac\n  done\n");
    out.append("  if [[ -z $command ]]; then\n    case ${words[CURRENT - 1]} in\n");
    out.append("      --root) _directories; return ;;\n");
    out.append("      --snapshotter) compadd overlayfs native; return ;;\n");
    out.append("      -n | --namespace) return ;;\n    esac\n    commands=(\n");
    for (Commands.Entry e : Commands.LIST) {
      out.append("      ").append(described(e.name(), e.summary())).append('\n');
    }
    out.append("    )\n    options=(\n");
    for (GlobalOptions.Entry e : GlobalOptions.LIST) {
      out.append("      ").append(described(e.name(), e.description())).append('\n');
    }
    out.append("    )\n    _describe -t commands command commands\n");
    out.append("    _describe -t options option options\n    return\n  fi\n");
    out.append("  case $command in\n");
    for (Commands.Entry e : Commands.LIST) {
      Syntax syntax = syntax(e.name());
      out.append("    ").append(e.name()).append(")\n      options=(\n");
      for (Option o : syntax.optionList()) {
        for (String name : names(o)) {
          out.append("        ").append(described(name, o.getDescription())).append('\n');
        }
      }
      out.append("      )\n      valued='").append(String.join(" ", options(syntax, true)));
      out.append("'\n      subcommands=(");
      out.append(String.join(" ", UsageWords.subcommands(syntax.usage()))).append(")\n");
      out.append("      kinds='").append(String.join(" ", UsageWords.kinds(syntax.usage())));
      out.append("' ;;\n");
    }
    out.append(
        """
          esac
          if [[ " $valued " == *" ${words[CURRENT - 1]} "* ]]; then
            kinds=$(_phyllo_values $command ${words[CURRENT - 1]})
          elif [[ $PREFIX == --*=* ]]; then
            kinds=$(_phyllo_values $command ${PREFIX%%=*})
            compset -P '*='
          elif [[ $PREFIX == -* ]]; then
            _describe -t options option options
            return
          elif (( ${#subcommands} && i == CURRENT - 1 )); then
            compadd -a subcommands
            return
          fi
          names=(${(f)"$(_phyllo_names ${=kinds})"})
          compadd -a names
          [[ " $kinds " == *" files "* ]] && _files
        }
        if [[ $funcstack[1] == _phyllo ]]; then _phyllo "$@"; else compdef _phyllo phyllo; fi
        """);
    return out.toString().replace("for kind in $1; do", "for kind in $@; do");
  }

  static Syntax syntax(String command) {
    return Objects.requireNonNull(Commands.find(command), command).syntax();
  }

  private static List<String> globalsWithValue() {
    List<String> names = new ArrayList<>();
    for (GlobalOptions.Entry e : GlobalOptions.LIST) {
      if (!e.argument().isEmpty() && !e.argument().startsWith("[")) {
        names.add(e.name());
        if (!e.letter().isEmpty()) {
          names.add(e.letter());
        }
      }
    }
    return names;
  }

  private static List<String> options(Syntax syntax, boolean valuedOnly) {
    List<String> all = new ArrayList<>();
    for (Option o : syntax.optionList()) {
      if (!valuedOnly || o.hasArg()) {
        all.addAll(names(o));
      }
    }
    return all;
  }

  private static List<String> names(Option o) {
    List<String> names = new ArrayList<>();
    if (o.getLongOpt() != null) {
      names.add("--" + o.getLongOpt());
    }
    if (o.getOpt() != null) {
      names.add("-" + o.getOpt());
    }
    return names;
  }

  /** A word and what it means, as _describe takes them, in single quotes. */
  private static String described(String word, String text) {
    return "'" + word.replace(":", "\\:") + ":" + text.replace("'", "'\\''") + "'";
  }
}
